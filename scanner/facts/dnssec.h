/*
 * dnssec.h - what can be known of DNSSEC: the zones from the root down to the domain and its mail hosts, their
 * keys, and the signatures over what senders look up
 */
#ifndef OUTPOST_FACTS_DNSSEC_H
#define OUTPOST_FACTS_DNSSEC_H

#include "scanner/facts/dns.h"

struct dnssec_ds_facts {
    struct number tag;
    struct number algorithm;
    const char *algorithm_name; /* "ECDSAP256SHA256" */
    struct number digest_type;
    const char *digest_name; /* "SHA-256" */
    const char *digest;      /* hexadecimal */
    enum known matches;      /* a DNSKEY of the zone fits; unknown when those could not be looked up */
};
extern const struct shape dnssec_ds_shape;

struct dnssec_key_facts {
    struct number tag;
    struct number algorithm;
    const char *algorithm_name;
    struct number bits; /* unknown for algorithms that we do not know */
    struct number flags;
    enum known entry_point; /* the SEP flag: a key-signing key */
    enum known revoked;
    enum known signs_keys; /* there is a signature by it over the keys */
    enum known signs_data; /* ... over other records that were seen */
};
extern const struct shape dnssec_key_shape;

/* A signature, RRSIG. */
struct dnssec_signature_facts {
    const char *name; /* of the records it covers */
    const char *type;
    const char *zone; /* whose key signed */
    struct number key_tag;
    struct number algorithm;
    struct number inception;  /* seconds since 1970 */
    struct number expiration; /* the same */
};
extern const struct shape dnssec_signature_shape;

struct dnssec_nsec3_facts {
    struct number iterations;
    const char *salt; /* hexadecimal, "" for none */
};
extern const struct shape dnssec_nsec3_shape;

struct dnssec_zone_facts {
    const char *name;           /* "." for the root */
    enum dns_security security; /* secure: its keys are proven by the chain from the root */
    const char *security_reason;
    struct list ds;                   /* dnssec_ds_facts, as the zone above has them; not of the root */
    struct list keys;                 /* dnssec_key_facts */
    struct list signatures;           /* dnssec_signature_facts: over its keys, and over its DS records */
    struct dnssec_nsec3_facts *nsec3; /* NULL: NSEC, or nobody asked */
};
extern const struct shape dnssec_zone_shape;

/* A name that senders look up: the domain, a mail host. */
struct dnssec_name_facts {
    const char *name;
    struct list zones;               /* texts: the zones from the root to the one the name is in */
    struct dns_question_facts *soa;  /* of the domain */
    struct dns_question_facts *tlsa; /* of a mail host: "_25._tcp." before it */
    struct dns_question_facts *tcp;  /* of a mail host: TLSA of "_tcp." before it, where nothing should be */
    struct list signatures;          /* dnssec_signature_facts, over the records that senders look up */
};
extern const struct shape dnssec_name_shape;

struct dnssec_facts {
    struct dnssec_name_facts *domain; /* NULL: the target is no domain */
    struct list hosts;                /* dnssec_name_facts */
    struct list zones;                /* dnssec_zone_facts: each once, in the order in which they were met */
};
extern const struct shape dnssec_shape;

#endif
