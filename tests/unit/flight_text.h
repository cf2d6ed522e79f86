/*
 * flight_text.h - flights written and read as text
 */
#ifndef OUTPOST_TESTS_FLIGHT_TEXT_H
#define OUTPOST_TESTS_FLIGHT_TEXT_H

#include "scanner/net/hello.h"

/*
 * Appends what the notation says; a mistake in it ends the test.
 *
 *   16 0303         bytes in hexadecimal, spaces mean nothing
 *   2( ... )        the block inside the brackets behind its length in 2 bytes
 *   'text'          these characters
 *   R  H            32 bytes of 0x52; the random of a HelloRetryRequest
 *   #20             32 bytes of 0x23, the size in hexadecimal
 */
void flight_notation(const char *notation, struct buffer *out);

enum { FLIGHT_TEXT_SIZE = 512 };
/* All that a flight says, in one line: "complete TLS1.2 c02f chain=2 group=0017 point=65 scheme=0804". */
const char *flight_text(const struct server_flight *flight, char text[FLIGHT_TEXT_SIZE]);

#endif
