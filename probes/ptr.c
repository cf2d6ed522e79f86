/*
 * ptr.c - names of an address, and whether they lead back to it (forward-confirmed reverse DNS)
 *
 *   PTR of 1.2.0.192.in-addr.arpa  ->  mail.example.org  ->  A of mail.example.org  ->  192.0.2.1?
 *
 * RFC 1035 3.5, RFC 3596 2.5, RFC 1912 2.1. At most 8 names are followed, the others counted. A forward
 * question that failed confirms nothing and denies nothing. Judged in reports/checks/ptr.c.
 */
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"

#include <errno.h>

enum { NAMES_MAX = 8 };

static enum known leads_back(const struct question *forward, const struct address *address)
{
    if (forward->answer == NULL ||
        (forward->answer->outcome != DNS_DATA && forward->answer->security == DNS_BOGUS))
        return UNKNOWN;
    switch (forward->answer->outcome) {
    case DNS_NOT_ASKED:
    case DNS_FAILURE:
        return UNKNOWN;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return NO;
    case DNS_DATA:
        break;
    }
    for (size_t i = 0; i < forward->answer->records.count; i++) {
        struct address found;

        if (dns_record_address(forward->answer->records.items[i], &found) == 0 &&
            address_equal(&found, address))
            return YES;
    }
    return NO;
}

/* The names of the answer, and the questions that will confirm them. */
static int read_names(const struct dns_answer *answer, const struct address *address, struct arena *arena,
                      struct ptr_facts *facts, struct question forward[static NAMES_MAX])
{
    facts->names_left_out = number(0);
    for (size_t i = 0; i < answer->records.count; i++) {
        struct ptr_name_facts *name;
        const char *text;
        int error = dns_record_name(answer->records.items[i], arena, &text);

        if (error == -EBADMSG)
            continue;
        if (error == 0 && facts->names.count == NAMES_MAX) {
            facts->names_left_out.value++;
            continue;
        }
        name = error < 0 ? NULL : list_new_item(&facts->names, arena, sizeof *name);
        if (name == NULL)
            return -ENOMEM;
        name->name = text;
        forward[facts->names.count - 1] =
            (struct question){.name = text, .type = address->family == AF_INET6 ? DNS_AAAA : DNS_A};
    }
    return 0;
}

static int confirm_names(struct network *network, const struct address *address, int64_t deadline,
                         struct arena *arena, struct ptr_facts *facts, struct question *forward)
{
    int error = questions_ask(network, forward, facts->names.count, deadline, arena);

    for (size_t i = 0; i < facts->names.count; i++) {
        struct ptr_name_facts *name = facts->names.items[i];

        name->forward = forward[i].facts;
        name->confirmed = leads_back(&forward[i], address);
    }
    return error;
}

static int look_up(struct network *network, const struct address *address, int64_t deadline,
                   struct arena *arena, struct ptr_facts *facts)
{
    char reverse[ADDRESS_REVERSE_SIZE];
    struct question question = {.type = DNS_PTR};
    struct question *forward = arena_alloc(arena, NAMES_MAX * sizeof *forward);
    int error, stopped;

    question.name = arena_text(arena, address_reverse_name(address, reverse));
    if (forward == NULL || question.name == NULL)
        return -ENOMEM;
    stopped = questions_ask(network, &question, 1, deadline, arena);
    facts->question = question.facts;
    if (question.answer == NULL || question.answer->outcome == DNS_FAILURE)
        return stopped;
    facts->names.observed = true;
    error = read_names(question.answer, address, arena, facts, forward);
    if (error < 0 || stopped < 0) /* what was answered is noted, also by who is stopped at that moment */
        return error < 0 ? error : stopped;
    return confirm_names(network, address, deadline, arena, facts, forward);
}

int ptr_probe(struct network *network, const struct address *address, int64_t deadline, struct arena *arena,
              struct ptr_facts **ret)
{
    char text[ADDRESS_TEXT_SIZE];
    struct ptr_facts *facts = arena_alloc(arena, sizeof *facts);
    int error;

    if (facts == NULL)
        return -ENOMEM;
    facts->address = arena_text(arena, address_format(address, text));
    if (facts->address == NULL)
        return -ENOMEM;
    error = look_up(network, address, deadline, arena, facts);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
