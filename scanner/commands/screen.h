/*
 * screen.h - standard error: messages, and on a terminal one line of live progress that makes room for them
 */
#ifndef OUTPOST_COMMANDS_SCREEN_H
#define OUTPOST_COMMANDS_SCREEN_H

#include "scanner/base/log.h"
#include "scanner/run.h"

#include <stdio.h>

struct screen {
    struct log log; /* its sink clears the progress line first */
    FILE *to;
    bool live;  /* a terminal that understands "clear the line" */
    bool shown; /* a progress line stands there now */
};

/* `screen` stays where it is as long as its log is used. */
void screen_init(struct screen *screen, FILE *to);
/* Draws the progress line anew; nothing when not live. `target` is the only one, or NULL when there are
 * many. */
void screen_progress(struct screen *screen, const struct run_progress *progress, const char *target);
/* Takes the progress line away, before anything else is written to the terminal. */
void screen_clear(struct screen *screen);

/* The text of the progress line, at most `width` columns wide; returns `line`. */
char *progress_line(const struct run_progress *progress, const char *target, int width, char *line,
                    size_t size);

#endif
