/*
 * dns_exchange.c - tests of one question to one server, over real sockets, and of asking one given server
 */
#include "scanner/net/dns_exchange.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_direct.h"
#include "tests/unit/dns_packets.h"
#include "tests/unit/dns_peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the server does, by the name asked for. */
enum behaviour {
    RIGHT,
    WRONG_ID,
    WRONG_QUESTION,
    WRONG_TYPE,
    NO_QUESTION,      /* but a code that says it is fine */
    BARE_ERROR,       /* FORMERR, a header and nothing else */
    NOT_AN_ANSWER,    /* the question comes back */
    TRUNCATED,        /* over UDP */
    LARGE,            /* over TCP */
    SHORT,            /* fewer bytes than a header */
    CLOSES,           /* the TCP connection */
    FORGES_THEN_RIGHT /* the first question is answered wrongly */
};

struct row {
    const char *name;
    enum behaviour behaviour;
    bool tcp;
    int error;
    size_t questions; /* that the server got */
};

static const struct row rows[] = {
    {"right.test", RIGHT, false, 0, 1},
    {"right-tcp.test", RIGHT, true, 0, 1},
    {"UPPER.test", RIGHT, false, 0, 1},
    {"wrong-id.test", WRONG_ID, false, -ETIMEDOUT, 1},
    {"wrong-id-tcp.test", WRONG_ID, true, -EBADMSG, 1},
    {"wrong-question.test", WRONG_QUESTION, false, -ETIMEDOUT, 1},
    {"wrong-question-tcp.test", WRONG_QUESTION, true, -EBADMSG, 1},
    {"wrong-type.test", WRONG_TYPE, false, -ETIMEDOUT, 1},
    {"no-question.test", NO_QUESTION, false, -ETIMEDOUT, 1},
    {"bare.test", BARE_ERROR, false, 0, 1},
    {"echo.test", NOT_AN_ANSWER, false, -ETIMEDOUT, 1},
    {"short.test", SHORT, false, -ETIMEDOUT, 1},
    {"short-tcp.test", SHORT, true, -EBADMSG, 1},
    {"truncated.test", TRUNCATED, false, 0, 1},
    {"large.test", LARGE, true, 0, 1},
    {"closes.test", CLOSES, true, -ECONNRESET, 1},
};

/* One server, one task that asks. */
struct world {
    struct engine *engine;
    struct clock clock;
    struct arena *arena;
    struct network network;
    struct dns_peer *peer;
    struct dns_server_address server;
    void (*body)(struct world *world);
};

static enum behaviour behaviour_of(const struct peer_question *question)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcasecmp(rows[i].name, question->name) == 0)
            return rows[i].behaviour;
    return FORGES_THEN_RIGHT;
}

static void put_answer(struct buffer *answer, const struct peer_question *question, uint16_t id,
                       uint16_t flags)
{
    packet_begin(answer, id, flags, question->name, question->type);
    packet_record(answer, PACKET_ANSWER, question->name, "A", 300, "192.0.2.1");
}

static enum peer_action script(void *data, const struct peer_question *question, struct buffer *answer)
{
    struct bytes header = question->packet;
    uint16_t id = take_u16(&header);
    uint16_t wrong = (uint16_t)(id ^ 1);

    (void)data;
    switch (behaviour_of(question)) {
    case RIGHT:
        put_answer(answer, question, id, FLAGS_ANSWER);
        break;
    case WRONG_ID:
        put_answer(answer, question, wrong, FLAGS_ANSWER);
        break;
    case WRONG_QUESTION:
        packet_begin(answer, id, FLAGS_ANSWER, "bank.test", question->type);
        break;
    case WRONG_TYPE:
        packet_begin(answer, id, FLAGS_ANSWER, question->name, DNS_MX);
        break;
    case NO_QUESTION:
        packet_begin(answer, id, FLAGS_ANSWER, NULL, 0);
        break;
    case BARE_ERROR:
        packet_begin(answer, id, FLAGS_ANSWER | 1, NULL, 0);
        break;
    case NOT_AN_ANSWER:
        put_block(answer, question->packet.data, question->packet.size);
        break;
    case TRUNCATED:
        packet_begin(answer, id, FLAGS_ANSWER | FLAG_TC, question->name, question->type);
        break;
    case LARGE:
        put_answer(answer, question, id, FLAGS_ANSWER);
        for (int i = 0; i < 900; i++)
            packet_record(answer, PACKET_ANSWER, "other.test", "TXT", 300, "a text that takes some room");
        break;
    case SHORT:
        put_u16(answer, id);
        break;
    case CLOSES:
        return PEER_CLOSE;
    case FORGES_THEN_RIGHT:
        put_answer(answer, question, question->number == 0 ? wrong : id, FLAGS_ANSWER);
        break;
    }
    return PEER_ANSWER;
}

static void world_main(void *argument)
{
    struct world *world = argument;

    world->peer = dns_peer_new(world->engine, script, world);
    cr_assert_eq(dns_server_parse(dns_peer_address(world->peer), &world->server), 0);
    world->body(world);
    dns_peer_close(world->peer);
}

static void world_run(struct world *world)
{
    struct engine_options options = {.clock = &world->clock};

    world->clock = clock_virtual(1800000000);
    world->arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &world->engine), 0);
    world->network.engine = world->engine;
    world->network.connect = network_connect;
    cr_assert_eq(task_spawn(engine_root(world->engine), world_main, world, "test"), 0);
    cr_assert_eq(engine_run(world->engine), 0);
    engine_free(world->engine);
    arena_free(world->arena);
}

static int exchange(struct world *world, const char *name, bool tcp, struct buffer *answer)
{
    const struct dns_manner manner = {.edns = true, .dnssec = true};
    struct dns_key key = {.type = DNS_A};
    struct buffer question = {0};
    int result;

    cr_assert_eq(dns_name_from_text(name, &key.name), 0);
    cr_assert_eq(dns_manner_question(&key, &manner, &question), 0);
    result = dns_exchange(&world->network, &world->server, tcp, bytes_of(question.data, question.size),
                          deadline_in(world->engine, 1000, DEADLINE_NEVER), answer);
    buffer_free(&question);
    return result;
}

static void rows_body(struct world *world)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t before = dns_peer_questions(world->peer);
        struct buffer answer = {0};
        int result = exchange(world, rows[i].name, rows[i].tcp, &answer);

        cr_expect_eq(result, rows[i].error, "%s: %d", rows[i].name, result);
        cr_expect_eq(answer.size > 0, rows[i].error == 0, "%s", rows[i].name);
        cr_expect_eq(dns_peer_questions(world->peer) - before, rows[i].questions, "%s", rows[i].name);
        if (rows[i].behaviour == LARGE)
            cr_expect_gt(answer.size, 30000);
        buffer_free(&answer);
    }
}

Test(dns_exchange, only_the_answer_to_the_question_counts)
{
    struct world world = {.body = rows_body, .network = {.ipv4 = true, .allow_private = true}};

    world_run(&world);
}

static void ports_body(struct world *world)
{
    for (int i = 0; i < 20; i++) {
        struct buffer answer = {0};

        cr_expect_eq(exchange(world, "right.test", false, &answer), 0);
        buffer_free(&answer);
    }
    cr_expect_gt(dns_peer_ports(world->peer), 10, "a port of its own for each question");
}

Test(dns_exchange, ports_vary)
{
    struct world world = {.body = ports_body, .network = {.ipv4 = true, .allow_private = true}};

    world_run(&world);
}

static void guarded_body(struct world *world)
{
    struct buffer answer = {0};

    cr_expect_eq(exchange(world, "right.test", false, &answer), -EPERM);
    cr_expect_eq(exchange(world, "right.test", true, &answer), -EPERM);
    world->network.allow_private = true;
    world->network.ipv4 = false;
    cr_expect_eq(exchange(world, "right.test", false, &answer), -EAFNOSUPPORT);
    cr_expect_eq(exchange(world, "right.test", true, &answer), -EAFNOSUPPORT);
    world->network.ipv4 = true;
    world->server.port = 1; /* nothing listens there */
    cr_expect_eq(exchange(world, "right.test", false, &answer), -ECONNREFUSED);
    cr_expect_eq(exchange(world, "right.test", true, &answer), -ECONNREFUSED);
    cr_expect_eq(dns_peer_questions(world->peer), 0);
    cr_expect_eq(answer.size, 0);
}

Test(dns_exchange, addresses_and_families)
{
    struct world world = {.body = guarded_body, .network = {.ipv4 = true}};

    world_run(&world);
}

/* ---- one given server ---- */

static struct dns_answer *ask_server(struct world *world, const char *name, bool tcp)
{
    const struct dns_manner manner = {.tcp = tcp, .edns = true};
    struct dns_answer *answer = NULL;

    cr_assert_eq(dns_ask_server(&world->network, &world->server, name, DNS_A, &manner,
                                deadline_in(world->engine, 5000, DEADLINE_NEVER), world->arena, &answer),
                 0);
    cr_assert_not_null(answer);
    cr_assert_str_eq(answer->server, dns_peer_address(world->peer));
    return answer;
}

static void direct_body(struct world *world)
{
    struct dns_answer *answer = ask_server(world, "forged.test", false);

    cr_expect_eq(answer->outcome, DNS_DATA);
    cr_expect(!answer->authoritative);
    cr_expect_eq(dns_peer_questions(world->peer), 2, "again after the forged one");
    answer = ask_server(world, "wrong-id.test", false);
    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect_str_eq(answer->reason, "timeout");
    cr_expect_eq(dns_peer_questions(world->peer), 5);
    answer = ask_server(world, "truncated.test", false);
    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect(answer->truncated);
    answer = ask_server(world, "right-tcp.test", true);
    cr_expect_eq(answer->outcome, DNS_DATA);
    answer = ask_server(world, "bare.test", false);
    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect_str_eq(answer->reason, "FORMERR");
    answer = ask_server(world, "closes.test", true);
    cr_expect_str_eq(answer->reason, "Connection reset by peer");
}

Test(dns_exchange, one_given_server)
{
    struct world world = {.body = direct_body, .network = {.ipv4 = true, .allow_private = true}};

    world_run(&world);
}

/* ---- how a question is put ---- */

Test(dns_exchange, manners)
{
    struct dns_key key = {.type = DNS_MX};
    struct buffer question = {0};

    cr_assert_eq(dns_name_from_text("example.org", &key.name), 0);
    cr_assert_eq(dns_manner_question(&key, &(struct dns_manner){0}, &question), 0);
    cr_expect_eq(question.size, 12 + 13 + 4);
    cr_expect_eq(question.data[2] | question.data[3], 0);
    buffer_free(&question);
    cr_assert_eq(dns_manner_question(
                     &key, &(struct dns_manner){.recursion = true, .checking_disabled = true, .edns = true},
                     &question),
                 0);
    cr_expect_eq(question.data[2], 0x01);
    cr_expect_eq(question.data[3], 0x10);
    cr_expect_eq(question.data[question.size - 4], 0, "no DO");
    buffer_free(&question);
    cr_assert_eq(dns_manner_question(&key, &(struct dns_manner){.edns = true, .dnssec = true}, &question), 0);
    cr_expect_eq(question.size, 12 + 13 + 4 + 11);
    cr_expect_eq(question.data[question.size - 8] << 8 | question.data[question.size - 7], 1232);
    cr_expect_eq(question.data[question.size - 4], 0x80, "DO");
    buffer_free(&question);
}
