/*
 * grade.h - from findings to letters
 *
 *   endpoint  the grade of its TLS, A+ to F (tls_grade.h)
 *   area      transport, authentication, reachability, dns: it begins with A; every finding in it that fails
 *             or warns caps it as the policy says, by outcome and severity or by the check's own caps. What the
 *             TLS grade of a port weighs caps as it does there and not once more; no transport is better than
 *             the TLS of its worst port
 *   overall   the worst of the areas
 *
 * An A has to be earned: an area in which nothing caps has a grade only if each of its essential checks (the
 * policy names them; those that do not concern the target do not count) was tested on at least one subject.
 * An area that has findings and yet no grade leaves no overall A either: the overall grade is NULL unless
 * something caps it. What could not be tested never lowers a grade.
 *
 * A port whose TLS has no grade could be worse than what is known of transport: then transport has none, nor has
 * the whole, and both are "no better than" what they would be otherwise. An F is an F whatever was not tested.
 */
#ifndef OUTPOST_REPORTS_GRADE_H
#define OUTPOST_REPORTS_GRADE_H

#include "reports/judgement.h"

/* Fills outcome, grades and what they are no better than, grade_reasons and endpoint_grades from the sorted
 * findings. 0 or -ENOMEM. */
int grade(struct judgement *judgement);

/* The grade, or the best that it can be; NULL when that is not known either. */
static inline const char *grade_bound(const struct judgement *judgement)
{
    return judgement->grade != NULL ? judgement->grade : judgement->no_better_than;
}

#endif
