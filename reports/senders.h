/*
 * senders.h - which addresses send mail for the domain (rule 2 of the catalogue)
 *
 * An MX only receives, as far as anybody outside can know. What receivers demand of senders (SPF, a reverse name, no
 * blacklist) is demanded of the addresses given with --sender and of those that the domain itself authorises in SPF.
 *
 * Not every pass is such a word of the domain. It counts when the address is meant: by mx or a, whose hosts the domain
 * names (who publishes "mx" says that its MX send), or by ip4 or ip6, in a network of at most 256 IPv4 addresses (/24) or
 * one IPv6 subnet (/64). It does not when anybody, or a whole provider, would pass: "+all", wider networks, exists, ptr.
 */
#ifndef OUTPOST_REPORTS_SENDERS_H
#define OUTPOST_REPORTS_SENDERS_H

#include "reports/judgement.h"

/* Was it given with --sender? */
bool address_is_given(const struct judgement *judgement, const char *address);
/* Why the address counts as a sender, in words ("it was given with --sender"); NULL: nobody says that it sends. */
const char *address_sends(const struct judgement *judgement, const char *address);

#endif
