/*
 * autoconfig_web.c - asks web servers for the files that mail programs look for
 *
 *   host -> addresses that we may contact -> GET or POST, the next address while nobody is there -> redirect, or file
 *
 * Redirects are followed as mail programs do it, at most three, and each address on the way is checked. Files are read
 * on the loop's stack: libxml2 decides how much it needs.
 */
#include "probes/autoconfig_web.h"

#include "probes/contact.h"
#include "probes/fetch.h"
#include "probes/protocol/autoconfig_xml.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/http.h"

#include <errno.h>
#include <string.h>

enum {
    REDIRECTS_MAX = 3,
    FETCH_TIMEOUT_MS = 10000, /* of one request: who waits for a form to fill itself waits no longer */
};

/* One place under way. */
struct search {
    const struct autoconfig_web *web;
    const struct autoconfig_search *what;
    int error;
};

/* Whom to connect to: the first of each family that we may. */
struct choice {
    struct address addresses[2];
    size_t count;
    const char *reason; /* why none */
};

/* ---- whom to ask ---- */

static void offer(struct choice *choice, const struct autoconfig_web *web, const struct address *address)
{
    const char *refusal = contact_refusal(web->network, web->settings, address);

    if (refusal != NULL) {
        if (choice->reason == NULL)
            choice->reason = refusal;
        return;
    }
    if (choice->count < 2 && (choice->count == 0 || choice->addresses[0].family != address->family))
        choice->addresses[choice->count++] = *address;
}

/* --resolve takes the place of the DNS. `questions` are those for A and AAAA. */
static struct choice choose(const struct autoconfig_web *web, const char *host,
                            const struct question *questions)
{
    const struct list *overrides = &web->settings->overrides;
    struct choice choice = {0};
    bool overridden = false;

    for (size_t i = 0; i < overrides->count; i++) {
        const struct override *override = overrides->items[i];

        if (!text_same_name(override->host, host))
            continue;
        overridden = true;
        offer(&choice, web, &override->address);
    }
    for (size_t i = 0; i < 2 && !overridden; i++) {
        const struct dns_answer *answer = questions[i].answer;

        for (size_t j = 0; answer != NULL && j < answer->records.count; j++) {
            struct address address;

            if (dns_record_address(answer->records.items[j], &address) == 0)
                offer(&choice, web, &address);
        }
    }
    return choice;
}

static bool is_as_sent(const char *url)
{
    for (; *url != '\0'; url++)
        if ((unsigned char)*url <= ' ' || (unsigned char)*url >= 0x7f || *url == '\\')
            return false;
    return true;
}

/* The host and port of a URL; NULL: it is none that is fetched here, or not as it was sent (cut, or made harmless). */
static const char *host_of(struct arena *arena, const char *url, int64_t *ret_port)
{
    bool plain = text_starts_with(url, "http://");
    const char *at = url + strlen(plain ? "http://" : "https://");
    size_t size = strcspn(at, "/?#");
    const char *authority = arena_text_sized(arena, at, size);
    char *colon;

    if (authority == NULL || size == 0 || strpbrk(authority, "@[]% ") != NULL || !is_as_sent(url))
        return NULL;
    *ret_port = plain ? 80 : 443;
    colon = strchr(authority, ':');
    if (colon == NULL)
        return authority;
    *colon = '\0';
    return text_number(colon + 1, 1, UINT16_MAX, ret_port) == 0 && *authority != '\0' ? authority : NULL;
}

/* ---- one request ---- */

static void note_response(const struct autoconfig_web *web, struct autoconfig_fetch_facts *facts,
                          const struct http_response *response)
{
    facts->contacted = known(response->failure != HTTP_NOT_ASKED);
    facts->result = fetch_result_of(web->network, response, web->deadline, "there was no time left for it",
                                    &facts->reason);
    facts->milliseconds = number(response->milliseconds);
    if (facts->result != FETCH_ANSWERED)
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
    const struct autoconfig_web *web = search->web;
    struct autoconfig_fetch_facts *facts = list_new_item(&place->fetches, web->arena, sizeof *facts);
    struct http_request request = {.url = url,
                                   .address = address,
                                   .body_max = AUTOCONFIG_DOCUMENT_MAX,
                                   .timeout_ms = FETCH_TIMEOUT_MS,
                                   .allow_http = text_starts_with(url, "http://"),
                                   .post = search->what->request,
                                   .post_type = "text/xml; charset=utf-8"};
    char text[ADDRESS_TEXT_SIZE];
    int error;

    if (facts == NULL)
        return -ENOMEM;
    facts->url = url;
    facts->port = number(port);
    facts->contacted = NO;
    facts->address = arena_text(web->arena, address_format(address, text));
    if (facts->address == NULL)
        return -ENOMEM;
    error = http_get(web->network->http, &request, web->deadline, web->arena, ret);
    if (error == 0)
        note_response(web, facts, *ret);
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
    const struct autoconfig_web *web = parsing->search->web;

    parsing->error = parsing->search->what->request == NULL
                         ? autoconfig_mozilla_read(parsing->document, web->domain, web->arena, &parsing->file)
                         : autoconfig_microsoft_read(parsing->document, web->arena, &parsing->file);
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

/* A name where nobody could be asked, though there may be a file: what keeps us from it is noted as a request that was
 * not sent. A name that is known to have no address is the fault of who redirects. */
static int note_not_followed(const struct search *search, struct autoconfig_place_facts *place,
                             const char *location, int64_t port, const struct question *questions,
                             const char *refusal)
{
    struct arena *arena = search->web->arena;
    struct autoconfig_fetch_facts *facts;

    for (size_t i = 0; i < 2 && refusal == NULL; i++) {
        const struct dns_answer *answer = questions[i].answer;

        if (answer == NULL || answer->outcome == DNS_FAILURE)
            refusal = arena_format(arena, "%s could not be looked up", questions[i].name);
    }
    if (refusal == NULL) {
        place->reason = "the redirect leads to no address";
        return 0;
    }
    facts = list_new_item(&place->fetches, arena, sizeof *facts);
    if (facts == NULL)
        return -ENOMEM;
    facts->url = location;
    facts->port = number(port);
    facts->contacted = NO;
    facts->reason = refusal;
    return 0;
}

/* Where a redirect leads, with the addresses there; ret_url stays NULL when it is not followed. */
static int take_redirect(const struct search *search, struct autoconfig_place_facts *place, const char *from,
                         const char *location, const char **ret_url, int64_t *ret_port,
                         struct choice *ret_choice)
{
    const struct autoconfig_web *web = search->web;
    struct question questions[] = {{.type = DNS_A}, {.type = DNS_AAAA}};
    bool plain = text_starts_with(location, "http://");
    const char *host =
        plain || text_starts_with(location, "https://") ? host_of(web->arena, location, ret_port) : NULL;
    int error;

    if (host == NULL || (plain && text_starts_with(from, "https://"))) {
        place->reason = host == NULL ? "the redirect leads to no URL that can be fetched"
                                     : "a redirect from HTTPS to plain HTTP is not followed";
        return 0;
    }
    questions[0].name = questions[1].name = host;
    error = questions_ask(web->network, questions, 2, web->deadline, web->arena);
    if (error < 0)
        return error;
    *ret_choice = choose(web, host, questions);
    if (ret_choice->count == 0)
        return note_not_followed(search, place, location, *ret_port, questions, ret_choice->reason);
    *ret_url = location;
    return 0;
}

static int search_place(const struct search *search, struct autoconfig_place_facts *place, const char *url,
                        const struct choice *first)
{
    const struct autoconfig_web *web = search->web;
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

            engine_call_on_loop(web->network->engine, parse, &parsing);
            place->file = parsing.file;
            error = parsing.error;
        }
        url = next;
    }
    return error;
}

static struct autoconfig_place_facts *place_new(const struct search *search, const struct question *questions)
{
    struct autoconfig_place_facts *place = arena_alloc(search->web->arena, sizeof *place);

    if (place == NULL)
        return NULL;
    place->host = search->what->host;
    place->a = questions[0].facts;
    place->aaaa = questions[1].facts;
    place->fetches.observed = true;
    return place;
}

static int run_search(struct search *search)
{
    const struct autoconfig_web *web = search->web;
    struct question own[] = {{.name = search->what->host, .type = DNS_A},
                             {.name = search->what->host, .type = DNS_AAAA}};
    const struct question *questions = search->what->questions;
    const char *url = arena_format(web->arena, "%s://%s%s", search->what->plain ? "http" : "https",
                                   search->what->host, search->what->path);
    struct choice choice;
    int error = url == NULL ? -ENOMEM : 0;

    if (error == 0 && questions == NULL) {
        questions = own;
        error = questions_ask(web->network, own, 2, web->deadline, web->arena);
    }
    if (error < 0)
        return error;
    *search->what->place = place_new(search, questions);
    if (*search->what->place == NULL)
        return -ENOMEM;
    choice = choose(web, search->what->host, questions);
    (*search->what->place)->reason = choice.count > 0 ? NULL : choice.reason;
    return search_place(search, *search->what->place, url, &choice);
}

static void search_run(void *argument)
{
    struct search *search = argument;

    search->error = run_search(search);
}

static int start_searches(struct task_group *group, struct search *searches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *host = searches[i].what->host;
        int error;

        if (host == NULL)
            continue;
        error = task_spawn(group, search_run, &searches[i], "autoconfig at %.80s", host);
        if (error == -EAGAIN) /* too many tasks: one after the other then */
            search_run(&searches[i]);
        else if (error < 0)
            return error;
    }
    return task_group_join(group, DEADLINE_NEVER);
}

int autoconfig_web_ask(const struct autoconfig_web *web, const struct autoconfig_search *searches,
                       size_t count)
{
    struct search *all = arena_alloc(web->arena, count * sizeof *all);
    struct task_group *group;
    int error;

    if (all == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        all[i] = (struct search){.web = web, .what = &searches[i]};
    error = task_group_new(engine_root(web->network->engine), "autoconfig", &group);
    if (error < 0)
        return error;
    error = start_searches(group, all, count);
    task_group_end(group);
    for (size_t i = 0; i < count && error == 0; i++)
        error = all[i].error;
    return error;
}
