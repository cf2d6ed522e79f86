/*
 * tls_model.h - what a port accepts of TLS, asked of the lists that an enumeration noted
 *
 * Questions with three answers. YES: something that matches is in a list, however incomplete, or was agreed on
 * in a handshake. NO: every list in which it could be is complete, and it is in none. UNKNOWN: neither, with the
 * reason in words. A version that was refused has no list to ask. NULL for the facts is "nothing observed".
 */
#ifndef OUTPOST_REPORTS_TLS_MODEL_H
#define OUTPOST_REPORTS_TLS_MODEL_H

#include "reports/judgement.h"
#include "scanner/facts/tls_registry.h"

/* ---- versions ---- */

enum known tls_speaks(const struct tls_facts *tls, enum tls_version version);
/* Any of the versions from `oldest` to `newest`? */
enum known tls_speaks_any(const struct tls_facts *tls, enum tls_version oldest, enum tls_version newest);
/* Texts: the versions that are spoken, oldest first. */
struct list tls_versions_spoken(struct judgement *judgement, const struct tls_facts *tls);
/* Why nobody knows whether a version is spoken; words that follow "not tested, ". */
const char *tls_version_reason(struct judgement *judgement, const struct tls_facts *tls);
/* Does this scan's depth ask what a scan of `depth` ("standard" or "deep") asks? Also when nobody knows its depth. */
bool tls_is_deep_enough(const struct judgement *judgement, const char *depth);
/* Why something was not observed: the depth that asks when this scan was not deep enough, what cut the scan short, or how
 * the server answered; words that follow "not tested, ". */
const char *tls_unasked_reason(struct judgement *judgement, const struct tls_facts *tls, const char *depth);

/* ---- suites, groups, schemes ---- */

/* One thing that was accepted under one version. */
struct tls_item {
    enum tls_version version;
    const char *name; /* as the facts have it */
    /* What the registry knows of it; NULL when it does not know the name, or it is of another kind. */
    const struct tls_suite *suite;
    const struct tls_group *group;
    const struct tls_scheme *scheme;
};
/* Does it match? It is asked of names that the registry knows. */
typedef bool (*tls_test)(const struct tls_item *item);

struct tls_answer {
    enum known known;
    const char *reason; /* why UNKNOWN; also set when known, if there may be more than these */
    bool complete;      /* there are no more than these */
    struct list items;  /* tls_item, by version, oldest first; in the server's order where it has one */
};

/*
 * Which suites (groups, signature schemes) that match are accepted under the versions from `oldest` to `newest`?
 * `test` NULL: all, also those that the registry does not know.
 *
 *     tls_suites_accepted(judgement, tls, TLS_VERSION_SSL3, TLS_VERSION_1_2, is_rc4).known == YES
 */
struct tls_answer tls_suites_accepted(struct judgement *judgement, const struct tls_facts *tls,
                                      enum tls_version oldest, enum tls_version newest, tls_test test);
struct tls_answer tls_groups_accepted(struct judgement *judgement, const struct tls_facts *tls,
                                      enum tls_version oldest, enum tls_version newest, tls_test test);
struct tls_answer tls_schemes_accepted(struct judgement *judgement, const struct tls_facts *tls,
                                       enum tls_version oldest, enum tls_version newest, tls_test test);
/* Texts: the names of what matched, each once, whatever the versions. */
struct list tls_answer_names(struct judgement *judgement, const struct tls_answer *answer);
/* "TLS1.2: A, B, C and 68 more", one line of evidence for each version; "at least" where there may be more. */
void evidence_tls(struct judgement *judgement, struct finding *finding, const struct tls_answer *answer);

/* The list of one version as it was noted, or NULL. */
const struct tls_set_facts *tls_set_of(const struct list *sets, enum tls_version version);

/* ---- tests that many ask ---- */

bool tls_is_null(const struct tls_item *item);      /* no encryption */
bool tls_is_anonymous(const struct tls_item *item); /* nobody shows who he is */
bool tls_is_export(const struct tls_item *item);
bool tls_is_rc4(const struct tls_item *item);
bool tls_is_des(const struct tls_item *item);
bool tls_is_3des(const struct tls_item *item);
bool tls_is_cbc(const struct tls_item *item);
bool tls_is_small_block(const struct tls_item *item); /* blocks of 64 bits */
bool tls_is_without_forward_secrecy(const struct tls_item *item);
bool tls_has_forward_secrecy(const struct tls_item *item);
bool tls_is_post_quantum(const struct tls_item *item); /* of groups */

/* ---- the rest, never NULL ---- */

const struct tls_features_facts *tls_features(const struct tls_facts *tls);
const struct tls_resumption_facts *tls_resumption(const struct tls_facts *tls);

#endif
