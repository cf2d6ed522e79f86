/*
 * tls_peer.c - a network of one mail server
 *
 *   connect() -> socketpair -> a task: greeting, EHLO, STARTTLS -> OpenSSL on memory -> EHLO, QUIT
 */
#include "tests/unit/tls_peer.h"

#include "scanner/base/arena.h"
#include "scanner/net/io.h"
#include "scanner/net/pacer.h"
#include "scanner/net/stream.h"
#include "scanner/net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PATIENCE_MS = 300 * 1000, WINDOW_MS = 60 * 1000 };

struct visit {
    struct tls_peer *peer;
    struct stream *stream;
    SSL *ssl;
    BIO *in, *out;
    unsigned number;
    bool turned_away;
    int server_fd, client_fd;
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "tls_peer: %s failed\n", what);
    abort();
}

static int64_t patience(const struct visit *visit)
{
    return engine_now(visit->peer->network.engine) + PATIENCE_MS;
}

/* ---- in clear ---- */

static bool say(struct visit *visit, const char *line)
{
    int64_t delay = visit->peer->manners.delay_ms;

    if (delay > 0 && task_sleep(visit->peer->network.engine, delay, "its thoughts") < 0)
        return false;
    return stream_write(visit->stream, line, strlen(line), patience(visit)) == 0;
}

static bool hear(struct visit *visit, const char *command)
{
    struct bytes line;

    return stream_read_line(visit->stream, patience(visit), &line) == 0 && line.size >= strlen(command) &&
           memcmp(line.data, command, strlen(command)) == 0;
}

static bool tease(struct visit *visit)
{
    int64_t teaser = visit->peer->manners.teaser_ms;

    return teaser == 0 || (say(visit, "220-mail.example.org ESMTP\r\n") &&
                           task_sleep(visit->peer->network.engine, teaser, "the end of its greeting") == 0);
}

static bool greet(struct visit *visit)
{
    bool teased = visit->turned_away || tease(visit);

    (void)stream_poll_input(visit->stream);
    if (stream_pending(visit->stream).size > 0)
        visit->peer->spoken_to_early = true;
    if (visit->turned_away) {
        (void)say(visit, "421 4.7.0 too many connections\r\n");
        return false;
    }
    return teased && say(visit, "220 mail.example.org ESMTP\r\n") && hear(visit, "EHLO ") &&
           say(visit, "250-mail.example.org\r\n250 STARTTLS\r\n") && hear(visit, "STARTTLS") &&
           say(visit, "220 ready\r\n");
}

/* ---- TLS ---- */

static bool flush(struct visit *visit)
{
    char *data;
    long size = BIO_get_mem_data(visit->out, &data);
    bool sent = size <= 0 || stream_write(visit->stream, data, (size_t)size, patience(visit)) == 0;

    (void)BIO_reset(visit->out);
    return sent;
}

static bool fill(struct visit *visit, int64_t deadline)
{
    uint8_t block[4096];
    int64_t got = stream_read(visit->stream, block, sizeof(block), deadline);

    return got > 0 && BIO_write(visit->in, block, (int)got) == (int)got;
}

/* Sends what the peer of a socketpair has not read, so that closing it is a reset (unix(7) does not say so). */
static void reset(struct visit *visit)
{
    char byte = 0;

    if (recv(visit->server_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
        (void)send(visit->client_fd, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    stream_reset(visit->stream);
    visit->stream = NULL;
}

static void refuse(struct visit *visit)
{
    if (visit->peer->manners.resets)
        reset(visit);
    else if (!visit->peer->manners.closes)
        (void)flush(visit);
}

static bool shake_hands(struct visit *visit)
{
    unsigned silent_from = visit->peer->manners.silent_from;
    unsigned closed_from = visit->peer->manners.closed_from;
    int64_t hello_ms = visit->peer->manners.patience_ms;

    if (silent_from > 0 && visit->number >= silent_from) {
        while (fill(visit, patience(visit)))
            continue;
        return false;
    }
    if (closed_from > 0 && visit->number >= closed_from) {
        (void)fill(visit, patience(visit));
        return false;
    }
    if (hello_ms > 0 && !fill(visit, engine_now(visit->peer->network.engine) + hello_ms))
        return false;
    for (;;) {
        int result = SSL_accept(visit->ssl);

        if (result != 1 && SSL_get_error(visit->ssl, result) != SSL_ERROR_WANT_READ) {
            refuse(visit);
            return false;
        }
        if (!flush(visit))
            return false;
        if (result == 1)
            return true;
        if (!fill(visit, patience(visit)))
            return false;
    }
}

static bool say_inside(struct visit *visit, const char *line)
{
    return SSL_write(visit->ssl, line, (int)strlen(line)) > 0 && flush(visit);
}

static void talk_inside(struct visit *visit)
{
    char line[512];

    for (;;) {
        int got = SSL_read(visit->ssl, line, sizeof(line));

        if (got <= 0 && SSL_get_error(visit->ssl, got) == SSL_ERROR_WANT_READ) {
            if (!flush(visit) || !fill(visit, patience(visit)))
                return;
            continue;
        }
        if (got < 4 || memcmp(line, "QUIT", 4) == 0) {
            (void)(got >= 4 && say_inside(visit, "221 bye\r\n"));
            return;
        }
        if (!say_inside(visit, "250 mail.example.org\r\n"))
            return;
    }
}

static void run_visit(void *argument)
{
    struct visit *visit = argument;

    if (greet(visit)) {
        visit->ssl = SSL_new(visit->peer->server);
        visit->in = BIO_new(BIO_s_mem());
        visit->out = BIO_new(BIO_s_mem());
        must(visit->ssl != NULL && visit->in != NULL && visit->out != NULL, "SSL_new");
        SSL_set_bio(visit->ssl, visit->in, visit->out);
        if (shake_hands(visit))
            talk_inside(visit);
        SSL_free(visit->ssl);
        ERR_clear_error();
    }
    stream_close(visit->stream);
    visit->peer->in--;
}

/* One of few tasks that were there before those of the client. */
static void run_visits(void *argument)
{
    struct tls_peer *peer = argument;

    while (!peer->over || peer->next_visit != NULL) {
        struct visit *visit = peer->next_visit;

        peer->next_visit = NULL;
        if (visit != NULL)
            run_visit(visit);
        else
            must(task_wait(peer->network.engine, &peer->idle, DEADLINE_NEVER, "a visit") == 0, "task_wait");
    }
}

static int begin_visit(struct tls_peer *peer, struct visit *visit)
{
    struct engine *engine = peer->network.engine;

    if (peer->tasks_max == 0)
        return task_spawn(engine_root(engine), run_visit, visit, "server, connection %u", visit->number);
    peer->next_visit = visit;
    wait_queue_wake(engine, &peer->idle, 1);
    return 0;
}

/* ---- the network ---- */

static bool is_over_limit(struct tls_peer *peer)
{
    int64_t now = engine_now(peer->network.engine);

    if (peer->manners.at_once > 0 && peer->in >= peer->manners.at_once)
        return true;
    if (peer->manners.limit == 0)
        return false;
    if (now - peer->window_began >= WINDOW_MS) {
        peer->window_began = now;
        peer->in_window = 0;
    }
    return ++peer->in_window > peer->manners.limit;
}

static int keep_silent(struct engine *engine, int64_t deadline)
{
    struct wait_queue nobody = {0};

    return task_wait(engine, &nobody, deadline, "an answer that never comes");
}

static int connect_to_peer(struct network *network, const struct address *address, uint16_t port,
                           int64_t deadline, struct io **ret)
{
    struct tls_peer *peer = network->connect_data;
    struct visit *visit = arena_alloc(peer->arena, sizeof(*visit));
    struct engine *engine = network->engine;
    struct io *server;
    int fds[2];

    (void)address;
    (void)port;
    while (peer->next_visit != NULL)
        if (task_sleep(engine, 1, "a free task of the server") < 0)
            return -ECANCELED;
    network->connections++;
    if (peer->manners.ban_after > 0 && peer->connections >= peer->manners.ban_after)
        return peer->manners.ban_is_silent ? keep_silent(engine, deadline) : -ECONNREFUSED;
    must(visit != NULL, "arena_alloc");
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "socketpair");
    *visit = (struct visit){.peer = peer,
                            .number = ++peer->connections,
                            .turned_away = is_over_limit(peer),
                            .client_fd = fds[0],
                            .server_fd = fds[1]};
    peer->turned_away += visit->turned_away;
    peer->in++;
    must(io_new(engine, fds[0], ret) == 0, "io_new");
    must(io_new(engine, fds[1], &server) == 0, "io_new");
    must(stream_new(engine, server, &visit->stream) == 0, "stream_new");
    must(begin_visit(peer, visit) == 0, "task_spawn");
    return 0;
}

void tls_peer_open(struct tls_peer *peer, const char *root_file)
{
    struct network *network = &peer->network;
    const char *error = NULL;

    peer->clock = clock_virtual(TLS_PEER_TIME);
    peer->arena = arena_new(0);
    must(peer->arena != NULL, "arena_new");
    must(engine_new(&(struct engine_options){.clock = &peer->clock, .tasks_max = peer->tasks_max},
                    &network->engine) == 0,
         "engine_new");
    must(pacer_new(network->engine, peer->gentle ? PACE_GENTLE : PACE_NORMAL, &network->pacer) == 0,
         "pacer_new");
    if (tls_service_new(network->engine, root_file, peer->arena, &network->tls, &error) < 0)
        must(false, error);
    network->ipv4 = network->ipv6 = true;
    network->ehlo = "probe.example.net";
    network->connect = connect_to_peer;
    network->connect_data = peer;
}

static void run_client(void *argument)
{
    struct tls_peer *peer = argument;

    peer->run(peer->argument);
    peer->over = true;
    wait_queue_wake(peer->network.engine, &peer->idle, WAKE_ALL);
}

void tls_peer_run(struct tls_peer *peer, void (*run)(void *argument), void *argument)
{
    struct task_group *root = engine_root(peer->network.engine);

    peer->run = run;
    peer->argument = argument;
    for (int i = 0; peer->tasks_max > 0 && i < TLS_PEER_TASKS; i++)
        must(task_spawn(root, run_visits, peer, "server %d", i) == 0, "task_spawn");
    must(task_spawn(root, run_client, peer, "client") == 0, "task_spawn");
    must(engine_run(peer->network.engine) == 0, "engine_run");
}

void tls_peer_close(struct tls_peer *peer)
{
    tls_service_free(peer->network.tls);
    pacer_free(peer->network.pacer);
    engine_free(peer->network.engine);
    arena_free(peer->arena);
}
