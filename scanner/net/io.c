/*
 * io.c - waiting for a socket
 *
 * The libuv handle is part of the io and the io dies in its close callback; the descriptor is closed at once,
 * which is safe after uv_close() even when its number is reused (libuv has dropped it from epoll by then).
 */
#include "scanner/net/io.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct io {
    uv_poll_t handle;
    struct engine *engine;
    int fd;
    int wanted; /* directions somebody waits for */
    struct wait_queue waiters;
};

static void io_free(uv_handle_t *handle)
{
    free(handle->data);
}

/* Wakes all who wait; each looks whether it was meant, and waits again if not. */
static void on_ready(uv_poll_t *handle, int status, int events)
{
    struct io *io = handle->data;

    (void)status; /* an error is ready: the next call on the descriptor says which */
    (void)events;
    uv_poll_stop(handle);
    io->wanted = 0;
    wait_queue_wake(io->engine, &io->waiters, WAKE_ALL);
}

int io_new(struct engine *engine, int fd, struct io **ret)
{
    struct io *io = calloc(1, sizeof(*io));
    int result;

    if (io == NULL) {
        close(fd);
        return -ENOMEM;
    }
    io->engine = engine;
    io->fd = fd;
    io->handle.data = io;
    result = uv_poll_init(engine_loop(engine), &io->handle, fd); /* makes it non-blocking */
    if (result < 0) {
        close(fd);
        free(io);
        return result;
    }
    *ret = io;
    return 0;
}

static bool io_is_ready(const struct io *io, int directions)
{
    struct pollfd look = {.fd = io->fd};

    if (directions & IO_READABLE)
        look.events |= POLLIN;
    if (directions & IO_WRITABLE)
        look.events |= POLLOUT;
    return poll(&look, 1, 0) > 0;
}

int io_wait(struct io *io, int directions, int64_t deadline, const char *what)
{
    int events = 0;
    int result;

    io->wanted |= directions;
    if (io->wanted & IO_READABLE)
        events |= UV_READABLE;
    if (io->wanted & IO_WRITABLE)
        events |= UV_WRITABLE;
    result = uv_poll_start(&io->handle, events, on_ready);
    if (result < 0)
        return result;
    result = task_wait(io->engine, &io->waiters, deadline, what);
    if (result < 0 && io->waiters.first == NULL) {
        uv_poll_stop(&io->handle);
        io->wanted = 0;
    }
    if (result == -ETIMEDOUT && io_is_ready(io, directions))
        return 0; /* data beats deadline */
    return result;
}

int io_fd(const struct io *io)
{
    return io->fd;
}

void io_close(struct io *io)
{
    if (io == NULL)
        return;
    assert(io->waiters.first == NULL && "closed under a waiting task");
    int fd = io->fd;

    uv_close((uv_handle_t *)&io->handle, io_free);
    close(fd);
}

void io_reset(struct io *io)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    if (io == NULL)
        return;
    setsockopt(io->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)); /* no TCP socket: a plain close */
    io_close(io);
}

/* The socket, bound to `source`; a descriptor or what went wrong. */
static int socket_open(const struct address *address, const struct address *source)
{
    struct sockaddr_storage from;
    int on = 1;
    int fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (source != NULL && bind(fd, (struct sockaddr *)&from, address_to_socket(source, 0, &from)) < 0) {
        int result = -errno;

        close(fd);
        return result;
    }
    return fd;
}

static int connect_finish(struct io *io, int64_t deadline)
{
    int error = 0;
    socklen_t size = sizeof(error);
    int result = io_wait(io, IO_WRITABLE, deadline, "an answer to connect");

    if (result < 0)
        return result;
    if (getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    return -error;
}

int io_connect(struct engine *engine, const struct address *address, uint16_t port,
               const struct address *source, int64_t deadline, struct io **ret)
{
    struct sockaddr_storage to;
    socklen_t to_size = address_to_socket(address, port, &to);
    struct io *io;
    int fd = socket_open(address, source);
    int result;

    if (fd < 0)
        return fd;
    result = io_new(engine, fd, &io);
    if (result < 0)
        return result;
    if (connect(fd, (struct sockaddr *)&to, to_size) < 0) {
        result = -errno;
        if (result == -EINPROGRESS)
            result = connect_finish(io, deadline);
    }
    if (result < 0) {
        io_close(io);
        return result;
    }
    *ret = io;
    return 0;
}
