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
