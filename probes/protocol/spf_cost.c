/*
 * spf_cost.c - what a domain's SPF costs and permits
 */
#include "probes/protocol/spf_cost.h"

#include "probes/protocol/spf_network.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { SUM_MAX = 1000000, NETWORK_TEXT_SIZE = ADDRESS_TEXT_SIZE + 4, BITS_IPV4 = 32, BITS_IPV6 = 128 };

static size_t index_of(const struct spf_facts *facts, const char *domain)
{
    size_t i;

    for (i = 0; i < facts->records.count && domain != NULL; i++) {
        const struct spf_record_facts *record = facts->records.items[i];

        if (text_same_name(record->domain, domain))
            return i;
    }
    return facts->records.count;
}

struct spf_record_facts *spf_record_of(const struct spf_facts *facts, const char *domain)
{
    size_t i = index_of(facts, domain);

    return i < facts->records.count ? facts->records.items[i] : NULL;
}

static bool leads_on(const struct spf_term_facts *term)
{
    return (term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT) && term->used == YES;
}

/* ---- costs ---- */

enum state { NEW, OPEN, DONE };

struct sum {
    struct spf_facts *facts;
    enum state states[SPF_RECORDS_MAX];
    bool endless[SPF_RECORDS_MAX];
    size_t path[SPF_RECORDS_MAX]; /* from the domain to the record that is looked at */
    size_t depth;
};

static void sum_record(struct sum *sum, size_t index);

static void add(struct number *sum, struct number number)
{
    if (number.known)
        sum->value = sum->value + number.value < SUM_MAX ? sum->value + number.value : SUM_MAX;
}

/* All on the path from `index` on lead back to it. */
static void note_loop(struct sum *sum, size_t index)
{
    bool inside = false;

    for (size_t i = 0; i < sum->depth; i++) {
        inside = inside || sum->path[i] == index;
        if (inside)
            ((struct spf_record_facts *)sum->facts->records.items[sum->path[i]])->loop = YES;
    }
}

/* Adds what the term costs; false when there is no end of it. */
static bool sum_term(struct sum *sum, struct spf_record_facts *record, struct spf_term_facts *term)
{
    size_t target = leads_on(term) ? index_of(sum->facts, term->target) : SPF_RECORDS_MAX;
    struct number total = term->lookups;

    if (target < sum->facts->records.count && target < SPF_RECORDS_MAX) {
        const struct spf_record_facts *next = sum->facts->records.items[target];

        if (sum->states[target] == OPEN)
            note_loop(sum, target);
        else
            sum_record(sum, target);
        if (sum->states[target] == OPEN || sum->endless[target])
            return false;
        add(&total, next->lookups);
        add(&record->void_ipv4, next->void_ipv4);
        add(&record->void_ipv6, next->void_ipv6);
    }
    term->total_lookups = total;
    add(&record->lookups, total);
    add(&record->void_ipv4, term->void_ipv4);
    add(&record->void_ipv6, term->void_ipv6);
    return true;
}

/* Recursion: no deeper than there are records. */
static void sum_record(struct sum *sum, size_t index)
{
    struct spf_record_facts *record = sum->facts->records.items[index];

    if (sum->states[index] != NEW)
        return;
    sum->states[index] = OPEN;
    sum->path[sum->depth++] = index;
    record->lookups = record->void_ipv4 = record->void_ipv6 = number(0);
    for (size_t i = 0; i < record->terms.count; i++) {
        struct spf_term_facts *term = record->terms.items[i];

        if (term->used == YES && !sum_term(sum, record, term))
            sum->endless[index] = true;
    }
    if (sum->endless[index])
        record->lookups = record->void_ipv4 = record->void_ipv6 = (struct number){0};
    sum->depth--;
    sum->states[index] = DONE;
}

void spf_sum_costs(struct spf_facts *facts)
{
    struct sum sum = {.facts = facts};

    for (size_t i = 0; i < facts->records.count && i < SPF_RECORDS_MAX; i++) {
        struct spf_record_facts *record = facts->records.items[i];

        record->loop = NO;
    }
    for (size_t i = 0; i < facts->records.count && i < SPF_RECORDS_MAX; i++)
        sum_record(&sum, i);
}

/* ---- addresses ---- */

/* "192.0.2.0/24" */
static int read_network(const char *text, struct spf_network *ret)
{
    const char *slash = strchr(text, '/');
    size_t size = slash != NULL ? (size_t)(slash - text) : strlen(text);
    char address[NETWORK_TEXT_SIZE];
    int64_t prefix;

    if (size >= sizeof address)
        return -EINVAL;
    memcpy(address, text, size);
    address[size] = '\0';
    if (address_parse(address, &ret->address) < 0)
        return -EINVAL;
    prefix = ret->address.family == AF_INET6 ? BITS_IPV6 : BITS_IPV4;
    if (slash != NULL && text_number(slash + 1, 0, prefix, &prefix) < 0)
        return -EINVAL;
    ret->prefix = (unsigned)prefix;
    return 0;
}

struct permitted {
    struct spf_facts *facts;
    bool reached[SPF_RECORDS_MAX];
    struct spf_network *networks; /* NULL: only count them */
    size_t count;
    bool everybody;
};

static void permit_term(struct permitted *permitted, const struct spf_term_facts *term)
{
    size_t target;

    if (term->used != YES || term->fault != NULL ||
        (term->qualifier != NULL && strcmp(term->qualifier, "+") != 0))
        return;
    if (term->kind == SPF_ALL)
        permitted->everybody = true;
    for (size_t i = 0; i < term->networks.count; i++) {
        struct spf_network network;

        if (read_network(term->networks.items[i], &network) < 0)
            continue;
        if (permitted->networks != NULL)
            permitted->networks[permitted->count] = network;
        permitted->count++;
    }
    target = leads_on(term) ? index_of(permitted->facts, term->target) : SPF_RECORDS_MAX;
    if (target < permitted->facts->records.count && target < SPF_RECORDS_MAX)
        permitted->reached[target] = true;
}

/* Records are in the order in which they were found, but one may lead back: until nothing changes. */
static void permit(struct permitted *permitted)
{
    bool walked[SPF_RECORDS_MAX] = {false};
    bool changed = true;

    permitted->reached[0] = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < permitted->facts->records.count && i < SPF_RECORDS_MAX; i++) {
            const struct spf_record_facts *record = permitted->facts->records.items[i];

            if (!permitted->reached[i] || walked[i])
                continue;
            walked[i] = changed = true;
            for (size_t j = 0; j < record->terms.count; j++)
                permit_term(permitted, record->terms.items[j]);
        }
    }
}

int spf_sum_addresses(struct spf_facts *facts, struct arena *arena)
{
    struct permitted count = {.facts = facts}, collect = {.facts = facts};
    const struct spf_record_facts *first = facts->records.count > 0 ? facts->records.items[0] : NULL;

    if (first == NULL || !first->terms.observed)
        return 0;
    permit(&count);
    collect.networks = arena_alloc(arena, (count.count + 1) * sizeof *collect.networks);
    if (collect.networks == NULL)
        return -ENOMEM;
    permit(&collect);
    facts->everybody = known(count.everybody);
    facts->addresses =
        number(count.everybody ? INT64_C(1) << BITS_IPV4
                               : (int64_t)spf_networks_addresses(collect.networks, collect.count));
    return 0;
}
