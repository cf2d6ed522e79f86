/*
 * revocation.c - field tables of revocation facts
 */
#include "scanner/facts/revocation.h"

static const char *const status_values[] = {"not_observed", "good", "revoked", "unknown", NULL};

static const struct fact answer_facts[] = {
    FACT(struct revocation_answer_facts, source, FACT_TEXT, "staple, OCSP or CRL"),
    FACT(struct revocation_answer_facts, url, FACT_TEXT, "who was asked"),
    FACT_ENUM_OF(struct revocation_answer_facts, status, status_values, "what the authority says"),
    FACT(struct revocation_answer_facts, failure, FACT_TEXT, "why that is not known"),
    FACT(struct revocation_answer_facts, revoked_at, FACT_TIME, "since when it is revoked"),
    FACT(struct revocation_answer_facts, revocation_reason, FACT_TEXT, "why it was revoked"),
    FACT(struct revocation_answer_facts, this_update, FACT_TIME, "true from"),
    FACT(struct revocation_answer_facts, next_update, FACT_TIME, "true until"),
    FACT(struct revocation_answer_facts, der, FACT_BYTES, "the OCSP response, DER"),
};
const struct shape revocation_answer_shape = SHAPE("revocation_answer", struct revocation_answer_facts,
                                                   answer_facts, "what one source says of a certificate");

static const struct fact revocation_facts_table[] = {
    FACT(struct revocation_facts, sha256, FACT_TEXT, "SHA-256 of the certificate"),
    FACT_OF(struct revocation_facts, answers, FACT_LIST, &revocation_answer_shape,
            "what was asked and answered"),
};
const struct shape revocation_shape = SHAPE("revocation", struct revocation_facts, revocation_facts_table,
                                            "whether one certificate was revoked");
