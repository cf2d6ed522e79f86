/*
 * resolver.c - tests of the resolver that answers from a table: what others' tests rely on
 */
#include "scanner/base/arena.h"
#include "scanner/net/task.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct fake_answer table[] = {
    {"example.org", "MX", .records = {"10 Mail.example.org", "20 backup.example.org"}, .ttl = 60},
    {"example.org", "TXT", .records = {"\"v=spf1 \" \"-all\"", "plain; text \\\"quoted\\\" \\001"}},
    {"null.example.org", "MX", .records = {"0 ."}},
    {"mail.example.org", "A", .records = {"192.0.2.1", "192.0.2.2"}, .authenticated = true},
    {"mail.example.org", "AAAA", .records = {"2001:db8::1"}},
    {"www.example.org", "CNAME", .records = {"web.example.org."}},
    {"web.example.org", "CNAME", .records = {"mail.example.org"}},
    {"dangling.example.org", "CNAME", .records = {"nowhere.example.org"}},
    {"loop.example.org", "CNAME", .records = {"loop.example.org"}},
    {"_25._tcp.mail.example.org", "TLSA", .records = {"3 1 1 AABBcc dd"}},
    {"example.org", "SOA", .records = {"ns.example.org hostmaster\\.x.example.org 1 2 3 4 5"}},
    {"example.org", "CAA", .records = {"0 issue \"ca.example\""}},
    {"_imaps._tcp.example.org", "SRV", .records = {"0 1 993 mail.example.org"}},
    {"1.2.0.192.in-addr.arpa", "PTR", .records = {"mail.example.org"}},
    {"broken.example.org", "MX", .outcome = DNS_FAILURE},
    {"late.example.org", "MX", .outcome = DNS_FAILURE, .reason = "timeout"},
    {"gone.example.org", "A", .outcome = DNS_NXDOMAIN},
    {"slow.example.org", "A", .records = {"192.0.2.3"}, .delay_ms = 5000},
    {"raw.example.org", "TYPE65280", .records = {"\\# 2 abCD"}},
};

static const struct {
    const char *name;
    uint16_t type;
    enum dns_outcome outcome;
    const char *text; /* of the first record, or the reason */
    size_t records, aliases;
} rows[] = {
    {"example.org", DNS_MX, DNS_DATA, "10 Mail.example.org", 2, 0},
    {"EXAMPLE.org.", DNS_MX, DNS_DATA, "10 Mail.example.org", 2, 0},
    {"example.org", DNS_TXT, DNS_DATA, "\"v=spf1 \" \"-all\"", 2, 0},
    {"null.example.org", DNS_MX, DNS_DATA, "0 .", 1, 0},
    {"mail.example.org", DNS_AAAA, DNS_DATA, "2001:db8::1", 1, 0},
    {"www.example.org", DNS_A, DNS_DATA, "192.0.2.1", 2, 2},
    {"www.example.org", DNS_MX, DNS_NODATA, "", 0, 2},
    {"www.example.org", DNS_CNAME, DNS_DATA, "web.example.org", 1, 0},
    {"dangling.example.org", DNS_A, DNS_NXDOMAIN, "", 0, 1},
    {"loop.example.org", DNS_A, DNS_FAILURE, "CNAME chain longer than 8 links", 0, 9},
    {"_25._tcp.mail.example.org", 52, DNS_DATA, "3 1 1 aabbccdd", 1, 0},
    {"example.org", DNS_SOA, DNS_DATA, "ns.example.org hostmaster\\.x.example.org 1 2 3 4 5", 1, 0},
    {"example.org", 257, DNS_DATA, "0 issue \"ca.example\"", 1, 0},
    {"_imaps._tcp.example.org", 33, DNS_DATA, "0 1 993 mail.example.org", 1, 0},
    {"1.2.0.192.in-addr.arpa", DNS_PTR, DNS_DATA, "mail.example.org", 1, 0},
    {"broken.example.org", DNS_MX, DNS_FAILURE, "SERVFAIL", 0, 0},
    {"late.example.org", DNS_MX, DNS_FAILURE, "timeout", 0, 0},
    {"gone.example.org", DNS_A, DNS_NXDOMAIN, "", 0, 0},
    {"slow.example.org", DNS_A, DNS_DATA, "192.0.2.3", 1, 0},
    {"raw.example.org", 65280, DNS_DATA, "\\# 2 abcd", 1, 0},
    {"example.org", DNS_A, DNS_NODATA, "", 0, 0},
    {"_tcp.mail.example.org", DNS_A, DNS_NODATA, "", 0, 0}, /* nothing there but names below it */
    {"other.example.org", DNS_A, DNS_NXDOMAIN, "", 0, 0},
};

/* Without an engine nothing waits: for tests of pure evaluators. */
Test(resolver, table)
{
    struct fake_resolver *fake = fake_resolver_new(NULL, table, COUNT(table));
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dns_answer *answer = NULL;

        cr_assert_eq(
            resolver_ask(fake_resolver(fake), rows[i].name, rows[i].type, DEADLINE_NEVER, arena, &answer), 0);
        const struct dns_record *first = answer->records.count > 0 ? answer->records.items[0] : NULL;
        const char *text = answer->reason != NULL ? answer->reason : first != NULL ? first->text : "";

        cr_expect_eq(answer->outcome, rows[i].outcome, "%s: %d", rows[i].name, answer->outcome);
        cr_expect_str_eq(text, rows[i].text, "%s: %s", rows[i].name, text);
        cr_expect_eq(answer->records.count, rows[i].records, "%s", rows[i].name);
        cr_expect_eq(answer->aliases.count, rows[i].aliases, "%s", rows[i].name);
    }
    const struct list *questions = fake_resolver_questions(fake);

    cr_expect_eq(questions->count, COUNT(rows));
    cr_expect_str_eq(questions->items[1], "MX example.org");
    arena_free(arena);
    fake_resolver_free(fake);
    fake_resolver_free(NULL);
}

Test(resolver, not_a_name)
{
    struct fake_resolver *fake = fake_resolver_new(NULL, table, COUNT(table));
    struct arena *arena = arena_new(0);
    struct dns_answer *answer = NULL;

    cr_expect_eq(resolver_ask(fake_resolver(fake), "a..b", DNS_A, DEADLINE_NEVER, arena, &answer), -EINVAL);
    cr_expect_null(answer);
    arena_free(arena);
    fake_resolver_free(fake);
}

struct slow {
    struct engine *engine;
    struct resolver *resolver;
    struct arena *arena;
    struct dns_answer *answer;
    int64_t deadline;
    int result;
};

static void ask_slow(void *argument)
{
    struct slow *slow = argument;

    slow->result =
        resolver_ask(slow->resolver, "slow.example.org", DNS_A, slow->deadline, slow->arena, &slow->answer);
}

static void ask_and_cancel(void *argument)
{
    struct slow *slow = argument;
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(slow->engine), "asker", &group), 0);
    cr_assert_eq(task_spawn(group, ask_slow, slow, "asker"), 0);
    cr_expect_eq(task_sleep(slow->engine, 1000, "the asker to wait"), 0);
    task_group_end(group);
}

/* On a virtual clock a delay takes its time and no time: patience that suffices, that does not, and a cancel.
 */
Test(resolver, delay)
{
    static const struct {
        int64_t deadline;
        bool cancel;
        int result;
        enum dns_outcome outcome;
        int64_t now;
    } delays[] = {
        {DEADLINE_NEVER, false, 0, DNS_DATA, 5000},
        {5000, false, 0, DNS_DATA, 5000},
        {4999, false, 0, DNS_FAILURE, 4999},
        {DEADLINE_NEVER, true, -ECANCELED, DNS_NOT_ASKED, 1000},
    };

    for (size_t i = 0; i < COUNT(delays); i++) {
        struct clock clock = clock_virtual(1700000000);
        struct engine_options options = {.clock = &clock};
        struct slow slow = {.arena = arena_new(0), .deadline = delays[i].deadline};
        struct fake_resolver *fake;

        cr_assert_eq(engine_new(&options, &slow.engine), 0);
        fake = fake_resolver_new(slow.engine, table, COUNT(table));
        slow.resolver = fake_resolver(fake);
        cr_assert_eq(
            task_spawn(engine_root(slow.engine), delays[i].cancel ? ask_and_cancel : ask_slow, &slow, "test"),
            0);
        cr_assert_eq(engine_run(slow.engine), 0);
        cr_expect_eq(slow.result, delays[i].result, "%zu: %d", i, slow.result);
        cr_expect_eq(slow.answer != NULL ? slow.answer->outcome : DNS_NOT_ASKED, delays[i].outcome, "%zu", i);
        cr_expect_eq(engine_now(slow.engine), delays[i].now, "%zu: %ld", i, (long)engine_now(slow.engine));
        engine_free(slow.engine);
        fake_resolver_free(fake);
        arena_free(slow.arena);
    }
}
