/*
 * contact.h - may a scan connect to an address, whatever led to it?
 */
#ifndef OUTPOST_PROBES_CONTACT_H
#define OUTPOST_PROBES_CONTACT_H

#include "scanner/net/network.h"
#include "targets/settings.h"

/* Why not, in words: "private address", "no IPv6 here", "-4 was given"; NULL: it may. */
const char *contact_refusal(const struct network *network, const struct scan_settings *settings,
                            const struct address *address);

#endif
