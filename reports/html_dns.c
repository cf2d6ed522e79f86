/*
 * html_dns.c - what the DNS said: mail exchangers, addresses and their names, and every question with its
 * answer
 */
#include "reports/display.h"
#include "reports/html_chapters.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

static const char *question_answer(struct page *page, const struct dns_question_facts *question)
{
    switch (question->outcome) {
    case DNS_NOT_ASKED:
        return "not asked";
    case DNS_DATA:
        return "data";
    case DNS_NODATA:
        return "no such record (NODATA)";
    case DNS_NXDOMAIN:
        return "no such name (NXDOMAIN)";
    case DNS_FAILURE:
        return page_print(page, "failed: %s", question->reason ? question->reason : "no reason noted");
    }
    return "not asked";
}

static void texts_cell(struct page *page, const struct list *texts, const char *none)
{
    page_open(page, "td", texts->count ? NULL : "muted");
    for (size_t i = 0; i < texts->count; i++) {
        if (i > 0)
            page_void(page, "br", NULL);
        page_element(page, "code", NULL, text_at(texts, i));
    }
    if (texts->count == 0)
        page_text(page, texts->observed ? "none" : none);
    page_close(page);
}

static const char *number_text(struct page *page, struct number number, const char *unit)
{
    return number.known ? page_print(page, "%lld%s", (long long)number.value, unit) : NULL;
}

/* As validated here; the resolver's word where nobody did. */
static void security_cell(struct page *page, const struct dns_question_facts *question)
{
    if (question->security == DNS_SECURE && question->security_reason != NULL) {
        page_open(page, "td", NULL);
        page_text(page, dns_security_values[DNS_SECURE]);
        page_void(page, "br", NULL);
        page_element(page, "span", "muted", question->security_reason);
        page_close(page);
    } else if (question->security != DNS_SECURITY_NOT_OBSERVED) {
        page_cell(page, dns_security_values[question->security]);
    } else {
        page_cell(page, question->authenticated == YES ? "AD bit" : NULL);
    }
}

static void question_row(struct page *page, const struct dns_question_facts *question)
{
    if (!question)
        return;
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_element(page, "code", NULL, question->name);
    page_text(page, " ");
    page_text(page, question->type);
    for (size_t i = 0; i < question->aliases.count; i++) {
        page_void(page, "br", NULL);
        page_open(page, "span", "muted");
        page_text(page, "alias of ");
        page_element(page, "code", NULL, text_at(&question->aliases, i));
        page_close(page);
    }
    page_close(page);
    page_cell(page, question_answer(page, question));
    texts_cell(page, &question->records, "\xe2\x80\x93");
    page_element(page, "td", "number-cell",
                 question->ttl.known ? number_text(page, question->ttl, " s") : "\xe2\x80\x93");
    security_cell(page, question);
    page_cell_code(page, question->server);
    page_element(page, "td", "number-cell", number_text(page, question->milliseconds, " ms"));
    page_close_block(page);
}

static void questions(struct page *page, const struct observed_facts *facts)
{
    static const char *const columns[] = {"Question", "Answer", "Records", "TTL",
                                          "DNSSEC",   "Server", "Time",    NULL};

    page_fold_open(page, NULL, "Questions and their answers");
    page_table_open(page, "questions", "questions", "Questions to the DNS", columns);
    if (facts->dns) {
        question_row(page, facts->dns->mx);
        for (size_t i = 0; i < facts->dns->hosts.count; i++) {
            const struct mail_host_facts *host = facts->dns->hosts.items[i];

            question_row(page, host->a);
            question_row(page, host->aaaa);
        }
    }
    for (size_t i = 0; i < facts->ptr.count; i++) {
        const struct ptr_facts *ptr = facts->ptr.items[i];

        question_row(page, ptr->question);
        for (size_t j = 0; j < ptr->names.count; j++)
            question_row(page, ((const struct ptr_name_facts *)ptr->names.items[j])->forward);
    }
    for (size_t i = 0; i < facts->helo.count; i++) {
        const struct helo_facts *helo = facts->helo.items[i];

        question_row(page, helo->a);
        question_row(page, helo->aaaa);
    }
    if (facts->tls_rpt)
        question_row(page, facts->tls_rpt->question);
    for (size_t i = 0; facts->dmarc && i < facts->dmarc->steps.count; i++)
        question_row(page, ((const struct dmarc_step_facts *)facts->dmarc->steps.items[i])->question);
    for (size_t i = 0; facts->spf && i < facts->spf->records.count; i++)
        question_row(page, ((const struct spf_record_facts *)facts->spf->records.items[i])->question);
    for (size_t i = 0; facts->spf && i < facts->spf->helo.count; i++)
        question_row(page, ((const struct spf_helo_facts *)facts->spf->helo.items[i])->question);
    if (facts->mta_sts) {
        question_row(page, facts->mta_sts->question);
        question_row(page, facts->mta_sts->a);
        question_row(page, facts->mta_sts->aaaa);
    }
    for (size_t i = 0; facts->dkim && i < facts->dkim->selectors.count; i++)
        question_row(page, ((const struct dkim_selector_facts *)facts->dkim->selectors.items[i])->question);
    if (facts->bimi)
        question_row(page, facts->bimi->question);
    for (size_t i = 0; i < facts->caa.count; i++) {
        const struct caa_facts *caa = facts->caa.items[i];

        for (size_t j = 0; j < caa->questions.count; j++)
            question_row(page, caa->questions.items[j]);
    }
    for (size_t i = 0; facts->autoconfig && i < facts->autoconfig->srv.count; i++)
        question_row(page, ((const struct srv_facts *)facts->autoconfig->srv.items[i])->question);
    for (size_t i = 0; i < facts->dane.count; i++) {
        const struct dane_facts *dane = facts->dane.items[i];

        for (size_t j = 0; j < dane->questions.count; j++)
            question_row(page, dane->questions.items[j]);
    }
    page_table_close(page);
    page_close_block(page);
}

static const struct ptr_facts *ptr_of(const struct observed_facts *facts, const char *address)
{
    for (size_t i = 0; address && i < facts->ptr.count; i++) {
        const struct ptr_facts *ptr = facts->ptr.items[i];

        if (ptr->address && strcmp(ptr->address, address) == 0)
            return ptr;
    }
    return NULL;
}

static void reverse_cell(struct page *page, const struct ptr_facts *ptr)
{
    if (!ptr || !ptr->question || ptr->question->outcome == DNS_NOT_ASKED) {
        page_cell(page, NULL);
        return;
    }
    page_open(page, "td", NULL);
    if (ptr->names.count == 0)
        page_text(page, question_answer(page, ptr->question));
    for (size_t i = 0; i < ptr->names.count; i++) {
        const struct ptr_name_facts *name = ptr->names.items[i];

        if (i > 0)
            page_void(page, "br", NULL);
        page_element(page, "code", NULL, name->name);
        switch (name->confirmed) {
        case YES:
            page_element(page, "span", "muted", " leads back here");
            break;
        case NO:
            page_element(page, "span", "muted", " does not lead back here");
            break;
        case UNKNOWN:
            page_element(page, "span", "muted", " could not be looked up");
            break;
        }
    }
    if (ptr->names_left_out.value > 0)
        page_element(page, "span", "muted",
                     page_keep(page, arena_format(page->arena, " and %lld more, not looked up",
                                                  (long long)ptr->names_left_out.value)));
    page_close(page);
}

static const char *host_role(struct page *page, const struct mail_host_facts *host)
{
    switch (host->source) {
    case HOST_NOT_OBSERVED:
        return NULL;
    case HOST_MX:
        if (!host->preference.known)
            return "MX";
        return page_print(page, host->asked_for == YES ? "MX %lld, given by --host" : "MX %lld",
                          (long long)host->preference.value);
    case HOST_IMPLICIT_MX:
        return "the domain itself (no MX record)";
    case HOST_OPTION:
        return "given by --host";
    case HOST_TARGET:
        return "the target";
    }
    return NULL;
}

static void address_row(struct page *page, const struct observed_facts *facts,
                        const struct mail_host_facts *host, const struct host_address_facts *address)
{
    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_element(page, "code", NULL, host->name);
    page_close(page);
    page_element(page, "td", "fixed", host_role(page, host));
    if (!address) {
        page_element(page, "td", NULL, host->addresses.observed ? "none" : "not observed");
        page_element(page, "td", NULL, "");
        page_element(page, "td", NULL, "");
        page_close_block(page);
        return;
    }
    page_open(page, "td", "fixed");
    page_element(page, "code", NULL, address->address);
    if (address->scope && strcmp(address->scope, "global") != 0)
        page_element(page, "span", "muted", page_print(page, " (%s)", address->scope));
    if (address->source && strcmp(address->source, "dns") != 0)
        page_element(page, "span", "muted", page_print(page, " from %s", address->source));
    page_close(page);
    reverse_cell(page, ptr_of(facts, address->address));
    page_cell(page, address->contacted == NO
                        ? page_print(page, "no: %s", address->reason ? address->reason : "no reason noted")
                        : display_known(address->contacted));
    page_close_block(page);
}

static void hosts(struct page *page, const struct observed_facts *facts)
{
    static const char *const columns[] = {"Mail host", "Role", "Address", "Reverse name", "Contacted", NULL};
    const struct list *all = &facts->dns->hosts;

    page_table_open(page, "addresses", NULL, "Mail hosts and their addresses", columns);
    for (size_t i = 0; i < all->count; i++) {
        const struct mail_host_facts *host = all->items[i];

        if (host->addresses.count == 0)
            address_row(page, facts, host, NULL);
        for (size_t j = 0; j < host->addresses.count; j++)
            address_row(page, facts, host, host->addresses.items[j]);
    }
    page_table_close(page);
    if (facts->dns->hosts_left_out.known && facts->dns->hosts_left_out.value > 0)
        page_element(page, "p", "muted",
                     page_print(page, "%lld further mail exchangers were left out.",
                                (long long)facts->dns->hosts_left_out.value));
}

void page_dns(struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;

    if (!facts || (!facts->dns && facts->ptr.count == 0))
        return;
    page_open(page, "section", NULL);
    page_attribute(page, "id", "dns");
    page_element(page, "h2", NULL, "DNS");
    if (facts->dns && facts->dns->null_mx == YES)
        page_element(page, "p", NULL, "The domain publishes a null MX: it takes no mail (RFC 7505).");
    if (facts->dns && facts->dns->hosts.count > 0)
        hosts(page, facts);
    page_dnssec(page);
    page_tlsa(page);
    questions(page, facts);
    page_close_block(page);
}
