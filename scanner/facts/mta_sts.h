/*
 * mta_sts.h - what can be known of MTA-STS (RFC 8461): the record that announces a policy, and the policy file
 */
#ifndef OUTPOST_FACTS_MTA_STS_H
#define OUTPOST_FACTS_MTA_STS_H

#include "scanner/facts/dns.h"
#include "scanner/facts/fetch.h"

/* One TXT record at _mta-sts, taken apart (RFC 8461 3.1). */
struct mta_sts_record_facts {
    const char *text;
    enum known announces; /* it begins with "v=STSv1;": senders pass over all others */
    enum known intended;  /* it names the version somewhere, in whatever case: it was meant to announce */
    const char *id;       /* NULL: none that the grammar allows */
    const char *fault;    /* what breaks the grammar, in words; NULL: nothing, or not looked for */
    struct list remarks;  /* texts: what senders ignore */
};
extern const struct shape mta_sts_record_shape;

enum mta_sts_mode { MTA_STS_MODE_NOT_OBSERVED = 0, MTA_STS_ENFORCE, MTA_STS_TESTING, MTA_STS_NONE };
extern const char *const mta_sts_mode_values[];

/* A policy file (RFC 8461 3.2). */
struct mta_sts_policy_facts {
    enum known valid; /* by the grammar, and nothing is missing */
    const char *version;
    enum mta_sts_mode mode;
    struct number max_age;     /* seconds */
    struct list mx;            /* texts: patterns that the grammar allows, at most 256 */
    struct number mx_left_out; /* over that */
    struct list faults;        /* texts: "line 2: ...", at most 16 */
    struct list remarks;       /* texts: what senders ignore, at most 16 */
    struct list lines;         /* texts: the file as it came, at most 64 lines */
    struct bytes file;         /* the same, whole: at most 64 KiB */
};
extern const struct shape mta_sts_policy_shape;

/* One address of the policy host, asked for the policy. */
struct mta_sts_fetch_facts {
    const char *address;
    const char *source; /* "dns", "override" (--resolve) */
    const char *scope;  /* base/address: "global", "private", ... */
    enum known contacted;
    enum fetch_result result;
    const char *reason; /* in words, of all but an answer */
    struct number status;
    const char *content_type;
    const char *location; /* of a redirect, which senders do not follow */
    struct number size;   /* bytes of the body */
    struct number policy; /* which of `policies`, from 0: of an answer with status 200 */
    struct number milliseconds;
};
extern const struct shape mta_sts_fetch_shape;

struct mta_sts_facts {
    struct dns_question_facts *question; /* TXT of _mta-sts.DOMAIN */
    struct list records;                 /* mta_sts_record_facts, at most 16 */
    const char *host;                    /* "mta-sts.DOMAIN"; NULL: no record, so nobody looks for a policy */
    struct dns_question_facts *a;
    struct dns_question_facts *aaaa;
    struct list fetches;  /* mta_sts_fetch_facts: each address of the host */
    struct list policies; /* mta_sts_policy_facts: each different file once */
};
extern const struct shape mta_sts_shape;

#endif
