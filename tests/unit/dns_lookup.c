/*
 * dns_lookup.c - tests of asking servers: what one server may do, and how several are asked in turn
 */
#include "scanner/base/arena.h"
#include "scanner/net/dns_packet.h"
#include "tests/unit/dns_live.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SOA_TEXT "ns.test hostmaster.test 1 7200 3600 1209600 300"

enum { SILENCE_MS = 100000 /* more than a question may take */ };

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
    {"alias-authenticated.test", /* the alias itself was not */
     .cname = "authenticated.test", .outcome = DNS_DATA, .text = "192.0.2.1", .aliases = 1, .questions = 2},
    {"alias-alias.test", .cname = "alias.test", .outcome = DNS_DATA, .text = "192.0.2.1", .aliases = 2,
     .questions = 3},
    {"alias-nxdomain.test", .cname = "nxdomain.test", .outcome = DNS_NXDOMAIN, .aliases = 1, .questions = 2},
    {"alias-servfail.test", .cname = "servfail.test", .outcome = DNS_FAILURE, .text = "SERVFAIL",
     .aliases = 1, .questions = 2},
    {"loop-a.test", .cname = "loop-b.test", .outcome = DNS_FAILURE, .text = "CNAME loop at loop-a.test",
     .questions = 2, .aliases = 2},
    {"loop-b.test", .cname = "loop-a.test", .outcome = DNS_FAILURE, .text = "CNAME loop at loop-b.test",
     .questions = 2, .aliases = 2},
    {"wildcard-1.test", .cname = "wildcard-2.test", .outcome = DNS_FAILURE,
     .text = "CNAME chain longer than 8 links at wildcard-10.test", .questions = 9, .aliases = 9},
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
    {"alias-silent.test", .cname = "silent.test", .outcome = DNS_FAILURE, .text = "timeout", .aliases = 1,
     .questions = 2},
    {"alias-garbage.test", .cname = "garbage.test", .outcome = DNS_FAILURE,
     .text = "malformed answer: name with a label of unknown kind", .questions = 2},
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
     .text = "192.0.2.1", .questions = 4, .tcp = 2},
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
        answer_begin(answer, question, FLAGS_ANSWER | 1);
        return PEER_ANSWER;
    }
    answer_begin(answer, question, row->flags != 0 ? row->flags : FLAGS_ANSWER);
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
    struct task_group *time = row->behaviour == TRUNCATE_AND_CLOSE ? live_start_time(live) : NULL;
    struct dns_answer *answer = live_ask(live, row->name, DNS_A);
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
    cr_expect_eq(answer->server == NULL, answer->packet.data == NULL, "%s", row->name); /* nobody answered */
}

static void run_rows(size_t first, size_t behind)
{
    for (size_t i = first; i < behind; i++) {
        struct live live = {.body = one_row, .scripts = {table_script}, .data = (void *)(uintptr_t)&rows[i]};

        if (rows[i].outcome != DNS_NOT_ASKED)
            live_run(&live);
    }
}

Test(dns_lookup, one_server)
{
    run_rows(0, COUNT(rows));
}

/* ---- one server that does not know EDNS must not spoil what comes after ---- */

static void not_poisoned(struct live *live)
{
    for (int i = 0; i < 5; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), i % 2 == 0 ? "old.test" : "large.test");
        live->clock.now_ms += 1000000; /* out of the cache */
        struct dns_answer *answer = live_ask(live, name, DNS_A);

        cr_expect_eq(answer->outcome, DNS_DATA, "%s", name);
        cr_expect_eq(answer->edns_stripped, i % 2 == 0, "%s", name);
        cr_expect_not(answer->truncated_retry, "%s", name);
    }
    cr_expect_eq(dns_peer_questions_tcp(live->peers[0]), 0);
    cr_expect_geq(dns_peer_ports(live->peers[0]), 2); /* another channel */
}

Test(dns_lookup, edns_is_not_switched_off)
{
    struct live live = {.body = not_poisoned, .scripts = {table_script}};

    live_run(&live);
}

/* ---- several servers, each with one way for all names ---- */

static enum peer_action servfail_script(void *data, const struct peer_question *question,
                                        struct buffer *answer)
{
    (void)data;
    answer_begin(answer, question, FLAGS_ANSWER | 2);
    packet_opt(answer, 0, "000f 0002 0006");
    return PEER_ANSWER;
}

static enum peer_action refused_script(void *data, const struct peer_question *question,
                                       struct buffer *answer)
{
    (void)data;
    answer_begin(answer, question, FLAGS_ANSWER | 5);
    return PEER_ANSWER;
}

static enum peer_action nxdomain_script(void *data, const struct peer_question *question,
                                        struct buffer *answer)
{
    (void)data;
    answer_begin(answer, question, FLAGS_ANSWER | 3);
    return PEER_ANSWER;
}

static enum peer_action malformed_script(void *data, const struct peer_question *question,
                                         struct buffer *answer)
{
    (void)data;
    answer_begin(answer, question, FLAGS_ANSWER);
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
    struct dns_answer *answer = live_ask(live, "example.test", DNS_A);
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

Test(dns_lookup, several_servers)
{
    for (size_t i = 0; i < COUNT(servers_rows); i++) {
        struct live live = {.body = several_servers, .data = (void *)(uintptr_t)&servers_rows[i]};

        memcpy(live.scripts, servers_rows[i].scripts, sizeof(live.scripts));
        live_run(&live);
    }
}

/* The first server is not there (its port is closed): the second is asked at once. Alone it is a failure. */
static void closed_port(struct live *live)
{
    struct task_group *time = live_start_time(live);
    struct dns_answer *answer;

    dns_peer_close(live->peers[0]);
    live->peers[0] = NULL;
    answer = live_ask(live, "example.test", DNS_A);
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

Test(dns_lookup, nobody_there)
{
    struct live alone = {.body = closed_port, .scripts = {answer_script}};
    struct live second = {.body = closed_port, .scripts = {answer_script, answer_script}};

    live_run(&alone);
    live_run(&second);
}
