/*
 * authentication.c - what other checks ask of SPF and DKIM
 */
#include "reports/authentication.h"

#include "reports/dkim.h"
#include "reports/observed.h"
#include "reports/spf_model.h"

enum known domain_has_spf(const struct judgement *judgement)
{
    const struct spf_record_facts *own = spf_own_record(observed_spf(judgement));

    if (own == NULL || question_lost(own->question) || !own->count.known)
        return UNKNOWN;
    return known(own->count.value == 1 && own->fault == NULL);
}

enum known domain_sends_nothing(const struct judgement *judgement)
{
    enum known has = domain_has_spf(judgement);

    return has != YES ? has : spf_forbids_everybody(observed_spf(judgement), judgement->arena);
}

/* That nothing is there is known only where DNSSEC proves it: there are servers that deny names with others below. */
enum known domain_dkim_key_found(const struct judgement *judgement)
{
    const struct dkim_facts *dkim = observed_dkim(judgement);

    if (dkim == NULL)
        return UNKNOWN;
    for (size_t i = 0; i < dkim->selectors.count; i++)
        if (dkim_usable_key(dkim->selectors.items[i]) != NULL)
            return YES;
    return dkim->node != NULL && dkim->node->outcome == DNS_NXDOMAIN && dkim->node->security == DNS_SECURE
               ? NO
               : UNKNOWN;
}
