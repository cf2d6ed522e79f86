/*
 * profile_rules.c - which rule of a profile a thing falls under, and what the rules want instead of it
 *
 *     RSA 2048, wanted: at least 3072 bits
 *
 * A number that is out of bounds says by itself what is wanted. Else the first rule of a level that meets the profile
 * does, by the first of its conditions that does not hold.
 */
#include "reports/profile_rules.h"

#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

static bool holds(const struct profile_condition *condition, const struct profile_item *item)
{
    const char *text;
    struct number value;

    if (condition->attribute < PROFILE_BITS) {
        text = item->texts[condition->attribute];
        return text != NULL && list_has_text(&condition->texts, text);
    }
    value = item->numbers[condition->attribute - PROFILE_BITS];
    if (!value.known)
        return false;
    return condition->below ? value.value < condition->bound : value.value > condition->bound;
}

const struct profile_rule *profile_rule_of(const struct list *rules, const struct profile_item *item)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct profile_rule *rule = rules->items[i];
        bool all = true;

        for (size_t j = 0; j < rule->conditions.count && all; j++)
            all = holds(rule->conditions.items[j], item);
        if (all)
            return rule;
    }
    return NULL;
}

/* ---- what is wanted ---- */

static const struct profile_condition *condition_of(const struct profile_rule *rule,
                                                    enum profile_attribute attribute)
{
    for (size_t i = 0; i < rule->conditions.count; i++) {
        const struct profile_condition *condition = rule->conditions.items[i];

        if (condition->attribute == attribute)
            return condition;
    }
    return NULL;
}

static bool all_others_hold(const struct profile_rule *rule, const struct profile_condition *but,
                            const struct profile_item *item)
{
    for (size_t i = 0; i < rule->conditions.count; i++)
        if (rule->conditions.items[i] != but && !holds(rule->conditions.items[i], item))
            return false;
    return true;
}

/* The strictest bound of its kind: 3072 bits, where fewer than 2048 are only worse than fewer than 3072. */
static int64_t strictest(const struct list *rules, size_t meets, const struct profile_item *item,
                         const struct profile_condition *broken)
{
    int64_t bound = broken->bound;

    for (size_t i = 0; i < rules->count; i++) {
        const struct profile_rule *rule = rules->items[i];
        const struct profile_condition *other = condition_of(rule, broken->attribute);

        if (rule->level <= meets || other == NULL || other->below != broken->below ||
            !all_others_hold(rule, other, item))
            continue;
        if (broken->below ? other->bound > bound : other->bound < bound)
            bound = other->bound;
    }
    return bound;
}

static const char *number_wanted(struct judgement *judgement, const struct list *rules, size_t meets,
                                 const struct profile_item *item, const struct profile_rule *rule)
{
    for (size_t i = 0; i < rule->conditions.count; i++) {
        const struct profile_condition *condition = rule->conditions.items[i];
        long long bound;

        if (condition->attribute < PROFILE_BITS)
            continue;
        bound = (long long)strictest(rules, meets, item, condition);
        return kept_format(judgement, "%s, wanted: at %s %lld %s",
                           condition->attribute == PROFILE_LIFETIME_DAYS ? item->lifetime : item->words,
                           condition->below ? "least" : "most", bound,
                           condition->attribute == PROFILE_LIFETIME_DAYS ? "days" : "bits");
    }
    return NULL;
}

/* "A, B or C" */
static const char *one_of(struct judgement *judgement, const struct list *texts)
{
    struct list but_last = *texts;

    if (texts->count == 1)
        return texts->items[0];
    but_last.count--;
    return kept_format(judgement, "%s or %s", kept(judgement, text_join(judgement->arena, &but_last, ", ")),
                       (const char *)texts->items[texts->count - 1]);
}

/* The condition of a rule that is missed first, if it is a rule for this kind of key that is missed at all. */
static const struct profile_condition *missed(const struct profile_rule *rule,
                                              const struct profile_item *item)
{
    const struct profile_condition *key = condition_of(rule, PROFILE_KEY);

    if (key != NULL && !holds(key, item))
        return NULL;
    for (size_t i = 0; i < rule->conditions.count; i++) {
        const struct profile_condition *condition = rule->conditions.items[i];

        if (condition->attribute < PROFILE_BITS && !holds(condition, item))
            return condition;
    }
    return NULL;
}

/* All keys that rules of a level that meets the profile are for; none: other keys are allowed, too. */
static struct list keys_wanted(struct judgement *judgement, const struct list *rules, size_t level)
{
    struct list keys = {.observed = true};

    for (size_t i = 0; i < rules->count; i++) {
        const struct profile_rule *rule = rules->items[i];
        const struct profile_condition *key = condition_of(rule, PROFILE_KEY);

        if (rule->level > level)
            continue;
        if (key == NULL)
            return (struct list){.observed = true};
        for (size_t j = 0; j < key->texts.count; j++)
            if (!list_has_text(&keys, key->texts.items[j]) &&
                list_add(&keys, judgement->arena, key->texts.items[j]) < 0)
                judgement->failed = true;
    }
    return keys;
}

static const char *text_wanted(struct judgement *judgement, const struct list *rules, size_t level,
                               const char *word, const struct profile_item *item)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct profile_rule *rule = rules->items[i];
        const struct profile_condition *condition = rule->level <= level ? missed(rule, item) : NULL;

        if (condition == NULL)
            continue;
        return kept_format(judgement, "%s, %s: %s",
                           condition->attribute == PROFILE_SIGNATURE ? text_or(item->signed_with, item->words)
                                                                     : item->words,
                           word, one_of(judgement, &condition->texts));
    }
    return NULL;
}

/* What is forbidden by its name. */
static const char *another_wanted(struct judgement *judgement, const struct list *rules, size_t level,
                                  const struct profile_item *item, const struct profile_rule *rule)
{
    struct list keys = keys_wanted(judgement, rules, level);

    if (condition_of(rule, PROFILE_SIGNATURE) != NULL)
        return kept_format(judgement, "%s, wanted: another signature", item->signed_with);
    if (condition_of(rule, PROFILE_CURVE) != NULL)
        return kept_format(judgement, "%s, wanted: another curve", item->words);
    if (keys.count > 0)
        return kept_format(judgement, "%s, wanted: %s", item->words, one_of(judgement, &keys));
    if (condition_of(rule, PROFILE_KEY) != NULL)
        return kept_format(judgement, "%s, wanted: another kind of key", item->words);
    return item->words;
}

const char *profile_wanted(struct judgement *judgement, const struct list *rules, size_t meets,
                           const struct profile_item *item)
{
    const struct profile_rule *rule = profile_rule_of(rules, item);
    const char *words;

    if (rule == NULL)
        return item->words;
    words = number_wanted(judgement, rules, meets, item, rule);
    if (words == NULL)
        words = text_wanted(judgement, rules, meets, "wanted", item);
    if (words == NULL && item->texts[PROFILE_KEY] == NULL) /* no group at all may be allowed */
        words = text_wanted(judgement, rules, rule->level - 1, "better", item);
    if (words == NULL)
        words = another_wanted(judgement, rules, meets, item, rule);
    return words;
}
