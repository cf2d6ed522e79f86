/*
 * html_findings.c - the findings of the HTML report: what was found, where, why it matters, what to do
 *
 * Grouped by outcome, then by weight. Findings that say the same about several subjects are told once; each
 * subject keeps the anchor of its own finding, so that a link to it stays good from report to report.
 */
#include "reports/display.h"
#include "reports/grade_told.h"
#include "reports/html_chapters.h"
#include "scanner/base/arena.h"

#include <string.h>

static bool is_indented(const char *line)
{
    return *line == '\t' || strncmp(line, "  ", 2) == 0;
}

/* The lines from `text` on that are indented (or not), as a text without their common indentation; where they
 * end. */
static const char *take_lines(struct page *page, const char *text, bool indented, const char **ret)
{
    size_t room = strlen(text) + 1;
    size_t common = SIZE_MAX;
    char *lines = arena_alloc(page->arena, room);
    size_t size = 0;
    const char *end = text;

    *ret = page_keep(page, lines);
    while (*end && is_indented(end) == indented) {
        size_t indent = strspn(end, " \t");

        common = indent < common ? indent : common;
        end += strcspn(end, "\n");
        end += *end == '\n';
    }
    for (const char *line = text; lines && line < end;) {
        size_t length = strcspn(line, "\n");
        size_t skip = indented && common <= length ? common : 0;

        if (size > 0)
            lines[size++] = '\n';
        memcpy(lines + size, line + skip, length - skip);
        size += length - skip;
        line += length + (line[length] == '\n');
    }
    return end;
}

/* One step: sentences, and under them the indented lines to copy. */
static void fix_step(struct page *page, const char *step)
{
    while (*step) {
        bool indented = is_indented(step);
        const char *lines;

        step = take_lines(page, step, indented, &lines);
        if (indented) {
            page_open(page, "pre", "copy");
            page_element(page, "code", NULL, lines);
            page_close(page);
        } else if (*lines) {
            page_open(page, "p", NULL);
            page_inline(page, lines);
            page_close(page);
        }
        if (page->failed)
            return;
    }
}

void page_fix_in_short(struct page *page, const char *step)
{
    struct step_in_short brief;

    if (step_in_short(step, page->arena, &brief) < 0) {
        page->failed = true;
        return;
    }
    page_open(page, "p", "in-short");
    page_inline(page, brief.words);
    for (size_t i = 0; i < brief.lines.count; i++) {
        page_text(page, i == 0 ? " " : ", ");
        page_element(page, "code", NULL, text_at(&brief.lines, i));
    }
    page_text(page, brief.more ? ", \xe2\x80\xa6" : NULL);
    page_close(page);
}

static void fix_part(struct page *page, const struct list *fix)
{
    if (fix->count == 0)
        return;
    page_open(page, "div", "fix");
    page_element(page, "p", "label", "What to do");
    if (fix->count == 1) {
        fix_step(page, text_at(fix, 0));
    } else {
        page_open(page, "ul", NULL);
        for (size_t i = 0; i < fix->count; i++) {
            page_open(page, "li", NULL);
            fix_step(page, text_at(fix, i));
            page_close(page);
        }
        page_close(page);
    }
    page_close_block(page);
}

/* A profile may not allow two hundred suites: more than a few are folded. */
static void evidence_line(struct page *page, const struct finding *finding, const char *text)
{
    const char *in_short = finding->subject.profile ? page_keep(page, display_list(page->arena, text)) : text;
    size_t shown = 0;

    if (in_short == text) {
        page_element(page, "code", NULL, text);
        return;
    }
    while (in_short[shown] && in_short[shown] == text[shown])
        shown++;
    page_open(page, "details", NULL);
    page_open(page, "summary", NULL);
    page_element(page, "code", NULL, in_short);
    page_close(page);
    page_element(page, "code", NULL, text + shown + strspn(text + shown, ", "));
    page_close(page);
}

static void evidence_list(struct page *page, const struct finding *finding)
{
    if (finding->evidence.count == 0)
        return;
    page_open(page, "ul", "evidence");
    for (size_t i = 0; i < finding->evidence.count; i++) {
        page_open(page, "li", NULL);
        evidence_line(page, finding, text_at(&finding->evidence, i));
        page_close(page);
    }
    page_close_block(page);
}

/* The title of a finding names the profile; its subject need not. */
static const char *subject_words(struct page *page, const struct subject *subject)
{
    const char *profile = subject->profile ? strstr(subject->text, " (") : NULL;

    if (!profile)
        return subject->text;
    return page_keep(page, arena_text_sized(page->arena, subject->text, (size_t)(profile - subject->text)));
}

static void subject_text(struct page *page, const struct subject *subject)
{
    const char *endpoint = page_known_endpoint(page, subject);

    page_open(page, "code", "subject");
    if (endpoint)
        page_link(page, endpoint, NULL, subject_words(page, subject));
    else
        page_text(page, subject_words(page, subject));
    page_close(page);
}

static bool same_evidence(const struct finding *a, const struct finding *b)
{
    if (a->evidence.count != b->evidence.count)
        return false;
    for (size_t i = 0; i < a->evidence.count; i++) {
        if (strcmp(text_at(&a->evidence, i), text_at(&b->evidence, i)) != 0)
            return false;
    }
    return true;
}

static void subject_item(struct page *page, const struct finding *finding)
{
    page_open(page, "li", NULL);
    page_attribute(page, "id", page_anchor(page, finding->id));
    subject_text(page, &finding->subject);
    page_close(page);
}

/* The members that saw the same, and what they saw, once. */
static void seen_alike(struct page *page, const struct finding_group *group, bool *done, size_t first)
{
    const struct finding *finding = group->members.items[first];

    page_open(page, "ul", "subjects");
    for (size_t i = first; i < group->members.count; i++) {
        const struct finding *member = group->members.items[i];

        if (done[i] || !same_evidence(finding, member))
            continue;
        done[i] = true;
        subject_item(page, member);
    }
    page_close_block(page);
    evidence_list(page, finding);
}

static void seen_part(struct page *page, const struct finding_group *group)
{
    const char *where;
    bool *done;

    if (group->members.count == 1) {
        if (group->first->evidence.count > 0)
            page_element(page, "p", "label seen", "What was seen");
        evidence_list(page, group->first);
        return;
    }
    where = page_keep(page, finding_group_where(group, page->arena));
    page_element(page, "p", "label seen", /* a place with two certificates is named below */
                 strncmp(where, "on ", 3) == 0 || strncmp(where, "in ", 3) == 0
                     ? page_print(page, "Seen %s", where)
                     : "What was seen");
    done = arena_alloc(page->arena, group->members.count * sizeof(*done));
    if (!done) {
        page->failed = true;
        return;
    }
    for (size_t i = 0; i < group->members.count; i++) {
        if (!done[i])
            seen_alike(page, group, done, i);
    }
}

static void source_line(struct page *page, const struct finding *finding)
{
    page_open(page, "p", "source");
    if (finding->reference) {
        page_text(page, "Source: ");
        page_reference(page, finding->reference);
        page_text(page, " \xc2\xb7 ");
    }
    page_text(page, "Check ");
    page_element(page, "code", NULL, finding->check->id);
    page_open(page, "span", "self");
    page_text(page, " \xc2\xb7 ");
    page_open(page, "a", NULL);
    page_attribute(page, "href", page_print(page, "#%s", page_anchor(page, finding->id)));
    page_text(page, "Link to this");
    page_element(page, "span", "hidden", page_print(page, " finding: %s", finding->title));
    page_close(page);
    page_close(page);
    page_close_block(page);
}

static const char *severity_word(enum severity severity)
{
    switch (severity) {
    case SEVERITY_CRITICAL:
        return "Critical";
    case SEVERITY_HIGH:
        return "High";
    case SEVERITY_MEDIUM:
        return "Medium";
    case SEVERITY_LOW:
        return "Low";
    case SEVERITY_NONE:
        return NULL;
    }
    return NULL;
}

static void finding_article(struct page *page, const struct finding_group *group)
{
    const struct finding *finding = group->first;
    /* It is that of a failure: beside a mere warning it would say too much. */
    const char *severity = finding->outcome == OUTCOME_FAIL ? severity_word(finding->severity) : NULL;

    page_open(page, "article", page_print(page, "finding %s", outcome_name(finding->outcome)));
    if (group->members.count == 1)
        page_attribute(page, "id", page_anchor(page, finding->id));
    page_open(page, "h4", NULL);
    page_outcome(page, finding->outcome);
    page_text(page, " ");
    page_open(page, "span", "title");
    page_inline(page, finding->title);
    page_close(page);
    page_close_block(page);
    if (severity || group->members.count == 1) {
        page_open(page, "p", "about");
        if (severity)
            page_element(page, "span", "severity", page_print(page, "%s severity", severity));
        if (severity && group->members.count == 1 && finding->subject.text)
            page_text(page, " \xc2\xb7 ");
        if (group->members.count == 1 && finding->subject.text)
            subject_text(page, &finding->subject);
        page_close_block(page);
    }
    if (finding->why) {
        page_open(page, "p", "why");
        page_inline(page, finding->why);
        page_close(page);
    }
    seen_part(page, group);
    fix_part(page, &finding->fix);
    source_line(page, finding);
    page_close_block(page);
}

static void outcome_section(struct page *page, enum outcome outcome, const char *title, const char *note)
{
    bool folded = outcome != OUTCOME_FAIL && outcome != OUTCOME_WARN;
    size_t count = page->judgement->counts[outcome];
    struct list groups;

    if (finding_groups(page->judgement, outcome, SAME_WORDS, page->arena, &groups) < 0) {
        page->failed = true;
        return;
    }
    if (groups.count == 0)
        return;
    page_open(page, "section", page_print(page, "outcome-section %s", outcome_name(outcome)));
    page_attribute(page, "id", page_print(page, "outcome-%s", outcome_name(outcome)));
    if (folded) {
        page_open(page, "details", NULL);
        page_open(page, "summary", NULL);
    }
    page_open(page, "h3", NULL);
    page_icon(page, outcome);
    page_text(page, title);
    page_text(page, " ");
    page_element(page, "span", "muted", page_print(page, "%zu", count));
    page_close(page);
    if (folded)
        page_close_block(page);
    if (note)
        page_element(page, "p", "muted", note);
    for (size_t i = 0; i < groups.count; i++)
        finding_article(page, groups.items[i]);
    if (folded)
        page_close(page);
    page_close_block(page);
}

void page_findings(struct page *page)
{
    page_open(page, "section", NULL);
    page_attribute(page, "id", "findings");
    page_element(page, "h2", NULL, "Findings");
    if (page->judgement->findings.count == 0)
        page_element(page, "p", NULL, "No check could be made.");
    outcome_section(page, OUTCOME_FAIL, "To repair", NULL);
    outcome_section(page, OUTCOME_WARN, "To improve", NULL);
    outcome_section(page, OUTCOME_INFO, "For your information", NULL);
    outcome_section(page, OUTCOME_NOT_TESTED, "Not tested",
                    "Neither passed nor failed: this could not be observed from where we looked.");
    outcome_section(page, OUTCOME_PASS, "Passed", NULL);
    outcome_section(
        page, OUTCOME_NOT_APPLICABLE, "Does not apply",
        "These checks have no subject here, for example because a port or a record is not in use.");
    page_close_block(page);
}
