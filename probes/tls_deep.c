/*
 * tls_deep.c - what a server may count against a client, asked at deep depth only
 *
 *   renegotiation   one connection: a full handshake below TLS 1.3, then up to eleven more on it (RFC 5246 7.4.1.2,
 *                   RFC 5746; CVE-2011-1473)
 *   Ticketbleed     the ticket of that handshake in a hello with a session id of one byte (CVE-2016-9244)
 *   ROBOT           tls_robot.c
 *
 * By then all else is known, so that a server that has enough of us takes nothing away.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

/* NCSC-NL: more than ten are no limit. */
enum { RENEGOTIATIONS_MAX = 11, RENEGOTIATION_PATIENCE_MS = 10000, PUSHBACKS_MAX = 2 };

/* ---- renegotiation by the client ---- */

struct renegotiation {
    int64_t made;
    int error;    /* how the last one ended; -ECANCELED: we stopped; 0: it was made */
    bool begun;   /* there was a handshake to begin with */
    bool rfc5746; /* which showed that the server has it */
};

/* Ended with the farewell of the protocol if the server did not end it: session->dead. */
static void renegotiate(struct session *session)
{
    struct renegotiation *renegotiation = session->inside_data;
    struct engine *engine = session->network->engine;

    renegotiation->begun = true;
    renegotiation->rfc5746 = stream_tls_has_rfc5746(session->stream);
    while (renegotiation->made < RENEGOTIATIONS_MAX) {
        int64_t deadline = deadline_in(engine, RENEGOTIATION_PATIENCE_MS, session->deadline);
        int error = stream_tls_renegotiate(session->stream, deadline);

        if (error == 0) {
            renegotiation->made++;
            continue;
        }
        if (error == -ECANCELED)
            session->failure = error;
        if (error == -ETIMEDOUT && deadline == session->deadline)
            error = -ECANCELED;
        renegotiation->error = error;
        session->dead = true;
        session_over(session, error == -ECANCELED ? DIALOGUE_CANCELED : DIALOGUE_TLS,
                     "a renegotiation was not made");
        return;
    }
}

/* Did the server end it? By an alert, by closing, or by leaving us without an answer. */
static bool ended_by_server(const struct renegotiation *renegotiation)
{
    return renegotiation->error == -ECONNREFUSED || renegotiation->error == -EPIPE ||
           renegotiation->error == -ECONNRESET || renegotiation->error == -ETIMEDOUT;
}

static void note_renegotiation(struct tls_features_facts *features, const struct renegotiation *renegotiation)
{
    bool counted = renegotiation->made == RENEGOTIATIONS_MAX || ended_by_server(renegotiation);

    if (renegotiation->made > 0)
        features->client_renegotiation = YES;
    else if (ended_by_server(renegotiation))
        features->client_renegotiation = NO;
    else if (renegotiation->begun)
        features->renegotiation_reason = renegotiation->error == -ECANCELED
                                             ? "the scan ended before the server's answer"
                                             : "TLS broke when a renegotiation was begun";
    if (renegotiation->made > 0 && counted)
        features->client_renegotiations = number(renegotiation->made);
    /* A server that has RFC 5746 was not asked without it: OpenSSL's client cannot. */
    if (features->client_renegotiation == NO || !renegotiation->rfc5746)
        features->insecure_renegotiation = features->client_renegotiation;
}

static const char *why_not_begun(const struct session *session)
{
    return session->handshake != NULL && session->handshake->reason != NULL
               ? session->handshake->reason
               : "the session did not come to a handshake";
}

/* A handshake and what follows on it; again when the server asks us to come back. What it gave to resume is the
 * caller's. NULL: there was no handshake. */
static const struct tls_handshake_facts *ask_renegotiation(struct enumeration *e, uint16_t version,
                                                           struct tls_resumable **ret)
{
    struct renegotiation renegotiation = {0};
    struct session session = {0};
    int error = 0;

    for (int attempt = 0; attempt < PUSHBACKS_MAX; attempt++) {
        session = *e->prepared;
        session.tls.version = version;
        session.tls.keep_session = true;
        session.inside = renegotiate;
        session.inside_data = &renegotiation;
        session.tls_arena = e->arena;
        session.aside = arena_alloc(e->arena, sizeof(*session.aside));
        error = session.aside != NULL ? session_run_aside(&session) : -ENOMEM;
        if (session.connected)
            e->handshake_connections++;
        if (error < 0 || !session.pushback || renegotiation.begun || attempt + 1 == PUSHBACKS_MAX)
            break;
        tls_resumable_free(session.resumable);
    }
    *ret = session.resumable;
    if (error < 0) {
        e->failure = error;
        enumeration_stop(e, "the scan was stopped");
    }
    if (engine_now(e->network->engine) >= e->prepared->deadline)
        enumeration_stop(e, "the time of the scan was over");
    if (!renegotiation.begun && (session.pushback || !session.connected))
        enumeration_stop(e, "the server turned us away");
    note_renegotiation(e->features, &renegotiation);
    if (!renegotiation.begun && e->stopped == NULL)
        e->features->renegotiation_reason = arena_text(e->kept, why_not_begun(&session));
    return session.handshake;
}

/* ---- Ticketbleed ---- */

/* A session id of one byte that came back with more behind it; only where the ticket was taken up. A server that takes
 * up its tickets else, and not this one, has an answer to such an id, too. */
static enum known bleeds(const struct server_flight *flight, uint8_t id, enum known takes_tickets)
{
    if (flight->state == FLIGHT_ENCRYPTED && flight->session_id.size > 1)
        return flight->session_id.data[0] == id ? YES : UNKNOWN;
    if (flight->state == FLIGHT_ENCRYPTED)
        return NO;
    if (flight->state == FLIGHT_COMPLETE && takes_tickets == YES)
        return NO;
    return flight->state == FLIGHT_ALERT && !flight->hello_seen ? NO : UNKNOWN;
}

static enum known ask_ticketbleed_once(struct enumeration *e, uint16_t version, uint16_t suite,
                                       struct bytes ticket)
{
    const struct codes suites = {.items = &suite, .count = 1};
    const struct offer offer = {.version = version, .suites = &suites};
    struct client_hello hello;
    struct exchange exchange = {.hello = &hello, .behaviour = true};
    enum known takes_tickets = e->tls->resumption != NULL ? e->tls->resumption->ticket : UNKNOWN;
    enum known answer = UNKNOWN;
    struct reply reply;

    if (e->stopped != NULL)
        return UNKNOWN;
    if (enumeration_hello(e, &offer, &hello) < 0) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
        return UNKNOWN;
    }
    hello.extensions |= HELLO_SESSION_TICKET;
    hello.ticket = ticket;
    hello.session_id = bytes_of(hello.random, 1);
    if (enumeration_send(e, &exchange, version, NULL, &reply) != ANSWER_STOPPED)
        answer = bleeds(reply.flight, hello.random[0], takes_tickets);
    reply_free(&reply);
    return answer;
}

/* A yes is a yes when it comes twice: another byte comes back at the begin of the id. */
static void ask_ticketbleed(struct enumeration *e, const struct tls_handshake_facts *handshake,
                            uint16_t version, const struct tls_resumable *given)
{
    const struct tls_suite *suite =
        handshake != NULL && handshake->suite != NULL ? tls_suite_by_name(handshake->suite) : NULL;
    struct tls_features_facts *features = e->features;

    if (given == NULL || !tls_resumable_has_ticket(given) || suite == NULL) {
        features->ticketbleed_reason = "no session ticket was given";
        return;
    }
    for (int i = 0; i < 2 && (i == 0 || features->ticketbleed == YES); i++)
        features->ticketbleed =
            ask_ticketbleed_once(e, version, (uint16_t)suite->code, tls_resumable_ticket(given));
    if (features->ticketbleed == UNKNOWN && e->stopped == NULL)
        features->ticketbleed_reason = "the server did not take up its ticket with a short session id";
}

/* ---- all of it ---- */

/* The best that OpenSSL speaks, too; 0: none. */
static uint16_t best_below_13(const struct enumeration *e)
{
    for (uint16_t version = TLS_VERSION_1_2; version >= TLS_VERSION_1_0; version--)
        if (e->versions[version_place(version)].accepted == YES)
            return version;
    return 0;
}

/* What was cut short says by what. */
static void note_stopped(struct enumeration *e)
{
    struct tls_features_facts *features = e->features;

    if (features->client_renegotiation == UNKNOWN && features->renegotiation_reason == NULL)
        features->renegotiation_reason = e->stopped;
    if (features->ticketbleed == UNKNOWN && features->ticketbleed_reason == NULL)
        features->ticketbleed_reason = e->stopped;
    if (features->robot == UNKNOWN && features->robot_reason == NULL)
        features->robot_reason = e->stopped;
}

void enumerate_deep(struct enumeration *e)
{
    uint16_t version = best_below_13(e);
    const struct tls_handshake_facts *handshake;
    struct tls_resumable *given = NULL;

    if (version != 0 && e->stopped == NULL) {
        handshake = ask_renegotiation(e, version, &given);
        if (e->stopped == NULL)
            ask_ticketbleed(e, handshake, version, given);
        tls_resumable_free(given);
    }
    enumerate_robot(e);
    note_stopped(e);
}
