/*
 * dkim_material.h - what p= of a DKIM key record holds: base64 of a public key
 *
 *      RSA        SubjectPublicKeyInfo (RFC 5280 4.1), or RSAPublicKey by itself (RFC 8017 A.1.1)
 *      Ed25519    32 octets, as they are (RFC 8463)
 *
 * Pure; reads DER itself, and so tells what is cut off from what is something else.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_DKIM_MATERIAL_H
#define OUTPOST_PROBES_PROTOCOL_DKIM_MATERIAL_H

#include "scanner/base/bytes.h"

struct arena;

enum { DKIM_ED25519_SIZE = 32, DKIM_RSA_BITS_MAX = 16384 };

enum dkim_material_kind {
    DKIM_MATERIAL_RSA = 1,
    DKIM_MATERIAL_ED25519,         /* 32 octets */
    DKIM_MATERIAL_ED25519_WRAPPED, /* in a SubjectPublicKeyInfo, as no verifier reads it */
    DKIM_MATERIAL_PRIVATE,         /* a private key: never to be published */
    DKIM_MATERIAL_CUT,             /* DER that is longer than what is there */
    DKIM_MATERIAL_OTHER,
};

struct dkim_material {
    enum dkim_material_kind kind;
    struct bytes key; /* RSA: RSAPublicKey in DER; Ed25519: the 32 octets */
    size_t bits;
    bool exponent_known; /* it fits 63 bits */
    int64_t exponent;
};

/* `rsa_meant`: what could be the first 32 octets of an RSA key is not taken for an Ed25519 key. */
struct dkim_material dkim_material_read(struct bytes octets, bool rsa_meant);

enum dkim_base64 {
    DKIM_BASE64_GOOD = 0,
    DKIM_BASE64_UNPADDED, /* one or two "=" are missing at its end; decoded all the same */
    DKIM_BASE64_CUT,      /* one digit is left over */
    DKIM_BASE64_BAD,      /* a character that is none of base64 */
};
/* Decodes base64 with white space inside (RFC 6376 2.10): *ret_octets in `arena`, of the first two. 0 or -ENOMEM. */
int dkim_base64_read(struct bytes text, struct arena *arena, enum dkim_base64 *ret_state,
                     struct bytes *ret_octets);

#endif
