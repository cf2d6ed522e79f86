/*
 * tls_material.h - certificates made for a test: keys, certificates with any content, PEM files of them
 *
 *      struct tls_material *material = material_new(wall_seconds);
 *      struct identity *leaf = material_leaf(material, &(struct recipe){.name = "mail.example.org"});
 *      tls_server_new(material_chain_file(material, leaf), material_key_file(material, leaf), &server);
 *      tls_service_new(engine, material_root_file(material), arena, &service, &error);
 *      material_free(material);
 *
 * Everything belongs to the material and goes with it, the files too. What cannot be made ends the test.
 */
#ifndef OUTPOST_TESTS_TLS_MATERIAL_H
#define OUTPOST_TESTS_TLS_MATERIAL_H

#include "scanner/base/bytes.h"

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

enum material_key {
    MATERIAL_P256 = 0,
    MATERIAL_P384,
    MATERIAL_P521,
    MATERIAL_BRAINPOOL256,
    MATERIAL_RSA2048,
    MATERIAL_RSA1024,
    MATERIAL_RSA_PSS2048,
    MATERIAL_ED25519,
    MATERIAL_ED448,
};

/* What a certificate shall be; all that is zero has a sensible default. */
struct recipe {
    const char *name;      /* common name; NULL: an empty subject */
    enum material_key key; /* default: P-256 */
    EVP_PKEY *public_key;  /* instead of a new key; such an identity has no key file */
    int64_t not_before;    /* seconds from the material's time; default a day before */
    int64_t not_after;     /* default 90 days behind */
    const char *sans;      /* as OpenSSL writes them: "DNS:a.example,IP:192.0.2.1"; default "DNS:" and name */
    bool no_sans;          /* not even the default */
    const char *key_usage; /* extended key usage: "serverAuth" by default, "" for none */
    bool ca;               /* may sign others */
    bool must_staple;      /* RFC 7633 */
    bool no_key_usage_sign; /* a CA that its key usage does not allow to sign */
    const char *digest;     /* of the signature: "SHA256" by default */
    bool pss_signature;     /* signed with RSASSA-PSS (the issuer has an RSA key) */
    const char *aia;        /* "OCSP;URI:http://...,caIssuers;URI:http://..." */
    const char *crl;        /* "URI:http://..." */
    struct bytes raw_name;  /* common name byte by byte, instead of name */
    struct bytes raw_sans;  /* DER of a whole SubjectAltName, instead of sans */
    struct bytes raw_scts;  /* DER inside the extension of embedded SCTs */
    struct bytes raw_times; /* DER of the whole Validity (SEQUENCE), instead of not_before and not_after */
};

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
    const struct identity *issuer; /* NULL: self-signed */
};

struct tls_material;

/* A root and an intermediate (P-256), and an empty folder for the files. `now` is the time all is valid at.
 */
struct tls_material *material_new(int64_t now);
void material_free(struct tls_material *material);

const struct identity *material_root(const struct tls_material *material);
const struct identity *material_intermediate(const struct tls_material *material);

/* A certificate by this issuer; NULL signs itself. */
struct identity *material_issue(struct tls_material *material, const struct recipe *recipe,
                                const struct identity *issuer);
/* The same, by the intermediate. */
struct identity *material_leaf(struct tls_material *material, const struct recipe *recipe);

/* PEM files, each made when first asked for. */
const char *material_root_file(struct tls_material *material);
/* The certificate and its issuers, without the root. */
const char *material_chain_file(struct tls_material *material, const struct identity *leaf);
const char *material_key_file(struct tls_material *material, const struct identity *leaf);
/* These certificates in this order. */
const char *material_file_of(struct tls_material *material, const struct identity *const *identities,
                             size_t count);
/* DER of a certificate; the bytes live as long as the material. */
struct bytes material_der(struct tls_material *material, const struct identity *identity);

#endif
