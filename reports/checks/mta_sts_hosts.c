/*
 * mta_sts_hosts.c - do the mail hosts keep what the MTA-STS policy promises: named in it, and met over TLS
 *
 * RFC 8461 4.1 (names), 4.2 (certificates), 5 (what senders do: under enforce they do not deliver, in testing
 * they report and deliver).
 */
#include "reports/mta_sts.h"

#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

/* How bad a mail host is that senders would refuse. */
static enum outcome refused_outcome(const struct mta_sts_policy_facts *policy)
{
    return policy->mode == MTA_STS_ENFORCE ? OUTCOME_FAIL : OUTCOME_WARN;
}

static const char *refused_words(const struct mta_sts_policy_facts *policy)
{
    return policy->mode == MTA_STS_ENFORCE
               ? "Senders that follow the policy do not deliver to this host: their mail waits, and is "
                 "returned "
                 "after days."
               : "The policy is in testing: senders deliver and report this. Once it is enforced, their mail "
                 "would wait and be returned.";
}

/* Adds the finding when there is no policy to hold a host against; true when it was added. */
static bool is_without_policy(struct judgement *judgement, const struct check *check,
                              const struct subject *subject, const struct mta_sts_view *view)
{
    if (view->state == MTA_STS_USABLE && view->policy->mode != MTA_STS_NONE)
        return false;
    finding_untested(judgement, check, subject,
                     view->state == MTA_STS_UNKNOWN ? OUTCOME_NOT_TESTED : OUTCOME_NOT_APPLICABLE,
                     view->state == MTA_STS_USABLE ? "the policy's mode is none" : view->reason);
    return true;
}

static bool has_domain(const struct judgement *judgement)
{
    return observed_dns(judgement)->domain != NULL;
}

/* ---- mta_sts.mx ---- */

static void evidence_patterns(struct judgement *judgement, struct finding *finding,
                              const struct mta_sts_policy_facts *policy)
{
    for (size_t i = 0; i < policy->mx.count && i < 20; i++)
        finding_evidence(judgement, finding, "the policy has mx: %s", (const char *)policy->mx.items[i]);
    if (policy->mx.count > 20)
        finding_evidence(judgement, finding, "and %zu more patterns", policy->mx.count - 20);
}

static void judge_host(struct judgement *judgement, const struct check *check,
                       const struct mail_host_facts *host, const struct mta_sts_view *view)
{
    struct subject subject = subject_host(host->name);
    struct finding *finding;
    const char *pattern;

    if (is_without_policy(judgement, check, &subject, view))
        return;
    pattern = mta_sts_match(view->policy, host->name);
    if (pattern != NULL) {
        finding_add(judgement, check, &subject, OUTCOME_PASS, "The MTA-STS policy names the host: mx: %s",
                    pattern);
        return;
    }
    if (view->policy->mx_left_out.value > 0) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         "the policy has more patterns than were kept");
        return;
    }
    finding = finding_add(judgement, check, &subject, refused_outcome(view->policy),
                          "The MTA-STS policy does not name %s", subject.host);
    finding->why = refused_words(view->policy);
    evidence_patterns(judgement, finding, view->policy);
    if (!host_name_valid(host->name))
        return;
    finding_fix(judgement, finding, "Add this line to the policy:\n  mx: %s", host->name);
    fix_mta_sts_record(judgement, finding, "Then give it a new id");
}

/* A pattern for a host that is not there: a backup that is planned, or one that is gone. */
static void judge_unused(struct judgement *judgement, const struct check *check,
                         const struct mta_sts_policy_facts *policy)
{
    struct subject subject = subject_domain(judgement);
    struct finding *finding = NULL;

    for (size_t i = 0; i < policy->mx.count && policy->mode != MTA_STS_NONE; i++) {
        const char *pattern = policy->mx.items[i];

        if (mta_sts_pattern_used(judgement, pattern))
            continue;
        if (finding == NULL) {
            finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                                  "The MTA-STS policy names a host that is no mail host of the domain: %s",
                                  pattern);
            finding->why =
                "Whoever runs a host of that name could take mail for the domain, once the MX records "
                "lead there.";
        }
        finding_evidence(judgement, finding, "no MX record for mx: %s", pattern);
    }
}

static void judge_mx(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);
    struct mta_sts_view view;

    if (!has_domain(judgement) || domain_takes_no_mail(judgement))
        return;
    view = mta_sts_view(judgement);
    for (size_t i = 0; i < hosts->count; i++)
        if (host_receives(hosts->items[i]))
            judge_host(judgement, check, hosts->items[i], &view);
    if (view.state == MTA_STS_USABLE && observed_dns(judgement)->mx != NULL &&
        observed_dns(judgement)->mx->outcome != DNS_FAILURE)
        judge_unused(judgement, check, view.policy);
}

const struct check check_mta_sts_mx = {
    .id = "mta_sts.mx",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "The MTA-STS policy names the mail host",
    .why = "Senders that follow the policy deliver only to mail hosts that it names.",
    .reference = "RFC 8461 section 4.1",
    .explanation =
        "The name of each mail host must match an mx line of the policy: exactly, or by \"*.\" in the place "
        "of "
        "its "
        "left-most label. Under enforce a host that does not match fails, in testing it warns. A line that "
        "matches no mail host informs.\n\n"
        "Fix: add the host to the policy before it enters the DNS, and give the record a new id.",
    .judge = judge_mx,
};

/* ---- mta_sts.certificate ---- */

static void evidence_met(struct judgement *judgement, struct finding *finding,
                         const struct mail_host_facts *host, const char *address)
{
    const struct endpoint_facts *endpoint = endpoint_at(judgement, address, 25);
    struct list shown = {0};

    if (endpoint != NULL)
        shown = certificates_for(judgement, endpoint, host->name);
    for (size_t i = 0; i < shown.count; i++) {
        const struct shown_certificate *item = shown.items[i];

        finding_evidence(judgement, finding, "%s, issued by %s, valid until %s",
                         text_or(item->certificate->subject, "?"), text_or(item->certificate->issuer, "?"),
                         day_of(judgement, item->certificate->not_after));
    }
}

static void judge_address(struct judgement *judgement, const struct check *check,
                          const struct mail_host_facts *host, const char *address,
                          const struct mta_sts_view *view)
{
    struct subject subject = subject_address(judgement, host->name, address);
    struct finding *finding = NULL;
    const char *words = "?";

    if (is_without_policy(judgement, check, &subject, view))
        return;
    switch (mta_sts_meets(judgement, host, address, &words)) {
    case YES:
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "%s offers STARTTLS with a certificate as MTA-STS asks for", subject.text);
        break;
    case NO:
        finding = finding_add(judgement, check, &subject, refused_outcome(view->policy),
                              "%s does not meet the MTA-STS policy: %s", subject.text, words);
        finding->why = refused_words(view->policy);
        finding_fix(judgement, finding, "Mend what the check in brackets finds at port 25 of %s", address);
        break;
    case UNKNOWN:
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, words);
        break;
    }
    evidence_met(judgement, finding, host, address);
}

static void judge_certificate(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);
    struct mta_sts_view view;

    if (!has_domain(judgement) || domain_takes_no_mail(judgement))
        return;
    view = mta_sts_view(judgement);
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        for (size_t j = 0; j < host->addresses.count && host_receives(host); j++)
            judge_address(judgement, check, host,
                          ((const struct host_address_facts *)host->addresses.items[j])->address, &view);
    }
}

const struct check check_mta_sts_certificate = {
    .id = "mta_sts.certificate",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "The mail host meets the MTA-STS policy",
    .why =
        "Senders that follow the policy deliver only over TLS, to a server with a valid certificate for the "
        "name of the mail host.",
    .reference = "RFC 8461 section 4.2",
    .explanation =
        "Port 25 of every address of every mail host must offer STARTTLS, and each certificate that it shows "
        "for the name of the mail host must have that name, lead to a trusted root and be within its dates. "
        "Under "
        "enforce what does not fails, for mail is not delivered there; in testing it warns.\n\n"
        "Fix: smtp.starttls, cert.name, cert.trust and cert.expiry of the same port say what to mend.",
    .judge = judge_certificate,
};
