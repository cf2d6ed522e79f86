/*
 * dmarc.c - the DMARC record, the policy that applies to mail from the domain, and tags that are gone
 *
 * RFC 9989 (it replaces RFC 7489, which many receivers still follow: where they do something else, that is said).
 */
#include "reports/dmarc.h"
#include "reports/catalogue.h"
#include "reports/names.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

/* ---- dmarc.record ---- */

static void evidence_texts(struct judgement *judgement, struct finding *finding, const char *domain,
                           const struct list *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        finding_evidence(judgement, finding, "%s: %s", text_or(domain, "?"), (const char *)texts->items[i]);
}

/* The tag that a fault is about ("adkim=x is neither ..."), or NULL. */
static const char *fault_tag(struct judgement *judgement, const char *fault)
{
    size_t size = strcspn(fault, "= ");

    return fault[size] == '=' ? kept(judgement, arena_text_sized(judgement->arena, fault, size)) : NULL;
}

static bool is_policy_tag(const char *tag)
{
    return same_text(tag, "p") || same_text(tag, "sp") || same_text(tag, "np");
}

static bool has_policy_fault(struct judgement *judgement, const struct dmarc_record_facts *record)
{
    for (size_t i = 0; i < record->faults.count; i++)
        if (is_policy_tag(fault_tag(judgement, record->faults.items[i])))
            return true;
    return false;
}

/* What somebody may have meant by "p=rejct". */
static const char *meant_policy(struct judgement *judgement, const struct dmarc_record_facts *record,
                                const char *tag)
{
    const char *value = text_or(dmarc_tag_value(judgement, record, tag), "");

    return text_starts_with(value, "r") ? "reject" : text_starts_with(value, "q") ? "quarantine" : "none";
}

/* The record as it would be valid: policies as they were meant, other faulty tags gone. */
static void fix_faults(struct judgement *judgement, struct finding *finding, const char *domain,
                       const struct dmarc_record_facts *record)
{
    struct dmarc_change changes[17];
    size_t count = 0;

    for (size_t i = 0; i < record->faults.count && count < 16; i++) {
        const char *tag = fault_tag(judgement, record->faults.items[i]);

        if (tag != NULL)
            changes[count++] =
                (struct dmarc_change){tag, is_policy_tag(tag) ? meant_policy(judgement, record, tag) : NULL};
    }
    if (dmarc_tag_value(judgement, record, "p") == NULL)
        changes[count++] = (struct dmarc_change){"p", "none"};
    fix_dmarc_change(judgement, finding, "Publish it like this", domain, record, changes, count);
}

static struct finding *judge_one_record(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject, const struct dmarc_step_facts *step)
{
    const struct dmarc_record_facts *record = dmarc_record_of(step);
    const char *domain = text_or(step->domain, "?");
    struct finding *finding;

    if (record->use == DMARC_UNUSABLE)
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL,
                        "The DMARC record of %s has no valid policy and asks for no reports: receivers do as "
                        "if there were none",
                        domain);
    else if (record->use == DMARC_AS_NONE && has_policy_fault(judgement, record))
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL,
                        "The policies in the DMARC record of %s are not valid: receivers take none", domain);
    else if (record->use == DMARC_AS_NONE)
        finding = finding_add(
            judgement, check, subject, OUTCOME_WARN,
            "The DMARC record of %s has no policy: receivers take none, older ones pass over it", domain);
    else if (record->faults.count > 0)
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "A part of the DMARC record of %s is not valid: %s", domain,
                              (const char *)record->faults.items[0]);
    else
        return finding_add(judgement, check, subject, OUTCOME_PASS, "The DMARC record of %s is well formed",
                           domain);
    fix_faults(judgement, finding, step->domain, record);
    return finding;
}

/* What receivers turn to when there is nothing that they take at the domain itself. */
static const char *otherwise_words(struct judgement *judgement, const struct dmarc_facts *facts)
{
    const struct dmarc_outcome_facts *current = dmarc_current(facts);

    if (current->decided != YES)
        return "what applies instead is not known";
    if (current->record_at == NULL)
        return "no DMARC applies to its mail";
    return kept(judgement,
                arena_format(judgement->arena, "the record of %s applies instead", current->record_at));
}

static const struct dmarc_record_facts *intended_record(const struct dmarc_step_facts *step)
{
    for (size_t i = 0; i < step->records.count; i++) {
        const struct dmarc_record_facts *record = step->records.items[i];

        if (record->announces != YES && record->intended == YES)
            return record;
    }
    return NULL;
}

static const struct dmarc_record_facts *first_announcing(const struct dmarc_step_facts *step)
{
    for (size_t i = 0; i < step->records.count; i++)
        if (((const struct dmarc_record_facts *)step->records.items[i])->announces == YES)
            return step->records.items[i];
    return NULL;
}

static size_t announcing_count(const struct dmarc_step_facts *step)
{
    size_t count = 0;

    for (size_t i = 0; i < step->records.count; i++)
        if (((const struct dmarc_record_facts *)step->records.items[i])->announces == YES)
            count++;
    return count;
}

/* There is nothing at the domain itself. */
static struct finding *judge_absent(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct dmarc_facts *facts)
{
    const struct dmarc_step_facts *found = dmarc_step_of(facts, dmarc_current(facts)->record_at);
    const char *domain = observed_dns(judgement)->domain;
    struct finding *finding;

    if (dmarc_record_of(found) != NULL)
        return judge_one_record(judgement, check, subject, found);
    finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                          "There is no DMARC record: anybody can send mail in the domain's name");
    fix_dmarc_record(judgement, finding, "Publish a record to begin with", domain,
                     dmarc_text_to_begin(judgement, domain, !domain_takes_no_mail(judgement)));
    return finding;
}

static struct finding *judge_own(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct dmarc_facts *facts)
{
    const struct dmarc_step_facts *own = facts->steps.items[0];
    struct finding *finding;
    const char *text;

    if (dmarc_record_of(own) != NULL)
        return judge_one_record(judgement, check, subject, own);
    if (own->result == DMARC_STEP_SEVERAL) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "There are %zu DMARC records: receivers discard all of them, and %s",
                              announcing_count(own), otherwise_words(judgement, facts));
        fix_dmarc_change(judgement, finding, "Publish exactly one, this or another, and remove the others",
                         own->domain, first_announcing(own), NULL, 0);
        return finding;
    }
    if (own->result == DMARC_STEP_ABSENT && intended_record(own) != NULL) {
        finding =
            finding_add(judgement, check, subject, OUTCOME_FAIL,
                        "The DMARC record does not begin with \"v=DMARC1\": receivers pass over it, and %s",
                        otherwise_words(judgement, facts));
        text = dmarc_text_with(judgement, intended_record(own), NULL, 0);
        /* a policy that is lost in v ("v=DMARC1 p=reject"), or stray quotes: nothing applies today, so it is
         * safe to begin anew */
        if (text == NULL || dmarc_tag_value(judgement, intended_record(own), "p") == NULL)
            text = dmarc_text_to_begin(judgement, own->domain, !domain_takes_no_mail(judgement));
        fix_dmarc_record(judgement, finding, "Publish it with the version first, in this case", own->domain,
                         text);
        return finding;
    }
    if (own->result == DMARC_STEP_ABSENT && dmarc_current(facts)->decided == YES)
        return judge_absent(judgement, check, subject, facts);
    return NULL;
}

static void judge_record(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct dmarc_facts *facts = dmarc_to_judge(judgement, check, &subject);
    struct finding *finding;

    if (facts == NULL)
        return;
    finding = judge_own(judgement, check, &subject, facts);
    if (finding == NULL) {
        dmarc_not_looked_up(judgement, check, &subject, facts);
        return;
    }
    for (size_t i = 0; i < facts->steps.count; i++) {
        const struct dmarc_step_facts *step = facts->steps.items[i];
        const struct dmarc_record_facts *record = dmarc_record_of(step);

        if (step->walked != YES || record == NULL)
            continue;
        evidence_texts(judgement, finding, step->domain, &record->faults);
        evidence_texts(judgement, finding, step->domain, &record->remarks);
    }
    evidence_dmarc_walk(judgement, finding, facts);
}

const struct check check_dmarc_record = {
    .id = "dmarc.record",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "There is one DMARC record, and it is valid",
    .why = "Without a DMARC record receivers do not know that mail in the domain's name must pass SPF or "
           "DKIM, and large ones refuse mail from domains that have none.",
    .reference = "RFC 9989 sections 4.7 and 4.10",
    .explanation =
        "Receivers ask for the TXT record at _dmarc of the domain, and then of each name above it, at "
        "most eight names; a record with psd=n or psd=y ends the walk. Of several records at one name "
        "they take none. The record of the domain itself applies, else that of its organizational domain: "
        "the name with the fewest labels that has one. The version comes first and in this case; unknown "
        "tags are ignored, and where a value is not valid its default counts. A record without a valid "
        "policy counts as p=none when it asks for reports, and else as no record. What has no answer is "
        "not tested.\n\n"
        "Fix: _dmarc.example.org. IN TXT \"v=DMARC1; p=none; rua=mailto:dmarc@example.org\"",
    .judge = judge_record,
};

/* ---- dmarc.policy ---- */

static const char *const kind_words[DMARC_KINDS] = {"the domain", "a subdomain",
                                                    "a name that does not exist"};

static void evidence_policies(struct judgement *judgement, struct finding *finding,
                              const struct dmarc_receiver_facts *receiver, const char *who)
{
    for (size_t kind = 0; kind < DMARC_KINDS; kind++) {
        const struct dmarc_outcome_facts *outcome = dmarc_outcome(receiver, kind);

        if (outcome != NULL)
            finding_evidence(judgement, finding, "%s, mail from %s: %s%s%s", who, kind_words[kind],
                             kept(judgement, dmarc_outcome_words(judgement->arena, outcome)),
                             outcome->record_at != NULL ? ", by the record of " : "",
                             text_or(outcome->record_at, ""));
    }
}

/* Does a receiver of today do with some mail what one of RFC 7489 would not? */
static bool policies_differ(struct judgement *judgement, const struct dmarc_facts *facts)
{
    for (size_t kind = 0; kind < DMARC_KINDS; kind++) {
        const struct dmarc_outcome_facts *current = dmarc_outcome(facts->current, kind);
        const struct dmarc_outcome_facts *older = dmarc_outcome(facts->older, kind);

        if (current != NULL && older != NULL && current->decided == YES && older->decided == YES &&
            !same_text(dmarc_outcome_words(judgement->arena, current),
                       dmarc_outcome_words(judgement->arena, older)))
            return true;
    }
    return false;
}

/* The record of the domain with another policy; where a parent's applies, one of the domain's own. */
static void fix_policy(struct judgement *judgement, struct finding *finding, const struct dmarc_facts *facts,
                       const char *what, const char *policy)
{
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    const char *domain = observed_dns(judgement)->domain;
    struct dmarc_change changes[] = {{"p", policy}, {"t", NULL}, {"sp", NULL}, {"np", NULL}, {"psd", NULL}};
    size_t count =
        same_name(dmarc_current(facts)->record_at, domain) ? 2 : sizeof changes / sizeof changes[0];

    fix_dmarc_change(judgement, finding, what, domain, record, changes, count);
}

static struct finding *judge_none(struct judgement *judgement, const struct check *check,
                                  const struct subject *subject, const struct dmarc_facts *facts)
{
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    bool tested = record != NULL && record->testing == YES && record->use == DMARC_AS_WRITTEN &&
                  record->policy > DMARC_NONE;
    struct finding *finding =
        finding_add(judgement, check, subject, OUTCOME_WARN,
                    tested ? "Mail that fails DMARC is delivered all the same: t=y lowers the policy to none"
                           : "Mail that fails DMARC is delivered all the same: the policy is none");

    if (domain_takes_no_mail(judgement))
        fix_policy(judgement, finding, facts, "If the domain sends no mail, publish", "reject");
    else
        fix_policy(
            judgement, finding, facts,
            "When the reports show that all mail of yours passes SPF or DKIM in the domain's name, publish",
            tested ? dmarc_policy_word(record->policy) : "quarantine");
    return finding;
}

/* A record at the domain of the list; with psd=n, when it lies below the one that the walk ends at. */
static void fix_difference(struct judgement *judgement, struct finding *finding,
                           const struct dmarc_facts *facts)
{
    static const struct dmarc_change own_organization = {"psd", "n"};
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    const char *domain = dmarc_outcome(facts->older, 0)->organizational_domain;
    const struct dmarc_step_facts *step = dmarc_step_of(facts, domain);
    bool below = name_is_within(domain, dmarc_current(facts)->organizational_domain);

    if (step == NULL || record == NULL || record->psd > DMARC_PSD_UNSAID || !host_name_qualified(domain))
        return;
    if (below && dmarc_record_of(step) != NULL)
        record = dmarc_record_of(step);
    if (below || step->result == DMARC_STEP_ABSENT)
        fix_dmarc_change(judgement, finding, "So that both see the same, publish", domain, record,
                         &own_organization, below ? 1 : 0);
}

static struct finding *judge_difference(struct judgement *judgement, const struct check *check,
                                        const struct subject *subject, const struct dmarc_facts *facts)
{
    const struct dmarc_outcome_facts *current = dmarc_current(facts), *older = dmarc_outcome(facts->older, 0);
    struct finding *finding;

    if (same_name(older->organizational_domain, current->organizational_domain))
        return finding_add(judgement, check, subject, OUTCOME_WARN,
                           "Receivers that follow RFC 7489 find another DMARC record, or none");
    finding = finding_add(
        judgement, check, subject, OUTCOME_WARN,
        "Receivers that use the Public Suffix List see another organizational domain: %s instead of %s",
        text_or(older->organizational_domain, "?"), text_or(current->organizational_domain, "?"));
    fix_difference(judgement, finding, facts);
    return finding;
}

static void judge_policy(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct dmarc_facts *facts = dmarc_policy_to_judge(judgement, check, &subject);
    const struct dmarc_outcome_facts *current = dmarc_current(facts);
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    struct finding *finding;

    if (facts == NULL)
        return;
    if (current->policy == DMARC_NONE) {
        finding = judge_none(judgement, check, &subject, facts);
    } else if (dmarc_older_differs(facts) && dmarc_outcome(facts->older, 0) != NULL) {
        finding = judge_difference(judgement, check, &subject, facts);
    } else if (record != NULL && record->testing == YES) {
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "Mail that fails DMARC goes to quarantine: t=y lowers the policy by a level");
        fix_policy(judgement, finding, facts, "When the test is over, publish", "reject");
    } else {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "The DMARC policy is %s",
                              dmarc_policy_word(current->policy));
    }
    evidence_policies(judgement, finding, facts->current, "RFC 9989");
    if (policies_differ(judgement, facts) || dmarc_older_differs(facts))
        evidence_policies(judgement, finding, facts->older, "RFC 7489");
}

const struct check check_dmarc_policy = {
    .id = "dmarc.policy",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_AUTHENTICATION,
    .title = "Receivers are asked not to deliver mail that fails DMARC",
    .why = "With the policy none, mail that somebody else sends in the domain's name is delivered like any "
           "other.",
    .reference = "RFC 9989 sections 4.7 and 4.10.1",
    .explanation =
        "The policy that applies to mail from the domain: p of its own record, or sp of the record above "
        "it (np when the domain does not exist); t=y lowers it by one level. None warns, and so does an "
        "organizational domain that is another one by the Public Suffix List, which receivers of RFC 7489 "
        "use: they may take another record, and measure alignment by another name.\n\n"
        "Fix: read the reports first; when all mail of yours passes,\n  _dmarc.example.org. IN TXT "
        "\"v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org\"",
    .judge = judge_policy,
};

/* ---- dmarc.removed_tags ---- */

static void judge_removed_tags(struct judgement *judgement, const struct check *check)
{
    static const struct dmarc_change gone[] = {{"pct", NULL}, {"rf", NULL}, {"ri", NULL}};
    struct subject subject = subject_domain(judgement);
    const struct dmarc_facts *facts = dmarc_policy_to_judge(judgement, check, &subject);
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    bool sampled;
    struct finding *finding;

    if (facts == NULL || record == NULL)
        return;
    if (record->removed.count == 0) {
        finding_add(judgement, check, &subject, OUTCOME_PASS,
                    "The DMARC record has no tag that RFC 9989 removed");
        return;
    }
    sampled = dmarc_outcome(facts->older, 0) != NULL && dmarc_outcome(facts->older, 0)->percent.known &&
              dmarc_current(facts)->policy > DMARC_NONE;
    finding =
        sampled ? finding_add(
                      judgement, check, &subject, OUTCOME_WARN,
                      "Receivers no longer know pct: by RFC 9989 the policy is %s, by RFC 7489 it is %s",
                      dmarc_policy_word(dmarc_current(facts)->policy),
                      kept(judgement, dmarc_outcome_words(judgement->arena, dmarc_outcome(facts->older, 0))))
                : finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "The DMARC record has tags that RFC 9989 removed: %s",
                              kept(judgement, text_join(judgement->arena, &record->removed, ", ")));
    for (size_t i = 0; i < record->removed.count; i++)
        finding_evidence(judgement, finding, "%s: %s", text_or(dmarc_current(facts)->record_at, "?"),
                         (const char *)record->removed.items[i]);
    evidence_policies(judgement, finding, facts->current, "RFC 9989");
    evidence_policies(judgement, finding, facts->older, "RFC 7489");
    fix_dmarc_change(judgement, finding, "Publish the record without them", dmarc_current(facts)->record_at,
                     record, gone, sizeof gone / sizeof gone[0]);
    if (sampled)
        finding_fix(
            judgement, finding,
            "If you are still testing, `t=y` asks for one level below; receivers of RFC 7489 do not know it");
}

const struct check check_dmarc_removed_tags = {
    .id = "dmarc.removed_tags",
    .severity = SEVERITY_LOW,
    .area = AREA_AUTHENTICATION,
    .title = "The DMARC record has no tags that are gone",
    .why = "Receivers of today ignore pct, so that a policy meant for a part of the mail applies to all of "
           "it.",
    .reference = "RFC 9989 section 4.7 and appendix A.6",
    .explanation =
        "RFC 9989 removed pct, rf and ri. Receivers that follow RFC 7489 still honour pct: they apply the "
        "policy to that share of the mail, and the next weaker one to the rest. A pct under 100 with "
        "another policy than none warns, and both are shown; everything else informs.\n\n"
        "Fix: take the tags out. Who is still testing writes t=y, which asks for one level below the "
        "policy.",
    .judge = judge_removed_tags,
};
