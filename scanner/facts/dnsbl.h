/*
 * dnsbl.h - what can be known of blacklists: which lists could be used, and what they say of addresses and domains
 */
#ifndef OUTPOST_FACTS_DNSBL_H
#define OUTPOST_FACTS_DNSBL_H

#include "scanner/facts/fact.h"

/* Why a list says nothing that could be believed. */
enum dnsbl_fault {
    DNSBL_FAULT_NOT_OBSERVED = 0,
    DNSBL_ENDED,        /* known to have ended: it is not asked */
    DNSBL_REFUSED,      /* it answers others, not us */
    DNSBL_LISTS_ALL,    /* it lists what no list may list, or answers as no list does: a parked zone */
    DNSBL_LISTS_NONE,   /* it does not list what every list must list */
    DNSBL_UNDOCUMENTED, /* it says something that it does not explain */
    DNSBL_NO_ANSWER,    /* SERVFAIL, timeout, ... */
    DNSBL_STOPPED,      /* the scan ended before */
};
extern const char *const dnsbl_fault_values[];

/* One zone, asked for one kind of thing. */
struct dnsbl_list_facts {
    const char *zone; /* never that with a key */
    const char *name;
    const char *kind; /* "ipv4", "ipv6", "domain" */
    struct number tier;
    enum known welcome;
    enum known usable;
    enum dnsbl_fault fault; /* of one that is not */
    const char *reason;     /* in words */
    enum known iterated;    /* asked without the resolver, which it refused */
    const char *removal;    /* https:// */
    const char *access;     /* the same */
    const char *about;
};
extern const struct shape dnsbl_list_shape;

struct dnsbl_code_facts {
    const char *code; /* "127.0.0.2" */
    const char *meaning;
    enum known policy; /* says that no mail is to come from there directly, not that spam came */
};
extern const struct shape dnsbl_code_shape;

enum dnsbl_result { DNSBL_RESULT_NOT_OBSERVED = 0, DNSBL_CLEAN, DNSBL_LISTED };
extern const char *const dnsbl_result_values[];

/* What a list says of one address or domain; only of a list that could be used. */
struct dnsbl_lookup_facts {
    const char *zone;
    enum dnsbl_result result;
    const char *reason; /* why it is not known */
    struct list codes;  /* dnsbl_code_facts */
    struct list texts;  /* texts: what the list says of the cause */
};
extern const struct shape dnsbl_lookup_shape;

struct dnsbl_subject_facts {
    const char *name;    /* address or domain */
    const char *kind;    /* as of a list */
    struct list lookups; /* dnsbl_lookup_facts */
};
extern const struct shape dnsbl_subject_shape;

struct dnsbl_facts {
    const char *source;   /* whose lists: "blocklists-2026" */
    struct list lists;    /* dnsbl_list_facts: those that know anything of this target's kinds */
    struct list subjects; /* dnsbl_subject_facts */
    struct list left_out; /* texts: addresses over the limit of questions */
};
extern const struct shape dnsbl_shape;

#endif
