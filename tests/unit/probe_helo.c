/*
 * probe_helo.c - tests of looking up the names that servers give themselves: answers to EHLO and a table of
 * DNS answers in, facts as a text out ("name data nodata;")
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <string.h>

enum { NAMES = 20 };

struct row {
    const char *host; /* a mail host, looked up already */
    const char *names[NAMES];
    const char *names_tls[NAMES];
    const char *expected;
};

static const struct fake_answer table[] = {
    {"mx.example.org", "A", .records = {"203.0.114.1"}},
    {"mx.example.org", "AAAA", .records = {"2a01:4f8::1"}},
    {"four.example.org", "A", .records = {"203.0.114.4"}},
    {"broken.example.org", "A", .outcome = DNS_FAILURE},
    {"slow.example.org", "A", .records = {"203.0.114.5"}, .delay_ms = 1000},
};

static const struct row rows[] = {
    {"mail.example.org", {"mx.example.org"}, {NULL}, " mx.example.org data data;"},
    {"mail.example.org",
     {"four.example.org"},
     {"gone.example.net"},
     " four.example.org data nodata; gone.example.net nxdomain nxdomain;"},
    {"mail.example.org", {"broken.example.org"}, {NULL}, " broken.example.org failure nodata;"},
    /* each name once, in any case; not that of a mail host */
    {"mail.example.org",
     {"mx.example.org", "MX.example.org", "mail.example.org"},
     {"mx.example.org"},
     " mx.example.org data data;"},
    /* what the DNS cannot know */
    {"mail.example.org",
     {"localhost", "203.0.114.1", "[203.0.114.1]", "[IPv6:2a01:4f8::1]", "2a01:4f8::1"},
     {""},
     ""},
    /* what is no name gets no answer, and is there */
    {"mail.example.org", {"a..b"}, {NULL}, " a..b - -;"},
    /* at most 16 */
    {"mail.example.org",
     {"a.test", "b.test", "c.test", "d.test", "e.test", "f.test", "g.test", "h.test", "i.test", "j.test",
      "k.test", "l.test", "m.test", "n.test", "o.test", "p.test", "q.test"},
     {NULL},
     " a.test nxdomain nxdomain; b.test nxdomain nxdomain; c.test nxdomain nxdomain; d.test nxdomain "
     "nxdomain; "
     "e.test nxdomain nxdomain; f.test nxdomain nxdomain; g.test nxdomain nxdomain; h.test nxdomain "
     "nxdomain; "
     "i.test nxdomain nxdomain; j.test nxdomain nxdomain; k.test nxdomain nxdomain; l.test nxdomain "
     "nxdomain; "
     "m.test nxdomain nxdomain; n.test nxdomain nxdomain; o.test nxdomain nxdomain; p.test nxdomain "
     "nxdomain;"},
};

struct run {
    struct network network;
    struct arena *arena;
    struct list endpoints;
    struct dns_facts dns;
    struct list names;
    int result;
};

static void *must(void *pointer)
{
    cr_assert_not_null(pointer);
    return pointer;
}

static struct smtp_ehlo_facts *answer(struct run *run, const char *name)
{
    struct smtp_ehlo_facts *ehlo = must(arena_alloc(run->arena, sizeof(*ehlo)));

    ehlo->name = name;
    return ehlo;
}

static void read_row(struct run *run, const struct row *row)
{
    struct mail_host_facts *host;

    run->arena = must(arena_new(0));
    host = must(list_new_item(&run->dns.hosts, run->arena, sizeof(*host)));
    host->name = row->host;
    must(list_new_item(&run->endpoints, run->arena, sizeof(struct endpoint_facts))); /* no session */
    for (size_t i = 0; i < NAMES && row->names[i] != NULL; i++) {
        struct endpoint_facts *endpoint =
            must(list_new_item(&run->endpoints, run->arena, sizeof(struct endpoint_facts)));

        endpoint->smtp = must(arena_alloc(run->arena, sizeof(*endpoint->smtp)));
        endpoint->smtp->ehlo = answer(run, row->names[i]);
        if (row->names_tls[i] != NULL)
            endpoint->smtp->ehlo_tls = answer(run, row->names_tls[i]);
    }
}

static void run_probe(void *argument)
{
    struct run *run = argument;

    run->result = helo_probe(&run->network, &run->endpoints, &run->dns, 60000, run->arena, &run->names);
}

static int64_t run_row(struct run *run, const struct row *row, int64_t stop_after_ms)
{
    read_row(run, row);
    return probe_stage_run(&run->network, table, sizeof(table) / sizeof(table[0]), run_probe, run,
                           stop_after_ms);
}

Test(probe_helo, table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run = {0};
        struct buffer text = {0};

        run_row(&run, &rows[i], 0);
        cr_assert_eq(run.result, 0);
        for (size_t j = 0; j < run.names.count; j++) {
            const struct helo_facts *facts = run.names.items[j];

            put_format(&text, " %s %s %s;", facts->name, probe_stage_outcome(facts->a),
                       probe_stage_outcome(facts->aaaa));
        }
        put_u8(&text, '\0');
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        buffer_free(&text);
        arena_free(run.arena);
    }
}

/* What was answered until the end is there, and nothing is said of the rest. */
Test(probe_helo, canceled)
{
    static const struct row row = {"mail.example.org", {"mx.example.org", "slow.example.org"}, {NULL}, NULL};
    struct run run = {0};
    const struct helo_facts *slow;

    cr_expect_eq(run_row(&run, &row, 500), 500);
    cr_assert_eq(run.result, 0);
    cr_assert_eq(run.names.count, 2);
    slow = run.names.items[1];
    cr_expect_str_eq(probe_stage_outcome(((const struct helo_facts *)run.names.items[0])->a), "data");
    cr_expect_null(slow->a);
    cr_expect_str_eq(probe_stage_outcome(slow->aaaa), "nodata");
    arena_free(run.arena);
}
