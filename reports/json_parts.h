/*
 * json_parts.h - what json.c and json_findings.c share: parts of the result, made and written by jansson
 */
#ifndef OUTPOST_REPORTS_JSON_PARTS_H
#define OUTPOST_REPORTS_JSON_PARTS_H

#include "reports/judgement.h"

#include <jansson.h>

struct buffer;
struct json_memory;

/* Members are set one behind the other; -1 of any is noted and looked at once. */
void json_part_set(json_t *object, const char *name, json_t *value, bool *failed);
/* `json`, or NULL (and it is let go) when something failed. */
json_t *json_part_whole(json_t *json, bool failed);
json_t *json_part_texts(const struct list *texts);
/* The array of all findings, where the result has it. Out of memory: out->failed. */
void json_part_findings(const struct judgement *judgement, bool one_line, struct json_memory *memory,
                        struct buffer *out);

#endif
