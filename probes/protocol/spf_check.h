/*
 * spf_check.h - check_host(): may this address send mail for this domain (RFC 7208 4)?
 *
 * Asks the DNS through a resolver, one question after the other, as receivers do. Within the limits of RFC 7208 4.6.4,
 * so that whatever the DNS says it ends: after ten terms with lookups, each with ten names; of a void lookup, terms
 * count and not questions. An answer that DNSSEC finds bogus is none: receivers that validate do not see it.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_SPF_CHECK_H
#define OUTPOST_PROBES_PROTOCOL_SPF_CHECK_H

#include "scanner/base/address.h"
#include "scanner/facts/spf.h"
#include "scanner/net/resolver.h"

enum { SPF_LOOKUPS_MAX = 10, SPF_NAMES_MAX = 10, SPF_VOID_LOOKUPS_MAX = 2 };

struct spf_limits {
    unsigned lookups; /* terms with lookups; at most SPF_LOOKUPS_MAX: so deep do records lead to records */
    unsigned names;   /* hosts of one mx, reverse names of the client */
    unsigned void_lookups;
};
static const struct spf_limits spf_limits = {SPF_LOOKUPS_MAX, SPF_NAMES_MAX, SPF_VOID_LOOKUPS_MAX};

struct spf_question {
    struct resolver *resolver;
    int64_t deadline;
    struct address client;
    const char
        *sender; /* MAIL FROM: "user@example.org"; empty or NULL: the identity is HELO (RFC 7208 2.4) */
    const char *helo;
    const char *receiver; /* for %{r}; may be NULL */
    int64_t now;          /* for %{t} */
    struct spf_limits limits;
};

struct spf_verdict {
    enum spf_result result;
    const char *domain;      /* of the identity */
    const char *record;      /* the domain in whose record the decision fell */
    const char *term;        /* NULL: no term matched */
    const char *network;     /* that the client is in */
    const char *reason;      /* of none and the errors */
    const char *explanation; /* of fail; NULL: the domain gives none */
    unsigned lookups, void_lookups;
};

/* Texts are clean, in `arena`. 0; -ECANCELED; -ENOMEM. On a task, unless the resolver answers at once. */
int spf_check(const struct spf_question *question, struct arena *arena, struct spf_verdict *ret);

#endif
