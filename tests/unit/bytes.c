/*
 * bytes.c - tests of the cursor over bytes from outside, of the builder, of clocks and of the log
 */
#include "scanner/base/bytes.h"

#include "scanner/base/clock.h"
#include "scanner/base/log.h"

#include <criterion/criterion.h>
#include <string.h>

Test(bytes, reads_big_endian_numbers_and_blocks)
{
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 0xff, 0xfe, 0xfd, 0xfc, 'a', 'b'};
    struct bytes in = bytes_of(data, sizeof(data));
    struct bytes block;

    cr_assert_eq(take_u8(&in), 1);
    cr_assert_eq(take_u16(&in), 0x0203);
    cr_assert_eq(take_u24(&in), 0x040506);
    cr_assert_eq(take_u32(&in), 0xfffefdfc);
    block = take_block(&in, 2);
    cr_assert(bytes_equal(block, bytes_of("ab", 2)));
    cr_assert_eq(in.size, 0);
    block = take_block(&in, 0);
    cr_assert_not(block.failed);
    cr_assert_not_null(block.data, "an empty block that is there is not the same as none");
    cr_assert_not(in.failed);
}

Test(bytes, stays_failed)
{
    static const uint8_t data[] = {1, 2, 3};
    struct {
        unsigned take; /* bytes that do not fit */
    } table[] = {{1}, {2}, {3}, {4}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct bytes in = bytes_of(data, table[i].take - 1);
        uint32_t value = table[i].take == 1   ? take_u8(&in)
                         : table[i].take == 2 ? take_u16(&in)
                         : table[i].take == 3 ? take_u24(&in)
                                              : take_u32(&in);

        cr_assert(in.failed, "%u bytes", table[i].take);
        cr_assert_eq(value, 0);
        cr_assert_eq(in.size, table[i].take - 1, "a failed read moves nothing");
        cr_assert_eq(in.data, data);
        cr_assert_eq(take_u8(&in), 0, "also what would fit fails from now on");
        cr_assert(take_block(&in, 0).failed);
    }

    struct bytes in = bytes_of(data, sizeof(data));
    struct bytes block = take_block(&in, SIZE_MAX);

    cr_assert(in.failed);
    cr_assert(block.failed);
    cr_assert_null(block.data);
    cr_assert_eq(block.size, 0);

    struct bytes nothing = {0};

    cr_assert_not(take_block(&nothing, 0).failed);
    cr_assert_eq(take_u8(&nothing), 0);
    cr_assert(nothing.failed);
}

Test(bytes, takes_what_stands_before_an_octet)
{
    struct bytes in = bytes_of("ab;;c", 5);
    struct bytes nothing = {0};
    struct {
        const char *taken;
        size_t left;
    } table[] = {{"ab", 2}, {"", 1}, {"c", 0}, {"", 0}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        cr_assert(bytes_equal(take_until(&in, ';'), bytes_of(table[i].taken, strlen(table[i].taken))), "%zu",
                  i);
        cr_assert_eq(in.size, table[i].left, "%zu", i);
    }
    cr_assert_not(in.failed);
    cr_assert_eq(take_until(&nothing, ';').size, 0);
    cr_assert_not(nothing.failed);
    take_u8(&nothing);
    cr_assert(take_until(&nothing, ';').failed);
}

Test(bytes, compares)
{
    cr_assert(bytes_equal(bytes_of("a\0b", 3), bytes_of("a\0b", 3)));
    cr_assert_not(bytes_equal(bytes_of("a\0b", 3), bytes_of("a\0c", 3)));
    cr_assert_not(bytes_equal(bytes_of("ab", 2), bytes_of("a", 1)));
    cr_assert(bytes_equal(bytes_of(NULL, 0), bytes_of("x", 0)));
}

Test(buffer, builds_and_grows)
{
    struct buffer out = {0};

    put_u8(&out, 1);
    put_u16(&out, 0x0203);
    put_u24(&out, 0x040506);
    put_u32(&out, 0x0708090a);
    put_block(&out, "\xff\0", 2);
    put_text(&out, "text");
    put_text(&out, "");
    put_block(&out, NULL, 0);
    put_format(&out, "%s=%d", "x", 5);
    cr_assert_not(out.failed);
    cr_assert(bytes_equal(bytes_of(out.data, out.size),
                          bytes_of("\1\2\3\4\5\6\7\10\11\12\xff\0textx=5",
                                   sizeof("\1\2\3\4\5\6\7\10\11\12\xff\0textx=5") - 1)));
    for (size_t i = 0; i < 100000; i++)
        put_u8(&out, (uint8_t)i);
    cr_assert_eq(out.size, 100000 + 19);
    cr_assert_eq(out.data[19 + 99999], (uint8_t)99999);
    buffer_free(&out);
    cr_assert_null(out.data);
    buffer_free(&out);
    buffer_free(NULL);
}

Test(buffer, formats_texts_of_any_length)
{
    char text[300];

    for (size_t size = 0; size < sizeof(text); size++) {
        struct buffer out = {0};

        memset(text, 'x', size);
        text[size] = '\0';
        put_format(&out, "%s", text);
        put_format(&out, "<%s>", text);
        cr_assert_not(out.failed);
        cr_assert_eq(out.size, 2 * size + 2);
        cr_assert_eq(memcmp(out.data + size + 1, text, size), 0);
        cr_assert_eq(out.data[out.size - 1], '>');
        buffer_free(&out);
    }
}

Test(buffer, stops_at_its_limit)
{
    struct buffer out = {.limit = 4};

    put_text(&out, "abc");
    put_u16(&out, 1);
    cr_assert(out.failed);
    cr_assert_eq(out.size, 3, "what does not fit is not there in part");
    put_u8(&out, 1);
    cr_assert_eq(out.size, 3, "also what would fit fails from now on");
    buffer_free(&out);
    cr_assert_not(out.failed);
    cr_assert_eq(out.limit, 4);
    put_text(&out, "abcd");
    cr_assert_not(out.failed);
    put_format(&out, "%s", "e");
    cr_assert(out.failed);
    buffer_free(&out);
}

Test(clock, stands_still_until_moved)
{
    struct clock clock = clock_virtual(1000);
    struct clock real = clock_system();
    int64_t first;

    cr_assert(clock.is_virtual);
    cr_assert_eq(clock.monotonic_ms(&clock), 0);
    cr_assert_eq(clock.wall_seconds(&clock), 1000);
    clock_advance(&clock, 2500);
    cr_assert_eq(clock.monotonic_ms(&clock), 2500);
    cr_assert_eq(clock.wall_seconds(&clock), 1002);
    cr_assert_not(real.is_virtual);
    first = real.monotonic_ms(&real);
    cr_assert_leq(first, real.monotonic_ms(&real));
    cr_assert_gt(real.wall_seconds(&real), 1700000000);
}

static void keep_line(struct log *log, enum log_level level, const char *line)
{
    struct buffer *lines = log->data;

    put_format(lines, "%d %s\n", (int)level, line);
}

Test(log, drops_what_is_above_its_level)
{
    struct buffer lines = {0};
    struct log log = {.level = LOG_WARNING, .write = keep_line, .data = &lines};
    char long_text[5000];

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    log_error(&log, "%s", "one");
    log_warning(&log, "%d", 2);
    log_info(&log, "three");
    log_debug(&log, "four");
    log_error(NULL, "nobody listens");
    cr_assert(bytes_equal(bytes_of(lines.data, lines.size), bytes_of("0 one\n1 2\n", 10)));
    log_error(&log, "%s", long_text);
    cr_assert_geq(lines.size, 2000);
    buffer_free(&lines);
}
