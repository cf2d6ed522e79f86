/*
 * dns_reply.c - fuzzes what is read from a name server's reply, and root hints
 *
 * Input: a byte that chooses the zone, the name, the type and whether the rest is a packet or the text of a hints
 * file. The question is set right when bit 7 is clear.
 *
 * Properties: an answer that is passed on is a whole packet about the question, with records of the zone alone; a
 * referral leads from the zone towards the name, to at most so many servers; glue is of servers in the zone.
 */
#include "scanner/net/dns_reply.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_records(const struct list *records, const struct dns_name *zone)
{
    for (size_t i = 0; i < records->count; i++) {
        const struct dns_record *record = records->items[i];
        struct dns_name owner;

        require(dns_name_from_text(record->name, &owner) == 0);
        require(dns_name_within(&owner, zone));
    }
}

static void check_answer(const struct dns_reply *reply, const struct dns_name *zone,
                         const struct dns_key *key, struct arena *arena)
{
    struct bytes packet = bytes_of(reply->packet.data, reply->packet.size);
    char name[DNS_NAME_TEXT_SIZE];
    struct dns_answer *answer = NULL;
    struct dns_name last;
    const char *why;

    require(dns_wire_check(packet, &why) == 0);
    require(dns_answer_parse(packet, dns_name_format(&key->name, name), key->type, arena, &answer, &why) ==
            0);
    require(answer->outcome != DNS_FAILURE && answer->authoritative);
    check_records(&answer->answer, zone);
    check_records(&answer->authority, zone);
    if (answer->outcome == DNS_NXDOMAIN && answer->aliases.count > 0) {
        require(dns_name_from_text(answer->aliases.items[answer->aliases.count - 1], &last) == 0);
        require(dns_name_within(&last, zone));
    }
}

static void check_servers(const struct list *servers, const struct dns_name *zone, size_t most)
{
    require(servers->count <= 32);
    for (size_t i = 0; i < servers->count; i++) {
        const struct dns_reply_server *server = servers->items[i];

        require(server->name.size > 0 && server->addresses.count <= most);
        require(server->addresses.count == 0 || zone == NULL || dns_name_within(&server->name, zone));
    }
}

static void check_reply(const struct dns_reply *reply, const struct dns_name *zone, const struct dns_key *key,
                        struct arena *arena)
{
    require((reply->kind == DNS_REPLY_ANSWER) == (reply->packet.size > 0));
    switch (reply->kind) {
    case DNS_REPLY_ANSWER:
        check_answer(reply, zone, key, arena);
        break;
    case DNS_REPLY_REFERRAL:
        require(reply->servers.count > 0);
        require(dns_name_within(&key->name, &reply->zone));
        require(dns_name_within(&reply->zone, zone) && !dns_name_equal(&reply->zone, zone));
        check_servers(&reply->servers, zone, 2 * DNS_REPLY_ADDRESSES_MAX);
        break;
    case DNS_REPLY_LAME:
    case DNS_REPLY_MALFORMED:
        require(reply->why != NULL);
        break;
    case DNS_REPLY_TRUNCATED:
    case DNS_REPLY_NO_EDNS:
    case DNS_REPLY_CODE:
        break;
    }
}

/* Header and question of an answer, whatever was there before. */
static void put_question(uint8_t *data, size_t size, const struct dns_key *key)
{
    uint8_t question[4] = {(uint8_t)(key->type >> 8), (uint8_t)key->type, 0, 1};

    if (size < DNS_HEADER_SIZE + (size_t)key->name.size + sizeof(question))
        return;
    data[2] = (uint8_t)((data[2] & 0x05) | 0x80);
    data[4] = 0;
    data[5] = 1;
    data[6] &= 0x01; /* counts small enough to be reached */
    data[8] &= 0x01;
    data[10] &= 0x01;
    memcpy(data + DNS_HEADER_SIZE, key->name.wire, key->name.size);
    memcpy(data + DNS_HEADER_SIZE + key->name.size, question, sizeof(question));
}

static void fuzz_hints(const uint8_t *data, size_t size, struct arena *arena)
{
    char *text = malloc(size + 1);
    struct list servers = {0};

    require(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (dns_hints_parse(text, arena, &servers) == 0)
        check_servers(&servers, NULL, 8);
    free(text);
}

static void fuzz_packet(uint8_t choice, const uint8_t *data, size_t size, struct arena *arena)
{
    static const uint16_t types[] = {DNS_A, DNS_NS, DNS_MX, 43};
    static const char *const zones[] = {".", "org", "example.org"};
    uint8_t *copy = malloc(size + 1); /* its very size, so that reading one byte too far is seen */
    struct dns_key key = {.type = types[choice & 3]};
    struct dns_reply reply = {0};
    struct dns_name zone;

    require(copy != NULL && dns_name_from_text(zones[(choice >> 2 & 3) % 3], &zone) == 0);
    require(dns_name_from_text((choice & 0x10) != 0 ? "www.example.org" : "example.org", &key.name) == 0);
    memcpy(copy + 1, data, size);
    if ((choice & 0x80) == 0)
        put_question(copy + 1, size, &key);
    require(dns_reply_read(bytes_of(copy + 1, size), &zone, &key, arena, &reply) == 0);
    check_reply(&reply, &zone, &key, arena);
    buffer_free(&reply.packet);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);

    require(arena != NULL);
    if (size > 0 && (data[0] & 0x40) != 0)
        fuzz_hints(data + 1, size - 1, arena);
    else if (size > 0)
        fuzz_packet(data[0], data + 1, size - 1, arena);
    arena_free(arena);
    return 0;
}
