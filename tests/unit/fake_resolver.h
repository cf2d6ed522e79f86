/*
 * fake_resolver.h - a resolver that answers from a table, for tests of probes and evaluators
 *
 *      static const struct fake_answer table[] = {
 *          {"example.org", "MX", .records = {"10 mail.example.org", "20 backup.example.org"}},
 *          {"mail.example.org", "A", .records = {"192.0.2.1"}},
 *          {"www.example.org", "CNAME", .records = {"mail.example.org"}},
 *          {"broken.example.org", "MX", .outcome = DNS_FAILURE, .reason = "SERVFAIL"},
 *          {"slow.example.org", "A", .records = {"192.0.2.2"}, .delay_ms = 5000},
 *      };
 *      struct fake_resolver *fake = fake_resolver_new(NULL, table, sizeof(table) / sizeof(table[0]));
 *      resolver_ask(fake_resolver(fake), "example.org", DNS_MX, DEADLINE_NEVER, arena, &answer);
 *
 * A name that is not in the table, and has nothing below it there, is NXDOMAIN; any other type of a name that
 * is there is NODATA. Aliases are followed. Records are written as in a zone file: A AAAA NS CNAME PTR MX TXT
 * SOA SRV TLSA CAA, and everything else as RFC 3597 writes it ("\# 2 abcd").
 */
#ifndef OUTPOST_TESTS_FAKE_RESOLVER_H
#define OUTPOST_TESTS_FAKE_RESOLVER_H

#include "scanner/net/resolver.h"

struct engine;
struct fake_resolver;

enum { FAKE_RECORDS_MAX = 24 };

struct fake_answer {
    const char *name;
    const char *type;
    const char *records[FAKE_RECORDS_MAX];
    enum dns_outcome outcome; /* 0: DNS_DATA when there are records, else DNS_NODATA */
    const char *reason;       /* of a failure; NULL: "SERVFAIL" */
    uint32_t ttl;             /* 0: 3600 */
    bool authenticated;
    enum dns_security security; /* what a validator would say */
    int64_t delay_ms;           /* the answer takes so long; needs an engine and a task */
};

/* The table outlives the resolver. `engine` may be NULL when no answer has a delay. Aborts the test when a
 * record of the table cannot be read. */
struct fake_resolver *fake_resolver_new(struct engine *engine, const struct fake_answer *table, size_t count);
void fake_resolver_free(struct fake_resolver *fake);
struct resolver *fake_resolver(struct fake_resolver *fake);
/* What was asked, in order: texts "MX example.org" (lower case, no final dot; one per call of ask). */
const struct list *fake_resolver_questions(const struct fake_resolver *fake);

/* RDATA of one record from its text; 0 or -EINVAL. */
int fake_record_data(const char *type, const char *text, struct buffer *out);

#endif
