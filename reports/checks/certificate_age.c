/*
 * certificate_age.c - when a certificate ends, how long it may live, and whether every port has the new one
 *
 * Judged against the time of the scan, not of today: an old scan says what was true then.
 * RFC 5280 4.1.2.5 (validity), CA/Browser Forum baseline requirements 6.3.2 (lifetime), RFC 6962
 * (transparency).
 */
#include "reports/catalogue.h"
#include "reports/dane_model.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"

#include <openssl/x509_vfy.h>
#include <string.h>

enum { DAY = 24 * 60 * 60 };

/* ---- cert.expiry ---- */

/* Times come from a file, perhaps: nothing may overflow. All are of the years 0 to 9999. */
static bool times_usable(const struct scan_facts *scan, const struct certificate_facts *certificate)
{
    static const int64_t largest = (int64_t)1 << 50;
    const struct number *const times[] = {&scan->started, &certificate->not_before, &certificate->not_after};

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (!times[i]->known || times[i]->value > largest || times[i]->value < -largest)
            return false;
    return true;
}

static const char *duration_words(struct judgement *judgement, int64_t seconds)
{
    if (seconds >= 2 * DAY)
        return kept(judgement, arena_format(judgement->arena, "%lld days", (long long)(seconds / DAY)));
    return kept(judgement, arena_format(judgement->arena, "%lld hours", (long long)(seconds / 3600)));
}

static void fix_renewal(struct judgement *judgement, struct finding *finding,
                        const struct endpoint_facts *endpoint, const struct certificate_facts *certificate)
{
    const char *name = certificate_label(certificate);

    if (name != NULL)
        finding_fix(judgement, finding,
                    "Renew it, and find out why that did not happen by itself:\n  certbot renew --cert-name "
                    "%s\nor:\n  acme.sh --renew -d %s",
                    name, name);
    finding_fix(judgement, finding,
                "Then make the server read it:\n  %s\ndocker-mailserver:\n  docker restart mailserver",
                is_mailbox_family(endpoint) ? "systemctl reload dovecot" : "systemctl reload postfix");
}

/* Days and share of the lifetime, whichever is less: short-lived certificates are renewed late by design. */
static bool less_left_than(const struct judgement *judgement, int64_t left, int64_t lifetime,
                           const char *days, const char *share)
{
    double by_days = policy_threshold(judgement->policy, days) * DAY;
    double by_share = policy_threshold(judgement->policy, share) * (double)lifetime;

    return (double)left < (by_days < by_share ? by_days : by_share);
}

static struct finding *judge_dates(struct judgement *judgement, const struct check *check,
                                   const struct subject *subject, const struct endpoint_facts *endpoint,
                                   const struct certificate_facts *certificate)
{
    int64_t now = judgement->scan->started.value;
    int64_t left = certificate->not_after.value - now, early = certificate->not_before.value - now;
    int64_t lifetime = certificate->not_after.value - certificate->not_before.value;
    enum outcome fault = certificate_age_fault(judgement, endpoint, subject->host, certificate);

    if (left < 0)
        return finding_add(judgement, check, subject, fault, "The certificate expired %s ago",
                           duration_words(judgement, -left));
    if (early > 0)
        return finding_add(judgement, check, subject, fault, "The certificate is valid only in %s",
                           duration_words(judgement, early));
    if (less_left_than(judgement, left, lifetime, "cert.expiry.fail_days", "cert.expiry.fail_share"))
        return finding_add(judgement, check, subject, fault, "The certificate expires in %s",
                           duration_words(judgement, left));
    if (less_left_than(judgement, left, lifetime, "cert.expiry.warn_days", "cert.expiry.warn_share"))
        return finding_add(judgement, check, subject, fault == OUTCOME_INFO ? OUTCOME_INFO : OUTCOME_WARN,
                           "The certificate expires in %s", duration_words(judgement, left));
    return finding_add(judgement, check, subject, OUTCOME_PASS, "The certificate is valid for %s",
                       duration_words(judgement, left));
}

/* An intermediate on the chain that was built ended before the leaf. */
static bool chain_expired(const struct certificate_facts *certificate)
{
    for (size_t i = 0; i < certificate->verify_errors.count; i++) {
        const struct verify_error_facts *error = certificate->verify_errors.items[i];

        if (error->depth.known && error->depth.value > 0 && error->code.known &&
            error->code.value == X509_V_ERR_CERT_HAS_EXPIRED)
            return true;
    }
    return false;
}

static void judge_one_expiry(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct endpoint_facts *endpoint,
                             const struct certificate_facts *certificate)
{
    struct finding *finding;

    if (!times_usable(judgement->scan, certificate)) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "its dates are not known");
        return;
    }
    if (certificate->not_after.value >= judgement->scan->started.value && chain_expired(certificate)) {
        finding = finding_add(judgement, check, subject,
                              certificate_age_fault(judgement, endpoint, subject->host, certificate),
                              "A certificate in the chain above the server's has expired");
        finding_fix(judgement, finding,
                    "Install the current chain: use the fullchain.pem of the latest renewal");
    } else {
        finding = judge_dates(judgement, check, subject, endpoint, certificate);
        if (finding->outcome != OUTCOME_PASS)
            fix_renewal(judgement, finding, endpoint, certificate);
    }
    finding_evidence(judgement, finding, "valid from %s to %s", day_of(judgement, certificate->not_before),
                     day_of(judgement, certificate->not_after));
    finding_evidence(judgement, finding, "%s, issued by %s", key_words(judgement, certificate->key),
                     text_or(certificate->issuer, "?"));
}

static void judge_expiry(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_expiry);
}

const struct check check_cert_expiry = {
    .id = "cert.expiry",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "The certificate is valid, and for some time to come",
    .why = "On the day it ends mail programs stop to fetch and send mail, and senders that insist on a valid "
           "certificate stop to deliver.",
    .reference = "RFC 5280 section 4.1.2.5",
    .explanation = "The time of the scan has to lie between the two dates of the certificate. With less than "
                   "7 days left "
                   "(or 8 % of its lifetime, if that is less) it fails, with less than 21 days (or 22 %) it "
                   "warns: by then "
                   "an automatic renewal should have happened. On port 25 all of it only warns, unless the "
                   "domain enforces MTA-STS.\n\n"
                   "Fix: renew it, and make the server read the new file: a renewed certificate that is not "
                   "loaded is the "
                   "most common cause.",
    .judge = judge_expiry,
};

/* ---- cert.lifetime ---- */

/* The longest lifetime that public authorities may give, by the day of issue (CA/Browser Forum SC-081v3). */
static int64_t longest_days(int64_t not_before)
{
    static const struct {
        int64_t until; /* not_before is earlier than this */
        int64_t days;
    } rules[] = {
        {1598918400, 825}, /* 2020-09-01 */
        {1773532800, 398}, /* 2026-03-15 */
        {1805068800, 200}, /* 2027-03-15 */
        {1868227200, 100}, /* 2029-03-15 */
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (not_before < rules[i].until)
            return rules[i].days;
    return 47;
}

static void judge_one_lifetime(struct judgement *judgement, const struct check *check,
                               const struct subject *subject, const struct endpoint_facts *endpoint,
                               const struct certificate_facts *certificate)
{
    enum outcome outcome;
    const char *reason = not_public(judgement, certificate, &outcome);
    int64_t seconds, most;
    struct finding *finding;

    (void)endpoint;
    if (reason == NULL && !times_usable(judgement->scan, certificate)) {
        outcome = OUTCOME_NOT_TESTED;
        reason = "its dates are not known";
    }
    if (reason != NULL) {
        finding_untested(judgement, check, subject, outcome, reason);
        return;
    }
    /* Both dates belong to the lifetime (RFC 5280 4.1.2.5). */
    seconds = certificate->not_after.value - certificate->not_before.value + 1;
    most = longest_days(certificate->not_before.value);
    finding =
        seconds > most * DAY
            ? finding_add(judgement, check, subject, OUTCOME_WARN,
                          "The certificate lives longer than public authorities may allow: over %lld days",
                          (long long)most)
            : finding_add(judgement, check, subject, OUTCOME_PASS, "The certificate lives %lld days",
                          (long long)((seconds + DAY - 1) / DAY));
    finding_evidence(judgement, finding, "valid from %s to %s", day_of(judgement, certificate->not_before),
                     day_of(judgement, certificate->not_after));
}

static void judge_lifetime(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_lifetime);
}

const struct check check_cert_lifetime = {
    .id = "cert.lifetime",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The certificate does not live too long",
    .why =
        "Programs refuse public certificates that were issued for longer than the rules of their day allow.",
    .reference = "CA/Browser Forum baseline requirements section 6.3.2",
    .explanation = "Certificates of public authorities may live at most 398 days, 200 days if issued from "
                   "2026-03-15 on, "
                   "100 days from 2027-03-15, 47 days from 2029-03-15. It does not apply to private "
                   "authorities and under "
                   "--ca-file.\n\n"
                   "Fix: let an ACME client renew it automatically; every public authority issues "
                   "short-lived certificates.",
    .judge = judge_lifetime,
};

/* ---- cert.transparency ---- */

static void judge_one_transparency(struct judgement *judgement, const struct check *check,
                                   const struct subject *subject, const struct endpoint_facts *endpoint,
                                   const struct certificate_facts *certificate)
{
    enum outcome outcome;
    const char *reason = not_public(judgement, certificate, &outcome);

    (void)endpoint;
    if (reason == NULL && !certificate->scts.known) {
        outcome = OUTCOME_NOT_TESTED;
        reason = "its extensions could not be read";
    }
    if (reason != NULL) {
        finding_untested(judgement, check, subject, outcome, reason);
        return;
    }
    if (certificate->scts.value > 0) {
        finding_add(judgement, check, subject, OUTCOME_PASS, "The certificate is in %lld public logs",
                    (long long)certificate->scts.value);
        return;
    }
    finding_evidence(judgement,
                     finding_add(judgement, check, subject, OUTCOME_WARN,
                                 "The certificate carries no proof that it is in a public log"),
                     "issued by %s", text_or(certificate->issuer, "?"));
}

static void judge_transparency(struct judgement *judgement, const struct check *check)
{
    judge_certificates(judgement, check, judge_one_transparency);
}

const struct check check_cert_transparency = {
    .id = "cert.transparency",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The certificate is in public logs",
    .why = "Apple's and other clients refuse a public certificate that was not logged (certificate "
           "transparency).",
    .reference = "RFC 6962 section 3.3",
    .explanation =
        "A certificate of a public authority carries signed timestamps (SCTs) of the logs it was entered "
        "into. None warns. It does not apply to private authorities and under --ca-file.\n\n"
        "Fix: get a new certificate; public authorities embed timestamps unless asked not to.",
    .judge = judge_transparency,
};

/* ---- cert.same_everywhere ---- */

/* What the same name shows first on another port. */
struct sighting {
    const struct endpoint_facts *endpoint;
    const struct certificate_facts *certificate;
};

static bool same_names(const struct certificate_facts *a, const struct certificate_facts *b)
{
    for (size_t i = 0; i < a->sans.count; i++)
        if (!list_has_text(&b->sans, a->sans.items[i]))
            return false;
    return a->sans.count == b->sans.count;
}

static bool is_newer(const struct certificate_facts *a, const struct certificate_facts *b)
{
    return a->not_after.known && b->not_after.known && a->not_after.value > b->not_after.value;
}

static bool same_key_type(const struct certificate_facts *a, const struct certificate_facts *b)
{
    return a->key != NULL && b->key != NULL && same_text(a->key->type, b->key->type);
}

/* Does it say more about our certificate? A newer one on the same address does before one elsewhere: there it
 * may be another machine's own. */
static bool says_more(const struct endpoint_facts *endpoint, const struct certificate_facts *own,
                      struct sighting candidate, struct sighting best)
{
    bool beside =
        same_text(candidate.endpoint->address, endpoint->address) && is_newer(candidate.certificate, own);
    bool best_beside = best.certificate != NULL && same_text(best.endpoint->address, endpoint->address) &&
                       is_newer(best.certificate, own);

    if (best.certificate == NULL || beside != best_beside)
        return best.certificate == NULL || beside;
    return is_newer(candidate.certificate, best.certificate);
}

/* The newest certificate of the same key type that another port shows for the name, of the same address if
 * there is a newer one. */
static struct sighting newest_elsewhere(const struct judgement *judgement,
                                        const struct endpoint_facts *endpoint,
                                        const struct shown_certificate *shown, size_t *ret_others)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct sighting newest = {0};

    *ret_others = 0;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];

        if (other == endpoint || other->tls == NULL)
            continue;
        for (size_t j = 0; j < other->tls->certificates.count; j++) {
            const struct certificate_facts *there = other->tls->certificates.items[j];

            if (!certificate_is_for(there, shown->host) || !same_key_type(there, shown->certificate))
                continue;
            ++*ret_others;
            if (same_text(there->sha256, shown->certificate->sha256))
                continue;
            if (says_more(endpoint, shown->certificate, (struct sighting){other, there}, newest))
                newest = (struct sighting){other, there};
        }
    }
    return newest;
}

static struct finding *judge_difference(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject, const struct endpoint_facts *endpoint,
                                        const struct certificate_facts *own, const struct sighting *newest)
{
    const char *place = subject_endpoint(judgement, newest->endpoint, NULL).text;
    bool same_machine = same_text(endpoint->address, newest->endpoint->address);
    bool expired = own->not_after.known && judgement->scan->started.known &&
                   own->not_after.value < judgement->scan->started.value;
    struct finding *finding;

    if (!is_newer(newest->certificate, own))
        return finding_add(judgement, check, subject, OUTCOME_PASS, "No port has a newer certificate");
    if (!same_machine || !same_names(own, newest->certificate))
        return finding_add(judgement, check, subject, OUTCOME_INFO, "%s shows another certificate", place);
    finding = finding_add(judgement, check, subject, expired ? OUTCOME_FAIL : OUTCOME_WARN,
                          expired ? "This port still shows an expired certificate; %s has the new one"
                                  : "This port still shows an old certificate; %s has the new one",
                          place);
    finding_fix(judgement, finding,
                "Make this service read the new file:\n  %s\ndocker-mailserver:\n  docker restart mailserver",
                is_mailbox_family(endpoint) ? "systemctl reload dovecot" : "systemctl reload postfix");
    return finding;
}

static void judge_shown(struct judgement *judgement, const struct check *check,
                        const struct endpoint_facts *endpoint, const struct shown_certificate *shown)
{
    struct subject subject = subject_certificate(judgement, endpoint, shown);
    size_t others;
    struct sighting newest = newest_elsewhere(judgement, endpoint, shown, &others);
    struct finding *finding;

    if (others == 0) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                         "no other port shows a certificate for this name");
        return;
    }
    if (newest.certificate == NULL) {
        finding_add(judgement, check, &subject, OUTCOME_PASS, "Every port shows the same certificate");
        return;
    }
    finding = judge_difference(judgement, check, &subject, endpoint, shown->certificate, &newest);
    finding_evidence(judgement, finding, "here: valid to %s, SHA-256 %s",
                     day_of(judgement, shown->certificate->not_after),
                     text_or(shown->certificate->sha256, "?"));
    finding_evidence(judgement, finding, "%s: valid to %s, SHA-256 %s",
                     subject_endpoint(judgement, newest.endpoint, NULL).text,
                     day_of(judgement, newest.certificate->not_after),
                     text_or(newest.certificate->sha256, "?"));
}

static void judge_same(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct list shown = certificates_of(judgement, endpoint);

        for (size_t j = 0; j < shown.count; j++)
            judge_shown(judgement, check, endpoint, shown.items[j]);
        if (shown.count == 0) {
            struct subject subject = subject_endpoint(judgement, endpoint, NULL);
            enum outcome outcome;
            const char *reason = certificate_missing(judgement, endpoint, NULL, &outcome);

            finding_untested(judgement, check, &subject, outcome, reason);
        }
    }
}

const struct check check_cert_same_everywhere = {
    .id = "cert.same_everywhere",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "Every port shows the same certificate",
    .why = "After a renewal one service often keeps the old certificate in memory, until it expires there.",
    .reference = "RFC 8314 section 3",
    .explanation =
        "The certificates that one name shows on all ports are compared, key type by key type. A port that "
        "still has an older certificate with the same names than another port of the same address warns, and "
        "fails when the old one has expired. Different certificates on different machines are "
        "information.\n\n"
        "Fix: reload every service after a renewal: a deploy hook of certbot (--deploy-hook \"systemctl "
        "reload "
        "postfix dovecot\") or acme.sh (--reloadcmd) does it.",
    .judge = judge_same,
};
