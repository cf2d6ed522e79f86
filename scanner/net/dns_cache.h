/*
 * dns_cache.h - how questions ended, kept for as long as the answer allows; inside of dns.c
 *
 * What is kept is packets, not answers: small, and an answer is parsed from them into the arena of whoever
 * asks.
 */
#ifndef OUTPOST_NET_DNS_CACHE_H
#define OUTPOST_NET_DNS_CACHE_H

#include "scanner/net/dns.h"
#include "scanner/net/dns_packet.h"
#include "scanner/net/dns_transport.h"

struct dns_key {
    struct dns_name name; /* lower case */
    uint16_t type;
    bool unchecked; /* CD is set: other answers may come */
};

uint64_t dns_key_hash(const struct dns_key *key, uint64_t seed);
bool dns_key_equal(const struct dns_key *a, const struct dns_key *b);

/* The end of a question. Shared: never changed once others can see it. */
struct dns_result {
    size_t references;
    struct bytes packets[DNS_ALIASES_MAX + 1]; /* malloc'd; of each question of a chain, in order */
    size_t packet_count;
    size_t questions; /* sent for it so far, when the source caps them */
    char *failure;    /* malloc'd; NULL: the packets say it all */
    bool tcp;
    char server[DNS_SERVER_TEXT_SIZE]; /* of the last packet; "": nobody answered */
    int64_t milliseconds;
    int64_t lifetime_ms; /* in the cache; 0: not at all */
};

struct dns_result *dns_result_new(void); /* with one reference; NULL when out of memory */
void dns_result_release(struct dns_result *result);
/* Takes over `packet`. */
void dns_result_add(struct dns_result *result, struct bytes packet);
/* The answer to `name` and `type` from the packets; its outcome is DNS_NOT_ASKED when the chain goes on
 * behind the last packet. 0, -ENOMEM, -EBADMSG (a packet says nothing usable; *ret_why static). */
int dns_result_answer(const struct dns_result *result, const char *name, uint16_t type, struct arena *arena,
                      struct dns_answer **ret, const char **ret_why);
/* How long an answer may be kept, RFC 2308 5: by its records or its SOA, capped; 5 s for a failure. */
int64_t dns_answer_lifetime_ms(const struct dns_answer *answer);

struct dns_cache;

/* At most so many entries, and as many bytes. NULL when out of memory. */
struct dns_cache *dns_cache_new(size_t entries_max, size_t bytes_max, uint64_t seed);
void dns_cache_free(struct dns_cache *cache);
/* NULL when there is nothing or it is too old; else the caller holds a reference. */
struct dns_result *dns_cache_find(struct dns_cache *cache, const struct dns_key *key, int64_t now);
/* Keeps a result by its lifetime, in place of what was there; what was longest unused goes. Out of memory:
 * not kept. */
void dns_cache_add(struct dns_cache *cache, const struct dns_key *key, struct dns_result *result,
                   int64_t now);
size_t dns_cache_entries(const struct dns_cache *cache);

#endif
