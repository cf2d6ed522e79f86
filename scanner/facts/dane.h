/*
 * dane.h - what can be known of DANE at a port: the TLSA records of a host, and whether what the port shows matches them
 */
#ifndef OUTPOST_FACTS_DANE_H
#define OUTPOST_FACTS_DANE_H

#include "scanner/facts/dns.h"

/* Can a client use the record? */
enum tlsa_use {
    TLSA_USE_NOT_OBSERVED = 0,
    TLSA_USABLE,
    TLSA_SUPERSEDED, /* a stronger digest of the same usage and selector counts instead (RFC 7671 9) */
    TLSA_UNUSABLE,   /* it counts for nothing */
};

struct tlsa_facts {
    struct number usage; /* 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE */
    struct number selector;
    struct number matching; /* type */
    struct bytes data;      /* certificate association data */
    enum tlsa_use use;
    const char *reason; /* why it is not usable */
};
extern const struct shape tlsa_shape;

/* One chain that a port showed, beside the usable records. */
struct dane_match_facts {
    const char *address;
    const char *name;        /* server name that it was shown for; NULL: none was sent */
    const char *leaf_sha256; /* which of the endpoint's certificates */
    const char *key_type;    /* of the leaf */
    enum known matched;
    struct number record; /* the one that matched: its place in `records`, from 0 */
    struct number depth;  /* what it matched: 0 the certificate, 1 its issuer, ... */
    const char *reason;   /* why none did, or why it is not known */
};
extern const struct shape dane_match_shape;

/* The TLSA records for one port of one mail host. */
struct dane_facts {
    const char *host; /* a mail host of `dns` */
    struct number port;
    const char
        *base; /* TLSA base domain (RFC 7671 7): whose records count; the host, or what it is an alias of */
    struct list questions; /* dns_question_facts: one for each base domain, the preferred first */
    struct list records;   /* tlsa_facts, of the base domain, in the order of the answer, at most 64 */
    struct list names; /* texts: what a certificate vouched for by its issuer must be for (RFC 7672 3.2.2) */
    struct list matches; /* dane_match_facts: each chain of each address; none without usable records */
};
extern const struct shape dane_shape;

#endif
