/*
 * dnssec_records.c - tests of what the records of DNSSEC say, of the order of names
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct dns_name name_of(const char *text)
{
    struct dns_name name;

    cr_assert_eq(dns_name_from_text(text, &name), 0, "%s", text);
    return name;
}

/* RFC 4034 6.1, its own example. */
Test(dnssec_records, order_of_names)
{
    static const char *const names[] = {"example",         "a.example",      "yljkjljk.a.example",
                                        "Z.a.example",     "zABC.a.EXAMPLE", "z.example",
                                        "\\001.z.example", "*.z.example",    "\\200.z.example"};

    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t j = 0; j < COUNT(names); j++) {
            struct dns_name a = name_of(names[i]);
            struct dns_name b = name_of(names[j]);
            int order = dns_name_order(&a, &b);

            cr_expect_eq((order > 0) - (order < 0), (i > j) - (i < j), "%s and %s: %d", names[i], names[j],
                         order);
        }
}

/* RFC 4034 5.4: a key, its tag and its digest. */
Test(dnssec_records, key_and_ds)
{
    static const char key_text[] =
        "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvx"
        "egXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
    static const uint8_t ds_data[] = {0xec, 0x45, 5,    1,    0x2b, 0xb1, 0x83, 0xaf, 0x5f, 0x22, 0x58, 0x81,
                                      0x79, 0xa5, 0x3b, 0x0a, 0x98, 0x63, 0x1f, 0xad, 0x1a, 0x29, 0x21, 0x18};
    struct dns_record ds_record = {.type = DNS_TYPE_DS, .data = bytes_of(ds_data, sizeof(ds_data))};
    struct dns_record key_record = {.type = DNS_TYPE_DNSKEY};
    struct arena *arena = arena_new(0);
    struct buffer data = {0};
    struct dns_name zone = name_of("DSkey.example.com");
    struct dns_name other = name_of("example.com");
    struct dnssec_key key;
    struct dnssec_ds ds;
    uint8_t *bytes;
    size_t size;

    cr_assert_eq(text_parse_base64(arena, key_text, &bytes, &size), 0);
    put_u16(&data, 256);
    put_u8(&data, 3);
    put_u8(&data, 5);
    put_block(&data, bytes, size);
    key_record.data = bytes_of(data.data, data.size);
    cr_assert_eq(dnssec_key_read(&key_record, &key), 0);
    cr_expect_eq(key.flags, DNSSEC_KEY_ZONE);
    cr_expect_eq(key.tag, 60485);
    cr_expect_eq(dnssec_key_bits(&key), 1024);
    cr_assert_eq(dnssec_ds_read(&ds_record, &ds), 0);
    cr_expect_eq(ds.tag, 60485);
    cr_expect(dnssec_ds_matches(&ds, &zone, &key));
    cr_expect_not(dnssec_ds_matches(&ds, &other, &key));
    ds.digest.size--;
    cr_expect_not(dnssec_ds_matches(&ds, &zone, &key));
    buffer_free(&data);
    arena_free(arena);
}

Test(dnssec_records, broken)
{
    static const struct {
        uint16_t type;
        const char *text;
    } rows[] = {
        {DNS_TYPE_RRSIG, "\\# 3 000105"},  {DNS_TYPE_RRSIG, "\\# 18 00010f02000000e4000000010000000012"},
        {DNS_TYPE_DNSKEY, "\\# 3 010003"}, {DNS_TYPE_DS, "\\# 3 000105"},
        {DNS_TYPE_NSEC, "\\# 1 05"},       {DNS_TYPE_NSEC3, "\\# 5 0100000108"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer data = {.limit = 64};
        struct dnssec_signature signature;
        struct dnssec_key key;
        struct dnssec_ds ds;
        struct dnssec_nsec3 nsec3;
        struct dns_name next;
        struct bytes types;

        (void)fake_record_data("TYPE", rows[i].text, &data);
        const struct dns_record record = {.type = rows[i].type, .data = bytes_of(data.data, data.size)};

        cr_expect_lt(dnssec_signature_read(&record, &signature), 0, "row %zu", i);
        cr_expect_lt(dnssec_key_read(&record, &key), 0, "row %zu", i);
        cr_expect_lt(dnssec_ds_read(&record, &ds), 0, "row %zu", i);
        cr_expect_lt(dnssec_nsec_read(&record, &next, &types), 0, "row %zu", i);
        cr_expect_lt(dnssec_nsec3_read(&record, &nsec3), 0, "row %zu", i);
        buffer_free(&data);
    }
}

Test(dnssec_records, types)
{
    static const uint8_t map[] = {0, 6, 0x40, 0x01, 0, 0, 0, 0x03, 1, 1, 0x40}; /* A MX RRSIG NSEC CAA */
    struct bytes types = bytes_of(map, sizeof(map));

    cr_expect(dnssec_types_have(types, DNS_A));
    cr_expect(dnssec_types_have(types, DNS_MX));
    cr_expect(dnssec_types_have(types, 257));
    cr_expect_not(dnssec_types_have(types, DNS_NS));
    cr_expect_not(dnssec_types_have(types, DNS_TYPE_DNSKEY));
    cr_expect_not(dnssec_types_have(types, 258));
    cr_expect_not(dnssec_types_have(types, 600));
    cr_expect_not(dnssec_types_have(bytes_of(map, 3), DNS_A));
    cr_expect_not(dnssec_types_have((struct bytes){0}, DNS_A));
}

/* RFC 1982: 32 bits go around in 2106. */
Test(dnssec_records, time)
{
    int64_t around = (int64_t)1 << 32;

    cr_expect_eq(dnssec_time(1795348800, 1795348800), 1795348800);
    cr_expect_eq(dnssec_time(100, around - 50), around + 100);
    cr_expect_eq(dnssec_time(UINT32_MAX, around + 50), around - 1);
}

/* Names of several types in lower case, and those that stay (RFC 6840 5.1). */
Test(dnssec_records, canonical_data)
{
    static const struct {
        uint16_t type;
        const char *data, *canonical; /* hexadecimal */
    } rows[] = {
        {DNS_MX, "000a0141014200", "000a0161016200"},
        {DNS_CNAME, "0141014200", "0161016200"},
        {DNS_TYPE_DNAME, "0141014200", "0161016200"},
        {DNS_TYPE_NSEC, "0141014200000140", "0141014200000140"},
        {DNS_TXT, "024142", "024142"},
        {65280, "0141014200", "0141014200"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct buffer data = {.limit = 64};
        struct buffer canonical = {.limit = 64};
        char text[64];

        snprintf(text, sizeof(text), "\\# 1 %s", rows[i].data);
        cr_assert_eq(fake_record_data("TYPE", text, &data), 0);
        cr_expect_eq(dns_data_canonical(rows[i].type, bytes_of(data.data, data.size), &canonical), 0,
                     "row %zu", i);
        cr_expect_str_eq(text_hex(arena, canonical.data, canonical.size), rows[i].canonical, "row %zu", i);
        buffer_free(&data);
        buffer_free(&canonical);
        arena_free(arena);
    }
}
