/*
 * dane.c - field tables of DANE facts
 */
#include "scanner/facts/dane.h"

static const char *const use_values[] = {"not_observed", "usable", "superseded", "unusable", NULL};

static const struct fact tlsa_facts_table[] = {
    FACT(struct tlsa_facts, usage, FACT_NUMBER, "certificate usage"),
    FACT(struct tlsa_facts, selector, FACT_NUMBER, "0 certificate, 1 public key"),
    FACT(struct tlsa_facts, matching, FACT_NUMBER, "matching type: 0 full, 1 SHA-256, 2 SHA-512"),
    FACT(struct tlsa_facts, data, FACT_BYTES, "certificate association data"),
    FACT_ENUM_OF(struct tlsa_facts, use, use_values, "can a client use it"),
    FACT(struct tlsa_facts, reason, FACT_TEXT, "why it is not usable"),
};
const struct shape tlsa_shape = SHAPE("tlsa", struct tlsa_facts, tlsa_facts_table, "one TLSA record");

static const struct fact match_facts_table[] = {
    FACT(struct dane_match_facts, address, FACT_TEXT, "address that showed the chain"),
    FACT(struct dane_match_facts, name, FACT_TEXT, "server name it was shown for"),
    FACT(struct dane_match_facts, leaf_sha256, FACT_TEXT, "SHA-256 of the leaf"),
    FACT(struct dane_match_facts, key_type, FACT_TEXT, "type of its key"),
    FACT(struct dane_match_facts, matched, FACT_KNOWN, "a usable record vouches for the chain"),
    FACT(struct dane_match_facts, record, FACT_NUMBER, "which of the records, from 0"),
    FACT(struct dane_match_facts, depth, FACT_NUMBER,
         "which certificate it matched: 0 the leaf, 1 its issuer"),
    FACT(struct dane_match_facts, reason, FACT_TEXT, "why none does, or why it is not known"),
};
const struct shape dane_match_shape =
    SHAPE("dane_match", struct dane_match_facts, match_facts_table, "a chain beside the TLSA records");

static const struct fact dane_facts_table[] = {
    FACT(struct dane_facts, host, FACT_TEXT, "mail host"),
    FACT(struct dane_facts, port, FACT_NUMBER, "port"),
    FACT(struct dane_facts, base, FACT_TEXT, "TLSA base domain whose records count"),
    FACT_OF(struct dane_facts, questions, FACT_LIST, &dns_question_shape,
            "the TLSA questions, the preferred base domain first"),
    FACT_OF(struct dane_facts, records, FACT_LIST, &tlsa_shape, "records of the base domain"),
    FACT(struct dane_facts, names, FACT_TEXTS, "names that usage 2 asks of the certificate"),
    FACT_OF(struct dane_facts, matches, FACT_LIST, &dane_match_shape, "each chain that was shown"),
};
const struct shape dane_shape =
    SHAPE("dane", struct dane_facts, dane_facts_table, "DANE of one host and port");
