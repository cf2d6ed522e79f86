/*
 * words.c - the command line as data: options of a command, its help, messages about mistakes
 */
#include "scanner/commands/words.h"

#include "reports/display.h"
#include "scanner/base/log.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

enum { OPTIONS_MAX = 48, HELP_WIDTH = 79, MEANING_COLUMN = 26, WORD_MAX = 32 };

/* ---- text on a terminal ---- */

int terminal_width(int fd, int otherwise)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return otherwise;
    return size.ws_col;
}

static void put_blanks(FILE *to, int count)
{
    if (count > 0)
        (void)fprintf(to, "%*s", count, "");
}

/* One line of a text; blanks at its beginning are kept, so that a list or an example looks as it was
 * written. */
static void put_line(FILE *to, const char *line, size_t size, int column, int indent, int width)
{
    size_t at = 0;
    bool first = true;

    while (at < size) {
        size_t blanks = strspn(line + at, " "), length;
        char word[512];

        length = strcspn(line + at + blanks, " \n");
        if (length == 0 || at + blanks >= size)
            break;
        if (length >= sizeof(word))
            length = sizeof(word) - 1;
        memcpy(word, line + at + blanks, length);
        word[length] = '\0';
        int columns = (int)display_width(word);

        if (!first && column + (int)blanks + columns > width) {
            (void)fputc('\n', to);
            put_blanks(to, indent);
            column = indent;
        } else {
            put_blanks(to, (int)blanks);
            column += (int)blanks;
        }
        (void)fputs(word, to);
        column += columns;
        at += blanks + length;
        first = false;
    }
    (void)fputc('\n', to);
}

void put_paragraph(FILE *to, const char *text, int column, int indent, int width)
{
    for (;;) {
        size_t size = strcspn(text, "\n");

        put_line(to, text, size, column, indent, width);
        text += size;
        if (*text == '\0' || text[1] == '\0')
            break;
        text++;
        if (*text != '\n')
            put_blanks(to, indent);
        column = indent;
    }
}

/* ---- mistakes ---- */

int usage_error(const struct command *command, struct program *program, const char *format, ...)
{
    char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(&message, format, arguments) < 0)
        message = NULL;
    va_end(arguments);
    log_error(program->log, "%s", message == NULL ? "out of memory" : message);
    log_error(program->log, "see outpost %s --help", command->name);
    free(message);
    return EXIT_USAGE;
}

/* How many letters have to be added, left out or exchanged (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t a_size = strlen(a), b_size = strlen(b);

    if (a_size > WORD_MAX || b_size > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_size];
}

const char *nearest_name(const char *word, const char *(*name)(const void *data, size_t index),
                         const void *data, size_t count)
{
    const char *nearest = NULL;
    size_t least = 2 * (strlen(word) / 3 + 2); /* more than that is another word */

    for (size_t i = 0; i < count; i++) {
        const char *known = name(data, i);
        size_t far = known == NULL ? WORD_MAX : distance(word, known);

        /* First letters are seldom wrong. */
        far = 2 * far + (known != NULL && known[0] != word[0]);
        if (far < least) {
            least = far;
            nearest = known;
        }
    }
    return nearest;
}

/* ---- options ---- */

static const char *option_name(const void *data, size_t index)
{
    const struct command *command = data;

    return command->options[index].name;
}

static int unknown_option(const struct command *command, struct program *program, const char *word)
{
    size_t size = strcspn(word, "=");
    size_t candidates = 0;
    const char *nearest;
    char name[WORD_MAX + 1];

    if (strncmp(word, "--", 2) != 0)
        return usage_error(command, program, "unknown option %s", word);
    for (size_t i = 0; i < command->option_count && size > 2; i++)
        if (command->options[i].name != NULL && strncmp(command->options[i].name, word + 2, size - 2) == 0)
            candidates++;
    if (candidates > 1)
        return usage_error(command, program, "%.*s is the beginning of several options", (int)size, word);
    (void)snprintf(name, sizeof(name), "%.*s", (int)(size - 2), word + 2);
    nearest = nearest_name(name, option_name, command, command->option_count);
    if (nearest == NULL)
        return usage_error(command, program, "unknown option %.*s", (int)size, word);
    return usage_error(command, program, "unknown option %.*s: did you mean --%s?", (int)size, word, nearest);
}

static const struct option_entry *entry_by_code(const struct command *command, int code)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].code == code)
            return &command->options[i];
    return NULL;
}

static int wrong_option(const struct command *command, struct program *program, int kind, const char *word)
{
    const struct option_entry *entry = optopt != 0 ? entry_by_code(command, optopt) : NULL;

    if (entry == NULL && optopt != 0)
        return usage_error(command, program, "unknown option -%c", optopt);
    if (entry == NULL)
        return unknown_option(command, program, word);
    if (kind == ':')
        return usage_error(command, program, "--%s needs a value: --%s %s", entry->name, entry->name,
                           entry->argument);
    return usage_error(command, program, "--%s takes no value", entry->name);
}

int options_read(const struct command *command, struct program *program, int count, char **words,
                 int (*take)(void *data, int code, const char *value), void *data)
{
    struct option options[OPTIONS_MAX + 1] = {0};
    char letters[OPTIONS_MAX + 2] = ":";
    size_t known = 0, letter = 1;
    int code;

    for (size_t i = 0; i < command->option_count && i < OPTIONS_MAX; i++) {
        const struct option_entry *entry = &command->options[i];

        if (entry->name == NULL)
            letters[letter++] = (char)entry->code;
        else
            options[known++] =
                (struct option){.name = entry->name, .has_arg = entry->argument != NULL, .val = entry->code};
    }
    opterr = 0;
    optind = 0; /* begin anew, as glibc wants it */
    for (;;) {
        code = getopt_long(count, words, letters, options, NULL);
        if (code == -1)
            return optind;
        if (code == CODE_HELP) {
            command_help(command, stdout);
            return -ECANCELED;
        }
        if (code == '?' || code == ':') {
            wrong_option(command, program, code, words[optind - 1]);
            return -EINVAL;
        }
        if (take(data, code, optarg) < 0)
            return -EINVAL;
    }
}

/* ---- help ---- */

static void put_option(const struct option_entry *entry, FILE *to)
{
    char label[64];
    int column;

    if (entry->name == NULL)
        column = snprintf(label, sizeof(label), "  -%c", entry->code);
    else
        column = snprintf(label, sizeof(label), "  --%s%s%s", entry->name, entry->argument ? " " : "",
                          entry->argument ? entry->argument : "");
    (void)fputs(label, to);
    if (column > MEANING_COLUMN - 2) {
        (void)fputc('\n', to);
        column = 0;
    }
    put_blanks(to, MEANING_COLUMN - column);
    put_paragraph(to, entry->meaning, MEANING_COLUMN, MEANING_COLUMN, HELP_WIDTH);
}

void command_help(const struct command *command, FILE *to)
{
    (void)fprintf(to, "Usage: outpost %s %s\n\n", command->name, command->usage);
    put_paragraph(to, command->text, 0, 0, HELP_WIDTH);
    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].heading != NULL)
            (void)fprintf(to, "\n%s:\n", command->options[i].heading);
        put_option(&command->options[i], to);
    }
}
