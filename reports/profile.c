/*
 * profile.c - compares what a port has and does of TLS with a profile
 */
#include "reports/profile.h"

#include "reports/observed.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

/* ---- rules ---- */

static size_t level_of(const struct list *rules, const struct profile_item *item)
{
    const struct profile_rule *rule = profile_rule_of(rules, item);

    return rule == NULL ? 0 : rule->level;
}

/* ---- noting ---- */

struct comparison {
    struct judgement *judgement;
    const struct profile_port *port;
    const struct profile *profile;
    struct profile_result result;
};

static void note_unknown(struct comparison *comparison, const char *text)
{
    struct list *unknown = &comparison->result.unknown;

    if (!list_has_text(unknown, text) &&
        list_add(unknown, comparison->judgement->arena, (void *)(uintptr_t)text) < 0)
        comparison->judgement->failed = true;
}

static void note_all_unknown(struct comparison *comparison, const struct list *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        note_unknown(comparison, texts->items[i]);
}

/* Notes a level; what is worse than the profile allows is a breach. The worst breaches come first. */
static void note_level(struct comparison *comparison, size_t level, enum profile_class class,
                       const char *words)
{
    struct list *breaches = &comparison->result.breaches;
    struct profile_breach *breach;

    if (level > comparison->result.level)
        comparison->result.level = level;
    if (level <= comparison->profile->meets)
        return;
    breach = list_new_item(breaches, comparison->judgement->arena, sizeof(*breach));
    if (breach == NULL) {
        comparison->judgement->failed = true;
        return;
    }
    *breach = (struct profile_breach){.level = level, .class = class, .words = words};
    for (size_t i = breaches->count - 1; i > 0; i--) {
        struct profile_breach *before = breaches->items[i - 1];

        if (before->level >= level)
            break;
        breaches->items[i - 1] = breach;
        breaches->items[i] = before;
    }
}

static bool is_unseen(enum profile_class class, const struct profile_item *item)
{
    return class == PROFILE_FEATURES && item->texts[PROFILE_VALUE] == NULL;
}

/* "TLS1.2 A, B, TLS1.3 C": the things of one level. */
static const char *words_of(struct comparison *comparison, enum profile_class class, const struct list *items,
                            size_t level)
{
    struct judgement *judgement = comparison->judgement;
    const struct list *rules = &comparison->profile->rules[class];
    bool single = class == PROFILE_CERTIFICATES || class == PROFILE_DH;
    struct list all = {.observed = true};
    const char *version = NULL;

    for (size_t i = 0; i < items->count; i++) {
        const struct profile_item *item = items->items[i];
        const char *own = item->texts[PROFILE_VERSION], *words = item->words;

        if (is_unseen(class, item) || level_of(rules, item) != level)
            continue;
        if (single)
            words = profile_wanted(judgement, rules, comparison->profile->meets, item);
        if (own != NULL && !same_text(own, version))
            words = kept_format(judgement, "%s %s", own, words);
        version = own;
        if (list_add(&all, judgement->arena, (void *)(uintptr_t)words) < 0)
            judgement->failed = true;
    }
    return all.count == 0 ? NULL : kept(judgement, text_join(judgement->arena, &all, single ? "; " : ", "));
}

/* ---- classes ---- */

static bool is_named(const struct list *rules, const char *name)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct profile_rule *rule = rules->items[i];

        for (size_t j = 0; j < rule->conditions.count; j++) {
            const struct profile_condition *condition = rule->conditions.items[j];

            if (condition->attribute == PROFILE_NAME && list_has_text(&condition->texts, name))
                return true;
        }
    }
    return false;
}

/* A feature that nobody saw matters if the profile asks for it. */
static void compare_unseen(struct comparison *comparison)
{
    const struct list *items = &comparison->port->classes[PROFILE_FEATURES].items;

    for (size_t i = 0; i < items->count; i++) {
        const struct profile_item *item = items->items[i];

        if (is_unseen(PROFILE_FEATURES, item) &&
            is_named(&comparison->profile->rules[PROFILE_FEATURES], item->texts[PROFILE_NAME]))
            note_unknown(comparison, item->words);
    }
}

/* What is allowed only for old clients must not come before what everybody should use. */
static void compare_order(struct comparison *comparison)
{
    const struct list *rules = &comparison->profile->rules[PROFILE_SUITES];
    const struct list *items = &comparison->port->classes[PROFILE_SUITES].items;
    const struct tls_facts *tls = comparison->port->tls;
    const struct profile_item *worse = NULL,
                              order = {
                                  .texts = {[PROFILE_NAME] = "suite_order", [PROFILE_VALUE] = "unsorted"}};
    const struct list *features = &comparison->profile->rules[PROFILE_FEATURES];

    for (size_t i = 0; i < items->count; i++) {
        const struct profile_item *item = items->items[i];
        const char *version = item->texts[PROFILE_VERSION];
        const struct tls_set_facts *set =
            tls_set_of(&tls->suites, (enum tls_version)tls_registry_version(version));
        bool meets = level_of(rules, item) <= comparison->profile->meets;

        if (worse != NULL && !same_text(worse->texts[PROFILE_VERSION], version))
            worse = NULL;
        if (!meets && worse == NULL)
            worse = item;
        if (worse == NULL || set == NULL || set->order == NULL)
            continue;
        if (meets || same_text(set->order, "client")) {
            note_level(comparison, level_of(features, &order), PROFILE_SUITES,
                       kept(comparison->judgement,
                            arena_format(comparison->judgement->arena,
                                         meets ? "%s does not come behind better suites"
                                               : "the server leaves it to the client whether to use %s",
                                         worse->words)));
            return;
        }
    }
}

static size_t worst_level(const struct list *rules, enum profile_class class, const struct list *items)
{
    size_t worst = 0;

    for (size_t i = 0; i < items->count; i++) {
        size_t level = is_unseen(class, items->items[i]) ? 0 : level_of(rules, items->items[i]);

        if (level > worst)
            worst = level;
    }
    return worst;
}

static void compare_class(struct comparison *comparison, enum profile_class class)
{
    const struct profile *profile = comparison->profile;
    const struct profile_items *all = &comparison->port->classes[class];
    size_t worst;

    if (profile->rules[class].count == 0)
        return;
    note_all_unknown(comparison, &all->unknown);
    worst = worst_level(&profile->rules[class], class, &all->items);
    if (worst > comparison->result.level)
        comparison->result.level = worst;
    for (size_t level = worst; level > profile->meets; level--) { /* only breaches need words */
        const char *words = words_of(comparison, class, &all->items, level);

        if (words != NULL)
            note_level(comparison, level, class, words);
    }
}

static void compare_need(struct comparison *comparison, const struct profile_need *need)
{
    struct judgement *judgement = comparison->judgement;
    const struct profile_items *all = &comparison->port->classes[need->class];

    for (size_t i = 0; i < all->items.count; i++) {
        const struct profile_item *item = all->items.items[i];

        if (item->texts[PROFILE_NAME] != NULL && list_has_text(&need->names, item->texts[PROFILE_NAME]))
            return;
    }
    if (all->unknown.count > 0) {
        note_all_unknown(comparison, &all->unknown);
        return;
    }
    note_level(
        comparison, need->level, need->class,
        kept(judgement, arena_format(judgement->arena, "%s is missing",
                                     kept(judgement, text_join(judgement->arena, &need->names, " or ")))));
}

struct profile_result profile_compare(struct judgement *judgement, const struct profile_port *port,
                                      const struct profile *profile)
{
    struct comparison comparison = {
        .judgement = judgement,
        .port = port,
        .profile = profile,
        .result = {.breaches = {.observed = true}, .unknown = {.observed = true}},
    };

    for (enum profile_class class = 0; class <= PROFILE_FEATURES; class ++)
        compare_class(&comparison, class);
    compare_order(&comparison);
    compare_unseen(&comparison);
    for (size_t i = 0; i < profile->needs.count; i++)
        compare_need(&comparison, profile->needs.items[i]);
    return comparison.result;
}
