/*
 * zone_file_make.c - the records of a zone file become a zone
 *
 *   sorted --> one SOA, nothing outside of its zone, no CNAME beside others --> signed or not, and the DS records for it
 *
 * RFC 2181 10.1 (CNAME), RFC 4034 5 (DS).
 */
#include "scanner/net/zone_file_internal.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dnssec_records.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdlib.h>

enum { KEYS_MAX = 16 };

int zone_wrong(struct zone_reading *reading, int line, const char *what)
{
    if (what == NULL)
        return -ENOMEM;
    reading->error = line > 0 ? arena_format(reading->arena, "%s, line %d: %s", reading->file, line, what)
                              : arena_format(reading->arena, "%s: %s", reading->file, what);
    return reading->error != NULL ? -EINVAL : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
    const struct zone_record *left = a;
    const struct zone_record *right = b;
    int order = left->owner != right->owner ? dns_name_order(left->owner, right->owner) : 0;

    if (order == 0)
        order = (int)left->type - (int)right->type;
    return order != 0 ? order : left->line - right->line;
}

static bool is_hashed(const struct zone_record *record)
{
    struct bytes data = record->data;

    return record->type == DNS_TYPE_NSEC3 ||
           (record->type == DNS_TYPE_RRSIG && take_u16(&data) == DNS_TYPE_NSEC3);
}

static int sort_records(struct zone_reading *reading, struct zone_file *zone)
{
    size_t count = reading->records.count;

    zone->records = arena_alloc(reading->arena, (count + 1) * sizeof(*zone->records));
    zone->hashed = arena_alloc(reading->arena, (count + 1) * sizeof(*zone->hashed));
    if (zone->records == NULL || zone->hashed == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const struct zone_record *record = reading->records.items[i];

        if (is_hashed(record))
            zone->hashed[zone->hashed_count++] = *record;
        else
            zone->records[zone->count++] = *record;
    }
    qsort(zone->records, zone->count, sizeof(*zone->records), compare);
    qsort(zone->hashed, zone->hashed_count, sizeof(*zone->hashed), compare);
    return 0;
}

/* The SOA record says where the zone begins. */
static int find_origin(struct zone_reading *reading, struct zone_file *zone)
{
    const struct zone_record *soa = NULL;

    for (size_t i = 0; i < reading->records.count; i++) {
        const struct zone_record *record = reading->records.items[i];

        if (record->type != DNS_SOA)
            continue;
        if (soa != NULL)
            return zone_wrong(reading, record->line,
                              "a second SOA record: a zone has one, and a file one zone");
        soa = record;
    }
    if (soa == NULL)
        return zone_wrong(reading, 0, "no SOA record: it is not the file of a zone");
    zone->origin = *soa->owner;
    zone->name = dns_name_text(reading->arena, soa->owner);
    return zone->name != NULL ? 0 : -ENOMEM;
}

static int check_owners(struct zone_reading *reading, const struct zone_file *zone)
{
    for (size_t i = 0; i < reading->records.count; i++) {
        const struct zone_record *record = reading->records.items[i];
        char name[DNS_NAME_TEXT_SIZE];

        if (!dns_name_within(record->owner, &zone->origin))
            return zone_wrong(reading, record->line,
                              arena_format(reading->arena, "%s is not in the zone %s",
                                           dns_name_format(record->owner, name), zone->name));
    }
    return 0;
}

/* RFC 2181 10.1; RFC 4034 lets signatures and proofs stand beside. */
static int check_aliases(struct zone_reading *reading, const struct zone_file *zone)
{
    for (size_t i = 0; i < zone->count; i++) {
        const struct zone_record *record = &zone->records[i];

        for (size_t j = zone_first(zone->records, zone->count, record->owner);
             record->type == DNS_CNAME && j < zone->count &&
             dns_name_equal(zone->records[j].owner, record->owner);
             j++) {
            const struct zone_record *other = &zone->records[j];

            if (j != i && other->type != DNS_TYPE_RRSIG && other->type != DNS_TYPE_NSEC)
                return zone_wrong(reading, record->line > other->line ? record->line : other->line,
                                  "a CNAME record beside another record of the same name");
        }
    }
    return 0;
}

/* ---- keys ---- */

static int note_ds(struct zone_reading *reading, struct zone_file *zone, const struct dnssec_key *key)
{
    uint8_t digest[LDNS_SHA256_DIGEST_LENGTH];
    struct buffer data = {0};
    char *text;

    put_block(&data, zone->origin.wire, zone->origin.size);
    put_block(&data, key->data.data, key->data.size);
    if (data.failed)
        return -ENOMEM;
    ldns_sha256(data.data, (unsigned)data.size, digest);
    buffer_free(&data);
    text = text_hex(reading->arena, digest, sizeof(digest));
    if (text != NULL)
        text = arena_format(reading->arena, "%s%s IN DS %u %u %u %s", zone->name,
                            zone->origin.size > 1 ? "." : "", key->tag, key->algorithm, DNSSEC_DIGEST_SHA256,
                            text);
    return text != NULL ? list_add(&zone->ds, reading->arena, text) : -ENOMEM;
}

static bool keys_are_signed(const struct zone_file *zone)
{
    const struct zone_record *found;
    size_t count = zone_rrset(zone, &zone->origin, DNS_TYPE_RRSIG, &found);

    for (size_t i = 0; i < count; i++) {
        struct bytes data = found[i].data;

        if (take_u16(&data) == DNS_TYPE_DNSKEY)
            return true;
    }
    return false;
}

static int note_keys(struct zone_reading *reading, struct zone_file *zone, bool entry_points)
{
    const struct zone_record *found;
    size_t count = keys_are_signed(zone) ? zone_rrset(zone, &zone->origin, DNS_TYPE_DNSKEY, &found) : 0;
    int error = 0;

    for (size_t i = 0; i < count && i < KEYS_MAX && error == 0; i++) {
        struct dns_record record = {.name = zone->name, .type = DNS_TYPE_DNSKEY, .data = found[i].data};
        struct dnssec_key key;

        if (dnssec_key_read(&record, &key) < 0 || (key.flags & DNSSEC_KEY_ZONE) == 0 ||
            (key.flags & DNSSEC_KEY_REVOKED) != 0 ||
            (entry_points && (key.flags & DNSSEC_KEY_ENTRY_POINT) == 0))
            continue;
        error = list_add(&zone->keys, reading->arena, arena_copy(reading->arena, &record, sizeof(record)));
        if (error == 0)
            error = note_ds(reading, zone, &key);
    }
    return error;
}

int zone_make(struct zone_reading *reading, struct zone_file *zone)
{
    int error = find_origin(reading, zone);

    if (error == 0)
        error = check_owners(reading, zone);
    if (error == 0)
        error = sort_records(reading, zone);
    if (error == 0)
        error = check_aliases(reading, zone);
    if (error == 0)
        error = note_keys(reading, zone, true);
    if (error == 0 && zone->keys.count == 0) /* one key for everything need not say that it is the entry */
        error = note_keys(reading, zone, false);
    return error;
}
