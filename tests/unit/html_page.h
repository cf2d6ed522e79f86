/*
 * html_page.h - HTML reports of samples, one of each kind, and what XPath finds on them
 *
 * OUTPOST_HTML_SAMPLES=DIRECTORY keeps the pages, to be looked at in a browser.
 */
#ifndef OUTPOST_TESTS_HTML_PAGE_H
#define OUTPOST_TESTS_HTML_PAGE_H

#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <stdbool.h>
#include <stddef.h>

/* The first ones are the same sample, with what a hostile server could say in it; 0: as it is. */
enum { HOSTILE_TEXTS = 11, FAULTLESS = HOSTILE_TEXTS, EMPTY, JUDGED, ADDRESS, TLSA, QUICK, CAPPED, PAGES };

struct document {
    char *page;
    size_t size;
    xmlDocPtr xml;
    xmlXPathContextPtr xpath;
};

/* `index`: which of the pages; its name in words is for messages. */
struct document document_open(size_t index);
void document_close(struct document *document);
const char *document_name(size_t index);

/* The prefix of elements is "h". */
bool document_holds(const struct document *document, const char *expression);
xmlXPathObjectPtr document_find(const struct document *document, const char *expression); /* a set */

#endif
