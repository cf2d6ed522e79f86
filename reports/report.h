/*
 * report.h - the forms a judgement can be given; nothing here touches the network or runs on a task's stack
 */
#ifndef OUTPOST_REPORTS_REPORT_H
#define OUTPOST_REPORTS_REPORT_H

#include "reports/judgement.h"

#include <stdio.h>

/* The result of DESIGN section 4 as text (members in fixed order, two-space indent, or one line), with a
 * final newline. malloc'd; 0 or -ENOMEM. */
int report_json(const struct judgement *judgement, bool one_line, char **ret, size_t *ret_size);
/* The same for one of many: findings that were in a report before are taken from `memory`, at most 4096 of them. */
struct json_memory;
struct json_memory *json_memory_new(void); /* NULL when out of memory, which is allowed below */
void json_memory_free(struct json_memory *memory);
int report_json_again(const struct judgement *judgement, bool one_line, struct json_memory *memory,
                      char **ret, size_t *ret_size);
/* Reads what report_json wrote: only the facts, the judgement is made anew. 0; -EINVAL with *ret_error in
 * words; -ENOMEM. */
int scan_from_json(const char *text, size_t size, struct arena *arena, struct scan_facts **ret,
                   const char **ret_error);
/* A page without script or outside asset. malloc'd; 0 or -ENOMEM. */
int report_html(const struct judgement *judgement, char **ret, size_t *ret_size);

struct terminal_options {
    bool color;
    int width;               /* columns; 0: 80 */
    bool verbose;            /* all findings with their evidence */
    const char *report_file; /* where the report is, for the last line; NULL: none */
};
/* One screen: grade, the findings that set it, what to do next, where the report is. */
void report_terminal(const struct judgement *judgement, const struct terminal_options *options, FILE *to);
/* One line, for runs over many targets: target, grade, how many findings, the worst of them. */
void report_terminal_line(const struct judgement *judgement, const struct terminal_options *options,
                          FILE *to);

/* The JSON Schema of what `scan` writes (reports/schemas/scan-1.json), with a final newline. malloc'd; 0 or
 * -ENOMEM. */
int report_schema(char **ret, size_t *ret_size);

#endif
