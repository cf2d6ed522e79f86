/*
 * xml_walk.c - reads XML from outside, element by element, without ever building it
 *
 * libxml2's SAX interface with handlers of our own alone: no tree, no entity table, no loader. A document type
 * declaration ends it before its first line is read, which leaves nothing for entities to be made of.
 */
#include "probes/protocol/xml_walk.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <limits.h>
#include <string.h>

enum { WORDS_MAX = 200, VALUE_MAX = 63, ATTRIBUTE_PARTS = 5 };

struct walker {
    const struct xml_visitor *visitor;
    xmlParserCtxtPtr context;
    const char *fault;         /* of ours: a static text */
    char words[WORDS_MAX + 1]; /* of libxml2's first complaint */
    int line;
    char path[XML_PATH_MAX + 1];
    size_t path_sizes[XML_DEPTH_MAX]; /* the size of the path of each parent */
    size_t depth;
    char text[XML_TEXT_MAX + 1];
    size_t text_size;
};

static void stop(struct walker *walker, const char *fault)
{
    if (walker->fault == NULL)
        walker->fault = fault;
    xmlStopParser(walker->context);
}

static void on_type_declaration(void *data, const xmlChar *name, const xmlChar *external,
                                const xmlChar *system)
{
    struct walker *walker = data;

    (void)external;
    (void)system;
    walker->visitor->open(walker->visitor->data, (const char *)name, NULL);
    stop(walker, "it has a document type declaration, which is not read");
}

/* The attribute of interest, in `value`; false when the element has none. `all` has five parts for each: local
 * name, prefix, namespace, begin and end of the value. */
static bool find_attribute(const struct walker *walker, int count, const xmlChar **all,
                           char value[static VALUE_MAX + 1])
{
    for (int i = 0; i < count; i++) {
        const xmlChar **parts = all + (ptrdiff_t)i * ATTRIBUTE_PARTS;
        size_t size = (size_t)(parts[4] - parts[3]);

        if (parts[1] != NULL || strcmp((const char *)parts[0], walker->visitor->attribute) != 0)
            continue;
        size = size < VALUE_MAX ? size : VALUE_MAX;
        memcpy(value, parts[3], size);
        value[size] = '\0';
        return true;
    }
    return false;
}

/* The parameters are libxml2's. */
static void on_open(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *space,
                    int spaces_count, const xmlChar **spaces, int attributes_count, int defaults_count,
                    const xmlChar **attributes)
{
    struct walker *walker = data;
    size_t size = strlen(walker->path), more = strlen((const char *)name);
    char value[VALUE_MAX + 1];

    (void)prefix;
    (void)space;
    (void)spaces_count;
    (void)spaces;
    (void)defaults_count;
    if (walker->depth >= XML_DEPTH_MAX) {
        stop(walker, "its elements are nested too deep");
        return;
    }
    if (size + 1 + more > XML_PATH_MAX) {
        stop(walker, "the names of its elements are too long");
        return;
    }
    walker->path_sizes[walker->depth++] = size;
    if (size > 0)
        walker->path[size++] = '/';
    memcpy(walker->path + size, name, more + 1);
    walker->text_size = 0;
    walker->visitor->open(walker->visitor->data, walker->path,
                          find_attribute(walker, attributes_count, attributes, value) ? value : NULL);
}

/* What comes after the first fatal error follows from it. */
static void on_error(void *data, xmlErrorPtr error)
{
    struct walker *walker = data;
    const char *words = error->message == NULL ? "it is not well-formed" : error->message;
    size_t size = strcspn(words, "\n");

    if (error->level != XML_ERR_FATAL || walker->words[0] != '\0')
        return;
    size = size < WORDS_MAX ? size : WORDS_MAX;
    memcpy(walker->words, words, size);
    walker->words[size] = '\0';
    walker->line = error->line;
}

/* Of encodings libxml2 complains without a context, which without this goes to stderr. */
static void on_other_error(void *data, xmlErrorPtr error)
{
    (void)data;
    (void)error;
}

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

static void on_close(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *space)
{
    struct walker *walker = data;
    const char *text = walker->text;

    (void)name;
    (void)prefix;
    (void)space;
    if (walker->depth == 0) /* of the element that was too much */
        return;
    while (walker->text_size > 0 && is_blank(walker->text[walker->text_size - 1]))
        walker->text_size--;
    walker->text[walker->text_size] = '\0';
    while (is_blank(*text))
        text++;
    walker->visitor->close(walker->visitor->data, walker->path, text);
    walker->path[walker->path_sizes[--walker->depth]] = '\0';
    walker->text_size = 0;
}

static void on_text(void *data, const xmlChar *text, int size)
{
    struct walker *walker = data;
    size_t room = XML_TEXT_MAX - walker->text_size;
    size_t taken = size < 0 ? 0 : (size_t)size;

    taken = taken < room ? taken : room;
    memcpy(walker->text + walker->text_size, text, taken);
    walker->text_size += taken;
}

/* What libxml2 stumbled over: "line 4: Premature end of data in tag clientConfig". */
static int note_fault(const struct walker *walker, struct arena *arena, const char **ret)
{
    const char *clean = text_clean(arena, walker->words, strlen(walker->words), WORDS_MAX);
    const char *fault = clean == NULL ? NULL : arena_format(arena, "line %d: %s", walker->line, clean);

    if (fault == NULL)
        return -ENOMEM;
    *ret = fault;
    return 0;
}

int xml_walk(struct bytes document, const struct xml_visitor *visitor, struct arena *arena,
             const char **ret_fault)
{
    struct walker walker = {.visitor = visitor};
    int result = 0;

    if (document.size == 0 || document.size > INT_MAX) {
        *ret_fault = document.size == 0 ? "it is empty" : "it is too large";
        return 0;
    }
    walker.context = xmlCreateMemoryParserCtxt((const char *)document.data, (int)document.size);
    if (walker.context == NULL)
        return -ENOMEM;
    *walker.context->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                                           .internalSubset = on_type_declaration,
                                           .startElementNs = on_open,
                                           .endElementNs = on_close,
                                           .characters = on_text,
                                           .ignorableWhitespace = on_text,
                                           .cdataBlock = on_text,
                                           .serror = on_error};
    walker.context->userData = &walker;
    (void)xmlCtxtUseOptions(walker.context, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlSetStructuredErrorFunc(NULL, on_other_error);
    (void)xmlParseDocument(walker.context);
    xmlSetStructuredErrorFunc(NULL, NULL);
    *ret_fault = walker.fault;
    if (walker.context->errNo == XML_ERR_NO_MEMORY)
        result = -ENOMEM;
    else if (walker.fault == NULL && !walker.context->wellFormed)
        result = note_fault(&walker, arena, ret_fault);
    xmlFreeDoc(walker.context->myDoc);
    xmlFreeParserCtxt(walker.context);
    return result;
}
