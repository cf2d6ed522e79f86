/*
 * profile.h - what others recommend for TLS, as data, and how a port compares with it
 *
 * A profile (reports/policy/profiles/, schema reports/schemas/profile-1.json) sorts what a port has and does into
 * levels, the best first. For each class of things it has rules; of the rules of a class the first whose conditions
 * all hold gives the level, and what no rule knows is as good as can be. "needs" names what has to be there.
 *
 *     {"key_exchange": ["DHE"], "mode": ["GCM", "CCM"], "level": "phase out"}
 *
 * A port is as good as the worst it has. What was not tested is never good: then the comparison is open, unless
 * something that was seen is already worse than the profile allows.
 */
#ifndef OUTPOST_REPORTS_PROFILE_H
#define OUTPOST_REPORTS_PROFILE_H

#include "reports/judgement.h"
#include "reports/policy_reader.h"
#include "reports/profile_rules.h"

enum profile_class {
    PROFILE_VERSIONS,
    PROFILE_SUITES,
    PROFILE_GROUPS,
    PROFILE_SCHEMES, /* signature schemes of the server */
    PROFILE_DH,      /* parameters of Diffie-Hellman below TLS 1.3 */
    PROFILE_CERTIFICATES,
    PROFILE_FEATURES,
};
enum { PROFILE_CLASSES = PROFILE_FEATURES + 1 };

/* At least one of these names is there, or the level is this one. */
struct profile_need {
    enum profile_class class;
    struct list names;
    size_t level;
};

struct profile {
    const char *name;
    const char *title;
    const char *reference;
    struct list levels;                 /* texts, the best first */
    size_t meets;                       /* the worst level that still meets it */
    struct list rules[PROFILE_CLASSES]; /* profile_rule */
    struct list needs;                  /* profile_need */
};

/* An array of names of built-in profiles and of profiles; replaces what `profiles` held. As tls_caps_read. */
int profiles_read(struct policy_reader *reader, json_t *json, struct list *profiles);
const char *profile_class_name(enum profile_class class); /* "suites" */

/* ---- what a port has (profile_items.c) ---- */

struct profile_items {
    struct list items;   /* profile_item */
    struct list unknown; /* texts: what is not known of the class */
};

/* All of a port, to be compared with many profiles. */
struct profile_port {
    const struct tls_facts *tls;
    struct profile_items classes[PROFILE_CLASSES];
};
struct profile_port profile_port_of(struct judgement *judgement, const struct tls_facts *tls);

/* ---- comparison (profile.c) ---- */

struct profile_breach {
    size_t level;
    enum profile_class class;
    const char *words; /* in one line: all that is worse than the profile allows */
};

struct profile_result {
    size_t level;         /* the worst that was seen */
    struct list breaches; /* profile_breach, the worst first */
    struct list unknown;  /* texts: what was not tested */
};
struct profile_result profile_compare(struct judgement *judgement, const struct profile_port *port,
                                      const struct profile *profile);

#endif
