/*
 * bimi.h - what can be known of BIMI: the record that names a logo, the logo, and the certificate for it
 */
#ifndef OUTPOST_FACTS_BIMI_H
#define OUTPOST_FACTS_BIMI_H

#include "scanner/facts/certificate.h"
#include "scanner/facts/dns.h"

/* One TXT record at default._bimi. */
struct bimi_record_facts {
    const char *text;
    enum known announces;  /* it begins with v=BIMI1: receivers pass over all others */
    enum known declined;   /* l= is empty and there is no a=: no logo, and that is meant */
    const char *location;  /* l=, when the grammar allows it */
    const char *authority; /* a=, as above */
    const char *fault;     /* what breaks the grammar, in words; NULL: nothing, or not looked for */
    struct list remarks;   /* texts: what receivers ignore */
};
extern const struct shape bimi_record_shape;

/* A file that the record names, fetched over HTTPS. */
struct bimi_fetch_facts {
    const char *url;
    enum known answered;
    const char *reason; /* why not, in words */
    struct number status;
    const char *content_type;
    struct number size; /* bytes */
    struct number milliseconds;
};
extern const struct shape bimi_fetch_shape;

/* The logo, as far as SVG Tiny PS has rules for it. */
struct bimi_logo_facts {
    enum known well_formed;
    const char *version;
    const char *base_profile;
    const char *title;
    const char *view_box;
    enum known square;  /* the viewBox is as wide as it is high */
    struct list faults; /* texts: what breaks the rules, at most 16 */
};
extern const struct shape bimi_logo_shape;

struct bimi_facts {
    struct dns_question_facts *question;      /* TXT of default._bimi.DOMAIN */
    struct list records;                      /* bimi_record_facts, at most 16 */
    struct bimi_fetch_facts *logo_fetch;      /* of l=; NULL: there is nothing to fetch */
    struct bimi_logo_facts *logo;             /* of an answer with status 200 */
    struct bimi_fetch_facts *authority_fetch; /* of a= */
    struct certificate_facts *certificate;    /* the leaf in it, with its chain; not verified */
};
extern const struct shape bimi_shape;

#endif
