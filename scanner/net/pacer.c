/*
 * pacer.c - who may connect when: a guest's manners, per address and port
 *
 *   first contact  one connection at a time until one was served
 *   served         up to 1, 4 or 8 side by side (gentle, normal, fast)
 *   pushback       nobody new for 5 s, then one alone; if that one is turned away, too, the server counts by the
 *                  minute as a rule, and gets one. The wait that helped is that of the next pushback.
 *   let in again   one more for each success, up to one less than were too many. That many is tried again only after
 *                  many successes, twice as many each time it was too many again. And when one has left, the next
 *                  comes a moment later: the server may still count the one before.
 *
 * From afar one comes as the other goes: while the last answer is on its way to us, so is the next one who connects, and
 * the server sees the one leave when the other comes. Not where it has pushed back, nor where answers take longer than
 * the way.
 *
 * All ports of one address together have room for three times as many. Who came first is let in first, unless
 * only the port they want is full. What was learnt of an address stays for the whole run.
 *
 * The tables are balanced trees (tsearch): a target that chooses its addresses cannot make them slow.
 */
#include "scanner/net/pacer.h"

#include <assert.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_WAIT_MS = 5000,
    MINUTE_MS = 61000, /* and a bit: their clocks may count whole seconds */
    MOMENT_MS = 100,
    CALM_SUCCESSES = 8, /* twice as many in a row from the first pushback on, and one more is tried */
    ADDRESS_FACTOR = 3,
    AFAR_MS = 10, /* a way shorter than this gains nothing */
};

/* Someone who waits; lives on the stack of the task that waits. */
struct waiter {
    struct place *place;
    struct wait_queue queue;
    struct waiter *before, *after;
    bool granted;
};

struct host {
    struct address address; /* the key */
    size_t in_use, ending;
    struct waiter *first, *last; /* of all its ports, first come first */
};

struct place {
    struct address address; /* the key, with port */
    uint16_t port;
    struct host *host;
    struct pacer_state state;
    size_t waiters;
    size_t ending;      /* slots of sessions of which only an answer is due */
    bool lingers;       /* an answer took longer than the way */
    size_t slots;       /* that are out: who was let in may not have come by yet */
    size_t too_many;    /* so many side by side met a pushback; above the cap: none did */
    size_t before;      /* the same as it was before the last pushback */
    size_t calm;        /* successes since then among as many as may be */
    size_t calm_enough; /* so many, and one more is tried */
    size_t episode;     /* counts pushbacks that were acted upon */
    bool let_in;        /* somebody was served since the last of them */
    int64_t wait_ms;    /* at the next */
};

struct pacer {
    struct engine *engine;
    size_t cap;
    void *hosts;  /* tsearch: struct host by address */
    void *places; /* tsearch: struct place by address and port */
};

struct pacer_slot {
    struct pacer *pacer;
    struct place *place;
    size_t episode; /* of the place when the slot was taken */
    bool ending;
    int64_t gone_by; /* if it is ending: later than this it lingers */
    size_t crowd;    /* slots that were out then, with this one */
};

static int compare_hosts(const void *a, const void *b)
{
    const struct host *host_a = a, *host_b = b;

    return address_compare(&host_a->address, &host_b->address);
}

static int compare_places(const void *a, const void *b)
{
    const struct place *place_a = a, *place_b = b;
    int order = address_compare(&place_a->address, &place_b->address);

    return order != 0 ? order : (place_a->port > place_b->port) - (place_a->port < place_b->port);
}

/* ---- life ---- */

int pacer_new(struct engine *engine, enum pace pace, struct pacer **ret)
{
    struct pacer *pacer = calloc(1, sizeof(*pacer));

    if (pacer == NULL)
        return -ENOMEM;
    pacer->engine = engine;
    switch (pace) {
    case PACE_GENTLE:
        pacer->cap = 1;
        break;
    case PACE_NORMAL:
        pacer->cap = 4;
        break;
    case PACE_FAST:
        pacer->cap = 8;
        break;
    }
    *ret = pacer;
    return 0;
}

static void free_place(void *item)
{
    struct place *place = item;

    assert(place->state.in_use == 0 && place->waiters == 0 && "a slot outlives its pacer");
    free(place);
}

void pacer_free(struct pacer *pacer)
{
    if (pacer == NULL)
        return;
    tdestroy(pacer->places, free_place);
    tdestroy(pacer->hosts, free);
    free(pacer);
}

/* The item equal to `key` (of `size` bytes), or a new one like it; NULL when out of memory. */
static void *find_or_add(void **tree, const void *key, size_t size,
                         int (*compare)(const void *, const void *))
{
    void *found = tfind(key, tree, compare);
    void *item;

    if (found != NULL)
        return *(void **)found;
    item = malloc(size);
    if (item == NULL)
        return NULL;
    memcpy(item, key, size);
    if (tsearch(item, tree, compare) == NULL) {
        free(item);
        return NULL;
    }
    return item;
}

static struct place *place_of(struct pacer *pacer, const struct address *address, uint16_t port)
{
    struct host host_key = {.address = *address};
    struct place place_key = {.address = *address,
                              .port = port,
                              .state.limit = 1,
                              .too_many = pacer->cap + 1,
                              .before = pacer->cap + 1,
                              .calm_enough = CALM_SUCCESSES,
                              .wait_ms = FIRST_WAIT_MS};

    place_key.host = find_or_add(&pacer->hosts, &host_key, sizeof(host_key), compare_hosts);
    if (place_key.host == NULL)
        return NULL;
    return find_or_add(&pacer->places, &place_key, sizeof(place_key), compare_places);
}

/* ---- who is let in ---- */

static bool is_blocked(const struct pacer *pacer, const struct place *place)
{
    return place->state.blocked_until > engine_now(pacer->engine);
}

static bool has_room(const struct pacer *pacer, const struct place *place)
{
    const struct host *host = place->host;

    return !is_blocked(pacer, place) && place->state.in_use - place->ending < place->state.limit &&
           host->in_use - host->ending < ADDRESS_FACTOR * pacer->cap;
}

static void occupy(struct place *place)
{
    place->state.in_use++;
    place->state.connections++;
    place->host->in_use++;
}

static void enqueue(struct waiter *waiter)
{
    struct host *host = waiter->place->host;

    waiter->before = host->last;
    if (host->last != NULL)
        host->last->after = waiter;
    else
        host->first = waiter;
    host->last = waiter;
    waiter->place->waiters++;
}

static void dequeue(struct waiter *waiter)
{
    struct host *host = waiter->place->host;

    if (waiter->before != NULL)
        waiter->before->after = waiter->after;
    else
        host->first = waiter->after;
    if (waiter->after != NULL)
        waiter->after->before = waiter->before;
    else
        host->last = waiter->before;
    waiter->place->waiters--;
}

/* Lets in, in the order of their coming, those for whom there is room now. */
static void admit(struct pacer *pacer, struct host *host)
{
    struct waiter *next;

    for (struct waiter *waiter = host->first; waiter != NULL; waiter = next) {
        next = waiter->after;
        if (!has_room(pacer, waiter->place))
            continue;
        dequeue(waiter);
        occupy(waiter->place);
        waiter->granted = true;
        wait_queue_wake(pacer->engine, &waiter->queue, 1);
    }
}

/* Nobody new for so long; whoever waits for the place has to wait until then, and look again. */
static void block(struct pacer *pacer, struct place *place, int64_t ms)
{
    int64_t until = deadline_in(pacer->engine, ms, DEADLINE_NEVER);

    if (until <= place->state.blocked_until)
        return;
    place->state.blocked_until = until;
    for (struct waiter *waiter = place->host->first; waiter != NULL; waiter = waiter->after)
        if (waiter->place == place)
            wait_queue_wake(pacer->engine, &waiter->queue, 1);
}

static void release(struct pacer *pacer, struct place *place)
{
    place->state.in_use--;
    place->host->in_use--;
    if (place->episode > 0)
        block(pacer, place, MOMENT_MS);
    admit(pacer, place->host);
}

static int wait_for_room(struct pacer *pacer, struct place *place, int64_t deadline)
{
    struct waiter waiter = {.place = place};
    int result = 0;

    enqueue(&waiter);
    while (!waiter.granted && result == 0) {
        int64_t until = is_blocked(pacer, place) ? place->state.blocked_until : DEADLINE_NEVER;

        result = task_wait(pacer->engine, &waiter.queue, until < deadline ? until : deadline, "the pacer");
        if (result == -ETIMEDOUT && until < deadline)
            result = 0;
        if (!waiter.granted && result == 0)
            admit(pacer, place->host); /* the block may be over: this is who sees it */
    }
    if (!waiter.granted) {
        dequeue(&waiter);
        return result;
    }
    /* let in between the end of the wait and now: it may be too late to begin */
    result = task_check(pacer->engine);
    if (result == 0 && engine_now(pacer->engine) >= deadline)
        result = -ETIMEDOUT;
    if (result < 0)
        release(pacer, place);
    return result;
}

int pacer_take(struct pacer *pacer, const struct address *address, uint16_t port, int64_t deadline,
               struct pacer_slot **ret)
{
    struct place *place = place_of(pacer, address, port);
    struct pacer_slot *slot = malloc(sizeof(*slot));
    int result = task_check(pacer->engine);

    if (result == 0 && (place == NULL || slot == NULL))
        result = -ENOMEM;
    if (result == 0) {
        if (place->waiters == 0 && has_room(pacer, place))
            occupy(place);
        else
            result = wait_for_room(pacer, place, deadline);
    }
    if (result < 0) {
        free(slot);
        return result;
    }
    *slot = (struct pacer_slot){
        .pacer = pacer, .place = place, .episode = place->episode, .crowd = ++place->slots};
    *ret = slot;
    return 0;
}

/* ---- what is learnt ---- */

/* Who was let in before the last pushback tells nothing of what is allowed since. */
static void note_success(struct pacer *pacer, struct pacer_slot *slot)
{
    struct place *place = slot->place;

    place->state.successes++;
    if (slot->episode != place->episode)
        return;
    place->let_in = true;
    if (place->episode == 0)
        place->state.limit = pacer->cap;
    else if (place->state.limit + 1 < place->too_many)
        place->state.limit++;
    else if (place->state.limit < pacer->cap && slot->crowd >= place->state.limit &&
             ++place->calm >= place->calm_enough) {
        place->calm = 0;
        place->state.limit = place->too_many++;
    }
}

/* One moment of displeasure meets all connections that are open, and all of them tell how many were too many. Only
 * those opened after it tell of a new one: the first of these is alone, and when it is turned away, too, it was not
 * their number. */
static void note_pushback(struct pacer *pacer, struct pacer_slot *slot)
{
    struct place *place = slot->place;
    bool again = place->episode > 0 && !place->let_in;

    place->state.pushbacks++;
    if (slot->episode == place->episode) {
        if (again) {
            place->wait_ms = MINUTE_MS;
            place->too_many = place->before;
        }
        if (slot->crowd > 1)
            place->calm_enough *= 2;
        place->before = place->too_many;
        place->episode++;
        place->let_in = false;
        place->calm = 0;
        place->state.limit = 1;
        block(pacer, place, place->wait_ms);
    }
    if (slot->crowd > 1 && slot->crowd < place->too_many)
        place->too_many = slot->crowd;
}

void pacer_ending(struct pacer_slot *slot, int64_t round_trip_ms)
{
    struct place *place = slot->place;

    if (slot->ending || round_trip_ms < AFAR_MS || place->episode > 0 || place->lingers ||
        place->ending >= place->state.limit)
        return;
    slot->ending = true;
    slot->gone_by = deadline_in(slot->pacer->engine, 2 * round_trip_ms, DEADLINE_NEVER);
    place->ending++;
    place->host->ending++;
    admit(slot->pacer, place->host);
}

static void end(struct pacer_slot *slot)
{
    struct place *place = slot->place;

    if (!slot->ending)
        return;
    place->ending--;
    place->host->ending--;
    if (engine_now(slot->pacer->engine) > slot->gone_by)
        place->lingers = true;
}

void pacer_give(struct pacer_slot *slot, enum pacer_result result)
{
    if (slot == NULL)
        return;
    struct pacer *pacer = slot->pacer;
    struct place *place = slot->place;

    switch (result) {
    case PACER_SUCCESS:
        note_success(pacer, slot);
        break;
    case PACER_PUSHBACK:
        note_pushback(pacer, slot);
        break;
    case PACER_NO_ANSWER:
        if (place->state.successes > 0) /* it was there a moment ago: it keeps us out */
            note_pushback(pacer, slot);
        break;
    case PACER_NEUTRAL:
        break;
    }
    end(slot);
    free(slot);
    place->slots--;
    release(pacer, place);
}

size_t pacer_width(const struct pacer *pacer)
{
    return pacer->cap;
}

struct pacer_state pacer_state(const struct pacer *pacer, const struct address *address, uint16_t port)
{
    struct place key = {.address = *address, .port = port};
    void *found = tfind(&key, &pacer->places, compare_places);
    struct pacer_state state = {.limit = 1};

    if (found == NULL)
        return state;
    state = (*(struct place **)found)->state;
    if (state.blocked_until <= engine_now(pacer->engine))
        state.blocked_until = 0;
    return state;
}
