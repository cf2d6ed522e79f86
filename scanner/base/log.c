/*
 * log.c - messages of the program itself
 */
#include "scanner/base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE = 2048 };

static void write_to_stderr(struct log *log, enum log_level level, const char *line)
{
    (void)log;
    /* One call, one write: lines of several processes do not mix. */
    (void)fprintf(stderr, level == LOG_WARNING ? "outpost: warning: %s\n" : "outpost: %s\n", line);
}

struct log log_to_stderr(enum log_level level)
{
    return (struct log){.level = level, .write = write_to_stderr};
}

void log_message(struct log *log, enum log_level level, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;

    if (log == NULL || level > log->level)
        return;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    log->write(log, level, line);
}
