/*
 * txt_record.c - splits a text into the strings of a TXT record (RFC 1035 3.3.14, RFC 7208 3.3)
 */
#include "reports/txt_record.h"

#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/bytes.h"

#include <string.h>

enum { STRING_SIZE = 200 }; /* at most 255; leaves room for a hand that adds something */

static bool is_owner(const char *name)
{
    return name != NULL && name[0] != '\0' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0';
}

static void put_string(struct buffer *out, const char *text, size_t size)
{
    put_u8(out, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"' || text[i] == '\\')
            put_u8(out, '\\');
        put_u8(out, (uint8_t)text[i]);
    }
    put_u8(out, '"');
}

const char *txt_record_lines(struct judgement *judgement, const char *owner, const char *text)
{
    size_t size = strlen(text);
    struct buffer out = {0};
    const char *lines = NULL;

    if (!is_owner(owner))
        return NULL;
    put_format(&out, "  %s. IN TXT ", owner);
    if (size > STRING_SIZE)
        put_text(&out, "(");
    for (size_t at = 0; at < size || at == 0; at += STRING_SIZE) {
        if (size > STRING_SIZE)
            put_text(&out, "\n    ");
        put_string(&out, text + at, size - at < STRING_SIZE ? size - at : STRING_SIZE);
    }
    if (size > STRING_SIZE)
        put_text(&out, " )");
    if (!out.failed)
        lines = arena_text_sized(judgement->arena, (const char *)out.data, out.size);
    buffer_free(&out);
    return kept(judgement, lines);
}
