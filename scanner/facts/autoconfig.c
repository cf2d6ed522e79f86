/*
 * autoconfig.c - field tables of the facts on how mail programs find the servers of a domain
 */
#include "scanner/facts/autoconfig.h"

static const struct fact srv_target_facts_table[] = {
    FACT(struct srv_target_facts, priority, FACT_NUMBER, "the lowest is tried first"),
    FACT(struct srv_target_facts, weight, FACT_NUMBER, "share among those of one priority"),
    FACT(struct srv_target_facts, port, FACT_NUMBER, "port"),
    FACT(struct srv_target_facts, host, FACT_TEXT, "host; a dot alone: not offered"),
};
const struct shape srv_target_shape =
    SHAPE("srv_target", struct srv_target_facts, srv_target_facts_table, "one SRV record");

static const struct fact srv_facts_table[] = {
    FACT(struct srv_facts, service, FACT_TEXT, "_imaps._tcp and the like"),
    FACT_OF(struct srv_facts, question, FACT_OBJECT, &dns_question_shape, "the SRV question"),
    FACT_OF(struct srv_facts, targets, FACT_LIST, &srv_target_shape, "its records, at most 8"),
};
const struct shape srv_shape = SHAPE("srv", struct srv_facts, srv_facts_table, "SRV records of one service");

const char *const autoconfig_security_values[] = {"not_observed", "tls", "starttls", "plain", "any", NULL};

static const struct fact server_facts[] = {
    FACT(struct autoconfig_server_facts, protocol, FACT_TEXT, "imap, pop3 or smtp"),
    FACT(struct autoconfig_server_facts, host, FACT_TEXT, "host name"),
    FACT(struct autoconfig_server_facts, port, FACT_NUMBER, "port"),
    FACT_ENUM_OF(struct autoconfig_server_facts, security, autoconfig_security_values,
                 "how the connection is encrypted"),
    FACT(struct autoconfig_server_facts, authentication, FACT_TEXTS, "how to log in, as Mozilla names it"),
    FACT(struct autoconfig_server_facts, username, FACT_TEXT, "the name to log in with, as written"),
};
const struct shape autoconfig_server_shape = SHAPE("autoconfig_server", struct autoconfig_server_facts,
                                                   server_facts, "a server, as a file describes it");

static const struct fact file_facts[] = {
    FACT(struct autoconfig_file_facts, root, FACT_TEXT, "its outermost element"),
    FACT(struct autoconfig_file_facts, valid, FACT_KNOWN, "mail programs find servers in it"),
    FACT_OF(struct autoconfig_file_facts, servers, FACT_LIST, &autoconfig_server_shape,
            "the servers, at most 16"),
    FACT(struct autoconfig_file_facts, servers_left_out, FACT_NUMBER, "servers over the limit of 16"),
    FACT(struct autoconfig_file_facts, faults, FACT_TEXTS, "what mail programs stumble over"),
    FACT(struct autoconfig_file_facts, message, FACT_TEXT, "the error that Autodiscover reports"),
    FACT(struct autoconfig_file_facts, elsewhere, FACT_TEXT, "where Autodiscover refers to"),
    FACT(struct autoconfig_file_facts, document, FACT_BYTES, "the whole file"),
};
const struct shape autoconfig_file_shape = SHAPE("autoconfig_file", struct autoconfig_file_facts, file_facts,
                                                 "a configuration file, or an Autodiscover answer");

static const struct fact fetch_facts[] = {
    FACT(struct autoconfig_fetch_facts, url, FACT_TEXT, "what was asked for"),
    FACT(struct autoconfig_fetch_facts, address, FACT_TEXT, "whom"),
    FACT(struct autoconfig_fetch_facts, port, FACT_NUMBER, "on which port"),
    FACT(struct autoconfig_fetch_facts, contacted, FACT_KNOWN, "the scan connected to it"),
    FACT_ENUM_OF(struct autoconfig_fetch_facts, result, fetch_result_values, "what came of it"),
    FACT(struct autoconfig_fetch_facts, reason, FACT_TEXT, "why there was no answer"),
    FACT(struct autoconfig_fetch_facts, status, FACT_NUMBER, "HTTP status"),
    FACT(struct autoconfig_fetch_facts, content_type, FACT_TEXT, "Content-Type"),
    FACT(struct autoconfig_fetch_facts, location, FACT_TEXT, "where a redirect leads"),
    FACT(struct autoconfig_fetch_facts, challenge, FACT_TEXT, "WWW-Authenticate: it asks for a password"),
    FACT(struct autoconfig_fetch_facts, size, FACT_NUMBER, "bytes of the body"),
    FACT(struct autoconfig_fetch_facts, milliseconds, FACT_NUMBER, "time to the end of the answer"),
};
const struct shape autoconfig_fetch_shape =
    SHAPE("autoconfig_fetch", struct autoconfig_fetch_facts, fetch_facts, "one request to one address");

static const struct fact place_facts[] = {
    FACT(struct autoconfig_place_facts, host, FACT_TEXT, "the host that is asked first"),
    FACT_OF(struct autoconfig_place_facts, a, FACT_OBJECT, &dns_question_shape, "its IPv4 addresses"),
    FACT_OF(struct autoconfig_place_facts, aaaa, FACT_OBJECT, &dns_question_shape, "its IPv6 addresses"),
    FACT_OF(struct autoconfig_place_facts, fetches, FACT_LIST, &autoconfig_fetch_shape,
            "addresses tried and redirects followed, in their order"),
    FACT(struct autoconfig_place_facts, reason, FACT_TEXT, "why there was no fetch, or no more"),
    FACT_OF(struct autoconfig_place_facts, file, FACT_OBJECT, &autoconfig_file_shape, "what it gave"),
};
const struct shape autoconfig_place_shape =
    SHAPE("autoconfig_place", struct autoconfig_place_facts, place_facts, "a place where mail programs look");

static const struct fact host_facts[] = {
    FACT(struct autoconfig_host_facts, name, FACT_TEXT, "a host that mail programs are sent to"),
    FACT_OF(struct autoconfig_host_facts, a, FACT_OBJECT, &dns_question_shape, "its IPv4 addresses"),
    FACT_OF(struct autoconfig_host_facts, aaaa, FACT_OBJECT, &dns_question_shape, "its IPv6 addresses"),
};
const struct shape autoconfig_host_shape = SHAPE("autoconfig_host", struct autoconfig_host_facts, host_facts,
                                                 "where a name leads that mail programs are given");

#define PLACE(member, meaning)                                                                               \
    FACT_OF(struct autoconfig_facts, member, FACT_OBJECT, &autoconfig_place_shape, meaning)

static const struct fact autoconfig_facts_table[] = {
    FACT(struct autoconfig_facts, address, FACT_TEXT, "the mail address that settings were asked for"),
    FACT_OF(struct autoconfig_facts, srv, FACT_LIST, &srv_shape, "SRV records, by service"),
    PLACE(mozilla_host, "Mozilla's file at autoconfig.DOMAIN"),
    PLACE(mozilla_well_known, "Mozilla's file at the domain itself"),
    PLACE(mozilla_host_http, "the first by plain HTTP, asked when HTTPS gave nothing"),
    PLACE(mozilla_well_known_http, "the second by plain HTTP, asked when HTTPS gave nothing"),
    PLACE(microsoft_host, "Autodiscover at autodiscover.DOMAIN"),
    PLACE(microsoft_domain, "Autodiscover at the domain itself"),
    PLACE(microsoft_srv, "Autodiscover at the target of its SRV record"),
    FACT_OF(struct autoconfig_facts, hosts, FACT_LIST, &autoconfig_host_shape,
            "where the names lead that mail programs are given"),
};
const struct shape autoconfig_shape = SHAPE("autoconfig", struct autoconfig_facts, autoconfig_facts_table,
                                            "how mail programs find the servers by themselves");
