/*
 * helo.c - field table of the names that servers give themselves
 */
#include "scanner/facts/helo.h"

static const struct fact helo_facts_table[] = {
    FACT(struct helo_facts, name, FACT_TEXT, "the name in an answer to EHLO"),
    FACT_OF(struct helo_facts, a, FACT_OBJECT, &dns_question_shape, "its IPv4 addresses"),
    FACT_OF(struct helo_facts, aaaa, FACT_OBJECT, &dns_question_shape, "its IPv6 addresses"),
};
const struct shape helo_shape =
    SHAPE("helo", struct helo_facts, helo_facts_table, "a name that a server gives itself, in the DNS");
