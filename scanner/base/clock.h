/*
 * clock.h - time is an input
 *
 * Code asks the engine, never the system; tests of timeouts, pacing and expiry run on a virtual clock where
 * minutes pass at once.
 */
#ifndef OUTPOST_BASE_CLOCK_H
#define OUTPOST_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    int64_t (*monotonic_ms)(const struct clock *clock); /* never goes back */
    int64_t (*wall_seconds)(const struct clock *clock); /* since 1970 */
    bool is_virtual;
    int64_t now_ms;       /* virtual only */
    int64_t wall_at_zero; /* virtual only: wall time when now_ms was 0 */
};

/* The system's clocks. */
struct clock clock_system(void);
/* Stands still until clock_advance(). */
struct clock clock_virtual(int64_t wall_seconds);
void clock_advance(struct clock *clock, int64_t ms);

#endif
