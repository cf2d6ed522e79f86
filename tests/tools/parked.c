/*
 * parked.c - a program with two parked tasks, for the test of tasks.gdb.py
 */
#include "scanner/base/clock.h"
#include "scanner/net/task.h"

#include <stdio.h>

static void inner_wait(struct engine *engine)
{
    (void)task_sleep(engine, 5000, "an answer that takes long");
    fputs("", stdout); /* no tail call: inner_wait stays in the backtrace */
}

static void parked_run(void *argument)
{
    inner_wait(argument);
    fputs("", stdout);
}

/* gdb stops here. */
static void observer_run(void *argument)
{
    (void)task_sleep(argument, 1000, "the others to park");
    engine_print_tasks(argument, stdout);
}

int main(void)
{
    struct clock clock = clock_virtual(0);
    struct engine *engine;

    if (engine_new(&(struct engine_options){.clock = &clock}, &engine) < 0 || engine_guard_report(engine) < 0)
        return 1;
    if (task_spawn(engine_root(engine), parked_run, engine, "smtp 192.0.2.1:25") < 0 ||
        task_spawn(engine_root(engine), observer_run, engine, "observer") < 0)
        return 1;
    engine_run(engine);
    engine_free(engine);
    return 0;
}
