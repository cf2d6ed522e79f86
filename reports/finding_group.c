/*
 * finding_group.c - findings that say the same about several subjects, told once
 */
#include "reports/finding_group.h"

#include "scanner/base/arena.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_texts(const struct list *a, const struct list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!same_text(a->items[i], b->items[i]))
            return false;
    }
    return true;
}

static const char *untested_because(const struct finding *finding)
{
    return finding->reason ? finding->reason : finding->title;
}

static bool belongs(const struct finding *a, const struct finding *b, enum finding_likeness likeness)
{
    if (likeness == SAME_REASON)
        return a->outcome == b->outcome && same_text(untested_because(a), untested_because(b));
    if (a->check != b->check || a->outcome != b->outcome || a->severity != b->severity)
        return false;
    switch (likeness) {
    case SAME_CHECK:
    case SAME_REASON:
        return true;
    case SAME_WORDS:
        return same_text(a->title, b->title) && same_text(a->why, b->why) &&
               same_text(a->reference, b->reference) && same_texts(&a->fix, &b->fix);
    }
    return false;
}

/* The findings of a check stand together in the judgement: where the check counts, only its groups at the end
 * of the list are looked at. */
static struct finding_group *group_of(const struct list *groups, const struct finding *finding,
                                      enum finding_likeness likeness)
{
    for (size_t i = groups->count; i > 0; i--) {
        struct finding_group *group = groups->items[i - 1];

        if (group->first->check != finding->check && likeness != SAME_REASON)
            return NULL;
        if (belongs(group->first, finding, likeness))
            return group;
    }
    return NULL;
}

int finding_groups(const struct judgement *judgement, enum outcome outcome, enum finding_likeness likeness,
                   struct arena *arena, struct list *ret)
{
    struct list groups = {.observed = true};

    for (size_t i = 0; i < judgement->findings.count; i++) {
        struct finding *finding = judgement->findings.items[i];
        struct finding_group *group;

        if (finding->outcome != outcome)
            continue;
        group = group_of(&groups, finding, likeness);
        if (!group)
            group = list_new_item(&groups, arena, sizeof(*group));
        if (!group || list_add(&group->members, arena, finding) < 0)
            return -ENOMEM;
        if (!group->first)
            group->first = finding;
    }
    *ret = groups;
    return 0;
}

struct places {
    size_t hosts, addresses, ports, endpoints;
    bool all_host, all_address, all_port;
};

/* Whether an earlier member has the same host (address, port, both). */
static void count_place(const struct finding_group *group, size_t index, struct places *places)
{
    const struct subject *subject = &((const struct finding *)group->members.items[index])->subject;
    bool host = false;
    bool address = false;
    bool port = false;
    bool endpoint = false;

    for (size_t i = 0; i < index; i++) {
        const struct subject *other = &((const struct finding *)group->members.items[i])->subject;
        bool same_address = same_text(other->address, subject->address);
        bool same_port = other->port.value == subject->port.value;

        host = host || same_text(other->host, subject->host);
        address = address || same_address;
        port = port || same_port;
        endpoint = endpoint || (same_address && same_port);
    }
    places->hosts += !host;
    places->addresses += !address;
    places->ports += !port;
    places->endpoints += !endpoint;
    places->all_host = places->all_host && subject->host;
    places->all_address = places->all_address && subject->address;
    places->all_port = places->all_port && subject->port.known;
}

const char *finding_group_where(const struct finding_group *group, struct arena *arena)
{
    const struct subject *subject = &group->first->subject;
    struct places places = {.all_host = true, .all_address = true, .all_port = true};

    if (group->members.count == 1)
        return subject->text ? subject->text : "";
    for (size_t i = 0; i < group->members.count; i++)
        count_place(group, i, &places);
    if (places.all_port && places.all_address && places.endpoints > 1) {
        if (places.addresses == 1)
            return arena_format(arena, "on %zu ports", places.ports);
        if (places.ports == 1)
            return arena_format(arena, "on port %lld of %zu addresses", (long long)subject->port.value,
                                places.addresses);
        if (places.endpoints == places.ports * places.addresses)
            return arena_format(arena, "on %zu ports of %zu addresses", places.ports, places.addresses);
        return arena_format(arena, "on %zu ports", places.endpoints);
    }
    if (places.all_address && places.addresses > 1)
        return arena_format(arena, "on %zu addresses", places.addresses);
    if (places.all_host && places.hosts > 1)
        return arena_format(arena, "on %zu hosts", places.hosts);
    if (places.all_host && places.hosts == 1)
        return subject->text ? subject->text : subject->host;
    return arena_format(arena, "in %zu places", group->members.count);
}

const char *finding_reason(const struct finding *finding, struct arena *arena)
{
    const char *because = untested_because(finding);
    char *reason = arena_text(arena, because ? because : "");

    if (reason)
        *reason = (char)toupper((unsigned char)*reason);
    return reason;
}

size_t finding_group_checks(const struct finding_group *group)
{
    size_t count = 0;

    for (size_t i = 0; i < group->members.count; i++) {
        bool seen = false;

        for (size_t j = 0; j < i && !seen; j++)
            seen = ((const struct finding *)group->members.items[j])->check ==
                   ((const struct finding *)group->members.items[i])->check;
        count += !seen;
    }
    return count;
}

bool finding_group_same_evidence(const struct finding_group *group)
{
    for (size_t i = 1; i < group->members.count; i++) {
        const struct finding *finding = group->members.items[i];

        if (!same_texts(&group->first->evidence, &finding->evidence))
            return false;
    }
    return true;
}
