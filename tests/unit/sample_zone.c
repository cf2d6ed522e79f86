/*
 * sample_zone.c - a zone with two name servers and nothing wrong, for tests of the judge
 */
#include "tests/unit/sample_zone.h"

#include "scanner/base/arena.h"

#include <stdlib.h>

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static void add(struct list *list, struct arena *arena, const void *item)
{
    if (list_add(list, arena, (void *)(uintptr_t)item) < 0)
        abort();
}

#define MAKE(arena, type) ((type *)must(arena_alloc(arena, sizeof(type))))

static void add_zone_answer(struct zone_server_facts *server, struct arena *arena, const char *type,
                            enum known tcp, char *record)
{
    struct zone_answer_facts *answer = MAKE(arena, struct zone_answer_facts);

    answer->type = type;
    answer->tcp = tcp;
    answer->later = NO;
    answer->outcome = record != NULL ? DNS_DATA : DNS_NODATA;
    answer->rcode = number(0);
    answer->authoritative = YES;
    answer->truncated = NO;
    answer->records.observed = true;
    answer->milliseconds = number(20);
    if (record != NULL)
        add(&answer->records, arena, record);
    add(&server->answers, arena, answer);
}

static void add_zone_server(struct zone_facts *zone, struct arena *arena, const char *name,
                            const char *address)
{
    static char soa[] = "ns1.example.org hostmaster.example.org 2026112201 7200 3600 1209600 300";
    static char mx[] = "10 mail.example.org";
    struct zone_server_facts *server = MAKE(arena, struct zone_server_facts);

    server->name = name;
    server->address = address;
    server->contacted = YES;
    add_zone_answer(server, arena, "SOA", NO, soa);
    add_zone_answer(server, arena, "SOA", YES, soa);
    add_zone_answer(server, arena, "MX", NO, mx);
    add_zone_answer(server, arena, "TXT", NO, NULL);
    add_zone_answer(server, arena, "DNSKEY", NO, NULL);
    add(&zone->servers, arena, server);
}

static struct dns_question_facts *random_question(struct arena *arena, const char *type)
{
    struct dns_question_facts *question = MAKE(arena, struct dns_question_facts);

    question->name = "nobody-0123456789abcdef.example.org";
    question->type = type;
    question->outcome = DNS_NXDOMAIN;
    question->rcode = number(3);
    question->server = "11.9.0.53:53";
    question->aliases.observed = question->records.observed = true;
    return question;
}

struct zone_facts *faultless_zone(struct arena *arena)
{
    static const char *const names[] = {"ns1.example.org", "ns2.example.org"};
    static const char *const addresses[] = {"11.4.1.53", "11.4.2.53"};
    struct zone_facts *zone = MAKE(arena, struct zone_facts);

    zone->name = "example.org";
    zone->parent = "org";
    zone->parent_server = "11.2.1.53:53";
    zone->addressless.observed = true;
    zone->servers_left_out = number(0);
    for (size_t i = 0; i < 2; i++) {
        struct zone_name_facts *parent = MAKE(arena, struct zone_name_facts);
        struct zone_name_facts *child = MAKE(arena, struct zone_name_facts);

        parent->name = child->name = names[i];
        parent->glue.observed = true;
        add(&zone->from_parent, arena, parent);
        add(&zone->from_child, arena, child);
        add_zone_server(zone, arena, names[i], addresses[i]);
    }
    zone->random_a = random_question(arena, "A");
    zone->random_mx = random_question(arena, "MX");
    zone->random_txt = random_question(arena, "TXT");
    return zone;
}
