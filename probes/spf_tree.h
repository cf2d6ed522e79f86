/*
 * spf_tree.h - the tree of SPF records that a domain's record leads to, and all that they name
 */
#ifndef OUTPOST_PROBES_SPF_TREE_H
#define OUTPOST_PROBES_SPF_TREE_H

#include "scanner/facts/spf.h"
#include "scanner/net/network.h"
#include "scanner/net/resolver.h"

/*
 * Looks up the record of `domain` and everything that it names, and sums up what an evaluation costs. Macros are
 * expanded for a message from postmaster@domain sent by `client`. What does not depend on an answer is asked for side by
 * side. At most 64 records, 400 questions and 2000 terms; what was left out is said in facts->complete. 0; -ECANCELED
 * (what was learnt until then is there); -ENOMEM.
 */
int spf_tree_explore(struct network *network, const char *domain, const struct address *client,
                     int64_t deadline, struct arena *arena, struct spf_facts *facts);

/* The texts of SPF records in an answer (those that announce themselves, or those that were meant to), sorted; at most 8.
 * 0 or -ENOMEM. */
int spf_keep_texts(const struct dns_answer *answer, bool announced, struct arena *arena, struct list *texts);

#endif
