/*
 * verdict.c - what the judge says about a scripted server
 */
#include "reports/judge.h"
#include "reports/judgement.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"
#include "tests/hostile/trial.h"

#include <string.h>

const char *trial_verdict(const struct scan_facts *scan, const char *check, struct arena *arena)
{
    const struct policy *policy;
    struct judgement *judgement;
    const char *error = NULL;
    enum outcome worst = OUTCOME_NOT_TESTED;
    bool found = false;

    if (policy_load(NULL, arena, &policy, &error) < 0 || judge(scan, policy, arena, &judgement) < 0)
        return NULL;
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (strcmp(finding->check->id, check) != 0)
            continue;
        found = true;
        if (finding->outcome < worst)
            worst = finding->outcome;
    }
    return found ? outcome_name(worst) : NULL;
}
