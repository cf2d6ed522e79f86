/*
 * dmarc.h - what the DMARC facts say to whoever judges or shows them, and records to publish
 */
#ifndef OUTPOST_REPORTS_DMARC_H
#define OUTPOST_REPORTS_DMARC_H

#include "reports/judgement.h"

/* May be NULL. */
const struct dmarc_facts *observed_dmarc(const struct judgement *judgement);
const struct dmarc_step_facts *dmarc_step_of(const struct dmarc_facts *facts,
                                             const char *domain); /* or NULL */
/* The one record at a name, or NULL. */
const struct dmarc_record_facts *dmarc_record_of(const struct dmarc_step_facts *step);

/* What applies to mail from the domain by RFC 9989; never NULL. */
const struct dmarc_outcome_facts *dmarc_current(const struct dmarc_facts *facts);
/* The record that it comes from; NULL: none, or not known. */
const struct dmarc_record_facts *dmarc_applied(const struct dmarc_facts *facts);
/* Is a policy known to apply to mail from the domain? */
bool dmarc_has_policy(const struct dmarc_facts *facts);
/* Of the domain, a subdomain and a name that does not exist (0 to 2), by RFC 9989 and by RFC 7489. May be NULL. */
enum { DMARC_KINDS = 3 };
const struct dmarc_outcome_facts *dmarc_outcome(const struct dmarc_receiver_facts *receiver, size_t kind);
/* Does a receiver with the Public Suffix List take another record, or measure alignment by another domain? */
bool dmarc_older_differs(const struct dmarc_facts *facts);

const char *dmarc_policy_word(enum dmarc_policy policy); /* "reject"; "no policy" */
/* "reject", "reject for 50 % of the mail, quarantine for the rest", "no policy", "not known". Arena memory. */
const char *dmarc_outcome_words(struct arena *arena, const struct dmarc_outcome_facts *outcome);

/* ---- records to publish ---- */

/* A tag and its new value; NULL: the tag goes. */
struct dmarc_change {
    const char *tag;
    const char *value;
};
/* The text of a record with its tags changed, in their order; what is no tag, or there again, is left out. NULL: it
 * has bytes that we would not print into a zone file, or memory ran out. */
const char *dmarc_text_with(struct judgement *judgement, const struct dmarc_record_facts *record,
                            const struct dmarc_change *changes, size_t count);
/* What is written for a tag there; NULL: nothing. */
const char *dmarc_tag_value(struct judgement *judgement, const struct dmarc_record_facts *record,
                            const char *tag);
/* The record of somebody who begins: "v=DMARC1; p=none; rua=mailto:dmarc@example.org". */
const char *dmarc_text_to_begin(struct judgement *judgement, const char *domain, bool takes_mail);
/* Adds the line of a zone file as a step. */
void fix_dmarc_record(struct judgement *judgement, struct finding *finding, const char *what,
                      const char *domain, const char *text);
/* The same with the text of a record changed; where that cannot be printed, the changes in words. */
void fix_dmarc_change(struct judgement *judgement, struct finding *finding, const char *what,
                      const char *domain, const struct dmarc_record_facts *record,
                      const struct dmarc_change *changes, size_t count);

/* ---- for the checks ---- */

/* The facts, when there is something to judge; else adds why not, and returns NULL. */
const struct dmarc_facts *dmarc_to_judge(struct judgement *judgement, const struct check *check,
                                         const struct subject *subject);
/* Adds that it is not known which record applies, and why. */
void dmarc_not_looked_up(struct judgement *judgement, const struct check *check,
                         const struct subject *subject, const struct dmarc_facts *facts);
/* As dmarc_to_judge, and a policy applies. */
const struct dmarc_facts *dmarc_policy_to_judge(struct judgement *judgement, const struct check *check,
                                                const struct subject *subject);
/* The steps of the walk that a receiver comes to, as evidence. */
void evidence_dmarc_walk(struct judgement *judgement, struct finding *finding,
                         const struct dmarc_facts *facts);

#endif
