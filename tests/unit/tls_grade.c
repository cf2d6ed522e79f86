/*
 * tls_grade.c - the grade of a port's TLS: score, caps by role, what is not known, and what it makes of transport
 */
#include "reports/tls_grade.h"

#include "reports/judge.h"
#include "reports/policy.h"
#include "tests/unit/judged.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same change on port 25 (opportunistic) and on 993 (mandatory). */
#define BOTH(member) "E25." member "\nE993." member "\n"

#define VERSIONS(accepted, refused)                                                                          \
    BOTH("tls.versions {\"complete\": true, \"list\": [" accepted "], \"refused\": [" refused "]}")
#define SUITES(version, names)                                                                               \
    BOTH("tls.suites." version " {\"complete\": true, \"order\": \"server\", \"list\": [" names "]}")

#define OLD_VERSIONS VERSIONS("\"TLS1.0\",\"TLS1.1\",\"TLS1.2\",\"TLS1.3\"", "\"SSL2\",\"SSL3\"")
#define OLD_SUITES                                                                                           \
    "\"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA\",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\","                         \
    "\"TLS_RSA_WITH_AES_256_CBC_SHA\""
#define OLD_SETS SUITES("TLS1~0", OLD_SUITES) SUITES("TLS1~1", OLD_SUITES)

#define GOOD_12 "\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\",\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\""
#define ONLY_13                                                                                              \
    VERSIONS("\"TLS1.3\"", "\"SSL2\",\"SSL3\",\"TLS1.0\",\"TLS1.1\",\"TLS1.2\"")                             \
    BOTH("tls.suites.TLS1~2 absent") BOTH("tls.groups.TLS1~2 absent") BOTH("tls.schemes.TLS1~2 absent")
#define ONLY_12                                                                                              \
    VERSIONS("\"TLS1.2\"", "\"SSL2\",\"SSL3\",\"TLS1.0\",\"TLS1.1\",\"TLS1.3\"")                             \
    BOTH("tls.suites.TLS1~3 absent")                                                                         \
    BOTH("tls.handshakes.0.version \"TLS1.2\"")                                                              \
    BOTH("tls.handshakes.0.suite \"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\"")                               \
    BOTH("tls.handshakes.1.version \"TLS1.2\"")                                                              \
    BOTH("tls.handshakes.1.suite \"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\"")
/* No handshake of a modern client: what is enumerated alone counts. */
#define NO_HANDSHAKES BOTH("tls.handshakes []")

/* With everything that OpenSSL 3 has and takes when it is told to. */
#define PERMISSIVE_12                                                                                        \
    GOOD_12 ",\"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384\",\"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384\","            \
            "\"TLS_RSA_WITH_AES_256_GCM_SHA384\",\"TLS_RSA_WITH_AES_128_CBC_SHA\","                          \
            "\"TLS_ECDH_anon_WITH_AES_256_CBC_SHA\",\"TLS_DH_anon_WITH_AES_128_GCM_SHA256\","                \
            "\"TLS_RSA_WITH_NULL_SHA256\",\"TLS_ECDHE_RSA_WITH_NULL_SHA\""
#define DH(bits) BOTH("tls.dh [{\"bits\": " bits ", \"versions\": [\"TLS1.2\"]}]")

struct row {
    const char *name, *patches;
    const char *letter_25, *letter_993; /* "-B": not graded, no better than B */
    int score;                          /* of 993; -1: unknown */
    const char *cap;                    /* among the caps of 993; NULL: there are none */
    const char *transport;              /* "-B" as above */
};

static const struct row rows[] = {
    {"modern", "", "A+", "A+", 93, NULL, "A"},
    /* Who has TLS 1.2 at most sends in clear text then: that is a finding, and no fault of the TLS there is. */
    {"only TLS 1.3", ONLY_13, "A+", "A+", 93, NULL, "B"},
    {"TLS 1.3 with 256 bits alone, ECDSA alone",
     ONLY_13 SUITES("TLS1~3", "\"TLS_AES_256_GCM_SHA384\"") BOTH("tls.certificates.1 absent"), "A+", "A+",
     100, NULL, "B"},
    {"only TLS 1.2", ONLY_12, "A-", "A-", 93, "no_tls13", "A"},
    {"old versions", OLD_VERSIONS OLD_SETS, "A-", "B", 91, "tls10", "B"},
    {"TLS 1.1 as the newest",
     NO_HANDSHAKES VERSIONS("\"TLS1.0\",\"TLS1.1\"", "\"SSL2\",\"SSL3\",\"TLS1.2\",\"TLS1.3\"")
         BOTH("tls.suites {}") OLD_SETS,
     "C", "C", 90, "no_tls12", "C"},
    {"SSL 3",
     VERSIONS("\"SSL3\",\"TLS1.2\",\"TLS1.3\"", "\"SSL2\",\"TLS1.0\",\"TLS1.1\"") SUITES("SSL3", OLD_SUITES),
     "B", "C", 90, "ssl3", "C"},
    {"nothing but SSL 3",
     NO_HANDSHAKES VERSIONS("\"SSL3\"", "\"SSL2\",\"TLS1.0\",\"TLS1.1\",\"TLS1.2\",\"TLS1.3\"")
         BOTH("tls.suites {}") SUITES("SSL3", OLD_SUITES),
     "F", "F", 87, "only_ssl", "F"},
    {"SSL 2",
     VERSIONS("\"SSL2\",\"TLS1.2\",\"TLS1.3\"", "\"SSL3\",\"TLS1.0\",\"TLS1.1\"")
         SUITES("SSL2", "\"SSL_CK_RC4_128_EXPORT40_WITH_MD5\",\"SSL_CK_DES_192_EDE3_CBC_WITH_MD5\""),
     "C", "F", 78, "ssl2", "F"}, /* its suites are part of that fault */
    {"nothing but SSL 2",
     NO_HANDSHAKES VERSIONS("\"SSL2\"", "\"SSL3\",\"TLS1.0\",\"TLS1.1\",\"TLS1.2\",\"TLS1.3\"")
         BOTH("tls.suites {}") SUITES("SSL2", "\"SSL_CK_RC4_128_WITH_MD5\""),
     "F", "F", 0, "only_ssl", "F"},
    {"SSL 2, and nobody knows what else",
     NO_HANDSHAKES BOTH("tls.versions {\"complete\": false, \"list\": [\"SSL2\"], \"refused\": []}")
         BOTH("tls.suites {}") SUITES("SSL2", "\"SSL_CK_RC4_128_WITH_MD5\""),
     "-C", "F", -1, "ssl2", "F"},
    {"export", SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_EXPORT_WITH_RC4_40_MD5\""), "F", "F", 66, "export", "F"},
    {"NULL", SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_NULL_SHA256\""), "F", "F", 77, "null", "F"},
    /* Whoever does not authenticate the server loses nothing by it; where passwords travel it is an F. */
    {"anonymous", SUITES("TLS1~2", GOOD_12 ",\"TLS_ECDH_anon_WITH_AES_128_CBC_SHA\""), "A", "F", 0,
     "anonymous", "F"},
    {"DES", SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_DES_CBC_SHA\""), "C", "F", 81, "des", "F"},
    {"RC4", SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_RC4_128_SHA\""), "B", "C", 93, "rc4", "C"},
    {"only RC4", ONLY_12 NO_HANDSHAKES SUITES("TLS1~2", "\"TLS_RSA_WITH_RC4_128_SHA\""), "F", "F", 89,
     "only_rc4", "F"},
    {"3DES", SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\""), "B", "C", 81, "small_blocks",
     "C"},
    {"IDEA", SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_IDEA_CBC_SHA\""), "B", "C", 93, "small_blocks", "C"},
    {"RSA key exchange", SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_AES_256_GCM_SHA384\""), "A", "A", 93,
     "some_without_forward_secrecy", "A"},
    {"CBC", SUITES("TLS1~2", GOOD_12 ",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\""), "A", "A", 93, "cbc", "A"},
    {"no AEAD", ONLY_12 NO_HANDSHAKES SUITES("TLS1~2", OLD_SUITES), "B", "B", 93, "no_aead", "B"},
    {"no forward secrecy", ONLY_12 NO_HANDSHAKES SUITES("TLS1~2", "\"TLS_RSA_WITH_AES_256_GCM_SHA384\""), "B",
     "B", 97, "no_forward_secrecy", "B"},
    {"permissive", OLD_VERSIONS OLD_SETS SUITES("TLS1~2", PERMISSIVE_12) DH("2048"), "F", "F", 0, "null",
     "F"},
    {"DH 1024", SUITES("TLS1~2", GOOD_12 ",\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\"") DH("1024"), "B", "B", 90,
     "dh_below_2048", "B"},
    {"DH 768", SUITES("TLS1~2", GOOD_12 ",\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\"") DH("768"), "C", "F", 78,
     "dh_below_1024", "F"},
    {"DH 4096", SUITES("TLS1~2", GOOD_12 ",\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\"") DH("4096"), "A+", "A+",
     93, NULL, "A"},
    {"DH of a size nobody saw", SUITES("TLS1~2", GOOD_12 ",\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\""), "-A",
     "-A", -1, NULL, "-A"},
    {"a weak curve", BOTH("tls.groups.TLS1~2.list [\"x25519\", \"secp192r1\"]"), "B", "B", 93, "weak_groups",
     "B"},
    {"SHA-1 signatures", BOTH("tls.schemes.TLS1~2.list [\"rsa_pkcs1_sha256\", \"rsa_pkcs1_sha1\"]"), "A", "A",
     93, "sha1_signatures", "A"},
    {"compression", BOTH("tls.features.compression true"), "B", "C", 93, "compression", "C"},
    {"no RFC 5746", BOTH("tls.features.secure_renegotiation false"), "A-", "A-", 93,
     "no_secure_renegotiation", "A"},
    {"insecure renegotiation", BOTH("tls.features.insecure_renegotiation true"), "C", "F", 93,
     "insecure_renegotiation", "F"},
    {"no RFC 7627", BOTH("tls.features.extended_master_secret false"), "A", "A", 93,
     "no_extended_master_secret", "A"},
    {"early data", BOTH("tls.resumption.early_data 16384"), "A", "A", 93, "early_data", "A"},
    {"Heartbleed", BOTH("tls.features.heartbeat true") BOTH("tls.features.heartbleed true"), "F", "F", 93,
     "heartbleed", "F"},
    {"CCS injection", BOTH("tls.features.ccs_injection true"), "F", "F", 93, "ccs_injection", "F"},
    {"ROBOT", BOTH("tls.features.robot true"), "F", "F", 93, "robot", "F"},
    {"Ticketbleed", BOTH("tls.features.ticketbleed true"), "F", "F", 93, "ticketbleed", "F"},
    /* the certificate: by its findings, and on port 25 only its strength */
    {"another name", "HOST.asked_for true\n" BOTH("tls.certificates.0.sans [\"www.example.org\"]"), "A+", "C",
     93, "cert.name", "C"},
    {"expired", BOTH("tls.certificates.0.not_after \"2026-10-22T12:00:00Z\""), "A+", "F", 93, "cert.expiry",
     "F"},
    {"RSA 1024", BOTH("tls.certificates.1.key.bits 1024"), "B", "C", 90, "cert.key", "C"},
    /* what was not tested */
    {"not enumerated",
     BOTH("tls.versions null") BOTH("tls.suites {}") BOTH("tls.groups {}") BOTH("tls.schemes {}")
         BOTH("tls.features null"),
     "-A", "-A", -1, NULL, "-A"},
    {"suites cut short",
     BOTH("tls.suites.TLS1~2.complete false") BOTH("tls.suites.TLS1~2.reason \"pushback\""), "-A", "-A", -1,
     NULL, "-A"},
    {"suites cut short behind RC4",
     BOTH("tls.suites.TLS1~2 {\"complete\": false, \"reason\": \"pushback\", \"list\": "
          "[\"TLS_RSA_WITH_RC4_128_SHA\"]}"),
     "-B", "-C", -1, "rc4", "-C"},
    {"suites cut short behind an F",
     BOTH("tls.suites.TLS1~2 {\"complete\": false, \"reason\": \"pushback\", \"list\": "
          "[\"TLS_RSA_WITH_NULL_SHA\"]}"),
     "F", "F", -1, "null", "F"},
    {"versions cut short",
     BOTH("tls.versions {\"complete\": false, \"reason\": \"pushback\", \"list\": [\"TLS1.2\",\"TLS1.3\"], "
          "\"refused\": []}"),
     "-A", "-A", -1, NULL, "-A"},
    {"old versions refused, the rest cut short",
     BOTH("tls.versions {\"complete\": false, \"reason\": \"pushback\", \"list\": [\"TLS1.2\",\"TLS1.3\"], "
          "\"refused\": [\"SSL2\",\"SSL3\",\"TLS1.0\",\"TLS1.1\"]}"),
     "A+", "A+", 93, NULL, "A"},
    {"Heartbleed not tested", BOTH("tls.features.heartbeat null") BOTH("tls.features.heartbleed null"), "-A",
     "-A", 93, NULL, "-A"},
    {"no heartbeat, no Heartbleed", BOTH("tls.features.heartbleed null"), "A+", "A+", 93, NULL, "A"},
    {"RFC 7627 not seen", BOTH("tls.features.extended_master_secret null"), "A", "A", 93, NULL, "A"},
    {"no certificate seen", BOTH("tls.certificates []"), "-A", "-A", -1, NULL, "-A"},
    {"a suite nobody knows", SUITES("TLS1~2", GOOD_12 ",\"0xCAFE\""), "A+", "A+", 93, NULL, "A"},
};

static const struct tls_grade *grade_at(const struct judgement *judgement, size_t endpoint)
{
    return ((const struct endpoint_grade *)judgement->endpoint_grades.items[endpoint])->tls;
}

static const char *letter_of(struct arena *arena, const struct tls_grade *grade)
{
    if (grade == NULL)
        return "none";
    return grade->letter != NULL ? grade->letter : arena_format(arena, "-%s", grade->no_better_than);
}

static const char *transport_of(struct arena *arena, const struct judgement *judgement)
{
    const char *letter = judgement->area_grades[AREA_TRANSPORT];

    return letter != NULL ? letter : arena_format(arena, "-%s", judgement->transport_no_better_than);
}

static const struct tls_cap *cap_of(const struct tls_grade *grade, const char *name)
{
    for (size_t i = 0; grade != NULL && i < grade->caps.count; i++) {
        const struct tls_cap *cap = grade->caps.items[i];

        if (strcmp(cap->name, name) == 0)
            return cap;
    }
    return NULL;
}

static enum outcome outcome_on_993(const struct judgement *judgement, const char *check)
{
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];

        if (strcmp(finding->check->id, check) == 0 && finding->subject.port.value == 993)
            return finding->outcome;
    }
    return OUTCOME_NOT_TESTED;
}

static void check_row(const struct row *row)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, patched_scan(arena, row->patches));
    const struct tls_grade *on_25 = grade_at(judgement, 0), *on_993 = grade_at(judgement, 3);
    int score = on_993 != NULL && on_993->score.known ? (int)on_993->score.value : -1;

    cr_expect_str_eq(letter_of(arena, on_25), row->letter_25, "%s: %s on 25", row->name,
                     letter_of(arena, on_25));
    cr_expect_str_eq(letter_of(arena, on_993), row->letter_993, "%s: %s on 993", row->name,
                     letter_of(arena, on_993));
    cr_expect(score == row->score, "%s: score %d", row->name, score);
    if (row->cap == NULL)
        cr_expect_eq(on_993->caps.count, 0, "%s: %s caps", row->name,
                     ((const struct tls_cap *)on_993->caps.items[0])->name);
    else
        cr_expect_not_null(cap_of(on_993, row->cap), "%s: %s is no cap", row->name, row->cap);
    cr_expect_str_eq(transport_of(arena, judgement), row->transport, "%s: transport %s", row->name,
                     transport_of(arena, judgement));
    cr_expect_eq(judgement->area_grades[AREA_TRANSPORT] == NULL, judgement->untested != NULL, "%s",
                 row->name);
    /* Who has no grade is told why, and what is not known never makes it better. */
    cr_expect_eq(on_993->letter == NULL, on_993->untested.count > 0, "%s", row->name);
    cr_expect_eq(on_993->letter == NULL, on_993->no_better_than != NULL, "%s", row->name);
    arena_free(arena);
}

Test(tls_grade, rows)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(&rows[i]);
}

Test(tls_grade, letters)
{
    static const char *const order[] = {NULL, "A+", "A", "A-", "B", "C", "D", "E", "F"};

    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        for (size_t j = 0; j < sizeof(order) / sizeof(order[0]); j++) {
            cr_expect_eq(tls_is_worse(order[i], order[j]), i > j);
            cr_expect_eq(tls_worse(order[i], order[j]), order[i > j ? i : j]);
        }
}

Test(tls_grade, parts)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, patched_scan(arena, OLD_VERSIONS OLD_SETS));
    const struct tls_grade *grade = grade_at(judgement, 3);
    const struct tls_cap *cap = grade->caps.items[0];

    cr_expect_str_eq(tls_role_name(grade), "mandatory");
    cr_expect_str_eq(tls_role_name(grade_at(judgement, 0)), "opportunistic");
    cr_expect_eq(grade->protocol.points.value, 95);
    cr_expect_str_eq(grade->protocol.text, "TLS 1.0 to TLS 1.3");
    cr_expect_eq(grade->key_exchange.points.value, 90);
    cr_expect_str_eq(grade->key_exchange.text, "certificate with RSA 2048 bits");
    cr_expect_eq(grade->cipher.points.value, 90);
    cr_expect_str_eq(grade->cipher.text, "128 to 256 bits");
    cr_expect_str_eq(cap->name, "tls10");
    cr_expect_str_eq(cap->letter, "B");
    cr_expect_str_eq(cap->text, "TLS 1.0 is offered");
    cr_expect_str_eq(cap->check, "tls.tls10");
    /* The worst come first, what is only noted last. */
    for (size_t i = 1; i < grade->caps.count; i++)
        cr_expect_not(tls_is_worse(((const struct tls_cap *)grade->caps.items[i])->letter,
                                   ((const struct tls_cap *)grade->caps.items[i - 1])->letter));
    cr_expect_null(((const struct tls_cap *)grade->caps.items[grade->caps.count - 1])->letter);
    arena_free(arena);
}

/* A cap leads to a check that has found something, and of two that say the same one is left out. */
Test(tls_grade, caps_lead_to_what_was_found)
{
    static const struct {
        const char *patches, *cap, *check, *absent;
    } pairs[] = {
        {SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\",\"TLS_RSA_WITH_IDEA_CBC_SHA\""),
         "small_blocks", "tls.suites.3des", NULL},
        {SUITES("TLS1~2", GOOD_12 ",\"TLS_RSA_WITH_IDEA_CBC_SHA\""), "small_blocks", "tls.sweet32", NULL},
        {SUITES("TLS1~2", GOOD_12 ",\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\"") DH("512"), "dh_below_1024",
         "tls.dh", "dh_below_2048"},
        {ONLY_12 NO_HANDSHAKES SUITES("TLS1~2", OLD_SUITES) BOTH("tls.features.encrypt_then_mac false"),
         "no_aead", "tls.suites.cbc", "cbc"},
        {ONLY_12 NO_HANDSHAKES SUITES("TLS1~2", "\"TLS_RSA_WITH_AES_256_GCM_SHA384\""), "no_forward_secrecy",
         "tls.suites.forward_secrecy", "some_without_forward_secrecy"},
        {ONLY_12 NO_HANDSHAKES SUITES("TLS1~2", "\"TLS_RSA_WITH_RC4_128_SHA\""), "only_rc4", "tls.suites.rc4",
         "rc4"},
        {NO_HANDSHAKES VERSIONS("\"SSL3\"", "\"SSL2\",\"TLS1.0\",\"TLS1.1\",\"TLS1.2\",\"TLS1.3\"")
             BOTH("tls.suites {}") SUITES("SSL3", OLD_SUITES),
         "only_ssl", "tls.tls12", "no_tls12"},
        {NO_HANDSHAKES VERSIONS("\"SSL2\"", "\"SSL3\",\"TLS1.0\",\"TLS1.1\",\"TLS1.2\",\"TLS1.3\"")
             BOTH("tls.suites {}") SUITES("SSL2", "\"SSL_CK_RC4_128_WITH_MD5\""),
         "ssl2", "tls.ssl2", "no_forward_secrecy"},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct arena *arena = arena_new(0);
        struct judgement *judgement = judged(arena, patched_scan(arena, pairs[i].patches));
        const struct tls_grade *grade = grade_at(judgement, 3);
        const struct tls_cap *cap = cap_of(grade, pairs[i].cap);

        cr_assert_not_null(cap, "%s", pairs[i].cap);
        cr_expect_str_eq(cap->check, pairs[i].check);
        cr_expect(pairs[i].absent == NULL || cap_of(grade, pairs[i].absent) == NULL, "%s", pairs[i].absent);
        cr_expect_leq(outcome_on_993(judgement, cap->check), OUTCOME_WARN, "%s passes", cap->check);
        arena_free(arena);
    }
}

/* A port with SSL 2 gives away the key of every port. */
Test(tls_grade, drown)
{
    static const char patches[] =
        "E465.tls.versions {\"complete\": true, \"list\": [\"SSL2\",\"TLS1.2\",\"TLS1.3\"], "
        "\"refused\": [\"SSL3\",\"TLS1.0\",\"TLS1.1\"]}\n"
        "E465.tls.suites.SSL2 {\"complete\": true, \"list\": [\"SSL_CK_DES_192_EDE3_CBC_WITH_MD5\"]}\n";
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, patched_scan(arena, patches));
    const struct tls_cap *cap = cap_of(grade_at(judgement, 3), "drown");

    cr_assert_not_null(cap);
    cr_expect(strstr(cap->text, "port 465 of 11.10.1.25") != NULL, "%s", cap->text);
    cr_expect_str_eq(grade_at(judgement, 3)->letter, "F");
    cr_expect_str_eq(grade_at(judgement, 0)->letter, "C");
    cr_expect_null(cap_of(grade_at(judgement, 1), "drown"), "it is the port itself");
    /* The same ECDSA key alone: SSL 2 has no use for it. */
    judgement = judged(
        arena, patched_scan(arena, arena_format(arena, "%s%s", patches, "E993.tls.certificates.1 absent\n")));
    cr_expect_null(cap_of(grade_at(judgement, 3), "drown"));
    arena_free(arena);
}

Test(tls_grade, ports_without_tls)
{
    static const char patches[] = "E25.tls null\nE465.tls {\"handshakes\": [{\"result\": \"refused\"}]}\n";
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, patched_scan(arena, patches));

    cr_expect_null(grade_at(judgement, 0));
    cr_expect_null(grade_at(judgement, 1));
    cr_expect_not_null(grade_at(judgement, 2));
    arena_free(arena);
}

/* ---- policies ---- */

static struct judgement *judged_by(struct arena *arena, const char *policy_text, const char *patches)
{
    char name[] = "/tmp/outpost-policy-XXXXXX";
    int descriptor = mkstemp(name);
    const struct policy *policy = NULL;
    struct judgement *judgement = NULL;
    const char *error = NULL;

    cr_assert_eq(write(descriptor, policy_text, strlen(policy_text)), (ssize_t)strlen(policy_text));
    close(descriptor);
    cr_assert_eq(policy_load(name, arena, &policy, &error), 0, "%s", error);
    unlink(name);
    cr_assert_eq(judge(patched_scan(arena, patches), policy, arena, &judgement), 0);
    return judgement;
}

Test(tls_grade, caps_are_the_policys)
{
    static const char strict[] =
        "{\"schema\": 1, \"name\": \"strict\", \"tls_caps\": {\"tls10\": "
        "{\"opportunistic\": \"D\", \"mandatory\": \"E\"}, \"cbc\": {\"mandatory\": \"B\"}}}";
    static const char lenient[] =
        "{\"schema\": 1, \"name\": \"lenient\", \"tls_caps\": {\"small_blocks\": "
        "{\"opportunistic\": null, \"mandatory\": null}, \"no_aead\": {\"opportunistic\": "
        "null, \"mandatory\": null}, \"no_forward_secrecy\": {\"opportunistic\": null, "
        "\"mandatory\": null}, \"no_tls13\": {\"mandatory\": null}}}";
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged_by(arena, strict, OLD_VERSIONS OLD_SETS);

    cr_expect_str_eq(grade_at(judgement, 0)->letter, "D");
    cr_expect_str_eq(grade_at(judgement, 3)->letter, "E");
    cr_expect_str_eq(judgement->grade, "E");
    cr_expect_str_eq(cap_of(grade_at(judgement, 3), "cbc")->letter, "B");
    cr_expect_null(cap_of(grade_at(judgement, 0), "cbc")->letter, "what is not said stays");
    /* The score is the same whatever the caps: 30 + 27 + 8 make a B, which then stands for itself. */
    judgement = judged_by(arena, lenient,
                          ONLY_12 NO_HANDSHAKES SUITES("TLS1~2", "\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\""));
    cr_expect_str_eq(grade_at(judgement, 3)->letter, "B");
    cr_expect_eq(grade_at(judgement, 3)->score.value, 65);
    cr_expect_str_eq(((const struct tls_cap *)grade_at(judgement, 3)->caps.items[0])->name, "score");
    cr_expect_str_eq(((const struct tls_cap *)grade_at(judgement, 3)->caps.items[0])->check,
                     "tls.suites.3des");
    cr_expect_str_eq(judgement->area_grades[AREA_TRANSPORT], "B");
    arena_free(arena);
}

/* An F on one port is the F of transport, and something says so. */
Test(tls_grade, transport_has_a_reason)
{
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(
        arena,
        patched_scan(arena, "E993.tls.suites.TLS1~2 {\"complete\": true, \"order\": \"server\", \"list\": "
                            "[\"TLS_RSA_WITH_NULL_SHA\"]}\n"));
    const struct grade_reason *reason;

    cr_expect_str_eq(judgement->grade, "F");
    cr_assert_geq(judgement->grade_reasons.count, 1);
    reason = judgement->grade_reasons.items[0];
    cr_expect_str_eq(reason->cap, "F");
    cr_expect_eq(reason->finding->subject.port.value, 993);
    arena_free(arena);
}

/* What a policy caps by need not be what a check finds fault with: then the cap speaks for itself. */
Test(tls_grade, caps_of_checks_that_pass)
{
    static const char strict[] = "{\"schema\": 1, \"name\": \"strict\", \"tls_caps\": {\"cbc\": "
                                 "{\"opportunistic\": \"C\", \"mandatory\": \"F\"}}}";
    static const char patches[] =
        "E25.tls.features.encrypt_then_mac true\nE25.tls.suites.TLS1~2 {\"complete\": true, \"order\": "
        "\"server\", \"list\": [" GOOD_12 ",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\"]}\n";
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged_by(arena, strict, patches);
    const struct grade_reason *reason;

    cr_expect_str_eq(judgement->grade, "C");
    cr_assert_eq(judgement->grade_reasons.count, 1);
    reason = judgement->grade_reasons.items[0];
    cr_expect_eq(reason->finding->outcome, OUTCOME_PASS);
    cr_expect_eq(reason->finding->subject.port.value, 25);
    cr_assert_not_null(reason->fault);
    cr_expect_str_eq(reason->fault->name, "cbc");
    arena_free(arena);
}

/* What the grade of TLS weighs, a finding does not weigh by its severity once more. */
Test(tls_grade, findings_cap_as_the_grade_does)
{
    static const char patches[] =
        "E993.tls.suites.TLS1~2 {\"complete\": true, \"order\": \"server\", \"list\": "
        "[\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]}\n";
    static const struct check check = {.id = "tls.tls10",
                                       .severity = SEVERITY_MEDIUM,
                                       .area = AREA_TRANSPORT},
                              other = {
                                  .id = "tls.tolerance", .severity = SEVERITY_MEDIUM, .area = AREA_TRANSPORT};
    static struct tls_cap cap = {.name = "tls10", .letter = "D", .text = "", .check = "tls.tls10"};
    static const struct check *const checks[] = {&check, &other};
    static const char *const caps[] = {"D", "B"};
    struct arena *arena = arena_new(0);
    struct judgement *judgement = judged(arena, patched_scan(arena, patches));
    const struct endpoint_facts *endpoint = judgement->scan->facts->endpoints.items[3];
    struct tls_grade grade = {.letter = "D"};

    cr_assert_eq(list_add(&grade.caps, arena, &cap), 0);
    judgement->findings = (struct list){.observed = true};
    for (size_t i = 0; i < 2; i++) {
        struct subject subject = {.address = endpoint->address, .port = endpoint->port, .text = "here"};

        finding_add(judgement, checks[i], &subject, OUTCOME_FAIL, "x")->cap = "B";
    }
    tls_grade_weighs(judgement, endpoint, &grade);
    for (size_t i = 0; i < 2; i++) {
        const struct finding *finding = judgement->findings.items[i];

        cr_expect_str_eq(finding->cap, caps[i], "%s: %s", finding->check->id, finding->cap);
    }
    arena_free(arena);
}
