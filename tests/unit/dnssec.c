/*
 * dnssec.c - tests of validation: zones signed in memory, a question, a verdict and a part of its reason
 *
 * What minimal proofs of real servers look like is tested in the lab (tests/lab/dnssec_test.py).
 */
#include "scanner/net/dnssec.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_packet.h"
#include "tests/unit/signed_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct row {
    const char *name;
    uint16_t type;
    enum dns_security security;
    const char *reason; /* a part; NULL: there is none */
    void (*fault)(struct world_answer *answer);
    bool refuse;
};

struct bench {
    struct clock clock;
    struct engine *engine;
    struct arena *arena;
    struct signed_world *world;
    struct resolver *validator;
    const struct row *rows;
    size_t count;
    void (*body)(struct bench *bench);
};

static void ask_rows(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        const struct row *row = &bench->rows[i];
        struct dns_answer *answer;

        signed_world_fault(bench->world, row->fault);
        signed_world_refuse(bench->world, row->refuse);
        int error =
            resolver_ask(bench->validator, row->name, row->type, DEADLINE_NEVER, bench->arena, &answer);

        cr_assert_eq(error, 0, "%s: %d", row->name, error);
        cr_expect_eq(answer->security, row->security, "row %zu, %s type %u: %d and not %d: %s", i, row->name,
                     row->type, answer->security, row->security,
                     answer->security_reason != NULL ? answer->security_reason : "");
        if (row->reason == NULL)
            cr_expect_null(answer->security_reason, "row %zu, %s: %s", i, row->name, answer->security_reason);
        else
            cr_expect(answer->security_reason != NULL && strstr(answer->security_reason, row->reason) != NULL,
                      "row %zu, %s: \"%s\" is not in \"%s\"", i, row->name, row->reason,
                      answer->security_reason != NULL ? answer->security_reason : "");
    }
}

static void run_body(void *argument)
{
    struct bench *bench = argument;

    bench->body(bench);
    dnssec_free(bench->validator);
}

/* With a validator of its own for each call: nothing is known from before. */
static void run(struct bench *bench, const struct signed_zone *zones, size_t count)
{
    struct engine_options options = {.clock = &bench->clock};
    struct dnssec_options validation = {0};
    char file[] = "/tmp/outpost-anchor-XXXXXX";
    const char *why = NULL;

    cr_assert_geq(mkstemp(file), 0);
    bench->clock = clock_virtual(WORLD_TIME);
    bench->arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &bench->engine), 0);
    bench->world = signed_world_new(zones, count);
    signed_world_anchor(bench->world, file);
    validation.trust_anchor = file;
    cr_assert_eq(dnssec_new(bench->engine, signed_world_resolver(bench->world), &validation, bench->arena,
                            &bench->validator, &why),
                 0, "%s", why);
    if (bench->body == NULL)
        bench->body = ask_rows;
    cr_assert_eq(task_spawn(engine_root(bench->engine), run_body, bench, "test"), 0);
    cr_assert_eq(engine_run(bench->engine), 0);
    unlink(file);
    engine_free(bench->engine);
    signed_world_free(bench->world);
    arena_free(bench->arena);
}

static void check(const struct signed_zone *zones, size_t zone_count, const struct row *rows, size_t count)
{
    struct bench bench = {.rows = rows, .count = count};

    run(&bench, zones, zone_count);
}
#define CHECK(zones, rows) check(zones, COUNT(zones), rows, COUNT(rows))

#define CONTENT(zone)                                                                                        \
    "www." zone ". A 192.0.2.1\n" zone ". MX 10 Mail." zone ".\nmail." zone ". A 192.0.2.2\n"                \
    "*.wild." zone ". A 192.0.2.3\nexact.wild." zone ". A 192.0.2.4\na.b.c." zone ". A 192.0.2.5\n"          \
    "*.alias." zone ". CNAME www." zone ".\n"                                                                \
    "here." zone ". CNAME www." zone ".\nold." zone ". DNAME new." zone ".\nwww.new." zone ". A 192.0.2.6\n"

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

/* ---- faults on the way ---- */

static void drop_signatures(struct world_answer *answer)
{
    for (int type = 1; type < 64; type++) {
        world_drop(answer->answer, (ldns_rr_type)type, false, true);
        world_drop(answer->authority, (ldns_rr_type)type, false, true);
    }
}

static void drop_signature_of_a(struct world_answer *answer)
{
    world_drop(answer->answer, LDNS_RR_TYPE_A, false, true);
}

static void drop_denial(struct world_answer *answer)
{
    if (answer->type == DNS_TYPE_DS)
        return;
    world_drop(answer->authority, LDNS_RR_TYPE_NSEC, true, true);
    world_drop(answer->authority, LDNS_RR_TYPE_NSEC3, true, true);
}

static void drop_denial_of_ds(struct world_answer *answer)
{
    if (answer->type != DNS_TYPE_DS)
        return;
    world_drop(answer->authority, LDNS_RR_TYPE_NSEC, true, true);
    world_drop(answer->authority, LDNS_RR_TYPE_NSEC3, true, true);
}

static void drop_ds(struct world_answer *answer)
{
    world_drop(answer->answer, LDNS_RR_TYPE_DS, true, true);
}

static void strip_edns(struct world_answer *answer)
{
    answer->no_opt = true;
    drop_signatures(answer);
}

static void strip_edns_of_a(struct world_answer *answer)
{
    if (answer->type == DNS_A)
        strip_edns(answer);
}

static void change_first(ldns_rr_list *list, ldns_rr_type type)
{
    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        ldns_rr *record = ldns_rr_list_rr(list, i);
        ldns_rdf *field = ldns_rr_rdf(record, ldns_rr_rd_count(record) - 1);

        if (ldns_rr_get_type(record) != type)
            continue;
        ldns_rdf_data(field)[ldns_rdf_size(field) - 1] ^= 1;
        return;
    }
}

static void change_address(struct world_answer *answer)
{
    change_first(answer->answer, LDNS_RR_TYPE_A);
}

static void change_signature(struct world_answer *answer)
{
    if (answer->type == DNS_A)
        change_first(answer->answer, LDNS_RR_TYPE_RRSIG);
}

static void change_key_signature(struct world_answer *answer)
{
    if (answer->type == DNS_TYPE_DNSKEY && strstr(answer->name, "test") != NULL)
        change_first(answer->answer, LDNS_RR_TYPE_RRSIG);
}

static void change_root_signature(struct world_answer *answer)
{
    if (answer->type == DNS_TYPE_DNSKEY && strcmp(answer->name, ".") == 0)
        change_first(answer->answer, LDNS_RR_TYPE_RRSIG);
}

static void deny_name(struct world_answer *answer)
{
    if (answer->type == DNS_MX)
        answer->rcode = LDNS_RCODE_NXDOMAIN;
}

static void admit_name(struct world_answer *answer)
{
    if (answer->type == DNS_A)
        answer->rcode = LDNS_RCODE_NOERROR;
}

static void fail_everything(struct world_answer *answer)
{
    if (answer->type == DNS_A)
        answer->rcode = LDNS_RCODE_SERVFAIL;
}

static void fail_keys(struct world_answer *answer)
{
    if (answer->type == DNS_TYPE_DNSKEY && strcmp(answer->name, ".") != 0)
        answer->rcode = LDNS_RCODE_SERVFAIL;
}

/* Each row begins anew: what was found out under one fault is not known under the next. */
static void check_faults(const struct signed_zone *zones, size_t zone_count, const struct row *rows,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(zones, zone_count, &rows[i], 1);
}

Test(dnssec, faults)
{
    static const struct signed_zone zones[] = {
        {.name = "."},
        {.name = "test", .records = CONTENT("test")},
        {.name = "none.test", .records = "www.none.test. A 192.0.2.1\n", .sign = SIGN_NOT, .ds = DS_NONE}};
    static const struct row rows[] = {
        {"www.test", DNS_A, DNS_BOGUS, "A www.test has no signature of the zone", drop_signature_of_a, false},
        {"www.test", DNS_A, DNS_BOGUS, "does not verify", change_address, false},
        {"www.test", DNS_A, DNS_BOGUS, "does not verify", change_signature, false},
        {"here.test", DNS_A, DNS_BOGUS, "does not verify", change_address, false},
        {"any.wild.test", DNS_A, DNS_BOGUS, "from a wildcard, and no proof", drop_denial, false},
        {"www.old.test", DNS_A, DNS_BOGUS, "no signature", drop_signature_of_a, false},
        {"absent.test", DNS_A, DNS_BOGUS, "no proof that absent.test does not exist", drop_denial, false},
        {"www.test", DNS_MX, DNS_BOGUS, "no proof that www.test has no record of type MX", drop_denial,
         false},
        {"www.test", DNS_MX, DNS_BOGUS, "no proof that www.test does not exist", deny_name, false},
        {"b.c.test", DNS_MX, DNS_BOGUS, "no proof that b.c.test does not exist", deny_name, false},
        {"absent.test", DNS_A, DNS_BOGUS, "no proof that absent.test has no record", admit_name, false},
        {"www.none.test", DNS_A, DNS_BOGUS, "no proof that none.test has no DS record", drop_denial_of_ds,
         false},
        {"www.test", DNS_A, DNS_BOGUS, "no proof that test has no DS record", drop_ds, false},
        {"www.test", DNS_A, DNS_BOGUS, "DNSKEY test", change_key_signature, false},
        {"www.test", DNS_A, DNS_INDETERMINATE, "the root does not validate here", change_root_signature,
         false},
        {"www.test", DNS_A, DNS_BOGUS, "the resolver refuses this answer", change_root_signature, true},
        {"www.test", DNS_A, DNS_INDETERMINATE, "does not pass DNSSEC records on", drop_signatures, false},
        {"www.none.test", DNS_A, DNS_INDETERMINATE, "does not pass DNSSEC records on", drop_signatures,
         false},
        {"www.test", DNS_A, DNS_INDETERMINATE, "does not pass DNSSEC records on", strip_edns, false},
        {"www.test", DNS_A, DNS_INDETERMINATE, "does not pass DNSSEC records on", strip_edns_of_a, false},
        {"www.test", DNS_A, DNS_BOGUS, "the resolver refuses this answer: SERVFAIL", strip_edns_of_a, true},
        {"www.test", DNS_A, DNS_INDETERMINATE, "with validation at the resolver or without: SERVFAIL",
         fail_everything, true},
        {"www.test", DNS_A, DNS_INDETERMINATE, "DNSKEY of test could not be looked up: SERVFAIL", fail_keys,
         false},
    };

    check_faults(zones, COUNT(zones), rows, COUNT(rows));
}

Test(dnssec, faults_nsec3)
{
    static const struct signed_zone zones[] = {
        {.name = "."},
        {.name = "test", .records = CONTENT("test"), .sign = SIGN_NSEC3},
        {.name = "none.test", .records = "www.none.test. A 192.0.2.1\n", .sign = SIGN_NOT, .ds = DS_NONE}};
    static const struct row rows[] = {
        {"any.wild.test", DNS_A, DNS_BOGUS, "from a wildcard, and no proof", drop_denial, false},
        {"absent.test", DNS_A, DNS_BOGUS, "no proof that absent.test does not exist", drop_denial, false},
        {"www.test", DNS_MX, DNS_BOGUS, "no proof that www.test has no record of type MX", drop_denial,
         false},
        {"www.test", DNS_MX, DNS_BOGUS, "no proof that www.test does not exist", deny_name, false},
        {"b.c.test", DNS_MX, DNS_BOGUS, "no proof that b.c.test does not exist", deny_name, false},
        {"absent.test", DNS_A, DNS_BOGUS, "no proof that absent.test has no record", admit_name, false},
        {"www.none.test", DNS_A, DNS_BOGUS, "no proof that none.test has no DS record", drop_denial_of_ds,
         false},
    };

    check_faults(zones, COUNT(zones), rows, COUNT(rows));
}
