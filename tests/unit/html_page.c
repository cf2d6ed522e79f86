/*
 * html_page.c - pages of samples, and what XPath finds on them
 */
#include "tests/unit/html_page.h"

#include "reports/judge.h"
#include "reports/policy.h"
#include "reports/report.h"
#include "scanner/base/arena.h"
#include "tests/unit/sample_judgement.h"

#include <criterion/criterion.h>
#include <libxml/parser.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

#define XML(text) ((const xmlChar *)(text))

enum { LONG_TEXT_SIZE = 10000 };

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

const char *document_name(size_t index)
{
    static const char *const names[PAGES] = {
        "sample",     "script",  "style", "cdata",     "escapes", "bidi",   "attributes", "lines",
        "references", "nothing", "long",  "faultless", "empty",   "judged", "address",    "tlsa"};

    return names[index];
}

/* The facts of the sample as the checks judge them; port 25 speaks TLS 1.0 as port 993 does. */
static struct judgement *judge_sample(struct arena *arena)
{
    const struct scan_facts *scan = sample_judgement(arena, NULL)->scan;
    const struct endpoint_facts *endpoint = scan->facts->endpoints.items[0];
    const struct policy *policy;
    const char *error = NULL;
    struct judgement *judgement;

    cr_assert_eq(list_add(&endpoint->tls->versions->list, arena, (void *)(uintptr_t) "TLS1.0"), 0);
    cr_assert_eq(policy_load(NULL, arena, &policy, &error), 0, "%s", error);
    cr_assert_eq(judge(scan, policy, arena, &judgement), 0);
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
    else if (index == QUICK)
        judgement = sample_quick(arena);
    else if (index == CAPPED)
        judgement = sample_capped(arena);
    else if (index == TLSA)
        judgement = sample_with_tlsa(arena);
    else
        judgement = sample_judgement(arena, &(struct sample_words){.hostile = hostile_text(index)});
    cr_assert_eq(report_html(judgement, &page, ret_size), 0);
    if (folder) {
        FILE *file = fopen(arena_format(arena, "%s/%s.html", folder, document_name(index)), "w");

        cr_assert(file, "%s cannot be written to", folder);
        cr_assert_eq(fwrite(page, 1, *ret_size, file), *ret_size);
        cr_assert_eq(fclose(file), 0);
    }
    arena_free(arena);
    return page;
}

struct document document_open(size_t index)
{
    struct document document = {0};

    document.page = make_page(index, &document.size);
    document.xml = xmlReadMemory(document.page, (int)document.size, "page.html", "UTF-8",
                                 XML_PARSE_NONET | XML_PARSE_HUGE);
    cr_assert(document.xml, "page %s is not well-formed", document_name(index));
    document.xpath = xmlXPathNewContext(document.xml);
    xmlXPathRegisterNs(document.xpath, XML("h"), XML("http://www.w3.org/1999/xhtml"));
    return document;
}

void document_close(struct document *document)
{
    xmlXPathFreeContext(document->xpath);
    xmlFreeDoc(document->xml);
    free(document->page);
}

bool document_holds(const struct document *document, const char *expression)
{
    xmlXPathObjectPtr result = xmlXPathEvalExpression(XML(expression), document->xpath);
    bool holds;

    cr_assert(result, "XPath does not compile: %s", expression);
    holds = xmlXPathCastToBoolean(result) != 0;
    xmlXPathFreeObject(result);
    return holds;
}

xmlXPathObjectPtr document_find(const struct document *document, const char *expression)
{
    xmlXPathObjectPtr result = xmlXPathEvalExpression(XML(expression), document->xpath);

    cr_assert(result && result->nodesetval, "XPath finds no set: %s", expression);
    return result;
}
