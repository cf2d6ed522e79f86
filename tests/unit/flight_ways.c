/*
 * flight_ways.c - one flight, many ways of delivery, one outcome
 */
#include "tests/unit/flight_ways.h"

#include "tests/unit/flight_equal.h"

#include <criterion/criterion.h>

enum { CUTS_MAX = 1000 };

/* Feeds `first` in pieces of `step` bytes, then `second`. */
static void expect_same(const struct flight_reader *whole, struct bytes first, struct bytes second,
                        size_t step, const char *how)
{
    struct flight_reader reader = {.ssl2 = whole->ssl2};
    const char *difference;

    while (first.size > 0) {
        struct bytes piece = take_block(&first, step < first.size ? step : first.size);

        cr_expect_eq(flight_feed(&reader, piece), reader.flight.state);
    }
    flight_feed(&reader, second);
    difference = flight_difference(&whole->flight, &reader.flight);
    cr_expect_null(difference, "%s: %s differs", how, difference);
    flight_free(&reader);
}

void flight_read_every_way(struct bytes flight, bool ssl2, struct flight_reader *ret)
{
    size_t cuts = flight.size < CUTS_MAX ? flight.size : 0;

    *ret = (struct flight_reader){.ssl2 = ssl2};
    cr_expect_eq(flight_feed(ret, flight), ret->flight.state);
    expect_same(ret, flight, (struct bytes){0}, 1, "byte by byte");
    expect_same(ret, flight, (struct bytes){0}, 7, "by seven bytes");
    for (size_t cut = 0; cut < cuts; cut++)
        expect_same(ret, bytes_of(flight.data, cut), bytes_of(flight.data + cut, flight.size - cut),
                    flight.size, "cut in two");
    if (ret->flight.state != FLIGHT_MORE)
        expect_same(ret, flight, bytes_of("\x15\x03\x01\0\2\2\x28", 7), flight.size, "with more behind it");
}

void flight_expect_same_shredded(struct bytes flight, const struct flight_reader *whole)
{
    struct buffer shreds = {0};

    flight_shred(flight, &shreds);
    cr_assert_gt(shreds.size, 0);
    expect_same(whole, bytes_of(shreds.data, shreds.size), (struct bytes){0}, shreds.size,
                "in records of one byte");
    expect_same(whole, bytes_of(shreds.data, shreds.size), (struct bytes){0}, 1, "the same byte by byte");
    buffer_free(&shreds);
}
