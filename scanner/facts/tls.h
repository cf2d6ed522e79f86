/*
 * tls.h - what can be known of TLS on one port: handshakes that were made, and the certificates they showed
 */
#ifndef OUTPOST_FACTS_TLS_H
#define OUTPOST_FACTS_TLS_H

#include "scanner/facts/certificate.h"

enum tls_result {
    TLS_NOT_OBSERVED = 0,
    TLS_COMPLETE,
    TLS_REFUSED,  /* the server sent an alert */
    TLS_CLOSED,   /* it closed or reset the connection instead */
    TLS_GARBLED,  /* it sent something that is not TLS, or broke the protocol */
    TLS_SILENT,   /* no answer in time */
    TLS_CANCELED, /* we stopped */
};

/* One handshake by a real client. */
struct tls_handshake_facts {
    const char *name;     /* server name indication, NULL when none was sent */
    const char *key_type; /* "RSA" or "ECDSA" when only such certificates were acceptable, else NULL */
    enum tls_result result;
    const char *alert;     /* "handshake_failure", as IANA names it */
    const char *reason;    /* in words, when not complete */
    const char *version;   /* "TLS1.3" */
    const char *suite;     /* IANA name */
    const char *group;     /* IANA name, of the key exchange */
    const char *signature; /* IANA name of the signature scheme, where known */
    struct number milliseconds;
    const char *leaf_sha256; /* hex of the certificate shown: which of `certificates` it was */
};
extern const struct shape tls_handshake_shape;

struct tls_facts {
    struct list handshakes;   /* tls_handshake_facts */
    struct list certificates; /* certificate_facts, one per name and different chain */
};
extern const struct shape tls_shape;

#endif
