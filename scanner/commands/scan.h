/*
 * scan.h - what `outpost scan` was asked for, between its command line and its run
 */
#ifndef OUTPOST_COMMANDS_SCAN_H
#define OUTPOST_COMMANDS_SCAN_H

#include "scanner/commands/reporting.h"
#include "scanner/run.h"

struct scan_program {
    struct program *program;
    struct arena *arena;
    struct scan_settings settings;
    struct reporting reporting;
    const struct target *only; /* the target when there is one only */
    struct engine *engine;
    struct run *run;
    bool stopped; /* by a signal */
};

/* The whole command line: options, targets, what contradicts each other. 0; -EINVAL (or another error) when
 * what is wrong has been told; -ECANCELED when help was asked for and given. */
int scan_read_words(struct scan_program *scan, int count, char **words);

/* scan_command's (scan_options.c). */
int scan_main(struct program *program, int count, char **words);

#endif
