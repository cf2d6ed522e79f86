/*
 * tls_stage.h - for tests of handshakes: a world with an engine, a service and certificates; connections to peers
 *
 * Peers are tasks of the same engine on a virtual clock; between them and us are socket pairs.
 */
#ifndef OUTPOST_TESTS_TLS_STAGE_H
#define OUTPOST_TESTS_TLS_STAGE_H

#include "scanner/base/arena.h"
#include "scanner/net/tls_internal.h"
#include "tests/unit/tls_material.h"

enum { NOW = 1924992000 /* 2031-01-01, not the time of the test */, DAY = 86400, DEADLINE = 15000 };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(text)  text, sizeof(text) - 1

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

/* Runs it on a task of a new world. */
void world_play(void (*play)(struct world *world));

void pair_open(struct world *world, struct pair *pair);
/* Opens a connection to a peer that behaves as `them` says. */
struct pair *pair_new(struct world *world, void (*them)(void *), const void *data);
void close_ours(struct pair *pair);
void close_theirs(struct pair *pair);
/* Waits for the first bytes of our hello. */
void await_hello(struct pair *pair);
void write_theirs(struct pair *pair, const void *data, size_t size);

void expect_text(const char *what, const char *field, const char *actual, const char *expected);
const struct tls_handshake_facts *last_handshake(const struct tls_facts *facts);

/* ---- peers ---- */

struct tls_server *server_new(struct world *world, const struct identity *leaf);
/* Accepts, answers one line, ends TLS and the connection. */
void serve(void *argument);

/* What a peer does that speaks no TLS, and what must come of it. */
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
void send_and_close(void *argument);
void send_and_wait(void *argument);

#endif
