/*
 * html_writer.h - the page of an HTML report while it is written
 *
 * libxml2's xmlTextWriter writes XML: every text and attribute is escaped, no element can stay open. Void
 * elements are closed short and all others in full, so that the page is valid HTML and well-formed XML at
 * once. A failure (there is only one: out of memory) is remembered in the page and checked once at its end.
 */
#ifndef OUTPOST_REPORTS_HTML_WRITER_H
#define OUTPOST_REPORTS_HTML_WRITER_H

#include "reports/judgement.h"

#include <libxml/xmlwriter.h>

struct arena;

struct page {
    xmlTextWriterPtr writer;
    const struct judgement *judgement;
    const struct scan_facts *scan;
    struct arena *arena; /* of this rendering */
    bool failed;
};

/* Never NULL: an empty text when memory ran out, which the page then remembers. */
const char *page_keep(struct page *page, const char *text_or_null);
const char *page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* `classes` may be NULL. */
void page_open(struct page *page, const char *element, const char *classes);
void page_attribute(struct page *page, const char *name, const char *value);
void page_close(struct page *page);
void page_close_block(struct page *page); /* and ends the line: after elements where white space is nothing */
void page_void(struct page *page, const char *element, const char *const attributes[]); /* names and values */
void page_text(struct page *page, const char *text);                                    /* NULL: nothing */
void page_format(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An element with nothing but a text. */
void page_element(struct page *page, const char *element, const char *classes, const char *text);
void page_raw(struct page *page, const char *text); /* only for our own constants */

/* An id that every report of this thing has: what cannot stand in a link as it is becomes ~XX. */
const char *page_anchor(struct page *page, const char *id);
const char *page_endpoint_anchor(struct page *page, const char *address, int64_t port);
/* The same when this endpoint is on the page, else NULL. */
const char *page_known_endpoint(struct page *page, const struct subject *subject);
/* A link to a place on this page. */
void page_link(struct page *page, const char *anchor, const char *classes, const char *text);
/* Text with what stands between backquotes as code; the same as a link. */
void page_inline(struct page *page, const char *text);
void page_inline_link(struct page *page, const char *anchor, const char *text);
/* A reference in words; each RFC in it leads to the RFC Editor. */
void page_reference(struct page *page, const char *reference);

/* Shape, word and colour of an outcome; the word may be left out where it stands beside. Its class in the
 * style sheet is its outcome_name(). */
void page_icon(struct page *page, enum outcome outcome);
void page_outcome(struct page *page, enum outcome outcome);
/* The same with a word of its own. */
void page_mark(struct page *page, enum outcome outcome, const char *word);
const char *outcome_word(enum outcome outcome); /* "Fail" */
/* "A" in its tile; NULL is a grade that could not be given. */
void page_grade(struct page *page, const char *classes, const char *grade);
void page_time(struct page *page, int64_t seconds, bool with_clock);

/* A table in a container of its own that scrolls when the screen is narrow. `columns` ends with NULL. */
void page_table_open(struct page *page, const char *id, const char *classes, const char *caption,
                     const char *const columns[]);
void page_table_close(struct page *page);
/* The same without a tbody, for a table with several; closed by page_close and page_close_block. */
void page_table_head(struct page *page, const char *id, const char *classes, const char *caption,
                     const char *const columns[]);
void page_row_open(struct page *page, const char *classes);
void page_cell(struct page *page, const char *text);      /* NULL: not observed */
void page_cell_code(struct page *page, const char *text); /* what machines say */
/* A term and its text in a dl; nothing when the text is NULL. */
void page_term(struct page *page, const char *term, const char *text);
void page_term_code(struct page *page, const char *term, const char *text);
void page_term_open(struct page *page, const char *term); /* closed by two page_close */
/* <details> with its summary; closed by page_close_block. */
void page_fold_open(struct page *page, const char *classes, const char *summary);

static inline const char *text_at(const struct list *texts, size_t index)
{
    return texts->items[index];
}

#endif
