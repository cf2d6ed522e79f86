/*
 * judged_dkim.h - DKIM keys for the scans of judged.h
 */
#ifndef OUTPOST_TESTS_JUDGED_DKIM_H
#define OUTPOST_TESTS_JUDGED_DKIM_H

#include "scanner/facts/scan.h"

struct arena;

/* The selector "mail", a common one, with an RSA key of 2048 bits. */
void judged_add_dkim(struct observed_facts *observed, struct arena *arena);

#endif
