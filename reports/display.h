/*
 * display.h - what every report for people needs: harmless text, its width, dates and lengths of time in
 * words
 *
 * Facts were cleaned when they were observed (base/text); a stored scan may have been changed since, so the
 * reports look once more before they write.
 */
#ifndef OUTPOST_REPORTS_DISPLAY_H
#define OUTPOST_REPORTS_DISPLAY_H

#include "scanner/facts/fact.h"

struct arena;

/* `text` itself when it is valid UTF-8 without control characters (tab and newline are allowed),
 * bidirectional controls and noncharacters, else a copy with each byte of these as \xNN. NULL only when out
 * of memory. */
const char *display_safe(struct arena *arena, const char *text);
/* The same on one line: tabs and newlines become spaces. */
const char *display_line(struct arena *arena, const char *text);

/* Columns on a terminal: 0 for combining characters, 2 for wide ones. */
size_t display_width(const char *text);
/* Bytes of the longest beginning of `text` that is at most `columns` wide. */
size_t display_fit(const char *text, size_t columns);
/* `text`, cut to `columns` with "..." at its end when it is wider; NULL only when out of memory. */
const char *display_cut(struct arena *arena, const char *text, size_t columns);

/* The first eight things of a list, "A, B, C and 205 more"; `text` itself when it has no more than eight, or is one of
 * things that have commas of their own, "A, B; C, D". */
const char *display_list(struct arena *arena, const char *text);

/* "22 November 2026, 12:00 UTC"; "22 November 2026"; "41 s", "2 min 5 s"; "43 days". */
const char *display_time(struct arena *arena, int64_t seconds);
const char *display_date(struct arena *arena, int64_t seconds);
const char *display_duration(struct arena *arena, int64_t seconds);
const char *display_days(struct arena *arena, int64_t days);
/* "TLS 1.3" for "TLS1.3". */
const char *display_version(struct arena *arena, const char *version);
/* "yes", "no", "not observed". */
const char *display_known(enum known value);

#endif
