/*
 * json_writer.c - tests of JSON written without a tree: jansson is the witness of every byte
 */
#include "scanner/base/json_writer.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- a tree of jansson's, written by the writer ---- */

static void walk(struct json_writer *writer, json_t *json)
{
    const char *name;
    json_t *value;

    if (json_is_object(json)) {
        json_open(writer, '{');
        json_object_foreach(json, name, value)
        {
            json_name(writer, name);
            walk(writer, value);
        }
        json_close(writer, '}');
    } else if (json_is_array(json)) {
        json_open(writer, '[');
        for (size_t i = 0; i < json_array_size(json); i++)
            walk(writer, json_array_get(json, i));
        json_close(writer, ']');
    } else if (json_is_string(json)) {
        json_put_text(writer, json_string_value(json));
    } else if (json_is_integer(json)) {
        json_put_integer(writer, json_integer_value(json));
    } else if (json_is_boolean(json)) {
        json_put_boolean(writer, json_is_true(json));
    } else {
        json_put_null(writer);
    }
}

static void check_same(const char *text, bool one_line)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    struct buffer written = {0};
    struct json_writer writer = {.to = &written, .one_line = one_line};
    char *expected = json_dumps(json, JSON_ENCODE_ANY | (one_line ? JSON_COMPACT : JSON_INDENT(2)));

    cr_assert_not_null(expected, "%s", text);
    walk(&writer, json);
    put_u8(&written, '\0');
    cr_assert_not(written.failed);
    cr_expect_str_eq((char *)written.data, expected);
    free(expected);
    buffer_free(&written);
    json_decref(json);
}

Test(json_writer, writes_as_jansson_does)
{
    static const char *const texts[] = {
        "null",
        "\"alone\"",
        "[]",
        "{}",
        "[[], {}, [[]], [{}], {\"a\": []}, {\"a\": {}}]",
        "[1, -1, 0, 9223372036854775807, -9223372036854775808, true, false, null]",
        "{\"a\": 1, \"b\": {\"c\": [1, [2, 3], {\"d\": null}], \"e\": \"\"}, \"f\": []}",
        "{\"a\": [], \"b\": [[1], [], [2]], \"\": {\"\": \"\"}}",
        "[\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\", \"behind a \\\"quoted\\\" word\"]",
        "[\"b\\u00fccher \\u20ac \\ud83d\\udceb\", \"\\u0080\\uffff\", \"\\u00fc\\\"\\u00fc\"]",
        "{\"a \\\"name\\\" \\u00fc\\n\": 1}",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        check_same(texts[i], true);
        check_same(texts[i], false);
    }
}

/* ---- what jansson does not take ---- */

static void check_text(const char *text, const char *expected)
{
    struct buffer written = {0};
    struct json_writer writer = {.to = &written, .one_line = true};

    json_put_text(&writer, text);
    put_u8(&written, '\0');
    cr_assert_not(written.failed);
    cr_expect_str_eq((char *)written.data, expected);
    buffer_free(&written);
}

Test(json_writer, cleans_what_is_not_utf8)
{
    check_text(NULL, "null");
    check_text("before \"\xff\" and behind", "\"before \\\"\\\\xff\\\" and behind\"");
    check_text("\xc3", "\"\\\\xc3\"");
    check_text("\xed\xa0\x80", "\"\\\\xed\\\\xa0\\\\x80\"");
    check_text("\xc3\xbc\n\xc0\xaf", "\"\xc3\xbc\\\\x0a\\\\xc0\\\\xaf\"");
}

Test(json_writer, remembers_trouble)
{
    struct buffer written = {.limit = 8};
    struct json_writer writer = {.to = &written};

    json_open(&writer, '[');
    json_put_text(&writer, "too long for it");
    json_close(&writer, ']');
    cr_expect(written.failed);
    buffer_free(&written);
}
