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
#include "scanner/base/json_writer.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STORED_SIZE_MAX = 64 << 20, STORED_ENDPOINTS_MAX = 4096 };

/* ---- out ---- */

static void put_member(struct json_writer *writer, const char *name, const char *text)
{
    json_name(writer, name);
    json_put_text(writer, text);
}

static void put_member_if_there(struct json_writer *writer, const char *name, const char *text)
{
    if (text != NULL)
        put_member(writer, name, text);
}

static void put_number(struct json_writer *writer, const char *name, struct number number)
{
    json_name(writer, name);
    if (number.known)
        json_put_integer(writer, number.value);
    else
        json_put_null(writer);
}

static void put_texts(struct json_writer *writer, const char *name, const struct list *texts)
{
    json_name(writer, name);
    json_open(writer, '[');
    for (size_t i = 0; i < texts->count; i++)
        json_put_text(writer, texts->items[i]);
    json_close(writer, ']');
}

static void put_subject(struct json_writer *writer, const struct subject *subject)
{
    json_name(writer, "subject");
    json_open(writer, '{');
    put_member_if_there(writer, "domain", subject->domain);
    put_member_if_there(writer, "host", subject->host);
    put_member_if_there(writer, "address", subject->address);
    if (subject->port.known)
        put_number(writer, "port", subject->port);
    put_member_if_there(writer, "selector", subject->selector);
    put_member_if_there(writer, "list", subject->list);
    put_member_if_there(writer, "server", subject->server);
    put_member_if_there(writer, "profile", subject->profile);
    put_member_if_there(writer, "key_type", subject->key_type);
    put_member_if_there(writer, "text", subject->text);
    json_close(writer, '}');
}

static void put_finding(struct json_writer *writer, const struct finding *finding)
{
    json_open(writer, '{');
    put_member(writer, "id", finding->id);
    put_member(writer, "check", finding->check->id);
    put_member(writer, "outcome", outcome_name(finding->outcome));
    put_member(writer, "severity", severity_name(finding->severity));
    put_subject(writer, &finding->subject);
    put_member(writer, "title", finding->title);
    put_member(writer, "why", finding->why);
    put_texts(writer, "evidence", &finding->evidence);
    put_texts(writer, "fix", &finding->fix);
    put_member(writer, "reference", finding->reference);
    json_close(writer, '}');
}

static void put_findings(struct json_writer *writer, const struct judgement *judgement)
{
    json_name(writer, "findings");
    json_open(writer, '[');
    for (size_t i = 0; i < judgement->findings.count; i++)
        put_finding(writer, judgement->findings.items[i]);
    json_close(writer, ']');
}

static void put_grades(struct json_writer *writer, const struct judgement *judgement)
{
    put_member(writer, "grade", judgement->grade);
    json_name(writer, "grades");
    json_open(writer, '{');
    for (enum area area = AREA_TRANSPORT; area < AREA_NONE; area++)
        put_member(writer, area_name(area), judgement->area_grades[area]);
    json_close(writer, '}');
    json_name(writer, "grade_reasons");
    json_open(writer, '[');
    for (size_t i = 0; i < judgement->grade_reasons.count; i++) {
        const struct grade_reason *reason = judgement->grade_reasons.items[i];

        json_open(writer, '{');
        put_member(writer, "check", reason->finding->check->id);
        put_member(writer, "subject", reason->finding->subject.text);
        put_member(writer, "cap", reason->cap);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static void put_counts(struct json_writer *writer, const struct judgement *judgement)
{
    json_name(writer, "counts");
    json_open(writer, '{');
    for (enum outcome outcome = OUTCOME_FAIL; outcome <= OUTCOME_NOT_TESTED; outcome++)
        put_number(writer, outcome_name(outcome), number((int64_t)judgement->counts[outcome]));
    json_close(writer, '}');
}

static void put_judgement(struct json_writer *writer, const struct judgement *judgement)
{
    json_name(writer, "policy");
    json_open(writer, '{');
    put_member(writer, "name", policy_name(judgement->policy));
    put_member(writer, "sha256", policy_sha256(judgement->policy));
    json_close(writer, '}');
    put_member(writer, "outcome", outcome_name(judgement->outcome));
    put_grades(writer, judgement);
    put_counts(writer, judgement);
    put_findings(writer, judgement);
}

/* ---- endpoints ---- */

static void put_part(struct json_writer *writer, const char *name, const struct tls_score_part *part)
{
    json_name(writer, name);
    json_open(writer, '{');
    put_number(writer, "points", part->points);
    put_member(writer, "seen", part->text);
    json_close(writer, '}');
}

static void put_tls_caps(struct json_writer *writer, const struct list *caps)
{
    json_name(writer, "caps");
    json_open(writer, '[');
    for (size_t i = 0; i < caps->count; i++) {
        const struct tls_cap *cap = caps->items[i];

        json_open(writer, '{');
        put_member(writer, "name", cap->name);
        put_member(writer, "grade", cap->letter);
        put_member(writer, "text", cap->text);
        put_member(writer, "check", cap->check);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static void put_client(struct json_writer *writer, const struct client_result *result)
{
    const struct client_outcome *outcome = &result->outcome;

    json_open(writer, '{');
    put_member(writer, "id", result->client->id);
    put_member(writer, "name", result->client->name);
    json_name(writer, "connects");
    if (outcome->connects == UNKNOWN)
        json_put_null(writer);
    else
        json_put_boolean(writer, outcome->connects == YES);
    put_member(writer, "version", outcome->version);
    put_member(writer, "suite", outcome->suite);
    put_member(writer, "group", outcome->group);
    put_member(writer, "key_type", outcome->key_type);
    put_member(writer, "reason", outcome->reason);
    json_close(writer, '}');
}

static void put_clients(struct json_writer *writer, const struct client_meeting *meeting)
{
    if (meeting->results.count == 0)
        return;
    json_name(writer, "clients");
    json_open(writer, '[');
    for (size_t i = 0; i < meeting->results.count; i++)
        put_client(writer, meeting->results.items[i]);
    json_close(writer, ']');
}

/* Where the grade of an endpoint comes from. */
static void put_grade_details(struct json_writer *writer, const struct tls_grade *grade)
{
    json_name(writer, "grade_details");
    if (grade == NULL) {
        json_put_null(writer);
        return;
    }
    json_open(writer, '{');
    put_member(writer, "role", tls_role_name(grade));
    put_number(writer, "score", grade->score);
    put_part(writer, "protocol", &grade->protocol);
    put_part(writer, "key_exchange", &grade->key_exchange);
    put_part(writer, "cipher", &grade->cipher);
    put_tls_caps(writer, &grade->caps);
    put_member(writer, "no_better_than", grade->no_better_than);
    put_texts(writer, "untested", &grade->untested);
    json_close(writer, '}');
}

/* With "grade" and where it comes from behind "reason", and "clients" where they could be computed. */
static void put_endpoint(struct json_writer *writer, const struct endpoint_facts *endpoint,
                         const struct tls_grade *grade, const struct client_meeting *meeting)
{
    json_open(writer, '{');
    for (size_t i = 0; i < endpoint_shape.count; i++) {
        const struct fact *fact = &endpoint_shape.facts[i];

        facts_write_member(writer, fact, endpoint);
        if (strcmp(fact->name, "reason") != 0)
            continue;
        put_member(writer, "grade", grade == NULL ? NULL : grade->letter);
        put_grade_details(writer, grade);
        put_clients(writer, meeting);
    }
    json_close(writer, '}');
}

static int put_endpoints(struct json_writer *writer, const struct judgement *judgement)
{
    const struct list *endpoints = &judgement->scan->facts->endpoints;
    const struct list *clients = policy_clients(judgement->policy);

    json_name(writer, "endpoints");
    json_open(writer, '[');
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_grade *grade = judgement->endpoint_grades.items[i];
        struct client_meeting meeting;

        if (client_meet(judgement->arena, endpoints->items[i], clients, &meeting) < 0)
            return -ENOMEM;
        put_endpoint(writer, endpoints->items[i], grade->tls, &meeting);
    }
    json_close(writer, ']');
    return 0;
}

/* ---- the whole ---- */

static int put_observed(struct json_writer *writer, const struct judgement *judgement)
{
    const struct observed_facts *observed = judgement->scan->facts;
    int result = 0;

    json_name(writer, "facts");
    if (observed == NULL) {
        json_put_null(writer);
        return 0;
    }
    json_open(writer, '{');
    for (size_t i = 0; i < observed_shape.count && result == 0; i++) {
        const struct fact *fact = &observed_shape.facts[i];

        if (strcmp(fact->name, "endpoints") == 0 && observed->endpoints.observed)
            result = put_endpoints(writer, judgement);
        else
            facts_write_member(writer, fact, observed);
    }
    json_close(writer, '}');
    return result;
}

int report_json(const struct judgement *judgement, bool one_line, char **ret, size_t *ret_size)
{
    struct buffer text = {0};
    struct json_writer writer = {.to = &text, .one_line = one_line};
    int result = 0;

    json_open(&writer, '{');
    for (size_t i = 0; i < scan_shape.count && result == 0; i++) {
        const struct fact *fact = &scan_shape.facts[i];

        if (strcmp(fact->name, "facts") == 0) {
            put_judgement(&writer, judgement);
            result = put_observed(&writer, judgement);
        } else {
            facts_write_member(&writer, fact, judgement->scan);
        }
    }
    json_close(&writer, '}');
    put_block(&text, "\n", 2);
    if (result < 0 || text.failed) {
        buffer_free(&text);
        return -ENOMEM;
    }
    *ret = (char *)text.data;
    *ret_size = text.size - 1;
    return 0;
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
