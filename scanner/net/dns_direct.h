/*
 * dns_direct.h - what is asked of a zone's name servers themselves
 */
#ifndef OUTPOST_NET_DNS_DIRECT_H
#define OUTPOST_NET_DNS_DIRECT_H

#include "scanner/net/dns_exchange.h"
#include "scanner/net/resolver.h"

enum { DNS_PORT = 53 };

/*
 * Asks one server. The answer is as from a resolver (resolver.h), with `authoritative` as the server said and
 * `truncated` when it has more to say over TCP; silence, refusal and nonsense are outcomes (DNS_FAILURE), not
 * errors. Its turn comes by name_servers.h; from then on it has six seconds. On a task. 0; -ECANCELED (also when the
 * deadline came before its turn); -ENOMEM; -EINVAL (no domain name).
 */
int dns_ask_server(struct network *network, const struct dns_server_address *server, const char *name,
                   uint16_t type, const struct dns_manner *manner, int64_t deadline, struct arena *arena,
                   struct dns_answer **ret);

/* A name server of a zone, as somebody names it. */
struct dns_zone_server {
    const char *name;
    struct list addresses; /* struct address: glue, in what the parent says */
};

/* A zone and its name servers in the words of the zone above and in its own. */
struct dns_zone {
    const char *name;
    const char *parent;        /* NULL: not found */
    struct list from_parent;   /* struct dns_zone_server; not observed: parent_reason */
    const char *parent_reason; /* why the parent's words are not known */
    const char *parent_server; /* who was asked of the parent's: "192.0.2.53:53" */
    struct list from_child;    /* struct dns_zone_server, without addresses; not observed: child_reason */
    const char *child_reason;
};

/*
 * The zone that `domain` is in. The resolver of `network` says where the zones begin and what the zone itself
 * says; a name server of the zone above is asked directly. On a task. 0, with *ret NULL and *ret_reason in
 * words when the zone cannot be found; -ECANCELED; -ENOMEM.
 */
int dns_zone_look_up(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
                     struct dns_zone **ret, const char **ret_reason);

#endif
