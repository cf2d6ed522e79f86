/*
 * html_policies.c - what the domain publishes for senders: the MTA-STS record and policy, and the TLS-RPT record
 */
#include "reports/html_chapters.h"

bool page_has_policies(const struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;

    return facts && ((facts->mta_sts && (facts->mta_sts->records.count > 0 || facts->mta_sts->host)) ||
                     (facts->tls_rpt && facts->tls_rpt->records.count > 0));
}

static const char *fetch_words(struct page *page, const struct mta_sts_fetch_facts *fetch)
{
    if (fetch->contacted == NO)
        return page_print(page, "not asked: %s", fetch->reason ? fetch->reason : "no reason noted");
    if (fetch->result != FETCH_ANSWERED)
        return fetch->reason;
    return fetch->status.known ? page_print(page, "HTTP status %lld", (long long)fetch->status.value) : NULL;
}

static const char *policy_words(struct page *page, const struct mta_sts_fetch_facts *fetch)
{
    if (fetch->location)
        return page_print(page, "redirect to %s", fetch->location);
    return fetch->policy.known ? page_print(page, "policy %lld", (long long)fetch->policy.value + 1) : "none";
}

static void fetches(struct page *page, const struct mta_sts_facts *facts)
{
    static const char *const columns[] = {"Address", "Answer", "Media type", "Policy", "Time", NULL};

    page_table_open(page, "policy-host", NULL, page_print(page, "Policy host %s", facts->host), columns);
    for (size_t i = 0; i < facts->fetches.count; i++) {
        const struct mta_sts_fetch_facts *fetch = facts->fetches.items[i];

        page_row_open(page, NULL);
        page_open(page, "th", NULL);
        page_attribute(page, "scope", "row");
        page_element(page, "code", NULL, fetch->address);
        page_close(page);
        page_cell(page, fetch_words(page, fetch));
        page_cell_code(page, fetch->content_type);
        page_cell(page, policy_words(page, fetch));
        page_element(page, "td", "number-cell",
                     fetch->milliseconds.known
                         ? page_print(page, "%lld ms", (long long)fetch->milliseconds.value)
                         : "\xe2\x80\x93");
        page_close_block(page);
    }
    page_table_close(page);
}

static void policy(struct page *page, const struct mta_sts_policy_facts *facts, size_t number)
{
    page_element(page, "h3", NULL, page_print(page, "MTA-STS policy %zu", number));
    page_open(page, "pre", "copy");
    for (size_t i = 0; i < facts->lines.count; i++) {
        page_text(page, text_at(&facts->lines, i));
        page_text(page, "\n");
    }
    page_close_block(page);
}

static void records(struct page *page, const struct observed_facts *facts)
{
    page_open(page, "dl", "facts");
    for (size_t i = 0; facts->mta_sts && i < facts->mta_sts->records.count; i++)
        page_term_code(page, "MTA-STS record",
                       ((const struct mta_sts_record_facts *)facts->mta_sts->records.items[i])->text);
    for (size_t i = 0; facts->tls_rpt && i < facts->tls_rpt->records.count; i++)
        page_term_code(page, "TLS-RPT record",
                       ((const struct tls_rpt_record_facts *)facts->tls_rpt->records.items[i])->text);
    page_close_block(page);
}

void page_policies(struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;

    if (!page_has_policies(page))
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "policies");
    page_element(page, "h2", NULL, "MTA-STS and TLS-RPT: what senders are told");
    page_element(page, "p", "intro",
                 "With MTA-STS (Mail Transfer Agent Strict Transport Security) a domain says that its mail "
                 "hosts have TLS and valid certificates, and that senders may insist on it. With TLS-RPT "
                 "(TLS reporting) senders report where that failed.");
    records(page, facts);
    if (facts->mta_sts && facts->mta_sts->host && facts->mta_sts->fetches.count > 0)
        fetches(page, facts->mta_sts);
    for (size_t i = 0; facts->mta_sts && i < facts->mta_sts->policies.count; i++)
        policy(page, facts->mta_sts->policies.items[i], i + 1);
    page_close_block(page);
}
