/*
 * html.c - the HTML report: one self-contained page for the person who runs the mail system
 *
 *   who, when, grade, what set it, what was not tested  ->  hosts at a glance  ->  findings  ->  facts
 *
 * No script, no outside asset; a content security policy with the hash of our one style sheet stands first in
 * the head, so that nothing a server said could run even if it escaped the writer. Valid HTML and well-formed
 * XML at once (html_writer.h).
 */
#include "reports/report.h"

#include "reports/display.h"
#include "reports/html_chapters.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

extern const char report_css[]; /* reports/report.css, embedded by the build */

/* The policy must name the very bytes between <style> and </style>. */
static const char *security_policy(struct page *page)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;

    if (!EVP_Digest(report_css, strlen(report_css), digest, &size, EVP_sha256(), NULL)) {
        page->failed = true;
        return "";
    }
    return page_print(page,
                      "default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none'; "
                      "form-action 'none'",
                      page_keep(page, text_base64(page->arena, digest, size)));
}

static const char *target_name(const struct scan_facts *scan)
{
    if (scan->target_display)
        return scan->target_display;
    return scan->target ? scan->target : "unnamed target";
}

static void meta(struct page *page, const char *name, const char *content)
{
    page_void(page, "meta", (const char *const[]){"name", name, "content", content, NULL});
}

/* The grade as the page's icon: many reports in many tabs stay told apart. */
static const char *icon_url(struct page *page)
{
    const char *grade = page->judgement->grade;
    char letter = grade && strspn(grade, "ABCDEF") >= 1 ? *grade : '-';

    return page_print(
        page,
        "data:image/svg+xml,%%3Csvg%%20xmlns='http://www.w3.org/2000/svg'%%20viewBox='0%%200%%2032%%2032'%%3E"
        "%%3Crect%%20width='32'%%20height='32'%%20rx='7'%%20fill='%%23263442'/%%3E"
        "%%3Ctext%%20x='16'%%20y='23.5'%%20font-family='sans-serif'%%20font-size='22'%%20"
        "font-weight='700'%%20text-anchor='middle'%%20fill='white'%%3E%c%%3C/text%%3E%%3C/svg%%3E",
        letter);
}

static void head(struct page *page)
{
    page_open(page, "head", NULL);
    page_raw(page, "\n");
    page_void(page, "meta",
              (const char *const[]){"http-equiv", "Content-Security-Policy", "content", security_policy(page),
                                    NULL});
    page_void(page, "meta", (const char *const[]){"charset", "utf-8", NULL});
    meta(page, "referrer", "no-referrer");
    meta(page, "viewport", "width=device-width, initial-scale=1");
    meta(page, "color-scheme", "light dark");
    meta(page, "robots", "noindex");
    page_element(page, "title", NULL,
                 page->judgement->grade ? page_print(page, "%s: mail report, grade %s",
                                                     target_name(page->scan), page->judgement->grade)
                                        : page_print(page, "%s: mail report", target_name(page->scan)));
    page_void(page, "link", (const char *const[]){"rel", "icon", "href", icon_url(page), NULL});
    page_raw(page, "\n<style>");
    page_raw(page, report_css);
    page_raw(page, "</style>\n");
    page_close_block(page);
}

static void scanned_from(struct page *page)
{
    const struct vantage_facts *vantage = page->scan->vantage;

    if (!vantage)
        return;
    if (vantage->addresses.count > 0)
        page_text(page, " from ");
    for (size_t i = 0; i < vantage->addresses.count; i++) {
        page_text(page, i > 0 ? " and " : NULL);
        page_element(page, "code", NULL, text_at(&vantage->addresses, i));
    }
    if (vantage->ehlo) {
        page_text(page, " as ");
        page_element(page, "code", NULL, vantage->ehlo);
    }
    if (vantage->port_25 == PORT_25_BLOCKED)
        page_element(page, "strong", NULL, ", with port 25 blocked on our side");
    if (vantage->port_25_ipv6 == PORT_25_BLOCKED)
        page_element(page, "strong", NULL, ", with port 25 over IPv6 blocked on our side");
    if (vantage->ipv6 == NO)
        page_text(page, ", without IPv6");
    if (vantage->ipv4 == NO)
        page_text(page, ", without IPv4");
}

static void masthead(struct page *page)
{
    const struct scan_facts *scan = page->scan;

    page_open(page, "header", "masthead");
    page_element(page, "p", "brand", "Outpost mail report");
    page_open(page, "h1", NULL);
    page_element(page, "bdi", NULL, target_name(scan));
    page_close(page);
    if (scan->target_display && scan->target) {
        page_open(page, "p", "ascii");
        page_element(page, "code", NULL, scan->target);
        page_close(page);
    }
    page_open(page, "p", "muted");
    page_text(page, scan->started.known ? "Scanned " : "Scanned at an unknown time");
    if (scan->started.known) {
        page_time(page, scan->started.value, true);
        if (scan->finished.known && scan->finished.value >= scan->started.value)
            page_format(
                page, " in %s",
                page_keep(page, display_duration(page->arena, scan->finished.value - scan->started.value)));
    }
    scanned_from(page);
    page_text(page, ".");
    page_close(page);
    page_close_block(page);
}

static bool has_certificates(const struct observed_facts *facts)
{
    for (size_t i = 0; facts && i < facts->endpoints.count; i++) {
        const struct tls_facts *tls = ((const struct endpoint_facts *)facts->endpoints.items[i])->tls;

        if (tls && tls->certificates.count > 0)
            return true;
    }
    return false;
}

static bool has_tls(struct page *page)
{
    const struct list *grades = &page->judgement->endpoint_grades;

    for (size_t i = 0; i < grades->count; i++) {
        if (((const struct endpoint_grade *)grades->items[i])->tls)
            return true;
    }
    return false;
}

static void navigation(struct page *page)
{
    const struct observed_facts *facts = page->scan->facts;
    const struct {
        const char *anchor, *text;
        bool present;
    } chapters[] = {
        {"summary", "Summary", true},
        {"hosts", "Mail hosts", true},
        {"findings", "Findings", true},
        {"dns", "DNS", facts && (facts->dns || facts->ptr.count > 0)},
        {"spf", "SPF", page_has_spf(page)},
        {"dkim", "DKIM", page_has_dkim(page)},
        {"dmarc", "DMARC", page_has_dmarc(page)},
        {"blacklists", "Blacklists", page_has_blacklists(page)},
        {"policies", "MTA-STS and TLS-RPT", page_has_policies(page)},
        {"autoconfig", "Autoconfiguration", page_has_autoconfig(page)},
        {"endpoints", "Conversations", facts && facts->endpoints.count > 0},
        {"tls", "TLS", has_tls(page)},
        {"certificates", "Certificates", has_certificates(facts)},
        {"clients", "Clients", page_has_clients(page)},
        {"method", "How it was scanned", true},
        {"unseen", "What no scan can see", true},
    };

    page_open(page, "nav", NULL);
    page_attribute(page, "aria-label", "Chapters");
    page_open(page, "ul", NULL);
    for (size_t i = 0; i < sizeof(chapters) / sizeof(*chapters); i++) {
        if (!chapters[i].present)
            continue;
        page_open(page, "li", NULL);
        page_link(page, chapters[i].anchor, NULL, chapters[i].text);
        page_close(page);
    }
    page_close(page);
    page_close_block(page);
}

static const char *list_text(struct page *page, const struct list *texts)
{
    return texts->count ? page_keep(page, text_join(page->arena, texts, ", ")) : NULL;
}

static const char *port_25_words(enum port_25 port_25)
{
    switch (port_25) {
    case PORT_25_OPEN:
        return "open";
    case PORT_25_BLOCKED:
        return "blocked on our side";
    case PORT_25_NOT_OBSERVED:
        break;
    }
    return "not observed";
}

static void vantage_terms(struct page *page, const struct vantage_facts *vantage)
{
    page_term_code(page, "Our addresses", list_text(page, &vantage->addresses));
    page_term_code(page, "Our name in EHLO", vantage->ehlo);
    page_term(page, "Our way out over IPv4", display_known(vantage->ipv4));
    page_term(page, "Our way out over IPv6", display_known(vantage->ipv6));
    page_term(page, "Our way out on port 25 over IPv4", port_25_words(vantage->port_25));
    page_term(page, "How we know", vantage->port_25_evidence);
    page_term(page, "Our way out on port 25 over IPv6", port_25_words(vantage->port_25_ipv6));
    page_term(page, "How we know", vantage->port_25_ipv6_evidence);
}

static void method(struct page *page)
{
    const struct settings_facts *settings = page->scan->settings;
    const struct generator_facts *generator = page->scan->generator;

    page_open(page, "section", NULL);
    page_attribute(page, "id", "method");
    page_element(page, "h2", NULL, "How it was scanned");
    page_open(page, "dl", "facts");
    page_term_code(page, "Target", page->scan->target ? page->scan->target : "not observed");
    if (page->scan->started.known) {
        page_term_open(page, "Started");
        page_time(page, page->scan->started.value, true);
        page_close(page);
        page_close_block(page);
    }
    if (settings) {
        page_term(page, "Depth", settings->depth);
        page_term(page, "Pace", settings->pace);
        page_term(page, "Resolver", settings->resolver);
        page_term(page, "Trusted roots", settings->roots);
        page_term_code(page, "Ports", list_text(page, &settings->ports));
        page_term_code(page, "Overrides", list_text(page, &settings->overrides));
        if (settings->timeout.known)
            page_term(page, "Time limit",
                      page_keep(page, display_duration(page->arena, settings->timeout.value)));
    }
    if (page->scan->vantage)
        vantage_terms(page, page->scan->vantage);
    if (generator && generator->name)
        page_term(page, "Scanned by",
                  page_print(page, "%s %s", generator->name, generator->version ? generator->version : ""));
    page_close(page);
    page_close_block(page);
}

/* Texts of our own; code stands between the two halves of a sentence. */
static const struct {
    const char *subject, *before, *code, *after;
} unseen[] = {
    {"Backups", "Restore one mailbox from last night's backup to another machine and count its messages: ",
     "doveadm mailbox status -u USER messages '*'",
     " must show what it shows at home. A backup that was never restored is a hope."},
    {"Password hashes",
     "Look at how they are stored: ", "cut -d: -f2 /etc/dovecot/users | sed 's/}.*/}/' | sort | uniq -c",
     " (or the same over your password table) should name ARGON2ID, BLF-CRYPT or SHA512-CRYPT, never PLAIN, "
     "CRAM-MD5 or MD5."},
    {"Spam training", "Ask the filter what it has learnt: ", "rspamc stat",
     " shows how many messages of each kind. Bayes says nothing before it knows about 200 of both, and the "
     "numbers must grow from week to week."},
    {"Health of fail2ban",
     "Enter a wrong password once from another network, then see whether it was counted: ",
     "fail2ban-client status postfix-sasl",
     ". A jail that reads the wrong log counts nothing and says so nowhere."},
    {"Watching the logs",
     "Make something fail on purpose, such as a message to an address that defers, and wait for the alarm: ",
     "postqueue -p",
     " shows it waiting. If nobody is told within the hour, nobody will be told of the real thing."},
};

static void unseen_section(struct page *page)
{
    page_open(page, "section", NULL);
    page_attribute(page, "id", "unseen");
    page_element(page, "h2", NULL, "What no outside scan can see");
    page_element(
        page, "p", NULL,
        "A mail system can pass everything above and still lose mail. These need a look from inside.");
    page_open(page, "dl", "facts wide");
    for (size_t i = 0; i < sizeof(unseen) / sizeof(*unseen); i++) {
        page_term_open(page, unseen[i].subject);
        page_text(page, unseen[i].before);
        page_element(page, "code", NULL, unseen[i].code);
        page_text(page, unseen[i].after);
        page_close(page);
        page_close_block(page);
    }
    page_close(page);
    page_close_block(page);
}

static void footer(struct page *page)
{
    const struct policy *policy = page->judgement->policy;

    page_open(page, "footer", NULL);
    page_open(page, "p", NULL);
    page_text(page, "Judged by Outpost " OUTPOST_VERSION);
    if (policy) {
        page_text(page, " with the policy ");
        page_element(page, "strong", NULL, policy_name(policy));
        page_text(page, " (SHA-256 ");
        page_element(page, "code", NULL, policy_sha256(policy));
        page_text(page, ")");
    }
    if (page->scan->schema.known)
        page_format(page, ", result schema %lld", (long long)page->scan->schema.value);
    page_text(page, ". This page holds everything it shows: no script, nothing loaded from elsewhere.");
    page_close(page);
    page_close_block(page);
}

static void body(struct page *page)
{
    page_open(page, "body", NULL);
    page_raw(page, "\n");
    page_link(page, "main", "skip", "Skip to the report");
    page_open(page, "div", "frame");
    masthead(page);
    navigation(page);
    page_open(page, "main", NULL);
    page_attribute(page, "id", "main");
    page_attribute(page, "tabindex", "-1");
    page_raw(page, "\n");
    page_summary(page);
    page_matrix(page);
    page_findings(page);
    page_dns(page);
    page_spf(page);
    page_dkim(page);
    page_dmarc(page);
    page_blacklists(page);
    page_policies(page);
    page_autoconfig(page);
    page_endpoints(page);
    page_tls(page);
    page_certificates(page);
    page_clients(page);
    method(page);
    unseen_section(page);
    page_close_block(page);
    footer(page);
    page_close(page);
    page_close_block(page);
}

static void write_page(struct page *page)
{
    page_raw(page, "<!DOCTYPE html>\n");
    page_open(page, "html", NULL);
    page_attribute(page, "xmlns", "http://www.w3.org/1999/xhtml");
    page_attribute(page, "lang", "en");
    page_raw(page, "\n");
    head(page);
    body(page);
    page_close_block(page);
    if (xmlTextWriterFlush(page->writer) < 0)
        page->failed = true;
}

int report_html(const struct judgement *judgement, char **ret, size_t *ret_size)
{
    struct page page = {.judgement = judgement, .scan = judgement->scan};
    xmlBufferPtr buffer = xmlBufferCreate();
    char *text = NULL;
    size_t size = 0;

    page.arena = arena_new(0);
    page.writer = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    page.failed = !page.arena || !page.writer;
    if (!page.failed) {
        xmlBufferSetAllocationScheme(buffer, XML_BUFFER_ALLOC_DOUBLEIT);
        write_page(&page);
    }
    if (!page.failed) {
        size = (size_t)xmlBufferLength(buffer);
        text = malloc(size + 1);
    }
    if (text)
        memcpy(text, xmlBufferContent(buffer), size + 1);
    xmlFreeTextWriter(page.writer);
    xmlBufferFree(buffer);
    arena_free(page.arena);
    if (!text)
        return -ENOMEM;
    *ret = text;
    *ret_size = size;
    return 0;
}
