/*
 * html.c - the HTML report: well-formed, valid, self-contained, harmless
 */
#include "reports/html_chapters.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/unit/html_page.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <openssl/sha.h>
#include <string.h>

extern const char report_css[];

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
    xmlXPathObjectPtr links = document_find(document, "//@href[starts-with(., '#')] | //@aria-labelledby");
    xmlXPathObjectPtr ids = document_find(document, "//@id");

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
    xmlXPathObjectPtr links = document_find(document, "//h:nav//h:a/@href");
    xmlXPathObjectPtr chapters = document_find(document, "//h:main/h:section/@id");

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
        document_find(document, "//*[self::h:h1 or self::h:h2 or self::h:h3 or self::h:h4 or self::h:h5]");
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
    xmlXPathObjectPtr policy = document_find(document, "//h:meta[@http-equiv]/@content");
    xmlXPathObjectPtr style = document_find(document, "//h:style");
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
        struct document document = document_open(i);

        cr_expect_eq(strncmp(document.page, "<!DOCTYPE html>\n<html ", 22), 0);
        for (size_t rule = 0; rule < sizeof(rules) / sizeof(*rules); rule++)
            cr_expect(document_holds(&document, rules[rule]), "page %s breaks: %s", document_name(i),
                      rules[rule]);
        check_anchors(&document, document_name(i));
        check_chapters(&document, document_name(i));
        check_headings(&document, document_name(i));
        check_policy(&document, document_name(i));
        check_void_elements(&document, document_name(i));
        check_as_html(&document, document_name(i));
        document_close(&document);
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
    "count(//h:table[contains(@class, 'versions')]//h:tr[contains(., '198.51.100.9')]//h:td"
    "[*[contains(@class, 'not_tested')]][. = 'not tested']) = 2",
    "contains(//h:p[contains(@class, 'legend')], 'Fail, Warning, Info, Passed, Not tested')",
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
    /* ... and a place where the server's order counts, only */
    "count(//h:table[starts-with(h:caption, 'TLS 1.2: 11 suites')]//h:th[. = 'Place']) = 0",
    "count(//h:table[contains(h:caption, \"server's order\")]//h:th[. = 'Place']) >= 1",
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
    struct document document = document_open(0);

    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
        cr_expect(document_holds(&document, told[i]), "%s", told[i]);
    cr_expect_not(document_holds(&document, "//h:div[@class = 'banner']"));
    document_close(&document);
}

Test(html, says_when_there_is_little_to_say)
{
    struct document empty = document_open(EMPTY);
    struct document faultless = document_open(FAULTLESS);

    cr_expect(
        document_holds(&empty, "contains(//h:div[@class = 'banner'], 'incomplete: stopped by a signal.')"));
    cr_expect(document_holds(&empty, "//h:p[@class = 'overall']//h:span[contains(@class, 'grade-none')]"));
    cr_expect(document_holds(&empty, "contains(//h:main, 'There is no grade')"));
    cr_expect(document_holds(&empty,
                             "not(//h:section[@id = 'dns'] or //h:section[@id = 'dkim'] or //h:section[@id = "
                             "'policies'] or //h:section[@id = 'endpoints'])"));
    cr_expect(document_holds(&empty, "contains(//h:section[@class = 'untested'], 'ended before')"));
    cr_expect(
        document_holds(&empty, "//h:section[@id = 'hosts']/h:p = 'The mail hosts could not be looked up.'"));
    cr_expect(document_holds(&faultless, "//h:p[@class = 'headline'] = 'Nothing to repair'"));
    cr_expect(
        document_holds(&faultless, "contains(//h:section[@class = 'reasons'], 'Nothing held it down.')"));
    cr_expect(document_holds(&faultless, "contains(//h:section[@class = 'untested'], 'could be tested')"));
    document_close(&empty);
    document_close(&faultless);
}

/* What it is no better than, and why it cannot be said. */
Test(html, says_when_tls_was_not_enumerated)
{
    static const char *const rows[] = {
        "//h:p[@class = 'overall']//h:span[contains(@class, 'grade-none')]",
        "//h:p[@class = 'headline'] = 'Nothing to repair in what was tested'",
        "contains(//h:div[@class = 'verdict-text'], 'There is no grade, but it is no better than A. TLS was "
        "not "
        "enumerated at this depth (--depth standard does that)')",
        "contains(//h:ul[@class = 'areas']/h:li[1], 'Transport, no better than A')",
        "contains(//h:section[@class = 'reasons'], 'nothing that was tested held it down.')",
        "contains(//h:section[@id = 'tls-192.0.2.25-465'], 'what is spoken on this port is not known')",
        "contains(//h:section[@id = 'tls-192.0.2.25-993'], 'People send passwords here')",
    };
    struct document document = document_open(QUICK);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(document_holds(&document, rows[i]), "%s", rows[i]);
    document_close(&document);
}

Test(html, says_what_set_the_grade)
{
    static const char *const rows[] = {
        "count(//h:section[@class = 'reasons']/h:ol/h:li) = 4",
        /* a fault of TLS whose check passes: its own words, its ports, no outcome */
        "//h:section[@class = 'reasons']/h:ol/h:li[1]//h:a = 'Suites without AEAD are accepted: TLS_CBC'",
        "contains(//h:section[@class = 'reasons']/h:ol/h:li[1], 'Transport, on port 465 of 2 addresses')",
        "not(//h:section[@class = 'reasons']/h:ol/h:li[1]//h:span[starts-with(@class, 'outcome')])",
        /* all lines of a step, and the step of each server */
        "//h:section[@class = 'reasons']/h:ol/h:li[2]//h:p[@class = 'in-short'][1] = 'Postfix (main.cf): "
        "smtpd_tls_mandatory_ciphers = medium, smtpd_tls_mandatory_exclude_ciphers = aNULL, kRSA'",
        "//h:section[@class = 'reasons']/h:ol/h:li[2]//h:p[@class = 'in-short'][2] = 'Dovecot (10-ssl.conf): "
        "1, 2, "
        "3, \xe2\x80\xa6'",
    };
    struct document document = document_open(CAPPED);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(document_holds(&document, rows[i]), "%s", rows[i]);
    document_close(&document);
}

Test(html, shows_the_ports_of_an_address)
{
    struct document address = document_open(ADDRESS);

    cr_expect(document_holds(&address, "//h:section[@id = 'hosts']//h:tr[contains(., '993')]"));
    document_close(&address);
}

Test(html, shows_tlsa_records)
{
    struct document tlsa = document_open(TLSA), sample = document_open(0);

    cr_expect(document_holds(&tlsa, "count(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr) = 3"));
    cr_expect(document_holds(
        &tlsa, "contains(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr[1], '3 1 1 3031323334')"));
    cr_expect(document_holds(
        &tlsa,
        "//h:table[h:caption/@id = 'tlsa']//h:tr[1]//h:span[contains(@class, 'pass')][. = 'matches']"));
    cr_expect(document_holds(
        &tlsa,
        "contains(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr[2], 'matches nothing that was served')"));
    cr_expect(document_holds(
        &tlsa, "contains(//h:table[h:caption/@id = 'tlsa']/h:tbody/h:tr[3], 'its usage is <unknown>')"));
    cr_expect(
        document_holds(&tlsa, "//h:table[h:caption/@id = 'questions']//h:code = '_25._tcp.mail.example'"));
    cr_expect(document_holds(&tlsa, "count(//h:section[@class = 'certificate']//h:div[h:dt = 'TLSA'] | "
                                    "//h:section[@class = 'certificate']//h:dt[. = 'TLSA']) >= 2"));
    cr_expect(
        document_holds(&tlsa, "contains(//h:section[@id = 'certificates'], 'no record matches <this>')"));
    cr_expect(document_holds(&sample, "not(//h:table[h:caption/@id = 'tlsa'])"));
    document_close(&tlsa);
    document_close(&sample);
}

/* A version is marked as its finding is: TLS 1.0 warns on port 25 and fails where people log in. */
Test(html, marks_versions_as_their_findings)
{
    struct document judged = document_open(JUDGED);

    cr_expect(document_holds(&judged, "//h:table[contains(@class, 'versions')]//h:tr[contains(h:th, "
                                      "'192.0.2.25 port 25')]/h:td[4]/h:span[@class = 'outcome warn'] = "
                                      "'offered'"));
    cr_expect(document_holds(&judged, "//h:table[contains(@class, 'versions')]//h:tr[contains(h:th, "
                                      "'192.0.2.25 port 993')]/h:td[4]/h:span[@class = 'outcome fail'] = "
                                      "'offered'"));
    cr_expect(document_holds(&judged, "//h:table[contains(@class, 'versions')]//h:tr[contains(h:th, "
                                      "'192.0.2.25 port 993')]/h:td[7]/h:span[@class = 'outcome pass'] = "
                                      "'offered'"));
    document_close(&judged);
}

Test(html, names_its_policy)
{
    struct document judged = document_open(JUDGED);

    cr_expect(document_holds(
        &judged, "//h:footer//h:strong = 'mail-2026' and string-length(//h:footer//h:code) = 64"));
    cr_expect(document_holds(
        &judged, "//h:li/h:details[contains(h:summary, 'TLS1.2') and contains(h:summary, ' more')]"
                 "/h:code[contains(., 'TLS_RSA_WITH_DES_CBC_SHA')]"));
    cr_expect(document_holds(&judged, "count(//h:article) > 30 and count(//h:pre[@class = 'copy']) > 3"));
    document_close(&judged);
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
        struct document document = document_open(rows[i].page);

        cr_expect(document_holds(&document, rows[i].expression), "%s", rows[i].expression);
        for (const char *at = document.page; *at; at++)
            cr_assert((unsigned char)*at >= 0x20 || *at == '\n', "a control character in page %s",
                      document_name(rows[i].page));
        cr_expect(!strstr(document.page, "<script"));
        document_close(&document);
    }
}
