/*
 * probe_dns.c - tests of finding mail hosts and addresses: answers of a table in, facts as a text out
 *
 * The text of a row: the outcome of MX, the exchangers, then each host with its addresses; a "!" before an
 * address means that it is not contacted, and why follows.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <string.h>

enum { WORDS = 4, ANSWERS = 12 };

struct row {
    const char *target; /* "host:" before it: a host */
    const char *hosts[WORDS];
    const char *overrides[WORDS];
    struct fake_answer table[ANSWERS];
    const char *expected;
    bool allow_private, only_ipv4, only_ipv6, no_ipv6;
};

#define MX(name, ...)                                                                                        \
    {                                                                                                        \
        name, "MX", .records = { __VA_ARGS__ }                                                               \
    }
#define A(name, ...)                                                                                         \
    {                                                                                                        \
        name, "A", .records = { __VA_ARGS__ }                                                                \
    }
#define AAAA(name, ...)                                                                                      \
    {                                                                                                        \
        name, "AAAA", .records = { __VA_ARGS__ }                                                             \
    }
#define BROKEN(name, type)                                                                                   \
    {                                                                                                        \
        name, type, .outcome = DNS_FAILURE                                                                   \
    }

static const struct row rows[] = {
    {.target = "example.org",
     .table = {MX("example.org", "20 b.example.org", "10 z.example.org", "10 a.example.org"),
               A("a.example.org", "203.0.114.1", "203.0.114.2"), AAAA("a.example.org", "2a01:4f8::1"),
               A("b.example.org", "203.0.114.3"), A("z.example.org", "203.0.114.1")},
     .expected = "MX data: 10 a.example.org, 10 z.example.org, 20 b.example.org\n"
                 "mx 10 a.example.org data data: 203.0.114.1 203.0.114.2 2a01:4f8::1\n"
                 "mx 10 z.example.org data nodata: 203.0.114.1\n"
                 "mx 20 b.example.org data nodata: 203.0.114.3\n"},
    {.target = "example.org", /* the same host twice: one host */
     .table = {MX("example.org", "10 a.example.org", "20 A.example.org"), A("a.example.org", "203.0.114.1")},
     .expected = "MX data: 10 a.example.org, 20 a.example.org\n"
                 "mx 10 a.example.org data nodata: 203.0.114.1\n"},
    {.target = "example.org", /* implicit MX */
     .table = {A("example.org", "203.0.114.1")},
     .expected = "MX nodata:\nimplicit_mx example.org data nodata: 203.0.114.1\n"},
    {.target = "example.org", /* neither MX nor address: what was asked stays visible */
     .table = {A("www.example.org", "203.0.114.1")},
     .expected = "MX nodata:\nimplicit_mx example.org nodata nodata:\n"},
    {.target = "example.org", /* no such domain: no implicit MX either */
     .table = {A("example.com", "203.0.114.1")},
     .expected = "MX nxdomain:\n"},
    {.target = "example.org", /* a failure is not absence */
     .table = {BROKEN("example.org", "MX"), A("example.org", "203.0.114.1")},
     .expected = "MX failure: (not observed)\n"},
    {.target = "example.org", .table = {MX("example.org", "0 .")}, .expected = "MX data: 0 . null MX\n"},
    {.target = "example.org", /* a null MX must stand alone; what stands beside it is scanned */
     .table = {MX("example.org", "0 .", "10 a.example.org"), A("a.example.org", "203.0.114.1")},
     .expected = "MX data: 0 ., 10 a.example.org null MX\n"
                 "mx 10 a.example.org data nodata: 203.0.114.1\n"},
    {.target = "example.org", /* hosts that do not resolve, or whose answers fail */
     .table = {MX("example.org", "1 gone.example.net", "2 a.example.org", "3 b.example.org"),
               BROKEN("a.example.org", "A"), AAAA("a.example.org", "2a01:4f8::1"),
               BROKEN("b.example.org", "A"), BROKEN("b.example.org", "AAAA")},
     .expected = "MX data: 1 gone.example.net, 2 a.example.org, 3 b.example.org\n"
                 "mx 1 gone.example.net nxdomain nxdomain:\n"
                 "mx 2 a.example.org failure data: 2a01:4f8::1\n"
                 "mx 3 b.example.org failure failure: (not observed)\n"},
    {.target = "example.org", /* an alias is followed */
     .table = {MX("example.org", "1 a.example.org"),
               {"a.example.org", "CNAME", .records = {"b.example.org"}},
               A("b.example.org", "203.0.114.1")},
     .expected = "MX data: 1 a.example.org\nmx 1 a.example.org data nodata: 203.0.114.1\n"},
    {.target = "example.org", /* names that are none */
     .table = {MX("example.org", "1 192.0.2.1", "2 a_b.example.org", "3 localhost", "4 -a.example.org"),
               A("a_b.example.org", "203.0.114.1")},
     .expected = "MX data: 1 192.0.2.1, 2 a_b.example.org, 3 localhost, 4 -a.example.org\n"
                 "mx 1 192.0.2.1 (literal) (invalid) nxdomain nxdomain:\n"
                 "mx 2 a_b.example.org (invalid) data nodata: 203.0.114.1\n"
                 "mx 3 localhost nxdomain nxdomain:\n"
                 "mx 4 -a.example.org (invalid) nxdomain nxdomain:\n"},
    {.target = "example.org",
     .table = {MX("example.org", "1 xn--bcher-kva.example"), A("xn--bcher-kva.example", "203.0.114.1")},
     .expected = "MX data: 1 xn--bcher-kva.example\n"
                 "mx 1 xn--bcher-kva.example \"b\xc3\xbc"
                 "cher.example\" data nodata: 203.0.114.1\n"},
    {.target = "example.org", /* addresses that are not contacted */
     .table = {MX("example.org", "1 a.example.org"),
               A("a.example.org", "10.0.0.1", "127.0.0.1", "192.0.2.1", "100.64.0.1", "169.254.1.1",
                 "224.0.0.1", "0.0.0.0", "203.0.114.1", "203.0.114.1"),
               AAAA("a.example.org", "::1", "fd00::1", "fe80::1", "::ffff:203.0.114.1", "::ffff:10.0.0.1",
                    "2001:db8::1")},
     .expected = "MX data: 1 a.example.org\n"
                 "mx 1 a.example.org data data: !10.0.0.1 (private address) !127.0.0.1 (loopback address) "
                 "!192.0.2.1 (documentation address) !100.64.0.1 (shared address) !169.254.1.1 (link-local "
                 "address) !224.0.0.1 (multicast address) !0.0.0.0 (reserved address) 203.0.114.1 !::1 "
                 "(loopback address) !fd00::1 (private address) !fe80::1 (link-local address) "
                 "!::ffff:203.0.114.1 (IPv4-mapped address) !::ffff:10.0.0.1 (private address) "
                 "!2001:db8::1 (documentation address)\n"},
    {.target = "host:a.example.org",
     .allow_private = true,
     .table = {A("a.example.org", "10.0.0.1", "127.0.0.1", "224.0.0.1"),
               AAAA("a.example.org", "::1", "::ffff:10.0.0.1")},
     .expected = "target a.example.org data data: 10.0.0.1 127.0.0.1 !224.0.0.1 (multicast address) ::1 "
                 "!::ffff:10.0.0.1 (IPv4-mapped address)\n"},
    {.target = "host:a.example.org",
     .table = {A("a.example.org", "203.0.114.1", "203.0.114.2", "203.0.114.3", "203.0.114.4", "203.0.114.5",
                 "203.0.114.6", "203.0.114.7", "203.0.114.8", "203.0.114.9"),
               AAAA("a.example.org", "2a01:4f8::1")},
     .expected = "target a.example.org data data: 203.0.114.1 203.0.114.2 203.0.114.3 203.0.114.4 "
                 "203.0.114.5 203.0.114.6 203.0.114.7 203.0.114.8 !203.0.114.9 (more than 8 addresses) "
                 "2a01:4f8::1\n"},
    {.target = "host:a.example.org",
     .only_ipv4 = true,
     .table = {A("a.example.org", "203.0.114.1"), AAAA("a.example.org", "2a01:4f8::1")},
     .expected = "target a.example.org data data: 203.0.114.1 !2a01:4f8::1 (-4 was given)\n"},
    {.target = "host:a.example.org",
     .only_ipv6 = true,
     .table = {A("a.example.org", "203.0.114.1"), AAAA("a.example.org", "2a01:4f8::1")},
     .expected = "target a.example.org data data: !203.0.114.1 (-6 was given) 2a01:4f8::1\n"},
    {.target = "host:a.example.org",
     .no_ipv6 = true,
     .table = {A("a.example.org", "203.0.114.1"), AAAA("a.example.org", "2a01:4f8::1")},
     .expected = "target a.example.org data data: 203.0.114.1 !2a01:4f8::1 (no IPv6 here)\n"},
    {.target = "203.0.114.1",
     .table = {A("a.example.org", "203.0.114.1")},
     .expected = "target 203.0.114.1 (literal) (invalid): 203.0.114.1 from target\n"},
    {.target = "127.0.0.1",
     .table = {A("a.example.org", "203.0.114.1")},
     .expected = "target 127.0.0.1 (literal) (invalid): !127.0.0.1 (loopback address) from target\n"},
    {.target = "example.org", /* --host behind those of the DNS, each once; --resolve replaces the DNS */
     .hosts = {"imap.example.org", "a.example.org", "new.example.org"},
     .overrides = {"new.example.org=203.0.114.9", "new.example.org=2a01:4f8::9", "A.example.org=203.0.114.8"},
     .table = {MX("example.org", "1 a.example.org"), A("a.example.org", "203.0.114.1"),
               AAAA("a.example.org", "2a01:4f8::1"), A("imap.example.org", "203.0.114.2")},
     .expected = "MX data: 1 a.example.org\n"
                 "mx asked for 1 a.example.org data nodata by override: 203.0.114.8 from override\n"
                 "option imap.example.org data nodata: 203.0.114.2\n"
                 "option new.example.org data data by override: 203.0.114.9 from override 2a01:4f8::9 from "
                 "override\n"},
    {.target = "example.org", /* not published yet */
     .hosts = {"mail.example.org"},
     .overrides = {"mail.example.org=10.0.0.1"},
     .table = {A("example.com", "203.0.114.1")},
     .expected = "MX nxdomain:\noption mail.example.org data nodata by override: !10.0.0.1 (private "
                 "address) from override\n"},
};

/* ---- facts as a text ---- */

static void put_address(struct buffer *out, const struct host_address_facts *address)
{
    put_format(out, " %s%s", address->contacted == YES ? "" : "!", address->address);
    if (address->reason != NULL)
        put_format(out, " (%s)", address->reason);
    if (strcmp(address->source, "dns") != 0)
        put_format(out, " from %s", address->source);
}

static void put_host(struct buffer *out, const struct mail_host_facts *host)
{
    put_text(out, host_source_values[host->source]);
    put_text(out, host->asked_for == YES && host->source == HOST_MX ? " asked for" : "");
    if (host->preference.known)
        put_format(out, " %d", (int)host->preference.value);
    put_format(out, " %s", host->name);
    if (host->display != NULL)
        put_format(out, " \"%s\"", host->display);
    put_text(out, host->literal == YES ? " (literal)" : "");
    put_text(out, host->valid_name == YES ? "" : " (invalid)");
    if (host->a != NULL)
        put_format(out, " %s %s", probe_stage_outcome(host->a), probe_stage_outcome(host->aaaa));
    if (host->a != NULL && strcmp(host->a->server, "override") == 0)
        put_text(out, " by override");
    put_text(out, host->addresses.observed ? ":" : ": (not observed)");
    for (size_t i = 0; i < host->addresses.count; i++)
        put_address(out, host->addresses.items[i]);
    put_u8(out, '\n');
}

static void put_facts(struct buffer *out, const struct dns_facts *facts)
{
    if (facts->mx != NULL) {
        put_format(out, "MX %s:", probe_stage_outcome(facts->mx));
        for (size_t i = 0; i < facts->exchangers.count; i++) {
            const struct mail_exchanger_facts *exchanger = facts->exchangers.items[i];

            put_format(out, "%s %d %s", i == 0 ? "" : ",", (int)exchanger->preference.value, exchanger->host);
        }
        put_text(out, facts->exchangers.observed ? "" : " (not observed)");
        put_text(out, facts->null_mx == YES ? " null MX" : "");
        put_u8(out, '\n');
        cr_expect_eq(facts->exchangers.observed, facts->null_mx != UNKNOWN);
    }
    for (size_t i = 0; i < facts->hosts.count; i++)
        put_host(out, facts->hosts.items[i]);
    put_u8(out, '\0');
}

/* ---- running a row ---- */

struct run {
    const struct row *row;
    struct network network;
    struct scan_settings settings;
    struct arena *arena;
    const struct target *target;
    int64_t deadline;
    struct dns_facts *facts;
    int result;
};

static void read_row(struct run *run, const struct row *row)
{
    struct target *target;
    const char *error;

    run->row = row;
    run->arena = arena_new(0);
    scan_settings_defaults(&run->settings);
    cr_assert_eq(target_parse(row->target, run->arena, &target, &error), 0);
    run->target = target;
    for (size_t i = 0; i < WORDS && row->hosts[i] != NULL; i++)
        cr_assert_eq(list_add(&run->settings.hosts, run->arena, arena_text(run->arena, row->hosts[i])), 0);
    for (size_t i = 0; i < WORDS && row->overrides[i] != NULL; i++) {
        struct override *override;

        cr_assert_eq(override_parse(row->overrides[i], run->arena, &override, &error), 0);
        cr_assert_eq(list_add(&run->settings.overrides, run->arena, override), 0);
    }
    run->settings.only_ipv4 = row->only_ipv4;
    run->settings.only_ipv6 = row->only_ipv6;
    run->network.allow_private = row->allow_private;
    run->network.ipv4 = !row->only_ipv6;
    run->network.ipv6 = !row->no_ipv6 && !row->only_ipv4;
    run->deadline = 60000;
}

static void run_probe(void *argument)
{
    struct run *run = argument;

    run->result =
        dns_probe(&run->network, run->target, &run->settings, run->deadline, run->arena, &run->facts);
}

static void check_row(const struct row *row, size_t index)
{
    struct run run = {0};
    struct buffer text = {0};

    read_row(&run, row);
    probe_stage_run(&run.network, row->table, probe_stage_answers(row->table, ANSWERS), run_probe, &run, 0);
    cr_assert_eq(run.result, 0, "row %zu: %d", index, run.result);
    put_facts(&text, run.facts);
    cr_expect_str_eq((const char *)text.data, row->expected, "row %zu (%s):\n%s", index, row->target,
                     (const char *)text.data);
    buffer_free(&text);
    arena_free(run.arena);
}

Test(probe_dns, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(&rows[i], i);
}

/* 20 exchangers: 16 become hosts, 4 are counted, but for one that --host asks for. All 34 questions are asked at once: with answers that take a
 * second each, the whole takes two. */
Test(probe_dns, many_hosts_side_by_side)
{
    struct row row = {.target = "example.org", .hosts = {"h00.example.org"}};
    const struct mail_host_facts *asked_for;
    struct fake_answer *table;
    struct run run = {0};

    read_row(&run, &row);
    table = arena_alloc(run.arena, 21 * sizeof *table);
    table[0] = (struct fake_answer){.name = "example.org", .type = "MX", .delay_ms = 1000};
    for (size_t i = 0; i < 20; i++) {
        table[0].records[i] = arena_format(run.arena, "%zu h%02zu.example.org", 30 - i, i);
        table[i + 1] = (struct fake_answer){.name = arena_format(run.arena, "h%02zu.example.org", i),
                                            .type = "A",
                                            .records = {"203.0.114.1"},
                                            .delay_ms = 1000};
    }
    cr_expect_eq(probe_stage_run(&run.network, table, 21, run_probe, &run, 0), 2000);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.facts->exchangers.count, 20);
    cr_assert_eq(run.facts->hosts.count, 17);
    cr_expect_eq(run.facts->hosts_left_out.value, 3);
    asked_for = run.facts->hosts.items[16];
    cr_expect_eq(asked_for->source, HOST_MX);
    cr_expect_eq(asked_for->asked_for, YES);
    cr_expect_eq(asked_for->preference.value, 30);
    cr_expect_str_eq(((struct mail_host_facts *)run.facts->hosts.items[0])->name, "h19.example.org");
    for (size_t i = 0; i < 17; i++)
        cr_expect_eq(((struct mail_host_facts *)run.facts->hosts.items[i])->addresses.count, 1);
    arena_free(run.arena);
}

/* Stopped while its questions about addresses are under way: what was learnt before the end of the scan is handed over; what was not answered is not observed. */
Test(probe_dns, canceled)
{
    static const struct fake_answer table[] = {
        MX("example.org", "1 fast.example.org", "2 slow.example.org"),
        A("fast.example.org", "203.0.114.1"),
        {"slow.example.org", "A", .records = {"203.0.114.2"}, .delay_ms = 1000},
    };
    struct row row = {.target = "example.org"};
    struct run run = {0};
    const struct mail_host_facts *fast, *slow;

    read_row(&run, &row);
    cr_expect_eq(probe_stage_run(&run.network, table, 3, run_probe, &run, 500), 500);
    cr_assert_eq(run.result, 0);
    cr_assert_eq(run.facts->hosts.count, 2);
    fast = run.facts->hosts.items[0];
    slow = run.facts->hosts.items[1];
    cr_expect_eq(fast->addresses.count, 1);
    cr_expect_null(slow->a);
    cr_expect_not(slow->addresses.observed);
    arena_free(run.arena);
}

/* A resolver that is silent fails each question after 10 s of the house; that is not absence. */
Test(probe_dns, silent_resolver)
{
    static const struct fake_answer table[] = {
        MX("example.org", "1 a.example.org"),
        {"a.example.org", "A", .records = {"203.0.114.1"}, .delay_ms = 100000},
        {"a.example.org", "AAAA", .records = {"2a01:4f8::1"}, .delay_ms = 100000},
    };
    struct row row = {.target = "example.org"};
    struct run run = {0};
    const struct mail_host_facts *host;

    read_row(&run, &row);
    cr_expect_eq(probe_stage_run(&run.network, table, 3, run_probe, &run, 0), DNS_TIMEOUT_MS);
    cr_assert_eq(run.result, 0);
    host = run.facts->hosts.items[0];
    cr_expect_eq(host->a->outcome, DNS_FAILURE);
    cr_expect_not(host->addresses.observed);
    arena_free(run.arena);
}
