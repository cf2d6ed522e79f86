/*
 * dnssec_faults.c - tests of validation when something is done to the answers on the way; what it costs, who waits
 * for whom; trust anchors
 */
#include "tests/unit/dnssec_bench.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
        bench_check(zones, zone_count, &rows[i], 1);
}

Test(dnssec_faults, faults)
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
        {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w."
         "x.test",
         DNS_A, DNS_BOGUS, "no proof that a.b.c", drop_denial, false},
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

Test(dnssec_faults, faults_nsec3)
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

/* ---- what it costs ---- */

/* Ahead of the good signature, more bad ones by the same key than anybody should try. */
static void flood(struct world_answer *answer)
{
    ldns_rr *good = NULL;

    for (size_t i = 0; i < ldns_rr_list_rr_count(answer->answer); i++)
        if (ldns_rr_get_type(ldns_rr_list_rr(answer->answer, i)) == LDNS_RR_TYPE_RRSIG)
            good = ldns_rr_list_rr(answer->answer, i);
    if (answer->type != DNS_A || good == NULL)
        return;
    for (int i = 0; i < 500; i++) {
        ldns_rr *bad = ldns_rr_clone(good);
        ldns_rdf *field = ldns_rr_rdf(bad, ldns_rr_rd_count(bad) - 1);

        ldns_rdf_data(field)[0] = (uint8_t)(ldns_rdf_data(field)[0] + 1 + i % 255);
        ldns_rdf_data(field)[1] = (uint8_t)(i / 255);
        ldns_rr_list_push_rr(answer->answer, bad);
    }
    for (size_t i = 0; i < ldns_rr_list_rr_count(answer->answer); i++)
        if (ldns_rr_list_rr(answer->answer, i) == good) {
            ldns_rr_list_set_rr(answer->answer,
                                ldns_rr_list_rr(answer->answer, ldns_rr_list_rr_count(answer->answer) - 1),
                                i);
            ldns_rr_list_set_rr(answer->answer, good, ldns_rr_list_rr_count(answer->answer) - 1);
            return;
        }
}

Test(dnssec_faults, flood_of_signatures)
{
    static const struct signed_zone zones[] = {{.name = "."}, {.name = "test", .records = CONTENT("test")}};
    static const struct row rows[] = {{"www.test", DNS_A, DNS_BOGUS, "does not verify", flood, false}};

    CHECK(zones, rows);
}

static const struct signed_zone two_zones[] = {{.name = "."}, {.name = "test", .records = CONTENT("test")}};

static struct dns_answer *ask_within(struct bench *bench, const char *name, int64_t ms)
{
    struct dns_answer *answer = NULL;

    cr_assert_eq(resolver_ask(bench->validator, name, DNS_A, deadline_in(bench->engine, ms, DEADLINE_NEVER),
                              bench->arena, &answer),
                 0);
    return answer;
}

/* The keys of a zone are found once. */
static void ask_twice(struct bench *bench)
{
    cr_expect_eq(ask_within(bench, "www.test", 1000)->security, DNS_SECURE);
    cr_expect_eq(signed_world_questions(bench->world), 4, "DNSKEY, DS, DNSKEY and A, but %zu",
                 signed_world_questions(bench->world));
    cr_expect_eq(ask_within(bench, "mail.test", 1000)->security, DNS_SECURE);
    cr_expect_eq(signed_world_questions(bench->world), 5);
}

Test(dnssec_faults, zones_are_kept)
{
    struct bench bench = {.body = ask_twice};

    bench_run(&bench, two_zones, COUNT(two_zones));
}

/* Each answer takes 100 ms: the first asker has no time for the keys, the second finds them. */
static void ask_in_haste(struct bench *bench)
{
    const struct dns_answer *answer;

    signed_world_delay(bench->world, bench->engine, 100);
    answer = ask_within(bench, "www.test", 150);
    cr_expect_eq(answer->security, DNS_INDETERMINATE);
    cr_expect_str_eq(answer->security_reason, "timeout while the keys of . were looked up");
    cr_expect_eq(ask_within(bench, "mail.test", 10000)->security, DNS_SECURE);
    cr_expect_eq(signed_world_questions(bench->world), 6,
                 "A, what the resolver says of it, A and the keys once: %zu",
                 signed_world_questions(bench->world));
}

Test(dnssec_faults, an_asker_without_time_fails_nobody_else)
{
    struct bench bench = {.body = ask_in_haste};

    bench_run(&bench, two_zones, COUNT(two_zones));
}

struct asking {
    struct bench *bench;
    const char *name;
    enum dns_security security;
};

static void asking_run(void *argument)
{
    struct asking *asking = argument;

    asking->security = ask_within(asking->bench, asking->name, 10000)->security;
}

static void canceled_run(void *argument)
{
    struct asking *asking = argument;
    struct dns_answer *answer;

    cr_expect_eq(resolver_ask(asking->bench->validator, asking->name, DNS_A, DEADLINE_NEVER,
                              asking->bench->arena, &answer),
                 -ECANCELED);
}

static void ask_side_by_side(struct bench *bench)
{
    struct asking askings[] = {{bench, "www.test", 0}, {bench, "mail.test", 0}, {bench, "absent.test", 0}};
    struct task_group *group;

    signed_world_delay(bench->world, bench->engine, 100);
    cr_assert_eq(task_group_new(engine_root(bench->engine), "askers", &group), 0);
    for (size_t i = 0; i < COUNT(askings); i++)
        cr_assert_eq(task_spawn(group, asking_run, &askings[i], "asker"), 0);
    cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    for (size_t i = 0; i < COUNT(askings); i++)
        cr_expect_eq(askings[i].security, DNS_SECURE, "%s", askings[i].name);
    cr_expect_eq(signed_world_questions(bench->world), 6, "3 answers and the keys once: %zu",
                 signed_world_questions(bench->world));
}

Test(dnssec_faults, who_asks_for_the_same_keys_joins)
{
    struct bench bench = {.body = ask_side_by_side};

    bench_run(&bench, two_zones, COUNT(two_zones));
}

/* What the walk will want is on its way before the answer comes. */
static void ask_ahead(struct bench *bench)
{
    struct asking asking = {bench, "www.test", 0};
    struct task_group *group;

    signed_world_delay(bench->world, bench->engine, 100);
    cr_assert_eq(task_group_new(engine_root(bench->engine), "asker", &group), 0);
    cr_assert_eq(task_spawn(group, asking_run, &asking, "asker"), 0);
    cr_assert_eq(task_sleep(bench->engine, 50, "questions on their way"), 0);
    cr_expect_eq(signed_world_questions(bench->world), 6, "A, DNSKEY, DS and DNSKEY of two names: %zu",
                 signed_world_questions(bench->world));
    cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    cr_expect_eq(asking.security, DNS_SECURE);
}

Test(dnssec_faults, keys_are_asked_for_ahead)
{
    struct bench bench = {.body = ask_ahead, .ahead = true};

    bench_run(&bench, two_zones, COUNT(two_zones));
}

static void ask_for_no_name(struct bench *bench)
{
    struct dns_answer *answer;

    cr_expect_eq(resolver_ask(bench->validator, "not..a name", DNS_A, DEADLINE_NEVER, bench->arena, &answer),
                 -EINVAL);
}

Test(dnssec_faults, no_name)
{
    struct bench bench = {.body = ask_for_no_name};

    bench_run(&bench, two_zones, COUNT(two_zones));
}

/* An asker that is cancelled while the keys are looked up: the search goes on for the others. */
static void cancel_an_asker(struct bench *bench)
{
    struct asking asking = {bench, "www.test", 0};
    struct task_group *group;

    signed_world_delay(bench->world, bench->engine, 100);
    cr_assert_eq(task_group_new(engine_root(bench->engine), "askers", &group), 0);
    cr_assert_eq(task_spawn(group, canceled_run, &asking, "asker"), 0);
    cr_assert_eq(task_sleep(bench->engine, 150, "the asker to wait for keys"), 0);
    task_group_end(group);
    cr_expect_eq(ask_within(bench, "mail.test", 10000)->security, DNS_SECURE);
    cr_expect_eq(signed_world_questions(bench->world), 5);
}

Test(dnssec_faults, a_canceled_asker_fails_nobody_else)
{
    struct bench bench = {.body = cancel_an_asker};

    bench_run(&bench, two_zones, COUNT(two_zones));
}

static void list_zones(struct bench *bench)
{
    struct list cuts;
    const struct dns_zone_cut *last;

    cr_assert_eq(
        bench->validator->zones(bench->validator, "www.none.test", DEADLINE_NEVER, bench->arena, &cuts), 0);
    cr_assert_eq(cuts.count, 3);
    cr_expect_str_eq(((const struct dns_zone_cut *)cuts.items[0])->name, ".");
    cr_expect_str_eq(((const struct dns_zone_cut *)cuts.items[1])->name, "test");
    last = cuts.items[2];
    cr_expect_str_eq(last->name, "none.test");
    cr_expect_eq(last->security, DNS_INSECURE);
    cr_expect_not_null(last->reason);
    cr_assert_eq(bench->validator->zones(bench->validator, "a.b.c.test", DEADLINE_NEVER, bench->arena, &cuts),
                 0);
    cr_expect_eq(cuts.count, 2);
}

Test(dnssec_faults, zones)
{
    static const struct signed_zone zones[] = {{.name = "."},
                                               {.name = "test", .records = CONTENT("test")},
                                               {.name = "none.test", .sign = SIGN_NOT, .ds = DS_NONE}};
    struct bench bench = {.body = list_zones};

    bench_run(&bench, zones, COUNT(zones));
}

/* ---- the trust anchor ---- */

Test(dnssec_faults, anchors)
{
    static const struct {
        const char *text;
        int error;
        const char *why;
    } rows[] = {
        {". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n", 0, NULL},
        {"; a comment\n\n$TTL 3600\n. 86400 IN DNSKEY 257 3 15 (\n  "
         "l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4= ) ; root\n",
         0, NULL},
        {"example.org. IN DS 1 8 2 00\n", -EINVAL, "has no DS or DNSKEY record of the root"},
        {"", -EINVAL, "has no DS or DNSKEY record of the root"},
        {"<TrustAnchor/>\n", -EINVAL, "line 1"},
    };
    struct signed_world *world = signed_world_new(two_zones, 1);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct engine *engine;
        struct resolver *validator;
        char file[] = "/tmp/outpost-anchor-XXXXXX";
        struct dnssec_options options = {.trust_anchor = file};
        const char *why = NULL;
        FILE *to = fdopen(mkstemp(file), "w");

        cr_assert_not_null(to);
        fputs(rows[i].text, to);
        fclose(to);
        cr_assert_eq(engine_new(&(struct engine_options){0}, &engine), 0);
        cr_expect_eq(dnssec_new(engine, signed_world_resolver(world), &options, arena, &validator, &why),
                     rows[i].error, "row %zu", i);
        if (rows[i].error == 0)
            dnssec_free(validator);
        else
            cr_expect_not_null(strstr(why, rows[i].why), "row %zu: %s", i, why);
        engine_free(engine);
        unlink(file);
        arena_free(arena);
    }
    signed_world_free(world);
}

/* A signature that did verify is known for the run; over other data it is another one. */
Test(dnssec_faults, a_signature_that_is_known)
{
    static const struct signed_zone zones[] = {{.name = "."},
                                               {.name = "test", .records = "www.test. A 192.0.2.1\n"}};
    static const struct row rows[] = {
        {"www.test", DNS_A, DNS_SECURE, NULL, NULL, false},
        {"www.test", DNS_A, DNS_SECURE, NULL, NULL, false},
        {"www.test", DNS_A, DNS_BOGUS, "does not verify", change_address, false},
        {"www.test", DNS_A, DNS_BOGUS, "has no signature", drop_signature_of_a, false},
        {"www.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    };

    CHECK(zones, rows);
}
