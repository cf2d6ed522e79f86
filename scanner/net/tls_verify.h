/*
 * tls_verify.h - does a chain lead to a trusted root?
 */
#ifndef OUTPOST_NET_TLS_VERIFY_H
#define OUTPOST_NET_TLS_VERIFY_H

#include "scanner/facts/certificate.h"

#include <openssl/x509.h>

struct arena;

/* Builds a path from the leaf (the first of `chain`) over what was sent to a root of the store, as of `now`
 * (seconds since 1970), and notes trusted, verify_errors and path. 0 or -ENOMEM. */
int tls_verify_chain(X509_STORE *store, STACK_OF(X509) * chain, int64_t now, struct arena *arena,
                     struct certificate_facts *facts);

#endif
