/*
 * clock.c - the system's clocks, and one that stands still until it is moved
 */
#include "scanner/base/clock.h"

#include <time.h>

static int64_t system_monotonic_ms(const struct clock *clock)
{
    struct timespec now;

    (void)clock;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_seconds(const struct clock *clock)
{
    (void)clock;
    return time(NULL);
}

static int64_t virtual_monotonic_ms(const struct clock *clock)
{
    return clock->now_ms;
}

static int64_t virtual_wall_seconds(const struct clock *clock)
{
    return clock->wall_at_zero + clock->now_ms / 1000;
}

struct clock clock_system(void)
{
    return (struct clock){.monotonic_ms = system_monotonic_ms, .wall_seconds = system_wall_seconds};
}

struct clock clock_virtual(int64_t wall_seconds)
{
    return (struct clock){.monotonic_ms = virtual_monotonic_ms,
                          .wall_seconds = virtual_wall_seconds,
                          .is_virtual = true,
                          .wall_at_zero = wall_seconds};
}

void clock_advance(struct clock *clock, int64_t ms)
{
    clock->now_ms += ms;
}
