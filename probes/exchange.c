/*
 * exchange.c - one hello made by hand and the server's answer in clear
 *
 * Nothing is decrypted and no key is made; the connection is closed after the answer, which the server counts as one
 * that was given up.
 */
#include "probes/exchange.h"

#include <errno.h>

enum { HELLO_MAX = 64 * 1024, AFTER_MAX = 4096, AFTER_PATIENCE_MS = 3000 };

static enum exchange_end end_of(int64_t error)
{
    switch (error) {
    case 0:
    case -EPIPE:
        return EXCHANGE_CLOSED;
    case -ETIMEDOUT:
        return EXCHANGE_SILENT;
    case -ECANCELED:
        return EXCHANGE_CUT;
    default:
        return EXCHANGE_RESET;
    }
}

static bool send_hello(struct session *session, struct exchange *exchange, int64_t deadline)
{
    struct buffer out = {.limit = HELLO_MAX};
    int error;

    if (exchange->hello != NULL)
        hello_write(exchange->hello, &out);
    else
        put_block(&out, exchange->records.data, exchange->records.size);
    if (out.failed) {
        buffer_free(&out);
        return session_out_of_memory(session);
    }
    error = stream_write(session->stream, out.data, out.size, deadline);
    buffer_free(&out);
    if (error < 0)
        exchange->end = end_of(error);
    return error == 0;
}

static void read_flight(struct session *session, struct exchange *exchange, int64_t deadline)
{
    uint8_t block[4096];

    for (;;) {
        int64_t got = stream_read(session->stream, block, sizeof(block), deadline);

        if (got <= 0) {
            exchange->end = flight_end(&exchange->reader) == FLIGHT_ALERT ? EXCHANGE_ANSWERED : end_of(got);
            return;
        }
        session->served = true;
        if (flight_feed(&exchange->reader, bytes_of(block, (size_t)got)) != FLIGHT_MORE)
            break;
    }
    exchange->end = EXCHANGE_ANSWERED;
    if (exchange->reader.error == -ENOMEM)
        session_out_of_memory(session);
}

/* What a server answers that should not, or should at most complain. */
static void say_afterword(struct session *session, struct exchange *exchange)
{
    int64_t deadline = deadline_in(session->network->engine, AFTER_PATIENCE_MS, session->deadline);
    int error = stream_write(session->stream, exchange->afterword.data, exchange->afterword.size, deadline);
    uint8_t block[1024];
    int64_t got = error;

    exchange->after.limit = AFTER_MAX;
    while (got >= 0 && exchange->after.size + sizeof(block) <= AFTER_MAX) {
        got = stream_read(session->stream, block, sizeof(block), deadline);
        if (got <= 0)
            break;
        put_block(&exchange->after, block, (size_t)got);
    }
    if (exchange->after.failed)
        session_out_of_memory(session);
    exchange->after_close = got > 0 ? EXCHANGE_ANSWERED : end_of(got);
    exchange->after_end = exchange->after.size > 0 ? EXCHANGE_ANSWERED : exchange->after_close;
}

bool exchange_run(struct session *session)
{
    struct exchange *exchange = session->exchange;
    int64_t patience = exchange->patience_ms > 0 ? exchange->patience_ms : HANDSHAKE_TIMEOUT_MS;
    int64_t deadline = deadline_in(session->network->engine, patience, session->deadline);

    stream_discard_pending(session->stream); /* it came in clear, before TLS began */
    exchange->reader.ssl2 = exchange->ssl2;
    if (send_hello(session, exchange, deadline)) {
        if (exchange->afterword.size == 0)
            pacer_ending(session->slot, session->endpoint->connect_milliseconds.value);
        read_flight(session, exchange, deadline);
    }
    if (exchange->end == EXCHANGE_SILENT && deadline == session->deadline)
        exchange->end = EXCHANGE_CUT;
    if (session->failure == 0)
        session->failure = task_check(session->network->engine);
    if (exchange->end == EXCHANGE_CUT)
        session_over(session, DIALOGUE_CANCELED, "the scan ended before the answer to a hello");
    if (exchange->end == EXCHANGE_ANSWERED && exchange->afterword.size > 0 &&
        exchange->reader.flight.state == FLIGHT_COMPLETE)
        say_afterword(session, exchange);
    session->dead = true;
    session->inconclusive = !session->served;
    return session_over(session, DIALOGUE_TLS, "only a hello was exchanged");
}

int exchange(const struct session *prepared, struct exchange *exchange, struct session *ret_session)
{
    int error;

    *ret_session = *prepared;
    ret_session->instead = exchange_run;
    ret_session->exchange = exchange;
    error = session_run_aside(ret_session);
    ret_session->instead = NULL;
    ret_session->exchange = NULL;
    return error;
}

void exchange_clear(struct exchange *exchange)
{
    exchange_free(exchange);
    exchange->reader = (struct flight_reader){0};
    exchange->after = (struct buffer){0};
    exchange->end = exchange->after_end = exchange->after_close = EXCHANGE_NOT_BEGUN;
}

void exchange_free(struct exchange *exchange)
{
    flight_free(&exchange->reader);
    buffer_free(&exchange->after);
}
