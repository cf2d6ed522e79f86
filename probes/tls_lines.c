/*
 * tls_lines.c - connections that are made before the question for them is known
 *
 *   line:  slot -> connect -> dialogue up to TLS -> ready  ...  a question: hello, answer -> close
 *
 * Each question of a chain depends on the answer to the one before, but its connection does not: on a STARTTLS port four
 * of five round trips pass before the hello is said. So as many lines are opened as there are questions, asked or to be
 * expected, and as the pacer lets in at a time; whoever has a question takes the line that is ready first.
 *
 * A server that turns us away is asked again when the pacer lets us, until it has kept us out for too long. A line that
 * nobody needs in the end is closed. A server that does not wait for a hello is asked as the questions come.
 */
#include "probes/tls_enumeration.h"

#include <errno.h>
#include <stddef.h>

enum {
    PATIENCE_MS = 5000, /* of a line for a question; a server waits much longer */
    WAITED_MS = 1000,   /* after this a closed connection may be about the wait and not about the hello */
};

struct question {
    struct exchange *exchange;
    struct question *next;
    bool taken; /* by a line */
    bool done;
};

/* A connection on its way to a question. */
struct line {
    struct session session;
    struct enumeration *e;
    struct question *question;
    bool afresh;   /* ... which it was made for: none that others wait for or count */
    int64_t ready; /* engine's time; 0: not yet */
};

static struct engine *engine_of(const struct enumeration *e)
{
    return e->network->engine;
}

/* ---- how many ---- */

/* Questions of the near future, as far as one line each is worth it. */
static size_t foreseen(const struct enumeration *e)
{
    const struct lines *lines = &e->lines;
    size_t expected = lines->ended || lines->stale || lines->impatient ? 0 : e->expected;

    return e->stopped == NULL ? lines->asked_count + expected : 0;
}

static size_t wanted(const struct enumeration *e)
{
    size_t width = pacer_width(e->network->pacer);

    return foreseen(e) < width ? foreseen(e) : width;
}

static void line_run(void *argument);

static void open_lines(struct enumeration *e)
{
    struct lines *lines = &e->lines;

    while (e->group != NULL && lines->open < wanted(e)) {
        if (task_spawn(e->group, line_run, e, "line to %s:%lld", e->endpoint->address,
                       (long long)e->endpoint->port.value) < 0)
            return; /* too many tasks: whoever asks does it alone */
        lines->open++;
        lines->tasks++;
    }
}

void enumeration_expect(struct enumeration *e, size_t *mine, size_t questions)
{
    e->expected = e->expected - *mine + questions;
    *mine = questions;
    open_lines(e);
    wait_queue_wake(engine_of(e), &e->lines.questions, WAKE_ALL);
}

/* ---- a line ---- */

static struct question *next_question(struct enumeration *e)
{
    struct question *question = e->lines.first_asked;

    if (question == NULL)
        return NULL;
    e->lines.first_asked = question->next;
    e->lines.asked_count--;
    question->taken = true;
    return question;
}

static void ask_first(struct enumeration *e, struct question *question)
{
    question->taken = false;
    question->next = e->lines.first_asked;
    e->lines.first_asked = question;
    e->lines.asked_count++;
}

/* Is the server still there, and silent as it should be? */
static bool is_alive(struct session *session)
{
    if (stream_poll_input(session->stream) == 0 && !session_has_input(session))
        return true;
    session->dead = true;
    session->inconclusive = true;
    return session_over(session, DIALOGUE_CLOSED, "the server did not wait for a hello");
}

/* False: there is none for this line. */
static bool wait_for_question(struct line *line)
{
    struct enumeration *e = line->e;
    int64_t until = deadline_in(engine_of(e), PATIENCE_MS, line->session.deadline);
    bool waited = false;

    line->ready = engine_now(engine_of(e));
    e->lines.ready++;
    while (e->lines.first_asked == NULL && e->lines.ready <= foreseen(e)) {
        waited = true;
        int error = task_wait(engine_of(e), &e->lines.questions, until, "a question");

        if (error == -ETIMEDOUT)
            e->lines.stale = true; /* somebody takes long to think, and lines are not kept for that */
        if (error < 0)
            break;
    }
    e->lines.ready--;
    if (e->lines.first_asked == NULL)
        return false;
    if (waited && !is_alive(&line->session)) {
        e->lines.impatient = true;
        return false;
    }
    line->question = next_question(e);
    return true;
}

/* The server may have been tired of waiting: asked again, on a line that has not waited. */
static bool was_too_late(const struct line *line, const struct exchange *exchange, int64_t began)
{
    return (exchange->end == EXCHANGE_CLOSED || exchange->end == EXCHANGE_RESET) &&
           !exchange->reader.flight.hello_seen && !exchange->reader.flight.alert_seen &&
           began - line->ready > WAITED_MS;
}

static bool answer_question(struct session *session)
{
    struct line *line = (struct line *)(void *)((char *)session - offsetof(struct line, session));
    struct enumeration *e = line->e;
    int64_t began;

    if (line->afresh) {
        line->ready = engine_now(engine_of(e));
    } else if (wait_for_question(line)) {
        e->lines.open--;
        open_lines(e);
    } else {
        session->dead = true;
        session->inconclusive = !session->served;
        return session_over(session, DIALOGUE_TLS, "there was nothing left to ask");
    }
    began = engine_now(engine_of(e));
    session->exchange = line->question->exchange;
    session->exchange->connected = session->started;
    (void)exchange_run(session);
    if (was_too_late(line, session->exchange, began)) {
        e->lines.impatient = true;
        exchange_clear(session->exchange);
        ask_first(e, line->question);
        line->question = NULL;
    }
    return false;
}

static void count_connection(struct enumeration *e, const struct line *line)
{
    if (!line->session.connected)
        return;
    if (line->question != NULL && line->question->exchange->behaviour)
        e->behaviour_connections++;
    else
        e->connections++;
}

/* What the connection says of the server's manners. */
static void note_manners(const struct line *line)
{
    struct enumeration *e = line->e;

    if (line->ready == 0)
        enumeration_kept_out(e, &line->session);
    else if (line->question != NULL)
        enumeration_let_in(e);
}

/* By the time there is a slot, there may be nothing left to ask. */
static int line_connect(struct line *line)
{
    struct enumeration *e = line->e;
    struct session *session = &line->session;
    int error =
        pacer_take(e->network->pacer, &session->address, session->port, session->deadline, &session->slot);

    if (error == -ETIMEDOUT)
        enumeration_kept_out(e, session);
    if (error < 0)
        return error == -ETIMEDOUT ? 0 : error;
    if (!line->afresh && e->lines.open > foreseen(e)) {
        pacer_give(session->slot, PACER_NEUTRAL);
        return 0;
    }
    error = session_run_aside(session);
    if (error == 0)
        note_manners(line);
    return error;
}

/* One connection, if it is still wanted: for this question, or (NULL) for the one that waits when it is ready. */
static int line_once(struct enumeration *e, struct line *line, struct question *question)
{
    int error;

    *line = (struct line){.session = *e->prepared, .e = e, .question = question, .afresh = question != NULL};
    line->session.instead = answer_question;
    error = line_connect(line);
    if (line->session.exchange == NULL && !line->afresh)
        e->lines.open--;
    count_connection(e, line);
    if (line->question != NULL && line->session.exchange != NULL)
        line->question->done = true;
    wait_queue_wake(engine_of(e), &e->lines.answers, WAKE_ALL);
    return error;
}

static void line_run(void *argument)
{
    struct enumeration *e = argument;
    struct line line;

    for (;;) {
        int error = line_once(e, &line, NULL);

        if (error < 0 && !e->lines.ended)
            enumeration_failed(e, error);
        if (e->lines.open >= wanted(e))
            break;
        e->lines.open++;
    }
    e->lines.tasks--;
    wait_queue_wake(engine_of(e), &e->lines.answers, WAKE_ALL);
}

/* ---- who asks ---- */

static void take_back(struct enumeration *e, struct question *question)
{
    for (struct question **link = &e->lines.first_asked; *link != NULL; link = &(*link)->next)
        if (*link == question) {
            *link = question->next;
            e->lines.asked_count--;
            return;
        }
}

static void enqueue(struct enumeration *e, struct question *question)
{
    struct question **link = &e->lines.first_asked;

    while (*link != NULL && !question->exchange->first)
        link = &(*link)->next;
    question->next = *link;
    *link = question;
    e->lines.asked_count++;
    e->lines.stale = false;
    wait_queue_wake(engine_of(e), &e->lines.questions, WAKE_ALL);
}

/* By whoever asks, who ends with what this ends with: there is no task for it, or the question wants a line for itself. */
static void ask_alone(struct enumeration *e, struct question *question)
{
    struct line line;
    int error;

    if (question == NULL)
        e->lines.open++;
    error = line_once(e, &line, question);
    if (error < 0)
        enumeration_failed(e, error);
}

void enumeration_exchange(struct enumeration *e, struct exchange *exchange)
{
    struct engine *engine = engine_of(e);
    struct question question = {.exchange = exchange};
    int error = 0;

    if (exchange->afresh) {
        while (!question.done && e->stopped == NULL)
            ask_alone(e, &question);
        return;
    }
    enqueue(e, &question);
    while (!question.done && (question.taken || e->stopped == NULL)) {
        open_lines(e);
        if (e->lines.tasks == 0)
            ask_alone(e, NULL);
        else
            error = task_wait(engine, &e->lines.answers, DEADLINE_NEVER, "an answer");
        if (error < 0) {
            enumeration_failed(e, error);
            break;
        }
    }
    task_shield(engine, CLEANUP_GRACE_MS); /* canceled: so is the line, and it ends soon */
    while (question.taken && !question.done &&
           task_wait(engine, &e->lines.answers, DEADLINE_NEVER, "the end of a canceled line") == 0)
        continue;
    task_unshield(engine);
    if (!question.taken) /* not yet, or no more: it is on our stack */
        take_back(e, &question);
}
