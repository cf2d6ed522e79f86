/*
 * http_loop.c - libcurl's multi_socket interface on the engine's loop
 *
 *      requesting task:   add handle ........ waits ........ remove handle
 *                              \                 ^
 *      driver task:             drive, wait, drive, wait, ...  (lives while there are transfers)
 *                                      ^
 *      uv_poll callbacks:     note the socket's events, wake the driver
 *
 * libcurl is called in three places (add, drive, remove), always on the loop's stack and never from inside
 * one of its callbacks or libuv's. Its one timer is the deadline of the driver's wait, so tests may run it on
 * a virtual clock.
 */
#include "scanner/net/http_loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct watch {
    uv_poll_t handle; /* first: engine_close_free() frees the watch */
    struct http_loop *loop;
    curl_socket_t fd;
    int events; /* CURL_CSELECT_*, noted and not yet told to libcurl; in the list when not 0 */
    struct watch *before, *after;
};

struct http_loop {
    struct engine *engine;
    CURLM *multi;
    struct watch *noted; /* sockets with events */
    int64_t timer;       /* when libcurl wants to be called; DEADLINE_NEVER */
    size_t transfers;
    bool driven; /* the driver task lives */
    bool freed;  /* by its owner; the driver, which has yet to see that it is over, frees it */
    struct wait_queue driver;
};

struct transfer {
    struct http_loop *loop;
    CURL *easy;
    CURLMcode added;
    CURLcode result;
    bool done;
    struct wait_queue queue;
};

/* ---- callbacks of libuv and libcurl: they note, and wake the driver ---- */

static void unlink_watch(struct watch *watch)
{
    if (watch->events == 0)
        return;
    if (watch->before != NULL)
        watch->before->after = watch->after;
    else
        watch->loop->noted = watch->after;
    if (watch->after != NULL)
        watch->after->before = watch->before;
    watch->before = watch->after = NULL;
    watch->events = 0;
}

static void on_poll(uv_poll_t *handle, int status, int uv_events)
{
    struct watch *watch = handle->data;
    struct http_loop *loop = watch->loop;
    int events = status < 0 ? CURL_CSELECT_ERR : 0;

    if (uv_events & UV_READABLE)
        events |= CURL_CSELECT_IN;
    if (uv_events & UV_WRITABLE)
        events |= CURL_CSELECT_OUT;
    if (events != 0 && watch->events == 0) {
        watch->after = loop->noted;
        if (loop->noted != NULL)
            loop->noted->before = watch;
        loop->noted = watch;
    }
    watch->events |= events;
    wait_queue_wake(loop->engine, &loop->driver, 1);
}

static struct watch *new_watch(struct http_loop *loop, curl_socket_t fd)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL)
        return NULL;
    watch->loop = loop;
    watch->fd = fd;
    watch->handle.data = watch;
    if (uv_poll_init_socket(engine_loop(loop->engine), &watch->handle, fd) < 0) {
        free(watch);
        return NULL;
    }
    (void)curl_multi_assign(loop->multi, fd, watch);
    return watch;
}

/* libcurl wants to know this of a socket; -1 (out of memory) ends all its transfers with an error. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *loop_pointer, void *watch_pointer)
{
    struct http_loop *loop = loop_pointer;
    struct watch *watch = watch_pointer;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            unlink_watch(watch);
            (void)curl_multi_assign(loop->multi, fd, NULL);
            uv_close((uv_handle_t *)&watch->handle, engine_close_free);
        }
        return 0;
    }
    if (watch == NULL)
        watch = new_watch(loop, fd);
    if (watch == NULL)
        return -1;
    if (what & CURL_POLL_IN)
        events |= UV_READABLE;
    if (what & CURL_POLL_OUT)
        events |= UV_WRITABLE;
    return uv_poll_start(&watch->handle, events, on_poll) < 0 ? -1 : 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *loop_pointer)
{
    struct http_loop *loop = loop_pointer;

    (void)multi;
    loop->timer = timeout_ms < 0 ? DEADLINE_NEVER : deadline_in(loop->engine, timeout_ms, DEADLINE_NEVER);
    return 0;
}

/* ---- on the loop's stack ---- */

static void act(struct http_loop *loop, curl_socket_t fd, int events)
{
    int running;

    (void)curl_multi_socket_action(loop->multi, fd, events, &running); /* failures are told per transfer */
}

static void act_on_time(struct http_loop *loop)
{
    long timeout_ms = -1;

    loop->timer = DEADLINE_NEVER;
    act(loop, CURL_SOCKET_TIMEOUT, 0);
    /* libcurl keeps silent about a time that it has told before */
    if (loop->timer == DEADLINE_NEVER && curl_multi_timeout(loop->multi, &timeout_ms) == CURLM_OK)
        (void)on_timer(loop->multi, timeout_ms, loop);
}

static void tell_results(struct http_loop *loop)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        struct transfer *transfer = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        transfer->result = message->data.result;
        transfer->done = true;
        wait_queue_wake(loop->engine, &transfer->queue, 1);
    }
}

static void drive(void *argument)
{
    struct http_loop *loop = argument;

    while (loop->noted != NULL) {
        curl_socket_t fd = loop->noted->fd;
        int events = loop->noted->events;

        unlink_watch(loop->noted); /* before the call, in which libcurl may drop the socket */
        act(loop, fd, events);
    }
    if (loop->timer <= engine_now(loop->engine))
        act_on_time(loop);
    tell_results(loop);
}

static void add(void *argument)
{
    struct transfer *transfer = argument;

    (void)curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    transfer->added = curl_multi_add_handle(transfer->loop->multi, transfer->easy);
}

static void drop(void *argument)
{
    struct transfer *transfer = argument;

    (void)curl_multi_remove_handle(transfer->loop->multi, transfer->easy);
}

static void destroy(void *argument)
{
    struct http_loop *loop = argument;

    curl_multi_cleanup(loop->multi);
    free(loop);
}

/* ---- tasks ---- */

/* Shielded without end: it serves until the last requester, cancelled or not, has dropped its transfer. */
static void driver_run(void *argument)
{
    struct http_loop *loop = argument;
    struct engine *engine = loop->engine;

    task_shield(engine, DEADLINE_NEVER);
    while (loop->transfers > 0) {
        engine_call_on_loop(engine, drive, loop);
        if (task_wait(engine, &loop->driver, loop->timer, "libcurl's sockets") == -ENOMEM)
            (void)task_yield(engine);
    }
    loop->driven = false;
    task_unshield(engine);
    if (loop->freed)
        engine_call_on_loop(engine, destroy, loop);
}

static int begin(struct http_loop *loop)
{
    int result = task_check(loop->engine);

    if (result < 0 || loop->driven)
        return result;
    result = task_spawn(engine_root(loop->engine), driver_run, loop, "https");
    if (result == 0)
        loop->driven = true;
    return result;
}

int http_loop_perform(struct http_loop *loop, CURL *easy, int64_t deadline, CURLcode *ret)
{
    struct engine *engine = loop->engine;
    struct transfer transfer = {.loop = loop, .easy = easy};
    int result = begin(loop);

    if (result < 0)
        return result;
    loop->transfers++;
    engine_call_on_loop(engine, add, &transfer);
    result = transfer.added == CURLM_OK ? 0 : -ENOMEM;
    wait_queue_wake(engine, &loop->driver, 1);
    while (result == 0 && !transfer.done)
        result = task_wait(engine, &transfer.queue, deadline, "an answer by HTTP");
    engine_call_on_loop(engine, drop, &transfer);
    loop->transfers--;
    wait_queue_wake(engine, &loop->driver, 1);
    if (!transfer.done)
        return result;
    *ret = transfer.result;
    return 0;
}

/* ---- life ---- */

int http_loop_new(struct engine *engine, struct http_loop **ret)
{
    struct http_loop *loop = calloc(1, sizeof(*loop));

    if (loop == NULL)
        return -ENOMEM;
    loop->engine = engine;
    loop->timer = DEADLINE_NEVER;
    loop->multi = curl_multi_init();
    if (loop->multi == NULL) {
        free(loop);
        return -ENOMEM;
    }
    (void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    (void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    (void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    *ret = loop;
    return 0;
}

void http_loop_free(struct http_loop *loop)
{
    if (loop == NULL)
        return;
    assert(loop->transfers == 0 && "a transfer outlives its loop");
    if (loop->driven)
        loop->freed = true;
    else
        engine_call_on_loop(loop->engine, destroy, loop);
}
