/*
 * senders.c - which addresses send mail for the domain
 */
#include "reports/senders.h"

#include "reports/observed.h"

const char *address_sends(const struct judgement *judgement, const char *address)
{
    const struct list *senders = &observed_dns(judgement)->senders;

    for (size_t i = 0; i < senders->count; i++) {
        const struct host_address_facts *sender = senders->items[i];

        if (same_text(sender->address, address))
            return "it was given with --sender";
    }
    return NULL;
}
