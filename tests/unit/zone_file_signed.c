/*
 * zone_file_signed.c - tests of zone files behind the validator: what counts as secure, and by whose word
 *
 * The zones are signed in memory; one of them is written out as a file, and the world (the DNS) knows it, knows
 * another version of it, or does not know it yet.
 */
#include "tests/unit/dnssec_bench.h"

#include <criterion/criterion.h>

#define ROWS(reason)                                                                                         \
    {"www.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                            \
        {"WWW.Example.TEST.", DNS_A, DNS_SECURE, reason, NULL, false},                                       \
        {"example.test", DNS_MX, DNS_SECURE, reason, NULL, false},                                           \
        {"example.test", DNS_TXT, DNS_SECURE, reason, NULL, false},                                          \
        {"absent.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                     \
        {"x.y.absent.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                 \
        {"b.c.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                        \
        {"c.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                          \
        {"any.wild.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                   \
        {"two.labels.wild.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                            \
        {"any.wild.example.test", DNS_MX, DNS_SECURE, reason, NULL, false},                                  \
        {"exact.wild.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                 \
        {"x.exact.wild.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                               \
        {"*.wild.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                     \
        {"any.alias.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                  \
        {"here.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                       \
        {"here.example.test", DNS_MX, DNS_SECURE, reason, NULL, false},                                      \
        {"www.old.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                    \
        {"absent.old.example.test", DNS_A, DNS_SECURE, reason, NULL, false},                                 \
        {"www.example.test", DNS_TYPE_DS, DNS_SECURE, reason, NULL, false},                                  \
        {"example.test", DNS_TYPE_DNSKEY, DNS_SECURE, reason, NULL, false},                                  \
    {                                                                                                        \
        "test", DNS_SOA, DNS_SECURE, NULL, NULL, false                                                       \
    }

static void check_file(const struct signed_zone *zones, size_t zone_count, const struct row *rows,
                       size_t count, const char *text)
{
    struct bench bench = {
        .rows = rows, .count = count, .file_of = text == NULL ? "example.test." : NULL, .file_text = text};

    bench_run(&bench, zones, zone_count);
}
#define CHECK_FILE(zones, rows, text) check_file(zones, COUNT(zones), rows, COUNT(rows), text)

/* The DS record is there: nothing is borrowed from the file but the records. */
Test(zone_file_signed, the_chain_holds)
{
    static const struct row rows[] = {ROWS(NULL)};

    for (int i = 0; i < 2; i++) {
        const struct signed_zone zones[] = {{.name = "."},
                                            {.name = "test"},
                                            {.name = "example.test",
                                             .records = CONTENT("example.test"),
                                             .sign = i == 0 ? SIGN_NSEC : SIGN_NSEC3,
                                             .iterations = i == 0 ? 0 : 5}};

        CHECK_FILE(zones, rows, NULL);
    }
}

/* As deep as the names of a reverse zone for IPv6 go. */
Test(zone_file_signed, deep_names)
{
#define DEEP "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.example.test"
    static const struct row rows[] = {{"2." DEEP, DNS_A, DNS_SECURE, NULL, NULL, false},
                                      {"1." DEEP, DNS_A, DNS_SECURE, NULL, NULL, false},
                                      {"1." DEEP, DNS_MX, DNS_SECURE, NULL, NULL, false}};

    for (int i = 0; i < 2; i++) {
        const struct signed_zone zones[] = {{.name = "."},
                                            {.name = "test"},
                                            {.name = "example.test",
                                             .records = "1." DEEP ". A 192.0.2.1\n",
                                             .sign = i == 0 ? SIGN_NSEC : SIGN_NSEC3}};

        CHECK_FILE(zones, rows, NULL);
    }
}

/* Not delegated, or delegated without a DS record, under NSEC, NSEC3 and opt-out: secure by the file alone, and it is
 * said. */
Test(zone_file_signed, before_the_ds_record)
{
    static const struct row rows[] = {ROWS("by the keys in test.zone alone")};
    static const struct {
        bool nsec3, opt_out, unlisted;
    } parents[] = {{false, false, false},
                   {false, false, true},
                   {true, false, false},
                   {true, false, true},
                   {true, true, true}};

    for (size_t i = 0; i < COUNT(parents); i++) {
        const struct signed_zone zones[] = {{.name = "."},
                                            {.name = "test",
                                             .sign = parents[i].nsec3 ? SIGN_NSEC3 : SIGN_NSEC,
                                             .opt_out = parents[i].opt_out},
                                            {.name = "example.test",
                                             .records = CONTENT("example.test"),
                                             .sign = i % 2 == 0 ? SIGN_NSEC : SIGN_NSEC3,
                                             .ds = DS_NONE,
                                             .unlisted = parents[i].unlisted}};

        CHECK_FILE(zones, rows, NULL);
    }
}

/* What is below a zone that rests on the file does too; what is above or elsewhere does not. */
Test(zone_file_signed, a_zone_below)
{
    static const struct signed_zone zones[] = {
        {.name = "."},
        {.name = "test"},
        {.name = "other.test",
         .records = "www.other.test. A 192.0.2.8\nin.other.test. CNAME www.example.test.\n"},
        {.name = "example.test",
         .records = "www.example.test. A 192.0.2.1\nout.example.test. CNAME www.other.test.\n",
         .ds = DS_NONE},
        {.name = "sub.example.test", .records = "www.sub.example.test. A 192.0.2.9\n"}};
    static const struct row rows[] = {
        {"www.sub.example.test", DNS_A, DNS_SECURE, "by the keys in test.zone alone", NULL, false},
        {"out.example.test", DNS_A, DNS_SECURE, "by the keys in test.zone alone", NULL, false},
        {"in.other.test", DNS_A, DNS_SECURE, "by the keys in test.zone alone", NULL, false},
        {"www.other.test", DNS_A, DNS_SECURE, NULL, NULL, false},
    };

    CHECK_FILE(zones, rows, NULL);
}

/* What would happen on the day it is published. */
Test(zone_file_signed, signatures_that_will_not_hold)
{
    static const struct signed_zone expired[] = {{.name = "."},
                                                 {.name = "test"},
                                                 {.name = "example.test",
                                                  .records = CONTENT("example.test"),
                                                  .ds = DS_NONE,
                                                  .expiration = WORLD_TIME - 60}};
    static const struct signed_zone wrong[] = {
        {.name = "."},
        {.name = "test"},
        {.name = "example.test", .records = CONTENT("example.test"), .ds = DS_WRONG}};
    static const struct row rows[] = {{"www.example.test", DNS_A, DNS_BOGUS, "expired", NULL, false}};
    static const struct row no_key[] = {
        {"www.example.test", DNS_A, DNS_BOGUS, "no DNSKEY fits", NULL, false}};

    CHECK_FILE(expired, rows, NULL);
    CHECK_FILE(wrong, no_key, NULL);
}

#define UNSIGNED                                                                                             \
    "$ORIGIN example.test.\n@ 3600 SOA ns.example.test. h.example.test. 1 7200 3600 1209600 300\n"           \
    "@ NS ns\nwww A 192.0.2.1\n"

Test(zone_file_signed, a_file_that_is_not_signed)
{
    static const struct {
        struct signed_zone zone, parent;
        enum dns_security security;
        const char *reason;
    } table[] = {
        /* the published zone is signed: with this file it would vanish */
        {{.name = "example.test"}, {.name = "test"}, DNS_BOGUS, "has a DS record and no DNSKEY"},
        {{.name = "example.test", .ds = DS_NONE},
         {.name = "test"},
         DNS_INSECURE,
         "test.zone is not signed, and zone test has no DS record"},
        {{.name = "example.test", .unlisted = true, .ds = DS_NONE},
         {.name = "test"},
         DNS_INSECURE,
         "test.zone is not signed"},
        {{.name = "example.test", .sign = SIGN_NOT, .ds = DS_NONE},
         {.name = "test", .sign = SIGN_NOT, .ds = DS_NONE},
         DNS_INSECURE,
         "zone . delegates test without a DS record"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        const struct signed_zone zones[] = {{.name = "."}, table[i].parent, table[i].zone};
        const struct row rows[] = {
            {"www.example.test", DNS_A, table[i].security, table[i].reason, NULL, false},
            {"absent.example.test", DNS_A, table[i].security, table[i].reason, NULL, false}};

        CHECK_FILE(zones, rows, UNSIGNED);
    }
}

/* A zone two labels below what the DNS knows: the name between them is not there yet. */
Test(zone_file_signed, below_a_name_that_is_not_there)
{
    static const struct signed_zone zones[] = {{.name = "."}, {.name = "test"}};
    static const struct row rows[] = {
        {"www.mail.example.test", DNS_A, DNS_INSECURE, "test.zone is not signed", NULL, false},
        {"example.test", DNS_A, DNS_SECURE, NULL, NULL, false}};

    CHECK_FILE(zones, rows,
               "mail.example.test. SOA ns.mail.example.test. h.example.test. 1 7200 3600 1209600 300\n"
               "www A 192.0.2.1\n");
}

/* A parent that is not signed stays the reason, whatever the file says. */
Test(zone_file_signed, below_a_parent_that_is_not_signed)
{
    static const struct signed_zone zones[] = {{.name = "."},
                                               {.name = "test", .sign = SIGN_NOT, .ds = DS_NONE},
                                               {.name = "example.test", .records = CONTENT("example.test")}};
    static const struct row rows[] = {
        {"www.example.test", DNS_A, DNS_INSECURE, "zone . delegates test without a DS record", NULL, false}};

    CHECK_FILE(zones, rows, NULL);
}
