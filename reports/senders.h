/*
 * senders.h - which addresses send mail for the domain (rule 2 of the catalogue)
 *
 * An MX only receives, as far as anybody outside can know. What receivers demand of senders (SPF, a reverse name, no
 * blacklist) is demanded of the addresses given with --sender and of those that the domain itself authorises in SPF.
 */
#ifndef OUTPOST_REPORTS_SENDERS_H
#define OUTPOST_REPORTS_SENDERS_H

#include "reports/judgement.h"

/* Why the address counts as a sender, in words ("it was given with --sender"); NULL: nobody says that it sends. */
const char *address_sends(const struct judgement *judgement, const char *address);

#endif
