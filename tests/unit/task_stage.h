/*
 * task_stage.h - engines for tests of tasks, and a task that sleeps
 */
#ifndef OUTPOST_TESTS_TASK_STAGE_H
#define OUTPOST_TESTS_TASK_STAGE_H

#include "scanner/base/clock.h"
#include "scanner/net/task.h"

struct engine *engine_on(struct clock *clock); /* NULL: the system's */

/* Run `body` as the first task of an engine, which is its argument, to the end: on `clock`; on a virtual clock that reads
 * 0 ms, 1000 s. */
void run_on(struct clock *clock, void (*body)(void *engine));
void run_alone(void (*body)(void *engine));

struct sleeper {
    struct engine *engine;
    int64_t ms;
    int64_t woke_at;
    int result;
    int *order;
    int place;
};

void sleeper_run(void *sleeper);

#endif
