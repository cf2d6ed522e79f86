/*
 * tls_robot.c - tests of ROBOT: servers made by hand that tell paddings apart, and OpenSSL's, which does not
 */
#include "tests/unit/tls_deep_world.h"

#include "scanner/net/tls_rsa.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/rsa.h>
#include <string.h>

TestSuite(tls_robot, .init = world_make_material, .fini = world_free_material);

static void put_flight(struct world *world, struct buffer *out)
{
    const struct identity *shown =
        world->changes_certificate && world->connections % 2 == 0 ? world->other : world->identity;
    struct bytes der = material_der(world->material, shown);
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
static enum seen see(const struct world *world, const uint8_t *encrypted, size_t size)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(world->identity->key, NULL);
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
    seen = see(world, body + 6, 256);
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

Test(tls_robot, by_hand)
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

Test(tls_robot, is_given_up)
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

Test(tls_robot, of_openssl)
{
    struct world world = {.serve = serve_openssl};
    const struct tls_features_facts *features = world_run(&world, SUITE_RSA);

    cr_expect_eq(features->robot, NO);
    expect_text("OpenSSL", features->robot_reason, NULL);
    cr_expect_eq(world.connections, 2 + 11);
    cr_expect_null(world.e.stopped);
    world_end(&world);
}

Test(tls_robot, needs_rsa)
{
    struct world world = {.serve = serve_openssl};
    const struct tls_features_facts *features = world_run(&world, SUITE_ECDHE);

    cr_expect_eq(features->robot, UNKNOWN);
    expect_text("without", features->robot_reason, NULL);
    world_end(&world);
}

/* ---- the key of a certificate ---- */

Test(tls_robot, rsa_keys)
{
    struct tls_material *material = material_new(NOW);
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
    material_free(material);
}
