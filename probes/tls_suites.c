/*
 * tls_suites.c - the cipher suites that a server accepts under one version up to TLS 1.2, and whose order counts
 *
 *   root lane: all suites, weakest first --> pick, take off, ask again --> refused: complete
 *        | after some picks
 *        +--> left lane: the stronger kinds      each goes on alone and may part again
 *        +--> right lane: the weaker kinds
 *
 * The offer begins with the weakest suite: a server that takes the first one offered has no order of its own, one
 * that passes over a weaker suite that it accepts has. Lanes hold kinds that servers rank one after the other, so that
 * most often one question tells how two lanes stand to each other.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
    SEGMENTS = 5,
    ROOT_PICKS = 9, /* of the root before it parts: most servers have no more, and parting costs a question */
    HASTY_PICKS = 4, /* ... on port 25, where many are usual, when there is room for many lanes (fast pace) */
    HASTY_WIDTH = 8,
    LANE_PICKS = 4,      /* of any other lane */
    REDUCED_PICKS = 9,   /* signature schemes seen are taken off so often */
    MERGE_QUESTIONS = 8, /* to merge lanes that are not one after the other */
};

struct pick {
    uint16_t suite;
    size_t schemes_left_out; /* the first so many of those seen: what they serve could not be picked */
};

struct search;

struct lane {
    struct search *search;
    struct codes remaining;
    unsigned first, last; /* segments */
    struct pick picks[CODES_MAX];
    size_t pick_count;
    bool complete;
    struct lane *left, *right; /* NULL: it has not parted */
    struct codes order;        /* filled in the end */
};

struct search {
    struct enumeration *e;
    uint16_t version;
    struct version_findings *found;
    struct lane *root;
    size_t lanes; /* that are at work beside the root */
    size_t merge_questions;
};

/* ---- kinds of suites ---- */

/* By strength first, as OpenSSL ranks them; what is good of each strength before the rest. */
static unsigned segment_of(uint16_t code)
{
    const struct tls_suite *suite = tls_suite_by_code(code);
    bool good;

    if (suite == NULL || suite->key_bits < 128 || suite->strength_bits < 112)
        return 4;
    good = suite->forward_secrecy && suite->aead &&
           (suite->authentication == TLS_AUTH_RSA || suite->authentication == TLS_AUTH_ECDSA);
    if (suite->key_bits > 168)
        return good ? 0 : 1;
    return good ? 2 : 3;
}

/* ---- picks ---- */

static bool is_hasty(const struct lane *lane)
{
    const struct enumeration *e = lane->search->e;

    return e->prepared->service == SERVICE_SMTP && pacer_width(e->network->pacer) >= HASTY_WIDTH;
}

static bool is_plenty(const struct lane *lane)
{
    const struct lane *root = lane->search->root;
    size_t picks = lane != root ? LANE_PICKS : is_hasty(lane) ? HASTY_PICKS : ROOT_PICKS;

    /* Old versions have time: TLS 1.2 has more suites, and takes longer. */
    return lane->pick_count >= picks && lane->first < lane->last &&
           (lane->search->version == TLS_VERSION_1_2 || lane->search->version == lane->search->e->best) &&
           pacer_width(lane->search->e->network->pacer) > 1;
}

/* Schemes that were not seen yet, as long as that is worth it. */
static bool reduced_schemes(const struct lane *lane, struct codes *ret)
{
    struct search *search = lane->search;
    const struct codes *all = &search->e->schemes;

    if (search->version != TLS_VERSION_1_2 || search->found->suites.count >= REDUCED_PICKS ||
        search->found->schemes.count == 0 || search->found->early != NULL || lane != search->root)
        return false;
    ret->items = arena_alloc(search->e->arena, all->count * sizeof(*ret->items));
    ret->count = 0;
    if (ret->items == NULL)
        return false;
    for (size_t i = 0; i < all->count; i++)
        if (!codes_have(&search->found->schemes, all->items[i]))
            ret->items[ret->count++] = all->items[i];
    return ret->count > 0;
}

static void note_pick(struct lane *lane, uint16_t suite, size_t schemes_left_out)
{
    lane->picks[lane->pick_count++] = (struct pick){.suite = suite, .schemes_left_out = schemes_left_out};
    codes_remove(&lane->remaining, suite);
}

/* One question. False: the lane is at its end, complete or not. */
static bool lane_step(struct lane *lane, bool *may_reduce)
{
    struct search *search = lane->search;
    struct offer offer = {.version = search->version, .suites = &lane->remaining};
    struct codes schemes;
    struct reply reply;
    bool reduced = *may_reduce && reduced_schemes(lane, &schemes);
    size_t left_out = reduced ? search->found->schemes.count : 0;
    enum answer answer;

    if (reduced)
        offer.schemes = &schemes;
    answer = enumeration_ask(search->e, &offer, &reply);
    if (answer == ANSWER_SERVED) {
        note_pick(lane, reply.flight->suite, left_out);
        if (!reply.broken)
            codes_add(&search->found->suites, reply.flight->suite);
    }
    reply_free(&reply);
    if (answer == ANSWER_REFUSED && reduced) {
        *may_reduce = false;
        return true;
    }
    lane->complete = answer == ANSWER_REFUSED || lane->remaining.count == 0;
    return answer == ANSWER_SERVED && lane->remaining.count > 0;
}

static void lane_run(struct lane *lane);

static void lane_spawned(void *argument)
{
    struct lane *lane = argument;
    struct search *search = lane->search;

    lane_run(lane);
    search->lanes--;
    wait_queue_wake(search->e->network->engine, &search->e->idle, WAKE_ALL);
}

static struct lane *lane_new(struct search *search, const struct codes *suites, unsigned first, unsigned last)
{
    struct lane *lane = arena_alloc(search->e->arena, sizeof(*lane));

    if (lane == NULL)
        return NULL;
    lane->search = search;
    lane->first = first;
    lane->last = last;
    lane->remaining.items = arena_alloc(search->e->arena, (suites->count + 1) * sizeof(uint16_t));
    lane->order.items = arena_alloc(search->e->arena, CODES_MAX * sizeof(uint16_t));
    if (lane->remaining.items == NULL || lane->order.items == NULL)
        return NULL;
    for (size_t i = 0; i < suites->count; i++) {
        unsigned segment = segment_of(suites->items[i]);

        if (segment >= first && segment <= last)
            lane->remaining.items[lane->remaining.count++] = suites->items[i];
    }
    return lane;
}

/* The stronger kinds to the left, the weaker to the right. */
static void lane_part(struct lane *lane)
{
    unsigned middle = lane->first == 0 && lane->last == SEGMENTS - 1 ? 1 : (lane->first + lane->last) / 2;

    lane->left = lane_new(lane->search, &lane->remaining, lane->first, middle);
    lane->right = lane_new(lane->search, &lane->remaining, middle + 1, lane->last);
}

/* More than the server takes in one hello: the weaker half, which stands first, to the right. */
static void lane_halve(struct lane *lane)
{
    struct codes half = {.items = lane->remaining.items, .count = lane->remaining.count / 2};

    lane->right = lane_new(lane->search, &half, lane->first, lane->last);
    half.items += half.count;
    half.count = lane->remaining.count - half.count;
    lane->left = lane_new(lane->search, &half, lane->first, lane->last);
}

/* False: out of memory, and the lane goes on alone. */
static bool lane_go_on_apart(struct lane *lane)
{
    struct search *search = lane->search;

    if (lane->left == NULL || lane->right == NULL) {
        lane->left = lane->right = NULL;
        return false;
    }
    search->lanes++;
    enumeration_spawn(search->e, lane_spawned, lane->right, "TLS suites");
    lane_run(lane->left);
    return true;
}

static void lane_run(struct lane *lane)
{
    bool may_reduce = true;

    if (lane->remaining.count > lane->search->e->suites_limit) {
        lane_halve(lane);
        if (lane_go_on_apart(lane))
            return;
    }
    if (lane->remaining.count == 0) {
        lane->complete = true;
        return;
    }
    while (lane_step(lane, &may_reduce)) {
        if (!is_plenty(lane))
            continue;
        if (lane == lane->search->root && is_hasty(lane))
            enumerate_parameters_early(lane->search->e, lane->search->version);
        lane_part(lane);
        if (lane_go_on_apart(lane))
            return;
    }
}

static bool all_complete(const struct lane *lane)
{
    return lane->left != NULL ? all_complete(lane->left) && all_complete(lane->right) : lane->complete;
}

/* ---- order ---- */

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

/* Could every accepted suite have been picked? */
static bool is_free_choice(const struct search *search, const struct pick *pick)
{
    const struct codes *accepted = &search->found->suites;

    for (size_t i = 0; i < accepted->count && pick->schemes_left_out > 0; i++) {
        const struct tls_suite *suite = tls_suite_by_code(accepted->items[i]);

        if (suite != NULL && !could_sign(search, pick, suite))
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

        for (size_t j = 0; j < accepted->count && is_free_choice(search, &lane->picks[i]); j++)
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

static void append(struct codes *to, const struct codes *more)
{
    for (size_t i = 0; i < more->count; i++)
        codes_add(to, more->items[i]);
}

/* One by one; when that takes too many questions the rest is left as it is, and the list says so. */
static void merge_one_by_one(struct search *search, const struct codes *a, const struct codes *b,
                             struct codes *to)
{
    size_t i = 0, j = 0;

    while (i < a->count && j < b->count && search->merge_questions > 0) {
        search->merge_questions--;
        if (prefers(search, b->items[j], a->items[i]) == a->items[i])
            codes_add(to, a->items[i++]);
        else
            codes_add(to, b->items[j++]);
    }
    if (i < a->count && j < b->count)
        search->found->ordered = NO;
    while (i < a->count)
        codes_add(to, a->items[i++]);
    while (j < b->count)
        codes_add(to, b->items[j++]);
}

/* Two ways in which servers rank: by kind and then by strength, or the other way round. The higher, the later. */
static int rank_of(uint16_t code, bool by_strength)
{
    const struct tls_suite *suite = tls_suite_by_code(code);
    int kind = 6, weakness;

    if (suite == NULL)
        return INT_MAX;
    weakness = 256 - (suite->key_bits > 256 ? 256 : suite->key_bits);
    if (suite->key_exchange == TLS_KX_ECDHE || suite->key_exchange == TLS_KX_DHE)
        kind = suite->aead ? 0 : suite->mac == TLS_HASH_SHA1 ? 2 : 1;
    else if (suite->key_exchange == TLS_KX_RSA)
        kind = suite->aead ? 3 : suite->mac == TLS_HASH_SHA1 ? 5 : 4;
    return by_strength ? weakness * 10 + kind : kind * 1000 + weakness;
}

static bool is_ranked(const struct codes *codes, bool by_strength)
{
    for (size_t i = 1; i < codes->count; i++)
        if (rank_of(codes->items[i], by_strength) < rank_of(codes->items[i - 1], by_strength))
            return false;
    return true;
}

static void merge_ranked(const struct codes *a, const struct codes *b, bool by_strength, struct codes *to)
{
    size_t i = 0, j = 0;

    while (i < a->count || j < b->count)
        if (j == b->count ||
            (i < a->count && rank_of(a->items[i], by_strength) <= rank_of(b->items[j], by_strength)))
            codes_add(to, a->items[i++]);
        else
            codes_add(to, b->items[j++]);
}

/* Asks where the one list gives way to the other: what stands there, and the order of each, prove the whole. */
static bool is_so(struct search *search, const struct codes *a, const struct codes *merged)
{
    for (size_t i = 1; i < merged->count; i++) {
        uint16_t above = merged->items[i - 1], below = merged->items[i];

        if (codes_have(a, above) == codes_have(a, below))
            continue;
        if (prefers(search, below, above) != above)
            return false;
    }
    return true;
}

static void merge(struct search *search, const struct codes *a, const struct codes *b, struct codes *to)
{
    struct codes merged = {.items =
                               arena_alloc(search->e->arena, (a->count + b->count + 1) * sizeof(uint16_t))};

    for (int by_strength = 1; merged.items != NULL && by_strength >= 0; by_strength--) {
        if (!is_ranked(a, by_strength) || !is_ranked(b, by_strength))
            continue;
        merged.count = 0;
        merge_ranked(a, b, by_strength, &merged);
        if (is_so(search, a, &merged)) {
            append(to, &merged);
            return;
        }
    }
    merge_one_by_one(search, a, b, to);
}

/* Picks that were not free are made once more, among what the lane accepted. */
static void rank_again(struct search *search, struct lane *lane)
{
    struct codes rest = {.items = arena_alloc(search->e->arena, CODES_MAX * sizeof(uint16_t))};
    size_t again = 0;

    for (size_t i = 0; i < lane->pick_count; i++)
        if (!is_free_choice(search, &lane->picks[i]))
            again = i + 1;
    if (rest.items == NULL || again == 0)
        return;
    for (size_t i = 0; i < search->found->suites.count; i++)
        if (lane_has(lane, search->found->suites.items[i], 0))
            codes_add(&rest, search->found->suites.items[i]);
    for (; again > 0 && rest.count > 1; again--) {
        struct offer offer = {.version = search->version, .suites = &rest};
        struct reply reply;

        if (enumeration_ask(search->e, &offer, &reply) == ANSWER_SERVED) {
            codes_add(&lane->order, reply.flight->suite);
            codes_remove(&rest, reply.flight->suite);
        }
        reply_free(&reply);
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

    if (found->pick_after_chacha == 0 || found->order == NULL || strcmp(found->order, "server") != 0 ||
        is_chacha(found->suites.items[0]))
        return;
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
    if (e->stopped != NULL)
        found->ordered = UNKNOWN;
}

/* ---- the whole ---- */

static void wait_for_lanes(struct search *search)
{
    struct engine *engine = search->e->network->engine;

    while (search->lanes > 0 && task_wait(engine, &search->e->idle, DEADLINE_NEVER, "lanes of suites") == 0)
        continue;
    if (search->lanes == 0)
        return;
    task_shield(engine, CLEANUP_GRACE_MS); /* canceled: so are they, and they end soon */
    while (search->lanes > 0 &&
           task_wait(engine, &search->e->idle, DEADLINE_NEVER, "the end of canceled lanes") == 0)
        continue;
    task_unshield(engine);
}

void enumerate_suites(struct enumeration *e, uint16_t version, uint16_t first)
{
    struct version_findings *found = &e->versions[version_place(version)];
    struct search *search = arena_alloc(e->arena, sizeof(*search));

    if (search != NULL) {
        *search =
            (struct search){.e = e, .version = version, .found = found, .merge_questions = MERGE_QUESTIONS};
        search->root = lane_new(search, &e->suites, 0, SEGMENTS - 1);
    }
    if (search == NULL || search->root == NULL) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
        return;
    }
    found->search = search;
    if (first != 0) {
        note_pick(search->root, first, 0);
        codes_add(&found->suites, first);
    }
    lane_run(search->root);
    wait_for_lanes(search);
    found->suites_complete = known(all_complete(search->root));
    if (found->suites_complete == NO)
        found->suites_reason = e->stopped;
}
