/*
 * dkim_tags.h - tag lists of DKIM: "v=DKIM1; k=rsa; p=MIIB..." (RFC 6376 3.2)
 *
 * Pure. White space may be folded, and stands for nothing around names and values.
 */
#ifndef OUTPOST_PROBES_PROTOCOL_DKIM_TAGS_H
#define OUTPOST_PROBES_PROTOCOL_DKIM_TAGS_H

#include "scanner/base/bytes.h"
#include "scanner/base/list.h"

struct arena;

enum { DKIM_TAGS_MAX = 64 };

struct dkim_tag {
    struct bytes name;
    struct bytes value;
};

/*
 * Cuts a list into struct dkim_tag. *ret_fault says in words what makes the whole list invalid (else it is not
 * touched); the tags before that are there. *ret_empty: there are semicolons with nothing between them. 0 or
 * -ENOMEM.
 */
int dkim_tags_read(struct bytes list, struct arena *arena, struct list *tags, const char **ret_fault,
                   bool *ret_empty);

bool dkim_is_space(uint8_t octet);
struct bytes dkim_trimmed(struct bytes bytes);
/* The next item of a list with colons ("y:s"), trimmed; false at its end. */
bool dkim_take_item(struct bytes *items, struct bytes *ret);

#endif
