/*
 * autoconfig_port.h - does a port keep what mail programs are promised of it?
 */
#ifndef OUTPOST_REPORTS_AUTOCONFIG_PORT_H
#define OUTPOST_REPORTS_AUTOCONFIG_PORT_H

#include "reports/autoconfig.h"

/*
 * Is it open, does it speak that protocol with that encryption, and is its certificate for the name (RFC 6186 6: of an
 * SRV record, for the target or the domain)? YES: as far as this scan looked, on some address and wrong on none.
 * UNKNOWN: it was not looked at. *ret_words says what is wrong, or not known.
 */
enum known promise_kept(struct judgement *judgement, const struct promise *promise, const char **ret_words);

#endif
