/*
 * spf_network.c - networks as SPF names them
 */
#include "probes/protocol/spf_network.h"

#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

enum { BITS_OF_BYTE = 8, BITS_IPV4 = 32, SIZE_IPV4 = 4, SIZE_IPV6 = 16, MAPPED_PREFIX_SIZE = 12 };

static size_t size_of(const struct address *address)
{
    return address->family == AF_INET6 ? SIZE_IPV6 : SIZE_IPV4;
}

/* The bits of byte `index` that count. */
static uint8_t mask_at(unsigned prefix, size_t index)
{
    unsigned before = BITS_OF_BYTE * (unsigned)index;

    if (prefix >= before + BITS_OF_BYTE)
        return UINT8_MAX;
    if (prefix <= before)
        return 0;
    return (uint8_t)(UINT8_MAX << (BITS_OF_BYTE - (prefix - before)));
}

bool spf_network_has(const struct spf_network *network, const struct address *address)
{
    if (network->address.family != address->family)
        return false;
    for (size_t i = 0; i < size_of(address); i++)
        if (((network->address.octets[i] ^ address->octets[i]) & mask_at(network->prefix, i)) != 0)
            return false;
    return true;
}

char *spf_network_text(const struct spf_network *network, struct arena *arena)
{
    struct address address = network->address;
    char text[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < size_of(&address); i++)
        address.octets[i] &= mask_at(network->prefix, i);
    if (network->prefix >= BITS_OF_BYTE * size_of(&address))
        return arena_text(arena, address_format(&address, text));
    return arena_format(arena, "%s/%u", address_format(&address, text), network->prefix);
}

static uint64_t first_of(const struct spf_network *network)
{
    uint64_t value = 0;

    for (size_t i = 0; i < SIZE_IPV4; i++)
        value = value << BITS_OF_BYTE | (network->address.octets[i] & mask_at(network->prefix, i));
    return value;
}

static int by_first(const void *a, const void *b)
{
    uint64_t first = first_of(a), second = first_of(b);

    return first < second ? -1 : first > second;
}

uint64_t spf_networks_addresses(struct spf_network *networks, size_t count)
{
    uint64_t covered = 0, total = 0; /* all addresses below `covered` have been counted */

    if (count > 0)
        qsort(networks, count, sizeof *networks, by_first);
    for (size_t i = 0; i < count; i++) {
        uint64_t first = first_of(&networks[i]), end;

        if (networks[i].address.family != AF_INET || networks[i].prefix > BITS_IPV4)
            continue;
        end = first + (UINT64_C(1) << (BITS_IPV4 - networks[i].prefix));
        if (first < covered)
            first = covered;
        if (end > first)
            total += end - first;
        if (end > covered)
            covered = end;
    }
    return total;
}

struct address spf_client(const struct address *address)
{
    static const uint8_t mapped[MAPPED_PREFIX_SIZE] = {[10] = 0xff, [11] = 0xff};
    struct address inner = {.family = AF_INET};

    if (address->family != AF_INET6 || memcmp(address->octets, mapped, sizeof mapped) != 0)
        return *address;
    memcpy(inner.octets, address->octets + sizeof mapped, SIZE_IPV4);
    return inner;
}
