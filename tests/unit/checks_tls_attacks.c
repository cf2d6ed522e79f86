/*
 * checks_tls_attacks.c - verdicts on attacks with a name: tested ones, and those that follow from other facts
 */
#include "tests/unit/checks_tls.h"

#include <criterion/criterion.h>

#define FEATURE(endpoint, name, value) endpoint ".tls.features." name " " value "\n"

Test(checks_tls_attacks, tested)
{
    static const struct verdict_row attacks[] = {
        {"", "tls.heartbleed" AT25, OUTCOME_PASS, NULL, NULL},
        {FEATURE("E25", "heartbleed", "true"), "tls.heartbleed" AT25, OUTCOME_FAIL, "gives away its memory",
         "new key and certificate"},
        {FEATURE("E25", "heartbleed", "null"), "tls.heartbleed" AT25, OUTCOME_PASS, "does not speak", NULL},
        {FEATURE("E25", "heartbleed", "null") FEATURE("E25", "heartbeat", "true"), "tls.heartbleed" AT25,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {QUICK("E25"), "tls.heartbleed" AT25, OUTCOME_NOT_TESTED, "--depth standard", NULL},

        {"", "tls.ccs" AT25, OUTCOME_PASS, NULL, NULL},
        {FEATURE("E25", "ccs_injection", "true"), "tls.ccs" AT25, OUTCOME_FAIL, NULL, "Update OpenSSL"},
        {FEATURE("E25", "ccs_injection", "null"), "tls.ccs" AT25, OUTCOME_NOT_TESTED, NULL, NULL},
        {FEATURE("E25", "ccs_injection", "null") TLS13_ONLY("E25"), "tls.ccs" AT25, OUTCOME_NOT_APPLICABLE,
         NULL, NULL},

        {"", "tls.ticketbleed" AT25, OUTCOME_NOT_TESTED, "`--depth deep` does", NULL},
        {CUT("E25"), "tls.ticketbleed" AT25, OUTCOME_NOT_TESTED, "(`--depth deep` does)", NULL},
        {FEATURE("E25", "ticketbleed", "false"), "tls.ticketbleed" AT25, OUTCOME_PASS, NULL, NULL},
        {FEATURE("E25", "ticketbleed", "true"), "tls.ticketbleed" AT25, OUTCOME_FAIL, NULL, "BIG-IP"},
        {FEATURE("E25", "ticketbleed_reason", "\"no ticket was given\""), "tls.ticketbleed" AT25,
         OUTCOME_NOT_TESTED, "no ticket was given", NULL},
        {"E25.tls.resumption.ticket false", "tls.ticketbleed" AT25, OUTCOME_NOT_APPLICABLE, NULL, NULL},

        {"", "tls.robot" AT25, OUTCOME_NOT_APPLICABLE, "RSA key exchange", NULL},
        {ACCEPTS("E25", "TLS_RSA_WITH_AES_128_GCM_SHA256"), "tls.robot" AT25, OUTCOME_NOT_TESTED,
         "`--depth deep` does", NULL},
        {"settings.depth \"deep\"\n" ACCEPTS("E25", "TLS_RSA_WITH_AES_128_GCM_SHA256"), "tls.robot" AT25,
         OUTCOME_NOT_TESTED, "answers of the server do not show it", NULL},
        {"settings.depth \"deep\"\n" FEATURE("E25", "robot_reason", "\"it turned us away\"")
             ACCEPTS("E25", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
         "tls.robot" AT25, OUTCOME_NOT_TESTED, "it turned us away", NULL},
        {FEATURE("E25", "robot", "false"), "tls.robot" AT25, OUTCOME_PASS, NULL, NULL},
        {FEATURE("E465", "robot", "true") FEATURE("E465", "robot_evidence", "\"alert 20 or 51\"")
             ACCEPTS("E465", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
         "tls.robot" AT465, OUTCOME_FAIL, NULL, "alert 20 or 51"},
    };

    CHECK_VERDICTS(attacks);
}

#define CBC     "TLS_RSA_WITH_AES_128_CBC_SHA"
#define RC4     "TLS_RSA_WITH_RC4_128_SHA"
#define TRIPLE  "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
#define IDEA    "TLS_RSA_WITH_IDEA_CBC_SHA"
#define FREAK   "TLS_RSA_EXPORT_WITH_RC4_40_MD5"
#define DHE_EXP "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA"
#define DHE     "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"
#define DH_RSA  "TLS_DH_RSA_WITH_AES_256_GCM_SHA384"

Test(checks_tls_attacks, derived)
{
    static const struct verdict_row derived[] = {
        {"", "tls.poodle" AT465, OUTCOME_PASS, NULL, NULL},
        {OLD("E465", "SSL3", CBC), "tls.poodle" AT465, OUTCOME_INFO, "(see tls.ssl3)", "SSL3: " CBC},
        {OLD("E465", "SSL3", RC4), "tls.poodle" AT465, OUTCOME_PASS, NULL, NULL},
        {SPEAKS("E465", "\"SSL3\", \"TLS1.2\"", ""), "tls.poodle" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {QUICK("E465"), "tls.poodle" AT465, OUTCOME_NOT_TESTED, "--depth standard", NULL},

        {"", "tls.freak" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", FREAK), "tls.freak" AT465, OUTCOME_INFO, "tls.suites.export",
         "mends tls.suites.export"},
        {ACCEPTS("E465", FREAK) FEATURE("E465", "export_key_reuse", "true"), "tls.freak" AT465, OUTCOME_INFO,
         NULL, "more than one connection"},
        {ACCEPTS("E465", DHE_EXP), "tls.freak" AT465, OUTCOME_PASS, NULL, NULL},
        {CUT("E465"), "tls.freak" AT465, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "tls.logjam" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", DHE_EXP) "E465.tls.dh [{\"bits\": 2048}]\n", "tls.logjam" AT465, OUTCOME_INFO,
         "tls.suites.export", DHE_EXP},
        {"E465.tls.dh [{\"bits\": 1024, \"prime_name\": \"Apache 2.2 (1024 bits)\"}]", "tls.logjam" AT465,
         OUTCOME_INFO, "tls.dh", "Apache 2.2"},
        {ACCEPTS("E465", DHE), "tls.logjam" AT465, OUTCOME_NOT_TESTED, "not seen", NULL},
        {ACCEPTS("E465", DHE) "E465.tls.dh [{\"bits\": 1025}]\n", "tls.logjam" AT465, OUTCOME_PASS, NULL,
         NULL},

        {"", "tls.sweet32" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", TRIPLE), "tls.sweet32" AT465, OUTCOME_INFO, "(see tls.suites.3des)", NULL},
        /* no other check has counted these */
        {ACCEPTS("E465", IDEA), "tls.sweet32" AT465, OUTCOME_FAIL, NULL, "IDEA"},
        {ACCEPTS("E25", IDEA), "tls.sweet32" AT25, OUTCOME_WARN, NULL, "smtpd_tls_exclude_ciphers = IDEA"},
        {CUT("E465"), "tls.sweet32" AT465, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "tls.beast" AT465, OUTCOME_PASS, NULL, NULL},
        {OLD("E465", "TLS1.0", CBC), "tls.beast" AT465, OUTCOME_INFO, "(see tls.tls10)", "TLS1.0: " CBC},
        {OLD("E465", "TLS1.1", CBC), "tls.beast" AT465, OUTCOME_PASS, NULL, NULL},
        {SPEAKS("E465", "\"TLS1.0\", \"TLS1.2\"", ""), "tls.beast" AT465, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "tls.lucky13" AT465, OUTCOME_PASS, "no CBC suite", NULL},
        {ACCEPTS("E465", CBC) FEATURE("E465", "encrypt_then_mac", "true"), "tls.lucky13" AT465, OUTCOME_PASS,
         "encrypt-then-MAC", NULL},
        {ACCEPTS("E465", CBC) FEATURE("E465", "encrypt_then_mac", "false"), "tls.lucky13" AT465, OUTCOME_INFO,
         "(see tls.suites.cbc)", NULL},
        {ACCEPTS("E465", CBC), "tls.lucky13" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        /* SSL 3.0 has no extension */
        {OLD("E465", "SSL3", CBC) FEATURE("E465", "encrypt_then_mac", "true"), "tls.lucky13" AT465,
         OUTCOME_INFO, "tls.ssl3", NULL},

        {SPEAKS("E465", "\"SSL3\", \"TLS1.2\", \"TLS1.3\"", "")
             SUITES("E465", SET("SSL3", "\"" CBC "\"") ", " SET("TLS1.2", "\"" CBC "\"") ", " GOOD13),
         "tls.lucky13" AT465, OUTCOME_INFO, "(see tls.ssl3)", "SSL3: " CBC},

        {"", "tls.raccoon" AT465, OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", DHE) "E465.tls.dh [{\"bits\": 2048, \"reused\": true}]\n", "tls.raccoon" AT465,
         OUTCOME_INFO, "tls.dh", NULL},
        {ACCEPTS("E465", DHE) "E465.tls.dh [{\"bits\": 2048, \"reused\": false}]\n", "tls.raccoon" AT465,
         OUTCOME_PASS, NULL, NULL},
        {ACCEPTS("E465", DHE) "E465.tls.dh [{\"bits\": 2048}]\n", "tls.raccoon" AT465, OUTCOME_NOT_TESTED,
         NULL, NULL},
        {ACCEPTS("E465", DH_RSA), "tls.raccoon" AT465, OUTCOME_INFO, "tls.suites.forward_secrecy", NULL},
        {CUT("E465"), "tls.raccoon" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(derived);
}

#define SSL2(endpoint)      SPEAKS(endpoint, "\"SSL2\", \"TLS1.2\", \"TLS1.3\"", "\"SSL3\"")
#define NO_RSA(endpoint)    endpoint ".tls.certificates.1 absent\n"
#define OTHER_KEY(endpoint) endpoint ".tls.certificates.1.spki_sha256 \"0dd\"\n"

Test(checks_tls_attacks, drown)
{
    static const struct verdict_row drown[] = {
        {"", "tls.drown" AT465, OUTCOME_PASS, "nowhere in this scan", NULL},
        {SSL2("E25"), "tls.drown" AT25, OUTCOME_INFO, "(see tls.ssl2)", NULL},
        /* another port, and another address, with the same key */
        {SSL2("E25"), "tls.drown" AT465, OUTCOME_FAIL, "elsewhere with the same key",
         "SSL 2.0 with this RSA key: mail.example.org 11.10.1.25:25"},
        {SSL2("F993"), "tls.drown" AT25, OUTCOME_WARN, NULL, "[2a11:11:1001::25]:993"},
        {SSL2("E25") OTHER_KEY("E25"), "tls.drown" AT465, OUTCOME_PASS, NULL, NULL},
        {SSL2("E25") NO_RSA("E465"), "tls.drown" AT465, OUTCOME_NOT_APPLICABLE, "no RSA key", NULL},
        {SSL2("E25") "E465.tls.certificates []", "tls.drown" AT465, OUTCOME_NOT_TESTED, "is not known", NULL},
        {QUICK("E465"), "tls.drown" AT465, OUTCOME_NOT_TESTED, "--depth standard", NULL},
        {"E25.tls.versions null\nE25.tls.suites absent", "tls.drown" AT465, OUTCOME_NOT_TESTED, "elsewhere",
         "not known of mail.example.org 11.10.1.25:25"},
        {"E25.tls.versions null\nE25.tls.suites absent\n" OTHER_KEY("E25"), "tls.drown" AT465, OUTCOME_PASS,
         NULL, NULL},
        {REFUSED("E25"), "tls.drown" AT465, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(drown);
}
