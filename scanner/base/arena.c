/*
 * arena.c - memory with the lifetime of a target: a chain of chunks, filled from the front
 *
 * Under AddressSanitizer what was not given out is poisoned, with a gap behind each piece, so that reading
 * over the end of one is found as it would be on the heap.
 */
#include "scanner/base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_CHECKED 1
#endif
#endif

#ifdef ARENA_CHECKED
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(data, size)   ((void)(data), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(data, size) ((void)(data), (void)(size))
enum { GAP = 0 };
#endif

enum { ALIGNMENT = alignof(max_align_t), CHUNK_FIRST = 4096, CHUNK_LARGEST = 128 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size; /* of data */
    size_t used;
    alignas(max_align_t) uint8_t data[];
};

struct arena {
    struct chunk *chunks; /* the one being filled is first */
    size_t next_size;
    size_t used;
    size_t limit; /* 0: none */
};

struct arena *arena_new(size_t limit)
{
    struct arena *arena = calloc(1, sizeof(*arena));

    if (arena == NULL)
        return NULL;
    arena->limit = limit;
    arena->next_size = CHUNK_FIRST - sizeof(struct chunk);
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    for (struct chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->size);
        free(chunk);
    }
    free(arena);
}

/* A chunk with room for `size`. What would waste much of a chunk gets one of its own, behind the first. */
static struct chunk *chunk_for(struct arena *arena, size_t size)
{
    struct chunk *first = arena->chunks;
    bool alone = size > arena->next_size / 2;
    struct chunk *chunk;

    if (first != NULL && first->size - first->used >= size)
        return first;
    size_t data_size = alone ? size : arena->next_size;
    chunk = malloc(sizeof(*chunk) + data_size);
    if (chunk == NULL)
        return NULL;
    chunk->size = data_size;
    chunk->used = 0;
    ASAN_POISON_MEMORY_REGION(chunk->data, chunk->size);
    if (alone && first != NULL) {
        chunk->next = first->next;
        first->next = chunk;
        return chunk;
    }
    chunk->next = first;
    arena->chunks = chunk;
    if (!alone && arena->next_size < CHUNK_LARGEST / 2)
        arena->next_size = 2 * (arena->next_size + sizeof(*chunk)) - sizeof(*chunk);
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct chunk *chunk;
    size_t rounded;
    void *memory;

    if (size > SIZE_MAX / 2)
        return NULL;
    rounded = (size + (size == 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (arena->limit != 0 && rounded > arena->limit - arena->used)
        return NULL;
    chunk = chunk_for(arena, rounded + GAP);
    if (chunk == NULL)
        return NULL;
    memory = chunk->data + chunk->used;
    chunk->used += rounded + GAP;
    arena->used += rounded;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    return memset(memory, 0, size);
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    void *copy = arena_alloc(arena, size);

    if (copy != NULL && size > 0)
        memcpy(copy, data, size);
    return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy(arena, text, strlen(text) + 1);
}

char *arena_text_sized(struct arena *arena, const char *text, size_t size)
{
    char *copy = size < SIZE_MAX ? arena_alloc(arena, size + 1) : NULL;

    if (copy != NULL && size > 0)
        memcpy(copy, text, size);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = arena_vformat(arena, format, arguments);
    va_end(arguments);
    return text;
}

/* Most texts are short, and written once. */
char *arena_vformat(struct arena *arena, const char *format, va_list arguments)
{
    char piece[256], *text;
    va_list again;
    int size;

    va_copy(again, arguments);
    size = vsnprintf(piece, sizeof(piece), format, arguments);
    text = size < 0 ? NULL : arena_alloc(arena, (size_t)size + 1);
    if (text != NULL && (size_t)size < sizeof(piece))
        memcpy(text, piece, (size_t)size);
    else if (text != NULL)
        (void)vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
