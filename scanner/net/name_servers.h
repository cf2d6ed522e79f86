/*
 * name_servers.h - name servers that are asked directly, by all targets of a run
 *
 * At most four questions are under way to one address, whoever asks. What is asked of a zone and not of a name in it
 * (SOA, NS, DNSKEY) is the same for a thousand domains: joined in flight, and kept for three seconds.
 */
#ifndef OUTPOST_NET_NAME_SERVERS_H
#define OUTPOST_NET_NAME_SERVERS_H

#include "scanner/net/dns_exchange.h"

struct name_servers;

/* Shared questions are tasks of `group`, which ends before. 0 or -ENOMEM. */
int name_servers_new(struct network *network, struct task_group *group, struct name_servers **ret);
void name_servers_free(struct name_servers *servers);

struct name_server_question {
    struct dns_server_address server;
    struct dns_key key;
    struct dns_manner manner;
    int64_t patience_ms; /* once its turn has come */
};

/*
 * On a task. As dns_exchange(), *ret_milliseconds after its turn came; over UDP it is sent up to three
 * times, as packets get lost. -EAGAIN: its turn did not come before the deadline, so nothing is known of the server.
 * Without network->name_servers nobody waits for a turn.
 */
int name_servers_ask(struct network *network, const struct name_server_question *question, int64_t deadline,
                     struct buffer *packet, int64_t *ret_milliseconds);

#endif
