/*
 * dnssec_key_tags.c - tests of a zone whose keys share one tag, on purpose (KeyTrap, CVE-2023-50387)
 *
 * A key tag is a sum of sixteen bits (RFC 4034 appendix B), so that keys of one tag are easily made. Real RDATA goes in:
 * that the tags are the same is for the program to compute.
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <ldns/ldns.h>
#include <string.h>

enum { NOW = 1795348800, DAY = 86400, FLAGS = 0x0100, KEY_SIZE = 32 };
enum { HEAD = 4 }; /* flags, protocol, algorithm */

struct zone {
    struct arena *arena;
    struct dnssec_keys keys;
    struct dnssec_rrset rrset;
};

static struct dns_record *record_of(struct zone *zone, const ldns_rr *rr)
{
    struct dns_record *record = arena_alloc(zone->arena, sizeof(*record));
    uint8_t *wire = NULL;
    size_t size = 0, head;

    cr_assert_eq(ldns_rr2wire(&wire, rr, LDNS_SECTION_ANSWER, &size), LDNS_STATUS_OK);
    head = ldns_rdf_size(ldns_rr_owner(rr)) + 10; /* type, class, TTL, length */
    *record =
        (struct dns_record){.name = "www.test",
                            .type = (uint16_t)ldns_rr_get_type(rr),
                            .ttl = 3600,
                            .data = bytes_of(arena_copy(zone->arena, wire + head, size - head), size - head)};
    free(wire);
    return record;
}

static void key_add(struct zone *zone, const uint8_t data[static HEAD + KEY_SIZE])
{
    const struct dns_record record = {
        .name = "test",
        .type = 48,
        .data = bytes_of(arena_copy(zone->arena, data, HEAD + KEY_SIZE), HEAD + KEY_SIZE)};
    struct dnssec_key *key = list_new_item(&zone->keys.keys, zone->arena, sizeof(*key));

    cr_assert_eq(dnssec_key_read(&record, key), 0);
}

/* Another key of the tag of `data`: what one pair of octets gets the other gives. */
static void key_add_twin(struct zone *zone, const uint8_t data[static HEAD + KEY_SIZE], unsigned number)
{
    uint8_t twin[HEAD + KEY_SIZE];

    memcpy(twin, data, sizeof(twin));
    for (size_t i = HEAD; i + 4 <= sizeof(twin) && number > 0; i += 4, number /= 2)
        if (number % 2 == 1) {
            memcpy(twin + i, data + i + 2, 2);
            memcpy(twin + i + 2, data + i, 2);
        }
    key_add(zone, twin);
}

/* www.test A, signed by one key; before it come `twins` keys of its tag, and `forged` signatures by that tag. */
static void zone_make(struct zone *zone, unsigned twins, unsigned forged)
{
    ldns_key *key = ldns_key_new_frm_algorithm(LDNS_SIGN_ED25519, 0);
    ldns_key_list *keys = ldns_key_list_new();
    ldns_rr_list *rrset = ldns_rr_list_new(), *signatures;
    ldns_rr *rr = NULL, *public_key;

    *zone = (struct zone){.arena = arena_new(1024 * 1024)};
    ldns_key_set_pubkey_owner(key, ldns_dname_new_frm_str("test."));
    ldns_key_set_flags(key, FLAGS);
    ldns_key_set_inception(key, NOW - DAY);
    ldns_key_set_expiration(key, NOW + DAY);
    public_key = ldns_key2rr(key);
    ldns_key_set_keytag(key, ldns_calc_keytag(public_key));
    ldns_key_list_push_key(keys, key);
    cr_assert_eq(ldns_rr_new_frm_str(&rr, "www.test. 3600 IN A 192.0.2.1", 0, NULL, NULL), LDNS_STATUS_OK);
    ldns_rr_list_push_rr(rrset, rr);
    signatures = ldns_sign_public(rrset, keys);
    cr_assert_eq(ldns_rr_list_rr_count(signatures), 1);

    cr_assert_eq(dns_name_from_text("test", &zone->keys.zone), 0);
    {
        struct dns_record *record = record_of(zone, public_key);

        cr_assert_eq(record->data.size, HEAD + KEY_SIZE);
        for (unsigned i = 0; i < twins; i++)
            key_add_twin(zone, record->data.data, i + 1);
        key_add(zone, record->data.data);
    }
    {
        struct list section = {0};
        struct dns_record *good = record_of(zone, ldns_rr_list_rr(signatures, 0));

        cr_assert_eq(list_add(&section, zone->arena, record_of(zone, rr)), 0);
        for (unsigned i = 0; i < forged; i++) {
            struct dns_record *bad = arena_copy(zone->arena, good, sizeof(*good));
            uint8_t *data = arena_copy(zone->arena, good->data.data, good->data.size);

            data[good->data.size - 1] = (uint8_t)(data[good->data.size - 1] + i + 1);
            bad->data = bytes_of(data, good->data.size);
            cr_assert_eq(list_add(&section, zone->arena, bad), 0);
        }
        cr_assert_eq(list_add(&section, zone->arena, good), 0);
        cr_assert_eq(dnssec_rrset_find(&section, "www.test", DNS_A, zone->arena, &zone->rrset), 0);
    }
    ldns_rr_list_deep_free(signatures);
    ldns_rr_list_deep_free(rrset);
    ldns_rr_free(public_key);
    ldns_key_list_free(keys);
}

Test(dnssec_key_tags, what_is_tried)
{
    static const struct {
        unsigned twins, forged;
        enum dns_security security;
        const char *reason; /* in it */
        unsigned verifications;
    } rows[] = {
        {0, 0, DNS_SECURE, NULL, 1},
        {1, 0, DNS_SECURE, NULL, 2},
        {3, 0, DNS_SECURE, NULL, 4},
        {4, 0, DNS_BOGUS, "is one of more than a validator tries", 4},
        {60, 0, DNS_BOGUS, "is one of more than a validator tries", 4},
        {3, 7, DNS_SECURE, NULL, 32},
        {3, 8, DNS_BOGUS, "does not verify", 32},
        {60, 60, DNS_BOGUS, "is one of more than a validator tries", 32},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct dnssec_budget budget = {.verifications = DNSSEC_VERIFICATIONS_MAX};
        struct dnssec_signed result;
        struct zone zone;

        zone_make(&zone, rows[i].twins, rows[i].forged);
        for (size_t k = 1; k < zone.keys.keys.count; k++)
            cr_assert_eq(((struct dnssec_key *)zone.keys.keys.items[k])->tag,
                         ((struct dnssec_key *)zone.keys.keys.items[0])->tag);
        cr_assert_eq(dnssec_verify(&zone.rrset, &zone.keys, NOW, &budget, zone.arena, &result), 0);
        cr_expect_eq(result.verdict.security, rows[i].security, "row %zu", i);
        cr_expect_eq(DNSSEC_VERIFICATIONS_MAX - budget.verifications, rows[i].verifications, "row %zu: %u", i,
                     DNSSEC_VERIFICATIONS_MAX - budget.verifications);
        if (rows[i].reason != NULL)
            cr_expect(strstr(result.verdict.reason, rows[i].reason) != NULL, "row %zu: %s", i,
                      result.verdict.reason);
        arena_free(zone.arena);
    }
}

/* What a question may cost is spent once for all its RRsets. */
Test(dnssec_key_tags, one_budget)
{
    struct dnssec_budget budget = {.verifications = 5};
    struct dnssec_signed result;
    struct zone zone;

    zone_make(&zone, 3, 7);
    cr_assert_eq(dnssec_verify(&zone.rrset, &zone.keys, NOW, &budget, zone.arena, &result), 0);
    cr_expect_eq(result.verdict.security, DNS_BOGUS);
    cr_expect_eq(budget.verifications, 0);
    arena_free(zone.arena);
}
