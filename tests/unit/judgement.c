/*
 * judgement.c - the catalogue, the order of findings, grades, and a judge that runs out of memory
 */
#include "reports/judgement.h"
#include "reports/judge.h"

#include "reports/grade.h"
#include "reports/observed.h"
#include "reports/policy.h"
#include "reports/tls_grade.h"
#include "tests/unit/judged.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>

/* ---- the catalogue ---- */

static bool is_id(const char *id)
{
    if (!islower((unsigned char)id[0]) || strchr(id, '.') == NULL || strstr(id, "..") != NULL)
        return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_.") == strlen(id) && id[strlen(id) - 1] != '.';
}

static bool is_sentence(const char *text)
{
    return isupper((unsigned char)text[0]) && text[strlen(text) - 1] == '.';
}

Test(judgement, catalogue)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);

    cr_assert_geq(count, 40);
    for (size_t i = 0; i < count; i++) {
        const struct check *check = checks[i];

        cr_expect(is_id(check->id), "%s is no id", check->id);
        cr_expect(i == 0 || strcmp(checks[i - 1]->id, check->id) < 0, "%s is not in order", check->id);
        cr_expect_eq(check_find(check->id), check, "%s is not found", check->id);
        cr_expect(check->severity >= SEVERITY_CRITICAL && check->severity <= SEVERITY_NONE, "%s: severity",
                  check->id);
        cr_expect(check->area >= AREA_TRANSPORT && check->area <= AREA_NONE, "%s: area", check->id);
        cr_expect(isupper((unsigned char)check->title[0]) && check->title[strlen(check->title) - 1] != '.',
                  "%s: title", check->id);
        cr_expect(is_sentence(check->why), "%s: why", check->id);
        cr_expect(strlen(check->reference) > 0, "%s: reference", check->id);
        cr_expect(isupper((unsigned char)check->explanation[0]) && strlen(check->explanation) > 100,
                  "%s: explanation", check->id);
        /* delivery.outlook sums up what others fix */
        cr_expect(strstr(check->explanation, "\n\nFix: ") != NULL ||
                      strcmp(check->id, "delivery.outlook") == 0,
                  "%s: no fix", check->id);
        cr_expect_not_null(check->judge);
    }
    cr_expect_null(check_find(""));
    cr_expect_null(check_find("cert"));
    cr_expect_null(check_find("zzz"));
}

/* ---- findings ---- */

static bool in_order(const struct finding *first, const struct finding *second)
{
    if (first->outcome != second->outcome)
        return first->outcome < second->outcome;
    if (first->severity != second->severity)
        return first->severity < second->severity;
    return strcmp(first->id, second->id) < 0;
}

/* What holds for every judgement. */
static void check_judgement(const struct judgement *judgement, const char *patches)
{
    size_t counts[OUTCOMES] = {0};

    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];
        size_t place = strlen(finding->check->id);

        counts[finding->outcome]++;
        cr_expect(i == 0 || in_order(judgement->findings.items[i - 1], finding), "%s is not in order (%s)",
                  finding->id, patches);
        cr_expect(strncmp(finding->id, finding->check->id, place) == 0 && finding->id[place] == '@', "%s",
                  finding->id);
        cr_expect_str_not_empty(finding->title, "%s", finding->id);
        cr_expect_str_not_empty(finding->why, "%s", finding->id);
        cr_expect_str_not_empty(finding->reference, "%s", finding->id);
        cr_expect_str_not_empty(finding->subject.text, "%s", finding->id);
        cr_expect(strstr(finding->title, "(null)") == NULL && strchr(finding->title, '\n') == NULL, "%s: %s",
                  finding->id, finding->title);
        /* What fails can be repaired, and what is said was seen. */
        cr_expect(finding->outcome != OUTCOME_FAIL || finding->fix.count > 0, "%s fails without a fix (%s)",
                  finding->id, patches);
        cr_expect(finding->outcome != OUTCOME_FAIL || finding->evidence.count > 0,
                  "%s fails without evidence (%s)", finding->id, patches);
    }
    for (enum outcome outcome = OUTCOME_FAIL; outcome <= OUTCOME_NOT_TESTED; outcome++)
        cr_expect_eq(judgement->counts[outcome], counts[outcome], "%s", outcome_name(outcome));
}

#define CLOSED(endpoint, state)                                                                              \
    endpoint ".state \"" state "\"\n" endpoint ".smtp null\n" endpoint ".imap null\n" endpoint ".tls null\n"
#define ALL_CLOSED(state)                                                                                    \
    CLOSED("E25", state)                                                                                     \
    CLOSED("E465", state)                                                                                    \
    CLOSED("E587", state)                                                                                    \
    CLOSED("E993", state)                                                                                    \
    CLOSED("F25", state) CLOSED("F465", state) CLOSED("F587", state) CLOSED("F993", state)
#define NXDOMAIN                                                                                             \
    "facts.dns.mx.outcome \"nxdomain\"\nfacts.dns.exchangers []\nfacts.dns.hosts []\nfacts.ptr []\n"         \
    "facts.endpoints []\n"
#define NULL_MX                                                                                              \
    "facts.dns.null_mx true\nfacts.dns.exchangers [{\"preference\": 0, \"host\": \".\"}]\n"                  \
    "facts.dns.hosts []\nfacts.ptr []\nfacts.endpoints []\n"

#define QUICK(endpoint)                                                                                      \
    "settings.depth \"quick\"\n" endpoint ".tls.versions null\n" endpoint ".tls.suites {}\n" endpoint        \
    ".tls.groups {}\n" endpoint ".tls.schemes {}\n" endpoint ".tls.features null\n"

struct grade_row {
    const char *patches, *grade, *transport, *authentication, *reachability, *dns;
    enum outcome outcome;
    const char *reason; /* the first finding that sets the grade; NULL: none */
};

static const char *shown(const char *grade)
{
    return grade == NULL ? "-" : grade;
}

/* "<A": no better than A. */
static const char *shown_bound(struct arena *arena, const char *grade, const char *no_better_than)
{
    return grade == NULL && no_better_than != NULL ? arena_format(arena, "<%s", no_better_than)
                                                   : shown(grade);
}

Test(judgement, grades)
{
    static const struct grade_row rows[] = {
        {"", "A", "A", "A", "A", "A", OUTCOME_INFO, NULL}, /* tls.cross_protocol informs */
        {"CERT465.not_after \"2026-10-22T12:00:00Z\"", "F", "F", "A", "A", "A", OUTCOME_FAIL, "cert.expiry"},
        {"CERT25.not_after \"2026-10-22T12:00:00Z\"", "B", "B", "A", "A", "A", OUTCOME_WARN, "cert.expiry"},
        {"CERT465.sans [\"www.example.org\"]\nHOST.asked_for true", "C", "C", "A", "A", "A", OUTCOME_FAIL,
         "cert.name"},
        {"CERT25.sans [\"www.example.org\"]", "B", "B", "A", "A", "A", OUTCOME_WARN, "cert.name"},
        {"E25.smtp.ehlo.name \"localhost\"", "B", "A", "A", "B", "A", OUTCOME_FAIL, "helo.name"},
        {"CERT465.scts 0", "A", "A", "A", "A", "A", OUTCOME_WARN, NULL}, /* a low warning caps nothing */
        {"HOST.a.aliases [\"real.example.net\"]\nE25.smtp.starttls_offered false\nE25.smtp.tls null", "F",
         "F", "A", "A", "C", OUTCOME_FAIL, "smtp.starttls"},
        {"E25.smtp.ehlo.capabilities.4 {\"keyword\": \"AUTH\", \"parameter\": \"PLAIN\"}", "F", "F", "A", "A",
         "A", OUTCOME_FAIL, "smtp.auth_plaintext"},
        /* nobody answers: what was not tested earns nothing and costs nothing */
        {ALL_CLOSED("silent") "vantage.port_25 null\nvantage.port_25_ipv6 null", "-", "-", "A", "-", "A",
         OUTCOME_NOT_TESTED, NULL},
        {ALL_CLOSED("refused"), "F", "-", "A", "F", "A", OUTCOME_FAIL, "smtp.reachable"},
        {CLOSED("E25", "silent")
             CLOSED("F25", "silent") "vantage.port_25 \"blocked\"\nvantage.port_25_ipv6 \"blocked\"",
         "-", "-", "A", "-", "A", OUTCOME_NOT_TESTED, NULL},
        {CLOSED("E25", "silent") CLOSED(
             "F25",
             "silent") "vantage.port_25 \"blocked\"\nvantage.port_25_ipv6 \"blocked\"\nCERT465.trusted false",
         "C", "C", "A", "-", "A", OUTCOME_FAIL, "cert.trust"},
        {CLOSED("F25", "silent") CLOSED("F465", "silent") CLOSED("F587", "silent")
             CLOSED("F993", "silent") "vantage.port_25_ipv6 null",
         "A", "A", "A", "A", "A", OUTCOME_INFO, NULL}, /* one address was enough */
        {NXDOMAIN "facts.spf null", "F", "-", "-", "-", "F", OUTCOME_FAIL, "dns.mx"},
        {NULL_MX "facts.spf.records.0.terms [{\"text\": \"-all\", \"kind\": \"all\", \"qualifier\": \"-\", "
                 "\"used\": true}]",
         "A", "-", "A", "-", "A", OUTCOME_INFO, NULL},
        {NULL_MX, "B", "-", "B", "-", "A", OUTCOME_WARN, "spf.all"}, /* it should say that nobody sends */
        {"facts.spf null\nfacts.dkim null\nfacts.dmarc null", "-", "A", "-", "A", "A", OUTCOME_NOT_TESTED,
         NULL},
        {"facts.dns.mx.outcome \"failure\"\nfacts.dns.exchangers []\nfacts.dns.hosts []\nfacts.ptr []\n"
         "facts.endpoints []",
         "-", "-", "A", "-", "-", OUTCOME_NOT_TESTED, NULL},
        {"facts.dns null\nfacts.ptr []\nfacts.endpoints []\nfacts.spf null", "-", "-", "-", "-", "-",
         OUTCOME_NOT_TESTED, NULL},
        {"target_kind \"host\"\nfacts.dns.domain null\nHOST.source \"target\"", "A", "A", "A", "A", "A",
         OUTCOME_INFO, NULL},
        /* TLS that was not enumerated can lower the grade, unless it is an F already */
        {QUICK("E993"), "<A", "<A", "A", "A", "A", OUTCOME_INFO, NULL},
        {QUICK("E993") "CERT465.trusted false", "<C", "<C", "A", "A", "A", OUTCOME_FAIL, "cert.trust"},
        {QUICK("E993") "CERT465.not_after \"2026-10-22T12:00:00Z\"", "F", "F", "A", "A", "A", OUTCOME_FAIL,
         "cert.expiry"},
        {QUICK("E993") "E25.smtp.ehlo.name \"localhost\"", "<B", "<A", "A", "B", "A", OUTCOME_FAIL,
         "helo.name"},
        {"complete false\n" CLOSED("E993", "not_contacted"), "<A", "<A", "A", "A", "A", OUTCOME_INFO, NULL},
        /* nothing came back to the handshake of a server that had greeted us */
        {"E465.tls {\"handshakes\": [{\"result\": \"silent\"}]}", "<A", "<A", "A", "A", "A", OUTCOME_INFO,
         NULL},
        {"E993.tls.features.heartbleed null\nE993.tls.features.heartbeat null", "<A", "<A", "A", "A", "A",
         OUTCOME_INFO, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        struct judgement *judgement = judged(arena, patched_scan(arena, rows[i].patches));
        const struct grade_reason *reason =
            judgement->grade_reasons.count > 0 ? judgement->grade_reasons.items[0] : NULL;

        const char *grade = shown_bound(arena, judgement->grade, judgement->no_better_than);
        const char *transport =
            shown_bound(arena, judgement->area_grades[AREA_TRANSPORT], judgement->transport_no_better_than);

        cr_expect_str_eq(grade, rows[i].grade, "[%zu]: grade %s", i, grade);
        cr_expect_str_eq(transport, rows[i].transport, "[%zu]: transport %s", i, transport);
        cr_expect_str_eq(shown(judgement->area_grades[AREA_REACHABILITY]), rows[i].reachability,
                         "[%zu]: reachability %s", i, shown(judgement->area_grades[AREA_REACHABILITY]));
        cr_expect_str_eq(shown(judgement->area_grades[AREA_DNS]), rows[i].dns, "[%zu]: dns %s", i,
                         shown(judgement->area_grades[AREA_DNS]));
        cr_expect_str_eq(shown(judgement->area_grades[AREA_AUTHENTICATION]), rows[i].authentication,
                         "[%zu]: authentication %s", i, shown(judgement->area_grades[AREA_AUTHENTICATION]));
        cr_expect_eq(judgement->outcome, rows[i].outcome, "[%zu]: %s", i, outcome_name(judgement->outcome));
        cr_expect(rows[i].reason == NULL
                      ? reason == NULL
                      : reason != NULL && strcmp(reason->finding->check->id, rows[i].reason) == 0,
                  "[%zu]: because of %s", i, reason == NULL ? "nothing" : reason->finding->id);
        for (size_t j = 0; j < judgement->grade_reasons.count; j++)
            cr_expect_str_eq(((const struct grade_reason *)judgement->grade_reasons.items[j])->cap,
                             grade_bound(judgement));
        check_judgement(judgement, rows[i].patches);
        arena_free(arena);
    }
}

Test(judgement, endpoint_grades)
{
    static const char patches[] =
        "HOST.asked_for true\nCERT465.sans [\"www.example.org\"]\nCERT25.sans [\"www.example.org\"]\n" CLOSED(
            "E993", "refused") CLOSED("F25", "silent") "vantage.port_25 null\nvantage.port_25_ipv6 null";
    /* On port 25 a name that is not covered is no fault of its TLS. */
    static const char *const grades[] = {"A+", "C", "A+", "-", "-", "A+", "A+", "A+"};
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, patched_scan(arena, patches));

    cr_assert_eq(judgement->endpoint_grades.count, sizeof(grades) / sizeof(grades[0]));
    for (size_t i = 0; i < judgement->endpoint_grades.count; i++) {
        const struct endpoint_grade *grade = judgement->endpoint_grades.items[i];

        const char *letter = grade->tls == NULL ? NULL : grade->tls->letter;

        cr_expect_str_eq(shown(letter), grades[i], "%s port %lld: %s", grade->address, (long long)grade->port,
                         shown(letter));
    }
    arena_free(arena);
}

Test(judgement, subjects)
{
    static const char *const ids[] = {
        "dns.mx@example.org",
        "dns.mx.cname@mail.example.org",
        "ptr.present@mail.example.org/11.10.1.25",
        "ptr.present@mail.example.org/2a11:11:1001::25",
        "smtp.starttls@mail.example.org/11.10.1.25:25",
        "smtp.starttls@mail.example.org/[2a11:11:1001::25]:25",
        "cert.key@mail.example.org/11.10.1.25:25#RSA",
        "delivery.outlook@example.org/mail.example.org",
    };
    static const char *const texts[] = {
        "example.org",
        "mail.example.org",
        "mail.example.org 11.10.1.25",
        "mail.example.org 2a11:11:1001::25",
        "mail.example.org 11.10.1.25:25",
        "mail.example.org [2a11:11:1001::25]:25",
        "mail.example.org 11.10.1.25:25 (RSA)",
        "example.org via mail.example.org",
    };
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, faultless_scan(arena));

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        const struct finding *finding = finding_of(judgement, ids[i]);

        cr_assert_not_null(finding, "%s", ids[i]);
        cr_expect_str_eq(finding->subject.text, texts[i]);
    }
    cr_expect_str_eq(finding_of(judgement, ids[6])->subject.key_type, "RSA");
    cr_expect_null(finding_of(judgement, "cert.key@mail.example.org/11.10.1.25:25")->subject.key_type);
    arena_free(arena);
}

/* A lookup that fails, a port that is not there, a text nobody gave: no mistake of another may be blamed on
 * it. */
Test(judgement, nothing_observed)
{
    static const char *const patches[] = {
        "facts {}",
        "facts {\"dns\": {\"domain\": \"example.org\"}}",
        "facts {\"dns\": {\"domain\": \"example.org\", \"hosts\": [{}]}, \"endpoints\": [{}]}",
        "facts {\"endpoints\": [{\"service\": \"smtp\", \"state\": \"open\", \"smtp\": {}, \"tls\": "
        "{\"handshakes\": "
        "[{}], \"certificates\": [{}]}}]}",
        "facts {\"endpoints\": [{\"service\": \"imaps\", \"state\": \"open\", \"imap\": {}, \"tls\": {}}]}",
        "facts {\"endpoints\": [{\"service\": \"imap\", \"state\": \"open\", \"imap\": {\"capabilities\": "
        "[]}}]}",
        "facts {\"endpoints\": [{\"service\": \"submission\", \"state\": \"open\", \"smtp\": {\"greeting\": "
        "{}, "
        "\"ehlo\": {\"reply\": {}, \"capabilities\": [{}]}, \"starttls\": {}}}]}",
        "facts {\"ptr\": [{}], \"dns\": {\"hosts\": [{\"source\": \"mx\", \"addresses\": [{}]}]}}",
        "settings null\nvantage null\ntarget_kind null\nstarted null",
    };

    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        struct arena *arena = arena_new(0);
        struct judgement *judgement = judged(arena, patched_scan(arena, patches[i]));

        check_judgement(judgement, patches[i]);
        if (i < 8)
            cr_expect_eq(judgement->counts[OUTCOME_FAIL], 0, "%s: something fails", patches[i]);
        arena_free(arena);
    }
}

/* However little memory there is: -ENOMEM or a whole judgement, nothing between. */
Test(judgement, out_of_memory)
{
    struct arena *facts = arena_new(0), *arena;
    const struct scan_facts *scan = faultless_scan(facts);
    struct judgement *judgement = NULL;
    const struct policy *policy;
    const char *error;
    size_t needed, failed = 0;

    cr_assert_eq(policy_load(NULL, facts, &policy, &error), 0);
    arena = arena_new(0);
    cr_assert_eq(judge(scan, policy, arena, &judgement), 0);
    needed = arena_used(arena);
    arena_free(arena);
    for (size_t limit = 1; limit < needed; limit += 1 + limit / 97) {
        arena = arena_new(limit);
        judgement = NULL;
        cr_assert_eq(judge(scan, policy, arena, &judgement), -ENOMEM, "with %zu of %zu bytes", limit, needed);
        cr_assert_null(judgement);
        arena_free(arena);
        failed++;
    }
    cr_expect_gt(failed, 300);
    arena_free(facts);
}
