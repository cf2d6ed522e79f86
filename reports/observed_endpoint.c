/*
 * observed_endpoint.c - what many checks ask of a port: what it let us see, why it did not, what it showed
 */
#include "reports/observed.h"

#include "scanner/base/arena.h"

#include <stdint.h>

enum { SMTP_PORT = 25 };

/* ---- kinds ---- */

bool is_service(const struct endpoint_facts *endpoint, const char *service)
{
    return same_text(endpoint->service, service);
}

bool is_smtp_family(const struct endpoint_facts *endpoint)
{
    return is_service(endpoint, "smtp") || is_service(endpoint, "submission") ||
           is_service(endpoint, "submissions");
}

bool is_imap_family(const struct endpoint_facts *endpoint)
{
    return is_service(endpoint, "imap") || is_service(endpoint, "imaps");
}

bool is_pop3_family(const struct endpoint_facts *endpoint)
{
    return is_service(endpoint, "pop3") || is_service(endpoint, "pop3s");
}

bool is_mailbox_family(const struct endpoint_facts *endpoint)
{
    return is_imap_family(endpoint) || is_pop3_family(endpoint) || is_service(endpoint, "sieve");
}

bool is_implicit_tls(const struct endpoint_facts *endpoint)
{
    return is_service(endpoint, "submissions") || is_service(endpoint, "imaps") ||
           is_service(endpoint, "pop3s") || is_service(endpoint, "tls");
}

bool is_opportunistic(const struct endpoint_facts *endpoint)
{
    return is_service(endpoint, "smtp");
}

enum outcome fail_or_warn(const struct endpoint_facts *endpoint)
{
    return is_opportunistic(endpoint) ? OUTCOME_WARN : OUTCOME_FAIL;
}

/* ---- by address ---- */

const struct endpoint_facts *endpoint_at(const struct judgement *judgement, const char *address, int64_t port)
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (endpoint->port.known && endpoint->port.value == port && same_text(endpoint->address, address))
            return endpoint;
    }
    return NULL;
}

/* ---- silence ---- */

bool has_answered(const struct endpoint_facts *endpoint)
{
    switch (endpoint->state) {
    case ENDPOINT_OPEN:
        return true;
    case ENDPOINT_TURNED_AWAY:
        return endpoint->heard != NO;
    case ENDPOINT_NOT_OBSERVED:
    case ENDPOINT_REFUSED:
    case ENDPOINT_SILENT:
    case ENDPOINT_UNREACHABLE:
    case ENDPOINT_NOT_CONTACTED:
        break;
    }
    return false;
}

/* Our own way out on port 25 by the family of this address. */
static enum port_25 our_port_25(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct vantage_facts *vantage = observed_vantage(judgement);

    return is_ipv6(endpoint->address) ? vantage->port_25_ipv6 : vantage->port_25;
}

/* Did something else answer us on this port? The two families take different ways out: who answered by one
 * proves nothing for the other. Nor do other ports: what networks keep in is port 25. */
static bool way_is_open(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct list *endpoints = observed_endpoints(judgement);

    if (endpoint->port.value == SMTP_PORT && our_port_25(judgement, endpoint) == PORT_25_OPEN)
        return true;
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *other = endpoints->items[i];

        if (other != endpoint && has_answered(other) &&
            is_ipv6(other->address) == is_ipv6(endpoint->address) && other->port.known &&
            other->port.value == endpoint->port.value)
            return true;
    }
    return false;
}

bool endpoint_is_dead(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    switch (endpoint->state) {
    case ENDPOINT_REFUSED: /* networks that keep port 25 in may refuse it in the server's name */
        return endpoint->port.value != SMTP_PORT || way_is_open(judgement, endpoint);
    case ENDPOINT_SILENT:
    case ENDPOINT_UNREACHABLE:
        return way_is_open(judgement, endpoint);
    case ENDPOINT_NOT_OBSERVED:
    case ENDPOINT_OPEN:
    case ENDPOINT_TURNED_AWAY:
    case ENDPOINT_NOT_CONTACTED:
        break;
    }
    return false;
}

const char *endpoint_closed(struct judgement *judgement, const struct endpoint_facts *endpoint,
                            enum outcome *ret_outcome)
{
    bool expected = is_opportunistic(endpoint);

    *ret_outcome = OUTCOME_NOT_TESTED;
    switch (endpoint->state) {
    case ENDPOINT_OPEN:
        return NULL;
    case ENDPOINT_REFUSED:
        if (!expected)
            *ret_outcome = OUTCOME_NOT_APPLICABLE;
        return "the port refuses connections";
    case ENDPOINT_SILENT:
        if (!expected && endpoint_is_dead(judgement, endpoint))
            *ret_outcome = OUTCOME_NOT_APPLICABLE;
        return "the port does not answer";
    case ENDPOINT_UNREACHABLE:
        return kept(judgement, arena_format(judgement->arena, "the address cannot be reached (%s)",
                                            text_or(endpoint->reason, "no reason known")));
    case ENDPOINT_TURNED_AWAY:
        if (endpoint->heard == NO)
            return kept(
                judgement,
                arena_format(judgement->arena,
                             "the port accepts connections and says not a word (%s): perhaps a proxy whose "
                             "server is down",
                             text_or(endpoint->reason, "no reason known")));
        return text_or(endpoint->reason, "the server turned us away");
    case ENDPOINT_NOT_CONTACTED:
        return kept(judgement, arena_format(judgement->arena, "the port was not contacted (%s)",
                                            text_or(endpoint->reason, "no reason known")));
    case ENDPOINT_NOT_OBSERVED:
        break;
    }
    return "the scan ended before the port was looked at";
}

const char *endpoint_unreached(struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    bool smtp = endpoint->port.value == SMTP_PORT;
    const char *family = is_ipv6(endpoint->address) ? "IPv6" : "IPv4";
    enum outcome outcome;
    const char *closed = endpoint_closed(judgement, endpoint, &outcome);

    if (endpoint->state != ENDPOINT_REFUSED && endpoint->state != ENDPOINT_SILENT &&
        endpoint->state != ENDPOINT_UNREACHABLE)
        return closed;
    if (smtp && our_port_25(judgement, endpoint) == PORT_25_BLOCKED)
        return kept(judgement,
                    arena_format(judgement->arena, "our own network blocks port 25 over %s", family));
    return kept(
        judgement,
        arena_format(judgement->arena,
                     "%s, and nothing else answered us there over %s either: our own network may be the "
                     "reason%s",
                     closed, family, smtp ? " (try --control)" : ""));
}

/* ---- sessions ---- */

/* The reasons that probes note say at which step it was. */
static const char *end_words(const char *reason, enum dialogue_end end)
{
    if (reason != NULL)
        return reason;
    if (end == DIALOGUE_NOT_OBSERVED || end == DIALOGUE_COMPLETE)
        return "the session did not come that far";
    return dialogue_end_values[end];
}

const char *smtp_end_words(const struct smtp_facts *smtp)
{
    return smtp == NULL ? "there was no session" : end_words(smtp->end_reason, smtp->end);
}

const char *session_end_words(const struct endpoint_facts *endpoint)
{
    struct dialogue_seen seen = endpoint_dialogue(endpoint);

    return seen.began ? end_words(seen.end_reason, seen.end) : "there was no session";
}

void session_missing(struct judgement *judgement, const struct check *check, const struct subject *subject,
                     const struct endpoint_facts *endpoint)
{
    enum outcome outcome;
    const char *reason = endpoint_closed(judgement, endpoint, &outcome);

    if (reason == NULL)
        reason = session_end_words(endpoint);
    finding_untested(judgement, check, subject, outcome, reason);
}

bool session_untested(struct judgement *judgement, const struct check *check, const struct subject *subject,
                      const struct endpoint_facts *endpoint, bool seen)
{
    if (!seen)
        session_missing(judgement, check, subject, endpoint);
    return !seen;
}

bool smtp_turned_away(const struct smtp_facts *smtp)
{
    return smtp != NULL && smtp->end == DIALOGUE_TURNED_AWAY;
}

bool smtp_refuses_starttls(const struct smtp_facts *smtp)
{
    return smtp->starttls != NULL && smtp->starttls->code.known && smtp->starttls->code.value >= 400 &&
           smtp->starttls->code.value != 421 && !smtp_turned_away(smtp);
}

void evidence_reply(struct judgement *judgement, struct finding *finding, const char *what,
                    const struct smtp_reply_facts *reply)
{
    if (reply == NULL)
        return;
    for (size_t i = 0; i < reply->lines.count; i++)
        finding_evidence(judgement, finding, "%s: %lld%c%s", what, (long long)reply->code.value,
                         i + 1 < reply->lines.count ? '-' : ' ', (const char *)reply->lines.items[i]);
    if (reply->lines.count == 0 && reply->code.known)
        finding_evidence(judgement, finding, "%s: %lld", what, (long long)reply->code.value);
}

/* ---- TLS ---- */

static bool handshake_tried(const struct tls_facts *tls)
{
    for (size_t i = 0; tls != NULL && i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        if (handshake->result != TLS_NOT_OBSERVED && handshake->result != TLS_CANCELED)
            return true;
    }
    return false;
}

/* Why no handshake was tried on a port that let us speak. */
static const char *handshake_missing(const struct endpoint_facts *endpoint, enum outcome *ret_outcome)
{
    struct dialogue_seen seen = endpoint_dialogue(endpoint);

    if (!is_implicit_tls(endpoint) && seen.starttls_offered == NO) {
        *ret_outcome = OUTCOME_NOT_APPLICABLE;
        return "the server does not offer STARTTLS";
    }
    if (endpoint->smtp != NULL && endpoint->smtp->starttls != NULL && endpoint->smtp->end_reason == NULL &&
        endpoint->smtp->starttls->code.value != 220)
        return "the server refuses STARTTLS";
    return seen.began ? session_end_words(endpoint) : "the scan ended before the handshake";
}

const char *tls_missing(struct judgement *judgement, const struct endpoint_facts *endpoint,
                        enum outcome *ret_outcome)
{
    const char *reason;

    /* Turned away from the session, but not before a handshake: what it showed still counts. A hello to which
     * not one byte came back shows nothing of TLS. */
    if (endpoint->heard != NO && handshake_tried(endpoint->tls))
        return NULL;
    reason = endpoint_closed(judgement, endpoint, ret_outcome);
    return reason != NULL ? reason : handshake_missing(endpoint, ret_outcome);
}

const struct tls_handshake_facts *first_handshake(const struct tls_facts *tls, const char *host)
{
    for (size_t i = 0; tls != NULL && i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        if (handshake->key_type == NULL &&
            (host == NULL || handshake->name == NULL || same_name(handshake->name, host)))
            return handshake;
    }
    return NULL;
}

/* It was refused because we had no name to ask for. */
static bool lacks_name(const struct tls_handshake_facts *handshake)
{
    return handshake != NULL && handshake->name == NULL && handshake->result == TLS_REFUSED &&
           same_text(handshake->alert, "unrecognized_name");
}

const char *tls_wants_name(const struct tls_facts *tls)
{
    return lacks_name(first_handshake(tls, NULL))
               ? "the server answers nobody who names no server: scan it as `host:NAME`"
               : NULL;
}

bool handshake_failed(const struct tls_handshake_facts *handshake)
{
    if (lacks_name(handshake))
        return false;
    switch (handshake == NULL ? TLS_NOT_OBSERVED : handshake->result) {
    case TLS_REFUSED:
    case TLS_CLOSED:
    case TLS_GARBLED:
        return true;
    case TLS_NOT_OBSERVED:
    case TLS_COMPLETE:
    case TLS_SILENT:
    case TLS_CANCELED:
        break;
    }
    return false;
}

/* Does the server refuse STARTTLS, and not us ("too many", 421)? */
static bool refuses_starttls(const struct smtp_facts *smtp)
{
    return smtp->starttls != NULL && smtp->starttls->code.known && smtp->starttls->code.value >= 400 &&
           smtp->starttls->code.value != 421 && !smtp_turned_away(smtp);
}

enum known starttls_works(const struct endpoint_facts *endpoint)
{
    if (endpoint->state != ENDPOINT_OPEN || endpoint->smtp == NULL)
        return UNKNOWN;
    if (endpoint->smtp->tls == YES)
        return YES;
    if (endpoint->smtp->starttls_offered == NO || refuses_starttls(endpoint->smtp) ||
        handshake_failed(first_handshake(endpoint->tls, NULL)))
        return NO;
    return UNKNOWN;
}

void judge_endpoints(struct judgement *judgement, const struct check *check,
                     bool (*concerns)(const struct endpoint_facts *endpoint),
                     void (*judge_one)(struct judgement *judgement, const struct check *check,
                                       const struct subject *subject, const struct endpoint_facts *endpoint))
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct subject subject;

        if (!concerns(endpoint))
            continue;
        subject = subject_endpoint(judgement, endpoint, NULL);
        judge_one(judgement, check, &subject, endpoint);
    }
}

/* ---- certificates ---- */

static bool has_leaf(const struct list *shown, const struct certificate_facts *certificate)
{
    for (size_t i = 0; i < shown->count; i++) {
        const struct shown_certificate *known = shown->items[i];

        if (known->certificate == certificate || same_text(known->certificate->sha256, certificate->sha256))
            return true;
    }
    return false;
}

static void add_shown(struct judgement *judgement, struct list *shown,
                      const struct certificate_facts *certificate, const char *host, const char *key_type)
{
    struct shown_certificate *item;

    if (has_leaf(shown, certificate))
        return;
    item = list_new_item(shown, judgement->arena, sizeof(*item));
    if (item == NULL) {
        judgement->failed = true;
        return;
    }
    item->certificate = certificate;
    item->host = host;
    item->key_type = key_type;
}

bool certificate_is_for(const struct certificate_facts *certificate, const char *host)
{
    return certificate->name == NULL || same_name(certificate->name, host);
}

static const char *key_type_of(const struct certificate_facts *certificate)
{
    return certificate->key == NULL ? NULL : certificate->key->type;
}

struct list certificates_for(struct judgement *judgement, const struct endpoint_facts *endpoint,
                             const char *host)
{
    const struct tls_facts *tls = endpoint->tls;
    const struct certificate_facts *first = NULL;
    struct list shown = {0};
    const struct tls_handshake_facts *handshake = first_handshake(tls, host);
    /* What the server shows by itself. */
    const char *leaf = handshake == NULL ? NULL : handshake->leaf_sha256;

    if (tls == NULL)
        return shown;
    for (size_t i = 0; i < tls->certificates.count && first == NULL; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];

        if (certificate_is_for(certificate, host) && (leaf == NULL || same_text(certificate->sha256, leaf)))
            first = certificate;
    }
    if (first != NULL)
        add_shown(judgement, &shown, first, host, NULL);
    for (size_t i = 0; i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];
        const char *type = key_type_of(certificate);

        if (certificate_is_for(certificate, host))
            add_shown(judgement, &shown, certificate, host,
                      first != NULL && same_text(type, key_type_of(first)) ? NULL : type);
    }
    return shown;
}

struct list certificates_of(struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    struct list names = endpoint_names(judgement, endpoint), all = {0};

    for (size_t i = 0; i < names.count; i++) {
        struct list shown = certificates_for(judgement, endpoint, names.items[i]);

        for (size_t j = 0; j < shown.count; j++) {
            const struct shown_certificate *item = shown.items[j];

            add_shown(judgement, &all, item->certificate, item->host, item->key_type);
        }
    }
    return all;
}

const char *certificate_missing(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                const char *host, enum outcome *ret_outcome)
{
    const char *reason = tls_missing(judgement, endpoint, ret_outcome);
    const struct tls_handshake_facts *handshake;

    if (reason != NULL)
        return reason;
    *ret_outcome = OUTCOME_NOT_TESTED;
    reason = tls_wants_name(endpoint->tls);
    if (reason != NULL)
        return reason;
    handshake = first_handshake(endpoint->tls, host);
    if (handshake == NULL)
        return "no handshake was made with this name";
    if (handshake->result == TLS_COMPLETE)
        return "the server showed no certificate";
    return kept(judgement,
                arena_format(judgement->arena, "the handshake did not complete: %s",
                             text_or(handshake->reason, text_or(handshake->alert, "no reason known"))));
}

struct subject subject_certificate(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                   const struct shown_certificate *shown)
{
    struct subject subject = subject_endpoint(judgement, endpoint, shown->host);

    if (shown->key_type != NULL) {
        subject.key_type = shown->key_type;
        subject.text =
            kept(judgement, arena_format(judgement->arena, "%s (%s)", subject.text, shown->key_type));
    }
    return subject;
}

void judge_certificates(struct judgement *judgement, const struct check *check,
                        void (*judge_one)(struct judgement *judgement, const struct check *check,
                                          const struct subject *subject,
                                          const struct endpoint_facts *endpoint,
                                          const struct certificate_facts *certificate))
{
    const struct list *endpoints = observed_endpoints(judgement);

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        struct list shown = certificates_of(judgement, endpoint);

        for (size_t j = 0; j < shown.count; j++) {
            const struct shown_certificate *item = shown.items[j];
            struct subject subject = subject_certificate(judgement, endpoint, item);

            judge_one(judgement, check, &subject, endpoint, item->certificate);
        }
        if (shown.count == 0) {
            struct subject subject = subject_endpoint(judgement, endpoint, NULL);
            enum outcome outcome;
            const char *reason = certificate_missing(judgement, endpoint, NULL, &outcome);

            finding_untested(judgement, check, &subject, outcome, reason);
        }
    }
}

const char *not_public(const struct judgement *judgement, const struct certificate_facts *certificate,
                       enum outcome *ret_outcome)
{
    *ret_outcome = OUTCOME_NOT_APPLICABLE;
    if (!same_text(observed_settings(judgement)->roots, "system"))
        return "it was verified against other roots than the public ones";
    switch (certificate->trusted) {
    case YES:
        return NULL;
    case NO:
        return "it is not from a public certificate authority";
    case UNKNOWN:
        break;
    }
    *ret_outcome = OUTCOME_NOT_TESTED;
    return "the certificate was not verified";
}

const char *key_words(struct judgement *judgement, const struct key_facts *key)
{
    if (key == NULL || key->type == NULL)
        return "unknown key";
    if (same_text(key->type, "other"))
        return "a key of another kind";
    if (key->curve != NULL)
        return kept(judgement, arena_format(judgement->arena, "%s %s", key->type, key->curve));
    if (key->bits.known)
        return kept(judgement,
                    arena_format(judgement->arena, "%s %lld", key->type, (long long)key->bits.value));
    return key->type;
}
