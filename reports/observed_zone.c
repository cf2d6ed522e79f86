/*
 * observed_zone.c - what the name servers of the zone said
 */
#include "reports/observed_zone.h"

const struct zone_facts *observed_zone(const struct judgement *judgement)
{
    static const struct zone_facts nothing;
    const struct observed_facts *facts = judgement->scan->facts;

    return facts != NULL && facts->zone != NULL ? facts->zone : &nothing;
}

const struct zone_answer_facts *zone_answer(const struct zone_server_facts *server, const char *type,
                                            bool tcp, bool later)
{
    for (size_t i = 0; i < server->answers.count; i++) {
        const struct zone_answer_facts *answer = server->answers.items[i];

        if (same_text(answer->type, type) && answer->tcp == known(tcp) && (answer->later == YES) == later)
            return answer;
    }
    return NULL;
}

/* Something came back, whatever it was. */
bool zone_spoke(const struct zone_answer_facts *answer)
{
    return answer != NULL && answer->authoritative != UNKNOWN;
}

/* An answer that a server of the zone would give. */
bool zone_serves(const struct zone_answer_facts *answer)
{
    return answer != NULL && answer->outcome != DNS_FAILURE && answer->outcome != DNS_NOT_ASKED &&
           answer->authoritative == YES;
}

bool zone_anybody_spoke(const struct zone_facts *zone, bool tcp, bool ipv6)
{
    for (size_t i = 0; i < zone->servers.count; i++) {
        const struct zone_server_facts *server = zone->servers.items[i];

        if (is_ipv6(server->address) == ipv6 && zone_spoke(zone_answer(server, "SOA", tcp, false)))
            return true;
    }
    return false;
}

static size_t count_serving(const struct zone_facts *zone, const char *type)
{
    size_t count = 0;

    for (size_t i = 0; i < zone->servers.count; i++)
        count += zone_serves(zone_answer(zone->servers.items[i], type, false, false)) ||
                 zone_serves(zone_answer(zone->servers.items[i], type, true, false));
    return count;
}

/* Why nothing can be said of the name servers; NULL when at least one answers for the zone. */
static const char *why_untested(const struct zone_facts *zone)
{
    bool asked = false;
    bool spoken = false;

    if (zone->name == NULL)
        return text_or(zone->reason, "the name servers were not asked");
    if (zone->file != NULL)
        return "the zone was answered from a file, and not by its name servers";
    for (size_t i = 0; i < zone->servers.count; i++) {
        const struct zone_server_facts *server = zone->servers.items[i];

        asked |= server->answers.count > 0;
        spoken |= zone_spoke(zone_answer(server, "SOA", false, false)) ||
                  zone_spoke(zone_answer(server, "SOA", true, false));
    }
    if (!asked)
        return "no name server could be asked from here";
    if (!spoken)
        return "no name server answered: our own network may keep us from port 53";
    if (count_serving(zone, "SOA") == 0)
        return "no name server claims authority, yet the zone resolves: something on the way may answer in "
               "their "
               "place";
    return NULL;
}

bool zone_untested(struct judgement *judgement, const struct check *check, const struct subject *subject)
{
    const char *reason = why_untested(observed_zone(judgement));

    if (reason != NULL)
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, reason);
    return reason != NULL;
}
