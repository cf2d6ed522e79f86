/*
 * facts_json.c - fuzzes the way in of a stored scan: bytes -> depth scan -> jansson -> facts
 *
 * What was taken is written and read again, and must be the same then.
 */
#include "scanner/base/arena.h"
#include "scanner/facts/scan.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static char *dump(const void *facts)
{
    json_t *json = facts_to_json(&scan_shape, facts);
    char *text = json_dumps(json, JSON_COMPACT);

    require(text != NULL);
    json_decref(json);
    return text;
}

static void check_again(const void *facts)
{
    struct arena *arena = arena_new(0);
    char *before = dump(facts), *after;
    json_t *json = json_loads(before, 0, NULL);
    const char *where;
    void *again;

    require(json != NULL && facts_from_json(&scan_shape, json, arena, &again, &where) == 0);
    after = dump(again);
    require(strcmp(before, after) == 0);
    free(before);
    free(after);
    json_decref(json);
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena;
    json_t *json;
    const char *where = NULL;
    void *facts = NULL;

    if (!json_depth_ok((const char *)data, size))
        return 0;
    json = json_loadb((const char *)data, size, 0, NULL);
    if (json == NULL)
        return 0;
    arena = arena_new(0);
    if (facts_from_json(&scan_shape, json, arena, &facts, &where) == 0)
        check_again(facts);
    else
        require(facts == NULL && where != NULL);
    json_decref(json);
    arena_free(arena);
    return 0;
}
