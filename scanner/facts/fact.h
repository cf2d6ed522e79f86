/*
 * fact.h - the kinds of values a fact can have, and the table that describes a struct of facts
 *
 * Each struct of facts has one table (name, kind, offset, one line of meaning). It gives JSON out, JSON in,
 * the schema and the documentation. Memory zeroed by the arena means "not observed" for every kind.
 */
#ifndef OUTPOST_FACTS_FACT_H
#define OUTPOST_FACTS_FACT_H

#include "scanner/base/bytes.h"
#include "scanner/base/list.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Yes, no, or nobody looked. */
enum known { UNKNOWN = 0, YES, NO };

static inline enum known known(bool value)
{
    return value ? YES : NO;
}

struct number {
    bool known;
    int64_t value;
};

static inline struct number number(int64_t value)
{
    return (struct number){.known = true, .value = value};
}

enum fact_kind {
    FACT_KNOWN,  /* enum known: true, false or null */
    FACT_NUMBER, /* struct number: an integer or null */
    FACT_TIME,   /* struct number, seconds since 1970: "2026-11-22T12:00:00Z" or null */
    FACT_TEXT,   /* const char *, cleaned by base/text: a string or null */
    FACT_ENUM,   /* an enum whose 0 is "not observed": a string of `values` or null */
    FACT_BYTES,  /* struct bytes: base64 or null */
    FACT_OBJECT, /* pointer to a struct of `shape`: an object or null */
    FACT_TEXTS,  /* struct list of const char *: an array; the member is absent when not observed */
    FACT_LIST,   /* struct list of structs of `shape`: an array; the member is absent when not observed */
    FACT_MAP, /* struct list of structs of `shape` whose first field is a FACT_TEXT key, no two the same: an
                 object keyed by it (the key is not repeated inside); absent when not observed */
};

struct shape;

struct fact {
    const char *name;
    enum fact_kind kind;
    size_t offset;
    const struct shape *shape; /* OBJECT, LIST, MAP */
    const char *const *values; /* ENUM: values[0] stands for "not observed" and is never written; NULL ends */
    const char *meaning;       /* one line; for the schema and the documentation */
};

struct shape {
    const char *name; /* its name in the schema's $defs */
    const char *meaning;
    size_t size;
    const struct fact *facts;
    size_t count;
};

#define FACT(type, member, kind_, meaning_)                                                                  \
    {                                                                                                        \
        .name = #member, .kind = kind_, .offset = offsetof(type, member), .meaning = meaning_                \
    }
#define FACT_OF(type, member, kind_, shape_, meaning_)                                                       \
    {                                                                                                        \
        .name = #member, .kind = kind_, .offset = offsetof(type, member), .shape = shape_,                   \
        .meaning = meaning_                                                                                  \
    }
#define FACT_ENUM_OF(type, member, values_, meaning_)                                                        \
    {                                                                                                        \
        .name = #member, .kind = FACT_ENUM, .offset = offsetof(type, member), .values = values_,             \
        .meaning = meaning_                                                                                  \
    }
#define SHAPE(name_, type, table, meaning_)                                                                  \
    {                                                                                                        \
        .name = name_, .meaning = meaning_, .size = sizeof(type), .facts = table,                            \
        .count = sizeof(table) / sizeof((table)[0])                                                          \
    }

/* A new JSON object with every observed fact (members in the order of the table; scalars not observed are
 * null). The caller owns the reference. NULL when out of memory. Never on a task's stack. */
json_t *facts_to_json(const struct shape *shape, const void *facts);

/* The reverse. Unknown members are ignored; a member of the wrong kind fails with -EINVAL and `ret_where`
 * (arena memory) naming it, as "endpoints[3].tls.handshakes[0].version" ("" for the whole). Texts are made
 * harmless again, as a stored scan may be anybody's. *ret is a new struct in `arena`, written on success
 * only. -ENOMEM leaves *ret_where alone. */
int facts_from_json(const struct shape *shape, const json_t *json, struct arena *arena, void **ret,
                    const char **ret_where);

/* Are arrays and objects of a JSON text nested at most JSON_DEPTH_MAX deep? To be asked before the parser,
 * which recurses. */
enum { JSON_DEPTH_MAX = 32 };
bool json_depth_ok(const char *text, size_t size);

/* The JSON Schema (2020-12) of a shape as {"$ref": "#/$defs/name"}; adds each shape it needs to
 * `definitions` (borrowed). A definition requires every member that is always written and allows no other.
 * NULL when out of memory. */
json_t *facts_schema(const struct shape *shape, json_t *definitions);

#endif
