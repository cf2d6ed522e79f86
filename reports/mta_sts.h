/*
 * mta_sts.h - MTA-STS as a sender sees it that insists on it (RFC 8461 3.3, 4, 5): is there a policy it can
 * use, is a mail host in it, does a server meet it
 *
 * For whoever judges by it: reports/checks/mta_sts.c, mta_sts_hosts.c, certificate.c, delivery.c.
 */
#ifndef OUTPOST_REPORTS_MTA_STS_H
#define OUTPOST_REPORTS_MTA_STS_H

#include "reports/judgement.h"

/* May be NULL. */
const struct mta_sts_facts *observed_mta_sts(const struct judgement *judgement);

/* ---- the record ---- */

enum mta_sts_announcement {
    ANNOUNCEMENT_UNKNOWN = 0, /* the question has no answer */
    ANNOUNCEMENT_ABSENT,
    ANNOUNCEMENT_IGNORED, /* one was meant, but senders pass over it: it does not begin with "v=STSv1;" */
    ANNOUNCEMENT_SEVERAL, /* more than one: senders take none */
    ANNOUNCEMENT_FAULTY,
    ANNOUNCEMENT_VALID,
};
/* *ret_record is the record it is about, where there is one. */
enum mta_sts_announcement mta_sts_announcement(const struct mta_sts_facts *facts,
                                               const struct mta_sts_record_facts **ret_record);

/* ---- the policy, from one address ---- */

enum mta_sts_answer {
    ANSWER_UNKNOWN = 0, /* not asked, or nobody knows whose fault the silence is */
    ANSWER_DEAD,        /* nobody is there, for certain */
    ANSWER_WRONG,       /* something that senders do not take */
    ANSWER_USABLE,
};
/* *ret_words says what is wrong: "HTTP status 404". */
enum mta_sts_answer mta_sts_answer(struct judgement *judgement, const struct mta_sts_fetch_facts *fetch,
                                   const char **ret_words);
/* The policy of an answer; NULL: none. */
const struct mta_sts_policy_facts *mta_sts_policy_of(const struct mta_sts_facts *facts,
                                                     const struct mta_sts_fetch_facts *fetch);

/* ---- all together ---- */

enum mta_sts_state {
    MTA_STS_UNKNOWN = 0,
    MTA_STS_ABSENT,   /* nothing is announced */
    MTA_STS_UNUSABLE, /* something is, and senders do as if there were nothing */
    MTA_STS_USABLE,
};
struct mta_sts_view {
    enum mta_sts_state state;
    const char *reason;                        /* of all but a usable one */
    const struct mta_sts_policy_facts *policy; /* of a usable one; else NULL */
};
struct mta_sts_view mta_sts_view(struct judgement *judgement);
bool mta_sts_enforced(const struct mta_sts_view *view);

/* The pattern of the policy that the name of a mail host matches (RFC 8461 4.1); NULL: none. */
const char *mta_sts_match(const struct mta_sts_policy_facts *policy, const char *host);
/* Does the name of some mail host of the domain match the pattern? */
bool mta_sts_pattern_used(const struct judgement *judgement, const char *pattern);

/*
 * Does the server behind an address of a mail host have what a policy asks for: STARTTLS, and a certificate
 * for the name of the host that leads to a trusted root (RFC 8461 4.2)? *ret_words says what is wrong, or not
 * known.
 */
enum known mta_sts_meets(struct judgement *judgement, const struct mail_host_facts *host, const char *address,
                         const char **ret_words);

/* Rule 1 of the catalogue for trust, name and dates of a certificate: on port 25 they fail where an enforced
 * policy makes senders refuse it, and warn otherwise. */
enum outcome mta_sts_certificate_outcome(struct judgement *judgement, const struct endpoint_facts *endpoint);

/* ---- what to publish ---- */

/* Adds the record with a new id, as a step of the fix. */
void fix_mta_sts_record(struct judgement *judgement, struct finding *finding, const char *what);
/* Adds the whole file, with this mode, for the mail hosts as they are. */
void fix_mta_sts_file(struct judgement *judgement, struct finding *finding, enum mta_sts_mode mode);
/* The mode that is published, where there is one to keep; else testing, with which one begins. */
enum mta_sts_mode mta_sts_mode_to_keep(const struct judgement *judgement);

#endif
