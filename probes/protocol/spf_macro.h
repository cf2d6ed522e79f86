/*
 * spf_macro.h - macros in SPF records and explanations (RFC 7208 7): "%{ir}.%{v}._spf.%{d2}"
 *
 * Pure.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_SPF_MACRO_H
#define OUTPOST_PROBES_PROTOCOL_SPF_MACRO_H

#include "scanner/base/address.h"
#include "scanner/base/bytes.h"

struct arena;

/* Where the text stands: explanations may use c, r and t as well, and hold spaces. */
enum spf_place { SPF_IN_NAMES, SPF_IN_EXPLANATION };

struct spf_values {
    struct address client;
    const char *local;         /* of the sender, "postmaster" when it has none */
    const char *sender_domain; /* %{o} */
    const char *domain;        /* %{d}: whose record it is */
    const char *helo;
    const char *validated; /* %{p}; NULL: "unknown" */
    const char *receiver;  /* %{r}; NULL: "unknown" */
    int64_t now;           /* %{t}: seconds since 1970 */
};

/* What breaks the grammar of a macro-string, in words, and where; NULL when nothing does. */
const char *spf_macro_fault(struct bytes text, enum spf_place place, size_t *ret_at);
/* The same of a domain-spec: it ends in a macro or a top label. */
const char *spf_domain_fault(struct bytes text, size_t *ret_at);
/* Does it use one of these macro letters, in either case? */
bool spf_macro_uses(struct bytes text, const char *letters);

/* The text, which has no fault, with its macros replaced; at most SPF_EXPANSION_MAX bytes of it. Anybody's bytes may
 * be in it. 0 or -ENOMEM. */
enum { SPF_EXPANSION_MAX = 4096 };
int spf_macro_expand(struct bytes text, const struct spf_values *values, struct arena *arena,
                     struct bytes *ret);

/*
 * An expanded domain-spec as a name to ask for, in the escaped form of resolver.h: without its final dot, and
 * without as many labels from the left as make it longer than 253 bytes (RFC 7208 7.3). 0; -EINVAL: no name can
 * be made of it (4.8: nothing is there); -ENOMEM.
 */
int spf_name(struct bytes expanded, struct arena *arena, const char **ret);

#endif
