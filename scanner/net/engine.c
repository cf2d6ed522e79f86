/*
 * engine.c - the loop: rounds of tasks, deadlines, the clock
 *
 *   prepare: is a task ready? then poll without waiting; else until the earliest deadline
 *   poll:    callbacks of libuv, c-ares and curl; they only wake tasks
 *   check:   expire deadlines (after the poll: data beats deadline), then one round
 *
 * A round runs the tasks that were ready at its start, for about 10 ms at most. libuv does not run prepare
 * and check when no handle is active, so prepare stays referenced and the end of the last task stops the
 * loop.
 *
 * On a virtual clock time stands still while anything can happen, and jumps to the next deadline when nothing
 * can.
 */
#include "scanner/net/task_internal.h"

#include "scanner/base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    ROUND_BUDGET_MS = 10,
    STACK_POOL_MAX = 256,
    TASKS_LIMIT = 25000,
    FILES_RESERVED = 64,
    IDLE_POLLS_BEFORE_JUMP = 2
};

struct engine_signal {
    uv_signal_t handle;
    struct engine_signal *next;
    void (*call)(void *data);
    void *data;
};

uv_loop_t *engine_loop(struct engine *engine)
{
    return &engine->loop;
}

struct log *engine_log(struct engine *engine)
{
    return engine->log;
}

struct task_group *engine_root(struct engine *engine)
{
    return &engine->root;
}

int64_t engine_now(const struct engine *engine)
{
    return engine->clock->monotonic_ms(engine->clock);
}

int64_t engine_wall_seconds(const struct engine *engine)
{
    return engine->clock->wall_seconds(engine->clock);
}

int64_t deadline_in(const struct engine *engine, int64_t ms, int64_t limit)
{
    int64_t now = engine_now(engine);
    int64_t deadline = ms > DEADLINE_NEVER - now ? DEADLINE_NEVER : now + ms;

    return deadline < limit ? deadline : limit;
}

struct engine_statistics engine_statistics(const struct engine *engine)
{
    return engine->statistics;
}

void engine_close_free(uv_handle_t *handle)
{
    free(handle);
}

/* ---- deadlines: a binary heap; each task knows its place ---- */

static bool earlier(const struct task *a, const struct task *b)
{
    return a->deadline < b->deadline;
}

static void heap_put(struct engine *engine, size_t place, struct task *task)
{
    engine->heap[place] = task;
    task->heap_place = place;
}

static void heap_up(struct engine *engine, size_t place)
{
    struct task *task = engine->heap[place];

    while (place > 0 && earlier(task, engine->heap[(place - 1) / 2])) {
        heap_put(engine, place, engine->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    heap_put(engine, place, task);
}

static void heap_down(struct engine *engine, size_t place)
{
    struct task *task = engine->heap[place];

    for (;;) {
        size_t child = 2 * place + 1;

        if (child >= engine->heap_size)
            break;
        if (child + 1 < engine->heap_size && earlier(engine->heap[child + 1], engine->heap[child]))
            child++;
        if (!earlier(engine->heap[child], task))
            break;
        heap_put(engine, place, engine->heap[child]);
        place = child;
    }
    heap_put(engine, place, task);
}

int deadline_add(struct engine *engine, struct task *task)
{
    if (engine->heap_size == engine->heap_capacity) {
        size_t capacity = engine->heap_capacity == 0 ? 64 : 2 * engine->heap_capacity;
        struct task **heap = reallocarray(engine->heap, capacity, sizeof(struct task *));

        if (heap == NULL)
            return -ENOMEM;
        engine->heap = heap;
        engine->heap_capacity = capacity;
    }
    heap_put(engine, engine->heap_size++, task);
    heap_up(engine, task->heap_place);
    return 0;
}

void deadline_moved(struct engine *engine, struct task *task)
{
    heap_up(engine, task->heap_place);
    heap_down(engine, task->heap_place);
}

void deadline_remove(struct engine *engine, struct task *task)
{
    size_t place = task->heap_place;

    if (place == NOT_IN_HEAP)
        return;
    task->heap_place = NOT_IN_HEAP;
    struct task *last = engine->heap[--engine->heap_size];

    if (last == task)
        return;
    heap_put(engine, place, last);
    deadline_moved(engine, last);
}

static int64_t next_deadline(const struct engine *engine)
{
    return engine->heap_size > 0 ? engine->heap[0]->deadline : DEADLINE_NEVER;
}

static void expire_deadlines(struct engine *engine)
{
    int64_t now = engine_now(engine);

    while (next_deadline(engine) <= now)
        task_expire(engine->heap[0]);
}

/* ---- stacks ---- */

int engine_take_stack(struct engine *engine, uint8_t **ret)
{
    if (engine->stack_pool_size > 0) {
        *ret = engine->stack_pool[--engine->stack_pool_size];
        return 0;
    }
    engine->statistics.stacks_allocated++;
    return stack_map(ret);
}

void engine_give_stack(struct engine *engine, uint8_t *stack)
{
    if (engine->stack_pool_size < STACK_POOL_MAX)
        engine->stack_pool[engine->stack_pool_size++] = stack;
    else
        stack_unmap(stack);
}

/* ---- rounds ---- */

void engine_make_ready(struct engine *engine, struct task *task)
{
    task->state = TASK_READY;
    task->ready_next = NULL;
    if (engine->ready_last != NULL)
        engine->ready_last->ready_next = task;
    else
        engine->ready_first = task;
    engine->ready_last = task;
    engine->ready_count++;
}

/* Resumes one task until it waits, yields or ends. */
static void run_task(struct engine *engine, struct task *task)
{
    for (;;) {
        engine->current = task;
        task->state = TASK_RUNNING;
        engine->statistics.switches++;
        fiber_resume(&task->fiber);
        engine->current = NULL;
        if (task->loop_call == NULL)
            break;
        void (*call)(void *) = task->loop_call;

        task->loop_call = NULL;
        call(task->loop_argument);
    }
    if (task->fiber.ended)
        task_end(task);
}

static void run_round(struct engine *engine)
{
    uint64_t limit = uv_hrtime() + (uint64_t)ROUND_BUDGET_MS * 1000000U;

    for (size_t left = engine->ready_count; left > 0; left--) {
        struct task *task = engine->ready_first;

        assert(task != NULL && "ready_count counts the list");
        engine->ready_first = task->ready_next;
        if (engine->ready_first == NULL)
            engine->ready_last = NULL;
        engine->ready_count--;
        run_task(engine, task);
        if (uv_hrtime() > limit && left > 1) {
            engine->statistics.rounds_cut++;
            break;
        }
    }
    if (engine->statistics.tasks_now == 0)
        uv_stop(&engine->loop);
}

static void do_nothing_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void do_nothing_timer(uv_timer_t *timer)
{
    (void)timer;
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct engine *engine = prepare->data;
    int64_t deadline = next_deadline(engine);

    if (engine->ready_count > 0 || (engine->clock->is_virtual && deadline != DEADLINE_NEVER)) {
        uv_idle_start(&engine->idle, do_nothing_idle); /* poll without waiting */
        return;
    }
    uv_idle_stop(&engine->idle);
    if (deadline == DEADLINE_NEVER || engine->clock->is_virtual) {
        uv_timer_stop(&engine->timer);
        return;
    }
    int64_t wait = deadline - engine_now(engine);

    uv_update_time(&engine->loop);
    uv_timer_start(&engine->timer, do_nothing_timer, wait > 0 ? (uint64_t)wait : 0, 0);
}

/* Nothing is ready and polls bring nothing: only time can help. */
static void virtual_jump(struct engine *engine)
{
    int64_t deadline = next_deadline(engine);

    if (engine->ready_count > 0 || deadline == DEADLINE_NEVER) {
        engine->idle_polls = 0;
        return;
    }
    if (++engine->idle_polls < IDLE_POLLS_BEFORE_JUMP)
        return;
    engine->idle_polls = 0;
    if (deadline > engine_now(engine))
        clock_advance(engine->clock, deadline - engine_now(engine));
}

static void on_check(uv_check_t *check)
{
    struct engine *engine = check->data;

    if (engine->clock->is_virtual)
        virtual_jump(engine);
    expire_deadlines(engine);
    run_round(engine);
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    struct engine_signal *watched = handle->data;

    (void)number;
    watched->call(watched->data);
}

int engine_on_signal(struct engine *engine, int number, void (*call)(void *data), void *data)
{
    struct engine_signal *watched = calloc(1, sizeof(*watched));
    int result;

    if (watched == NULL)
        return -ENOMEM;
    watched->call = call;
    watched->data = data;
    watched->handle.data = watched;
    result = uv_signal_init(&engine->loop, &watched->handle);
    if (result < 0) {
        free(watched);
        return result;
    }
    watched->next = engine->signals;
    engine->signals = watched; /* closed with the engine, also when it was not started */
    return uv_signal_start(&watched->handle, on_signal, number);
}

/* ---- life ---- */

static size_t tasks_limit(size_t asked)
{
    struct rlimit files;

    if (asked > 0)
        return asked < TASKS_LIMIT ? asked : TASKS_LIMIT;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= TASKS_LIMIT + FILES_RESERVED)
        return TASKS_LIMIT;
    return files.rlim_cur > 2 * FILES_RESERVED ? (size_t)files.rlim_cur - FILES_RESERVED : FILES_RESERVED;
}

int engine_new(const struct engine_options *options, struct engine **ret)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    int result;

    if (engine == NULL)
        return -ENOMEM;
    engine->stack_pool = calloc(STACK_POOL_MAX, sizeof(uint8_t *));
    if (engine->stack_pool == NULL) {
        free(engine);
        return -ENOMEM;
    }
    result = uv_loop_init(&engine->loop);
    if (result < 0) {
        free(engine->stack_pool);
        free(engine);
        return result;
    }
    engine->own_clock = clock_system();
    engine->clock = options->clock != NULL ? options->clock : &engine->own_clock;
    engine->log = options->log;
    engine->tasks_max = tasks_limit(options->tasks_max);
    engine->root.engine = engine;
    uv_prepare_init(&engine->loop, &engine->prepare);
    uv_check_init(&engine->loop, &engine->check);
    uv_idle_init(&engine->loop, &engine->idle);
    uv_timer_init(&engine->loop, &engine->timer);
    engine->prepare.data = engine->check.data = engine;
    uv_prepare_start(&engine->prepare, on_prepare);
    uv_check_start(&engine->check, on_check);
    *ret = engine;
    return 0;
}

static void count_open(uv_handle_t *handle, void *data)
{
    size_t *open = data;

    if (!uv_is_closing(handle))
        ++*open;
}

static void on_signal_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The last task has ended: what is still open besides our own handles was forgotten by its owner. */
static void close_own_handles(struct engine *engine)
{
    size_t forgotten = 0;

    engine->finished = true;
    uv_close((uv_handle_t *)&engine->prepare, NULL);
    uv_close((uv_handle_t *)&engine->check, NULL);
    uv_close((uv_handle_t *)&engine->idle, NULL);
    uv_close((uv_handle_t *)&engine->timer, NULL);
    while (engine->signals != NULL) {
        struct engine_signal *watched = engine->signals;

        engine->signals = watched->next;
        uv_close((uv_handle_t *)&watched->handle, on_signal_closed);
    }
    uv_walk(&engine->loop, count_open, &forgotten);
    if (forgotten > 0 && engine->log != NULL)
        log_error(engine->log, "%zu libuv handles were not closed", forgotten);
    assert(forgotten == 0 && "a libuv handle was not closed by its owner");
}

int engine_run(struct engine *engine)
{
    assert(engine->current == NULL && !engine->finished);
    if (engine->statistics.tasks_now == 0)
        close_own_handles(engine);
    for (;;) {
        uv_run(&engine->loop, UV_RUN_DEFAULT);
        if (engine->finished)
            return 0;
        if (engine->statistics.tasks_now == 0)
            close_own_handles(engine);
    }
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    if (!engine->finished)
        engine_run(engine); /* nothing was spawned: closes the handles */
    assert(engine->root.first_child == NULL && "a group was not ended");
    uv_loop_close(&engine->loop);
    while (engine->stack_pool_size > 0)
        stack_unmap(engine->stack_pool[--engine->stack_pool_size]);
    free(engine->stack_pool);
    free(engine->heap);
    free(engine);
}
