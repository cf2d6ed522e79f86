/*
 * names.c - what names say by themselves: RFC 9525 matching, host names, names of servers, banners, logins
 */
#include "reports/names.h"

#include "reports/mechanisms.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <criterion/criterion.h>
#include <string.h>

Test(names, certificate_names)
{
    static const struct {
        const char *presented, *name;
        bool matches;
    } rows[] = {
        {"mail.example.org", "mail.example.org", true},
        {"MAIL.Example.ORG", "mail.example.org", true}, /* case does not count (RFC 9525 6.3) */
        {"mail.example.org", "mail.example.org.", true},
        {"mail.example.org", "example.org", false},
        {"example.org", "mail.example.org", false},
        {"mail.example.orgx", "mail.example.org", false},
        {"xn--bcher-kva.example", "xn--bcher-kva.example", true},
        {"XN--BCHER-KVA.example", "xn--bcher-kva.example", true},
        {"b\xc3\xbc"
         "cher.example",
         "xn--bcher-kva.example", false}, /* U-labels do not belong into certificates */
        /* a star stands for one whole left-most label */
        {"*.example.org", "mail.example.org", true},
        {"*.example.org", "xn--bcher-kva.example.org", true},
        {"*.EXAMPLE.org", "mail.example.org.", true},
        {"*.example.org", "example.org", false},
        {"*.example.org", ".example.org", false},
        {"*.example.org", "a.mail.example.org", false},
        {"m*.example.org", "mail.example.org", false},
        {"*l.example.org", "mail.example.org", false},
        {"m*l.example.org", "mail.example.org", false},
        {"**.example.org", "mail.example.org", false},
        {"mail.*.org", "mail.example.org", false},
        {"*.*.org", "mail.example.org", false},
        {"xn--*.example.org", "xn--bcher-kva.example.org", false},
        {"*.org", "example.org", false}, /* no authority may certify a whole top-level domain */
        {"*", "localhost", false},
        {"*.", "localhost.", false},
        /* not names */
        {"", "", false},
        {"", "mail.example.org", false},
        {NULL, "mail.example.org", false},
        {"mail.example.org", NULL, false},
        {"192.0.2.1", "192.0.2.1", false}, /* addresses have entries of their own */
        {"*.0.2.1", "192.0.2.1", false},
        {"mail_1.example.org", "mail_1.example.org", false},
        {"mail.example.org\\x00.evil.example", "mail.example.org", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(name_matches(rows[i].presented, rows[i].name), rows[i].matches, "%s stands for %s: %d",
                     rows[i].presented, rows[i].name, !rows[i].matches);
}

/* "a|b" as a list. */
static struct list words_of(struct arena *arena, const char *words)
{
    struct list list = {.observed = true};

    while (*words != '\0') {
        size_t size = strcspn(words, "|");

        cr_assert_eq(list_add(&list, arena, arena_text_sized(arena, words, size)), 0);
        words += size + (words[size] == '|');
    }
    return list;
}

Test(names, certificates)
{
    static const struct {
        const char *sans, *common_name, *name;
        bool covers;
    } rows[] = {
        {"www.example.org|mail.example.org", NULL, "mail.example.org", true},
        {"www.example.org|*.example.org", NULL, "mail.example.org", true},
        {"www.example.org", "mail.example.org", "mail.example.org", false}, /* no common name (RFC 9525 2) */
        {"", "mail.example.org", "mail.example.org", false},
        {"IP:192.0.2.1", NULL, "192.0.2.1", true},
        {"IP:192.0.2.1", NULL, "192.0.2.2", false},
        {"192.0.2.1", NULL, "192.0.2.1", false}, /* a DNS name that looks like one */
        {"*.0.2.1", NULL, "192.0.2.1", false},
        {"IP:2001:db8::1", NULL, "2001:0db8:0:0::1", true},
        {"IP:2001:db8::1", NULL, "2001:db8::2", false},
        {"IP:mail.example.org", NULL, "mail.example.org", false},
        {"mail.example.org", NULL, NULL, false},
        {"mail.example.org", NULL, "", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        const struct certificate_facts certificate = {.sans = words_of(arena, rows[i].sans),
                                                      .common_name = rows[i].common_name};

        cr_expect_eq(certificate_covers(&certificate, rows[i].name), rows[i].covers, "%s covers %s: %d",
                     rows[i].sans, rows[i].name, !rows[i].covers);
        arena_free(arena);
    }
}

#define LABEL63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

Test(names, host_names)
{
    static const struct {
        const char *name;
        bool valid, qualified;
        enum name_fault fault;
    } rows[] = {
        {"mail.example.org", true, true, NAME_FINE},
        {"mail.example.org.", true, true, NAME_FINE},
        {"3com.example", true, true, NAME_FINE},
        {"a-b.xn--p1ai", true, true, NAME_FINE},
        {LABEL63 ".example", true, true, NAME_FINE},
        {LABEL63 "a.example", false, false, NAME_INVALID},
        {LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, false, false, NAME_INVALID}, /* 255 octets */
        {"mail", true, false, NAME_SINGLE},
        {"mail.", true, false, NAME_SINGLE},
        {"", false, false, NAME_MISSING},
        {NULL, false, false, NAME_MISSING},
        {".", false, false, NAME_INVALID},
        {"mail..example", false, false, NAME_INVALID},
        {"-mail.example", false, false, NAME_INVALID},
        {"mail-.example", false, false, NAME_INVALID},
        {"mail_1.example", false, false, NAME_INVALID},
        {"mail 1.example", false, false, NAME_INVALID},
        {"mail;reboot.example", false, false, NAME_INVALID},
        {"$(reboot).example", false, false, NAME_INVALID},
        {"192.0.2.1", false, false, NAME_ADDRESS},
        {"[192.0.2.1]", false, false, NAME_ADDRESS},
        {"[IPv6:2001:db8::1]", false, false, NAME_ADDRESS},
        {"2001:db8::1", false, false, NAME_ADDRESS},
        {"1.2.3", false, false, NAME_INVALID}, /* an address that somebody mistyped */
        {"localhost", true, false, NAME_LOCAL},
        {"LOCALHOST.localdomain", true, true, NAME_LOCAL},
        {"mail.local", true, true, NAME_LOCAL},
        {"mail.home.arpa", true, true, NAME_LOCAL},
        {"mylocal", true, false, NAME_SINGLE},
        {"mail.mylocal", true, true, NAME_FINE},
        {"0f3a9c1b7d4e", true, false, NAME_CONTAINER},
        {"0f3a9c1b7d4e.example.org", true, true, NAME_CONTAINER},
        {"deadbeefcafe.example.org", true, true, NAME_FINE}, /* letters alone may be somebody's joke */
        {"0f3a9c1b7d4.example.org", true, true, NAME_FINE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_expect_eq(host_name_valid(rows[i].name), rows[i].valid, "%s: valid", rows[i].name);
        cr_expect_eq(host_name_qualified(rows[i].name), rows[i].qualified, "%s: qualified", rows[i].name);
        cr_expect_eq(name_fault_of(rows[i].name), rows[i].fault, "%s: %s", rows[i].name,
                     name_fault_words(name_fault_of(rows[i].name)));
        cr_expect_str_not_empty(name_fault_words(rows[i].fault));
    }
}

Test(names, generic)
{
    static const struct {
        const char *name, *address;
        bool generic;
    } rows[] = {
        {"mail.example.org", "192.0.2.17", false},
        {"192-0-2-17.provider.example", "192.0.2.17", true},
        {"ip192-0-2-17.provider.example", "192.0.2.17", true},
        {"17.2.0.192.provider.example", "192.0.2.17", true},
        {"h192.0.2.17.provider.example", "192.0.2.17", true},
        {"192-000-002-017.provider.example", "192.0.2.17", true},
        {"c0000211.provider.example", "192.0.2.17", true},
        {"192-0-2-170.provider.example", "192.0.2.17", false}, /* another's */
        {"1192-0-2-17.provider.example", "192.0.2.17", false},
        {"static.17.2.0.192.clients.provider.example", "192.0.2.17", true},
        {"static.provider.example", "192.0.2.17", true},
        {"pool4.provider.example", "192.0.2.17", true},
        {"dyn-17.provider.example", "192.0.2.17", true},
        {"DHCP.provider.example", "192.0.2.17", true},
        {"dynamo.example.org", "192.0.2.17", false}, /* whole words only */
        {"carpool.example.org", "192.0.2.17", false},
        {"mail2.example.org", "2001:db8::2", false},
        {"2001-db8--2.provider.example", "2001:db8::2", true},
        {"20010db8000000000000000000000002.v6.example", "2001:db8::2", true},
        {"2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.provider.example", "2001:db8::2",
         true},
        {"mail.example.org", "nonsense", false},
        {NULL, "192.0.2.17", false},
        {"mail.example.org", NULL, false},
        {"", "192.0.2.17", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(name_looks_generic(rows[i].name, rows[i].address), rows[i].generic, "%s for %s",
                     rows[i].name, rows[i].address);
}

Test(names, banners)
{
    static const struct {
        const char *banner, *version;
        bool skip_name;
    } rows[] = {
        {"mail.example.org ESMTP Postfix", NULL, true},
        {"mail.example.org ESMTP Postfix (Debian/GNU)", NULL, true},
        {"mail.example.org ESMTP Postfix 3.7.11", "Postfix 3.7.11", true},
        {"mail.example.org ESMTP Exim 4.96 Sun, 22 Nov 2026 12:00:00 +0000", "Exim 4.96", true},
        {"mail.example.org ESMTP Sendmail 8.15.2/8.15.2; Sun, 22 Nov 2026", "Sendmail 8.15.2", true},
        {"mail.example.org Microsoft ESMTP MAIL Service, Version: 10.0.17763.1697 ready",
         "Version: 10.0.17763.1697", true},
        {"mail.example.org ESMTP OpenSMTPD v7.3.0p1", "OpenSMTPD v7.3.0p1", true},
        {"mx.google.com ESMTP 4fb4d7f45d1cf-5c4e1 - gsmtp", NULL, true},
        {"mail.example.org ESMTP 22.11.2026 12:00", NULL, true}, /* a date */
        {"mail.example.org ESMTP [192.0.2.1]", NULL, true},      /* an address */
        {"mail.example.org 5.7.1 go away", "5.7.1", true},
        {"1.2.example.org ESMTP", NULL, true}, /* the name is no version */
        {"Dovecot ready.", NULL, false},
        {"Cyrus IMAP v3.8.1-Debian server ready", "IMAP v3.8.1-Debian", false},
        {"4.2", "4.2", false},
        {"", NULL, false},
        {NULL, NULL, true},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *version = banner_version(arena, rows[i].banner, rows[i].skip_name);

        cr_expect(rows[i].version == NULL ? version == NULL
                                          : version != NULL && strcmp(version, rows[i].version) == 0,
                  "%s: %s, not %s", rows[i].banner, version, rows[i].version);
    }
    arena_free(arena);
}

Test(names, logins)
{
    static const struct {
        const char *keyword, *parameter, *mechanisms;
    } rows[] = {
        {"AUTH", "PLAIN LOGIN", "PLAIN LOGIN"},
        {"AUTH", "  PLAIN  ", "PLAIN"},
        {"AUTH", NULL, ""},
        {"AUTH=LOGIN", "PLAIN login", "LOGIN PLAIN"},
        {"AUTH=", NULL, ""},
        {"SIZE", "AUTH", ""},
        {NULL, "PLAIN", ""},
    };
    static const struct {
        const char *mechanism;
        enum mechanism_kind kind;
    } kinds[] = {
        {"PLAIN", MECHANISM_PASSWORD},    {"login", MECHANISM_PASSWORD},
        {"CRAM-MD5", MECHANISM_OUTDATED}, {"DIGEST-MD5", MECHANISM_OUTDATED},
        {"NTLM", MECHANISM_OUTDATED},     {"SCRAM-SHA-256-PLUS", MECHANISM_OTHER},
        {"EXTERNAL", MECHANISM_OTHER},    {"", MECHANISM_OTHER},
    };
    struct arena *arena = arena_new(0);
    struct list capabilities = words_of(arena, "IMAP4REV1|AUTH=PLAIN|AUTH=NTLM|AUTH=PLAIN|XAUTH=1");
    struct list imap = imap_mechanisms(arena, &capabilities);
    struct list outdated = mechanisms_of_kind(arena, &imap, MECHANISM_OUTDATED);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct smtp_capability_facts capability = {.keyword = rows[i].keyword,
                                                   .parameter = rows[i].parameter};
        void *items[] = {&capability};
        const struct smtp_ehlo_facts ehlo = {.capabilities = {.items = items, .count = 1, .observed = true}};
        struct list mechanisms = smtp_mechanisms(arena, &ehlo);

        cr_expect(mechanisms.observed);
        cr_expect_str_eq(text_join(arena, &mechanisms, " "), rows[i].mechanisms);
    }
    cr_expect_not(smtp_mechanisms(arena, NULL).observed);
    cr_expect_not(smtp_mechanisms(arena, &(struct smtp_ehlo_facts){0}).observed);
    cr_expect_str_eq(text_join(arena, &imap, " "), "PLAIN NTLM");
    cr_expect_str_eq(text_join(arena, &outdated, " "), "NTLM");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        cr_expect_eq(mechanism_kind_of(kinds[i].mechanism), kinds[i].kind, "%s", kinds[i].mechanism);
    arena_free(arena);
}

Test(names, within)
{
    cr_expect(name_is_within("example.org", "example.org"));
    cr_expect(name_is_within("mail.Example.org.", "example.org"));
    cr_expect_not(name_is_within("notexample.org", "example.org"));
    cr_expect_not(name_is_within("org", "example.org"));
    cr_expect_not(name_is_within("example.org", NULL));
    cr_expect_not(name_is_within(NULL, "example.org"));
    cr_expect_not(name_is_within("example.org", ""));
}
