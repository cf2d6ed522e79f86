/*
 * dnssec.c - tests of validation: zones signed in memory, a question, a verdict and a part of its reason
 *
 * What minimal proofs of real servers look like is tested in the lab (tests/lab/dnssec_test.py).
 */
#include "tests/unit/dnssec_bench.h"

#include <criterion/criterion.h>

static const struct row faultless[] = {
    {"www.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"WWW.Example.TEST.", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"example.test", DNS_MX, DNS_SECURE, NULL, NULL, false}, /* a name in capitals in the record */
    {"example.test", DNS_TXT, DNS_SECURE, NULL, NULL, false},
    {"absent.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"x.y.absent.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"b.c.example.test", DNS_A, DNS_SECURE, NULL, NULL, false}, /* an empty non-terminal */
    {"c.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"any.wild.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"two.labels.wild.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"any.wild.example.test", DNS_MX, DNS_SECURE, NULL, NULL, false},
    {"exact.wild.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"x.exact.wild.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"*.wild.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"any.alias.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"here.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"here.example.test", DNS_CNAME, DNS_SECURE, NULL, NULL, false},
    {"here.example.test", DNS_MX, DNS_SECURE, NULL, NULL, false},
    {"www.old.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"absent.old.example.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    {"example.test", DNS_TYPE_DS, DNS_SECURE, NULL, NULL, false},
    {"www.example.test", DNS_TYPE_DS, DNS_SECURE, NULL, NULL, false},
    {"absent.example.test", DNS_TYPE_DS, DNS_SECURE, NULL, NULL, false},
    {"example.test", DNS_TYPE_DNSKEY, DNS_SECURE, NULL, NULL, false},
    {".", DNS_TYPE_DNSKEY, DNS_SECURE, NULL, NULL, false},
    {".", DNS_TYPE_DS, DNS_SECURE, NULL, NULL, false},
    {".", DNS_SOA, DNS_SECURE, NULL, NULL, false},
    {"absent", DNS_A, DNS_SECURE, NULL, NULL, false},
};

Test(dnssec, nsec)
{
    static const struct signed_zone zones[] = {
        {.name = "."}, {.name = "test"}, {.name = "example.test", .records = CONTENT("example.test")}};

    CHECK(zones, faultless);
}

Test(dnssec, nsec3)
{
    static const struct signed_zone zones[] = {
        {.name = ".", .sign = SIGN_NSEC3},
        {.name = "test", .sign = SIGN_NSEC3},
        {.name = "example.test", .records = CONTENT("example.test"), .sign = SIGN_NSEC3, .iterations = 150}};

    CHECK(zones, faultless);
}

/* The root and the domain hold different kinds; the zone between them is not asked for anything else. */
Test(dnssec, algorithms)
{
    static const int algorithms[] = {LDNS_RSASHA256, LDNS_RSASHA512, LDNS_ECDSAP256SHA256,
                                     LDNS_ECDSAP384SHA384, LDNS_ED448};
    static const struct row rows[] = {{"www.test", DNS_A, DNS_SECURE, NULL, NULL, false},
                                      {"absent.test", DNS_A, DNS_SECURE, NULL, NULL, false}};
    static const struct row sha1[] = {{"www.test", DNS_A, DNS_SECURE, "RFC 9905", NULL, false}};

    for (size_t i = 0; i < COUNT(algorithms); i++) {
        const struct signed_zone zones[] = {
            {.name = ".", .algorithm = algorithms[i]},
            {.name = "test", .records = "www.test. A 192.0.2.1\n", .algorithm = algorithms[i]}};

        CHECK(zones, rows);
    }
    const struct signed_zone zones[] = {
        {.name = "."},
        {.name = "test", .records = "www.test. A 192.0.2.1\n", .algorithm = LDNS_RSASHA1, .sign = SIGN_NSEC}};

    CHECK(zones, sha1);
}

/* ---- delegations ---- */

Test(dnssec, delegations)
{
    static const struct signed_zone zones[] = {
        {.name = "."},
        {.name = "test", .records = "secure.test. CNAME www.none.test.\nwww.test. A 192.0.2.1\n"},
        {.name = "none.test",
         .records = "www.none.test. A 192.0.2.1\nback.none.test. CNAME www.test.\n",
         .sign = SIGN_NOT,
         .ds = DS_NONE},
        {.name = "below.none.test",
         .records = "www.below.none.test. A 192.0.2.1\n"}, /* signed, and nobody can know */
        {.name = "signed.test", .records = "www.signed.test. A 192.0.2.1\n", .ds = DS_NONE},
        {.name = "wrong.test", .records = "www.wrong.test. A 192.0.2.1\n", .ds = DS_WRONG},
        {.name = "stale.test", .records = "www.stale.test. A 192.0.2.1\n", .sign = SIGN_NOT, .ds = DS_RIGHT},
        {.name = "sha1.test", .records = "www.sha1.test. A 192.0.2.1\n", .ds = DS_SHA1},
        {.name = "both.test", .records = "www.both.test. A 192.0.2.1\n", .ds = DS_BOTH_DIGESTS_WRONG_256},
        {.name = "unknown.test", .records = "www.unknown.test. A 192.0.2.1\n", .ds = DS_UNSUPPORTED},
    };
    static const struct row rows[] = {
        {"www.none.test", DNS_A, DNS_INSECURE, "zone test delegates none.test without a DS record", NULL,
         false},
        {"absent.none.test", DNS_A, DNS_INSECURE, "without a DS record", NULL, false},
        {"www.below.none.test", DNS_A, DNS_INSECURE, "delegates none.test", NULL, false},
        {"secure.test", DNS_A, DNS_INSECURE, "delegates none.test", NULL, false},
        {"back.none.test", DNS_A, DNS_INSECURE, "delegates none.test", NULL, false},
        {"none.test", DNS_TYPE_DS, DNS_SECURE, NULL, NULL, false},
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w."
         "x.none."
         "test",
         DNS_A, DNS_INSECURE, "delegates none.test", NULL, false},
        {"www.signed.test", DNS_A, DNS_INSECURE, "delegates signed.test", NULL, false},
        {"www.wrong.test", DNS_A, DNS_BOGUS, "no DNSKEY fits its DS records", NULL, false},
        {"www.wrong.test", DNS_A, DNS_BOGUS, "the resolver refuses it too: SERVFAIL", NULL, true},
        {"wrong.test", DNS_TYPE_DS, DNS_SECURE, NULL, NULL, false}, /* signed by the zone above */
        {"www.stale.test", DNS_A, DNS_BOGUS, "has a DS record and no DNSKEY", NULL, false},
        {"www.sha1.test", DNS_A, DNS_SECURE, NULL, NULL, false},
        {"www.both.test", DNS_A, DNS_BOGUS, "no DNSKEY fits", NULL, false}, /* RFC 4509 3 */
        {"www.unknown.test", DNS_A, DNS_INSECURE, "not supported", NULL, false},
    };

    CHECK(zones, rows);
}

Test(dnssec, opt_out)
{
    static const struct signed_zone zones[] = {
        {.name = "."},
        {.name = "test",
         .records = "www.test. A 192.0.2.1\n*.wild.test. A 192.0.2.2\n",
         .sign = SIGN_NSEC3,
         .opt_out = true},
        {.name = "none.test",
         .records = "www.none.test. A 192.0.2.1\n",
         .sign = SIGN_NOT,
         .ds = DS_NONE,
         .unlisted = true},
        {.name = "signed.test", .records = "www.signed.test. A 192.0.2.1\n"},
    };
    static const struct row rows[] = {
        {"www.test", DNS_A, DNS_SECURE, NULL, NULL, false},
        {"www.test", DNS_MX, DNS_SECURE, NULL, NULL, false},
        {"absent.test", DNS_A, DNS_INSECURE, "opt-out", NULL, false},
        {"any.wild.test", DNS_A, DNS_INSECURE, "opt-out", NULL, false},
        {"www.none.test", DNS_A, DNS_INSECURE, "opt-out", NULL, false},
        {"none.test", DNS_TYPE_DS, DNS_INSECURE, "opt-out", NULL, false},
        {"www.signed.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    };

    CHECK(zones, rows);
}

Test(dnssec, iterations)
{
    static const struct signed_zone zones[] = {
        {.name = "."}, {.name = "test", .records = CONTENT("test"), .sign = SIGN_NSEC3, .iterations = 151}};
    static const struct row rows[] = {
        {"www.test", DNS_A, DNS_SECURE, NULL, NULL, false},
        {"absent.test", DNS_A, DNS_INSECURE, "iterations", NULL, false},
        {"www.test", DNS_MX, DNS_INSECURE, "iterations", NULL, false},
        {"any.wild.test", DNS_A, DNS_INSECURE, "iterations", NULL, false},
    };

    CHECK(zones, rows);
}

Test(dnssec, time)
{
    static const struct signed_zone zones[] = {
        {.name = "."},
        {.name = "test"},
        {.name = "expired.test", .records = "www.expired.test. A 192.0.2.1\n", .expiration = WORLD_TIME - 60},
        {.name = "early.test", .records = "www.early.test. A 192.0.2.1\n", .inception = WORLD_TIME + 60},
        {.name = "last.test",
         .records = "www.last.test. A 192.0.2.1\n",
         .inception = WORLD_TIME,
         .expiration = WORLD_TIME},
    };
    static const struct row rows[] = {
        {"www.expired.test", DNS_A, DNS_BOGUS, "expired on 2026-11-22T11:59:00Z", NULL, false},
        {"www.early.test", DNS_A, DNS_BOGUS, "is valid from 2026-11-22T12:01:00Z only", NULL, false},
        {"www.last.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    };

    CHECK(zones, rows);
}
