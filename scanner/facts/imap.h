/*
 * imap.h - what can be known of an IMAP server from one clean session
 */
#ifndef OUTPOST_FACTS_IMAP_H
#define OUTPOST_FACTS_IMAP_H

#include "scanner/facts/dialogue.h"

enum imap_greeting {
    IMAP_GREETING_NOT_OBSERVED = 0,
    IMAP_GREETING_OK,
    IMAP_GREETING_PREAUTH,
    IMAP_GREETING_BYE,
    IMAP_GREETING_OTHER, /* not IMAP */
};

struct imap_facts {
    enum imap_greeting greeting;
    const char *greeting_text;
    struct number greeting_milliseconds;
    struct list capabilities; /* texts, upper case, before TLS; absent on implicit TLS */
    enum known starttls_offered;
    enum known login_disabled; /* LOGINDISABLED before TLS */
    const char *starttls;      /* answer to STARTTLS: "OK ...", "BAD ..." */
    struct bytes starttls_trailing;
    enum known tls;
    struct list capabilities_tls; /* texts inside TLS */
    enum known logout;            /* LOGOUT was answered with OK */
    enum dialogue_end end;
    const char *end_stage;
    const char *end_reason;
    struct list transcript; /* dialogue_line */
};
extern const struct shape imap_shape;

#endif
