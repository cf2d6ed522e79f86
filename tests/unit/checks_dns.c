/*
 * checks_dns.c - verdicts on MX records, addresses, reverse names, names in EHLO, IPv6
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define D          "example.org"
#define H          HOST_NAME
#define A          HOST_NAME "/" IPV4_ADDRESS
#define B          HOST_NAME "/" IPV6_ADDRESS
#define NO_SUCH_MX "facts.dns.mx.outcome \"nodata\"\nfacts.dns.mx.records []\nfacts.dns.exchangers []\n"
#define IMPLICIT   NO_SUCH_MX "HOST.source \"implicit_mx\"\nHOST.name \"example.org\"\nHOST.preference null\n"
#define SECOND_MX                                                                                            \
    "facts.dns.exchangers.1 {\"preference\": 20, \"host\": \"mx2.example.org\"}\n"                           \
    "facts.dns.hosts.1 {\"name\": \"mx2.example.org\", \"source\": \"mx\", \"preference\": 20, "             \
    "\"valid_name\": true, \"literal\": false, \"a\": {\"name\": \"mx2.example.org\", \"type\": \"A\", "     \
    "\"outcome\": \"data\", \"records\": [\"11.10.2.25\"]}, \"aaaa\": {\"name\": \"mx2.example.org\", "      \
    "\"type\": \"AAAA\", \"outcome\": \"nodata\"}, \"addresses\": [{\"address\": \"11.10.2.25\", "           \
    "\"source\": \"dns\", \"scope\": \"global\", \"contacted\": true}]}\n"
#define NO_ADDRESS   "HOST.addresses []\n"
#define BOTH_PRIVATE "HOST.addresses.0.scope \"private\"\nHOST.addresses.1.scope \"private\"\n"

Test(checks_dns, mx)
{
    static const struct verdict_row mx[] = {
        {"", "dns.mx@" D, OUTCOME_PASS, "1 MX record",
         "MX example.org: 10 mail.example.org. (from 11.9.0.53:53"},
        {SECOND_MX, "dns.mx@" D, OUTCOME_PASS, "2 MX records", NULL},
        {"facts.dns.hosts_left_out 3", "dns.mx@" D, OUTCOME_PASS, NULL, "3 more mail hosts"},
        {"facts.dns.null_mx true\nfacts.dns.exchangers.0.host \".\"\nfacts.dns.hosts []", "dns.mx@" D,
         OUTCOME_INFO, "receives no mail", NULL},
        {"facts.dns.mx.outcome \"nxdomain\"", "dns.mx@" D, OUTCOME_FAIL, "does not exist", "NXDOMAIN"},
        {"HOST.name \"11.10.1.25\"\nHOST.literal true", "dns.mx@" D, OUTCOME_FAIL, "No MX record leads to",
         NULL},
        {SECOND_MX "HOST.name \"11.10.1.25\"\nHOST.literal true", "dns.mx@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.dns.hosts_left_out 1\nHOST.name \"11.10.1.25\"\nHOST.literal true", "dns.mx@" D, OUTCOME_PASS,
         NULL, NULL}, /* one that nobody looked at may lead somewhere */
        {NO_ADDRESS "HOST.a.outcome \"nxdomain\"\nHOST.aaaa.outcome \"nxdomain\"", "dns.mx@" D, OUTCOME_FAIL,
         "No MX record leads to", "example.org. 3600 IN MX 10 mail.example.org."},
        {NO_ADDRESS "HOST.a.outcome \"nodata\"\nHOST.aaaa.outcome \"failure\"", "dns.mx@" D, OUTCOME_PASS,
         NULL, NULL},
        {BOTH_PRIVATE "HOST.addresses.0.contacted false\nHOST.addresses.1.contacted false", "dns.mx@" D,
         OUTCOME_FAIL, "No MX record leads to", NULL},
        {BOTH_PRIVATE, "dns.mx@" D, OUTCOME_PASS, NULL, NULL}, /* --allow-private */
        {BOTH_PRIVATE "HOST.addresses.0.contacted false\nHOST.addresses.1.contacted false\n"
                      "HOST.addresses.0.source \"override\"\nHOST.addresses.1.source \"override\"",
         "dns.mx@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.dns.mx.outcome \"failure\"\nfacts.dns.mx.reason \"SERVFAIL\"", "dns.mx@" D,
         OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {"facts.dns.mx.outcome \"failure\"\nfacts.dns.mx.rcode 5", "dns.mx@" D, OUTCOME_NOT_TESTED, "REFUSED",
         NULL},
        {"facts.dns.mx null", "dns.mx@" D, OUTCOME_NOT_TESTED, "not asked", NULL},
        {IMPLICIT, "dns.mx@" D, OUTCOME_WARN, "fall back",
         "example.org. 3600 IN MX 10 mail.example.org."}, /* the name of the answer to EHLO */
        {IMPLICIT "E25.smtp.ehlo.name \"localhost\"\nF25.smtp.ehlo.name null\nHOST.addresses.1 absent",
         "dns.mx@" D, OUTCOME_WARN, "fall back", "IN MX 10 mail.example.org."},
        {IMPLICIT NO_ADDRESS "HOST.a.outcome \"nodata\"\nHOST.aaaa.outcome \"nodata\"", "dns.mx@" D,
         OUTCOME_FAIL, "nobody can send mail", "example.org. 3600 IN MX 0 ."},
        {IMPLICIT NO_ADDRESS "HOST.a.outcome \"failure\"\nHOST.aaaa.outcome \"nodata\"", "dns.mx@" D,
         OUTCOME_NOT_TESTED, "could not be looked up", NULL},
        {"facts.dns.domain null\ntarget_kind \"host\"", "dns.mx@" D, 0, NULL, NULL},
        {"facts.dns null", "dns.mx@" D, 0, NULL, NULL},
        {"", "dns.mx.null@" D, OUTCOME_NOT_APPLICABLE, "no null MX", NULL},
        {"facts.dns.null_mx true", "dns.mx.null@" D, OUTCOME_PASS, "stands alone", NULL},
        {SECOND_MX "facts.dns.null_mx true", "dns.mx.null@" D, OUTCOME_FAIL, "beside other",
         "remove:\n  example.org. IN MX 0 ."},
        {"facts.dns.mx.outcome \"failure\"", "dns.mx.null@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(mx);
}

Test(checks_dns, hosts)
{
    static const struct verdict_row hosts[] = {
        {"", "dns.mx.cname@" H, OUTCOME_PASS, NULL, NULL},
        {"HOST.a.aliases [\"real.example.net\"]", "dns.mx.cname@" H, OUTCOME_FAIL, "is a CNAME",
         "example.org. IN MX 10 real.example.net."},
        {"HOST.aaaa.aliases [\"a.example.net\", \"b.example.net\"]", "dns.mx.cname@" H, OUTCOME_FAIL, NULL,
         "mail.example.org -> a.example.net -> b.example.net"},
        {"HOST.a.aliases [\"real.example.net\"]", "dns.mx.cname@" H, OUTCOME_FAIL, NULL,
         "and the CNAME record by:\n  mail.example.org. IN AAAA 2a11:11:1001::25"},
        {"HOST.a.aliases [\"evil; rm -rf /\"]", "dns.mx.cname@" H, OUTCOME_FAIL, NULL, "evil"},
        {"HOST.a.outcome \"failure\"\nHOST.aaaa.outcome \"failure\"\n" NO_ADDRESS, "dns.mx.cname@" H,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.a.outcome \"nxdomain\"\nHOST.aaaa.outcome \"nxdomain\"\n" NO_ADDRESS, "dns.mx.cname@" H,
         OUTCOME_PASS, NULL, NULL},
        {"HOST.addresses.0.source \"override\"\nHOST.addresses.1.source \"override\"", "dns.mx.cname@" H,
         OUTCOME_NOT_TESTED, "by an option", NULL},
        {"HOST.source \"option\"\nHOST.a.aliases [\"real.example.net\"]", "dns.mx.cname@" H, 0, NULL, NULL},

        {"", "dns.mx.resolves@" H, OUTCOME_PASS, "2 addresses", "A mail.example.org: 11.10.1.25"},
        {"HOST.a.outcome \"nxdomain\"\nHOST.aaaa.outcome \"nxdomain\"\n" NO_ADDRESS, "dns.mx.resolves@" H,
         OUTCOME_FAIL, "does not exist", "the only mail host"},
        {"HOST.a.outcome \"nodata\"\nHOST.aaaa.outcome \"nodata\"\n" NO_ADDRESS, "dns.mx.resolves@" H,
         OUTCOME_FAIL, "has no address", "IN A <IPv4 address>"},
        {"HOST.a.outcome \"failure\"\nHOST.aaaa.outcome \"nodata\"\n" NO_ADDRESS, "dns.mx.resolves@" H,
         OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.a.outcome \"failure\"\nHOST.a.reason \"SERVFAIL\"\nHOST.addresses.0 absent",
         "dns.mx.resolves@" H, OUTCOME_INFO,
         "A records of mail.example.org could not be looked up (SERVFAIL)", NULL},
        {"HOST.addresses.0.source \"override\"\nHOST.addresses.1.source \"override\"", "dns.mx.resolves@" H,
         OUTCOME_NOT_TESTED, "by an option", NULL},
        {IMPLICIT, "dns.mx.resolves@" D, 0, NULL, NULL},

        {"", "dns.mx.address@" H, OUTCOME_PASS, NULL, "11.10.1.25 (global)"},
        {"HOST.addresses.0.scope \"private\"", "dns.mx.address@" H, OUTCOME_FAIL, "1 of 2 addresses",
         "11.10.1.25 (private)"},
        {"HOST.addresses.0.scope \"private\"", "dns.mx.address@" H, OUTCOME_FAIL, NULL,
         "Remove this record, and publish the server's public address instead:\n  mail.example.org. IN A "
         "11.10.1.25"},
        {"HOST.addresses.0.scope \"private\"\nHOST.addresses.0.source \"override\"\n"
         "HOST.addresses.1.source \"override\"",
         "dns.mx.address@" H, OUTCOME_NOT_TESTED, "by an option", NULL},
        {"HOST.name \"11.10.1.25\"\nHOST.literal true\nHOST.valid_name false", "dns.mx.address@11.10.1.25",
         OUTCOME_FAIL, "holds an address", "mail.example.org. IN A 11.10.1.25"},
        {"HOST.name \"mail_1.example.org\"\nHOST.valid_name false", "dns.mx.address@mail_1.example.org",
         OUTCOME_FAIL, "not a valid host name", NULL},
        {"HOST.name \"mail.local\"", "dns.mx.address@mail.local", OUTCOME_FAIL,
         "means nothing on the Internet", NULL},
        {NO_ADDRESS "HOST.a.outcome \"nodata\"\nHOST.aaaa.outcome \"nodata\"", "dns.mx.address@" H,
         OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {NO_ADDRESS "HOST.a.outcome \"failure\"", "dns.mx.address@" H, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "dns.mx.duplicate@" D, OUTCOME_NOT_APPLICABLE, "less than two", NULL},
        {"facts.dns.mx.outcome \"failure\"", "dns.mx.duplicate@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {SECOND_MX, "dns.mx.duplicate@" D, OUTCOME_PASS, NULL, NULL},
        {SECOND_MX "facts.dns.hosts.1.addresses.0.address \"11.10.1.25\"", "dns.mx.duplicate@" D,
         OUTCOME_INFO, "the same address", "mail.example.org and mx2.example.org are both 11.10.1.25"},
    };

    CHECK_VERDICTS(hosts);
}

#define PTR0 "facts.ptr.0."

/* Nothing says that the MX also sends. */
#define RECEIVER "facts.spf null\n"

Test(checks_dns, reverse_names)
{
    static const struct verdict_row reverse[] = {
        {"", "ptr.present@" A, OUTCOME_PASS, "mail.example.org", NULL},
        {RECEIVER PTR0 "question.outcome \"nxdomain\"\n" PTR0 "names []", "ptr.present@" A, OUTCOME_INFO,
         "no reverse name", "ask its provider to set the reverse name of 11.10.1.25 to mail.example.org"},
        {RECEIVER PTR0 "question.outcome \"nodata\"\n" PTR0 "names []", "ptr.present@" A, OUTCOME_INFO, NULL,
         "25.1.10.11.in-addr.arpa. IN PTR mail.example.org."},
        {PTR0 "question.outcome \"failure\"\n" PTR0 "question.reason \"timeout\"\n" PTR0 "names absent",
         "ptr.present@" A, OUTCOME_NOT_TESTED, "timeout", NULL},
        {PTR0 "question.outcome \"nxdomain\"\n" PTR0 "question.security \"bogus\"\n" PTR0 "names []",
         "ptr.present@" A, OUTCOME_NOT_TESTED, "bogus", NULL},
        {RECEIVER PTR0 "names.1 {\"name\": \"two.example.org\"}", "ptr.present@" A, OUTCOME_INFO,
         "2 reverse names", NULL},
        {"facts.ptr []", "ptr.present@" A, OUTCOME_NOT_TESTED, "not asked", NULL},
        {PTR0 "names absent", "ptr.present@" A, OUTCOME_NOT_TESTED, NULL, NULL}, /* stopped in between */
        {PTR0 "names absent", "ptr.forward@" A, OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.addresses.0.scope \"private\"", "ptr.present@" A, OUTCOME_NOT_APPLICABLE,
         "not public (private)", NULL},
        {"", "ptr.present@" B, OUTCOME_PASS, NULL, NULL},

        {"", "ptr.forward@" A, OUTCOME_PASS, NULL, "A mail.example.org: 11.10.1.25"},
        {RECEIVER PTR0 "names.0.confirmed false\n" PTR0 "names.0.name \"old.example.org\"", "ptr.forward@" A,
         OUTCOME_INFO, "does not lead back", "old.example.org. IN A 11.10.1.25"},
        {PTR0 "names.0.confirmed null", "ptr.forward@" A, OUTCOME_NOT_TESTED, NULL, NULL},
        /* a name that nobody looked at may be the one that leads back */
        {PTR0 "names.0.confirmed false\n" PTR0 "names_left_out 3", "ptr.forward@" A, OUTCOME_NOT_TESTED,
         "3 more were left out", NULL},
        {PTR0 "names_left_out 3", "ptr.forward@" A, OUTCOME_PASS, NULL, NULL},
        {RECEIVER PTR0 "names_left_out 3", "ptr.present@" A, OUTCOME_INFO, "has 4 reverse names", NULL},
        {PTR0 "names_left_out 3", "ptr.generic@" A, OUTCOME_NOT_TESTED, "3 more were left out", NULL},
        {PTR0 "names.0.confirmed false\n" PTR0 "names.1 {\"name\": \"two.example.org\", \"confirmed\": true}",
         "ptr.forward@" A, OUTCOME_PASS, NULL, NULL},
        {PTR0 "names.0.confirmed false\n" PTR0 "names.1 {\"name\": \"two.example.org\", \"confirmed\": null}",
         "ptr.forward@" A, OUTCOME_NOT_TESTED, NULL, NULL},
        {PTR0 "question.outcome \"nxdomain\"\n" PTR0 "names []", "ptr.forward@" A, OUTCOME_NOT_APPLICABLE,
         NULL, NULL},
        {PTR0 "question.outcome \"failure\"", "ptr.forward@" A, OUTCOME_NOT_TESTED, NULL, NULL},

        {"", "ptr.generic@" A, OUTCOME_PASS, NULL, NULL},
        {RECEIVER PTR0 "names.0.name \"11-10-1-25.provider.example\"", "ptr.generic@" A, OUTCOME_INFO,
         "11-10-1-25.provider.example", NULL},
        {PTR0 "question.outcome \"nxdomain\"\n" PTR0 "names []", "ptr.generic@" A, OUTCOME_NOT_APPLICABLE,
         NULL, NULL},
        {PTR0 "question.outcome \"failure\"", "ptr.generic@" A, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(reverse);
}

/* The MX has another name than the one its server gives itself, which was looked up. */
#define MX_OF(name) "facts.dns.hosts.0.name \"" name "\"\n"
#define ANSWER(type, outcome, records)                                                                       \
    "{\"name\": \"mail.example.org\", \"type\": \"" type "\", \"outcome\": \"" outcome                       \
    "\", \"records\": [" records "]}"
#define LOOKED_UP(outcome, record)                                                                           \
    "facts.helo.0 {\"name\": \"mail.example.org\", \"a\": " ANSWER(                                          \
        "A", outcome, record) ", \"aaaa\": " ANSWER("AAAA", "nodata", "") "}\n"
#define HELO "helo.name@" HOST_NAME "/" IPV4_ADDRESS ":25"

Test(checks_dns, helo)
{
    static const struct verdict_row helo[] = {
        {"", HELO, OUTCOME_PASS, "which leads to its address", "answer to EHLO: mail.example.org"},
        {"E25.smtp.ehlo.name \"localhost\"", HELO, OUTCOME_FAIL, "local network",
         "myhostname = mail.example.org"},
        {"E25.smtp.ehlo.name \"0f3a9c1b7d4e\"", HELO, OUTCOME_FAIL, "id of a container",
         "hostname: mail.example.org"},
        {"E25.smtp.ehlo.name \"[11.10.1.25]\"", HELO, OUTCOME_FAIL, "an address", NULL},
        {"E25.smtp.ehlo.name \"mail\"", HELO, OUTCOME_FAIL, "without a domain", NULL},
        {"E25.smtp.ehlo.name \"mail_1.example.org\"", HELO, OUTCOME_FAIL, "not a valid host name", NULL},
        {"E25.smtp.ehlo.name null\nE25.smtp.ehlo_tls.name null", HELO, OUTCOME_FAIL, "no name",
         "(no name in it)"},
        {"E25.smtp.ehlo.name \"other.example.org\"", HELO, OUTCOME_WARN, "but mail.example.org on port 465",
         NULL},
        {"E25.smtp.greeting_name \"front.example.org\"", HELO, OUTCOME_INFO, "greets as front.example.org",
         NULL},
        /* a machine has one name: the one that leads back, whichever port said it */
        {"E25.smtp.ehlo.name \"other.example.org\"", HELO, OUTCOME_WARN, NULL,
         "myhostname = mail.example.org"},
        {"E25.smtp.ehlo.name \"other.example.org\"", "helo.name@" A ":465", OUTCOME_WARN,
         "but other.example.org on port 25", "myhostname = mail.example.org"},
        {MX_OF("mx.example.org") LOOKED_UP("data", "\"11.10.1.25\"") "E25.smtp.ehlo.name \"x.example.org\"",
         "helo.name@mx.example.org/11.10.1.25:25", OUTCOME_WARN, NULL, "myhostname = mail.example.org"},
        /* a name that nobody looked up, that could not be looked up, that leads back */
        {MX_OF("mx.example.org"), "helo.name@mx.example.org/11.10.1.25:25", OUTCOME_NOT_TESTED,
         "where mail.example.org leads could not be looked up: it was not asked", NULL},
        {MX_OF("mx.example.org") "facts.helo.0 {\"name\": \"mail.example.org\", \"a\": {\"outcome\": "
                                 "\"failure\", \"reason\": \"SERVFAIL\"}}",
         "helo.name@mx.example.org/11.10.1.25:25", OUTCOME_NOT_TESTED, "could not be looked up: SERVFAIL",
         NULL},
        {MX_OF("mx.example.org") LOOKED_UP("data", "\"11.10.9.9\", \"11.10.1.25\""),
         "helo.name@mx.example.org/11.10.1.25:25", OUTCOME_PASS, "which leads to its address",
         "A mail.example.org: 11.10.9.9, 11.10.1.25"},
        /* to another address, also when that is of the other family */
        {MX_OF("mx.example.org") LOOKED_UP("data", "\"11.10.9.9\""), "helo.name@mx.example.org/11.10.1.25:25",
         OUTCOME_INFO, "leads to another address", NULL},
        {MX_OF("mx.example.org") LOOKED_UP("data", "\"11.10.1.25\""),
         "helo.name@mx.example.org/[2a11:11:1001::25]:25", OUTCOME_INFO, "leads to another address", NULL},
        {"HOST.a.records [\"11.10.9.9\"]", HELO, OUTCOME_INFO, "leads to another address", NULL},
        /* to no address at all */
        {MX_OF("mx.example.org") LOOKED_UP("nxdomain", ""), "helo.name@mx.example.org/11.10.1.25:25",
         OUTCOME_WARN, "a name without an address", "myhostname = mx.example.org"},
        {MX_OF("mx.example.org") LOOKED_UP("nxdomain", "") "facts.dns.domain \"customer.example\"",
         "helo.name@mx.example.org/11.10.1.25:25", OUTCOME_INFO, "a name without an address", NULL},
        {"HOST.a.outcome \"nxdomain\"\nHOST.aaaa.outcome \"nxdomain\"", HELO, OUTCOME_WARN, NULL,
         "mail.example.org. 3600 IN A 11.10.1.25"},
        {MX_OF(
             "mx.example.org") "facts.helo.0 {\"name\": \"mail.example.org\", \"a\": {\"outcome\": "
                               "\"nodata\"}, \"aaaa\": {\"outcome\": \"failure\", \"reason\": \"timeout\"}}",
         "helo.name@mx.example.org/11.10.1.25:25", OUTCOME_NOT_TESTED, "timeout", NULL},
        {"E25.smtp.ehlo.reply.code 502\nE25.smtp.ehlo_tls null", HELO, OUTCOME_NOT_TESTED, "refuses EHLO",
         NULL},
        {"E25.state \"refused\"\nE25.smtp null\nE25.tls null", HELO, OUTCOME_NOT_TESTED, "refuses", NULL},
        {"E25.smtp.ehlo null\nE25.smtp.ehlo_tls null\nE25.smtp.end \"timeout\"\nE25.smtp.end_reason \"no "
         "complete "
         "answer to EHLO within 30 seconds\"",
         HELO, OUTCOME_NOT_TESTED, "within 30 seconds", NULL},
        {"E465.state \"refused\"\nE465.smtp null\nE465.tls null", "helo.name@" A ":465",
         OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"", "helo.name@" A ":465", OUTCOME_PASS, NULL, NULL}, /* from inside TLS */
        {"", "helo.name@" A ":993", 0, NULL, NULL},
    };

    CHECK_VERDICTS(helo);
}

#define OTHER_LEAF "F993.tls.certificates.0.sha256 \"ffff\"\nF993.tls.handshakes.0.leaf_sha256 \"ffff\"\n"
#define SCREENED                                                                                             \
    "F25.smtp.greeting.lines [\"mail.example.org\", \"mail.example.org ESMTP\"]\n"                           \
    "F25.smtp.greeting_pause 6000\n"

Test(checks_dns, ipv6)
{
    static const struct verdict_row ipv6[] = {
        {"", "ipv6.mx@" H, OUTCOME_PASS, NULL, "[2a11:11:1001::25]:25 open"},
        {"F25.state \"refused\"", "ipv6.mx@" H, OUTCOME_FAIL, "does not answer",
         "remove:\n  mail.example.org. IN AAAA 2a11:11:1001::25"},
        {"F25.state \"refused\"\nvantage.port_25_ipv6 \"blocked\"", "ipv6.mx@" H, OUTCOME_NOT_TESTED,
         "our own network blocks port 25 over IPv6", NULL},
        {"F25.state \"refused\"\nvantage.port_25_ipv6 null", "ipv6.mx@" H, OUTCOME_NOT_TESTED, "--control",
         NULL}, /* IPv4 answered: another way out */
        {"F25.state \"silent\"", "ipv6.mx@" H, OUTCOME_FAIL, NULL, NULL},
        {"F25.state \"silent\"\nvantage.port_25_ipv6 null", "ipv6.mx@" H, OUTCOME_NOT_TESTED,
         "does not answer", NULL},
        {"F25.state \"unreachable\"\nF25.reason \"no route to host\"\nvantage.port_25_ipv6 null",
         "ipv6.mx@" H, OUTCOME_NOT_TESTED, "no route to host", NULL},
        {"F25.state \"turned_away\"", "ipv6.mx@" H, OUTCOME_PASS, NULL, NULL},
        {"F25.state \"turned_away\"\nF25.heard false\nF25.reason \"the server closed the connection before "
         "its "
         "greeting was complete\"",
         "ipv6.mx@" H, OUTCOME_NOT_TESTED, "says not a word (the server closed", NULL},
        {"F25.state \"not_contacted\"\nF25.reason \"no IPv6 here\"", "ipv6.mx@" H, OUTCOME_NOT_TESTED,
         "no IPv6 here", NULL},
        {"F25 absent\nHOST.addresses.1.contacted false\nHOST.addresses.1.reason \"no IPv6 here\"",
         "ipv6.mx@" H, OUTCOME_NOT_TESTED, "no IPv6 here", NULL},
        {"HOST.addresses.1 absent\nHOST.aaaa.outcome \"nodata\"", "ipv6.mx@" H, OUTCOME_INFO,
         "no IPv6 address", NULL},
        {"HOST.addresses []\nHOST.a.outcome \"nodata\"\nHOST.aaaa.outcome \"nodata\"", "ipv6.mx@" H,
         OUTCOME_NOT_APPLICABLE, "no address at all", NULL},
        {"HOST.addresses []\nHOST.aaaa.outcome \"nxdomain\"", "ipv6.mx@" H, OUTCOME_NOT_APPLICABLE, NULL,
         NULL},
        {"HOST.addresses.1 absent\nHOST.aaaa.outcome \"failure\"", "ipv6.mx@" H, OUTCOME_NOT_TESTED, NULL,
         NULL},
        {"HOST.addresses.1 absent\nHOST.addresses.0.source \"override\"", "ipv6.mx@" H, OUTCOME_NOT_TESTED,
         "by an option", NULL},
        {"HOST.source \"option\"", "ipv6.mx@" H, 0, NULL, NULL},

        {"", "ipv6.parity@" H, OUTCOME_PASS, "4 ports compared", NULL},
        {"F25.smtp.ehlo_tls.name \"other.example.org\"", "ipv6.parity@" H, OUTCOME_INFO, "another name",
         "port 25, name in the answer to EHLO: IPv4 mail.example.org; IPv6 other.example.org"},
        {"F587.smtp.starttls_offered false", "ipv6.parity@" H, OUTCOME_WARN, NULL,
         "STARTTLS offered: IPv4 yes; IPv6 no"},
        /* renewed on one side first; another name, another CA, or expired is not that */
        {OTHER_LEAF, "ipv6.parity@" H, OUTCOME_INFO, NULL,
         "port 993, SHA-256 of the certificate (the same names, both valid): IPv4 eeee; IPv6 ffff"},
        {OTHER_LEAF "F993.tls.certificates.0.sans [\"other.example.org\"]", "ipv6.parity@" H, OUTCOME_WARN,
         NULL, "port 993, SHA-256 of the certificate: IPv4 eeee; IPv6 ffff"},
        {OTHER_LEAF "F993.tls.certificates.0.sans.1 \"other.example.org\"", "ipv6.parity@" H, OUTCOME_WARN,
         NULL, NULL},
        {OTHER_LEAF "F993.tls.certificates.0.trusted false", "ipv6.parity@" H, OUTCOME_WARN, NULL, NULL},
        {OTHER_LEAF "F993.tls.certificates.0.not_after \"2026-11-01T00:00:00Z\"", "ipv6.parity@" H,
         OUTCOME_WARN, NULL, NULL},
        {"F25.smtp.ehlo_tls.capabilities []", "ipv6.parity@" H, OUTCOME_WARN, NULL,
         "port 25, capabilities that the other lacks: IPv4 PIPELINING, SIZE 52428800, 8BITMIME; IPv6 "
         "nothing"},
        /* what is listed before TLS counts only when both came no further */
        {"F25.smtp.ehlo_tls null\nF25.smtp.ehlo.capabilities []\nE25.smtp.ehlo_tls null", "ipv6.parity@" H,
         OUTCOME_WARN, NULL, "IPv6 nothing"},
        {"F25.smtp.ehlo_tls null", "ipv6.parity@" H, OUTCOME_PASS, NULL, NULL},
        {"F25.smtp.ehlo_tls.reply.code 550\nF25.smtp.ehlo_tls.capabilities []", "ipv6.parity@" H,
         OUTCOME_PASS, NULL, NULL},
        /* postscreen lists less to whom it does not know yet */
        {SCREENED "F25.smtp.ehlo_tls.capabilities []\nF25.smtp.ehlo.capabilities []", "ipv6.parity@" H,
         OUTCOME_PASS, NULL, "not compared, a server that screens"},
        {SCREENED "F25.smtp.starttls_offered false", "ipv6.parity@" H, OUTCOME_WARN, NULL, "STARTTLS"},
        {"F993.imap.capabilities_tls [\"IMAP4REV1\"]", "ipv6.parity@" H, OUTCOME_WARN, NULL,
         "port 993, capabilities"},
        {"F993.imap null", "ipv6.parity@" H, OUTCOME_PASS, NULL,
         NULL}, /* what was not seen does not differ */
        {"F25.state \"silent\"\nF465.state \"silent\"\nF587.state \"silent\"\nF993.state \"silent\"",
         "ipv6.parity@" H, OUTCOME_NOT_TESTED, "over both families", NULL},
        {"HOST.addresses.1 absent", "ipv6.parity@" H, OUTCOME_NOT_APPLICABLE, NULL, NULL},
    };

    CHECK_VERDICTS(ipv6);
}
