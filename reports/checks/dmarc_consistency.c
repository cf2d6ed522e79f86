/*
 * dmarc_consistency.c - whether the DMARC policy fits the rest: SPF and DKIM, its own parts, a domain without mail
 *
 * Each doubt is looked at by itself. What depends on something unknown is not tested, and never counts as fine.
 */
#include "reports/authentication.h"
#include "reports/catalogue.h"
#include "reports/dmarc.h"
#include "reports/observed.h"
#include "scanner/base/arena.h"

/* One thing that does not fit. */
struct doubt {
    enum outcome outcome;
    const char *words;
};

struct doubts {
    struct doubt items[8];
    size_t count;
};

static void add(struct doubts *doubts, enum outcome outcome, const char *words)
{
    doubts->items[doubts->count++] = (struct doubt){outcome, words};
}

static bool applies_to_domain_itself(const struct judgement *judgement, const struct dmarc_facts *facts)
{
    return same_name(dmarc_current(facts)->record_at, observed_dns(judgement)->domain);
}

/* What the record says of subdomains, beside what it says of the domain. */
static void doubt_subdomains(struct doubts *doubts, const struct dmarc_facts *facts)
{
    const struct dmarc_outcome_facts *domain = dmarc_outcome(facts->current, 0),
                                     *below = dmarc_outcome(facts->current, 1),
                                     *nonexistent = dmarc_outcome(facts->current, 2);

    if (below == NULL || below->decided != YES) {
        add(doubts, OUTCOME_NOT_TESTED, "which policy applies to subdomains is not known");
        return;
    }
    if (below->policy < domain->policy)
        add(doubts, OUTCOME_WARN,
            "The policy for subdomains is weaker than that of the domain: forgers use them");
    if (nonexistent != NULL && nonexistent->decided == YES && nonexistent->policy < below->policy)
        add(doubts, OUTCOME_WARN,
            "The policy for names that do not exist is weaker than that for subdomains: nobody sends from "
            "there");
}

static void doubt_authentication(const struct judgement *judgement, struct doubts *doubts,
                                 const struct dmarc_facts *facts)
{
    enum known spf = domain_has_spf(judgement), dkim = domain_dkim_key_found(judgement);

    if (dmarc_current(facts)->policy == DMARC_NONE)
        return;
    if (spf == NO && dkim != YES)
        add(doubts, OUTCOME_WARN,
            dkim == NO
                ? "The policy is enforced, but neither SPF nor DKIM is set up: all mail of the domain fails"
                : "The policy is enforced without SPF, and no DKIM key is known: mail of the domain may "
                  "fail");
    else if (spf == UNKNOWN && dkim != YES)
        add(doubts, OUTCOME_NOT_TESTED, "whether mail of the domain passes SPF or DKIM is not known");
}

static void doubt_alignment(struct doubts *doubts, const struct dmarc_record_facts *record)
{
    if (record->strict_dkim == YES && record->strict_spf == YES)
        add(doubts, OUTCOME_INFO,
            "Alignment is strict: mail passes by the very domain in From only, not by one above "
            "or below it");
    else if (record->strict_dkim == YES || record->strict_spf == YES)
        add(doubts, OUTCOME_INFO,
            record->strict_dkim == YES
                ? "Alignment of DKIM is strict: d= must be the very domain in From"
                : "Alignment of SPF is strict: the envelope sender must be of the very domain in "
                  "From");
}

static void collect(const struct judgement *judgement, const struct dmarc_facts *facts, struct doubts *doubts)
{
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    bool no_mail = domain_takes_no_mail(judgement) || domain_sends_nothing(judgement) == YES;

    if (no_mail && dmarc_current(facts)->policy != DMARC_REJECT)
        add(doubts, OUTCOME_INFO,
            domain_takes_no_mail(judgement) ? "The domain takes no mail, but its DMARC policy is not reject"
                                            : "The domain sends no mail, but its DMARC policy is not reject");
    if (applies_to_domain_itself(judgement, facts))
        doubt_subdomains(doubts, facts);
    if (!no_mail)
        doubt_authentication(judgement, doubts, facts);
    if (record != NULL && !no_mail)
        doubt_alignment(doubts, record);
}

static const struct doubt *worst_doubt(const struct doubts *doubts)
{
    /* what is wrong counts before what is not known, and that before what is only worth knowing */
    static const enum outcome order[] = {OUTCOME_FAIL, OUTCOME_WARN, OUTCOME_NOT_TESTED, OUTCOME_INFO};

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        for (size_t j = 0; j < doubts->count; j++)
            if (doubts->items[j].outcome == order[i])
                return &doubts->items[j];
    return NULL;
}

/* The record without weaker policies below, or with reject for a domain without mail. */
static void fix_consistency(struct judgement *judgement, struct finding *finding,
                            const struct dmarc_facts *facts)
{
    static const struct dmarc_change reject[] = {{"p", "reject"}, {"sp", NULL}, {"np", NULL}, {"t", NULL}};
    const struct dmarc_outcome_facts *domain = dmarc_current(facts),
                                     *below = dmarc_outcome(facts->current, 1),
                                     *nonexistent = dmarc_outcome(facts->current, 2);
    const struct dmarc_record_facts *record = dmarc_applied(facts);
    struct dmarc_change weaker[2];
    size_t count = 0;

    if (domain->policy != DMARC_REJECT && domain_takes_no_mail(judgement)) {
        const char *what = "If the domain sends no mail, publish", *own = observed_dns(judgement)->domain;

        if (applies_to_domain_itself(judgement, facts))
            fix_dmarc_change(judgement, finding, what, own, record, reject, 4);
        else
            fix_dmarc_record(judgement, finding, what, own, dmarc_text_to_begin(judgement, own, false));
    } else if (below != NULL && below->decided == YES && nonexistent != NULL &&
               same_name(below->record_at, domain->record_at) &&
               (below->policy < domain->policy || nonexistent->policy < below->policy)) {
        if (below->policy < domain->policy)
            weaker[count++] = (struct dmarc_change){"sp", NULL};
        if (nonexistent->policy < domain->policy)
            weaker[count++] = (struct dmarc_change){"np", NULL};
        fix_dmarc_change(judgement, finding,
                         "Publish it without what is weaker, so that the policy of the domain applies",
                         domain->record_at, record, weaker, count);
    }
}

static void judge_consistency(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct dmarc_facts *facts = dmarc_policy_to_judge(judgement, check, &subject);
    struct doubts doubts = {0};
    const struct doubt *worst;
    struct finding *finding;

    if (facts == NULL)
        return;
    collect(judgement, facts, &doubts);
    worst = worst_doubt(&doubts);
    if (worst == NULL) {
        finding_add(judgement, check, &subject, OUTCOME_PASS, "The DMARC policy fits what else is published");
        return;
    }
    finding = worst->outcome == OUTCOME_NOT_TESTED
                  ? finding_untested(judgement, check, &subject, worst->outcome, worst->words)
                  : finding_add(judgement, check, &subject, worst->outcome, "%s", worst->words);
    for (size_t i = 0; i < doubts.count; i++)
        if (&doubts.items[i] != worst)
            finding_evidence(judgement, finding, "%s", doubts.items[i].words);
    if (dmarc_applied(facts) != NULL)
        finding_evidence(judgement, finding, "the record of %s: %s",
                         text_or(dmarc_current(facts)->record_at, "?"),
                         text_or(dmarc_applied(facts)->text, "?"));
    fix_consistency(judgement, finding, facts);
}

const struct check check_dmarc_consistency = {
    .id = "dmarc.consistency",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_AUTHENTICATION,
    .title = "The DMARC policy fits what else is published",
    .why = "A strict policy without SPF and DKIM loses mail of the domain's own; a weak one beside a strict "
           "one leaves a way in.",
    .reference = "RFC 9989 sections 4.4 and 4.7, RFC 7505",
    .explanation =
        "Warns when the policy for subdomains is weaker than that of the domain, that for names that do "
        "not exist weaker than that for subdomains, and when a policy is enforced though the domain has "
        "neither SPF nor a DKIM key that is known. A domain that takes or sends no mail and does not say "
        "reject informs, and so does strict alignment. Where it is not known whether the domain has SPF "
        "or DKIM, it is not tested.\n\n"
        "Fix: for a domain without mail, _dmarc.example.org. IN TXT \"v=DMARC1; p=reject\"",
    .judge = judge_consistency,
};
