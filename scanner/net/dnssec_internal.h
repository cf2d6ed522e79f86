/*
 * dnssec_internal.h - what the modules of the validator share
 *
 *   dnssec.c            the resolver that asks another one and says what its answers are worth
 *   dnssec_answer.c     an answer: each link of its chain, wildcards, what is not there
 *   dnssec_chain.c      zones from the trust anchor down, found once and shared
 *   dnssec_zone.c       what is at one name on the way down
 *   dnssec_denial.c     NSEC and NSEC3
 *   dnssec_nsec3.c
 *   dnssec_signature.c  one RRset and its signatures
 */
#ifndef OUTPOST_NET_DNSSEC_INTERNAL_H
#define OUTPOST_NET_DNSSEC_INTERNAL_H

#include "scanner/net/dnssec.h"
#include "scanner/net/dnssec_records.h"

#define dnssec_too_hard_words "NSEC3 with more than 150 iterations, which validators do not count (RFC 9276)"

struct dnssec;

/* What may be spent on one question. Without this an answer of a few kilobytes costs minutes (KeyTrap,
 * CVE-2023-50387; NSEC3, CVE-2023-50868). */
struct dnssec_budget {
    unsigned verifications;     /* of signatures */
    unsigned hash_rounds;       /* of NSEC3 */
    struct dnssec_known *known; /* of the run; NULL: none */
};
enum {
    DNSSEC_VERIFICATIONS_MAX = 64, /* nine links of a chain, each with its proofs, need fewer */
    DNSSEC_HASH_ROUNDS_MAX = 20000,
    DNSSEC_ITERATIONS_MAX = 150,  /* RFC 9276 3.2 */
    DNSSEC_SIGNATURES_MAX = 8,    /* of one RRset that are looked at */
    DNSSEC_KEYS_OF_A_TAG_MAX = 4, /* keys that share tag and algorithm */
    DNSSEC_DENIALS_MAX = 32,      /* NSEC and NSEC3 RRsets of one answer */
    DNSSEC_LABELS_MAX = 48        /* of a name whose zone is looked for; ip6.arpa needs 34 */
};

/* Signatures that did verify: whether one does is a function of its bytes, those of the data and of the key, so the start
 * of authority of a thousand domains is paid for once. By SHA-256 of all that; time is no part of it. */
enum { DNSSEC_KNOWN_MAX = 4096, DNSSEC_KNOWN_SIZE = 32 };
struct dnssec_known {
    uint8_t digests[DNSSEC_KNOWN_MAX][DNSSEC_KNOWN_SIZE];
};

/* A verdict; `reason` is in words. */
struct dnssec_verdict {
    enum dns_security security; /* DNS_SECURITY_NOT_OBSERVED: not reached yet */
    const char *reason;
};

/* The keys of a zone that were proven, and what they belong to. */
struct dnssec_keys {
    struct dns_name zone;
    struct list keys; /* struct dnssec_key */
};

/* ---- dnssec_signature.c: RFC 4035 5.3 ---- */

struct dnssec_rrset {
    struct dns_name owner;
    uint16_t type;
    struct list records;    /* dns_record, no two the same */
    struct list signatures; /* struct dnssec_signature: those that cover it */
};

/* The RRset of a section. 0 (*ret->records may be empty); -ENOMEM; -EINVAL (not a name). */
int dnssec_rrset_find(const struct list *section, const char *name, uint16_t type, struct arena *arena,
                      struct dnssec_rrset *ret);

struct dnssec_signed {
    struct dnssec_verdict verdict; /* DNS_SECURE or DNS_BOGUS */
    bool sha1;                     /* no signature but those over SHA-1 verifies */
    unsigned labels;               /* of the owner it was signed for; fewer than it has: from a wildcard */
};

/* Is the RRset signed by one of these keys? 0 or -ENOMEM. */
int dnssec_verify(const struct dnssec_rrset *rrset, const struct dnssec_keys *keys, int64_t now,
                  struct dnssec_budget *budget, struct arena *arena, struct dnssec_signed *ret);
/* Labels of a name as the field of a signature counts them: without "*", RFC 4034 3.1.3. */
unsigned dnssec_signed_labels(const struct dns_name *owner);

/* ---- dnssec_denial.c: RFC 4035 5.4, RFC 5155 8 ---- */

/* A verified NSEC or NSEC3 record of a zone. */
struct dnssec_nsec {
    struct dns_name owner;
    struct dns_name next; /* NSEC */
    struct bytes types;
    bool is_nsec3;
    struct dnssec_nsec3 nsec3;
    struct bytes hash; /* NSEC3: of the owner */
};

struct dnssec_denial {
    struct dns_name zone;
    struct list records; /* struct dnssec_nsec */
    struct dnssec_budget *budget;
    struct arena *arena;
    const char *unusable; /* why records were left out, for the reason of a missing proof */
    bool out_of_memory;
};

/* What a proof shows. */
enum dnssec_proof {
    PROOF_MISSING,
    PROOF_SHOWN,
    PROOF_OPT_OUT,  /* shown, but for delegations without DS: RFC 5155 6 */
    PROOF_TOO_HARD, /* more iterations than we count: RFC 9276 3.2 */
};

/* Keeps a record for the proofs when it can serve; 0 or -ENOMEM. */
int dnssec_denial_add(struct dnssec_denial *denial, const struct dns_record *record,
                      const struct dns_name *owner);
/* The name is there and has no record of this type; *ret_types, if not NULL, are those that it has (NULL data:
 * none, or from a wildcard). */
enum dnssec_proof dnssec_denial_of_type(struct dnssec_denial *denial, const struct dns_name *name,
                                        uint16_t type, struct bytes *ret_types);
/* The name is not there, and no wildcard stands for it. */
enum dnssec_proof dnssec_denial_of_name(struct dnssec_denial *denial, const struct dns_name *name);
/* Nothing is closer to the name than a wildcard below the last `labels` labels of it. */
enum dnssec_proof dnssec_denial_of_closer(struct dnssec_denial *denial, const struct dns_name *name,
                                          unsigned labels);

/* dnssec_nsec3.c: the same by hashed names. */
enum dnssec_proof dnssec_nsec3_of_type(struct dnssec_denial *denial, const struct dns_name *name,
                                       uint16_t type, struct bytes *ret_types);
enum dnssec_proof dnssec_nsec3_of_name(struct dnssec_denial *denial, const struct dns_name *name);
enum dnssec_proof dnssec_nsec3_of_closer(struct dnssec_denial *denial, const struct dns_name *name,
                                         unsigned labels);

/* ---- dnssec_chain.c: RFC 4035 5 ---- */

/* A name on the way down: a zone of its own, or a name in the zone above. Shared; never changed once others
 * can see it. */
struct dnssec_zone;

/* Of what was found. */
struct dnssec_place {
    struct dnssec_zone *zone;      /* the caller's reference; the lowest zone that was reached, NULL: none */
    struct dnssec_verdict verdict; /* DNS_SECURE: `zone` has proven keys */
    bool nothing_below;            /* the zone has proven that a name above the target is not there */
};

/* The zone that the walk from the root to `target` ends in; adds a dns_zone_cut for each to `cuts`, which may be
 * NULL. 0; -ECANCELED; -ENOMEM. */
int dnssec_find_zone(struct dnssec *dnssec, const struct dns_name *target, int64_t deadline,
                     struct arena *arena, struct dnssec_place *ret, struct list *cuts);
/* Asks already for what that walk will ask for, when `name` is the target or below it. Never waits. */
void dnssec_foresee(struct dnssec *dnssec, const char *name);
void dnssec_zone_release(struct dnssec_zone *zone);
const struct dnssec_keys *dnssec_zone_keys(const struct dnssec_zone *zone);
bool dnssec_zone_sha1(const struct dnssec_zone *zone); /* its keys, or those above, rest on SHA-1 alone */
/* In words, when its keys, or those above, are those of a zone file, which no DS record stands for yet; or NULL. */
const char *dnssec_zone_awaited(const struct dnssec_zone *zone);

struct dnssec_chain;
int dnssec_chain_new(struct dnssec *dnssec, struct dnssec_chain **ret);
void dnssec_chain_free(struct dnssec_chain *chain);

/* ---- dnssec_answer.c ---- */

/* Fills in answer->security and its reason. 0; -ECANCELED; -ENOMEM. */
int dnssec_judge(struct dnssec *dnssec, struct dns_answer *answer, int64_t deadline, struct arena *arena);
/* One RRset, or the proof that there is none, in a zone whose keys are known: for the walk. */
struct dnssec_section {
    const struct dns_answer *answer;
    const struct dnssec_keys *keys;
    int64_t now;
    struct dnssec_budget *budget;
    struct arena *arena;
};
/* The NSEC and NSEC3 records of the authority section that the zone has signed. 0 or -ENOMEM. */
int dnssec_collect_denial(const struct dnssec_section *section, struct dnssec_denial *ret);
/* Does the zone say that `name` is an alias: a CNAME, or one made from a DNAME above it? 0 or -ENOMEM. */
int dnssec_judge_alias(const struct dnssec_section *section, const char *name, struct dnssec_verdict *ret);

/* ---- dnssec.c ---- */

struct dnssec {
    struct resolver resolver;
    struct engine *engine;
    struct resolver *inner;
    struct list anchors;      /* struct dns_record: DS and DNSKEY of the root */
    const char *no_anchor;    /* why there are none */
    int64_t time;             /* 0: the engine's */
    bool ahead;               /* dnssec_foresee() is worth it */
    const struct list *files; /* struct zone_file; NULL: none */
    struct dnssec_known known;
    struct dnssec_chain *chain;
};

int64_t dnssec_now(const struct dnssec *dnssec);
const char *dnssec_type_text(struct arena *arena, uint16_t type); /* "MX", "TYPE65" */

/* ---- dnssec_anchor.c ---- */

int dnssec_anchor_read(const char *file, struct arena *arena, struct list *ret, const char **ret_error);

#endif
