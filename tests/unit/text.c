/*
 * text.c - tests of what makes a peer's text harmless, and of the small helpers on texts
 */
#include "scanner/base/text.h"

#include "scanner/base/arena.h"
#include "scanner/base/list.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

Test(text, clean)
{
    static const struct {
        const char *in;
        size_t size; /* 0: as a C text */
        size_t limit;
        const char *out;
    } table[] = {
        {"", 0, 0, ""},
        {"220 mx.example.org ESMTP", 0, 0, "220 mx.example.org ESMTP"},
        {"b\xc3\xbc"
         "cher \xe2\x82\xac \xf0\x9f\x93\xab",
         0, 0,
         "b\xc3\xbc"
         "cher \xe2\x82\xac \xf0\x9f\x93\xab"},
        {"back\\slash", 0, 0, "back\\\\slash"},
        {"\\x1b", 0, 0, "\\\\x1b"},
        /* control characters */
        {"a\r\n\tb", 0, 0, "a\\x0d\\x0a\\x09b"},
        {"\x1b[31mred\x1b[0m", 0, 0, "\\x1b[31mred\\x1b[0m"},
        {"\x1b]0;title\a", 0, 0, "\\x1b]0;title\\x07"},
        {"a\0b", 3, 0, "a\\x00b"},
        {"\x7f", 0, 0, "\\x7f"},
        {"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", 0, 0, "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f\xc2\xa0"}, /* C1 */
        /* what turns text around or hides in it */
        {"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae", 0, 0,
         "\\xe2\\x80\\xaa\\xe2\\x80\\xab\\xe2\\x80\\xac\\xe2\\x80\\xad\\xe2\\x80\\xae"},
        {"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", 0, 0,
         "\\xe2\\x81\\xa6\\xe2\\x81\\xa7\\xe2\\x81\\xa8\\xe2\\x81\\xa9"},
        {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", 0, 0, "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c"},
        {"\xe2\x80\xa8\xe2\x80\xa9", 0, 0, "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"},
        {"\xe2\x80\x8b\xef\xbb\xbf", 0, 0, "\\xe2\\x80\\x8b\\xef\\xbb\\xbf"},
        {"\xe2\x80\x8c\xe2\x80\x8d", 0, 0, "\xe2\x80\x8c\xe2\x80\x8d"}, /* joiners of real scripts */
        {"\xf3\xa0\x81\x81", 0, 0, "\\xf3\\xa0\\x81\\x81"},             /* tag */
        /* noncharacters */
        {"\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90", 0, 0, "\\xef\\xbf\\xbe\\xef\\xbf\\xbf\\xef\\xb7\\x90"},
        {"\xf0\x9f\xbf\xbf\xf4\x8f\xbf\xbe", 0, 0, "\\xf0\\x9f\\xbf\\xbf\\xf4\\x8f\\xbf\\xbe"},
        {"\xef\xbf\xbd", 0, 0, "\xef\xbf\xbd"}, /* the replacement character is one */
        /* not UTF-8 */
        {"\xff\xfe", 0, 0, "\\xff\\xfe"},
        {"\x80\xbf", 0, 0, "\\x80\\xbf"},
        {"\xc0\xaf", 0, 0, "\\xc0\\xaf"},                                     /* overlong */
        {"\xc1\xbf", 0, 0, "\\xc1\\xbf"},                                     /* overlong */
        {"\xe0\x9f\xbf", 0, 0, "\\xe0\\x9f\\xbf"},                            /* overlong */
        {"\xf0\x8f\xbf\xbf", 0, 0, "\\xf0\\x8f\\xbf\\xbf"},                   /* overlong */
        {"\xed\xa0\x80\xed\xbf\xbf", 0, 0, "\\xed\\xa0\\x80\\xed\\xbf\\xbf"}, /* surrogates */
        {"\xf4\x90\x80\x80", 0, 0, "\\xf4\\x90\\x80\\x80"},                   /* over U+10FFFF */
        {"\xf5\x80\x80\x80", 0, 0, "\\xf5\\x80\\x80\\x80"},
        {"\xc3", 0, 0, "\\xc3"},
        {"\xc3(", 0, 0, "\\xc3("},
        {"\xe2\x82", 0, 0, "\\xe2\\x82"},
        {"\xe2\x82z", 0, 0, "\\xe2\\x82z"},
        {"\xc3\xc3\xbc", 0, 0, "\\xc3\xc3\xbc"}, /* the good character behind a bad byte is kept */
        {"\xe2\x82\xac", 2, 0, "\\xe2\\x82"},    /* not beyond the end */
        /* limits */
        {"abcdef", 0, 6, "abcdef"},
        {"abcdef", 0, 5, "abcde" ELLIPSIS},
        {"abcdef", 0, 1, "a" ELLIPSIS},
        {"ab\xc3\xbc", 0, 4, "ab\xc3\xbc"},
        {"ab\xc3\xbc", 0, 3, "ab" ELLIPSIS},
        {"ab\xe2\x82\xac", 0, 4, "ab" ELLIPSIS},
        {"ab\xf0\x9f\x93\xab", 0, 5, "ab" ELLIPSIS},
        {"ab\x1b", 0, 6, "ab\\x1b"},
        {"ab\x1b", 0, 5, "ab" ELLIPSIS},
        {"ab\\", 0, 3, "ab" ELLIPSIS},
        {"\xe2\x80\xae", 0, 4, ELLIPSIS}, /* an escape of three bytes is one piece */
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t size = table[i].size == 0 ? strlen(table[i].in) : table[i].size;
        const char *clean = text_clean(arena, table[i].in, size, table[i].limit);

        cr_expect_str_eq(clean, table[i].out, "row %zu: %s", i, clean);
        cr_expect_str_eq(text_clean_again(arena, clean, strlen(clean), 0), clean, "row %zu", i);
    }
    cr_expect_str_eq(text_clean_again(arena, "a\\x1b\x1b", 6, 0), "a\\x1b\\x1b");
    arena_free(arena);

    struct arena *small = arena_new(16);

    cr_expect_null(text_clean(small, "0123456789abcdef", 16, 0));
    arena_free(small);
}

Test(text, compares)
{
    cr_expect(text_equal("STARTTLS", "StartTLS"));
    cr_expect(text_equal("", ""));
    cr_expect_not(text_equal("a", "ab"));
    cr_expect_not(text_equal("@", "`"), "only letters have two cases");
    cr_expect_not(text_equal("[", "{"));
    cr_expect(text_starts_with("STARTTLS now", "starttls"));
    cr_expect(text_starts_with("a", ""));
    cr_expect_not(text_starts_with("a", "ab"));
    cr_expect(text_ends_with("mail.Example.ORG", ".example.org"));
    cr_expect(text_ends_with("a", ""));
    cr_expect_not(text_ends_with("a", "ba"));
    cr_expect(text_same_name("Example.org.", "example.ORG"));
    cr_expect(text_same_name("example.org.", "example.org."));
    cr_expect(text_same_name(".", ""));
    cr_expect_not(text_same_name("example.org..", "example.org"));
    cr_expect_not(text_same_name("xample.org", "example.org"));
}

Test(text, numbers)
{
    static const struct {
        const char *text;
        int64_t minimum, maximum;
        int result;
        int64_t value;
    } table[] = {
        {"0", 0, 10, 0, 0},
        {"10", 0, 10, 0, 10},
        {"007", 0, 10, 0, 7},
        {"-5", -10, 10, 0, -5},
        {"-0", 0, 10, 0, 0},
        {"11", 0, 10, -ERANGE, 0},
        {"-1", 0, 10, -ERANGE, 0},
        {"9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN},
        {"9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE, 0},
        {"99999999999999999999999999", INT64_MIN, INT64_MAX, -ERANGE, 0},
        {"", 0, 10, -EINVAL, 0},
        {"-", -10, 10, -EINVAL, 0},
        {"+1", 0, 10, -EINVAL, 0},
        {" 1", 0, 10, -EINVAL, 0},
        {"1 ", 0, 10, -EINVAL, 0},
        {"1x", 0, 10, -EINVAL, 0},
        {"0x1", 0, 10, -EINVAL, 0},
        {"1.0", 0, 10, -EINVAL, 0},
        {"--1", -10, 10, -EINVAL, 0},
        {"99999999999999999999999999x", INT64_MIN, INT64_MAX, -EINVAL, 0},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        int64_t value = 77;
        int result = text_number(table[i].text, table[i].minimum, table[i].maximum, &value);

        cr_expect_eq(result, table[i].result, "\"%s\": %d", table[i].text, result);
        cr_expect_eq(value, table[i].result == 0 ? table[i].value : 77, "\"%s\"", table[i].text);
    }
}

Test(text, times)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } table[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2026-11-22T12:00:00Z", 1795348800},
        {"2000-02-29T23:59:59Z", 951868799},
        {"2038-01-19T03:14:08Z", 2147483648},
        {"9999-12-31T23:59:59Z", 253402300799},
        {"0000-01-01T00:00:00Z", -62167219200},
    };
    static const char *const wrong[] = {
        "",
        "2026-11-22",
        "2026-11-22T12:00:00",
        "2026-11-22 12:00:00Z",
        "2026-11-22T12:00:00z",
        "2026-11-22T12:00:00+00:00",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-11-00T12:00:00Z",
        "2026-11-31T12:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T12:60:00Z",
        "2026-11-22T12:00:60Z",
        "-026-11-22T12:00:00Z",
        "2026-1x-22T12:00:00Z",
        "2026-11-22T12:00:0Z ",
        "20261-11-22T12:00:0Z",
        "xxxxxxxxxxxxxxxxxxxx",
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        int64_t seconds = 77;

        cr_expect_str_eq(text_time(arena, table[i].seconds), table[i].text);
        cr_expect_eq(text_parse_time(table[i].text, &seconds), 0);
        cr_expect_eq(seconds, table[i].seconds, "%s: %lld", table[i].text, (long long)seconds);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int64_t seconds = 77;

        cr_expect_eq(text_parse_time(wrong[i], &seconds), -EINVAL, "%s", wrong[i]);
        cr_expect_eq(seconds, 77);
    }
    cr_expect_null(text_time(arena, 253402300800));
    cr_expect_null(text_time(arena, -62167219201));
    cr_expect_null(text_time(arena, INT64_MAX));
    cr_expect_null(text_time(arena, INT64_MIN));
    arena_free(arena);
}

Test(text, base64_and_hex)
{
    static const struct {
        const char *data, *text; /* RFC 4648 section 10 */
    } table[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"},
                 {"\xfb\xff\xfe", "+//+"}};
    static const char *const wrong[] = {"Z",        "Zg",   "Zg=",    "Zg===", "====", "Zh==",     "Zm9=",
                                        "Zg==Zg==", "Zm-v", "Zm9v\n", "Zm 9v", "Z=g=", "Zm8=====", "=Zm8"};
    struct arena *arena = arena_new(0);
    uint8_t *data;
    size_t size;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        cr_expect_str_eq(text_base64(arena, table[i].data, strlen(table[i].data)), table[i].text);
        cr_assert_eq(text_parse_base64(arena, table[i].text, &data, &size), 0, "%s", table[i].text);
        cr_assert_eq(size, strlen(table[i].data));
        cr_assert_not_null(data);
        cr_expect_arr_eq(data, table[i].data, size);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        data = NULL;
        cr_expect_eq(text_parse_base64(arena, wrong[i], &data, &size), -EINVAL, "%s", wrong[i]);
        cr_expect_null(data);
    }
    cr_expect_str_eq(text_hex(arena, "\x00\x0f\xf0\xff", 4), "000ff0ff");
    cr_expect_str_eq(text_hex(arena, "", 0), "");
    arena_free(arena);
}

Test(text, joins)
{
    static const char *const words[] = {"a", "", "bc"};
    struct arena *arena = arena_new(0);
    struct list list = {0};

    cr_expect_str_eq(text_join(arena, &list, ", "), "");
    for (size_t i = 0; i < 3; i++)
        list_add(&list, arena, arena_text(arena, words[i]));
    cr_expect_str_eq(text_join(arena, &list, ", "), "a, , bc");
    cr_expect_str_eq(text_join(arena, &list, ""), "abc");
    arena_free(arena);
}
