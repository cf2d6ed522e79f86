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
struct dnsbl_service;

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

/* ---- probes/dnssec.c ---- */

/* The zones from the root down to the domain and to each mail host that senders are led to, their keys, and the
 * signatures over what senders look up. Returns as dns_probe. */
int dnssec_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
                 struct dnssec_facts **ret);

/* ---- probes/ptr.c ---- */

/* Names of an address, and whether they lead back. Returns as dns_probe. */
int ptr_probe(struct network *network, const struct address *address, int64_t deadline, struct arena *arena,
              struct ptr_facts **ret);

/* ---- probes/helo.c ---- */

/* Where the names lead that the servers behind `endpoints` gave themselves in an answer to EHLO, except those
 * of mail hosts in `dns`: a helo_facts for each in *names. Returns as dns_probe. */
int helo_probe(struct network *network, const struct list *endpoints, const struct dns_facts *dns,
               int64_t deadline, struct arena *arena, struct list *names);
/* Asks for what will be asked for about the names that this server gave itself, so that the resolver has it by then. 0,
 * -ECANCELED, -ENOMEM. */
int helo_ask_ahead(struct network *network, const struct endpoint_facts *endpoint, int64_t deadline);

/* ---- probes/mta_sts.c ---- */

/* The record that announces an MTA-STS policy, and the policy as each address of the policy host gives it.
 * Returns as dns_probe. */
int mta_sts_probe(struct network *network, const struct scan_settings *settings, const char *domain,
                  int64_t deadline, struct arena *arena, struct mta_sts_facts **ret);

/* ---- probes/tls_rpt.c ---- */

/* The record that says where TLS failures are reported to. Returns as dns_probe. */
int tls_rpt_probe(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
                  struct tls_rpt_facts **ret);

/* ---- probes/autoconfig.c ---- */

/* What a mail program finds by itself that knows only an address at the domain: SRV records, Mozilla's file,
 * Microsoft's Autodiscover, and where the names in them lead. Returns as dns_probe. */
int autoconfig_probe(struct network *network, const struct scan_settings *settings, const char *domain,
                     int64_t deadline, struct arena *arena, struct autoconfig_facts **ret);

/* ---- probes/dkim.c ---- */

/* The keys of the selectors of `settings`, and of common selectors that are there. Returns as dns_probe. */
int dkim_probe(struct network *network, const struct scan_settings *settings, const char *domain,
               int64_t deadline, struct arena *arena, struct dkim_facts **ret);

/* ---- probes/bimi.c ---- */

/* The record that names a logo for the domain's mail, the logo, and its certificate. Returns as dns_probe. */
int bimi_probe(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
               struct bimi_facts **ret);

/* ---- probes/dmarc.c ---- */

/* The DMARC records from the domain of `dns` upwards, what receivers make of them, and whether reports may go where
 * they are to go. Returns as dns_probe. */
int dmarc_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
                struct dmarc_facts **ret);

/* ---- probes/spf.c ---- */

/* The SPF record of the domain of `dns` and all that it leads to, what that costs, and what receivers make of it for
 * each address of an MX and each of --sender. Returns as dns_probe. */
int spf_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
              struct spf_facts **ret);
/* The same for the names of mail hosts and those that the servers behind `endpoints` gave themselves; adds to *facts,
 * which is made when it is NULL. Returns as dns_probe. */
int spf_helo_probe(struct network *network, const struct list *endpoints, const struct dns_facts *dns,
                   int64_t deadline, struct arena *arena, struct spf_facts **facts);

/* ---- probes/dane.c ---- */

/* The TLSA records of each mail host in `dns` for the ports of `settings` to which others connect: a dane_facts for
 * each host and port in *dane, without matches. Returns as dns_probe. */
int dane_probe(struct network *network, const struct scan_settings *settings, const struct dns_facts *dns,
               int64_t deadline, struct arena *arena, struct list *dane);

/* Which of the certificates that `endpoints` showed match them, as of now. Never waits. 0 or -ENOMEM. */
int dane_match(struct network *network, const struct dns_facts *dns, const struct list *endpoints,
               struct arena *arena, struct list *dane);

/* ---- probes/caa.c ---- */

/* Who may issue certificates for the mail hosts of `dns`: a caa_facts for each in *ret. Returns as dns_probe. */
int caa_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
              struct list *ret);

/* ---- probes/dnsbl_service.c, probes/dnsbl.c ---- */

/*
 * The blacklists of a run, each tested once for all targets, by tasks of `group`, which ends before the service is
 * freed. `resolver` need not validate; `iterator` asks the lists' own name servers when a list refuses it, and may be
 * NULL. 0 or -ENOMEM.
 */
int dnsbl_service_new(struct network *network, struct resolver *resolver, struct resolver *iterator,
                      const struct blocklists *lists, struct task_group *group, struct dnsbl_service **ret);
void dnsbl_service_free(struct dnsbl_service *service); /* NULL is allowed */

/* What the lists say of the domain and of each public address in `dns`, the senders first, with a cap on the
 * number of questions. Returns as dns_probe. */
int dnsbl_probe(struct dnsbl_service *service, const struct dns_facts *dns, bool allow_private,
                int64_t deadline, struct arena *arena, struct dnsbl_facts **ret);

/* ---- probes/revocation.c ---- */

/* Whether the trusted certificates that `endpoints` show were revoked: a revocation_facts in *ret for each leaf that
 * somebody can be asked about. Returns as dns_probe. */
int revocation_probe(struct network *network, const struct list *endpoints, int64_t deadline,
                     struct arena *arena, struct list *ret);

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
