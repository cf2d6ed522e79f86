/*
 * dns.c - the resolver that everybody shares: questions joined, at most 200 in flight, answers kept
 *
 *   ask --> in the cache? --> in flight already? join --> a question of its own
 *                                                           |  waits until fewer than 200 are in flight
 *                                                           |  asks the source, again for the last name
 *                                                           |  of a chain that stays open
 *   every asker <-- wakes all, keeps the result <-----------+
 *
 * A question is a task of the service and belongs to nobody who asks: an asker that is cancelled or runs out
 * of time leaves it alone, and what it brings is kept for the next. Where answers come from is the business
 * of the source: servers that resolve for us (dns_forward.c), or the zones' own servers (iterate.c).
 */
#include "scanner/net/dns.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { IN_FLIGHT_MAX = 200, CACHE_ENTRIES = 20000, CACHE_BYTES = 16 * 1024 * 1024, BUCKETS = 1024 };

/* In flight, or waiting for its turn. */
struct question {
    struct dns *dns;
    struct question *next;        /* in its bucket */
    struct question *next_queued; /* behind it in the queue */
    size_t references;            /* the table's, and of each who asks */
    struct dns_key key;
    struct wait_queue askers;
    struct dns_result *result; /* once it has ended; NULL: the error */
    int error;
    bool ended;
};

struct dns {
    struct resolver resolver;
    struct engine *engine;
    struct dns_source *source;
    struct task_group *group;
    struct dns_cache *cache;
    struct question *questions[BUCKETS];
    struct question *queue_first; /* not in flight yet */
    struct question *queue_last;
    size_t in_flight; /* each has a task */
    uint64_t seed;
    struct dns_statistics statistics;
};

/* ---- questions in flight ---- */

static struct question **place_of(struct dns *dns, const struct dns_key *key)
{
    struct question **place = &dns->questions[dns_key_hash(key, dns->seed) % BUCKETS];

    while (*place != NULL && !dns_key_equal(&(*place)->key, key))
        place = &(*place)->next;
    return place;
}

static void question_release(struct question *question)
{
    if (--question->references > 0)
        return;
    dns_result_release(question->result);
    free(question);
}

static int fail(struct dns_result *result, const char *what, const char *name)
{
    return asprintf(&result->failure, "%s at %s", what, name) < 0 ? -ENOMEM : 0;
}

/* Where a chain goes on that the packets so far leave open. 0 with *ret_open, or a negative errno. */
static int follow(const struct question *question, struct dns_result *result, const char *name,
                  struct dns_key *next, bool *ret_open)
{
    struct arena *scratch = arena_new(0);
    struct dns_answer *answer;
    const char *why = NULL;
    int error = -ENOMEM;

    *ret_open = false;
    if (scratch != NULL)
        error = dns_result_answer(result, name, question->key.type, scratch, &answer, &why);
    if (error == 0 && answer->outcome == DNS_NOT_ASKED) {
        const char *last = answer->aliases.items[answer->aliases.count - 1];
        struct list before = {.items = answer->aliases.items, .count = answer->aliases.count - 1};

        if (strcmp(last, name) == 0 || list_has_text(&before, last)) {
            error = fail(result, "CNAME loop", last);
        } else if (answer->aliases.count > DNS_ALIASES_MAX ||
                   result->packet_count == sizeof(result->packets) / sizeof(result->packets[0])) {
            error = fail(result, "CNAME chain longer than 8 links", last);
        } else {
            error = dns_name_from_text(last, &next->name);
            *ret_open = true;
        }
    }
    if (error == 0 && !*ret_open) {
        if (result->failure != NULL)
            answer->outcome = DNS_FAILURE;
        result->lifetime_ms = dns_answer_lifetime_ms(answer);
    }
    arena_free(scratch);
    return error;
}

/* Asks for the name, then for the end of its chain while that stays open. */
static int resolve(const struct question *question, struct dns_result *result)
{
    struct dns_source *source = question->dns->source;
    struct engine *engine = question->dns->engine;
    int64_t start = engine_now(engine);
    struct dns_key key = question->key;
    char name[DNS_NAME_TEXT_SIZE];
    bool open = true;
    int error = 0;

    dns_name_format(&key.name, name);
    while (open && error == 0) {
        error = source->look_up(source, &key, result);
        if (error == 0)
            error = follow(question, result, name, &key, &open);
    }
    result->milliseconds = engine_now(engine) - start;
    return error;
}

/* Out of the table and the cache filled; who asked holds what came of it. */
static void question_end(struct question *question)
{
    struct dns *dns = question->dns;
    struct question **place = place_of(dns, &question->key);

    *place = question->next;
    question->ended = true;
    if (question->result != NULL)
        dns_cache_add(dns->cache, &question->key, question->result, engine_now(dns->engine));
    wait_queue_wake(dns->engine, &question->askers, WAKE_ALL);
    question_release(question);
}

static void ask_in_flight(struct question *question)
{
    struct dns_result *result = dns_result_new();
    int error = task_check(question->dns->engine);

    if (error == 0)
        error = result != NULL ? resolve(question, result) : -ENOMEM;
    if (error < 0) {
        dns_result_release(result);
        question->error = error;
    } else {
        question->result = result;
    }
    question_end(question);
}

/* ---- the queue: tasks, too, are counted ---- */

static void queue_add(struct question *question)
{
    struct dns *dns = question->dns;

    if (dns->queue_last != NULL)
        dns->queue_last->next_queued = question;
    else
        dns->queue_first = question;
    dns->queue_last = question;
}

/* The next one that somebody still waits for; the others end unasked. */
static struct question *queue_take(struct dns *dns)
{
    for (;;) {
        struct question *question = dns->queue_first;

        if (question == NULL)
            return NULL;
        dns->queue_first = question->next_queued;
        if (dns->queue_first == NULL)
            dns->queue_last = NULL;
        if (question->references > 1)
            return question;
        question->error = -ECANCELED;
        question_end(question);
    }
}

static void question_run(void *argument);

static int spawn(struct question *question)
{
    const char *type = dns_type_name(question->key.type);
    char name[DNS_NAME_TEXT_SIZE];

    return task_spawn(question->dns->group, question_run, question, "dns %s %s", type != NULL ? type : "TYPE",
                      dns_name_format(&question->key.name, name));
}

/* Its place in flight goes on to the next in the queue: to a task of that one's name or, when there can be
 * none, to this task. */
static void question_run(void *argument)
{
    struct question *question = argument;
    struct dns *dns = question->dns;

    do {
        ask_in_flight(question);
        question = queue_take(dns);
    } while (question != NULL && spawn(question) < 0);
    if (question == NULL)
        dns->in_flight--;
}

/* A question of its own; the table finds it until it ends. */
static int question_start(struct dns *dns, const struct dns_key *key, struct question **ret)
{
    struct question *question = calloc(1, sizeof(*question));
    int error = 0;

    if (question == NULL)
        return -ENOMEM;
    question->dns = dns;
    question->references = 1;
    question->key = *key;
    if (dns->in_flight < IN_FLIGHT_MAX)
        error = spawn(question);
    if (dns->in_flight >= IN_FLIGHT_MAX || (error < 0 && dns->in_flight > 0))
        queue_add(question); /* one of those in flight will take it over */
    else if (error == 0)
        dns->in_flight++;
    else
        goto failed;
    if (dns->in_flight > dns->statistics.in_flight_peak)
        dns->statistics.in_flight_peak = dns->in_flight;
    *place_of(dns, key) = question;
    *ret = question;
    return 0;

failed:
    free(question);
    return error == -ECANCELED ? error : -ENOMEM;
}

/* ---- asking ---- */

/* Out of time: the question goes on without this asker. */
static int make_timeout(const char *name, uint16_t type, int64_t milliseconds, struct arena *arena,
                        struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));

    if (answer == NULL)
        return -ENOMEM;
    answer->name = arena_text(arena, name);
    answer->type = type;
    answer->outcome = DNS_FAILURE;
    answer->reason = "timeout";
    answer->milliseconds = milliseconds;
    if (answer->name == NULL)
        return -ENOMEM;
    *ret = answer;
    return 0;
}

/* Waits for the end of the question. 0, -ETIMEDOUT, -ECANCELED. */
static int await(struct question *question, int64_t deadline)
{
    while (!question->ended) {
        int error = task_wait(question->dns->engine, &question->askers, deadline, "the DNS");

        if (error < 0)
            return question->ended ? 0 : error;
    }
    return 0;
}

static int ask_servers(struct dns *dns, const struct dns_key *key, const char *name, int64_t deadline,
                       struct arena *arena, struct dns_answer **ret)
{
    struct question *question = *place_of(dns, key);
    int64_t start = engine_now(dns->engine);
    const char *why;
    int error = 0;

    if (question != NULL)
        dns->statistics.joined++;
    else
        error = question_start(dns, key, &question);
    if (error < 0)
        return error;
    question->references++;
    error = await(question, deadline);
    if (error == 0)
        error = question->result != NULL
                    ? dns_result_answer(question->result, name, key->type, arena, ret, &why)
                    : question->error;
    else if (error == -ETIMEDOUT)
        error = make_timeout(name, key->type, engine_now(dns->engine) - start, arena, ret);
    question_release(question);
    return error;
}

static int ask_key(struct dns *dns, struct dns_key key, const char *name, int64_t deadline,
                   struct arena *arena, struct dns_answer **ret)
{
    struct dns_answer *answer = NULL;
    struct dns_result *kept;
    char text[DNS_NAME_TEXT_SIZE];
    const char *why;
    int error = task_check(dns->engine);

    if (error < 0)
        return error;
    if (!dns_type_is_data(key.type) || dns_name_from_text(name, &key.name) < 0)
        return -EINVAL;
    dns_name_lower(&key.name);
    dns_name_format(&key.name, text);
    dns->statistics.asked++;
    kept = dns_cache_find(dns->cache, &key, engine_now(dns->engine));
    if (kept != NULL) {
        dns->statistics.from_cache++;
        error = dns_result_answer(kept, text, key.type, arena, &answer, &why);
        dns_result_release(kept);
    } else {
        error = ask_servers(dns, &key, text, deadline, arena, &answer);
    }
    if (answer == NULL)
        return error;
    if (answer->outcome == DNS_FAILURE)
        dns->statistics.failures++;
    *ret = answer;
    return 0;
}

static int dns_ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                   struct arena *arena, struct dns_answer **ret)
{
    return ask_key((struct dns *)resolver, (struct dns_key){.type = type}, name, deadline, arena, ret);
}

static int dns_ask_unchecked(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                             struct arena *arena, struct dns_answer **ret)
{
    return ask_key((struct dns *)resolver, (struct dns_key){.type = type, .unchecked = true}, name, deadline,
                   arena, ret);
}

struct dns_statistics dns_statistics(const struct resolver *resolver)
{
    const struct dns *dns = (const struct dns *)resolver;
    struct dns_statistics statistics = dns->statistics;

    statistics.sent = dns->source->sent;
    statistics.tcp = dns->source->tcp;
    return statistics;
}

/* ---- life ---- */

int dns_service_new(struct engine *engine, struct dns_source *source, size_t cache_entries,
                    const char *description, struct resolver **ret)
{
    struct dns *dns = calloc(1, sizeof(*dns));
    int error = -ENOMEM;

    if (dns == NULL)
        return -ENOMEM;
    if (getrandom(&dns->seed, sizeof(dns->seed), 0) != sizeof(dns->seed)) {
        error = -errno;
        goto failed;
    }
    dns->cache = dns_cache_new(cache_entries > 0 ? cache_entries : CACHE_ENTRIES, CACHE_BYTES, dns->seed);
    if (dns->cache == NULL)
        goto failed;
    error = task_group_new(engine_root(engine), "dns", &dns->group);
    if (error < 0)
        goto failed;
    dns->engine = engine;
    dns->source = source;
    source->cache = dns->cache;
    dns->resolver.ask = dns_ask;
    dns->resolver.ask_unchecked = dns_ask_unchecked;
    dns->resolver.description = description;
    *ret = &dns->resolver;
    return 0;

failed:
    dns_cache_free(dns->cache);
    free(dns);
    return error;
}

void dns_free(struct resolver *resolver)
{
    struct dns *dns = (struct dns *)resolver;

    if (dns == NULL)
        return;
    task_group_end(dns->group); /* questions that nobody waits for any more */
    dns->source->free(dns->source);
    dns_cache_free(dns->cache);
    free(dns);
}
