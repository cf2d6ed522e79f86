/*
 * probe_dnssec.c - tests of the probe for DNSSEC: a domain and two mail hosts in zones that are signed in memory
 */
#include "probes/probe.h"

#include "tests/unit/dnssec_bench.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct signed_zone zones[] = {
    {.name = ".", .algorithm = LDNS_RSASHA256},
    {.name = "test", .sign = SIGN_NSEC3, .iterations = 3},
    {.name = "example.test",
     .records = "example.test. MX 10 mail.example.test.\nmail.example.test. A 192.0.2.1\n"
                "_25._tcp.mail.example.test. TLSA 3 1 1 00\n",
     .ds = DS_BOTH_DIGESTS_WRONG_256,
     .algorithm = LDNS_ECDSAP256SHA256},
    {.name = "good.test",
     .records = "good.test. MX 10 mail.good.test.\nmail.good.test. A 192.0.2.1\n"
                "_25._tcp.mail.good.test. TLSA 3 1 1 00\n",
     .algorithm = LDNS_ECDSAP256SHA256},
    {.name = "none.test", .records = "mx.none.test. A 192.0.2.2\n", .sign = SIGN_NOT, .ds = DS_NONE},
};

static struct dns_facts *domain_with(struct arena *arena, const char *domain, const char *const hosts[3])
{
    static const enum host_source sources[] = {HOST_MX, HOST_MX, HOST_OPTION};
    struct dns_facts *dns = arena_alloc(arena, sizeof(*dns));

    dns->domain = domain;
    for (size_t i = 0; i < 3; i++) {
        struct mail_host_facts *host = list_new_item(&dns->hosts, arena, sizeof(*host));

        host->name = hosts[i];
        host->source = sources[i];
        host->literal = NO;
    }
    return dns;
}

static struct dnssec_facts *look(struct bench *bench, struct resolver *resolver, const char *domain,
                                 const char *const hosts[3])
{
    struct network network = {.engine = bench->engine, .resolver = resolver};
    struct dnssec_facts *facts = NULL;

    cr_assert_eq(dnssec_probe(&network, domain_with(bench->arena, domain, hosts), DEADLINE_NEVER,
                              bench->arena, &facts),
                 0);
    cr_assert_not_null(facts);
    return facts;
}

static const struct dnssec_zone_facts *zone_of(const struct dnssec_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->zones.count; i++) {
        const struct dnssec_zone_facts *zone = facts->zones.items[i];

        if (strcmp(zone->name, name) == 0)
            return zone;
    }
    cr_assert_fail("no zone %s", name);
    return NULL;
}

static void look_at_good(struct bench *bench)
{
    static const char *const hosts[] = {"mail.good.test", "mx.none.test", "option.test"};
    const struct dnssec_facts *facts = look(bench, bench->validator, "good.test", hosts);
    const struct dnssec_zone_facts *zone = zone_of(facts, "good.test");
    const struct dnssec_key_facts *entry = zone->keys.items[0];
    const struct dnssec_key_facts *signer = zone->keys.items[1];
    const struct dnssec_ds_facts *ds = zone->ds.items[0];
    const struct dnssec_name_facts *mail = facts->hosts.items[0];
    const struct dnssec_name_facts *other = facts->hosts.items[1];
    const struct dnssec_signature_facts *mx = facts->domain->signatures.items[1];

    cr_expect_eq(facts->zones.count, 4, "root, test, good.test, none.test: %zu", facts->zones.count);
    cr_expect_eq(facts->hosts.count, 2); /* not that of --host */
    cr_expect_eq(zone->security, DNS_SECURE);
    cr_expect_eq(zone->keys.count, 2);
    cr_expect_eq(entry->flags.value, 257);
    cr_expect_eq(entry->algorithm.value, 13);
    cr_expect_eq(entry->bits.value, 256);
    cr_expect_eq(entry->signs_keys, YES);
    cr_expect_eq(signer->entry_point, NO);
    cr_expect_eq(signer->signs_data, YES);
    cr_expect_eq(zone->ds.count, 1);
    cr_expect_eq(ds->matches, YES);
    cr_expect_eq(ds->tag.value, entry->tag.value);
    cr_expect_null(zone->nsec3);
    cr_expect_eq(zone_of(facts, "test")->nsec3->iterations.value, 3);
    cr_expect_str_eq(zone_of(facts, "test")->nsec3->salt, "");
    cr_expect_eq(((struct dnssec_key_facts *)zone_of(facts, ".")->keys.items[0])->bits.value, 1024);
    cr_expect_not(zone_of(facts, ".")->ds.observed);
    cr_expect_eq(facts->domain->soa->security, DNS_SECURE);
    cr_expect_eq(facts->domain->zones.count, 3);
    cr_expect_str_eq(mx->type, "MX");
    cr_expect_str_eq(mx->zone, "good.test");
    cr_expect_eq(mx->expiration.value, WORLD_TIME + 7 * 86400);
    cr_expect_eq(mx->inception.value, WORLD_TIME - 86400);
    cr_expect_eq(mail->tlsa->outcome, DNS_DATA);
    cr_expect_eq(mail->tcp->outcome, DNS_NODATA);
    cr_expect_eq(other->tlsa->security, DNS_INSECURE);
    cr_expect_eq(zone_of(facts, "none.test")->security, DNS_INSECURE);
    cr_expect(zone_of(facts, "none.test")->ds.observed && zone_of(facts, "none.test")->ds.count == 0);
}

Test(probe_dnssec, chain)
{
    struct bench bench = {.body = look_at_good};

    bench_run(&bench, zones, COUNT(zones));
}

static void look_at_bogus(struct bench *bench)
{
    static const char *const hosts[] = {"mail.example.test", "mx.none.test", "option.test"};
    const struct dnssec_facts *facts = look(bench, bench->validator, "example.test", hosts);
    const struct dnssec_zone_facts *zone = zone_of(facts, "example.test");

    cr_expect_eq(zone->security, DNS_BOGUS);
    cr_expect_not_null(strstr(zone->security_reason, "no DNSKEY fits its DS records"));
    cr_assert_eq(zone->ds.count, 2);
    cr_expect_eq(((struct dnssec_ds_facts *)zone->ds.items[0])->matches, YES); /* SHA-1 */
    cr_expect_eq(((struct dnssec_ds_facts *)zone->ds.items[1])->matches, NO);
    cr_expect_eq(facts->domain->soa->security, DNS_BOGUS);
}

Test(probe_dnssec, bogus)
{
    struct bench bench = {.body = look_at_bogus};

    bench_run(&bench, zones, COUNT(zones));
}

/* Nobody validates: what was asked is there, zones are not. */
static void look_without_validator(struct bench *bench)
{
    static const char *const hosts[] = {"mail.example.org", "mx.example.net", "option.test"};
    static const struct fake_answer table[] = {{"example.org", "SOA", .outcome = DNS_FAILURE}};
    struct fake_resolver *fake = fake_resolver_new(bench->engine, table, COUNT(table));
    const struct dnssec_facts *facts = look(bench, fake_resolver(fake), "example.org", hosts);

    cr_expect_eq(facts->domain->soa->outcome, DNS_FAILURE);
    cr_expect_eq(facts->domain->soa->security, DNS_SECURITY_NOT_OBSERVED);
    cr_expect_not(facts->domain->zones.observed);
    cr_expect_eq(facts->zones.count, 0);
    fake_resolver_free(fake);
}

Test(probe_dnssec, without_validator)
{
    struct bench bench = {.body = look_without_validator};

    bench_run(&bench, zones, 1);
}
