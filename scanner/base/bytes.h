/*
 * bytes.h - a cursor over bytes from outside, with sticky failure, and a builder for bytes to send
 *
 * Every take_* after a failure returns 0 and changes nothing: parse straight down, check `failed` once.
 */
#ifndef OUTPOST_BASE_BYTES_H
#define OUTPOST_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *data; /* NULL: nothing there (as a fact: not observed) */
    size_t size;
    bool failed;
};

struct bytes bytes_of(const void *data, size_t size);
uint8_t take_u8(struct bytes *in);
uint16_t take_u16(struct bytes *in); /* big endian, as all of these */
uint32_t take_u24(struct bytes *in);
uint32_t take_u32(struct bytes *in);
/* The next `size` bytes; an empty and failed cursor when there are fewer. */
struct bytes take_block(struct bytes *in, size_t size);
/* What stands before the octet, which is taken too; all that is left when it is not there. */
struct bytes take_until(struct bytes *in, uint8_t octet);
bool bytes_equal(struct bytes a, struct bytes b);

/* A growing buffer on the heap. `failed` is set when it would exceed `limit` or memory ran out. */
struct buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t limit; /* 0: no limit */
    bool failed;
};

void buffer_free(struct buffer *buffer);
void put_u8(struct buffer *out, uint8_t value);
void put_u16(struct buffer *out, uint16_t value);
void put_u24(struct buffer *out, uint32_t value);
void put_u32(struct buffer *out, uint32_t value);
void put_block(struct buffer *out, const void *data, size_t size);
void put_text(struct buffer *out, const char *text); /* without the NUL */
void put_format(struct buffer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
