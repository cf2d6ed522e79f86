/*
 * pop3.h - what can be known of a POP3 server from one clean session
 */
#ifndef OUTPOST_FACTS_POP3_H
#define OUTPOST_FACTS_POP3_H

#include "scanner/facts/dialogue.h"

enum pop3_greeting {
    POP3_GREETING_NOT_OBSERVED = 0,
    POP3_GREETING_OK,
    POP3_GREETING_ERROR, /* -ERR: it does not want us now */
    POP3_GREETING_OTHER, /* not POP3 */
};

struct pop3_facts {
    enum pop3_greeting greeting;
    const char *greeting_text;
    struct number greeting_milliseconds;
    struct list capabilities;       /* texts as "SASL PLAIN", before TLS; absent on implicit TLS */
    enum known starttls_offered;    /* STLS is among them; no also when there is no CAPA */
    enum known user_offered;        /* USER is among them: a password in clear is welcome */
    struct list mechanisms;         /* texts: SASL before TLS */
    const char *starttls;           /* answer to STLS: "+OK ...", "-ERR ..." */
    struct bytes starttls_trailing; /* bytes that came behind it in clear, at most 512 */
    enum known tls;
    struct list capabilities_tls; /* texts inside TLS */
    struct list mechanisms_tls;   /* texts: SASL inside TLS */
    enum known quit;              /* QUIT was answered with +OK */
    enum dialogue_end end;
    const char *end_stage;
    const char *end_reason;
    struct list transcript; /* dialogue_line */
};
extern const struct shape pop3_shape;

#endif
