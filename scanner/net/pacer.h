/*
 * pacer.h - who may connect when: per address and port, shared by all targets of a run
 *
 * First contact alone and patient; after one success a few sessions side by side (gentle 1, normal up to 4,
 * fast up to 8). A pushback is waited out, and then there are fewer: as many as the server let in. Every connection of
 * a scan has a slot of the pacer.
 */
#ifndef OUTPOST_NET_PACER_H
#define OUTPOST_NET_PACER_H

#include "scanner/base/address.h"
#include "scanner/net/task.h"

struct pacer;
struct pacer_slot;

enum pace { PACE_GENTLE = 1, PACE_NORMAL, PACE_FAST };

/* How a connection went, as far as the pacer is concerned. */
enum pacer_result {
    PACER_SUCCESS,   /* served: greeting came, the session did what it was for */
    PACER_PUSHBACK,  /* 421, 454 "too many", refused or silent after a success */
    PACER_NO_ANSWER, /* refused, silent or unreachable with no success before */
    PACER_NEUTRAL,   /* canceled, or says nothing */
};

int pacer_new(struct engine *engine, enum pace pace, struct pacer **ret);
void pacer_free(struct pacer *pacer);
/* Waits for a slot; 0, -ETIMEDOUT, -ECANCELED, -ENOMEM. */
int pacer_take(struct pacer *pacer, const struct address *address, uint16_t port, int64_t deadline,
               struct pacer_slot **ret);
/* All was said, and only the last answer is due, which is a round trip away: whoever is next may begin to connect, if
 * that is long enough to matter. To be given back all the same. */
void pacer_ending(struct pacer_slot *slot, int64_t round_trip_ms);
/* Gives it back; NULL is allowed. */
void pacer_give(struct pacer_slot *slot, enum pacer_result result);

/* How many may be side by side at one port, at best. */
size_t pacer_width(const struct pacer *pacer);

struct pacer_state {
    size_t connections, successes, pushbacks, limit, in_use;
    int64_t blocked_until; /* engine time; 0: not blocked */
};
struct pacer_state pacer_state(const struct pacer *pacer, const struct address *address, uint16_t port);

#endif
