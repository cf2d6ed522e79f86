/*
 * revocation_answers.h - OCSP responses and CRLs made for a test
 */
#ifndef OUTPOST_TESTS_REVOCATION_ANSWERS_H
#define OUTPOST_TESTS_REVOCATION_ANSWERS_H

#include "tests/unit/tls_material.h"

/* What an authority says; all that is zero has a sensible default. */
struct saying {
    const struct identity *about;  /* a certificate of `signer`, or of who delegated to it */
    const struct identity *signer; /* NULL: the issuer of `about` */
    int status;                    /* V_OCSP_CERTSTATUS_*: of OCSP; default good */
    bool revoked;                  /* of CRLs: it is on the list */
    int64_t from, until;           /* seconds from `now`; default an hour before, a day behind */
    bool endless;                  /* no `until` at all */
    const char *digest;            /* of the name of the certificate, of OCSP: "SHA1" by default */
    const char *point;             /* of CRLs: the list is for certificates that name this URL only */
    bool broken;                   /* the signature does not hold */
    int response_status;           /* of OCSP: other than successful, without more */
};

/* DER on the heap: OPENSSL_free(). What cannot be made ends the test. */
struct bytes ocsp_response_new(const struct saying *saying, int64_t now);
struct bytes crl_new(const struct saying *saying, int64_t now);

#endif
