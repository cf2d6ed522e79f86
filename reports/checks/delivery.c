/*
 * delivery.c - what typical senders would do with a message to this domain today, per mail host
 *
 * Put together from what the other checks saw: it blames nothing itself, and names the check that decides.
 * RFC 5321 5.1 (which host, which address), RFC 3207 (opportunistic TLS), RFC 7505 (null MX), RFC 8461 5
 * (MTA-STS), RFC 7672 (DANE).
 */
#include "reports/catalogue.h"
#include "reports/dane_model.h"
#include "reports/mta_sts.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

enum fate {
    FATE_UNKNOWN = 0,
    FATE_ENCRYPTED,  /* delivered, encrypted; nobody checked with whom */
    FATE_CLEAR,      /* delivered in clear text */
    FATE_DEFERRED,   /* no host answers: tried again for days, then returned */
    FATE_NO_ADDRESS, /* there is no address (of this family) */
};

static const char *fate_words(enum fate fate)
{
    switch (fate) {
    case FATE_ENCRYPTED:
        return "delivered, encrypted, without proof of whom it was delivered to (smtp.starttls)";
    case FATE_CLEAR:
        return "delivered in clear text (smtp.starttls)";
    case FATE_DEFERRED:
        return "not delivered: the sender tries again for days, then returns the message (smtp.reachable)";
    case FATE_NO_ADDRESS:
        return "not delivered: the host has no such address (dns.mx.resolves, ipv6.mx)";
    case FATE_UNKNOWN:
        break;
    }
    return "not known: the host could not be tested (smtp.reachable)";
}

/* What becomes of a message to one address. */
static enum fate fate_at(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    if (endpoint->state != ENDPOINT_OPEN)
        return endpoint_is_dead(judgement, endpoint) ? FATE_DEFERRED : FATE_UNKNOWN;
    switch (starttls_works(endpoint)) {
    case YES:
        return FATE_ENCRYPTED;
    case NO: /* a sender that takes what it gets goes on without */
        return FATE_CLEAR;
    case UNKNOWN:
        break;
    }
    return FATE_UNKNOWN;
}

/* Is it known that the host has no address (of this family)? */
static bool has_no_address(const struct mail_host_facts *host, bool ipv6_only)
{
    const struct dns_question_facts *const questions[] = {ipv6_only ? NULL : host->a, host->aaaa};

    for (size_t i = ipv6_only; i < sizeof(questions) / sizeof(questions[0]); i++)
        if (questions[i] == NULL ||
            (questions[i]->outcome != DNS_NODATA && questions[i]->outcome != DNS_NXDOMAIN))
            return false;
    return true;
}

/* Over all addresses of a host (of one family): a sender is content with the first that answers; of several
 * it may meet any, so the worse delivery counts. */
static enum fate fate_of(const struct judgement *judgement, const struct mail_host_facts *host,
                         bool ipv6_only)
{
    enum fate fate = FATE_UNKNOWN;
    bool unknown = false, dead = false, any = false;

    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];
        const struct endpoint_facts *endpoint = endpoint_at(judgement, address->address, 25);
        enum fate here;

        if (ipv6_only && !is_ipv6(address->address))
            continue;
        any = true;
        here = endpoint == NULL ? FATE_UNKNOWN : fate_at(judgement, endpoint);
        unknown = unknown || here == FATE_UNKNOWN;
        dead = dead || here == FATE_DEFERRED;
        if (here == FATE_CLEAR || (here == FATE_ENCRYPTED && fate != FATE_CLEAR))
            fate = here;
    }
    if (!any)
        return has_no_address(host, ipv6_only) ? FATE_NO_ADDRESS : FATE_UNKNOWN;
    if (fate == FATE_UNKNOWN && !unknown && dead)
        return FATE_DEFERRED;
    return fate;
}

/* A sender that refuses a server tries the next address, and the next host. */
static struct delivery refusing(struct judgement *judgement, const struct mail_host_facts *host,
                                enum fate plain)
{
    size_t good = 0, bad = 0;
    const char *words;

    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        switch (mta_sts_meets(judgement, host, address->address, &words)) {
        case YES:
            good++;
            break;
        case NO:
            bad++;
            break;
        case UNKNOWN:
            break;
        }
    }
    if (good > 0)
        return (struct delivery){bad == 0
                                     ? "delivered, encrypted and authenticated (mta_sts.certificate)"
                                     : "delivered, encrypted and authenticated, but not to every address "
                                       "(mta_sts.certificate)",
                                 false};
    if (bad > 0)
        return (struct delivery){
            "not delivered: the sender tries again for days, then returns the message (mta_sts.certificate)",
            true};
    if (plain == FATE_ENCRYPTED || plain == FATE_CLEAR)
        return (struct delivery){fate_words(FATE_UNKNOWN), false};
    return (struct delivery){fate_words(plain), false};
}

static struct delivery enforcing(struct judgement *judgement, const struct mail_host_facts *host,
                                 enum fate plain)
{
    struct mta_sts_view view = mta_sts_view(judgement);

    switch (view.state) {
    case MTA_STS_UNKNOWN:
        return (struct delivery){
            kept(judgement, arena_format(judgement->arena, "not tested, %s", view.reason)), false};
    case MTA_STS_ABSENT:
        return (struct delivery){"as the one before, for there is no policy (mta_sts.mode)", false};
    case MTA_STS_UNUSABLE:
        return (struct delivery){
            "as the one before, unless it keeps an older policy (mta_sts.record, mta_sts.policy)", false};
    case MTA_STS_USABLE:
        break;
    }
    if (view.policy->mode != MTA_STS_ENFORCE)
        return (struct delivery){"as the one before, for the policy is not enforced (mta_sts.mode)", false};
    if (mta_sts_match(view.policy, host->name) == NULL)
        return (struct delivery){"not delivered here: the policy does not name this host (mta_sts.mx)", true};
    return refusing(judgement, host, plain);
}

/* Is what leads to the host, or says where it is, refused by resolvers that validate? */
static bool is_bogus(const struct judgement *judgement, const struct mail_host_facts *host)
{
    const struct dns_question_facts *const questions[] = {observed_dns(judgement)->mx, host->a, host->aaaa};

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        if (questions[i] != NULL && questions[i]->security == DNS_BOGUS)
            return true;
    return false;
}

static void judge_host(struct judgement *judgement, const struct check *check,
                       const struct mail_host_facts *host)
{
    struct subject subject = subject_domain(judgement);
    enum fate plain = fate_of(judgement, host, false), ipv6 = fate_of(judgement, host, true);
    struct delivery by_mta_sts = enforcing(judgement, host, plain), by_dane = dane_delivery(judgement, host);
    const char *refused_by = is_bogus(judgement, host)               ? "validate DNSSEC"
                             : by_mta_sts.refused && by_dane.refused ? "enforce MTA-STS or DANE"
                             : by_mta_sts.refused                    ? "enforce MTA-STS"
                             : by_dane.refused                       ? "enforce DANE"
                                                                     : NULL;
    struct finding *finding = NULL;

    subject.host = text_or(host->name, "?");
    subject.text = kept(judgement, arena_format(judgement->arena, "%s via %s", subject.domain, subject.host));
    switch (plain) {
    case FATE_ENCRYPTED:
        if (refused_by != NULL)
            finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                                  "Mail via %s is delivered encrypted, but not by senders that %s",
                                  subject.host, refused_by);
        else
            finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                                  "Mail via %s is delivered encrypted", subject.host);
        break;
    case FATE_CLEAR:
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "Mail via %s is delivered in clear text", subject.host);
        break;
    case FATE_DEFERRED:
    case FATE_NO_ADDRESS:
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO, "Mail via %s is not delivered",
                              subject.host);
        break;
    case FATE_UNKNOWN:
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   host->addresses.count == 0 ? "the host has no known address"
                                                              : "the host could not be tested");
        break;
    }
    finding_evidence(judgement, finding, "a sender that takes what it gets: %s", fate_words(plain));
    finding_evidence(judgement, finding, "a sender that enforces MTA-STS (Gmail, Outlook): %s",
                     by_mta_sts.words);
    finding_evidence(judgement, finding, "a sender that enforces DANE (Postfix with dane): %s",
                     text_or(by_dane.words, fate_words(plain)));
    finding_evidence(judgement, finding, "a sender with IPv6 only: %s", fate_words(ipv6));
    if (is_bogus(judgement, host))
        finding_evidence(
            judgement, finding,
            "a sender whose resolver validates DNSSEC: not delivered, the sender tries again for days, "
            "then returns the message (dnssec.domain, dnssec.mx)");
}

/* Domains that take no mail, or cannot: there is no host to go by. */
static void judge_without_host(struct judgement *judgement, const struct check *check)
{
    const struct dns_facts *dns = observed_dns(judgement);
    struct subject subject = subject_domain(judgement);
    enum dns_outcome outcome = dns->mx == NULL ? DNS_NOT_ASKED : dns->mx->outcome;

    if (dns->null_mx == YES)
        finding_evidence(judgement,
                         finding_add(judgement, check, &subject, OUTCOME_INFO,
                                     "Mail is returned at once, as the domain wants it"),
                         "every sender: returned with 5.1.10 (dns.mx.null)");
    else if (outcome == DNS_NXDOMAIN)
        finding_evidence(judgement,
                         finding_add(judgement, check, &subject, OUTCOME_INFO,
                                     "Mail is returned at once: the domain does not exist"),
                         "every sender: returned (dns.mx)");
    else if (outcome == DNS_NODATA)
        finding_evidence(judgement,
                         finding_add(judgement, check, &subject, OUTCOME_INFO,
                                     "Mail is returned: the domain has neither MX nor address"),
                         "every sender: returned (dns.mx)");
    else
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, "the mail hosts are not known");
}

static void judge_outlook(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);
    bool any = false;

    if (observed_dns(judgement)->domain == NULL)
        return;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (!host_receives(host) || (host->source == HOST_IMPLICIT_MX && host->addresses.count == 0))
            continue;
        any = true;
        judge_host(judgement, check, host);
    }
    if (!any)
        judge_without_host(judgement, check);
}

const struct check check_delivery_outlook = {
    .id = "delivery.outlook",
    .severity = SEVERITY_NONE,
    .area = AREA_NONE,
    .title = "Mail is delivered encrypted",
    .why = "Whether mail arrives, and how well protected, depends on what the sender insists on.",
    .reference = "RFC 5321 section 5.1, RFC 3207",
    .explanation = "For each mail host this says what typical senders would do today: one that takes what it "
                   "gets, one that "
                   "enforces MTA-STS, one that enforces DANE, one that has IPv6 only; and which check "
                   "decides. It is a summary: "
                   "what is wrong fails in the check it names. What was not looked up is not guessed.",
    .judge = judge_outlook,
};
