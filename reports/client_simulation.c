/*
 * client_simulation.c - the server's choices, made again from its facts
 *
 *   version  ->  suite (whose order counts?)  ->  group, signature scheme, key type
 *
 * A server takes the highest version in common and stays with it. Below TLS 1.3 a suite needs what it is made
 * of: ECDHE a curve in common, a signature (TLS 1.2) a scheme in common, an ECDSA certificate a curve that the
 * client knows, DHE a prime the client takes. That the server has a certificate for a suite follows from its
 * having accepted it. RFC 5246 7.4, RFC 8422 5, RFC 8446 4.1.1.
 */
#include "reports/client_simulation.h"

#include "reports/display.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/facts/tls_registry.h"

#include <string.h>

/* More names of one kind than this no server has; a stored scan may be anybody's. */
enum { NAMES_MAX = 512 };

/* A client and a server that have agreed on a version. */
struct talk {
    struct arena *arena;
    const struct tls_facts *tls;
    const struct mail_client *client;
    enum tls_version version;
    const char *version_name;
    const struct tls_set_facts *suites, *groups, *schemes; /* the server's; NULL: not observed */
};

/* What would come of one suite. */
struct pick {
    enum known works;
    bool broken; /* the server chooses it, and then the client gives up */
    const char *suite, *group, *key_type;
    const char *reason;
};

static size_t names_count(const struct list *names)
{
    return names->count < NAMES_MAX ? names->count : NAMES_MAX;
}

static const char *name_at(const struct list *names, size_t index)
{
    return names->items[index];
}

static const struct tls_set_facts *set_of(const struct list *sets, const char *version)
{
    for (size_t i = 0; i < sets->count; i++) {
        const struct tls_set_facts *set = sets->items[i];

        if (same_text(set->version, version))
            return set;
    }
    return NULL;
}

/* Curves are configured once for all versions below TLS 1.3 and may have been asked for under one only. */
static const struct tls_set_facts *groups_of(const struct tls_facts *tls, const char *version)
{
    static const char *const older[] = {"TLS1.2", "TLS1.1", "TLS1.0"};
    const struct tls_set_facts *set = set_of(&tls->groups, version);

    for (size_t i = 0; set == NULL && tls_registry_version(version) < TLS_VERSION_1_3 && i < 3; i++)
        set = set_of(&tls->groups, older[i]);
    return set;
}

static bool has_name(const struct list *names, const char *name)
{
    for (size_t i = 0; i < names_count(names); i++)
        if (strcmp(name_at(names, i), name) == 0)
            return true;
    return false;
}

static enum known accepts(const struct tls_set_facts *set, const char *name)
{
    if (set != NULL && has_name(&set->list, name))
        return YES;
    return set != NULL && set->complete == YES ? NO : UNKNOWN;
}

static bool server_chooses(const struct talk *talk)
{
    return talk->suites != NULL && same_text(talk->suites->order, "server");
}

/* ---- groups ---- */

static bool group_fits(const struct talk *talk, const char *name)
{
    const struct tls_group *group = tls_group_by_name(name);

    if (group == NULL)
        return false;
    return talk->version == TLS_VERSION_1_3 ? group->tls13 : group->kind == TLS_GROUP_EC;
}

/* The first of `wanted` that is offered and accepted. */
static const char *first_group(const struct talk *talk, const struct list *wanted)
{
    for (size_t i = 0; talk->groups != NULL && i < names_count(wanted); i++) {
        const char *name = name_at(wanted, i);

        if (group_fits(talk, name) && has_name(&talk->client->groups, name) &&
            has_name(&talk->groups->list, name))
            return name;
    }
    return NULL;
}

/* Which group? A server of TLS 1.3 takes a key share that is there rather than ask for another. */
static enum known choose_group(const struct talk *talk, const char **ret_group)
{
    const struct list *offered = &talk->client->groups;
    const char *group = NULL;

    *ret_group = NULL;
    if (offered->count == 0 && talk->version < TLS_VERSION_1_3)
        return YES; /* without the extension any curve is welcome */
    if (talk->version == TLS_VERSION_1_3)
        group = first_group(talk, &talk->client->shares);
    if (group == NULL && talk->groups != NULL)
        group = first_group(talk, server_chooses(talk) ? &talk->groups->list : offered);
    if (group != NULL) {
        if (talk->groups->complete == YES)
            *ret_group = group;
        return YES;
    }
    return talk->groups != NULL && talk->groups->complete == YES ? NO : UNKNOWN;
}

/* ---- signatures ---- */

/* The type of key that signs with this scheme, as certificates name it. */
static const char *scheme_key_type(const struct tls_scheme *scheme)
{
    switch (scheme->key) {
    case TLS_SIGN_RSA_PKCS1:
    case TLS_SIGN_RSA_PSS_RSAE:
        return "RSA";
    case TLS_SIGN_RSA_PSS_PSS:
        return "RSA-PSS";
    case TLS_SIGN_ECDSA:
        return "ECDSA";
    case TLS_SIGN_EDDSA:
        return text_starts_with(scheme->name, "ed25519") ? "Ed25519" : "Ed448";
    case TLS_SIGN_DSA:
        return "DSA";
    case TLS_SIGN_GOST:
    case TLS_SIGN_SM2:
    case TLS_SIGN_ML_DSA:
    case TLS_SIGN_OTHER:
        break;
    }
    return "other";
}

/* May it sign for a suite of this authentication? */
static bool scheme_fits(const struct talk *talk, const struct tls_scheme *scheme,
                        enum tls_authentication authentication)
{
    if (scheme == NULL)
        return false;
    if (talk->version == TLS_VERSION_1_3)
        return scheme->tls13;
    if (!scheme->tls12)
        return false;
    switch (scheme->key) {
    case TLS_SIGN_RSA_PKCS1:
    case TLS_SIGN_RSA_PSS_RSAE:
    case TLS_SIGN_RSA_PSS_PSS:
        return authentication == TLS_AUTH_RSA;
    case TLS_SIGN_ECDSA:
    case TLS_SIGN_EDDSA:
        return authentication == TLS_AUTH_ECDSA;
    case TLS_SIGN_DSA:
        return authentication == TLS_AUTH_DSS;
    case TLS_SIGN_GOST:
    case TLS_SIGN_SM2:
    case TLS_SIGN_ML_DSA:
    case TLS_SIGN_OTHER:
        break;
    }
    return false;
}

static bool has_key_type(const struct tls_facts *tls, const char *type)
{
    for (size_t i = 0; i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];

        if (certificate->key != NULL && same_text(certificate->key->type, type))
            return true;
    }
    return false;
}

/* Nobody saw in full how the server signs: schemes with SHA-256, which every implementation has, are taken for
 * granted when a certificate of the kind was seen. */
static enum known assume_scheme(const struct talk *talk, enum tls_authentication authentication,
                                const char **ret_key_type)
{
    static const char *const usual[] = {"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha256",
                                        "ed25519"};
    const char *found = NULL;

    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        const struct tls_scheme *scheme = tls_scheme_by_name(usual[i]);
        const char *type;

        if (!scheme_fits(talk, scheme, authentication) || !has_name(&talk->client->schemes, usual[i]))
            continue;
        type = scheme_key_type(scheme);
        if (!has_key_type(talk->tls, type) || same_text(found, type))
            continue;
        if (found != NULL) { /* which of two certificates does not follow */
            *ret_key_type = NULL;
            return YES;
        }
        found = type;
    }
    *ret_key_type = found;
    return found != NULL ? YES : UNKNOWN;
}

/* RFC 5246 7.4.1.4.1: what a client of TLS 1.2 that sends no schemes is taken to offer. */
static enum known default_scheme(const struct talk *talk, enum tls_authentication authentication)
{
    if (talk->version == TLS_VERSION_1_3)
        return NO;
    if (authentication == TLS_AUTH_ECDSA)
        return accepts(talk->schemes, "ecdsa_sha1");
    return accepts(talk->schemes, authentication == TLS_AUTH_DSS ? "dsa_sha1" : "rsa_pkcs1_sha1");
}

static enum known choose_scheme(const struct talk *talk, enum tls_authentication authentication,
                                const char **ret_key_type)
{
    const struct list *offered = &talk->client->schemes;
    const struct list *order = talk->schemes != NULL && server_chooses(talk) ? &talk->schemes->list : offered;

    *ret_key_type = NULL;
    if (offered->count == 0)
        return default_scheme(talk, authentication);
    for (size_t i = 0; talk->schemes != NULL && i < names_count(order); i++) {
        const char *name = name_at(order, i);
        const struct tls_scheme *scheme = tls_scheme_by_name(name);

        if (!scheme_fits(talk, scheme, authentication) || !has_name(offered, name) ||
            !has_name(&talk->schemes->list, name))
            continue;
        if (talk->schemes->complete == YES)
            *ret_key_type = scheme_key_type(scheme);
        return YES;
    }
    if (talk->schemes != NULL && talk->schemes->complete == YES)
        return NO;
    return assume_scheme(talk, authentication, ret_key_type);
}

/* Does the client know the curve of a certificate that signs ECDSA suites? RFC 8422 5.1. */
static bool knows_curve(const struct talk *talk)
{
    bool seen = false;

    for (size_t i = 0; i < talk->tls->certificates.count; i++) {
        const struct certificate_facts *certificate = talk->tls->certificates.items[i];
        const char *curve = certificate->key != NULL && same_text(certificate->key->type, "ECDSA")
                                ? certificate->key->curve
                                : NULL;

        if (curve != NULL && has_name(&talk->client->groups, curve))
            return true;
        seen = seen || curve != NULL;
    }
    return !seen || talk->client->groups.count == 0;
}

/* ---- suites ---- */

/* Does the client take the prime? Only where all that were seen under the version say the same. */
static const char *dh_refused(const struct talk *talk)
{
    const struct mail_client *client = talk->client;
    const char *reason = NULL;

    for (size_t i = 0; i < talk->tls->dh.count; i++) {
        const struct tls_dh_facts *dh = talk->tls->dh.items[i];
        long long bits = (long long)dh->bits.value;

        if (!dh->bits.known || !has_name(&dh->versions, talk->version_name))
            continue;
        if (client->dh_bits_min.known && bits < client->dh_bits_min.value)
            reason =
                arena_format(talk->arena, "it takes no Diffie-Hellman prime of %lld bits, only %lld or more",
                             bits, (long long)client->dh_bits_min.value);
        else if (client->dh_bits_max.known && bits > client->dh_bits_max.value)
            reason =
                arena_format(talk->arena, "it takes no Diffie-Hellman prime of %lld bits, only up to %lld",
                             bits, (long long)client->dh_bits_max.value);
        else
            return NULL;
    }
    return reason;
}

static const char *authentication_key(enum tls_authentication authentication)
{
    switch (authentication) {
    case TLS_AUTH_RSA:
        return "RSA";
    case TLS_AUTH_DSS:
        return "DSA";
    case TLS_AUTH_ECDSA:
        return "ECDSA";
    case TLS_AUTH_NONE:
        return "none";
    case TLS_AUTH_PSK:
    case TLS_AUTH_SRP:
    case TLS_AUTH_KRB5:
    case TLS_AUTH_GOST:
    case TLS_AUTH_ECCPWD:
    case TLS_AUTH_ANY:
        break;
    }
    return NULL;
}

static struct pick refused(enum known works, const char *reason)
{
    return (struct pick){.works = works, .reason = reason};
}

static struct pick try_signature(const struct talk *talk, const struct tls_suite *suite, struct pick pick)
{
    const char *key_type = NULL;
    enum known signs = YES;

    if (talk->version >= TLS_VERSION_1_2)
        signs = choose_scheme(talk, suite->authentication, &key_type);
    if (signs == NO)
        return refused(NO, "no signature scheme in common");
    if (signs == UNKNOWN)
        return refused(UNKNOWN, "how the server signs was not observed in full");
    if (talk->version < TLS_VERSION_1_3 && suite->authentication == TLS_AUTH_ECDSA && !knows_curve(talk))
        return refused(NO, "it does not know the curve of the ECDSA certificate");
    if (talk->version == TLS_VERSION_1_3)
        pick.key_type = key_type;
    return pick;
}

/* What would come of this suite, which both have? */
static struct pick try_suite(const struct talk *talk, const char *name)
{
    const struct tls_suite *suite = tls_suite_by_name(name);
    struct pick pick = {.works = YES, .suite = name};
    enum known group = YES;
    const char *prime;

    if (suite == NULL)
        return pick;
    pick.key_type = authentication_key(suite->authentication);
    if (suite->key_exchange == TLS_KX_ECDHE || suite->key_exchange == TLS_KX_ANY)
        group = choose_group(talk, &pick.group);
    if (group == NO)
        return refused(NO, "no key exchange group in common");
    if (group == UNKNOWN)
        return refused(UNKNOWN, "the server's groups were not observed in full");
    prime = suite->key_exchange == TLS_KX_DHE ? dh_refused(talk) : NULL;
    if (prime != NULL)
        return (struct pick){.works = NO, .broken = true, .reason = prime};
    /* Only ephemeral keys are signed; anonymous ones are not. */
    if (!suite->forward_secrecy || suite->authentication == TLS_AUTH_NONE)
        return pick;
    return try_signature(talk, suite, pick);
}

static bool is_chacha(const char *name)
{
    const struct tls_suite *suite = tls_suite_by_name(name);

    return suite != NULL && suite->cipher == TLS_CIPHER_CHACHA20;
}

/* The first suite in `order` that the server would choose; without names when one before it might be. */
enum which { ALL_SUITES, CHACHA_SUITES, OTHER_SUITES };

static bool look(const struct talk *talk, const struct list *order, enum which which, struct pick *best,
                 const char **no)
{
    for (size_t i = 0; i < names_count(order); i++) {
        const char *name = name_at(order, i);
        struct pick pick;

        if ((which == CHACHA_SUITES && !is_chacha(name)) || (which == OTHER_SUITES && is_chacha(name)) ||
            !has_name(&talk->client->suites, name) || accepts(talk->suites, name) != YES)
            continue;
        pick = try_suite(talk, name);
        if (pick.works == YES || pick.broken) {
            if (best->reason == NULL)
                *best = pick;
            else if (pick.works == YES) /* one before it might have been chosen */
                *best = (struct pick){.works = YES};
            return true;
        }
        if (pick.works == UNKNOWN)
            *best = pick;
        else if (*no == NULL)
            *no = pick.reason;
    }
    return false;
}

static struct pick first_suite(const struct talk *talk, bool server)
{
    const struct list *order = server ? &talk->suites->list : &talk->client->suites;
    bool chacha_first = server && talk->suites->chacha_priority == YES && talk->client->suites.count > 0 &&
                        is_chacha(name_at(&talk->client->suites, 0));
    struct pick best = {.works = UNKNOWN};
    const char *no = NULL;

    if (chacha_first
            ? look(talk, order, CHACHA_SUITES, &best, &no) || look(talk, order, OTHER_SUITES, &best, &no)
            : look(talk, order, ALL_SUITES, &best, &no))
        return best;
    if (best.reason != NULL)
        return best;
    if (talk->suites->complete != YES)
        return refused(UNKNOWN,
                       text_or(talk->suites->reason, "the server's cipher suites are not all known"));
    return refused(NO, no != NULL ? no : "no cipher suite in common");
}

/* The server has an order, but its list is not in it: only a suite that is the only one is certain. */
static struct pick sole_suite(const struct talk *talk, struct pick first)
{
    size_t common = 0;

    for (size_t i = 0; i < names_count(&talk->suites->list); i++)
        common += has_name(&talk->client->suites, name_at(&talk->suites->list, i));
    if (common <= 1 || first.works == UNKNOWN || (first.works == NO && !first.broken))
        return first;
    if (dh_refused(talk) != NULL)
        return refused(UNKNOWN, "the server's order of cipher suites was not observed in full");
    return (struct pick){.works = YES};
}

static struct pick choose_suite(const struct talk *talk)
{
    struct pick pick, other;

    if (talk->suites == NULL)
        return refused(UNKNOWN, "the server's cipher suites were not enumerated");
    pick = first_suite(talk, server_chooses(talk));
    if (server_chooses(talk) && talk->suites->ordered != YES)
        pick = sole_suite(talk, pick);
    /* Whose order counts may not be known: it does not matter when both lead to the same. */
    other = talk->suites->order != NULL ? pick : first_suite(talk, true);
    if (pick.works != other.works)
        return refused(UNKNOWN, "whose order of cipher suites counts was not observed");
    /* A suite that was not found might be preferred. */
    if (pick.works == YES && (talk->suites->complete != YES || !same_text(pick.suite, other.suite)))
        return (struct pick){.works = YES};
    return pick;
}

/* ---- versions ---- */

static enum known speaks(const struct tls_versions_facts *versions, const char *version)
{
    if (has_name(&versions->list, version))
        return YES;
    return versions->complete == YES || has_name(&versions->refused, version) ? NO : UNKNOWN;
}

static const char *spoken(struct arena *arena, const struct list *versions)
{
    struct list shown = {0};
    const char *text;

    for (size_t i = 0; i < names_count(versions); i++)
        if (list_add(&shown, arena, (char *)(uintptr_t)display_version(arena, name_at(versions, i))) < 0)
            return NULL;
    text = text_join(arena, &shown, ", ");
    return text == NULL || *text == '\0' ? "no version that is known" : text;
}

/* The highest version in common: its name and YES; or NO, or UNKNOWN, with the reason. */
static enum known choose_version(struct arena *arena, const struct tls_facts *tls,
                                 const struct mail_client *client, const char **ret_version,
                                 const char **ret_reason)
{
    const struct tls_versions_facts *versions = tls->versions;

    for (size_t i = names_count(&client->versions); i > 0; i--) {
        const char *version = name_at(&client->versions, i - 1);

        switch (speaks(versions, version)) {
        case YES:
            *ret_version = version;
            return YES;
        case NO:
            break;
        case UNKNOWN:
            *ret_reason = arena_format(arena, "whether the server speaks %s is not known%s%s",
                                       display_version(arena, version), versions->reason != NULL ? ": " : "",
                                       text_or(versions->reason, ""));
            return UNKNOWN;
        }
    }
    *ret_reason = arena_format(arena, "no version in common: it speaks %s, the server %s",
                               text_or(spoken(arena, &client->versions), "others"),
                               text_or(spoken(arena, &versions->list), "others"));
    return NO;
}

/* ---- the whole ---- */

static struct client_outcome fails(enum known connects, const char *reason)
{
    return (struct client_outcome){.connects = connects, .reason = text_or(reason, "out of memory")};
}

/* What stops a hello before anything in it is compared. */
static struct client_outcome hello_refused(const struct tls_facts *tls, const struct mail_client *client)
{
    const struct tls_features_facts *features = tls->features;
    bool large = has_name(&client->shares, "X25519MLKEM768");

    if (features == NULL)
        return (struct client_outcome){.connects = YES};
    if (features->sni_needed == YES && client->sni == NO)
        return fails(NO, "it sends no server name, and the server serves nothing without one");
    if (features->sni_needed == YES && client->sni == UNKNOWN)
        return fails(
            UNKNOWN,
            "the server serves nothing without a server name, and whether it sends one is not known");
    if (features->large_hello == NO && large)
        return fails(NO,
                     "the server does not answer a hello as large as its own, with a post-quantum key share");
    if (features->suites_max.known && (int64_t)client->suites.count > features->suites_max.value)
        return fails(NO, "the server does not answer a hello with as many cipher suites");
    return (struct client_outcome){.connects = YES};
}

/* All that it could be shown is not trusted. */
static const char *certificate_warning(const struct tls_facts *tls, const struct mail_client *client,
                                       const char *key_type)
{
    size_t seen = 0;

    if (client->verifies != YES)
        return NULL;
    for (size_t i = 0; i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];

        if (key_type != NULL && certificate->key != NULL && !same_text(certificate->key->type, key_type))
            continue;
        if (certificate->trusted != NO)
            return NULL;
        seen++;
    }
    return seen > 0 ? "it does not trust the certificate" : NULL;
}

struct client_outcome client_simulate(struct arena *arena, const struct tls_facts *tls,
                                      const struct mail_client *client)
{
    struct talk talk = {.arena = arena, .tls = tls, .client = client};
    struct client_outcome outcome;
    const char *reason = NULL;
    struct pick pick;

    if (tls == NULL || tls->versions == NULL)
        return fails(UNKNOWN, "what the server accepts was not enumerated");
    outcome = hello_refused(tls, client);
    if (outcome.connects != YES)
        return outcome;
    outcome.connects = choose_version(arena, tls, client, &talk.version_name, &reason);
    if (outcome.connects != YES)
        return fails(outcome.connects, reason);
    talk.version = tls_registry_version(talk.version_name);
    talk.suites = set_of(&tls->suites, talk.version_name);
    talk.groups = groups_of(tls, talk.version_name);
    talk.schemes = set_of(&tls->schemes, talk.version_name);
    pick = choose_suite(&talk);
    if (pick.works != YES) {
        reason = pick.works == NO
                     ? arena_format(arena, "%s (%s)", pick.reason, display_version(arena, talk.version_name))
                     : pick.reason;
        return fails(pick.works, reason);
    }
    return (struct client_outcome){.connects = YES,
                                   .version = talk.version_name,
                                   .suite = pick.suite,
                                   .group = pick.group,
                                   .key_type = pick.key_type,
                                   .warning = certificate_warning(tls, client, pick.key_type)};
}
