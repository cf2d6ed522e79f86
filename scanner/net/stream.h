/*
 * stream.h - a connection that is read by lines, and becomes TLS when asked
 *
 * All waits happen here or in tls.c, never inside a library. What was read but not consumed stays visible:
 * bytes that a server sends in clear behind its answer to STARTTLS are a finding, and are never fed to TLS.
 */
#ifndef OUTPOST_NET_STREAM_H
#define OUTPOST_NET_STREAM_H

#include "scanner/base/bytes.h"
#include "scanner/net/network.h"

struct stream;

enum { STREAM_LINE_MAX = 4096, STREAM_TOTAL_MAX = 1024 * 1024 };

/* Connects (through network->connect). Errors as io_connect. */
int stream_connect(struct network *network, const struct address *address, uint16_t port, int64_t deadline,
                   struct stream **ret);
/* A stream over an io that is connected already; takes the io (also on failure). */
int stream_new(struct engine *engine, struct io *io, struct stream **ret);
struct engine *stream_engine(struct stream *stream);

/*
 * The next line without its LF or CRLF; points into the stream's buffer until the next call. Returns 0;
 * -EMSGSIZE: longer than STREAM_LINE_MAX, or more than STREAM_TOTAL_MAX in all; -EPIPE: the peer closed (what
 * it had sent of a line is in *ret, by way of exception); -ECONNRESET; -EPROTO: TLS broke; -ETIMEDOUT;
 * -ECANCELED. A peer that sends slowly is held to the deadline.
 */
int stream_read_line(struct stream *stream, int64_t deadline, struct bytes *ret);
/* Whatever comes next, at least one byte, at most `size`; 0 means closed. Or errors as above. */
int64_t stream_read(struct stream *stream, void *to, size_t size, int64_t deadline);
/* Writes all of it, or fails: as above. */
int stream_write(struct stream *stream, const void *data, size_t size, int64_t deadline);
/* Bytes received and not yet consumed (in clear before TLS; decrypted after). */
struct bytes stream_pending(const struct stream *stream);
void stream_discard_pending(struct stream *stream);
/* Takes in, without waiting, what has already arrived (to see plaintext behind a 220). 0, also when nothing
 * has; -EPIPE, -ECONNRESET, ...: the connection has ended (what came before is pending). */
int stream_poll_input(struct stream *stream);
bool stream_is_tls(const struct stream *stream);
/* The peer ended TLS by close_notify; many servers just close the connection. */
bool stream_close_notify(const struct stream *stream);
uint64_t stream_bytes_in(const struct stream *stream);
uint64_t stream_bytes_out(const struct stream *stream);
/* Sends close_notify if TLS is up, and waits until the peer has ended its side, too; what it says before is thrown away.
 * 0 when it has, else errors as above; stream_close() comes after. */
int stream_finish(struct stream *stream, int64_t deadline);
/* Sends close_notify if TLS is up (without waiting), closes, frees; NULL is allowed. */
void stream_close(struct stream *stream);
/* Closes with RST, as a peer that vanishes. */
void stream_reset(struct stream *stream);

/* "connection refused", "no answer in time", ...: static text for an error of this module. */
const char *stream_error_text(int error);

#endif
