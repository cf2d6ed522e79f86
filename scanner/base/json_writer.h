/*
 * json_writer.h - JSON as text, written from its begin to its end without a tree in between
 *
 * As jansson writes it, in one line or with an indent of two spaces. Every value stands in an array, behind
 * its name in an object, or alone. Trouble is remembered in the buffer: look at its `failed` once, at the
 * end.
 */
#ifndef OUTPOST_BASE_JSON_WRITER_H
#define OUTPOST_BASE_JSON_WRITER_H

#include "scanner/base/bytes.h"

struct json_writer {
    struct buffer *to;
    bool one_line;
    /* where it is */
    size_t depth;
    bool filled; /* something stands before it in this array or object */
    bool named;  /* right behind a name */
};

void json_open(struct json_writer *writer, char bracket); /* '[' or '{' */
void json_close(struct json_writer *writer, char bracket);
void json_name(struct json_writer *writer, const char *name); /* what follows is its value; UTF-8 */

/* A text that is not UTF-8 is cleaned (text_clean_again): one text must not cost the whole report. */
void json_put_text(struct json_writer *writer, const char *text); /* NULL: null */
void json_put_integer(struct json_writer *writer, int64_t value);
void json_put_boolean(struct json_writer *writer, bool value);
void json_put_null(struct json_writer *writer);

#endif
