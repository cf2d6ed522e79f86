/*
 * task.h - tasks: functions with a stack of their own that look blocking and yield to the loop when they wait
 *
 * One engine, one thread. The engine resumes tasks from the loop's stack; only loop <-> task switches exist.
 * A task that waits is in one wait queue (or none: a sleep) and has a deadline; a wait ends by a wake, its
 * deadline (-ETIMEDOUT) or cancellation (-ECANCELED), and by nothing else. Waking only queues: it may be done
 * from any callback.
 *
 *      engine_new -> task_spawn(engine_root(engine), ...) -> engine_run -> engine_free
 *
 * Times are milliseconds of the engine's clock (engine_now); deadlines are absolute.
 */
#ifndef OUTPOST_NET_TASK_H
#define OUTPOST_NET_TASK_H

#include "scanner/base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

struct engine;
struct task;
struct task_group;
struct log;

#define DEADLINE_NEVER INT64_MAX

struct engine_options {
    struct clock *clock; /* NULL: the system's; a virtual clock jumps when nothing else can happen */
    struct log *log;     /* may be NULL */
    size_t tasks_max;    /* alive at once; 0: what file descriptors and memory maps allow */
};

/* 0, -ENOMEM or a libuv error. The engine owns its loop. */
int engine_new(const struct engine_options *options, struct engine **ret);
/* Everything must have ended (engine_run has returned). NULL is allowed. */
void engine_free(struct engine *engine);
/* Runs until every task has ended and libuv handles are closed. Called once, by main or a test. */
int engine_run(struct engine *engine);
/* The group that ends last; its tasks are those of the program. */
struct task_group *engine_root(struct engine *engine);
uv_loop_t *engine_loop(struct engine *engine);
struct log *engine_log(struct engine *engine);
int64_t engine_now(const struct engine *engine);
int64_t engine_wall_seconds(const struct engine *engine);
/* The earlier of now + ms and `limit`. */
int64_t deadline_in(const struct engine *engine, int64_t ms, int64_t limit);
/* One line per task that waits: name, what for, how long (SIGUSR1). */
void engine_print_tasks(const struct engine *engine, FILE *to);
/* Installs the handler that reports the overflow of a task's stack by the task's name, then dies of the
 * signal. Not under AddressSanitizer, which has its own. One engine per process may have it. */
int engine_guard_report(struct engine *engine);

/* Groups: a task never outlives its group; a group never outlives its parent. */
int task_group_new(struct task_group *parent, const char *name, struct task_group **ret);
/* Waits until all tasks of the group and of groups below have ended. 0, -ETIMEDOUT or -ECANCELED (the group
 * lives on). */
int task_group_join(struct task_group *group, int64_t deadline);
/* Marks every task of the group and below as canceled and wakes it; returns at once. Later spawns into it
 * fail. */
void task_group_cancel(struct task_group *group);
bool task_group_canceled(const struct task_group *group);
/* Cancels, joins (shielded, however long the clean-up takes), frees. NULL is allowed. */
void task_group_end(struct task_group *group);
struct engine *task_group_engine(struct task_group *group);
/* The group of the task that runs now: what it starts for itself ends with it. NULL on the loop's stack. */
struct task_group *task_group_current(const struct engine *engine);

/* A new task that will run `run(argument)`. Does not switch to it. 0, -ENOMEM, -EAGAIN (too many tasks),
 * -ECANCELED (the group is canceled: `run` is not called). The name is for people: "smtp 192.0.2.1:25". */
int task_spawn(struct task_group *group, void (*run)(void *argument), void *argument, const char *name_format,
               ...) __attribute__((format(printf, 4, 5)));
/* The task that runs now; NULL on the loop's stack. */
struct task *task_current(const struct engine *engine);
const char *task_name(const struct task *task);

/* Waiting. `what` is a static text for engine_print_tasks. */
struct wait_queue {
    struct task *first;
    struct task *last;
};
int task_wait(struct engine *engine, struct wait_queue *queue, int64_t deadline, const char *what);
/* Wakes up to `count` tasks, first come first; only queues them. */
void wait_queue_wake(struct engine *engine, struct wait_queue *queue, size_t count);
#define WAKE_ALL SIZE_MAX
/* 0 when the time has come, or -ECANCELED. */
int task_sleep(struct engine *engine, int64_t ms, const char *what);
/* Lets the others run; 0 or -ECANCELED. */
int task_yield(struct engine *engine);
/* -ECANCELED when the current task is canceled and not shielded, else 0. */
int task_check(const struct engine *engine);

/*
 * Clean-up may still wait: between shield and unshield a cancelled task's waits work as if it were not
 * cancelled, until `grace_ms` from now, after which they return -ECANCELED at once. Shields nest; the
 * outermost grace counts.
 */
void task_shield(struct engine *engine, int64_t grace_ms);
void task_unshield(struct engine *engine);
enum { CLEANUP_GRACE_MS = 2000 };

/* Runs `call(argument)` on the loop's stack (for what must not run on a task's: reports, JSON, zone files)
 * and returns when it has run; not a wait that can be cancelled. On the loop's stack already: calls at once.
 */
void engine_call_on_loop(struct engine *engine, void (*call)(void *argument), void *argument);

struct semaphore {
    size_t free;
    struct wait_queue queue;
};
int semaphore_take(struct engine *engine, struct semaphore *semaphore, int64_t deadline, const char *what);
void semaphore_give(struct engine *engine, struct semaphore *semaphore);

/* Calls `call(data)` on the loop's stack each time the signal comes, until engine_run returns. 0 or a libuv
 * error. */
int engine_on_signal(struct engine *engine, int number, void (*call)(void *data), void *data);

/* For measurements. */
struct engine_statistics {
    size_t tasks_now, tasks_peak, tasks_spawned, switches, stacks_allocated;
    size_t rounds_cut; /* rounds that were over before all who were ready had run */
};
struct engine_statistics engine_statistics(const struct engine *engine);

/* Handles of libuv that adapters own are on the heap and die in their close callback: uv_close(handle,
 * engine_close_free). */
void engine_close_free(uv_handle_t *handle);

#endif
