/*
 * task.c - the engine's promises: waits, deadlines, cancellation, groups, stacks; those of sockets are in task_io.c
 *
 * On a virtual clock: minutes pass at once, and every time below is exact.
 */
#include "tests/unit/task_stage.h"

#include "scanner/net/io.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- sleeping and deadlines ---- */

Test(task, sleepers_wake_in_the_order_of_their_deadlines)
{
    struct clock clock = clock_virtual(0);
    struct engine *engine = engine_on(&clock);
    struct sleeper sleepers[5] = {{.ms = 60000}, {.ms = 1}, {.ms = 3600000}, {.ms = 0}, {.ms = 59999}};
    const int expected[5] = {3, 1, 4, 0, 2};
    int order = 0;

    for (size_t i = 0; i < 5; i++) {
        sleepers[i].engine = engine;
        sleepers[i].order = &order;
        cr_assert_eq(task_spawn(engine_root(engine), sleeper_run, &sleepers[i], "sleeper %zu", i), 0);
    }
    cr_assert_eq(engine_run(engine), 0);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_eq(sleepers[i].result, 0);
        cr_expect_eq(sleepers[i].woke_at, sleepers[i].ms);
        cr_expect_eq(sleepers[i].place, expected[i]);
    }
    engine_free(engine);
}

static void wait_times_out(void *argument)
{
    struct engine *engine = argument;
    struct wait_queue queue = {0};

    cr_expect_eq(task_wait(engine, &queue, 45000, "nobody"), -ETIMEDOUT);
    cr_expect_eq(engine_now(engine), 45000);
    cr_expect_eq(engine_wall_seconds(engine), 1045);
    cr_expect_null(queue.first);
    cr_expect_eq(task_wait(engine, &queue, 100, "a deadline that is over"), -ETIMEDOUT);
    cr_expect_eq(engine_now(engine), 45000);
}

Test(task, a_wait_ends_by_its_deadline)
{
    run_alone(wait_times_out);
}

Test(task, the_system_clock_waits_too)
{
    struct engine *engine = engine_on(NULL);
    struct sleeper sleeper = {.engine = engine, .ms = 20};
    int64_t before = engine_now(engine);

    cr_assert_eq(task_spawn(engine_root(engine), sleeper_run, &sleeper, "sleeper"), 0);
    cr_assert_eq(engine_run(engine), 0);
    cr_expect_geq(sleeper.woke_at - before, 20);
    engine_free(engine);
}

enum { MANY = 10000 };

Test(task, ten_thousand_sleep)
{
    struct clock clock = clock_virtual(0);
    struct engine *engine = engine_on(&clock);
    struct sleeper *sleepers = calloc(MANY, sizeof(*sleepers));

    cr_assert_not_null(sleepers);
    for (size_t i = 0; i < MANY; i++) {
        sleepers[i] = (struct sleeper){.engine = engine, .ms = (int64_t)(i * 7919 % 60000)};
        cr_assert_eq(task_spawn(engine_root(engine), sleeper_run, &sleepers[i], "sleeper %zu", i), 0);
    }
    cr_assert_eq(engine_run(engine), 0);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(sleepers[i].woke_at, sleepers[i].ms);
    cr_expect_eq(engine_statistics(engine).tasks_peak, MANY);
    free(sleepers);
    engine_free(engine);
}

/* ---- cancellation, in every wait ---- */

enum wait_kind { WAIT_SLEEP, WAIT_QUEUE, WAIT_SEMAPHORE, WAIT_JOIN, WAIT_IO, WAIT_YIELD, WAIT_KINDS };

struct victim {
    struct engine *engine;
    enum wait_kind kind;
    int result;
    int cleanup_short, cleanup_long;
    int64_t canceled_at, cleaned_at;
    bool ended;
};

static int victim_wait(struct victim *victim)
{
    struct engine *engine = victim->engine;
    struct wait_queue queue = {0};
    struct semaphore semaphore = {0};
    struct task_group *group;
    struct sleeper long_sleeper = {.engine = engine, .ms = 500000};
    struct io *io;
    int pair[2];
    int result = 0;

    switch (victim->kind) {
    case WAIT_SLEEP:
        return task_sleep(engine, 100000, "sleep");
    case WAIT_QUEUE:
        return task_wait(engine, &queue, DEADLINE_NEVER, "queue");
    case WAIT_SEMAPHORE:
        return semaphore_take(engine, &semaphore, 100000, "semaphore");
    case WAIT_JOIN:
        cr_assert_eq(task_group_new(engine_root(engine), "joined", &group), 0);
        cr_assert_eq(task_spawn(group, sleeper_run, &long_sleeper, "long sleeper"), 0);
        result = task_group_join(group, DEADLINE_NEVER);
        task_group_end(group);
        cr_expect_eq(long_sleeper.result, -ECANCELED);
        return result;
    case WAIT_IO:
        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        cr_assert_eq(io_new(engine, pair[0], &io), 0);
        result = io_wait(io, IO_READABLE, DEADLINE_NEVER, "io");
        io_close(io);
        close(pair[1]);
        return result;
    case WAIT_YIELD:
        while (result == 0)
            result = task_yield(engine);
        return result;
    case WAIT_KINDS:
        break;
    }
    return 0;
}

/* Clean-up may still wait, for its grace and no longer. */
static void victim_run(void *argument)
{
    struct victim *victim = argument;
    struct engine *engine = victim->engine;

    victim->result = victim_wait(victim);
    victim->canceled_at = engine_now(engine);
    cr_expect_eq(task_sleep(engine, 1, "after the cancel"), -ECANCELED);
    task_shield(engine, CLEANUP_GRACE_MS);
    victim->cleanup_short = task_sleep(engine, 500, "short clean-up");
    victim->cleanup_long = task_sleep(engine, 60000, "long clean-up");
    task_unshield(engine);
    victim->cleaned_at = engine_now(engine);
    victim->ended = true;
}

static void cancel_each_wait(void *argument)
{
    struct engine *engine = argument;

    for (enum wait_kind kind = WAIT_SLEEP; kind < WAIT_KINDS; kind++) {
        struct victim victim = {.engine = engine, .kind = kind};
        struct task_group *group;
        int64_t begun = engine_now(engine);

        cr_assert_eq(task_group_new(engine_root(engine), "victims", &group), 0);
        cr_assert_eq(task_spawn(group, victim_run, &victim, "victim"), 0);
        if (kind == WAIT_YIELD)
            for (int i = 0; i < 3; i++)
                cr_assert_eq(task_yield(engine), 0); /* time stands still while somebody runs */
        else
            cr_assert_eq(task_sleep(engine, 5000, "before the cancel"), 0);
        task_group_cancel(group);
        cr_expect(!victim.ended, "cancel only marks and wakes");
        cr_expect_eq(task_spawn(group, victim_run, &victim, "late"), -ECANCELED);
        task_group_end(group);
        cr_expect(victim.ended, "kind %d", (int)kind);
        cr_expect_eq(victim.result, -ECANCELED, "kind %d: %d", (int)kind, victim.result);
        cr_expect_eq(victim.canceled_at - begun, kind == WAIT_YIELD ? 0 : 5000);
        cr_expect_eq(victim.cleanup_short, 0);
        cr_expect_eq(victim.cleanup_long, -ECANCELED);
        cr_expect_eq(victim.cleaned_at - victim.canceled_at, CLEANUP_GRACE_MS);
    }
}

Test(task, cancel_ends_every_wait_and_cleanup_has_its_grace)
{
    run_alone(cancel_each_wait);
}

struct cleaner {
    struct engine *engine;
    int result;
    int64_t ended_at;
};

/* Is in its clean-up already when the cancel comes. */
static void cleaner_run(void *argument)
{
    struct cleaner *cleaner = argument;

    task_shield(cleaner->engine, 3000);
    cleaner->result = task_wait(cleaner->engine, &(struct wait_queue){0}, DEADLINE_NEVER, "a farewell");
    task_unshield(cleaner->engine);
    cleaner->ended_at = engine_now(cleaner->engine);
}

static void cancel_in_a_shield(void *argument)
{
    struct engine *engine = argument;
    struct cleaner cleaner = {.engine = engine};
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(engine), "cleaners", &group), 0);
    cr_assert_eq(task_spawn(group, cleaner_run, &cleaner, "cleaner"), 0);
    cr_assert_eq(task_sleep(engine, 1000, "into the clean-up"), 0);
    task_group_end(group);
    cr_expect_eq(cleaner.result, -ECANCELED);
    cr_expect_eq(cleaner.ended_at, 3000);
}

Test(task, cancel_during_a_shielded_wait_limits_it_to_the_grace)
{
    run_alone(cancel_in_a_shield);
}

/* ---- groups ---- */

struct tree {
    struct engine *engine;
    struct task_group *parent;
    int depth;
    int *alive, *spawned;
};

/* Each node has two children and a sleeping leaf; all of them are gone when the group of the node ends. */
static void tree_run(void *argument)
{
    struct tree tree = *(struct tree *)argument;
    struct tree below = tree;
    struct task_group *group;

    ++*tree.alive;
    ++*tree.spawned;
    below.depth--;
    cr_assert_eq(task_group_new(tree.parent, "tree", &group), 0);
    below.parent = group;
    if (tree.depth > 0)
        for (int i = 0; i < 2; i++)
            (void)task_spawn(group, tree_run, &below, "node %d", below.depth);
    (void)task_sleep(tree.engine, tree.depth == 0 ? 1000000 : 10, "growing");
    (void)task_group_join(group, DEADLINE_NEVER);
    task_group_end(group);
    --*tree.alive;
}

static void tear_down_half_way(void *argument)
{
    struct engine *engine = argument;
    int alive = 0, spawned = 0;
    struct tree tree = {.engine = engine, .depth = 6, .alive = &alive, .spawned = &spawned};
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(engine), "forest", &group), 0);
    tree.parent = group;
    cr_assert_eq(task_spawn(group, tree_run, &tree, "root of the tree"), 0);
    cr_assert_eq(task_group_join(group, 500), -ETIMEDOUT);
    cr_expect_eq(spawned, 127);
    cr_expect_eq(alive, 127);
    task_group_end(group);
    cr_expect_eq(alive, 0);
    cr_expect_eq(engine_now(engine), 500);
}

Test(task, a_group_is_torn_down_with_all_below_it)
{
    run_alone(tear_down_half_way);
}

/* ---- semaphores ---- */

struct holder {
    struct engine *engine;
    struct semaphore *semaphore;
    int *holding, *most;
    int result;
    int64_t deadline;
};

static void holder_run(void *argument)
{
    struct holder *holder = argument;

    holder->result = semaphore_take(holder->engine, holder->semaphore, holder->deadline, "a slot");
    if (holder->result < 0)
        return;
    if (++*holder->holding > *holder->most)
        *holder->most = *holder->holding;
    cr_expect_eq(task_sleep(holder->engine, 100, "with the slot"), 0);
    --*holder->holding;
    semaphore_give(holder->engine, holder->semaphore);
}

Test(task, a_semaphore_lets_so_many_in_and_gives_up_at_the_deadline)
{
    struct clock clock = clock_virtual(0);
    struct engine *engine = engine_on(&clock);
    struct semaphore semaphore = {.free = 3};
    struct holder holders[10];
    int holding = 0, most = 0, served = 0;

    for (size_t i = 0; i < 10; i++) {
        holders[i] = (struct holder){engine, &semaphore, &holding, &most, 0, i == 5 ? 50 : DEADLINE_NEVER};
        cr_assert_eq(task_spawn(engine_root(engine), holder_run, &holders[i], "holder"), 0);
    }
    cr_assert_eq(engine_run(engine), 0);
    for (size_t i = 0; i < 10; i++)
        served += holders[i].result == 0;
    cr_expect_eq(most, 3);
    cr_expect_eq(served, 9);
    cr_expect_eq(holders[5].result, -ETIMEDOUT);
    cr_expect_eq(semaphore.free, 3);
    engine_free(engine);
}

/* ---- the rest of the promises ---- */

struct loop_call {
    struct engine *engine;
    uintptr_t stack;
    bool on_loop;
};

static void on_loop(void *argument)
{
    struct loop_call *call = argument;
    char here;

    call->on_loop = task_current(call->engine) == NULL;
    call->stack = (uintptr_t)&here;
}

static void calls_on_loop(void *argument)
{
    struct loop_call call = {.engine = argument};
    char here;

    engine_call_on_loop(argument, on_loop, &call);
    cr_expect(call.on_loop);
    uintptr_t distance =
        call.stack > (uintptr_t)&here ? call.stack - (uintptr_t)&here : (uintptr_t)&here - call.stack;
    cr_expect_gt(distance, 256 * 1024);
    cr_expect_not_null(task_current(argument));
}

Test(task, a_call_on_the_loop_runs_on_its_stack)
{
    run_alone(calls_on_loop);
}

static void errno_breaker(void *argument)
{
    for (int i = 0; i < 50; i++) {
        errno = EDOM;
        cr_assert_eq(task_yield(argument), 0);
    }
}

static void keeps_errno(void *argument)
{
    struct engine *engine = argument;

    cr_assert_eq(task_spawn(engine_root(engine), errno_breaker, engine, "breaker"), 0);
    for (int i = 0; i < 49; i++) {
        errno = ERANGE;
        cr_assert_eq(task_yield(engine), 0);
        cr_assert_eq(errno, ERANGE);
    }
}

Test(task, errno_belongs_to_the_task)
{
    run_alone(keeps_errno);
}

static void prints_tasks(void *argument)
{
    struct engine *engine = argument;
    struct sleeper sleeper = {.engine = engine, .ms = 8000};
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    cr_assert_eq(task_spawn(engine_root(engine), sleeper_run, &sleeper, "smtp 192.0.2.1:25"), 0);
    cr_assert_eq(task_sleep(engine, 3500, "the other to sleep"), 0);
    engine_print_tasks(engine, to);
    fclose(to);
    cr_expect_not_null(strstr(text, "2 tasks\n"));
    cr_expect_not_null(strstr(text, "smtp 192.0.2.1:25"));
    cr_expect_not_null(strstr(text, "waits for a test's sleep since 3.5 s"));
    free(text);
    cr_expect_eq(task_sleep(engine, 10000, "the sleeper, which is on this stack"), 0);
}

Test(task, waiting_tasks_can_be_listed)
{
    run_alone(prints_tasks);
}

Test(task, too_many_tasks_are_refused)
{
    struct clock clock = clock_virtual(0);
    struct engine *engine = NULL;
    struct sleeper sleepers[4];

    cr_assert_eq(engine_new(&(struct engine_options){.clock = &clock, .tasks_max = 3}, &engine), 0);
    for (size_t i = 0; i < 4; i++) {
        sleepers[i] = (struct sleeper){.engine = engine, .ms = 10};
        cr_expect_eq(task_spawn(engine_root(engine), sleeper_run, &sleepers[i], "s"), i < 3 ? 0 : -EAGAIN);
    }
    cr_assert_eq(engine_run(engine), 0);
    engine_free(engine);
}

struct spinner {
    struct engine *engine;
    bool *stop;
    size_t rounds;
    uint64_t compute_ns; /* per round */
};

static void spinner_run(void *argument)
{
    struct spinner *spinner = argument;

    while (!*spinner->stop) {
        spinner->rounds++;
        for (uint64_t until = uv_hrtime() + spinner->compute_ns; uv_hrtime() < until;)
            ;
        cr_assert_eq(task_yield(spinner->engine), 0);
    }
}

static void wait_among_spinners(void *argument)
{
    struct engine *engine = argument;
    static struct spinner spinners[40];
    bool stop = false;
    size_t least = SIZE_MAX;
    int pair[2];
    struct io *io;

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    cr_assert_eq(io_new(engine, pair[0], &io), 0);
    for (size_t i = 0; i < 40; i++) {
        spinners[i] = (struct spinner){.engine = engine, .stop = &stop, .compute_ns = 500000};
        cr_assert_eq(task_spawn(engine_root(engine), spinner_run, &spinners[i], "spinner"), 0);
    }
    cr_assert_eq(send(pair[1], "x", 1, 0), 1);
    cr_expect_eq(io_wait(io, IO_READABLE, DEADLINE_NEVER, "a byte among spinners"), 0);
    cr_expect_eq(task_sleep(engine, 60, "a deadline among spinners"), 0);
    stop = true;
    for (size_t i = 0; i < 40; i++)
        least = spinners[i].rounds < least ? spinners[i].rounds : least;
    cr_expect_geq(least, 1, "everybody had a turn");
    io_close(io);
    close(pair[1]);
    /* forty spinners need 20 ms for a turn each: a round was cut at 10 ms, or the loop would have come by
     * less often */
    cr_expect_gt(engine_statistics(engine).rounds_cut, 0);
    while (engine_statistics(engine).tasks_now > 1)
        cr_assert_eq(task_yield(engine), 0);
}

Test(task, who_computes_long_starves_nobody)
{
    struct engine *engine = engine_on(NULL);

    cr_assert_eq(task_spawn(engine_root(engine), wait_among_spinners, engine, "waits"), 0);
    cr_assert_eq(engine_run(engine), 0);
    engine_free(engine);
}

static void on_user_signal(void *data)
{
    ++*(int *)data;
}

Test(task, a_signal_calls_back_on_the_loop)
{
    struct engine *engine = engine_on(NULL);
    struct sleeper sleeper = {.engine = engine, .ms = 50};
    int signals = 0;

    cr_assert_eq(engine_on_signal(engine, SIGUSR1, on_user_signal, &signals), 0);
    cr_assert_eq(task_spawn(engine_root(engine), sleeper_run, &sleeper, "sleeper"), 0);
    raise(SIGUSR1);
    cr_assert_eq(engine_run(engine), 0);
    cr_expect_eq(signals, 1);
    engine_free(engine);
}

/* Recursion without end; each frame is used so that it is not optimised away. */
static int overflow(volatile char *above, int depth)
{
    volatile char frame[4096];

    frame[0] = above != NULL ? above[0] : 0;
    return depth > 1000000 ? frame[0] : overflow(frame, depth + 1) + frame[0];
}

static void overflow_run(void *argument)
{
    (void)argument;
    _exit(overflow(NULL, 0) & 1);
}

Test(task, a_stack_overflow_is_reported_as_what_it_is)
{
    static char text[65536];
    size_t size = 0;
    ssize_t got;
    int ends[2];
    int status = 0;
    pid_t child;

    cr_assert_eq(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        struct engine *engine = NULL;

        dup2(ends[1], STDERR_FILENO);
        if (engine_new(&(struct engine_options){0}, &engine) < 0)
            _exit(3);
#if !defined(__SANITIZE_ADDRESS__)
        (void)engine_guard_report(engine);
#endif
        (void)task_spawn(engine_root(engine), overflow_run, NULL, "smtp 192.0.2.1:25");
        (void)engine_run(engine);
        _exit(4);
    }
    close(ends[1]);
    while (size < sizeof(text) - 1 && (got = read(ends[0], text + size, sizeof(text) - 1 - size)) > 0)
        size += (size_t)got;
    close(ends[0]);
    cr_assert_eq(waitpid(child, &status, 0), child);
#if defined(__SANITIZE_ADDRESS__)
    cr_expect_not_null(strstr(text, "stack-overflow"), "%s", text);
#else
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "status %x", (unsigned)status);
    cr_expect_not_null(strstr(text, "the task 'smtp 192.0.2.1:25' overflowed its stack"), "%s", text);
#endif
}
