/*
 * caa.h - what can be known of who may issue certificates for a name (RFC 8659)
 */
#ifndef OUTPOST_FACTS_CAA_H
#define OUTPOST_FACTS_CAA_H

#include "scanner/facts/dns.h"

struct caa_parameter_facts {
    const char *name; /* "accounturi" */
    const char *value;
};
extern const struct shape caa_parameter_shape;

/* One record. */
struct caa_property_facts {
    struct number flags;
    enum known critical; /* who does not know the tag must not issue */
    const char *tag;     /* lower case */
    const char *value;   /* as it stands there */
    const char *fault;   /* what is wrong with the value, when its tag has a grammar; it allows nobody then */
    const char *issuer;  /* of the issue tags: the domain name of who may, lower case; NULL: nobody */
    struct list parameters; /* caa_parameter_facts */
};
extern const struct shape caa_property_shape;

/* The climb from a name to the nearest records. */
struct caa_facts {
    const char *name;             /* where it began: a mail host, or for a wildcard certificate its parent */
    struct list questions;        /* dns_question_facts, in their order */
    enum known ended;             /* yes: it came to records or to the top; no: an answer failed */
    const char *found_at;         /* the name that has records; NULL: none has */
    struct list properties;       /* caa_property_facts, at most 256; those that decide come first */
    struct number left_out;       /* over that */
    enum known deciding_left_out; /* one that decides is among these */
};
extern const struct shape caa_shape;

#endif
