/*
 * arena.c - tests of memory with the lifetime of a target, and of lists that live there
 */
#include "scanner/base/arena.h"

#include "scanner/base/list.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

static bool is_zero(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] != 0)
            return false;
    return true;
}

Test(arena, gives_zeroed_aligned_pieces_that_do_not_touch)
{
    static const size_t sizes[] = {1, 15, 16, 17, 0, 100, 2000, 4000, 5000, 1, 70000, 3, 200000, 8};
    enum { ROUNDS = 50, SIZES = sizeof(sizes) / sizeof(sizes[0]) };
    struct arena *arena = arena_new(0);
    uint8_t *pieces[ROUNDS * SIZES];
    size_t sum = 0;

    for (size_t i = 0; i < ROUNDS * SIZES; i++) {
        size_t size = sizes[i % SIZES];

        pieces[i] = arena_alloc(arena, size);
        cr_assert_not_null(pieces[i]);
        cr_assert_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        cr_assert(is_zero(pieces[i], size), "piece %zu of %zu bytes", i, size);
        memset(pieces[i], (int)(i % 255 + 1), size);
        sum += size;
    }
    for (size_t i = 0; i < ROUNDS * SIZES; i++)
        for (size_t j = 0; j < sizes[i % SIZES]; j++)
            cr_assert_eq(pieces[i][j], i % 255 + 1, "piece %zu was written to by another", i);
    cr_assert_geq(arena_used(arena), sum);
    arena_free(arena);
    arena_free(NULL);
}

Test(arena, stops_at_its_limit)
{
    struct arena *arena = arena_new(1024);

    cr_assert_null(arena_alloc(arena, 1025));
    cr_assert_null(arena_alloc(arena, SIZE_MAX));
    cr_assert_not_null(arena_alloc(arena, 1008));
    cr_assert_null(arena_alloc(arena, 17));
    cr_assert_null(arena_text_sized(arena, "x", SIZE_MAX));
    cr_assert_not_null(arena_alloc(arena, 16));
    cr_assert_eq(arena_used(arena), 1024);
    cr_assert_null(arena_alloc(arena, 0), "an empty piece has an address of its own, which takes room");
    cr_assert_null(arena_format(arena, "%s", "text"));
    arena_free(arena);
}

Test(arena, copies_texts)
{
    struct arena *arena = arena_new(0);
    char long_text[6000];

    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    cr_assert_null(arena_text(arena, NULL));
    cr_assert_str_eq(arena_text(arena, ""), "");
    cr_assert_str_eq(arena_text(arena, "abc"), "abc");
    cr_assert_str_eq(arena_text_sized(arena, "abcdef", 3), "abc");
    cr_assert_str_eq(arena_text_sized(arena, NULL, 0), "");
    cr_assert_arr_eq(arena_copy(arena, "a\0b", 3), "a\0b", 3);
    cr_assert_str_eq(arena_format(arena, "%s-%d", "a", 7), "a-7");
    cr_assert_str_eq(arena_format(arena, "%s", long_text), long_text);
    arena_free(arena);
}

Test(arena, formats_texts_of_any_length)
{
    struct arena *arena = arena_new(0);
    char text[600];

    for (size_t size = 0; size < sizeof(text); size++) {
        char *formatted;

        memset(text, 'x', size);
        text[size] = '\0';
        formatted = arena_format(arena, "<%s>", text);
        cr_assert_eq(strlen(formatted), size + 2);
        cr_assert_eq(memcmp(formatted + 1, text, size), 0);
        cr_assert_eq(formatted[size + 1], '>');
    }
    arena_free(arena);
}

Test(list, grows_and_knows_whether_it_was_observed)
{
    struct arena *arena = arena_new(0);
    struct arena *small = arena_new(64);
    struct list list = {0}, full = {0};
    int numbers[1000];

    cr_assert_not(list.observed);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(list_add(&list, arena, &numbers[i]), 0);
    cr_assert(list.observed);
    cr_assert_eq(list.count, 1000);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(list.items[i], &numbers[i]);

    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(list_add(&full, small, &numbers[i]), 0);
    cr_assert_eq(list_add(&full, small, &numbers[4]), -ENOMEM);
    cr_assert_null(list_new_item(&full, small, 1));
    cr_assert_eq(full.count, 4);
    cr_assert_eq(full.items[3], &numbers[3]);

    int *item = list_new_item(&list, arena, sizeof(*item));
    cr_assert_not_null(item);
    cr_assert_eq(*item, 0);
    cr_assert_eq(list.items[1000], item);
    arena_free(arena);
    arena_free(small);
}

Test(list, finds_texts_whatever_their_case)
{
    struct arena *arena = arena_new(0);
    struct list list = {0};

    cr_assert_not(list_has_text(&list, "a"));
    list_add(&list, arena, arena_text(arena, "Mail.Example.ORG"));
    list_add(&list, arena, arena_text(arena, "b"));
    cr_assert(list_has_text(&list, "mail.example.org"));
    cr_assert(list_has_text(&list, "B"));
    cr_assert_not(list_has_text(&list, "mail.example.or"));
    cr_assert_not(list_has_text(&list, ""));
    arena_free(arena);
}
