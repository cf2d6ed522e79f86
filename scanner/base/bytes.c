/*
 * bytes.c - reading bytes from outside with sticky failure, and building bytes to send
 */
#include "scanner/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bytes bytes_of(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

/* The next `size` bytes, or NULL: then, and from then on, the cursor has failed and stands still. */
static const uint8_t *take(struct bytes *in, size_t size)
{
    const uint8_t *data = in->data;

    if (in->failed || size > in->size) {
        in->failed = true;
        return NULL;
    }
    if (size > 0)
        in->data += size;
    in->size -= size;
    return data;
}

static uint32_t take_number(struct bytes *in, size_t size)
{
    const uint8_t *data = take(in, size);
    uint32_t value = 0;

    for (size_t i = 0; data != NULL && i < size; i++)
        value = value << 8 | data[i];
    return value;
}

uint8_t take_u8(struct bytes *in)
{
    return (uint8_t)take_number(in, 1);
}

uint16_t take_u16(struct bytes *in)
{
    return (uint16_t)take_number(in, 2);
}

uint32_t take_u24(struct bytes *in)
{
    return take_number(in, 3);
}

uint32_t take_u32(struct bytes *in)
{
    return take_number(in, 4);
}

struct bytes take_block(struct bytes *in, size_t size)
{
    const uint8_t *data = take(in, size);

    if (in->failed)
        return (struct bytes){.failed = true};
    return bytes_of(data, size);
}

struct bytes take_until(struct bytes *in, uint8_t octet)
{
    const uint8_t *end = in->size == 0 ? NULL : memchr(in->data, octet, in->size);
    struct bytes taken = take_block(in, end == NULL ? in->size : (size_t)(end - in->data));

    if (end != NULL)
        take_u8(in);
    return taken;
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

void buffer_free(struct buffer *buffer)
{
    if (buffer == NULL)
        return;
    free(buffer->data);
    *buffer = (struct buffer){.limit = buffer->limit};
}

/* Room for `size` more bytes, counted as used; NULL when that fails. */
static uint8_t *make_room(struct buffer *out, size_t size)
{
    size_t most = out->limit == 0 ? SIZE_MAX / 2 : out->limit;

    if (out->failed || out->size > most || size > most - out->size)
        goto failed;
    if (size > out->capacity - out->size) {
        size_t capacity = out->capacity == 0 ? 64 : 2 * out->capacity;
        uint8_t *data;

        if (capacity < out->size + size)
            capacity = out->size + size;
        data = realloc(out->data, capacity);
        if (data == NULL)
            goto failed;
        out->data = data;
        out->capacity = capacity;
    }
    out->size += size;
    return out->data + (out->size - size);

failed:
    out->failed = true;
    return NULL;
}

static void put_number(struct buffer *out, uint32_t value, size_t size)
{
    uint8_t *data = make_room(out, size);

    for (size_t i = 0; data != NULL && i < size; i++)
        data[i] = (uint8_t)(value >> 8 * (size - 1 - i));
}

void put_u8(struct buffer *out, uint8_t value)
{
    put_number(out, value, 1);
}

void put_u16(struct buffer *out, uint16_t value)
{
    put_number(out, value, 2);
}

void put_u24(struct buffer *out, uint32_t value)
{
    put_number(out, value, 3);
}

void put_u32(struct buffer *out, uint32_t value)
{
    put_number(out, value, 4);
}

void put_block(struct buffer *out, const void *data, size_t size)
{
    uint8_t *room = size > 0 ? make_room(out, size) : NULL;

    if (room != NULL)
        memcpy(room, data, size);
}

void put_text(struct buffer *out, const char *text)
{
    put_block(out, text, strlen(text));
}

/* Most of what is put is short. */
void put_format(struct buffer *out, const char *format, ...)
{
    char piece[128], *text = piece;
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(piece, sizeof(piece), format, arguments);
    va_end(arguments);
    if (size >= (int)sizeof(piece)) {
        va_start(arguments, format);
        size = vasprintf(&text, format, arguments);
        va_end(arguments);
    }
    if (size < 0) {
        out->failed = true;
        return;
    }
    put_block(out, text, (size_t)size);
    if (text != piece)
        free(text);
}
