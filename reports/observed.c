/*
 * observed.c - what many checks ask of the facts: texts, mail hosts, subjects
 *
 * What it asks of a port stands in observed_endpoint.c, on top of this.
 */
#include "reports/observed.h"

#include "reports/names.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdarg.h>
#include <string.h>

/* ---- texts ---- */

bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && text_equal(a, b);
}

bool same_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && text_same_name(a, b);
}

const char *text_or(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

const char *kept(struct judgement *judgement, const char *text)
{
    if (text == NULL)
        judgement->failed = true;
    return text_or(text, "");
}

const char *kept_format(struct judgement *judgement, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = kept(judgement, arena_vformat(judgement->arena, format, arguments));
    va_end(arguments);
    return text;
}

const char *day_of(struct judgement *judgement, struct number time)
{
    char *text = time.known ? text_time(judgement->arena, time.value) : NULL;

    if (text == NULL)
        return "an unknown day";
    text[strlen("2026-11-22")] = '\0';
    return text;
}

/* ---- what was observed ---- */

static const struct list nothing_observed;

static const struct observed_facts *observed(const struct judgement *judgement)
{
    static const struct observed_facts nothing;

    return judgement->scan->facts != NULL ? judgement->scan->facts : &nothing;
}

const struct dns_facts *observed_dns(const struct judgement *judgement)
{
    static const struct dns_facts nothing;
    const struct dns_facts *dns = observed(judgement)->dns;

    return dns != NULL ? dns : &nothing;
}

const struct dnssec_facts *observed_dnssec(const struct judgement *judgement)
{
    static const struct dnssec_facts nothing;
    const struct dnssec_facts *dnssec = observed(judgement)->dnssec;

    return dnssec != NULL ? dnssec : &nothing;
}

const struct list *observed_hosts(const struct judgement *judgement)
{
    return &observed_dns(judgement)->hosts;
}

const struct list *observed_endpoints(const struct judgement *judgement)
{
    return &observed(judgement)->endpoints;
}

const struct vantage_facts *observed_vantage(const struct judgement *judgement)
{
    static const struct vantage_facts nothing;
    const struct vantage_facts *vantage = judgement->scan->vantage;

    return vantage != NULL ? vantage : &nothing;
}

const struct settings_facts *observed_settings(const struct judgement *judgement)
{
    static const struct settings_facts nothing;
    const struct settings_facts *settings = judgement->scan->settings;

    return settings != NULL ? settings : &nothing;
}

const struct ptr_facts *observed_ptr(const struct judgement *judgement, const char *address)
{
    const struct list *all = &observed(judgement)->ptr;

    for (size_t i = 0; i < all->count; i++) {
        const struct ptr_facts *ptr = all->items[i];

        if (same_text(ptr->address, address))
            return ptr;
    }
    return NULL;
}

struct name_questions observed_name(const struct judgement *judgement, const char *name)
{
    const struct mail_host_facts *host = host_named(judgement, name);
    const struct list *names = &observed(judgement)->helo;

    if (host != NULL)
        return (struct name_questions){host->a, host->aaaa};
    for (size_t i = 0; i < names->count; i++) {
        const struct helo_facts *helo = names->items[i];

        if (same_name(helo->name, name))
            return (struct name_questions){helo->a, helo->aaaa};
    }
    return (struct name_questions){NULL, NULL};
}

/* ---- mail hosts ---- */

bool host_receives(const struct mail_host_facts *host)
{
    switch (host->source) {
    case HOST_MX:
    case HOST_IMPLICIT_MX:
        return true;
    case HOST_NOT_OBSERVED:
    case HOST_OPTION:
    case HOST_TARGET:
        break;
    }
    return false;
}

bool host_is_typed(const struct mail_host_facts *host)
{
    /* scans of before the member was there have the source alone */
    return host->asked_for == YES || host->source == HOST_OPTION || host->source == HOST_TARGET;
}

bool host_is_own(const struct judgement *judgement, const char *host)
{
    const char *domain = observed_dns(judgement)->domain;

    return domain == NULL || name_is_within(host, domain);
}

bool host_overridden(const struct mail_host_facts *host)
{
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        if (same_text(address->source, "dns"))
            return false;
    }
    return host->addresses.count > 0;
}

const struct mail_host_facts *host_named(const struct judgement *judgement, const char *name)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (same_name(host->name, name))
            return host;
    }
    return NULL;
}

bool question_denied(const struct dns_question_facts *question)
{
    return question != NULL && (question->outcome == DNS_NODATA || question->outcome == DNS_NXDOMAIN);
}

bool question_lost(const struct dns_question_facts *question)
{
    return question == NULL || question->outcome == DNS_NOT_ASKED || question->outcome == DNS_FAILURE ||
           (question_denied(question) && question->security == DNS_BOGUS);
}

/* By an answer that receivers believe. */
static bool is_denied(const struct dns_question_facts *question)
{
    return question_denied(question) && !question_lost(question);
}

bool domain_takes_no_mail(const struct judgement *judgement)
{
    const struct dns_facts *dns = observed_dns(judgement);

    if (dns->null_mx == YES ||
        (dns->mx != NULL && dns->mx->outcome == DNS_NXDOMAIN && !question_lost(dns->mx)))
        return true;
    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        if (host->source == HOST_IMPLICIT_MX)
            return host->addresses.count == 0 && is_denied(host->a) && is_denied(host->aaaa);
    }
    return false;
}

static bool has_place(const struct list *places, const char *address)
{
    for (size_t i = 0; i < places->count; i++) {
        const struct place *place = places->items[i];

        if (same_text(place->address->address, address))
            return true;
    }
    return false;
}

static void place_add(struct judgement *judgement, struct list *places, const struct mail_host_facts *host,
                      const struct host_address_facts *address)
{
    struct place *place;

    if (address->address == NULL || has_place(places, address->address))
        return;
    place = list_new_item(places, judgement->arena, sizeof(*place));
    if (place == NULL) {
        judgement->failed = true;
        return;
    }
    place->host = host;
    place->address = address;
}

struct list places_all(struct judgement *judgement)
{
    const struct list *hosts = observed_hosts(judgement);
    struct list places = nothing_observed;

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        for (size_t j = 0; j < host->addresses.count; j++)
            place_add(judgement, &places, host, host->addresses.items[j]);
    }
    return places;
}

struct list places_and_senders(struct judgement *judgement)
{
    const struct list *senders = &observed_dns(judgement)->senders;
    struct list places = places_all(judgement);

    for (size_t i = 0; i < senders->count; i++)
        place_add(judgement, &places, NULL, senders->items[i]);
    return places;
}

bool is_ipv6(const char *address)
{
    return address != NULL && strchr(address, ':') != NULL;
}

const char *question_failure(const struct dns_question_facts *question)
{
    if (question == NULL || question->outcome == DNS_NOT_ASKED)
        return "it was not asked";
    if (question->reason != NULL)
        return question->reason;
    if (question->security == DNS_BOGUS)
        return "the answer is bogus";
    if (question->rcode.known && dns_rcode_name(question->rcode.value) != NULL)
        return dns_rcode_name(question->rcode.value);
    return "no usable answer";
}

void evidence_question(struct judgement *judgement, struct finding *finding,
                       const struct dns_question_facts *question)
{
    const char *from, *ttl = "", *answer = "";

    if (question == NULL || question->outcome == DNS_NOT_ASKED)
        return;
    switch (question->outcome) {
    case DNS_NOT_ASKED:
        return;
    case DNS_DATA:
        answer = kept(judgement, text_join(judgement->arena, &question->records, ", "));
        break;
    case DNS_NODATA:
        answer = "the name exists, but has no record of this type";
        break;
    case DNS_NXDOMAIN:
        answer = "the name does not exist (NXDOMAIN)";
        break;
    case DNS_FAILURE:
        answer = question_failure(question);
        break;
    }
    from = question->server == NULL
               ? ""
               : kept(judgement, arena_format(judgement->arena, " (from %s", question->server));
    if (*from != '\0')
        ttl = question->ttl.known ? kept(judgement, arena_format(judgement->arena, ", TTL %lld)",
                                                                 (long long)question->ttl.value))
                                  : ")";
    finding_evidence(judgement, finding, "%s %s: %s%s%s", text_or(question->type, "?"),
                     text_or(question->name, "?"), answer, from, ttl);
    if (question->aliases.count > 0)
        finding_evidence(judgement, finding, "%s is an alias: %s", text_or(question->name, "?"),
                         kept(judgement, text_join(judgement->arena, &question->aliases, " -> ")));
}

void evidence_lines(struct judgement *judgement, struct finding *finding, const struct list *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        finding_evidence(judgement, finding, "%s", (const char *)texts->items[i]);
}

/* ---- which names lead to a port ---- */

static bool host_has_address(const struct mail_host_facts *host, const char *address)
{
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *known = host->addresses.items[i];

        if (same_text(known->address, address))
            return true;
    }
    return false;
}

struct list endpoint_names(struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct list *hosts = observed_hosts(judgement);
    struct list names = {0};

    /* The endpoint may be shared by many targets of a run: only the names of this one count. */
    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (host->name != NULL && host_has_address(host, endpoint->address) &&
            !list_has_text(&names, host->name) &&
            list_add(&names, judgement->arena, (void *)(uintptr_t)host->name) < 0)
            judgement->failed = true;
    }
    if (names.count > 0)
        return names;
    if (endpoint->hosts.count > 0)
        return endpoint->hosts;
    if (list_add(&names, judgement->arena, (void *)(uintptr_t)text_or(endpoint->address, "?")) < 0)
        judgement->failed = true;
    return names;
}

bool endpoint_receives(const struct judgement *judgement, const struct endpoint_facts *endpoint)
{
    const struct list *hosts = observed_hosts(judgement);

    for (size_t i = 0; i < hosts->count; i++) {
        const struct mail_host_facts *host = hosts->items[i];

        if (host_receives(host) && host_has_address(host, endpoint->address))
            return true;
    }
    return false;
}

/* ---- subjects ---- */

struct subject subject_target(struct judgement *judgement)
{
    const struct scan_facts *scan = judgement->scan;
    const char *target = text_or(scan->target, "?");
    struct subject subject = {.text = target};

    if (same_text(scan->target_kind, "address"))
        subject.address = target;
    else if (same_text(scan->target_kind, "host"))
        subject.host = target;
    else
        subject.domain = target;
    return subject;
}

struct subject subject_domain(struct judgement *judgement)
{
    const char *domain = text_or(observed_dns(judgement)->domain, text_or(judgement->scan->target, "?"));

    return (struct subject){.domain = domain, .text = domain};
}

struct subject subject_host(const char *host)
{
    host = text_or(host, "?");
    return (struct subject){.host = host, .text = host};
}

/* A host that is only known by its address has no name to show. */
static bool is_name_of(const char *host, const char *address)
{
    return host != NULL && !same_text(host, address);
}

struct subject subject_address(struct judgement *judgement, const char *host, const char *address)
{
    struct subject subject = {.address = text_or(address, "?")};

    subject.text = subject.address;
    if (is_name_of(host, address)) {
        subject.host = host;
        subject.text = kept(judgement, arena_format(judgement->arena, "%s %s", host, subject.address));
    }
    return subject;
}

struct subject subject_endpoint(struct judgement *judgement, const struct endpoint_facts *endpoint,
                                const char *host)
{
    struct subject subject = {.address = text_or(endpoint->address, "?"), .port = endpoint->port};

    if (host == NULL) {
        struct list names = endpoint_names(judgement, endpoint);

        host = names.count > 0 ? names.items[0] : NULL;
    }
    if (is_name_of(host, endpoint->address))
        subject.host = host;
    subject.text = kept(judgement, arena_format(judgement->arena,
                                                is_ipv6(subject.address) ? "%s%s[%s]:%lld" : "%s%s%s:%lld",
                                                text_or(subject.host, ""), subject.host == NULL ? "" : " ",
                                                subject.address, (long long)subject.port.value));
    return subject;
}

struct finding *finding_untested(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, enum outcome outcome, const char *reason)
{
    struct finding *finding =
        finding_add(judgement, check, subject, outcome,
                    outcome == OUTCOME_NOT_APPLICABLE ? "%s: does not apply, %s" : "%s: not tested, %s",
                    check->title, reason);

    finding->reason = reason;
    return finding;
}

struct finding *finding_record_lost(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct dns_question_facts *question)
{
    return finding_untested(
        judgement, check, subject, OUTCOME_NOT_TESTED,
        kept_format(judgement, "the record could not be looked up (%s)", question_failure(question)));
}

/* ---- three-valued facts ---- */

enum known opposite(enum known fact)
{
    switch (fact) {
    case YES:
        return NO;
    case NO:
        return YES;
    case UNKNOWN:
        break;
    }
    return UNKNOWN;
}

const char *yes_or_no(enum known fact)
{
    switch (fact) {
    case YES:
        return "yes";
    case NO:
        return "no";
    case UNKNOWN:
        break;
    }
    return NULL;
}
