/*
 * policy_tls.c - the caps of a port's TLS in a policy, and what reading a policy needs everywhere
 */
#include "reports/policy_reader.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int policy_wrong(struct policy_reader *reader, const char *where, const char *name, const char *what)
{
    /* Names are the file's. */
    const char *clean = name == NULL ? "" : text_clean(reader->arena, name, strlen(name), 100);

    if (clean == NULL)
        return -ENOMEM;
    reader->error = arena_format(reader->arena, "%s%s%s: %s", where,
                                 *where == '\0' || *clean == '\0' ? "" : ".", clean, what);
    return reader->error == NULL ? -ENOMEM : -EINVAL;
}

bool policy_is_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    return name != NULL && *name != '\0' && strchr("._-", *name) == NULL &&
           strspn(name, allowed) == strlen(name);
}

static int read_one_of(struct policy_reader *reader, const char *where, const char *name, const json_t *json,
                       const char *const letters[], const char *what, struct cap *ret)
{
    if (json_is_null(json)) {
        *ret = (struct cap){.set = true};
        return 0;
    }
    for (size_t i = 0; json_is_string(json) && letters[i] != NULL; i++)
        if (strcmp(json_string_value(json), letters[i]) == 0) {
            *ret = (struct cap){.set = true, .letter = letters[i]};
            return 0;
        }
    return policy_wrong(reader, where, name, what);
}

int policy_read_grade(struct policy_reader *reader, const char *where, const char *name, const json_t *json,
                      struct cap *ret)
{
    static const char *const letters[] = {"A", "B", "C", "D", "E", "F", NULL};

    return read_one_of(reader, where, name, json, letters, "must be a grade, \"A\" to \"F\", or null", ret);
}

int policy_read_tls_grade(struct policy_reader *reader, const char *where, const char *name,
                          const json_t *json, struct cap *ret)
{
    static const char *const letters[] = {"A", "A-", "B", "C", "D", "E", "F", NULL};

    return read_one_of(reader, where, name, json, letters,
                       "must be a grade, \"A\", \"A-\" or \"B\" to \"F\", or null", ret);
}

/* ---- caps of a port's TLS ---- */

/* Each is a line of the table in tls_faults.c. */
static const char *const cap_names[] = {
    "anonymous",
    "cbc",
    "ccs_injection",
    "compression",
    "des",
    "dh_below_1024",
    "dh_below_2048",
    "drown",
    "early_data",
    "export",
    "heartbleed",
    "insecure_renegotiation",
    "no_aead",
    "no_extended_master_secret",
    "no_forward_secrecy",
    "no_secure_renegotiation",
    "no_tls12",
    "no_tls13",
    "null",
    "only_rc4",
    "only_ssl",
    "rc4",
    "robot",
    "sha1_signatures",
    "small_blocks",
    "some_without_forward_secrecy",
    "ssl2",
    "ssl3",
    "ticketbleed",
    "tls10",
    "tls11",
    "weak_groups",
};
enum { CAPS = sizeof(cap_names) / sizeof(cap_names[0]) };

struct tls_caps {
    struct cap opportunistic[CAPS], mandatory[CAPS];
};

struct tls_caps *tls_caps_new(struct arena *arena)
{
    return arena_alloc(arena, sizeof(struct tls_caps));
}

static int read_roles(struct policy_reader *reader, const char *cap, json_t *json, struct cap *opportunistic,
                      struct cap *mandatory)
{
    const char *where = arena_format(reader->arena, "tls_caps.%s", cap), *name;
    json_t *value;

    if (where == NULL)
        return -ENOMEM;
    if (!json_is_object(json))
        return policy_wrong(reader, where, NULL, "must be an object");
    json_object_foreach(json, name, value)
    {
        int result;

        if (strcmp(name, "opportunistic") == 0)
            result = policy_read_tls_grade(reader, where, name, value, opportunistic);
        else if (strcmp(name, "mandatory") == 0)
            result = policy_read_tls_grade(reader, where, name, value, mandatory);
        else
            result = policy_wrong(reader, where, name, "a port is \"opportunistic\" or \"mandatory\"");
        if (result < 0)
            return result;
    }
    return 0;
}

int tls_caps_read(struct policy_reader *reader, json_t *json, struct tls_caps *caps)
{
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return policy_wrong(reader, "tls_caps", NULL, "must be an object");
    json_object_foreach(json, name, value)
    {
        size_t i = 0;
        int result;

        while (i < CAPS && strcmp(cap_names[i], name) != 0)
            i++;
        if (i == CAPS)
            return policy_wrong(reader, "tls_caps", name, "there is no such cap");
        result = read_roles(reader, cap_names[i], value, &caps->opportunistic[i], &caps->mandatory[i]);
        if (result < 0)
            return result;
    }
    return 0;
}

const char *tls_cap_letter(const struct tls_caps *caps, const char *name, bool opportunistic)
{
    for (size_t i = 0; i < CAPS; i++)
        if (strcmp(cap_names[i], name) == 0)
            return opportunistic ? caps->opportunistic[i].letter : caps->mandatory[i].letter;
    /* Only our own code asks, with literals: every test that reaches it finds the mistake. */
    abort();
}
