/*
 * dmarc_record.h - the record of DMARC (RFC 9989 4.7, 4.8), and what RFC 7489 made of it
 *
 *      v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@example.org
 *
 * Pure. What breaks the grammar is a fact, never an error.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_DMARC_RECORD_H
#define OUTPOST_PROBES_PROTOCOL_DMARC_RECORD_H

#include "scanner/facts/dmarc.h"

struct arena;

enum { DMARC_URIS_MAX = 16, DMARC_NOTES_MAX = 16 };

/* Takes one TXT record, its strings joined, apart; also the one by which others agree to take reports. 0 or
 * -ENOMEM. */
int dmarc_record_read(struct bytes record, struct arena *arena, struct dmarc_record_facts **ret);

#endif
