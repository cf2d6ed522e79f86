/*
 * zone_file_text.c - the text of a zone file as lines of one record each
 *
 *   @ IN SOA ns1 admin (   ; the serial number is next
 *           2026112201     -->  "@ IN SOA ns1 admin  2026112201 ..."
 *           ...
 *
 * RFC 1035 5.1. What stands in quotes or behind a backslash is left alone.
 */
#include "scanner/net/zone_file_internal.h"

#include <errno.h>

enum { DELETE = 0x7f };

struct state {
    bool quoted, escaped, comment;
    unsigned brackets;
    const char *why;
};

static bool is_forbidden(uint8_t byte)
{
    return (byte < ' ' && byte != '\t' && byte != '\r' && byte != '\n') || byte == DELETE;
}

/* The end of a line of text; true when the record goes on. */
static bool goes_on(struct state *state)
{
    if (state->quoted || state->escaped)
        state->why = "a text in quotes, or a backslash, at the end of a line";
    state->comment = false;
    return state->brackets > 0;
}

static void take_plain(struct state *state, uint8_t byte, struct buffer *out)
{
    switch (byte) {
    case ';':
        state->comment = true;
        return;
    case '(':
        state->brackets++;
        put_u8(out, ' ');
        return;
    case ')':
        if (state->brackets == 0)
            state->why = "a ) without its (";
        else
            state->brackets--;
        put_u8(out, ' ');
        return;
    default:
        put_u8(out, byte == '\t' || byte == '\r' ? ' ' : byte);
    }
}

static void take_byte(struct state *state, uint8_t byte, struct buffer *out)
{
    if (state->comment)
        return;
    if (is_forbidden(byte)) {
        state->why = "a control character";
    } else if (state->escaped) {
        state->escaped = false;
        put_u8(out, byte);
    } else if (byte == '\\') {
        state->escaped = true;
        put_u8(out, byte);
    } else if (byte == '"') {
        state->quoted = !state->quoted;
        put_u8(out, byte);
    } else if (state->quoted) {
        put_u8(out, byte);
    } else {
        take_plain(state, byte, out);
    }
}

static bool is_blank(const struct buffer *line)
{
    for (size_t i = 0; i < line->size; i++)
        if (line->data[i] != ' ')
            return false;
    return true;
}

int zone_text_next(struct zone_text *text, struct buffer *out, int *ret_number, const char **ret_why)
{
    struct state state = {0};

    out->size = 0;
    out->limit = ZONE_LINE_MAX;
    *ret_number = text->line;
    while (text->rest.size > 0 && state.why == NULL && !out->failed) {
        uint8_t byte = take_u8(&text->rest);
        bool end = byte == '\n';

        if (!end)
            take_byte(&state, byte, out);
        else if (goes_on(&state))
            put_u8(out, ' ');
        text->line += end;
        if (!end || state.why != NULL || state.brackets > 0)
            continue;
        if (!is_blank(out))
            break;
        out->size = 0;
        *ret_number = text->line;
    }
    if (state.why == NULL && text->rest.size == 0 && (state.quoted || state.escaped || state.brackets > 0))
        state.why = "the file ends in the middle of a record";
    if (state.why == NULL && out->failed)
        state.why = "a record of more than 60 KiB";
    *ret_why = state.why;
    if (state.why != NULL)
        return -EBADMSG;
    if (is_blank(out))
        return 0;
    put_u8(out, '\0');
    return out->failed ? -EBADMSG : 1;
}
