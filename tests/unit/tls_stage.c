/*
 * tls_stage.c - the world of tests of handshakes
 */
#include "tests/unit/tls_stage.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>

static void run_play(void *argument)
{
    struct world *world = argument;

    world->play(world);
    task_group_end(world->group);
}

void world_play(void (*play)(struct world *world))
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

void pair_open(struct world *world, struct pair *pair)
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

struct pair *pair_new(struct world *world, void (*them)(void *), const void *data)
{
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));

    pair->data = data;
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, them, pair, "peer"), 0);
    return pair;
}

void close_ours(struct pair *pair)
{
    stream_close(pair->ours);
    pair->ours = NULL;
}

void close_theirs(struct pair *pair)
{
    stream_close(pair->theirs);
    pair->theirs = NULL;
}

void expect_text(const char *what, const char *field, const char *actual, const char *expected)
{
    if (expected == NULL)
        cr_expect_null(actual, "%s: %s is %s", what, field, actual);
    else
        cr_expect(actual != NULL && strcmp(actual, expected) == 0, "%s: %s is %s instead of %s", what, field,
                  actual != NULL ? actual : "nothing", expected);
}

const struct tls_handshake_facts *last_handshake(const struct tls_facts *facts)
{
    return facts->handshakes.items[facts->handshakes.count - 1];
}

void await_hello(struct pair *pair)
{
    char byte;

    cr_expect_eq(stream_read(pair->theirs, &byte, 1, DEADLINE_NEVER), 1);
}

void write_theirs(struct pair *pair, const void *data, size_t size)
{
    cr_expect_eq(stream_write(pair->theirs, data, size, DEADLINE_NEVER), 0);
}

/* ---- peers ---- */

void serve(void *argument)
{
    struct pair *pair = argument;
    struct bytes line;

    if (tls_accept(pair->theirs, pair->server, DEADLINE_NEVER) == 0 &&
        stream_read_line(pair->theirs, DEADLINE_NEVER, &line) == 0)
        stream_write(pair->theirs, "250 inside\r\n", 12, DEADLINE_NEVER);
    close_theirs(pair);
}

struct tls_server *server_new(struct world *world, const struct identity *leaf)
{
    struct tls_server *server = NULL;

    cr_assert_eq(tls_server_new(material_chain_file(world->material, leaf),
                                material_key_file(world->material, leaf), &server),
                 0);
    return server;
}

void send_and_close(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;
    char block[4096];

    cr_expect_gt(stream_read(pair->theirs, block, sizeof(block), DEADLINE_NEVER), 0);
    if (ending->size > 0)
        write_theirs(pair, ending->data, ending->size);
    close_theirs(pair);
}

void send_and_wait(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;

    await_hello(pair);
    if (ending->size > 0)
        write_theirs(pair, ending->data, ending->size);
    task_sleep(pair->world->engine, 60000, "silence");
    close_theirs(pair);
}
