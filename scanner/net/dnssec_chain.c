/*
 * dnssec_chain.c - zones from the trust anchor down: each found once, kept for the run, joined in flight
 *
 *   root: DNSKEY fits the anchor --> org: DS? signed by the root --> DNSKEY fits it --> example.org: DS? ...
 *                                                  |
 *                                                  +--> proven that there is none: a cut without DS (insecure
 *                                                       from here on), or no cut at all (the same zone goes on)
 *
 * The walk asks for DS records label by label, as nobody can see from outside where the cuts are. What is
 * found at a name is an entry: its work is a task of the validator's and belongs to nobody who asks. RFC 4035
 * 5.
 *
 * What a walk is sure to want is asked for beside the question that it is for: the resolver keeps it until then.
 */
#include "scanner/net/dnssec_zone.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <stdlib.h>

enum {
    BUCKETS = 1024,
    ENTRIES_MAX = 10000,
    ENTRY_MEMORY = 1024 * 1024,
    LIFETIME_MS = 3600 * 1000, /* of what was found; what could not be found is not kept */
    FORESEEN_LABELS = 2,       /* cuts are below each of them as a rule */
    AHEAD_LABELS = 8,          /* of a walk: names in ip6.arpa have a label for each four bits */
    FORESIGHT_MS = 10 * 1000,
};

struct dnssec_chain {
    struct dnssec *dnssec;
    struct task_group *group;
    struct dnssec_zone *buckets[BUCKETS];
    size_t count;
    bool no_root; /* it could not be validated: no walk comes further */
};

const struct dnssec_keys *dnssec_zone_keys(const struct dnssec_zone *zone)
{
    return &zone->keys;
}

bool dnssec_zone_sha1(const struct dnssec_zone *zone)
{
    return zone->sha1;
}

const char *dnssec_zone_awaited(const struct dnssec_zone *zone)
{
    return zone->awaited;
}

void dnssec_zone_release(struct dnssec_zone *zone)
{
    while (zone != NULL && --zone->references == 0) {
        struct dnssec_zone *parent = zone->parent;

        arena_free(zone->arena);
        free(zone);
        zone = parent;
    }
}

/* ---- the table ---- */

static struct dnssec_zone **place_of(struct dnssec_chain *chain, const struct dns_name *name)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < name->size; i++)
        hash = (hash ^ name->wire[i]) * 16777619U;
    struct dnssec_zone **place = &chain->buckets[hash % BUCKETS];

    while (*place != NULL && !dns_name_equal(&(*place)->name, name))
        place = &(*place)->next;
    return place;
}

static void unlist(struct dnssec_chain *chain, struct dnssec_zone **place)
{
    struct dnssec_zone *zone = *place;

    *place = zone->next;
    zone->listed = false;
    chain->count--;
    dnssec_zone_release(zone);
}

/* Room for more: entries that nobody holds go. */
static void sweep(struct dnssec_chain *chain)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct dnssec_zone **place = &chain->buckets[i]; *place != NULL;) {
            if ((*place)->ended && (*place)->references == 1)
                unlist(chain, place);
            else
                place = &(*place)->next;
        }
}

static void entry_run(void *argument)
{
    struct dnssec_zone *zone = argument;
    struct dnssec_chain *chain = zone->dnssec->chain;

    zone->error = dnssec_zone_find_out(zone);
    zone->ended = true;
    if (zone->parent == NULL)
        chain->no_root = zone->error < 0 || zone->verdict.security != DNS_SECURE;
    zone->expires = engine_now(zone->dnssec->engine) + LIFETIME_MS;
    if (zone->listed && (zone->error < 0 || zone->verdict.security == DNS_INDETERMINATE))
        unlist(chain, place_of(chain, &zone->name));
    wait_queue_wake(zone->dnssec->engine, &zone->askers, WAKE_ALL);
    dnssec_zone_release(zone);
}

static int entry_new(struct dnssec_chain *chain, const struct dns_name *name, struct dnssec_zone *parent,
                     struct dnssec_zone **ret)
{
    struct dnssec_zone *zone = calloc(1, sizeof(*zone));
    char text[DNS_NAME_TEXT_SIZE];
    int error = -ENOMEM;

    if (zone == NULL)
        return -ENOMEM;
    zone->dnssec = chain->dnssec;
    zone->name = *name;
    zone->arena = arena_new(ENTRY_MEMORY);
    zone->references = 3; /* the table's, the task's, the asker's */
    if (zone->arena != NULL)
        error = task_spawn(chain->group, entry_run, zone, "dnssec %.200s", dns_name_format(name, text));
    if (error < 0) {
        arena_free(zone->arena);
        free(zone);
        return error;
    }
    zone->parent = parent;
    if (parent != NULL)
        parent->references++;
    if (chain->count >= ENTRIES_MAX)
        sweep(chain);
    *place_of(chain, name) = zone;
    zone->listed = true;
    chain->count++;
    *ret = zone;
    return 0;
}

/* What is at a name below `parent`; waits until it is known. */
static int entry_get(struct dnssec_chain *chain, const struct dns_name *name, struct dnssec_zone *parent,
                     int64_t deadline, struct dnssec_zone **ret)
{
    struct engine *engine = chain->dnssec->engine;
    struct dnssec_zone **place = place_of(chain, name);
    struct dnssec_zone *zone = *place;
    int error = 0;

    if (zone != NULL && zone->ended && engine_now(engine) >= zone->expires) {
        unlist(chain, place);
        zone = NULL;
    }
    if (zone != NULL)
        zone->references++;
    else
        error = entry_new(chain, name, parent, &zone);
    if (error < 0)
        return error;
    while (!zone->ended && error == 0)
        error = task_wait(engine, &zone->askers, deadline, "the DNSSEC chain of a name");
    if (zone->ended)
        error = zone->error;
    if (error < 0)
        dnssec_zone_release(zone);
    else
        *ret = zone;
    return error;
}

/* ---- ahead of the walk ---- */

struct foresight {
    struct dnssec *dnssec;
    struct dns_name name;
    uint16_t type;
};

static void foresee_run(void *argument)
{
    struct foresight *foresight = argument;
    struct dnssec *dnssec = foresight->dnssec;
    struct arena *scratch = arena_new(0);
    char name[DNS_NAME_TEXT_SIZE];
    struct dns_answer *answer;

    if (scratch != NULL)
        (void)resolver_ask_unchecked(dnssec->inner, dns_name_format(&foresight->name, name), foresight->type,
                                     deadline_in(dnssec->engine, FORESIGHT_MS, DEADLINE_NEVER), scratch,
                                     &answer);
    arena_free(scratch);
    free(foresight);
}

static void foresee(struct dnssec_chain *chain, const struct dns_name *name, uint16_t type)
{
    struct foresight *foresight = malloc(sizeof(*foresight));

    if (foresight == NULL)
        return;
    *foresight = (struct foresight){.dnssec = chain->dnssec, .name = *name, .type = type};
    if (task_spawn(chain->group, foresee_run, foresight, "dnssec ahead") < 0)
        free(foresight); /* the walk asks */
}

void dnssec_foresee(struct dnssec *dnssec, const char *name)
{
    struct dnssec_chain *chain = dnssec->chain;
    struct dns_name target;
    struct dns_name above;

    if (chain->no_root || dnssec->anchors.count == 0 || dns_name_from_text(name, &target) < 0)
        return;
    dns_name_lower(&target);
    for (unsigned i = 0; i <= FORESEEN_LABELS && i <= dns_name_labels(&target); i++) {
        dns_name_last(&target, i, &above);
        if (*place_of(chain, &above) != NULL)
            continue;
        if (i > 0)
            foresee(chain, &above, DNS_TYPE_DS);
        foresee(chain, &above, DNS_TYPE_DNSKEY);
    }
}

/* The walk is at the name of so many labels, and asks for those below next. */
static void look_ahead(struct dnssec_chain *chain, const struct dns_name *target, unsigned labels,
                       unsigned *seen)
{
    struct dns_name below;

    if (*seen < labels)
        *seen = labels;
    while (*seen < labels + AHEAD_LABELS && *seen < dns_name_labels(target)) {
        dns_name_last(target, ++*seen, &below);
        if (*place_of(chain, &below) == NULL)
            foresee(chain, &below, DNS_TYPE_DS);
    }
}

/* ---- the walk ---- */

static int note_cut(const struct dnssec_zone *zone, struct arena *arena, struct list *cuts)
{
    struct dns_zone_cut *cut = cuts != NULL ? list_new_item(cuts, arena, sizeof(*cut)) : NULL;

    if (cuts == NULL)
        return 0;
    if (cut == NULL)
        return -ENOMEM;
    cut->name = dns_name_text(arena, &zone->name);
    cut->security = zone->verdict.security;
    cut->reason = arena_text(arena, zone->verdict.reason);
    return cut->name != NULL && (zone->verdict.reason == NULL || cut->reason != NULL) ? 0 : -ENOMEM;
}

static int fail(struct dnssec_place *place, int error, struct arena *arena, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_SIZE];

    if (error == -ECANCELED || error == -ENOMEM || error == -EINVAL)
        return error;
    place->verdict.security = DNS_INDETERMINATE;
    place->verdict.reason =
        arena_format(arena, "%s while the keys of %s were looked up",
                     error == -ETIMEDOUT ? "timeout" : "too many tasks", dns_name_format(name, text));
    return place->verdict.reason != NULL ? 0 : -ENOMEM;
}

/* One step down: the entry of a name below place->zone. */
static int step(struct dnssec_chain *chain, const struct dns_name *name, int64_t deadline,
                struct arena *arena, struct dnssec_place *place, struct list *cuts)
{
    struct dnssec_zone *entry;
    int error = entry_get(chain, name, place->zone, deadline, &entry);

    if (error < 0)
        return fail(place, error, arena, name);
    place->verdict.security = entry->verdict.security;
    place->nothing_below = entry->kind == KIND_ABSENT;
    if (entry->verdict.security != DNS_SECURE) {
        place->verdict.reason = arena_text(arena, entry->verdict.reason);
        if (place->verdict.reason == NULL)
            error = -ENOMEM;
    }
    if (entry->kind == KIND_ZONE) {
        struct dnssec_zone *above = place->zone;

        place->zone = entry;
        dnssec_zone_release(above);
        return error == 0 ? note_cut(entry, arena, cuts) : error;
    }
    dnssec_zone_release(entry);
    return error;
}

int dnssec_find_zone(struct dnssec *dnssec, const struct dns_name *target, int64_t deadline,
                     struct arena *arena, struct dnssec_place *ret, struct list *cuts)
{
    struct dnssec_place place = {0};
    struct dns_name lower = *target;
    struct dns_name name;
    unsigned labels = dns_name_labels(target);
    unsigned seen = 0;
    int error = 0;

    dns_name_lower(&lower);
    for (unsigned i = 0; i <= labels && error == 0; i++) {
        if (i > DNSSEC_LABELS_MAX) {
            place.verdict =
                (struct dnssec_verdict){DNS_INDETERMINATE, "no end of zones above a name of many labels"};
            break;
        }
        if (dnssec->ahead && !dnssec->chain->no_root)
            look_ahead(dnssec->chain, &lower, i, &seen);
        dns_name_last(&lower, i, &name);
        error = step(dnssec->chain, &name, deadline, arena, &place, cuts);
        if (place.verdict.security != DNS_SECURE || place.nothing_below)
            break;
    }
    if (error < 0)
        dnssec_zone_release(place.zone);
    else
        *ret = place;
    return error;
}

/* ---- life ---- */

int dnssec_chain_new(struct dnssec *dnssec, struct dnssec_chain **ret)
{
    struct dnssec_chain *chain = calloc(1, sizeof(*chain));
    int error = -ENOMEM;

    if (chain != NULL) {
        chain->dnssec = dnssec;
        error = task_group_new(engine_root(dnssec->engine), "dnssec", &chain->group);
    }
    if (error < 0) {
        free(chain);
        return error;
    }
    *ret = chain;
    return 0;
}

void dnssec_chain_free(struct dnssec_chain *chain)
{
    if (chain == NULL)
        return;
    task_group_end(chain->group);
    for (size_t i = 0; i < BUCKETS; i++)
        while (chain->buckets[i] != NULL)
            unlist(chain, &chain->buckets[i]);
    free(chain);
}
