/*
 * probe_mta_sts.c - tests of the probes for MTA-STS and TLS reporting: answers of a table in, facts as a text out
 *
 * http_get() is this test's own: it notes who is asked for what, and answers by the address, on the virtual
 * clock. How HTTPS itself behaves is in http.c.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/net/http.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define RECORD                                                                                               \
    {                                                                                                        \
        "_mta-sts.example.org", "TXT", .records = { "\"v=STSv1; id=1\"" }                                    \
    }
#define POLICY  "version: STSv1\nmode: enforce\nmx: mail.example.org\nmax_age: 604800\n"
#define ANOTHER "version: STSv1\nmode: testing\nmx: mail.example.org\nmax_age: 604800\n"

/* ---- the web ---- */

static const struct {
    const char *address;
    int64_t delay_ms;
    struct http_response response;
    const char *body;
    int result;
} web[] = {
    {"203.0.114.1", 0, {.status = 200, .content_type = "text/plain"}, POLICY, 0},
    {"203.0.114.2", 0, {.status = 404, .content_type = "text/html"}, "no", 0},
    {"203.0.114.3", 0, {.status = 301, .location = "https://example.org/"}, "", 0},
    {"203.0.114.4", 0, {.failure = HTTP_REFUSED, .error = "connection refused"}, NULL, 0},
    {"203.0.114.5", 60000, {.failure = HTTP_SLOW, .error = "no answer in time"}, NULL, 0},
    {"203.0.114.6", 0, {.failure = HTTP_CERTIFICATE, .error = "for another name"}, NULL, 0},
    {"203.0.114.7", 0, {.failure = HTTP_TOO_LARGE, .error = "larger than 65536 bytes"}, NULL, 0},
    {"203.0.114.8", 0, {.failure = HTTP_NOT_ASKED, .error = "the server limits us"}, NULL, 0},
    {"203.0.114.9", 0, {.failure = HTTP_UNREACHED, .error = "no answer in time"}, NULL, 0},
    {"203.0.114.10", 0, {.failure = HTTP_BROKEN, .error = "cut"}, NULL, 0},
    {"203.0.114.11", 0, {.status = 200, .content_type = "text/plain"}, ANOTHER, 0},
    {"203.0.114.12", 300000, {.failure = HTTP_SLOW, .error = "no answer in time"}, NULL, 0},
    {"203.0.114.13", 0, {0}, NULL, -ECANCELED},
    {"2a01:4f8::1", 0, {.status = 200, .content_type = "text/plain"}, POLICY, 0},
    {"10.0.0.1", 0, {.status = 200, .content_type = "text/plain"}, POLICY, 0},
};

static struct engine *web_engine;
static size_t web_asked;

int http_get(struct http_service *service, const struct http_request *request, int64_t deadline,
             struct arena *arena, struct http_response **ret)
{
    char text[ADDRESS_TEXT_SIZE];

    (void)service;
    web_asked++;
    address_format(request->address, text);
    cr_expect_str_eq(request->url, "https://mta-sts.example.org/.well-known/mta-sts.txt");
    cr_expect_eq(request->body_max, 64 * 1024);
    cr_expect_eq(request->timeout_ms, 60000);
    cr_expect(!request->allow_http);
    for (size_t i = 0; i < sizeof web / sizeof web[0]; i++) {
        struct http_response *response;

        if (strcmp(web[i].address, text) != 0)
            continue;
        if (web[i].result < 0)
            return web[i].result;
        response = arena_copy(arena, &web[i].response, sizeof *response);
        if (web[i].delay_ms > 0) {
            int64_t left = deadline - engine_now(web_engine);

            (void)task_sleep(web_engine, web[i].delay_ms < left ? web[i].delay_ms : left, "the web");
        }
        if (web[i].body != NULL)
            response->body = bytes_of(web[i].body, strlen(web[i].body));
        *ret = response;
        return 0;
    }
    cr_assert_fail("nobody is at %s", text);
    return -ENOENT;
}

/* ---- one run ---- */

struct run {
    struct network network;
    struct scan_settings settings;
    struct arena *arena;
    struct mta_sts_facts *sts;
    struct tls_rpt_facts *rpt;
    int result, rpt_result;
};

enum { PATIENCE_MS = 180000 };

static void run_probe(void *argument)
{
    struct run *run = argument;

    web_engine = run->network.engine;
    web_asked = 0;
    run->rpt_result = tls_rpt_probe(&run->network, "example.org", PATIENCE_MS, run->arena, &run->rpt);
    run->result =
        mta_sts_probe(&run->network, &run->settings, "example.org", PATIENCE_MS, run->arena, &run->sts);
}

/* "record 1; 203.0.114.1: answered 200 policy 0; ..." */
static void put_facts(struct buffer *out, const struct mta_sts_facts *facts)
{
    static const char *const results[] = {"not observed", "answered",  "refused", "unreached",
                                          "certificate",  "too large", "slow",    "broken"};

    for (size_t i = 0; i < facts->records.count; i++) {
        const struct mta_sts_record_facts *record = facts->records.items[i];

        put_format(out, "record %s; ", record->id == NULL ? "-" : record->id);
    }
    for (size_t i = 0; i < facts->fetches.count; i++) {
        const struct mta_sts_fetch_facts *fetch = facts->fetches.items[i];

        put_format(out, "%s: %s", fetch->address, results[fetch->result]);
        if (fetch->status.known)
            put_format(out, " %d", (int)fetch->status.value);
        if (fetch->policy.known)
            put_format(out, " policy %d", (int)fetch->policy.value);
        if (fetch->reason != NULL)
            put_format(out, " (%s)", fetch->reason);
        put_text(out, "; ");
        cr_expect_neq(fetch->contacted, UNKNOWN);
    }
    put_u8(out, '\0');
}

static const struct row {
    struct fake_answer table[8];
    const char *expected;
    size_t asked; /* of the web */
    struct override override;
    bool allow_private, no_ipv6, only_ipv6;
} rows[] = {
    {{{"example.org", "MX", .records = {"10 mail.example.org"}}}, "", .asked = 0},
    {{{"_mta-sts.example.org", "TXT", .outcome = DNS_FAILURE}}, "", .asked = 0},
    /* a record of something else makes nobody look for a policy */
    {{{"_mta-sts.example.org", "TXT", .records = {"\"v=spf1 -all\""}},
      {"mta-sts.example.org", "A", .records = {"203.0.114.1"}}},
     "record -; ",
     .asked = 0},
    {{RECORD, {"mta-sts.example.org", "A", .records = {"203.0.114.1"}}},
     "record 1; 203.0.114.1: answered 200 policy 0; ",
     .asked = 1},
    /* strings are joined; the record and the policy host may be aliases */
    {{{"_mta-sts.example.org", "CNAME", .records = {"sts.provider.test"}},
      {"sts.provider.test", "TXT", .records = {"\"v=STSv1; i\" \"d=2\""}},
      {"mta-sts.example.org", "CNAME", .records = {"web.provider.test"}},
      {"web.provider.test", "A", .records = {"203.0.114.1"}},
      {"web.provider.test", "AAAA", .records = {"2a01:4f8::1"}}},
     "record 2; 203.0.114.1: answered 200 policy 0; 2a01:4f8::1: answered 200 policy 0; ",
     .asked = 2},
    /* what is wrong with the policy is looked for although the record is wrong too */
    {{{"_mta-sts.example.org", "TXT", .records = {"\"id=1; v=STSv1\"", "\"v=STSv1; id=2\""}},
      {"mta-sts.example.org", "A", .records = {"203.0.114.2"}}},
     "record -; record 2; 203.0.114.2: answered 404; ",
     .asked = 1},
    {{RECORD}, "record 1; ", .asked = 0},
    {{RECORD, {"mta-sts.example.org", "A", .outcome = DNS_FAILURE}}, "record 1; ", .asked = 0},
    {{RECORD,
      {"mta-sts.example.org", "A",
       .records = {"203.0.114.2", "203.0.114.3", "203.0.114.4", "203.0.114.5", "203.0.114.6",
                   "203.0.114.7"}}},
     "record 1; 203.0.114.2: answered 404; 203.0.114.3: answered 301; 203.0.114.4: refused (connection "
     "refused); "
     "203.0.114.5: slow (no answer in time); 203.0.114.6: certificate (for another name); 203.0.114.7: too "
     "large "
     "(larger than 65536 bytes); ",
     .asked = 6},
    {{RECORD,
      {"mta-sts.example.org", "A",
       .records = {"203.0.114.8", "203.0.114.9", "203.0.114.10", "203.0.114.11", "203.0.114.1"}}},
     "record 1; 203.0.114.8: not observed (the server limits us); 203.0.114.9: unreached (no answer in "
     "time); "
     "203.0.114.10: broken (cut); 203.0.114.11: answered 200 policy 0; 203.0.114.1: answered 200 policy 1; ",
     .asked = 5},
    /* late because the whole scan is; stopped: what is known is handed over */
    {{RECORD, {"mta-sts.example.org", "A", .records = {"203.0.114.12", "203.0.114.1"}}},
     "record 1; 203.0.114.12: not observed (the time of the scan was over); 203.0.114.1: answered 200 policy "
     "0; ",
     .asked = 2},
    {{RECORD, {"mta-sts.example.org", "A", .records = {"203.0.114.13", "203.0.114.1"}}},
     "record 1; 203.0.114.13: not observed (the scan was stopped); 203.0.114.1: answered 200 policy 0; ",
     .asked = 2},
    /* who is not contacted */
    {{RECORD, {"mta-sts.example.org", "A", .records = {"10.0.0.1", "203.0.114.1"}}},
     "record 1; 10.0.0.1: not observed (private address); 203.0.114.1: answered 200 policy 0; ",
     .asked = 1},
    {{RECORD, {"mta-sts.example.org", "A", .records = {"10.0.0.1"}}},
     "record 1; 10.0.0.1: answered 200 policy 0; ",
     .asked = 1,
     .allow_private = true},
    {{RECORD,
      {"mta-sts.example.org", "A", .records = {"203.0.114.1"}},
      {"mta-sts.example.org", "AAAA", .records = {"2a01:4f8::1"}}},
     "record 1; 203.0.114.1: answered 200 policy 0; 2a01:4f8::1: not observed (no IPv6 here); ",
     .asked = 1,
     .no_ipv6 = true},
    {{RECORD,
      {"mta-sts.example.org", "A", .records = {"203.0.114.1"}},
      {"mta-sts.example.org", "AAAA", .records = {"2a01:4f8::1"}}},
     "record 1; 203.0.114.1: not observed (-6 was given); 2a01:4f8::1: answered 200 policy 0; ",
     .asked = 1,
     .only_ipv6 = true},
    /* at most 8 of a family */
    {{RECORD,
      {"mta-sts.example.org", "A",
       .records = {"203.0.114.1", "203.0.114.2", "203.0.114.3", "203.0.114.4", "203.0.114.6", "203.0.114.7",
                   "203.0.114.8", "203.0.114.9", "203.0.114.10"}},
      {"mta-sts.example.org", "AAAA", .records = {"2a01:4f8::1"}}},
     "record 1; 203.0.114.1: answered 200 policy 0; 203.0.114.2: answered 404; 203.0.114.3: answered 301; "
     "203.0.114.4: refused (connection refused); 203.0.114.6: certificate (for another name); 203.0.114.7: "
     "too "
     "large (larger than 65536 bytes); 203.0.114.8: not observed (the server limits us); 203.0.114.9: "
     "unreached "
     "(no answer in time); 203.0.114.10: not observed (more than 8 addresses); 2a01:4f8::1: answered 200 "
     "policy "
     "0; ",
     .asked = 9},
    /* --resolve takes the place of the DNS */
    {{RECORD, {"mta-sts.example.org", "A", .records = {"203.0.114.2"}}},
     "record 1; 203.0.114.1: answered 200 policy 0; ",
     .asked = 1,
     .override = {.host = "mta-sts.example.org", .address = {.family = AF_INET, .octets = {203, 0, 114, 1}}}},
};

Test(probe_mta_sts, table)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct run run = {
            .network = {.ipv4 = true, .ipv6 = !rows[i].no_ipv6, .allow_private = rows[i].allow_private},
            .settings = {.only_ipv6 = rows[i].only_ipv6},
            .arena = arena_new(0)};
        struct override override = rows[i].override;
        struct buffer text = {0};

        if (override.host != NULL)
            cr_assert_eq(list_add(&run.settings.overrides, run.arena, &override), 0);
        (void)probe_stage_run(&run.network, rows[i].table, probe_stage_answers(rows[i].table, 8), run_probe,
                              &run, 0);
        cr_assert_eq(run.result, 0, "row %zu", i);
        put_facts(&text, run.sts);
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        cr_expect_eq(web_asked, rows[i].asked, "row %zu: %zu", i, web_asked);
        cr_expect_not_null(run.sts->question);
        buffer_free(&text);
        arena_free(run.arena);
    }
}

Test(probe_mta_sts, what_is_noted)
{
    static const struct fake_answer table[] = {
        RECORD,
        {"mta-sts.example.org", "A", .records = {"203.0.114.1", "203.0.114.3", "203.0.114.6"}},
    };
    struct run run = {.network = {.ipv4 = true, .ipv6 = true}, .arena = arena_new(0)};
    const struct mta_sts_fetch_facts *fetch;

    (void)probe_stage_run(&run.network, table, 2, run_probe, &run, 0);
    cr_expect_str_eq(run.sts->host, "mta-sts.example.org");
    cr_expect_eq(run.sts->a->outcome, DNS_DATA);
    cr_expect_eq(run.sts->aaaa->outcome, DNS_NODATA);
    fetch = run.sts->fetches.items[0];
    cr_expect_str_eq(fetch->source, "dns");
    cr_expect_str_eq(fetch->scope, "global");
    cr_expect_eq(fetch->size.value, (int64_t)strlen(POLICY));
    cr_expect_str_eq(fetch->content_type, "text/plain");
    cr_expect_str_eq(((const struct mta_sts_fetch_facts *)run.sts->fetches.items[1])->location,
                     "https://example.org/");
    cr_expect(!((const struct mta_sts_fetch_facts *)run.sts->fetches.items[2])->status.known);
    cr_assert_eq(run.sts->policies.count, 1);
    cr_expect_eq(((const struct mta_sts_policy_facts *)run.sts->policies.items[0])->mode, MTA_STS_ENFORCE);
    arena_free(run.arena);
}

Test(probe_mta_sts, tls_rpt)
{
    static const struct {
        struct fake_answer answer;
        size_t count;
        const char *rua; /* of the first */
        bool observed;
    } reports[] = {
        {{"_smtp._tls.example.org", "TXT", .records = {"\"v=TLSRPTv1; rua=mailto:\" \"a@example.org\""}},
         1,
         "mailto:a@example.org",
         true},
        {{"_smtp._tls.example.org", "TXT", .records = {"\"v=spf1 -all\"", "\"v=TLSRPTv1; rua=x\""}},
         2,
         NULL,
         true},
        {{"example.org", "TXT", .records = {"\"v=spf1 -all\""}}, 0, NULL, true},
        {{"_smtp._tls.example.org", "TXT", .outcome = DNS_FAILURE}, 0, NULL, false},
    };

    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        struct run run = {.network = {.ipv4 = true, .ipv6 = true}, .arena = arena_new(0)};

        (void)probe_stage_run(&run.network, &reports[i].answer, 1, run_probe, &run, 0);
        cr_assert_eq(run.rpt_result, 0);
        cr_assert_eq(run.rpt->records.count, reports[i].count, "row %zu", i);
        cr_expect_eq(run.rpt->records.observed, reports[i].observed);
        if (reports[i].rua != NULL)
            cr_expect_str_eq(((const struct tls_rpt_record_facts *)run.rpt->records.items[0])->rua.items[0],
                             reports[i].rua);
        arena_free(run.arena);
    }
}
