/*
 * policy_reader.h - what the parts of a policy share while it is read
 */
#ifndef OUTPOST_REPORTS_POLICY_READER_H
#define OUTPOST_REPORTS_POLICY_READER_H

#include "reports/judgement.h"

#include <jansson.h>

struct policy_reader {
    struct arena *arena;
    const char *error; /* which member, and what is wrong */
};

/* -EINVAL with "where.name: what" as the error, or -ENOMEM. */
int policy_wrong(struct policy_reader *reader, const char *where, const char *name, const char *what);
/* A word of letters, digits, ".", "_" and "-"? */
bool policy_is_name(const char *name);

/* The grade that something caps at; `set` tells "no cap" from "not said". */
struct cap {
    bool set;
    const char *letter; /* NULL: none */
};
int policy_read_grade(struct policy_reader *reader, const char *where, const char *name, const json_t *json,
                      struct cap *ret);
/* The same for a port's TLS, where an "A-" exists too. */
int policy_read_tls_grade(struct policy_reader *reader, const char *where, const char *name,
                          const json_t *json, struct cap *ret);

/* ---- caps of a port's TLS ---- */

struct tls_caps;
struct tls_caps *tls_caps_new(struct arena *arena); /* NULL when out of memory */
/* Takes over what the object says. */
int tls_caps_read(struct policy_reader *reader, json_t *json, struct tls_caps *caps);
const char *tls_cap_letter(const struct tls_caps *caps, const char *name, bool opportunistic);

#endif
