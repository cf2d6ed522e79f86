/*
 * tls_endings.c - every way in which a handshake, or what is said inside TLS, can end
 */
#include "scanner/net/tls_names.h"
#include "tests/unit/tls_stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* ---- every way to end ---- */

/* Sends, and leaves our hello unread: a reset. */
static void send_and_reset(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;

    if (ending->size > 0)
        write_theirs(pair, ending->data, ending->size);
    task_sleep(pair->world->engine, 1000, "our hello");
    stream_reset(pair->theirs);
    pair->theirs = NULL;
}

/* A record that grows by a byte every second. */
static void drip(void *argument)
{
    struct pair *pair = argument;

    await_hello(pair);
    write_theirs(pair, "\x16\x03\x03\x10\x00\x02\x00\x0f\xfc", 9);
    while (stream_write(pair->theirs, "\x03", 1, DEADLINE_NEVER) == 0)
        task_sleep(pair->world->engine, 1000, "the next byte");
    close_theirs(pair);
}

/* A real server's first flight, then an alert, and gone before ours is read. */
static void flight_and_alert(void *argument)
{
    struct pair *pair = argument;
    const struct ending *ending = pair->data;
    struct tls_material *material = pair->world->material;
    const struct identity *leaf = material_leaf(material, &(struct recipe){.name = "flight.example"});
    SSL_CTX *context = tls_context_new(TLS_server_method(), "ALL:@SECLEVEL=0");
    struct patience patience = {.deadline = DEADLINE_NEVER};
    struct tls_session *session;

    cr_assert(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION));
    cr_assert(SSL_CTX_use_certificate(context, leaf->certificate) &&
              SSL_CTX_use_PrivateKey(context, leaf->key));
    cr_assert_eq(tls_session_start(pair->theirs, context, true, NULL, &session), 0);
    cr_assert_eq(wire_wait(stream_wire(pair->theirs), IO_READABLE, &patience, "a hello"), 0);
    cr_assert_eq(tls_session_handshake(session), -EAGAIN);
    cr_assert_eq(wire_send(stream_wire(pair->theirs), ending->data, ending->size), (int64_t)ending->size);
    SSL_CTX_free(context);
    close_theirs(pair);
}

static const struct ending endings[] = {
    {"alert", send_and_close, BYTES("\x15\x03\x01\x00\x02\x02\x28"), -EPROTO, TLS_REFUSED,
     "handshake_failure",
     "the server refused with the alert handshake_failure: it found nothing in common with what we offered",
     0},
    {"alert, then silence", send_and_wait, BYTES("\x15\x03\x01\x00\x02\x02\x46"), -EPROTO, TLS_REFUSED,
     "protocol_version", "the server refused with the alert protocol_version: it speaks none of*", 0},
    {"alert for the name", send_and_close, BYTES("\x15\x03\x03\x00\x02\x02\x70"), -EPROTO, TLS_REFUSED,
     "unrecognized_name",
     "the server refused with the alert unrecognized_name: it has no certificate for the name we asked for",
     0},
    {"alert without a name", send_and_close, BYTES("\x15\x03\x03\x00\x02\x02\x4d"), -EPROTO, TLS_REFUSED,
     "77", "the server refused with an alert that has no name (77)", 0},
    {"alert behind a flight", flight_and_alert, BYTES("\x15\x03\x03\x00\x02\x02\x50"), -EPROTO, TLS_REFUSED,
     "internal_error", "the server refused with the alert internal_error: it has a fault of its own*", 0},
    {"close behind a flight", flight_and_alert, BYTES("\x15"), -EPIPE, TLS_CLOSED, NULL,
     "the server closed the connection in the middle of the handshake", 0},
    {"close_notify", send_and_wait, BYTES("\x15\x03\x03\x00\x02\x01\x00"), -EPIPE, TLS_CLOSED, "close_notify",
     "the server properly closed the connection in the middle of the handshake", 0},
    {"close", send_and_close, BYTES(""), -EPIPE, TLS_CLOSED, NULL,
     "the server closed the connection instead of answering our hello", 0},
    {"close in the middle", send_and_close, BYTES("\x16\x03\x03\x00\x7a\x02\x00"), -EPIPE, TLS_CLOSED, NULL,
     "the server closed the connection in the middle of the handshake", 0},
    /* A ServerHello without renegotiation_info (RFC 5746) is good enough to go on with. */
    {"close behind an old ServerHello", send_and_close,
     BYTES("\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"
           "0123456789abcdef0123456789abcdef"
           "\x00\x00\x2f\x00"),
     -EPIPE, TLS_CLOSED, NULL, "the server closed the connection in the middle of the handshake", 0},
    {"nonsense and gone", send_and_reset, BYTES("\x16\x03\x03\x00\x08\x02\x00\x00\x04nope"), -EPROTO,
     TLS_GARBLED, NULL, "the server broke the protocol: *", 0},
    {"reset", send_and_reset, BYTES(""), -ECONNRESET, TLS_CLOSED, NULL,
     "the server reset the connection instead of answering our hello", 1000},
    {"reset in the middle", send_and_reset, BYTES("\x16\x03\x03\x00\x7a\x02"), -ECONNRESET, TLS_CLOSED, NULL,
     "the server reset the connection in the middle of the handshake", 1000},
    {"clear text", send_and_close, BYTES("220 mail.example ESMTP\r\n"), -EPROTO, TLS_GARBLED, NULL,
     "the server answered with something that is not TLS: 220 mail.example ESMTP\\x0d\\x0a", 0},
    {"a little clear text", send_and_close, BYTES("no"), -EPIPE, TLS_GARBLED, NULL,
     "the server answered with something that is not TLS: no", 0},
    {"terminal escapes", send_and_wait, BYTES("\x1b[31m</script>\xff\xfe"), -EPROTO, TLS_GARBLED, NULL,
     "the server answered with something that is not TLS: \\x1b[31m</script>\\xff\\xfe", 0},
    {"nonsense in a record", send_and_wait, BYTES("\x16\x03\x03\x00\x08\x02\x00\x00\x04nope"), -EPROTO,
     TLS_GARBLED, NULL, "the server broke the protocol: *", 0},
    {"a record of data", send_and_wait, BYTES("\x17\x03\x03\x00\x04nope"), -EPROTO, TLS_GARBLED, NULL,
     "the server broke the protocol: *", 0},
    {"silence", send_and_wait, BYTES(""), -ETIMEDOUT, TLS_SILENT, NULL,
     "the server did not answer our hello in time", DEADLINE},
    {"silence in the middle", send_and_wait, BYTES("\x16\x03\x03\x00\x7a\x02"), -ETIMEDOUT, TLS_SILENT, NULL,
     "the server stopped answering in the middle of the handshake", DEADLINE},
    {"one byte a second", drip, BYTES(""), -ETIMEDOUT, TLS_SILENT, NULL,
     "the server stopped answering in the middle of the handshake", DEADLINE},
};

static void expect_reason(const char *what, const char *actual, const char *expected)
{
    size_t size = strlen(expected);

    if (expected[size - 1] == '*')
        cr_expect(actual != NULL && strncmp(actual, expected, size - 1) == 0, "%s: %s", what, actual);
    else
        expect_text(what, "reason", actual, expected);
}

static void play_endings(struct world *world)
{
    for (size_t i = 0; i < COUNT(endings); i++) {
        const struct ending *row = &endings[i];
        struct pair *pair = pair_new(world, row->them, row);
        int64_t begin = engine_now(world->engine);
        struct tls_facts facts = {0};
        const struct tls_handshake_facts *handshake;
        char byte;

        cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){.name = "x.example"},
                                   begin + DEADLINE, world->arena, &facts),
                     row->result, "%s", row->what);
        cr_assert_eq(facts.handshakes.count, 1);
        handshake = last_handshake(&facts);
        cr_expect_eq(handshake->result, row->fact, "%s: %d", row->what, handshake->result);
        expect_text(row->what, "alert", handshake->alert, row->alert);
        expect_reason(row->what, handshake->reason, row->reason);
        expect_text(row->what, "version", handshake->version, NULL);
        cr_expect_eq(handshake->milliseconds.value, row->at, "%s: %d ms", row->what,
                     (int)handshake->milliseconds.value);
        cr_expect_eq(ERR_peek_error(), 0UL, "%s: the error queue is left empty", row->what);
        if (row->result != -ETIMEDOUT) { /* nothing goes on afterwards */
            cr_expect_eq(stream_write(pair->ours, "x", 1, DEADLINE_NEVER), row->result);
            cr_expect_eq(stream_read(pair->ours, &byte, 1, DEADLINE_NEVER),
                         row->result == -EPIPE ? 0 : row->result);
        }
        close_ours(pair);
    }
}

Test(tls_endings, every_way_a_handshake_can_end)
{
    world_play(play_endings);
}

/* ---- a warning does not end it ---- */

static void warn_and_serve(void *argument)
{
    struct pair *pair = argument;

    write_theirs(pair, "\x15\x03\x01\x00\x02\x01\x70", 7);
    serve(pair);
}

static void play_warning(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "w.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};

    pair->server = server_new(world, leaf);
    cr_assert_eq(tls_server_limit(pair->server, NULL, "TLS1.2"), 0);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, warn_and_serve, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){.name = "other.example"},
                               DEADLINE_NEVER, world->arena, &facts),
                 0);
    cr_expect_eq(last_handshake(&facts)->result, TLS_COMPLETE);
    expect_text("warning", "alert", last_handshake(&facts)->alert, "unrecognized_name");
    expect_text("warning", "reason", last_handshake(&facts)->reason, NULL);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls_endings, a_warning_is_noted_and_does_not_end_it)
{
    world_play(play_warning);
}

/* ---- STARTTLS ---- */

static void starttls(void *argument)
{
    struct pair *pair = argument;
    struct bytes line;

    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), 0);
    write_theirs(pair, "220 go ahead\r\n250 injected\r\n", 28);
    cr_expect_eq(tls_accept(pair->theirs, pair->server, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), 0);
    cr_expect(bytes_equal(line, bytes_of("EHLO us", 7)));
    /* Byte by byte: each a record of its own. */
    for (const char *at = "250-inside\r\n250 done\r\nhalf"; *at != '\0'; at++) {
        write_theirs(pair, at, 1);
        task_sleep(pair->world->engine, 100, "the next byte");
    }
    /* No close_notify. */
    stream_reset(pair->theirs);
    pair->theirs = NULL;
}

static void play_starttls(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "s.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};
    struct bytes line;

    pair->server = server_new(world, leaf);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, starttls, pair, "server"), 0);
    cr_expect_eq(stream_write(pair->ours, "STARTTLS\r\n", 10, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    cr_expect_eq(stream_poll_input(pair->ours), 0);
    cr_expect(bytes_equal(stream_pending(pair->ours), bytes_of("250 injected\r\n", 14)),
              "plaintext is visible");
    stream_discard_pending(pair->ours);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){.name = "s.example"},
                               DEADLINE_NEVER, world->arena, &facts),
                 0, "and is not fed to TLS");
    cr_expect_eq(stream_pending(pair->ours).size, 0);
    cr_expect_eq(stream_write(pair->ours, "EHLO us\r\n", 9, DEADLINE_NEVER), 0);
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    cr_expect(bytes_equal(line, bytes_of("250-inside", 10)));
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    cr_expect(bytes_equal(line, bytes_of("250 done", 8)));
    cr_expect_eq(stream_read_line(pair->ours, engine_now(world->engine) + 50, &line), -ETIMEDOUT);
    cr_expect_eq(stream_read_line(pair->ours, DEADLINE_NEVER, &line), -EPIPE, "a close without close_notify");
    cr_expect(bytes_equal(line, bytes_of("half", 4)), "and what had come");
    cr_expect_not(stream_close_notify(pair->ours));
    cr_expect_gt(stream_bytes_in(pair->ours), 1000);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls_endings, starttls_with_plaintext_behind_and_lines_inside)
{
    world_play(play_starttls);
}

/* Nothing that came in clear is fed to TLS, even if nobody looked at it. */
static void play_careless(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "s.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};

    pair->server = server_new(world, leaf);
    pair_open(world, pair);
    write_theirs(pair, "250 injected\r\n", 14);
    cr_expect_eq(stream_poll_input(pair->ours), 0);
    cr_assert_eq(task_spawn(world->group, serve, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                               world->arena, &facts),
                 0);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls_endings, clear_text_is_never_fed_to_tls)
{
    world_play(play_careless);
}

/* ---- limits and directions inside TLS ---- */

enum { MUCH = 3 * 1024 * 1024 };

static void flood(void *argument)
{
    struct pair *pair = argument;
    char *block = malloc(MUCH);
    struct bytes line;

    cr_assert_not_null(block);
    memset(block, 'x', MUCH);
    cr_expect_eq(tls_accept(pair->theirs, pair->server, DEADLINE_NEVER), 0);
    for (size_t i = 99; i < MUCH; i += 100)
        block[i] = '\n';
    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), 0);
    stream_write(pair->theirs, block, MUCH, DEADLINE_NEVER); /* ends when we close */
    close_theirs(pair);
    free(block);
}

static void play_flood(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "f.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};
    struct bytes line;
    size_t lines = 0;
    int result;

    pair->server = server_new(world, leaf);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, flood, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                               world->arena, &facts),
                 0);
    cr_expect_eq(stream_write(pair->ours, "go\n", 3, DEADLINE_NEVER), 0);
    while ((result = stream_read_line(pair->ours, DEADLINE_NEVER, &line)) == 0) {
        cr_assert_eq(line.size, 99);
        lines++;
    }
    cr_expect_eq(result, -EMSGSIZE);
    cr_expect(lines >= STREAM_TOTAL_MAX / 100 - 41 && lines <= (STREAM_TOTAL_MAX + INPUT_SIZE) / 100, "%zu",
              lines);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls_endings, too_much_inside_tls)
{
    world_play(play_flood);
}

/* ---- a server that wants another handshake ---- */

static void renegotiate(void *argument)
{
    struct pair *pair = argument;
    struct tls_session *session;
    struct bytes line;

    cr_expect_eq(tls_accept(pair->theirs, pair->server, DEADLINE_NEVER), 0);
    session = stream_session(pair->theirs);
    SSL_clear_options(session->ssl, SSL_OP_NO_RENEGOTIATION);
    cr_expect(SSL_renegotiate(session->ssl));
    cr_expect_eq(tls_session_handshake(session), 0, "its request is sent");
    cr_expect_eq(stream_read_line(pair->theirs, DEADLINE_NEVER, &line), -EPROTO);
    expect_text("renegotiation", "alert", tls_alert_name(session->alert_received), "no_renegotiation");
    close_theirs(pair);
}

static void play_renegotiation(struct world *world)
{
    const struct identity *leaf = material_leaf(world->material, &(struct recipe){.name = "r.example"});
    struct pair *pair = arena_alloc(world->arena, sizeof(*pair));
    struct tls_facts facts = {0};
    struct bytes line;

    pair->server = server_new(world, leaf);
    cr_assert_eq(tls_server_limit(pair->server, NULL, "TLS1.2"), 0);
    pair_open(world, pair);
    cr_assert_eq(task_spawn(world->group, renegotiate, pair, "server"), 0);
    cr_expect_eq(tls_handshake(pair->ours, world->service, &(struct tls_options){0}, DEADLINE_NEVER,
                               world->arena, &facts),
                 0);
    cr_expect_lt(stream_read_line(pair->ours, DEADLINE_NEVER, &line), 0);
    close_ours(pair);
    task_group_join(world->group, DEADLINE_NEVER);
    tls_server_free(pair->server);
}

Test(tls_endings, one_handshake_is_enough)
{
    world_play(play_renegotiation);
}

/* ---- cancellation ---- */

struct canceled {
    struct pair *pair;
    struct tls_facts facts;
    int result;
    int64_t ended;
};

static void handshake_until_canceled(void *argument)
{
    struct canceled *canceled = argument;
    struct pair *pair = canceled->pair;
    struct engine *engine = pair->world->engine;

    canceled->result =
        tls_handshake(pair->ours, pair->world->service, &(struct tls_options){.name = "x.example"},
                      DEADLINE_NEVER, pair->world->arena, &canceled->facts);
    task_shield(engine, CLEANUP_GRACE_MS);
    cr_expect_eq(task_sleep(engine, 1000, "clean-up"), 0, "clean-up may wait");
    close_ours(pair);
    task_unshield(engine);
    canceled->ended = engine_now(engine);
}

static void play_cancel(struct world *world)
{
    const struct ending silence = {
        "silence", send_and_wait, BYTES("\x16\x03\x03\x00\x7a\x02"), 0, 0, NULL, NULL, 0};
    struct canceled canceled = {.pair = pair_new(world, send_and_wait, &silence)};
    struct task_group *group;
    const struct tls_handshake_facts *handshake;

    cr_assert_eq(task_group_new(engine_root(world->engine), "canceled", &group), 0);
    cr_assert_eq(task_spawn(group, handshake_until_canceled, &canceled, "canceled"), 0);
    task_sleep(world->engine, 3000, "the middle of the handshake");
    task_group_cancel(group);
    cr_expect_eq(task_group_join(group, DEADLINE_NEVER), 0);
    cr_expect_eq(canceled.result, -ECANCELED);
    cr_expect_eq(canceled.ended, 4000);
    cr_assert_eq(canceled.facts.handshakes.count, 1);
    handshake = last_handshake(&canceled.facts);
    cr_expect_eq(handshake->result, TLS_CANCELED);
    cr_expect_eq(handshake->milliseconds.value, 3000);
    expect_text("canceled", "reason", handshake->reason, "we stopped: the scan ended");
    task_group_end(group);
}

Test(tls_endings, cancel_in_the_middle_of_a_handshake)
{
    world_play(play_cancel);
}
