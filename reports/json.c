/*
 * json.c - a judgement as JSON, and a scan back from it
 *
 * The members of a scan come from its field table; the judgement stands between them and the facts, and each
 * endpoint among the facts gets its grade, with where that comes from. Reading takes the facts only: the judgement is made anew, so the
 * same version and policy give the same bytes again.
 */
#include "reports/client_simulation.h"
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

/* Members are set one behind the other; -1 of any is noted and looked at once. */
static void set(json_t *object, const char *name, json_t *value, bool *failed)
{
    if (json_object_set_new(object, name, value) < 0)
        *failed = true;
}

static json_t *whole(json_t *json, bool failed)
{
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *texts_json(const struct list *texts)
{
    json_t *array = json_array();
    bool failed = array == NULL;

    for (size_t i = 0; i < texts->count && !failed; i++)
        failed = json_array_append_new(array, json_string(texts->items[i])) < 0;
    return whole(array, failed);
}

static json_t *subject_json(const struct subject *subject)
{
    json_t *json = json_object();
    bool failed = json == NULL;
    const struct {
        const char *name, *text;
    } before[] = {{"domain", subject->domain}, {"host", subject->host}, {"address", subject->address}},
      after[] = {{"selector", subject->selector}, {"list", subject->list},
                 {"server", subject->server},     {"profile", subject->profile},
                 {"key_type", subject->key_type}, {"text", subject->text}};

    for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
        if (before[i].text != NULL)
            set(json, before[i].name, json_string(before[i].text), &failed);
    if (subject->port.known)
        set(json, "port", json_integer(subject->port.value), &failed);
    for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
        if (after[i].text != NULL)
            set(json, after[i].name, json_string(after[i].text), &failed);
    return whole(json, failed);
}

static json_t *finding_json(const struct finding *finding)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    set(json, "id", json_string(finding->id), &failed);
    set(json, "check", json_string(finding->check->id), &failed);
    set(json, "outcome", json_string(outcome_name(finding->outcome)), &failed);
    set(json, "severity", json_string(severity_name(finding->severity)), &failed);
    set(json, "subject", subject_json(&finding->subject), &failed);
    set(json, "title", json_string(finding->title), &failed);
    set(json, "why", json_string(finding->why), &failed);
    set(json, "evidence", texts_json(&finding->evidence), &failed);
    set(json, "fix", texts_json(&finding->fix), &failed);
    set(json, "reference", json_string(finding->reference), &failed);
    return whole(json, failed);
}

static json_t *findings_json(const struct judgement *judgement)
{
    json_t *array = json_array();
    bool failed = array == NULL;

    for (size_t i = 0; i < judgement->findings.count && !failed; i++)
        failed = json_array_append_new(array, finding_json(judgement->findings.items[i])) < 0;
    return whole(array, failed);
}

static json_t *grades_json(const struct judgement *judgement)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    for (enum area area = AREA_TRANSPORT; area < AREA_NONE; area++)
        set(json, area_name(area), text_or_null(judgement->area_grades[area]), &failed);
    return whole(json, failed);
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
    return whole(array, failed);
}

static json_t *counts_json(const struct judgement *judgement)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    for (enum outcome outcome = OUTCOME_FAIL; outcome <= OUTCOME_NOT_TESTED; outcome++)
        set(json, outcome_name(outcome), json_integer((json_int_t)judgement->counts[outcome]), &failed);
    return whole(json, failed);
}

static void set_judgement(json_t *json, const struct judgement *judgement, bool *failed)
{
    set(json, "policy",
        json_pack("{s:s, s:s}", "name", policy_name(judgement->policy), "sha256",
                  policy_sha256(judgement->policy)),
        failed);
    set(json, "outcome", json_string(outcome_name(judgement->outcome)), failed);
    set(json, "grade", text_or_null(judgement->grade), failed);
    set(json, "grades", grades_json(judgement), failed);
    set(json, "grade_reasons", reasons_json(judgement), failed);
    set(json, "counts", counts_json(judgement), failed);
    set(json, "findings", findings_json(judgement), failed);
}

static json_t *part_json(const struct tls_score_part *part)
{
    json_t *json = json_object();
    bool failed = json == NULL;

    set(json, "points", part->points.known ? json_integer(part->points.value) : json_null(), &failed);
    set(json, "seen", text_or_null(part->text), &failed);
    return whole(json, failed);
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
    return whole(array, failed);
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
    return whole(array, failed);
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
    set(json, "role", json_string(tls_role_name(grade)), &failed);
    set(json, "score", grade->score.known ? json_integer(grade->score.value) : json_null(), &failed);
    set(json, "protocol", part_json(&grade->protocol), &failed);
    set(json, "key_exchange", part_json(&grade->key_exchange), &failed);
    set(json, "cipher", part_json(&grade->cipher), &failed);
    set(json, "caps", tls_caps_json(&grade->caps), &failed);
    set(json, "no_better_than", text_or_null(grade->no_better_than), &failed);
    set(json, "untested", texts_json(&grade->untested), &failed);
    return whole(json, failed);
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
        set(json, name, json_incref(value), &failed);
        if (strcmp(name, "reason") != 0)
            continue;
        set(json, "grade", text_or_null(grade == NULL ? NULL : grade->letter), &failed);
        set(json, "grade_details", grade_details_json(grade), &failed);
        if (meeting->results.count > 0)
            set(json, "clients", clients_json(meeting), &failed);
    }
    return whole(json, failed);
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

static json_t *result_json(const struct judgement *judgement)
{
    json_t *scan = facts_to_json(&scan_shape, judgement->scan), *json = json_object(), *value;
    bool failed = scan == NULL || json == NULL;
    const char *name;

    json_object_foreach(scan, name, value)
    {
        if (strcmp(name, "facts") == 0) {
            set_judgement(json, judgement, &failed);
            failed = failed || grade_endpoints(value, judgement) < 0;
        }
        set(json, name, json_incref(value), &failed);
    }
    json_decref(scan);
    return whole(json, failed);
}

/* Also takes over `json`. */
static int dump(json_t *json, bool one_line, char **ret, size_t *ret_size)
{
    size_t flags = one_line ? JSON_COMPACT : JSON_INDENT(2), size;
    char *text = json == NULL ? NULL : json_dumps(json, flags), *with_newline;

    json_decref(json);
    if (text == NULL)
        return -ENOMEM;
    size = strlen(text);
    with_newline = realloc(text, size + 2);
    if (with_newline == NULL) {
        free(text);
        return -ENOMEM;
    }
    memcpy(with_newline + size, "\n", 2);
    *ret = with_newline;
    *ret_size = size + 1;
    return 0;
}

int report_json(const struct judgement *judgement, bool one_line, char **ret, size_t *ret_size)
{
    return dump(result_json(judgement), one_line, ret, ret_size);
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
