/*
 * certificate.h - what can be known of a certificate chain that a server showed
 */
#ifndef OUTPOST_FACTS_CERTIFICATE_H
#define OUTPOST_FACTS_CERTIFICATE_H

#include "scanner/facts/revocation.h"

struct key_facts {
    const char *type; /* "RSA", "RSA-PSS", "ECDSA", "Ed25519", "Ed448", "DSA", "other" */
    struct number bits;
    const char *curve;          /* IANA group name, of an EC key */
    struct number rsa_exponent; /* of an RSA key, when it fits 63 bits */
    enum known roca;            /* RSA modulus has the ROCA fingerprint (CVE-2017-15361) */
};
extern const struct shape key_shape;

/* One certificate as it was sent. */
struct chain_certificate_facts {
    struct bytes der;
    const char *subject; /* RFC 2253 style, cleaned */
    const char *issuer;
    const char *serial; /* hex */
    struct number not_before;
    struct number not_after;
    struct key_facts *key;
    const char *signature; /* algorithm: "sha256WithRSAEncryption", "ecdsa-with-SHA256" */
    const char *sha256;    /* hex of the whole certificate */
    enum known ca;         /* basic constraints */
    enum known self_issued;
};
extern const struct shape chain_certificate_shape;

/* What verification against the roots found wrong; names are not part of it. */
struct verify_error_facts {
    struct number depth;
    struct number code; /* OpenSSL's X509_V_ERR_* */
    const char *text;
};
extern const struct shape verify_error_shape;

struct certificate_facts {
    const char *name;        /* the server name it was shown for; NULL: none was sent */
    struct list versions;    /* texts: versions of TLS under which it was shown */
    struct key_facts *key;   /* of the leaf */
    const char *spki_sha256; /* hex */
    const char *sha256;      /* hex of the leaf */
    const char *subject;
    const char *issuer;
    struct number not_before;
    struct number not_after;
    struct list sans;            /* texts: DNS names as they are, addresses as "IP:192.0.2.1" */
    struct number sans_left_out; /* over the cap of 2000 */
    const char *common_name;
    const char *signature;  /* of the leaf */
    enum known must_staple; /* RFC 7633 */
    enum known server_auth; /* extended key usage allows TLS servers, or there is none */
    struct number scts;     /* embedded signed certificate timestamps */
    struct list ocsp_urls;
    struct list ca_issuer_urls;
    struct list crl_urls;
    enum known
        stapled; /* an OCSP response came with it: yes, at least once; no, never when it was asked for */
    struct revocation_answer_facts *staple; /* what the first good one said, else the last */
    enum known trusted;                     /* a chain to a root was built, whatever the dates */
    struct list verify_errors;              /* verify_error_facts */
    struct list path;  /* texts: subjects of the chain that was built, leaf first, up to the root */
    struct list chain; /* chain_certificate_facts as sent, leaf first, at most 10 */
    struct number chain_left_out;
};
extern const struct shape certificate_shape;

#endif
