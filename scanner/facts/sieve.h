/*
 * sieve.h - what can be known of a ManageSieve server from one clean session
 */
#ifndef OUTPOST_FACTS_SIEVE_H
#define OUTPOST_FACTS_SIEVE_H

#include "scanner/facts/dialogue.h"

enum sieve_greeting {
    SIEVE_GREETING_NOT_OBSERVED = 0,
    SIEVE_GREETING_OK,
    SIEVE_GREETING_NO,
    SIEVE_GREETING_BYE,
    SIEVE_GREETING_OTHER, /* not ManageSieve */
};

struct sieve_facts {
    enum sieve_greeting greeting;
    const char *greeting_text; /* its last line: "OK Ready." */
    struct number greeting_milliseconds;
    struct list capabilities; /* texts as "SASL PLAIN", of the greeting */
    enum known starttls_offered;
    struct list mechanisms;         /* texts: SASL before TLS */
    const char *starttls;           /* answer to STARTTLS: "OK ...", "NO ..." */
    struct bytes starttls_trailing; /* bytes that came behind it in clear, at most 512 */
    enum known tls;
    struct list capabilities_tls; /* texts inside TLS */
    struct list mechanisms_tls;   /* texts: SASL inside TLS */
    enum known logout;            /* LOGOUT was answered with OK */
    enum dialogue_end end;
    const char *end_stage;
    const char *end_reason;
    struct list transcript; /* dialogue_line */
};
extern const struct shape sieve_shape;

#endif
