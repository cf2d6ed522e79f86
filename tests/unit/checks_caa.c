/*
 * checks_caa.c - verdicts on CAA records and on the authorities of certificates
 */
#include "tests/unit/judged.h"

#include "reports/issuers.h"

#include <criterion/criterion.h>
#include <string.h>

#define RECORD "caa.record@" HOST_NAME
#define ISSUER "caa.issuer@" HOST_NAME

#define PROPERTY(tag, value, more)                                                                           \
    "{\"flags\": 0, \"critical\": false, \"tag\": \"" tag "\", \"value\": \"" value "\"" more                \
    ", \"parameters\": []}"
#define ALLOWS(tag, issuer) PROPERTY(tag, issuer, ", \"issuer\": \"" issuer "\"")
#define NOBODY(tag)         PROPERTY(tag, ";", "")
#define MALFORMED(tag)      PROPERTY(tag, "%%", ", \"fault\": \"a fault\"")
#define CRITICAL(tag)                                                                                        \
    "{\"flags\": 128, \"critical\": true, \"tag\": \"" tag "\", \"value\": \"x\", \"parameters\": []}"
#define HAS(property)       "CAA.properties [" property "]\n"
#define HAS_TWO(one, other) HAS(one ", " other)
#define ABSENT                                                                                               \
    "CAA.found_at null\nCAA.properties []\nCAA.questions.1.outcome \"nodata\"\n"                             \
    "CAA.questions.1.records []\n"
#define FAILED                                                                                               \
    "CAA.ended false\nCAA.found_at null\nCAA.properties absent\nCAA.questions.1.outcome \"failure\"\n"
#define AT_HOST                                                                                              \
    "CAA.found_at \"" HOST_NAME "\"\nCAA.questions.1 absent\nCAA.questions.0.outcome \"data\"\n"             \
    "CAA.questions.0.records [\"x\"]\n"

/* Every port, both key types: what a certificate looks like. */
#define EVERYWHERE(member, value)                                                                            \
    "CERT25." member " " value "\nCERT465." member " " value "\nCERT587." member " " value                   \
    "\nCERT993." member " " value "\nRSA25." member " " value "\nRSA465." member " " value                   \
    "\nfacts.endpoints.2.tls.certificates.1." member " " value "\nRSA993." member " " value                  \
    "\nfacts.endpoints.4.tls null\nfacts.endpoints.5.tls null\nfacts.endpoints.6.tls null"                   \
    "\nfacts.endpoints.7.tls null\n"
#define STAR EVERYWHERE("sans", "[\"*.example.org\"]")

Test(checks_caa, record)
{
    static const struct verdict_row rows[] = {
        {"", RECORD, OUTCOME_PASS, "The CAA records of example.org say who may issue",
         "CAA example.org: 0 issue \"letsencrypt.org\""},
        {"", RECORD, OUTCOME_PASS, NULL, "CAA mail.example.org: the name exists, but has no record"},
        {ABSENT, RECORD, OUTCOME_INFO, "there is no CAA record",
         "\n  example.org. IN CAA 0 issue \"letsencrypt.org\""},
        {ABSENT EVERYWHERE("issuer", "\"CN=x\""), RECORD, OUTCOME_INFO, NULL,
         "\n  example.org. IN CAA 0 issue \"ca.example\""},
        {ABSENT "facts.dns.domain null\n", RECORD, OUTCOME_INFO, NULL,
         "\n  mail.example.org. IN CAA 0 issue \"letsencrypt.org\""},
        {HAS(NOBODY("issue")), RECORD, OUTCOME_PASS, "let nobody issue", NULL},
        {HAS(PROPERTY("iodef", "mailto:a@b", "")), RECORD, OUTCOME_INFO, "do not limit who may issue", NULL},
        {HAS(NOBODY("issuemail")), RECORD, OUTCOME_INFO, "do not limit", NULL},
        /* faults */
        {HAS(MALFORMED("issue")), RECORD, OUTCOME_FAIL,
         "The value of \"issue\" is malformed: it allows nobody", "0 issue \"%%\": a fault"},
        {HAS(MALFORMED("issuewild")), RECORD, OUTCOME_FAIL, NULL,
         "\n  example.org. IN CAA 0 issuewild \"ca.example\""},
        {HAS(MALFORMED("issuemail")), RECORD, OUTCOME_WARN, "The value of \"issuemail\" is malformed", NULL},
        {HAS(MALFORMED("iodef")), RECORD, OUTCOME_WARN, NULL,
         "\n  example.org. IN CAA 0 iodef \"mailto:postmaster@example.org\""},
        {HAS(CRITICAL("tbs")), RECORD, OUTCOME_FAIL, "\"tbs\" is critical and no authority knows it",
         "128 tbs \"x\""},
        {HAS(CRITICAL("issuemail")), RECORD, OUTCOME_WARN, "may not issue", NULL},
        {HAS(CRITICAL("ISSUE")), RECORD, OUTCOME_PASS, NULL, NULL},
        {HAS_TWO(ALLOWS("issue", "letsencrypt.org"), PROPERTY("isue", "x", "")), RECORD, OUTCOME_WARN,
         "\"isue\" is known to no authority", "Correct this record of example.org"},
        {HAS_TWO(PROPERTY("isue", "x", ""), MALFORMED("issue")), RECORD, OUTCOME_FAIL, "\"issue\"",
         "0 isue \"x\""},
        /* failures */
        {FAILED "CAA.questions.1.rcode 2\nCAA.questions.1.reason \"SERVFAIL\"", RECORD, OUTCOME_FAIL,
         "Asking for the CAA records of example.org fails", "dig example.org CAA"},
        /* so does the root's question: it is the resolver */
        {FAILED "CAA.questions.1.rcode 2\nCAA.questions.1.reason \"SERVFAIL\"\n"
                "facts.dnssec.zones.0.security \"indeterminate\"\nfacts.dnssec.zones.0.keys absent\n",
         RECORD, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {FAILED "CAA.questions.1.rcode null\nCAA.questions.1.reason \"timeout\"", RECORD, OUTCOME_NOT_TESTED,
         "timeout", NULL},
        {FAILED "CAA.questions.1.rcode 5\nCAA.questions.1.reason \"REFUSED\"", RECORD, OUTCOME_NOT_TESTED,
         "REFUSED", NULL},
        {"CAA.ended false\nCAA.found_at null\nCAA.questions.1.security \"bogus\"\n"
         "CAA.questions.1.security_reason \"signature expired\"",
         RECORD, OUTCOME_FAIL, NULL, "DNSSEC: signature expired"},
        {"CAA.ended null\n", RECORD, OUTCOME_NOT_TESTED, "the scan ended before", NULL},
        {"facts.caa absent", RECORD, OUTCOME_NOT_TESTED, "they were not asked for", NULL},
        {"HOST.literal true", RECORD, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"CAA.deciding_left_out true\nCAA.left_out 3", RECORD, OUTCOME_NOT_TESTED, NULL, "3 more records"},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_caa, issuer)
{
    static const struct verdict_row rows[] = {
        {"", ISSUER, OUTCOME_PASS, "Let's Encrypt", "RSA 2048, issued by CN=R10"},
        {HAS_TWO(ALLOWS("issue", "pki.goog"), ALLOWS("issue", "LetsEncrypt.org")), ISSUER, OUTCOME_PASS, NULL,
         NULL},
        {HAS(ALLOWS("issue", "pki.goog")), ISSUER, OUTCOME_WARN, "do not allow Let's Encrypt",
         "\n  example.org. IN CAA 0 issue \"letsencrypt.org\""},
        {HAS(NOBODY("issue")), ISSUER, OUTCOME_FAIL, "let nobody issue", NULL},
        {HAS_TWO(NOBODY("issue"), ALLOWS("issue", "letsencrypt.org")), ISSUER, OUTCOME_PASS, NULL, NULL},
        /* a malformed value allows nobody; beside a good one it does no harm */
        {HAS(MALFORMED("issue")), ISSUER, OUTCOME_FAIL, NULL, NULL},
        {HAS(PROPERTY("issue", "x",
                      ", \"issuer\": \"letsencrypt.org\", \"fault\": \"accounturi is no URI\"")),
         ISSUER, OUTCOME_FAIL, NULL, NULL},
        {HAS_TWO(MALFORMED("issue"), ALLOWS("issue", "letsencrypt.org")), ISSUER, OUTCOME_PASS, NULL, NULL},
        {HAS_TWO(CRITICAL("tbs"), ALLOWS("issue", "letsencrypt.org")), ISSUER, OUTCOME_FAIL, NULL, NULL},
        {HAS_TWO(CRITICAL("contactemail"), ALLOWS("issue", "letsencrypt.org")), ISSUER, OUTCOME_PASS, NULL,
         NULL},
        {HAS(PROPERTY("iodef", "mailto:a@b", "")), ISSUER, OUTCOME_NOT_APPLICABLE, "who may issue", NULL},
        {HAS(NOBODY("issuewild")), ISSUER, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {ABSENT, ISSUER, OUTCOME_NOT_APPLICABLE, "no CAA record", NULL},
        {FAILED, ISSUER, OUTCOME_NOT_TESTED, "not known", NULL},
        {HAS(ALLOWS("issue", "pki.goog")) "CAA.deciding_left_out true", ISSUER, OUTCOME_NOT_TESTED, NULL,
         NULL},
        /* whose names nobody told us */
        {EVERYWHERE("issuer", "\"CN=Sub,O=Unheard Of\""), ISSUER, OUTCOME_NOT_TESTED,
         "not known: CN=Sub,O=Unheard Of", NULL},
        {HAS(NOBODY("issue")) EVERYWHERE("issuer", "\"CN=Sub,O=Unheard Of\""), ISSUER, OUTCOME_FAIL, NULL,
         "the name that it documents"},
        /* two certificates from two authorities: the worse counts */
        {"RSA25.issuer \"CN=WR1,O=Google Trust Services,C=US\"\nRSA25.sha256 \"bbbb\"", ISSUER, OUTCOME_WARN,
         "Google Trust Services", "CAA 0 issue \"pki.goog\""},
        {"RSA25.issuer \"CN=x\"\nRSA25.sha256 \"bbbb\"", ISSUER, OUTCOME_NOT_TESTED, NULL, NULL},
        /* certificates that say nothing about it */
        {EVERYWHERE("trusted", "false"), ISSUER, OUTCOME_NOT_APPLICABLE, "no port", NULL},
        {EVERYWHERE("sans", "[\"www.example.org\"]"), ISSUER, OUTCOME_NOT_APPLICABLE, "no port", NULL},
        {"HOST.literal true", ISSUER, OUTCOME_NOT_APPLICABLE, "address", NULL},
        /* aliases: the record belongs where the others are */
        {HAS(ALLOWS("issue", "pki.goog")) "CAA.questions.1.aliases [\"www.example.net\"]", ISSUER,
         OUTCOME_WARN, NULL, "\n  www.example.net. IN CAA 0 issue \"letsencrypt.org\""},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_caa, wildcard)
{
#define PARENT(properties)                                                                                   \
    "facts.caa.1 {\"name\": \"example.org\", \"questions\": [], \"ended\": true, \"found_at\": "             \
    "\"example.org\", \"properties\": [" properties "], \"left_out\": 0, \"deciding_left_out\": false}\n"
    static const struct verdict_row rows[] = {
        {STAR, ISSUER, OUTCOME_PASS, NULL, NULL}, /* issue counts where there is no issuewild */
        {STAR HAS_TWO(ALLOWS("issue", "letsencrypt.org"), NOBODY("issuewild")), ISSUER, OUTCOME_FAIL, NULL,
         "\n  example.org. IN CAA 0 issuewild \"letsencrypt.org\""},
        {STAR HAS_TWO(NOBODY("issue"), ALLOWS("issuewild", "letsencrypt.org")), ISSUER, OUTCOME_PASS, NULL,
         NULL},
        {STAR HAS(ALLOWS("issuewild", "pki.goog")), ISSUER, OUTCOME_WARN, NULL, "CAA 0 issuewild"},
        /* the host's own records do not count, its parent's do */
        {STAR AT_HOST HAS(NOBODY("issue")) PARENT(ALLOWS("issue", "letsencrypt.org")), ISSUER, OUTCOME_PASS,
         NULL, NULL},
        {STAR AT_HOST PARENT(NOBODY("issue")), ISSUER, OUTCOME_FAIL, NULL, NULL},
        {STAR AT_HOST, ISSUER, OUTCOME_NOT_TESTED, NULL, NULL},
        {AT_HOST PARENT(NOBODY("issue")), ISSUER, OUTCOME_PASS, NULL, NULL},
        /* by its own name as well */
        {EVERYWHERE("sans", "[\"*.example.org\", \"MAIL.example.org\"]")
             HAS_TWO(ALLOWS("issue", "letsencrypt.org"), NOBODY("issuewild")),
         ISSUER, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_caa, authorities)
{
    static const struct {
        const char *name, *identity;
    } rows[] = {
        {"CN=R10,O=Let's Encrypt,C=US", "letsencrypt.org"},
        {"O=Let's Encrypt", "letsencrypt.org"},
        {"CN=DigiCert TLS RSA,O=DigiCert Inc,C=US", "digicert.com"},
        {"CN=x,O=\"DigiCert, Inc.\",C=US", "digicert.com"},
        {"CN=WE1,O=Google Trust Services LLC,C=US", "pki.goog"},
        {"CN=ZeroSSL ECC,O=ZeroSSL,C=AT", "sectigo.com"},
        {"CN=Sectigo Public,O=Sectigo Limited,C=GB", "sectigo.com"},
        {"CN=x,O=SSL Corporation,L=Houston", "ssl.com"},
        {"CN=x,O=Actalis S.p.A.,C=IT", "actalis.it"},
        {"CN=x,O=Buypass AS-983163327,C=NO", "buypass.com"},
        {"CN=x,O=GlobalSign nv-sa,C=BE", "globalsign.com"},
        {"CN=x,OU=y+O=Amazon,C=US", "amazon.com"},
        {"CN=\"a,O=Amazon\",O=Nobody", NULL}, /* what stands in quotes is no part of its own */
        {"CN=a\\,O=Amazon,O=Nobody", NULL},
        {"CN=x,O=Amazonia", NULL},
        {"CN=x,OU=Amazon", NULL},
        {"CN=Let's Encrypt", NULL},
        {"CN=\"", NULL},
        {"", NULL},
        {NULL, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct issuer *issuer = issuer_of(rows[i].name);

        if (rows[i].identity == NULL)
            cr_expect_null(issuer, "%s", rows[i].name);
        else
            cr_expect(issuer != NULL && strcmp(issuer->identities[0], rows[i].identity) == 0, "%s",
                      rows[i].name);
    }
}
