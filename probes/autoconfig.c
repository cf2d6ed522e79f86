/*
 * autoconfig.c - what a mail program finds that is told nothing but a mail address
 *
 *   SRV _imaps._tcp.example.org ...                                        servers (RFC 6186, 8314, 5804)
 *   GET https://autoconfig.example.org/mail/config-v1.1.xml                Mozilla's file
 *   GET https://example.org/.well-known/autoconfig/mail/config-v1.1.xml    the same; by plain HTTP when HTTPS has none
 *   POST https://autodiscover.example.org/autodiscover/autodiscover.xml    Microsoft's Autodiscover, also at the domain
 *                                                                          and where _autodiscover._tcp leads
 *
 * All side by side, then where the names lead that were found. Files are asked for as for outpost@DOMAIN: an address
 * that tells whoever reads the log who asked. Judged in reports/checks/autoconfig.c and autoconfig_consistent.c.
 */
#include "probes/autoconfig_web.h"
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum {
    TARGETS_MAX = 8, /* records of one service */
    HOSTS_MAX = 16,
    PATIENCE_MS = 30000, /* of all: servers that let others wait may redirect to more of them */
};

static const char *const services[] = {"_submissions._tcp", "_submission._tcp",  "_imaps._tcp",
                                       "_imap._tcp",        "_pop3s._tcp",       "_pop3._tcp",
                                       "_sieve._tcp",       "_autodiscover._tcp"};
enum { SERVICES = sizeof services / sizeof services[0] };

/* Whose addresses are looked up together with the SRV records. */
enum { AT_AUTOCONFIG, AT_AUTODISCOVER, AT_DOMAIN, PLACES };

struct lookup {
    struct autoconfig_web web;
    struct autoconfig_facts *facts;
    struct question questions[SERVICES + 2 * PLACES];
};

/* ---- SRV records ---- */

static bool comes_before(const struct srv_target_facts *a, const struct srv_target_facts *b)
{
    if (a->priority.value != b->priority.value)
        return a->priority.value < b->priority.value;
    return a->weight.value > b->weight.value;
}

static int add_target(struct list *targets, const struct dns_srv *srv, struct arena *arena)
{
    struct srv_target_facts *target = list_new_item(targets, arena, sizeof *target);
    size_t place;

    if (target == NULL)
        return -ENOMEM;
    *target = (struct srv_target_facts){.priority = number(srv->priority),
                                        .weight = number(srv->weight),
                                        .port = number(srv->port),
                                        .host = srv->target};
    for (place = targets->count - 1; place > 0 && comes_before(target, targets->items[place - 1]); place--)
        targets->items[place] = targets->items[place - 1];
    targets->items[place] = target;
    return 0;
}

static int read_service(struct lookup *lookup, size_t index)
{
    const struct question *question = &lookup->questions[index];
    struct srv_facts *facts = list_new_item(&lookup->facts->srv, lookup->web.arena, sizeof *facts);

    if (facts == NULL)
        return -ENOMEM;
    facts->service = services[index];
    facts->question = question->facts;
    if (question->answer == NULL || question->answer->outcome == DNS_FAILURE)
        return 0;
    facts->targets.observed = true;
    for (size_t i = 0; i < question->answer->records.count && facts->targets.count < TARGETS_MAX; i++) {
        struct dns_srv srv;
        int error = dns_record_srv(question->answer->records.items[i], lookup->web.arena, &srv);

        if (error == 0)
            error = add_target(&facts->targets, &srv, lookup->web.arena);
        if (error < 0 && error != -EBADMSG)
            return error;
    }
    return 0;
}

static int read_services(struct lookup *lookup)
{
    int error = 0;

    for (size_t i = 0; i < SERVICES && error == 0; i++)
        error = read_service(lookup, i);
    return error;
}

/* All that can be asked at once. */
static int ask_all(struct lookup *lookup)
{
    static const char *const prefixes[PLACES] = {"autoconfig.", "autodiscover.", ""};
    struct question *question = lookup->questions;

    for (size_t i = 0; i < SERVICES; i++, question++) {
        question->type = DNS_SRV;
        question->name = arena_format(lookup->web.arena, "%s.%s", services[i], lookup->web.domain);
    }
    for (size_t i = 0; i < PLACES; i++, question += 2) {
        question[0].type = DNS_A;
        question[1].type = DNS_AAAA;
        question[0].name = question[1].name =
            arena_format(lookup->web.arena, "%s%s", prefixes[i], lookup->web.domain);
    }
    for (size_t i = 0; i < SERVICES + 2 * PLACES; i++)
        if (lookup->questions[i].name == NULL)
            return -ENOMEM;
    return questions_ask(lookup->web.network, lookup->questions, SERVICES + 2 * PLACES, lookup->web.deadline,
                         lookup->web.arena);
}

/* ---- all of them ---- */

static const char *autodiscover_request(struct lookup *lookup)
{
    return arena_format(
        lookup->web.arena,
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<Autodiscover "
        "xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006\">\n"
        "  <Request>\n"
        "    <EMailAddress>%s</EMailAddress>\n"
        "    <AcceptableResponseSchema>"
        "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
        "</AcceptableResponseSchema>\n"
        "  </Request>\n"
        "</Autodiscover>\n",
        lookup->facts->address);
}

/* The host that _autodiscover._tcp names first; NULL: none. */
static const char *autodiscover_target(const struct autoconfig_facts *facts)
{
    const struct srv_facts *srv = facts->srv.items[SERVICES - 1];
    const struct srv_target_facts *first = srv->targets.count > 0 ? srv->targets.items[0] : NULL;

    return first == NULL || first->port.value != 443 || strcmp(first->host, ".") == 0 ? NULL : first->host;
}

static bool has_file(const struct autoconfig_place_facts *place)
{
    return place->file != NULL && place->file->root != NULL && text_equal(place->file->root, "clientConfig");
}

/* Is somebody there who may have by plain HTTP what HTTPS did not give? */
static bool is_there(const struct autoconfig_place_facts *place)
{
    for (size_t i = 0; i < place->fetches.count; i++) {
        const struct autoconfig_fetch_facts *fetch = place->fetches.items[i];

        if (fetch->result == FETCH_ANSWERED || fetch->result == FETCH_REFUSED ||
            fetch->result == FETCH_CERTIFICATE || fetch->result == FETCH_BROKEN)
            return true;
    }
    return false;
}

static int search_all(struct lookup *lookup)
{
    struct autoconfig_facts *facts = lookup->facts;
    const struct question *at = lookup->questions + SERVICES;
    const struct question *autoconfig = at + (ptrdiff_t)2 * AT_AUTOCONFIG;
    const struct question *autodiscover = at + (ptrdiff_t)2 * AT_AUTODISCOVER;
    const struct question *domain = at + (ptrdiff_t)2 * AT_DOMAIN;
    const char *request = autodiscover_request(lookup);
    const char *query = arena_format(lookup->web.arena, "/mail/config-v1.1.xml?emailaddress=outpost%%40%s",
                                     lookup->web.domain);
    const char *well_known = "/.well-known/autoconfig/mail/config-v1.1.xml";
    const char *pox = "/autodiscover/autodiscover.xml";
    struct autoconfig_search searches[] = {
        {&facts->mozilla_host, false, autoconfig->name, query, NULL, autoconfig},
        {&facts->mozilla_well_known, false, domain->name, well_known, NULL, domain},
        {&facts->microsoft_host, false, autodiscover->name, pox, request, autodiscover},
        {&facts->microsoft_domain, false, domain->name, pox, request, domain},
        {&facts->microsoft_srv, false, autodiscover_target(facts), pox, request, NULL},
    };
    struct autoconfig_search plain[] = {
        {&facts->mozilla_host_http, true, autoconfig->name, query, NULL, autoconfig},
        {&facts->mozilla_well_known_http, true, domain->name, well_known, NULL, domain},
    };
    int error;

    if (request == NULL || query == NULL)
        return -ENOMEM;
    error = autoconfig_web_ask(&lookup->web, searches, sizeof searches / sizeof searches[0]);
    if (error < 0 || has_file(facts->mozilla_host) || has_file(facts->mozilla_well_known))
        return error;
    if (!is_there(facts->mozilla_host))
        plain[0].host = NULL;
    if (!is_there(facts->mozilla_well_known))
        plain[1].host = NULL;
    return autoconfig_web_ask(&lookup->web, plain, sizeof plain / sizeof plain[0]);
}

/* ---- where the names lead ---- */

static int add_host(struct lookup *lookup, const char *name)
{
    struct list *hosts = &lookup->facts->hosts;
    struct autoconfig_host_facts *host;

    if (hosts->count >= HOSTS_MAX || name == NULL || strcmp(name, ".") == 0)
        return 0;
    for (size_t i = 0; i < hosts->count; i++)
        if (text_same_name(((const struct autoconfig_host_facts *)hosts->items[i])->name, name))
            return 0;
    host = list_new_item(hosts, lookup->web.arena, sizeof *host);
    if (host == NULL)
        return -ENOMEM;
    host->name = name;
    return 0;
}

static int collect_hosts(struct lookup *lookup)
{
    const struct autoconfig_facts *facts = lookup->facts;
    const struct autoconfig_place_facts *const places[] = {
        facts->mozilla_host,      facts->mozilla_well_known,
        facts->mozilla_host_http, facts->mozilla_well_known_http,
        facts->microsoft_host,    facts->microsoft_domain,
        facts->microsoft_srv};

    for (size_t i = 0; i < facts->srv.count; i++) {
        const struct srv_facts *srv = facts->srv.items[i];

        for (size_t j = 0; j < srv->targets.count; j++)
            if (add_host(lookup, ((const struct srv_target_facts *)srv->targets.items[j])->host) < 0)
                return -ENOMEM;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct autoconfig_file_facts *file = places[i] == NULL ? NULL : places[i]->file;

        for (size_t j = 0; file != NULL && j < file->servers.count; j++)
            if (add_host(lookup, ((const struct autoconfig_server_facts *)file->servers.items[j])->host) < 0)
                return -ENOMEM;
    }
    return 0;
}

static int look_up_hosts(struct lookup *lookup)
{
    struct list *hosts = &lookup->facts->hosts;
    struct question questions[2 * HOSTS_MAX] = {0};
    int error;

    hosts->observed = true;
    error = collect_hosts(lookup);
    if (error < 0)
        return error;
    for (size_t i = 0; i < hosts->count; i++) {
        const struct autoconfig_host_facts *host = hosts->items[i];

        questions[2 * i] = (struct question){.name = host->name, .type = DNS_A};
        questions[2 * i + 1] = (struct question){.name = host->name, .type = DNS_AAAA};
    }
    error = questions_ask(lookup->web.network, questions, 2 * hosts->count, lookup->web.deadline,
                          lookup->web.arena);
    for (size_t i = 0; i < hosts->count; i++) {
        struct autoconfig_host_facts *host = hosts->items[i];

        host->a = questions[2 * i].facts;
        host->aaaa = questions[2 * i + 1].facts;
    }
    return error;
}

int autoconfig_probe(struct network *network, const struct scan_settings *settings, const char *domain,
                     int64_t deadline, struct arena *arena, struct autoconfig_facts **ret)
{
    struct autoconfig_facts *facts = arena_alloc(arena, sizeof *facts);
    struct lookup *lookup = arena_alloc(arena, sizeof *lookup);
    int error;

    if (facts == NULL || lookup == NULL)
        return -ENOMEM;
    lookup->facts = facts;
    lookup->web = (struct autoconfig_web){.network = network,
                                          .settings = settings,
                                          .domain = domain,
                                          .deadline = deadline_in(network->engine, PATIENCE_MS, deadline),
                                          .arena = arena};
    facts->address = arena_format(arena, "outpost@%s", domain);
    error = facts->address == NULL ? -ENOMEM : ask_all(lookup);
    if (error == 0)
        error = read_services(lookup);
    if (error == 0)
        error = search_all(lookup);
    if (error == 0)
        error = look_up_hosts(lookup);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
