/*
 * zone_file.c - fuzzes the reading of zone files and the answers made of them
 *
 * What is read can be asked: every owner, a name below it and one beside it, for several types, gives a packet that
 * passes our own strict check, or belongs to somebody else.
 */
#include "scanner/net/zone_file.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum { ASKED_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct zone_file *zone, const struct dns_name *name, uint16_t type, struct arena *arena)
{
    char text[DNS_NAME_TEXT_SIZE];
    struct buffer packet = {0};
    struct dns_answer *answer = NULL;
    bool elsewhere = false;
    const char *why = NULL;
    int error = zone_file_answer(zone, name, type, &packet, &elsewhere);

    assert(error == 0 || error == -EMSGSIZE);
    assert(elsewhere == zone_file_delegates(zone, name, type));
    if (error == 0 && !elsewhere) {
        error = dns_answer_parse(bytes_of(packet.data, packet.size), dns_name_format(name, text), type, arena,
                                 &answer, &why);
        assert(error == 0);
        assert(answer->authoritative && !answer->edns_stripped);
    }
    buffer_free(&packet);
}

static void ask_around(const struct zone_file *zone, const struct dns_name *owner, struct arena *arena)
{
    static const uint16_t types[] = {DNS_A, DNS_MX, DNS_NS, DNS_CNAME, DNS_SOA, DNS_TYPE_DS, DNS_TYPE_NSEC};
    struct dns_name below = {.size = 2, .wire = {1, 'x'}};
    struct dns_name beside = *owner;

    if (owner->size + 2 <= DNS_NAME_SIZE) {
        memcpy(below.wire + 2, owner->wire, owner->size);
        below.size = (uint8_t)(owner->size + 2);
    } else {
        below = *owner;
    }
    if (!dns_name_equal(owner, &zone->origin) && owner->wire[0] > 0)
        beside.wire[owner->wire[0]] ^= 1;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        ask(zone, owner, types[i], arena);
        ask(zone, &below, types[i], arena);
        ask(zone, &beside, types[i], arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct zone_file *zone = NULL;
    const char *error = NULL;
    int result = zone_file_parse(bytes_of(data, size), "fuzz.zone", arena, &zone, &error);

    assert(result == 0 || (result == -EINVAL && error != NULL && strncmp(error, "fuzz.zone", 9) == 0));
    for (size_t i = 0; result == 0 && i < zone->count && i < ASKED_MAX; i++) {
        assert(dns_name_within(zone->records[i].owner, &zone->origin));
        ask_around(zone, zone->records[i].owner, arena);
    }
    arena_free(arena);
    return 0;
}
