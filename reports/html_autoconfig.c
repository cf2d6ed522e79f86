/*
 * html_autoconfig.c - what mail programs find by themselves: each server once, who names it, and whether it is so
 */
#include "reports/html_chapters.h"

#include "reports/autoconfig.h"
#include "reports/autoconfig_port.h"

#include <string.h>

bool page_has_autoconfig(const struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;

    return facts && facts->autoconfig;
}

static bool is_first(const struct list *promises, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (promise_is_same(promises->items[i], promises->items[index]))
            return false;
    }
    return true;
}

/* Who says the same of a server. */
static void source_cell(struct page *page, const struct list *promises, const struct promise *promise,
                        enum autoconfig_source source)
{
    bool said = false;

    for (size_t i = 0; i < promises->count; i++) {
        const struct promise *other = promises->items[i];

        said = said || (other->source == source && promise_is_same(other, promise));
    }
    page_element(page, "td", said ? NULL : "muted", said ? "named" : "\xe2\x80\x93");
}

static void port_cell(struct page *page, struct judgement *judgement, const struct promise *promise)
{
    const char *words;
    enum known kept = promise_kept(judgement, promise, &words);

    page_open(page, "td", NULL);
    switch (kept) {
    case YES:
        page_mark(page, OUTCOME_PASS, "as promised");
        break;
    case NO:
        page_mark(page, OUTCOME_FAIL, "not so");
        break;
    case UNKNOWN:
        page_mark(page, OUTCOME_NOT_TESTED, "not tested");
        break;
    }
    if (kept != YES && words) {
        page_void(page, "br", NULL);
        page_open(page, "span", "muted");
        page_text(page, words);
        page_close(page);
    }
    page_close(page);
}

static void server_row(struct page *page, struct judgement *judgement, const struct list *promises,
                       const struct promise *promise)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_text(page, protocol_words(promise->protocol));
    page_close(page);
    page_cell_code(page, page_print(page, "%s:%lld", promise->host, (long long)promise->port));
    page_cell(page, security_words(promise->security));
    for (int source = BY_SRV; source < AUTOCONFIG_SOURCES; source++)
        source_cell(page, promises, promise, (enum autoconfig_source)source);
    port_cell(page, judgement, promise);
    page_close_block(page);
}

static void servers(struct page *page, struct judgement *judgement, const struct list *promises)
{
    static const char *const protocols[] = {"imap", "pop3", "smtp", "sieve"};
    static const char *const columns[] = {"Service", "Server",       "Encryption", "SRV records",
                                          "Mozilla", "Autodiscover", "The port",   NULL};

    page_table_open(page, "autoconfig-servers", NULL, "Servers that mail programs are sent to", columns);
    for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
        for (size_t j = 0; j < promises->count; j++) {
            const struct promise *promise = promises->items[j];

            if (strcmp(promise->protocol, protocols[i]) == 0 && is_first(promises, j))
                server_row(page, judgement, promises, promise);
        }
    }
    page_table_close(page);
}

void page_autoconfig(struct page *page)
{
    struct judgement judgement = *page->judgement; /* what is found out here lives as long as the page */
    struct list promises;

    if (!page_has_autoconfig(page))
        return;
    judgement.arena = page->arena;
    promises = autoconfig_promises(&judgement);
    page_open(page, "section", NULL);
    page_attribute(page, "id", "autoconfig");
    page_element(page, "h2", NULL, "Autoconfiguration: what mail programs find");
    page_element(page, "p", "intro",
                 "Given nothing but an address, mail programs look for their servers in SRV records of the "
                 "DNS, in Mozilla's configuration file, or by Microsoft's Autodiscover. All three should say "
                 "the same, and it should be so.");
    if (promises.count > 0)
        servers(page, &judgement, &promises);
    else
        page_element(
            page, "p", NULL,
            "Mail programs find no server by themselves: no SRV records, no file, no Autodiscover that "
            "names one.");
    page_close_block(page);
    page->failed = page->failed || judgement.failed;
}
