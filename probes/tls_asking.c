/*
 * tls_asking.c - one question of an enumeration: an offer as a hello, its answer sorted
 *
 * An alert refuses. A closed connection refuses only from a server that is still there, on a connection begun after that,
 * for a hello it has served before; so does a reset or silence, and only after a second try.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
    SHUT_OUT_MS = 45 * 1000,  /* refused or silent at connect for so long: banned */
    HELD_OFF_MS = 180 * 1000, /* 421 and the like for so long */
    TRIES_MAX = 2,            /* of a hello that is met with a reset or silence */
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_INSUFFICIENT_SECURITY = 71,
};

/* ---- sets of codes ---- */

bool codes_have(const struct codes *codes, uint16_t code)
{
    for (size_t i = 0; i < codes->count; i++)
        if (codes->items[i] == code)
            return true;
    return false;
}

void codes_add(struct codes *codes, uint16_t code)
{
    if (codes->count < CODES_MAX && !codes_have(codes, code))
        codes->items[codes->count++] = code;
}

void codes_remove(struct codes *codes, uint16_t code)
{
    size_t kept = 0;

    for (size_t i = 0; i < codes->count; i++)
        if (codes->items[i] != code)
            codes->items[kept++] = codes->items[i];
    codes->count = kept;
}

struct hello_numbers codes_numbers(const struct codes *codes)
{
    return (struct hello_numbers){.codes = codes->items, .count = codes->count};
}

size_t version_place(uint16_t version)
{
    return version == TLS_VERSION_SSL2 ? 0 : (size_t)(version - TLS_VERSION_SSL3) + 1;
}

int enumeration_left(struct enumeration *e, const struct codes *all, const struct codes *seen,
                     struct codes *ret)
{
    *ret = (struct codes){.items = arena_alloc(e->arena, (all->count + 1) * sizeof(uint16_t))};
    if (ret->items == NULL) {
        enumeration_out_of_memory(e);
        return -ENOMEM;
    }
    for (size_t i = 0; i < all->count; i++)
        if (!codes_have(seen, all->items[i]))
            ret->items[ret->count++] = all->items[i];
    return 0;
}

/* ---- offers as hellos ---- */

static int offered_suites(struct enumeration *e, const struct offer *offer, struct hello_numbers *ret)
{
    const struct codes *suites = offer->suites;
    uint16_t *items;
    size_t count;

    if (suites == NULL)
        suites = offer->version == TLS_VERSION_1_3 ? &e->suites_13 : &e->suites;
    items = arena_alloc(e->arena, (suites->count + 2) * sizeof(*items));
    if (items == NULL)
        return -ENOMEM;
    memcpy(items, suites->items, suites->count * sizeof(*items));
    count = suites->count;
    if (offer->version == TLS_VERSION_SSL3) /* it has no extension to say so */
        items[count++] = 0x00ff;
    if (offer->signalling != 0)
        items[count++] = offer->signalling;
    *ret = (struct hello_numbers){.codes = items, .count = count};
    return 0;
}

static const uint16_t version_13[] = {TLS_VERSION_1_3};

int enumeration_hello(struct enumeration *e, const struct offer *offer, struct client_hello *ret)
{
    bool is_13 = offer->version == TLS_VERSION_1_3;
    const struct codes *groups = offer->groups;
    struct client_hello hello = {.version = is_13 ? TLS_VERSION_1_2 : offer->version};
    int error = offered_suites(e, offer, &hello.suites);

    if (error < 0)
        return error;
    if (getrandom(hello.random, sizeof(hello.random), 0) != sizeof(hello.random))
        return -ENOMEM;
    if (groups == NULL)
        groups = is_13 ? &e->groups_13 : &e->groups;
    hello.name = offer->no_name ? NULL : offer->name != NULL ? offer->name : e->prepared->tls.name;
    hello.no_extensions = offer->version == TLS_VERSION_SSL3;
    hello.extensions = (e->extensions | offer->extensions) & ~offer->without;
    hello.groups = codes_numbers(groups);
    if (offer->version >= TLS_VERSION_1_2)
        hello.schemes = codes_numbers(offer->schemes != NULL ? offer->schemes : &e->schemes);
    if (offer->version >= TLS_VERSION_1_2 && !e->bare) /* else a certificate would need schemes not offered */
        hello.certificate_schemes = codes_numbers(&e->schemes);
    hello.deflate = !is_13;
    hello.protocols = offer->protocols;
    if (is_13) {
        hello.extensions &= ~(unsigned)(HELLO_ENCRYPT_THEN_MAC | HELLO_SESSION_TICKET | HELLO_HEARTBEAT);
        hello.extensions |= HELLO_PSK_MODES;
        hello.versions = (struct hello_numbers){.codes = version_13, .count = 1};
        hello.key_share = true;
    }
    *ret = hello;
    if (is_13) /* RFC 8446 D.4: as all clients do */
        ret->session_id = bytes_of(ret->random, sizeof(ret->random));
    return 0;
}

/* ---- how the server takes it ---- */

void enumeration_stop(struct enumeration *e, const char *reason)
{
    if (e->stopped != NULL)
        return;
    e->stopped = reason;
    wait_queue_wake(e->network->engine, &e->lines.questions, WAKE_ALL);
    wait_queue_wake(e->network->engine, &e->lines.answers, WAKE_ALL);
    if (e->group != NULL) /* who still waits to be let in need not try */
        task_group_cancel(e->group);
}

void enumeration_failed(struct enumeration *e, int error)
{
    if (error == -ECANCELED && e->stopped != NULL)
        return;
    e->failure = error;
    enumeration_stop(e, "the scan was stopped");
}

void enumeration_out_of_memory(struct enumeration *e)
{
    e->failure = -ENOMEM;
    enumeration_stop(e, "out of memory");
}

/* The pacer makes us wait before the next connection. */
void enumeration_kept_out(struct enumeration *e, const struct session *session)
{
    int64_t now = engine_now(e->network->engine);
    bool over = now >= e->prepared->deadline || session->end == DIALOGUE_CANCELED;

    if (!over) {
        e->kept_out = true;
        e->shut_out = !session->connected;
    }
    if (now - e->welcome > (e->shut_out ? SHUT_OUT_MS : HELD_OFF_MS)) {
        e->endpoint->kept_out = YES;
        enumeration_stop(e, e->shut_out ? "the server no longer lets us connect"
                                        : "the server keeps turning us away");
    } else if (over)
        enumeration_stop(e, e->kept_out ? "the server kept us out until the time of the scan was over"
                                        : "the time of the scan was over");
}

void enumeration_let_in(struct enumeration *e)
{
    e->welcome = engine_now(e->network->engine);
    e->kept_out = e->shut_out = false;
}

void reply_free(struct reply *reply)
{
    exchange_free(&reply->exchange);
}

/* Once. False: e->stopped says why. */
static bool try_once(struct enumeration *e, struct reply *reply)
{
    exchange_clear(&reply->exchange);
    enumeration_exchange(e, &reply->exchange);
    if (reply->exchange.end == EXCHANGE_CUT)
        enumeration_stop(e, "the time of the scan was over");
    return reply->exchange.end != EXCHANGE_NOT_BEGUN && reply->exchange.end != EXCHANGE_CUT;
}

static bool is_served(const struct server_flight *flight, uint16_t version, const struct codes *offered)
{
    return flight->hello_seen && (version == 0 || flight->version == version) &&
           (offered == NULL || codes_have(offered, flight->suite));
}

/* Is the answer one that would be the same again? */
static bool is_settled(const struct exchange *exchange)
{
    if (exchange->ssl2 && exchange->end != EXCHANGE_NOT_BEGUN)
        return true;
    switch (exchange->end) {
    case EXCHANGE_ANSWERED:
        return exchange->reader.flight.state != FLIGHT_NOT_TLS;
    case EXCHANGE_CLOSED:
        return true;
    case EXCHANGE_RESET:
    case EXCHANGE_SILENT:
        return exchange->reader.flight.hello_seen;
    case EXCHANGE_NOT_BEGUN:
    case EXCHANGE_CUT:
        return false;
    }
    return false;
}

/* What was served before, or, before anything was, what anybody serves. */
static int control_hello(struct enumeration *e, struct client_hello *ret)
{
    struct offer offer = {.version = e->best};
    bool takes_all = e->best != 0 && e->suites_limit == SIZE_MAX;
    const struct version_findings *found = takes_all ? &e->versions[version_place(e->best)] : NULL;

    if (!takes_all)
        return enumeration_plain_hello(e, ret);
    if (found->suites.count > 0)
        offer.suites = &found->suites;
    return enumeration_hello(e, &offer, ret);
}

void enumeration_served(struct enumeration *e, int64_t connected)
{
    if (connected >= e->unconfirmed_since)
        e->unconfirmed = false;
}

void enumeration_closed(struct enumeration *e)
{
    e->unconfirmed = true;
    e->unconfirmed_since = engine_now(e->network->engine);
}

/* Once. A server that has served nothing yet is there as well when it refuses with an alert. */
bool enumeration_control(struct enumeration *e)
{
    struct client_hello hello;
    struct reply reply = {0};
    bool served = false;

    if (control_hello(e, &hello) < 0) {
        e->failure = -ENOMEM;
        return false;
    }
    reply.exchange.hello = &hello;
    reply.exchange.afresh = true;
    if (e->stopped == NULL && try_once(e, &reply))
        served = reply.exchange.reader.flight.hello_seen ||
                 (e->best == 0 && reply.exchange.reader.flight.alert_seen);
    reply_free(&reply);
    if (served)
        enumeration_served(e, reply.exchange.connected);
    return served;
}

/* No alert: did it refuse the hello, or us? */
static enum answer refused_without_a_word(struct enumeration *e, const struct exchange *exchange)
{
    bool there;

    while (exchange->end == EXCHANGE_CLOSED && e->confirming &&
           task_wait(e->network->engine, &e->idle, DEADLINE_NEVER, "a control") == 0)
        continue;
    if (exchange->end == EXCHANGE_CLOSED && e->closes) {
        enumeration_closed(e);
        return ANSWER_REFUSED;
    }
    e->confirming = true;
    there = enumeration_control(e);
    e->confirming = false;
    wait_queue_wake(e->network->engine, &e->idle, WAKE_ALL);
    if (!there) {
        enumeration_stop(e, "the server stopped answering");
        return ANSWER_STOPPED;
    }
    if (exchange->end == EXCHANGE_CLOSED)
        e->closes = true;
    return ANSWER_REFUSED;
}

/* A refusal of who asks, or rather of the name: it would be the same for any offer. */
static bool is_about_name(const struct enumeration *e, const struct exchange *exchange)
{
    const struct server_flight *flight = &exchange->reader.flight;

    return e->best == 0 && exchange->hello != NULL && !exchange->hello->no_extensions &&
           exchange->hello->name == e->prepared->tls.name && flight->alert_seen && !flight->hello_seen &&
           flight->alert == ALERT_UNRECOGNIZED_NAME;
}

static enum answer stop_for_name(struct enumeration *e)
{
    if (e->prepared->tls.name == NULL)
        e->features->sni_needed = YES;
    enumeration_stop(e, e->prepared->tls.name == NULL
                            ? "the server answers nobody who names no server, and we had no name"
                            : "the server does not know the name that we asked for");
    return ANSWER_STOPPED;
}

static enum answer sorted(struct enumeration *e, struct reply *reply, uint16_t version,
                          const struct codes *offered)
{
    const struct server_flight *flight = &reply->exchange.reader.flight;

    reply->flight = flight;
    if (is_served(flight, version, offered)) {
        reply->broken = flight->state != FLIGHT_HELLO_RETRY && flight->state != FLIGHT_ENCRYPTED &&
                        flight->state != FLIGHT_COMPLETE;
        enumeration_served(e, reply->exchange.connected);
        return ANSWER_SERVED;
    }
    if (is_about_name(e, &reply->exchange))
        return stop_for_name(e);
    if (flight->state == FLIGHT_SSL2 || flight->hello_seen || flight->alert_seen) {
        enumeration_served(e, reply->exchange.connected);
        return ANSWER_REFUSED;
    }
    if (reply->exchange
            .ssl2) { /* whatever it does with a hello of 1995, it does not serve it, if it is there */
        enumeration_closed(e);
        return ANSWER_REFUSED;
    }
    return refused_without_a_word(e, &reply->exchange);
}

bool enumeration_is_odd_refusal(const struct server_flight *flight)
{
    return flight->alert_seen && !flight->hello_seen && flight->alert != ALERT_HANDSHAKE_FAILURE &&
           flight->alert != ALERT_PROTOCOL_VERSION && flight->alert != ALERT_INSUFFICIENT_SECURITY;
}

enum answer enumeration_send(struct enumeration *e, struct exchange *exchange, uint16_t version,
                             const struct codes *offered, struct reply *ret)
{
    int tries = 0;

    *ret = (struct reply){.exchange = *exchange, .answer = ANSWER_STOPPED};
    while (e->stopped == NULL && tries < TRIES_MAX)
        if (try_once(e, ret) && (is_settled(&ret->exchange) || ++tries == TRIES_MAX))
            break;
    if (e->stopped == NULL)
        ret->answer = sorted(e, ret, version, offered);
    return ret->answer;
}

static unsigned noted_extensions(const struct client_hello *hello)
{
    return hello->no_extensions ? HELLO_RENEGOTIATION_INFO : hello->extensions;
}

enum answer enumeration_ask(struct enumeration *e, const struct offer *offer, struct reply *ret)
{
    struct client_hello hello;
    struct exchange exchange = {
        .hello = &hello, .afterword = offer->afterword, .behaviour = offer->behaviour, .first = offer->first};
    struct codes offered;
    enum answer answer;

    *ret = (struct reply){.answer = ANSWER_STOPPED};
    if (e->stopped != NULL)
        return ANSWER_STOPPED;
    if (enumeration_hello(e, offer, &hello) < 0) {
        enumeration_out_of_memory(e);
        return ANSWER_STOPPED;
    }
    offered = (struct codes){.items = (uint16_t *)(uintptr_t)hello.suites.codes, .count = hello.suites.count};
    answer = enumeration_send(e, &exchange, offer->version, &offered, ret);
    ret->exchange.hello = NULL; /* it is on our stack */
    if (answer == ANSWER_SERVED && !offer->quiet)
        enumeration_note(e, offer->version, ret->flight, noted_extensions(&hello), hello.deflate);
    return answer;
}

/* ---- side by side ---- */

struct strand {
    struct enumeration *e;
    void (*run)(void *argument);
    void *argument;
    bool aside;
};

static void strand_run(void *argument)
{
    struct strand *strand = argument;
    struct enumeration *e = strand->e;
    struct engine *engine = e->network->engine;
    bool held = strand->aside && semaphore_take(engine, &e->aside, DEADLINE_NEVER, "its turn") == 0;

    strand->run(strand->argument); /* canceled: then every question ends at once */
    if (held)
        semaphore_give(engine, &e->aside);
    e->tasks--;
    wait_queue_wake(engine, &e->idle, WAKE_ALL);
}

static void spawn(struct enumeration *e, const struct strand *strand, const char *what)
{
    struct strand *copy = arena_copy(e->arena, strand, sizeof(*strand));

    if (copy == NULL) {
        enumeration_out_of_memory(e);
        return;
    }
    e->tasks++;
    if (task_spawn(e->group, strand_run, copy, "%s of %s:%lld", what, e->endpoint->address,
                   (long long)e->endpoint->port.value) < 0) {
        copy->aside = false; /* who runs it may have a turn already, and would wait for himself */
        strand_run(copy);    /* too many tasks: one after the other */
    }
}

void enumeration_spawn(struct enumeration *e, void (*run)(void *argument), void *argument, const char *what)
{
    spawn(e, &(struct strand){.e = e, .run = run, .argument = argument}, what);
}

void enumeration_spawn_aside(struct enumeration *e, void (*run)(void *argument), void *argument,
                             const char *what)
{
    spawn(e, &(struct strand){.e = e, .run = run, .argument = argument, .aside = true}, what);
}
