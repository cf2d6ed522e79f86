/*
 * tlsa.h - TLSA records (RFC 6698 2): what a record says, and whether a client can use it
 */
#ifndef OUTPOST_PROBES_PROTOCOL_TLSA_H
#define OUTPOST_PROBES_PROTOCOL_TLSA_H

#include "scanner/facts/dane.h"
#include "scanner/net/tls_dane.h"

/* RDATA; the data stays where it is. 0 or -EBADMSG (shorter than its three numbers). */
int tlsa_parse(struct bytes rdata, struct tlsa *ret);

/*
 * Can a client use record `index` of `records`? Servers that send mail leave out usages 0 and 1 (RFC 7672 3.1.3), when
 * `between_servers`. *ret_reason says why not, and is NULL when it can be used.
 */
enum tlsa_use tlsa_use_of(const struct tlsa *records, size_t count, size_t index, bool between_servers,
                          const char **ret_reason);

#endif
