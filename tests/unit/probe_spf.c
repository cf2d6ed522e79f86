/*
 * probe_spf.c - tests of the tree of SPF records, what it costs, and what receivers make of each address: answers of a
 * table in, facts as a text out
 */
#include "probes/probe.h"

#include "probes/protocol/spf_cost.h"
#include "scanner/base/arena.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct row {
    struct fake_answer table[20];
    const char
        *tree; /* each record: "domain lookups/voids of IPv4/voids of IPv6[ loop][ fault]: term{networks}" */
    const char *sums;    /* "addresses everybody complete" */
    const char *results; /* of 192.0.2.25 and 2001:db8::25 */
};

#define ZONE "example.org"
#define TXT(name, record)                                                                                    \
    {                                                                                                        \
        name, "TXT", .records = { "\"" record "\"" }                                                         \
    }
#define A(name, address)                                                                                     \
    {                                                                                                        \
        name, "A", .records = { address }                                                                    \
    }
#define AAAA(name, address)                                                                                  \
    {                                                                                                        \
        name, "AAAA", .records = { address }                                                                 \
    }

static const struct row rows[] = {
    {{TXT(ZONE, "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8::/64 -all")},
     "example.org 0/0/0: ip4:192.0.2.0/28{192.0.2.0/28} ip6:2001:db8::/64{2001:db8::/64} -all; ",
     "16 not everybody, complete",
     "fail pass"},
    /* hosts and networks; what stands behind all costs nothing */
    {{TXT(ZONE, "v=spf1 mx a:a.example/24//64 ~all ptr include:x.example"),
      {ZONE, "MX", .records = {"10 mx.example", "20 mx2.example"}},
      A("mx.example", "192.0.2.25"),
      AAAA("mx.example", "2001:db8::25"),
      A("mx2.example", "192.0.2.26"),
      AAAA("mx2.example", "2001:db8::26"),
      A("a.example", "198.51.100.7"),
      AAAA("a.example", "2001:db8:1::7")},
     "example.org 2/0/0: mx=1{192.0.2.25 192.0.2.26 2001:db8::25 2001:db8::26} "
     "a:a.example/24//64=1{198.51.100.0/24 2001:db8:1::/64} ~all (ptr) (include:x.example); ",
     "258 not everybody, complete",
     "pass pass"},
    /* what a record leads to counts as often as it leads there */
    {{TXT(ZONE, "v=spf1 include:one.example include:two.example redirect=three.example"),
      TXT("one.example", "v=spf1 include:two.example a:gone.example ~all"),
      TXT("two.example", "v=spf1 a mx -all"),
      A("two.example", "198.51.100.1"),
      {"two.example", "MX", .records = {"1 two.example"}},
      TXT("three.example", "v=spf1 ip4:203.0.113.0/24 -all")},
     "example.org 9/1/5: include:one.example=5 include:two.example=3 redirect=three.example=1; "
     "one.example 4/1/3: include:two.example=3 a:gone.example=1[there is no name gone.example] ~all; "
     "two.example 2/0/2: a=1{198.51.100.1}[no AAAA record at two.example] "
     "mx=1{198.51.100.1}[no AAAA record at two.example] -all; "
     "three.example 0/0/0: ip4:203.0.113.0/24{203.0.113.0/24} -all; ",
     "257 not everybody, complete",
     "fail permerror"},
    /* circles */
    {{TXT(ZONE, "v=spf1 include:one.example -all"), TXT("one.example", "v=spf1 include:two.example -all"),
      TXT("two.example", "v=spf1 include:one.example -all")},
     "example.org -/-/-: include:one.example=- -all; one.example -/-/- loop: include:two.example=- -all; "
     "two.example -/-/- loop: include:one.example=- -all; ",
     "0 not everybody, complete",
     "permerror permerror"},
    {{TXT(ZONE, "v=spf1 redirect=" ZONE)},
     "example.org -/-/- loop: redirect=example.org=-; ",
     "0 not everybody, complete",
     "permerror permerror"},
    /* of the sender */
    {{TXT(ZONE, "v=spf1 exists:%{ir}.%{d} a:%{l}.%{d} ptr -all"), A("25.2.0.192.example.org", "127.0.0.2")},
     "example.org 3/2/2: "
     "exists:%{ir}.%{d}=1<5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.example.org> "
     "a:%{l}.%{d}=1<postmaster.example.org>[there is no name postmaster.example.org] ptr=1<example.org> "
     "-all; ",
     "0 not everybody, complete",
     "pass permerror"},
    {{TXT(ZONE, "v=spf1 exists:there.example exists:gone.example -all"), A("there.example", "127.0.0.2")},
     "example.org 2/1/1: exists:there.example=1 exists:gone.example=1[there is no name gone.example] -all; ",
     "0 not everybody, complete",
     "pass pass"},
    /* nobody is left out */
    {{TXT(ZONE, "v=spf1 include:one.example -all"), TXT("one.example", "v=spf1 +all")},
     "example.org 1/0/0: include:one.example=1 -all; one.example 0/0/0: +all; ",
     "4294967296 everybody, complete",
     "pass pass"},
    {{TXT(ZONE, "v=spf1 ?include:one.example -all"), TXT("one.example", "v=spf1 +all")},
     "example.org 1/0/0: ?include:one.example=1 -all; one.example 0/0/0: +all; ",
     "0 not everybody, complete",
     "neutral neutral"},
    /* faults; a record that is none; two */
    {{TXT(ZONE, "v=spf1 ip4:x mx include:one.example -all")},
     "example.org 2/1/1 fault: ip4:x! mx=1[no MX record at example.org] include:one.example=1 -all; "
     "one.example 0/0/0 "
     "none; ",
     "0 not everybody, complete",
     "permerror permerror"},
    {{TXT(ZONE, "v=spf1;-all")}, "example.org 0/0/0 none \"v=spf1;-all\"; ", "- ?, complete", "none none"},
    {{{ZONE, "TXT", .records = {"\"v=spf1 mx -all\"", "\"other\"", "\"v=spf1 -all\""}}},
     "example.org 0/0/0 several \"v=spf1 -all\" \"v=spf1 mx -all\"; ",
     "- ?, complete",
     "permerror permerror"},
    /* what was not answered is not known */
    {{TXT(ZONE, "v=spf1 include:one.example a:a.example -all"),
      {"one.example", "TXT", .outcome = DNS_FAILURE},
      {"a.example", "A", .outcome = DNS_FAILURE, .reason = "timeout"},
      AAAA("a.example", "2001:db8::25")},
     "example.org 2/0/0: include:one.example=1 a:a.example=1{2001:db8::25}[timeout] -all; one.example 0/0/0 "
     "lost; ",
     "0 not everybody, incomplete: the DNS did not answer every question",
     "temperror temperror"},
    {{{ZONE, "TXT", .outcome = DNS_FAILURE}},
     "example.org 0/0/0 lost; ",
     "- ?, incomplete: the DNS did not answer every question",
     "temperror temperror"},
    /* mx with more hosts than are looked at */
    {{TXT(ZONE, "v=spf1 mx -all"),
      {ZONE, "MX",
       .records = {"1 a.x", "2 a.x", "3 a.x", "4 a.x", "5 a.x", "6 a.x", "7 a.x", "8 a.x", "9 a.x", "10 a.x",
                   "11 a.x"}},
      A("a.x", "192.0.2.25"),
      AAAA("a.x", "2001:db8::25")},
     "example.org 1/0/0: mx=1{192.0.2.25 2001:db8::25} -all; ",
     "1 not everybody, complete",
     "permerror permerror"},
};

struct run {
    struct network network;
    struct arena *arena;
    struct dns_facts dns;
    struct list endpoints;
    struct spf_facts *facts;
    int result;
};

static void run_probe(void *argument)
{
    struct run *run = argument;

    run->result = spf_probe(&run->network, &run->dns, 60000, run->arena, &run->facts);
}

static void run_helo(void *argument)
{
    struct run *run = argument;

    run->result = spf_helo_probe(&run->network, &run->endpoints, &run->dns, 60000, run->arena, &run->facts);
}

static void add_address(struct list *addresses, struct arena *arena, const char *address)
{
    struct host_address_facts *facts = list_new_item(addresses, arena, sizeof *facts);

    cr_assert_not_null(facts);
    facts->address = address;
}

/* A domain whose MX has one address and who has another sender. */
static struct run new_run(void)
{
    struct run run = {.arena = arena_new(0), .dns = {.domain = ZONE}};
    struct mail_host_facts *host = list_new_item(&run.dns.hosts, run.arena, sizeof *host);

    cr_assert_not_null(host);
    host->name = "mx.example.org";
    host->source = HOST_MX;
    add_address(&host->addresses, run.arena, "192.0.2.25");
    add_address(&run.dns.senders, run.arena, "2001:db8::25");
    return run;
}

/* ---- facts as a text ---- */

static void put_number(struct buffer *out, struct number number)
{
    if (number.known)
        put_format(out, "%lld", (long long)number.value);
    else
        put_text(out, "-");
}

static void put_term(struct buffer *out, const struct spf_term_facts *term)
{
    put_format(out, term->used == YES ? " %s" : " (%s)", term->text);
    if (term->fault != NULL)
        put_text(out, "!");
    if (term->used == YES && term->lookups.value > 0) {
        put_text(out, "=");
        put_number(out, term->total_lookups);
    }
    if (term->depends == YES)
        put_format(out, "<%s>", term->target);
    for (size_t i = 0; i < term->networks.count; i++)
        put_format(out, "%s%s", i == 0 ? "{" : " ", (const char *)term->networks.items[i]);
    put_text(out, term->networks.count > 0 ? "}" : "");
    if (term->answer != NULL)
        put_format(out, "[%s]", term->answer);
}

static void put_record(struct buffer *out, const struct spf_record_facts *record)
{
    put_format(out, "%s ", record->domain);
    put_number(out, record->lookups);
    put_text(out, "/");
    put_number(out, record->void_ipv4);
    put_text(out, "/");
    put_number(out, record->void_ipv6);
    put_text(out, record->loop == YES ? " loop" : "");
    put_text(out, record->fault != NULL ? " fault" : "");
    if (!record->count.known)
        put_text(out, " lost");
    else if (record->count.value != 1)
        put_text(out, record->count.value == 0 ? " none" : " several");
    else
        put_text(out, ":");
    for (size_t i = 0; record->count.value != 1 && i < record->texts.count; i++)
        put_format(out, " \"%s\"", (const char *)record->texts.items[i]);
    for (size_t i = 0; i < record->terms.count; i++)
        put_term(out, record->terms.items[i]);
    put_text(out, "; ");
}

static const char *tree_text(struct arena *arena, const struct spf_facts *facts)
{
    struct buffer out = {0};
    const char *text;

    for (size_t i = 0; i < facts->records.count; i++)
        put_record(&out, facts->records.items[i]);
    text = arena_text_sized(arena, (const char *)out.data, out.size);
    buffer_free(&out);
    return text;
}

static const char *sums_text(struct arena *arena, const struct spf_facts *facts)
{
    const char *everybody = facts->everybody == YES  ? "everybody"
                            : facts->everybody == NO ? "not everybody"
                                                     : "?";
    const char *complete = facts->complete == YES ? "complete" : "incomplete: ";
    const char *reason = facts->incomplete_reason != NULL ? facts->incomplete_reason : "";

    return facts->addresses.known ? arena_format(arena, "%lld %s, %s%s", (long long)facts->addresses.value,
                                                 everybody, complete, reason)
                                  : arena_format(arena, "- %s, %s%s", everybody, complete, reason);
}

static const char *results_text(struct arena *arena, const struct list *results)
{
    const char *text = "";

    for (size_t i = 0; i < results->count; i++)
        text = arena_format(arena, "%s%s%s", text, i > 0 ? " " : "",
                            spf_result_values[((const struct spf_result_facts *)results->items[i])->result]);
    return text;
}

Test(probe_spf, table)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct run run = new_run();
        size_t count = probe_stage_answers(rows[i].table, COUNT(rows[i].table));
        const char *text;

        (void)probe_stage_run(&run.network, rows[i].table, count, run_probe, &run, 0);
        cr_assert_eq(run.result, 0);
        text = tree_text(run.arena, run.facts);
        cr_expect_str_eq(text, rows[i].tree, "row %zu: %s", i, text);
        text = sums_text(run.arena, run.facts);
        cr_expect_str_eq(text, rows[i].sums, "row %zu: %s", i, text);
        text = results_text(run.arena, &run.facts->results);
        cr_expect_str_eq(text, rows[i].results, "row %zu: %s", i, text);
        arena_free(run.arena);
    }
}

/* ---- time: one round trip for each step of the tree ---- */

Test(probe_spf, rounds)
{
    static const struct fake_answer table[] = {
        {ZONE, "TXT", .records = {"\"v=spf1 include:a.x include:b.x mx a:c.x exists:d.x -all\""},
         .delay_ms = 100},
        {ZONE, "MX", .records = {"1 e.x"}, .delay_ms = 100},
        {"a.x", "TXT", .records = {"\"v=spf1 ip4:203.0.113.1 -all\""}, .delay_ms = 100},
        {"b.x", "TXT", .records = {"\"v=spf1 ip4:203.0.113.2 -all\""}, .delay_ms = 100},
        {"c.x", "A", .records = {"203.0.113.3"}, .delay_ms = 100},
        {"d.x", "A", .records = {"203.0.113.3"}, .delay_ms = 100},
        {"e.x", "A", .records = {"203.0.113.3"}, .delay_ms = 100},
    };
    struct run run = {.arena = arena_new(0), .dns = {.domain = ZONE}};

    /* the record; includes, a, mx, exists; the host of the mx */
    cr_expect_eq(probe_stage_run(&run.network, table, COUNT(table), run_probe, &run, 0), 300);
    cr_expect_eq(((struct spf_record_facts *)run.facts->records.items[0])->lookups.value, 5);
    arena_free(run.arena);
}

/* ---- limits ---- */

/* Each record includes two others that nobody has seen: it ends all the same. */
static int ask_more(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                    struct arena *arena, struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof *answer);
    struct dns_record *record = list_new_item(&answer->records, arena, sizeof *record);
    const char *text = arena_format(arena, "v=spf1 include:a.%s include:b.%s -all", name, name);
    struct buffer data = {0};

    (void)resolver;
    (void)deadline;
    answer->name = name;
    answer->type = record->type = type;
    answer->outcome = type == DNS_TXT && strlen(name) < 100 ? DNS_DATA : DNS_NODATA;
    put_u8(&data, (uint8_t)strlen(text));
    put_text(&data, text);
    record->data = bytes_of(arena_copy(arena, data.data, data.size), data.size);
    record->text = "";
    buffer_free(&data);
    *ret = answer;
    return 0;
}

static void run_without_end(void *argument)
{
    struct run *run = argument;
    struct resolver resolver = {.ask = ask_more};

    run->network.resolver = &resolver;
    run_probe(run);
}

Test(probe_spf, without_end)
{
    struct run run = new_run();
    const struct spf_result_facts *result;

    (void)probe_stage_run(&run.network, NULL, 0, run_without_end, &run, 0);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.facts->records.count, (size_t)SPF_RECORDS_MAX);
    cr_expect_eq(run.facts->complete, NO);
    result = run.facts->results.items[0];
    cr_expect_eq(result->result, SPF_PERMERROR);
    cr_expect_eq(result->lookups.value, 11);
    arena_free(run.arena);
}

/* Stopped on the way: what was answered is there, and that it is not all. */
Test(probe_spf, canceled)
{
    static const struct fake_answer table[] = {
        {ZONE, "TXT", .records = {"\"v=spf1 include:a.x -all\""}, .delay_ms = 100},
        {"a.x", "TXT", .records = {"\"v=spf1 -all\""}, .delay_ms = 100},
    };
    struct run run = new_run();

    cr_expect_eq(probe_stage_run(&run.network, table, COUNT(table), run_probe, &run, 150), 150);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.facts->records.count, 2);
    cr_expect_eq(run.facts->complete, NO);
    cr_expect_eq(run.facts->results.count, 0);
    arena_free(run.arena);
}

/* ---- names that servers give themselves ---- */

Test(probe_spf, helo)
{
    static const struct fake_answer table[] = {
        TXT("mx.example.org", "v=spf1 a -all"),
        A("mx.example.org", "192.0.2.25"),
        A("other.example.org", "192.0.2.26"),
    };
    struct run run = new_run();
    struct smtp_ehlo_facts inside = {.name = "mx.example.org"}, other = {.name = "other.example.org"};
    struct smtp_facts smtp[] = {{.ehlo = &inside, .ehlo_tls = &other}, {.ehlo = &inside}};
    struct endpoint_facts endpoints[] = {{.address = "192.0.2.25", .smtp = &smtp[0]},
                                         {.address = "192.0.2.26", .smtp = &smtp[1]}};
    const struct spf_helo_facts *first, *second;

    for (size_t i = 0; i < COUNT(endpoints); i++)
        cr_assert_eq(list_add(&run.endpoints, run.arena, &endpoints[i]), 0);
    (void)probe_stage_run(&run.network, table, COUNT(table), run_helo, &run, 0);
    cr_assert_eq(run.result, 0);
    cr_assert_eq(run.facts->helo.count, 2);
    first = run.facts->helo.items[0];
    second = run.facts->helo.items[1];
    cr_expect_str_eq(first->name, "mx.example.org");
    cr_expect_str_eq(results_text(run.arena, &first->results), "pass fail");
    cr_expect_str_eq(second->name, "other.example.org");
    cr_expect(second->texts.observed && second->texts.count == 0 && !second->results.observed);
    arena_free(run.arena);
}
