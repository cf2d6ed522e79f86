/*
 * ptr.c - field tables of reverse DNS facts
 */
#include "scanner/facts/ptr.h"

static const struct fact name_facts[] = {
    FACT(struct ptr_name_facts, name, FACT_TEXT, "a name of the address"),
    FACT_OF(struct ptr_name_facts, forward, FACT_OBJECT, &dns_question_shape, "the addresses of that name"),
    FACT(struct ptr_name_facts, confirmed, FACT_KNOWN, "the address is among them"),
};
const struct shape ptr_name_shape = SHAPE("ptr_name", struct ptr_name_facts, name_facts,
                                          "a name from reverse DNS and its forward confirmation");

static const struct fact ptr_facts_table[] = {
    FACT(struct ptr_facts, address, FACT_TEXT, "IPv4 or IPv6 address"),
    FACT_OF(struct ptr_facts, question, FACT_OBJECT, &dns_question_shape, "the PTR question"),
    FACT_OF(struct ptr_facts, names, FACT_LIST, &ptr_name_shape, "names of the address"),
    FACT(struct ptr_facts, names_left_out, FACT_NUMBER, "names over the limit of 8, not looked up"),
};
const struct shape ptr_shape = SHAPE("ptr", struct ptr_facts, ptr_facts_table, "reverse DNS of one address");
