/*
 * tls_order.c - whose order counts among the suites of a version up to TLS 1.2, and which it is
 *
 * Each lane (tls_suites.c) has picks that came one after the other from all that was left, which is the server's order, as
 * long as it was free to pick what it liked. Lists of lanes are merged by asking for two suites, one of either list; a
 * guess how servers rank makes one question settle a whole run.
 */
#include "probes/tls_lanes.h"

#include "scanner/base/arena.h"

#include <limits.h>
#include <string.h>

/* ---- whose order? ---- */

static size_t place_in_offer(const struct search *search, uint16_t suite)
{
    size_t place = 0;

    while (place < search->e->suites.count && search->e->suites.items[place] != suite)
        place++;
    return place;
}

static bool lane_has(const struct lane *lane, uint16_t suite, size_t from_pick)
{
    for (size_t i = from_pick; i < lane->pick_count; i++)
        if (lane->picks[i].suite == suite)
            return true;
    return lane->left != NULL && (lane_has(lane->left, suite, 0) || lane_has(lane->right, suite, 0));
}

static bool key_signs(const struct tls_suite *suite, const struct tls_scheme *scheme)
{
    if (suite->authentication == TLS_AUTH_ECDSA)
        return scheme->key == TLS_SIGN_ECDSA || scheme->key == TLS_SIGN_EDDSA;
    return scheme->key == TLS_SIGN_RSA_PKCS1 || scheme->key == TLS_SIGN_RSA_PSS_RSAE ||
           scheme->key == TLS_SIGN_RSA_PSS_PSS;
}

/* Could the server sign for this suite with what was offered at that pick? */
static bool could_sign(const struct search *search, const struct pick *pick, const struct tls_suite *suite)
{
    const struct codes *seen = &search->found->schemes;

    if ((suite->authentication != TLS_AUTH_RSA && suite->authentication != TLS_AUTH_ECDSA) ||
        (suite->key_exchange != TLS_KX_DHE && suite->key_exchange != TLS_KX_ECDHE))
        return true;
    for (size_t i = pick->schemes_left_out; i < seen->count; i++) {
        const struct tls_scheme *scheme = tls_scheme_by_code(seen->items[i]);

        if (scheme != NULL && key_signs(suite, scheme))
            return true;
    }
    return false;
}

/* Could every accepted suite have been picked that was still offered? */
static bool is_free_choice(const struct search *search, const struct lane *lane, size_t place)
{
    const struct codes *accepted = &search->found->suites;
    const struct pick *pick = &lane->picks[place];

    for (size_t i = 0; i < accepted->count && pick->schemes_left_out > 0; i++) {
        const struct tls_suite *suite = tls_suite_by_code(accepted->items[i]);

        if (suite != NULL && !could_sign(search, pick, suite) && lane_has(lane, accepted->items[i], place))
            return false;
    }
    return true;
}

/* Was an accepted suite passed over that stood before the one picked? */
static bool shows_order(const struct lane *lane)
{
    const struct search *search = lane->search;
    const struct codes *accepted = &search->found->suites;

    for (size_t i = 0; i < lane->pick_count; i++) {
        size_t place = place_in_offer(search, lane->picks[i].suite);

        for (size_t j = 0; j < accepted->count && is_free_choice(search, lane, i); j++)
            if (place_in_offer(search, accepted->items[j]) < place &&
                lane_has(lane, accepted->items[j], i + 1))
                return true;
    }
    return lane->left != NULL && (shows_order(lane->left) || shows_order(lane->right));
}

/* Which of two does the server pick, the first offered first? 0: not known. */
static uint16_t prefers(struct search *search, uint16_t first, uint16_t second)
{
    uint16_t items[2] = {first, second};
    struct codes both = {.items = items, .count = 2};
    struct offer offer = {.version = search->version, .suites = &both};
    struct reply reply;
    uint16_t picked = 0;

    if (search->order_questions == 0)
        return 0;
    search->order_questions--;
    if (enumeration_ask(search->e, &offer, &reply) == ANSWER_SERVED)
        picked = reply.flight->suite;
    reply_free(&reply);
    return picked;
}

/* The server always took what stood first. Turned round, does it still? */
static const char *order_turned_round(struct search *search)
{
    const struct codes *accepted = &search->found->suites;
    uint16_t weak = accepted->items[0], strong = accepted->items[0];
    uint16_t picked;

    for (size_t i = 1; i < accepted->count; i++) {
        if (place_in_offer(search, accepted->items[i]) < place_in_offer(search, weak))
            weak = accepted->items[i];
        if (place_in_offer(search, accepted->items[i]) > place_in_offer(search, strong))
            strong = accepted->items[i];
    }
    picked = prefers(search, strong, weak);
    return picked == strong ? "client" : picked == weak ? "server" : NULL;
}

/* ---- two lists in order become one ---- */

/* Ways in which servers rank: by kind and then by strength, the other way round, or by key exchange and then as they
 * like. The higher, the later. */
enum ranking { BY_STRENGTH, BY_KIND, BY_KEY_EXCHANGE, RSA_BEFORE_DHE, NO_RANKING };

static int rank_of(uint16_t code, enum ranking ranking)
{
    const struct tls_suite *suite = tls_suite_by_code(code);
    int kind = 6, weakness;

    if (suite == NULL || ranking == NO_RANKING)
        return INT_MAX;
    weakness = 256 - (suite->key_bits > 256 ? 256 : suite->key_bits);
    if (ranking == BY_KEY_EXCHANGE || ranking == RSA_BEFORE_DHE) {
        if (suite->key_exchange == TLS_KX_ECDHE)
            return 0;
        return (suite->key_exchange == TLS_KX_DHE) == (ranking == BY_KEY_EXCHANGE) ? 1 : 2;
    }
    if (suite->key_exchange == TLS_KX_ECDHE || suite->key_exchange == TLS_KX_DHE)
        kind = suite->aead ? 0 : suite->mac == TLS_HASH_SHA1 ? 2 : 1;
    else if (suite->key_exchange == TLS_KX_RSA)
        kind = suite->aead ? 3 : suite->mac == TLS_HASH_SHA1 ? 5 : 4;
    return ranking == BY_STRENGTH ? weakness * 10 + kind : kind * 1000 + weakness;
}

static bool is_ranked(const struct codes *codes, enum ranking ranking)
{
    for (size_t i = 1; i < codes->count; i++)
        if (rank_of(codes->items[i], ranking) < rank_of(codes->items[i - 1], ranking))
            return false;
    return true;
}

/* Two lists, each in the server's order, on their way to one. */
struct merging {
    struct search *search;
    enum ranking ranking;
    struct codes lists[2]; /* what is left of them */
    struct codes *to;
};

/* This one or the next by which both lists may have been ranked. */
static void choose_ranking(struct merging *merging)
{
    while (merging->ranking != NO_RANKING && !(is_ranked(&merging->lists[0], merging->ranking) &&
                                               is_ranked(&merging->lists[1], merging->ranking)))
        merging->ranking++;
}

static void take(struct merging *merging, int list, size_t count)
{
    struct codes *from = &merging->lists[list];

    for (; count > 0 && from->count > 0; count--) {
        codes_add(merging->to, *from->items++);
        from->count--;
    }
}

/* How many of one list are likely to come before all of the other. */
static size_t likely_run(const struct merging *merging, int list)
{
    const struct codes *run = &merging->lists[list];
    int limit = rank_of(merging->lists[1 - list].items[0], merging->ranking);
    size_t count = 0;

    while (count < run->count && (rank_of(run->items[count], merging->ranking) < limit ||
                                  (list == 0 && rank_of(run->items[count], merging->ranking) == limit)))
        count++;
    return count;
}

/* Does the one at this place come before all of the other list? UNKNOWN: nobody can say. */
static enum known comes_first(const struct merging *merging, int list, size_t place)
{
    uint16_t code = merging->lists[list].items[place], other = merging->lists[1 - list].items[0];
    uint16_t picked = prefers(merging->search, other, code);

    return picked == code ? YES : picked == other ? NO : UNKNOWN;
}

/* The last of a run was asked for, and came later: where does the run end? False: nobody can say. */
static bool take_part_of_run(struct merging *merging, int list, size_t run)
{
    size_t least = 0, most = run - 1;

    while (least < most) {
        size_t middle = (least + most) / 2;
        enum known first = comes_first(merging, list, middle);

        if (first == UNKNOWN)
            return false;
        if (first == YES)
            least = middle + 1;
        else
            most = middle;
    }
    take(merging, list, least);
    take(merging, 1 - list, 1);
    return true;
}

/* One question settles a run that is as long as guessed. Where there is nothing to guess by, twice as many as last time. */
static bool merge_run(struct merging *merging, int *list, size_t *guess)
{
    size_t run = merging->ranking != NO_RANKING ? likely_run(merging, *list) : *guess;

    if (run == 0) {
        *list = 1 - *list;
        run = likely_run(merging, *list);
    }
    if (run > merging->lists[*list].count)
        run = merging->lists[*list].count;
    switch (comes_first(merging, *list, run - 1)) {
    case YES:
        take(merging, *list, run);
        *guess = 2 * run;
        return true;
    case NO:
        *guess = 1;
        if (merging->ranking != NO_RANKING) { /* it ranks in another way */
            merging->ranking++;
            choose_ranking(merging);
            return true;
        }
        if (!take_part_of_run(merging, *list, run))
            return false;
        *list = 1 - *list; /* its first one was taken, and the next may follow */
        return true;
    case UNKNOWN:
        return false;
    }
    return false;
}

/* A guess that proves wrong costs questions, and no more than that. When they are used up the rest is left as it
 * is, and the list says so. */
static void merge(struct search *search, const struct codes *a, const struct codes *b, struct codes *to)
{
    struct merging merging = {.search = search, .lists = {*a, *b}, .to = to};
    size_t guess = 1;
    int list = 0;

    choose_ranking(&merging);
    while (merging.lists[0].count > 0 && merging.lists[1].count > 0)
        if (!merge_run(&merging, &list, &guess)) {
            search->found->ordered = NO;
            break;
        }
    take(&merging, 0, SIZE_MAX);
    take(&merging, 1, SIZE_MAX);
}

/* ---- a lane's own order ---- */

static bool has_some(const struct codes *codes, const struct pick *picks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (codes_have(codes, picks[i].suite))
            return true;
    return false;
}

/* Picks that were not free are made once more, among what the lane accepted and did not pick before. */
static void rank_again(struct search *search, struct lane *lane)
{
    struct codes rest = {.items = arena_alloc(search->e->arena, CODES_MAX * sizeof(uint16_t))};
    size_t first = 0, end = lane->pick_count;

    while (first < lane->pick_count && is_free_choice(search, lane, first))
        first++;
    while (end > first && is_free_choice(search, lane, end - 1))
        end--;
    if (rest.items == NULL || first == end)
        return;
    for (size_t i = 0; i < search->found->suites.count; i++)
        if (lane_has(lane, search->found->suites.items[i], first))
            codes_add(&rest, search->found->suites.items[i]);
    for (size_t i = 0; i < first; i++)
        if (codes_have(&search->found->suites, lane->picks[i].suite))
            codes_add(&lane->order, lane->picks[i].suite);
    while (rest.count > 1 && has_some(&rest, lane->picks + first, end - first)) {
        struct offer offer = {.version = search->version, .suites = &rest};
        struct reply reply;
        enum answer answer = enumeration_ask(search->e, &offer, &reply);

        if (answer == ANSWER_SERVED) {
            codes_add(&lane->order, reply.flight->suite);
            codes_remove(&rest, reply.flight->suite);
        }
        reply_free(&reply);
        if (answer != ANSWER_SERVED) {
            search->found->ordered = NO;
            break;
        }
    }
}

static void order_lane(struct lane *lane)
{
    rank_again(lane->search, lane);
    for (size_t i = 0; i < lane->pick_count; i++)
        if (codes_have(&lane->search->found->suites, lane->picks[i].suite))
            codes_add(&lane->order, lane->picks[i].suite);
    if (lane->left == NULL)
        return;
    order_lane(lane->left);
    order_lane(lane->right);
    merge(lane->search, &lane->left->order, &lane->right->order, &lane->order);
}

/* ---- the whole ---- */

/* Nobody's order: the strongest first, for the reader. */
static void order_by_strength(struct search *search)
{
    const struct codes *all = &search->e->suites;
    struct codes *accepted = &search->found->suites;
    struct codes sorted = {.items = arena_alloc(search->e->arena, CODES_MAX * sizeof(uint16_t))};

    for (size_t i = all->count; sorted.items != NULL && i > 0; i--)
        if (codes_have(accepted, all->items[i - 1]))
            codes_add(&sorted, all->items[i - 1]);
    if (sorted.count == accepted->count)
        *accepted = sorted;
}

static bool is_chacha(uint16_t code)
{
    const struct tls_suite *suite = tls_suite_by_code(code);

    return suite != NULL && suite->cipher == TLS_CIPHER_CHACHA20;
}

/* A client that begins with ChaCha20 has no AES in hardware: some servers give way to it. One was asked so
 * (tls_behaviour.c): what did it pick? */
void enumerate_chacha_priority(struct enumeration *e, uint16_t version)
{
    struct version_findings *found = &e->versions[version_place(version)];

    if (found->pick_after_chacha == 0 || found->order == NULL || strcmp(found->order, "server") != 0)
        return;
    if (is_chacha(found->suites.items[0])) {
        found->chacha_priority = NO; /* it is the first for everybody */
        return;
    }
    for (size_t i = 1; i < found->suites.count; i++)
        if (is_chacha(found->suites.items[i]))
            found->chacha_priority = known(is_chacha(found->pick_after_chacha));
}

void enumerate_order(struct enumeration *e, uint16_t version)
{
    struct version_findings *found = &e->versions[version_place(version)];
    struct search *search = found->search;

    if (search == NULL || found->suites.count < 2)
        return;
    found->order = shows_order(search->root) ? "server" : order_turned_round(search);
    if (found->order == NULL || strcmp(found->order, "server") != 0) {
        order_by_strength(search);
        return;
    }
    found->ordered = YES;
    order_lane(search->root);
    if (search->root->order.count == found->suites.count)
        memcpy(found->suites.items, search->root->order.items, found->suites.count * sizeof(uint16_t));
    else
        found->ordered = NO;
    if (e->stopped != NULL)
        found->ordered = UNKNOWN;
}
