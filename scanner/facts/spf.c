/*
 * spf.c - field tables of SPF facts
 */
#include "scanner/facts/spf.h"

const char *const spf_kind_values[] = {
    "not_observed", "all", "include",          "a", "mx", "ptr", "ip4", "ip6", "exists",
    "redirect",     "exp", "unknown_modifier", NULL};
const char *const spf_result_values[] = {"not_observed", "none",      "neutral",   "pass", "fail",
                                         "softfail",     "temperror", "permerror", NULL};

static const struct fact term_facts[] = {
    FACT(struct spf_term_facts, text, FACT_TEXT, "the term as it stands in the record"),
    FACT_ENUM_OF(struct spf_term_facts, kind, spf_kind_values, "what it is; null: it cannot be read"),
    FACT(struct spf_term_facts, qualifier, FACT_TEXT, "of a mechanism: + - ~ ?"),
    FACT(struct spf_term_facts, fault, FACT_TEXT, "what breaks the grammar"),
    FACT(struct spf_term_facts, position, FACT_NUMBER, "where, in bytes from the start of the record"),
    FACT(struct spf_term_facts, used, FACT_KNOWN, "an evaluation can come to it"),
    FACT(struct spf_term_facts, target, FACT_TEXT, "the name it asks for, macros expanded for a sample"),
    FACT(struct spf_term_facts, depends, FACT_KNOWN, "that name is another for each sender or client"),
    FACT(struct spf_term_facts, lookups, FACT_NUMBER, "1: one of the ten terms with lookups"),
    FACT(struct spf_term_facts, void_ipv4, FACT_NUMBER, "1: nothing is found for an IPv4 client"),
    FACT(struct spf_term_facts, void_ipv6, FACT_NUMBER, "1: nothing is found for an IPv6 client"),
    FACT(struct spf_term_facts, total_lookups, FACT_NUMBER, "with those of the record it leads to"),
    FACT(struct spf_term_facts, networks, FACT_TEXTS, "addresses and networks it names"),
    FACT(struct spf_term_facts, networks_left_out, FACT_NUMBER, "more of them, not kept"),
    FACT(struct spf_term_facts, names, FACT_NUMBER, "of mx: how many hosts"),
    FACT(struct spf_term_facts, answer, FACT_TEXT, "what the DNS said instead of records"),
    FACT(struct spf_term_facts, lost, FACT_KNOWN, "the DNS gave no answer"),
};
const struct shape spf_term_shape =
    SHAPE("spf_term", struct spf_term_facts, term_facts, "one mechanism or modifier of an SPF record");

static const struct fact record_facts[] = {
    FACT(struct spf_record_facts, domain, FACT_TEXT, "whose record it is"),
    FACT_OF(struct spf_record_facts, question, FACT_OBJECT, &dns_question_shape, "TXT of the domain"),
    FACT(struct spf_record_facts, count, FACT_NUMBER, "records that begin with v=spf1"),
    FACT(struct spf_record_facts, texts, FACT_TEXTS, "these; what resembles one when there is none"),
    FACT(struct spf_record_facts, size, FACT_NUMBER, "bytes of the record"),
    FACT_OF(struct spf_record_facts, terms, FACT_LIST, &spf_term_shape, "its mechanisms and modifiers"),
    FACT(struct spf_record_facts, fault, FACT_TEXT, "what breaks the grammar first"),
    FACT(struct spf_record_facts, loop, FACT_KNOWN, "it leads back to itself"),
    FACT(struct spf_record_facts, lookups, FACT_NUMBER,
         "terms with lookups of an evaluation without a match; null: no end, or not known"),
    FACT(struct spf_record_facts, void_ipv4, FACT_NUMBER, "terms that find nothing for an IPv4 client"),
    FACT(struct spf_record_facts, void_ipv6, FACT_NUMBER, "terms that find nothing for an IPv6 client"),
};
const struct shape spf_record_shape =
    SHAPE("spf_record", struct spf_record_facts, record_facts, "one SPF record");

static const struct fact result_facts[] = {
    FACT(struct spf_result_facts, identity, FACT_TEXT, "mailfrom or helo"),
    FACT(struct spf_result_facts, domain, FACT_TEXT, "domain of the identity"),
    FACT(struct spf_result_facts, address, FACT_TEXT, "who sends"),
    FACT_ENUM_OF(struct spf_result_facts, result, spf_result_values, "what a receiver makes of it"),
    FACT(struct spf_result_facts, record, FACT_TEXT, "in whose record the decision fell"),
    FACT(struct spf_result_facts, term, FACT_TEXT, "the term that matched, or failed"),
    FACT(struct spf_result_facts, network, FACT_TEXT, "the network of the term that the address is in"),
    FACT(struct spf_result_facts, reason, FACT_TEXT, "why it is an error"),
    FACT(struct spf_result_facts, explanation, FACT_TEXT, "what the domain says to who fails"),
    FACT(struct spf_result_facts, lookups, FACT_NUMBER, "terms with lookups that it took"),
    FACT(struct spf_result_facts, void_lookups, FACT_NUMBER, "of these, terms that found nothing"),
};
const struct shape spf_result_shape =
    SHAPE("spf_result", struct spf_result_facts, result_facts, "an evaluation of SPF for an address");

static const struct fact helo_facts_table[] = {
    FACT(struct spf_helo_facts, name, FACT_TEXT, "the name a server gives itself"),
    FACT_OF(struct spf_helo_facts, question, FACT_OBJECT, &dns_question_shape, "TXT of the name"),
    FACT(struct spf_helo_facts, texts, FACT_TEXTS, "records that begin with v=spf1"),
    FACT_OF(struct spf_helo_facts, results, FACT_LIST, &spf_result_shape, "for each address with the name"),
};
const struct shape spf_helo_shape =
    SHAPE("spf_helo", struct spf_helo_facts, helo_facts_table, "SPF of a name that a server gives itself");

static const struct fact spf_facts_table[] = {
    FACT_OF(struct spf_facts, records, FACT_LIST, &spf_record_shape,
            "the domain's record and those it leads to"),
    FACT(struct spf_facts, complete, FACT_KNOWN, "every record and name that counts was looked up"),
    FACT(struct spf_facts, incomplete_reason, FACT_TEXT, "why not"),
    FACT(struct spf_facts, addresses, FACT_NUMBER, "IPv4 addresses that get a pass, without ptr and exists"),
    FACT(struct spf_facts, everybody, FACT_KNOWN, "+all gives a pass to all that is left"),
    FACT_OF(struct spf_facts, type_99, FACT_OBJECT, &dns_question_shape,
            "the record type SPF, which nobody reads"),
    FACT_OF(struct spf_facts, results, FACT_LIST, &spf_result_shape, "for MX addresses and --sender"),
    FACT_OF(struct spf_facts, helo, FACT_LIST, &spf_helo_shape, "SPF of names that servers give themselves"),
};
const struct shape spf_shape = SHAPE("spf", struct spf_facts, spf_facts_table, "who may send for the domain");
