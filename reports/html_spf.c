/*
 * html_spf.c - who may send for the domain: the tree of SPF records with the cost of each term, and what receivers make
 * of each address
 */
#include "reports/html_chapters.h"
#include "reports/observed.h"
#include "reports/spf_model.h"

#include <string.h>

enum { NETWORKS_SHOWN = 4, ROWS_MAX = 300 };

static size_t results_count(const struct spf_facts *facts)
{
    size_t count = facts->results.count;

    for (size_t i = 0; i < facts->helo.count; i++)
        count += ((const struct spf_helo_facts *)facts->helo.items[i])->results.count;
    return count;
}

bool page_has_spf(const struct page *page)
{
    const struct spf_facts *facts = observed_spf(page->judgement);
    const struct spf_record_facts *own = spf_own_record(facts);

    return facts && ((own && own->count.known) || results_count(facts) > 0);
}

/* ---- at a glance ---- */

/* What an evaluation without a match costs; too much is certain, enough only when everything is known. */
static void cost_mark(struct page *page, const struct spf_facts *facts, struct number number, int64_t allowed,
                      enum outcome over)
{
    enum outcome outcome = facts->complete == NO ? OUTCOME_NOT_TESTED : OUTCOME_PASS;

    page_mark(page, number.value > allowed ? over : outcome,
              page_print(page, facts->complete == NO ? "at least %lld, of %lld" : "%lld of %lld",
                         (long long)number.value, (long long)allowed));
}

static void lookups_term(struct page *page, const struct spf_facts *facts, const struct spf_record_facts *own)
{
    page_term_open(page, "Terms with lookups");
    if (own->lookups.known)
        cost_mark(page, facts, own->lookups, SPF_LOOKUPS_ALLOWED, OUTCOME_FAIL);
    else
        page_mark(page, OUTCOME_FAIL, "without end");
    page_close(page);
    page_close_block(page);
}

static void void_term(struct page *page, const struct spf_facts *facts, const struct spf_record_facts *own)
{
    bool more_ipv6 = own->void_ipv6.value > own->void_ipv4.value;

    if (!own->void_ipv4.known || !own->void_ipv6.known)
        return;
    page_term_open(page, "Terms that find nothing");
    cost_mark(page, facts, more_ipv6 ? own->void_ipv6 : own->void_ipv4, SPF_VOID_LOOKUPS_ALLOWED,
              own->void_ipv4.value > SPF_VOID_LOOKUPS_ALLOWED ? OUTCOME_FAIL : OUTCOME_WARN);
    if (own->void_ipv4.value != own->void_ipv6.value)
        page_element(page, "span", "muted",
                     page_print(page, " %lld for IPv4 clients, %lld for IPv6 clients",
                                (long long)own->void_ipv4.value, (long long)own->void_ipv6.value));
    page_close(page);
    page_close_block(page);
}

static void end_term(struct page *page, const struct spf_facts *facts)
{
    struct spf_end end = spf_end_of(facts);

    page_term_open(page, "Everybody else");
    if (end.lost)
        page_text(page, "not known: the record that it redirects to could not be read");
    else if (!end.all || !end.all->text)
        page_text(page, "nothing is said about them (no \xe2\x80\x9c"
                        "all\xe2\x80\x9d)");
    else
        page_element(page, "code", NULL, end.all->text);
    page_close(page);
    page_close_block(page);
}

static void glance(struct page *page, const struct spf_facts *facts, const struct spf_record_facts *own)
{
    page_open(page, "dl", "facts");
    for (size_t i = 0; i < own->texts.count; i++)
        page_term_code(page, own->count.value > 0 ? "SPF record" : "Looks like one", text_at(&own->texts, i));
    if (own->count.value == 0)
        page_term(page, "SPF record", "none");
    if (own->count.value == 1) {
        lookups_term(page, facts, own);
        void_term(page, facts, own);
        if (facts->addresses.known)
            page_term(page, "IPv4 addresses let in",
                      page_print(page, facts->complete == NO ? "at least %lld" : "%lld",
                                 (long long)facts->addresses.value));
        end_term(page, facts);
    }
    if (facts->complete == NO)
        page_term(page, "Incomplete", facts->incomplete_reason);
    page_close_block(page);
}

/* ---- the tree ---- */

static void term_cell(struct page *page, const struct spf_node *node)
{
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    for (size_t i = 0; i < node->depth; i++)
        page_text(page, "\xe2\x80\x83"); /* an em space for each step */
    if (node->depth > 0)
        page_text(page, "\xe2\x86\xb3 ");
    page_element(page, "code", NULL, text_or(node->term->text, "?"));
    page_close(page);
}

static void cost_cell(struct page *page, const struct spf_term_facts *term)
{
    const char *text = "";

    if (term->used == YES && term->lookups.value > 0)
        text = term->total_lookups.known ? page_print(page, "%lld", (long long)term->total_lookups.value)
                                         : "without end";
    page_element(page, "td", "number-cell", text);
}

static void networks(struct page *page, const struct spf_term_facts *term)
{
    size_t more = term->networks.count > NETWORKS_SHOWN ? term->networks.count - NETWORKS_SHOWN : 0;

    for (size_t i = 0; i < term->networks.count && i < NETWORKS_SHOWN; i++) {
        page_text(page, i > 0 ? ", " : "");
        page_element(page, "code", NULL, text_at(&term->networks, i));
    }
    if (term->networks_left_out.value > 0)
        more += (size_t)term->networks_left_out.value;
    if (more > 0)
        page_element(page, "span", "muted", page_print(page, " and %zu more", more));
}

/* What a record that is led to lets in, at the term that leads there. */
static void led_to(struct page *page, const struct spf_node *node, const struct spf_record_facts *record)
{
    if (!record->count.known)
        page_mark(page, OUTCOME_NOT_TESTED, question_failure(record->question));
    else if (record->count.value != 1)
        page_mark(page, OUTCOME_FAIL,
                  record->count.value == 0
                      ? "no SPF record"
                      : page_print(page, "%lld SPF records", (long long)record->count.value));
    else if (record->loop == YES)
        page_mark(page, OUTCOME_FAIL, "leads back to itself");
    else if (record->fault)
        page_mark(page, OUTCOME_FAIL, page_print(page, "not valid: %s", record->fault));
    else
        page_element(page, "span", "muted", node->again ? "as above" : "who passes there:");
}

static void meaning_cell(struct page *page, const struct spf_facts *facts, const struct spf_node *node)
{
    const struct spf_term_facts *term = node->term;
    const struct spf_record_facts *record = spf_led_to(facts, term);

    page_open(page, "td", NULL);
    if (term->fault)
        page_mark(page, OUTCOME_FAIL, term->fault);
    else if (term->used == NO)
        page_mark(page, OUTCOME_WARN, "never looked at");
    else if (record)
        led_to(page, node, record);
    else if (term->networks.count > 0)
        networks(page, term);
    else if (term->depends == YES)
        page_element(page, "span", "muted", "depends on the sender");
    else if (term->lost == YES)
        page_mark(page, OUTCOME_NOT_TESTED, text_or(term->answer, "no answer"));
    else if (term->answer)
        page_mark(page, OUTCOME_WARN, term->answer);
    else if (term->kind == SPF_ALL)
        page_element(page, "span", "muted", "everybody else");
    else if (term->kind == SPF_EXISTS)
        page_element(page, "span", "muted", "everybody, as the name exists");
    else if (term->kind == SPF_UNKNOWN_MODIFIER)
        page_element(page, "span", "muted", "ignored");
    page_close(page);
}

static void tree_table(struct page *page, const struct spf_facts *facts)
{
    static const char *const columns[] = {"Term", "Lookups", "Who is meant", NULL};
    struct list tree = spf_tree(facts, page->arena);

    if (tree.count == 0)
        return;
    page_table_open(page, "spf-tree", "tree", "The SPF record and what it leads to", columns);
    for (size_t i = 0; i < tree.count && i < ROWS_MAX; i++) {
        const struct spf_node *node = tree.items[i];

        page_row_open(page, NULL);
        term_cell(page, node);
        cost_cell(page, node->term);
        meaning_cell(page, facts, node);
        page_close_block(page);
    }
    page_table_close(page);
    if (tree.count > ROWS_MAX)
        page_element(page, "p", "muted",
                     page_print(page, "%zu further terms are not shown.", tree.count - ROWS_MAX));
}

/* ---- results ---- */

static enum outcome outcome_of(enum spf_result result)
{
    switch (result) {
    case SPF_PASS:
        return OUTCOME_PASS;
    case SPF_FAIL:
    case SPF_PERMERROR:
        return OUTCOME_FAIL;
    case SPF_SOFTFAIL:
        return OUTCOME_WARN;
    case SPF_NONE:
    case SPF_NEUTRAL:
        return OUTCOME_INFO;
    case SPF_TEMPERROR:
    case SPF_NOT_OBSERVED:
        break;
    }
    return OUTCOME_NOT_TESTED;
}

static void result_row(struct page *page, const struct spf_result_facts *result)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_element(page, "code", NULL, text_or(result->address, "?"));
    page_close(page);
    page_open(page, "td", NULL);
    page_text(page, same_text(result->identity, "helo") ? "HELO " : "MAIL FROM ");
    page_element(page, "code", NULL, text_or(result->domain, "?"));
    page_close(page);
    page_open(page, "td", NULL);
    page_mark(page, outcome_of(result->result), spf_result_word(result->result));
    page_close(page);
    page_open(page, "td", NULL);
    if (result->reason)
        page_text(page, result->reason);
    if (result->reason && result->term)
        page_text(page, ": ");
    if (result->term)
        page_element(page, "code", NULL, result->term);
    if (result->term && result->record && !same_name(result->record, result->domain))
        page_element(page, "span", "muted", page_print(page, " of %s", result->record));
    if (result->explanation)
        page_element(page, "span", "muted",
                     page_print(page, " \xe2\x80\x9c%s\xe2\x80\x9d", result->explanation));
    page_close(page);
    page_close_block(page);
}

static void results_table(struct page *page, const struct spf_facts *facts)
{
    static const char *const columns[] = {"Sender", "Identity", "Result", "Decided by", NULL};

    if (results_count(facts) == 0)
        return;
    page_table_open(page, "spf-results", "results", "What receivers make of each address", columns);
    for (size_t i = 0; i < facts->results.count; i++)
        result_row(page, facts->results.items[i]);
    for (size_t i = 0; i < facts->helo.count; i++) {
        const struct spf_helo_facts *helo = facts->helo.items[i];

        for (size_t j = 0; j < helo->results.count; j++)
            result_row(page, helo->results.items[j]);
    }
    page_table_close(page);
}

void page_spf(struct page *page)
{
    const struct spf_facts *facts = observed_spf(page->judgement);
    const struct spf_record_facts *own = spf_own_record(facts);

    if (!page_has_spf(page))
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "spf");
    page_element(page, "h2", NULL, "SPF: who may send");
    page_element(
        page, "p", "intro",
        "Sender Policy Framework: a record says which addresses may send mail in the name of the domain.");
    if (own && own->count.known)
        glance(page, facts, own);
    tree_table(page, facts);
    results_table(page, facts);
    page_close_block(page);
}
