/*
 * flight_ways.h - a flight read in every way: whole, byte by byte, cut in two at every place, in records of one byte
 */
#ifndef OUTPOST_TESTS_FLIGHT_WAYS_H
#define OUTPOST_TESTS_FLIGHT_WAYS_H

#include "scanner/net/hello.h"

/* Reads the flight whole, to be freed by the caller, and in all ways that leave its records as they are; a difference
 * fails the test. */
void flight_read_every_way(struct bytes flight, bool ssl2, struct flight_reader *ret);
/* The same when the records are cut into such of one byte; for flights that have only whole records. */
void flight_expect_same_shredded(struct bytes flight, const struct flight_reader *whole);

#endif
