/*
 * revocation.c - was a certificate revoked, and does the server show the proof that its certificate demands?
 *
 * By the OCSP response that came with it, else what the authority's responder or its list said. Nothing to ask is
 * normal today, and an answer that could not be had says nothing. RFC 6960, RFC 5280 5, RFC 7633.
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

/* ---- what is known of a leaf ---- */

static int weight(const struct revocation_answer_facts *answer)
{
    switch (answer->status) {
    case REVOCATION_REVOKED:
        return 4;
    case REVOCATION_GOOD:
        return 3;
    case REVOCATION_UNKNOWN:
        return 2;
    case REVOCATION_NOT_OBSERVED:
        break;
    }
    return 1;
}

static void add_answer(struct judgement *judgement, struct list *answers,
                       const struct revocation_answer_facts *answer)
{
    if (answer != NULL && list_add(answers, judgement->arena, (void *)(uintptr_t)answer) < 0)
        judgement->failed = true;
}

/* What came with the same certificate on another port, and says something; NULL: nothing. */
static const struct revocation_answer_facts *staple_elsewhere(const struct judgement *judgement,
                                                              const struct certificate_facts *certificate)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct tls_facts *tls = ((const struct endpoint_facts *)endpoints->items[i])->tls;

        for (size_t j = 0; tls != NULL && j < tls->certificates.count; j++) {
            const struct certificate_facts *other = tls->certificates.items[j];

            if (other->staple != NULL && other->staple->status != REVOCATION_NOT_OBSERVED &&
                same_text(other->sha256, certificate->sha256))
                return other->staple;
        }
    }
    return NULL;
}

/* Its own staple, or one of another port when that says more, and what was asked. */
static struct list answers_about(struct judgement *judgement, const struct certificate_facts *certificate)
{
    const struct observed_facts *facts = judgement->scan->facts;
    const struct revocation_answer_facts *staple = certificate->staple;
    struct list answers = {0};

    add_answer(judgement, &answers, staple);
    if (staple == NULL || staple->status == REVOCATION_NOT_OBSERVED)
        add_answer(judgement, &answers, staple_elsewhere(judgement, certificate));
    for (size_t i = 0; facts != NULL && i < facts->revocations.count; i++) {
        const struct revocation_facts *revocation = facts->revocations.items[i];

        for (size_t j = 0;
             same_text(revocation->sha256, certificate->sha256) && j < revocation->answers.count; j++)
            add_answer(judgement, &answers, revocation->answers.items[j]);
    }
    return answers;
}

/* The one that says most; NULL: there is none. */
static const struct revocation_answer_facts *best_of(const struct list *answers)
{
    const struct revocation_answer_facts *best = NULL;

    for (size_t i = 0; i < answers->count; i++) {
        const struct revocation_answer_facts *answer = answers->items[i];

        if (best == NULL || weight(answer) > weight(best))
            best = answer;
    }
    return best;
}

static const char *source_words(struct judgement *judgement, const struct revocation_answer_facts *answer)
{
    if (answer->url == NULL)
        return text_or(answer->source, "?");
    return kept(judgement,
                arena_format(judgement->arena, "%s of %s", text_or(answer->source, "?"), answer->url));
}

static const char *status_words(struct judgement *judgement, const struct revocation_answer_facts *answer)
{
    switch (answer->status) {
    case REVOCATION_GOOD:
        return "not revoked";
    case REVOCATION_REVOKED:
        return kept(judgement, arena_format(judgement->arena, "revoked since %s%s%s",
                                            day_of(judgement, answer->revoked_at),
                                            answer->revocation_reason != NULL ? ", " : "",
                                            text_or(answer->revocation_reason, "")));
    case REVOCATION_UNKNOWN:
        return "the certificate is not known there";
    case REVOCATION_NOT_OBSERVED:
        break;
    }
    return text_or(answer->failure, "no answer");
}

static void evidence_answers(struct judgement *judgement, struct finding *finding, const struct list *answers)
{
    for (size_t i = 0; i < answers->count; i++) {
        const struct revocation_answer_facts *answer = answers->items[i];

        if (answer->this_update.known)
            finding_evidence(judgement, finding, "%s: %s (true from %s%s%s)", source_words(judgement, answer),
                             status_words(judgement, answer), day_of(judgement, answer->this_update),
                             answer->next_update.known ? " to " : "",
                             answer->next_update.known ? day_of(judgement, answer->next_update) : "");
        else
            finding_evidence(judgement, finding, "%s: %s", source_words(judgement, answer),
                             status_words(judgement, answer));
    }
}

/* ---- cert.revocation ---- */

/* Why nothing can be said, when there is no answer at all. */
static const char *nobody_asked(const struct certificate_facts *certificate, enum outcome *ret_outcome)
{
    *ret_outcome = OUTCOME_NOT_TESTED;
    if (certificate->trusted == UNKNOWN)
        return "the certificate was not verified";
    *ret_outcome = OUTCOME_NOT_APPLICABLE;
    if (certificate->trusted == NO)
        return "it is not from a trusted authority";
    if (certificate->ocsp_urls.observed && certificate->crl_urls.observed &&
        certificate->ocsp_urls.count + certificate->crl_urls.count == 0)
        return "the certificate names nobody who could be asked";
    *ret_outcome = OUTCOME_NOT_TESTED;
    return "nobody was asked";
}

static void fix_revoked(struct judgement *judgement, struct finding *finding,
                        const struct endpoint_facts *endpoint, const struct certificate_facts *certificate)
{
    const char *name = certificate_label(certificate);

    finding_fix(judgement, finding, "Get a new certificate for a new key%s%s%s%s",
                name != NULL ? ":\n  certbot renew "
                               "--cert-name "
                             : "",
                name != NULL ? name : "", name != NULL ? " --force-renewal --new-key" : "",
                name != NULL ? "" : " from your authority");
    finding_fix(judgement, finding, "Then make the server read it:\n  %s",
                is_mailbox_family(endpoint) ? "systemctl reload dovecot" : "systemctl reload postfix");
    finding_fix(judgement, finding, "And find out who revoked the old one, and why");
}

static void judge_one_revocation(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct endpoint_facts *endpoint,
                                 const struct certificate_facts *certificate)
{
    struct list answers =
        certificate->trusted == YES ? answers_about(judgement, certificate) : (struct list){0};
    const struct revocation_answer_facts *best = best_of(&answers);
    struct finding *finding = NULL;
    enum outcome outcome;

    if (best == NULL) {
        const char *reason = nobody_asked(certificate, &outcome);

        finding_untested(judgement, check, subject, outcome, reason);
        return;
    }
    switch (best->status) {
    case REVOCATION_REVOKED:
        finding =
            finding_add(judgement, check, subject, fail_or_warn(endpoint),
                        "The certificate was revoked on %s%s%s", day_of(judgement, best->revoked_at),
                        best->revocation_reason != NULL ? ": " : "", text_or(best->revocation_reason, ""));
        fix_revoked(judgement, finding, endpoint, certificate);
        break;
    case REVOCATION_GOOD:
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The certificate is not revoked (%s)",
                              text_or(best->source, "?"));
        break;
    case REVOCATION_UNKNOWN:
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The authority's responder does not know the certificate");
        break;
    case REVOCATION_NOT_OBSERVED:
        finding = finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena, "the authority gave no answer that counts: %s",
                                         text_or(best->failure, "there is none"))));
        break;
    }
    evidence_answers(judgement, finding, &answers);
}

static void judge_revocation(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_revocation);
}

const struct check check_cert_revocation = {
    .id = "cert.revocation",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "The certificate was not revoked",
    .why = "A revoked certificate proves nothing: whoever has its key can be the server, and clients that "
           "look it up "
           "refuse it.",
    .reference = "RFC 6960, RFC 5280 section 6.3",
    .explanation =
        "What the server shows with its certificate (an OCSP staple) counts first; else the authority's OCSP "
        "responder is asked, else its list of revoked certificates. Signatures and dates of the answers are "
        "verified. An answer that could not be had or verified is not tested. Many authorities have stopped "
        "OCSP, and "
        "a certificate that lives for some days names nobody to ask: that does not count against it. On port "
        "25 a "
        "revoked certificate warns: most senders do not look.\n\n"
        "Fix: get a new certificate for a new key.",
    .judge = judge_revocation,
};

/* ---- cert.must_staple ---- */

static struct finding *judge_staple(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct endpoint_facts *endpoint,
                                    const struct certificate_facts *certificate)
{
    const struct revocation_answer_facts *staple = certificate->staple;
    const char *name = certificate_label(certificate);
    struct finding *finding;

    if (certificate->stapled == YES && (staple == NULL || staple->failure == NULL))
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           "The certificate demands an OCSP response, and the server gives one");
    if (certificate->stapled == YES)
        finding = finding_add(
            judgement, check, subject, fail_or_warn(endpoint),
            "The certificate demands an OCSP response, and the one that the server gives does not "
            "count: %s",
            staple->failure);
    else
        finding = finding_add(judgement, check, subject, fail_or_warn(endpoint),
                              "The certificate demands an OCSP response, and the server gives none");
    finding_fix(judgement, finding,
                "Postfix and Dovecot cannot give one: get a certificate without that demand%s%s",
                name != NULL ? " (certbot: leave out --must-staple; acme.sh: leave out --ocsp), for " : "",
                text_or(name, ""));
    return finding;
}

static void judge_one_must_staple(struct judgement *judgement, const struct check *check,
                                  const struct subject *subject, const struct endpoint_facts *endpoint,
                                  const struct certificate_facts *certificate)
{
    struct list staple = {0};

    switch (certificate->must_staple) {
    case UNKNOWN:
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "its extensions could not be read");
        return;
    case NO:
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                         "the certificate does not demand it");
        return;
    case YES:
        break;
    }
    if (certificate->stapled == UNKNOWN) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "no OCSP response was asked for");
        return;
    }
    add_answer(judgement, &staple, certificate->staple);
    evidence_answers(judgement, judge_staple(judgement, check, subject, endpoint, certificate), &staple);
}

static void judge_must_staple(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_must_staple);
}

const struct check check_cert_must_staple = {
    .id = "cert.must_staple",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "A certificate that demands an OCSP response is shown with one",
    .why = "Clients that honour the demand refuse the connection when the response is missing.",
    .reference = "RFC 7633",
    .explanation =
        "A certificate can say that a server has to show a fresh OCSP response with it (the TLS feature "
        "extension, "
        "\"must-staple\"). Whether one came is seen in the handshakes that asked for it; it has to be signed "
        "by the "
        "authority and to be true at the time of the scan. On port 25 it only warns.\n\n"
        "Fix: get a certificate without the demand. Neither Postfix nor Dovecot can show OCSP responses, and "
        "authorities give them up.",
    .judge = judge_must_staple,
};
