/*
 * dns_live.h - a resolver, its servers and an engine for one test
 *
 * Time stands still unless the test moves it: a server that answers is never too slow for its test, and a
 * script that stays silent lets as much time pass as is needed to see that.
 */
#ifndef OUTPOST_TESTS_DNS_LIVE_H
#define OUTPOST_TESTS_DNS_LIVE_H

#include "scanner/net/dns.h"
#include "tests/unit/dns_packets.h"
#include "tests/unit/dns_peer.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { PEERS_MAX = 3, ATTEMPT_OVER_MS = 2500 /* more than a server is waited for at first */ };

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

/* Starts the servers, runs `body` on a task, frees everything. */
void live_run(struct live *live);
/* Asks, and waits for ever; never NULL. */
struct dns_answer *live_ask(struct live *live, const char *name, uint16_t type);
/* Lets others run until it holds; the test's time limit ends it otherwise. */
void live_wait_until(struct live *live, bool (*holds)(struct live *live));
/* From now until the group ends time goes on as outside. */
struct task_group *live_start_time(struct live *live);

/* A task that asks for an address. */
struct asker {
    struct live *live;
    const char *name;
    int64_t patience_ms; /* 0: for ever */
    int result;
    struct dns_answer *answer;
    bool done;
};
void asker_run(void *argument);

/* The text of the first record, or "". */
const char *first_text(const struct dns_answer *answer);
/* Header and question as asked, with flags. */
void answer_begin(struct buffer *answer, const struct peer_question *question, uint16_t flags);
/* A script: an address for every name. */
enum peer_action answer_script(void *data, const struct peer_question *question, struct buffer *answer);

#endif
