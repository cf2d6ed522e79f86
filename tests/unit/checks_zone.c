/*
 * checks_zone.c - verdicts on the zone and its name servers
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define D "example.org"
#define SILENT(server)                                                                                       \
    server ".answers.0 " SILENCE("SOA", "false") server ".answers.1 " SILENCE("SOA", "true")
#define SILENCE(type, tcp)                                                                                   \
    "{\"type\": \"" type "\", \"tcp\": " tcp                                                                 \
    ", \"later\": false, \"outcome\": \"failure\", \"reason\": \"timeout\"}\n"
#define LAME(server, answer) server ".answers." answer ".authoritative false\n"
#define SERIAL(server, serial)                                                                               \
    server ".answers.0.records [\"ns1.example.org hostmaster.example.org " serial                            \
           " 7200 3600 1209600 300\"]\n"
#define LATER(server, serial)                                                                                \
    server ".answers.5 {\"type\": \"SOA\", \"tcp\": false, \"later\": true, \"outcome\": \"data\", "         \
           "\"authoritative\": "                                                                             \
           "true, \"truncated\": false, \"records\": [\"ns1.example.org h.example.org " serial               \
           " 7200 3600 12 300\"]}\n"
#define NOT_THERE(check)                                                                                     \
    {"facts.zone absent", check "@" D, OUTCOME_NOT_TESTED, "the name servers were not asked", NULL},         \
        {"facts.zone.name null\nfacts.zone.reason \"SERVFAIL\"", check "@" D, OUTCOME_NOT_TESTED,            \
         "SERVFAIL", NULL},                                                                                  \
    {                                                                                                        \
        "facts.dns.domain null\ntarget_kind \"host\"\nfacts.zone absent", check "@" D, 0, NULL, NULL         \
    }

Test(checks_zone, ns)
{
    static const struct verdict_row ns[] = {
        {"", "dns.ns@" D, OUTCOME_PASS, "all serve it",
         "ns1.example.org 11.4.1.53: serves it, over UDP and TCP"},
        NOT_THERE("dns.ns"),
        {SILENT("NS2"), "dns.ns@" D, OUTCOME_FAIL, "1 does not",
         "ns2.example.org 11.4.2.53: over UDP timeout"},
        {"NS2.answers.1 " SILENCE("SOA", "true"), "dns.ns@" D, OUTCOME_FAIL, "1 does not", "Open port 53"},
        {"NS1.answers.1 " SILENCE("SOA", "true") "NS2.answers.1 " SILENCE("SOA", "true"), "dns.ns@" D,
         OUTCOME_PASS, NULL, "not tested over TCP"}, /* nobody answers over TCP: our network may not let us */
        {SILENT("NS1") SILENT("NS2"), "dns.ns@" D, OUTCOME_NOT_TESTED, "keep us from port 53", NULL},
        {SILENT("NS2") "NS2.address \"2a11:11:402::53\"", "dns.ns@" D, OUTCOME_PASS, NULL,
         "ns2.example.org 2a11:11:402::53: not tested over UDP"}, /* the only one by IPv6 */
        {LAME("NS2", "0") LAME("NS2", "1"), "dns.ns@" D, OUTCOME_FAIL, "1 does not",
         "without authority (lame)"},
        {LAME("NS1", "0") LAME("NS1", "1") LAME("NS2", "0") LAME("NS2", "1"), "dns.ns@" D, OUTCOME_NOT_TESTED,
         "in their place", NULL},
        {"NS2.answers.0.outcome \"failure\"\nNS2.answers.0.rcode 5\nNS2.answers.0.reason \"REFUSED\"\n" LAME(
             "NS2", "0"),
         "dns.ns@" D, OUTCOME_FAIL, "1 does not", "over UDP REFUSED"},
        {"facts.zone.addressless [\"ns3.example.org\"]", "dns.ns@" D, OUTCOME_FAIL, "1 does not",
         "ns3.example.org: it has no address"},
        {"facts.zone.from_parent.1 absent", "dns.ns@" D, OUTCOME_WARN, "different name servers",
         "ns2.example.org names only the zone itself"},
        {"facts.zone.from_child.0.name \"old.example.org\"", "dns.ns@" D, OUTCOME_WARN,
         "different name servers", "At the registrar"},
        {"facts.zone.from_child.0.name \"NS1.example.org.\"", "dns.ns@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.zone.from_parent absent\nfacts.zone.parent_reason \"timeout\"", "dns.ns@" D, OUTCOME_PASS,
         NULL, "not compared with what the zone above says: timeout"},
        {"facts.zone.from_parent.1 absent\nfacts.zone.from_child.1 absent\nfacts.zone.servers.1 absent",
         "dns.ns@" D, OUTCOME_WARN, "only one name server", "RFC 2182"},
        {"NS2.address \"11.4.1.54\"", "dns.ns@" D, OUTCOME_INFO, "in one network", NULL},
        {"NS1.contacted false\nNS1.reason \"private address\"\nNS1.answers absent", "dns.ns@" D, OUTCOME_PASS,
         NULL, "not asked (private address)"},
        {"NS1.answers absent\nNS2.answers absent", "dns.ns@" D, OUTCOME_NOT_TESTED,
         "could be asked from here", NULL},
    };

    CHECK_VERDICTS(ns);
}

/* From a zone file nothing is known of the servers but their names and addresses. */
#define FILE_ANSWERED                                                                                        \
    "facts.zone.file \"a.zone\"\nfacts.zone.from_parent absent\nNS1.answers absent\nNS2.answers absent\n"    \
    "NS1.contacted false\nNS2.contacted false\n"

Test(checks_zone, from_a_file)
{
    static const struct verdict_row from_file[] = {
        {FILE_ANSWERED, "dns.ns@" D, OUTCOME_NOT_TESTED, "answered from a file", NULL},
        {FILE_ANSWERED "facts.zone.from_child.1 absent", "dns.ns@" D, OUTCOME_WARN, "only one name server",
         "from a.zone; its name servers were not asked"},
        {FILE_ANSWERED "facts.zone.from_child []", "dns.ns@" D, OUTCOME_FAIL, "no NS record in its zone file",
         "example.org. IN NS NAME"},
        {FILE_ANSWERED "facts.zone.addressless [\"ns3.example.org\"]", "dns.ns@" D, OUTCOME_FAIL,
         "have an address: 1", "ns3.example.org: it has no address"},
        {FILE_ANSWERED, "dns.soa@" D, OUTCOME_NOT_TESTED, "answered from a file", NULL},
        {FILE_ANSWERED, "dns.mx.consistent@" D, OUTCOME_NOT_TESTED, "answered from a file", NULL},
        {FILE_ANSWERED, "dns.large_answers@" D, OUTCOME_NOT_TESTED, "answered from a file", NULL},
        {FILE_ANSWERED, "dns.wildcard@" D, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_VERDICTS(from_file);
}

Test(checks_zone, soa)
{
    static const struct verdict_row soa[] = {
        {"", "dns.soa@" D, OUTCOME_PASS, "same version", "serial 2026112201"},
        NOT_THERE("dns.soa"),
        {SERIAL("NS2", "7"), "dns.soa@" D, OUTCOME_NOT_TESTED, "no time", "serial 7"},
        {SERIAL("NS2", "7") LATER("NS1", "8") LATER("NS2", "8"), "dns.soa@" D, OUTCOME_PASS, NULL,
         "asked again"},
        {SERIAL("NS2", "7") LATER("NS1", "8") LATER("NS2", "7"), "dns.soa@" D, OUTCOME_WARN,
         "different versions", "serial 7, a minute later"},
        {SILENT("NS2"), "dns.soa@" D, OUTCOME_NOT_TESTED, "less than two", NULL},
        {"NS2.answers.0.records [\"nonsense\"]", "dns.soa@" D, OUTCOME_NOT_TESTED, "less than two", NULL},
    };

    CHECK_VERDICTS(soa);
}

Test(checks_zone, mx_consistent)
{
    static const struct verdict_row mx[] = {
        {"", "dns.mx.consistent@" D, OUTCOME_PASS, NULL, "ns2.example.org 11.4.2.53: 10 mail.example.org"},
        NOT_THERE("dns.mx.consistent"),
        {"NS2.answers.2.records [\"10 old.example.org\"]", "dns.mx.consistent@" D, OUTCOME_FAIL,
         "different MX records", "ns2.example.org 11.4.2.53: 10 old.example.org"},
        {"NS2.answers.2.outcome \"nodata\"\nNS2.answers.2.records []", "dns.mx.consistent@" D, OUTCOME_FAIL,
         NULL, "no MX record"},
        {"NS1.answers.2.records [\"10 a.test\", \"20 b.test\"]\nNS2.answers.2.records [\"20 b.test\", \"10 "
         "a.test\"]",
         "dns.mx.consistent@" D, OUTCOME_PASS, NULL, NULL},
        {"NS2.answers.2 " SILENCE("MX", "false"), "dns.mx.consistent@" D, OUTCOME_NOT_TESTED, "less than two",
         NULL},
        {"NS2.answers.2.authoritative false\nNS2.answers.2.records [\"10 old.example.org\"]",
         "dns.mx.consistent@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(mx);
}

#define TRUNCATED(answer)                                                                                    \
    "NS2.answers." answer ".truncated true\nNS2.answers." answer ".outcome \"failure\"\n"

Test(checks_zone, large_answers)
{
    static const struct verdict_row large[] = {
        {"", "dns.large_answers@" D, OUTCOME_PASS, NULL, "fit into 1232 bytes"},
        NOT_THERE("dns.large_answers"),
        {TRUNCATED("4") "NS2.answers.5 {\"type\": \"DNSKEY\", \"tcp\": true, \"later\": false, \"outcome\": "
                        "\"data\", "
                        "\"authoritative\": true, \"truncated\": false, \"records\": [\"x\"]}",
         "dns.large_answers@" D, OUTCOME_PASS, NULL, "comes over TCP"},
        {TRUNCATED("4") "NS2.answers.5 " SILENCE("DNSKEY", "true"), "dns.large_answers@" D, OUTCOME_FAIL,
         "do not arrive", "DNSKEY is larger than 1232 bytes, and over TCP: timeout"},
        {TRUNCATED("4") "NS2.answers.5 " SILENCE("DNSKEY", "true") "NS1.answers.1 " SILENCE(
             "SOA", "true") "NS2.answers.1 " SILENCE("SOA", "true"),
         "dns.large_answers@" D, OUTCOME_PASS, NULL, "TCP could not be tested"},
        {"NS2.answers.3 " SILENCE("TXT", "false"), "dns.large_answers@" D, OUTCOME_FAIL, "do not arrive",
         "no answer for TXT over UDP (timeout)"},
    };

    CHECK_VERDICTS(large);
}

Test(checks_zone, wildcard)
{
    static const struct verdict_row wildcard[] = {
        {"", "dns.wildcard@" D, OUTCOME_PASS, "no records", "NXDOMAIN"},
        {"facts.zone absent", "dns.wildcard@" D, OUTCOME_NOT_TESTED, "the name servers were not asked", NULL},
        {"facts.zone {\"reason\": \"SERVFAIL\"}", "dns.wildcard@" D, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {"facts.dns.domain null\ntarget_kind \"host\"\nfacts.zone absent", "dns.wildcard@" D, 0, NULL, NULL},
        {"facts.zone.random_txt.outcome \"data\"\nfacts.zone.random_txt.records [\"v=spf1 -all\"]",
         "dns.wildcard@" D, OUTCOME_WARN, "for every name", "*.example.org"},
        {"facts.zone.random_a.outcome \"nodata\"", "dns.wildcard@" D, OUTCOME_PASS, NULL, NULL},
        {"facts.zone.random_mx.outcome \"failure\"\nfacts.zone.random_mx.reason \"timeout\"",
         "dns.wildcard@" D, OUTCOME_NOT_TESTED, "timeout", NULL},
        {"facts.zone.random_mx null", "dns.wildcard@" D, OUTCOME_NOT_TESTED, "not asked", NULL},
    };

    CHECK_VERDICTS(wildcard);
}
