/*
 * tls_enumeration_scan.h - one scan of one port that speaks TLS, for tests of the enumeration
 *
 *      TestSuite(subject, .init = scan_make_material, .fini = scan_free_material, .timeout = 280);
 *
 *      struct scan scan = {.peer.manners.closes = true};
 *      scan_run(&scan, SOME_SUITES, ARENA);
 *      scan_free(&scan);
 */
#ifndef OUTPOST_TESTS_TLS_ENUMERATION_SCAN_H
#define OUTPOST_TESTS_TLS_ENUMERATION_SCAN_H

#include "probes/probe.h"
#include "tests/unit/openssl_server.h"
#include "tests/unit/tls_peer.h"

enum {
    HOUR = 3600 * 1000,
    PATIENT = 400 * 1000, /* the time that somebody gives a scan who knows that the server is slow */
    ARENA = 8 * 1024 * 1024,
};

#define SOME_SUITES                                                                                          \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-GCM-"       \
    "SHA256:AES128-SHA"

/* Before an ECDSA suite is picked, more RSA suites are than it takes to ask for signatures beside them. */
#define RSA_SUITES_FIRST                                                                                     \
    "AES128-SHA:AES256-SHA:CAMELLIA128-SHA:CAMELLIA256-SHA:AES128-SHA256:AES256-SHA256:ECDHE-RSA-AES128-"    \
    "SHA:ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-"   \
    "GCM-SHA384"

struct scan {
    struct tls_peer peer;
    struct endpoint_facts endpoint;
    struct arena *arena;
    int64_t deadline;
    int64_t stop_ms;       /* 0: never */
    enum scan_depth depth; /* DEPTH_QUICK: standard */
    const char *protocol;  /* that the server chooses (ALPN); NULL: it ignores them */
    bool names_it_anyway;  /* whatever is offered */
    bool strict;           /* it refuses all others */
    struct bytes staple;   /* an OCSP response that the server has */
    bool only_13;
    bool needs_share; /* it refuses a hello of TLS 1.3 without a key share, rather than ask for one */
    bool lacks_dh;    /* it picks suites of ephemeral Diffie-Hellman and has no parameters for them */
    const struct identity *more[4]; /* certificates with other keys */
    const char *states; /* groups that it has in a handshake, and all when it is asked for them; NULL: all */
    const char *only_suite_13; /* NULL: OpenSSL's */
    const char *only_groups;   /* all that it has for the name that is asked for; NULL: OpenSSL's */
    bool has_other_name;       /* ... and for another, which is known before, it has what `states` says */
    int result;
    int64_t ended;
};

/* A root, and the identity that the server has: a leaf with an RSA key. */
void scan_make_material(void);
void scan_free_material(void);
const struct identity *scan_identity(void);
/* A further one for the same name. */
const struct identity *identity_with(enum material_key key);

/* The caller has set manners and what else differs. `suites` NULL: all that OpenSSL has. */
void scan_run(struct scan *scan, const char *suites, size_t memory);
void scan_free(struct scan *scan);

/* NULL: there is none. */
const struct tls_set_facts *set_of(const struct list *sets, const char *version);

#endif
