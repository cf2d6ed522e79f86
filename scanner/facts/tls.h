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
    struct list
        stated_groups; /* texts: IANA names of those that the server names itself, the preferred first */
    struct number milliseconds;
    const char *leaf_sha256; /* hex of the certificate shown: which of `certificates` it was */
    enum known resumed;      /* an earlier session was offered, and taken up */
};
extern const struct shape tls_handshake_shape;

/* ---- what was enumerated ---- */

/* What a server accepts of one kind under one version. What is not in the list was refused if the list is
 * complete; if it is not, nobody knows. */
struct tls_set_facts {
    const char *version; /* "TLS1.2": the key */
    enum known complete;
    const char *reason; /* why it is not complete: "pushback", "the time of the scan was over", ... */
    const char *order;  /* of suites: "server" or "client" chooses; NULL: not observed, or there is one */
    enum known ordered; /* with a server's order: the list is in it from the first to the last */
    enum known chacha_priority; /* the server's order gives way to a client that prefers ChaCha20 */
    struct list list;           /* texts: IANA names; in the server's order where it has one */
    struct list
        stated; /* texts: those of the list that the server names itself and was not asked for one by one */
};
extern const struct shape tls_set_shape;

struct tls_versions_facts {
    enum known complete; /* each version is in `list` or in `refused` */
    const char *reason;
    struct list list;    /* texts: accepted, oldest first */
    struct list refused; /* texts: asked for, and refused */
};
extern const struct shape tls_versions_shape;

/* Parameters of finite-field Diffie-Hellman (below TLS 1.3). */
struct tls_dh_facts {
    struct number bits;
    const char *prime_name;   /* "ffdhe2048"; NULL: none that many share */
    const char *prime_sha256; /* hex, of the prime without leading zeros */
    struct number generator;  /* when it fits 63 bits */
    enum known reused;        /* the same public value in two connections */
    struct list versions;     /* texts: where it was seen */
};
extern const struct shape tls_dh_shape;

/* Does the server keep sessions? */
struct tls_resumption_facts {
    enum known session_id;         /* TLS 1.2 and older, by id */
    enum known ticket;             /* ... by ticket (RFC 5077) */
    enum known psk;                /* TLS 1.3 */
    struct number ticket_lifetime; /* seconds, the longest hint seen */
    struct number early_data;      /* TLS 1.3: bytes of 0-RTT data that a ticket allows; 0: none */
};
extern const struct shape tls_resumption_shape;

/* What else a server does, each by one look. */
struct tls_features_facts {
    enum known secure_renegotiation;   /* RFC 5746 */
    enum known extended_master_secret; /* RFC 7627 */
    enum known encrypt_then_mac;       /* RFC 7366; unknown where no CBC suite is accepted */
    enum known compression;            /* DEFLATE is chosen when offered */
    enum known fallback_scsv;          /* RFC 7507: a needless downgrade is refused */
    enum known downgrade_sentinel;     /* RFC 8446 4.1.3: set below TLS 1.3 by a server that speaks TLS 1.3 */
    enum known ecdh_reuse;             /* the same public value of a curve in two connections */
    enum known export_key_reuse;       /* the same ephemeral RSA key in two connections */
    enum known client_certificate;     /* the server asks the client for one */
    enum known ocsp_staple;
    const char *alpn;                /* protocol of the service, chosen when it was offered (below TLS 1.3) */
    enum known alpn_strict;          /* a protocol that nobody speaks is refused */
    enum known sni_strict;           /* a name that is not served is refused */
    enum known sni_needed;           /* nothing is served without a name */
    const char *no_name_sha256;      /* hex of the leaf shown without a name */
    enum known client_renegotiation; /* TLS 1.2 and older: the client may start one */
    struct number client_renegotiations; /* so many were made before the server ended it, at most 11 */
    enum known insecure_renegotiation;   /* ... also without RFC 5746 */
    const char *renegotiation_reason;    /* why it was not tested whether the client may */
    /* Tolerance of what newer clients send. */
    enum known grease;          /* RFC 8701 values are ignored */
    enum known unknown_version; /* a version from the future is answered with one of today */
    enum known large_hello;     /* larger than one packet, as with post-quantum key shares */
    enum known split_hello;     /* in two records, the first of few bytes */
    struct number
        suites_max; /* so many suites in one hello are answered, more are not; unknown: no limit found */
    struct list intolerances; /* texts: what an ordinary hello must leave out to be answered */
    /* Vulnerabilities, each by its own harmless test. */
    enum known heartbeat; /* the extension is answered */
    enum known heartbleed;
    enum known ccs_injection;
    enum known ticketbleed;
    const char *ticketbleed_reason; /* why it was not tested */
    enum known robot;
    const char *robot_evidence; /* which answers differed */
    const char *robot_reason;   /* why it was not tested */
};
extern const struct shape tls_features_shape;

struct tls_facts {
    struct list handshakes;   /* tls_handshake_facts */
    struct list certificates; /* certificate_facts, one per name and different chain */
    struct tls_versions_facts *versions;
    struct list suites;  /* tls_set_facts by version; kinds of SSL2 by the names of its draft */
    struct list groups;  /* tls_set_facts by version: elliptic curves, RFC 7919 and post-quantum groups */
    struct list schemes; /* tls_set_facts by version: how the server signs */
    struct list dh;      /* tls_dh_facts */
    struct tls_resumption_facts *resumption;
    struct tls_features_facts *features;
    struct number enumeration_connections; /* of the endpoint's connections, those that enumerated */
};
extern const struct shape tls_shape;

#endif
