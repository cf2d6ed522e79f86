/*
 * json.c - a judgement as JSON, and a scan back from it
 *
 * The members of a scan come from its field table; the judgement stands between them and the facts, and each
 * endpoint among the facts gets its grade, with where that comes from. Reading takes the facts only: the judgement is made anew, so the
 * same version and policy give the same bytes again.
 */
#include "reports/client_simulation.h"
#include "reports/json_parts.h"
#include "reports/judgement.h"
#include "reports/policy.h"
#include "reports/report.h"
#include "reports/tls_grade.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STORED_SIZE_MAX = 64 << 20, STORED_ENDPOINTS_MAX = 4096 };

/* ---- out ---- */

static json_t *text_or_null(const char *text)
{
    return text == NULL ? json_null() : json_string(text);
}

static json_t *grades_json(const struct judgement *judgement)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    for (enum area area = AREA_TRANSPORT; area < AREA_NONE; area++)
        json_part_set(json, area_name(area), text_or_null(judgement->area_grades[area]), &failed);
    return json_part_whole(json, failed);
}

static json_t *reasons_json(const struct judgement *judgement)
{
    json_t *array = json_array();
    bool failed = array == NULL;

    for (size_t i = 0; i < judgement->grade_reasons.count && !failed; i++) {
        const struct grade_reason *reason = judgement->grade_reasons.items[i];

        failed = json_array_append_new(
                     array, json_pack("{s:s, s:s, s:s}", "check", reason->finding->check->id, "subject",
                                      reason->finding->subject.text, "cap", reason->cap)) < 0;
    }
    return json_part_whole(array, failed);
}

static json_t *counts_json(const struct judgement *judgement)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    for (enum outcome outcome = OUTCOME_FAIL; outcome <= OUTCOME_NOT_TESTED; outcome++)
        json_part_set(json, outcome_name(outcome), json_integer((json_int_t)judgement->counts[outcome]),
                      &failed);
    return json_part_whole(json, failed);
}

static void set_judgement(json_t *json, const struct judgement *judgement, bool *failed)
{
    json_part_set(json, "policy",
                  json_pack("{s:s, s:s}", "name", policy_name(judgement->policy), "sha256",
                            policy_sha256(judgement->policy)),
                  failed);
    json_part_set(json, "outcome", json_string(outcome_name(judgement->outcome)), failed);
    json_part_set(json, "grade", text_or_null(judgement->grade), failed);
    json_part_set(json, "no_better_than", text_or_null(judgement->no_better_than), failed);
    json_part_set(json, "grades", grades_json(judgement), failed);
    json_part_set(json, "grade_reasons", reasons_json(judgement), failed);
    json_part_set(json, "counts", counts_json(judgement), failed);
}

static json_t *part_json(const struct tls_score_part *part)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    json_part_set(json, "points", part->points.known ? json_integer(part->points.value) : json_null(),
                  &failed);
    json_part_set(json, "seen", text_or_null(part->text), &failed);
    return json_part_whole(json, failed);
}

static json_t *tls_caps_json(const struct list *caps)
{
    json_t *array = json_array();
    bool failed = array == NULL;

    for (size_t i = 0; i < caps->count && !failed; i++) {
        const struct tls_cap *cap = caps->items[i];

        failed =
            json_array_append_new(array, json_pack("{s:s, s:s?, s:s, s:s}", "name", cap->name, "grade",
                                                   cap->letter, "text", cap->text, "check", cap->check)) < 0;
    }
    return json_part_whole(array, failed);
}

static json_t *clients_json(const struct client_meeting *meeting)
{
    json_t *array = json_array();
    bool failed = array == NULL;

    for (size_t i = 0; i < meeting->results.count && !failed; i++) {
        const struct client_result *result = meeting->results.items[i];
        const struct client_outcome *outcome = &result->outcome;

        failed =
            json_array_append_new(
                array,
                json_pack("{s:s, s:s, s:o, s:s?, s:s?, s:s?, s:s?, s:s?}", "id", result->client->id, "name",
                          result->client->name, "connects",
                          outcome->connects == UNKNOWN ? json_null() : json_boolean(outcome->connects == YES),
                          "version", outcome->version, "suite", outcome->suite, "group", outcome->group,
                          "key_type", outcome->key_type, "reason", outcome->reason)) < 0;
    }
    return json_part_whole(array, failed);
}

/* Where the grade of an endpoint comes from. */
static json_t *grade_details_json(const struct tls_grade *grade)
{
    json_t *json;
    bool failed;

    if (grade == NULL)
        return json_null();
    json = json_object();
    failed = json == NULL;
    json_part_set(json, "role", json_string(tls_role_name(grade)), &failed);
    json_part_set(json, "score", grade->score.known ? json_integer(grade->score.value) : json_null(),
                  &failed);
    json_part_set(json, "protocol", part_json(&grade->protocol), &failed);
    json_part_set(json, "key_exchange", part_json(&grade->key_exchange), &failed);
    json_part_set(json, "cipher", part_json(&grade->cipher), &failed);
    json_part_set(json, "caps", tls_caps_json(&grade->caps), &failed);
    json_part_set(json, "no_better_than", text_or_null(grade->no_better_than), &failed);
    json_part_set(json, "untested", json_part_texts(&grade->untested), &failed);
    return json_part_whole(json, failed);
}

/* The endpoint again, with "grade" and where it comes from behind "reason", and "clients" where they could be
 * computed. */
static json_t *graded(json_t *endpoint, const struct tls_grade *grade, const struct client_meeting *meeting)
{
    json_t *json = json_object();
    bool failed = json == NULL;
    const char *name;
    json_t *value;

    json_object_foreach(endpoint, name, value)
    {
        json_part_set(json, name, json_incref(value), &failed);
        if (strcmp(name, "reason") != 0)
            continue;
        json_part_set(json, "grade", text_or_null(grade == NULL ? NULL : grade->letter), &failed);
        json_part_set(json, "grade_details", grade_details_json(grade), &failed);
        if (meeting->results.count > 0)
            json_part_set(json, "clients", clients_json(meeting), &failed);
    }
    return json_part_whole(json, failed);
}

static int grade_endpoints(json_t *facts, const struct judgement *judgement)
{
    json_t *endpoints = json_object_get(facts, "endpoints");
    const struct observed_facts *observed = judgement->scan->facts;
    const struct list *clients = policy_clients(judgement->policy);

    for (size_t i = 0; i < json_array_size(endpoints); i++) {
        const struct endpoint_grade *grade = judgement->endpoint_grades.items[i];
        struct client_meeting meeting;

        if (client_meet(judgement->arena, observed->endpoints.items[i], clients, &meeting) < 0 ||
            json_array_set_new(endpoints, i, graded(json_array_get(endpoints, i), grade->tls, &meeting)) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* What comes before the findings and what comes behind them: two objects, of which one is made. */
struct halves {
    json_t *before, *behind;
};

static struct halves result_halves(const struct judgement *judgement)
{
    json_t *scan = facts_to_json(&scan_shape, judgement->scan), *value;
    struct halves halves = {.before = json_object(), .behind = json_object()};
    bool failed = scan == NULL || halves.before == NULL || halves.behind == NULL;
    bool behind = false;
    const char *name;

    json_object_foreach(scan, name, value)
    {
        if (strcmp(name, "facts") == 0) {
            set_judgement(halves.before, judgement, &failed);
            behind = true;
            failed = failed || grade_endpoints(value, judgement) < 0;
        }
        json_part_set(behind ? halves.behind : halves.before, name, json_incref(value), &failed);
    }
    json_decref(scan);
    if (failed || json_object_size(halves.behind) == 0) {
        json_decref(halves.before);
        json_decref(halves.behind);
        return (struct halves){0};
    }
    return halves;
}

/* The members of an object that has some, without its braces. Takes over `json`. */
static void put_members(struct buffer *out, json_t *json, bool one_line)
{
    char *text = json == NULL ? NULL : json_dumps(json, one_line ? JSON_COMPACT : JSON_INDENT(2));
    size_t size = text == NULL ? 0 : strlen(text), braces = one_line ? 1 : 2; /* "{", or "\n}" */

    json_decref(json);
    if (size > 2 * braces)
        put_block(out, text + 1, size - 1 - braces);
    else
        out->failed = true;
    free(text);
}

/* Findings are written one by one: most of them a run has written before (json_parts.h). */
int report_json_again(const struct judgement *judgement, bool one_line, struct json_memory *memory,
                      char **ret, size_t *ret_size)
{
    struct halves halves = result_halves(judgement);
    struct buffer out = {0};

    put_text(&out, "{");
    put_members(&out, halves.before, one_line);
    put_text(&out, one_line ? ",\"findings\":" : ",\n  \"findings\": ");
    json_part_findings(judgement, one_line, memory, &out);
    put_text(&out, ",");
    put_members(&out, halves.behind, one_line);
    put_text(&out, one_line ? "}\n" : "\n}\n");
    put_u8(&out, '\0');
    if (out.failed) {
        buffer_free(&out);
        return -ENOMEM;
    }
    *ret = (char *)out.data;
    *ret_size = out.size - 1;
    return 0;
}

int report_json(const struct judgement *judgement, bool one_line, char **ret, size_t *ret_size)
{
    return report_json_again(judgement, one_line, NULL, ret, ret_size);
}

/* ---- in ---- */

static int wrong(struct arena *arena, const char *what, const char **ret_error)
{
    *ret_error = arena_format(arena, "not a scan of outpost: %s", what);
    return *ret_error == NULL ? -ENOMEM : -EINVAL;
}

static int check_stored(const struct scan_facts *scan, struct arena *arena, const char **ret_error)
{
    if (!scan->schema.known || scan->schema.value != 1)
        return wrong(arena, "its \"schema\" is not 1, the only one this version reads", ret_error);
    if (scan->target == NULL)
        return wrong(arena, "it has no \"target\"", ret_error);
    if (scan->facts == NULL)
        return wrong(arena, "it has no \"facts\"", ret_error);
    if (scan->facts->endpoints.count > STORED_ENDPOINTS_MAX)
        return wrong(arena, "it has more endpoints than a scan can have", ret_error);
    return 0;
}

int scan_from_json(const char *text, size_t size, struct arena *arena, struct scan_facts **ret,
                   const char **ret_error)
{
    json_error_t error;
    const char *where = NULL;
    void *scan = NULL;
    json_t *json;
    int result;

    if (size > STORED_SIZE_MAX)
        return wrong(arena, "it is larger than 64 MiB", ret_error);
    if (!json_depth_ok(text, size))
        return wrong(arena, "it is nested too deeply", ret_error);
    json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        const char *clean = text_clean(arena, error.text, strlen(error.text), 0);
        const char *what = clean == NULL ? NULL : arena_format(arena, "line %d: %s", error.line, clean);

        return what == NULL ? -ENOMEM : wrong(arena, what, ret_error);
    }
    result = facts_from_json(&scan_shape, json, arena, &scan, &where);
    json_decref(json);
    if (result == -EINVAL) {
        const char *what = arena_format(arena, "%s has a wrong value", *where == '\0' ? "the whole" : where);

        return what == NULL ? -ENOMEM : wrong(arena, what, ret_error);
    }
    if (result == 0)
        result = check_stored(scan, arena, ret_error);
    if (result == 0)
        *ret = scan;
    return result;
}
