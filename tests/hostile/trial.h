/*
 * trial.h - a script, played to the scanner: what comes out, and whether it is what the script says
 */
#ifndef OUTPOST_TESTS_HOSTILE_TRIAL_H
#define OUTPOST_TESTS_HOSTILE_TRIAL_H

#include "scanner/facts/scan.h"
#include "tests/hostile/script.h"

struct certificates;

/*
 * Scans the server of the script on a stage and compares. Failures are added to `failures` (texts with file
 * and line); *ret is the facts, as JSON. Both are for people: the trial has passed when there is no failure.
 */
void trial_run(const struct script *script, struct certificates *certificates, struct arena *arena,
               struct list *failures, json_t **ret);

/* Does a JSON value match the pattern of a script? The root of `path` is `json`; *ret_found (arena) says what
 * is there instead. */
bool trial_fact_holds(const json_t *json, const char *path, const char *pattern, struct arena *arena,
                      const char **ret_found);

/* The worst outcome of a check, by its name; NULL when it says nothing. */
const char *trial_verdict(const struct scan_facts *scan, const char *check, struct arena *arena);

#endif
