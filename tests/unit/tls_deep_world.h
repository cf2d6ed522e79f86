/*
 * tls_deep_world.h - a server, and a scan that asks it what only a deep scan asks
 *
 *      TestSuite(subject, .init = world_make_material, .fini = world_free_material);
 *
 *      struct world world = {.serve = serve_openssl, .allowed = 3};
 *      const struct tls_features_facts *features = world_run(&world, SUITE_ECDHE);
 *      world_end(&world);
 *
 * The server is a task of the same engine on a virtual clock: OpenSSL's, told what to allow, or one made by hand, with the
 * faults that no server of today has any more. What the enumeration knows by then is written down before.
 */
#ifndef OUTPOST_TESTS_TLS_DEEP_WORLD_H
#define OUTPOST_TESTS_TLS_DEEP_WORLD_H

#include "probes/tls_enumeration.h"
#include "tests/unit/openssl_server.h"

enum {
    NOW = 1795348800,
    SUITE_RSA = 0x002f,   /* TLS_RSA_WITH_AES_128_CBC_SHA */
    SUITE_ECDHE = 0xc02f, /* TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
    RECORD_MAX = 1024,    /* of a client */
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the client put into its key exchange; the others count from PADDING_RIGHT as in probes/tls_robot.c. */
enum seen { SEEN_RIGHT, SEEN_WRONG_TYPE, SEEN_ZERO_LATE, SEEN_NO_ZERO, SEEN_WRONG_VERSION, SEEN };

struct world {
    struct clock clock;
    struct network network;
    struct arena *arena;
    struct tls_material *material;
    const struct identity *identity, *other; /* which the server may show, with RSA keys */
    SSL_CTX *server;
    void (*serve)(struct world *world, struct stream *stream); /* one connection */
    struct endpoint_facts endpoint;
    struct enumeration e;
    struct session prepared;
    size_t connections;
    bool canceled; /* the user stops the scan after a second */

    /* OpenSSL's server */
    int allowed;                 /* renegotiations; the next is refused */
    int handshakes;              /* made on this connection */
    bool by_closing, by_silence; /* how it is refused */
    int fd;                      /* of this connection */
    size_t quits;
    bool greets; /* a server of submissions, which wants a QUIT */

    /* servers made by hand */
    size_t id_size;     /* of the session id in the answer to a ticket */
    bool id_is_foreign; /* it does not begin with ours */
    uint8_t alert;      /* instead of an answer; 0: none */
    size_t tickets;     /* hellos with a ticket and a short id */
    void (*react)(struct world *world, struct stream *stream, enum seen seen, bool whole);
    size_t seen[SEEN][2];
    bool asks_certificate, changes_certificate;
    size_t refused_after; /* connections; 0: never */
};

/* Certificates of the test's own process. */
void world_make_material(void);
void world_free_material(void);

/* Runs it against a server that takes this suite; the facts stay until world_end(). */
const struct tls_features_facts *world_run(struct world *world, uint16_t suite);
void world_end(struct world *world);
/* `part` NULL: there is no text. */
void expect_text(const char *what, const char *actual, const char *part);

/* ---- what serves a connection ---- */

/* OpenSSL's server, with as many renegotiations as are allowed. */
void serve_openssl(struct world *world, struct stream *stream);
void say(struct stream *stream, const char *line);

/* ---- messages of a server made by hand ---- */

/* The next record of the client; false: there is none. */
bool read_record(struct world *world, struct stream *stream, uint8_t *ret_type, uint8_t *body,
                 size_t *ret_size);
void put_record(struct buffer *out, uint8_t type, const struct buffer *content);
void put_server_hello(struct buffer *out, struct bytes id, uint16_t suite);
/* Sends and frees it. */
void send_out(struct stream *stream, struct buffer *out);
void send_alert(struct stream *stream, uint8_t alert);

#endif
