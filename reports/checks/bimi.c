/*
 * bimi.c - the logo that a domain publishes for its mail; it informs and never fails
 *
 * draft-brand-indicators-for-message-identification, draft-svg-tiny-ps-abrotman: drafts both, and each receiver has
 * conditions of its own. Whether the domain's DMARC policy is strict enough is judged by dmarc.policy.
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

enum { STATUS_OK = 200 };

static const char svg_type[] = "image/svg+xml";

/* The records that announce themselves: how many, and the first. */
static const struct bimi_record_facts *announced(const struct bimi_facts *facts, size_t *ret_count)
{
    const struct bimi_record_facts *first = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < facts->records.count; i++) {
        const struct bimi_record_facts *record = facts->records.items[i];

        if (record->announces == YES && (*ret_count)++ == 0)
            first = record;
    }
    return first;
}

static void fix_record(struct judgement *judgement, struct finding *finding)
{
    const char *domain = observed_dns(judgement)->domain;

    if (host_name_valid(domain))
        finding_fix(
            judgement, finding,
            "Publish one record, with the address of the logo, and of the certificate if there is one:\n"
            "  default._bimi.%s. IN TXT \"v=BIMI1; l=https://%s/logo.svg; a=\"",
            domain, domain);
}

/* Why a file is not there, in words; NULL: it is. */
static const char *fetch_failure(struct judgement *judgement, const struct bimi_fetch_facts *fetch)
{
    if (fetch->answered != YES)
        return text_or(fetch->reason, "it was not asked for");
    if (fetch->status.known && fetch->status.value == STATUS_OK)
        return NULL;
    return kept(judgement,
                arena_format(judgement->arena, "HTTP status %lld", (long long)fetch->status.value));
}

static void evidence_fetch(struct judgement *judgement, struct finding *finding,
                           const struct bimi_fetch_facts *fetch)
{
    const char *failure = fetch == NULL ? NULL : fetch_failure(judgement, fetch);

    if (fetch == NULL)
        return;
    if (failure != NULL)
        finding_evidence(judgement, finding, "%s: %s", text_or(fetch->url, "?"), failure);
    else
        finding_evidence(judgement, finding, "%s: %lld bytes, %s", text_or(fetch->url, "?"),
                         (long long)fetch->size.value, text_or(fetch->content_type, "no media type"));
}

/* ---- what stands behind the record ---- */

/* What is wrong with the logo, in words; NULL: nothing. */
static const char *logo_fault(struct judgement *judgement, const struct bimi_facts *facts)
{
    const struct bimi_fetch_facts *fetch = facts->logo_fetch;
    const char *failure = fetch == NULL ? "it was not asked for" : fetch_failure(judgement, fetch);

    if (failure != NULL)
        return failure;
    if (facts->logo == NULL)
        return "the file is empty";
    if (facts->logo->faults.count > 0)
        return facts->logo->faults.items[0];
    if (fetch->content_type == NULL || !text_starts_with(fetch->content_type, svg_type))
        return "its media type is not image/svg+xml";
    return NULL;
}

static void evidence_certificate(struct judgement *judgement, struct finding *finding,
                                 const struct bimi_facts *facts)
{
    const struct certificate_facts *certificate = facts->certificate;
    const char *domain = observed_dns(judgement)->domain;

    if (facts->authority_fetch == NULL) {
        finding_evidence(judgement, finding,
                         "there is no certificate (a=), without which many receivers show no logo");
        return;
    }
    evidence_fetch(judgement, finding, facts->authority_fetch);
    if (certificate == NULL) {
        finding_evidence(judgement, finding, "no certificate could be read there");
        return;
    }
    finding_evidence(judgement, finding, "certificate of %s, issued by %s, until %s",
                     text_or(certificate->subject, "?"), text_or(certificate->issuer, "?"),
                     day_of(judgement, certificate->not_after));
    if (certificate->not_after.known && judgement->scan->started.known &&
        certificate->not_after.value < judgement->scan->started.value)
        finding_evidence(judgement, finding, "the certificate has expired");
    if (!certificate_covers(certificate, domain))
        finding_evidence(judgement, finding, "the certificate does not name %s", text_or(domain, "?"));
    finding_evidence(
        judgement, finding,
        "whether its authority is one that receivers trust, and the logo in it, were not tested");
}

static void evidence_logo(struct judgement *judgement, struct finding *finding,
                          const struct bimi_facts *facts)
{
    const struct bimi_logo_facts *logo = facts->logo;

    evidence_fetch(judgement, finding, facts->logo_fetch);
    if (logo != NULL && logo->title != NULL)
        finding_evidence(judgement, finding, "title of the logo: %s", logo->title);
    for (size_t i = 0; logo != NULL && i < logo->faults.count; i++)
        finding_evidence(judgement, finding, "the logo: %s", (const char *)logo->faults.items[i]);
}

static struct finding *judge_published(struct judgement *judgement, const struct check *check,
                                       const struct subject *subject, const struct bimi_facts *facts)
{
    const struct bimi_fetch_facts *fetch = facts->logo_fetch;
    const char *fault = logo_fault(judgement, facts);
    struct finding *finding;

    if (fault == NULL)
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The domain publishes a logo");
    else if (fetch == NULL || fetch->answered == UNKNOWN)
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, fault);
    else
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "Receivers may not show the domain's logo: %s", fault);
    if (fault != NULL && facts->logo != NULL && facts->logo->faults.count > 0)
        finding_fix(
            judgement, finding,
            "Save the logo as SVG Tiny PS, in a square and with a title, at most 32 KiB: it begins with\n"
            "  <svg version=\"1.2\" baseProfile=\"tiny-ps\" xmlns=\"http://www.w3.org/2000/svg\" "
            "viewBox=\"0 0 100 100\">");
    else if (fault != NULL && facts->logo != NULL)
        finding_fix(judgement, finding, "Serve the logo as `image/svg+xml`");
    evidence_logo(judgement, finding, facts);
    evidence_certificate(judgement, finding, facts);
    finding_evidence(judgement, finding,
                     "receivers show it only under a DMARC policy of quarantine or reject for all mail");
    return finding;
}

/* ---- the record ---- */

static struct finding *judge_records(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct bimi_facts *facts)
{
    size_t count;
    const struct bimi_record_facts *record = announced(facts, &count);
    struct finding *finding;

    if (count == 0)
        return finding_add(judgement, check, subject, OUTCOME_INFO, "The domain publishes no logo (BIMI)");
    if (count == 1 && record->fault == NULL && record->declined == YES)
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "The domain says that it publishes no logo (BIMI)");
    if (count == 1 && record->fault == NULL && record->location != NULL)
        return judge_published(judgement, check, subject, facts);
    if (count > 1)
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "There are %zu BIMI records: receivers take none of them", count);
    else
        finding = finding_add(judgement, check, subject, OUTCOME_INFO, "The BIMI record is not valid: %s",
                              text_or(record->fault, "l= has no address of a logo"));
    fix_record(judgement, finding);
    return finding;
}

static void judge_record(struct judgement *judgement, const struct check *check)
{
    const struct observed_facts *observed = judgement->scan->facts;
    const struct bimi_facts *facts = observed == NULL ? NULL : observed->bimi;
    const struct dns_question_facts *question = facts == NULL ? NULL : facts->question;
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    if (facts == NULL || question_lost(question))
        finding = finding_record_lost(judgement, check, &subject, question);
    else
        finding = judge_records(judgement, check, &subject, facts);
    evidence_question(judgement, finding, question);
    for (size_t i = 0; facts != NULL && i < facts->records.count; i++) {
        const struct bimi_record_facts *record = facts->records.items[i];

        evidence_lines(judgement, finding, &record->remarks);
    }
}

const struct check check_bimi_record = {
    .id = "bimi.record",
    .severity = SEVERITY_NONE,
    .area = AREA_NONE,
    .title = "The domain publishes a logo for its mail",
    .why = "Some receivers show a domain's logo beside its mail, when it is proven to be the domain's.",
    .reference = "draft-brand-indicators-for-message-identification, draft-svg-tiny-ps-abrotman",
    .explanation =
        "The TXT record at default._bimi.DOMAIN names a logo (l=) and a certificate for it (a=), which are "
        "fetched over HTTPS. The logo is looked at by the rules of SVG Tiny PS: version 1.2, baseProfile "
        "tiny-ps, a title, a square viewBox, no scripts, animations or references to the outside, at most "
        "32 KiB. The certificate is read, and not verified. To have no logo is no fault: this informs.\n\n"
        "Fix: default._bimi.example.org. IN TXT \"v=BIMI1; l=https://example.org/logo.svg; a=\"",
    .judge = judge_record,
};
