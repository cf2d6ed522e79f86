/*
 * dns.h - a resolver over c-ares: raw packets out and in, strictly checked, cached and joined
 *
 * One question in flight serves all who ask for it; one asker's timeout or cancellation fails nobody else. At
 * most 200 questions are in flight. DO is set; truncated answers are asked again over TCP; SERVFAIL and
 * REFUSED are visible.
 */
#ifndef OUTPOST_NET_DNS_H
#define OUTPOST_NET_DNS_H

#include "scanner/net/resolver.h"
#include "scanner/net/task.h"

struct dns_options {
    /* Servers "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353"; empty: those of resolv_conf. At most 3
     * are used. */
    struct list servers;
    const char *resolv_conf; /* NULL: /etc/resolv.conf */
    int attempt_ms;          /* first wait for an answer, doubled per round; 0: 2000 */
    size_t cache_entries;    /* 0: 20000 */
};

/* 0; -EINVAL (a server that is not an address; *ret_error says which); -ENOENT (no server configured);
 * -ENOMEM. */
int dns_new(struct engine *engine, const struct dns_options *options, struct arena *arena,
            struct resolver **ret, const char **ret_error);
/* Nobody may be asking any more. Must be called before engine_run returns (from the last task) so that
 * handles close. */
void dns_free(struct resolver *resolver);

struct dns_statistics {
    size_t asked, joined, from_cache, sent, tcp, failures, in_flight_peak;
};
struct dns_statistics dns_statistics(const struct resolver *resolver);

/*
 * The strict check that a packet passes before ldns sees it: header, counts, one question, every name (no
 * loops, forward pointers or over-long names), the shape of every known type's RDATA, class IN, no TSIG or
 * other meta record, at most one OPT, at most 1024 records, nothing behind the last. Pure. 0 or -EBADMSG with
 * *ret_why static.
 */
int dns_wire_check(struct bytes packet, const char **ret_why);

/*
 * Checks a packet and parses it into an answer (sections, chain, outcome). Pure. `name` and `type` are what
 * was asked; records outside the chain from `name` are not believed. An outcome of DNS_NOT_ASKED means that
 * the chain ends in an alias about which the packet says nothing: its last name is to be asked for. 0;
 * -EBADMSG with *ret_why static; -ENOMEM; -EINVAL (`name` is no domain name).
 */
int dns_answer_parse(struct bytes packet, const char *name, uint16_t type, struct arena *arena,
                     struct dns_answer **ret, const char **ret_why);
enum { DNS_ALIASES_MAX = 8 };
/* `more` answers for the last name of the chain of `answer`, and becomes part of it. 0 or -ENOMEM. */
int dns_answer_extend(struct dns_answer *answer, const struct dns_answer *more, struct arena *arena);

#endif
