/*
 * reporting.h - what becomes of a scan: judged, shown, written; the same for `scan` and `report`
 */
#ifndef OUTPOST_COMMANDS_REPORTING_H
#define OUTPOST_COMMANDS_REPORTING_H

#include "reports/policy.h"
#include "scanner/commands/words.h"
#include "scanner/facts/scan.h"

struct arena;
struct json_memory;
struct output;

enum fail_on { FAIL_ON_FAIL, FAIL_ON_WARN, FAIL_ON_NEVER };

struct reporting {
    const struct command *command;
    struct program *program;
    const char *folder; /* --output; NULL: no files named after targets */
    const char *html;   /* --html, --json: a file or "-" */
    const char *json;
    const char *policy_name;
    enum fail_on fail_on;
    bool quiet, verbose, no_color;

    const struct policy *policy;
    size_t expected;             /* scans that will come */
    size_t done;                 /* scans that came */
    struct output *json_lines;   /* of many scans to one place */
    struct json_memory *memory;  /* of many scans; NULL: none */
    bool found, untested, fault; /* what the exit status will tell */
    bool reader_gone;            /* nobody reads standard output any more */
};

/* The options that `scan` and `report` share. */
enum {
    CODE_OUTPUT = CODE_FIRST,
    CODE_HTML,
    CODE_JSON,
    CODE_POLICY,
    CODE_FAIL_ON,
    CODE_QUIET,
    CODE_VERBOSE,
    CODE_NO_COLOR,
    CODE_REPORTING_END
};
/* clang-format off */
#define REPORTING_OPTIONS(output_meaning)                                                                    \
    {"What to write", "output", CODE_OUTPUT, "DIR", output_meaning},                                         \
    {NULL, "html", CODE_HTML, "FILE", "Write the HTML report there; - is standard output."},                 \
    {NULL, "json", CODE_JSON, "FILE", "Write the result as JSON there; - is standard output. With many "     \
                                      "targets one object a line, as each is done."},                        \
    {NULL, "policy", CODE_POLICY, "NAME|FILE", "Judge by this policy (default mail-2026)."},                 \
    {NULL, "fail-on", CODE_FAIL_ON, "LEVEL", "Exit with 1 at this level or worse: fail (default), warn, "    \
                                             "never."},                                                      \
    {NULL, "quiet", CODE_QUIET, NULL, "No progress; a summary only where there are findings at the level of --fail-on."},                                        \
    {NULL, "verbose", CODE_VERBOSE, NULL, "Every finding with its evidence."},                               \
    {NULL, "no-color", CODE_NO_COLOR, NULL, "No colours; NO_COLOR in the environment says the same."},       \
    HELP_OPTION
/* clang-format on */

/* Takes a shared option; 0, or -EINVAL when it has said what is wrong. */
int reporting_take(struct reporting *reporting, int code, const char *value);
/* Checks what the options ask for, loads the policy, opens what is written to; `scans` will come. EXIT_FINE,
 * or the status to end with: what is wrong has been told. */
int reporting_begin(struct reporting *reporting, size_t scans, struct arena *arena);
/* One scan: judge, write, show. Trouble is told and remembered. */
void reporting_scan(struct reporting *reporting, const struct scan_facts *scan, struct arena *arena);
/* Says where reports are, ends files. The exit status. */
int reporting_end(struct reporting *reporting);

/* The name of a target's files, without ".html": only characters that are harmless in a name. */
enum { FILE_NAME_SIZE = 200 };
char *reporting_file_name(const char *target, char name[static FILE_NAME_SIZE]);

#endif
