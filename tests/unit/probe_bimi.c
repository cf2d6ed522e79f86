/*
 * probe_bimi.c - tests of the probe for BIMI: answers of a table in, facts as a text out
 *
 * http_get() is this test's own: it answers by the URL. How HTTPS itself behaves is in http.c.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/net/http.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define LOGO                                                                                                 \
    "<svg version=\"1.2\" baseProfile=\"tiny-ps\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 "     \
    "1\"><title>Example</title></svg>"

static const struct {
    const char *url;
    size_t body_max;
    struct http_response response;
    const char *body;
    int result;
} web[] = {
    {"https://example.org/l.svg", 32 * 1024, {.status = 200, .content_type = "image/svg+xml"}, LOGO, 0},
    {"https://example.org/gone", 32 * 1024, {.status = 404}, "no", 0},
    {"https://example.org/large", 32 * 1024, {.failure = HTTP_TOO_LARGE, .error = "too large"}, NULL, 0},
    {"https://example.org/private", 32 * 1024, {.failure = HTTP_NOT_ASKED, .error = "private"}, NULL, 0},
    {"https://example.org/odd", 32 * 1024, {0}, NULL, -EINVAL},
    {"https://example.org/stopped", 32 * 1024, {0}, NULL, -ECANCELED},
    {"https://example.org/c.pem",
     256 * 1024,
     {.status = 200},
     "-----BEGIN CERTIFICATE-----\nMAA=\n-----END "
     "CERTIFICATE-----\n",
     0},
};

int http_get(struct http_service *service, const struct http_request *request, int64_t deadline,
             struct arena *arena, struct http_response **ret)
{
    (void)service;
    (void)deadline;
    cr_expect(!request->allow_http);
    cr_expect(request->timeout_ms > 0);
    for (size_t i = 0; i < sizeof web / sizeof web[0]; i++) {
        if (strcmp(web[i].url, request->url) != 0)
            continue;
        cr_expect_eq(request->body_max, web[i].body_max);
        if (web[i].result < 0)
            return web[i].result;
        *ret = arena_copy(arena, &web[i].response, sizeof **ret);
        if (web[i].body != NULL)
            (*ret)->body = bytes_of(web[i].body, strlen(web[i].body));
        return 0;
    }
    cr_assert_fail("nobody is at %s", request->url);
    return -ENOENT;
}

struct run {
    struct network network;
    struct arena *arena;
    struct bimi_facts *bimi;
    int result;
};

static void run_probe(void *argument)
{
    struct run *run = argument;

    run->result = bimi_probe(&run->network, "example.org", 60000, run->arena, &run->bimi);
}

/* "1 record; logo 200, 0 faults; authority no certificate; " */
static void check_probe(const char *const records[], enum dns_outcome outcome, const char *wanted)
{
    struct fake_answer table[] = {{"default._bimi.example.org", "TXT", .outcome = outcome}};
    struct run run = {.arena = arena_new(0)};
    struct buffer out = {0};

    for (size_t i = 0; records[i] != NULL; i++)
        table[0].records[i] = records[i];
    (void)probe_stage_run(&run.network, table, 1, run_probe, &run, 0);
    cr_assert_eq(run.result, 0);
    put_format(&out, "%s %zu; ", run.bimi->records.observed ? "records" : "unknown", run.bimi->records.count);
    if (run.bimi->logo_fetch != NULL)
        put_format(&out, "logo %s %lld %s",
                   run.bimi->logo_fetch->answered == YES  ? "answered"
                   : run.bimi->logo_fetch->answered == NO ? "lost"
                                                          : "not asked",
                   (long long)run.bimi->logo_fetch->status.value,
                   run.bimi->logo_fetch->reason == NULL ? "-" : run.bimi->logo_fetch->reason);
    if (run.bimi->logo != NULL)
        put_format(&out, ", %s, %zu faults", run.bimi->logo->title, run.bimi->logo->faults.count);
    if (run.bimi->authority_fetch != NULL)
        put_format(&out, "; authority, %s", run.bimi->certificate == NULL ? "no certificate" : "certificate");
    put_u8(&out, 0);
    cr_expect_str_eq((const char *)out.data, wanted, "%s: %s", records[0], (const char *)out.data);
    buffer_free(&out);
    arena_free(run.arena);
}

#define RECORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(probe_bimi, answers)
{
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/l.svg\""), DNS_DATA,
                "records 1; logo answered 200 -, Example, 0 faults");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/l.svg; a=https://example.org/c.pem\""), DNS_DATA,
                "records 1; logo answered 200 -, Example, 0 faults; authority, no certificate");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/gone\""), DNS_DATA,
                "records 1; logo answered 404 -");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/large\""), DNS_DATA,
                "records 1; logo lost 0 too large");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/private\""), DNS_DATA,
                "records 1; logo not asked 0 private");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/odd\""), DNS_DATA,
                "records 1; logo not asked 0 this is not a URL that can be fetched");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/stopped\""), DNS_DATA,
                "records 1; logo not asked 0 -");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/l.svg\"", "\"v=spf1 -all\""), DNS_DATA,
                "records 2; logo answered 200 -, Example, 0 faults");
    check_probe(RECORDS("\"v=BIMI1; l=https://example.org/l.svg\"", "\"v=BIMI1; l=\""), DNS_DATA,
                "records 2; ");
    check_probe(RECORDS("\"v=BIMI1; l=; a=\""), DNS_DATA, "records 1; ");
    check_probe(RECORDS("\"v=BIMI1; l=http://example.org/\""), DNS_DATA, "records 1; ");
    check_probe((const char *const[]){NULL}, DNS_NXDOMAIN, "records 0; ");
    check_probe((const char *const[]){NULL}, DNS_FAILURE, "unknown 0; ");
}
