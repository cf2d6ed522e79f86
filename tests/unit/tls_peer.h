/*
 * tls_peer.h - a network of one mail server that speaks SMTP and TLS (OpenSSL's), with the manners it is told to have
 *
 *      struct tls_peer peer = {.server = openssl_server_new(material, identity), .manners = {.ban_after = 40}};
 *      tls_peer_open(&peer, root_file);
 *      tls_peer_run(&peer, run, argument);         run(argument) is a task; it talks to peer.network
 *      tls_peer_close(&peer);
 *
 * On a virtual clock: minutes pass at once.
 */
#ifndef OUTPOST_TESTS_TLS_PEER_H
#define OUTPOST_TESTS_TLS_PEER_H

#include "scanner/base/clock.h"
#include "scanner/net/network.h"

#include <openssl/ssl.h>

enum { TLS_PEER_TIME = 1795348800 /* 2026-11-22T12:00:00Z */, TLS_PEER_TASKS = 3 };

struct visit;

/* All zero: a server that takes everything as it comes. */
struct tls_peer_manners {
    unsigned limit;       /* connections in a minute, then 421 */
    unsigned at_once;     /* connections side by side, then 421 */
    unsigned ban_after;   /* connections in all, then it refuses them */
    bool ban_is_silent;   /* ... or rather says nothing more */
    unsigned silent_from; /* this connection and later ones are not answered once TLS begins */
    unsigned closed_from; /* ... or closed, as soon as the hello is there */
    bool closes;          /* instead of an alert, when it refuses a hello */
    bool resets;          /* the same with a reset */
    int64_t delay_ms;     /* before each thing that it says */
    int64_t patience_ms;  /* for a hello after STARTTLS, then it closes; 0: long */
    int64_t teaser_ms;    /* between the first line of its greeting and the last */
};

struct tls_peer {
    SSL_CTX *server; /* the caller's */
    struct tls_peer_manners manners;
    size_t tasks_max; /* of the engine, of which TLS_PEER_TASKS are the server's; 0: no limit */
    bool gentle;      /* we are: one connection at a time */
    /* ours */
    void (*run)(void *argument);
    void *argument;
    bool over;
    struct visit *next_visit; /* with tasks_max: for the first of the server's tasks that is free */
    struct wait_queue idle;
    struct clock clock;
    struct network network;
    struct arena *arena;
    unsigned connections; /* that were let in or turned away with 421 */
    unsigned turned_away;
    unsigned in_window;
    unsigned in; /* connections that have not ended */
    int64_t window_began;
    bool spoken_to_early; /* somebody spoke before the greeting */
};

/* What cannot be set up ends the program. */
void tls_peer_open(struct tls_peer *peer, const char *root_file);
/* Returns when the task and all connections have ended. */
void tls_peer_run(struct tls_peer *peer, void (*run)(void *argument), void *argument);
void tls_peer_close(struct tls_peer *peer);

#endif
