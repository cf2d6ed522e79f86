/*
 * tls_13.c - suites and groups of TLS 1.3
 *
 * A hello without key shares is answered by a HelloRetryRequest that names suite and group (RFC 8446 4.1.4): both are
 * taken off the offer at once, and the server computes nothing.
 *
 * A server may name all groups that it takes in a handshake (RFC 8446 4.2.7): then one question is enough for the rest.
 */
#include "probes/tls_enumeration.h"

#include "probes/session.h"
#include "scanner/base/arena.h"

#include <string.h>

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
        found->asks_for_shares = true;
        *ret_suite = reply.flight->suite;
        *ret_group = reply.flight->group_seen ? reply.flight->group : 0;
        codes_add(&found->suites, *ret_suite);
        if (codes_have(groups, *ret_group)) /* else it does not keep to the offer */
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

static bool names(const struct list *texts, uint16_t group)
{
    const struct tls_group *known = tls_group_by_code(group);

    return known != NULL && list_has_text(texts, known->name);
}

/* What the server names itself, without contradiction: all that it picked is there. NULL: nothing. */
static const struct list *believed_groups(const struct enumeration *e, const struct version_findings *found)
{
    const struct list *stated =
        e->stated_groups != NULL ? e->stated_groups : stated_groups(e->tls, e->prepared->tls.name);

    for (size_t i = 0; stated != NULL && i < found->groups.count; i++)
        if (!names(stated, found->groups.items[i]))
            return NULL;
    return stated;
}

/* All that the server does not name are refused: then it has what it names, and no more. True: so it is. */
static bool stated_is_all(struct enumeration *e, struct version_findings *found, struct round_13 *round,
                          const struct list *stated, enum answer *ret)
{
    struct codes unstated = {.items = arena_alloc(e->arena, (round->groups.count + 1) * sizeof(uint16_t))};
    uint16_t suite, group = 0;

    if (unstated.items == NULL) {
        enumeration_out_of_memory(e);
        return false;
    }
    for (size_t i = 0; i < round->groups.count; i++)
        if (!names(stated, round->groups.items[i]))
            codes_add(&unstated, round->groups.items[i]);
    *ret = unstated.count > 0 ? ask_13(e, found, &found->suites, &unstated, &suite, &group) : ANSWER_REFUSED;
    for (size_t i = 0; i < stated->count && *ret == ANSWER_REFUSED; i++) { /* in its order */
        const struct tls_group *known = tls_group_by_name(stated->items[i]);

        if (known == NULL || !codes_have(&round->groups, known->code))
            continue;
        codes_add(&found->groups, known->code);
        codes_add(&found->stated, known->code);
    }
    codes_remove(&round->groups, group);
    return *ret == ANSWER_REFUSED;
}

static enum answer groups_13(struct enumeration *e, struct version_findings *found, struct round_13 *round)
{
    enum answer answer = ANSWER_SERVED;
    bool believes = true;

    while (answer == ANSWER_SERVED && round->groups.count > 0) {
        const struct list *stated = believes ? believed_groups(e, found) : NULL;
        uint16_t suite = 0, group = 0;

        if (stated != NULL) {
            believes = false; /* if it is not true, it is no help */
            if (stated_is_all(e, found, round, stated, &answer))
                break;
            continue;
        }

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

static const char needs_share[] = "the server refuses hellos without a key share";

/* Nothing was served but a hello with a key share: is that what it wants? What it picked then is asked for without. */
static bool needs_a_share(struct enumeration *e, struct version_findings *found)
{
    uint16_t suite, group;

    return !found->asks_for_shares && e->stopped == NULL &&
           ask_13(e, found, &found->suites, &found->groups, &suite, &group) == ANSWER_REFUSED;
}

static void enumerate_sets(struct enumeration *e, struct version_findings *found, struct round_13 *round,
                           bool stopped)
{
    bool groups = !stopped && groups_13(e, found, round) != ANSWER_STOPPED;
    bool suites = !stopped && suites_13(e, found, round) != ANSWER_STOPPED;
    const char *reason = needs_a_share(e, found) ? needs_share : e->stopped;

    found->groups_complete = known(groups && reason != needs_share);
    found->suites_complete = known(suites && reason != needs_share);
    found->groups_reason = found->groups_complete == NO ? reason : NULL;
    found->suites_reason = found->suites_complete == NO ? reason : NULL;
}

void enumerate_tls13(struct enumeration *e)
{
    struct version_findings *found = &e->versions[version_place(TLS_VERSION_1_3)];
    const struct codes none = {0};
    struct round_13 round = {0};
    enum answer answer;

    if (enumeration_left(e, &e->suites_13, &none, &round.suites) < 0 ||
        enumeration_left(e, &e->groups_13, &none, &round.groups) < 0)
        return;
    take_first_13(e, found, &round);
    answer = both_13(e, found, &round);
    if (found->suites.count == 0 && found->accepted == YES && found->pick_after_chacha != 0) {
        codes_add(&found->suites, found->pick_after_chacha);
        codes_remove(&round.suites, found->pick_after_chacha);
    }
    if (found->suites.count == 0) {
        found->accepted = answer == ANSWER_REFUSED ? NO : found->accepted;
        found->reason = e->stopped;
        return;
    }
    found->accepted = YES;
    enumerate_sets(e, found, &round, answer == ANSWER_STOPPED);
    if (found->suites.count > 1)
        found->order = order_13(e, found);
    if (found->order != NULL && strcmp(found->order, "server") == 0)
        found->ordered = found->suites_complete; /* one after the other was picked from all that were left */
}
