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
 * that tells whoever reads the log who asked. Redirects are followed as mail programs do it, at most three, and each
 * address on the way is checked. Judged in reports/checks/autoconfig.c and autoconfig_consistent.c.
 */
#include "probes/contact.h"
#include "probes/probe.h"
#include "probes/protocol/autoconfig_xml.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/http.h"

#include <errno.h>
#include <string.h>

enum {
    TARGETS_MAX = 8, /* records of one service */
    REDIRECTS_MAX = 3,
    HOSTS_MAX = 16,
    FETCH_TIMEOUT_MS = 10000, /* of one request: who waits for a form to fill itself waits no longer */
};

static const char *const services[] = {"_submissions._tcp", "_submission._tcp",  "_imaps._tcp",
                                       "_imap._tcp",        "_pop3s._tcp",       "_pop3._tcp",
                                       "_sieve._tcp",       "_autodiscover._tcp"};
enum { SERVICES = sizeof services / sizeof services[0] };

/* Whose addresses are looked up together with the SRV records. */
enum { AT_AUTOCONFIG, AT_AUTODISCOVER, AT_DOMAIN, PLACES };

struct lookup {
    struct network *network;
    const struct scan_settings *settings;
    struct arena *arena;
    int64_t deadline;
    const char *domain;
    struct autoconfig_facts *facts;
    struct question questions[SERVICES + 2 * PLACES];
};

/* One place, with its file by plain HTTP where there is such a thing. */
struct search {
    struct lookup *lookup;
    struct autoconfig_place_facts **place, **plain;
    const char *host, *path;
    const char *request;              /* what is sent; NULL: nothing, it is Mozilla's */
    const struct question *questions; /* A and AAAA of the host; NULL: still to be asked */
    int error;
};

/* Whom to connect to: the first of each family that we may. */
struct choice {
    struct address addresses[2];
    size_t count;
    const char *reason; /* why none */
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
    size_t place = targets->count;

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
    struct srv_facts *facts = list_new_item(&lookup->facts->srv, lookup->arena, sizeof *facts);

    if (facts == NULL)
        return -ENOMEM;
    facts->service = services[index];
    facts->question = question->facts;
    if (question->answer == NULL || question->answer->outcome == DNS_FAILURE)
        return 0;
    facts->targets.observed = true;
    for (size_t i = 0; i < question->answer->records.count && facts->targets.count < TARGETS_MAX; i++) {
        struct dns_srv srv;
        int error = dns_record_srv(question->answer->records.items[i], lookup->arena, &srv);

        if (error == 0)
            error = add_target(&facts->targets, &srv, lookup->arena);
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
        question->name = arena_format(lookup->arena, "%s.%s", services[i], lookup->domain);
    }
    for (size_t i = 0; i < PLACES; i++, question += 2) {
        question[0].type = DNS_A;
        question[1].type = DNS_AAAA;
        question[0].name = question[1].name =
            arena_format(lookup->arena, "%s%s", prefixes[i], lookup->domain);
    }
    for (size_t i = 0; i < SERVICES + 2 * PLACES; i++)
        if (lookup->questions[i].name == NULL)
            return -ENOMEM;
    return questions_ask(lookup->network, lookup->questions, SERVICES + 2 * PLACES, lookup->deadline,
                         lookup->arena);
}

/* ---- whom to ask ---- */

static void offer(struct choice *choice, const struct lookup *lookup, const struct address *address)
{
    const char *refusal = contact_refusal(lookup->network, lookup->settings, address);

    if (refusal != NULL) {
        if (choice->reason == NULL)
            choice->reason = refusal;
        return;
    }
    if (choice->count < 2 && (choice->count == 0 || choice->addresses[0].family != address->family))
        choice->addresses[choice->count++] = *address;
}

/* --resolve takes the place of the DNS. `questions` are those for A and AAAA. */
static struct choice choose(const struct lookup *lookup, const char *host, const struct question *questions)
{
    const struct list *overrides = &lookup->settings->overrides;
    struct choice choice = {0};
    bool overridden = false;

    for (size_t i = 0; i < overrides->count; i++) {
        const struct override *override = overrides->items[i];

        if (!text_same_name(override->host, host))
            continue;
        overridden = true;
        offer(&choice, lookup, &override->address);
    }
    for (size_t i = 0; i < 2 && !overridden; i++) {
        const struct dns_answer *answer = questions[i].answer;

        for (size_t j = 0; answer != NULL && j < answer->records.count; j++) {
            struct address address;

            if (dns_record_address(answer->records.items[j], &address) == 0)
                offer(&choice, lookup, &address);
        }
    }
    return choice;
}

/* The host and port of a URL; NULL: it is none that is fetched here. */
static const char *host_of(struct arena *arena, const char *url, int64_t *ret_port)
{
    bool plain = text_starts_with(url, "http://");
    const char *at = url + strlen(plain ? "http://" : "https://");
    size_t size = strcspn(at, "/?#");
    const char *authority = arena_text_sized(arena, at, size);
    char *colon;

    if (authority == NULL || size == 0 || strpbrk(authority, "@[]\\% ") != NULL)
        return NULL;
    *ret_port = plain ? 80 : 443;
    colon = strchr(authority, ':');
    if (colon == NULL)
        return authority;
    *colon = '\0';
    return text_number(colon + 1, 1, UINT16_MAX, ret_port) == 0 && *authority != '\0' ? authority : NULL;
}

/* ---- one request ---- */

static enum autoconfig_result result_of(enum http_failure failure)
{
    switch (failure) {
    case HTTP_ANSWERED:
        return AUTOCONFIG_ANSWERED;
    case HTTP_NOT_ASKED:
        return AUTOCONFIG_NOT_OBSERVED;
    case HTTP_REFUSED:
        return AUTOCONFIG_REFUSED;
    case HTTP_UNREACHED:
        return AUTOCONFIG_UNREACHED;
    case HTTP_CERTIFICATE:
        return AUTOCONFIG_CERTIFICATE;
    case HTTP_TOO_LARGE:
        return AUTOCONFIG_TOO_LARGE;
    case HTTP_SLOW:
        return AUTOCONFIG_SLOW;
    case HTTP_BROKEN:
        return AUTOCONFIG_BROKEN;
    }
    return AUTOCONFIG_NOT_OBSERVED;
}

static void note_response(const struct lookup *lookup, struct autoconfig_fetch_facts *facts,
                          const struct http_response *response)
{
    facts->contacted = known(response->failure != HTTP_NOT_ASKED);
    facts->result = result_of(response->failure);
    facts->reason = response->error;
    facts->milliseconds = number(response->milliseconds);
    /* What was late because the whole scan was is no fault of the server. */
    if ((response->failure == HTTP_SLOW || response->failure == HTTP_UNREACHED) &&
        engine_now(lookup->network->engine) >= lookup->deadline) {
        facts->result = AUTOCONFIG_NOT_OBSERVED;
        facts->reason = "the time of the scan was over";
    }
    if (facts->result != AUTOCONFIG_ANSWERED)
        return;
    facts->status = number(response->status);
    facts->content_type = response->content_type;
    facts->location = response->location;
    facts->challenge = response->challenge;
    facts->size = number((int64_t)response->body.size);
}

static int fetch(const struct search *search, struct autoconfig_place_facts *place, const char *url,
                 int64_t port, const struct address *address, struct http_response **ret)
{
    struct lookup *lookup = search->lookup;
    struct autoconfig_fetch_facts *facts = list_new_item(&place->fetches, lookup->arena, sizeof *facts);
    struct http_request request = {.url = url,
                                   .address = address,
                                   .body_max = AUTOCONFIG_DOCUMENT_MAX,
                                   .timeout_ms = FETCH_TIMEOUT_MS,
                                   .allow_http = text_starts_with(url, "http://"),
                                   .post = search->request,
                                   .post_type = "text/xml; charset=utf-8"};
    char text[ADDRESS_TEXT_SIZE];
    int error;

    if (facts == NULL)
        return -ENOMEM;
    facts->url = url;
    facts->port = number(port);
    facts->contacted = NO;
    facts->address = arena_text(lookup->arena, address_format(address, text));
    if (facts->address == NULL)
        return -ENOMEM;
    error = http_get(lookup->network->http, &request, lookup->deadline, lookup->arena, ret);
    if (error == 0)
        note_response(lookup, facts, *ret);
    else if (error == -ECANCELED) {
        facts->contacted = YES;
        facts->reason = "the scan was stopped";
    } else if (error == -EINVAL) {
        facts->reason = "it is not a URL that can be fetched";
        error = 0;
    }
    return error;
}

/* ---- the way to a file ---- */

struct parsing {
    const struct search *search;
    struct bytes document;
    struct autoconfig_file_facts *file;
    int error;
};

static void parse(void *argument)
{
    struct parsing *parsing = argument;
    const struct lookup *lookup = parsing->search->lookup;

    parsing->error =
        parsing->search->request == NULL
            ? autoconfig_mozilla_read(parsing->document, lookup->domain, lookup->arena, &parsing->file)
            : autoconfig_microsoft_read(parsing->document, lookup->arena, &parsing->file);
}

static bool is_redirect(const struct http_response *response)
{
    return response->failure == HTTP_ANSWERED && response->status >= 300 && response->status < 400 &&
           response->location != NULL;
}

/* Asks for `url`, an address after the other until one connects. *ret stays NULL when there was no response. */
static int visit(const struct search *search, struct autoconfig_place_facts *place, const char *url,
                 int64_t port, const struct choice *choice, struct http_response **ret)
{
    int error = 0;
    bool go_on = true;

    for (size_t i = 0; i < choice->count && go_on && error == 0; i++) {
        struct http_response *response = NULL;

        error = fetch(search, place, url, port, &choice->addresses[i], &response);
        go_on =
            response != NULL && (response->failure == HTTP_REFUSED || response->failure == HTTP_UNREACHED);
        *ret = response;
    }
    return error;
}

/* Where a redirect leads, with the addresses there; ret_url stays NULL when it is not followed. */
static int take_redirect(const struct search *search, struct autoconfig_place_facts *place, const char *from,
                         const char *location, const char **ret_url, int64_t *ret_port,
                         struct choice *ret_choice)
{
    struct lookup *lookup = search->lookup;
    struct question questions[] = {{.type = DNS_A}, {.type = DNS_AAAA}};
    bool plain = text_starts_with(location, "http://");
    const char *host =
        plain || text_starts_with(location, "https://") ? host_of(lookup->arena, location, ret_port) : NULL;
    int error;

    if (host == NULL || (plain && text_starts_with(from, "https://"))) {
        place->reason = host == NULL ? "the redirect leads to no URL that can be fetched"
                                     : "a redirect from HTTPS to plain HTTP is not followed";
        return 0;
    }
    questions[0].name = questions[1].name = host;
    error = questions_ask(lookup->network, questions, 2, lookup->deadline, lookup->arena);
    if (error < 0)
        return error;
    *ret_choice = choose(lookup, host, questions);
    if (ret_choice->count > 0)
        *ret_url = location;
    else
        place->reason = ret_choice->reason != NULL ? ret_choice->reason : "the redirect leads to no address";
    return 0;
}

static int search_place(const struct search *search, struct autoconfig_place_facts *place, const char *url,
                        const struct choice *first)
{
    struct lookup *lookup = search->lookup;
    struct choice choice = *first;
    int64_t port = text_starts_with(url, "http://") ? 80 : 443;
    int error = 0;

    for (size_t redirects = 0; url != NULL && error == 0; redirects++) {
        struct http_response *response = NULL;
        const char *next = NULL;

        error = visit(search, place, url, port, &choice, &response);
        if (error < 0 || response == NULL)
            return error;
        if (is_redirect(response) && redirects >= REDIRECTS_MAX)
            place->reason = "there are more than 3 redirects";
        else if (is_redirect(response))
            error = take_redirect(search, place, url, response->location, &next, &port, &choice);
        else if (response->failure == HTTP_ANSWERED && response->status == 200) {
            struct parsing parsing = {.search = search, .document = response->body};

            engine_call_on_loop(lookup->network->engine, parse, &parsing);
            place->file = parsing.file;
            error = parsing.error;
        }
        url = next;
    }
    return error;
}

/* Did HTTPS give nothing, and is there somebody who may have it by plain HTTP? */
static bool has_no_file(const struct autoconfig_place_facts *place)
{
    const struct autoconfig_fetch_facts *last;

    if (place->fetches.count == 0 ||
        (place->file != NULL && place->file->root != NULL && text_equal(place->file->root, "clientConfig")))
        return false;
    last = place->fetches.items[place->fetches.count - 1];
    return last->result == AUTOCONFIG_ANSWERED || last->result == AUTOCONFIG_REFUSED ||
           last->result == AUTOCONFIG_CERTIFICATE || last->result == AUTOCONFIG_BROKEN;
}

static struct autoconfig_place_facts *place_new(const struct search *search, const struct question *questions)
{
    struct autoconfig_place_facts *place = arena_alloc(search->lookup->arena, sizeof *place);

    if (place == NULL)
        return NULL;
    place->host = search->host;
    place->a = questions[0].facts;
    place->aaaa = questions[1].facts;
    place->fetches.observed = true;
    return place;
}

static int run_search(struct search *search)
{
    struct lookup *lookup = search->lookup;
    struct question own[] = {{.name = search->host, .type = DNS_A}, {.name = search->host, .type = DNS_AAAA}};
    const struct question *questions = search->questions;
    const char *url = arena_format(lookup->arena, "https://%s%s", search->host, search->path);
    const char *plain = arena_format(lookup->arena, "http://%s%s", search->host, search->path);
    struct choice choice;
    int error = url == NULL || plain == NULL ? -ENOMEM : 0;

    if (error == 0 && questions == NULL) {
        questions = own;
        error = questions_ask(lookup->network, own, 2, lookup->deadline, lookup->arena);
    }
    if (error < 0)
        return error;
    *search->place = place_new(search, questions);
    if (*search->place == NULL)
        return -ENOMEM;
    choice = choose(lookup, search->host, questions);
    (*search->place)->reason = choice.count > 0 ? NULL : choice.reason;
    error = search_place(search, *search->place, url, &choice);
    if (error < 0 || search->plain == NULL || !has_no_file(*search->place))
        return error;
    *search->plain = place_new(search, questions);
    return *search->plain == NULL ? -ENOMEM : search_place(search, *search->plain, plain, &choice);
}

static void search_run(void *argument)
{
    struct search *search = argument;

    search->error = run_search(search);
}

/* ---- all of them ---- */

static const char *autodiscover_request(struct lookup *lookup)
{
    return arena_format(
        lookup->arena,
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

static int start_searches(struct task_group *group, struct search *searches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int error;

        if (searches[i].host == NULL)
            continue;
        error = task_spawn(group, search_run, &searches[i], "autoconfig at %.80s", searches[i].host);
        if (error == -EAGAIN) /* too many tasks: one after the other then */
            search_run(&searches[i]);
        else if (error < 0)
            return error;
    }
    return task_group_join(group, DEADLINE_NEVER);
}

static int search_all(struct lookup *lookup)
{
    struct autoconfig_facts *facts = lookup->facts;
    const struct question *at = lookup->questions + SERVICES;
    const char *request = autodiscover_request(lookup);
    const char *query =
        arena_format(lookup->arena, "/mail/config-v1.1.xml?emailaddress=outpost%%40%s", lookup->domain);
    const char *well_known = "/.well-known/autoconfig/mail/config-v1.1.xml";
    const char *pox = "/autodiscover/autodiscover.xml";
    const struct question *autoconfig = at + 2 * AT_AUTOCONFIG, *autodiscover = at + 2 * AT_AUTODISCOVER;
    const struct question *domain = at + 2 * AT_DOMAIN;
    struct search searches[] = {
        {lookup, &facts->mozilla_host, &facts->mozilla_host_http, autoconfig->name, query, NULL, autoconfig,
         0},
        {lookup, &facts->mozilla_well_known, &facts->mozilla_well_known_http, domain->name, well_known, NULL,
         domain, 0},
        {lookup, &facts->microsoft_host, NULL, autodiscover->name, pox, request, autodiscover, 0},
        {lookup, &facts->microsoft_domain, NULL, domain->name, pox, request, domain, 0},
        {lookup, &facts->microsoft_srv, NULL, autodiscover_target(facts), pox, request, NULL, 0},
    };
    struct task_group *group;
    int error;

    if (request == NULL || query == NULL)
        return -ENOMEM;
    error = task_group_new(engine_root(lookup->network->engine), "autoconfig", &group);
    if (error < 0)
        return error;
    error = start_searches(group, searches, sizeof searches / sizeof searches[0]);
    task_group_end(group);
    for (size_t i = 0; i < sizeof searches / sizeof searches[0] && error == 0; i++)
        error = searches[i].error;
    return error;
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
    host = list_new_item(hosts, lookup->arena, sizeof *host);
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
    error = questions_ask(lookup->network, questions, 2 * hosts->count, lookup->deadline, lookup->arena);
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
    *lookup = (struct lookup){.network = network,
                              .settings = settings,
                              .arena = arena,
                              .deadline = deadline,
                              .domain = domain,
                              .facts = facts};
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
