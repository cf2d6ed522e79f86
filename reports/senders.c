/*
 * senders.c - which addresses send mail for the domain
 */
#include "reports/senders.h"

#include "reports/observed.h"
#include "reports/spf_model.h"

enum { NARROW_IPV4 = 24, NARROW_IPV6 = 64 };

bool address_is_given(const struct judgement *judgement, const char *address)
{
    const struct list *senders = &observed_dns(judgement)->senders;

    for (size_t i = 0; i < senders->count; i++) {
        const struct host_address_facts *sender = senders->items[i];

        if (same_text(sender->address, address))
            return true;
    }
    return false;
}

/* Did a term match that means this address? Only those of a, mx, ip4 and ip6 have a network. */
static bool is_meant(const struct spf_result_facts *result)
{
    return result != NULL && result->result == SPF_PASS && result->network != NULL &&
           spf_prefix_of(result->network) >= (is_ipv6(result->network) ? NARROW_IPV6 : NARROW_IPV4);
}

const char *address_sends(const struct judgement *judgement, const char *address)
{
    if (address_is_given(judgement, address))
        return "it was given with --sender";
    if (is_meant(spf_result_of(observed_spf(judgement), address)))
        return "the domain's SPF record names it";
    return NULL;
}
