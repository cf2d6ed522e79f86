/*
 * dane_model.c - how a sender that enforces DANE treats a mail host, put together from the facts
 *
 * RFC 7672 2.1 (lookups that fail), 2.2 (who is looked up, what an answer means), 3.1 (usages).
 */
#include "reports/dane_model.h"

#include "reports/mta_sts.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum { SMTP_PORT = 25, DANE_EE = 3, DATA_IN_LINE = 64 };

/* ---- records ---- */

const struct dane_facts *dane_facts_of(const struct judgement *judgement, const char *host, int64_t port)
{
    const struct observed_facts *facts = judgement->scan->facts;

    for (size_t i = 0; facts != NULL && i < facts->dane.count; i++) {
        const struct dane_facts *dane = facts->dane.items[i];

        if (dane->port.known && dane->port.value == port && same_name(dane->host, host))
            return dane;
    }
    return NULL;
}

/* The base domain in "_25._tcp.mail.example.org"; NULL: there is none. */
static const char *base_of(const char *owner)
{
    static const char protocol[] = "._tcp.";
    const char *at = owner == NULL ? NULL : strstr(owner, protocol);

    return at == NULL ? NULL : at + strlen(protocol);
}

const struct dns_question_facts *dane_question(const struct dane_facts *dane)
{
    for (size_t i = 0; dane != NULL && i < dane->questions.count; i++) {
        const struct dns_question_facts *question = dane->questions.items[i];

        if (same_name(base_of(question->name), dane->base))
            return question;
    }
    return NULL;
}

const struct tlsa_facts *dane_usable(const struct dane_facts *dane, int64_t usage)
{
    for (size_t i = 0; i < dane->records.count; i++) {
        const struct tlsa_facts *record = dane->records.items[i];

        if (record->use == TLSA_USABLE &&
            (usage < 0 || (record->usage.known && record->usage.value == usage)))
            return record;
    }
    return NULL;
}

static int rank(enum known matched)
{
    return matched == NO ? 0 : matched == UNKNOWN ? 1 : 2;
}

const struct dane_match_facts *dane_match_of(const struct dane_facts *dane, const char *address,
                                             const char *leaf_sha256)
{
    const struct dane_match_facts *worst = NULL;

    for (size_t i = 0; i < dane->matches.count; i++) {
        const struct dane_match_facts *match = dane->matches.items[i];

        if (same_text(match->address, address) && same_text(match->leaf_sha256, leaf_sha256) &&
            (worst == NULL || rank(match->matched) < rank(worst->matched)))
            worst = match;
    }
    return worst;
}

const struct tlsa_facts *dane_matched_record(const struct dane_facts *dane,
                                             const struct dane_match_facts *match)
{
    if (match == NULL || match->matched != YES || !match->record.known || match->record.value < 0 ||
        (uint64_t)match->record.value >= dane->records.count)
        return NULL;
    return dane->records.items[match->record.value];
}

/* ---- words ---- */

static const char *number_text(struct arena *arena, struct number number)
{
    return number.known ? arena_format(arena, "%lld", (long long)number.value) : "?";
}

const char *tlsa_text(struct arena *arena, const struct tlsa_facts *record)
{
    size_t size = record->data.size < DATA_IN_LINE ? record->data.size : DATA_IN_LINE;
    const char *hex = text_hex(arena, record->data.data, size);
    const char *usage = number_text(arena, record->usage), *selector = number_text(arena, record->selector),
               *matching = number_text(arena, record->matching);

    if (hex == NULL || usage == NULL || selector == NULL || matching == NULL)
        return NULL;
    return arena_format(arena, "%s %s %s %s%s", usage, selector, matching, hex,
                        size < record->data.size ? "..." : "");
}

bool dane_record_matched(const struct dane_facts *dane, size_t index)
{
    for (size_t i = 0; i < dane->matches.count; i++) {
        const struct dane_match_facts *match = dane->matches.items[i];

        if (match->matched == YES && match->record.known && (uint64_t)match->record.value == index)
            return true;
    }
    return false;
}

void evidence_tlsa(struct judgement *judgement, struct finding *finding, const struct dane_facts *dane)
{
    for (size_t i = 0; i < dane->records.count; i++) {
        const struct tlsa_facts *record = dane->records.items[i];
        const char *use = "";

        switch (record->use) {
        case TLSA_USABLE:
            use = dane_record_matched(dane, i) ? "matches what is served"
                  : dane->matches.count > 0    ? "matches nothing that was served"
                                               : "usable";
            break;
        case TLSA_SUPERSEDED:
        case TLSA_UNUSABLE:
            use = kept(judgement, arena_format(judgement->arena, "%s: %s",
                                               record->use == TLSA_UNUSABLE ? "not usable" : "not looked at",
                                               text_or(record->reason, "no reason known")));
            break;
        case TLSA_USE_NOT_OBSERVED:
            use = "not looked at";
            break;
        }
        finding_evidence(judgement, finding, "TLSA %s: %s",
                         kept(judgement, tlsa_text(judgement->arena, record)), use);
    }
}

const char *tlsa_line(struct judgement *judgement, const struct dane_facts *dane,
                      const struct certificate_facts *certificate)
{
    if (certificate->spki_sha256 == NULL || !host_name_qualified(dane->base) || !dane->port.known)
        return NULL;
    return kept(judgement, arena_format(judgement->arena, "_%lld._tcp.%s. IN TLSA 3 1 1 %s",
                                        (long long)dane->port.value, dane->base, certificate->spki_sha256));
}

/* ---- what a sender sees ---- */

enum outcome dane_fault(enum known secure)
{
    switch (secure) {
    case YES:
        return OUTCOME_FAIL;
    case NO:
        return OUTCOME_INFO;
    case UNKNOWN:
        break;
    }
    return OUTCOME_WARN;
}

/* Does DNSSEC vouch for the answer? A question without an answer says nothing. */
static enum known is_secure(const struct dns_question_facts *question)
{
    if (question == NULL)
        return UNKNOWN;
    switch (question->security) {
    case DNS_SECURE:
    case DNS_BOGUS: /* it is signed: nobody goes on as if it were not */
        return YES;
    case DNS_INSECURE:
        return NO;
    case DNS_SECURITY_NOT_OBSERVED:
    case DNS_INDETERMINATE:
        break;
    }
    return UNKNOWN;
}

/* Of the addresses: one that is not secure is enough. Addresses that replace the DNS have nothing to validate. */
static enum known addresses_secure(const struct mail_host_facts *host)
{
    const struct dns_question_facts *const questions[] = {host->a, host->aaaa};
    enum known secure = UNKNOWN;
    bool unknown = false;

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        if (questions[i] == NULL || questions[i]->outcome != DNS_DATA)
            continue;
        switch (is_secure(questions[i])) {
        case YES:
            secure = YES;
            break;
        case NO:
            return NO;
        case UNKNOWN:
            unknown = true;
            break;
        }
    }
    return unknown ? UNKNOWN : secure;
}

static void look_at_security(struct dane_view *view)
{
    enum known addresses = addresses_secure(view->host), records = is_secure(view->question);

    if (view->question != NULL && view->question->outcome == DNS_FAILURE)
        records = addresses; /* there is no answer to vouch for */

    view->secure = addresses == NO || records == NO             ? NO
                   : addresses == UNKNOWN || records == UNKNOWN ? UNKNOWN
                                                                : YES;
    if (view->secure == NO)
        view->insecure = addresses == NO ? "the addresses of the host are not signed with DNSSEC"
                                         : "the TLSA records are not signed with DNSSEC";
    else if (view->secure == UNKNOWN)
        view->insecure = "the answers were not validated with DNSSEC";
}

/* A lookup that failed is the host's doing only if the resolver could find its addresses. */
static bool resolver_works(const struct mail_host_facts *host)
{
    const struct dns_question_facts *const questions[] = {host->a, host->aaaa};

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        if (questions[i] != NULL && questions[i]->outcome != DNS_NOT_ASKED &&
            questions[i]->outcome != DNS_FAILURE)
            return true;
    return false;
}

static enum dane_stance stance_of(const struct dane_view *view)
{
    if (view->question == NULL)
        return DANE_UNKNOWN;
    if (view->question->security == DNS_BOGUS)
        return DANE_DEFERRED;
    switch (view->question->outcome) {
    case DNS_NOT_ASKED:
        return DANE_UNKNOWN;
    case DNS_FAILURE:
        return resolver_works(view->host) ? DANE_DEFERRED : DANE_UNKNOWN;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return DANE_ABSENT;
    case DNS_DATA:
        break;
    }
    return dane_usable(view->facts, -1) != NULL ? DANE_AUTHENTICATED : DANE_UNAUTHENTICATED;
}

struct dane_view dane_view_of(const struct judgement *judgement, const struct mail_host_facts *host)
{
    struct dane_view view = {.host = host, .facts = dane_facts_of(judgement, host->name, SMTP_PORT)};

    view.question = dane_question(view.facts);
    view.stance = stance_of(&view);
    look_at_security(&view);
    return view;
}

bool dane_concerns(const struct judgement *judgement, const struct mail_host_facts *host)
{
    if (host->name == NULL || host->literal == YES ||
        (host->source == HOST_IMPLICIT_MX && host->addresses.count == 0))
        return false;
    return host_receives(host) || dane_facts_of(judgement, host->name, SMTP_PORT) != NULL;
}

/* ---- delivery ---- */

/* To one address: YES it is delivered, NO it is not. */
static enum known delivers(const struct judgement *judgement, const struct dane_view *view,
                           const char *address, const char **ret_why)
{
    const struct endpoint_facts *endpoint = endpoint_at(judgement, address, SMTP_PORT);
    const struct tls_handshake_facts *handshake;
    const struct dane_match_facts *match;

    if (endpoint != NULL && endpoint_is_dead(judgement, endpoint))
        return NO; /* to anybody */
    if (endpoint == NULL || starttls_works(endpoint) == UNKNOWN)
        return UNKNOWN;
    if (starttls_works(endpoint) == NO) {
        *ret_why = "not delivered: TLS is a must, and does not work; the sender tries again for days "
                   "(dane.starttls)";
        return NO;
    }
    if (view->stance == DANE_UNAUTHENTICATED)
        return YES;
    handshake = first_handshake(endpoint->tls, view->host->name);
    match = handshake == NULL ? NULL : dane_match_of(view->facts, address, handshake->leaf_sha256);
    if (match != NULL && match->matched == NO)
        *ret_why = "not delivered: no TLSA record matches; the sender tries again for days (dane.match)";
    return match == NULL ? UNKNOWN : match->matched;
}

/* A sender goes on to the next address where one fails. */
static struct delivery delivery_to_any(const struct judgement *judgement, const struct dane_view *view)
{
    const char *why = NULL;
    bool unknown = false;

    for (size_t i = 0; i < view->host->addresses.count; i++) {
        const struct host_address_facts *address = view->host->addresses.items[i];

        switch (delivers(judgement, view, address->address, &why)) {
        case YES:
            return (struct delivery){
                view->stance == DANE_AUTHENTICATED
                    ? "delivered, encrypted, and with proof of whom it was delivered to (dane.match)"
                    : "delivered, encrypted, without proof of whom it was delivered to (dane.usable)",
                false};
        case UNKNOWN:
            unknown = true;
            break;
        case NO:
            break;
        }
    }
    if (unknown)
        return (struct delivery){"not known: the host could not be tested", false};
    return (struct delivery){why, why != NULL};
}

struct delivery dane_delivery(const struct judgement *judgement, const struct mail_host_facts *host)
{
    struct dane_view view = dane_view_of(judgement, host);

    if (view.stance == DANE_ABSENT || (view.secure == NO && view.stance != DANE_UNKNOWN))
        return (struct delivery){NULL, false};
    if (view.stance == DANE_UNKNOWN)
        return (struct delivery){"not tested, the TLSA records could not be looked up", false};
    if (view.secure == UNKNOWN)
        return (struct delivery){"not tested, DNSSEC was not validated", false};
    if (view.stance == DANE_DEFERRED)
        return (struct delivery){
            "not delivered: whether there are TLSA records cannot be known; the sender tries "
            "again for days (dane.lookup)",
            true};
    return delivery_to_any(judgement, &view);
}

/* ---- certificates ---- */

const char certificate_why_dane[] = "Senders that use DANE go by the TLSA records of the host (dane.match).";

/* The view of the host that the certificate was shown for, when senders go by its TLSA records. */
static bool dane_decides(const struct judgement *judgement, const char *name, struct dane_view *ret)
{
    const struct mail_host_facts *host = name == NULL ? NULL : host_named(judgement, name);

    if (host == NULL)
        return false;
    *ret = dane_view_of(judgement, host);
    return ret->stance == DANE_AUTHENTICATED && ret->secure == YES;
}

enum outcome certificate_fault(struct judgement *judgement, const struct endpoint_facts *endpoint,
                               const char *host)
{
    enum outcome outcome = mta_sts_certificate_outcome(judgement, endpoint);
    struct dane_view view;

    return outcome == OUTCOME_WARN && dane_decides(judgement, host, &view) ? OUTCOME_INFO : outcome;
}

enum outcome certificate_age_fault(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                   const char *host, const struct certificate_facts *certificate)
{
    enum outcome outcome = mta_sts_certificate_outcome(judgement, endpoint);
    const struct tlsa_facts *record;
    struct dane_view view;

    if (outcome != OUTCOME_WARN || !dane_decides(judgement, host, &view))
        return outcome;
    record =
        dane_matched_record(view.facts, dane_match_of(view.facts, endpoint->address, certificate->sha256));
    return record != NULL && record->usage.known && record->usage.value == DANE_EE ? OUTCOME_INFO
                                                                                   : OUTCOME_WARN;
}
