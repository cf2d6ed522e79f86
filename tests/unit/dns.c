/*
 * dns.c - tests of the resolver against scripted servers on the loop of the same engine
 *
 * Time stands still unless the test moves it: a server that answers is never too slow for its test, and a
 * script that stays silent lets as much time pass as is needed to see that.
 */
#include "scanner/net/dns.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns_packet.h"
#include "tests/unit/dns_packets.h"
#include "tests/unit/dns_peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SOA_TEXT     "ns.test hostmaster.test 1 7200 3600 1209600 300"

enum { PEERS_MAX = 3, SILENCE_MS = 100000, ATTEMPT_OVER_MS = 2500 };

struct live {
    struct clock clock; /* moved by hand */
    struct engine *engine;
    struct arena *arena;
    struct dns_peer *peers[PEERS_MAX];
    struct resolver *resolver;
    void (*body)(struct live *live);
    peer_script *scripts[PEERS_MAX];
    size_t tasks_max; /* 0: no matter */
    void *data;       /* of the test */
};

static int64_t standing_monotonic(const struct clock *clock)
{
    return clock->now_ms;
}

static int64_t standing_wall(const struct clock *clock)
{
    return clock->now_ms / 1000;
}

static void live_main(void *argument)
{
    struct live *live = argument;
    struct dns_options options = {0};
    const char *error = "";

    for (size_t i = 0; i < PEERS_MAX && live->scripts[i] != NULL; i++) {
        live->peers[i] = dns_peer_new(live->engine, live->scripts[i], live);
        cr_assert_eq(list_add(&options.servers, live->arena,
                              arena_text(live->arena, dns_peer_address(live->peers[i]))),
                     0);
    }
    cr_assert_eq(dns_new(live->engine, &options, live->arena, &live->resolver, &error), 0, "%s", error);
    live->body(live);
    dns_free(live->resolver);
    for (size_t i = 0; i < PEERS_MAX; i++)
        dns_peer_close(live->peers[i]);
}

static void run(struct live *live)
{
    struct engine_options options = {.clock = &live->clock, .tasks_max = live->tasks_max};

    live->clock = (struct clock){.monotonic_ms = standing_monotonic, .wall_seconds = standing_wall};
    live->arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &live->engine), 0);
    cr_assert_eq(task_spawn(engine_root(live->engine), live_main, live, "test"), 0);
    cr_assert_eq(engine_run(live->engine), 0);
    engine_free(live->engine);
    arena_free(live->arena);
}

static struct dns_answer *ask(struct live *live, const char *name, uint16_t type)
{
    struct dns_answer *answer = NULL;
    int result = resolver_ask(live->resolver, name, type, DEADLINE_NEVER, live->arena, &answer);

    cr_assert_eq(result, 0, "%s: %d", name, result);
    cr_assert_not_null(answer);
    return answer;
}

static const char *first_text(const struct dns_answer *answer)
{
    const struct dns_record *record = answer->records.count > 0 ? answer->records.items[0] : NULL;

    return record != NULL ? record->text : "";
}

/* Time that goes on, for the pauses between rounds. */
static void time_run(void *argument)
{
    struct live *live = argument;
    struct clock system = clock_system();
    int64_t offset = live->clock.now_ms - system.monotonic_ms(&system);

    while (task_yield(live->engine) == 0)
        live->clock.now_ms = system.monotonic_ms(&system) + offset;
}

static struct task_group *start_time(struct live *live)
{
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "time", &group), 0);
    cr_assert_eq(task_spawn(group, time_run, live, "time"), 0);
    return group;
}

/* Header and question as asked, with flags. */
static void begin(struct buffer *answer, const struct peer_question *question, uint16_t flags)
{
    struct bytes id = question->packet;

    packet_begin(answer, take_u16(&id), flags, question->name, question->type);
}

/* ---- one server, one question ---- */

enum behaviour {
    PLAIN,
    WITHOUT_OPT,
    SILENT,
    ANOTHER_ID_FIRST, /* a forged answer, and the right one when asked again */
    ANOTHER_QUESTION,
    GARBAGE,  /* right header and question, then nonsense */
    TRUNCATE, /* TC over UDP, the answer over TCP */
    TRUNCATE_AND_CLOSE,
    TRUNCATE_AND_SILENT,
    TRUNCATE_MALFORMED, /* a packet that ends in the middle of a record, with TC */
    FORMERR_ON_OPT,
    FORMERR_ON_OPT_AND_TRUNCATE,
    LARGE,      /* 1,200 bytes over UDP */
    LARGER,     /* 2,000 bytes over UDP: more than we asked for */
    UPPER_CASE, /* the question comes back in upper case */
};

static const struct row {
    const char *name;
    enum behaviour behaviour;
    uint16_t flags; /* 0: FLAGS_ANSWER */
    const char *cname;
    const char *address;
    const char *soa;
    enum dns_outcome outcome;
    const char *text; /* of the first record, or the reason */
    size_t aliases;
    size_t questions; /* the server saw; 0: 1 */
    size_t tcp;
} rows[] = {
    {"data.test", .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1"},
    {"authenticated.test", .flags = FLAGS_ANSWER | FLAG_AD, .address = "192.0.2.1", .outcome = DNS_DATA,
     .text = "192.0.2.1"},
    {"nodata.test", .soa = "test", .outcome = DNS_NODATA},
    {"empty.test", .outcome = DNS_NODATA},
    {"nxdomain.test", .flags = FLAGS_ANSWER | 3, .soa = "test", .outcome = DNS_NXDOMAIN},
    {"servfail.test", .flags = FLAGS_ANSWER | 2, .outcome = DNS_FAILURE, .text = "SERVFAIL"},
    {"refused.test", .flags = FLAGS_ANSWER | 5, .outcome = DNS_FAILURE, .text = "REFUSED"},
    {"notimp.test", .flags = FLAGS_ANSWER | 4, .outcome = DNS_FAILURE, .text = "NOTIMP"},
    {"formerr.test", .flags = FLAGS_ANSWER | 1, .outcome = DNS_FAILURE, .text = "FORMERR"},
    {"alias.test", .cname = "data.test", .address = NULL, .outcome = DNS_DATA, .text = "192.0.2.1",
     .aliases = 1, .questions = 2},
    {"alias-alias.test", .cname = "alias.test", .outcome = DNS_DATA, .text = "192.0.2.1", .aliases = 2,
     .questions = 3},
    {"alias-nxdomain.test", .cname = "nxdomain.test", .outcome = DNS_NXDOMAIN, .aliases = 1, .questions = 2},
    {"alias-servfail.test", .cname = "servfail.test", .outcome = DNS_FAILURE, .text = "SERVFAIL",
     .aliases = 1, .questions = 2},
    {"loop-a.test", .cname = "loop-b.test", .outcome = DNS_FAILURE, .text = "CNAME loop at loop-a.test",
     .questions = 2},
    {"loop-b.test", .cname = "loop-a.test", .outcome = DNS_FAILURE, .text = "CNAME loop at loop-b.test",
     .questions = 2},
    {"wildcard-1.test", .cname = "wildcard-2.test", .outcome = DNS_FAILURE,
     .text = "CNAME chain longer than 8 links at wildcard-10.test", .questions = 9},
    {"wildcard-2.test", .cname = "wildcard-3.test", .outcome = DNS_DATA, .text = "192.0.2.1", .aliases = 8,
     .questions = 9},
    {"wildcard-3.test", .cname = "wildcard-4.test"},
    {"wildcard-4.test", .cname = "wildcard-5.test"},
    {"wildcard-5.test", .cname = "wildcard-6.test"},
    {"wildcard-6.test", .cname = "wildcard-7.test"},
    {"wildcard-7.test", .cname = "wildcard-8.test"},
    {"wildcard-8.test", .cname = "wildcard-9.test"},
    {"wildcard-9.test", .cname = "wildcard-10.test"},
    {"wildcard-10.test", .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1"},
    {"silent.test", SILENT, .outcome = DNS_FAILURE, .text = "timeout", .questions = 1},
    {"forged.test", ANOTHER_ID_FIRST, .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1",
     .questions = 2},
    {"another.test", ANOTHER_QUESTION, .outcome = DNS_FAILURE, .text = "timeout"},
    {"garbage.test", GARBAGE, .outcome = DNS_FAILURE,
     .text = "malformed answer: name with a label of unknown kind"},
    {"truncated.test", TRUNCATE, .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1",
     .questions = 2, .tcp = 1},
    {"truncated-closed.test", TRUNCATE_AND_CLOSE, .outcome = DNS_FAILURE,
     .text = "server not reachable over TCP, after a truncated answer"},
    {"truncated-silent.test", TRUNCATE_AND_SILENT, .outcome = DNS_FAILURE,
     .text = "timeout over TCP, after a truncated answer", .questions = 2, .tcp = 1},
    {"truncated-middle.test", TRUNCATE_MALFORMED, .address = "192.0.2.1", .outcome = DNS_DATA,
     .text = "192.0.2.1", .questions = 2, .tcp = 1},
    {"without-opt.test", WITHOUT_OPT, .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1"},
    {"old.test", FORMERR_ON_OPT, .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1",
     .questions = 2},
    {"old-large.test", FORMERR_ON_OPT_AND_TRUNCATE, .address = "192.0.2.1", .outcome = DNS_DATA,
     .text = "192.0.2.1", .questions = 3, .tcp = 1},
    {"large.test", LARGE, .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1"},
    {"larger.test", LARGER, .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1"},
    {"upper.test", UPPER_CASE, .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1"},
    {"odd\\000\\046\\255.test", .address = "192.0.2.1", .outcome = DNS_DATA, .text = "192.0.2.1"},
    {".", .soa = ".", .outcome = DNS_NODATA},
};

static const struct row *find_row(const char *name)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct dns_name a, b;

        if (dns_name_from_text(rows[i].name, &a) == 0 && dns_name_from_text(name, &b) == 0 &&
            dns_name_equal(&a, &b))
            return &rows[i];
    }
    cr_assert_fail("question for %s", name);
    return NULL;
}

static void put_row(const struct row *row, const struct peer_question *question, struct buffer *answer)
{
    if (row->cname != NULL)
        packet_record(answer, PACKET_ANSWER, question->name, "CNAME", 300, row->cname);
    if (row->address != NULL)
        packet_record(answer, PACKET_ANSWER, question->name, "A", 300, row->address);
    if (row->soa != NULL)
        packet_record(answer, PACKET_AUTHORITY, row->soa, "SOA", 300, SOA_TEXT);
    if (row->behaviour != WITHOUT_OPT && row->behaviour != GARBAGE && packet_has_opt(question->packet))
        packet_opt(answer, 0, "");
}

static void pad_to(struct buffer *answer, const char *name, size_t size)
{
    while (answer->size < size)
        packet_record(answer, PACKET_ADDITIONAL, name, "TXT", 1, "\"padding padding padding\"");
}

/* What is behind the header, and what is done with it. */
static enum peer_action behave(struct live *live, const struct row *row, const struct peer_question *question,
                               struct buffer *answer)
{
    switch (row->behaviour) {
    case PLAIN:
    case WITHOUT_OPT:
        return PEER_ANSWER;
    case SILENT:
        live->clock.now_ms += SILENCE_MS;
        return PEER_SILENT;
    case ANOTHER_ID_FIRST:
        /* from the server's own address and port, so only the id tells them apart */
        if (question->number == 0) {
            answer->data[0] ^= 0x55;
            answer->data[answer->size - 12] = 66; /* the last byte of the address, before OPT */
            live->clock.now_ms += ATTEMPT_OVER_MS;
        }
        return PEER_ANSWER;
    case ANOTHER_QUESTION:
        answer->data[DNS_HEADER_SIZE + 1] = 'x';
        live->clock.now_ms += SILENCE_MS;
        return PEER_ANSWER;
    case GARBAGE:
        answer->data[7] = 1;
        packet_hex(answer, "80ff");
        return PEER_ANSWER;
    case TRUNCATE:
    case TRUNCATE_AND_CLOSE:
    case TRUNCATE_AND_SILENT:
    case TRUNCATE_MALFORMED:
    case FORMERR_ON_OPT_AND_TRUNCATE:
        if (!question->tcp)
            answer->data[2] |= FLAG_TC >> 8;
        if (!question->tcp && row->behaviour == TRUNCATE_MALFORMED)
            answer->size -= 5;
        if (question->tcp && row->behaviour == TRUNCATE_AND_CLOSE)
            return PEER_CLOSE;
        if (question->tcp && row->behaviour == TRUNCATE_AND_SILENT) {
            live->clock.now_ms += SILENCE_MS;
            return PEER_SILENT;
        }
        return PEER_ANSWER;
    case LARGE:
        pad_to(answer, question->name, 1150);
        return PEER_ANSWER;
    case LARGER:
        pad_to(answer, question->name, 2000);
        return PEER_ANSWER;
    case FORMERR_ON_OPT:
        return PEER_ANSWER;
    case UPPER_CASE:
        for (size_t i = DNS_HEADER_SIZE; answer->data[i] != 0; i++)
            if (answer->data[i] >= 'a' && answer->data[i] <= 'z')
                answer->data[i] = (uint8_t)(answer->data[i] - 'a' + 'A');
        return PEER_ANSWER;
    }
    return PEER_SILENT;
}

/* Every question is as it should be: RD, no CD, one OPT with DO at the end. */
static void check_question(const struct peer_question *question)
{
    static const uint8_t opt[11] = {0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0};
    const struct bytes packet = question->packet;

    cr_expect_eq(packet.data[2], 0x01);
    cr_expect_eq(packet.data[3], 0x00);
    if (packet_has_opt(packet))
        cr_expect_arr_eq(packet.data + packet.size - sizeof(opt), opt, sizeof(opt));
}

static enum peer_action table_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    struct live *live = data;
    const struct row *row = find_row(question->name);
    bool old = row->behaviour == FORMERR_ON_OPT || row->behaviour == FORMERR_ON_OPT_AND_TRUNCATE;

    check_question(question);
    if (old && packet_has_opt(question->packet)) {
        begin(answer, question, FLAGS_ANSWER | 1);
        return PEER_ANSWER;
    }
    begin(answer, question, row->flags != 0 ? row->flags : FLAGS_ANSWER);
    put_row(row, question, answer);
    return behave(live, row, question, answer);
}

static void check_answer(const struct row *row, const struct dns_answer *answer)
{
    const char *text = answer->outcome == DNS_FAILURE ? answer->reason : first_text(answer);

    cr_expect_eq(answer->outcome, row->outcome, "%s: %d", row->name, answer->outcome);
    cr_assert_not_null(text, "%s", row->name);
    cr_expect_str_eq(text, row->text != NULL ? row->text : "", "%s: %s", row->name, text);
    cr_expect_eq(answer->aliases.count, row->aliases, "%s: %zu", row->name, answer->aliases.count);
    cr_expect_eq(answer->truncated_retry, row->tcp > 0 && row->outcome != DNS_FAILURE, "%s", row->name);
    if (row->outcome != DNS_FAILURE) {
        cr_expect_eq(answer->authenticated, row->flags == (FLAGS_ANSWER | FLAG_AD), "%s", row->name);
        cr_expect_eq(answer->edns_stripped,
                     row->behaviour == WITHOUT_OPT || row->behaviour == FORMERR_ON_OPT ||
                         row->behaviour == FORMERR_ON_OPT_AND_TRUNCATE,
                     "%s", row->name);
    }
}

static void one_row(struct live *live)
{
    const struct row *row = live->data;
    struct task_group *time = row->behaviour == TRUNCATE_AND_CLOSE ? start_time(live) : NULL;
    struct dns_answer *answer = ask(live, row->name, DNS_A);
    size_t questions = row->questions != 0 ? row->questions : 1;

    task_group_end(time);
    check_answer(row, answer);
    if (time != NULL)
        return; /* how often it was asked depends on the clock */
    cr_expect_eq(dns_peer_questions(live->peers[0]), questions, "%s: %zu questions", row->name,
                 dns_peer_questions(live->peers[0]));
    cr_expect_eq(dns_peer_questions_tcp(live->peers[0]), row->tcp, "%s: %zu over TCP", row->name,
                 dns_peer_questions_tcp(live->peers[0]));
    if (answer->server != NULL)
        cr_expect_str_eq(answer->server, dns_peer_address(live->peers[0]));
    cr_expect_eq(answer->server == NULL, row->text != NULL && (strstr(row->text, "timeout") != NULL ||
                                                               strstr(row->text, "reachable") != NULL));
}

static void run_rows(size_t first, size_t behind)
{
    for (size_t i = first; i < behind; i++) {
        struct live live = {.body = one_row, .scripts = {table_script}, .data = (void *)(uintptr_t)&rows[i]};

        if (rows[i].outcome != DNS_NOT_ASKED)
            run(&live);
    }
}

Test(dns, one_server)
{
    run_rows(0, COUNT(rows));
}

/* ---- several servers ---- */

/* Each server has one way for all names. */
static enum peer_action answer_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    (void)data;
    begin(answer, question, FLAGS_ANSWER);
    packet_record(answer, PACKET_ANSWER, question->name, "A", 300, "192.0.2.1");
    packet_opt(answer, 0, "");
    return PEER_ANSWER;
}

static enum peer_action servfail_script(void *data, const struct peer_question *question,
                                        struct buffer *answer)
{
    (void)data;
    begin(answer, question, FLAGS_ANSWER | 2);
    packet_opt(answer, 0, "000f 0002 0006");
    return PEER_ANSWER;
}

static enum peer_action refused_script(void *data, const struct peer_question *question,
                                       struct buffer *answer)
{
    (void)data;
    begin(answer, question, FLAGS_ANSWER | 5);
    return PEER_ANSWER;
}

static enum peer_action nxdomain_script(void *data, const struct peer_question *question,
                                        struct buffer *answer)
{
    (void)data;
    begin(answer, question, FLAGS_ANSWER | 3);
    return PEER_ANSWER;
}

static enum peer_action malformed_script(void *data, const struct peer_question *question,
                                         struct buffer *answer)
{
    (void)data;
    begin(answer, question, FLAGS_ANSWER);
    packet_hex(answer, "00");
    return PEER_ANSWER;
}

/* Not long enough for the question as a whole, only for this attempt, whose patience is double each time. */
static enum peer_action silent_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    struct live *live = data;

    (void)answer;
    live->clock.now_ms += (int64_t)ATTEMPT_OVER_MS << question->number;
    return PEER_SILENT;
}

/* The answer to the first question comes when the second is asked. */
static enum peer_action late_script(void *data, const struct peer_question *question, struct buffer *answer)
{
    struct live *live = data;

    (void)answer_script(data, question, answer);
    live->clock.now_ms += ATTEMPT_OVER_MS;
    return PEER_HOLD;
}

static enum peer_action releasing_script(void *data, const struct peer_question *question,
                                         struct buffer *answer)
{
    struct live *live = data;

    (void)question;
    (void)answer;
    dns_peer_release(live->peers[0]);
    return PEER_SILENT;
}

static const struct servers_row {
    const char *about;
    peer_script *scripts[PEERS_MAX];
    enum dns_outcome outcome;
    const char *text;
    size_t questions[PEERS_MAX];
    size_t from; /* which server is named */
} servers_rows[] = {
    {"the first answers, the second is not asked",
     {answer_script, nxdomain_script},
     DNS_DATA,
     "192.0.2.1",
     {1, 0},
     0},
    {"an answer of nothing is an answer", {nxdomain_script, answer_script}, DNS_NXDOMAIN, "", {1, 0}, 0},
    {"SERVFAIL, then data", {servfail_script, answer_script}, DNS_DATA, "192.0.2.1", {1, 1}, 1},
    {"REFUSED, then data", {refused_script, answer_script}, DNS_DATA, "192.0.2.1", {1, 1}, 1},
    {"malformed, then data", {malformed_script, answer_script}, DNS_DATA, "192.0.2.1", {1, 1}, 1},
    {"silence, then data", {silent_script, answer_script}, DNS_DATA, "192.0.2.1", {1, 1}, 1},
    {"three servers", {silent_script, refused_script, answer_script}, DNS_DATA, "192.0.2.1", {1, 1, 1}, 2},
    {"all fail: the first code counts, nobody is asked twice",
     {servfail_script, refused_script},
     DNS_FAILURE,
     "SERVFAIL (extended error 6, DNSSEC Bogus)",
     {1, 1},
     0},
    {"a code tells more than a malformed answer",
     {malformed_script, refused_script},
     DNS_FAILURE,
     "REFUSED",
     {1, 1},
     1},
    {"a malformed answer tells more than silence; who was silent is asked again",
     {silent_script, malformed_script},
     DNS_FAILURE,
     "malformed answer: bytes behind the last record",
     {3, 1},
     1},
    {"all silent", {silent_script, silent_script}, DNS_FAILURE, "timeout", {2, 2}, 0},
    {"a late answer counts", {late_script, releasing_script}, DNS_DATA, "192.0.2.1", {1, 1}, 0},
};

static void several_servers(struct live *live)
{
    const struct servers_row *row = live->data;
    struct dns_answer *answer = ask(live, "example.test", DNS_A);
    const char *text = answer->outcome == DNS_FAILURE ? answer->reason : first_text(answer);

    cr_expect_eq(answer->outcome, row->outcome, "%s: %d", row->about, answer->outcome);
    cr_expect_str_eq(text, row->text, "%s: %s", row->about, text);
    if (strcmp(text, "timeout") == 0)
        cr_expect_null(answer->server);
    else
        cr_expect_str_eq(answer->server, dns_peer_address(live->peers[row->from]), "%s", row->about);
    for (size_t i = 0; i < PEERS_MAX && live->peers[i] != NULL; i++)
        cr_expect_eq(dns_peer_questions(live->peers[i]), row->questions[i], "%s: server %zu: %zu", row->about,
                     i, dns_peer_questions(live->peers[i]));
}

Test(dns, several_servers)
{
    for (size_t i = 0; i < COUNT(servers_rows); i++) {
        struct live live = {.body = several_servers, .data = (void *)(uintptr_t)&servers_rows[i]};

        memcpy(live.scripts, servers_rows[i].scripts, sizeof(live.scripts));
        run(&live);
    }
}

/* The first server is not there (its port is closed): the second is asked at once. Alone it is a failure. */
static void closed_port(struct live *live)
{
    struct task_group *time = start_time(live);
    struct dns_answer *answer;

    dns_peer_close(live->peers[0]);
    live->peers[0] = NULL;
    answer = ask(live, "example.test", DNS_A);
    task_group_end(time);
    if (live->peers[1] != NULL) {
        cr_expect_eq(answer->outcome, DNS_DATA);
        return;
    }
    cr_expect_eq(answer->outcome, DNS_FAILURE);
    cr_expect_str_eq(answer->reason, "server not reachable");
    cr_expect_null(answer->server);
    cr_expect_null(answer->packet.data);
    cr_expect_not(answer->rcode.known);
}

Test(dns, nobody_there)
{
    struct live alone = {.body = closed_port, .scripts = {answer_script}};
    struct live second = {.body = closed_port, .scripts = {answer_script, answer_script}};

    run(&alone);
    run(&second);
}

/* ---- joining, leaving, keeping ---- */

struct asker {
    struct live *live;
    const char *name;
    int64_t patience_ms; /* 0: for ever */
    int result;
    struct dns_answer *answer;
    bool done;
};

static void asker_run(void *argument)
{
    struct asker *asker = argument;
    int64_t deadline = asker->patience_ms == 0
                           ? DEADLINE_NEVER
                           : deadline_in(asker->live->engine, asker->patience_ms, DEADLINE_NEVER);

    asker->result =
        resolver_ask(asker->live->resolver, asker->name, DNS_A, deadline, asker->live->arena, &asker->answer);
    asker->done = true;
}

/* Waits for something that other tasks or the server bring about; the test's time limit ends it otherwise. */
static void wait_until(struct live *live, bool (*holds)(struct live *live))
{
    while (!holds(live))
        cr_assert_eq(task_yield(live->engine), 0);
}

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
    wait_until(live, server_was_asked);
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

    run(&live);
}

/* The asker has no more time; the answer that comes after all is kept for the next one. */
static void late(struct live *live)
{
    struct asker asker = {.live = live, .name = "example.test", .patience_ms = 20};
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(live->engine), "asker", &group), 0);
    cr_assert_eq(task_spawn(group, asker_run, &asker, "asker"), 0);
    wait_until(live, server_was_asked);
    live->clock.now_ms += asker.patience_ms;
    cr_expect_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    cr_expect_eq(asker.result, 0);
    cr_expect_eq(asker.answer->outcome, DNS_FAILURE);
    cr_expect_str_eq(asker.answer->reason, "timeout");
    cr_expect_eq(asker.answer->milliseconds, asker.patience_ms);
    dns_peer_release(live->peers[0]);
    struct dns_answer *answer = ask(live, "example.test", DNS_A); /* joins, or finds it in the cache */

    cr_expect_eq(answer->outcome, DNS_DATA);
    cr_expect_eq(dns_peer_questions(live->peers[0]), 1);
}

Test(dns, asker_out_of_time_and_the_answer_late)
{
    struct live live = {.body = late, .scripts = {hold_script}};

    run(&live);
}

/* Answers are kept as long as they say, failures for five seconds. */
static void cached(struct live *live)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } kept[] = {{"data.test", 300}, {"nxdomain.test", 300}, {"nodata.test", 300}, {"servfail.test", 5}};

    for (size_t i = 0; i < COUNT(kept); i++) {
        struct dns_answer *first = ask(live, kept[i].name, DNS_A);
        size_t questions = dns_peer_questions(live->peers[0]);

        live->clock.now_ms += 1000 * kept[i].seconds - 1000;
        struct dns_answer *second = ask(live, kept[i].name, DNS_A);

        cr_expect_eq(dns_peer_questions(live->peers[0]), questions, "%s", kept[i].name);
        cr_expect_eq(second->outcome, first->outcome);
        cr_expect_eq(second->milliseconds, first->milliseconds);
        cr_expect_str_eq(second->server, first->server);
        cr_expect_str_eq(first_text(second), first_text(first));
        cr_expect(bytes_equal(second->packet, first->packet));
        live->clock.now_ms += 1001;
        (void)ask(live, kept[i].name, DNS_A);
        cr_expect_eq(dns_peer_questions(live->peers[0]), questions + 1, "%s", kept[i].name);
    }
    cr_expect_eq(dns_statistics(live->resolver).from_cache, COUNT(kept));
}

Test(dns, answers_are_kept)
{
    struct live live = {.body = cached, .scripts = {table_script}};

    run(&live);
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
    struct live live = {.body = refused_here, .scripts = {table_script}};

    run(&live);
}

/* ---- one server that does not know EDNS must not spoil what comes after ---- */

static void not_poisoned(struct live *live)
{
    for (int i = 0; i < 5; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), i % 2 == 0 ? "old.test" : "large.test");
        live->clock.now_ms += 1000000; /* out of the cache */
        struct dns_answer *answer = ask(live, name, DNS_A);

        cr_expect_eq(answer->outcome, DNS_DATA, "%s", name);
        cr_expect_eq(answer->edns_stripped, i % 2 == 0, "%s", name);
        cr_expect_not(answer->truncated_retry, "%s", name);
    }
    cr_expect_eq(dns_peer_questions_tcp(live->peers[0]), 0);
    cr_expect_geq(dns_peer_ports(live->peers[0]), 2); /* another channel */
}

Test(dns, edns_is_not_switched_off)
{
    struct live live = {.body = not_poisoned, .scripts = {table_script}};

    run(&live);
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
    wait_until(live, all_held_asked);
    for (int i = 0; i < 10; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "tcp%d.test", i);
        cr_expect_eq(ask(live, name, DNS_A)->outcome, DNS_DATA);
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

    run(&live);
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
    struct live live = {.body = many_at_once, .scripts = {answer_script}};

    run(&live);
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

    run(&live);
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
    wait_until(live, two_hundred_asked);
    task_group_end(group);
    cr_expect_eq(dns_peer_release(live->peers[0]), 200);
    live->scripts[0] = NULL; /* from now on it answers at once */
    cr_expect_eq(ask(live, "last.test", DNS_A)->outcome, DNS_DATA);
    cr_expect_eq(dns_peer_questions(live->peers[0]), 201);
    cr_expect_eq(ask(live, "host0.test", DNS_A)->outcome, DNS_DATA); /* was in flight: kept */
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

    run(&live);
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
    wait_until(live, tcp_was_asked);
    task_group_end(group);
    for (size_t i = 0; i < ASKERS_AT_THE_END; i++)
        cr_expect_eq(askers[i].result, -ECANCELED);
}

Test(dns, freed_while_questions_are_under_way)
{
    struct live live = {.body = freed_while_asking, .scripts = {never_script}};

    run(&live);
}

static void nothing_asked(struct live *live)
{
    cr_expect_eq(dns_statistics(live->resolver).asked, 0);
}

Test(dns, freed_unused)
{
    struct live live = {.body = nothing_asked, .scripts = {answer_script}};

    run(&live);
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
