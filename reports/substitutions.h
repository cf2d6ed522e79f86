/*
 * substitutions.h - what was not asked of the DNS (--zone, --resolve), in sentences for the top of a report; and
 * which zones count as signed by their file alone
 */
#ifndef OUTPOST_REPORTS_SUBSTITUTIONS_H
#define OUTPOST_REPORTS_SUBSTITUTIONS_H

#include "scanner/facts/scan.h"

struct arena;

/* Texts, one for each zone file and each host; none when the DNS has answered everything. 0 or -ENOMEM. */
int substitution_sentences(const struct scan_facts *scan, struct arena *arena, struct list *ret);

/* Is the zone secure by the keys of a zone file, its own or that of a zone above it, which no DS record stands for
 * yet? Its reason says so. */
bool zone_awaits_ds(const struct dnssec_zone_facts *zone);
/* That zone on the way from the root to the domain or a mail host; NULL: there is none. */
const struct dnssec_zone_facts *name_awaits_ds(const struct scan_facts *scan, const char *name);

#endif
