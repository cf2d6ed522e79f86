/*
 * dns_answer.c - tests of what a packet says about a question: chain, outcome, records, facts
 */
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns.h"
#include "scanner/net/dns_packet.h"
#include "tests/unit/dns_packets.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SOA_TEXT     "ns.example.org hostmaster.example.org 1 7200 3600 1209600 300"

struct part {
    int section; /* 0: no more */
    const char *name, *type;
    uint32_t ttl;
    const char *text;
};

static const struct {
    const char *about, *name, *type;
    uint16_t flags; /* 0: FLAGS_ANSWER */
    struct part parts[12];
    const char *opt; /* options in digits; NULL: no OPT record */
    uint8_t extended_code;
    enum dns_outcome outcome;
    const char *records; /* texts, joined by "|" */
    const char *aliases;
    const char *reason; /* of a failure, or why it is malformed (outcome DNS_NOT_ASKED and no aliases) */
    uint32_t ttl;
} table[] = {
    {.about = "data",
     .name = "example.org",
     .type = "A",
     .parts = {{PACKET_ANSWER, "example.org", "A", 300, "192.0.2.1"},
               {PACKET_ANSWER, "EXAMPLE.org", "A", 60, "192.0.2.2"}},
     .opt = "",
     .outcome = DNS_DATA,
     .records = "192.0.2.1|192.0.2.2",
     .ttl = 60},
    {.about = "the same record twice counts once",
     .name = "example.org",
     .type = "A",
     .parts = {{PACKET_ANSWER, "example.org", "A", 300, "192.0.2.1"},
               {PACKET_ANSWER, "example.org", "A", 300, "192.0.2.1"}},
     .outcome = DNS_DATA,
     .records = "192.0.2.1",
     .ttl = 300},
    {.about = "records of other names and types beside ours are not believed",
     .name = "example.org",
     .type = "MX",
     .parts = {{PACKET_ANSWER, "evil.example", "MX", 1, "0 evil.example"},
               {PACKET_ANSWER, "example.org", "A", 1, "192.0.2.66"},
               {PACKET_ANSWER, "example.org", "MX", 300, "10 mail.example.org"},
               {PACKET_AUTHORITY, "example.org", "MX", 1, "0 evil.example"},
               {PACKET_ADDITIONAL, "example.org", "MX", 1, "0 evil.example"}},
     .outcome = DNS_DATA,
     .records = "10 mail.example.org",
     .ttl = 300},
    {.about = "only records of another name: the answer says nothing",
     .name = "example.org",
     .type = "A",
     .parts = {{PACKET_ANSWER, "evil.example", "A", 1, "192.0.2.66"}},
     .reason = "records of another name than the one asked for"},
    {.about = "chain",
     .name = "www.example.org",
     .type = "A",
     .parts = {{PACKET_ANSWER, "www.example.org", "CNAME", 10, "Web.example.net"},
               {PACKET_ANSWER, "web.example.net", "CNAME", 20, "host.example.com"},
               {PACKET_ANSWER, "host.example.com", "A", 30, "192.0.2.1"}},
     .outcome = DNS_DATA,
     .records = "192.0.2.1",
     .aliases = "web.example.net|host.example.com",
     .ttl = 30},
    {.about = "chain in any order",
     .name = "www.example.org",
     .type = "A",
     .parts = {{PACKET_ANSWER, "host.example.com", "A", 30, "192.0.2.1"},
               {PACKET_ANSWER, "web.example.net", "CNAME", 20, "host.example.com"},
               {PACKET_ANSWER, "www.example.org", "CNAME", 10, "web.example.net"}},
     .outcome = DNS_DATA,
     .records = "192.0.2.1",
     .aliases = "web.example.net|host.example.com",
     .ttl = 30},
    {.about = "an alias is data when it was asked for",
     .name = "www.example.org",
     .type = "CNAME",
     .parts = {{PACKET_ANSWER, "www.example.org", "CNAME", 10, "Web.example.net"}},
     .outcome = DNS_DATA,
     .records = "Web.example.net",
     .ttl = 10},
    {.about = "chain that stays open",
     .name = "www.example.org",
     .type = "A",
     .parts = {{PACKET_ANSWER, "www.example.org", "CNAME", 10, "web.example.net"}},
     .outcome = DNS_NOT_ASKED,
     .aliases = "web.example.net"},
    {.about = "the SOA of another zone proves nothing of the chain's end",
     .name = "www.example.org",
     .type = "A",
     .parts = {{PACKET_ANSWER, "www.example.org", "CNAME", 10, "web.example.net"},
               {PACKET_AUTHORITY, "example.org", "SOA", 300, SOA_TEXT}},
     .outcome = DNS_NOT_ASKED,
     .aliases = "web.example.net"},
    {.about = "chain that ends in nothing of this type",
     .name = "www.example.org",
     .type = "AAAA",
     .parts = {{PACKET_ANSWER, "www.example.org", "CNAME", 10, "web.example.net"},
               {PACKET_AUTHORITY, "example.net", "SOA", 300, SOA_TEXT}},
     .outcome = DNS_NODATA,
     .aliases = "web.example.net"},
    {.about = "chain that ends in no name",
     .name = "www.example.org",
     .type = "AAAA",
     .flags = FLAGS_ANSWER | 3,
     .parts = {{PACKET_ANSWER, "www.example.org", "CNAME", 10, "web.example.net"},
               {PACKET_AUTHORITY, "example.net", "SOA", 300, SOA_TEXT}},
     .outcome = DNS_NXDOMAIN,
     .aliases = "web.example.net"},
    {.about = "loop",
     .name = "a.example",
     .type = "A",
     .parts = {{PACKET_ANSWER, "a.example", "CNAME", 10, "b.example"},
               {PACKET_ANSWER, "b.example", "CNAME", 10, "a.example"}},
     .outcome = DNS_FAILURE,
     .aliases = "b.example",
     .reason = "CNAME loop at a.example"},
    {.about = "alias to itself",
     .name = "a.example",
     .type = "A",
     .parts = {{PACKET_ANSWER, "a.example", "CNAME", 10, "A.example"}},
     .outcome = DNS_FAILURE,
     .reason = "CNAME loop at a.example"},
    {.about = "loop behind the name",
     .name = "a.example",
     .type = "A",
     .parts = {{PACKET_ANSWER, "a.example", "CNAME", 10, "b.example"},
               {PACKET_ANSWER, "b.example", "CNAME", 10, "c.example"},
               {PACKET_ANSWER, "c.example", "CNAME", 10, "b.example"}},
     .outcome = DNS_FAILURE,
     .aliases = "b.example|c.example",
     .reason = "CNAME loop at b.example"},
    {.about = "eight links",
     .name = "a",
     .type = "A",
     .parts = {{PACKET_ANSWER, "a", "CNAME", 9, "b"},
               {PACKET_ANSWER, "b", "CNAME", 9, "c"},
               {PACKET_ANSWER, "c", "CNAME", 9, "d"},
               {PACKET_ANSWER, "d", "CNAME", 9, "e"},
               {PACKET_ANSWER, "e", "CNAME", 9, "f"},
               {PACKET_ANSWER, "f", "CNAME", 9, "g"},
               {PACKET_ANSWER, "g", "CNAME", 9, "h"},
               {PACKET_ANSWER, "h", "CNAME", 9, "i"},
               {PACKET_ANSWER, "i", "A", 9, "192.0.2.1"}},
     .outcome = DNS_DATA,
     .records = "192.0.2.1",
     .aliases = "b|c|d|e|f|g|h|i",
     .ttl = 9},
    {.about = "nine links",
     .name = "a",
     .type = "A",
     .parts = {{PACKET_ANSWER, "a", "CNAME", 9, "b"},
               {PACKET_ANSWER, "b", "CNAME", 9, "c"},
               {PACKET_ANSWER, "c", "CNAME", 9, "d"},
               {PACKET_ANSWER, "d", "CNAME", 9, "e"},
               {PACKET_ANSWER, "e", "CNAME", 9, "f"},
               {PACKET_ANSWER, "f", "CNAME", 9, "g"},
               {PACKET_ANSWER, "g", "CNAME", 9, "h"},
               {PACKET_ANSWER, "h", "CNAME", 9, "i"},
               {PACKET_ANSWER, "i", "CNAME", 9, "j"},
               {PACKET_ANSWER, "j", "A", 9, "192.0.2.1"}},
     .outcome = DNS_FAILURE,
     .aliases = "b|c|d|e|f|g|h|i",
     .reason = "CNAME chain longer than 8 links"},
    {.about = "two aliases for one name",
     .name = "a.example",
     .type = "A",
     .parts = {{PACKET_ANSWER, "a.example", "CNAME", 10, "b.example"},
               {PACKET_ANSWER, "a.example", "CNAME", 10, "c.example"}},
     .reason = "two aliases for one name"},
    {.about = "the same alias twice",
     .name = "a.example",
     .type = "A",
     .parts = {{PACKET_ANSWER, "a.example", "CNAME", 10, "b.example"},
               {PACKET_ANSWER, "a.example", "CNAME", 10, "B.example"},
               {PACKET_ANSWER, "b.example", "A", 10, "192.0.2.1"}},
     .outcome = DNS_DATA,
     .records = "192.0.2.1",
     .aliases = "b.example",
     .ttl = 10},
    {.about = "nothing of this type",
     .name = "example.org",
     .type = "AAAA",
     .parts = {{PACKET_AUTHORITY, "example.org", "SOA", 300, SOA_TEXT}},
     .outcome = DNS_NODATA},
    {.about = "nothing at all, from a server that resolves for us",
     .name = "example.org",
     .type = "AAAA",
     .outcome = DNS_NODATA},
    {.about = "no such name",
     .name = "nx.example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | 3,
     .parts = {{PACKET_AUTHORITY, "example.org", "SOA", 300, SOA_TEXT}},
     .outcome = DNS_NXDOMAIN},
    {.about = "no such name, and here it is",
     .name = "nx.example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | 3,
     .parts = {{PACKET_ANSWER, "nx.example.org", "A", 300, "192.0.2.1"}},
     .reason = "NXDOMAIN together with records"},
    {.about = "referral",
     .name = "example.org",
     .type = "A",
     .flags = 0x8100,
     .parts = {{PACKET_AUTHORITY, "org", "NS", 300, "ns.example"}},
     .outcome = DNS_FAILURE,
     .reason = "referral: the server does not resolve names for us"},
    {.about = "SERVFAIL",
     .name = "example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | 2,
     .outcome = DNS_FAILURE,
     .reason = "SERVFAIL"},
    {.about = "SERVFAIL with the reason",
     .name = "example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | 2,
     .opt = "000f 0002 0006",
     .outcome = DNS_FAILURE,
     .reason = "SERVFAIL (extended error 6, DNSSEC Bogus)"},
    {.about = "SERVFAIL with the reason in words, which are hostile",
     .name = "example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | 2,
     .opt = "000a 0008 00x8 000f 0006 0009 1b 5b 6d ff",
     .outcome = DNS_FAILURE,
     .reason = "SERVFAIL (extended error 9, DNSKEY Missing: \\x1b[m\\xff)"},
    {.about = "an extended error without a name",
     .name = "example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | 5,
     .opt = "000f 0002 ffff",
     .outcome = DNS_FAILURE,
     .reason = "REFUSED (extended error 65535, unnamed)"},
    {.about = "an option too short to be an extended error",
     .name = "example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | 2,
     .opt = "000f 0001 00",
     .outcome = DNS_FAILURE,
     .reason = "SERVFAIL"},
    {.about = "a code of 12 bits: BADVERS",
     .name = "example.org",
     .type = "A",
     .opt = "",
     .extended_code = 1,
     .outcome = DNS_FAILURE,
     .reason = "response code 16"},
    {.about = "truncated",
     .name = "example.org",
     .type = "A",
     .flags = FLAGS_ANSWER | FLAG_TC,
     .parts = {{PACKET_ANSWER, "example.org", "A", 300, "192.0.2.1"}},
     .outcome = DNS_FAILURE,
     .reason = "truncated answer"},
    {.about = "the root",
     .name = ".",
     .type = "NS",
     .parts = {{PACKET_ANSWER, ".", "NS", 300, "a.root-servers.example"}},
     .outcome = DNS_DATA,
     .records = "a.root-servers.example",
     .ttl = 300},
    {.about = "odd bytes in names",
     .name = "a\\.b\\007.example",
     .type = "PTR",
     .parts = {{PACKET_ANSWER, "A\\.B\\007.example", "PTR", 5, "\\000\\255\\\".example"}},
     .outcome = DNS_DATA,
     .records = "\\000\\255\\\".example",
     .ttl = 5},
};

static const char *texts_of(const struct list *records, struct arena *arena)
{
    struct list texts = {0};

    for (size_t i = 0; i < records->count; i++) {
        const struct dns_record *record = records->items[i];

        cr_assert_eq(list_add(&texts, arena, arena_text(arena, record->text)), 0);
    }
    return texts.count > 0 ? text_join(arena, &texts, "|") : "";
}

static void build(size_t row, struct buffer *out)
{
    uint16_t flags = table[row].flags != 0 ? table[row].flags : FLAGS_ANSWER;

    packet_begin(out, 1, flags, table[row].name, dns_type_number(table[row].type));
    for (const struct part *part = table[row].parts; part->section != 0; part++)
        packet_record(out, part->section, part->name, part->type, part->ttl, part->text);
    if (table[row].opt != NULL)
        packet_opt(out, table[row].extended_code, table[row].opt);
}

static void check_row(size_t row, struct bytes packet, struct arena *arena)
{
    struct dns_answer *answer = NULL;
    const char *why = "";
    int result =
        dns_answer_parse(packet, table[row].name, dns_type_number(table[row].type), arena, &answer, &why);

    if (table[row].outcome == DNS_NOT_ASKED && table[row].aliases == NULL) {
        cr_expect_eq(result, -EBADMSG, "%s", table[row].about);
        cr_expect_str_eq(why, table[row].reason, "%s: %s", table[row].about, why);
        return;
    }
    cr_assert_eq(result, 0, "%s: %s", table[row].about, why);
    const char *records = texts_of(&answer->records, arena);
    const char *aliases = answer->aliases.count > 0 ? text_join(arena, &answer->aliases, "|") : "";

    cr_expect_eq(answer->outcome, table[row].outcome, "%s: %d", table[row].about, answer->outcome);
    cr_expect_str_eq(records, table[row].records != NULL ? table[row].records : "", "%s", table[row].about);
    cr_expect_str_eq(aliases, table[row].aliases != NULL ? table[row].aliases : "", "%s", table[row].about);
    cr_expect_eq(answer->ttl, table[row].ttl, "%s", table[row].about);
    cr_expect_eq(answer->edns_stripped, table[row].opt == NULL, "%s", table[row].about);
    cr_expect(bytes_equal(answer->packet, packet));
    if (table[row].reason == NULL)
        cr_expect_null(answer->reason, "%s: %s", table[row].about, answer->reason);
    else
        cr_expect_str_eq(answer->reason, table[row].reason);
}

Test(dns_answer, outcomes)
{
    for (size_t row = 0; row < COUNT(table); row++) {
        struct arena *arena = arena_new(0);
        struct buffer packet = {0};

        build(row, &packet);
        check_row(row, bytes_of(packet.data, packet.size), arena);
        buffer_free(&packet);
        arena_free(arena);
    }
}

/* An answer to another question is never ours, whatever it says. */
Test(dns_answer, question_must_be_ours)
{
    static const struct {
        const char *name;
        uint16_t type;
        int result;
    } asked[] = {
        {"example.org", DNS_A, 0},           {"Example.ORG.", DNS_A, 0},
        {"example.org", DNS_AAAA, -EBADMSG}, {"example.net", DNS_A, -EBADMSG},
        {"xexample.org", DNS_A, -EBADMSG},   {"a..b", DNS_A, -EINVAL},
    };
    struct arena *arena = arena_new(0);
    struct buffer packet = {0};

    packet_begin(&packet, 1, FLAGS_ANSWER | FLAG_AD, "eXample.org", DNS_A);
    packet_record(&packet, PACKET_ANSWER, "example.org", "A", 300, "192.0.2.1");
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct dns_answer *answer = NULL;
        const char *why = NULL;
        int result = dns_answer_parse(bytes_of(packet.data, packet.size), asked[i].name, asked[i].type, arena,
                                      &answer, &why);

        cr_expect_eq(result, asked[i].result, "%s: %d", asked[i].name, result);
        if (result == -EBADMSG)
            cr_expect_str_eq(why, "answer to another question");
        if (result == 0) {
            cr_expect_str_eq(answer->name, "example.org");
            cr_expect(answer->authenticated);
        }
    }
    buffer_free(&packet);
    arena_free(arena);
}

/* When memory ends early, in every place, the answer is an error and never half of one. */
Test(dns_answer, out_of_memory)
{
    struct buffer packet = {0};
    size_t limit = 16; /* 0 would be none */
    int result = -ENOMEM;

    build(4, &packet); /* the chain */
    for (; result == -ENOMEM && limit < 100000; limit += 8) {
        struct arena *arena = arena_new(limit);
        struct dns_answer *answer = NULL;
        const char *why = NULL;

        result = dns_answer_parse(bytes_of(packet.data, packet.size), "www.example.org", DNS_A, arena,
                                  &answer, &why);
        cr_expect_eq(result == 0, answer != NULL);
        arena_free(arena);
    }
    cr_expect_eq(result, 0);
    cr_expect_gt(limit, 500);
    buffer_free(&packet);
}

static struct dns_record record_of(const char *type, const char *text, struct arena *arena)
{
    struct buffer data = {0};
    struct dns_record record = {.name = "x", .type = dns_type_number(type)};

    cr_assert_eq(fake_record_data(type, text, &data), 0, "%s", text);
    record.data = bytes_of(arena_copy(arena, data.data, data.size), data.size);
    record.text = dns_data_text(arena, record.type, record.data);
    buffer_free(&data);
    return record;
}

Test(dns_answer, records)
{
    struct arena *arena = arena_new(0);
    struct dns_record a = record_of("A", "192.0.2.1", arena);
    struct dns_record aaaa = record_of("AAAA", "2001:db8::1", arena);
    struct dns_record mx = record_of("MX", "10 MAIL.Example.org", arena);
    struct dns_record null_mx = record_of("MX", "0 .", arena);
    struct dns_record srv = record_of("SRV", "1 258 993 IMAP.Example.org", arena);
    struct dns_record no_srv = record_of("SRV", "0 0 0 .", arena);
    struct dns_record ptr = record_of("PTR", "Mail.example.org", arena);
    struct dns_record txt = record_of("TXT", "\"v=spf1 \" \"\" \"-all\\000\\255\"", arena);
    char text[ADDRESS_TEXT_SIZE];
    struct address address;
    uint16_t preference = 99;
    const char *name = NULL;
    struct bytes joined;
    struct dns_srv service;

    cr_expect_eq(dns_record_address(&a, &address), 0);
    cr_expect_str_eq(address_format(&address, text), "192.0.2.1");
    cr_expect_eq(dns_record_address(&aaaa, &address), 0);
    cr_expect_str_eq(address_format(&address, text), "2001:db8::1");
    cr_expect_eq(dns_record_mx(&mx, arena, &preference, &name), 0);
    cr_expect_eq(preference, 10);
    cr_expect_str_eq(name, "mail.example.org");
    cr_expect_eq(dns_record_mx(&null_mx, arena, &preference, &name), 0);
    cr_expect_eq(preference, 0);
    cr_expect_str_eq(name, ".");
    cr_expect_eq(dns_record_srv(&srv, arena, &service), 0);
    cr_expect_eq(service.priority, 1);
    cr_expect_eq(service.weight, 258);
    cr_expect_eq(service.port, 993);
    cr_expect_str_eq(service.target, "imap.example.org");
    cr_expect_eq(dns_record_srv(&no_srv, arena, &service), 0);
    cr_expect_str_eq(service.target, ".");
    cr_expect_eq(dns_record_srv(&mx, arena, &service), -EBADMSG);
    cr_expect_eq(dns_record_name(&ptr, arena, &name), 0);
    cr_expect_str_eq(name, "mail.example.org");
    cr_expect_eq(dns_record_txt(&txt, arena, &joined), 0);
    cr_expect(bytes_equal(joined, bytes_of("v=spf1 -all\0\xff", 13)));
    arena_free(arena);
}

/* Data that is not what the type says, whatever made it. */
Test(dns_answer, broken_records)
{
    static const struct {
        uint16_t type;
        const char *digits;
    } broken[] = {
        {DNS_A, "c00002"},
        {DNS_A, "c000020101"},
        {DNS_A, ""},
        {DNS_AAAA, "c0000201"},
        {DNS_MX, ""},
        {DNS_MX, "0a"},
        {DNS_MX, "000a"},
        {DNS_MX, "000a 0161"},
        {DNS_MX, "000a 0161 00 00"},
        {DNS_MX, "000a c000"},
        {DNS_SRV, ""},
        {DNS_SRV, "0000 0001 03e1"},
        {DNS_SRV, "0000 0001 03e1 0161"},
        {DNS_SRV, "0000 0001 03e1 0161 00 00"},
        {DNS_SRV, "0000 0001 03e1 c000"},
        {DNS_PTR, ""},
        {DNS_PTR, "0161"},
        {DNS_NS, "c000"},
        {DNS_CNAME, "0161 00 00"},
        {DNS_TXT, ""},
        {DNS_TXT, "04 616263"},
        {DNS_SOA, "00"},
        {99, "00"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < COUNT(broken); i++) {
        struct buffer data = {0};
        struct dns_record record = {.name = "x", .type = broken[i].type};
        struct address address;
        uint16_t preference;
        const char *name;
        struct bytes joined;
        struct dns_srv service;

        packet_hex(&data, broken[i].digits);
        record.data = bytes_of(data.data != NULL ? data.data : (const uint8_t *)"", data.size);
        cr_expect_eq(dns_record_address(&record, &address), -EBADMSG, "%zu", i);
        cr_expect_eq(dns_record_mx(&record, arena, &preference, &name), -EBADMSG, "%zu", i);
        cr_expect_eq(dns_record_srv(&record, arena, &service), -EBADMSG, "%zu", i);
        cr_expect_eq(dns_record_name(&record, arena, &name), -EBADMSG, "%zu", i);
        cr_expect_eq(dns_record_txt(&record, arena, &joined), -EBADMSG, "%zu", i);
        buffer_free(&data);
    }
    arena_free(arena);
}

/* Facts are copies, capped, and say "not observed" where nothing was. */
Test(dns_answer, facts)
{
    struct arena *arena = arena_new(0);
    struct arena *other = arena_new(0);
    struct buffer packet = {0};
    struct dns_answer *answer = NULL;
    const char *why = "";
    char address[32];

    packet_begin(&packet, 1, FLAGS_ANSWER | FLAG_AD, "www.example.org", DNS_A);
    packet_record(&packet, PACKET_ANSWER, "www.example.org", "CNAME", 10, "example.org");
    for (int i = 0; i < 200; i++) {
        (void)snprintf(address, sizeof(address), "192.0.2.%d", i);
        packet_record(&packet, PACKET_ANSWER, "example.org", "A", 300, address);
    }
    cr_assert_eq(
        dns_answer_parse(bytes_of(packet.data, packet.size), "www.example.org", DNS_A, other, &answer, &why),
        0, "%s", why);
    answer->milliseconds = 7;
    answer->server = "192.0.2.53:53";
    struct dns_question_facts *facts = dns_answer_facts(answer, arena);

    arena_free(other);
    cr_assert_not_null(facts);
    cr_expect_str_eq(facts->name, "www.example.org");
    cr_expect_str_eq(facts->type, "A");
    cr_expect_eq(facts->outcome, DNS_DATA);
    cr_expect(facts->rcode.known && facts->rcode.value == 0);
    cr_expect_null(facts->reason);
    cr_expect_eq(facts->authenticated, YES);
    cr_expect(facts->ttl.known && facts->ttl.value == 300);
    cr_expect(facts->milliseconds.known && facts->milliseconds.value == 7);
    cr_expect_str_eq(facts->server, "192.0.2.53:53");
    cr_expect_eq(facts->aliases.count, 1);
    cr_expect_str_eq(facts->aliases.items[0], "example.org");
    cr_expect_eq(facts->records.count, 64);
    cr_expect_str_eq(facts->records.items[63], "192.0.2.63");
    cr_expect_eq(facts->packet.size, 4096);
    cr_expect_arr_eq(facts->packet.data, packet.data, 4096);
    buffer_free(&packet);

    struct dns_answer failed = {
        .name = "example.org", .type = 65280, .outcome = DNS_FAILURE, .reason = "timeout"};

    facts = dns_answer_facts(&failed, arena);
    cr_expect_str_eq(facts->type, "TYPE65280");
    cr_expect_str_eq(facts->reason, "timeout");
    cr_expect_not(facts->rcode.known || facts->ttl.known);
    cr_expect_eq(facts->authenticated, UNKNOWN);
    cr_expect_not(facts->records.observed || facts->aliases.observed);
    cr_expect_null(facts->packet.data);
    cr_expect_null(facts->server);

    struct dns_answer nothing = {
        .name = "example.org", .type = DNS_MX, .outcome = DNS_NODATA, .rcode = number(0)};

    facts = dns_answer_facts(&nothing, arena);
    cr_expect_eq(facts->authenticated, NO);
    cr_expect(facts->records.observed && facts->records.count == 0);
    cr_expect_not(facts->ttl.known);
    arena_free(arena);
}

/* A record of 64 KiB is shortened in the facts. */
Test(dns_answer, long_text)
{
    struct arena *arena = arena_new(0);
    struct buffer data = {0};
    struct dns_answer answer = {.name = "x", .type = DNS_TXT, .outcome = DNS_DATA};

    for (int i = 0; i < 255; i++)
        packet_hex(&data, "ff 00x255");
    struct dns_record record = {.name = "x", .type = DNS_TXT, .data = bytes_of(data.data, data.size)};

    record.text = dns_data_text(arena, DNS_TXT, record.data);
    cr_assert_eq(list_add(&answer.records, arena, &record), 0);
    struct dns_question_facts *facts = dns_answer_facts(&answer, arena);

    cr_expect_gt(strlen(record.text), 255 * 255 * 4);
    cr_expect_leq(strlen(facts->records.items[0]), 4096 + 3);
    buffer_free(&data);
    arena_free(arena);
}
