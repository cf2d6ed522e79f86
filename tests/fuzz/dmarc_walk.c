/*
 * dmarc_walk.c - fuzzes the walk up the tree: the input is a name, and what the DNS says at each of its steps
 *
 *      name '\n' (kind record '\n')...      kind: 'd' data, 'n' no such name, 'e' no data, 'f' failure, 'b' bogus; a
 *                                           '+' instead: one more record of the step before
 *
 * Properties: no more than eight names, each an end of the first; whose record applies is one of them; without a
 * failure everything is decided, with one at the first step nothing is; the organizational domain is an end of the
 * name; psd=n at the first step makes it its own.
 */
#include "probes/protocol/dmarc_walk.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_MAX = 255, NAME_MAX_SIZE = 253 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct bytes take_line(struct bytes *in)
{
    const uint8_t *end = in->size == 0 ? NULL : memchr(in->data, '\n', in->size);
    struct bytes line = take_block(in, end == NULL ? in->size : (size_t)(end - in->data));

    if (end != NULL)
        take_u8(in);
    return line;
}

/* A name without empty labels, as targets are. */
static const char *take_name(struct bytes *in, struct arena *arena)
{
    struct bytes line = take_line(in);
    char *name = arena_alloc(arena, NAME_MAX_SIZE + 1);
    size_t size = 0;

    check(name != NULL);
    for (size_t i = 0; i < line.size && size < NAME_MAX_SIZE; i++) {
        char c = (char)line.data[i];

        if (c == '\0' || (c == '.' && (size == 0 || name[size - 1] == '.')))
            continue;
        name[size++] = c;
    }
    while (size > 0 && name[size - 1] == '.')
        size--;
    name[size] = '\0';
    return size == 0 ? "org" : name;
}

static void add_record(struct dns_answer *answer, struct bytes text, struct arena *arena)
{
    struct dns_record *record = list_new_item(&answer->records, arena, sizeof *record);
    uint8_t *data = arena_alloc(arena, RECORD_MAX + 1);
    size_t size = text.size < RECORD_MAX ? text.size : RECORD_MAX;

    check(record != NULL && data != NULL);
    data[0] = (uint8_t)size;
    if (size > 0)
        memcpy(data + 1, text.data, size);
    record->type = DNS_TXT;
    record->data = bytes_of(data, size + 1);
}

static struct dns_answer *take_answer(struct bytes *in, struct arena *arena)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof *answer);
    struct bytes line = take_line(in);
    uint8_t kind = line.size == 0 ? 'n' : take_u8(&line);

    check(answer != NULL);
    answer->type = DNS_TXT;
    answer->outcome = kind == 'd'   ? DNS_DATA
                      : kind == 'e' ? DNS_NODATA
                      : kind == 'f' ? DNS_FAILURE
                                    : DNS_NXDOMAIN;
    if (kind == 'b')
        answer->security = DNS_BOGUS;
    if (kind != 'd')
        return answer;
    add_record(answer, line, arena);
    while (in->size > 0 && in->data[0] == '+') {
        line = take_line(in);
        take_u8(&line);
        add_record(answer, line, arena);
    }
    return answer;
}

static bool is_end_of(const char *end, const char *name)
{
    return text_ends_with(name, end);
}

static void check_outcome(const struct dmarc_facts *facts, const struct dmarc_outcome_facts *outcome,
                          bool failed)
{
    const struct dmarc_record_facts *record = NULL;

    check(outcome->decided != UNKNOWN && (outcome->decided == YES || failed));
    check(outcome->decided == YES ||
          (outcome->policy == DMARC_POLICY_NOT_OBSERVED && outcome->record_at == NULL));
    check(outcome->record_at != NULL || outcome->policy == DMARC_POLICY_NOT_OBSERVED);
    for (size_t i = 0; i < facts->steps.count && outcome->record_at != NULL; i++) {
        const struct dmarc_step_facts *step = facts->steps.items[i];

        if (text_same_name(step->domain, outcome->record_at) && record == NULL)
            record = dmarc_step_record(step);
    }
    check(outcome->record_at == NULL || record != NULL);
}

static void check_facts(const struct dmarc_facts *facts, const char *name, bool failed)
{
    const struct dmarc_step_facts *first = facts->steps.items[0];
    const struct dmarc_record_facts *record = dmarc_step_record(first);
    const struct dmarc_outcome_facts *domain = facts->current->domain;

    check_outcome(facts, domain, failed);
    check_outcome(facts, facts->current->subdomain, true);
    check_outcome(facts, facts->current->nonexistent, true);
    check_outcome(facts, facts->older->domain, true);
    check(first->walked == YES && facts->stopped != NULL);
    if (domain->organizational_domain != NULL)
        check(is_end_of(domain->organizational_domain, name));
    if (first->result == DMARC_STEP_FAILED)
        check(domain->decided == NO && domain->organizational_domain == NULL);
    if (record != NULL)
        check(domain->decided == YES && text_same_name(domain->record_at, name));
    if (record != NULL && record->psd == DMARC_PSD_NO)
        check(text_same_name(domain->organizational_domain, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct bytes in = bytes_of(data, size);
    const char *name = take_name(&in, arena), *names[DMARC_WALK_MAX];
    size_t count = dmarc_walk_names(name, names);
    struct dmarc_facts facts = {0};
    bool failed = false;

    check(count >= 1 && count <= DMARC_WALK_MAX);
    for (size_t i = 0; i < count; i++) {
        struct dmarc_step_facts *step;

        check(is_end_of(names[i], name));
        check(dmarc_step_read(names[i], take_answer(&in, arena), arena, &step) == 0);
        check(list_add(&facts.steps, arena, step) == 0);
        failed |= step->result == DMARC_STEP_FAILED;
    }
    check(dmarc_decide(&facts, YES, arena) == 0);
    check_facts(&facts, name, failed);
    arena_free(arena);
    return 0;
}
