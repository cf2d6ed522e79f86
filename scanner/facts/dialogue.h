/*
 * dialogue.h - what was said on one connection
 */
#ifndef OUTPOST_FACTS_DIALOGUE_H
#define OUTPOST_FACTS_DIALOGUE_H

#include "scanner/facts/fact.h"

enum { DIALOGUE_LINES_MAX = 200, DIALOGUE_LINE_MAX = 512 };

/* One line of a transcript. */
struct dialogue_line {
    struct number milliseconds; /* since connect() was called */
    const char *who;  /* "server", "client", or "note" for what happened (TLS began, connection closed) */
    const char *text; /* cleaned */
};
extern const struct shape dialogue_line_shape;

/* How far a dialogue came and how it ended. */
enum dialogue_end {
    DIALOGUE_NOT_OBSERVED = 0,
    DIALOGUE_COMPLETE,    /* ended by QUIT or LOGOUT and the server's answer */
    DIALOGUE_CLOSED,      /* the server closed the connection before its end */
    DIALOGUE_RESET,       /* the server reset it */
    DIALOGUE_TIMEOUT,     /* the server stayed silent too long */
    DIALOGUE_TURNED_AWAY, /* 421, 4xx or 5xx at the greeting, EHLO refused, BYE: we were asked to leave */
    DIALOGUE_PROTOCOL,    /* the server said something the protocol does not allow, or too much of it */
    DIALOGUE_TLS,         /* the handshake failed */
    DIALOGUE_CANCELED,    /* we stopped: the scan ended */
};
extern const char *const dialogue_end_values[];

#endif
