/*
 * probe_autoconfig.c - tests of the probe for autoconfiguration: answers of tables in, facts as a text out
 *
 * http_get() is this test's own: it answers by URL and address, on the virtual clock. How HTTPS itself behaves is in
 * http.c, what the files say in autoconfig_xml.c.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/net/http.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define SERVER(element, type, host, port)                                                                    \
    "<" element " type=\"" type "\"><hostname>" host "</hostname><port>" port                                \
    "</port><socketType>SSL</socketType><authentication>password-cleartext</authentication></" element ">"
#define CONFIG                                                                                               \
    "<clientConfig><emailProvider>" SERVER("incomingServer", "imap", "imap.example.org", "993")              \
        SERVER("outgoingServer", "smtp", "%EMAILDOMAIN%", "465") "</emailProvider></clientConfig>"
#define AUTODISCOVER                                                                                         \
    "<Autodiscover><Response><Account><Protocol><Type>IMAP</Type><Server>imap.example.org</Server>"          \
    "<Port>993</Port></Protocol></Account></Response></Autodiscover>"

#define HOST_URL   "https://autoconfig.example.org/mail/config-v1.1.xml?emailaddress=outpost%40example.org"
#define HOST_HTTP  "http://autoconfig.example.org/mail/config-v1.1.xml?emailaddress=outpost%40example.org"
#define WELL_KNOWN "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml"
#define WELL_HTTP  "http://example.org/.well-known/autoconfig/mail/config-v1.1.xml"
#define POX_HOST   "https://autodiscover.example.org/autodiscover/autodiscover.xml"
#define POX_DOMAIN "https://example.org/autodiscover/autodiscover.xml"
#define POX_SRV    "https://pox.example.net/autodiscover/autodiscover.xml"
#define FIRST      "203.0.114.1"
#define SECOND     "203.0.114.2"
#define SIX        "2a01:4f8::1"

/* ---- the web ---- */

struct page {
    const char *url, *address;
    struct http_response response;
    const char *body;
    int64_t delay_ms;
    int result;
};

enum { PAGES_MAX = 8 };

static struct engine *web_engine;
static const struct page *web;
static size_t web_asked;

static void check_request(const struct http_request *request)
{
    bool autodiscover = strstr(request->url, "autodiscover.xml") != NULL;

    cr_expect_eq(request->body_max, 64 * 1024);
    cr_expect_eq(request->timeout_ms, 10000);
    cr_expect_eq(request->allow_http, strncmp(request->url, "http://", 7) == 0);
    cr_expect_eq(request->post != NULL, autodiscover, "%s", request->url);
    if (request->post != NULL) {
        cr_expect_not_null(strstr(request->post, "<EMailAddress>outpost@example.org</EMailAddress>"));
        cr_expect_not_null(strstr(request->post, "outlook/responseschema/2006a<"));
        cr_expect_str_eq(request->post_type, "text/xml; charset=utf-8");
    }
}

int http_get(struct http_service *service, const struct http_request *request, int64_t deadline,
             struct arena *arena, struct http_response **ret)
{
    char text[ADDRESS_TEXT_SIZE];

    (void)service;
    web_asked++;
    check_request(request);
    address_format(request->address, text);
    for (size_t i = 0; i < PAGES_MAX && web[i].url != NULL; i++) {
        struct http_response *response;

        if (strcmp(web[i].url, request->url) != 0 ||
            (web[i].address != NULL && strcmp(web[i].address, text) != 0))
            continue;
        if (web[i].delay_ms > 0) {
            int64_t left = deadline - engine_now(web_engine);

            (void)task_sleep(web_engine, web[i].delay_ms < left ? web[i].delay_ms : left, "the web");
        }
        if (web[i].result < 0)
            return web[i].result;
        response = arena_copy(arena, &web[i].response, sizeof *response);
        if (web[i].body != NULL)
            response->body = bytes_of(web[i].body, strlen(web[i].body));
        *ret = response;
        return 0;
    }
    *ret = arena_alloc(arena, sizeof **ret);
    (*ret)->status = 404;
    return 0;
}

/* ---- one run ---- */

struct run {
    struct network network;
    struct scan_settings settings;
    struct arena *arena;
    struct autoconfig_facts *facts;
    int64_t milliseconds;
    int result;
};

enum { PATIENCE_MS = 180000, NAMES_MAX = 12 };

static void run_probe(void *argument)
{
    struct run *run = argument;

    web_engine = run->network.engine;
    web_asked = 0;
    run->result =
        autoconfig_probe(&run->network, &run->settings, "example.org", PATIENCE_MS, run->arena, &run->facts);
}

static void run_with(struct run *run, const struct fake_answer *table, const struct page *pages)
{
    web = pages;
    run->milliseconds =
        probe_stage_run(&run->network, table, probe_stage_answers(table, NAMES_MAX), run_probe, run, 0);
}

static void put_place(struct buffer *out, const char *name, const struct autoconfig_place_facts *place)
{
    static const char *const results[] = {"not observed", "answered",  "refused", "unreached",
                                          "certificate",  "too large", "slow",    "broken"};

    if (place == NULL || (place->fetches.count == 0 && place->reason == NULL))
        return;
    put_format(out, "%s:", name);
    for (size_t i = 0; i < place->fetches.count; i++) {
        const struct autoconfig_fetch_facts *fetch = place->fetches.items[i];

        put_format(out, " %s:%d %s", fetch->address != NULL ? fetch->address : "-", (int)fetch->port.value,
                   results[fetch->result]);
        if (fetch->status.known)
            put_format(out, " %d", (int)fetch->status.value);
        if (fetch->reason != NULL)
            put_format(out, " (%s)", fetch->reason);
        put_text(out, ",");
    }
    if (place->reason != NULL)
        put_format(out, " %s", place->reason);
    if (place->file != NULL)
        put_format(out, " %s", place->file->valid == YES ? "file" : "no file");
    put_text(out, "; ");
}

static char *told(struct arena *arena, const struct autoconfig_facts *facts)
{
    struct buffer text = {0};
    char *copy;

    for (size_t i = 0; i < facts->srv.count; i++) {
        const struct srv_facts *srv = facts->srv.items[i];

        for (size_t j = 0; j < srv->targets.count; j++) {
            const struct srv_target_facts *target = srv->targets.items[j];

            put_format(&text, "%s %d %d %d %s; ", srv->service, (int)target->priority.value,
                       (int)target->weight.value, (int)target->port.value, target->host);
        }
    }
    put_place(&text, "host", facts->mozilla_host);
    put_place(&text, "well-known", facts->mozilla_well_known);
    put_place(&text, "host http", facts->mozilla_host_http);
    put_place(&text, "well-known http", facts->mozilla_well_known_http);
    put_place(&text, "pox host", facts->microsoft_host);
    put_place(&text, "pox domain", facts->microsoft_domain);
    put_place(&text, "pox srv", facts->microsoft_srv);
    for (size_t i = 0; i < facts->hosts.count; i++)
        put_format(&text, "%s ", ((const struct autoconfig_host_facts *)facts->hosts.items[i])->name);
    put_u8(&text, '\0');
    copy = arena_text(arena, (const char *)text.data);
    buffer_free(&text);
    return copy;
}

#define AT(name, record)                                                                                     \
    {                                                                                                        \
        name, "A", .records = { record }                                                                     \
    }
#define SRV(service, ...)                                                                                    \
    {                                                                                                        \
        service "._tcp.example.org", "SRV", .records = { __VA_ARGS__ }                                       \
    }
#define GIVES(text)            .response = {.status = 200}, .body = text
#define MOVED(location_)       .response = {.status = 301, .location = location_}
#define FAILS(failure_, words) .response = {.failure = failure_, .error = words}
#define NOTHING_AT_DOMAIN                                                                                    \
    "well-known: 203.0.114.1:443 answered 404,; well-known http: 203.0.114.1:80 answered 404,; pox domain: " \
    "203.0.114.1:443 answered 404,; "

static const struct row {
    struct fake_answer table[NAMES_MAX];
    struct page pages[PAGES_MAX];
    const char *expected;
    size_t asked; /* of the web */
    struct override override;
    bool allow_private, no_ipv6;
} rows[] = {
    {.table = {{"example.org", "MX", .records = {"10 mail.example.org"}}}, .expected = ""},
    /* by priority, then weight; a host is looked up once; a dot is no host */
    {.table = {SRV("_imaps", "10 1 993 b.example.org", "0 1 993 a.example.org", "10 9 9993 c.example.org"),
               SRV("_imap", "0 0 0 ."), SRV("_submissions", "0 1 465 A.example.org")},
     .expected =
         "_submissions._tcp 0 1 465 a.example.org; _imaps._tcp 0 1 993 a.example.org; _imaps._tcp 10 9 9993 "
         "c.example.org; _imaps._tcp 10 1 993 b.example.org; _imap._tcp 0 0 0 .; a.example.org c.example.org "
         "b.example.org "},
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_URL, GIVES(CONFIG)}},
     .expected = "host: 203.0.114.1:443 answered 200, file; imap.example.org example.org ",
     .asked = 1},
    /* no such file: plain HTTP is asked as well */
    {.table = {AT("example.org", FIRST)}, .expected = NOTHING_AT_DOMAIN, .asked = 3},
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_HTTP, GIVES(CONFIG)}, {HOST_URL, FAILS(HTTP_CERTIFICATE, "for another name")}},
     .expected = "host: 203.0.114.1:443 certificate (for another name),; host http: 203.0.114.1:80 answered "
                 "200, file; "
                 "imap.example.org example.org ",
     .asked = 2},
    /* who does not answer is not asked again */
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_URL, FAILS(HTTP_UNREACHED, "no answer in time")}},
     .expected = "host: 203.0.114.1:443 unreached (no answer in time),; ",
     .asked = 1},
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_URL, GIVES("It works!")}, {HOST_HTTP, GIVES("")}},
     .expected =
         "host: 203.0.114.1:443 answered 200, no file; host http: 203.0.114.1:80 answered 200, no file; ",
     .asked = 2},
    /* another page with status 200, and a broken file, which is one all the same */
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_URL, GIVES("<html/>")}},
     .expected = "host: 203.0.114.1:443 answered 200, no file; host http: 203.0.114.1:80 answered 404,; ",
     .asked = 2},
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_URL, GIVES("<clientConfig>")}},
     .expected = "host: 203.0.114.1:443 answered 200, no file; ",
     .asked = 1},
    /* the next address when nobody is at the first; of each family one */
    {.table = {{"autoconfig.example.org", "A", .records = {FIRST, SECOND}},
               {"autoconfig.example.org", "AAAA", .records = {SIX}}},
     .pages = {{HOST_URL, FIRST, FAILS(HTTP_REFUSED, "connection refused")}, {HOST_URL, SIX, GIVES(CONFIG)}},
     .expected = "host: 203.0.114.1:443 refused (connection refused), 2a01:4f8::1:443 answered 200, file; "
                 "imap.example.org example.org ",
     .asked = 2},
    /* Autodiscover: all three places */
    {.table = {AT("autodiscover.example.org", FIRST), AT("pox.example.net", SECOND),
               SRV("_autodiscover", "0 0 443 pox.example.net")},
     .pages = {{POX_HOST, .response = {.status = 401, .challenge = "Basic realm=\"x\""}},
               {POX_SRV, GIVES(AUTODISCOVER)}},
     .expected =
         "_autodiscover._tcp 0 0 443 pox.example.net; pox host: 203.0.114.1:443 answered 401,; pox srv: "
         "203.0.114.2:443 answered 200, file; pox.example.net imap.example.org ",
     .asked = 2},
    /* redirects: followed, by name; each address is looked at; not to plain HTTP, not without end */
    {.table = {AT("autoconfig.example.org", FIRST), AT("files.example.net", SECOND)},
     .pages = {{HOST_URL, MOVED("https://files.example.net:8443/x?y")},
               {"https://files.example.net:8443/x?y", SECOND, GIVES(CONFIG)}},
     .expected = "host: 203.0.114.1:443 answered 301, 203.0.114.2:8443 answered 200, file; imap.example.org "
                 "example.org ",
     .asked = 2},
    {.table = {AT("autoconfig.example.org", FIRST), AT("inside.example.net", "10.0.0.1")},
     .pages = {{HOST_URL, MOVED("https://inside.example.net/")}},
     .expected = "host: 203.0.114.1:443 answered 301, -:443 not observed (private address),; host http: "
                 "203.0.114.1:80 answered 404,; ",
     .asked = 2},
    {.table = {AT("autodiscover.example.org", FIRST),
               {"lost.example.net", "A", .outcome = DNS_FAILURE, .reason = "SERVFAIL"}},
     .pages = {{POX_HOST, MOVED("https://lost.example.net/")}},
     .expected = "pox host: 203.0.114.1:443 answered 301, -:443 not observed (lost.example.net could not be "
                 "looked up),; ",
     .asked = 1},
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_URL, MOVED("http://autoconfig.example.org/")}},
     .expected = "host: 203.0.114.1:443 answered 301, a redirect from HTTPS to plain HTTP is not followed; "
                 "host http: "
                 "203.0.114.1:80 answered 404,; ",
     .asked = 2},
    {.table = {AT("autoconfig.example.org", FIRST)},
     .pages = {{HOST_URL, MOVED("https://user@[::1]/")}, {HOST_HTTP, MOVED("ftp://x/")}},
     .expected =
         "host: 203.0.114.1:443 answered 301, the redirect leads to no URL that can be fetched; host http: "
         "203.0.114.1:80 answered 301, the redirect leads to no URL that can be fetched; ",
     .asked = 2},
    {.table = {AT("autodiscover.example.org", FIRST)},
     .pages = {{POX_HOST, MOVED("https://autodiscover.example.org/cut\xe2\x80\xa6")}},
     .expected = "pox host: 203.0.114.1:443 answered 301, the redirect leads to no URL that can be fetched; ",
     .asked = 1},
    {.table = {AT("autodiscover.example.org", FIRST)},
     .pages = {{POX_HOST, MOVED(POX_HOST)}},
     .expected = "pox host: 203.0.114.1:443 answered 301, 203.0.114.1:443 answered 301, 203.0.114.1:443 "
                 "answered 301, "
                 "203.0.114.1:443 answered 301, there are more than 3 redirects; ",
     .asked = 4},
    {.table = {AT("autodiscover.example.org", FIRST)},
     .pages = {{POX_HOST, MOVED("https://gone.example.net/")}},
     .expected = "pox host: 203.0.114.1:443 answered 301, the redirect leads to no address; ",
     .asked = 1},
    /* who is not contacted */
    {.table = {AT("autoconfig.example.org", "10.0.0.1")}, .expected = "host: private address; "},
    {.table = {AT("autoconfig.example.org", "10.0.0.1")},
     .pages = {{HOST_URL, GIVES(CONFIG)}},
     .expected = "host: 10.0.0.1:443 answered 200, file; imap.example.org example.org ",
     .asked = 1,
     .allow_private = true},
    {.table = {{"autoconfig.example.org", "AAAA", .records = {SIX}}},
     .expected = "host: no IPv6 here; ",
     .no_ipv6 = true},
    /* --resolve takes the place of the DNS */
    {.table = {AT("autoconfig.example.org", "10.0.0.1")},
     .pages = {{HOST_URL, FIRST, GIVES(CONFIG)}},
     .expected = "host: 203.0.114.1:443 answered 200, file; imap.example.org example.org ",
     .asked = 1,
     .override = {.host = "autoconfig.example.org",
                  .address = {.family = AF_INET, .octets = {203, 0, 114, 1}}}},
    /* stopped; late; not a URL: what is known is handed over */
    {.table = {AT("autodiscover.example.org", FIRST)},
     .pages = {{POX_HOST, .result = -ECANCELED}},
     .expected = "pox host: 203.0.114.1:443 not observed (the scan was stopped),; ",
     .asked = 1},
    {.table = {AT("autodiscover.example.org", FIRST)},
     .pages = {{POX_HOST, FAILS(HTTP_SLOW, "no answer in time"), .delay_ms = 2 * (int64_t)PATIENCE_MS}},
     .expected = "pox host: 203.0.114.1:443 not observed (there was no time left for it),; ",
     .asked = 1},
    {.table = {AT("autodiscover.example.org", FIRST)},
     .pages = {{POX_HOST, .result = -EINVAL}},
     .expected = "pox host: 203.0.114.1:443 not observed (it is not a URL that can be fetched),; ",
     .asked = 1},
};

Test(probe_autoconfig, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run run = {
            .network = {.ipv4 = true, .ipv6 = !rows[i].no_ipv6, .allow_private = rows[i].allow_private},
            .arena = arena_new(0)};
        struct override override = rows[i].override;
        const char *text;

        if (override.host != NULL)
            cr_assert_eq(list_add(&run.settings.overrides, run.arena, &override), 0);
        run_with(&run, rows[i].table, rows[i].pages);
        cr_assert_eq(run.result, 0, "row %zu", i);
        text = told(run.arena, run.facts);
        cr_expect_str_eq(text, rows[i].expected, "row %zu: %s", i, text);
        cr_expect_eq(web_asked, rows[i].asked, "row %zu: %zu", i, web_asked);
        cr_expect_str_eq(run.facts->address, "outpost@example.org");
        arena_free(run.arena);
    }
}

Test(probe_autoconfig, side_by_side)
{
    static const struct fake_answer table[] = {
        {"autoconfig.example.org", "A", .records = {FIRST}, .delay_ms = 100},
        {"example.org", "A", .records = {FIRST}, .delay_ms = 100},
        {"autodiscover.example.org", "A", .records = {FIRST}, .delay_ms = 100},
        {"_imaps._tcp.example.org", "SRV", .records = {"0 1 993 imap.example.org"}, .delay_ms = 100},
        {"imap.example.org", "A", .records = {SECOND}, .delay_ms = 100},
        {NULL}};
    static const struct page pages[PAGES_MAX] = {{HOST_URL, GIVES(CONFIG), .delay_ms = 1000},
                                                 {WELL_KNOWN, GIVES(CONFIG), .delay_ms = 1000},
                                                 {POX_HOST, GIVES(AUTODISCOVER), .delay_ms = 1000},
                                                 {POX_DOMAIN, GIVES(AUTODISCOVER), .delay_ms = 1000}};
    struct run run = {.network = {.ipv4 = true, .ipv6 = true}, .arena = arena_new(0)};

    run_with(&run, table, pages);
    cr_expect_eq(web_asked, 4);
    cr_expect_lt(run.milliseconds, 1400, "%d", (int)run.milliseconds); /* not one after the other */
    arena_free(run.arena);
}

/* Servers that answer in time, each, and lead to the next one: the whole has an end of its own. */
Test(probe_autoconfig, patience)
{
    static const struct fake_answer table[] = {AT("autodiscover.example.org", FIRST), {NULL}};
    static const struct page pages[PAGES_MAX] = {{POX_HOST, MOVED(POX_HOST), .delay_ms = 9000}};
    struct run run = {.network = {.ipv4 = true, .ipv6 = true}, .arena = arena_new(0)};
    const struct autoconfig_fetch_facts *last;

    run_with(&run, table, pages);
    cr_expect_eq(web_asked, 4);
    cr_expect_eq(run.milliseconds, 30000, "%d", (int)run.milliseconds);
    last = run.facts->microsoft_host->fetches.items[3];
    cr_expect_eq(last->result, FETCH_ANSWERED, "what came is kept");
    arena_free(run.arena);
}

Test(probe_autoconfig, what_is_noted)
{
    static const struct fake_answer table[] = {
        {"autodiscover.example.org", "CNAME", .records = {"web.example.net"}},
        AT("web.example.net", FIRST),
        SRV("_imaps", "0 1 993 alias.example.org"),
        {"alias.example.org", "CNAME", .records = {"imap.example.net"}},
        AT("imap.example.net", SECOND),
        {"_pop3._tcp.example.org", "SRV", .outcome = DNS_FAILURE},
        {NULL}};
    static const struct page pages[PAGES_MAX] = {
        {POX_HOST, .response = {.status = 401, .challenge = "Basic", .content_type = "text/html"}}};
    struct run run = {.network = {.ipv4 = true, .ipv6 = true}, .arena = arena_new(0)};
    const struct autoconfig_fetch_facts *fetch;
    const struct autoconfig_host_facts *host;
    const struct srv_facts *pop3;

    run_with(&run, table, pages);
    fetch = run.facts->microsoft_host->fetches.items[0];
    cr_expect_str_eq(fetch->url, POX_HOST);
    cr_expect_str_eq(fetch->challenge, "Basic");
    cr_expect_str_eq(fetch->content_type, "text/html");
    cr_expect_eq(fetch->contacted, YES);
    cr_expect_str_eq(run.facts->microsoft_host->a->aliases.items[0], "web.example.net");
    cr_assert_eq(run.facts->hosts.count, 1);
    host = run.facts->hosts.items[0];
    cr_expect_str_eq(host->a->aliases.items[0], "imap.example.net");
    cr_assert_eq(run.facts->srv.count, 8);
    pop3 = run.facts->srv.items[5];
    cr_expect_str_eq(pop3->service, "_pop3._tcp");
    cr_expect(!pop3->targets.observed);
    cr_expect_eq(pop3->question->outcome, DNS_FAILURE);
    arena_free(run.arena);
}
