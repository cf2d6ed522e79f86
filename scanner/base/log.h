/*
 * log.h - messages of the program itself, to one sink that main owns
 *
 * The sink decides what happens with a line (a progress display clears its line first). Texts in a message
 * are cleaned by whoever puts them there (base/text).
 */
#ifndef OUTPOST_BASE_LOG_H
#define OUTPOST_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct log {
    enum log_level level; /* messages above it are dropped */
    void (*write)(struct log *log, enum log_level level, const char *line); /* line without newline */
    void *data;
};

void log_message(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(log, ...)   log_message(log, LOG_ERROR, __VA_ARGS__)
#define log_warning(log, ...) log_message(log, LOG_WARNING, __VA_ARGS__)
#define log_info(log, ...)    log_message(log, LOG_INFO, __VA_ARGS__)
#define log_debug(log, ...)   log_message(log, LOG_DEBUG, __VA_ARGS__)

#endif
