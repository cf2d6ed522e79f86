/*
 * sieve.c - a ManageSieve server in one clean session
 *
 *   server greets with its capabilities  ->  STARTTLS  ->  handshake  ->  server lists them again  ->  LOGOUT
 *
 * RFC 5804 1.7 (capabilities), 2.2 (STARTTLS, after which they come unasked), 2.3 (LOGOUT), 1.2 (BYE). One
 * command at a time, none before the greeting or the second list is complete. Bytes behind the OK of STARTTLS
 * are a fact and never fed to TLS. Judged in reports/checks/sieve.c.
 */
#include "probes/protocol/capability.h"
#include "probes/protocol/sieve_response.h"
#include "probes/session.h"

#include <string.h>

/* Reads one whole response, also one that breaks the protocol: then false is returned. */
static bool read_response(struct session *session, int64_t deadline, int64_t limit_ms,
                          struct sieve_response *ret)
{
    enum sieve_response_state state = SIEVE_RESPONSE_MORE;

    *ret = (struct sieve_response){0};
    while (state == SIEVE_RESPONSE_MORE || state == SIEVE_RESPONSE_LITERAL) {
        struct bytes in;
        bool heard = state == SIEVE_RESPONSE_LITERAL
                         ? session_read_block(session, ret->literal, deadline, limit_ms, &in)
                         : session_read_line(session, deadline, limit_ms, &in);

        if (!heard) {
            if (sieve_response_within_line(ret)) /* what comes next cannot be understood any more */
                session->dead = true;
            return false;
        }
        if (sieve_response_feed(ret, in, session->arena, &state) < 0)
            return session_out_of_memory(session);
    }
    session->answer_due = false;
    if (state == SIEVE_RESPONSE_COMPLETE)
        return true;
    session->dead = true; /* where the next response begins, nobody knows */
    return session_over(session, DIALOGUE_PROTOCOL, "%s (%s)", ret->broken, session->stage);
}

/* BYE may come at any time and means that the server closes (RFC 5804 1.2). */
static bool stays(struct session *session, const struct sieve_response *response)
{
    if (response->status != SIEVE_STATUS_BYE)
        return true;
    session->pushback = true;
    session->farewell = true;
    session->dead = true;
    return session_turned_away(session, response->text);
}

static bool read_answer(struct session *session, struct sieve_response *ret)
{
    int64_t deadline = deadline_in(session->network->engine, REPLY_TIMEOUT_MS, session->deadline);

    return read_response(session, deadline, REPLY_TIMEOUT_MS, ret) && stays(session, ret);
}

/* A response that nobody asked for would be taken for the answer to what we say next. */
static bool in_turn(struct session *session)
{
    struct sieve_response response;

    if (!session_has_input(session))
        return true;
    session_note(session, "the server speaks unasked:");
    return read_answer(session, &response) &&
           session_over(session, DIALOGUE_PROTOCOL, "the server spoke out of turn (after %s)",
                        session->stage);
}

static bool note_capabilities(struct session *session, const struct sieve_response *response,
                              struct list *capabilities, struct list *mechanisms)
{
    *capabilities = response->capabilities;
    if (capability_words(capabilities, "SASL", session->arena, mechanisms) < 0)
        return session_out_of_memory(session);
    return true;
}

static bool read_greeting(struct session *session)
{
    struct engine *engine = session->network->engine;
    struct sieve_facts *facts = session->sieve;
    int64_t deadline = deadline_in(engine, GREETING_TIMEOUT_MS, session->deadline);
    struct sieve_response response;
    bool understood;

    session->stage = "greeting";
    session->served = false;
    understood = read_response(session, deadline, GREETING_TIMEOUT_MS, &response);
    if (!understood && response.broken == NULL)
        return false;
    facts->greeting = sieve_greeting_kind(&response);
    facts->greeting_text = response.text;
    facts->greeting_milliseconds = number(engine_now(engine) - session->spoke);
    switch (facts->greeting) {
    case SIEVE_GREETING_NOT_OBSERVED:
    case SIEVE_GREETING_OTHER:
        return false;
    case SIEVE_GREETING_BYE:
        return stays(session, &response);
    case SIEVE_GREETING_NO:
        session->greeted = true;
        return session_turned_away(session, response.text);
    case SIEVE_GREETING_OK:
        break;
    }
    session->served = true;
    session->greeted = true;
    return note_capabilities(session, &response, &facts->capabilities, &facts->mechanisms);
}

/* False also when there is no STARTTLS to be had: a fact, and the session ends with LOGOUT. */
static bool ask_for_tls(struct session *session)
{
    struct sieve_facts *facts = session->sieve;
    struct sieve_response answer;

    facts->starttls_offered = capability_listed(&facts->capabilities, "STARTTLS");
    if (facts->starttls_offered != YES || !in_turn(session) ||
        !session_say(session, "STARTTLS", "STARTTLS") || !read_answer(session, &answer))
        return false;
    facts->starttls = answer.text;
    return answer.status == SIEVE_STATUS_OK && session_discard_trailing(session, &facts->starttls_trailing);
}

/* What was listed in clear is not to be believed, so the server begins anew by itself (RFC 5804 2.2). Until
 * it has, we owe it our silence, as after a command. */
static bool make_tls(struct session *session)
{
    bool complete;

    session->answer_due = true;
    complete = session_handshake(session);
    if (complete || session->end == DIALOGUE_TLS)
        session->sieve->tls = known(complete);
    return complete;
}

static bool read_list_again(struct session *session)
{
    struct sieve_facts *facts = session->sieve;
    struct sieve_response response;

    session->stage = "capability list inside TLS";
    if (!read_answer(session, &response))
        return false;
    if (response.status != SIEVE_STATUS_OK)
        return session_over(session, DIALOGUE_PROTOCOL, "the server answers TLS with %s", response.text);
    return note_capabilities(session, &response, &facts->capabilities_tls, &facts->mechanisms_tls);
}

static bool sieve_open(struct session *session)
{
    return read_greeting(session) && ask_for_tls(session) && make_tls(session) && read_list_again(session);
}

/* All there is to ask for has come by itself. */
static void sieve_converse(struct session *session)
{
    (void)session;
}

/* We stop while a response is due: it is waited for. Behind an OK to STARTTLS only TLS may follow. */
static bool hear_out(struct session *session, int64_t deadline)
{
    struct sieve_response response;

    if (!session->answer_due)
        return true;
    if (!read_response(session, deadline, CLEANUP_GRACE_MS, &response) || !stays(session, &response))
        return false;
    return strcmp(session->stage, "STARTTLS") != 0 || response.status != SIEVE_STATUS_OK;
}

static bool say_goodbye(struct session *session)
{
    int64_t deadline = deadline_in(session->network->engine, CLEANUP_GRACE_MS, DEADLINE_NEVER);
    struct sieve_response answer;

    if (!hear_out(session, deadline) || !session_say(session, "LOGOUT", "LOGOUT"))
        return false;
    session->farewell = true;
    if (!read_response(session, deadline, CLEANUP_GRACE_MS, &answer))
        return false;
    session->sieve->logout = known(answer.status == SIEVE_STATUS_OK);
    return true;
}

static void sieve_leave(struct session *session)
{
    struct sieve_facts *facts = session->sieve;

    session_leave(session, say_goodbye);
    facts->end = session->end;
    facts->end_stage = session->end_stage;
    facts->end_reason = session->end_reason;
}

const struct dialogue sieve_dialogue = {.open = sieve_open, .converse = sieve_converse, .leave = sieve_leave};
