/*
 * policy.h - how facts are judged: severities, grade caps, thresholds and profiles, as data
 *
 * The built-in policy is reports/policy/mail-2026.json; --policy takes a name or a file of the same schema
 * (reports/schemas/policy-1.json).
 */
#ifndef OUTPOST_REPORTS_POLICY_H
#define OUTPOST_REPORTS_POLICY_H

#include "reports/judgement.h"

struct policy;

/* NULL: the built-in one. What a file does not say is as in the built-in one. 0; -ENOENT (or another error of
 * reading), -EINVAL with *ret_error in words (which member, what is wrong); -ENOMEM. */
int policy_load(const char *name_or_file, struct arena *arena, const struct policy **ret,
                const char **ret_error);
const char *policy_name(const struct policy *policy);
const char *policy_sha256(const struct policy *policy); /* hex, of the file's bytes */
enum severity policy_severity(const struct policy *policy, const struct check *check);
/* The grade that a finding caps its area at, or NULL: by outcome and severity, or named for this check. */
const char *policy_cap(const struct policy *policy, const struct finding *finding);
/* Did it name the cap for this check and outcome? */
bool policy_names_cap(const struct policy *policy, const struct finding *finding);
/* The grade that a fault of a port's TLS caps the grade of its TLS at (tls_grade.h), or NULL; as
 * policy_threshold. */
const char *policy_tls_cap(const struct policy *policy, const char *name, bool opportunistic);
/* struct profile (profile.h): what tls.profile compares with. */
const struct list *policy_profiles(const struct policy *policy);
/* struct mail_client (mail_clients.h): who comes to a port; the built-in ones. */
const struct list *policy_clients(const struct policy *policy);
/* Must this check have been tested for its area to earn an A? */
bool policy_essential(const struct policy *policy, const struct check *check);
/* A threshold by name ("cert.expiry.warn_days", ...); aborts the test suite when the name is not in the
 * schema. */
double policy_threshold(const struct policy *policy, const char *name);

#endif
