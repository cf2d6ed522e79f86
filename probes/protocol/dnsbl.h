/*
 * dnsbl.h - what is asked of a blacklist, and what its answers mean (RFC 5782)
 *
 * Pure: answers come from whoever asked.
 */
#ifndef OUTPOST_PROTOCOL_DNSBL_H
#define OUTPOST_PROTOCOL_DNSBL_H

#include "scanner/facts/dnsbl.h"
#include "scanner/net/resolver.h"
#include "targets/blocklists.h"

/* The name to ask for: "1.2.0.192.bl.example" for 192.0.2.1, 32 nibbles for IPv6, "example.org.bl.example". NULL when
 * out of memory. */
const char *dnsbl_name(const struct blocklist *list, const char *subject, struct arena *arena);

struct dnsbl_reading {
    enum dnsbl_result result; /* DNSBL_RESULT_NOT_OBSERVED: there is a fault */
    enum dnsbl_fault fault;
    const char *reason; /* of a fault, in words */
    struct list codes;  /* dnsbl_code_facts */
};

/* What an A answer says; `answer` may be NULL: it was not asked to the end. 0 or -ENOMEM. */
int dnsbl_read(const struct blocklist *list, const struct dns_answer *answer, struct arena *arena,
               struct dnsbl_reading *ret);

/* What the answers for the list's test entries say of it: the fault and its reason, or
 * DNSBL_FAULT_NOT_OBSERVED. An answer for an entry that the list does not have is NULL. 0 or -ENOMEM. */
int dnsbl_read_test(const struct blocklist *list, const struct dns_answer *listed,
                    const struct dns_answer *unlisted, struct arena *arena, enum dnsbl_fault *ret_fault,
                    const char **ret_reason);

/* Adds what a TXT answer says to *texts, cleaned and cut; nothing that holds the list's key. 0 or -ENOMEM. */
int dnsbl_read_texts(const struct blocklist *list, const struct dns_answer *answer, struct arena *arena,
                     struct list *texts);

#endif
