/*
 * probe.h - what a probe is: one conversation that notes facts and never judges
 *
 * A probe runs on a task. It writes into facts it was given, in the arena it was given, and returns when it
 * is done, its deadline is over or it is cancelled: what it learnt until then is noted, with the reason why
 * there is no more.
 */
#ifndef OUTPOST_PROBES_PROBE_H
#define OUTPOST_PROBES_PROBE_H

#include "scanner/facts/scan.h"
#include "scanner/net/network.h"
#include "targets/settings.h"

struct arena;

/* ---- probes/dns.c ---- */

/*
 * Finds the mail hosts of a target and their addresses: MX, implicit MX, --host, --resolve, with caps (16
 * hosts, 8 addresses each and family). Decides for each address whether it may be contacted, and says why
 * not. 0, also when it was canceled (what was not answered until then is absent); -ENOMEM.
 */
int dns_probe(struct network *network, const struct target *target, const struct scan_settings *settings,
              int64_t deadline, struct arena *arena, struct dns_facts **ret);

/* ---- probes/zone.c ---- */

/*
 * The zone that `domain` is in: whom the zone above and the zone itself name as its servers, what each of them
 * says (at most 8, their first address of each family), and whether a name that nobody published has records.
 * Returns as dns_probe.
 */
int zone_probe(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
               struct zone_facts **ret);

/* ---- probes/ptr.c ---- */

/* Names of an address, and whether they lead back. Returns as dns_probe. */
int ptr_probe(struct network *network, const struct address *address, int64_t deadline, struct arena *arena,
              struct ptr_facts **ret);

/* ---- probes/helo.c ---- */

/* Where the names lead that the servers behind `endpoints` gave themselves in an answer to EHLO, except those
 * of mail hosts in `dns`: a helo_facts for each in *names. Returns as dns_probe. */
int helo_probe(struct network *network, const struct list *endpoints, const struct dns_facts *dns,
               int64_t deadline, struct arena *arena, struct list *names);

/* ---- probes/endpoint.c ---- */

/*
 * The clean session that fits the service of an endpoint: first contact, alone. `host` is the name for SNI and may be
 * NULL. Fills *endpoint, whose address, port and service are set. Returns 0, also when nothing answered; -ECANCELED;
 * -ENOMEM.
 */
int endpoint_probe(struct network *network, struct endpoint_facts *endpoint, const char *host,
                   int64_t deadline, struct arena *arena);

/* After it: one more handshake for the other key type (an ECDSA leaf seen: ask for RSA, and the reverse). */
int endpoint_probe_keys(struct network *network, struct endpoint_facts *endpoint, const char *host,
                        int64_t deadline, struct arena *arena);

/* The handshakes alone, for one more name that leads to an endpoint scanned before; ends each session
 * politely. */
int endpoint_probe_name(struct network *network, struct endpoint_facts *endpoint, const char *host,
                        enum scan_depth depth, int64_t deadline, struct arena *arena);

/* ---- probes/tls_enumeration.c ---- */

/*
 * Everything the endpoint accepts of TLS, endpoint_probe_keys() first or beside it: after endpoint_probe(), for the first
 * name, at DEPTH_STANDARD and above. Fills
 * endpoint->tls; whatever is cut short says so there. 0, also when nothing was to be asked; -ECANCELED; -ENOMEM.
 */
int tls_enumeration_probe(struct network *network, struct endpoint_facts *endpoint, const char *host,
                          enum scan_depth depth, int64_t deadline, struct arena *arena);

#endif
