/*
 * stream.c - a connection that is read by lines, and becomes TLS when asked
 *
 *      in clear:  wire's input ------------------------------> lines
 *      in TLS:    wire's input -> tls_session -> plain input -> lines
 *
 * fill() and stream_write() are the places that wait.
 */
#include "scanner/net/stream_tls.h"
#include "scanner/net/tls_session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct stream {
    struct wire wire;
    struct tls_session *session; /* NULL: in clear */
    struct input plain;          /* decrypted and not yet consumed */
    size_t taken;                /* bytes for the reader, of all there were */
};

/* ---- life ---- */

int stream_new(struct engine *engine, struct io *io, struct stream **ret)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (stream == NULL) {
        io_close(io);
        return -ENOMEM;
    }
    stream->wire.engine = engine;
    stream->wire.io = io;
    *ret = stream;
    return 0;
}

int stream_connect(struct network *network, const struct address *address, uint16_t port, int64_t deadline,
                   struct stream **ret)
{
    struct io *io;
    int result = network->connect(network, address, port, deadline, &io);

    return result < 0 ? result : stream_new(network->engine, io, ret);
}

struct engine *stream_engine(struct stream *stream)
{
    return stream->wire.engine;
}

struct wire *stream_wire(struct stream *stream)
{
    return &stream->wire;
}

void stream_set_session(struct stream *stream, struct tls_session *session)
{
    stream->session = session;
}

struct tls_session *stream_session(const struct stream *stream)
{
    return stream->session;
}

static void stream_free(struct stream *stream)
{
    tls_session_free(stream->session);
    input_free(&stream->wire.input);
    input_free(&stream->plain);
    free(stream);
}

int stream_finish(struct stream *stream, int64_t deadline)
{
    uint8_t block[256];
    int64_t got;

    if (stream->session != NULL)
        tls_session_close(stream->session);
    do
        got = stream_read(stream, block, sizeof(block), deadline);
    while (got > 0);
    return (int)got;
}

void stream_close(struct stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->session != NULL)
        tls_session_close(stream->session);
    io_close(stream->wire.io);
    stream_free(stream);
}

void stream_reset(struct stream *stream)
{
    if (stream == NULL)
        return;
    io_reset(stream->wire.io);
    stream_free(stream);
}

/* ---- receiving ---- */

static struct input *reader_input(struct stream *stream)
{
    return stream->session != NULL ? &stream->plain : &stream->wire.input;
}

/* Takes in what has arrived, without waiting: the number of new bytes for the reader, or an error of
 * wire_receive() or of the session. */
static int64_t receive(struct stream *stream)
{
    size_t size = 0;
    uint8_t *to;
    int64_t count;

    if (stream->session == NULL) {
        count = wire_receive(&stream->wire);
    } else {
        to = input_room(&stream->plain, &size);
        if (to == NULL)
            return -ENOMEM;
        if (size == 0)
            return -ENOBUFS;
        count = tls_session_read(stream->session, to, size);
        stream->plain.end += count > 0 ? (size_t)count : 0;
    }
    stream->taken += count > 0 ? (size_t)count : 0;
    return count;
}

/* Waits until there is more for the reader; 0, or why there is none. */
static int fill(struct stream *stream, struct patience *patience, const char *what)
{
    int result = wire_rest(&stream->wire);

    while (result == 0) {
        int64_t count = receive(stream);

        if (count != -EAGAIN)
            return count < 0 ? (int)count : 0;
        input_release(&stream->plain);
        result = wire_wait(&stream->wire, stream->session != NULL ? stream->session->wants : IO_READABLE,
                           patience, what);
    }
    return result;
}

/* The line at the front of the input, if its end is there. */
static bool take_line(struct input *input, struct bytes *ret)
{
    struct bytes all = input_bytes(input);
    const uint8_t *line = all.data;
    const uint8_t *end = all.size == 0 ? NULL : memchr(line, '\n', all.size);
    size_t size;

    if (end == NULL)
        return false;
    size = (size_t)(end - line);
    input->begin += size + 1;
    if (size > 0 && line[size - 1] == '\r')
        size--;
    *ret = bytes_of(line, size);
    return true;
}

int stream_read_line(struct stream *stream, int64_t deadline, struct bytes *ret)
{
    struct patience patience = {.deadline = deadline};
    struct input *input = reader_input(stream);
    struct bytes line;
    int result = 0;

    while (!take_line(input, &line)) {
        if (input_size(input) > STREAM_LINE_MAX + 1 || stream->taken > STREAM_TOTAL_MAX)
            return -EMSGSIZE;
        result = fill(stream, &patience, "a line");
        if (result < 0)
            break;
    }
    if (result == -EPIPE) {
        line = input_bytes(input);
        input->begin = input->end;
    } else if (result < 0) {
        return result;
    }
    if (line.size > STREAM_LINE_MAX)
        return -EMSGSIZE;
    *ret = line;
    return result;
}

int64_t stream_read(struct stream *stream, void *to, size_t size, int64_t deadline)
{
    struct patience patience = {.deadline = deadline};
    struct input *input = reader_input(stream);
    int result = 0;

    if (stream->taken > STREAM_TOTAL_MAX && input_size(input) == 0)
        return -EMSGSIZE;
    if (input_size(input) == 0)
        result = fill(stream, &patience, "data");
    if (result < 0)
        return result == -EPIPE ? 0 : result;
    if (size > input_size(input))
        size = input_size(input);
    memcpy(to, input->data + input->begin, size);
    input->begin += size;
    return (int64_t)size;
}

struct bytes stream_pending(const struct stream *stream)
{
    return input_bytes(stream->session != NULL ? &stream->plain : &stream->wire.input);
}

void stream_discard_pending(struct stream *stream)
{
    struct input *input = reader_input(stream);

    input->begin = input->end;
}

int stream_poll_input(struct stream *stream)
{
    int64_t count;

    do
        count = receive(stream);
    while (count > 0);
    return count == -EAGAIN || count == -ENOBUFS ? 0 : (int)count;
}

/* ---- sending ---- */

int stream_write(struct stream *stream, const void *data, size_t size, int64_t deadline)
{
    struct patience patience = {.deadline = deadline};
    const uint8_t *at = data;
    int result = wire_rest(&stream->wire);

    while (result == 0 && size > 0) {
        int64_t count = stream->session != NULL ? tls_session_write(stream->session, at, size)
                                                : wire_send(&stream->wire, at, size);

        if (count == -EAGAIN) {
            result = wire_wait(&stream->wire, stream->session != NULL ? stream->session->wants : IO_WRITABLE,
                               &patience, "room to send");
        } else if (count < 0) {
            result = (int)count;
        } else {
            at += count;
            size -= (size_t)count;
        }
    }
    return result;
}

/* ---- what is known of it ---- */

bool stream_is_tls(const struct stream *stream)
{
    return stream->session != NULL;
}

bool stream_close_notify(const struct stream *stream)
{
    return stream->session != NULL && stream->session->close_notify;
}

uint64_t stream_bytes_in(const struct stream *stream)
{
    return stream->wire.received;
}

uint64_t stream_bytes_out(const struct stream *stream)
{
    return stream->wire.sent;
}

const char *stream_error_text(int error)
{
    static const struct {
        int error;
        const char *text;
    } texts[] = {
        {EMSGSIZE, "the server sent more than any server should"},
        {EPIPE, "the server closed the connection"},
        {ECONNRESET, "the server reset the connection"},
        {EPROTO, "the server broke the TLS protocol"},
        {ETIMEDOUT, "no answer in time"},
        {ECANCELED, "we stopped"},
        {ECONNREFUSED, "connection refused"},
        {ENETUNREACH, "network unreachable"},
        {EHOSTUNREACH, "no route to the host"},
        {EADDRNOTAVAIL, "no address of ours to connect from"},
        {EACCES, "not permitted here"},
        {EPERM, "not permitted here"},
        {EAFNOSUPPORT, "no such address family here"},
        {EMFILE, "too many open connections here"},
        {ENFILE, "too many open connections here"},
        {ENOMEM, "out of memory"},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].error == -error)
            return texts[i].text;
    return "the connection failed";
}
