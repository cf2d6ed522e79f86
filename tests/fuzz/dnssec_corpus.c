/*
 * dnssec_corpus.c - makes the corpus of the harness dnssec.c anew: a signed world and the packets of each question
 *
 *      dnssec_corpus tests/fuzz/corpus/dnssec      prints the trust anchor, for dnssec_world.h
 *
 * The keys are gone when it ends, and that is what the harness rests on.
 */
#include "scanner/base/arena.h"
#include "scanner/net/dnssec.h"
#include "tests/fuzz/dnssec_world.h"
#include "tests/unit/signed_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct signed_zone zones[] = {
    {.name = "."},
    {.name = "test",
     .records = "www.test. A 192.0.2.2\n*.wild.test. A 192.0.2.4\n",
     .sign = SIGN_NSEC3,
     .iterations = 1},
    {.name = "none.test", .records = "www.none.test. A 192.0.2.9\n", .sign = SIGN_NOT, .ds = DS_NONE},
    {.name = "example.test",
     .records = "www.example.test. A 192.0.2.1\n*.wild.example.test. A 192.0.2.3\n"
                "here.example.test. CNAME www.example.test.\nold.example.test. DNAME new.example.test.\n"
                "www.new.example.test. A 192.0.2.6\n"},
};

/* Stands between the validator and the world, and writes down what is said. */
struct recorder {
    struct resolver resolver;
    struct resolver *world;
    struct buffer packets;
};

static int record(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                  struct arena *arena, struct dns_answer **ret)
{
    struct recorder *recorder = (struct recorder *)resolver;
    int error = resolver_ask_unchecked(recorder->world, name, type, deadline, arena, ret);

    if (error == 0) {
        put_u16(&recorder->packets, (uint16_t)(*ret)->packet.size);
        put_block(&recorder->packets, (*ret)->packet.data, (*ret)->packet.size);
    }
    return error;
}

struct making {
    struct engine *engine;
    struct signed_world *world;
    struct arena *arena;
    const char *folder;
    const char *anchor;
};

static void make_file(const struct making *making, size_t question)
{
    struct recorder recorder = {
        .resolver = {.ask = record, .ask_unchecked = record, .description = "recorder"},
        .world = signed_world_resolver(making->world)};
    struct dnssec_options options = {.trust_anchor = making->anchor, .time = FUZZ_TIME};
    struct resolver *validator;
    struct dns_answer *answer;
    const char *why = NULL;
    char path[4096];
    FILE *to;

    if (dnssec_new(making->engine, &recorder.resolver, &options, making->arena, &validator, &why) < 0 ||
        resolver_ask(validator, fuzz_questions[question].name, fuzz_questions[question].type, DEADLINE_NEVER,
                     making->arena, &answer) < 0)
        abort();
    fprintf(stderr, "%s: %d\n", fuzz_questions[question].name, answer->security);
    dnssec_free(validator);
    snprintf(path, sizeof(path), "%s/question-%zu", making->folder, question);
    to = fopen(path, "w");
    if (to == NULL || fputc((int)question, to) == EOF ||
        fwrite(recorder.packets.data, 1, recorder.packets.size, to) != recorder.packets.size ||
        fclose(to) != 0)
        abort();
    buffer_free(&recorder.packets);
}

static void make_all(void *argument)
{
    for (size_t i = 0; i < FUZZ_QUESTIONS; i++)
        make_file(argument, i);
}

int main(int count, char **words)
{
    struct clock clock = clock_virtual(FUZZ_TIME);
    struct engine_options options = {.clock = &clock};
    struct making making = {
        .arena = arena_new(0), .folder = count == 2 ? words[1] : NULL, .anchor = "anchor.tmp"};

    if (count != 2 || making.arena == NULL || engine_new(&options, &making.engine) < 0)
        return 2;
    making.world = signed_world_new(zones, sizeof(zones) / sizeof(zones[0]));
    signed_world_anchor(making.world, making.anchor);
    if (task_spawn(engine_root(making.engine), make_all, &making, "corpus") < 0 ||
        engine_run(making.engine) < 0)
        return 4;
    engine_free(making.engine);
    signed_world_free(making.world);
    arena_free(making.arena);
    return 0;
}
