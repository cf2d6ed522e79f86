/*
 * dns.c - tests of the resolver as a service: joined questions, what is kept, many at once, the end
 */
#include "scanner/net/dns.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_packet.h"
#include "tests/unit/dns_live.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- joining, leaving, keeping ---- */

static bool server_was_asked(struct live *live)
{
    return dns_peer_questions(live->peers[0]) > 0;
}

static enum peer_action hold_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    (void)answer_script(data, question, answer);
    return PEER_HOLD;
}

static void joined(struct live *live)
{
    struct task_group *first_group, *second_group;
    struct asker first = {.live = live, .name = "example.test"};
    struct asker second = {.live = live, .name = "EXAMPLE.test."};

    cr_assert_eq(task_group_new(engine_root(live->engine), "first", &first_group), 0);
    cr_assert_eq(task_group_new(engine_root(live->engine), "second", &second_group), 0);
    cr_assert_eq(task_spawn(first_group, asker_run, &first, "first"), 0);
    cr_assert_eq(task_spawn(second_group, asker_run, &second, "second"), 0);
    live_wait_until(live, server_was_asked);
    task_group_end(first_group); /* cancelled: the other is not harmed */
    cr_expect(first.done);
    cr_expect_eq(first.result, -ECANCELED);
    cr_expect_null(first.answer);
    cr_expect_not(second.done);
    dns_peer_release(live->peers[0]);
    cr_expect_eq(task_group_join(second_group, DEADLINE_NEVER), 0);
    task_group_end(second_group);
    cr_expect_eq(second.result, 0);
    cr_expect_eq(second.answer->outcome, DNS_DATA);
    cr_expect_eq(dns_peer_questions(live->peers[0]), 1);
    struct dns_statistics statistics = dns_statistics(live->resolver);

    cr_expect_eq(statistics.asked, 2);
    cr_expect_eq(statistics.joined, 1);
    cr_expect_eq(statistics.sent, 1);
}

Test(dns, joined_question_and_one_asker_cancelled)
{
    struct live live = {.body = joined, .scripts = {hold_script}};

    live_run(&live);
}

/* A resolver that validates: SERVFAIL, unless it is told not to check (RFC 4035 3.2.2). */
static enum peer_action validating_script(void *data, const struct peer_question *question,
                                          struct buffer *answer)
{
    bool unchecked = (question->packet.data[3] & 0x10) != 0;

    if (unchecked)
        return answer_script(data, question, answer);
    answer_begin(answer, question, FLAGS_ANSWER | 2);
    return PEER_ANSWER;
}

static void checked_and_not(struct live *live)
{
    struct dns_answer *answer;

    for (int i = 0; i < 2; i++) { /* each is kept for itself */
        cr_expect_eq(live_ask(live, "example.test", DNS_A)->outcome, DNS_FAILURE);
        cr_assert_eq(resolver_ask_unchecked(live->resolver, "example.test", DNS_A, DEADLINE_NEVER,
                                            live->arena, &answer),
                     0);
        cr_expect_eq(answer->outcome, DNS_DATA);
        cr_expect_eq(dns_peer_questions(live->peers[0]), 2);
    }
}

Test(dns, checking_disabled)
{
    struct live live = {.body = checked_and_not, .scripts = {validating_script}};

    live_run(&live);
}

/* The asker has no more time; the answer that comes after all is kept for the next one. */
static void late(struct live *live)
{
    struct asker asker = {.live = live, .name = "example.test", .patience_ms = 20};
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "asker", &group), 0);
    cr_assert_eq(task_spawn(group, asker_run, &asker, "asker"), 0);
    live_wait_until(live, server_was_asked);
    live->clock.now_ms += asker.patience_ms;
    cr_expect_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    cr_expect_eq(asker.result, 0);
    cr_expect_eq(asker.answer->outcome, DNS_FAILURE);
    cr_expect_str_eq(asker.answer->reason, "timeout");
    cr_expect_eq(asker.answer->milliseconds, asker.patience_ms);
    dns_peer_release(live->peers[0]);
    struct dns_answer *answer = live_ask(live, "example.test", DNS_A); /* joins, or finds it in the cache */

    cr_expect_eq(answer->outcome, DNS_DATA);
    cr_expect_eq(dns_peer_questions(live->peers[0]), 1);
}

Test(dns, asker_out_of_time_and_the_answer_late)
{
    struct live live = {.body = late, .scripts = {hold_script}};

    live_run(&live);
}

/* Each name in its own way. */
static enum peer_action kept_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    (void)data;
    if (strcmp(question->name, "data.test") == 0)
        return answer_script(data, question, answer);
    answer_begin(answer, question,
                 strcmp(question->name, "servfail.test") == 0   ? FLAGS_ANSWER | 2
                 : strcmp(question->name, "nxdomain.test") == 0 ? FLAGS_ANSWER | 3
                                                                : FLAGS_ANSWER);
    if (strcmp(question->name, "servfail.test") != 0)
        packet_record(answer, PACKET_AUTHORITY, "test", "SOA", 300,
                      "ns.test hostmaster.test 1 7200 3600 1209600 300");
    return PEER_ANSWER;
}

/* Answers are kept as long as they say, failures for five seconds. */
static void cached(struct live *live)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } kept[] = {{"data.test", 300}, {"nxdomain.test", 300}, {"nodata.test", 300}, {"servfail.test", 5}};

    for (size_t i = 0; i < COUNT(kept); i++) {
        struct dns_answer *first = live_ask(live, kept[i].name, DNS_A);
        size_t questions = dns_peer_questions(live->peers[0]);

        live->clock.now_ms += 1000 * kept[i].seconds - 1000;
        struct dns_answer *second = live_ask(live, kept[i].name, DNS_A);

        cr_expect_eq(dns_peer_questions(live->peers[0]), questions, "%s", kept[i].name);
        cr_expect_eq(second->outcome, first->outcome);
        cr_expect_eq(second->milliseconds, first->milliseconds);
        cr_expect_str_eq(second->server, first->server);
        cr_expect_str_eq(first_text(second), first_text(first));
        cr_expect(bytes_equal(second->packet, first->packet));
        live->clock.now_ms += 1001;
        (void)live_ask(live, kept[i].name, DNS_A);
        cr_expect_eq(dns_peer_questions(live->peers[0]), questions + 1, "%s", kept[i].name);
    }
    cr_expect_eq(dns_statistics(live->resolver).from_cache, COUNT(kept));
}

Test(dns, answers_are_kept)
{
    struct live live = {.body = cached, .scripts = {kept_script}};

    live_run(&live);
}

/* What is no name or no type to ask for never reaches a server. */
static void refused_here(struct live *live)
{
    static const struct {
        const char *name;
        uint16_t type;
    } wrong[] = {
        {"a..b", DNS_A},   {"", DNS_A},        {"caf\xc3\xa9.test", DNS_A}, {"data.test", 0},
        {"data.test", 41}, {"data.test", 252}, {"data.test", 255},          {"data.test", DNS_TYPE_TSIG}};

    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct dns_answer *answer = NULL;

        cr_expect_eq(
            resolver_ask(live->resolver, wrong[i].name, wrong[i].type, DEADLINE_NEVER, live->arena, &answer),
            -EINVAL, "%s %u", wrong[i].name, wrong[i].type);
        cr_expect_null(answer);
    }
    cr_expect_eq(dns_peer_questions(live->peers[0]), 0);
}

Test(dns, not_a_question)
{
    struct live live = {.body = refused_here, .scripts = {kept_script}};

    live_run(&live);
}

/* ---- a server that closes TCP connections must not spoil what is under way over UDP ---- */

static enum peer_action hold_udp_script(void *data, const struct peer_question *question,
                                        struct buffer *answer)
{
    (void)answer_script(data, question, answer);
    if (strncmp(question->name, "held", 4) == 0)
        return PEER_HOLD;
    if (!question->tcp)
        answer->data[2] |= FLAG_TC >> 8;
    return PEER_ANSWER_AND_CLOSE;
}

enum { HELD = 20 };

static bool all_held_asked(struct live *live)
{
    return dns_peer_questions(live->peers[0]) >= HELD;
}

static void tcp_closes(struct live *live)
{
    struct asker askers[HELD] = {0};
    char names[HELD][32];
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "askers", &group), 0);
    for (int i = 0; i < HELD; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "held%d.test", i);
        askers[i] = (struct asker){.live = live, .name = names[i]};
        cr_assert_eq(task_spawn(group, asker_run, &askers[i], "%s", names[i]), 0);
    }
    live_wait_until(live, all_held_asked);
    for (int i = 0; i < 10; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "tcp%d.test", i);
        cr_expect_eq(live_ask(live, name, DNS_A)->outcome, DNS_DATA);
    }
    cr_expect_eq(dns_peer_release(live->peers[0]), HELD);
    cr_expect_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    for (int i = 0; i < HELD; i++)
        cr_expect(askers[i].result == 0 && askers[i].answer->outcome == DNS_DATA);
    cr_expect_eq(dns_peer_questions(live->peers[0]), HELD + 20);
    cr_expect_eq(dns_statistics(live->resolver).tcp, 10);
}

Test(dns, closing_tcp_harms_nobody)
{
    struct live live = {.body = tcp_closes, .scripts = {hold_udp_script}};

    live_run(&live);
}

/* ---- many, and the end ---- */

enum { MANY = 1050, ASKERS_AT_THE_END = 300 };

static void many_at_once(struct live *live)
{
    struct asker *askers = arena_alloc(live->arena, 2 * MANY * sizeof(*askers));
    struct dns_statistics statistics;
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "askers", &group), 0);
    for (int round = 0; round < 2; round++) {
        for (int i = round * MANY; i < (round + 1) * MANY; i++) {
            askers[i] = (struct asker){.live = live, .name = arena_format(live->arena, "host%d.test", i)};
            cr_assert_eq(task_spawn(group, asker_run, &askers[i], "asker"), 0);
        }
        cr_expect_eq(task_group_join(group, DEADLINE_NEVER), 0);
    }
    task_group_end(group);
    for (int i = 0; i < 2 * MANY; i++)
        cr_expect(askers[i].result == 0 && askers[i].answer->outcome == DNS_DATA, "%d: %d %s", i,
                  askers[i].result, askers[i].answer->reason);
    statistics = dns_statistics(live->resolver);
    cr_expect_eq(statistics.asked, 2 * MANY);
    cr_expect_eq(statistics.in_flight_peak, 200);
    cr_expect_eq(statistics.failures, 0);
    cr_expect_geq(dns_peer_ports(live->peers[0]), 2); /* a port is not used for ever */
}

Test(dns, two_thousand_questions)
{
    struct live live = {.body = many_at_once, .scripts = {answer_script}, .tasks_max = 4 * MANY};

    live_run(&live);
}

/* When there can be no more tasks, questions go on one after another in those there are. */
static void few_tasks(struct live *live)
{
    struct asker *askers = arena_alloc(live->arena, ASKERS_AT_THE_END * sizeof(*askers));
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "askers", &group), 0);
    for (size_t i = 0; i < ASKERS_AT_THE_END; i++) {
        askers[i] = (struct asker){.live = live, .name = arena_format(live->arena, "host%zu.test", i)};
        cr_assert_eq(task_spawn(group, asker_run, &askers[i], "asker"), 0);
    }
    cr_expect_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    for (size_t i = 0; i < ASKERS_AT_THE_END; i++)
        cr_expect(askers[i].result == 0 && askers[i].answer->outcome == DNS_DATA, "%zu: %d", i,
                  askers[i].result);
    cr_expect_leq(dns_statistics(live->resolver).in_flight_peak, 2);
    cr_expect_eq(dns_peer_questions(live->peers[0]), ASKERS_AT_THE_END);
}

Test(dns, few_tasks)
{
    struct live live = {.body = few_tasks, .scripts = {answer_script}, .tasks_max = ASKERS_AT_THE_END + 3};

    live_run(&live);
}

/* A question that is not in flight yet, and for which nobody waits any more, is not asked. */
static bool two_hundred_asked(struct live *live)
{
    return dns_peer_questions(live->peers[0]) >= 200;
}

static void unwanted(struct live *live)
{
    struct asker *askers = arena_alloc(live->arena, ASKERS_AT_THE_END * sizeof(*askers));
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "askers", &group), 0);
    for (size_t i = 0; i < ASKERS_AT_THE_END; i++) {
        askers[i] = (struct asker){.live = live, .name = arena_format(live->arena, "host%zu.test", i)};
        cr_assert_eq(task_spawn(group, asker_run, &askers[i], "asker"), 0);
    }
    live_wait_until(live, two_hundred_asked);
    task_group_end(group);
    cr_expect_eq(dns_peer_release(live->peers[0]), 200);
    live->scripts[0] = NULL; /* from now on it answers at once */
    cr_expect_eq(live_ask(live, "last.test", DNS_A)->outcome, DNS_DATA);
    cr_expect_eq(dns_peer_questions(live->peers[0]), 201);
    cr_expect_eq(live_ask(live, "host0.test", DNS_A)->outcome, DNS_DATA); /* was in flight: kept */
    cr_expect_eq(dns_peer_questions(live->peers[0]), 201);
}

static enum peer_action hold_at_first_script(void *data, const struct peer_question *question,
                                             struct buffer *answer)
{
    struct live *live = data;

    (void)answer_script(data, question, answer);
    return live->scripts[0] != NULL ? PEER_HOLD : PEER_ANSWER;
}

Test(dns, unwanted_questions_are_not_asked)
{
    struct live live = {.body = unwanted, .scripts = {hold_at_first_script}};

    live_run(&live);
}

/* Questions are under way, over UDP and TCP and waiting for their turn, when the resolver goes. */
static enum peer_action never_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    (void)answer_script(data, question, answer);
    if (!question->tcp)
        answer->data[2] |= FLAG_TC >> 8;
    return question->tcp ? PEER_SILENT : PEER_ANSWER;
}

static bool tcp_was_asked(struct live *live)
{
    return dns_peer_questions_tcp(live->peers[0]) >= 100;
}

static void freed_while_asking(struct live *live)
{
    struct asker *askers = arena_alloc(live->arena, ASKERS_AT_THE_END * sizeof(*askers));
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "askers", &group), 0);
    for (size_t i = 0; i < ASKERS_AT_THE_END; i++) {
        askers[i] = (struct asker){.live = live, .name = arena_format(live->arena, "host%zu.test", i)};
        cr_assert_eq(task_spawn(group, asker_run, &askers[i], "asker"), 0);
    }
    live_wait_until(live, tcp_was_asked);
    task_group_end(group);
    for (size_t i = 0; i < ASKERS_AT_THE_END; i++)
        cr_expect_eq(askers[i].result, -ECANCELED);
}

Test(dns, freed_while_questions_are_under_way)
{
    struct live live = {.body = freed_while_asking, .scripts = {never_script}};

    live_run(&live);
}

static void nothing_asked(struct live *live)
{
    cr_expect_eq(dns_statistics(live->resolver).asked, 0);
}

Test(dns, freed_unused)
{
    struct live live = {.body = nothing_asked, .scripts = {answer_script}};

    live_run(&live);
    dns_free(NULL);
}

/* ---- what is wrong with the settings is said ---- */

Test(dns, settings)
{
    static const struct {
        const char *server;
        const char *file;
        int result;
        const char *text; /* the error, or the description */
    } table[] = {
        {"192.0.2.53", NULL, 0, "192.0.2.53:53"},
        {"[2001:db8::53]:5353", NULL, 0, "[2001:db8::53]:5353"},
        {"resolver.test", NULL, -EINVAL, "resolver.test is not the address of a DNS server"},
        {NULL, "/nonexistent/resolv.conf", -ENOENT,
         "/nonexistent/resolv.conf cannot be read: No such file or directory"},
        {NULL, "/dev/null", -ENOENT, "/dev/null names no DNS server"},
    };

    for (size_t i = 0; i < COUNT(table); i++) {
        struct engine_options engine_options = {0};
        struct dns_options options = {.resolv_conf = table[i].file};
        struct arena *arena = arena_new(0);
        struct resolver *resolver = NULL;
        const char *error = "";
        struct engine *engine;

        cr_assert_eq(engine_new(&engine_options, &engine), 0);
        if (table[i].server != NULL)
            cr_assert_eq(list_add(&options.servers, arena, arena_text(arena, table[i].server)), 0);
        cr_expect_eq(dns_new(engine, &options, arena, &resolver, &error), table[i].result);
        cr_expect_str_eq(resolver != NULL ? resolver->description : error, table[i].text);
        dns_free(resolver); /* before the engine ran: nothing was asked */
        cr_expect_eq(engine_run(engine), 0);
        engine_free(engine);
        arena_free(arena);
    }
}
