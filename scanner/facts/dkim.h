/*
 * dkim.h - what can be known of the domain's DKIM keys (RFC 6376 3.6, RFC 8301, RFC 8463): the key records of
 * selectors that were given and of those that are common
 */
#ifndef OUTPOST_FACTS_DKIM_H
#define OUTPOST_FACTS_DKIM_H

#include "scanner/facts/dns.h"

/* One TXT record taken apart, or the key of a file of --dkim-key. */
struct dkim_record_facts {
    const char *text;     /* its strings joined, at most 4000 bytes */
    struct number size;   /* bytes of them all */
    enum known intended;  /* it is meant to be a key: it has p= or names the version somewhere */
    const char *fault;    /* why no verifier can use it, in words; NULL: it can, or it is revoked */
    struct list damage;   /* texts: what happened to it on its way into the zone, as dkim_key.h lists them */
    const char *repaired; /* the record as it was meant to be; NULL: nothing to repair, or the key is lost */
    const char *key_type; /* k=: "rsa", "ed25519", or what it says */
    struct number bits;
    struct number exponent; /* of an RSA key, when it fits 63 bits */
    struct bytes key;       /* of an RSA key its RSAPublicKey in DER, of Ed25519 the 32 octets */
    enum known revoked;     /* p= is empty */
    enum known testing;     /* t=y */
    enum known strict;      /* t=s: no subdomains in i= */
    enum known for_mail;    /* s= holds "email" or "*", or is not there */
    struct list hashes;     /* texts: of h=; empty: all are accepted */
    struct list remarks;    /* texts: what verifiers pass over */
};
extern const struct shape dkim_record_shape;

struct dkim_selector_facts {
    const char *name;     /* "mail": its record is at mail._domainkey.DOMAIN */
    enum known given;     /* by --selector or --dkim-key */
    const char *used_by;  /* who makes keys under this name; NULL: nobody that is known here */
    const char *provider; /* whose the name is that an alias leads to; NULL: no alias, or nobody known */
    struct dns_question_facts *question; /* its TXT question */
    enum known wildcard;                 /* the answer is the one that any name gets */
    struct list records;                 /* dkim_record_facts, at most 16 */
    struct dkim_record_facts *expected;  /* the key of --dkim-key */
    enum known matches;                  /* a record has the expected key */
};
extern const struct shape dkim_selector_shape;

struct dkim_facts {
    struct dns_question_facts *node;   /* TXT of _domainkey.DOMAIN: is there anything below? (RFC 8020) */
    struct dns_question_facts *random; /* TXT of a selector that nobody published */
    struct list random_records;        /* dkim_record_facts: of a wildcard */
    struct number common;              /* so many common selectors were asked for */
    struct number common_lost;         /* of these, without an answer */
    struct list selectors; /* dkim_selector_facts: the given ones, then the common ones that are there */
};
extern const struct shape dkim_shape;

#endif
