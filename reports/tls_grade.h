/*
 * tls_grade.h - the grade of the TLS that a port offers, A+ to F, and why
 *
 *   score    30 % protocol + 30 % key exchange + 40 % cipher, as SSL Labs' guide counts: 80 is an A, 65 a B,
 *            50 a C, 35 a D, 20 an E; a part with 0 points is an F
 *   caps     what is wrong with the port, by name; the policy says for each role how good the grade may then be
 *   role     on port 25 encryption is opportunistic (RFC 9325 section 5.2): what is old there is better than
 *            nothing and costs less. Elsewhere people send passwords: mandatory. What is modern and missing costs
 *            the same everywhere. Name, trust and dates of a certificate cap where TLS is mandatory only, by their
 *            own findings; a weak key or signature caps everywhere.
 *   A+       an A without anything noted: TLS 1.3, nothing but AEAD with forward secrecy, RFC 7627
 *
 * A grade is given when what was not tested cannot lower it. Otherwise there is none, and the caps that are known
 * say what it is no better than.
 */
#ifndef OUTPOST_REPORTS_TLS_GRADE_H
#define OUTPOST_REPORTS_TLS_GRADE_H

#include "reports/tls_score.h"

/* Something that caps the grade, or is worth noting: then the letter is NULL, and only an A+ is lost. */
struct tls_cap {
    const char
        *name; /* as the policy names it; the id of the check for a fault of the certificate; "score" */
    const char *letter;
    const char *text;  /* "TLS 1.0 is offered" */
    const char *check; /* id of the check that tells more */
};

struct tls_grade {
    const char *letter;         /* NULL: too little was tested */
    const char *no_better_than; /* then: what it can be at best */
    const char *no_worse_than;  /* then: what the untested could make of it */
    bool opportunistic;
    struct number score; /* 0 to 100 */
    struct tls_score_part protocol, key_exchange, cipher;
    struct list caps;     /* tls_cap, the worst first */
    struct list untested; /* texts: what could still lower it */
};

const char *tls_role_name(const struct tls_grade *grade); /* "opportunistic", "mandatory" */

/* The letter, or the best that it can be: what is certain. */
static inline const char *tls_grade_bound(const struct tls_grade *grade)
{
    return grade->letter != NULL ? grade->letter : grade->no_better_than;
}

/* NULL when the port spoke no TLS to us (or memory ran out, which the judgement remembers). To be asked when the
 * findings are there and have their caps: those about the certificate count. */
const struct tls_grade *tls_grade_of(struct judgement *judgement, const struct endpoint_facts *endpoint);

/* "A+" before "A" before "A-" before "B": of two letters the worse; NULL is none yet. */
const char *tls_worse(const char *a, const char *b);
/* Is `a` worse than `b`? */
bool tls_is_worse(const char *a, const char *b);

/* What the finding of a check about this port caps, now that the grade of its TLS weighs the same fault: the cap
 * of the fault, where the policy names none for the check itself. */
void tls_grade_weighs(struct judgement *judgement, const struct endpoint_facts *endpoint,
                      const struct tls_grade *grade);

#endif
