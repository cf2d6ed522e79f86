/*
 * scan.c - field tables of a whole scan
 */
#include "scanner/facts/scan.h"

static const struct fact generator_facts_table[] = {
    FACT(struct generator_facts, name, FACT_TEXT, "program"),
    FACT(struct generator_facts, version, FACT_TEXT, "its version"),
};
const struct shape generator_shape =
    SHAPE("generator", struct generator_facts, generator_facts_table, "who wrote this");

static const struct fact zone_file_facts_table[] = {
    FACT(struct zone_file_facts, name, FACT_TEXT, "the zone"),
    FACT(struct zone_file_facts, file, FACT_TEXT, "the file that answered in the place of its name servers"),
    FACT(struct zone_file_facts, is_signed, FACT_KNOWN, "it has keys that are signed"),
    FACT(struct zone_file_facts, ds, FACT_TEXTS, "DS records that the zone above has to have for these keys"),
};
const struct shape zone_file_shape =
    SHAPE("zone_file", struct zone_file_facts, zone_file_facts_table, "a zone that was answered from a file");

static const struct fact settings_facts_table[] = {
    FACT(struct settings_facts, depth, FACT_TEXT, "quick, standard or deep"),
    FACT(struct settings_facts, pace, FACT_TEXT, "gentle, normal or fast"),
    FACT(struct settings_facts, resolver, FACT_TEXT, "who answered DNS questions"),
    FACT(struct settings_facts, roots, FACT_TEXT, "trusted roots: system, or a file"),
    FACT(struct settings_facts, timeout, FACT_NUMBER, "seconds for the whole scan"),
    FACT(struct settings_facts, overrides, FACT_TEXTS, "options that replaced what DNS says"),
    FACT_OF(struct settings_facts, zones, FACT_LIST, &zone_file_shape, "zones that were answered from files"),
    FACT(struct settings_facts, ports, FACT_TEXTS, "ports looked at, with their service"),
};
const struct shape settings_shape =
    SHAPE("settings", struct settings_facts, settings_facts_table, "how the scan was asked for");

static const char *const port_25_values[] = {"not_observed", "open", "blocked", NULL};

static const struct fact vantage_facts_table[] = {
    FACT(struct vantage_facts, addresses, FACT_TEXTS, "our own addresses"),
    FACT(struct vantage_facts, ehlo, FACT_TEXT, "the name we gave in EHLO"),
    FACT(struct vantage_facts, ipv4, FACT_KNOWN, "there is a way out by IPv4"),
    FACT(struct vantage_facts, ipv6, FACT_KNOWN, "there is a way out by IPv6"),
    FACT_ENUM_OF(struct vantage_facts, port_25, port_25_values, "our network lets us out on port 25 by IPv4"),
    FACT(struct vantage_facts, port_25_evidence, FACT_TEXT, "how that is known"),
    FACT_ENUM_OF(struct vantage_facts, port_25_ipv6, port_25_values, "the same by IPv6"),
    FACT(struct vantage_facts, port_25_ipv6_evidence, FACT_TEXT, "how that is known"),
};
const struct shape vantage_shape =
    SHAPE("vantage", struct vantage_facts, vantage_facts_table, "where the scan looked from");

static const struct fact observed_facts_table[] = {
    FACT_OF(struct observed_facts, dns, FACT_OBJECT, &dns_shape, "the domain in the DNS"),
    FACT_OF(struct observed_facts, dnssec, FACT_OBJECT, &dnssec_shape, "DNSSEC from the root down"),
    FACT_OF(struct observed_facts, zone, FACT_OBJECT, &zone_shape, "its zone and name servers"),
    FACT_OF(struct observed_facts, ptr, FACT_LIST, &ptr_shape, "reverse DNS of each address"),
    FACT_OF(struct observed_facts, endpoints, FACT_LIST, &endpoint_shape, "each address and port"),
    FACT_OF(struct observed_facts, helo, FACT_LIST, &helo_shape, "names that servers give themselves"),
    FACT_OF(struct observed_facts, dane, FACT_LIST, &dane_shape, "TLSA records of each mail host and port"),
    FACT_OF(struct observed_facts, mta_sts, FACT_OBJECT, &mta_sts_shape, "MTA-STS of the domain"),
    FACT_OF(struct observed_facts, tls_rpt, FACT_OBJECT, &tls_rpt_shape, "TLS reporting of the domain"),
    FACT_OF(struct observed_facts, autoconfig, FACT_OBJECT, &autoconfig_shape,
            "how mail programs find the servers by themselves"),
    FACT_OF(struct observed_facts, dkim, FACT_OBJECT, &dkim_shape, "DKIM keys of the domain"),
    FACT_OF(struct observed_facts, bimi, FACT_OBJECT, &bimi_shape, "BIMI of the domain"),
    FACT_OF(struct observed_facts, dmarc, FACT_OBJECT, &dmarc_shape, "DMARC of the domain"),
    FACT_OF(struct observed_facts, spf, FACT_OBJECT, &spf_shape, "who may send for the domain"),
    FACT_OF(struct observed_facts, caa, FACT_LIST, &caa_shape, "who may issue certificates"),
    FACT_OF(struct observed_facts, dnsbl, FACT_OBJECT, &dnsbl_shape, "blacklists and welcome lists"),
    FACT_OF(struct observed_facts, revocations, FACT_LIST, &revocation_shape,
            "whether certificates were revoked"),
};
const struct shape observed_shape =
    SHAPE("facts", struct observed_facts, observed_facts_table, "what was observed, by subject");

static const struct fact scan_facts_table[] = {
    FACT(struct scan_facts, schema, FACT_NUMBER, "version of this format"),
    FACT_OF(struct scan_facts, generator, FACT_OBJECT, &generator_shape, "who wrote this"),
    FACT(struct scan_facts, target, FACT_TEXT, "what was scanned"),
    FACT(struct scan_facts, target_display, FACT_TEXT, "internationalised form of the target"),
    FACT(struct scan_facts, target_kind, FACT_TEXT, "domain, host or address"),
    FACT(struct scan_facts, started, FACT_TIME, "when the scan began"),
    FACT(struct scan_facts, finished, FACT_TIME, "when it ended"),
    FACT(struct scan_facts, complete, FACT_KNOWN, "nothing was cut short"),
    FACT(struct scan_facts, incomplete_reason, FACT_TEXT, "what cut it short"),
    FACT_OF(struct scan_facts, settings, FACT_OBJECT, &settings_shape, "how the scan was asked for"),
    FACT_OF(struct scan_facts, vantage, FACT_OBJECT, &vantage_shape, "where the scan looked from"),
    FACT_OF(struct scan_facts, facts, FACT_OBJECT, &observed_shape, "what was observed"),
};
const struct shape scan_shape = SHAPE("scan", struct scan_facts, scan_facts_table, "one scan of one target");
