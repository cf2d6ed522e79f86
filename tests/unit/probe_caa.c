/*
 * probe_caa.c - tests of the climb for CAA records: answers of a table in, facts as a text out; and the
 * published test suite, judged
 */
#include "probes/probe.h"

#include "reports/issuers.h"
#include "scanner/base/arena.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    const char *hosts[3];
    struct fake_answer table[8];
    const char *expected;
};

static const struct row rows[] = {
    {{"mx.example.org"},
     {{"mx.example.org", "CAA", .records = {"0 issue \"ca.example\""}}},
     "mx.example.org: 1 asked, at mx.example.org, issue=ca.example;"
     "example.org: 2 asked, at the top;"}, /* for *.example.org */
    {{"a.b.example.org"},
     {{"a.b.example.org", "A", .records = {"11.0.0.1"}},
      {"example.org", "CAA", .records = {"0 issue \";\"", "0 iodef \"mailto:x@example.org\""}}},
     "a.b.example.org: 3 asked, at example.org, issue=- iodef=-;"},
    {{"mx.example.org"}, {{"other", "A", .records = {"11.0.0.1"}}}, "mx.example.org: 3 asked, at the top;"},
    {{"org"}, {{"other", "A", .records = {"11.0.0.1"}}}, "org: 1 asked, at the top;"},
    /* an alias is followed by whoever answers; the parents of its target do not count */
    {{"alias.example.org"},
     {{"alias.example.org", "CNAME", .records = {"mx.provider.test"}},
      {"mx.provider.test", "CAA", .records = {"0 issue \"ca.example\""}}},
     "alias.example.org: 1 asked, at alias.example.org, issue=ca.example;"
     "example.org: 2 asked, at the top;"},
    {{"alias.example.org"},
     {{"alias.example.org", "CNAME", .records = {"mx.provider.test"}},
      {"mx.provider.test", "A", .records = {"11.0.0.1"}},
      {"provider.test", "CAA", .records = {"0 issue \"not-this.example\""}},
      {"example.org", "CAA", .records = {"0 issue \"ca.example\""}}},
     "alias.example.org: 2 asked, at example.org, issue=ca.example;"},
    /* a failure stops it, whatever there is above */
    {{"mx.example.org"},
     {{"mx.example.org", "CAA", .outcome = DNS_FAILURE},
      {"example.org", "CAA", .records = {"0 issue \"ca.example\""}}},
     "mx.example.org: 1 asked, failed;"},
    {{"mx.example.org"},
     {{"example.org", "CAA", .outcome = DNS_FAILURE, .reason = "timeout"}},
     "mx.example.org: 2 asked, failed;"},
    /* several hosts, each once */
    {{"mx.example.org", "MX.example.org.", "mx.example.net"},
     {{"example.org", "CAA", .records = {"0 issue \"ca.example\""}}},
     "mx.example.org: 2 asked, at example.org, issue=ca.example;mx.example.net: 3 asked, at the top;"},
    /* what decides comes first */
    {{"example.org"},
     {{"example.org", "CAA",
       .records = {"0 iodef \"mailto:x@example.org\"", "0 issue \"ca.example\"", "128 tbs \"x\""}}},
     "example.org: 1 asked, at example.org, issue=ca.example tbs=- iodef=-;org: 1 asked, at the top;"},
};

struct run {
    struct network network;
    struct arena *arena;
    struct dns_facts dns;
    struct list facts;         /* caa_facts */
    struct resolver *resolver; /* instead of the table; or NULL */
    int result;
};

static void run_probe(void *argument)
{
    struct run *run = argument;

    if (run->resolver != NULL)
        run->network.resolver = run->resolver;
    run->result = caa_probe(&run->network, &run->dns, 60000, run->arena, &run->facts);
}

static void add_host(struct run *run, const char *name)
{
    struct mail_host_facts *host = list_new_item(&run->dns.hosts, run->arena, sizeof *host);

    cr_assert_not_null(host);
    host->name = name;
}

static void put_facts(struct buffer *out, const struct caa_facts *facts)
{
    put_format(out, "%s: %zu asked, ", facts->name, facts->questions.count);
    if (facts->ended != YES)
        put_text(out, facts->ended == NO ? "failed" : "not ended");
    else
        put_format(out, "at %s", facts->found_at != NULL ? facts->found_at : "the top");
    for (size_t i = 0; i < facts->properties.count; i++) {
        const struct caa_property_facts *property = facts->properties.items[i];

        put_format(out, "%s %s=%s", i == 0 ? "," : "", property->tag,
                   property->issuer != NULL ? property->issuer : "-");
    }
    cr_expect_eq(facts->properties.observed, facts->ended == YES);
    put_text(out, ";");
}

Test(probe_caa, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run run = {.arena = arena_new(0)};
        struct buffer text = {0};
        size_t count = probe_stage_answers(rows[i].table, 8);

        for (size_t j = 0; j < 3 && rows[i].hosts[j] != NULL; j++)
            add_host(&run, rows[i].hosts[j]);
        (void)probe_stage_run(&run.network, rows[i].table, count, run_probe, &run, 0);
        cr_assert_eq(run.result, 0);
        for (size_t j = 0; j < run.facts.count; j++)
            put_facts(&text, run.facts.items[j]);
        put_u8(&text, '\0');
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        buffer_free(&text);
        arena_free(run.arena);
    }
}

/* An address has no name to climb from. */
Test(probe_caa, literal)
{
    struct run run = {.arena = arena_new(0)};

    add_host(&run, "11.10.1.25");
    ((struct mail_host_facts *)run.dns.hosts.items[0])->literal = YES;
    (void)probe_stage_run(&run.network, NULL, 0, run_probe, &run, 0);
    cr_expect_eq(run.result, 0);
    cr_expect(run.facts.observed && run.facts.count == 0);
    arena_free(run.arena);
}

/* ---- answers that a zone cannot give ---- */

static int ask_bogus(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                     struct arena *arena, struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof *answer);

    (void)resolver;
    (void)deadline;
    answer->name = name;
    answer->type = type;
    answer->outcome = DNS_NODATA;
    answer->security = DNS_BOGUS;
    answer->security_reason = "signature expired";
    *ret = answer;
    return 0;
}

Test(probe_caa, bogus)
{
    struct resolver resolver = {.ask = ask_bogus};
    struct run run = {.arena = arena_new(0), .resolver = &resolver};
    const struct caa_facts *facts;

    add_host(&run, "mx.example.org");
    (void)probe_stage_run(&run.network, NULL, 0, run_probe, &run, 0);
    cr_assert_eq(run.result, 0);
    facts = run.facts.items[0];
    cr_expect_eq(facts->ended, NO);
    cr_expect_eq(facts->questions.count, 1);
    arena_free(run.arena);
}

/* 1000 records that mean nothing, and the last that decides. */
static int ask_many(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                    struct arena *arena, struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof *answer);

    (void)resolver;
    (void)deadline;
    answer->name = name;
    answer->type = type;
    answer->outcome = DNS_DATA;
    for (int i = 0; i <= 1000; i++) {
        struct dns_record *record = list_new_item(&answer->records, arena, sizeof *record);

        record->text = i < 1000 ? "0 t \"test\"" : "0 issue \"ca.example\"";
        record->data = i < 1000 ? bytes_of("\0\1ttest", 7) : bytes_of("\0\5issueca.example", 17);
    }
    *ret = answer;
    return 0;
}

Test(probe_caa, many_records)
{
    struct resolver resolver = {.ask = ask_many};
    struct run run = {.arena = arena_new(0), .resolver = &resolver};
    const struct caa_facts *facts;
    const struct caa_property_facts *first;

    add_host(&run, "example.org");
    (void)probe_stage_run(&run.network, NULL, 0, run_probe, &run, 0);
    cr_assert_eq(run.result, 0);
    facts = run.facts.items[0];
    first = facts->properties.items[0];
    cr_expect_eq(facts->properties.count, 256);
    cr_expect_eq(facts->left_out.value, 745);
    cr_expect_eq(facts->deciding_left_out, NO);
    cr_expect_str_eq(first->issuer, "ca.example");
    arena_free(run.arena);
}

/* Stopped on the way: what was answered is there, and that it did not end. */
Test(probe_caa, canceled)
{
    static const struct fake_answer table[] = {
        {"mx.example.org", "A", .records = {"11.0.0.1"}},
        {"example.org", "CAA", .records = {"0 issue \"ca.example\""}, .delay_ms = 1000},
    };
    struct run run = {.arena = arena_new(0)};
    const struct caa_facts *facts;

    add_host(&run, "mx.example.org");
    cr_expect_eq(probe_stage_run(&run.network, table, 2, run_probe, &run, 500), 500);
    cr_assert_eq(run.result, 0);
    facts = run.facts.items[0];
    cr_expect_eq(facts->ended, UNKNOWN);
    cr_expect_eq(facts->questions.count, 1);
    arena_free(run.arena);
}

/* ---- the published test suite (needs the conformance data) ---- */

enum { ZONE_MAX = 64, LINE_MAX_SIZE = 512 };

static FILE *open_zone(void)
{
    const char *folder = getenv("OUTPOST_TEST_DATA");
    char path[1024];

    if (folder != NULL)
        (void)snprintf(path, sizeof path, "%s/caa/caatestsuite.com.", folder);
    else
        (void)snprintf(path, sizeof path, "%s/../shared/data/caa/caatestsuite.com.", SOURCE_DIRECTORY);
    return fopen(path, "r");
}

/* One line of the zone as an answer; false when it is no record of a test case. DNAME is what makes a name
 * exist here. Of the many records of "big" only the last matters. */
static bool read_line(char *line, struct arena *arena, struct fake_answer *ret)
{
    char name[64], type[16], data[256];
    bool is_alias;

    if (sscanf(line, "%63s IN %15s %255[^\n]", name, type, data) != 3 || name[0] == ';' || name[0] == '@')
        return false;
    is_alias = strcmp(type, "CNAME") == 0;
    if (!is_alias && strcmp(type, "CAA") != 0 && strcmp(type, "DNAME") != 0)
        return false;
    *ret = (struct fake_answer){.name = arena_format(arena, "%s.caatestsuite.com", name),
                                .type = arena_text(arena, strcmp(type, "DNAME") == 0 ? "TXT" : type)};
    ret->records[0] = is_alias ? arena_format(arena, "%s.caatestsuite.com", data) : arena_text(arena, data);
    return true;
}

static size_t read_zone(FILE *file, struct arena *arena, struct fake_answer *table)
{
    char line[LINE_MAX_SIZE];
    size_t count = 0;

    while (fgets(line, sizeof line, file) != NULL) {
        struct fake_answer answer;

        if (!read_line(line, arena, &answer))
            continue;
        if (count > 0 && strcmp(table[count - 1].name, answer.name) == 0)
            count--;
        cr_assert_lt(count, (size_t)ZONE_MAX);
        table[count++] = answer;
    }
    return count;
}

/* What an authority that is not caatestsuite.com may do, by the suite's own list. */
static const struct {
    const char *host;
    bool wildcard;
    enum caa_permission permission;
} cases[] = {
    {"empty.basic", false, CAA_NOBODY},
    {"deny.basic", false, CAA_OTHERS},
    {"uppercase-deny.basic", false, CAA_OTHERS},
    {"mixedcase-deny.basic", false, CAA_OTHERS},
    {"big.basic", false, CAA_OTHERS},
    {"critical1.basic", false, CAA_NOBODY},
    {"critical2.basic", false, CAA_NOBODY},
    {"sub1.deny.basic", false, CAA_OTHERS},
    {"sub2.sub1.deny.basic", false, CAA_OTHERS},
    {"deny.basic", true, CAA_OTHERS},
    {"deny-wild.basic", true, CAA_OTHERS},
    {"deny-wild.basic", false, CAA_FREE},
    {"cname-deny.basic", false, CAA_OTHERS},
    {"cname-cname-deny.basic", false, CAA_OTHERS},
    {"sub1.cname-deny.basic", false, CAA_OTHERS},
    {"dname-permit.deny.basic", false, CAA_OTHERS},
    {"cname-permit-sub.deny.basic", false, CAA_OTHERS},
    {"deny.permit.basic", false, CAA_OTHERS},
    {"permit.basic", false, CAA_FREE},
    {"xss", false, CAA_NOBODY},
    {"auto-www-san", false, CAA_FREE},
    {"www.auto-www-san", false, CAA_OTHERS},
    {"www.auto-base-san", false, CAA_FREE},
    {"auto-base-san", false, CAA_OTHERS},
};

Test(probe_caa, published_suite)
{
    static const struct issuer other = {"Other", {"letsencrypt.org"}}, own = {"Own", {"caatestsuite.com"}};
    struct arena *arena = arena_new(0);
    struct fake_answer *table = arena_alloc(arena, ZONE_MAX * sizeof *table);
    FILE *file = open_zone();
    size_t count;

    if (file == NULL) {
        arena_free(arena);
        cr_skip_test("data not there");
    }
    count = read_zone(file, arena, table);
    (void)fclose(file);
    cr_assert_gt(count, (size_t)15);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct run run = {.arena = arena_new(0)};

        add_host(&run, arena_format(arena, "%s.caatestsuite.com", cases[i].host));
        (void)probe_stage_run(&run.network, table, count, run_probe, &run, 0);
        cr_assert_eq(run.result, 0);
        cr_expect_eq(caa_permission(run.facts.items[0], cases[i].wildcard, &other), cases[i].permission,
                     "%s: %d", cases[i].host,
                     (int)caa_permission(run.facts.items[0], cases[i].wildcard, &other));
        if (cases[i].permission == CAA_OTHERS)
            cr_expect_eq(caa_permission(run.facts.items[0], cases[i].wildcard, &own), CAA_ALLOWED);
        arena_free(run.arena);
    }
    arena_free(arena);
}
