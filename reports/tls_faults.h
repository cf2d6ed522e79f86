/*
 * tls_faults.h - what can be wrong with the TLS of a port, by the names that a policy gives its caps
 */
#ifndef OUTPOST_REPORTS_TLS_FAULTS_H
#define OUTPOST_REPORTS_TLS_FAULTS_H

#include "reports/tls_view.h"

struct tls_fault_answer {
    enum known known;
    const char *text;   /* what was seen, when YES */
    const char *reason; /* why UNKNOWN */
    const char *check;  /* the check that tells more, where it is not that of the fault */
};

struct tls_fault {
    const char *name;  /* in the policy */
    const char *check; /* the check that tells more */
    struct tls_fault_answer (*look)(const struct tls_view *view, const struct tls_fault *fault);
    const char *text;   /* what was seen, where `look` has no words of its own */
    bool optional;      /* not knowing it does not leave the grade open */
    const char *weaker; /* the fault of the same check that says less of the same */
    /* What it looks at and for: the members that apply are set. */
    size_t feature;     /* the place of a fact in tls_features_facts */
    const char *unseen; /* why the fact is not known */
    enum tls_version version;
    tls_test test;
    int64_t bits;
};
const struct tls_fault *tls_faults_all(size_t *ret_count);

#endif
