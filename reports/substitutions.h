/*
 * substitutions.h - what was not asked of the DNS, in sentences for the top of a report: --zone, --resolve
 */
#ifndef OUTPOST_REPORTS_SUBSTITUTIONS_H
#define OUTPOST_REPORTS_SUBSTITUTIONS_H

#include "scanner/facts/scan.h"

struct arena;

/* Texts, one for each zone file and each host; none when the DNS has answered everything. 0 or -ENOMEM. */
int substitution_sentences(const struct scan_facts *scan, struct arena *arena, struct list *ret);

#endif
