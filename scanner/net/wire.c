/*
 * wire.c - the bytes of a connection as they cross the network
 */
#include "scanner/net/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* As many bytes may pass before others get their turn. */
enum { REST_AFTER = 64 * 1024 };

/* ---- input ---- */

size_t input_size(const struct input *input)
{
    return input->end - input->begin;
}

struct bytes input_bytes(const struct input *input)
{
    return bytes_of(input->data == NULL ? NULL : input->data + input->begin, input_size(input));
}

uint8_t *input_room(struct input *input, size_t *ret_size)
{
    if (input->data == NULL) {
        input->data = malloc(INPUT_SIZE);
        if (input->data == NULL)
            return NULL;
    }
    if (input->begin > 0) {
        memmove(input->data, input->data + input->begin, input_size(input));
        input->end -= input->begin;
        input->begin = 0;
    }
    *ret_size = INPUT_SIZE - input->end;
    return input->data + input->end;
}

void input_release(struct input *input)
{
    if (input_size(input) == 0)
        input_free(input);
}

void input_free(struct input *input)
{
    free(input->data);
    *input = (struct input){0};
}

/* ---- wire ---- */

/* What recv() and send() can say, as the few ways a connection ends. */
static int ending(int error)
{
    switch (error) {
    case EAGAIN:
    case EINTR:
        return -EAGAIN;
    case EPIPE:
        return -EPIPE;
    case ETIMEDOUT:
        return -ETIMEDOUT;
    default:
        return -ECONNRESET; /* also "no route to host" and the like in the middle of a connection */
    }
}

int64_t wire_receive(struct wire *wire)
{
    size_t size = 0;
    uint8_t *to;
    ssize_t count;

    if (wire->ended < 0)
        return wire->ended;
    to = input_room(&wire->input, &size);
    if (to == NULL)
        return -ENOMEM;
    if (size == 0)
        return -ENOBUFS;
    count = recv(io_fd(wire->io), to, size, MSG_DONTWAIT);
    if (count > 0) {
        /* a server that sends its answer in two pieces waits for the acknowledgement of the first (Nagle);
         * ours would be 40 ms late. The option lasts until the kernel thinks otherwise, hence each time. */
        setsockopt(io_fd(wire->io), IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
        wire->input.end += (size_t)count;
        wire->received += (uint64_t)count;
        wire->since_wait += (size_t)count;
        return count;
    }
    int result = count == 0 ? -EPIPE : ending(errno);

    if (result != -EAGAIN)
        wire->ended = result;
    return result;
}

int64_t wire_send(struct wire *wire, const void *data, size_t size)
{
    ssize_t count = send(io_fd(wire->io), data, size, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (count < 0)
        return ending(errno);
    wire->sent += (uint64_t)count;
    wire->since_wait += (size_t)count;
    return count;
}

int wire_wait(struct wire *wire, int directions, struct patience *patience, const char *what)
{
    if (patience->over)
        return -ETIMEDOUT;
    patience->over = engine_now(wire->engine) >= patience->deadline;
    if (directions & IO_READABLE)
        input_release(&wire->input); /* a task that waits holds no buffer */
    wire->since_wait = 0;
    return io_wait(wire->io, directions, patience->deadline, what);
}

int wire_rest(struct wire *wire)
{
    if (wire->since_wait < REST_AFTER)
        return task_check(wire->engine);
    wire->since_wait = 0;
    return task_yield(wire->engine);
}
