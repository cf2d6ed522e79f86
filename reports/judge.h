/*
 * judge.h - from facts to a judgement
 */
#ifndef OUTPOST_REPORTS_JUDGE_H
#define OUTPOST_REPORTS_JUDGE_H

#include "reports/judgement.h"

/* Runs every check over the facts. 0 or -ENOMEM. */
int judge(const struct scan_facts *scan, const struct policy *policy, struct arena *arena,
          struct judgement **ret);

#endif
