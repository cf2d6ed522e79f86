/*
 * tls_dane.h - does a chain of certificates match TLSA records?
 */
#ifndef OUTPOST_NET_TLS_DANE_H
#define OUTPOST_NET_TLS_DANE_H

#include "scanner/facts/fact.h"

struct tls_service;

/* One record (RFC 6698 2.1). */
struct tlsa {
    uint8_t usage, selector, matching;
    struct bytes data; /* certificate association data */
};

enum { TLSA_PKIX_TA = 0, TLSA_PKIX_EE = 1, TLSA_DANE_TA = 2, TLSA_DANE_EE = 3 }; /* usages */
enum { TLSA_CERTIFICATE = 0, TLSA_KEY = 1 };                                     /* selectors */
enum { TLSA_FULL = 0, TLSA_SHA256 = 1, TLSA_SHA512 = 2 };                        /* matching types */

/* Is this the DER of a certificate or of a public key, as the selector says, and nothing more? Pure. */
bool tls_dane_data_valid(uint8_t selector, struct bytes data);

struct tls_dane_result {
    enum known matched; /* unknown: the chain could not be read */
    size_t record;      /* which one matched */
    int depth;          /* what it matched: 0 the server's certificate, 1 its issuer, ... */
    const char *reason; /* in words, of all but a match */
};

/*
 * Looks for the record that vouches for a chain (DER, as sent, leaf first), as of `now` (seconds since 1970). Usage 3
 * asks for neither names nor dates nor authorities (RFC 7671 5.1); all others need one of `names`, which may be none.
 * Usages 0 and 1 need the roots of `roots` too; NULL: there are none. Records that cannot be used count for nothing. Pure;
 * never waits. 0 or -ENOMEM.
 */
int tls_dane_match(const struct tls_service *roots, const struct tlsa *records, size_t count,
                   const struct list *names, const struct bytes *chain, size_t chain_count, int64_t now,
                   struct arena *arena, struct tls_dane_result *ret);

#endif
