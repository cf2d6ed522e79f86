/*
 * html_dkim.c - the selectors of the domain and their keys
 */
#include "reports/dkim.h"
#include "reports/html_chapters.h"
#include "reports/observed.h"

bool page_has_dkim(const struct page *page)
{
    const struct dkim_facts *dkim = observed_dkim(page->judgement);

    return dkim != NULL && dkim->selectors.count > 0;
}

static const char *flag_words(struct page *page, const struct dkim_record_facts *record)
{
    const char *flags = "";

    if (record == NULL || record->fault != NULL || record->revoked == YES)
        return "\xe2\x80\x93";
    if (record->testing == YES)
        flags = "test (t=y) ";
    if (record->strict == YES)
        flags = page_print(page, "%sno subdomains (t=s) ", flags);
    if (record->hashes.count > 0)
        flags = page_print(page, "%sh=%s", flags, text_at(&record->hashes, 0));
    return *flags == '\0' ? "none" : flags;
}

static void key_cell(struct page *page, const struct dkim_selector_facts *selector)
{
    size_t count;
    const struct dkim_record_facts *record = dkim_key_record(selector, &count);

    page_open(page, "td", NULL);
    if (question_lost(selector->question))
        page_mark(page, OUTCOME_NOT_TESTED, "not looked up");
    else if (count == 0)
        page_mark(page, selector->given == YES ? OUTCOME_FAIL : OUTCOME_WARN, "no key");
    else if (count > 1)
        page_mark(page, OUTCOME_FAIL, page_print(page, "%zu keys", count));
    else if (record->fault != NULL)
        page_mark(page, OUTCOME_FAIL, dkim_is_damaged(record) ? "damaged" : "not usable");
    else if (record->revoked == YES)
        page_mark(page, selector->given == YES ? OUTCOME_FAIL : OUTCOME_INFO, "revoked");
    else if (!dkim_is_rsa(record))
        page_text(page, text_or(record->key_type, "?"));
    else
        page_format(page, "RSA, %lld bits", (long long)record->bits.value);
    page_close(page);
}

static void expected_cell(struct page *page, const struct dkim_selector_facts *selector)
{
    page_open(page, "td", NULL);
    if (selector->expected == NULL)
        page_text(page, "\xe2\x80\x93");
    else if (selector->matches == YES)
        page_mark(page, OUTCOME_PASS, "the one given");
    else if (selector->matches == NO)
        page_mark(page, OUTCOME_FAIL, "another one");
    else
        page_mark(page, OUTCOME_NOT_TESTED, "nothing to compare");
    page_close(page);
}

static const char *origin_words(struct page *page, const struct dkim_selector_facts *selector)
{
    const char *origin =
        selector->given == YES ? "given" : page_print(page, "guessed: %s", text_or(selector->used_by, "?"));

    if (selector->question != NULL && selector->question->aliases.count > 0)
        return page_print(page, "%s; alias to %s%s%s%s", origin, text_or(dkim_owner(selector), "?"),
                          selector->provider != NULL ? " (" : "", text_or(selector->provider, ""),
                          selector->provider != NULL ? ")" : "");
    return origin;
}

void page_dkim(struct page *page)
{
    static const char *const columns[] = {"Selector", "Key", "Flags", "Where from", "As expected", NULL};
    const struct dkim_facts *dkim = observed_dkim(page->judgement);
    size_t count;

    if (!page_has_dkim(page))
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "dkim");
    page_element(page, "h2", NULL, "DKIM: the keys of signatures");
    page_element(page, "p", "intro",
                 "DomainKeys Identified Mail: whoever sends signs each message; receivers find the public "
                 "key under the selector that the signature names.");
    page_table_open(page, "selectors", NULL, "Selectors that were given, and common ones that are there",
                    columns);
    for (size_t i = 0; i < dkim->selectors.count; i++) {
        const struct dkim_selector_facts *selector = dkim->selectors.items[i];

        page_row_open(page, NULL);
        page_open(page, "th", NULL);
        page_attribute(page, "scope", "row");
        page_element(page, "code", NULL, text_or(selector->name, "?"));
        page_close(page);
        key_cell(page, selector);
        page_cell(page, flag_words(page, dkim_key_record(selector, &count)));
        page_cell(page, origin_words(page, selector));
        expected_cell(page, selector);
        page_close_block(page);
    }
    page_table_close(page);
    page_close_block(page);
}
