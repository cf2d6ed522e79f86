/*
 * dnsbl_model.h - what blacklists say of one address or domain, all lists together
 */
#ifndef OUTPOST_REPORTS_DNSBL_MODEL_H
#define OUTPOST_REPORTS_DNSBL_MODEL_H

#include "reports/judgement.h"

/* Never NULL. */
const struct dnsbl_facts *observed_dnsbl(const struct judgement *judgement);
/* NULL: it was not looked up. */
const struct dnsbl_subject_facts *dnsbl_subject(const struct dnsbl_facts *facts, const char *name);
const struct dnsbl_list_facts *dnsbl_list(const struct dnsbl_facts *facts, const char *zone,
                                          const char *kind);
/* What it says of a subject, where it could be used; or NULL. */
const struct dnsbl_lookup_facts *dnsbl_lookup(const struct dnsbl_subject_facts *subject, const char *zone);
/* Do all its codes only say that no mail is to come from there directly? */
bool dnsbl_policy_only(const struct dnsbl_lookup_facts *lookup);
/* "Spamhaus ZEN (zen.spamhaus.org)"; arena memory, or "". */
const char *dnsbl_list_words(struct arena *arena, const struct dnsbl_list_facts *list);

/* Of the blacklists, without welcome lists. */
struct dnsbl_count {
    size_t lists;  /* that know this kind */
    size_t clean;  /* that know it not */
    size_t listed; /* that list it */
};
struct dnsbl_count dnsbl_count(const struct dnsbl_facts *facts, const struct dnsbl_subject_facts *subject);

#endif
