/*
 * judged_dane.c - TLSA lookups for the scans of judged.h
 */
#include "tests/unit/judged_dane.h"

#include "scanner/base/arena.h"
#include "tests/unit/judged.h"

#include <stdlib.h>

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static void add_lookup(struct observed_facts *observed, struct arena *arena, int port)
{
    struct dane_facts *dane = must(list_new_item(&observed->dane, arena, sizeof(*dane)));
    struct dns_question_facts *question = must(list_new_item(&dane->questions, arena, sizeof(*question)));

    dane->host = dane->base = HOST_NAME;
    dane->port = number(port);
    question->name = must(arena_format(arena, "_%d._tcp." HOST_NAME, port));
    question->type = "TLSA";
    question->outcome = DNS_NXDOMAIN;
    question->rcode = number(3);
    question->server = "11.9.0.53:53";
    question->aliases.observed = question->records.observed = true;
    dane->records.observed = true;
    if (list_add(&dane->names, arena, must(arena_text(arena, HOST_NAME))) < 0)
        abort();
}

void judged_add_dane(struct observed_facts *observed, struct arena *arena)
{
    static const int ports[] = {25, 465, 587, 993};

    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        add_lookup(observed, arena, ports[i]);
}
