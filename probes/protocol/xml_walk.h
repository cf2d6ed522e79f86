/*
 * xml_walk.h - reads XML from outside, element by element, without ever building it
 *
 *      <a><b kind="x">text</b></a>      open("a"), open("a/b", "x"), close("a/b", "text"), close("a", "")
 *
 * Hostile input costs no more than its size: no document type declaration is read (so there are no entities but
 * XML's own five), nothing is fetched, depth is capped. Pure. Not on a task's stack: libxml2 decides how much it
 * needs.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_XML_WALK_H
#define OUTPOST_PROBES_PROTOCOL_XML_WALK_H

#include "scanner/base/bytes.h"

struct arena;

enum {
    XML_DEPTH_MAX = 16,
    XML_PATH_MAX = 255,  /* octets of all names on the way to an element */
    XML_TEXT_MAX = 1023, /* octets of the text of an element that are handed over */
};

struct xml_visitor {
    const char *attribute; /* the one attribute that is of interest */
    /* Paths are local names joined by "/". `value` is that of the attribute, NULL: it has none. Of a document type
     * declaration the name is told as if it was the outermost element's, which it should be. */
    void (*open)(void *data, const char *path, const char *value);
    /* The text that stands behind the last child (all of it when there is none), without blanks around it. */
    void (*close)(void *data, const char *path, const char *text);
    void *data;
};

/* Visits elements until the end of the document or its first fault, which *ret_fault tells in words (NULL: none).
 * 0 or -ENOMEM. */
int xml_walk(struct bytes document, const struct xml_visitor *visitor, struct arena *arena,
             const char **ret_fault);

#endif
