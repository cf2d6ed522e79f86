/*
 * checks_consistency.c - verdicts on the names that mail hosts go by
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define NAMES "consistency.names@example.org"

/* The names of all certificates on port 25, and what the server there calls itself. */
#define SANS(names)                                                                                          \
    "CERT25.sans " names "\nRSA25.sans " names "\nfacts.endpoints.4.tls.certificates.0.sans " names          \
    "\nfacts.endpoints.4.tls.certificates.1.sans " names "\n"
#define CALLS(name) "E25.smtp.ehlo_tls.name \"" name "\"\nfacts.endpoints.4.smtp.ehlo_tls.name \"" name "\"\n"
#define NO_TLS      "E25.tls null\nfacts.endpoints.4.tls null\n"
#define SECOND_MX                                                                                            \
    "facts.dns.hosts.1 {\"name\": \"mx2.example.org\", \"source\": \"mx\", \"literal\": false, "             \
    "\"addresses\": [{\"address\": \"11.10.9.25\", \"source\": \"dns\", \"scope\": \"global\"}]}\n"

/* An MTA-STS policy, and TLSA records for one of two mail hosts. */
#define STS(mode, mx)                                                                                        \
    "facts.mta_sts {\"question\": {\"name\": \"_mta-sts.example.org\", \"type\": \"TXT\", \"outcome\": "     \
    "\"data\"}, \"records\": [{\"text\": \"v=STSv1; id=1\", \"announces\": true, \"intended\": true, "       \
    "\"id\": \"1\"}], \"host\": \"mta-sts.example.org\", \"fetches\": [{\"address\": \"11.20.1.80\", "       \
    "\"contacted\": true, \"result\": \"answered\", \"status\": 200, \"content_type\": \"text/plain\", "     \
    "\"policy\": 0}], \"policies\": [{\"valid\": true, \"version\": \"STSv1\", \"mode\": \"" mode            \
    "\", \"max_age\": 604800, \"mx\": [" mx "], \"mx_left_out\": 0, \"faults\": [], \"remarks\": [], "       \
    "\"lines\": []}]}\n"
#define TLSA(base)                                                                                           \
    "DANE.base \"" base "\"\nDANE.questions.0.name \"_25._tcp." base                                         \
    "\"\nDANE.questions.0.outcome \"data\"\nDANE.records [{\"usage\": 3, "                                   \
    "\"selector\": 1, \"matching\": 1, \"data\": \"AAAA\", \"use\": \"usable\"}]\n"
#define NO_TLSA     "DANE.questions.0.outcome \"nodata\"\nDANE.records []\n"
#define NO_POLICIES "facts.mta_sts absent\n" NO_TLSA
#define OURS        "\"mail.example.org\""
#define SECOND_TLSA(outcome)                                                                                 \
    "facts.dane.4 {\"host\": \"mx2.example.org\", \"port\": 25, \"base\": \"mx2.example.org\", "             \
    "\"questions\": [{\"name\": \"_25._tcp.mx2.example.org\", \"type\": \"TLSA\", \"outcome\": \"" outcome   \
    "\"}], \"records\": []}\n"

Test(checks_consistency, policies)
{
    static const struct verdict_row rows[] = {
        {STS("enforce", OURS) TLSA("mail.example.org"), NAMES, OUTCOME_PASS,
         "Mail hosts, certificates, the MTA-STS policy and TLSA records have the same names",
         "calls itself mail.example.org; MTA-STS mx: mail.example.org; TLSA records at "
         "_25._tcp.mail.example.org"},
        {STS("testing", "\"*.example.org\"") NO_TLSA, NAMES, OUTCOME_PASS,
         "Mail hosts, certificates and the MTA-STS policy", "MTA-STS mx: *.example.org"},
        {NO_POLICIES TLSA("mx.provider.test") "HOST.a.aliases [\"mx.provider.test\"]\n", NAMES, OUTCOME_PASS,
         "Mail hosts, certificates and TLSA records",
         "mail.example.org (MX, an alias of mx.provider.test): certificate for mail.example.org; calls "
         "itself "
         "mail.example.org; TLSA records at _25._tcp.mx.provider.test"},
        {NO_POLICIES, NAMES, OUTCOME_PASS, "Mail hosts and certificates have", NULL},
        /* the policy has other names */
        {STS("enforce", "\"mx9.example.org\""), NAMES, OUTCOME_INFO,
         "the MTA-STS policy does not name mail.example.org (mta_sts.mx)", "not in the MTA-STS policy"},
        {STS("enforce", OURS ", \"old.example.org\""), NAMES, OUTCOME_INFO,
         "the MTA-STS policy names old.example.org, which is no mail host (mta_sts.mx)", "MTA-STS mx: mail"},
        {STS("none", "\"mx9.example.org\""), NAMES, OUTCOME_PASS, NULL, NULL},
        {STS("enforce", "\"mx9.example.org\"") "facts.mta_sts.policies.0.mx_left_out 1\n", NAMES,
         OUTCOME_INFO, "names mx9.example.org, which is no mail host", NULL},
        {STS("enforce", OURS ", \"old.example.org\"") "facts.dns.mx.outcome \"failure\"\n", NAMES,
         OUTCOME_PASS, NULL, NULL}, /* nobody knows the mail hosts */
        /* only one of two has records */
        {NO_POLICIES TLSA("mail.example.org") SECOND_MX SECOND_TLSA("nodata"), NAMES, OUTCOME_INFO,
         "only other mail hosts than mx2.example.org have TLSA records (dane.coverage)",
         "mx2.example.org (MX): its certificate was not seen; calls itself something that was not seen; no "
         "TLSA records"},
        {NO_POLICIES TLSA("mail.example.org") SECOND_MX SECOND_TLSA("failure"), NAMES, OUTCOME_NOT_TESTED,
         NULL, NULL},
        /* what weighs more comes first, the rest is evidence */
        {STS("enforce", "\"mx9.example.org\"") SANS("[\"www.example.org\"]"), NAMES, OUTCOME_WARN,
         "the certificate there is for www.example.org", "does not name mail.example.org (mta_sts.mx)"},
    };

    CHECK_VERDICTS(rows);
}

Test(checks_consistency, names)
{
    static const struct verdict_row rows[] = {
        {"", NAMES, OUTCOME_PASS, "the same names",
         "mail.example.org (MX): certificate for mail.example.org; calls itself mail.example.org"},
        {SANS("[\"*.example.org\"]"), NAMES, OUTCOME_PASS, NULL, "certificate for *.example.org"},
        {SANS("[\"www.example.org\", \"example.net\"]"), NAMES, OUTCOME_WARN,
         "Mail goes to mail.example.org, the certificate there is for www.example.org, example.net",
         "Use one name"},
        /* one of two certificates is enough for trouble */
        {"RSA25.sans [\"www.example.org\"]", NAMES, OUTCOME_WARN, NULL, NULL},
        {SANS("[\"mx7.provider.test\"]") CALLS("mx7.provider.test"), NAMES, OUTCOME_INFO,
         "is another name of a server whose certificate is for mx7.provider.test", NULL},
        {SANS("[\"mx7.provider.test\"]") "E25.smtp.ehlo_tls.name \"mx7.provider.test\"", NAMES, OUTCOME_WARN,
         NULL, NULL}, /* by IPv6 it calls itself otherwise */
        {CALLS("other.test"), NAMES, OUTCOME_PASS, NULL, "calls itself other.test"}, /* helo.name's affair */
        {SANS("[\"a.test\", \"b.test\", \"c.test\", \"d.test\", \"e.test\", \"f.test\", \"g.test\", "
              "\"h.test\", "
              "\"i.test\"]"),
         NAMES, OUTCOME_WARN, "h.test and 1 more", NULL},
        {SANS("[]"), NAMES, OUTCOME_WARN, "is for no name", NULL},
        /* not seen */
        {NO_TLS, NAMES, OUTCOME_NOT_TESTED, "no certificate of mail.example.org was seen", NULL},
        {SECOND_MX, NAMES, OUTCOME_NOT_TESTED, "mx2.example.org", "mail.example.org (MX): certificate for"},
        {SECOND_MX SANS("[\"www.example.org\"]"), NAMES, OUTCOME_WARN, NULL,
         "mx2.example.org (MX): its certificate was not seen"},
        {"CERT25.sans_left_out 7\nRSA25.sans absent\nfacts.endpoints.4.tls null", NAMES, OUTCOME_NOT_TESTED,
         NULL, NULL},
        /* what users type counts where they go */
        {"CERT993.sans [\"www.example.org\"]", NAMES, OUTCOME_PASS, NULL, NULL},
        {"HOST.asked_for true\nCERT993.sans [\"www.example.org\"]", NAMES, OUTCOME_WARN, NULL, NULL},
        /* no mail host */
        {"facts.dns.hosts []\nfacts.dns.mx.outcome \"failure\"", NAMES, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dns.hosts []\nfacts.dns.null_mx true", NAMES, OUTCOME_NOT_APPLICABLE, "there is no mail host",
         NULL},
        {"facts.dns.hosts []\nfacts.dns.mx.outcome \"nodata\"", NAMES, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"facts.dns.domain null", NAMES, 0, NULL, NULL},
    };

    CHECK_VERDICTS(rows);
}
