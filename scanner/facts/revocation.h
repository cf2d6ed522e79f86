/*
 * revocation.h - what can be known of whether a certificate was revoked
 */
#ifndef OUTPOST_FACTS_REVOCATION_H
#define OUTPOST_FACTS_REVOCATION_H

#include "scanner/facts/fact.h"

enum revocation_status {
    REVOCATION_NOT_OBSERVED = 0, /* there is no answer that counts: `failure` says why */
    REVOCATION_GOOD,
    REVOCATION_REVOKED,
    REVOCATION_UNKNOWN, /* the authority's responder does not know the certificate */
};

/* What one source says, as of the time of the scan. */
struct revocation_answer_facts {
    const char *source; /* "staple", "OCSP", "CRL" */
    const char *url;    /* who was asked; NULL: the server showed it */
    enum revocation_status status;
    const char *failure;
    struct number revoked_at;
    const char *revocation_reason; /* "keyCompromise" */
    struct number this_update;
    struct number next_update;
    struct bytes der; /* the OCSP response, at most 16 KiB; CRLs are not kept */
};
extern const struct shape revocation_answer_shape;

/* Of one leaf. */
struct revocation_facts {
    const char *sha256; /* hex, as in the certificate's facts */
    struct list
        answers; /* revocation_answer_facts, in the order they were asked for; stapled ones are with the
                            certificate */
};
extern const struct shape revocation_shape;

#endif
