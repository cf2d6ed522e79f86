/*
 * session.c - one connection of a scan: slot, connect, lines, handshake, and how it ended
 */
#include "probes/session.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct engine *engine_of(const struct session *session)
{
    return session->network->engine;
}

static int64_t since(const struct session *session, int64_t start)
{
    return engine_now(engine_of(session)) - start;
}

/* ---- the transcript ---- */

static void write_down(struct session *session, const char *who, const char *text)
{
    struct list *lines = session->transcript;
    struct dialogue_line *line;

    if (lines == NULL || lines->count >= DIALOGUE_LINES_MAX)
        return;
    if (lines->count == DIALOGUE_LINES_MAX - 1) {
        who = "note";
        text = "what was said after this is left out";
    }
    line = list_new_item(lines, session->arena, sizeof *line);
    if (line == NULL || text == NULL) {
        session_out_of_memory(session);
        return;
    }
    line->milliseconds = number(since(session, session->started));
    line->who = who;
    line->text = text;
}

static void write_down_bytes(struct session *session, const char *who, struct bytes said)
{
    if (session->transcript != NULL)
        write_down(session, who, text_clean(session->arena, said.data, said.size, DIALOGUE_LINE_MAX));
}

void session_note(struct session *session, const char *format, ...)
{
    va_list arguments;

    if (session->transcript == NULL)
        return;
    va_start(arguments, format);
    write_down(session, "note", arena_vformat(session->arena, format, arguments));
    va_end(arguments);
}

/* ---- how it ends ---- */

bool session_over(struct session *session, enum dialogue_end end, const char *format, ...)
{
    va_list arguments;

    if (session->end != DIALOGUE_NOT_OBSERVED)
        return false;
    session->end = end;
    session->end_stage = session->stage;
    va_start(arguments, format);
    session->end_reason = arena_vformat(session->arena, format, arguments);
    va_end(arguments);
    if (session->end_reason == NULL)
        session_out_of_memory(session);
    return false;
}

bool session_turned_away(struct session *session, const char *said)
{
    session_over(session, DIALOGUE_TURNED_AWAY, "the server turned us away (%s): %s", session->stage, said);
    return false;
}

bool session_out_of_memory(struct session *session)
{
    session->failure = -ENOMEM;
    return false;
}

/* Does the server owe this by itself, and not as an answer? */
static bool comes_by_itself(const struct session *session)
{
    return session->stage[0] >= 'a' && session->stage[0] <= 'z' && strcmp(session->stage, "handshake") != 0;
}

static bool ran_out_of_time(struct session *session, int64_t deadline, int64_t limit_ms)
{
    if (deadline == session->deadline)
        return session_over(session, DIALOGUE_CANCELED, "the time of the scan was over (%s)", session->stage);
    if (comes_by_itself(session))
        return session_over(session, DIALOGUE_TIMEOUT, "no complete %s within %lld seconds", session->stage,
                            (long long)(limit_ms / 1000));
    return session_over(session, DIALOGUE_TIMEOUT, "no complete answer to %s within %lld seconds",
                        session->stage, (long long)(limit_ms / 1000));
}

static bool lost_connection(struct session *session, enum dialogue_end end, const char *what)
{
    session->dead = true;
    session_note(session, "the server %s the connection", what);
    if (comes_by_itself(session))
        return session_over(session, end, "the server %s the connection before its %s was complete", what,
                            session->stage);
    return session_over(session, end, "the server %s the connection after %s", what, session->stage);
}

/* Notes what an error of the stream means for the session. */
static bool stream_failed(struct session *session, int error, int64_t deadline, int64_t limit_ms)
{
    switch (-error) {
    case ECANCELED:
        session->failure = -ECANCELED;
        return session_over(session, DIALOGUE_CANCELED, "the scan was stopped (%s)", session->stage);
    case ETIMEDOUT:
        return ran_out_of_time(session, deadline, limit_ms);
    case EPIPE:
        return lost_connection(session, DIALOGUE_CLOSED, "closed");
    case ECONNRESET:
        return lost_connection(session, DIALOGUE_RESET, "reset");
    case EMSGSIZE:
        session->dead = true;
        return session_over(session, DIALOGUE_PROTOCOL,
                            stream_bytes_in(session->stream) > STREAM_TOTAL_MAX
                                ? "the server sent more than a megabyte (%s)"
                                : "the server sent a line of more than 4096 bytes (%s)",
                            session->stage);
    case ENOMEM:
        session->dead = true;
        return session_out_of_memory(session);
    case EPROTO:
        session->dead = true;
        return session_over(session, DIALOGUE_TLS, "TLS broke after %s", session->stage);
    default:
        session->dead = true;
        return session_over(session, DIALOGUE_CLOSED, "%s (%s)", stream_error_text(error), session->stage);
    }
}

/* May the farewell be said? Not before the greeting, not on a dead connection, not over an answer due
 * (unless we are the ones who stop: then its end can be waited for). */
static bool may_leave(const struct session *session)
{
    return session->stream != NULL && session->greeted && !session->dead &&
           (!session->answer_due || session->end == DIALOGUE_CANCELED);
}

void session_leave(struct session *session, bool (*say_goodbye)(struct session *session))
{
    bool answered = false;

    if (may_leave(session)) {
        pacer_ending(session->slot, session->endpoint->connect_milliseconds.value);
        task_shield(engine_of(session), CLEANUP_GRACE_MS);
        answered = say_goodbye(session);
        task_unshield(engine_of(session));
    }
    if (session->end == DIALOGUE_NOT_OBSERVED && answered)
        session->end = DIALOGUE_COMPLETE;
}

/* ---- connecting ---- */

static void note_state(struct session *session, enum endpoint_state state, const char *reason)
{
    if (session->endpoint->state != ENDPOINT_NOT_OBSERVED)
        return;
    session->endpoint->state = state;
    session->endpoint->reason = reason;
}

static void note_no_connection(struct session *session, int error, int64_t deadline)
{
    switch (-error) {
    case ENOMEM:
        session_out_of_memory(session);
        return;
    case ECANCELED:
        session->failure = -ECANCELED;
        note_state(session, ENDPOINT_NOT_CONTACTED, "the scan was stopped before the server answered");
        return;
    case ECONNREFUSED:
    case ECONNRESET:
        note_state(session, ENDPOINT_REFUSED, stream_error_text(error));
        return;
    case ETIMEDOUT:
        if (deadline == session->deadline)
            note_state(session, ENDPOINT_NOT_CONTACTED,
                       "the time of the scan was over before the server answered");
        else
            note_state(session, ENDPOINT_SILENT, stream_error_text(error));
        return;
    case EPERM:
    case EAFNOSUPPORT:
    case EMFILE:
    case ENFILE:
        note_state(session, ENDPOINT_NOT_CONTACTED, stream_error_text(error));
        return;
    default:
        note_state(session, ENDPOINT_UNREACHABLE, stream_error_text(error));
        return;
    }
}

/* Does a failed connect() say something about the server? */
static bool is_no_answer(int error)
{
    return error == -ECONNREFUSED || error == -ECONNRESET || error == -ETIMEDOUT || error == -EHOSTUNREACH ||
           error == -ENETUNREACH;
}

static void count(struct number *what)
{
    *what = number(what->value + 1);
}

/* A server that lets nobody in after it has let us in before tells us to slow down. */
static enum pacer_result unserved(const struct session *session)
{
    struct pacer_state state = pacer_state(session->network->pacer, &session->address, session->port);

    return state.successes > 0 ? PACER_PUSHBACK : PACER_NO_ANSWER;
}

static void give_slot(struct session *session, enum pacer_result result)
{
    if (result == PACER_PUSHBACK)
        count(&session->endpoint->pushbacks);
    pacer_give(session->slot, result);
    session->slot = NULL;
}

bool session_connect(struct session *session)
{
    struct network *network = session->network;
    int64_t deadline = session->deadline;
    int error;

    session->stage = "connect";
    error = session->slot == NULL
                ? pacer_take(network->pacer, &session->address, session->port, deadline, &session->slot)
                : 0;
    if (error < 0) {
        note_no_connection(session, error, deadline);
        return false;
    }
    session->started = engine_now(network->engine);
    session->spoke = session->started;
    deadline = deadline_in(network->engine, CONNECT_TIMEOUT_MS, deadline);
    error = stream_connect(network, &session->address, session->port, deadline, &session->stream);
    if (error < 0) {
        bool answered = is_no_answer(error) && deadline != session->deadline;

        if (error == -ECANCELED && unserved(session) == PACER_PUSHBACK) { /* a server that is there sees it */
            count(&session->endpoint->connections);
            count(&session->endpoint->aborted);
        }
        note_no_connection(session, error, deadline);
        give_slot(session, answered ? unserved(session) : PACER_NEUTRAL);
        return false;
    }
    session->connected = true;
    count(&session->endpoint->connections);
    if (!session->endpoint->connect_milliseconds.known)
        session->endpoint->connect_milliseconds = number(since(session, session->started));
    return true;
}

static enum pacer_result result_of(const struct session *session)
{
    if (session->pushback)
        return PACER_PUSHBACK;
    if (session->failure != 0 || session->end == DIALOGUE_CANCELED || session->inconclusive)
        return PACER_NEUTRAL;
    return session->served ? PACER_SUCCESS : unserved(session);
}

/* What became of the first contact, once it is over. */
static void note_contact(struct session *session)
{
    if (session->served)
        note_state(session, ENDPOINT_OPEN, NULL);
    else if (session->end == DIALOGUE_PROTOCOL)
        note_state(session, ENDPOINT_OPEN, session->end_reason);
    else if (session->end == DIALOGUE_CANCELED)
        note_state(session, ENDPOINT_NOT_OBSERVED, session->end_reason);
    else
        note_state(session, ENDPOINT_TURNED_AWAY, session->end_reason);
}

/* A proxy accepts for a server that is not there, and so does a filter of the network on the way. */
static void note_speech(struct session *session)
{
    if (stream_bytes_in(session->stream) > 0)
        session->endpoint->heard = YES;
    else if (session->endpoint->heard == UNKNOWN && session->failure == 0 &&
             session->end != DIALOGUE_CANCELED)
        session->endpoint->heard = NO;
}

void session_close(struct session *session)
{
    if (session->stream == NULL)
        return;
    note_speech(session);
    note_contact(session);
    if (!session->farewell)
        count(&session->endpoint->aborted);
    if (session->tls.keep_session)
        session->resumable = stream_take_resumable(session->stream);
    stream_close(session->stream);
    session->stream = NULL;
    give_slot(session, result_of(session));
}

/* ---- talking ---- */

bool session_read_line(struct session *session, int64_t deadline, int64_t limit_ms, struct bytes *ret)
{
    struct bytes line = {0};
    int error = stream_read_line(session->stream, deadline, &line);

    if (error == 0 || (error == -EPIPE && line.size > 0))
        write_down_bytes(session, "server", line);
    if (error < 0)
        return stream_failed(session, error, deadline, limit_ms);
    *ret = line;
    return session->failure != -ENOMEM;
}

/* 0, or an error of the stream; the end of the connection is one here. */
static int read_fully(struct session *session, uint8_t *to, size_t size, int64_t deadline)
{
    size_t have = 0;

    while (have < size) {
        int64_t got = stream_read(session->stream, to + have, size - have, deadline);

        if (got <= 0)
            return got == 0 ? -EPIPE : (int)got;
        have += (size_t)got;
    }
    return 0;
}

bool session_read_block(struct session *session, size_t size, int64_t deadline, int64_t limit_ms,
                        struct bytes *ret)
{
    uint8_t *block = arena_alloc(session->arena, size + 1); /* none is a block, too */
    int error;

    if (block == NULL)
        return session_out_of_memory(session);
    error = read_fully(session, block, size, deadline);
    if (error < 0) {
        session->dead = true;
        return stream_failed(session, error, deadline, limit_ms);
    }
    *ret = bytes_of(block, size);
    write_down_bytes(session, "server", *ret);
    return session->failure != -ENOMEM;
}

bool session_say(struct session *session, const char *stage, const char *format, ...)
{
    int64_t deadline = deadline_in(engine_of(session), REPLY_TIMEOUT_MS, session->deadline);
    uint64_t sent = stream_bytes_out(session->stream);
    struct buffer out = {.limit = DIALOGUE_LINE_MAX};
    va_list arguments;
    char *line;
    int error;

    session->stage = stage;
    va_start(arguments, format);
    line = arena_vformat(session->arena, format, arguments);
    va_end(arguments);
    if (line == NULL)
        return session_out_of_memory(session);
    put_text(&out, line);
    put_text(&out, "\r\n");
    if (out.failed) {
        buffer_free(&out);
        return session_out_of_memory(session);
    }
    session->commands++;
    session->spoke = engine_now(engine_of(session));
    error = stream_write(session->stream, out.data, out.size, deadline);
    buffer_free(&out);
    session->answer_due = stream_bytes_out(session->stream) > sent; /* not if we were stopped before */
    if (session->answer_due)
        write_down(session, "client", line);
    if (error < 0)
        return stream_failed(session, error, deadline, REPLY_TIMEOUT_MS);
    return session->failure != -ENOMEM; /* canceled: the farewell goes on */
}

bool session_has_input(struct session *session)
{
    if (stream_pending(session->stream).size == 0)
        (void)stream_poll_input(session->stream); /* an error shows at the next read */
    return stream_pending(session->stream).size > 0;
}

bool session_discard_trailing(struct session *session, struct bytes *ret)
{
    struct bytes trailing;
    size_t kept;
    void *copy;

    if (!session_has_input(session))
        return true;
    trailing = stream_pending(session->stream);
    kept = trailing.size < TRAILING_KEPT ? trailing.size : TRAILING_KEPT;
    copy = arena_copy(session->arena, trailing.data, kept);
    if (copy == NULL)
        return session_out_of_memory(session);
    *ret = bytes_of(copy, kept);
    session_note(session, "%zu bytes in clear behind this answer, not believed:", trailing.size);
    write_down_bytes(session, "server", *ret);
    stream_discard_pending(session->stream);
    return true;
}

/* ---- TLS ---- */

static bool handshake_failed(struct session *session, int error)
{
    const struct tls_handshake_facts *handshake = session->handshake;
    const char *reason =
        handshake != NULL && handshake->reason != NULL ? handshake->reason : stream_error_text(error);

    session->dead = true;
    if (error == -ENOMEM)
        return session_out_of_memory(session);
    if (error == -ECANCELED)
        session->failure = -ECANCELED;
    session_note(session, "no TLS: %s", reason);
    return session_over(
        session, handshake != NULL && handshake->result == TLS_CANCELED ? DIALOGUE_CANCELED : DIALOGUE_TLS,
        "%s", reason);
}

/* The server was not given the time it may take: its silence means nothing. */
static void excuse_silence(struct tls_handshake_facts *handshake)
{
    if (handshake->result != TLS_SILENT)
        return;
    handshake->result = TLS_CANCELED;
    handshake->reason = "the time of the scan was over";
}

static struct tls_facts *facts_of_tls(struct session *session)
{
    struct endpoint_facts *endpoint = session->endpoint;

    if (session->aside != NULL)
        return session->aside;
    if (endpoint->tls == NULL)
        endpoint->tls = arena_alloc(session->tls_arena, sizeof *endpoint->tls);
    return endpoint->tls;
}

bool session_handshake(struct session *session)
{
    int64_t deadline = deadline_in(engine_of(session), HANDSHAKE_TIMEOUT_MS, session->deadline);
    uint64_t before = stream_bytes_in(session->stream);
    struct tls_facts *facts = facts_of_tls(session);
    size_t place;
    int error;

    session->stage = "handshake";
    if (facts == NULL)
        return session_out_of_memory(session);
    if (session->instead != NULL)
        return session->instead(session);
    place = facts->handshakes.count;
    error = tls_handshake(session->stream, session->network->tls, &session->tls, deadline, session->tls_arena,
                          facts);
    if (stream_bytes_in(session->stream) > before) /* it speaks, if only to refuse */
        session->served = true;
    else if (session->aside != NULL) /* an odd offer may be refused without a word */
        session->inconclusive = !session->served;
    if (place < facts->handshakes.count)
        session->handshake = facts->handshakes.items[place];
    if (error < 0) {
        if (session->handshake != NULL && error == -ETIMEDOUT && deadline == session->deadline)
            excuse_silence(session->handshake);
        return handshake_failed(session, error);
    }
    session->spoke = engine_now(engine_of(session));
    session_note(session, "%s began: %s",
                 session->handshake->version == NULL ? "TLS" : session->handshake->version,
                 session->handshake->suite == NULL ? "suite unknown" : session->handshake->suite);
    return session->failure != -ENOMEM;
}
