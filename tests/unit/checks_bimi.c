/*
 * checks_bimi.c - what is said of a domain's logo: it never fails
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define ID "bimi.record@example.org"
#define QUESTION(outcome)                                                                                    \
    "\"question\": {\"name\": \"default._bimi.example.org\", \"type\": \"TXT\", \"outcome\": \"" outcome "\"}"
#define RECORD                                                                                               \
    "{\"text\": \"v=BIMI1; l=https://example.org/l.svg\", \"announces\": true, \"declined\": false, "        \
    "\"location\": \"https://example.org/l.svg\"}"
#define FETCH                                                                                                \
    "{\"url\": \"https://example.org/l.svg\", \"answered\": true, \"status\": 200, \"content_type\": "       \
    "\"image/svg+xml\", \"size\": 900}"
#define LOGO "{\"well_formed\": true, \"title\": \"Example\", \"square\": true, \"faults\": []}"
#define GOOD                                                                                                 \
    "facts.bimi {" QUESTION("data") ", \"records\": [" RECORD "], \"logo_fetch\": " FETCH                    \
                                    ", \"logo\": " LOGO "}\n"
#define CERTIFICATE                                                                                          \
    "facts.bimi.authority_fetch " FETCH "\nfacts.bimi.certificate {\"subject\": \"CN=Example\", "            \
    "\"issuer\": \"CN=Mark CA\", \"not_after\": \"2027-01-01T00:00:00Z\", \"sans\": [\"example.org\"]}\n"

Test(checks_bimi, record)
{
    static const struct verdict_row record[] = {
        {GOOD, ID, OUTCOME_PASS, "publishes a logo", "there is no certificate (a=)"},
        {GOOD, ID, OUTCOME_PASS, NULL, "DMARC policy of quarantine or reject"},
        {GOOD, ID, OUTCOME_PASS, NULL, "https://example.org/l.svg: 900 bytes, image/svg+xml"},
        {GOOD CERTIFICATE, ID, OUTCOME_PASS, NULL, "issued by CN=Mark CA, until 2027-01-01"},
        {GOOD CERTIFICATE, ID, OUTCOME_PASS, NULL, "were not tested"},
        {GOOD CERTIFICATE "facts.bimi.certificate.not_after \"2026-01-01T00:00:00Z\"", ID, OUTCOME_PASS, NULL,
         "has expired"},
        {GOOD CERTIFICATE "facts.bimi.certificate.sans []", ID, OUTCOME_PASS, NULL,
         "does not name example.org"},
        {GOOD CERTIFICATE "facts.bimi.certificate null", ID, OUTCOME_PASS, NULL,
         "no certificate could be read"},
        {GOOD CERTIFICATE "facts.bimi.authority_fetch.status 404", ID, OUTCOME_PASS, NULL, "HTTP status 404"},
        {GOOD "facts.bimi.logo.faults [\"it has a script\"]", ID, OUTCOME_INFO, "it has a script",
         "baseProfile=\"tiny-ps\""},
        {GOOD "facts.bimi.logo_fetch.content_type \"text/xml\"", ID, OUTCOME_INFO, "media type",
         "`image/svg+xml`"},
        {GOOD "facts.bimi.logo_fetch.content_type null", ID, OUTCOME_INFO, "media type", "no media type"},
        {GOOD "facts.bimi.logo null\nfacts.bimi.logo_fetch.status 404", ID, OUTCOME_INFO, "HTTP status 404",
         NULL},
        {GOOD "facts.bimi.logo null", ID, OUTCOME_INFO, "empty", NULL},
        {GOOD "facts.bimi.logo null\nfacts.bimi.logo_fetch.answered false\nfacts.bimi.logo_fetch.reason "
              "\"refused\"",
         ID, OUTCOME_INFO, "refused", NULL},
        {GOOD "facts.bimi.logo null\nfacts.bimi.logo_fetch.answered null\nfacts.bimi.logo_fetch.reason "
              "\"private address\"",
         ID, OUTCOME_NOT_TESTED, "private address", NULL},
        {GOOD "facts.bimi.logo null\nfacts.bimi.logo_fetch null", ID, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD "facts.bimi.records.0.fault \"l= is missing\"", ID, OUTCOME_INFO, "not valid: l= is missing",
         "default._bimi.example.org. IN TXT \"v=BIMI1; l=https://example.org/logo.svg; a=\""},
        {GOOD "facts.bimi.records.0.location null", ID, OUTCOME_INFO, "no address of a logo", NULL},
        {GOOD "facts.bimi.records.1 " RECORD, ID, OUTCOME_INFO, "2 BIMI records", NULL},
        {GOOD "facts.bimi.records.0.declined true\nfacts.bimi.records.0.location null", ID, OUTCOME_INFO,
         "says that it publishes no logo", NULL},
        {GOOD "facts.bimi.records.0.announces false", ID, OUTCOME_INFO, "publishes no logo (BIMI)", NULL},
        {GOOD "facts.bimi.records.0.remarks [\"tag x: unknown\"]", ID, OUTCOME_PASS, NULL, "tag x: unknown"},
        {"facts.bimi {" QUESTION("nxdomain") ", \"records\": []}", ID, OUTCOME_INFO, "publishes no logo",
         NULL},
        {"facts.bimi {" QUESTION("failure") "}", ID, OUTCOME_NOT_TESTED, "could not be looked up", NULL},
        {"", ID, OUTCOME_NOT_TESTED, "it was not asked", NULL},
        {GOOD "facts.dns.domain null\ntarget_kind \"host\"", ID, 0, NULL, NULL},
    };

    CHECK_VERDICTS(record);
}
