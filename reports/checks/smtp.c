/*
 * smtp.c - port 25 and what all SMTP ports have in common: reachable, greeting, EHLO, STARTTLS
 *
 * RFC 5321 4.2 (greeting), 4.1.1.1 (EHLO), RFC 3207 (STARTTLS). What gives away too much, or takes passwords
 * where it should not, is in smtp_disclosure.c and submission.c.
 */
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* ---- smtp.reachable ---- */

/* Does another address take the domain's mail on port 25? */
static bool has_spare(struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];

        if (other != endpoint && is_service(other, "smtp") && other->state == ENDPOINT_OPEN &&
            endpoint_receives(judgement, other))
            return true;
    }
    return false;
}

static struct finding *judge_dead(struct judgement *judgement, const struct check *check,
                                  const struct subject *subject, const struct endpoint_facts *endpoint)
{
    bool refused = endpoint->state == ENDPOINT_REFUSED, ipv6 = is_ipv6(endpoint->address);
    const char *what = refused ? "refuses connections" : "does not answer";
    struct finding *finding;

    if (!endpoint_receives(judgement, endpoint))
        return finding_add(judgement, check, subject, OUTCOME_INFO, "Port %lld of %s %s",
                           (long long)endpoint->port.value, subject->text, what);
    if (has_spare(judgement, endpoint)) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "Port %lld of %s %s; other addresses of the domain answer",
                              (long long)endpoint->port.value, subject->text, what);
        finding->why = "Senders that try this address first lose time before they try the next one.";
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "Port %lld of %s %s",
                              (long long)endpoint->port.value, subject->text, what);
    }
    if (refused)
        finding_fix(judgement, finding,
                    "Start the mail server and let it listen on this address. Postfix (main.cf):\n  "
                    "inet_interfaces = all\ndocker-mailserver (compose.yaml):\n  ports:\n    - \"25:25\"");
    else
        finding_fix(judgement, finding,
                    "Let port 25 through to %s: the host's firewall, the provider's, and "
                    "the port forwarding of a router",
                    subject->address);
    if (ipv6 && host_name_valid(subject->host))
        finding_fix(judgement, finding, "Or, if the server has no IPv6, remove:\n  %s. IN AAAA %s",
                    subject->host, subject->address);
    return finding;
}

static void judge_reached(struct judgement *judgement, const struct check *check,
                          const struct endpoint_facts *endpoint)
{
    struct subject subject = subject_endpoint(judgement, endpoint, NULL);
    struct finding *finding;

    if (endpoint->port.value == 25)
        subject = subject_address(judgement, subject.host, subject.address);
    if (endpoint->state == ENDPOINT_OPEN)
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "Port %lld of %s answers",
                              (long long)endpoint->port.value, subject.text);
    else if (endpoint_is_dead(judgement, endpoint))
        finding = judge_dead(judgement, check, &subject, endpoint);
    else
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   endpoint_unreached(judgement, endpoint));
    if (endpoint->reason != NULL)
        finding_evidence(judgement, finding, "%s", endpoint->reason);
    if (endpoint->connect_milliseconds.known)
        finding_evidence(judgement, finding, "connected in %lld ms",
                         (long long)endpoint->connect_milliseconds.value);
    if (endpoint->smtp != NULL && endpoint->state == ENDPOINT_TURNED_AWAY)
        evidence_reply(judgement, finding, "greeting", endpoint->smtp->greeting);
}

static bool smtp_was_asked_for(const struct judgement *judgement)
{
    const struct list *ports = &observed_settings(judgement)->ports;

    for (size_t i = 0; i < ports->count; i++)
        if (text_ends_with(ports->items[i], ":smtp"))
            return true;
    return ports->count == 0;
}

static bool has_smtp_endpoint(const struct list *endpoints, const char *address)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (is_service(endpoint, "smtp") && same_text(endpoint->address, address))
            return true;
    }
    return false;
}

static void judge_reachable(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);
    struct list places = places_all(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (is_service(endpoint, "smtp"))
            judge_reached(judgement, check, endpoint);
    }
    /* An address that was not contacted at all. */
    for (size_t i = 0; i < places.count; i++) {
        const struct place *place = places.items[i];
        struct subject subject = subject_address(judgement, place->host->name, place->address->address);

        if (host_receives(place->host) && smtp_was_asked_for(judgement) &&
            !has_smtp_endpoint(endpoints, place->address->address))
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             text_or(place->address->reason, "the scan ended before the port was looked at"));
    }
}

const struct check check_smtp_reachable = {
    .id = "smtp.reachable",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_REACHABILITY,
    .title = "The mail host answers on port 25",
    .why =
        "Mail between servers always goes to port 25; where nobody answers, it waits at the sender and comes "
        "back after days.",
    .reference = "RFC 5321 sections 2.3.5 and 5.1",
    .explanation =
        "Each address of each mail host is contacted on port 25. Three different things can go wrong: the "
        "port "
        "refuses (nothing listens), it stays silent (a firewall drops our packets, on their side or on "
        "ours), "
        "or the server turns us away (421 or 554: it does not like us). If another address of the domain "
        "answers, a dead one only warns.\n\n"
        "Silence and refusal count against the server only if something else answered this scan on port 25, "
        "over "
        "the same family of addresses. Many providers block port 25 for their customers, some by refusing in "
        "the "
        "server's name: --control HOST names a mail host known to answer, so that a blocked scanner is not "
        "taken "
        "for a dead server.\n\n"
        "Fix: start the server, let it listen on all addresses, open port 25 in every firewall before it.",
    .judge = judge_reachable,
};

/* ---- smtp.greeting ---- */

static struct finding *judge_reply(struct judgement *judgement, const struct check *check,
                                   const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct smtp_reply_facts *greeting = endpoint->smtp->greeting;
    int64_t slow = (int64_t)policy_threshold(judgement->policy, "smtp.greeting.slow_milliseconds");
    long long milliseconds = (long long)greeting->milliseconds.value;

    if (greeting->code.value == 421 || greeting->code.value == 554 || smtp_turned_away(endpoint->smtp))
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "the server turned us away");
    if (greeting->code.value != 220)
        return finding_add(judgement, check, subject, OUTCOME_FAIL,
                           "The server greets with %lld instead of 220", (long long)greeting->code.value);
    if (endpoint->smtp->greeting_name == NULL)
        return finding_add(judgement, check, subject, OUTCOME_WARN, "The greeting does not name the server");
    if (greeting->milliseconds.known && greeting->milliseconds.value > slow)
        return finding_add(judgement, check, subject, OUTCOME_INFO, "The greeting took %lld.%lld s",
                           milliseconds / 1000, milliseconds % 1000 / 100);
    return finding_add(judgement, check, subject, OUTCOME_PASS, "The server greets as it should");
}

static void judge_no_greeting(struct judgement *judgement, const struct check *check,
                              const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;
    bool here = smtp != NULL && same_text(smtp->end_stage, "greeting");
    struct finding *finding;

    if (here && smtp->end == DIALOGUE_PROTOCOL) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL, "What greets here is not an SMTP server");
    } else if (here && smtp->end == DIALOGUE_TIMEOUT) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The server accepts the connection and then says nothing");
    } else {
        session_missing(judgement, check, subject, endpoint);
        return;
    }
    if (smtp->end_reason != NULL)
        finding_evidence(judgement, finding, "%s", smtp->end_reason);
}

static void judge_greeting(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct smtp_facts *smtp = endpoint->smtp;
        bool greeted = smtp != NULL && smtp->greeting != NULL && smtp->greeting->code.known;
        struct subject subject;
        struct finding *finding;

        if (!is_smtp_family(endpoint))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        if (!greeted) {
            judge_no_greeting(judgement, check, &subject, endpoint);
            continue;
        }
        finding = judge_reply(judgement, check, &subject, endpoint);
        evidence_reply(judgement, finding, "greeting", smtp->greeting);
        if (smtp->greeting_pause.known && smtp->greeting_pause.value > 0 && smtp->greeting->lines.count > 1)
            finding_evidence(judgement, finding, "the server paused for %lld ms inside its greeting",
                             (long long)smtp->greeting_pause.value);
    }
}

const struct check check_smtp_greeting = {
    .id = "smtp.greeting",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_REACHABILITY,
    .title = "The server greets with 220 and its name",
    .why = "Everything waits for the greeting; a wrong one ends the delivery before it began.",
    .reference = "RFC 5321 sections 4.2 and 4.5.3.2.1",
    .explanation =
        "After the connection the server speaks first: 220, a space, its name. Anything else fails. A server "
        "may take its time (senders have to wait five minutes, and postscreen delays on purpose), so a late "
        "greeting is information only. A server that turned us away with 421 or 554 was not tested.\n\n"
        "Fix: Postfix (main.cf): smtpd_banner = $myhostname ESMTP",
    .judge = judge_greeting,
};

/* ---- smtp.ehlo ---- */

static const struct smtp_ehlo_facts *first_ehlo(const struct smtp_facts *smtp)
{
    return smtp == NULL ? NULL : smtp->ehlo != NULL ? smtp->ehlo : smtp->ehlo_tls;
}

static void evidence_capabilities(struct judgement *judgement, struct finding *finding,
                                  const struct smtp_facts *smtp)
{
    if (smtp->ehlo != NULL)
        evidence_reply(judgement, finding, "EHLO", smtp->ehlo->reply);
    if (smtp->ehlo_tls != NULL)
        evidence_reply(judgement, finding, "EHLO inside TLS", smtp->ehlo_tls->reply);
}

/* What a server of today should offer and this one does not, in words. */
static struct list lacks_of(struct judgement *judgement, const struct smtp_ehlo_facts *ehlo)
{
    static const char *const wanted[] = {"PIPELINING", "8BITMIME", "SIZE"};
    int64_t smallest = (int64_t)policy_threshold(judgement->policy, "smtp.ehlo.size_bytes"), size;
    struct list lacks = {0};
    const char *parameter = NULL;

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (smtp_offers(ehlo, wanted[i], NULL) == NO) {
            char *line = arena_format(judgement->arena, "%s is not offered", wanted[i]);

            if (line == NULL || list_add(&lacks, judgement->arena, line) < 0)
                judgement->failed = true;
        }
    if (smtp_offers(ehlo, "SIZE", &parameter) == YES && parameter != NULL &&
        text_number(parameter, 1, INT64_MAX, &size) == 0 && size < smallest) {
        char *line = arena_format(judgement->arena, "messages over %lld bytes are refused", (long long)size);

        if (line == NULL || list_add(&lacks, judgement->arena, line) < 0)
            judgement->failed = true;
    }
    return lacks;
}

static struct finding *judge_capabilities(struct judgement *judgement, const struct check *check,
                                          const struct subject *subject, const struct smtp_facts *smtp)
{
    const struct smtp_ehlo_facts *ehlo = first_ehlo(smtp);
    const char *danger = smtp_offers(ehlo, "XCLIENT", NULL) == YES    ? "XCLIENT"
                         : smtp_offers(ehlo, "XFORWARD", NULL) == YES ? "XFORWARD"
                                                                      : NULL;
    struct list lacks = lacks_of(judgement, ehlo);
    struct finding *finding;

    if (danger != NULL) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL, "The server offers %s to strangers", danger);
        finding->why = "With it anybody can pretend to connect from another address or as another user.";
        finding_fix(judgement, finding,
                    "Postfix (main.cf): remove foreign networks from `smtpd_authorized_%s_hosts`",
                    strcmp(danger, "XCLIENT") == 0 ? "xclient" : "xforward");
        return finding;
    }
    if (lacks.count == 0)
        return finding_add(judgement, check, subject, OUTCOME_PASS, "EHLO offers %zu extensions",
                           ehlo->capabilities.count);
    finding = finding_add(judgement, check, subject, OUTCOME_INFO, "EHLO works, but lacks something: %s",
                          kept(judgement, text_join(judgement->arena, &lacks, ", ")));
    return finding;
}

static void judge_ehlo(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct smtp_ehlo_facts *ehlo = first_ehlo(endpoint->smtp);
        int64_t code = ehlo != NULL && ehlo->reply != NULL ? ehlo->reply->code.value : 0;
        struct subject subject;
        struct finding *finding;

        if (!is_smtp_family(endpoint))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        if (session_untested(judgement, check, &subject, endpoint, code != 0))
            continue;
        if (code == 250)
            finding = judge_capabilities(judgement, check, &subject, endpoint->smtp);
        else if (smtp_turned_away(endpoint->smtp))
            finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                       smtp_end_words(endpoint->smtp));
        else if (code >= 400 && code < 500)
            finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                       "the server put EHLO off for later");
        else
            finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                                  "The server refuses EHLO with %lld", (long long)code);
        evidence_capabilities(judgement, finding, endpoint->smtp);
    }
}

const struct check check_smtp_ehlo = {
    .id = "smtp.ehlo",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_REACHABILITY,
    .title = "The server answers EHLO with what a server of today offers",
    .why = "Without EHLO there is neither TLS nor login nor mail larger than the sender dares to guess.",
    .reference = "RFC 5321 section 4.1.1.1",
    .explanation =
        "EHLO must be answered with 250 and a list of extensions. PIPELINING, 8BITMIME and SIZE are "
        "expected; what is missing, or a very small SIZE, is information. XCLIENT or XFORWARD offered "
        "to a stranger fails: they let him forge his address.\n\n"
        "Fix: a firewall or proxy that rewrites SMTP (\"fixup\", \"inspection\") often hides "
        "extensions: switch that off. Postfix: see smtpd_discard_ehlo_keywords, "
        "smtpd_authorized_xclient_hosts, message_size_limit.",
    .judge = judge_ehlo,
};

/* ---- smtp.starttls ---- */

static void fix_starttls(struct judgement *judgement, struct finding *finding)
{
    finding_fix(judgement, finding, "Postfix (main.cf):\n  smtpd_tls_security_level = may");
    finding_fix(judgement, finding,
                "Postfix (main.cf; the private key first, then the certificate, then its intermediates):\n  "
                "smtpd_tls_chain_files = /etc/ssl/private/KEY-AND-CHAIN.pem");
    finding_fix(judgement, finding,
                "docker-mailserver (compose.yaml):\n  environment:\n    - SSL_TYPE=letsencrypt");
}

static struct finding *judge_upgrade(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct endpoint_facts *endpoint)
{
    const struct smtp_facts *smtp = endpoint->smtp;
    const struct tls_handshake_facts *handshake = first_handshake(endpoint->tls, NULL);
    int64_t code = smtp->starttls == NULL ? 0 : smtp->starttls->code.value;
    struct finding *finding;

    /* "454 too many new TLS sessions" is about us */
    if (code == 0 || code == 421 || (code != 220 && smtp_turned_away(smtp)))
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, smtp_end_words(smtp));
    if (code != 220) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "STARTTLS is offered but refused with %lld", (long long)code);
        fix_starttls(judgement, finding);
        return finding;
    }
    if (smtp->tls != YES) {
        if (!handshake_failed(handshake))
            return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                    handshake != NULL && handshake->reason != NULL ? handshake->reason
                                                                                   : smtp_end_words(smtp));
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "STARTTLS is offered but the handshake fails: %s",
                              text_or(handshake->reason, text_or(handshake->alert, "no reason given")));
        fix_starttls(judgement, finding);
        return finding;
    }
    if (smtp_offers(smtp->ehlo_tls, "STARTTLS", NULL) == YES)
        return finding_add(judgement, check, subject, OUTCOME_WARN, "STARTTLS is offered again inside TLS");
    if (smtp->starttls_trailing.size > 0)
        return finding_add(judgement, check, subject, OUTCOME_WARN,
                           "%zu bytes in clear follow the answer to STARTTLS", smtp->starttls_trailing.size);
    return finding_add(judgement, check, subject, OUTCOME_PASS, "STARTTLS is offered and works");
}

static void judge_starttls(struct judgement *judgement, const struct check *check)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct smtp_facts *smtp = endpoint->smtp;
        struct subject subject;
        struct finding *finding;

        if (!is_service(endpoint, "smtp"))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        if (smtp == NULL || smtp->starttls_offered == UNKNOWN) {
            session_missing(judgement, check, &subject, endpoint);
            continue;
        }
        if (smtp->starttls_offered == YES) {
            finding = judge_upgrade(judgement, check, &subject, endpoint);
        } else {
            finding =
                finding_add(judgement, check, &subject, OUTCOME_FAIL, "The server does not offer STARTTLS");
            fix_starttls(judgement, finding);
        }
        if (smtp->ehlo != NULL)
            evidence_reply(judgement, finding, "EHLO", smtp->ehlo->reply);
        evidence_reply(judgement, finding, "STARTTLS", smtp->starttls);
    }
}

const struct check check_smtp_starttls = {
    .id = "smtp.starttls",
    .severity = SEVERITY_CRITICAL,
    .area = AREA_TRANSPORT,
    .title = "STARTTLS on port 25 is offered and works",
    .why =
        "Without STARTTLS every message to this host crosses the Internet in clear text, and some senders no "
        "longer deliver at all.",
    .reference = "RFC 3207 section 4",
    .explanation =
        "The answer to EHLO on port 25 must list STARTTLS, the command must be answered with 220, and the "
        "TLS "
        "handshake behind it must complete. Inside TLS the server must not offer STARTTLS again (RFC 3207 "
        "section 4.2), and no clear text may follow the 220. A handshake that nobody answered is not "
        "tested.\n\n"
        "Fix: Postfix (main.cf): smtpd_tls_security_level = may, and smtpd_tls_chain_files = a file with the "
        "private key and the whole chain. docker-mailserver: SSL_TYPE=letsencrypt (or manual, self-signed).",
    .judge = judge_starttls,
};
