/*
 * dns.c - fuzzes the way of a packet: wire check, answer, records, facts, and ldns behind the check
 *
 * Input: a byte that chooses the type asked for and what name, then the packet. The header's flags and the
 * question are set right when bit 7 is clear, so that the fuzzer gets behind the first lines.
 *
 * Properties: nothing crashes or leaks, ldns (which has inputs that abort or leak it) included; every text is
 * printable ASCII; a packet that passed the check does not pass it when its end is missing; data that was
 * decompressed has the shape of its type; an outcome has what belongs to it.
 */
#include "scanner/net/dns.h"
#include "scanner/base/arena.h"
#include "scanner/net/dns_cache.h"
#include "scanner/net/dns_packet.h"

#include <ldns/ldns.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text)
{
    require(text != NULL);
    for (; *text != '\0'; text++)
        require(*text >= ' ' && *text < 0x7f);
}

static void check_records(const struct list *records, struct arena *arena)
{
    for (size_t i = 0; i < records->count; i++) {
        const struct dns_record *record = records->items[i];
        struct address address;
        uint16_t preference;
        struct bytes joined;
        struct dns_name name;
        const char *text;

        check_text(record->name);
        check_text(record->text != NULL ? record->text : dns_data_text(arena, record->type, record->data));
        require(dns_name_from_text(record->name, &name) == 0);
        require(dns_data_valid(record->type, record->data));
        require((dns_record_address(record, &address) == 0) ==
                (record->type == DNS_A || record->type == DNS_AAAA));
        require((dns_record_mx(record, arena, &preference, &text) == 0) == (record->type == DNS_MX));
        require((dns_record_name(record, arena, &text) == 0) ==
                (record->type == DNS_PTR || record->type == DNS_CNAME || record->type == DNS_NS));
        require((dns_record_txt(record, arena, &joined) == 0) == (record->type == DNS_TXT));
    }
}

static void check_facts(const struct dns_answer *answer, struct arena *arena)
{
    struct dns_question_facts *facts = dns_answer_facts(answer, arena);

    require(facts != NULL && facts->records.count <= 64 && facts->packet.size <= 4096);
    for (size_t i = 0; i < facts->records.count; i++)
        check_text(facts->records.items[i]);
    for (size_t i = 0; i < facts->aliases.count; i++)
        check_text(facts->aliases.items[i]);
}

static void check_answer(const struct dns_answer *answer, struct arena *arena)
{
    check_records(&answer->records, arena);
    check_records(&answer->answer, arena);
    check_records(&answer->authority, arena);
    require((answer->records.count > 0) == (answer->outcome == DNS_DATA));
    require((answer->reason != NULL) == (answer->outcome == DNS_FAILURE));
    require(answer->aliases.count <= DNS_ALIASES_MAX);
    require(answer->outcome != DNS_NOT_ASKED || answer->aliases.count > 0);
    require(dns_answer_lifetime_ms(answer) >= 0 && dns_answer_lifetime_ms(answer) <= 3600000);
    check_facts(answer, arena);
}

static void print_section(const ldns_rr_list *records)
{
    for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
        free(ldns_rr2str(ldns_rr_list_rr(records, i)));
}

/* What DNSSEC code may do with a packet that passed. Not ldns_pkt2str(): it dereferences NULL at some EDNS
 * options (the input "ldns-pkt2str" of the corpus). */
static void feed_ldns(struct bytes packet)
{
    ldns_pkt *parsed = NULL;

    if (ldns_wire2pkt(&parsed, packet.data, packet.size) != LDNS_STATUS_OK)
        return;
    print_section(ldns_pkt_answer(parsed));
    print_section(ldns_pkt_authority(parsed));
    ldns_pkt_free(parsed);
}

/* Header and question of an answer to `name`, whatever was there before. */
static void put_question(uint8_t *data, size_t size, const struct dns_name *name, uint16_t type)
{
    uint8_t question[4] = {(uint8_t)(type >> 8), (uint8_t)type, 0, 1};

    if (size < DNS_HEADER_SIZE + (size_t)name->size + sizeof(question))
        return;
    data[2] = (uint8_t)((data[2] & 0x03) | 0x80);
    data[4] = 0;
    data[5] = 1;
    data[6] &= 0x01; /* counts small enough to be reached */
    data[8] &= 0x01;
    data[10] &= 0x01;
    memcpy(data + DNS_HEADER_SIZE, name->wire, name->size);
    memcpy(data + DNS_HEADER_SIZE + name->size, question, sizeof(question));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = {DNS_A, DNS_AAAA, DNS_MX, DNS_TXT, DNS_PTR, DNS_CNAME, DNS_SOA, 52};
    static const char *const names[] = {"example.org", "a.example", ".", "\\000\\255.x"};
    struct dns_answer *answer = NULL;
    const char *why = NULL;
    struct dns_name name;

    if (size < 1)
        return 0;
    uint16_t type = types[data[0] & 7];
    const char *asked = names[data[0] >> 3 & 3];
    struct arena *arena = arena_new(0);
    uint8_t *copy = malloc(size); /* its very size, so that reading one byte too far is seen */

    require(copy != NULL && dns_name_from_text(asked, &name) == 0);
    memcpy(copy, data + 1, size - 1);
    struct bytes packet = bytes_of(copy, size - 1);

    if ((data[0] & 0x80) == 0)
        put_question(copy, packet.size, &name, type);
    if (dns_wire_check(packet, &why) == 0) {
        feed_ldns(packet);
        require(dns_wire_check(bytes_of(copy, packet.size - 1), &why) == -EBADMSG);
    }
    int result = dns_answer_parse(packet, asked, type, arena, &answer, &why);

    require(result == 0 || (result == -EBADMSG && why != NULL));
    if (result == 0)
        check_answer(answer, arena);
    free(copy);
    arena_free(arena);
    return 0;
}
