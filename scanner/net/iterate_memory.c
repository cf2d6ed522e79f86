/*
 * iterate_memory.c - delegations and servers, in tables of fixed size: who comes to a place that is taken
 * takes it
 */
#include "scanner/net/iterate_memory.h"

#include "scanner/base/list.h"

#include <stdlib.h>
#include <string.h>

enum {
    DELEGATIONS = 4096,
    SERVERS = 2048,
    UNKNOWN_MS = 300,   /* expected of a server that was never asked */
    USUAL_MS_MAX = 4000 /* of one that is silent */
};

struct iterate_memory {
    uint64_t seed; /* so that nobody outside can choose who loses its place */
    struct delegation *delegations[DELEGATIONS];
    struct server_record servers[SERVERS];
    size_t answers[2]; /* IPv4, IPv6 */
    size_t silences[2];
};

/* ---- delegations ---- */

static void take_server(struct delegation *delegation, const struct dns_reply_server *from)
{
    struct delegation_server *to = &delegation->servers[delegation->count++];
    size_t most = sizeof(to->addresses) / sizeof(to->addresses[0]);

    to->name = from->name;
    for (size_t i = 0; i < from->addresses.count && to->address_count < most; i++)
        to->addresses[to->address_count++] = *(const struct address *)from->addresses.items[i];
}

struct delegation *delegation_new(const struct dns_name *zone, const struct list *servers, int64_t expires)
{
    size_t count = servers->count < ITERATE_SERVERS_MAX ? servers->count : ITERATE_SERVERS_MAX;
    struct delegation *delegation = calloc(1, sizeof(*delegation) + count * sizeof(delegation->servers[0]));

    if (delegation == NULL)
        return NULL;
    delegation->references = 1;
    delegation->zone = *zone;
    delegation->expires = expires;
    for (int with_glue = 1; with_glue >= 0; with_glue--) {
        for (size_t i = 0; i < servers->count && delegation->count < count; i++) {
            const struct dns_reply_server *server = servers->items[i];

            if ((server->addresses.count > 0) == (with_glue == 1))
                take_server(delegation, server);
        }
    }
    return delegation;
}

void delegation_release(struct delegation *delegation)
{
    if (delegation != NULL && --delegation->references == 0)
        free(delegation);
}

static uint64_t hash_bytes(uint64_t seed, const uint8_t *data, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325U ^ seed; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 0x100000001b3U;
    return hash ^ hash >> 32;
}

struct iterate_memory *iterate_memory_new(uint64_t seed)
{
    struct iterate_memory *memory = calloc(1, sizeof(*memory));

    if (memory != NULL)
        memory->seed = seed;
    return memory;
}

void iterate_memory_free(struct iterate_memory *memory)
{
    if (memory == NULL)
        return;
    for (size_t i = 0; i < DELEGATIONS; i++)
        delegation_release(memory->delegations[i]);
    free(memory);
}

static struct delegation **place_of(struct iterate_memory *memory, const uint8_t *zone, size_t size)
{
    return &memory->delegations[hash_bytes(memory->seed, zone, size) % DELEGATIONS];
}

void iterate_memory_add(struct iterate_memory *memory, struct delegation *delegation)
{
    struct delegation **place = place_of(memory, delegation->zone.wire, delegation->zone.size);

    delegation_release(*place);
    *place = delegation;
    delegation->references++;
}

struct delegation *iterate_memory_find(struct iterate_memory *memory, const struct dns_name *name, bool above,
                                       int64_t now)
{
    for (size_t at = 0; at < name->size; at += 1U + name->wire[at]) {
        size_t size = (size_t)name->size - at;
        struct delegation *delegation = *place_of(memory, name->wire + at, size);

        if (above && at == 0)
            continue;
        if (delegation == NULL || delegation->expires <= now || delegation->zone.size != size ||
            memcmp(delegation->zone.wire, name->wire + at, size) != 0)
            continue;
        delegation->references++;
        return delegation;
    }
    return NULL;
}

/* ---- servers ---- */

struct server_record *iterate_memory_server(struct iterate_memory *memory, const struct address *address)
{
    struct server_record *server =
        &memory->servers[hash_bytes(memory->seed, address->octets, sizeof(address->octets)) % SERVERS];

    if (!address_equal(&server->address, address))
        *server = (struct server_record){.address = *address, .usual_ms = UNKNOWN_MS};
    return server;
}

void iterate_memory_note(struct iterate_memory *memory, const struct address *address, int64_t milliseconds)
{
    struct server_record *server = iterate_memory_server(memory, address);
    size_t family = address->family == AF_INET6;

    if (milliseconds < 0) {
        memory->silences[family]++;
        server->usual_ms = 2 * server->usual_ms < USUAL_MS_MAX ? 2 * server->usual_ms : USUAL_MS_MAX;
    } else {
        memory->answers[family]++;
        server->usual_ms = (3 * server->usual_ms + milliseconds) / 4;
    }
}

bool iterate_memory_family_silent(const struct iterate_memory *memory, int family)
{
    size_t index = family == AF_INET6;

    return memory->answers[index] == 0 && memory->silences[index] > 1;
}
