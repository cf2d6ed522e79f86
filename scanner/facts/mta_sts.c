/*
 * mta_sts.c - field tables of MTA-STS facts
 */
#include "scanner/facts/mta_sts.h"

static const struct fact record_facts[] = {
    FACT(struct mta_sts_record_facts, text, FACT_TEXT, "the record"),
    FACT(struct mta_sts_record_facts, announces, FACT_KNOWN, "it begins with v=STSv1;"),
    FACT(struct mta_sts_record_facts, intended, FACT_KNOWN, "it names the version somewhere"),
    FACT(struct mta_sts_record_facts, id, FACT_TEXT, "id of the policy"),
    FACT(struct mta_sts_record_facts, fault, FACT_TEXT, "what breaks the grammar"),
    FACT(struct mta_sts_record_facts, remarks, FACT_TEXTS, "what senders ignore"),
};
const struct shape mta_sts_record_shape =
    SHAPE("mta_sts_record", struct mta_sts_record_facts, record_facts, "one TXT record at _mta-sts");

const char *const mta_sts_mode_values[] = {"not_observed", "enforce", "testing", "none", NULL};

static const struct fact policy_facts[] = {
    FACT(struct mta_sts_policy_facts, valid, FACT_KNOWN, "senders can use it"),
    FACT(struct mta_sts_policy_facts, version, FACT_TEXT, "its version"),
    FACT_ENUM_OF(struct mta_sts_policy_facts, mode, mta_sts_mode_values, "what senders are to do"),
    FACT(struct mta_sts_policy_facts, max_age, FACT_NUMBER, "seconds that senders keep it"),
    FACT(struct mta_sts_policy_facts, mx, FACT_TEXTS, "patterns for the names of mail hosts"),
    FACT(struct mta_sts_policy_facts, mx_left_out, FACT_NUMBER, "patterns over the limit of 256"),
    FACT(struct mta_sts_policy_facts, faults, FACT_TEXTS, "what makes senders refuse it"),
    FACT(struct mta_sts_policy_facts, remarks, FACT_TEXTS, "what senders ignore"),
    FACT(struct mta_sts_policy_facts, lines, FACT_TEXTS, "the file, at most 64 lines"),
    FACT(struct mta_sts_policy_facts, file, FACT_BYTES, "the whole file"),
};
const struct shape mta_sts_policy_shape =
    SHAPE("mta_sts_policy", struct mta_sts_policy_facts, policy_facts, "a policy file");

static const struct fact fetch_facts[] = {
    FACT(struct mta_sts_fetch_facts, address, FACT_TEXT, "address of the policy host"),
    FACT(struct mta_sts_fetch_facts, source, FACT_TEXT, "where the address is from: dns, override"),
    FACT(struct mta_sts_fetch_facts, scope, FACT_TEXT, "global, private, loopback, ..."),
    FACT(struct mta_sts_fetch_facts, contacted, FACT_KNOWN, "the scan connected to it"),
    FACT_ENUM_OF(struct mta_sts_fetch_facts, result, fetch_result_values, "what came of it"),
    FACT(struct mta_sts_fetch_facts, reason, FACT_TEXT, "why there was no answer"),
    FACT(struct mta_sts_fetch_facts, status, FACT_NUMBER, "HTTP status"),
    FACT(struct mta_sts_fetch_facts, content_type, FACT_TEXT, "Content-Type"),
    FACT(struct mta_sts_fetch_facts, location, FACT_TEXT, "where a redirect leads"),
    FACT(struct mta_sts_fetch_facts, size, FACT_NUMBER, "bytes of the body"),
    FACT(struct mta_sts_fetch_facts, policy, FACT_NUMBER, "which of the policies it gave, from 0"),
    FACT(struct mta_sts_fetch_facts, milliseconds, FACT_NUMBER, "time to the end of the answer"),
};
const struct shape mta_sts_fetch_shape = SHAPE("mta_sts_fetch", struct mta_sts_fetch_facts, fetch_facts,
                                               "one address of the policy host, asked for the policy");

static const struct fact mta_sts_facts_table[] = {
    FACT_OF(struct mta_sts_facts, question, FACT_OBJECT, &dns_question_shape, "the TXT question"),
    FACT_OF(struct mta_sts_facts, records, FACT_LIST, &mta_sts_record_shape, "the records, at most 16"),
    FACT(struct mta_sts_facts, host, FACT_TEXT, "the policy host, when a record makes senders look for it"),
    FACT_OF(struct mta_sts_facts, a, FACT_OBJECT, &dns_question_shape, "its IPv4 addresses"),
    FACT_OF(struct mta_sts_facts, aaaa, FACT_OBJECT, &dns_question_shape, "its IPv6 addresses"),
    FACT_OF(struct mta_sts_facts, fetches, FACT_LIST, &mta_sts_fetch_shape, "each of its addresses"),
    FACT_OF(struct mta_sts_facts, policies, FACT_LIST, &mta_sts_policy_shape, "each different policy"),
};
const struct shape mta_sts_shape = SHAPE("mta_sts", struct mta_sts_facts, mta_sts_facts_table,
                                         "MTA-STS: the record that announces a policy, and the policy");
