/*
 * text.c - fuzzes what makes a peer's text harmless, and the small parsers of base/text
 *
 * Properties: the output is valid UTF-8 without control characters, whatever came in; it obeys the limit; a
 * clean text stays as it is; what base64 wrote is read back.
 */
#include "scanner/base/text.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Independent of the code under test: a strict decoder in the form of RFC 3629's grammar. */
static bool is_harmless(const char *text)
{
    const uint8_t *at = (const uint8_t *)text;

    while (*at != '\0') {
        uint8_t low = 0x80, high = 0xbf;
        int more = at[0] < 0x80 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;

        if (at[0] < 0x20 || at[0] == 0x7f || (at[0] >= 0x80 && at[0] < 0xc2) || at[0] > 0xf4)
            return false;
        low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : low;
        high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : high;
        if (at[0] == 0xc2 && at[1] < 0xa0) /* C1 */
            return false;
        if (at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) /* U+2028 to U+202E */
            return false;
        if (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa0 && at[2] <= 0xaf) /* U+2060 to U+206F */
            return false;
        for (int i = 1; i <= more; i++) {
            if (at[i] < low || at[i] > high)
                return false;
            low = 0x80;
            high = 0xbf;
        }
        at += 1 + more;
    }
    return true;
}

static void check_clean(struct arena *arena, const uint8_t *data, size_t size, size_t limit)
{
    const char *clean = text_clean(arena, data, size, limit);
    const char *again = text_clean_again(arena, data, size, limit);
    size_t most = limit == 0 ? 4 * size : limit + strlen("\xe2\x80\xa6");

    require(clean != NULL && again != NULL);
    require(is_harmless(clean) && is_harmless(again));
    require(strlen(clean) <= most && strlen(again) <= most);
    require(strcmp(text_clean_again(arena, clean, strlen(clean), 0), clean) == 0);
    require(strcmp(text_clean_again(arena, again, strlen(again), 0), again) == 0);
}

static void check_base64(struct arena *arena, const uint8_t *data, size_t size)
{
    uint8_t *back;
    size_t back_size;

    require(text_parse_base64(arena, text_base64(arena, data, size), &back, &back_size) == 0);
    require(back_size == size && memcmp(back, data, size) == 0);
    require(strlen(text_hex(arena, data, size)) == 2 * size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    const char *text = arena_text_sized(arena, (const char *)data, size);
    int64_t number;
    uint8_t *bytes;
    size_t bytes_size;

    check_clean(arena, data, size, 0);
    check_clean(arena, data, size, 1 + size % 7);
    check_clean(arena, data, size, 64);
    check_base64(arena, data, size);
    if (text_parse_time(text, &number) == 0)
        require(strcmp(text_time(arena, number), text) == 0);
    if (text_number(text, INT64_MIN, INT64_MAX, &number) == 0)
        require(number == strtoll(text, NULL, 10));
    if (text_parse_base64(arena, text, &bytes, &bytes_size) == 0)
        require(strcmp(text_base64(arena, bytes, bytes_size), text) == 0);
    arena_free(arena);
    return 0;
}
