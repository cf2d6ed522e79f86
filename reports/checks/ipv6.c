/*
 * ipv6.c - mail hosts over IPv6: does a published address answer, and is it the same server as over IPv4
 *
 * RFC 5321 5.1: senders try every address. One that is published and dead makes them wait.
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum { SMTP_PORT = 25 };

/* ---- ipv6.mx ---- */

/* What became of the host's IPv6 addresses on port 25. */
struct reach {
    size_t addresses, answered, dead;
    const char *untested; /* why one says nothing, in words */
};

static void reach_address(struct judgement *judgement, const struct host_address_facts *address,
                          struct reach *reach)
{
    const struct endpoint_facts *endpoint = endpoint_at(judgement, address->address, SMTP_PORT);

    if (endpoint == NULL) {
        reach->untested = text_or(address->reason, "port 25 was not looked at");
        return;
    }
    if (has_answered(endpoint))
        reach->answered++;
    else if (endpoint_is_dead(judgement, endpoint))
        reach->dead++;
    else
        reach->untested = endpoint_unreached(judgement, endpoint);
}

static struct reach reach_of(struct judgement *judgement, const struct mail_host_facts *host)
{
    struct reach reach = {0};

    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        if (!is_ipv6(address->address))
            continue;
        reach.addresses++;
        reach_address(judgement, address, &reach);
    }
    return reach;
}

static void judge_published(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, const struct mail_host_facts *host)
{
    struct reach reach = reach_of(judgement, host);
    struct finding *finding;

    if (reach.dead > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "%s publishes an IPv6 address that does not answer on port 25", subject->host);
        finding_fix(judgement, finding,
                    "Let the mail server listen on IPv6. Postfix (main.cf):\n  inet_protocols = all\n  "
                    "inet_interfaces = all\nDocker: enable IPv6 for the network and publish port 25 on it. "
                    "Open port 25 in the IPv6 firewall.");
    } else if (reach.untested != NULL) {
        finding = finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, reach.untested);
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "%s answers over IPv6", subject->host);
    }
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];
        const struct endpoint_facts *endpoint = endpoint_at(judgement, address->address, SMTP_PORT);

        if (!is_ipv6(address->address) || endpoint == NULL || endpoint->state == ENDPOINT_NOT_OBSERVED)
            continue;
        finding_evidence(judgement, finding, "[%s]:25 %s", address->address,
                         endpoint_state_values[endpoint->state]);
        if (endpoint_is_dead(judgement, endpoint) && host_name_valid(subject->host))
            finding_fix(judgement, finding, "Until it does, remove:\n  %s. IN AAAA %s", subject->host,
                        address->address);
    }
}

static void judge_ipv6(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);
        enum dns_outcome outcome = host->aaaa == NULL ? DNS_NOT_ASKED : host->aaaa->outcome;
        struct finding *finding;

        if (!host_receives(host))
            continue;
        if (reach_of(judgement, host).addresses > 0) {
            judge_published(judgement, check, &subject, host);
        } else if (host_overridden(host)) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             "the address was given by an option, not by DNS");
        } else if (outcome == DNS_NODATA && host->a != NULL && host->a->outcome == DNS_NODATA) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                             "the host has no address at all");
        } else if (outcome == DNS_NODATA) {
            finding =
                finding_add(judgement, check, &subject, OUTCOME_INFO, "%s has no IPv6 address", subject.host);
            finding->why = "Mail works without, but senders that have IPv6 only cannot reach the host.";
            evidence_question(judgement, finding, host->aaaa);
        } else if (outcome == DNS_NXDOMAIN) {
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the host does not exist");
        } else {
            finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                       "the AAAA records could not be looked up");
            evidence_question(judgement, finding, host->aaaa);
        }
    }
}

const struct check check_ipv6_mx = {
    .id = "ipv6.mx",
    .severity = SEVERITY_HIGH,
    .area = AREA_REACHABILITY,
    .title = "The mail host answers over IPv6",
    .why =
        "Senders try a published IPv6 address first; if nobody answers there, they wait for a timeout with "
        "every message, and some give up.",
    .reference = "RFC 5321 section 5.1, RFC 8305",
    .explanation =
        "Every AAAA record of a mail host has to lead to a port 25 that answers. A host without AAAA records "
        "works, and is reported for information. An address that stays silent or refuses is a failure only "
        "if "
        "something else answered this scan on port 25 over IPv6 (--control names a host that does); "
        "otherwise our "
        "own network may be the reason. One that accepts and says nothing is not tested: it may be a proxy "
        "whose "
        "server is down.\n\n"
        "Fix: let the server listen on IPv6 (and the firewall let it through), or remove the AAAA record.",
    .judge = judge_ipv6,
};

/* ---- ipv6.parity ---- */

static const struct endpoint_facts *open_endpoint(const struct judgement *judgement,
                                                  const struct mail_host_facts *host, int64_t port, bool ipv6)
{
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];
        const struct endpoint_facts *endpoint;

        if (address->address == NULL || is_ipv6(address->address) != ipv6)
            continue;
        endpoint = endpoint_at(judgement, address->address, port);
        if (endpoint != NULL && endpoint->state == ENDPOINT_OPEN)
            return endpoint;
    }
    return NULL;
}

static bool has_family(const struct mail_host_facts *host, bool ipv6)
{
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        if (address->address != NULL && is_ipv6(address->address) == ipv6)
            return true;
    }
    return false;
}

static const struct smtp_ehlo_facts *last_ehlo(const struct endpoint_facts *endpoint)
{
    if (endpoint->smtp == NULL)
        return NULL;
    return endpoint->smtp->ehlo_tls != NULL ? endpoint->smtp->ehlo_tls : endpoint->smtp->ehlo;
}

/* Capabilities as one text, without what differs by itself from session to session. */
static const char *capability_words(struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct smtp_ehlo_facts *ehlo = last_ehlo(endpoint);
    const struct list *texts = endpoint_dialogue(endpoint).capabilities_tls;
    const char *words = "";

    if (texts != NULL)
        return texts->observed ? kept(judgement, text_join(judgement->arena, texts, " ")) : NULL;
    if (ehlo == NULL)
        return NULL;
    for (size_t i = 0; i < ehlo->capabilities.count; i++) {
        const struct smtp_capability_facts *capability = ehlo->capabilities.items[i];

        words = kept(judgement,
                     arena_format(judgement->arena, "%s%s%s%s%s", words, i == 0 ? "" : ", ",
                                  text_or(capability->keyword, "?"), capability->parameter == NULL ? "" : " ",
                                  text_or(capability->parameter, "")));
    }
    return words;
}

static const char *leaf_of(struct judgement *judgement, const struct endpoint_facts *endpoint,
                           const char *host)
{
    struct list shown = certificates_for(judgement, endpoint, host);
    const struct shown_certificate *first = shown.count > 0 ? shown.items[0] : NULL;

    return first == NULL ? NULL : first->certificate->sha256;
}

static void compare(struct judgement *judgement, struct list *differences, int64_t port, const char *what,
                    const char *ipv4, const char *ipv6)
{
    char *line;

    /* What one side did not show says nothing. */
    if (ipv4 == NULL || ipv6 == NULL || text_equal(ipv4, ipv6))
        return;
    line =
        arena_format(judgement->arena, "port %lld, %s: IPv4 %s; IPv6 %s", (long long)port, what, ipv4, ipv6);
    if (line == NULL || list_add(differences, judgement->arena, line) < 0)
        judgement->failed = true;
}

static const char *yes_or_no(enum known known)
{
    switch (known) {
    case YES:
        return "yes";
    case NO:
        return "no";
    case UNKNOWN:
        break;
    }
    return NULL;
}

static void compare_endpoints(struct judgement *judgement, struct list *differences, const char *host,
                              const struct endpoint_facts *ipv4, const struct endpoint_facts *ipv6)
{
    int64_t port = ipv4->port.value;
    const struct smtp_ehlo_facts *ehlo4 = last_ehlo(ipv4), *ehlo6 = last_ehlo(ipv6);

    compare(judgement, differences, port, "name in the answer to EHLO", ehlo4 == NULL ? NULL : ehlo4->name,
            ehlo6 == NULL ? NULL : ehlo6->name);
    compare(judgement, differences, port, "STARTTLS offered",
            yes_or_no(endpoint_dialogue(ipv4).starttls_offered),
            yes_or_no(endpoint_dialogue(ipv6).starttls_offered));
    compare(judgement, differences, port, "capabilities", capability_words(judgement, ipv4),
            capability_words(judgement, ipv6));
    compare(judgement, differences, port, "SHA-256 of the certificate", leaf_of(judgement, ipv4, host),
            leaf_of(judgement, ipv6, host));
}

static void judge_both(struct judgement *judgement, const struct check *check, const struct subject *subject,
                       const struct mail_host_facts *host)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct list differences = {0};
    struct finding *finding;
    size_t compared = 0;

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i], *ipv4, *ipv6;

        if (!endpoint->port.known || is_ipv6(endpoint->address))
            continue;
        ipv4 = open_endpoint(judgement, host, endpoint->port.value, false);
        if (ipv4 != endpoint)
            continue;
        ipv6 = open_endpoint(judgement, host, endpoint->port.value, true);
        if (ipv6 == NULL)
            continue;
        compared++;
        compare_endpoints(judgement, &differences, host->name, ipv4, ipv6);
    }
    if (compared == 0) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                         "no port let us speak over both families");
        return;
    }
    finding = differences.count == 0
                  ? finding_add(judgement, check, subject, OUTCOME_PASS,
                                "%s is the same server over IPv4 and IPv6 (%zu port%s compared)",
                                subject->host, compared, compared == 1 ? "" : "s")
                  : finding_add(judgement, check, subject, OUTCOME_WARN,
                                "%s is not the same over IPv4 and IPv6", subject->host);
    for (size_t i = 0; i < differences.count; i++)
        finding_evidence(judgement, finding, "%s", (const char *)differences.items[i]);
    if (differences.count > 0)
        finding_fix(judgement, finding,
                    "Check that A and AAAA of %s lead to the same server, and that no proxy, "
                    "NAT64 or second container answers for one of them",
                    subject->host);
}

static void judge_parity(struct judgement *judgement, const struct check *check)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];
        struct subject subject = subject_host(host->name);

        if (host->literal == YES)
            continue;
        if (has_family(host, false) && has_family(host, true))
            judge_both(judgement, check, &subject, host);
        else
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                             "the host has no addresses of both families");
    }
}

const struct check check_ipv6_parity = {
    .id = "ipv6.parity",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_REACHABILITY,
    .title = "The mail host is the same over IPv4 and IPv6",
    .why = "If the two families show different names, certificates or features, half of the senders see a "
           "server "
           "that nobody tests.",
    .reference = "RFC 5321 section 5.1, RFC 6540",
    .explanation =
        "For each mail host with addresses of both families the open ports are compared: the name in "
        "the answer to EHLO, STARTTLS, the capabilities, the certificate. Any difference warns.\n\n"
        "Fix: find what stands in the way of one family: an old AAAA record, a proxy, a container that "
        "listens on IPv4 only.",
    .judge = judge_parity,
};
