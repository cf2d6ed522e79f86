/*
 * sample_zone.h - a zone with two name servers and nothing wrong, for tests of the judge
 */
#ifndef OUTPOST_TESTS_SAMPLE_ZONE_H
#define OUTPOST_TESTS_SAMPLE_ZONE_H

#include "scanner/facts/zone.h"

struct arena;

/* example.org */
struct zone_facts *faultless_zone(struct arena *arena);

#endif
