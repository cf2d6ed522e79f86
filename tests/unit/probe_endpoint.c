/*
 * probe_endpoint.c - tests of the sessions with a port: counting, names, key types, and what happens when the
 * scan is stopped or memory ends at any moment. What strange servers do is in tests/hostile.
 */
#include "probes/session.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/hostile/certificates.h"
#include "tests/hostile/stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define ADDRESS "203.0.114.1"

/* Takes a second for each answer, so that there is a moment inside every step. */
#define SMTP_STEPS                                                                                           \
    "  wait 1\n  send 220-mail.example.org\n  wait 1\n  send 220 mail.example.org\n"                         \
    "  expect EHLO *\n  wait 1\n  send 250-mail.example.org\n  wait 1\n  send 250 STARTTLS\n"                \
    "  expect STARTTLS\n  wait 1\n  send 220 ready\n  tls\n"
#define SMTP_SCRIPT                                                                                          \
    "name x\nconnection 1\n" SMTP_STEPS "  expect EHLO *\n  wait 1\n  send 250 mail.example.org\n"           \
    "  expect QUIT\n  wait 1\n  send 221 bye\nconnection\n" SMTP_STEPS                                       \
    "  expect QUIT\n  wait 1\n  send 221 bye\n"
#define SUBMISSIONS_SCRIPT                                                                                   \
    "name x\nservice submissions\nconnection 1\n  tls ecdsa rsa\n  wait 1\n  send 220 mail.example.org\n"    \
    "  expect EHLO *\n  wait 1\n  send 250 mail.example.org\n  expect QUIT\n  wait 1\n  send 221 bye\n"      \
    "connection\n  tls ecdsa rsa\n  wait 1\n  send 220 mail.example.org\n  expect QUIT\n  send 221 bye\n"
#define IMAP_STEPS                                                                                           \
    "  wait 1\n  send * OK ready\n  expect a1 CAPABILITY\n  wait 1\n  send * CAPABILITY STARTTLS\n"          \
    "  wait 1\n  send a1 OK\n  expect a2 STARTTLS\n  wait 1\n  send a2 OK\n  tls\n"
#define IMAP_SCRIPT                                                                                          \
    "name x\nservice imap\nconnection 1\n" IMAP_STEPS                                                        \
    "  expect a3 CAPABILITY\n  wait 1\n  send a3 OK\n  expect a4 LOGOUT\n  wait 1\n  send a4 OK\n"           \
    "connection\n" IMAP_STEPS "  expect a3 LOGOUT\n  wait 1\n  send a3 OK\n"

#define POP3_STEPS                                                                                           \
    "  wait 1\n  send +OK ready\n  expect CAPA\n  wait 1\n  send +OK\n  wait 1\n  send STLS\n"               \
    "  wait 1\n  send .\n  expect STLS\n  wait 1\n  send +OK\n  tls\n"
#define POP3_SCRIPT                                                                                          \
    "name x\nservice pop3\nconnection 1\n" POP3_STEPS                                                        \
    "  expect CAPA\n  wait 1\n  send +OK\n  wait 1\n  send .\n  expect QUIT\n  wait 1\n  send +OK\n"         \
    "connection\n" POP3_STEPS "  expect QUIT\n  wait 1\n  send +OK\n"
#define SIEVE_STEPS                                                                                          \
    "  wait 1\n  send \"STARTTLS\"\n  wait 1\n  send OK {5}\n  wait 1\n  send-raw re\n  wait 1\n"            \
    "  send ady\n  expect STARTTLS\n  wait 1\n  send OK\n  tls ecdsa rsa\n"                                  \
    "  wait 1\n  send \"SASL\" {5}\n  wait 1\n  send-raw PLAIN\n  wait 1\n  send-raw \\r\\n\n"               \
    "  wait 1\n  send OK\n  expect LOGOUT\n  wait 1\n  send OK\n"
#define SIEVE_SCRIPT "name x\nservice sieve\nconnection\n" SIEVE_STEPS

/* ---- running a script ---- */

struct trial {
    struct stage stage;
    struct arena *arena;
    struct endpoint_facts endpoint;
    const char *host;
    const char *second_host; /* NULL: only the first */
    enum scan_depth depth;
    int64_t deadline;
    int64_t stop_ms;    /* 0: never */
    bool speaks_itself; /* a session that is stopped before it can say what it is about to say */
    int result;
    int64_t ended; /* engine's time */
};

static struct certificates *certificates; /* of the test's own process */

static void make_certificates(void)
{
    certificates = certificates_new(STAGE_TIME);
}

static void free_certificates(void)
{
    certificates_free(certificates);
}

TestSuite(probe_endpoint, .init = make_certificates, .fini = free_certificates);

static void speak_when_stopped(struct session *session)
{
    task_group_cancel(task_group_current(session->network->engine));
    cr_expect_not(session_say(session, "EHLO", "EHLO probe.example.org"));
    cr_expect_not(session->answer_due);
    cr_expect_eq(session->end, DIALOGUE_CANCELED);
}

static void run_session(struct trial *trial)
{
    struct session session;

    trial->endpoint.connections = trial->endpoint.aborted = trial->endpoint.pushbacks = number(0);
    cr_assert_eq(session_prepare(&session, &trial->stage.network, &trial->endpoint, trial->host,
                                 trial->deadline, trial->arena),
                 0);
    session.inside = speak_when_stopped;
    trial->result = session_run_aside(&session);
    cr_expect(session.farewell);
    trial->ended = engine_now(trial->stage.network.engine);
}

static void run_probe(void *argument)
{
    struct trial *trial = argument;
    struct network *network = &trial->stage.network;

    if (trial->speaks_itself) {
        run_session(trial);
        return;
    }
    trial->result = endpoint_probe(network, &trial->endpoint, trial->host, trial->deadline, trial->arena);
    if (trial->result == 0 && trial->depth != DEPTH_QUICK)
        trial->result =
            endpoint_probe_keys(network, &trial->endpoint, trial->host, trial->deadline, trial->arena);
    if (trial->result == 0 && trial->second_host != NULL)
        trial->result = endpoint_probe_name(network, &trial->endpoint, trial->second_host, trial->depth,
                                            trial->deadline, trial->arena);
    trial->ended = engine_now(network->engine);
}

static void run_user(void *argument)
{
    struct trial *trial = argument;
    struct engine *engine = trial->stage.network.engine;
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(engine), "scan", &group), 0);
    cr_assert_eq(task_spawn(group, run_probe, trial, "probe"), 0);
    if (trial->stop_ms > 0)
        cr_assert_eq(task_sleep(engine, trial->stop_ms, "the user"), 0);
    else
        cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
}

/* Plays the script; the caller has set what differs from the usual, and looks at the endpoint. */
static void trial_run(struct trial *trial, const char *text, size_t memory)
{
    struct arena *arena = arena_new(0);
    struct script *script;
    const char *error = NULL;

    cr_assert_eq(script_parse(text, "script", arena, &script, &error), 0, "%s", error);
    trial->arena = arena_new(memory);
    trial->endpoint.address = ADDRESS;
    trial->endpoint.port = number(script->port);
    trial->endpoint.service = service_name(script->service);
    if (trial->host == NULL)
        trial->host = "mail.example.org";
    if (trial->deadline == 0)
        trial->deadline = 180000;
    stage_open(&trial->stage, script, certificates);
    stage_run(&trial->stage, run_user, trial);
    /* a scan that is cut short does not do all that the script expects, but never speaks unasked */
    cr_expect_not(trial->stage.player.spoke_unasked, "%s", trial->stage.player.failure);
    if (memory == 0 && trial->stop_ms == 0 && trial->deadline == 180000)
        cr_expect_null(trial->stage.player.failure, "%s", trial->stage.player.failure);
    stage_close(&trial->stage);
    arena_free(arena);
}

static const struct tls_handshake_facts *handshake(const struct trial *trial, size_t place)
{
    cr_assert_not_null(trial->endpoint.tls);
    cr_assert_lt(place, trial->endpoint.tls->handshakes.count);
    return trial->endpoint.tls->handshakes.items[place];
}

/* ---- tests ---- */

Test(probe_endpoint, quick_opens_one_connection)
{
    struct trial trial = {.depth = DEPTH_QUICK};

    trial_run(&trial, SUBMISSIONS_SCRIPT, 0);
    cr_expect_eq(trial.result, 0);
    cr_expect_eq(trial.endpoint.connections.value, 1);
    cr_expect_eq(trial.endpoint.aborted.value, 0);
    cr_expect_eq(trial.endpoint.tls->handshakes.count, 1);
    arena_free(trial.arena);
}

/* Each line with its time since connect(), and what happened between them. */
Test(probe_endpoint, transcript)
{
    static const struct {
        int64_t milliseconds;
        const char *who, *text;
    } lines[] = {
        {1000, "server", "220-mail.example.org"},
        {2000, "server", "220 mail.example.org"},
        {2000, "client", "EHLO probe.example.net"},
        {3000, "server", "250-mail.example.org"},
        {4000, "server", "250 STARTTLS"},
        {4000, "client", "STARTTLS"},
        {5000, "server", "220 ready"},
        {5000, "note", "TLS1.3 began: TLS_AES_256_GCM_SHA384"},
        {5000, "client", "EHLO probe.example.net"},
        {6000, "server", "250 mail.example.org"},
        {6000, "client", "QUIT"},
        {7000, "server", "221 bye"},
    };
    struct trial trial = {.depth = DEPTH_QUICK};
    const struct list *transcript;

    trial_run(&trial, SMTP_SCRIPT, 0);
    transcript = &trial.endpoint.smtp->transcript;
    cr_assert_eq(transcript->count, sizeof lines / sizeof lines[0]);
    for (size_t i = 0; i < transcript->count; i++) {
        const struct dialogue_line *line = transcript->items[i];

        cr_expect_eq(line->milliseconds.value, lines[i].milliseconds, "line %zu", i);
        cr_expect_str_eq(line->who, lines[i].who, "line %zu", i);
        cr_expect_str_eq(line->text, lines[i].text, "line %zu", i);
    }
    cr_expect_eq(trial.endpoint.smtp->greeting->milliseconds.value, 2000);
    cr_expect_eq(trial.endpoint.smtp->ehlo->reply->milliseconds.value, 2000);
    cr_expect_eq(trial.endpoint.smtp->quit->milliseconds.value, 1000);
    arena_free(trial.arena);
}

/* The session of the second name is a handshake and a farewell; the dialogue stays that of the first. */
Test(probe_endpoint, second_name)
{
    struct trial trial = {.depth = DEPTH_STANDARD, .second_host = "imap.example.org"};

    trial_run(&trial, SUBMISSIONS_SCRIPT, 0);
    cr_assert_eq(trial.result, 0);
    cr_expect_eq(trial.endpoint.connections.value, 4);
    cr_expect_eq(trial.endpoint.tls->handshakes.count, 4);
    cr_expect_str_eq(handshake(&trial, 0)->name, "mail.example.org");
    cr_expect_str_eq(handshake(&trial, 1)->key_type, "RSA");
    cr_expect_str_eq(handshake(&trial, 2)->name, "imap.example.org");
    cr_expect_null(handshake(&trial, 2)->key_type);
    cr_expect_str_eq(handshake(&trial, 3)->name, "imap.example.org");
    cr_expect_str_eq(handshake(&trial, 3)->key_type, "RSA");
    cr_expect_eq(trial.endpoint.tls->certificates.count, 4);
    cr_expect_eq(trial.endpoint.smtp->transcript.count, 6);
    arena_free(trial.arena);
}

/* Where there was no TLS, another name brings none. */
Test(probe_endpoint, second_name_without_tls)
{
    struct trial trial = {.depth = DEPTH_STANDARD, .second_host = "imap.example.org"};

    trial_run(&trial,
              "name x\nconnection\n  send 220 mail\n  expect EHLO *\n  send 250 mail\n  expect QUIT\n"
              "  send 221 bye\n",
              0);
    cr_expect_eq(trial.result, 0);
    cr_expect_eq(trial.endpoint.connections.value, 1);
    cr_expect_null(trial.endpoint.tls);
    arena_free(trial.arena);
}

/* RFC 6066 3: an address is no server name. */
Test(probe_endpoint, no_name_for_an_address)
{
    struct trial trial = {.depth = DEPTH_QUICK, .host = "2a01:4f8::1"};

    trial_run(&trial, SUBMISSIONS_SCRIPT, 0);
    cr_expect_eq(handshake(&trial, 0)->result, TLS_COMPLETE);
    cr_expect_null(handshake(&trial, 0)->name);
    arena_free(trial.arena);
}

/* A leaf that is neither RSA nor ECDSA in name cannot be had here; one that is RSA asks for ECDSA. */
Test(probe_endpoint, other_key_type)
{
    static const struct {
        const char *certificates, *asked;
    } rows[] = {{"ecdsa", "RSA"}, {"rsa", "ECDSA"}};

    for (size_t i = 0; i < 2; i++) {
        struct trial trial = {.depth = DEPTH_STANDARD};
        char script[512];

        (void)snprintf(script, sizeof script,
                       "name x\nservice tls\nconnection 1\n  tls %s\nconnection 2\n  tls-fails %s\n",
                       rows[i].certificates, rows[i].certificates);
        trial_run(&trial, script, 0);
        cr_expect_eq(trial.result, 0);
        cr_expect_str_eq(handshake(&trial, 1)->key_type, rows[i].asked);
        cr_expect_eq(handshake(&trial, 1)->result, TLS_REFUSED);
        cr_expect_eq(trial.endpoint.aborted.value, 1);
        arena_free(trial.arena);
    }
}

/* The end that the sessions of an endpoint have in common. */
static enum dialogue_end end_of(const struct endpoint_facts *endpoint)
{
    return endpoint_dialogue(endpoint).end;
}

/*
 * Stopped in the middle of each second of a scan: the probe says so, ends within the two seconds of a
 * clean-up, leaves no slot behind (pacer_free would assert), and never speaks over an answer that is due (the
 * player would see it).
 */
static void stop_everywhere(const char *script, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        struct trial trial = {.depth = DEPTH_STANDARD, .stop_ms = 500 + 1000 * (int64_t)i};

        trial_run(&trial, script, 0);
        cr_expect_eq(trial.result, -ECANCELED, "stopped in second %d: %d", i, trial.result);
        cr_expect_leq(trial.ended, trial.stop_ms + CLEANUP_GRACE_MS, "stopped in second %d", i);
        cr_expect_eq(trial.endpoint.pushbacks.value, 0);
        cr_expect_neq(end_of(&trial.endpoint), DIALOGUE_NOT_OBSERVED);
        arena_free(trial.arena);
    }
}

/* What was not said is not answered: the farewell comes at once. */
Test(probe_endpoint, stopped_before_a_command)
{
    struct trial trial = {.speaks_itself = true};

    trial_run(&trial, "name x\nconnection 1\n" SMTP_STEPS "  expect QUIT\n  send 221 bye\n", 0);
    cr_expect_eq(trial.result, -ECANCELED);
    cr_expect_eq(trial.ended, 5000);
    cr_expect_eq(trial.endpoint.aborted.value, 0);
    arena_free(trial.arena);
}

Test(probe_endpoint, stopped_anywhere)
{
    stop_everywhere(SMTP_SCRIPT, 12);
    stop_everywhere(SUBMISSIONS_SCRIPT, 4);
    stop_everywhere(IMAP_SCRIPT, 10);
    stop_everywhere(POP3_SCRIPT, 13);
    stop_everywhere(SIEVE_SCRIPT, 19);
}

/* The time of the scan runs out in each second of it: that is no failure of ours, and nothing is claimed
 * about the server that it could still have disproved. */
static void run_out_everywhere(const char *script, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        struct trial trial = {.depth = DEPTH_STANDARD, .deadline = 500 + 1000 * (int64_t)i};

        trial_run(&trial, script, 0);
        cr_expect_eq(trial.result, 0, "out of time in second %d: %d", i, trial.result);
        cr_expect_leq(trial.ended, trial.deadline + CLEANUP_GRACE_MS, "out of time in second %d", i);
        cr_expect_eq(trial.endpoint.pushbacks.value, 0);
        cr_expect_neq(end_of(&trial.endpoint), DIALOGUE_TIMEOUT, "out of time in second %d", i);
        cr_expect_neq(trial.endpoint.state, ENDPOINT_SILENT);
        cr_expect_neq(trial.endpoint.state, ENDPOINT_TURNED_AWAY);
        arena_free(trial.arena);
    }
}

Test(probe_endpoint, out_of_time_anywhere)
{
    run_out_everywhere(SMTP_SCRIPT, 13);
    run_out_everywhere(SUBMISSIONS_SCRIPT, 6);
    run_out_everywhere(IMAP_SCRIPT, 11);
    run_out_everywhere(POP3_SCRIPT, 14);
    run_out_everywhere(SIEVE_SCRIPT, 20);
}

/* Memory ends at any of many places: -ENOMEM, and everything is given back. */
static void starve_everywhere(const char *script)
{
    size_t enough = 0;

    for (size_t memory = 256; enough < 3; memory += 512) {
        struct trial trial = {.depth = DEPTH_STANDARD};

        trial_run(&trial, script, memory);
        cr_expect(trial.result == 0 || trial.result == -ENOMEM, "%zu bytes: %d", memory, trial.result);
        enough += trial.result == 0;
        arena_free(trial.arena);
        cr_assert_lt(memory, 1024 * 1024);
    }
}

Test(probe_endpoint, out_of_memory_anywhere)
{
    starve_everywhere(SMTP_SCRIPT);
    starve_everywhere(IMAP_SCRIPT);
    starve_everywhere(POP3_SCRIPT);
    starve_everywhere(SIEVE_SCRIPT);
}
