/*
 * json_writer.c - JSON as text, piece by piece into a buffer
 */
#include "scanner/base/json_writer.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

static void put_line_end(struct json_writer *writer)
{
    if (writer->one_line)
        return;
    put_u8(writer->to, '\n');
    for (size_t i = 0; i < writer->depth; i++)
        put_block(writer->to, "  ", 2);
}

/* What stands between this item and the one before it, or the bracket. */
static void put_gap(struct json_writer *writer)
{
    if (writer->filled)
        put_u8(writer->to, ',');
    if (writer->depth > 0)
        put_line_end(writer);
    writer->filled = true;
}

static void begin_value(struct json_writer *writer)
{
    if (!writer->named)
        put_gap(writer);
    writer->named = false;
}

void json_open(struct json_writer *writer, char bracket)
{
    begin_value(writer);
    put_u8(writer->to, (uint8_t)bracket);
    writer->depth++;
    writer->filled = false;
}

void json_close(struct json_writer *writer, char bracket)
{
    writer->depth--;
    if (writer->filled)
        put_line_end(writer);
    put_u8(writer->to, (uint8_t)bracket);
    writer->filled = true;
}

/* ---- texts ---- */

static void put_escape(struct buffer *to, uint8_t character)
{
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *found = memchr(escaped, character, sizeof(escaped) - 1);

    if (found != NULL) {
        put_u8(to, '\\');
        put_u8(to, (uint8_t)letters[found - escaped]);
    } else {
        put_format(to, "\\u%04X", character);
    }
}

static bool is_plain(uint8_t character)
{
    return character >= ' ' && character < 0x80 && character != '"' && character != '\\';
}

/* False at the first byte that is not UTF-8: then only a part has been put. */
static bool put_escaped(struct buffer *to, const char *text)
{
    size_t size = strlen(text);

    for (size_t at = 0, length; at < size; at += length) {
        const uint8_t *rest = (const uint8_t *)text + at;

        length = 0;
        while (is_plain(rest[length])) /* nor is the NUL */
            length++;
        if (length == 0 && *rest < 0x80) {
            put_escape(to, *rest);
            length = 1;
            continue;
        }
        if (length == 0)
            length = text_character_size(rest, size - at);
        if (length == 0)
            return false;
        put_block(to, rest, length);
    }
    return true;
}

static void put_cleaned(struct buffer *to, const char *text)
{
    struct arena *arena = arena_new(0);
    const char *clean = arena == NULL ? NULL : text_clean_again(arena, text, strlen(text), 0);

    if (clean != NULL)
        put_escaped(to, clean);
    else
        to->failed = true;
    arena_free(arena);
}

static void put_quoted(struct buffer *to, const char *text)
{
    size_t before;

    put_u8(to, '"');
    before = to->size;
    if (!put_escaped(to, text)) {
        to->size = before;
        put_cleaned(to, text);
    }
    put_u8(to, '"');
}

void json_name(struct json_writer *writer, const char *name)
{
    put_gap(writer);
    put_quoted(writer->to, name);
    put_text(writer->to, writer->one_line ? ":" : ": ");
    writer->named = true;
}

/* ---- values ---- */

void json_put_text(struct json_writer *writer, const char *text)
{
    if (text == NULL) {
        json_put_null(writer);
        return;
    }
    begin_value(writer);
    put_quoted(writer->to, text);
}

void json_put_integer(struct json_writer *writer, int64_t value)
{
    begin_value(writer);
    put_format(writer->to, "%lld", (long long)value);
}

void json_put_boolean(struct json_writer *writer, bool value)
{
    begin_value(writer);
    put_text(writer->to, value ? "true" : "false");
}

void json_put_null(struct json_writer *writer)
{
    begin_value(writer);
    put_text(writer->to, "null");
}
