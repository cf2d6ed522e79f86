/*
 * text.c - the one place where text from a peer is made harmless, and small helpers on texts
 */
#include "scanner/base/text.h"

#include "scanner/base/arena.h"
#include "scanner/base/list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char ellipsis[] = "\xe2\x80\xa6";
static const char hex_digits[] = "0123456789abcdef";

/* ---- making text harmless ---- */

/* Characters that a terminal or a reader could be deceived with. */
static bool is_harmful(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1f},       /* C0 controls */
        {0x7f, 0x9f},       /* DEL, C1 controls */
        {0x61c, 0x61c},     /* Arabic letter mark */
        {0x180e, 0x180e},   /* Mongolian vowel separator */
        {0x200b, 0x200b},   /* zero width space; the joiners behind it are part of real scripts */
        {0x200e, 0x200f},   /* left-to-right and right-to-left marks */
        {0x2028, 0x202e},   /* line and paragraph separators, bidirectional embeddings and overrides */
        {0x2060, 0x206f},   /* word joiner, invisible operators, bidirectional isolates */
        {0xfdd0, 0xfdef},   /* noncharacters */
        {0xfeff, 0xfeff},   /* byte order mark */
        {0xfff9, 0xfffb},   /* interlinear annotation */
        {0xe0000, 0xe007f}, /* tags */
    };

    if (character >= ' ' && character <= '~') /* what most text is made of */
        return false;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return (character & 0xfffe) == 0xfffe; /* the last two of each plane */
}

/* Length of the valid UTF-8 character (RFC 3629) at `data`, 0 when there is none. */
static size_t decode(const uint8_t *data, size_t size, uint32_t *ret)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = data[0];
    size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t character = length == 1 ? first : first & (0x7fU >> length);

    if (length == 0 || length > size || first > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (data[i] & 0x3fU);
    }
    if (character < smallest[length] || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
        return 0;
    *ret = character;
    return length;
}

enum { PIECE_SIZE = 4 * 4 };

/* Cleans what comes next (one character or one bad byte) into `piece`. */
static size_t clean_piece(const uint8_t *data, size_t size, bool again, char piece[static PIECE_SIZE],
                          size_t *ret_taken)
{
    uint32_t character = 0;
    size_t length = decode(data, size, &character);
    size_t written = 0;

    *ret_taken = length == 0 ? 1 : length;
    if (character == '\\' && !again) {
        memcpy(piece, "\\\\", 2);
        return 2;
    }
    if (length > 0 && !is_harmful(character)) {
        memcpy(piece, data, length);
        return length;
    }
    for (size_t i = 0; i < *ret_taken; i++) {
        piece[written++] = '\\';
        piece[written++] = 'x';
        piece[written++] = hex_digits[data[i] >> 4];
        piece[written++] = hex_digits[data[i] & 15];
    }
    return written;
}

/* Cleans into `to` (NULL: only counts), never cutting a piece; true when all of it fitted into `limit`. */
static bool clean_into(const uint8_t *data, size_t size, size_t limit, bool again, char *to, size_t *ret_size)
{
    char piece[PIECE_SIZE];
    size_t written = 0;

    for (size_t at = 0, taken; at < size; at += taken) {
        size_t length = clean_piece(data + at, size - at, again, piece, &taken);

        if (limit != 0 && length > limit - written) {
            *ret_size = written;
            return false;
        }
        if (to != NULL)
            memcpy(to + written, piece, length);
        written += length;
    }
    *ret_size = written;
    return true;
}

static char *clean(struct arena *arena, const uint8_t *data, size_t size, size_t limit, bool again)
{
    size_t length;
    bool whole = clean_into(data, size, limit, again, NULL, &length);
    char *text = arena_alloc(arena, length + sizeof(ellipsis));

    if (text == NULL)
        return NULL;
    clean_into(data, size, limit, again, text, &length);
    if (!whole)
        memcpy(text + length, ellipsis, sizeof(ellipsis));
    return text;
}

char *text_clean(struct arena *arena, const void *data, size_t size, size_t limit)
{
    return clean(arena, data, size, limit, false);
}

char *text_clean_again(struct arena *arena, const void *data, size_t size, size_t limit)
{
    return clean(arena, data, size, limit, true);
}

/* ---- comparing ---- */

static char lower(char character)
{
    return character >= 'A' && character <= 'Z' ? (char)(character - 'A' + 'a') : character;
}

static bool same(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/* Most texts that are compared differ early. */
bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

bool text_starts_with(const char *text, const char *prefix)
{
    size_t size = strlen(prefix);

    return strlen(text) >= size && same(text, prefix, size);
}

bool text_ends_with(const char *text, const char *suffix)
{
    size_t text_size = strlen(text), size = strlen(suffix);

    return text_size >= size && same(text + (text_size - size), suffix, size);
}

static size_t name_size(const char *name)
{
    size_t size = strlen(name);

    return size > 0 && name[size - 1] == '.' ? size - 1 : size;
}

bool text_same_name(const char *a, const char *b)
{
    size_t size = name_size(a);

    return name_size(b) == size && same(a, b, size);
}

/* ---- numbers and times ---- */

int text_number(const char *text, int64_t minimum, int64_t maximum, int64_t *ret)
{
    bool negative = text[0] == '-';
    bool too_large = false;
    int64_t value = 0;

    text += negative;
    if (*text == '\0')
        return -EINVAL;
    for (; *text != '\0'; text++) {
        int digit = *text - '0';

        if (digit < 0 || digit > 9)
            return -EINVAL;
        /* Counted below zero, where there is one more. */
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value))
            too_large = true;
    }
    if (too_large || (!negative && value == INT64_MIN))
        return -ERANGE;
    if (!negative)
        value = -value;
    if (value < minimum || value > maximum)
        return -ERANGE;
    *ret = value;
    return 0;
}

static const char time_format[] = "%04d-%02d-%02dT%02d:%02d:%02dZ";
enum { TIME_SIZE = sizeof("2026-11-22T12:00:00Z") };

char *text_time(struct arena *arena, int64_t seconds)
{
    time_t time = seconds;
    struct tm parts;

    if (gmtime_r(&time, &parts) == NULL || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900)
        return NULL;
    return arena_format(arena, time_format, parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                        parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/* The next digits of `*text`, which must be followed by `end`; -1 when they are not. */
static int take_digits(const char **text, int count, char end)
{
    int value = 0;

    for (int i = 0; i < count; i++, ++*text) {
        if (**text < '0' || **text > '9')
            return -1;
        value = 10 * value + (**text - '0');
    }
    return *(*text)++ == end ? value : -1;
}

int text_parse_time(const char *text, int64_t *ret)
{
    struct tm parts = {0}, again;
    time_t time;

    if (strlen(text) != TIME_SIZE - 1)
        return -EINVAL;
    parts.tm_year = take_digits(&text, 4, '-') - 1900;
    parts.tm_mon = take_digits(&text, 2, '-') - 1;
    parts.tm_mday = take_digits(&text, 2, 'T');
    parts.tm_hour = take_digits(&text, 2, ':');
    parts.tm_min = take_digits(&text, 2, ':');
    parts.tm_sec = take_digits(&text, 2, 'Z');
    again = parts;
    time = timegm(&again);
    /* timegm puts right what is out of range (a 30th of February, and the -1 of bad digits). */
    if (again.tm_year != parts.tm_year || again.tm_mon != parts.tm_mon || again.tm_mday != parts.tm_mday ||
        again.tm_hour != parts.tm_hour || again.tm_min != parts.tm_min || again.tm_sec != parts.tm_sec ||
        parts.tm_year < -1900)
        return -EINVAL;
    *ret = time;
    return 0;
}

/* ---- base64, hex ---- */

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *text_base64(struct arena *arena, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    char *text = size > SIZE_MAX / 2 ? NULL : arena_alloc(arena, (size + 2) / 3 * 4 + 1);
    char *to = text;

    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16 | (uint32_t)(left > 1 ? bytes[i + 1] : 0) << 8 |
                         (left > 2 ? bytes[i + 2] : 0U);

        *to++ = base64_digits[group >> 18];
        *to++ = base64_digits[group >> 12 & 63];
        *to++ = left > 1 ? base64_digits[group >> 6 & 63] : '=';
        *to++ = left > 2 ? base64_digits[group & 63] : '=';
    }
    return text;
}

/* RFC 4648 section 4, strict: padded, no other characters, no bits set behind the end. */
int text_parse_base64(struct arena *arena, const char *text, uint8_t **ret_data, size_t *ret_size)
{
    size_t length = strlen(text);
    size_t padding = 0;
    uint32_t group = 0;
    uint8_t *data, *to;

    if (length % 4 != 0)
        return -EINVAL;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    data = to = arena_alloc(arena, length / 4 * 3);
    if (data == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < length; i++) {
        const char *digit = i >= length - padding ? base64_digits : strchr(base64_digits, text[i]);

        if (digit == NULL)
            return -EINVAL;
        group = group << 6 | (uint32_t)(digit - base64_digits);
        if (i % 4 != 3)
            continue;
        *to++ = (uint8_t)(group >> 16);
        *to++ = (uint8_t)(group >> 8);
        *to++ = (uint8_t)group;
    }
    for (size_t i = 1; i <= padding; i++)
        if (to[-(ptrdiff_t)i] != 0)
            return -EINVAL;
    *ret_data = data;
    *ret_size = length / 4 * 3 - padding;
    return 0;
}

char *text_hex(struct arena *arena, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    char *text = size > SIZE_MAX / 4 ? NULL : arena_alloc(arena, 2 * size + 1);

    for (size_t i = 0; text != NULL && i < size; i++) {
        text[2 * i] = hex_digits[bytes[i] >> 4];
        text[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
    return text;
}

char *text_join(struct arena *arena, const struct list *texts, const char *separator)
{
    size_t gap = strlen(separator), size = 1;
    char *text, *to;

    for (size_t i = 0; i < texts->count; i++)
        size += strlen(texts->items[i]) + gap;
    text = to = arena_alloc(arena, size);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < texts->count; i++) {
        if (i > 0)
            to = mempcpy(to, separator, gap);
        to = mempcpy(to, texts->items[i], strlen(texts->items[i]));
    }
    return text;
}
