/*
 * dns_service.h - what all resolvers share (questions joined, queued and kept: dns.c), and where their answers
 * come from
 */
#ifndef OUTPOST_NET_DNS_SERVICE_H
#define OUTPOST_NET_DNS_SERVICE_H

#include "scanner/net/dns_cache.h"

struct dns_source {
    /*
     * On a task. Adds the packet that answers to *result, or the best failure there was (a packet with a
     * failing code when one came, or result->failure), and says whom it is from. A chain of aliases may stay
     * open: then its last name is looked up for the same result. 0, -ECANCELED, -ENOMEM.
     */
    int (*look_up)(struct dns_source *source, const struct dns_key *key, struct dns_result *result);
    void (*free)(struct dns_source *source);
    struct dns_cache *cache; /* of the service, set by it: how questions ended */
    size_t sent, tcp;        /* statistics */
};

/* The resolver owns `source` from then on; on failure it does not. `description` outlives it. 0, -ENOMEM, or
 * what getrandom() says. Freed by dns_free(). */
int dns_service_new(struct engine *engine, struct dns_source *source, size_t cache_entries,
                    const char *description, struct resolver **ret);

#endif
