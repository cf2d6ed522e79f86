/*
 * tls_rpt.c - where senders are asked to report TLS failures to
 *
 * RFC 8460 3. Whoever publishes an MTA-STS policy wants these reports: they tell of mail that did not come.
 */
#include "reports/catalogue.h"
#include "reports/mta_sts.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/text.h"

static void fix_record(struct judgement *judgement, struct finding *finding, const char *what)
{
    const char *domain = observed_dns(judgement)->domain;

    if (host_name_valid(domain))
        finding_fix(judgement, finding,
                    "%s:\n  _smtp._tls.%s. IN TXT \"v=TLSRPTv1; rua=mailto:tls-reports@%s\"", what, domain,
                    domain);
}

static bool has_tlsa(const struct judgement *judgement)
{
    const struct list *dane = &judgement->scan->facts->dane;

    for (size_t i = 0; i < dane->count; i++) {
        const struct dane_facts *facts = dane->items[i];

        if (facts->port.value == 25 && facts->records.count > 0)
            return true;
    }
    return false;
}

/* A policy or TLSA records that senders are to follow are published: failures under them are worth knowing of. */
static bool wants_reports(struct judgement *judgement)
{
    struct mta_sts_view view = mta_sts_view(judgement);

    return view.state == MTA_STS_UNUSABLE ||
           (view.state == MTA_STS_USABLE && view.policy->mode != MTA_STS_NONE) || has_tlsa(judgement);
}

static struct finding *judge_absent(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject,
                                    const struct tls_rpt_record_facts *intended)
{
    struct finding *finding;

    if (intended != NULL) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The TLS-RPT record does not begin with \"v=TLSRPTv1;\": senders pass over it");
        fix_record(judgement, finding, "Publish it like this, to an address that somebody reads");
        return finding;
    }
    finding = finding_add(judgement, check, subject, wants_reports(judgement) ? OUTCOME_WARN : OUTCOME_INFO,
                          "Senders are not asked to report TLS failures");
    fix_record(judgement, finding, "Publish a record with an address that somebody reads");
    return finding;
}

static struct finding *judge_records(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct list *records)
{
    const struct tls_rpt_record_facts *first = NULL, *intended = NULL;
    struct finding *finding;
    size_t count = 0;

    for (size_t i = 0; i < records->count; i++) {
        const struct tls_rpt_record_facts *record = records->items[i];

        if (record->announces == YES && count++ == 0)
            first = record;
        else if (record->announces != YES && record->intended == YES)
            intended = record;
    }
    if (count == 0)
        return judge_absent(judgement, check, subject, intended);
    if (count == 1 && first->fault == NULL)
        return finding_add(judgement, check, subject, OUTCOME_PASS, "TLS failures are reported to %s",
                           kept(judgement, text_join(judgement->arena, &first->rua, ", ")));
    finding = count > 1 ? finding_add(judgement, check, subject, OUTCOME_FAIL,
                                      "There are %zu TLS-RPT records: senders take none of them", count)
                        : finding_add(judgement, check, subject, OUTCOME_FAIL,
                                      "The TLS-RPT record is not valid: %s", first->fault);
    fix_record(judgement, finding, "Publish exactly one record, like this, and remove the others");
    return finding;
}

static void judge_record(struct judgement *judgement, const struct check *check)
{
    const struct observed_facts *observed = judgement->scan->facts;
    const struct tls_rpt_facts *facts = observed == NULL ? NULL : observed->tls_rpt;
    const struct dns_question_facts *question = facts == NULL ? NULL : facts->question;
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    if (domain_takes_no_mail(judgement)) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the domain takes no mail");
        return;
    }
    if (facts == NULL || question_lost(question))
        finding = finding_record_lost(judgement, check, &subject, question);
    else
        finding = judge_records(judgement, check, &subject, &facts->records);
    evidence_question(judgement, finding, question);
    for (size_t i = 0; facts != NULL && i < facts->records.count; i++) {
        const struct tls_rpt_record_facts *record = facts->records.items[i];

        evidence_lines(judgement, finding, &record->remarks);
    }
}

const struct check check_tls_rpt_record = {
    .id = "tls_rpt.record",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "Senders are asked to report TLS failures",
    .why = "Reports tell of mail that did not come, or came without protection, before a person notices.",
    .reference = "RFC 8460 section 3",
    .explanation = "The TXT record at _smtp._tls.DOMAIN must be the only one that begins with "
                   "\"v=TLSRPTv1;\", and its rua "
                   "names mailto: or https: URIs, separated by commas; \"!\", \",\" and \";\" in them are "
                   "percent-encoded. "
                   "Without a record this informs, and warns when there is an MTA-STS policy or a TLSA "
                   "record of port 25.\n\n"
                   "Fix: _smtp._tls.example.org. IN TXT \"v=TLSRPTv1; rua=mailto:tls-reports@example.org\"",
    .judge = judge_record,
};
