/*
 * dmarc_walk.c - the walk up the tree (RFC 9989 4.10), whose record and which of its policies apply to mail from a
 * name (4.10.1), its organizational domain (4.10.2), and the same by RFC 7489 6.6.3 with the Public Suffix List
 */
#include "probes/protocol/dmarc_walk.h"

#include "probes/protocol/dmarc_record.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <libpsl.h>
#include <string.h>

enum { LABELS_KEPT = 7, ALL = 100 };

/* ---- names ---- */

static const char *parent_of(const char *name)
{
    const char *dot = strchr(name, '.');

    return dot == NULL || dot[1] == '\0' ? NULL : dot + 1;
}

static size_t label_count(const char *name)
{
    size_t count = 0;

    for (; name != NULL; name = parent_of(name))
        count++;
    return count;
}

size_t dmarc_walk_names(const char *domain, const char *names[DMARC_WALK_MAX])
{
    const char *name = parent_of(domain);
    size_t count = 0;

    names[count++] = domain;
    while (name != NULL && label_count(name) > LABELS_KEPT)
        name = parent_of(name);
    for (; name != NULL; name = parent_of(name))
        names[count++] = name;
    return count;
}

/* The part of `name` that is one label longer than its suffix `upper`. */
static const char *one_label_below(const char *name, const char *upper)
{
    size_t wanted = label_count(upper) + 1;

    while (label_count(name) > wanted)
        name = parent_of(name);
    return name;
}

/* ---- steps ---- */

static bool is_failure(const struct dns_answer *answer)
{
    return answer == NULL || answer->outcome == DNS_NOT_ASKED || answer->outcome == DNS_FAILURE ||
           (answer->outcome != DNS_DATA && answer->security == DNS_BOGUS);
}

static enum dmarc_step_result step_result(const struct dmarc_step_facts *step)
{
    size_t count = 0;

    for (size_t i = 0; i < step->records.count; i++)
        if (((const struct dmarc_record_facts *)step->records.items[i])->announces == YES)
            count++;
    return count == 0 ? DMARC_STEP_ABSENT : count == 1 ? DMARC_STEP_RECORD : DMARC_STEP_SEVERAL;
}

int dmarc_step_read(const char *domain, const struct dns_answer *answer, struct arena *arena,
                    struct dmarc_step_facts **ret)
{
    struct dmarc_step_facts *step = arena_alloc(arena, sizeof *step);

    if (step == NULL)
        return -ENOMEM;
    step->domain = domain;
    if (is_failure(answer)) {
        step->result = DMARC_STEP_FAILED;
        *ret = step;
        return 0;
    }
    step->records.observed = true;
    for (size_t i = 0; i < answer->records.count && step->records.count < DMARC_RECORDS_MAX; i++) {
        struct dmarc_record_facts *record;
        struct bytes text;
        int error = dns_record_txt(answer->records.items[i], arena, &text);

        if (error == -EBADMSG)
            continue;
        if (error == 0)
            error = dmarc_record_read(text, arena, &record);
        if (error == 0)
            error = list_add(&step->records, arena, record);
        if (error < 0)
            return error;
    }
    step->result = step_result(step);
    *ret = step;
    return 0;
}

const struct dmarc_record_facts *dmarc_step_record(const struct dmarc_step_facts *step)
{
    for (size_t i = 0; step != NULL && step->result == DMARC_STEP_RECORD && i < step->records.count; i++) {
        const struct dmarc_record_facts *record = step->records.items[i];

        if (record->announces == YES)
            return record;
    }
    return NULL;
}

static struct dmarc_step_facts *step_at(const struct list *steps, const char *domain)
{
    for (size_t i = 0; i < steps->count; i++) {
        struct dmarc_step_facts *step = steps->items[i];

        if (text_same_name(step->domain, domain))
            return step;
    }
    return NULL;
}

/* ---- the walk ---- */

struct walk {
    const char *start;
    const struct dmarc_step_facts *own;    /* of `start`, when it has a record */
    const struct dmarc_step_facts *suffix; /* above it, with psd=y */
    const char *organizational_domain;
    bool failed;
};

/* Takes one step; false: the walk stops here. */
static bool walk_step(struct walk *walk, const struct dmarc_step_facts *step, bool first)
{
    const struct dmarc_record_facts *record = dmarc_step_record(step);

    walk->failed = step == NULL ? !first : step->result == DMARC_STEP_FAILED;
    if (walk->failed || step == NULL || record == NULL)
        return !walk->failed;
    if (first)
        walk->own = step;
    walk->organizational_domain = step->domain; /* the last one has the fewest labels */
    if (record->psd == DMARC_PSD_YES && !first) {
        walk->suffix = step;
        walk->organizational_domain = one_label_below(walk->start, step->domain);
    }
    return record->psd == DMARC_PSD_UNSAID;
}

int dmarc_discover(const char *start, const struct list *steps, struct arena *arena,
                   struct dmarc_discovery *ret)
{
    const char *names[DMARC_WALK_MAX];
    size_t count;
    struct walk walk = {.start = arena_text(arena, start)};
    struct dmarc_discovery discovery = {0};
    bool more = true;

    if (walk.start == NULL)
        return -ENOMEM;
    count = dmarc_walk_names(walk.start, names);
    while (more && discovery.walked < count) {
        const struct dmarc_step_facts *step = step_at(steps, names[discovery.walked]);

        more = walk_step(&walk, step, discovery.walked++ == 0);
        if (!more)
            discovery.last = step;
    }
    discovery.decided = walk.own != NULL || !walk.failed;
    if (!walk.failed)
        discovery.organizational_domain =
            walk.organizational_domain != NULL ? walk.organizational_domain : walk.start;
    discovery.found = walk.own;
    if (walk.own == NULL && !walk.failed) {
        const struct dmarc_step_facts *step = step_at(steps, discovery.organizational_domain);

        discovery.found = dmarc_step_record(step) != NULL ? step : walk.suffix;
    }
    *ret = discovery;
    return 0;
}

/* ---- policies ---- */

/* Whom a policy is for, seen from the domain with the record. */
enum kinship { KIN_SELF, KIN_SUBDOMAIN, KIN_NONEXISTENT };

static enum dmarc_policy written_policy(const struct dmarc_record_facts *record, enum kinship kinship,
                                        bool older)
{
    enum dmarc_policy policy = DMARC_POLICY_NOT_OBSERVED;

    if (kinship == KIN_NONEXISTENT && !older)
        policy = record->nonexistent_policy;
    if (kinship != KIN_SELF && policy == DMARC_POLICY_NOT_OBSERVED)
        policy = record->subdomain_policy;
    return policy == DMARC_POLICY_NOT_OBSERVED ? record->policy : policy;
}

static enum dmarc_policy policy_of(const struct dmarc_record_facts *record, enum kinship kinship, bool older)
{
    enum dmarc_policy policy = DMARC_POLICY_NOT_OBSERVED;

    switch (older ? record->older_use : record->use) {
    case DMARC_USE_NOT_OBSERVED:
    case DMARC_UNUSABLE:
        return DMARC_POLICY_NOT_OBSERVED;
    case DMARC_AS_NONE:
        return DMARC_NONE;
    case DMARC_AS_WRITTEN:
        policy = written_policy(record, kinship, older);
        break;
    }
    /* one level below, for those who know t */
    return record->testing == YES && !older && policy > DMARC_NONE ? (enum dmarc_policy)(policy - 1) : policy;
}

static void apply(struct dmarc_outcome_facts *outcome, const struct dmarc_step_facts *found,
                  const char *start, enum known exists, bool older)
{
    const struct dmarc_record_facts *record = dmarc_step_record(found);
    bool self;

    outcome->decided = YES;
    if (found == NULL || record == NULL)
        return;
    self = text_same_name(found->domain, start);
    outcome->record_at = found->domain;
    outcome->policy = policy_of(record,
                                self           ? KIN_SELF
                                : exists == NO ? KIN_NONEXISTENT
                                               : KIN_SUBDOMAIN,
                                older);
    if (!self && exists == UNKNOWN && outcome->policy != policy_of(record, KIN_NONEXISTENT, older)) {
        outcome->decided = NO;
        outcome->policy = DMARC_POLICY_NOT_OBSERVED;
    }
    if (older && record->older_use == DMARC_AS_WRITTEN && record->percent.known &&
        record->percent.value < ALL)
        outcome->percent = record->percent;
}

static int decide_current(const char *start, enum known exists, const struct list *steps, struct arena *arena,
                          struct dmarc_outcome_facts **ret)
{
    struct dmarc_outcome_facts *outcome = arena_alloc(arena, sizeof *outcome);
    struct dmarc_discovery discovery;

    if (outcome == NULL || dmarc_discover(start, steps, arena, &discovery) < 0)
        return -ENOMEM;
    outcome->decided = NO;
    outcome->organizational_domain = discovery.organizational_domain;
    if (discovery.decided)
        apply(outcome, discovery.found, start, exists, false);
    *ret = outcome;
    return 0;
}

/* The organizational domain by the list that libpsl has built in; a public suffix is its own. */
static const char *registrable_domain(const char *name)
{
    const psl_ctx_t *list = psl_builtin();
    const char *domain = list == NULL ? NULL : psl_registrable_domain(list, name);

    return domain != NULL || list == NULL ? domain : name;
}

/* The name itself, and if it has none, its organizational domain: more than one record ends the search. */
static int decide_older(const char *start, enum known exists, const struct list *steps, struct arena *arena,
                        struct dmarc_outcome_facts **ret)
{
    struct dmarc_outcome_facts *outcome = arena_alloc(arena, sizeof *outcome);
    const struct dmarc_step_facts *step = step_at(steps, start);
    const char *name = arena_text(arena, start);

    if (outcome == NULL || name == NULL)
        return -ENOMEM;
    outcome->decided = NO;
    outcome->organizational_domain = registrable_domain(name);
    *ret = outcome;
    if (step == NULL || step->result == DMARC_STEP_ABSENT) {
        if (outcome->organizational_domain == NULL)
            return 0;
        if (!text_same_name(outcome->organizational_domain, start)) {
            step = step_at(steps, outcome->organizational_domain);
            if (step == NULL)
                return 0;
        }
    }
    if (step == NULL || step->result != DMARC_STEP_FAILED)
        apply(outcome, step, start, exists, true);
    return 0;
}

static int decide_all(const char *domain, enum known exists, const struct list *steps, struct arena *arena,
                      int (*decide_one)(const char *start, enum known exists, const struct list *steps,
                                        struct arena *arena, struct dmarc_outcome_facts **ret),
                      struct dmarc_receiver_facts **ret)
{
    struct dmarc_receiver_facts *receiver = arena_alloc(arena, sizeof *receiver);
    const char *below = arena_format(arena, "*.%s", domain);

    if (receiver == NULL || below == NULL ||
        decide_one(domain, exists, steps, arena, &receiver->domain) < 0 ||
        decide_one(below, YES, steps, arena, &receiver->subdomain) < 0 ||
        decide_one(below, NO, steps, arena, &receiver->nonexistent) < 0)
        return -ENOMEM;
    *ret = receiver;
    return 0;
}

static char *stopped_words(const struct dmarc_discovery *discovery, struct arena *arena)
{
    const struct dmarc_step_facts *last = discovery->last;
    const struct dmarc_record_facts *record = dmarc_step_record(last);

    if (last == NULL)
        return arena_text(arena, "there is no name above");
    if (record == NULL)
        return arena_format(arena, "the question for %s has no answer", last->domain);
    return arena_format(arena, "the record of %s says psd=%s", last->domain, dmarc_psd_values[record->psd]);
}

int dmarc_decide(struct dmarc_facts *facts, enum known exists, struct arena *arena)
{
    const struct dmarc_step_facts *first = facts->steps.items[0];
    struct dmarc_discovery discovery;

    if (dmarc_discover(first->domain, &facts->steps, arena, &discovery) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < facts->steps.count; i++)
        ((struct dmarc_step_facts *)facts->steps.items[i])->walked = known(i < discovery.walked);
    facts->stopped = stopped_words(&discovery, arena);
    facts->suffix_domain = registrable_domain(first->domain);
    if (facts->stopped == NULL)
        return -ENOMEM;
    if (decide_all(first->domain, exists, &facts->steps, arena, decide_current, &facts->current) < 0)
        return -ENOMEM;
    return decide_all(first->domain, exists, &facts->steps, arena, decide_older, &facts->older);
}
