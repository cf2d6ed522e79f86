/*
 * screen.c - standard error: messages, and on a terminal one line of live progress that makes room for them
 *
 *   example.org  7 of 12  mail.example.org 192.0.2.1:25: waiting for the greeting  14 s
 *   137 of 1000 targets  50 at a time  812 connections  14 s
 */
#include "scanner/commands/screen.h"

#include "reports/display.h"
#include "scanner/commands/words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 512 };

static const char clear_line[] = "\r\033[K";

static void screen_write(struct log *log, enum log_level level, const char *line)
{
    struct screen *screen = log->data;

    screen_clear(screen);
    /* One call, one write: lines of several processes do not mix. */
    (void)fprintf(screen->to, level == LOG_WARNING ? "outpost: warning: %s\n" : "outpost: %s\n", line);
}

void screen_init(struct screen *screen, FILE *to)
{
    const char *terminal = getenv("TERM");

    *screen = (struct screen){.log = {.level = LOG_WARNING, .write = screen_write, .data = screen}, .to = to};
    screen->live = isatty(fileno(to)) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

/* How far, in columns that are needed: what stands before and behind the text that may be cut. */
static void put_counts(const struct run_progress *progress, const char *target, char *text, size_t size)
{
    if (target == NULL)
        (void)snprintf(text, size, "%zu of %zu targets  %zu at a time  %zu connections", progress->done,
                       progress->targets, progress->active, progress->connections);
    else if (progress->steps > 0)
        (void)snprintf(text, size, "%.120s  %zu of %zu", target, progress->steps_done, progress->steps);
    else
        (void)snprintf(text, size, "%.120s", target);
}

char *progress_line(const struct run_progress *progress, const char *target, int width, char *line,
                    size_t size)
{
    char counts[200], seconds[32];
    const char *now = progress->now != NULL ? progress->now : "";
    size_t columns = width > 0 ? (size_t)width : 0, fixed, room;

    put_counts(progress, target, counts, sizeof(counts));
    (void)snprintf(seconds, sizeof(seconds), "%lld s", (long long)(progress->elapsed_ms / 1000));
    fixed = display_width(counts) + strlen(seconds) + 2;
    room = columns > fixed + 2 ? columns - fixed - 2 : 0;
    room = display_fit(now, room);
    if (room > 0)
        (void)snprintf(line, size, "%s  %.*s  %s", counts, (int)room, now, seconds);
    else
        (void)snprintf(line, size, "%s  %s", counts, seconds);
    if (columns < size)
        line[display_fit(line, columns)] = '\0';
    return line;
}

void screen_progress(struct screen *screen, const struct run_progress *progress, const char *target)
{
    char line[LINE_SIZE];

    if (!screen->live)
        return;
    /* The last column stays free: a terminal may go to the next line behind it. */
    progress_line(progress, target, terminal_width(fileno(screen->to), 80) - 1, line, sizeof(line));
    (void)fprintf(screen->to, "%s%s", clear_line, line);
    screen->shown = true;
}

void screen_clear(struct screen *screen)
{
    if (screen->shown)
        (void)fputs(clear_line, screen->to);
    screen->shown = false;
}
