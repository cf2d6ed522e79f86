/*
 * pop3_response.h - responses of a POP3 server, one line each (RFC 1939 3, RFC 2449 3, 5 and 8)
 *
 *      +OK ready                          a status line
 *      -ERR [SYS/TEMP] come back later    with an extended response code (RFC 2449 8, RFC 3206)
 *
 *      STLS                               of a list: a capability; lines that begin with "." have one more
 *      SASL PLAIN LOGIN
 *      .                                  the end of the list
 *
 * Pure: no clock, no network.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_POP3_RESPONSE_H
#define OUTPOST_PROBES_PROTOCOL_POP3_RESPONSE_H

#include "scanner/facts/pop3.h"

enum pop3_status {
    POP3_STATUS_NONE = 0, /* not POP3 */
    POP3_STATUS_OK,
    POP3_STATUS_ERROR,
};

struct pop3_response {
    enum pop3_status status;
    const char *text; /* the line, cleaned: "+OK ready" */
    const char *code; /* upper case: "SYS/TEMP"; NULL when there is none */
};

/* Reads a status line without its line end. 0 or -ENOMEM; what is none is POP3_STATUS_NONE. */
int pop3_response_read(struct bytes line, struct arena *arena, struct pop3_response *ret);

/* What a first line is as a greeting (RFC 1939 4). */
enum pop3_greeting pop3_greeting_kind(const struct pop3_response *response);

/* Reads one line of the list that follows the +OK to CAPA and adds what it lists; *ret_end says that it was
 * the end of the list. 0 or -ENOMEM. */
int pop3_capability_read(struct bytes line, struct arena *arena, struct list *capabilities, bool *ret_end);

#endif
