/*
 * imap.c - an IMAP server in one clean session
 *
 *   server greets  ->  CAPABILITY  ->  STARTTLS  ->  handshake  ->  CAPABILITY again, inside  ->  LOGOUT
 *   handshake  ->  server greets, inside  ->  CAPABILITY  ->  LOGOUT                           (implicit TLS)
 *
 * RFC 9051 7.1 (greeting, BYE), 6.1.1 (CAPABILITY), 6.2.1 (STARTTLS), 6.1.3 (LOGOUT). One command at a time,
 * none before the greeting; capabilities that the greeting lists are not asked for again. Bytes behind the OK
 * of STARTTLS are a fact and never fed to TLS. Judged in reports/checks/imap.c.
 */
#include "probes/protocol/imap_response.h"
#include "probes/session.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { RESPONSES_MAX = 512, TAG_SIZE = 16 };

/* The tag of the command sent last. */
static const char *last_tag(const struct session *session, char tag[static TAG_SIZE])
{
    (void)snprintf(tag, TAG_SIZE, "a%u", session->commands);
    return tag;
}

static bool read_response(struct session *session, int64_t deadline, int64_t limit_ms,
                          struct imap_response *ret)
{
    struct bytes line;

    if (!session_read_line(session, deadline, limit_ms, &line))
        return false;
    if (imap_response_read(line, session->arena, ret) < 0)
        return session_out_of_memory(session);
    return true;
}

/* BYE means that the server closes (RFC 9051 7.1.5). */
static bool said_bye(struct session *session, const struct imap_response *response)
{
    session->pushback = true;
    session->farewell = true;
    session->dead = true;
    return session_turned_away(session, response->text);
}

static bool breaks_protocol(struct session *session, const char *how)
{
    session->answer_due = false;
    return session_over(session, DIALOGUE_PROTOCOL, "%s (%s)", how, session->stage);
}

/*
 * The answer to the command sent last: untagged responses, then ours. *capabilities, which may be NULL, takes
 * those of the last response that lists any.
 */
static bool read_answer(struct session *session, struct imap_response *ret, struct list *capabilities)
{
    int64_t deadline = deadline_in(session->network->engine, REPLY_TIMEOUT_MS, session->deadline);
    char tag[TAG_SIZE];

    for (size_t i = 0; i < RESPONSES_MAX; i++) {
        struct imap_response response;

        if (!read_response(session, deadline, REPLY_TIMEOUT_MS, &response))
            return false;
        if (response.literal)
            return breaks_protocol(session, "the server sends a literal, which nothing asked here needs");
        if (capabilities != NULL && response.capabilities.observed)
            *capabilities = response.capabilities;
        switch (response.kind) {
        case IMAP_RESPONSE_OTHER:
            return breaks_protocol(session, "the server says something that is not IMAP");
        case IMAP_RESPONSE_CONTINUATION:
            return breaks_protocol(session, "the server asks for more of a command that was complete");
        case IMAP_RESPONSE_UNTAGGED:
            if (response.status == IMAP_STATUS_BYE)
                return said_bye(session, &response);
            break;
        case IMAP_RESPONSE_TAGGED:
            if (strcmp(response.tag, last_tag(session, tag)) != 0)
                return breaks_protocol(session, "the server answers a command that was not sent");
            session->answer_due = false;
            *ret = response;
            return true;
        }
    }
    return breaks_protocol(session, "the server sends more than 512 responses");
}

/* Untagged responses may come at any time (RFC 9051 5.2): they are read with the next answer. */
static bool ask(struct session *session, const char *stage, const char *command, struct imap_response *ret,
                struct list *capabilities)
{
    return session_say(session, stage, "a%u %s", session->commands + 1, command) &&
           read_answer(session, ret, capabilities);
}

static bool read_greeting(struct session *session, struct list *capabilities)
{
    struct engine *engine = session->network->engine;
    struct imap_facts *facts = session->imap;
    int64_t deadline = deadline_in(engine, GREETING_TIMEOUT_MS, session->deadline);
    struct imap_response response;

    session->stage = "greeting";
    session->served = false;
    if (!read_response(session, deadline, GREETING_TIMEOUT_MS, &response))
        return false;
    facts->greeting = imap_greeting_kind(&response);
    facts->greeting_text = response.text;
    facts->greeting_milliseconds = number(engine_now(engine) - session->spoke);
    switch (facts->greeting) {
    case IMAP_GREETING_BYE:
        return said_bye(session, &response);
    case IMAP_GREETING_NOT_OBSERVED:
    case IMAP_GREETING_OTHER:
        session->dead = true;
        return breaks_protocol(session, "the greeting is not IMAP");
    case IMAP_GREETING_OK:
    case IMAP_GREETING_PREAUTH:
        break;
    }
    *capabilities = response.capabilities;
    session->served = true;
    session->greeted = true;
    return true;
}

/* Asks for what the greeting did not list. A refusal leaves the list unobserved. */
static bool learn_capabilities(struct session *session, const char *stage, struct list *capabilities)
{
    struct imap_response answer;

    return capabilities->observed || ask(session, stage, "CAPABILITY", &answer, capabilities);
}

/* False also when there is no STARTTLS to be had: a fact, and the session ends with LOGOUT. */
static bool ask_for_tls(struct session *session)
{
    struct imap_facts *facts = session->imap;
    struct imap_response answer;

    if (facts->starttls_offered != YES)
        return false;
    if (facts->greeting == IMAP_GREETING_PREAUTH) { /* RFC 9051 6.2.1: only before authentication */
        session_note(session, "the session is authenticated already, STARTTLS is not allowed any more");
        return false;
    }
    if (!ask(session, "STARTTLS", "STARTTLS", &answer, NULL))
        return false;
    facts->starttls = answer.text;
    return answer.status == IMAP_STATUS_OK && session_discard_trailing(session, &facts->starttls_trailing);
}

static bool make_tls(struct session *session)
{
    bool complete = session_handshake(session);

    if (complete || session->end == DIALOGUE_TLS)
        session->imap->tls = known(complete);
    return complete;
}

static bool imap_open(struct session *session)
{
    struct imap_facts *facts = session->imap;

    if (service_implicit_tls(session->service))
        return make_tls(session) && read_greeting(session, &facts->capabilities_tls);
    if (!read_greeting(session, &facts->capabilities) ||
        !learn_capabilities(session, "CAPABILITY", &facts->capabilities))
        return false;
    if (facts->capabilities.observed) {
        facts->starttls_offered = known(list_has_text(&facts->capabilities, "STARTTLS"));
        facts->login_disabled = known(list_has_text(&facts->capabilities, "LOGINDISABLED"));
    }
    return ask_for_tls(session) && make_tls(session);
}

static void imap_converse(struct session *session)
{
    (void)learn_capabilities(session, "CAPABILITY inside TLS", &session->imap->capabilities_tls);
}

/* Reads up to the answer to the command sent last; what else comes is of no interest any more. */
static bool hear_out(struct session *session, int64_t deadline, struct imap_response *ret)
{
    char tag[TAG_SIZE];

    (void)last_tag(session, tag);
    for (size_t i = 0; i < RESPONSES_MAX; i++) {
        if (!read_response(session, deadline, CLEANUP_GRACE_MS, ret))
            return false;
        if (ret->kind == IMAP_RESPONSE_TAGGED && strcmp(ret->tag, tag) == 0) {
            session->answer_due = false;
            return true;
        }
    }
    return false;
}

/* We may be the ones who stop, while an answer is due: it is waited for. Behind an OK to STARTTLS only TLS
 * may follow. LOGOUT is answered by an untagged BYE and then by its tag. */
static bool say_goodbye(struct session *session)
{
    int64_t deadline = deadline_in(session->network->engine, CLEANUP_GRACE_MS, DEADLINE_NEVER);
    struct imap_response answer;

    if (session->answer_due) {
        if (!hear_out(session, deadline, &answer))
            return false;
        if (strcmp(session->stage, "STARTTLS") == 0 && answer.status == IMAP_STATUS_OK)
            return false;
    }
    if (!session_say(session, "LOGOUT", "a%u LOGOUT", session->commands + 1))
        return false;
    session->farewell = true;
    if (!hear_out(session, deadline, &answer))
        return false;
    session->imap->logout = known(answer.status == IMAP_STATUS_OK);
    return true;
}

static void imap_leave(struct session *session)
{
    struct imap_facts *facts = session->imap;

    session_leave(session, say_goodbye);
    facts->end = session->end;
    facts->end_stage = session->end_stage;
    facts->end_reason = session->end_reason;
}

const struct dialogue imap_dialogue = {.open = imap_open, .converse = imap_converse, .leave = imap_leave};
