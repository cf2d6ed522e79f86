/*
 * dkim.c - what checks and chapters ask of the DKIM facts
 */
#include "reports/dkim.h"

#include "reports/observed.h"
#include "scanner/base/arena.h"

const struct dkim_facts *observed_dkim(const struct judgement *judgement)
{
    return judgement->scan->facts == NULL ? NULL : judgement->scan->facts->dkim;
}

const struct dkim_record_facts *dkim_key_record(const struct dkim_selector_facts *selector, size_t *ret_count)
{
    const struct dkim_record_facts *first = NULL;

    *ret_count = 0;
    for (size_t i = 0; i < selector->records.count; i++) {
        const struct dkim_record_facts *record = selector->records.items[i];

        if (record->intended == YES && (*ret_count)++ == 0)
            first = record;
    }
    return first;
}

const struct dkim_record_facts *dkim_usable_key(const struct dkim_selector_facts *selector)
{
    size_t count;
    const struct dkim_record_facts *record = dkim_key_record(selector, &count);

    return count == 1 && record->fault == NULL && record->revoked == NO && record->bits.known ? record : NULL;
}

bool dkim_is_damaged(const struct dkim_record_facts *record)
{
    return record->fault != NULL && record->damage.count > 0;
}

bool dkim_is_rsa(const struct dkim_record_facts *record)
{
    return same_text(record->key_type, "rsa");
}

const char *dkim_key_words(struct judgement *judgement, const struct dkim_record_facts *record)
{
    if (!dkim_is_rsa(record))
        return same_text(record->key_type, "ed25519") ? "Ed25519" : text_or(record->key_type, "?");
    return kept(judgement, arena_format(judgement->arena, "RSA %lld", (long long)record->bits.value));
}

const char *dkim_owner(const struct dkim_selector_facts *selector)
{
    const struct dns_question_facts *question = selector->question;

    if (question == NULL)
        return NULL;
    return question->aliases.count > 0 ? question->aliases.items[question->aliases.count - 1]
                                       : question->name;
}

struct subject subject_selector(struct judgement *judgement, const struct dkim_selector_facts *selector)
{
    const char *domain = observed_dns(judgement)->domain, *name = text_or(selector->name, "?");
    struct subject subject = {.domain = domain, .selector = name};

    subject.text =
        kept(judgement, arena_format(judgement->arena, "%s._domainkey.%s", name, text_or(domain, "?")));
    return subject;
}

bool domain_is_missing(const struct judgement *judgement)
{
    const struct dns_question_facts *mx = observed_dns(judgement)->mx;

    return mx != NULL && mx->outcome == DNS_NXDOMAIN;
}

void judge_selectors(struct judgement *judgement, const struct check *check,
                     void (*judge_one)(struct judgement *judgement, const struct check *check,
                                       const struct subject *subject,
                                       const struct dkim_selector_facts *selector))
{
    const struct dkim_facts *dkim = observed_dkim(judgement);

    if (observed_dns(judgement)->domain == NULL || domain_is_missing(judgement))
        return;
    for (size_t i = 0; dkim != NULL && i < dkim->selectors.count; i++) {
        struct subject subject = subject_selector(judgement, dkim->selectors.items[i]);

        judge_one(judgement, check, &subject, dkim->selectors.items[i]);
    }
}
