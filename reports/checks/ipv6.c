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

enum { SMTP_PORT = 25, SCREENING_PAUSE_MS = 1000 };

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

/* What both families showed of one host, port by port. */
struct parity {
    const char *host;
    size_t compared;
    struct list differences; /* texts: not the same server */
    struct list variations;  /* texts: what the servers of a pool may differ in */
    struct list notes;       /* texts */
};

static void add_line(struct judgement *judgement, struct list *lines, char *line)
{
    if (line == NULL || list_add(lines, judgement->arena, line) < 0)
        judgement->failed = true;
}

/* What one side did not show says nothing. */
static void compare(struct judgement *judgement, struct list *lines, int64_t port, const char *what,
                    const char *ipv4, const char *ipv6)
{
    if (ipv4 != NULL && ipv6 != NULL && !text_equal(ipv4, ipv6))
        add_line(judgement, lines,
                 arena_format(judgement->arena, "port %lld, %s: IPv4 %s; IPv6 %s", (long long)port, what,
                              ipv4, ipv6));
}

/* ---- the answers to EHLO, or what stands for them ---- */

/* A server that screens strangers (postscreen) pauses inside its greeting, and may then speak itself, with a
 * shorter list, or hand over to the real one: which of the two differs from visit to visit. */
static bool is_screened(const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;

    return smtp != NULL && smtp->greeting != NULL && smtp->greeting->lines.count > 1 &&
           smtp->greeting_pause.known && smtp->greeting_pause.value >= SCREENING_PAUSE_MS;
}

static bool was_welcomed(const struct smtp_ehlo_facts *ehlo)
{
    return ehlo != NULL && ehlo->reply != NULL && ehlo->reply->code.value == 250;
}

/* The answer to EHLO inside TLS, or the one before it. NULL: there was none that lists anything. */
static const struct smtp_ehlo_facts *ehlo_of(const struct endpoint_facts *endpoint, bool inside)
{
    const struct smtp_ehlo_facts *ehlo = endpoint->smtp == NULL ? NULL
                                         : inside               ? endpoint->smtp->ehlo_tls
                                                                : endpoint->smtp->ehlo;

    return was_welcomed(ehlo) ? ehlo : NULL;
}

static struct list ehlo_words(struct judgement *judgement, const struct smtp_ehlo_facts *ehlo)
{
    struct list words = {.observed = ehlo != NULL};

    for (size_t i = 0; ehlo != NULL && i < ehlo->capabilities.count; i++) {
        const struct smtp_capability_facts *capability = ehlo->capabilities.items[i];

        add_line(judgement, &words,
                 arena_format(judgement->arena, "%s%s%s", text_or(capability->keyword, "?"),
                              capability->parameter == NULL ? "" : " ", text_or(capability->parameter, "")));
    }
    return words;
}

/* Capabilities as texts; not observed when that session did not list them. */
static struct list capabilities_of(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                   bool inside)
{
    struct dialogue_seen seen = endpoint_dialogue(endpoint);
    const struct list *texts = inside ? seen.capabilities_tls : seen.capabilities;

    return texts != NULL ? *texts : ehlo_words(judgement, ehlo_of(endpoint, inside));
}

/* Those of `texts` that `others` lacks, as one text; "nothing" when it has them all. */
static const char *only_in(struct judgement *judgement, const struct list *texts, const struct list *others)
{
    struct list only = {0};

    for (size_t i = 0; i < texts->count; i++)
        if (!list_has_text(others, texts->items[i]) && list_add(&only, judgement->arena, texts->items[i]) < 0)
            judgement->failed = true;
    return only.count == 0 ? "nothing" : kept(judgement, text_join(judgement->arena, &only, ", "));
}

/* Compares what was listed at the same place of both sessions: inside TLS, else before it. */
static void compare_capabilities(struct judgement *judgement, struct parity *parity,
                                 const struct endpoint_facts *ipv4, const struct endpoint_facts *ipv6)
{
    int64_t port = ipv4->port.value;
    struct list list4 = {0}, list6 = {0};

    if (is_screened(ipv4) || is_screened(ipv6)) {
        add_line(
            judgement, &parity->notes,
            arena_format(judgement->arena,
                         "port %lld, capabilities: not compared, a server that screens strangers greeted us",
                         (long long)port));
        return;
    }
    for (int inside = 1; inside >= 0 && !(list4.observed && list6.observed); inside--) {
        list4 = capabilities_of(judgement, ipv4, inside);
        list6 = capabilities_of(judgement, ipv6, inside);
    }
    if (!list4.observed || !list6.observed)
        return;
    compare(judgement, &parity->differences, port, "capabilities that the other lacks",
            only_in(judgement, &list4, &list6), only_in(judgement, &list6, &list4));
}

static void compare_names(struct judgement *judgement, struct parity *parity,
                          const struct endpoint_facts *ipv4, const struct endpoint_facts *ipv6)
{
    for (int inside = 1; inside >= 0; inside--) {
        const struct smtp_ehlo_facts *ehlo4 = ehlo_of(ipv4, inside), *ehlo6 = ehlo_of(ipv6, inside);

        if (ehlo4 == NULL || ehlo6 == NULL)
            continue;
        compare(judgement, &parity->variations, ipv4->port.value, "name in the answer to EHLO", ehlo4->name,
                ehlo6->name);
        return;
    }
}

/* ---- certificates ---- */

static const struct certificate_facts *leaf_of(struct judgement *judgement,
                                               const struct endpoint_facts *endpoint, const char *host)
{
    struct list shown = certificates_for(judgement, endpoint, host);
    const struct shown_certificate *first = shown.count > 0 ? shown.items[0] : NULL;

    return first == NULL ? NULL : first->certificate;
}

static bool is_valid(const struct judgement *judgement, const struct certificate_facts *certificate)
{
    struct number now = judgement->scan->started;

    return now.known && certificate->not_before.known && certificate->not_after.known &&
           certificate->not_before.value <= now.value && now.value <= certificate->not_after.value;
}

static bool has_all(const struct list *texts, const struct list *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!list_has_text(texts, wanted->items[i]))
            return false;
    return true;
}

/* Does one do as well as the other: renewed on one side first, or each server of a pool has its own? */
static bool are_equivalent(const struct judgement *judgement, const struct certificate_facts *a,
                           const struct certificate_facts *b)
{
    bool same_names = has_all(&a->sans, &b->sans) && has_all(&b->sans, &a->sans) &&
                      text_equal(text_or(a->common_name, ""), text_or(b->common_name, ""));

    return same_names && a->trusted == b->trusted && is_valid(judgement, a) && is_valid(judgement, b);
}

static void compare_certificates(struct judgement *judgement, struct parity *parity,
                                 const struct endpoint_facts *ipv4, const struct endpoint_facts *ipv6)
{
    const struct certificate_facts *leaf4 = leaf_of(judgement, ipv4, parity->host),
                                   *leaf6 = leaf_of(judgement, ipv6, parity->host);
    bool equivalent;

    if (leaf4 == NULL || leaf6 == NULL)
        return;
    equivalent = are_equivalent(judgement, leaf4, leaf6);
    compare(judgement, equivalent ? &parity->variations : &parity->differences, ipv4->port.value,
            equivalent ? "SHA-256 of the certificate (the same names, both valid)"
                       : "SHA-256 of the certificate",
            leaf4->sha256, leaf6->sha256);
}

/* ---- both families of one host ---- */

static struct parity compare_host(struct judgement *judgement, const struct mail_host_facts *host)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct parity parity = {.host = host->name};

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *ipv4 = endpoints->items[i], *ipv6;

        if (!ipv4->port.known || is_ipv6(ipv4->address) ||
            open_endpoint(judgement, host, ipv4->port.value, false) != ipv4)
            continue;
        ipv6 = open_endpoint(judgement, host, ipv4->port.value, true);
        if (ipv6 == NULL)
            continue;
        parity.compared++;
        compare_names(judgement, &parity, ipv4, ipv6);
        compare(judgement, &parity.differences, ipv4->port.value, "STARTTLS offered",
                yes_or_no(endpoint_dialogue(ipv4).starttls_offered),
                yes_or_no(endpoint_dialogue(ipv6).starttls_offered));
        compare_capabilities(judgement, &parity, ipv4, ipv6);
        compare_certificates(judgement, &parity, ipv4, ipv6);
    }
    return parity;
}

static void judge_both(struct judgement *judgement, const struct check *check, const struct subject *subject,
                       const struct mail_host_facts *host)
{
    struct parity parity = compare_host(judgement, host);
    const struct list *const lists[] = {&parity.differences, &parity.variations, &parity.notes};
    struct finding *finding;

    if (parity.compared == 0) {
        finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                         "no port let us speak over both families");
        return;
    }
    if (parity.differences.count > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "%s is not the same over IPv4 and IPv6", subject->host);
        finding_fix(judgement, finding,
                    "Check that A and AAAA of %s lead to the same server, and that no proxy, "
                    "NAT64 or second container answers for one of them",
                    subject->host);
    } else if (parity.variations.count > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "%s offers the same over IPv4 and IPv6, under another name or certificate",
                              subject->host);
        finding->why =
            "The servers of a pool look like that, or a certificate that was renewed on one side first.";
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS,
                              "%s is the same server over IPv4 and IPv6 (%zu port%s compared)", subject->host,
                              parity.compared, parity.compared == 1 ? "" : "s");
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        evidence_lines(judgement, finding, lists[i]);
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
        "For each mail host with addresses of both families the open ports are compared: STARTTLS, the "
        "capabilities (inside TLS where both sessions came that far), the certificate. A difference warns. "
        "Another name in the answer to EHLO, or another certificate with the same names that is valid as "
        "well, is "
        "information: the servers of a pool differ in that. Capabilities are not compared where a server "
        "screens "
        "strangers (postscreen): it lists less to those it does not know yet.\n\n"
        "Fix: find what stands in the way of one family: an old AAAA record, a proxy, a container that "
        "listens on IPv4 only.",
    .judge = judge_parity,
};
