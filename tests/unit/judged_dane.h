/*
 * judged_dane.h - TLSA lookups for the scans of judged.h
 */
#ifndef OUTPOST_TESTS_JUDGED_DANE_H
#define OUTPOST_TESTS_JUDGED_DANE_H

#include "scanner/facts/scan.h"

struct arena;

/* Lookups for the mail host and its four ports: there are no records. */
void judged_add_dane(struct observed_facts *observed, struct arena *arena);

#endif
