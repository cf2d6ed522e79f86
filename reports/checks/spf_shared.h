/*
 * spf_shared.h - what the checks of SPF have in common
 */
#ifndef OUTPOST_REPORTS_CHECKS_SPF_SHARED_H
#define OUTPOST_REPORTS_CHECKS_SPF_SHARED_H

#include "reports/judgement.h"

/* Adds a finding that says why there is no record to judge: it is not known, missing, or there are several. NULL then,
 * and for a target without a domain. */
const struct spf_record_facts *spf_judgeable(struct judgement *judgement, const struct check *check,
                                             const struct subject *subject);
/* The record, or what was found instead. */
void spf_evidence_record(struct judgement *judgement, struct finding *finding,
                         const struct spf_record_facts *record);
/* Says what is missing when not every question was answered. */
void spf_evidence_incomplete(struct judgement *judgement, struct finding *finding);

#endif
