/*
 * dkim.h - what checks and chapters ask of the DKIM facts
 *
 * Facts may come from a stored scan that somebody made up: any text may be NULL, any list empty.
 */
#ifndef OUTPOST_REPORTS_DKIM_H
#define OUTPOST_REPORTS_DKIM_H

#include "reports/judgement.h"

const struct dkim_facts *observed_dkim(const struct judgement *judgement); /* may be NULL */
/* The record of a selector that is meant to be a key; *ret_count: so many are. NULL: none. */
const struct dkim_record_facts *dkim_key_record(const struct dkim_selector_facts *selector,
                                                size_t *ret_count);
/* The only one, when verifiers can use it; else NULL. */
const struct dkim_record_facts *dkim_usable_key(const struct dkim_selector_facts *selector);
/* Does it have damage that keeps verifiers from using it? White space alone does not. */
bool dkim_is_damaged(const struct dkim_record_facts *record);
bool dkim_is_rsa(const struct dkim_record_facts *record);
/* "RSA 2048", "Ed25519" */
const char *dkim_key_words(struct judgement *judgement, const struct dkim_record_facts *record);
/* The name that has the record: behind aliases. NULL: not known. */
const char *dkim_owner(const struct dkim_selector_facts *selector);
/* The domain with this selector, as "mail._domainkey.example.org". */
struct subject subject_selector(struct judgement *judgement, const struct dkim_selector_facts *selector);
/* Is it known that the domain does not exist? */
bool domain_is_missing(const struct judgement *judgement);
/* Calls `judge_one` for each selector, for a target that has a domain that exists. */
void judge_selectors(struct judgement *judgement, const struct check *check,
                     void (*judge_one)(struct judgement *judgement, const struct check *check,
                                       const struct subject *subject,
                                       const struct dkim_selector_facts *selector));

#endif
