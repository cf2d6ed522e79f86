/*
 * stage.c - a network of one server, which plays a script, on a virtual clock
 */
#include "tests/hostile/stage.h"

#include "scanner/base/arena.h"
#include "scanner/net/io.h"
#include "scanner/net/tls.h"
#include "tests/hostile/certificates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* One connection, from the server's side. */
struct place {
    struct stage *stage;
    const struct section *section;
    struct stream *stream;
    int server_fd, client_fd;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "stage: %s failed\n", what);
    abort();
}

/*
 * RST on a socketpair: a socket that closes with bytes it has not read resets its peer (unix(7) does not say
 * so, but the kernel does). To be sure that there are such bytes we send them in the client's name, if its
 * end is still open: then its number has not been given to another file yet.
 */
static void reset_pair(void *data, struct stream *stream)
{
    const struct place *place = data;
    char byte = 0;
    ssize_t peeked = recv(place->server_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    if (peeked < 0 && errno == EAGAIN)
        must(send(place->client_fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1, "send");
    stream_reset(stream);
}

static void run_server(void *argument)
{
    struct place *place = argument;

    player_play(&place->stage->player, place->section, place->stream, place);
}

static int connect_pair(struct stage *stage, const struct section *section, struct io **ret)
{
    struct engine *engine = stage->network.engine;
    struct place *place = arena_alloc(stage->arena, sizeof *place);
    struct io *server;
    int fds[2];

    must(place != NULL, "arena_alloc");
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "socketpair");
    *place = (struct place){.stage = stage, .section = section, .client_fd = fds[0], .server_fd = fds[1]};
    must(io_new(engine, fds[0], ret) == 0, "io_new");
    must(io_new(engine, fds[1], &server) == 0, "io_new");
    must(stream_new(engine, server, &place->stream) == 0, "stream_new");
    must(task_spawn(engine_root(engine), run_server, place, "server, connection %u", stage->connections) == 0,
         "task_spawn");
    return 0;
}

static int connect_to_stage(struct network *network, const struct address *address, uint16_t port,
                            int64_t deadline, struct io **ret)
{
    struct stage *stage = network->connect_data;
    const struct section *section = script_section(stage->player.script, ++stage->connections);
    struct wait_queue nobody = {0};

    (void)address;
    (void)port;
    network->connections++;
    if (section_refuses(section))
        return -ECONNREFUSED;
    if (section_is_silent(section))
        return task_wait(network->engine, &nobody, deadline, "a server that is silent");
    return connect_pair(stage, section, ret);
}

void stage_open(struct stage *stage, const struct script *script, struct certificates *certificates)
{
    const char *error = NULL;

    *stage = (struct stage){.clock = clock_virtual(STAGE_TIME)};
    stage->arena = arena_new(0);
    must(stage->arena != NULL, "arena_new");
    must(engine_new(&(struct engine_options){.clock = &stage->clock}, &stage->network.engine) == 0,
         "engine_new");
    must(pacer_new(stage->network.engine, PACE_NORMAL, &stage->network.pacer) == 0, "pacer_new");
    if (tls_service_new(stage->network.engine, certificates_root_file(certificates), stage->arena,
                        &stage->network.tls, &error) < 0)
        must(false, error);
    stage->network.ipv4 = stage->network.ipv6 = true;
    stage->network.ehlo = "probe.example.net";
    stage->network.connect = connect_to_stage;
    stage->network.connect_data = stage;
    stage->player = (struct player){.engine = stage->network.engine,
                                    .script = script,
                                    .certificates = certificates,
                                    .arena = stage->arena,
                                    .reset = reset_pair};
}

void stage_run(struct stage *stage, void (*run)(void *argument), void *argument)
{
    must(task_spawn(engine_root(stage->network.engine), run, argument, "client") == 0, "task_spawn");
    must(engine_run(stage->network.engine) == 0, "engine_run");
}

void stage_close(struct stage *stage)
{
    tls_service_free(stage->network.tls);
    pacer_free(stage->network.pacer);
    engine_free(stage->network.engine);
    arena_free(stage->arena);
}
