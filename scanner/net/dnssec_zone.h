/*
 * dnssec_zone.h - a name on the way down from the root, and what was found at it; inside of the validator
 */
#ifndef OUTPOST_NET_DNSSEC_ZONE_H
#define OUTPOST_NET_DNSSEC_ZONE_H

#include "scanner/net/dnssec_internal.h"

enum dnssec_kind {
    KIND_ZONE,   /* a cut */
    KIND_NAME,   /* no cut: the zone above goes on */
    KIND_ABSENT, /* the zone above has proven that nothing is at this name or below */
};

struct dnssec_zone {
    struct dnssec_zone *next; /* in its bucket */
    struct dnssec *dnssec;
    struct dnssec_zone *parent; /* the zone above, a reference; NULL: the root */
    size_t references;          /* the table's, its task's, and of each who asks */
    struct wait_queue askers;
    struct arena *arena;
    struct dns_name name;
    bool listed; /* in the table */
    bool ended;
    int error; /* when it has ended without a verdict */
    int64_t expires;
    enum dnssec_kind kind;
    struct dnssec_verdict verdict;
    bool sha1;
    const char *awaited; /* dnssec_zone_awaited() */
    struct dnssec_keys keys;
};

/* Finds out what is at zone->name. On its task. 0 with a verdict; -ECANCELED, -ENOMEM. */
int dnssec_zone_find_out(struct dnssec_zone *zone);

#endif
