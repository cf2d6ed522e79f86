/*
 * endpoints.c - an endpoint is scanned once per run, whoever asks, and no asker can spoil it for another
 *
 * The mail host is a task of the same engine behind network->connect; it greets after ten seconds of virtual
 * time.
 */
#include "scanner/run_internal.h"

#include "scanner/base/arena.h"
#include "scanner/net/io.h"
#include "scanner/net/pacer.h"
#include "scanner/net/stream.h"
#include "scanner/net/tls.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/tls_material.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { GREETING_MS = 10000, LATE_GREETING_MS = 55000, LATE_ANSWER_MS = 20000 };

struct world {
    struct clock clock;
    struct engine *engine;
    struct arena *arena;
    struct scan_settings settings;
    struct run run;
    size_t connections;
    size_t quits; /* sessions that ended with QUIT */
    int64_t greeting_ms, answer_ms;
    struct vantage_facts concluded; /* when the control host had been asked */
    bool silent_ipv4;               /* connections to IPv4 addresses are not answered */
    struct port_setting port;
    struct fake_resolver *dns; /* that of the network; it knows no name */
    struct tls_material *material;
    struct tls_server *server; /* TLS from the first byte, and no waiting; NULL: in clear */
};

/* ---- the mail host ---- */

struct peer {
    struct world *world;
    struct io *io;
};

static bool peer_says(struct stream *stream, const char *line)
{
    return stream_write(stream, line, strlen(line), DEADLINE_NEVER) == 0;
}

static void peer_run(void *argument)
{
    struct peer peer = *(struct peer *)argument;
    struct stream *stream;
    struct bytes line;
    int64_t greeting_ms = 0;

    cr_assert_eq(stream_new(peer.world->engine, peer.io, &stream), 0);
    if (peer.world->server != NULL && tls_accept(stream, peer.world->server, DEADLINE_NEVER) < 0) {
        stream_close(stream); /* it wanted another kind of key */
        return;
    }
    if (peer.world->server == NULL)
        greeting_ms = peer.world->greeting_ms;
    if (task_sleep(peer.world->engine, greeting_ms, "before the greeting") == 0 &&
        peer_says(stream, "220 mail.example.net ESMTP\r\n")) {
        while (stream_read_line(stream, DEADLINE_NEVER, &line) == 0) {
            bool quit = line.size >= 4 && memcmp(line.data, "QUIT", 4) == 0;

            if (peer.world->answer_ms > 0 &&
                task_sleep(peer.world->engine, peer.world->answer_ms, "before the answer") < 0)
                break;
            if (!peer_says(stream, quit ? "221 bye\r\n" : "250 mail.example.net\r\n"))
                break;
            if (quit) {
                peer.world->quits++;
                break;
            }
        }
    }
    stream_close(stream);
}

static int peer_connect(struct network *network, const struct address *address, uint16_t port,
                        int64_t deadline, struct io **ret)
{
    struct world *world = network->connect_data;
    struct peer *peer = arena_alloc(world->arena, sizeof(*peer));
    int pair[2];

    (void)port;
    world->connections++;
    if (world->silent_ipv4 && address->family == AF_INET)
        return task_sleep(world->engine, deadline - engine_now(world->engine), "nobody") < 0 ? -ECANCELED
                                                                                             : -ETIMEDOUT;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    peer->world = world;
    cr_assert_eq(io_new(world->engine, pair[1], &peer->io), 0);
    cr_assert_eq(task_spawn(engine_root(world->engine), peer_run, peer, "the mail host"), 0);
    return io_new(world->engine, pair[0], ret);
}

/* ---- the world ---- */

static void world_begin(struct world *world)
{
    *world = (struct world){.clock = clock_virtual(0),
                            .arena = arena_new(0),
                            .greeting_ms = GREETING_MS,
                            .port = {.port = 25, .service = SERVICE_SMTP}};
    cr_assert_eq(
        engine_new(&(struct engine_options){.clock = &world->clock, .tasks_max = 25000}, &world->engine), 0);
    scan_settings_defaults(&world->settings);
    world->run.engine = world->engine;
    world->run.settings = &world->settings;
    world->run.arena = world->arena;
    world->run.vantage = arena_alloc(world->arena, sizeof(*world->run.vantage));
    world->run.network = (struct network){
        .engine = world->engine,
        .ipv4 = true,
        .ehlo = "probe.example.org",
        .connect = peer_connect,
        .connect_data = world,
    };
    world->dns = fake_resolver_new(world->engine, NULL, 0);
    world->run.network.resolver = fake_resolver(world->dns);
    cr_assert_eq(pacer_new(world->engine, PACE_NORMAL, &world->run.network.pacer), 0);
    cr_assert_eq(endpoint_service_new(&world->run, &world->run.endpoints), 0);
    cr_assert_eq(task_group_new(engine_root(world->engine), "targets", &world->run.targets), 0);
    cr_assert_eq(task_group_new(engine_root(world->engine), "services", &world->run.services), 0);
}

static void world_end(struct world *world)
{
    task_group_end(world->run.targets);
    task_group_end(world->run.services);
    endpoint_service_free(world->run.endpoints);
    pacer_free(world->run.network.pacer);
    tls_service_free(world->run.network.tls);
    tls_server_free(world->server);
    fake_resolver_free(world->dns);
    engine_free(world->engine);
    material_free(world->material);
    arena_free(world->arena);
}

struct asker {
    struct world *world;
    const char *name;
    const char *address; /* NULL: 11.0.0.1 */
    int64_t begin_ms, patience_ms;
    int result;
    int64_t answered_at;
    struct endpoint_facts facts; /* what the asker saw */
};

static void asker_run(void *argument)
{
    struct asker *asker = argument;
    struct world *world = asker->world;
    struct endpoint_ask *ask = NULL;
    struct list names = {0};
    struct address address;
    char name[64];

    if (asker->begin_ms > 0 && task_sleep(world->engine, asker->begin_ms, "its turn") < 0)
        return;
    cr_assert_eq(address_parse(asker->address != NULL ? asker->address : "11.0.0.1", &address), 0);
    snprintf(name, sizeof(name), "%s", asker->name);
    cr_assert_eq(list_add(&names, world->arena, name), 0);
    asker->result = endpoint_ask(world->run.endpoints, &address, world->port, &names,
                                 deadline_in(world->engine, asker->patience_ms, DEADLINE_NEVER), &ask);
    asker->answered_at = engine_now(world->engine);
    cr_assert_not_null(ask);
    struct endpoint_facts *view = endpoint_ask_view(ask, &names, world->arena);

    cr_assert_not_null(view);
    asker->facts = *view;
    endpoint_ask_release(ask);
}

static void spawn_asker(struct world *world, struct asker *asker)
{
    asker->world = world;
    cr_assert_eq(task_spawn(world->run.targets, asker_run, asker, "asker"), 0);
}

/* ---- tests ---- */

/* Of the name that the server gave itself, once; the probes that need it come when all ports have been scanned. */
static void expect_asked_ahead(const struct world *world)
{
    static const char *const questions[] = {"A mail.example.net", "AAAA mail.example.net",
                                            "TXT mail.example.net"};
    const struct list *asked = fake_resolver_questions(world->dns);

    cr_assert_eq(asked->count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_str_eq(asked->items[i], questions[i]);
}

Test(endpoints, many_askers_cost_one_session)
{
    enum { ASKERS = 1000 };
    static struct asker askers[ASKERS];
    static struct world world;

    world_begin(&world);
    for (size_t i = 0; i < ASKERS; i++) {
        /* some come while it is under way, some long after */
        askers[i] =
            (struct asker){.name = "mail.example.net", .begin_ms = (int64_t)i * 50, .patience_ms = 60000};
        spawn_asker(&world, &askers[i]);
    }
    cr_assert_eq(engine_run(world.engine), 0);
    cr_expect_eq(world.connections, 1);
    cr_expect_eq(world.quits, 1);
    for (size_t i = 0; i < ASKERS; i++) {
        cr_assert_eq(askers[i].result, 0);
        cr_assert_eq(askers[i].facts.state, ENDPOINT_OPEN);
        cr_assert_eq(askers[i].facts.connections.value, 1);
        cr_assert_eq(askers[i].facts.smtp, askers[0].facts.smtp);
        cr_assert_eq(askers[i].facts.hosts.count, 1);
    }
    cr_expect_eq(world.run.vantage->port_25, PORT_25_OPEN);
    expect_asked_ahead(&world);
    world_end(&world);
}

Test(endpoints, an_asker_that_gives_up_fails_nobody_else)
{
    static struct world world;
    struct asker hasty = {.name = "mail.example.net", .patience_ms = 3000};
    struct asker patient = {.name = "mail.example.net", .begin_ms = 1000, .patience_ms = 60000};
    struct asker late = {.name = "mail.example.net", .begin_ms = 20000, .patience_ms = 60000};

    world_begin(&world);
    spawn_asker(&world, &hasty);
    spawn_asker(&world, &patient);
    spawn_asker(&world, &late);
    cr_assert_eq(engine_run(world.engine), 0);
    cr_expect_eq(hasty.result, -ETIMEDOUT);
    cr_expect_eq(hasty.answered_at, 3000);
    cr_expect_eq(hasty.facts.state, ENDPOINT_NOT_OBSERVED);
    cr_expect_eq(patient.result, 0);
    cr_expect_eq(patient.answered_at, GREETING_MS);
    cr_expect_eq(patient.facts.state, ENDPOINT_OPEN);
    cr_expect_eq(late.result, 0);
    cr_expect_eq(late.answered_at, 20000);
    cr_expect_eq(world.connections, 1);
    world_end(&world);
}

static void cancel_later(void *argument)
{
    struct world *world = argument;

    cr_assert_eq(task_sleep(world->engine, GREETING_MS + 5000, "into the second session"), 0);
    task_group_cancel(world->run.targets);
    task_group_cancel(world->run.services);
}

Test(endpoints, cancelled_askers_see_what_was_learnt)
{
    static struct world world;
    struct asker first = {.name = "mail.example.net", .patience_ms = 60000};
    struct asker stopped = {.name = "mail.example.net", .patience_ms = 60000};

    world_begin(&world);
    spawn_asker(&world, &first);
    cr_assert_eq(task_spawn(engine_root(world.engine), cancel_later, &world, "the end"), 0);
    stopped.begin_ms = GREETING_MS + 1000;
    spawn_asker(&world, &stopped);
    cr_assert_eq(engine_run(world.engine), 0);
    cr_expect_eq(first.result, 0);
    cr_expect_eq(first.facts.state, ENDPOINT_OPEN);
    cr_expect_eq(stopped.result, 0); /* it was known already */
    world_end(&world);
}

static void cancel_early(void *argument)
{
    struct world *world = argument;

    cr_assert_eq(task_sleep(world->engine, 4000, "before the greeting"), 0);
    task_group_cancel(world->run.targets);
    task_group_cancel(world->run.services);
}

Test(endpoints, cancelled_before_the_greeting_nothing_is_said)
{
    static struct world world;
    struct asker asker = {.name = "mail.example.net", .patience_ms = 60000};

    world_begin(&world);
    spawn_asker(&world, &asker);
    cr_assert_eq(task_spawn(engine_root(world.engine), cancel_early, &world, "the end"), 0);
    cr_assert_eq(engine_run(world.engine), 0);
    cr_expect_eq(asker.result, -ECANCELED);
    cr_expect_eq(asker.answered_at, 4000);
    cr_expect_neq(asker.facts.state, ENDPOINT_OPEN);
    cr_expect_eq(asker.facts.connections.value, 1);
    cr_expect_eq(world.quits, 0);
    world_end(&world);
}

/* The worker's own time is over before the server has said all: that is no complete answer, for nobody. */
Test(endpoints, a_worker_out_of_time_is_told_to_all)
{
    static struct world world;
    struct asker first = {.name = "mail.example.net", .patience_ms = 60000};
    struct asker late = {.name = "mail.example.net", .begin_ms = 20000, .patience_ms = 60000};

    world_begin(&world);
    world.settings.timeout_ms = GREETING_MS / 2;
    spawn_asker(&world, &first);
    spawn_asker(&world, &late);
    cr_assert_eq(engine_run(world.engine), 0);
    cr_expect_eq(first.result, -ETIMEDOUT);
    cr_expect_eq(late.result, -ETIMEDOUT);
    cr_expect_eq(first.facts.connections.value, 1);
    world_end(&world);
}

/* ---- our way out on port 25 ---- */

Test(endpoints, an_answer_proves_the_way_out_for_its_own_family)
{
    static const struct {
        const char *address;
        enum port_25 ipv4, ipv6;
    } rows[] = {
        {"11.0.0.1", PORT_25_OPEN, PORT_25_NOT_OBSERVED},
        {"2a11:11::1", PORT_25_NOT_OBSERVED, PORT_25_OPEN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static struct world world;
        struct asker asker = {.name = "mail.example.net", .address = rows[i].address, .patience_ms = 60000};

        world_begin(&world);
        world.run.network.ipv6 = true;
        spawn_asker(&world, &asker);
        cr_assert_eq(engine_run(world.engine), 0);
        cr_assert_eq(asker.facts.state, ENDPOINT_OPEN);
        cr_expect_eq(world.run.vantage->port_25, rows[i].ipv4, "%s", rows[i].address);
        cr_expect_eq(world.run.vantage->port_25_ipv6, rows[i].ipv6, "%s", rows[i].address);
        world_end(&world);
    }
}

static void control_task_run(void *argument)
{
    struct world *world = argument;

    cr_expect_eq(vantage_control(&world->run), 0);
    world->concluded = *world->run.vantage; /* a session that goes on may prove more */
}

/* Runs vantage_control() with a control host that has both families. */
static void ask_control(struct world *world, int64_t greeting_ms, int64_t answer_ms, bool silent_ipv4)
{
    static const struct fake_answer table[] = {{"control.example.net", "A", .records = {"11.0.0.1"}},
                                               {"control.example.net", "AAAA", .records = {"2a11:11::1"}}};
    struct fake_resolver *fake;

    world_begin(world);
    fake = fake_resolver_new(world->engine, table, sizeof(table) / sizeof(table[0]));
    world->settings.control = "control.example.net";
    world->run.network.resolver = fake_resolver(fake);
    world->run.network.ipv6 = true;
    world->greeting_ms = greeting_ms;
    world->answer_ms = answer_ms;
    world->silent_ipv4 = silent_ipv4;
    cr_assert_eq(task_spawn(world->run.services, control_task_run, world, "control host"), 0);
    cr_assert_eq(engine_run(world->engine), 0);
    fake_resolver_free(fake);
}

Test(endpoints, control_host)
{
    static struct world world;

    ask_control(&world, 0, 0, false);
    cr_expect_eq(world.concluded.port_25, PORT_25_OPEN);
    cr_expect_eq(world.concluded.port_25_ipv6, PORT_25_OPEN);
    world_end(&world);
    ask_control(&world, 0, 0, true); /* one family is kept in, the other is not */
    cr_expect_eq(world.concluded.port_25, PORT_25_BLOCKED);
    cr_expect_eq(world.concluded.port_25_ipv6, PORT_25_OPEN);
    world_end(&world);
}

/* It greets so late that the session is not over in time: that is not a port that is blocked. */
Test(endpoints, slow_control_host)
{
    static struct world world;

    ask_control(&world, LATE_GREETING_MS, LATE_ANSWER_MS, false);
    cr_expect_eq(world.concluded.port_25, PORT_25_NOT_OBSERVED);
    cr_expect_eq(world.concluded.port_25_ipv6, PORT_25_NOT_OBSERVED);
    cr_expect_str_eq(world.concluded.port_25_evidence,
                     "the control host control.example.net could not be heard in time");
    world_end(&world);
}

/* ---- many names ---- */

enum { NAMES = 800, SAN_COUNT = 100 };

/* A certificate as large as public authorities make them: a hundred names. */
static const char *many_sans(struct arena *arena)
{
    const char *sans = "DNS:mail.customer-000.example.net";

    for (int i = 1; i < SAN_COUNT && sans != NULL; i++)
        sans = arena_format(arena, "%s,DNS:mail.customer-%03d.example.net", sans, i);
    return sans;
}

static void world_begin_tls(struct world *world, size_t endpoint_memory)
{
    const struct identity *leaf;
    const char *error = NULL;

    world_begin(world);
    world->port = (struct port_setting){.port = 465, .service = SERVICE_SUBMISSIONS};
    world->run.endpoint_memory = endpoint_memory;
    world->material = material_new(0);
    leaf = material_leaf(world->material,
                         &(struct recipe){.name = "mail.example.net", .sans = many_sans(world->arena)});
    cr_assert_eq(tls_server_new(material_chain_file(world->material, leaf),
                                material_key_file(world->material, leaf), &world->server),
                 0);
    cr_assert_eq(tls_service_new(world->engine, material_root_file(world->material), world->arena,
                                 &world->run.network.tls, &error),
                 0, "%s", error);
}

/* Each name is asked for by a target of its own. */
static void ask_many(struct world *world, struct asker askers[static NAMES])
{
    for (size_t i = 0; i < NAMES; i++) {
        askers[i] = (struct asker){.name = arena_format(world->arena, "mail.customer-%03zu.example.net", i),
                                   .patience_ms = INT32_MAX};
        spawn_asker(world, &askers[i]);
    }
    cr_assert_eq(engine_run(world->engine), 0);
}

static const struct certificate_facts *certificate_of(const struct asker *asker)
{
    cr_assert_eq(asker->facts.tls->certificates.count, 1);
    return asker->facts.tls->certificates.items[0];
}

/* Names share what is equal: the chain is there once. */
Test(endpoints, many_names_on_one_address)
{
    static struct asker askers[NAMES];
    static struct world world;

    world_begin_tls(&world, (size_t)2 * 1024 * 1024);
    ask_many(&world, askers);
    for (size_t i = 0; i < NAMES; i++) {
        cr_assert_eq(askers[i].result, 0, "%s: %d", askers[i].name, askers[i].result);
        cr_assert_eq(askers[i].facts.state, ENDPOINT_OPEN);
        cr_assert_eq(askers[i].facts.tls->handshakes.count, 2, "and one for another kind of key");
        cr_assert_str_eq(certificate_of(&askers[i])->name, askers[i].name);
        cr_assert_eq(certificate_of(&askers[i])->chain.items, certificate_of(&askers[0])->chain.items);
        cr_assert_eq(certificate_of(&askers[i])->sans.count, SAN_COUNT);
        cr_assert_eq(certificate_of(&askers[i])->trusted, YES);
    }
    world_end(&world);
}

/* When its memory ends, what is known stays known, and the others are told that there is no more. */
Test(endpoints, the_memory_of_an_endpoint_ends)
{
    static struct asker askers[NAMES];
    static struct world world;
    size_t known = 0, told = 0;

    world_begin_tls(&world, (size_t)128 * 1024);
    ask_many(&world, askers);
    for (size_t i = 0; i < NAMES; i++) {
        cr_assert_eq(askers[i].facts.state, ENDPOINT_OPEN);
        if (askers[i].result == 0) {
            cr_assert_eq(certificate_of(&askers[i])->trusted, YES);
            known++;
        } else {
            cr_assert_eq(askers[i].result, -ENOSPC);
            told++;
        }
    }
    cr_expect_gt(known, 0);
    cr_expect_gt(told, 0);
    world_end(&world);
}
