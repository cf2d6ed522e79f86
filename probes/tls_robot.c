/*
 * tls_robot.c - does a server tell whether the padding of an RSA key exchange was right? (ROBOT, RFC 5246 7.4.7.1)
 *
 *   hello with RSA key exchange alone -> flight -> ClientKeyExchange in one of five paddings, of which one is right
 *     with ChangeCipherSpec and a Finished that cannot be read:   all are to be answered alike
 *     without:                                                    ... or not at all
 *
 * Each padding is asked once; when answers differ, two that do are asked twice more, and only what is the same each time
 * is a finding. At most 15 connections, one after the other, and none after the first that the server pushes back.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"
#include "scanner/net/tls_rsa.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
    RECORD_CHANGE_CIPHER_SPEC = 20,
    RECORD_ALERT = 21,
    RECORD_HANDSHAKE = 22,
    MESSAGE_CERTIFICATE = 11,
    MESSAGE_CLIENT_KEY_EXCHANGE = 16,
    PREMASTER_SIZE = 48,
    PADDING_SIZE_MIN = 8,  /* PKCS #1: of bytes that are not zero */
    FINISHED_SIZE = 64,    /* fits every cipher's blocks */
    BLOCK_SIZE_MAX = 2048, /* of an RSA key of 16384 bits */
    AFTERWORD_MAX = BLOCK_SIZE_MAX + 256,
    CONFIRMATIONS = 2,
};

enum padding {
    PADDING_RIGHT,
    PADDING_WRONG_TYPE,
    PADDING_ZERO_LATE,
    PADDING_NO_ZERO,
    PADDING_WRONG_VERSION,
    PADDINGS
};

static const char *const padding_names[PADDINGS] = {
    [PADDING_RIGHT] = "right padding",
    [PADDING_WRONG_TYPE] = "wrong first two bytes",
    [PADDING_ZERO_LATE] = "the zero in a wrong place",
    [PADDING_NO_ZERO] = "no zero",
    [PADDING_WRONG_VERSION] = "a wrong version",
};

struct robot {
    struct enumeration *e;
    uint16_t version;
    struct codes suites;
    struct bytes certificate;                      /* of the server, in the arena */
    size_t bits;                                   /* of its key */
    bool asks_certificate;                         /* of us: we have none, and say so */
    uint8_t bytes[BLOCK_SIZE_MAX + FINISHED_SIZE]; /* random, none zero: the same in all attempts */
};

/* ---- what is sent ---- */

/* PKCS #1 1.5, block type 2: 0, 2, bytes that are not zero, 0, the premaster secret (its version first). */
static void write_block(const struct robot *robot, enum padding padding, uint8_t *block, size_t size)
{
    size_t zero = size - PREMASTER_SIZE - 1;

    memcpy(block, robot->bytes, size);
    block[0] = 0;
    block[1] = 2;
    block[zero] = 0;
    block[zero + 1] = (uint8_t)(robot->version >> 8);
    block[zero + 2] = (uint8_t)robot->version;
    switch (padding) {
    case PADDING_WRONG_TYPE:
        block[0] = robot->bits % 8 == 0 ? 0x41 : 0; /* must stay below the modulus */
        block[1] = 0x17;
        break;
    case PADDING_ZERO_LATE:
        block[zero] = 0x11;
        block[size - 2] = 0;
        break;
    case PADDING_NO_ZERO:
        block[zero] = 0x11;
        break;
    case PADDING_WRONG_VERSION:
        block[zero + 1] = block[zero + 2] = 2;
        break;
    case PADDING_RIGHT:
    case PADDINGS:
        break;
    }
}

static void put_record_header(const struct robot *robot, uint8_t type, size_t size, struct buffer *out)
{
    put_u8(out, type);
    put_u16(out, robot->version);
    put_u16(out, (uint16_t)size);
}

/* What follows the server's flight. 0, -EINVAL (the key does not encrypt), -ENOMEM. */
static int write_afterword(const struct robot *robot, enum padding padding, bool whole, struct buffer *out)
{
    uint8_t block[BLOCK_SIZE_MAX];
    size_t size = (robot->bits + 7) / 8;
    int error;

    write_block(robot, padding, block, size);
    error = tls_rsa_encrypt(robot->certificate, block, size);
    if (error < 0)
        return error;
    if (robot->asks_certificate) {
        put_record_header(robot, RECORD_HANDSHAKE, 7, out);
        put_u8(out, MESSAGE_CERTIFICATE);
        put_u24(out, 3);
        put_u24(out, 0); /* an empty list */
    }
    put_record_header(robot, RECORD_HANDSHAKE, 4 + 2 + size, out);
    put_u8(out, MESSAGE_CLIENT_KEY_EXCHANGE);
    put_u24(out, (uint32_t)(2 + size));
    put_u16(out, (uint16_t)size);
    put_block(out, block, size);
    if (whole) {
        put_record_header(robot, RECORD_CHANGE_CIPHER_SPEC, 1, out);
        put_u8(out, 1);
        put_record_header(robot, RECORD_HANDSHAKE, FINISHED_SIZE, out);
        put_block(out, robot->bytes + BLOCK_SIZE_MAX, FINISHED_SIZE);
    }
    return out->failed ? -ENOMEM : 0;
}

/* ---- one connection ---- */

static void give_up(struct robot *robot, const char *reason)
{
    if (robot->e->features->robot_reason == NULL)
        robot->e->features->robot_reason = reason;
}

static void fail(struct robot *robot, int error)
{
    robot->e->failure = error;
    enumeration_stop(robot->e, error == -ENOMEM ? "out of memory" : "the scan was stopped");
}

/* Once: no second try, and nothing more after a server that does not want it. True: the flight is complete. The exchange
 * is the caller's to free. */
static bool run_exchange(struct robot *robot, struct bytes afterword, struct exchange *ret)
{
    struct enumeration *e = robot->e;
    const struct offer offer = {.version = robot->version, .suites = &robot->suites};
    struct client_hello hello;
    struct session session;
    int error;

    *ret = (struct exchange){.hello = &hello, .afterword = afterword, .behaviour = true};
    if (e->stopped != NULL)
        return false;
    error = enumeration_hello(e, &offer, &hello);
    if (error == 0) {
        error = exchange(e->prepared, ret, &session);
        if (session.connected)
            e->behaviour_connections++;
    }
    ret->hello = NULL; /* it is on our stack */
    if (error < 0)
        fail(robot, error);
    else if (ret->end == EXCHANGE_CUT || ret->after_close == EXCHANGE_CUT ||
             engine_now(e->network->engine) >= e->prepared->deadline)
        enumeration_stop(e, "the time of the scan was over");
    else if (ret->end == EXCHANGE_NOT_BEGUN)
        give_up(robot, "the server turned us away");
    else if (ret->reader.flight.state != FLIGHT_COMPLETE)
        give_up(robot, "the server did not answer a hello for RSA key exchange as before");
    else
        return true;
    return false;
}

/* Finds out the key. */
static bool learn_key(struct robot *robot)
{
    struct exchange exchange;
    const struct server_flight *flight = &exchange.reader.flight;
    bool learnt = false;

    if (run_exchange(robot, (struct bytes){0}, &exchange) && flight->chain_count > 0) {
        struct bytes leaf = flight->chain[0];
        void *copy = arena_copy(robot->e->arena, leaf.data, leaf.size);
        size_t size;

        robot->certificate = bytes_of(copy, leaf.size);
        robot->bits = copy != NULL ? tls_rsa_bits(robot->certificate) : 0;
        robot->asks_certificate = flight->certificate_request;
        size = (robot->bits + 7) / 8;
        learnt = size >= 3 + PADDING_SIZE_MIN + PREMASTER_SIZE && size <= BLOCK_SIZE_MAX;
        if (copy == NULL)
            fail(robot, -ENOMEM);
        else if (!learnt)
            give_up(robot, "the server shows no RSA key that encrypts");
    }
    exchange_free(&exchange);
    return learnt;
}

/* ---- answers ---- */

static const char *closing_words(enum exchange_end end)
{
    switch (end) {
    case EXCHANGE_CLOSED:
        return "closed";
    case EXCHANGE_RESET:
        return "reset";
    case EXCHANGE_NOT_BEGUN:
    case EXCHANGE_ANSWERED:
    case EXCHANGE_SILENT:
    case EXCHANGE_CUT:
        break;
    }
    return "left open";
}

/* "alert 20, closed": equal texts are equal answers. NULL: out of memory. */
static const char *answer_text(struct arena *arena, const struct exchange *exchange)
{
    struct bytes in = bytes_of(exchange->after.data, exchange->after.size);
    const char *text = "";

    while (in.size > 0 && !in.failed && text != NULL) {
        uint8_t type = take_u8(&in);
        struct bytes content;

        take_u16(&in); /* version */
        content = take_block(&in, take_u16(&in));
        if (!in.failed && type == RECORD_ALERT && content.size == 2)
            text = arena_format(arena, "%salert %u, ", text, (unsigned)content.data[1]);
        else
            text = arena_format(arena, "%sa record of type %u, ", text, (unsigned)type);
    }
    return text != NULL ? arena_format(arena, "%s%s", text, closing_words(exchange->after_close)) : NULL;
}

/* How the server takes it; NULL: nothing is known, and nothing more is asked. */
static const char *ask(struct robot *robot, enum padding padding, bool whole)
{
    struct buffer afterword = {.limit = AFTERWORD_MAX};
    int error = write_afterword(robot, padding, whole, &afterword);
    struct exchange exchange = {0};
    const char *answer = NULL;

    if (error == -ENOMEM) {
        fail(robot, error);
    } else if (error < 0) {
        give_up(robot, "the server's RSA key does not encrypt");
    } else if (run_exchange(robot, bytes_of(afterword.data, afterword.size), &exchange)) {
        const struct server_flight *flight = &exchange.reader.flight;

        if (flight->chain_count == 0 || !bytes_equal(flight->chain[0], robot->certificate)) {
            give_up(robot, "the server shows another certificate each time");
        } else {
            answer = answer_text(robot->e->arena, &exchange);
            if (answer == NULL)
                fail(robot, -ENOMEM);
        }
    }
    exchange_free(&exchange);
    buffer_free(&afterword);
    return answer;
}

/* YES: the two are told apart each time. */
static enum known confirm(struct robot *robot, const char *const answers[PADDINGS], enum padding other,
                          bool whole)
{
    const enum padding two[] = {PADDING_RIGHT, other};

    for (size_t i = 0; i < 2 * (size_t)CONFIRMATIONS; i++) {
        const char *again = ask(robot, two[i % 2], whole);

        if (again == NULL)
            return UNKNOWN;
        if (strcmp(again, answers[two[i % 2]]) != 0) {
            give_up(robot, "the answers to right and wrong padding differed, but not in the same way again");
            return UNKNOWN;
        }
    }
    robot->e->features->robot_evidence = arena_format(
        robot->e->kept, "ClientKeyExchange %s: %s is answered with %s; %s with %s",
        whole ? "with ChangeCipherSpec and Finished behind it" : "alone", padding_names[PADDING_RIGHT],
        answers[PADDING_RIGHT], padding_names[other], answers[other]);
    return YES;
}

static enum known tells(struct robot *robot, bool whole)
{
    const char *answers[PADDINGS];

    for (int i = 0; i < PADDINGS; i++) {
        answers[i] = ask(robot, (enum padding)i, whole);
        if (answers[i] == NULL)
            return UNKNOWN;
    }
    for (int i = 1; i < PADDINGS; i++)
        if (strcmp(answers[i], answers[PADDING_RIGHT]) != 0)
            return confirm(robot, answers, (enum padding)i, whole);
    return NO;
}

/* ---- what there is to ask ---- */

/* The suites with RSA key exchange of the best version that has some; 0: there is none. */
static int find_suites(struct robot *robot)
{
    struct enumeration *e = robot->e;

    robot->suites.items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t));
    if (robot->suites.items == NULL)
        return -ENOMEM;
    for (uint16_t version = TLS_VERSION_1_2; version >= TLS_VERSION_SSL3; version--) {
        const struct codes *accepted = &e->versions[version_place(version)].suites;

        robot->version = version;
        for (size_t i = 0; i < accepted->count; i++) {
            const struct tls_suite *suite = tls_suite_by_code(accepted->items[i]);

            if (suite != NULL && suite->key_exchange == TLS_KX_RSA)
                codes_add(&robot->suites, accepted->items[i]);
        }
        if (robot->suites.count > 0)
            break;
    }
    return (int)robot->suites.count;
}

/* RFC 6101 has it without the length, and an alert for a certificate that we do not have. */
static bool can_ask(struct robot *robot)
{
    int suites = find_suites(robot);

    if (suites < 0)
        fail(robot, suites);
    else if (suites > 0 && robot->version == TLS_VERSION_SSL3)
        give_up(robot, "RSA key exchange is accepted under SSL 3 only, where it is not tried");
    return suites > 0 && robot->version > TLS_VERSION_SSL3;
}

void enumerate_robot(struct enumeration *e)
{
    struct robot *robot = arena_alloc(e->arena, sizeof(*robot));
    enum known told;

    if (robot == NULL) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
        return;
    }
    robot->e = e;
    if (e->stopped != NULL || !can_ask(robot))
        return;
    if (getrandom(robot->bytes, sizeof(robot->bytes), 0) != (ssize_t)sizeof(robot->bytes)) {
        fail(robot, -ENOMEM);
        return;
    }
    for (size_t i = 0; i < sizeof(robot->bytes); i++)
        robot->bytes[i] |= robot->bytes[i] == 0;
    if (!learn_key(robot))
        return;
    told = tells(robot, true);
    if (told == NO)
        told = tells(robot, false);
    e->features->robot = told;
}
