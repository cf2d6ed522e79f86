/*
 * dnsbl.c - tests of names to ask a blacklist for and of what its answers mean: answers of a table in, words out
 */
#include "probes/protocol/dnsbl.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <string.h>

static const char lists_text[] =
    "{\"schema\": 1, \"name\": \"test\", \"lists\": ["
    "{\"zone\": \"ip.bl\", \"name\": \"IP\", \"kinds\": [\"ipv4\", \"ipv6\"], \"tier\": 1, \"codes\": "
    "[{\"code\": \"127.0.0.2\", \"meaning\": \"spam\"}, {\"code\": \"127.0.0.4-7\", \"meaning\": \"drone\"}, "
    "{\"code\": \"127.0.0.10\", \"meaning\": \"dynamic\", \"policy\": true}], "
    "\"refusals\": [{\"code\": \"127.255.255.254\", \"meaning\": \"public resolver\"}]},"
    "{\"zone\": \"bits.bl\", \"name\": \"Bits\", \"kinds\": [\"domain\"], \"tier\": 1, \"key\": \"secret\", "
    "\"keyed_zone\": \"{key}.bits.bl\", \"codes\": "
    "[{\"bit\": 2, \"meaning\": \"black\"}, {\"bit\": 4, \"meaning\": \"grey\"}], "
    "\"refusals\": [{\"code\": \"127.0.0.1\", \"meaning\": \"refused\"}]}]}";

enum { IPV4 = 0, IPV6, DOMAIN };

static const struct blocklist *list_at(struct arena *arena, size_t index)
{
    const struct blocklists *lists;
    const char *error = NULL;

    cr_assert_eq(blocklists_read(lists_text, strlen(lists_text), arena, &lists, &error), 0, "%s", error);
    return lists->lists.items[index];
}

Test(dnsbl, names)
{
    static const struct {
        size_t list;
        const char *subject, *name;
    } rows[] = {
        {IPV4, "192.0.2.99", "99.2.0.192.ip.bl"},
        {IPV6, "2001:db8:1:2:3:4:567:89ab",
         "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip.bl"},
        {IPV6, "::ffff:127.0.0.2", "2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip.bl"},
        {DOMAIN, "example.org", "example.org.secret.bits.bl"},
        {DOMAIN, "192.0.2.99", "192.0.2.99.secret.bits.bl"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(dnsbl_name(list_at(arena, rows[i].list), rows[i].subject, arena), rows[i].name);
    arena_free(arena);
}

static struct dns_answer *ask(struct arena *arena, const struct fake_answer *answer, uint16_t type)
{
    struct fake_resolver *fake = fake_resolver_new(NULL, answer, 1);
    struct dns_answer *result = NULL;

    cr_assert_eq(resolver_ask(fake_resolver(fake), answer->name, type, INT64_MAX, arena, &result), 0);
    fake_resolver_free(fake);
    return result;
}

static const char *words(struct arena *arena, const struct dnsbl_reading *reading)
{
    const char *text =
        reading->fault != DNSBL_FAULT_NOT_OBSERVED
            ? arena_format(arena, "%s: %s", dnsbl_fault_values[reading->fault], reading->reason)
            : dnsbl_result_values[reading->result];

    for (size_t i = 0; i < reading->codes.count; i++) {
        const struct dnsbl_code_facts *code = reading->codes.items[i];

        text = arena_format(arena, "%s; %s %s%s", text, code->code, code->meaning,
                            code->policy == YES ? " (policy)" : "");
    }
    return text;
}

Test(dnsbl, answers)
{
    static const struct {
        size_t list;
        struct fake_answer answer;
        const char *words;
    } rows[] = {
        {IPV4, {"a.bl", "A", .records = {"127.0.0.2"}}, "listed; 127.0.0.2 spam"},
        {IPV4,
         {"a.bl", "A", .records = {"127.0.0.10", "127.0.0.6"}},
         "listed; 127.0.0.6 drone; 127.0.0.10 dynamic (policy)"},
        {IPV4, {"a.bl", "A", .outcome = DNS_NXDOMAIN}, "clean"},
        {IPV4, {"a.bl", "A", .outcome = DNS_NODATA}, "clean"},
        {IPV4, {"a.bl", "A", .outcome = DNS_FAILURE}, "no_answer: it gave no answer (SERVFAIL)"},
        {IPV4,
         {"a.bl", "A", .outcome = DNS_FAILURE, .reason = "timeout"},
         "no_answer: it gave no answer (timeout)"},
        {DOMAIN,
         {"a.bl", "A", .outcome = DNS_FAILURE, .reason = "CNAME loop at a.Secret.bits.bl"},
         "no_answer: it gave no answer (unknown reason)"},
        {IPV4, {"a.bl", "A", .records = {"127.255.255.254"}}, "refused: public resolver (127.255.255.254)"},
        {IPV4,
         {"a.bl", "A", .records = {"127.255.255.255"}},
         "refused: it does not answer this resolver (127.255.255.255)"},
        /* a refusal beside a code is a refusal */
        {IPV4,
         {"a.bl", "A", .records = {"127.0.0.2", "127.255.255.254"}},
         "refused: public resolver (127.255.255.254)"},
        {IPV4,
         {"a.bl", "A", .records = {"127.0.0.1"}},
         "undocumented: it answers 127.0.0.1, which it does not explain"},
        {IPV4,
         {"a.bl", "A", .records = {"127.0.1.2"}},
         "undocumented: it answers 127.0.1.2, which it does not explain"},
        {IPV4, {"a.bl", "A", .records = {"127.0.0.8", "127.0.0.2"}}, "listed; 127.0.0.2 spam"},
        {IPV4,
         {"a.bl", "A", .records = {"203.0.113.7"}},
         "lists_all: it answers 203.0.113.7, which is no answer of a list: its name was sold or parked"},
        {IPV4,
         {"a.bl", "A", .records = {"127.0.0.2", "203.0.113.7"}},
         "lists_all: it answers 203.0.113.7, which is no answer of a list: its name was sold or parked"},
        {DOMAIN, {"a.bl", "A", .records = {"127.0.0.2"}}, "listed; 127.0.0.2 black"},
        {DOMAIN, {"a.bl", "A", .records = {"127.0.0.14"}}, "listed; 127.0.0.14 black; 127.0.0.14 grey"},
        {DOMAIN, {"a.bl", "A", .records = {"127.0.0.1"}}, "refused: refused (127.0.0.1)"},
        {DOMAIN,
         {"a.bl", "A", .records = {"127.0.0.8"}},
         "undocumented: it answers 127.0.0.8, which it does not explain"},
        {DOMAIN,
         {"a.bl", "A", .records = {"127.0.1.2"}},
         "undocumented: it answers 127.0.1.2, which it does not explain"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        struct dnsbl_reading reading;

        cr_assert_eq(
            dnsbl_read(list_at(arena, rows[i].list), ask(arena, &rows[i].answer, DNS_A), arena, &reading), 0);
        cr_expect_str_eq(words(arena, &reading), rows[i].words, "row %zu: %s", i, words(arena, &reading));
        arena_free(arena);
    }
}

Test(dnsbl, not_asked)
{
    struct arena *arena = arena_new(0);
    struct dnsbl_reading reading;

    cr_assert_eq(dnsbl_read(list_at(arena, IPV4), NULL, arena, &reading), 0);
    cr_expect_eq(reading.fault, DNSBL_STOPPED);
    arena_free(arena);
}

#define THERE                                                                                                \
    {                                                                                                        \
        "a.bl", "A", .records = { "127.0.0.2" }                                                              \
    }
#define MISSING                                                                                              \
    {                                                                                                        \
        "a.bl", "A", .outcome = DNS_NXDOMAIN                                                                 \
    }
#define FAILS                                                                                                \
    {                                                                                                        \
        "a.bl", "A", .outcome = DNS_FAILURE, .reason = "timeout"                                             \
    }
#define REFUSED                                                                                              \
    {                                                                                                        \
        "a.bl", "A", .records = { "127.255.255.254" }                                                        \
    }

Test(dnsbl, self_test)
{
    static const struct {
        struct fake_answer listed, unlisted;
        const char *words;
    } rows[] = {
        {THERE, MISSING, "not_observed"},
        /* test entries have codes of their own in some lists */
        {{"a.bl", "A", .records = {"127.0.0.77"}}, MISSING, "not_observed"},
        {THERE, THERE, "lists_all: it lists 127.0.0.1, which no list may: it answers everything"},
        {THERE,
         {"a.bl", "A", .records = {"127.0.0.77"}},
         "lists_all: it lists 127.0.0.1, which no list may: it answers everything"},
        {MISSING, MISSING,
         "lists_none: it does not list 127.0.0.2, its test entry: it is empty, or does not answer this "
         "resolver"},
        {REFUSED, REFUSED, "refused: public resolver (127.255.255.254)"},
        {REFUSED, MISSING, "refused: public resolver (127.255.255.254)"},
        {FAILS, REFUSED, "refused: public resolver (127.255.255.254)"},
        {REFUSED, FAILS, "refused: public resolver (127.255.255.254)"},
        {FAILS, FAILS, "no_answer: it gave no answer (timeout)"},
        {THERE, FAILS, "no_answer: it gave no answer (timeout)"},
        {FAILS, MISSING, "no_answer: it gave no answer (timeout)"},
        {{"a.bl", "A", .records = {"203.0.113.7"}},
         {"a.bl", "A", .records = {"203.0.113.7"}},
         "lists_all: it answers 203.0.113.7, which is no answer of a list: its name was sold or parked"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        enum dnsbl_fault fault;
        const char *reason, *text;

        cr_assert_eq(dnsbl_read_test(list_at(arena, IPV4), ask(arena, &rows[i].listed, DNS_A),
                                     ask(arena, &rows[i].unlisted, DNS_A), arena, &fault, &reason),
                     0);
        text = reason == NULL ? dnsbl_fault_values[fault]
                              : arena_format(arena, "%s: %s", dnsbl_fault_values[fault], reason);
        cr_expect_str_eq(text, rows[i].words, "row %zu: %s", i, text);
        arena_free(arena);
    }
}

/* Cleaned and in one order; what holds the key is nobody's business. */
Test(dnsbl, texts)
{
    static const struct fake_answer answer = {
        "a.bl", "TXT", .records = {"\"see https://bl/?k=secret\"", "\"zz\"", "\"a\\027[2J\""}};
    struct arena *arena = arena_new(0);
    struct list texts = {0};

    cr_assert_eq(dnsbl_read_texts(list_at(arena, DOMAIN), ask(arena, &answer, DNS_TXT), arena, &texts), 0);
    cr_assert_eq(texts.count, 2);
    cr_expect_str_eq(texts.items[0], "a\\x1b[2J");
    cr_expect_str_eq(texts.items[1], "zz");
    cr_expect_eq(dnsbl_read_texts(list_at(arena, DOMAIN), NULL, arena, &texts), 0);
    arena_free(arena);
}
