/*
 * explain.c - `outpost explain`: what a check means, why it matters, how to fix it, its source
 */
#include "scanner/commands/commands.h"

#include "reports/judgement.h"
#include "scanner/commands/catalogue.h"

#include <errno.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 100 };

static const struct option_entry options[] = {HELP_OPTION};

static int take_option(void *data, int code, const char *value)
{
    (void)data, (void)code, (void)value;
    return -EINVAL; /* there is none but --help */
}

static const char *check_name(const void *data, size_t index)
{
    const struct check *const *checks = data;

    return checks[index]->id;
}

static int unknown_check(struct program *program, const char *id)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);
    const char *nearest = nearest_name(id, check_name, checks, count);

    if (nearest != NULL)
        return usage_error(&explain_command, program, "there is no check %s: did you mean %s?", id, nearest);
    return usage_error(&explain_command, program, "there is no check %s: `outpost checks` lists them", id);
}

static void explain(const struct check *check, int width)
{
    int column = printf("%s: ", check->id);

    put_paragraph(stdout, check->title, column, 0, width);
    printf("\n");
    put_paragraph(stdout, check->why, 0, 0, width);
    printf("\n");
    put_paragraph(stdout, check->explanation, 0, 0, width);
    printf("\nSeverity:  %s%s\n", severity_name(check->severity),
           check->severity != SEVERITY_NONE ? ", when it fails" : "");
    if (check->area != AREA_NONE)
        printf("Area:      %s\n", area_name(check->area));
    printf("Source:    %s\n", check->reference);
}

static int explain_main(struct program *program, int count, char **words)
{
    int first = options_read(&explain_command, program, count, words, take_option, NULL);
    int width = terminal_width(STDOUT_FILENO, WIDTH_DEFAULT);

    if (first == -ECANCELED)
        return EXIT_FINE;
    if (first < 0)
        return EXIT_USAGE;
    if (first == count) {
        list_checks();
        return EXIT_FINE;
    }
    for (int i = first; i < count; i++)
        if (check_find(words[i]) == NULL)
            return unknown_check(program, words[i]);
    for (int i = first; i < count; i++) {
        if (i > first)
            printf("\n");
        explain(check_find(words[i]), width > WIDTH_MAX ? WIDTH_MAX : width);
    }
    return EXIT_FINE;
}

const struct command explain_command = {
    .name = "explain",
    .usage = "[CHECK]...",
    .summary = "what a check means, why it matters, how to fix it, its source",
    .text = "Explains a check by its id (cert.name). Without one, lists all checks.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = explain_main,
};
