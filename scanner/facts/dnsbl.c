/*
 * dnsbl.c - field tables of blacklists
 */
#include "scanner/facts/dnsbl.h"

const char *const dnsbl_fault_values[] = {"not_observed", "ended",     "refused", "lists_all", "lists_none",
                                          "undocumented", "no_answer", "stopped", NULL};
const char *const dnsbl_result_values[] = {"not_observed", "clean", "listed", NULL};

static const struct fact list_facts[] = {
    FACT(struct dnsbl_list_facts, zone, FACT_TEXT, "domain under which it is asked, without a key"),
    FACT(struct dnsbl_list_facts, name, FACT_TEXT, "what people call it"),
    FACT(struct dnsbl_list_facts, kind, FACT_TEXT, "what it is asked for: ipv4, ipv6 or domain"),
    FACT(struct dnsbl_list_facts, tier, FACT_NUMBER, "1: many receivers reject by it; 2: some; 3: few"),
    FACT(struct dnsbl_list_facts, welcome, FACT_KNOWN, "it lists good senders"),
    FACT(struct dnsbl_list_facts, usable, FACT_KNOWN, "its answers can be believed, by its test entries"),
    FACT_ENUM_OF(struct dnsbl_list_facts, fault, dnsbl_fault_values, "why not"),
    FACT(struct dnsbl_list_facts, reason, FACT_TEXT, "the same in words"),
    FACT(struct dnsbl_list_facts, iterated, FACT_KNOWN, "asked by iteration, as it refused the resolver"),
    FACT(struct dnsbl_list_facts, removal, FACT_TEXT, "where to ask for removal"),
    FACT(struct dnsbl_list_facts, access, FACT_TEXT, "where a resolver or key is registered"),
    FACT(struct dnsbl_list_facts, about, FACT_TEXT, "what it lists"),
};
const struct shape dnsbl_list_shape = SHAPE("dnsbl_list", struct dnsbl_list_facts, list_facts,
                                            "a blacklist or welcome list, and its self-test");

static const struct fact code_facts[] = {
    FACT(struct dnsbl_code_facts, code, FACT_TEXT, "address in the answer"),
    FACT(struct dnsbl_code_facts, meaning, FACT_TEXT, "what the list means by it"),
    FACT(struct dnsbl_code_facts, policy, FACT_KNOWN,
         "no word of spam: no mail is to come from there directly"),
};
const struct shape dnsbl_code_shape =
    SHAPE("dnsbl_code", struct dnsbl_code_facts, code_facts, "one answer of a list");

static const struct fact lookup_facts[] = {
    FACT(struct dnsbl_lookup_facts, zone, FACT_TEXT, "the list"),
    FACT_ENUM_OF(struct dnsbl_lookup_facts, result, dnsbl_result_values, "whether it is listed"),
    FACT(struct dnsbl_lookup_facts, reason, FACT_TEXT, "why that is not known"),
    FACT_OF(struct dnsbl_lookup_facts, codes, FACT_LIST, &dnsbl_code_shape, "what the list answered"),
    FACT(struct dnsbl_lookup_facts, texts, FACT_TEXTS, "what the list says of the cause (TXT)"),
};
const struct shape dnsbl_lookup_shape = SHAPE("dnsbl_lookup", struct dnsbl_lookup_facts, lookup_facts,
                                              "what one list says of one address or domain");

static const struct fact subject_facts[] = {
    FACT(struct dnsbl_subject_facts, name, FACT_TEXT, "address or domain"),
    FACT(struct dnsbl_subject_facts, kind, FACT_TEXT, "ipv4, ipv6 or domain"),
    FACT_OF(struct dnsbl_subject_facts, lookups, FACT_LIST, &dnsbl_lookup_shape, "by list"),
};
const struct shape dnsbl_subject_shape =
    SHAPE("dnsbl_subject", struct dnsbl_subject_facts, subject_facts, "an address or domain in all lists");

static const struct fact dnsbl_facts_table[] = {
    FACT(struct dnsbl_facts, source, FACT_TEXT, "name of the file that says which lists there are"),
    FACT_OF(struct dnsbl_facts, lists, FACT_LIST, &dnsbl_list_shape, "the lists that were asked"),
    FACT_OF(struct dnsbl_facts, subjects, FACT_LIST, &dnsbl_subject_shape, "addresses and domains"),
    FACT(struct dnsbl_facts, left_out, FACT_TEXTS, "addresses over the limit of questions, not asked for"),
};
const struct shape dnsbl_shape =
    SHAPE("dnsbl", struct dnsbl_facts, dnsbl_facts_table, "blacklists and welcome lists");
