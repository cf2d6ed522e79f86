/*
 * dmarc_data.c - the published cases of mailauth for RFC 9989: a zone, a message's domains, what comes out
 *
 * Files of others: read from ../shared/data or $OUTPOST_TEST_DATA, skipped when they are not there. Alignment, which
 * a scan has no message for, is computed here from the walks. Where a case names one path twice, its source evaluated
 * two messages and the data has the second: the last row counts.
 */
#include "probes/protocol/dmarc_walk.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/task.h"
#include "tests/unit/fake_resolver.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_MAX = 16 };

/* Of several records at the author domain RFC 7489 6.6.3 ended there, and so does this case; by RFC 9989 4.10 they
 * are discarded and the walk goes on. It is held against what receivers of RFC 7489 do. */
static const char older_case[] =
    "does not inherit the org policy when the author domain publishes multiple records";

struct message {
    struct arena *arena;
    struct resolver *resolver;
    const char *author;
    struct dmarc_facts facts;
    const struct dmarc_outcome_facts *outcome;
    const struct dmarc_record_facts *record; /* NULL: none applies */
    const char *spf_aligned, *dkim_aligned;  /* organizational domain; NULL: not aligned */
};

/* ---- the zone ---- */

static const char *record_text(struct arena *arena, const char *type, json_t *record)
{
    const char *text = "";
    json_t *part;
    size_t i;

    if (strcmp(type, "MX") == 0)
        return arena_format(arena, "%d %s", (int)json_integer_value(json_object_get(record, "priority")),
                            json_string_value(json_object_get(record, "exchange")));
    if (strcmp(type, "TXT") != 0)
        return arena_text(arena, json_string_value(record));
    json_array_foreach(record, i, part) text =
        arena_format(arena, "%s\"%s\" ", text, json_string_value(part));
    return text;
}

static size_t read_zone(struct arena *arena, json_t *zone, struct fake_answer *table)
{
    const char *name, *type;
    json_t *types, *records, *record;
    size_t count = 0, i;

    json_object_foreach(zone, name, types)
    {
        json_object_foreach(types, type, records)
        {
            cr_assert_lt(count, (size_t)TABLE_MAX);
            table[count] =
                (struct fake_answer){.name = arena_text(arena, name), .type = arena_text(arena, type)};
            json_array_foreach(records, i, record)
            {
                cr_assert_lt(i, (size_t)FAKE_RECORDS_MAX);
                table[count].records[i] = record_text(arena, type, record);
            }
            count++;
        }
    }
    return count;
}

/* ---- the message ---- */

static struct dns_answer *ask(struct message *message, const char *name, uint16_t type)
{
    struct dns_answer *answer;

    cr_assert_eq(resolver_ask(message->resolver, name, type, DEADLINE_NEVER, message->arena, &answer), 0);
    return answer;
}

static void ask_walk(struct message *message, const char *domain, struct list *steps)
{
    const char *names[DMARC_WALK_MAX];
    size_t count = dmarc_walk_names(domain, names);

    for (size_t i = 0; i < count; i++) {
        struct dns_answer *answer =
            ask(message, arena_format(message->arena, "_dmarc.%s", names[i]), DNS_TXT);
        struct dmarc_step_facts *step;

        cr_assert_eq(dmarc_step_read(names[i], answer, message->arena, &step), 0);
        cr_assert_eq(list_add(steps, message->arena, step), 0);
    }
}

static const char *organizational_domain(struct message *message, const char *domain)
{
    struct dmarc_discovery discovery;
    struct list steps = {0};

    ask_walk(message, domain, &steps);
    cr_assert_eq(dmarc_discover(domain, &steps, message->arena, &discovery), 0);
    return discovery.organizational_domain;
}

/* The organizational domain of the first of these that is aligned with the author's. */
static const char *aligned(struct message *message, json_t *domains, bool strict)
{
    json_t *item;
    size_t i;

    json_array_foreach(domains, i, item)
    {
        const char *domain = arena_text(message->arena, json_string_value(json_object_get(item, "domain")));
        const char *organization = organizational_domain(message, domain);

        if (text_same_name(domain, message->author) ||
            (!strict && text_same_name(organization, message->outcome->organizational_domain)))
            return organization;
    }
    return NULL;
}

static void evaluate(struct message *message, json_t *input, bool older)
{
    const char *from = json_string_value(json_object_get(input, "headerFrom"));

    message->author = arena_text(message->arena, strchr(from, '@') + 1);
    ask_walk(message, message->author, &message->facts.steps);
    cr_assert_eq(dmarc_decide(&message->facts,
                              known(ask(message, message->author, DNS_A)->outcome != DNS_NXDOMAIN),
                              message->arena),
                 0);
    message->outcome = older ? message->facts.older->domain : message->facts.current->domain;
    cr_assert_eq(message->outcome->decided, YES);
    for (size_t i = 0; i < message->facts.steps.count && message->outcome->record_at != NULL; i++) {
        const struct dmarc_step_facts *step = message->facts.steps.items[i];

        if (text_same_name(step->domain, message->outcome->record_at))
            message->record = dmarc_step_record(step);
    }
    if (message->record == NULL)
        return;
    message->dkim_aligned =
        aligned(message, json_object_get(input, "dkimDomains"), message->record->strict_dkim == YES);
    message->spf_aligned =
        aligned(message, json_object_get(input, "spfDomains"), message->record->strict_spf == YES);
}

/* ---- what is expected of it ---- */

static const char *result_of(const struct message *message)
{
    if (message->outcome->policy == DMARC_POLICY_NOT_OBSERVED)
        return "none";
    return message->dkim_aligned != NULL || message->spf_aligned != NULL ? "pass" : "fail";
}

/* The value at a path; NULL: there is none. */
static const char *value_at(const struct message *message, const char *path)
{
    if (strcmp(path, "status.result") == 0)
        return result_of(message);
    if (strcmp(path, "policy") == 0)
        return message->outcome->policy == DMARC_POLICY_NOT_OBSERVED
                   ? NULL
                   : dmarc_policy_values[message->outcome->policy];
    if (strcmp(path, "pct") == 0)
        return message->outcome->percent.known ? "a share" : NULL;
    if (strcmp(path, "domain") == 0)
        return message->outcome->organizational_domain;
    if (strcmp(path, "alignment.spf.result") == 0)
        return message->spf_aligned;
    if (strcmp(path, "alignment.dkim.result") == 0)
        return message->dkim_aligned;
    if (strcmp(path, "alignment.dkim.strict") == 0)
        return message->record != NULL && message->record->strict_dkim == YES ? "true" : NULL;
    if (strcmp(path, "rr") == 0)
        return message->record == NULL ? NULL : message->record->text;
    cr_assert_fail("a path that the test does not know: %s", path);
    return NULL;
}

static bool row_holds(const struct message *message, json_t *row)
{
    const char *path = json_string_value(json_array_get(row, 0));
    const char *relation = json_string_value(json_array_get(row, 1));
    const char *wanted = json_string_value(json_array_get(row, 2));
    const char *value = value_at(message, strcmp(relation, "not property") == 0 ? wanted : path);

    if (strcmp(relation, "equal") == 0)
        return value != NULL && strcmp(value, wanted) == 0;
    if (strcmp(relation, "contain") == 0)
        return value != NULL && strstr(value, wanted) != NULL;
    if (strcmp(relation, "true") == 0)
        return value != NULL;
    if (strcmp(relation, "not property") == 0 || strcmp(relation, "not ok") == 0)
        return value == NULL;
    cr_assert_fail("a relation that the test does not know: %s", relation);
    return false;
}

/* Is there a later row of the same path and relation? */
static bool is_superseded(json_t *rows, size_t index)
{
    json_t *row = json_array_get(rows, index);

    for (size_t i = index + 1; i < json_array_size(rows); i++)
        if (json_equal(json_array_get(row, 0), json_array_get(json_array_get(rows, i), 0)) &&
            json_equal(json_array_get(row, 1), json_array_get(json_array_get(rows, i), 1)))
            return true;
    return false;
}

static bool case_holds(json_t *entry)
{
    const char *name = json_string_value(json_object_get(entry, "name"));
    json_t *input = json_object_get(entry, "input"), *rows = json_object_get(entry, "expect"), *row;
    struct message message = {.arena = arena_new(0)};
    struct fake_answer *table = arena_alloc(message.arena, TABLE_MAX * sizeof *table);
    struct fake_resolver *fake =
        fake_resolver_new(NULL, table, read_zone(message.arena, json_object_get(input, "zone"), table));
    bool holds = true;
    size_t i;

    message.resolver = fake_resolver(fake);
    evaluate(&message, input, strncmp(name, older_case, strlen(older_case)) == 0);
    json_array_foreach(rows, i, row)
    {
        if (is_superseded(rows, i) || row_holds(&message, row))
            continue;
        holds = false;
        cr_expect_fail("%s: %s", name, json_string_value(json_array_get(row, 0)));
    }
    fake_resolver_free(fake);
    arena_free(message.arena);
    return holds;
}

Test(dmarc_data, published_cases)
{
    const char *folder = getenv("OUTPOST_TEST_DATA");
    struct arena *arena = arena_new(0);
    const char *path = arena_format(arena, "%s/dmarc/rfc9989-cases.json",
                                    folder != NULL ? folder : SOURCE_DIRECTORY "/../shared/data");
    json_t *cases = json_load_file(path, 0, NULL), *entry;
    size_t held = 0, older = 0, i;

    arena_free(arena);
    if (cases == NULL) {
        fputs("skipped, data not there\n", stderr);
        cr_skip_test("data not there");
    }
    json_array_foreach(cases, i, entry)
    {
        bool is_older =
            strncmp(json_string_value(json_object_get(entry, "name")), older_case, strlen(older_case)) == 0;

        if (case_holds(entry)) {
            held += is_older ? 0 : 1;
            older += is_older ? 1 : 0;
        }
    }
    (void)fprintf(stderr, "%zu of %zu hold by RFC 9989, %zu of RFC 7489 by that\n", held,
                  json_array_size(cases), older);
    cr_expect_geq(json_array_size(cases), 28);
    cr_expect_eq(held + older, json_array_size(cases));
    cr_expect_leq(older, 1);
    json_decref(cases);
}
