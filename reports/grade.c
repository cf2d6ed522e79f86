/*
 * grade.c - from findings to letters, as grade.h says
 */
#include "reports/grade.h"

#include "reports/observed.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

static bool was_tested(const struct finding *finding)
{
    switch (finding->outcome) {
    case OUTCOME_FAIL:
    case OUTCOME_WARN:
    case OUTCOME_INFO:
    case OUTCOME_PASS:
        return true;
    case OUTCOME_NOT_APPLICABLE:
    case OUTCOME_NOT_TESTED:
        break;
    }
    return false;
}

/* Letters are one character, and a later one is worse; NULL is no letter yet. */
static const char *worse(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    return strcmp(a, b) >= 0 ? a : b;
}

/* ---- areas ---- */

/* What is known of one check in an area. */
struct progress {
    bool concerned; /* some finding is not "does not apply" */
    bool tested;
};

static struct progress progress_of(const struct judgement *judgement, const struct check *check)
{
    struct progress progress = {0};

    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (finding->check != check)
            continue;
        progress.concerned = progress.concerned || finding->outcome != OUTCOME_NOT_APPLICABLE;
        progress.tested = progress.tested || was_tested(finding);
    }
    return progress;
}

/* Was enough of the area tested to say that it is faultless? */
static bool area_tested(const struct judgement *judgement, enum area area)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        struct progress progress;

        if (checks[i]->area != area)
            continue;
        progress = progress_of(judgement, checks[i]);
        any = any || progress.tested;
        if (progress.concerned && !progress.tested && policy_essential(judgement->policy, checks[i]))
            return false;
    }
    return any;
}

/* Does the area concern the target at all? */
static bool area_concerned(const struct judgement *judgement, enum area area)
{
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (finding->check->area == area && finding->outcome != OUTCOME_NOT_APPLICABLE)
            return true;
    }
    return false;
}

static const char *area_grade(const struct judgement *judgement, enum area area)
{
    const char *worst = NULL;

    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (finding->check->area == area)
            worst = worse(worst, finding->cap);
    }
    if (worst != NULL)
        return worst;
    return area_tested(judgement, area) ? "A" : NULL;
}

static void grade_areas(struct judgement *judgement)
{
    bool whole = true;

    for (enum area area = AREA_TRANSPORT; area < AREA_NONE; area++) {
        const char *letter = area_grade(judgement, area);

        judgement->area_grades[area] = letter;
        judgement->grade = worse(judgement->grade, letter);
        if (letter == NULL && area_concerned(judgement, area))
            whole = false;
    }
    if (!whole && judgement->grade != NULL && strcmp(judgement->grade, "A") == 0)
        judgement->grade = NULL;
}

/* ---- reasons ---- */

static int add_reasons(struct judgement *judgement)
{
    judgement->grade_reasons.observed = true;
    if (judgement->grade == NULL || strcmp(judgement->grade, "A") == 0)
        return 0;
    /* The findings are sorted: the worst come first. */
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];
        struct grade_reason *reason;

        if (finding->check->area == AREA_NONE || finding->cap == NULL ||
            strcmp(finding->cap, judgement->grade) != 0)
            continue;
        reason = list_new_item(&judgement->grade_reasons, judgement->arena, sizeof(*reason));
        if (reason == NULL)
            return -ENOMEM;
        reason->finding = finding;
        reason->cap = finding->cap;
    }
    return 0;
}

/* ---- endpoints ---- */

static bool is_about(const struct finding *finding, const struct endpoint_facts *endpoint)
{
    return finding->subject.port.known && endpoint->port.known &&
           finding->subject.port.value == endpoint->port.value &&
           same_text(finding->subject.address, endpoint->address);
}

static const char *endpoint_letter(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const char *worst = NULL;
    bool tested = false;

    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (!is_about(finding, endpoint))
            continue;
        tested = tested || was_tested(finding);
        worst = worse(worst, finding->cap);
    }
    return worst != NULL ? worst : tested ? "A" : NULL;
}

static int grade_endpoints(struct judgement *judgement)
{
    const struct list *endpoints = observed_endpoints(judgement);

    judgement->endpoint_grades.observed = true;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct endpoint_grade *item =
            list_new_item(&judgement->endpoint_grades, judgement->arena, sizeof(*item));

        if (item == NULL)
            return -ENOMEM;
        item->address = endpoint->address;
        item->port = endpoint->port.value;
        item->grade = endpoint_letter(judgement, endpoint);
    }
    return 0;
}

/* ---- outcome ---- */

static enum outcome overall_outcome(const struct judgement *judgement)
{
    if (judgement->counts[OUTCOME_FAIL] > 0)
        return OUTCOME_FAIL;
    if (judgement->counts[OUTCOME_WARN] > 0)
        return OUTCOME_WARN;
    /* Nothing is wrong as far as was seen; that says something only if enough was seen. */
    if (judgement->grade == NULL)
        return OUTCOME_NOT_TESTED;
    return judgement->counts[OUTCOME_INFO] > 0 ? OUTCOME_INFO : OUTCOME_PASS;
}

int grade(struct judgement *judgement)
{
    grade_areas(judgement);
    judgement->outcome = overall_outcome(judgement);
    if (add_reasons(judgement) < 0 || grade_endpoints(judgement) < 0)
        return -ENOMEM;
    return 0;
}
