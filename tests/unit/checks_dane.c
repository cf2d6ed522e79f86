/*
 * checks_dane.c - verdicts on TLSA records, on what they make of certificates on port 25, and what a sender with DANE
 * would do
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>
#include <string.h>

#define AT_HOST "@" HOST_NAME
#define AT4     "@" HOST_NAME "/" IPV4_ADDRESS
#define AT6     "@" HOST_NAME "/" IPV6_ADDRESS
#define DOMAIN  "@example.org"
#define VIA     "delivery.outlook@example.org/" HOST_NAME

#define Q      "DANE.questions.0."
#define ABSENT Q "outcome \"nodata\"\nDANE.records []\nDANE.matches absent\n"
#define FAILING                                                                                              \
    Q "outcome \"failure\"\n" Q "reason \"SERVFAIL\"\n" Q "security null\nDANE.records absent\n"             \
      "DANE.matches absent\n"
#define NO_LOOKUP    "facts.dane absent\n"
#define UNSIGNED     Q "security \"insecure\"\n"
#define UNCHECKED    Q "security null\n"
#define UNUSABLE(n)  "DANE.records." n ".use \"unusable\"\nDANE.records." n ".reason \"a reason\"\n"
#define ALL_UNUSABLE UNUSABLE("0") UNUSABLE("1") UNUSABLE("2") "DANE.matches absent\n"
#define MISMATCH(n)                                                                                          \
    "DANE.matches." n ".matched false\nDANE.matches." n ".record null\nDANE.matches." n                      \
    ".reason \"no record matches\"\n"
#define NO_STARTTLS                                                                                          \
    "E25.smtp.starttls_offered false\nE25.smtp.tls null\nE25.tls null\nE25.smtp.starttls null\n"
/* The only record is the ECDSA key's. */
#define ONE_RECORD                                                                                           \
    "DANE.records.2 absent\nDANE.records.1 absent\nDANE.matches.3 absent\nDANE.matches.1 absent\n"
#define SOMEBODY_ELSE                                                                                        \
    "CERT25.issuer \"CN=CA 1,O=Example,C=US\"\nF25.tls.certificates.0.issuer \"CN=CA 1,O=Example,C=US\"\n"
#define LETS_ENCRYPT                                                                                         \
    "CERT25.issuer \"CN=YE1,O=Let's Encrypt,C=US\"\nF25.tls.certificates.0.issuer \"CN=YE1,O=Let's "         \
    "Encrypt,C=US\"\n"
#define SECOND_HOST                                                                                          \
    "facts.dns.hosts.1 {\"name\": \"backup.example.org\", \"source\": \"mx\", \"literal\": false, "          \
    "\"addresses\": []}\n"
#define SECOND_LOOKUP(outcome, records)                                                                      \
    "facts.dane.4 {\"host\": \"backup.example.org\", \"port\": 25, \"base\": \"backup.example.org\", "       \
    "\"questions\": [{\"name\": \"_25._tcp.backup.example.org\", \"type\": \"TLSA\", \"outcome\": "          \
    "\"" outcome "\", \"security\": \"secure\"}], \"records\": [" records "]}\n"
#define RECORD "{\"usage\": 3, \"selector\": 1, \"matching\": 1, \"data\": \"AAAA\", \"use\": \"usable\"}"
#define SECURE_HOST                                                                                          \
    "facts.dns.hosts.1.a {\"name\": \"backup.example.org\", \"type\": \"A\", \"outcome\": \"data\", "        \
    "\"security\": \"secure\"}\n"

/* Secure records 3 1 1 of the ECDSA key, the RSA key and the next key; each certificate of each address matches. */
static const char with_dane[] =
    "facts.dns.mx.security \"secure\"\nHOST.a.security \"secure\"\nHOST.aaaa.security \"secure\"\n"
    "DANE.questions.0.outcome \"data\"\nDANE.questions.0.security \"secure\"\nDANE.records ["
    "{\"usage\": 3, \"selector\": 1, \"matching\": 1, \"use\": \"usable\", \"data\": "
    "\"ERERERERERERERERERERERERERERERERERERERERERE=\"},"
    "{\"usage\": 3, \"selector\": 1, \"matching\": 1, \"use\": \"usable\", \"data\": "
    "\"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI=\"},"
    "{\"usage\": 3, \"selector\": 1, \"matching\": 1, \"use\": \"usable\", \"data\": "
    "\"MzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzMzM=\"}]\n"
    "DANE.matches ["
    "{\"address\": \"" IPV4_ADDRESS
    "\", \"leaf_sha256\": \"eeee\", \"matched\": true, \"record\": 0, \"depth\": 0},"
    "{\"address\": \"" IPV4_ADDRESS
    "\", \"leaf_sha256\": \"aaaa\", \"matched\": true, \"record\": 1, \"depth\": 0},"
    "{\"address\": \"" IPV6_ADDRESS
    "\", \"leaf_sha256\": \"eeee\", \"matched\": true, \"record\": 0, \"depth\": 0},"
    "{\"address\": \"" IPV6_ADDRESS
    "\", \"leaf_sha256\": \"aaaa\", \"matched\": true, \"record\": 1, \"depth\": 0}]\n";

/* Every row is about a scan with them. */
static void check_dane(const char *table, const struct verdict_row *rows, size_t count)
{
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < count; i++) {
        struct verdict_row row = rows[i];

        row.patches = arena_format(arena, "%s%s", with_dane, rows[i].patches);
        check_verdicts(arena_format(arena, "%s[%zu]", table, i), &row, 1);
    }
    arena_free(arena);
}
#define CHECK_DANE(name) check_dane(#name, rows, sizeof(rows) / sizeof(rows[0]))

Test(checks_dane, published)
{
    static const struct verdict_row rows[] = {
        {"", "dane.published" AT_HOST, OUTCOME_PASS, NULL, "TLSA _25._tcp.mail.example.org"},
        {ABSENT, "dane.published" AT_HOST, OUTCOME_INFO, "no TLSA records",
         "  _25._tcp.mail.example.org. IN TLSA 3 1 1 e5e5"},
        {ABSENT, "dane.published" AT_HOST, OUTCOME_INFO, NULL,
         "  _25._tcp.mail.example.org. IN TLSA 3 1 1 a5a5"},
        {FAILING, "dane.published" AT_HOST, OUTCOME_NOT_TESTED, "SERVFAIL", NULL},
        {NO_LOOKUP, "dane.published" AT_HOST, OUTCOME_NOT_TESTED, "it was not asked", NULL},
        {"DANE.questions []\nDANE.records absent", "dane.published" AT_HOST, OUTCOME_NOT_TESTED, NULL, NULL},
        /* what is of no mail host has no place here */
        {"HOST.source \"option\"\n" NO_LOOKUP, "dane.published" AT_HOST, 0, NULL, NULL},
        {"HOST.literal true", "dane.published" AT_HOST, 0, NULL, NULL},
        /* what was made up goes into no zone */
        {ABSENT "DANE.base \"a b\"\n" Q "name \"_25._tcp.a b\"", "dane.published" AT_HOST, OUTCOME_INFO, NULL,
         NULL},
    };

    CHECK_DANE(published);
}

/* Nobody but the provider can publish records of a provider's host. */
Test(checks_dane, published_by_others)
{
    struct arena *arena = arena_new(0);
    const struct finding *finding = finding_of(
        judged(arena, patched_scan(arena, "facts.dns.domain \"example.net\"\n")), "dane.published" AT_HOST);

    cr_assert_not_null(finding);
    cr_expect_eq(finding->outcome, OUTCOME_INFO);
    cr_expect_eq(finding->fix.count, 0);
    arena_free(arena);
}

Test(checks_dane, secure)
{
    static const struct verdict_row rows[] = {
        {"", "dane.secure" AT_HOST, OUTCOME_PASS, NULL, NULL},
        {"facts.dnssec.zones.2.security_reason \"by the keys in a.zone alone\"", "dane.secure" AT_HOST,
         OUTCOME_INFO, "once the zone above example.org has its DS record", "by the keys in a.zone alone"},
        {UNSIGNED, "dane.secure" AT_HOST, OUTCOME_WARN, "the TLSA records are not signed", NULL},
        {"HOST.aaaa.security \"insecure\"", "dane.secure" AT_HOST, OUTCOME_WARN, "the addresses of the host",
         NULL},
        {"facts.dns.mx.security \"insecure\"", "dane.secure" AT_HOST, OUTCOME_WARN, "MX records",
         "Sign the zone of example.org"},
        {UNCHECKED, "dane.secure" AT_HOST, OUTCOME_NOT_TESTED, "not validated", NULL},
        {Q "security \"indeterminate\"", "dane.secure" AT_HOST, OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.a.security null", "dane.secure" AT_HOST, OUTCOME_NOT_TESTED, NULL, NULL},
        {Q "security \"bogus\"", "dane.secure" AT_HOST, OUTCOME_NOT_TESTED, NULL,
         NULL}, /* dane.lookup fails */
        {ABSENT, "dane.secure" AT_HOST, OUTCOME_NOT_APPLICABLE, "no TLSA records", NULL},
        {NO_LOOKUP, "dane.secure" AT_HOST, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_DANE(secure);
}

Test(checks_dane, usable)
{
    static const struct verdict_row rows[] = {
        {"", "dane.usable" AT_HOST, OUTCOME_PASS, NULL, "TLSA 3 1 1 1111111111"},
        {UNUSABLE("2"), "dane.usable" AT_HOST, OUTCOME_INFO, "1 of 3", "not usable: a reason"},
        {ALL_UNUSABLE, "dane.usable" AT_HOST, OUTCOME_WARN, "No sender can use", "IN TLSA 3 1 1 e5e5"},
        {"DANE.records.0.use \"superseded\"\nDANE.records.0.reason \"stronger\"", "dane.usable" AT_HOST,
         OUTCOME_PASS, NULL, "not looked at: stronger"},
        {ABSENT, "dane.usable" AT_HOST, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILING, "dane.usable" AT_HOST, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_DANE(usable);
}

Test(checks_dane, lookup)
{
    static const struct verdict_row rows[] = {
        {"", "dane.lookup" AT_HOST, OUTCOME_PASS, NULL, NULL},
        {ABSENT, "dane.lookup" AT_HOST, OUTCOME_PASS, NULL, NULL},
        {FAILING, "dane.lookup" AT_HOST, OUTCOME_FAIL, "SERVFAIL",
         "dig +dnssec TLSA _25._tcp.mail.example.org"},
        {FAILING "HOST.a.security \"insecure\"", "dane.lookup" AT_HOST, OUTCOME_INFO, NULL,
         "no sender looks"},
        {FAILING "HOST.a.security null", "dane.lookup" AT_HOST, OUTCOME_WARN, NULL, NULL},
        {Q "security \"bogus\"\n" Q "security_reason \"the signature ended\"", "dane.lookup" AT_HOST,
         OUTCOME_FAIL, "are bogus", "the signature ended"},
        {ABSENT Q "security \"bogus\"", "dane.lookup" AT_HOST, OUTCOME_FAIL, "bogus", NULL},
        /* when nothing can be looked up, it may be our resolver */
        {FAILING "HOST.a.outcome \"failure\"\nHOST.aaaa.outcome \"failure\"", "dane.lookup" AT_HOST,
         OUTCOME_NOT_TESTED, "our resolver", NULL},
        {NO_LOOKUP, "dane.lookup" AT_HOST, OUTCOME_NOT_TESTED, "were not looked up", NULL},
    };

    CHECK_DANE(lookup);
}

Test(checks_dane, match)
{
    static const struct verdict_row rows[] = {
        {"", "dane.match" AT4, OUTCOME_PASS, "ECDSA secp256r1", "matched: TLSA 3 1 1 1111"},
        {"", "dane.match" AT4 "#RSA", OUTCOME_PASS, "RSA 2048", "matched: TLSA 3 1 1 2222"},
        {"", "dane.match" AT6, OUTCOME_PASS, NULL, NULL},
        /* one key of one address */
        {MISMATCH("1"), "dane.match" AT4 "#RSA", OUTCOME_FAIL, "No TLSA record matches the RSA 2048",
         "  _25._tcp.mail.example.org. IN TLSA 3 1 1 a5a5"},
        {MISMATCH("1"), "dane.match" AT4, OUTCOME_PASS, NULL, NULL},
        {MISMATCH("1"), "dane.match" AT6 "#RSA", OUTCOME_PASS, NULL, NULL},
        {MISMATCH("0"), "dane.match" AT4, OUTCOME_FAIL, NULL, "reuse_key = True"},
        {MISMATCH("0"), "dane.match" AT4, OUTCOME_FAIL, NULL,
         "publish the record of the next key beside the present one"},
        {MISMATCH("0"), "dane.match" AT4, OUTCOME_FAIL, NULL,
         "docker exec mailserver postfix tls output-server-tlsa"},
        {MISMATCH("0") "DANE.records.2.matching 2", "dane.match" AT4, OUTCOME_FAIL, NULL,
         "Remove the records 3 1 2"},
        {MISMATCH("0") "DANE.records.2.usage 2", "dane.match" AT4, OUTCOME_FAIL, NULL,
         "smtpd_tls_chain_files"},
        {MISMATCH("0") "DANE.base \"host.example.net\"\n" Q "name \"_25._tcp.host.example.net\"",
         "dane.match" AT4, OUTCOME_FAIL, NULL, "_25._tcp.host.example.net. IN TLSA 3 1 1 e5e5"},
        /* what it does depends on DNSSEC */
        {MISMATCH("0") UNSIGNED, "dane.match" AT4, OUTCOME_INFO, NULL, "no sender looks"},
        {MISMATCH("0") UNCHECKED, "dane.match" AT4, OUTCOME_WARN, NULL, "is not known"},
        {UNCHECKED, "dane.match" AT4, OUTCOME_PASS, NULL, NULL},
        /* not known is neither */
        {"DANE.matches.0.matched null\nDANE.matches.0.reason \"too long\"", "dane.match" AT4,
         OUTCOME_NOT_TESTED, "too long", NULL},
        {"DANE.matches []", "dane.match" AT4, OUTCOME_NOT_TESTED, "not compared", NULL},
        {"DANE.matches.0.record 17", "dane.match" AT4, OUTCOME_PASS, NULL, NULL},
        {NO_STARTTLS, "dane.match" AT4, OUTCOME_NOT_APPLICABLE, "STARTTLS", NULL},
        {"E25.state \"silent\"\nE25.smtp null\nE25.tls null", "dane.match" AT4, OUTCOME_NOT_TESTED, NULL,
         NULL},
        {"facts.endpoints.0 absent", "dane.match" AT4, OUTCOME_NOT_TESTED, "not looked at", NULL},
        {ALL_UNUSABLE, "dane.match" AT4, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {ABSENT, "dane.match" AT4, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILING, "dane.match" AT4, OUTCOME_NOT_TESTED, NULL, NULL},
        {Q "security \"bogus\"", "dane.match" AT4, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_DANE(match);
}

Test(checks_dane, starttls)
{
    static const struct verdict_row rows[] = {
        {"", "dane.starttls" AT4, OUTCOME_PASS, NULL, NULL},
        {NO_STARTTLS, "dane.starttls" AT4, OUTCOME_FAIL, "is not offered", NULL},
        {NO_STARTTLS, "dane.starttls" AT6, OUTCOME_PASS, NULL, NULL},
        {NO_STARTTLS UNSIGNED, "dane.starttls" AT4, OUTCOME_INFO, NULL, "no sender looks"},
        {NO_STARTTLS UNCHECKED, "dane.starttls" AT4, OUTCOME_WARN, NULL, NULL},
        {NO_STARTTLS ALL_UNUSABLE, "dane.starttls" AT4, OUTCOME_FAIL, NULL,
         NULL}, /* TLS is a must all the same */
        {NO_STARTTLS ABSENT, "dane.starttls" AT4, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"E25.smtp.tls false\nE25.tls.handshakes.0.result \"refused\"", "dane.starttls" AT4, OUTCOME_FAIL,
         "fails", NULL},
        {"E25.smtp.tls null\nE25.smtp.starttls.code 454", "dane.starttls" AT4, OUTCOME_FAIL, "fails",
         "STARTTLS: 454"},
        {"E25.smtp.tls null\nE25.smtp.starttls.code 421", "dane.starttls" AT4, OUTCOME_NOT_TESTED, NULL,
         NULL},
        {"E25.state \"silent\"\nE25.smtp null\nE25.tls null", "dane.starttls" AT4, OUTCOME_NOT_TESTED, NULL,
         NULL},
    };

    CHECK_DANE(starttls);
}

Test(checks_dane, coverage)
{
    static const struct verdict_row rows[] = {
        {"", "dane.coverage" DOMAIN, OUTCOME_PASS, NULL, NULL},
        {SECOND_HOST SECOND_LOOKUP("nodata", ""), "dane.coverage" DOMAIN, OUTCOME_WARN,
         "backup.example.org has no", "backup.example.org"},
        {SECOND_HOST SECURE_HOST SECOND_LOOKUP("data", RECORD), "dane.coverage" DOMAIN, OUTCOME_PASS, NULL,
         NULL},
        {SECOND_HOST, "dane.coverage" DOMAIN, OUTCOME_NOT_TESTED, NULL, NULL},
        {UNSIGNED, "dane.coverage" DOMAIN, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {UNSIGNED SECOND_HOST SECURE_HOST SECOND_LOOKUP("data", RECORD), "dane.coverage" DOMAIN, OUTCOME_WARN,
         "mail.example.org has no", NULL},
        {ALL_UNUSABLE, "dane.coverage" DOMAIN, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {ABSENT, "dane.coverage" DOMAIN, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {FAILING, "dane.coverage" DOMAIN, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dns.hosts_left_out 2", "dane.coverage" DOMAIN, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dns.hosts []", "dane.coverage" DOMAIN, 0, NULL, NULL},
        /* users' hosts take no mail */
        {"facts.dns.hosts.1 {\"name\": \"imap.example.org\", \"source\": \"option\"}", "dane.coverage" DOMAIN,
         OUTCOME_PASS, NULL, NULL},
    };

    CHECK_DANE(coverage);
}

Test(checks_dane, rollover)
{
    static const struct verdict_row rows[] = {
        {"", "dane.rollover" AT_HOST, OUTCOME_PASS, "next key", "TLSA 3 1 1 3333"},
        {"DANE.records.2 absent", "dane.rollover" AT_HOST, OUTCOME_INFO, "no TLSA record for the next key",
         "openssl pkey"},
        {"DANE.records.2.usage 2", "dane.rollover" AT_HOST, OUTCOME_PASS, NULL, NULL},
        {ONE_RECORD, "dane.rollover" AT_HOST, OUTCOME_INFO, "no TLSA record for the next key", NULL},
        {ONE_RECORD "DANE.records.0.selector 0", "dane.rollover" AT_HOST, OUTCOME_WARN, "every renewal",
         "selector 1"},
        {ONE_RECORD "DANE.records.0.selector 0\nCERT25.not_before "
                    "\"2026-01-01T00:00:00Z\"\nF25.tls.certificates.0.not_before \"2026-01-01T00:00:00Z\"",
         "dane.rollover" AT_HOST, OUTCOME_INFO, NULL, NULL},
        {ONE_RECORD "DANE.records.0.usage 2\n" SOMEBODY_ELSE, "dane.rollover" AT_HOST, OUTCOME_INFO,
         "issuers alone", "3 1 1"},
        {ONE_RECORD "DANE.records.0.usage 2\n" LETS_ENCRYPT, "dane.rollover" AT_HOST, OUTCOME_WARN,
         "Let's Encrypt", NULL},
        {MISMATCH("0") MISMATCH("1") MISMATCH("2") MISMATCH("3"), "dane.rollover" AT_HOST, OUTCOME_NOT_TESTED,
         "no record is known to match", NULL},
        {"DANE.records.3 " RECORD "\nDANE.records.4 " RECORD "\nDANE.records.5 " RECORD
         "\nDANE.records.6 " RECORD "\nDANE.records.7 " RECORD "\nDANE.records.8 " RECORD
         "\nDANE.records.9 " RECORD "\nDANE.records.10 " RECORD "\nDANE.records.11 " RECORD
         "\nDANE.records.12 " RECORD,
         "dane.rollover" AT_HOST, OUTCOME_WARN, "13 TLSA records are too many", NULL},
        {ABSENT, "dane.rollover" AT_HOST, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {ALL_UNUSABLE, "dane.rollover" AT_HOST, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {NO_LOOKUP, "dane.rollover" AT_HOST, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_DANE(rollover);
}

#define AT993 "dane.other_ports@" HOST_NAME "/" IPV4_ADDRESS ":993"
#define P993  "facts.dane.3."
#define DATA_993                                                                                             \
    P993 "questions.0.outcome \"data\"\n" P993 "records [" RECORD "]\n" P993 "matches ["                     \
         "{\"address\": \"" IPV4_ADDRESS                                                                     \
         "\", \"leaf_sha256\": \"eeee\", \"matched\": true, \"record\": 0, \"depth\": 0}, "                  \
         "{\"address\": \"" IPV4_ADDRESS                                                                     \
         "\", \"leaf_sha256\": \"aaaa\", \"matched\": true, \"record\": 0, \"depth\": 0}]\n"

Test(checks_dane, other_ports)
{
    static const struct verdict_row rows[] = {
        {"", AT993, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {DATA_993, AT993, OUTCOME_PASS, NULL, NULL},
        {DATA_993 P993 "matches.1.matched false", AT993, OUTCOME_INFO, "RSA 2048",
         "  _993._tcp.mail.example.org. IN TLSA 3 1 1 a5a5"},
        {DATA_993 P993 "matches.1 absent", AT993, OUTCOME_NOT_TESTED, NULL, NULL},
        {DATA_993 P993 "records.0.use \"unusable\"", AT993, OUTCOME_INFO, "can be used", NULL},
        {DATA_993 "E993.state \"refused\"\nE993.imap null\nE993.tls null", AT993, OUTCOME_NOT_APPLICABLE,
         "refuses", NULL},
        {P993 "questions.0.outcome \"failure\"", AT993, OUTCOME_NOT_TESTED, NULL, NULL},
        {NO_LOOKUP, AT993, 0, NULL, NULL},
        {"", "dane.other_ports@" HOST_NAME "/" IPV4_ADDRESS ":25", 0, NULL, NULL},
    };

    CHECK_DANE(other_ports);
}

#define AT25 "@" HOST_NAME "/" IPV4_ADDRESS ":25"
#define UNTRUSTED                                                                                            \
    "CERT25.trusted false\nCERT25.verify_errors [{\"depth\": 0, \"code\": 20, \"text\": \"no issuer\"}]\n"
#define EXPIRED "CERT25.not_after \"2026-11-01T00:00:00Z\"\n"
#define ENDING  "CERT25.not_after \"2026-11-25T00:00:00Z\"\n"
#define OTHER   "CERT25.sans [\"www.example.org\"]\n"

/* Rule 1: where usable records exist that senders believe, name, trust and expiry are their matter. */
Test(checks_dane, certificates)
{
    static const struct verdict_row rows[] = {
        {OTHER, "cert.name" AT25, OUTCOME_INFO, NULL, NULL},
        {OTHER ABSENT, "cert.name" AT25, OUTCOME_WARN, NULL, NULL},
        {OTHER UNSIGNED, "cert.name" AT25, OUTCOME_WARN, NULL, NULL},
        {OTHER UNCHECKED, "cert.name" AT25, OUTCOME_WARN, NULL, NULL},
        {OTHER ALL_UNUSABLE, "cert.name" AT25, OUTCOME_WARN, NULL, NULL},
        {OTHER FAILING, "cert.name" AT25, OUTCOME_WARN, NULL, NULL},
        {"HOST.asked_for true\nCERT465.sans [\"www.example.org\"]",
         "cert.name@" HOST_NAME "/" IPV4_ADDRESS ":465", OUTCOME_FAIL, NULL, NULL},
        {UNTRUSTED, "cert.trust" AT25, OUTCOME_INFO, NULL, NULL},
        {UNTRUSTED UNSIGNED, "cert.trust" AT25, OUTCOME_WARN, NULL, NULL},
        {"CERT25.server_auth false", "cert.trust" AT25, OUTCOME_INFO, NULL, NULL},
        {UNTRUSTED "CERT25.chain.1 absent", "cert.chain" AT25, OUTCOME_INFO, NULL, NULL},
        /* usage 3 does not look at dates; usage 2 does, and one that does not match decides by itself */
        {EXPIRED, "cert.expiry" AT25, OUTCOME_INFO, NULL, NULL},
        {EXPIRED UNSIGNED, "cert.expiry" AT25, OUTCOME_WARN, NULL, NULL},
        {EXPIRED "DANE.records.0.usage 2", "cert.expiry" AT25, OUTCOME_WARN, NULL, NULL},
        {ENDING, "cert.expiry" AT25, OUTCOME_INFO, NULL, NULL},
        {"CERT25.not_before \"2026-09-02T00:00:00Z\"\nCERT25.not_after \"2026-12-02T00:00:00Z\"",
         "cert.expiry" AT25, OUTCOME_INFO, "expires in", NULL},
        {"CERT25.not_before \"2026-09-02T00:00:00Z\"\nCERT25.not_after \"2026-12-02T00:00:00Z\"\n" UNCHECKED,
         "cert.expiry" AT25, OUTCOME_WARN, "expires in", NULL},
        {"", "cert.expiry" AT25, OUTCOME_PASS, NULL, NULL},
    };

    CHECK_DANE(certificates);
}

#define DANE_SENDER    "a sender that enforces DANE (Postfix with dane): "
#define DEAD(endpoint) endpoint ".state \"refused\"\n" endpoint ".smtp null\n" endpoint ".tls null\n"

Test(checks_dane, delivery)
{
    static const struct verdict_row rows[] = {
        {"", VIA, OUTCOME_PASS, NULL, DANE_SENDER "delivered, encrypted, and with proof"},
        {ABSENT, VIA, OUTCOME_PASS, NULL,
         DANE_SENDER "delivered, encrypted, without proof of whom it was delivered to (smtp.starttls)"},
        {UNSIGNED MISMATCH("0"), VIA, OUTCOME_PASS, NULL,
         DANE_SENDER "delivered, encrypted, without proof of whom it was delivered to (smtp.starttls)"},
        {ALL_UNUSABLE, VIA, OUTCOME_PASS, NULL,
         DANE_SENDER "delivered, encrypted, without proof of whom it was delivered to (dane.usable)"},
        {FAILING, VIA, OUTCOME_INFO, "not by senders that enforce DANE",
         DANE_SENDER "not delivered: whether there are TLSA records"},
        {UNCHECKED, VIA, OUTCOME_PASS, NULL, DANE_SENDER "not tested, DNSSEC"},
        {NO_LOOKUP, VIA, OUTCOME_PASS, NULL, DANE_SENDER "not tested, the TLSA records"},
        /* the other address will do */
        {MISMATCH("0"), VIA, OUTCOME_PASS, NULL, DANE_SENDER "delivered, encrypted, and with proof"},
        {MISMATCH("0") MISMATCH("2"), VIA, OUTCOME_INFO, "enforce DANE",
         DANE_SENDER "not delivered: no TLSA record matches"},
        {MISMATCH("0") DEAD("F25") "E25.state \"open\"", VIA, OUTCOME_INFO, "enforce DANE",
         DANE_SENDER "not delivered: no TLSA record matches"},
        {NO_STARTTLS DEAD("F25"), VIA, OUTCOME_INFO, NULL, DANE_SENDER "not delivered: TLS is a must"},
        {DEAD("E25") DEAD("F25"), VIA, OUTCOME_INFO, NULL,
         DANE_SENDER
         "not delivered: the sender tries again for days, then returns the message (smtp.reachable)"},
        {"E25.state \"silent\"\nE25.smtp null\nE25.tls null\n" MISMATCH(
             "2") "facts.endpoints.4.state \"open\"\nvantage.port_25 null",
         VIA, OUTCOME_PASS, NULL, DANE_SENDER "not known"},
    };

    CHECK_DANE(delivery);
}
