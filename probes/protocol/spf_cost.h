/*
 * spf_cost.h - what a domain's SPF costs and permits, summed up over the records that it leads to
 *
 * Pure: facts in, sums into the same facts. RFC 7208 4.6.4.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_SPF_COST_H
#define OUTPOST_PROBES_PROTOCOL_SPF_COST_H

#include "scanner/facts/spf.h"

struct arena;

enum { SPF_RECORDS_MAX = 64 };

/* The record of a domain among those that were looked at; NULL: it is not there. */
struct spf_record_facts *spf_record_of(const struct spf_facts *facts, const char *domain);

/*
 * Sums up lookups and void lookups of each record and of what it leads to, as often as it leads there; finds
 * records that lead back to themselves. At most SPF_RECORDS_MAX records count.
 */
void spf_sum_costs(struct spf_facts *facts);

/* The IPv4 addresses that get a pass, and whether "+all" gives one to everybody. Terms that forbid take nothing away
 * again. 0 or -ENOMEM. */
int spf_sum_addresses(struct spf_facts *facts, struct arena *arena);

#endif
