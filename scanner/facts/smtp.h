/*
 * smtp.h - what can be known of an SMTP or submission server from one clean session
 */
#ifndef OUTPOST_FACTS_SMTP_H
#define OUTPOST_FACTS_SMTP_H

#include "scanner/facts/dialogue.h"

/* A reply, RFC 5321 4.2. */
struct smtp_reply_facts {
    struct number code;
    struct list lines;          /* texts behind code and separator, cleaned, at most 64 */
    struct number milliseconds; /* from our last word (or connect) to its last line */
};
extern const struct shape smtp_reply_shape;

/* What EHLO listed, RFC 5321 4.1.1.1. */
struct smtp_capability_facts {
    const char *keyword;   /* upper case */
    const char *parameter; /* rest of the line, NULL when empty */
};
extern const struct shape smtp_capability_shape;

struct smtp_ehlo_facts {
    struct smtp_reply_facts *reply;
    const char *name;         /* first word of the first line: how the server names itself */
    struct list capabilities; /* smtp_capability_facts */
};
extern const struct shape smtp_ehlo_shape;

struct smtp_facts {
    struct smtp_reply_facts *greeting;
    const char *greeting_name;     /* first word behind 220 */
    struct number greeting_pause;  /* milliseconds between first and last line of the greeting (postscreen) */
    struct smtp_ehlo_facts *ehlo;  /* before TLS; absent on implicit TLS */
    struct smtp_reply_facts *helo; /* answer to HELO, said only when EHLO was refused */
    enum known starttls_offered;
    struct smtp_reply_facts *starttls; /* answer to STARTTLS */
    struct bytes starttls_trailing;    /* bytes that came behind the 220 in clear, at most 512 */
    enum known tls;                    /* a handshake completed */
    struct smtp_ehlo_facts *ehlo_tls;  /* inside TLS */
    struct smtp_reply_facts *quit;
    enum dialogue_end end;
    const char
        *end_stage; /* "connect", "greeting", "EHLO", "STARTTLS", "handshake", "EHLO inside TLS", "QUIT" */
    const char *end_reason; /* in words, when not complete */
    struct list transcript; /* dialogue_line */
};
extern const struct shape smtp_shape;

/* Was `keyword` listed? UNKNOWN when there was no answer to EHLO. `ret_parameter` may be NULL. */
enum known smtp_offers(const struct smtp_ehlo_facts *ehlo, const char *keyword, const char **ret_parameter);

#endif
