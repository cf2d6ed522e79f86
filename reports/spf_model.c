/*
 * spf_model.c - what the facts say of a domain's SPF record
 */
#include "reports/spf_model.h"

#include "reports/observed.h"
#include "scanner/base/text.h"

#include <string.h>

const struct spf_facts *observed_spf(const struct judgement *judgement)
{
    return judgement->scan->facts == NULL ? NULL : judgement->scan->facts->spf;
}

const struct spf_record_facts *spf_record_of_domain(const struct spf_facts *facts, const char *domain)
{
    for (size_t i = 0; facts != NULL && i < facts->records.count; i++) {
        const struct spf_record_facts *record = facts->records.items[i];

        if (same_name(record->domain, domain))
            return record;
    }
    return NULL;
}

const struct spf_record_facts *spf_own_record(const struct spf_facts *facts)
{
    return facts != NULL && facts->records.count > 0 ? facts->records.items[0] : NULL;
}

const struct spf_record_facts *spf_led_to(const struct spf_facts *facts, const struct spf_term_facts *term)
{
    if (term->kind != SPF_INCLUDE && term->kind != SPF_REDIRECT)
        return NULL;
    return spf_record_of_domain(facts, term->target);
}

/* ---- terms ---- */

bool spf_term_is_used(const struct spf_term_facts *term)
{
    return term->used == YES && term->fault == NULL;
}

bool spf_term_passes(const struct spf_term_facts *term)
{
    return term->qualifier == NULL || strcmp(term->qualifier, "+") == 0;
}

bool spf_term_is_void(const struct spf_term_facts *term)
{
    return spf_term_is_used(term) && term->depends != YES && term->lost != YES && term->void_ipv4.value > 0 &&
           term->void_ipv6.value > 0 && term->networks.count == 0;
}

/* ---- the tree ---- */

struct walk {
    const struct spf_facts *facts;
    struct arena *arena;
    struct list nodes;
    const struct spf_record_facts *path[SPF_DEPTH_MAX + 1];
    bool failed;
};

/* Is the record on the way, or in the tree already? */
static bool is_shown(const struct walk *walk, const struct spf_record_facts *record, size_t depth)
{
    for (size_t i = 0; i <= depth; i++)
        if (walk->path[i] == record)
            return true;
    for (size_t i = 0; i < walk->nodes.count; i++)
        if (((const struct spf_node *)walk->nodes.items[i])->record == record)
            return true;
    return false;
}

/* Recursion: at most SPF_DEPTH_MAX deep. */
static void walk_record(struct walk *walk, const struct spf_record_facts *record, size_t depth, bool passes)
{
    walk->path[depth] = record;
    for (size_t i = 0; i < record->terms.count && walk->nodes.count < SPF_NODES_MAX; i++) {
        const struct spf_term_facts *term = record->terms.items[i];
        struct spf_node *node = list_new_item(&walk->nodes, walk->arena, sizeof *node);
        const struct spf_record_facts *next = spf_term_is_used(term) ? spf_led_to(walk->facts, term) : NULL;

        if (node == NULL) {
            walk->failed = true;
            return;
        }
        *node = (struct spf_node){record, term, depth, passes && spf_term_passes(term), false};
        if (next == NULL)
            continue;
        node->again = depth == SPF_DEPTH_MAX || is_shown(walk, next, depth);
        if (!node->again)
            walk_record(walk, next, depth + 1, node->passes);
    }
}

struct list spf_tree(const struct spf_facts *facts, struct arena *arena)
{
    struct walk walk = {.facts = facts, .arena = arena};
    const struct spf_record_facts *own = spf_own_record(facts);

    if (own != NULL)
        walk_record(&walk, own, 0, true);
    return walk.failed ? (struct list){0} : walk.nodes;
}

struct spf_end spf_end_of(const struct spf_facts *facts)
{
    struct spf_end end = {.record = spf_own_record(facts)};

    for (size_t step = 0; end.record != NULL && step < SPF_DEPTH_MAX; step++) {
        const struct spf_term_facts *redirect = NULL;
        const struct spf_record_facts *next;

        for (size_t i = 0; i < end.record->terms.count; i++) {
            const struct spf_term_facts *term = end.record->terms.items[i];

            if (term->kind == SPF_ALL && spf_term_is_used(term)) {
                end.all = term;
                return end;
            }
            if (term->kind == SPF_REDIRECT && spf_term_is_used(term))
                redirect = term;
        }
        if (redirect == NULL)
            return end;
        next = spf_led_to(facts, redirect);
        if (next == NULL || next->count.value != 1) {
            end.lost = true;
            return end;
        }
        end.record = next;
    }
    end.lost = true; /* in a circle */
    return end;
}

/* ---- results ---- */

const struct spf_result_facts *spf_result_of(const struct spf_facts *facts, const char *address)
{
    for (size_t i = 0; facts != NULL && i < facts->results.count; i++) {
        const struct spf_result_facts *result = facts->results.items[i];

        if (same_text(result->address, address))
            return result;
    }
    return NULL;
}

const char *spf_result_word(enum spf_result result)
{
    return result == SPF_NOT_OBSERVED ? "no result" : spf_result_values[result];
}

int spf_prefix_of(const char *network)
{
    enum { BITS_IPV4 = 32, BITS_IPV6 = 128 };
    const char *slash = network != NULL ? strchr(network, '/') : NULL;
    int64_t prefix = network != NULL && is_ipv6(network) ? BITS_IPV6 : BITS_IPV4;

    if (network == NULL || (slash != NULL && text_number(slash + 1, 0, prefix, &prefix) < 0))
        return -1;
    return (int)prefix;
}

/* Does the term let somebody in by itself? Those of a record that it leads to are looked at one by one. */
static bool lets_in(const struct spf_node *node)
{
    switch (node->term->kind) {
    case SPF_ALL:
    case SPF_A:
    case SPF_MX:
    case SPF_PTR:
    case SPF_IP4:
    case SPF_IP6:
    case SPF_EXISTS:
        return node->passes && spf_term_is_used(node->term);
    case SPF_INCLUDE:
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER:
    case SPF_KIND_NOT_OBSERVED:
        break;
    }
    return false;
}

/* Does the term lead with a plus to a record that nobody could look up? */
static bool is_lost(const struct spf_facts *facts, const struct spf_node *node)
{
    const struct spf_record_facts *next = spf_led_to(facts, node->term);

    return node->passes && spf_term_is_used(node->term) &&
           (node->term->kind == SPF_INCLUDE || node->term->kind == SPF_REDIRECT) &&
           node->term->answer == NULL && (next == NULL || !next->count.known);
}

enum known spf_forbids_everybody(const struct spf_facts *facts, struct arena *arena)
{
    struct list tree = spf_tree(facts, arena);
    struct spf_end end = spf_end_of(facts);
    bool lost = false;

    for (size_t i = 0; i < tree.count; i++) {
        if (lets_in(tree.items[i]))
            return NO;
        lost = lost || is_lost(facts, tree.items[i]);
    }
    if (lost)
        return UNKNOWN;
    return known(end.all != NULL && same_text(end.all->qualifier, "-"));
}
