/*
 * run.c - a run that ends late, out of time or out of tasks: every target is delivered, and says what is missing
 *
 * The network is a function: nobody listens, or somebody accepts and never speaks. Time is virtual.
 */
#include "scanner/run_internal.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/dnssec.h"
#include "scanner/net/io.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 5000, SILENT_MAX = 16 };

struct world {
    struct clock clock;
    struct engine *engine;
    struct arena *arena;
    struct scan_settings settings;
    struct run_observer observer;
    struct run *run;
    struct resolver *own_resolver; /* of the run, when the fake one stands in */
    struct fake_resolver *fake;
    int silent[SILENT_MAX]; /* our ends of connections to who never speaks */
    size_t silent_count;
    /* of the last target that was delivered */
    size_t delivered;
    enum known complete;
    char reason[128];
    size_t endpoints, refused;
    enum endpoint_state state;
    char state_reason[128];
    int result;
};

/* ---- the observer ---- */

static void note_text(char to[static 128], const char *text)
{
    (void)snprintf(to, 128, "%s", text == NULL ? "" : text);
}

static void on_done(void *data, const struct scan_facts *scan, struct arena *arena)
{
    struct world *world = data;
    const struct list *endpoints = &scan->facts->endpoints;

    (void)arena;
    world->delivered++;
    world->complete = scan->complete;
    note_text(world->reason, scan->incomplete_reason);
    world->endpoints = endpoints->count;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        world->refused += endpoint->state == ENDPOINT_REFUSED;
        world->state = endpoint->state;
        note_text(world->state_reason, endpoint->reason);
    }
}

/* ---- the network ---- */

static int connect_refused(struct network *network, const struct address *address, uint16_t port,
                           int64_t deadline, struct io **ret)
{
    (void)network;
    (void)address;
    (void)port;
    (void)deadline;
    (void)ret;
    return -ECONNREFUSED;
}

static int connect_silent(struct network *network, const struct address *address, uint16_t port,
                          int64_t deadline, struct io **ret)
{
    struct world *world = network->connect_data;
    int pair[2];

    (void)address;
    (void)port;
    (void)deadline;
    cr_assert_lt(world->silent_count, SILENT_MAX);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    world->silent[world->silent_count++] = pair[1];
    return io_new(world->engine, pair[0], ret);
}

/* ---- the world ---- */

static void world_begin(struct world *world, size_t tasks_max)
{
    const char *error = NULL;

    *world = (struct world){.clock = clock_virtual(0), .arena = arena_new(0)};
    cr_assert_eq(
        engine_new(&(struct engine_options){.clock = &world->clock, .tasks_max = tasks_max}, &world->engine),
        0);
    scan_settings_defaults(&world->settings);
    world->settings.resolver = "127.0.0.1";
    world->settings.ehlo = "probe.example.org";
    world->settings.timeout_ms = TIMEOUT_MS;
    world->observer = (struct run_observer){.data = world, .on_done = on_done};
    cr_assert_eq(
        run_new(world->engine, &world->settings, &world->observer, world->arena, &world->run, &error), 0);
}

/* For tests that scan one target without run_execute(). */
static void world_fake(struct world *world, const struct fake_answer *table, size_t count)
{
    struct network *network = &world->run->network;

    world->fake = fake_resolver_new(world->engine, table, count);
    world->own_resolver = network->resolver;
    network->resolver = fake_resolver(world->fake);
    network->connect = connect_refused;
    network->connect_data = world;
    network->ipv4 = true;
    network->ehlo = world->settings.ehlo;
}

static void world_end(struct world *world)
{
    for (size_t i = 0; i < world->silent_count; i++)
        close(world->silent[i]);
    if (world->fake != NULL)
        world->run->network.resolver = NULL;
    run_free(world->run);
    fake_resolver_free(world->fake);
    engine_free(world->engine);
    arena_free(world->arena);
}

static const struct target *target_of(struct world *world, const char *word)
{
    const char *error = NULL;
    struct target *target;

    cr_assert_eq(target_parse(word, world->arena, &target, &error), 0, "%s", error);
    return target;
}

struct scan_task {
    struct world *world;
    const struct target *target;
};

static void scan_task_run(void *argument)
{
    struct scan_task *task = argument;

    dnssec_free(task->world->own_resolver);
    dns_free(task->world->run->dns); /* its handles end on a task */
    task->world->run->dns = NULL;
    task->world->result = scan_target(task->world->run, task->target);
}

static void scan_one(struct world *world, const char *word)
{
    struct scan_task task = {.world = world, .target = target_of(world, word)};

    cr_assert_eq(task_spawn(engine_root(world->engine), scan_task_run, &task, "the target"), 0);
    cr_assert_eq(engine_run(world->engine), 0);
    cr_assert_eq(world->result, 0);
    cr_assert_eq(world->delivered, 1);
}

/* ---- a signal that comes when all is over ---- */

static void late_signal(void *argument)
{
    struct world *world = argument;

    while (task_sleep(world->engine, 60000, "the end of the run") == 0)
        ;
    run_stop(world->run, "stopped by a signal"); /* the services are ending, the targets have */
}

Test(run, a_signal_while_the_run_ends_finds_nothing_to_stop)
{
    static struct world world;

    world_begin(&world, 0);
    cr_assert_eq(
        list_add(&world.settings.targets, world.arena, (void *)(uintptr_t)target_of(&world, "10.0.0.1")), 0);
    cr_assert_eq(task_spawn(world.run->services, late_signal, &world, "a signal"), 0);
    cr_expect_eq(run_execute(world.run), 0);
    cr_expect_eq(world.delivered, 1);
    cr_expect_eq(world.complete, YES);
    cr_expect_null(world.run->stop_reason);
    world_end(&world);
}

/* ---- turns ---- */

enum { REPORTED_TOGETHER = 50, REPORT_MS = 300 };

/* Nothing is done beside: the time passes for all. */
static void on_done_slowly(void *data, const struct scan_facts *scan, struct arena *arena)
{
    struct world *world = data;

    on_done(data, scan, arena);
    clock_advance(&world->clock, REPORT_MS);
}

/* Measures how long it takes until it has its next turn. */
static void bystander(void *argument)
{
    struct world *world = argument;
    int64_t longest = 0;

    while (world->delivered < REPORTED_TOGETHER) {
        int64_t before = engine_now(world->engine), wait;

        cr_assert_eq(task_yield(world->engine), 0);
        wait = engine_now(world->engine) - before;
        longest = wait > longest ? wait : longest;
    }
    cr_expect_eq(longest, REPORT_MS, "it had no turn for %lld ms", (long long)longest);
}

Test(run, everybody_has_a_turn_between_two_reports)
{
    static struct world world;

    world_begin(&world, 0);
    world.observer.on_done = on_done_slowly;
    for (int i = 1; i <= REPORTED_TOGETHER; i++) { /* private: they end together */
        char word[32];

        (void)snprintf(word, sizeof(word), "10.0.0.%d", i);
        cr_assert_eq(
            list_add(&world.settings.targets, world.arena, (void *)(uintptr_t)target_of(&world, word)), 0);
    }
    world.run->jobs.free = REPORTED_TOGETHER;
    cr_assert_eq(task_spawn(world.run->services, bystander, &world, "a bystander"), 0);
    cr_expect_eq(run_execute(world.run), 0);
    cr_expect_eq(world.delivered, REPORTED_TOGETHER);
    world_end(&world);
}

/* ---- tasks ---- */

Test(run, no_target_is_lost_when_no_task_is_free)
{
    enum { TARGETS = 60 };
    static struct world world;

    world_begin(&world, 8);
    for (int i = 1; i <= TARGETS; i++) { /* private: delivered without a word on the network */
        char word[32];

        (void)snprintf(word, sizeof(word), "10.0.0.%d", i);
        cr_assert_eq(
            list_add(&world.settings.targets, world.arena, (void *)(uintptr_t)target_of(&world, word)), 0);
    }
    world.run->jobs.free = TARGETS;
    cr_expect_eq(run_execute(world.run), 0);
    cr_expect_eq(world.delivered, TARGETS);
    world_end(&world);
}

static void hog(void *argument)
{
    struct world *world = argument;

    (void)task_sleep(world->engine, 1000, "nothing");
}

Test(run, no_port_is_lost_when_no_task_is_free)
{
    enum { TASKS = 24 };
    static struct world world;

    world_begin(&world, TASKS);
    world_fake(&world, NULL, 0);
    for (size_t i = 0; i < TASKS - 3; i++) /* one for the target, two for parts of it */
        cr_assert_eq(task_spawn(engine_root(world.engine), hog, &world, "hog"), 0);
    scan_one(&world, "11.0.0.1");
    cr_expect_eq(world.complete, YES);
    cr_expect_eq(world.endpoints, 4);
    cr_expect_eq(world.refused, 4);
    world_end(&world);
}

/* ---- time ---- */

Test(run, a_session_cut_short_is_neither_complete_nor_not_contacted)
{
    static struct world world;

    world_begin(&world, 0);
    world_fake(&world, NULL, 0);
    world.run->network.connect = connect_silent;
    scan_one(&world, "11.0.0.1");
    cr_expect_eq(world.complete, NO);
    cr_expect_str_eq(world.reason, "the time of 5 s was over");
    cr_expect_eq(world.state, ENDPOINT_NOT_OBSERVED, "%s", endpoint_state_values[world.state]);
    cr_expect(strstr(world.state_reason, "the time of the scan was over") != NULL ||
                  strstr(world.state_reason, "in the middle of the first session") != NULL,
              "%s", world.state_reason);
    world_end(&world);
}

Test(run, slow_dns_leaves_the_scan_incomplete)
{
    static const struct fake_answer table[] = {
        {"example.org", "MX", .records = {"10 mail.example.org"}, .delay_ms = 2 * (int64_t)TIMEOUT_MS}};
    static struct world world;

    world_begin(&world, 0);
    world_fake(&world, table, 1);
    scan_one(&world, "example.org");
    cr_expect_eq(world.complete, NO);
    world_end(&world);
}

Test(run, a_slow_control_host_leaves_the_scan_incomplete)
{
    static struct world world;

    world_begin(&world, 0);
    world_fake(&world, NULL, 0);
    world.run->control_pending = true;
    scan_one(&world, "10.0.0.1");
    cr_expect_eq(world.complete, NO);
    cr_expect_eq(world.clock.now_ms, TIMEOUT_MS);
    world_end(&world);
}
