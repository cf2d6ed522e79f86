/*
 * exchange.h - one hello made by hand and the server's answer in clear, on a connection of its own
 *
 *   slot -> connect -> dialogue up to TLS -> the hello -> the answer -> close -> slot back
 *
 * Stands in the place of the handshake (session->instead), so that every dialogue leads to it. What is offered and
 * what the answers mean is for tls_enumeration.c.
 */
#ifndef OUTPOST_PROBES_EXCHANGE_H
#define OUTPOST_PROBES_EXCHANGE_H

#include "probes/session.h"
#include "scanner/net/hello.h"

enum exchange_end {
    EXCHANGE_NOT_BEGUN = 0, /* it did not come to the hello: the session says why */
    EXCHANGE_ANSWERED,      /* the flight is complete, whatever it is */
    EXCHANGE_CLOSED,        /* the server closed the connection instead, or in the middle */
    EXCHANGE_RESET,
    EXCHANGE_SILENT, /* no answer in time */
    EXCHANGE_CUT,    /* we stopped */
};

struct exchange {
    const struct client_hello *hello; /* NULL: `records` as they are */
    struct bytes records;
    int64_t patience_ms; /* for the answer; 0: the usual */
    bool ssl2;
    bool behaviour; /* for whoever counts */
    bool first;     /* before others that wait */
    bool afresh;    /* on a connection that is made for it: one that is there may outlive our welcome */
    /* After a complete flight below TLS 1.3: sent as it is, and what comes back is read. */
    struct bytes afterword;
    struct flight_reader reader; /* the caller's to free */
    enum exchange_end end;
    int64_t connected;   /* engine's time when its connection was begun */
    struct buffer after; /* what came behind the afterword, at most 4096 bytes; the caller's to free */
    enum exchange_end after_end;   /* how that ended: EXCHANGE_ANSWERED when something came */
    enum exchange_end after_close; /* ... and how the connection did behind it */
};

/* In the place of session->instead: sends session->exchange, and receives. */
bool exchange_run(struct session *session);
/* As it was before it was sent. */
void exchange_clear(struct exchange *exchange);
/* Sends and receives on a copy of `prepared`. `ret_session` says how the session went; of its texts only end_reason
 * outlives it, of a session that was pushed back. 0 or a failure of our own. */
int exchange(const struct session *prepared, struct exchange *exchange, struct session *ret_session);
void exchange_free(struct exchange *exchange);

#endif
