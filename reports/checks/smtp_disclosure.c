/*
 * smtp_disclosure.c - what an SMTP server's words give away, and how it treated us
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* ---- smtp.banner ---- */

static const char *first_line(const struct smtp_reply_facts *reply)
{
    return reply == NULL || reply->lines.count == 0 ? NULL : reply->lines.items[0];
}

static const char *version_in(struct judgement *judgement, const struct smtp_reply_facts *reply)
{
    for (size_t i = 0; reply != NULL && i < reply->lines.count; i++) {
        const char *version = banner_version(judgement->arena, reply->lines.items[i], true);

        if (version != NULL)
            return version;
    }
    return NULL;
}

static void judge_banner(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct smtp_facts *smtp = endpoint->smtp;
        const char *version;
        struct subject subject;
        struct finding *finding;

        if (!is_smtp_family(endpoint))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        if (smtp == NULL || first_line(smtp->greeting) == NULL) {
            session_missing(judgement, check, &subject, endpoint);
            continue;
        }
        version = version_in(judgement, smtp->greeting);
        finding = version == NULL ? finding_add(judgement, check, &subject, OUTCOME_PASS,
                                                "The greeting does not tell the software's version")
                                  : finding_add(judgement, check, &subject, OUTCOME_INFO,
                                                "The greeting tells the software's version: %s", version);
        evidence_reply(judgement, finding, "greeting", smtp->greeting);
        if (version != NULL)
            finding_fix(judgement, finding,
                        text_starts_with(version, "Exim")
                            ? "Exim:\n  smtp_banner = $smtp_active_hostname ESMTP"
                            : "Postfix (main.cf):\n  smtpd_banner = $myhostname ESMTP");
    }
}

const struct check check_smtp_banner = {
    .id = "smtp.banner",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The greeting does not tell the software's version",
    .why = "Who searches the Internet for a vulnerable version finds it in the greeting.",
    .reference = "RFC 5321 section 4.3.1",
    .explanation =
        "The greeting is searched for a version number. It is information: hiding the version replaces "
        "no update.\n\n"
        "Fix: Postfix (main.cf): smtpd_banner = $myhostname ESMTP. Exim: smtp_banner = "
        "$smtp_active_hostname ESMTP.",
    .judge = judge_banner,
};

/* ---- smtp.client_address ---- */

/* The next address in a text, as "[192.0.2.1]", "(192.0.2.1)" or by itself. */
static bool next_address(const char **text, struct address *ret)
{
    static const char between[] = " ,;()<>[]{}\"'=";

    while (*(*text += strspn(*text, between)) != '\0') {
        size_t size = strcspn(*text, between);
        char word[ADDRESS_TEXT_SIZE + 8];
        bool fits = size < sizeof(word);

        if (fits) {
            memcpy(word, *text, size);
            word[size] = '\0';
            /* A sentence may end behind it. */
            if (size > 1 && (word[size - 1] == '.' || word[size - 1] == ':' || word[size - 1] == '!'))
                word[size - 1] = '\0';
        }
        *text += size;
        if (fits && address_parse(word, ret) == 0)
            return true;
    }
    return false;
}

/* Why a private address in the server's words does not show what strangers from the Internet look like to it;
 * NULL: it does. Neighbours meet the server inside its own network, or by a detour of the router (hairpin
 * NAT). */
static const char *neighbour_words(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct list *ours = &observed_vantage(judgement)->addresses;
    bool any = false;

    for (size_t i = 0; i < ours->count; i++) {
        const char *own = ours->items[i];
        struct address address;

        if (is_ipv6(own) != is_ipv6(endpoint->address) || address_parse(own, &address) < 0)
            continue;
        any = true;
        if (address_scope(&address) != SCOPE_GLOBAL)
            return "our own address is not public either, so we may be in the server's own network";
        if (same_text(own, endpoint->address))
            return "we looked from the server itself";
    }
    return any ? NULL : "our own address is not known";
}

/* What the server says about who we are: behind its own name in the answer to EHLO, or in a refusal. */
struct sighting {
    bool seen;
    struct address address;
    const char *line;
};

static struct sighting sighting_in(const struct endpoint_facts *endpoint, const char *line, bool skip_name)
{
    const char *text = line == NULL ? "" : line;
    struct sighting sighting = {.line = line};
    struct address own;

    if (skip_name)
        text += strcspn(text, " ");
    while (next_address(&text, &sighting.address)) {
        if (address_parse(text_or(endpoint->address, ""), &own) == 0 &&
            address_equal(&own, &sighting.address))
            continue;
        sighting.seen = true;
        break;
    }
    return sighting;
}

static struct sighting find_sighting(const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;
    const struct smtp_reply_facts *replies[] = {
        smtp->ehlo == NULL ? NULL : smtp->ehlo->reply, smtp->ehlo_tls == NULL ? NULL : smtp->ehlo_tls->reply,
        smtp->greeting != NULL && smtp->greeting->code.value >= 400 ? smtp->greeting : NULL};
    struct sighting sighting = {0};

    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]) && !sighting.seen; i++)
        sighting = sighting_in(endpoint, first_line(replies[i]), true);
    return sighting;
}

static bool is_public(const char *text)
{
    struct address address;

    return text != NULL && address_parse(text, &address) == 0 && address_scope(&address) == SCOPE_GLOBAL;
}

static void judge_sighting(struct judgement *judgement, const struct check *check,
                           const struct subject *subject, const struct endpoint_facts *endpoint,
                           const struct sighting *sighting)
{
    const struct list *ours = &observed_vantage(judgement)->addresses;
    enum address_scope scope = address_scope(&sighting->address);
    const char *neighbour = neighbour_words(judgement, endpoint);
    char text[ADDRESS_TEXT_SIZE];
    struct finding *finding;

    address_format(&sighting->address, text);
    if (scope == SCOPE_GLOBAL) {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The server sees us as %s", text);
    } else if (neighbour != NULL) {
        finding = finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            kept(judgement,
                 arena_format(judgement->arena, "the server sees us as %s, but %s", text, neighbour)));
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The server sees us as %s (%s) although we came from the Internet", text,
                              address_scope_name(scope));
        finding_fix(judgement, finding,
                    "Docker: let the real address through. Switch off the userland proxy "
                    "(`\"userland-proxy\": false` in /etc/docker/daemon.json) and give the network IPv6 "
                    "(`enable_ipv6: true`), or use `network_mode: host`");
        finding_fix(judgement, finding,
                    "Behind a proxy use the PROXY protocol. Postfix (master.cf):\n  -o "
                    "smtpd_upstream_proxy_protocol=haproxy");
        finding_fix(judgement, finding, "Until then keep %s out of mynetworks:\n  postconf mynetworks", text);
    }
    finding_evidence(judgement, finding, "%s", sighting->line);
    if (ours->count > 0)
        finding_evidence(judgement, finding, "our own address: %s",
                         kept(judgement, text_join(judgement->arena, ours, ", ")));
}

static void judge_client_address(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct sighting sighting;
        struct subject subject;

        if (!is_smtp_family(endpoint))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        if (session_untested(judgement, check, &subject, endpoint, endpoint->smtp != NULL))
            continue;
        sighting = find_sighting(endpoint);
        if (!is_public(endpoint->address))
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE,
                             "the server's own address is not public");
        else if (!sighting.seen)
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             "the server does not say which address it sees");
        else
            judge_sighting(judgement, check, &subject, endpoint, &sighting);
    }
}

const struct check check_smtp_client_address = {
    .id = "smtp.client_address",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_REACHABILITY,
    .title = "The server sees the real address of its clients",
    .why = "If every client seems to come from a private address, blacklists, limits and bans hit nobody or "
           "everybody, and a stranger may count as a local user who may relay.",
    .reference = "RFC 5321 section 7.2",
    .explanation =
        "Some servers repeat the address they see in the answer to EHLO (\"Hello probe [198.51.100.7]\") or "
        "in "
        "a refusal. A private address there, while the server itself is on the Internet, means that a proxy "
        "or "
        "Docker's userland proxy stands before it and hides its clients. Most servers do not say it: then "
        "nothing was tested; nor when we have no public address ourselves and may be the server's "
        "neighbour.\n\n"
        "Fix: switch Docker's userland proxy off, give the container network IPv6, or use the PROXY "
        "protocol.",
    .judge = judge_client_address,
};

/* ---- smtp.pushback ---- */

/* A port that closes without a word may be a proxy before nobody; one that breaks off a handshake refuses the hello, and
 * not us. */
static bool was_pushed_back(const struct endpoint_facts *endpoint)
{
    return (endpoint->state == ENDPOINT_TURNED_AWAY && has_answered(endpoint) &&
            !handshake_failed(first_handshake(endpoint->tls, NULL))) ||
           endpoint->pushbacks.value > 0 || endpoint_dialogue(endpoint).end == DIALOGUE_TURNED_AWAY;
}

static bool was_contacted(const struct endpoint_facts *endpoint)
{
    return endpoint->heard != NO && (endpoint->connections.value > 0 || has_answered(endpoint));
}

/* What was said to later sessions than the first is not kept. */
static const char *pushback_words(const struct endpoint_facts *endpoint)
{
    if (endpoint->reason != NULL)
        return endpoint->reason;
    return endpoint_dialogue(endpoint).end == DIALOGUE_COMPLETE ? "after it had let us in"
                                                                : session_end_words(endpoint);
}

static void fix_pushback(struct judgement *judgement, struct finding *finding, const char *address)
{
    const struct list *ours = &observed_vantage(judgement)->addresses;

    for (size_t i = 0; i < ours->count; i++) {
        const char *own = ours->items[i];
        struct address parsed;

        if (is_ipv6(own) != is_ipv6(address) || address_parse(own, &parsed) < 0)
            continue;
        finding_fix(judgement, finding, "fail2ban (jail.local, [DEFAULT]):\n  ignoreip = 127.0.0.1/8 ::1 %s",
                    own);
        finding_fix(
            judgement, finding,
            "CrowdSec:\n  cscli allowlists create outpost -d scanner && cscli allowlists add outpost %s",
            own);
        finding_fix(judgement, finding, "postscreen (postscreen_access.cidr):\n  %s permit", own);
    }
}

static void judge_address(struct judgement *judgement, const struct check *check, const struct place *place)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct subject subject = subject_address(judgement, place->host->name, place->address->address);
    size_t pushed = 0, contacted = 0;
    struct finding *finding;

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (!same_text(endpoint->address, subject.address))
            continue;
        contacted += was_contacted(endpoint);
        pushed += was_pushed_back(endpoint);
    }
    if (contacted == 0) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         text_or(place->address->reason, "no port let us speak"));
        return;
    }
    if (pushed == 0) {
        finding_add(judgement, check, &subject, OUTCOME_PASS, "%s did not limit or turn away this scan",
                    subject.text);
        return;
    }
    finding = finding_add(judgement, check, &subject, OUTCOME_INFO, "%s limited this scan or turned it away",
                          subject.text);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (!same_text(endpoint->address, subject.address) || !was_pushed_back(endpoint))
            continue;
        finding_evidence(judgement, finding, "port %lld: after %lld connections, %lld times: %s",
                         (long long)endpoint->port.value, (long long)endpoint->connections.value,
                         (long long)endpoint->pushbacks.value, pushback_words(endpoint));
    }
    fix_pushback(judgement, finding, subject.address);
}

static void judge_pushback(struct judgement *judgement, const struct check *check)
{
    struct list places = places_all(judgement);

    for (size_t i = 0; i < places.count; i++)
        judge_address(judgement, check, places.items[i]);
}

const struct check check_smtp_pushback = {
    .id = "smtp.pushback",
    .severity = SEVERITY_NONE,
    .area = AREA_REACHABILITY,
    .title = "The server let this scan finish",
    .why = "A server that limits or bans the scanner leaves gaps in this report; it is not a fault of the "
           "server.",
    .reference = "RFC 5321 section 3.8",
    .explanation =
        "Mail servers limit how often a stranger may connect, and ban who looks like an attacker. If "
        "that happened, the report says where, and what was not tested because of it.\n\n"
        "Fix: on your own server let the scanner's address through for the time of the scan: the lines "
        "for fail2ban, CrowdSec and postscreen are printed with the finding.",
    .judge = judge_pushback,
};
