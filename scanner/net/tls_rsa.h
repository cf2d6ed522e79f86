/*
 * tls_rsa.h - encrypting with the RSA key of a certificate, without any padding of OpenSSL's
 */
#ifndef OUTPOST_NET_TLS_RSA_H
#define OUTPOST_NET_TLS_RSA_H

#include "scanner/base/bytes.h"

/* Bits of the key in a certificate (DER); 0: it does not parse, or its key is no RSA key that may encrypt. */
size_t tls_rsa_bits(struct bytes certificate);
/* Encrypts a block that is as long as the key, and as a number smaller than its modulus, in place. 0, -EINVAL, -ENOMEM.
 */
int tls_rsa_encrypt(struct bytes certificate, uint8_t *block, size_t size);

#endif
