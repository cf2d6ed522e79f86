/*
 * revocation.h - OCSP responses and CRLs: asked for, read, verified
 *
 * Pure: no network. What is wrong with an answer is a fact in words, never an error.
 */
#ifndef OUTPOST_NET_REVOCATION_H
#define OUTPOST_NET_REVOCATION_H

#include "scanner/facts/certificate.h"

struct arena;

/* Whether this certificate was revoked, as of `now` (seconds since 1970). */
struct revocation_question {
    struct bytes leaf, issuer; /* DER */
    int64_t now;
};

/* Finds the issuer among what was sent with the certificate: by name, and by its signature. 0; -ENOENT: it was not sent,
 * or does not parse. */
int revocation_question_of(const struct certificate_facts *certificate, int64_t now,
                           struct revocation_question *ret);

/* The URL of a GET request (RFC 6960 A.1) to this responder; 0, -EBADMSG (nothing to ask for), -ENOMEM. */
int ocsp_request_url(const struct revocation_question *question, const char *responder, struct arena *arena,
                     const char **ret);

/* Fill in all of *answer but source and URL. 0 or -ENOMEM. A CRL may be large: never on a task's stack. */
int ocsp_read(const struct revocation_question *question, struct bytes response, struct arena *arena,
              struct revocation_answer_facts *answer);
int crl_read(const struct revocation_question *question, struct bytes crl, struct arena *arena,
             struct revocation_answer_facts *answer);

#endif
