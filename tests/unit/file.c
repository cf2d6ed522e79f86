/*
 * file.c - tests of reading a small file as a whole
 */
#include "scanner/base/file.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

Test(file, read)
{
    struct arena *arena = arena_new(0);
    char name[] = "/tmp/outpost-file-XXXXXX";
    int descriptor = mkstemp(name);
    struct bytes file = {.failed = true};

    cr_assert_geq(descriptor, 0);
    cr_assert_eq(file_read(name, 4, arena, &file), 0);
    cr_expect(file.size == 0 && !file.failed);
    cr_assert_eq(write(descriptor, "a\0bc", 4), 4);
    cr_assert_eq(file_read(name, 4, arena, &file), 0);
    cr_expect(bytes_equal(file, bytes_of("a\0bc", 4)));
    cr_assert_eq(write(descriptor, "d", 1), 1);
    cr_expect_eq(file_read(name, 4, arena, &file), -EFBIG);
    cr_expect_eq(file.size, 4, "nothing is handed over");
    cr_expect_eq(file_read("/tmp", 4, arena, &file), -EISDIR);
    cr_assert_eq(unlink(name), 0);
    cr_expect_eq(file_read(name, 4, arena, &file), -ENOENT);
    cr_assert_eq(close(descriptor), 0);
    arena_free(arena);
}
