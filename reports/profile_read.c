/*
 * profile_read.c - reads and checks profiles: a mistyped member is an error, not a rule that never holds
 */
#include "reports/profile.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

/* Made by the build from reports/policy/profiles. */
extern const char profile_mozilla_modern[], profile_mozilla_intermediate[], profile_ncsc_nl[], profile_bsi[],
    profile_rfc_9325[];

static const struct {
    const char *name, *text;
} builtin[] = {
    {"mozilla-modern-6.0", profile_mozilla_modern},
    {"mozilla-intermediate-6.0", profile_mozilla_intermediate},
    {"ncsc-nl-2025-05", profile_ncsc_nl},
    {"bsi-tr-02102-2-2025-01", profile_bsi},
    {"rfc-9325", profile_rfc_9325},
};

enum { PROFILES_MAX = 20, LEVELS_MAX = 8 };

static const char *const class_names[PROFILE_CLASSES] = {
    [PROFILE_VERSIONS] = "versions", [PROFILE_SUITES] = "suites", [PROFILE_GROUPS] = "groups",
    [PROFILE_SCHEMES] = "schemes",   [PROFILE_DH] = "dh",         [PROFILE_CERTIFICATES] = "certificates",
    [PROFILE_FEATURES] = "features",
};

#define IN(class) (1U << (class))

/* What each attribute is called, and which classes have it. */
static const struct {
    const char *name;
    unsigned int classes;
} attributes[PROFILE_ATTRIBUTES] = {
    [PROFILE_NAME] = {"name", IN(PROFILE_VERSIONS) | IN(PROFILE_SUITES) | IN(PROFILE_GROUPS) |
                                  IN(PROFILE_SCHEMES) | IN(PROFILE_DH) | IN(PROFILE_FEATURES)},
    [PROFILE_VERSION] = {"version", IN(PROFILE_SUITES) | IN(PROFILE_GROUPS) | IN(PROFILE_SCHEMES)},
    [PROFILE_VALUE] = {"value", IN(PROFILE_FEATURES)},
    [PROFILE_KEY_EXCHANGE] = {"key_exchange", IN(PROFILE_SUITES)},
    [PROFILE_AUTHENTICATION] = {"authentication", IN(PROFILE_SUITES)},
    [PROFILE_CIPHER] = {"cipher", IN(PROFILE_SUITES)},
    [PROFILE_MODE] = {"mode", IN(PROFILE_SUITES)},
    [PROFILE_MAC] = {"mac", IN(PROFILE_SUITES)},
    [PROFILE_KIND] = {"kind", IN(PROFILE_GROUPS)},
    [PROFILE_KEY] = {"key", IN(PROFILE_SCHEMES) | IN(PROFILE_CERTIFICATES)},
    [PROFILE_HASH] = {"hash", IN(PROFILE_SCHEMES)},
    [PROFILE_CURVE] = {"curve", IN(PROFILE_CERTIFICATES)},
    [PROFILE_SIGNATURE] = {"signature", IN(PROFILE_CERTIFICATES)},
    [PROFILE_BITS] = {"bits", IN(PROFILE_GROUPS) | IN(PROFILE_DH) | IN(PROFILE_CERTIFICATES)},
    [PROFILE_STRENGTH] = {"strength", IN(PROFILE_SUITES)},
    [PROFILE_LIFETIME_DAYS] = {"lifetime_days", IN(PROFILE_CERTIFICATES)},
};

const char *profile_class_name(enum profile_class class)
{
    return class_names[class];
}

/* ---- parts ---- */

struct profile_reader {
    struct policy_reader *base;
    struct profile *profile;
    const char *where; /* "profiles.NAME" */
};

static int wrong(const struct profile_reader *reader, const char *name, const char *what)
{
    return policy_wrong(reader->base, reader->where, name, what);
}

static int read_texts(const struct profile_reader *reader, const char *name, const json_t *json,
                      struct list *ret)
{
    struct arena *arena = reader->base->arena;
    struct list texts = {.observed = true};

    if (!json_is_array(json) || json_array_size(json) == 0)
        return wrong(reader, name, "must be an array of texts");
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *text = json_string_value(json_array_get(json, i));
        char *clean;

        if (text == NULL)
            return wrong(reader, name, "must be an array of texts");
        clean = text_clean(arena, text, strlen(text), 0);
        if (clean == NULL || list_add(&texts, arena, clean) < 0)
            return -ENOMEM;
    }
    *ret = texts;
    return 0;
}

static int read_text(const struct profile_reader *reader, const char *name, const json_t *json,
                     const char **ret)
{
    const char *text = json_string_value(json);

    if (text == NULL || *text == '\0')
        return wrong(reader, name, "must be a text");
    *ret = text_clean(reader->base->arena, text, strlen(text), 0);
    return *ret == NULL ? -ENOMEM : 0;
}

static int read_level(const struct profile_reader *reader, const json_t *json, size_t *ret)
{
    const struct list *levels = &reader->profile->levels;
    const char *text = json_string_value(json);

    for (size_t i = 0; text != NULL && i < levels->count; i++)
        if (strcmp(levels->items[i], text) == 0) {
            *ret = i;
            return 0;
        }
    return wrong(reader, "level", "must be one of the \"levels\"");
}

static int find_class(const struct profile_reader *reader, const char *name, enum profile_class *ret)
{
    for (enum profile_class class = 0; name != NULL && class <= PROFILE_FEATURES; class ++)
        if (strcmp(class_names[class], name) == 0) {
            *ret = class;
            return 0;
        }
    return wrong(reader, name, "there is no such class");
}

/* ---- rules ---- */

/* The attribute of a condition, with `_below` or `_above` behind a number's. */
static int find_attribute(const struct profile_reader *reader, enum profile_class class, const char *name,
                          struct profile_condition *condition)
{
    bool below = text_ends_with(name, "_below"), above = text_ends_with(name, "_above");
    size_t size = strlen(name) - (below || above ? strlen("_below") : 0);

    for (enum profile_attribute i = 0; i <= PROFILE_LIFETIME_DAYS; i++) {
        if (strlen(attributes[i].name) != size || strncmp(attributes[i].name, name, size) != 0 ||
            (i >= PROFILE_BITS) != (below || above) || (attributes[i].classes & IN(class)) == 0)
            continue;
        condition->attribute = i;
        condition->below = below;
        return 0;
    }
    return wrong(reader, name, "is no condition of this class");
}

static int read_condition(const struct profile_reader *reader, enum profile_class class, const char *name,
                          const json_t *json, struct profile_rule *rule)
{
    struct profile_condition *condition =
        list_new_item(&rule->conditions, reader->base->arena, sizeof(*condition));
    int result;

    if (condition == NULL)
        return -ENOMEM;
    result = find_attribute(reader, class, name, condition);
    if (result < 0)
        return result;
    if (condition->attribute < PROFILE_BITS)
        return read_texts(reader, name, json, &condition->texts);
    if (!json_is_integer(json) || json_integer_value(json) < 0)
        return wrong(reader, name, "must be a whole number, 0 or more");
    condition->bound = json_integer_value(json);
    return 0;
}

static int read_rule(const struct profile_reader *reader, enum profile_class class, json_t *json)
{
    struct profile_rule *rule =
        list_new_item(&reader->profile->rules[class], reader->base->arena, sizeof(*rule));
    const char *name;
    json_t *value;
    int result;

    if (rule == NULL)
        return -ENOMEM;
    if (!json_is_object(json))
        return wrong(reader, class_names[class], "must be an array of objects");
    result = read_level(reader, json_object_get(json, "level"), &rule->level);
    json_object_foreach(json, name, value)
    {
        if (result == 0 && strcmp(name, "level") != 0)
            result = read_condition(reader, class, name, value, rule);
    }
    return result;
}

static int read_rules(const struct profile_reader *reader, json_t *json)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return wrong(reader, "rules", "must be an object");
    json_object_foreach(json, name, value)
    {
        enum profile_class class = PROFILE_VERSIONS;
        int result = find_class(reader, name, &class);

        if (result == 0 && !json_is_array(value))
            result = wrong(reader, name, "must be an array of objects");
        for (size_t i = 0; result == 0 && i < json_array_size(value); i++)
            result = read_rule(reader, class, json_array_get(value, i));
        if (result < 0)
            return result;
    }
    return 0;
}

static int read_need(const struct profile_reader *reader, json_t *json)
{
    struct profile_need *need = list_new_item(&reader->profile->needs, reader->base->arena, sizeof(*need));
    const char *name;
    json_t *value;
    int result;

    if (need == NULL)
        return -ENOMEM;
    if (!json_is_object(json))
        return wrong(reader, "needs", "must be an array of objects");
    result = read_level(reader, json_object_get(json, "level"), &need->level);
    json_object_foreach(json, name, value)
    {
        if (result < 0 || strcmp(name, "level") == 0)
            continue;
        result = need->names.count > 0 ? wrong(reader, "needs", "names one class")
                                       : find_class(reader, name, &need->class);
        if (result == 0)
            result = read_texts(reader, name, value, &need->names);
    }
    if (result == 0 && need->names.count == 0)
        result = wrong(reader, "needs", "names one class");
    return result;
}

static int read_needs(const struct profile_reader *reader, json_t *json)
{
    if (!json_is_array(json))
        return wrong(reader, "needs", "must be an array of objects");
    for (size_t i = 0; i < json_array_size(json); i++) {
        int result = read_need(reader, json_array_get(json, i));

        if (result < 0)
            return result;
    }
    return 0;
}

/* ---- profiles ---- */

/* The levels first: everything else names them. */
static int read_levels(const struct profile_reader *reader, json_t *json)
{
    struct profile *profile = reader->profile;
    const char *meets = json_string_value(json_object_get(json, "meets"));
    int result = read_texts(reader, "levels", json_object_get(json, "levels"), &profile->levels);

    if (result < 0)
        return result;
    if (profile->levels.count < 2 || profile->levels.count > LEVELS_MAX)
        return wrong(reader, "levels", "are 2 to 8, the best first");
    for (size_t i = 0; meets != NULL && i + 1 < profile->levels.count; i++)
        if (strcmp(profile->levels.items[i], meets) == 0) {
            profile->meets = i;
            return 0;
        }
    return wrong(reader, "meets", "must be one of the \"levels\", but not the worst");
}

static int read_member(const struct profile_reader *reader, const char *name, json_t *value)
{
    struct profile *profile = reader->profile;
    const char *description;

    if (strcmp(name, "schema") == 0)
        return json_is_integer(value) && json_integer_value(value) == 1
                   ? 0
                   : wrong(reader, name, "must be 1: this version reads no other");
    if (strcmp(name, "title") == 0)
        return read_text(reader, name, value, &profile->title);
    if (strcmp(name, "reference") == 0)
        return read_text(reader, name, value, &profile->reference);
    if (strcmp(name, "description") == 0)
        return read_text(reader, name, value, &description);
    if (strcmp(name, "rules") == 0)
        return read_rules(reader, value);
    if (strcmp(name, "needs") == 0)
        return read_needs(reader, value);
    if (strcmp(name, "name") == 0 || strcmp(name, "levels") == 0 || strcmp(name, "meets") == 0)
        return 0;
    return wrong(reader, name, "is not known here");
}

static int read_profile(struct policy_reader *base, json_t *json, struct profile *profile)
{
    struct profile_reader reader = {.base = base, .profile = profile};
    const char *name = json_string_value(json_object_get(json, "name"));
    json_t *value;
    int result;

    if (!policy_is_name(name))
        return policy_wrong(base, "profiles", "name",
                            "must be a word of letters, digits, \".\", \"_\" and \"-\"");
    profile->name = arena_text(base->arena, name);
    reader.where = arena_format(base->arena, "profiles.%s", name);
    if (profile->name == NULL || reader.where == NULL)
        return -ENOMEM;
    result = read_levels(&reader, json);
    json_object_foreach(json, name, value)
    {
        if (result == 0)
            result = read_member(&reader, name, value);
    }
    if (result == 0 && json_object_get(json, "schema") == NULL)
        result = wrong(&reader, "schema", "is missing");
    if (result == 0 && profile->title == NULL)
        result = wrong(&reader, "title", "is missing");
    if (result == 0 && profile->reference == NULL)
        result = wrong(&reader, "reference", "is missing");
    return result;
}

static int read_builtin(struct policy_reader *reader, const char *name, struct profile *profile)
{
    for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++) {
        json_t *json;
        int result;

        if (strcmp(builtin[i].name, name) != 0)
            continue;
        json = json_loads(builtin[i].text, JSON_REJECT_DUPLICATES, NULL);
        result = json == NULL ? policy_wrong(reader, "profiles", name, "is no JSON")
                              : read_profile(reader, json, profile);
        json_decref(json);
        return result;
    }
    return policy_wrong(reader, "profiles", name, "there is no such profile");
}

static bool is_twice(const struct list *profiles, const struct profile *profile)
{
    for (size_t i = 0; i < profiles->count; i++) {
        const struct profile *other = profiles->items[i];

        if (other != profile && strcmp(other->name, profile->name) == 0)
            return true;
    }
    return false;
}

int profiles_read(struct policy_reader *reader, json_t *json, struct list *profiles)
{
    struct list read = {.observed = true};

    if (!json_is_array(json) || json_array_size(json) > PROFILES_MAX)
        return policy_wrong(reader, "profiles", NULL, "must be an array of at most 20 names and profiles");
    for (size_t i = 0; i < json_array_size(json); i++) {
        json_t *one = json_array_get(json, i);
        struct profile *profile = list_new_item(&read, reader->arena, sizeof(*profile));
        int result;

        if (profile == NULL)
            return -ENOMEM;
        if (json_is_string(one))
            result = read_builtin(reader, json_string_value(one), profile);
        else if (json_is_object(one))
            result = read_profile(reader, one, profile);
        else
            result = policy_wrong(reader, "profiles", NULL, "must be an array of names and profiles");
        if (result == 0 && is_twice(&read, profile))
            result = policy_wrong(reader, "profiles", profile->name, "is there twice");
        if (result < 0)
            return result;
    }
    *profiles = read;
    return 0;
}
