/*
 * blocklists.c - reads the JSON that says which lists are asked
 *
 * What is built in is read first, always: it knows the zones that have ended, and a file that still names one gets a word.
 * The schema is reports/schemas/blocklists-1.json.
 */
#include "targets/blocklists.h"

#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/file.h"
#include "scanner/base/text.h"
#include "scanner/facts/fact.h"
#include "targets/blocklist_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 300, LABEL_MAX = 63, CODES_MAX = 64, REFUSALS_MAX = 16 };
#define KEY_PLACE "{key}"

extern const char blocklists_json[]; /* targets/blocklists.json, embedded by the build */

struct ended {
    const char *zone, *why;
};

struct reader {
    struct arena *arena;
    const char *error;
    struct list dead; /* struct ended */
    struct blocklists *lists;
};

/* One entry of "lists" while it is read: its kinds share all but their tests. */
struct entry {
    struct blocklist list;
    const char *where;
    const char *keyed_zone;
    bool kinds[BLOCKLIST_DOMAIN + 1];
    bool needs_key, enabled;
    const json_t *tests;
};

const char *blocklist_kind_name(enum blocklist_kind kind)
{
    switch (kind) {
    case BLOCKLIST_IPV4:
        return "ipv4";
    case BLOCKLIST_IPV6:
        return "ipv6";
    case BLOCKLIST_DOMAIN:
        return "domain";
    }
    return NULL;
}

/* ---- mistakes, and small values ---- */

/* `member` may be NULL, and anybody's text. */
static int wrong(struct reader *reader, const char *where, const char *member, const char *what)
{
    const char *clean = member == NULL ? "" : text_clean(reader->arena, member, strlen(member), 64);

    if (where == NULL || clean == NULL)
        return -ENOMEM;
    reader->error =
        arena_format(reader->arena, "%s%s%s%s%s", where, where[0] != '\0' && clean[0] != '\0' ? "." : "",
                     clean, where[0] != '\0' || clean[0] != '\0' ? ": " : "", what);
    return reader->error == NULL ? -ENOMEM : -EINVAL;
}

static int read_text(struct reader *reader, const char *where, const char *member, const json_t *json,
                     const char **ret)
{
    const char *text = json_string_value(json);

    if (text == NULL || text[0] == '\0' || strlen(text) > TEXT_MAX)
        return wrong(reader, where, member, "must be a text of 1 to 300 bytes");
    *ret = text_clean(reader->arena, text, strlen(text), 0);
    return *ret == NULL ? -ENOMEM : 0;
}

static int read_flag(struct reader *reader, const char *where, const char *member, const json_t *json,
                     bool *ret)
{
    if (!json_is_boolean(json))
        return wrong(reader, where, member, "must be true or false");
    *ret = json_is_true(json);
    return 0;
}

static int read_link(struct reader *reader, const char *where, const char *member, const json_t *json,
                     const char **ret)
{
    const char *text = NULL;
    int result = read_text(reader, where, member, json, &text);

    if (result < 0)
        return result;
    if (text == NULL || !text_starts_with(text, "https://") || strpbrk(text, " \"<>\\") != NULL)
        return wrong(reader, where, member, "must be a link that begins with https://");
    *ret = text;
    return 0;
}

static int read_zone(struct reader *reader, const char *where, const char *member, const json_t *json,
                     const char *hole, const char **ret)
{
    const char *text = json_string_value(json);

    if (text == NULL || !blocklist_zone_valid(text, hole) || (hole != NULL && strstr(text, hole) == NULL))
        return wrong(reader, where, member,
                     hole != NULL ? "must be a domain name with " KEY_PLACE " as one of its labels"
                                  : "must be a domain name of at most 180 characters, without a final dot");
    *ret = arena_text(reader->arena, text);
    return *ret == NULL ? -ENOMEM : 0;
}

/* ---- codes ---- */

static int read_code_member(struct reader *reader, const char *where, const char *member, const json_t *value,
                            struct blocklist_code *code)
{
    const json_int_t bit = json_integer_value(value);

    if (strcmp(member, "code") == 0)
        return json_is_string(value) &&
                       blocklist_pattern_read(json_string_value(value), code->first, code->last)
                   ? 0
                   : wrong(reader, where, member,
                           "must be an address of 127.0.0.0/8, where an octet may be a range (4-7) or *");
    if (strcmp(member, "bit") == 0) {
        if (!json_is_integer(value) || bit < 1 || bit > 128 || (bit & (bit - 1)) != 0)
            return wrong(reader, where, member, "must be 1, 2, 4, 8, 16, 32, 64 or 128");
        code->bit = (uint8_t)bit;
        return 0;
    }
    if (strcmp(member, "meaning") == 0)
        return read_text(reader, where, member, value, &code->meaning);
    if (strcmp(member, "policy") == 0)
        return read_flag(reader, where, member, value, &code->policy);
    return wrong(reader, where, member, "is not known here");
}

static int read_code(struct reader *reader, const char *where, json_t *json, struct list *codes)
{
    struct blocklist_code *code = list_new_item(codes, reader->arena, sizeof(*code));
    const char *member;
    json_t *value;

    if (code == NULL || where == NULL)
        return -ENOMEM;
    if (!json_is_object(json))
        return wrong(reader, where, NULL, "must be an object");
    json_object_foreach(json, member, value)
    {
        int result = read_code_member(reader, where, member, value, code);

        if (result < 0)
            return result;
    }
    if ((code->bit != 0) == (code->first[0] == 127))
        return wrong(reader, where, NULL, "must have either \"code\" or \"bit\"");
    if (code->meaning == NULL)
        return wrong(reader, where, "meaning", "is missing");
    return 0;
}

static int read_codes(struct reader *reader, const char *where, const char *member, json_t *json,
                      size_t limit, struct list *codes)
{
    if (!json_is_array(json) || json_array_size(json) == 0 || json_array_size(json) > limit)
        return wrong(reader, where, member, "must be an array of codes, with one at least and not too many");
    for (size_t i = 0; i < json_array_size(json); i++) {
        int result = read_code(reader, arena_format(reader->arena, "%s.%s[%zu]", where, member, i),
                               json_array_get(json, i), codes);

        if (result < 0)
            return result;
    }
    return 0;
}

/* ---- tests ---- */

static bool fits_kind(const char *text, enum blocklist_kind kind)
{
    struct address address;
    bool parsed = address_parse(text, &address) == 0;

    switch (kind) {
    case BLOCKLIST_IPV4:
        return parsed && address.family == AF_INET;
    case BLOCKLIST_IPV6:
        return parsed && address.family == AF_INET6;
    case BLOCKLIST_DOMAIN:
        return !parsed && strlen(text) <= LABEL_MAX && blocklist_zone_valid(text, NULL);
    }
    return false;
}

static int read_test(struct reader *reader, const char *where, const json_t *json, enum blocklist_kind kind,
                     const char *member, const char **ret)
{
    const json_t *value = json_object_get(json, member);
    const char *text = json_string_value(value);

    if (json_is_null(value)) {
        *ret = NULL;
        return 0;
    }
    if (text == NULL || !fits_kind(text, kind))
        return wrong(reader, where, member, "must be what is looked up in the list for a test, or null");
    *ret = arena_text(reader->arena, text);
    return *ret == NULL ? -ENOMEM : 0;
}

/* RFC 5782 5: what every list has and what none may have, unless the list says otherwise. */
static int tests_of(struct reader *reader, const struct entry *entry, struct blocklist *list)
{
    static const struct {
        const char *listed, *unlisted;
    } usual[] = {
        [BLOCKLIST_IPV4] = {"127.0.0.2", "127.0.0.1"},
        [BLOCKLIST_IPV6] = {"::ffff:127.0.0.2", "::ffff:127.0.0.1"},
        [BLOCKLIST_DOMAIN] = {"test", "invalid"},
    };
    const char *kind = blocklist_kind_name(list->kind);
    const json_t *json = json_object_get(entry->tests, kind);
    const char *where = arena_format(reader->arena, "%s.tests.%s", entry->where, kind);
    int result;

    list->test_listed = usual[list->kind].listed;
    list->test_unlisted = usual[list->kind].unlisted;
    if (json == NULL)
        return 0;
    if (!json_is_object(json) || json_object_size(json) != 2)
        return wrong(reader, where, NULL, "must be an object with \"listed\" and \"unlisted\"");
    result = read_test(reader, where, json, list->kind, "listed", &list->test_listed);
    if (result == 0)
        result = read_test(reader, where, json, list->kind, "unlisted", &list->test_unlisted);
    return result;
}

static int read_tests(struct reader *reader, struct entry *entry, json_t *json)
{
    const char *kind;
    json_t *value;

    if (!json_is_object(json))
        return wrong(reader, entry->where, "tests", "must be an object");
    json_object_foreach(json, kind, value)
    {
        bool found = false;

        for (enum blocklist_kind i = BLOCKLIST_IPV4; i <= BLOCKLIST_DOMAIN; i++)
            found = found || strcmp(blocklist_kind_name(i), kind) == 0;
        if (!found)
            return wrong(reader, arena_format(reader->arena, "%s.tests", entry->where), kind,
                         "must be ipv4, ipv6 or domain");
    }
    entry->tests = json;
    return 0;
}

/* ---- lists ---- */

static int read_kinds(struct reader *reader, struct entry *entry, const json_t *json)
{
    if (!json_is_array(json) || json_array_size(json) == 0)
        return wrong(reader, entry->where, "kinds", "must be an array of ipv4, ipv6 and domain");
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *kind = json_string_value(json_array_get(json, i));
        enum blocklist_kind found = BLOCKLIST_IPV4;

        while (kind != NULL && found <= BLOCKLIST_DOMAIN && strcmp(blocklist_kind_name(found), kind) != 0)
            found++;
        if (kind == NULL || found > BLOCKLIST_DOMAIN || entry->kinds[found])
            return wrong(reader, entry->where, "kinds",
                         "must be an array of ipv4, ipv6 and domain, each once");
        entry->kinds[found] = true;
    }
    return 0;
}

static int read_tier(struct reader *reader, struct entry *entry, const json_t *json)
{
    if (!json_is_integer(json) || json_integer_value(json) < 1 || json_integer_value(json) > 3)
        return wrong(reader, entry->where, "tier", "must be 1, 2 or 3");
    entry->list.tier = json_integer_value(json);
    return 0;
}

static int read_key(struct reader *reader, struct entry *entry, const json_t *json)
{
    const char *text = json_string_value(json);

    if (text == NULL || strlen(text) > LABEL_MAX || strchr(text, '.') != NULL ||
        !blocklist_zone_valid(text, NULL))
        return wrong(reader, entry->where, "key", "must be one label of letters, digits and hyphens");
    entry->list.key = arena_text(reader->arena, text);
    return entry->list.key == NULL ? -ENOMEM : 0;
}

static int read_member(struct reader *reader, struct entry *entry, const char *member, json_t *value)
{
    struct blocklist *list = &entry->list;

    if (strcmp(member, "zone") == 0)
        return read_zone(reader, entry->where, member, value, NULL, &list->zone);
    if (strcmp(member, "keyed_zone") == 0)
        return read_zone(reader, entry->where, member, value, KEY_PLACE, &entry->keyed_zone);
    if (strcmp(member, "name") == 0)
        return read_text(reader, entry->where, member, value, &list->name);
    if (strcmp(member, "about") == 0)
        return read_text(reader, entry->where, member, value, &list->about);
    if (strcmp(member, "removal") == 0)
        return read_link(reader, entry->where, member, value, &list->removal);
    if (strcmp(member, "access") == 0)
        return read_link(reader, entry->where, member, value, &list->access);
    if (strcmp(member, "key") == 0)
        return read_key(reader, entry, value);
    if (strcmp(member, "kinds") == 0)
        return read_kinds(reader, entry, value);
    if (strcmp(member, "tier") == 0)
        return read_tier(reader, entry, value);
    if (strcmp(member, "welcome") == 0)
        return read_flag(reader, entry->where, member, value, &list->welcome);
    if (strcmp(member, "needs_key") == 0)
        return read_flag(reader, entry->where, member, value, &entry->needs_key);
    if (strcmp(member, "enabled") == 0)
        return read_flag(reader, entry->where, member, value, &entry->enabled);
    if (strcmp(member, "tests") == 0)
        return read_tests(reader, entry, value);
    if (strcmp(member, "codes") == 0)
        return read_codes(reader, entry->where, member, value, CODES_MAX, &list->codes);
    if (strcmp(member, "refusals") == 0)
        return read_codes(reader, entry->where, member, value, REFUSALS_MAX, &list->refusals);
    return wrong(reader, entry->where, member, "is not known here");
}

/* What must be there, and what does not go together. */
static int check_entry(struct reader *reader, const struct entry *entry)
{
    const struct blocklist *list = &entry->list;
    const char *missing =
        list->zone == NULL   ? "zone"
        : list->name == NULL ? "name"
        : !entry->kinds[BLOCKLIST_IPV4] && !entry->kinds[BLOCKLIST_IPV6] && !entry->kinds[BLOCKLIST_DOMAIN]
            ? "kinds"
        : list->codes.count == 0            ? "codes"
        : !list->welcome && list->tier == 0 ? "tier"
                                            : NULL;

    if (missing != NULL)
        return wrong(reader, entry->where, missing, "is missing");
    if (list->welcome && list->tier != 0)
        return wrong(reader, entry->where, "tier", "a welcome list has none");
    if (entry->keyed_zone == NULL && (list->key != NULL || entry->needs_key))
        return wrong(reader, entry->where, "keyed_zone", "is missing: where does the key go?");
    return 0;
}

/* "{key}.zen.example" with the key in its place. */
static const char *fill_key(struct reader *reader, const char *zone, const char *key)
{
    const char *place = strstr(zone, KEY_PLACE);

    return arena_format(reader->arena, "%.*s%s%s", (int)(place - zone), zone, key, place + strlen(KEY_PLACE));
}

static const char *ended(const struct reader *reader, const char *zone)
{
    for (size_t i = 0; i < reader->dead.count; i++) {
        const struct ended *dead = reader->dead.items[i];
        size_t size = strlen(zone), tail = strlen(dead->zone);

        if (size >= tail && text_equal(zone + size - tail, dead->zone) &&
            (size == tail || zone[size - tail - 1] == '.'))
            return dead->why;
    }
    return NULL;
}

static bool is_there(const struct blocklists *lists, const char *zone, enum blocklist_kind kind)
{
    for (size_t i = 0; i < lists->lists.count; i++) {
        const struct blocklist *other = lists->lists.items[i];

        if (other->kind == kind && text_equal(other->zone, zone))
            return true;
    }
    return false;
}

static int add_kind(struct reader *reader, const struct entry *entry, enum blocklist_kind kind)
{
    struct blocklist *list;

    if (is_there(reader->lists, entry->list.zone, kind))
        return wrong(reader, entry->where, "zone", "is there twice");
    if (reader->lists->lists.count == BLOCKLISTS_MAX)
        return wrong(reader, entry->where, NULL, "is one list too many");
    list = list_new_item(&reader->lists->lists, reader->arena, sizeof(*list));
    if (list == NULL)
        return -ENOMEM;
    *list = entry->list;
    list->kind = kind;
    return tests_of(reader, entry, list);
}

static int read_list(struct reader *reader, const char *where, json_t *json)
{
    struct entry entry = {.where = where, .enabled = true};
    const char *member;
    json_t *value;
    int result;

    if (where == NULL)
        return -ENOMEM;
    if (!json_is_object(json))
        return wrong(reader, where, NULL, "must be an object");
    json_object_foreach(json, member, value)
    {
        result = read_member(reader, &entry, member, value);
        if (result < 0)
            return result;
    }
    result = check_entry(reader, &entry);
    if (result < 0)
        return result;
    if (!entry.enabled || (entry.needs_key && entry.list.key == NULL))
        return 0;
    entry.list.asked = entry.list.zone;
    if (entry.list.key != NULL && entry.keyed_zone != NULL) /* never the one without the other */
        entry.list.asked = fill_key(reader, entry.keyed_zone, entry.list.key);
    if (entry.list.asked == NULL)
        return -ENOMEM;
    if (!blocklist_zone_valid(entry.list.asked, NULL))
        return wrong(reader, where, "key", "does not fit into keyed_zone");
    entry.list.dead = ended(reader, entry.list.zone);
    for (enum blocklist_kind kind = BLOCKLIST_IPV4; kind <= BLOCKLIST_DOMAIN && result == 0; kind++)
        if (entry.kinds[kind])
            result = add_kind(reader, &entry, kind);
    return result;
}

static int read_lists(struct reader *reader, json_t *json)
{
    if (!json_is_array(json))
        return wrong(reader, "lists", NULL, "must be an array");
    for (size_t i = 0; i < json_array_size(json); i++) {
        int result = read_list(reader, arena_format(reader->arena, "lists[%zu]", i), json_array_get(json, i));

        if (result < 0)
            return result;
    }
    return 0;
}

/* ---- the whole ---- */

static int read_dead(struct reader *reader, json_t *json)
{
    if (!json_is_array(json))
        return wrong(reader, "dead", NULL, "must be an array");
    for (size_t i = 0; i < json_array_size(json); i++) {
        json_t *item = json_array_get(json, i);
        const char *where = arena_format(reader->arena, "dead[%zu]", i);
        struct ended *dead = list_new_item(&reader->dead, reader->arena, sizeof(*dead));
        int result;

        if (where == NULL || dead == NULL)
            return -ENOMEM;
        if (!json_is_object(item) || json_object_size(item) != 2)
            return wrong(reader, where, NULL, "must be an object with \"zone\" and \"why\"");
        dead->zone = ""; /* until it is known */
        result = read_zone(reader, where, "zone", json_object_get(item, "zone"), NULL, &dead->zone);
        if (result == 0)
            result = read_text(reader, where, "why", json_object_get(item, "why"), &dead->why);
        if (result < 0)
            return result;
    }
    return 0;
}

static int read_json(struct reader *reader, json_t *json)
{
    const char *member;
    json_t *value;
    int result = 0;

    if (!json_is_object(json))
        return wrong(reader, "", NULL, "the file must be an object");
    if (json_integer_value(json_object_get(json, "schema")) != 1)
        return wrong(reader, "schema", NULL, "must be 1: this version reads no other");
    json_object_foreach(json, member, value)
    {
        if (strcmp(member, "schema") == 0 || strcmp(member, "lists") == 0 || strcmp(member, "dead") == 0)
            continue;
        if (strcmp(member, "name") == 0)
            result = read_text(reader, "", member, value, &reader->lists->name);
        else if (strcmp(member, "description") != 0 || !json_is_string(value))
            result = wrong(reader, "", member, "is not known here");
        if (result < 0)
            return result;
    }
    if (reader->lists->name == NULL)
        return wrong(reader, "name", NULL, "is missing");
    value = json_object_get(json, "dead"); /* first: lists are compared with it */
    if (value != NULL)
        result = read_dead(reader, value);
    return result < 0 ? result : read_lists(reader, json_object_get(json, "lists"));
}

static int read_one(struct reader *reader, const char *text, size_t size)
{
    json_error_t error;
    json_t *json;
    int result;

    reader->lists = arena_alloc(reader->arena, sizeof(*reader->lists));
    if (reader->lists == NULL)
        return -ENOMEM;
    if (!json_depth_ok(text, size))
        return wrong(reader, "", NULL, "it is nested too deeply");
    json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        const char *clean = text_clean(reader->arena, error.text, strlen(error.text), 0);

        if (clean == NULL)
            return -ENOMEM;
        reader->error = arena_format(reader->arena, "line %d: %s", error.line, clean);
        return reader->error == NULL ? -ENOMEM : -EINVAL;
    }
    result = read_json(reader, json);
    json_decref(json);
    return result;
}

int blocklists_read(const char *text, size_t size, struct arena *arena, const struct blocklists **ret,
                    const char **ret_error)
{
    struct reader reader = {.arena = arena};
    int result = read_one(&reader, blocklists_json, strlen(blocklists_json));

    if (result == 0 && text != blocklists_json)
        result = read_one(&reader, text, size);
    if (result < 0) {
        *ret_error = reader.error;
        return result;
    }
    *ret = reader.lists;
    return 0;
}

/* ---- files ---- */

int blocklists_load(const char *file, struct arena *arena, const struct blocklists **ret,
                    const char **ret_error)
{
    const char *why = NULL;
    struct bytes text;
    int result;

    if (file == NULL)
        return blocklists_read(blocklists_json, strlen(blocklists_json), arena, ret, ret_error);
    result = file_read(file, BLOCKLISTS_SIZE_MAX, arena, &text);
    if (result == 0)
        result = blocklists_read((const char *)text.data, text.size, arena, ret, &why);
    else
        why = strerrordesc_np(-result);
    if (result == -ENOMEM)
        return result;
    if (result < 0) {
        const char *clean = text_clean(arena, file, strlen(file), 200);

        *ret_error = clean == NULL ? NULL : arena_format(arena, "%s: %s", clean, why);
        return *ret_error == NULL ? -ENOMEM : result;
    }
    return 0;
}
