/*
 * caa.c - who may issue certificates for the mail hosts
 *
 *   CAA of mx.mail.example.org  ->  nothing there  ->  CAA of mail.example.org  ->  CAA of example.org  ->  records
 *
 * RFC 8659 3: the nearest name with records decides, the root is not asked; aliases are followed by whoever
 * answers, and their target's parents do not count. An answer that fails, or that DNSSEC finds bogus, ends the
 * climb: an authority does not issue then. Where a host has records of its own, its parent is climbed from too:
 * that is what counts for a wildcard certificate that covers the host. All names of a step are asked for side
 * by side. Judged in reports/checks/caa.c.
 */
#include "probes/probe.h"
#include "probes/protocol/caa_record.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { NAMES_MAX = 64, PROPERTIES_MAX = 256 };

struct climb {
    struct caa_facts *facts;
    const char *name; /* to be asked next; NULL: it is over */
    bool of_host;
};

struct climbing {
    struct arena *arena;
    struct list *ret; /* caa_facts */
    struct climb climbs[NAMES_MAX];
    size_t count;
};

/* The name without its first label; NULL when that was the last. */
static const char *parent_of(const char *name)
{
    for (; *name != '\0'; name++) {
        if (*name == '\\' && name[1] != '\0')
            name++;
        else if (*name == '.')
            return name[1] == '\0' ? NULL : name + 1;
    }
    return NULL;
}

static int add_climb(struct climbing *climbing, const char *name, bool of_host)
{
    struct caa_facts *facts;

    for (size_t i = 0; i < climbing->count; i++)
        if (text_same_name(climbing->climbs[i].facts->name, name))
            return 0;
    if (climbing->count == NAMES_MAX)
        return 0;
    facts = list_new_item(climbing->ret, climbing->arena, sizeof *facts);
    if (facts == NULL)
        return -ENOMEM;
    facts->name = name;
    climbing->climbs[climbing->count++] = (struct climb){.facts = facts, .name = name, .of_host = of_host};
    return 0;
}

/* ---- the records ---- */

/* Keeps the properties that decide (or all others). */
static int keep_properties(const struct list *all, bool deciding, struct arena *arena,
                           struct caa_facts *facts)
{
    for (size_t i = 0; i < all->count; i++) {
        struct caa_property_facts *property = all->items[i];

        if (caa_property_decides(property) != deciding)
            continue;
        if (facts->properties.count == PROPERTIES_MAX) {
            facts->left_out.value++;
            if (deciding)
                facts->deciding_left_out = YES;
        } else if (list_add(&facts->properties, arena, property) < 0) {
            return -ENOMEM;
        }
    }
    return 0;
}

static int read_records(const struct dns_answer *answer, struct arena *arena, struct caa_facts *facts)
{
    struct list all = {0};
    int result = 0;

    for (size_t i = 0; i < answer->records.count && result == 0; i++) {
        const struct dns_record *record = answer->records.items[i];
        struct caa_property_facts *property;

        result = caa_record_read(record->data, arena, &property);
        if (result == -EBADMSG) /* the wire check lets none through */
            result = 0;
        else if (result == 0)
            result = list_add(&all, arena, property);
    }
    facts->left_out = number(0);
    facts->deciding_left_out = NO;
    facts->properties.observed = true;
    if (result == 0)
        result = keep_properties(&all, true, arena, facts);
    return result < 0 ? result : keep_properties(&all, false, arena, facts);
}

/* ---- the climb ---- */

static int climb_found(struct climbing *climbing, struct climb *climb, const struct dns_answer *answer)
{
    const char *parent = parent_of(climb->name);

    climb->facts->ended = YES;
    climb->facts->found_at = climb->name;
    climb->name = NULL;
    if (read_records(answer, climbing->arena, climb->facts) < 0)
        return -ENOMEM;
    if (climb->of_host && parent != NULL && climb->facts->found_at == climb->facts->name)
        return add_climb(climbing, parent, false);
    return 0;
}

static int climb_step(struct climbing *climbing, struct climb *climb, const struct question *question)
{
    struct caa_facts *facts = climb->facts;
    const struct dns_answer *answer = question->answer;

    if (answer == NULL) { /* stopped, or no name that can be asked for */
        climb->name = NULL;
        return 0;
    }
    if (list_add(&facts->questions, climbing->arena, question->facts) < 0)
        return -ENOMEM;
    if (answer->outcome == DNS_FAILURE || answer->outcome == DNS_NOT_ASKED || answer->security == DNS_BOGUS) {
        facts->ended = NO;
        climb->name = NULL;
    } else if (answer->outcome == DNS_DATA) {
        return climb_found(climbing, climb, answer);
    } else {
        climb->name = parent_of(climb->name);
        if (climb->name == NULL) {
            facts->ended = YES;
            facts->properties.observed = true;
        }
    }
    return 0;
}

/* Asks for the next name of every climb that is not over. *ret_count: so many were asked. */
static int climbs_step(struct climbing *climbing, struct network *network, int64_t deadline,
                       size_t *ret_count)
{
    struct question *questions = arena_alloc(climbing->arena, NAMES_MAX * sizeof *questions);
    struct climb *asked[NAMES_MAX];
    size_t count = 0;
    int error, result = 0;

    if (questions == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < climbing->count; i++)
        if (climbing->climbs[i].name != NULL) {
            questions[count] = (struct question){.name = climbing->climbs[i].name, .type = DNS_CAA};
            asked[count++] = &climbing->climbs[i];
        }
    error = questions_ask(network, questions, count, deadline, climbing->arena);
    for (size_t i = 0; i < count && result == 0 && error != -ENOMEM; i++)
        result = climb_step(climbing, asked[i], &questions[i]);
    *ret_count = count;
    return error < 0 ? error : result;
}

int caa_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
              struct list *ret)
{
    struct climbing *climbing = arena_alloc(arena, sizeof *climbing);
    size_t asked = 1;
    int result = 0;

    if (climbing == NULL)
        return -ENOMEM;
    *climbing = (struct climbing){.arena = arena, .ret = ret};
    ret->observed = true;
    for (size_t i = 0; i < dns->hosts.count && result == 0; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        if (host->literal != YES)
            result = add_climb(climbing, host->name, true);
    }
    while (result == 0 && asked > 0) /* one label less each time: it ends */
        result = climbs_step(climbing, network, deadline, &asked);
    return result == -ECANCELED ? 0 : result; /* a probe that was stopped hands over what it has */
}
