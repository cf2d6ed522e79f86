/*
 * dnssec_bench.h - a validator over zones that are signed in memory, for one test
 */
#ifndef OUTPOST_TESTS_DNSSEC_BENCH_H
#define OUTPOST_TESTS_DNSSEC_BENCH_H

#include "scanner/base/arena.h"
#include "scanner/net/dns_packet.h"
#include "scanner/net/dnssec.h"
#include "tests/unit/signed_world.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A question, and what validation must say. */
struct row {
    const char *name;
    uint16_t type;
    enum dns_security security;
    const char *reason; /* a part; NULL: there is none */
    void (*fault)(struct world_answer *answer);
    bool refuse;
};

struct bench {
    struct clock clock;
    struct engine *engine;
    struct arena *arena;
    struct signed_world *world;
    struct resolver *validator;
    const struct row *rows;
    size_t count;
    void (*body)(struct bench *bench);
    bool ahead; /* dnssec_options */
    /* Answers are from the file of this zone, which the world signed, or of this text; NULL: all are the world's. */
    const char *file_of, *file_text;
};

/* Runs bench->body (NULL: asks the rows) on a task, with a validator of its own: nothing is known from before. */
void bench_run(struct bench *bench, const struct signed_zone *zones, size_t count);
void bench_check(const struct signed_zone *zones, size_t zone_count, const struct row *rows, size_t count);
#define CHECK(zones, rows) bench_check(zones, COUNT(zones), rows, COUNT(rows))

#define CONTENT(zone)                                                                                        \
    "www." zone ". A 192.0.2.1\n" zone ". MX 10 Mail." zone ".\nmail." zone ". A 192.0.2.2\n"                \
    "*.wild." zone ". A 192.0.2.3\nexact.wild." zone ". A 192.0.2.4\na.b.c." zone ". A 192.0.2.5\n"          \
    "*.alias." zone ". CNAME www." zone ".\n"                                                                \
    "here." zone ". CNAME www." zone ".\nold." zone ". DNAME new." zone ".\nwww.new." zone ". A 192.0.2.6\n"

#endif
