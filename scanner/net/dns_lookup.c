/*
 * dns_lookup.c - asks the servers, one after another, for one name and type
 *
 *   server 1 -> (silent: wait a while) -> server 2 -> ... -> once more around, with more patience
 *
 * An answer that says something about the name ends it. SERVFAIL, REFUSED and the like, or an answer that is
 * malformed, say something about the server: the next one is asked, and this one not again. A server that was
 * silent is asked again; what it says to the earlier question in the meantime counts too. A truncated answer
 * is asked for again over TCP at the same server, without EDNS when it does not know that.
 */
#include "scanner/net/dns_lookup.h"

#include "scanner/base/arena.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    EXCHANGES_MAX = DNS_SERVERS_MAX * DNS_ROUNDS, /* one over TCP takes the place of one over UDP */
    WHOLE_FACTOR = (1 << DNS_ROUNDS) - 1,         /* the rounds at one server: 1 + 2 + 4 */
    BREATHER_MS = 250,                            /* before the next round when all servers failed at once */
    REASON_SIZE = 160,
    FLAG_RECURSION_DESIRED = 0x0100,
    FLAG_CHECKING_DISABLED = 0x0010,
    CLASS_IN = 1,
    DO_BIT = 0x8000
};

/* How much a failure tells; the most telling is kept. */
enum rank { RANK_SILENCE, RANK_UNREACHABLE, RANK_MALFORMED, RANK_CODE };

enum verdict { VERDICT_WAIT, VERDICT_NEXT, VERDICT_FOUND };

struct lookup {
    struct dns_servers *servers;
    const struct dns_key *key;
    char name[DNS_NAME_TEXT_SIZE];
    struct wait_queue waiting;
    struct dns_exchange *exchanges[EXCHANGES_MAX]; /* not judged yet */
    size_t exchange_count;
    size_t tcp_count;               /* of all, so far */
    bool answered[DNS_SERVERS_MAX]; /* nothing usable: not asked again */
    int64_t limit;
    enum rank rank; /* of the failure below */
    char reason[REASON_SIZE];
    struct dns_exchange *evidence; /* whose packet shows the failure */
};

int dns_question_packet(const struct dns_key *key, bool edns, struct buffer *out)
{
    uint16_t id;

    if (getrandom(&id, sizeof(id), 0) != sizeof(id))
        return -errno;
    put_u16(out, id);
    put_u16(out, FLAG_RECURSION_DESIRED | (key->unchecked ? FLAG_CHECKING_DISABLED : 0));
    put_u16(out, 1); /* one question */
    put_u16(out, 0);
    put_u16(out, 0);
    put_u16(out, edns ? 1 : 0);
    put_block(out, key->name.wire, key->name.size);
    put_u16(out, key->type);
    put_u16(out, CLASS_IN);
    if (edns) { /* RFC 6891 6.1.2 */
        put_u8(out, 0);
        put_u16(out, DNS_TYPE_OPT);
        put_u16(out, DNS_UDP_SIZE);
        put_u32(out, DO_BIT);
        put_u16(out, 0);
    }
    return out->failed ? -ENOMEM : 0;
}

/* ---- calls to the transport: on the loop's stack ---- */

struct send_call {
    struct lookup *lookup;
    size_t server;
    bool tcp;
    bool edns;
    struct bytes packet;
    struct dns_exchange *exchange;
    int result;
};

static void send_on_loop(void *argument)
{
    struct send_call *call = argument;

    call->result = dns_transport_send(call->lookup->servers->transport, call->server, call->tcp, call->edns,
                                      call->packet, &call->lookup->waiting, &call->exchange);
}

static int send_question(struct lookup *lookup, size_t server, bool tcp, bool edns)
{
    struct send_call call = {.lookup = lookup, .server = server, .tcp = tcp, .edns = edns};
    struct buffer packet = {.limit = DNS_PACKET_MAX};

    assert(lookup->exchange_count < EXCHANGES_MAX);
    call.result = dns_question_packet(lookup->key, edns, &packet);
    if (call.result == 0) {
        call.packet = bytes_of(packet.data, packet.size);
        engine_call_on_loop(lookup->servers->engine, send_on_loop, &call);
    }
    buffer_free(&packet);
    if (call.result < 0)
        return call.result;
    assert(call.exchange != NULL);
    lookup->exchanges[lookup->exchange_count++] = call.exchange;
    lookup->servers->sent++;
    if (tcp) {
        lookup->servers->tcp++;
        lookup->tcp_count++;
    }
    return 0;
}

struct suspect_call {
    struct lookup *lookup;
    const struct dns_exchange *exchange;
};

static void suspect_on_loop(void *argument)
{
    struct suspect_call *call = argument;

    dns_transport_suspect(call->lookup->servers->transport, call->exchange);
}

/* ---- what came back ---- */

/* Keeps a failure that tells more than the one kept so far; takes over the exchange. */
static void note_failure(struct lookup *lookup, struct dns_exchange *exchange, enum rank rank,
                         const char *reason)
{
    if (rank <= lookup->rank) {
        dns_exchange_leave(exchange);
        return;
    }
    lookup->rank = rank;
    (void)snprintf(lookup->reason, sizeof(lookup->reason), "%s%s", reason != NULL ? reason : "",
                   exchange->tcp && rank < RANK_MALFORMED ? " over TCP, after a truncated answer" : "");
    dns_exchange_leave(lookup->evidence);
    lookup->evidence = exchange;
}

/* The answer is this exchange's. */
static void take_packet(struct lookup *lookup, struct dns_exchange *exchange, struct dns_result *result)
{
    dns_server_format(&lookup->servers->list.servers[exchange->server], result->server);
    result->tcp = result->tcp || exchange->tcp;
    if (exchange->packet.data != NULL)
        dns_result_add(result, exchange->packet);
    exchange->packet = bytes_of(NULL, 0);
    dns_exchange_leave(exchange);
}

static bool is_truncated(const struct dns_exchange *exchange)
{
    return !exchange->tcp && exchange->packet.size >= DNS_HEADER_SIZE &&
           (exchange->packet.data[2] & 0x02) != 0; /* TC */
}

/* The server does not know EDNS. c-ares has tried without OPT over UDP unless its channel was switched
 * before; we do so over TCP, where c-ares leaves packets alone. */
static bool refuses_edns(const struct dns_exchange *exchange, const struct dns_answer *answer)
{
    return exchange->edns && answer != NULL && answer->edns_stripped && answer->rcode.known &&
           answer->rcode.value == DNS_RCODE_FORMERR;
}

/* Judges a packet. `answer` is NULL when it could not be parsed, and `why` says why. */
static int judge_answer(struct lookup *lookup, struct dns_exchange *exchange, const struct dns_answer *answer,
                        const char *why, struct dns_result *result, enum verdict *ret)
{
    bool without_edns = refuses_edns(exchange, answer);
    size_t server = exchange->server;

    if (answer != NULL && answer->edns_stripped && !exchange->tcp) {
        struct suspect_call call = {lookup, exchange};

        engine_call_on_loop(lookup->servers->engine, suspect_on_loop, &call);
    }
    if (is_truncated(exchange) || (answer == NULL && exchange->cut) || without_edns) {
        dns_exchange_leave(exchange);
        *ret = VERDICT_WAIT;
        return send_question(lookup, server, true, !without_edns);
    }
    if (answer != NULL && answer->outcome != DNS_FAILURE) {
        take_packet(lookup, exchange, result);
        *ret = VERDICT_FOUND;
        return 0;
    }
    char reason[REASON_SIZE];

    (void)snprintf(reason, sizeof(reason), "malformed answer: %s", why != NULL ? why : "");
    lookup->answered[server] = true;
    note_failure(lookup, exchange, answer != NULL ? RANK_CODE : RANK_MALFORMED, reason);
    *ret = VERDICT_NEXT;
    return 0;
}

static int judge_packet(struct lookup *lookup, struct dns_exchange *exchange, struct dns_result *result,
                        enum verdict *ret)
{
    struct arena *scratch = arena_new(0);
    struct dns_answer *answer = NULL;
    const char *why = NULL;
    int error = -ENOMEM;

    if (scratch != NULL)
        error = dns_answer_parse(exchange->packet, lookup->name, lookup->key->type, scratch, &answer, &why);
    if (error == 0 || error == -EBADMSG)
        error = judge_answer(lookup, exchange, answer, why, result, ret);
    else
        dns_exchange_leave(exchange);
    arena_free(scratch);
    return error;
}

/* Judges what has come back by now. VERDICT_NEXT: nothing more is to be expected of `server` for now. */
static int judge_done(struct lookup *lookup, size_t server, struct dns_result *result, enum verdict *ret)
{
    bool waits_for_server = false;

    for (size_t i = 0; i < lookup->exchange_count;) {
        struct dns_exchange *exchange = lookup->exchanges[i];
        enum verdict verdict = VERDICT_NEXT;
        int error = 0;

        if (!exchange->done) {
            waits_for_server |= exchange->server == server;
            i++;
            continue;
        }
        lookup->exchanges[i] = lookup->exchanges[--lookup->exchange_count];
        if (exchange->failure != NULL)
            note_failure(lookup, exchange, RANK_UNREACHABLE, exchange->failure);
        else
            error = judge_packet(lookup, exchange, result, &verdict);
        if (error < 0 || verdict == VERDICT_FOUND) {
            *ret = verdict;
            return error;
        }
        i = 0; /* the last exchange took this place, and one over TCP may have been added */
        waits_for_server = false;
    }
    *ret = waits_for_server && !lookup->answered[server] ? VERDICT_WAIT : VERDICT_NEXT;
    return 0;
}

/* Asks one server and waits for it, or for a late answer of another. */
static int attempt(struct lookup *lookup, size_t server, int round, struct dns_result *result,
                   enum verdict *ret)
{
    struct engine *engine = lookup->servers->engine;
    int64_t patience = (int64_t)lookup->servers->attempt_ms << round;
    int64_t deadline = deadline_in(engine, patience, lookup->limit);
    int error = send_question(lookup, server, false, true);
    int waited = 0;

    while (error == 0) {
        size_t tcp_before = lookup->tcp_count;

        error = judge_done(lookup, server, result, ret);
        if (lookup->tcp_count > tcp_before) { /* begins anew over TCP, with the same patience */
            deadline = deadline_in(engine, patience, lookup->limit);
            waited = 0;
        }
        if (error < 0 || *ret != VERDICT_WAIT || waited == -ETIMEDOUT)
            break;
        waited = task_wait(engine, &lookup->waiting, deadline, "an answer of a DNS server");
        if (waited < 0 && waited != -ETIMEDOUT)
            error = waited;
    }
    return error;
}

static bool all_answered(const struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->servers->list.count; i++)
        if (!lookup->answered[i])
            return false;
    return true;
}

static int ask_servers(struct lookup *lookup, struct dns_result *result, enum verdict *ret)
{
    struct engine *engine = lookup->servers->engine;

    for (int round = 0; round < DNS_ROUNDS && !all_answered(lookup); round++) {
        for (size_t server = 0; server < lookup->servers->list.count; server++) {
            if (lookup->answered[server])
                continue;
            if (engine_now(engine) >= lookup->limit)
                return 0;
            int error = attempt(lookup, server, round, result, ret);

            if (error < 0 || *ret == VERDICT_FOUND)
                return error;
        }
        /* nobody is being waited for: all failed at once, and might do so again a moment later */
        if (lookup->exchange_count == 0 && round + 1 < DNS_ROUNDS && !all_answered(lookup) &&
            task_sleep(engine, BREATHER_MS, "the next round of DNS servers") < 0)
            return -ECANCELED;
    }
    return 0;
}

/* No answer: tells the best failure there was. */
static int conclude(struct lookup *lookup, struct dns_result *result)
{
    bool tcp = false;

    for (size_t i = 0; i < lookup->exchange_count; i++)
        tcp |= lookup->exchanges[i]->tcp;
    if (lookup->rank == RANK_SILENCE || (tcp && lookup->rank == RANK_UNREACHABLE)) {
        result->failure = strdup(tcp ? "timeout over TCP, after a truncated answer" : "timeout");
        return result->failure != NULL ? 0 : -ENOMEM;
    }
    if (lookup->rank != RANK_CODE) {
        result->failure = strdup(lookup->reason);
        if (result->failure == NULL)
            return -ENOMEM;
    }
    if (lookup->rank != RANK_UNREACHABLE) {
        take_packet(lookup, lookup->evidence, result);
        lookup->evidence = NULL;
    }
    return 0;
}

int dns_look_up(struct dns_servers *servers, const struct dns_key *key, struct dns_result *result)
{
    struct lookup lookup = {.servers = servers, .key = key};
    enum verdict verdict = VERDICT_NEXT;
    int error;

    dns_name_format(&key->name, lookup.name);
    lookup.limit = deadline_in(servers->engine, (int64_t)servers->attempt_ms * WHOLE_FACTOR, DEADLINE_NEVER);
    error = ask_servers(&lookup, result, &verdict);
    if (error == 0 && verdict != VERDICT_FOUND)
        error = conclude(&lookup, result);
    for (size_t i = 0; i < lookup.exchange_count; i++)
        dns_exchange_leave(lookup.exchanges[i]);
    dns_exchange_leave(lookup.evidence);
    return error;
}
