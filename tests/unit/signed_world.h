/*
 * signed_world.h - zones that are signed in memory, and a resolver that knows them all: for tests of validation
 *
 *      static const struct signed_zone zones[] = {
 *          {.name = "."},
 *          {.name = "test", .records = "www.test. A 192.0.2.1\n"},
 *          {.name = "expired.test", .records = "www.expired.test. A 192.0.2.1\n", .expiration = WORLD_TIME - 60},
 *      };
 *      struct signed_world *world = signed_world_new(zones, 3);
 *      resolver_ask_unchecked(signed_world_resolver(world), "www.test", DNS_A, DEADLINE_NEVER, arena, &answer);
 *
 * Delegations and DS records are made; keys are new each time. Answers are real packets. With an answer that
 * denies something come all NSEC or NSEC3 records of the zone: which of them prove it is for the validator to find.
 */
#ifndef OUTPOST_TESTS_SIGNED_WORLD_H
#define OUTPOST_TESTS_SIGNED_WORLD_H

#include "scanner/net/resolver.h"

#include <ldns/ldns.h>

enum { WORLD_TIME = 1795348800 }; /* 2026-11-22T12:00:00Z */

struct signed_zone {
    const char *name;
    const char *records; /* as in a zone file, whole names; besides SOA, NS, DS */
    enum { SIGN_NSEC, SIGN_NSEC3, SIGN_NOT } sign;
    enum { DS_RIGHT, DS_WRONG, DS_SHA1, DS_UNSUPPORTED, DS_BOTH_DIGESTS_WRONG_256, DS_NONE } ds;
    bool
        unlisted; /* the parent does not know it: with opt-out in the parent, an unsigned delegation; else no name */
    int algorithm; /* 0: ED25519 */
    unsigned iterations;
    bool opt_out;
    int64_t inception, expiration; /* 0: a day ago; in a week */
};

struct engine;
struct signed_world;

/* An answer on its way out, for faults. */
struct world_answer {
    const char *name;
    uint16_t type;
    unsigned rcode;
    ldns_rr_list *answer, *authority;
    bool no_opt; /* EDNS is stripped */
};

struct signed_world *signed_world_new(const struct signed_zone *zones, size_t count);
void signed_world_free(struct signed_world *world);
struct resolver *signed_world_resolver(struct signed_world *world);
/* Called for each answer, that of ask (CD not set) too; NULL: none. */
void signed_world_fault(struct signed_world *world, void (*fault)(struct world_answer *answer));
/* What ask (CD not set) says: SERVFAIL, as a resolver that validates does. */
void signed_world_refuse(struct signed_world *world, bool refuse);
/* A zone as a zone file, malloc'd. */
char *signed_world_zone_text(const struct signed_world *world, const char *zone);
/* Writes the root's DS record, or another one, to a file: a trust anchor. */
void signed_world_anchor(const struct signed_world *world, const char *file);
/* Each answer takes so long. */
void signed_world_delay(struct signed_world *world, struct engine *engine, int64_t ms);
size_t signed_world_questions(const struct signed_world *world);

/* For faults: takes records of this type out, the signatures over them, or both. */
void world_drop(ldns_rr_list *list, ldns_rr_type type, bool records, bool signatures);

#endif
