/*
 * sample_dnsbl.c - a domain and two addresses that are on no blacklist, for tests of the judge and of reports
 */
#include "tests/unit/sample_dnsbl.h"

#include "scanner/base/arena.h"

#include <stdlib.h>

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static void add_list(struct dnsbl_facts *facts, struct arena *arena, const char *zone, const char *name,
                     const char *kind)
{
    struct dnsbl_list_facts *list = must(list_new_item(&facts->lists, arena, sizeof(*list)));

    *list = (struct dnsbl_list_facts){.zone = zone,
                                      .name = name,
                                      .kind = kind,
                                      .tier = number(1),
                                      .welcome = NO,
                                      .usable = YES,
                                      .iterated = NO,
                                      .removal = "https://zen.example/remove"};
}

static void add_subject(struct dnsbl_facts *facts, struct arena *arena, const char *name, const char *kind,
                        const char *zone)
{
    struct dnsbl_subject_facts *subject = must(list_new_item(&facts->subjects, arena, sizeof(*subject)));
    struct dnsbl_lookup_facts *lookup = must(list_new_item(&subject->lookups, arena, sizeof(*lookup)));

    subject->name = name;
    subject->kind = kind;
    lookup->zone = zone;
    lookup->result = DNSBL_CLEAN;
}

struct dnsbl_facts *sample_dnsbl(struct arena *arena, const char *domain, const char *ipv4, const char *ipv6)
{
    struct dnsbl_facts *facts = must(arena_alloc(arena, sizeof(*facts)));

    facts->source = "blocklists-2026";
    facts->left_out.observed = true;
    add_list(facts, arena, "zen.example", "Zen", "ipv4");
    add_list(facts, arena, "zen.example", "Zen", "ipv6");
    add_list(facts, arena, "names.example", "Names", "domain");
    add_subject(facts, arena, domain, "domain", "names.example");
    add_subject(facts, arena, ipv4, "ipv4", "zen.example");
    add_subject(facts, arena, ipv6, "ipv6", "zen.example");
    return facts;
}

void sample_dnsbl_listed(struct dnsbl_facts *facts, struct arena *arena, size_t subject, const char *text)
{
    const struct dnsbl_subject_facts *listed = facts->subjects.items[subject];
    struct dnsbl_lookup_facts *lookup = listed->lookups.items[0];
    struct dnsbl_code_facts *code = must(list_new_item(&lookup->codes, arena, sizeof(*code)));

    *code = (struct dnsbl_code_facts){.code = "127.0.0.2", .meaning = "sent spam", .policy = NO};
    lookup->result = DNSBL_LISTED;
    if (list_add(&lookup->texts, arena, must(arena_text(arena, text))) < 0)
        abort();
}
