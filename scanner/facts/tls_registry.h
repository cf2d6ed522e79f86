/*
 * tls_registry.h - IANA's registries of TLS: cipher suites, groups, signature schemes, with what they are made of
 *
 * One place for all code points and names (tls_registry_*.csv, columns as IANA publishes them); the properties of
 * a suite are read from its name. SSLv2's cipher kinds, which no registry holds, are here too. All pointers are
 * to static data.
 */
#ifndef OUTPOST_FACTS_TLS_REGISTRY_H
#define OUTPOST_FACTS_TLS_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- versions ---- */

enum tls_version {
    TLS_VERSION_SSL2 = 0x0002,
    TLS_VERSION_SSL3 = 0x0300,
    TLS_VERSION_1_0 = 0x0301,
    TLS_VERSION_1_1 = 0x0302,
    TLS_VERSION_1_2 = 0x0303,
    TLS_VERSION_1_3 = 0x0304,
};
/* "SSL2" ... "TLS1.3" of a number on the wire; NULL when it is none of them. */
const char *tls_registry_version_name(uint16_t version);
uint16_t tls_registry_version(const char *name); /* 0 when unknown */

/* ---- cipher suites ---- */

enum tls_key_exchange {
    TLS_KX_NONE = 0, /* TLS_NULL_WITH_NULL_NULL, signalling values */
    TLS_KX_RSA,
    TLS_KX_DH,   /* static */
    TLS_KX_DHE,  /* also of anonymous suites, as is ECDHE: the names say DH_anon and ECDH_anon */
    TLS_KX_ECDH, /* static */
    TLS_KX_ECDHE,
    TLS_KX_PSK,
    TLS_KX_DHE_PSK,
    TLS_KX_RSA_PSK,
    TLS_KX_ECDHE_PSK,
    TLS_KX_SRP,
    TLS_KX_KRB5,
    TLS_KX_GOST,
    TLS_KX_ECCPWD,
    TLS_KX_ANY, /* TLS 1.3: by group, not by suite */
};

enum tls_authentication {
    TLS_AUTH_NONE = 0, /* anonymous */
    TLS_AUTH_RSA,      /* by certificate; also of RSA_PSK and SRP_RSA */
    TLS_AUTH_DSS,
    TLS_AUTH_ECDSA,
    TLS_AUTH_PSK,
    TLS_AUTH_SRP, /* password only */
    TLS_AUTH_KRB5,
    TLS_AUTH_GOST,
    TLS_AUTH_ECCPWD,
    TLS_AUTH_ANY, /* TLS 1.3: by signature scheme */
};

enum tls_cipher {
    TLS_CIPHER_NULL = 0,
    TLS_CIPHER_RC2,
    TLS_CIPHER_RC4,
    TLS_CIPHER_DES,
    TLS_CIPHER_3DES,
    TLS_CIPHER_IDEA,
    TLS_CIPHER_SEED,
    TLS_CIPHER_AES,
    TLS_CIPHER_CAMELLIA,
    TLS_CIPHER_ARIA,
    TLS_CIPHER_CHACHA20,
    TLS_CIPHER_GOST28147,
    TLS_CIPHER_KUZNYECHIK,
    TLS_CIPHER_MAGMA,
    TLS_CIPHER_SM4,
    TLS_CIPHER_AEGIS,
    TLS_CIPHER_ASCON,
    TLS_CIPHER_FORTEZZA, /* of no suite here: nobody speaks it */
};

enum tls_mode {
    TLS_MODE_NONE = 0,
    TLS_MODE_STREAM,
    TLS_MODE_CBC,
    TLS_MODE_GCM,
    TLS_MODE_CCM,
    TLS_MODE_CCM_8,
    TLS_MODE_POLY1305,
    TLS_MODE_OTHER_AEAD,
    TLS_MODE_CNT /* GOST's counter modes */
};

enum tls_hash {
    TLS_HASH_NONE = 0,
    TLS_HASH_MD5,
    TLS_HASH_SHA1,
    TLS_HASH_SHA224,
    TLS_HASH_SHA256,
    TLS_HASH_SHA384,
    TLS_HASH_SHA512,
    TLS_HASH_GOST,
    TLS_HASH_SM3,
    TLS_HASH_ASCON,
    TLS_HASH_INTRINSIC /* none to choose: Ed25519, ML-DSA */
};

struct tls_suite {
    uint32_t code; /* 16 bits; 24 bits of an SSLv2 cipher kind */
    const char *name;
    char recommended; /* IANA's column: 'Y', 'N', 'D' (discouraged); '-' for what IANA does not list */
    bool ssl2;
    bool tls13;      /* for TLS 1.3 only */
    bool signalling; /* TLS_FALLBACK_SCSV, TLS_EMPTY_RENEGOTIATION_INFO_SCSV: no suite */
    enum tls_key_exchange key_exchange;
    enum tls_authentication authentication;
    enum tls_cipher cipher;
    enum tls_mode mode;
    enum tls_hash mac; /* of the record; the PRF's for AEAD */
    bool aead;
    bool export_grade;
    bool forward_secrecy;   /* ephemeral key exchange; TLS 1.3 always */
    uint16_t key_bits;      /* of the cipher's key, as named: 128, 256, 40, 56, 168; NULL 0 */
    uint16_t strength_bits; /* what it is worth: 3DES 112, NULL 0, export 40 or 56 */
    uint16_t block_bits;    /* 64 or 128; 0 for a stream cipher */
};

/* IANA's suites, then de-facto ones, then SSLv2's kinds: each in order of their codes. Names are unique: what IANA
 * registered again under another code ends with "_OLD" at its first one (ChaCha20, GOST). */
const struct tls_suite *tls_suites(size_t *ret_count);
const struct tls_suite *tls_suite_by_code(uint32_t code);    /* NULL when unknown; 16-bit codes only */
const struct tls_suite *tls_suite_ssl2(uint32_t kind);       /* NULL when unknown */
const struct tls_suite *tls_suite_by_name(const char *name); /* NULL when unknown */
/* "TLS_RSA_WITH_RC4_128_SHA"; "0xCAFE" written to `unknown` for a code that nobody has registered. */
enum { TLS_UNKNOWN_SIZE = 12 };
const char *tls_suite_name(uint32_t code, char unknown[TLS_UNKNOWN_SIZE]);

/* ---- groups ---- */

enum tls_group_kind {
    TLS_GROUP_EC = 1, /* an elliptic curve, also x25519 and x448 */
    TLS_GROUP_FFDHE,  /* RFC 7919 */
    TLS_GROUP_HYBRID, /* post-quantum and elliptic */
    TLS_GROUP_PQ,     /* post-quantum alone */
    TLS_GROUP_OTHER,  /* arbitrary_explicit_prime_curves and the like: never offered */
};

struct tls_group {
    uint16_t code;
    const char *name;
    char recommended;
    enum tls_group_kind kind;
    bool tls12, tls13; /* where it may be used (RFC 8422, RFC 7919; RFC 8446 and later registrations) */
    uint16_t bits;     /* of the field or the prime: 255 for x25519; a hybrid's curve; 0 for ML-KEM alone */
    uint16_t
        strength_bits; /* classical security: 128 for x25519, 112 for ffdhe2048; a hybrid's better half */
};
const struct tls_group *tls_groups(size_t *ret_count);
const struct tls_group *tls_group_by_code(uint16_t code);
const struct tls_group *tls_group_by_name(const char *name);

/* ---- signature schemes ---- */

enum tls_signature_key {
    TLS_SIGN_RSA_PKCS1 = 1,
    TLS_SIGN_RSA_PSS_RSAE,
    TLS_SIGN_RSA_PSS_PSS,
    TLS_SIGN_ECDSA,
    TLS_SIGN_EDDSA,
    TLS_SIGN_DSA,
    TLS_SIGN_GOST,
    TLS_SIGN_SM2,
    TLS_SIGN_ML_DSA,
    TLS_SIGN_OTHER
};

struct tls_scheme {
    uint16_t code;
    const char *
        name; /* "rsa_pss_rsae_sha256"; pairs of TLS 1.2 as "rsa_pkcs1_sha224", "dsa_sha1", "rsa_pkcs1_md5" */
    char recommended;
    enum tls_signature_key key;
    enum tls_hash hash;
    bool tls12, tls13; /* where a server may sign a handshake with it */
};
const struct tls_scheme *tls_schemes(size_t *ret_count);
const struct tls_scheme *tls_scheme_by_code(uint16_t code);
const struct tls_scheme *tls_scheme_by_name(const char *name);

/* ---- known Diffie-Hellman primes ---- */

/* "ffdhe2048", "RFC 3526 group 14 (2048 bits)", "RFC 2409 group 2 (1024 bits)", "Postfix (2048 bits)", ... of a
 * prime that many servers share; NULL when it is not known. `prime` big endian, leading zeros do not count. */
const char *tls_known_prime(const uint8_t *prime, size_t size);

#endif
