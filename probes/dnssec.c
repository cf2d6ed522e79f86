/*
 * dnssec.c - the chain of trust to the domain and its mail hosts, and the signatures over what senders look up
 *
 *   domain     SOA MX TXT A AAAA       \
 *   mail host  A AAAA TLSA, _tcp TLSA   > signatures --> zones from the root down: DS, DNSKEY, NSEC3PARAM of each
 *
 * The resolver validates (scanner/net/dnssec.h); here is noted what it went by, so that a report can show it and
 * say what is about to expire. Most questions were asked before and come from the cache. `_tcp` above the TLSA
 * record is an empty non-terminal, RFC 8020: a server that calls it NXDOMAIN hides what is below. Judged in
 * reports/checks/dnssec.c.
 */
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dnssec_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    SIGNATURES_NOTED = 64,
    RECORDS_NOTED = 32,
    HOSTS_NOTED = 16,
    ZONES_NOTED = 64,
    QUESTIONS_MAX = 5,
    ZONE_QUESTIONS = 3
};

struct notes {
    struct network *network;
    int64_t deadline;
    int64_t now; /* wall, seconds */
    struct arena *arena;
    struct dnssec_facts *facts;
};

/* ---- signatures ---- */

static bool seen_before(const struct list *signatures, const struct dnssec_signature_facts *facts)
{
    for (size_t i = 0; i < signatures->count; i++) {
        const struct dnssec_signature_facts *other = signatures->items[i];

        if (strcmp(other->name, facts->name) == 0 && strcmp(other->type, facts->type) == 0 &&
            strcmp(other->zone, facts->zone) == 0 && other->key_tag.value == facts->key_tag.value &&
            other->expiration.value == facts->expiration.value)
            return true;
    }
    return false;
}

static int note_signature(struct notes *notes, const struct dns_record *record, struct list *signatures)
{
    struct dnssec_signature_facts facts = {.name = record->name};
    struct dnssec_signature_facts *copy;
    struct dnssec_signature signature;
    const char *type;

    if (dnssec_signature_read(record, &signature) < 0 || signatures->count >= SIGNATURES_NOTED)
        return 0;
    type = dns_type_name(signature.type);
    facts.type = type != NULL ? type : arena_format(notes->arena, "TYPE%u", signature.type);
    facts.zone = dns_name_text(notes->arena, &signature.signer);
    facts.key_tag = number(signature.key_tag);
    facts.algorithm = number(signature.algorithm);
    facts.inception = number(dnssec_time(signature.inception, notes->now));
    facts.expiration = number(dnssec_time(signature.expiration, notes->now));
    if (facts.type == NULL || facts.zone == NULL)
        return -ENOMEM;
    if (seen_before(signatures, &facts))
        return 0;
    copy = arena_copy(notes->arena, &facts, sizeof(facts));
    return copy != NULL ? list_add(signatures, notes->arena, copy) : -ENOMEM;
}

/* Those over the answer; over a denial when there is nothing else. */
static int note_signatures(struct notes *notes, const struct dns_answer *answer, struct list *signatures)
{
    const struct list *sections[] = {&answer->answer, &answer->authority};
    int error = 0;

    signatures->observed = true;
    for (size_t section = 0; section < 2; section++)
        for (size_t i = 0; i < sections[section]->count && error == 0; i++)
            error = note_signature(notes, sections[section]->items[i], signatures);
    return error;
}

/* ---- zones ---- */

static int note_ds(struct notes *notes, const struct dns_record *record, struct list *to)
{
    struct dnssec_ds_facts *facts;
    struct dnssec_ds ds;

    if (dnssec_ds_read(record, &ds) < 0 || to->count >= RECORDS_NOTED)
        return 0;
    facts = list_new_item(to, notes->arena, sizeof(*facts));
    if (facts == NULL)
        return -ENOMEM;
    facts->tag = number(ds.tag);
    facts->algorithm = number(ds.algorithm);
    facts->algorithm_name = dnssec_algorithm_name(notes->arena, ds.algorithm);
    facts->digest_type = number(ds.digest_type);
    facts->digest_name = dnssec_digest_name(notes->arena, ds.digest_type);
    facts->digest = text_hex(notes->arena, ds.digest.data, ds.digest.size);
    return facts->algorithm_name != NULL && facts->digest_name != NULL && facts->digest != NULL ? 0 : -ENOMEM;
}

/* `type` NULL: anything but keys. */
static bool has_signature_by(const struct list *signatures, const struct dnssec_key *key, const char *zone,
                             const char *type)
{
    for (size_t i = 0; i < signatures->count; i++) {
        const struct dnssec_signature_facts *facts = signatures->items[i];

        if (facts->key_tag.value == key->tag && facts->algorithm.value == key->algorithm &&
            strcmp(facts->zone, zone) == 0 &&
            (type != NULL ? strcmp(facts->type, type) == 0 : strcmp(facts->type, "DNSKEY") != 0))
            return true;
    }
    return false;
}

/* Over anything but keys, seen at the domain or a mail host; what the zones below rest on counts too. */
static bool signs_data(const struct notes *notes, const struct dnssec_key *key, const char *zone)
{
    const struct dnssec_facts *facts = notes->facts;

    if (facts->domain != NULL && has_signature_by(&facts->domain->signatures, key, zone, NULL))
        return true;
    for (size_t i = 0; i < facts->hosts.count; i++)
        if (has_signature_by(&((struct dnssec_name_facts *)facts->hosts.items[i])->signatures, key, zone,
                             NULL))
            return true;
    for (size_t i = 0; i < facts->zones.count; i++)
        if (has_signature_by(&((struct dnssec_zone_facts *)facts->zones.items[i])->signatures, key, zone,
                             NULL))
            return true;
    return false;
}

static int note_key(struct notes *notes, const struct dnssec_key *key, struct dnssec_zone_facts *zone)
{
    struct dnssec_key_facts *facts = list_new_item(&zone->keys, notes->arena, sizeof(*facts));
    unsigned bits = dnssec_key_bits(key);

    if (facts == NULL)
        return -ENOMEM;
    facts->tag = number(key->tag);
    facts->algorithm = number(key->algorithm);
    facts->algorithm_name = dnssec_algorithm_name(notes->arena, key->algorithm);
    if (bits > 0)
        facts->bits = number(bits);
    facts->flags = number(key->flags);
    facts->entry_point = known((key->flags & DNSSEC_KEY_ENTRY_POINT) != 0);
    facts->revoked = known((key->flags & DNSSEC_KEY_REVOKED) != 0);
    facts->signs_keys = known(has_signature_by(&zone->signatures, key, zone->name, "DNSKEY"));
    return facts->algorithm_name != NULL ? 0 : -ENOMEM;
}

/* Which DS records have a key. */
static void match_ds(const struct dns_answer *ds_answer, const struct dns_answer *key_answer,
                     const struct dns_name *name, struct dnssec_zone_facts *zone)
{
    for (size_t i = 0; i < zone->ds.count && i < ds_answer->records.count; i++) {
        struct dnssec_ds_facts *facts = zone->ds.items[i];
        struct dnssec_ds ds;
        struct dnssec_key key;

        if (dnssec_ds_read(ds_answer->records.items[i], &ds) < 0 || !dnssec_digest_supported(ds.digest_type))
            continue;
        facts->matches = NO;
        for (size_t j = 0; j < key_answer->records.count && j < RECORDS_NOTED; j++)
            if (dnssec_key_read(key_answer->records.items[j], &key) == 0 &&
                dnssec_ds_matches(&ds, name, &key))
                facts->matches = YES;
    }
}

static int note_keys(struct notes *notes, const struct dns_answer *answer, struct dnssec_zone_facts *zone)
{
    int error = note_signatures(notes, answer, &zone->signatures);

    zone->keys.observed = true;
    for (size_t i = 0; i < answer->records.count && i < RECORDS_NOTED && error == 0; i++) {
        struct dnssec_key key;

        if (dnssec_key_read(answer->records.items[i], &key) == 0)
            error = note_key(notes, &key, zone);
    }
    return error;
}

static int note_nsec3(struct notes *notes, const struct dns_answer *answer, struct dnssec_zone_facts *zone)
{
    struct dnssec_nsec3 parameters;
    char *salt;

    if (answer->records.count == 0 || dnssec_nsec3_read(answer->records.items[0], &parameters) < 0)
        return 0;
    zone->nsec3 = arena_alloc(notes->arena, sizeof(*zone->nsec3));
    salt = text_hex(notes->arena, parameters.salt.data, parameters.salt.size);
    if (zone->nsec3 == NULL || salt == NULL)
        return -ENOMEM;
    zone->nsec3->iterations = number(parameters.iterations);
    zone->nsec3->salt = salt;
    return 0;
}

static int compare_ds(const void *a, const void *b)
{
    const struct dnssec_ds_facts *left = *(struct dnssec_ds_facts *const *)a;
    const struct dnssec_ds_facts *right = *(struct dnssec_ds_facts *const *)b;
    int64_t order = left->tag.value - right->tag.value;

    if (order == 0)
        order = left->digest_type.value - right->digest_type.value;
    return order != 0 ? (order > 0 ? 1 : -1) : strcmp(left->digest, right->digest);
}

/* Those that sign keys first. */
static int compare_keys(const void *a, const void *b)
{
    const struct dnssec_key_facts *left = *(struct dnssec_key_facts *const *)a;
    const struct dnssec_key_facts *right = *(struct dnssec_key_facts *const *)b;

    if (left->entry_point != right->entry_point)
        return left->entry_point == YES ? -1 : 1;
    return (left->tag.value > right->tag.value) - (left->tag.value < right->tag.value);
}

/* Servers turn the records of an answer around; facts stay as they are. */
static void sort(struct list *list, int (*compare)(const void *a, const void *b))
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare);
}

static bool answered(const struct dns_answer *answer)
{
    return answer != NULL && answer->outcome != DNS_FAILURE && answer->outcome != DNS_NOT_ASKED;
}

static int note_answers(struct notes *notes, const struct dns_answer *keys, const struct dns_answer *nsec3,
                        const struct dns_answer *ds, struct dnssec_zone_facts *zone)
{
    struct dns_name name;
    int error = 0;

    if (answered(ds)) {
        zone->ds.observed = true;
        for (size_t i = 0; i < ds->records.count && error == 0; i++)
            error = note_ds(notes, ds->records.items[i], &zone->ds);
        if (error == 0)
            error = note_signatures(notes, ds, &zone->signatures);
    }
    if (error == 0 && answered(keys))
        error = note_keys(notes, keys, zone);
    if (error == 0 && answered(nsec3))
        error = note_nsec3(notes, nsec3, zone);
    if (answered(ds) && answered(keys) && dns_name_from_text(zone->name, &name) == 0)
        match_ds(ds, keys, &name, zone);
    sort(&zone->ds, compare_ds);
    sort(&zone->keys, compare_keys);
    return error;
}

/* Above the root there is nobody with a DS record of it. */
static size_t zone_questions(const struct dnssec_zone_facts *zone)
{
    return strcmp(zone->name, ".") == 0 ? ZONE_QUESTIONS - 1 : ZONE_QUESTIONS;
}

/* DNSKEY, NSEC3PARAM and DS of all zones, side by side. */
static int ask_zones(struct notes *notes)
{
    static const uint16_t types[ZONE_QUESTIONS] = {DNS_TYPE_DNSKEY, DNS_TYPE_NSEC3PARAM, DNS_TYPE_DS};
    const struct list *zones = &notes->facts->zones;
    struct question *questions =
        arena_alloc(notes->arena, (zones->count + 1) * ZONE_QUESTIONS * sizeof(*questions));
    size_t count = 0;
    int error;

    if (questions == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < zones->count; i++) {
        const struct dnssec_zone_facts *zone = zones->items[i];

        for (size_t j = 0; j < zone_questions(zone); j++)
            questions[count++] = (struct question){.name = zone->name, .type = types[j]};
    }
    error = questions_ask(notes->network, questions, count, notes->deadline, notes->arena);
    for (size_t i = 0; i < zones->count && error == 0; i++) {
        struct dnssec_zone_facts *zone = zones->items[i];

        error = note_answers(notes, questions[0].answer, questions[1].answer,
                             zone_questions(zone) == ZONE_QUESTIONS ? questions[2].answer : NULL, zone);
        questions += zone_questions(zone);
    }
    return error;
}

static struct dnssec_zone_facts *find_zone(const struct notes *notes, const char *name)
{
    for (size_t i = 0; i < notes->facts->zones.count; i++) {
        struct dnssec_zone_facts *zone = notes->facts->zones.items[i];

        if (strcmp(zone->name, name) == 0)
            return zone;
    }
    return NULL;
}

static int note_zone(struct notes *notes, const struct dns_zone_cut *cut)
{
    struct dnssec_zone_facts *zone = find_zone(notes, cut->name);

    if (zone != NULL || notes->facts->zones.count >= ZONES_NOTED)
        return 0;
    zone = list_new_item(&notes->facts->zones, notes->arena, sizeof(*zone));
    if (zone == NULL)
        return -ENOMEM;
    zone->name = cut->name;
    zone->security = cut->security;
    zone->security_reason = cut->reason;
    return 0;
}

static int note_zones(struct notes *notes, struct dnssec_name_facts *facts)
{
    struct resolver *resolver = notes->network->resolver;
    struct list cuts;
    int error;

    if (resolver->zones == NULL)
        return 0;
    error = resolver->zones(resolver, facts->name, notes->deadline, notes->arena, &cuts);
    if (error == -EINVAL)
        return 0;
    facts->zones.observed = error == 0;
    for (size_t i = 0; error == 0 && i < cuts.count; i++) {
        struct dns_zone_cut *cut = cuts.items[i];

        error = list_add(&facts->zones, notes->arena, (void *)(uintptr_t)cut->name);
        if (error == 0)
            error = note_zone(notes, cut);
    }
    return error;
}

/* ---- names ---- */

/* What is asked of a name: of all of them side by side. */
struct asking {
    struct dnssec_name_facts *facts;
    bool host;
    size_t count;
};

static int plan_name(struct notes *notes, struct list *askings, const char *name, bool host,
                     struct question *questions, size_t *count)
{
    const struct question of_domain[] = {{.name = name, .type = DNS_SOA},
                                         {.name = name, .type = DNS_MX},
                                         {.name = name, .type = DNS_TXT},
                                         {.name = name, .type = DNS_A},
                                         {.name = name, .type = DNS_AAAA}};
    const struct question of_host[] = {
        {.name = name, .type = DNS_A},
        {.name = name, .type = DNS_AAAA},
        {.name = arena_format(notes->arena, "_25._tcp.%s", name), .type = DNS_TLSA},
        {.name = arena_format(notes->arena, "_tcp.%s", name), .type = DNS_TLSA}};
    struct asking *asking = list_new_item(askings, notes->arena, sizeof(*asking));

    if (asking == NULL || of_host[2].name == NULL || of_host[3].name == NULL)
        return -ENOMEM;
    asking->host = host;
    asking->facts = host ? list_new_item(&notes->facts->hosts, notes->arena, sizeof(*asking->facts))
                         : arena_alloc(notes->arena, sizeof(*asking->facts));
    if (asking->facts == NULL)
        return -ENOMEM;
    asking->facts->name = name;
    if (!host)
        notes->facts->domain = asking->facts;
    asking->count = host ? sizeof(of_host) / sizeof(of_host[0]) : sizeof(of_domain) / sizeof(of_domain[0]);
    memcpy(&questions[*count], host ? of_host : of_domain, asking->count * sizeof(*questions));
    *count += asking->count;
    return 0;
}

static int note_name(struct notes *notes, const struct asking *asking, const struct question *questions)
{
    int error = 0;

    for (size_t i = 0; i < asking->count && error == 0; i++)
        if (answered(questions[i].answer))
            error = note_signatures(notes, questions[i].answer, &asking->facts->signatures);
    if (asking->host) {
        asking->facts->tlsa = questions[2].facts;
        asking->facts->tcp = questions[3].facts;
    } else {
        asking->facts->soa = questions[0].facts;
    }
    return error;
}

static bool is_looked_up(const struct mail_host_facts *host)
{
    return (host->source == HOST_MX || host->source == HOST_IMPLICIT_MX) && host->literal != YES &&
           strcmp(host->name, ".") != 0;
}

/* Which keys sign more than keys: known when everything has been seen. */
static void note_signers(const struct notes *notes)
{
    for (size_t i = 0; i < notes->facts->zones.count; i++) {
        struct dnssec_zone_facts *zone = notes->facts->zones.items[i];

        for (size_t j = 0; j < zone->keys.count; j++) {
            struct dnssec_key_facts *facts = zone->keys.items[j];
            struct dnssec_key key = {.tag = (uint16_t)facts->tag.value,
                                     .algorithm = (uint8_t)facts->algorithm.value};

            facts->signs_data = known(signs_data(notes, &key, zone->name));
        }
    }
}

static int plan_names(struct notes *notes, const struct dns_facts *dns, struct list *askings,
                      struct question *questions, size_t *ret_count)
{
    int error = 0;

    *ret_count = 0;
    if (dns->domain != NULL)
        error = plan_name(notes, askings, dns->domain, false, questions, ret_count);
    for (size_t i = 0; i < dns->hosts.count && error == 0 && notes->facts->hosts.count < HOSTS_NOTED; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        if (is_looked_up(host))
            error = plan_name(notes, askings, host->name, true, questions, ret_count);
    }
    return error;
}

static int look_at_names(struct notes *notes, const struct dns_facts *dns)
{
    struct question *questions =
        arena_alloc(notes->arena, (HOSTS_NOTED + 1) * QUESTIONS_MAX * sizeof(*questions));
    struct list askings = {0};
    size_t count;
    int error;

    notes->facts->hosts.observed = notes->facts->zones.observed = true;
    if (questions == NULL)
        return -ENOMEM;
    error = plan_names(notes, dns, &askings, questions, &count);
    if (error == 0)
        error = questions_ask(notes->network, questions, count, notes->deadline, notes->arena);
    for (size_t i = 0; i < askings.count && error != -ENOMEM; i++) {
        const struct asking *asking = askings.items[i];
        int noted = note_name(notes, asking, questions);

        error = noted < 0 ? noted : error;
        questions += asking->count;
    }
    for (size_t i = 0; i < askings.count && error == 0; i++)
        error = note_zones(notes, ((const struct asking *)askings.items[i])->facts);
    if (error == 0)
        error = ask_zones(notes);
    note_signers(notes);
    return error;
}

int dnssec_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
                 struct dnssec_facts **ret)
{
    struct notes notes = {.network = network,
                          .deadline = deadline,
                          .now = engine_wall_seconds(network->engine),
                          .arena = arena,
                          .facts = arena_alloc(arena, sizeof(*notes.facts))};
    int error;

    if (notes.facts == NULL)
        return -ENOMEM;
    error = look_at_names(&notes, dns);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = notes.facts;
    return 0;
}
