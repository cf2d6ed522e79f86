/*
 * terminal_tls.c - the TLS grades of the ports on a terminal: one line in short, or each port with its reasons
 */
#include "reports/terminal_writer.h"

#include "reports/tls_grade.h"
#include "scanner/base/arena.h"

#include <string.h>

/* The worst first; the last is none. */
static const char *const letters[] = {"F", "E", "D", "C", "B", "A-", "A", "A+", NULL};

static bool has_letter(const struct endpoint_grade *endpoint, const char *letter)
{
    if (!endpoint->tls)
        return false;
    if (!letter || !endpoint->tls->letter)
        return letter == endpoint->tls->letter;
    return strcmp(endpoint->tls->letter, letter) == 0;
}

/* "25, 465 and 993": the ports with this grade on any address, each once; NULL: none. */
static const char *ports_with(struct terminal *terminal, const char *letter)
{
    const struct list *all = &terminal->judgement->endpoint_grades;
    const char *text = NULL;

    for (size_t i = 0; i < all->count; i++) {
        const struct endpoint_grade *endpoint = all->items[i];
        bool seen = false;

        if (!has_letter(endpoint, letter))
            continue;
        for (size_t j = 0; j < i && !seen; j++) {
            const struct endpoint_grade *before = all->items[j];

            seen = before->port == endpoint->port && has_letter(before, letter);
        }
        if (!seen)
            text = arena_format(terminal->arena, "%s%s%lld", text ? text : "", text ? ", " : "",
                                (long long)endpoint->port);
    }
    return text;
}

void terminal_tls_grades(struct terminal *terminal)
{
    struct terminal_flow state = {.column = 0, .indent = 0};
    bool any = false;

    for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++) {
        const char *ports = ports_with(terminal, letters[i]);
        const char *text =
            ports ? arena_format(terminal->arena, "%s on %s", letters[i] ? letters[i] : "not graded", ports)
                  : NULL;

        if (!text)
            continue;
        if (!any)
            terminal_flow(terminal, &state, "", NULL, "TLS of ports");
        terminal_flow(terminal, &state, "   ", terminal_grade_style(letters[i]),
                      terminal_shown(terminal, text));
        any = true;
    }
    if (any)
        terminal_end_line(terminal);
}

/* ---- verbose ---- */

static const char *points(struct terminal *terminal, const struct tls_score_part *part)
{
    const char *text =
        part->points.known ? arena_format(terminal->arena, "%lld", (long long)part->points.value) : "?";

    return text ? text : "?";
}

static void port_lines(struct terminal *terminal, const struct endpoint_grade *endpoint)
{
    const struct tls_grade *grade = endpoint->tls;
    const char *letter = grade->letter ? grade->letter : "none";
    const char *address = endpoint->address ? endpoint->address : "?";
    bool bracketed = strchr(address, ':') != NULL;
    struct tls_score_part total = {.points = grade->score};

    terminal_spaces(terminal, 2);
    terminal_put(terminal, terminal_grade_style(grade->letter), letter);
    terminal_spaces(terminal, TERMINAL_INDENT - 2 - strlen(letter));
    terminal_wrapped(
        terminal, TERMINAL_INDENT, TERMINAL_INDENT, terminal_bold,
        arena_format(terminal->arena, "%s%s%s:%lld, score %s: protocol %s, key exchange %s, cipher %s",
                     bracketed ? "[" : "", address, bracketed ? "]" : "", (long long)endpoint->port,
                     points(terminal, &total), points(terminal, &grade->protocol),
                     points(terminal, &grade->key_exchange), points(terminal, &grade->cipher)),
        SIZE_MAX);
    for (size_t i = 0; i < grade->caps.count; i++) {
        const struct tls_cap *cap = grade->caps.items[i];

        terminal_wrapped(terminal, 0, TERMINAL_INDENT, NULL,
                         cap->letter
                             ? arena_format(terminal->arena, "no better than %s: %s", cap->letter, cap->text)
                             : arena_format(terminal->arena, "noted: %s", cap->text),
                         SIZE_MAX);
    }
    if (!grade->letter)
        terminal_wrapped(
            terminal, 0, TERMINAL_INDENT, NULL,
            arena_format(terminal->arena, "no better than %s for what is known", grade->no_better_than),
            SIZE_MAX);
    for (size_t i = 0; i < grade->untested.count; i++)
        terminal_wrapped(
            terminal, 0, TERMINAL_INDENT, terminal_dim,
            arena_format(terminal->arena, "not tested: %s", (const char *)grade->untested.items[i]),
            SIZE_MAX);
}

void terminal_tls_ports(struct terminal *terminal)
{
    const struct list *all = &terminal->judgement->endpoint_grades;
    bool any = false;

    for (size_t i = 0; i < all->count; i++) {
        const struct endpoint_grade *endpoint = all->items[i];

        if (!endpoint->tls)
            continue;
        if (!any)
            terminal_line(terminal, 0, terminal_bold, "TLS of each port");
        any = true;
        port_lines(terminal, endpoint);
    }
    if (any)
        terminal_end_line(terminal);
}
