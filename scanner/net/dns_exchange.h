/*
 * dns_exchange.h - one question to one DNS server and its answer, over UDP or TCP
 *
 * For asking many servers that nobody has configured. Each question has a socket of its own, connected to its
 * server, with a port that the system picks at random; what comes back counts when server, id and question fit.
 */
#ifndef OUTPOST_NET_DNS_EXCHANGE_H
#define OUTPOST_NET_DNS_EXCHANGE_H

#include "scanner/net/dns_cache.h"
#include "scanner/net/network.h"

/* How a question is put. */
struct dns_manner {
    bool tcp;
    bool recursion;         /* RD */
    bool edns;              /* with an OPT record, 1232 bytes */
    bool dnssec;            /* DO: signatures too */
    bool checking_disabled; /* CD */
};

/* A question with a random id. 0, -ENOMEM, or what getrandom() says. */
int dns_manner_question(const struct dns_key *key, const struct dns_manner *manner, struct buffer *out);

/*
 * On a task. Appends to `answer` the packet that came. 0; -ETIMEDOUT; -ECANCELED; -ENOMEM; -EPERM (an address
 * that is not to be contacted); -EAFNOSUPPORT (no way out by its family); -EBADMSG (over TCP: not the answer
 * to this question); -ECONNRESET (closed before the answer); or what the system says (-ECONNREFUSED, ...).
 */
int dns_exchange(struct network *network, const struct dns_server_address *server, bool tcp,
                 struct bytes question, int64_t deadline, struct buffer *answer);
/* Is that packet the answer to this question? An error may come without the question. Pure. */
bool dns_exchange_fits(struct bytes question, struct bytes answer);
/* In words: "timeout", "Connection refused". Static. */
const char *dns_exchange_failure(int error);

#endif
