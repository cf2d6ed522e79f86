/*
 * policy.c - policies: the built-in one, what a file changes, and what is wrong with a file in words
 */
#include "reports/policy.h"
#include "reports/judge.h"
#include "reports/mail_clients.h"

#include "scanner/base/arena.h"
#include "tests/unit/judged.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file with this text; the caller removes it. */
static const char *write_file(struct arena *arena, const char *text, size_t size)
{
    char *name = arena_text(arena, "/tmp/outpost-policy-XXXXXX");
    int descriptor = mkstemp(name);

    cr_assert_geq(descriptor, 0);
    cr_assert_eq(write(descriptor, text, size), (ssize_t)size);
    close(descriptor);
    return name;
}

static int load(struct arena *arena, const char *text, const struct policy **ret, const char **ret_error)
{
    const char *name = write_file(arena, text, strlen(text));
    int result = policy_load(name, arena, ret, ret_error);

    unlink(name);
    return result;
}

Test(policy, builtin)
{
    static const struct {
        const char *name;
        double value;
    } thresholds[] = {
        {"cert.expiry.fail_days", 7},
        {"cert.expiry.fail_share", 0.08},
        {"cert.expiry.warn_days", 21},
        {"cert.expiry.warn_share", 0.22},
        {"cert.key.ec_bits_weak", 224},
        {"cert.key.rsa_bits_broken", 1024},
        {"cert.key.rsa_bits_weak", 2048},
        {"smtp.ehlo.size_bytes", 10000000},
        {"smtp.greeting.slow_milliseconds", 5000},
    };
    struct arena *arena = arena_new(0);
    const struct policy *policy = NULL, *named = NULL;
    const char *error = NULL;
    struct list clients;

    cr_assert_eq(policy_load(NULL, arena, &policy, &error), 0, "%s", error);
    cr_assert_eq(policy_load("mail-2026", arena, &named, &error), 0);
    cr_expect_str_eq(policy_name(policy), "mail-2026");
    cr_expect_eq(strlen(policy_sha256(policy)), 64);
    cr_expect_str_eq(policy_sha256(policy), policy_sha256(named));
    for (size_t i = 0; i < sizeof(thresholds) / sizeof(thresholds[0]); i++)
        cr_expect_eq(policy_threshold(policy, thresholds[i].name), thresholds[i].value, "%s",
                     thresholds[i].name);
    cr_assert_eq(mail_clients(arena, &clients), 0);
    cr_expect_gt(clients.count, 0);
    cr_expect_eq(policy_clients(policy)->count, clients.count);
    cr_expect(policy_essential(policy, check_find("smtp.reachable")));
    cr_expect_not(policy_essential(policy, check_find("cert.name")));
    cr_expect_eq(policy_severity(policy, check_find("cert.expiry")), SEVERITY_CRITICAL);
    arena_free(arena);
}

Test(policy, unknown_threshold, .signal = SIGABRT)
{
    const struct policy *policy;
    const char *error;

    cr_assert_eq(policy_load(NULL, arena_new(0), &policy, &error), 0);
    (void)policy_threshold(policy, "cert.expiry.fail_weeks");
}

/* The table of caps, as it is written in the file. */
Test(policy, caps)
{
    static const struct {
        enum outcome outcome;
        enum severity severity;
        const char *cap;
    } rows[] = {
        {OUTCOME_FAIL, SEVERITY_CRITICAL, "F"},
        {OUTCOME_FAIL, SEVERITY_HIGH, "C"},
        {OUTCOME_FAIL, SEVERITY_MEDIUM, "B"},
        {OUTCOME_FAIL, SEVERITY_LOW, "B"},
        {OUTCOME_FAIL, SEVERITY_NONE, NULL},
        {OUTCOME_WARN, SEVERITY_CRITICAL, "B"},
        {OUTCOME_WARN, SEVERITY_HIGH, "B"},
        {OUTCOME_WARN, SEVERITY_MEDIUM, NULL},
        {OUTCOME_WARN, SEVERITY_LOW, NULL},
        {OUTCOME_INFO, SEVERITY_CRITICAL, NULL},
        {OUTCOME_PASS, SEVERITY_CRITICAL, NULL},
        {OUTCOME_NOT_TESTED, SEVERITY_CRITICAL, NULL},
        {OUTCOME_NOT_APPLICABLE, SEVERITY_CRITICAL, NULL},
    };
    struct arena *arena = arena_new(0);
    const struct policy *policy;
    const char *error;

    cr_assert_eq(policy_load(NULL, arena, &policy, &error), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct finding finding = {
            .check = check_find("cert.name"), .outcome = rows[i].outcome, .severity = rows[i].severity};
        const char *cap = policy_cap(policy, &finding);

        cr_expect(rows[i].cap == NULL ? cap == NULL : cap != NULL && strcmp(cap, rows[i].cap) == 0,
                  "%s %s: %s", outcome_name(rows[i].outcome), severity_name(rows[i].severity), cap);
    }
    arena_free(arena);
}

Test(policy, file_changes_what_it_says)
{
    static const char text[] = "{\"schema\": 1, \"name\": \"strict\", \"caps\": {\"warn\": {\"low\": \"B\"}},"
                               " \"essential\": [\"cert.name\"],"
                               " \"checks\": {\"cert.expiry\": {\"severity\": \"high\", \"caps\": {\"fail\": "
                               "\"E\", \"warn\": null}},"
                               "              \"cert.key\": {\"severity\": \"none\"}},"
                               " \"thresholds\": {\"cert.expiry.warn_days\": 30.5}}";
    struct arena *arena = arena_new(0);
    const struct policy *policy = NULL, *builtin;
    struct finding finding = {
        .check = check_find("cert.expiry"), .outcome = OUTCOME_FAIL, .severity = SEVERITY_HIGH};
    const char *error = NULL;

    cr_assert_eq(load(arena, text, &policy, &error), 0, "%s", error);
    cr_assert_eq(policy_load(NULL, arena, &builtin, &error), 0);
    cr_expect_str_eq(policy_name(policy), "strict");
    cr_expect_str_neq(policy_sha256(policy), policy_sha256(builtin));
    cr_expect_eq(policy_severity(policy, check_find("cert.expiry")), SEVERITY_HIGH);
    cr_expect_eq(policy_severity(policy, check_find("cert.key")), SEVERITY_NONE);
    cr_expect_eq(policy_severity(policy, check_find("cert.name")), SEVERITY_HIGH, "what is not said stays");
    cr_expect_str_eq(policy_cap(policy, &finding), "E");
    finding.outcome = OUTCOME_WARN;
    cr_expect_null(policy_cap(policy, &finding));
    finding.check = check_find("cert.name");
    cr_expect_str_eq(policy_cap(policy, &finding), "B");
    finding.severity = SEVERITY_LOW;
    cr_expect_str_eq(policy_cap(policy, &finding), "B");
    cr_expect_eq(policy_threshold(policy, "cert.expiry.warn_days"), 30.5);
    cr_expect_eq(policy_threshold(policy, "cert.expiry.fail_days"), 7);
    cr_expect(policy_essential(policy, check_find("cert.name")));
    cr_expect_not(policy_essential(policy, check_find("dns.mx")));
    arena_free(arena);
}

/* The same facts under another policy. */
Test(policy, judges_otherwise)
{
    static const char text[] =
        "{\"schema\": 1, \"name\": \"lenient\", \"checks\": {\"cert.expiry\": {\"severity\": "
        "\"low\", \"caps\": {\"fail\": null}}}}";
    struct arena *arena = arena_new(0);
    const struct scan_facts *scan = patched_scan(arena, "CERT465.not_after \"2026-10-22T12:00:00Z\"");
    struct judgement *judgement;
    const struct policy *policy;
    const char *error;

    cr_expect_str_eq(judged(arena, scan)->grade, "F");
    cr_assert_eq(load(arena, text, &policy, &error), 0);
    cr_assert_eq(judge(scan, policy, arena, &judgement), 0);
    cr_expect_str_eq(judgement->grade, "A");
    cr_expect_eq(judgement->outcome, OUTCOME_FAIL);
    cr_expect_eq(finding_of(judgement, "cert.expiry@mail.example.org/11.10.1.25:465")->severity,
                 SEVERITY_LOW);
    arena_free(arena);
}

#define WITH(member) "{\"schema\": 1, \"name\": \"x\", " member "}"

Test(policy, mistakes)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"", "line "},
        {"{", "line 1"},
        {"[]", "policy: must be an object"},
        {"{\"name\": \"x\"}", "schema: is missing"},
        {"{\"schema\": 1}", "name: is missing"},
        {"{\"schema\": 2, \"name\": \"x\"}", "schema: must be 1"},
        {"{\"schema\": \"1\", \"name\": \"x\"}", "schema: must be 1"},
        {"{\"schema\": 1, \"name\": \"\"}", "name: must be a word"},
        {"{\"schema\": 1, \"name\": \"a b\"}", "name: must be a word"},
        {"{\"schema\": 1, \"name\": \"-x\"}", "name: must be a word"},
        {"{\"schema\": 1, \"name\": 7}", "name: must be a word"},
        {"{\"schema\": 1, \"schema\": 1, \"name\": \"x\"}", "duplicate object key"},
        {WITH("\"severities\": {}"), "severities: is not known here"},
        {WITH("\"\\u001b[2J\": {}"), "\\x1b[2J: is not known here"},
        {WITH("\"description\": 7"), "description: must be a text"},
        {WITH("\"caps\": 7"), "caps: must be an object"},
        {WITH("\"caps\": {\"info\": {}}"), "caps.info: only"},
        {WITH("\"caps\": {\"fail\": []}"), "caps.fail: must be an object"},
        {WITH("\"caps\": {\"fail\": {\"hgih\": \"C\"}}"), "caps.fail.hgih: is not a severity"},
        {WITH("\"caps\": {\"warn\": {\"high\": \"G\"}}"), "caps.warn.high: must be a grade"},
        {WITH("\"caps\": {\"warn\": {\"high\": 3}}"), "caps.warn.high: must be a grade"},
        {WITH("\"caps\": {\"warn\": {\"high\": \"AA\"}}"), "caps.warn.high: must be a grade"},
        {WITH("\"checks\": []"), "checks: must be an object"},
        {WITH("\"checks\": {\"cert.nmae\": {}}"), "checks.cert.nmae: there is no such check"},
        {WITH("\"checks\": {\"cert.name\": 1}"), "checks.cert.name: must be an object"},
        {WITH("\"checks\": {\"cert.name\": {\"severity\": \"bad\"}}"), "checks.cert.name.severity: must be"},
        {WITH("\"checks\": {\"cert.name\": {\"severity\": null}}"), "checks.cert.name.severity: must be"},
        {WITH("\"checks\": {\"cert.name\": {\"cap\": \"B\"}}"), "checks.cert.name.cap: is not known"},
        {WITH("\"checks\": {\"cert.name\": {\"caps\": {\"pass\": \"B\"}}}"), "checks.cert.name.pass: only"},
        {WITH("\"checks\": {\"cert.name\": {\"caps\": {\"fail\": \"H\"}}}"),
         "checks.cert.name.fail: must be a grade"},
        {WITH("\"checks\": {\"cert.name\": {\"caps\": 1}}"), "checks.cert.name.caps: must be an object"},
        {WITH("\"essential\": {}"), "essential: must be an array"},
        {WITH("\"essential\": [\"cert.nmae\"]"), "essential.cert.nmae: there is no such check"},
        {WITH("\"essential\": [7]"), "essential: there is no such check"},
        {WITH("\"thresholds\": []"), "thresholds: must be an object"},
        {WITH("\"thresholds\": {\"cert.expiry.days\": 3}"), "thresholds.cert.expiry.days: there is no such"},
        {WITH("\"thresholds\": {\"cert.expiry.fail_days\": \"3\"}"),
         "fail_days: must be a number, 0 or more"},
        {WITH("\"thresholds\": {\"cert.expiry.fail_days\": -1}"), "fail_days: must be a number, 0 or more"},
        {WITH("\"thresholds\": {\"cert.expiry.fail_share\": 1.5}"),
         "fail_share: must be a number from 0 to 1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        const struct policy *policy = NULL;
        const char *error = NULL;

        cr_expect_eq(load(arena, rows[i].text, &policy, &error), -EINVAL, "%s", rows[i].text);
        cr_expect_null(policy);
        cr_expect(error != NULL && strstr(error, rows[i].error) != NULL, "%s: %s", rows[i].text, error);
        cr_expect(error != NULL && strncmp(error, "policy /tmp/", 12) == 0, "which file: %s", error);
        arena_free(arena);
    }
}

Test(policy, files)
{
    struct arena *arena = arena_new(0);
    char *deep = arena_alloc(arena, 100001), *large = arena_alloc(arena, 2 << 20);
    const struct policy *policy = NULL;
    const char *error = NULL, *name;

    cr_expect_eq(policy_load("no-such-policy", arena, &policy, &error), -ENOENT);
    cr_expect(strstr(error, "policy no-such-policy: no policy has this name") != NULL, "%s", error);
    cr_expect_eq(policy_load("/", arena, &policy, &error), -EISDIR);
    memset(deep, '[', 100000);
    cr_expect_eq(load(arena, deep, &policy, &error), -EINVAL);
    cr_expect(strstr(error, "nested too deeply") != NULL, "%s", error);
    memset(large, ' ', (2 << 20) - 1);
    cr_expect_eq(load(arena, large, &policy, &error), -EINVAL);
    cr_expect(strstr(error, "larger than a policy can be") != NULL, "%s", error);
    cr_expect_null(policy);
    /* The hash is that of the file's bytes: known from sha256sum. */
    name = write_file(arena, "{\"schema\":1,\"name\":\"x\"}", 23);
    cr_assert_eq(policy_load(name, arena, &policy, &error), 0);
    unlink(name);
    cr_expect_str_eq(policy_sha256(policy),
                     "794fe673093a135ba5bb53af7e5f79d52cfff1b9eba4871995235ca3449ba8fd");
    arena_free(arena);
}
