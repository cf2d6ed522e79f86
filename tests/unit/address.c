/*
 * address.c - tests of IP addresses, their scopes by the IANA registries above all
 */
#include "scanner/base/address.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

Test(address, parses_and_prints)
{
    static const struct {
        const char *text;
        const char *printed; /* NULL: refused */
    } table[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"[192.0.2.1]", "192.0.2.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"2001:DB8::1", "2001:db8::1"},
        {"[2001:db8:0:0:0:0:0:1]", "2001:db8::1"},
        {"IPv6:2001:db8::1", "2001:db8::1"},
        {"[ipv6:2001:db8::1]", "2001:db8::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"::", "::"},
        {"::1", "::1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"2001:db8:1111:2222:3333:4444:5555:6666", "2001:db8:1111:2222:3333:4444:5555:6666"},
        {"IPv6:0000:0000:0000:0000:0000:ffff:255.255.255.255", "::ffff:255.255.255.255"},
        {"", NULL},
        {"[]", NULL},
        {"[", NULL},
        {"192.0.2", NULL},
        {"192.0.2.256", NULL},
        {"192.0.2.01", NULL},
        {"0x7f.1", NULL},
        {"1", NULL},
        {" 192.0.2.1", NULL},
        {"192.0.2.1 ", NULL},
        {"IPv6:192.0.2.1", NULL},
        {"IPv4:192.0.2.1", NULL},
        {"[192.0.2.1", NULL},
        {"fe80::1%eth0", NULL},
        {"2001:db8:::1", NULL},
        {"2001:db8::1::2", NULL},
        {"12345::", NULL},
        {"[[2001:db8::1]]", NULL},
        {"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc", NULL},
        {"example.org", NULL},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct address address = {.family = -1};
        char text[ADDRESS_TEXT_SIZE];
        int result = address_parse(table[i].text, &address);

        if (table[i].printed == NULL) {
            cr_expect_eq(result, -EINVAL, "\"%s\" was taken", table[i].text);
            cr_expect_eq(address.family, -1, "\"%s\": result was written", table[i].text);
        } else {
            cr_expect_eq(result, 0, "\"%s\" was refused", table[i].text);
            cr_expect_str_eq(address_format(&address, text), table[i].printed);
        }
    }
}

/* ---- scopes ---- */

/*
 * The first, some inner and the last address of each block, and its neighbours outside: IANA IPv4 and IPv6
 * Special-Purpose Address Registries, and RFC 4291 for what is not allocated.
 */
struct scope_row {
    const char *text;
    enum address_scope scope;
};

static void check_scopes(const struct scope_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct address address;

        cr_assert_eq(address_parse(rows[i].text, &address), 0, "%s", rows[i].text);
        cr_expect_eq(address_scope(&address), rows[i].scope, "%s is said to be %s, not %s", rows[i].text,
                     address_scope_name(address_scope(&address)), address_scope_name(rows[i].scope));
    }
}

#define CHECK_SCOPES(rows) check_scopes(rows, sizeof(rows) / sizeof((rows)[0]))

Test(address, scopes_of_ipv4)
{
    static const struct scope_row rows[] = {
        {"0.0.0.0", SCOPE_RESERVED},
        {"0.255.255.255", SCOPE_RESERVED},
        {"1.0.0.0", SCOPE_GLOBAL},
        {"9.255.255.255", SCOPE_GLOBAL},
        {"10.0.0.0", SCOPE_PRIVATE},
        {"10.255.255.255", SCOPE_PRIVATE},
        {"11.0.0.0", SCOPE_GLOBAL},
        {"100.63.255.255", SCOPE_GLOBAL},
        {"100.64.0.0", SCOPE_SHARED},
        {"100.127.255.255", SCOPE_SHARED},
        {"100.128.0.0", SCOPE_GLOBAL},
        {"126.255.255.255", SCOPE_GLOBAL},
        {"127.0.0.1", SCOPE_LOOPBACK},
        {"127.255.255.255", SCOPE_LOOPBACK},
        {"128.0.0.0", SCOPE_GLOBAL},
        {"169.253.255.255", SCOPE_GLOBAL},
        {"169.254.169.254", SCOPE_LINK_LOCAL},
        {"169.255.0.0", SCOPE_GLOBAL},
        {"172.15.255.255", SCOPE_GLOBAL},
        {"172.16.0.0", SCOPE_PRIVATE},
        {"172.31.255.255", SCOPE_PRIVATE},
        {"172.32.0.0", SCOPE_GLOBAL},
        {"191.255.255.255", SCOPE_GLOBAL},
        {"192.0.0.0", SCOPE_RESERVED},
        {"192.0.0.8", SCOPE_RESERVED},
        {"192.0.0.9", SCOPE_GLOBAL},
        {"192.0.0.10", SCOPE_GLOBAL},
        {"192.0.0.11", SCOPE_RESERVED},
        {"192.0.0.170", SCOPE_RESERVED},
        {"192.0.0.171", SCOPE_RESERVED},
        {"192.0.0.255", SCOPE_RESERVED},
        {"192.0.1.0", SCOPE_GLOBAL},
        {"192.0.2.0", SCOPE_DOCUMENTATION},
        {"192.0.2.255", SCOPE_DOCUMENTATION},
        {"192.0.3.0", SCOPE_GLOBAL},
        {"192.31.196.1", SCOPE_GLOBAL},
        {"192.52.193.1", SCOPE_GLOBAL},
        {"192.88.98.255", SCOPE_GLOBAL},
        {"192.88.99.0", SCOPE_RESERVED},
        {"192.88.99.1", SCOPE_RESERVED},
        {"192.88.99.255", SCOPE_RESERVED},
        {"192.88.100.0", SCOPE_GLOBAL},
        {"192.167.255.255", SCOPE_GLOBAL},
        {"192.168.0.0", SCOPE_PRIVATE},
        {"192.168.255.255", SCOPE_PRIVATE},
        {"192.169.0.0", SCOPE_GLOBAL},
        {"192.175.48.1", SCOPE_GLOBAL},
        {"198.17.255.255", SCOPE_GLOBAL},
        {"198.18.0.0", SCOPE_RESERVED},
        {"198.19.255.255", SCOPE_RESERVED},
        {"198.20.0.0", SCOPE_GLOBAL},
        {"198.51.99.255", SCOPE_GLOBAL},
        {"198.51.100.7", SCOPE_DOCUMENTATION},
        {"198.51.101.0", SCOPE_GLOBAL},
        {"203.0.112.255", SCOPE_GLOBAL},
        {"203.0.113.7", SCOPE_DOCUMENTATION},
        {"203.0.114.0", SCOPE_GLOBAL},
        {"223.255.255.255", SCOPE_GLOBAL},
        {"224.0.0.0", SCOPE_MULTICAST},
        {"239.255.255.255", SCOPE_MULTICAST},
        {"240.0.0.0", SCOPE_RESERVED},
        {"255.255.255.254", SCOPE_RESERVED},
        {"255.255.255.255", SCOPE_RESERVED},
    };

    CHECK_SCOPES(rows);
}

Test(address, scopes_outside_of_2000_3)
{
    static const struct scope_row rows[] = {
        {"::", SCOPE_RESERVED},
        {"::1", SCOPE_LOOPBACK},
        {"::2", SCOPE_RESERVED},
        {"::8.8.8.8", SCOPE_RESERVED}, /* IPv4-compatible: withdrawn by RFC 4291 */
        {"100::1", SCOPE_RESERVED},    /* discard-only: RFC 6666 */
        {"100:0:0:1::1", SCOPE_RESERVED},
        {"200::1", SCOPE_RESERVED},
        {"1fff:ffff::1", SCOPE_RESERVED},
        {"4000::1", SCOPE_RESERVED},
        {"5f00::1", SCOPE_RESERVED}, /* SRv6 segments: RFC 9602 */
        {"5f00:ffff::1", SCOPE_RESERVED},
        {"8000::1", SCOPE_RESERVED},
        {"fbff::1", SCOPE_RESERVED},
        {"fc00::1", SCOPE_PRIVATE},
        {"fd12:3456:789a::1", SCOPE_PRIVATE},
        {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", SCOPE_PRIVATE},
        {"fe00::1", SCOPE_RESERVED},
        {"fe80::1", SCOPE_LINK_LOCAL},
        {"febf:ffff::1", SCOPE_LINK_LOCAL},
        {"fec0::1", SCOPE_RESERVED}, /* site-local: withdrawn by RFC 3879 */
        {"ff02::1", SCOPE_MULTICAST},
        {"ff0e::1", SCOPE_MULTICAST},
    };

    CHECK_SCOPES(rows);
}

Test(address, scopes_inside_of_2000_3)
{
    static const struct scope_row rows[] = {
        {"2000::1", SCOPE_GLOBAL},
        {"2001::1", SCOPE_RESERVED}, /* Teredo: RFC 4380 */
        {"2001:0:808:808::1", SCOPE_RESERVED},
        {"2001:1::", SCOPE_RESERVED},
        {"2001:1::1", SCOPE_GLOBAL},
        {"2001:1::2", SCOPE_GLOBAL},
        {"2001:1::3", SCOPE_GLOBAL},
        {"2001:1::4", SCOPE_RESERVED},
        {"2001:2::1", SCOPE_RESERVED}, /* benchmarks: RFC 5180 */
        {"2001:3::1", SCOPE_GLOBAL},
        {"2001:4::1", SCOPE_RESERVED},
        {"2001:4:112::1", SCOPE_GLOBAL},
        {"2001:4:113::1", SCOPE_RESERVED},
        {"2001:5::1", SCOPE_RESERVED},
        {"2001:10::1", SCOPE_RESERVED}, /* ORCHID, withdrawn */
        {"2001:1f:ffff::1", SCOPE_RESERVED},
        {"2001:20::1", SCOPE_GLOBAL}, /* ORCHIDv2 */
        {"2001:2f:ffff::1", SCOPE_GLOBAL},
        {"2001:30::1", SCOPE_GLOBAL}, /* drone remote ids */
        {"2001:3f:ffff::1", SCOPE_GLOBAL},
        {"2001:40::1", SCOPE_RESERVED},
        {"2001:1ff:ffff::1", SCOPE_RESERVED},
        {"2001:200::1", SCOPE_GLOBAL},
        {"2001:db7:ffff::1", SCOPE_GLOBAL},
        {"2001:db8::1", SCOPE_DOCUMENTATION},
        {"2001:db8:ffff:ffff::1", SCOPE_DOCUMENTATION},
        {"2001:db9::1", SCOPE_GLOBAL},
        {"2001:4860:4860::8888", SCOPE_GLOBAL},
        {"2620:4f:8000::1", SCOPE_GLOBAL},
        {"2a01:4f8::1", SCOPE_GLOBAL},
        {"3ffe:ffff::1", SCOPE_GLOBAL},
        {"3fff::1", SCOPE_DOCUMENTATION},
        {"3fff:fff:ffff::1", SCOPE_DOCUMENTATION},
        {"3fff:1000::1", SCOPE_GLOBAL},
    };

    CHECK_SCOPES(rows);
}

Test(address, scopes_of_an_ipv4_address_inside)
{
    static const struct scope_row rows[] = {
        {"::ffff:8.8.8.8", SCOPE_GLOBAL},
        {"::ffff:127.0.0.1", SCOPE_LOOPBACK},
        {"::ffff:10.1.2.3", SCOPE_PRIVATE},
        {"::ffff:169.254.169.254", SCOPE_LINK_LOCAL},
        {"::ffff:0:8.8.8.8", SCOPE_RESERVED}, /* IPv4-translated, not mapped */
        {"64:ff9b::8.8.8.8", SCOPE_GLOBAL},
        {"64:ff9b::192.168.1.1", SCOPE_PRIVATE},
        {"64:ff9b::127.0.0.1", SCOPE_LOOPBACK},
        {"64:ff9b::192.0.2.1", SCOPE_DOCUMENTATION},
        {"64:ff9b:0:0:1::1", SCOPE_RESERVED},
        {"64:ff9b:1::8.8.8.8", SCOPE_RESERVED}, /* translation of local use: RFC 8215 */
        {"64:ff9c::8.8.8.8", SCOPE_RESERVED},
        {"2002:808:808::1", SCOPE_GLOBAL},
        {"2002:a00:1::1", SCOPE_PRIVATE},
        {"2002:7f00:1::1", SCOPE_LOOPBACK},
        {"2002:c0a8:101::1", SCOPE_PRIVATE},
        {"2002:e000:1::1", SCOPE_MULTICAST},
        {"2003::1", SCOPE_GLOBAL},
    };

    CHECK_SCOPES(rows);
}

Test(address, scopes_have_names)
{
    static const struct {
        enum address_scope scope;
        const char *name;
    } table[] = {
        {SCOPE_GLOBAL, "global"},       {SCOPE_PRIVATE, "private"},
        {SCOPE_LOOPBACK, "loopback"},   {SCOPE_LINK_LOCAL, "link_local"},
        {SCOPE_SHARED, "shared"},       {SCOPE_DOCUMENTATION, "documentation"},
        {SCOPE_MULTICAST, "multicast"}, {SCOPE_RESERVED, "reserved"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        cr_expect_str_eq(address_scope_name(table[i].scope), table[i].name);
}

Test(address, reverse_names)
{
    static const struct {
        const char *text;
        const char *name;
    } table[] = {
        {"192.0.2.1", "1.2.0.192.in-addr.arpa"},
        {"255.255.255.255", "255.255.255.255.in-addr.arpa"},
        {"2001:db8::567:89ab",
         "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"}, /* RFC 5855 form */
        {"::", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct address address;
        char name[ADDRESS_REVERSE_SIZE];

        cr_assert_eq(address_parse(table[i].text, &address), 0);
        cr_expect_str_eq(address_reverse_name(&address, name), table[i].name);
    }
}

Test(address, order_and_sockets)
{
    static const char *const sorted[] = {"1.2.3.4", "1.2.3.5", "255.0.0.1", "::", "::1", "2001:db8::1"};
    enum { COUNT = sizeof(sorted) / sizeof(sorted[0]) };
    struct address addresses[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        struct sockaddr_storage socket_address;
        struct address back;
        uint16_t port = 0;
        socklen_t size;

        cr_assert_eq(address_parse(sorted[i], &addresses[i]), 0);
        size = address_to_socket(&addresses[i], 465, &socket_address);
        cr_expect_eq(size, addresses[i].family == AF_INET ? sizeof(struct sockaddr_in)
                                                          : sizeof(struct sockaddr_in6));
        cr_assert_eq(address_from_socket((struct sockaddr *)&socket_address, &back, &port), 0);
        cr_expect_eq(port, 465);
        cr_expect(address_equal(&addresses[i], &back));
        cr_assert_eq(address_from_socket((struct sockaddr *)&socket_address, &back, NULL), 0);
        for (size_t j = 0; j < i; j++) {
            cr_expect_lt(address_compare(&addresses[j], &addresses[i]), 0);
            cr_expect_gt(address_compare(&addresses[i], &addresses[j]), 0);
            cr_expect_not(address_equal(&addresses[i], &addresses[j]));
        }
    }

    struct sockaddr other = {.sa_family = AF_UNIX};
    struct address address = {.family = -1};

    cr_expect_eq(address_from_socket(&other, &address, NULL), -EINVAL);
    cr_expect_eq(address.family, -1);
}
