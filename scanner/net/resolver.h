/*
 * resolver.h - the interface through which everybody asks the DNS
 *
 * Evaluators and probes see only this; behind it stand c-ares (dns.h), a zone file, or a table in a test.
 */
#ifndef OUTPOST_NET_RESOLVER_H
#define OUTPOST_NET_RESOLVER_H

#include "scanner/base/address.h"
#include "scanner/facts/dns.h"

struct arena;

struct dns_record {
    const char *name; /* owner, lower case, no final dot; escaped as in zone files; "." for the root */
    uint16_t type;
    uint32_t ttl;
    struct bytes data; /* RDATA with names decompressed */
    /* RDATA as a zone file writes it, names without final dot (root: "."), cleaned; NULL: none of those that answer */
    const char *text;
};

struct dns_answer {
    const char *name; /* as asked */
    uint16_t type;
    enum dns_outcome outcome; /* of the whole chain: an alias that leads nowhere is NXDOMAIN or NODATA */
    struct number rcode;
    const char *reason;           /* of a failure */
    struct number extended_error; /* RFC 8914, of any answer that has one */
    bool authenticated;           /* AD */
    bool authoritative;           /* AA: of interest when one given server was asked (dns_direct.h) */
    bool truncated;               /* TC: the server has more to say over TCP; the outcome is a failure */
    enum dns_security security;   /* not observed, unless a validator stands in between (dnssec.h) */
    const char *security_reason;  /* of all but DNS_SECURE; of that: SHA-1 alone, keys of a zone file */
    bool truncated_retry;         /* UDP was truncated and TCP was used */
    bool edns_stripped;           /* no OPT came back though we sent one: there can be no DNSSEC records */
    uint32_t ttl;                 /* smallest of `records` */
    struct list aliases;          /* texts: the CNAME chain without `name` */
    struct list records;          /* dns_record: of the type asked for, at the end of the chain */
    struct list authority;        /* dns_record: all of that section */
    struct list answer;           /* dns_record: all of that section, RRSIGs too */
    struct bytes packet;          /* as received */
    int64_t milliseconds;
    const char *server;
};

struct dns_zone_cut {
    const char *name;
    enum dns_security security; /* DNS_SECURE: its keys are proven */
    const char *reason;         /* of all but that */
};

struct resolver {
    /*
     * Asks for `name` (A-label or escaped text, final dot optional) and `type`, class IN. The answer,
     * whatever its outcome, is a new object in `arena`. 0; -ECANCELED; -ENOMEM; -EINVAL (not a domain name).
     * Timeouts and malformed answers are outcomes (DNS_FAILURE), not errors. Called on a task.
     */
    int (*ask)(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
               struct arena *arena, struct dns_answer **ret);
    /* The same with CD set (RFC 4035 3.2.2): a resolver that validates hands over what it would refuse. */
    int (*ask_unchecked)(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                         struct arena *arena, struct dns_answer **ret);
    /* The zones from the root down to the one that `name` is in, the last of them without proven keys: a
     * dns_zone_cut for each. NULL: nobody validates here. Errors as of ask. */
    int (*zones)(struct resolver *resolver, const char *name, int64_t deadline, struct arena *arena,
                 struct list *ret);
    /* In words, for the report: "192.0.2.53:53 (from /etc/resolv.conf)". */
    const char *description;
};

static inline int resolver_ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                               struct arena *arena, struct dns_answer **ret)
{
    return resolver->ask(resolver, name, type, deadline, arena, ret);
}

static inline int resolver_ask_unchecked(struct resolver *resolver, const char *name, uint16_t type,
                                         int64_t deadline, struct arena *arena, struct dns_answer **ret)
{
    return resolver->ask_unchecked(resolver, name, type, deadline, arena, ret);
}

/* RDATA of one record. Each fails with -EBADMSG when the data is not what the type says. Texts are in
 * `arena`. */
int dns_record_address(const struct dns_record *record, struct address *ret); /* A, AAAA */
int dns_record_mx(const struct dns_record *record, struct arena *arena, uint16_t *ret_preference,
                  const char **ret_host);
int dns_record_name(const struct dns_record *record, struct arena *arena,
                    const char **ret); /* PTR, CNAME, NS */
/* SRV (RFC 2782); the target "." says that the service is not offered. */
struct dns_srv {
    uint16_t priority, weight, port;
    const char *target; /* lower case, no final dot */
};
int dns_record_srv(const struct dns_record *record, struct arena *arena, struct dns_srv *ret);
/* The strings of a TXT record joined (RFC 7208 3.3); may hold any byte. */
int dns_record_txt(const struct dns_record *record, struct arena *arena, struct bytes *ret);

/* The answer as facts (texts, capped). */
struct dns_question_facts *dns_answer_facts(const struct dns_answer *answer, struct arena *arena);

enum {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_SRV = 33,
    DNS_TLSA = 52
};

#endif
