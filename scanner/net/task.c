/*
 * task.c - tasks, groups and waits
 *
 *            spawn            round              wait
 *   (nothing) ---> READY ----------> RUNNING ----------> WAITING
 *                    ^                  | return            |
 *                    |                  v                   |
 *                    |                ENDED                 |
 *                    +----- wake, deadline, cancel ---------+
 *
 * The first of wake, deadline and cancel decides what the wait returns; later ones find the task READY.
 */
#include "scanner/net/task_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct task *task_current(const struct engine *engine)
{
    return engine->current;
}

const char *task_name(const struct task *task)
{
    return task->name;
}

/* ---- wait queues ---- */

static void queue_append(struct wait_queue *queue, struct task *task)
{
    task->queue = queue;
    task->queue_after = NULL;
    task->queue_before = queue->last;
    if (queue->last != NULL)
        queue->last->queue_after = task;
    else
        queue->first = task;
    queue->last = task;
}

static void queue_remove(struct task *task)
{
    struct wait_queue *queue = task->queue;

    if (queue == NULL)
        return;
    if (task->queue_before != NULL)
        task->queue_before->queue_after = task->queue_after;
    else
        queue->first = task->queue_after;
    if (task->queue_after != NULL)
        task->queue_after->queue_before = task->queue_before;
    else
        queue->last = task->queue_before;
    task->queue = NULL;
    task->queue_before = task->queue_after = NULL;
}

/* Ends the wait of `task` with `result`; it runs in a later round. */
void task_resume_wait(struct task *task, int result)
{
    assert(task->state == TASK_WAITING);
    queue_remove(task);
    deadline_remove(task->engine, task);
    task->wait_result = result;
    engine_make_ready(task->engine, task);
}

/* Its deadline has come. */
void task_expire(struct task *task)
{
    task_resume_wait(task, task->grace_ends_wait ? -ECANCELED : -ETIMEDOUT);
}

void wait_queue_wake(struct engine *engine, struct wait_queue *queue, size_t count)
{
    (void)engine;
    while (count-- > 0 && queue->first != NULL)
        task_resume_wait(queue->first, 0);
}

/* A cancelled task inside a shield waits no longer than its grace. */
static void limit_by_grace(struct task *task)
{
    task->grace_ends_wait = task->canceled && task->shields > 0 && task->shield_deadline < task->deadline;
    if (task->grace_ends_wait)
        task->deadline = task->shield_deadline;
}

int task_check(const struct engine *engine)
{
    const struct task *task = engine->current;

    assert(task != NULL);
    if (!task->canceled)
        return 0;
    if (task->shields > 0 && engine_now(engine) < task->shield_deadline)
        return 0;
    return -ECANCELED;
}

int task_wait(struct engine *engine, struct wait_queue *queue, int64_t deadline, const char *what)
{
    struct task *task = engine->current;

    assert(task != NULL && "waiting outside a task");
    if (task_check(engine) < 0)
        return -ECANCELED;
    task->deadline = deadline;
    limit_by_grace(task);
    if (task->deadline != DEADLINE_NEVER && deadline_add(engine, task) < 0)
        return -ENOMEM;
    if (queue != NULL)
        queue_append(queue, task);
    task->state = TASK_WAITING;
    task->what = what;
    task->waiting_since = engine_now(engine);
    fiber_pause(&task->fiber);
    return task->wait_result;
}

int task_sleep(struct engine *engine, int64_t ms, const char *what)
{
    int result = task_wait(engine, NULL, deadline_in(engine, ms, DEADLINE_NEVER), what);

    return result == -ETIMEDOUT ? 0 : result;
}

int task_yield(struct engine *engine)
{
    struct task *task = engine->current;

    assert(task != NULL);
    engine_make_ready(engine, task);
    fiber_pause(&task->fiber);
    return task_check(engine);
}

void task_shield(struct engine *engine, int64_t grace_ms)
{
    struct task *task = engine->current;

    assert(task != NULL);
    if (task->shields++ == 0)
        task->shield_deadline = deadline_in(engine, grace_ms, DEADLINE_NEVER);
}

void task_unshield(struct engine *engine)
{
    struct task *task = engine->current;

    assert(task != NULL && task->shields > 0);
    task->shields--;
}

static void task_cancel(struct task *task)
{
    if (task->canceled)
        return;
    task->canceled = true;
    if (task->state != TASK_WAITING)
        return;
    if (task->shields == 0) {
        task_resume_wait(task, -ECANCELED);
        return;
    }
    if (task->shield_deadline == DEADLINE_NEVER)
        return;
    /* in its clean-up: it goes on, but no longer than its grace */
    bool in_heap = task->deadline != DEADLINE_NEVER;

    limit_by_grace(task);
    if (in_heap)
        deadline_moved(task->engine, task);
    else if (deadline_add(task->engine, task) < 0)
        task_resume_wait(task, -ECANCELED);
}

/* ---- groups ---- */

struct engine *task_group_engine(struct task_group *group)
{
    return group->engine;
}

struct task_group *task_group_current(const struct engine *engine)
{
    return engine->current != NULL ? engine->current->group : NULL;
}

bool task_group_canceled(const struct task_group *group)
{
    return group->canceled;
}

int task_group_new(struct task_group *parent, const char *name, struct task_group **ret)
{
    struct task_group *group = calloc(1, sizeof(*group));

    if (group == NULL)
        return -ENOMEM;
    group->engine = parent->engine;
    group->parent = parent;
    group->canceled = parent->canceled;
    snprintf(group->name, sizeof(group->name), "%s", name);
    group->next_sibling = parent->first_child;
    if (parent->first_child != NULL)
        parent->first_child->previous_sibling = group;
    parent->first_child = group;
    *ret = group;
    return 0;
}

int task_group_join(struct task_group *group, int64_t deadline)
{
    while (group->alive > 0) {
        int result = task_wait(group->engine, &group->joiners, deadline, "the end of its tasks");

        if (result < 0)
            return group->alive > 0 ? result : 0;
    }
    return 0;
}

void task_group_cancel(struct task_group *group)
{
    if (group->canceled)
        return;
    group->canceled = true;
    for (struct task *task = group->first_task; task != NULL; task = task->after)
        task_cancel(task);
    for (struct task_group *child = group->first_child; child != NULL; child = child->next_sibling)
        task_group_cancel(child);
}

void task_group_end(struct task_group *group)
{
    if (group == NULL)
        return;
    task_group_cancel(group);
    if (group->alive > 0) {
        struct task *task = group->engine->current;

        assert(task != NULL && task->group != group);
        /* its tasks clean up within their own grace; to leave before them would free what they use */
        int64_t outer = task->shield_deadline;

        task_shield(group->engine, 0);
        task->shield_deadline = DEADLINE_NEVER;
        while (group->alive > 0)
            (void)task_group_join(group, DEADLINE_NEVER);
        task->shield_deadline = outer;
        task_unshield(group->engine);
    }
    assert(group->first_child == NULL && "a group ends after the groups below it");
    if (group->previous_sibling != NULL)
        group->previous_sibling->next_sibling = group->next_sibling;
    else
        group->parent->first_child = group->next_sibling;
    if (group->next_sibling != NULL)
        group->next_sibling->previous_sibling = group->previous_sibling;
    free(group);
}

/* ---- tasks ---- */

static void task_main(void *argument)
{
    struct task *task = argument;

    task->run(task->argument);
    assert(task->shields == 0 && "a shield was left open");
}

static struct task *task_new(struct task_group *group, void (*run)(void *), void *argument)
{
    struct engine *engine = group->engine;
    struct task *task = calloc(1, sizeof(*task));
    uint8_t *stack;

    if (task == NULL)
        return NULL;
    if (engine_take_stack(engine, &stack) < 0) {
        free(task);
        return NULL;
    }
    task->engine = engine;
    task->group = group;
    task->run = run;
    task->argument = argument;
    task->heap_place = NOT_IN_HEAP;
    fiber_prepare(&task->fiber, &engine->fiber_loop, stack, task_main, task);
    return task;
}

int task_spawn(struct task_group *group, void (*run)(void *argument), void *argument, const char *name_format,
               ...)
{
    struct engine *engine = group->engine;
    struct task *task;
    va_list arguments;

    if (group->canceled)
        return -ECANCELED;
    if (engine->statistics.tasks_now >= engine->tasks_max)
        return -EAGAIN;
    task = task_new(group, run, argument);
    if (task == NULL)
        return -ENOMEM;
    va_start(arguments, name_format);
    vsnprintf(task->name, sizeof(task->name), name_format, arguments);
    va_end(arguments);

    task->after = group->first_task;
    if (group->first_task != NULL)
        group->first_task->before = task;
    group->first_task = task;
    for (struct task_group *above = group; above != NULL; above = above->parent)
        above->alive++;
    engine->statistics.tasks_spawned++;
    if (++engine->statistics.tasks_now > engine->statistics.tasks_peak)
        engine->statistics.tasks_peak = engine->statistics.tasks_now;
    engine_make_ready(engine, task);
    return 0;
}

void task_end(struct task *task)
{
    struct engine *engine = task->engine;
    struct task_group *group = task->group;

    if (task->before != NULL)
        task->before->after = task->after;
    else
        group->first_task = task->after;
    if (task->after != NULL)
        task->after->before = task->before;
    engine_give_stack(engine, task->fiber.stack);
    fiber_finish(&task->fiber);
    free(task);
    engine->statistics.tasks_now--;
    for (struct task_group *above = group; above != NULL; above = above->parent)
        if (--above->alive == 0)
            wait_queue_wake(engine, &above->joiners, WAKE_ALL);
}

void engine_call_on_loop(struct engine *engine, void (*call)(void *argument), void *argument)
{
    struct task *task = engine->current;

    if (task == NULL) {
        call(argument);
        return;
    }
    task->loop_call = call;
    task->loop_argument = argument;
    fiber_pause(&task->fiber);
}

/* ---- semaphores ---- */

int semaphore_take(struct engine *engine, struct semaphore *semaphore, int64_t deadline, const char *what)
{
    int result = task_check(engine);

    if (result < 0)
        return result;
    if (semaphore->free > 0) {
        semaphore->free--;
        return 0;
    }
    return task_wait(engine, &semaphore->queue, deadline, what); /* 0: handed over by semaphore_give */
}

void semaphore_give(struct engine *engine, struct semaphore *semaphore)
{
    if (semaphore->queue.first != NULL)
        wait_queue_wake(engine, &semaphore->queue, 1);
    else
        semaphore->free++;
}

/* ---- for people ---- */

static void print_group(const struct engine *engine, const struct task_group *group, FILE *to)
{
    for (const struct task *task = group->first_task; task != NULL; task = task->after) {
        if (task->state == TASK_WAITING)
            fprintf(to, "%-48s waits for %s since %.1f s%s\n", task->name, task->what,
                    (double)(engine_now(engine) - task->waiting_since) / 1000.0,
                    task->canceled ? " (canceled, cleaning up)" : "");
        else
            fprintf(to, "%-48s %s\n", task->name, task->state == TASK_RUNNING ? "runs" : "is ready to run");
    }
    for (const struct task_group *child = group->first_child; child != NULL; child = child->next_sibling)
        print_group(engine, child, to);
}

void engine_print_tasks(const struct engine *engine, FILE *to)
{
    fprintf(to, "%zu tasks\n", engine->statistics.tasks_now);
    print_group(engine, &engine->root, to);
}
