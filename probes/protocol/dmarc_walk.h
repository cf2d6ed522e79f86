/*
 * dmarc_walk.h - the walk up the tree of names (RFC 9989 4.10), and what applies to mail from a name by the records
 * on it
 *
 *      a.mail.example.org  ->  mail.example.org  ->  example.org  ->  org
 *
 * All names of a walk are known before the first is asked. Pure: the answers are handed in.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_DMARC_WALK_H
#define OUTPOST_PROBES_PROTOCOL_DMARC_WALK_H

#include "scanner/facts/dmarc.h"
#include "scanner/net/resolver.h"

enum { DMARC_WALK_MAX = 8, DMARC_RECORDS_MAX = 16 };

/* The names to ask at, from `domain` upwards, each a part of its text. Returns how many. */
size_t dmarc_walk_names(const char *domain, const char *names[DMARC_WALK_MAX]);

/* What the answer to the TXT question at _dmarc.`domain` says; `answer` NULL: there was none. The question and
 * `walked` are left to the caller. 0 or -ENOMEM. */
int dmarc_step_read(const char *domain, const struct dns_answer *answer, struct arena *arena,
                    struct dmarc_step_facts **ret);

/* Where a walk from `start` leads. A name that is not among the steps failed; `start` has no record then. */
struct dmarc_discovery {
    bool decided;                         /* whose record applies is known */
    const struct dmarc_step_facts *found; /* the one with the record that applies; NULL: none does */
    const char *organizational_domain;    /* NULL: not known */
    size_t walked;                        /* so many names of the walk were come to */
    const struct dmarc_step_facts *last;  /* where it ended by a failure or by psd; NULL: at the top */
};
/* 0 or -ENOMEM. */
int dmarc_discover(const char *start, const struct list *steps, struct arena *arena,
                   struct dmarc_discovery *ret);

/* The record of a step with exactly one; else NULL. */
const struct dmarc_record_facts *dmarc_step_record(const struct dmarc_step_facts *step);

/* What applies to mail from the domain of the first step (`exists`: the name is in the DNS), from a subdomain and
 * from one that does not exist: fills suffix_domain, current, older, stopped, and walked of each step. 0 or
 * -ENOMEM. */
int dmarc_decide(struct dmarc_facts *facts, enum known exists, struct arena *arena);

#endif
