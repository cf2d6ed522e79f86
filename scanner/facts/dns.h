/*
 * dns.h - what can be known of a domain in the DNS: questions and answers, mail exchangers, their addresses
 */
#ifndef OUTPOST_FACTS_DNS_H
#define OUTPOST_FACTS_DNS_H

#include "scanner/facts/fact.h"

/* The four ways a question ends; they are never mixed up. */
enum dns_outcome {
    DNS_NOT_ASKED = 0,
    DNS_DATA,     /* records of the type asked for */
    DNS_NODATA,   /* the name exists, the type does not */
    DNS_NXDOMAIN, /* the name does not exist */
    DNS_FAILURE,  /* SERVFAIL, REFUSED, timeout, malformed, ...: says nothing about the name */
};

extern const char *const dns_outcome_values[];

/* What DNSSEC says of an answer (RFC 4035 4.3), validated here and not by the resolver. */
enum dns_security {
    DNS_SECURITY_NOT_OBSERVED = 0,
    DNS_SECURE,
    DNS_INSECURE,      /* proven to be unsigned */
    DNS_BOGUS,         /* should be signed, and is not as it should */
    DNS_INDETERMINATE, /* nobody can say */
};

extern const char *const dns_security_values[]; /* "secure", ... */

/* One question and what came back. */
struct dns_question_facts {
    const char *name;
    const char *type; /* "MX" */
    enum dns_outcome outcome;
    struct number rcode;      /* as on the wire, when something came back */
    const char *reason;       /* of a failure: "SERVFAIL", "timeout", "malformed answer: ..." */
    enum known authenticated; /* the AD bit of the resolver */
    enum dns_security security;
    const char *security_reason; /* in words; of DNS_SECURE: by SHA-1 alone, by a zone file's keys */
    struct number ttl;           /* seconds, the smallest of the records */
    struct number milliseconds;
    const char *server;  /* who answered: "192.0.2.53:53"; a zone file's name; "override" */
    struct list aliases; /* texts: names of the CNAME chain followed, in order, without `name` itself */
    struct list
        records; /* texts: records of the type asked for, presentation format of the data, at most 64 */
    struct bytes packet; /* the raw answer, at most 4096 bytes */
};
extern const struct shape dns_question_shape;

struct mail_exchanger_facts {
    struct number preference;
    const char *host; /* A-label, no final dot; "." for the null MX (RFC 7505) */
};
extern const struct shape mail_exchanger_shape;

/* One address of a mail host. */
struct host_address_facts {
    const char *address;
    const char *source; /* "dns", "override" (--resolve), "target", "sender" (given on the command line) */
    const char *scope;  /* base/address: "global", "private", ... */
    enum known contacted;
    const char
        *reason; /* why not: "private address", "no IPv6 here", "-4 was given", "more than 8 addresses" */
};
extern const struct shape host_address_shape;

enum host_source {
    HOST_NOT_OBSERVED = 0,
    HOST_MX,
    HOST_IMPLICIT_MX, /* RFC 5321 5.1: no MX record, the domain's own address */
    HOST_OPTION,      /* --host */
    HOST_TARGET,      /* the target itself is a mail host or an address */
};
extern const char *const host_source_values[];

struct mail_host_facts {
    const char *name;    /* A-label, no final dot; for a bare address the address */
    const char *display; /* U-label where it differs from the name */
    enum host_source source;
    enum known asked_for;     /* by name: with --host, or as the target; users type this name */
    struct number preference; /* of an MX */
    enum known valid_name; /* a host name: letters, digits and hyphens (RFC 5321 2.3.5), not an IP literal */
    enum known literal;    /* the name is an IP address */
    struct dns_question_facts *a;
    struct dns_question_facts *aaaa;
    struct list addresses; /* host_address_facts */
};
extern const struct shape mail_host_shape;

/* What the host is an alias of, at the end of the chain; NULL: of nothing. */
const char *mail_host_alias_end(const struct mail_host_facts *host);

struct dns_facts {
    const char *domain;         /* A-label; NULL when the target is a host or an address */
    const char *domain_display; /* U-label where it differs */
    struct dns_question_facts *mx;
    struct list exchangers;       /* mail_exchanger_facts, by preference then name */
    enum known null_mx;           /* an MX "." is among them */
    struct number hosts_left_out; /* exchangers over the cap of 16 */
    struct list hosts;            /* mail_host_facts */
    struct list senders;          /* host_address_facts: --sender; not contacted */
};
extern const struct shape dns_shape;

/* Name of a record type and back: "MX" 15; "TYPE65280" for what has no name. */
const char *dns_type_name(uint16_t type);   /* NULL when it has no name here */
uint16_t dns_type_number(const char *name); /* 0 when unknown */
const char *dns_rcode_name(int64_t rcode);  /* NULL when it has no name */

#endif
