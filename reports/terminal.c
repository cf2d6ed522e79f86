/*
 * terminal.c - the report on a terminal: one screen with the grade, what set it, and what to do next
 *
 * Words carry the meaning, colour only repeats it. No line is wider than the terminal, measured in columns;
 * no control character of a peer gets through (display_line).
 */
#include "reports/report.h"

#include "reports/display.h"
#include "reports/grade.h"
#include "reports/grade_told.h"
#include "reports/substitutions.h"
#include "reports/terminal_writer.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* The summary takes one screen: what else is to be repaired gets the lines that the rest leaves. */
enum { SCREEN_LINES = 40, REASONS_SHOWN = 3, FURTHER_MINIMUM = 3, NOT_TESTED_SHOWN = 2 };
enum { STEPS_SHOWN = 2, FIX_LINES = 3, FIX_LINES_OF_MANY = 2, FAULT_LINES = 2 };
enum { NOT_TESTED_LINES = 2 + 2 * NOT_TESTED_SHOWN + 1, NEXT_LINES = 3 };
enum { WIDTH_DEFAULT = 80, WIDTH_MINIMUM = 24, INDENT = TERMINAL_INDENT, TITLE_MINIMUM = 24 };

static const char *outcome_style(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_FAIL:
        return "1;31";
    case OUTCOME_WARN:
        return "1;33";
    case OUTCOME_INFO:
        return "36";
    case OUTCOME_PASS:
        return "32";
    case OUTCOME_NOT_APPLICABLE:
        return terminal_dim;
    case OUTCOME_NOT_TESTED:
        return "35";
    }
    return terminal_dim;
}

/* At most six columns, so that titles stand in one line under each other. */
static const char *outcome_mark(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_FAIL:
        return "FAIL";
    case OUTCOME_WARN:
        return "WARN";
    case OUTCOME_INFO:
        return "INFO";
    case OUTCOME_PASS:
        return "pass";
    case OUTCOME_NOT_APPLICABLE:
        return "n/a";
    case OUTCOME_NOT_TESTED:
        return "open";
    }
    return "open";
}

static const char *target_text(struct terminal *terminal)
{
    const struct scan_facts *scan = terminal->judgement->scan;
    const char *target = scan->target ? scan->target : "unnamed target";
    const char *both;

    if (!scan->target_display)
        return target;
    both = arena_format(terminal->arena, "%s (%s)", scan->target_display, target);
    return both ? both : target;
}

static void substitution_lines(struct terminal *terminal)
{
    struct list sentences;

    if (substitution_sentences(terminal->judgement->scan, terminal->arena, &sentences) < 0)
        return; /* the report has failed for want of memory elsewhere */
    for (size_t i = 0; i < sentences.count; i++)
        terminal_wrapped(terminal, 0, 0, outcome_style(OUTCOME_INFO), sentences.items[i], 6);
}

static void target_lines(struct terminal *terminal)
{
    const struct scan_facts *scan = terminal->judgement->scan;
    const struct vantage_facts *vantage = scan->vantage;
    const char *from =
        vantage && vantage->addresses.count ? text_join(terminal->arena, &vantage->addresses, " and ") : NULL;

    terminal_line(terminal, 0, terminal_bold, target_text(terminal));
    if (scan->started.known) {
        const char *time = display_time(terminal->arena, scan->started.value);
        const char *took = scan->finished.known
                               ? display_duration(terminal->arena, scan->finished.value - scan->started.value)
                               : NULL;

        terminal_wrapped(terminal, 0, 0, terminal_dim,
                         arena_format(terminal->arena, "Scanned %s%s%s%s%s", time ? time : "",
                                      took ? " in " : "", took ? took : "", from ? " from " : "",
                                      from ? from : ""),
                         2);
    }
    if (scan->complete != YES)
        terminal_wrapped(terminal, 0, 0, outcome_style(OUTCOME_WARN),
                         arena_format(terminal->arena, "INCOMPLETE%s%s. What is missing is not tested.",
                                      scan->incomplete_reason ? ": " : "",
                                      scan->incomplete_reason ? scan->incomplete_reason : ""),
                         3);
    substitution_lines(terminal);
}

static const char *const areas[AREA_NONE + 1] = {[AREA_TRANSPORT] = "transport",
                                                 [AREA_AUTHENTICATION] = "authentication",
                                                 [AREA_REACHABILITY] = "reachability",
                                                 [AREA_DNS] = "DNS",
                                                 [AREA_NONE] = ""};

/* A step without its backquotes: copied into a shell they would run what they enclose. */
static const char *step_text(struct terminal *terminal, const char *step)
{
    char *copy = arena_text(terminal->arena, step);
    char *to = copy;

    for (const char *from = copy; from && *from; from++) {
        if (*from != '`')
            *to++ = *from;
    }
    if (copy)
        *to = '\0';
    return copy ? copy : "";
}

static void grade_lines(struct terminal *terminal)
{
    static const struct {
        enum outcome outcome;
        const char *one, *many;
    } words[] = {{OUTCOME_FAIL, "fail", "fail"},
                 {OUTCOME_WARN, "warning", "warnings"},
                 {OUTCOME_INFO, "info", "info"},
                 {OUTCOME_PASS, "passed", "passed"},
                 {OUTCOME_NOT_TESTED, "not tested", "not tested"},
                 {OUTCOME_NOT_APPLICABLE, "does not apply", "do not apply"}};
    const struct judgement *judgement = terminal->judgement;
    const char *grade =
        judgement->grade ? arena_format(terminal->arena, "Grade %s", judgement->grade)
        : judgement->no_better_than
            ? arena_format(terminal->arena, "No grade: no better than %s", judgement->no_better_than)
            : "No grade: too little could be tested";
    struct terminal_flow state = {.column = 0, .indent = 0};

    terminal_end_line(terminal);
    terminal_flow(terminal, &state, "", terminal_grade_style(judgement->grade),
                  terminal_shown(terminal, grade));
    for (size_t i = AREA_TRANSPORT; i < AREA_NONE; i++) {
        const char *area_grade = judgement->area_grades[i];
        const char *text =
            i == AREA_TRANSPORT && !area_grade && judgement->transport_no_better_than
                ? arena_format(terminal->arena, "%s no better than %s", areas[i],
                               judgement->transport_no_better_than)
                : arena_format(terminal->arena, "%s %s", areas[i], area_grade ? area_grade : "not tested");

        terminal_flow(terminal, &state, "   ", area_grade ? terminal_grade_style(area_grade) : terminal_dim,
                      terminal_shown(terminal, text));
    }
    terminal_end_line(terminal);
    state = (struct terminal_flow){.column = 0, .indent = 0};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t count = judgement->counts[words[i].outcome];
        const char *text =
            arena_format(terminal->arena, "%zu %s", count, count == 1 ? words[i].one : words[i].many);

        if (count > 0)
            terminal_flow(terminal, &state, ", ", outcome_style(words[i].outcome),
                          terminal_shown(terminal, text));
    }
    if (state.column > 0)
        terminal_end_line(terminal);
    terminal_tls_grades(terminal);
    if (!judgement->grade && judgement->no_better_than) {
        const char *sentence = grade_untested_sentence(judgement, terminal->arena);

        terminal_wrapped(terminal, 0, 0, outcome_style(OUTCOME_NOT_TESTED),
                         step_text(terminal, sentence ? sentence : ""), 3);
    }
}

/* Where in few columns: without the host's name when an address says it. */
static const char *brief_where(struct terminal *terminal, const struct finding_group *group)
{
    const struct subject *subject = &group->first->subject;
    const char *where;

    if (group->members.count == 1 && subject->address && subject->port.known)
        where = arena_format(terminal->arena, strchr(subject->address, ':') ? "[%s]:%lld" : "%s:%lld",
                             subject->address, (long long)subject->port.value);
    else
        where = finding_group_where(group, terminal->arena);
    return terminal_shown(terminal, where);
}

static void put_mark(struct terminal *terminal, enum outcome outcome)
{
    const char *mark = outcome_mark(outcome);

    fputs("  ", terminal->to);
    terminal_put(terminal, outcome_style(outcome), mark);
    terminal_spaces(terminal, INDENT - 2 - strlen(mark));
}

/* "  WARN  The chain holds a certificate that nobody needs  on 2 addresses" */
static void group_line(struct terminal *terminal, const struct finding_group *group)
{
    const char *where = brief_where(terminal, group);
    const char *title = terminal_shown(terminal, group->first->title);
    size_t room = terminal->width - INDENT;
    size_t title_room;

    where = strstr(title, where) ? "" : display_cut(terminal->arena, where, room / 2);
    where = where ? where : "";
    title_room = *where ? room - display_width(where) - 2 : room;
    if (title_room < TITLE_MINIMUM && display_width(title) > title_room) {
        where = "";
        title_room = room;
    }
    title = display_cut(terminal->arena, title, title_room);
    put_mark(terminal, group->first->outcome);
    terminal_put(terminal, NULL, title ? title : "");
    if (*where) {
        fputs("  ", terminal->to);
        terminal_put(terminal, terminal_dim, where);
    }
    terminal_end_line(terminal);
}

/* "Postfix (main.cf): smtpd_tls_mandatory_ciphers = medium; smtpd_tls_mandatory_exclude_ciphers = RC4" */
static const char *fix_in_short(struct terminal *terminal, const char *step)
{
    struct step_in_short brief;
    const char *lines;

    if (step_in_short(step_text(terminal, step), terminal->arena, &brief) < 0)
        return "";
    lines = text_join(terminal->arena, &brief.lines, "; ");
    return arena_format(terminal->arena, "%s %s%s", brief.words, lines ? lines : "",
                        brief.more ? "; ..." : "");
}

/* With what to begin; the ports of a group may belong to several servers. */
static void fixes(struct terminal *terminal, const struct finding_group *group)
{
    struct list steps;

    if (first_steps(group, terminal->arena, &steps) < 0)
        return;
    for (size_t i = 0; i < steps.count && i < STEPS_SHOWN; i++) {
        terminal_spaces(terminal, INDENT);
        if (i == 0)
            terminal_put(terminal, "32", "Fix: ");
        else
            terminal_spaces(terminal, 5);
        terminal_wrapped(terminal, INDENT + 5, INDENT + 5, NULL, fix_in_short(terminal, steps.items[i]),
                         steps.count == 1 ? FIX_LINES : FIX_LINES_OF_MANY);
    }
    if (steps.count > STEPS_SHOWN)
        terminal_line(
            terminal, INDENT + 5, terminal_dim,
            arena_format(terminal->arena, "and %zu more, for other places", steps.count - STEPS_SHOWN));
}

static void reason(struct terminal *terminal, const struct told_reason *told)
{
    const struct finding *finding = told->group.first;
    const char *where = terminal_shown(terminal, finding_group_where(&told->group, terminal->arena));
    const char *limit =
        arena_format(terminal->arena, "%s no better than %s", areas[finding->check->area], told->cap);

    if (limit && display_width(where) + 2 + display_width(limit) > terminal->width - INDENT)
        where = brief_where(terminal, &told->group);

    if (told->fault) {
        fputs("  ", terminal->to);
        terminal_put(terminal, terminal_grade_style(told->cap), told->cap);
        terminal_spaces(terminal, INDENT - 2 - strlen(told->cap));
    } else {
        put_mark(terminal, finding->outcome);
    }
    terminal_wrapped(terminal, INDENT, INDENT, terminal_bold, told->title, told->fault ? FAULT_LINES : 1);
    terminal_line(terminal, INDENT, terminal_dim,
                  arena_format(terminal->arena, "%s%s%s", where, *where ? "; " : "", limit ? limit : ""));
    if (!told->fault)
        fixes(terminal, &told->group);
}

/* The worst first; leaves in `told` those that were shown. */
static void reasons(struct terminal *terminal, struct list *told)
{
    const struct judgement *judgement = terminal->judgement;
    size_t left = told->count > REASONS_SHOWN ? told->count - REASONS_SHOWN : 0;

    if (told->count > 0)
        terminal_heading(terminal, judgement->grade || !judgement->no_better_than
                                       ? "What set the grade"
                                       : arena_format(terminal->arena, "Why it is no better than %s",
                                                      judgement->no_better_than));
    told->count -= left;
    for (size_t i = 0; i < told->count; i++)
        reason(terminal, told->items[i]);
    if (left > 0)
        terminal_line(
            terminal, INDENT, terminal_dim,
            arena_format(terminal->arena,
                         left == 1 ? "and %zu more that caps it at %s" : "and %zu more that cap it at %s",
                         left, ((const struct told_reason *)told->items[told->count])->cap));
}

static void further(struct terminal *terminal, const struct list *groups, const struct list *told)
{
    size_t below = NEXT_LINES + (terminal->judgement->counts[OUTCOME_NOT_TESTED] ? NOT_TESTED_LINES : 0);
    size_t used = terminal->lines + 3 + below; /* with a blank line, the heading and "and 3 more" */
    size_t room = used + FURTHER_MINIMUM < SCREEN_LINES ? SCREEN_LINES - used : FURTHER_MINIMUM;
    size_t shown_count = 0;
    size_t left = 0;

    for (size_t i = 0; i < groups->count; i++) {
        const struct finding_group *group = groups->items[i];

        if (is_told(told, group->first))
            continue;
        if (shown_count == room) {
            left++;
            continue;
        }
        if (shown_count++ == 0)
            terminal_heading(terminal,
                             told->count > 0 ? "Also to repair or improve" : "To repair or improve");
        group_line(terminal, group);
    }
    if (left > 0)
        terminal_line(terminal, INDENT, terminal_dim, arena_format(terminal->arena, "and %zu more", left));
}

static void not_tested(struct terminal *terminal)
{
    struct list groups;

    if (finding_groups(terminal->judgement, OUTCOME_NOT_TESTED, SAME_REASON, terminal->arena, &groups) < 0 ||
        groups.count == 0)
        return;
    terminal_heading(terminal, "Not tested");
    for (size_t i = 0; i < groups.count && i < NOT_TESTED_SHOWN; i++) {
        const struct finding_group *group = groups.items[i];

        size_t checks = finding_group_checks(group);

        put_mark(terminal, OUTCOME_NOT_TESTED);
        terminal_wrapped(terminal, INDENT, INDENT, NULL,
                         arena_format(terminal->arena, "%s: %zu %s, %s",
                                      terminal_shown(terminal, finding_reason(group->first, terminal->arena)),
                                      checks, checks == 1 ? "check" : "checks", brief_where(terminal, group)),
                         2);
    }
    if (groups.count > NOT_TESTED_SHOWN)
        terminal_line(terminal, INDENT, terminal_dim,
                      arena_format(terminal->arena, "and %zu more", groups.count - NOT_TESTED_SHOWN));
}

static void labelled(struct terminal *terminal, const char *label, const char *text)
{
    terminal_put(terminal, terminal_bold, label);
    terminal_wrapped(terminal, strlen(label), INDENT, NULL, text, 4);
}

static void next_lines(struct terminal *terminal, const struct list *groups, const char *report_file)
{
    const struct vantage_facts *vantage = terminal->judgement->scan->vantage;

    terminal_end_line(terminal);
    if (groups->count > 0) {
        const struct finding_group *worst = groups->items[0];

        labelled(terminal, "Next: ",
                 arena_format(terminal->arena, "repair this, then scan again. More: outpost explain %s",
                              worst->first->check->id));
    } else if (vantage && vantage->port_25 == PORT_25_BLOCKED) {
        labelled(terminal, "Next: ", "scan from a host whose network lets port 25 out");
    } else if (terminal->judgement->no_better_than && !tls_is_deep_enough(terminal->judgement, "standard")) {
        labelled(terminal, "Next: ", "scan with --depth standard for a grade");
    } else if (!terminal->judgement->grade) {
        labelled(terminal, "Next: ", "find out why so little could be tested, then scan again");
    } else {
        labelled(terminal, "Next: ", "nothing to repair; scan again on a schedule to keep it so");
    }
    if (report_file)
        labelled(terminal, "Report: ", report_file);
}

/* ---- verbose: every finding ---- */

static void long_text(struct terminal *terminal, const char *label, const char *text)
{
    size_t column = INDENT + strlen(label);

    terminal_spaces(terminal, INDENT);
    terminal_put(terminal, terminal_dim, label);
    terminal_wrapped(terminal, column, column, NULL, text, SIZE_MAX);
}

/* A step line by line, so that what is to be copied stays on lines of its own. */
static void long_fix(struct terminal *terminal, const char *step)
{
    const char *label = "Fix: ";

    while (*step) {
        size_t length = strcspn(step, "\n");
        size_t spaces = strspn(step, " \t");
        const char *line = arena_text_sized(terminal->arena, step, length);

        if (*label)
            long_text(terminal, label, line);
        else
            terminal_wrapped(terminal, 0, INDENT + 5 + (spaces > 0 && spaces < length ? 2 : 0), NULL,
                             line ? line + strspn(line, " \t") : NULL, SIZE_MAX);
        label = "";
        step += length + (step[length] == '\n');
    }
}

/* A profile may not allow two hundred suites: the other reports name them all. */
static const char *seen(struct terminal *terminal, const struct finding *finding, size_t index)
{
    const char *text = finding->evidence.items[index];

    return finding->subject.profile ? display_list(terminal->arena, text) : text;
}

static void long_finding(struct terminal *terminal, const struct finding_group *group)
{
    const struct finding *finding = group->first;
    bool same = finding_group_same_evidence(group);

    put_mark(terminal, finding->outcome);
    terminal_wrapped(terminal, INDENT, INDENT, terminal_bold, finding->title, SIZE_MAX);
    terminal_wrapped(terminal, 0, INDENT, terminal_dim, finding->check->id, SIZE_MAX);
    if (finding->why)
        terminal_wrapped(terminal, 0, INDENT, NULL, finding->why, SIZE_MAX);
    for (size_t i = 0; i < group->members.count; i++) {
        const struct finding *member = group->members.items[i];

        long_text(terminal, "At: ", member->subject.text);
        for (size_t j = 0; j < member->evidence.count && (!same || i + 1 == group->members.count); j++)
            long_text(terminal, "Seen: ", seen(terminal, member, j));
    }
    for (size_t i = 0; i < finding->fix.count; i++)
        long_fix(terminal, step_text(terminal, finding->fix.items[i]));
    if (finding->reference)
        long_text(terminal, "Source: ", finding->reference);
    terminal_end_line(terminal);
}

static void every_finding(struct terminal *terminal)
{
    static const struct {
        enum outcome outcome;
        const char *title;
    } order[] = {{OUTCOME_NOT_APPLICABLE, "Does not apply"},
                 {OUTCOME_PASS, "Passed"},
                 {OUTCOME_NOT_TESTED, "Not tested"},
                 {OUTCOME_INFO, "For your information"},
                 {OUTCOME_WARN, "To improve"},
                 {OUTCOME_FAIL, "To repair"}};

    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        struct list groups;

        if (finding_groups(terminal->judgement, order[i].outcome, SAME_WORDS, terminal->arena, &groups) < 0 ||
            groups.count == 0)
            continue;
        terminal_line(terminal, 0, terminal_bold, order[i].title);
        for (size_t j = 0; j < groups.count; j++)
            long_finding(terminal, groups.items[j]);
    }
}

static bool open_terminal(struct terminal *terminal, const struct judgement *judgement,
                          const struct terminal_options *options, FILE *to)
{
    *terminal =
        (struct terminal){.to = to, .arena = arena_new(0), .judgement = judgement, .color = options->color};
    terminal->width = options->width > 0 ? (size_t)options->width : WIDTH_DEFAULT;
    if (terminal->width < WIDTH_MINIMUM)
        terminal->width = WIDTH_MINIMUM;
    return terminal->arena;
}

/* Both lists of what is to be done, the failures first. */
static int work_to_do(const struct terminal *terminal, struct list *ret)
{
    struct list fails, warnings;

    if (finding_groups(terminal->judgement, OUTCOME_FAIL, SAME_CHECK, terminal->arena, &fails) < 0 ||
        finding_groups(terminal->judgement, OUTCOME_WARN, SAME_CHECK, terminal->arena, &warnings) < 0)
        return -1;
    for (size_t i = 0; i < warnings.count; i++) {
        if (list_add(&fails, terminal->arena, warnings.items[i]) < 0)
            return -1;
    }
    *ret = fails;
    return 0;
}

void report_terminal(const struct judgement *judgement, const struct terminal_options *options, FILE *to)
{
    struct terminal terminal;
    struct list groups = {.observed = true};
    struct list told = {.observed = true};

    if (!open_terminal(&terminal, judgement, options, to))
        return;
    if (work_to_do(&terminal, &groups) == 0 && told_reasons(judgement, terminal.arena, &told) == 0) {
        if (options->verbose) {
            every_finding(&terminal);
            terminal_tls_ports(&terminal);
            terminal_clients(&terminal);
        }
        terminal.lines = 0;
        target_lines(&terminal);
        grade_lines(&terminal);
        reasons(&terminal, &told);
        further(&terminal, &groups, &told);
        not_tested(&terminal);
        next_lines(&terminal, &groups, options->report_file);
    }
    arena_free(terminal.arena);
}

/* ": The certificate has expired, on 2 ports", or why there is no grade. */
static const char *worst_in_short(struct terminal *terminal)
{
    struct list groups;
    const struct finding_group *group;

    if (work_to_do(terminal, &groups) < 0)
        return NULL;
    if (groups.count > 0) {
        group = groups.items[0];
        return arena_format(terminal->arena, ": %s, %s", terminal_shown(terminal, group->first->title),
                            brief_where(terminal, group));
    }
    if (!terminal->judgement->grade && terminal->judgement->no_better_than) {
        const char *sentence = grade_untested_sentence(terminal->judgement, terminal->arena);

        return arena_format(terminal->arena, ": %s", step_text(terminal, sentence ? sentence : ""));
    }
    if (terminal->judgement->grade ||
        finding_groups(terminal->judgement, OUTCOME_NOT_TESTED, SAME_REASON, terminal->arena, &groups) < 0 ||
        groups.count == 0)
        return "";
    group = groups.items[0];
    return arena_format(terminal->arena, ": %s",
                        terminal_shown(terminal, finding_reason(group->first, terminal->arena)));
}

void report_terminal_line(const struct judgement *judgement, const struct terminal_options *options, FILE *to)
{
    const struct scan_facts *scan = judgement->scan;
    struct terminal terminal;
    const char *grade, *worst, *rest;

    if (!open_terminal(&terminal, judgement, options, to))
        return;
    grade = terminal_shown(&terminal,
                           judgement->grade ? arena_format(terminal.arena, "grade %s", judgement->grade)
                           : judgement->no_better_than
                               ? arena_format(terminal.arena, "no better than %s", judgement->no_better_than)
                               : "no grade");
    worst = worst_in_short(&terminal);
    rest = arena_format(terminal.arena, "  %s  %zu fail, %zu warn%s%s",
                        terminal_shown(&terminal, scan->target_display ? scan->target_display : scan->target),
                        judgement->counts[OUTCOME_FAIL], judgement->counts[OUTCOME_WARN],
                        scan->complete == YES ? "" : ", incomplete", worst ? worst : "");
    rest = rest ? display_cut(terminal.arena, rest, terminal.width - display_width(grade)) : NULL;
    terminal_put(&terminal, terminal_grade_style(judgement->grade), grade);
    terminal_put(&terminal, NULL, rest ? rest : "");
    fputc('\n', to);
    arena_free(terminal.arena);
}
