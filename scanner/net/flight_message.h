/*
 * flight_message.h - one handshake message of a server's flight (for flight.c)
 */
#ifndef OUTPOST_NET_FLIGHT_MESSAGE_H
#define OUTPOST_NET_FLIGHT_MESSAGE_H

#include "scanner/net/hello.h"

/* May a message of this type come now? NULL, or how it breaks the rules. */
const char *flight_message_expected(const struct flight_reader *reader, uint8_t type);
/* Notes what the message says; the state too when it is the last one. NULL, or how it breaks the rules. */
const char *flight_message_read(struct flight_reader *reader, uint8_t type, struct bytes body);
/* An SSLv2 SERVER-HELLO or ERROR (without its record header); NULL, or how it breaks the rules. */
const char *flight_message_ssl2(struct server_flight *flight, struct bytes body);

#endif
