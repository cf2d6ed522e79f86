/*
 * scan.c - what this scan could not see from where it looked
 */
#include "reports/catalogue.h"
#include "reports/dnsbl_model.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdint.h>

static void add(struct judgement *judgement, struct list *lines, const char *line)
{
    if (list_add(lines, judgement->arena, (void *)(uintptr_t)line) < 0)
        judgement->failed = true;
}

/* Was a connection to port 25 tried, by this family? */
static bool looked_at_smtp(const struct judgement *judgement, bool ipv6)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (is_service(endpoint, "smtp") && is_ipv6(endpoint->address) == ipv6 &&
            endpoint->state != ENDPOINT_NOT_CONTACTED)
            return true;
    }
    return false;
}

static bool smtp_unknown(const struct judgement *judgement, bool ipv6)
{
    const struct vantage_facts *vantage = observed_vantage(judgement);

    return (ipv6 ? vantage->port_25_ipv6 : vantage->port_25) == PORT_25_NOT_OBSERVED &&
           looked_at_smtp(judgement, ipv6);
}

static bool has_ipv6_address(struct judgement *judgement)
{
    struct list places = places_all(judgement);

    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = places.items[i];

        if (is_ipv6(place->address->address))
            return true;
    }
    return false;
}

/* How many blacklists do not answer us, whichever way they were asked. */
static size_t lists_refusing(const struct judgement *judgement)
{
    const struct dnsbl_facts *facts = observed_dnsbl(judgement);
    size_t count = 0;

    for (size_t i = 0; i < facts->lists.count; i++)
        count += ((const struct dnsbl_list_facts *)facts->lists.items[i])->fault == DNSBL_REFUSED;
    return count;
}

/* What limits the report, one line each; it is as much as the list is long. */
static struct list limits_of(struct judgement *judgement)
{
    const struct vantage_facts *vantage = observed_vantage(judgement);
    struct list limits = {0};

    if (judgement->scan->complete == NO)
        add(judgement, &limits,
            kept(judgement, arena_format(judgement->arena, "The scan is not complete: %s",
                                         text_or(judgement->scan->incomplete_reason, "it was cut short"))));
    if (vantage->port_25 == PORT_25_BLOCKED)
        add(judgement, &limits, "Our own network blocks port 25 over IPv4: nothing there was tested");
    else if (smtp_unknown(judgement, false))
        add(judgement, &limits,
            "Whether our own network lets us out on port 25 over IPv4 is not known (see --control)");
    if (vantage->port_25_ipv6 == PORT_25_BLOCKED)
        add(judgement, &limits, "Our own network blocks port 25 over IPv6: nothing there was tested");
    else if (smtp_unknown(judgement, true))
        add(judgement, &limits,
            "Whether our own network lets us out on port 25 over IPv6 is not known (see --control)");
    if (vantage->ipv6 == NO && has_ipv6_address(judgement))
        add(judgement, &limits, "There is no IPv6 here: IPv6 addresses were not tested");
    if (vantage->ipv4 == NO)
        add(judgement, &limits, "There is no IPv4 here: IPv4 addresses were not tested");
    if (lists_refusing(judgement) > 0)
        add(judgement, &limits,
            kept(judgement, arena_format(judgement->arena,
                                         "%zu of the blacklists refuse our resolver (see dnsbl.usable)",
                                         lists_refusing(judgement))));
    return limits;
}

static void judge_vantage(struct judgement *judgement, const struct check *check)
{
    const struct vantage_facts *vantage = observed_vantage(judgement);
    const struct settings_facts *settings = observed_settings(judgement);
    struct subject subject = subject_target(judgement);
    struct list limits = limits_of(judgement);
    struct finding *finding;

    if (judgement->scan->vantage == NULL && limits.count == 0) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         "the scan does not say where it looked from");
        return;
    }
    if (limits.count == 0)
        finding =
            finding_add(judgement, check, &subject, OUTCOME_PASS, "Nothing stood in the way of this scan");
    else
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO, "%s%s", (const char *)limits.items[0],
                              limits.count > 1 ? " (and more)" : "");
    evidence_lines(judgement, finding, &limits);
    if (vantage->port_25_evidence != NULL)
        finding_evidence(judgement, finding, "port 25 over IPv4: %s", vantage->port_25_evidence);
    if (vantage->port_25_ipv6_evidence != NULL)
        finding_evidence(judgement, finding, "port 25 over IPv6: %s", vantage->port_25_ipv6_evidence);
    if (vantage->addresses.count > 0)
        finding_evidence(judgement, finding, "our addresses: %s",
                         kept(judgement, text_join(judgement->arena, &vantage->addresses, ", ")));
    for (size_t i = 0; i < settings->overrides.count; i++)
        finding_evidence(judgement, finding, "what DNS says was replaced: %s",
                         (const char *)settings->overrides.items[i]);
    if (vantage->port_25 == PORT_25_BLOCKED || vantage->port_25_ipv6 == PORT_25_BLOCKED)
        finding_fix(judgement, finding, "Scan from a host whose provider lets port 25 out");
    if (smtp_unknown(judgement, false) || smtp_unknown(judgement, true))
        finding_fix(judgement, finding,
                    "Name a mail host that certainly answers, over both families: `--control HOST`");
}

const struct check check_scan_vantage = {
    .id = "scan.vantage",
    .severity = SEVERITY_NONE,
    .area = AREA_NONE,
    .title = "Nothing stood in the way of this scan",
    .why = "What the scanner's own network hides must not be blamed on the mail server.",
    .reference = "RFC 5321 section 5.1",
    .explanation =
        "Many networks block outgoing port 25, and many have no IPv6. Both look like a dead server from "
        "there; and blacklists refuse the resolvers of many. The "
        "scan says what it could not test, and why; such a gap counts neither as pass nor as failure.\n\n"
        "Fix: scan from a host that may speak on port 25 over both families. --control HOST names a mail "
        "host that "
        "is known to answer, so that a blocked port is recognised.",
    .judge = judge_vantage,
};
