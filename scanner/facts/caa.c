/*
 * caa.c - field tables of CAA facts
 */
#include "scanner/facts/caa.h"

static const struct fact parameter_facts[] = {
    FACT(struct caa_parameter_facts, name, FACT_TEXT, "name of the parameter"),
    FACT(struct caa_parameter_facts, value, FACT_TEXT, "its value"),
};
const struct shape caa_parameter_shape =
    SHAPE("caa_parameter", struct caa_parameter_facts, parameter_facts, "a parameter of a CAA property");

static const struct fact property_facts[] = {
    FACT(struct caa_property_facts, flags, FACT_NUMBER, "flags of the record"),
    FACT(struct caa_property_facts, critical, FACT_KNOWN, "who does not know the tag must not issue"),
    FACT(struct caa_property_facts, tag, FACT_TEXT, "issue, issuewild, iodef, ..."),
    FACT(struct caa_property_facts, value, FACT_TEXT, "value of the property"),
    FACT(struct caa_property_facts, fault, FACT_TEXT, "what is wrong with the value"),
    FACT(struct caa_property_facts, issuer, FACT_TEXT, "who may issue, of the tags that say so"),
    FACT_OF(struct caa_property_facts, parameters, FACT_LIST, &caa_parameter_shape, "under these conditions"),
};
const struct shape caa_property_shape =
    SHAPE("caa_property", struct caa_property_facts, property_facts, "one CAA record");

static const struct fact caa_facts_table[] = {
    FACT(struct caa_facts, name, FACT_TEXT, "the name that certificates are for"),
    FACT_OF(struct caa_facts, questions, FACT_LIST, &dns_question_shape,
            "CAA questions, from the name upwards"),
    FACT(struct caa_facts, ended, FACT_KNOWN, "records were found, or there are none up to the top"),
    FACT(struct caa_facts, found_at, FACT_TEXT, "the nearest name with records"),
    FACT_OF(struct caa_facts, properties, FACT_LIST, &caa_property_shape, "its records"),
    FACT(struct caa_facts, left_out, FACT_NUMBER, "records over the limit of 256, not kept"),
    FACT(struct caa_facts, deciding_left_out, FACT_KNOWN, "one that says who may issue is among those"),
};
const struct shape caa_shape =
    SHAPE("caa", struct caa_facts, caa_facts_table, "who may issue certificates for a name");
