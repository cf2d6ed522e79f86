/*
 * zone_file_proof.c - the NSEC and NSEC3 records of a signed zone that show what is not there
 *
 * NSEC: the record at or before the name, and before the wildcard that would stand for it. NSEC3: the same for each
 * name from the one below the origin down, by hashed names; those that exist and the first that does not are among
 * them. A few more than needed do no harm: the validator takes what proves something. RFC 4035 3.1.3, RFC 5155 7.2.
 */
#include "scanner/net/zone_file_internal.h"

#include "scanner/net/dnssec_internal.h"

#include <ldns/ldns.h>
#include <string.h>

enum { HASH_SIZE = LDNS_SHA1_DIGEST_LENGTH, HASH_SHA1 = 1, BASE32_LABEL = 32, NAMES_MAX = 36 };

/* NAMES_MAX: the names of a reverse zone for IPv6 go 34 labels down. */
struct proof {
    struct zone_reply *reply;
    const struct zone_record *told[2 * NAMES_MAX + 4];
    size_t count;
};

static void put_with_signatures(struct proof *proof, const struct zone_record *records, size_t count,
                                const struct zone_record *record)
{
    struct zone_section *section = &proof->reply->authority;
    size_t first = zone_first(records, count, record->owner);

    for (size_t i = 0; i < proof->count; i++)
        if (proof->told[i] == record)
            return;
    if (proof->count == sizeof(proof->told) / sizeof(proof->told[0]))
        return;
    proof->told[proof->count++] = record;
    zone_put_record(section, record->owner, record, record->ttl);
    for (size_t i = first; i < count && dns_name_equal(records[i].owner, record->owner); i++) {
        struct bytes data = records[i].data;

        if (records[i].type == DNS_TYPE_RRSIG && take_u16(&data) == record->type)
            zone_put_record(section, record->owner, &records[i], records[i].ttl);
    }
}

/* ---- NSEC ---- */

static void put_nsec(struct proof *proof, const struct dns_name *name)
{
    const struct zone_file *zone = proof->reply->zone;
    size_t i = zone_first(zone->records, zone->count, name);

    while (i < zone->count && dns_name_equal(zone->records[i].owner, name))
        i++;
    while (i-- > 0)
        if (zone->records[i].type == DNS_TYPE_NSEC) {
            put_with_signatures(proof, zone->records, zone->count, &zone->records[i]);
            return;
        }
}

/* ---- NSEC3 ---- */

static bool parameters_of(const struct zone_file *zone, struct dnssec_nsec3 *ret)
{
    for (size_t i = 0; i < zone->hashed_count; i++) {
        const struct dns_record record = {.type = DNS_TYPE_NSEC3, .data = zone->hashed[i].data};

        if (zone->hashed[i].type == DNS_TYPE_NSEC3 && dnssec_nsec3_read(&record, ret) == 0)
            return true;
    }
    return false;
}

/* RFC 5155 5, as the first label below the origin (RFC 4648 7). */
static bool hashed_name(const struct zone_file *zone, const struct dnssec_nsec3 *with,
                        const struct dns_name *name, struct dns_name *ret)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    uint8_t text[DNS_NAME_SIZE + UINT8_MAX];
    uint8_t hash[HASH_SIZE] = {0};
    struct dns_name lower = *name;
    size_t size = name->size;

    if ((size_t)zone->origin.size + BASE32_LABEL + 1 > DNS_NAME_SIZE)
        return false;
    dns_name_lower(&lower);
    memcpy(text, lower.wire, lower.size);
    for (unsigned i = 0; i <= with->iterations; i++) {
        if (with->salt.size > 0)
            memcpy(text + size, with->salt.data, with->salt.size);
        ldns_sha1(text, (unsigned)(size + with->salt.size), hash);
        memcpy(text, hash, HASH_SIZE);
        size = HASH_SIZE;
    }
    ret->wire[0] = BASE32_LABEL;
    for (size_t i = 0; i < BASE32_LABEL; i++) {
        size_t bit = 5 * i;
        unsigned pair = (unsigned)hash[bit / 8] << 8 | (bit / 8 + 1 < HASH_SIZE ? hash[bit / 8 + 1] : 0U);

        ret->wire[1 + i] = (uint8_t)digits[pair >> (11 - bit % 8) & 31];
    }
    memcpy(ret->wire + 1 + BASE32_LABEL, zone->origin.wire, zone->origin.size);
    ret->size = (uint8_t)(1 + BASE32_LABEL + zone->origin.size);
    return true;
}

/* The record of the hash or the one before it; before the first is the last. */
static void put_nsec3(struct proof *proof, const struct dnssec_nsec3 *with, const struct dns_name *name)
{
    const struct zone_file *zone = proof->reply->zone;
    struct dns_name hashed;
    size_t i;

    if (!hashed_name(zone, with, name, &hashed))
        return;
    i = zone_first(zone->hashed, zone->hashed_count, &hashed);
    while (i < zone->hashed_count && dns_name_equal(zone->hashed[i].owner, &hashed))
        i++;
    for (size_t steps = 0; steps < zone->hashed_count; steps++) {
        i = i > 0 ? i - 1 : zone->hashed_count - 1;
        if (zone->hashed[i].type == DNS_TYPE_NSEC3) {
            put_with_signatures(proof, zone->hashed, zone->hashed_count, &zone->hashed[i]);
            return;
        }
    }
}

static void prove_hashed(struct proof *proof, const struct dns_name *name, const struct dns_name *wildcard)
{
    const struct zone_file *zone = proof->reply->zone;
    unsigned labels = dns_name_labels(&zone->origin);
    struct dnssec_nsec3 with;

    if (!parameters_of(zone, &with) || with.hash != HASH_SHA1)
        return;
    if (with.iterations > DNSSEC_ITERATIONS_MAX) { /* nobody counts them: any record shows that */
        with.iterations = 0;
        put_nsec3(proof, &with, name);
        return;
    }
    for (unsigned i = 0; i < NAMES_MAX && labels + i <= dns_name_labels(name); i++) {
        struct dns_name above;

        dns_name_last(name, labels + i, &above);
        put_nsec3(proof, &with, &above);
    }
    if (wildcard != NULL)
        put_nsec3(proof, &with, wildcard);
}

void zone_prove_nothing(struct zone_reply *reply, const struct dns_name *name,
                        const struct dns_name *encloser)
{
    struct proof proof = {.reply = reply};
    struct dns_name wildcard;
    bool has_wildcard = !dns_name_equal(name, encloser) && dns_name_wildcard(encloser, &wildcard);

    if (reply->zone->hashed_count > 0) {
        prove_hashed(&proof, name, has_wildcard ? &wildcard : NULL);
        return;
    }
    put_nsec(&proof, name);
    if (has_wildcard)
        put_nsec(&proof, &wildcard);
}
