/*
 * dmarc_reporting.c - where reports of mail in the domain's name go, and whether they arrive
 *
 * RFC 9990: an address at another organization gets none unless that organization agreed.
 */
#include "reports/catalogue.h"
#include "reports/dmarc.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

/* What is wrong with one destination. */
struct trouble {
    enum outcome outcome; /* OUTCOME_PASS: nothing */
    const char *words;
};

static struct trouble trouble_of(struct judgement *judgement,
                                 const struct dmarc_destination_facts *destination)
{
    /* few receivers send failure reports: what is wrong with them only warns */
    enum outcome bad = same_text(destination->tag, "rua") ? OUTCOME_FAIL : OUTCOME_WARN;
    const char *host = text_or(destination->host, "?");

    if (destination->takes_mail == NO)
        return (struct trouble){bad,
                                kept(judgement, arena_format(judgement->arena, "%s takes no mail", host))};
    if (destination->external != NO && destination->authorised == NO)
        return (struct trouble){
            destination->external == YES ? bad : OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena,
                                         destination->external == YES ? "%s has not agreed to take them"
                                                                      : "it is not known whose %s is",
                                         host))};
    for (size_t i = 0; destination->external != NO && i < destination->replacement.count; i++) {
        const struct dmarc_uri_facts *uri = destination->replacement.items[i];

        if (!same_name(uri->host, host))
            return (struct trouble){
                bad, kept(judgement, arena_format(judgement->arena,
                                                  "%s wants them elsewhere, at another domain", host))};
    }
    if (destination->takes_mail == UNKNOWN ||
        (destination->external != NO && destination->authorised == UNKNOWN))
        return (struct trouble){
            OUTCOME_NOT_TESTED,
            kept(judgement,
                 arena_format(judgement->arena, "what %s publishes could not be looked up", host))};
    return (struct trouble){OUTCOME_PASS, "reports can go there"};
}

static void evidence_destination(struct judgement *judgement, struct finding *finding,
                                 const struct dmarc_destination_facts *destination)
{
    struct trouble trouble = trouble_of(judgement, destination);

    finding_evidence(judgement, finding, "%s to %s: %s%s", text_or(destination->tag, "?"),
                     text_or(destination->address, "?"), trouble.words,
                     destination->external == YES && destination->authorised == YES ? ", it has agreed" : "");
    if (trouble.outcome == OUTCOME_PASS)
        return;
    if (destination->external != NO)
        evidence_question(judgement, finding, destination->question);
    evidence_question(judgement, finding, destination->mx);
    if (destination->takes_mail != YES) {
        evidence_question(judgement, finding, destination->a);
        evidence_question(judgement, finding, destination->aaaa);
    }
}

/* The record with an address of the domain's own instead of this one. */
static void fix_address(struct judgement *judgement, struct finding *finding, const struct dmarc_facts *facts,
                        const struct dmarc_destination_facts *destination)
{
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    const char *domain = text_or(dmarc_current(facts)->record_at, "?");
    const char *value = kept(judgement, arena_format(judgement->arena, "mailto:dmarc@%s", domain));
    const char *own = value;
    const struct list *uris = same_text(destination->tag, "rua") ? &record->rua : &record->ruf;
    struct dmarc_change change = {destination->tag, NULL};

    for (size_t i = 0; i < uris->count; i++) {
        const struct dmarc_uri_facts *uri = uris->items[i];

        if (uri->uri != NULL && !same_text(uri->uri, own) && !same_text(uri->address, destination->address))
            value = kept(judgement, arena_format(judgement->arena, "%s,%s", value, uri->uri));
    }
    change.value = value;
    fix_dmarc_change(judgement, finding, "Name an address at a domain that takes mail, like this", domain,
                     record, &change, 1);
}

static void fix_destination(struct judgement *judgement, struct finding *finding,
                            const struct dmarc_facts *facts,
                            const struct dmarc_destination_facts *destination)
{
    const char *record_at = dmarc_current(facts)->record_at;

    if (destination->takes_mail == NO && !same_name(destination->host, record_at))
        fix_address(judgement, finding, facts, destination);
    else if (destination->takes_mail == NO)
        finding_fix(judgement, finding, "Name an address in %s at a domain that takes mail",
                    text_or(destination->tag, "?"));
    else if (destination->external == YES && destination->authorised == NO && host_name_valid(record_at) &&
             host_name_valid(destination->host))
        finding_fix(
            judgement, finding,
            "Whoever runs %s has to publish this; a service for reports tells you how to make it do so:\n"
            "  %s._report._dmarc.%s. IN TXT \"v=DMARC1\"",
            destination->host, record_at, destination->host);
    else
        finding_fix(judgement, finding, "Ask whoever runs %s where reports are to go",
                    text_or(destination->host, "?"));
}

/* The faults of the URIs themselves; returns how many. */
static size_t evidence_uris(struct judgement *judgement, struct finding *finding, const char *tag,
                            const struct list *uris)
{
    size_t count = 0;

    for (size_t i = 0; i < uris->count; i++) {
        const struct dmarc_uri_facts *uri = uris->items[i];

        if (uri->fault != NULL) {
            count++;
            if (finding != NULL)
                finding_evidence(judgement, finding, "%s: %s %s", tag, text_or(uri->uri, ""), uri->fault);
        } else if (finding != NULL && uri->size_limit != NULL) {
            finding_evidence(judgement, finding,
                             "%s: the size limit \"!%s\" is gone since RFC 9989: receivers "
                             "ignore it",
                             tag, uri->size_limit);
        } else if (finding != NULL && uri->address == NULL) {
            finding_evidence(judgement, finding, "%s: %s is no mailto: URI, which receivers pass over", tag,
                             text_or(uri->uri, ""));
        }
    }
    return count;
}

static size_t rua_count(const struct dmarc_record_facts *record)
{
    size_t count = 0;

    for (size_t i = 0; i < record->rua.count; i++)
        if (((const struct dmarc_uri_facts *)record->rua.items[i])->address != NULL)
            count++;
    return count;
}

static void fix_rua(struct judgement *judgement, struct finding *finding, const struct dmarc_facts *facts)
{
    static const struct dmarc_change gone = {"rua", NULL};
    const char *domain = dmarc_current(facts)->record_at;
    const struct dmarc_change change = {
        "rua", kept(judgement, arena_format(judgement->arena, "mailto:dmarc@%s", text_or(domain, "?")))};

    if (domain_takes_no_mail(judgement))
        fix_dmarc_change(judgement, finding,
                         "Name an address of another domain, or publish the record without", domain,
                         dmarc_applied(facts), &gone, 1);
    else
        fix_dmarc_change(judgement, finding, "Publish an address that somebody, or a program, reads", domain,
                         dmarc_applied(facts), &change, 1);
}

/* No address that aggregate reports could go to. */
static struct finding *judge_no_rua(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct dmarc_facts *facts)
{
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    bool no_mail =
        domain_takes_no_mail(judgement); /* nothing of its own could be lost: reports are a choice */
    struct finding *finding =
        record->rua.count == 0
            ? finding_add(judgement, check, subject, no_mail ? OUTCOME_INFO : OUTCOME_WARN,
                          "Nobody is told what is sent in the domain's name: the DMARC record has no rua")
            : finding_add(judgement, check, subject, OUTCOME_FAIL,
                          "No report arrives: rua has no valid mail address");

    if (record->rua.count > 0 || !no_mail)
        fix_rua(judgement, finding, facts);
    return finding;
}

static struct finding *judge_destinations(struct judgement *judgement, const struct check *check,
                                          const struct subject *subject, const struct dmarc_facts *facts)
{
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    struct trouble worst = {OUTCOME_PASS, NULL};
    struct finding *finding;

    for (size_t i = 0; i < facts->destinations.count; i++) {
        struct trouble trouble = trouble_of(judgement, facts->destinations.items[i]);
        bool graver = trouble.outcome < worst.outcome ||
                      (trouble.outcome == OUTCOME_NOT_TESTED && worst.outcome == OUTCOME_PASS);

        if (worst.outcome == OUTCOME_NOT_TESTED ? trouble.outcome <= OUTCOME_WARN : graver)
            worst = trouble;
    }
    if (worst.outcome == OUTCOME_PASS && facts->destinations_left_out.value > 0)
        worst = (struct trouble){OUTCOME_NOT_TESTED, "there are more addresses than were looked at"};
    if (facts->destinations.count == 0 && worst.outcome == OUTCOME_PASS)
        worst = (struct trouble){OUTCOME_NOT_TESTED, "the scan ended before its domain was looked at"};
    if (worst.outcome == OUTCOME_NOT_TESTED) {
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, worst.words);
    } else if (worst.outcome != OUTCOME_PASS) {
        finding =
            finding_add(judgement, check, subject, worst.outcome, "Reports do not arrive: %s", worst.words);
    } else if (evidence_uris(judgement, NULL, "rua", &record->rua) +
                   evidence_uris(judgement, NULL, "ruf", &record->ruf) >
               0) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "An address for reports is not valid: none go there");
    } else {
        finding =
            finding_add(judgement, check, subject, OUTCOME_PASS, "Reports can go to all addresses given");
    }
    return finding;
}

static void judge_reporting(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct dmarc_facts *facts = dmarc_policy_to_judge(judgement, check, &subject);
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    struct finding *finding;

    if (facts == NULL || record == NULL)
        return;
    finding = rua_count(record) == 0 ? judge_no_rua(judgement, check, &subject, facts)
                                     : judge_destinations(judgement, check, &subject, facts);
    for (size_t i = 0; i < facts->destinations.count; i++) {
        const struct dmarc_destination_facts *destination = facts->destinations.items[i];
        struct trouble trouble = trouble_of(judgement, destination);

        evidence_destination(judgement, finding, destination);
        if (trouble.outcome == OUTCOME_FAIL || trouble.outcome == OUTCOME_WARN)
            fix_destination(judgement, finding, facts, destination);
    }
    evidence_uris(judgement, finding, "rua", &record->rua);
    evidence_uris(judgement, finding, "ruf", &record->ruf);
    if (facts->destinations_left_out.known && facts->destinations_left_out.value > 0)
        finding_evidence(judgement, finding, "%lld more addresses were not looked at",
                         (long long)facts->destinations_left_out.value);
}

const struct check check_dmarc_reporting = {
    .id = "dmarc.reporting",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_AUTHENTICATION,
    .title = "Reports of mail in the domain's name arrive",
    .why = "Reports show who sends in the domain's name, and which of your own mail would be lost under a "
           "stricter policy.",
    .reference = "RFC 9989 section 4.7, RFC 9990",
    .explanation =
        "Reports need rua with at least one mailto: address; its domain has mail exchangers or an "
        "address, and no null MX. When it belongs to another organization, that one has to agree with a "
        "TXT record at DOMAIN._report._dmarc.RECEIVER; it may name another address there, at the same "
        "domain. Without rua this warns, or informs where the domain takes no mail; an address that gets "
        "nothing fails, of ruf it warns, as few "
        "receivers send those.\n\n"
        "Fix: example.org._report._dmarc.reports.example.net. IN TXT \"v=DMARC1\"",
    .judge = judge_reporting,
};
