/*
 * bimi.c - field tables of BIMI facts
 */
#include "scanner/facts/bimi.h"

static const struct fact record_facts[] = {
    FACT(struct bimi_record_facts, text, FACT_TEXT, "the record"),
    FACT(struct bimi_record_facts, announces, FACT_KNOWN, "it begins with v=BIMI1"),
    FACT(struct bimi_record_facts, declined, FACT_KNOWN, "it says that there is no logo"),
    FACT(struct bimi_record_facts, location, FACT_TEXT, "where the logo is"),
    FACT(struct bimi_record_facts, authority, FACT_TEXT, "where the certificate for it is"),
    FACT(struct bimi_record_facts, fault, FACT_TEXT, "what breaks the grammar"),
    FACT(struct bimi_record_facts, remarks, FACT_TEXTS, "what receivers ignore"),
};
const struct shape bimi_record_shape =
    SHAPE("bimi_record", struct bimi_record_facts, record_facts, "one TXT record at default._bimi");

static const struct fact fetch_facts[] = {
    FACT(struct bimi_fetch_facts, url, FACT_TEXT, "what was asked for"),
    FACT(struct bimi_fetch_facts, answered, FACT_KNOWN, "a whole HTTP answer came"),
    FACT(struct bimi_fetch_facts, reason, FACT_TEXT, "why not"),
    FACT(struct bimi_fetch_facts, status, FACT_NUMBER, "HTTP status"),
    FACT(struct bimi_fetch_facts, content_type, FACT_TEXT, "media type"),
    FACT(struct bimi_fetch_facts, size, FACT_NUMBER, "bytes of the body"),
    FACT(struct bimi_fetch_facts, milliseconds, FACT_NUMBER, "how long it took"),
};
const struct shape bimi_fetch_shape =
    SHAPE("bimi_fetch", struct bimi_fetch_facts, fetch_facts, "a file that the BIMI record names");

static const struct fact logo_facts[] = {
    FACT(struct bimi_logo_facts, well_formed, FACT_KNOWN, "it is well-formed XML"),
    FACT(struct bimi_logo_facts, version, FACT_TEXT, "version of SVG"),
    FACT(struct bimi_logo_facts, base_profile, FACT_TEXT, "baseProfile"),
    FACT(struct bimi_logo_facts, title, FACT_TEXT, "its title"),
    FACT(struct bimi_logo_facts, view_box, FACT_TEXT, "its viewBox"),
    FACT(struct bimi_logo_facts, square, FACT_KNOWN, "the viewBox is a square"),
    FACT(struct bimi_logo_facts, faults, FACT_TEXTS, "what breaks SVG Tiny PS"),
};
const struct shape bimi_logo_shape =
    SHAPE("bimi_logo", struct bimi_logo_facts, logo_facts, "the logo of the domain");

static const struct fact bimi_facts_table[] = {
    FACT_OF(struct bimi_facts, question, FACT_OBJECT, &dns_question_shape, "the TXT question"),
    FACT_OF(struct bimi_facts, records, FACT_LIST, &bimi_record_shape, "the records, at most 16"),
    FACT_OF(struct bimi_facts, logo_fetch, FACT_OBJECT, &bimi_fetch_shape, "the logo, fetched"),
    FACT_OF(struct bimi_facts, logo, FACT_OBJECT, &bimi_logo_shape, "the logo, read"),
    FACT_OF(struct bimi_facts, authority_fetch, FACT_OBJECT, &bimi_fetch_shape, "the certificate, fetched"),
    FACT_OF(struct bimi_facts, certificate, FACT_OBJECT, &certificate_shape, "the certificate, not verified"),
};
const struct shape bimi_shape = SHAPE("bimi", struct bimi_facts, bimi_facts_table, "BIMI of the domain");
