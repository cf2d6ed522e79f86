/*
 * task_internal.h - what engine.c, task.c and task_guard.c share
 */
#ifndef OUTPOST_NET_TASK_INTERNAL_H
#define OUTPOST_NET_TASK_INTERNAL_H

#include "scanner/net/task.h"
#include "scanner/net/task_switch.h"

enum task_state { TASK_READY, TASK_RUNNING, TASK_WAITING, TASK_ENDED };

#define NOT_IN_HEAP SIZE_MAX

struct task {
    struct fiber fiber;
    struct engine *engine;
    struct task_group *group;
    enum task_state state;
    char name[96];
    void (*run)(void *argument);
    void *argument;

    bool canceled;
    size_t shields;          /* depth of task_shield() */
    int64_t shield_deadline; /* of the outermost */

    /* while TASK_WAITING */
    struct wait_queue *queue; /* NULL: a sleep */
    struct task *queue_before, *queue_after;
    int64_t deadline;
    size_t heap_place;
    bool grace_ends_wait; /* the deadline is that of the shield, of a canceled task */
    int wait_result;
    const char *what;
    int64_t waiting_since;

    struct task *ready_next;
    struct task *before, *after; /* all tasks of the group */

    void (*loop_call)(void *argument); /* engine_call_on_loop: asked for by the task, done by the scheduler */
    void *loop_argument;
};

struct task_group {
    struct engine *engine;
    struct task_group *parent;
    struct task_group *first_child, *next_sibling, *previous_sibling;
    struct task *first_task;
    size_t alive; /* tasks here and below */
    bool canceled;
    struct wait_queue joiners;
    char name[64];
};

struct engine {
    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    uv_timer_t timer;
    bool finished; /* the last task has ended: the engine's own handles are closed */
    struct engine_signal *signals;

    struct clock *clock;
    struct clock own_clock;
    struct log *log;
    struct fiber_loop fiber_loop;

    struct task *current;
    struct task *ready_first, *ready_last;
    size_t ready_count;
    size_t idle_polls; /* virtual clock: polls in a row that brought nothing */

    struct task **heap; /* by deadline */
    size_t heap_size, heap_capacity;

    struct task_group root;
    size_t tasks_max;
    uint8_t **stack_pool;
    size_t stack_pool_size;
    struct engine_statistics statistics;
};

/* engine.c */
void engine_make_ready(struct engine *engine, struct task *task);
int deadline_add(struct engine *engine, struct task *task);
void deadline_remove(struct engine *engine, struct task *task);
void deadline_moved(struct engine *engine, struct task *task);
int engine_take_stack(struct engine *engine, uint8_t **ret);
void engine_give_stack(struct engine *engine, uint8_t *stack);

/* task.c */
void task_end(struct task *task); /* on the loop's stack, after its function has returned */
void task_resume_wait(struct task *task, int result);
void task_expire(struct task *task);

#endif
