/*
 * catalogue.h - the list of checks, as `outpost checks` and a bare `outpost explain` show it
 */
#ifndef OUTPOST_COMMANDS_CATALOGUE_H
#define OUTPOST_COMMANDS_CATALOGUE_H

/* To standard output, one line each: id and title. */
void list_checks(void);

#endif
