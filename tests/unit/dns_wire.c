/*
 * dns_wire.c - tests of names on the wire, the strict check of packets, and the shape of record data
 */
#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/dns_packet.h"
#include "tests/unit/dns_packets.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* 63 letters, and names of many labels */
#define L63      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME_254 L63 "." L63 "." L63 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Text to wire and back. */
Test(dns_wire, names_from_text)
{
    static const struct {
        const char *text;
        const char *back; /* NULL: not a name */
    } table[] = {
        {"example.org", "example.org"},
        {"example.org.", "example.org"},
        {"Example.ORG", "Example.ORG"},
        {".", "."},
        {"_25._tcp.mail.example.org", "_25._tcp.mail.example.org"},
        {"*.example.org", "*.example.org"},
        {"a\\.b.example", "a\\.b.example"},
        {"a\\046b.example", "a\\.b.example"},
        {"a\\000b.example", "a\\000b.example"},
        {"\\255.example", "\\255.example"},
        {"a\\032b", "a\\032b"},
        {"quote\\\"d", "quote\\\"d"},
        {"a\\\\b", "a\\\\b"},
        {"a(b);c@d$e", "a\\(b\\)\\;c\\@d\\$e"},
        {L63 ".example", L63 ".example"},
        {NAME_254, NAME_254},
        {NAME_254 ".", NAME_254},
        {"", NULL},
        {"..", NULL},
        {".example", NULL},
        {"a..b", NULL},
        {"a b", NULL},
        {"a\tb", NULL},
        {"caf\xc3\xa9.example", NULL},
        {"\x7f.example", NULL},
        {"a\\", NULL},
        {"a\\2", NULL},
        {"a\\25", NULL},
        {"a\\256", NULL},
        {"a\\999b", NULL},
        {L63 "a.example", NULL},
        {NAME_254 "a", NULL},
        {NAME_254 ".a", NULL},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct dns_name name;
        char text[DNS_NAME_TEXT_SIZE];
        int result = dns_name_from_text(table[i].text, &name);

        cr_expect_eq(result == 0, table[i].back != NULL, "\"%s\": %d", table[i].text, result);
        if (result == 0 && table[i].back != NULL)
            cr_expect_str_eq(dns_name_format(&name, text), table[i].back);
    }
}

Test(dns_wire, names_compare)
{
    static const struct {
        const char *name;
        const char *other;
        bool equal;
        bool within;
    } table[] = {
        {"example.org", "EXAMPLE.org", true, true},
        {"mail.example.org", "example.org", false, true},
        {"mail.example.org", "Org", false, true},
        {"mail.example.org", ".", false, true},
        {".", ".", true, true},
        {".", "org", false, false},
        {"xexample.org", "example.org", false, false},
        {"example.org", "mail.example.org", false, false},
        {"a.b", "a.c", false, false},
        {"7example.org", "example.org", false, false},
        {"mail\\.example.org", "example.org", false, false},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct dns_name name, other;

        cr_assert_eq(dns_name_from_text(table[i].name, &name), 0);
        cr_assert_eq(dns_name_from_text(table[i].other, &other), 0);
        cr_expect_eq(dns_name_equal(&name, &other), table[i].equal, "%s %s", table[i].name, table[i].other);
        cr_expect_eq(dns_name_within(&name, &other), table[i].within, "%s %s", table[i].name, table[i].other);
    }
}

/* The longest texts there are fit into their buffer. */
Test(dns_wire, longest_text)
{
    struct dns_name name = {0};
    char text[DNS_NAME_TEXT_SIZE];

    for (int label = 0; label < 127; label++) {
        name.wire[name.size++] = 1;
        name.wire[name.size++] = 0xff;
    }
    name.wire[name.size++] = 0;
    cr_assert_eq(name.size, 255);
    cr_expect_eq(strlen(dns_name_format(&name, text)), 127 * 5 - 1);
    name = (struct dns_name){0};
    for (int label = 0; label < 4; label++) {
        uint8_t size = label < 3 ? 63 : 61;

        name.wire[name.size++] = size;
        memset(name.wire + name.size, 0, size);
        name.size = (uint8_t)(name.size + size);
    }
    name.wire[name.size++] = 0;
    cr_assert_eq(name.size, 255);
    cr_expect_eq(strlen(dns_name_format(&name, text)), 250 * 4 + 3);
    struct dns_name back;

    cr_assert_eq(dns_name_from_text(text, &back), 0);
    cr_expect(dns_name_equal(&name, &back));
}

/* Question for example.org A; the name is at c00c, "org" at c014. */
#define HEADER(counts) "1234 8180 0001 " counts
#define QUESTION       "076578616d706c65036f726700 0001 0001 "
#define ANSWERS(count) HEADER(count " 0000 0000 ") QUESTION
#define ADDITIONS(n)   HEADER("0000 0000 " n " ") QUESTION
#define A_RECORD       "c00c 0001 0001 00000e10 0004 c0000201 "
#define OPT_RECORD     "00 0029 04d0 00008000 0000 "

static const struct {
    const char *digits;
    const char *why; /* NULL: fine */
} packets[] = {
    {ANSWERS("0000"), NULL},
    {ANSWERS("0001") A_RECORD, NULL},
    {HEADER("0001 0001 0001 ") QUESTION A_RECORD
     "c014 0006 0001 00000e10 0020 026e73 c00c 0a686f73746d6173746572 c00c 00x19 01 " OPT_RECORD,
     "record data that does not fit its type"}, /* the SOA is a byte short */
    {HEADER("0001 0001 0001 ") QUESTION A_RECORD
     "c014 0006 0001 00000e10 0026 026e73 c00c 0a686f73746d6173746572 c00c 00x20 " OPT_RECORD,
     NULL},
    /* header */
    {"", "shorter than a header"},
    {"1234 8180 0001 0000 0000 00", "shorter than a header"},
    {"1234 0100 0001 0000 0000 0000 " QUESTION, "a question, not an answer"},
    {"1234 a180 0001 0000 0000 0000 " QUESTION, "answer to another kind of request"},
    {"1234 8180 0000 0000 0000 0000", "not exactly one question"},
    {"1234 8180 0002 0000 0000 0000 " QUESTION QUESTION, "not exactly one question"},
    {"1234 8180 0001 0401 0000 0000 " QUESTION, "more than 1024 records"},
    {"1234 8180 0001 ffff ffff ffff " QUESTION, "more than 1024 records"},
    /* question */
    {"1234 8180 0001 0000 0000 0000 ", "name goes beyond the packet"},
    {"1234 8180 0001 0000 0000 0000 076578616d706c", "name goes beyond the packet"},
    {"1234 8180 0001 0000 0000 0000 00 0001 00", "question of another class than IN"},
    {"1234 8180 0001 0000 0000 0000 00 0001 0003", "question of another class than IN"},
    {"1234 8180 0001 0000 0000 0000 c00c 0001 0001", "name compressed where it must not be"},
    {"1234 8180 0001 0000 0000 0000 c004 0001 0001", "name compressed where it must not be"},
    {"1234 8180 0001 0000 0000 0000 4100 0001 0001", "name with a label of unknown kind"},
    {"1234 8180 0001 0000 0000 0000 8000 0001 0001", "name with a label of unknown kind"},
    {"1234 8180 0001 0000 0000 0000 3f 61x63 3f 61x63 3f 61x63 3d 61x61 00 0001 0001", NULL},
    {"1234 8180 0001 0000 0000 0000 3f 61x63 3f 61x63 3f 61x63 3e 61x62 00 0001 0001",
     "name longer than 255 bytes"},
    {"1234 8180 0001 0000 0000 0000 01x4000 00", "name longer than 255 bytes"},
    /* records */
    {ANSWERS("0001"), "name goes beyond the packet"},
    {ANSWERS("0002") A_RECORD, "name goes beyond the packet"},
    {ANSWERS("0000") A_RECORD, "bytes behind the last record"},
    {ANSWERS("0001") A_RECORD "00", "bytes behind the last record"},
    {ANSWERS("0001") "c00c 0001 0001 00000e10 00", "record goes beyond the packet"},
    {ANSWERS("0001") "c00c 0001 0001 00000e10 0004 c00002", "record goes beyond the packet"},
    {ANSWERS("0001") "c00c 0001 0001 00000e10 ffff c0000201", "record goes beyond the packet"},
    {ANSWERS("0001") "c00c 0001 0001 00000e10 0003 c00002", "record data that does not fit its type"},
    {ANSWERS("0001") "c00c 0001 0001 00000e10 0005 c000020100", "record data that does not fit its type"},
    {ANSWERS("0001") "c00c 0001 0001 00000e10 0000", "record data that does not fit its type"},
    {ANSWERS("0001") "c00c 0001 0003 00000e10 0004 c0000201", "record of another class than IN"},
    {ANSWERS("0001") "c00c 00fc 0001 00000e10 0000", "record of a type that only questions have"},
    {ANSWERS("0001") "c00c 00ff 0001 00000e10 0000", "record of a type that only questions have"},
    {ANSWERS("0001") "c00c 0000 0001 00000e10 0000", "record of a type that only questions have"},
    {ANSWERS("0001") "c00c ff00 0001 00000e10 0000", NULL}, /* a type we do not know */
    {ANSWERS("0001") "c00c ff00 0001 00000e10 0002 c0ff", NULL},
    /* pointers: the record begins at 29 = c01d */
    {ANSWERS("0001") "c01d 0001 0001 00000e10 0004 c0000201", "name with a pointer that does not lead back"},
    {ANSWERS("0001") "c01f 0001 0001 00000e10 0004 c0000201", "name with a pointer that does not lead back"},
    {ANSWERS("0001") "c00b 0001 0001 00000e10 0004 c0000201", "name with a pointer that does not lead back"},
    {ANSWERS("0001") "ffff 0001 0001 00000e10 0004 c0000201", "name with a pointer that does not lead back"},
    {ANSWERS("0001") "0161 c01d 0001 0001 00000e10 0004 c0000201",
     "name with a pointer that does not lead back"}, /* to its own labels: a loop */
    {ANSWERS("0002") A_RECORD "c0", "name goes beyond the packet"},
    {ANSWERS("0001") "0161 c00c 0001 0001 00000e10 0004 c0000201", NULL},
    {ANSWERS("0002") A_RECORD "0161 c01d 0001 0001 00000e10 0004 c0000201", NULL}, /* pointer to a pointer */
    /* names inside of data */
    {ANSWERS("0001") "c00c 000f 0001 00000e10 0005 000a 01 61", "record goes beyond the packet"},
    {ANSWERS("0001") "c00c 000f 0001 00000e10 0004 000a c00c", NULL},
    {ANSWERS("0001") "c00c 000f 0001 00000e10 0003 000a c0", "name goes beyond the packet"},
    {ANSWERS("0001") "c00c 000f 0001 00000e10 0004 000a c02b",
     "name with a pointer that does not lead back"}, /* to itself */
    {ANSWERS("0001") "c00c 000f 0001 00000e10 0005 000a c00c 00", "record data that does not fit its type"},
    {ANSWERS("0001") "c00c 000f 0001 00000e10 0002 000a", "name goes beyond the packet"},
    {ANSWERS("0001") "c00c 0027 0001 00000e10 0002 c00c", "name compressed where it must not be"}, /* DNAME */
    {ANSWERS("0001") "c00c 002f 0001 00000e10 0005 c00c 00 01 40", "name compressed where it must not be"},
    /* a name in the data must end inside of it, though the packet goes on */
    {ANSWERS("0002") "c00c 0002 0001 00000e10 0003 02 6e73 00 0001 0001 00000000 0000",
     "name goes beyond the packet"},
    /* OPT */
    {ADDITIONS("0001") OPT_RECORD, NULL},
    {ADDITIONS("0002") OPT_RECORD OPT_RECORD, "two OPT records"},
    {ANSWERS("0001") OPT_RECORD, "OPT record outside of the additional section"},
    {ADDITIONS("0001") "c00c 0029 04d0 00008000 0000", "OPT record with a name"},
    {ADDITIONS("0001") "00 0029 04d0 00008000 0006 000f 0002 0006", NULL},
    {ADDITIONS("0001") "00 0029 04d0 00008000 0006 000f 0003 0006", "OPT record with broken options"},
    {ADDITIONS("0001") "00 0029 04d0 00008000 0003 000f 00", "OPT record with broken options"},
    {ADDITIONS("0001") "00 0029 04d0 00008000 0001", "record goes beyond the packet"},
    /* TSIG, SIG(0)'s kin, TKEY */
    {ADDITIONS("0001") "00 00fa 00ff 00000000 0000", "TSIG record, and we have no key"},
    {ADDITIONS("0003") "00 00fa 00ff 00000000 0000 00 00fa 00ff 00000000 0000 00 00fa 00ff 00000000 0000",
     "TSIG record, and we have no key"},
    {ADDITIONS("0001") "00 00f9 00ff 00000000 0000", "record of a type that only questions have"},
};

Test(dns_wire, check)
{
    for (size_t i = 0; i < COUNT(packets); i++) {
        struct buffer out = {0};
        const char *why = "";
        int result;

        packet_hex(&out, packets[i].digits);
        result = dns_wire_check(bytes_of(out.data, out.size), &why);
        if (packets[i].why == NULL) {
            cr_expect_eq(result, 0, "%s: %s", packets[i].digits, why);
        } else {
            cr_expect_eq(result, -EBADMSG, "%s", packets[i].digits);
            cr_expect_str_eq(why, packets[i].why, "%s: %s", packets[i].digits, why);
        }
        buffer_free(&out);
    }
}

/* What is cut off anywhere is refused, and no changed byte does harm. */
Test(dns_wire, cut_and_changed)
{
    for (size_t i = 0; i < COUNT(packets); i++) {
        struct buffer out = {0};
        const char *why;

        if (packets[i].why != NULL)
            continue;
        packet_hex(&out, packets[i].digits);
        for (size_t size = 0; size < out.size; size++) {
            uint8_t *exact = malloc(size + 1);

            memcpy(exact + 1, out.data, size);
            cr_expect_eq(dns_wire_check(bytes_of(exact + 1, size), &why), -EBADMSG, "%s: first %zu",
                         packets[i].digits, size);
            free(exact);
        }
        for (size_t at = 0; at < out.size; at++)
            for (int bit = 0; bit < 8; bit++) {
                out.data[at] ^= (uint8_t)(1 << bit);
                (void)dns_wire_check(bytes_of(out.data, out.size), &why);
                out.data[at] ^= (uint8_t)(1 << bit);
            }
        buffer_free(&out);
    }
}

/* A name may be built from pointers all over a large packet, but is never longer than 255 bytes. */
Test(dns_wire, large_packets)
{
    struct buffer out = {0};
    const char *why = "";

    /* 1023 records whose owner is one label and a pointer to the owner before: the 127th is too long */
    packet_begin(&out, 1, FLAGS_ANSWER, "a", DNS_A);
    size_t before = DNS_HEADER_SIZE;

    for (int i = 0; i < 1023; i++) {
        size_t here = out.size;

        packet_hex(&out, "0162");
        put_u16(&out, (uint16_t)(0xc000 | before));
        packet_hex(&out, "0001 0001 00000001 0004 c0000201");
        before = here;
        if (i == 125)
            out.data[7] = 126;
        if (i == 125)
            cr_expect_eq(dns_wire_check(bytes_of(out.data, out.size), &why), 0, "%s", why);
        if (i == 126)
            break;
    }
    out.data[7] = 127;
    cr_expect_eq(dns_wire_check(bytes_of(out.data, out.size), &why), -EBADMSG);
    cr_expect_str_eq(why, "name longer than 255 bytes");
    buffer_free(&out);

    packet_begin(&out, 1, FLAGS_ANSWER, "a", 16);
    out.data[7] = 1;
    packet_hex(&out, "c00c 0010 0001 00000001 fec0");
    for (int i = 0; i < 0xfec0 / 32; i++)
        packet_hex(&out, "1f 62x31");
    cr_expect_eq(dns_wire_check(bytes_of(out.data, out.size), &why), 0, "%s", why);
    packet_hex(&out, "00x1000");
    cr_expect_eq(dns_wire_check(bytes_of(out.data, out.size), &why), -EBADMSG);
    cr_expect_str_eq(why, "longer than 65535 bytes");
    buffer_free(&out);
}

/* Data that fits its type, and its text; data that does not fit has no text here. */
Test(dns_wire, data)
{
    static const struct {
        uint16_t type;
        const char *digits;
        const char *text;
    } table[] = {
        {1, "c0000201", "192.0.2.1"},
        {1, "c00002", NULL},
        {28, "20010db8 00x11 01", "2001:db8::1"},
        {28, "00x15", NULL},
        {28, "00x17", NULL},
        {15, "000a 04 6d61696c 00", "10 mail"},
        {15, "0000 00", "0 ."},
        {15, "000a", NULL},
        {15, "000a 04 6d61696c 00 00", NULL},
        {15, "000a c000", NULL}, /* a pointer where there is no packet */
        {2, "02 6e73 00", "ns"},
        {12, "01 00 03 612e62 00", "\\000.a\\.b"},
        {5, "01 22 00", "\\\""},
        {6, "00 00 00000001 00000002 00000003 00000004 00000005", ". . 1 2 3 4 5"},
        {6, "00 00 00x19", NULL},
        {16, "03 616263 01 64", "\"abc\" \"d\""},
        {16, "00", "\"\""},
        {16, "04 22 5c 00 ff", "\"\\\"\\\\\\000\\255\""},
        {16, "06 1b5b33316d07", "\"\\027[31m\\007\""},
        {16, "", NULL},
        {16, "04 616263", NULL},
        {33, "0001 0002 0019 04 6d61696c 00", "1 2 25 mail"},
        {39, "03 6f7267 00", "org"},
        {43, "1234 0d 02 aabb", "4660 13 2 aabb"},
        {43, "1234 0d 02", NULL},
        {46, "0001 0d 02 00000e10 65920080 63b0cd00 1234 03 6f7267 00 aabb",
         "A 13 2 3600 20240101000000 20230101000000 4660 org qrs="},
        {46, "0001 0d 02 00000e10 65920080 63b0cd00 1234 03 6f7267 00", NULL},
        {47, "03 6f7267 00 00 01 40", "org A"},
        {47, "03 6f7267 00 00 00", NULL},             /* empty window */
        {47, "03 6f7267 00 00 01 00", NULL},          /* ends in zero */
        {47, "03 6f7267 00 01 01 40 00 01 40", NULL}, /* falling windows */
        {47, "03 6f7267 00 00 21 01x33", NULL},       /* too long */
        {48, "0101 03 0d aabb", "257 3 13 qrs="},
        {50, "01 00 000a 00 14 aax20 00 01 40", "1 0 10 - lalalalalalalalalalalalalalalala A"},
        {50, "02 00 ffff 02 cdef 14 aax20", "2 0 65535 cdef lalalalalalalalalalalalalalalala"},
        {50, "01 00 000a 00 00", NULL}, /* no hash */
        {50, "01 00 000a 05 aabb", NULL},
        {51, "01 00 0000 00", "1 0 0 -"},
        {52, "03 01 01 aabb", "3 1 1 aabb"},
        {52, "03 01 01", NULL},
        {257, "00 05 6973737565 78 79", "0 issue \"xy\""},
        {257, "00 00 6973", NULL}, /* no tag */
        {257, "00 05 6973", NULL},
        {256, "0001 0002 78", "1 2 \"x\""},
        {35, "0001 0002 01 55 00 00 00", "1 2 \"U\" \"\" \"\" ."},
        {65280, "aabb", "\\# 2 aabb"},
        {65280, "", "\\# 0"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < COUNT(table); i++) {
        struct buffer out = {0};
        bool valid;

        packet_hex(&out, table[i].digits);
        struct bytes data =
            bytes_of(out.data != NULL ? out.data : (uint8_t *)arena_alloc(arena, 1), out.size);

        valid = dns_data_valid(table[i].type, data);
        cr_expect_eq(valid, table[i].text != NULL, "type %u: %s", table[i].type, table[i].digits);
        if (valid && table[i].text != NULL)
            cr_expect_str_eq(dns_data_text(arena, table[i].type, data), table[i].text);
        buffer_free(&out);
    }
    arena_free(arena);
}

/* Decompressed data stands on its own; a time to live with the top bit is none. */
Test(dns_wire, expand)
{
    struct buffer packet = {0};
    struct buffer data = {0};
    struct dns_wire_record record;
    const char *why;
    size_t offset = 29;
    char text[DNS_NAME_TEXT_SIZE];

    packet_hex(&packet, ANSWERS("0001") "0161 c014 000f 0001 80000001 0009 000a 04 6d61696c c00c");
    cr_assert_eq(dns_wire_take_record(bytes_of(packet.data, packet.size), &offset, &record, &why), 0, "%s",
                 why);
    cr_expect_eq(offset, packet.size);
    cr_expect_str_eq(dns_name_format(&record.owner, text), "a.org");
    cr_expect_eq(record.ttl, 0);
    cr_assert_eq(dns_wire_expand(bytes_of(packet.data, packet.size), &record, &data), 0);
    cr_expect_eq(data.size, 2 + 18);
    cr_expect(dns_data_valid(DNS_MX, bytes_of(data.data, data.size)));
    buffer_free(&data);
    buffer_free(&packet);
}
