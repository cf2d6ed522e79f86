/*
 * profile_rules.h - the rules of a class of a profile: which of them a thing falls under, and what they want instead
 */
#ifndef OUTPOST_REPORTS_PROFILE_RULES_H
#define OUTPOST_REPORTS_PROFILE_RULES_H

#include "reports/judgement.h"

enum profile_attribute {
    PROFILE_NAME,
    PROFILE_VERSION,
    PROFILE_VALUE, /* of a feature */
    PROFILE_KEY_EXCHANGE,
    PROFILE_AUTHENTICATION,
    PROFILE_CIPHER,
    PROFILE_MODE,
    PROFILE_MAC,
    PROFILE_KIND, /* of a group */
    PROFILE_KEY,
    PROFILE_HASH,
    PROFILE_CURVE,
    PROFILE_SIGNATURE, /* of a certificate */
    PROFILE_BITS,      /* from here on numbers: "bits_below", "bits_above" */
    PROFILE_STRENGTH,
    PROFILE_LIFETIME_DAYS,
};
enum { PROFILE_ATTRIBUTES = PROFILE_LIFETIME_DAYS + 1 };

struct profile_condition {
    enum profile_attribute attribute;
    struct list texts; /* one of these, for texts */
    bool below;        /* else above, for numbers */
    int64_t bound;
};

struct profile_rule {
    struct list conditions; /* profile_condition; none: whatever it is */
    size_t level;
};

/* One thing of a class. */
struct profile_item {
    const char *texts[PROFILE_BITS]; /* a feature without a value was not seen */
    struct number numbers[PROFILE_ATTRIBUTES - PROFILE_BITS];
    const char *words; /* "TLS_RSA_WITH_AES_128_CBC_SHA"; its version stands before it */
    /* Of a certificate, "RSA 2048, valid for 90 days", "RSA 2048, signed with ..."; NULL: not known. */
    const char *lifetime, *signed_with;
};

/* The rule that gives the level; NULL: none, and it is as good as can be. */
const struct profile_rule *profile_rule_of(const struct list *rules, const struct profile_item *item);

/* "RSA 2048, wanted: at least 3072 bits": words for a certificate or a Diffie-Hellman group that is worse than the
 * profile allows, in the part that is. */
const char *profile_wanted(struct judgement *judgement, const struct list *rules, size_t meets,
                           const struct profile_item *item);

#endif
