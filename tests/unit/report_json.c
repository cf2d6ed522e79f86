/*
 * report_json.c - the result as JSON: its form, the way back, the schema
 *
 * Golden results are in tests/golden/scan-*.json, the schema in reports/schemas/scan-1.json;
 * OUTPOST_GOLDEN_UPDATE=1 writes them anew. That they fit the schema is tested in
 * tests/golden/schema_test.py.
 */
#include "reports/policy.h"
#include "reports/report.h"
#include "scanner/base/text.h"
#include "tests/unit/judged.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong with one of nearly everything: it shows each form that a finding can have. */
#define BROKEN                                                                                               \
    "facts.dns.exchangers.1 {\"preference\": 20, \"host\": \"gone.example.org\"}\n"                          \
    "facts.dns.hosts.1 {\"name\": \"gone.example.org\", \"source\": \"mx\", \"preference\": 20, "            \
    "\"valid_name\": true, "                                                                                 \
    "\"literal\": false, \"a\": {\"name\": \"gone.example.org\", \"type\": \"A\", \"outcome\": "             \
    "\"nxdomain\", "                                                                                         \
    "\"rcode\": "                                                                                            \
    "3}, \"aaaa\": {\"name\": \"gone.example.org\", \"type\": \"AAAA\", \"outcome\": \"nxdomain\", "         \
    "\"rcode\": 3}, "                                                                                        \
    "\"addresses\": []}\n"                                                                                   \
    "facts.ptr.0.question.outcome \"nodata\"\nfacts.ptr.0.names []\n"                                        \
    "CERT465.not_after \"2026-10-22T12:00:00Z\"\nCERT25.sans [\"www.example.org\"]\n"                        \
    "E587.smtp.ehlo.capabilities.4 {\"keyword\": \"AUTH\", \"parameter\": \"PLAIN LOGIN\"}\n"                \
    "F25.state \"refused\"\nF25.reason \"connection refused\"\nF25.smtp null\nF25.tls null\n"                \
    "F465.state \"silent\"\nF465.smtp null\nF465.tls null\n"                                                 \
    "E993.imap.greeting_text \"caf\\u00e9 \\\\x1b[31m \\u003c/script\\u003e ready\"\n"                       \
    "complete false\nincomplete_reason \"the time of 180 s was over\"\n"

/* TLS of every kind: old and weak on 993, cut short on 465, as it should be on 25. */
#define TLS_KINDS                                                                                            \
    "E993.tls.versions {\"complete\": true, \"list\": [\"TLS1.0\", \"TLS1.2\", \"TLS1.3\"], "                \
    "\"refused\": [\"SSL2\", \"SSL3\", \"TLS1.1\"]}\n"                                                       \
    "E993.tls.suites.TLS1~0 {\"complete\": true, \"list\": [\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\"]}\n"           \
    "E993.tls.suites.TLS1~2 {\"complete\": true, \"order\": \"client\", \"list\": "                          \
    "[\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\", \"TLS_DHE_RSA_WITH_AES_128_CBC_SHA\", "                     \
    "\"TLS_RSA_WITH_RC4_128_SHA\", \"0xCAFE\"]}\n"                                                           \
    "E993.tls.dh [{\"bits\": 1024, \"prime_name\": \"RFC 2409 group 2 (1024 bits)\", \"generator\": 2, "     \
    "\"reused\": true, \"versions\": [\"TLS1.2\"]}]\n"                                                       \
    "E993.tls.features.robot true\n"                                                                         \
    "E465.tls.suites.TLS1~2.complete false\nE465.tls.suites.TLS1~2.reason \"pushback\"\n"                    \
    "E465.tls.features.secure_renegotiation false\n"

static char *json_of(const struct scan_facts *scan, struct arena *arena, bool one_line, size_t *ret_size)
{
    char *text = NULL;

    cr_assert_eq(report_json(judged(arena, scan), one_line, &text, ret_size), 0);
    cr_assert_eq(strlen(text), *ret_size);
    return text;
}

/* ---- the form ---- */

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    cr_assert(file && text, "%s cannot be read", path);
    cr_assert(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

static void compare_file(const char *path, const char *text)
{
    char *golden;

    if (getenv("OUTPOST_GOLDEN_UPDATE")) {
        FILE *file = fopen(path, "w");

        cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
    }
    golden = read_file(path);
    cr_expect(strcmp(text, golden) == 0, "%s differs from what the program writes", path);
    free(golden);
}

Test(report_json, golden)
{
    static const struct {
        const char *name, *patches;
    } rows[] = {
        {"faultless", "facts.endpoints.7 absent\nfacts.endpoints.6 absent\nfacts.endpoints.5 absent\n"
                      "facts.endpoints.4 absent\nfacts.endpoints.2 absent\n"},
        {"broken", BROKEN "facts.endpoints.7 absent\nfacts.endpoints.6 absent\n"},
        {"tls", TLS_KINDS "facts.endpoints.7 absent\nfacts.endpoints.6 absent\nfacts.endpoints.5 absent\n"
                          "facts.endpoints.4 absent\nfacts.endpoints.2 absent\n"},
        {"unreachable",
         "facts.dns.mx.outcome \"failure\"\nfacts.dns.mx.reason \"SERVFAIL\"\nfacts.dns.mx.records []\n"
         "facts.dns.exchangers absent\nfacts.dns.hosts []\nfacts.dnssec null\nfacts.ptr []\nfacts.endpoints "
         "[]\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        char path[4096];
        size_t size;
        char *text = json_of(patched_scan(arena, rows[i].patches), arena, false, &size);

        snprintf(path, sizeof(path), "%s/tests/golden/scan-%s.json", SOURCE_DIRECTORY, rows[i].name);
        compare_file(path, text);
        free(text);
        arena_free(arena);
    }
}

/* What is remembered of other reports changes no byte of the next. */
Test(report_json, findings_that_were_written_before)
{
    static const char *const scans[] = {"", BROKEN, TLS_KINDS, BROKEN "CERT465.not_after null\n", BROKEN, ""};
    struct json_memory *memory = json_memory_new();

    cr_assert_not_null(memory);
    for (size_t i = 0; i < 2 * sizeof(scans) / sizeof(scans[0]); i++) {
        struct arena *arena = arena_new(0);
        const struct scan_facts *scan = patched_scan(arena, scans[i / 2]);
        char *alone, *again;
        size_t size, size_again;

        alone = json_of(scan, arena, i % 2 == 0, &size);
        cr_assert_eq(report_json_again(judged(arena, scan), i % 2 == 0, memory, &again, &size_again), 0);
        cr_expect_eq(size, size_again);
        cr_expect_str_eq(alone, again, "scan %zu", i / 2);
        free(alone);
        free(again);
        arena_free(arena);
    }
    json_memory_free(memory);
}

static const char *members_of(const json_t *json, struct arena *arena)
{
    const char *found = "", *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)json, name, value) found =
        arena_format(arena, "%s%s%s", found, *found == '\0' ? "" : " ", name);
    return found;
}

static void check_members(const json_t *json, const char *expected)
{
    struct arena *arena = arena_new(0);

    cr_expect_str_eq(members_of(json, arena), expected);
    arena_free(arena);
}

static void check_first_members(const json_t *json, const char *expected)
{
    struct arena *arena = arena_new(0);

    cr_expect_eq(strncmp(members_of(json, arena), expected, strlen(expected)), 0, "%s",
                 members_of(json, arena));
    arena_free(arena);
}

/* The order of DESIGN section 4, which people read. */
Test(report_json, members)
{
    struct arena *arena = arena_new(0);
    size_t size;
    char *text = json_of(patched_scan(arena, BROKEN), arena, false, &size);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *endpoint, *finding;

    cr_assert_not_null(json);
    check_members(json, "schema generator target target_display target_kind started finished complete "
                        "incomplete_reason settings vantage policy outcome grade no_better_than grades "
                        "grade_reasons counts findings "
                        "facts");
    check_members(json_object_get(json, "policy"), "name sha256");
    check_members(json_object_get(json, "grades"), "transport authentication reachability dns");
    check_members(json_object_get(json, "counts"), "fail warn info pass not_applicable not_tested");
    check_members(json_array_get(json_object_get(json, "grade_reasons"), 0), "check subject cap");
    finding = json_array_get(json_object_get(json, "findings"), 0);
    check_members(finding, "id check outcome severity subject title why evidence fix reference");
    check_members(json_object_get(finding, "subject"), "host address port text");
    endpoint = json_array_get(json_object_get(json_object_get(json, "facts"), "endpoints"), 0);
    check_first_members(endpoint, "address port service hosts state reason grade grade_details ");
    check_members(json_object_get(endpoint, "grade_details"),
                  "role score protocol key_exchange cipher caps no_better_than untested");
    cr_expect_str_eq(json_string_value(json_object_get(endpoint, "grade")), "A+");
    cr_expect_str_eq(json_string_value(json_object_get(json, "grade")), "F");
    cr_expect_str_eq(json_string_value(json_object_get(json_object_get(json, "grades"), "authentication")),
                     "A");
    json_decref(json);
    free(text);
    arena_free(arena);
}

Test(report_json, one_line)
{
    struct arena *arena = arena_new(0);
    size_t size, long_size;
    char *text = json_of(patched_scan(arena, BROKEN), arena, true, &size);
    char *long_text = json_of(patched_scan(arena, BROKEN), arena, false, &long_size);
    json_t *json = json_loads(text, 0, NULL), *long_json = json_loads(long_text, 0, NULL);

    cr_expect_eq(strchr(text, '\n'), text + size - 1, "one line, and its end");
    cr_expect_eq(long_text[long_size - 1], '\n');
    cr_expect_lt(size, long_size);
    cr_expect(json_equal(json, long_json));
    json_decref(json);
    json_decref(long_json);
    free(text);
    free(long_text);
    arena_free(arena);
}

/* ---- the way back ---- */

/* A stored scan, judged again by the same version and policy, gives the same bytes. */
Test(report_json, same_bytes_again)
{
    static const char *const patches[] = {
        "",
        BROKEN,
        TLS_KINDS,
        "facts {}",
        "facts.dns null",
        "settings null\nvantage null",
        "started null",
        "E25.state null",
        "facts.endpoints [{}, {}]\nfacts.ptr [{}]",
        "target \"b\\u00fccher\\\\x1b\"",
        "facts.endpoints absent",
        "E25.smtp.starttls_trailing \"AAECAw==\"\nCERT25.sha256 null\nRSA25.name null",
    };

    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++)
        for (int one_line = 0; one_line < 2; one_line++) {
            struct arena *arena = arena_new(0);
            struct scan_facts *again = NULL;
            const char *error = NULL;
            size_t size, size_again;
            char *text = json_of(patched_scan(arena, patches[i]), arena, one_line, &size), *text_again;

            cr_assert_eq(scan_from_json(text, size, arena, &again, &error), 0, "%s: %s", patches[i], error);
            text_again = json_of(again, arena, one_line, &size_again);
            cr_expect_str_eq(text_again, text, "%s", patches[i]);
            free(text);
            free(text_again);
            arena_free(arena);
        }
}

/* Somebody else's file: nothing in it may reach a terminal as it is. */
Test(report_json, stored_texts_are_cleaned)
{
    static const char text[] = "{\"schema\": 1, \"target\": \"\\u001b[2J\\u202eevil\", \"facts\": {\"dns\": "
                               "{\"domain\": \"a\\nb\"}}}";
    struct arena *arena = arena_new(0);
    struct scan_facts *scan = NULL;
    const char *error = NULL;
    size_t size;
    char *json;

    cr_assert_eq(scan_from_json(text, strlen(text), arena, &scan, &error), 0);
    cr_expect_str_eq(scan->target, "\\x1b[2J\\xe2\\x80\\xaeevil");
    cr_expect_str_eq(scan->facts->dns->domain, "a\\x0ab");
    json = json_of(scan, arena, false, &size);
    cr_expect_null(strchr(json, '\x1b'));
    cr_expect_null(strstr(json, "\xe2\x80\xae"));
    free(json);
    arena_free(arena);
}

Test(report_json, mistakes)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"", "line "},
        {"{", "line 1"},
        {"[]", "the whole has a wrong value"},
        {"7", "line 1"},
        {"{}", "\"schema\" is not 1"},
        {"{\"schema\": 2, \"target\": \"x\", \"facts\": {}}", "\"schema\" is not 1"},
        {"{\"schema\": 1, \"facts\": {}}", "no \"target\""},
        {"{\"schema\": 1, \"target\": \"x\"}", "no \"facts\""},
        {"{\"schema\": 1, \"target\": \"x\", \"facts\": null}", "no \"facts\""},
        {"{\"schema\": 1, \"target\": 7, \"facts\": {}}", "target has a wrong value"},
        {"{\"schema\": 1, \"target\": \"x\", \"facts\": {\"endpoints\": [{}, {\"tls\": {\"handshakes\": "
         "[{\"version\": "
         "1.3}]}}]}}",
         "facts.endpoints[1].tls.handshakes[0].version has a wrong value"},
        {"{\"schema\": 1, \"schema\": 1, \"target\": \"x\", \"facts\": {}}", "duplicate object key"},
        {"{\"schema\": 1, \"target\": \"x\", \"facts\": {}} trailing", "line 1"},
        {"{\"schema\": 1, \"target\": \"\\u0000\", \"facts\": {}}", "line 1"},
        {"{\"schema\": 1, \"target\": \"\xff\", \"facts\": {}}", "line 1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        struct scan_facts *scan = NULL;
        const char *error = NULL;

        cr_expect_eq(scan_from_json(rows[i].text, strlen(rows[i].text), arena, &scan, &error), -EINVAL, "%s",
                     rows[i].text);
        cr_expect_null(scan);
        cr_expect(error != NULL && strstr(error, rows[i].error) != NULL, "%s: %s", rows[i].text, error);
        arena_free(arena);
    }
}

Test(report_json, limits)
{
    enum { DEPTH = 100000, ENDPOINTS = 4097, SIZE_LIMIT = 64 << 20 };
    struct arena *arena = arena_new(0);
    struct scan_facts *scan = NULL;
    struct buffer text = {0};
    const char *error = NULL;

    for (int i = 0; i < DEPTH; i++)
        put_text(&text, "[");
    cr_expect_eq(scan_from_json((char *)text.data, text.size, arena, &scan, &error), -EINVAL);
    cr_expect(strstr(error, "nested too deeply") != NULL, "%s", error);
    /* Not even looked at: there is no such memory behind it. */
    cr_expect_eq(scan_from_json((char *)text.data, SIZE_LIMIT + 1, arena, &scan, &error), -EINVAL);
    cr_expect(strstr(error, "larger than 64 MiB") != NULL, "%s", error);
    text.size = 0;
    put_text(&text, "{\"schema\": 1, \"target\": \"x\", \"facts\": {\"endpoints\": [{}");
    for (int i = 1; i < ENDPOINTS; i++)
        put_text(&text, ",{}");
    put_text(&text, "]}}");
    cr_expect_eq(scan_from_json((char *)text.data, text.size, arena, &scan, &error), -EINVAL);
    cr_expect(strstr(error, "more endpoints") != NULL, "%s", error);
    cr_expect_null(scan);
    buffer_free(&text);
    arena_free(arena);
}

/* ---- the schema ---- */

Test(report_json, schema)
{
    char path[4096];
    char *text = NULL;
    size_t size;
    json_t *json, *scan;

    cr_assert_eq(report_schema(&text, &size), 0);
    cr_assert_eq(strlen(text), size);
    snprintf(path, sizeof(path), "%s/reports/schemas/scan-1.json", SOURCE_DIRECTORY);
    compare_file(path, text);
    json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(json);
    scan = json_object_get(json_object_get(json, "$defs"), "scan");
    check_members(
        json_object_get(scan, "properties"),
        "schema generator target target_display target_kind started finished complete incomplete_reason "
        "settings vantage policy outcome grade no_better_than grades grade_reasons counts findings facts");
    json_decref(json);
    free(text);
}
