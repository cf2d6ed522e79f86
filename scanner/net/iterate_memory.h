/*
 * iterate_memory.h - what iteration keeps: which servers a zone was delegated to, and how servers behave; inside
 * of iterate.c
 */
#ifndef OUTPOST_NET_ITERATE_MEMORY_H
#define OUTPOST_NET_ITERATE_MEMORY_H

#include "scanner/net/dns_reply.h"
#include "scanner/net/iterate.h"

struct delegation_server {
    struct dns_name name;
    struct address addresses[2 * DNS_REPLY_ADDRESSES_MAX];
    size_t address_count; /* 0: there was no glue, and nobody has looked them up yet */
};

/* A zone and who was named for it. Shared: addresses are added, nothing else changes. */
struct delegation {
    size_t references;
    struct dns_name zone;
    int64_t expires;
    size_t count;
    struct delegation_server servers[];
};

/* From a referral (at most ITERATE_SERVERS_MAX servers, those with glue first) with one reference; NULL when
 * out of memory. */
struct delegation *delegation_new(const struct dns_name *zone, const struct list *servers, int64_t expires);
void delegation_release(struct delegation *delegation); /* NULL is allowed */

/* How a server behaves, as far as it was asked. */
struct server_record {
    struct address address; /* family 0: empty */
    int64_t usual_ms;       /* it takes to answer, smoothed; more after each silence */
    bool no_edns;
};

struct iterate_memory;

struct iterate_memory *iterate_memory_new(uint64_t seed); /* NULL when out of memory */
void iterate_memory_free(struct iterate_memory *memory);
/* Keeps it until it expires or another takes its place. */
void iterate_memory_add(struct iterate_memory *memory, struct delegation *delegation);
/* The deepest zone on the way to `name` (above it, when `above`) that is known; with a reference. NULL: none. */
struct delegation *iterate_memory_find(struct iterate_memory *memory, const struct dns_name *name, bool above,
                                       int64_t now);
/* Never NULL; another's place may be taken. Not kept across a wait. */
struct server_record *iterate_memory_server(struct iterate_memory *memory, const struct address *address);
/* Notes that a server answered after `milliseconds`, or (-1) did not. */
void iterate_memory_note(struct iterate_memory *memory, const struct address *address, int64_t milliseconds);
/* Has nobody of this family ever answered, and more than one been silent? */
bool iterate_memory_family_silent(const struct iterate_memory *memory, int family);

#endif
