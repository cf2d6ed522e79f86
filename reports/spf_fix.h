/*
 * spf_fix.h - the SPF record to publish: what is there, with what is wrong changed
 */
#ifndef OUTPOST_REPORTS_SPF_FIX_H
#define OUTPOST_REPORTS_SPF_FIX_H

#include "reports/judgement.h"

/* What is to be changed besides terms that nobody can read or comes to: these are always mended or left out. */
struct spf_wish {
    bool nobody; /* "v=spf1 -all" and nothing else */
    bool close;  /* it ends with ~all, whatever is there now: unless that is -all or ~all */
    bool drop_ptr;
    bool drop_void;          /* terms that find nothing */
    bool hosts_as_addresses; /* a and mx as the addresses that they stand for today: no lookup is left */
    bool drop_broad;         /* networks of more addresses than anybody has */
    const char *drop;        /* text of a term, or NULL */
    const char *address;     /* of a sender that is missing, or NULL */
};

/* Adds a step: `words`, and the domain's record as a line of its zone. Nothing, when the domain is no host name. */
void spf_fix(struct judgement *judgement, struct finding *finding, const char *words,
             const struct spf_wish *wish);
/* How many terms with lookups the evaluation of that record takes; not known when a record is not. */
struct number spf_fixed_lookups(struct judgement *judgement, const struct spf_wish *wish);
/* Is the network wider than /17 (IPv4) or /32 (IPv6)? */
bool spf_network_is_broad(const char *network);

#endif
