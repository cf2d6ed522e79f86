/*
 * terminal_writer.h - lines on a terminal: no wider than it is, no control character of a peer in them
 */
#ifndef OUTPOST_REPORTS_TERMINAL_WRITER_H
#define OUTPOST_REPORTS_TERMINAL_WRITER_H

#include "reports/judgement.h"

#include <stdio.h>

struct arena;

struct terminal {
    FILE *to;
    struct arena *arena;
    const struct judgement *judgement;
    size_t width;
    bool color;
    size_t lines; /* written so far */
};

enum { TERMINAL_INDENT = 8 }; /* where titles begin */

/* Styles, and that of a grade; NULL is a grade that could not be given. */
extern const char terminal_bold[], terminal_dim[];
const char *terminal_grade_style(const char *grade);

void terminal_put(struct terminal *terminal, const char *style, const char *text);
void terminal_end_line(struct terminal *terminal);
void terminal_spaces(struct terminal *terminal, size_t count);
/* A text for this terminal; what memory does not allow is left out. */
const char *terminal_shown(struct terminal *terminal, const char *text);
/* `text` in at most `lines` lines that begin at column `indent`; the cursor stands at `column`. */
void terminal_wrapped(struct terminal *terminal, size_t column, size_t indent, const char *style,
                      const char *text, size_t lines);
void terminal_line(struct terminal *terminal, size_t indent, const char *style, const char *text);
void terminal_heading(struct terminal *terminal, const char *text);

/* Pieces that stay whole, as many in a line as there is room for. */
struct terminal_flow {
    size_t column;
    size_t indent;
};
void terminal_flow(struct terminal *terminal, struct terminal_flow *state, const char *gap, const char *style,
                   const char *text);

/* terminal_tls.c: the TLS grades of the ports, in short and port by port. */
void terminal_tls_grades(struct terminal *terminal);
void terminal_tls_ports(struct terminal *terminal);
/* terminal_clients.c: one line for each port. */
void terminal_clients(struct terminal *terminal);

#endif
