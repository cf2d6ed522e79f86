/*
 * html_dane.c - TLSA records: what each is good for, and what they say of a certificate
 */
#include "reports/dane_model.h"
#include "reports/html_chapters.h"
#include "reports/observed.h"

/* ---- records ---- */

static void use_cell(struct page *page, const struct dane_facts *dane, size_t index)
{
    const struct tlsa_facts *record = dane->records.items[index];

    page_open(page, "td", NULL);
    switch (record->use) {
    case TLSA_USABLE:
        if (dane_record_matched(dane, index))
            page_mark(page, OUTCOME_PASS, "matches");
        else if (dane->matches.count > 0)
            page_mark(page, OUTCOME_INFO, "matches nothing that was served");
        else
            page_mark(page, OUTCOME_NOT_TESTED, "nothing was served to compare it with");
        break;
    case TLSA_SUPERSEDED:
    case TLSA_UNUSABLE:
        page_mark(page, OUTCOME_INFO, record->use == TLSA_UNUSABLE ? "not usable" : "not looked at");
        if (record->reason)
            page_element(page, "span", "muted", page_print(page, " %s", record->reason));
        break;
    case TLSA_USE_NOT_OBSERVED:
        page_text(page, "not observed");
        break;
    }
    page_close(page);
}

static void record_rows(struct page *page, const struct dane_facts *dane)
{
    for (size_t i = 0; i < dane->records.count; i++) {
        page_row_open(page, NULL);
        page_open(page, "th", NULL);
        page_attribute(page, "scope", "row");
        page_element(page, "code", NULL, text_or(dane->base, "?"));
        if (dane->port.known)
            page_format(page, " port %lld", (long long)dane->port.value);
        page_close(page);
        page_cell_code(page, page_keep(page, tlsa_text(page->arena, dane->records.items[i])));
        use_cell(page, dane, i);
        page_close_block(page);
    }
}

void page_tlsa(struct page *page)
{
    static const char *const columns[] = {"Host", "Record", "For a sender", NULL};
    const struct observed_facts *facts = page->scan->facts;
    size_t count = 0;

    for (size_t i = 0; facts && i < facts->dane.count; i++)
        count += ((const struct dane_facts *)facts->dane.items[i])->records.count;
    if (count == 0)
        return;
    page_table_open(page, "tlsa", "tlsa", "TLSA records (DANE)", columns);
    for (size_t i = 0; i < facts->dane.count; i++)
        record_rows(page, facts->dane.items[i]);
    page_table_close(page);
}

/* ---- certificates ---- */

static void match_term(struct page *page, const struct dane_facts *dane, const struct dane_match_facts *match)
{
    const struct tlsa_facts *record = dane_matched_record(dane, match);

    page_term_open(page, "TLSA");
    switch (match->matched) {
    case YES:
        page_mark(page, OUTCOME_PASS, "matches");
        if (record) {
            page_text(page, " ");
            page_element(page, "code", NULL, page_keep(page, tlsa_text(page->arena, record)));
        }
        break;
    case NO:
        page_mark(page, OUTCOME_WARN, text_or(match->reason, "no record matches"));
        break;
    case UNKNOWN:
        page_mark(page, OUTCOME_NOT_TESTED, text_or(match->reason, "not compared"));
        break;
    }
    page_element(page, "span", "muted",
                 page_print(page, " %s port %lld, %s", text_or(match->address, "?"),
                            (long long)dane->port.value, text_or(dane->base, "?")));
    page_close(page);
    page_close_block(page);
}

void page_tlsa_terms(struct page *page, const struct certificate_facts *certificate)
{
    const struct observed_facts *facts = page->scan->facts;

    for (size_t i = 0; facts && i < facts->dane.count; i++) {
        const struct dane_facts *dane = facts->dane.items[i];

        for (size_t j = 0; j < dane->matches.count; j++) {
            const struct dane_match_facts *match = dane->matches.items[j];

            if (same_text(match->leaf_sha256, certificate->sha256))
                match_term(page, dane, match);
        }
    }
}
