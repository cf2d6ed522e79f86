/*
 * zone_answers.c - what the zone's name servers answer: the same MX everywhere, large answers whole, nothing for
 * names that nobody published
 *
 * RFC 1034 4.2.2, RFC 6891 6.2.5 and RFC 7766 5 (what does not fit over UDP comes over TCP), RFC 4592 (wildcards).
 */
#include "reports/catalogue.h"
#include "reports/observed_zone.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* ---- dns.mx.consistent ---- */

/* Over TCP where it did not fit over UDP. */
static const struct zone_answer_facts *whole_answer(const struct zone_server_facts *server, const char *type)
{
    const struct zone_answer_facts *answer = zone_answer(server, type, false, false);

    return answer != NULL && answer->truncated == YES ? zone_answer(server, type, true, false) : answer;
}

static bool same_records(const struct list *a, const struct list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!list_has_text(b, a->items[i]))
            return false;
    return true;
}

static void evidence_mx(struct judgement *judgement, struct finding *finding,
                        const struct zone_server_facts *server, const struct zone_answer_facts *answer)
{
    const char *records = answer->records.count == 0
                              ? "no MX record"
                              : kept(judgement, text_join(judgement->arena, &answer->records, ", "));

    finding_evidence(judgement, finding, "%s %s: %s", text_or(server->name, "?"),
                     text_or(server->address, "?"), records);
}

static void judge_consistent(struct judgement *judgement, const struct check *check)
{
    const struct zone_facts *zone = observed_zone(judgement);
    struct subject subject = subject_domain(judgement);
    const struct zone_answer_facts *first = NULL;
    struct finding *finding;
    size_t count = 0;
    bool same = true;

    if (observed_dns(judgement)->domain == NULL || zone_untested(judgement, check, &subject))
        return;
    for (size_t i = 0; i < zone->servers.count; i++) {
        const struct zone_answer_facts *answer = whole_answer(zone->servers.items[i], "MX");

        if (!zone_serves(answer))
            continue;
        count++;
        first = first != NULL ? first : answer;
        same &= same_records(&answer->records, &first->records);
    }
    if (count < 2) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         "less than two name servers answered for the MX records");
        return;
    }
    if (same)
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "All name servers give the same MX records");
    else
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "Name servers give different MX records for %s", subject.domain);
    for (size_t i = 0; i < zone->servers.count; i++)
        if (zone_serves(whole_answer(zone->servers.items[i], "MX")))
            evidence_mx(judgement, finding, zone->servers.items[i],
                        whole_answer(zone->servers.items[i], "MX"));
    if (!same)
        finding_fix(judgement, finding,
                    "Give all name servers of %s the same zone: see dns.soa for which of them has an old one",
                    zone->name);
}

const struct check check_dns_mx_consistent = {
    .id = "dns.mx.consistent",
    .severity = SEVERITY_HIGH,
    .area = AREA_DNS,
    .title = "All name servers give the same MX records",
    .why = "Where name servers differ, chance decides which mail host a sender uses, and part of the mail "
           "goes to the "
           "wrong one.",
    .reference = "RFC 1034 section 4.2.2",
    .explanation =
        "Each name server of the zone is asked itself for the MX records of the domain.\n\n"
        "Fix: a server with other records has an old zone, or another one: look at its zone transfers, and "
        "remove servers of an earlier provider from the delegation.",
    .judge = judge_consistent,
};

/* ---- dns.large_answers ---- */

static const char *const large_types[] = {"MX", "TXT", "DNSKEY"};

/* One answer that is, or may be, too large. */
static void note_large(struct judgement *judgement, struct finding *finding, const struct zone_facts *zone,
                       const struct zone_server_facts *server, const char *type, size_t *truncated,
                       size_t *lost)
{
    const struct zone_answer_facts *udp = zone_answer(server, type, false, false);
    const struct zone_answer_facts *tcp = zone_answer(server, type, true, false);
    const char *place = kept(judgement, arena_format(judgement->arena, "%s %s", text_or(server->name, "?"),
                                                     text_or(server->address, "?")));

    if (udp != NULL && udp->truncated == YES) {
        (*truncated)++;
        if (zone_spoke(tcp)) {
            finding_evidence(judgement, finding, "%s: %s is larger than 1232 bytes and comes over TCP", place,
                             type);
        } else if (tcp != NULL && zone_anybody_spoke(zone, true, is_ipv6(server->address))) {
            (*lost)++;
            finding_evidence(judgement, finding, "%s: %s is larger than 1232 bytes, and over TCP: %s", place,
                             type, text_or(tcp->reason, "no answer"));
        } else {
            finding_evidence(judgement, finding, "%s: %s is larger than 1232 bytes; TCP could not be tested",
                             place, type);
        }
    } else if (udp != NULL && !zone_spoke(udp)) {
        (*lost)++; /* it has answered to SOA */
        finding_evidence(judgement, finding, "%s: no answer for %s over UDP (%s)", place, type,
                         text_or(udp->reason, "no answer"));
    }
}

static void judge_large(struct judgement *judgement, const struct check *check)
{
    const struct zone_facts *zone = observed_zone(judgement);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;
    size_t truncated = 0;
    size_t lost = 0;

    if (observed_dns(judgement)->domain == NULL || zone_untested(judgement, check, &subject))
        return;
    finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "Large answers arrive whole");
    for (size_t i = 0; i < zone->servers.count; i++)
        for (size_t j = 0; j < sizeof(large_types) / sizeof(large_types[0]); j++)
            note_large(judgement, finding, zone, zone->servers.items[i], large_types[j], &truncated, &lost);
    if (lost > 0) {
        finding->outcome = OUTCOME_FAIL;
        finding->title = "Large answers do not arrive";
        finding_fix(judgement, finding,
                    "Open port 53 of the name servers for TCP, and let no firewall drop large "
                    "packets over UDP");
    } else if (truncated == 0) {
        finding_evidence(judgement, finding, "MX, TXT and DNSKEY fit into 1232 bytes everywhere");
    }
}

const struct check check_dns_large_answers = {
    .id = "dns.large_answers",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_DNS,
    .title = "Large answers arrive whole",
    .why = "DKIM keys and DNSSEC make answers larger than one packet can safely be; a name server that "
           "cannot deliver "
           "them makes records vanish for some receivers.",
    .reference = "RFC 7766 section 5, RFC 6891 section 6.2.5",
    .explanation =
        "MX and TXT of the domain and DNSKEY of the zone are asked of each name server with room for 1232 "
        "bytes and with DNSSEC records. What does not fit has to be marked as truncated and come over "
        "TCP.\n\n"
        "Fix: open port 53 over TCP, in the firewall too.",
    .judge = judge_large,
};

/* ---- dns.wildcard ---- */

static void judge_wildcard(struct judgement *judgement, const struct check *check)
{
    const struct zone_facts *zone = observed_zone(judgement);
    const struct dns_question_facts *questions[] = {zone->random_a, zone->random_mx, zone->random_txt};
    struct subject subject = subject_domain(judgement);
    const struct dns_question_facts *failed = NULL;
    const struct dns_question_facts *found = NULL;
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    for (size_t i = 0; i < 3; i++) {
        const struct dns_question_facts *question = questions[i];

        if (question != NULL && question->outcome == DNS_DATA)
            found = question;
        else if (question == NULL || question->outcome == DNS_FAILURE || question->outcome == DNS_NOT_ASKED)
            failed = question;
    }
    if (found != NULL) {
        finding = finding_add(judgement, check, &subject, OUTCOME_WARN, "%s has records for every name",
                              subject.domain);
        for (size_t i = 0; i < 3; i++)
            if (questions[i] != NULL && questions[i]->outcome == DNS_DATA)
                evidence_question(judgement, finding, questions[i]);
        finding_fix(judgement, finding,
                    "Remove the wildcard record (*.%s), or publish the names that need it one by one",
                    subject.domain);
    } else if (failed != NULL || questions[0] == NULL || questions[1] == NULL || questions[2] == NULL) {
        finding_untested(
            judgement, check, &subject, OUTCOME_NOT_TESTED,
            zone->name == NULL
                ? text_or(zone->reason, "the name servers were not asked")
                : kept(judgement, arena_format(judgement->arena, "a made-up name could not be looked up (%s)",
                                               question_failure(failed))));
    } else {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "A made-up name has no records");
        evidence_question(judgement, finding, questions[0]);
    }
}

const struct check check_dns_wildcard = {
    .id = "dns.wildcard",
    .severity = SEVERITY_LOW,
    .area = AREA_DNS,
    .title = "Names that nobody published do not exist",
    .why = "With a wildcard every name seems to exist, so that a mistyped host name leads somewhere and a "
           "missing "
           "record is taken for an odd one.",
    .reference = "RFC 4592",
    .explanation =
        "A name made up at random below the domain is asked for A, MX and TXT. When there is an answer, what "
        "other checks say of names below the domain (selectors, autoconfiguration) is not reliable.\n\n"
        "Fix: remove the wildcard record, or publish the names that need it one by one.",
    .judge = judge_wildcard,
};
