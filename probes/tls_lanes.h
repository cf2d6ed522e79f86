/*
 * tls_lanes.h - how suites were found (tls_suites.c), from which their order is read (tls_order.c)
 */
#ifndef OUTPOST_PROBES_TLS_LANES_H
#define OUTPOST_PROBES_TLS_LANES_H

#include "probes/tls_enumeration.h"

struct pick {
    uint16_t suite;
    size_t schemes_left_out; /* the first so many of those seen: what they serve could not be picked */
};

struct search;

struct lane {
    struct search *search;
    struct codes remaining;
    struct pick picks[CODES_MAX];
    size_t pick_count;
    bool complete;
    struct lane *left, *right; /* NULL: it has not parted */
    struct codes order;        /* filled in the end */
};

struct search {
    struct enumeration *e;
    uint16_t version;
    struct version_findings *found;
    struct lane *root;
    size_t lanes;           /* that are at work beside the root */
    size_t order_questions; /* that may still be asked */
};

#endif
