/*
 * judged_dnssec.h - the part of the faultless scan that is about DNSSEC; inside of judged.c
 */
#ifndef OUTPOST_TESTS_JUDGED_DNSSEC_H
#define OUTPOST_TESTS_JUDGED_DNSSEC_H

#include "scanner/facts/dnssec.h"

struct arena;

/* example.org with one mail host, signed from the root down; no TLSA records, proven. */
struct dnssec_facts *faultless_dnssec(struct arena *arena);

#endif
