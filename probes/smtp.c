/*
 * smtp.c - an SMTP or submission server in one clean session
 *
 *   server greets  ->  EHLO  ->  STARTTLS  ->  handshake  ->  EHLO again, inside  ->  QUIT
 *   handshake  ->  server greets, inside  ->  EHLO  ->  QUIT                       (implicit TLS, RFC 8314)
 *
 * RFC 5321 3.1 (greeting), 4.2 (replies), 4.5.3.2 (patience), RFC 3207 (STARTTLS). Never a word before the
 * last line of the greeting (postscreen's "220-" is bait), never two commands at once. Bytes behind the 220
 * of STARTTLS are a fact (response injection) and never fed to TLS. Judged in reports/checks/smtp.c.
 */
#include "probes/protocol/smtp_reply.h"
#include "probes/session.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

/* Reads one whole reply. `ret_pause`, which may be NULL: milliseconds from its first to its last line. */
static bool read_reply(struct session *session, int64_t deadline, int64_t limit_ms,
                       struct smtp_reply_facts **ret, int64_t *ret_pause)
{
    struct engine *engine = session->network->engine;
    struct smtp_reply_parser parser = {0};
    enum smtp_reply_state state = SMTP_REPLY_MORE;
    int64_t first = 0;

    while (state == SMTP_REPLY_MORE) {
        struct bytes line;

        if (!session_read_line(session, deadline, limit_ms, &line))
            return false;
        if (parser.lines_read == 0)
            first = engine_now(engine);
        if (smtp_reply_feed(&parser, line, session->arena, &state) < 0) {
            session_out_of_memory(session);
            return false;
        }
    }
    session->answer_due = false;
    if (state == SMTP_REPLY_BROKEN) {
        session_over(session, DIALOGUE_PROTOCOL, "%s (%s)", parser.broken, session->stage);
        return false;
    }
    parser.reply->milliseconds = number(engine_now(engine) - session->spoke);
    if (ret_pause != NULL)
        *ret_pause = engine_now(engine) - first;
    *ret = parser.reply;
    return true;
}

static bool read_answer(struct session *session, struct smtp_reply_facts **ret)
{
    int64_t deadline = deadline_in(session->network->engine, REPLY_TIMEOUT_MS, session->deadline);

    return read_reply(session, deadline, REPLY_TIMEOUT_MS, ret, NULL);
}

static const char *last_line(const struct smtp_reply_facts *reply)
{
    return reply->lines.items[reply->lines.count - 1];
}

/* 421 may come at any time and means that the server closes (RFC 5321 3.8, 4.2.3). */
static bool stays(struct session *session, const struct smtp_reply_facts *reply)
{
    if (reply->code.value != 421)
        return true;
    session->pushback = true;
    session->farewell = true;
    return session_turned_away(session, last_line(reply));
}

/* A reply that nobody asked for would be taken for the answer to what we say next. */
static bool in_turn(struct session *session)
{
    struct smtp_reply_facts *reply;

    if (!session_has_input(session))
        return true;
    session_note(session, "the server speaks unasked:");
    if (!read_answer(session, &reply) || !stays(session, reply))
        return false;
    return session_over(session, DIALOGUE_PROTOCOL, "the server spoke out of turn (after %s)",
                        session->stage);
}

static bool read_greeting(struct session *session)
{
    struct smtp_facts *facts = session->smtp;
    int64_t deadline = deadline_in(session->network->engine, GREETING_TIMEOUT_MS, session->deadline);
    int64_t pause;
    int64_t code;

    session->stage = "greeting";
    session->served = false;
    if (!read_reply(session, deadline, GREETING_TIMEOUT_MS, &facts->greeting, &pause))
        return false;
    session->greeted = true;
    facts->greeting_pause = number(pause);
    if (smtp_reply_name(facts->greeting, session->arena, &facts->greeting_name) < 0)
        return session_out_of_memory(session);
    code = facts->greeting->code.value;
    if (code / 100 == 4)
        session->pushback = true;
    if (code == 421)
        session->farewell = true;
    if (code / 100 == 4 || code / 100 == 5) /* RFC 5321 3.1: 554, then it waits for our QUIT */
        return session_turned_away(session, last_line(facts->greeting));
    session->served = code == 220;
    return session->served ||
           session_over(session, DIALOGUE_PROTOCOL, "the greeting has the code %lld", (long long)code);
}

/* RFC 5321 4.2.4: does the reply say that the command is not there, and not that we are not welcome? */
static bool is_not_implemented(const struct smtp_reply_facts *reply)
{
    return reply->code.value == 500 || reply->code.value == 502 || reply->code.value == 504;
}

/* Any other refusal of EHLO or HELO is a policy that concerns us: what follows says nothing of the server. */
static bool welcomes(struct session *session, const struct smtp_reply_facts *reply)
{
    return reply->code.value / 100 != 5 || is_not_implemented(reply) ||
           session_turned_away(session, last_line(reply));
}

/* Beside the first connections our own name may still be looked up. The server waits for us meanwhile. */
static bool know_our_name(struct session *session)
{
    struct network *network = session->network;
    int error = network->ehlo == NULL && network->wait_for_ehlo != NULL
                    ? network->wait_for_ehlo(network, session->deadline)
                    : 0;

    if (error == -ECANCELED)
        session->failure = error;
    return error == 0 ||
           session_over(session, DIALOGUE_CANCELED, "the scan ended before our own name was known");
}

static bool say_hello(struct session *session, const char *stage, struct smtp_ehlo_facts **ret)
{
    struct smtp_reply_facts *reply;

    if (!know_our_name(session) || !in_turn(session) ||
        !session_say(session, stage, "EHLO %s", session->network->ehlo) || !read_answer(session, &reply))
        return false;
    if (smtp_ehlo_read(reply, session->arena, ret) < 0)
        return session_out_of_memory(session);
    return stays(session, reply) && welcomes(session, reply);
}

/* RFC 5321 3.2, 4.1.4: a server that does not know EHLO is greeted with HELO, once. */
static bool say_old_hello(struct session *session)
{
    if (!is_not_implemented(session->smtp->ehlo->reply))
        return true;
    session_note(session, "EHLO is refused: HELO instead, as RFC 5321 3.2 says");
    return in_turn(session) && session_say(session, "HELO", "HELO %s", session->network->ehlo) &&
           read_answer(session, &session->smtp->helo) && stays(session, session->smtp->helo) &&
           welcomes(session, session->smtp->helo);
}

static bool says_too_many(const struct smtp_reply_facts *reply)
{
    for (size_t i = 0; i < reply->lines.count; i++)
        if (strcasestr(reply->lines.items[i], "too many") != NULL)
            return true;
    return false;
}

/* False also when the server refuses: a fact, and the session ends with QUIT. */
static bool ask_for_tls(struct session *session)
{
    struct smtp_facts *facts = session->smtp;

    if (!in_turn(session) || !session_say(session, "STARTTLS", "STARTTLS") ||
        !read_answer(session, &facts->starttls) || !stays(session, facts->starttls))
        return false;
    if (facts->starttls->code.value == 454 && says_too_many(facts->starttls)) {
        session->pushback = true;
        return session_turned_away(session, last_line(facts->starttls));
    }
    if (facts->starttls->code.value != 220)
        return false;
    return session_discard_trailing(session, &facts->starttls_trailing);
}

static bool make_tls(struct session *session)
{
    bool complete = session_handshake(session);

    if (complete || session->end == DIALOGUE_TLS)
        session->smtp->tls = known(complete);
    return complete;
}

static bool smtp_open(struct session *session)
{
    struct smtp_facts *facts = session->smtp;

    if (service_implicit_tls(session->service))
        return make_tls(session) && read_greeting(session);
    if (!read_greeting(session) || !say_hello(session, "EHLO", &facts->ehlo) || !say_old_hello(session))
        return false;
    facts->starttls_offered = smtp_offers(facts->ehlo, "STARTTLS", NULL);
    if (facts->helo != NULL && facts->helo->code.value == 250) /* there are no extensions without EHLO */
        facts->starttls_offered = NO;
    return facts->starttls_offered == YES && ask_for_tls(session) && make_tls(session);
}

static void smtp_converse(struct session *session)
{
    (void)say_hello(session, "EHLO inside TLS", &session->smtp->ehlo_tls);
}

/* We stop while an answer is due: it is waited for. Behind a 220 to STARTTLS only TLS may follow. */
static bool hear_out(struct session *session, int64_t deadline)
{
    struct smtp_reply_facts *reply;

    if (!session->answer_due)
        return true;
    if (!read_reply(session, deadline, CLEANUP_GRACE_MS, &reply, NULL))
        return false;
    return strcmp(session->stage, "STARTTLS") != 0 || reply->code.value != 220;
}

static bool say_goodbye(struct session *session)
{
    int64_t deadline = deadline_in(session->network->engine, CLEANUP_GRACE_MS, DEADLINE_NEVER);

    if (!hear_out(session, deadline) || !session_say(session, "QUIT", "QUIT"))
        return false;
    session->farewell = true;
    if (!read_reply(session, deadline, CLEANUP_GRACE_MS, &session->smtp->quit, NULL))
        return false;
    (void)stays(session, session->smtp->quit);
    return true;
}

static void smtp_leave(struct session *session)
{
    struct smtp_facts *facts = session->smtp;

    session_leave(session, say_goodbye);
    facts->end = session->end;
    facts->end_stage = session->end_stage;
    facts->end_reason = session->end_reason;
}

const struct dialogue smtp_dialogue = {.open = smtp_open, .converse = smtp_converse, .leave = smtp_leave};
