/*
 * terminal_writer.c - lines on a terminal: no wider than it is, no control character of a peer in them
 */
#include "reports/terminal_writer.h"

#include "reports/display.h"
#include "scanner/base/arena.h"

#include <string.h>

const char terminal_bold[] = "1";
const char terminal_dim[] = "2";

const char *terminal_grade_style(const char *grade)
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
        return terminal_dim;
    }
}

void terminal_put(struct terminal *terminal, const char *style, const char *text)
{
    if (terminal->color && style)
        fprintf(terminal->to, "\x1b[%sm%s\x1b[0m", style, text);
    else
        fputs(text, terminal->to);
}

void terminal_end_line(struct terminal *terminal)
{
    fputc('\n', terminal->to);
    terminal->lines++;
}

void terminal_spaces(struct terminal *terminal, size_t count)
{
    fprintf(terminal->to, "%*s", (int)count, "");
}

/* A text for this terminal; what memory does not allow is left out. */
const char *terminal_shown(struct terminal *terminal, const char *text)
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
void terminal_wrapped(struct terminal *terminal, size_t column, size_t indent, const char *style,
                      const char *text, size_t lines)
{
    const char *rest = terminal_shown(terminal, text);

    for (size_t line = 1;; line++) {
        size_t room = terminal->width - (column > indent ? column : indent);
        size_t size = line_size(rest, room);
        const char *part;

        terminal_spaces(terminal, column < indent ? indent - column : 0);
        if (line == lines && rest[size])
            part = display_cut(terminal->arena, rest, room);
        else
            part = arena_text_sized(terminal->arena, rest, trimmed(rest, size));
        terminal_put(terminal, style, part ? part : "");
        terminal_end_line(terminal);
        rest += size;
        rest += strspn(rest, " ");
        if (line == lines || !*rest || size == 0)
            return;
        column = 0;
    }
}

void terminal_line(struct terminal *terminal, size_t indent, const char *style, const char *text)
{
    terminal_wrapped(terminal, 0, indent, style, text, 1);
}

void terminal_heading(struct terminal *terminal, const char *text)
{
    terminal_end_line(terminal);
    terminal_line(terminal, 0, terminal_bold, text);
}

void terminal_flow(struct terminal *terminal, struct terminal_flow *state, const char *gap, const char *style,
                   const char *text)
{
    const char *piece = display_cut(terminal->arena, text, terminal->width - state->indent);
    size_t width = display_width(piece ? piece : "");
    size_t gap_width = state->column > state->indent ? strlen(gap) : 0;

    if (state->column > state->indent && state->column + gap_width + width > terminal->width) {
        terminal_end_line(terminal);
        terminal_spaces(terminal, state->indent);
        state->column = state->indent;
        gap_width = 0;
    }
    if (gap_width > 0)
        fputs(gap, terminal->to);
    terminal_put(terminal, style, piece ? piece : "");
    state->column += gap_width + width;
}
