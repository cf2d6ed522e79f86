/*
 * stage.h - a network of one server, which plays a script, on a virtual clock
 *
 *      struct stage stage;
 *      stage_open(&stage, script, certificates);
 *      stage_run(&stage, run, argument);          run(argument) is a task; it talks to stage.network
 *      stage_close(&stage);
 *
 * Behind network->connect stands a socketpair whose other end is a task of the same engine. Nothing waits in
 * real time: a minute of silence passes at once.
 */
#ifndef OUTPOST_TESTS_HOSTILE_STAGE_H
#define OUTPOST_TESTS_HOSTILE_STAGE_H

#include "scanner/net/network.h"
#include "scanner/net/pacer.h"
#include "tests/hostile/player.h"

enum { STAGE_TIME = 1795348800 }; /* 2026-11-22T12:00:00Z */

struct stage {
    struct clock clock;
    struct network network;
    struct arena *arena;
    struct player player;
    unsigned connections; /* asked for so far */
};

/* What cannot be set up ends the program. */
void stage_open(struct stage *stage, const struct script *script, struct certificates *certificates);
/* Returns when the task and all connections have ended. */
void stage_run(struct stage *stage, void (*run)(void *argument), void *argument);
void stage_close(struct stage *stage);

#endif
