/*
 * spf_model.h - what the facts say of a domain's SPF record: its tree, its end, its results
 *
 * Facts may come from a stored scan that somebody made up: records may lead in circles, texts may be NULL.
 */
#ifndef OUTPOST_REPORTS_SPF_MODEL_H
#define OUTPOST_REPORTS_SPF_MODEL_H

#include "reports/judgement.h"

enum { SPF_LOOKUPS_ALLOWED = 10, SPF_VOID_LOOKUPS_ALLOWED = 2, SPF_MX_NAMES_ALLOWED = 10 };

const struct spf_facts *observed_spf(const struct judgement *judgement); /* may be NULL */
/* The record of a domain among those that were looked at; NULL: it is not there. */
const struct spf_record_facts *spf_record_of_domain(const struct spf_facts *facts, const char *domain);
/* The domain's own, which comes first; NULL: nobody looked. */
const struct spf_record_facts *spf_own_record(const struct spf_facts *facts);
/* The record that the term leads to; NULL: it leads to none. */
const struct spf_record_facts *spf_led_to(const struct spf_facts *facts, const struct spf_term_facts *term);

bool spf_term_is_used(const struct spf_term_facts *term); /* and can be read */
bool spf_term_passes(const struct spf_term_facts *term);  /* its qualifier is "+" */
/* Does it find nothing at all, whoever the client is? */
bool spf_term_is_void(const struct spf_term_facts *term);

/* A term at its place in the tree. */
struct spf_node {
    const struct spf_record_facts *record; /* it stands in this one */
    const struct spf_term_facts *term;
    size_t depth; /* 0: of the domain's own record */
    bool passes;  /* every term on the way to it is a "+" */
    bool again;   /* it leads to a record that was shown before, or is on the way: not repeated here */
};
/* All terms as an evaluation without a match comes by them (struct spf_node); at most SPF_NODES_MAX. `arena` is that of the
 * list. An empty list when there is no memory. */
enum { SPF_NODES_MAX = 1000, SPF_DEPTH_MAX = 12 };
struct list spf_tree(const struct spf_facts *facts, struct arena *arena);

/* How the evaluation ends when nothing matches. */
struct spf_end {
    const struct spf_record_facts *record; /* the last of the redirects */
    const struct spf_term_facts *all;      /* NULL: there is none */
    bool lost;                             /* a redirect leads to nothing that we know */
};
struct spf_end spf_end_of(const struct spf_facts *facts);

/* May nobody send: it ends with "-all", and nothing before that lets anybody in? Not known when a record that it leads
 * to could not be looked up. `arena` is for the way there. */
enum known spf_forbids_everybody(const struct spf_facts *facts, struct arena *arena);

/* What check_host() says of an address as a sender for the domain; NULL: nobody asked. */
const struct spf_result_facts *spf_result_of(const struct spf_facts *facts, const char *address);
const char *spf_result_word(enum spf_result result); /* "softfail" */
/* How many bits of "192.0.2.0/24" count; all of them without a slash. -1: it is none. */
int spf_prefix_of(const char *network);

#endif
