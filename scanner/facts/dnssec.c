/*
 * dnssec.c - field tables of DNSSEC facts
 */
#include "scanner/facts/dnssec.h"

static const struct fact ds_facts[] = {
    FACT(struct dnssec_ds_facts, tag, FACT_NUMBER, "tag of the key it stands for"),
    FACT(struct dnssec_ds_facts, algorithm, FACT_NUMBER, "algorithm of that key"),
    FACT(struct dnssec_ds_facts, algorithm_name, FACT_TEXT, "its name"),
    FACT(struct dnssec_ds_facts, digest_type, FACT_NUMBER, "digest type"),
    FACT(struct dnssec_ds_facts, digest_name, FACT_TEXT, "its name"),
    FACT(struct dnssec_ds_facts, digest, FACT_TEXT, "digest, hexadecimal"),
    FACT(struct dnssec_ds_facts, matches, FACT_KNOWN, "a key of the zone fits"),
};
const struct shape dnssec_ds_shape = SHAPE("dnssec_ds", struct dnssec_ds_facts, ds_facts, "a DS record");

static const struct fact key_facts[] = {
    FACT(struct dnssec_key_facts, tag, FACT_NUMBER, "key tag"),
    FACT(struct dnssec_key_facts, algorithm, FACT_NUMBER, "algorithm"),
    FACT(struct dnssec_key_facts, algorithm_name, FACT_TEXT, "its name"),
    FACT(struct dnssec_key_facts, bits, FACT_NUMBER, "size of the key in bits"),
    FACT(struct dnssec_key_facts, flags, FACT_NUMBER, "flags"),
    FACT(struct dnssec_key_facts, entry_point, FACT_KNOWN, "the SEP flag is set: a key-signing key"),
    FACT(struct dnssec_key_facts, revoked, FACT_KNOWN, "the REVOKE flag is set"),
    FACT(struct dnssec_key_facts, signs_keys, FACT_KNOWN, "there is a signature by it over the keys"),
    FACT(struct dnssec_key_facts, signs_data, FACT_KNOWN, "there is a signature by it over other records"),
};
const struct shape dnssec_key_shape =
    SHAPE("dnssec_key", struct dnssec_key_facts, key_facts, "a DNSKEY record");

static const struct fact signature_facts[] = {
    FACT(struct dnssec_signature_facts, name, FACT_TEXT, "the name whose records it covers"),
    FACT(struct dnssec_signature_facts, type, FACT_TEXT, "the record type it covers"),
    FACT(struct dnssec_signature_facts, zone, FACT_TEXT, "the zone whose key signed"),
    FACT(struct dnssec_signature_facts, key_tag, FACT_NUMBER, "tag of that key"),
    FACT(struct dnssec_signature_facts, algorithm, FACT_NUMBER, "algorithm"),
    FACT(struct dnssec_signature_facts, inception, FACT_TIME, "valid from"),
    FACT(struct dnssec_signature_facts, expiration, FACT_TIME, "valid until"),
};
const struct shape dnssec_signature_shape =
    SHAPE("dnssec_signature", struct dnssec_signature_facts, signature_facts, "an RRSIG record");

static const struct fact nsec3_facts[] = {
    FACT(struct dnssec_nsec3_facts, iterations, FACT_NUMBER, "additional rounds of hashing"),
    FACT(struct dnssec_nsec3_facts, salt, FACT_TEXT, "salt, hexadecimal; empty when there is none"),
};
const struct shape dnssec_nsec3_shape =
    SHAPE("dnssec_nsec3", struct dnssec_nsec3_facts, nsec3_facts, "parameters of NSEC3");

static const struct fact zone_facts[] = {
    FACT(struct dnssec_zone_facts, name, FACT_TEXT, "name of the zone"),
    FACT_ENUM_OF(struct dnssec_zone_facts, security, dns_security_values,
                 "what the chain from the root says"),
    FACT(struct dnssec_zone_facts, security_reason, FACT_TEXT, "why it is not secure"),
    FACT_OF(struct dnssec_zone_facts, ds, FACT_LIST, &dnssec_ds_shape, "DS records in the zone above"),
    FACT_OF(struct dnssec_zone_facts, keys, FACT_LIST, &dnssec_key_shape, "its keys"),
    FACT_OF(struct dnssec_zone_facts, signatures, FACT_LIST, &dnssec_signature_shape,
            "signatures over its keys and its DS records"),
    FACT_OF(struct dnssec_zone_facts, nsec3, FACT_OBJECT, &dnssec_nsec3_shape, "its NSEC3 parameters"),
};
const struct shape dnssec_zone_shape =
    SHAPE("dnssec_zone", struct dnssec_zone_facts, zone_facts, "a zone on the way from the root");

static const struct fact name_facts[] = {
    FACT(struct dnssec_name_facts, name, FACT_TEXT, "the domain or mail host"),
    FACT(struct dnssec_name_facts, zones, FACT_TEXTS, "the zones from the root to the one the name is in"),
    FACT_OF(struct dnssec_name_facts, soa, FACT_OBJECT, &dns_question_shape,
            "start of authority of the domain"),
    FACT_OF(struct dnssec_name_facts, tlsa, FACT_OBJECT, &dns_question_shape,
            "TLSA of port 25 of a mail host"),
    FACT_OF(struct dnssec_name_facts, tcp, FACT_OBJECT, &dns_question_shape,
            "TLSA of the name above that, where nothing should be"),
    FACT_OF(struct dnssec_name_facts, signatures, FACT_LIST, &dnssec_signature_shape,
            "signatures over the records that senders look up"),
};
const struct shape dnssec_name_shape =
    SHAPE("dnssec_name", struct dnssec_name_facts, name_facts, "DNSSEC of a name that senders look up");

static const struct fact dnssec_facts_table[] = {
    FACT_OF(struct dnssec_facts, domain, FACT_OBJECT, &dnssec_name_shape, "the domain"),
    FACT_OF(struct dnssec_facts, hosts, FACT_LIST, &dnssec_name_shape, "its mail hosts"),
    FACT_OF(struct dnssec_facts, zones, FACT_LIST, &dnssec_zone_shape, "zones met on the way, each once"),
};
const struct shape dnssec_shape =
    SHAPE("dnssec", struct dnssec_facts, dnssec_facts_table, "DNSSEC from the root down");
