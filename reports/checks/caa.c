/*
 * caa.c - who may issue certificates for the mail hosts, and whether that is who does
 *
 * An authority looks up these records before it issues and refuses when it must (RFC 8659): a mistake shows on
 * the day of the next renewal. RFC 8657 (conditions), RFC 9495 (S/MIME).
 */
#include "reports/catalogue.h"
#include "reports/issuers.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

#include <string.h>

static const struct caa_facts *caa_of(const struct judgement *judgement, const char *name)
{
    const struct observed_facts *facts = judgement->scan->facts;

    for (size_t i = 0; facts != NULL && i < facts->caa.count; i++) {
        const struct caa_facts *caa = facts->caa.items[i];

        if (same_name(caa->name, name))
            return caa;
    }
    return NULL;
}

static const struct dns_question_facts *last_question(const struct caa_facts *caa)
{
    return caa == NULL || caa->questions.count == 0 ? NULL : caa->questions.items[caa->questions.count - 1];
}

/* The name that a record has to be published at, to stand beside those that were found: behind aliases. */
static const char *owner_of(const struct caa_facts *caa)
{
    const struct dns_question_facts *last = last_question(caa);

    if (last != NULL && last->aliases.count > 0)
        return last->aliases.items[last->aliases.count - 1];
    return caa == NULL ? NULL : caa->found_at;
}

static void evidence_climb(struct judgement *judgement, struct finding *finding, const struct caa_facts *caa)
{
    for (size_t i = 0; caa != NULL && i < caa->questions.count; i++)
        evidence_question(judgement, finding, caa->questions.items[i]);
    if (caa != NULL && caa->left_out.known && caa->left_out.value > 0)
        finding_evidence(judgement, finding, "%lld more records were left out",
                         (long long)caa->left_out.value);
}

/* ---- what the host shows ---- */

/* Does the host show a certificate for its name? `ret_wildcard`: by a name with a star alone. */
static bool covers_host(const struct certificate_facts *certificate, const char *host, bool *ret_wildcard)
{
    if (!certificate_covers(certificate, host))
        return false;
    *ret_wildcard = true;
    for (size_t i = 0; i < certificate->sans.count; i++)
        if (same_name(certificate->sans.items[i], host))
            *ret_wildcard = false;
    return true;
}

static bool is_noted(const struct list *certificates, const struct certificate_facts *certificate)
{
    for (size_t i = 0; i < certificates->count; i++) {
        const struct certificate_facts *noted = certificates->items[i];

        if (noted == certificate || same_text(noted->sha256, certificate->sha256))
            return true;
    }
    return false;
}

/* Trusted certificates that the host's ports show for its name, each once. */
static struct list host_certificates(struct judgement *judgement, const char *host)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct list certificates = {0};

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct list shown = {0};

        if (list_has_text(&endpoint->hosts, host))
            shown = certificates_for(judgement, endpoint, host);
        for (size_t j = 0; j < shown.count; j++) {
            const struct certificate_facts *certificate =
                ((const struct shown_certificate *)shown.items[j])->certificate;
            bool wildcard;

            if (certificate->trusted == YES && covers_host(certificate, host, &wildcard) &&
                !is_noted(&certificates, certificate) &&
                list_add(&certificates, judgement->arena, (void *)(uintptr_t)certificate) < 0)
                judgement->failed = true;
        }
    }
    return certificates;
}

/* ---- caa.record ---- */

/* What is wrong with one record, in words; NULL: nothing. */
static const char *record_fault(struct judgement *judgement, const struct caa_property_facts *property,
                                enum outcome *ret_outcome)
{
    const char *tag = text_or(property->tag, "?"), *what = "The property", *fault;
    bool decides = same_text(tag, "issue") || same_text(tag, "issuewild");

    *ret_outcome = OUTCOME_FAIL;
    if (property->critical == YES && !caa_tag_registered(tag)) {
        fault = "is critical and no authority knows it: none may issue";
    } else if (property->fault != NULL) {
        what = "The value of";
        fault = decides ? "is malformed: it allows nobody" : "is malformed";
        *ret_outcome = decides ? OUTCOME_FAIL : OUTCOME_WARN;
    } else if (property->critical == YES && !caa_tag_known(tag)) {
        *ret_outcome = OUTCOME_WARN;
        fault = "is critical, and an authority that does not know it may not issue";
    } else if (!caa_tag_registered(tag)) {
        *ret_outcome = OUTCOME_WARN;
        fault = "is known to no authority";
    } else {
        return NULL;
    }
    return kept(judgement, arena_format(judgement->arena, "%s \"%s\" %s", what, tag, fault));
}

static void fix_record(struct judgement *judgement, struct finding *finding, const struct caa_facts *caa,
                       const struct caa_property_facts *property)
{
    const char *owner = owner_of(caa), *domain = observed_dns(judgement)->domain;
    bool decides = same_text(property->tag, "issue") || same_text(property->tag, "issuewild");
    bool malformed = property->fault != NULL && host_name_valid(owner);

    if (malformed && decides)
        finding_fix(judgement, finding,
                    "Write the authority's domain name first, then conditions, each behind a semicolon:\n"
                    "  %s. IN CAA 0 %s \"%s\"",
                    owner, property->tag,
                    host_name_valid(property->issuer) ? property->issuer : "ca.example");
    else if (malformed && same_text(property->tag, "iodef"))
        finding_fix(judgement, finding,
                    "Write where reports go to as a URL:\n  %s. IN CAA 0 iodef \"mailto:postmaster@%s\"",
                    owner, host_name_valid(domain) ? domain : owner);
    else
        finding_fix(judgement, finding, "Correct this record of %s, or remove it", text_or(owner, "?"));
}

/* The first record that is as bad as the worst makes the finding; true when there is one. */
static bool judge_faults(struct judgement *judgement, const struct check *check,
                         const struct subject *subject, const struct caa_facts *caa)
{
    const struct caa_property_facts *worst = NULL;
    enum outcome outcome, worst_outcome = OUTCOME_PASS;
    const char *title = NULL;
    struct finding *finding;

    for (size_t i = 0; i < caa->properties.count; i++) {
        const char *fault = record_fault(judgement, caa->properties.items[i], &outcome);

        if (fault != NULL && outcome < worst_outcome) {
            worst = caa->properties.items[i];
            worst_outcome = outcome;
            title = fault;
        }
    }
    if (worst == NULL)
        return false;
    finding = finding_add(judgement, check, subject, worst_outcome, "%s", title);
    for (size_t i = 0; i < caa->properties.count; i++) {
        const struct caa_property_facts *property = caa->properties.items[i];

        if (record_fault(judgement, property, &outcome) == NULL)
            continue;
        finding_evidence(judgement, finding, "%lld %s \"%s\"%s%s", (long long)property->flags.value,
                         text_or(property->tag, "?"), text_or(property->value, ""),
                         property->fault != NULL ? ": " : "", text_or(property->fault, ""));
    }
    fix_record(judgement, finding, caa, worst);
    evidence_climb(judgement, finding, caa);
    return true;
}

/* A resolver that has not even got the keys of the root fails for what is in order, too. */
static bool resolver_fails(const struct judgement *judgement)
{
    const struct list *zones = &observed_dnssec(judgement)->zones;
    const struct dnssec_zone_facts *root = zones->count > 0 ? zones->items[0] : NULL;

    return root != NULL && same_name(root->name, ".") && !root->keys.observed;
}

/* The climb did not end: an authority that gets the same answer refuses. What kept only us from knowing, a
 * timeout or a resolver that refuses, says nothing. */
static void judge_failure(struct judgement *judgement, const struct check *check,
                          const struct subject *subject, const struct caa_facts *caa)
{
    enum { SERVFAIL = 2 };
    const struct dns_question_facts *last = last_question(caa);
    bool bogus = last != NULL && last->security == DNS_BOGUS;
    struct finding *finding;

    if (!bogus &&
        (last == NULL || !last->rcode.known || last->rcode.value != SERVFAIL || resolver_fails(judgement))) {
        finding = finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena, "the CAA records could not be looked up (%s)",
                                         caa == NULL                        ? "they were not asked for"
                                         : last == NULL || caa->ended != NO ? "the scan ended before"
                                                                            : question_failure(last))));
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "Asking for the CAA records of %s fails: no authority may issue",
                              text_or(last->name, "?"));
        if (last->security_reason != NULL)
            finding_evidence(judgement, finding, "DNSSEC: %s", last->security_reason);
        finding_fix(judgement, finding,
                    "Make the name servers of %s answer to questions for CAA, if there are no records with "
                    "\"no data\":\n  dig %s CAA +dnssec",
                    text_or(last->name, "?"), host_name_valid(last->name) ? last->name : "NAME");
    }
    evidence_climb(judgement, finding, caa);
}

static void fix_publish(struct judgement *judgement, struct finding *finding, const char *host)
{
    const char *domain = observed_dns(judgement)->domain;
    struct list certificates = host_certificates(judgement, host);
    const struct certificate_facts *first = certificates.count > 0 ? certificates.items[0] : NULL;
    const struct issuer *issuer = first == NULL ? NULL : issuer_of(first->issuer);
    const char *owner = domain != NULL && host_name_qualified(domain) ? domain : host;

    if (!host_is_own(judgement, host) || !host_name_qualified(owner))
        return;
    finding_fix(judgement, finding,
                "If only your authority is to issue for %s, publish:\n  %s. IN CAA 0 issue \"%s\"", owner,
                owner, issuer != NULL ? issuer->identities[0] : "ca.example");
    if (issuer == NULL)
        finding_fix(judgement, finding, "with the name that your authority documents for its CAA records");
}

static void judge_found(struct judgement *judgement, const struct check *check, const struct subject *subject,
                        const struct caa_facts *caa)
{
    struct finding *finding = NULL;

    if (judge_faults(judgement, check, subject, caa))
        return;
    switch (caa_permission(caa, false, NULL)) {
    case CAA_UNKNOWN:
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                   "there are more CAA records than were looked at");
        break;
    case CAA_FREE:
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "The CAA records of %s do not limit who may issue for %s",
                              text_or(caa->found_at, "?"), subject->host);
        break;
    case CAA_NOBODY:
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "The CAA records of %s let nobody issue for %s", text_or(caa->found_at, "?"),
                              subject->host);
        break;
    case CAA_ALLOWED:
    case CAA_OTHERS:
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "The CAA records of %s say who may issue for %s", text_or(caa->found_at, "?"),
                              subject->host);
        break;
    }
    evidence_climb(judgement, finding, caa);
}

static void judge_record_of(struct judgement *judgement, const struct check *check,
                            const struct mail_host_facts *host)
{
    const struct caa_facts *caa = caa_of(judgement, host->name);
    struct subject subject = subject_host(host->name);
    struct finding *finding;

    if (host->literal == YES) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "it is an address");
    } else if (caa == NULL || caa->ended != YES) {
        judge_failure(judgement, check, &subject, caa);
    } else if (caa->found_at == NULL) {
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "Any authority may issue certificates for %s: there is no CAA record",
                              text_or(subject.host, "?"));
        fix_publish(judgement, finding, host->name);
        evidence_climb(judgement, finding, caa);
    } else {
        judge_found(judgement, check, &subject, caa);
    }
}

static void judge_record(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++)
        judge_record_of(judgement, check, hosts->items[i]);
}

const struct check check_caa_record = {
    .id = "caa.record",
    .severity = SEVERITY_LOW,
    .area = AREA_DNS,
    .title = "CAA records are well formed",
    .why = "Authorities look up CAA records before they issue a certificate; a record they cannot read, or "
           "get no answer for, stops the next renewal.",
    .reference = "RFC 8659 sections 3 and 4, RFC 8657",
    .explanation =
        "CAA records are looked up from the name of the mail host upwards, as an authority does; the nearest "
        "name that has any decides. None up to the top informs: every authority may issue then. It fails "
        "when the question ends in SERVFAIL or with signatures that do not hold, when a property that no "
        "authority knows is marked critical, and when the value of issue or issuewild is malformed (its "
        "conditions, accounturi and validationmethods, too). Another property that nobody knows, often a "
        "misspelt one, or an iodef that is no URL warns. issuemail (RFC 9495) is about S/MIME only.\n\n"
        "Fix: a record for each authority that may issue:\n  example.org. IN CAA 0 issue \"letsencrypt.org\"",
    .judge = judge_record,
};

/* ---- caa.issuer ---- */

/* The records that count for the certificate. For one whose only name for the host has a star, those are the
 * ones found from the parent on; that is the same search, unless the host has records of its own. */
static const struct caa_facts *relevant(const struct judgement *judgement, const char *host, bool wildcard)
{
    const struct caa_facts *caa = caa_of(judgement, host);
    const char *dot = strchr(host, '.');

    if (!wildcard || caa == NULL || !same_name(caa->found_at, host))
        return caa;
    return dot == NULL ? NULL : caa_of(judgement, dot + 1);
}

/* What the records say of one certificate. */
struct issuer_verdict {
    const struct certificate_facts *certificate;
    const struct caa_facts *caa;
    const struct issuer *issuer;
    bool wildcard;
    enum caa_permission permission;
    enum outcome outcome;
};

static struct issuer_verdict verdict_of(const struct judgement *judgement, const char *host,
                                        const struct certificate_facts *certificate)
{
    struct issuer_verdict verdict = {.certificate = certificate, .issuer = issuer_of(certificate->issuer)};

    (void)covers_host(certificate, host, &verdict.wildcard);
    verdict.caa = relevant(judgement, host, verdict.wildcard);
    verdict.permission = caa_permission(verdict.caa, verdict.wildcard, verdict.issuer);
    switch (verdict.permission) {
    case CAA_UNKNOWN:
        verdict.outcome = OUTCOME_NOT_TESTED;
        break;
    case CAA_FREE:
        verdict.outcome = OUTCOME_NOT_APPLICABLE;
        break;
    case CAA_ALLOWED:
        verdict.outcome = OUTCOME_PASS;
        break;
    case CAA_OTHERS:
        verdict.outcome = verdict.issuer == NULL ? OUTCOME_NOT_TESTED : OUTCOME_WARN;
        break;
    case CAA_NOBODY:
        verdict.outcome = OUTCOME_FAIL;
        break;
    }
    return verdict;
}

static int weight(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_FAIL:
        return 5;
    case OUTCOME_WARN:
        return 4;
    case OUTCOME_NOT_TESTED: /* what one certificate passes does not speak for the others */
        return 3;
    case OUTCOME_PASS:
        return 2;
    case OUTCOME_INFO:
    case OUTCOME_NOT_APPLICABLE:
        break;
    }
    return 1;
}

static void fix_issuer(struct judgement *judgement, struct finding *finding,
                       const struct issuer_verdict *verdict)
{
    const char *owner = owner_of(verdict->caa);

    if (verdict->issuer == NULL)
        finding_fix(judgement, finding,
                    "Allow your authority, with the name that it documents for its CAA records");
    else if (host_name_valid(owner))
        finding_fix(judgement, finding,
                    "Allow the authority that issues your certificates:\n  %s. IN CAA 0 %s \"%s\"", owner,
                    caa_deciding_tag(verdict->caa, verdict->wildcard), verdict->issuer->identities[0]);
    finding_fix(judgement, finding, "Or get certificates from an authority that the records allow");
}

static struct finding *add_verdict(struct judgement *judgement, const struct check *check,
                                   const struct subject *subject, const struct issuer_verdict *verdict)
{
    const char *issuer = text_or(verdict->certificate->issuer, "?");

    switch (verdict->permission) {
    case CAA_UNKNOWN:
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                "the CAA records that count for the certificate are not known");
    case CAA_FREE:
        return finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                                "no CAA record says who may issue");
    case CAA_ALLOWED:
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           "The authority of the certificate may issue: %s", verdict->issuer->organisation);
    case CAA_NOBODY:
        return finding_add(
            judgement, check, subject, OUTCOME_FAIL,
            "The CAA records let nobody issue, yet %s shows a certificate: its renewal will fail",
            subject->host);
    case CAA_OTHERS:
        break;
    }
    if (verdict->issuer != NULL)
        return finding_add(
            judgement, check, subject, OUTCOME_WARN,
            "The CAA records do not allow %s, which issued the certificate: its renewal will fail",
            verdict->issuer->organisation);
    return finding_untested(
        judgement, check, subject, OUTCOME_NOT_TESTED,
        kept(judgement,
             arena_format(judgement->arena,
                          "the name that CAA records have for this authority is not known: %s", issuer)));
}

static void judge_issuer_of(struct judgement *judgement, const struct check *check, const char *host)
{
    struct list certificates = host_certificates(judgement, host);
    struct subject subject = subject_host(host);
    struct issuer_verdict worst = {0};
    struct finding *finding;

    for (size_t i = 0; i < certificates.count; i++) {
        struct issuer_verdict verdict = verdict_of(judgement, host, certificates.items[i]);

        if (worst.certificate == NULL || weight(verdict.outcome) > weight(worst.outcome))
            worst = verdict;
    }
    if (worst.certificate == NULL) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                         "no port of it shows a trusted certificate for its name");
        return;
    }
    finding = add_verdict(judgement, check, &subject, &worst);
    if (worst.outcome == OUTCOME_FAIL || worst.outcome == OUTCOME_WARN)
        fix_issuer(judgement, finding, &worst);
    for (size_t i = 0; i < certificates.count; i++) {
        const struct certificate_facts *certificate = certificates.items[i];

        finding_evidence(judgement, finding, "%s, issued by %s", key_words(judgement, certificate->key),
                         text_or(certificate->issuer, "?"));
    }
    evidence_climb(judgement, finding, worst.caa);
}

static void judge_issuer(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);

        if (host->literal == YES || host->name == NULL)
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "it is an address");
        else
            judge_issuer_of(judgement, check, host->name);
    }
}

const struct check check_caa_issuer = {
    .id = "caa.issuer",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_DNS,
    .title = "CAA records allow the authority of today's certificate",
    .why =
        "An authority that the records do not allow refuses the next renewal, and the certificate runs out.",
    .reference = "RFC 8659 sections 4.2 and 4.3",
    .explanation =
        "For each trusted certificate that a port of the mail host shows for its name, the organisation in "
        "its issuer is looked up in a table of the names that authorities have in CAA records. Where the "
        "certificate covers the host only by a name with a star, the records of the parent count, and "
        "issuewild before issue. Not allowed warns; it fails when the records let nobody issue. An authority "
        "that is not in the table is not tested. Whether conditions (accounturi, validationmethods) are met "
        "cannot be seen from outside.\n\n"
        "Fix: publish a record for the authority:\n  example.org. IN CAA 0 issue \"letsencrypt.org\"",
    .judge = judge_issuer,
};
