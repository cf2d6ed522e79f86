/*
 * stream_tls.h - how tls.c makes a stream TLS
 */
#ifndef OUTPOST_NET_STREAM_TLS_H
#define OUTPOST_NET_STREAM_TLS_H

#include "scanner/net/stream.h"

struct tls_session;
struct wire;

struct wire *stream_wire(struct stream *stream);
/* The stream speaks through the session from now on, and owns it. */
void stream_set_session(struct stream *stream, struct tls_session *session);
struct tls_session *stream_session(const struct stream *stream);

#endif
