/*
 * wire.h - the bytes of a connection as they cross the network: an input buffer, a way out, counts
 *
 * Under a stream in clear (stream.c reads its lines from the buffer) and under a TLS session (tls_session.c
 * reads its records from it). wire_wait() is the only function here that waits.
 */
#ifndef OUTPOST_NET_WIRE_H
#define OUTPOST_NET_WIRE_H

#include "scanner/base/bytes.h"
#include "scanner/net/io.h"

/* Bytes received and not yet consumed. Memory is allocated on demand. */
struct input {
    uint8_t *data; /* INPUT_SIZE bytes, or NULL */
    size_t begin, end;
};
enum { INPUT_SIZE = 16 * 1024 };

size_t input_size(const struct input *input);
struct bytes input_bytes(const struct input *input);
/* Where the next bytes go: moves what is there to the front. NULL when out of memory; *ret_size may be 0. */
uint8_t *input_room(struct input *input, size_t *ret_size);
/* Frees the memory when nothing is in it. */
void input_release(struct input *input);
void input_free(struct input *input);

struct wire {
    struct engine *engine;
    struct io *io;
    struct input input;
    uint64_t received, sent; /* bytes */
    size_t since_wait;       /* bytes moved since the task last let others run */
    int ended; /* why nothing more will be received: -EPIPE, -ECONNRESET, -ETIMEDOUT; 0: it may */
};

/* Takes in what has arrived, without waiting, after what is in the buffer already. The number of new bytes;
 * -EAGAIN; -ENOBUFS (the buffer is full); -EPIPE (the peer closed); -ECONNRESET (or the connection broke in
 * another way); -ETIMEDOUT (the kernel gave up on the peer); -ENOMEM. */
int64_t wire_receive(struct wire *wire);
/* Sends what can be sent without waiting. The number of bytes; -EAGAIN; -EPIPE; -ECONNRESET; -ETIMEDOUT. */
int64_t wire_send(struct wire *wire, const void *data, size_t size);

/* How long a loop of steps and waits may go on. A deadline that has passed grants one more look, because what
 * the peer sent in time counts; a peer that keeps sending a little gets no more than that. */
struct patience {
    int64_t deadline;
    bool over;
};
/* Waits for any of `directions`. 0; -ETIMEDOUT; -ECANCELED. */
int wire_wait(struct wire *wire, int directions, struct patience *patience, const char *what);
/* Lets other tasks run when much has been moved without a wait; 0 or -ECANCELED. */
int wire_rest(struct wire *wire);

#endif
