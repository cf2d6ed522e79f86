/*
 * dns_cache.c - a hash table whose entries are also in the order of their last use
 */
#include "scanner/net/dns_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS_MIN = 64, BUCKETS_MAX = 16384 };

struct entry {
    struct entry *next; /* in its bucket */
    struct entry *newer;
    struct entry *older;
    struct dns_result *result;
    uint64_t hash;
    int64_t expires;
    size_t bytes;
    uint16_t type;
    bool unchecked;
    uint8_t name_size;
    uint8_t name[];
};

struct dns_cache {
    struct entry **buckets;
    size_t bucket_count; /* a power of two */
    struct entry *newest;
    struct entry *oldest;
    size_t entries;
    size_t entries_max;
    size_t bytes;
    size_t bytes_max;
    uint64_t seed; /* so that nobody outside can choose names that share a bucket */
};

uint64_t dns_key_hash(const struct dns_key *key, uint64_t seed)
{
    uint64_t hash = 0xcbf29ce484222325U ^ seed; /* FNV-1a */

    for (size_t i = 0; i < key->name.size; i++)
        hash = (hash ^ key->name.wire[i]) * 0x100000001b3U;
    hash = (hash ^ key->type) * 0x100000001b3U;
    hash = (hash ^ key->unchecked) * 0x100000001b3U;
    return hash ^ hash >> 32;
}

bool dns_key_equal(const struct dns_key *a, const struct dns_key *b)
{
    return a->type == b->type && a->unchecked == b->unchecked && a->name.size == b->name.size &&
           memcmp(a->name.wire, b->name.wire, a->name.size) == 0;
}

struct dns_cache *dns_cache_new(size_t entries_max, size_t bytes_max, uint64_t seed)
{
    struct dns_cache *cache = calloc(1, sizeof(*cache));
    size_t buckets = BUCKETS_MIN;

    while (buckets < entries_max && buckets < BUCKETS_MAX)
        buckets *= 2;
    if (cache == NULL)
        return NULL;
    cache->buckets = calloc(buckets, sizeof(struct entry *));
    if (cache->buckets == NULL) {
        free(cache);
        return NULL;
    }
    cache->bucket_count = buckets;
    cache->entries_max = entries_max;
    cache->bytes_max = bytes_max;
    cache->seed = seed;
    return cache;
}

size_t dns_cache_entries(const struct dns_cache *cache)
{
    return cache->entries;
}

static void unlink_use(struct dns_cache *cache, struct entry *entry)
{
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        cache->newest = entry->older;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        cache->oldest = entry->newer;
}

static void link_newest(struct dns_cache *cache, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    if (cache->newest != NULL)
        cache->newest->newer = entry;
    else
        cache->oldest = entry;
    cache->newest = entry;
}

static void drop(struct dns_cache *cache, struct entry *entry)
{
    struct entry **place = &cache->buckets[entry->hash & (cache->bucket_count - 1)];

    while (*place != entry)
        place = &(*place)->next;
    *place = entry->next;
    unlink_use(cache, entry);
    cache->entries--;
    cache->bytes -= entry->bytes;
    dns_result_release(entry->result);
    free(entry);
}

static void drop_oldest(struct dns_cache *cache)
{
    assert(cache->oldest->older == NULL);
    drop(cache, cache->oldest);
}

void dns_cache_free(struct dns_cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->oldest != NULL)
        drop_oldest(cache);
    free(cache->buckets);
    free(cache);
}

static struct entry *find(struct dns_cache *cache, const struct dns_key *key, uint64_t hash)
{
    struct entry *entry = cache->buckets[hash & (cache->bucket_count - 1)];

    while (entry != NULL &&
           !(entry->hash == hash && entry->type == key->type && entry->unchecked == key->unchecked &&
             entry->name_size == key->name.size && memcmp(entry->name, key->name.wire, key->name.size) == 0))
        entry = entry->next;
    return entry;
}

struct dns_result *dns_cache_find(struct dns_cache *cache, const struct dns_key *key, int64_t now)
{
    struct entry *entry = find(cache, key, dns_key_hash(key, cache->seed));

    if (entry == NULL)
        return NULL;
    if (now >= entry->expires) {
        drop(cache, entry);
        return NULL;
    }
    unlink_use(cache, entry);
    link_newest(cache, entry);
    entry->result->references++;
    return entry->result;
}

static size_t size_of(const struct dns_key *key, const struct dns_result *result)
{
    size_t size = sizeof(struct entry) + key->name.size + sizeof(*result);

    for (size_t i = 0; i < result->packet_count; i++)
        size += result->packets[i].size;
    return size;
}

void dns_cache_add(struct dns_cache *cache, const struct dns_key *key, struct dns_result *result, int64_t now)
{
    uint64_t hash = dns_key_hash(key, cache->seed);
    struct entry *entry = find(cache, key, hash);

    if (entry != NULL)
        drop(cache, entry);
    if (result->lifetime_ms <= 0 || size_of(key, result) > cache->bytes_max)
        return;
    entry = calloc(1, sizeof(*entry) + key->name.size);
    if (entry == NULL)
        return;
    entry->hash = hash;
    entry->expires = now + result->lifetime_ms;
    entry->bytes = size_of(key, result);
    entry->type = key->type;
    entry->unchecked = key->unchecked;
    entry->name_size = key->name.size;
    memcpy(entry->name, key->name.wire, key->name.size);
    entry->result = result;
    result->references++;
    entry->next = cache->buckets[hash & (cache->bucket_count - 1)];
    cache->buckets[hash & (cache->bucket_count - 1)] = entry;
    link_newest(cache, entry);
    cache->entries++;
    cache->bytes += entry->bytes;
    while (cache->oldest != NULL && (cache->entries > cache->entries_max || cache->bytes > cache->bytes_max))
        drop_oldest(cache);
}
