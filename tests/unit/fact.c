/*
 * fact.c - tests of field tables: JSON out, JSON in, the schema
 *
 * A filler walks a shape and gives every fact a value, so a new field of any struct is tested by being in its
 * table; a second walk finds fields that are not.
 */
#include "scanner/facts/fact.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/facts/scan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* ---- a shape with every kind, as none of the real ones has ---- */

enum colour { COLOUR_UNKNOWN, COLOUR_RED, COLOUR_GREEN };
static const char *const colour_values[] = {"unknown", "red", "green", NULL};

struct leaf {
    const char *key;
    struct number size;
};
static const struct fact leaf_facts[] = {
    FACT(struct leaf, key, FACT_TEXT, "the key"),
    FACT(struct leaf, size, FACT_NUMBER, "the size"),
};
static const struct shape leaf_shape = SHAPE("leaf", struct leaf, leaf_facts, "a leaf");

struct all {
    enum known yes;
    struct number count;
    struct number when;
    const char *text;
    enum colour colour;
    struct bytes raw;
    struct leaf *leaf;
    struct all *again;
    struct list texts;
    struct list leaves;
    struct list map;
};
static const struct shape all_shape;
static const struct fact all_facts[] = {
    FACT(struct all, yes, FACT_KNOWN, "known"),
    FACT(struct all, count, FACT_NUMBER, "number"),
    FACT(struct all, when, FACT_TIME, "time"),
    FACT(struct all, text, FACT_TEXT, "text"),
    FACT_ENUM_OF(struct all, colour, colour_values, "enum"),
    FACT(struct all, raw, FACT_BYTES, "bytes"),
    FACT_OF(struct all, leaf, FACT_OBJECT, &leaf_shape, "object"),
    FACT_OF(struct all, again, FACT_OBJECT, &all_shape, "object of the same shape"),
    FACT(struct all, texts, FACT_TEXTS, "texts"),
    FACT_OF(struct all, leaves, FACT_LIST, &leaf_shape, "list"),
    FACT_OF(struct all, map, FACT_MAP, &leaf_shape, "map"),
};
static const struct shape all_shape = SHAPE("all", struct all, all_facts, "every kind");

/* ---- walks ---- */

struct filler {
    struct arena *arena;
    int64_t next;
};

static void *fill(struct filler *filler, const struct shape *shape, unsigned depth);

static char *fill_text(struct filler *filler, const char *what)
{
    return arena_format(filler->arena, "%s \xc3\xbc \\x1b \"%lld\"", what, (long long)filler->next++);
}

static void fill_list(struct filler *filler, const struct fact *fact, struct list *list, unsigned depth)
{
    for (int i = 0; i < 2; i++)
        list_add(list, filler->arena,
                 fact->kind == FACT_TEXTS ? (void *)fill_text(filler, fact->name)
                                          : fill(filler, fact->shape, depth));
}

static void fill_field(struct filler *filler, const struct fact *fact, char *field, unsigned depth)
{
    int values = 0;

    switch (fact->kind) {
    case FACT_KNOWN:
        *(enum known *)(void *)field = known(filler->next++ % 2 == 0);
        break;
    case FACT_NUMBER:
        *(struct number *)(void *)field = number(filler->next++ % 3 == 0 ? INT64_MIN : filler->next);
        break;
    case FACT_TIME:
        *(struct number *)(void *)field = number(1795348800 + filler->next++);
        break;
    case FACT_TEXT:
        *(char **)(void *)field = fill_text(filler, fact->name);
        break;
    case FACT_ENUM:
        while (fact->values[values] != NULL)
            values++;
        cr_assert_gt(values, 1, "%s has no values", fact->name);
        *(int *)(void *)field = 1 + (int)(filler->next++ % (values - 1));
        break;
    case FACT_BYTES:
        *(struct bytes *)(void *)field =
            bytes_of(arena_copy(filler->arena, "\0\xff\n\"bytes", 9), (size_t)(filler->next++ % 10));
        break;
    case FACT_OBJECT:
        *(void **)(void *)field = depth == 0 ? NULL : fill(filler, fact->shape, depth - 1);
        break;
    case FACT_TEXTS:
    case FACT_LIST:
    case FACT_MAP:
        fill_list(filler, fact, (struct list *)(void *)field, depth - (depth > 0));
        break;
    }
}

/* `depth` bounds shapes that contain themselves; real ones are not that deep. */
static void *fill(struct filler *filler, const struct shape *shape, unsigned depth)
{
    char *facts = arena_alloc(filler->arena, shape->size);

    for (size_t i = 0; i < shape->count; i++)
        fill_field(filler, &shape->facts[i], facts + shape->facts[i].offset, depth);
    return facts;
}

static size_t size_of_kind(enum fact_kind kind)
{
    switch (kind) {
    case FACT_KNOWN:
    case FACT_ENUM:
        return sizeof(int);
    case FACT_NUMBER:
    case FACT_TIME:
        return sizeof(struct number);
    case FACT_TEXT:
    case FACT_OBJECT:
        return sizeof(void *);
    case FACT_BYTES:
        return sizeof(struct bytes);
    case FACT_TEXTS:
    case FACT_LIST:
    case FACT_MAP:
        return sizeof(struct list);
    }
    return 0;
}

/* Every byte of a struct but padding belongs to a fact of its table, and no name is there twice. */
static void check_table(const struct shape *shape)
{
    size_t at = 0;

    for (size_t i = 0; i < shape->count; i++) {
        const struct fact *fact = &shape->facts[i];
        size_t size = size_of_kind(fact->kind);
        size_t alignment = size == sizeof(int) ? alignof(int) : alignof(void *);

        at = (at + alignment - 1) / alignment * alignment;
        cr_expect_eq(fact->offset, at, "%s.%s: a field before it is not in the table, or the order differs",
                     shape->name, fact->name);
        at = fact->offset + size;
        cr_expect(fact->meaning != NULL && fact->meaning[0] != '\0', "%s.%s", shape->name, fact->name);
        cr_expect((fact->shape != NULL) ==
                  (fact->kind == FACT_OBJECT || fact->kind == FACT_LIST || fact->kind == FACT_MAP));
        for (size_t j = 0; j < i; j++)
            cr_expect_str_neq(shape->facts[j].name, fact->name);
        if (fact->shape != NULL && fact->shape != shape)
            check_table(fact->shape);
    }
    at = (at + alignof(void *) - 1) / alignof(void *) * alignof(void *);
    cr_expect_eq(shape->size, at, "%s: its last field is not in the table", shape->name);
}

/* Nothing is null and nothing is missing in what was filled. */
static void check_filled(const struct shape *shape, size_t first, const json_t *json)
{
    cr_assert(json_is_object(json), "%s", shape->name);
    cr_expect_eq(json_object_size(json), shape->count - first, "%s", shape->name);
    for (size_t i = first; i < shape->count; i++) {
        const struct fact *fact = &shape->facts[i];
        const json_t *member = json_object_get(json, fact->name);

        cr_expect_not_null(member, "%s.%s is missing", shape->name, fact->name);
        cr_expect_not(json_is_null(member), "%s.%s is null", shape->name, fact->name);
        if (fact->kind == FACT_OBJECT)
            check_filled(fact->shape, 0, member);
        else if (fact->kind == FACT_LIST)
            check_filled(fact->shape, 0, json_array_get(member, 1));
    }
}

static char *dump(const struct shape *shape, const void *facts)
{
    json_t *json = facts_to_json(shape, facts);
    char *text = json_dumps(json, JSON_COMPACT);

    cr_assert_not_null(text);
    json_decref(json);
    return text;
}

/* Out, in and out again gives the same bytes. */
static void check_round_trip(const struct shape *shape, const void *facts)
{
    struct arena *arena = arena_new(0);
    json_t *json = facts_to_json(shape, facts);
    const char *where = NULL;
    void *again = NULL;
    char *before = dump(shape, facts), *after;

    cr_assert_eq(facts_from_json(shape, json, arena, &again, &where), 0, "%s: %s", shape->name, where);
    after = dump(shape, again);
    cr_expect_str_eq(before, after);
    free(before);
    free(after);
    json_decref(json);
    arena_free(arena);
}

Test(fact, tables_cover_their_structs)
{
    check_table(&scan_shape);
    check_table(&all_shape);
}

Test(fact, round_trip_of_every_shape_filled)
{
    struct filler filler = {.arena = arena_new(0)};

    /* Several times, so that enums and yes/no take other values. */
    for (int i = 0; i < 20; i++) {
        void *facts = fill(&filler, &scan_shape, 20);
        json_t *json = facts_to_json(&scan_shape, facts);

        check_filled(&scan_shape, 0, json);
        json_decref(json);
        check_round_trip(&scan_shape, facts);
        check_round_trip(&all_shape, fill(&filler, &all_shape, 3));
        filler.next++;
    }
    arena_free(filler.arena);
}

static const char filled_text[] =
    "{\"yes\":false,\"count\":-5,\"when\":\"2026-11-22T12:00:00Z\",\"text\":\"t\",\"colour\":\"green\","
    "\"raw\":\"AP8=\",\"leaf\":{\"key\":\"k\",\"size\":null},\"again\":null,\"texts\":[\"a\",\"b\"],"
    "\"leaves\":[{\"key\":null,\"size\":1}],\"map\":{\"x\":{\"size\":2},\"y\":{\"size\":null}}}";
static const char empty_text[] =
    "{\"yes\":null,\"count\":null,\"when\":null,\"text\":null,\"colour\":null,\"raw\":null,\"leaf\":null,"
    "\"again\":null}";

Test(fact, json_is_as_described)
{
    struct arena *arena = arena_new(0);
    struct leaf leaf = {.key = "k"}, first = {.size = number(1)};
    struct leaf x = {.key = "x", .size = number(2)}, y = {.key = "y"};
    struct all all = {.yes = NO,
                      .count = number(-5),
                      .when = number(1795348800),
                      .text = "t",
                      .colour = COLOUR_GREEN,
                      .raw = bytes_of("\0\xff", 2),
                      .leaf = &leaf};
    struct all empty = {0};
    char *text;

    list_add(&all.texts, arena, arena_text(arena, "a"));
    list_add(&all.texts, arena, arena_text(arena, "b"));
    list_add(&all.leaves, arena, &first);
    list_add(&all.map, arena, &x);
    list_add(&all.map, arena, &y);
    text = dump(&all_shape, &all);
    cr_expect_str_eq(text, filled_text);
    free(text);
    check_round_trip(&all_shape, &all);
    text = dump(&all_shape, &empty);
    cr_expect_str_eq(text, empty_text);
    free(text);
    check_round_trip(&all_shape, &empty);

    /* Observed and empty is not the same as not observed. */
    empty.texts.observed = empty.leaves.observed = empty.map.observed = true;
    empty.raw = bytes_of("", 0);
    text = dump(&all_shape, &empty);
    cr_expect(strstr(text, "\"raw\":\"\"") && strstr(text, "\"texts\":[],\"leaves\":[],\"map\":{}"));
    free(text);
    check_round_trip(&all_shape, &empty);

    /* What has no text form is not observed; what was not cleaned is. */
    struct all strange = {.when = number(INT64_MAX), .text = "\xff", .count = number(INT64_MIN)};

    text = dump(&all_shape, &strange);
    cr_expect_not_null(strstr(text, "\"when\":null,\"text\":\"\\\\xff\""));
    cr_expect_not_null(strstr(text, "\"count\":-9223372036854775808"));
    free(text);
    arena_free(arena);
}

Test(fact, json_that_is_wrong_is_named)
{
    static const struct {
        const char *json;
        const char *where; /* NULL: it is fine */
    } table[] = {
        {"{}", NULL},
        {"{\"unknown\": {\"deep\": [1, 2]}}", NULL},
        {"{\"count\": 9223372036854775807}", NULL},
        {"[]", ""},
        {"{\"yes\": 1}", "yes"},
        {"{\"yes\": \"true\"}", "yes"},
        {"{\"count\": \"1\"}", "count"},
        {"{\"count\": 1.0}", "count"},
        {"{\"count\": true}", "count"},
        {"{\"when\": 0}", "when"},
        {"{\"when\": \"yesterday\"}", "when"},
        {"{\"when\": \"2026-02-30T00:00:00Z\"}", "when"},
        {"{\"text\": 1}", "text"},
        {"{\"text\": []}", "text"},
        {"{\"colour\": \"blue\"}", "colour"},
        {"{\"colour\": \"unknown\"}", "colour"},
        {"{\"colour\": 1}", "colour"},
        {"{\"raw\": \"A\"}", "raw"},
        {"{\"raw\": [1]}", "raw"},
        {"{\"leaf\": []}", "leaf"},
        {"{\"leaf\": {\"size\": \"x\"}}", "leaf.size"},
        {"{\"again\": {\"again\": {\"leaf\": {\"key\": 1}}}}", "again.again.leaf.key"},
        {"{\"texts\": null}", "texts"},
        {"{\"texts\": {}}", "texts"},
        {"{\"texts\": [\"a\", null]}", "texts[1]"},
        {"{\"leaves\": {}}", "leaves"},
        {"{\"leaves\": [{}, {\"size\": 1}, {\"size\": []}]}", "leaves[2].size"},
        {"{\"leaves\": [{}, null]}", "leaves[1]"},
        {"{\"map\": []}", "map"},
        {"{\"map\": {\"a\": {}, \"b\": 1}}", "map.b"},
        {"{\"map\": {\"a\\u001b\": 1}}", "map.a\\x1b"},
        {"{\"again\": {\"leaves\": [{\"key\": {}}]}}", "again.leaves[0].key"},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        json_t *json = json_loads(table[i].json, 0, NULL);
        const char *where = NULL;
        void *facts = NULL;
        int result;

        cr_assert_not_null(json, "%s", table[i].json);
        result = facts_from_json(&all_shape, json, arena, &facts, &where);
        cr_expect_eq(result, table[i].where == NULL ? 0 : -EINVAL, "%s", table[i].json);
        cr_expect_eq(facts != NULL, table[i].where == NULL, "%s", table[i].json);
        if (table[i].where != NULL) {
            cr_assert_not_null(where, "%s", table[i].json);
            cr_expect_str_eq(where, table[i].where);
        }
        json_decref(json);
    }
    arena_free(arena);
}

Test(fact, texts_of_a_stored_scan_are_made_harmless)
{
    struct arena *arena = arena_new(0);
    json_t *json =
        json_loads("{\"text\": \"\\u001b[2J \\u202e \\\\x1b\", \"map\": {\"\\u0007\": {}}}", 0, NULL);
    const char *where = NULL;
    void *facts = NULL;

    cr_assert_eq(facts_from_json(&all_shape, json, arena, &facts, &where), 0);

    const struct all *all = facts;
    const struct leaf *entry = all->map.items[0];

    cr_expect_str_eq(all->text, "\\x1b[2J \\xe2\\x80\\xae \\x1b");
    cr_expect_str_eq(entry->key, "\\x07");
    json_decref(json);
    arena_free(arena);
}

Test(fact, memory_that_runs_out_is_told)
{
    json_t *json = json_loads(filled_text, 0, NULL);
    bool succeeded = false;

    for (size_t limit = 16; !succeeded; limit += 16) {
        struct arena *arena = arena_new(limit);
        const char *where = NULL;
        void *facts = NULL;
        int result = facts_from_json(&all_shape, json, arena, &facts, &where);

        cr_assert(result == 0 || result == -ENOMEM, "%d with %zu bytes", result, limit);
        cr_assert_eq(facts != NULL, result == 0);
        cr_assert_null(where);
        succeeded = result == 0;
        arena_free(arena);
        cr_assert_lt(limit, 100000);
    }
    json_decref(json);
}

/* `depth` objects, one in the other. */
static char *nested(size_t depth)
{
    struct buffer text = {0};

    for (size_t i = 0; i < depth; i++)
        put_text(&text, "{\"again\":");
    put_text(&text, "null");
    for (size_t i = 0; i < depth; i++)
        put_text(&text, "}");
    put_u8(&text, 0);
    return (char *)text.data;
}

Test(fact, nesting_is_bounded)
{
    static const struct {
        const char *text;
        bool ok;
    } table[] = {
        {"", true},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", true},    /* 32 */
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", false}, /* 33 */
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{", false},
        {"\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", true}, /* in a string */
        {"\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", true},
        {"\"\\\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", false}, /* the string ended */
        {"[][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][][]", true},
        {"]]]][[[[", true},
        {"\"\\", true},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        cr_expect_eq(json_depth_ok(table[i].text, strlen(table[i].text)), table[i].ok, "%s", table[i].text);

    /* Also without that look, for a shape that contains itself. */
    for (size_t depth = 30; depth < 40; depth++) {
        struct arena *arena = arena_new(0);
        char *text = nested(depth);
        json_t *json = json_loads(text, 0, NULL);
        const char *where = NULL;
        void *facts = NULL;
        int result = facts_from_json(&all_shape, json, arena, &facts, &where);

        cr_expect_eq(result, depth <= JSON_DEPTH_MAX ? 0 : -EINVAL, "%zu deep: %d", depth, result);
        cr_expect_eq(json_depth_ok(text, strlen(text)), depth <= JSON_DEPTH_MAX);
        json_decref(json);
        free(text);
        arena_free(arena);
    }
}

Test(fact, schema_is_as_described)
{
    static const char expected[] =
        "{\"$ref\":\"#/$defs/all\"} {\"all\":{\"type\":\"object\",\"description\":\"every "
        "kind\",\"properties\":{"
        "\"yes\":{\"type\":[\"boolean\",\"null\"],\"description\":\"known\"},"
        "\"count\":{\"type\":[\"integer\",\"null\"],\"description\":\"number\"},"
        "\"when\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\",\"pattern\":"
        "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$\",\"description\":\"time\"},"
        "\"text\":{\"type\":[\"string\",\"null\"],\"description\":\"text\"},"
        "\"colour\":{\"enum\":[\"red\",\"green\",null],\"description\":\"enum\"},"
        "\"raw\":{\"type\":[\"string\",\"null\"],\"contentEncoding\":\"base64\",\"description\":\"bytes\"},"
        "\"leaf\":{\"anyOf\":[{\"$ref\":\"#/$defs/leaf\"},{\"type\":\"null\"}],\"description\":\"object\"},"
        "\"again\":{\"anyOf\":[{\"$ref\":\"#/$defs/all\"},{\"type\":\"null\"}],"
        "\"description\":\"object of the same shape\"},"
        "\"texts\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"texts\"},"
        "\"leaves\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/leaf\"},\"description\":\"list\"},"
        "\"map\":{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/leaf_by_key\"},"
        "\"description\":\"map\"}},"
        "\"required\":[\"yes\",\"count\",\"when\",\"text\",\"colour\",\"raw\",\"leaf\",\"again\"],"
        "\"additionalProperties\":false},"
        "\"leaf\":{\"type\":\"object\",\"description\":\"a leaf\",\"properties\":{"
        "\"key\":{\"type\":[\"string\",\"null\"],\"description\":\"the key\"},"
        "\"size\":{\"type\":[\"integer\",\"null\"],\"description\":\"the size\"}},"
        "\"required\":[\"key\",\"size\"],\"additionalProperties\":false},"
        "\"leaf_by_key\":{\"type\":\"object\",\"description\":\"a leaf\",\"properties\":{"
        "\"size\":{\"type\":[\"integer\",\"null\"],\"description\":\"the size\"}},"
        "\"required\":[\"size\"],\"additionalProperties\":false}}";
    json_t *definitions = json_object();
    json_t *schema = facts_schema(&all_shape, definitions);
    char *reference = json_dumps(schema, JSON_COMPACT);
    char *defined = json_dumps(definitions, JSON_COMPACT);
    struct buffer both = {0};

    put_format(&both, "%s %s", reference, defined);
    put_u8(&both, 0);
    cr_expect_str_eq((char *)both.data, expected);
    buffer_free(&both);
    free(reference);
    free(defined);
    json_decref(schema);
    json_decref(definitions);
}

/* Every "$ref" below leads to a definition. */
static size_t check_references(const json_t *json, const json_t *definitions)
{
    size_t references = 0, index;
    const char *key;
    json_t *member;

    json_object_foreach((json_t *)(uintptr_t)json, key, member)
    {
        if (strcmp(key, "$ref") == 0) {
            const char *name = json_string_value(member) + strlen("#/$defs/");

            cr_expect_not_null(json_object_get(definitions, name), "%s is not defined", name);
            references++;
        }
        references += check_references(member, definitions);
    }
    json_array_foreach(json, index, member) references += check_references(member, definitions);
    return references;
}

Test(fact, schema_of_a_scan_is_whole)
{
    json_t *definitions = json_object();
    json_t *schema = facts_schema(&scan_shape, definitions);

    cr_assert_not_null(schema);
    cr_expect_gt(check_references(definitions, definitions), 20);
    json_decref(schema);
    json_decref(definitions);
}
