/*
 * dmarc.h - what can be known of DMARC (RFC 9989): the walk up the tree, the records on it, what receivers make of
 * them, and where reports go (RFC 9990)
 */
#ifndef OUTPOST_FACTS_DMARC_H
#define OUTPOST_FACTS_DMARC_H

#include "scanner/facts/dns.h"

enum dmarc_policy { DMARC_POLICY_NOT_OBSERVED = 0, DMARC_NONE, DMARC_QUARANTINE, DMARC_REJECT };
extern const char *const dmarc_policy_values[];

/* Is the domain a public suffix, below which others have theirs? */
enum dmarc_psd { DMARC_PSD_NOT_OBSERVED = 0, DMARC_PSD_UNSAID, DMARC_PSD_YES, DMARC_PSD_NO };
extern const char *const dmarc_psd_values[];

/* What receivers do with a record: RFC 9989 4.10.1. */
enum dmarc_use {
    DMARC_USE_NOT_OBSERVED = 0,
    DMARC_AS_WRITTEN,
    DMARC_AS_NONE, /* its policies are missing or not valid, but it asks for reports */
    DMARC_UNUSABLE,
};

/* One URI of rua or ruf. */
struct dmarc_uri_facts {
    const char *uri;        /* as it stands there */
    const char *address;    /* of a valid mailto: URI; else NULL */
    const char *host;       /* of that address, lower case */
    const char *size_limit; /* "10m" behind a "!", which RFC 9989 removed */
    const char *fault;      /* NULL: none */
};
extern const struct shape dmarc_uri_shape;

/* One TXT record at _dmarc, taken apart. */
struct dmarc_record_facts {
    const char *text;
    enum known announces; /* it begins with "v=DMARC1": receivers pass over all others */
    enum known intended;  /* it names the version somewhere, in whatever case */
    enum dmarc_use use;
    enum dmarc_use older_use; /* the same by RFC 7489, which knows no np */
    enum dmarc_policy policy; /* this and the next two: what is written, when it is valid */
    enum dmarc_policy subdomain_policy;
    enum dmarc_policy nonexistent_policy;
    enum known strict_dkim; /* alignment */
    enum known strict_spf;
    enum known testing;
    enum dmarc_psd psd;
    struct number percent; /* pct, when it is there and valid */
    struct list rua;       /* dmarc_uri_facts, at most 16 */
    struct list ruf;       /* the same */
    struct list faults;    /* texts: what is not valid, and what counts instead; at most 16 */
    struct list removed;   /* texts: "pct=50"; at most 16 */
    struct list remarks;   /* texts: what receivers ignore; at most 16 */
};
extern const struct shape dmarc_record_shape;

enum dmarc_step_result {
    DMARC_STEP_NOT_OBSERVED = 0,
    DMARC_STEP_FAILED, /* no answer: nothing is known from here on */
    DMARC_STEP_ABSENT,
    DMARC_STEP_RECORD,
    DMARC_STEP_SEVERAL, /* receivers discard all of them */
};

/* One name of the walk. All are asked at once, also those that a receiver would not come to. */
struct dmarc_step_facts {
    const char *domain; /* without the _dmarc in front */
    struct dns_question_facts *question;
    enum dmarc_step_result result;
    enum known walked;   /* a receiver comes here */
    struct list records; /* dmarc_record_facts, at most 16 */
};
extern const struct shape dmarc_step_shape;

/* What applies to mail from a name. */
struct dmarc_outcome_facts {
    enum known decided;                /* no: a question failed that it depends on */
    const char *organizational_domain; /* NULL: not known */
    const char *record_at;             /* the domain whose record applies; NULL: none does */
    enum dmarc_policy policy;          /* not observed: no DMARC for this mail */
    struct number percent;             /* of the mail; by RFC 7489 only, the rest gets the next weaker */
};
extern const struct shape dmarc_outcome_shape;

struct dmarc_receiver_facts {
    struct dmarc_outcome_facts *domain;
    struct dmarc_outcome_facts *subdomain;   /* one that exists and has no record */
    struct dmarc_outcome_facts *nonexistent; /* one that does not exist */
};
extern const struct shape dmarc_receiver_shape;

/* Where reports are to go: an address of the record that applies to the domain. */
struct dmarc_destination_facts {
    const char *tag; /* "rua", "ruf" */
    const char *address;
    const char *host;
    const char *organizational_domain; /* of the host */
    enum known external;               /* another organization's */
    struct dns_question_facts *question;
    enum known authorised;   /* of an external one: its host agreed (RFC 9990) */
    struct list replacement; /* dmarc_uri_facts: addresses that it wants instead */
    struct dns_question_facts *mx;
    struct dns_question_facts *a;
    struct dns_question_facts *aaaa;
    enum known takes_mail; /* it has mail exchangers, or an address */
};
extern const struct shape dmarc_destination_shape;

struct dmarc_facts {
    struct list steps;         /* dmarc_step_facts, from the domain upwards, at most 8 */
    const char *stopped;       /* why a receiver's walk ends, in words */
    const char *suffix_domain; /* the organizational domain by the Public Suffix List; NULL: not known */
    struct dmarc_receiver_facts *current; /* what receivers do by RFC 9989 */
    struct dmarc_receiver_facts *older;   /* and by RFC 7489 */
    struct list destinations;             /* dmarc_destination_facts, at most 8 */
    struct number destinations_left_out;  /* over that */
};
extern const struct shape dmarc_shape;

#endif
