/*
 * probe_dnsbl.c - tests of the blacklist probe: answers of tables in (the resolver's, and those of the lists' own
 * servers), facts and the time they took out as a text
 */
#include "probes/probe.h"

#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { ANSWERS = 24, TRIP_MS = 100 };

#define LIST(zone, kinds, more)                                                                              \
    "{\"zone\": \"" zone "\", \"name\": \"" zone "\", \"kinds\": [" kinds "], \"tier\": 1, \"codes\": "      \
    "[{\"code\": \"127.0.0.2-9\", \"meaning\": \"spam\"}]" more "}"
#define LISTS(lists) "{\"schema\": 1, \"name\": \"test\", \"lists\": [" lists "]}"
#define A_BL         LIST("a.bl", "\"ipv4\"", "")
#define B_BL         LIST("b.bl", "\"ipv4\"", "")
#define AT(name, ...)                                                                                        \
    {                                                                                                        \
        name, "A", .records = {__VA_ARGS__}, .delay_ms = TRIP_MS                                             \
    }
#define SAYS(name, text)                                                                                     \
    {                                                                                                        \
        name, "TXT", .records = {text}, .delay_ms = TRIP_MS                                                  \
    }
#define NOT_AT(name)                                                                                         \
    {                                                                                                        \
        name, "A", .outcome = DNS_NXDOMAIN, .delay_ms = TRIP_MS                                              \
    }
#define TESTED(zone) AT("2.0.0.127." zone, "127.0.0.2"), NOT_AT("1.0.0.127." zone)
#define REFUSING(zone)                                                                                       \
    AT("2.0.0.127." zone, "127.255.255.254"), AT("1.0.0.127." zone, "127.255.255.254"),                      \
        AT("7.114.0.203." zone, "127.255.255.254")

struct row {
    const char *lists;
    const char *domain, *sender, *hosts[2];
    struct fake_answer table[ANSWERS];    /* the resolver's */
    struct fake_answer iterated[ANSWERS]; /* of the lists' own servers; none: there is no way to ask them */
    const char *expected;
};

static const struct row rows[] = {
    /* listed, with the reason in a second round trip; senders first, each address once */
    {LISTS(A_BL ", " B_BL),
     NULL,
     "203.0.114.7",
     {"203.0.114.8", "203.0.114.7"},
     {TESTED("a.bl"), TESTED("b.bl"), AT("7.114.0.203.a.bl", "127.0.0.2"),
      SAYS("7.114.0.203.a.bl", "\"why\""), NOT_AT("8.114.0.203.a.bl"), NOT_AT("7.114.0.203.b.bl"),
      NOT_AT("8.114.0.203.b.bl")},
     {{0}},
     "a.bl ipv4 usable; b.bl ipv4 usable; 203.0.114.7: a.bl=127.0.0.2(why) b.bl=clean; 203.0.114.8: "
     "a.bl=clean "
     "b.bl=clean; 200 ms"},
    /* nothing listed: one round trip */
    {LISTS(A_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {TESTED("a.bl"), NOT_AT("7.114.0.203.a.bl")},
     {{0}},
     "a.bl ipv4 usable; 203.0.114.7: a.bl=clean; 100 ms"},
    /* a list that answers everything lists nobody; one that is empty calls nobody clean */
    {LISTS(A_BL ", " B_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {AT("2.0.0.127.a.bl", "127.0.0.2"), AT("1.0.0.127.a.bl", "127.0.0.2"),
      AT("7.114.0.203.a.bl", "127.0.0.2"), NOT_AT("2.0.0.127.b.bl"), NOT_AT("1.0.0.127.b.bl"),
      NOT_AT("7.114.0.203.b.bl")},
     {{0}},
     "a.bl ipv4 lists_all; b.bl ipv4 lists_none; 203.0.114.7: a.bl=? b.bl=?; 100 ms"},
    /* nor does a failure */
    {LISTS(A_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {{"2.0.0.127.a.bl", "A", .outcome = DNS_FAILURE}, NOT_AT("1.0.0.127.a.bl"), NOT_AT("7.114.0.203.a.bl")},
     {{0}},
     "a.bl ipv4 no_answer; 203.0.114.7: a.bl=?; 100 ms"},
    /* a failure of one question is one of that question */
    {LISTS(A_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {TESTED("a.bl"), {"7.114.0.203.a.bl", "A", .outcome = DNS_FAILURE}},
     {{0}},
     "a.bl ipv4 usable; 203.0.114.7: a.bl=? (it gave no answer (SERVFAIL)); 100 ms"},
    /* an answer that nobody explains makes the list useless, also when its test is fine */
    {LISTS(A_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {TESTED("a.bl"), AT("7.114.0.203.a.bl", "127.0.0.99")},
     {{0}},
     "a.bl ipv4 undocumented; 203.0.114.7: a.bl=?; 100 ms"},
    /* refused, and nobody else to ask */
    {LISTS(A_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {REFUSING("a.bl")},
     {{0}},
     "a.bl ipv4 refused; 203.0.114.7: a.bl=?; 100 ms"},
    /* refused, and answered by the list's own servers: a round trip more, TXT and test included */
    {LISTS(A_BL ", " B_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {REFUSING("a.bl"), TESTED("b.bl"), AT("7.114.0.203.b.bl", "127.0.0.3"),
      SAYS("7.114.0.203.b.bl", "\"b\"")},
     {TESTED("a.bl"), AT("7.114.0.203.a.bl", "127.0.0.2"), SAYS("7.114.0.203.a.bl", "\"a\"")},
     "a.bl ipv4 usable iterated; b.bl ipv4 usable; 203.0.114.7: a.bl=127.0.0.2(a) b.bl=127.0.0.3(b); 300 ms"},
    /* these refuse as well */
    {LISTS(A_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {REFUSING("a.bl")},
     {REFUSING("a.bl")},
     "a.bl ipv4 refused iterated; 203.0.114.7: a.bl=?; 200 ms"},
    /* refused for the question alone: too many of them */
    {LISTS(A_BL),
     NULL,
     "203.0.114.7",
     {NULL},
     {TESTED("a.bl"), AT("7.114.0.203.a.bl", "127.255.255.255")},
     {TESTED("a.bl"), NOT_AT("7.114.0.203.a.bl")},
     "a.bl ipv4 usable iterated; 203.0.114.7: a.bl=clean; 200 ms"},
    /* each kind in the lists for it: nobody asks a list of names for an address */
    {LISTS(LIST("v6.bl", "\"ipv6\"", "") ", " LIST("names.bl", "\"domain\"", "") ", " A_BL),
     "example.org",
     "2a01:4f8::2",
     {NULL},
     {AT("2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.v6.bl", "127.0.0.2"),
      NOT_AT("1.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.v6.bl"),
      AT("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.f.4.0.1.0.a.2.v6.bl", "127.0.0.2"),
      AT("test.names.bl", "127.0.0.2"), NOT_AT("invalid.names.bl"), AT("example.org.names.bl", "127.0.0.4")},
     {{0}},
     "v6.bl ipv6 usable; names.bl domain usable; example.org: names.bl=127.0.0.4; 2a01:4f8::2: "
     "v6.bl=127.0.0.2; "
     "100 ms"}, /* that there is no TXT record is known at once */
    /* private addresses are nobody's business; a list that has ended is not asked */
    {LISTS(A_BL ", " LIST("dnsbl.sorbs.net", "\"ipv4\"", "")),
     NULL,
     "10.0.0.1",
     {"203.0.114.7"},
     {TESTED("a.bl"), NOT_AT("7.114.0.203.a.bl"), AT("7.114.0.203.dnsbl.sorbs.net", "127.0.0.2")},
     {{0}},
     "a.bl ipv4 usable; dnsbl.sorbs.net ipv4 ended; 203.0.114.7: a.bl=clean; 100 ms"},
    /* a list without test entries */
    {LISTS(LIST("a.bl", "\"ipv4\"", ", \"tests\": {\"ipv4\": {\"listed\": null, \"unlisted\": null}}")),
     NULL,
     "203.0.114.7",
     {NULL},
     {NOT_AT("7.114.0.203.a.bl")},
     {{0}},
     "a.bl ipv4 usable; 203.0.114.7: a.bl=clean; 100 ms"},
};

struct run {
    struct network network;
    struct arena *arena;
    const struct row *row;
    struct dns_facts dns;
    struct dnsbl_facts *facts, *again;
    int result;
    size_t asked, asked_again; /* of the iterator */
};

static void run_probe(void *argument)
{
    struct run *run = argument;
    struct fake_resolver *fake = fake_resolver_new(run->network.engine, run->row->iterated,
                                                   probe_stage_answers(run->row->iterated, ANSWERS));
    const struct blocklists *lists = NULL;
    const char *error = NULL;
    struct dnsbl_service *service;
    struct task_group *group;

    cr_assert_eq(blocklists_read(run->row->lists, strlen(run->row->lists), run->arena, &lists, &error), 0,
                 "%s", error);
    cr_assert_eq(task_group_new(engine_root(run->network.engine), "services", &group), 0);
    cr_assert_eq(dnsbl_service_new(&run->network, run->network.resolver,
                                   run->row->iterated[0].name == NULL ? NULL : fake_resolver(fake), lists,
                                   group, &service),
                 0);
    run->result = dnsbl_probe(service, &run->dns, false, DEADLINE_NEVER, run->arena, &run->facts);
    if (run->again != NULL) { /* another target */
        run->asked = fake_resolver_questions(fake)->count;
        cr_assert_eq(dnsbl_probe(service, &run->dns, false, DEADLINE_NEVER, run->arena, &run->again), 0);
        run->asked_again = fake_resolver_questions(fake)->count - run->asked;
    }
    task_group_end(group);
    dnsbl_service_free(service);
    fake_resolver_free(fake);
}

static void add_address(struct run *run, struct list *addresses, const char *text)
{
    struct host_address_facts *address = list_new_item(addresses, run->arena, sizeof(*address));

    address->address = text;
}

static int64_t run_row(struct run *run, const struct row *row, int64_t stop_after_ms)
{
    struct mail_host_facts *host;

    run->row = row;
    run->arena = arena_new(0);
    run->dns = (struct dns_facts){.domain = row->domain};
    host = list_new_item(&run->dns.hosts, run->arena, sizeof(*host));
    if (row->sender != NULL)
        add_address(run, &run->dns.senders, row->sender);
    for (size_t i = 0; i < 2 && row->hosts[i] != NULL; i++)
        add_address(run, &host->addresses, row->hosts[i]);
    return probe_stage_run(&run->network, row->table, probe_stage_answers(row->table, ANSWERS), run_probe,
                           run, stop_after_ms);
}

static void put_lookup(struct buffer *out, const struct dnsbl_lookup_facts *lookup)
{
    put_format(out, " %s=", lookup->zone);
    if (lookup->result != DNSBL_LISTED)
        put_text(out, lookup->result == DNSBL_CLEAN ? "clean" : "?");
    if (lookup->reason != NULL)
        put_format(out, " (%s)", lookup->reason);
    for (size_t i = 0; i < lookup->codes.count; i++)
        put_text(out, ((const struct dnsbl_code_facts *)lookup->codes.items[i])->code);
    for (size_t i = 0; i < lookup->texts.count; i++)
        put_format(out, "(%s)", (const char *)lookup->texts.items[i]);
}

static const char *facts_text(struct buffer *out, const struct dnsbl_facts *facts, int64_t milliseconds)
{
    for (size_t i = 0; i < facts->lists.count; i++) {
        const struct dnsbl_list_facts *list = facts->lists.items[i];

        cr_expect_eq(list->usable == NO, list->reason != NULL && list->fault != DNSBL_STOPPED);
        put_format(out, "%s %s %s%s; ", list->zone, list->kind,
                   list->usable == YES ? "usable" : dnsbl_fault_values[list->fault],
                   list->iterated == YES ? " iterated" : "");
    }
    for (size_t i = 0; i < facts->subjects.count; i++) {
        const struct dnsbl_subject_facts *subject = facts->subjects.items[i];

        put_format(out, "%s:", subject->name);
        for (size_t j = 0; j < subject->lookups.count; j++)
            put_lookup(out, subject->lookups.items[j]);
        put_text(out, "; ");
    }
    put_format(out, "%d ms", (int)milliseconds);
    put_u8(out, '\0');
    return (const char *)out->data;
}

Test(probe_dnsbl, table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct run run = {0};
        struct buffer text = {0};
        int64_t milliseconds = run_row(&run, &rows[i], 0);

        cr_assert_eq(run.result, 0);
        facts_text(&text, run.facts, milliseconds);
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        buffer_free(&text);
        arena_free(run.arena);
    }
}

/* What is known of a list is known for the next target: no test again, and no way that was of no use. */
Test(probe_dnsbl, second_target)
{
    static const struct row refused = {LISTS(A_BL),
                                       NULL,
                                       "203.0.114.7",
                                       {NULL},
                                       {REFUSING("a.bl")},
                                       {TESTED("a.bl"), NOT_AT("7.114.0.203.a.bl")},
                                       ""};
    struct dnsbl_facts nothing;
    struct run run = {.again = &nothing};
    struct buffer text = {0};

    cr_expect_eq(run_row(&run, &refused, 0), 300); /* two round trips, and then one */
    cr_expect_str_eq(facts_text(&text, run.again, 0),
                     "a.bl ipv4 usable iterated; 203.0.114.7: a.bl=clean; 0 ms");
    cr_expect_eq(run.asked, 4);       /* two of the test, and A and TXT */
    cr_expect_eq(run.asked_again, 2); /* A and TXT */
    buffer_free(&text);
    arena_free(run.arena);
}

/* Stopped before the answers came: nothing is called clean. */
Test(probe_dnsbl, canceled)
{
    struct run run = {0};
    struct buffer text = {0};

    cr_expect_eq(run_row(&run, &rows[1], TRIP_MS / 2), TRIP_MS / 2);
    cr_assert_eq(run.result, 0);
    cr_expect_str_eq(facts_text(&text, run.facts, 0), "a.bl ipv4 stopped; 203.0.114.7: a.bl=?; 0 ms");
    buffer_free(&text);
    arena_free(run.arena);
}

/* More addresses than there are questions for: the first ones are asked, the others told. */
Test(probe_dnsbl, too_many)
{
    static const struct row row = {.lists = LISTS(A_BL), .table = {TESTED("a.bl")}, .expected = ""};
    struct run run = {0};
    struct mail_host_facts *host;

    run.row = &row;
    run.arena = arena_new(0);
    host = list_new_item(&run.dns.hosts, run.arena, sizeof(*host));
    for (int i = 0; i < 650; i++)
        add_address(&run, &host->addresses,
                    arena_format(run.arena, "203.0.%d.%d", 114 + i / 250, 1 + i % 250));
    (void)probe_stage_run(&run.network, row.table, 2, run_probe, &run, 0);
    cr_assert_eq(run.result, 0);
    cr_expect_eq(run.facts->subjects.count, 600);
    cr_expect_eq(run.facts->left_out.count, 50);
    cr_expect_str_eq(run.facts->left_out.items[0], "203.0.116.101");
    arena_free(run.arena);
}
