/*
 * bimi.c - the logo that a domain publishes for its mail (draft-brand-indicators-for-message-identification)
 *
 *   TXT default._bimi.example.org  ->  GET l=, the logo in SVG
 *                                  ->  GET a=, a certificate that says whose the logo is
 *
 * Over verified HTTPS, without redirects. The certificate is read and not verified: the authorities for such
 * certificates are not among the roots of the web. Judged in reports/checks/bimi.c.
 */
#include "probes/protocol/bimi.h"
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/net/http.h"
#include "scanner/net/tls.h"

#include <errno.h>

enum { FETCH_TIMEOUT_MS = 15000, STATUS_OK = 200 };

struct lookup {
    struct network *network;
    struct arena *arena;
    int64_t deadline;
    struct bimi_facts *facts;
};

static int find_records(struct lookup *lookup, const char *domain)
{
    struct bimi_facts *facts = lookup->facts;
    struct list texts = {0};
    int error = texts_ask(lookup->network, "default._bimi", domain, lookup->deadline, lookup->arena,
                          &facts->question, &texts);

    facts->records.observed = texts.observed;
    for (size_t i = 0; i < texts.count && error == 0; i++) {
        struct bimi_record_facts *record;

        error = bimi_record_read(*(const struct bytes *)texts.items[i], lookup->arena, &record);
        if (error == 0)
            error = list_add(&facts->records, lookup->arena, record);
    }
    return error;
}

/* The only one that announces itself; with several, receivers take none. */
static const struct bimi_record_facts *only_record(const struct bimi_facts *facts)
{
    const struct bimi_record_facts *only = NULL;

    for (size_t i = 0; i < facts->records.count; i++) {
        const struct bimi_record_facts *record = facts->records.items[i];

        if (record->announces != YES)
            continue;
        if (only != NULL)
            return NULL;
        only = record;
    }
    return only != NULL && only->fault == NULL ? only : NULL;
}

/* *ret_body is what came with status 200, else empty. */
static int fetch(struct lookup *lookup, const char *url, size_t limit, struct bimi_fetch_facts **ret,
                 struct bytes *ret_body)
{
    struct http_request request = {.url = url, .body_max = limit, .timeout_ms = FETCH_TIMEOUT_MS};
    struct bimi_fetch_facts *facts = *ret = arena_alloc(lookup->arena, sizeof *facts);
    struct http_response *response;
    int error;

    *ret_body = (struct bytes){0};
    if (facts == NULL)
        return -ENOMEM;
    facts->url = url;
    error = http_get(lookup->network->http, &request, lookup->deadline, lookup->arena, &response);
    if (error == -EINVAL)
        facts->reason = "this is not a URL that can be fetched";
    if (error < 0)
        return error == -EINVAL ? 0 : error;
    facts->milliseconds = number(response->milliseconds);
    facts->reason = response->error;
    if (response->failure != HTTP_NOT_ASKED)
        facts->answered = known(response->failure == HTTP_ANSWERED);
    if (facts->answered != YES)
        return 0;
    facts->status = number(response->status);
    facts->content_type = response->content_type;
    facts->size = number((int64_t)response->body.size);
    if (response->status == STATUS_OK)
        *ret_body = response->body;
    return 0;
}

struct reading {
    struct lookup *lookup;
    struct bytes logo;
    int error;
};

/* Not on a task's stack: libxml2 decides how much it needs. */
static void read_logo(void *argument)
{
    struct reading *reading = argument;

    reading->error = bimi_logo_read(reading->logo, reading->lookup->arena, &reading->lookup->facts->logo);
}

static int fetch_logo(struct lookup *lookup, const char *url)
{
    struct reading reading = {.lookup = lookup};
    int error = fetch(lookup, url, BIMI_LOGO_MAX, &lookup->facts->logo_fetch, &reading.logo);

    if (error < 0 || reading.logo.size == 0)
        return error;
    engine_call_on_loop(lookup->network->engine, read_logo, &reading);
    return reading.error;
}

static int fetch_authority(struct lookup *lookup, const char *url)
{
    struct bytes chain[BIMI_CHAIN_MAX], body;
    size_t count = 0;
    int error = fetch(lookup, url, BIMI_AUTHORITY_MAX, &lookup->facts->authority_fetch, &body);

    if (error == 0 && body.size > 0)
        error = bimi_certificates_read(body, lookup->arena, chain, &count);
    if (error == 0 && count > 0)
        error = certificate_read(chain, count, lookup->arena, &lookup->facts->certificate);
    return error == -EBADMSG ? 0 : error;
}

int bimi_probe(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
               struct bimi_facts **ret)
{
    struct bimi_facts *facts = arena_alloc(arena, sizeof *facts);
    struct lookup lookup = {.network = network, .arena = arena, .deadline = deadline, .facts = facts};
    const struct bimi_record_facts *record;
    int error;

    if (facts == NULL)
        return -ENOMEM;
    error = find_records(&lookup, domain);
    record = only_record(facts);
    if (error == 0 && record != NULL && record->location != NULL)
        error = fetch_logo(&lookup, record->location);
    if (error == 0 && record != NULL && record->authority != NULL)
        error = fetch_authority(&lookup, record->authority);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
