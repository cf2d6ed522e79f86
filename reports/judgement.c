/*
 * judgement.c - runs every check over the facts of a scan, and puts what they found in order
 *
 *   facts  ->  each check adds its findings  ->  ids made unique, sorted, counted  ->  grades (grade.c)
 */
#include "reports/judgement.h"

#include "reports/grade.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
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

/* "mail.example.org/192.0.2.1:465"; the parts of a subject that are not a place follow behind a "#". */
static const char *subject_id(struct arena *arena, const struct subject *subject)
{
    const char *const places[] = {subject->domain, subject->host, subject->address};
    const char *const others[] = {subject->selector, subject->list, subject->server, subject->profile,
                                  subject->key_type};
    const char *id = "";

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && id != NULL; i++) {
        bool bracketed = i == 2 && subject->port.known && places[i] != NULL && strchr(places[i], ':') != NULL;

        if (places[i] != NULL)
            id =
                arena_format(arena, bracketed ? "%s%s[%s]" : "%s%s%s", id, *id == '\0' ? "" : "/", places[i]);
    }
    if (id != NULL && subject->port.known)
        id = arena_format(arena, "%s:%lld", id, (long long)subject->port.value);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]) && id != NULL; i++)
        if (others[i] != NULL)
            id = arena_format(arena, "%s#%s", id, others[i]);
    return id;
}

struct finding *finding_add(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, enum outcome outcome, const char *title_format,
                            ...)
{
    struct arena *arena = judgement->arena;
    struct finding *finding = list_new_item(&judgement->findings, arena, sizeof(*finding));
    const char *place = subject_id(arena, subject);
    va_list arguments;

    if (finding == NULL || place == NULL) {
        judgement->failed = true;
        return judgement->spare;
    }
    finding->id = arena_format(arena, "%s@%s", check->id, place);
    finding->check = check;
    finding->outcome = outcome;
    finding->severity = policy_severity(judgement->policy, check);
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

/* ---- order ---- */

static int compare_ids(const void *a, const void *b)
{
    const struct finding *first = *(void *const *)a, *second = *(void *const *)b;
    int order = strcmp(first->id, second->id);

    /* Two of one id stay in the order in which their check added them. */
    return order != 0 ? order : first->added < second->added ? -1 : first->added > second->added;
}

static int compare_findings(const void *a, const void *b)
{
    const struct finding *first = *(void *const *)a, *second = *(void *const *)b;

    if (first->outcome != second->outcome)
        return first->outcome < second->outcome ? -1 : 1;
    if (first->severity != second->severity)
        return first->severity < second->severity ? -1 : 1;
    return compare_ids(a, b);
}

/* A second finding of a check about the same subject (two certificates of one type behind one address) gets
 * a number. */
static void number_ids(struct judgement *judgement)
{
    struct list *findings = &judgement->findings;
    const char *before = NULL;
    unsigned number = 1;

    qsort(findings->items, findings->count, sizeof(void *), compare_ids);
    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = findings->items[i];

        if (before == NULL || strcmp(before, finding->id) != 0) {
            before = finding->id;
            number = 1;
            continue;
        }
        finding->id = arena_format(judgement->arena, "%s#%u", before, ++number);
        if (finding->id == NULL) {
            judgement->failed = true;
            return;
        }
    }
}

static void put_in_order(struct judgement *judgement)
{
    struct list *findings = &judgement->findings;

    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = findings->items[i];

        finding->added = i;
        finding->cap = policy_cap(judgement->policy, finding);
        judgement->counts[finding->outcome]++;
    }
    if (findings->count == 0)
        return;
    number_ids(judgement);
    if (!judgement->failed)
        qsort(findings->items, findings->count, sizeof(void *), compare_findings);
}

int judge(const struct scan_facts *scan, const struct policy *policy, struct arena *arena,
          struct judgement **ret)
{
    struct judgement *judgement = arena_alloc(arena, sizeof(*judgement));
    struct finding *spare = arena_alloc(arena, sizeof(*spare));
    const struct check *const *checks;
    size_t count;

    if (judgement == NULL || spare == NULL)
        return -ENOMEM;
    judgement->arena = arena;
    judgement->scan = scan;
    judgement->policy = policy;
    judgement->spare = spare;
    judgement->findings.observed = true;
    checks = checks_all(&count);
    for (size_t i = 0; i < count && !judgement->failed; i++)
        checks[i]->judge(judgement, checks[i]);
    if (!judgement->failed)
        put_in_order(judgement);
    if (judgement->failed || grade(judgement) < 0)
        return -ENOMEM;
    *ret = judgement;
    return 0;
}
