/*
 * grade_told.c - what set the grade, as grade_told.h says
 */
#include "reports/grade_told.h"

#include "reports/tls_grade.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum { LINES_SHOWN = 3 };

/* ---- reasons ---- */

static bool same_piece(const struct finding *a, const struct finding *b)
{
    return a->check == b->check && a->outcome == b->outcome && a->severity == b->severity;
}

bool is_told(const struct list *told, const struct finding *finding)
{
    for (size_t i = 0; i < told->count; i++) {
        const struct told_reason *reason = told->items[i];

        if (reason->fault == NULL && same_piece(reason->group.first, finding))
            return true;
    }
    return false;
}

/* All findings of the check that came to the same. */
static int group_findings(const struct judgement *judgement, const struct finding *finding,
                          struct arena *arena, struct finding_group *ret)
{
    struct list groups;

    if (finding_groups(judgement, finding->outcome, SAME_CHECK, arena, &groups) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < groups.count; i++) {
        const struct finding_group *group = groups.items[i];

        if (same_piece(group->first, finding))
            *ret = *group;
    }
    return 0;
}

/* All ports whose grade comes from the same fault. */
static int group_fault(const struct judgement *judgement, const char *name, struct arena *arena,
                       struct finding_group *ret)
{
    for (size_t i = 0; i < judgement->grade_reasons.count; i++) {
        const struct grade_reason *reason = judgement->grade_reasons.items[i];

        if (reason->fault == NULL || strcmp(reason->fault->name, name) != 0)
            continue;
        if (ret->first == NULL)
            ret->first = reason->finding;
        if (list_add(&ret->members, arena, (struct finding *)(uintptr_t)reason->finding) < 0)
            return -ENOMEM;
    }
    return 0;
}

static bool is_fault_told(const struct list *told, const struct tls_cap *fault)
{
    for (size_t i = 0; i < told->count; i++) {
        const struct told_reason *reason = told->items[i];

        if (reason->fault != NULL && strcmp(reason->fault->name, fault->name) == 0)
            return true;
    }
    return false;
}

int told_reasons(const struct judgement *judgement, struct arena *arena, struct list *ret)
{
    struct list told = {.observed = true};

    for (size_t i = 0; i < judgement->grade_reasons.count; i++) {
        const struct grade_reason *now = judgement->grade_reasons.items[i];
        struct told_reason *reason;
        int result;

        if (now->fault != NULL ? is_fault_told(&told, now->fault) : is_told(&told, now->finding))
            continue;
        reason = list_new_item(&told, arena, sizeof(*reason));
        if (reason == NULL)
            return -ENOMEM;
        reason->cap = now->cap;
        reason->fault = now->fault;
        reason->title = now->fault != NULL ? now->fault->text : now->finding->title;
        reason->group.first = NULL;
        result = now->fault != NULL ? group_fault(judgement, now->fault->name, arena, &reason->group)
                                    : group_findings(judgement, now->finding, arena, &reason->group);
        if (result < 0)
            return result;
    }
    *ret = told;
    return 0;
}

/* ---- remedies ---- */

int first_steps(const struct finding_group *group, struct arena *arena, struct list *ret)
{
    struct list steps = {.observed = true};

    for (size_t i = 0; i < group->members.count; i++) {
        const struct finding *finding = group->members.items[i];
        const char *step = finding->fix.count > 0 ? finding->fix.items[0] : NULL;

        if (step != NULL && !list_has_text(&steps, step) &&
            list_add(&steps, arena, (char *)(uintptr_t)step) < 0)
            return -ENOMEM;
    }
    *ret = steps;
    return 0;
}

static size_t indentation(const char *line)
{
    return *line == '\t' || strncmp(line, "  ", 2) == 0 ? strspn(line, " \t") : 0;
}

int step_in_short(const char *step, struct arena *arena, struct step_in_short *ret)
{
    size_t length = strcspn(step, "\n");
    const char *line = step + length;
    struct step_in_short brief = {.words = arena_text_sized(arena, step, length),
                                  .lines = {.observed = true}};

    if (brief.words == NULL)
        return -ENOMEM;
    for (; *line == '\n' && indentation(line + 1) > 0; line += length) {
        char *text;

        line += 1 + indentation(line + 1);
        length = strcspn(line, "\n");
        if (brief.lines.count == LINES_SHOWN) {
            brief.more = true;
            break;
        }
        text = arena_text_sized(arena, line, length);
        if (text == NULL || list_add(&brief.lines, arena, text) < 0)
            return -ENOMEM;
    }
    *ret = brief;
    return 0;
}

/* ---- no grade ---- */

const char *grade_untested_sentence(const struct judgement *judgement, struct arena *arena)
{
    if (!tls_is_deep_enough(judgement, "standard"))
        return "TLS was not enumerated at this depth (`--depth standard` does that): what it accepts could "
               "lower the grade";
    return arena_format(arena, "What was not tested of TLS could lower the grade%s%s",
                        judgement->untested != NULL ? ": " : "",
                        judgement->untested != NULL ? judgement->untested : "");
}
