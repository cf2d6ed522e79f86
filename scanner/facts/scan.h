/*
 * scan.h - all that is known of one target: what a stored scan holds besides the judgement
 */
#ifndef OUTPOST_FACTS_SCAN_H
#define OUTPOST_FACTS_SCAN_H

#include "scanner/facts/autoconfig.h"
#include "scanner/facts/bimi.h"
#include "scanner/facts/caa.h"
#include "scanner/facts/dane.h"
#include "scanner/facts/dkim.h"
#include "scanner/facts/dmarc.h"
#include "scanner/facts/dns.h"
#include "scanner/facts/dnsbl.h"
#include "scanner/facts/dnssec.h"
#include "scanner/facts/endpoint.h"
#include "scanner/facts/helo.h"
#include "scanner/facts/mta_sts.h"
#include "scanner/facts/ptr.h"
#include "scanner/facts/spf.h"
#include "scanner/facts/tls_rpt.h"
#include "scanner/facts/zone.h"

struct generator_facts {
    const char *name;
    const char *version;
};
extern const struct shape generator_shape;

/* A zone that was answered from a file: --zone. */
struct zone_file_facts {
    const char *name; /* of the zone */
    const char *file;
    enum known is_signed;
    struct list ds; /* texts: the DS records that the zone above has to have, as in a zone file */
};
extern const struct shape zone_file_shape;

struct settings_facts {
    const char *depth;     /* "quick", "standard", "deep" */
    const char *pace;      /* "gentle", "normal", "fast" */
    const char *resolver;  /* "192.0.2.53:53 (from /etc/resolv.conf)" */
    const char *roots;     /* "system" or the file of --ca-file */
    struct number timeout; /* seconds */
    struct list overrides; /* texts: "--resolve mail.example.org=192.0.2.1", "--zone example.org.zone" */
    struct list zones;     /* zone_file_facts */
    struct list ports;     /* texts: "25:smtp" */
};
extern const struct shape settings_shape;

enum port_25 { PORT_25_NOT_OBSERVED = 0, PORT_25_OPEN, PORT_25_BLOCKED };

/* Where we looked from. */
struct vantage_facts {
    struct list addresses; /* texts: our own address of each family, as the system chose it */
    const char *ehlo;      /* the name we gave */
    enum known ipv4;       /* we have a way out */
    enum known ipv6;
    enum port_25 port_25;         /* does our own network let us out on port 25, by IPv4? */
    const char *port_25_evidence; /* who answered, or which --control host did not */
    enum port_25 port_25_ipv6;    /* the same by IPv6, which often takes another way out */
    const char *port_25_ipv6_evidence;
};
extern const struct shape vantage_shape;

/* What a probe observed, by subject. */
struct observed_facts {
    struct dns_facts *dns;
    struct dnssec_facts *dnssec;
    struct zone_facts *zone;
    struct list ptr;       /* ptr_facts */
    struct list endpoints; /* endpoint_facts */
    struct list helo;      /* helo_facts: names from answers to EHLO that are no mail hosts of `dns` */
    struct list dane;      /* dane_facts: TLSA records of each mail host and port */
    struct mta_sts_facts *mta_sts;
    struct tls_rpt_facts *tls_rpt;
    struct autoconfig_facts *autoconfig;
    struct dkim_facts *dkim;
    struct bimi_facts *bimi;
    struct dmarc_facts *dmarc;
    struct spf_facts *spf;
    struct list caa; /* caa_facts: who may issue certificates for the mail hosts */
    struct dnsbl_facts *dnsbl;
    struct list revocations; /* revocation_facts: of leaves that somebody could be asked about */
};
extern const struct shape observed_shape;

struct scan_facts {
    struct number schema; /* 1 */
    struct generator_facts *generator;
    const char *target;         /* as asked for, A-label */
    const char *target_display; /* U-label where it differs */
    const char *target_kind;    /* "domain", "host", "address" */
    struct number started;
    struct number finished;
    enum known complete;
    const char *incomplete_reason; /* "stopped by a signal", "the time of 180 s was over" */
    struct settings_facts *settings;
    struct vantage_facts *vantage;
    struct observed_facts *facts;
};
extern const struct shape scan_shape;

#endif
