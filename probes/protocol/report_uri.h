/*
 * report_uri.h - URIs of places that reports go to, as records of TLS reporting and DMARC name them
 *
 * Pure.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_REPORT_URI_H
#define OUTPOST_PROBES_PROTOCOL_REPORT_URI_H

#include "scanner/base/bytes.h"

/* Takes the scheme and its colon off when it is this one ("mailto:"). */
bool uri_take_scheme(struct bytes *uri, const char *scheme);
/* NULL, or what is wrong: only what RFC 3986 allows, and of that neither "!" nor, as separators of the record,
 * "," and ";". */
const char *uri_character_fault(struct bytes uri);
bool uri_is_host(struct bytes name); /* a host name with a dot in it */
/* What stands behind "mailto:": one address, perhaps with header fields behind a "?". */
bool uri_is_mail_address(struct bytes uri);

#endif
