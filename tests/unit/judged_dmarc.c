/*
 * judged_dmarc.c - DMARC for the scans of judged.h
 */
#include "tests/unit/judged_dmarc.h"

#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

#define MAKE(arena, type)      ((type *)must(arena_alloc(arena, sizeof(type))))
#define NEW(list, arena, type) ((type *)must(list_new_item(list, arena, sizeof(type))))

static struct dns_question_facts *question(struct arena *arena, const char *name, const char *type,
                                           const char *record)
{
    struct dns_question_facts *question = MAKE(arena, struct dns_question_facts);

    question->name = name;
    question->type = type;
    question->outcome = record == NULL ? DNS_NXDOMAIN : DNS_DATA;
    question->rcode = number(record == NULL ? 3 : 0);
    question->server = "11.9.0.53:53";
    question->security = DNS_SECURE;
    question->aliases.observed = question->records.observed = true;
    if (record != NULL && list_add(&question->records, arena, (void *)(uintptr_t)record) < 0)
        abort();
    return question;
}

static void add_record(struct dmarc_step_facts *step, struct arena *arena, const char *domain)
{
    struct dmarc_record_facts *record = NEW(&step->records, arena, struct dmarc_record_facts);
    struct dmarc_uri_facts *uri = NEW(&record->rua, arena, struct dmarc_uri_facts);

    record->text = must(arena_format(arena, "v=DMARC1; p=reject; rua=mailto:dmarc@%s", domain));
    record->announces = record->intended = YES;
    record->use = record->older_use = DMARC_AS_WRITTEN;
    record->policy = DMARC_REJECT;
    record->strict_dkim = record->strict_spf = record->testing = NO;
    record->psd = DMARC_PSD_UNSAID;
    record->ruf.observed = record->faults.observed = record->removed.observed = record->remarks.observed =
        true;
    uri->uri = must(arena_format(arena, "mailto:dmarc@%s", domain));
    uri->address = must(arena_format(arena, "dmarc@%s", domain));
    uri->host = domain;
}

static struct dmarc_outcome_facts *outcome(struct arena *arena, const char *domain)
{
    struct dmarc_outcome_facts *outcome = MAKE(arena, struct dmarc_outcome_facts);

    outcome->decided = YES;
    outcome->organizational_domain = outcome->record_at = domain;
    outcome->policy = DMARC_REJECT;
    return outcome;
}

static struct dmarc_receiver_facts *receiver(struct arena *arena, const char *domain)
{
    struct dmarc_receiver_facts *receiver = MAKE(arena, struct dmarc_receiver_facts);

    receiver->domain = outcome(arena, domain);
    receiver->subdomain = outcome(arena, domain);
    receiver->nonexistent = outcome(arena, domain);
    return receiver;
}

void judged_add_dmarc(struct observed_facts *observed, struct arena *arena)
{
    const char *domain = observed->dns->domain, *top_domain = strrchr(domain, '.') + 1;
    struct dmarc_facts *dmarc = observed->dmarc = MAKE(arena, struct dmarc_facts);
    struct dmarc_step_facts *own = NEW(&dmarc->steps, arena, struct dmarc_step_facts);
    struct dmarc_step_facts *top = NEW(&dmarc->steps, arena, struct dmarc_step_facts);
    struct dmarc_destination_facts *destination =
        NEW(&dmarc->destinations, arena, struct dmarc_destination_facts);

    own->domain = domain;
    own->question =
        question(arena, must(arena_format(arena, "_dmarc.%s", domain)), "TXT",
                 must(arena_format(arena, "\"v=DMARC1; p=reject; rua=mailto:dmarc@%s\"", domain)));
    own->result = DMARC_STEP_RECORD;
    add_record(own, arena, domain);
    top->domain = top_domain;
    top->question = question(arena, must(arena_format(arena, "_dmarc.%s", top_domain)), "TXT", NULL);
    top->result = DMARC_STEP_ABSENT;
    top->records.observed = true;
    own->walked = top->walked = YES;
    dmarc->stopped = "there is no name above";
    dmarc->suffix_domain = domain;
    dmarc->current = receiver(arena, domain);
    dmarc->older = receiver(arena, domain);
    dmarc->destinations_left_out = number(0);
    destination->tag = "rua";
    destination->address = must(arena_format(arena, "dmarc@%s", domain));
    destination->host = destination->organizational_domain = domain;
    destination->external = NO;
    destination->takes_mail = YES;
    destination->mx = observed->dns->mx;
}
