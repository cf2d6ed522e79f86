/*
 * flight_equal.h - do two readers of the same flight say the same?
 */
#ifndef OUTPOST_TESTS_FLIGHT_EQUAL_H
#define OUTPOST_TESTS_FLIGHT_EQUAL_H

#include "scanner/net/hello.h"

/* The name of a member that differs; NULL: none does. */
const char *flight_difference(const struct server_flight *a, const struct server_flight *b);

/* The same flight in records of one byte each, alerts and all; what is behind the last whole record is left out. */
void flight_shred(struct bytes flight, struct buffer *out);

#endif
