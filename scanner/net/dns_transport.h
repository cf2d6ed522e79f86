/*
 * dns_transport.h - packets to DNS servers and back, by c-ares; inside of dns.c
 *
 * One question to one server is an exchange. c-ares sends it, matches the answer by id and question, and
 * calls back; how long to wait, whether to ask again over TCP and whom to ask next is the business of the
 * sender.
 */
#ifndef OUTPOST_NET_DNS_TRANSPORT_H
#define OUTPOST_NET_DNS_TRANSPORT_H

#include "scanner/base/address.h"
#include "scanner/base/bytes.h"
#include "scanner/net/task.h"

enum { DNS_SERVERS_MAX = 3, DNS_SERVER_TEXT_SIZE = ADDRESS_TEXT_SIZE + 8, DNS_UDP_SIZE = 1232 };

struct dns_server_address {
    struct address address;
    uint16_t port;
};

struct dns_server_list {
    struct dns_server_address servers[DNS_SERVERS_MAX];
    size_t count;
};

/* "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"; 0 or -EINVAL. */
int dns_server_parse(const char *text, struct dns_server_address *ret);
/* "192.0.2.53:53", "[2001:db8::53]:53"; returns `text`. */
char *dns_server_format(const struct dns_server_address *server, char text[static DNS_SERVER_TEXT_SIZE]);
/* The servers of a file like resolv.conf(5); 0 or negative errno of reading it. */
int dns_servers_read(const char *file, struct dns_server_list *ret);

struct dns_transport;

struct dns_exchange {
    size_t references; /* the sender's, and c-ares' until it has called back */
    struct engine *engine;
    struct wait_queue *waiting; /* woken when it is done; NULL: nobody waits any more */
    size_t server;
    unsigned generation; /* of the channel it went through */
    bool tcp;
    bool edns;
    bool done;
    bool cut;            /* c-ares may have cut the packet to this size */
    const char *failure; /* static; why there is no packet */
    struct bytes packet; /* malloc'd */
};

/* 0 or -ENOMEM. Exchanges that are not done after `patience_ms` fail. */
int dns_transport_new(struct engine *engine, const struct dns_server_list *servers, int patience_ms,
                      struct dns_transport **ret);
/* Exchanges under way fail. On the loop's stack, as the other functions with this mark [loop]. NULL is
 * allowed. */
void dns_transport_free(struct dns_transport *transport);

/* Sends a packet; with `edns` its last 11 bytes are its OPT record, and without it goes over TCP only. [loop]
 * 0, -ENOMEM; all else makes the exchange fail, perhaps before this returns. */
int dns_transport_send(struct dns_transport *transport, size_t server, bool tcp, bool edns,
                       struct bytes packet, struct wait_queue *waiting, struct dns_exchange **ret);
/* The sender wants it no more; NULL is allowed. Anywhere. */
void dns_exchange_leave(struct dns_exchange *exchange);
/* The answer of this exchange had no OPT: sees to it that the next question is not harmed. [loop] */
void dns_transport_suspect(struct dns_transport *transport, const struct dns_exchange *exchange);

/* For tests and statistics. */
size_t dns_transport_open(const struct dns_transport *transport);     /* exchanges under way */
size_t dns_transport_channels(const struct dns_transport *transport); /* made so far */

#endif
