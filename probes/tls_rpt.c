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

int tls_rpt_probe(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
                  struct tls_rpt_facts **ret)
{
    struct tls_rpt_facts *facts = arena_alloc(arena, sizeof *facts);
    struct list texts = {0};
    int error;

    if (facts == NULL)
        return -ENOMEM;
    error = texts_ask(network, "_smtp._tls", domain, deadline, arena, &facts->question, &texts);
    facts->records.observed = texts.observed;
    for (size_t i = 0; i < texts.count && error == 0; i++) {
        struct tls_rpt_record_facts *record;

        error = tls_rpt_record_read(*(const struct bytes *)texts.items[i], arena, &record);
        if (error == 0)
            error = list_add(&facts->records, arena, record);
    }
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
