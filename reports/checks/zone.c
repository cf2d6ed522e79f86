/*
 * zone.c - the zone of the domain: do its name servers all serve it, alike, over UDP and TCP
 *
 * RFC 1034 4.2.2 (the zone above and the zone name the same servers), RFC 2182 5 (more than one), RFC 7766 5 (TCP
 * too). A server that is silent is called dead only when another one answered in the same way and by the same
 * family: our own network may be what keeps us from port 53.
 */
#include "reports/catalogue.h"
#include "reports/observed_zone.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"

#include <string.h>

/* ---- dns.ns ---- */

/* What was found, by how bad it is. */
struct ns_faults {
    size_t dead; /* addresses and names that do not serve the zone */
    bool tcp;
    bool few;
    bool disagree;
    bool one_network;
};

static void note_transport(struct judgement *judgement, struct finding *finding,
                           const struct zone_facts *zone, const struct zone_server_facts *server, bool tcp,
                           bool *ret_dead)
{
    const struct zone_answer_facts *answer = zone_answer(server, "SOA", tcp, false);
    const char *transport = tcp ? "TCP" : "UDP";

    if (answer == NULL || zone_serves(answer))
        return;
    if (!zone_spoke(answer) && !zone_anybody_spoke(zone, tcp, is_ipv6(server->address))) {
        finding_evidence(judgement, finding, "%s %s: not tested over %s (%s, as from all by this way)",
                         text_or(server->name, "?"), text_or(server->address, "?"), transport,
                         text_or(answer->reason, "no answer"));
        return;
    }
    *ret_dead = true;
    finding_evidence(judgement, finding, "%s %s: over %s %s", text_or(server->name, "?"),
                     text_or(server->address, "?"), transport,
                     zone_spoke(answer) && answer->outcome != DNS_FAILURE
                         ? "it answers without authority (lame)"
                         : text_or(answer->reason, "no answer"));
}

static void note_servers(struct judgement *judgement, struct finding *finding, const struct zone_facts *zone,
                         struct ns_faults *faults)
{
    for (size_t i = 0; i < zone->servers.count; i++) {
        const struct zone_server_facts *server = zone->servers.items[i];
        bool udp = false;
        bool tcp = false;

        if (server->contacted == NO)
            finding_evidence(judgement, finding, "%s %s: not asked (%s)", text_or(server->name, "?"),
                             text_or(server->address, "?"), text_or(server->reason, "?"));
        note_transport(judgement, finding, zone, server, false, &udp);
        note_transport(judgement, finding, zone, server, true, &tcp);
        if (zone_serves(zone_answer(server, "SOA", false, false)) &&
            zone_serves(zone_answer(server, "SOA", true, false)))
            finding_evidence(judgement, finding, "%s %s: serves it, over UDP and TCP",
                             text_or(server->name, "?"), text_or(server->address, "?"));
        faults->dead += udp || tcp;
        faults->tcp |= tcp && !udp;
    }
    for (size_t i = 0; i < zone->addressless.count; i++) {
        faults->dead++;
        finding_evidence(judgement, finding, "%s: it has no address",
                         (const char *)zone->addressless.items[i]);
    }
}

static bool names(const struct list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (same_name(((const struct zone_name_facts *)list->items[i])->name, name))
            return true;
    return false;
}

/* Names that one of the two lists has and the other has not. */
static void note_only(struct judgement *judgement, struct finding *finding, const struct list *here,
                      const struct list *there, const char *who, bool *ret_disagree)
{
    for (size_t i = 0; i < here->count; i++) {
        const struct zone_name_facts *server = here->items[i];

        if (names(there, server->name))
            continue;
        *ret_disagree = true;
        finding_evidence(judgement, finding, "%s names only %s", text_or(server->name, "?"), who);
    }
}

static void note_delegation(struct judgement *judgement, struct finding *finding,
                            const struct zone_facts *zone, struct ns_faults *faults)
{
    const struct list *all = zone->from_child.count > 0 ? &zone->from_child : &zone->from_parent;

    faults->few = all->count == 1;
    if (zone->from_parent.observed && zone->from_child.observed) {
        note_only(judgement, finding, &zone->from_parent, &zone->from_child, "the zone above",
                  &faults->disagree);
        note_only(judgement, finding, &zone->from_child, &zone->from_parent, "the zone itself",
                  &faults->disagree);
    } else {
        finding_evidence(judgement, finding, "not compared with what the zone above says: %s",
                         text_or(zone->parent_reason, text_or(zone->child_reason, "it is not known")));
    }
}

/* Are all IPv4 addresses in one /24, and there are no others? */
static bool one_network(const struct zone_facts *zone)
{
    struct address first = {0};
    size_t count = 0;

    for (size_t i = 0; i < zone->servers.count; i++) {
        const struct zone_server_facts *server = zone->servers.items[i];
        struct address address;

        if (server->address == NULL || address_parse(server->address, &address) < 0 ||
            address.family != AF_INET)
            return false;
        if (count++ == 0)
            first = address;
        else if (memcmp(first.octets, address.octets, 3) != 0)
            return false;
    }
    return count > 1;
}

static void fix_ns(struct judgement *judgement, struct finding *finding, const struct zone_facts *zone,
                   const struct ns_faults *faults)
{
    if (faults->tcp)
        finding_fix(judgement, finding, "Open port 53 of the name servers for TCP as well as UDP");
    if (faults->dead > 0)
        finding_fix(
            judgement, finding,
            "Let each name server above serve %s, or remove it from the NS records of the zone and, at "
            "the registrar, from the delegation",
            zone->name);
    if (faults->disagree)
        finding_fix(judgement, finding,
                    "At the registrar, enter the same name servers as the zone has NS records");
    if (faults->few)
        finding_fix(judgement, finding, "Add a second name server in another network (RFC 2182)");
}

/* Before it is published: a mistake that the file shows by itself is one, and nothing else can be said. */
static void judge_ns_of_file(struct judgement *judgement, const struct check *check,
                             const struct zone_facts *zone)
{
    struct subject subject = subject_domain(judgement);
    struct ns_faults faults = {.few = zone->from_child.count == 1};
    struct finding *finding;

    if (zone->from_child.count == 0 && zone->from_child.observed)
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "%s has no NS record in its zone file", zone->name);
    else if (zone->addressless.count > 0)
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "Not all name servers of %s have an address: %zu", zone->name,
                              zone->addressless.count);
    else if (faults.few)
        finding =
            finding_add(judgement, check, &subject, OUTCOME_WARN, "%s has only one name server", zone->name);
    else {
        (void)zone_untested(judgement, check, &subject);
        return;
    }
    finding_evidence(judgement, finding, "from %s; its name servers were not asked", zone->file);
    note_servers(judgement, finding, zone, &faults);
    if (zone->from_child.count == 0)
        finding_fix(judgement, finding, "Add an NS record for each name server: %s. IN NS NAME", zone->name);
    fix_ns(judgement, finding, zone, &faults);
}

static void judge_ns(struct judgement *judgement, const struct check *check)
{
    const struct zone_facts *zone = observed_zone(judgement);
    struct subject subject = subject_domain(judgement);
    struct ns_faults faults = {0};
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    if (zone->file != NULL && zone->name != NULL) {
        judge_ns_of_file(judgement, check, zone);
        return;
    }
    if (zone_untested(judgement, check, &subject))
        return;
    finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "The name servers of %s all serve it",
                          zone->name);
    note_servers(judgement, finding, zone, &faults);
    note_delegation(judgement, finding, zone, &faults);
    faults.one_network = one_network(zone);
    if (faults.dead > 0) {
        finding->outcome = OUTCOME_FAIL;
        finding->title =
            kept(judgement, arena_format(judgement->arena, "Not all name servers of %s serve it: %zu %s",
                                         zone->name, faults.dead, faults.dead == 1 ? "does not" : "do not"));
    } else if (faults.disagree || faults.few) {
        finding->outcome = OUTCOME_WARN;
        finding->title = kept(
            judgement, faults.disagree
                           ? arena_format(judgement->arena,
                                          "%s and the zone above name different name servers", zone->name)
                           : arena_format(judgement->arena, "%s has only one name server", zone->name));
    } else if (faults.one_network) {
        finding->outcome = OUTCOME_INFO;
        finding->title =
            kept(judgement,
                 arena_format(judgement->arena, "All name servers of %s are in one network", zone->name));
    }
    fix_ns(judgement, finding, zone, &faults);
}

const struct check check_dns_ns = {
    .id = "dns.ns",
    .severity = SEVERITY_HIGH,
    .area = AREA_DNS,
    .title = "All name servers serve the zone",
    .why =
        "A name server that does not answer for the zone costs senders seconds at every lookup, and when the "
        "others fail the domain and its mail are gone.",
    .reference = "RFC 1034 section 4.2.2, RFC 2182 section 5, RFC 7766 section 5",
    .explanation =
        "Whom the zone above refers to is asked of one of its name servers, whom the zone itself names of "
        "the "
        "resolver. Each of these servers (at most eight, one address of each family) is asked for the SOA "
        "record "
        "over UDP and over TCP, and has to answer with authority. A silent server is called dead only when "
        "another "
        "one answered in the same way. Of a zone that comes from a file (--zone) only what the file shows is "
        "judged: "
        "whether it has NS records, more than one, each with an address.\n\n"
        "Fix: let all servers of the delegation serve the zone, over UDP and TCP, and keep the NS records of "
        "the "
        "zone and the name servers entered at the registrar the same. At least two, in different networks.",
    .judge = judge_ns,
};

/* ---- dns.soa ---- */

static bool serial_of(const struct zone_server_facts *server, bool later, int64_t *ret)
{
    const struct zone_answer_facts *answer = zone_answer(server, "SOA", false, later);

    return zone_serves(answer) && zone_answer_serial(answer, ret);
}

/* How many servers said a serial number, and whether they are the same. */
static size_t compare_serials(const struct zone_facts *zone, bool later, bool *ret_same)
{
    int64_t first = 0;
    size_t count = 0;

    *ret_same = true;
    for (size_t i = 0; i < zone->servers.count; i++) {
        int64_t serial;

        if (!serial_of(zone->servers.items[i], later, &serial))
            continue;
        if (count++ == 0)
            first = serial;
        *ret_same &= serial == first;
    }
    return count;
}

static void evidence_serials(struct judgement *judgement, struct finding *finding,
                             const struct zone_facts *zone, bool later, const char *when)
{
    for (size_t i = 0; i < zone->servers.count; i++) {
        const struct zone_server_facts *server = zone->servers.items[i];
        int64_t serial;

        if (serial_of(server, later, &serial))
            finding_evidence(judgement, finding, "%s %s: serial %lld%s", text_or(server->name, "?"),
                             text_or(server->address, "?"), (long long)serial, when);
    }
}

static void judge_soa(struct judgement *judgement, const struct check *check)
{
    const struct zone_facts *zone = observed_zone(judgement);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;
    bool same;
    bool same_later;

    if (observed_dns(judgement)->domain == NULL || zone_untested(judgement, check, &subject))
        return;
    if (compare_serials(zone, false, &same) < 2) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         "less than two name servers told a serial number");
        return;
    }
    if (!same && compare_serials(zone, true, &same_later) < 2) {
        finding =
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             "the serial numbers differ, and there was no time to see whether they stay so");
        evidence_serials(judgement, finding, zone, false, "");
        return;
    }
    if (same || same_later) {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "All name servers have the same version of %s", zone->name);
        evidence_serials(judgement, finding, zone, !same, same ? "" : ", asked again");
        return;
    }
    finding = finding_add(judgement, check, &subject, OUTCOME_WARN,
                          "The name servers have different versions of %s", zone->name);
    evidence_serials(judgement, finding, zone, true, ", a minute later");
    finding_fix(judgement, finding,
                "Look at the transfer of the zone to the servers with the lower number: NOTIFY, who may "
                "transfer, the log");
}

const struct check check_dns_soa = {
    .id = "dns.soa",
    .severity = SEVERITY_LOW,
    .area = AREA_DNS,
    .title = "All name servers have the same version of the zone",
    .why =
        "While name servers have different versions of the zone, it is chance which records a sender sees.",
    .reference = "RFC 1034 section 4.3.5",
    .explanation =
        "The serial number in the SOA record is asked of each name server. Where they differ, all are asked "
        "again until they agree, for a minute, as a change takes a moment to reach every server.\n\n"
        "Fix: look at the transfer of the zone to the servers with the lower number.",
    .judge = judge_soa,
};
