/*
 * tls.c - handshakes: what is agreed, every way to end, verification, lines inside TLS, many at once
 *
 * Servers are tasks of the same engine on a virtual clock; between them and us are socket pairs.
 */
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/tls_internal.h"
#include "scanner/net/tls_names.h"
#include "tests/unit/tls_material.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NOW = 1924992000 /* 2031-01-01, not the time of the test */, DAY = 86400, DEADLINE = 15000 };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct world {
    struct clock clock;
    struct engine *engine;
    struct arena *arena;
    struct tls_material *material;
    struct tls_service *service;
    struct task_group *group; /* of the running test */
    void (*play)(struct world *world);
};

/* A connection: ours is played by the test, theirs by a task of its own. */
struct pair {
    struct world *world;
    struct stream *ours, *theirs;
    const void *data;
    struct tls_server *server;
};

static void run_play(void *argument)
{
    struct world *world = argument;

    world->play(world);
    task_group_end(world->group);
}

static void world_play(void (*play)(struct world *world))
{
    struct world world = {.clock = clock_virtual(NOW), .play = play};
    const char *error = NULL;

    world.material = material_new(NOW);
    world.arena = arena_new(0);
    cr_assert_eq(engine_new(&(struct engine_options){.clock = &world.clock}, &world.engine), 0);
    cr_assert_eq(tls_service_new(world.engine, material_root_file(world.material), world.arena,
                                 &world.service, &error),
                 0, "%s", error);
    cr_assert_eq(task_group_new(engine_root(world.engine), "play", &world.group), 0);
    cr_assert_eq(task_spawn(engine_root(world.engine), run_play, &world, "play"), 0);
    cr_assert_eq(engine_run(world.engine), 0);
    tls_service_free(world.service);
    engine_free(world.engine);
    material_free(world.material);
    arena_free(world.arena);
}

static void pair_open(struct world *world, struct pair *pair)
{
    struct io *io;
    int fds[2];

    pair->world = world;
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    cr_assert_eq(io_new(world->engine, fds[0], &io), 0);
    cr_assert_eq(stream_new(world->engine, io, &pair->ours), 0);
    cr_assert_eq(io_new(world->engine, fds[1], &io), 0);
    cr_assert_eq(stream_new(world->engine, io, &pair->theirs), 0);
}

/* Opens a connection to a peer that behaves as `them` says. */
static struct pair *pair_new(struct world *world, void (*them)(void *), const void *data)
{
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));

    pair->data = data;
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, them, pair, "peer"), 0);
    return pair;
}

static void close_ours(struct pair *pair)
{
    stream_close(pair->ours);
    pair->ours = NULL;
}

static void close_theirs(struct pair *pair)
{
    stream_close(pair->theirs);
    pair->theirs = NULL;
}

static void expect_text(const char *what, const char *field, const char *actual, const char *expected)
{
    if (expected == NULL)
        cr_expect_null(actual, "%s: %s is %s", what, field, actual);
    else
        cr_expect(actual != NULL && strcmp(actual, expected) == 0, "%s: %s is %s instead of %s", what, field,
                  actual != NULL ? actual : "nothing", expected);
}

static const struct tls_handshake_facts *last_handshake(const struct tls_facts *facts)
{
    return facts->handshakes.items[facts->handshakes.count - 1];
}

/* Waits for the first bytes of our hello. */
static void await_hello(struct pair *pair)
{
    char byte;

    cr_expect_eq(stream_read(pair->theirs, &byte, 1, DEADLINE_NEVER), 1);
}

static void write_theirs(struct pair *pair, const void *data, size_t size)
{
    cr_expect_eq(stream_write(pair->theirs, data, size, DEADLINE_NEVER), 0);
}

/* ---- servers that speak TLS ---- */

/* Accepts, answers one line, ends TLS and the connection. */
static void serve(void *argument)
{
    struct pair *pair = argument;
    struct bytes line;

    if (tls_accept(pair->theirs, pair->server, DEADLINE_NEVER) == 0 &&
        stream_read_line(pair->theirs, DEADLINE_NEVER, &line) == 0)
        stream_write(pair->theirs, "250 inside\r\n", 12, DEADLINE_NEVER);
    close_theirs(pair);
}

static struct tls_server *server_new(struct world *world, const struct identity *leaf)
{
    struct tls_server *server = NULL;

    cr_assert_eq(tls_server_new(material_chain_file(world->material, leaf),
                                material_key_file(world->material, leaf), &server),
                 0);
    return server;
}

/* One connection to this server: a handshake and, when it is complete, a line each way. */
static int talk(struct world *world, struct tls_server *server, const struct tls_options *options,
                struct tls_facts *facts)
{
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct bytes line;
    int result;

    pair->server = server;
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, serve, pair, "server"), 0);
    result = tls_handshake(pair->ours, world->service, options, engine_now(world->engine) + DEADLINE,
                           world->arena, facts);
    if (result == 0) {
        cr_expect(stream_is_tls(pair->ours));
        cr_expect_eq(stream_write(pair->ours, "EHLO us\r\n", 9, DEADLINE_NEVER), 0);
        cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
        cr_expect(bytes_equal(line, bytes_of("250 inside", 10)));
        cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), -EPIPE);
        cr_expect(stream_close_notify(pair->ours), "it was ended properly");
    }
    close_ours(pair);
    return result;
}

struct agreement {
    const char *what;
    struct recipe recipe;
    bool self_signed;
    const char *oldest, *newest;
    enum tls_key_type asked;
    const char *version, *suite, *group, *signature;
};

static const struct agreement agreements[] = {
    {"ECDSA, TLS 1.3",
     {.name = "a.example"},
     false,
     NULL,
     NULL,
     TLS_KEY_ANY,
     "TLS1.3",
     "TLS_AES_256_GCM_SHA384",
     "x25519",
     "ecdsa_secp256r1_sha256"},
    {"ECDSA asked for",
     {.name = "a.example"},
     false,
     NULL,
     NULL,
     TLS_KEY_ECDSA,
     "TLS1.3",
     "TLS_AES_256_GCM_SHA384",
     "x25519",
     "ecdsa_secp256r1_sha256"},
    {"P-521",
     {.name = "b.example", .key = MATERIAL_P521},
     false,
     NULL,
     NULL,
     TLS_KEY_ECDSA,
     "TLS1.3",
     "TLS_AES_256_GCM_SHA384",
     "x25519",
     "ecdsa_secp521r1_sha512"},
    {"RSA, TLS 1.3",
     {.name = "c.example", .key = MATERIAL_RSA2048},
     false,
     NULL,
     NULL,
     TLS_KEY_RSA,
     "TLS1.3",
     "TLS_AES_256_GCM_SHA384",
     "x25519",
     "rsa_pss_rsae_sha256"},
    {"RSA-PSS key",
     {.name = "d.example", .key = MATERIAL_RSA_PSS2048},
     false,
     NULL,
     NULL,
     TLS_KEY_ANY,
     "TLS1.3",
     "TLS_AES_256_GCM_SHA384",
     "x25519",
     "rsa_pss_pss_sha256"},
    {"Ed25519",
     {.name = "e.example", .key = MATERIAL_ED25519},
     false,
     NULL,
     NULL,
     TLS_KEY_ANY,
     "TLS1.3",
     "TLS_AES_256_GCM_SHA384",
     "x25519",
     "ed25519"},
    {"ECDSA, TLS 1.2",
     {.name = "f.example"},
     false,
     NULL,
     "TLS1.2",
     TLS_KEY_ECDSA,
     "TLS1.2",
     "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
     "x25519",
     "ecdsa_secp256r1_sha256"},
    {"RSA, TLS 1.2",
     {.name = "g.example", .key = MATERIAL_RSA2048},
     false,
     NULL,
     "TLS1.2",
     TLS_KEY_RSA,
     "TLS1.2",
     "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
     "x25519",
     "rsa_pss_rsae_sha256"},
    {"brainpool, TLS 1.2",
     {.name = "h.example", .key = MATERIAL_BRAINPOOL256},
     false,
     NULL,
     "TLS1.2",
     TLS_KEY_ANY,
     "TLS1.2",
     "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
     "x25519",
     "ecdsa_secp256r1_sha256"},
    {"TLS 1.1",
     {.name = "i.example", .key = MATERIAL_RSA2048},
     false,
     "TLS1.1",
     "TLS1.1",
     TLS_KEY_ANY,
     "TLS1.1",
     "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
     "x25519",
     NULL},
    {"TLS 1.0 only",
     {.name = "j.example", .key = MATERIAL_RSA2048},
     false,
     "TLS1.0",
     "TLS1.0",
     TLS_KEY_RSA,
     "TLS1.0",
     "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
     "x25519",
     NULL},
    {"TLS 1.0 only, ECDSA",
     {.name = "k.example"},
     false,
     "TLS1.0",
     "TLS1.0",
     TLS_KEY_ECDSA,
     "TLS1.0",
     "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
     "x25519",
     "ecdsa_sha1"},
    {"1024 bits, SHA-1, self-signed, TLS 1.0",
     {.name = "l.example", .key = MATERIAL_RSA1024, .digest = "SHA1"},
     true,
     "TLS1.0",
     "TLS1.0",
     TLS_KEY_ANY,
     "TLS1.0",
     "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
     "x25519",
     NULL},
};

static void play_agreements(struct world *world)
{
    for (size_t i = 0; i < COUNT(agreements); i++) {
        const struct agreement *row = &agreements[i];
        const struct identity *leaf = material_issue(
            world->material, &row->recipe, row->self_signed ? NULL : material_intermediate(world->material));
        struct tls_server *server = server_new(world, leaf);
        const struct tls_options options = {.name = row->recipe.name, .key_type = row->asked};
        struct tls_facts facts = {0};
        const struct tls_handshake_facts *handshake;
        const struct certificate_facts *certificate;

        cr_assert_eq(tls_server_limit(server, row->oldest, row->newest), 0);
        cr_assert_eq(talk(world, server, &options, &facts), 0, "%s", row->what);
        handshake = last_handshake(&facts);
        cr_expect_eq(handshake->result, TLS_COMPLETE);
        expect_text(row->what, "reason", handshake->reason, NULL);
        expect_text(row->what, "alert", handshake->alert, NULL);
        expect_text(row->what, "name", handshake->name, row->recipe.name);
        expect_text(row->what, "version", handshake->version, row->version);
        expect_text(row->what, "suite", handshake->suite, row->suite);
        expect_text(row->what, "group", handshake->group, row->group);
        expect_text(row->what, "signature", handshake->signature, row->signature);
        cr_assert_eq(facts.certificates.count, 1);
        certificate = facts.certificates.items[0];
        expect_text(row->what, "leaf", handshake->leaf_sha256, certificate->sha256);
        expect_text(row->what, "certificate's name", certificate->name, row->recipe.name);
        cr_expect_eq(certificate->trusted, known(!row->self_signed), "%s", row->what);
        cr_expect_eq(certificate->chain.count, row->self_signed ? 1 : 2);
        tls_server_free(server);
    }
}

Test(tls, what_is_agreed)
{
    world_play(play_agreements);
}

/* ---- key exchanges that only a server with a list of its own chooses ---- */

struct suite_case {
    const char *suites, *suite, *group, *signature;
    bool certificate;
};

static void serve_suites(void *argument)
{
    struct pair *pair = argument;
    const struct suite_case *row = pair->data;
    struct tls_material *material = pair->world->material;
    SSL_CTX *context = tls_context_new(TLS_server_method(), row->suites);
    const struct identity *leaf =
        material_leaf(material, &(struct recipe){.name = "rsa.example", .key = MATERIAL_RSA2048});
    struct tls_session *session;

    cr_assert_not_null(context);
    cr_assert(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION));
    cr_assert(SSL_CTX_set_dh_auto(context, 1));
    cr_assert(SSL_CTX_use_certificate(context, leaf->certificate) &&
              SSL_CTX_use_PrivateKey(context, leaf->key));
    cr_assert_eq(tls_session_start(pair->theirs, context, true, NULL, &session), 0);
    cr_expect_eq(tls_session_drive(session, DEADLINE_NEVER), 0);
    SSL_CTX_free(context);
    close_theirs(pair);
}

static void play_suites(struct world *world)
{
    static const struct suite_case rows[] = {
        {"AES128-SHA:@SECLEVEL=0", "TLS_RSA_WITH_AES_128_CBC_SHA", NULL, NULL, true},
        {"NULL-SHA256:@SECLEVEL=0", "TLS_RSA_WITH_NULL_SHA256", NULL, NULL, true},
        {"AECDH:@SECLEVEL=0", "TLS_ECDH_anon_WITH_AES_256_CBC_SHA", "x25519", NULL, false},
        {"ADH:@SECLEVEL=0", "TLS_DH_anon_WITH_AES_256_GCM_SHA384", NULL, NULL, false},
        {"DHE-RSA-CAMELLIA128-SHA:@SECLEVEL=0", "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA", NULL,
         "rsa_pss_rsae_sha256", true},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair *pair = pair_new(world, serve_suites, &rows[i]);
        struct tls_facts facts = {0};
        const struct tls_handshake_facts *handshake;

        cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                                   world->arena, &facts),
                     0, "%s", rows[i].suites);
        handshake = last_handshake(&facts);
        expect_text(rows[i].suites, "suite", handshake->suite, rows[i].suite);
        expect_text(rows[i].suites, "group", handshake->group, rows[i].group);
        expect_text(rows[i].suites, "signature", handshake->signature, rows[i].signature);
        expect_text(rows[i].suites, "name", handshake->name, NULL);
        cr_expect_eq(facts.certificates.count, rows[i].certificate ? 1 : 0);
        cr_expect_eq(handshake->leaf_sha256 != NULL, rows[i].certificate);
        close_ours(pair);
    }
}

Test(tls, suites_that_nobody_should_choose)
{
    world_play(play_suites);
}

/* ---- certificates ---- */

static const struct certificate_facts *certificate_of(const struct tls_facts *facts)
{
    const struct tls_handshake_facts *handshake = last_handshake(facts);

    for (size_t i = 0; handshake->leaf_sha256 != NULL && i < facts->certificates.count; i++) {
        const struct certificate_facts *certificate = facts->certificates.items[i];

        if (strcmp(certificate->sha256, handshake->leaf_sha256) == 0)
            return certificate;
    }
    return NULL;
}

static void play_two_keys(struct world *world)
{
    const struct identity *ecdsa = material_leaf(world->material, &(struct recipe){.name = "two.example"});
    const struct identity *rsa =
        material_leaf(world->material, &(struct recipe){.name = "two.example", .key = MATERIAL_RSA2048});
    static const char *const newest[] = {"TLS1.3", "TLS1.2", "TLS1.0"};
    static const char *const types[] = {NULL, "RSA", "ECDSA"};

    for (size_t i = 0; i < COUNT(newest); i++) {
        struct tls_server *server = server_new(world, ecdsa);
        struct tls_facts facts = {0};

        cr_assert_eq(tls_server_add(server, material_chain_file(world->material, rsa),
                                    material_key_file(world->material, rsa)),
                     0);
        cr_assert_eq(tls_server_limit(server, "TLS1.0", newest[i]), 0);
        for (int type = TLS_KEY_RSA; type <= TLS_KEY_ECDSA; type++) {
            const struct tls_options options = {.name = "two.example", .key_type = (enum tls_key_type)type};

            cr_expect_eq(talk(world, server, &options, &facts), 0);
            cr_assert_not_null(certificate_of(&facts));
            expect_text(newest[i], "key", certificate_of(&facts)->key->type, types[type]);
            expect_text(newest[i], "key asked for", last_handshake(&facts)->key_type, types[type]);
            expect_text(newest[i], "version", last_handshake(&facts)->version, newest[i]);
        }
        cr_expect_eq(facts.certificates.count, 2);

        /* The same once more, and for another name. */
        cr_expect_eq(talk(world, server,
                          &(struct tls_options){.name = "TWO.example", .key_type = TLS_KEY_RSA}, &facts),
                     0);
        cr_expect_eq(facts.certificates.count, 2, "a certificate seen before is not noted again");
        cr_expect_eq(
            talk(world, server, &(struct tls_options){.name = "b.example", .key_type = TLS_KEY_RSA}, &facts),
            0);
        cr_expect_eq(facts.certificates.count, 3, "but it is for another name");
        cr_expect_eq(talk(world, server, &(struct tls_options){.key_type = TLS_KEY_RSA}, &facts), 0);
        cr_expect_eq(facts.certificates.count, 4, "and for none");
        cr_expect_eq(talk(world, server, &(struct tls_options){.key_type = TLS_KEY_RSA}, &facts), 0);
        cr_expect_eq(facts.certificates.count, 4);
        cr_expect_eq(facts.handshakes.count, 6);
        tls_server_free(server);
    }
}

Test(tls, both_key_types_from_one_server)
{
    world_play(play_two_keys);
}

static void play_only_one_key(struct world *world)
{
    static const struct {
        enum material_key key;
        enum tls_key_type asked;
        const char *newest;
    } rows[] = {
        {MATERIAL_P256, TLS_KEY_RSA, "TLS1.3"},      {MATERIAL_P256, TLS_KEY_RSA, "TLS1.2"},
        {MATERIAL_P256, TLS_KEY_RSA, "TLS1.0"},      {MATERIAL_RSA2048, TLS_KEY_ECDSA, "TLS1.3"},
        {MATERIAL_RSA2048, TLS_KEY_ECDSA, "TLS1.2"}, {MATERIAL_ED25519, TLS_KEY_ECDSA, "TLS1.3"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct identity *leaf =
            material_leaf(world->material, &(struct recipe){.name = "one.example", .key = rows[i].key});
        struct tls_server *server = server_new(world, leaf);
        struct tls_facts facts = {0};

        cr_assert_eq(tls_server_limit(server, "TLS1.0", rows[i].newest), 0);
        cr_expect_eq(talk(world, server, &(struct tls_options){.key_type = rows[i].asked}, &facts), -EPROTO);
        cr_expect_eq(last_handshake(&facts)->result, TLS_REFUSED);
        expect_text(rows[i].newest, "alert", last_handshake(&facts)->alert, "handshake_failure");
        cr_expect(strstr(last_handshake(&facts)->reason, "has no certificate with an ") != NULL);
        cr_expect_eq(facts.certificates.count, 0);
        expect_text(rows[i].newest, "version", last_handshake(&facts)->version, NULL);
        tls_server_free(server);
    }
}

Test(tls, a_key_type_the_server_does_not_have)
{
    world_play(play_only_one_key);
}

/* Whatever is wrong with a chain, the handshake completes and the facts say what. */
static void play_bad_chains(struct world *world)
{
    struct tls_material *m = world->material;
    const struct identity *root = material_root(m), *middle = material_intermediate(m);
    const struct identity *good = material_leaf(m, &(struct recipe){.name = "good.example"});
    const struct identity *old =
        material_leaf(m, &(struct recipe){.name = "old.example", .not_before = -9 * DAY, .not_after = -DAY});
    const struct identity *alone = material_issue(m, &(struct recipe){.name = "alone.example"}, NULL);
    const struct {
        const struct identity *chain[4];
        enum known trusted;
        int error;
        size_t sent;
    } rows[] = {
        {{good, middle}, YES, 0, 2}, {{good}, NO, 20, 1},  {{good, root, middle}, YES, 0, 3},
        {{old, middle}, YES, 10, 2}, {{alone}, NO, 18, 1}, {{good, alone, alone, middle}, YES, 0, 4},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tls_server *server;
        struct tls_facts facts = {0};
        size_t count = 0;

        while (count < 4 && rows[i].chain[count] != NULL)
            count++;
        cr_assert_eq(tls_server_new(material_file_of(m, rows[i].chain, count),
                                    material_key_file(m, rows[i].chain[0]), &server),
                     0);
        cr_expect_eq(talk(world, server, &(struct tls_options){.name = "x.example"}, &facts), 0);
        const struct certificate_facts *certificate = certificate_of(&facts);

        cr_assert_not_null(certificate);
        cr_expect_eq(certificate->trusted, rows[i].trusted, "row %zu", i);
        cr_expect_eq(certificate->chain.count, rows[i].sent, "row %zu", i);
        cr_assert_eq(certificate->verify_errors.count > 0, rows[i].error != 0, "row %zu", i);
        if (rows[i].error != 0)
            cr_expect_eq(((struct verify_error_facts *)certificate->verify_errors.items[0])->code.value,
                         rows[i].error);
        tls_server_free(server);
    }
}

Test(tls, no_chain_ends_the_handshake)
{
    world_play(play_bad_chains);
}

static void play_long_chain(struct world *world)
{
    const struct identity *issuer = material_root(world->material);
    struct tls_server *server;
    struct tls_facts facts = {0};

    for (int i = 12; i-- > 0;) {
        char name[32];

        snprintf(name, sizeof(name), "level %d", i);
        issuer = material_issue(world->material, &(struct recipe){.name = name, .ca = i > 0, .no_sans = true},
                                issuer);
    }
    server = server_new(world, issuer);
    for (int i = 0; i < 2; i++)
        cr_expect_eq(talk(world, server, &(struct tls_options){0}, &facts), 0);
    cr_assert_eq(facts.certificates.count, 1);
    const struct certificate_facts *certificate = facts.certificates.items[0];

    cr_expect_eq(certificate->chain.count, 10);
    cr_expect_eq(certificate->chain_left_out.value, 2);
    cr_expect_eq(certificate->trusted, YES, "what is not kept was looked at");
    cr_expect_eq(certificate->path.count, 13);
    tls_server_free(server);
}

Test(tls, a_long_chain)
{
    world_play(play_long_chain);
}

/* ---- every way to end ---- */

struct ending {
    const char *what;
    void (*them)(void *pair);
    const char *data; /* what they send */
    size_t size;
    int result;
    enum tls_result fact;
    const char *alert;
    const char *reason; /* or its beginning, when it ends with an asterisk */
    int64_t at;         /* when it ends */
};

/* Reads a byte of our hello, sends, closes properly. */
static void send_and_close(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;
    char block[4096];

    cr_expect_gt(stream_read(pair->theirs, block, sizeof(block), DEADLINE_NEVER), 0);
    if (ending->size > 0)
        write_theirs(pair, ending->data, ending->size);
    close_theirs(pair);
}

/* Sends, and leaves our hello unread: a reset. */
static void send_and_reset(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;

    if (ending->size > 0)
        write_theirs(pair, ending->data, ending->size);
    task_sleep(pair->world->engine, 1000, "our hello");
    stream_reset(pair->theirs);
    pair->theirs = NULL;
}

static void send_and_wait(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;

    await_hello(pair);
    if (ending->size > 0)
        write_theirs(pair, ending->data, ending->size);
    task_sleep(pair->world->engine, 60000, "silence");
    close_theirs(pair);
}

/* A record that grows by a byte every second. */
static void drip(void *argument)
{
    struct pair *pair = argument;

    await_hello(pair);
    write_theirs(pair, "\x16\x03\x03\x10\x00\x02\x00\x0f\xfc", 9);
    while (stream_write(pair->theirs, "\x03", 1, DEADLINE_NEVER) == 0)
        task_sleep(pair->world->engine, 1000, "the next byte");
    close_theirs(pair);
}

/* A real server's first flight, then an alert, and gone before ours is read. */
static void flight_and_alert(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;
    struct tls_material *material = pair->world->material;
    const struct identity *leaf = material_leaf(material, &(struct recipe){.name = "flight.example"});
    SSL_CTX *context = tls_context_new(TLS_server_method(), "ALL:@SECLEVEL=0");
    struct patience patience = {.deadline = DEADLINE_NEVER};
    struct tls_session *session;

    cr_assert(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION));
    cr_assert(SSL_CTX_use_certificate(context, leaf->certificate) &&
              SSL_CTX_use_PrivateKey(context, leaf->key));
    cr_assert_eq(tls_session_start(pair->theirs, context, true, NULL, &session), 0);
    cr_assert_eq(wire_wait(stream_wire(pair->theirs), IO_READABLE, &patience, "a hello"), 0);
    cr_assert_eq(tls_session_handshake(session), -EAGAIN);
    cr_assert_eq(wire_send(stream_wire(pair->theirs), ending->data, ending->size), (int64_t)ending->size);
    SSL_CTX_free(context);
    close_theirs(pair);
}

#define BYTES(text) text, sizeof(text) - 1

static const struct ending endings[] = {
    {"alert", send_and_close, BYTES("\x15\x03\x01\x00\x02\x02\x28"), -EPROTO, TLS_REFUSED,
     "handshake_failure",
     "the server refused with the alert handshake_failure: it found nothing in common with what we offered",
     0},
    {"alert, then silence", send_and_wait, BYTES("\x15\x03\x01\x00\x02\x02\x46"), -EPROTO, TLS_REFUSED,
     "protocol_version", "the server refused with the alert protocol_version: it speaks none of*", 0},
    {"alert for the name", send_and_close, BYTES("\x15\x03\x03\x00\x02\x02\x70"), -EPROTO, TLS_REFUSED,
     "unrecognized_name",
     "the server refused with the alert unrecognized_name: it has no certificate for the name we asked for",
     0},
    {"alert without a name", send_and_close, BYTES("\x15\x03\x03\x00\x02\x02\x4d"), -EPROTO, TLS_REFUSED,
     "77", "the server refused with an alert that has no name (77)", 0},
    {"alert behind a flight", flight_and_alert, BYTES("\x15\x03\x03\x00\x02\x02\x50"), -EPROTO, TLS_REFUSED,
     "internal_error", "the server refused with the alert internal_error: it has a fault of its own*", 0},
    {"close behind a flight", flight_and_alert, BYTES("\x15"), -EPIPE, TLS_CLOSED, NULL,
     "the server closed the connection in the middle of the handshake", 0},
    {"close_notify", send_and_wait, BYTES("\x15\x03\x03\x00\x02\x01\x00"), -EPIPE, TLS_CLOSED, "close_notify",
     "the server properly closed the connection in the middle of the handshake", 0},
    {"close", send_and_close, BYTES(""), -EPIPE, TLS_CLOSED, NULL,
     "the server closed the connection instead of answering our hello", 0},
    {"close in the middle", send_and_close, BYTES("\x16\x03\x03\x00\x7a\x02\x00"), -EPIPE, TLS_CLOSED, NULL,
     "the server closed the connection in the middle of the handshake", 0},
    /* A ServerHello without renegotiation_info (RFC 5746) is good enough to go on with. */
    {"close behind an old ServerHello", send_and_close,
     BYTES("\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"
           "0123456789abcdef0123456789abcdef"
           "\x00\x00\x2f\x00"),
     -EPIPE, TLS_CLOSED, NULL, "the server closed the connection in the middle of the handshake", 0},
    {"nonsense and gone", send_and_reset, BYTES("\x16\x03\x03\x00\x08\x02\x00\x00\x04nope"), -EPROTO,
     TLS_GARBLED, NULL, "the server broke the protocol: *", 0},
    {"reset", send_and_reset, BYTES(""), -ECONNRESET, TLS_CLOSED, NULL,
     "the server reset the connection instead of answering our hello", 1000},
    {"reset in the middle", send_and_reset, BYTES("\x16\x03\x03\x00\x7a\x02"), -ECONNRESET, TLS_CLOSED, NULL,
     "the server reset the connection in the middle of the handshake", 1000},
    {"clear text", send_and_close, BYTES("220 mail.example ESMTP\r\n"), -EPROTO, TLS_GARBLED, NULL,
     "the server answered with something that is not TLS: 220 mail.example ESMTP\\x0d\\x0a", 0},
    {"a little clear text", send_and_close, BYTES("no"), -EPIPE, TLS_GARBLED, NULL,
     "the server answered with something that is not TLS: no", 0},
    {"terminal escapes", send_and_wait, BYTES("\x1b[31m</script>\xff\xfe"), -EPROTO, TLS_GARBLED, NULL,
     "the server answered with something that is not TLS: \\x1b[31m</script>\\xff\\xfe", 0},
    {"nonsense in a record", send_and_wait, BYTES("\x16\x03\x03\x00\x08\x02\x00\x00\x04nope"), -EPROTO,
     TLS_GARBLED, NULL, "the server broke the protocol: *", 0},
    {"a record of data", send_and_wait, BYTES("\x17\x03\x03\x00\x04nope"), -EPROTO, TLS_GARBLED, NULL,
     "the server broke the protocol: *", 0},
    {"silence", send_and_wait, BYTES(""), -ETIMEDOUT, TLS_SILENT, NULL,
     "the server did not answer our hello in time", DEADLINE},
    {"silence in the middle", send_and_wait, BYTES("\x16\x03\x03\x00\x7a\x02"), -ETIMEDOUT, TLS_SILENT, NULL,
     "the server stopped answering in the middle of the handshake", DEADLINE},
    {"one byte a second", drip, BYTES(""), -ETIMEDOUT, TLS_SILENT, NULL,
     "the server stopped answering in the middle of the handshake", DEADLINE},
};

static void expect_reason(const char *what, const char *actual, const char *expected)
{
    size_t size = strlen(expected);

    if (expected[size - 1] == '*')
        cr_expect(actual != NULL && strncmp(actual, expected, size - 1) == 0, "%s: %s", what, actual);
    else
        expect_text(what, "reason", actual, expected);
}

static void play_endings(struct world *world)
{
    for (size_t i = 0; i < COUNT(endings); i++) {
        const struct ending *row = &endings[i];
        struct pair *pair = pair_new(world, row->them, row);
        int64_t begin = engine_now(world->engine);
        struct tls_facts facts = {0};
        const struct tls_handshake_facts *handshake;
        char byte;

        cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){.name = "x.example"},
                                   begin + DEADLINE, world->arena, &facts),
                     row->result, "%s", row->what);
        cr_assert_eq(facts.handshakes.count, 1);
        handshake = last_handshake(&facts);
        cr_expect_eq(handshake->result, row->fact, "%s: %d", row->what, handshake->result);
        expect_text(row->what, "alert", handshake->alert, row->alert);
        expect_reason(row->what, handshake->reason, row->reason);
        expect_text(row->what, "version", handshake->version, NULL);
        cr_expect_eq(handshake->milliseconds.value, row->at, "%s: %d ms", row->what,
                     (int)handshake->milliseconds.value);
        cr_expect_eq(ERR_peek_error(), 0UL, "%s: the error queue is left empty", row->what);
        if (row->result != -ETIMEDOUT) { /* nothing goes on afterwards */
            cr_expect_eq(stream_write(pair->ours, "x", 1, DEADLINE_NEVER), row->result);
            cr_expect_eq(stream_read(pair->ours, &byte, 1, DEADLINE_NEVER),
                         row->result == -EPIPE ? 0 : row->result);
        }
        close_ours(pair);
    }
}

Test(tls, every_way_a_handshake_can_end)
{
    world_play(play_endings);
}

/* ---- what we offer ---- */

struct offer {
    size_t suites, ecdsa, rsa, anonymous; /* below TLS 1.3, by what signs */
    size_t suites_13;
    bool sni;
};

static void count_suite(uint16_t number, struct offer *offer)
{
    const unsigned char wire[] = {(unsigned char)(number >> 8), (unsigned char)number};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, wire);
    int signer = cipher == NULL ? NID_undef : SSL_CIPHER_get_auth_nid(cipher);

    offer->suites_13 += number >> 8 == 0x13;
    offer->suites += cipher != NULL && signer != NID_auth_any;
    offer->ecdsa += signer == NID_auth_ecdsa;
    offer->rsa += signer == NID_auth_rsa;
    offer->anonymous += signer == NID_auth_null;
    SSL_free(ssl);
    SSL_CTX_free(context);
}

/* RFC 8446 4.1.2 */
static void read_hello(struct bytes in, struct offer *offer)
{
    struct bytes suites, extensions;

    take_block(&in, 5 + 4 + 2 + 32); /* record, handshake, version, random */
    take_block(&in, take_u8(&in));
    suites = take_block(&in, take_u16(&in));
    take_block(&in, take_u8(&in)); /* compression */
    extensions = take_block(&in, take_u16(&in));
    cr_assert_not(in.failed);
    while (suites.size > 0)
        count_suite(take_u16(&suites), offer);
    while (extensions.size > 0) {
        offer->sni |= take_u16(&extensions) == 0;
        take_block(&extensions, take_u16(&extensions));
    }
    cr_assert_not(extensions.failed);
}

static void keep_hello(void *argument)
{
    struct pair *pair = argument;
    char block[4096];
    int64_t size = stream_read(pair->theirs, block, sizeof(block), DEADLINE_NEVER);

    cr_assert_gt(size, 0);
    read_hello(bytes_of(block, (size_t)size), (struct offer *)(uintptr_t)pair->data);
    close_theirs(pair);
}

static struct offer offer_of(struct world *world, enum tls_key_type key_type, const char *name)
{
    struct offer offer = {0};
    struct pair *pair = pair_new(world, keep_hello, &offer);
    struct tls_facts facts = {0};

    cr_expect_eq(tls_handshake(pair->ours, world->service,
                               &(struct tls_options){.name = name, .key_type = key_type}, DEADLINE_NEVER,
                               world->arena, &facts),
                 -EPIPE);
    close_ours(pair);
    return offer;
}

/* A server that does not look at signature_algorithms must find no suite for the wrong key either. */
static void play_offers(struct world *world)
{
    struct offer offer = offer_of(world, TLS_KEY_ANY, "x.example");

    cr_expect(offer.ecdsa > 10 && offer.rsa > 40 && offer.anonymous > 10, "%zu %zu %zu", offer.ecdsa,
              offer.rsa, offer.anonymous);
    cr_expect_eq(offer.suites_13, 5, "%zu", offer.suites_13);
    cr_expect(offer.sni);
    offer = offer_of(world, TLS_KEY_RSA, NULL);
    cr_expect(offer.rsa > 40 && offer.rsa == offer.suites, "%zu of %zu", offer.rsa, offer.suites);
    cr_expect_not(offer.sni);
    offer = offer_of(world, TLS_KEY_ECDSA, NULL);
    cr_expect(offer.ecdsa > 10 && offer.ecdsa == offer.suites, "%zu of %zu", offer.ecdsa, offer.suites);
    cr_expect_eq(offer.suites_13, 5, "%zu", offer.suites_13);
}

Test(tls, what_we_offer)
{
    world_play(play_offers);
}

/* ---- a warning does not end it ---- */

static void warn_and_serve(void *argument)
{
    struct pair *pair = argument;

    write_theirs(pair, "\x15\x03\x01\x00\x02\x01\x70", 7);
    serve(pair);
}

static void play_warning(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "w.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};

    pair->server = server_new(world, leaf);
    cr_assert_eq(tls_server_limit(pair->server, NULL, "TLS1.2"), 0);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, warn_and_serve, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){.name = "other.example"},
                               DEADLINE_NEVER, world->arena, &facts),
                 0);
    cr_expect_eq(last_handshake(&facts)->result, TLS_COMPLETE);
    expect_text("warning", "alert", last_handshake(&facts)->alert, "unrecognized_name");
    expect_text("warning", "reason", last_handshake(&facts)->reason, NULL);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls, a_warning_is_noted_and_does_not_end_it)
{
    world_play(play_warning);
}

/* ---- STARTTLS ---- */

static void starttls(void *argument)
{
    struct pair *pair = argument;
    struct bytes line;

    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), 0);
    write_theirs(pair, "220 go ahead\r\n250 injected\r\n", 28);
    cr_expect_eq(tls_accept(pair->theirs, pair->server, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), 0);
    cr_expect(bytes_equal(line, bytes_of("EHLO us", 7)));
    /* Byte by byte: each a record of its own. */
    for (const char *at = "250-inside\r\n250 done\r\nhalf"; *at != '\0'; at++) {
        write_theirs(pair, at, 1);
        task_sleep(pair->world->engine, 100, "the next byte");
    }
    /* No close_notify. */
    stream_reset(pair->theirs);
    pair->theirs = NULL;
}

static void play_starttls(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "s.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};
    struct bytes line;

    pair->server = server_new(world, leaf);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, starttls, pair, "server"), 0);
    cr_expect_eq(stream_write(pair->ours, "STARTTLS\r\n", 10, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    cr_expect_eq(stream_poll_input(pair->ours), 0);
    cr_expect(bytes_equal(stream_pending(pair->ours), bytes_of("250 injected\r\n", 14)),
              "plaintext is visible");
    stream_discard_pending(pair->ours);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){.name = "s.example"},
                               DEADLINE_NEVER, world->arena, &facts),
                 0, "and is not fed to TLS");
    cr_expect_eq(stream_pending(pair->ours).size, 0);
    cr_expect_eq(stream_write(pair->ours, "EHLO us\r\n", 9, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    cr_expect(bytes_equal(line, bytes_of("250-inside", 10)));
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    cr_expect(bytes_equal(line, bytes_of("250 done", 8)));
    cr_expect_eq(stream_read_line(pair->ours, engine_now(world->engine) + 50, &line), -ETIMEDOUT);
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), -EPIPE, "a close without close_notify");
    cr_expect(bytes_equal(line, bytes_of("half", 4)), "and what had come");
    cr_expect_not(stream_close_notify(pair->ours));
    cr_expect_gt(stream_bytes_in(pair->ours), 1000);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls, starttls_with_plaintext_behind_and_lines_inside)
{
    world_play(play_starttls);
}

/* Nothing that came in clear is fed to TLS, even if nobody looked at it. */
static void play_careless(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "s.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};

    pair->server = server_new(world, leaf);
    pair_open(world, pair);
    write_theirs(pair, "250 injected\r\n", 14);
    cr_expect_eq(stream_poll_input(pair->ours), 0);
    cr_assert_eq(task_spawn(world->group, serve, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                               world->arena, &facts),
                 0);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls, clear_text_is_never_fed_to_tls)
{
    world_play(play_careless);
}

/* ---- limits and directions inside TLS ---- */

enum { MUCH = 3 * 1024 * 1024 };

static void flood(void *argument)
{
    struct pair *pair = argument;
    char *block = malloc(MUCH);
    struct bytes line;

    cr_assert_not_null(block);
    memset(block, 'x', MUCH);
    cr_expect_eq(tls_accept(pair->theirs, pair->server, DEADLINE_NEVER), 0);
    for (size_t i = 99; i < MUCH; i += 100)
        block[i] = '\n';
    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), 0);
    stream_write(pair->theirs, block, MUCH, DEADLINE_NEVER); /* ends when we close */
    close_theirs(pair);
    free(block);
}

static void play_flood(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "f.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};
    struct bytes line;
    size_t lines = 0;
    int result;

    pair->server = server_new(world, leaf);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, flood, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                               world->arena, &facts),
                 0);
    cr_expect_eq(stream_write(pair->ours, "go\n", 3, DEADLINE_NEVER), 0);
    while ((result = stream_read_line(pair->ours, DEADLINE_NEVER, &line)) == 0) {
        cr_assert_eq(line.size, 99);
        lines++;
    }
    cr_expect_eq(result, -EMSGSIZE);
    cr_expect(lines >= STREAM_TOTAL_MAX / 100 - 41 && lines <= (STREAM_TOTAL_MAX + INPUT_SIZE) / 100, "%zu",
              lines);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls, too_much_inside_tls)
{
    world_play(play_flood);
}

/* ---- a server that wants another handshake ---- */

static void renegotiate(void *argument)
{
    struct pair *pair = argument;
    struct tls_session *session;
    struct bytes line;

    cr_expect_eq(tls_accept(pair->theirs, pair->server, DEADLINE_NEVER), 0);
    session = stream_session(pair->theirs);
    SSL_clear_options(session->ssl, SSL_OP_NO_RENEGOTIATION);
    cr_expect(SSL_renegotiate(session->ssl));
    cr_expect_eq(tls_session_handshake(session), 0, "its request is sent");
    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), -EPROTO);
    expect_text("renegotiation", "alert", tls_alert_name(session->alert_received), "no_renegotiation");
    close_theirs(pair);
}

static void play_renegotiation(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "r.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};
    struct bytes line;

    pair->server = server_new(world, leaf);
    cr_assert_eq(tls_server_limit(pair->server, NULL, "TLS1.2"), 0);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, renegotiate, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                               world->arena, &facts),
                 0);
    cr_expect_lt(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls, one_handshake_is_enough)
{
    world_play(play_renegotiation);
}

/* ---- cancellation ---- */

struct canceled {
    struct pair *pair;
    struct tls_facts facts;
    int result;
    int64_t ended;
};

static void handshake_until_canceled(void *argument)
{
    struct canceled *canceled = argument;
    struct pair *pair = canceled->pair;
    struct engine *engine = pair->world->engine;

    canceled->result =
        tls_handshake(pair->ours, pair->world->service, &(struct tls_options){.name = "x.example"},
                      DEADLINE_NEVER, pair->world->arena, &canceled->facts);
    task_shield(engine, CLEANUP_GRACE_MS);
    cr_expect_eq(task_sleep(engine, 1000, "clean-up"), 0, "clean-up may wait");
    close_ours(pair);
    task_unshield(engine);
    canceled->ended = engine_now(engine);
}

static void play_cancel(struct world *world)
{
    const struct ending silence = {
        "silence", send_and_wait, BYTES("\x16\x03\x03\x00\x7a\x02"), 0, 0, NULL, NULL, 0};
    struct canceled canceled = {.pair = pair_new(world, send_and_wait, &silence)};
    struct task_group *group;
    const struct tls_handshake_facts *handshake;

    cr_assert_eq(task_group_new(engine_root(world->engine), "canceled", &group), 0);
    cr_assert_eq(task_spawn(group, handshake_until_canceled, &canceled, "canceled"), 0);
    task_sleep(world->engine, 3000, "the middle of the handshake");
    task_group_cancel(group);
    cr_expect_eq(task_group_join(group, DEADLINE_NEVER), 0);
    cr_expect_eq(canceled.result, -ECANCELED);
    cr_expect_eq(canceled.ended, 4000);
    cr_assert_eq(canceled.facts.handshakes.count, 1);
    handshake = last_handshake(&canceled.facts);
    cr_expect_eq(handshake->result, TLS_CANCELED);
    cr_expect_eq(handshake->milliseconds.value, 3000);
    expect_text("canceled", "reason", handshake->reason, "we stopped: the scan ended");
    task_group_end(group);
}

Test(tls, cancel_in_the_middle_of_a_handshake)
{
    world_play(play_cancel);
}

/* ---- side by side ---- */

struct side {
    struct pair *pair;
    struct tls_facts facts;
    int64_t deadline;
    bool among_errors;
    int result;
    int64_t ended;
};

/* Waits for lines that do not come, while errors of somebody else lie in OpenSSL's queue. */
static void wait_among_errors(struct side *side)
{
    struct engine *engine = side->pair->world->engine;
    struct bytes line;

    for (int i = 0; i < 10; i++) {
        task_yield(engine);
        ERR_raise(ERR_LIB_SSL, SSL_R_BAD_SIGNATURE);
        cr_expect_eq(stream_read_line(side->pair->ours, engine_now(engine), &line), -ETIMEDOUT);
    }
}

static void shake_hands(void *argument)
{
    struct side *side = argument;
    struct world *world = side->pair->world;

    side->result = tls_handshake(side->pair->ours, world->service, &(struct tls_options){.name = "x.example"},
                                 side->deadline, world->arena, &side->facts);
    side->ended = engine_now(world->engine);
    if (side->among_errors && side->result == 0)
        wait_among_errors(side);
    close_ours(side->pair);
}

/* Serves after a pause, when others are in the middle of theirs. */
static void serve_slowly(void *argument)
{
    struct pair *pair = argument;

    task_sleep(pair->world->engine, 100, "others");
    serve(pair);
}

static struct side *side_new(struct world *world, void (*them)(void *), const void *data,
                             struct tls_server *server, int64_t deadline)
{
    struct side *side = arena_alloc(world->arena, sizeof(*side));

    side->pair = arena_alloc(world->arena, sizeof(*side->pair));
    side->pair->data = data;
    side->pair->server = server;
    side->deadline = deadline;
    pair_open(world, side->pair);
    cr_assert_eq(task_spawn(world->group, them, side->pair, "server"), 0);
    cr_assert_eq(task_spawn(world->group, shake_hands, side, "client"), 0);
    return side;
}

static void play_interleaved(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "x.example"});
    const struct ending garbage = {"garbage", send_and_close, BYTES("220 mail\r\n"), 0, 0, NULL, NULL, 0};
    struct tls_server *server = server_new(world, leaf);
    struct side *good[20], *bad[20];

    cr_assert_eq(tls_server_limit(server, NULL, "TLS1.2"),
                 0); /* the tickets of TLS 1.3 empty the queue by chance */
    for (size_t i = 0; i < COUNT(good); i++) {
        good[i] = side_new(world, serve_slowly, NULL, server, DEADLINE_NEVER);
        good[i]->among_errors = true;
        bad[i] = side_new(world, send_and_close, &garbage, NULL, DEADLINE_NEVER);
    }
    cr_expect_eq(task_group_join(world->group, DEADLINE_NEVER), 0);
    for (size_t i = 0; i < COUNT(good); i++) {
        cr_expect_eq(good[i]->result, 0, "%zu: %s", i, last_handshake(&good[i]->facts)->reason);
        cr_expect_eq(bad[i]->result, -EPROTO);
        cr_expect_eq(last_handshake(&bad[i]->facts)->result, TLS_GARBLED);
    }
    tls_server_free(server);
}

Test(tls, one_that_fails_fails_nobody_else)
{
    world_play(play_interleaved);
}

static void play_many(struct world *world)
{
    enum { MANY = 300 };
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "x.example"});
    struct tls_server *server = server_new(world, leaf);
    struct side *sides[MANY];

    for (size_t i = 0; i < MANY; i++)
        sides[i] = side_new(world, serve, NULL, server, DEADLINE_NEVER);
    cr_expect_eq(task_group_join(world->group, DEADLINE_NEVER), 0);
    for (size_t i = 0; i < MANY; i++)
        cr_expect_eq(sides[i]->result, 0, "%zu: %s", i, last_handshake(&sides[i]->facts)->reason);
    tls_server_free(server);
}

Test(tls, three_hundred_at_once)
{
    world_play(play_many);
}

static void play_cap(struct world *world)
{
    enum { CAP = 200 };
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "x.example"});
    const struct ending silence = {"silence", send_and_wait, BYTES(""), 0, 0, NULL, NULL, 0};
    struct tls_server *server = server_new(world, leaf);
    struct side *silent[CAP], *impatient, *patient;

    for (size_t i = 0; i < CAP; i++)
        silent[i] = side_new(world, send_and_wait, &silence, NULL, 10000);
    impatient = side_new(world, serve, NULL, server, 5000);
    patient = side_new(world, serve, NULL, server, 20000);
    cr_expect_eq(task_group_join(world->group, DEADLINE_NEVER), 0);
    for (size_t i = 0; i < CAP; i++)
        cr_expect_eq(silent[i]->result, -ETIMEDOUT);
    cr_expect_eq(impatient->result, -ETIMEDOUT);
    cr_expect_eq(impatient->ended, 5000);
    cr_expect_eq(last_handshake(&impatient->facts)->result, TLS_CANCELED, "nothing was asked: not silent");
    expect_text("cap", "reason", last_handshake(&impatient->facts)->reason,
                "not tried: too many handshakes were under way here");
    cr_expect_eq(patient->result, 0);
    cr_expect_eq(patient->ended, 10000);
    cr_expect_eq(last_handshake(&patient->facts)->milliseconds.value, 0,
                 "the wait for its turn does not count");
    tls_server_free(server);
}

Test(tls, handshakes_under_way_are_capped)
{
    world_play(play_cap);
}

/* ---- no memory ---- */

static void play_no_memory(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "x.example"});
    struct tls_server *server = server_new(world, leaf);
    int result = -ENOMEM;
    size_t limit = 64;

    for (; result == -ENOMEM && limit < 65536; limit += 64) {
        struct arena *arena = arena_new(limit);
        struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
        struct tls_facts facts = {0};

        pair->server = server;
        pair_open(world, pair);
        cr_assert_eq(task_spawn(world->group, serve, pair, "server"), 0);
        result = tls_handshake(pair->ours, world->service, &(struct tls_options){.name = "x.example"},
                               DEADLINE_NEVER, arena, &facts);
        close_ours(pair);
        arena_free(arena);
        cr_expect_eq(task_group_join(world->group, DEADLINE_NEVER), 0);
    }
    cr_expect_eq(result, 0);
    cr_expect_gt(limit, 2000);
    tls_server_free(server);
}

Test(tls, no_memory_at_any_place)
{
    world_play(play_no_memory);
}

/* ---- service, server, names ---- */

Test(tls, services_and_servers_say_what_is_wrong)
{
    struct clock clock = clock_virtual(NOW);
    struct tls_material *material = material_new(NOW);
    const struct identity *one = material_leaf(material, &(struct recipe){.name = "one.example"});
    const struct identity *two = material_leaf(material, &(struct recipe){.name = "two.example"});
    struct arena *arena = arena_new(0);
    struct engine *engine;
    struct tls_service *service = NULL;
    struct tls_server *server = NULL;
    const char *error = NULL;

    cr_assert_eq(engine_new(&(struct engine_options){.clock = &clock}, &engine), 0);
    cr_expect_eq(tls_service_new(engine, "/nonexistent/roots.pem", arena, &service, &error), -ENOENT);
    cr_expect_str_eq(error, "cannot read the roots in /nonexistent/roots.pem: No such file or directory");
    cr_expect_eq(tls_service_new(engine, "/dev/null", arena, &service, &error), -EINVAL);
    cr_expect_str_eq(error, "/dev/null holds no certificates in PEM form");
    cr_expect_eq(tls_service_new(engine, material_key_file(material, one), arena, &service, &error), -EINVAL);
    cr_expect_null(service);
    /* The system's roots, where this system has Debian's. */
    cr_expect_eq(tls_service_new(engine, NULL, arena, &service, &error),
                 access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0 ? 0 : -ENOENT);
    cr_expect_eq(service != NULL, access("/etc/ssl/certs/ca-certificates.crt", R_OK) == 0);
    tls_service_free(service);

    cr_expect_eq(tls_server_new("/nonexistent", "/nonexistent", &server), -EINVAL);
    cr_expect_eq(
        tls_server_new(material_chain_file(material, one), material_key_file(material, two), &server),
        -EINVAL, "not its key");
    cr_expect_null(server);
    cr_assert_eq(
        tls_server_new(material_chain_file(material, one), material_key_file(material, one), &server), 0);
    cr_expect_eq(tls_server_limit(server, "TLS1.3", "TLS1.2"), -EINVAL);
    cr_expect_eq(tls_server_limit(server, "SSL2", NULL), -EINVAL);
    cr_expect_eq(tls_server_limit(server, NULL, NULL), 0);
    cr_expect_eq(ERR_peek_error(), 0UL);
    tls_server_free(server);
    tls_server_free(NULL);
    tls_service_free(NULL);
    engine_free(engine);
    arena_free(arena);
    material_free(material);
}

Test(tls, names_of_the_registries)
{
    cr_expect_str_eq(tls_version_name(0x0301), "TLS1.0");
    cr_expect_null(tls_version_name(0x0200));
    cr_expect_null(tls_version_name(0x0305));
    cr_expect_str_eq(tls_group_name(NID_ffdhe2048), "ffdhe2048");
    cr_expect_str_eq(tls_group_name(NID_X448), "x448");
    cr_expect_null(tls_group_name(NID_undef));
    cr_expect_str_eq(tls_signature_name(EVP_PKEY_RSA, NID_sha1, false), "rsa_pkcs1_sha1");
    cr_expect_str_eq(tls_signature_name(EVP_PKEY_RSA_PSS, NID_sha512, true), "rsa_pss_pss_sha512");
    cr_expect_null(tls_signature_name(EVP_PKEY_RSA, NID_md5_sha1, false));
    cr_expect_str_eq(tls_alert_name(116), "certificate_required");
    cr_expect_str_eq(tls_alert_meaning(116), "it demands a certificate from us");
    cr_expect_null(tls_alert_name(255));
    cr_expect_null(tls_alert_meaning(255));
}
