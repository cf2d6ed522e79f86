/*
 * client_simulation.h - which clients would agree on TLS with a port, computed from what was enumerated
 *
 *   facts of a port + what a client offers  ->  would connect, with what; would not, why; nobody knows, why
 *
 * No connection is made: the server's choice follows from its lists and whose order counts. What an incomplete
 * list leaves open is UNKNOWN. Pure; texts of a result are static or live in the arena or the arguments.
 */
#ifndef OUTPOST_REPORTS_CLIENT_SIMULATION_H
#define OUTPOST_REPORTS_CLIENT_SIMULATION_H

#include "reports/mail_clients.h"

struct client_outcome {
    enum known connects;
    /* What is agreed on; NULL: nothing, there is none, or it does not follow from the facts. */
    const char *version, *suite, *group, *key_type;
    const char *reason;  /* why not, or why nobody knows; NULL when it connects */
    const char *warning; /* what may stop it all the same */
};
struct client_outcome client_simulate(struct arena *arena, const struct tls_facts *tls,
                                      const struct mail_client *client);

struct client_result {
    const struct mail_client *client;
    struct client_outcome outcome;
};
/* One port and all clients that come to it. */
struct client_meeting {
    const struct endpoint_facts *endpoint;
    struct list results; /* struct client_result in the order of the clients; empty: nothing was enumerated */
    size_t connect, refuse, unknown; /* how many of them */
    size_t warned;                   /* of those that connect: with a warning */
};
/* 0 or -ENOMEM. */
int client_meet(struct arena *arena, const struct endpoint_facts *endpoint, const struct list *clients,
                struct client_meeting *ret);
/* "all 22 mail programs connect"; "20 of 22 mail programs connect, 2 cannot", or with names "; not: A, B".
 * NULL only when out of memory. */
const char *client_meeting_words(struct arena *arena, const struct client_meeting *meeting, bool with_names);
/* What a sending server does that cannot connect; NULL for all others. */
const char *client_without_tls_words(const struct client_result *result);

#endif
