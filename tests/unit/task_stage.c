/*
 * task_stage.c - engines for tests of tasks, and a task that sleeps
 */
#include "tests/unit/task_stage.h"

#include <criterion/criterion.h>

struct engine *engine_on(struct clock *clock)
{
    struct engine *engine = NULL;

    cr_assert_eq(engine_new(&(struct engine_options){.clock = clock, .tasks_max = 25000}, &engine), 0);
    return engine;
}

void run_on(struct clock *clock, void (*body)(void *engine))
{
    struct engine *engine = engine_on(clock);

    cr_assert_eq(task_spawn(engine_root(engine), body, engine, "test"), 0);
    cr_assert_eq(engine_run(engine), 0);
    engine_free(engine);
}

void run_alone(void (*body)(void *engine))
{
    struct clock clock = clock_virtual(1000);

    run_on(&clock, body);
}

void sleeper_run(void *argument)
{
    struct sleeper *sleeper = argument;

    sleeper->result = task_sleep(sleeper->engine, sleeper->ms, "a test's sleep");
    sleeper->woke_at = engine_now(sleeper->engine);
    if (sleeper->order != NULL)
        sleeper->place = (*sleeper->order)++;
}
