/*
 * target.c - tests of what a user may ask for: names, addresses, files, ports, overrides
 */
#include "targets/target.h"

#include "scanner/base/arena.h"
#include "scanner/base/bytes.h"
#include "targets/settings.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUECHER                                                                                              \
    "b\xc3\xbc"                                                                                              \
    "cher"
#define A63  "a23456789012345678901234567890123456789012345678901234567890123"
#define N253 A63 "." A63 "." A63 ".a234567890123456789012345678901234567890123456789012345678901" /* 253 */

Test(target, words)
{
    static const struct {
        const char *word;
        enum target_kind kind;
        const char *name;
        const char *display;
    } table[] = {
        {"example.org", TARGET_DOMAIN, "example.org", NULL},
        {"Example.ORG.", TARGET_DOMAIN, "example.org", NULL},
        {"r3---sn-4g5e.example.org", TARGET_DOMAIN, "r3---sn-4g5e.example.org", NULL},
        {"1.example.org", TARGET_DOMAIN, "1.example.org", NULL},
        {"192.0.2.1.example", TARGET_DOMAIN, "192.0.2.1.example", NULL},
        {"host:mail.example.org", TARGET_HOST, "mail.example.org", NULL},
        {"HOST:Mail.example.org", TARGET_HOST, "mail.example.org", NULL},
        {"host:mail", TARGET_HOST, "mail", NULL},
        {"192.0.2.1", TARGET_ADDRESS, "192.0.2.1", NULL},
        {"host:192.0.2.1", TARGET_ADDRESS, "192.0.2.1", NULL},
        {"[192.0.2.1]", TARGET_ADDRESS, "192.0.2.1", NULL},
        {"[2001:DB8::1]", TARGET_ADDRESS, "2001:db8::1", NULL},
        {"2001:db8::1", TARGET_ADDRESS, "2001:db8::1", NULL},
        {"IPv6:2001:db8::1", TARGET_ADDRESS, "2001:db8::1", NULL},
        {A63 ".org", TARGET_DOMAIN, A63 ".org", NULL},
        {N253, TARGET_DOMAIN, N253, NULL},
        {N253 ".", TARGET_DOMAIN, N253, NULL},
        /* IDNA 2008 */
        {BUECHER ".example", TARGET_DOMAIN, "xn--bcher-kva.example", BUECHER ".example"},
        {"B\xc3\x9c"
         "CHER.Example",
         TARGET_DOMAIN, "xn--bcher-kva.example", BUECHER ".example"},
        {"bu\xcc\x88"
         "cher.example",
         TARGET_DOMAIN, "xn--bcher-kva.example", BUECHER ".example"},
        {BUECHER "\xe3\x80\x82"
                 "example",
         TARGET_DOMAIN, "xn--bcher-kva.example", BUECHER ".example"},
        {"xn--bcher-kva.example", TARGET_DOMAIN, "xn--bcher-kva.example", BUECHER ".example"},
        {"XN--bcher-KVA.example.", TARGET_DOMAIN, "xn--bcher-kva.example", BUECHER ".example"},
        {"stra\xc3\x9f"
         "e.example",
         TARGET_DOMAIN, "xn--strae-oqa.example",
         "stra\xc3\x9f"
         "e.example"},
        {"host:m\xc3\xa9l", TARGET_HOST, "xn--ml-bja", "m\xc3\xa9l"},
        {"\xd7\x90\xd7\x91.example", TARGET_DOMAIN, "xn--4dbc.example", "\xd7\x90\xd7\x91.example"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct target *target = NULL;
        const char *error = NULL;
        char text[ADDRESS_TEXT_SIZE];

        cr_assert_eq(target_parse(table[i].word, arena, &target, &error), 0, "%s: %s", table[i].word, error);
        cr_expect_eq(target->kind, table[i].kind, "%s", table[i].word);
        cr_expect_str_eq(target->name, table[i].name);
        cr_expect_eq(target->display == NULL, table[i].display == NULL, "%s", table[i].word);
        if (target->display != NULL && table[i].display != NULL)
            cr_expect_str_eq(target->display, table[i].display);
        cr_expect_null(target->origin);
        if (target->kind == TARGET_ADDRESS)
            cr_expect_str_eq(address_format(&target->address, text), table[i].name);
    }
    arena_free(arena);
}

Test(target, words_that_are_wrong)
{
    static const struct {
        const char *word;
        const char *error;
    } table[] = {
        {"", "\"\" is empty"},
        {".", "\".\" has an empty label (two dots, or a dot at its beginning)"},
        {"host:", "\"\" is empty"},
        {"example..org", "\"example..org\" has an empty label (two dots, or a dot at its beginning)"},
        {".example.org", "\".example.org\" has an empty label (two dots, or a dot at its beginning)"},
        {"example.org..", "\"example.org..\" has an empty label (two dots, or a dot at its beginning)"},
        {"localhost",
         "\"localhost\" is a single word, not a domain; if it is a mail host of yours, say host:localhost"},
        {"-a.example", "\"-a.example\" has a label that begins or ends with a hyphen"},
        {"a-.example", "\"a-.example\" has a label that begins or ends with a hyphen"},
        {"_dmarc.example.org",
         "\"_dmarc.example.org\" has an underscore: that is a name of DNS records, not of "
         "a domain or a mail host"},
        {"exam ple.org", "\"exam ple.org\" is neither a name nor an address"},
        {"example.org;", "\"example.org;\" is neither a name nor an address"},
        {"192.0.2", "\"192.0.2\" is not a complete address, and no name ends with a number"},
        {"192.0.2.300", "\"192.0.2.300\" is not a complete address, and no name ends with a number"},
        {"example.123", "\"example.123\" is not a complete address, and no name ends with a number"},
        {"2001:db8:::1", "\"2001:db8:::1\" is neither a name nor an address (a port is given with --port)"},
        {A63 "4.org", "\"" A63 "4.org\" has a label longer than 63 characters"},
        {"x" N253, NULL},
        {"\xc3\xbc" A63 ".org", NULL},
        {"\x1b[2J.org", "\"\\x1b[2J.org\" is neither a name nor an address"},
        {"b\xff.example", NULL},
        {"a\xe2\x80\xae"
         "b.example",
         NULL},
        {"xn--zzzzzzzz99999.example", NULL},
        {"xn--.example", NULL},
        /* what may have been meant */
        {"https://example.org/", "\"https://example.org/\" is a URL: did you mean example.org?"},
        {"http://user:secret@example.org:8080/path?query#fragment",
         "\"http://user:secret@example.org:8080/path?query#fragment\" is a URL: did you mean example.org?"},
        {"https://[2001:db8::1]:443/",
         "\"https://[2001:db8::1]:443/\" is a URL: did you mean [2001:db8::1]?"},
        {"https://" BUECHER ".example/",
         "\"https://" BUECHER ".example/\" is a URL: did you mean " BUECHER ".example?"},
        {"https://", "\"https://\" is a URL"},
        {"https://_x/", "\"https://_x/\" is a URL"},
        {"postmaster@example.org", "\"postmaster@example.org\" is a mail address: did you mean example.org?"},
        {"mailto:a@example.org", "\"mailto:a@example.org\" is a mail address: did you mean example.org?"},
        {"a@[192.0.2.1]", "\"a@[192.0.2.1]\" is a mail address: did you mean [192.0.2.1]?"},
        {"a@", "\"a@\" is a mail address"},
        {"@", "\"@\" is a mail address"},
        {"example.org:25",
         "\"example.org:25\" is neither a name nor an address (a port is given with --port): "
         "did you mean example.org?"},
        {"host:example.org:25",
         "\"example.org:25\" is neither a name nor an address (a port is given with --port): did you mean "
         "example.org?"},
        {"[2001:db8::1]:25", "\"[2001:db8::1]:25\" is neither a name nor an address (a port is given with "
                             "--port): did you mean [2001:db8::1]?"},
        {"192.0.2.0/24", "\"192.0.2.0/24\" is neither a name nor an address: did you mean 192.0.2.0?"},
        {"example.org/", "\"example.org/\" is neither a name nor an address: did you mean example.org?"},
        {"*.example.org", "\"*.example.org\" is a wildcard: did you mean example.org?"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct target *target = NULL;
        const char *error = NULL;
        int result = target_parse(table[i].word, arena, &target, &error);

        cr_expect_eq(result, -EINVAL, "row %zu: %d", i, result);
        cr_expect_null(target);
        cr_assert_not_null(error, "row %zu", i);
        if (table[i].error != NULL)
            cr_expect_str_eq(error, table[i].error);
        for (const char *at = error; *at != '\0'; at++)
            cr_expect((unsigned char)*at >= 0x20 && *at != 0x7f, "%s", error);
    }

    char long_word[5000];
    struct target *target = NULL;
    const char *error = NULL;

    memset(long_word, 'a', sizeof(long_word) - 1);
    long_word[sizeof(long_word) - 1] = '\0';
    cr_expect_eq(target_parse(long_word, arena, &target, &error), -EINVAL);
    cr_expect_lt(strlen(error), 200, "the word is not repeated as a whole");
    arena_free(arena);
}

/* ---- files ---- */

static void note(void *data, const char *message)
{
    put_format(data, "%s\n", message);
}

/* Reads `text` as a file; what was complained of, with the file's name as FILE, goes to `complaints`. */
static int read_text(const char *text, size_t size, struct arena *arena, struct list *targets,
                     struct buffer *complaints)
{
    char path[] = "/tmp/outpost-targets-XXXXXX";
    int file = mkstemp(path);
    struct buffer noted = {0};
    int result;

    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, text, size), (ssize_t)size);
    close(file);
    result = targets_read(path, arena, targets, note, &noted);
    unlink(path);
    put_u8(&noted, 0);
    for (char *line = (char *)noted.data, *found; *line != '\0'; line = found + strlen(path)) {
        found = strstr(line, path);
        if (found == NULL) {
            put_text(complaints, line);
            break;
        }
        put_block(complaints, line, (size_t)(found - line));
        put_text(complaints, "FILE");
    }
    put_u8(complaints, 0);
    buffer_free(&noted);
    return result;
}

Test(target, files)
{
    static const struct {
        const char *text;
        size_t size; /* 0: as a C text */
        int result;
        const char *names; /* each followed by a blank */
        const char *complaints;
    } table[] = {
        {"", 0, 0, "", ""},
        {"\n\n", 0, 0, "", ""},
        {"a.example\nb.example\n", 0, 0, "a.example b.example ", ""},
        {"a.example", 0, 0, "a.example ", ""},
        {"a.example\r\nb.example\r\n", 0, 0, "a.example b.example ", ""},
        {"\xef\xbb\xbf"
         "a.example\n",
         0, 0, "a.example ", ""},
        {"# all of ours\n  a.example\t# the first\n\t#b.example\n192.0.2.1\nhost:mail.example\n", 0, 0,
         "a.example 192.0.2.1 mail.example ", ""},
        {"a.example\nA.Example.\nhost:a.example\na.example # again\n2001:DB8::1\n[2001:db8:0::1]\n", 0, 0,
         "a.example a.example 2001:db8::1 ", ""},
        {"a.example\nnon sense\nexample.com#no-comment\nb.example\n*\n", 0, -EINVAL, "a.example b.example ",
         "FILE:2: more than one word: write one target per line\n"
         "FILE:3: \"example.com#no-comment\" is neither a name nor an address\n"
         "FILE:5: \"*\" is a wildcard\n"},
        {"a.example\nb\0d.example\nc.example\n", 32, -EINVAL, "a.example c.example ",
         "FILE:2: has a NUL byte: is this a text file?\n"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct arena *arena = arena_new(0);
        struct buffer complaints = {0}, names = {0};
        struct list targets = {0};
        size_t size = table[i].size == 0 ? strlen(table[i].text) : table[i].size;

        cr_expect_eq(read_text(table[i].text, size, arena, &targets, &complaints), table[i].result, "row %zu",
                     i);
        cr_expect_str_eq((char *)complaints.data, table[i].complaints);
        for (size_t j = 0; j < targets.count; j++) {
            const struct target *target = targets.items[j];

            put_format(&names, "%s ", target->name);
            cr_expect_not_null(strstr(target->origin, ":"), "%s", target->origin);
        }
        put_u8(&names, 0);
        cr_expect_str_eq((char *)names.data, table[i].names);
        buffer_free(&complaints);
        buffer_free(&names);
        arena_free(arena);
    }
}

Test(target, files_join_what_was_there)
{
    struct arena *arena = arena_new(0);
    struct buffer complaints = {0};
    struct list targets = {0};
    struct target *target = NULL;
    const char *error;

    cr_assert_eq(target_parse("a.example", arena, &target, &error), 0);
    list_add(&targets, arena, target);
    cr_assert_eq(read_text("b.example\na.example\n", 20, arena, &targets, &complaints), 0);
    cr_assert_eq(targets.count, 2);
    cr_expect_eq(targets.items[0], target);
    target = targets.items[1];
    cr_expect_str_eq(target->name, "b.example");
    cr_expect_str_eq(target->origin + strlen(target->origin) - 2, ":1");
    buffer_free(&complaints);
    arena_free(arena);
}

Test(target, files_of_nonsense_and_size)
{
    struct arena *arena = arena_new(0);
    struct buffer text = {0}, complaints = {0};
    struct list targets = {0};
    size_t lines = 0;

    for (int i = 0; i < 100; i++)
        put_text(&text, "_\n");
    for (int i = 0; i < 5000; i++)
        put_u8(&text, 'x');
    cr_expect_eq(read_text((char *)text.data, text.size, arena, &targets, &complaints), -EINVAL);
    for (const char *at = (char *)complaints.data; *at != '\0'; at++)
        lines += *at == '\n';
    cr_expect_eq(lines, 21);
    cr_expect_not_null(strstr((char *)complaints.data, "FILE: 81 more lines are not targets"));
    buffer_free(&complaints);
    buffer_free(&text);

    for (int i = 0; i < 100000; i++)
        put_format(&text, "d%d.example\n", i % 50000);
    cr_expect_eq(read_text((char *)text.data, text.size, arena, &targets, &complaints), 0);
    cr_expect_eq(targets.count, 50000);
    buffer_free(&complaints);
    buffer_free(&text);
    arena_free(arena);
}

Test(target, files_that_cannot_be_read)
{
    struct arena *arena = arena_new(0);
    struct buffer complaints = {0};
    struct list targets = {0};

    cr_expect_eq(targets_read("/nonexistent/file", arena, &targets, note, &complaints), -ENOENT);
    cr_expect_eq(targets_read("/", arena, &targets, note, &complaints), -EISDIR);
    cr_expect_eq(targets_read("/dev/null/x", arena, &targets, note, &complaints), -ENOTDIR);
    cr_expect_eq(complaints.size, 0);
    cr_expect_eq(targets.count, 0);
    arena_free(arena);
}

Test(target, memory_that_runs_out_is_told)
{
    static const char *const words[] = {"example.org", BUECHER ".example", "2001:db8::1", "a@b.example"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        int result = -ENOMEM;

        for (size_t limit = 16; result == -ENOMEM; limit += 16) {
            struct arena *arena = arena_new(limit);
            struct target *target = NULL;
            const char *error = NULL;

            result = target_parse(words[i], arena, &target, &error);
            cr_assert_eq(target != NULL, result == 0);
            cr_assert_eq(error != NULL, result == -EINVAL);
            cr_assert_lt(limit, 10000);
            arena_free(arena);
        }
    }
}

/* ---- settings ---- */

Test(settings, ports)
{
    static const struct {
        const char *word;
        int port; /* 0: refused */
        enum service service;
        const char *error; /* a part of it */
    } table[] = {
        {"25", 25, SERVICE_SMTP, NULL},
        {"587", 587, SERVICE_SUBMISSION, NULL},
        {"465", 465, SERVICE_SUBMISSIONS, NULL},
        {"143", 143, SERVICE_IMAP, NULL},
        {"993", 993, SERVICE_IMAPS, NULL},
        {"110", 110, SERVICE_POP3, NULL},
        {"995", 995, SERVICE_POP3S, NULL},
        {"4190", 4190, SERVICE_SIEVE, NULL},
        {"2000:sieve", 2000, SERVICE_SIEVE, NULL},
        {"2525:smtp", 2525, SERVICE_SMTP, NULL},
        {"25:SMTP", 25, SERVICE_SMTP, NULL},
        {"443:tls", 443, SERVICE_TLS, NULL},
        {"65535:imaps", 65535, SERVICE_IMAPS, NULL},
        {"443", 0, SERVICE_NONE, "\"443\" has no service of its own: say which is there, as 443:smtp"},
        {"0", 0, SERVICE_NONE, "\"0\" is not a port"},
        {"65536", 0, SERVICE_NONE, "\"65536\" is not a port"},
        {"-25", 0, SERVICE_NONE, "is not a port"},
        {"smtp", 0, SERVICE_NONE, "\"smtp\" is not a port"},
        {"", 0, SERVICE_NONE, "\"\" is not a port"},
        {":smtp", 0, SERVICE_NONE, "is not a port"},
        {"25:", 0, SERVICE_NONE, "\"25:\" names no service"},
        {"25:lmtp", 0, SERVICE_NONE, "imap, imaps, pop3, pop3s, sieve or tls"},
        {"25:none", 0, SERVICE_NONE, "names no service"},
        {"25:\x1b", 0, SERVICE_NONE, "\"25:\\x1b\" names no service"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct port_setting *setting = NULL;
        const char *error = NULL;
        int result = port_parse(table[i].word, arena, &setting, &error);

        if (table[i].port == 0) {
            cr_expect_eq(result, -EINVAL, "%s", table[i].word);
            cr_expect_not_null(strstr(error, table[i].error), "%s", error);
        } else {
            cr_assert_eq(result, 0, "%s: %s", table[i].word, error);
            cr_expect_eq(setting->port, table[i].port);
            cr_expect_eq(setting->service, table[i].service);
        }
    }
    arena_free(arena);
}

Test(settings, overrides)
{
    static const struct {
        const char *word;
        const char *host; /* NULL: refused */
        const char *address;
        const char *error;
    } table[] = {
        {"Mail.example.org.=192.0.2.1", "mail.example.org", "192.0.2.1", NULL},
        {"mail=[2001:DB8::1]", "mail", "2001:db8::1", NULL},
        {BUECHER ".example=::1", "xn--bcher-kva.example", "::1", NULL},
        {"mail.example.org", NULL, NULL, "is not HOST=ADDRESS"},
        {"mail.example.org=", NULL, NULL, "has no IPv4 or IPv6 address behind the ="},
        {"mail.example.org=other.example", NULL, NULL, "has no IPv4 or IPv6 address"},
        {"=192.0.2.1", NULL, NULL, "\"\" is empty"},
        {"a_b=192.0.2.1", NULL, NULL, "\"a_b\" has an underscore"},
        {"a=b=192.0.2.1", NULL, NULL, "has no IPv4 or IPv6 address"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct override *override = NULL;
        const char *error = NULL;
        char text[ADDRESS_TEXT_SIZE];
        int result = override_parse(table[i].word, arena, &override, &error);

        if (table[i].host == NULL) {
            cr_expect_eq(result, -EINVAL, "%s", table[i].word);
            cr_expect_null(override);
            cr_expect_not_null(strstr(error, table[i].error), "%s", error);
        } else {
            cr_assert_eq(result, 0, "%s: %s", table[i].word, error);
            cr_expect_str_eq(override->host, table[i].host);
            cr_expect_str_eq(address_format(&override->address, text), table[i].address);
        }
    }
    arena_free(arena);
}

Test(settings, services_and_defaults)
{
    static const struct {
        enum service service;
        const char *name;
        uint16_t port;
        bool implicit_tls;
    } table[] = {
        {SERVICE_SMTP, "smtp", 25, false},
        {SERVICE_SUBMISSION, "submission", 587, false},
        {SERVICE_SUBMISSIONS, "submissions", 465, true},
        {SERVICE_IMAP, "imap", 143, false},
        {SERVICE_IMAPS, "imaps", 993, true},
        {SERVICE_POP3, "pop3", 110, false},
        {SERVICE_POP3S, "pop3s", 995, true},
        {SERVICE_SIEVE, "sieve", 4190, false},
        {SERVICE_TLS, "tls", 0, true},
    };
    static const struct port_setting expected[] = {
        {25, SERVICE_SMTP}, {465, SERVICE_SUBMISSIONS}, {587, SERVICE_SUBMISSION}, {993, SERVICE_IMAPS}};
    struct arena *arena = arena_new(0);
    struct scan_settings settings;
    struct port_list ports;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        cr_expect_str_eq(service_name(table[i].service), table[i].name);
        cr_expect_eq(service_by_name(table[i].name), table[i].service);
        cr_expect_eq(service_implicit_tls(table[i].service), table[i].implicit_tls);
        if (table[i].port != 0)
            cr_expect_eq(service_of_port(table[i].port), table[i].service);
    }
    cr_expect_eq(service_of_port(0), SERVICE_NONE);
    cr_expect_eq(service_of_port(80), SERVICE_NONE);
    cr_expect_eq(service_by_name("none"), SERVICE_NONE);

    scan_settings_defaults(&settings);
    cr_expect_eq(settings.depth, DEPTH_STANDARD);
    cr_expect_eq(settings.pace, SCAN_PACE_NORMAL);
    cr_expect_eq(settings.timeout_ms, 180000);
    cr_expect_gt(settings.jobs, 0);
    settings_ports(&settings, &ports);
    cr_assert_eq(ports.count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(ports.ports[i].port, expected[i].port);
        cr_expect_eq(ports.ports[i].service, expected[i].service);
    }

    struct port_setting *other = NULL;
    const char *error;

    cr_assert_eq(port_parse("2525:smtp", arena, &other, &error), 0);
    for (int i = 0; i < 70; i++)
        list_add(&settings.ports, arena, other);
    settings_ports(&settings, &ports);
    cr_expect_eq(ports.count, 64);
    cr_expect_eq(ports.ports[63].port, 2525);
    arena_free(arena);
}
