/*
 * iterate.h - a resolver that asks the zones' own name servers, from the root down
 *
 * For hosts whose resolver cannot be trusted with DNSSEC records, or that have none. Shares the service of dns.c:
 * one question in flight for all who ask, at most 200 of them, answers kept. Delegations are kept too.
 */
#ifndef OUTPOST_NET_ITERATE_H
#define OUTPOST_NET_ITERATE_H

#include "scanner/net/network.h"
#include "scanner/net/resolver.h"

#define ITERATE_ROOT_HINTS "/usr/share/dns/root.hints"

/*
 * `hints` is a file like root.hints; NULL: that of dns-root-data. Families, sources and what may be contacted
 * are read from `network` when a question is asked. 0; -ENOENT, -EBADMSG, ... with *ret_error in words (the
 * file cannot be read, or names no server); -ENOMEM. Freed by dns_free().
 */
int iterate_new(struct engine *engine, struct network *network, const char *hints, struct arena *arena,
                struct resolver **ret, const char **ret_error);

/* Caps of one lookup, whatever the servers say. */
enum {
    ITERATE_QUESTIONS_MAX = 100, /* with those for addresses of name servers, and along a chain of aliases */
    ITERATE_REFERRALS_MAX = 20,  /* from the root to a name */
    ITERATE_NAMES_MAX = 8,       /* name servers without glue whose addresses are looked up */
    ITERATE_DEPTH_MAX = 4,       /* lookups inside of lookups */
    ITERATE_SERVERS_MAX = 13,    /* of a zone */
    ITERATE_ROUNDS = 3
};

#endif
