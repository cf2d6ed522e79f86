/*
 * tls_together.c - many handshakes side by side, and too little memory for one
 */
#include "tests/unit/tls_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/err.h>

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

Test(tls_together, one_that_fails_fails_nobody_else)
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

Test(tls_together, three_hundred_at_once)
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

Test(tls_together, handshakes_under_way_are_capped)
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

Test(tls_together, no_memory_at_any_place)
{
    world_play(play_no_memory);
}
