/*
 * tls_deep.c - tests of what only a deep scan asks: renegotiation, Ticketbleed, ROBOT
 *
 * Servers are tasks of the same engine on a virtual clock: OpenSSL's, told what to allow, and some made by hand, with the
 * faults that no server of today has any more. What the enumeration knows by then is written down before.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"
#include "scanner/net/io.h"
#include "scanner/net/tls_internal.h"
#include "scanner/net/tls_rsa.h"
#include "tests/unit/openssl_server.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/rsa.h>
#include <string.h>
#include <sys/socket.h>

enum {
    NOW = 1795348800,
    SUITE_RSA = 0x002f,   /* TLS_RSA_WITH_AES_128_CBC_SHA */
    SUITE_ECDHE = 0xc02f, /* TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
    RECORD_MAX = 1024,    /* of a client */
    TIME_MS = 180000,
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the world ---- */

/* What the client put into its key exchange; the others count from PADDING_RIGHT as in tls_robot.c. */
enum seen { SEEN_RIGHT, SEEN_WRONG_TYPE, SEEN_ZERO_LATE, SEEN_NO_ZERO, SEEN_WRONG_VERSION, SEEN };

struct world {
    struct clock clock;
    struct network network;
    struct arena *arena;
    SSL_CTX *server;
    void (*serve)(struct world *world, struct stream *stream); /* one connection */
    struct endpoint_facts endpoint;
    struct enumeration e;
    struct session prepared;
    size_t connections;
    bool canceled; /* the user stops the scan after a second */

    /* OpenSSL's server */
    int allowed;                 /* renegotiations; the next is refused */
    int handshakes;              /* made on this connection */
    bool by_closing, by_silence; /* how it is refused */
    int fd;                      /* of this connection */
    size_t quits;
    bool greets; /* a server of submissions, which wants a QUIT */

    /* servers made by hand */
    size_t id_size;     /* of the session id in the answer to a ticket */
    bool id_is_foreign; /* it does not begin with ours */
    uint8_t alert;      /* instead of an answer; 0: none */
    size_t tickets;     /* hellos with a ticket and a short id */
    void (*react)(struct world *world, struct stream *stream, enum seen seen, bool whole);
    size_t seen[SEEN][2];
    bool asks_certificate, changes_certificate;
    size_t refused_after; /* connections; 0: never */
};

static struct tls_material *material; /* of the test's own process */
static struct identity *identity, *other;

static void make_material(void)
{
    const struct recipe recipe = {.name = "mail.example.org", .key = MATERIAL_RSA2048};

    material = material_new(NOW);
    identity = material_leaf(material, &recipe);
    other = material_leaf(material, &recipe);
}

static void free_material(void)
{
    material_free(material);
}

TestSuite(tls_deep, .init = make_material, .fini = free_material);

struct peer {
    struct world *world;
    struct stream *stream;
};

static void peer_run(void *argument)
{
    struct peer *peer = argument;

    peer->world->serve(peer->world, peer->stream);
    stream_close(peer->stream);
}

static int peer_connect(struct network *network, const struct address *address, uint16_t port,
                        int64_t deadline, struct io **ret)
{
    struct world *world = network->connect_data;
    struct peer *peer = arena_alloc(world->arena, sizeof(*peer));
    struct io *io;
    int pair[2];

    (void)address;
    (void)port;
    (void)deadline;
    world->connections++;
    if (world->refused_after > 0 && world->connections > world->refused_after)
        return -ECONNREFUSED;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    cr_assert_eq(io_new(network->engine, pair[1], &io), 0);
    peer->world = world;
    cr_assert_eq(stream_new(network->engine, io, &peer->stream), 0);
    cr_assert_eq(task_spawn(engine_root(network->engine), peer_run, peer, "the server"), 0);
    return io_new(network->engine, pair[0], ret);
}

static void run_deep(void *argument)
{
    struct world *world = argument;

    enumerate_deep(&world->e);
}

static void run_user(void *argument)
{
    struct world *world = argument;
    struct engine *engine = world->network.engine;
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(engine), "scan", &group), 0);
    cr_assert_eq(task_spawn(group, run_deep, world, "deep"), 0);
    if (world->canceled)
        cr_assert_eq(task_sleep(engine, 1000, "the user"), 0);
    else
        cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
}

static void world_begin(struct world *world)
{
    const char *error = NULL;

    world->clock = clock_virtual(NOW);
    world->arena = arena_new(0);
    world->server = openssl_server_new(material, identity);
    SSL_CTX_set_app_data(world->server, world);
    world->network = (struct network){
        .ipv4 = true, .ehlo = "probe.example.net", .connect = peer_connect, .connect_data = world};
    cr_assert_eq(engine_new(&(struct engine_options){.clock = &world->clock}, &world->network.engine), 0);
    cr_assert_eq(pacer_new(world->network.engine, PACE_NORMAL, &world->network.pacer), 0);
    cr_assert_eq(tls_service_new(world->network.engine, material_root_file(material), world->arena,
                                 &world->network.tls, &error),
                 0, "%s", error);
    world->endpoint = (struct endpoint_facts){.address = "11.0.0.1",
                                              .port = number(465),
                                              .service = world->greets ? "submissions" : "tls",
                                              .tls = arena_alloc(world->arena, sizeof(struct tls_facts))};
    cr_assert_eq(session_prepare(&world->prepared, &world->network, &world->endpoint, "mail.example.org",
                                 world->prepared.deadline > 0 ? world->prepared.deadline : TIME_MS,
                                 world->arena),
                 0);
}

/* What the strands before would have found: TLS 1.2 with one suite. */
static void write_down(struct world *world, uint16_t suite)
{
    struct enumeration *e = &world->e;
    struct version_findings *found = &e->versions[version_place(TLS_VERSION_1_2)];

    *e = (struct enumeration){.prepared = &world->prepared,
                              .network = &world->network,
                              .endpoint = &world->endpoint,
                              .tls = world->endpoint.tls,
                              .arena = world->arena,
                              .kept = world->arena,
                              .depth = DEPTH_DEEP,
                              .best = TLS_VERSION_1_2,
                              .extensions = HELLO_EXTENDED_MASTER_SECRET | HELLO_RENEGOTIATION_INFO |
                                            HELLO_SESSION_TICKET | HELLO_POINT_FORMATS,
                              .features = arena_alloc(world->arena, sizeof(*e->features))};
    e->groups.items = arena_alloc(world->arena, sizeof(uint16_t));
    codes_add(&e->groups, 0x0017); /* secp256r1 */
    e->schemes.items = arena_alloc(world->arena, 2 * sizeof(uint16_t));
    codes_add(&e->schemes, 0x0401); /* rsa_pkcs1_sha256 */
    codes_add(&e->schemes, 0x0403); /* ecdsa_secp256r1_sha256, which the authority signs with */
    found->accepted = YES;
    found->suites.items = arena_alloc(world->arena, sizeof(uint16_t));
    codes_add(&found->suites, suite);
    world->endpoint.tls->resumption = arena_alloc(world->arena, sizeof(struct tls_resumption_facts));
    world->endpoint.tls->resumption->ticket = YES;
}

/* Runs it against a server; the facts stay until world_end(). */
static const struct tls_features_facts *world_run(struct world *world, uint16_t suite)
{
    world_begin(world);
    write_down(world, suite);
    cr_assert_eq(task_spawn(engine_root(world->network.engine), run_user, world, "user"), 0);
    cr_assert_eq(engine_run(world->network.engine), 0);
    return world->e.features;
}

static void world_end(struct world *world)
{
    tls_service_free(world->network.tls);
    pacer_free(world->network.pacer);
    engine_free(world->network.engine);
    SSL_CTX_free(world->server);
    arena_free(world->arena);
}

static void expect_text(const char *what, const char *actual, const char *part)
{
    if (part == NULL)
        cr_expect_null(actual, "%s: %s", what, actual);
    else
        cr_expect(actual != NULL && strstr(actual, part) != NULL, "%s: \"%s\" without \"%s\"", what, actual,
                  part);
}

/* ---- OpenSSL's server ---- */

/* The one too many is refused by an alert, by closing, or by saying nothing. */
static void on_server(const SSL *ssl, int where, int value)
{
    struct world *world = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    SSL *own = (SSL *)(uintptr_t)ssl;
    bool refuses = world->handshakes > world->allowed;

    (void)value;
    if (where == SSL_CB_HANDSHAKE_DONE && world->handshakes++ == world->allowed && !world->by_closing &&
        !world->by_silence)
        SSL_set_options(own, SSL_OP_NO_RENEGOTIATION);
    if (where == SSL_CB_HANDSHAKE_START && refuses && world->by_closing)
        cr_assert_eq(shutdown(world->fd, SHUT_RDWR), 0);
    if (where == SSL_CB_HANDSHAKE_START && refuses && world->by_silence)
        SSL_set0_wbio(own, BIO_new(BIO_s_null()));
}

static void say(struct stream *stream, const char *line)
{
    (void)stream_write(stream, line, strlen(line), DEADLINE_NEVER);
}

static void serve_lines(struct world *world, struct stream *stream)
{
    struct bytes line;

    if (world->greets)
        say(stream, "220 mail.example.org\r\n");
    while (stream_read_line(stream, DEADLINE_NEVER, &line) == 0) {
        if (line.size != 4 || memcmp(line.data, "QUIT", 4) != 0)
            continue;
        world->quits++;
        say(stream, "221 bye\r\n");
        return;
    }
}

static void serve_openssl(struct world *world, struct stream *stream)
{
    struct tls_session *session;

    world->handshakes = 0;
    world->fd = io_fd(stream_wire(stream)->io);
    SSL_CTX_set_options(world->server, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    cr_assert_eq(tls_session_start(stream, world->server, true, NULL, &session), 0);
    SSL_set_info_callback(session->ssl, on_server);
    if (tls_session_drive(session, DEADLINE_NEVER) == 0)
        serve_lines(world, stream);
}

/* ---- renegotiation ---- */

Test(tls_deep, renegotiation_is_counted)
{
    static const struct {
        const char *what;
        struct world world;
        enum known allowed;
        int64_t made; /* -1: no number */
    } cases[] = {
        {"not allowed", {.allowed = 0}, NO, -1},
        {"not allowed, and the server closes", {.allowed = 0, .by_closing = true}, NO, -1},
        {"not allowed, and the server is silent", {.allowed = 0, .by_silence = true}, NO, -1},
        {"one", {.allowed = 1}, YES, 1},
        {"three", {.allowed = 3}, YES, 3},
        {"three, then the server closes", {.allowed = 3, .by_closing = true}, YES, 3},
        {"three, then the server is silent", {.allowed = 3, .by_silence = true}, YES, 3},
        {"ten", {.allowed = 10}, YES, 10},
        {"eleven", {.allowed = 11}, YES, 11},
        {"no limit", {.allowed = 1000}, YES, 11},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world world = cases[i].world;
        const struct tls_features_facts *features;

        world.serve = serve_openssl;
        features = world_run(&world, SUITE_ECDHE);
        cr_expect_eq(features->client_renegotiation, cases[i].allowed, "%s", cases[i].what);
        cr_expect_eq(features->client_renegotiations.known, cases[i].made >= 0, "%s", cases[i].what);
        if (cases[i].made >= 0)
            cr_expect_eq(features->client_renegotiations.value, cases[i].made, "%s: %lld", cases[i].what,
                         (long long)features->client_renegotiations.value);
        /* it has RFC 5746, so it was not asked without */
        cr_expect_eq(features->insecure_renegotiation, cases[i].allowed == NO ? NO : UNKNOWN, "%s",
                     cases[i].what);
        expect_text(cases[i].what, features->renegotiation_reason, NULL);
        cr_expect_eq(world.e.handshake_connections, 1);
        cr_expect_null(world.e.stopped);
        world_end(&world);
    }
}

Test(tls_deep, renegotiation_ends_with_a_farewell)
{
    struct world world = {.serve = serve_openssl, .allowed = 1000, .greets = true};
    const struct tls_features_facts *features = world_run(&world, SUITE_ECDHE);

    cr_expect_eq(features->client_renegotiations.value, 11);
    cr_expect_eq(world.quits, 1);
    world_end(&world);
}

static void serve_nothing(struct world *world, struct stream *stream)
{
    (void)stream;
    (void)task_sleep(world->network.engine, 60000, "a server that says nothing");
}

static void serve_until_silent(struct world *world, struct stream *stream)
{
    world->by_silence = true;
    serve_openssl(world, stream);
}

Test(tls_deep, what_was_cut_short_says_so)
{
    static struct world nothing = {.serve = serve_nothing};
    static struct world late = {.serve = serve_until_silent, .allowed = 2, .prepared.deadline = 3000};
    static struct world early = {.serve = serve_until_silent, .prepared.deadline = 3000};
    static struct world stopped = {.serve = serve_until_silent, .canceled = true};
    const struct tls_features_facts *features = world_run(&nothing, SUITE_ECDHE);

    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    expect_text("no handshake", features->renegotiation_reason, "did not answer");
    expect_text("no handshake", features->ticketbleed_reason, "no session ticket");
    world_end(&nothing);

    features = world_run(&late, SUITE_ECDHE);
    cr_expect_eq(features->client_renegotiation, YES);
    cr_expect_not(features->client_renegotiations.known, "we ended it");
    world_end(&late);

    features = world_run(&early, SUITE_ECDHE);
    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    cr_expect_eq(features->insecure_renegotiation, UNKNOWN);
    expect_text("early", features->renegotiation_reason, "the scan ended");
    expect_text("early", features->ticketbleed_reason, "the time of the scan was over");
    world_end(&early);

    features = world_run(&stopped, SUITE_RSA);
    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    cr_expect_eq(stopped.e.failure, -ECANCELED);
    expect_text("stopped", features->ticketbleed_reason, "the scan was stopped");
    expect_text("stopped", features->robot_reason, "the scan was stopped");
    world_end(&stopped);
}

static void serve_turning_away(struct world *world, struct stream *stream)
{
    struct tls_session *session;
    struct bytes line;

    cr_assert_eq(tls_session_start(stream, world->server, true, NULL, &session), 0);
    cr_assert_eq(tls_session_drive(session, DEADLINE_NEVER), 0);
    say(stream, "421 too many connections\r\n");
    (void)stream_read_line(stream, DEADLINE_NEVER, &line);
}

Test(tls_deep, a_server_that_turns_us_away_is_left_alone)
{
    struct world world = {.serve = serve_turning_away, .greets = true};
    const struct tls_features_facts *features = world_run(&world, SUITE_ECDHE);

    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    cr_expect_eq(features->insecure_renegotiation, UNKNOWN);
    expect_text("turned away", features->renegotiation_reason, "turned us away");
    expect_text("turned away", features->ticketbleed_reason, "turned us away");
    cr_expect_eq(world.e.handshake_connections, 2);
    cr_expect_eq(world.connections, 2);
    world_end(&world);
}

/* ---- messages of a server made by hand ---- */

static bool read_fully(struct stream *stream, uint8_t *to, size_t size, int64_t deadline)
{
    size_t have = 0;

    while (have < size) {
        int64_t got = stream_read(stream, to + have, size - have, deadline);

        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

/* The next record of the client; false: there is none. */
static bool read_record(struct world *world, struct stream *stream, uint8_t *ret_type, uint8_t *body,
                        size_t *ret_size)
{
    int64_t deadline = engine_now(world->network.engine) + 100;
    uint8_t header[5];

    if (!read_fully(stream, header, sizeof(header), deadline))
        return false;
    *ret_type = header[0];
    *ret_size = (size_t)(header[3] << 8 | header[4]);
    cr_assert_leq(*ret_size, RECORD_MAX);
    return read_fully(stream, body, *ret_size, deadline);
}

static void put_record(struct buffer *out, uint8_t type, const struct buffer *content)
{
    put_u8(out, type);
    put_u16(out, TLS_VERSION_1_2);
    put_u16(out, (uint16_t)content->size);
    put_block(out, content->data, content->size);
}

static void put_server_hello(struct buffer *out, struct bytes id, uint16_t suite)
{
    struct buffer hello = {0};

    put_u8(&hello, 2);
    put_u24(&hello, (uint32_t)(2 + 32 + 1 + id.size + 2 + 1));
    put_u16(&hello, TLS_VERSION_1_2);
    for (size_t i = 0; i < 32; i++)
        put_u8(&hello, 0x77);
    put_u8(&hello, (uint8_t)id.size);
    put_block(&hello, id.data, id.size);
    put_u16(&hello, suite);
    put_u8(&hello, 0);
    put_record(out, 22, &hello);
    buffer_free(&hello);
}

static void send_out(struct stream *stream, struct buffer *out)
{
    (void)stream_write(stream, out->data, out->size, DEADLINE_NEVER);
    buffer_free(out);
}

static void send_alert(struct stream *stream, uint8_t alert)
{
    const uint8_t record[] = {21, 3, 3, 0, 2, 2, alert};

    (void)stream_write(stream, record, sizeof(record), DEADLINE_NEVER);
}

/* ---- Ticketbleed ---- */

/* Resumes as BIG-IP did: the id comes back as long as ids are, whatever was sent. */
static void resume_short_id(struct world *world, struct stream *stream)
{
    uint8_t body[RECORD_MAX], id[32], type;
    struct buffer out = {0}, change = {0};
    size_t size;

    cr_assert(read_record(world, stream, &type, body, &size));
    cr_assert_eq(type, 22);
    cr_expect_eq(body[38], 1, "a session id of one byte");
    world->tickets++;
    memset(id, 0xee, sizeof(id));
    id[0] = world->id_is_foreign ? (uint8_t)~body[39] : body[39];
    if (world->alert != 0) {
        send_alert(stream, world->alert);
        return;
    }
    put_server_hello(&out, bytes_of(id, world->id_size), SUITE_ECDHE);
    put_u8(&change, 1);
    put_record(&out, 20, &change);
    buffer_free(&change);
    send_out(stream, &out);
}

/* A handshake that gives a ticket, then another kind of server. */
static void serve_tickets(struct world *world, struct stream *stream)
{
    if (world->connections == 1)
        serve_openssl(world, stream);
    else
        resume_short_id(world, stream);
}

/* The first time only. */
static void serve_chance(struct world *world, struct stream *stream)
{
    if (world->connections == 3)
        world->id_size = 1;
    serve_tickets(world, stream);
}

Test(tls_deep, ticketbleed_by_hand)
{
    static const struct {
        const char *what;
        struct world world;
        enum known bleeds;
        size_t tickets;
        const char *reason;
    } cases[] = {
        {"memory behind the byte", {.id_size = 32}, YES, 2, NULL},
        {"one byte of it", {.id_size = 2}, YES, 2, NULL},
        {"only once", {.id_size = 32, .serve = serve_chance}, NO, 2, NULL},
        {"as it was sent", {.id_size = 1}, NO, 1, NULL},
        {"no id", {.id_size = 0}, NO, 1, NULL},
        {"another id", {.id_size = 32, .id_is_foreign = true}, UNKNOWN, 1, "short session id"},
        {"refused", {.alert = 47}, NO, 1, NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world world = cases[i].world;
        const struct tls_features_facts *features;

        if (world.serve == NULL)
            world.serve = serve_tickets;
        features = world_run(&world, SUITE_ECDHE);
        cr_expect_eq(features->ticketbleed, cases[i].bleeds, "%s", cases[i].what);
        cr_expect_eq(world.tickets, cases[i].tickets, "%s: %zu", cases[i].what, world.tickets);
        expect_text(cases[i].what, features->ticketbleed_reason, cases[i].reason);
        cr_expect_eq(world.e.behaviour_connections, world.tickets, "%s", cases[i].what);
        world_end(&world);
    }
}

static void serve_without_tickets(struct world *world, struct stream *stream)
{
    SSL_CTX_set_options(world->server, SSL_OP_NO_TICKET);
    serve_openssl(world, stream);
}

/* It gives tickets, and then has forgotten the key of them. */
static void serve_forgetful(struct world *world, struct stream *stream)
{
    static const uint8_t keys[80] = {1};

    if (world->connections > 1)
        cr_assert_eq(
            SSL_CTX_set_tlsext_ticket_keys(world->server, (void *)(uintptr_t)keys, (long)sizeof(keys)), 1);
    serve_openssl(world, stream);
}

static void serve_forgetful_stranger(struct world *world, struct stream *stream)
{
    world->endpoint.tls->resumption->ticket = UNKNOWN;
    serve_forgetful(world, stream);
}

Test(tls_deep, ticketbleed_of_openssl)
{
    static struct world usual = {.serve = serve_openssl}, none = {.serve = serve_without_tickets};
    static struct world forgetful = {.serve = serve_forgetful},
                        stranger = {.serve = serve_forgetful_stranger};
    const struct tls_features_facts *features = world_run(&usual, SUITE_ECDHE);

    cr_expect_eq(features->ticketbleed, NO);
    cr_expect_eq(usual.connections, 2);
    world_end(&usual);

    features = world_run(&none, SUITE_ECDHE);
    cr_expect_eq(features->ticketbleed, UNKNOWN);
    expect_text("no ticket", features->ticketbleed_reason, "no session ticket was given");
    cr_expect_eq(none.connections, 1);
    world_end(&none);

    features = world_run(&forgetful, SUITE_ECDHE);
    cr_expect_eq(features->ticketbleed, NO, "it takes tickets up else");
    world_end(&forgetful);

    features = world_run(&stranger, SUITE_ECDHE);
    cr_expect_eq(features->ticketbleed, UNKNOWN, "nobody knows whether it ever does");
    expect_text("stranger", features->ticketbleed_reason, "did not take up");
    world_end(&stranger);
}

/* ---- ROBOT ---- */

static void put_flight(struct world *world, struct buffer *out)
{
    const struct identity *shown =
        world->changes_certificate && world->connections % 2 == 0 ? other : identity;
    struct bytes der = material_der(material, shown);
    struct buffer messages = {0};

    put_server_hello(out, (struct bytes){0}, SUITE_RSA);
    put_u8(&messages, 11);
    put_u24(&messages, (uint32_t)der.size + 6);
    put_u24(&messages, (uint32_t)der.size + 3);
    put_u24(&messages, (uint32_t)der.size);
    put_block(&messages, der.data, der.size);
    if (world->asks_certificate)
        put_block(&messages, (const uint8_t[]){13, 0, 0, 8, 1, 1, 0, 2, 4, 1, 0, 0}, 12);
    put_u8(&messages, 14);
    put_u24(&messages, 0);
    put_record(out, 22, &messages);
    buffer_free(&messages);
}

/* RFC 8017 7.2.2 and RFC 5246 7.4.7.1, as a server that looks at each byte. */
static enum seen see(const uint8_t *encrypted, size_t size)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(identity->key, NULL);
    uint8_t block[256];
    size_t count = sizeof(block), zero = 2;

    cr_assert_eq(EVP_PKEY_decrypt_init(context), 1);
    cr_assert_eq(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    cr_assert_eq(EVP_PKEY_decrypt(context, block, &count, encrypted, size), 1);
    EVP_PKEY_CTX_free(context);
    cr_assert_eq(count, sizeof(block));
    if (block[0] != 0 || block[1] != 2)
        return SEEN_WRONG_TYPE;
    while (zero < count && block[zero] != 0)
        zero++;
    if (zero == count)
        return SEEN_NO_ZERO;
    if (count - zero - 1 != 48)
        return SEEN_ZERO_LATE;
    return block[zero + 1] == 3 && block[zero + 2] == 3 ? SEEN_RIGHT : SEEN_WRONG_VERSION;
}

/* Up to the key exchange; then it is for `react`. */
static void serve_rsa(struct world *world, struct stream *stream)
{
    uint8_t body[RECORD_MAX], more[RECORD_MAX], type;
    struct buffer out = {0};
    size_t size, more_size;
    enum seen seen;
    bool whole;

    if (world->connections == 1) { /* no handshake, so no renegotiation */
        send_alert(stream, 40);
        return;
    }
    cr_assert(read_record(world, stream, &type, body, &size));
    put_flight(world, &out);
    send_out(stream, &out);
    if (!read_record(world, stream, &type, body, &size) || world->changes_certificate)
        return; /* the key may be that of another certificate */
    if (world->asks_certificate) {
        cr_expect_eq(body[0], 11, "an empty Certificate");
        cr_expect_eq(size, 7);
        cr_assert(read_record(world, stream, &type, body, &size));
    }
    cr_assert_eq(size, 4 + 2 + 256);
    cr_assert_eq(body[0], 16);
    seen = see(body + 6, 256);
    whole = read_record(world, stream, &type, more, &more_size);
    if (whole) {
        cr_expect_eq(type, 20);
        cr_assert(read_record(world, stream, &type, more, &more_size));
        cr_expect_eq(type, 22);
    }
    world->seen[seen][whole]++;
    world->react(world, stream, seen, whole);
}

/* Waits for the rest of a handshake that does not come. */
static void wait_on(struct world *world)
{
    (void)task_sleep(world->network.engine, 30000, "a server that waits for more");
}

static void react_patched(struct world *world, struct stream *stream, enum seen seen, bool whole)
{
    (void)seen;
    if (whole)
        send_alert(stream, 20);
    else
        wait_on(world);
}

static void react_with_alert(struct world *world, struct stream *stream, enum seen seen, bool whole)
{
    if (seen == SEEN_RIGHT || seen == SEEN_WRONG_VERSION)
        react_patched(world, stream, seen, whole);
    else
        send_alert(stream, 51);
}

/* It tells only when nothing follows: there is an alert at once, or it waits. */
static void react_when_alone(struct world *world, struct stream *stream, enum seen seen, bool whole)
{
    if (seen == SEEN_NO_ZERO && !whole)
        send_alert(stream, 20);
    else
        react_patched(world, stream, seen, whole);
}

static void react_by_closing(struct world *world, struct stream *stream, enum seen seen, bool whole)
{
    if (seen != SEEN_ZERO_LATE)
        react_patched(world, stream, seen, whole);
}

static void react_to_version(struct world *world, struct stream *stream, enum seen seen, bool whole)
{
    if (whole)
        send_alert(stream, seen == SEEN_WRONG_VERSION ? 70 : 20);
    else
        wait_on(world);
}

/* The same alert; only then it hangs up, or does not. */
static void react_and_stay(struct world *world, struct stream *stream, enum seen seen, bool whole)
{
    react_patched(world, stream, seen, whole);
    if (whole && seen != SEEN_RIGHT)
        wait_on(world);
}

static void react_at_random(struct world *world, struct stream *stream, enum seen seen, bool whole)
{
    (void)seen;
    (void)whole;
    send_alert(stream, world->connections % 4 == 0 ? 40 : 20);
}

struct robot_case {
    const char *what;
    struct world world;
    enum known told;
    size_t connections;   /* that came to a hello for RSA */
    const char *evidence; /* part of it */
    const char *reason;
};

static void try_robot(const struct robot_case *row)
{
    struct world world = row->world;
    const struct tls_features_facts *features;

    world.serve = serve_rsa;
    features = world_run(&world, SUITE_RSA);
    cr_expect_eq(features->robot, row->told, "%s", row->what);
    cr_expect_eq(world.e.behaviour_connections, row->connections, "%s: %zu connections", row->what,
                 world.e.behaviour_connections);
    expect_text(row->what, features->robot_evidence, row->evidence);
    expect_text(row->what, features->robot_reason, row->reason);
    if (row->told == NO)
        for (int i = 0; i < SEEN; i++)
            cr_expect(world.seen[i][0] == 1 && world.seen[i][1] == 1, "%s: %d was seen %zu and %zu times",
                      row->what, i, world.seen[i][0], world.seen[i][1]);
    world_end(&world);
}

Test(tls_deep, robot_by_hand)
{
    static const struct robot_case cases[] = {
        {"patched", {.react = react_patched}, NO, 11, NULL, NULL},
        {"patched, asks for a certificate",
         {.react = react_patched, .asks_certificate = true},
         NO,
         11,
         NULL,
         NULL},
        {"another alert",
         {.react = react_with_alert},
         YES,
         10,
         "right padding is answered with alert 20, closed; wrong first two bytes with alert 51, closed",
         NULL},
        {"only without the rest",
         {.react = react_when_alone},
         YES,
         15,
         "ClientKeyExchange alone: right padding is answered with left open; no zero with alert 20, closed",
         NULL},
        {"closes", {.react = react_by_closing}, YES, 10, "the zero in a wrong place with closed", NULL},
        {"version", {.react = react_to_version}, YES, 10, "a wrong version with alert 70, closed", NULL},
        {"stays",
         {.react = react_and_stay},
         YES,
         10,
         "with alert 20, closed; wrong first two bytes with alert 20, left open",
         NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        try_robot(&cases[i]);
}

Test(tls_deep, robot_is_given_up)
{
    static const struct robot_case cases[] = {
        {"at random", {.react = react_at_random}, UNKNOWN, 7, NULL, "not in the same way again"},
        {"other certificates",
         {.react = react_patched, .changes_certificate = true},
         UNKNOWN,
         2,
         NULL,
         "another certificate"},
        {"turned away", {.react = react_patched, .refused_after = 4}, UNKNOWN, 3, NULL, "turned us away"},
        {"out of time",
         {.react = react_patched, .prepared.deadline = 8000},
         UNKNOWN,
         9,
         NULL,
         "the time of the scan was over"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        try_robot(&cases[i]);
}

Test(tls_deep, robot_of_openssl)
{
    struct world world = {.serve = serve_openssl};
    const struct tls_features_facts *features = world_run(&world, SUITE_RSA);

    cr_expect_eq(features->robot, NO);
    expect_text("OpenSSL", features->robot_reason, NULL);
    cr_expect_eq(world.connections, 2 + 11);
    cr_expect_null(world.e.stopped);
    world_end(&world);
}

Test(tls_deep, robot_needs_rsa)
{
    struct world world = {.serve = serve_openssl};
    const struct tls_features_facts *features = world_run(&world, SUITE_ECDHE);

    cr_expect_eq(features->robot, UNKNOWN);
    expect_text("without", features->robot_reason, NULL);
    world_end(&world);
}

/* ---- the key of a certificate ---- */

Test(tls_deep, rsa_keys)
{
    struct bytes rsa =
        material_der(material, material_leaf(material, &(struct recipe){.key = MATERIAL_RSA1024}));
    struct bytes pss =
        material_der(material, material_leaf(material, &(struct recipe){.key = MATERIAL_RSA_PSS2048}));
    struct bytes ec = material_der(material, material_leaf(material, &(struct recipe){.name = "a.example"}));
    uint8_t block[128] = {0}, zeros[128] = {0};

    cr_expect_eq(tls_rsa_bits(rsa), 1024);
    cr_expect_eq(tls_rsa_bits(pss), 0);
    cr_expect_eq(tls_rsa_bits(ec), 0);
    for (size_t size = 0; size < rsa.size; size += 7)
        cr_expect_eq(tls_rsa_bits(bytes_of(rsa.data, size)), 0);
    block[127] = 1; /* 1 to any power */
    cr_expect_eq(tls_rsa_encrypt(rsa, block, sizeof(block)), 0);
    cr_expect_eq(block[127], 1);
    cr_expect_eq(memcmp(block, zeros, 127), 0);
    block[127] = 2;
    cr_expect_eq(tls_rsa_encrypt(rsa, block, sizeof(block)), 0);
    cr_expect_neq(memcmp(block, zeros, 127), 0);
    memset(block, 0xff, sizeof(block)); /* not below the modulus */
    cr_expect_eq(tls_rsa_encrypt(rsa, block, sizeof(block)), -EINVAL);
    cr_expect_eq(tls_rsa_encrypt(rsa, block, 64), -EINVAL);
    cr_expect_eq(tls_rsa_encrypt(ec, block, sizeof(block)), -EINVAL);
}
