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

/* What can stand between quotes. Texts of the facts have their backslashes doubled, as a zone wants them. */
static void put_string(struct buffer *out, const char *text, size_t size)
{
    put_u8(out, '"');
    for (size_t i = 0; i < size; i++) {
        bool doubled = text[i] == '\\' && i + 1 < size && text[i + 1] == '\\';

        if (text[i] == '"' || text[i] == '\\')
            put_u8(out, '\\');
        put_u8(out, (uint8_t)text[i]);
        if (doubled)
            i++;
    }
    put_u8(out, '"');
}

/* Of the next string: behind a space where one stands in the later half, else anywhere but in an escape. */
static size_t string_size(const char *text, size_t size)
{
    size_t end = STRING_SIZE;

    if (size <= STRING_SIZE)
        return size;
    while (end > STRING_SIZE / 2 && text[end - 1] != ' ')
        end--;
    if (end > STRING_SIZE / 2)
        return end;
    for (end = STRING_SIZE; end > 1 && text[end - 1] == '\\';)
        end--;
    return end;
}

const char *txt_record_lines(struct judgement *judgement, const char *owner, const char *text)
{
    size_t left = strlen(text), size;
    bool several = left > STRING_SIZE;
    struct buffer out = {0};
    const char *lines = NULL;

    if (!is_owner(owner))
        return NULL;
    put_format(&out, "  %s. IN TXT ", owner);
    if (several)
        put_text(&out, "(");
    do {
        if (several)
            put_text(&out, "\n    ");
        size = string_size(text, left);
        put_string(&out, text, size);
        text += size;
        left -= size;
    } while (left > 0);
    if (several)
        put_text(&out, " )");
    if (!out.failed)
        lines = arena_text_sized(judgement->arena, (const char *)out.data, out.size);
    buffer_free(&out);
    return kept(judgement, lines);
}
