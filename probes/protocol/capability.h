/*
 * capability.h - lists of capabilities as POP3 and ManageSieve write them: a keyword and what belongs to it
 *
 *      SASL PLAIN LOGIN          POP3 (RFC 2449 5)
 *      "SASL" "PLAIN LOGIN"      ManageSieve (RFC 5804 1.7)
 *
 * As a fact each of them is one text, "SASL PLAIN LOGIN", with the keyword in upper case.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_CAPABILITY_H
#define OUTPOST_PROBES_PROTOCOL_CAPABILITY_H

#include "scanner/facts/fact.h"

enum { CAPABILITIES_KEPT = 256 };

/* Appends one, unless there are CAPABILITIES_KEPT already. `value` may be empty. 0 or -ENOMEM. */
int capability_add(struct list *capabilities, struct arena *arena, struct bytes keyword, struct bytes value);

/* Is it among them? UNKNOWN when the list was not observed. */
enum known capability_listed(const struct list *capabilities, const char *keyword);

/* The words that belong to it, as texts in upper case; observed when the list was. 0 or -ENOMEM. */
int capability_words(const struct list *capabilities, const char *keyword, struct arena *arena,
                     struct list *ret);

#endif
