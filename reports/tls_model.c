/*
 * tls_model.c - what a port accepts of TLS, asked of the lists that an enumeration noted
 *
 *   versions  ->  for each that may be spoken: its list, and what handshakes agreed on  ->  what matches
 *             ->  was every list complete?
 */
#include "reports/tls_model.h"

#include "reports/observed.h"
#include "scanner/base/arena.h"

#include <stdint.h>

static const enum tls_version versions[] = {TLS_VERSION_SSL2, TLS_VERSION_SSL3, TLS_VERSION_1_0,
                                            TLS_VERSION_1_1,  TLS_VERSION_1_2,  TLS_VERSION_1_3};
enum { VERSIONS = sizeof(versions) / sizeof(versions[0]) };

/* Nobody reads the thirteenth suite of a line. */
enum { NAMES_SHOWN = 12 };

/* ---- versions ---- */

static bool is_version(const char *name, enum tls_version version)
{
    return same_text(name, tls_registry_version_name((uint16_t)version));
}

/* `version` NULL: on any. */
static bool handshake_agreed(const struct tls_facts *tls, const char *version)
{
    for (size_t i = 0; i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        if (handshake->result == TLS_COMPLETE && (version == NULL || same_text(handshake->version, version)))
            return true;
    }
    return false;
}

const struct tls_set_facts *tls_set_of(const struct list *sets, enum tls_version version)
{
    const char *name = tls_registry_version_name((uint16_t)version);

    for (size_t i = 0; i < sets->count; i++) {
        const struct tls_set_facts *set = sets->items[i];

        if (same_text(set->version, name))
            return set;
    }
    return NULL;
}

enum known tls_speaks(const struct tls_facts *tls, enum tls_version version)
{
    const char *name = tls_registry_version_name((uint16_t)version);
    const struct tls_set_facts *suites;

    if (tls == NULL || name == NULL)
        return UNKNOWN;
    suites = tls_set_of(&tls->suites, version);
    if (handshake_agreed(tls, name) || (suites != NULL && suites->list.count > 0))
        return YES;
    if (tls->versions == NULL)
        return UNKNOWN;
    if (list_has_text(&tls->versions->list, name))
        return YES;
    if (list_has_text(&tls->versions->refused, name) || tls->versions->complete == YES)
        return NO;
    return UNKNOWN;
}

enum known tls_speaks_any(const struct tls_facts *tls, enum tls_version oldest, enum tls_version newest)
{
    enum known any = NO;

    for (size_t i = VERSIONS; i > 0 && any != YES; i--) { /* the newest is the likeliest */
        enum tls_version version = versions[i - 1];
        enum known spoken;

        if (version < oldest || version > newest)
            continue;
        spoken = tls_speaks(tls, version);
        if (spoken != NO)
            any = spoken;
    }
    return any;
}

struct list tls_versions_spoken(struct judgement *judgement, const struct tls_facts *tls)
{
    struct list spoken = {0};

    for (size_t i = 0; i < VERSIONS; i++) {
        const char *name = tls_registry_version_name((uint16_t)versions[i]);

        if (tls_speaks(tls, versions[i]) == YES &&
            list_add(&spoken, judgement->arena, (void *)(uintptr_t)name) < 0)
            judgement->failed = true;
    }
    return spoken;
}

bool tls_is_deep_enough(const struct judgement *judgement, const char *depth)
{
    const char *done = observed_settings(judgement)->depth;

    return done == NULL || same_text(done, "deep") || same_text(done, depth);
}

/* What cut the enumeration short, or NULL. */
static const char *cut_short_by(const struct tls_facts *tls)
{
    if (tls->versions != NULL && tls->versions->complete != YES && tls->versions->reason != NULL)
        return tls->versions->reason;
    for (size_t i = 0; i < tls->suites.count; i++) {
        const struct tls_set_facts *set = tls->suites.items[i];

        if (set->complete != YES && set->reason != NULL)
            return set->reason;
    }
    return NULL;
}

const char *tls_unasked_reason(struct judgement *judgement, const struct tls_facts *tls, const char *depth)
{
    const char *cut = tls == NULL ? NULL : cut_short_by(tls);

    if (tls_is_deep_enough(judgement, depth)) {
        if (tls_wants_name(tls) != NULL)
            return tls_wants_name(tls);
        if (cut != NULL)
            return cut;
        if (tls == NULL || !handshake_agreed(tls, NULL))
            return "no handshake came to its end";
        return tls->versions == NULL ? "the scan did not come to it"
                                     : "the answers of the server do not show it";
    }
    return kept(judgement, arena_format(judgement->arena, "a %s scan does not ask (`--depth %s` does)",
                                        observed_settings(judgement)->depth, depth));
}

const char *tls_version_reason(struct judgement *judgement, const struct tls_facts *tls)
{
    if (tls == NULL || tls->versions == NULL || tls_wants_name(tls) != NULL)
        return tls_unasked_reason(judgement, tls, "standard");
    return kept(judgement, arena_format(judgement->arena, "not every version was asked for (%s)",
                                        text_or(tls->versions->reason, "no reason known")));
}

/* ---- suites, groups, schemes ---- */

enum kind { SUITES, GROUPS, SCHEMES };

static const char *kind_words(enum kind kind)
{
    switch (kind) {
    case SUITES:
        return "suites";
    case GROUPS:
        return "groups";
    case SCHEMES:
        break;
    }
    return "signature schemes";
}

static const struct list *sets_of(const struct tls_facts *tls, enum kind kind)
{
    switch (kind) {
    case SUITES:
        return &tls->suites;
    case GROUPS:
        return &tls->groups;
    case SCHEMES:
        break;
    }
    return &tls->schemes;
}

static const char *agreed_on(const struct tls_handshake_facts *handshake, enum kind kind)
{
    switch (kind) {
    case SUITES:
        return handshake->suite;
    case GROUPS:
        return handshake->group;
    case SCHEMES:
        break;
    }
    return handshake->signature;
}

static struct tls_item look_up(enum kind kind, enum tls_version version, const char *name)
{
    struct tls_item item = {.version = version, .name = name};

    switch (kind) {
    case SUITES:
        item.suite = tls_suite_by_name(name);
        break;
    case GROUPS:
        item.group = tls_group_by_name(name);
        break;
    case SCHEMES:
        item.scheme = tls_scheme_by_name(name);
        break;
    }
    return item;
}

static bool has_item(const struct list *items, enum tls_version version, const char *name)
{
    for (size_t i = items->count; i > 0; i--) {
        const struct tls_item *item = items->items[i - 1];

        if (item->version != version)
            return false;
        if (same_text(item->name, name))
            return true;
    }
    return false;
}

static void add_match(struct judgement *judgement, struct tls_answer *answer, enum kind kind,
                      enum tls_version version, const char *name, tls_test test)
{
    struct tls_item item, *added;
    bool registered;

    if (name == NULL || has_item(&answer->items, version, name))
        return;
    item = look_up(kind, version, name);
    registered = item.suite != NULL || item.group != NULL || item.scheme != NULL;
    if (test != NULL && (!registered || !test(&item)))
        return;
    added = list_new_item(&answer->items, judgement->arena, sizeof(*added));
    if (added == NULL)
        judgement->failed = true;
    else
        *added = item;
}

/* Groups and schemes are asked of the newest version below TLS 1.3; older ones take theirs from there. */
static bool told_by_newer(const struct list *sets, enum kind kind, enum tls_version version)
{
    if (kind == SUITES || version >= TLS_VERSION_1_2)
        return false;
    for (size_t i = 0; i < VERSIONS; i++)
        if (versions[i] > version && versions[i] < TLS_VERSION_1_3 && tls_set_of(sets, versions[i]) != NULL)
            return true;
    return false;
}

/* Notes that the list of one version is not known to the end, and why. */
static void not_complete(struct judgement *judgement, const struct tls_facts *tls, struct tls_answer *answer,
                         enum kind kind, enum tls_version version)
{
    const struct list *sets = sets_of(tls, kind);
    const struct tls_set_facts *set = tls_set_of(sets, version);

    if ((set != NULL && set->complete == YES) || (set == NULL && told_by_newer(sets, kind, version)))
        return;
    answer->complete = false;
    if (answer->reason != NULL)
        return;
    if (set != NULL)
        answer->reason =
            kept(judgement, arena_format(judgement->arena, "not all %s of %s are known (%s)",
                                         kind_words(kind), tls_registry_version_name((uint16_t)version),
                                         text_or(set->reason, "no reason known")));
    else if (tls_speaks(tls, version) == YES)
        answer->reason = tls_unasked_reason(judgement, tls, "standard");
    else
        answer->reason = tls_version_reason(judgement, tls);
}

static void ask_version(struct judgement *judgement, const struct tls_facts *tls, struct tls_answer *answer,
                        enum kind kind, enum tls_version version, tls_test test)
{
    const struct tls_set_facts *set = tls_set_of(sets_of(tls, kind), version);

    for (size_t i = 0; set != NULL && i < set->list.count; i++)
        add_match(judgement, answer, kind, version, set->list.items[i], test);
    for (size_t i = 0; i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        if (handshake->result == TLS_COMPLETE && is_version(handshake->version, version))
            add_match(judgement, answer, kind, version, agreed_on(handshake, kind), test);
    }
    not_complete(judgement, tls, answer, kind, version);
}

static struct tls_answer ask(struct judgement *judgement, const struct tls_facts *tls, enum kind kind,
                             enum tls_version oldest, enum tls_version newest, tls_test test)
{
    struct tls_answer answer = {.complete = true, .items = {.observed = true}};

    if (tls == NULL) {
        answer.complete = false;
        answer.reason = tls_unasked_reason(judgement, tls, "standard");
        return answer;
    }
    for (size_t i = 0; i < VERSIONS; i++)
        if (versions[i] >= oldest && versions[i] <= newest && tls_speaks(tls, versions[i]) != NO)
            ask_version(judgement, tls, &answer, kind, versions[i], test);
    answer.known = answer.items.count > 0 ? YES : answer.complete ? NO : UNKNOWN;
    return answer;
}

struct tls_answer tls_suites_accepted(struct judgement *judgement, const struct tls_facts *tls,
                                      enum tls_version oldest, enum tls_version newest, tls_test test)
{
    return ask(judgement, tls, SUITES, oldest, newest, test);
}

struct tls_answer tls_groups_accepted(struct judgement *judgement, const struct tls_facts *tls,
                                      enum tls_version oldest, enum tls_version newest, tls_test test)
{
    return ask(judgement, tls, GROUPS, oldest, newest, test);
}

struct tls_answer tls_schemes_accepted(struct judgement *judgement, const struct tls_facts *tls,
                                       enum tls_version oldest, enum tls_version newest, tls_test test)
{
    return ask(judgement, tls, SCHEMES, oldest, newest, test);
}

struct list tls_answer_names(struct judgement *judgement, const struct tls_answer *answer)
{
    struct list names = {.observed = true};

    for (size_t i = 0; i < answer->items.count; i++) {
        const struct tls_item *item = answer->items.items[i];

        if (!list_has_text(&names, item->name) &&
            list_add(&names, judgement->arena, (void *)(uintptr_t)item->name) < 0)
            judgement->failed = true;
    }
    return names;
}

/* The items of one version, from `first` on; how many they are is returned. */
static size_t evidence_version(struct judgement *judgement, struct finding *finding,
                               const struct tls_answer *answer, size_t first)
{
    const struct list *items = &answer->items;
    const struct tls_item *item = items->items[first];
    enum tls_version version = item->version;
    const char *line = item->name;
    size_t count = 1;

    for (; first + count < items->count && line != NULL; count++) {
        item = items->items[first + count];
        if (item->version != version)
            break;
        if (count < NAMES_SHOWN)
            line = arena_format(judgement->arena, "%s, %s", line, item->name);
    }
    finding_evidence(judgement, finding, count > NAMES_SHOWN ? "%s%s: %s and %zu more" : "%s%s: %s",
                     tls_registry_version_name((uint16_t)version), answer->complete ? "" : ", at least",
                     kept(judgement, line), count - NAMES_SHOWN);
    return count;
}

void evidence_tls(struct judgement *judgement, struct finding *finding, const struct tls_answer *answer)
{
    for (size_t i = 0; i < answer->items.count;)
        i += evidence_version(judgement, finding, answer, i);
}

/* ---- tests ---- */

bool tls_is_null(const struct tls_item *item)
{
    return item->suite != NULL && !item->suite->signalling && item->suite->cipher == TLS_CIPHER_NULL;
}

bool tls_is_anonymous(const struct tls_item *item)
{
    return item->suite != NULL && !item->suite->signalling && item->suite->authentication == TLS_AUTH_NONE;
}

bool tls_is_export(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->export_grade;
}

bool tls_is_rc4(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->cipher == TLS_CIPHER_RC4;
}

bool tls_is_des(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->cipher == TLS_CIPHER_DES;
}

bool tls_is_3des(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->cipher == TLS_CIPHER_3DES;
}

bool tls_is_cbc(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->mode == TLS_MODE_CBC;
}

bool tls_is_small_block(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->block_bits == 64;
}

bool tls_is_without_forward_secrecy(const struct tls_item *item)
{
    return item->suite != NULL && !item->suite->signalling && !item->suite->forward_secrecy;
}

bool tls_has_forward_secrecy(const struct tls_item *item)
{
    return item->suite != NULL && item->suite->forward_secrecy;
}

bool tls_is_post_quantum(const struct tls_item *item)
{
    return item->group != NULL &&
           (item->group->kind == TLS_GROUP_HYBRID || item->group->kind == TLS_GROUP_PQ);
}

/* ---- the rest ---- */

const struct tls_features_facts *tls_features(const struct tls_facts *tls)
{
    static const struct tls_features_facts nothing;

    return tls != NULL && tls->features != NULL ? tls->features : &nothing;
}

const struct tls_resumption_facts *tls_resumption(const struct tls_facts *tls)
{
    static const struct tls_resumption_facts nothing;

    return tls != NULL && tls->resumption != NULL ? tls->resumption : &nothing;
}
