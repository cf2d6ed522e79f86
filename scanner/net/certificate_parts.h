/*
 * certificate_parts.h - what the modules that read and verify certificates share
 */
#ifndef OUTPOST_NET_CERTIFICATE_PARTS_H
#define OUTPOST_NET_CERTIFICATE_PARTS_H

#include "scanner/facts/certificate.h"

#include <openssl/x509.h>

struct arena;

/* "CN=mail.example.org,O=\"Example, Inc\"", cleaned; NULL only when out of memory. */
const char *certificate_name_text(const X509_NAME *name, struct arena *arena);
/* Seconds since 1970; unknown for NULL and what cannot be read. */
struct number certificate_time(const ASN1_TIME *time);
/* Facts of the key inside a certificate; NULL only when out of memory. */
struct key_facts *certificate_key_read(const X509 *certificate, struct arena *arena);

#endif
