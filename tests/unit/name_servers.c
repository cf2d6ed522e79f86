/*
 * name_servers.c - tests of turns at name servers and of questions that several have in common
 */
#include "scanner/net/name_servers.h"

#include "scanner/base/arena.h"
#include "tests/unit/scripted_dns.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#define SERVER "11.4.1.53"
#define OTHER  "11.4.2.53"

enum { ASKERS = 12, DELAY_MS = 100, TYPE_DNSKEY = 48 };

struct world {
    struct engine *engine;
    struct clock clock;
    struct arena *arena;
    struct network network;
    struct task_group *services;
    struct scripted_dns scripted;
    void (*body)(struct world *world);
};

struct asker {
    struct world *world;
    const char *server;
    char name[32];
    uint16_t type;
    bool tcp;
    int64_t deadline; /* from the start; 0: never */
    int error;
    int64_t ended, milliseconds;
    size_t size; /* of the answer */
};

static void ask_run(void *argument)
{
    struct asker *asker = argument;
    struct engine *engine = asker->world->engine;
    struct name_server_question question = {
        .server.port = 53, .key.type = asker->type, .manner = {.tcp = asker->tcp}, .patience_ms = 2000};
    struct buffer packet = {0};
    int64_t start = engine_now(engine);

    cr_assert_eq(address_parse(asker->server, &question.server.address), 0);
    cr_assert_eq(dns_name_from_text(asker->name, &question.key.name), 0);
    asker->error = name_servers_ask(&asker->world->network, &question,
                                    asker->deadline > 0 ? deadline_in(engine, asker->deadline, DEADLINE_NEVER)
                                                        : DEADLINE_NEVER,
                                    &packet, &asker->milliseconds);
    asker->ended = engine_now(engine) - start;
    asker->size = packet.size;
    buffer_free(&packet);
}

/* Asks side by side, and waits for all. */
static void ask_all(struct world *world, struct asker *askers, size_t count)
{
    struct task_group *group;

    cr_assert_eq(task_group_new(task_group_current(world->engine), "askers", &group), 0);
    for (size_t i = 0; i < count; i++) {
        askers[i].world = world;
        cr_assert_eq(task_spawn(group, ask_run, &askers[i], "asker %zu", i), 0);
    }
    cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
}

static void world_main(void *argument)
{
    struct world *world = argument;

    cr_assert_eq(task_group_new(engine_root(world->engine), "services", &world->services), 0);
    cr_assert_eq(name_servers_new(&world->network, world->services, &world->network.name_servers), 0);
    world->body(world);
    task_group_end(world->services);
    name_servers_free(world->network.name_servers);
}

static void world_run(void (*body)(struct world *world))
{
    static const struct scripted_row table[] = {
        {SERVER, "~silent.test", .manner = SCRIPTED_SILENT},
        {SERVER, "*", .aa = true, .delay_ms = DELAY_MS},
        {OTHER, "*", .aa = true, .delay_ms = DELAY_MS},
    };
    struct world world = {.body = body};
    struct engine_options options = {.clock = &world.clock};

    world.clock = clock_virtual(1800000000);
    world.arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &world.engine), 0);
    world.network = (struct network){.engine = world.engine, .ipv4 = true};
    world.scripted = (struct scripted_dns){
        .table = table, .count = sizeof(table) / sizeof(table[0]), .arena = world.arena};
    scripted_dns_install(&world.scripted, &world.network);
    cr_assert_eq(task_spawn(engine_root(world.engine), world_main, &world, "test"), 0);
    cr_assert_eq(engine_run(world.engine), 0);
    engine_free(world.engine);
    arena_free(world.arena);
}

/* ---- turns ---- */

static void turns_body(struct world *world)
{
    struct asker askers[ASKERS + 1];

    for (size_t i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.server = SERVER, .type = DNS_MX, .tcp = i % 2 == 1};
        (void)snprintf(askers[i].name, sizeof(askers[i].name), "d%zu.test", i);
    }
    askers[ASKERS] = (struct asker){.server = OTHER, .type = DNS_MX, .name = "d0.test"};
    ask_all(world, askers, ASKERS + 1);
    for (size_t i = 0; i < ASKERS; i++) {
        cr_expect_eq(askers[i].error, 0);
        cr_expect_eq(askers[i].ended, DELAY_MS * (int64_t)(1 + i / 4), "asker %zu after %lld ms", i,
                     (long long)askers[i].ended);
        cr_expect_eq(askers[i].milliseconds, DELAY_MS, "what it waited for its turn is not the server's");
    }
    cr_expect_eq(askers[ASKERS].ended, DELAY_MS, "another server");
    cr_expect_eq(scripted_dns_asked(&world->scripted, SERVER), ASKERS);
}

Test(name_servers, four_at_a_time)
{
    world_run(turns_body);
}

static void no_turn_body(struct world *world)
{
    struct asker askers[5] = {{.type = DNS_MX, .name = "a.silent.test"},
                              {.type = DNS_MX, .name = "b.silent.test"},
                              {.type = DNS_MX, .name = "c.silent.test"},
                              {.type = DNS_MX, .name = "d.silent.test"},
                              {.type = DNS_MX, .name = "late.test", .deadline = 500}};

    for (size_t i = 0; i < 5; i++)
        askers[i].server = SERVER;
    ask_all(world, askers, 5);
    cr_expect_eq(askers[0].error, -ETIMEDOUT);
    cr_expect_eq(askers[0].ended, 2000);
    cr_expect_eq(askers[4].error, -EAGAIN, "nobody asked the server");
    cr_expect_eq(askers[4].ended, 500);
    cr_expect_eq(scripted_dns_asked(&world->scripted, SERVER " late.test"), 0);
    askers[4].deadline = 0;
    ask_all(world, &askers[4], 1);
    cr_expect_eq(askers[4].error, 0);
}

Test(name_servers, a_turn_that_does_not_come)
{
    world_run(no_turn_body);
}

/* ---- what is the same for all ---- */

static void shared_body(struct world *world)
{
    struct asker askers[ASKERS];

    for (size_t i = 0; i < ASKERS; i++)
        askers[i] = (struct asker){.server = SERVER, .type = DNS_SOA, .name = "zone.test"};
    askers[0].deadline = DELAY_MS / 2;
    ask_all(world, askers, ASKERS);
    cr_expect_eq(askers[0].error, -EAGAIN, "gave up");
    for (size_t i = 1; i < ASKERS; i++) {
        cr_expect_eq(askers[i].error, 0, "fails nobody else");
        cr_expect_gt(askers[i].size, 0);
        cr_expect_eq(askers[i].milliseconds, DELAY_MS);
    }
    cr_expect_eq(scripted_dns_asked(&world->scripted, SERVER), 1);
    cr_assert_eq(task_sleep(world->engine, 2000, "a while"), 0);
    ask_all(world, askers + 1, 1);
    cr_expect_eq(askers[1].ended, 0, "kept");
    cr_assert_eq(task_sleep(world->engine, 1500, "a while more"), 0);
    ask_all(world, askers + 1, 2);
    cr_expect_eq(askers[1].ended, DELAY_MS, "too old");
    cr_expect_eq(scripted_dns_asked(&world->scripted, SERVER), 2);
}

Test(name_servers, a_question_of_many)
{
    world_run(shared_body);
}

static void apart_body(struct world *world)
{
    struct asker askers[] = {
        {.server = SERVER, .type = DNS_SOA, .name = "zone.test"},
        {.server = SERVER, .type = DNS_SOA, .name = "zone.test", .tcp = true},
        {.server = SERVER, .type = DNS_SOA, .name = "other.test"},
        {.server = SERVER, .type = TYPE_DNSKEY, .name = "zone.test"},
        {.server = OTHER, .type = DNS_SOA, .name = "zone.test"},
        {.server = SERVER, .type = DNS_TXT, .name = "zone.test"},
        {.server = SERVER, .type = DNS_TXT, .name = "zone.test"},
    };

    ask_all(world, askers, sizeof(askers) / sizeof(askers[0]));
    cr_expect_eq(world->scripted.asked.count, sizeof(askers) / sizeof(askers[0]));
}

Test(name_servers, what_differs_is_asked_apart)
{
    world_run(apart_body);
}
