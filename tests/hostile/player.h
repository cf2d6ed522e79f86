/*
 * player.h - plays a script on a connection
 */
#ifndef OUTPOST_TESTS_HOSTILE_PLAYER_H
#define OUTPOST_TESTS_HOSTILE_PLAYER_H

#include "scanner/net/stream.h"
#include "tests/hostile/script.h"

struct certificates;

struct player {
    struct engine *engine;
    const struct script *script;
    struct certificates *certificates;
    struct arena *arena;
    const char *failure; /* the first thing that a client did wrong: "FILE:LINE: ..."; NULL: nothing */
    bool spoke_unasked;  /* a client did, on any connection */
    /* Closes a stream as a server that vanishes; NULL: stream_reset. */
    void (*reset)(void *data, struct stream *stream);
};

/*
 * Plays `section` on a connection, which it takes, until the client has closed it or the script has. Called
 * on a task. `data` is for player->reset.
 */
void player_play(struct player *player, const struct section *section, struct stream *stream, void *data);

/* The section refuses the connection (or is silent): nothing to play. */
bool section_refuses(const struct section *section);
bool section_is_silent(const struct section *section);

#endif
