/*
 * tls_profile.c - how a port compares with what others recommend for TLS
 *
 * The profiles are data (reports/profile.h); a policy may bring its own.
 */
#include "reports/catalogue.h"
#include "reports/observed.h"
#include "reports/policy.h"
#include "reports/profile.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"

static const char *level_words(const struct profile *profile, size_t level)
{
    return profile->levels.items[level];
}

static struct subject subject_profile(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                      const struct profile *profile)
{
    struct subject subject = subject_endpoint(judgement, endpoint, NULL);

    subject.profile = profile->name;
    subject.text = kept(judgement, arena_format(judgement->arena, "%s (%s)", subject.text, profile->title));
    return subject;
}

/* Where a profile knows more than yes and no, the level is worth more than either. */
static struct finding *add_result(struct judgement *judgement, const struct check *check,
                                  const struct subject *subject, const struct profile *profile,
                                  const struct profile_result *result)
{
    bool met = result->level <= profile->meets;
    enum outcome outcome = met ? OUTCOME_PASS : OUTCOME_INFO;

    if (!met && profile->levels.count == 2)
        return finding_add(judgement, check, subject, outcome, "Does not meet %s", profile->title);
    if (!met)
        return finding_add(judgement, check, subject, outcome, "Does not meet %s: %s", profile->title,
                           level_words(profile, result->level));
    if (profile->meets == 0)
        return finding_add(judgement, check, subject, outcome, "Meets %s", profile->title);
    return finding_add(judgement, check, subject, outcome, "Meets %s: %s", profile->title,
                       level_words(profile, result->level));
}

static void judge_profile_of(struct judgement *judgement, const struct check *check,
                             const struct endpoint_facts *endpoint, const struct profile_port *port,
                             const struct profile *profile)
{
    struct profile_result result = profile_compare(judgement, port, profile);
    struct subject subject = subject_profile(judgement, endpoint, profile);
    struct finding *finding;

    if (result.breaches.count == 0 && result.unknown.count > 0) {
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, result.unknown.items[0]);
        finding->title = kept(judgement, arena_format(judgement->arena, "%s: not tested, %s", profile->title,
                                                      (const char *)result.unknown.items[0]));
    } else {
        finding = add_result(judgement, check, &subject, profile, &result);
    }
    finding->reference = profile->reference;
    for (size_t i = 0; i < result.breaches.count; i++) {
        const struct profile_breach *breach = result.breaches.items[i];

        finding_evidence(judgement, finding, "%s: %s: %s", level_words(profile, breach->level),
                         profile_class_name(breach->class), breach->words);
    }
    for (size_t i = 0; i < result.unknown.count; i++)
        finding_evidence(judgement, finding, "not known: %s", (const char *)result.unknown.items[i]);
}

/* Why nothing can be compared; NULL when something was enumerated. */
static const char *nothing_known(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                 enum outcome *ret_outcome)
{
    const char *reason = tls_missing(judgement, endpoint, ret_outcome);

    if (reason != NULL)
        return reason;
    *ret_outcome = OUTCOME_NOT_TESTED;
    if (tls_speaks_any(endpoint->tls, TLS_VERSION_SSL2, TLS_VERSION_1_3) != YES)
        return text_or(tls_wants_name(endpoint->tls), "no handshake was possible");
    return endpoint->tls->versions == NULL ? tls_version_reason(judgement, endpoint->tls) : NULL;
}

static void judge_profiles(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);
    const struct list *profiles = policy_profiles(judgement->policy);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        enum outcome outcome;
        const char *reason = nothing_known(judgement, endpoint, &outcome);
        struct profile_port port;

        if (reason != NULL) {
            struct subject subject = subject_endpoint(judgement, endpoint, NULL);

            finding_untested(judgement, check, &subject, outcome, reason);
            continue;
        }
        port = profile_port_of(judgement, endpoint->tls);
        for (size_t j = 0; j < profiles->count; j++)
            judge_profile_of(judgement, check, endpoint, &port, profiles->items[j]);
    }
}

const struct check check_tls_profile = {
    .id = "tls.profile",
    .severity = SEVERITY_NONE,
    .area = AREA_TRANSPORT,
    .title = "TLS meets a published profile",
    .why = "Auditors, agencies and partners ask for one of these; none of them is a law of nature, and they "
           "differ.",
    .reference = "RFC 9325",
    .explanation =
        "What each port accepts is compared with published profiles: Mozilla's Server Side TLS 6.0 (modern "
        "and "
        "intermediate), the guidelines of NCSC-NL (2025-05), TR-02102-2 of the BSI (2025-01) and RFC 9325. "
        "What a "
        "profile does not allow is named, thing by thing. Where the enumeration has gaps and nothing that "
        "was seen "
        "is against the profile, it is not tested. Not to meet a profile is information: it fails nothing "
        "and caps "
        "no grade. A policy can name other profiles, or bring its own.\n\n"
        "Fix: choose the profile you are bound to, and take away what it does not allow. Postfix (main.cf): "
        "smtpd_tls_protocols, smtpd_tls_mandatory_protocols, smtpd_tls_ciphers, tls_eecdh_auto_curves. "
        "Dovecot: "
        "ssl_min_protocol, ssl_cipher_list, ssl_curve_list.",
    .judge = judge_profiles,
};
