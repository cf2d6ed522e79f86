/*
 * tls_deep.c - tests of what only a deep scan asks: renegotiation by the client, Ticketbleed (ROBOT: tls_robot.c)
 */
#include "tests/unit/tls_deep_world.h"

#include "scanner/net/tls_internal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

TestSuite(tls_deep, .init = world_make_material, .fini = world_free_material);

/* ---- renegotiation ---- */

Test(tls_deep, renegotiation_is_counted)
{
    static const struct {
        const char *what;
        struct world world;
        enum known allowed;
        int64_t made; /* -1: no number */
    } cases[] = {
        {"not allowed", {.allowed = 0}, NO, -1},
        {"not allowed, and the server closes", {.allowed = 0, .by_closing = true}, NO, -1},
        {"not allowed, and the server is silent", {.allowed = 0, .by_silence = true}, NO, -1},
        {"one", {.allowed = 1}, YES, 1},
        {"three", {.allowed = 3}, YES, 3},
        {"three, then the server closes", {.allowed = 3, .by_closing = true}, YES, 3},
        {"three, then the server is silent", {.allowed = 3, .by_silence = true}, YES, 3},
        {"ten", {.allowed = 10}, YES, 10},
        {"eleven", {.allowed = 11}, YES, 11},
        {"no limit", {.allowed = 1000}, YES, 11},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world world = cases[i].world;
        const struct tls_features_facts *features;

        world.serve = serve_openssl;
        features = world_run(&world, SUITE_ECDHE);
        cr_expect_eq(features->client_renegotiation, cases[i].allowed, "%s", cases[i].what);
        cr_expect_eq(features->client_renegotiations.known, cases[i].made >= 0, "%s", cases[i].what);
        if (cases[i].made >= 0)
            cr_expect_eq(features->client_renegotiations.value, cases[i].made, "%s: %lld", cases[i].what,
                         (long long)features->client_renegotiations.value);
        /* it has RFC 5746, so it was not asked without */
        cr_expect_eq(features->insecure_renegotiation, cases[i].allowed == NO ? NO : UNKNOWN, "%s",
                     cases[i].what);
        expect_text(cases[i].what, features->renegotiation_reason, NULL);
        cr_expect_eq(world.e.handshake_connections, 1);
        cr_expect_null(world.e.stopped);
        world_end(&world);
    }
}

Test(tls_deep, renegotiation_ends_with_a_farewell)
{
    struct world world = {.serve = serve_openssl, .allowed = 1000, .greets = true};
    const struct tls_features_facts *features = world_run(&world, SUITE_ECDHE);

    cr_expect_eq(features->client_renegotiations.value, 11);
    cr_expect_eq(world.quits, 1);
    world_end(&world);
}

static void serve_nothing(struct world *world, struct stream *stream)
{
    (void)stream;
    (void)task_sleep(world->network.engine, 60000, "a server that says nothing");
}

static void serve_until_silent(struct world *world, struct stream *stream)
{
    world->by_silence = true;
    serve_openssl(world, stream);
}

Test(tls_deep, what_was_cut_short_says_so)
{
    static struct world nothing = {.serve = serve_nothing};
    static struct world late = {.serve = serve_until_silent, .allowed = 2, .prepared.deadline = 3000};
    static struct world early = {.serve = serve_until_silent, .prepared.deadline = 3000};
    static struct world stopped = {.serve = serve_until_silent, .canceled = true};
    const struct tls_features_facts *features = world_run(&nothing, SUITE_ECDHE);

    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    expect_text("no handshake", features->renegotiation_reason, "did not answer");
    expect_text("no handshake", features->ticketbleed_reason, "no session ticket");
    world_end(&nothing);

    features = world_run(&late, SUITE_ECDHE);
    cr_expect_eq(features->client_renegotiation, YES);
    cr_expect_not(features->client_renegotiations.known, "we ended it");
    world_end(&late);

    features = world_run(&early, SUITE_ECDHE);
    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    cr_expect_eq(features->insecure_renegotiation, UNKNOWN);
    expect_text("early", features->renegotiation_reason, "the scan ended");
    expect_text("early", features->ticketbleed_reason, "the time of the scan was over");
    world_end(&early);

    features = world_run(&stopped, SUITE_RSA);
    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    cr_expect_eq(stopped.e.failure, -ECANCELED);
    expect_text("stopped", features->ticketbleed_reason, "the scan was stopped");
    expect_text("stopped", features->robot_reason, "the scan was stopped");
    world_end(&stopped);
}

static void serve_turning_away(struct world *world, struct stream *stream)
{
    struct tls_session *session;
    struct bytes line;

    cr_assert_eq(tls_session_start(stream, world->server, true, NULL, &session), 0);
    cr_assert_eq(tls_session_drive(session, DEADLINE_NEVER), 0);
    say(stream, "421 too many connections\r\n");
    (void)stream_read_line(stream, DEADLINE_NEVER, &line);
}

Test(tls_deep, a_server_that_turns_us_away_is_left_alone)
{
    struct world world = {.serve = serve_turning_away, .greets = true};
    const struct tls_features_facts *features = world_run(&world, SUITE_ECDHE);

    cr_expect_eq(features->client_renegotiation, UNKNOWN);
    cr_expect_eq(features->insecure_renegotiation, UNKNOWN);
    expect_text("turned away", features->renegotiation_reason, "turned us away");
    expect_text("turned away", features->ticketbleed_reason, "turned us away");
    cr_expect_eq(world.e.handshake_connections, 2);
    cr_expect_eq(world.connections, 2);
    world_end(&world);
}

/* ---- Ticketbleed ---- */

/* Resumes as BIG-IP did: the id comes back as long as ids are, whatever was sent. */
static void resume_short_id(struct world *world, struct stream *stream)
{
    uint8_t body[RECORD_MAX], id[32], type;
    struct buffer out = {0}, change = {0};
    size_t size;

    cr_assert(read_record(world, stream, &type, body, &size));
    cr_assert_eq(type, 22);
    cr_expect_eq(body[38], 1, "a session id of one byte");
    world->tickets++;
    memset(id, 0xee, sizeof(id));
    id[0] = world->id_is_foreign ? (uint8_t)~body[39] : body[39];
    if (world->alert != 0) {
        send_alert(stream, world->alert);
        return;
    }
    put_server_hello(&out, bytes_of(id, world->id_size), SUITE_ECDHE);
    put_u8(&change, 1);
    put_record(&out, 20, &change);
    buffer_free(&change);
    send_out(stream, &out);
}

/* A handshake that gives a ticket, then another kind of server. */
static void serve_tickets(struct world *world, struct stream *stream)
{
    if (world->connections == 1)
        serve_openssl(world, stream);
    else
        resume_short_id(world, stream);
}

/* The first time only. */
static void serve_chance(struct world *world, struct stream *stream)
{
    if (world->connections == 3)
        world->id_size = 1;
    serve_tickets(world, stream);
}

Test(tls_deep, ticketbleed_by_hand)
{
    static const struct {
        const char *what;
        struct world world;
        enum known bleeds;
        size_t tickets;
        const char *reason;
    } cases[] = {
        {"memory behind the byte", {.id_size = 32}, YES, 2, NULL},
        {"one byte of it", {.id_size = 2}, YES, 2, NULL},
        {"only once", {.id_size = 32, .serve = serve_chance}, NO, 2, NULL},
        {"as it was sent", {.id_size = 1}, NO, 1, NULL},
        {"no id", {.id_size = 0}, NO, 1, NULL},
        {"another id", {.id_size = 32, .id_is_foreign = true}, UNKNOWN, 1, "short session id"},
        {"refused", {.alert = 47}, NO, 1, NULL},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world world = cases[i].world;
        const struct tls_features_facts *features;

        if (world.serve == NULL)
            world.serve = serve_tickets;
        features = world_run(&world, SUITE_ECDHE);
        cr_expect_eq(features->ticketbleed, cases[i].bleeds, "%s", cases[i].what);
        cr_expect_eq(world.tickets, cases[i].tickets, "%s: %zu", cases[i].what, world.tickets);
        expect_text(cases[i].what, features->ticketbleed_reason, cases[i].reason);
        cr_expect_eq(world.e.behaviour_connections, world.tickets, "%s", cases[i].what);
        world_end(&world);
    }
}

static void serve_without_tickets(struct world *world, struct stream *stream)
{
    SSL_CTX_set_options(world->server, SSL_OP_NO_TICKET);
    serve_openssl(world, stream);
}

/* It gives tickets, and then has forgotten the key of them. */
static void serve_forgetful(struct world *world, struct stream *stream)
{
    static const uint8_t keys[80] = {1};

    if (world->connections > 1)
        cr_assert_eq(
            SSL_CTX_set_tlsext_ticket_keys(world->server, (void *)(uintptr_t)keys, (long)sizeof(keys)), 1);
    serve_openssl(world, stream);
}

static void serve_forgetful_stranger(struct world *world, struct stream *stream)
{
    world->endpoint.tls->resumption->ticket = UNKNOWN;
    serve_forgetful(world, stream);
}

Test(tls_deep, ticketbleed_of_openssl)
{
    static struct world usual = {.serve = serve_openssl}, none = {.serve = serve_without_tickets};
    static struct world forgetful = {.serve = serve_forgetful},
                        stranger = {.serve = serve_forgetful_stranger};
    const struct tls_features_facts *features = world_run(&usual, SUITE_ECDHE);

    cr_expect_eq(features->ticketbleed, NO);
    cr_expect_eq(usual.connections, 2);
    world_end(&usual);

    features = world_run(&none, SUITE_ECDHE);
    cr_expect_eq(features->ticketbleed, UNKNOWN);
    expect_text("no ticket", features->ticketbleed_reason, "no session ticket was given");
    cr_expect_eq(none.connections, 1);
    world_end(&none);

    features = world_run(&forgetful, SUITE_ECDHE);
    cr_expect_eq(features->ticketbleed, NO, "it takes tickets up else");
    world_end(&forgetful);

    features = world_run(&stranger, SUITE_ECDHE);
    cr_expect_eq(features->ticketbleed, UNKNOWN, "nobody knows whether it ever does");
    expect_text("stranger", features->ticketbleed_reason, "did not take up");
    world_end(&stranger);
}
