/*
 * dns_cache.c - tests of what is kept of answers, how long, and what goes when it is full
 */
#include "scanner/net/dns_cache.h"

#include "scanner/base/arena.h"
#include "tests/unit/dns_packets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct dns_key key_of(const char *name, uint16_t type)
{
    struct dns_key key = {.type = type};

    cr_assert_eq(dns_name_from_text(name, &key.name), 0);
    return key;
}

static struct dns_key numbered(int number)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "host%d.example", number);
    return key_of(name, DNS_A);
}

static void keep(struct dns_cache *cache, const struct dns_key *key, int64_t lifetime_ms, size_t size,
                 int64_t now)
{
    struct dns_result *result = dns_result_new();
    struct bytes packet = {.data = calloc(1, size), .size = size};

    cr_assert(result != NULL && packet.data != NULL);
    result->lifetime_ms = lifetime_ms;
    dns_result_add(result, packet);
    dns_cache_add(cache, key, result, now);
    dns_result_release(result);
}

static bool has(struct dns_cache *cache, const struct dns_key *key, int64_t now)
{
    struct dns_result *result = dns_cache_find(cache, key, now);

    dns_result_release(result);
    return result != NULL;
}

Test(dns_cache, by_name_and_type)
{
    struct dns_cache *cache = dns_cache_new(10, 1000000, 1);
    struct dns_key mx = key_of("example.org", DNS_MX);
    struct dns_key a = key_of("example.org", DNS_A);
    struct dns_key other = key_of("example.net", DNS_MX);

    keep(cache, &mx, 1000, 100, 0);
    cr_expect(has(cache, &mx, 0));
    cr_expect_not(has(cache, &a, 0));
    cr_expect_not(has(cache, &other, 0));
    keep(cache, &mx, 2000, 100, 0); /* in place of the first */
    cr_expect_eq(dns_cache_entries(cache), 1);
    cr_expect(has(cache, &mx, 1500));
    dns_cache_free(cache);
    dns_cache_free(NULL);
}

Test(dns_cache, time)
{
    struct dns_cache *cache = dns_cache_new(10, 1000000, 1);
    struct dns_key key = key_of("example.org", DNS_MX);

    keep(cache, &key, 1000, 100, 5000);
    cr_expect(has(cache, &key, 5999));
    cr_expect_not(has(cache, &key, 6000));
    cr_expect_eq(dns_cache_entries(cache), 0);
    keep(cache, &key, 1000, 100, 5000);
    keep(cache, &key, 0, 100, 5000); /* not to be kept: what was there is no longer true either */
    cr_expect_not(has(cache, &key, 5000));
    dns_cache_free(cache);
}

/* What was used longest ago goes; a result outlives its entry while somebody holds it. */
Test(dns_cache, least_recently_used_goes)
{
    struct dns_cache *cache = dns_cache_new(100, 1000000, 7);
    struct dns_key first = numbered(0);
    struct dns_result *held;

    for (int i = 0; i < 100; i++) {
        struct dns_key key = numbered(i);

        keep(cache, &key, 1000, 10, 0);
    }
    held = dns_cache_find(cache, &first, 0);
    for (int i = 100; i < 150; i++) {
        struct dns_key key = numbered(i);

        keep(cache, &key, 1000, 10, 0);
    }
    cr_expect_eq(dns_cache_entries(cache), 100);
    for (int i = 0; i < 150; i++) {
        struct dns_key key = numbered(i);

        cr_expect_eq(has(cache, &key, 0), i == 0 || i > 50, "%d", i);
    }
    dns_cache_free(cache);
    cr_expect_eq(held->packets[0].size, 10);
    dns_result_release(held);
}

Test(dns_cache, bytes_are_limited)
{
    struct dns_cache *cache = dns_cache_new(1000, 100000, 7);
    struct dns_key large = key_of("large.example", DNS_TXT);

    for (int i = 0; i < 100; i++) {
        struct dns_key key = numbered(i);

        keep(cache, &key, 1000, 9000, 0);
    }
    cr_expect_lt(dns_cache_entries(cache), 12);
    cr_expect_gt(dns_cache_entries(cache), 5);
    keep(cache, &large, 1000, 200000, 0);
    cr_expect_not(has(cache, &large, 0));
    dns_cache_free(cache);
}

/* RFC 2308 5 and the caps of the house. */
Test(dns_cache, lifetime)
{
#define SOA "ns.example.org hostmaster.example.org 1 7200 3600 1209600 "
    static const struct {
        uint16_t rcode;
        struct {
            int section;
            const char *name, *type;
            uint32_t ttl;
            const char *text;
        } parts[4];
        int64_t seconds;
    } table[] = {
        {0, {{PACKET_ANSWER, "www.example.org", "A", 300, "192.0.2.1"}}, 300},
        {0, {{PACKET_ANSWER, "www.example.org", "A", 0, "192.0.2.1"}}, 0},
        {0, {{PACKET_ANSWER, "www.example.org", "A", 86400, "192.0.2.1"}}, 3600},
        {0, {{PACKET_ANSWER, "www.example.org", "A", 0x7fffffff, "192.0.2.1"}}, 3600},
        {0, {{PACKET_ANSWER, "www.example.org", "A", 0x80000000, "192.0.2.1"}}, 0},
        {0,
         {{PACKET_ANSWER, "www.example.org", "CNAME", 20, "a.example.org"},
          {PACKET_ANSWER, "a.example.org", "A", 300, "192.0.2.1"}},
         20},
        {0, {{PACKET_AUTHORITY, "example.org", "SOA", 600, SOA "300"}}, 300},
        {0, {{PACKET_AUTHORITY, "example.org", "SOA", 200, SOA "300"}}, 200},
        {3, {{PACKET_AUTHORITY, "example.org", "SOA", 86400, SOA "86400"}}, 900},
        {3,
         {{PACKET_ANSWER, "www.example.org", "CNAME", 20, "a.example.org"},
          {PACKET_AUTHORITY, "example.org", "SOA", 600, SOA "300"}},
         20},
        {3, {{0}}, 5},
        {0, {{0}}, 5},
        {2, {{0}}, 5},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct arena *arena = arena_new(0);
        struct buffer packet = {0};
        struct dns_answer *answer = NULL;
        const char *why = "";

        packet_begin(&packet, 1, (uint16_t)(FLAGS_ANSWER | table[i].rcode), "www.example.org", DNS_A);
        for (size_t k = 0; table[i].parts[k].section != 0; k++)
            packet_record(&packet, table[i].parts[k].section, table[i].parts[k].name, table[i].parts[k].type,
                          table[i].parts[k].ttl, table[i].parts[k].text);
        cr_assert_eq(dns_answer_parse(bytes_of(packet.data, packet.size), "www.example.org", DNS_A, arena,
                                      &answer, &why),
                     0, "%zu: %s", i, why);
        cr_expect_eq(dns_answer_lifetime_ms(answer), 1000 * table[i].seconds, "%zu: %ld", i,
                     (long)dns_answer_lifetime_ms(answer));
        buffer_free(&packet);
        arena_free(arena);
    }
}

Test(dns_cache, server_addresses)
{
    static const struct {
        const char *text;
        const char *back; /* NULL: refused */
    } table[] = {
        {"192.0.2.53", "192.0.2.53:53"},
        {"192.0.2.53:5353", "192.0.2.53:5353"},
        {"2001:db8::53", "[2001:db8::53]:53"},
        {"[2001:db8::53]", "[2001:db8::53]:53"},
        {"[2001:db8::53]:5353", "[2001:db8::53]:5353"},
        {"", NULL},
        {":53", NULL},
        {"192.0.2.53:", NULL},
        {"192.0.2.53:0", NULL},
        {"192.0.2.53:65536", NULL},
        {"192.0.2.53:53x", NULL},
        {"192.0.2", NULL},
        {"resolver.example", NULL},
        {"[2001:db8::53", NULL},
        {"[2001:db8::53]x", NULL},
        {"[192.0.2.1", NULL},
        {"fe80::1%eth0", NULL},
        {"1111111111111111111111111111111111111111111111111111111111111111111111", NULL},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct dns_server_address server;
        char text[DNS_SERVER_TEXT_SIZE];
        int result = dns_server_parse(table[i].text, &server);

        cr_expect_eq(result == 0, table[i].back != NULL, "\"%s\": %d", table[i].text, result);
        if (result == 0 && table[i].back != NULL)
            cr_expect_str_eq(dns_server_format(&server, text), table[i].back);
    }
}

Test(dns_cache, resolv_conf)
{
    static const char content[] = "# nameserver 192.0.2.1\n"
                                  "; nameserver 192.0.2.2\n"
                                  "search example.org\n"
                                  "options edns0 trust-ad\n"
                                  "nameserver nonsense\n"
                                  "nameserver fe80::1%eth0\n"
                                  "  nameserver\t192.0.2.3   # tail\n"
                                  "nameserver 2001:db8::4\n"
                                  "nameserver 192.0.2.5\n"
                                  "nameserver 192.0.2.6\n";
    static const char *const expected[] = {"192.0.2.3:53", "[2001:db8::4]:53", "192.0.2.5:53"};
    char path[] = "/tmp/outpost-resolv-XXXXXX";
    char text[DNS_SERVER_TEXT_SIZE];
    struct dns_server_list list = {0};
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    cr_assert_not_null(file);
    (void)fputs(content, file);
    (void)fclose(file);
    cr_expect_eq(dns_servers_read(path, &list), 0);
    cr_assert_eq(list.count, 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_str_eq(dns_server_format(&list.servers[i], text), expected[i]);
    (void)remove(path);
    cr_expect_eq(dns_servers_read(path, &list), -ENOENT);
}
