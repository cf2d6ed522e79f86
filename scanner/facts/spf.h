/*
 * spf.h - what can be known of who may send mail for a domain (RFC 7208): its record, the records that it leads to,
 * and what receivers make of them for an address
 *
 * The records are a flat list, each name once; a term names the record that it leads to. What a record costs is what
 * an evaluation costs that never matches, whoever the client is.
 */
#ifndef OUTPOST_FACTS_SPF_H
#define OUTPOST_FACTS_SPF_H

#include "scanner/facts/dns.h"

enum spf_kind {
    SPF_KIND_NOT_OBSERVED = 0, /* it cannot be read */
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT,
    SPF_EXP,
    SPF_UNKNOWN_MODIFIER, /* to be ignored (RFC 7208 6) */
};
extern const char *const spf_kind_values[];

enum spf_result {
    SPF_NOT_OBSERVED = 0,
    SPF_NONE,
    SPF_NEUTRAL,
    SPF_PASS,
    SPF_FAIL,
    SPF_SOFTFAIL,
    SPF_TEMPERROR,
    SPF_PERMERROR,
};
extern const char *const spf_result_values[];

struct spf_term_facts {
    const char *text; /* as it stands in the record */
    enum spf_kind kind;
    const char *qualifier;   /* of a mechanism: "+" (also when it is left out), "-", "~", "?" */
    const char *fault;       /* what breaks the grammar, in words */
    struct number position;  /* of the fault: bytes from the start of the record */
    enum known used;         /* no: it stands behind "all", or is a redirect beside "all" */
    const char *target;      /* the name it asks for, macros expanded for a sample */
    enum known depends;      /* that name is another for each sender or client */
    struct number lookups;   /* 1: it is one of the ten terms with lookups */
    struct number void_ipv4; /* 1: nothing is found for a client with an IPv4 address; 0 */
    struct number void_ipv6;
    struct number
        total_lookups; /* with those of the record it leads to; null: there is no end, or it is not known */
    struct list networks; /* texts: what it names, "192.0.2.0/24" */
    struct number networks_left_out;
    struct number names; /* of mx: how many hosts */
    const char *answer;  /* when the DNS had none: "NXDOMAIN", "no A record", "SERVFAIL" */
    enum known lost;     /* the DNS gave no answer: nothing is known of it */
};
extern const struct shape spf_term_shape;

struct spf_record_facts {
    const char *domain;
    struct dns_question_facts *question; /* TXT */
    struct number count;                 /* records that begin with "v=spf1" */
    struct list texts;                   /* these; what resembles one when there is none */
    struct number size;                  /* bytes of the record, when there is one */
    struct list terms;                   /* spf_term_facts, when there is one */
    const char *fault;                   /* of the first term that has one */
    enum known loop;                     /* it leads back to itself */
    struct number lookups;               /* of an evaluation without a match, with the records it leads to */
    struct number void_ipv4;             /* terms that find nothing, the same way, for an IPv4 client */
    struct number void_ipv6;
};
extern const struct shape spf_record_shape;

/* What check_host() says (RFC 7208 4). */
struct spf_result_facts {
    const char *identity; /* "mailfrom", "helo" */
    const char *domain;   /* of the identity */
    const char *address;
    enum spf_result result;
    const char *record;      /* the domain in whose record the decision fell */
    const char *term;        /* that matched, or failed; null: none did */
    const char *network;     /* that the address is in, when it was one: "192.0.2.0/24" */
    const char *reason;      /* of an error, in words */
    const char *explanation; /* what the domain has to say to who fails */
    struct number lookups;
    struct number void_lookups;
};
extern const struct shape spf_result_shape;

/* A name that a server gives itself, as a domain with SPF. */
struct spf_helo_facts {
    const char *name;
    struct dns_question_facts *question; /* TXT */
    struct list texts;                   /* records that begin with "v=spf1" */
    struct list results;                 /* spf_result_facts, for each address that the name is given by */
};
extern const struct shape spf_helo_shape;

struct spf_facts {
    struct list records; /* spf_record_facts, that of the domain first */
    enum known complete; /* every record and name that counts was looked up */
    const char *incomplete_reason;
    struct number addresses; /* IPv4 addresses that get a pass; those of ptr and exists do not count */
    enum known everybody;    /* "+all": a pass for all that is left */
    struct dns_question_facts *type_99; /* the record type SPF, which nobody reads any more (RFC 7208 3.1) */
    struct list results;                /* spf_result_facts: MX addresses, then --sender */
    struct list helo;                   /* spf_helo_facts */
};
extern const struct shape spf_shape;

#endif
