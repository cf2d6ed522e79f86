/*
 * dns_live.c - a resolver, its servers and an engine for one test
 */
#include "tests/unit/dns_live.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>

static int64_t standing_monotonic(const struct clock *clock)
{
    return clock->now_ms;
}

static int64_t standing_wall(const struct clock *clock)
{
    return clock->now_ms / 1000;
}

static void live_main(void *argument)
{
    struct live *live = argument;
    struct dns_options options = {0};
    const char *error = "";

    for (size_t i = 0; i < PEERS_MAX && live->scripts[i] != NULL; i++) {
        live->peers[i] = dns_peer_new(live->engine, live->scripts[i], live);
        cr_assert_eq(list_add(&options.servers, live->arena,
                              arena_text(live->arena, dns_peer_address(live->peers[i]))),
                     0);
    }
    cr_assert_eq(dns_new(live->engine, &options, live->arena, &live->resolver, &error), 0, "%s", error);
    live->body(live);
    dns_free(live->resolver);
    for (size_t i = 0; i < PEERS_MAX; i++)
        dns_peer_close(live->peers[i]);
}

void live_run(struct live *live)
{
    struct engine_options options = {.clock = &live->clock, .tasks_max = live->tasks_max};

    live->clock = (struct clock){.monotonic_ms = standing_monotonic, .wall_seconds = standing_wall};
    live->arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &live->engine), 0);
    cr_assert_eq(task_spawn(engine_root(live->engine), live_main, live, "test"), 0);
    cr_assert_eq(engine_run(live->engine), 0);
    engine_free(live->engine);
    arena_free(live->arena);
}

struct dns_answer *live_ask(struct live *live, const char *name, uint16_t type)
{
    struct dns_answer *answer = NULL;
    int result = resolver_ask(live->resolver, name, type, DEADLINE_NEVER, live->arena, &answer);

    cr_assert_eq(result, 0, "%s: %d", name, result);
    cr_assert_not_null(answer);
    return answer;
}

const char *first_text(const struct dns_answer *answer)
{
    const struct dns_record *record = answer->records.count > 0 ? answer->records.items[0] : NULL;

    return record != NULL ? record->text : "";
}

/* Time that goes on, for the pauses between rounds. */
static void time_run(void *argument)
{
    struct live *live = argument;
    struct clock system = clock_system();
    int64_t offset = live->clock.now_ms - system.monotonic_ms(&system);

    while (task_yield(live->engine) == 0)
        live->clock.now_ms = system.monotonic_ms(&system) + offset;
}

struct task_group *live_start_time(struct live *live)
{
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "time", &group), 0);
    cr_assert_eq(task_spawn(group, time_run, live, "time"), 0);
    return group;
}

/* Header and question as asked, with flags. */
void answer_begin(struct buffer *answer, const struct peer_question *question, uint16_t flags)
{
    struct bytes id = question->packet;

    packet_begin(answer, take_u16(&id), flags, question->name, question->type);
}

void asker_run(void *argument)
{
    struct asker *asker = argument;
    int64_t deadline = asker->patience_ms == 0
                           ? DEADLINE_NEVER
                           : deadline_in(asker->live->engine, asker->patience_ms, DEADLINE_NEVER);

    asker->result =
        resolver_ask(asker->live->resolver, asker->name, DNS_A, deadline, asker->live->arena, &asker->answer);
    asker->done = true;
}

/* Waits for something that other tasks or the server bring about; the test's time limit ends it otherwise. */
void live_wait_until(struct live *live, bool (*holds)(struct live *live))
{
    while (!holds(live))
        cr_assert_eq(task_yield(live->engine), 0);
}

enum peer_action answer_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    (void)data;
    answer_begin(answer, question, FLAGS_ANSWER);
    packet_record(answer, PACKET_ANSWER, question->name, "A", 300, "192.0.2.1");
    packet_opt(answer, 0, "");
    return PEER_ANSWER;
}
