/*
 * io.h - waiting for a socket
 *
 * An io owns one non-blocking descriptor and its libuv handle. One task waits on it at a time per direction.
 */
#ifndef OUTPOST_NET_IO_H
#define OUTPOST_NET_IO_H

#include "scanner/base/address.h"
#include "scanner/net/task.h"

struct io;

enum { IO_READABLE = 1, IO_WRITABLE = 2 };

/* Takes ownership of `fd` (also on failure) and makes it non-blocking. */
int io_new(struct engine *engine, int fd, struct io **ret);
/* Waits until the descriptor is ready for any of `directions`; 0, -ETIMEDOUT, -ECANCELED. */
int io_wait(struct io *io, int directions, int64_t deadline, const char *what);
int io_fd(const struct io *io);
/* Closes at once; the libuv handle follows by itself. A task waiting on it must have been woken before. NULL
 * is allowed. */
void io_close(struct io *io);
/* Closes with RST instead of FIN (SO_LINGER 0). */
void io_reset(struct io *io);

/* A TCP connection. `source` may be NULL. 0, -ETIMEDOUT, -ECANCELED, or what connect() says (-ECONNREFUSED,
 * ...). */
int io_connect(struct engine *engine, const struct address *address, uint16_t port,
               const struct address *source, int64_t deadline, struct io **ret);

#endif
