/*
 * display.c - what every report for people needs: harmless text, its width, dates and lengths of time in
 * words
 */
#include "reports/display.h"

#include "scanner/base/arena.h"
#include "scanner/base/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct range {
    uint32_t first, last;
};

/* Takes no column: combining marks, joiners, variation selectors of the scripts that occur in names. */
static const struct range zero_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},   {0x064b, 0x065f},
    {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x06df, 0x06e4}, {0x06e7, 0x06e8},   {0x06ea, 0x06ed},
    {0x0900, 0x0902}, {0x093a, 0x093a}, {0x093c, 0x093c}, {0x0941, 0x0948},   {0x094d, 0x094d},
    {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x2060, 0x2064}, {0x20d0, 0x20f0}, {0x302a, 0x302d},   {0x3099, 0x309a},
    {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0100, 0xe01ef},
};

/* Takes two columns: East Asian Width W and F (UAX 11), and what terminals draw as emoji. */
static const struct range double_width[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x2614, 0x2615},
    {0x26a1, 0x26a1},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2753, 0x2755},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static int range_compare(const void *key, const void *element)
{
    uint32_t character = *(const uint32_t *)key;
    const struct range *range = element;

    return character < range->first ? -1 : character > range->last;
}

static bool in_ranges(uint32_t character, const struct range *ranges, size_t count)
{
    return bsearch(&character, ranges, count, sizeof(*ranges), range_compare);
}

/* The character at `text` and how many bytes it takes; 0 bytes when this is not well-formed UTF-8 (Unicode
 * table 3-7). */
static size_t character_at(const char *text, uint32_t *ret)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t character = bytes[0];
    size_t size = character < 0x80   ? 1
                  : character < 0xc2 ? 0
                  : character < 0xe0 ? 2
                  : character < 0xf0 ? 3
                                     : 4;

    if (size == 0 || character > 0xf4)
        return 0;
    if (size > 1)
        character &= 0x7fU >> size;
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (bytes[i] & 0x3f);
    }
    if ((size == 3 && character < 0x800) || (size == 4 && character < 0x10000) || character > 0x10ffff ||
        (character >= 0xd800 && character <= 0xdfff))
        return 0;
    *ret = character;
    return size;
}

static bool harmless(uint32_t character)
{
    if (character < 0x20)
        return character == '\t' || character == '\n';
    if (character >= 0x7f && character <= 0x9f)
        return false;
    if (character == 0x061c || (character >= 0x200e && character <= 0x200f) ||
        (character >= 0x202a && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069))
        return false;
    return (character & 0xfffe) != 0xfffe && !(character >= 0xfdd0 && character <= 0xfdef);
}

/* Bytes of the beginning of `text` that can be shown as they are. */
static size_t harmless_size(const char *text)
{
    size_t done = 0;

    while (text[done]) {
        uint32_t character;
        size_t size = character_at(text + done, &character);

        if (size == 0 || !harmless(character))
            break;
        done += size;
    }
    return done;
}

const char *display_safe(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    size_t done = harmless_size(text);
    size_t size = 0;
    char *safe;

    if (done == length)
        return text;
    safe = arena_alloc(arena, length * 4 + 1);
    if (!safe)
        return NULL;
    for (done = 0; done < length;) {
        uint32_t character;
        size_t taken = character_at(text + done, &character);
        bool keep = taken > 0 && harmless(character);

        for (taken = taken ? taken : 1; taken > 0; taken--, done++) {
            unsigned char byte = (unsigned char)text[done];

            if (keep) {
                safe[size++] = text[done];
                continue;
            }
            memcpy(safe + size, "\\x", 2);
            safe[size + 2] = "0123456789abcdef"[byte >> 4];
            safe[size + 3] = "0123456789abcdef"[byte & 15];
            size += 4;
        }
    }
    safe[size] = '\0';
    return safe;
}

const char *display_line(struct arena *arena, const char *text)
{
    const char *safe = display_safe(arena, text);
    char *line;

    if (!safe || !strpbrk(safe, "\t\n"))
        return safe;
    line = arena_text(arena, safe);
    for (char *at = line; at && *at; at++) {
        if (*at == '\t' || *at == '\n')
            *at = ' ';
    }
    return line;
}

static size_t character_width(uint32_t character)
{
    if (character < 0x300)
        return 1;
    if (in_ranges(character, zero_width, sizeof(zero_width) / sizeof(*zero_width)))
        return 0;
    return in_ranges(character, double_width, sizeof(double_width) / sizeof(*double_width)) ? 2 : 1;
}

/* Walks `text` until `columns` are full. */
static size_t walk(const char *text, size_t columns, size_t *ret_width)
{
    size_t done = 0;
    size_t width = 0;

    while (text[done]) {
        uint32_t character;
        size_t size = character_at(text + done, &character);
        size_t next = size ? character_width(character) : 1;

        if (width + next > columns)
            break;
        width += next;
        done += size ? size : 1;
    }
    *ret_width = width;
    return done;
}

size_t display_width(const char *text)
{
    size_t width;

    walk(text, SIZE_MAX - 2, &width);
    return width;
}

size_t display_fit(const char *text, size_t columns)
{
    size_t width;

    return walk(text, columns, &width);
}

const char *display_cut(struct arena *arena, const char *text, size_t columns)
{
    size_t fits = display_fit(text, columns);

    if (!text[fits])
        return text;
    if (columns < 3)
        return arena_text_sized(arena, "...", columns);
    fits = display_fit(text, columns - 3);
    while (fits > 0 && text[fits - 1] == ' ')
        fits--;
    return arena_format(arena, "%.*s...", (int)fits, text);
}

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

const char *display_list(struct arena *arena, const char *text)
{
    enum { SHOWN = 8 };
    size_t gaps = 0, length = 0;

    for (const char *gap = strstr(text, ", "); gap != NULL; gap = strstr(gap + 2, ", "))
        if (++gaps == SHOWN)
            length = (size_t)(gap - text);
    if (gaps < SHOWN || strstr(text, "; ") != NULL)
        return text;
    return arena_format(arena, "%.*s and %zu more", (int)length, text, gaps + 1 - SHOWN);
}

const char *display_time(struct arena *arena, int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm parts;

    if (!gmtime_r(&time, &parts))
        return "a time outside the calendar";
    return arena_format(arena, "%d %s %d, %02d:%02d UTC", parts.tm_mday, months[parts.tm_mon],
                        parts.tm_year + 1900, parts.tm_hour, parts.tm_min);
}

const char *display_date(struct arena *arena, int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm parts;

    if (!gmtime_r(&time, &parts))
        return "a date outside the calendar";
    return arena_format(arena, "%d %s %d", parts.tm_mday, months[parts.tm_mon], parts.tm_year + 1900);
}

const char *display_duration(struct arena *arena, int64_t seconds)
{
    if (seconds < 1)
        return "less than a second";
    if (seconds < 120)
        return arena_format(arena, "%lld s", (long long)seconds);
    if (seconds % 60 == 0)
        return arena_format(arena, "%lld min", (long long)(seconds / 60));
    return arena_format(arena, "%lld min %lld s", (long long)(seconds / 60), (long long)(seconds % 60));
}

const char *display_days(struct arena *arena, int64_t days)
{
    return arena_format(arena, "%lld %s", (long long)days, days == 1 ? "day" : "days");
}

const char *display_version(struct arena *arena, const char *version)
{
    if (strncmp(version, "TLS", 3) != 0 && strncmp(version, "SSL", 3) != 0)
        return version;
    return arena_format(arena, "%.3s %s", version, version + 3);
}

const char *display_known(enum known value)
{
    switch (value) {
    case UNKNOWN:
        return "not observed";
    case YES:
        return "yes";
    case NO:
        return "no";
    }
    return "not observed";
}
