/*
 * probe_dane.c - tests of TLSA questions and of the match with what ports showed: answers of a table in, facts as a text
 * out
 *
 * The text of a row has a line for each host and port: the base domain, what was asked with outcome and security, the
 * records with u (usable), s (superseded) or x, and the names for usage 2.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/tls.h"
#include "tests/unit/probe_stage.h"
#include "tests/unit/tls_material.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

enum { WORDS = 3, NOW = 1795348800 };

#define HEX_32 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

struct row {
    const char *target;
    const char *hosts[WORDS];
    const char *ports[WORDS];
    struct fake_answer table[12];
    const char *expected;
};

#define EXPANDED                                                                                             \
    {"example.org", "MX", .records = {"10 mx.example.org"}},                                                 \
        {"mx.example.org", "CNAME", .records = {"host.example.net"}},                                        \
    {                                                                                                        \
        "host.example.net", "A", .records = { "203.0.114.1" }                                                \
    }

static const struct row rows[] = {
    /* two MX hosts; users' ports are asked at both, as nobody said which host users type */
    {.target = "example.org",
     .table = {{"example.org", "MX", .records = {"10 a.example.org", "20 b.example.org"},
                .security = DNS_SECURE},
               {"a.example.org", "A", .records = {"203.0.114.1"}},
               {"b.example.org", "A", .records = {"203.0.114.2"}},
               {"_25._tcp.a.example.org", "TLSA", .records = {"3 1 1 " HEX_32, "1 1 1 " HEX_32},
                .security = DNS_SECURE},
               {"_993._tcp.a.example.org", "TLSA", .records = {"1 1 1 " HEX_32}},
               {"_25._tcp.b.example.org", "TLSA", .outcome = DNS_FAILURE}},
     .expected = "a.example.org 25 a.example.org: data secure [311u 111x] a.example.org example.org\n"
                 "a.example.org 465 a.example.org: nxdomain [] a.example.org\n"
                 "a.example.org 587 a.example.org: nxdomain [] a.example.org\n"
                 "a.example.org 993 a.example.org: data [111u] a.example.org\n"
                 "b.example.org 25 b.example.org: failure ? b.example.org example.org\n"
                 "b.example.org 465 b.example.org: nxdomain [] b.example.org\n"
                 "b.example.org 587 b.example.org: nxdomain [] b.example.org\n"
                 "b.example.org 993 b.example.org: nxdomain [] b.example.org\n"},
    /* a host for users takes no mail on 25; then the MX is not asked about users' ports */
    {.target = "example.org",
     .hosts = {"imap.example.org"},
     .ports = {"25", "993", "4190"},
     .table = {{"example.org", "MX", .records = {"10 mx.example.org"}},
               {"mx.example.org", "A", .records = {"203.0.114.1"}},
               {"imap.example.org", "A", .records = {"203.0.114.1"}},
               {"_25._tcp.mx.example.org", "A", .records = {"203.0.114.1"}}},
     .expected = "mx.example.org 25 mx.example.org: nodata [] mx.example.org example.org\n"
                 "imap.example.org 993 imap.example.org: nxdomain [] imap.example.org\n"},
    /* the service decides, not the number */
    {.target = "example.org",
     .ports = {"2525:smtp", "25:tls"},
     .table = {{"example.org", "MX", .records = {"10 mx.example.org"}},
               {"_2525._tcp.mx.example.org", "TLSA", .records = {"0 0 1 " HEX_32}}},
     .expected = "mx.example.org 2525 mx.example.org: data [001x] mx.example.org example.org\n"},
    /* an alias: what it stands for is asked first ... */
    {.target = "example.org",
     .ports = {"25"},
     .table = {EXPANDED,
               {"_25._tcp.host.example.net", "TLSA", .records = {"3 1 1 " HEX_32}},
               {"_25._tcp.mx.example.org", "TLSA", .records = {"3 0 1 " HEX_32}}},
     .expected = "mx.example.org 25 host.example.net: data, data [311u] host.example.net example.org\n"},
    /* ... then the alias itself, also when what was found is not secure */
    {.target = "example.org",
     .ports = {"25"},
     .table = {EXPANDED, {"_25._tcp.mx.example.org", "TLSA", .records = {"3 0 1 " HEX_32}}},
     .expected = "mx.example.org 25 mx.example.org: nxdomain, data [301u] mx.example.org example.org\n"},
    {.target = "example.org",
     .ports = {"25"},
     .table = {EXPANDED,
               {"_25._tcp.host.example.net", "TLSA", .records = {"3 1 1 " HEX_32}, .security = DNS_INSECURE},
               {"_25._tcp.mx.example.org", "TLSA", .records = {"3 0 1 " HEX_32}, .security = DNS_SECURE}},
     .expected =
         "mx.example.org 25 mx.example.org: data insecure, data secure [301u] mx.example.org example.org\n"},
    {.target = "example.org",
     .ports = {"25"},
     .table = {EXPANDED,
               {"_25._tcp.host.example.net", "TLSA", .records = {"3 1 1 " HEX_32}, .security = DNS_INSECURE}},
     .expected =
         "mx.example.org 25 host.example.net: data insecure, nxdomain [311u] host.example.net example.org\n"},
    /* nobody goes on behind what nobody can know */
    {.target = "example.org",
     .ports = {"25"},
     .table = {EXPANDED,
               {"_25._tcp.host.example.net", "TLSA", .outcome = DNS_FAILURE},
               {"_25._tcp.mx.example.org", "TLSA", .records = {"3 0 1 " HEX_32}}},
     .expected = "mx.example.org 25 host.example.net: failure, data ? host.example.net example.org\n"},
    /* the domain's own name counts only behind an MX record that may be trusted; of an alias, both names */
    {.target = "example.org",
     .ports = {"25"},
     .table = {{"example.org", "MX", .records = {"10 mx.example.org"}, .security = DNS_INSECURE}},
     .expected = "mx.example.org 25 mx.example.org: nxdomain [] mx.example.org\n"},
    {.target = "example.org",
     .ports = {"25"},
     .table = {{"example.org", "CNAME", .records = {"example.net"}},
               {"example.net", "MX", .records = {"10 mx.example.net"}}},
     .expected = "mx.example.net 25 mx.example.net: nxdomain [] mx.example.net example.org example.net\n"},
    /* an implicit MX is the domain itself */
    {.target = "example.org",
     .ports = {"25"},
     .table = {{"example.org", "A", .records = {"203.0.114.1"}}},
     .expected = "example.org 25 example.org: nxdomain [] example.org\n"},
    /* an address has no name to ask for */
    {.target = "203.0.114.1", .ports = {"25"}, .expected = ""},
};

struct run {
    struct network network;
    struct arena *arena;
    struct target *target;
    struct scan_settings settings;
    struct dns_facts *dns;
    struct list dane;
    int result;
};

static void run_probe(void *argument)
{
    struct run *run = argument;

    cr_assert_eq(dns_probe(&run->network, run->target, &run->settings, 60000, run->arena, &run->dns), 0);
    run->result = dane_probe(&run->network, &run->settings, run->dns, 60000, run->arena, &run->dane);
}

static struct run run_new(const struct row *row)
{
    struct run run = {.arena = arena_new(0), .network.ipv4 = true, .network.ipv6 = true};
    const char *error;

    scan_settings_defaults(&run.settings);
    cr_assert_eq(target_parse(row->target, run.arena, &run.target, &error), 0);
    for (size_t i = 0; i < WORDS && row->hosts[i] != NULL; i++)
        cr_assert_eq(list_add(&run.settings.hosts, run.arena, (void *)(uintptr_t)row->hosts[i]), 0);
    for (size_t i = 0; i < WORDS && row->ports[i] != NULL; i++) {
        struct port_setting *port;

        cr_assert_eq(port_parse(row->ports[i], run.arena, &port, &error), 0, "%s", error);
        cr_assert_eq(list_add(&run.settings.ports, run.arena, port), 0);
    }
    return run;
}

static void put_dane(struct buffer *out, const struct dane_facts *dane)
{
    static const char *const outcomes[] = {"not asked", "data", "nodata", "nxdomain", "failure"};
    static const char *const securities[] = {"", " secure", " insecure", " bogus", " indeterminate"};
    static const char uses[] = "?usx";

    put_format(out, "%s %d %s:", dane->host, (int)dane->port.value, dane->base);
    for (size_t i = 0; i < dane->questions.count; i++) {
        const struct dns_question_facts *question = dane->questions.items[i];

        put_format(out, "%s %s%s", i > 0 ? "," : "", outcomes[question->outcome],
                   securities[question->security]);
    }
    put_text(out, dane->records.observed ? " [" : " ?");
    for (size_t i = 0; i < dane->records.count; i++) {
        const struct tlsa_facts *record = dane->records.items[i];

        put_format(out, "%s%d%d%d%c", i > 0 ? " " : "", (int)record->usage.value, (int)record->selector.value,
                   (int)record->matching.value, uses[record->use]);
        cr_expect_eq(record->data.size, 32);
        cr_expect_eq(record->reason == NULL, record->use == TLSA_USABLE);
    }
    put_text(out, dane->records.observed ? "]" : "");
    for (size_t i = 0; i < dane->names.count; i++)
        put_format(out, " %s", (const char *)dane->names.items[i]);
    put_text(out, "\n");
}

Test(probe_dane, table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run = run_new(&rows[i]);
        struct buffer text = {0};
        size_t count = probe_stage_answers(rows[i].table, sizeof(rows[i].table) / sizeof(rows[i].table[0]));

        (void)probe_stage_run(&run.network, rows[i].table, count, run_probe, &run, 0);
        cr_assert_eq(run.result, 0);
        cr_expect(run.dane.observed);
        for (size_t j = 0; j < run.dane.count; j++)
            put_dane(&text, run.dane.items[j]);
        put_u8(&text, '\0');
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        buffer_free(&text);
        arena_free(run.arena);
    }
}

/* Stopped while the questions are under way: what was not answered is not observed. */
Test(probe_dane, canceled)
{
    static const struct row row = {
        .target = "example.org",
        .ports = {"25"},
        .table = {{"example.org", "MX", .records = {"10 fast.example.org", "20 slow.example.org"}},
                  {"_25._tcp.fast.example.org", "TLSA", .records = {"3 1 1 " HEX_32}},
                  {"_25._tcp.slow.example.org", "TLSA", .records = {"3 1 1 " HEX_32}, .delay_ms = 1000}},
    };
    struct run run = run_new(&row);
    const struct dane_facts *fast, *slow;

    cr_expect_eq(probe_stage_run(&run.network, row.table, 3, run_probe, &run, 500), 500);
    cr_assert_eq(run.result, 0);
    cr_assert_eq(run.dane.count, 2);
    fast = run.dane.items[0];
    slow = run.dane.items[1];
    cr_expect_eq(fast->records.count, 1);
    cr_expect_eq(slow->questions.count, 0);
    cr_expect_not(slow->records.observed);
    cr_expect_str_eq(slow->base, "slow.example.org");
    arena_free(run.arena);
}

/* ---- what was shown ---- */

struct world {
    struct arena *arena;
    struct tls_material *material;
    struct network network;
    struct clock clock;
    struct dns_facts dns;
    struct list endpoints, dane;
    struct dane_facts *facts;
};

static void add_host(struct world *world, const char *name, const char *address)
{
    struct mail_host_facts *host = list_new_item(&world->dns.hosts, world->arena, sizeof(*host));
    struct host_address_facts *facts = list_new_item(&host->addresses, world->arena, sizeof(*facts));

    host->name = name;
    facts->address = address;
}

static struct endpoint_facts *add_endpoint(struct world *world, const char *address, int64_t port)
{
    struct endpoint_facts *endpoint = list_new_item(&world->endpoints, world->arena, sizeof(*endpoint));

    endpoint->address = address;
    endpoint->port = number(port);
    endpoint->tls = arena_alloc(world->arena, sizeof(*endpoint->tls));
    return endpoint;
}

static struct certificate_facts *add_shown(struct world *world, struct endpoint_facts *endpoint,
                                           const char *name, const struct identity *leaf)
{
    struct bytes chain[] = {material_der(world->material, leaf),
                            material_der(world->material, material_intermediate(world->material))};
    struct certificate_facts *certificate;

    cr_assert_eq(certificate_read(chain, 2, world->arena, &certificate), 0);
    certificate->name = name;
    cr_assert_eq(list_add(&endpoint->tls->certificates, world->arena, certificate), 0);
    return certificate;
}

static void add_record(struct world *world, uint8_t usage, const struct identity *identity, enum tlsa_use use)
{
    struct tlsa_facts *record = list_new_item(&world->facts->records, world->arena, sizeof(*record));
    struct bytes der = material_der(world->material, identity);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size;

    cr_assert(EVP_Digest(der.data, der.size, digest, &size, EVP_sha256(), NULL));
    record->usage = number(usage);
    record->selector = number(0);
    record->matching = number(1);
    record->data = bytes_of(arena_copy(world->arena, digest, size), size);
    record->use = use;
}

static void world_init(struct world *world)
{
    *world =
        (struct world){.arena = arena_new(0), .material = material_new(NOW), .clock = clock_virtual(NOW)};
    cr_assert_eq(engine_new(&(struct engine_options){.clock = &world->clock}, &world->network.engine), 0);
    add_host(world, "mx.example.org", "203.0.114.1");
    add_host(world, "mx2.example.org", "203.0.114.2");
    world->facts = list_new_item(&world->dane, world->arena, sizeof(*world->facts));
    world->facts->host = world->facts->base = "mx.example.org";
    world->facts->port = number(25);
    cr_assert_eq(list_add(&world->facts->names, world->arena, (void *)(uintptr_t) "mx.example.org"), 0);
}

static void world_free(struct world *world)
{
    engine_free(world->network.engine);
    material_free(world->material);
    arena_free(world->arena);
}

static const struct dane_match_facts *match_at(const struct world *world, size_t index)
{
    cr_assert_lt(index, world->facts->matches.count);
    return world->facts->matches.items[index];
}

/* Each chain that a port of the host showed for its name, and no other; only by usable records. */
Test(probe_dane, matches)
{
    struct world world;
    struct identity *ecdsa, *rsa, *other;
    struct endpoint_facts *endpoint;

    world_init(&world);
    ecdsa = material_leaf(world.material, &(struct recipe){.name = "mx.example.org"});
    rsa = material_leaf(world.material, &(struct recipe){.name = "mx.example.org", .key = MATERIAL_RSA2048});
    other = material_leaf(world.material, &(struct recipe){.name = "other.example.org"});
    add_record(&world, 3, rsa, TLSA_UNUSABLE);
    add_record(&world, 3, other, TLSA_SUPERSEDED);
    add_record(&world, 3, ecdsa, TLSA_USABLE);
    endpoint = add_endpoint(&world, "203.0.114.1", 25);
    add_shown(&world, endpoint, "mx.example.org", ecdsa);
    add_shown(&world, endpoint, "mx.example.org", rsa)->chain_left_out = number(0);
    add_shown(&world, endpoint, NULL, other);
    add_shown(&world, endpoint, "other.example.org", other);
    add_shown(&world, add_endpoint(&world, "203.0.114.1", 465), "mx.example.org", ecdsa);
    add_shown(&world, add_endpoint(&world, "203.0.114.2", 25), "mx.example.org", ecdsa);
    cr_assert_eq(dane_match(&world.network, &world.dns, &world.endpoints, world.arena, &world.dane), 0);
    cr_assert_eq(world.facts->matches.count, 3);
    cr_expect_eq(match_at(&world, 0)->matched, YES);
    cr_expect_eq(match_at(&world, 0)->record.value, 2);
    cr_expect(match_at(&world, 0)->depth.known && match_at(&world, 0)->depth.value == 0);
    cr_expect_str_eq(match_at(&world, 0)->key_type, "ECDSA");
    cr_expect_str_eq(match_at(&world, 0)->address, "203.0.114.1");
    cr_expect_eq(match_at(&world, 1)->matched, NO);
    cr_expect_str_eq(match_at(&world, 1)->key_type, "RSA");
    cr_expect_not(match_at(&world, 1)->record.known);
    cr_expect_not_null(match_at(&world, 1)->reason);
    cr_expect_eq(match_at(&world, 2)->matched, NO);
    cr_expect_null(match_at(&world, 2)->name);
    world_free(&world);
}

/* An issuer's record: by the names of the facts. What was not kept of a chain may have matched. */
Test(probe_dane, matches_an_issuer)
{
    struct world world;
    struct identity *right, *wrong, *root_only;
    struct endpoint_facts *endpoint;

    world_init(&world);
    right = material_leaf(world.material, &(struct recipe){.name = "mx.example.org"});
    wrong = material_leaf(world.material, &(struct recipe){.name = "mx2.example.org"});
    root_only = material_issue(world.material, &(struct recipe){.name = "mx.example.org"}, NULL);
    add_record(&world, 2, material_intermediate(world.material), TLSA_USABLE);
    endpoint = add_endpoint(&world, "203.0.114.1", 25);
    add_shown(&world, endpoint, "mx.example.org", right);
    add_shown(&world, endpoint, "mx.example.org", wrong);
    add_shown(&world, endpoint, "mx.example.org", root_only)->chain_left_out = number(3);
    cr_assert_eq(dane_match(&world.network, &world.dns, &world.endpoints, world.arena, &world.dane), 0);
    cr_expect(match_at(&world, 0)->matched == YES && match_at(&world, 0)->depth.value == 1);
    cr_expect(match_at(&world, 1)->matched == NO &&
              strstr(match_at(&world, 1)->reason, "another name") != NULL);
    cr_expect(match_at(&world, 2)->matched == UNKNOWN && match_at(&world, 2)->reason != NULL);
    world_free(&world);
}

/* Without usable records there is nothing to match; that differs from no chain. */
Test(probe_dane, nothing_to_match)
{
    struct world world;

    world_init(&world);
    add_shown(&world, add_endpoint(&world, "203.0.114.1", 25), "mx.example.org",
              material_intermediate(world.material));
    cr_assert_eq(dane_match(&world.network, &world.dns, &world.endpoints, world.arena, &world.dane), 0);
    cr_expect_not(world.facts->matches.observed);
    add_record(&world, 3, material_root(world.material), TLSA_USABLE);
    cr_assert_eq(dane_match(&world.network, &world.dns, &(struct list){0}, world.arena, &world.dane), 0);
    cr_expect(world.facts->matches.observed && world.facts->matches.count == 0);
    world_free(&world);
}
