/*
 * dnssec.c - is what senders look up signed, and does the chain of signatures hold?
 *
 * Secure, insecure, bogus, indeterminate: RFC 4035 4.3. What could not be validated, because no signatures reach us,
 * is not tested. RFC 7672 2.1 for what a broken answer does to mail.
 */
#include "reports/catalogue.h"
#include "reports/observed.h"
#include "reports/substitutions.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

static int weight(enum dns_security security)
{
    switch (security) {
    case DNS_BOGUS:
        return 4;
    case DNS_INSECURE:
        return 3;
    case DNS_INDETERMINATE:
        return 2;
    case DNS_SECURE:
        return 1;
    case DNS_SECURITY_NOT_OBSERVED:
        break;
    }
    return 0;
}

/* The worse of two questions; one that proves something is worse than one that nobody could judge. */
static const struct dns_question_facts *worse(const struct dns_question_facts *a,
                                              const struct dns_question_facts *b)
{
    if (a == NULL || (b != NULL && weight(b->security) > weight(a->security)))
        return b;
    return a;
}

static const char *why_not(const struct dns_question_facts *question)
{
    if (question == NULL)
        return "nobody validated the answers";
    return text_or(question->security_reason, "nobody validated the answers");
}

static void evidence_security(struct judgement *judgement, struct finding *finding,
                              const struct dns_question_facts *question)
{
    if (question != NULL && question->security_reason != NULL)
        finding_evidence(judgement, finding, "%s %s: %s", text_or(question->type, "?"),
                         text_or(question->name, "?"), question->security_reason);
}

/* ". -> org -> example.org" */
static void evidence_zones(struct judgement *judgement, struct finding *finding,
                           const struct dnssec_name_facts *name)
{
    if (name != NULL && name->zones.count > 0)
        finding_evidence(judgement, finding, "zones: %s",
                         kept(judgement, text_join(judgement->arena, &name->zones, " -> ")));
}

static const struct dnssec_zone_facts *zone_named(const struct judgement *judgement, const char *name)
{
    const struct list *zones = &observed_dnssec(judgement)->zones;

    for (size_t i = 0; i < zones->count; i++) {
        const struct dnssec_zone_facts *zone = zones->items[i];

        if (same_name(zone->name, name))
            return zone;
    }
    return NULL;
}

/* The zone that a name is in, as far as the way to it was found. */
static const struct dnssec_zone_facts *zone_of(const struct judgement *judgement,
                                               const struct dnssec_name_facts *name)
{
    if (name == NULL || name->zones.count == 0)
        return NULL;
    return zone_named(judgement, name->zones.items[name->zones.count - 1]);
}

/* The file that a zone was answered from; NULL: the DNS. */
static const struct zone_file_facts *file_of(const struct judgement *judgement,
                                             const struct dnssec_zone_facts *zone)
{
    const struct list *files = &observed_settings(judgement)->zones;

    for (size_t i = 0; zone != NULL && i < files->count; i++) {
        const struct zone_file_facts *file = files->items[i];

        if (same_name(file->name, zone->name))
            return file;
    }
    return NULL;
}

static bool any_ds_matches(const struct dnssec_zone_facts *zone)
{
    for (size_t i = 0; i < zone->ds.count; i++)
        if (((const struct dnssec_ds_facts *)zone->ds.items[i])->matches == YES)
            return true;
    return false;
}

/* What to do about a chain that is broken in this zone. */
static void fix_broken(struct judgement *judgement, struct finding *finding,
                       const struct dnssec_zone_facts *zone)
{
    if (zone == NULL)
        return;
    if (zone->ds.count > 0 && zone->keys.observed && zone->keys.count == 0 &&
        file_of(judgement, zone) != NULL) {
        finding_fix(
            judgement, finding,
            "Publish %s signed, by the key that its DS record at the registrar stands for, or remove that "
            "record first, a day ahead: until then %s would vanish for resolvers that validate",
            text_or(file_of(judgement, zone)->file, "?"), text_or(zone->name, "?"));
        return;
    }
    if (zone->ds.count > 0 && zone->keys.observed && !any_ds_matches(zone)) {
        finding_fix(
            judgement, finding,
            "Replace the DS record of %s at its registrar by that of the key in use, or remove it: the "
            "domain is unsigned then, and works again",
            text_or(zone->name, "?"));
        return;
    }
    finding_fix(
        judgement, finding,
        "Sign %s again: see that the signer runs, that its clock is right, and that every name server "
        "serves the signed zone",
        text_or(zone->name, "?"));
    finding_fix(
        judgement, finding,
        "If that takes long, remove the DS record of %s at its registrar: unsigned is better than broken",
        text_or(zone->name, "?"));
}

static void fix_unsigned(struct judgement *judgement, struct finding *finding,
                         const struct dnssec_zone_facts *zone)
{
    if (zone != NULL && zone->keys.count > 0)
        finding_fix(judgement, finding,
                    "%s is signed already: enter its DS record (or DNSKEY) at its registrar",
                    text_or(zone->name, "?"));
    else if (zone != NULL)
        finding_fix(
            judgement, finding,
            "Turn on DNSSEC for %s where its zone is hosted, then enter the DS record at its registrar",
            text_or(zone->name, "?"));
}

/* ---- dnssec.domain ---- */

static void fix_ds(struct judgement *judgement, struct finding *finding, const struct zone_file_facts *file)
{
    for (size_t i = 0; file != NULL && i < file->ds.count; i++)
        finding_fix(judgement, finding, "Once %s is published, enter its DS record at its registrar:\n  %s",
                    text_or(file->name, "?"), text_or(file->ds.items[i], "?"));
}

/* Its signatures hold, and nobody will look at them before the zone above has its DS record. */
static struct finding *judge_awaited(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct zone_file_facts *file)
{
    struct finding *finding = finding_add(
        judgement, check, subject, OUTCOME_WARN,
        "%s is signed in its zone file, and the zone above has no DS record of it", subject->domain);

    finding->why =
        "Until the zone above has a DS record for its key, nobody validates the domain: it counts as "
        "unsigned, and DANE does not protect it.";
    fix_ds(judgement, finding, file);
    return finding;
}

static struct finding *judge_domain_security(struct judgement *judgement, const struct check *check,
                                             const struct subject *subject,
                                             const struct dns_question_facts *question)
{
    const struct dnssec_zone_facts *zone = zone_of(judgement, observed_dnssec(judgement)->domain);
    const struct dnssec_zone_facts *awaits;
    struct finding *finding = NULL;

    switch (question->security) {
    case DNS_SECURE:
        awaits = name_awaits_ds(judgement->scan, subject->domain);
        if (awaits != NULL)
            return judge_awaited(judgement, check, subject, file_of(judgement, awaits));
        return finding_add(judgement, check, subject, OUTCOME_PASS, "%s is signed, and the signatures hold",
                           subject->domain);
    case DNS_INSECURE:
        finding = finding_add(judgement, check, subject, OUTCOME_WARN, "%s is not signed with DNSSEC",
                              subject->domain);
        finding->why =
            "Without DNSSEC an attacker on the way can send mail for the domain elsewhere, and DANE "
            "cannot protect it.";
        fix_unsigned(judgement, finding, zone);
        return finding;
    case DNS_BOGUS:
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "DNSSEC of %s is broken: for resolvers that validate the domain does not exist",
                              subject->domain);
        fix_broken(judgement, finding, zone);
        return finding;
    case DNS_INDETERMINATE:
    case DNS_SECURITY_NOT_OBSERVED:
        break;
    }
    return finding_untested(
        judgement, check, subject, OUTCOME_NOT_TESTED,
        kept(judgement,
             arena_format(judgement->arena, "DNSSEC could not be validated: %s", why_not(question))));
}

static void judge_domain(struct judgement *judgement, const struct check *check)
{
    const struct dns_facts *dns = observed_dns(judgement);
    const struct dnssec_name_facts *name = observed_dnssec(judgement)->domain;
    const struct dns_question_facts *question = worse(dns->mx, name != NULL ? name->soa : NULL);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (dns->domain == NULL)
        return;
    if (question == NULL) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, "nothing was looked up");
        return;
    }
    finding = judge_domain_security(judgement, check, &subject, question);
    evidence_security(judgement, finding, question);
    evidence_zones(judgement, finding, name);
}

const struct check check_dnssec_domain = {
    .id = "dnssec.domain",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_DNS,
    .title = "The domain is signed with DNSSEC",
    .why = "Resolvers that validate give no answer at all for a domain whose signatures do not hold: a large "
           "part of the world then finds neither its mail hosts nor its web site.",
    .reference = "RFC 4035 section 5",
    .explanation =
        "The MX and SOA records of the domain are validated here, from the root's trust anchor down, "
        "whatever "
        "the resolver thinks of them. It passes when every signature on the way holds (secure), warns when "
        "it is "
        "proven that the domain is not signed (insecure), and fails when it should be signed and the "
        "signatures "
        "do not hold (bogus). When no signatures reach us at all, because a resolver or a firewall drops "
        "them, "
        "nothing can be said. A zone that comes from a file (--zone) is judged as it will be by what the "
        "zone above "
        "says "
        "today; where that has no DS record yet, its signatures are validated by the file's own keys, which "
        "warns "
        "and "
        "tells the DS record to enter.\n\n"
        "Fix: a bogus domain is most often one whose signatures expired because the signer stopped, or whose "
        "DS record at the registrar belongs to a key that is gone, after a move to another provider.",
    .judge = judge_domain,
};

/* ---- dnssec.mx ---- */

static const struct dnssec_name_facts *host_facts(const struct judgement *judgement, const char *host)
{
    const struct list *hosts = &observed_dnssec(judgement)->hosts;

    for (size_t i = 0; i < hosts->count; i++) {
        const struct dnssec_name_facts *name = hosts->items[i];

        if (same_name(name->name, host))
            return name;
    }
    return NULL;
}

static bool has_records(const struct dns_question_facts *question)
{
    return question != NULL && question->outcome == DNS_DATA;
}

/* The domain's owner has gone for DANE: then this host is a gap. */
static bool wants_dane(const struct judgement *judgement)
{
    const struct list *hosts = &observed_dnssec(judgement)->hosts;

    for (size_t i = 0; i < hosts->count; i++)
        if (has_records(((const struct dnssec_name_facts *)hosts->items[i])->tlsa))
            return true;
    return false;
}

static void judge_insecure_host(struct judgement *judgement, const struct check *check,
                                const struct subject *subject, const struct dnssec_name_facts *name,
                                const struct dns_question_facts *question)
{
    struct finding *finding;

    if (wants_dane(judgement)) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The addresses of %s are not signed: DANE does not protect it", subject->host);
        finding->why =
            "TLSA records count only where the address of the host is signed too; senders take this host "
            "without them.";
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_INFO, "The addresses of %s are not signed",
                              subject->host);
    }
    if (host_is_own(judgement, subject->host))
        fix_unsigned(judgement, finding, zone_of(judgement, name));
    evidence_security(judgement, finding, question);
    evidence_zones(judgement, finding, name);
}

static void judge_host(struct judgement *judgement, const struct check *check,
                       const struct mail_host_facts *host)
{
    struct subject subject = subject_host(host->name);
    const struct dnssec_name_facts *name = host_facts(judgement, host->name);
    const struct dns_question_facts *question = worse(host->a, host->aaaa);
    struct finding *finding;

    switch (question != NULL ? question->security : DNS_SECURITY_NOT_OBSERVED) {
    case DNS_SECURE:
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "The addresses of %s are signed",
                              subject.host);
        if (name_awaits_ds(judgement->scan, subject.host) != NULL) { /* dnssec.domain warns */
            finding->outcome = OUTCOME_INFO;
            finding->title =
                kept(judgement, arena_format(judgement->arena,
                                             "The addresses of %s are signed by a key that no DS record "
                                             "stands for yet",
                                             subject.host));
        }
        evidence_security(judgement, finding, question);
        evidence_zones(judgement, finding, name);
        return;
    case DNS_INSECURE:
        judge_insecure_host(judgement, check, &subject, name, question);
        return;
    case DNS_BOGUS:
        finding = finding_add(
            judgement, check, &subject, OUTCOME_FAIL,
            "DNSSEC of the addresses of %s is broken: for senders that validate it has none", subject.host);
        fix_broken(judgement, finding, zone_of(judgement, name));
        evidence_security(judgement, finding, question);
        evidence_zones(judgement, finding, name);
        return;
    case DNS_INDETERMINATE:
    case DNS_SECURITY_NOT_OBSERVED:
        break;
    }
    finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                     kept(judgement, arena_format(judgement->arena, "DNSSEC could not be validated: %s",
                                                  why_not(question))));
}

/* Calls `judge_one` for each mail host whose name senders look up. */
static void judge_hosts(struct judgement *judgement, const struct check *check,
                        void (*judge_one)(struct judgement *judgement, const struct check *check,
                                          const struct mail_host_facts *host))
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);

        if (!host_receives(host))
            continue;
        if (host->literal == YES || host->name == NULL)
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                             "it is an address, not a name");
        else if (host_overridden(host))
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                             "the address was given by an option, not by DNS");
        else
            judge_one(judgement, check, host);
    }
}

static void judge_mx(struct judgement *judgement, const struct check *check)
{
    judge_hosts(judgement, check, judge_host);
}

const struct check check_dnssec_mx = {
    .id = "dnssec.mx",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_DNS,
    .title = "The addresses of the mail host are signed with DNSSEC",
    .why = "Senders that validate cannot find a mail host whose signatures do not hold, and DANE needs its "
           "addresses signed.",
    .reference = "RFC 7672 section 2.2",
    .explanation = "The A and AAAA records of each mail host are validated, as the domain is for "
                   "dnssec.domain. Secure passes; "
                   "bogus fails. Insecure informs, as mail works without, and warns when a mail host of the "
                   "domain has TLSA "
                   "records: senders use those only where the address is signed too.\n\n"
                   "Fix: sign the zone of the mail host. If it belongs to a provider, ask for it.",
    .judge = judge_mx,
};

/* ---- dnssec.denial ---- */

static const char *const denial_why =
    "Senders that use DANE ask for TLSA records first. When that question fails they must not deliver: mail "
    "waits, and comes back after days.";

static void fail_denial(struct judgement *judgement, const struct check *check, const struct subject *subject,
                        const struct dns_question_facts *question, const char *title)
{
    struct finding *finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "%s", title);

    finding->why = denial_why;
    finding_fix(
        judgement, finding,
        "Update the name server software of the zone of %s, or have the zone signed again: it must answer "
        "for names and types that do not exist, with proof",
        subject->host);
    evidence_question(judgement, finding, question);
    evidence_security(judgement, finding, question);
}

/* What is above a TLSA record exists, if only as a part of its name: RFC 8020 2. */
static bool hides_below(const struct dnssec_name_facts *name)
{
    return has_records(name->tlsa) && name->tcp != NULL && name->tcp->outcome == DNS_NXDOMAIN;
}

static void judge_answered(struct judgement *judgement, const struct check *check,
                           const struct subject *subject, const struct dnssec_name_facts *name)
{
    struct finding *finding;

    if (hides_below(name)) {
        fail_denial(judgement, check, subject, name->tcp,
                    "The name server denies the name above its own TLSA records");
        return;
    }
    if (has_records(name->tlsa))
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "The TLSA records of %s are there, and the name above them is not denied",
                              subject->host);
    else
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "That %s has no TLSA records is proven", subject->host);
    evidence_question(judgement, finding, name->tlsa);
}

static void judge_host_denial(struct judgement *judgement, const struct check *check,
                              const struct mail_host_facts *host)
{
    struct subject subject = subject_host(host->name);
    const struct dnssec_name_facts *name = host_facts(judgement, host->name);
    const struct dns_question_facts *address = worse(host->a, host->aaaa);

    if (name == NULL || name->tlsa == NULL || address == NULL) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, "TLSA records were not asked for");
    } else if (address->security == DNS_INSECURE) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                         "the addresses are not signed, so senders do not ask for TLSA records");
    } else if (address->security != DNS_SECURE) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         kept(judgement, arena_format(judgement->arena, "the addresses did not validate: %s",
                                                      why_not(address))));
    } else if (name->tlsa->outcome == DNS_FAILURE) {
        fail_denial(
            judgement, check, &subject, name->tlsa,
            kept(judgement, arena_format(judgement->arena, "The question for TLSA records of %s fails (%s)",
                                         subject.host, question_failure(name->tlsa))));
    } else if (name->tlsa->security == DNS_BOGUS) {
        fail_denial(judgement, check, &subject, name->tlsa,
                    kept(judgement, arena_format(judgement->arena,
                                                 "The answer about TLSA records of %s does not validate",
                                                 subject.host)));
    } else if (name->tlsa->security == DNS_SECURE || name->tlsa->security == DNS_INSECURE) {
        judge_answered(judgement, check, &subject, name);
    } else {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, why_not(name->tlsa));
    }
}

static void judge_denial(struct judgement *judgement, const struct check *check)
{
    judge_hosts(judgement, check, judge_host_denial);
}

const struct check check_dnssec_denial = {
    .id = "dnssec.denial",
    .severity = SEVERITY_HIGH,
    .area = AREA_DNS,
    .title = "The absence of TLSA records can be proven",
    .why =
        "Senders that use DANE ask for TLSA records first. When that question fails they must not deliver: "
        "mail waits, and comes back after days.",
    .reference = "RFC 7672 section 2.1",
    .explanation =
        "TLSA records are asked for at _25._tcp. before the name of each mail host with signed addresses. "
        "Either "
        "there are some, or the zone proves that there are none. SERVFAIL, silence, or an answer whose proof "
        "does "
        "not hold fails, and so does a server that says that _tcp does not exist though a TLSA record is "
        "below "
        "it.\n\n"
        "Fix: old name servers and load balancers that answer DNS do not know what to say of types and names "
        "that they do not have. Update them, or have the zone served by others.",
    .judge = judge_denial,
};
