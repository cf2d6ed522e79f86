/*
 * spf.c - the domain's SPF record: is there one, can it be read, how does it end, how many does it let in
 *
 * RFC 7208. What the records behind it cost and lack is judged in spf_tree.c, addresses in spf_senders.c.
 */
#include "reports/catalogue.h"
#include "reports/checks/spf_shared.h"
#include "reports/observed.h"
#include "reports/spf_fix.h"
#include "reports/spf_model.h"
#include "scanner/base/text.h"

#include <string.h>

enum { LARGE_RECORD = 450, HUGE_IPV4 = 8, HUGE_IPV6 = 16 };

/* ---- shared ---- */

const struct spf_record_facts *spf_judgeable(struct judgement *judgement, const struct check *check,
                                             const struct subject *subject)
{
    const struct spf_record_facts *own = spf_own_record(observed_spf(judgement));

    if (observed_dns(judgement)->domain == NULL)
        return NULL;
    if (own == NULL || !own->count.known)
        finding_record_lost(judgement, check, subject, own == NULL ? NULL : own->question);
    else if (own->count.value == 0)
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE, "the domain has no SPF record");
    else if (own->count.value > 1)
        finding_untested(judgement, check, subject, OUTCOME_NOT_APPLICABLE,
                         "there is more than one SPF record, and receivers take none of them");
    else
        return own;
    return NULL;
}

void spf_evidence_record(struct judgement *judgement, struct finding *finding,
                         const struct spf_record_facts *record)
{
    if (record == NULL)
        return;
    for (size_t i = 0; i < record->texts.count; i++)
        finding_evidence(judgement, finding, "TXT %s: %s", text_or(record->domain, "?"),
                         (const char *)record->texts.items[i]);
    if (record->texts.count == 0)
        evidence_question(judgement, finding, record->question);
}

void spf_evidence_incomplete(struct judgement *judgement, struct finding *finding)
{
    const struct spf_facts *facts = observed_spf(judgement);

    if (facts != NULL && facts->complete == NO)
        finding_evidence(judgement, finding, "Not everything is known: %s",
                         text_or(facts->incomplete_reason, "?"));
}

/* Nobody receives mail there and nobody is said to send: then nobody should. */
static bool sends_nothing(const struct judgement *judgement)
{
    return domain_takes_no_mail(judgement) && observed_dns(judgement)->senders.count == 0;
}

/* ---- spf.record ---- */

static struct finding *judge_missing(struct judgement *judgement, const struct check *check,
                                     const struct subject *subject, const struct spf_record_facts *own)
{
    struct finding *finding;

    if (own->texts.count > 0)
        finding = finding_add(
            judgement, check, subject, OUTCOME_FAIL,
            "There is no SPF record: what looks like one does not begin with \"v=spf1\" and a space");
    else
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL, "There is no SPF record");
    if (sends_nothing(judgement))
        spf_fix(judgement, finding, "The domain takes no mail. If it sends none either, publish",
                &(struct spf_wish){.nobody = true});
    else
        spf_fix(judgement, finding, "Publish a record with everybody who sends for the domain, as a start",
                &(struct spf_wish){0});
    return finding;
}

static struct finding *judge_single(struct judgement *judgement, const struct check *check,
                                    const struct subject *subject, const struct spf_record_facts *own)
{
    const struct dns_question_facts *type_99 = observed_spf(judgement)->type_99;
    struct finding *finding;

    if (own->size.value > LARGE_RECORD) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN, "The SPF record is large: %lld bytes",
                              (long long)own->size.value);
        finding->why =
            "An answer that does not fit into one packet is asked for again over TCP, which some receivers "
            "and firewalls do not manage.";
        finding_fix(
            judgement, finding,
            "Move a part of its terms to a record of their own, and include that: below 450 bytes all of the "
            "domain's TXT records fit into one packet");
    } else if (type_99 != NULL && type_99->outcome == DNS_DATA && type_99->records.count > 0) {
        finding = finding_add(judgement, check, subject, OUTCOME_INFO,
                              "There is one SPF record, and a copy of type SPF that nobody reads");
        evidence_question(judgement, finding, type_99);
        finding_fix(judgement, finding,
                    "Remove the record of type SPF: only TXT counts (RFC 7208 section 3.1)");
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "There is exactly one SPF record");
    }
    return finding;
}

static void judge_record(struct judgement *judgement, const struct check *check)
{
    const struct spf_record_facts *own = spf_own_record(observed_spf(judgement));
    struct subject subject = subject_domain(judgement);
    struct finding *finding;

    if (observed_dns(judgement)->domain == NULL)
        return;
    if (own == NULL || !own->count.known) {
        (void)spf_judgeable(judgement, check, &subject);
        return;
    }
    if (own->count.value == 0 && own->question != NULL && own->question->outcome == DNS_NXDOMAIN) {
        finding =
            finding_untested(judgement, check, &subject, OUTCOME_NOT_APPLICABLE, "the domain does not exist");
    } else if (own->count.value == 0) {
        finding = judge_missing(judgement, check, &subject, own);
    } else if (own->count.value > 1) {
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL,
                              "There are %lld SPF records: receivers take none of them",
                              (long long)own->count.value);
        spf_fix(judgement, finding, "Publish exactly one record in their place, such as",
                &(struct spf_wish){0});
    } else {
        finding = judge_single(judgement, check, &subject, own);
    }
    spf_evidence_record(judgement, finding, own);
}

const struct check check_spf_record = {
    .id = "spf.record",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "There is exactly one SPF record",
    .why = "Without a valid SPF record anybody can send in the domain's name, and large receivers refuse or "
           "bin its mail.",
    .reference = "RFC 7208 sections 3.2, 3.4 and 4.5",
    .explanation = "The TXT records of the domain are looked up. Exactly one must be \"v=spf1\", alone or "
                   "with a space behind it. "
                   "Several make every evaluation end in an error. A record of more than 450 bytes warns, as "
                   "its answer may not "
                   "fit into a packet.\n\n"
                   "Fix: publish one record that names everybody who sends for the domain: the mail server "
                   "by mx, a or its "
                   "addresses, others by the include that they tell. A domain that sends nothing says so:\n"
                   "  example.org. IN TXT \"v=spf1 -all\"",
    .judge = judge_record,
};

/* ---- spf.syntax ---- */

static bool is_mistyped(const char *text)
{
    static const char *const names[] = {"all=", "include=", "a=", "mx=", "ptr=", "ip4=", "ip6=", "exists="};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_starts_with(text, names[i]))
            return true;
    return false;
}

/* "a=mail.example.org": by the grammar a modifier that nobody knows, so it is ignored without a word. */
static const char *mistyped_term(const struct spf_record_facts *own)
{
    for (size_t i = 0; i < own->terms.count; i++) {
        const struct spf_term_facts *term = own->terms.items[i];

        if (term->kind == SPF_UNKNOWN_MODIFIER && is_mistyped(text_or(term->text, "")))
            return term->text;
    }
    return NULL;
}

static void judge_syntax(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct spf_record_facts *own = spf_judgeable(judgement, check, &subject);
    const char *mistyped;
    struct finding *finding;

    if (own == NULL)
        return;
    mistyped = mistyped_term(own);
    if (own->fault != NULL)
        finding = finding_add(judgement, check, &subject, OUTCOME_FAIL, "The SPF record is not valid: %s",
                              own->fault);
    else if (mistyped != NULL)
        finding = finding_add(
            judgement, check, &subject, OUTCOME_WARN,
            "\"%s\" in the SPF record is ignored: a mechanism has a colon, not an equals sign", mistyped);
    else
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "The SPF record is valid");
    for (size_t i = 0; i < own->terms.count; i++) {
        const struct spf_term_facts *term = own->terms.items[i];

        if (term->fault != NULL)
            finding_evidence(judgement, finding, "%s at byte %lld: %s", text_or(term->text, "?"),
                             (long long)term->position.value, term->fault);
    }
    spf_evidence_record(judgement, finding, own);
    if (own->fault != NULL)
        spf_fix(
            judgement, finding,
            "Publish it without the mistakes; a term that cannot be guessed is left out and has to be added",
            &(struct spf_wish){0});
    else if (mistyped != NULL)
        spf_fix(judgement, finding, "Write it with a colon, if it is meant; without it the record is",
                &(struct spf_wish){.drop = mistyped});
}

const struct check check_spf_syntax = {
    .id = "spf.syntax",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "The SPF record is valid",
    .why = "One mistake anywhere in the record makes receivers ignore all of it, or refuse the mail.",
    .reference = "RFC 7208 sections 4.6 and 12",
    .explanation = "Every term of the record is read by the grammar: unknown mechanisms, addresses and "
                   "prefix lengths that are "
                   "none, names with fewer than two labels, macros that do not exist, and a second redirect "
                   "or exp each make the "
                   "whole record an error. Modifiers that nobody knows are allowed and ignored; one that is "
                   "called like a "
                   "mechanism (\"a=mail.example.org\") warns.\n\n"
                   "Fix: correct the term that is named; the usual slips are ip4 with a name, a with an "
                   "address, a comma, and "
                   "redirect with a colon.",
    .judge = judge_syntax,
};

/* ---- spf.all ---- */

/* Terms that nobody comes to: behind "all", or a redirect beside it. */
static const struct spf_term_facts *unused_term(const struct spf_record_facts *own)
{
    for (size_t i = 0; i < own->terms.count; i++) {
        const struct spf_term_facts *term = own->terms.items[i];

        if (term->used == NO)
            return term;
    }
    return NULL;
}

/* A "+all", of the domain's own record or of one that it leads to with a plus. */
static const struct spf_node *open_end(const struct list *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];

        if (node->term->kind == SPF_ALL && spf_term_is_used(node->term) && node->passes)
            return node;
    }
    return NULL;
}

static struct finding *judge_open(struct judgement *judgement, const struct check *check,
                                  const struct subject *subject, const struct spf_record_facts *own,
                                  const struct spf_node *open)
{
    struct finding *finding;

    if (open->record == own) {
        finding = finding_add(judgement, check, subject, OUTCOME_FAIL,
                              "The SPF record ends with \"%s\": everybody may send for the domain",
                              text_or(open->term->text, "+all"));
        spf_fix(judgement, finding, "Publish it with an end", &(struct spf_wish){.close = true});
        return finding;
    }
    finding = finding_add(
        judgement, check, subject, OUTCOME_FAIL,
        "The record of %s, which the domain's leads to, ends with \"%s\": everybody may send for the "
        "domain",
        text_or(open->record->domain, "?"), text_or(open->term->text, "+all"));
    finding_fix(judgement, finding, "Leave out what leads to %s, or have its operator change the record",
                text_or(open->record->domain, "it"));
    return finding;
}

static struct finding *judge_end(struct judgement *judgement, const struct check *check,
                                 const struct subject *subject, const struct spf_record_facts *own)
{
    struct spf_end end = spf_end_of(observed_spf(judgement));
    const struct spf_term_facts *unused = unused_term(own);
    struct finding *finding;

    if (end.lost)
        return finding_untested(judgement, check, subject, OUTCOME_NOT_TESTED,
                                "the record that it redirects to could not be read");
    if (end.all == NULL || same_text(end.all->qualifier, "?")) {
        finding = end.all == NULL
                      ? finding_add(judgement, check, subject, OUTCOME_WARN,
                                    "The SPF record has no end: it says nothing about all other senders")
                      : finding_add(judgement, check, subject, OUTCOME_WARN,
                                    "The SPF record ends with \"?all\": it says nothing about all other "
                                    "senders");
        spf_fix(judgement, finding, "Publish it with an end", &(struct spf_wish){.close = true});
    } else if (unused != NULL) {
        finding = finding_add(judgement, check, subject, OUTCOME_WARN,
                              "\"%s\" in the SPF record is never looked at", text_or(unused->text, "?"));
        finding_evidence(judgement, finding,
                         "What stands behind \"all\", and a redirect beside it, is ignored");
        spf_fix(judgement, finding, "Move it before \"all\" if it is meant; without it the record is",
                &(struct spf_wish){0});
    } else {
        finding = finding_add(judgement, check, subject, OUTCOME_PASS, "The SPF record ends with \"%s\"",
                              text_or(end.all->text, "?"));
    }
    return finding;
}

static void judge_all(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct spf_record_facts *own = spf_judgeable(judgement, check, &subject);
    struct list tree = spf_tree(observed_spf(judgement), judgement->arena);
    const struct spf_node *open = open_end(&tree);
    struct finding *finding;

    if (own == NULL)
        return;
    if (open != NULL) {
        finding = judge_open(judgement, check, &subject, own, open);
    } else if (sends_nothing(judgement) &&
               spf_forbids_everybody(observed_spf(judgement), judgement->arena) == NO) {
        finding =
            finding_add(judgement, check, &subject, OUTCOME_WARN,
                        "The domain takes no mail, and its SPF record does not forbid sending in its name");
        spf_fix(judgement, finding, "If it sends none either, publish", &(struct spf_wish){.nobody = true});
    } else {
        finding = judge_end(judgement, check, &subject, own);
    }
    spf_evidence_record(judgement, finding, own);
}

const struct check check_spf_all = {
    .id = "spf.all",
    .severity = SEVERITY_HIGH,
    .area = AREA_AUTHENTICATION,
    .title = "The SPF record ends with ~all or -all",
    .why = "The end of the record says what happens to mail from everybody else: without it SPF protects "
           "nothing.",
    .reference = "RFC 7208 sections 4.7, 5.1 and 6.1",
    .explanation =
        "An end of \"+all\" lets everybody send and fails, also in a record that is included. \"?all\", or "
        "no \"all\" and no "
        "redirect, says nothing about others and warns. \"~all\" and \"-all\" are both fine: with "
        "DMARC they come to the "
        "same. Terms behind \"all\" and a redirect beside it are never looked at, which warns. A "
        "domain that takes no "
        "mail (a null MX) is expected to publish \"v=spf1 -all\".\n\n"
        "Fix: end the record with ~all, and with -all once you are sure that nobody is missing.",
    .judge = judge_all,
};

/* ---- spf.ptr ---- */

static void judge_ptr(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct spf_record_facts *own = spf_judgeable(judgement, check, &subject);
    struct list tree = spf_tree(observed_spf(judgement), judgement->arena);
    const struct spf_node *found = NULL;
    struct finding *finding;

    if (own == NULL)
        return;
    for (size_t i = 0; i < tree.count; i++) {
        const struct spf_node *node = tree.items[i];

        if (node->term->kind == SPF_PTR && spf_term_is_used(node->term) &&
            (found == NULL || found->depth > 0))
            found = found == NULL || node->depth == 0 ? node : found;
    }
    if (found == NULL) {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS, "The SPF record does not use ptr");
    } else if (found->depth == 0) {
        finding = finding_add(judgement, check, &subject, OUTCOME_WARN, "The SPF record uses ptr");
        spf_fix(judgement, finding,
                "Name the senders by mx, a or their addresses instead; without ptr the record is",
                &(struct spf_wish){.drop_ptr = true});
    } else {
        finding = finding_add(judgement, check, &subject, OUTCOME_INFO,
                              "The record of %s, which the domain's leads to, uses ptr",
                              text_or(found->record->domain, "?"));
    }
    spf_evidence_record(judgement, finding, found == NULL ? own : found->record);
}

const struct check check_spf_ptr = {
    .id = "spf.ptr",
    .severity = SEVERITY_LOW,
    .area = AREA_AUTHENTICATION,
    .title = "The SPF record does not use ptr",
    .why = "The mechanism ptr is slow, burdens the name servers of others, and some receivers ignore it or "
           "the whole record.",
    .reference = "RFC 7208 section 5.5",
    .explanation =
        "The mechanism ptr asks for the reverse name of each client. RFC 7208 says not to publish it. In the "
        "domain's own record it warns, in one that is included it informs.\n\n"
        "Fix: name the senders by mx, a, ip4 or ip6.",
    .judge = judge_ptr,
};

/* ---- spf.breadth ---- */

static bool is_huge(const char *network)
{
    int prefix = spf_prefix_of(network);

    return prefix >= 0 && prefix <= (is_ipv6(network) ? HUGE_IPV6 : HUGE_IPV4);
}

/* The widest network that gets a pass: of the domain's own record, or of another. */
static const char *widest(const struct list *tree, bool own, const struct spf_node **ret_node)
{
    const char *found = NULL;

    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];

        if (!node->passes || !spf_term_is_used(node->term) || (node->depth == 0) != own)
            continue;
        for (size_t j = 0; j < node->term->networks.count; j++) {
            const char *network = node->term->networks.items[j];

            if (!spf_network_is_broad(network) || (found != NULL && !(is_huge(network) && !is_huge(found))))
                continue;
            found = network;
            *ret_node = node;
        }
    }
    return found;
}

static void evidence_breadth(struct judgement *judgement, struct finding *finding, const struct list *tree)
{
    const struct spf_facts *facts = observed_spf(judgement);

    if (facts->addresses.known)
        finding_evidence(judgement, finding, "%lld IPv4 addresses may send for the domain",
                         (long long)facts->addresses.value);
    for (size_t i = 0; i < tree->count; i++) {
        const struct spf_node *node = tree->items[i];

        if (!node->passes || !spf_term_is_used(node->term))
            continue;
        if (node->term->kind == SPF_PTR || node->term->kind == SPF_EXISTS)
            finding_evidence(judgement, finding, "Besides, %s of %s lets in who it finds",
                             text_or(node->term->text, "?"), text_or(node->record->domain, "?"));
        if (node->depth == 0 && node->term->kind == SPF_INCLUDE)
            finding_evidence(judgement, finding, "It shares its senders with all who include %s",
                             text_or(node->term->target, "?"));
    }
}

static void judge_breadth(struct judgement *judgement, const struct check *check)
{
    struct subject subject = subject_domain(judgement);
    const struct spf_record_facts *own = spf_judgeable(judgement, check, &subject);
    const struct spf_facts *facts = observed_spf(judgement);
    struct list tree = spf_tree(facts, judgement->arena);
    const struct spf_node *node = NULL;
    const char *network;
    struct finding *finding;

    if (own == NULL)
        return;
    network = widest(&tree, true, &node);
    if (network != NULL) {
        finding = finding_add(judgement, check, &subject, is_huge(network) ? OUTCOME_FAIL : OUTCOME_WARN,
                              "The SPF record lets the whole network %s send for the domain", network);
        spf_fix(judgement, finding, "Name the addresses that send; without the network the record is",
                &(struct spf_wish){.drop_broad = true});
    } else if ((network = widest(&tree, false, &node)) != NULL) {
        finding = finding_add(
            judgement, check, &subject, is_huge(network) ? OUTCOME_FAIL : OUTCOME_INFO,
            "The record of %s, which the domain's leads to, lets the whole network %s send for it",
            text_or(node->record->domain, "?"), network);
        finding_fix(judgement, finding, "Leave out what leads to %s if you do not send through it",
                    text_or(node->record->domain, "it"));
    } else if (facts->complete == NO) {
        finding = finding_untested(judgement, check, &subject, OUTCOME_NOT_TESTED,
                                   text_or(facts->incomplete_reason, "not everything was looked up"));
    } else {
        finding = finding_add(judgement, check, &subject, OUTCOME_PASS,
                              "The SPF record names no network that is too wide");
    }
    evidence_breadth(judgement, finding, &tree);
    spf_evidence_incomplete(judgement, finding);
}

const struct check check_spf_breadth = {
    .id = "spf.breadth",
    .severity = SEVERITY_MEDIUM,
    .area = AREA_AUTHENTICATION,
    .title = "The SPF record names no network that is too wide",
    .why = "Every machine in an authorised network can send in the domain's name, whoever rents it.",
    .reference = "RFC 7208",
    .explanation =
        "All addresses that get a pass are added up, also those of the records that are included. "
        "An IPv4 network of "
        "/8 or wider fails (IPv6: /16), one of /9 to /16 warns (IPv6: /17 to /31); in a record "
        "that is included it "
        "informs, as it is its operator's. What could not be looked up is not tested, unless another network "
        "is too wide. \"+all\" is judged by spf.all.\n\n"
        "Fix: name the addresses that really send, and leave out what is used no more.",
    .judge = judge_breadth,
};
