/*
 * dns.c - the mail exchangers of a domain: are there any, do they resolve, to addresses that senders can use
 *
 * RFC 5321 5.1 (MX, implicit MX), RFC 7505 (null MX), RFC 2181 10.3 (an MX is not an alias). A failed lookup
 * says nothing about the record: it is never "missing".
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

static bool is_domain(const struct judgement *judgement)
{
    return observed_dns(judgement)->domain != NULL;
}

static const struct mail_host_facts *implicit_host(const struct judgement *judgement)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (host->source == HOST_IMPLICIT_MX)
            return host;
    }
    return NULL;
}

/* The name that an MX record for this domain should most likely hold: a mail host asked for, else what the
 * server calls itself, else the usual one. */
static const char *suggested_exchanger(struct judgement *judgement)
{
    const struct list *hosts = observed_hosts(judgement), *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (host->source == HOST_OPTION && host_name_qualified(host->name))
            return host->name;
    }
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (is_service(endpoint, "smtp") && endpoint->smtp != NULL && endpoint->smtp->ehlo != NULL &&
            name_fault_of(endpoint->smtp->ehlo->name) == NAME_FINE)
            return endpoint->smtp->ehlo->name;
    }
    return kept(judgement, arena_format(judgement->arena, "mail.%s", observed_dns(judgement)->domain));
}

/* ---- dns.mx ---- */

static void fix_mx(struct judgement *judgement, struct finding *finding)
{
    const char *domain = observed_dns(judgement)->domain;

    if (!host_name_valid(domain))
        return;
    finding_fix(judgement, finding, "Publish in the zone of %s:\n  %s. 3600 IN MX 10 %s.", domain, domain,
                suggested_exchanger(judgement));
    finding_fix(judgement, finding, "If the domain takes no mail, say so:\n  %s. 3600 IN MX 0 .", domain);
}

static void judge_no_mx(struct judgement *judgement, const struct check *check, const struct subject *subject)
{
    const struct dns_facts *dns = observed_dns(judgement);
    const struct mail_host_facts *host = implicit_host(judgement);
    struct finding *finding;

    if (host == NULL ||
        (host->addresses.count == 0 && (host->a == NULL || host->a->outcome == DNS_FAILURE ||
                                        host->aaaa == NULL || host->aaaa->outcome == DNS_FAILURE))) {
        finding =
            finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                             "there is no MX record and the domain's own address could not be looked up");
    } else if (host->addresses.count == 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "No MX record and no address: nobody can send mail to %s", subject->domain);
        fix_mx(judgement, finding);
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "No MX record: senders fall back to the address of %s itself", subject->domain);
        finding->why = "The fallback to the domain's own address (implicit MX) works, but many senders and "
                       "filters take a domain without MX for one that receives no mail.";
        fix_mx(judgement, finding);
    }
    evidence_question(judgement, finding, dns->mx);
    if (host != NULL) {
        evidence_question(judgement, finding, host->a);
        evidence_question(judgement, finding, host->aaaa);
    }
}

static enum dns_outcome outcome_of(const struct dns_question_facts *question)
{
    return question == NULL ? DNS_NOT_ASKED : question->outcome;
}

static bool is_answered(const struct dns_question_facts *question)
{
    switch (outcome_of(question)) {
    case DNS_DATA:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return true;
    case DNS_NOT_ASKED:
    case DNS_FAILURE:
        break;
    }
    return false;
}

/* Is it known that nobody on the Internet can connect to this host? A lookup that failed says nothing. */
static bool host_unusable(const struct mail_host_facts *host)
{
    if (host_overridden(host)) /* what the DNS will say of it is not known yet */
        return false;
    if (host->literal == YES)
        return true;
    if (host->addresses.count == 0)
        return is_answered(host->a) && is_answered(host->aaaa);
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        if (address->contacted == YES || same_text(address->scope, "global"))
            return false;
    }
    return true;
}

static bool all_unusable(struct judgement *judgement)
{
    const struct list *hosts = observed_hosts(judgement);
    const struct number left_out = observed_dns(judgement)->hosts_left_out;
    size_t exchangers = 0;

    if (left_out.known && left_out.value > 0)
        return false;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (host->source != HOST_MX)
            continue;
        if (!host_unusable(host))
            return false;
        exchangers++;
    }
    return exchangers > 0;
}

static struct finding *judge_exchangers(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject)
{
    const struct dns_facts *dns = observed_dns(judgement);
    struct finding *finding;

    if (dns->null_mx == YES && dns->exchangers.count <= 1)
        return finding_add(judgement, check, subject, OUTCOME_INFO,
                           "%s declares that it receives no mail (null MX)", subject->domain);
    if (!all_unusable(judgement))
        return finding_add(judgement, check, subject, OUTCOME_PASS, "%s has %zu MX record%s", subject->domain,
                           dns->exchangers.count, dns->exchangers.count == 1 ? "" : "s");
    finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                          "No MX record leads to an address on the Internet: nobody can send mail to %s",
                          subject->domain);
    fix_mx(judgement, finding);
    return finding;
}

static void judge_mx(struct judgement *judgement, const struct check *check)
{
    const struct dns_facts *dns = observed_dns(judgement);
    struct subject subject = subject_domain(judgement);
    enum dns_outcome outcome = dns->mx == NULL ? DNS_NOT_ASKED : dns->mx->outcome;
    struct finding *finding = NULL;

    if (!is_domain(judgement))
        return;
    switch (outcome) {
    case DNS_DATA:
        finding = judge_exchangers(judgement, check, &subject);
        if (dns->hosts_left_out.known && dns->hosts_left_out.value > 0)
            finding_evidence(judgement, finding, "%lld more mail hosts were left out of this scan",
                             (long long)dns->hosts_left_out.value);
        break;
    case DNS_NODATA:
        judge_no_mx(judgement, check, &subject);
        return;
    case DNS_NXDOMAIN:
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL, "The domain %s does not exist",
                              subject.domain);
        finding_fix(judgement, finding,
                    "Check the spelling, the registration and the delegation of %s at its registrar",
                    subject.domain);
        break;
    case DNS_FAILURE:
    case DNS_NOT_ASKED:
        finding = finding_untested(
            judgement, check, &subject, OUTCOME_NOT_TESTED,
            kept(judgement, arena_format(judgement->arena, "the MX records could not be looked up (%s)",
                                         question_failure(dns->mx))));
        finding->why = "A lookup that fails says nothing about the record. If it fails for senders too, they "
                       "keep the mail and try again for days.";
        break;
    }
    evidence_question(judgement, finding, dns->mx);
}

const struct check check_dns_mx = {
    .id = "dns.mx",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_DNS,
    .title = "The domain names its mail hosts",
    .why =
        "The MX records tell every sender which hosts take mail for the domain; without them mail does not "
        "arrive, or arrives by accident.",
    .reference = "RFC 5321 section 5.1",
    .explanation =
        "The MX records of the domain are looked up. It passes when there is at least one. Without any, "
        "senders fall back to the domain's own A and AAAA records (the implicit MX): that warns, because it "
        "is rarely meant. Neither MX nor address fails, and so do MX records of which none leads to an "
        "address that the Internet can reach, and a domain that does not exist.\n\n"
        "A lookup that fails (SERVFAIL, timeout) is reported as not tested: it does not mean that the record "
        "is missing.\n\n"
        "Fix: publish an MX record that names a host, not an address: example.org. IN MX 10 "
        "mail.example.org. "
        "A domain that takes no mail says so with a null MX: example.org. IN MX 0 .",
    .judge = judge_mx,
};

/* ---- dns.mx.null ---- */

static void judge_null(struct judgement *judgement, const struct check *check)
{
    const struct dns_facts *dns = observed_dns(judgement);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (!is_domain(judgement))
        return;
    if (dns->mx == NULL || dns->mx->outcome == DNS_NOT_ASKED || dns->mx->outcome == DNS_FAILURE) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         "the MX records could not be looked up");
        return;
    }
    if (dns->null_mx != YES) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the domain has no null MX");
        return;
    }
    if (dns->exchangers.count <= 1) {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "The null MX stands alone");
    } else {
        finding =
            finding_add(judgement, check, &subject, OUTCOME_FAIL, "A null MX stands beside other MX records");
        if (host_name_valid(dns->domain)) {
            finding_fix(judgement, finding, "If the domain receives mail, remove:\n  %s. IN MX 0 .",
                        dns->domain);
            finding_fix(judgement, finding, "If it does not, remove every other MX record of %s",
                        dns->domain);
        }
    }
    evidence_question(judgement, finding, dns->mx);
}

const struct check check_dns_mx_null = {
    .id = "dns.mx.null",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_DNS,
    .title = "A null MX stands alone",
    .why =
        "A null MX says that the domain takes no mail at all; beside other MX records it is a contradiction, "
        "and senders differ in which half they believe.",
    .reference = "RFC 7505 section 3",
    .explanation =
        "A domain that takes no mail can say so with one MX record of preference 0 and the target "
        "\".\" (null MX): senders then return the mail at once instead of trying for days. No other "
        "MX record may stand beside it.\n\n"
        "Fix: remove the null MX if the domain takes mail, otherwise remove the others.",
    .judge = judge_null,
};

/* ---- per mail host ---- */

static bool is_exchanger(const struct mail_host_facts *host)
{
    return host->source == HOST_MX;
}

static const char *const by_option = "the address was given by an option, not by DNS";

/* ---- dns.mx.cname ---- */

static void fix_alias(struct judgement *judgement, struct finding *finding,
                      const struct mail_host_facts *host, const struct list *aliases)
{
    const char *domain = observed_dns(judgement)->domain;
    const char *last = aliases->items[aliases->count - 1];

    if (!host_name_valid(last) || !host_name_valid(host->name))
        return;
    if (host_name_valid(domain))
        finding_fix(judgement, finding, "Name the real host:\n  %s. IN MX %lld %s.", domain,
                    (long long)host->preference.value, last);
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        if (address->address != NULL)
            finding_fix(judgement, finding, "%s the CNAME record by:\n  %s. IN %s %s",
                        i == 0 ? "Or replace" : "and", host->name, is_ipv6(address->address) ? "AAAA" : "A",
                        address->address);
    }
}

static void judge_cname(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);
        const struct list *aliases;
        struct finding *finding;

        if (!is_exchanger(host))
            continue;
        aliases = host->a != NULL && host->a->aliases.count > 0         ? &host->a->aliases
                  : host->aaaa != NULL && host->aaaa->aliases.count > 0 ? &host->aaaa->aliases
                                                                        : NULL;
        if (host_overridden(host)) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, by_option);
            continue;
        }
        if (aliases != NULL) {
            finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                                  "The MX record points to an alias: %s is a CNAME", subject.host);
            finding_evidence(judgement, finding, "%s -> %s", subject.host,
                             kept(judgement, text_join(judgement->arena, aliases, " -> ")));
            fix_alias(judgement, finding, host, aliases);
        } else if (is_answered(host->a) || is_answered(host->aaaa)) {
            finding =
                finding_add(judgement, check, &subject, OUTCOME_PASS, "%s is not an alias", subject.host);
        } else {
            finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                       "the addresses of the host could not be looked up");
        }
        evidence_question(judgement, finding, host->a);
        evidence_question(judgement, finding, host->aaaa);
    }
}

const struct check check_dns_mx_cname = {
    .id = "dns.mx.cname",
    .severity = SEVERITY_HIGH,
    .area = AREA_DNS,
    .title = "The MX record names a host, not an alias",
    .why =
        "The target of an MX record must not be a CNAME: some senders refuse such a domain, and certificates "
        "and TLSA records then belong to another name than the one that senders check.",
    .reference = "RFC 2181 section 10.3, RFC 5321 section 5.1",
    .explanation =
        "The A and AAAA records of each mail host are looked up. If the answer leads through a CNAME, the MX "
        "record points to an alias, which RFC 2181 forbids.\n\n"
        "Fix: put the canonical name into the MX record, or replace the CNAME by A and AAAA records.",
    .judge = judge_cname,
};

/* ---- dns.mx.resolves ---- */

static bool is_only_exchanger(const struct judgement *judgement)
{
    return observed_dns(judgement)->exchangers.count == 1;
}

static void judge_unresolved(struct judgement *judgement, const struct check *check,
                             const struct subject *subject, const struct mail_host_facts *host)
{
    bool missing = outcome_of(host->a) == DNS_NXDOMAIN || outcome_of(host->aaaa) == DNS_NXDOMAIN;
    struct finding *finding;

    if (missing || (outcome_of(host->a) == DNS_NODATA && outcome_of(host->aaaa) == DNS_NODATA)) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              missing ? "The mail host %s does not exist" : "The mail host %s has no address",
                              subject->host);
        if (is_exchanger(host) && is_only_exchanger(judgement))
            finding_evidence(judgement, finding, "It is the only mail host of the domain: no mail arrives");
        if (host_name_valid(host->name)) {
            finding_fix(
                judgement, finding,
                "Publish the server's addresses:\n  %s. IN A <IPv4 address>\n  %s. IN AAAA <IPv6 address>",
                host->name, host->name);
            if (is_exchanger(host))
                finding_fix(judgement, finding, "Or remove or correct the MX record that names %s",
                            host->name);
        }
    } else {
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                   "the addresses of the host could not be looked up");
    }
    evidence_question(judgement, finding, host->a);
    evidence_question(judgement, finding, host->aaaa);
}

static void judge_resolves(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);
        const struct dns_question_facts *failed;
        struct finding *finding;

        /* The domain's own address is dns.mx's; an address as target is no name. */
        if (host->source == HOST_IMPLICIT_MX || host->literal == YES)
            continue;
        if (host_overridden(host)) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, by_option);
            continue;
        }
        if (host->addresses.count == 0) {
            judge_unresolved(judgement, check, &subject, host);
            continue;
        }
        failed = outcome_of(host->a) == DNS_FAILURE      ? host->a
                 : outcome_of(host->aaaa) == DNS_FAILURE ? host->aaaa
                                                         : NULL;
        finding =
            failed == NULL
                ? finding_add(judgement, check, &subject, OUTCOME_PASS, "%s has %zu address%s", subject.host,
                              host->addresses.count, host->addresses.count == 1 ? "" : "es")
                : finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "The %s records of %s could not be looked up (%s)",
                              text_or(failed->type, "address"), subject.host, question_failure(failed));
        evidence_question(judgement, finding, host->a);
        evidence_question(judgement, finding, host->aaaa);
    }
}

const struct check check_dns_mx_resolves = {
    .id = "dns.mx.resolves",
    .severity = SEVERITY_HIGH,
    .area = AREA_DNS,
    .title = "The mail host has an address",
    .why = "A mail host whose name leads nowhere receives nothing: senders try the next one, or keep the "
           "mail and "
           "give up after days.",
    .reference = "RFC 5321 section 5.1",
    .explanation =
        "The A and AAAA records of every mail host are looked up. A name that does not exist, or has "
        "neither record, fails. A lookup that fails is not tested.\n\n"
        "Fix: publish the A and AAAA records of the host, or correct the name in the MX record (a "
        "missing final dot in a zone file is the usual cause: mail.example.org becomes "
        "mail.example.org.example.org).",
    .judge = judge_resolves,
};

/* ---- dns.mx.address ---- */

static void judge_host_name(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, const struct mail_host_facts *host)
{
    struct address address;
    bool literal = host->literal == YES || address_parse(subject->host, &address) == 0;
    struct finding *finding =
        finding_add(judgement, check, subject, OUTCOME_FAIL,
                    literal                  ? "The MX record holds an address instead of a name: %s"
                    : host->valid_name == NO ? "The name of the mail host is not a valid host name: %s"
                                             : "The name of the mail host means nothing on the Internet: %s",
                    subject->host);

    evidence_question(judgement, finding, observed_dns(judgement)->mx);
    if (host_name_valid(observed_dns(judgement)->domain)) {
        const char *domain = observed_dns(judgement)->domain;

        if (literal)
            finding_fix(judgement, finding, "Publish a name for it:\n  mail.%s. IN %s %s", domain,
                        is_ipv6(subject->host) ? "AAAA" : "A", subject->host);
        finding_fix(judgement, finding, "and let the MX record name it:\n  %s. IN MX %lld mail.%s.", domain,
                    (long long)host->preference.value, domain);
    }
}

static void judge_scopes(struct judgement *judgement, const struct check *check,
                         const struct subject *subject, const struct mail_host_facts *host)
{
    size_t wrong = 0;
    struct finding *finding;

    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        wrong += address->scope != NULL && strcmp(address->scope, "global") != 0;
    }
    finding = wrong == 0 ? finding_add(judgement, check, subject, OUTCOME_PASS,
                                       "Every address of %s can be reached from the Internet", subject->host)
                         : finding_add(judgement, check, subject, OUTCOME_FAIL,
                                       "%zu of %zu addresses of %s cannot be reached from the Internet",
                                       wrong, host->addresses.count, subject->host);
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];
        const char *text = text_or(address->address, "?");

        finding_evidence(judgement, finding, "%s (%s)", text, text_or(address->scope, "scope not known"));
        if (address->scope != NULL && strcmp(address->scope, "global") != 0 && host_name_valid(host->name))
            finding_fix(
                judgement, finding,
                "Remove this record, and publish the server's public address instead:\n  %s. IN %s %s",
                host->name, is_ipv6(text) ? "AAAA" : "A", text);
    }
}

static void judge_address(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);

        if (host->source == HOST_TARGET && host->literal == YES)
            continue;
        if (is_exchanger(host) &&
            (host->literal == YES || host->valid_name == NO || name_is_local(host->name)))
            judge_host_name(judgement, check, &subject, host);
        else if (host_overridden(host))
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, by_option);
        else if (host->addresses.count > 0)
            judge_scopes(judgement, check, &subject, host);
        else if (is_answered(host->a) && is_answered(host->aaaa))
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the host has no address");
        else
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             "the addresses of the host could not be looked up");
    }
}

const struct check check_dns_mx_address = {
    .id = "dns.mx.address",
    .severity = SEVERITY_HIGH,
    .area = AREA_DNS,
    .title = "The mail host has a real name and public addresses",
    .why =
        "Senders on the Internet can neither use an address written into an MX record nor reach a private, "
        "loopback or documentation address.",
    .reference = "RFC 5321 section 5.1, RFC 6890",
    .explanation = "The target of an MX record must be a host name: not an IP address, no underscore or "
                   "space, and not a "
                   "name that exists on a local network only (localhost, *.local, *.internal, ...). Each of "
                   "its addresses "
                   "must be one that the Internet routes. Private and reserved addresses are reported and "
                   "not contacted, "
                   "unless --allow-private is given.\n\n"
                   "Fix: publish the public address of the server. Behind NAT that is the router's address.",
    .judge = judge_address,
};

/* ---- dns.mx.duplicate ---- */

/* The first earlier exchanger that shares an address with the host, and that address. */
static const struct mail_host_facts *twin_of(const struct list *hosts, size_t index, const char **ret_address)
{
    const struct mail_host_facts *host = hosts->items[index];

    for (size_t i = 0; i < index; i++) {
        const struct mail_host_facts *other = hosts->items[i];

        for (size_t j = 0; is_exchanger(other) && j < host->addresses.count; j++) {
            const struct host_address_facts *address = host->addresses.items[j];

            for (size_t k = 0; k < other->addresses.count; k++) {
                const struct host_address_facts *known = other->addresses.items[k];

                if (same_text(known->address, address->address)) {
                    *ret_address = known->address;
                    return other;
                }
            }
        }
    }
    return NULL;
}

static void judge_duplicate(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);
    struct subject subject = subject_domain(judgement);
    struct list twins = {0};
    struct finding *finding;
    size_t exchangers = 0;

    if (!is_domain(judgement))
        return;
    if (!is_answered(observed_dns(judgement)->mx)) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         "the MX records could not be looked up");
        return;
    }
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i], *twin;
        const char *address;
        char *line;

        if (!is_exchanger(host))
            continue;
        exchangers++;
        twin = twin_of(hosts, i, &address);
        if (twin == NULL)
            continue;
        line = arena_format(judgement->arena, "%s and %s are both %s", text_or(twin->name, "?"),
                            text_or(host->name, "?"), address);
        if (line == NULL || list_add(&twins, judgement->arena, line) < 0)
            judgement->failed = true;
    }
    if (exchangers < 2) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                         "the domain has less than two mail hosts");
        return;
    }
    if (twins.count == 0) {
        finding_add(judgement, check, &subject, OUTCOME_PASS, "Each MX record leads to addresses of its own");
        return;
    }
    finding =
        finding_add(judgement, check, &subject, OUTCOME_INFO, "Several MX records lead to the same address");
    evidence_lines(judgement, finding, &twins);
}

const struct check check_dns_mx_duplicate = {
    .id = "dns.mx.duplicate",
    .severity = SEVERITY_NONE,
    .area = AREA_DNS,
    .title = "Each MX record leads to another address",
    .why = "Two MX records for one machine look like a spare, but both fail together.",
    .reference = "RFC 5321 section 5.1",
    .explanation = "Mail hosts that share an address are listed. It breaks nothing; it only gives no "
                   "redundancy.\n\n"
                   "Fix: none needed. One MX record per machine is enough.",
    .judge = judge_duplicate,
};
