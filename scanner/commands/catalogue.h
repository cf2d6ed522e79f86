/*
 * catalogue.h - the list of checks, as `outpost checks` and `outpost explain` without a whole id show it
 */
#ifndef OUTPOST_COMMANDS_CATALOGUE_H
#define OUTPOST_COMMANDS_CATALOGUE_H

#include <stdbool.h>

/* A group is what ids begin with, to a point: "tls", "tls.suites", and "tls." is "tls". */
bool is_check_group(const char *text);
/* Those of a group, or all (NULL), to standard output, one line each: id and title. */
void list_checks(const char *group);

#endif
