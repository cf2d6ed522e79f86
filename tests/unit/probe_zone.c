/*
 * probe_zone.c - tests of the zone probe: name servers from a table, the resolver from another one
 */
#include "probes/probe.h"
#include "scanner/base/arena.h"
#include "scanner/net/zone_file.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/scripted_dns.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define TLD            "199.19.56.1"
#define NS_1           "11.4.1.53"
#define NS_2           "11.4.2.53"
#define SOA_OF(serial) "example.org SOA ns1.example.org h.example.org " serial " 7200 3600 1209600 300"

/* What the resolver says; most tests share it. */
static const struct fake_answer resolver_table[] = {
    {"example.org", "SOA", .records = {"ns1.example.org h.example.org 7 7200 3600 1209600 300"}},
    {"org", "SOA", .records = {"a.nic.org h.nic.org 1 7200 3600 1209600 300"}},
    {"org", "NS", .records = {"a.nic.org"}},
    {"a.nic.org", "A", .records = {TLD}},
    {"example.org", "NS", .records = {"ns1.example.org", "ns2.example.org"}},
    {"ns1.example.org", "A", .records = {NS_1}},
    {"ns2.example.org", "A", .records = {NS_2}},
    {"ns2.example.org", "AAAA", .records = {"2a11:11:402::53"}},
};

#define REFERRAL                                                                                             \
    {                                                                                                        \
        TLD, "~example.org",                                                                                 \
            .authority = {"example.org NS ns1.example.org", "example.org NS ns3.example.org"},               \
            .additional = {                                                                                  \
                "ns1.example.org A " NS_1                                                                    \
            }                                                                                                \
    }
#define SERVES(server, serial)                                                                               \
    {server, "example.org SOA", .aa = true, .answer = {SOA_OF(serial)}},                                     \
        {server, "example.org MX", .aa = true, .answer = {"example.org MX 10 mail.example.org"}},            \
        {server, "example.org TXT", .manner = SCRIPTED_TRUNCATED, .aa = true,                                \
         .answer = {"example.org TXT \"v=spf1 -all\""}},                                                     \
    {                                                                                                        \
        server, "example.org DNSKEY", .aa = true, .authority = { SOA_OF(serial) }                            \
    }

struct world {
    struct engine *engine;
    struct clock clock;
    struct arena *arena;
    struct network network;
    struct scripted_dns scripted;
    const struct fake_answer *answers;
    size_t answer_count;
    const char *zone_text; /* of a zone file, or NULL */
    struct list zone_files;
    int64_t seconds; /* that the probe may take; 0: 180 */
    struct zone_facts *zone;
    int64_t milliseconds; /* that it took */
};

static void world_read_zone(struct world *world)
{
    struct zone_file *zone = NULL;
    const char *error = "";

    cr_assert_eq(zone_file_parse(bytes_of(world->zone_text, strlen(world->zone_text)), "a.zone", world->arena,
                                 &zone, &error),
                 0, "%s", error);
    cr_assert_eq(list_add(&world->zone_files, world->arena, zone), 0);
    world->network.zone_files = &world->zone_files;
    cr_assert_eq(zone_files_resolver(world->network.resolver, &world->zone_files, world->arena,
                                     &world->network.resolver),
                 0);
}

static void world_main(void *argument)
{
    struct world *world = argument;
    struct fake_resolver *fake = fake_resolver_new(world->engine, world->answers, world->answer_count);
    int64_t deadline =
        deadline_in(world->engine, 1000 * (world->seconds > 0 ? world->seconds : 180), DEADLINE_NEVER);
    int64_t start = engine_now(world->engine);

    world->network.resolver = fake_resolver(fake);
    if (world->zone_text != NULL)
        world_read_zone(world);
    cr_assert_eq(zone_probe(&world->network, "example.org", deadline, world->arena, &world->zone), 0);
    cr_assert_not_null(world->zone);
    world->milliseconds = engine_now(world->engine) - start;
    fake_resolver_free(fake);
}

static void world_run(struct world *world, const struct scripted_row *table, size_t count)
{
    struct engine_options options = {.clock = &world->clock};

    if (world->answers == NULL) {
        world->answers = resolver_table;
        world->answer_count = COUNT(resolver_table);
    }
    world->clock = clock_virtual(1800000000);
    world->arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &world->engine), 0);
    world->network.engine = world->engine;
    world->network.ipv4 = true;
    world->scripted = (struct scripted_dns){.table = table, .count = count, .arena = world->arena};
    scripted_dns_install(&world->scripted, &world->network);
    cr_assert_eq(task_spawn(engine_root(world->engine), world_main, world, "test"), 0);
    cr_assert_eq(engine_run(world->engine), 0);
}

static void world_end(struct world *world)
{
    engine_free(world->engine);
    arena_free(world->arena);
}

static const struct zone_server_facts *server_at(const struct world *world, const char *address)
{
    for (size_t i = 0; i < world->zone->servers.count; i++) {
        const struct zone_server_facts *server = world->zone->servers.items[i];

        if (strcmp(server->address, address) == 0)
            return server;
    }
    cr_assert(false, "no server %s", address);
    return NULL;
}

static const struct zone_answer_facts *answer_at(const struct zone_server_facts *server, size_t index)
{
    cr_assert_gt(server->answers.count, index, "%s: %zu answers", server->address, server->answers.count);
    return server->answers.items[index];
}

Test(probe_zone, names_and_answers)
{
    static const struct scripted_row table[] = {REFERRAL, SERVES(NS_1, "7"), SERVES(NS_2, "7")};
    struct world world = {0};
    const struct zone_server_facts *server;

    world_run(&world, table, COUNT(table));
    cr_expect_str_eq(world.zone->name, "example.org");
    cr_expect_str_eq(world.zone->parent, "org");
    cr_expect_str_eq(world.zone->parent_server, TLD ":53");
    cr_expect_null(world.zone->parent_reason);
    cr_expect_eq(world.zone->from_parent.count, 2);
    cr_expect_str_eq(((const struct zone_name_facts *)world.zone->from_parent.items[1])->name,
                     "ns3.example.org");
    cr_expect_eq(((const struct zone_name_facts *)world.zone->from_parent.items[0])->glue.count, 1);
    cr_expect_eq(world.zone->from_child.count, 2);
    cr_expect_eq(world.zone->addressless.count, 1, "ns3 does not exist");
    cr_expect_eq(world.zone->servers.count, 3);
    cr_expect_eq(world.zone->random_a->outcome, DNS_NXDOMAIN);
    server = server_at(&world, NS_1);
    cr_expect_eq(server->contacted, YES);
    cr_expect_eq(server->answers.count, 6, "SOA twice, MX, TXT twice, DNSKEY");
    cr_expect_eq(answer_at(server, 0)->tcp, NO);
    cr_expect_eq(answer_at(server, 0)->authoritative, YES);
    cr_expect_eq(answer_at(server, 1)->tcp, YES);
    cr_expect_str_eq(answer_at(server, 2)->records.items[0], "10 mail.example.org");
    cr_expect_eq(answer_at(server, 3)->truncated, YES);
    cr_expect_eq(answer_at(server, 4)->tcp, YES);
    cr_expect_eq(answer_at(server, 4)->outcome, DNS_DATA);
    cr_expect_eq(answer_at(server, 5)->outcome, DNS_NODATA);
    server = server_at(&world, "2a11:11:402::53");
    cr_expect_eq(server->contacted, NO);
    cr_expect_str_eq(server->reason, "no IPv6 here");
    cr_expect_eq(scripted_dns_asked(&world.scripted, "2a11:"), 0);
    cr_expect_lt(world.milliseconds, 1000);
    world_end(&world);
}

Test(probe_zone, a_silent_and_a_lame_server)
{
    static const struct scripted_row table[] = {
        REFERRAL, {NS_1, "*", .authority = {". NS a.root.test"}}, {NS_2, "*", .manner = SCRIPTED_SILENT}};
    struct world world = {0};

    world_run(&world, table, COUNT(table));
    cr_expect_eq(server_at(&world, NS_1)->answers.count, 2, "no more is asked");
    cr_expect_eq(answer_at(server_at(&world, NS_1), 0)->authoritative, NO);
    cr_expect_eq(server_at(&world, NS_2)->answers.count, 2);
    cr_expect_eq(answer_at(server_at(&world, NS_2), 0)->authoritative, UNKNOWN);
    cr_expect_str_eq(answer_at(server_at(&world, NS_2), 0)->reason, "timeout");
    cr_expect_leq(world.milliseconds, 15000);
    world_end(&world);
}

Test(probe_zone, serials_that_differ_are_asked_again)
{
    static const struct scripted_row table[] = {REFERRAL, SERVES(NS_1, "7"), SERVES(NS_2, "8")};
    struct world world = {0};
    struct world hasty = {.seconds = 30};

    world_run(&world, table, COUNT(table));
    cr_expect_geq(world.milliseconds, 60000);
    cr_expect_eq(answer_at(server_at(&world, NS_1), 6)->later, YES);
    cr_expect_eq(answer_at(server_at(&world, NS_2), 6)->later, YES);
    world_end(&world);
    world_run(&hasty, table, COUNT(table));
    cr_expect_lt(hasty.milliseconds, 1000, "there would be no time for it");
    cr_expect_eq(server_at(&hasty, NS_1)->answers.count, 6);
    world_end(&hasty);
}

/* A change was on its way: what took moments costs moments. */
Test(probe_zone, serials_that_come_to_agree)
{
    static const struct scripted_row table[] = {
        REFERRAL,
        {NS_1, "example.org SOA", .aa = true, .times = 2, .answer = {SOA_OF("7")}},
        SERVES(NS_1, "8"),
        SERVES(NS_2, "8"),
    };
    struct world world = {0};

    world_run(&world, table, COUNT(table));
    cr_expect_eq(scripted_dns_asked(&world.scripted, NS_1 " example.org SOA"), 4, "UDP three times, TCP");
    cr_expect_geq(world.milliseconds, 15000);
    cr_expect_lt(world.milliseconds, 20000);
    cr_expect_eq(server_at(&world, NS_1)->answers.count, 7, "only what it said last");
    cr_expect_eq(answer_at(server_at(&world, NS_1), 6)->later, YES);
    cr_expect_str_eq(answer_at(server_at(&world, NS_1), 6)->records.items[0],
                     "ns1.example.org h.example.org 8 7200 3600 1209600 300");
    world_end(&world);
}

Test(probe_zone, private_servers_are_not_asked)
{
    static const struct fake_answer answers[] = {
        {"example.org", "SOA", .records = {"ns1.example.org h.example.org 7 7200 3600 1209600 300"}},
        {"example.org", "NS", .records = {"ns1.example.org"}},
        {"ns1.example.org", "A", .records = {"192.168.1.1"}},
        {"org", "SOA", .outcome = DNS_FAILURE, .reason = "SERVFAIL"},
    };
    struct world world = {.answers = answers, .answer_count = COUNT(answers)};

    world_run(&world, NULL, 0);
    cr_expect_eq(server_at(&world, "192.168.1.1")->contacted, NO);
    cr_expect_str_eq(server_at(&world, "192.168.1.1")->reason, "private address");
    cr_expect_eq(world.scripted.asked.count, 0);
    cr_expect(!world.zone->from_parent.observed);
    cr_expect(strstr(world.zone->parent_reason, "SERVFAIL") != NULL);
    world_end(&world);
}

Test(probe_zone, at_most_eight_servers)
{
    static const struct fake_answer answers[] = {
        {"example.org", "SOA", .records = {"ns1.example.org h.example.org 7 7200 3600 1209600 300"}},
        {"example.org", "NS",
         .records = {"n1.test", "n2.test", "n3.test", "n4.test", "n5.test", "n6.test", "n7.test", "n8.test",
                     "n9.test", "n10.test"}},
    };
    struct world world = {.answers = answers, .answer_count = COUNT(answers)};

    world_run(&world, NULL, 0);
    cr_expect_eq(world.zone->addressless.count, 8);
    cr_expect_eq(world.zone->servers_left_out.value, 2);
    world_end(&world);
}

Test(probe_zone, a_zone_that_is_not_found)
{
    static const struct fake_answer answers[] = {
        {"example.org", "SOA", .outcome = DNS_FAILURE, .reason = "SERVFAIL"},
    };
    struct world world = {.answers = answers, .answer_count = COUNT(answers)};

    world_run(&world, NULL, 0);
    cr_expect_null(world.zone->name);
    cr_expect_str_eq(world.zone->reason, "the zone of example.org was not found: SERVFAIL");
    cr_expect_eq(world.scripted.asked.count, 0);
    world_end(&world);
}

/* Nobody is asked for a zone that comes from a file; what the file can tell is noted. */
Test(probe_zone, from_a_file)
{
    static const struct scripted_row table[] = {REFERRAL, SERVES(NS_1, "7"), SERVES(NS_2, "7")};
    struct world world = {.zone_text = "example.org. SOA ns1 h 8 7200 3600 1209600 300\n"
                                       "@ NS ns1\n@ NS gone\n@ NS a.nic.org.\nns1 A " NS_1 "\n"};

    world_run(&world, table, COUNT(table));
    cr_expect_str_eq(world.zone->name, "example.org");
    cr_expect_str_eq(world.zone->file, "a.zone");
    cr_expect(!world.zone->from_parent.observed);
    cr_expect_eq(world.zone->from_child.count, 3);
    cr_expect_eq(world.zone->addressless.count, 1);
    cr_expect_str_eq(world.zone->addressless.items[0], "gone.example.org");
    cr_expect_eq(world.zone->random_mx->outcome, DNS_NXDOMAIN);
    cr_expect_str_eq(world.zone->random_mx->server, "a.zone");
    cr_expect_eq(server_at(&world, NS_1)->contacted, NO);
    cr_expect_str_eq(server_at(&world, TLD)->reason, "the zone comes from a file");
    cr_expect_eq(world.scripted.asked.count, 0);
    world_end(&world);
}
