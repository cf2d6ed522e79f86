/*
 * dnssec.h - a resolver that asks another one and validates what it says (RFC 4035 5)
 *
 *   ask --> inner resolver, CD set --> the answer --> zones from the root's trust anchor down (DS, DNSKEY)
 *                                               --> every RRset, wildcard and denial of the answer
 *       --> answer->security: secure, insecure, bogus, indeterminate, with the reason in words
 *
 * Answers that do not validate are handed over all the same: whoever asks looks at `security`. A resolver that
 * drops signatures makes everything indeterminate, never insecure nor bogus.
 */
#ifndef OUTPOST_NET_DNSSEC_H
#define OUTPOST_NET_DNSSEC_H

#include "scanner/net/resolver.h"
#include "scanner/net/task.h"

struct dnssec_options {
    /* DS or DNSKEY records of the root as in a zone file. NULL: Debian's; without it all is indeterminate. */
    const char *trust_anchor;
    int64_t time; /* seconds since 1970 by which signatures are judged; 0: the engine's clock */
    bool ahead;   /* `inner` keeps answers: keys are asked for beside the question that they are for */
    /* struct zone_file, what `inner` answers from (zone_file.h): where the zone above has no DS record of such a
     * zone yet, its own keys stand in, and the reason of DNS_SECURE says so. NULL: none. */
    const struct list *files;
};

/* `inner` outlives it. 0; -ENOENT, -EINVAL, ... with *ret_error in words (a trust anchor that cannot be read);
 * -ENOMEM. */
int dnssec_new(struct engine *engine, struct resolver *inner, const struct dnssec_options *options,
               struct arena *arena, struct resolver **ret, const char **ret_error);
/* Nobody may be asking any more. From the last task, as dns_free. NULL is allowed. */
void dnssec_free(struct resolver *resolver);

#endif
