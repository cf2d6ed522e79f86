/*
 * tls_rpt.c - where senders are asked to report TLS failures to: TXT of _smtp._tls.example.org (RFC 8460 3)
 *
 * Judged in reports/checks/tls_rpt.c.
 */
#include "probes/protocol/tls_rpt.h"
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"

#include <errno.h>

enum { RECORDS_MAX = 16 };

static int read_records(const struct dns_answer *answer, struct arena *arena, struct list *records)
{
    records->observed = true;
    for (size_t i = 0; i < answer->records.count && records->count < RECORDS_MAX; i++) {
        struct tls_rpt_record_facts *record;
        struct bytes text;
        int error = dns_record_txt(answer->records.items[i], arena, &text);

        if (error == -EBADMSG)
            continue;
        if (error == 0)
            error = tls_rpt_record_read(text, arena, &record);
        if (error == 0)
            error = list_add(records, arena, record);
        if (error < 0)
            return error;
    }
    return 0;
}

int tls_rpt_probe(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
                  struct tls_rpt_facts **ret)
{
    struct tls_rpt_facts *facts = arena_alloc(arena, sizeof *facts);
    struct question question = {.type = DNS_TXT};
    int error;

    question.name = arena_format(arena, "_smtp._tls.%s", domain);
    if (facts == NULL || question.name == NULL)
        return -ENOMEM;
    error = questions_ask(network, &question, 1, deadline, arena);
    facts->question = question.facts;
    if (error == 0 && question.answer != NULL && question.answer->outcome != DNS_FAILURE)
        error = read_records(question.answer, arena, &facts->records);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
