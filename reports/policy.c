/*
 * policy.c - reads and checks a policy
 *
 * A policy of the user begins as a copy of the built-in one: it needs to say only what is different. Every
 * member is known and checked, so that a mistyped one is an error and not a judgement nobody asked for.
 */
#include "reports/policy.h"

#include "reports/mail_clients.h"
#include "reports/policy_reader.h"
#include "reports/profile.h"
#include "scanner/base/arena.h"
#include "scanner/base/file.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

extern const char policy_mail_2026[]; /* made by the build from reports/policy/mail-2026.json */

enum { POLICY_SIZE_MAX = 1 << 20, CHECKS_MAX = 512 };
enum { SEVERITIES = SEVERITY_NONE + 1, SHA256_SIZE = 32 };

static const char *const threshold_names[] = {
    "cert.expiry.fail_days",  "cert.expiry.fail_share", "cert.expiry.warn_days",
    "cert.expiry.warn_share", "cert.key.ec_bits_weak",  "cert.key.rsa_bits_broken",
    "cert.key.rsa_bits_weak", "smtp.ehlo.size_bytes",   "smtp.greeting.slow_milliseconds",
};
enum { THRESHOLDS = sizeof(threshold_names) / sizeof(threshold_names[0]) };

struct check_policy {
    enum severity severity; /* 0: the check's own */
    struct cap fail, warn;  /* by outcome */
    bool essential;
};

struct policy {
    const char *name;
    const char *sha256;
    struct cap fail[SEVERITIES], warn[SEVERITIES];
    struct check_policy checks[CHECKS_MAX]; /* in the order of checks_all() */
    double thresholds[THRESHOLDS];
    struct tls_caps *tls_caps;
    struct list profiles; /* struct profile */
    struct list clients;  /* struct mail_client */
};

/* ---- questions ---- */

/* What the policy says of this check; nothing when the check is not in the catalogue. */
static const struct check_policy *policy_of(const struct policy *policy, const struct check *check)
{
    static const struct check_policy nothing;
    size_t count;
    const struct check *const *checks = checks_all(&count);

    for (size_t i = 0; i < count && i < CHECKS_MAX; i++)
        if (checks[i] == check)
            return &policy->checks[i];
    return &nothing;
}

const char *policy_name(const struct policy *policy)
{
    return policy->name;
}

const char *policy_sha256(const struct policy *policy)
{
    return policy->sha256;
}

enum severity policy_severity(const struct policy *policy, const struct check *check)
{
    const struct check_policy *own = policy_of(policy, check);

    return own->severity != 0 ? own->severity : check->severity;
}

bool policy_essential(const struct policy *policy, const struct check *check)
{
    return policy_of(policy, check)->essential;
}

const char *policy_cap(const struct policy *policy, const struct finding *finding)
{
    const struct check_policy *own = policy_of(policy, finding->check);

    if (finding->severity < SEVERITY_CRITICAL || finding->severity > SEVERITY_NONE)
        return NULL;
    switch (finding->outcome) {
    case OUTCOME_FAIL:
        return own->fail.set ? own->fail.letter : policy->fail[finding->severity].letter;
    case OUTCOME_WARN:
        return own->warn.set ? own->warn.letter : policy->warn[finding->severity].letter;
    case OUTCOME_INFO:
    case OUTCOME_PASS:
    case OUTCOME_NOT_APPLICABLE:
    case OUTCOME_NOT_TESTED:
        break;
    }
    return NULL;
}

bool policy_names_cap(const struct policy *policy, const struct finding *finding)
{
    const struct check_policy *own = policy_of(policy, finding->check);

    return (finding->outcome == OUTCOME_FAIL && own->fail.set) ||
           (finding->outcome == OUTCOME_WARN && own->warn.set);
}

const char *policy_tls_cap(const struct policy *policy, const char *name, bool opportunistic)
{
    return tls_cap_letter(policy->tls_caps, name, opportunistic);
}

const struct list *policy_profiles(const struct policy *policy)
{
    return &policy->profiles;
}

const struct list *policy_clients(const struct policy *policy)
{
    return &policy->clients;
}

double policy_threshold(const struct policy *policy, const char *name)
{
    for (size_t i = 0; i < THRESHOLDS; i++)
        if (strcmp(threshold_names[i], name) == 0)
            return policy->thresholds[i];
    /* Only our own code asks, with literals: every test that reaches it finds the mistake. */
    abort();
}

/* ---- reading ---- */

struct reader {
    struct policy_reader base;
    struct policy *policy;
};

static enum severity severity_by_name(const char *name)
{
    for (enum severity severity = SEVERITY_CRITICAL; name != NULL && severity <= SEVERITY_NONE; severity++)
        if (strcmp(severity_name(severity), name) == 0)
            return severity;
    return 0;
}

static int read_severity_caps(struct reader *reader, const char *where, json_t *json,
                              struct cap caps[static SEVERITIES])
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return policy_wrong(&reader->base, where, NULL, "must be an object");
    json_object_foreach(json, name, value)
    {
        enum severity severity = severity_by_name(name);
        int result = severity == 0 ? policy_wrong(&reader->base, where, name, "is not a severity")
                                   : policy_read_grade(&reader->base, where, name, value, &caps[severity]);

        if (result < 0)
            return result;
    }
    return 0;
}

static int read_caps(struct reader *reader, json_t *json)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return policy_wrong(&reader->base, "caps", NULL, "must be an object");
    json_object_foreach(json, name, value)
    {
        int result;

        if (strcmp(name, "fail") == 0)
            result = read_severity_caps(reader, "caps.fail", value, reader->policy->fail);
        else if (strcmp(name, "warn") == 0)
            result = read_severity_caps(reader, "caps.warn", value, reader->policy->warn);
        else
            result = policy_wrong(&reader->base, "caps", name, "only \"fail\" and \"warn\" cap a grade");
        if (result < 0)
            return result;
    }
    return 0;
}

static struct check_policy *own_policy(struct reader *reader, const char *id)
{
    size_t count;
    const struct check *const *checks = checks_all(&count);

    for (size_t i = 0; id != NULL && i < count && i < CHECKS_MAX; i++)
        if (strcmp(checks[i]->id, id) == 0)
            return &reader->policy->checks[i];
    return NULL;
}

static int read_check_caps(struct reader *reader, const char *where, json_t *json, struct check_policy *own)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return policy_wrong(&reader->base, where, "caps", "must be an object");
    json_object_foreach(json, name, value)
    {
        bool fail = strcmp(name, "fail") == 0, warn = strcmp(name, "warn") == 0;
        int result =
            fail || warn
                ? policy_read_grade(&reader->base, where, name, value, fail ? &own->fail : &own->warn)
                : policy_wrong(&reader->base, where, name, "only \"fail\" and \"warn\" cap a grade");

        if (result < 0)
            return result;
    }
    return 0;
}

static int read_check(struct reader *reader, const char *id, json_t *json)
{
    struct check_policy *own = own_policy(reader, id);
    const char *where, *name;
    json_t *value;

    if (own == NULL)
        return policy_wrong(&reader->base, "checks", id, "there is no such check (see: outpost checks)");
    where = arena_format(reader->base.arena, "checks.%s", id);
    if (where == NULL)
        return -ENOMEM;
    if (!json_is_object(json))
        return policy_wrong(&reader->base, where, NULL, "must be an object");
    json_object_foreach(json, name, value)
    {
        int result = 0;

        if (strcmp(name, "caps") == 0) {
            result = read_check_caps(reader, where, value, own);
        } else if (strcmp(name, "severity") == 0) {
            own->severity = severity_by_name(json_string_value(value));
            if (own->severity == 0)
                result =
                    policy_wrong(&reader->base, where, name, "must be critical, high, medium, low or none");
        } else {
            result = policy_wrong(&reader->base, where, name, "is not known here");
        }
        if (result < 0)
            return result;
    }
    return 0;
}

static int read_checks(struct reader *reader, json_t *json)
{
    const char *id;
    json_t *value;

    if (!json_is_object(json))
        return policy_wrong(&reader->base, "checks", NULL, "must be an object");
    json_object_foreach(json, id, value)
    {
        int result = read_check(reader, id, value);

        if (result < 0)
            return result;
    }
    return 0;
}

static int read_essential(struct reader *reader, json_t *json)
{
    if (!json_is_array(json))
        return policy_wrong(&reader->base, "essential", NULL, "must be an array of check ids");
    for (size_t i = 0; i < CHECKS_MAX; i++)
        reader->policy->checks[i].essential = false;
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *id = json_string_value(json_array_get(json, i));
        struct check_policy *own = own_policy(reader, id);

        if (own == NULL)
            return policy_wrong(&reader->base, "essential", id,
                                "there is no such check (see: outpost checks)");
        own->essential = true;
    }
    return 0;
}

static int read_thresholds(struct reader *reader, json_t *json)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return policy_wrong(&reader->base, "thresholds", NULL, "must be an object");
    json_object_foreach(json, name, value)
    {
        bool share = text_ends_with(name, "_share");
        size_t i = 0;

        while (i < THRESHOLDS && strcmp(threshold_names[i], name) != 0)
            i++;
        if (i == THRESHOLDS)
            return policy_wrong(&reader->base, "thresholds", name, "there is no such threshold");
        if (!json_is_number(value) || json_number_value(value) < 0 ||
            json_number_value(value) > (share ? 1 : 1e15))
            return policy_wrong(&reader->base, "thresholds", name,
                                share ? "must be a number from 0 to 1" : "must be a number, 0 or more");
        reader->policy->thresholds[i] = json_number_value(value);
    }
    return 0;
}

static int read_name(struct reader *reader, const json_t *json)
{
    if (!policy_is_name(json_string_value(json)))
        return policy_wrong(&reader->base, "name", NULL,
                            "must be a word of letters, digits, \".\", \"_\" and \"-\"");
    reader->policy->name = arena_text(reader->base.arena, json_string_value(json));
    return reader->policy->name == NULL ? -ENOMEM : 0;
}

static int read_member(struct reader *reader, const char *name, json_t *value)
{
    if (strcmp(name, "schema") == 0)
        return json_is_integer(value) && json_integer_value(value) == 1
                   ? 0
                   : policy_wrong(&reader->base, name, NULL, "must be 1: this version reads no other");
    if (strcmp(name, "name") == 0)
        return read_name(reader, value);
    if (strcmp(name, "description") == 0)
        return json_is_string(value) ? 0 : policy_wrong(&reader->base, name, NULL, "must be a text");
    if (strcmp(name, "caps") == 0)
        return read_caps(reader, value);
    if (strcmp(name, "essential") == 0)
        return read_essential(reader, value);
    if (strcmp(name, "checks") == 0)
        return read_checks(reader, value);
    if (strcmp(name, "thresholds") == 0)
        return read_thresholds(reader, value);
    if (strcmp(name, "tls_caps") == 0)
        return tls_caps_read(&reader->base, value, reader->policy->tls_caps);
    if (strcmp(name, "profiles") == 0)
        return profiles_read(&reader->base, value, &reader->policy->profiles);
    return policy_wrong(&reader->base, "", name, "is not known here");
}

static int read_json(struct reader *reader, json_t *json)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return policy_wrong(&reader->base, "", "policy", "must be an object");
    json_object_foreach(json, name, value)
    {
        int result = read_member(reader, name, value);

        if (result < 0)
            return result;
    }
    if (json_object_get(json, "schema") == NULL)
        return policy_wrong(&reader->base, "schema", NULL, "is missing");
    if (json_object_get(json, "name") == NULL)
        return policy_wrong(&reader->base, "name", NULL, "is missing");
    return 0;
}

static int read_text(struct reader *reader, const char *text, size_t size)
{
    unsigned char digest[SHA256_SIZE];
    json_error_t error;
    json_t *json;
    int result;

    if (!json_depth_ok(text, size))
        return policy_wrong(&reader->base, "", "policy", "is nested too deeply");
    json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        const char *clean = text_clean(reader->base.arena, error.text, strlen(error.text), 0);

        if (clean == NULL)
            return -ENOMEM;
        reader->base.error = arena_format(reader->base.arena, "line %d: %s", error.line, clean);
        return reader->base.error == NULL ? -ENOMEM : -EINVAL;
    }
    result = read_json(reader, json);
    json_decref(json);
    if (result < 0)
        return result;
    if (EVP_Digest(text, size, digest, NULL, EVP_sha256(), NULL) != 1)
        return -ENOMEM;
    reader->policy->sha256 = text_hex(reader->base.arena, digest, sizeof(digest));
    return reader->policy->sha256 == NULL ? -ENOMEM : 0;
}

/* ---- files ---- */

static const char *why_not_read(int result)
{
    if (result == -EFBIG)
        return "the file is larger than a policy can be";
    return result == -ENOENT ? "no policy has this name, and there is no such file"
                             : strerrordesc_np(-result);
}

static int fail(struct arena *arena, const char *name, const char *what, int result, const char **ret_error)
{
    const char *clean = text_clean(arena, name, strlen(name), 200);

    if (clean == NULL || result == -ENOMEM)
        return -ENOMEM;
    *ret_error = arena_format(arena, "policy %s: %s", clean, what);
    return *ret_error == NULL ? -ENOMEM : result;
}

int policy_load(const char *name_or_file, struct arena *arena, const struct policy **ret,
                const char **ret_error)
{
    struct reader reader = {.base = {.arena = arena}, .policy = arena_alloc(arena, sizeof(struct policy))};
    const char *builtin = "mail-2026";
    struct bytes text;
    int result;

    if (reader.policy == NULL)
        return -ENOMEM;
    reader.policy->tls_caps = tls_caps_new(arena);
    if (reader.policy->tls_caps == NULL)
        return -ENOMEM;
    if (mail_clients(arena, &reader.policy->clients) < 0)
        return -ENOMEM;
    result = read_text(&reader, policy_mail_2026, strlen(policy_mail_2026));
    if (result < 0)
        return fail(arena, builtin, reader.base.error, result, ret_error);
    if (name_or_file != NULL && strcmp(name_or_file, builtin) != 0) {
        result = file_read(name_or_file, POLICY_SIZE_MAX, arena, &text);
        if (result < 0)
            return fail(arena, name_or_file, why_not_read(result), result == -EFBIG ? -EINVAL : result,
                        ret_error);
        result = read_text(&reader, (const char *)text.data, text.size);
        if (result < 0)
            return fail(arena, name_or_file, reader.base.error, result, ret_error);
    }
    *ret = reader.policy;
    return 0;
}
