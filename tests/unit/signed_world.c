/*
 * signed_world.c - zones that are signed in memory, and a resolver that knows them all
 */
#include "tests/unit/signed_world.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/dns_packet.h"
#include "scanner/net/task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400, KEY_BITS = 1024, ALIASES_MAX = 8 };

struct zone {
    const struct signed_zone *about;
    ldns_rdf *name;
    ldns_key_list *keys;
    ldns_dnssec_zone *data;
};

struct signed_world {
    struct resolver resolver;
    struct zone *zones;
    size_t count;
    void (*fault)(struct world_answer *answer);
    bool refuse;
    size_t questions;
    struct engine *engine; /* of delays */
    int64_t delay_ms;
};

#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "signed world: %s failed at %s:%d\n", #condition, __FILE__, __LINE__);           \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

/* ---- zones ---- */

static ldns_rdf *name_of(const char *text)
{
    ldns_rdf *name = ldns_dname_new_frm_str(text);

    MUST(name != NULL);
    return name;
}

static void add(ldns_dnssec_zone *zone, ldns_rr *record)
{
    MUST(ldns_dnssec_zone_add_rr(zone, record) == LDNS_STATUS_OK);
}

static void add_text(ldns_dnssec_zone *zone, const char *text)
{
    ldns_rr *record = NULL;

    MUST(ldns_rr_new_frm_str(&record, text, 3600, NULL, NULL) == LDNS_STATUS_OK);
    add(zone, record);
}

static void add_lines(ldns_dnssec_zone *zone, const char *lines)
{
    while (*lines != '\0') {
        char line[1024];
        size_t size = strcspn(lines, "\n");

        snprintf(line, sizeof(line), "%.*s", (int)size, lines);
        if (size > 0)
            add_text(zone, line);
        lines += size + (lines[size] == '\n' ? 1 : 0);
    }
}

static ldns_key *make_key(const struct zone *zone, bool entry_point)
{
    const struct signed_zone *about = zone->about;
    ldns_signing_algorithm algorithm =
        (ldns_signing_algorithm)(about->algorithm != 0 ? about->algorithm : LDNS_ED25519);
    ldns_key *key = ldns_key_new_frm_algorithm(algorithm, KEY_BITS);

    MUST(key != NULL);
    ldns_key_set_pubkey_owner(key, ldns_rdf_clone(zone->name));
    ldns_key_set_flags(key, entry_point ? 257 : 256);
    ldns_key_set_inception(key, (uint32_t)(about->inception != 0 ? about->inception : WORLD_TIME - DAY));
    ldns_key_set_expiration(key,
                            (uint32_t)(about->expiration != 0 ? about->expiration : WORLD_TIME + 7 * DAY));
    ldns_rr *public = ldns_key2rr(key);

    ldns_key_set_keytag(key, ldns_calc_keytag(public));
    ldns_rr_free(public);
    return key;
}

static bool is_parent(const struct zone *parent, const struct zone *zone, const struct zone *all,
                      size_t count)
{
    if (parent == zone || !ldns_dname_is_subdomain(zone->name, parent->name))
        return false;
    for (size_t i = 0; i < count; i++)
        if (&all[i] != parent && &all[i] != zone && ldns_dname_is_subdomain(zone->name, all[i].name) &&
            ldns_dname_is_subdomain(all[i].name, parent->name))
            return false;
    return true;
}

static void change_last_byte(ldns_rdf *field)
{
    ldns_rdf_data(field)[ldns_rdf_size(field) - 1] ^= 1;
}

static ldns_rr *make_ds(const struct zone *zone, ldns_hash hash, bool wrong)
{
    ldns_rr *public = ldns_key2rr(ldns_key_list_key(zone->keys, 0));
    ldns_rr *ds = ldns_key_rr2ds(public, hash);

    MUST(ds != NULL);
    if (wrong)
        change_last_byte(ldns_rr_rdf(ds, 3));
    if (zone->about->ds == DS_UNSUPPORTED)
        ldns_rdf_data(ldns_rr_rdf(ds, 1))[0] = 200;
    ldns_rr_free(public);
    return ds;
}

static void delegate(const struct zone *parent, const struct zone *child)
{
    char line[600];
    char *name = ldns_rdf2str(child->name);

    snprintf(line, sizeof(line), "%s NS ns.nowhere.", name);
    add_text(parent->data, line);
    free(name);
    switch (child->about->ds) {
    case DS_RIGHT:
    case DS_UNSUPPORTED:
        add(parent->data, make_ds(child, LDNS_SHA256, false));
        break;
    case DS_WRONG:
        add(parent->data, make_ds(child, LDNS_SHA256, true));
        break;
    case DS_SHA1:
        add(parent->data, make_ds(child, LDNS_SHA1, false));
        break;
    case DS_BOTH_DIGESTS_WRONG_256:
        add(parent->data, make_ds(child, LDNS_SHA1, false));
        add(parent->data, make_ds(child, LDNS_SHA256, true));
        break;
    case DS_NONE:
        break;
    }
}

static void sign(struct zone *zone)
{
    ldns_rr_list *made = ldns_rr_list_new();
    const struct signed_zone *about = zone->about;
    ldns_status status;

    for (size_t i = 0; i < ldns_key_list_key_count(zone->keys); i++)
        add(zone->data, ldns_key2rr(ldns_key_list_key(zone->keys, i)));
    MUST(ldns_dnssec_zone_mark_glue(zone->data) == LDNS_STATUS_OK);
    if (about->sign == SIGN_NSEC)
        status =
            ldns_dnssec_zone_sign(zone->data, made, zone->keys, ldns_dnssec_default_add_to_signatures, NULL);
    else
        status = ldns_dnssec_zone_sign_nsec3(zone->data, made, zone->keys,
                                             ldns_dnssec_default_add_to_signatures, NULL, 1,
                                             about->opt_out ? 1 : 0, (uint16_t)about->iterations, 0, NULL);
    MUST(status == LDNS_STATUS_OK);
    ldns_rr_list_free(made);
}

static void make_zone(struct zone *zone, const struct signed_zone *about)
{
    char line[600];

    zone->about = about;
    zone->name = name_of(about->name);
    zone->keys = ldns_key_list_new();
    ldns_key_list_push_key(zone->keys, make_key(zone, true));
    ldns_key_list_push_key(zone->keys, make_key(zone, false));
    zone->data = ldns_dnssec_zone_new();
    snprintf(line, sizeof(line), "%s%s SOA ns.nowhere. admin.nowhere. 1 7200 3600 1209600 300", about->name,
             strcmp(about->name, ".") == 0 ? "" : ".");
    add_text(zone->data, line);
    snprintf(line, sizeof(line), "%s%s NS ns.nowhere.", about->name,
             strcmp(about->name, ".") == 0 ? "" : ".");
    add_text(zone->data, line);
    if (about->records != NULL)
        add_lines(zone->data, about->records);
}

/* ---- answers ---- */

static bool served(const struct zone *zone, const ldns_rdf *name)
{
    return ldns_dname_compare(zone->name, name) == 0 || ldns_dname_is_subdomain(name, zone->name);
}

/* The lowest zone that the name is in; of a cut the upper side for DS. */
static const struct zone *zone_for(const struct signed_world *world, const ldns_rdf *name, uint16_t type)
{
    const struct zone *best = &world->zones[0];

    for (size_t i = 1; i < world->count; i++) {
        const struct zone *zone = &world->zones[i];

        if (!served(zone, name) || (type == DNS_TYPE_DS && ldns_dname_compare(zone->name, name) == 0))
            continue;
        if (ldns_dname_label_count(zone->name) > ldns_dname_label_count(best->name))
            best = zone;
    }
    return best;
}

static const ldns_dnssec_name *find_name(const struct zone *zone, const ldns_rdf *name)
{
    ldns_rbnode_t *node = ldns_rbtree_search(zone->data->names, name);

    return node != NULL ? node->data : NULL;
}

static const ldns_dnssec_rrsets *find_type(const ldns_dnssec_name *name, uint16_t type)
{
    const ldns_dnssec_rrsets *set = name != NULL ? name->rrsets : NULL;

    while (set != NULL && ldns_dnssec_rrsets_type(set) != (ldns_rr_type)type)
        set = set->next;
    return set;
}

static void push_as(ldns_rr_list *list, const ldns_rr *record, const ldns_rdf *owner)
{
    ldns_rr *copy = ldns_rr_clone(record);

    if (owner != NULL) {
        ldns_rdf_deep_free(ldns_rr_owner(copy));
        ldns_rr_set_owner(copy, ldns_rdf_clone(owner));
    }
    MUST(ldns_rr_list_push_rr(list, copy));
}

static void push_chain(ldns_rr_list *list, const ldns_dnssec_rrs *records, const ldns_rdf *owner)
{
    for (; records != NULL; records = records->next)
        push_as(list, records->rr, owner);
}

static void push_set(ldns_rr_list *list, const ldns_dnssec_rrsets *set, const ldns_rdf *owner)
{
    push_chain(list, set->rrs, owner);
    push_chain(list, set->signatures, owner);
}

/* All that the zone has to deny anything with. */
static void push_denials(const struct zone *zone, ldns_rr_list *list)
{
    for (ldns_rbnode_t *node = ldns_rbtree_first(zone->data->names); node != LDNS_RBTREE_NULL;
         node = ldns_rbtree_next(node)) {
        const ldns_dnssec_name *name = node->data;

        if (name->nsec != NULL) {
            push_as(list, name->nsec, NULL);
            push_chain(list, name->nsec_signatures, NULL);
        }
    }
}

static void push_nothing(const struct zone *zone, struct world_answer *answer)
{
    push_set(answer->authority, find_type(find_name(zone, zone->name), DNS_SOA), NULL);
    push_denials(zone, answer->authority);
}

static bool exists(const struct signed_world *world, const struct zone *zone, const ldns_rdf *name)
{
    for (size_t i = 0; i < world->count; i++)
        if (served(zone, world->zones[i].name) &&
            (!world->zones[i].about->unlisted || zone->about->opt_out) &&
            (ldns_dname_compare(world->zones[i].name, name) == 0 ||
             ldns_dname_is_subdomain(world->zones[i].name, name)))
            return true;
    for (ldns_rbnode_t *node = ldns_rbtree_first(zone->data->names); node != LDNS_RBTREE_NULL;
         node = ldns_rbtree_next(node)) {
        const ldns_rdf *other = ldns_dnssec_name_name(node->data);

        if (ldns_dname_compare(other, name) == 0 || ldns_dname_is_subdomain(other, name))
            return true;
    }
    return false;
}

/* The wildcard that stands for a name that is not there, or NULL. */
static const ldns_dnssec_name *find_wildcard(const struct signed_world *world, const struct zone *zone,
                                             const ldns_rdf *name)
{
    ldns_rdf *above = ldns_rdf_clone(name);
    const ldns_dnssec_name *found;
    ldns_rdf *star = name_of("*");

    do {
        ldns_rdf *next = ldns_dname_left_chop(above);

        ldns_rdf_deep_free(above);
        above = next;
    } while (!exists(world, zone, above));
    MUST(ldns_dname_cat(star, above) == LDNS_STATUS_OK);
    found = find_name(zone, star);
    ldns_rdf_deep_free(star);
    ldns_rdf_deep_free(above);
    return found;
}

/* A DNAME above the name: adds it and the alias it makes. *name becomes where that leads. */
static bool push_dname(const struct zone *zone, ldns_rdf **name, struct world_answer *answer)
{
    for (ldns_rbnode_t *node = ldns_rbtree_first(zone->data->names); node != LDNS_RBTREE_NULL;
         node = ldns_rbtree_next(node)) {
        const ldns_dnssec_name *above = node->data;
        const ldns_dnssec_rrsets *set = find_type(above, DNS_TYPE_DNAME);
        ldns_rdf *target;
        ldns_rr *alias;

        if (set == NULL || !ldns_dname_is_subdomain(*name, above->name))
            continue;
        push_set(answer->answer, set, NULL);
        target = NULL;
        for (unsigned i = ldns_dname_label_count(*name) - ldns_dname_label_count(above->name); i-- > 0;) {
            ldns_rdf *label = ldns_dname_label(*name, (uint8_t)i);

            if (target == NULL)
                target = ldns_dname_cat_clone(label, ldns_rr_rdf(set->rrs->rr, 0));
            else {
                ldns_rdf *longer = ldns_dname_cat_clone(label, target);

                ldns_rdf_deep_free(target);
                target = longer;
            }
            ldns_rdf_deep_free(label);
        }
        alias = ldns_rr_new_frm_type(LDNS_RR_TYPE_CNAME);
        ldns_rr_set_owner(alias, ldns_rdf_clone(*name));
        ldns_rr_set_ttl(alias, 3600);
        ldns_rr_set_rdf(alias, ldns_rdf_clone(target), 0);
        ldns_rr_list_push_rr(answer->answer, alias);
        ldns_rdf_deep_free(*name);
        *name = target;
        return true;
    }
    return false;
}

/* One step of a chain; true when it goes on at *name. */
static bool answer_step(const struct signed_world *world, ldns_rdf **name, struct world_answer *answer)
{
    const struct zone *zone = zone_for(world, *name, answer->type);
    const ldns_dnssec_name *found = find_name(zone, *name);
    const ldns_dnssec_rrsets *set;
    const ldns_rdf *owner = NULL;

    if (found == NULL && push_dname(zone, name, answer))
        return true;
    if (found == NULL && !exists(world, zone, *name)) {
        found = find_wildcard(world, zone, *name);
        owner = *name;
        if (found != NULL)
            push_denials(zone, answer->authority);
        else
            answer->rcode = LDNS_RCODE_NXDOMAIN;
    }
    set = find_type(found, answer->type);
    if (set != NULL) {
        push_set(answer->answer, set, owner);
        return false;
    }
    set = find_type(found, DNS_CNAME);
    if (set == NULL) {
        push_nothing(zone, answer);
        return false;
    }
    push_set(answer->answer, set, owner);
    ldns_rdf_deep_free(*name);
    *name = ldns_rdf_clone(ldns_rr_rdf(set->rrs->rr, 0));
    return true;
}

static void fill(const struct signed_world *world, struct world_answer *answer)
{
    ldns_rdf *name = name_of(answer->name);

    ldns_dname2canonical(name);
    for (int i = 0; i < ALIASES_MAX && answer_step(world, &name, answer); i++)
        ;
    ldns_rdf_deep_free(name);
}

static int make_packet(const struct world_answer *answer, struct arena *arena, struct dns_answer **ret)
{
    ldns_pkt *packet = ldns_pkt_new();
    ldns_rdf *name = name_of(answer->name);
    uint8_t *wire = NULL;
    size_t size = 0;
    const char *why = "";
    int error;

    ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, ldns_rr_new());
    ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(packet), 0);

    ldns_rr_set_question(question, true);
    ldns_rr_set_owner(question, name);
    ldns_rr_set_type(question, (ldns_rr_type)answer->type);
    ldns_rr_set_class(question, LDNS_RR_CLASS_IN);
    ldns_pkt_set_qr(packet, true);
    ldns_pkt_set_ra(packet, true);
    ldns_pkt_set_rcode(packet, (uint8_t)answer->rcode);
    ldns_pkt_push_rr_list(packet, LDNS_SECTION_ANSWER, answer->answer);
    ldns_pkt_push_rr_list(packet, LDNS_SECTION_AUTHORITY, answer->authority);
    if (!answer->no_opt)
        ldns_pkt_set_edns_udp_size(packet, 1232);
    MUST(ldns_pkt2wire(&wire, packet, &size) == LDNS_STATUS_OK);
    error = dns_answer_parse(bytes_of(wire, size), answer->name, answer->type, arena, ret, &why);
    if (error < 0)
        fprintf(stderr, "signed world: answer for %s: %s\n", answer->name, why);
    else
        (*ret)->server = "signed world";
    free(wire);
    ldns_pkt_free(packet);
    return error;
}

static int answer_question(struct signed_world *world, const char *name, uint16_t type, unsigned rcode,
                           struct arena *arena, struct dns_answer **ret)
{
    struct world_answer answer = {.name = name,
                                  .type = type,
                                  .rcode = rcode,
                                  .answer = ldns_rr_list_new(),
                                  .authority = ldns_rr_list_new()};
    struct dns_name wire;
    int error = dns_name_from_text(name, &wire);

    world->questions++;
    if (world->delay_ms > 0 && task_sleep(world->engine, world->delay_ms, "the signed world") < 0)
        error = -ECANCELED;
    if (error == 0 && rcode == LDNS_RCODE_NOERROR) {
        fill(world, &answer);
        if (world->fault != NULL)
            world->fault(&answer);
    }
    if (error == 0)
        error = make_packet(&answer, arena, ret);
    ldns_rr_list_free(answer.answer);
    ldns_rr_list_free(answer.authority);
    return error;
}

static int ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
               struct arena *arena, struct dns_answer **ret)
{
    struct signed_world *world = (struct signed_world *)resolver;

    (void)deadline;
    return answer_question(world, name, type, world->refuse ? LDNS_RCODE_SERVFAIL : LDNS_RCODE_NOERROR, arena,
                           ret);
}

static int ask_unchecked(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                         struct arena *arena, struct dns_answer **ret)
{
    (void)deadline;
    return answer_question((struct signed_world *)resolver, name, type, LDNS_RCODE_NOERROR, arena, ret);
}

/* ---- the world ---- */

struct signed_world *signed_world_new(const struct signed_zone *zones, size_t count)
{
    struct signed_world *world = calloc(1, sizeof(*world));

    MUST(world != NULL);
    world->resolver = (struct resolver){.ask = ask, .ask_unchecked = ask_unchecked, .description = "signed"};
    world->zones = calloc(count, sizeof(*world->zones));
    world->count = count;
    MUST(world->zones != NULL && count > 0);
    for (size_t i = 0; i < count; i++)
        make_zone(&world->zones[i], &zones[i]);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (!zones[j].unlisted && is_parent(&world->zones[i], &world->zones[j], world->zones, count))
                delegate(&world->zones[i], &world->zones[j]);
    for (size_t i = 0; i < count; i++)
        if (zones[i].sign != SIGN_NOT)
            sign(&world->zones[i]);
    return world;
}

void signed_world_free(struct signed_world *world)
{
    for (size_t i = 0; i < world->count; i++) {
        ldns_dnssec_zone_deep_free(world->zones[i].data);
        ldns_key_list_free(world->zones[i].keys);
        ldns_rdf_deep_free(world->zones[i].name);
    }
    free(world->zones);
    free(world);
}

struct resolver *signed_world_resolver(struct signed_world *world)
{
    return &world->resolver;
}

void signed_world_fault(struct signed_world *world, void (*fault)(struct world_answer *answer))
{
    world->fault = fault;
}

void signed_world_refuse(struct signed_world *world, bool refuse)
{
    world->refuse = refuse;
}

void signed_world_anchor(const struct signed_world *world, const char *file)
{
    FILE *to = fopen(file, "w");
    ldns_rr *ds = make_ds(&world->zones[0], LDNS_SHA256, false);

    MUST(to != NULL);
    ldns_rr_print(to, ds);
    fclose(to);
    ldns_rr_free(ds);
}

void signed_world_delay(struct signed_world *world, struct engine *engine, int64_t ms)
{
    world->engine = engine;
    world->delay_ms = ms;
}

size_t signed_world_questions(const struct signed_world *world)
{
    return world->questions;
}

void world_drop(ldns_rr_list *list, ldns_rr_type type, bool records, bool signatures)
{
    size_t kept = 0;

    for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
        ldns_rr *record = ldns_rr_list_rr(list, i);
        bool is_signature = ldns_rr_get_type(record) == LDNS_RR_TYPE_RRSIG &&
                            ldns_rdf2rr_type(ldns_rr_rrsig_typecovered(record)) == type;

        if ((records && ldns_rr_get_type(record) == type) || (signatures && is_signature))
            ldns_rr_free(record);
        else
            ldns_rr_list_set_rr(list, record, kept++);
    }
    while (ldns_rr_list_rr_count(list) > kept)
        ldns_rr_list_pop_rr(list);
}

char *signed_world_zone_text(const struct signed_world *world, const char *name)
{
    ldns_rdf *wanted = name_of(name);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    MUST(out != NULL);
    for (size_t i = 0; i < world->count; i++)
        if (ldns_rdf_compare(world->zones[i].name, wanted) == 0)
            ldns_dnssec_zone_print(out, world->zones[i].data);
    MUST(fclose(out) == 0 && size > 0);
    ldns_rdf_deep_free(wanted);
    return text;
}
