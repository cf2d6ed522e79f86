/*
 * bimi_logo.c - reads a logo as far as SVG Tiny PS has rules for it (draft-svg-tiny-ps-abrotman)
 *
 * libxml2's reader walks over the elements one by one. It reads UTF-8, whatever the file says: in another encoding a
 * document type, the only way to entities of one's own, would not be seen and refused before. Nothing is ever fetched.
 */
#include "probes/protocol/bimi.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <libxml/xmlreader.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 64, TEXT_SHOWN = 100 };

static const char svg_namespace[] = "http://www.w3.org/2000/svg";

struct logo {
    struct arena *arena;
    struct bimi_logo_facts *facts;
    xmlTextReaderPtr reader;
    bool in_title, in_style;
    int error;
};

static void add_fault(struct logo *logo, const char *text)
{
    struct list *faults = &logo->facts->faults;

    if (text == NULL)
        logo->error = -ENOMEM;
    else if (!list_has_text(faults, text) && faults->count < BIMI_FAULTS_MAX &&
             list_add(faults, logo->arena, (void *)(uintptr_t)text) < 0)
        logo->error = -ENOMEM;
}

static const char *shown(struct logo *logo, const xmlChar *text)
{
    const char *clean = text_clean(logo->arena, text, strlen((const char *)text), TEXT_SHOWN);

    if (clean == NULL)
        logo->error = -ENOMEM;
    return clean == NULL ? "" : clean;
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* ---- the root ---- */

/* Four numbers: the last two are width and height. */
static bool read_box(const char *text, double ret[static 4])
{
    for (size_t i = 0; i < 4; i++) {
        char *end;

        text += strspn(text, " \t\r\n,");
        ret[i] = strtod(text, &end);
        if (end == text || !isfinite(ret[i]))
            return false;
        text = end;
    }
    return text[strspn(text, " \t\r\n")] == '\0';
}

static void read_view_box(struct logo *logo)
{
    const char *text = logo->facts->view_box;
    double box[4];

    if (text == NULL) {
        add_fault(logo, "viewBox is missing");
        return;
    }
    if (!read_box(text, box) || box[2] <= 0 || box[3] <= 0) {
        add_fault(logo, "viewBox has not the four numbers that it needs");
        return;
    }
    logo->facts->square = known(fabs(box[2] - box[3]) < 1e-6 * box[2]);
    if (logo->facts->square == NO)
        add_fault(logo, "viewBox is not a square");
}

static void check_root(struct logo *logo)
{
    const xmlChar *name = xmlTextReaderConstLocalName(logo->reader);
    const xmlChar *space = xmlTextReaderConstNamespaceUri(logo->reader);
    const struct bimi_logo_facts *facts = logo->facts;

    if (name == NULL || strcmp((const char *)name, "svg") != 0)
        add_fault(logo, "the root element is not svg");
    else if (space == NULL || strcmp((const char *)space, svg_namespace) != 0)
        add_fault(logo, "the root element is not in the namespace of SVG");
    if (facts->version == NULL || strcmp(facts->version, "1.2") != 0)
        add_fault(logo, "version is not \"1.2\"");
    if (facts->base_profile == NULL || strcmp(facts->base_profile, "tiny-ps") != 0)
        add_fault(logo, "baseProfile is not \"tiny-ps\"");
    read_view_box(logo);
}

static void read_root_attribute(struct logo *logo, const char *name, const xmlChar *value)
{
    if (strcmp(name, "version") == 0)
        logo->facts->version = shown(logo, value);
    else if (strcmp(name, "baseProfile") == 0)
        logo->facts->base_profile = shown(logo, value);
    else if (strcmp(name, "viewBox") == 0)
        logo->facts->view_box = shown(logo, value);
    else if (strcmp(name, "x") == 0 || strcmp(name, "y") == 0)
        add_fault(logo, "the root element has x or y, which it must not");
}

/* ---- any element ---- */

/* Does it refer to something outside of the file? "url(#a)" does not. */
static bool has_outside_url(const char *text)
{
    for (text = strcasestr(text, "url("); text != NULL; text = strcasestr(text + 1, "url(")) {
        const char *target = text + 4 + strspn(text + 4, " \t\r\n\"'");

        if (*target != '#')
            return true;
    }
    return false;
}

static void check_attribute(struct logo *logo, const char *name, const char *value)
{
    if (strncasecmp(name, "on", 2) == 0)
        add_fault(logo, arena_format(logo->arena, "it has a script: attribute %s",
                                     shown(logo, (const xmlChar *)name)));
    if ((strcmp(name, "href") == 0 || strcmp(name, "src") == 0) && value[0] != '#')
        add_fault(logo, arena_format(logo->arena, "it refers to something outside: %s",
                                     shown(logo, (const xmlChar *)value)));
    else if (has_outside_url(value))
        add_fault(logo, "it refers to something outside, by url()");
}

static void read_attributes(struct logo *logo, bool root)
{
    while (logo->error == 0 && xmlTextReaderMoveToNextAttribute(logo->reader) == 1) {
        const xmlChar *name = xmlTextReaderConstLocalName(logo->reader);
        const xmlChar *value = xmlTextReaderConstValue(logo->reader);

        if (name == NULL || value == NULL || xmlTextReaderIsNamespaceDecl(logo->reader) == 1)
            continue;
        if (root)
            read_root_attribute(logo, (const char *)name, value);
        check_attribute(logo, (const char *)name, (const char *)value);
    }
    (void)xmlTextReaderMoveToElement(logo->reader);
}

static void read_element(struct logo *logo)
{
    static const char *const animations[] = {
        "animate", "animateColor", "animateMotion", "animateTransform", "set", "discard", NULL};
    static const char *const forbidden[] = {"image",  "foreignObject", "a",        "audio",  "video",
                                            "iframe", "handler",       "listener", "switch", NULL};
    int depth = xmlTextReaderDepth(logo->reader);
    const xmlChar *local = xmlTextReaderConstLocalName(logo->reader);
    const char *name = local == NULL ? "" : (const char *)local;
    bool empty = xmlTextReaderIsEmptyElement(logo->reader) == 1;

    logo->in_title = depth == 1 && !empty && strcmp(name, "title") == 0;
    logo->in_style = !empty && strcmp(name, "style") == 0;
    if (strcmp(name, "script") == 0)
        add_fault(logo, "it has a script");
    if (is_one_of(name, animations))
        add_fault(logo, arena_format(logo->arena, "it has an animation: element %s", name));
    if (is_one_of(name, forbidden))
        add_fault(logo, arena_format(logo->arena, "it has an element that is not allowed: %s", name));
    read_attributes(logo, depth == 0);
    if (depth == 0)
        check_root(logo);
}

static void read_node(struct logo *logo)
{
    const xmlChar *value = xmlTextReaderConstValue(logo->reader);

    switch (xmlTextReaderNodeType(logo->reader)) {
    case XML_READER_TYPE_ELEMENT:
        read_element(logo);
        break;
    case XML_READER_TYPE_END_ELEMENT:
        logo->in_title = logo->in_style = false;
        break;
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
        if (logo->in_title && value != NULL && logo->facts->title == NULL)
            logo->facts->title = shown(logo, value);
        if (logo->in_style && value != NULL &&
            (strcasestr((const char *)value, "@import") != NULL || has_outside_url((const char *)value)))
            add_fault(logo, "its style refers to something outside");
        break;
    case XML_READER_TYPE_PROCESSING_INSTRUCTION:
        add_fault(logo, "it has a processing instruction, as for a style sheet");
        break;
    default:
        break;
    }
}

/* ---- the file ---- */

static bool has(struct bytes file, const char *text)
{
    return file.size > 0 && memmem(file.data, file.size, text, strlen(text)) != NULL;
}

static void read_document(struct logo *logo)
{
    int state = xmlTextReaderRead(logo->reader);

    while (state == 1 && logo->error == 0) {
        if (xmlTextReaderDepth(logo->reader) > DEPTH_MAX) {
            add_fault(logo, "its elements are nested too deep");
            return;
        }
        read_node(logo);
        state = xmlTextReaderRead(logo->reader);
    }
    logo->facts->well_formed = known(state == 0);
    if (state != 0)
        add_fault(logo, "it is not well-formed XML in UTF-8");
    else if (logo->facts->title == NULL)
        add_fault(logo, "it has no title");
}

int bimi_logo_read(struct bytes file, struct arena *arena, struct bimi_logo_facts **ret)
{
    struct logo logo = {.arena = arena, .facts = arena_alloc(arena, sizeof *logo.facts)};

    if (logo.facts == NULL)
        return -ENOMEM;
    logo.facts->faults.observed = true;
    if (file.size > BIMI_LOGO_MAX) {
        add_fault(&logo, "it is larger than 32 KiB");
    } else if (file.size > 2 && file.data[0] == 0x1f && file.data[1] == 0x8b) {
        add_fault(&logo, "it is compressed, which not every receiver reads");
    } else if (has(file, "<!DOCTYPE") || has(file, "<!ENTITY")) {
        add_fault(&logo, "it has a document type declaration (<!DOCTYPE), and was not read further");
    } else {
        logo.reader = xmlReaderForMemory((const char *)file.data, (int)file.size, NULL, "UTF-8",
                                         XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                             XML_PARSE_IGNORE_ENC);
        if (logo.reader == NULL)
            return -ENOMEM;
        read_document(&logo);
        xmlFreeTextReader(logo.reader);
    }
    if (logo.error == 0)
        *ret = logo.facts;
    return logo.error;
}
