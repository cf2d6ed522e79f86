/*
 * html_matrix.c - every mail host, address and port of the HTML report at a glance, with the worst that was
 * found there
 */
#include "reports/display.h"
#include "reports/html_chapters.h"
#include "reports/tls_grade.h"
#include "reports/tls_model.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <string.h>

static const struct list *endpoints_of(const struct scan_facts *scan)
{
    static const struct list none = {.observed = false};

    return scan->facts ? &scan->facts->endpoints : &none;
}

static void state_cell(struct page *page, const struct endpoint_facts *endpoint)
{
    page_open(page, "td", NULL);
    switch (endpoint->state) {
    case ENDPOINT_OPEN:
        page_text(page, "open");
        break;
    case ENDPOINT_REFUSED:
        page_text(page, "refused");
        break;
    case ENDPOINT_SILENT:
        page_text(page, "silent");
        break;
    case ENDPOINT_UNREACHABLE:
        page_text(page, "unreachable");
        break;
    case ENDPOINT_TURNED_AWAY:
        page_text(page, "turned us away");
        break;
    case ENDPOINT_NOT_CONTACTED:
        page_text(page, "not contacted");
        break;
    case ENDPOINT_NOT_OBSERVED:
        page_text(page, "not observed");
        break;
    }
    page_close(page);
}

/* Versions that are spoken, the newest first, each on one line; are there any? */
static bool versions(struct page *page, const struct tls_facts *tls)
{
    static const enum tls_version newest_first[] = {TLS_VERSION_1_3, TLS_VERSION_1_2,  TLS_VERSION_1_1,
                                                    TLS_VERSION_1_0, TLS_VERSION_SSL3, TLS_VERSION_SSL2};
    bool any = false;

    for (size_t i = 0; i < sizeof(newest_first) / sizeof(*newest_first); i++) {
        const char *name = tls_registry_version_name((uint16_t)newest_first[i]);

        if (tls_speaks(tls, newest_first[i]) != YES)
            continue;
        if (any)
            page_text(page, ", ");
        page_element(page, "span", "fixed", page_keep(page, display_version(page->arena, name)));
        any = true;
    }
    return any;
}

static const char *no_versions(const struct endpoint_facts *endpoint)
{
    if (endpoint->tls && endpoint->tls->handshakes.count > 0)
        return "no handshake";
    if (endpoint->state == ENDPOINT_OPEN && endpoint_dialogue(endpoint).starttls_offered == NO)
        return "not offered";
    return NULL;
}

static void tls_cell(struct page *page, const struct endpoint_facts *endpoint)
{
    const char *without = no_versions(endpoint);

    page_open(page, "td", "spoken");
    if (!versions(page, endpoint->tls)) {
        if (without)
            page_text(page, without);
        else
            page_element(page, "span", "muted", "not observed");
    }
    page_close(page);
}

/* The certificate shown for this host that ends first. */
static const struct certificate_facts *certificate_of(const struct tls_facts *tls, const char *host)
{
    const struct certificate_facts *found = NULL;

    for (size_t i = 0; tls && i < tls->certificates.count; i++) {
        const struct certificate_facts *certificate = tls->certificates.items[i];

        if (!certificate->not_after.known ||
            (certificate->name && host && !text_same_name(certificate->name, host)))
            continue;
        if (!found || certificate->not_after.value < found->not_after.value)
            found = certificate;
    }
    return found;
}

static void certificate_cell(struct page *page, const struct endpoint_facts *endpoint, const char *host)
{
    const struct certificate_facts *certificate = certificate_of(endpoint->tls, host);
    const char *anchor;

    if (!certificate) {
        page_element(page, "td", "muted", "not observed");
        return;
    }
    anchor = certificate->sha256 ? page_certificate_anchor(page, certificate->sha256) : NULL;
    page_open(page, "td", NULL);
    page_open(page, anchor ? "a" : "span", "date");
    if (anchor)
        page_attribute(page, "href", page_print(page, "#%s", anchor));
    page_time(page, certificate->not_after.value, false);
    page_close(page);
    if (page->scan->started.known) {
        int64_t left = certificate->not_after.value - page->scan->started.value;

        page_text(page, " ");
        page_element(
            page, "span", left < 0 ? "left strong fail" : "left muted",
            left < 0 ? page_print(page, "expired %s ago",
                                  page_keep(page, display_days(page->arena, -left / 86400)))
                     : page_print(page, "%s left", page_keep(page, display_days(page->arena, left / 86400))));
    }
    page_close(page);
}

/* Findings are sorted by weight: the first that concerns this host's endpoint is its worst. What concerns an
 * address without a port (its reverse name) is about taking and sending mail: port 25. */
static const struct finding *worst_finding(const struct judgement *judgement, const char *host,
                                           const struct endpoint_facts *endpoint)
{
    for (size_t i = 0; i < judgement->findings.count; i++) {
        const struct finding *finding = judgement->findings.items[i];
        const struct subject *subject = &finding->subject;

        if (!subject->address || !endpoint->address || strcmp(subject->address, endpoint->address) != 0 ||
            endpoint->port.value != (subject->port.known ? subject->port.value : 25) ||
            (subject->host && host && !text_same_name(subject->host, host)))
            continue;
        return finding;
    }
    return NULL;
}

static void worst_cell(struct page *page, const struct finding *finding)
{
    page_open(page, "td", "worst");
    if (!finding) {
        page_element(page, "span", "muted", "nothing was judged");
    } else {
        /* What weighs nothing is not the worst of anything. */
        bool shown = finding->outcome != OUTCOME_INFO || finding->severity != SEVERITY_NONE;

        page_outcome(page, shown ? finding->outcome : OUTCOME_PASS);
        if (shown && finding->outcome != OUTCOME_PASS && finding->outcome != OUTCOME_NOT_APPLICABLE) {
            page_text(page, " ");
            page_inline_link(page, page_anchor(page, finding->id), finding->title);
        }
    }
    page_close(page);
}

static void grade_cell(struct page *page, const struct endpoint_facts *endpoint)
{
    const struct tls_grade *grade = page_tls_grade(page, endpoint);

    page_open(page, "td", NULL);
    if (grade) {
        page_open(page, "a", "grade-link");
        page_attribute(page, "href", page_print(page, "#%s", page_tls_anchor(page, endpoint)));
        page_grade(page, "small-grade", grade->letter);
        page_close(page);
    } else {
        page_grade(page, "small-grade", NULL);
    }
    page_close(page);
}

static void endpoint_row(struct page *page, const char *host, const struct endpoint_facts *endpoint)
{
    const char *anchor = page_endpoint_anchor(page, page_keep(page, endpoint->address), endpoint->port.value);

    page_row_open(page, NULL);
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "row");
    page_open(page, "a", NULL);
    page_attribute(page, "href", page_print(page, "#%s", anchor));
    page_open(page, "code", NULL);
    page_text(page, endpoint->address);
    page_close(page);
    page_text(page, " ");
    page_element(page, "span", "port", page_print(page, "port %lld", (long long)endpoint->port.value));
    page_close(page);
    if (endpoint->service)
        page_element(page, "span", "service", page_print(page, " %s", endpoint->service));
    page_close(page);
    grade_cell(page, endpoint);
    worst_cell(page, worst_finding(page->judgement, host, endpoint));
    state_cell(page, endpoint);
    tls_cell(page, endpoint);
    certificate_cell(page, endpoint, host);
    page_close_block(page);
}

static void host_head(struct page *page, const struct mail_host_facts *host)
{
    page_open(page, "tr", "group");
    page_open(page, "th", NULL);
    page_attribute(page, "scope", "rowgroup");
    page_attribute(page, "colspan", "6");
    page_element(page, "bdi", NULL, host->display ? host->display : host->name);
    if (host->display) {
        page_text(page, " ");
        page_element(page, "code", "muted", host->name);
    }
    if (host->preference.known) {
        page_open(page, "span", "muted");
        page_format(page, " MX %lld", (long long)host->preference.value);
        page_close(page);
    }
    page_close(page);
    page_close_block(page);
}

/* Did this host lead to the port? An address that was asked for itself has no name. */
static bool leads_to(const struct mail_host_facts *host, const struct endpoint_facts *endpoint)
{
    if (endpoint->hosts.count > 0)
        return host->name && list_has_text(&endpoint->hosts, host->name);
    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *address = host->addresses.items[i];

        if (address->address && endpoint->address && strcmp(address->address, endpoint->address) == 0)
            return true;
    }
    return false;
}

static void host_rows(struct page *page, const struct mail_host_facts *host)
{
    const struct list *endpoints = endpoints_of(page->scan);
    size_t rows = 0;

    page_open(page, "tbody", NULL);
    host_head(page, host);
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (!endpoint->address || !leads_to(host, endpoint))
            continue;
        endpoint_row(page, host->name, endpoint);
        rows++;
    }
    if (rows == 0) {
        page_open(page, "tr", NULL);
        page_open(page, "td", "muted");
        page_attribute(page, "colspan", "6");
        page_text(page, host->addresses.count ? "no port was looked at" : "no address was found");
        page_close(page);
        page_close(page);
    }
    page_close_block(page);
}

void page_matrix(struct page *page)
{
    static const char *const columns[] = {"Address and port",  "TLS grade", "Worst finding", "State", "TLS",
                                          "Certificate until", NULL};
    const struct dns_facts *dns = page->scan->facts ? page->scan->facts->dns : NULL;

    page_open(page, "section", NULL);
    page_attribute(page, "id", "hosts");
    page_element(page, "h2", NULL, "Mail hosts at a glance");
    if (!dns || dns->hosts.count == 0) {
        page_element(page, "p", NULL,
                     !dns || (dns->mx && dns->mx->outcome == DNS_FAILURE)
                         ? "The mail hosts could not be looked up."
                         : "No mail host was found.");
        page_close_block(page);
        return;
    }
    page_table_head(page, "hosts-table", "matrix",
                    "Each mail host, address and port, and the worst found there", columns);
    for (size_t i = 0; i < dns->hosts.count; i++)
        host_rows(page, dns->hosts.items[i]);
    page_close(page);
    page_close_block(page);
    page_close_block(page);
}
