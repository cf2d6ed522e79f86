/*
 * dnsbl_service.c - tests each blacklist once in a run, in each way that it is asked (RFC 5782 5)
 *
 *   2.0.0.127.bl.example: must be there     1.0.0.127.bl.example: must not     -> usable, or why not
 *
 * Both questions go out at once, and beside them those that the test is for: nobody waits for it before asking.
 */
#include "probes/dnsbl_service.h"

#include "probes/protocol/dnsbl.h"
#include "probes/questions.h"
#include "scanner/base/arena.h"

#include <errno.h>

enum { SERVICE_MEMORY = 32 * 1024 * 1024 };

struct dnsbl_service {
    struct network *network;
    struct resolver *resolvers[DNSBL_WAYS];
    const struct blocklists *lists;
    struct task_group *group;
    struct arena *arena; /* of the service itself, too */
    struct dnsbl_channel *channels;
};

/* What a test task is told; memory of the service. */
struct test {
    struct dnsbl_service *service;
    struct dnsbl_channel *channel;
    enum dnsbl_way way;
};

int dnsbl_service_new(struct network *network, struct resolver *resolver, struct resolver *iterator,
                      const struct blocklists *lists, struct task_group *group, struct dnsbl_service **ret)
{
    struct arena *arena = arena_new(SERVICE_MEMORY);
    struct dnsbl_service *service = arena == NULL ? NULL : arena_alloc(arena, sizeof(*service));

    if (service != NULL)
        service->channels = arena_alloc(arena, (lists->lists.count + 1) * sizeof(*service->channels));
    if (service == NULL || service->channels == NULL) {
        arena_free(arena);
        return -ENOMEM;
    }
    service->network = network;
    service->resolvers[DNSBL_BY_RESOLVER] = resolver;
    service->resolvers[DNSBL_BY_ITERATION] = iterator;
    service->lists = lists;
    service->group = group;
    service->arena = arena;
    for (size_t i = 0; i < lists->lists.count; i++)
        service->channels[i].list = lists->lists.items[i];
    *ret = service;
    return 0;
}

void dnsbl_service_free(struct dnsbl_service *service)
{
    if (service != NULL)
        arena_free(service->arena); /* which it lives in */
}

struct dnsbl_channel *dnsbl_channel(struct dnsbl_service *service, size_t index)
{
    return &service->channels[index];
}

size_t dnsbl_channel_count(const struct dnsbl_service *service)
{
    return service->lists->lists.count;
}

const struct blocklists *dnsbl_lists(const struct dnsbl_service *service)
{
    return service->lists;
}

bool dnsbl_network(const struct dnsbl_service *service, enum dnsbl_way way, struct network *ret)
{
    if (service->resolvers[way] == NULL)
        return false;
    *ret = *service->network;
    ret->resolver = service->resolvers[way];
    return true;
}

/* ---- the test ---- */

static void test_end(const struct test *test, enum dnsbl_fault fault, const char *reason)
{
    struct dnsbl_trial *trial = &test->channel->trials[test->way];

    trial->fault = fault;
    trial->reason = reason;
    trial->ended = true;
    wait_queue_wake(test->service->network->engine, &trial->waiters, WAKE_ALL);
}

static int ask_entries(const struct test *test, struct arena *arena, struct question questions[static 2])
{
    const struct blocklist *list = test->channel->list;
    const char *entries[] = {list->test_listed, list->test_unlisted};
    struct question asked[2] = {0};
    struct network network;
    size_t count = 0;
    int error = dnsbl_network(test->service, test->way, &network) ? 0 : -EINVAL;

    for (size_t i = 0; i < 2 && error == 0; i++) {
        if (entries[i] == NULL)
            continue;
        asked[count] = (struct question){.name = dnsbl_name(list, entries[i], arena), .type = DNS_A};
        if (asked[count++].name == NULL)
            error = -ENOMEM;
    }
    if (error == 0)
        error = questions_ask(&network, asked, count,
                              deadline_in(network.engine, DNSBL_PATIENCE_MS, DEADLINE_NEVER), arena);
    count = 0;
    for (size_t i = 0; i < 2 && error != -ENOMEM; i++)
        if (entries[i] != NULL)
            questions[i] = asked[count++];
    return error;
}

static void test_run(void *argument)
{
    const struct test *test = argument;
    struct question questions[2] = {0};
    struct arena *arena = test->service->arena;
    enum dnsbl_fault fault = DNSBL_STOPPED;
    const char *reason = "the scan ended before";
    int error = ask_entries(test, arena, questions);

    if (error == 0)
        error = dnsbl_read_test(test->channel->list, questions[0].answer, questions[1].answer, arena, &fault,
                                &reason);
    if (error == -ENOMEM)
        reason = "there was no memory for it";
    test_end(test, fault, reason);
}

int dnsbl_trial_begin(struct dnsbl_service *service, struct dnsbl_channel *channel, enum dnsbl_way way)
{
    struct dnsbl_trial *trial = &channel->trials[way];
    const struct test test = {.service = service, .channel = channel, .way = way};
    struct test *kept;
    int error;

    if (trial->begun)
        return 0;
    kept = arena_copy(service->arena, &test, sizeof(test));
    if (kept == NULL)
        return -ENOMEM;
    error = task_spawn(service->group, test_run, kept, "self-test of %.80s", channel->list->zone);
    if (error < 0 && error != -EAGAIN)
        return error;
    trial->begun = true;
    if (error == -EAGAIN) /* too many tasks: before the rest then */
        test_run(kept);
    return 0;
}

int dnsbl_trial_wait(struct dnsbl_service *service, struct dnsbl_channel *channel, enum dnsbl_way way,
                     int64_t deadline)
{
    struct dnsbl_trial *trial = &channel->trials[way];
    int error = 0;

    while (!trial->ended && error == 0)
        error =
            task_wait(service->network->engine, &trial->waiters, deadline, "the self-test of a blacklist");
    return trial->ended ? 0 : error;
}

void dnsbl_trial_refused(struct dnsbl_service *service, struct dnsbl_channel *channel, enum dnsbl_way way,
                         const char *reason)
{
    struct dnsbl_trial *trial = &channel->trials[way];
    const char *kept = arena_text(service->arena, reason);

    if (!trial->ended || trial->fault != DNSBL_FAULT_NOT_OBSERVED || kept == NULL)
        return;
    trial->fault = DNSBL_REFUSED;
    trial->reason = kept;
}
