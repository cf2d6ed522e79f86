/*
 * judged_dkim.c - DKIM keys for the scans of judged.h
 */
#include "tests/unit/judged_dkim.h"

#include "scanner/base/arena.h"

#include <stdlib.h>

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static struct dns_question_facts *question(struct arena *arena, const char *name, enum dns_outcome outcome)
{
    struct dns_question_facts *question = must(arena_alloc(arena, sizeof(*question)));

    question->name = name;
    question->type = "TXT";
    question->outcome = outcome;
    question->rcode = number(outcome == DNS_NXDOMAIN ? 3 : 0);
    question->server = "11.9.0.53:53";
    question->aliases.observed = question->records.observed = true;
    return question;
}

static void add_record(struct dkim_selector_facts *selector, struct arena *arena)
{
    struct dkim_record_facts *record = must(list_new_item(&selector->records, arena, sizeof(*record)));

    record->text = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A";
    record->size = number(410);
    record->intended = record->for_mail = YES;
    record->revoked = record->testing = record->strict = NO;
    record->key_type = "rsa";
    record->bits = number(2048);
    record->exponent = number(65537);
    record->key = bytes_of("\x30\x00", 2);
    record->damage.observed = record->hashes.observed = record->remarks.observed = true;
}

void judged_add_dkim(struct observed_facts *observed, struct arena *arena)
{
    struct dkim_facts *dkim = observed->dkim = must(arena_alloc(arena, sizeof(*dkim)));
    struct dkim_selector_facts *selector = must(list_new_item(&dkim->selectors, arena, sizeof(*selector)));

    dkim->node = question(arena, "_domainkey.example.org", DNS_NODATA);
    dkim->random = question(arena, "nobody-0123456789abcdef._domainkey.example.org", DNS_NXDOMAIN);
    dkim->random_records.observed = true;
    dkim->common = number(70);
    dkim->common_lost = number(0);
    selector->name = "mail";
    selector->given = selector->wildcard = NO;
    selector->used_by = "docker-mailserver";
    selector->question = question(arena, "mail._domainkey.example.org", DNS_DATA);
    add_record(selector, arena);
}
