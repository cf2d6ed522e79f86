/*
 * dkim_key.c - fuzzes the reader of DKIM key records: the input is a record's text, cut into strings
 *
 * Properties: the outcome does not depend on how the text is cut, but for what a full string says; a record is usable,
 * revoked or at fault; a repaired record is what a verifier takes, and has nothing left to repair; the text of a file
 * is read as one of its records.
 */
#include "probes/protocol/dkim_key.h"

#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check_key(const struct dkim_record_facts *record)
{
    bool rsa = strcmp(record->key_type, "rsa") == 0;

    check(record->key.size > 0 && record->bits.value > 0);
    check(rsa || (strcmp(record->key_type, "ed25519") == 0 && record->key.size == 32));
    check(!rsa || record->key.size >= 8);
    check(dkim_same_key(record, record));
}

static void check_record(const struct dkim_record_facts *record)
{
    check(record->text != NULL && record->key_type != NULL);
    check((record->fault != NULL) + (record->revoked == YES) + (record->key.data != NULL) == 1);
    check(record->bits.known == (record->key.data != NULL));
    if (record->key.data != NULL)
        check_key(record);
    check(record->repaired == NULL || record->fault != NULL);
}

static void check_repaired(const char *text, struct arena *arena)
{
    struct dkim_record_facts *record;

    check(dkim_text_read(bytes_of(text, strlen(text)), arena, &record) == 0);
    check_record(record);
    check(record->key.data != NULL && record->damage.count == 0 && record->remarks.count == 0);
}

/* The text in strings of `size` bytes, as RDATA. */
static struct bytes in_strings(const uint8_t *text, size_t text_size, size_t size, struct arena *arena)
{
    uint8_t *data = arena_alloc(arena, text_size * 2 + 2);
    size_t at = 0, out = 0;

    do {
        size_t part = text_size - at < size ? text_size - at : size;

        data[out++] = (uint8_t)part;
        if (part > 0)
            memcpy(data + out, text + at, part);
        out += part;
        at += part;
    } while (at < text_size);
    return bytes_of(data, out);
}

static void check_file(const uint8_t *data, size_t size, struct arena *arena)
{
    struct dkim_record_facts *record;
    struct bytes text;

    check(dkim_file_text(bytes_of(data, size), arena, &text) == 0 && text.size <= size);
    check(dkim_text_read(text, arena, &record) == 0);
    check_record(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct dkim_record_facts *record, *whole;

    if (size > 16384) {
        arena_free(arena);
        return 0;
    }
    check(dkim_record_read(in_strings(data, size, 61, arena), arena, &record) == 0);
    check(dkim_text_read(bytes_of(data, size), arena, &whole) == 0);
    check(same(record->text, whole->text) && same(record->fault, whole->fault));
    check_record(record);
    if (record->repaired != NULL)
        check_repaired(record->repaired, arena);
    check_file(data, size, arena);
    /* what comes over the wire may be cut anywhere */
    (void)dkim_record_read(bytes_of(data, size), arena, &record);
    arena_free(arena);
    return 0;
}
