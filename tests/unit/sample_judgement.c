/*
 * sample_judgement.c - a judgement made by hand, rich enough to show every part of a report
 *
 *   sample_scan.c: facts, sample_findings.c: findings  ->  here: outcome, grades and their reasons
 */
#include "tests/unit/sample_judgement.h"

#include "reports/policy.h"
#include "reports/tls_grade.h"
#include "tests/unit/sample_parts.h"

#include <string.h>

static struct judgement *new_judgement(struct arena *arena, struct scan_facts *scan)
{
    struct judgement *judgement = must(arena_alloc(arena, sizeof(*judgement)));
    const char *error;

    if (policy_load(NULL, arena, &judgement->policy, &error) < 0)
        must(NULL);
    judgement->arena = arena;
    judgement->scan = scan;
    judgement->findings.observed = true;
    return judgement;
}

static void add_reason(struct judgement *judgement, const char *id, const char *cap)
{
    struct grade_reason *reason =
        must(list_new_item(&judgement->grade_reasons, judgement->arena, sizeof(*reason)));

    reason->cap = cap;
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (strcmp(finding->id, id) == 0)
            reason->finding = finding;
    }
    must((void *)(uintptr_t)reason->finding);
}

/* ---- grades ---- */

static void add_cap(struct tls_grade *grade, struct arena *arena, const char *name, const char *letter,
                    const char *text, const char *check)
{
    struct tls_cap *cap = must(list_new_item(&grade->caps, arena, sizeof(*cap)));

    *cap = (struct tls_cap){.name = name, .letter = letter, .text = text, .check = check};
}

static struct tls_grade *modern_grade(struct arena *arena, bool opportunistic)
{
    struct tls_grade *grade = must(arena_alloc(arena, sizeof(*grade)));

    *grade = (struct tls_grade){
        .letter = "A+",
        .opportunistic = opportunistic,
        .score = number(93),
        .protocol = {.points = number(100), .text = "TLS 1.2 to TLS 1.3"},
        .key_exchange = {.points = number(90), .text = "certificate with RSA 2048 bits", .check = "cert.key"},
        .cipher = {.points = number(90), .text = "128 to 256 bits"},
        .caps = {.observed = true},
        .untested = {.observed = true},
    };
    return grade;
}

static struct tls_grade *permissive_grade(struct arena *arena)
{
    struct tls_grade *grade = modern_grade(arena, false);

    grade->letter = "E";
    grade->score = number(0);
    grade->protocol = (struct tls_score_part){.points = number(95), .text = "TLS 1.0 to TLS 1.3"};
    grade->key_exchange =
        (struct tls_score_part){.points = number(0), .text = "suites without authentication"};
    grade->cipher = (struct tls_score_part){.points = number(60), .text = "56 to 256 bits"};
    add_cap(grade, arena, "des", "E", "DES is accepted: TLS_RSA_WITH_DES_CBC_SHA", "tls.suites.des");
    add_cap(grade, arena, "cert.expiry", "E", "The certificate has expired", "cert.expiry");
    add_cap(grade, arena, "rc4", "C", "RC4 is accepted: TLS_RSA_WITH_RC4_128_SHA", "tls.suites.rc4");
    add_cap(grade, arena, "tls10", "B", "TLS 1.0 is offered", "tls.tls10");
    add_cap(
        grade, arena, "cbc", NULL,
        "Suites without authenticated encryption (AEAD) are accepted: TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, "
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_AES_128_CBC_SHA and 4 more",
        "tls.suites.cbc");
    return grade;
}

static struct tls_grade *grade_cut_short(struct arena *arena)
{
    struct tls_grade *grade = modern_grade(arena, true);

    grade->letter = NULL;
    grade->no_better_than = "A-";
    grade->score.known = false;
    grade->protocol = (struct tls_score_part){.reason = "not every version was asked for (pushback)"};
    grade->cipher = (struct tls_score_part){.reason = "not all suites of TLS1.2 are known (pushback)"};
    add_cap(grade, arena, "no_secure_renegotiation", "A-", "Renegotiation is not protected (RFC 5746)",
            "tls.renegotiation");
    add_texts(&grade->untested, arena,
              "not every version was asked for (pushback)|not all suites of TLS1.2 are known (pushback)");
    return grade;
}

static void add_endpoint_grade(struct judgement *judgement, const char *address, int64_t port,
                               const struct tls_grade *tls)
{
    struct endpoint_grade *grade =
        must(list_new_item(&judgement->endpoint_grades, judgement->arena, sizeof(*grade)));

    grade->address = address;
    grade->port = port;
    grade->tls = tls;
}

struct judgement *sample_judgement(struct arena *arena, const struct sample_words *words)
{
    const char *hostile = words ? words->hostile : NULL;
    const char *banner = hostile ? hostile : MAIL " ESMTP Postfix (Debian/GNU)";
    struct judgement *judgement = new_judgement(arena, sample_scan(arena, banner, hostile, false));

    sample_findings(judgement, hostile);
    judgement->outcome = OUTCOME_FAIL;
    judgement->grade = "E";
    judgement->area_grades[AREA_TRANSPORT] = "E";
    judgement->area_grades[AREA_REACHABILITY] = "C";
    judgement->area_grades[AREA_DNS] = "A";
    add_reason(judgement, "cert.expiry@" MAIL "/" V4 ":993", "E");
    add_reason(judgement, "cert.expiry@" MAIL "/" V6 ":993", "E");
    add_reason(judgement, "smtp.auth_plaintext@" MAIL "/" V4 ":587", "E");
    add_reason(judgement, "ptr.forward@/" V6, "C");
    for (size_t a = 0; a < SAMPLE_ADDRESSES; a++) {
        for (size_t p = 0; p < SAMPLE_PORTS; p++)
            add_endpoint_grade(judgement, sample_addresses[a], sample_ports[p],
                               sample_ports[p] == 993 ? permissive_grade(arena)
                                                      : modern_grade(arena, sample_ports[p] == 25));
    }
    add_endpoint_grade(judgement, MX2A, 25, grade_cut_short(arena));
    add_endpoint_grade(judgement, "2001:db8:77::9", 25, NULL);
    return judgement;
}

struct judgement *sample_faultless(struct arena *arena)
{
    struct judgement *judgement = new_judgement(arena, sample_scan(arena, MAIL " ESMTP", NULL, true));

    sample_findings_faultless(judgement);
    judgement->outcome = OUTCOME_INFO;
    judgement->grade = "A";
    for (size_t area = AREA_TRANSPORT; area < AREA_NONE; area++)
        judgement->area_grades[area] = "A";
    for (size_t a = 0; a < SAMPLE_ADDRESSES; a++) {
        for (size_t p = 0; p < SAMPLE_PORTS; p++)
            add_endpoint_grade(judgement, sample_addresses[a], sample_ports[p],
                               modern_grade(arena, sample_ports[p] == 25));
    }
    return judgement;
}

struct judgement *sample_quick(struct arena *arena)
{
    struct judgement *judgement = sample_faultless(arena);

    judgement->scan->settings->depth = "quick";
    ((struct endpoint_facts *)judgement->scan->facts->endpoints.items[1])->service = "tls"; /* port 465 */
    judgement->grade = judgement->area_grades[AREA_TRANSPORT] = NULL;
    judgement->no_better_than = judgement->transport_no_better_than = "A";
    judgement->untested = "a quick scan does not ask (`--depth standard` does)";
    for (size_t i = 0; i < judgement->endpoint_grades.count; i++) {
        struct endpoint_grade *endpoint = judgement->endpoint_grades.items[i];
        struct tls_grade *grade = grade_cut_short(arena);

        grade->opportunistic = endpoint->port == 25;
        endpoint->tls = grade;
    }
    return judgement;
}

static struct finding *finding_named(const struct judgement *judgement, const char *id)
{
    for (size_t i = 0; i < judgement->findings.count; i++)
        if (strcmp(((const struct finding *)judgement->findings.items[i])->id, id) == 0)
            return judgement->findings.items[i];
    return must(NULL);
}

struct judgement *sample_capped(struct arena *arena)
{
    static const struct tls_cap cbc = {.name = "cbc",
                                       .letter = "E",
                                       .text = "Suites without AEAD are accepted: TLS_CBC",
                                       .check = "tls.handshake"};
    struct judgement *judgement = sample_judgement(arena, NULL);

    finding_named(judgement, "cert.expiry@" MAIL "/" V4 ":993")->fix.items[0] = must(
        arena_text(arena, "Postfix (main.cf):\n  smtpd_tls_mandatory_ciphers = medium\n  "
                          "smtpd_tls_mandatory_exclude_ciphers = aNULL, kRSA\nBefore 3.6:\n  other = 1"));
    finding_named(judgement, "cert.expiry@" MAIL "/" V6 ":993")->fix.items[0] =
        must(arena_text(arena, "Dovecot (`10-ssl.conf`):\n  1\n  2\n  3\n  4\n  5"));
    judgement->grade_reasons = (struct list){.observed = true};
    add_reason(judgement, "tls.handshake@" MAIL "/" V4 ":465", "E");
    add_reason(judgement, "tls.handshake@" MAIL "/" V6 ":465", "E");
    for (size_t i = 0; i < judgement->grade_reasons.count; i++)
        ((struct grade_reason *)judgement->grade_reasons.items[i])->fault = &cbc;
    add_reason(judgement, "cert.expiry@" MAIL "/" V4 ":993", "E");
    add_reason(judgement, "cert.expiry@" MAIL "/" V6 ":993", "E");
    add_reason(judgement, "smtp.auth_plaintext@" MAIL "/" V4 ":587", "E");
    add_reason(judgement, "ptr.forward@/" V6, "E");
    return judgement;
}

struct judgement *sample_empty(struct arena *arena)
{
    struct scan_facts *scan = must(arena_alloc(arena, sizeof(*scan)));
    struct judgement *judgement = new_judgement(arena, scan);

    scan->target = "example.org";
    scan->complete = NO;
    scan->incomplete_reason = "stopped by a signal";
    judgement->outcome = OUTCOME_NOT_TESTED;
    return judgement;
}
