/*
 * dns.c - field tables of DNS facts
 */
#include "scanner/facts/dns.h"

#include <string.h>

const char *const dns_outcome_values[] = {"not_asked", "data", "nodata", "nxdomain", "failure", NULL};

const char *const dns_security_values[] = {"not_observed", "secure",        "insecure",
                                           "bogus",        "indeterminate", NULL};

static const struct fact question_facts[] = {
    FACT(struct dns_question_facts, name, FACT_TEXT, "the name asked for"),
    FACT(struct dns_question_facts, type, FACT_TEXT, "the record type asked for"),
    FACT_ENUM_OF(struct dns_question_facts, outcome, dns_outcome_values, "how the question ended"),
    FACT(struct dns_question_facts, rcode, FACT_NUMBER, "response code of the answer"),
    FACT(struct dns_question_facts, reason, FACT_TEXT, "why there was no usable answer"),
    FACT(struct dns_question_facts, authenticated, FACT_KNOWN, "the resolver set the AD bit"),
    FACT_ENUM_OF(struct dns_question_facts, security, dns_security_values, "what DNSSEC says of the answer"),
    FACT(struct dns_question_facts, security_reason, FACT_TEXT, "why it is not secure"),
    FACT(struct dns_question_facts, ttl, FACT_NUMBER, "smallest time to live of the records, seconds"),
    FACT(struct dns_question_facts, milliseconds, FACT_NUMBER, "time to the answer"),
    FACT(struct dns_question_facts, server, FACT_TEXT, "who answered"),
    FACT(struct dns_question_facts, aliases, FACT_TEXTS,
         "names of the CNAME chain that was followed, in order"),
    FACT(struct dns_question_facts, records, FACT_TEXTS, "data of the records, as a zone file writes it"),
    FACT(struct dns_question_facts, packet, FACT_BYTES, "the raw answer"),
};
const struct shape dns_question_shape =
    SHAPE("dns_question", struct dns_question_facts, question_facts, "one DNS question and what came back");

static const struct fact exchanger_facts[] = {
    FACT(struct mail_exchanger_facts, preference, FACT_NUMBER, "preference of the MX record"),
    FACT(struct mail_exchanger_facts, host, FACT_TEXT, "the mail host it names"),
};
const struct shape mail_exchanger_shape =
    SHAPE("mail_exchanger", struct mail_exchanger_facts, exchanger_facts, "one MX record");

static const struct fact address_facts[] = {
    FACT(struct host_address_facts, address, FACT_TEXT, "IPv4 or IPv6 address"),
    FACT(struct host_address_facts, source, FACT_TEXT,
         "where the address is from: dns, override, target, sender"),
    FACT(struct host_address_facts, scope, FACT_TEXT, "global, private, loopback, ..."),
    FACT(struct host_address_facts, contacted, FACT_KNOWN, "the scan connected to it"),
    FACT(struct host_address_facts, reason, FACT_TEXT, "why the scan did not connect to it"),
};
const struct shape host_address_shape =
    SHAPE("host_address", struct host_address_facts, address_facts, "one address of a mail host");

const char *const host_source_values[] = {"not_observed", "mx", "implicit_mx", "option", "target", NULL};

static const struct fact host_facts[] = {
    FACT(struct mail_host_facts, name, FACT_TEXT, "name as in the DNS, or the address"),
    FACT(struct mail_host_facts, display, FACT_TEXT, "internationalised form of the name"),
    FACT_ENUM_OF(struct mail_host_facts, source, host_source_values, "what led to this host"),
    FACT(struct mail_host_facts, asked_for, FACT_KNOWN, "asked for by name: --host, or the target"),
    FACT(struct mail_host_facts, preference, FACT_NUMBER, "preference of its MX record"),
    FACT(struct mail_host_facts, valid_name, FACT_KNOWN, "the name is a valid host name"),
    FACT(struct mail_host_facts, literal, FACT_KNOWN, "the name is an IP address"),
    FACT_OF(struct mail_host_facts, a, FACT_OBJECT, &dns_question_shape, "its IPv4 addresses"),
    FACT_OF(struct mail_host_facts, aaaa, FACT_OBJECT, &dns_question_shape, "its IPv6 addresses"),
    FACT_OF(struct mail_host_facts, addresses, FACT_LIST, &host_address_shape, "addresses to look at"),
};
const struct shape mail_host_shape = SHAPE("mail_host", struct mail_host_facts, host_facts, "one mail host");

const char *mail_host_alias_end(const struct mail_host_facts *host)
{
    const struct dns_question_facts *const questions[] = {host->a, host->aaaa};

    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        if (questions[i] != NULL && questions[i]->aliases.count > 0)
            return questions[i]->aliases.items[questions[i]->aliases.count - 1];
    return NULL;
}

static const struct fact dns_facts_table[] = {
    FACT(struct dns_facts, domain, FACT_TEXT, "the domain as in the DNS"),
    FACT(struct dns_facts, domain_display, FACT_TEXT, "internationalised form of the domain"),
    FACT_OF(struct dns_facts, mx, FACT_OBJECT, &dns_question_shape, "the question for its MX records"),
    FACT_OF(struct dns_facts, exchangers, FACT_LIST, &mail_exchanger_shape, "MX records by preference"),
    FACT(struct dns_facts, null_mx, FACT_KNOWN, "a null MX (RFC 7505) is among them"),
    FACT(struct dns_facts, hosts_left_out, FACT_NUMBER, "mail hosts over the cap, not looked at"),
    FACT_OF(struct dns_facts, hosts, FACT_LIST, &mail_host_shape, "the mail hosts looked at"),
    FACT_OF(struct dns_facts, senders, FACT_LIST, &host_address_shape, "further addresses said to send mail"),
};
const struct shape dns_shape = SHAPE("dns", struct dns_facts, dns_facts_table, "the domain in the DNS");

static const struct {
    uint16_t number;
    const char *name;
} types[] = {
    {1, "A"},           {2, "NS"},     {5, "CNAME"}, {6, "SOA"},     {12, "PTR"},
    {15, "MX"},         {16, "TXT"},   {28, "AAAA"}, {33, "SRV"},    {39, "DNAME"},
    {43, "DS"},         {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"}, {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},  {99, "SPF"},  {257, "CAA"},
};

const char *dns_type_name(uint16_t type)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].number == type)
            return types[i].name;
    return NULL;
}

uint16_t dns_type_number(const char *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].number;
    return 0;
}

const char *dns_rcode_name(int64_t rcode)
{
    static const char *const names[] = {"NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
                                        "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};

    if (rcode < 0 || rcode >= (int64_t)(sizeof(names) / sizeof(names[0])))
        return NULL;
    return names[rcode];
}
