/*
 * checks_mta_sts.c - verdicts on MTA-STS and TLS reporting, and what they mean for certificates on port 25
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define D "example.org"
#define H HOST_NAME
#define A HOST_NAME "/" IPV4_ADDRESS
#define B HOST_NAME "/" IPV6_ADDRESS

#define QUESTION(outcome)                                                                                    \
    "\"question\": {\"name\": \"_mta-sts.example.org\", \"type\": \"TXT\", \"outcome\": \"" outcome "\"}"
#define RECORD_GOOD "{\"text\": \"v=STSv1; id=1\", \"announces\": true, \"intended\": true, \"id\": \"1\"}"
#define HOST_NAMES                                                                                           \
    "\"host\": \"mta-sts.example.org\", \"a\": {\"outcome\": \"data\"}, \"aaaa\": {\"outcome\": \"data\"}, "
#define FETCH(address, rest)                                                                                 \
    "{\"address\": \"" address "\", \"contacted\": true, \"result\": \"answered\", \"status\": 200, "        \
    "\"content_type\": \"text/plain\", \"policy\": 0" rest "}"
#define POLICY(mode, max_age, mx)                                                                            \
    "{\"valid\": true, \"version\": \"STSv1\", \"mode\": \"" mode "\", \"max_age\": " max_age                \
    ", \"mx\": [" mx "], \"mx_left_out\": 0, \"faults\": [], \"remarks\": [], \"lines\": []}"
#define STS(records, fetches, policies)                                                                      \
    "facts.mta_sts {" QUESTION("data") ", \"records\": [" records "], " HOST_NAMES "\"fetches\": [" fetches  \
                                       "], \"policies\": [" policies "]}\n"
#define NOTHING "facts.mta_sts {" QUESTION("nxdomain") ", \"records\": []}\n"
#define FAILED                                                                                               \
    "facts.mta_sts {\"question\": {\"name\": \"_mta-sts.example.org\", \"type\": \"TXT\", \"outcome\": "     \
    "\"failure\", \"reason\": \"SERVFAIL\"}}\n"
#define OURS    "\"mail.example.org\""
#define BOTH    FETCH("11.20.1.80", "") ", " FETCH("2a11:11:2001::80", "")
#define GOOD    STS(RECORD_GOOD, BOTH, POLICY("enforce", "604800", OURS))
#define TESTING STS(RECORD_GOOD, BOTH, POLICY("testing", "604800", OURS))
#define NONE    STS(RECORD_GOOD, BOTH, POLICY("none", "604800", ""))
#define F0      "facts.mta_sts.fetches.0."
#define F1      "facts.mta_sts.fetches.1."

Test(checks_mta_sts, record)
{
    static const struct verdict_row record[] = {
        {GOOD, "mta_sts.record@" D, OUTCOME_PASS, "with the id 1", NULL},
        {NOTHING, "mta_sts.record@" D, OUTCOME_INFO, "No MTA-STS policy is announced", "NXDOMAIN"},
        {NOTHING "facts.mta_sts.question.security \"bogus\"", "mta_sts.record@" D, OUTCOME_NOT_TESTED,
         "is bogus", NULL},
        {FAILED, "mta_sts.record@" D, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {"", "mta_sts.record@" D, OUTCOME_NOT_TESTED, "it was not asked", NULL},
        {GOOD
         "facts.mta_sts.records.1 {\"text\": \"v=spf1 -all\", \"announces\": false, \"intended\": false}",
         "mta_sts.record@" D, OUTCOME_PASS, NULL, NULL},
        {GOOD "facts.mta_sts.records.1 " RECORD_GOOD, "mta_sts.record@" D, OUTCOME_FAIL, "2 MTA-STS records",
         "_mta-sts.example.org. IN TXT \"v=STSv1; id=20261122T120000Z;\""},
        {GOOD "facts.mta_sts.records.0.fault \"id is empty\"", "mta_sts.record@" D, OUTCOME_FAIL,
         "not valid: id is empty", NULL},
        {GOOD "facts.mta_sts.records.0.announces false", "mta_sts.record@" D, OUTCOME_FAIL,
         "senders pass over it", NULL},
        {GOOD "facts.mta_sts.records.0.remarks [\"field x: unknown\"]", "mta_sts.record@" D, OUTCOME_PASS,
         NULL, "field x: unknown"},
        {GOOD "facts.dns.null_mx true", "mta_sts.record@" D, OUTCOME_NOT_APPLICABLE, "takes no mail", NULL},
        {GOOD "facts.dns.mx.outcome \"nxdomain\"", "mta_sts.record@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {GOOD "facts.dns.domain null\ntarget_kind \"host\"", "mta_sts.record@" D, 0, NULL, NULL},
    };

    CHECK_VERDICTS(record);
}

Test(checks_mta_sts, policy)
{
    static const struct verdict_row policy[] = {
        {GOOD, "mta_sts.policy@" D, OUTCOME_PASS, NULL, "at 2a11:11:2001::80: a valid policy"},
        {NOTHING, "mta_sts.policy@" D, OUTCOME_NOT_APPLICABLE, "no policy is announced", NULL},
        {FAILED, "mta_sts.policy@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD F0 "content_type \"text/plain; charset=utf-8\"", "mta_sts.policy@" D, OUTCOME_PASS, NULL, NULL},
        {GOOD F0 "content_type \"Text/Plain\"", "mta_sts.policy@" D, OUTCOME_PASS, NULL, NULL},
        {GOOD F0 "content_type \"text/plainly\"", "mta_sts.policy@" D, OUTCOME_FAIL, "cannot always use",
         "media type text/plainly"},
        {GOOD F0 "content_type null\n" F1 "content_type \"text/html\"", "mta_sts.policy@" D, OUTCOME_FAIL,
         "cannot use the MTA-STS policy: the media type (none)", "default_type text/plain;"},
        {GOOD F1 "status 404", "mta_sts.policy@" D, OUTCOME_FAIL, "HTTP status 404",
         "mode: enforce\n  mx: mail.example.org\n  max_age: 604800"},
        {GOOD F0 "status 302\n" F0 "location \"https://www.example.org/\"", "mta_sts.policy@" D, OUTCOME_FAIL,
         "redirect (HTTP status 302) to https://www.example.org/", NULL},
        {GOOD F0 "result \"certificate\"\n" F0 "reason \"no alternative name\"\n" F1 "result \"certificate\"",
         "mta_sts.policy@" D, OUTCOME_FAIL, "not valid for it (no alternative name)",
         "certbot certonly -d mta-sts.example.org"},
        {GOOD F0 "result \"too_large\"\n" F0 "reason \"larger\"", "mta_sts.policy@" D, OUTCOME_FAIL, "larger",
         NULL},
        {GOOD F0 "result \"slow\"", "mta_sts.policy@" D, OUTCOME_FAIL, "within a minute", NULL},
        {GOOD F0 "result \"broken\"\n" F0 "reason \"cut\"", "mta_sts.policy@" D, OUTCOME_FAIL, "cut", NULL},
        {GOOD F1 "result \"refused\"\n" F1 "reason \"connection refused\"", "mta_sts.policy@" D, OUTCOME_WARN,
         "2a11:11:2001::80, an address of the policy host, does not give",
         "mta-sts.example.org. IN AAAA 2a11:11:2001::80"},
        /* something answers by IPv6, so the silence is theirs */
        {GOOD F1 "result \"unreached\"\n" F1 "reason \"no answer in time\"", "mta_sts.policy@" D,
         OUTCOME_WARN, "no answer in time", NULL},
        {GOOD F1 "result \"unreached\"\nF25.state \"silent\"\nF465.state \"silent\"\nF587.state \"silent\"\n"
                 "F993.state \"silent\"",
         "mta_sts.policy@" D, OUTCOME_PASS, NULL, NULL},
        {GOOD F0 "result \"refused\"\n" F1 "result \"refused\"", "mta_sts.policy@" D, OUTCOME_FAIL,
         "cannot use", NULL},
        {GOOD F1 "contacted false\n" F1 "result null\n" F1 "reason \"no IPv6 here\"", "mta_sts.policy@" D,
         OUTCOME_PASS, NULL, "2a11:11:2001::80: not asked, no IPv6 here"},
        {GOOD F1 "contacted false\n" F1 "result null\n" F0 "result \"refused\"", "mta_sts.policy@" D,
         OUTCOME_WARN, "11.20.1.80", NULL},
        {GOOD F0 "result null\n" F0 "reason \"private address\"\n" F1 "result null", "mta_sts.policy@" D,
         OUTCOME_NOT_TESTED, "private address", NULL},
        {GOOD "facts.mta_sts.fetches []\nfacts.mta_sts.a.outcome \"nodata\"\nfacts.mta_sts.aaaa.outcome "
              "\"nodata\"",
         "mta_sts.policy@" D, OUTCOME_FAIL, "has no address", "mta-sts.example.org. IN A <address"},
        {GOOD "facts.mta_sts.fetches []\nfacts.mta_sts.a.outcome \"failure\"\nfacts.mta_sts.aaaa.outcome "
              "\"nodata\"",
         "mta_sts.policy@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD "facts.mta_sts.policies.0.valid false\nfacts.mta_sts.policies.0.faults [\"line 2: no colon\", "
              "\"mx is "
              "missing\"]",
         "mta_sts.policy@" D, OUTCOME_FAIL, "line 2: no colon", "mx is missing"},
        {GOOD "facts.mta_sts.policies.0.remarks [\"line 5: empty\"]", "mta_sts.policy@" D, OUTCOME_INFO,
         "senders ignore", "line 5: empty"},
        {GOOD "facts.mta_sts.policies.1 " POLICY("testing", "604800", OURS) "\n" F1 "policy 1",
         "mta_sts.policy@" D, OUTCOME_WARN, "different policies", NULL},
        {GOOD "facts.mta_sts.policies.1 " POLICY("enforce", "604800", "\"MAIL.example.org\"") "\n" F1
                                                                                              "policy 1",
         "mta_sts.policy@" D, OUTCOME_PASS, NULL, NULL},
        {GOOD F0 "policy 7\n" F1 "policy -1", "mta_sts.policy@" D, OUTCOME_FAIL, "was not kept", NULL},
        {GOOD "facts.mta_sts.records.0.announces false", "mta_sts.policy@" D, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(policy);
}

#define AGE(seconds) STS(RECORD_GOOD, BOTH, POLICY("enforce", seconds, OURS))

Test(checks_mta_sts, mode_and_age)
{
    static const struct verdict_row mode[] = {
        {GOOD, "mta_sts.mode@" D, OUTCOME_PASS, NULL, NULL},
        {TESTING, "mta_sts.mode@" D, OUTCOME_INFO, "in testing", "mode: enforce"},
        {NONE, "mta_sts.mode@" D, OUTCOME_WARN, "none", "mode: testing"},
        {NOTHING, "mta_sts.mode@" D, OUTCOME_WARN, "There is no MTA-STS policy",
         "Serve this file, as text/plain, at `https://mta-sts.example.org/.well-known/mta-sts.txt`:\n  "
         "version: "
         "STSv1\n  mode: testing\n  mx: mail.example.org\n  max_age: 604800"},
        {NOTHING, "mta_sts.mode@" D, OUTCOME_WARN, NULL, "Then announce it:\n  _mta-sts.example.org. IN TXT"},
        {FAILED, "mta_sts.mode@" D, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {GOOD F0 "status 404\n" F1 "status 404", "mta_sts.mode@" D, OUTCOME_NOT_APPLICABLE, "mta_sts.policy",
         NULL},
        {GOOD F0 "status 404", "mta_sts.mode@" D, OUTCOME_PASS, NULL, NULL},
        {GOOD "facts.mta_sts.records.0.fault \"id is empty\"", "mta_sts.mode@" D, OUTCOME_NOT_APPLICABLE,
         "mta_sts.record", NULL},
        {AGE("31557600"), "mta_sts.max_age@" D, OUTCOME_PASS, "365 days", NULL},
        {AGE("604800"), "mta_sts.max_age@" D, OUTCOME_PASS, "7 days", NULL},
        {AGE("604799"), "mta_sts.max_age@" D, OUTCOME_INFO, "less than a week", "max_age: 604800"},
        {AGE("86400"), "mta_sts.max_age@" D, OUTCOME_INFO, NULL, NULL},
        {AGE("86399"), "mta_sts.max_age@" D, OUTCOME_WARN, "less than a day", NULL},
        {AGE("0"), "mta_sts.max_age@" D, OUTCOME_WARN, NULL, NULL},
        {NONE, "mta_sts.max_age@" D, OUTCOME_NOT_APPLICABLE, "mode is none", NULL},
        {NOTHING, "mta_sts.max_age@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILED, "mta_sts.max_age@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(mode);
}

#define MX(mode, mx) STS(RECORD_GOOD, BOTH, POLICY(mode, "604800", mx))

Test(checks_mta_sts, mx)
{
    static const struct verdict_row mx[] = {
        {GOOD, "mta_sts.mx@" H, OUTCOME_PASS, "mx: mail.example.org", NULL},
        {GOOD, "mta_sts.mx@" D, 0, NULL, NULL},
        {MX("enforce", "\"*.example.org\""), "mta_sts.mx@" H, OUTCOME_PASS, "mx: *.example.org", NULL},
        {MX("enforce", "\"*.EXAMPLE.org\""), "mta_sts.mx@" H, OUTCOME_PASS, NULL, NULL},
        {MX("enforce", "\"*.org\""), "mta_sts.mx@" H, OUTCOME_FAIL, "does not name mail.example.org",
         "Add this line to the policy:\n  mx: mail.example.org"},
        {MX("enforce", "\"*.mail.example.org\""), "mta_sts.mx@" H, OUTCOME_FAIL, NULL,
         "the policy has mx: *.mail.example.org"},
        {MX("enforce", "\"example.org\""), "mta_sts.mx@" H, OUTCOME_FAIL, NULL, "id=20261122T120000Z"},
        {MX("testing", "\"example.org\""), "mta_sts.mx@" H, OUTCOME_WARN, NULL, NULL},
        {MX("none", "\"example.org\""), "mta_sts.mx@" H, OUTCOME_NOT_APPLICABLE, "mode is none", NULL},
        {MX("enforce", "\"example.org\"") "facts.mta_sts.policies.0.mx_left_out 1", "mta_sts.mx@" H,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {MX("enforce", OURS ", \"old.example.org\""), "mta_sts.mx@" D, OUTCOME_INFO, "old.example.org", NULL},
        {MX("enforce", OURS ", \"*.example.org\""), "mta_sts.mx@" D, 0, NULL, NULL},
        /* one over the cap of hosts is a mail host too */
        {MX("enforce", OURS ", \"mx17.example.org\"") "facts.dns.exchangers.1 {\"preference\": 90, \"host\": "
                                                      "\"mx17.example.org\"}",
         "mta_sts.mx@" D, 0, NULL, NULL},
        {NOTHING, "mta_sts.mx@" H, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILED, "mta_sts.mx@" H, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD "HOST.source \"option\"", "mta_sts.mx@" H, 0, NULL, NULL},
        {GOOD "HOST.source \"implicit_mx\"", "mta_sts.mx@" H, OUTCOME_PASS, NULL, NULL},
        {GOOD "facts.dns.null_mx true", "mta_sts.mx@" H, 0, NULL, NULL},
    };

    CHECK_VERDICTS(mx);
}

Test(checks_mta_sts, certificate)
{
    static const struct verdict_row certificate[] = {
        {GOOD, "mta_sts.certificate@" A, OUTCOME_PASS, NULL, "CN=mail.example.org, issued by CN=R10"},
        {GOOD, "mta_sts.certificate@" B, OUTCOME_PASS, NULL, NULL},
        {GOOD "CERT25.trusted false", "mta_sts.certificate@" A, OUTCOME_FAIL, "no trusted root (cert.trust)",
         NULL},
        {GOOD "CERT25.trusted false", "mta_sts.certificate@" B, OUTCOME_PASS, NULL, NULL},
        /* a sender may meet either of the two */
        {GOOD "RSA25.trusted false", "mta_sts.certificate@" A, OUTCOME_FAIL, NULL, NULL},
        {TESTING "CERT25.trusted false", "mta_sts.certificate@" A, OUTCOME_WARN, NULL, NULL},
        {NONE "CERT25.trusted false", "mta_sts.certificate@" A, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {GOOD "CERT25.sans [\"other.example.org\"]", "mta_sts.certificate@" A, OUTCOME_FAIL, "cert.name",
         NULL},
        {GOOD "CERT25.sans [\"*.example.org\"]", "mta_sts.certificate@" A, OUTCOME_PASS, NULL, NULL},
        {GOOD "CERT25.not_after \"2026-11-22T11:59:59Z\"", "mta_sts.certificate@" A, OUTCOME_FAIL,
         "cert.expiry", NULL},
        {GOOD "CERT25.not_before \"2026-11-22T12:00:01Z\"", "mta_sts.certificate@" A, OUTCOME_FAIL, NULL,
         NULL},
        {GOOD "CERT25.verify_errors [{\"depth\": 1, \"code\": 10, \"text\": \"expired\"}]",
         "mta_sts.certificate@" A, OUTCOME_FAIL, "one above it", NULL},
        {GOOD "CERT25.server_auth false", "mta_sts.certificate@" A, OUTCOME_FAIL, "not meant for servers",
         NULL},
        {GOOD "CERT25.trusted null", "mta_sts.certificate@" A, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD "E25.smtp.starttls_offered false\nE25.smtp.tls false", "mta_sts.certificate@" A, OUTCOME_FAIL,
         "does not offer STARTTLS", NULL},
        {GOOD "E25.smtp.starttls.code 454\nE25.smtp.tls null", "mta_sts.certificate@" A, OUTCOME_FAIL,
         "refuses STARTTLS", NULL},
        {GOOD "E25.smtp.starttls.code 421\nE25.smtp.tls null", "mta_sts.certificate@" A, OUTCOME_NOT_TESTED,
         NULL, NULL},
        {GOOD "E25.tls.handshakes.0.result \"refused\"\nE25.smtp.tls false", "mta_sts.certificate@" A,
         OUTCOME_FAIL, "handshake fails", NULL},
        {GOOD "E25.state \"silent\"", "mta_sts.certificate@" A, OUTCOME_NOT_TESTED, "does not answer", NULL},
        {GOOD "facts.endpoints []", "mta_sts.certificate@" A, OUTCOME_NOT_TESTED, "not looked at", NULL},
        {NOTHING, "mta_sts.certificate@" A, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILED, "mta_sts.certificate@" A, OUTCOME_NOT_TESTED, NULL, NULL},
        {GOOD "HOST.source \"option\"", "mta_sts.certificate@" A, 0, NULL, NULL},
    };

    CHECK_VERDICTS(certificate);
}

/* Rule 1 of the catalogue. */
Test(checks_mta_sts, port_25)
{
    static const struct verdict_row port_25[] = {
        {GOOD "CERT25.trusted false", "cert.trust@" A ":25", OUTCOME_FAIL, NULL, NULL},
        {TESTING "CERT25.trusted false", "cert.trust@" A ":25", OUTCOME_WARN, NULL, NULL},
        {NOTHING "CERT25.trusted false", "cert.trust@" A ":25", OUTCOME_WARN, NULL, NULL},
        {"CERT25.trusted false", "cert.trust@" A ":25", OUTCOME_WARN, NULL, NULL},
        {GOOD "CERT25.sans [\"x.example.org\"]", "cert.name@" A ":25", OUTCOME_FAIL, NULL, NULL},
        {TESTING "CERT25.sans [\"x.example.org\"]", "cert.name@" A ":25", OUTCOME_WARN, NULL, NULL},
        {GOOD "CERT25.not_after \"2026-11-22T11:00:00Z\"", "cert.expiry@" A ":25", OUTCOME_FAIL, NULL, NULL},
        {TESTING "CERT25.not_after \"2026-11-22T11:00:00Z\"", "cert.expiry@" A ":25", OUTCOME_WARN, NULL,
         NULL},
        /* who is no MX is nothing to senders */
        {GOOD "CERT25.trusted false\nHOST.source \"target\"", "cert.trust@" A ":25", OUTCOME_WARN, NULL,
         NULL},
    };

    CHECK_VERDICTS(port_25);
}

#define OUTLOOK "delivery.outlook@example.org/mail.example.org"
#define SAYS    "a sender that enforces MTA-STS (Gmail, Outlook): "

Test(checks_mta_sts, outlook)
{
    static const struct verdict_row outlook[] = {
        {GOOD, OUTLOOK, OUTCOME_PASS, NULL,
         SAYS "delivered, encrypted and authenticated (mta_sts.certificate)"},
        {GOOD "CERT25.trusted false", OUTLOOK, OUTCOME_PASS, NULL,
         SAYS "delivered, encrypted and authenticated, but not to every address"},
        {GOOD "CERT25.trusted false\nfacts.endpoints.4.tls.certificates.0.trusted false", OUTLOOK,
         OUTCOME_INFO, "not by senders that enforce MTA-STS",
         SAYS "not delivered: the sender tries again for days"},
        {MX("enforce", "\"x.example.org\""), OUTLOOK, OUTCOME_INFO, "enforce MTA-STS",
         SAYS "not delivered here"},
        {TESTING, OUTLOOK, OUTCOME_PASS, NULL, SAYS "as the one before, for the policy is not enforced"},
        {NOTHING, OUTLOOK, OUTCOME_PASS, NULL, SAYS "as the one before, for there is no policy"},
        {GOOD F0 "status 404\n" F1 "status 404", OUTLOOK, OUTCOME_PASS, NULL,
         SAYS "as the one before, unless it keeps an older policy"},
        {FAILED, OUTLOOK, OUTCOME_PASS, NULL, SAYS "not tested, the record was not looked up (SERVFAIL)"},
        {GOOD "E25.state \"not_contacted\"\nF25.state \"not_contacted\"", OUTLOOK, OUTCOME_NOT_TESTED, NULL,
         SAYS "not known"},
    };

    CHECK_VERDICTS(outlook);
}

#define RPT(records)                                                                                         \
    "facts.tls_rpt {\"question\": {\"name\": \"_smtp._tls.example.org\", \"type\": \"TXT\", \"outcome\": "   \
    "\"data\"}, \"records\": [" records "]}\n"
#define RPT_GOOD                                                                                             \
    "{\"text\": \"v=TLSRPTv1; ...\", \"announces\": true, \"intended\": true, \"rua\": "                     \
    "[\"mailto:a@example.org\", \"https://b.example/\"]}"
#define RPT_LINE "_smtp._tls.example.org. IN TXT \"v=TLSRPTv1; rua=mailto:tls-reports@example.org\""

Test(checks_mta_sts, tls_rpt)
{
    static const struct verdict_row tls_rpt[] = {
        {RPT(RPT_GOOD), "tls_rpt.record@" D, OUTCOME_PASS, "mailto:a@example.org, https://b.example/", NULL},
        {RPT(""), "tls_rpt.record@" D, OUTCOME_INFO, "not asked to report", RPT_LINE},
        {NOTHING RPT(""), "tls_rpt.record@" D, OUTCOME_INFO, NULL, NULL},
        {NONE RPT(""), "tls_rpt.record@" D, OUTCOME_INFO, NULL, NULL},
        {RPT("") "facts.dane [{\"port\": 25, \"records\": [{\"usage\": 3}]}]", "tls_rpt.record@" D,
         OUTCOME_WARN, NULL, RPT_LINE},
        {RPT("") "facts.dane [{\"port\": 993, \"records\": [{\"usage\": 3}]}]", "tls_rpt.record@" D,
         OUTCOME_INFO, NULL, NULL},
        {GOOD RPT(""), "tls_rpt.record@" D, OUTCOME_WARN, NULL, RPT_LINE},
        {TESTING RPT(""), "tls_rpt.record@" D, OUTCOME_WARN, NULL, NULL},
        {RPT(RPT_GOOD ", " RPT_GOOD), "tls_rpt.record@" D, OUTCOME_FAIL, "2 TLS-RPT records", RPT_LINE},
        {RPT(RPT_GOOD) "facts.tls_rpt.records.0.fault \"rua is missing\"", "tls_rpt.record@" D, OUTCOME_FAIL,
         "rua is missing", RPT_LINE},
        {RPT(RPT_GOOD) "facts.tls_rpt.records.0.announces false", "tls_rpt.record@" D, OUTCOME_FAIL,
         "pass over it", NULL},
        {RPT(RPT_GOOD ", {\"text\": \"v=spf1\", \"announces\": false, \"intended\": false}"),
         "tls_rpt.record@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.tls_rpt {\"question\": {\"outcome\": \"failure\", \"reason\": \"timeout\"}}",
         "tls_rpt.record@" D, OUTCOME_NOT_TESTED, "timeout", NULL},
        {"", "tls_rpt.record@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {RPT("") "facts.dns.null_mx true", "tls_rpt.record@" D, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {RPT(RPT_GOOD) "facts.dns.domain null\ntarget_kind \"host\"", "tls_rpt.record@" D, 0, NULL, NULL},
    };

    CHECK_VERDICTS(tls_rpt);
}
