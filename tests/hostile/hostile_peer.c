/*
 * hostile_peer.c - a scripted server on a real port and in real time, to try a client by hand
 *
 *   hostile-peer SCRIPT [ADDRESS:PORT]      (127.0.0.1:2525)
 *
 * Prints each connection, and what its client did wrong. Ends on SIGINT.
 */
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/io.h"
#include "tests/hostile/certificates.h"
#include "tests/hostile/player.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct server {
    struct engine *engine;
    struct arena *arena;
    const struct script *script;
    struct certificates *certificates;
    struct task_group *group;
    struct io *listener;
    uv_signal_t *interrupt;
    unsigned connections;
};

/* One connection, with a player of its own: failures are told one by one. */
struct visit {
    struct server *server;
    struct player player;
    const struct section *section;
    struct stream *stream;
    unsigned number;
};

static void run_visit(void *argument)
{
    struct visit *visit = argument;

    player_play(&visit->player, visit->section, visit->stream, NULL);
    printf("connection %u: %s\n", visit->number,
           visit->player.failure == NULL ? "over" : visit->player.failure);
    (void)fflush(stdout);
    arena_free(visit->player.arena);
    free(visit);
}

static void welcome(struct server *server, int fd)
{
    struct visit *visit = calloc(1, sizeof *visit);
    struct io *io;

    if (visit == NULL || io_new(server->engine, fd, &io) < 0 ||
        stream_new(server->engine, io, &visit->stream) < 0)
        abort();
    visit->server = server;
    visit->number = ++server->connections;
    visit->section = script_section(server->script, visit->number);
    visit->player = (struct player){.engine = server->engine,
                                    .script = server->script,
                                    .certificates = server->certificates,
                                    .arena = arena_new(0)};
    if (visit->player.arena == NULL ||
        task_spawn(server->group, run_visit, visit, "connection %u", visit->number) < 0)
        abort();
    printf("connection %u: begins\n", visit->number);
    (void)fflush(stdout);
}

static void run_listener(void *argument)
{
    struct server *server = argument;

    while (io_wait(server->listener, IO_READABLE, DEADLINE_NEVER, "a connection") == 0) {
        int fd = accept4(io_fd(server->listener), NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd >= 0)
            welcome(server, fd);
    }
}

static void run_server(void *argument)
{
    struct server *server = argument;

    if (task_spawn(server->group, run_listener, server, "listener") < 0)
        abort();
    (void)task_group_join(server->group, DEADLINE_NEVER);
    task_group_end(server->group);
    io_close(server->listener);
    uv_close((uv_handle_t *)server->interrupt, engine_close_free);
}

static void on_interrupt(uv_signal_t *handle, int number)
{
    struct server *server = handle->data;

    (void)number;
    task_group_cancel(server->group);
}

static int listen_at(const char *place)
{
    char *host = strdup(place);
    char *colon = host == NULL ? NULL : strrchr(host, ':');
    struct sockaddr_storage at;
    struct address address;
    int64_t port = 0;
    int on = 1;
    int fd;

    if (colon == NULL)
        goto no_place;
    *colon = '\0';
    if (address_parse(host, &address) < 0 || text_number(colon + 1, 1, UINT16_MAX, &port) < 0)
        goto no_place;
    fd = socket(address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&at, address_to_socket(&address, (uint16_t)port, &at)) < 0 ||
        listen(fd, 64) < 0) {
        (void)fprintf(stderr, "hostile-peer: %s: %s\n", place, strerrordesc_np(errno));
        exit(1);
    }
    free(host);
    return fd;

no_place:
    (void)fprintf(stderr, "hostile-peer: \"%s\" is not ADDRESS:PORT\n", place);
    exit(2);
}

static void serve(struct server *server, const char *place)
{
    server->interrupt = calloc(1, sizeof *server->interrupt);
    if (server->interrupt == NULL || engine_new(&(struct engine_options){0}, &server->engine) < 0)
        abort();
    server->interrupt->data = server;
    if (uv_signal_init(engine_loop(server->engine), server->interrupt) < 0 ||
        uv_signal_start(server->interrupt, on_interrupt, SIGINT) < 0 ||
        io_new(server->engine, listen_at(place), &server->listener) < 0 ||
        task_group_new(engine_root(server->engine), "connections", &server->group) < 0 ||
        task_spawn(engine_root(server->engine), run_server, server, "server") < 0)
        abort();
    server->certificates = certificates_new(time(NULL));
    printf("%s\nlistening at %s; the root of its certificates is %s\n", server->script->name, place,
           certificates_root_file(server->certificates));
    (void)fflush(stdout);
    (void)engine_run(server->engine);
    engine_free(server->engine);
    certificates_free(server->certificates);
}

int main(int count, char **arguments)
{
    struct server server = {.arena = arena_new(0)};
    const char *error = "out of memory";
    struct script *script;

    if (count < 2 || count > 3) {
        (void)fprintf(stderr, "usage: %s SCRIPT [ADDRESS:PORT]\n", arguments[0]);
        return 2;
    }
    if (server.arena == NULL || script_read(arguments[1], server.arena, &script, &error) < 0) {
        (void)fprintf(stderr, "hostile-peer: %s\n", error);
        return 2;
    }
    server.script = script;
    serve(&server, count == 3 ? arguments[2] : "127.0.0.1:2525");
    arena_free(server.arena);
    return 0;
}
