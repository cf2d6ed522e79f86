/*
 * dmarc.c - field tables of DMARC facts
 */
#include "scanner/facts/dmarc.h"

const char *const dmarc_policy_values[] = {"not_observed", "none", "quarantine", "reject", NULL};
const char *const dmarc_psd_values[] = {"not_observed", "u", "y", "n", NULL};
static const char *const use_values[] = {"not_observed", "as_written", "as_none", "unusable", NULL};
static const char *const step_values[] = {"not_observed", "failed", "absent", "record", "several", NULL};

static const struct fact uri_facts[] = {
    FACT(struct dmarc_uri_facts, uri, FACT_TEXT, "the URI as it stands there"),
    FACT(struct dmarc_uri_facts, address, FACT_TEXT, "mail address of a valid mailto: URI"),
    FACT(struct dmarc_uri_facts, host, FACT_TEXT, "domain of that address"),
    FACT(struct dmarc_uri_facts, size_limit, FACT_TEXT, "size limit, which RFC 9989 removed"),
    FACT(struct dmarc_uri_facts, fault, FACT_TEXT, "what is wrong with it"),
};
const struct shape dmarc_uri_shape =
    SHAPE("dmarc_uri", struct dmarc_uri_facts, uri_facts, "where reports are to go");

static const struct fact record_facts[] = {
    FACT(struct dmarc_record_facts, text, FACT_TEXT, "the record"),
    FACT(struct dmarc_record_facts, announces, FACT_KNOWN, "it begins with v=DMARC1"),
    FACT(struct dmarc_record_facts, intended, FACT_KNOWN, "it names the version somewhere"),
    FACT_ENUM_OF(struct dmarc_record_facts, use, use_values, "what receivers do with it (RFC 9989)"),
    FACT_ENUM_OF(struct dmarc_record_facts, older_use, use_values, "the same by RFC 7489"),
    FACT_ENUM_OF(struct dmarc_record_facts, policy, dmarc_policy_values, "p, when it is valid"),
    FACT_ENUM_OF(struct dmarc_record_facts, subdomain_policy, dmarc_policy_values, "sp, when it is valid"),
    FACT_ENUM_OF(struct dmarc_record_facts, nonexistent_policy, dmarc_policy_values, "np, when it is valid"),
    FACT(struct dmarc_record_facts, strict_dkim, FACT_KNOWN, "adkim=s"),
    FACT(struct dmarc_record_facts, strict_spf, FACT_KNOWN, "aspf=s"),
    FACT(struct dmarc_record_facts, testing, FACT_KNOWN, "t=y: one level below is asked for"),
    FACT_ENUM_OF(struct dmarc_record_facts, psd, dmarc_psd_values, "the domain is a public suffix"),
    FACT(struct dmarc_record_facts, percent, FACT_NUMBER, "pct, which RFC 9989 removed"),
    FACT_OF(struct dmarc_record_facts, rua, FACT_LIST, &dmarc_uri_shape, "where aggregate reports go"),
    FACT_OF(struct dmarc_record_facts, ruf, FACT_LIST, &dmarc_uri_shape, "where failure reports go"),
    FACT(struct dmarc_record_facts, faults, FACT_TEXTS, "what is not valid"),
    FACT(struct dmarc_record_facts, removed, FACT_TEXTS, "tags that RFC 9989 removed"),
    FACT(struct dmarc_record_facts, remarks, FACT_TEXTS, "what receivers ignore"),
};
const struct shape dmarc_record_shape =
    SHAPE("dmarc_record", struct dmarc_record_facts, record_facts, "one TXT record at _dmarc");

static const struct fact step_facts[] = {
    FACT(struct dmarc_step_facts, domain, FACT_TEXT, "the domain asked about"),
    FACT_OF(struct dmarc_step_facts, question, FACT_OBJECT, &dns_question_shape, "TXT of its _dmarc"),
    FACT_ENUM_OF(struct dmarc_step_facts, result, step_values, "what was there"),
    FACT(struct dmarc_step_facts, walked, FACT_KNOWN, "a receiver comes here"),
    FACT_OF(struct dmarc_step_facts, records, FACT_LIST, &dmarc_record_shape, "its TXT records, at most 16"),
};
const struct shape dmarc_step_shape =
    SHAPE("dmarc_step", struct dmarc_step_facts, step_facts, "one name of the walk up the tree");

static const struct fact outcome_facts[] = {
    FACT(struct dmarc_outcome_facts, decided, FACT_KNOWN, "no question failed that it depends on"),
    FACT(struct dmarc_outcome_facts, organizational_domain, FACT_TEXT, "what alignment is measured by"),
    FACT(struct dmarc_outcome_facts, record_at, FACT_TEXT, "the domain whose record applies"),
    FACT_ENUM_OF(struct dmarc_outcome_facts, policy, dmarc_policy_values, "the policy"),
    FACT(struct dmarc_outcome_facts, percent, FACT_NUMBER, "share of the mail it applies to"),
};
const struct shape dmarc_outcome_shape =
    SHAPE("dmarc_outcome", struct dmarc_outcome_facts, outcome_facts, "what applies to mail from a name");

static const struct fact receiver_facts[] = {
    FACT_OF(struct dmarc_receiver_facts, domain, FACT_OBJECT, &dmarc_outcome_shape, "the domain itself"),
    FACT_OF(struct dmarc_receiver_facts, subdomain, FACT_OBJECT, &dmarc_outcome_shape,
            "a subdomain without a record of its own"),
    FACT_OF(struct dmarc_receiver_facts, nonexistent, FACT_OBJECT, &dmarc_outcome_shape,
            "a subdomain that does not exist"),
};
const struct shape dmarc_receiver_shape =
    SHAPE("dmarc_receiver", struct dmarc_receiver_facts, receiver_facts, "what a receiver applies");

static const struct fact destination_facts[] = {
    FACT(struct dmarc_destination_facts, tag, FACT_TEXT, "rua or ruf"),
    FACT(struct dmarc_destination_facts, address, FACT_TEXT, "mail address"),
    FACT(struct dmarc_destination_facts, host, FACT_TEXT, "its domain"),
    FACT(struct dmarc_destination_facts, organizational_domain, FACT_TEXT, "whose that is"),
    FACT(struct dmarc_destination_facts, external, FACT_KNOWN, "another organization's"),
    FACT_OF(struct dmarc_destination_facts, question, FACT_OBJECT, &dns_question_shape,
            "whether it agreed: TXT below its _report._dmarc"),
    FACT(struct dmarc_destination_facts, authorised, FACT_KNOWN, "it agreed"),
    FACT_OF(struct dmarc_destination_facts, replacement, FACT_LIST, &dmarc_uri_shape,
            "addresses that it wants instead"),
    FACT_OF(struct dmarc_destination_facts, mx, FACT_OBJECT, &dns_question_shape, "its mail exchangers"),
    FACT_OF(struct dmarc_destination_facts, a, FACT_OBJECT, &dns_question_shape, "its IPv4 addresses"),
    FACT_OF(struct dmarc_destination_facts, aaaa, FACT_OBJECT, &dns_question_shape, "its IPv6 addresses"),
    FACT(struct dmarc_destination_facts, takes_mail, FACT_KNOWN, "mail can be sent to it"),
};
const struct shape dmarc_destination_shape =
    SHAPE("dmarc_destination", struct dmarc_destination_facts, destination_facts,
          "an address for reports, and whether they may go there");

static const struct fact dmarc_facts_table[] = {
    FACT_OF(struct dmarc_facts, steps, FACT_LIST, &dmarc_step_shape, "the walk, from the domain upwards"),
    FACT(struct dmarc_facts, stopped, FACT_TEXT, "why a receiver's walk ends"),
    FACT(struct dmarc_facts, suffix_domain, FACT_TEXT, "organizational domain by the Public Suffix List"),
    FACT_OF(struct dmarc_facts, current, FACT_OBJECT, &dmarc_receiver_shape, "what receivers do by RFC 9989"),
    FACT_OF(struct dmarc_facts, older, FACT_OBJECT, &dmarc_receiver_shape, "what receivers do by RFC 7489"),
    FACT_OF(struct dmarc_facts, destinations, FACT_LIST, &dmarc_destination_shape,
            "addresses for reports, at most 8"),
    FACT(struct dmarc_facts, destinations_left_out, FACT_NUMBER, "over that"),
};
const struct shape dmarc_shape = SHAPE("dmarc", struct dmarc_facts, dmarc_facts_table, "DMARC of the domain");
