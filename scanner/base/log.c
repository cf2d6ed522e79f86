/*
 * log.c - messages of the program itself
 */
#include "scanner/base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LINE_SIZE = 2048 };

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
