/*
 * tls_suites.c - the cipher suites that a server accepts under one version up to TLS 1.2
 *
 *   root lane: all suites, weakest first --> pick, take off, ask again --> refused: complete
 *        | more than the server takes in one hello, or it refuses because of something that the hello
 *        | lacks (a name for PSK or SRP, say) or the server itself (parameters of Diffie-Hellman), and might
 *        | have served other suites
 *        +--> left lane       each goes on alone and may part again
 *        +--> right lane
 *
 * The offer begins with the weakest suite: a server that takes the first one offered has no order of its own, one
 * that passes over a weaker suite that it accepts has.
 */
#include "probes/tls_lanes.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
    MANY_PICKS = 9,    /* there are many suites: what else there is to be asked need not wait for their end */
    REDUCED_PICKS = 8, /* signature schemes seen are taken off so often */
    ORDER_QUESTIONS = 100, /* to merge what lanes have found */
};

/* What else a hello would need, for its suites to be served. The lower, the more usual. */
static unsigned need_of(uint16_t code)
{
    const struct tls_suite *suite = tls_suite_by_code(code);

    switch (suite != NULL ? suite->key_exchange : TLS_KX_NONE) {
    case TLS_KX_PSK:
    case TLS_KX_DHE_PSK:
    case TLS_KX_RSA_PSK:
    case TLS_KX_ECDHE_PSK:
        return 1;
    case TLS_KX_SRP:
        return 2;
    case TLS_KX_KRB5:
        return 3;
    case TLS_KX_GOST:
        return 4;
    case TLS_KX_ECCPWD:
        return 5;
    case TLS_KX_NONE:
    case TLS_KX_RSA:
    case TLS_KX_DH:
    case TLS_KX_DHE:
    case TLS_KX_ECDH:
    case TLS_KX_ECDHE:
    case TLS_KX_ANY:
        return 0;
    }
    return 0;
}

/* ---- picks ---- */

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

static bool is_dhe(uint16_t code)
{
    const struct tls_suite *suite = tls_suite_by_code(code);

    return suite != NULL && suite->key_exchange == TLS_KX_DHE && !suite->export_grade;
}

/* Was the last pick of ephemeral Diffie-Hellman, by a hello that named groups for it? Then the next may show what it is
 * like without. In old versions only, where servers have several in a row. */
static bool may_leave_out_dh_groups(const struct lane *lane)
{
    const struct search *search = lane->search;

    return !search->e->dh_without_groups && lane->pick_count > 0 && search->version > TLS_VERSION_SSL3 &&
           search->version < TLS_VERSION_1_2 && is_dhe(lane->picks[lane->pick_count - 1].suite);
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

static struct lane *lane_new(struct search *search, const struct codes *suites)
{
    struct lane *lane = arena_alloc(search->e->arena, sizeof(*lane));

    if (lane == NULL)
        return NULL;
    lane->search = search;
    lane->remaining.items = arena_alloc(search->e->arena, (suites->count + 1) * sizeof(uint16_t));
    lane->order.items = arena_alloc(search->e->arena, CODES_MAX * sizeof(uint16_t));
    if (lane->remaining.items == NULL || lane->order.items == NULL)
        return NULL;
    memcpy(lane->remaining.items, suites->items, suites->count * sizeof(uint16_t));
    lane->remaining.count = suites->count;
    return lane;
}

/* More than the server takes in one hello: the weaker half, which stands first, to the right. */
static void lane_halve(struct lane *lane)
{
    struct codes half = {.items = lane->remaining.items, .count = lane->remaining.count / 2};

    lane->right = lane_new(lane->search, &half);
    half.items += half.count;
    half.count = lane->remaining.count - half.count;
    lane->left = lane_new(lane->search, &half);
}

/* False: out of memory, which ends everything. */
static bool lane_go_on_apart(struct lane *lane)
{
    struct search *search = lane->search;

    if (lane->left == NULL || lane->right == NULL) {
        enumeration_out_of_memory(search->e);
        lane->left = lane->right = NULL;
        return false;
    }
    search->lanes++;
    enumeration_spawn(search->e, lane_spawned, lane->right, "TLS suites");
    lane_run(lane->left);
    return true;
}

/* The most usual need to the left, the others to the right. False: there is only one. */
static bool lane_part_by_need(struct lane *lane)
{
    struct codes left = {.items = arena_alloc(lane->search->e->arena, CODES_MAX * sizeof(uint16_t))};
    struct codes right = {.items = arena_alloc(lane->search->e->arena, CODES_MAX * sizeof(uint16_t))};
    unsigned least = UINT_MAX;

    if (left.items == NULL || right.items == NULL) {
        enumeration_out_of_memory(lane->search->e);
        return true;
    }
    for (size_t i = 0; i < lane->remaining.count; i++)
        if (need_of(lane->remaining.items[i]) < least)
            least = need_of(lane->remaining.items[i]);
    for (size_t i = 0; i < lane->remaining.count; i++)
        codes_add(need_of(lane->remaining.items[i]) == least ? &left : &right, lane->remaining.items[i]);
    if (right.count == 0)
        return false;
    lane->left = lane_new(lane->search, &left);
    lane->right = lane_new(lane->search, &right);
    (void)lane_go_on_apart(lane);
    return true;
}

static bool has_dhe(const struct codes *suites)
{
    for (size_t i = 0; i < suites->count; i++)
        if (is_dhe(suites->items[i]))
            return true;
    return false;
}

/* A server that has no parameters of Diffie-Hellman may pick such a suite nevertheless, and break off (Dovecot without
 * ssl_dh): what else is there is asked for without. False: that cannot be. */
static bool lane_part_by_dhe(struct lane *lane)
{
    struct enumeration *e = lane->search->e;
    struct codes without = {.items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t))};
    struct codes with = {.items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t))};

    if (without.items == NULL || with.items == NULL) {
        enumeration_out_of_memory(e);
        return true;
    }
    for (size_t i = 0; i < lane->remaining.count; i++)
        codes_add(is_dhe(lane->remaining.items[i]) ? &with : &without, lane->remaining.items[i]);
    if (with.count == 0 || without.count == 0 || has_dhe(&lane->search->found->suites))
        return false;
    lane->left = lane_new(lane->search, &without);
    lane->right = lane_new(lane->search, &with);
    if (lane->left == NULL || lane->right == NULL) {
        enumeration_out_of_memory(e);
        lane->left = lane->right = NULL;
        return true;
    }
    lane_run(lane->left);
    if (lane->left->pick_count > 0 || lane->left->left != NULL)
        lane_run(lane->right);
    else /* nothing else was in the way of those */
        lane->right->complete = lane->left->complete;
    return true;
}

/* No alert of those that say that there is nothing in common. */
static bool is_unclear(const struct server_flight *flight)
{
    return enumeration_is_odd_refusal(flight) || (!flight->alert_seen && !flight->hello_seen);
}

/* One question. False: the lane is at its end, complete or not. */
static bool lane_step(struct lane *lane, bool *may_reduce)
{
    struct search *search = lane->search;
    struct offer offer = {
        .version = search->version, .suites = &lane->remaining, .first = search->version == TLS_VERSION_1_2};
    struct codes schemes;
    struct reply reply;
    bool reduced = *may_reduce && reduced_schemes(lane, &schemes);
    bool without_dh_groups = may_leave_out_dh_groups(lane);
    size_t left_out = reduced ? search->found->schemes.count : 0;
    enum answer answer;
    bool odd, unclear;

    if (reduced)
        offer.schemes = &schemes;
    if (without_dh_groups) {
        offer.groups = &search->e->curves;
        search->e->dh_without_groups = true;
    }
    answer = enumeration_ask(search->e, &offer, &reply);
    if (without_dh_groups && answer != ANSWER_STOPPED &&
        (answer == ANSWER_REFUSED || !is_dhe(reply.flight->suite))) {
        reply_free(&reply);
        return true; /* it was no fair question */
    }
    if (answer == ANSWER_SERVED) {
        note_pick(lane, reply.flight->suite, left_out);
        if (!reply.broken)
            codes_add(&search->found->suites, reply.flight->suite);
    }
    odd = answer == ANSWER_REFUSED && enumeration_is_odd_refusal(reply.flight);
    unclear = answer == ANSWER_REFUSED && is_unclear(reply.flight);
    reply_free(&reply);
    if (answer == ANSWER_REFUSED && reduced) {
        *may_reduce = false;
        return true;
    }
    if (odd && lane_part_by_need(lane))
        return false;
    if (unclear && lane_part_by_dhe(lane))
        return false;
    lane->complete = answer == ANSWER_REFUSED || lane->remaining.count == 0;
    return answer == ANSWER_SERVED && lane->remaining.count > 0;
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
    while (lane_step(lane, &may_reduce))
        if (lane == lane->search->root && lane->pick_count == MANY_PICKS)
            enumerate_parameters_early(lane->search->e, lane->search->version);
}

static bool all_complete(const struct lane *lane)
{
    return lane->left != NULL ? all_complete(lane->left) && all_complete(lane->right) : lane->complete;
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
            (struct search){.e = e, .version = version, .found = found, .order_questions = ORDER_QUESTIONS};
        search->root = lane_new(search, &e->suites);
    }
    if (search == NULL || search->root == NULL) {
        enumeration_out_of_memory(e);
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
