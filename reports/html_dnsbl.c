/*
 * html_dnsbl.c - blacklists: each list with what it says of each address and of the domain, or why it says nothing
 */
#include "reports/dnsbl_model.h"
#include "reports/html_chapters.h"
#include "reports/observed.h"
#include "reports/senders.h"
#include "scanner/base/text.h"

#include <string.h>

enum { COLUMNS_MAX = 5 };

/* The subjects that one table has room for. */
struct columns {
    const struct dnsbl_facts *facts;
    size_t first, count;
};

static const struct dnsbl_subject_facts *subject_at(const struct columns *columns, size_t index)
{
    return columns->facts->subjects.items[columns->first + index];
}

bool page_has_blacklists(const struct page *page)
{
    return observed_dnsbl(page->judgement)->subjects.count > 0;
}

/* As the checks weigh it. */
static enum outcome weight(const struct page *page, const struct dnsbl_list_facts *list,
                           const struct dnsbl_subject_facts *subject)
{
    bool sends = same_text(subject->kind, "domain") || address_sends(page->judgement, subject->name) != NULL;

    if (list->welcome == YES)
        return OUTCOME_PASS;
    if (!sends || !list->tier.known || list->tier.value > 2)
        return OUTCOME_INFO;
    return list->tier.value == 2 ? OUTCOME_WARN : OUTCOME_FAIL;
}

static void listed_cell(struct page *page, const struct dnsbl_list_facts *list,
                        const struct dnsbl_subject_facts *subject, const struct dnsbl_lookup_facts *lookup)
{
    page_mark(page, weight(page, list, subject), list->welcome == YES ? "welcome" : "listed");
    for (size_t i = 0; i < lookup->codes.count; i++) {
        const struct dnsbl_code_facts *code = lookup->codes.items[i];

        page_element(
            page, "span", "muted",
            page_print(page, " %s, %s", text_or(code->code, "?"), text_or(code->meaning, "not explained")));
    }
}

static void cell(struct page *page, const struct columns *columns, const char *zone,
                 const struct dnsbl_subject_facts *subject)
{
    const struct dnsbl_list_facts *list = dnsbl_list(columns->facts, zone, subject->kind);
    const struct dnsbl_lookup_facts *lookup = dnsbl_lookup(subject, zone);

    page_open(page, "td", list == NULL ? "muted" : NULL);
    if (list == NULL) {
        page_text(page, "\xe2\x80\x93"); /* it lists others */
    } else if (list->usable != YES || lookup == NULL || lookup->result == DNSBL_RESULT_NOT_OBSERVED) {
        page_mark(page, OUTCOME_NOT_TESTED, "not usable");
        page_element(
            page, "span", "muted",
            page_print(
                page, " %s",
                text_or(list->reason, lookup == NULL ? "not known" : text_or(lookup->reason, "not known"))));
    } else if (lookup->result == DNSBL_CLEAN) {
        page_mark(page, list->welcome == YES ? OUTCOME_INFO : OUTCOME_PASS,
                  list->welcome == YES ? "not there" : "clean");
    } else {
        listed_cell(page, list, subject, lookup);
    }
    page_close(page);
}

/* Whoever made the stored scan wrote the link: it is shown in full, so that it hides nothing. */
static void removal_cell(struct page *page, const char *removal)
{
    if (removal == NULL || !text_starts_with(removal, "https://") || strpbrk(removal, " \"<>\\") != NULL) {
        page_cell(page, removal == NULL ? "\xe2\x80\x93" : removal);
        return;
    }
    page_open(page, "td", NULL);
    page_open(page, "a", NULL);
    page_attribute(page, "href", removal);
    page_attribute(page, "rel", "noopener noreferrer");
    page_text(page, removal);
    page_close(page);
    page_close(page);
}

static bool concerns(const struct columns *columns, const struct dnsbl_list_facts *list)
{
    for (size_t i = 0; i < columns->count; i++)
        if (same_text(subject_at(columns, i)->kind, list->kind))
            return true;
    return false;
}

/* Does one of the columns have anything to do with it, and has its zone not had a row before? */
static bool has_row(const struct columns *columns, size_t index)
{
    const struct dnsbl_list_facts *list = columns->facts->lists.items[index];

    for (size_t i = 0; i < index; i++) {
        const struct dnsbl_list_facts *before = columns->facts->lists.items[i];

        if (same_text(before->zone, list->zone) && concerns(columns, before))
            return false;
    }
    return list->zone != NULL && concerns(columns, list);
}

/* Does it list one of them? */
static bool lists_one(const struct columns *columns, const struct dnsbl_list_facts *list)
{
    for (size_t i = 0; i < columns->count; i++) {
        const struct dnsbl_subject_facts *subject = subject_at(columns, i);
        const struct dnsbl_list_facts *own = dnsbl_list(columns->facts, list->zone, subject->kind);
        const struct dnsbl_lookup_facts *lookup = dnsbl_lookup(subject, list->zone);

        if (own && own->usable == YES && lookup && lookup->result == DNSBL_LISTED)
            return true;
    }
    return false;
}

static void list_row(struct page *page, const struct columns *columns, const struct dnsbl_list_facts *list)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, list->name);
    page_element(page, "code", NULL, page_print(page, " %s", list->zone));
    page_close(page);
    for (size_t i = 0; i < columns->count; i++)
        cell(page, columns, list->zone, subject_at(columns, i));
    removal_cell(page, list->removal);
    page_close_block(page);
}

static size_t rows_count(const struct columns *columns, bool listing)
{
    size_t count = 0;

    for (size_t i = 0; i < columns->facts->lists.count; i++)
        count += has_row(columns, i) && lists_one(columns, columns->facts->lists.items[i]) == listing;
    return count;
}

static void table(struct page *page, const struct columns *columns, bool listing, const char *caption)
{
    const char *heads[COLUMNS_MAX + 3] = {"List"};
    size_t heads_count = 1;

    for (size_t i = 0; i < columns->count; i++)
        heads[heads_count++] = text_or(subject_at(columns, i)->name, "?");
    heads[heads_count] = "Removal";
    page_table_open(
        page,
        page_print(page, "blacklists-%s-%zu", listing ? "listed" : "other", columns->first / COLUMNS_MAX + 1),
        NULL, caption, heads);
    for (size_t i = 0; i < columns->facts->lists.count; i++) {
        if (has_row(columns, i) && lists_one(columns, columns->facts->lists.items[i]) == listing)
            list_row(page, columns, columns->facts->lists.items[i]);
    }
    page_table_close(page);
}

/* Where something stands comes first; two dozen lists that say nothing are folded. */
static void tables(struct page *page, const struct columns *columns)
{
    const char *source = text_or(columns->facts->source, "of an unknown file");
    size_t listed = rows_count(columns, true);
    size_t others = rows_count(columns, false);

    if (listed > 0)
        table(page, columns, true, page_print(page, "Lists with an entry (%s)", source));
    if (others == 0)
        return;
    page_fold_open(
        page, NULL,
        page_print(page, "%zu %s without an entry, or of no use", others, others == 1 ? "list" : "lists"));
    table(page, columns, false, page_print(page, "Lists without an entry (%s)", source));
    page_close_block(page);
}

void page_blacklists(struct page *page)
{
    struct columns columns = {.facts = observed_dnsbl(page->judgement)};

    if (!page_has_blacklists(page))
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "blacklists");
    page_element(page, "h2", NULL, "Blacklists");
    page_element(page, "p", "intro",
                 "Lists that receivers ask, by the DNS, whether an address or a domain is known for spam. An "
                 "address that only receives mail may be listed without harm.");
    for (; columns.first < columns.facts->subjects.count; columns.first += COLUMNS_MAX) {
        columns.count = columns.facts->subjects.count - columns.first;
        if (columns.count > COLUMNS_MAX)
            columns.count = COLUMNS_MAX;
        tables(page, &columns);
    }
    page_close_block(page);
}
