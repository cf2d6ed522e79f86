/*
 * explain.c - `outpost explain`: what a check means, why it matters, how to fix it, its source
 */
#include "scanner/commands/commands.h"

#include "reports/judgement.h"
#include "scanner/commands/catalogue.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 80, WIDTH_MAX = 100 };

static const struct option_entry options[] = {HELP_OPTION};

static int take_option(void *data, int code, const char *value)
{
    (void)data, (void)code, (void)value;
    return -EINVAL; /* there is none but --help */
}

struct siblings {
    const struct check *const *checks;
    const char *id;
    size_t group; /* how long the part is that they have in common with `id` */
};

static const char *sibling_name(const void *data, size_t index)
{
    const struct siblings *siblings = data;
    const char *id = siblings->checks[index]->id;

    return strncmp(id, siblings->id, siblings->group) == 0 ? id + siblings->group : NULL;
}

/* Of checks that begin alike only the rest is compared: tls.foo looks like tls.ccs otherwise. */
static int unknown_check(struct program *program, const char *id)
{
    size_t count;
    struct siblings siblings = {.checks = checks_all(&count), .id = id};
    const char *point = strrchr(id, '.'), *nearest;
    bool any = false;

    siblings.group = point == NULL ? 0 : (size_t)(point - id) + 1;
    for (size_t i = 0; i < count && !any; i++)
        any = sibling_name(&siblings, i) != NULL;
    if (!any)
        siblings.group = 0;
    nearest = nearest_name(id + siblings.group, sibling_name, &siblings, count);
    if (nearest != NULL)
        return usage_error(&explain_command, program, "there is no check %s: did you mean %.*s%s?", id,
                           (int)siblings.group, id, nearest);
    if (siblings.group > 0)
        return usage_error(&explain_command, program,
                           "there is no check %s: `outpost explain %.*s` lists those that begin so", id,
                           (int)siblings.group - 1, id);
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
           check->only_informs                ? ", but another check counts it: this one never fails"
           : check->severity != SEVERITY_NONE ? ", when it fails"
                                              : "");
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
        list_checks(NULL);
        return EXIT_FINE;
    }
    for (int i = first; i < count; i++)
        if (check_find(words[i]) == NULL && !is_check_group(words[i]))
            return unknown_check(program, words[i]);
    for (int i = first; i < count; i++) {
        if (i > first)
            printf("\n");
        if (check_find(words[i]) == NULL)
            list_checks(words[i]);
        else
            explain(check_find(words[i]), width > WIDTH_MAX ? WIDTH_MAX : width);
    }
    return EXIT_FINE;
}

const struct command explain_command = {
    .name = "explain",
    .usage = "[CHECK|GROUP]...",
    .summary = "what a check means, why it matters, how to fix it, its source",
    .text =
        "Explains a check by its id (cert.name), or lists those of a group (cert, tls.suites). Without one, "
        "lists all checks.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = explain_main,
};
