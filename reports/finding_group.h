/*
 * finding_group.h - findings that say the same about several subjects, told once
 *
 * One wrong certificate on four ports of two addresses is eight findings and one piece of work: reports for
 * people show it once, with the eight places.
 */
#ifndef OUTPOST_REPORTS_FINDING_GROUP_H
#define OUTPOST_REPORTS_FINDING_GROUP_H

#include "reports/judgement.h"

struct finding_group {
    const struct finding *first; /* stands for all: they share check, outcome, severity and words */
    struct list members;         /* finding; `first` is the first of them */
};

enum finding_likeness {
    SAME_WORDS,  /* title, reason, remedy and reference are equal */
    SAME_CHECK,  /* the words may differ: a host's name in a title */
    SAME_REASON, /* of findings that were not tested: one silent port leaves twenty checks open */
};

/* The findings of one outcome, in the order of the judgement. 0 or -ENOMEM. */
int finding_groups(const struct judgement *judgement, enum outcome outcome, enum finding_likeness likeness,
                   struct arena *arena, struct list *ret);
/* Where: the subject when there is one, else "on 4 ports", "on 4 ports of 2 addresses", "on 2 hosts", "in 3
 * places". NULL only when out of memory. */
const char *finding_group_where(const struct finding_group *group, struct arena *arena);
/* Why something was not tested, as a sentence ("The port does not answer"); its title where it does not say.
 * NULL only when out of memory. */
const char *finding_reason(const struct finding *finding, struct arena *arena);
/* How many different checks are in the group. */
size_t finding_group_checks(const struct finding_group *group);
/* Do all members show the same evidence? */
bool finding_group_same_evidence(const struct finding_group *group);

#endif
