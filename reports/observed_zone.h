/*
 * observed_zone.h - what several checks ask of the zone's name servers
 */
#ifndef OUTPOST_REPORTS_OBSERVED_ZONE_H
#define OUTPOST_REPORTS_OBSERVED_ZONE_H

#include "reports/observed.h"

/* Never NULL. */
const struct zone_facts *observed_zone(const struct judgement *judgement);
/* What a server said to the question for this type; NULL when it was not asked. */
const struct zone_answer_facts *zone_answer(const struct zone_server_facts *server, const char *type,
                                            bool tcp, bool later);
/* Something came back, whatever it was. */
bool zone_spoke(const struct zone_answer_facts *answer);
/* It is an answer that a server of the zone would give. */
bool zone_serves(const struct zone_answer_facts *answer);
/* Did any server of this family answer by this way? Otherwise our own network may be what is silent. */
bool zone_anybody_spoke(const struct zone_facts *zone, bool tcp, bool ipv6);
/* Adds a finding that says why nothing can be said of the name servers; true when it was added. */
bool zone_untested(struct judgement *judgement, const struct check *check, const struct subject *subject);

#endif
