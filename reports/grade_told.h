/*
 * grade_told.h - what set the grade, each once, for people who read the first screen of a report
 */
#ifndef OUTPOST_REPORTS_GRADE_TOLD_H
#define OUTPOST_REPORTS_GRADE_TOLD_H

#include "reports/finding_group.h"

/* A finding that fails or warns, with all of its check; or a fault of TLS that the policy caps by although its
 * check passes. */
struct told_reason {
    const char *title;
    const char *cap;
    const struct tls_cap *fault; /* NULL: a finding */
    struct finding_group group;  /* where it is, and what to do */
};

/* told_reason, the worst first. 0 or -ENOMEM. */
int told_reasons(const struct judgement *judgement, struct arena *arena, struct list *ret);
/* Is the finding told by one of them? */
bool is_told(const struct list *told, const struct finding *finding);

/* Texts: with what to begin, for each of the members; what many share, once. 0 or -ENOMEM. */
int first_steps(const struct finding_group *group, struct arena *arena, struct list *ret);

/* The first line of a step, and of what it says to copy the first lines that follow each other. */
struct step_in_short {
    const char *words;
    struct list lines; /* texts */
    bool more;         /* lines that are not shown */
};
/* 0 or -ENOMEM. */
int step_in_short(const char *step, struct arena *arena, struct step_in_short *ret);

/* Why there is no grade, where it is known what it is no better than; code stands between backquotes. NULL only
 * when out of memory. */
const char *grade_untested_sentence(const struct judgement *judgement, struct arena *arena);

#endif
