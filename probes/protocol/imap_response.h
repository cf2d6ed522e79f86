/*
 * imap_response.h - responses of an IMAP server, one line each (RFC 9051 2.2.2, 7)
 *
 *      * OK [CAPABILITY IMAP4rev1 STARTTLS] ready      untagged; capabilities as a response code (7.1)
 *      * CAPABILITY IMAP4rev1 STARTTLS                 untagged; capabilities as data (7.2.2)
 *      a1 OK done                                      the answer to the command tagged a1
 *      + go on                                         asks for more of a command
 *
 * Pure. Nothing that a scan asks is answered with a literal ("{12}" at the end of a line, 4.3): it is noted,
 * and what follows it is not read.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_IMAP_RESPONSE_H
#define OUTPOST_PROBES_PROTOCOL_IMAP_RESPONSE_H

#include "scanner/facts/imap.h"

enum imap_response_kind {
    IMAP_RESPONSE_OTHER = 0, /* not IMAP */
    IMAP_RESPONSE_UNTAGGED,
    IMAP_RESPONSE_TAGGED,
    IMAP_RESPONSE_CONTINUATION,
};

enum imap_status {
    IMAP_STATUS_NONE = 0, /* data, as "* CAPABILITY" or "* 3 EXISTS" */
    IMAP_STATUS_OK,
    IMAP_STATUS_NO,
    IMAP_STATUS_BAD,
    IMAP_STATUS_PREAUTH,
    IMAP_STATUS_BYE,
};

struct imap_response {
    enum imap_response_kind kind;
    enum imap_status status;
    const char *tag;          /* of a tagged one */
    const char *text;         /* the line without "*", "+" or tag, cleaned: "OK ready" */
    struct list capabilities; /* texts, upper case; observed when the line lists capabilities */
    bool literal;             /* the line ends in a literal, which follows */
};

/* Reads one line without its line end. 0 or -ENOMEM; what is not IMAP is IMAP_RESPONSE_OTHER. */
int imap_response_read(struct bytes line, struct arena *arena, struct imap_response *ret);

/* What a first line is as a greeting (RFC 9051 7.1): untagged OK, PREAUTH or BYE, or something else. */
enum imap_greeting imap_greeting_kind(const struct imap_response *response);

#endif
