/*
 * checks_revocation.c - verdicts on revoked certificates and on demanded OCSP responses
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define AT25  "@" HOST_NAME "/" IPV4_ADDRESS ":25"
#define AT465 "@" HOST_NAME "/" IPV4_ADDRESS ":465"
#define AT993 "@" HOST_NAME "/" IPV4_ADDRESS ":993"
#define REVOKED                                                                                              \
    "{\"source\": \"OCSP\", \"url\": \"http://ocsp.example\", \"status\": \"revoked\", \"revoked_at\": "     \
    "\"2026-11-20T00:00:00Z\", \"revocation_reason\": \"keyCompromise\", \"this_update\": "                  \
    "\"2026-11-21T00:00:00Z\", \"next_update\": \"2026-11-28T00:00:00Z\"}"
#define GOOD     "{\"source\": \"CRL\", \"url\": \"http://crl.example/1\", \"status\": \"good\"}"
#define UNKNOWN_ "{\"source\": \"OCSP\", \"status\": \"unknown\"}"
#define NO_ANSWER                                                                                            \
    "{\"source\": \"OCSP\", \"url\": \"http://ocsp.example\", \"failure\": \"connection refused\"}"
#define ANSWERED(answers) "facts.revocations.0 {\"sha256\": \"eeee\", \"answers\": [" answers "]}\n"
#define DEMANDS           "CERT465.must_staple true\n"

Test(checks_revocation, revocation)
{
    static const struct verdict_row rows[] = {
        {"", "cert.revocation" AT465, OUTCOME_NOT_APPLICABLE, "names nobody who could be asked", NULL},
        {ANSWERED(GOOD), "cert.revocation" AT465, OUTCOME_PASS, "not revoked (CRL)",
         "CRL of http://crl.example/1: not revoked"},
        {ANSWERED(REVOKED), "cert.revocation" AT465, OUTCOME_FAIL, "was revoked on 2026-11-20: keyCompromise",
         "OCSP of http://ocsp.example: revoked since 2026-11-20, keyCompromise (true from 2026-11-21 to "
         "2026-11-28)"},
        {ANSWERED(REVOKED), "cert.revocation" AT465, OUTCOME_FAIL, NULL,
         "\n  certbot renew --cert-name mail.example.org --force-renewal --new-key"},
        {ANSWERED(REVOKED), "cert.revocation" AT993, OUTCOME_FAIL, NULL, "systemctl reload dovecot"},
        {ANSWERED(REVOKED), "cert.revocation" AT25, OUTCOME_WARN, NULL, NULL}, /* rule 1 */
        {ANSWERED(REVOKED), "cert.revocation" AT465 "#RSA", OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {ANSWERED(NO_ANSWER ", " GOOD), "cert.revocation" AT465, OUTCOME_PASS, NULL, "connection refused"},
        {ANSWERED(GOOD ", " REVOKED), "cert.revocation" AT465, OUTCOME_FAIL, NULL, NULL},
        {ANSWERED(UNKNOWN_), "cert.revocation" AT465, OUTCOME_WARN, "does not know the certificate", NULL},
        /* what could not be had says nothing */
        {ANSWERED(NO_ANSWER), "cert.revocation" AT465, OUTCOME_NOT_TESTED,
         "no answer that counts: connection refused", NULL},
        {"CERT465.ocsp_urls [\"http://ocsp.example\"]", "cert.revocation" AT465, OUTCOME_NOT_TESTED,
         "nobody was asked", NULL},
        {"CERT465.crl_urls absent", "cert.revocation" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        /* with the certificate, on this port or another */
        {"CERT465.stapled true\nCERT465.staple {\"source\": \"staple\", \"status\": \"good\"}",
         "cert.revocation" AT465, OUTCOME_PASS, "(staple)", NULL},
        {"CERT465.stapled true\nCERT465.staple {\"source\": \"staple\", \"status\": \"revoked\"}",
         "cert.revocation" AT993, OUTCOME_FAIL, NULL, "staple: revoked"},
        {"CERT465.stapled true\nCERT465.staple {\"source\": \"staple\", \"failure\": \"it is out of date\"}",
         "cert.revocation" AT465, OUTCOME_NOT_TESTED, "it is out of date", NULL},
        {"CERT465.staple {\"source\": \"staple\", \"failure\": \"it is out of date\"}",
         "cert.revocation" AT993, OUTCOME_NOT_APPLICABLE, NULL, NULL}, /* another port's bad staple */
        /* nobody's certificate */
        {ANSWERED(REVOKED) "CERT465.trusted false", "cert.revocation" AT465, OUTCOME_NOT_APPLICABLE,
         "trusted authority", NULL},
        {ANSWERED(REVOKED) "CERT465.trusted null", "cert.revocation" AT465, OUTCOME_NOT_TESTED,
         "not verified", NULL},
        {"E465.tls.certificates []", "cert.revocation" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_revocation, must_staple)
{
    static const struct verdict_row rows[] = {
        {"", "cert.must_staple" AT465, OUTCOME_NOT_APPLICABLE, "does not demand it", NULL},
        {"CERT465.must_staple null", "cert.must_staple" AT465, OUTCOME_NOT_TESTED, NULL, NULL},
        {DEMANDS, "cert.must_staple" AT465, OUTCOME_FAIL, "gives none", "--must-staple"},
        {"CERT25.must_staple true", "cert.must_staple" AT25, OUTCOME_WARN, "gives none", NULL},
        {DEMANDS "CERT465.stapled null", "cert.must_staple" AT465, OUTCOME_NOT_TESTED, "asked for", NULL},
        {DEMANDS "CERT465.stapled true\nCERT465.staple {\"source\": \"staple\", \"status\": \"good\"}",
         "cert.must_staple" AT465, OUTCOME_PASS, "gives one", "staple: not revoked"},
        {DEMANDS "CERT465.stapled true\nCERT465.staple {\"source\": \"staple\", \"status\": \"revoked\"}",
         "cert.must_staple" AT465, OUTCOME_PASS, NULL, NULL}, /* cert.revocation's affair */
        {DEMANDS
         "CERT465.stapled true\nCERT465.staple {\"source\": \"staple\", \"failure\": \"it is out of date\"}",
         "cert.must_staple" AT465, OUTCOME_FAIL, "does not count: it is out of date", NULL},
        {"RSA465.must_staple true", "cert.must_staple" AT465 "#RSA", OUTCOME_FAIL, NULL, NULL},
        {"RSA465.must_staple true", "cert.must_staple" AT465, OUTCOME_NOT_APPLICABLE, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}
