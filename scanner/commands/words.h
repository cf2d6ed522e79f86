/*
 * words.h - the command line as data: options of a command, its help, messages about mistakes
 */
#ifndef OUTPOST_COMMANDS_WORDS_H
#define OUTPOST_COMMANDS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct log;
struct program;

/* Exit status. */
enum {
    EXIT_FINE = 0,
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 2,
    EXIT_NOT_TESTED = 3,
    EXIT_FAULT = 4,
};

struct option_entry {
    const char *heading;  /* begins a group in the help, else NULL */
    const char *name;     /* "timeout"; NULL for one of a single letter */
    int code;             /* the letter ('4'), or a number over 255 */
    const char *argument; /* "SECONDS"; NULL: takes none */
    const char *meaning;
};

struct command {
    const char *name;
    const char *usage;   /* what follows the name */
    const char *summary; /* one line */
    const char *text;    /* paragraphs for its help, each ends with a newline */
    const struct option_entry *options;
    size_t option_count;
    int (*run)(struct program *program, int count, char **words); /* words[0] is the command's name */
};

/* What main hands to every command. */
struct program {
    struct log *log;
    struct screen *screen;
};

enum { CODE_HELP = 256, CODE_FIRST };
#define HELP_OPTION                                                                                          \
    {                                                                                                        \
        NULL, "help", CODE_HELP, NULL, "This help."                                                          \
    }

/*
 * Reads the options of `words`, calling `take` for each (negative: it has said what is wrong), and moves the
 * other words to the end. Returns the place of the first of these; -EINVAL when a mistake has been told;
 * -ECANCELED when --help has been answered.
 */
int options_read(const struct command *command, struct program *program, int count, char **words,
                 int (*take)(void *data, int code, const char *value), void *data);
/* Says on standard error what is wrong and where help is; returns EXIT_USAGE. */
int usage_error(const struct command *command, struct program *program, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void command_help(const struct command *command, FILE *to);

/* Of `count` names the one that `word` was probably meant to be; NULL when none is near. */
const char *nearest_name(const char *word, const char *(*name)(const void *data, size_t index),
                         const void *data, size_t count);
/* Writes `text`, broken between words so that no line is wider than `width`; each line of the text is a
 * paragraph of its own and lines after the first begin with `indent` blanks. `column` is where it starts. */
void put_paragraph(FILE *to, const char *text, int column, int indent, int width);
/* Columns of the terminal behind `fd`; `otherwise` when it is none or does not say. */
int terminal_width(int fd, int otherwise);

#endif
