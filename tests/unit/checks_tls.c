/*
 * checks_tls.c - verdicts on versions and suites: accepted, refused, not known; port 25 and the ports of users
 */
#include "tests/unit/checks_tls.h"

#include <criterion/criterion.h>
#include <string.h>

Test(checks_tls, versions)
{
    static const struct verdict_row versions[] = {
        {"", "tls.ssl3" AT465, OUTCOME_PASS, "SSL 3.0 is refused", "refused: SSL2, SSL3, TLS1.0, TLS1.1"},
        {SPEAKS("E465", "\"SSL3\", \"TLS1.2\"", ""), "tls.ssl3" AT465, OUTCOME_FAIL, "SSL 3.0 is accepted",
         "smtpd_tls_mandatory_protocols = >=TLSv1.2"},
        {SPEAKS("E465", "\"SSL3\", \"TLS1.2\"", ""), "tls.ssl3" AT465, OUTCOME_FAIL, NULL,
         "accepted: SSL3, TLS1.2, TLS1.3"},
        {SPEAKS("E25", "\"SSL3\", \"TLS1.2\"", ""), "tls.ssl3" AT25, OUTCOME_WARN, NULL,
         "\n  smtpd_tls_protocols = >=TLSv1.2"},
        {SPEAKS("E25", "\"TLS1.0\", \"TLS1.2\"", ""), "tls.tls10" AT25, OUTCOME_WARN, "TLS 1.0 is accepted",
         "delivers in clear text"},
        {SPEAKS("E993", "\"TLS1.0\", \"TLS1.2\"", ""), "tls.tls10" AT993, OUTCOME_FAIL, NULL,
         "ssl_min_protocol = TLSv1.2"},
        {SPEAKS("E587", "\"TLS1.1\", \"TLS1.2\"", ""), "tls.tls11" AT587, OUTCOME_FAIL, "TLS 1.1",
         "TLS_LEVEL=modern"},
        {SPEAKS("E587", "\"TLS1.1\", \"TLS1.2\"", ""), "tls.tls10" AT587, OUTCOME_PASS, NULL, NULL},
        {SPEAKS("E465", "\"SSL2\", \"TLS1.2\"", ""), "tls.ssl2" AT465, OUTCOME_FAIL, "SSL 2.0 is accepted",
         NULL},
        {SPEAKS("E25", "\"SSL2\", \"TLS1.2\"", ""), "tls.ssl2" AT25, OUTCOME_WARN, NULL, NULL},
        /* accepted counts although the list is not complete; what is not in it is not known */
        {SPEAKS_CUT("E465", "\"TLS1.0\"", "\"SSL2\""), "tls.tls10" AT465, OUTCOME_FAIL, NULL, NULL},
        {SPEAKS_CUT("E465", "\"TLS1.0\"", "\"SSL2\""), "tls.ssl2" AT465, OUTCOME_PASS, NULL, NULL},
        {SPEAKS_CUT("E465", "\"TLS1.0\"", "\"SSL2\""), "tls.ssl3" AT465, OUTCOME_NOT_TESTED, "pushback",
         NULL},
        {QUICK("E465"), "tls.ssl3" AT465, OUTCOME_NOT_TESTED, "--depth standard", NULL},
        {QUICK("E465") "settings.depth \"standard\"", "tls.ssl3" AT465, OUTCOME_NOT_TESTED,
         "did not come to it", NULL},
        /* a handshake shows what it used */
        {QUICK("E465"), "tls.tls13" AT465, OUTCOME_PASS, "TLS 1.3 is accepted", NULL},
        {QUICK("E465"), "tls.tls12" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {REFUSED("E465"), "tls.tls12" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {REFUSED("E25"), "tls.tls12" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(versions);
}

#define NO_HANDSHAKE(endpoint) endpoint ".tls.handshakes []\n"

Test(checks_tls, missing_versions)
{
    static const struct verdict_row missing[] = {
        {"", "tls.tls12" AT465, OUTCOME_PASS, NULL, NULL},
        {TLS13_ONLY("E465"), "tls.tls12" AT465, OUTCOME_INFO, "TLS 1.3 is accepted", NULL},
        {TLS13_ONLY("E25"), "tls.tls12" AT25, OUTCOME_WARN, "clear text", "postconf smtpd_tls_protocols"},
        {NO_HANDSHAKE("E465") SUITES("E465", "") SPEAKS("E465", "\"TLS1.0\"", ""), "tls.tls12" AT465,
         OUTCOME_FAIL, "Neither", NULL},
        /* what is missing weighs on 25 as elsewhere */
        {NO_HANDSHAKE("E25") SUITES("E25", "") SPEAKS("E25", "\"TLS1.0\"", ""), "tls.tls12" AT25,
         OUTCOME_FAIL, NULL, NULL},
        {NO_HANDSHAKE("E465") SUITES("E465", SET("TLS1.2", GOOD12))
             SPEAKS("E465", "\"TLS1.2\"", "\"TLS1.3\""),
         "tls.tls13" AT465, OUTCOME_WARN, "TLS 1.3 is refused", "MaxProtocol"},
        {NO_HANDSHAKE("E25") SUITES("E25", SET("TLS1.2", GOOD12)) SPEAKS("E25", "\"TLS1.2\"", "\"TLS1.3\""),
         "tls.tls13" AT25, OUTCOME_WARN, NULL, NULL},
        {NO_HANDSHAKE("E465") SUITES("E465", "") SPEAKS_CUT("E465", "\"TLS1.0\"", "\"TLS1.2\""),
         "tls.tls12" AT465, OUTCOME_NOT_TESTED, "whether TLS 1.3", NULL},
        /* everything refused is the fault of tls.handshake */
        {"E465.tls.handshakes.0.result \"refused\"\nE465.tls.handshakes.1.result \"refused\"\n" SUITES("E465",
                                                                                                       "")
             SPEAKS("E465", "", "\"SSL2\", \"SSL3\", \"TLS1.0\", \"TLS1.1\", \"TLS1.2\", \"TLS1.3\""),
         "tls.tls12" AT465, OUTCOME_NOT_TESTED, "accepts no version", NULL},
    };

    CHECK_VERDICTS(missing);
}

#define RSA_NULL   "TLS_RSA_WITH_NULL_SHA256"
#define ANONYMOUS  "TLS_DH_anon_WITH_AES_256_GCM_SHA384"
#define RSA_EXPORT "TLS_RSA_EXPORT_WITH_RC4_40_MD5"
#define DHE_EXPORT "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"
#define RC4        "TLS_ECDHE_RSA_WITH_RC4_128_SHA"
#define DES        "TLS_DHE_RSA_WITH_DES_CBC_SHA"
#define TRIPLE     "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
#define CBC        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"
#define RSA_GCM    "TLS_RSA_WITH_AES_128_GCM_SHA256"
#define RSA_ARIA   "TLS_RSA_WITH_ARIA_256_GCM_SHA384"
#define PSK        "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256"
#define GOST       "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT"
#define ECDHE_NULL "TLS_ECDHE_RSA_WITH_NULL_SHA"
#define ECDH_ECDSA "TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256"

/* A port whose program nobody knows. */
#define SOMEBODY(endpoint) endpoint ".service \"tls\"\n"
#define CBC1               "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"
#define TLS10(endpoint, list)                                                                                \
    NO_HANDSHAKE(endpoint)                                                                                   \
    SPEAKS(endpoint, "\"TLS1.0\"", "\"SSL2\", \"SSL3\", \"TLS1.1\", \"TLS1.2\", \"TLS1.3\"")                 \
    SUITES(endpoint, SET("TLS1.0", list))

Test(checks_tls, broken_suites)
{
    static const struct verdict_row suites[] = {
        {"", "tls.suites.null" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", RSA_NULL), "tls.suites.null" AT465, OUTCOME_FAIL, "Suites without encryption",
         "TLS1.2: TLS_RSA_WITH_NULL_SHA256"},
        {ACCEPTS("E25", RSA_NULL), "tls.suites.null" AT25, OUTCOME_WARN, NULL, "smtpd_tls_ciphers = medium"},
        {SUITES("E465", SET("TLS1.2", GOOD12) ", " SET("TLS1.3", "\"TLS_SHA256_SHA256\"")),
         "tls.suites.null" AT465, OUTCOME_FAIL, NULL, "TLS1.3: TLS_SHA256_SHA256"},

        {"", "tls.suites.anonymous" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", ANONYMOUS), "tls.suites.anonymous" AT465, OUTCOME_FAIL, NULL,
         "smtpd_tls_mandatory_exclude_ciphers = aNULL"},
        {ACCEPTS("E25", ANONYMOUS), "tls.suites.anonymous" AT25, OUTCOME_INFO, NULL,
         "Nothing has to be done"},

        {"", "tls.suites.export" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", RSA_EXPORT), "tls.suites.export" AT465, OUTCOME_FAIL, NULL, "EXPORT, RC4, kRSA"},
        {ACCEPTS("E25", DHE_EXPORT), "tls.suites.export" AT25, OUTCOME_WARN, NULL,
         "smtpd_tls_exclude_ciphers = EXPORT, DES"},

        {"", "tls.suites.rc4" AT465, OUTCOME_PASS, "RC4 is not accepted", NULL},
        {ACCEPTS("E465", RC4), "tls.suites.rc4" AT465, OUTCOME_FAIL, "RC4 is accepted",
         "smtpd_tls_mandatory_exclude_ciphers = RC4"},
        {ACCEPTS("E993", RC4), "tls.suites.rc4" AT993, OUTCOME_FAIL, NULL,
         "ssl_cipher_list = HIGH:!aNULL:!eNULL:!RC4"},
        {ACCEPTS("E25", RC4), "tls.suites.rc4" AT25, OUTCOME_WARN, NULL, "delivers in clear text"},
        {OLD("E465", "TLS1.0", RC4), "tls.suites.rc4" AT465, OUTCOME_FAIL, NULL, "TLS1.0: " RC4},
        /* a version that is refused has no suites */
        {SUITES("E465", SET("TLS1.2", GOOD12) ", " SET("TLS1.0", "") ", " GOOD13), "tls.suites.rc4" AT465,
         OUTCOME_PASS, NULL, NULL},
        /* in an incomplete list: accepted counts, absent is not known */
        {ACCEPTS_CUT("E465", RC4), "tls.suites.rc4" AT465, OUTCOME_FAIL, NULL, "TLS1.2, at least: " RC4},
        {CUT("E465"), "tls.suites.rc4" AT465, OUTCOME_NOT_TESTED,
         "not all suites of TLS1.2 are known (pushback)", NULL},
        {SPEAKS("E465", "\"TLS1.0\", \"TLS1.2\"", ""), "tls.suites.rc4" AT465, OUTCOME_NOT_TESTED,
         "answers of the server do not show it", NULL},
        {SPEAKS_CUT("E465", "\"TLS1.2\"", "\"SSL3\""), "tls.suites.rc4" AT465, OUTCOME_NOT_TESTED,
         "not every version", NULL},
        {QUICK("E465"), "tls.suites.rc4" AT465, OUTCOME_NOT_TESTED, "a quick scan does not ask", NULL},
        /* TLS 1.3 has none, however little is known of it */
        {SUITES("E465", SET("TLS1.2", GOOD12) ", " SET_CUT("TLS1.3", "")), "tls.suites.rc4" AT465,
         OUTCOME_PASS, NULL, NULL},

        {ACCEPTS("E465", DES), "tls.suites.des" AT465, OUTCOME_FAIL, "DES is accepted", NULL},
        {ACCEPTS("E25", DES), "tls.suites.des" AT25, OUTCOME_WARN, NULL, NULL},
        {ACCEPTS("E465", TRIPLE), "tls.suites.des" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", TRIPLE), "tls.suites.3des" AT465, OUTCOME_FAIL, "Triple DES", NULL},
        {ACCEPTS("E25", TRIPLE), "tls.suites.3des" AT25, OUTCOME_WARN, NULL, NULL},
        {CUT("E465"), "tls.suites.3des" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        /* one line for all that is worth leaving out: a second one would undo the first */
        {SUITES("E465", SET("TLS1.2", GOOD12 ", \"" RC4 "\", \"" TRIPLE "\"") ", " GOOD13),
         "tls.suites.rc4" AT465, OUTCOME_FAIL, NULL, "RC4, 3DES, kRSA, SHA1, SHA256, SHA384"},
        /* NULL suites have a word of their own; what is left out as it stands is not named twice */
        {ACCEPTS("E465", ECDHE_NULL), "tls.suites.null" AT465, OUTCOME_FAIL, NULL,
         "smtpd_tls_mandatory_exclude_ciphers = eNULL\n"},
        {ACCEPTS("E25", ECDHE_NULL), "tls.suites.null" AT25, OUTCOME_WARN, NULL,
         "smtpd_tls_exclude_ciphers = eNULL\n"},
        {ACCEPTS("E993", ECDHE_NULL), "tls.suites.null" AT993, OUTCOME_FAIL, NULL,
         "ssl_cipher_list = HIGH:!aNULL:!eNULL"},
        {SOMEBODY("E465") ACCEPTS("E465", PSK), "tls.suites.forward_secrecy" AT465, OUTCOME_WARN, NULL,
         "in OpenSSL's words:\n  kPSK"},
        {SOMEBODY("E465") ACCEPTS("E465", GOST), "tls.sweet32" AT465, OUTCOME_FAIL, NULL,
         "in OpenSSL's words:\n  kGOST"},
        {SOMEBODY("E465") ACCEPTS("E465", ECDH_ECDSA), "tls.suites.forward_secrecy" AT465, OUTCOME_WARN, NULL,
         "in OpenSSL's words:\n  kECDHe"},
        {SOMEBODY("E465") SUITES("E465", SET("TLS1.3", "\"TLS_SHA256_SHA256\"")), "tls.suites.null" AT465,
         OUTCOME_FAIL, NULL, "Leave these suites out:\n  TLS_SHA256_SHA256"},
        /* something must be left, but not what protects nobody */
        {SUITES("E465", SET("TLS1.2", "\"" RSA_GCM "\", \"" ANONYMOUS "\"") ", " GOOD13),
         "tls.suites.anonymous" AT465, OUTCOME_FAIL, NULL, "smtpd_tls_mandatory_exclude_ciphers = aNULL\n"},
        {SOMEBODY("E465") TLS10("E465", "\"" CBC1 "\", \"" TRIPLE "\""), "tls.suites.3des" AT465,
         OUTCOME_FAIL, NULL, "Until then only some can go"},
        {SOMEBODY("E465") TLS10("E465", "\"" CBC1 "\", \"" TRIPLE "\""), "tls.suites.3des" AT465,
         OUTCOME_FAIL, NULL, "in OpenSSL's words:\n  3DES, kRSA"},
        {SOMEBODY("E465") TLS10("E465", "\"" TRIPLE "\""), "tls.suites.3des" AT465, OUTCOME_FAIL, NULL,
         "nothing was seen but what is to be left out"},
        /* a name that no registry has is neither good nor bad */
        {ACCEPTS("E465", "0xCAFE"), "tls.suites.rc4" AT465, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(suites);
}

#define ETM(endpoint, value) endpoint ".tls.features.encrypt_then_mac " value "\n"

Test(checks_tls, better_suites)
{
    static const struct verdict_row suites[] = {
        {"", "tls.suites.cbc" AT465, OUTCOME_PASS, "No CBC suite", NULL},
        {ACCEPTS("E465", CBC) ETM("E465", "true"), "tls.suites.cbc" AT465, OUTCOME_PASS,
         "with encrypt-then-MAC", "TLS1.2: " CBC},
        {ACCEPTS("E465", CBC) ETM("E465", "false"), "tls.suites.cbc" AT465, OUTCOME_WARN, "without",
         "SHA1, SHA256"},
        {ACCEPTS("E25", CBC) ETM("E25", "false"), "tls.suites.cbc" AT25, OUTCOME_WARN, "without",
         "nothing better"},
        {ACCEPTS("E465", CBC), "tls.suites.cbc" AT465, OUTCOME_NOT_TESTED, "is not known", NULL},
        {CUT("E465"), "tls.suites.cbc" AT465, OUTCOME_NOT_TESTED, "pushback", NULL},

        {"", "tls.suites.forward_secrecy" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", RSA_GCM), "tls.suites.forward_secrecy" AT465, OUTCOME_WARN, "are accepted",
         "smtpd_tls_mandatory_exclude_ciphers = kRSA"},
        /* on 25 a sender that has nothing else would go on in clear text */
        {SUITES("E25", ORDERED("TLS1.2", "client", GOOD12 ", \"" RSA_GCM "\"")),
         "tls.suites.forward_secrecy" AT25, OUTCOME_WARN, NULL,
         "\n  tls_preempt_cipherlist = yes\n  tls_medium_cipherlist = "
         "aNULL:-aNULL:HIGH:MEDIUM:@STRENGTH:+kRSA"},
        {ACCEPTS("E25", RSA_GCM), "tls.suites.forward_secrecy" AT25, OUTCOME_WARN, NULL,
         "tls_preempt_cipherlist = yes"},
        {SUITES("E25", ORDERED("TLS1.2", "server", "\"" RSA_GCM "\", " GOOD12)),
         "tls.suites.forward_secrecy" AT25, OUTCOME_WARN, NULL,
         "smtpd_tls_ciphers = high):\n  tls_medium_cipherlist = aNULL:-aNULL:HIGH:MEDIUM:@STRENGTH:+kRSA"},
        /* the server chooses already */
        {SUITES("E25", ORDERED("TLS1.2", "server", GOOD12 ", \"" RSA_GCM "\", \"" RC4 "\"")),
         "tls.suites.forward_secrecy" AT25, OUTCOME_WARN, NULL, "The server chooses already"},
        {SUITES("E25", ORDERED("TLS1.2", "server", GOOD12 ", \"" RSA_GCM "\", \"" RC4 "\"")),
         "tls.suites.forward_secrecy" AT25, OUTCOME_WARN, NULL, "smtpd_tls_exclude_ciphers = RC4, kRSA\n"},
        /* ... and takes what it takes today, which may be less than medium */
        {ACCEPTS("E25", RSA_ARIA), "tls.suites.forward_secrecy" AT25, OUTCOME_WARN, NULL,
         "Postfix (main.cf):\n  smtpd_tls_exclude_ciphers = ARIA\n"},
        {ACCEPTS("E25", RSA_ARIA), "tls.suites.forward_secrecy" AT25, OUTCOME_WARN, NULL,
         "docker-data/dms/config/postfix-main.cf"},
        {NO_HANDSHAKE("E465") SPEAKS("E465", "\"TLS1.2\"", "\"TLS1.3\"")
             SUITES("E465", SET("TLS1.2", "\"" RSA_GCM "\"")),
         "tls.suites.forward_secrecy" AT465, OUTCOME_FAIL, "No suite with forward secrecy", "ECDHE"},
        {NO_HANDSHAKE("E25") SPEAKS("E25", "\"TLS1.2\"", "\"TLS1.3\"")
             SUITES("E25", SET("TLS1.2", "\"" RSA_GCM "\"")),
         "tls.suites.forward_secrecy" AT25, OUTCOME_FAIL, NULL, NULL},
        {NO_HANDSHAKE("E465") SPEAKS("E465", "\"TLS1.2\"", "\"TLS1.3\"")
             SUITES("E465", SET_CUT("TLS1.2", "\"" RSA_GCM "\"")),
         "tls.suites.forward_secrecy" AT465, OUTCOME_WARN, NULL, NULL},
        {CUT("E465"), "tls.suites.forward_secrecy" AT465, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "tls.suites.order" AT465, OUTCOME_PASS, "The server chooses", "TLS1.2: the server chooses"},
        {SUITES("E465", ORDERED("TLS1.2", "client", GOOD12 ", \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"")),
         "tls.suites.order" AT465, OUTCOME_INFO, "equally good", NULL},
        {SUITES("E465", ORDERED("TLS1.2", "client", GOOD12 ", \"" RSA_GCM "\"")), "tls.suites.order" AT465,
         OUTCOME_WARN, "The client chooses", "tls_preempt_cipherlist = yes"},
        {SUITES("E993", ORDERED("TLS1.2", "client", GOOD12 ", \"" RSA_GCM "\"")), "tls.suites.order" AT993,
         OUTCOME_WARN, NULL, "ssl_server_prefer_ciphers = server"},
        {SUITES("E465", ORDERED("TLS1.2", "server", "\"" RC4 "\", " GOOD12)), "tls.suites.order" AT465,
         OUTCOME_WARN, "prefers weak", "TLS1.2: " RC4 " before TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"},
        {SUITES("E465", ORDERED("TLS1.2", "server", GOOD12 ", \"" RC4 "\"")), "tls.suites.order" AT465,
         OUTCOME_PASS, NULL, NULL},
        {SUITES("E465", ORDERED("TLS1.2", "server", "\"" RSA_GCM "\", " GOOD12)), "tls.suites.order" AT465,
         OUTCOME_WARN, "prefers suites without forward secrecy to better ones",
         "smtpd_tls_mandatory_exclude_ciphers = kRSA\n"},
        {SUITES("E25", ORDERED("TLS1.2", "server", "\"" RSA_GCM "\", " GOOD12)), "tls.suites.order" AT25,
         OUTCOME_WARN, "prefers suites without forward secrecy to better ones", "@STRENGTH:+kRSA"},
        {SUITES("E25", ORDERED("TLS1.2", "server", "\"" RSA_ARIA "\", " GOOD12)), "tls.suites.order" AT25,
         OUTCOME_WARN, NULL, "smtpd_tls_exclude_ciphers = ARIA\n"},
        {SUITES("E993", ORDERED("TLS1.2", "server", "\"" RSA_GCM "\", " GOOD12)), "tls.suites.order" AT993,
         OUTCOME_WARN, NULL, "ssl_cipher_list = HIGH:!aNULL:!eNULL:!kRSA"},
        /* with encrypt-then-MAC a CBC suite of more bits may come first */
        {SUITES("E465", ORDERED("TLS1.2", "server", "\"" CBC "\", " GOOD12)) ETM("E465", "true"),
         "tls.suites.order" AT465, OUTCOME_PASS, NULL, NULL},
        /* Postfix prefers anonymous suites on 25 */
        {SUITES("E25", ORDERED("TLS1.2", "server", "\"" ANONYMOUS "\", " GOOD12)), "tls.suites.order" AT25,
         OUTCOME_PASS, NULL, NULL},
        {SUITES("E465", ORDERED("TLS1.2", "server", "\"" ANONYMOUS "\", " GOOD12)), "tls.suites.order" AT465,
         OUTCOME_WARN, NULL, NULL},
        {SUITES("E465", SET("TLS1.2", GOOD12) ", " SET("TLS1.3", "\"TLS_AES_256_GCM_SHA384\"")),
         "tls.suites.order" AT465, OUTCOME_NOT_APPLICABLE, "one suite", NULL},
        {SUITES("E465", SET("TLS1.2", GOOD12 ", \"" RC4 "\"")), "tls.suites.order" AT465, OUTCOME_NOT_TESTED,
         NULL, NULL},
        {QUICK("E465"), "tls.suites.order" AT465, OUTCOME_NOT_TESTED, "--depth standard", NULL},
    };

    CHECK_VERDICTS(suites);
}

/* Seventy suites are one line, cut. */
Test(checks_tls, long_lists)
{
    struct arena *arena = arena_new(0);
    static const char *const many =
        "\"TLS_RSA_WITH_RC4_128_MD5\", \"TLS_RSA_WITH_RC4_128_SHA\", \"TLS_DH_anon_WITH_RC4_128_MD5\", "
        "\"TLS_KRB5_WITH_RC4_128_SHA\", \"TLS_KRB5_WITH_RC4_128_MD5\", \"TLS_PSK_WITH_RC4_128_SHA\", "
        "\"TLS_DHE_PSK_WITH_RC4_128_SHA\", \"TLS_RSA_PSK_WITH_RC4_128_SHA\", "
        "\"TLS_ECDH_ECDSA_WITH_RC4_128_SHA\", "
        "\"TLS_ECDHE_ECDSA_WITH_RC4_128_SHA\", \"TLS_ECDH_RSA_WITH_RC4_128_SHA\", "
        "\"TLS_ECDHE_RSA_WITH_RC4_128_SHA\", "
        "\"TLS_ECDH_anon_WITH_RC4_128_SHA\", \"TLS_ECDHE_PSK_WITH_RC4_128_SHA\"";
    const char *patches = arena_format(
        arena, "E465.tls.suites {\"TLS1.2\": {\"complete\": true, \"list\": [%s]}, " GOOD13 "}\n", many);
    const struct finding *finding =
        finding_of(judged(arena, patched_scan(arena, patches)), "tls.suites.rc4" AT465);
    const char *line;

    cr_assert_not_null(finding);
    cr_assert_eq(finding->evidence.count, 1);
    line = finding->evidence.items[0];
    cr_expect(strstr(line, "TLS1.2: TLS_RSA_WITH_RC4_128_MD5, ") == line, "%s", line);
    cr_expect(strstr(line, "TLS_ECDHE_RSA_WITH_RC4_128_SHA and 2 more") != NULL, "%s", line);
    arena_free(arena);
}
