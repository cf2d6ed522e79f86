/*
 * html_dmarc.c - the walk up the tree of names, the policies at its end for receivers of today and of yesterday, and
 * where reports go
 */
#include "reports/dmarc.h"
#include "reports/html_chapters.h"
#include "reports/observed.h"

bool page_has_dmarc(const struct page *page)
{
    const struct dmarc_facts *facts = observed_dmarc(page->judgement);

    return facts && facts->steps.count > 0;
}

/* ---- the walk ---- */

static const char *step_words(struct page *page, const struct dmarc_step_facts *step)
{
    switch (step->result) {
    case DMARC_STEP_NOT_OBSERVED:
        break;
    case DMARC_STEP_FAILED:
        return page_print(page, "no answer: %s", question_failure(step->question));
    case DMARC_STEP_ABSENT:
        return step->records.count > 0 ? "no record that begins with v=DMARC1" : "no record";
    case DMARC_STEP_RECORD:
        return "a record";
    case DMARC_STEP_SEVERAL:
        return "several records: all are discarded";
    }
    return "not observed";
}

static void step_row(struct page *page, const struct dmarc_step_facts *step)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_element(page, "code", NULL, page_print(page, "_dmarc.%s", text_or(step->domain, "?")));
    if (step->walked == NO)
        page_element(page, "span", "muted", " the walk does not come here");
    page_close(page);
    page_cell(page, step_words(page, step));
    page_open(page, "td", NULL);
    for (size_t i = 0; i < step->records.count; i++) {
        const struct dmarc_record_facts *record = step->records.items[i];

        if (i > 0)
            page_void(page, "br", (const char *const[]){NULL});
        page_element(page, "code", NULL, text_or(record->text, "?"));
    }
    page_close(page);
    page_close_block(page);
}

static void walk(struct page *page, const struct dmarc_facts *facts)
{
    static const char *const columns[] = {"Name", "What is there", "Records", NULL};

    page_table_open(page, "dmarc-walk", "walk", "From the domain upwards", columns);
    for (size_t i = 0; i < facts->steps.count; i++)
        step_row(page, facts->steps.items[i]);
    page_table_close(page);
    if (facts->stopped)
        page_element(page, "p", "muted", page_print(page, "The walk ends there: %s.", facts->stopped));
}

/* ---- policies ---- */

static enum outcome policy_outcome(const struct dmarc_outcome_facts *outcome)
{
    if (!outcome || outcome->decided != YES)
        return OUTCOME_NOT_TESTED;
    return outcome->policy > DMARC_NONE ? OUTCOME_PASS : OUTCOME_WARN;
}

static void policy_cell(struct page *page, const struct dmarc_outcome_facts *outcome)
{
    page_open(page, "td", NULL);
    page_mark(page, policy_outcome(outcome), page_keep(page, dmarc_outcome_words(page->arena, outcome)));
    if (outcome && outcome->record_at)
        page_element(page, "span", "muted", page_print(page, " by %s", outcome->record_at));
    page_close(page);
}

static void policy_row(struct page *page, const char *who, const struct dmarc_receiver_facts *receiver)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, who);
    page_close(page);
    for (size_t kind = 0; kind < DMARC_KINDS; kind++)
        policy_cell(page, dmarc_outcome(receiver, kind));
    page_cell_code(page, receiver && receiver->domain ? receiver->domain->organizational_domain : NULL);
    page_close_block(page);
}

static void policies(struct page *page, const struct dmarc_facts *facts)
{
    static const char *const columns[] = {
        "Receivers", "The domain", "A subdomain", "A name that does not exist", "Organizational domain",
        NULL};

    page_table_open(page, "dmarc-policies", NULL, "What applies to mail that fails", columns);
    policy_row(page, "RFC 9989 (2026)", facts->current);
    policy_row(page, "RFC 7489, with the Public Suffix List", facts->older);
    page_table_close(page);
}

/* ---- reports ---- */

static void agreement_cell(struct page *page, const struct dmarc_destination_facts *destination)
{
    page_open(page, "td", NULL);
    if (destination->external == NO)
        page_mark(page, OUTCOME_PASS, "not needed: the same organization");
    else if (destination->authorised == YES)
        page_mark(page, OUTCOME_PASS, "yes");
    else if (destination->authorised == NO && destination->external == YES)
        page_mark(page, OUTCOME_FAIL, "no");
    else
        page_mark(page, OUTCOME_NOT_TESTED, "not known");
    page_close(page);
}

static void mail_cell(struct page *page, const struct dmarc_destination_facts *destination)
{
    page_open(page, "td", NULL);
    switch (destination->takes_mail) {
    case YES:
        page_mark(page, OUTCOME_PASS, "yes");
        break;
    case NO:
        page_mark(page, OUTCOME_FAIL, "no");
        break;
    case UNKNOWN:
        page_mark(page, OUTCOME_NOT_TESTED, "not known");
        break;
    }
    page_close(page);
}

static void destinations(struct page *page, const struct dmarc_facts *facts)
{
    static const char *const columns[] = {"Tag", "Address", "Agreed to take reports", "Takes mail", NULL};

    if (facts->destinations.count == 0)
        return;
    page_table_open(page, "dmarc-reports", NULL, "Where reports go", columns);
    for (size_t i = 0; i < facts->destinations.count; i++) {
        const struct dmarc_destination_facts *destination = facts->destinations.items[i];

        page_row_open(page, NULL);
        page_cell_code(page, destination->tag);
        page_cell_code(page, destination->address);
        agreement_cell(page, destination);
        mail_cell(page, destination);
        page_close_block(page);
    }
    page_table_close(page);
}

void page_dmarc(struct page *page)
{
    const struct dmarc_facts *facts = observed_dmarc(page->judgement);

    if (!page_has_dmarc(page))
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "dmarc");
    page_element(page, "h2", NULL, "DMARC: what happens to mail that fails");
    page_element(page, "p", "intro",
                 "Domain-based Message Authentication, Reporting and Conformance: what receivers are to do "
                 "with mail in the name of the domain that passes neither SPF nor DKIM, and where they "
                 "report it. They look for a record at the domain, then further up.");
    walk(page, facts);
    policies(page, facts);
    destinations(page, facts);
    page_close_block(page);
}
