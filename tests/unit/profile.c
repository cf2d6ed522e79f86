/*
 * profile.c - profiles of TLS: those that are built in, each kind of breach, what is not known, mistakes in a file
 */
#include "reports/profile.h"

#include "reports/judge.h"
#include "reports/policy.h"
#include "tests/unit/judged.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(profile) "tls.profile@mail.example.org/11.10.1.25:993#" profile
#define MODERN      AT("mozilla-modern-6.0")
#define MIDDLE      AT("mozilla-intermediate-6.0")
#define NCSC        AT("ncsc-nl-2025-05")
#define BSI         AT("bsi-tr-02102-2-2025-01")
#define RFC         AT("rfc-9325")

#define VERSIONS(accepted, refused)                                                                          \
    "E993.tls.versions {\"complete\": true, \"list\": [" accepted "], \"refused\": [" refused "]}\n"
#define ONLY_13                                                                                              \
    VERSIONS("\"TLS1.3\"", "\"SSL2\",\"SSL3\",\"TLS1.0\",\"TLS1.1\",\"TLS1.2\"")                             \
    "E993.tls.suites.TLS1~2 absent\nE993.tls.groups.TLS1~2 absent\nE993.tls.schemes.TLS1~2 absent\n"
#define SUITES_12(names)                                                                                     \
    "E993.tls.suites.TLS1~2 {\"complete\": true, \"order\": \"server\", \"list\": [" names "]}\n"
#define GOOD_12 "\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\""
#define ONE_CERTIFICATE                                                                                      \
    "E993.tls.certificates.1 absent\nE993.tls.certificates.0.signature \"ecdsa-with-SHA384\"\n"
#define STRONG_RSA "RSA993.key.bits 3072\n"
#define BSI_GROUPS                                                                                           \
    "E993.tls.groups.TLS1~2.list [\"secp256r1\"]\nE993.tls.groups.TLS1~3.list [\"secp256r1\", "              \
    "\"ffdhe3072\"]\n"                                                                                       \
    "E993.tls.handshakes.0.group \"secp256r1\"\nE993.tls.handshakes.1.group \"secp256r1\"\n"                 \
    "E993.tls.suites.TLS1~2.list [\"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\", "                               \
    "\"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256\", \"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\"]\n"                \
    "E993.tls.suites.TLS1~3.list [\"TLS_AES_256_GCM_SHA384\"]\n"                                             \
    "E993.tls.dh [{\"bits\": 3072, \"prime_name\": \"ffdhe3072\", \"versions\": [\"TLS1.2\"]}]\n"

static const struct verdict_row rows[] = {
    /* Mozilla */
    {ONLY_13 ONE_CERTIFICATE, MODERN, OUTCOME_PASS, "Meets Mozilla modern 6.0", NULL},
    {"", MODERN, OUTCOME_INFO, "Does not meet Mozilla modern 6.0", "not met: versions: TLS1.2"},
    {"", MODERN, OUTCOME_INFO, NULL, "not met: suites: TLS1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_"},
    {"", MODERN, OUTCOME_INFO, NULL,
     "certificates: ECDSA secp256r1, signed with sha256WithRSAEncryption, wanted: ecdsa-with-SHA256, "
     "ecdsa-with-SHA384 or ecdsa-with-SHA512"},
    {"", MODERN, OUTCOME_INFO, NULL, "RSA 2048, wanted: ECDSA"},
    {ONLY_13 ONE_CERTIFICATE "CERT993.not_before \"2026-08-01T00:00:00Z\"", MODERN, OUTCOME_INFO, NULL,
     "not met: certificates: ECDSA secp256r1, valid for 194 days, wanted: at most 90 days"},
    {ONLY_13 ONE_CERTIFICATE "E993.tls.groups.TLS1~3.list [\"secp521r1\"]", MODERN, OUTCOME_INFO, NULL,
     "not met: groups: TLS1.3 secp521r1"},
    {"", MIDDLE, OUTCOME_PASS, "Meets Mozilla intermediate 6.0", NULL},
    {SUITES_12(GOOD_12 ",\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\""), MIDDLE, OUTCOME_INFO, NULL,
     "not met: suites: TLS1.2 TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"},
    {"RSA993.key.bits 1024", MIDDLE, OUTCOME_INFO, NULL,
     "not met: certificates: RSA 1024, wanted: at least 2048 bits"},
    /* NCSC-NL: the worst level counts */
    {STRONG_RSA, NCSC, OUTCOME_PASS, "Meets NCSC-NL 2025-05: sufficient", NULL},
    {"", NCSC, OUTCOME_INFO, "Does not meet NCSC-NL 2025-05: phase out",
     "phase out: certificates: RSA 2048, wanted: at least 3072 bits"},
    {"RSA993.key.bits 1024", NCSC, OUTCOME_INFO, NULL,
     "insufficient: certificates: RSA 1024, wanted: at least 3072 bits"},
    {STRONG_RSA "RSA993.signature \"sha1WithRSAEncryption\"", NCSC, OUTCOME_INFO, NULL,
     "insufficient: certificates: RSA 3072, signed with sha1WithRSAEncryption, wanted: another signature"},
    {STRONG_RSA "CERT993.key.curve \"secp256k1\"", NCSC, OUTCOME_INFO, NULL,
     "insufficient: certificates: ECDSA secp256k1, wanted: secp521r1, secp384r1, secp256r1, brainpoolP512r1"},
    {STRONG_RSA "CERT993.key.type \"DSA\"", NCSC, OUTCOME_INFO, NULL, "wanted: another kind of key"},
    {STRONG_RSA
     "E993.tls.dh [{\"bits\": 2048, \"prime_name\": \"RFC 3526 group 14 (2048 bits)\", \"versions\": "
     "[\"TLS1.2\"]}]",
     NCSC, OUTCOME_INFO, NULL,
     "insufficient: dh: RFC 3526 group 14 (2048 bits), better: ffdhe8192, ffdhe6144, ffdhe4096 or ffdhe3072"},
    {STRONG_RSA "E993.tls.dh [{\"bits\": 3072, \"prime_name\": \"ffdhe3072\", \"versions\": [\"TLS1.2\"]}]",
     NCSC, OUTCOME_INFO, NULL, "phase out: dh: ffdhe3072 (3072 bits)"},
    {ONLY_13 ONE_CERTIFICATE "E993.tls.suites.TLS1~3.list [\"TLS_AES_256_GCM_SHA384\"]", NCSC, OUTCOME_PASS,
     "sufficient", NULL},
    {STRONG_RSA SUITES_12(GOOD_12 ",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256\""), NCSC, OUTCOME_INFO,
     "2025-05: phase out", "phase out: suites: TLS1.2 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"},
    {STRONG_RSA SUITES_12(GOOD_12 ",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\""), NCSC, OUTCOME_INFO,
     "2025-05: insufficient", "insufficient: suites: TLS1.2 TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
    {STRONG_RSA SUITES_12(GOOD_12 ",\"TLS_RSA_WITH_AES_128_GCM_SHA256\""), NCSC, OUTCOME_INFO,
     "2025-05: insufficient", "insufficient: suites: TLS1.2 TLS_RSA_WITH_AES_128_GCM_SHA256"},
    /* ... and what is phased out comes last */
    {STRONG_RSA SUITES_12("\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256\"," GOOD_12), NCSC, OUTCOME_INFO,
     "2025-05: insufficient",
     "insufficient: suites: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 does not come behind better suites"},
    {STRONG_RSA SUITES_12(
         GOOD_12 ",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256\"") "E993.tls.suites.TLS1~2.order \"client\"",
     NCSC, OUTCOME_INFO, "2025-05: insufficient", "leaves it to the client whether to use TLS_ECDHE_RSA"},
    {STRONG_RSA "E993.tls.suites.TLS1~2.order \"client\"", NCSC, OUTCOME_PASS, NULL, NULL},
    {STRONG_RSA "E993.tls.features.extended_master_secret false", NCSC, OUTCOME_INFO, "2025-05: insufficient",
     "insufficient: features: extended master secret (RFC 7627): no"},
    {STRONG_RSA "E993.tls.features.client_renegotiation true\nE993.tls.features.client_renegotiations 10",
     NCSC, OUTCOME_PASS, "sufficient", NULL},
    {STRONG_RSA "E993.tls.features.client_renegotiation true\nE993.tls.features.client_renegotiations 11",
     NCSC, OUTCOME_INFO, "phase out", "phase out: features: renegotiation by the client: unlimited"},
    {STRONG_RSA "E993.tls.groups.TLS1~3.list [\"x25519\", \"ffdhe2048\"]", NCSC, OUTCOME_INFO, "insufficient",
     "insufficient: groups: TLS1.3 ffdhe2048"},
    {STRONG_RSA "E993.tls.schemes.TLS1~2.list [\"rsa_pkcs1_sha224\", \"rsa_pkcs1_sha1\"]", NCSC, OUTCOME_INFO,
     "insufficient", "phase out: schemes: TLS1.2 rsa_pkcs1_sha224"},
    {STRONG_RSA VERSIONS("\"TLS1.1\",\"TLS1.2\",\"TLS1.3\"", "\"SSL2\",\"SSL3\",\"TLS1.0\""), NCSC,
     OUTCOME_INFO, "insufficient", "insufficient: versions: TLS1.1"},
    {STRONG_RSA VERSIONS("\"TLS1.1\",\"TLS1.2\",\"TLS1.3\"", "\"SSL2\",\"SSL3\",\"TLS1.0\""), NCSC,
     OUTCOME_INFO, NULL, "not known: "},
    /* BSI */
    {STRONG_RSA BSI_GROUPS, BSI, OUTCOME_PASS, "Meets BSI TR-02102-2 2025-01", NULL},
    {STRONG_RSA, BSI, OUTCOME_INFO, NULL, "not met: groups: TLS1.2 x25519"},
    {BSI_GROUPS, BSI, OUTCOME_INFO, NULL, "not met: certificates: RSA 2048"},
    {STRONG_RSA BSI_GROUPS "E993.tls.dh.0.bits 2048", BSI, OUTCOME_INFO, NULL,
     "not met: dh: ffdhe3072 (2048 bits), wanted: at least 3000 bits"},
    {STRONG_RSA BSI_GROUPS "E993.tls.features.heartbeat true", BSI, OUTCOME_INFO, NULL,
     "not met: features: heartbeat (RFC 6520): yes"},
    /* RFC 9325 */
    {"", RFC, OUTCOME_PASS, "Meets RFC 9325", NULL},
    {SUITES_12(GOOD_12 ",\"TLS_RSA_WITH_AES_128_GCM_SHA256\""), RFC, OUTCOME_INFO,
     "RFC 9325: not recommended", "not recommended: suites: TLS1.2 TLS_RSA_WITH_AES_128_GCM_SHA256"},
    /* ... all of it is named */
    {SUITES_12(GOOD_12
               ",\"TLS_RSA_WITH_AES_128_GCM_SHA256\",\"TLS_RSA_WITH_AES_256_GCM_SHA384\","
               "\"TLS_RSA_WITH_AES_128_CCM\",\"TLS_RSA_WITH_AES_256_CCM\",\"TLS_RSA_WITH_AES_128_CBC_SHA\","
               "\"TLS_RSA_WITH_AES_256_CBC_SHA\",\"TLS_RSA_WITH_AES_128_CBC_SHA256\","
               "\"TLS_RSA_WITH_AES_256_CBC_SHA256\",\"TLS_RSA_WITH_CAMELLIA_128_CBC_SHA\""),
     RFC, OUTCOME_INFO, NULL, "TLS_RSA_WITH_AES_256_CBC_SHA256, TLS_RSA_WITH_CAMELLIA_128_CBC_SHA"},
    {SUITES_12(GOOD_12 ",\"TLS_RSA_WITH_RC4_128_SHA\""), RFC, OUTCOME_INFO, "RFC 9325: forbidden",
     "forbidden: suites: TLS1.2 TLS_RSA_WITH_RC4_128_SHA"},
    {SUITES_12(GOOD_12 ",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\"") "E993.tls.features.encrypt_then_mac false",
     RFC, OUTCOME_INFO, "RFC 9325: not recommended",
     "not recommended: features: encrypt-then-MAC (RFC 7366): no"},
    {SUITES_12(GOOD_12 ",\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\"") "E993.tls.features.encrypt_then_mac true",
     RFC, OUTCOME_PASS, NULL, NULL},
    {VERSIONS(
         "\"TLS1.2\"",
         "\"SSL2\",\"SSL3\",\"TLS1.0\",\"TLS1.1\",\"TLS1.3\"") "E993.tls.suites.TLS1~3 "
                                                               "absent\nE993.tls.handshakes.1 "
                                                               "absent\nE993.tls.handshakes.0.version "
                                                               "\"TLS1.2\"\n"
                                                               "E993.tls.handshakes.0.suite "
                                                               "\"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\"",
     RFC, OUTCOME_INFO, "RFC 9325: not recommended", "not recommended: versions: TLS1.3 is missing"},
    {"E993.tls.resumption.early_data 16384", RFC, OUTCOME_INFO, "forbidden",
     "forbidden: features: early data"},
    /* what is not known */
    {"E993.tls.suites.TLS1~2.complete false\nE993.tls.suites.TLS1~2.reason \"pushback\"", MIDDLE,
     OUTCOME_NOT_TESTED, "not all suites of TLS1.2 are known (pushback)", "not known: not all suites"},
    {"E993.tls.suites.TLS1~2.complete false\nE993.tls.suites.TLS1~2.reason \"pushback\"", MODERN,
     OUTCOME_INFO, "Does not meet", "not known: not all suites"},
    {"E993.tls.features.compression null", RFC, OUTCOME_NOT_TESTED, "TLS compression: it was not seen", NULL},
    {"E993.tls.features.compression null\n" ONLY_13, RFC, OUTCOME_PASS, NULL, NULL},
    {"E993.tls.versions null", MIDDLE, 0, NULL, NULL},
    {"E993.tls.versions null", "tls.profile@mail.example.org/11.10.1.25:993", OUTCOME_NOT_TESTED,
     "did not come to it", NULL},
    {"E993.tls null\nE993.imap null\nE993.state \"refused\"", "tls.profile@mail.example.org/11.10.1.25:993",
     OUTCOME_NOT_APPLICABLE, "refuses", NULL},
    {"E993.tls.suites.TLS1~2.list [\"0xCAFE\"]", MIDDLE, OUTCOME_INFO, NULL,
     "not met: suites: TLS1.2 0xCAFE"},
};

Test(profile, verdicts)
{
    CHECK_VERDICTS(rows);
}

/* ---- a policy's own ---- */

static int load(struct arena *arena, const char *text, const struct policy **ret, const char **ret_error)
{
    char name[] = "/tmp/outpost-policy-XXXXXX";
    int descriptor = mkstemp(name), result;

    cr_assert_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    result = policy_load(name, arena, ret, ret_error);
    unlink(name);
    return result;
}

#define WITH(profiles) "{\"schema\": 1, \"name\": \"x\", \"profiles\": " profiles "}"
#define OWN(members)                                                                                         \
    WITH("[{\"schema\": 1, \"name\": \"ours\", \"title\": \"Our own\", \"reference\": \"the house\", "       \
         "\"levels\": [\"fine\", \"bad\"], \"meets\": \"fine\"" members "}]")

Test(profile, builtin)
{
    struct arena *arena = arena_new(0);
    const struct policy *policy;
    const char *error;

    cr_assert_eq(policy_load(NULL, arena, &policy, &error), 0);
    cr_assert_eq(policy_profiles(policy)->count, 5);
    for (size_t i = 0; i < policy_profiles(policy)->count; i++) {
        const struct profile *profile = policy_profiles(policy)->items[i];

        cr_expect(profile->title != NULL && profile->reference != NULL && profile->levels.count >= 2);
        cr_expect_gt(profile->rules[PROFILE_VERSIONS].count, 0, "%s", profile->name);
        cr_expect_gt(profile->rules[PROFILE_SUITES].count, 0, "%s", profile->name);
    }
    arena_free(arena);
}

Test(profile, of_a_policy)
{
    struct arena *arena = arena_new(0);
    const struct policy *policy;
    struct judgement *judgement;
    const struct finding *finding;
    const char *error = NULL;

    cr_assert_eq(
        load(arena,
             OWN(", \"rules\": {\"suites\": [{\"cipher\": [\"CHACHA20\"], \"version\": [\"TLS1.3\"], "
                 "\"level\": \"bad\"}]}, \"needs\": [{\"groups\": [\"x448\"], \"level\": \"bad\"}]"),
             &policy, &error),
        0, "%s", error);
    cr_assert_eq(judge(faultless_scan(arena), policy, arena, &judgement), 0);
    cr_expect_null(finding_of(judgement, MODERN));
    finding = finding_of(judgement, AT("ours"));
    cr_assert_not_null(finding);
    cr_expect_str_eq(finding->title, "Does not meet Our own");
    cr_expect_str_eq(finding->reference, "the house");
    cr_expect_str_eq(finding->subject.profile, "ours");
    cr_assert_eq(finding->evidence.count, 2);
    cr_expect_str_eq(finding->evidence.items[0], "bad: suites: TLS1.3 TLS_CHACHA20_POLY1305_SHA256");
    cr_expect_str_eq(finding->evidence.items[1], "bad: groups: x448 is missing");
    cr_assert_eq(load(arena, WITH("[]"), &policy, &error), 0);
    cr_assert_eq(judge(faultless_scan(arena), policy, arena, &judgement), 0);
    cr_expect_null(finding_of(judgement, MODERN));
    arena_free(arena);
}

Test(profile, mistakes)
{
    static const struct {
        const char *text, *error;
    } mistakes[] = {
        {WITH("{}"), "profiles: must be an array"},
        {WITH("[7]"), "profiles: must be an array of names and profiles"},
        {WITH("[\"mozilla-old\"]"), "profiles.mozilla-old: there is no such profile"},
        {WITH("[\"rfc-9325\", \"rfc-9325\"]"), "profiles.rfc-9325: is there twice"},
        {WITH("[{}]"), "profiles.name: must be a word"},
        {WITH("[{\"name\": \"ours\"}]"), "profiles.ours.levels: must be an array of texts"},
        {WITH("[{\"name\": \"ours\", \"levels\": [\"a\"]}]"), "profiles.ours.levels: are 2 to 8"},
        {WITH("[{\"name\": \"ours\", \"levels\": [\"a\", \"b\"]}]"), "profiles.ours.meets: must be one"},
        {WITH("[{\"name\": \"ours\", \"levels\": [\"a\", \"b\"], \"meets\": \"b\"}]"),
         "ours.meets: must be one"},
        {WITH("[{\"name\": \"ours\", \"levels\": [\"a\", \"b\"], \"meets\": \"a\"}]"),
         "ours.schema: is missing"},
        {WITH("[{\"schema\": 1, \"name\": \"ours\", \"levels\": [\"a\", \"b\"], \"meets\": \"a\"}]"),
         "ours.title: is missing"},
        {OWN(", \"schema2\": 1"), "ours.schema2: is not known here"},
        {OWN(", \"rules\": []"), "ours.rules: must be an object"},
        {OWN(", \"rules\": {\"suits\": []}"), "ours.suits: there is no such class"},
        {OWN(", \"rules\": {\"suites\": {}}"), "ours.suites: must be an array of objects"},
        {OWN(", \"rules\": {\"suites\": [7]}"), "ours.suites: must be an array of objects"},
        {OWN(", \"rules\": {\"suites\": [{}]}"), "ours.level: must be one of"},
        {OWN(", \"rules\": {\"suites\": [{\"level\": \"good\"}]}"), "ours.level: must be one of"},
        {OWN(", \"rules\": {\"suites\": [{\"curve\": [\"x\"], \"level\": \"bad\"}]}"),
         "curve: is no condition"},
        {OWN(", \"rules\": {\"suites\": [{\"bits\": 7, \"level\": \"bad\"}]}"), "bits: is no condition"},
        {OWN(", \"rules\": {\"suites\": [{\"mode_below\": 7, \"level\": \"bad\"}]}"),
         "mode_below: is no condition"},
        {OWN(", \"rules\": {\"suites\": [{\"mode\": \"CBC\", \"level\": \"bad\"}]}"),
         "mode: must be an array of texts"},
        {OWN(", \"rules\": {\"suites\": [{\"mode\": [], \"level\": \"bad\"}]}"),
         "mode: must be an array of texts"},
        {OWN(", \"rules\": {\"dh\": [{\"bits_below\": \"7\", \"level\": \"bad\"}]}"),
         "bits_below: must be a whole"},
        {OWN(", \"needs\": {}"), "ours.needs: must be an array"},
        {OWN(", \"needs\": [{\"level\": \"bad\"}]"), "ours.needs: names one class"},
        {OWN(", \"needs\": [{\"level\": \"bad\", \"groups\": [\"x\"], \"suites\": [\"y\"]}]"),
         "ours.needs: names one class"},
        {"{\"schema\": 1, \"name\": \"x\", \"tls_caps\": []}", "tls_caps: must be an object"},
        {"{\"schema\": 1, \"name\": \"x\", \"tls_caps\": {\"tls1.0\": {}}}",
         "tls_caps.tls1.0: there is no such cap"},
        {"{\"schema\": 1, \"name\": \"x\", \"tls_caps\": {\"tls10\": \"B\"}}",
         "tls_caps.tls10: must be an object"},
        {"{\"schema\": 1, \"name\": \"x\", \"tls_caps\": {\"tls10\": {\"smtp\": \"B\"}}}",
         "tls10.smtp: a port is"},
        {"{\"schema\": 1, \"name\": \"x\", \"tls_caps\": {\"tls10\": {\"mandatory\": \"A+\"}}}",
         "tls10.mandatory: must be a grade"},
    };

    for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
        struct arena *arena = arena_new(0);
        const struct policy *policy = NULL;
        const char *error = NULL;

        cr_expect_eq(load(arena, mistakes[i].text, &policy, &error), -EINVAL, "%s", mistakes[i].text);
        cr_expect(error != NULL && strstr(error, mistakes[i].error) != NULL, "%s: %s", mistakes[i].text,
                  error);
        arena_free(arena);
    }
}
