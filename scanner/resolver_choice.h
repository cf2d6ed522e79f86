/*
 * resolver_choice.h - who answers DNS questions in a run: the system's resolver, iteration, or a given server
 */
#ifndef OUTPOST_SCANNER_RESOLVER_CHOICE_H
#define OUTPOST_SCANNER_RESOLVER_CHOICE_H

#include "scanner/run.h"

struct resolver;

/* Both may be NULL, not both at once. */
struct resolver_choice {
    struct resolver *system;    /* or the given server */
    struct resolver *iterating; /* instead of it, or when it is not good enough */
    bool automatic;             /* --resolver auto */
    const char *system_error;   /* why there is none */
    const char *iterating_error;
};

/* What --resolver and --root-hints ask for. 0; -EINVAL, -ENOENT, ... with *ret_error in words; -ENOMEM. */
int resolver_choice_new(struct engine *engine, struct network *network, const struct scan_settings *settings,
                        struct arena *arena, struct resolver_choice *ret, const char **ret_error);
/* Frees what was not taken. */
void resolver_choice_free(struct resolver_choice *choice);
/* Who answers until resolver_choose() has asked. */
struct resolver *resolver_choice_first(const struct resolver_choice *choice);

/*
 * On a task: asks those that there are whether they work and, with `automatic`, whether DNSSEC records come
 * through. *ret is the better one and *ret_description says who it is and why, in words. 0; -ECANCELED;
 * -ENOMEM.
 */
int resolver_choose(const struct resolver_choice *choice, int64_t deadline, struct arena *arena,
                    struct resolver **ret, const char **ret_description);

#endif
