/*
 * grade.h - from findings to letters
 *
 *   area      transport, authentication, reachability, dns: it begins with A; every finding in it that fails
 *             or warns caps it as the policy says, by outcome and severity or by the check's own caps
 *   overall   the worst of the areas
 *   endpoint  A, capped by the findings about this address and port
 *
 * An A has to be earned: an area in which nothing caps has a grade only if each of its essential checks (the
 * policy names them; those that do not concern the target do not count) was tested on at least one subject.
 * An area that has findings and yet no grade leaves no overall A either: the overall grade is NULL unless
 * something caps it. What could not be tested never lowers a grade.
 */
#ifndef OUTPOST_REPORTS_GRADE_H
#define OUTPOST_REPORTS_GRADE_H

#include "reports/judgement.h"

/* Fills outcome, grade, area_grades, grade_reasons and endpoint_grades from the sorted findings. 0 or
 * -ENOMEM. */
int grade(struct judgement *judgement);

#endif
