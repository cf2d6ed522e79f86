/*
 * terminal.c - the report on a terminal: one screen with the grade, what set it, and what to do next
 *
 * Words carry the meaning, colour only repeats it. No line is wider than the terminal, measured in columns;
 * no control character of a peer gets through (display_line).
 */
#include "reports/report.h"

#include "reports/client_simulation.h"
#include "reports/display.h"
#include "reports/finding_group.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* The summary takes one screen: what else is to be repaired gets the lines that the rest leaves. */
enum { SCREEN_LINES = 40, REASONS_SHOWN = 3, FURTHER_MINIMUM = 3, NOT_TESTED_SHOWN = 2, FIX_LINES = 2 };
enum { NOT_TESTED_LINES = 2 + 2 * NOT_TESTED_SHOWN + 1, NEXT_LINES = 3 };
enum { WIDTH_DEFAULT = 80, WIDTH_MINIMUM = 24, INDENT = 8, TITLE_MINIMUM = 24 };

struct terminal {
    FILE *to;
    struct arena *arena;
    const struct judgement *judgement;
    size_t width;
    bool color;
    size_t lines; /* written so far */
};

static const char bold[] = "1";
static const char dim[] = "2";

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
        return dim;
    case OUTCOME_NOT_TESTED:
        return "35";
    }
    return dim;
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

static const char *grade_style(const char *grade)
{
    switch (grade ? *grade : '-') {
    case 'A':
    case 'B':
        return "1;32";
    case 'C':
    case 'D':
        return "1;33";
    case 'E':
    case 'F':
        return "1;31";
    default:
        return dim;
    }
}

static void put(struct terminal *terminal, const char *style, const char *text)
{
    if (terminal->color && style)
        fprintf(terminal->to, "\x1b[%sm%s\x1b[0m", style, text);
    else
        fputs(text, terminal->to);
}

static void end_line(struct terminal *terminal)
{
    fputc('\n', terminal->to);
    terminal->lines++;
}

static void put_spaces(struct terminal *terminal, size_t count)
{
    fprintf(terminal->to, "%*s", (int)count, "");
}

/* A text for this terminal; what memory does not allow is left out. */
static const char *shown(struct terminal *terminal, const char *text)
{
    const char *line = text ? display_line(terminal->arena, text) : "";

    return line ? line : "";
}

/* Bytes of `text` that go on a line of `room` columns: up to a space, or in the middle of a word that is too
 * long for any line. */
static size_t line_size(const char *text, size_t room)
{
    size_t fits = display_fit(text, room);
    size_t at = fits;

    if (!text[fits] || text[fits] == ' ')
        return fits;
    while (at > 0 && text[at - 1] != ' ')
        at--;
    return at > room / 3 ? at : fits;
}

/* `size` without the spaces at the end. */
static size_t trimmed(const char *text, size_t size)
{
    while (size > 0 && text[size - 1] == ' ')
        size--;
    return size;
}

/* `text` in at most `lines` lines that begin at column `indent`; the cursor stands at `column`. */
static void put_wrapped(struct terminal *terminal, size_t column, size_t indent, const char *style,
                        const char *text, size_t lines)
{
    const char *rest = shown(terminal, text);

    for (size_t line = 1;; line++) {
        size_t room = terminal->width - (column > indent ? column : indent);
        size_t size = line_size(rest, room);
        const char *part;

        put_spaces(terminal, column < indent ? indent - column : 0);
        if (line == lines && rest[size])
            part = display_cut(terminal->arena, rest, room);
        else
            part = arena_text_sized(terminal->arena, rest, trimmed(rest, size));
        put(terminal, style, part ? part : "");
        end_line(terminal);
        rest += size;
        rest += strspn(rest, " ");
        if (line == lines || !*rest || size == 0)
            return;
        column = 0;
    }
}

static void put_line(struct terminal *terminal, size_t indent, const char *style, const char *text)
{
    put_wrapped(terminal, 0, indent, style, text, 1);
}

static void heading(struct terminal *terminal, const char *text)
{
    end_line(terminal);
    put_line(terminal, 0, bold, text);
}

/* Pieces that stay whole, as many in a line as there is room for. */
struct flow {
    size_t column;
    size_t indent;
};

static void flow(struct terminal *terminal, struct flow *state, const char *gap, const char *style,
                 const char *text)
{
    const char *piece = display_cut(terminal->arena, text, terminal->width - state->indent);
    size_t width = display_width(piece ? piece : "");
    size_t gap_width = state->column > state->indent ? strlen(gap) : 0;

    if (state->column > state->indent && state->column + gap_width + width > terminal->width) {
        end_line(terminal);
        put_spaces(terminal, state->indent);
        state->column = state->indent;
        gap_width = 0;
    }
    if (gap_width > 0)
        fputs(gap, terminal->to);
    put(terminal, style, piece ? piece : "");
    state->column += gap_width + width;
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

static void target_lines(struct terminal *terminal)
{
    const struct scan_facts *scan = terminal->judgement->scan;
    const struct vantage_facts *vantage = scan->vantage;
    const char *from =
        vantage && vantage->addresses.count ? text_join(terminal->arena, &vantage->addresses, " and ") : NULL;

    put_line(terminal, 0, bold, target_text(terminal));
    if (scan->started.known) {
        const char *time = display_time(terminal->arena, scan->started.value);
        const char *took = scan->finished.known
                               ? display_duration(terminal->arena, scan->finished.value - scan->started.value)
                               : NULL;

        put_wrapped(terminal, 0, 0, dim,
                    arena_format(terminal->arena, "Scanned %s%s%s%s%s", time ? time : "", took ? " in " : "",
                                 took ? took : "", from ? " from " : "", from ? from : ""),
                    2);
    }
    if (scan->complete != YES)
        put_wrapped(terminal, 0, 0, outcome_style(OUTCOME_WARN),
                    arena_format(terminal->arena, "INCOMPLETE%s%s. What is missing is not tested.",
                                 scan->incomplete_reason ? ": " : "",
                                 scan->incomplete_reason ? scan->incomplete_reason : ""),
                    3);
}

static const char *const areas[AREA_NONE + 1] = {[AREA_TRANSPORT] = "transport",
                                                 [AREA_AUTHENTICATION] = "authentication",
                                                 [AREA_REACHABILITY] = "reachability",
                                                 [AREA_DNS] = "DNS",
                                                 [AREA_NONE] = ""};

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
    const char *grade = judgement->grade ? arena_format(terminal->arena, "Grade %s", judgement->grade)
                                         : "No grade: too little could be tested";
    struct flow state = {.column = 0, .indent = 0};

    end_line(terminal);
    flow(terminal, &state, "", grade_style(judgement->grade), shown(terminal, grade));
    for (size_t i = AREA_TRANSPORT; i < AREA_NONE; i++) {
        const char *area_grade = judgement->area_grades[i];
        const char *text =
            arena_format(terminal->arena, "%s %s", areas[i], area_grade ? area_grade : "not tested");

        flow(terminal, &state, "   ", area_grade ? grade_style(area_grade) : dim, shown(terminal, text));
    }
    end_line(terminal);
    state = (struct flow){.column = 0, .indent = 0};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        size_t count = judgement->counts[words[i].outcome];
        const char *text =
            arena_format(terminal->arena, "%zu %s", count, count == 1 ? words[i].one : words[i].many);

        if (count > 0)
            flow(terminal, &state, ", ", outcome_style(words[i].outcome), shown(terminal, text));
    }
    if (state.column > 0)
        end_line(terminal);
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
    return shown(terminal, where);
}

static void put_mark(struct terminal *terminal, enum outcome outcome)
{
    const char *mark = outcome_mark(outcome);

    fputs("  ", terminal->to);
    put(terminal, outcome_style(outcome), mark);
    put_spaces(terminal, INDENT - 2 - strlen(mark));
}

/* "  WARN  The chain holds a certificate that nobody needs  on 2 addresses" */
static void group_line(struct terminal *terminal, const struct finding_group *group)
{
    const char *where = brief_where(terminal, group);
    const char *title = shown(terminal, group->first->title);
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
    put(terminal, NULL, title ? title : "");
    if (*where) {
        fputs("  ", terminal->to);
        put(terminal, dim, where);
    }
    end_line(terminal);
}

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

/* The first sentence of a step, and its first line to copy. */
static const char *fix_in_short(struct terminal *terminal, const char *step)
{
    size_t length = strcspn(step, "\n");
    const char *code = step + length;

    code += strspn(code, "\n");
    if (strspn(code, " \t") == 0)
        return arena_text_sized(terminal->arena, step, length);
    code += strspn(code, " \t");
    return arena_format(terminal->arena, "%.*s %.*s", (int)length, step, (int)strcspn(code, "\n"), code);
}

static const struct finding_group *group_of(const struct list *groups, const struct finding *finding)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct finding_group *group = groups->items[i];

        if (group->first->check == finding->check && group->first->outcome == finding->outcome)
            return group;
    }
    return NULL;
}

static void reason(struct terminal *terminal, const struct finding_group *group, const char *cap)
{
    const struct finding *finding = group->first;
    const char *where = shown(terminal, finding_group_where(group, terminal->arena));

    put_mark(terminal, finding->outcome);
    put_wrapped(terminal, INDENT, INDENT, bold, finding->title, 1);
    put_line(terminal, INDENT, dim,
             arena_format(terminal->arena, "%s%s%s no better than %s", where, *where ? "; " : "",
                          areas[finding->check->area], cap));
    if (finding->fix.count > 0) {
        const char *fix = fix_in_short(terminal, step_text(terminal, finding->fix.items[0]));

        put_spaces(terminal, INDENT);
        put(terminal, "32", "Fix: ");
        put_wrapped(terminal, INDENT + 5, INDENT + 5, NULL, fix, FIX_LINES);
    }
}

/* The groups that set the grade, the worst first. `told` are those that were shown. */
static void reasons(struct terminal *terminal, const struct list *groups, struct list *told)
{
    const struct list *all = &terminal->judgement->grade_reasons;

    if (all->count > 0)
        heading(terminal, "What set the grade");
    for (size_t i = 0; i < all->count && told->count < REASONS_SHOWN; i++) {
        const struct grade_reason *now = all->items[i];
        const struct finding_group *group = group_of(groups, now->finding);
        bool seen = !group;

        for (size_t j = 0; j < told->count && !seen; j++)
            seen = told->items[j] == group;
        if (seen)
            continue;
        reason(terminal, group, now->cap);
        if (list_add(told, terminal->arena, (struct finding_group *)(uintptr_t)group) < 0)
            return;
    }
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
        bool seen = false;

        for (size_t j = 0; j < told->count && !seen; j++)
            seen = told->items[j] == group;
        if (seen)
            continue;
        if (shown_count == room) {
            left++;
            continue;
        }
        if (shown_count++ == 0)
            heading(terminal, told->count > 0 ? "Also to repair or improve" : "To repair or improve");
        group_line(terminal, group);
    }
    if (left > 0)
        put_line(terminal, INDENT, dim, arena_format(terminal->arena, "and %zu more", left));
}

static void not_tested(struct terminal *terminal)
{
    struct list groups;

    if (finding_groups(terminal->judgement, OUTCOME_NOT_TESTED, SAME_REASON, terminal->arena, &groups) < 0 ||
        groups.count == 0)
        return;
    heading(terminal, "Not tested");
    for (size_t i = 0; i < groups.count && i < NOT_TESTED_SHOWN; i++) {
        const struct finding_group *group = groups.items[i];

        size_t checks = finding_group_checks(group);

        put_mark(terminal, OUTCOME_NOT_TESTED);
        put_wrapped(terminal, INDENT, INDENT, NULL,
                    arena_format(terminal->arena, "%s: %zu %s, %s",
                                 shown(terminal, finding_reason(group->first, terminal->arena)), checks,
                                 checks == 1 ? "check" : "checks", brief_where(terminal, group)),
                    2);
    }
    if (groups.count > NOT_TESTED_SHOWN)
        put_line(terminal, INDENT, dim,
                 arena_format(terminal->arena, "and %zu more", groups.count - NOT_TESTED_SHOWN));
}

static void labelled(struct terminal *terminal, const char *label, const char *text)
{
    put(terminal, bold, label);
    put_wrapped(terminal, strlen(label), INDENT, NULL, text, 4);
}

static void next_lines(struct terminal *terminal, const struct list *groups, const char *report_file)
{
    const struct vantage_facts *vantage = terminal->judgement->scan->vantage;

    end_line(terminal);
    if (groups->count > 0) {
        const struct finding_group *worst = groups->items[0];

        labelled(terminal, "Next: ",
                 arena_format(terminal->arena, "repair this, then scan again. More: outpost explain %s",
                              worst->first->check->id));
    } else if (vantage && vantage->port_25 == PORT_25_BLOCKED) {
        labelled(terminal, "Next: ", "scan from a host whose network lets port 25 out");
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

    put_spaces(terminal, INDENT);
    put(terminal, dim, label);
    put_wrapped(terminal, column, column, NULL, text, SIZE_MAX);
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
            put_wrapped(terminal, 0, INDENT + 5 + (spaces > 0 && spaces < length ? 2 : 0), NULL,
                        line ? line + strspn(line, " \t") : NULL, SIZE_MAX);
        label = "";
        step += length + (step[length] == '\n');
    }
}

static void long_finding(struct terminal *terminal, const struct finding_group *group)
{
    const struct finding *finding = group->first;
    bool same = finding_group_same_evidence(group);

    put_mark(terminal, finding->outcome);
    put_wrapped(terminal, INDENT, INDENT, bold, finding->title, SIZE_MAX);
    put_wrapped(terminal, 0, INDENT, dim, finding->check->id, SIZE_MAX);
    if (finding->why)
        put_wrapped(terminal, 0, INDENT, NULL, finding->why, SIZE_MAX);
    for (size_t i = 0; i < group->members.count; i++) {
        const struct finding *member = group->members.items[i];

        long_text(terminal, "At: ", member->subject.text);
        for (size_t j = 0; j < member->evidence.count && (!same || i + 1 == group->members.count); j++)
            long_text(terminal, "Seen: ", member->evidence.items[j]);
    }
    for (size_t i = 0; i < finding->fix.count; i++)
        long_fix(terminal, step_text(terminal, finding->fix.items[i]));
    if (finding->reference)
        long_text(terminal, "Source: ", finding->reference);
    end_line(terminal);
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
        put_line(terminal, 0, bold, order[i].title);
        for (size_t j = 0; j < groups.count; j++)
            long_finding(terminal, groups.items[j]);
    }
}

/* One line for each port: who would agree on TLS with it. */
static void clients(struct terminal *terminal)
{
    const struct observed_facts *facts = terminal->judgement->scan->facts;
    struct list all;
    bool told = false;

    if (!facts || mail_clients(terminal->arena, &all) < 0)
        return;
    for (size_t i = 0; i < facts->endpoints.count; i++) {
        const struct endpoint_facts *endpoint = facts->endpoints.items[i];
        struct client_meeting meeting;
        const char *words;

        if (client_meet(terminal->arena, endpoint, &all, &meeting) < 0 || meeting.results.count == 0)
            continue;
        words = client_meeting_words(terminal->arena, &meeting, true);
        if (!told)
            put_line(terminal, 0, bold, "Which clients connect (computed)");
        told = true;
        put_wrapped(terminal, 0, 2, NULL,
                    arena_format(terminal->arena,
                                 strchr(endpoint->address ? endpoint->address : "", ':') ? "[%s]:%lld: %s"
                                                                                         : "%s:%lld: %s",
                                 endpoint->address ? endpoint->address : "?", (long long)endpoint->port.value,
                                 words ? words : ""),
                    SIZE_MAX);
    }
    if (told)
        end_line(terminal);
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
    if (work_to_do(&terminal, &groups) == 0) {
        if (options->verbose) {
            every_finding(&terminal);
            clients(&terminal);
        }
        terminal.lines = 0;
        target_lines(&terminal);
        grade_lines(&terminal);
        reasons(&terminal, &groups, &told);
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
        return arena_format(terminal->arena, ": %s, %s", shown(terminal, group->first->title),
                            brief_where(terminal, group));
    }
    if (terminal->judgement->grade ||
        finding_groups(terminal->judgement, OUTCOME_NOT_TESTED, SAME_REASON, terminal->arena, &groups) < 0 ||
        groups.count == 0)
        return "";
    group = groups.items[0];
    return arena_format(terminal->arena, ": %s",
                        shown(terminal, finding_reason(group->first, terminal->arena)));
}

void report_terminal_line(const struct judgement *judgement, const struct terminal_options *options, FILE *to)
{
    const struct scan_facts *scan = judgement->scan;
    struct terminal terminal;
    const char *grade, *worst, *rest;

    if (!open_terminal(&terminal, judgement, options, to))
        return;
    grade = shown(&terminal,
                  judgement->grade ? arena_format(terminal.arena, "grade %s", judgement->grade) : "no grade");
    worst = worst_in_short(&terminal);
    rest = arena_format(terminal.arena, "  %s  %zu fail, %zu warn%s%s",
                        shown(&terminal, scan->target_display ? scan->target_display : scan->target),
                        judgement->counts[OUTCOME_FAIL], judgement->counts[OUTCOME_WARN],
                        scan->complete == YES ? "" : ", incomplete", worst ? worst : "");
    rest = rest ? display_cut(terminal.arena, rest, terminal.width - display_width(grade)) : NULL;
    put(&terminal, grade_style(judgement->grade), grade);
    put(&terminal, NULL, rest ? rest : "");
    fputc('\n', to);
    arena_free(terminal.arena);
}
