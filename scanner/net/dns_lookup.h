/*
 * dns_lookup.h - asks the servers, one after another, for one name and type; inside of dns.c
 */
#ifndef OUTPOST_NET_DNS_LOOKUP_H
#define OUTPOST_NET_DNS_LOOKUP_H

#include "scanner/net/dns_cache.h"

struct dns_servers {
    struct engine *engine;
    struct dns_transport *transport;
    struct dns_server_list list;
    int attempt_ms;
    size_t sent, tcp; /* statistics */
};

/*
 * On a task. Adds the packet that answers to *result, or the best failure there was (a packet with a failing
 * code when one came, or result->failure), and says whom it is from. 0, -ECANCELED, -ENOMEM.
 */
int dns_look_up(struct dns_servers *servers, const struct dns_key *key, struct dns_result *result);

/* A question: random id, RD, CD when key->unchecked, and an OPT record with DO as its last 11 bytes unless !edns. 0, -ENOMEM, or what
 * getrandom() says. */
int dns_question_packet(const struct dns_key *key, bool edns, struct buffer *out);

enum { DNS_ROUNDS = 3 };

#endif
