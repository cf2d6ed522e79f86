/*
 * iterate.c - asks the zones' own name servers, from the root down
 *
 *   deepest zone known on the way --> its servers, the quick ones first --> answer: done
 *          ^                               |  silent: the next one, and again with more patience
 *          |                               |  lame, or a failing code: the next one, this one not again
 *          |                               |  none has an address: it is looked up first, from here again
 *          +--- referral to a zone below --+
 *
 * RFC 1034 5.3.3. Truncated answers are asked again over TCP; who does not know EDNS is asked without. Whatever
 * servers say, a lookup ends after ITERATE_QUESTIONS_MAX questions and LIMIT_MS.
 */
#include "scanner/net/iterate.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_exchange.h"
#include "scanner/net/dns_service.h"
#include "scanner/net/iterate_memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    PORT_DNS = 53,
    TYPE_DS = 43,
    LIMIT_MS = 14000,
    PATIENCE_MIN_MS = 500,
    PATIENCE_MAX_MS = 1500, /* of the first round; each one more doubles it */
    BAND_MS = 100,          /* servers that differ less are equally quick */
    SLOW_FAMILY = 1000,     /* bands: behind all others */
    CANDIDATES_MAX = 32,
    DELEGATION_MS_MAX = 3600 * 1000,
    REASON_SIZE = DNS_NAME_TEXT_SIZE + 160
};

/* How much a failure tells; the most telling is kept. */
enum rank {
    RANK_NONE,
    RANK_ADDRESS,
    RANK_SILENCE,
    RANK_UNREACHABLE,
    RANK_LAME,
    RANK_MALFORMED,
    RANK_CODE,
    RANK_CAP
};

enum verdict { VERDICT_NEXT, VERDICT_USE };

struct iterate {
    struct dns_source source;
    struct engine *engine;
    struct network *network;
    struct iterate_memory *memory;
    struct delegation *root;
    size_t turn; /* who is first among equals */
};

/* One lookup with those inside of it, for the addresses of name servers. */
struct walk {
    struct iterate *iterate;
    size_t *questions;
    size_t names; /* name servers whose addresses were looked up */
    int64_t limit;
    enum rank rank; /* of the failure below */
    char reason[REASON_SIZE];
    char zone[DNS_NAME_TEXT_SIZE]; /* room for its name */
    char server[DNS_SERVER_TEXT_SIZE];
    struct buffer evidence;          /* the packet that shows it */
    char used[DNS_SERVER_TEXT_SIZE]; /* who said what is of use */
};

/* What is being looked up, and what for. */
struct errand {
    const struct dns_key *key;
    const struct errand *outer;
    int depth;
};

struct candidate {
    struct address address;
    int rounds; /* it was asked in */
    bool done;  /* said something of no use, or cannot be reached */
};

/* The servers of a zone that a lookup may ask. */
struct candidates {
    struct candidate list[CANDIDATES_MAX];
    size_t count;
    bool looked_up[ITERATE_SERVERS_MAX];
    bool forbidden; /* there was an address that is not to be contacted */
};

/* In the walk's own room: of use until the next call. */
static const char *zone_text(struct walk *walk, const struct dns_name *zone)
{
    dns_name_format(zone, walk->zone);
    return strcmp(walk->zone, ".") == 0 ? "the root" : walk->zone;
}

/* ---- failures ---- */

/* Of the name that was asked for; what fails for an address of a server on the way is told as that. */
__attribute__((format(printf, 6, 7))) static void note_failure(struct walk *walk, const struct errand *errand,
                                                               enum rank rank, const struct address *address,
                                                               struct bytes packet, const char *format, ...)
{
    va_list arguments;

    if (errand->depth > 0 || rank <= walk->rank)
        return;
    walk->rank = rank;
    va_start(arguments, format);
    (void)vsnprintf(walk->reason, sizeof(walk->reason), format, arguments);
    va_end(arguments);
    walk->server[0] = '\0';
    if (address != NULL)
        dns_server_format(&(struct dns_server_address){.address = *address, .port = PORT_DNS}, walk->server);
    walk->evidence.size = 0;
    put_block(&walk->evidence, packet.data, packet.size);
}

static void note_reply(struct walk *walk, const struct errand *errand, const struct dns_name *zone,
                       const struct address *address, const struct dns_reply *reply, struct bytes packet)
{
    const char *why = reply->why != NULL ? reply->why : "an error that says nothing";
    char text[ADDRESS_TEXT_SIZE];

    address_format(address, text);
    switch (reply->kind) {
    case DNS_REPLY_CODE:
        note_failure(walk, errand, RANK_CODE, address, packet, "its code says it");
        break;
    case DNS_REPLY_LAME:
        note_failure(walk, errand, RANK_LAME, address, packet, "lame server %s of %s: it %s", text,
                     zone_text(walk, zone), why);
        break;
    case DNS_REPLY_TRUNCATED:
    case DNS_REPLY_NO_EDNS:
    case DNS_REPLY_MALFORMED:
        note_failure(walk, errand, RANK_MALFORMED, address, packet, "malformed answer of %s for %s: %s", text,
                     zone_text(walk, zone), why);
        break;
    case DNS_REPLY_ANSWER:
    case DNS_REPLY_REFERRAL:
        break; /* of use */
    }
}

/* ---- one server ---- */

static int64_t patience_of(struct iterate *iterate, const struct address *address, int round, bool tcp)
{
    int64_t usual = 3 * iterate_memory_server(iterate->memory, address)->usual_ms;

    usual = usual < PATIENCE_MIN_MS ? PATIENCE_MIN_MS : usual;
    usual = usual > PATIENCE_MAX_MS ? PATIENCE_MAX_MS : usual;
    return (usual << round) * (tcp ? 2 : 1); /* a connection takes a round trip more */
}

/* One question and its answer, read. 0; -ETIMEDOUT and other failures of the exchange. */
static int exchange(struct walk *walk, const struct dns_name *zone, const struct address *address,
                    const struct dns_key *key, const struct dns_manner *manner, int round,
                    struct arena *arena, struct buffer *packet, struct dns_reply *ret)
{
    struct iterate *iterate = walk->iterate;
    const struct dns_server_address server = {.address = *address, .port = PORT_DNS};
    int64_t start = engine_now(iterate->engine);
    int64_t deadline =
        deadline_in(iterate->engine, patience_of(iterate, address, round, manner->tcp), walk->limit);
    struct buffer question = {0};
    int error = dns_manner_question(key, manner, &question);

    if (error == 0) {
        (*walk->questions)++;
        iterate->source.sent++;
        iterate->source.tcp += manner->tcp;
        packet->size = 0;
        error = dns_exchange(iterate->network, &server, manner->tcp, bytes_of(question.data, question.size),
                             deadline, packet);
    }
    buffer_free(&question);
    if (error == -ETIMEDOUT)
        iterate_memory_note(iterate->memory, address, -1);
    if (error < 0)
        return error;
    iterate_memory_note(iterate->memory, address, engine_now(iterate->engine) - start);
    return dns_reply_read(bytes_of(packet->data, packet->size), zone, key, arena, ret);
}

static bool capped(const struct walk *walk)
{
    return *walk->questions >= ITERATE_QUESTIONS_MAX;
}

/* Asks as often as its answers demand: over TCP, without EDNS. */
static int ask_server(struct walk *walk, const struct dns_name *zone, const struct address *address,
                      const struct dns_key *key, int round, struct arena *arena, struct buffer *packet,
                      struct dns_reply *ret)
{
    struct server_record *record = iterate_memory_server(walk->iterate->memory, address);
    struct dns_manner manner = {.edns = !record->no_edns, .dnssec = true};

    for (;;) {
        int error = exchange(walk, zone, address, key, &manner, round, arena, packet, ret);

        if (error < 0 || capped(walk))
            return error;
        if (ret->kind == DNS_REPLY_TRUNCATED && !manner.tcp) {
            manner.tcp = true;
        } else if (ret->kind == DNS_REPLY_NO_EDNS && manner.edns) {
            iterate_memory_server(walk->iterate->memory, address)->no_edns = true;
            manner.edns = false;
        } else {
            return 0;
        }
    }
}

/* Asks a candidate and judges what it says. 0 with a verdict (VERDICT_USE: *ret is an answer or a referral). */
static int try_candidate(struct walk *walk, const struct errand *errand, const struct dns_name *zone,
                         struct candidate *candidate, struct arena *arena, struct dns_reply *ret,
                         enum verdict *ret_verdict)
{
    const struct address address = candidate->address;
    struct buffer packet = {0};
    int error = ask_server(walk, zone, &address, errand->key, candidate->rounds++, arena, &packet, ret);

    *ret_verdict = VERDICT_NEXT;
    if (error == -ETIMEDOUT) {
        note_failure(walk, errand, RANK_SILENCE, &address, bytes_of(NULL, 0),
                     "timeout: no name server of %s answered", zone_text(walk, zone));
        error = 0;
    } else if (error < 0 && error != -ECANCELED && error != -ENOMEM) {
        candidate->done = true;
        note_failure(walk, errand, RANK_UNREACHABLE, &address, bytes_of(NULL, 0),
                     "no name server of %s can be reached: %s", zone_text(walk, zone),
                     dns_exchange_failure(error));
        error = 0;
    } else if (error == 0 && (ret->kind == DNS_REPLY_ANSWER || ret->kind == DNS_REPLY_REFERRAL)) {
        dns_server_format(&(struct dns_server_address){.address = address, .port = PORT_DNS}, walk->used);
        *ret_verdict = VERDICT_USE;
    } else if (error == 0) {
        candidate->done = true;
        note_reply(walk, errand, zone, &address, ret, bytes_of(packet.data, packet.size));
    }
    buffer_free(&packet);
    return error;
}

/* ---- the servers of a zone ---- */

static bool may_contact(const struct network *network, const struct address *address)
{
    return network->allow_private || address_scope(address) == SCOPE_GLOBAL;
}

/* Addresses that are not among the candidates yet. */
static void collect(struct iterate *iterate, const struct delegation *delegation,
                    struct candidates *candidates)
{
    const struct network *network = iterate->network;

    for (size_t i = 0; i < delegation->count; i++) {
        const struct delegation_server *server = &delegation->servers[i];

        for (size_t j = 0; j < server->address_count; j++) {
            const struct address *address = &server->addresses[j];
            bool known = false;

            for (size_t k = 0; k < candidates->count; k++)
                known |= address_equal(&candidates->list[k].address, address);
            candidates->forbidden |= !may_contact(network, address);
            if (known || candidates->count == CANDIDATES_MAX || !may_contact(network, address) ||
                !(address->family == AF_INET6 ? network->ipv6 : network->ipv4))
                continue;
            candidates->list[candidates->count++] = (struct candidate){.address = *address};
        }
    }
}

static int64_t band_of(struct iterate *iterate, const struct address *address)
{
    int64_t band = iterate_memory_server(iterate->memory, address)->usual_ms / BAND_MS;

    return iterate_memory_family_silent(iterate->memory, address->family) ? band + SLOW_FAMILY : band;
}

/* The quickest that was not asked in this round. */
static struct candidate *choose(struct iterate *iterate, struct candidates *candidates, int round)
{
    struct candidate *best = NULL;
    int64_t best_band = 0;

    for (size_t i = 0; i < candidates->count; i++) {
        struct candidate *candidate = &candidates->list[(i + iterate->turn) % candidates->count];
        int64_t band = band_of(iterate, &candidate->address);

        if (candidate->done || candidate->rounds > round || (best != NULL && band >= best_band))
            continue;
        best = candidate;
        best_band = band;
    }
    return best;
}

static int walk_to(struct walk *walk, const struct errand *errand, struct dns_result *result);

/* The end of a question for an address of a server: kept from before, or looked up now. */
static int find_addresses(struct walk *walk, const struct errand *errand, struct dns_result **ret)
{
    struct iterate *iterate = walk->iterate;
    struct dns_result *result =
        dns_cache_find(iterate->source.cache, errand->key, engine_now(iterate->engine));
    int error;

    if (result != NULL) {
        *ret = result;
        return 0;
    }
    result = dns_result_new();
    if (result == NULL)
        return -ENOMEM;
    walk->names++;
    error = walk_to(walk, errand, result);
    if (error < 0) {
        dns_result_release(result);
        return error;
    }
    *ret = result;
    return 0;
}

/* The addresses of a server that had no glue. An alias is not followed (RFC 2181 10.3). */
static int look_up_server(struct walk *walk, const struct errand *errand, struct delegation_server *server)
{
    struct iterate *iterate = walk->iterate;
    struct dns_key key = {.name = server->name, .type = iterate->network->ipv4 ? DNS_A : DNS_AAAA};
    const struct errand inner = {.key = &key, .outer = errand, .depth = errand->depth + 1};
    struct arena *scratch = arena_new(0);
    struct dns_result *result = NULL;
    struct dns_answer *answer = NULL;
    char name[DNS_NAME_TEXT_SIZE];
    const char *why;
    int error = scratch != NULL ? find_addresses(walk, &inner, &result) : -ENOMEM;

    if (error == 0 && result->packet_count > 0) {
        error = dns_result_answer(result, dns_name_format(&key.name, name), key.type, scratch, &answer, &why);
        error = error == -EBADMSG ? 0 : error;
    }
    if (answer != NULL && result->lifetime_ms == 0) {
        result->lifetime_ms = answer->outcome != DNS_NOT_ASKED ? dns_answer_lifetime_ms(answer) : 0;
        dns_cache_add(iterate->source.cache, &key, result, engine_now(iterate->engine));
    }
    for (size_t i = 0; answer != NULL && i < answer->records.count; i++) {
        struct address address;

        if (server->address_count < DNS_REPLY_ADDRESSES_MAX &&
            dns_record_address(answer->records.items[i], &address) == 0)
            server->addresses[server->address_count++] = address;
    }
    dns_result_release(result);
    arena_free(scratch);
    return error;
}

static bool is_pending(const struct errand *errand, const struct dns_name *name)
{
    for (; errand != NULL; errand = errand->outer)
        if (errand->depth > 0 && dns_name_equal(&errand->key->name, name))
            return true;
    return false;
}

/* Looks up the addresses of one more server that has none. *ret_more: something may have changed. */
static int add_candidates(struct walk *walk, const struct errand *errand, struct delegation *delegation,
                          struct candidates *candidates, bool *ret_more)
{
    size_t before = candidates->count;
    int error = 0;

    for (size_t i = 0; i < delegation->count && error == 0 && candidates->count == before; i++) {
        struct delegation_server *server = &delegation->servers[i];

        /* a server inside of the zone that it serves is found by glue or not at all */
        if (candidates->looked_up[i] || server->address_count > 0 || errand->depth == ITERATE_DEPTH_MAX ||
            walk->names >= ITERATE_NAMES_MAX || dns_name_within(&server->name, &delegation->zone) ||
            is_pending(errand, &server->name))
            continue;
        candidates->looked_up[i] = true;
        error = look_up_server(walk, errand, server);
        collect(walk->iterate, delegation, candidates);
    }
    *ret_more = candidates->count > before;
    return error;
}

static void note_no_address(struct walk *walk, const struct errand *errand,
                            const struct delegation *delegation, const struct candidates *candidates)
{
    note_failure(walk, errand, RANK_ADDRESS, NULL, bytes_of(NULL, 0),
                 "no name server of %s has an address that can be asked%s",
                 zone_text(walk, &delegation->zone),
                 candidates->forbidden ? " (there is one that is private or reserved)" : "");
}

static bool out_of_means(struct walk *walk, const struct errand *errand)
{
    if (!capped(walk))
        return engine_now(walk->iterate->engine) >= walk->limit;
    note_failure(walk, errand, RANK_CAP, NULL, bytes_of(NULL, 0),
                 "more questions than a lookup may take: name servers lead in circles");
    return true;
}

/* Asks the servers of a zone until one says something of use. */
static int ask_zone(struct walk *walk, const struct errand *errand, struct delegation *delegation,
                    struct arena *arena, struct dns_reply *ret, enum verdict *ret_verdict)
{
    struct candidates candidates = {.count = 0};
    int error = 0;

    walk->iterate->turn++;
    collect(walk->iterate, delegation, &candidates);
    *ret_verdict = VERDICT_NEXT;
    for (int round = 0; round < ITERATE_ROUNDS && error == 0; round++) {
        bool more = true;

        while (more && error == 0) {
            struct candidate *candidate = choose(walk->iterate, &candidates, round);

            if (out_of_means(walk, errand))
                return 0;
            if (candidate != NULL)
                error = try_candidate(walk, errand, &delegation->zone, candidate, arena, ret, ret_verdict);
            else
                error = add_candidates(walk, errand, delegation, &candidates, &more);
            if (*ret_verdict == VERDICT_USE)
                return error;
        }
    }
    if (candidates.count == 0)
        note_no_address(walk, errand, delegation, &candidates);
    return error;
}

/* ---- from zone to zone ---- */

static int refer(struct iterate *iterate, const struct dns_reply *reply, struct delegation **delegation)
{
    int64_t lifetime = (int64_t)reply->ttl * 1000;
    int64_t expires = deadline_in(
        iterate->engine, lifetime < DELEGATION_MS_MAX ? lifetime : DELEGATION_MS_MAX, DEADLINE_NEVER);
    struct delegation *below = delegation_new(&reply->zone, &reply->servers, expires);

    if (below == NULL)
        return -ENOMEM;
    iterate_memory_add(iterate->memory, below);
    delegation_release(*delegation);
    *delegation = below;
    return 0;
}

/* One zone further. *ret_ended: there is an answer in *result, or there will be none. */
static int step(struct walk *walk, const struct errand *errand, struct delegation **delegation,
                struct dns_result *result, bool *ret_ended)
{
    struct arena *arena = arena_new(0);
    struct dns_reply reply = {0};
    enum verdict verdict = VERDICT_NEXT;
    int error = arena != NULL ? ask_zone(walk, errand, *delegation, arena, &reply, &verdict) : -ENOMEM;

    *ret_ended = true;
    if (error == 0 && verdict == VERDICT_USE && reply.kind == DNS_REPLY_REFERRAL) {
        error = refer(walk->iterate, &reply, delegation);
        *ret_ended = error < 0;
    } else if (error == 0 && verdict == VERDICT_USE) {
        dns_result_add(result, bytes_of(reply.packet.data, reply.packet.size));
        memcpy(result->server, walk->used, sizeof(result->server));
    }
    arena_free(arena);
    return error;
}

static int walk_to(struct walk *walk, const struct errand *errand, struct dns_result *result)
{
    struct iterate *iterate = walk->iterate;
    const struct dns_key *key = errand->key;
    struct delegation *delegation =
        iterate_memory_find(iterate->memory, &key->name, key->type == TYPE_DS, engine_now(iterate->engine));
    bool ended = false;
    int error = 0;

    if (delegation == NULL) {
        delegation = iterate->root;
        delegation->references++;
    }
    for (int i = 0; i < ITERATE_REFERRALS_MAX && !ended && error == 0; i++)
        error = step(walk, errand, &delegation, result, &ended);
    if (!ended && error == 0)
        note_failure(walk, errand, RANK_CAP, NULL, bytes_of(NULL, 0), "more than 20 referrals");
    delegation_release(delegation);
    return error;
}

/* No answer: the best failure there was. */
static int conclude(struct walk *walk, struct dns_result *result)
{
    if (walk->rank == RANK_CODE) {
        struct buffer *evidence = &walk->evidence;

        if (evidence->failed)
            return -ENOMEM;
        dns_result_add(result, bytes_of(evidence->data, evidence->size));
        *evidence = (struct buffer){0};
    } else {
        result->failure = strdup(walk->rank == RANK_NONE ? "timeout" : walk->reason);
        if (result->failure == NULL)
            return -ENOMEM;
    }
    memcpy(result->server, walk->server, sizeof(result->server));
    return 0;
}

static int iterate_look_up(struct dns_source *source, const struct dns_key *key, struct dns_result *result)
{
    struct iterate *iterate = (struct iterate *)source;
    struct walk walk = {.iterate = iterate,
                        .questions = &result->questions,
                        .limit = deadline_in(iterate->engine, LIMIT_MS, DEADLINE_NEVER)};
    const struct errand errand = {.key = key};
    size_t before = result->packet_count;
    int error = walk_to(&walk, &errand, result);

    if (error == 0 && result->packet_count == before)
        error = conclude(&walk, result);
    buffer_free(&walk.evidence);
    return error;
}

/* ---- life ---- */

static void iterate_free(struct dns_source *source)
{
    struct iterate *iterate = (struct iterate *)source;

    iterate_memory_free(iterate->memory);
    delegation_release(iterate->root);
    free(iterate);
}

static int root_new(const char *file, struct arena *arena, struct delegation **ret, const char **ret_error)
{
    const struct dns_name root = {.size = 1};
    struct list servers = {0};
    int error = dns_hints_read(file, arena, &servers, ret_error);

    if (error < 0)
        return error;
    *ret = delegation_new(&root, &servers, INT64_MAX);
    return *ret != NULL ? 0 : -ENOMEM;
}

int iterate_new(struct engine *engine, struct network *network, const char *hints, struct arena *arena,
                struct resolver **ret, const char **ret_error)
{
    const char *file = hints != NULL ? hints : ITERATE_ROOT_HINTS;
    struct iterate *iterate = calloc(1, sizeof(*iterate));
    const char *description = arena_format(arena, "iteration from the root (%s)", file);
    uint64_t seed;
    int error = -ENOMEM;

    if (iterate == NULL)
        return -ENOMEM;
    iterate->source.look_up = iterate_look_up;
    iterate->source.free = iterate_free;
    iterate->engine = engine;
    iterate->network = network;
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        error = -errno;
    else
        iterate->memory = iterate_memory_new(seed);
    if (iterate->memory != NULL && description != NULL)
        error = root_new(file, arena, &iterate->root, ret_error);
    if (error == 0)
        error = dns_service_new(engine, &iterate->source, 0, description, ret);
    if (error != 0)
        iterate_free(&iterate->source);
    return error;
}
