/*
 * probe_ptr.c - tests of reverse DNS: answers of a table in, facts as a text out ("name: yes", "name: no",
 * "name: unknown")
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ANSWERS = 12 };

struct row {
    const char *address;
    struct fake_answer table[ANSWERS];
    const char *expected;
};

#define REVERSE_4 "1.114.0.203.in-addr.arpa"
#define REVERSE_6 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.f.4.0.1.0.a.2.ip6.arpa"

static const struct row rows[] = {
    {"203.0.114.1",
     {{REVERSE_4, "PTR", .records = {"mail.example.org"}},
      {"mail.example.org", "A", .records = {"203.0.114.9", "203.0.114.1"}}},
     "data; mail.example.org: yes;"},
    {"2a01:4f8::1",
     {{REVERSE_6, "PTR", .records = {"mail.example.org"}},
      {"mail.example.org", "AAAA", .records = {"2a01:4f8::1"}}},
     "data; mail.example.org: yes;"},
    {"203.0.114.1", /* another address; no address; no such name; nobody knows */
     {{REVERSE_4, "PTR", .records = {"a.example.org", "b.example.org", "c.example.net", "d.example.org"}},
      {"a.example.org", "A", .records = {"203.0.114.2"}},
      {"b.example.org", "AAAA", .records = {"2a01:4f8::1"}},
      {"d.example.org", "A", .outcome = DNS_FAILURE}},
     "data; a.example.org: no; b.example.org: no; c.example.net: no; d.example.org: unknown;"},
    {"203.0.114.1", /* a denial that nobody believes */
     {{REVERSE_4, "PTR", .records = {"a.example.org"}},
      {"a.example.org", "A", .outcome = DNS_NXDOMAIN, .security = DNS_BOGUS}},
     "data; a.example.org: unknown;"},
    {"203.0.114.1", /* classless delegation: an alias on the way (RFC 2317) */
     {{REVERSE_4, "CNAME", .records = {"1.0-25.114.0.203.in-addr.arpa"}},
      {"1.0-25.114.0.203.in-addr.arpa", "PTR", .records = {"mail.example.org"}},
      {"mail.example.org", "A", .records = {"203.0.114.1"}}},
     "data; mail.example.org: yes;"},
    {"203.0.114.1", {{"example.org", "A", .records = {"203.0.114.1"}}}, "nxdomain;"},
    {"203.0.114.1", {{REVERSE_4, "TXT", .records = {"x"}}}, "nodata;"},
    {"203.0.114.1", {{REVERSE_4, "PTR", .outcome = DNS_FAILURE}}, "failure; (not observed)"},
    {"203.0.114.1", /* at most 8 names; the ninth is counted */
     {{REVERSE_4, "PTR",
       .records = {"n1.test", "n2.test", "n3.test", "n4.test", "n5.test", "n6.test", "n7.test", "n8.test",
                   "n9.test"}}},
     "data; 1 left out; n1.test: no; n2.test: no; n3.test: no; n4.test: no; n5.test: no; n6.test: no; "
     "n7.test: no; "
     "n8.test: no;"},
};

struct run {
    struct network network;
    struct arena *arena;
    struct address address;
    struct ptr_facts *facts;
    int result;
};

static void run_probe(void *argument)
{
    struct run *run = argument;

    run->result = ptr_probe(&run->network, &run->address, 60000, run->arena, &run->facts);
}

static void put_facts(struct buffer *out, const struct ptr_facts *facts)
{
    static const char *const confirmed[] = {"unknown", "yes", "no"};

    put_format(out, "%s;", probe_stage_outcome(facts->question));
    cr_expect_eq(facts->names_left_out.known, facts->names.observed);
    if (facts->names_left_out.value > 0)
        put_format(out, " %d left out;", (int)facts->names_left_out.value);
    if (!facts->names.observed)
        put_text(out, " (not observed)");
    for (size_t i = 0; i < facts->names.count; i++) {
        const struct ptr_name_facts *name = facts->names.items[i];

        put_format(out, " %s: %s;", name->name, confirmed[name->confirmed]);
        cr_expect_not_null(name->forward);
    }
    put_u8(out, '\0');
}

static int64_t run_row(struct run *run, const char *address, const struct fake_answer *table, size_t count,
                       int64_t stop_after_ms)
{
    run->arena = arena_new(0);
    cr_assert_eq(address_parse(address, &run->address), 0);
    return probe_stage_run(&run->network, table, count, run_probe, run, stop_after_ms);
}

Test(probe_ptr, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct run run = {0};
        struct buffer text = {0};

        run_row(&run, row->address, row->table, probe_stage_answers(row->table, ANSWERS), 0);
        cr_assert_eq(run.result, 0);
        cr_expect_str_eq(run.facts->address, row->address);
        put_facts(&text, run.facts);
        cr_expect_str_eq((const char *)text.data, row->expected, "row %zu: %s", i, (const char *)text.data);
        buffer_free(&text);
        arena_free(run.arena);
    }
}

/* Stopped while the names are being confirmed: they are there, and nothing is said of those not answered. */
Test(probe_ptr, canceled)
{
    static const struct fake_answer table[] = {
        {REVERSE_4, "PTR", .records = {"fast.test", "slow.test"}},
        {"fast.test", "A", .records = {"203.0.114.1"}},
        {"slow.test", "A", .records = {"203.0.114.1"}, .delay_ms = 1000},
    };
    struct run run = {0};
    const struct ptr_name_facts *fast, *slow;

    cr_expect_eq(run_row(&run, "203.0.114.1", table, 3, 500), 500);
    cr_assert_eq(run.result, 0);
    cr_assert_eq(run.facts->names.count, 2);
    fast = run.facts->names.items[0];
    slow = run.facts->names.items[1];
    cr_expect_eq(fast->confirmed, YES);
    cr_expect_eq(slow->confirmed, UNKNOWN);
    cr_expect_null(slow->forward);
    arena_free(run.arena);
}
