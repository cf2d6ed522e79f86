/*
 * html.c - the HTML report: well-formed, valid, self-contained, harmless, readable
 *
 * OUTPOST_HTML_SAMPLES=DIRECTORY keeps the pages, to be looked at in a browser.
 */
#include "reports/html_chapters.h"
#include "reports/judge.h"

#include "reports/policy.h"
#include "reports/report.h"
#include "scanner/base/text.h"
#include "tests/unit/sample_judgement.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <math.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

extern const char report_css[];

#define XML(text)      ((const xmlChar *)(text))
#define LONG_TEXT_SIZE 10000

static char *long_text(void)
{
    static char text[LONG_TEXT_SIZE + 1];

    memset(text, 'x', LONG_TEXT_SIZE);
    return text;
}

/* What a server could say; each page of the tests is made with one of them. */
static const char *hostile_text(size_t index)
{
    static const char *const texts[] = {
        NULL,
        "</script><script>alert(1)</script>",
        "</style><style>body{display:none}</style>",
        "]]> &amp; &#0; <!-- \" ' ` --> <![CDATA[",
        "\x1b[31mred\x1b[0m \x07 \x7f \xc2\x9b\x31m",
        "\xe2\x80\xae"
        "elpmaxe\xe2\x80\xac \xe2\x81\xa6 \xef\xbf\xbe \xed\xa0\x80 \xff\xfe caf\xe9",
        "javascript:alert(1) RFC 5321 section 4.2\" onmouseover=\"alert(1)",
        "line one\n  indented `code` line\r\nline three\n\n  `",
        "RFC RFC 1 RFC 999999 RFC 5321 appendix D.1, RFC 5321, section 4., RFC 7505",
        "",
    };

    if (index == sizeof(texts) / sizeof(*texts))
        return long_text();
    return texts[index];
}

enum { HOSTILE_TEXTS = 11, FAULTLESS = HOSTILE_TEXTS, EMPTY, JUDGED, ADDRESS, TLSA, PAGES };

static const char *page_name(size_t index)
{
    static const char *const names[PAGES] = {
        "sample",     "script",  "style", "cdata",     "escapes", "bidi",   "attributes", "lines",
        "references", "nothing", "long",  "faultless", "empty",   "judged", "address",    "tlsa"};

    return names[index];
}

/* The facts of the sample as the checks judge them. */
static struct judgement *judge_sample(struct arena *arena)
{
    const struct policy *policy;
    const char *error = NULL;
    struct judgement *judgement;

    cr_assert_eq(policy_load(NULL, arena, &policy, &error), 0, "%s", error);
    cr_assert_eq(judge(sample_judgement(arena, NULL)->scan, policy, arena, &judgement), 0);
    return judgement;
}

/* An address was asked for, so no name led to its ports. */
static struct judgement *sample_of_address(struct arena *arena)
{
    struct judgement *judgement = sample_faultless(arena);
    const struct observed_facts *facts = judgement->scan->facts;
    struct mail_host_facts *host = facts->dns->hosts.items[0];

    host->name = ((const struct host_address_facts *)host->addresses.items[0])->address;
    host->literal = YES;
    host->source = HOST_TARGET;
    host->preference = (struct number){0};
    for (size_t i = 0; i < facts->endpoints.count; i++)
        ((struct endpoint_facts *)facts->endpoints.items[i])->hosts = (struct list){.observed = false};
    return judgement;
}

static void add_tlsa(struct list *records, struct arena *arena, int64_t usage, enum tlsa_use use,
                     const char *reason)
{
    struct tlsa_facts *record = list_new_item(records, arena, sizeof(*record));

    record->usage = number(usage);
    record->selector = record->matching = number(1);
    record->data = bytes_of("0123456789abcdef0123456789abcdef", 32);
    record->use = use;
    record->reason = reason;
}

static void add_match(struct dane_facts *dane, struct arena *arena, const struct endpoint_facts *endpoint,
                      size_t certificate, enum known matched)
{
    struct dane_match_facts *match = list_new_item(&dane->matches, arena, sizeof(*match));

    match->address = endpoint->address;
    match->leaf_sha256 =
        ((const struct certificate_facts *)endpoint->tls->certificates.items[certificate])->sha256;
    match->matched = matched;
    match->record = matched == YES ? number(0) : (struct number){0};
    match->reason = matched == YES ? NULL : "no record matches <this>";
}

/* TLSA records of one port: one that matches, one of the next key, one that is of no use. */
static struct judgement *sample_with_tlsa(struct arena *arena)
{
    struct judgement *judgement = sample_judgement(arena, NULL);
    struct observed_facts *facts = judgement->scan->facts;
    const struct endpoint_facts *endpoint = facts->endpoints.items[0];
    struct dane_facts *dane = list_new_item(&facts->dane, arena, sizeof(*dane));
    struct dns_question_facts *question = list_new_item(&dane->questions, arena, sizeof(*question));

    dane->host = dane->base = ((const struct mail_host_facts *)facts->dns->hosts.items[0])->name;
    dane->port = endpoint->port;
    question->name = "_25._tcp.mail.example";
    question->type = "TLSA";
    question->outcome = DNS_DATA;
    add_tlsa(&dane->records, arena, 3, TLSA_USABLE, NULL);
    add_tlsa(&dane->records, arena, 3, TLSA_USABLE, NULL);
    add_tlsa(&dane->records, arena, 9, TLSA_UNUSABLE, "its usage is <unknown>");
    add_match(dane, arena, endpoint, 0, YES);
    add_match(dane, arena, endpoint, 1, NO);
    return judgement;
}

static char *make_page(size_t index, size_t *ret_size)
{
    struct arena *arena = arena_new(0);
    const char *folder = getenv("OUTPOST_HTML_SAMPLES");
    struct judgement *judgement;
    char *page;

    if (index == FAULTLESS)
        judgement = sample_faultless(arena);
    else if (index == EMPTY)
        judgement = sample_empty(arena);
    else if (index == JUDGED)
        judgement = judge_sample(arena);
    else if (index == ADDRESS)
        judgement = sample_of_address(arena);
    else if (index == TLSA)
        judgement = sample_with_tlsa(arena);
    else
        judgement = sample_judgement(arena, &(struct sample_words){.hostile = hostile_text(index)});
    cr_assert_eq(report_html(judgement, &page, ret_size), 0);
    if (folder) {
        FILE *file = fopen(arena_format(arena, "%s/%s.html", folder, page_name(index)), "w");

        cr_assert(file, "%s cannot be written to", folder);
        cr_assert_eq(fwrite(page, 1, *ret_size, file), *ret_size);
        cr_assert_eq(fclose(file), 0);
    }
    arena_free(arena);
    return page;
}

struct document {
    char *page;
    size_t size;
    xmlDocPtr xml;
    xmlXPathContextPtr xpath;
};

static struct document open_page(size_t index)
{
    struct document document = {0};

    document.page = make_page(index, &document.size);
    document.xml = xmlReadMemory(document.page, (int)document.size, "page.html", "UTF-8",
                                 XML_PARSE_NONET | XML_PARSE_HUGE);
    cr_assert(document.xml, "page %s is not well-formed", page_name(index));
    document.xpath = xmlXPathNewContext(document.xml);
    xmlXPathRegisterNs(document.xpath, XML("h"), XML("http://www.w3.org/1999/xhtml"));
    return document;
}

static void close_page(struct document *document)
{
    xmlXPathFreeContext(document->xpath);
    xmlFreeDoc(document->xml);
    free(document->page);
}

static bool holds(const struct document *document, const char *expression)
{
    xmlXPathObjectPtr result = xmlXPathEvalExpression(XML(expression), document->xpath);
    bool holds;

    cr_assert(result, "XPath does not compile: %s", expression);
    holds = xmlXPathCastToBoolean(result) != 0;
    xmlXPathFreeObject(result);
    return holds;
}

static xmlXPathObjectPtr find(const struct document *document, const char *expression)
{
    xmlXPathObjectPtr result = xmlXPathEvalExpression(XML(expression), document->xpath);

    cr_assert(result && result->nodesetval, "XPath finds no set: %s", expression);
    return result;
}

static int found(xmlXPathObjectPtr result)
{
    return result->nodesetval->nodeNr;
}

static char *content(xmlXPathObjectPtr result, int index)
{
    return (char *)xmlNodeGetContent(result->nodesetval->nodeTab[index]);
}

/* True of every page. */
static const char *const rules[] = {
    "/h:html[@lang = 'en']/h:head[following-sibling::h:body]",
    "/h:html/h:head/*[1][self::h:meta][@http-equiv = 'Content-Security-Policy']",
    "/h:html/h:head/*[2][self::h:meta][@charset = 'utf-8']",
    "//h:meta[@name = 'referrer'][@content = 'no-referrer']",
    "//h:meta[@name = 'viewport'] and //h:meta[@name = 'color-scheme'][@content = 'light dark']",
    "count(//h:style) = 1 and string-length(//h:title) > 0",
    /* nothing runs, nothing is loaded */
    "not(//*[local-name() = 'script' or local-name() = 'iframe' or local-name() = 'object' or "
    "local-name() = 'embed' or local-name() = 'form' or local-name() = 'base' or local-name() = 'img'])",
    "not(//@style) and not(//@src) and not(//@*[starts-with(local-name(), 'on')])",
    "not(//h:link[not(starts-with(@href, 'data:image/svg+xml,'))])",
    "not(//h:a[not(starts-with(@href, '#') or starts-with(@href, 'https://www.rfc-editor.org/rfc/rfc') or"
    " (starts-with(@href, 'https://') and @href = .))])", /* a link of somebody else's shows where it leads */
    "not(//h:a[starts-with(@href, 'https://')][not(@rel = 'noopener noreferrer')])",
    "not(//@href[string-length(.) < 2 or contains(., ' ') or contains(., '[') or contains(., '<')])",
    /* structure a person can walk through without eyes or mouse */
    "count(//h:h1) = 1 and count(//h:main) = 1 and count(//h:nav) = 1",
    "/h:html/h:body/*[1][self::h:a][@href = '#main'] and //h:main[@id = 'main'][@tabindex = '-1']",
    "not(//h:table[not(h:caption[@id][string-length(.) > 0])])",
    "not(//h:th[not(@scope)]) and not(//h:table[not(h:thead/h:tr/h:th)])",
    "not(//h:table[not(parent::h:div[@class = 'scroll'][@tabindex = '0'])])",
    "not(//h:details[not(*[1][self::h:summary])])",
    "not(//*[local-name() = 'svg'][not(@aria-hidden = 'true')])",
    "not(//h:h1[not(string(.))] | //h:h2[not(string(.))] | //h:h3[not(string(.))])",
    "not(//h:a[not(string(.))])",
    /* a severity is that of a failure */
    "not(//h:span[@class = 'severity'][not(ancestor::h:article[starts-with(@class, 'finding fail')])])",
    /* an outcome is never colour alone */
    "not(//h:span[starts-with(@class, 'outcome')][not(*[local-name() = 'svg']) or string(.) = ''])",
    /* content model of HTML where a parser would move elements about */
    "not(//h:p//*[self::h:p or self::h:div or self::h:ul or self::h:ol or self::h:dl or self::h:pre or "
    "self::h:table or self::h:details or self::h:section or self::h:h2 or self::h:h3])",
    "not(//h:a//h:a) and not(//h:pre//*[not(self::h:code)])",
    "not(//h:tr[not(parent::h:tbody or parent::h:thead)])",
    "not(//h:tr[not(h:td or h:th)]) and not(//h:tr/*[not(self::h:td or self::h:th)])",
    "not(//h:li[not(parent::h:ul or parent::h:ol)]) and not(//h:ul[not(h:li)]) and not(//h:ol[not(h:li)])",
    "not(//h:ul/*[not(self::h:li)]) and not(//h:ol/*[not(self::h:li)])",
    "not(//h:dl[not(h:div)]) and not(//h:dl/h:div[not(h:dt and h:dd)]) and not(//h:dl/*[not(self::h:div)])",
    "not(//h:span//*[not(self::h:span or self::h:code or self::h:bdi or self::h:strong or self::h:a or "
    "namespace-uri() = 'http://www.w3.org/2000/svg' or self::h:time)])",
    "not(//h:code//*[not(self::h:a or self::h:span)])",
};

static void check_anchors(const struct document *document, const char *name)
{
    xmlXPathObjectPtr links = find(document, "//@href[starts-with(., '#')] | //@aria-labelledby");
    xmlXPathObjectPtr ids = find(document, "//@id");

    for (int i = 0; i < found(ids); i++) {
        char *id = content(ids, i);

        cr_expect(!strpbrk(id, " \t\n%[]<>\""), "%s: the id %s cannot stand in a link", name, id);
        for (int j = 0; j < i; j++) {
            char *other = content(ids, j);

            cr_expect_str_neq(id, other, "%s: the id is there twice", name);
            xmlFree(other);
        }
        xmlFree(id);
    }
    for (int i = 0; i < found(links); i++) {
        char *link = content(links, i);
        const char *wanted = *link == '#' ? link + 1 : link;
        bool there = false;

        for (int j = 0; j < found(ids) && !there; j++) {
            char *id = content(ids, j);

            there = strcmp(id, wanted) == 0;
            xmlFree(id);
        }
        cr_expect(there, "%s: nothing has the id %s", name, wanted);
        xmlFree(link);
    }
    xmlXPathFreeObject(links);
    xmlXPathFreeObject(ids);
}

/* The chapters stand in the order in which the navigation names them. */
static void check_chapters(const struct document *document, const char *name)
{
    xmlXPathObjectPtr links = find(document, "//h:nav//h:a/@href");
    xmlXPathObjectPtr chapters = find(document, "//h:main/h:section/@id");

    cr_assert_eq(found(links), found(chapters), "%s", name);
    for (int i = 0; i < found(links); i++) {
        char *link = content(links, i);
        char *chapter = content(chapters, i);

        cr_expect_str_eq(link + 1, chapter, "%s", name);
        xmlFree(link);
        xmlFree(chapter);
    }
    xmlXPathFreeObject(links);
    xmlXPathFreeObject(chapters);
}

static void check_headings(const struct document *document, const char *name)
{
    xmlXPathObjectPtr headings =
        find(document, "//*[self::h:h1 or self::h:h2 or self::h:h3 or self::h:h4 or self::h:h5]");
    int level = 0;

    for (int i = 0; i < found(headings); i++) {
        int next = headings->nodesetval->nodeTab[i]->name[1] - '0';
        char *text = content(headings, i);

        cr_expect_leq(next, level + 1, "%s: h%d \"%s\" follows h%d", name, next, text, level);
        level = next;
        xmlFree(text);
    }
    xmlXPathFreeObject(headings);
}

static void check_policy(const struct document *document, const char *name)
{
    struct arena *arena = arena_new(0);
    xmlXPathObjectPtr policy = find(document, "//h:meta[@http-equiv]/@content");
    xmlXPathObjectPtr style = find(document, "//h:style");
    char *policy_text = content(policy, 0);
    char *style_text = content(style, 0);
    unsigned char digest[SHA256_DIGEST_LENGTH];

    SHA256((unsigned char *)style_text, strlen(style_text), digest);
    cr_expect_str_eq(policy_text,
                     arena_format(arena,
                                  "default-src 'none'; style-src 'sha256-%s'; img-src data:; "
                                  "base-uri 'none'; form-action 'none'",
                                  text_base64(arena, digest, sizeof(digest))),
                     "%s", name);
    cr_expect_str_eq(style_text, report_css, "%s", name);
    xmlFree(policy_text);
    xmlFree(style_text);
    xmlXPathFreeObject(policy);
    xmlXPathFreeObject(style);
    arena_free(arena);
}

/* A tag like <p/> opens an element in HTML: only void elements and SVG may be closed short. */
static void check_void_elements(const struct document *document, const char *name)
{
    static const char *const closed_short[] = {"meta", "link", "br", "path", "rect", "circle"};

    for (const char *end = strstr(document->page, "/>"); end; end = strstr(end + 2, "/>")) {
        const char *tag = end;
        bool allowed = false;

        while (*tag != '<')
            tag--;
        tag++;
        for (size_t i = 0; i < sizeof(closed_short) / sizeof(*closed_short); i++) {
            size_t length = strlen(closed_short[i]);

            allowed = allowed || (strncmp(tag, closed_short[i], length) == 0 && !isalnum(tag[length]));
        }
        cr_expect(allowed, "%s: <%.20s", name, tag);
    }
}

static xmlNodePtr next_node(xmlNodePtr node, xmlNodePtr top)
{
    if (node->children && node->type == XML_ELEMENT_NODE)
        return node->children;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

static xmlNodePtr next_element(xmlNodePtr node, xmlNodePtr top)
{
    do
        node = next_node(node, top);
    while (node && node->type != XML_ELEMENT_NODE);
    return node;
}

/* An HTML parser must see the same tree as the XML parser. */
static void check_as_html(const struct document *document, const char *name)
{
    htmlDocPtr html = htmlReadMemory(document->page, (int)document->size, "page.html", "UTF-8",
                                     HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
    xmlNodePtr xml_top = xmlDocGetRootElement(document->xml);
    xmlNodePtr html_top = xmlDocGetRootElement(html);
    xmlNodePtr a = xml_top;
    xmlNodePtr b = html_top;
    size_t count = 0;

    while (a && b) {
        cr_assert_str_eq((const char *)a->name, (const char *)b->name, "%s: line %ld", name, xmlGetLineNo(a));
        cr_assert(a == xml_top || xmlStrEqual(a->parent->name, b->parent->name), "%s: line %ld", name,
                  xmlGetLineNo(a));
        a = next_element(a, xml_top);
        b = next_element(b, html_top);
        count++;
    }
    cr_expect(!a && !b && count > 50, "%s: %zu elements, then one parser saw more than the other", name,
              count);
    xmlFreeDoc(html);
}

Test(html, every_page_keeps_the_rules)
{
    for (size_t i = 0; i < PAGES; i++) {
        struct document document = open_page(i);

        cr_expect_eq(strncmp(document.page, "<!DOCTYPE html>\n<html ", 22), 0);
        for (size_t rule = 0; rule < sizeof(rules) / sizeof(*rules); rule++)
            cr_expect(holds(&document, rules[rule]), "page %s breaks: %s", page_name(i), rules[rule]);
        check_anchors(&document, page_name(i));
        check_chapters(&document, page_name(i));
        check_headings(&document, page_name(i));
        check_policy(&document, page_name(i));
        check_void_elements(&document, page_name(i));
        check_as_html(&document, page_name(i));
        close_page(&document);
    }
    xmlCleanupParser();
}

/* What the first page must say. */
static const char *const told[] = {
    "//h:h1 = 'b\xc3\xbc"
    "cher.example' and //h:header//h:code = 'xn--bcher-kva.example'",
    "//h:header//h:time[@datetime = '2026-11-22T12:00:00Z'] = '22 November 2026, 12:00 UTC'",
    "contains(//h:header, '41 s') and contains(//h:header, '203.0.113.7')",
    "contains(//h:title, 'grade E')",
    "//h:p[@class = 'overall']//h:span[contains(@class, 'grade-e')] = 'E'",
    "//h:p[@class = 'headline'] = '3 things to repair, 3 to improve'",
    /* four areas, one of them without a grade */
    "count(//h:ul[@class = 'areas']/h:li) = 4",
    "//h:ul[@class = 'areas']/h:li[contains(., 'Authentication')]//h:span[contains(., 'none')]",
    /* six outcomes with their numbers */
    "count(//h:ul[@class = 'counts']/h:li) = 6",
    "normalize-space(//h:ul[@class = 'counts']/h:li[@class = 'fail']) = '4 Fail'",
    "normalize-space(//h:ul[@class = 'counts']/h:li[@class = 'not_tested']) = '2 Not tested'",
    /* the same check on two addresses sets the grade once */
    "count(//h:section[@class = 'reasons']/h:ol/h:li) = 3",
    "//h:section[@class = 'reasons']//h:a[. = 'The certificate has expired']"
    "[@href = '#cert.expiry@mail.xn--bcher-kva.example/192.0.2.25:993']",
    "contains(//h:section[@class = 'untested'], 'Whether mx2.provider.example takes mail over IPv6')",
    /* with what set the grade, all six pieces of work are there, each once */
    "count(//h:section[@class = 'reasons' or @class = 'also']/*/h:li) = 6",
    "not(//h:section[@class = 'also']//h:a[@href = //h:section[@class = 'reasons']//h:a/@href])",
    "//h:section[@class = 'also'][h:h2 = 'Also to improve']/h:ul/h:li/h:a",
    /* the table of hosts: two hosts, ten endpoints */
    "count(//h:section[@id = 'hosts']//h:tr[@class = 'group']) = 2",
    "count(//h:section[@id = 'hosts']//h:th[@scope = 'row']) = 10",
    "count(//h:section[@id = 'hosts']//h:td[@class = 'worst']//h:span[contains(., 'Fail')]) = 4",
    "contains(//h:section[@id = 'hosts']//h:tr[contains(., '993')], '12 days ago')",
    /* findings: each has its anchor, also where they are told together */
    "//h:article[contains(@class, 'fail')]//h:li[@id = "
    "'cert.expiry@mail.xn--bcher-kva.example/192.0.2.25:993']",
    "//h:article[@id = 'smtp.auth_plaintext@mail.xn--bcher-kva.example/192.0.2.25:587']",
    "count(//h:article[contains(@class, 'fail')]) = 3 and count(//h:article[contains(@class, 'warn')]) = 3",
    "count(//h:article[contains(@class, 'fail')]//h:span[@class = 'severity']) = 3",
    "//h:article[contains(., 'Passwords')]/h:p[@class = 'about']/h:span[@class = 'severity'] = 'Critical "
    "severity'",
    "//h:section[@id = 'outcome-fail'][not(h:details)]/h:article",
    "//h:section[@id = 'outcome-warn'][not(h:details)]/h:article",
    "count(//h:section[starts-with(@id, 'outcome-')]/h:details[not(@open)]) = 4",
    "//h:pre[@class = 'copy']/h:code = 'smtpd_tls_auth_only = yes'",
    "//h:div[@class = 'fix']//h:p/h:code = 'systemctl reload dovecot'",
    "//h:a[@href = 'https://www.rfc-editor.org/rfc/rfc9525#section-6.3'] = 'RFC 9525 section 6.3'",
    "//h:a[@href = 'https://www.rfc-editor.org/rfc/rfc8314#section-3.1'] = 'RFC 8314 3.1'",
    "//h:a[@href = 'https://www.rfc-editor.org/rfc/rfc7505'] = 'RFC 7505'",
    /* facts */
    "count(//h:section[@id = 'endpoints']/h:section[@class = 'endpoint']) = 10",
    "count(//h:section[@class = 'certificate']) = 4",
    "contains(//h:section[@class = 'certificate'], 'days left at the scan')",
    "contains(//h:section[@id = 'certificates'], 'expired 12 days before the scan')",
    "contains(//h:section[@id = 'dns'], 'does not lead back here')",
    "contains(//h:section[@id = 'spf']/h:dl, '3 of 10') and contains(//h:section[@id = 'spf']/h:dl, '258')",
    "//h:section[@id = 'spf']//h:tr[contains(h:th, 'include:_spf.provider.example')]/h:td[1] = '2'",
    "contains(//h:section[@id = 'spf']//h:tr[contains(h:th, 'a:out.provider.example')], '203.0.113.77')",
    "count(//h:section[@id = 'spf']//h:tr[contains(., 'MAIL FROM')][contains(., 'pass')]) = 2",
    "//h:section[@id = 'dns']//h:td[. = 'no such name (NXDOMAIN)']",
    "contains(//h:section[@id = 'endpoint-192.0.2.25-587'], 'AUTH PLAIN LOGIN')",
    "contains(//h:section[@id = 'endpoint-192.0.2.25-25'], '34 opened, 0 ended without a farewell, 0 pushed "
    "back')",
    "//h:section[@id = 'endpoint-192.0.2.25-25']//h:tr[h:td[2] = 'client'][h:td[3] = 'STARTTLS']",
    "contains(//h:section[@id = 'endpoint-192.0.2.25-993'], 'refused with the alert handshake_failure')",
    /* TLS: ports and versions, in words; a section for each port, and what is the same on many told once */
    "count(//h:section[@id = 'tls']//h:table[contains(@class, 'versions')]/h:tbody/h:tr) = 9",
    "//h:table[contains(@class, 'versions')]//h:tr[h:th = '192.0.2.25 port 25'] = "
    "'192.0.2.25 port 25A+nonononoofferedoffered'",
    "count(//h:table[contains(@class, 'versions')]//h:tr[contains(., '192.0.2.25 port 993')]//h:span"
    "[contains(@class, 'outcome warn')][. = 'offered']) = 1",
    "count(//h:table[contains(@class, 'versions')]//h:tr[contains(., '198.51.100.9')]//h:span"
    "[contains(@class, 'not_tested')][. = 'not tested']) = 2",
    "count(//h:section[@id = 'tls']/h:section[@class = 'endpoint']) = 9",
    "count(//h:section[@id = 'tls']//h:dd[contains(., 'the same as on')]) = 6",
    "//h:section[@id = 'tls-192.0.2.25-993']//h:ul[@class = 'caps']/h:li[1][contains(., 'no better than E')]"
    "[contains(., 'DES is accepted')]",
    "//h:section[@id = 'tls-192.0.2.25-993']//h:ul[@class = 'caps']/h:li/h:span/h:a"
    "[@href = '#cert.expiry@mail.xn--bcher-kva.example/192.0.2.25:993']",
    "//h:section[@id = 'tls-192.0.2.25-993']//h:ul[@class = 'caps']/h:li[last()][starts-with(., 'noted')]",
    "contains(//h:section[@id = 'tls-192.0.2.25-993'], 'Score: 0 of 100')",
    "count(//h:section[@id = 'tls-192.0.2.25-993']//h:table[contains(@class, 'suites')]//h:tr[h:td]) = 15",
    "//h:section[@id = 'tls-192.0.2.25-993']//h:details[h:summary = "
    "'TLS 1.2: 11 suites; the client chooses']//h:tr[h:th = 'TLS_RSA_WITH_DES_CBC_SHA']"
    "[contains(., 'broken: key too short')]",
    "//h:section[@id = 'tls-192.0.2.25-993']//h:tr[h:th = '0xCAFE'][contains(., 'not known')]",
    "//h:section[@id = 'tls-192.0.2.25-25']//h:tr[h:th = 'TLS_AES_256_GCM_SHA384']"
    "//h:span[contains(@class, 'pass')] = 'strong'",
    "contains(//h:section[@id = 'tls-192.0.2.25-25'], 'X25519MLKEM768 (post-quantum)')",
    "contains(//h:section[@id = 'tls-192.0.2.25-25'], 'secp256r1; the last 2 of them by the server')",
    "contains(//h:section[@id = 'tls-192.0.2.25-993'], '1024 bits, RFC 2409 group 2 (1024 bits), generator "
    "2')",
    "contains(//h:section[@id = 'tls-192.0.2.25-993'], '34, of which 31 enumerated')",
    "count(//h:section[@id = 'tls-192.0.2.25-465']//h:ul[@class = 'profiles']/h:li) = 2",
    "contains(//h:section[@id = 'tls-198.51.100.9-25'], 'Not graded: it is no better than A-')",
    "count(//h:section[@id = 'tls-198.51.100.9-25']//h:ul[@class = 'bullets']/h:li) = 2",
    "contains(//h:section[@id = 'tls-198.51.100.9-25'], 'There may be more: pushback')",
    "contains(//h:section[@id = 'hosts']//h:thead, 'TLS grade')",
    "//h:section[@id = 'hosts']//h:tr[contains(., '993')]//h:a[@href = '#tls-192.0.2.25-993'][. = 'E']",
    "//h:section[@id = 'policies']//h:dd[. = 'v=STSv1; id=20261101;']",
    "//h:section[@id = 'policies']//h:tr[h:th = '192.0.2.80'][contains(., 'HTTP status 200')]"
    "[contains(., 'policy 1')]",
    "//h:section[@id = 'policies']//h:tr[h:th = '2001:db8:42::80'][contains(., 'connection refused')]",
    "contains(//h:section[@id = 'policies']//h:pre, 'mode: testing\nmx: mail.xn--bcher-kva.example')",
    "//h:nav//h:a[@href = '#policies']",
    "//h:section[@id = 'dkim']//h:tr[h:th = 'mail'][contains(., 'RSA, 2048 bits')][contains(., 'no "
    "subdomains (t=s)')]"
    "[contains(., 'given')]//h:span[contains(@class, 'pass')] = 'the one given'",
    "//h:section[@id = 'dkim']//h:tr[h:th = 'google'][contains(., 'damaged')]"
    "[contains(., 'alias to key.googlehosted.com (Google Workspace)')]",
    "//h:nav//h:a[@href = '#dkim']",
    "//h:section[@id = 'blacklists']//h:tr[starts-with(h:th, 'Zen')][contains(h:td[2], '127.0.0.2, sent "
    "spam')]"
    "[contains(h:td[3], 'not usable')]",
    "//h:section[@id = 'blacklists']//h:tr[starts-with(h:th, 'Names')][contains(h:td[1], 'clean')]",
    /* what lists something is seen at once, the rest is folded */
    "//h:section[@id = 'blacklists']/h:div//h:tr[starts-with(h:th, 'Zen')]",
    "//h:section[@id = 'blacklists']/h:details[not(@open)]//h:tr[starts-with(h:th, 'Names')]",
    "//h:section[@id = 'blacklists']//h:a[@href = 'https://zen.example/remove'] = "
    "'https://zen.example/remove'",
    "//h:nav//h:a[@href = '#blacklists']",
    "//h:table[contains(@class, 'questions')]//h:th[starts-with(., '_mta-sts.')]",
    "count(//h:section[@id = 'unseen']//h:dt) = 5",
    "contains(//h:footer, 'schema 1')",
};

Test(html, tells_what_was_found)
{
    struct document document = open_page(0);

    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
        cr_expect(holds(&document, told[i]), "%s", told[i]);
    cr_expect_not(holds(&document, "//h:div[@class = 'banner']"));
    close_page(&document);
}

Test(html, says_when_there_is_little_to_say)
{
    struct document empty = open_page(EMPTY);
    struct document faultless = open_page(FAULTLESS);

    cr_expect(holds(&empty, "contains(//h:div[@class = 'banner'], 'incomplete: stopped by a signal.')"));
    cr_expect(holds(&empty, "//h:p[@class = 'overall']//h:span[contains(@class, 'grade-none')]"));
    cr_expect(holds(&empty, "contains(//h:main, 'There is no grade')"));
    cr_expect(holds(&empty, "not(//h:section[@id = 'dns'] or //h:section[@id = 'dkim'] or //h:section[@id = "
                            "'policies'] or //h:section[@id = 'endpoints'])"));
    cr_expect(holds(&empty, "contains(//h:section[@class = 'untested'], 'ended before')"));
    cr_expect(holds(&empty, "//h:section[@id = 'hosts']/h:p = 'The mail hosts could not be looked up.'"));
    cr_expect(holds(&faultless, "//h:p[@class = 'headline'] = 'Nothing to repair'"));
    cr_expect(holds(&faultless, "contains(//h:section[@class = 'reasons'], 'Nothing held it down.')"));
    cr_expect(holds(&faultless, "contains(//h:section[@class = 'untested'], 'could be tested')"));
    close_page(&empty);
    close_page(&faultless);
}

Test(html, shows_the_ports_of_an_address)
{
    struct document address = open_page(ADDRESS);

    cr_expect(holds(&address, "//h:section[@id = 'hosts']//h:tr[contains(., '993')]"));
    close_page(&address);
}

Test(html, shows_tlsa_records)
{
    struct document tlsa = open_page(TLSA), sample = open_page(0);

    cr_expect(holds(&tlsa, "count(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr) = 3"));
    cr_expect(
        holds(&tlsa, "contains(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr[1], '3 1 1 3031323334')"));
    cr_expect(
        holds(&tlsa,
              "//h:table[h:caption/@id = 'tlsa']//h:tr[1]//h:span[contains(@class, 'pass')][. = 'matches']"));
    cr_expect(holds(
        &tlsa,
        "contains(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr[2], 'matches nothing that was served')"));
    cr_expect(holds(&tlsa,
                    "contains(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr[3], 'its usage is <unknown>')"));
    cr_expect(holds(&tlsa, "//h:table[h:caption/@id = 'questions']//h:code = '_25._tcp.mail.example'"));
    cr_expect(holds(&tlsa, "count(//h:section[@class = 'certificate']//h:div[h:dt = 'TLSA'] | "
                           "//h:section[@class = 'certificate']//h:dt[. = 'TLSA']) >= 2"));
    cr_expect(holds(&tlsa, "contains(//h:section[@id = 'certificates'], 'no record matches <this>')"));
    cr_expect(holds(&sample, "not(//h:table[h:caption/@id = 'tlsa'])"));
    close_page(&tlsa);
    close_page(&sample);
}

Test(html, names_its_policy)
{
    struct document judged = open_page(JUDGED);

    cr_expect(
        holds(&judged, "//h:footer//h:strong = 'mail-2026' and string-length(//h:footer//h:code) = 64"));
    cr_expect(holds(&judged, "count(//h:article) > 30 and count(//h:pre[@class = 'copy']) > 3"));
    close_page(&judged);
}

Test(html, shows_hostile_words_as_words)
{
    static const struct {
        size_t page;
        const char *expression;
    } rows[] = {
        {1, "//h:article[contains(@class, 'warn')]/h:h4[contains(., '</script><script>alert(1)</script>')]"},
        {1, "//h:table//h:code[contains(., '</script><script>alert(1)</script>')]"},
        {2, "//h:article[contains(@class, 'warn')]/h:h4[contains(., '</style><style>')]"},
        {3, "//h:ul[@class = 'evidence']//h:code[starts-with(., ']]> &amp; &#0; <!--')]"},
        {4, "//h:ul[@class = 'evidence']//h:code[starts-with(., '\\x1b[31mred\\x1b[0m \\x07 \\x7f "
            "\\xc2\\x9b1m')]"},
        {5, "//h:code[contains(., '\\xe2\\x80\\xaeelpmaxe\\xe2\\x80\\xac \\xe2\\x81\\xa6 \\xef\\xbf\\xbe "
            "\\xed\\xa0\\x80 \\xff\\xfe caf\\xe9')]"},
        {6, "//h:p[@class = 'source']/h:a[@href = 'https://www.rfc-editor.org/rfc/rfc5321#section-4.2']"},
        {7, "//h:pre[@class = 'copy']/h:code = 'indented `code` line\\x0d'"},
        {8, "//h:p[@class = 'source']/h:a[@href = 'https://www.rfc-editor.org/rfc/rfc1'] = 'RFC 1'"},
        {8, "//h:p[@class = 'source']/h:a[@href = 'https://www.rfc-editor.org/rfc/rfc5321#appendix-D.1']"},
        {8, "//h:p[@class = 'source']/h:a[. = 'RFC 5321, section 4']"},
        {8, "not(//h:a[contains(@href, '999999')])"},
        {10, "//h:code[string-length(.) = 10000]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct document document = open_page(rows[i].page);

        cr_expect(holds(&document, rows[i].expression), "%s", rows[i].expression);
        for (const char *at = document.page; *at; at++)
            cr_assert((unsigned char)*at >= 0x20 || *at == '\n', "a control character in page %s",
                      page_name(rows[i].page));
        cr_expect(!strstr(document.page, "<script"));
        close_page(&document);
    }
}

/* ---- colours: every pair that meets on the page, in both themes (WCAG 2.2, 1.4.3 and 1.4.11) ---- */

static double channel(unsigned int value)
{
    double share = value / 255.0;

    return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4);
}

static double luminance(unsigned int color)
{
    return 0.2126 * channel(color >> 16 & 255) + 0.7152 * channel(color >> 8 & 255) +
           0.0722 * channel(color & 255);
}

static double contrast(unsigned int a, unsigned int b)
{
    double light = fmax(luminance(a), luminance(b));
    double dark = fmin(luminance(a), luminance(b));

    return (light + 0.05) / (dark + 0.05);
}

/* The value of a custom property in the part of the style sheet that begins at `from`. */
static unsigned int color_of(const char *from, const char *end, const char *name)
{
    char search[40];
    const char *at;

    snprintf(search, sizeof(search), "--%s: #", name);
    at = strstr(from, search);
    cr_assert(at && at < end, "--%s is not set", name);
    return (unsigned int)strtoul(at + strlen(search), NULL, 16);
}

static const struct {
    const char *foreground, *background;
    double minimum;
} pairs[] = {
    {"text", "page", 4.5},           {"text", "surface", 4.5},       {"text", "sunken", 4.5},
    {"text", "warn-tint", 4.5},      {"info", "warn-tint", 3.0},     {"muted", "page", 4.5},
    {"muted", "surface", 4.5},       {"muted", "sunken", 4.5},       {"link", "page", 4.5},
    {"link", "surface", 4.5},        {"link", "sunken", 4.5},        {"fail", "surface", 4.5},
    {"fail", "page", 4.5},           {"warn", "surface", 4.5},       {"warn", "page", 4.5},
    {"warn", "warn-tint", 4.5},      {"info", "surface", 4.5},       {"info", "page", 4.5},
    {"pass", "surface", 4.5},        {"pass", "page", 4.5},          {"not-applicable", "surface", 4.5},
    {"not-applicable", "page", 4.5}, {"not-tested", "surface", 4.5}, {"not-tested", "page", 4.5},
    {"grade-ink", "grade-a", 4.5},   {"grade-ink", "grade-b", 4.5},  {"grade-ink", "grade-c", 4.5},
    {"grade-ink", "grade-d", 4.5},   {"grade-ink", "grade-e", 4.5},  {"grade-ink", "grade-f", 4.5},
    {"focus", "page", 3.0},          {"focus", "surface", 3.0},      {"edge", "surface", 3.0},
    {"edge", "page", 3.0},
};

Test(html, colours_can_be_read)
{
    const char *dark = strstr(report_css, "prefers-color-scheme: dark");
    const char *end = report_css + strlen(report_css);

    cr_assert(dark);
    cr_expect(!strpbrk(report_css, "<&"), "the style stands inside XML");
    cr_expect(fabs(contrast(0x000000, 0xffffff) - 21) < 0.01 &&
              fabs(contrast(0x777777, 0xffffff) - 4.48) < 0.01);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        const struct {
            const char *name, *from, *to;
        } themes[] = {{"light", report_css, dark}, {"dark", dark, end}};

        for (size_t theme = 0; theme < 2; theme++) {
            double ratio = contrast(color_of(themes[theme].from, themes[theme].to, pairs[i].foreground),
                                    color_of(themes[theme].from, themes[theme].to, pairs[i].background));

            cr_expect_geq(ratio, pairs[i].minimum, "%s on %s in %s: %.2f", pairs[i].foreground,
                          pairs[i].background, themes[theme].name, ratio);
        }
    }
}
