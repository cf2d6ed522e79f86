/*
 * network.h - what a run needs to talk: the engine and the services that all targets share
 *
 * Made once by run.c (or a test), handed to every probe. `connect` is a seam: tests put scripted peers behind
 * it.
 */
#ifndef OUTPOST_NET_NETWORK_H
#define OUTPOST_NET_NETWORK_H

#include "scanner/base/address.h"
#include "scanner/base/bytes.h"
#include "scanner/net/task.h"

struct buffer;
struct dns_server_address;
struct io;
struct list;
struct pacer;
struct name_servers;
struct resolver;
struct tls_service;
struct http_service;
struct http_cache;

struct network {
    struct engine *engine;
    struct resolver *resolver;
    struct name_servers *name_servers; /* NULL: who asks one waits for no turn */
    const struct list *zone_files;     /* struct zone_file, what the resolver answers from; NULL: none */
    struct tls_service *tls;
    struct http_service *http; /* NULL until something needs it */
    struct http_cache *http_cache;
    struct pacer *pacer;
    bool allow_private;
    bool ipv4, ipv6; /* families that may be used: a way out exists and no option forbids it */
    struct address source_ipv4, source_ipv6; /* family 0: the system chooses */
    const char *ehlo;                        /* the name we give; NULL: it is still looked up */
    /* Waits until it is known: 0, -ETIMEDOUT, -ECANCELED. NULL: it is. */
    int (*wait_for_ehlo)(struct network *network, int64_t deadline);
    int (*connect)(struct network *network, const struct address *address, uint16_t port, int64_t deadline,
                   struct io **ret); /* as io_connect */
    /* as dns_exchange; NULL: by sockets. Tests put scripted name servers behind it. */
    int (*dns_exchange)(struct network *network, const struct dns_server_address *server, bool tcp,
                        struct bytes question, int64_t deadline, struct buffer *answer);
    void *connect_data; /* for tests */
    size_t connections; /* opened so far */
};

/* The `connect` of real life. */
int network_connect(struct network *network, const struct address *address, uint16_t port, int64_t deadline,
                    struct io **ret);

/* Deadlines of the house, milliseconds. */
enum {
    CONNECT_TIMEOUT_MS = 10000,
    GREETING_TIMEOUT_MS = 60000,
    REPLY_TIMEOUT_MS = 30000,
    HANDSHAKE_TIMEOUT_MS = 15000,
    DNS_TIMEOUT_MS = 10000,
};

#endif
