/*
 * fact.c - what a field table gives: JSON out, JSON in, the schema
 */
#include "scanner/facts/fact.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdio.h>
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

/* ---- out ---- */

/* `scratch` holds texts that only live until jansson has copied them. */
static json_t *object_to_json(const struct shape *shape, const void *facts, size_t first,
                              struct arena *scratch);

static json_t *text_to_json(const char *text, struct arena *scratch)
{
    json_t *json;

    if (text == NULL)
        return json_null();
    json = json_string(text);
    if (json != NULL)
        return json;
    /* Not UTF-8: it was not cleaned. One text must not cost the whole report. */
    text = text_clean_again(scratch, text, strlen(text), 0);
    return text == NULL ? NULL : json_string(text);
}

static json_t *time_to_json(const struct number *time, struct arena *scratch)
{
    return text_to_json(time->known ? text_time(scratch, time->value) : NULL, scratch);
}

static json_t *bytes_to_json(const struct bytes *bytes, struct arena *scratch)
{
    char *text;

    if (bytes->data == NULL)
        return json_null();
    text = text_base64(scratch, bytes->data, bytes->size);
    return text == NULL ? NULL : json_string_nocheck(text);
}

static json_t *known_to_json(enum known value)
{
    switch (value) {
    case YES:
        return json_true();
    case NO:
        return json_false();
    case UNKNOWN:
        break;
    }
    return json_null();
}

static json_t *texts_to_json(const struct list *texts, struct arena *scratch)
{
    json_t *array = json_array();

    for (size_t i = 0; i < texts->count; i++)
        if (json_array_append_new(array, text_to_json(texts->items[i], scratch)) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *list_to_json(const struct shape *shape, const struct list *list, struct arena *scratch)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        if (json_array_append_new(array, object_to_json(shape, list->items[i], 0, scratch)) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *map_to_json(const struct shape *shape, const struct list *list, struct arena *scratch)
{
    json_t *object = json_object();

    for (size_t i = 0; i < list->count; i++) {
        const char *key = key_of(shape, list->items[i]);

        key = text_clean_again(scratch, key, strlen(key), 0);
        if (key == NULL ||
            json_object_set_new(object, key, object_to_json(shape, list->items[i], 1, scratch)) < 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *field_to_json(const struct fact *fact, const void *field, struct arena *scratch)
{
    const void *pointer;

    switch (fact->kind) {
    case FACT_KNOWN:
        return known_to_json(*(const enum known *)field);
    case FACT_NUMBER: {
        const struct number *number = field;

        return number->known ? json_integer(number->value) : json_null();
    }
    case FACT_TIME:
        return time_to_json(field, scratch);
    case FACT_TEXT:
        return text_to_json(*(const char *const *)field, scratch);
    case FACT_ENUM: {
        /* Every enum of facts is an int: zero and up, with a zero. */
        int value = *(const int *)field;

        return value == 0 ? json_null() : json_string(fact->values[value]);
    }
    case FACT_BYTES:
        return bytes_to_json(field, scratch);
    case FACT_OBJECT:
        pointer = *(const void *const *)field;
        return pointer == NULL ? json_null() : object_to_json(fact->shape, pointer, 0, scratch);
    case FACT_TEXTS:
        return texts_to_json(field, scratch);
    case FACT_LIST:
        return list_to_json(fact->shape, field, scratch);
    case FACT_MAP:
        return map_to_json(fact->shape, field, scratch);
    }
    return NULL;
}

/* Absent as a whole, not null, when nobody looked. */
static bool is_list(enum fact_kind kind)
{
    return kind == FACT_TEXTS || kind == FACT_LIST || kind == FACT_MAP;
}

static json_t *object_to_json(const struct shape *shape, const void *facts, size_t first,
                              struct arena *scratch)
{
    json_t *object = json_object();

    for (size_t i = first; i < shape->count; i++) {
        const struct fact *fact = &shape->facts[i];
        const void *field = field_of(facts, fact);

        if (is_list(fact->kind) && !((const struct list *)field)->observed)
            continue;
        if (json_object_set_new(object, fact->name, field_to_json(fact, field, scratch)) < 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *facts_to_json(const struct shape *shape, const void *facts)
{
    struct arena *scratch = arena_new(0);
    json_t *json = scratch == NULL ? NULL : object_to_json(shape, facts, 0, scratch);

    arena_free(scratch);
    return json;
}

/* ---- in ---- */

/* Where in the JSON we are; lives on the C stack, written out only when something is wrong. */
struct place {
    const struct place *above; /* NULL: the whole */
    const char *name;          /* NULL: an item of an array */
    size_t index;
};

struct reader {
    struct arena *arena;
    struct buffer where; /* of the first thing that was wrong */
};

static void print_place(struct buffer *to, const struct place *place)
{
    if (place == NULL || place->above == NULL)
        return;
    print_place(to, place->above);
    if (place->name == NULL)
        put_format(to, "[%zu]", place->index);
    else
        put_format(to, "%s%s", to->size == 0 ? "" : ".", place->name);
}

static int wrong(struct reader *reader, const struct place *place)
{
    print_place(&reader->where, place);
    return -EINVAL;
}

static int object_from_json(struct reader *reader, const struct shape *shape, const json_t *json,
                            const char *key, const struct place *place, void **ret);

static int text_from_json(struct reader *reader, const json_t *json, const struct place *place,
                          const char **ret)
{
    if (!json_is_string(json))
        return wrong(reader, place);
    *ret = text_clean_again(reader->arena, json_string_value(json), json_string_length(json), 0);
    return *ret == NULL ? -ENOMEM : 0;
}

static int number_from_json(struct reader *reader, const json_t *json, const struct place *place,
                            struct number *ret)
{
    if (!json_is_integer(json))
        return wrong(reader, place);
    *ret = number(json_integer_value(json));
    return 0;
}

static int time_from_json(struct reader *reader, const json_t *json, const struct place *place,
                          struct number *ret)
{
    int64_t seconds;

    if (!json_is_string(json) || text_parse_time(json_string_value(json), &seconds) < 0)
        return wrong(reader, place);
    *ret = number(seconds);
    return 0;
}

static int enum_from_json(struct reader *reader, const struct fact *fact, const json_t *json,
                          const struct place *place, int *ret)
{
    const char *word = json_string_value(json);

    for (int i = 1; word != NULL && fact->values[i] != NULL; i++)
        if (strcmp(fact->values[i], word) == 0) {
            *ret = i;
            return 0;
        }
    return wrong(reader, place);
}

static int bytes_from_json(struct reader *reader, const json_t *json, const struct place *place,
                           struct bytes *ret)
{
    uint8_t *data;
    size_t size;
    int result;

    if (!json_is_string(json))
        return wrong(reader, place);
    result = text_parse_base64(reader->arena, json_string_value(json), &data, &size);
    if (result == -EINVAL)
        return wrong(reader, place);
    if (result == 0)
        *ret = bytes_of(data, size);
    return result;
}

/* Texts when `shape` is NULL. */
static int list_from_json(struct reader *reader, const struct shape *shape, const json_t *json,
                          const struct place *place, struct list *list)
{
    if (!json_is_array(json))
        return wrong(reader, place);
    list->observed = true;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const struct place here = {.above = place, .index = i};
        const json_t *item = json_array_get(json, i);
        const char *text = NULL;
        void *facts = NULL;
        int result = shape == NULL ? text_from_json(reader, item, &here, &text)
                                   : object_from_json(reader, shape, item, NULL, &here, &facts);

        if (result == 0)
            result = list_add(list, reader->arena, shape == NULL ? (void *)(uintptr_t)text : facts);
        if (result < 0)
            return result;
    }
    return 0;
}

static int map_from_json(struct reader *reader, const struct shape *shape, const json_t *json,
                         const struct place *place, struct list *list)
{
    if (!json_is_object(json))
        return wrong(reader, place);
    list->observed = true;
    /* jansson's iterator takes what it only reads as not const. */
    for (void *entry = json_object_iter((json_t *)(uintptr_t)json); entry != NULL;
         entry = json_object_iter_next((json_t *)(uintptr_t)json, entry)) {
        const char *key = json_object_iter_key(entry);
        const struct place here = {.above = place, .name = key};
        void *facts;
        int result = object_from_json(reader, shape, json_object_iter_value(entry), key, &here, &facts);

        if (result == 0)
            result = list_add(list, reader->arena, facts);
        if (result < 0)
            return result;
    }
    return 0;
}

static int field_from_json(struct reader *reader, const struct fact *fact, const json_t *json,
                           const struct place *place, void *field)
{
    if (json_is_null(json) && !is_list(fact->kind))
        return 0;
    switch (fact->kind) {
    case FACT_KNOWN:
        if (!json_is_boolean(json))
            return wrong(reader, place);
        *(enum known *)field = known(json_is_true(json));
        return 0;
    case FACT_NUMBER:
        return number_from_json(reader, json, place, field);
    case FACT_TIME:
        return time_from_json(reader, json, place, field);
    case FACT_TEXT:
        return text_from_json(reader, json, place, field);
    case FACT_ENUM:
        return enum_from_json(reader, fact, json, place, field);
    case FACT_BYTES:
        return bytes_from_json(reader, json, place, field);
    case FACT_OBJECT:
        return object_from_json(reader, fact->shape, json, NULL, place, field);
    case FACT_TEXTS:
        return list_from_json(reader, NULL, json, place, field);
    case FACT_LIST:
        return list_from_json(reader, fact->shape, json, place, field);
    case FACT_MAP:
        return map_from_json(reader, fact->shape, json, place, field);
    }
    return -EINVAL;
}

static size_t depth_of(const struct place *place)
{
    size_t depth = 0;

    for (; place != NULL; place = place->above)
        depth++;
    return depth;
}

/* `key` is not NULL for an entry of a map: its first field, which is not a member. */
static int object_from_json(struct reader *reader, const struct shape *shape, const json_t *json,
                            const char *key, const struct place *place, void **ret)
{
    void *facts;
    size_t first = 0;

    if (!json_is_object(json) || depth_of(place) > JSON_DEPTH_MAX)
        return wrong(reader, place);
    facts = arena_alloc(reader->arena, shape->size);
    if (facts == NULL)
        return -ENOMEM;
    if (key != NULL) {
        const char **field = (const char **)((char *)facts + shape->facts[0].offset);

        *field = text_clean_again(reader->arena, key, strlen(key), 0);
        if (*field == NULL)
            return -ENOMEM;
        first = 1;
    }
    for (size_t i = first; i < shape->count; i++) {
        const struct fact *fact = &shape->facts[i];
        const struct place here = {.above = place, .name = fact->name};
        const json_t *member = json_object_get(json, fact->name);
        int result =
            member == NULL ? 0 : field_from_json(reader, fact, member, &here, (char *)facts + fact->offset);

        if (result < 0)
            return result;
    }
    *ret = facts;
    return 0;
}

int facts_from_json(const struct shape *shape, const json_t *json, struct arena *arena, void **ret,
                    const char **ret_where)
{
    const struct place whole = {0};
    struct reader reader = {.arena = arena};
    int result = object_from_json(&reader, shape, json, NULL, &whole, ret);

    if (result == -EINVAL) {
        /* The keys of a map are the file's, not ours. */
        const char *where = text_clean_again(arena, reader.where.data, reader.where.size, 200);

        if (where == NULL || reader.where.failed)
            result = -ENOMEM;
        else
            *ret_where = where;
    }
    buffer_free(&reader.where);
    return result;
}

bool json_depth_ok(const char *text, size_t size)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < size; i++) {
        if (quoted) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                quoted = false;
            continue;
        }
        switch (text[i]) {
        case '"':
            quoted = true;
            break;
        case '[':
        case '{':
            if (++depth > JSON_DEPTH_MAX)
                return false;
            break;
        case ']':
        case '}':
            depth -= depth > 0;
            break;
        default:
            break;
        }
    }
    return true;
}

/* ---- schema ---- */

static const char time_pattern[] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";

static int define(const struct shape *shape, bool keyed, json_t *definitions, char **ret_reference);

static json_t *enum_schema(const struct fact *fact)
{
    json_t *values = json_array();

    for (size_t i = 1; fact->values[i] != NULL; i++)
        if (json_array_append_new(values, json_string(fact->values[i])) < 0) {
            json_decref(values);
            return NULL;
        }
    if (json_array_append_new(values, json_null()) < 0) {
        json_decref(values);
        return NULL;
    }
    return json_pack("{s:o}", "enum", values);
}

static json_t *shape_schema(const struct fact *fact, json_t *definitions)
{
    char *reference;
    json_t *json;

    if (define(fact->shape, fact->kind == FACT_MAP, definitions, &reference) < 0)
        return NULL;
    json = fact->kind == FACT_OBJECT
               ? json_pack("{s:[{s:s}, {s:s}]}", "anyOf", "$ref", reference, "type", "null")
           : fact->kind == FACT_LIST
               ? json_pack("{s:s, s:{s:s}}", "type", "array", "items", "$ref", reference)
               : json_pack("{s:s, s:{s:s}}", "type", "object", "additionalProperties", "$ref", reference);
    free(reference);
    return json;
}

static json_t *field_schema(const struct fact *fact, json_t *definitions)
{
    switch (fact->kind) {
    case FACT_KNOWN:
        return json_pack("{s:[s, s]}", "type", "boolean", "null");
    case FACT_NUMBER:
        return json_pack("{s:[s, s]}", "type", "integer", "null");
    case FACT_TIME:
        return json_pack("{s:[s, s], s:s, s:s}", "type", "string", "null", "format", "date-time", "pattern",
                         time_pattern);
    case FACT_TEXT:
        return json_pack("{s:[s, s]}", "type", "string", "null");
    case FACT_ENUM:
        return enum_schema(fact);
    case FACT_BYTES:
        return json_pack("{s:[s, s], s:s}", "type", "string", "null", "contentEncoding", "base64");
    case FACT_TEXTS:
        return json_pack("{s:s, s:{s:s}}", "type", "array", "items", "type", "string");
    case FACT_OBJECT:
    case FACT_LIST:
    case FACT_MAP:
        return shape_schema(fact, definitions);
    }
    return NULL;
}

static int define_members(const struct shape *shape, size_t first, json_t *definitions, json_t *properties,
                          json_t *required)
{
    for (size_t i = first; i < shape->count; i++) {
        const struct fact *fact = &shape->facts[i];
        json_t *schema = field_schema(fact, definitions);

        if (json_object_set_new(properties, fact->name, schema) < 0 ||
            json_object_set_new(schema, "description", json_string(fact->meaning)) < 0)
            return -ENOMEM;
        if (!is_list(fact->kind) && json_array_append_new(required, json_string(fact->name)) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Adds the definition of a shape unless it is there; `keyed`: as an entry of a map, without its first field.
 * *ret_reference is malloc'd. */
static int define(const struct shape *shape, bool keyed, json_t *definitions, char **ret_reference)
{
    static const char root[] = "#/$defs/";
    json_t *properties, *required, *definition;
    char *reference;

    if (asprintf(&reference, keyed ? "%s%s_by_%s" : "%s%s", root, shape->name, shape->facts[0].name) < 0)
        return -ENOMEM;
    if (json_object_get(definitions, reference + strlen(root)) == NULL) {
        properties = json_object();
        required = json_array();
        definition = json_pack("{s:s, s:s, s:o, s:o, s:b}", "type", "object", "description", shape->meaning,
                               "properties", properties, "required", required, "additionalProperties", 0);
        /* Set before its members are looked at: a shape may contain itself. */
        if (json_object_set_new(definitions, reference + strlen(root), definition) < 0 ||
            define_members(shape, keyed, definitions, properties, required) < 0) {
            free(reference);
            return -ENOMEM;
        }
    }
    *ret_reference = reference;
    return 0;
}

json_t *facts_schema(const struct shape *shape, json_t *definitions)
{
    char *reference;
    json_t *json;

    if (define(shape, false, definitions, &reference) < 0)
        return NULL;
    json = json_pack("{s:s}", "$ref", reference);
    free(reference);
    return json;
}
