/*
 * judgement.h - what the facts of a scan mean: findings, grades, outcome
 *
 * scan facts + policy  ->  judgement  ->  terminal, HTML, JSON, ...
 *
 * Pure: no clock, no network. The same facts, policy and version give the same judgement.
 */
#ifndef OUTPOST_REPORTS_JUDGEMENT_H
#define OUTPOST_REPORTS_JUDGEMENT_H

#include "scanner/facts/scan.h"

struct arena;
struct policy;
struct tls_cap;
struct tls_grade;

/* In order of weight: a set of outcomes is as bad as its first. */
enum outcome {
    OUTCOME_FAIL = 1,
    OUTCOME_WARN,
    OUTCOME_INFO,
    OUTCOME_PASS,
    OUTCOME_NOT_APPLICABLE,
    OUTCOME_NOT_TESTED
};
enum { OUTCOMES = 7 };
enum severity { SEVERITY_CRITICAL = 1, SEVERITY_HIGH, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_NONE };
enum area { AREA_TRANSPORT = 1, AREA_AUTHENTICATION, AREA_REACHABILITY, AREA_DNS, AREA_NONE };
const char *outcome_name(enum outcome outcome);
const char *severity_name(enum severity severity);
const char *area_name(enum area area);

/* What a check is about; the members that apply are set. */
struct subject {
    const char *domain;
    const char *host;
    const char *address;
    struct number port;
    const char *selector;
    const char *list;
    const char *server;
    const char *profile;
    const char *key_type;
    const char *text; /* "mail.example.org 192.0.2.1:465" */
};

struct finding {
    const char *id; /* "cert.name@mail.example.org/192.0.2.1:465": stable from scan to scan */
    const struct check *check;
    enum outcome outcome;
    enum severity severity; /* how bad a failure would be, as the policy says */
    struct subject subject;
    const char *title;
    const char *reason; /* why it was not tested or does not apply, as finding_untested was told; else NULL */
    const char *why;
    struct list evidence; /* texts, one line each */
    struct list fix; /* texts, one step each; `between backquotes` is code, and lines of their own that begin
                        with two spaces are shown as they are, to be copied (a record, a setting) */
    const char *reference;
    const char *cap; /* the grade it caps its area at, as the policy says; NULL: none */
    size_t added;    /* its place before sorting */
};

struct grade_reason {
    const struct finding *finding;
    const char *cap;
    const struct tls_cap *fault; /* what caps, where the finding did not fail or warn; else NULL */
};

struct endpoint_grade {
    const char *address;
    int64_t port;
    const struct tls_grade *tls; /* tls_grade.h; NULL: it spoke no TLS to us */
};

struct judgement {
    struct arena *arena;
    const struct scan_facts *scan;
    const struct policy *policy;
    struct list findings; /* by outcome, severity, id */
    enum outcome outcome; /* the worst; not_tested when too little was tested and nothing is wrong */
    const char *grade;    /* "A" to "F", NULL when too little could be tested (grade.h) */
    const char *area_grades[AREA_NONE]; /* by enum area; NULL as above */
    /* Without a grade: what it can be at best, where that much is known, and what was not tested. */
    const char *no_better_than;
    const char *transport_no_better_than;
    const char *untested;
    struct list grade_reasons;   /* grade_reason, the worst first */
    struct list endpoint_grades; /* endpoint_grade, one for each endpoint, in their order */
    size_t counts[OUTCOMES];     /* by enum outcome */
    struct finding *spare;       /* what finding_add gives out when there is no memory */
    bool failed;                 /* memory ran out */
};

/* One entry of the catalogue. */
struct check {
    const char *id;
    enum severity severity;
    enum area area;
    const char *title;       /* "Certificate covers the name clients use" */
    const char *why;         /* one sentence a mail admin understands */
    const char *reference;   /* "RFC 9525 section 6.3" */
    const char *explanation; /* for `outpost explain`: what is looked at, and how to fix it; paragraphs
                                separated by a blank line */
    bool only_informs;       /* what it finds another check has counted: it neither fails nor warns */
    void (*judge)(struct judgement *judgement, const struct check *check);
};

/* All checks, sorted by id. */
const struct check *const *checks_all(size_t *ret_count);
const struct check *check_find(const char *id); /* NULL when unknown */

/* For checks: adds a finding; the title is this outcome's. Never NULL is returned (out of memory is
 * remembered and makes the judgement fail). */
struct finding *finding_add(struct judgement *judgement, const struct check *check,
                            const struct subject *subject, enum outcome outcome, const char *title_format,
                            ...) __attribute__((format(printf, 5, 6)));
void finding_evidence(struct judgement *judgement, struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_fix(struct judgement *judgement, struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
