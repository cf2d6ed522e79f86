/*
 * arena.h - memory with the lifetime of a target
 *
 * Everything a scan of one target allocates comes from its arena and is freed in one call when its report
 * has been written. There is no per-object free. Objects of libraries never live here.
 */
#ifndef OUTPOST_BASE_ARENA_H
#define OUTPOST_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* A new arena that gives out at most `limit` bytes (0: no limit). NULL when out of memory. */
struct arena *arena_new(size_t limit);
/* Frees the arena and all that was allocated from it; NULL is allowed. */
void arena_free(struct arena *arena);
/* `size` zeroed bytes, aligned for any type; NULL when over the limit or out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* A copy of `size` bytes; NULL as arena_alloc. */
void *arena_copy(struct arena *arena, const void *data, size_t size);
/* A copy of a text; NULL for NULL and as arena_alloc. */
char *arena_text(struct arena *arena, const char *text);
/* The first `size` bytes as a text with a final NUL. */
char *arena_text_sized(struct arena *arena, const char *text, size_t size);
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
/* Bytes given out so far. */
size_t arena_used(const struct arena *arena);

#endif
