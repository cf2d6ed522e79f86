/*
 * http_cache.c - each URL is fetched once in a run, by a task that belongs to nobody who asked
 */
#include "scanner/net/http_cache.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    FETCH_TIMEOUT_MS = 30000,
    BESIDE_BODY = 4 * 1024 * 1024, /* of an answer's memory, at most: DNS answers */
    ENTRIES_MAX = 4096,
    BYTES_MAX = 64 * 1024 * 1024,
};

struct http_cached {
    struct http_cached *next; /* the one that was asked for before */
    struct http_cache *cache;
    char *url;
    size_t body_max;
    struct arena *arena;
    struct http_response *response;
    int result;
    bool done;
    size_t holders;
    struct wait_queue waiters;
};

struct http_cache {
    struct network *network;
    struct task_group *group;
    struct http_cached *newest;
};

/* ---- entries ---- */

static void entry_free(struct http_cached *entry)
{
    if (entry == NULL)
        return;
    arena_free(entry->arena);
    free(entry->url);
    free(entry);
}

/* Forgets, from the oldest on, what is over the limits and nobody holds. */
static void make_room(struct http_cache *cache)
{
    struct http_cached **link = &cache->newest;
    size_t entries = 0, bytes = 0;

    while (*link != NULL) {
        struct http_cached *entry = *link;

        entries++;
        bytes += arena_used(entry->arena);
        if ((entries > ENTRIES_MAX || bytes > BYTES_MAX) && entry->done && entry->holders == 0) {
            *link = entry->next;
            entry_free(entry);
        } else {
            link = &entry->next;
        }
    }
}

static struct http_cached *entry_new(struct http_cache *cache, const char *url, size_t body_max)
{
    struct http_cached *entry = calloc(1, sizeof(*entry));

    if (entry == NULL)
        return NULL;
    entry->cache = cache;
    entry->url = strdup(url);
    entry->body_max = body_max;
    entry->arena = arena_new(body_max + BESIDE_BODY);
    if (entry->url == NULL || entry->arena == NULL) {
        entry_free(entry);
        return NULL;
    }
    entry->next = cache->newest;
    cache->newest = entry;
    return entry;
}

static struct http_cached *entry_find(const struct http_cache *cache, const char *url)
{
    struct http_cached *entry = cache->newest;

    while (entry != NULL && strcmp(entry->url, url) != 0)
        entry = entry->next;
    return entry;
}

/* ---- fetching ---- */

static void fetch_run(void *argument)
{
    struct http_cached *entry = argument;
    struct network *network = entry->cache->network;
    const struct http_request request = {.url = entry->url, .body_max = entry->body_max, .allow_http = true};

    entry->result =
        http_get(network->http, &request, deadline_in(network->engine, FETCH_TIMEOUT_MS, DEADLINE_NEVER),
                 entry->arena, &entry->response);
    entry->done = true;
    wait_queue_wake(network->engine, &entry->waiters, WAKE_ALL);
}

static int entry_start(struct http_cache *cache, const char *url, size_t body_max, struct http_cached **ret)
{
    struct http_cached *entry = entry_new(cache, url, body_max);
    int result;

    if (entry == NULL)
        return -ENOMEM;
    result = task_spawn(cache->group, fetch_run, entry, "GET %.80s", url);
    if (result < 0) {
        cache->newest = entry->next;
        entry_free(entry);
        return result;
    }
    *ret = entry;
    return 0;
}

int http_cache_get(struct http_cache *cache, const char *url, size_t body_max, int64_t deadline,
                   struct http_cached **ret)
{
    struct http_cached *entry = entry_find(cache, url);
    int result = 0;

    if (entry == NULL)
        result = entry_start(cache, url, body_max, &entry);
    if (result < 0)
        return result;
    entry->holders++;
    while (!entry->done && result == 0)
        result = task_wait(cache->network->engine, &entry->waiters, deadline,
                           "an answer that others may want too");
    if (entry->done)
        result = entry->result;
    if (result < 0) {
        http_cache_release(entry);
        return result;
    }
    *ret = entry;
    return 0;
}

const struct http_response *http_cached_response(const struct http_cached *cached)
{
    return cached->response;
}

void http_cache_release(struct http_cached *cached)
{
    if (cached == NULL)
        return;
    cached->holders--;
    make_room(cached->cache);
}

/* ---- the cache ---- */

int http_cache_new(struct network *network, struct task_group *group, struct http_cache **ret)
{
    struct http_cache *cache = calloc(1, sizeof(*cache));

    if (cache == NULL)
        return -ENOMEM;
    cache->network = network;
    cache->group = group;
    *ret = cache;
    return 0;
}

void http_cache_free(struct http_cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->newest != NULL) {
        struct http_cached *entry = cache->newest;

        cache->newest = entry->next;
        entry_free(entry);
    }
    free(cache);
}
