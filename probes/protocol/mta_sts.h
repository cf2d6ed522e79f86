/*
 * mta_sts.h - MTA-STS as text: the record that announces a policy, and the policy file (RFC 8461 3.1, 3.2)
 *
 *      v=STSv1; id=20261122T120000;          TXT of _mta-sts.example.org
 *
 *      version: STSv1                        https://mta-sts.example.org/.well-known/mta-sts.txt
 *      mode: enforce
 *      mx: mail.example.org
 *      max_age: 1209600
 *
 * Pure: no clock, no network. What breaks the grammar is a fact, never an error.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_MTA_STS_H
#define OUTPOST_PROBES_PROTOCOL_MTA_STS_H

#include "scanner/facts/mta_sts.h"

enum {
    MTA_STS_FILE_MAX = 64 * 1024, /* RFC 8461 3.3 */
    MTA_STS_MAX_AGE = 31557600,   /* a year */
    MTA_STS_PATTERNS_MAX = 256,
    MTA_STS_NOTES_MAX = 16, /* faults, remarks */
    MTA_STS_LINES_KEPT = 64,
};

/* Takes one TXT record, its strings joined, apart. 0 or -ENOMEM. */
int mta_sts_record_read(struct bytes record, struct arena *arena, struct mta_sts_record_facts **ret);
/* Takes a policy file of at most MTA_STS_FILE_MAX bytes apart; lines end in LF or CRLF. 0 or -ENOMEM. */
int mta_sts_policy_read(struct bytes file, struct arena *arena, struct mta_sts_policy_facts **ret);

#endif
