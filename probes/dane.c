/*
 * dane.c - TLSA records of the mail hosts, and whether what their ports show matches
 *
 *   mx.example.org  ->  TLSA of _25._tcp.mx.example.org  ->  3 1 1 ab12...  ->  the chains that were shown on port 25
 *
 * RFC 7672 2.2 (where senders look), RFC 7671 7 (the name at the end of an alias is asked first, then the alias), RFC 6698.
 * Senders look only where the address is secure; here all are asked, and what DNSSEC says stands in each question. Other
 * ports are asked at hosts that users connect to. Chains are matched with no connection, from what was noted. Judged in
 * reports/checks/dane.c.
 */
#include "probes/probe.h"
#include "probes/protocol/tlsa.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/tls.h"

#include <errno.h>

enum { BASES_MAX = 2 };

/* One host and port, and what is asked for it. */
struct lookup {
    const struct mail_host_facts *host;
    struct dane_facts *facts;
    bool between_servers;
    const char *bases[BASES_MAX];
    struct question questions[BASES_MAX];
    size_t count;
};

/* ---- whom to ask ---- */

static bool receives(const struct mail_host_facts *host)
{
    switch (host->source) {
    case HOST_MX:
    case HOST_IMPLICIT_MX:
    case HOST_TARGET:
        return true;
    case HOST_OPTION:
    case HOST_NOT_OBSERVED:
        break;
    }
    return false;
}

static bool any_asked_for(const struct dns_facts *dns)
{
    for (size_t i = 0; i < dns->hosts.count; i++)
        if (((const struct mail_host_facts *)dns->hosts.items[i])->asked_for == YES)
            return true;
    return false;
}

/* Users connect to the hosts that were asked for by name; when there are none, it is the MX hosts, most likely. */
static bool concerns(const struct dns_facts *dns, const struct mail_host_facts *host, enum service service)
{
    switch (service) {
    case SERVICE_SMTP:
        return receives(host);
    case SERVICE_SUBMISSION:
    case SERVICE_SUBMISSIONS:
    case SERVICE_IMAPS:
        return host->asked_for == YES || !any_asked_for(dns);
    case SERVICE_NONE:
    case SERVICE_IMAP:
    case SERVICE_POP3:
    case SERVICE_POP3S:
    case SERVICE_SIEVE:
    case SERVICE_TLS:
        break;
    }
    return false;
}

static int add_base(struct lookup *lookup, const char *base, struct arena *arena)
{
    const char *name = arena_format(arena, "_%lld._tcp.%s", (long long)lookup->facts->port.value, base);

    if (name == NULL)
        return -ENOMEM;
    lookup->bases[lookup->count] = base;
    lookup->questions[lookup->count++] = (struct question){.name = name, .type = DNS_TLSA};
    return 0;
}

static int add_lookup(const struct mail_host_facts *host, struct port_setting port, struct arena *arena,
                      struct list *lookups, struct list *dane)
{
    struct lookup *lookup = list_new_item(lookups, arena, sizeof(*lookup));
    const char *expanded = mail_host_alias_end(host);

    if (lookup == NULL)
        return -ENOMEM;
    lookup->host = host;
    lookup->facts = list_new_item(dane, arena, sizeof(*lookup->facts));
    if (lookup->facts == NULL)
        return -ENOMEM;
    lookup->facts->host = host->name;
    lookup->facts->port = number(port.port);
    lookup->between_servers = port.service == SERVICE_SMTP;
    if (expanded != NULL && !text_same_name(expanded, host->name) && add_base(lookup, expanded, arena) < 0)
        return -ENOMEM;
    return add_base(lookup, host->name, arena);
}

static int plan(const struct scan_settings *settings, const struct dns_facts *dns, struct arena *arena,
                struct list *lookups, struct list *dane)
{
    struct port_list ports;

    settings_ports(settings, &ports);
    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        for (size_t j = 0; j < ports.count && host->literal != YES; j++)
            if (concerns(dns, host, ports.ports[j].service) &&
                add_lookup(host, ports.ports[j], arena, lookups, dane) < 0)
                return -ENOMEM;
    }
    return 0;
}

/* ---- the answers ---- */

/* All questions of all lookups, side by side. */
static int ask(struct network *network, struct list *lookups, int64_t deadline, struct arena *arena)
{
    struct question *questions = arena_alloc(arena, (lookups->count + 1) * BASES_MAX * sizeof(*questions));
    size_t count = 0;
    int result;

    if (questions == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < lookups->count; i++) {
        const struct lookup *lookup = lookups->items[i];

        for (size_t j = 0; j < lookup->count; j++)
            questions[count++] = lookup->questions[j];
    }
    result = questions_ask(network, questions, count, deadline, arena);
    count = 0;
    for (size_t i = 0; i < lookups->count; i++) {
        struct lookup *lookup = lookups->items[i];

        for (size_t j = 0; j < lookup->count; j++)
            lookup->questions[j] = questions[count++];
    }
    return result;
}

/* The base domain whose answer counts: a client goes on to the next where there are no secure records, and ends where
 * it cannot know. When no base has any, it is the host itself. */
static size_t choose_base(const struct lookup *lookup)
{
    size_t insecure = lookup->count;

    for (size_t i = 0; i < lookup->count; i++) {
        const struct dns_answer *answer = lookup->questions[i].answer;

        if (answer == NULL || answer->outcome == DNS_FAILURE || answer->security == DNS_BOGUS)
            return i;
        if (answer->outcome == DNS_DATA && answer->security != DNS_INSECURE)
            return i;
        if (answer->outcome == DNS_DATA && insecure == lookup->count)
            insecure = i;
    }
    return insecure < lookup->count ? insecure : lookup->count - 1;
}

static int read_records(const struct dns_answer *answer, bool between_servers, struct arena *arena,
                        struct list *records)
{
    struct tlsa *parsed = arena_alloc(arena, (answer->records.count + 1) * sizeof(*parsed));
    size_t count = 0;

    if (parsed == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < answer->records.count; i++) {
        const struct dns_record *record = answer->records.items[i];

        if (tlsa_parse(record->data, &parsed[count]) == 0)
            count++;
    }
    records->observed = true;
    for (size_t i = 0; i < count; i++) {
        struct tlsa_facts *facts = list_new_item(records, arena, sizeof(*facts));

        if (facts == NULL)
            return -ENOMEM;
        facts->usage = number(parsed[i].usage);
        facts->selector = number(parsed[i].selector);
        facts->matching = number(parsed[i].matching);
        facts->data = parsed[i].data;
        facts->use = tlsa_use_of(parsed, count, i, between_servers, &facts->reason);
    }
    return 0;
}

/* What a certificate must be for that is vouched for by its issuer (RFC 7672 3.2.2): the base domain, and, where an MX
 * record led there that may be trusted, the domain itself and what it is an alias of. */
static int note_names(const struct lookup *lookup, const struct dns_facts *dns, struct arena *arena)
{
    const struct dns_question_facts *mx = dns->mx;
    struct list *names = &lookup->facts->names;
    const char *more[2] = {NULL, NULL};

    if (lookup->between_servers && dns->domain != NULL && receives(lookup->host) &&
        !(mx != NULL && mx->security == DNS_INSECURE)) {
        more[0] = dns->domain;
        more[1] = mx != NULL && mx->aliases.count > 0 ? mx->aliases.items[mx->aliases.count - 1] : NULL;
    }
    if (list_add(names, arena, (void *)(uintptr_t)lookup->facts->base) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (more[i] != NULL && !list_has_text(names, more[i]) &&
            list_add(names, arena, (void *)(uintptr_t)more[i]) < 0)
            return -ENOMEM;
    return 0;
}

static int note_lookup(const struct lookup *lookup, const struct dns_facts *dns, struct arena *arena)
{
    struct dane_facts *facts = lookup->facts;
    size_t chosen = choose_base(lookup);
    const struct dns_answer *answer = lookup->questions[chosen].answer;

    facts->base = lookup->bases[chosen];
    for (size_t i = 0; i < lookup->count; i++)
        if (lookup->questions[i].facts != NULL &&
            list_add(&facts->questions, arena, lookup->questions[i].facts) < 0)
            return -ENOMEM;
    if (note_names(lookup, dns, arena) < 0)
        return -ENOMEM;
    if (answer == NULL || answer->outcome == DNS_FAILURE)
        return 0;
    return read_records(answer, lookup->between_servers, arena, &facts->records);
}

int dane_probe(struct network *network, const struct scan_settings *settings, const struct dns_facts *dns,
               int64_t deadline, struct arena *arena, struct list *dane)
{
    struct list lookups = {0};
    int result = plan(settings, dns, arena, &lookups, dane);

    dane->observed = true;
    if (result < 0 || lookups.count == 0)
        return result;
    result = ask(network, &lookups, deadline, arena);
    if (result < 0 && result != -ECANCELED) /* a probe that was stopped hands over what it has */
        return result;
    for (size_t i = 0; i < lookups.count; i++)
        if (note_lookup(lookups.items[i], dns, arena) < 0)
            return -ENOMEM;
    return 0;
}

/* ---- what was shown ---- */

struct matching {
    struct network *network;
    struct arena *arena;
    struct dane_facts *dane;
    struct tlsa *records; /* the usable ones, and their places among all */
    size_t *places;
    size_t count;
};

static int usable_records(struct matching *matching)
{
    const struct list *all = &matching->dane->records;

    matching->records = arena_alloc(matching->arena, (all->count + 1) * sizeof(*matching->records));
    matching->places = arena_alloc(matching->arena, (all->count + 1) * sizeof(*matching->places));
    if (matching->records == NULL || matching->places == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < all->count; i++) {
        const struct tlsa_facts *facts = all->items[i];

        if (facts->use != TLSA_USABLE)
            continue;
        matching->places[matching->count] = i;
        matching->records[matching->count++] = (struct tlsa){
            .usage = (uint8_t)facts->usage.value,
            .selector = (uint8_t)facts->selector.value,
            .matching = (uint8_t)facts->matching.value,
            .data = facts->data,
        };
    }
    return 0;
}

static int match_certificate(struct matching *matching, const struct endpoint_facts *endpoint,
                             const struct certificate_facts *certificate)
{
    struct dane_match_facts *facts = list_new_item(&matching->dane->matches, matching->arena, sizeof(*facts));
    struct bytes chain[CHAIN_MAX];
    struct tls_dane_result result;
    size_t count = 0;
    int error;

    if (facts == NULL)
        return -ENOMEM;
    for (; count < certificate->chain.count && count < CHAIN_MAX; count++)
        chain[count] = ((const struct chain_certificate_facts *)certificate->chain.items[count])->der;
    facts->address = endpoint->address;
    facts->name = certificate->name;
    facts->leaf_sha256 = certificate->sha256;
    facts->key_type = certificate->key != NULL ? certificate->key->type : NULL;
    error = tls_dane_match(matching->network->tls, matching->records, matching->count, &matching->dane->names,
                           chain, count, engine_wall_seconds(matching->network->engine), matching->arena,
                           &result);
    if (error < 0)
        return error;
    facts->matched = result.matched;
    facts->reason = result.reason;
    if (result.matched == YES) {
        facts->record = number((int64_t)matching->places[result.record]);
        facts->depth = number(result.depth);
    } else if (result.matched == NO && certificate->chain_left_out.value > 0) {
        facts->matched = UNKNOWN;
        facts->reason = "the chain is longer than was kept";
    }
    return 0;
}

static bool has_address(const struct mail_host_facts *host, const char *address)
{
    for (size_t i = 0; i < host->addresses.count; i++)
        if (text_equal(((const struct host_address_facts *)host->addresses.items[i])->address, address))
            return true;
    return false;
}

static bool is_shown_for(const struct certificate_facts *certificate, const struct dane_facts *dane)
{
    return certificate->name == NULL || text_same_name(certificate->name, dane->host) ||
           text_same_name(certificate->name, dane->base);
}

static int match_endpoint(struct matching *matching, const struct endpoint_facts *endpoint)
{
    int result = 0;

    for (size_t i = 0; endpoint->tls != NULL && i < endpoint->tls->certificates.count && result == 0; i++) {
        const struct certificate_facts *certificate = endpoint->tls->certificates.items[i];

        if (is_shown_for(certificate, matching->dane))
            result = match_certificate(matching, endpoint, certificate);
    }
    return result;
}

static int match_host(struct network *network, const struct mail_host_facts *host,
                      const struct list *endpoints, struct arena *arena, struct dane_facts *dane)
{
    struct matching matching = {.network = network, .arena = arena, .dane = dane};
    int result = usable_records(&matching);

    if (result < 0 || matching.count == 0)
        return result;
    dane->matches.observed = true;
    for (size_t i = 0; i < endpoints->count && result == 0; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (endpoint->port.value == dane->port.value && has_address(host, endpoint->address))
            result = match_endpoint(&matching, endpoint);
    }
    return result;
}

int dane_match(struct network *network, const struct dns_facts *dns, const struct list *endpoints,
               struct arena *arena, struct list *dane)
{
    for (size_t i = 0; i < dane->count; i++) {
        struct dane_facts *facts = dane->items[i];

        for (size_t j = 0; j < dns->hosts.count; j++) {
            const struct mail_host_facts *host = dns->hosts.items[j];

            if (text_same_name(host->name, facts->host) &&
                match_host(network, host, endpoints, arena, facts) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}
