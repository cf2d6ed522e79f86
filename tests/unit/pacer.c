/*
 * pacer.c - a guest's manners on a virtual clock: how many side by side, after what, and who is first
 */
#include "scanner/net/pacer.h"
#include "scanner/base/clock.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 16, CROWD = 2000, BY_THE_MINUTE = 30, TRIES = 3 };

struct fixture {
    struct clock clock;
    struct engine *engine;
    struct pacer *pacer;
    struct address address;
    struct event {
        int64_t time;
        const char *name;
    } events[EVENTS_MAX];
    size_t events_count;
    char story[512];
};

static void note(struct fixture *fixture, const char *name)
{
    cr_assert_lt(fixture->events_count, EVENTS_MAX);
    fixture->events[fixture->events_count++] = (struct event){engine_now(fixture->engine), name};
}

static int compare_events(const void *a, const void *b)
{
    const struct event *event_a = a, *event_b = b;

    if (event_a->time != event_b->time)
        return event_a->time < event_b->time ? -1 : 1;
    return strcmp(event_a->name, event_b->name);
}

/* Who was let in when: "a@0 b@100"; those of one moment by name, since the pacer does not order them. */
static const char *story_of(struct fixture *fixture)
{
    size_t used = 0;

    qsort(fixture->events, fixture->events_count, sizeof(fixture->events[0]), compare_events);
    fixture->story[0] = '\0';
    for (size_t i = 0; i < fixture->events_count; i++)
        used +=
            (size_t)snprintf(fixture->story + used, sizeof(fixture->story) - used, "%s%s@%lld",
                             i > 0 ? " " : "", fixture->events[i].name, (long long)fixture->events[i].time);
    return fixture->story;
}

static void fixture_new(struct fixture *fixture, enum pace pace)
{
    *fixture = (struct fixture){.clock = clock_virtual(0)};
    cr_assert_eq(engine_new(&(struct engine_options){.clock = &fixture->clock, .tasks_max = CROWD + 10},
                            &fixture->engine),
                 0);
    cr_assert_eq(pacer_new(fixture->engine, pace, &fixture->pacer), 0);
    cr_assert_eq(address_parse("192.0.2.1", &fixture->address), 0);
}

static void fixture_run(struct fixture *fixture)
{
    cr_assert_eq(engine_run(fixture->engine), 0);
    pacer_free(fixture->pacer);
    engine_free(fixture->engine);
}

/* One connection: asks for a slot at `start`, keeps it for `lasts`, gives it back with `result`. */
struct visit {
    struct fixture *fixture;
    const char *name;
    int64_t start, lasts;
    enum pacer_result result;
    int64_t ending;     /* so long before its end only an answer is due */
    int64_t round_trip; /* ... that is so far away */
    uint16_t port;      /* 0: 25 */
    int64_t deadline;   /* 0: never */
    int outcome;
};

static void visit_run(void *argument)
{
    struct visit *visit = argument;
    struct fixture *fixture = visit->fixture;
    struct pacer_slot *slot = NULL;

    if (task_sleep(fixture->engine, visit->start, "the start") < 0)
        return;
    visit->outcome = pacer_take(fixture->pacer, &fixture->address, visit->port != 0 ? visit->port : 25,
                                visit->deadline != 0 ? visit->deadline : DEADLINE_NEVER, &slot);
    if (visit->outcome < 0) {
        cr_expect_null(slot);
        return;
    }
    note(fixture, visit->name);
    (void)task_sleep(fixture->engine, visit->lasts - visit->ending, "the visit");
    if (visit->ending > 0) {
        pacer_ending(slot, visit->round_trip);
        (void)task_sleep(fixture->engine, visit->ending, "the last answer");
    }
    pacer_give(slot, visit->result);
}

static void visit_all(struct fixture *fixture, struct visit *visits, size_t count, struct task_group *group)
{
    for (size_t i = 0; i < count; i++) {
        visits[i].fixture = fixture;
        cr_assert_eq(task_spawn(group, visit_run, &visits[i], "visit %s", visits[i].name), 0);
    }
}

struct scenario {
    const char *what;
    enum pace pace;
    struct visit visits[12];
    const char *story; /* who was let in when */
    struct pacer_state state;
};

static const struct scenario scenarios[] = {
    {"first contact alone, then four side by side, in the order of coming",
     PACE_NORMAL,
     {{.name = "a", .lasts = 100, .result = PACER_SUCCESS},
      {.name = "b", .start = 1, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "c", .start = 2, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "d", .start = 3, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "e", .start = 4, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "f", .start = 5, .lasts = 100, .result = PACER_SUCCESS}},
     "a@0 b@100 c@100 d@100 e@100 f@200",
     {.connections = 6, .successes = 6, .limit = 4}},
    {"gentle: one after the other",
     PACE_GENTLE,
     {{.name = "a", .lasts = 10, .result = PACER_SUCCESS},
      {.name = "b", .start = 1, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "c", .start = 2, .lasts = 10, .result = PACER_SUCCESS}},
     "a@0 b@10 c@20",
     {.connections = 3, .successes = 3, .limit = 1}},
    {"fast: eight",
     PACE_FAST,
     {{.name = "a", .lasts = 10, .result = PACER_SUCCESS},
      {.name = "b", .start = 1, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "c", .start = 2, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "d", .start = 3, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "e", .start = 4, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "f", .start = 5, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "g", .start = 6, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "h", .start = 7, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "i", .start = 8, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "j", .start = 9, .lasts = 10, .result = PACER_SUCCESS}},
     "a@0 b@10 c@10 d@10 e@10 f@10 g@10 h@10 i@10 j@20",
     {.connections = 10, .successes = 10, .limit = 8}},
    {"no answer yet: patient, alone, without punishment",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10000, .result = PACER_NO_ANSWER},
      {.name = "b", .start = 1, .lasts = 10000, .result = PACER_NO_ANSWER},
      {.name = "c", .start = 2, .lasts = 10, .result = PACER_NEUTRAL},
      {.name = "d", .start = 3, .lasts = 10, .result = PACER_NEUTRAL}},
     "a@0 b@10000 c@20000 d@20010",
     {.connections = 4, .limit = 1}},
    {"pushback: nobody new for 5 s, then one alone; a minute after that one's, then on, growing",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10, .result = PACER_SUCCESS},
      {.name = "b", .start = 20, .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "c", .start = 40, .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "d", .start = 41, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "e", .start = 42, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "f", .start = 43, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "g", .start = 44, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "h", .start = 45, .lasts = 100, .result = PACER_SUCCESS}},
     "a@0 b@20 c@5030 d@66040 e@66240 f@66240 g@66440 h@66440",
     {.connections = 8, .successes = 6, .pushbacks = 2, .limit = 4}},
    {"two side by side and a third is turned away: one alone, then two, with a moment before the next",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10, .result = PACER_SUCCESS},
      {.name = "b", .start = 20, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "c", .start = 21, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "d", .start = 22, .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "e", .start = 40, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "f", .start = 41, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "g", .start = 42, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "h", .start = 43, .lasts = 100, .result = PACER_SUCCESS}},
     "a@0 b@20 c@21 d@22 e@5032 f@5232 g@5232 h@5432",
     {.connections = 8, .successes = 7, .pushbacks = 1, .limit = 2}},
    {"the one alone is turned away, too: it was not their number",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10, .result = PACER_SUCCESS},
      {.name = "b", .start = 20, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "c", .start = 21, .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "d", .start = 40, .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "e", .start = 41, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "f", .start = 42, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "g", .start = 43, .lasts = 10, .result = PACER_SUCCESS}},
     "a@0 b@20 c@21 d@5031 e@66041 f@66151 g@66151",
     {.connections = 7, .successes = 5, .pushbacks = 2, .limit = 4}},
    {"silence after a success is a pushback",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10, .result = PACER_SUCCESS},
      {.name = "b", .start = 20, .lasts = 10, .result = PACER_NO_ANSWER},
      {.name = "c", .start = 21, .lasts = 100, .result = PACER_SUCCESS},
      {.name = "d", .start = 31, .lasts = 10, .result = PACER_SUCCESS}},
     /* c came before, and tells nothing of what is allowed now */
     "a@0 b@20 c@21 d@5030",
     {.connections = 4, .successes = 3, .pushbacks = 1, .limit = 2}},
    {"one moment of displeasure that meets four connections is one",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10, .result = PACER_SUCCESS},
      {.name = "b", .start = 20, .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "c", .start = 20, .lasts = 11, .result = PACER_PUSHBACK},
      {.name = "d", .start = 20, .lasts = 12, .result = PACER_PUSHBACK},
      {.name = "e", .start = 20, .lasts = 13, .result = PACER_PUSHBACK},
      {.name = "f", .start = 40, .lasts = 1, .result = PACER_NEUTRAL},
      {.name = "g", .start = 41, .lasts = 1, .result = PACER_NEUTRAL},
      {.name = "h", .start = 42, .lasts = 1, .result = PACER_NEUTRAL}},
     "a@0 b@20 c@20 d@20 e@20 f@5030 g@5131 h@5232",
     {.connections = 8, .successes = 1, .pushbacks = 4, .limit = 1}},
    {"turned away at first contact: growth is by one",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "b", .start = 20, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "c", .start = 21, .lasts = 10, .result = PACER_NEUTRAL},
      {.name = "d", .start = 22, .lasts = 10, .result = PACER_NEUTRAL},
      {.name = "e", .start = 23, .lasts = 10, .result = PACER_NEUTRAL}},
     "a@0 b@5010 c@5120 d@5120 e@5230",
     {.connections = 5, .successes = 1, .pushbacks = 1, .limit = 2}},
    {"a deadline ends the wait, and the others keep their order",
     PACE_NORMAL,
     {{.name = "a", .lasts = 100, .result = PACER_NO_ANSWER},
      {.name = "b", .start = 1, .deadline = 50, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "c", .start = 2, .lasts = 10, .result = PACER_NEUTRAL},
      {.name = "d", .start = 3, .lasts = 10, .result = PACER_NEUTRAL}},
     "a@0 c@100 d@110",
     {.connections = 3, .limit = 1}},
    {"a deadline inside a block",
     PACE_NORMAL,
     {{.name = "a", .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "b", .start = 20, .deadline = 4000, .lasts = 10, .result = PACER_SUCCESS},
      {.name = "c", .start = 30, .lasts = 10, .result = PACER_NEUTRAL}},
     "a@0 c@5010",
     {.connections = 2, .pushbacks = 1, .limit = 1}},
    {"from afar one comes as the other goes",
     PACE_GENTLE,
     {{.name = "a", .lasts = 100, .ending = 40, .round_trip = 40, .result = PACER_SUCCESS},
      {.name = "b", .start = 1, .lasts = 100, .ending = 40, .round_trip = 40, .result = PACER_SUCCESS},
      {.name = "c", .start = 2, .lasts = 100, .ending = 40, .round_trip = 40, .result = PACER_SUCCESS}},
     "a@0 b@60 c@120",
     {.connections = 3, .successes = 3, .limit = 1}},
    {"... but not two for one",
     PACE_GENTLE,
     {{.name = "a", .lasts = 100, .ending = 40, .round_trip = 40, .result = PACER_SUCCESS},
      {.name = "b", .start = 1, .lasts = 30, .ending = 20, .round_trip = 20, .result = PACER_SUCCESS},
      {.name = "c", .start = 2, .lasts = 30, .ending = 20, .round_trip = 20, .result = PACER_SUCCESS}},
     "a@0 b@60 c@90",
     {.connections = 3, .successes = 3, .limit = 1}},
    {"... not where it is near",
     PACE_GENTLE,
     {{.name = "a", .lasts = 100, .ending = 40, .round_trip = 1, .result = PACER_SUCCESS},
      {.name = "b", .start = 1, .lasts = 10, .result = PACER_SUCCESS}},
     "a@0 b@100",
     {.connections = 2, .successes = 2, .limit = 1}},
    {"... not after an answer that took longer than the way",
     PACE_GENTLE,
     {{.name = "a", .lasts = 100, .ending = 90, .round_trip = 40, .result = PACER_SUCCESS},
      {.name = "b", .start = 1, .lasts = 200, .ending = 40, .round_trip = 40, .result = PACER_SUCCESS},
      {.name = "c", .start = 2, .lasts = 10, .result = PACER_SUCCESS}},
     "a@0 b@10 c@210",
     {.connections = 3, .successes = 3, .limit = 1}},
    {"... and not after a pushback",
     PACE_GENTLE,
     {{.name = "a", .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "b", .start = 20, .lasts = 100, .ending = 40, .round_trip = 40, .result = PACER_SUCCESS},
      {.name = "c", .start = 21, .lasts = 10, .result = PACER_SUCCESS}},
     "a@0 b@5010 c@5210",
     {.connections = 3, .successes = 2, .pushbacks = 1, .limit = 1}},
    {"who waits when a pushback comes waits for its end",
     PACE_GENTLE,
     {{.name = "a", .lasts = 10, .result = PACER_PUSHBACK},
      {.name = "b", .start = 1, .lasts = 10, .result = PACER_NEUTRAL},
      {.name = "c", .start = 2, .lasts = 10, .result = PACER_NEUTRAL}},
     "a@0 b@5010 c@5120",
     {.connections = 3, .pushbacks = 1, .limit = 1}},
};

Test(pacer, scenarios)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        struct scenario scenario = scenarios[i];
        struct fixture fixture;
        size_t count = 0;

        while (scenario.visits[count].name != NULL)
            count++;
        fixture_new(&fixture, scenario.pace);
        visit_all(&fixture, scenario.visits, count, engine_root(fixture.engine));
        cr_assert_eq(engine_run(fixture.engine), 0);
        struct pacer_state state = pacer_state(fixture.pacer, &fixture.address, 25);

        cr_expect_str_eq(story_of(&fixture), scenario.story, "%s: %s", scenario.what, fixture.story);
        cr_expect_eq(state.connections, scenario.state.connections, "%s: connections", scenario.what);
        cr_expect_eq(state.successes, scenario.state.successes, "%s: successes", scenario.what);
        cr_expect_eq(state.pushbacks, scenario.state.pushbacks, "%s: pushbacks", scenario.what);
        cr_expect_eq(state.limit, scenario.state.limit, "%s: limit %zu", scenario.what, state.limit);
        cr_expect_eq(state.in_use, 0, "%s: in use", scenario.what);
        for (size_t v = 0; v < count; v++)
            cr_expect_eq(scenario.visits[v].outcome, scenario.visits[v].deadline != 0 ? -ETIMEDOUT : 0,
                         "%s: %s", scenario.what, scenario.visits[v].name);
        pacer_free(fixture.pacer);
        engine_free(fixture.engine);
    }
}

/* ---- 5 s, then a minute; and what helped is waited the next time ---- */

static int64_t wait_after(struct fixture *fixture, enum pacer_result result)
{
    struct pacer_slot *slot = NULL;

    cr_assert_eq(pacer_take(fixture->pacer, &fixture->address, 25, DEADLINE_NEVER, &slot), 0);
    int64_t before = engine_now(fixture->engine);

    pacer_give(slot, result);
    cr_assert_eq(pacer_take(fixture->pacer, &fixture->address, 25, DEADLINE_NEVER, &slot), 0);
    pacer_give(slot, PACER_NEUTRAL);
    return engine_now(fixture->engine) - before;
}

static void waits_run(void *argument)
{
    struct fixture *fixture = argument;
    const struct {
        enum pacer_result result;
        int64_t wait;
    } expected[] = {{PACER_PUSHBACK, 5000},  {PACER_SUCCESS, 100}, {PACER_PUSHBACK, 5000},
                    {PACER_PUSHBACK, 61000}, {PACER_SUCCESS, 100}, {PACER_PUSHBACK, 61000},
                    {PACER_PUSHBACK, 61000}};

    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        cr_expect_eq(wait_after(fixture, expected[i].result), expected[i].wait, "wait %zu", i);
    note(fixture, "end");
}

Test(pacer, five_seconds_then_a_minute)
{
    struct fixture fixture;

    fixture_new(&fixture, PACE_NORMAL);
    cr_assert_eq(task_spawn(engine_root(fixture.engine), waits_run, &fixture, "waits"), 0);
    cr_assert_eq(engine_run(fixture.engine), 0);
    cr_expect_eq(fixture.events_count, 1);
    pacer_free(fixture.pacer);
    engine_free(fixture.engine);
}

/* ---- servers that limit ---- */

struct server {
    struct fixture *fixture;
    size_t side_by_side; /* so many, then 421; 0: any number */
    bool by_the_minute;
    size_t in, came, served, turned_away;
    int64_t times[BY_THE_MINUTE]; /* when the last so many came */
};

static bool lets_in(struct server *server)
{
    int64_t *time = &server->times[server->came % BY_THE_MINUTE], before = *time;

    *time = engine_now(server->fixture->engine);
    if (server->by_the_minute && server->came++ >= BY_THE_MINUTE && *time - before < 60000)
        return false;
    return server->side_by_side == 0 || server->in < server->side_by_side;
}

/* A guest who comes until he was served. The server notices a bit late that he has left. */
static void guest_run(void *argument)
{
    struct server *server = argument;
    struct fixture *fixture = server->fixture;
    struct pacer_slot *slot;
    bool is_in = false;

    while (!is_in) {
        cr_assert_eq(pacer_take(fixture->pacer, &fixture->address, 25, DEADLINE_NEVER, &slot), 0);
        is_in = lets_in(server);
        server->in += is_in;
        server->turned_away += !is_in;
        (void)task_sleep(fixture->engine, is_in ? 300 : 20, "the visit");
        pacer_give(slot, is_in ? PACER_SUCCESS : PACER_PUSHBACK);
    }
    server->served++;
    (void)task_sleep(fixture->engine, 50, "the server to notice");
    server->in--;
}

static int64_t serve(struct server *server, enum pace pace, size_t guests)
{
    struct fixture fixture;

    fixture_new(&fixture, pace);
    server->fixture = &fixture;
    for (size_t i = 0; i < guests; i++)
        cr_assert_eq(task_spawn(engine_root(fixture.engine), guest_run, server, "guest %zu", i), 0);
    cr_assert_eq(engine_run(fixture.engine), 0);
    cr_expect_eq(server->served, guests);
    int64_t ended = engine_now(fixture.engine);

    pacer_free(fixture.pacer);
    engine_free(fixture.engine);
    return ended;
}

/* What a server allows side by side is learnt once, and tried again seldom. */
Test(pacer, settles_on_what_is_let_in)
{
    for (size_t limit = 1; limit < 8; limit++) {
        enum pace pace = limit < 4 ? PACE_NORMAL : PACE_FAST;
        size_t cap = pace == PACE_NORMAL ? 4 : 8;
        struct server server = {.side_by_side = limit};
        int64_t ended = serve(&server, pace, 100);

        /* those who came too many at first, one of them since the server notices late; then one at each try */
        cr_expect_leq(server.turned_away, cap - limit + 1 + TRIES, "limit %zu: %zu times", limit,
                      server.turned_away);
        cr_expect_leq(ended, 100 * 400 / (int64_t)limit + (1 + TRIES) * 5400, "limit %zu: %lld ms", limit,
                      (long long)ended);
    }
}

/* A limit by the minute: one asks once too early, and after that nobody does. */
Test(pacer, comes_by_the_minute)
{
    struct server server = {.by_the_minute = true};
    int64_t ended = serve(&server, PACE_NORMAL, 100);

    cr_expect_leq(server.turned_away, 3 * 4 + 1, "%zu times", server.turned_away);
    cr_expect_leq(ended, 5000 + 3 * 66000, "%lld ms", (long long)ended);
}

/* ---- all ports of an address together ---- */

static void ports_run(void *argument)
{
    struct fixture *fixture = argument;
    const uint16_t ports[] = {25, 465, 587, 993};
    struct pacer_slot *slots[16] = {0};
    struct pacer_slot *slot;
    struct address other;
    size_t taken = 0;

    for (size_t i = 0; i < 4; i++) { /* served once each, so that four may come */
        cr_assert_eq(pacer_take(fixture->pacer, &fixture->address, ports[i], DEADLINE_NEVER, &slot), 0);
        pacer_give(slot, PACER_SUCCESS);
    }
    for (size_t i = 0; i < 16; i++)
        taken += pacer_take(fixture->pacer, &fixture->address, ports[i / 4], 0, &slots[i]) == 0;
    cr_expect_eq(taken, 12);
    cr_expect_eq(pacer_state(fixture->pacer, &fixture->address, 587).in_use, 4);
    cr_expect_eq(pacer_state(fixture->pacer, &fixture->address, 993).in_use, 0);
    cr_assert_eq(address_parse("192.0.2.2", &other), 0);
    cr_expect_eq(pacer_take(fixture->pacer, &other, 25, 0, &slot), 0, "another address is another story");
    pacer_give(slot, PACER_NEUTRAL);

    /* room on one port lets in who waits for another */
    struct visit visit = {.fixture = fixture, .name = "993", .port = 993, .result = PACER_SUCCESS};

    cr_assert_eq(task_spawn(engine_root(fixture->engine), visit_run, &visit, "visit"), 0);
    (void)task_sleep(fixture->engine, 10, "the visitor to queue");
    cr_expect_eq(fixture->events_count, 0);
    pacer_give(slots[0], PACER_SUCCESS);
    (void)task_sleep(fixture->engine, 10, "the visitor");
    cr_expect_str_eq(story_of(fixture), "993@10");
    for (size_t i = 1; i < 16; i++)
        pacer_give(slots[i], PACER_SUCCESS); /* NULL where none was had */
}

Test(pacer, all_ports_of_an_address_share_a_limit)
{
    struct fixture fixture;

    fixture_new(&fixture, PACE_NORMAL);
    cr_assert_eq(task_spawn(engine_root(fixture.engine), ports_run, &fixture, "ports"), 0);
    fixture_run(&fixture);
}

/* ---- cancellation ---- */

struct cancellation {
    struct fixture *fixture;
    struct visit visits[3];
};

/* The slot is given back and the waiter cancelled at the same moment: it must not be lost. */
static void cancel_run(void *argument)
{
    struct cancellation *cancellation = argument;
    struct fixture *fixture = cancellation->fixture;
    struct task_group *group = NULL;
    struct pacer_slot *slot;

    cr_assert_eq(task_group_new(engine_root(fixture->engine), "waiters", &group), 0);
    cr_assert_eq(pacer_take(fixture->pacer, &fixture->address, 25, DEADLINE_NEVER, &slot), 0);
    visit_all(fixture, cancellation->visits, 2, group);
    (void)task_sleep(fixture->engine, 10, "them to queue");
    visit_all(fixture, &cancellation->visits[2], 1, engine_root(fixture->engine));
    (void)task_sleep(fixture->engine, 10, "it to queue");
    task_group_cancel(group);
    pacer_give(slot, PACER_NO_ANSWER);
    task_group_end(group);
}

Test(pacer, a_canceled_waiter_takes_no_slot_with_it)
{
    struct fixture fixture;
    struct cancellation cancellation = {
        .fixture = &fixture,
        .visits = {{.name = "a"}, {.name = "b"}, {.name = "c", .result = PACER_SUCCESS}}};

    fixture_new(&fixture, PACE_NORMAL);
    cr_assert_eq(task_spawn(engine_root(fixture.engine), cancel_run, &cancellation, "cancel"), 0);
    cr_assert_eq(engine_run(fixture.engine), 0);
    cr_expect_eq(cancellation.visits[0].outcome, -ECANCELED);
    cr_expect_eq(cancellation.visits[1].outcome, -ECANCELED);
    cr_expect_eq(cancellation.visits[2].outcome, 0);
    cr_expect_str_eq(story_of(&fixture), "c@20");
    cr_expect_eq(pacer_state(fixture.pacer, &fixture.address, 25).in_use, 0);
    pacer_free(fixture.pacer);
    engine_free(fixture.engine);
}

/* ---- many addresses, many waiters ---- */

static void crowd_run(void *argument)
{
    struct visit *visit = argument;
    struct pacer_slot *slot = NULL;
    struct address address = {.family = AF_INET6, .octets = {0x20, 0x01, 0x0d, 0xb8}};

    address.octets[14] = (uint8_t)(visit->start % 500 >> 8);
    address.octets[15] = (uint8_t)(visit->start % 500);
    visit->outcome = pacer_take(visit->fixture->pacer, &address, 25, DEADLINE_NEVER, &slot);
    if (visit->outcome < 0)
        return;
    (void)task_sleep(visit->fixture->engine, 100, "the visit");
    pacer_give(slot, PACER_SUCCESS);
}

Test(pacer, a_crowd)
{
    static const struct visit nobody;
    struct fixture fixture;
    struct visit *visits = calloc(CROWD, sizeof(*visits));

    fixture_new(&fixture, PACE_NORMAL);
    for (size_t i = 0; i < CROWD; i++) {
        visits[i] = nobody;
        visits[i].fixture = &fixture;
        visits[i].start = (int64_t)i;
        cr_assert_eq(task_spawn(engine_root(fixture.engine), crowd_run, &visits[i], "visit %zu", i), 0);
    }
    cr_assert_eq(engine_run(fixture.engine), 0);
    /* 500 addresses, 4 visits each: one alone, then three side by side */
    cr_expect_eq(engine_now(fixture.engine), 200);
    for (size_t i = 0; i < CROWD; i++)
        cr_expect_eq(visits[i].outcome, 0);
    pacer_free(fixture.pacer);
    engine_free(fixture.engine);
    free(visits);
}
