/*
 * dnsbl_model.c - finds lists and lookups in the facts, and counts them
 */
#include "reports/dnsbl_model.h"

#include "reports/observed.h"
#include "scanner/base/arena.h"

const struct dnsbl_facts *observed_dnsbl(const struct judgement *judgement)
{
    static const struct dnsbl_facts nothing;
    const struct observed_facts *facts = judgement->scan->facts;

    return facts != NULL && facts->dnsbl != NULL ? facts->dnsbl : &nothing;
}

const struct dnsbl_subject_facts *dnsbl_subject(const struct dnsbl_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->subjects.count; i++) {
        const struct dnsbl_subject_facts *subject = facts->subjects.items[i];

        if (same_name(subject->name, name))
            return subject;
    }
    return NULL;
}

const struct dnsbl_list_facts *dnsbl_list(const struct dnsbl_facts *facts, const char *zone, const char *kind)
{
    for (size_t i = 0; i < facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = facts->lists.items[i];

        if (same_text(list->zone, zone) && same_text(list->kind, kind))
            return list;
    }
    return NULL;
}

const struct dnsbl_lookup_facts *dnsbl_lookup(const struct dnsbl_subject_facts *subject, const char *zone)
{
    for (size_t i = 0; i < subject->lookups.count; i++) {
        const struct dnsbl_lookup_facts *lookup = subject->lookups.items[i];

        if (same_text(lookup->zone, zone))
            return lookup;
    }
    return NULL;
}

bool dnsbl_policy_only(const struct dnsbl_lookup_facts *lookup)
{
    for (size_t i = 0; i < lookup->codes.count; i++)
        if (((const struct dnsbl_code_facts *)lookup->codes.items[i])->policy != YES)
            return false;
    return lookup->codes.count > 0;
}

const char *dnsbl_list_words(struct arena *arena, const struct dnsbl_list_facts *list)
{
    const char *zone = text_or(list->zone, "?");

    return text_or(
        list->name == NULL ? arena_text(arena, zone) : arena_format(arena, "%s (%s)", list->name, zone), "");
}

struct dnsbl_count dnsbl_count(const struct dnsbl_facts *facts, const struct dnsbl_subject_facts *subject)
{
    struct dnsbl_count count = {0};

    for (size_t i = 0; i < facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = facts->lists.items[i];
        const struct dnsbl_lookup_facts *lookup;

        if (list->welcome == YES || !same_text(list->kind, subject->kind))
            continue;
        count.lists++;
        lookup = dnsbl_lookup(subject, list->zone);
        if (list->usable != YES || lookup == NULL)
            continue;
        count.clean += lookup->result == DNSBL_CLEAN;
        count.listed += lookup->result == DNSBL_LISTED;
    }
    return count;
}
