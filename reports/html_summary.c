/*
 * html_summary.c - the first screen of the HTML report: who, when, the grade and what set it, counts, and
 * what could not be tested
 */
#include "reports/display.h"
#include "reports/grade.h"
#include "reports/grade_told.h"
#include "reports/html_chapters.h"
#include "reports/substitutions.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

enum { REASONS_SHOWN = 5, STEPS_SHOWN = 2, ALSO_SHOWN = 8, NOT_TESTED_SHOWN = 4 };

static void banner(struct page *page)
{
    if (page->scan->complete == YES)
        return;
    page_open(page, "div", "banner");
    page_attribute(page, "role", "note");
    page_icon(page, OUTCOME_WARN);
    page_open(page, "p", NULL);
    page_element(page, "strong", NULL, "This scan is incomplete");
    page_text(page, page->scan->incomplete_reason ? ": " : ".");
    page_text(page, page->scan->incomplete_reason);
    page_text(page, page->scan->incomplete_reason ? "." : NULL);
    page_text(page, " What is missing is shown as not tested; the grade can only speak of the rest.");
    page_close(page);
    page_close_block(page);
}

/* What the DNS was not asked for: seen before anything that follows from it. */
static void substitutions(struct page *page)
{
    struct list sentences;

    if (substitution_sentences(page->scan, page->arena, &sentences) < 0) {
        page->failed = true;
        return;
    }
    if (sentences.count == 0)
        return;
    page_open(page, "div", "banner");
    page_attribute(page, "role", "note");
    page_icon(page, OUTCOME_INFO);
    page_open(page, "p", NULL);
    for (size_t i = 0; i < sentences.count; i++) {
        if (i > 0)
            page_void(page, "br", NULL);
        page_text(page, text_at(&sentences, i));
    }
    page_close(page);
    page_close_block(page);
}

static const char *things(struct page *page, size_t count, const char *one, const char *many)
{
    return page_print(page, "%zu %s", count, count == 1 ? one : many);
}

/* Pieces of work, not places: one certificate on eight ports is one thing to repair. */
static size_t count_groups(struct page *page, enum outcome outcome)
{
    struct list groups;

    if (finding_groups(page->judgement, outcome, SAME_CHECK, page->arena, &groups) < 0) {
        page->failed = true;
        return 0;
    }
    return groups.count;
}

static const char *headline(struct page *page)
{
    size_t fails = count_groups(page, OUTCOME_FAIL);
    size_t warnings = count_groups(page, OUTCOME_WARN);

    if (fails && warnings)
        return page_print(page, "%s, %zu to improve",
                          things(page, fails, "thing to repair", "things to repair"), warnings);
    if (fails)
        return things(page, fails, "thing to repair", "things to repair");
    if (warnings)
        return page_print(page, "Nothing is broken, %s",
                          things(page, warnings, "thing to improve", "things to improve"));
    if (!grade_bound(page->judgement))
        return "Too little could be tested";
    if (!page->judgement->grade)
        return "Nothing to repair in what was tested";
    return "Nothing to repair";
}

static const char *const area_titles[AREA_NONE] = {[AREA_TRANSPORT] = "Transport",
                                                   [AREA_AUTHENTICATION] = "Authentication",
                                                   [AREA_REACHABILITY] = "Reachability",
                                                   [AREA_DNS] = "DNS"};

static void area_grades(struct page *page)
{
    page_open(page, "ul", "areas");
    for (size_t i = AREA_TRANSPORT; i < AREA_NONE; i++) {
        page_open(page, "li", NULL);
        page_grade(page, "small-grade", page->judgement->area_grades[i]);
        page_text(page, " ");
        page_element(page, "span", NULL, area_titles[i]);
        if (i == AREA_TRANSPORT && page->judgement->transport_no_better_than)
            page_format(page, ", no better than %s", page->judgement->transport_no_better_than);
        page_close(page);
    }
    page_close_block(page);
}

static void counts(struct page *page)
{
    static const enum outcome order[] = {OUTCOME_FAIL, OUTCOME_WARN,       OUTCOME_INFO,
                                         OUTCOME_PASS, OUTCOME_NOT_TESTED, OUTCOME_NOT_APPLICABLE};

    page_open(page, "ul", "counts");
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        size_t count = page->judgement->counts[order[i]];

        page_open(page, "li", page_print(page, "%s%s", outcome_name(order[i]), count ? "" : " zero"));
        page_open(page, count ? "a" : "span", "count");
        if (count)
            page_attribute(page, "href", page_print(page, "#outcome-%s", outcome_name(order[i])));
        page_icon(page, order[i]);
        page_open(page, "span", "number");
        page_format(page, "%zu", count);
        page_close(page);
        page_text(page, " ");
        page_element(page, "span", "word",
                     order[i] == OUTCOME_WARN && count != 1 ? "Warnings" : outcome_word(order[i]));
        page_close(page);
        page_close(page);
    }
    page_close_block(page);
}

static void no_grade(struct page *page)
{
    page_open(page, "p", "muted");
    page_format(page, "There is no grade, but it is no better than %s. ", page->judgement->no_better_than);
    page_inline(page, page_keep(page, grade_untested_sentence(page->judgement, page->arena)));
    page_text(page, ".");
    page_close_block(page);
}

static void verdict(struct page *page)
{
    const char *grade = page->judgement->grade;

    page_open(page, "div", "verdict");
    page_open(page, "p", "overall");
    page_element(page, "span", "label", "Grade");
    page_text(page, " ");
    page_grade(page, "grade", grade);
    page_close_block(page);
    page_open(page, "div", "verdict-text");
    page_element(page, "p", "headline", headline(page));
    if (!grade && page->judgement->no_better_than)
        no_grade(page);
    else if (!grade)
        page_element(page, "p", "muted",
                     "There is no grade: too little could be tested to give one. Below is what was seen.");
    else
        page_element(page, "p", "muted", "A is best. The weakest area sets the grade.");
    area_grades(page);
    page_close_block(page);
    counts(page);
    page_close_block(page);
}

/* With what to begin; the ports of a group may belong to several servers. */
static void fixes(struct page *page, const struct finding_group *group)
{
    struct list steps;

    if (first_steps(group, page->arena, &steps) < 0) {
        page->failed = true;
        return;
    }
    for (size_t i = 0; i < steps.count && i < STEPS_SHOWN; i++)
        page_fix_in_short(page, text_at(&steps, i));
    if (steps.count > STEPS_SHOWN)
        page_element(page, "p", "muted",
                     page_print(page, "and %zu more, for other places", steps.count - STEPS_SHOWN));
}

static void reason(struct page *page, const struct told_reason *told)
{
    const struct finding *finding = told->group.first;

    page_open(page, "li", NULL);
    page_grade(page, "small-grade", told->cap);
    page_open(page, "div", NULL);
    page_open(page, "p", NULL);
    page_element(page, "span", "hidden", "caps the grade: ");
    if (!told->fault) {
        page_outcome(page, finding->outcome);
        page_text(page, " ");
    }
    page_link(page, page_anchor(page, finding->id), NULL, told->title);
    page_close(page);
    page_open(page, "p", "muted");
    if (finding->check->area >= AREA_TRANSPORT && finding->check->area < AREA_NONE)
        page_format(page, "%s, ", area_titles[finding->check->area]);
    page_text(page, page_keep(page, finding_group_where(&told->group, page->arena)));
    page_close(page);
    if (!told->fault)
        fixes(page, &told->group);
    page_close(page);
    page_close_block(page);
}

/* What was not told as a reason: the whole work fits on the first screen, as a rule. */
static void also(struct page *page, enum outcome outcome, const char *title, const struct list *told)
{
    struct list groups;
    size_t shown = 0, left = 0;

    if (finding_groups(page->judgement, outcome, SAME_CHECK, page->arena, &groups) < 0) {
        page->failed = true;
        return;
    }
    for (size_t i = 0; i < groups.count; i++) {
        const struct finding *first = ((const struct finding_group *)groups.items[i])->first;

        if (is_told(told, first))
            continue;
        if (shown == ALSO_SHOWN) {
            left++;
            continue;
        }
        if (shown++ == 0) {
            page_open(page, "section", "also");
            page_element(page, "h2", NULL, title);
            page_open(page, "ul", NULL);
        }
        page_open(page, "li", NULL);
        page_icon(page, outcome);
        page_text(page, " ");
        page_inline_link(page, page_anchor(page, first->id),
                         first->title && *first->title ? first->title : first->check->id);
        page_close(page);
    }
    if (left > 0) {
        page_open(page, "li", NULL);
        page_link(page, page_print(page, "outcome-%s", outcome_name(outcome)), NULL,
                  page_print(page, "and %zu more", left));
        page_close(page);
    }
    if (shown > 0) {
        page_close(page);
        page_close_block(page);
    }
}

static void nothing_told(struct page *page)
{
    const struct judgement *judgement = page->judgement;

    page_element(page, "p", NULL,
                 judgement->grade            ? "Nothing held it down."
                 : judgement->no_better_than ? "There is none, though nothing that was tested held it down."
                                             : "There was too little to judge.");
}

/* The worst first, and each check once: the others of the same check stand with it in its finding. */
static void reasons(struct page *page)
{
    const struct judgement *judgement = page->judgement;
    struct list told = {.observed = true};
    size_t left;

    if (told_reasons(judgement, page->arena, &told) < 0) {
        page->failed = true;
        return;
    }
    left = told.count > REASONS_SHOWN ? told.count - REASONS_SHOWN : 0;
    told.count -= left;
    page_open(page, "section", "reasons");
    page_element(page, "h2", NULL,
                 judgement->grade || told.count == 0
                     ? "What set the grade"
                     : page_print(page, "Why it is no better than %s", judgement->no_better_than));
    if (told.count == 0)
        nothing_told(page);
    else
        page_open(page, "ol", NULL);
    for (size_t i = 0; i < told.count; i++)
        reason(page, told.items[i]);
    if (told.count > 0)
        page_close(page);
    if (left > 0)
        page_element(
            page, "p", "muted",
            page_print(page, left == 1 ? "and %zu more that caps it at %s" : "and %zu more that cap it at %s",
                       left, ((const struct told_reason *)told.items[told.count])->cap));
    page_close_block(page);
    also(page, OUTCOME_FAIL, told.count > 0 ? "Also to repair" : "To repair", &told);
    also(page, OUTCOME_WARN, told.count > 0 ? "Also to improve" : "To improve", &told);
}

static void not_tested(struct page *page)
{
    struct list groups;

    if (finding_groups(page->judgement, OUTCOME_NOT_TESTED, SAME_REASON, page->arena, &groups) < 0) {
        page->failed = true;
        return;
    }
    page_open(page, "section", "untested");
    page_element(page, "h2", NULL, "What could not be tested");
    if (groups.count == 0)
        page_element(page, "p", NULL,
                     page->scan->complete == YES && page->judgement->counts[OUTCOME_PASS] > 0
                         ? "Everything that was planned could be tested."
                         : "The scan ended before it could be said what is missing.");
    else
        page_open(page, "ul", NULL);
    for (size_t i = 0; i < groups.count && i < NOT_TESTED_SHOWN; i++) {
        const struct finding_group *group = groups.items[i];
        size_t checks = finding_group_checks(group);

        page_open(page, "li", NULL);
        page_inline_link(page, page_anchor(page, group->first->id),
                         page_keep(page, finding_reason(group->first, page->arena)));
        page_open(page, "p", "muted");
        page_format(page, "%s, %s", things(page, checks, "check", "checks"),
                    page_keep(page, finding_group_where(group, page->arena)));
        page_close(page);
        page_close(page);
    }
    if (groups.count > NOT_TESTED_SHOWN) {
        page_open(page, "li", NULL);
        page_link(page, "outcome-not_tested", NULL,
                  page_print(page, "and %s",
                             things(page, groups.count - NOT_TESTED_SHOWN, "more reason", "more reasons")));
        page_close(page);
    }
    if (groups.count > 0)
        page_close(page);
    page_close_block(page);
}

void page_summary(struct page *page)
{
    banner(page);
    substitutions(page);
    page_open(page, "section", "summary");
    page_attribute(page, "id", "summary");
    page_attribute(page, "aria-label", "Summary");
    verdict(page);
    page_open(page, "div", "columns");
    reasons(page);
    not_tested(page);
    page_close(page);
    page_close_block(page);
}
