/*
 * judged_dnssec.c - the part of the faultless scan that is about DNSSEC
 */
#include "tests/unit/judged_dnssec.h"

#include "scanner/base/arena.h"
#include "tests/unit/judged.h"

#include <stdlib.h>

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

#define NEW(list, arena, type) ((type *)must(list_new_item(list, arena, sizeof(type))))
#define MAKE(arena, type)      ((type *)must(arena_alloc(arena, sizeof(type))))

static void add_signature(struct list *list, struct arena *arena, const char *name, const char *type,
                          const char *zone, int tag)
{
    struct dnssec_signature_facts *signature = NEW(list, arena, struct dnssec_signature_facts);

    *signature = (struct dnssec_signature_facts){.name = name,
                                                 .type = type,
                                                 .zone = zone,
                                                 .key_tag = number(tag),
                                                 .algorithm = number(13),
                                                 .inception = number(SCAN_TIME - 4 * DAY_SECONDS),
                                                 .expiration = number(SCAN_TIME + 10 * DAY_SECONDS)};
}

static void add_key(struct dnssec_zone_facts *zone, struct arena *arena, int tag, bool entry_point)
{
    struct dnssec_key_facts *key = NEW(&zone->keys, arena, struct dnssec_key_facts);

    *key = (struct dnssec_key_facts){.tag = number(tag),
                                     .algorithm = number(13),
                                     .algorithm_name = "ECDSAP256SHA256",
                                     .bits = number(256),
                                     .flags = number(entry_point ? 257 : 256),
                                     .entry_point = known(entry_point),
                                     .revoked = NO,
                                     .signs_keys = known(entry_point),
                                     .signs_data = known(!entry_point)};
}

static void add_zone(struct dnssec_facts *facts, struct arena *arena, const char *name, const char *above,
                     int tag)
{
    struct dnssec_zone_facts *zone = NEW(&facts->zones, arena, struct dnssec_zone_facts);

    zone->name = name;
    zone->security = DNS_SECURE;
    if (above != NULL) {
        struct dnssec_ds_facts *ds = NEW(&zone->ds, arena, struct dnssec_ds_facts);

        *ds = (struct dnssec_ds_facts){.tag = number(tag),
                                       .algorithm = number(13),
                                       .algorithm_name = "ECDSAP256SHA256",
                                       .digest_type = number(2),
                                       .digest_name = "SHA-256",
                                       .digest = "00aabb",
                                       .matches = YES};
        add_signature(&zone->signatures, arena, name, "DS", above, tag - 1000 + 1);
    }
    add_signature(&zone->signatures, arena, name, "DNSKEY", name, tag);
    add_key(zone, arena, tag, true);
    add_key(zone, arena, tag + 1, false);
}

static struct dns_question_facts *nothing(struct arena *arena, const char *name, enum dns_outcome outcome)
{
    struct dns_question_facts *question = MAKE(arena, struct dns_question_facts);

    question->name = name;
    question->type = "TLSA";
    question->outcome = outcome;
    question->rcode = number(outcome == DNS_NXDOMAIN ? 3 : 0);
    question->security = DNS_SECURE;
    question->milliseconds = number(3);
    question->server = "11.9.0.53:53";
    question->aliases.observed = question->records.observed = true;
    return question;
}

static void add_zones(struct dnssec_name_facts *name, struct arena *arena)
{
    static const char *const zones[] = {".", "org", "example.org"};

    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
        if (list_add(&name->zones, arena, (void *)(uintptr_t)zones[i]) < 0)
            abort();
}

struct dnssec_facts *faultless_dnssec(struct arena *arena)
{
    struct dnssec_facts *facts = MAKE(arena, struct dnssec_facts);
    struct dnssec_name_facts *domain = MAKE(arena, struct dnssec_name_facts);
    struct dnssec_name_facts *host = NEW(&facts->hosts, arena, struct dnssec_name_facts);

    add_zone(facts, arena, ".", NULL, 1000);
    add_zone(facts, arena, "org", ".", 2000);
    add_zone(facts, arena, "example.org", "org", 3000);
    facts->domain = domain;
    domain->name = "example.org";
    add_zones(domain, arena);
    domain->soa = nothing(arena, "example.org", DNS_DATA);
    domain->soa->type = "SOA";
    add_signature(&domain->signatures, arena, "example.org", "SOA", "example.org", 3001);
    add_signature(&domain->signatures, arena, "example.org", "MX", "example.org", 3001);
    host->name = HOST_NAME;
    add_zones(host, arena);
    host->tlsa = nothing(arena, "_25._tcp." HOST_NAME, DNS_NXDOMAIN);
    host->tcp = nothing(arena, "_tcp." HOST_NAME, DNS_NXDOMAIN);
    add_signature(&host->signatures, arena, HOST_NAME, "A", "example.org", 3001);
    add_signature(&host->signatures, arena, HOST_NAME, "AAAA", "example.org", 3001);
    return facts;
}
