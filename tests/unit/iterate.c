/*
 * iterate.c - tests of iteration: a small Internet of scripted name servers, some of them hostile
 */
#include "scanner/net/iterate.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/dns_direct.h"
#include "scanner/net/dns_reply.h"
#include "tests/unit/dns_packets.h"
#include "tests/unit/scripted_dns.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROOT         "198.41.0.4"
#define ROOT_B       "170.247.170.2"
#define TLD          "199.19.56.1"
#define NS_1         "11.4.1.53"
#define NS_2         "11.4.2.53"

/* A test: the Internet, what to do in it. */
struct world {
    struct engine *engine;
    struct clock clock;
    struct arena *arena;
    struct network network;
    struct scripted_dns scripted;
    struct resolver *resolver;
    const char *hints;
    void (*body)(struct world *world);
};

static const char hints_text[] = "; the root\n"
                                 ".                 3600000  NS    A.ROOT.TEST.\n"
                                 ".                 3600000  IN NS B.ROOT.TEST.\n"
                                 "A.ROOT.TEST.      3600000  A     " ROOT "\n"
                                 "A.ROOT.TEST.      3600000  AAAA  2001:503:ba3e::2:30\n"
                                 "B.ROOT.TEST.      3600000  A     " ROOT_B " ; the other one\n";

static void write_hints(const char *text, char path[static 32])
{
    int fd;

    (void)snprintf(path, 32, "/tmp/outpost-hints-XXXXXX");
    fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void world_main(void *argument)
{
    struct world *world = argument;
    const char *error = "";
    char path[32];

    write_hints(world->hints != NULL ? world->hints : hints_text, path);
    cr_assert_eq(iterate_new(world->engine, &world->network, path, world->arena, &world->resolver, &error), 0,
                 "%s", error);
    cr_assert_eq(unlink(path), 0);
    world->body(world);
    dns_free(world->resolver);
}

static void world_run(struct world *world, const struct scripted_row *table, size_t count)
{
    struct engine_options options = {.clock = &world->clock};

    world->clock = clock_virtual(1800000000);
    world->arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &world->engine), 0);
    world->network.engine = world->engine;
    world->network.ipv4 = true;
    world->scripted = (struct scripted_dns){.table = table, .count = count, .arena = world->arena};
    scripted_dns_install(&world->scripted, &world->network);
    cr_assert_eq(task_spawn(engine_root(world->engine), world_main, world, "test"), 0);
    cr_assert_eq(engine_run(world->engine), 0);
    engine_free(world->engine);
    arena_free(world->arena);
}

static struct dns_answer *ask(struct world *world, const char *name, uint16_t type)
{
    struct dns_answer *answer = NULL;

    cr_assert_eq(resolver_ask(world->resolver, name, type, DEADLINE_NEVER, world->arena, &answer), 0, "%s",
                 name);
    cr_assert_not_null(answer);
    return answer;
}

static const char *first_text(const struct dns_answer *answer)
{
    const struct dns_record *record = answer->records.count > 0 ? answer->records.items[0] : NULL;

    return record != NULL ? record->text : "";
}

static size_t asked(const struct world *world, const char *prefix)
{
    return scripted_dns_asked(&world->scripted, prefix);
}

/* ---- the rows that most tests need ---- */

#define ROOT_ORG                                                                                             \
    {                                                                                                        \
        ROOT, "~org", .authority = {"org NS a.nic.org"}, .additional = { "a.nic.org A " TLD }                \
    }
#define ROOT_B_ORG                                                                                           \
    {                                                                                                        \
        ROOT_B, "~org", .authority = {"org NS a.nic.org"}, .additional = { "a.nic.org A " TLD }              \
    }
#define TLD_EXAMPLE                                                                                          \
    {                                                                                                        \
        TLD, "~example.org",                                                                                 \
            .authority = {"example.org NS ns1.example.org", "example.org NS ns2.example.org"},               \
            .additional = {                                                                                  \
                "ns1.example.org A " NS_1,                                                                   \
                "ns2.example.org A " NS_2                                                                    \
            }                                                                                                \
    }
#define SOA(zone) zone " SOA ns1." zone " hostmaster." zone " 1 2 3 4 300"

/* ---- answers ---- */

static const struct scripted_row plain[] = {
    ROOT_ORG,
    ROOT_B_ORG,
    TLD_EXAMPLE,
    {NS_1, "example.org MX", .aa = true, .answer = {"example.org MX 10 mail.example.org"},
     .authority = {"example.org NS ns1.example.org"}},
    {NS_2, "example.org MX", .aa = true, .answer = {"example.org MX 10 mail.example.org"}},
    {NS_1, "mail.example.org A", .aa = true, .answer = {"mail.example.org A 192.0.2.1"}},
    {NS_2, "mail.example.org A", .aa = true, .answer = {"mail.example.org A 192.0.2.1"}},
    {NS_1, "mail.example.org", .aa = true, .authority = {SOA("example.org")}},
    {NS_2, "mail.example.org", .aa = true, .authority = {SOA("example.org")}},
    {NS_1, "~example.org", .aa = true, .rcode = 3, .authority = {SOA("example.org")}},
    {NS_2, "~example.org", .aa = true, .rcode = 3, .authority = {SOA("example.org")}},
    {ROOT, ". NS", .aa = true, .answer = {". NS a.root.test", ". NS b.root.test"}},
    {ROOT_B, ". NS", .aa = true, .answer = {". NS a.root.test", ". NS b.root.test"}},
};

static void plain_body(struct world *world)
{
    struct dns_answer *answer = ask(world, "example.org", DNS_MX);

    cr_expect_eq(answer->outcome, DNS_DATA, "%s", answer->reason);
    cr_expect_str_eq(first_text(answer), "10 mail.example.org");
    cr_expect(strcmp(answer->server, NS_1 ":53") == 0 || strcmp(answer->server, NS_2 ":53") == 0);
    cr_expect(answer->authoritative);
    cr_expect(!answer->edns_stripped);
    cr_expect_eq(world->scripted.asked.count, 3, "the root, org, example.org");
    cr_expect_eq(ask(world, "mail.example.org", DNS_A)->outcome, DNS_DATA);
    cr_expect_eq(world->scripted.asked.count, 4, "the delegation is known by now");
    cr_expect_eq(ask(world, "mail.example.org", DNS_AAAA)->outcome, DNS_NODATA);
    cr_expect_eq(ask(world, "none.example.org", DNS_A)->outcome, DNS_NXDOMAIN);
    cr_expect_eq(ask(world, "EXAMPLE.org.", DNS_MX)->outcome, DNS_DATA);
    cr_expect_eq(world->scripted.asked.count, 6, "kept");
    answer = ask(world, ".", DNS_NS);
    cr_expect_eq(answer->outcome, DNS_DATA);
    cr_expect_eq(answer->records.count, 2);
}

Test(iterate, follows_referrals_and_keeps_them)
{
    struct world world = {.body = plain_body};

    world_run(&world, plain, COUNT(plain));
}

static void joined_run(void *argument)
{
    cr_expect_eq(ask(argument, "example.org", DNS_MX)->outcome, DNS_DATA);
}

static void joined_body(struct world *world)
{
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(world->engine), "askers", &group), 0);
    for (int i = 0; i < 20; i++)
        cr_assert_eq(task_spawn(group, joined_run, world, "asker"), 0);
    cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    cr_expect_eq(world->scripted.asked.count, 3, "one question for all");
}

Test(iterate, one_question_serves_all_who_ask)
{
    struct world world = {.body = joined_body};

    world_run(&world, plain, COUNT(plain));
}

/* A table of questions to one Internet each: how they end. */
struct end {
    const char *about;
    struct scripted_row rows[8]; /* behind ROOT_ORG, ROOT_B_ORG and TLD_EXAMPLE */
    enum dns_outcome outcome;
    const char *text;   /* of the first record, or part of the reason */
    const char *never;  /* a question that must not have been asked */
    size_t questions;   /* 0: at most ITERATE_QUESTIONS_MAX */
    bool allow_private; /* else those of name servers are not contacted */
    bool both;          /* families */
};

#define ANSWER_A .aa = true, .answer = {"www.example.org A 192.0.2.1"}
#define BOTH(...)                                                                                            \
    {NS_1, "www.example.org A", __VA_ARGS__},                                                                \
    {                                                                                                        \
        NS_2, "www.example.org A", __VA_ARGS__                                                               \
    }

static const struct end ends[] = {
    {"truncated: over TCP",
     {BOTH(ANSWER_A, .manner = SCRIPTED_TRUNCATED)},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 4},
    {"does not know EDNS",
     {BOTH(ANSWER_A, .manner = SCRIPTED_NO_EDNS)},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 4},
    {"truncated, and TCP is closed",
     {BOTH(ANSWER_A, .manner = SCRIPTED_UDP_ONLY)},
     .outcome = DNS_FAILURE,
     .text = "no name server of example.org can be reached: Connection refused",
     .questions = 6},
    {"one is silent", {{NS_2, "*", ANSWER_A}}, .outcome = DNS_DATA, .text = "192.0.2.1"},
    {"one refuses connections",
     {{NS_1, "*", .manner = SCRIPTED_REFUSED}, {NS_2, "*", ANSWER_A}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1"},
    {"one answers late, but in the second round",
     {{NS_1, "*", ANSWER_A, .delay_ms = 1200}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1"},
    {"both are silent",
     {{.server = NULL}},
     .outcome = DNS_FAILURE,
     .text = "timeout: no name server of example.org answered"},
    {"one fails, one answers",
     {{NS_1, "*", .rcode = 2}, {NS_2, "*", ANSWER_A}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1"},
    {"both fail", {BOTH(.rcode = 5)}, .outcome = DNS_FAILURE, .text = "REFUSED", .questions = 4},
    {"one does not say it has authority",
     {{NS_1, "*", .answer = {"www.example.org A 192.0.2.66"}}, {NS_2, "*", ANSWER_A}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1"},
    {"nobody has authority",
     {BOTH(.answer = {"www.example.org A 192.0.2.66"})},
     .outcome = DNS_FAILURE,
     .text = "of example.org: it answers without authority",
     .questions = 4},
    {"upward referrals",
     {BOTH(.authority = {". NS a.root.test"}, .additional = {"a.root.test A 192.0.2.66"})},
     .outcome = DNS_FAILURE,
     .text = "of example.org: it refers back or upward",
     .questions = 4},
    {"referral back to the zone itself",
     {BOTH(.authority = {"example.org NS ns.evil.test"}, .additional = {"ns.evil.test A 11.66.0.1"})},
     .outcome = DNS_FAILURE,
     .text = "it refers back or upward",
     .never = "11.66.0.1",
     .questions = 4},
    {"referral sideways",
     {BOTH(.authority = {"bank.org NS ns.evil.test"})},
     .outcome = DNS_FAILURE,
     .text = "it refers back or upward",
     .questions = 4},
    {"says that it has nothing, for another zone",
     {BOTH(.aa = true, .authority = {SOA("org")})},
     .outcome = DNS_FAILURE,
     .text = "answers for another zone",
     .questions = 4},
    {"garbage",
     {BOTH(.manner = SCRIPTED_GARBAGE)},
     .outcome = DNS_FAILURE,
     .text = "malformed answer",
     .questions = 4},
    {"an empty answer", {BOTH(.aa = true)}, .outcome = DNS_NODATA, .questions = 3},
    {"an empty answer without authority",
     {BOTH(.aa = false)},
     .outcome = DNS_FAILURE,
     .text = "it says nothing",
     .questions = 4},
    {"records of another zone are not believed",
     {BOTH(.aa = true, .answer = {"www.example.org CNAME www.bank.test", "www.bank.test A 192.0.2.66"}),
      {ROOT, "www.bank.test A", .aa = true, .answer = {"www.bank.test A 192.0.2.1"}},
      {ROOT_B, "www.bank.test A", .aa = true, .answer = {"www.bank.test A 192.0.2.1"}}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 4},
    {"nor that they do not exist",
     {BOTH(.aa = true, .rcode = 3, .answer = {"www.example.org CNAME www.bank.test"},
           .authority = {SOA("bank.test")}),
      {ROOT, "www.bank.test A", .aa = true, .answer = {"www.bank.test A 192.0.2.1"}},
      {ROOT_B, "www.bank.test A", .aa = true, .answer = {"www.bank.test A 192.0.2.1"}}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 4},
    {"a chain inside of the zone",
     {BOTH(.aa = true, .answer = {"www.example.org CNAME a.example.org", "a.example.org A 192.0.2.1"})},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 3},
    {"a chain that must be asked on",
     {BOTH(.aa = true, .answer = {"www.example.org CNAME a.example.org"}),
      {NS_1, "a.example.org A", .aa = true, .answer = {"a.example.org A 192.0.2.1"}},
      {NS_2, "a.example.org A", .aa = true, .answer = {"a.example.org A 192.0.2.1"}}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 4},
    {"aliases in a circle",
     {BOTH(.aa = true, .answer = {"www.example.org CNAME a.example.org"}),
      {NS_1, "a.example.org A", .aa = true, .answer = {"a.example.org CNAME www.example.org"}},
      {NS_2, "a.example.org A", .aa = true, .answer = {"a.example.org CNAME www.example.org"}}},
     .outcome = DNS_FAILURE,
     .text = "CNAME loop"},
    {"DNAME with its alias",
     {BOTH(.aa = true,
           .answer = {"example.org DNAME example.test", "www.example.org CNAME www.example.test"}),
      {ROOT, "www.example.test A", .aa = true, .answer = {"www.example.test A 192.0.2.1"}},
      {ROOT_B, "www.example.test A", .aa = true, .answer = {"www.example.test A 192.0.2.1"}}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 4},
    {"DNAME alone",
     {BOTH(.aa = true, .answer = {"example.org DNAME example.test"}),
      {ROOT, "www.example.test A", .aa = true, .answer = {"www.example.test A 192.0.2.1"}},
      {ROOT_B, "www.example.test A", .aa = true, .answer = {"www.example.test A 192.0.2.1"}}},
     .outcome = DNS_DATA,
     .text = "192.0.2.1",
     .questions = 4},
};

static const struct end *current_end; /* of this process: each test is one */

static void end_body(struct world *world)
{
    const struct end *end = current_end;
    struct dns_answer *answer = ask(world, "www.example.org", DNS_A);

    cr_expect_eq(answer->outcome, end->outcome, "%s: %d %s", end->about, answer->outcome, answer->reason);
    if (end->outcome == DNS_FAILURE)
        cr_expect(strstr(answer->reason, end->text) != NULL, "%s: %s", end->about, answer->reason);
    else if (end->text != NULL)
        cr_expect_str_eq(first_text(answer), end->text, "%s", end->about);
    if (end->never != NULL)
        cr_expect_eq(asked(world, end->never), 0, "%s", end->about);
    if (end->questions > 0)
        cr_expect_eq(world->scripted.asked.count, end->questions, "%s: %zu questions", end->about,
                     world->scripted.asked.count);
    cr_expect_leq(world->scripted.asked.count, ITERATE_QUESTIONS_MAX);
}

Test(iterate, ends)
{
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct scripted_row table[COUNT(ends[0].rows) + 3] = {ROOT_ORG, ROOT_B_ORG, TLD_EXAMPLE};
        struct world world = {.body = end_body};
        size_t count = 0;

        while (count < COUNT(ends[0].rows) && ends[i].rows[count].server != NULL)
            count++;
        memcpy(table, ends[i].rows, count * sizeof(table[0]));
        table[count] = (struct scripted_row)ROOT_ORG;
        table[count + 1] = (struct scripted_row)ROOT_B_ORG;
        table[count + 2] = (struct scripted_row)TLD_EXAMPLE;
        current_end = &ends[i];
        world_run(&world, table, count + 3);
    }
}

/* ---- name servers without glue ---- */

static const struct scripted_row glueless[] = {
    ROOT_ORG,
    ROOT_B_ORG,
    {ROOT, "~net", .authority = {"net NS a.nic.net"}, .additional = {"a.nic.net A 199.19.57.1"}},
    {ROOT_B, "~net", .authority = {"net NS a.nic.net"}, .additional = {"a.nic.net A 199.19.57.1"}},
    /* the address beside it is none that org may give: it is not believed */
    {TLD, "~example.org", .authority = {"example.org NS ns.provider.net"},
     .additional = {"ns.provider.net A 11.66.0.1"}},
    {"199.19.57.1", "~provider.net", .authority = {"provider.net NS ns.provider.net"},
     .additional = {"ns.provider.net A " NS_1}},
    {NS_1, "ns.provider.net A", .aa = true, .answer = {"ns.provider.net A " NS_1}},
    {NS_1, "www.example.org A", .aa = true, .answer = {"www.example.org A 192.0.2.1"}},
    {NS_1, "example.org A", .aa = true, .answer = {"example.org A 192.0.2.2"}},
};

static void glueless_body(struct world *world)
{
    struct dns_answer *answer = ask(world, "www.example.org", DNS_A);

    cr_expect_eq(answer->outcome, DNS_DATA, "%s", answer->reason);
    cr_expect_str_eq(first_text(answer), "192.0.2.1");
    cr_expect_str_eq(answer->server, NS_1 ":53");
    cr_expect_eq(asked(world, "11.66.0.1"), 0, "glue out of bailiwick");
    cr_expect_eq(world->scripted.asked.count, 6, "two, then three for the address, then one");
    cr_expect_eq(ask(world, "example.org", DNS_A)->outcome, DNS_DATA);
    cr_expect_eq(world->scripted.asked.count, 7);
    cr_expect_eq(ask(world, "ns.provider.net", DNS_A)->outcome, DNS_DATA);
    cr_expect_eq(world->scripted.asked.count, 7, "what was looked up on the way is kept");
}

Test(iterate, addresses_of_servers_are_looked_up)
{
    struct world world = {.body = glueless_body};

    world_run(&world, glueless, COUNT(glueless));
}

/* Two zones whose only servers are in each other. */
static const struct scripted_row circle[] = {
    ROOT_ORG,
    ROOT_B_ORG,
    {TLD, "~one.org", .authority = {"one.org NS ns.two.org"}},
    {TLD, "~two.org", .authority = {"two.org NS ns.one.org"}},
};

static void circle_body(struct world *world)
{
    struct dns_answer *answer = ask(world, "one.org", DNS_MX);

    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect(strstr(answer->reason, "no name server of one.org has an address") != NULL, "%s",
              answer->reason);
    cr_expect_leq(world->scripted.asked.count, 8);
}

Test(iterate, servers_in_a_circle_end)
{
    struct world world = {.body = circle_body};

    world_run(&world, circle, COUNT(circle));
}

/* A referral to a thousand name servers of a victim's zone that have no address. */
static void write_thousand(struct buffer *out, const char *name)
{
    (void)name;
    for (int i = 0; i < 1000; i++) {
        char server[64];

        (void)snprintf(server, sizeof(server), "ns%d.victim.org", i);
        packet_record(out, PACKET_AUTHORITY, "attack.org", "NS", 3600, server);
    }
}

static const struct scripted_row thousand[] = {
    ROOT_ORG,
    ROOT_B_ORG,
    {TLD, "~attack.org", .write = write_thousand},
    {TLD, "~victim.org", .authority = {"victim.org NS ns.victim.org"},
     .additional = {"ns.victim.org A " NS_1}},
    {NS_1, "*", .aa = true, .rcode = 3, .authority = {SOA("victim.org")}},
};

static void thousand_body(struct world *world)
{
    struct dns_answer *answer = ask(world, "x.attack.org", DNS_A);

    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect_leq(asked(world, NS_1), ITERATE_NAMES_MAX, "%zu", asked(world, NS_1));
    cr_expect_leq(world->scripted.asked.count, ITERATE_NAMES_MAX + 4);
}

Test(iterate, a_thousand_servers_are_not_followed)
{
    struct world world = {.body = thousand_body};

    world_run(&world, thousand, COUNT(thousand));
}

/* Each question is referred to a zone one label deeper. */
static void write_deeper(struct buffer *out, const char *name)
{
    static size_t depth; /* of this process */
    const char *at = name + strlen(name);
    size_t labels = ++depth + 1;

    while (at > name && labels > 0)
        labels -= *--at == '.';
    at += *at == '.';
    packet_record(out, PACKET_AUTHORITY, at, "NS", 3600, "ns.evil.org");
    packet_record(out, PACKET_ADDITIONAL, "ns.evil.org", "A", 3600, TLD);
}

static const struct scripted_row deeper[] = {
    ROOT_ORG,
    ROOT_B_ORG,
    {TLD, "*", .write = write_deeper},
};

static void deeper_body(struct world *world)
{
    struct dns_answer *answer =
        ask(world, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.1.2.3.4.5.6.7.8.9.org", DNS_A);

    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect_leq(world->scripted.asked.count, ITERATE_QUESTIONS_MAX, "%zu", world->scripted.asked.count);
}

Test(iterate, referrals_without_end_end)
{
    struct world world = {.body = deeper_body};

    world_run(&world, deeper, COUNT(deeper));
}

/* ---- who is asked ---- */

static const struct scripted_row forbidden[] = {
    ROOT_ORG,
    ROOT_B_ORG,
    {TLD, "~example.org", .authority = {"example.org NS ns1.example.org"},
     .additional = {"ns1.example.org A 192.168.0.1", "ns1.example.org AAAA 2a11:11:101::53"}},
    {"192.168.0.1", "*", .aa = true, .answer = {"www.example.org A 192.0.2.1"}},
    {"2a11:11:101::53", "*", .aa = true, .answer = {"www.example.org A 192.0.2.6"}},
};

static void forbidden_body(struct world *world)
{
    struct dns_answer *answer = ask(world, "www.example.org", DNS_A);

    if (world->network.allow_private) {
        cr_expect_str_eq(first_text(answer), "192.0.2.1");
    } else if (world->network.ipv6) {
        cr_expect_str_eq(first_text(answer), "192.0.2.6");
    } else {
        cr_expect_eq(answer->outcome, DNS_FAILURE);
        cr_expect(strstr(answer->reason, "private or reserved") != NULL, "%s", answer->reason);
    }
    cr_expect_eq(asked(world, "192.168.0.1") > 0, world->network.allow_private);
    cr_expect_eq(asked(world, "2a11:") > 0, world->network.ipv6 && !world->network.allow_private);
}

Test(iterate, private_addresses_and_families)
{
    struct world without = {.body = forbidden_body};
    struct world with = {.body = forbidden_body, .network.allow_private = true};
    struct world both = {.body = forbidden_body, .network.ipv6 = true};

    world_run(&without, forbidden, COUNT(forbidden));
    world_run(&with, forbidden, COUNT(forbidden));
    world_run(&both, forbidden, COUNT(forbidden));
}

static void slow_body(struct world *world)
{
    int64_t start;

    cr_expect_eq(ask(world, "www.example.org", DNS_A)->outcome, DNS_DATA);
    start = engine_now(world->engine);
    for (int i = 0; i < 20; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "n%d.example.org", i);
        cr_expect_eq(ask(world, name, DNS_A)->outcome, DNS_NXDOMAIN);
    }
    cr_expect_leq(engine_now(world->engine) - start, 3000, "%lld ms",
                  (long long)(engine_now(world->engine) - start));
    cr_expect_leq(asked(world, NS_1), 4, "the silent one is left alone: %zu", asked(world, NS_1));
}

Test(iterate, who_was_silent_is_remembered)
{
    static const struct scripted_row table[] = {
        ROOT_ORG,
        ROOT_B_ORG,
        TLD_EXAMPLE,
        {NS_2, "www.example.org A", ANSWER_A},
        {NS_2, "*", .aa = true, .rcode = 3, .authority = {SOA("example.org")}},
    };
    struct world world = {.body = slow_body};

    world_run(&world, table, COUNT(table));
}

/* The network swallows all that goes to port 53. */
static void blocked_body(struct world *world)
{
    struct dns_answer *answer = ask(world, "example.org", DNS_MX);

    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect_str_eq(answer->reason, "timeout: no name server of the root answered");
    cr_expect_leq(answer->milliseconds, 15000);
}

Test(iterate, nothing_gets_out)
{
    struct world world = {.body = blocked_body};

    world_run(&world, NULL, 0);
}

static const struct scripted_row signed_zone[] = {
    ROOT_ORG,
    ROOT_B_ORG,
    {TLD, "example.org DS", .aa = true, .authority = {SOA("org")}},
    TLD_EXAMPLE,
    {NS_1, "example.org DS", .aa = true, .rcode = 3, .authority = {SOA("example.org")}},
    {NS_2, "example.org DS", .aa = true, .rcode = 3, .authority = {SOA("example.org")}},
    {NS_1, "*", .aa = true, .answer = {"example.org MX 10 mail.example.org"}},
    {NS_2, "*", .aa = true, .answer = {"example.org MX 10 mail.example.org"}},
};

static void ds_body(struct world *world)
{
    cr_expect_eq(ask(world, "example.org", DNS_MX)->outcome, DNS_DATA);
    cr_expect_eq(ask(world, "example.org", 43)->outcome, DNS_NODATA, "the zone above is asked");
}

Test(iterate, ds_is_asked_of_the_zone_above)
{
    struct world world = {.body = ds_body};

    world_run(&world, signed_zone, COUNT(signed_zone));
}

/* ---- root hints ---- */

Test(iterate, hints_that_name_nobody)
{
    static const char *const bad[] = {"",
                                      "; nothing\n",
                                      ". 1 NS a.test.\n",
                                      ". NS a.test.\nb.test. A 192.0.2.1\n",
                                      ". NS a.test.\na.test. A 2001:db8::1\n",
                                      "\xff\xfe\n"};
    struct arena *arena = arena_new(0);
    struct resolver *resolver = NULL;
    const char *error = NULL;
    struct list servers = {0};

    for (size_t i = 0; i < COUNT(bad); i++)
        cr_expect_eq(dns_hints_parse(bad[i], arena, &servers), -EBADMSG, "%zu", i);
    cr_expect_eq(dns_hints_parse(hints_text, arena, &servers), 0);
    cr_expect_eq(servers.count, 2);
    cr_expect_eq(iterate_new(NULL, NULL, "/nonexistent/hints", arena, &resolver, &error), -ENOENT);
    cr_expect_str_eq(error, "/nonexistent/hints cannot be read: No such file or directory");
    arena_free(arena);
}
