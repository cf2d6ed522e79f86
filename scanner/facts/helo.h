/*
 * helo.h - what can be known of a name that a server gives itself: where it leads
 */
#ifndef OUTPOST_FACTS_HELO_H
#define OUTPOST_FACTS_HELO_H

#include "scanner/facts/dns.h"

struct helo_facts {
    const char *name; /* as in an answer to EHLO */
    struct dns_question_facts *a;
    struct dns_question_facts *aaaa;
};
extern const struct shape helo_shape;

#endif
