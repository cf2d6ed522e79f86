/*
 * fact_write.c - facts as JSON, by their field table
 */
#include "scanner/base/arena.h"
#include "scanner/base/json_writer.h"
#include "scanner/base/text.h"
#include "scanner/facts/fact.h"

#include <stdlib.h>
#include <string.h>

static const void *field_of(const void *facts, const struct fact *fact)
{
    return (const char *)facts + fact->offset;
}

/* The key of an entry of a FACT_MAP is its first field. */
static const char *key_of(const struct shape *shape, const void *facts)
{
    const char *const *key = field_of(facts, &shape->facts[0]);

    return *key == NULL ? "" : *key;
}

static void write_time(struct json_writer *writer, const struct number *time)
{
    struct arena *arena = arena_new(0);

    if (arena == NULL)
        writer->to->failed = true;
    else
        json_put_text(writer, time->known ? text_time(arena, time->value) : NULL);
    arena_free(arena);
}

static void write_bytes(struct json_writer *writer, const struct bytes *bytes)
{
    struct arena *arena = arena_new(0);
    const char *text =
        arena == NULL || bytes->data == NULL ? NULL : text_base64(arena, bytes->data, bytes->size);

    if (text == NULL && bytes->data != NULL)
        writer->to->failed = true;
    else
        json_put_text(writer, text);
    arena_free(arena);
}

static void write_known(struct json_writer *writer, enum known value)
{
    switch (value) {
    case YES:
        json_put_boolean(writer, true);
        return;
    case NO:
        json_put_boolean(writer, false);
        return;
    case UNKNOWN:
        break;
    }
    json_put_null(writer);
}

static void write_number(struct json_writer *writer, const struct number *number)
{
    if (number->known)
        json_put_integer(writer, number->value);
    else
        json_put_null(writer);
}

/* Texts when `shape` is NULL. */
static void write_list(struct json_writer *writer, const struct shape *shape, const struct list *list)
{
    json_open(writer, '[');
    for (size_t i = 0; i < list->count; i++)
        if (shape == NULL)
            json_put_text(writer, list->items[i]);
        else
            facts_write(writer, shape, list->items[i]);
    json_close(writer, ']');
}

static void write_members(struct json_writer *writer, const struct shape *shape, const void *facts,
                          size_t first)
{
    json_open(writer, '{');
    for (size_t i = first; i < shape->count; i++)
        facts_write_member(writer, &shape->facts[i], facts);
    json_close(writer, '}');
}

/* Where the entries of a map are, by their cleaned keys. Two keys of a stored scan may become one by that: its
 * place is that of the first, its value that of the last. NULL when out of memory. */
static json_t *entries_by_key(const struct shape *shape, const struct list *list)
{
    struct arena *arena = arena_new(0);
    json_t *entries = arena == NULL ? NULL : json_object();

    for (size_t i = 0; entries != NULL && i < list->count; i++) {
        const char *key = key_of(shape, list->items[i]);

        key = text_clean_again(arena, key, strlen(key), 0);
        if (key == NULL || json_object_set_new(entries, key, json_integer((json_int_t)i)) < 0) {
            json_decref(entries);
            entries = NULL;
        }
    }
    arena_free(arena);
    return entries;
}

static void write_map(struct json_writer *writer, const struct shape *shape, const struct list *list)
{
    json_t *entries = entries_by_key(shape, list), *index;
    const char *key;

    if (entries == NULL)
        writer->to->failed = true;
    json_open(writer, '{');
    json_object_foreach(entries, key, index)
    {
        json_name(writer, key);
        write_members(writer, shape, list->items[json_integer_value(index)], 1);
    }
    json_close(writer, '}');
    json_decref(entries);
}

static void write_object(struct json_writer *writer, const struct shape *shape, const void *facts)
{
    if (facts == NULL)
        json_put_null(writer);
    else
        facts_write(writer, shape, facts);
}

static void write_field(struct json_writer *writer, const struct fact *fact, const void *field)
{
    switch (fact->kind) {
    case FACT_KNOWN:
        write_known(writer, *(const enum known *)field);
        break;
    case FACT_NUMBER:
        write_number(writer, field);
        break;
    case FACT_TIME:
        write_time(writer, field);
        break;
    case FACT_TEXT:
        json_put_text(writer, *(const char *const *)field);
        break;
    case FACT_ENUM: {
        /* Every enum of facts is an int: zero and up, with a zero. */
        int value = *(const int *)field;

        json_put_text(writer, value == 0 ? NULL : fact->values[value]);
        break;
    }
    case FACT_BYTES:
        write_bytes(writer, field);
        break;
    case FACT_OBJECT:
        write_object(writer, fact->shape, *(const void *const *)field);
        break;
    case FACT_TEXTS:
        write_list(writer, NULL, field);
        break;
    case FACT_LIST:
        write_list(writer, fact->shape, field);
        break;
    case FACT_MAP:
        write_map(writer, fact->shape, field);
        break;
    }
}

void facts_write_member(struct json_writer *writer, const struct fact *fact, const void *facts)
{
    const void *field = field_of(facts, fact);

    if (fact_is_list(fact->kind) && !((const struct list *)field)->observed)
        return;
    json_name(writer, fact->name);
    write_field(writer, fact, field);
}

void facts_write(struct json_writer *writer, const struct shape *shape, const void *facts)
{
    write_members(writer, shape, facts, 0);
}

char *facts_text(const struct shape *shape, const void *facts)
{
    struct buffer text = {0};
    struct json_writer writer = {.to = &text, .one_line = true};

    facts_write(&writer, shape, facts);
    put_u8(&text, '\0');
    if (text.failed)
        buffer_free(&text);
    return (char *)text.data;
}

json_t *facts_to_json(const struct shape *shape, const void *facts)
{
    char *text = facts_text(shape, facts);
    json_t *json = text == NULL ? NULL : json_loads(text, 0, NULL);

    free(text);
    return json;
}
