/*
 * tls_grade_parts.h - what the grade of a port's TLS is made of: faults and score
 */
#ifndef OUTPOST_REPORTS_TLS_GRADE_PARTS_H
#define OUTPOST_REPORTS_TLS_GRADE_PARTS_H

#include "reports/tls_grade.h"
#include "reports/tls_model.h"

struct tls_view {
    struct judgement *judgement;
    const struct endpoint_facts *endpoint;
    const struct tls_facts *tls;
    bool opportunistic;
    struct tls_answer suites; /* all that are accepted, of any version */
};

/* ---- faults (tls_faults.c) ---- */

struct tls_fault_answer {
    enum known known;
    const char *text;   /* what was seen, when YES */
    const char *reason; /* why UNKNOWN */
};

struct tls_fault {
    const char *name;  /* in the policy */
    const char *check; /* the check that tells more */
    struct tls_fault_answer (*look)(const struct tls_view *view, const struct tls_fault *fault);
    const char *text; /* what was seen, where `look` has no words of its own */
    bool optional;    /* not knowing it does not leave the grade open */
    /* What it looks at and for: the members that apply are set. */
    size_t feature;     /* the place of a fact in tls_features_facts */
    const char *unseen; /* why the fact is not known */
    enum tls_version version;
    tls_test test;
    int64_t bits;
};
const struct tls_fault *tls_faults_all(size_t *ret_count);

/* ---- score (tls_score.c) ---- */

struct tls_score_part tls_score_protocol(const struct tls_view *view);
struct tls_score_part tls_score_key_exchange(const struct tls_view *view);
struct tls_score_part tls_score_cipher(const struct tls_view *view);

#endif
