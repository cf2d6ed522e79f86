/*
 * dns_packets.h - DNS packets for tests, from records in zone-file form or from hexadecimal digits
 */
#ifndef OUTPOST_TESTS_DNS_PACKETS_H
#define OUTPOST_TESTS_DNS_PACKETS_H

#include "scanner/base/bytes.h"

#include <stdbool.h>

enum { PACKET_ANSWER = 6, PACKET_AUTHORITY = 8, PACKET_ADDITIONAL = 10 }; /* where the section's count is */
enum { FLAGS_ANSWER = 0x8180, FLAG_TC = 0x0200, FLAG_RA = 0x0080, FLAG_AD = 0x0020 };

/* A header, and a question when `name` is not NULL. All of these abort the test when a text is wrong. */
void packet_begin(struct buffer *out, uint16_t id, uint16_t flags, const char *name, uint16_t type);
/* A record at the end, counted in its section; `type` and `text` as fake_resolver.h says. */
void packet_record(struct buffer *out, int section, const char *name, const char *type, uint32_t ttl,
                   const char *text);
/* An OPT record; `options` in hexadecimal digits. */
void packet_opt(struct buffer *out, uint8_t extended_code, const char *options);
/* Digits and blanks; a digit, 'x' and a count repeat a byte: "00x12" is twelve zero bytes. */
void packet_hex(struct buffer *out, const char *digits);

/* The name and type that a packet asks for. False when it does not look like a question. */
bool packet_question(struct bytes packet, char name[1024], uint16_t *ret_type);
bool packet_has_opt(struct bytes packet);

#endif
