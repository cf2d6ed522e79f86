/*
 * probe_dmarc.c - tests of the DMARC probe: answers of a table in, where reports go as a text out; and its round
 * trips, on a virtual clock
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

enum { TABLE_MAX = 12 };

#define RECORD(text)                                                                                         \
    {                                                                                                        \
        "_dmarc.example.org", "TXT", .records = { "\"" text "\"" }                                           \
    }

struct row {
    struct fake_answer table[TABLE_MAX];
    const char *expected;
};

static const struct row rows[] = {
    {{{"example.org", "MX", .records = {"10 mail.example.org"}}}, "no record;"},
    {{RECORD("v=DMARC1; p=reject")}, "reject at example.org;"},
    /* an address of our own: nobody has to agree */
    {{RECORD("v=DMARC1; p=reject; rua=mailto:dmarc@Example.org"),
      {"example.org", "MX", .records = {"10 mail.example.org"}}},
     "reject at example.org; rua dmarc@Example.org of example.org: internal, mail yes;"},
    {{RECORD("v=DMARC1; p=reject; rua=mailto:dmarc@reports.example.org"),
      {"reports.example.org", "A", .records = {"11.0.0.1"}}},
     "reject at example.org; rua dmarc@reports.example.org of example.org: internal, mail yes;"},
    /* below our name, but an organization of its own */
    {{RECORD("v=DMARC1; p=reject; rua=mailto:dmarc@reports.example.org"),
      {"_dmarc.reports.example.org", "TXT", .records = {"\"v=DMARC1; p=none; psd=n\""}},
      {"reports.example.org", "MX", .records = {"10 mail.example.org"}}},
     "reject at example.org; rua dmarc@reports.example.org of reports.example.org: external, not agreed, "
     "mail yes;"},
    /* somebody else's */
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@reports.test,mailto:b@other.test; ruf=mailto:c@reports.test"),
      {"reports.test", "MX", .records = {"10 mx.reports.test"}},
      {"example.org._report._dmarc.reports.test", "TXT", .records = {"\"v=DMARC1\""}},
      {"other.test", "MX", .records = {"0 ."}}},
     "none at example.org; rua a@reports.test of reports.test: external, agreed, mail yes; "
     "rua b@other.test of other.test: external, not agreed, mail no; "
     "ruf c@reports.test of reports.test: external, agreed, mail yes;"},
    /* a record of something else does not agree; several do */
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@reports.test"),
      {"reports.test", "MX", .records = {"10 mx.reports.test"}},
      {"example.org._report._dmarc.reports.test", "TXT", .records = {"\"v=spf1 -all\""}}},
     "none at example.org; rua a@reports.test of reports.test: external, not agreed, mail yes;"},
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@reports.test"),
      {"reports.test", "MX", .records = {"10 mx.reports.test"}},
      {"example.org._report._dmarc.reports.test", "TXT",
       .records = {"\"v=DMARC1; rua=mailto:new@reports.test\"", "\"v=DMARC1\""}}},
     "none at example.org; rua a@reports.test of reports.test: external, agreed, instead new@reports.test, "
     "mail yes;"},
    /* mail: an address stands in for MX records; none of both; no answer */
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@reports.test"),
      {"reports.test", "AAAA", .records = {"2a11:11::1"}},
      {"example.org._report._dmarc.reports.test", "TXT", .outcome = DNS_FAILURE}},
     "none at example.org; rua a@reports.test of reports.test: external, agreement unknown, mail yes;"},
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@reports.test"),
      {"reports.test", "TXT", .records = {"\"x\""}},
      {"example.org._report._dmarc.reports.test", "TXT", .records = {"\"v=DMARC1;\""}}},
     "none at example.org; rua a@reports.test of reports.test: external, agreed, mail no;"},
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@example.org"), {"example.org", "A", .outcome = DNS_FAILURE}},
     "none at example.org; rua a@example.org of example.org: internal, mail unknown;"},
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@example.org"), {"example.org", "MX", .outcome = DNS_FAILURE}},
     "none at example.org; rua a@example.org of example.org: internal, mail unknown;"},
    /* denials that nobody believes */
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@example.org"),
      {"example.org", "MX", .outcome = DNS_NXDOMAIN, .security = DNS_BOGUS}},
     "none at example.org; rua a@example.org of example.org: internal, mail unknown;"},
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@example.org"),
      {"example.org", "AAAA", .outcome = DNS_NODATA, .security = DNS_BOGUS}},
     "none at example.org; rua a@example.org of example.org: internal, mail unknown;"},
    /* whose it is cannot be known */
    {{RECORD("v=DMARC1; p=none; rua=mailto:a@mail.reports.test"),
      {"_dmarc.reports.test", "TXT", .outcome = DNS_FAILURE},
      {"mail.reports.test", "MX", .records = {"10 mx.reports.test"}}},
     "none at example.org; rua a@mail.reports.test of ?: unknown, not agreed, mail yes;"},
    /* reports that nobody would ask for */
    {{RECORD("v=DMARC1; p=none; rua=https://reports.test/"), {"example.org", "A", .records = {"11.0.0.1"}}},
     "none at example.org;"},
};

struct run {
    struct network network;
    struct arena *arena;
    struct dns_facts dns;
    struct dmarc_facts *facts;
    size_t asked;
    int result;
};

static void run_probe(void *argument)
{
    struct run *run = argument;

    run->result = dmarc_probe(&run->network, &run->dns, 60000, run->arena, &run->facts);
    run->asked = probe_stage_questions(&run->network);
}

/* Returns the milliseconds that it took. */
static int64_t run_table(struct run *run, const struct fake_answer *table, size_t count,
                         int64_t stop_after_ms)
{
    static struct dns_question_facts mx = {.outcome = DNS_DATA};

    if (run->dns.domain == NULL)
        run->dns.domain = "example.org";
    run->dns.mx = &mx;
    return probe_stage_run(&run->network, table, count, run_probe, run, stop_after_ms);
}

static const char *three(enum known fact, const char *yes, const char *no, const char *unknown)
{
    return fact == YES ? yes : fact == NO ? no : unknown;
}

static void put_destination(struct buffer *out, const struct dmarc_destination_facts *destination)
{
    put_format(out, " %s %s of %s: %s", destination->tag, destination->address,
               destination->organizational_domain != NULL ? destination->organizational_domain : "?",
               three(destination->external, "external", "internal", "unknown"));
    if (destination->external != NO)
        put_format(out, ", %s", three(destination->authorised, "agreed", "not agreed", "agreement unknown"));
    for (size_t i = 0; i < destination->replacement.count; i++)
        put_format(out, ", instead %s",
                   ((struct dmarc_uri_facts *)destination->replacement.items[i])->address);
    put_format(out, ", mail %s;", three(destination->takes_mail, "yes", "no", "unknown"));
}

static void put_facts(struct buffer *out, const struct dmarc_facts *facts)
{
    const struct dmarc_outcome_facts *outcome = facts->current->domain;

    cr_expect_eq(outcome->decided, YES);
    if (outcome->record_at == NULL)
        put_text(out, "no record;");
    else
        put_format(out, "%s at %s;", dmarc_policy_values[outcome->policy], outcome->record_at);
    for (size_t i = 0; i < facts->destinations.count; i++)
        put_destination(out, facts->destinations.items[i]);
}

Test(probe_dmarc, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run run = {.arena = arena_new(0)};
        struct buffer text = {0};

        run_table(&run, rows[i].table, probe_stage_answers(rows[i].table, TABLE_MAX), 0);
        cr_assert_eq(run.result, 0);
        put_facts(&text, run.facts);
        put_u8(&text, '\0');
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        buffer_free(&text);
        arena_free(run.arena);
    }
}

/* Every answer takes a second: two for everything, however many names and addresses there are. */
Test(probe_dmarc, round_trips)
{
    static const struct fake_answer table[] = {
        {"_dmarc.mail.example.org", "TXT", .delay_ms = 1000},
        {"_dmarc.example.org", "TXT",
         .records = {"\"v=DMARC1; p=none; rua=mailto:a@reports.test,mailto:b@other.test\""},
         .delay_ms = 1000},
        {"_dmarc.org", "TXT", .delay_ms = 1000},
        {"example.org._report._dmarc.reports.test", "TXT", .records = {"\"v=DMARC1\""}, .delay_ms = 1000},
        {"example.org._report._dmarc.other.test", "TXT", .records = {"\"v=DMARC1\""}, .delay_ms = 1000},
        {"reports.test", "MX", .records = {"10 mx.reports.test"}, .delay_ms = 1000},
        {"other.test", "A", .records = {"11.0.0.1"}, .delay_ms = 1000},
    };
    struct run run = {.arena = arena_new(0), .dns = {.domain = "mail.example.org"}};

    cr_expect_eq(run_table(&run, table, sizeof table / sizeof table[0], 0), 2000);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.asked, 3 + 2 * (1 + 2 + 3));
    cr_expect_str_eq(run.facts->current->domain->record_at, "example.org");
    cr_expect_eq(run.facts->destinations.count, 2);
    arena_free(run.arena);
}

Test(probe_dmarc, many_addresses)
{
    static const struct fake_answer table[] = {
        RECORD("v=DMARC1; p=none; "
               "rua=mailto:a@1.test,mailto:a@2.test,mailto:a@3.test,mailto:a@4.test,mailto:a@5.test,"
               "mailto:a@6.test,mailto:a@7.test,mailto:a@8.test,mailto:a@9.test")};
    struct run run = {.arena = arena_new(0)};

    run_table(&run, table, 1, 0);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.facts->destinations.count, 8);
    cr_expect_eq(run.facts->destinations_left_out.value, 1);
    arena_free(run.arena);
}

/* A name that is too long for the DNS: nobody can agree there. */
Test(probe_dmarc, long_name)
{
#define LABEL "a23456789012345678901234567890123456789012345678901234567890."
    static const struct fake_answer table[] = {
        {"_dmarc." LABEL LABEL "example.org", "TXT",
         .records = {"\"v=DMARC1; p=none; rua=mailto:a@" LABEL LABEL "test\""}}};
    struct run run = {.arena = arena_new(0), .dns = {.domain = LABEL LABEL "example.org"}};
    const struct dmarc_destination_facts *destination;

    run_table(&run, table, 1, 0);
    cr_assert_eq(run.result, 0);
    cr_assert_eq(run.facts->destinations.count, 1);
    destination = run.facts->destinations.items[0];
    cr_expect_eq(destination->external, YES);
    cr_expect_eq(destination->authorised, NO);
    cr_expect_null(destination->question);
    arena_free(run.arena);
}

/* Stopped on the way: what has no answer yet failed, and nothing is concluded from it. */
Test(probe_dmarc, canceled)
{
    static const struct fake_answer walk[] = {
        {"_dmarc.example.org", "TXT", .records = {"\"v=DMARC1; p=none\""}, .delay_ms = 1000}};
    static const struct fake_answer reports[] = {
        RECORD("v=DMARC1; p=none; rua=mailto:a@reports.test"),
        {"example.org._report._dmarc.reports.test", "TXT", .records = {"\"v=DMARC1\""}, .delay_ms = 1000}};
    struct run run = {.arena = arena_new(0)};
    const struct dmarc_destination_facts *destination;

    cr_expect_eq(run_table(&run, walk, 1, 500), 500);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.facts->current->domain->decided, NO);
    cr_expect_eq(run_table(&run, reports, 2, 500), 500);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.facts->current->domain->decided, YES);
    cr_assert_eq(run.facts->destinations.count, 1);
    destination = run.facts->destinations.items[0];
    cr_expect_eq(destination->authorised, UNKNOWN);
    arena_free(run.arena);
}
