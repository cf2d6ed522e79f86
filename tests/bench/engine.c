/*
 * engine.c - what the engine costs, beside the bare thing it stands on, in the same run
 *
 * Prints figures and ratios; passes and fails on none of them.
 */
#include "scanner/base/clock.h"
#include "scanner/net/io.h"
#include "scanner/net/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { SWITCHES = 200000, SPAWNS = 100000, SLEEPERS = 10000, MESSAGES = 50000 };

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t resident_kib(void)
{
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %zu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* ---- the bare thing: two contexts, one thread ---- */

static ucontext_t here, there;

static void bare_run(void)
{
    for (;;)
        swapcontext(&there, &here);
}

static double bare_pair_ns(void)
{
    static char stack[64 * 1024];
    double before;

    getcontext(&there);
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = sizeof(stack);
    makecontext(&there, bare_run, 0);
    before = cpu_seconds();
    for (int i = 0; i < SWITCHES; i++)
        swapcontext(&here, &there);
    return (cpu_seconds() - before) * 1e9 / SWITCHES;
}

/* ---- the engine ---- */

struct measure {
    struct engine *engine;
    double seconds;
    size_t kib;
};

static void run(void (*body)(void *), struct measure *measure)
{
    if (engine_new(&(struct engine_options){.tasks_max = SLEEPERS + 10}, &measure->engine) < 0 ||
        task_spawn(engine_root(measure->engine), body, measure, "measure") < 0)
        exit(1);
    engine_run(measure->engine);
    engine_free(measure->engine);
}

static void measure_yields(void *argument)
{
    struct measure *measure = argument;
    double before = cpu_seconds();

    for (int i = 0; i < SWITCHES; i++)
        (void)task_yield(measure->engine);
    measure->seconds = cpu_seconds() - before;
}

static void nothing(void *argument)
{
    (void)argument;
}

static void measure_spawns(void *argument)
{
    struct measure *measure = argument;
    double before = cpu_seconds();

    for (int i = 0; i < SPAWNS; i++) {
        if (task_spawn(engine_root(measure->engine), nothing, NULL, "nothing") < 0)
            exit(1);
        (void)task_yield(measure->engine);
    }
    measure->seconds = cpu_seconds() - before;
}

static void sleeper(void *argument)
{
    (void)task_sleep(argument, 300, "measuring");
}

static void measure_sleepers(void *argument)
{
    struct measure *measure = argument;
    size_t before = resident_kib();

    for (int i = 0; i < SLEEPERS; i++)
        if (task_spawn(engine_root(measure->engine), sleeper, measure->engine, "sleeper %d", i) < 0)
            exit(1);
    (void)task_sleep(measure->engine, 200, "all to sleep");
    measure->kib = resident_kib() - before;
}

struct echo {
    struct engine *engine;
    struct io *io;
};

static void echo_run(void *argument)
{
    struct echo *echo = argument;
    char byte;

    for (int i = 0; i < MESSAGES; i++) {
        while (recv(io_fd(echo->io), &byte, 1, MSG_DONTWAIT) != 1)
            (void)io_wait(echo->io, IO_READABLE, DEADLINE_NEVER, "a byte");
        if (send(io_fd(echo->io), &byte, 1, MSG_NOSIGNAL) != 1)
            exit(1);
    }
    io_close(echo->io);
}

static void measure_messages(void *argument)
{
    struct measure *measure = argument;
    struct echo echo = {.engine = measure->engine};
    struct io *io;
    int pair[2];
    double before;
    char byte = 'x';

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || io_new(measure->engine, pair[0], &io) < 0 ||
        io_new(measure->engine, pair[1], &echo.io) < 0 ||
        task_spawn(engine_root(measure->engine), echo_run, &echo, "echo") < 0)
        exit(1);
    before = cpu_seconds();
    for (int i = 0; i < MESSAGES; i++) {
        if (send(io_fd(io), &byte, 1, MSG_NOSIGNAL) != 1)
            exit(1);
        while (recv(io_fd(io), &byte, 1, MSG_DONTWAIT) != 1)
            (void)io_wait(io, IO_READABLE, DEADLINE_NEVER, "its echo");
    }
    measure->seconds = cpu_seconds() - before;
    io_close(io);
}

static double bare_messages_us(void)
{
    int pair[2];
    char byte = 'x';
    double before;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        exit(1);
    before = cpu_seconds();
    for (int i = 0; i < MESSAGES; i++)
        for (int side = 0; side < 2; side++)
            if (send(pair[side], &byte, 1, MSG_NOSIGNAL) != 1 || recv(pair[1 - side], &byte, 1, 0) != 1)
                exit(1);
    close(pair[0]);
    close(pair[1]);
    return (cpu_seconds() - before) * 1e6 / MESSAGES;
}

int main(void)
{
    struct measure measure = {0};
    double bare = bare_pair_ns();
    double pair, spawn, message, bare_message;

    run(measure_yields, &measure);
    pair = measure.seconds * 1e9 / SWITCHES;
    printf("switch pair through the loop   %7.0f ns   bare swapcontext pair %7.0f ns   ratio %.1f\n", pair,
           bare, pair / bare);
    run(measure_spawns, &measure);
    spawn = measure.seconds * 1e9 / SPAWNS;
    printf("create, run and free a task    %7.0f ns   one loop round        %7.0f ns   ratio %.1f\n", spawn,
           pair, spawn / pair);
    run(measure_messages, &measure);
    message = measure.seconds * 1e6 / MESSAGES;
    bare_message = bare_messages_us();
    printf("byte there and back, two tasks %7.2f us   bare send and recv    %7.2f us   ratio %.1f\n", message,
           bare_message, message / bare_message);
    run(measure_sleepers, &measure);
    printf("%d sleeping tasks           %7zu KiB   that is %.1f KiB each\n", SLEEPERS, measure.kib,
           (double)measure.kib / SLEEPERS);
    return 0;
}
