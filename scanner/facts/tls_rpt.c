/*
 * tls_rpt.c - field tables of TLS reporting facts
 */
#include "scanner/facts/tls_rpt.h"

static const struct fact record_facts[] = {
    FACT(struct tls_rpt_record_facts, text, FACT_TEXT, "the record"),
    FACT(struct tls_rpt_record_facts, announces, FACT_KNOWN, "it begins with v=TLSRPTv1;"),
    FACT(struct tls_rpt_record_facts, intended, FACT_KNOWN, "it names the version somewhere"),
    FACT(struct tls_rpt_record_facts, rua, FACT_TEXTS, "URIs that reports can go to"),
    FACT(struct tls_rpt_record_facts, fault, FACT_TEXT, "what breaks the grammar"),
    FACT(struct tls_rpt_record_facts, remarks, FACT_TEXTS, "what senders ignore"),
};
const struct shape tls_rpt_record_shape =
    SHAPE("tls_rpt_record", struct tls_rpt_record_facts, record_facts, "one TXT record at _smtp._tls");

static const struct fact tls_rpt_facts_table[] = {
    FACT_OF(struct tls_rpt_facts, question, FACT_OBJECT, &dns_question_shape, "the TXT question"),
    FACT_OF(struct tls_rpt_facts, records, FACT_LIST, &tls_rpt_record_shape, "the records, at most 16"),
};
const struct shape tls_rpt_shape =
    SHAPE("tls_rpt", struct tls_rpt_facts, tls_rpt_facts_table, "where senders report TLS failures to");
