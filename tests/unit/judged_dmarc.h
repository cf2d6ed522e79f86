/*
 * judged_dmarc.h - DMARC for the scans of judged.h
 */
#ifndef OUTPOST_TESTS_JUDGED_DMARC_H
#define OUTPOST_TESTS_JUDGED_DMARC_H

#include "scanner/facts/scan.h"

struct arena;

/* The domain rejects, and asks for reports to itself: as a probe would note it. `observed->dns` is there. */
void judged_add_dmarc(struct observed_facts *observed, struct arena *arena);

#endif
