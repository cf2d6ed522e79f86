/*
 * tls_parameters.c - groups and signature schemes below TLS 1.3, and all of TLS 1.3 that crosses in clear
 *
 * Below TLS 1.3 the server names group and scheme in its ServerKeyExchange: both are taken off the offer at once, and a
 * refusal is told apart by asking again with one of the two complete. An ECDSA certificate is not shown to who does not
 * offer its curve, so groups are asked for with RSA suites where there are any; else the list is "at least".
 *
 * Under TLS 1.3 a hello without key shares is answered by a HelloRetryRequest that names suite and group (RFC 8446
 * 4.1.4), and the server computes nothing.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

static const char only_ecdsa[] =
    "at least these: the certificate's own curve must be offered, so others cannot be asked for alone";

static int codes_left(struct enumeration *e, const struct codes *all, const struct codes *seen,
                      struct codes *ret)
{
    *ret = (struct codes){.items = arena_alloc(e->arena, (all->count + 1) * sizeof(uint16_t))};
    if (ret->items == NULL) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
        return -ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++)
        if (!codes_have(seen, all->items[i]))
            ret->items[ret->count++] = all->items[i];
    return 0;
}

/* ---- below TLS 1.3 ---- */

struct parameters {
    struct enumeration *e;
    uint16_t version;
    struct version_findings *found;
    struct codes group_suites;  /* by which groups can be asked for */
    struct codes signed_suites; /* with a signature in the clear */
    bool trapped;               /* group_suites are of an ECDSA certificate */
};

static bool has_ephemeral_signature(const struct tls_suite *suite)
{
    return (suite->key_exchange == TLS_KX_ECDHE || suite->key_exchange == TLS_KX_DHE) &&
           (suite->authentication == TLS_AUTH_RSA || suite->authentication == TLS_AUTH_ECDSA ||
            suite->authentication == TLS_AUTH_DSS);
}

static void choose_suites(struct parameters *parameters, enum tls_authentication authentication)
{
    const struct codes *suites = &parameters->found->suites;

    for (size_t i = 0; i < suites->count; i++) {
        const struct tls_suite *suite = tls_suite_by_code(suites->items[i]);

        if (suite != NULL && suite->key_exchange == TLS_KX_ECDHE && suite->authentication == authentication)
            codes_add(&parameters->group_suites, suites->items[i]);
    }
}

static bool parameters_begin(struct parameters *parameters)
{
    struct enumeration *e = parameters->e;
    const struct codes *suites = &parameters->found->suites;

    parameters->group_suites.items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t));
    parameters->signed_suites.items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t));
    if (parameters->group_suites.items == NULL || parameters->signed_suites.items == NULL) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
        return false;
    }
    for (size_t i = 0; i < suites->count; i++) {
        const struct tls_suite *suite = tls_suite_by_code(suites->items[i]);

        if (suite != NULL && has_ephemeral_signature(suite))
            codes_add(&parameters->signed_suites, suites->items[i]);
    }
    choose_suites(parameters, TLS_AUTH_RSA);
    if (parameters->group_suites.count == 0)
        choose_suites(parameters, TLS_AUTH_NONE);
    if (parameters->group_suites.count == 0) {
        choose_suites(parameters, TLS_AUTH_ECDSA);
        parameters->trapped = true;
    }
    return true;
}

struct asked {
    bool groups_left_out, schemes_left_out; /* those seen are not offered */
};

/* One question. What it shows is noted by enumeration_ask(). */
static enum answer ask_for(struct parameters *parameters, const struct codes *suites, struct asked asked,
                           uint16_t *ret_suite)
{
    struct enumeration *e = parameters->e;
    struct offer offer = {.version = parameters->version, .suites = suites};
    struct codes groups, schemes;
    struct reply reply;
    enum answer answer;

    if (codes_left(e, &e->groups, &parameters->found->groups, &groups) < 0 ||
        codes_left(e, &e->schemes, &parameters->found->schemes, &schemes) < 0)
        return ANSWER_STOPPED;
    if ((asked.groups_left_out && groups.count == 0) || (asked.schemes_left_out && schemes.count == 0))
        return ANSWER_REFUSED;
    if (asked.groups_left_out)
        offer.groups = &groups;
    if (asked.schemes_left_out)
        offer.schemes = &schemes;
    answer = ask_as_nobody(e, &offer, &reply);
    if (answer == ANSWER_SERVED) {
        *ret_suite = reply.flight->suite;
        /* A server that does not keep to the offer would be asked for ever. */
        if ((asked.groups_left_out && reply.flight->group_seen &&
             !codes_have(&groups, reply.flight->group)) ||
            (asked.schemes_left_out && reply.flight->scheme_seen &&
             !codes_have(&schemes, reply.flight->scheme)))
            answer = ANSWER_REFUSED;
        /* No signature, no group: nothing was learnt (a suite without them was picked). */
        else if ((asked.groups_left_out && !reply.flight->group_seen) ||
                 (asked.schemes_left_out && !asked.groups_left_out && !reply.flight->scheme_seen))
            answer = ANSWER_REFUSED;
    }
    reply_free(&reply);
    return answer;
}

static enum answer ask_until_refused(struct parameters *parameters, const struct codes *suites,
                                     struct asked asked, bool *ret_rsa_served)
{
    enum answer answer;

    do {
        uint16_t suite = 0;

        answer = ask_for(parameters, suites, asked, &suite);
        if (answer == ANSWER_SERVED && ret_rsa_served != NULL && codes_have(&parameters->group_suites, suite))
            *ret_rsa_served = true;
    } while (answer == ANSWER_SERVED);
    return answer;
}

/* What most servers have. When all of these are seen, more of the kind are not to be expected. */
static const uint16_t usual_groups[] = {0x001d, 0x001e, 0x0017, 0x0018, 0x0019};
static const uint16_t usual_schemes[] = {0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806, 0x0301, 0x0201};

static bool all_seen(const struct codes *seen, const uint16_t *usual, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!codes_have(seen, usual[i]))
            return false;
    return true;
}

/* Both are taken off at once, as long as more of both is to be expected. True: until they were refused. */
static bool ask_for_both(struct parameters *parameters)
{
    const struct asked both = {.groups_left_out = true, .schemes_left_out = true};
    const struct version_findings *found = parameters->found;
    enum answer answer = ANSWER_SERVED;
    uint16_t suite;

    while (answer == ANSWER_SERVED &&
           !all_seen(&found->groups, usual_groups, sizeof(usual_groups) / sizeof(usual_groups[0])) &&
           !all_seen(&found->schemes, usual_schemes, sizeof(usual_schemes) / sizeof(usual_schemes[0])))
        answer = ask_for(parameters, &parameters->group_suites, both, &suite);
    return answer == ANSWER_REFUSED;
}

static void groups_done(struct parameters *parameters)
{
    parameters->found->groups_complete = known(!parameters->trapped);
    if (parameters->trapped)
        parameters->found->groups_reason = only_ecdsa;
}

static void ask_groups(void *argument)
{
    struct parameters *parameters = argument;
    struct version_findings *found = parameters->found;
    const struct asked groups = {.groups_left_out = true};

    if (parameters->group_suites.count == 0)
        found->groups_complete = found->suites_complete;
    else if (ask_until_refused(parameters, &parameters->group_suites, groups, NULL) == ANSWER_REFUSED)
        groups_done(parameters);
    if (found->groups_complete == UNKNOWN) {
        found->groups_complete = NO;
        found->groups_reason = parameters->e->stopped;
    }
    found->groups_ended = true;
}

/* True: the groups that were left are none, as with all groups an answer came that was refused with those left. */
static bool ask_schemes(struct parameters *parameters, bool both_refused)
{
    struct version_findings *found = parameters->found;
    const struct asked schemes = {.schemes_left_out = true};
    bool served = false;

    if (parameters->signed_suites.count == 0)
        found->schemes_complete = found->suites_complete;
    else if (ask_until_refused(parameters, &parameters->signed_suites, schemes, &served) == ANSWER_REFUSED)
        found->schemes_complete = YES;
    if (found->schemes_complete == UNKNOWN) {
        found->schemes_complete = NO;
        found->schemes_reason = parameters->e->stopped;
    }
    return served && both_refused && parameters->e->stopped == NULL;
}

static struct parameters *parameters_new(struct enumeration *e, uint16_t version)
{
    struct parameters *parameters = arena_alloc(e->arena, sizeof(*parameters));

    if (parameters == NULL) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
        return NULL;
    }
    *parameters =
        (struct parameters){.e = e, .version = version, .found = &e->versions[version_place(version)]};
    return parameters_begin(parameters) ? parameters : NULL;
}

static void ask_schemes_beside(void *argument)
{
    struct parameters *parameters = argument;

    (void)ask_schemes(parameters, false);
    parameters->found->schemes_ended = true;
}

void enumerate_parameters_early(struct enumeration *e, uint16_t version)
{
    struct parameters *parameters = parameters_new(e, version);

    if (parameters == NULL || parameters->trapped || parameters->group_suites.count == 0)
        return;
    parameters->found->early = parameters;
    enumeration_spawn(e, ask_groups, parameters, "TLS groups");
    if (version == TLS_VERSION_1_2)
        enumeration_spawn(e, ask_schemes_beside, parameters, "TLS signatures");
    else
        parameters->found->schemes_ended = true;
}

static void wait_for_both(struct enumeration *e, const struct version_findings *found)
{
    while (!(found->groups_ended && found->schemes_ended) &&
           task_wait(e->network->engine, &e->idle, DEADLINE_NEVER, "groups and signatures") == 0)
        continue;
}

static bool has_authentication(const struct codes *suites, enum tls_authentication authentication)
{
    for (size_t i = 0; i < suites->count; i++) {
        const struct tls_suite *suite = tls_suite_by_code(suites->items[i]);

        if (suite != NULL && suite->authentication == authentication)
            return true;
    }
    return false;
}

/* Another kind of key has come to light since: it has schemes of its own. */
static bool has_more_keys(const struct parameters *now, const struct parameters *early)
{
    static const enum tls_authentication kinds[] = {TLS_AUTH_RSA, TLS_AUTH_ECDSA, TLS_AUTH_DSS};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (has_authentication(&now->signed_suites, kinds[i]) &&
            !has_authentication(&early->signed_suites, kinds[i]))
            return true;
    return false;
}

static void finish_early(struct parameters *parameters)
{
    struct version_findings *found = parameters->found;

    wait_for_both(parameters->e, found);
    if (parameters->version == TLS_VERSION_1_2 && has_more_keys(parameters, found->early))
        (void)ask_schemes(parameters, false);
}

void enumerate_parameters(struct enumeration *e, uint16_t version)
{
    struct parameters *parameters = parameters_new(e, version);
    struct version_findings *found;

    if (parameters == NULL)
        return;
    found = parameters->found;
    if (found->early != NULL) {
        finish_early(parameters);
    } else if (version != TLS_VERSION_1_2) { /* signatures have no schemes there */
        ask_groups(parameters);
    } else if (parameters->group_suites.count > 0 && !parameters->trapped && ask_for_both(parameters)) {
        if (ask_schemes(parameters, true))
            groups_done(parameters);
        else
            ask_groups(parameters);
    } else {
        enumeration_spawn(e, ask_groups, parameters, "TLS groups");
        ask_schemes_beside(parameters);
        wait_for_both(e, found);
    }
}

/* ---- TLS 1.3 ---- */

struct round_13 {
    struct codes suites, groups; /* left */
};

/* One question with all that is left of either list; of one that has ended, with what was accepted. */
static enum answer ask_13(struct enumeration *e, struct version_findings *found, const struct codes *suites,
                          const struct codes *groups, uint16_t *ret_suite, uint16_t *ret_group)
{
    struct offer offer = {.version = TLS_VERSION_1_3, .suites = suites, .groups = groups};
    struct reply reply;
    enum answer answer = enumeration_ask(e, &offer, &reply);

    if (answer == ANSWER_SERVED) {
        *ret_suite = reply.flight->suite;
        *ret_group = reply.flight->group_seen ? reply.flight->group : 0;
        codes_add(&found->suites, *ret_suite);
        if (*ret_group != 0)
            codes_add(&found->groups, *ret_group);
    }
    reply_free(&reply);
    return answer;
}

/* Both at once, until there are no suites that are likely to be left, or a refusal. */
static enum answer both_13(struct enumeration *e, struct version_findings *found, struct round_13 *round)
{
    enum answer answer = ANSWER_SERVED;

    while (answer == ANSWER_SERVED && found->suites.count < 3) {
        uint16_t suite = 0, group = 0;

        answer = ask_13(e, found, &round->suites, round->groups.count > 0 ? &round->groups : &found->groups,
                        &suite, &group);
        if (answer != ANSWER_SERVED)
            break;
        codes_remove(&round->suites, suite);
        if (group == 0 || !codes_have(&round->groups, group))
            break; /* a server that does not keep to the offer */
        codes_remove(&round->groups, group);
    }
    return answer;
}

static enum answer groups_13(struct enumeration *e, struct version_findings *found, struct round_13 *round)
{
    enum answer answer = ANSWER_SERVED;

    while (answer == ANSWER_SERVED && round->groups.count > 0) {
        uint16_t suite = 0, group = 0;

        answer = ask_13(e, found, &found->suites, &round->groups, &suite, &group);
        if (answer == ANSWER_SERVED && !codes_have(&round->groups, group))
            answer = ANSWER_REFUSED;
        codes_remove(&round->groups, group);
    }
    return answer;
}

static enum answer suites_13(struct enumeration *e, struct version_findings *found, struct round_13 *round)
{
    enum answer answer = ANSWER_SERVED;

    while (answer == ANSWER_SERVED && round->suites.count > 0) {
        uint16_t suite = 0, group = 0;

        answer = ask_13(e, found, &round->suites, &found->groups, &suite, &group);
        codes_remove(&round->suites, suite);
    }
    return answer;
}

/* Each question offered what was left in the same order: a suite that was passed over and picked later shows that the
 * server has an order of its own. If there is none, the offer is turned round. */
static const char *order_13(struct enumeration *e, const struct version_findings *found)
{
    uint16_t items[2] = {found->suites.items[1], found->suites.items[0]};
    struct codes both = {.items = items, .count = 2};
    struct offer offer = {.version = TLS_VERSION_1_3, .suites = &both};
    struct reply reply;
    const char *order = NULL;
    size_t place = 0;

    for (size_t i = 0; i < e->suites_13.count; i++)
        if (place < found->suites.count && e->suites_13.items[i] == found->suites.items[place])
            place++; /* picked in the order of the offer, so far */
    if (place < found->suites.count)
        return "server";
    if (enumeration_ask(e, &offer, &reply) == ANSWER_SERVED)
        order = reply.flight->suite == items[0] ? "client" : "server";
    reply_free(&reply);
    return order;
}

/* The first question was asked already (tls_behaviour.c). When ChaCha20 was picked, which stood first there, that does not
 * tell its place. */
static void take_first_13(struct enumeration *e, struct version_findings *found, struct round_13 *round)
{
    const struct tls_suite *suite = tls_suite_by_code(found->pick_after_chacha);

    if (suite == NULL || e->first_group_13 == 0)
        return;
    codes_add(&found->groups, e->first_group_13);
    codes_remove(&round->groups, e->first_group_13);
    if (suite->cipher == TLS_CIPHER_CHACHA20)
        return;
    codes_add(&found->suites, found->pick_after_chacha);
    codes_remove(&round->suites, found->pick_after_chacha);
}

void enumerate_tls13(struct enumeration *e)
{
    struct version_findings *found = &e->versions[version_place(TLS_VERSION_1_3)];
    const struct codes none = {0};
    struct round_13 round = {0};
    enum answer answer;

    if (codes_left(e, &e->suites_13, &none, &round.suites) < 0 ||
        codes_left(e, &e->groups_13, &none, &round.groups) < 0)
        return;
    take_first_13(e, found, &round);
    answer = both_13(e, found, &round);
    if (answer == ANSWER_STOPPED && found->suites.count == 0 && found->accepted == UNKNOWN) {
        found->reason = e->stopped;
        return;
    }
    found->accepted = known(found->suites.count > 0);
    if (found->accepted == NO)
        return;
    found->groups_complete = known(answer != ANSWER_STOPPED && groups_13(e, found, &round) != ANSWER_STOPPED);
    found->suites_complete = known(answer != ANSWER_STOPPED && suites_13(e, found, &round) != ANSWER_STOPPED);
    found->groups_reason = found->groups_complete == NO ? e->stopped : NULL;
    found->suites_reason = found->suites_complete == NO ? e->stopped : NULL;
    if (found->suites.count > 1)
        found->order = order_13(e, found);
    if (found->order != NULL && strcmp(found->order, "server") == 0)
        found->ordered = found->suites_complete; /* one after the other was picked from all that were left */
}
