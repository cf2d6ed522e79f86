/*
 * spf_tree.c - the records that the domain's SPF record leads to: what an evaluation costs, and what is missing
 *
 * RFC 7208 4.6.4: ten terms with lookups and two that find nothing. What counts is an evaluation that never matches,
 * which is what a message from a stranger costs; one that matches early may cost less.
 */
#include "reports/catalogue.h"
#include "reports/checks/spf_shared.h"
#include "reports/observed.h"
#include "reports/spf_fix.h"
#include "reports/spf_model.h"
#include "scanner/base/arena.h"

#include <string.h>

enum { EVIDENCE_MAX = 60, INDENT_MAX = 24 };

/* ---- spf.lookups ---- */

static bool asks(const struct spf_term_facts *term)
{
    return spf_term_is_used(term) && term->lookups.value > 0;
}

/* "  include:_spf.example.net: 4 lookups" for each term that costs some. */
static void evidence_tree(struct judgement *judgement, struct finding *finding, const struct list *tree)
{
    size_t lines = 0;

    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];
        int indent = 2 * (int)node->depth < INDENT_MAX ? 2 * (int)node->depth : INDENT_MAX;
        const char *total = "without end";

        if (!asks(node->term))
            continue;
        if (lines++ == EVIDENCE_MAX) {
            finding_evidence(judgement, finding, "... and more");
            return;
        }
        if (node->term->total_lookups.known)
            total = kept(judgement,
                         arena_format(judgement->arena, "%lld", (long long)node->term->total_lookups.value));
        finding_evidence(judgement, finding, "%*s%s: %s%s", indent, "", text_or(node->term->text, "?"), total,
                         node->again ? " (as above)" : "");
    }
}

/* What could be left out: terms that are there twice, find nothing, or lead to what is reached anyway. */
static void fix_tree(struct judgement *judgement, struct finding *finding, const struct list *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];

        if (!spf_term_is_used(node->term))
            continue;
        if (node->again && node->term->kind == SPF_INCLUDE)
            finding_fix(judgement, finding,
                        "`%s` in the record of %s leads to what is looked at anyway: leave it out",
                        text_or(node->term->text, "?"), text_or(node->record->domain, "?"));
        else if (node->depth == 0 && spf_term_is_void(node->term))
            finding_fix(judgement, finding, "`%s` finds nothing (%s): leave it out",
                        text_or(node->term->text, "?"), text_or(node->term->answer, "no record"));
    }
}

/* The includes of the domain's own record with what they cost: one of them has to go. */
static void fix_choice(struct judgement *judgement, struct finding *finding,
                       const struct spf_record_facts *own)
{
    for (size_t i = 0; i < own->terms.count; i++) {
        const struct spf_term_facts *term = own->terms.items[i];

        if (term->kind == SPF_INCLUDE && spf_term_is_used(term) && term->total_lookups.known)
            finding_fix(judgement, finding, "`%s` costs %lld: leave it out if you do not send through it",
                        text_or(term->text, "?"), (long long)term->total_lookups.value);
    }
}

static void fix_lookups(struct judgement *judgement, struct finding *finding,
                        const struct spf_record_facts *own, const struct list *tree)
{
    const struct spf_wish wish = {.drop_void = true, .drop_ptr = true, .hosts_as_addresses = true};
    struct number after = spf_fixed_lookups(judgement, &wish);

    fix_tree(judgement, finding, tree);
    if (after.known && own->lookups.known && after.value < own->lookups.value)
        spf_fix(judgement, finding,
                kept(judgement,
                     arena_format(judgement->arena,
                                  "With the addresses of its own hosts, and without what finds nothing, the "
                                  "record costs %lld",
                                  (long long)after.value)),
                &wish);
    if (!after.known || after.value > SPF_LOOKUPS_ALLOWED)
        fix_choice(judgement, finding, own);
}

/* A term mx that names more hosts than anybody looks at. */
static const struct spf_node *crowded(const struct list *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];

        if (node->term->kind == SPF_MX && spf_term_is_used(node->term) &&
            node->term->names.value > SPF_MX_NAMES_ALLOWED)
            return node;
    }
    return NULL;
}

static void judge_lookups(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct spf_record_facts *own = spf_judgeable(judgement, check, &subject);
    const struct spf_facts *facts = observed_spf(judgement);
    struct list tree = spf_tree(facts, judgement->arena);
    const struct spf_node *mx = crowded(&tree);
    struct finding *finding;

    if (own == NULL)
        return;
    if (!own->lookups.known) {
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "Evaluating the SPF record has no end: its records lead in a circle");
        fix_tree(judgement, finding, &tree);
    } else if (own->lookups.value > SPF_LOOKUPS_ALLOWED) {
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "Evaluating the SPF record takes %lld terms with lookups; 10 are allowed",
                              (long long)own->lookups.value);
        fix_lookups(judgement, finding, own, &tree);
    } else if (mx != NULL) {
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "\"%s\" names %lld mail hosts; 10 are allowed", text_or(mx->term->text, "mx"),
                              (long long)mx->term->names.value);
        if (mx->record == own)
            finding_fix(
                judgement, finding,
                "Name the hosts that send by a:, or their addresses by ip4: and ip6:, in place of `%s`",
                text_or(mx->term->text, "mx"));
    } else if (facts->complete == NO) {
        finding =
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                             kept(judgement, arena_format(judgement->arena, "%lld are known, and %s",
                                                          (long long)own->lookups.value,
                                                          text_or(facts->incomplete_reason, "not all"))));
    } else {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "Evaluating the SPF record takes %lld of 10 terms with lookups",
                              (long long)own->lookups.value);
    }
    evidence_tree(judgement, finding, &tree);
    if (finding->outcome == OUTCOME_FAIL)
        spf_evidence_incomplete(judgement, finding);
}

const struct check check_spf_lookups = {
    .id = "spf.lookups",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "Evaluating the SPF record takes at most ten terms with lookups",
    .why = "Receivers stop after ten terms with an error: mail behind that is treated as if there were no "
           "record, or "
           "refused.",
    .reference = "RFC 7208 section 4.6.4",
    .explanation =
        "Each include, a, mx, ptr, exists and redirect counts, in the domain's record and in all that it "
        "leads to, as "
        "often as it leads there. What is counted is an evaluation that matches nothing; the report shows "
        "the cost of "
        "each term. An mx with more than ten hosts is an error as well, and so are records that include each "
        "other.\n\n"
        "Fix: leave out who does not send for you any more, name your own hosts by ip4 and ip6, and leave "
        "out terms that "
        "find nothing. A provider's include is not to be replaced by its addresses: they change.",
    .judge = judge_lookups,
};

/* ---- spf.void_lookups ---- */

static void evidence_voids(struct judgement *judgement, struct finding *finding, const struct list *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];
        const struct spf_term_facts *term = node->term;
        const char *family = "";

        if (!spf_term_is_used(term) || (term->void_ipv4.value <= 0 && term->void_ipv6.value <= 0))
            continue;
        if (term->void_ipv4.value <= 0)
            family = ", for IPv6 clients";
        else if (term->void_ipv6.value <= 0)
            family = ", for IPv4 clients";
        finding_evidence(judgement, finding, "%s in the record of %s: %s%s", text_or(term->text, "?"),
                         text_or(node->record->domain, "?"),
                         term->answer != NULL   ? term->answer
                         : term->depends == YES ? "finds nothing where it does not match"
                                                : "no record",
                         family);
    }
}

/* Terms that depend on the client find nothing when they do not match: nothing is wrong with them. */
static bool has_dead_term(const struct list *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];

        if (node->depth == 0 && spf_term_is_void(node->term))
            return true;
    }
    return false;
}

static void judge_void_lookups(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct spf_record_facts *own = spf_judgeable(judgement, check, &subject);
    const struct spf_facts *facts = observed_spf(judgement);
    struct list tree = spf_tree(facts, judgement->arena);
    struct finding *finding;

    if (own == NULL)
        return;
    if (!own->void_ipv4.known || !own->void_ipv6.known) {
        finding =
            finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, "its records lead in a circle");
    } else if (own->void_ipv4.value > SPF_VOID_LOOKUPS_ALLOWED) {
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "%lld terms of the SPF record find nothing; 2 are allowed",
                              (long long)own->void_ipv4.value);
    } else if (own->void_ipv6.value > SPF_VOID_LOOKUPS_ALLOWED) {
        finding = finding_add(
            judgement, check, &subject, OUTCOME_WARN,
            "%lld terms of the SPF record find nothing for a client with an IPv6 address; 2 are allowed",
            (long long)own->void_ipv6.value);
    } else if (facts->complete == NO) {
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   text_or(facts->incomplete_reason, "not everything was looked up"));
    } else {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              own->void_ipv4.value > 0
                                  ? "No more terms of the SPF record find nothing than are allowed"
                                  : "Every term of the SPF record finds something");
    }
    evidence_voids(judgement, finding, &tree);
    if (finding->outcome != OUTCOME_FAIL && finding->outcome != OUTCOME_WARN)
        return;
    if (has_dead_term(&tree))
        spf_fix(judgement, finding, "Leave out what finds nothing; the record is then",
                &(struct spf_wish){.drop_void = true});
    else
        spf_fix(judgement, finding, "Name your own hosts by their addresses; the record is then",
                &(struct spf_wish){.hosts_as_addresses = true});
}

const struct check check_spf_void_lookups = {
    .id = "spf.void_lookups",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_AUTHENTICATION,
    .title = "At most two terms of the SPF record find nothing",
    .why = "Receivers take more than two terms that lead nowhere for an attack, and end with an error.",
    .reference = "RFC 7208 section 4.6.4",
    .explanation = "A term finds nothing when its name does not exist, or has no record of the type that is "
                   "asked for: an old host "
                   "that is gone, a domain without MX. Terms are counted, not questions, for an evaluation "
                   "that matches nothing. "
                   "A receiver asks for the addresses of the client's family only: where a limit is broken "
                   "just for IPv6 clients, "
                   "as names have no AAAA record, this warns.\n\n"
                   "Fix: leave the terms out that lead nowhere; name hosts without IPv6 by ip4.",
    .judge = judge_void_lookups,
};

/* ---- spf.includes ---- */

/* What is wrong with the record that a term leads to; NULL: nothing. *ret_outcome of what is wrong. */
static const char *include_fault(struct judgement *judgement, const struct spf_term_facts *term,
                                 const struct spf_record_facts *record, enum outcome *ret_outcome)
{
    const char *name = text_or(term->target, "?");

    *ret_outcome = term->depends == YES ? OUTCOME_INFO : OUTCOME_FAIL;
    if (record == NULL && term->answer != NULL)
        return kept(judgement, arena_format(judgement->arena, "%s: %s", name, term->answer));
    if (record == NULL || !record->count.known) {
        *ret_outcome = OUTCOME_NOT_TESTED;
        return kept(judgement,
                    arena_format(judgement->arena, "the record of %s could not be looked up (%s)", name,
                                 question_failure(record == NULL ? NULL : record->question)));
    }
    if (record->count.value == 0 && record->question != NULL && record->question->outcome == DNS_NXDOMAIN)
        return kept(judgement, arena_format(judgement->arena, "%s does not exist", name));
    if (record->count.value == 0)
        return kept(judgement, arena_format(judgement->arena, "%s has no SPF record", name));
    if (record->count.value > 1)
        return kept(judgement, arena_format(judgement->arena, "%s has %lld SPF records", name,
                                            (long long)record->count.value));
    if (record->fault != NULL)
        return kept(judgement,
                    arena_format(judgement->arena, "the record of %s is not valid: %s", name, record->fault));
    if (record->loop == YES)
        return kept(judgement, arena_format(judgement->arena, "the record of %s leads back to itself", name));
    return NULL;
}

struct includes {
    size_t count;
    const struct spf_node *worst;
    const char *words; /* of the worst */
    enum outcome outcome;
};

/* A failure before what was not tested, before what informs. */
static bool is_worse(enum outcome outcome, enum outcome than)
{
    static const int weights[OUTCOMES] = {[OUTCOME_FAIL] = 3, [OUTCOME_NOT_TESTED] = 2, [OUTCOME_INFO] = 1};

    return weights[outcome] > weights[than];
}

static struct includes look_at(struct judgement *judgement, const struct list *tree)
{
    struct includes includes = {.outcome = OUTCOME_PASS};

    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];
        enum outcome outcome;
        const char *words;

        if (!spf_term_is_used(node->term) ||
            (node->term->kind != SPF_INCLUDE && node->term->kind != SPF_REDIRECT))
            continue;
        includes.count++;
        words =
            include_fault(judgement, node->term, spf_led_to(observed_spf(judgement), node->term), &outcome);
        if (words == NULL || !is_worse(outcome, includes.outcome))
            continue;
        includes.worst = node;
        includes.words = words;
        includes.outcome = outcome;
    }
    return includes;
}

static void evidence_includes(struct judgement *judgement, struct finding *finding, const struct list *tree)
{
    const struct spf_facts *facts = observed_spf(judgement);

    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];
        const struct spf_record_facts *record = spf_led_to(facts, node->term);

        if (spf_term_is_used(node->term) && !node->again && record != NULL)
            spf_evidence_record(judgement, finding, record);
    }
}

static void judge_includes(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct spf_record_facts *own = spf_judgeable(judgement, check, &subject);
    struct list tree = spf_tree(observed_spf(judgement), judgement->arena);
    struct includes includes = look_at(judgement, &tree);
    struct finding *finding;

    if (own == NULL)
        return;
    if (includes.count == 0) {
        finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the record leads to no other");
        return;
    }
    if (includes.outcome == OUTCOME_NOT_TESTED)
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED, includes.words);
    else if (includes.words == NULL)
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "Every record that the SPF record leads to is there and valid");
    else
        finding = finding_add(judgement, check, &subject, includes.outcome,
                              "The SPF record leads to one that cannot be used: %s", includes.words);
    evidence_includes(judgement, finding, &tree);
    if (includes.outcome == OUTCOME_FAIL && includes.worst->depth == 0)
        spf_fix(judgement, finding, "Correct the name, or leave the term out; without it the record is",
                &(struct spf_wish){.drop = includes.worst->term->text, .close = true});
    else if (includes.outcome == OUTCOME_FAIL)
        finding_fix(judgement, finding, "`%s` stands in the record of %s: its operator has to correct it",
                    text_or(includes.worst->term->text, "?"), text_or(includes.worst->record->domain, "?"));
}

const struct check check_spf_includes = {
    .id = "spf.includes",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "Every record that the SPF record leads to is there and valid",
    .why = "An include without a valid record makes the whole evaluation an error for all mail that comes to "
           "it.",
    .reference = "RFC 7208 sections 5.2 and 6.1",
    .explanation = "The target of each include and redirect must have exactly one valid SPF record, and must "
                   "not lead back to a "
                   "record on the way. A name that depends on the sender (macros) is tried with an example, "
                   "and informs only.\n\n"
                   "Fix: correct the name as the provider tells it today, or leave the term out if you do "
                   "not send through it any "
                   "more.",
    .judge = judge_includes,
};
