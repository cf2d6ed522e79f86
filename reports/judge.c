/*
 * judge.c - runs every check over the facts of a scan, and puts what they found in order
 *
 *   facts  ->  each check adds its findings  ->  weighed by the policy, ids made unique, sorted, counted
 *          ->  grades (grade.c)
 */
#include "reports/judge.h"

#include "reports/grade.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct finding *first = *(void *const *)a, *second = *(void *const *)b;
    int order = strcmp(first->id, second->id);

    /* Two of one id stay in the order in which their check added them. */
    return order != 0 ? order : first->added < second->added ? -1 : first->added > second->added;
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *first = *(void *const *)a, *second = *(void *const *)b;

    if (first->outcome != second->outcome)
        return first->outcome < second->outcome ? -1 : 1;
    if (first->severity != second->severity)
        return first->severity < second->severity ? -1 : 1;
    return compare_ids(a, b);
}

/* A second finding of a check about the same subject (two certificates of one type behind one address) gets
 * a number. */
static void number_ids(struct judgement *judgement)
{
    struct list *findings = &judgement->findings;
    const char *before = NULL;
    unsigned number = 1;

    qsort(findings->items, findings->count, sizeof(void *), compare_ids);
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = findings->items[i];

        if (before == NULL || strcmp(before, finding->id) != 0) {
            before = finding->id;
            number = 1;
            continue;
        }
        finding->id = arena_format(judgement->arena, "%s#%u", before, ++number);
        if (finding->id == NULL) {
            judgement->failed = true;
            return;
        }
    }
}

static void put_in_order(struct judgement *judgement)
{
    struct list *findings = &judgement->findings;

    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = findings->items[i];

        finding->added = i;
        finding->severity = policy_severity(judgement->policy, finding->check);
        finding->cap = policy_cap(judgement->policy, finding);
        judgement->counts[finding->outcome]++;
    }
    if (findings->count == 0)
        return;
    number_ids(judgement);
    if (!judgement->failed)
        qsort(findings->items, findings->count, sizeof(void *), compare_findings);
}

int judge(const struct scan_facts *scan, const struct policy *policy, struct arena *arena,
          struct judgement **ret)
{
    struct judgement *judgement = arena_alloc(arena, sizeof(*judgement));
    struct finding *spare = arena_alloc(arena, sizeof(*spare));
    const struct check *const *checks;
    size_t count;

    if (judgement == NULL || spare == NULL)
        return -ENOMEM;
    judgement->arena = arena;
    judgement->scan = scan;
    judgement->policy = policy;
    judgement->spare = spare;
    judgement->findings.observed = true;
    checks = checks_all(&count);
    for (size_t i = 0; i < count && !judgement->failed; i++)
        checks[i]->judge(judgement, checks[i]);
    if (!judgement->failed)
        put_in_order(judgement);
    if (judgement->failed || grade(judgement) < 0)
        return -ENOMEM;
    *ret = judgement;
    return 0;
}
