/*
 * tls_parameters.c - groups, signature schemes and Diffie-Hellman parameters below TLS 1.3
 *
 * Below TLS 1.3 the server names group and scheme in its ServerKeyExchange: both are taken off the offer at once, and a
 * refusal is told apart by asking again with one of the two complete. An ECDSA certificate is not shown to who does not
 * offer its curve, so groups are asked for with RSA suites where there are any; else the list is "at least".
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

static const char only_ecdsa[] =
    "at least these: the certificate's own curve must be offered, so others cannot be asked for alone";

/* Keys that sign below TLS 1.3, each with schemes of its own. */
static const enum tls_authentication key_kinds[] = {TLS_AUTH_RSA, TLS_AUTH_ECDSA, TLS_AUTH_DSS};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { KEY_KINDS = COUNT(key_kinds) };

struct parameters {
    struct enumeration *e;
    uint16_t version;
    struct version_findings *found;
    struct codes group_suites;  /* by which groups can be asked for */
    struct codes signed_suites; /* with a signature in the clear */
    bool both_refused;      /* RSA with groups and schemes that were not seen: one of the two is at its end */
    bool rsa_signs_no_more; /* its schemes are known to be complete */
    bool trapped;           /* group_suites are of an ECDSA certificate, whose curve must be offered */
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
        enumeration_out_of_memory(e);
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

/* Is the curve of every certificate seen left out? A server that serves an ECDSA suite then does not mind. */
static bool leaves_out_curves(const struct enumeration *e, const struct codes *groups)
{
    size_t curves = 0;

    for (size_t i = 0; i < e->tls->certificates.count; i++) {
        const struct certificate_facts *certificate = e->tls->certificates.items[i];
        const char *curve = certificate->key != NULL ? certificate->key->curve : NULL;
        const struct tls_group *group = curve != NULL ? tls_group_by_name(curve) : NULL;

        if (group != NULL && codes_have(groups, group->code))
            return false;
        curves += group != NULL;
    }
    return curves > 0;
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

static bool has_several_keys(const struct parameters *parameters)
{
    size_t kinds = 0;

    for (size_t i = 0; i < KEY_KINDS; i++)
        kinds += has_authentication(&parameters->signed_suites, key_kinds[i]);
    return kinds > 1;
}

struct asked {
    bool groups_left_out, schemes_left_out; /* those seen are not offered */
};

/* What most servers have. When all of these are seen, more of the kind are not to be expected. */
static const uint16_t usual_groups[] = {0x001d, 0x001e, 0x0017, 0x0018, 0x0019};
static const uint16_t usual_schemes[] = {0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806, 0x0301, 0x0201};
static const uint16_t usual_ecdsa[] = {0x0403, 0x0503, 0x0603, 0x0303, 0x0203};

static size_t unseen(const struct codes *seen, const uint16_t *usual, size_t count)
{
    size_t unseen = 0;

    for (size_t i = 0; i < count; i++)
        unseen += !codes_have(seen, usual[i]);
    return unseen;
}

/* After this question come about as many as there are usual groups and schemes left. */
static void expect_more(struct parameters *parameters)
{
    struct version_findings *found = parameters->found;
    size_t groups = unseen(&found->groups, usual_groups, COUNT(usual_groups));
    size_t schemes = unseen(&found->schemes, usual_schemes, COUNT(usual_schemes));

    if (found->suites_complete == UNKNOWN) /* they are asked for beside */
        return;
    if (parameters->version != TLS_VERSION_1_2)
        schemes = 0;
    if (groups < schemes)
        groups = schemes;
    if (groups == 1 && parameters->e->ahead == 1) /* it may not be there, and little is gained */
        groups = 0;
    enumeration_expect(parameters->e, &found->expected,
                       groups < parameters->e->ahead ? groups : parameters->e->ahead);
}

/* One question. What it shows is noted by enumeration_ask(). */
static enum answer ask_for(struct parameters *parameters, const struct codes *suites, struct asked asked,
                           uint16_t *ret_suite)
{
    struct enumeration *e = parameters->e;
    struct offer offer = {.version = parameters->version, .suites = suites};
    struct codes groups, schemes;
    struct reply reply;
    enum answer answer;

    if (enumeration_left(e, &e->groups, &parameters->found->groups, &groups) < 0 ||
        enumeration_left(e, &e->schemes, &parameters->found->schemes, &schemes) < 0)
        return ANSWER_STOPPED;
    if ((asked.groups_left_out && groups.count == 0) || (asked.schemes_left_out && schemes.count == 0))
        return ANSWER_REFUSED;
    if (asked.groups_left_out)
        offer.groups = &groups;
    if (asked.schemes_left_out)
        offer.schemes = &schemes;
    expect_more(parameters);
    answer = ask_as_nobody(e, &offer, &reply);
    if (answer == ANSWER_SERVED) {
        *ret_suite = reply.flight->suite;
        if (asked.groups_left_out && leaves_out_curves(e, &groups))
            parameters->trapped = false;
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

static bool all_seen(const struct codes *seen, const uint16_t *usual, size_t count)
{
    return unseen(seen, usual, count) == 0;
}

/* Both are taken off at once, as long as more of both is to be expected, or until they are refused. */
static void ask_for_both(struct parameters *parameters)
{
    const struct asked both = {.groups_left_out = true, .schemes_left_out = true};
    const struct version_findings *found = parameters->found;
    enum answer answer = ANSWER_SERVED;
    uint16_t suite;

    while (answer == ANSWER_SERVED && !all_seen(&found->groups, usual_groups, COUNT(usual_groups)) &&
           !all_seen(&found->schemes, usual_schemes, COUNT(usual_schemes)))
        answer = ask_for(parameters, &parameters->group_suites, both, &suite);
    parameters->both_refused = answer == ANSWER_REFUSED;
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
    bool served = false;

    if (parameters->group_suites.count == 0)
        found->groups_complete = found->suites_complete;
    else if (ask_until_refused(parameters, &parameters->group_suites, groups, &served) == ANSWER_REFUSED)
        groups_done(parameters);
    parameters->rsa_signs_no_more = parameters->both_refused && served;
    if (found->groups_complete == UNKNOWN) {
        found->groups_complete = NO;
        found->groups_reason = parameters->e->stopped;
    }
    found->groups_ended = true;
}

/* Of the kinds of keys that servers have, those that sign for some of these suites. */
static enum answer ask_schemes_of(struct parameters *parameters, enum tls_authentication authentication,
                                  bool *ret_rsa_served)
{
    const struct asked schemes = {.schemes_left_out = true};
    const struct codes *all = &parameters->signed_suites;
    struct codes suites = {.items = arena_alloc(parameters->e->arena, (all->count + 1) * sizeof(uint16_t))};

    if (suites.items == NULL) {
        enumeration_out_of_memory(parameters->e);
        return ANSWER_STOPPED;
    }
    for (size_t i = 0; i < all->count; i++)
        if (tls_suite_by_code(all->items[i])->authentication == authentication)
            codes_add(&suites, all->items[i]);
    if (suites.count == 0)
        return ANSWER_REFUSED;
    return ask_until_refused(parameters, &suites, schemes, ret_rsa_served);
}

/* Was a key found to sign with less than most do? */
static bool signs_little(const struct parameters *parameters, enum tls_authentication authentication)
{
    const struct codes *seen = &parameters->found->schemes;

    if (!has_authentication(&parameters->signed_suites, authentication))
        return false;
    if (authentication == TLS_AUTH_RSA)
        return !parameters->rsa_signs_no_more && !all_seen(seen, usual_schemes, COUNT(usual_schemes));
    return authentication != TLS_AUTH_ECDSA || !all_seen(seen, usual_ecdsa, COUNT(usual_ecdsa));
}

/* There are servers that choose a key before they look whether it can sign: if that shows with the kinds that may have
 * more, all are asked for alone. */
static enum answer ask_schemes_apart(struct parameters *parameters, bool *ret_rsa_served)
{
    const struct codes *seen = &parameters->found->schemes;
    enum answer answer = ANSWER_REFUSED;
    size_t before = seen->count;
    bool asked[KEY_KINDS] = {0};

    for (int round = 0; round < 2 && answer == ANSWER_REFUSED; round++)
        for (size_t i = 0; i < KEY_KINDS && answer == ANSWER_REFUSED; i++)
            if (!asked[i] && (seen->count > before || signs_little(parameters, key_kinds[i]))) {
                answer = ask_schemes_of(parameters, key_kinds[i], ret_rsa_served);
                asked[i] = true;
            }
    return answer;
}

/* The schemes of RSA keys are known: those of the others. */
static enum answer ask_schemes_of_others(struct parameters *parameters)
{
    enum answer answer = ANSWER_REFUSED;

    for (size_t i = 0; i < KEY_KINDS && answer == ANSWER_REFUSED; i++)
        if (key_kinds[i] != TLS_AUTH_RSA)
            answer = ask_schemes_of(parameters, key_kinds[i], NULL);
    return answer;
}

/* True: the groups that were left are none, as with all groups an answer came that was refused with those left. */
static bool ask_schemes(struct parameters *parameters)
{
    struct version_findings *found = parameters->found;
    const struct asked schemes = {.schemes_left_out = true};
    enum answer answer = ANSWER_REFUSED;
    bool served = false;

    if (parameters->rsa_signs_no_more) {
        answer = ask_schemes_of_others(parameters);
    } else if (parameters->signed_suites.count > 0) {
        answer = ask_until_refused(parameters, &parameters->signed_suites, schemes, &served);
        if (answer == ANSWER_REFUSED && has_several_keys(parameters))
            answer = ask_schemes_apart(parameters, &served);
    }
    if (parameters->signed_suites.count == 0)
        found->schemes_complete = found->suites_complete;
    else if (answer == ANSWER_REFUSED)
        found->schemes_complete = YES;
    if (found->schemes_complete == UNKNOWN) {
        found->schemes_complete = NO;
        found->schemes_reason = parameters->e->stopped;
    }
    return served && parameters->both_refused && parameters->e->stopped == NULL;
}

static struct parameters *parameters_new(struct enumeration *e, uint16_t version)
{
    struct parameters *parameters = arena_alloc(e->arena, sizeof(*parameters));

    if (parameters == NULL) {
        enumeration_out_of_memory(e);
        return NULL;
    }
    *parameters =
        (struct parameters){.e = e, .version = version, .found = &e->versions[version_place(version)]};
    return parameters_begin(parameters) ? parameters : NULL;
}

/* Groups can be asked for with suites of an RSA certificate, and each answer shows a scheme, too. */
static bool has_rsa_groups(const struct parameters *parameters)
{
    return parameters->group_suites.count > 0 &&
           tls_suite_by_code(parameters->group_suites.items[0])->authentication == TLS_AUTH_RSA;
}

static void wait_for_groups(struct parameters *parameters)
{
    struct enumeration *e = parameters->e;

    while (!parameters->found->groups_ended &&
           task_wait(e->network->engine, &e->idle, DEADLINE_NEVER, "groups") == 0)
        continue;
}

/* What is asked first settles the other, when it is served at all: then that was what had come to its end. */
static void ask_one_after_the_other(struct parameters *parameters)
{
    ask_for_both(parameters);
    if (!parameters->both_refused) { /* there is nothing to settle */
        enumeration_spawn(parameters->e, ask_groups, parameters, "TLS groups");
        (void)ask_schemes(parameters);
        wait_for_groups(parameters);
    } else if (!all_seen(&parameters->found->groups, usual_groups, COUNT(usual_groups))) {
        ask_groups(parameters);
        (void)ask_schemes(parameters);
    } else if (ask_schemes(parameters)) {
        groups_done(parameters);
        parameters->found->groups_ended = true;
    } else {
        ask_groups(parameters);
    }
}

static void ask_schemes_beside(void *argument)
{
    struct parameters *parameters = argument;

    (void)ask_schemes(parameters);
    parameters->found->schemes_ended = true;
}

static void ask_both_beside(void *argument)
{
    struct parameters *parameters = argument;

    ask_one_after_the_other(parameters);
    parameters->found->groups_ended = parameters->found->schemes_ended = true;
}

void enumerate_parameters_early(struct enumeration *e, uint16_t version)
{
    struct parameters *parameters = version == TLS_VERSION_1_2 ? parameters_new(e, version) : NULL;

    if (parameters == NULL || !has_rsa_groups(parameters))
        return;
    parameters->found->early = parameters;
    enumeration_spawn(e, ask_both_beside, parameters, "TLS groups and signatures");
}

static void wait_for_both(struct enumeration *e, const struct version_findings *found)
{
    while (!(found->groups_ended && found->schemes_ended) &&
           task_wait(e->network->engine, &e->idle, DEADLINE_NEVER, "groups and signatures") == 0)
        continue;
}

/* Another kind of key has come to light since: it has schemes of its own. */
static bool has_more_keys(const struct parameters *now, const struct parameters *early)
{
    for (size_t i = 0; i < KEY_KINDS; i++)
        if (has_authentication(&now->signed_suites, key_kinds[i]) &&
            !has_authentication(&early->signed_suites, key_kinds[i]))
            return true;
    return false;
}

static void finish_early(struct parameters *parameters)
{
    struct version_findings *found = parameters->found;

    wait_for_both(parameters->e, found);
    if (!has_more_keys(parameters, found->early))
        return;
    found->schemes_complete = UNKNOWN; /* again */
    (void)ask_schemes(parameters);
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
    } else if (has_rsa_groups(parameters)) {
        ask_one_after_the_other(parameters);
    } else {
        enumeration_spawn(e, ask_groups, parameters, "TLS groups");
        ask_schemes_beside(parameters);
        wait_for_both(e, found);
    }
}

/* ---- Diffie-Hellman ---- */

/* Is there more to be known: another group for those who name none (RFC 7919 4), or whether a value comes again? */
static bool is_dh_open(const struct enumeration *e)
{
    for (size_t i = 0; i < e->tls->dh.count; i++) {
        const struct tls_dh_facts *dh = e->tls->dh.items[i];

        if (dh->reused == UNKNOWN)
            return true;
        if (!e->dh_without_groups && dh->prime_name != NULL &&
            (strcmp(dh->prime_name, "ffdhe2048") == 0 || strcmp(dh->prime_name, "ffdhe3072") == 0))
            return true; /* what servers choose of those that are named; larger ones are somebody's file */
    }
    return false;
}

static void ask_dh(struct enumeration *e, uint16_t version, const struct codes *suites)
{
    const struct offer offer = {.version = version, .suites = suites, .groups = &e->curves};
    struct reply reply;

    (void)enumeration_ask(e, &offer, &reply);
    reply_free(&reply);
}

void enumerate_diffie_hellman(struct enumeration *e)
{
    struct codes suites = {.items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t))};

    if (suites.items == NULL || !is_dh_open(e))
        return;
    for (uint16_t version = TLS_VERSION_1_2; version >= TLS_VERSION_1_0; version--) {
        const struct codes *found = &e->versions[version_place(version)].suites;

        for (size_t i = 0; i < found->count; i++) {
            const struct tls_suite *suite = tls_suite_by_code(found->items[i]);

            if (suite != NULL && suite->key_exchange == TLS_KX_DHE && !suite->export_grade)
                codes_add(&suites, found->items[i]);
        }
        if (suites.count > 0) {
            ask_dh(e, version, &suites);
            return;
        }
    }
}
