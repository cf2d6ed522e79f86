/*
 * spf_network.h - networks as SPF names them: an address and how many bits of it count
 *
 * Pure.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_SPF_NETWORK_H
#define OUTPOST_PROBES_PROTOCOL_SPF_NETWORK_H

#include "scanner/base/address.h"

struct arena;

struct spf_network {
    struct address address;
    unsigned prefix;
};

bool spf_network_has(const struct spf_network *network, const struct address *address);
/* "192.0.2.0/24"; an address alone when all its bits count. NULL: out of memory. */
char *spf_network_text(const struct spf_network *network, struct arena *arena);
/* How many IPv4 addresses are in any of them? Sorts them. IPv6 networks do not count. */
uint64_t spf_networks_addresses(struct spf_network *networks, size_t count);
/* An IPv4 address that is written as an IPv6 one, as itself (RFC 7208 5). */
struct address spf_client(const struct address *address);

#endif
