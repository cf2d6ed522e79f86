/*
 * spf.c - tests of SPF: records in, terms and faults out; macros; networks; check_host() over a DNS of a table
 */
#include "probes/protocol/spf_check.h"

#include "probes/protocol/spf_macro.h"
#include "probes/protocol/spf_network.h"
#include "probes/protocol/spf_record.h"
#include "scanner/base/arena.h"
#include "scanner/net/task.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct bytes text(const char *text)
{
    return bytes_of(text, strlen(text));
}

/* ---- which record ---- */

Test(spf, announces)
{
    static const struct {
        const char *record;
        bool announces, intended;
    } rows[] = {
        {"v=spf1", true, false},
        {"v=spf1 -all", true, false},
        {"V=SPF1 -all", true, false},
        {"v=spf1  ", true, false},
        {"v=spf10 -all", false, true},
        {"v=spf1-all", false, true},
        {"v=spf1;-all", false, true},
        {"v=spf1\t-all", false, true},
        {" v=spf1 -all", false, true},
        {"\"v=spf1 -all\"", false, true},
        {"v = spf1 -all", false, true},
        {"spf1 -all", false, true},
        {"v=spf2.0/pra -all", false, true},
        {"v=DMARC1; p=none", false, false},
        {"", false, false},
        {"google-site-verification=spf1", false, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_expect_eq(spf_announces(text(rows[i].record)), rows[i].announces, "%s", rows[i].record);
        cr_expect_eq(spf_intended(text(rows[i].record)), rows[i].intended, "%s", rows[i].record);
    }
}

/* ---- terms ---- */

/* "kind qualifier domain|network" of each term; of a fault "!position" */
static void put_term(struct buffer *out, const struct spf_term *term, struct arena *arena)
{
    struct spf_network ipv4 = {term->address, term->prefix_ipv4}, ipv6 = {term->address, term->prefix_ipv6};

    put_format(out, "%s", out->size > 0 ? " " : "");
    if (term->fault != NULL) {
        put_format(out, "!%zu", term->position);
        return;
    }
    if (!spf_is_modifier(term->kind))
        put_u8(out, (uint8_t)term->qualifier);
    put_text(out, spf_kind_values[term->kind]);
    if (term->domain.data != NULL)
        put_format(out, ":%.*s", (int)term->domain.size, (const char *)term->domain.data);
    if (term->kind == SPF_IP4)
        put_format(out, ":%s", spf_network_text(&ipv4, arena));
    if (term->kind == SPF_IP6)
        put_format(out, ":%s", spf_network_text(&ipv6, arena));
    if ((term->kind == SPF_A || term->kind == SPF_MX) &&
        (term->prefix_ipv4 != 32 || term->prefix_ipv6 != 128))
        put_format(out, "/%u//%u", term->prefix_ipv4, term->prefix_ipv6);
}

Test(spf, terms)
{
    static const struct {
        const char *record, *terms;
    } rows[] = {
        {"v=spf1", ""},
        {"v=spf1 -all", "-all"},
        {"v=spf1  mx   ~ALL ", "+mx ~all"},
        {"v=spf1 a", "+a"},
        {"v=spf1 ?a:mail.example.org/24//64", "?a:mail.example.org/24//64"},
        {"v=spf1 a/0", "+a/0//128"},
        {"v=spf1 a//0", "+a/32//0"},
        {"v=spf1 mx:foo:bar/baz.example.org/8", "+mx:foo:bar/baz.example.org/8//128"},
        {"v=spf1 a/33", "!9"},
        {"v=spf1 a//129", "!10"},
        {"v=spf1 a/024", "!9"},
        {"v=spf1 a/24/64", "!12"},
        {"v=spf1 a/", "!8"},
        {"v=spf1 a/999999999999999999999", "!9"},
        {"v=spf1 ip4:192.0.2.1", "+ip4:192.0.2.1"},
        {"v=spf1 ip4:192.0.2.1/24", "+ip4:192.0.2.0/24"},
        {"v=spf1 ip4:192.0.2", "!11"},
        {"v=spf1 ip4:192.0.2.01", "!11"},
        {"v=spf1 ip4:192.0.2.1/33", "!21"},
        {"v=spf1 ip4:2001:db8::1", "!11"},
        {"v=spf1 ip4", "!10"},
        {"v=spf1 ip4:", "!11"},
        {"v=spf1 ip6:2001:DB8::/32", "+ip6:2001:db8::/32"},
        {"v=spf1 ip6:192.0.2.1", "!11"},
        {"v=spf1 ip6:2001:db8::1//64", "!11"},
        {"v=spf1 ip:192.0.2.1", "!7"},
        {"v=spf1 ipv4:192.0.2.1", "!7"},
        {"v=spf1 include:_spf.example.org", "+include:_spf.example.org"},
        {"v=spf1 include", "!14"},
        {"v=spf1 include:", "!15"},
        {"v=spf1 include=example.org", "unknown_modifier:example.org"},
        {"v=spf1 include:example", "!15"},
        {"v=spf1 include:example.org/24", "!23"},
        {"v=spf1 a:192.0.2.1", "!17"},
        {"v=spf1 exists:%{i}._spf.%{d2}", "+exists:%{i}._spf.%{d2}"},
        {"v=spf1 exists", "!13"},
        {"v=spf1 exists:%{x}.example.org", "!14"},
        {"v=spf1 exists:%i.example.org", "!14"},
        {"v=spf1 ptr ptr:example.org", "+ptr +ptr:example.org"},
        {"v=spf1 ptr/24", "!10"},
        {"v=spf1 redirect=_spf.example.org", "redirect:_spf.example.org"},
        {"v=spf1 redirect:_spf.example.org", "!7"},
        {"v=spf1 -redirect=_spf.example.org", "!8"},
        {"v=spf1 redirect=a.example redirect=b.example", "redirect:a.example !26"},
        {"v=spf1 redirect= -all", "!16 -all"},
        {"v=spf1 exp=a.example exp=a.example", "exp:a.example !21"},
        {"v=spf1 exp=%{r}.example.org", "!11"},
        {"v=spf1 moo.cow-far_out=man:dog/cat", "unknown_modifier:man:dog/cat"},
        {"v=spf1 moo=%x", "!11"},
        {"v=spf1 moo=", "unknown_modifier:"},
        {"v=spf1 1up=foo", "!7"},
        {"v=spf1 =foo", "!7"},
        {"v=spf1 all.", "!10"},
        {"v=spf1 -all:x", "!11"},
        {"v=spf1 - all", "!8 +all"},
        {"v=spf1 --all", "!8"},
        {"v=spf1 mx\t-all", "!9"},
        {"v=spf1 mx, -all", "!9 -all"},
        {"v=spf1 a:\xc3\xa4.example.org mx", "!9 +mx"},
        {"v=spf1 a:example.-org", "!17"},
        {"v=spf1 a:example.org. a:example.org..", "+a:example.org. !36"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct spf_record *record = NULL;
        struct buffer out = {0};

        cr_assert_eq(spf_record_read(text(rows[i].record), arena, &record), 0);
        for (size_t j = 0; j < record->terms.count; j++)
            put_term(&out, record->terms.items[j], arena);
        put_u8(&out, '\0');
        cr_expect_str_eq((const char *)out.data, rows[i].terms, "%s: %s", rows[i].record,
                         (const char *)out.data);
        cr_expect_eq(record->bad != NULL, strchr(rows[i].terms, '!') != NULL, "%s", rows[i].record);
        buffer_free(&out);
        arena_free(arena);
    }
}

Test(spf, used)
{
    static const char record_text[] = "v=spf1 mx -all a redirect=example.org exp=x.example";
    static const bool used[] = {true, true, false, false, true};
    struct arena *arena = arena_new(0);
    struct spf_record *record = NULL;

    cr_assert_eq(spf_record_read(text(record_text), arena, &record), 0);
    for (size_t i = 0; i < COUNT(used); i++)
        cr_expect_eq(spf_term_used(record, record->terms.items[i]), used[i], "term %zu", i);
    arena_free(arena);
}

Test(spf, many_terms)
{
    struct arena *arena = arena_new(0);
    struct spf_record *record = NULL;
    struct buffer out = {0};
    const struct spf_term *last;

    put_text(&out, "v=spf1");
    for (int i = 0; i < 20000; i++)
        put_text(&out, " a");
    cr_assert_eq(spf_record_read(bytes_of(out.data, out.size), arena, &record), 0);
    cr_assert_eq(record->terms.count, (size_t)SPF_TERMS_MAX);
    last = record->terms.items[record->terms.count - 1];
    cr_expect_eq(record->bad, last);
    buffer_free(&out);
    arena_free(arena);
}

/* ---- macros ---- */

Test(spf, macros)
{
    static const struct {
        const char *spec, *client, *expanded;
    } rows[] = {
        {"%{s}", "192.0.2.3", "strong-bad@email.example.com"},
        {"%{o}", "192.0.2.3", "email.example.com"},
        {"%{d}", "192.0.2.3", "email.example.com"},
        {"%{d4}", "192.0.2.3", "email.example.com"},
        {"%{d3}", "192.0.2.3", "email.example.com"},
        {"%{d2}", "192.0.2.3", "example.com"},
        {"%{d1}", "192.0.2.3", "com"},
        {"%{dr}", "192.0.2.3", "com.example.email"},
        {"%{d2r}", "192.0.2.3", "example.email"},
        {"%{D2R}", "192.0.2.3", "example.email"},
        {"%{l}", "192.0.2.3", "strong-bad"},
        {"%{l-}", "192.0.2.3", "strong.bad"},
        {"%{lr}", "192.0.2.3", "strong-bad"},
        {"%{lr-}", "192.0.2.3", "bad.strong"},
        {"%{l1r-}", "192.0.2.3", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "192.0.2.3", "bad.strong.lp._spf.example.com"},
        {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "192.0.2.3", "example.com.trusted-domains.example.net"},
        {"%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01",
         "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com"},
        {"%{h}|%{p}|%{r}|%{t}|%{c}", "2001:db8::cb01", "mx.example.org|unknown|unknown|7|2001:db8::cb01"},
        {"a%%b%_c%-d", "192.0.2.3", "a%b c%20d"},
        {"%{S}", "192.0.2.3", "strong-bad%40email.example.com"},
        {"%{l1000000000000-}", "192.0.2.3", "strong.bad"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct spf_values values = {.local = "strong-bad",
                                    .sender_domain = "email.example.com",
                                    .domain = "email.example.com",
                                    .helo = "mx.example.org",
                                    .now = 7};
        struct bytes expanded;
        size_t at;

        cr_assert_eq(address_parse(rows[i].client, &values.client), 0);
        cr_expect_null(spf_macro_fault(text(rows[i].spec), SPF_IN_EXPLANATION, &at), "%s", rows[i].spec);
        cr_assert_eq(spf_macro_expand(text(rows[i].spec), &values, arena, &expanded), 0);
        cr_expect_str_eq((const char *)expanded.data, rows[i].expanded, "%s: %s", rows[i].spec,
                         (const char *)expanded.data);
        arena_free(arena);
    }
}

Test(spf, macro_faults)
{
    static const char *const faults[] = {"%",     "%x",    "%{",     "%{d",   "%{}",  "%{a}",
                                         "%{d0}", "%{d;}", "%{dr2}", "a\x80", "a\nb", "%{d.-+,/_=}%"};
    size_t at;

    for (size_t i = 0; i < COUNT(faults); i++)
        cr_expect_not_null(spf_macro_fault(text(faults[i]), SPF_IN_EXPLANATION, &at), "%s", faults[i]);
    cr_expect_null(spf_macro_fault(text("a b %{c}"), SPF_IN_EXPLANATION, &at));
    cr_expect_not_null(spf_macro_fault(text("a b"), SPF_IN_NAMES, &at));
    cr_expect_not_null(spf_macro_fault(text("%{c}"), SPF_IN_NAMES, &at));
}

Test(spf, names)
{
    static const struct {
        const char *expanded, *name;
    } rows[] = {
        {"example.org", "example.org"},
        {"example.org.", "example.org"},
        {"foo:bar/baz.example.org", "foo\\058bar\\047baz.example.org"},
        {"a b.example.org", "a\\032b.example.org"},
        {"", NULL},
        {".", NULL},
        {"a..b", NULL},
        {".a.b", NULL},
        {"a123456789012345678901234567890123456789012345678901234567890123.example.org", NULL},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *name = NULL;

        (void)spf_name(text(rows[i].expanded), arena, &name);
        if (rows[i].name == NULL)
            cr_expect_null(name, "%s", rows[i].expanded);
        else
            cr_expect_str_eq(name, rows[i].name);
    }
    arena_free(arena);
}

/* Too long: labels go, from the left. */
Test(spf, long_name)
{
    struct arena *arena = arena_new(0);
    struct buffer out = {0};
    const char *name = NULL;

    for (int i = 0; i < 60; i++)
        put_format(&out, "label%03d.", i); /* nine bytes each */
    put_text(&out, "example.org");
    cr_assert_eq(spf_name(bytes_of(out.data, out.size), arena, &name), 0);
    cr_expect_leq(strlen(name), 253);
    cr_expect_eq(strncmp(name, "label034.", 9), 0, "%s", name);
    buffer_free(&out);
    arena_free(arena);
}

/* ---- networks ---- */

Test(spf, network_sums)
{
    static const struct {
        const char *networks[5];
        unsigned prefixes[5];
        uint64_t addresses;
    } rows[] = {
        {{"192.0.2.0"}, {24}, 256},
        {{"192.0.2.7"}, {24}, 256},
        {{"192.0.2.0", "192.0.2.128", "192.0.2.255"}, {24, 25, 32}, 256},
        {{"192.0.2.255", "192.0.3.0", "192.0.2.255"}, {32, 32, 32}, 2},
        {{"0.0.0.0"}, {0}, UINT64_C(1) << 32},
        {{"10.0.0.0", "0.0.0.0", "11.0.0.0"}, {8, 0, 8}, UINT64_C(1) << 32},
        {{"2001:db8::"}, {32}, 0},
        {{NULL}, {0}, 0},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct spf_network networks[5];
        size_t count = 0;

        for (; rows[i].networks[count] != NULL; count++) {
            networks[count].prefix = rows[i].prefixes[count];
            cr_assert_eq(address_parse(rows[i].networks[count], &networks[count].address), 0);
        }
        cr_expect_eq(spf_networks_addresses(networks, count), rows[i].addresses, "row %zu", i);
    }
}

/* ---- check_host() ---- */

struct check_row {
    struct fake_answer table[16];
    const char *client, *sender, *helo;
    enum spf_result result;
    const char *decided; /* "record: term in network", reason or explanation */
    unsigned lookups, void_lookups;
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

static const struct check_row check_rows[] = {
    {{TXT(ZONE, "v=spf1 ip4:192.0.2.0/24 -all")},
     "192.0.2.1",
     "a@" ZONE,
     "h",
     SPF_PASS,
     "example.org: ip4:192.0.2.0/24 in 192.0.2.0/24",
     0,
     0},
    {{TXT(ZONE, "v=spf1 ip4:192.0.2.0/24 -all")},
     "192.0.3.1",
     "a@" ZONE,
     "h",
     SPF_FAIL,
     "example.org: -all",
     0,
     0},
    {{TXT(ZONE, "v=spf1 ip4:192.0.2.0/24 -all")},
     "::ffff:192.0.2.1",
     "a@" ZONE,
     "h",
     SPF_PASS,
     "example.org: ip4:192.0.2.0/24 in 192.0.2.0/24",
     0,
     0},
    /* an include passes, its -all does not count */
    {{TXT(ZONE, "v=spf1 include:one.example include:two.example ~all"), TXT("one.example", "v=spf1 -all"),
      TXT("two.example", "v=spf1 a:mx.example/28 -all"), A("mx.example", "192.0.2.17")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PASS,
     "two.example: a:mx.example/28 in 192.0.2.16/28",
     3,
     0},
    {{TXT(ZONE, "v=spf1 -include:one.example ?all"), TXT("one.example", "v=spf1 +all")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_FAIL,
     "example.org: -include:one.example",
     1,
     0},
    {{TXT(ZONE, "v=spf1 include:none.example -all"), A("none.example", "192.0.2.1")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PERMERROR,
     "example.org: include:none.example (none.example has no SPF record)",
     1,
     0},
    {{TXT(ZONE, "v=spf1 include:bad.example -all"), TXT("bad.example", "v=spf1 ip4:x")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PERMERROR,
     "bad.example: ip4:x (this is no IPv4 address with an optional prefix length)",
     1,
     0},
    {{TXT(ZONE, "v=spf1 redirect=two.example"), TXT("two.example", "v=spf1 -all")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_FAIL,
     "two.example: -all",
     1,
     0},
    {{TXT(ZONE, "v=spf1 redirect=none.example")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PERMERROR,
     "example.org: redirect=none.example (none.example has no SPF record)",
     1,
     0},
    {{{ZONE, "TXT", .records = {"\"v=spf1 -all\"", "\"v=spf1 mx -all\""}}},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PERMERROR,
     "example.org: (there is more than one SPF record)",
     0,
     0},
    {{{ZONE, "TXT", .outcome = DNS_FAILURE}},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_TEMPERROR,
     "example.org: (TXT of example.org: SERVFAIL)",
     0,
     0},
    {{{ZONE, "TXT", .records = {"\"v=spf1 -all\""}, .security = DNS_BOGUS}},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_TEMPERROR,
     "example.org: (TXT of example.org: DNSSEC finds the answer bogus)",
     0,
     0},
    {{TXT(ZONE, "v=spf1 a -all"), {ZONE, "A", .outcome = DNS_FAILURE, .reason = "timeout"}},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_TEMPERROR,
     "example.org: a (A of example.org: timeout)",
     1,
     0},
    {{A(ZONE, "192.0.2.1")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_NONE,
     "- (the domain has no SPF record)",
     0,
     0},
    {{A(ZONE, "192.0.2.1")},
     "192.0.2.30",
     "",
     "localhost",
     SPF_NONE,
     "- (this is no domain name of two labels or more)",
     0,
     0},
    /* HELO when there is no sender */
    {{TXT("mx.example", "v=spf1 a -all"), A("mx.example", "192.0.2.30")},
     "192.0.2.30",
     "",
     "mx.example",
     SPF_PASS,
     "mx.example: a in 192.0.2.30",
     1,
     0},
    /* terms count, not questions: neither host has an address */
    {{TXT(ZONE, "v=spf1 mx a:x.example -all"),
      {ZONE, "MX", .records = {"1 a.example", "2 b.example", "3 c.example"}}},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_FAIL,
     "example.org: -all",
     2,
     2},
    {{TXT(ZONE, "v=spf1 a:a.example a:b.example exists:c.example -all")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PERMERROR,
     "example.org: exists:c.example (more terms find nothing than the two that are allowed)",
     3,
     3},
    /* a reverse name that cannot be looked up matches nothing */
    {{TXT(ZONE, "v=spf1 ptr -all"), {"30.2.0.192.in-addr.arpa", "PTR", .outcome = DNS_FAILURE}},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_FAIL,
     "example.org: -all",
     1,
     0},
    {{TXT(ZONE, "v=spf1 ptr -all"),
      {"30.2.0.192.in-addr.arpa", "PTR", .records = {"mx.example.org"}},
      A("mx.example.org", "192.0.2.30")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PASS,
     "example.org: ptr",
     1,
     0},
    {{TXT(ZONE, "v=spf1 exists:%{ir}.%{l1r+}.%{d} -all"), A("30.2.0.192.a.example.org", "127.0.0.2")},
     "192.0.2.30",
     "a+b@" ZONE,
     "h",
     SPF_PASS,
     "example.org: exists:%{ir}.%{l1r+}.%{d}",
     1,
     0},
    /* a record that leads to itself ends after ten */
    {{TXT(ZONE, "v=spf1 include:" ZONE)},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PERMERROR,
     "example.org: include:example.org (it takes more than the ten terms with lookups that are allowed)",
     11,
     0},
    {{TXT(ZONE, "v=spf1 redirect=" ZONE)},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_PERMERROR,
     "example.org: redirect=example.org (it takes more than the ten terms with lookups that are allowed)",
     11,
     0},
    /* the explanation, with macros of its own */
    {{TXT(ZONE, "v=spf1 exp=why.%{d} -all"), TXT("why.example.org", "%{i} is not one of %{o}: %{c}")},
     "2001:db8::1",
     "a@" ZONE,
     "h",
     SPF_FAIL,
     "example.org: -all \"2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1 is not one of "
     "example.org: "
     "2001:db8::1\"",
     0,
     0},
    {{TXT(ZONE, "v=spf1 exp=why.%{d} ~all"), TXT("why.example.org", "no")},
     "192.0.2.30",
     "a@" ZONE,
     "h",
     SPF_SOFTFAIL,
     "example.org: ~all",
     0,
     0},
    {{TXT(ZONE, "v=spf1 mx")}, "192.0.2.30", "a@" ZONE, "h", SPF_NEUTRAL, "example.org:", 1, 1},
};

struct check_run {
    struct engine *engine;
    struct spf_question question;
    struct spf_verdict verdict;
    struct arena *arena;
    int error;
};

static void run_check(void *argument)
{
    struct check_run *run = argument;

    run->error = spf_check(&run->question, run->arena, &run->verdict);
}

static void put_verdict(struct buffer *out, const struct spf_verdict *verdict)
{
    if (verdict->record != NULL)
        put_format(out, "%s:", verdict->record);
    else
        put_text(out, "-");
    if (verdict->term != NULL)
        put_format(out, " %s", verdict->term);
    if (verdict->network != NULL)
        put_format(out, " in %s", verdict->network);
    if (verdict->reason != NULL)
        put_format(out, " (%s)", verdict->reason);
    if (verdict->explanation != NULL)
        put_format(out, " \"%s\"", verdict->explanation);
    put_u8(out, '\0');
}

Test(spf, check_host)
{
    for (size_t i = 0; i < COUNT(check_rows); i++) {
        const struct check_row *row = &check_rows[i];
        struct check_run run = {.arena = arena_new(0)};
        struct clock clock = clock_virtual(0);
        struct fake_resolver *fake;
        struct buffer out = {0};
        size_t count = 0;

        while (count < COUNT(row->table) && row->table[count].name != NULL)
            count++;
        fake = fake_resolver_new(NULL, row->table, count);
        run.question = (struct spf_question){.resolver = fake_resolver(fake),
                                             .deadline = DEADLINE_NEVER,
                                             .sender = row->sender,
                                             .helo = row->helo,
                                             .limits = spf_limits};
        cr_assert_eq(address_parse(row->client, &run.question.client), 0);
        cr_assert_eq(engine_new(&(struct engine_options){.clock = &clock}, &run.engine), 0);
        cr_assert_eq(task_spawn(engine_root(run.engine), run_check, &run, "SPF"), 0);
        cr_assert_eq(engine_run(run.engine), 0);
        cr_assert_eq(run.error, 0);
        put_verdict(&out, &run.verdict);
        cr_expect_str_eq((const char *)out.data, row->decided, "row %zu: %s", i, (const char *)out.data);
        cr_expect_eq(run.verdict.result, row->result, "row %zu: %s", i,
                     spf_result_values[run.verdict.result]);
        cr_expect_eq(run.verdict.lookups, row->lookups, "row %zu: %u", i, run.verdict.lookups);
        cr_expect_eq(run.verdict.void_lookups, row->void_lookups, "row %zu: %u", i, run.verdict.void_lookups);
        buffer_free(&out);
        engine_free(run.engine);
        fake_resolver_free(fake);
        arena_free(run.arena);
    }
}
