/*
 * checks.c - `outpost checks`: the catalogue, one line each, or as JSON with all its texts
 */
#include "scanner/commands/commands.h"

#include "reports/judgement.h"
#include "scanner/commands/catalogue.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_AS_JSON = CODE_FIRST };

static const struct option_entry options[] = {
    {NULL, "json", CODE_AS_JSON, NULL, "As JSON, with all texts."},
    HELP_OPTION,
};

static int take_option(void *data, int code, const char *value)
{
    bool *as_json = data;

    (void)value;
    *as_json = code == CODE_AS_JSON;
    return 0;
}

static bool is_in_group(const struct check *check, const char *group)
{
    size_t size = strlen(group);

    if (size > 0 && group[size - 1] == '.')
        size--;
    return size > 0 && strncmp(check->id, group, size) == 0 && check->id[size] == '.';
}

bool is_check_group(const char *text)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);

    for (size_t i = 0; i < count; i++)
        if (is_in_group(checks[i], text))
            return true;
    return false;
}

void list_checks(const char *group)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);
    size_t widest = 0;

    for (size_t i = 0; i < count; i++)
        if ((group == NULL || is_in_group(checks[i], group)) && strlen(checks[i]->id) > widest)
            widest = strlen(checks[i]->id);
    for (size_t i = 0; i < count; i++)
        if (group == NULL || is_in_group(checks[i], group))
            printf("%-*s  %s\n", (int)widest, checks[i]->id, checks[i]->title);
}

static json_t *check_json(const struct check *check)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", check->id, "title", check->title,
                     "severity", severity_name(check->severity), "area", area_name(check->area), "why",
                     check->why, "explanation", check->explanation, "reference", check->reference);
}

static int list_as_json(void)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);
    json_t *array = json_array();
    char *text = NULL;
    bool failed = false;

    for (size_t i = 0; i < count; i++)
        failed |= json_array_append_new(array, check_json(checks[i])) < 0;
    if (!failed)
        text = json_dumps(array, JSON_INDENT(2));
    json_decref(array);
    if (text == NULL)
        return EXIT_FAULT;
    (void)puts(text);
    free(text);
    return EXIT_FINE;
}

static int checks_main(struct program *program, int count, char **words)
{
    bool as_json = false;
    int first = options_read(&checks_command, program, count, words, take_option, &as_json);

    if (first == -ECANCELED)
        return EXIT_FINE;
    if (first < 0)
        return EXIT_USAGE;
    if (first < count)
        return usage_error(&checks_command, program,
                           "it takes no %s; `outpost explain %s` explains one check", words[first],
                           words[first]);
    if (as_json)
        return list_as_json();
    list_checks(NULL);
    return EXIT_FINE;
}

const struct command checks_command = {
    .name = "checks",
    .usage = "[--json]",
    .summary = "the catalogue of checks, one line each",
    .text = "Lists all checks: id and title.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = checks_main,
};
