/*
 * dnsbl_service.h - the self-test of each blacklist, once for all targets of a run
 *
 * A test belongs to the service: who began it may be gone when it ends, and whoever comes meanwhile waits for the same.
 */
#ifndef OUTPOST_PROBES_DNSBL_SERVICE_H
#define OUTPOST_PROBES_DNSBL_SERVICE_H

#include "probes/probe.h"

/* A list that takes longer is of no use to a mail server either. */
enum { DNSBL_PATIENCE_MS = 5000 };

/* Who is asked: the run's resolver, or, by those who refuse it, the list's own name servers. */
enum dnsbl_way { DNSBL_BY_RESOLVER = 0, DNSBL_BY_ITERATION, DNSBL_WAYS };

struct dnsbl_trial {
    bool begun, ended;
    enum dnsbl_fault fault;
    const char *reason; /* of a fault; memory of the service */
    struct wait_queue waiters;
};

struct dnsbl_channel {
    const struct blocklist *list;
    struct dnsbl_trial trials[DNSBL_WAYS];
};

/* Of blocklists_count() channels, in the order of the lists. */
struct dnsbl_channel *dnsbl_channel(struct dnsbl_service *service, size_t index);
size_t dnsbl_channel_count(const struct dnsbl_service *service);
const struct blocklists *dnsbl_lists(const struct dnsbl_service *service);
/* The way to the resolver of this kind, for questions_ask(); false: there is none. */
bool dnsbl_network(const struct dnsbl_service *service, enum dnsbl_way way, struct network *ret);

/* Begins the test unless somebody has; returns at once. 0, -ENOMEM, -ECANCELED. */
int dnsbl_trial_begin(struct dnsbl_service *service, struct dnsbl_channel *channel, enum dnsbl_way way);
/* Waits for its end. 0, -ETIMEDOUT, -ECANCELED. */
int dnsbl_trial_wait(struct dnsbl_service *service, struct dnsbl_channel *channel, enum dnsbl_way way,
                     int64_t deadline);
/* A list that turned us away in the middle does so for everybody who comes. */
void dnsbl_trial_refused(struct dnsbl_service *service, struct dnsbl_channel *channel, enum dnsbl_way way,
                         const char *reason);

#endif
