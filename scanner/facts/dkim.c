/*
 * dkim.c - field tables of DKIM facts
 */
#include "scanner/facts/dkim.h"

static const struct fact record_facts[] = {
    FACT(struct dkim_record_facts, text, FACT_TEXT, "the record, its strings joined"),
    FACT(struct dkim_record_facts, size, FACT_NUMBER, "bytes of it"),
    FACT(struct dkim_record_facts, intended, FACT_KNOWN, "it is meant to be a key"),
    FACT(struct dkim_record_facts, fault, FACT_TEXT, "why no verifier can use it"),
    FACT(struct dkim_record_facts, damage, FACT_TEXTS, "what happened to it on its way into the zone"),
    FACT(struct dkim_record_facts, repaired, FACT_TEXT, "the record as it was meant to be"),
    FACT(struct dkim_record_facts, key_type, FACT_TEXT, "rsa, ed25519, or what k= says"),
    FACT(struct dkim_record_facts, bits, FACT_NUMBER, "size of the key"),
    FACT(struct dkim_record_facts, exponent, FACT_NUMBER, "public exponent of an RSA key"),
    FACT(struct dkim_record_facts, key, FACT_BYTES, "RSAPublicKey in DER, or 32 octets of Ed25519"),
    FACT(struct dkim_record_facts, revoked, FACT_KNOWN, "p= is empty"),
    FACT(struct dkim_record_facts, testing, FACT_KNOWN, "t=y: the domain only tests"),
    FACT(struct dkim_record_facts, strict, FACT_KNOWN, "t=s: not for subdomains"),
    FACT(struct dkim_record_facts, for_mail, FACT_KNOWN, "s= allows mail"),
    FACT(struct dkim_record_facts, hashes, FACT_TEXTS, "algorithms of h=; none: all"),
    FACT(struct dkim_record_facts, remarks, FACT_TEXTS, "what verifiers pass over"),
};
const struct shape dkim_record_shape =
    SHAPE("dkim_record", struct dkim_record_facts, record_facts, "a DKIM key record");

static const struct fact selector_facts[] = {
    FACT(struct dkim_selector_facts, name, FACT_TEXT, "the selector"),
    FACT(struct dkim_selector_facts, given, FACT_KNOWN, "it was given on the command line"),
    FACT(struct dkim_selector_facts, used_by, FACT_TEXT, "who makes keys under this name"),
    FACT(struct dkim_selector_facts, provider, FACT_TEXT, "whose name an alias leads to"),
    FACT_OF(struct dkim_selector_facts, question, FACT_OBJECT, &dns_question_shape, "the TXT question"),
    FACT(struct dkim_selector_facts, wildcard, FACT_KNOWN, "the answer is the one that any name gets"),
    FACT_OF(struct dkim_selector_facts, records, FACT_LIST, &dkim_record_shape, "the records, at most 16"),
    FACT_OF(struct dkim_selector_facts, expected, FACT_OBJECT, &dkim_record_shape, "the key of --dkim-key"),
    FACT(struct dkim_selector_facts, matches, FACT_KNOWN, "a record has the expected key"),
};
const struct shape dkim_selector_shape =
    SHAPE("dkim_selector", struct dkim_selector_facts, selector_facts, "a selector and its key");

static const struct fact dkim_facts_table[] = {
    FACT_OF(struct dkim_facts, node, FACT_OBJECT, &dns_question_shape, "TXT of _domainkey itself"),
    FACT_OF(struct dkim_facts, random, FACT_OBJECT, &dns_question_shape,
            "TXT of a selector that nobody published"),
    FACT_OF(struct dkim_facts, random_records, FACT_LIST, &dkim_record_shape, "the records of a wildcard"),
    FACT(struct dkim_facts, common, FACT_NUMBER, "so many common selectors were asked for"),
    FACT(struct dkim_facts, common_lost, FACT_NUMBER, "of these, without an answer"),
    FACT_OF(struct dkim_facts, selectors, FACT_LIST, &dkim_selector_shape,
            "selectors that were given, and common ones that are there"),
};
const struct shape dkim_shape = SHAPE("dkim", struct dkim_facts, dkim_facts_table, "DKIM keys of the domain");
