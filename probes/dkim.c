/*
 * dkim.c - the keys that receivers look up to verify the domain's signatures (RFC 6376 3.6.2)
 *
 *   TXT of _domainkey.example.org            is there anything below?
 *   TXT of a selector that nobody published  does a wildcard answer for all of them?
 *   TXT of each selector that was given
 *        |
 *        v
 *   TXT of each common selector, side by side, unless it is proven that there is nothing below
 *
 * Nobody can list the selectors of a domain. An alias leads to the key of a provider, and is followed by whoever
 * answers. Judged in reports/checks/dkim.c.
 */
#include "probes/dkim_selectors.h"
#include "probes/probe.h"
#include "probes/protocol/dkim_key.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

struct lookup {
    struct network *network;
    const struct scan_settings *settings;
    const char *domain;
    struct arena *arena;
    int64_t deadline;
    struct dkim_facts *facts;
};

/* ---- records ---- */

static int read_records(const struct dns_answer *answer, struct arena *arena, struct list *records)
{
    int error = 0;

    records->observed = true;
    for (size_t i = 0; i < answer->records.count && records->count < DKIM_RECORDS_MAX && error == 0; i++) {
        struct dkim_record_facts *record;

        error = dkim_record_read(((const struct dns_record *)answer->records.items[i])->data, arena, &record);
        if (error == 0)
            error = list_add(records, arena, record);
        else if (error == -EBADMSG) /* the wire check lets none through */
            error = 0;
    }
    return error < 0 ? error : dkim_records_join(records, arena);
}

static bool has_answer(const struct dns_answer *answer)
{
    return answer != NULL && answer->outcome != DNS_FAILURE && answer->outcome != DNS_NOT_ASKED;
}

static bool has_record(const struct list *records, const char *text)
{
    for (size_t i = 0; i < records->count; i++)
        if (strcmp(((const struct dkim_record_facts *)records->items[i])->text, text) == 0)
            return true;
    return false;
}

/* Is it what any name gets? */
static bool is_wildcards(const struct dkim_facts *facts, const struct list *records)
{
    for (size_t i = 0; i < records->count; i++)
        if (!has_record(&facts->random_records, ((const struct dkim_record_facts *)records->items[i])->text))
            return false;
    return records->count > 0 && records->count == facts->random_records.count;
}

static bool has_key_record(const struct list *records)
{
    for (size_t i = 0; i < records->count; i++)
        if (((const struct dkim_record_facts *)records->items[i])->intended == YES)
            return true;
    return false;
}

/* ---- one selector ---- */

static int set_expected(struct lookup *lookup, struct dkim_selector_facts *selector)
{
    const struct list *keys = &lookup->settings->dkim_keys;

    for (size_t i = 0; i < keys->count; i++) {
        const struct dkim_key_setting *key = keys->items[i];
        int error;

        if (!text_equal(key->selector, selector->name))
            continue;
        error =
            dkim_text_read(bytes_of(key->record, strlen(key->record)), lookup->arena, &selector->expected);
        if (error < 0)
            return error;
        for (size_t j = 0; j < selector->records.count && selector->matches != YES; j++)
            selector->matches = known(dkim_same_key(selector->records.items[j], selector->expected));
    }
    return 0;
}

static const char *provider_of(const struct dns_answer *answer)
{
    const char *provider = NULL;

    for (size_t i = 0; answer != NULL && i < answer->aliases.count && provider == NULL; i++)
        provider = dkim_provider_of(answer->aliases.items[i]);
    return provider;
}

/* A common selector counts when there is a key of its own, or an alias that was made for one. */
static bool is_found(const struct lookup *lookup, const struct dns_answer *answer,
                     const struct dkim_selector_facts *selector)
{
    const struct dns_question_facts *random = lookup->facts->random;

    if (selector->wildcard == YES)
        return false;
    return has_key_record(&selector->records) ||
           (answer != NULL && answer->aliases.count > 0 && answer->outcome != DNS_DATA &&
            (random == NULL || random->aliases.count == 0));
}

/* All but the question's facts. */
static int read_selector(const struct lookup *lookup, const char *name, const struct dns_answer *answer,
                         struct arena *arena, struct dkim_selector_facts **ret)
{
    struct dkim_selector_facts *selector = arena_alloc(arena, sizeof *selector);
    int error = 0;

    if (selector == NULL)
        return -ENOMEM;
    selector->name = name;
    selector->given = NO;
    selector->used_by = dkim_selector_user(name);
    selector->provider = provider_of(answer);
    if (has_answer(answer)) {
        error = read_records(answer, arena, &selector->records);
        if (lookup->facts->random_records.observed)
            selector->wildcard = known(is_wildcards(lookup->facts, &selector->records));
    }
    if (error == 0)
        *ret = selector;
    return error;
}

static int note_given(struct lookup *lookup, const char *name, const struct question *question)
{
    struct dkim_selector_facts *selector;
    int error = read_selector(lookup, name, question->answer, lookup->arena, &selector);

    if (error != 0)
        return error;
    selector->given = YES;
    selector->question = question->facts;
    error = set_expected(lookup, selector);
    return error < 0 ? error : list_add(&lookup->facts->selectors, lookup->arena, selector);
}

/* ---- what is asked ---- */

static const char *key_name(struct lookup *lookup, const char *selector)
{
    return arena_format(lookup->arena, "%s._domainkey.%s", selector, lookup->domain);
}

/* A label that nobody chose. */
static const char *random_selector(struct arena *arena)
{
    uint64_t bits;

    if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
        return NULL;
    return arena_format(arena, "nobody-%016llx", (unsigned long long)bits);
}

static int ask_given(struct lookup *lookup)
{
    const struct list *given = &lookup->settings->selectors;
    size_t count = given->count + 2;
    struct question *questions = arena_alloc(lookup->arena, count * sizeof *questions);
    const char *random = random_selector(lookup->arena);
    int error, result = 0;

    if (questions == NULL || random == NULL)
        return -ENOMEM;
    questions[0].name = arena_format(lookup->arena, "_domainkey.%s", lookup->domain);
    for (size_t i = 1; i < count; i++)
        questions[i].name = key_name(lookup, i == 1 ? random : given->items[i - 2]);
    for (size_t i = 0; i < count; i++) {
        if (questions[i].name == NULL)
            return -ENOMEM;
        questions[i].type = DNS_TXT;
    }
    error = questions_ask(lookup->network, questions, count, lookup->deadline, lookup->arena);
    lookup->facts->node = questions[0].facts;
    lookup->facts->random = questions[1].facts;
    lookup->facts->selectors.observed = true;
    if (has_answer(questions[1].answer))
        result = read_records(questions[1].answer, lookup->arena, &lookup->facts->random_records);
    for (size_t i = 2; i < count && result == 0; i++)
        result = note_given(lookup, given->items[i - 2], &questions[i]);
    return error < 0 ? error : result;
}

/* Nothing is below a name that does not exist (RFC 8020); not every server keeps to that, but who has signed it has
 * looked. */
static bool is_proven_empty(const struct dkim_facts *facts)
{
    return facts->node != NULL && facts->node->outcome == DNS_NXDOMAIN && facts->node->security == DNS_SECURE;
}

/* Guesses: nothing is kept of those that find nothing, and that is nearly all. */
struct guesses {
    struct lookup *lookup;
    const char **names;
    struct dkim_selector_facts **found;
    size_t answered;
};

static int take_guess(void *data, size_t index, const struct dns_answer *answer, struct arena *scratch)
{
    struct guesses *guesses = data;
    struct lookup *lookup = guesses->lookup;
    struct dkim_selector_facts *selector;
    int error = read_selector(lookup, guesses->names[index], answer, scratch, &selector);

    guesses->answered += has_answer(answer);
    if (error != 0 || !is_found(lookup, answer, selector))
        return error;
    error = read_selector(lookup, guesses->names[index], answer, lookup->arena, &selector);
    if (error != 0)
        return error;
    selector->question = dns_answer_facts(answer, lookup->arena);
    guesses->found[index] = selector;
    return selector->question == NULL ? -ENOMEM : 0;
}

static int ask_common(struct lookup *lookup)
{
    size_t count, asked = 0;
    const struct dkim_selector *common = dkim_selectors_common(&count);
    struct question *questions = arena_alloc(lookup->arena, count * sizeof *questions);
    struct guesses guesses = {.lookup = lookup,
                              .names = arena_alloc(lookup->arena, count * sizeof *guesses.names),
                              .found = arena_alloc(lookup->arena, count * sizeof(void *))};
    int error, result = 0;

    if (questions == NULL || guesses.names == NULL || guesses.found == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        if (list_has_text(&lookup->settings->selectors, common[i].name))
            continue;
        guesses.names[asked] = common[i].name;
        questions[asked] = (struct question){.name = key_name(lookup, common[i].name), .type = DNS_TXT};
        if (questions[asked++].name == NULL)
            return -ENOMEM;
    }
    error = questions_sift(lookup->network, questions, asked, lookup->deadline, lookup->arena, take_guess,
                           &guesses);
    for (size_t i = 0; i < asked && result == 0; i++)
        if (guesses.found[i] != NULL)
            result = list_add(&lookup->facts->selectors, lookup->arena, guesses.found[i]);
    lookup->facts->common = number((int64_t)asked);
    lookup->facts->common_lost = number((int64_t)(asked - guesses.answered));
    return error < 0 ? error : result;
}

int dkim_probe(struct network *network, const struct scan_settings *settings, const char *domain,
               int64_t deadline, struct arena *arena, struct dkim_facts **ret)
{
    struct lookup lookup = {.network = network,
                            .settings = settings,
                            .domain = domain,
                            .arena = arena,
                            .deadline = deadline,
                            .facts = arena_alloc(arena, sizeof *lookup.facts)};
    int error;

    if (lookup.facts == NULL)
        return -ENOMEM;
    error = ask_given(&lookup);
    if (error == 0 && !is_proven_empty(lookup.facts))
        error = ask_common(&lookup);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = lookup.facts;
    return 0;
}
