/*
 * mta_sts.c - the policy by which a domain asks senders to insist on TLS: announced, fetched, strict, lasting
 *
 * RFC 8461 3.1 (record), 3.2 (file), 3.3 (how it is fetched). What it means for the mail hosts is in
 * mta_sts_hosts.c.
 */
#include "reports/mta_sts.h"

#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/text.h"

#include <string.h>

static const char *const takes_no_mail = "the domain takes no mail";

/* Adds the finding when MTA-STS is nothing for this target; true when there is nothing more to say. */
static bool is_elsewhere(struct judgement *judgement, const struct check *check,
                         const struct subject *subject)
{
    if (observed_dns(judgement)->domain == NULL)
        return true;
    if (!domain_takes_no_mail(judgement))
        return false;
    finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE, takes_no_mail);
    return true;
}

/* Adds the finding that follows from a view without a policy. */
static void judge_without_policy(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct mta_sts_view *view)
{
    finding_untested(judgement, check, subject,
                     view->state == MTA_STS_UNKNOWN ? OUTCOME_NOT_TESTED : OUTCOME_NOT_APPLICABLE,
                     view->reason);
}

/* ---- mta_sts.record ---- */

static void evidence_records(struct judgement *judgement, struct finding *finding,
                             const struct mta_sts_facts *facts)
{
    evidence_question(judgement, finding, facts->question);
    for (size_t i = 0; i < facts->records.count; i++) {
        const struct mta_sts_record_facts *record = facts->records.items[i];

        evidence_lines(judgement, finding, &record->remarks);
    }
}

static size_t count_announcing(const struct mta_sts_facts *facts)
{
    size_t count = 0;

    for (size_t i = 0; i < facts->records.count; i++)
        count += ((const struct mta_sts_record_facts *)facts->records.items[i])->announces == YES;
    return count;
}

static struct finding *judge_announcement(struct judgement *judgement, const struct check *check,
                                          const struct subject *subject, const struct mta_sts_facts *facts)
{
    const struct mta_sts_record_facts *record = NULL;
    struct finding *finding = NULL;

    switch (mta_sts_announcement(facts, &record)) {
    case ANNOUNCEMENT_UNKNOWN:
        return finding_record_lost(judgement, check, subject, facts == NULL ? NULL : facts->question);
    case ANNOUNCEMENT_ABSENT: /* what that means is said by mta_sts.mode */
        return finding_add(judgement, check, subject, OUTCOME_INFO, "No MTA-STS policy is announced");
    case ANNOUNCEMENT_IGNORED:
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The MTA-STS record does not begin with \"v=STSv1;\": senders pass over it");
        break;
    case ANNOUNCEMENT_SEVERAL:
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL,
                        "There are %zu MTA-STS records: senders take none of them", count_announcing(facts));
        break;
    case ANNOUNCEMENT_FAULTY:
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "The MTA-STS record is not valid: %s",
                              text_or(record->fault, "?"));
        break;
    case ANNOUNCEMENT_VALID:
        return finding_add(judgement, check, subject, OUTCOME_PASS,
                           "One valid MTA-STS record, with the id %s", text_or(record->id, "?"));
    }
    fix_mta_sts_record(judgement, finding, "Publish exactly one record, and remove the others");
    return finding;
}

static void judge_record(struct judgement *judgement, const struct check *check)
{
    const struct mta_sts_facts *facts = observed_mta_sts(judgement);
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (is_elsewhere(judgement, check, &subject))
        return;
    finding = judge_announcement(judgement, check, &subject, facts);
    if (facts != NULL)
        evidence_records(judgement, finding, facts);
}

const struct check check_mta_sts_record = {
    .id = "mta_sts.record",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_TRANSPORT,
    .title = "One record announces an MTA-STS policy",
    .why =
        "Senders look for a policy only when one valid record announces it; otherwise they deliver without "
        "any, and whoever sits on the way can read along.",
    .reference = "RFC 8461 section 3.1",
    .explanation =
        "The TXT record at _mta-sts.DOMAIN, also behind a CNAME, must be the only one that begins with "
        "\"v=STSv1;\". It has an id of 1 to 32 letters and digits, which changes whenever the policy does. "
        "Senders "
        "ignore fields that they do not know; of a field that is there twice only the first counts.\n\n"
        "Fix: publish one record: _mta-sts.example.org. IN TXT \"v=STSv1; id=20261122;\"",
    .judge = judge_record,
};

/* ---- mta_sts.policy ---- */

/* How the addresses of the policy host fared. */
struct tally {
    size_t usable, wrong, dead, unknown;
    const struct mta_sts_policy_facts *policy, *other; /* the first usable one, and one that differs */
    const struct mta_sts_fetch_facts *worst;           /* wrong, else dead, else unknown */
    const char *words;                                 /* about the worst */
};

static void count_answer(struct tally *tally, const struct mta_sts_facts *facts,
                         const struct mta_sts_fetch_facts *fetch, enum mta_sts_answer answer,
                         const char *words)
{
    const struct mta_sts_policy_facts *policy = mta_sts_policy_of(facts, fetch);
    bool worst = false;

    switch (answer) {
    case ANSWER_USABLE:
        tally->usable++;
        if (tally->policy == NULL)
            tally->policy = policy;
        else if (tally->policy != policy)
            tally->other = policy;
        break;
    case ANSWER_WRONG:
        worst = tally->wrong++ == 0;
        break;
    case ANSWER_DEAD:
        worst = tally->dead++ == 0 && tally->wrong == 0;
        break;
    case ANSWER_UNKNOWN:
        worst = tally->unknown++ == 0 && tally->wrong == 0 && tally->dead == 0;
        break;
    }
    if (worst) {
        tally->worst = fetch;
        tally->words = words;
    }
}

static struct tally tally_answers(struct judgement *judgement, const struct mta_sts_facts *facts)
{
    struct tally tally = {0};

    for (size_t i = 0; i < facts->fetches.count; i++) {
        const struct mta_sts_fetch_facts *fetch = facts->fetches.items[i];
        const char *words;
        enum mta_sts_answer answer = mta_sts_answer(judgement, fetch, &words);

        count_answer(&tally, facts, fetch, answer, words);
    }
    return tally;
}

static void evidence_answers(struct judgement *judgement, struct finding *finding,
                             const struct mta_sts_facts *facts)
{
    evidence_question(judgement, finding, facts->a);
    evidence_question(judgement, finding, facts->aaaa);
    for (size_t i = 0; i < facts->fetches.count; i++) {
        const struct mta_sts_fetch_facts *fetch = facts->fetches.items[i];
        const char *words;

        if (mta_sts_answer(judgement, fetch, &words) == ANSWER_USABLE)
            words = "a valid policy";
        finding_evidence(judgement, finding, "https://%s/.well-known/mta-sts.txt at %s: %s%s",
                         text_or(facts->host, "?"), text_or(fetch->address, "?"),
                         fetch->contacted == NO ? "not asked, " : "", words);
    }
    for (size_t i = 0; i < facts->policies.count; i++) {
        const struct mta_sts_policy_facts *policy = facts->policies.items[i];

        evidence_lines(judgement, finding, &policy->faults);
        evidence_lines(judgement, finding, &policy->remarks);
    }
}

/* How to mend what one address answers. */
static void fix_answer(struct judgement *judgement, struct finding *finding,
                       const struct mta_sts_facts *facts, const struct mta_sts_fetch_facts *fetch)
{
    const char *host = facts->host;

    if (!host_name_valid(host))
        return;
    switch (fetch->result) {
    case FETCH_REFUSED:
    case FETCH_UNREACHED:
        finding_fix(judgement, finding,
                    "Let the web server listen on %s, or remove this record:\n  %s. IN %s %s", fetch->address,
                    host, is_ipv6(fetch->address) ? "AAAA" : "A", fetch->address);
        return;
    case FETCH_CERTIFICATE:
        finding_fix(judgement, finding,
                    "Get a certificate for the policy host, for example:\n  certbot certonly -d %s\nand name "
                    "it, with its whole chain, in the web server's section for this host",
                    host);
        return;
    case FETCH_SLOW:
    case FETCH_TOO_LARGE:
    case FETCH_BROKEN:
    case FETCH_ANSWERED:
        finding_fix(
            judgement, finding,
            "Serve the file itself, without a redirect. In nginx:\n  server {\n      server_name %s;\n      "
            "location = /.well-known/mta-sts.txt {\n          default_type text/plain;\n          root "
            "/var/www/mta-sts;\n      }\n  }",
            host);
        fix_mta_sts_file(judgement, finding, mta_sts_mode_to_keep(judgement));
        fix_mta_sts_record(judgement, finding, "Then give it a new id");
        return;
    case FETCH_NOT_OBSERVED:
        break;
    }
}

static bool same_policy(const struct mta_sts_policy_facts *a, const struct mta_sts_policy_facts *b)
{
    if (a->mode != b->mode || a->max_age.value != b->max_age.value || a->mx.count != b->mx.count)
        return false;
    for (size_t i = 0; i < a->mx.count; i++)
        if (!list_has_text(&b->mx, a->mx.items[i]))
            return false;
    return true;
}

static struct finding *judge_good_policy(struct judgement *judgement, const struct check *check,
                                         const struct subject *subject, const struct tally *tally)
{
    const struct mta_sts_policy_facts *policy = tally->policy;

    if (tally->other != NULL && !same_policy(policy, tally->other)) {
        struct finding *finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                                              "The addresses of the policy host give different policies");

        fix_mta_sts_file(judgement, finding, mta_sts_mode_to_keep(judgement));
        return finding;
    }
    return finding_add(judgement, check, subject, policy->remarks.count == 0 ? OUTCOME_PASS : OUTCOME_INFO,
                       policy->remarks.count == 0
                           ? "The MTA-STS policy is fetched as senders do it, and is valid"
                           : "The MTA-STS policy is valid, and has lines that senders ignore");
}

static struct finding *judge_answers(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct mta_sts_facts *facts)
{
    struct tally tally = tally_answers(judgement, facts);
    struct finding *finding;

    if (tally.wrong + tally.dead == 0) {
        if (tally.usable > 0)
            return judge_good_policy(judgement, check, subject, &tally);
        return finding_untested(
            judgement, check, subject, OUTCOME_NOT_TESTED,
            text_or(tally.words, "the addresses of the policy host could not be looked up"));
    }
    if (tally.wrong == 0 && tally.usable + tally.unknown > 0)
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "%s, an address of the policy host, does not give the MTA-STS policy: %s",
                              text_or(tally.worst->address, "?"), tally.words);
    else
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "Senders %s the MTA-STS policy: %s",
                              tally.usable > 0 ? "cannot always use" : "cannot use", tally.words);
    fix_answer(judgement, finding, facts, tally.worst);
    return finding;
}

static struct finding *judge_no_address(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject, const struct mta_sts_facts *facts)
{
    struct finding *finding;

    if (!question_denied(facts->a) || !question_denied(facts->aaaa))
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                "the addresses of the policy host could not be looked up");
    finding =
        finding_add(judgement, check, subject, OUTCOME_FAIL,
                    "The policy host %s has no address: senders find no policy", text_or(facts->host, "?"));
    if (host_name_valid(facts->host))
        finding_fix(judgement, finding,
                    "Let the name lead to a web server:\n  %s. IN A <address of the web server>",
                    facts->host);
    fix_mta_sts_file(judgement, finding, MTA_STS_TESTING);
    return finding;
}

static void judge_policy(struct judgement *judgement, const struct check *check)
{
    const struct mta_sts_facts *facts = observed_mta_sts(judgement);
    struct subject subject = subject_domain(judgement);
    const struct mta_sts_record_facts *record = NULL;
    struct finding *finding;

    if (is_elsewhere(judgement, check, &subject))
        return;
    switch (mta_sts_announcement(facts, &record)) {
    case ANNOUNCEMENT_UNKNOWN:
        finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                         "the record that announces it could not be looked up");
        return;
    case ANNOUNCEMENT_ABSENT:
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "no policy is announced");
        return;
    case ANNOUNCEMENT_IGNORED: /* what is wrong with the file is said at once, not after the next scan */
    case ANNOUNCEMENT_SEVERAL:
    case ANNOUNCEMENT_FAULTY:
    case ANNOUNCEMENT_VALID:
        break;
    }
    finding = facts->fetches.count == 0 ? judge_no_address(judgement, check, &subject, facts)
                                        : judge_answers(judgement, check, &subject, facts);
    evidence_answers(judgement, finding, facts);
}

const struct check check_mta_sts_policy = {
    .id = "mta_sts.policy",
    .severity = SEVERITY_HIGH,
    .area = AREA_TRANSPORT,
    .title = "The MTA-STS policy can be fetched and is valid",
    .why = "A policy that senders cannot fetch or read protects nobody, though the record promises one.",
    .reference = "RFC 8461 sections 3.2 and 3.3",
    .explanation =
        "The file https://mta-sts.DOMAIN/.well-known/mta-sts.txt is fetched from every address of the policy "
        "host, as senders do it: with a certificate that is valid for mta-sts.DOMAIN, HTTP status 200, no "
        "redirect, the media type text/plain, at most 64 KiB, within a minute. It must have version, mode, "
        "max_age and, unless the mode is none, at least one mx, a host name or one with \"*.\" for its "
        "left-most "
        "label. "
        "An address that does not answer while another gives the policy warns: not every sender tries the "
        "next.\n\n"
        "Fix: serve the file, with its own certificate, on every address that mta-sts.DOMAIN has.",
    .judge = judge_policy,
};

/* ---- mta_sts.mode ---- */

static void judge_mode_of(struct judgement *judgement, const struct check *check,
                          const struct subject *subject, const struct mta_sts_policy_facts *policy)
{
    struct finding *finding = NULL;

    switch (policy->mode) {
    case MTA_STS_ENFORCE:
        finding_add(judgement, check, subject, OUTCOME_PASS,
                    "The policy is enforced: senders that follow it deliver over verified TLS or not at all");
        return;
    case MTA_STS_TESTING:
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "The policy is in testing: senders report failures, and deliver nevertheless");
        finding_fix(
            judgement, finding,
            "When mta_sts.mx and mta_sts.certificate pass and the reports tell of no failure, enforce "
            "it");
        fix_mta_sts_file(judgement, finding, MTA_STS_ENFORCE);
        fix_mta_sts_record(judgement, finding, "Then give it a new id");
        return;
    case MTA_STS_NONE:
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "The policy's mode is none: it asks nothing of senders");
        fix_mta_sts_file(judgement, finding, MTA_STS_TESTING);
        fix_mta_sts_record(judgement, finding, "Then give it a new id");
        return;
    case MTA_STS_MODE_NOT_OBSERVED:
        break;
    }
    finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED, "the mode is not known");
}

static void judge_mode(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    struct mta_sts_view view;
    struct finding *finding;

    if (is_elsewhere(judgement, check, &subject))
        return;
    view = mta_sts_view(judgement);
    switch (view.state) {
    case MTA_STS_USABLE:
        judge_mode_of(judgement, check, &subject, view.policy);
        return;
    case MTA_STS_ABSENT:
        finding = finding_add(judgement, check, &subject, OUTCOME_WARN,
                              "There is no MTA-STS policy: TLS is up to the sender");
        fix_mta_sts_file(judgement, finding, MTA_STS_TESTING);
        fix_mta_sts_record(judgement, finding, "Then announce it");
        return;
    case MTA_STS_UNKNOWN:
    case MTA_STS_UNUSABLE:
        judge_without_policy(judgement, check, &subject, &view);
        return;
    }
}

const struct check check_mta_sts_mode = {
    .id = "mta_sts.mode",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "The MTA-STS policy is enforced",
    .why =
        "Without an enforced policy senders take any certificate, and clear text too: an attacker on the way "
        "needs only to hide STARTTLS.",
    .reference = "RFC 8461 section 5",
    .explanation =
        "The mode of the policy: enforce passes, testing informs, none warns, and so does a domain without a "
        "policy. In testing, senders deliver as before and report what would have failed to the address in "
        "the "
        "TLS-RPT record (tls_rpt.record).\n\n"
        "Fix: begin with testing, read the reports for a week or two, then enforce. Change the id in the "
        "record "
        "with every change of the file.",
    .judge = judge_mode,
};

/* ---- mta_sts.max_age ---- */

enum { DAY = 86400, WEEK = 7 * DAY };

static void judge_max_age(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    struct mta_sts_view view;
    struct finding *finding;
    long long seconds;

    if (is_elsewhere(judgement, check, &subject))
        return;
    view = mta_sts_view(judgement);
    if (view.state != MTA_STS_USABLE) {
        judge_without_policy(judgement, check, &subject, &view);
        return;
    }
    if (view.policy->mode == MTA_STS_NONE) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the policy's mode is none");
        return;
    }
    seconds = (long long)view.policy->max_age.value;
    if (seconds >= WEEK) {
        finding_add(judgement, check, &subject, OUTCOME_PASS, "Senders keep the policy for %lld days",
                    seconds / DAY);
        return;
    }
    finding = finding_add(judgement, check, &subject, seconds < DAY ? OUTCOME_WARN : OUTCOME_INFO,
                          seconds < DAY ? "Senders keep the policy for less than a day (%lld s)"
                                        : "Senders keep the policy for less than a week (%lld s)",
                          seconds);
    fix_mta_sts_file(judgement, finding, view.policy->mode);
    fix_mta_sts_record(judgement, finding, "Then give it a new id");
}

const struct check check_mta_sts_max_age = {
    .id = "mta_sts.max_age",
    .severity = SEVERITY_LOW,
    .area = AREA_TRANSPORT,
    .title = "Senders keep the MTA-STS policy for long",
    .why =
        "When a kept policy has run out, an attacker who blocks the policy host can strip TLS from the next "
        "message.",
    .reference = "RFC 8461 sections 3.2 and 10.2",
    .explanation =
        "By max_age a policy says how many seconds a sender may keep it. Values of weeks are what the "
        "standard has "
        "in "
        "mind; less than a week informs, less than a day warns. A long time does no harm: senders look at "
        "the id "
        "in the record before each delivery of theirs and fetch a new policy when it has changed.\n\n"
        "Fix: max_age: 604800 (a week) or more, up to 31557600 (a year).",
    .judge = judge_max_age,
};
