/*
 * checks_dnssec.c - verdicts on DNSSEC: the domain, its mail hosts, keys, expiry, denial
 */
#include "tests/unit/judged.h"

#include <criterion/criterion.h>

#define D     "example.org"
#define H     HOST_NAME
#define MX    "facts.dns.mx."
#define DOM   "facts.dnssec.domain."
#define HOST0 "facts.dnssec.hosts.0."
#define ZONE  "facts.dnssec.zones.2."
#define INSECURE_HOST                                                                                        \
    "HOST.a.security \"insecure\"\nHOST.a.security_reason \"no DS\"\nHOST.aaaa.security \"insecure\"\n"
#define FROM_FILE                                                                                            \
    "settings.zones [{\"name\": \"example.org\", \"file\": \"a.zone\", \"is_signed\": true, \"ds\": "        \
    "[\"example.org. IN DS 3000 13 2 00aabb\"]}]\n"
#define AWAITS  FROM_FILE ZONE "ds []\n" ZONE "security_reason \"by the keys in a.zone alone\"\n"
#define NO_KEYS ZONE "keys []\n" ZONE "ds []\n"

Test(checks_dnssec, domain)
{
    static const struct verdict_row domain[] = {
        {"", "dnssec.domain@" D, OUTCOME_PASS, "is signed, and the signatures hold",
         ". -> org -> example.org"},
        {MX "security \"insecure\"\n" MX "security_reason \"no DS record\"\n" NO_KEYS, "dnssec.domain@" D,
         OUTCOME_WARN, "is not signed", "Turn on DNSSEC for example.org"},
        {MX "security \"insecure\"\n", "dnssec.domain@" D, OUTCOME_WARN, NULL, "is signed already"},
        {MX "security \"bogus\"\n" MX "security_reason \"expired on Friday\"\n", "dnssec.domain@" D,
         OUTCOME_FAIL, "is broken", "MX example.org: expired on Friday"},
        {MX "security \"bogus\"\n", "dnssec.domain@" D, OUTCOME_FAIL, NULL, "Sign example.org again"},
        {MX "security \"bogus\"\n" ZONE "ds.0.matches false\n", "dnssec.domain@" D, OUTCOME_FAIL, NULL,
         "Replace the DS record of example.org"},
        {DOM "soa.security \"bogus\"\n", "dnssec.domain@" D, OUTCOME_FAIL, "is broken", NULL},
        {AWAITS MX "security_reason \"by the keys in a.zone alone\"\n", "dnssec.domain@" D, OUTCOME_WARN,
         "signed in its zone file, and the zone above has no DS record",
         "example.org. IN DS 3000 13 2 00aabb"},
        {AWAITS MX "security_reason \"by the keys in a.zone alone\"\n", "dnssec.domain@" D, OUTCOME_WARN,
         NULL, "MX example.org: by the keys in a.zone alone"},
        {FROM_FILE, "dnssec.domain@" D, OUTCOME_PASS, "the signatures hold",
         NULL}, /* the DS record is there */
        {FROM_FILE ZONE "keys []\n" MX "security \"bogus\"\n", "dnssec.domain@" D, OUTCOME_FAIL, NULL,
         "Publish a.zone signed"},
        {MX "security \"indeterminate\"\n" MX "security_reason \"nothing is passed on\"\n",
         "dnssec.domain@" D, OUTCOME_NOT_TESTED, "nothing is passed on", NULL},
        {MX "security null\n" DOM "soa null\n", "dnssec.domain@" D, OUTCOME_NOT_TESTED, "nobody validated",
         NULL},
        {"facts.dns.mx null\nfacts.dnssec null", "dnssec.domain@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {"facts.dns.domain null\ntarget_kind \"host\"", "dnssec.domain@" D, 0, NULL, NULL},
        {"facts.dns null", "dnssec.domain@" D, 0, NULL, NULL},
    };

    CHECK_VERDICTS(domain);
}

Test(checks_dnssec, hosts)
{
    static const struct verdict_row hosts[] = {
        {"", "dnssec.mx@" H, OUTCOME_PASS, "are signed", ". -> org -> example.org"},
        {AWAITS, "dnssec.mx@" H, OUTCOME_INFO, "a key that no DS record stands for yet", NULL},
        {INSECURE_HOST, "dnssec.mx@" H, OUTCOME_INFO, "are not signed", "no DS"},
        {INSECURE_HOST HOST0 "tlsa.outcome \"data\"", "dnssec.mx@" H, OUTCOME_WARN, "DANE does not protect",
         NULL},
        {"HOST.aaaa.security \"bogus\"\nHOST.aaaa.security_reason \"does not verify\"", "dnssec.mx@" H,
         OUTCOME_FAIL, "is broken", "AAAA mail.example.org: does not verify"},
        {"HOST.a.security null\nHOST.aaaa.security null", "dnssec.mx@" H, OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.a null\nHOST.aaaa null", "dnssec.mx@" H, OUTCOME_NOT_TESTED, NULL, NULL},
        {"HOST.addresses.0.source \"override\"\nHOST.addresses.1.source \"override\"", "dnssec.mx@" H,
         OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"HOST.literal true", "dnssec.mx@" H, OUTCOME_NOT_APPLICABLE, NULL, NULL},
        {"HOST.source \"option\"", "dnssec.mx@" H, 0, NULL, NULL},
        {"", "dnssec.denial@" H, OUTCOME_PASS, "has no TLSA records is proven",
         "TLSA _25._tcp.mail.example.org"},
        {HOST0 "tlsa.outcome \"data\"\n" HOST0 "tcp.outcome \"nodata\"", "dnssec.denial@" H, OUTCOME_PASS,
         "are there", NULL},
        {HOST0 "tlsa.outcome \"data\"", "dnssec.denial@" H, OUTCOME_FAIL, "denies the name above",
         "NXDOMAIN"},
        {HOST0 "tlsa.outcome \"failure\"\n" HOST0 "tlsa.reason \"SERVFAIL\"", "dnssec.denial@" H,
         OUTCOME_FAIL, "fails (SERVFAIL)", NULL},
        {HOST0 "tlsa.outcome \"failure\"\n" HOST0 "tlsa.reason \"timeout\"", "dnssec.denial@" H, OUTCOME_FAIL,
         "fails (timeout)", NULL},
        {HOST0 "tlsa.security \"bogus\"\n" HOST0 "tlsa.security_reason \"no NSEC\"", "dnssec.denial@" H,
         OUTCOME_FAIL, "does not validate", "no NSEC"},
        {HOST0 "tlsa.security \"insecure\"", "dnssec.denial@" H, OUTCOME_PASS, NULL, NULL},
        {HOST0 "tlsa.security \"indeterminate\"", "dnssec.denial@" H, OUTCOME_NOT_TESTED, NULL, NULL},
        {INSECURE_HOST HOST0 "tlsa.outcome \"failure\"", "dnssec.denial@" H, OUTCOME_NOT_APPLICABLE, NULL,
         NULL},
        {"facts.dnssec null", "dnssec.denial@" H, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(hosts);
}

Test(checks_dnssec, algorithms)
{
    static const struct verdict_row algorithms[] = {
        {"", "dnssec.algorithms@" D, OUTCOME_PASS, "are up to date", "key 3000: ECDSAP256SHA256, flags 257"},
        {ZONE "keys.1.algorithm 5\n" ZONE "keys.1.algorithm_name \"RSASHA1\"", "dnssec.algorithms@" D,
         OUTCOME_FAIL, "out of date", "key 3001: RSASHA1 signs over SHA-1"},
        {ZONE "keys.1.algorithm 3", "dnssec.algorithms@" D, OUTCOME_FAIL, NULL, "must not be used"},
        {ZONE "keys.1.algorithm 8\n" ZONE "keys.1.bits 1023", "dnssec.algorithms@" D, OUTCOME_FAIL, NULL,
         "can be broken"},
        {ZONE "keys.1.algorithm 8\n" ZONE "keys.1.bits 1024", "dnssec.algorithms@" D, OUTCOME_WARN, NULL,
         "RSA with 1024 bits is weak"},
        {ZONE "keys.1.algorithm 8\n" ZONE "keys.1.bits 2048", "dnssec.algorithms@" D, OUTCOME_PASS, NULL,
         NULL},
        {ZONE "keys.1.algorithm 10\n" ZONE "keys.1.bits 2048", "dnssec.algorithms@" D, OUTCOME_INFO, NULL,
         "not recommended"},
        {ZONE "ds.0.digest_type 1", "dnssec.algorithms@" D, OUTCOME_WARN, NULL, "its digest is SHA-1"},
        {ZONE "ds.1 {\"tag\": 3000, \"algorithm\": 13, \"digest_type\": 1, \"matches\": true}",
         "dnssec.algorithms@" D, OUTCOME_INFO, NULL, "its digest is SHA-1"},
        {ZONE "ds.1 {\"tag\": 7, \"algorithm\": 13, \"digest_type\": 2, \"matches\": false}",
         "dnssec.algorithms@" D, OUTCOME_WARN, NULL, "DS 7: no key of the zone fits"},
        {ZONE "ds.0.matches false", "dnssec.algorithms@" D, OUTCOME_FAIL, NULL, "DS 3000: no key"},
        {ZONE "ds.0.matches null", "dnssec.algorithms@" D, OUTCOME_PASS, NULL, NULL},
        {ZONE "nsec3 {\"iterations\": 0, \"salt\": \"\"}", "dnssec.algorithms@" D, OUTCOME_PASS, NULL, NULL},
        {ZONE "nsec3 {\"iterations\": 1, \"salt\": \"\"}", "dnssec.algorithms@" D, OUTCOME_WARN, NULL,
         "it must be 0"},
        {ZONE "nsec3 {\"iterations\": 151, \"salt\": \"\"}", "dnssec.algorithms@" D, OUTCOME_FAIL, NULL,
         "unsigned"},
        {ZONE "nsec3 {\"iterations\": 0, \"salt\": \"ab\"}", "dnssec.algorithms@" D, OUTCOME_INFO, NULL,
         "salt"},
        {NO_KEYS, "dnssec.algorithms@" D, OUTCOME_NOT_APPLICABLE, "not signed", NULL},
        {ZONE "keys absent\n" ZONE "ds []", "dnssec.algorithms@" D, OUTCOME_NOT_TESTED, NULL, NULL},
        {ZONE "security \"indeterminate\"\n" ZONE "security_reason \"timeout\"", "dnssec.algorithms@" D,
         OUTCOME_NOT_TESTED, "timeout", NULL},
        {"facts.dnssec null", "dnssec.algorithms@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(algorithms);
}

/* The scan was at 12:00 on the 22nd. */
Test(checks_dnssec, expiry)
{
    static const struct verdict_row expiry[] = {
        {"", "dnssec.expiry@" D, OUTCOME_PASS, "expires in 10 days", NULL},
        {DOM "signatures.1.expiration \"2026-11-25T11:59:59Z\"", "dnssec.expiry@" D, OUTCOME_WARN,
         "expires in 2 days", "MX example.org: signed by key 3001 of example.org"},
        {DOM "signatures.1.expiration \"2026-11-25T12:00:00Z\"", "dnssec.expiry@" D, OUTCOME_PASS,
         "expires in 3 days", NULL},
        {HOST0 "signatures.0.expiration \"2026-11-23T11:59:59Z\"", "dnssec.expiry@" D, OUTCOME_FAIL,
         "expires in 23 hours", "A mail.example.org"},
        {DOM "signatures.0.expiration \"2026-11-22T11:59:59Z\"", "dnssec.expiry@" D, OUTCOME_FAIL,
         "has expired", "Have example.org signed again"},
        {ZONE "signatures.1.expiration \"2026-11-23T00:00:00Z\"", "dnssec.expiry@" D, OUTCOME_FAIL, NULL,
         "DNSKEY example.org"},
        /* that of the DS record is the parent's business */
        {ZONE "signatures.0.expiration \"2026-11-23T00:00:00Z\"", "dnssec.expiry@" D, OUTCOME_PASS, NULL,
         NULL},
        /* signed anew for each answer: two days, of which one is left */
        {DOM "signatures.0.inception \"2026-11-21T11:00:00Z\"\n" DOM
             "signatures.0.expiration \"2026-11-23T11:00:00Z\"",
         "dnssec.expiry@" D, OUTCOME_PASS, "expires in 23 hours", NULL},
        {DOM "signatures.0.inception \"2026-11-20T23:00:00Z\"\n" DOM
             "signatures.0.expiration \"2026-11-22T23:00:00Z\"",
         "dnssec.expiry@" D, OUTCOME_FAIL, "expires in 11 hours", NULL},
        {DOM "signatures.0.inception \"2026-11-22T12:00:01Z\"", "dnssec.expiry@" D, OUTCOME_FAIL,
         "not valid yet", "2026-11-22T12:00:01Z"},
        {DOM "signatures []\n" HOST0 "signatures []\n" ZONE "signatures []\n" NO_KEYS, "dnssec.expiry@" D,
         OUTCOME_NOT_APPLICABLE, "not signed", NULL},
        {DOM "signatures []\n" HOST0 "signatures []\n" ZONE "signatures []", "dnssec.expiry@" D,
         OUTCOME_NOT_TESTED, "no signatures were seen", NULL},
        {"facts.dnssec null", "dnssec.expiry@" D, OUTCOME_NOT_TESTED, NULL, NULL},
    };

    CHECK_VERDICTS(expiry);
}
