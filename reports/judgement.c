/*
 * judgement.c - findings as checks make them, and the words for what they say
 */
#include "reports/judgement.h"

#include "scanner/base/arena.h"
#include "scanner/base/bytes.h"

#include <stdarg.h>
#include <string.h>

/* Evidence and fixes are for people: nobody reads the sixtieth line. */
enum { FINDING_LINES_MAX = 60 };

const char *outcome_name(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_FAIL:
        return "fail";
    case OUTCOME_WARN:
        return "warn";
    case OUTCOME_INFO:
        return "info";
    case OUTCOME_PASS:
        return "pass";
    case OUTCOME_NOT_APPLICABLE:
        return "not_applicable";
    case OUTCOME_NOT_TESTED:
        break;
    }
    return "not_tested";
}

const char *severity_name(enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
        return "critical";
    case SEVERITY_HIGH:
        return "high";
    case SEVERITY_MEDIUM:
        return "medium";
    case SEVERITY_LOW:
        return "low";
    case SEVERITY_NONE:
        break;
    }
    return "none";
}

const char *area_name(enum area area)
{
    switch (area) {
    case AREA_TRANSPORT:
        return "transport";
    case AREA_AUTHENTICATION:
        return "authentication";
    case AREA_REACHABILITY:
        return "reachability";
    case AREA_DNS:
        return "dns";
    case AREA_NONE:
        break;
    }
    return "none";
}

/* ---- for checks ---- */

static const char *kept_text(struct arena *arena, struct buffer *text)
{
    const char *copy = text->failed ? NULL : arena_text_sized(arena, (const char *)text->data, text->size);

    buffer_free(text);
    return copy;
}

/* "cert.name@mail.example.org/192.0.2.1:465"; the parts of a subject that are not a place follow behind a
 * "#". NULL when out of memory. */
static const char *finding_id(struct arena *arena, const struct check *check, const struct subject *subject)
{
    const char *const places[] = {subject->domain, subject->host, subject->address};
    const char *const others[] = {subject->selector, subject->list, subject->server, subject->profile,
                                  subject->key_type};
    struct buffer id = {0};
    const char *gap = "@";

    put_text(&id, check->id);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        bool bracketed = i == 2 && subject->port.known && places[i] != NULL && strchr(places[i], ':') != NULL;

        if (places[i] == NULL)
            continue;
        put_text(&id, gap);
        put_text(&id, bracketed ? "[" : "");
        put_text(&id, places[i]);
        put_text(&id, bracketed ? "]" : "");
        gap = "/";
    }
    if (*gap == '@')
        put_text(&id, gap);
    if (subject->port.known)
        put_format(&id, ":%lld", (long long)subject->port.value);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i] != NULL) {
            put_text(&id, "#");
            put_text(&id, others[i]);
        }
    return kept_text(arena, &id);
}

struct finding *finding_add(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, enum outcome outcome, const char *title_format,
                            ...)
{
    struct arena *arena = judgement->arena;
    struct finding *finding = list_new_item(&judgement->findings, arena, sizeof(*finding));
    va_list arguments;

    if (finding == NULL) {
        judgement->failed = true;
        return judgement->spare;
    }
    finding->id = finding_id(arena, check, subject);
    finding->check = check;
    finding->outcome = outcome;
    finding->subject = *subject;
    va_start(arguments, title_format);
    finding->title = arena_vformat(arena, title_format, arguments);
    va_end(arguments);
    finding->why = check->why;
    finding->reference = check->reference;
    finding->evidence.observed = finding->fix.observed = true;
    if (finding->id == NULL || finding->title == NULL)
        judgement->failed = true;
    return finding;
}

static void add_line(struct judgement *judgement, struct list *lines, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static void add_line(struct judgement *judgement, struct list *lines, const char *format, va_list arguments)
{
    char *line;

    if (lines->count >= FINDING_LINES_MAX)
        return;
    line = arena_vformat(judgement->arena, format, arguments);
    if (line == NULL || list_add(lines, judgement->arena, line) < 0)
        judgement->failed = true;
}

void finding_evidence(struct judgement *judgement, struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_line(judgement, &finding->evidence, format, arguments);
    va_end(arguments);
}

void finding_fix(struct judgement *judgement, struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add_line(judgement, &finding->fix, format, arguments);
    va_end(arguments);
}
