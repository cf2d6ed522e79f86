/*
 * autoconfig_port.c - does a port keep what mail programs are promised of it?
 *
 *      name -> its addresses -> ports that this scan looked at -> protocol, encryption, certificate
 *
 * Names and ports that were not scanned are not known: the words say which option scans them.
 */
#include "reports/autoconfig_port.h"

#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

/* ---- one port of one address ---- */

static bool speaks(const struct endpoint_facts *endpoint, const char *protocol)
{
    return (is_smtp_family(endpoint) && same_text(protocol, "smtp")) ||
           (is_imap_family(endpoint) && same_text(protocol, "imap")) ||
           (is_pop3_family(endpoint) && same_text(protocol, "pop3")) ||
           (is_service(endpoint, "sieve") && same_text(protocol, "sieve"));
}

static enum known keeps_encryption(const struct promise *promise, const struct endpoint_facts *endpoint,
                                   const char **ret_words)
{
    const struct tls_handshake_facts *handshake = first_handshake(endpoint->tls, NULL);
    bool complete = handshake != NULL && handshake->result == TLS_COMPLETE;
    struct dialogue_seen seen = endpoint_dialogue(endpoint);

    if (is_implicit_tls(endpoint)) {
        *ret_words = "the port speaks TLS from the first byte, and STARTTLS is promised";
        if (promise->security == AUTOCONFIG_STARTTLS)
            return complete ? NO : UNKNOWN;
        *ret_words = "the TLS handshake fails";
        return complete ? YES : handshake_failed(handshake) ? NO : UNKNOWN;
    }
    *ret_words = "the port begins in clear text (STARTTLS), and TLS from the first byte is promised";
    if (promise->security == AUTOCONFIG_TLS)
        return seen.began && endpoint->heard == YES ? NO : UNKNOWN;
    *ret_words = "the port does not offer STARTTLS";
    if (seen.starttls_offered == NO)
        return NO;
    *ret_words = "the TLS handshake fails";
    return complete ? YES : handshake_failed(handshake) ? NO : UNKNOWN;
}

static bool covers(const struct judgement *judgement, const struct promise *promise,
                   const struct certificate_facts *certificate)
{
    return certificate_covers(certificate, promise->host) ||
           (promise->source == BY_SRV && certificate_covers(certificate, observed_dns(judgement)->domain));
}

/* The certificates shown for the name decide; those shown for other names only when they cover it. */
static enum known keeps_name(struct judgement *judgement, const struct promise *promise,
                             const struct endpoint_facts *endpoint, const char **ret_words)
{
    const struct list *certificates = &endpoint->tls->certificates;
    bool any = false, covered = false;

    for (size_t i = 0; i < certificates->count; i++) {
        const struct certificate_facts *certificate = certificates->items[i];
        bool is_for = certificate_is_for(certificate, promise->host);

        if (certificate->sans_left_out.value > 0 || !certificate->sans.observed)
            continue;
        any = any || is_for;
        covered = covered || covers(judgement, promise, certificate);
        if (is_for && !covers(judgement, promise, certificate)) {
            *ret_words = kept_format(
                judgement, "the certificate does not cover %s%s%s", promise->host,
                promise->source == BY_SRV ? ", nor " : "",
                promise->source == BY_SRV ? text_or(observed_dns(judgement)->domain, "the domain") : "");
            return NO;
        }
    }
    if (any || covered)
        return YES;
    *ret_words =
        kept_format(judgement, "which certificate is shown for %s was not looked at (--host %s does)",
                    promise->host, promise->host);
    return UNKNOWN;
}

static enum known endpoint_keeps(struct judgement *judgement, const struct promise *promise,
                                 const struct endpoint_facts *endpoint, const char **ret_words)
{
    enum outcome outcome;
    enum known kept_so_far;
    const char *closed = endpoint_closed(judgement, endpoint, &outcome);

    *ret_words = closed;
    if (closed != NULL)
        return UNKNOWN;
    if (!speaks(endpoint, promise->protocol)) {
        *ret_words =
            kept_format(judgement, "the port is for another service (%s)", text_or(endpoint->service, "?"));
        return endpoint_dialogue(endpoint).began ? NO : UNKNOWN;
    }
    kept_so_far = keeps_encryption(promise, endpoint, ret_words);
    if (kept_so_far == UNKNOWN)
        *ret_words = "whether it speaks TLS could not be seen";
    if (kept_so_far != YES)
        return kept_so_far;
    return keeps_name(judgement, promise, endpoint, ret_words);
}

/* ---- all addresses of the name ---- */

static void add_addresses(struct judgement *judgement, struct list *addresses,
                          const struct dns_question_facts *question)
{
    for (size_t i = 0; question != NULL && i < question->records.count; i++)
        if (list_add(addresses, judgement->arena, question->records.items[i]) < 0)
            judgement->failed = true;
}

/* Texts. --resolve has put its own in place of those of the DNS when the name is a mail host of the scan. */
static struct list addresses_of(struct judgement *judgement, const char *name)
{
    const struct mail_host_facts *host = host_named(judgement, name);
    const struct autoconfig_host_facts *facts = autoconfig_host(judgement, name);
    struct list addresses = {0};

    for (size_t i = 0; host != NULL && i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        if (address->address != NULL &&
            list_add(&addresses, judgement->arena, (void *)(uintptr_t)address->address) < 0)
            judgement->failed = true;
    }
    if (host == NULL && facts != NULL) {
        add_addresses(judgement, &addresses, facts->a);
        add_addresses(judgement, &addresses, facts->aaaa);
    }
    return addresses;
}

static const char *not_scanned(struct judgement *judgement, const struct promise *promise)
{
    if (host_named(judgement, promise->host) == NULL)
        return kept_format(judgement, "%s was not scanned (--host %s does)", promise->host, promise->host);
    return kept_format(judgement, "port %lld was not scanned (--port %lld does)", (long long)promise->port,
                       (long long)promise->port);
}

/* What the ports say, over all addresses. A mail program passes over an address where nobody is, so that this counts
 * only when no other keeps the promise. */
static enum known addresses_keep(struct judgement *judgement, const struct promise *promise,
                                 const struct list *addresses, const char **ret_words)
{
    const char *words, *dead = NULL, *unknown = NULL;
    enum known verdict = UNKNOWN;

    for (size_t i = 0; i < addresses->count; i++) {
        const struct endpoint_facts *endpoint = endpoint_at(judgement, addresses->items[i], promise->port);

        if (endpoint == NULL)
            continue;
        if (endpoint_is_dead(judgement, endpoint)) {
            dead = kept_format(judgement, "nobody is there (%s: %s)", text_or(endpoint->address, "?"),
                               text_or(endpoint->reason, "no answer"));
            continue;
        }
        switch (endpoint_keeps(judgement, promise, endpoint, &words)) {
        case YES:
            verdict = YES;
            break;
        case NO:
            *ret_words = words;
            return NO;
        case UNKNOWN:
            unknown = words;
            break;
        }
    }
    *ret_words = unknown != NULL ? unknown : dead;
    return verdict == YES ? YES : dead != NULL && unknown == NULL ? NO : UNKNOWN;
}

enum known promise_kept(struct judgement *judgement, const struct promise *promise, const char **ret_words)
{
    const struct autoconfig_host_facts *facts = autoconfig_host(judgement, promise->host);
    struct list addresses = addresses_of(judgement, promise->host);
    enum known verdict;

    if (promise->security == AUTOCONFIG_PLAIN) {
        *ret_words = "without encryption passwords and mail are there for everybody to read";
        return NO;
    }
    verdict = addresses_keep(judgement, promise, &addresses, ret_words);
    if (verdict != UNKNOWN || *ret_words != NULL)
        return verdict;
    if (addresses.count == 0 && facts != NULL && has_no_address(facts->a, facts->aaaa)) {
        *ret_words = kept_format(judgement, "%s has no address", promise->host);
        return NO;
    }
    *ret_words = addresses.count == 0 ? kept_format(judgement, "%s could not be looked up", promise->host)
                                      : not_scanned(judgement, promise);
    return UNKNOWN;
}
