/*
 * tls.c - handshakes: what we offer, what is agreed, certificates
 */
#include "scanner/net/tls_names.h"
#include "tests/unit/tls_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <unistd.h>

/* ---- what is agreed ---- */

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

/* A server that would rather have had a share of another group names all that it takes. */
static void play_stated_groups(struct world *world)
{
    struct tls_server *server =
        server_new(world, material_leaf(world->material, &(struct recipe){.name = "a.example"}));

    for (int p256 = 0; p256 <= 1; p256++) {
        const struct tls_options options = {.name = "a.example", .share_p256 = p256 == 1};
        const struct tls_handshake_facts *handshake;
        struct tls_facts facts = {0};

        cr_assert_eq(talk(world, server, &options, &facts), 0);
        handshake = last_handshake(&facts);
        cr_expect_str_eq(handshake->group, p256 ? "secp256r1" : "x25519");
        cr_expect_eq(handshake->stated_groups.count, p256 ? 10 : 0, "%zu", handshake->stated_groups.count);
        if (p256) {
            cr_expect_str_eq(handshake->stated_groups.items[0], "x25519");
            cr_expect_str_eq(handshake->stated_groups.items[9], "ffdhe8192");
        }
    }
    tls_server_free(server);
}

/* What was agreed is known all the same. */
static void play_skipped_certificate(struct world *world)
{
    const struct tls_options options = {.name = "a.example", .skip_certificate = true};
    struct tls_server *server =
        server_new(world, material_leaf(world->material, &(struct recipe){.name = "a.example"}));
    struct tls_facts facts = {0};

    cr_assert_eq(talk(world, server, &options, &facts), 0);
    cr_expect_eq(facts.certificates.count, 0);
    cr_expect_null(last_handshake(&facts)->leaf_sha256);
    cr_expect_str_eq(last_handshake(&facts)->signature, "ecdsa_secp256r1_sha256");
    tls_server_free(server);
}

Test(tls, a_certificate_that_is_not_noted)
{
    world_play(play_skipped_certificate);
}

Test(tls, groups_that_the_server_names)
{
    world_play(play_stated_groups);
}

/* ---- until the other side has ended, too ---- */

enum { SECOND = 1000 };

/* Says a line, hears our end, and thinks for a second before its own. */
static void end_late(void *argument)
{
    struct pair *pair = argument;
    struct bytes line;

    cr_assert_eq(tls_accept(pair->theirs, pair->server, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_write(pair->theirs, "250 still here\r\n", 16, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), -EPIPE);
    task_sleep(pair->world->engine, SECOND, "its thoughts");
    close_theirs(pair);
}

static void finish(struct world *world, struct tls_server *server, int64_t patience_ms, int expected,
                   int64_t expected_ms)
{
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};
    int64_t began;

    pair->server = server;
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, end_late, pair, "server"), 0);
    cr_assert_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                               world->arena, &facts),
                 0);
    began = engine_now(world->engine);
    cr_expect_eq(stream_finish(pair->ours, began + patience_ms), expected);
    cr_expect_eq(engine_now(world->engine) - began, expected_ms);
    close_ours(pair);
}

static void play_finish(struct world *world)
{
    struct tls_server *server =
        server_new(world, material_leaf(world->material, &(struct recipe){.name = "a.example"}));

    finish(world, server, 5 * SECOND, 0, SECOND);
    finish(world, server, SECOND / 2, -ETIMEDOUT, SECOND / 2);
    task_sleep(world->engine, SECOND, "the end of the second peer");
    tls_server_free(server);
}

Test(tls, who_waits_for_the_other_end)
{
    world_play(play_finish);
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
