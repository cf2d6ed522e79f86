/*
 * html_writer.c - the words of the HTML report: elements, links, icons, tables
 */
#include "reports/html_writer.h"

#include "reports/display.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

#define XML(text) ((const xmlChar *)(text))

static void note(struct page *page, int written)
{
    if (written < 0)
        page->failed = true;
}

const char *page_keep(struct page *page, const char *text_or_null)
{
    if (!text_or_null)
        page->failed = true;
    return text_or_null ? text_or_null : "";
}

const char *page_print(struct page *page, const char *format, ...)
{
    va_list arguments;
    const char *text;

    va_start(arguments, format);
    text = page_keep(page, arena_vformat(page->arena, format, arguments));
    va_end(arguments);
    return text;
}

void page_open(struct page *page, const char *element, const char *classes)
{
    note(page, xmlTextWriterStartElement(page->writer, XML(element)));
    if (classes)
        page_attribute(page, "class", classes);
}

void page_attribute(struct page *page, const char *name, const char *value)
{
    const char *safe = page_keep(page, display_safe(page->arena, value));

    note(page, xmlTextWriterWriteAttribute(page->writer, XML(name), XML(safe)));
}

void page_close(struct page *page)
{
    note(page, xmlTextWriterFullEndElement(page->writer));
}

void page_close_block(struct page *page)
{
    page_close(page);
    page_raw(page, "\n");
}

void page_void(struct page *page, const char *element, const char *const attributes[])
{
    page_open(page, element, NULL);
    for (size_t i = 0; attributes && attributes[i]; i += 2)
        page_attribute(page, attributes[i], attributes[i + 1]);
    note(page, xmlTextWriterEndElement(page->writer));
}

void page_text(struct page *page, const char *text)
{
    if (text)
        note(page,
             xmlTextWriterWriteString(page->writer, XML(page_keep(page, display_safe(page->arena, text)))));
}

void page_format(struct page *page, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    page_text(page, page_keep(page, arena_vformat(page->arena, format, arguments)));
    va_end(arguments);
}

void page_element(struct page *page, const char *element, const char *classes, const char *text)
{
    page_open(page, element, classes);
    page_text(page, text);
    page_close(page);
}

void page_raw(struct page *page, const char *text)
{
    note(page, xmlTextWriterWriteRaw(page->writer, XML(text)));
}

const char *page_anchor(struct page *page, const char *id)
{
    size_t length = strlen(id);
    char *anchor = arena_alloc(page->arena, length * 3 + 1);
    size_t size = 0;

    if (!anchor)
        return page_keep(page, NULL);
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)id[i];

        if (byte < 0x80 && (isalnum(byte) || strchr("-._:@/", byte))) {
            anchor[size++] = id[i];
            continue;
        }
        anchor[size++] = '~';
        anchor[size++] = "0123456789ABCDEF"[byte >> 4];
        anchor[size++] = "0123456789ABCDEF"[byte & 15];
    }
    return anchor;
}

const char *page_endpoint_anchor(struct page *page, const char *address, int64_t port)
{
    return page_anchor(page, page_print(page, "endpoint-%s-%lld", address, (long long)port));
}

const char *page_known_endpoint(struct page *page, const struct subject *subject)
{
    const struct observed_facts *facts = page->scan->facts;

    if (!subject->address || !subject->port.known)
        return NULL;
    for (size_t i = 0; facts && i < facts->endpoints.count; i++) {
        const struct endpoint_facts *endpoint = facts->endpoints.items[i];

        if (endpoint->address && endpoint->port.value == subject->port.value &&
            strcmp(endpoint->address, subject->address) == 0)
            return page_endpoint_anchor(page, endpoint->address, endpoint->port.value);
    }
    return NULL;
}

void page_link(struct page *page, const char *anchor, const char *classes, const char *text)
{
    page_open(page, "a", classes);
    page_attribute(page, "href", page_print(page, "#%s", anchor));
    page_text(page, text);
    page_close(page);
}

void page_inline(struct page *page, const char *text)
{
    while (*text) {
        const char *begin = strchr(text, '`');
        const char *end = begin ? strchr(begin + 1, '`') : NULL;

        if (!end) {
            page_text(page, text);
            return;
        }
        page_text(page, page_keep(page, arena_text_sized(page->arena, text, (size_t)(begin - text))));
        page_element(page, "code", NULL,
                     page_keep(page, arena_text_sized(page->arena, begin + 1, (size_t)(end - begin) - 1)));
        text = end + 1;
    }
}

void page_inline_link(struct page *page, const char *anchor, const char *text)
{
    page_open(page, "a", NULL);
    page_attribute(page, "href", page_print(page, "#%s", anchor));
    page_inline(page, text);
    page_close(page);
}

static bool skip_word(const char **at, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* How far "5321 section 4.2" or "9525 6.3" reaches; its URL. */
static const char *rfc_url(struct page *page, const char *number, const char **ret_end)
{
    size_t digits = strspn(number, "0123456789");
    const char *section = number + digits;
    bool appendix = false;
    size_t length;

    if (skip_word(&section, ", ") || skip_word(&section, " ")) {
        appendix = skip_word(&section, "appendix ") || skip_word(&section, "Appendix ");
        if (!appendix && !skip_word(&section, "section "))
            skip_word(&section, "Section ");
    }
    length = strspn(section, appendix ? "0123456789.ABCDEFGH" : "0123456789.");
    while (length > 0 && section[length - 1] == '.')
        length--;
    if (length == 0 || section == number + digits) {
        *ret_end = number + digits;
        return page_print(page, "https://www.rfc-editor.org/rfc/rfc%.*s", (int)digits, number);
    }
    *ret_end = section + length;
    return page_print(page, "https://www.rfc-editor.org/rfc/rfc%.*s#%s-%.*s", (int)digits, number,
                      appendix ? "appendix" : "section", (int)length, section);
}

void page_reference(struct page *page, const char *reference)
{
    const char *at = reference;

    while (*at) {
        const char *rfc = strstr(at, "RFC ");
        const char *end;
        const char *url;

        while (rfc && (!isdigit((unsigned char)rfc[4]) || strspn(rfc + 4, "0123456789") > 5))
            rfc = strstr(rfc + 4, "RFC ");
        if (!rfc) {
            page_text(page, at);
            return;
        }
        page_text(page, page_keep(page, arena_text_sized(page->arena, at, (size_t)(rfc - at))));
        url = rfc_url(page, rfc + 4, &end);
        page_open(page, "a", NULL);
        page_attribute(page, "href", url);
        page_attribute(page, "rel", "noopener noreferrer");
        page_text(page, page_keep(page, arena_text_sized(page->arena, rfc, (size_t)(end - rfc))));
        page_close(page);
        at = end;
    }
}

const char *outcome_word(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_FAIL:
        return "Fail";
    case OUTCOME_WARN:
        return "Warning";
    case OUTCOME_INFO:
        return "Info";
    case OUTCOME_PASS:
        return "Passed";
    case OUTCOME_NOT_APPLICABLE:
        return "Does not apply";
    case OUTCOME_NOT_TESTED:
        return "Not tested";
    }
    return "Not tested";
}

/* Six silhouettes that differ without colour: octagon, triangle, square, disc, ring with a bar, broken ring.
 */
static const char *outcome_shape(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_FAIL:
        return "<path d=\"M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5z\"/>"
               "<path class=\"cut\" d=\"m5.2 5.2 5.6 5.6m0-5.6-5.6 5.6\"/>";
    case OUTCOME_WARN:
        return "<path d=\"M8 .8 15.8 15H.2z\"/><path class=\"cut\" d=\"M8 5.8v4m0 2.9v.2\"/>";
    case OUTCOME_INFO:
        return "<rect x=\"1\" y=\"1\" width=\"14\" height=\"14\" rx=\"3\"/>"
               "<path class=\"cut\" d=\"M8 7.6V12m0-8v.2\"/>";
    case OUTCOME_PASS:
        return "<circle cx=\"8\" cy=\"8\" r=\"7.5\"/><path class=\"cut\" d=\"m4.6 8.3 2.3 2.4 4.5-5\"/>";
    case OUTCOME_NOT_APPLICABLE:
        return "<circle class=\"line\" cx=\"8\" cy=\"8\" r=\"6.5\"/><path class=\"line\" d=\"M5 8h6\"/>";
    case OUTCOME_NOT_TESTED:
        return "<circle class=\"line broken\" cx=\"8\" cy=\"8\" r=\"6.5\"/>"
               "<path class=\"line\" d=\"M6.2 6.4c.2-2.4 3.7-2.2 3.6 0C9.7 7.6 8 7.6 8 9.2m0 1.4V12\"/>";
    }
    return "";
}

void page_icon(struct page *page, enum outcome outcome)
{
    page_open(page, "svg", page_print(page, "icon %s", outcome_name(outcome)));
    page_attribute(page, "xmlns", "http://www.w3.org/2000/svg");
    page_attribute(page, "viewBox", "0 0 16 16");
    page_attribute(page, "aria-hidden", "true");
    page_raw(page, outcome_shape(outcome));
    page_close(page);
}

void page_mark(struct page *page, enum outcome outcome, const char *word)
{
    page_open(page, "span", page_print(page, "outcome %s", outcome_name(outcome)));
    page_icon(page, outcome);
    page_text(page, word);
    page_close(page);
}

void page_outcome(struct page *page, enum outcome outcome)
{
    page_mark(page, outcome, outcome_word(outcome));
}

/* "a" to "f" of a grade such as "B", for its colour. */
static char grade_letter(const char *grade)
{
    char letter = grade ? (char)tolower((unsigned char)*grade) : '-';

    return letter >= 'a' && letter <= 'f' ? letter : '-';
}

void page_grade(struct page *page, const char *classes, const char *grade)
{
    char letter = grade_letter(grade);

    page_open(page, "span",
              letter == '-' ? page_print(page, "%s grade-none", classes)
                            : page_print(page, "%s grade-%c", classes, letter));
    if (grade) {
        page_text(page, grade);
    } else {
        page_open(page, "span", NULL);
        page_attribute(page, "aria-hidden", "true");
        page_text(page, "\xe2\x80\x93");
        page_close(page);
        page_element(page, "span", "hidden", "none");
    }
    page_close(page);
}

void page_time(struct page *page, int64_t seconds, bool with_clock)
{
    const char *machine = text_time(page->arena, seconds);

    page_open(page, "time", NULL);
    page_attribute(page, "datetime", page_keep(page, machine));
    page_text(page, page_keep(page, with_clock ? display_time(page->arena, seconds)
                                               : display_date(page->arena, seconds)));
    page_close(page);
}

void page_table_head(struct page *page, const char *id, const char *classes, const char *caption,
                     const char *const columns[])
{
    page_open(page, "div", "scroll");
    page_attribute(page, "role", "group");
    page_attribute(page, "aria-labelledby", id);
    page_attribute(page, "tabindex", "0");
    page_open(page, "table", classes);
    page_open(page, "caption", NULL);
    page_attribute(page, "id", id);
    page_text(page, caption);
    page_close(page);
    page_open(page, "thead", NULL);
    page_open(page, "tr", NULL);
    for (size_t i = 0; columns[i]; i++) {
        page_open(page, "th", NULL);
        page_attribute(page, "scope", "col");
        page_text(page, columns[i]);
        page_close(page);
    }
    page_close(page);
    page_close_block(page);
}

void page_table_open(struct page *page, const char *id, const char *classes, const char *caption,
                     const char *const columns[])
{
    page_table_head(page, id, classes, caption, columns);
    page_open(page, "tbody", NULL);
}

void page_table_close(struct page *page)
{
    page_close(page);
    page_close(page);
    page_close_block(page);
}

void page_row_open(struct page *page, const char *classes)
{
    page_open(page, "tr", classes);
}

void page_cell(struct page *page, const char *text)
{
    page_element(page, "td", text ? NULL : "muted", text ? text : "not observed");
}

void page_cell_code(struct page *page, const char *text)
{
    if (!text) {
        page_cell(page, NULL);
        return;
    }
    page_open(page, "td", NULL);
    page_element(page, "code", NULL, text);
    page_close(page);
}

void page_term_open(struct page *page, const char *term)
{
    page_open(page, "div", NULL);
    page_element(page, "dt", NULL, term);
    page_open(page, "dd", NULL);
}

void page_term(struct page *page, const char *term, const char *text)
{
    if (!text)
        return;
    page_term_open(page, term);
    page_text(page, text);
    page_close(page);
    page_close_block(page);
}

void page_term_code(struct page *page, const char *term, const char *text)
{
    if (!text)
        return;
    page_term_open(page, term);
    page_element(page, "code", NULL, text);
    page_close(page);
    page_close_block(page);
}

void page_fold_open(struct page *page, const char *classes, const char *summary)
{
    page_open(page, "details", classes);
    page_element(page, "summary", NULL, summary);
}
