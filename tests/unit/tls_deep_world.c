/*
 * tls_deep_world.c - a server, and a scan that asks it what only a deep scan asks
 *
 *   world_run: what was found before is written down -> enumerate_deep() -> connect() -> socketpair -> world->serve
 */
#include "tests/unit/tls_deep_world.h"

#include "scanner/base/arena.h"
#include "scanner/net/io.h"
#include "scanner/net/tls_internal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum { TIME_MS = 180000 };

static struct tls_material *material; /* of the test's own process */
static struct identity *identity, *other;

void world_make_material(void)
{
    const struct recipe recipe = {.name = "mail.example.org", .key = MATERIAL_RSA2048};

    material = material_new(NOW);
    identity = material_leaf(material, &recipe);
    other = material_leaf(material, &recipe);
}

void world_free_material(void)
{
    material_free(material);
}

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
    world->material = material;
    world->identity = identity;
    world->other = other;
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

const struct tls_features_facts *world_run(struct world *world, uint16_t suite)
{
    world_begin(world);
    write_down(world, suite);
    cr_assert_eq(task_spawn(engine_root(world->network.engine), run_user, world, "user"), 0);
    cr_assert_eq(engine_run(world->network.engine), 0);
    return world->e.features;
}

void world_end(struct world *world)
{
    tls_service_free(world->network.tls);
    pacer_free(world->network.pacer);
    engine_free(world->network.engine);
    SSL_CTX_free(world->server);
    arena_free(world->arena);
}

void expect_text(const char *what, const char *actual, const char *part)
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

void say(struct stream *stream, const char *line)
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

void serve_openssl(struct world *world, struct stream *stream)
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

bool read_record(struct world *world, struct stream *stream, uint8_t *ret_type, uint8_t *body,
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

void put_record(struct buffer *out, uint8_t type, const struct buffer *content)
{
    put_u8(out, type);
    put_u16(out, TLS_VERSION_1_2);
    put_u16(out, (uint16_t)content->size);
    put_block(out, content->data, content->size);
}

void put_server_hello(struct buffer *out, struct bytes id, uint16_t suite)
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

void send_out(struct stream *stream, struct buffer *out)
{
    (void)stream_write(stream, out->data, out->size, DEADLINE_NEVER);
    buffer_free(out);
}

void send_alert(struct stream *stream, uint8_t alert)
{
    const uint8_t record[] = {21, 3, 3, 0, 2, 2, alert};

    (void)stream_write(stream, record, sizeof(record), DEADLINE_NEVER);
}
