/*
 * tls_enumeration.c - everything that a server accepts of TLS, with as few connections as it takes
 *
 *   the other key: one more handshake; tolerance: one hello with everything       --> best version, limits
 *        |
 *        +--> full handshakes: resumption, signatures of TLS 1.3          side by side, as far
 *        +--> TLS 1.3: suites and groups by HelloRetryRequest             as the pacer allows
 *        +--> TLS 1.2: suites, then groups and signature schemes, then the order
 *        +--> TLS 1.1, 1.0, SSL 3: is it spoken? its suites
 *        +--> SSL 2: one hello, which lists all
 *        +--> behaviour: names, protocols, fallback, early ChangeCipherSpec, heartbeat
 *        |
 *   a last control, if the server refuses by closing; what is asked at deep depth only  --> facts, complete or not
 *
 * Called after the clean session, on a server that completed one. Judged in
 * reports/checks/tls_*.c.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    SSL2_PATIENCE_MS = 5000,
    SCRATCH_MEMORY = 16 * 1024 * 1024,
    ALONE_MS = 3600 * 1000,
    STARTTLS_AHEAD = 4
};

/* ---- what is offered ---- */

/* How much a suite is worth; the weakest are offered first. */
static int worth_of(const struct tls_suite *suite)
{
    int worth = suite->strength_bits;

    if (suite->authentication == TLS_AUTH_NONE)
        worth -= 1000;
    if (suite->authentication != TLS_AUTH_RSA && suite->authentication != TLS_AUTH_ECDSA)
        worth -= 500;
    if (suite->cipher == TLS_CIPHER_RC4)
        worth -= 200;
    if (suite->forward_secrecy)
        worth += 2000;
    if (suite->aead)
        worth += 1000;
    if (suite->key_exchange == TLS_KX_ECDHE)
        worth += 500;
    return worth;
}

static int weakest_first(const void *a, const void *b)
{
    uint16_t code_a = *(const uint16_t *)a, code_b = *(const uint16_t *)b;
    int worth_a = worth_of(tls_suite_by_code(code_a)), worth_b = worth_of(tls_suite_by_code(code_b));

    return worth_a != worth_b ? worth_a - worth_b : (code_a > code_b) - (code_a < code_b);
}

/* There are servers that read no more than the first 19 (wolfSSL). */
static bool is_usual(const struct tls_scheme *scheme)
{
    return scheme->recommended == 'Y' || scheme->hash == TLS_HASH_SHA1;
}

static int usual_first(const void *a, const void *b)
{
    uint16_t code_a = *(const uint16_t *)a, code_b = *(const uint16_t *)b;
    bool usual_a = is_usual(tls_scheme_by_code(code_a)), usual_b = is_usual(tls_scheme_by_code(code_b));
    int hash_a = (int)tls_scheme_by_code(code_a)->hash, hash_b = (int)tls_scheme_by_code(code_b)->hash;

    if (usual_a != usual_b)
        return usual_a ? -1 : 1;
    return hash_a != hash_b ? hash_b - hash_a : (code_a > code_b) - (code_a < code_b);
}

static bool codes_new(struct codes *codes, struct arena *arena)
{
    codes->items = arena_alloc(arena, CODES_MAX * sizeof(uint16_t));
    return codes->items != NULL;
}

static void fill_suites(struct enumeration *e)
{
    size_t count;
    const struct tls_suite *suites = tls_suites(&count);

    for (size_t i = 0; i < count; i++) {
        if (suites[i].ssl2 || suites[i].signalling || suites[i].code == 0)
            continue;
        codes_add(suites[i].tls13 ? &e->suites_13 : &e->suites, (uint16_t)suites[i].code);
    }
    qsort(e->suites.items, e->suites.count, sizeof(uint16_t), weakest_first);
    qsort(e->suites_13.items, e->suites_13.count, sizeof(uint16_t), weakest_first);
}

static void fill_groups(struct enumeration *e)
{
    size_t count;
    const struct tls_group *groups = tls_groups(&count);

    for (size_t i = 0; i < count; i++) {
        if (groups[i].kind == TLS_GROUP_OTHER)
            continue;
        if (groups[i].tls13)
            codes_add(&e->groups_13, groups[i].code);
        if (groups[i].kind == TLS_GROUP_EC || groups[i].kind == TLS_GROUP_FFDHE)
            codes_add(&e->groups, groups[i].code);
        if (groups[i].kind == TLS_GROUP_EC)
            codes_add(&e->curves, groups[i].code);
    }
}

static void fill_schemes(struct enumeration *e)
{
    size_t count;
    const struct tls_scheme *schemes = tls_schemes(&count);

    for (size_t i = 0; i < count; i++)
        if (schemes[i].tls12 || schemes[i].tls13)
            codes_add(&e->schemes, schemes[i].code);
    qsort(e->schemes.items, e->schemes.count, sizeof(uint16_t), usual_first);
}

/* ---- SSL 2 ---- */

static int note_ssl2(struct enumeration *e, const struct server_flight *flight)
{
    struct tls_set_facts *set = list_new_item(&e->tls->suites, e->kept, sizeof(*set));

    if (set == NULL)
        return -ENOMEM;
    set->version = tls_registry_version_name(TLS_VERSION_SSL2);
    set->complete = YES;
    set->list.observed = true;
    for (size_t i = 0; i < flight->ssl2_kind_count; i++) {
        const struct tls_suite *suite = tls_suite_ssl2(flight->ssl2_kinds[i]);
        const char *name =
            suite != NULL ? suite->name : arena_format(e->kept, "0x%06X", (unsigned)flight->ssl2_kinds[i]);

        if (name == NULL || list_add(&set->list, e->kept, (void *)(uintptr_t)name) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void write_ssl2_hello(struct buffer *out)
{
    uint8_t challenge[16] = {0};
    uint32_t kinds[16];
    size_t count, kind_count = 0;
    const struct tls_suite *suites = tls_suites(&count);

    for (size_t i = 0; i < count && kind_count < 16; i++)
        if (suites[i].ssl2)
            kinds[kind_count++] = suites[i].code;
    if (getrandom(challenge, sizeof(challenge), 0) == sizeof(challenge))
        hello_write_ssl2(kinds, kind_count, challenge, out);
    else
        out->failed = true;
}

/* Its answer lists all that client and server have in common. Silence is what other servers have for this hello. */
static void enumerate_ssl2(void *argument)
{
    struct enumeration *e = argument;
    struct version_findings *found = &e->versions[version_place(TLS_VERSION_SSL2)];
    struct buffer hello = {.limit = 512};
    struct exchange exchange = {.ssl2 = true, .patience_ms = SSL2_PATIENCE_MS};
    struct reply reply;

    write_ssl2_hello(&hello);
    if (hello.failed) {
        buffer_free(&hello);
        return;
    }
    exchange.records = bytes_of(hello.data, hello.size);
    if (enumeration_send(e, &exchange, TLS_VERSION_SSL2, NULL, &reply) != ANSWER_STOPPED) {
        found->accepted = known(reply.flight->state == FLIGHT_SSL2 && reply.flight->ssl2_kind_count > 0);
        if (found->accepted == YES && note_ssl2(e, reply.flight) < 0)
            e->failure = -ENOMEM;
    }
    reply_free(&reply);
    buffer_free(&hello);
}

/* ---- versions up to TLS 1.2 ---- */

struct version_strand {
    struct enumeration *e;
    uint16_t version;
    uint16_t first; /* picked from a full offer; 0: not asked yet */
};

static void enumerate_version(void *argument)
{
    struct version_strand *strand = argument;
    struct enumeration *e = strand->e;
    struct version_findings *found = &e->versions[version_place(strand->version)];

    enumeration_expect(e, &found->expected, e->ahead);
    enumerate_suites(e, strand->version, strand->first);
    if (found->suites.count > 0)
        found->accepted = YES;
    else if (found->suites_complete == YES)
        found->accepted = NO;
    if (found->accepted == YES) {
        enumerate_parameters(e, strand->version);
        enumerate_order(e, strand->version);
    }
    enumeration_expect(e, &found->expected, 0);
}

static void spawn_version(struct enumeration *e, uint16_t version, uint16_t first)
{
    struct version_strand *strand = arena_alloc(e->arena, sizeof(*strand));

    if (strand == NULL) {
        enumeration_out_of_memory(e);
        return;
    }
    *strand = (struct version_strand){.e = e, .version = version, .first = first};
    enumeration_spawn(e, enumerate_version, strand, tls_registry_version_name(version));
}

/* Is an old version spoken? A server picks the highest it knows below the one asked for, so a refusal of all
 * versions (protocol_version) settles those below, too. */
static void enumerate_old_versions(void *argument)
{
    static const uint16_t old[] = {TLS_VERSION_1_1, TLS_VERSION_1_0, TLS_VERSION_SSL3};
    struct enumeration *e = argument;

    for (size_t i = 0; i < 3; i++) {
        struct version_findings *found = &e->versions[version_place(old[i])];
        const struct offer offer = {.version = old[i]};
        bool all_refused;
        struct reply reply;

        if (found->accepted == NO || old[i] == e->best)
            continue;
        switch (enumeration_ask(e, &offer, &reply)) {
        case ANSWER_SERVED:
            found->accepted = YES;
            spawn_version(e, old[i], reply.broken ? 0 : reply.flight->suite);
            break;
        case ANSWER_REFUSED:
            if (enumeration_is_odd_refusal(reply.flight)) {
                spawn_version(e, old[i], 0); /* nothing is known yet */
                break;
            }
            found->accepted = NO;
            all_refused = reply.flight->alert_seen && reply.flight->alert == ALERT_PROTOCOL_VERSION &&
                          !reply.flight->hello_seen;
            for (size_t j = i + 1; all_refused && j < 3; j++)
                e->versions[version_place(old[j])].accepted = NO;
            break;
        case ANSWER_STOPPED:
            break;
        }
        reply_free(&reply);
    }
}

static void strand_12(void *argument)
{
    struct version_strand strand = {.e = argument, .version = TLS_VERSION_1_2};

    enumerate_version(&strand);
}

static void strand_best(void *argument)
{
    struct version_strand strand = {.e = argument};

    strand.version = strand.e->best;
    enumerate_version(&strand);
}

static void strand_13(void *argument)
{
    enumerate_tls13(argument);
}

/* As clients do, and more to be trusted than what hellos show. */
static void strand_keys(void *argument)
{
    struct enumeration *e = argument;
    int error =
        endpoint_probe_keys(e->network, e->endpoint, e->prepared->tls.name, e->prepared->deadline, e->kept);

    if (error < 0)
        enumeration_failed(e, error);
    e->keys_shown = true;
}

/* The other key is one that need not be asked for again. */
static void strand_signatures(void *argument)
{
    struct enumeration *e = argument;

    while (!e->keys_shown && task_wait(e->network->engine, &e->idle, DEADLINE_NEVER, "the other key") == 0)
        continue;
    enumerate_schemes_13(e);
}

static void strand_resumption(void *argument)
{
    struct enumeration *e = argument;

    enumerate_resumption(e, e->best < TLS_VERSION_1_2 ? e->best : TLS_VERSION_1_2);
}

/* The first hello tells whether there are session ids to resume by. */
static void strand_behaviour(void *argument)
{
    struct enumeration *e = argument;

    if (e->best == 0)
        return;
    enumerate_unnamed(e);
    if (e->best >= TLS_VERSION_1_0)
        enumeration_spawn_aside(e, strand_resumption, e, "TLS resumption");
    enumerate_behaviour(e);
}

/* ---- the whole ---- */

static void spawn_all(struct enumeration *e)
{
    if (e->best == 0 || e->best >= TLS_VERSION_1_2) {
        enumeration_spawn(e, strand_12, e, "TLS 1.2");
    } else {
        e->versions[version_place(TLS_VERSION_1_2)].accepted = NO;
        enumeration_spawn(e, strand_best, e, "the best version");
    }
    enumeration_spawn_aside(e, strand_behaviour, e, "TLS behaviour");
    if (e->best == TLS_VERSION_1_3)
        enumeration_spawn_aside(e, strand_signatures, e, "TLS 1.3 signatures");
    if (e->best == TLS_VERSION_1_3 || e->best == 0)
        enumeration_spawn_aside(e, strand_13, e, "TLS 1.3");
    else /* it was offered, and is what a server prefers (RFC 8446 4.2.1) */
        e->versions[version_place(TLS_VERSION_1_3)].accepted = NO;
    enumeration_spawn_aside(e, enumerate_old_versions, e, "old versions");
    if (e->versions[version_place(TLS_VERSION_SSL2)].accepted == UNKNOWN)
        enumeration_spawn_aside(e, enumerate_ssl2, e, "SSL 2");
}

/* What can only be said, or asked for, when the rest is known. */
static void conclude(struct enumeration *e)
{
    enumerate_chacha_priority(e, TLS_VERSION_1_2);
    enumerate_chacha_priority(e, TLS_VERSION_1_3);
    enumerate_diffie_hellman(e);
    enumerate_strictness(e);
    conclude_behaviour(e);
}

static void end_group(struct enumeration *e)
{
    e->lines.ended = true;
    task_group_end(e->group); /* waits, also when we are canceled */
    e->group = NULL;
}

static void wait_for_all(struct enumeration *e)
{
    struct engine *engine = e->network->engine;

    while (e->tasks > 0 && task_wait(engine, &e->idle, DEADLINE_NEVER, "an enumeration") == 0)
        continue;
    if (e->tasks == 0)
        return;
    enumeration_stop(e, "the scan was stopped");
    end_group(e);
}

/* What a closed connection may have shown of the server's behaviour. */
static void forget_behaviour(struct enumeration *e)
{
    struct tls_features_facts *features = e->features;
    enum known *tolerated[] = {&features->grease, &features->unknown_version, &features->large_hello,
                               &features->split_hello};

    for (size_t i = 0; i < sizeof(tolerated) / sizeof(tolerated[0]); i++)
        if (*tolerated[i] == NO)
            *tolerated[i] = UNKNOWN;
    if (features->sni_needed == YES)
        features->sni_needed = UNKNOWN;
    features->suites_max = (struct number){0};
    e->fallback_refused = 0;
}

/* A server that refuses by closing may have closed the door: was it the last thing it did? Who was stopped before he could
 * see does not know. */
static void confirm_refusals(struct enumeration *e)
{
    if (!e->unconfirmed || (e->stopped == NULL && enumeration_control(e)))
        return;
    enumeration_stop(e, "the server stopped answering");
    forget_behaviour(e);
    for (size_t i = 0; i < ENUMERATED_VERSIONS; i++) {
        struct version_findings *found = &e->versions[i];

        if (found->accepted == NO)
            found->accepted = UNKNOWN;
        found->suites_complete = found->groups_complete = found->schemes_complete = NO;
        found->suites_reason = found->groups_reason = found->schemes_reason = found->reason = e->stopped;
    }
}

static bool allocate(struct enumeration *e)
{
    bool enough = codes_new(&e->suites, e->arena) && codes_new(&e->suites_13, e->arena) &&
                  codes_new(&e->groups, e->arena) && codes_new(&e->curves, e->arena) &&
                  codes_new(&e->groups_13, e->arena) && codes_new(&e->schemes, e->arena);

    for (size_t i = 0; i < ENUMERATED_VERSIONS && enough; i++)
        enough = codes_new(&e->versions[i].suites, e->arena) && codes_new(&e->versions[i].groups, e->arena) &&
                 codes_new(&e->versions[i].stated, e->arena) && codes_new(&e->versions[i].schemes, e->arena);
    e->features = enough ? arena_alloc(e->kept, sizeof(*e->features)) : NULL;
    return e->features != NULL;
}

static bool has_result(const struct tls_facts *tls, enum tls_result result)
{
    for (size_t i = 0; i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        if (handshake->result == result)
            return true;
    }
    return false;
}

static bool speaks_tls(const struct tls_facts *tls)
{
    return has_result(tls, TLS_COMPLETE) || has_result(tls, TLS_REFUSED) || has_result(tls, TLS_GARBLED);
}

/* A server that refuses what OpenSSL offers may speak what it cannot: only silence ends it here. */
static bool answers_hellos(const struct tls_facts *tls)
{
    return speaks_tls(tls) || has_result(tls, TLS_CLOSED);
}

static int enumerate_all(struct enumeration *e)
{
    int error = task_group_new(task_group_current(e->network->engine), "enumeration", &e->group);
    size_t expected = 0;

    if (error < 0)
        return error;
    enumeration_spawn(e, strand_keys, e, "the other key");
    enumeration_expect(e, &expected, 2 * e->ahead); /* so many come at once when the best version is known */
    enumerate_tolerance(e);
    if (e->stopped == NULL)
        spawn_all(e);
    (void)task_yield(e->network->engine); /* to those who ask what was expected */
    enumeration_expect(e, &expected, 0);
    wait_for_all(e);
    confirm_refusals(e);
    conclude(e);
    end_group(e);
    if (e->depth == DEPTH_DEEP)
        enumerate_deep(e);
    return enumeration_facts(e);
}

/* A server that had no answer to a handshake may be one that knows nothing but SSL 2: that is asked first. */
static int enumerate(struct enumeration *e)
{
    bool turned_away = e->endpoint->state != ENDPOINT_OPEN;

    if (!speaks_tls(e->tls)) {
        if (turned_away)
            e->welcome -= ALONE_MS; /* once more is enough */
        enumerate_ssl2(e);
        if (e->versions[version_place(TLS_VERSION_SSL2)].accepted == YES) {
            e->endpoint->state = ENDPOINT_OPEN; /* it was the hello that it did not take */
            e->endpoint->reason = NULL;
            enumeration_stop(e, "the server did not answer the handshake");
            return enumeration_facts(e);
        }
    }
    return turned_away || !answers_hellos(e->tls) ? 0 : enumerate_all(e);
}

/* What the enumeration itself needs is much more than what comes of it. */
static int probe_with(struct network *network, struct endpoint_facts *endpoint, const char *host,
                      enum scan_depth depth, int64_t deadline, struct arena *arena, struct arena *scratch)
{
    struct enumeration *e = arena_alloc(scratch, sizeof(*e));
    struct session prepared;
    int error = session_prepare(&prepared, network, endpoint, host, deadline, arena);

    if (error < 0 || e == NULL)
        return error < 0 ? error : -ENOMEM;
    *e = (struct enumeration){
        .prepared = &prepared,
        .network = network,
        .endpoint = endpoint,
        .tls = endpoint->tls,
        .arena = scratch,
        .kept = arena,
        .depth = depth,
        .suites_limit = SIZE_MAX,
        .ahead = service_implicit_tls(prepared.service) ? 1 : STARTTLS_AHEAD,
        .aside = {.free = (pacer_width(network->pacer) + 1) / 2},
        .welcome = engine_now(network->engine),
        .extensions = HELLO_EXTENDED_MASTER_SECRET | HELLO_ENCRYPT_THEN_MAC | HELLO_RENEGOTIATION_INFO |
                      HELLO_SESSION_TICKET | HELLO_STATUS_REQUEST | HELLO_TIMESTAMPS | HELLO_POINT_FORMATS,
    };
    if (!allocate(e))
        return -ENOMEM;
    fill_suites(e);
    fill_groups(e);
    fill_schemes(e);
    error = enumerate(e);
    tls_resumable_free(e->given_13); /* there was no memory to say whether it is any good */
    return error < 0 ? error : e->failure;
}

int tls_enumeration_probe(struct network *network, struct endpoint_facts *endpoint, const char *host,
                          enum scan_depth depth, int64_t deadline, struct arena *arena)
{
    struct arena *scratch;
    int error;

    if (depth == DEPTH_QUICK || endpoint->tls == NULL ||
        (endpoint->state != ENDPOINT_OPEN && endpoint->state != ENDPOINT_TURNED_AWAY))
        return 0;
    scratch = arena_new(SCRATCH_MEMORY);
    if (scratch == NULL)
        return -ENOMEM;
    error = probe_with(network, endpoint, host, depth, deadline, arena, scratch);
    arena_free(scratch);
    return error;
}
