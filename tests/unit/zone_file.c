/*
 * zone_file.c - tests of zone files: how they are read, and what a name server of such a zone says
 */
#include "scanner/net/zone_file.h"

#include "scanner/base/arena.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int parse(const char *text, struct arena *arena, struct zone_file **ret, const char **ret_error)
{
    return zone_file_parse(bytes_of(text, strlen(text)), "a.zone", arena, ret, ret_error);
}

/* ---- answers ---- */

static const char zone_text[] = "$ORIGIN example.org.\n"
                                "$TTL 1h\n"
                                "@       IN SOA ns1 hostmaster (\n"
                                "            2026112201 ; serial\n"
                                "            7200 3600 1209600 5m )\n"
                                "        NS  ns1\n"
                                "        NS  ns.other.net.\n"
                                "        MX  10 mail\n"
                                "        TXT \"v=spf1 mx; ( -all\" \"; not a comment\"\n"
                                "ns1     A   192.0.2.53\n"
                                "mail    60 IN A 192.0.2.1\n"
                                "mail    IN 120 AAAA 2001:db8::1\n"
                                "_25._tcp.mail TLSA 3 1 1 "
                                "0000000000000000000000000000000000000000000000000000000000000000\n"
                                "www     CNAME mail\n"
                                "cdn     CNAME edge.provider.net.\n"
                                "again   CNAME cdn\n"
                                "loop-a  CNAME loop-b\n"
                                "loop-b  CNAME loop-a\n"
                                "nowhere CNAME absent\n"
                                "*.wild  A 192.0.2.7\n"
                                "*.wild  MX 5 mail\n"
                                "exact.wild A 192.0.2.8\n"
                                "a.b.wild TXT \"deep\"\n"
                                "*.away  CNAME edge.provider.net.\n"
                                "child   NS ns.child\n"
                                "child   DS 1 13 2 "
                                "0000000000000000000000000000000000000000000000000000000000000000\n"
                                "ns.child A 192.0.2.99\n"
                                "held    NS ns.held\n"
                                "old     DNAME new\n"
                                "www.new A 192.0.2.6\n"
                                "moved   DNAME provider.net.\n"
                                "into    CNAME www.child\n"
                                "ca      CAA 0 issue ca.net ; without quotes\n"
                                "ca      CAA 0 iodef \"mailto:a b\"\n"
                                "\\200odd TXT \"x\"\n";

/* Another file, of a zone that the first one delegates. */
static const char held_text[] = "held.example.org. 300 SOA ns hostmaster 1 7200 3600 1209600 300\n"
                                "www A 192.0.2.44\n"
                                "back CNAME mail.example.org.\n";

/* What the DNS says. Of the zone itself it says something else. */
static const struct fake_answer dns[] = {
    {"example.org", "MX", .records = {"10 published.example.org"}},
    {"mail.example.org", "A", .records = {"203.0.113.1"}},
    {"edge.provider.net", "A", .records = {"203.0.113.2"}},
    {"www.provider.net", "A", .records = {"203.0.113.3"}},
    {"www.child.example.org", "A", .records = {"203.0.113.4"}},
    {"child.example.org", "NS", .records = {"ns.child.example.org"}},
    {"alias.other.net", "CNAME", .records = {"mail.example.org"}},
    {"mail.example.org", "MX", .records = {"1 published.example.org"}},
    {"lost.other.net", "CNAME", .records = {"absent.example.org"}},
    {"away.child.example.org", "CNAME", .records = {"www.example.org"}},
    {"example.org", "DS",
     .records = {"\\# 36 0001 0d02 "
                 "0000000000000000000000000000000000000000000000000000000000000000"}},
    {"in.loop.net", "CNAME", .records = {"x.loop.example.org"}},
};

struct answer_row {
    const char *name;
    const char *type;
    const char *expected; /* outcome, aliases, records, who said it */
};

static const struct answer_row answers[] = {
    {"example.org", "MX", "data 10 mail.example.org by a.zone"},
    {"EXAMPLE.org.", "MX", "data 10 mail.example.org by a.zone"},
    {"example.org", "SOA",
     "data ns1.example.org hostmaster.example.org 2026112201 7200 3600 1209600 300 by a.zone"},
    {"example.org", "NS", "data ns1.example.org ns.other.net by a.zone"},
    {"example.org", "TXT", "data \"v=spf1 mx; ( -all\" \"; not a comment\" by a.zone"},
    {"mail.example.org", "A", "data 192.0.2.1 by a.zone"},
    {"mail.example.org", "AAAA", "data 2001:db8::1 by a.zone"},
    {"mail.example.org", "MX", "nodata SOA by a.zone"},
    {"ca.example.org", "CAA", "data 0 issue \"ca.net\" 0 iodef \"mailto:a b\" by a.zone"},
    {"\\200odd.example.org", "TXT", "data \"x\" by a.zone"},
    /* not there; empty non-terminals are */
    {"absent.example.org", "A", "nxdomain SOA by a.zone"},
    {"x.mail.example.org", "A", "nxdomain SOA by a.zone"},
    {"_tcp.mail.example.org", "TLSA", "nodata SOA by a.zone"},
    {"wild.example.org", "A", "nodata SOA by a.zone"},
    {"_25._tcp.mail.example.org", "TLSA",
     "data 3 1 1 0000000000000000000000000000000000000000000000000000000000000000 by a.zone"},
    /* wildcards: RFC 4592 2.2.1 and 3.3.1 */
    {"any.wild.example.org", "A", "data 192.0.2.7 by a.zone"},
    {"two.labels.wild.example.org", "MX", "data 5 mail.example.org by a.zone"},
    {"any.wild.example.org", "TXT", "nodata SOA by a.zone"},
    {"exact.wild.example.org", "A", "data 192.0.2.8 by a.zone"},
    {"exact.wild.example.org", "MX", "nodata SOA by a.zone"},
    {"x.exact.wild.example.org", "A", "nxdomain SOA by a.zone"},
    {"b.wild.example.org", "A", "nodata SOA by a.zone"},
    {"x.b.wild.example.org", "A", "nxdomain SOA by a.zone"},
    {"*.wild.example.org", "A", "data 192.0.2.7 by a.zone"},
    /* aliases */
    {"www.example.org", "A", "data -> mail.example.org 192.0.2.1 by a.zone"},
    {"www.example.org", "CNAME", "data mail.example.org by a.zone"},
    {"www.example.org", "MX", "nodata -> mail.example.org SOA by a.zone"},
    {"nowhere.example.org", "A", "nxdomain -> absent.example.org SOA by a.zone"},
    {"cdn.example.org", "A", "data -> edge.provider.net 203.0.113.2 by a.zone, fake"},
    {"cdn.example.org", "AAAA", "nodata -> edge.provider.net by a.zone, fake"},
    {"again.example.org", "A", "data -> cdn.example.org -> edge.provider.net 203.0.113.2 by a.zone, fake"},
    {"any.away.example.org", "A", "data -> edge.provider.net 203.0.113.2 by a.zone, fake"},
    {"loop-a.example.org", "A", "failure CNAME loop at loop-a.example.org by a.zone"},
    /* DNAME */
    {"www.old.example.org", "A", "data -> www.new.example.org 192.0.2.6 by a.zone"},
    {"x.old.example.org", "A", "nxdomain -> x.new.example.org SOA by a.zone"},
    {"old.example.org", "A", "nodata SOA by a.zone"},
    {"x.old.example.org", "CNAME", "data x.new.example.org by a.zone"},
    {"www.moved.example.org", "A", "data -> www.provider.net 203.0.113.3 by a.zone, fake"},
    /* delegations: glue is no answer */
    {"www.child.example.org", "A", "data 203.0.113.4"},
    {"ns.child.example.org", "A", "nxdomain"},
    {"child.example.org", "NS", "data ns.child.example.org"},
    {"child.example.org", "DS",
     "data 1 13 2 0000000000000000000000000000000000000000000000000000000000000000 by a.zone"},
    {"into.example.org", "A", "data -> www.child.example.org 203.0.113.4 by a.zone, fake"},
    {"away.child.example.org", "A", "data -> www.example.org -> mail.example.org 192.0.2.1 by fake, a.zone"},
    /* another file below */
    {"www.held.example.org", "A", "data 192.0.2.44 by held.zone"},
    {"x.held.example.org", "A", "nxdomain SOA by held.zone"},
    {"held.example.org", "DS", "nodata SOA by a.zone"},
    {"back.held.example.org", "A", "data -> mail.example.org 192.0.2.1 by held.zone, a.zone"},
    /* the DNS; where it leads into the zone, the file goes on */
    {"edge.provider.net", "A", "data 203.0.113.2"},
    {"alias.other.net", "A", "data -> mail.example.org 192.0.2.1 by fake, a.zone"},
    {"alias.other.net", "MX", "nodata -> mail.example.org SOA by fake, a.zone"},
    {"lost.other.net", "A", "nxdomain -> absent.example.org SOA by fake, a.zone"},
    {"example.org", "DS", "data 1 13 2 0000000000000000000000000000000000000000000000000000000000000000"},
};

static bool has_soa(const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->authority.count; i++)
        if (((const struct dns_record *)answer->authority.items[i])->type == DNS_SOA)
            return true;
    return false;
}

static void describe(struct buffer *out, const struct dns_answer *answer)
{
    put_text(out, dns_outcome_values[answer->outcome]);
    for (size_t i = 0; i < answer->aliases.count && answer->outcome != DNS_FAILURE; i++)
        put_format(out, " -> %s", (const char *)answer->aliases.items[i]);
    for (size_t i = 0; i < answer->records.count; i++)
        put_format(out, " %s", ((const struct dns_record *)answer->records.items[i])->text);
    if (answer->outcome == DNS_FAILURE)
        put_format(out, " %s", answer->reason);
    if ((answer->outcome == DNS_NODATA || answer->outcome == DNS_NXDOMAIN) && has_soa(answer))
        put_text(out, " SOA");
    if (answer->server != NULL && strstr(answer->server, ".zone") != NULL)
        put_format(out, " by %s", answer->server);
    put_u8(out, '\0');
}

Test(zone_file, answers)
{
    struct arena *arena = arena_new(0);
    struct fake_resolver *fake = fake_resolver_new(NULL, dns, COUNT(dns));
    struct resolver *resolver = NULL;
    struct zone_file *zone = NULL;
    struct list files = {0};
    const char *error = "";

    cr_assert_eq(parse(zone_text, arena, &zone, &error), 0, "%s", error);
    cr_assert_str_eq(zone->name, "example.org");
    cr_assert_eq(list_add(&files, arena, zone), 0);
    cr_assert_eq(zone_file_parse(bytes_of(held_text, strlen(held_text)), "held.zone", arena, &zone, &error),
                 0, "%s", error);
    cr_assert_eq(list_add(&files, arena, zone), 0);
    cr_assert_eq(zone_files_resolver(fake_resolver(fake), &files, arena, &resolver), 0);
    for (size_t i = 0; i < COUNT(answers); i++)
        for (int unchecked = 0; unchecked < 2; unchecked++) {
            const struct answer_row *row = &answers[i];
            uint16_t type = dns_type_number(row->type);
            struct dns_answer *answer;
            struct buffer out = {0};
            int result = unchecked != 0 ? resolver_ask_unchecked(resolver, row->name, type, 0, arena, &answer)
                                        : resolver_ask(resolver, row->name, type, 0, arena, &answer);

            cr_assert_eq(result, 0, "%s %s", row->name, row->type);
            describe(&out, answer);
            cr_expect_str_eq((char *)out.data, row->expected, "%s %s: %s", row->name, row->type, out.data);
            buffer_free(&out);
        }
    fake_resolver_free(fake);
    arena_free(arena);
}

/* A chain that goes to and fro between file and DNS ends. */
Test(zone_file, loops_across)
{
    static const struct fake_answer outside[] = {{"a.net", "CNAME", .records = {"a.example.org"}}};
    struct arena *arena = arena_new(0);
    struct fake_resolver *fake = fake_resolver_new(NULL, outside, COUNT(outside));
    struct resolver *resolver = NULL;
    struct zone_file *zone = NULL;
    struct dns_answer *answer;
    struct list files = {0};
    const char *error = "";

    cr_assert_eq(parse("example.org. SOA . . 1 1 1 1 1\na CNAME a.net.\n", arena, &zone, &error), 0, "%s",
                 error);
    cr_assert_eq(list_add(&files, arena, zone), 0);
    cr_assert_eq(zone_files_resolver(fake_resolver(fake), &files, arena, &resolver), 0);
    cr_assert_eq(resolver_ask(resolver, "a.example.org", DNS_A, 0, arena, &answer), 0);
    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect(strstr(answer->reason, "CNAME loop") != NULL);
    cr_expect_eq(resolver_ask(resolver, "a..example.org", DNS_A, 0, arena, &answer), -EINVAL);
    cr_expect_eq(resolver_ask(resolver, "a.example.org", 255, 0, arena, &answer), -EINVAL);
    fake_resolver_free(fake);
    arena_free(arena);
}

/* More than a packet holds is a failure, and not "no record". */
Test(zone_file, too_much_for_an_answer)
{
    struct arena *arena = arena_new(0);
    struct resolver *resolver = NULL;
    struct zone_file *zone = NULL;
    struct dns_answer *answer;
    struct list files = {0};
    struct buffer text = {0};
    struct fake_resolver *fake = fake_resolver_new(NULL, NULL, 0);
    const char *error = "";

    put_text(&text, "example.org. SOA . . 1 1 1 1 1\n");
    for (unsigned i = 0; i < 2000; i++)
        put_format(&text, "many A 192.0.%u.%u\n", i / 250, i % 250);
    cr_assert_eq(zone_file_parse(bytes_of(text.data, text.size), "a.zone", arena, &zone, &error), 0, "%s",
                 error);
    cr_assert_eq(list_add(&files, arena, zone), 0);
    cr_assert_eq(zone_files_resolver(fake_resolver(fake), &files, arena, &resolver), 0);
    cr_assert_eq(resolver_ask(resolver, "many.example.org", DNS_A, 0, arena, &answer), 0);
    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect_str_eq(answer->reason, "more records than an answer can hold");
    buffer_free(&text);
    fake_resolver_free(fake);
    arena_free(arena);
}

/* ---- reading ---- */

#define SOA "@ SOA ns h 1 2 3 4 5\n"

static const struct {
    const char *text;
    const char *error; /* NULL: it is read */
} files[] = {
    {"example.org. SOA ns h 1 2 3 4 5\n", NULL},
    {"example.org. 1d IN SOA ns h 1 2 3 4 5", NULL},
    {"$ORIGIN example.org.\n" SOA, NULL},
    {"\xef\xbb\xbf$ORIGIN example.org.\n" SOA, NULL},
    {"$origin org.\n$ttl 2h30m\nexample SOA ns h (1 2 3\n4 5)\n  A 1.2.3.4\n", NULL},
    {"$ORIGIN example.org.\r\n\r\n; text\r\n" SOA "a TYPE65400 \\# 2 abcd\r\n", NULL},
    {"$ORIGIN .\nexample.org SOA ns h 1 2 3 4 5\nwww.example.org A 1.2.3.4\n", NULL},
    {"$ORIGIN example.org.\nwww A 1.2.3.4\n" SOA, NULL},
    {"$ORIGIN example.org.\n" SOA "@ HTTPS 1 . alpn=\"h2,h3\" ipv4hint=1.2.3.4\n_x SVCB 0 y\n", NULL},
    {"$ORIGIN example.org.\n" SOA "@ CAA 0 issue \"ca.net; a=b\"\n@ CDS 0 0 0 00\n@ in mx 0 .\n", NULL},
    {"$ORIGIN example.org.\n" SOA "x TXT ( \"a\"\n\"b\" ) ; c\n\t TXT v=spf1 -all\n", NULL},
    /* as a zone transfer writes it out */
    {"example.org. 60 IN SOA ns. h. 1 2 3 4 5\na.example.org. 60 IN A 1.2.3.4\n"
     "example.org. 60 IN SOA ns. h. 1 2 3 4 5\n",
     NULL},
    {"example.org. 60 IN SOA ns. h. 1 2 3 4 5\nexample.org. 60 IN SOA ns. h. 2 2 3 4 5\n",
     "a.zone, line 2: a second SOA record"},
    {"", "a.zone: no SOA record: it is not the file of a zone"},
    {"; nothing\n\n", "a.zone: no SOA record: it is not the file of a zone"},
    {"$ORIGIN example.org.\n@ NS ns\n", "a.zone: no SOA record: it is not the file of a zone"},
    {SOA, "a.zone, line 1: a name without its final dot, and no $ORIGIN before it"},
    {"\nexample.org. NS ns\n", "a.zone, line 2: neither $ORIGIN nor a SOA record stands before it"},
    {" SOA ns h 1 2 3 4 5\n", "a.zone, line 1: the first record has no owner"},
    {"$ORIGIN example.org.\n" SOA "\n\nwww A 1.2.3.400\n", "a.zone, line 5: A: "},
    {"$ORIGIN example.org.\n" SOA "www (\n\n A )\n", "a.zone, line 3: "},
    {"$ORIGIN example.org.\n" SOA "www\n", "a.zone, line 3: a record without a type"},
    {"$ORIGIN example.org.\n" SOA "www NONSENSE x\n", "a.zone, line 3: NONSENSE: "},
    {"$ORIGIN example.org.\n" SOA "www CH A 1.2.3.4\n", "a.zone, line 3: a class other than IN"},
    {"$ORIGIN example.org.\n" SOA "www 99999999999 A 1.2.3.4\n",
     "a.zone, line 3: not a time to live in seconds"},
    {"$ORIGIN example.org.\n" SOA "www 1x A 1.2.3.4\n", "a.zone, line 3: not a time to live in seconds"},
    {"$ORIGIN example.org.\n" SOA "www ANY \\# 0\n", "a.zone, line 3: "},
    {"$ORIGIN example.org.\n" SOA "a..b A 1.2.3.4\n", "a.zone, line 3: not a domain name"},
    {"$ORIGIN example.org.\n" SOA "x A ( 1.2.3.4\n",
     "a.zone, line 3: the file ends in the middle of a record"},
    {"$ORIGIN example.org.\n" SOA "x A 1.2.3.4 )\n", "a.zone, line 3: a ) without its ("},
    {"$ORIGIN example.org.\n" SOA "x TXT \"a\nb\"\n",
     "a.zone, line 3: a text in quotes, or a backslash, at the end of a line"},
    {"$ORIGIN example.org.\n" SOA "x TXT \001\n", "a.zone, line 3: a control character"},
    {"$ORIGIN example.org.\n" SOA "x.example.net. A 1.2.3.4\n",
     "a.zone, line 3: x.example.net is not in the zone example.org"},
    {"$ORIGIN example.org.\n" SOA "sub SOA ns h 1 2 3 4 5\n",
     "a.zone, line 3: a second SOA record: a zone has one, and a file one zone"},
    {"$ORIGIN example.org.\n" SOA "x CNAME y\nx A 1.2.3.4\n",
     "a.zone, line 4: a CNAME record beside another record of the same name"},
    {"$ORIGIN example.org.\n" SOA "x TXT \"t\"\nx CNAME y\n",
     "a.zone, line 4: a CNAME record beside another record of the same name"},
    {"$ORIGIN example.org.\n" SOA "x CNAME y\nx CNAME z\n",
     "a.zone, line 4: a CNAME record beside another record of the same name"},
    {"$ORIGIN example.org.\n$INCLUDE other.zone\n",
     "a.zone, line 2: $INCLUDE and $GENERATE are not understood"},
    {"$GENERATE 1-3 a$ A 1.2.3.$\n", "a.zone, line 1: $INCLUDE and $GENERATE are not understood"},
    {"$NONSENSE x\n", "a.zone, line 1: not one of $ORIGIN and $TTL"},
    {"$ORIGIN\n", "a.zone, line 1: a line with $ takes one value"},
    {"$ORIGIN example.org. x\n", "a.zone, line 1: a line with $ takes one value"},
    {"$TTL soon\n", "a.zone, line 1: not a time to live in seconds"},
    {"$ORIGIN org\n", "a.zone, line 1: a name without its final dot, and no $ORIGIN before it"},
    {"{\"json\": true}\n", "a.zone, line 1: "},
};

Test(zone_file, mistakes)
{
    for (size_t i = 0; i < COUNT(files); i++) {
        struct arena *arena = arena_new(0);
        struct zone_file *zone = NULL;
        const char *error = NULL;
        int result = parse(files[i].text, arena, &zone, &error);

        if (files[i].error == NULL) {
            cr_expect_eq(result, 0, "row %zu: %s", i, error);
            cr_assert_not_null(zone, "row %zu", i);
            cr_expect_str_eq(zone->name, "example.org", "row %zu", i);
            cr_expect_eq(zone->keys.count, 0, "row %zu", i);
        } else {
            cr_expect_eq(result, -EINVAL, "row %zu: %d", i, result);
            cr_assert_not_null(error, "row %zu", i);
            cr_expect_eq(strncmp(error, files[i].error, strlen(files[i].error)), 0, "row %zu: %s", i, error);
        }
        arena_free(arena);
    }
}

/* Times to live: stated, $TTL, that of the record before, an hour. */
Test(zone_file, times_to_live)
{
    static const char text[] =
        "example.org. SOA . . 1 1 1 1 1\na 60 A 1.2.3.4\nb A 1.2.3.4\n$TTL 1w\nc A 1.2.3.4\n";
    static const uint32_t expected[] = {3600, 60, 60, 604800};
    struct arena *arena = arena_new(0);
    struct zone_file *zone = NULL;
    const char *error = "";

    cr_assert_eq(parse(text, arena, &zone, &error), 0, "%s", error);
    cr_assert_eq(zone->count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        cr_expect_eq(zone->records[i].ttl, expected[i], "record %zu: %u", i, zone->records[i].ttl);
    arena_free(arena);
}

static char *write_file(const char *text, size_t size)
{
    char *name = strdup("/tmp/outpost-zone-XXXXXX");
    int fd = mkstemp(name);
    FILE *out = fdopen(fd, "w");

    cr_assert(out != NULL && fwrite(text, 1, size, out) == size && fclose(out) == 0);
    return name;
}

Test(zone_file, reading_files)
{
    struct arena *arena = arena_new(0);
    char *good = write_file("example.org. SOA . . 1 1 1 1 1\n", 31);
    char *same = write_file("Example.Org. SOA . . 1 1 1 1 1\n", 31);
    char *zeros = calloc(1, ZONE_FILE_SIZE_MAX + 1);
    char *large = write_file(zeros, ZONE_FILE_SIZE_MAX + 1);
    const struct {
        const char *names[2];
        int result;
        const char *error;
    } table[] = {
        {{good}, 0, NULL},
        {{"/nonexistent/a.zone"}, -ENOENT, "/nonexistent/a.zone cannot be read: No such file or directory"},
        {{"/tmp"}, -EISDIR, "/tmp cannot be read: Is a directory"},
        {{good, same}, -EINVAL, "the zone example.org is in"},
        {{good, good}, -EINVAL, "the zone example.org is in"},
        {{large}, -EFBIG, "is larger than 4 MiB"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct list names = {0};
        struct list zones = {0};
        const char *error = NULL;
        int result;

        for (size_t j = 0; j < 2 && table[i].names[j] != NULL; j++)
            cr_assert_eq(list_add(&names, arena, arena_text(arena, table[i].names[j])), 0);
        result = zone_files_read(&names, arena, &zones, &error);
        cr_expect_eq(result, table[i].result, "row %zu: %d", i, result);
        if (table[i].error != NULL)
            cr_expect(error != NULL && strstr(error, table[i].error) != NULL, "row %zu: %s", i, error);
        else
            cr_expect_eq(zones.count, names.count);
    }
    remove(good);
    remove(same);
    remove(large);
    free(good);
    free(same);
    free(large);
    free(zeros);
    arena_free(arena);
}
