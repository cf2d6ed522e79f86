/*
 * pop3.c - a POP3 server in one clean session
 *
 *   server greets  ->  CAPA  ->  STLS  ->  handshake  ->  CAPA again, inside  ->  QUIT
 *   handshake  ->  server greets, inside  ->  CAPA  ->  QUIT                      (implicit TLS)
 *
 * RFC 1939 3, 4 (responses, greeting), RFC 2449 5 (CAPA), RFC 2595 4 (STLS), RFC 8314 3.1. One command at a
 * time, none before the greeting. Bytes behind the +OK of STLS are a fact and never fed to TLS. Judged in
 * reports/checks/pop3.c.
 */
#include "probes/protocol/capability.h"
#include "probes/protocol/pop3_response.h"
#include "probes/session.h"

#include "scanner/base/text.h"

#include <string.h>

enum { LIST_LINES_MAX = 512 };

static bool breaks_protocol(struct session *session, const char *how)
{
    session->answer_due = false;
    session->listing = false;
    return session_over(session, DIALOGUE_PROTOCOL, "%s (%s)", how, session->stage);
}

static bool read_response(struct session *session, int64_t deadline, int64_t limit_ms,
                          struct pop3_response *ret)
{
    struct bytes line;

    if (!session_read_line(session, deadline, limit_ms, &line))
        return false;
    if (pop3_response_read(line, session->arena, ret) < 0)
        return session_out_of_memory(session);
    return true;
}

/* *capabilities, which may be NULL, is written when the list is whole. */
static bool read_list(struct session *session, int64_t deadline, int64_t limit_ms, struct list *capabilities)
{
    struct list list = {.observed = true};

    for (size_t i = 0; i < LIST_LINES_MAX; i++) {
        struct bytes line;
        bool end;

        if (!session_read_line(session, deadline, limit_ms, &line))
            return false;
        if (pop3_capability_read(line, session->arena, &list, &end) < 0)
            return session_out_of_memory(session);
        if (end) {
            if (capabilities != NULL)
                *capabilities = list;
            return true;
        }
    }
    session->dead = true; /* where its end is, nobody knows */
    return breaks_protocol(session, "the server lists more than 512 capabilities");
}

/* The answer to the command sent last: a status line and, behind the +OK to CAPA, a list. Goes on with the
 * list where a wait for it was cut short; *ret has no status then. */
static bool read_answer(struct session *session, int64_t deadline, int64_t limit_ms,
                        struct pop3_response *ret, struct list *capabilities)
{
    *ret = (struct pop3_response){.status = POP3_STATUS_NONE};
    if (!session->listing) {
        if (!read_response(session, deadline, limit_ms, ret))
            return false;
        if (ret->status == POP3_STATUS_NONE)
            return breaks_protocol(session, "the server says something that is not POP3");
        session->listing = ret->status == POP3_STATUS_OK && text_starts_with(session->stage, "CAPA");
    }
    if (session->listing && !read_list(session, deadline, limit_ms, capabilities))
        return false;
    session->listing = false;
    session->answer_due = false;
    return true;
}

/* A line that nobody asked for would be taken for the answer to what we say next. */
static bool in_turn(struct session *session)
{
    int64_t deadline = deadline_in(session->network->engine, REPLY_TIMEOUT_MS, session->deadline);
    struct pop3_response response;

    if (!session_has_input(session))
        return true;
    session_note(session, "the server speaks unasked:");
    return read_response(session, deadline, REPLY_TIMEOUT_MS, &response) &&
           session_over(session, DIALOGUE_PROTOCOL, "the server spoke out of turn (after %s)",
                        session->stage);
}

static bool ask(struct session *session, const char *stage, const char *command, struct pop3_response *ret,
                struct list *capabilities)
{
    struct engine *engine = session->network->engine;

    return in_turn(session) && session_say(session, stage, "%s", command) &&
           read_answer(session, deadline_in(engine, REPLY_TIMEOUT_MS, session->deadline), REPLY_TIMEOUT_MS,
                       ret, capabilities);
}

static bool read_greeting(struct session *session)
{
    struct engine *engine = session->network->engine;
    struct pop3_facts *facts = session->pop3;
    int64_t deadline = deadline_in(engine, GREETING_TIMEOUT_MS, session->deadline);
    struct pop3_response response;

    session->stage = "greeting";
    session->served = false;
    if (!read_response(session, deadline, GREETING_TIMEOUT_MS, &response))
        return false;
    facts->greeting = pop3_greeting_kind(&response);
    facts->greeting_text = response.text;
    facts->greeting_milliseconds = number(engine_now(engine) - session->spoke);
    switch (facts->greeting) {
    case POP3_GREETING_NOT_OBSERVED:
    case POP3_GREETING_OTHER:
        session->dead = true;
        return breaks_protocol(session, "the greeting is not POP3");
    case POP3_GREETING_ERROR: /* most close then; RFC 3206 5 says which of them mean for ever */
        session->greeted = true;
        session->farewell = true;
        session->pushback = !text_equal(response.code, "SYS/PERM");
        return session_turned_away(session, response.text);
    case POP3_GREETING_OK:
        break;
    }
    session->served = true;
    session->greeted = true;
    return true;
}

/* A refusal leaves the lists unobserved. */
static bool learn_capabilities(struct session *session, const char *stage, struct pop3_response *ret,
                               struct list *capabilities, struct list *mechanisms)
{
    if (!ask(session, stage, "CAPA", ret, capabilities))
        return false;
    if (capability_words(capabilities, "SASL", session->arena, mechanisms) < 0)
        return session_out_of_memory(session);
    return true;
}

/* Extensions are announced by CAPA (RFC 2449 5): a server that does not know it offers none. */
static bool learn_offers(struct session *session)
{
    struct pop3_facts *facts = session->pop3;
    struct pop3_response answer;

    if (!learn_capabilities(session, "CAPA", &answer, &facts->capabilities, &facts->mechanisms))
        return false;
    facts->starttls_offered =
        answer.status == POP3_STATUS_ERROR ? NO : capability_listed(&facts->capabilities, "STLS");
    facts->user_offered = capability_listed(&facts->capabilities, "USER");
    return true;
}

/* False also when there is no STLS to be had: a fact, and the session ends with QUIT. */
static bool ask_for_tls(struct session *session)
{
    struct pop3_facts *facts = session->pop3;
    struct pop3_response answer;

    if (facts->starttls_offered != YES || !ask(session, "STLS", "STLS", &answer, NULL))
        return false;
    facts->starttls = answer.text;
    return answer.status == POP3_STATUS_OK && session_discard_trailing(session, &facts->starttls_trailing);
}

static bool make_tls(struct session *session)
{
    bool complete = session_handshake(session);

    if (complete || session->end == DIALOGUE_TLS)
        session->pop3->tls = known(complete);
    return complete;
}

static bool pop3_open(struct session *session)
{
    if (service_implicit_tls(session->service))
        return make_tls(session) && read_greeting(session);
    return read_greeting(session) && learn_offers(session) && ask_for_tls(session) && make_tls(session);
}

static void pop3_converse(struct session *session)
{
    struct pop3_facts *facts = session->pop3;
    struct pop3_response answer;

    (void)learn_capabilities(session, "CAPA inside TLS", &answer, &facts->capabilities_tls,
                             &facts->mechanisms_tls);
}

/* We stop while an answer is due: it is waited for. Behind a +OK to STLS only TLS may follow. */
static bool hear_out(struct session *session, int64_t deadline)
{
    struct pop3_response answer;

    if (!session->answer_due)
        return true;
    if (!read_answer(session, deadline, CLEANUP_GRACE_MS, &answer, NULL))
        return false;
    return strcmp(session->stage, "STLS") != 0 || answer.status != POP3_STATUS_OK;
}

static bool say_goodbye(struct session *session)
{
    int64_t deadline = deadline_in(session->network->engine, CLEANUP_GRACE_MS, DEADLINE_NEVER);
    struct pop3_response answer;

    if (!hear_out(session, deadline) || !session_say(session, "QUIT", "QUIT"))
        return false;
    session->farewell = true;
    if (!read_answer(session, deadline, CLEANUP_GRACE_MS, &answer, NULL))
        return false;
    session->pop3->quit = known(answer.status == POP3_STATUS_OK);
    return true;
}

static void pop3_leave(struct session *session)
{
    struct pop3_facts *facts = session->pop3;

    session_leave(session, say_goodbye);
    facts->end = session->end;
    facts->end_stage = session->end_stage;
    facts->end_reason = session->end_reason;
}

const struct dialogue pop3_dialogue = {.open = pop3_open, .converse = pop3_converse, .leave = pop3_leave};
