/*
 * dkim_tags.c - cuts a tag list of DKIM into names and values (RFC 6376 3.2)
 */
#include "probes/protocol/dkim_tags.h"

#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"

#include <errno.h>

bool dkim_is_space(uint8_t octet)
{
    return octet == ' ' || octet == '\t' || octet == '\r' || octet == '\n';
}

struct bytes dkim_trimmed(struct bytes bytes)
{
    while (bytes.size > 0 && dkim_is_space(bytes.data[0]))
        take_u8(&bytes);
    while (bytes.size > 0 && dkim_is_space(bytes.data[bytes.size - 1]))
        bytes.size--;
    return bytes;
}

bool dkim_take_item(struct bytes *items, struct bytes *ret)
{
    if (items->size == 0)
        return false;
    *ret = dkim_trimmed(take_until(items, ':'));
    return true;
}

static bool is_tag_name(struct bytes name)
{
    if (name.size == 0 || !is_letter(name.data[0]))
        return false;
    for (size_t i = 1; i < name.size; i++)
        if (!is_letter(name.data[i]) && name.data[i] != '_' && (name.data[i] < '0' || name.data[i] > '9'))
            return false;
    return true;
}

static bool is_tag_value(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++)
        if (!dkim_is_space(value.data[i]) && (value.data[i] < '!' || value.data[i] > '~'))
            return false;
    return true;
}

static bool has_tag(const struct list *tags, struct bytes name)
{
    for (size_t i = 0; i < tags->count; i++)
        if (bytes_equal(((const struct dkim_tag *)tags->items[i])->name, name))
            return true;
    return false;
}

/* What makes one tag, and so the list, invalid; NULL: nothing. */
static const char *tag_fault(const struct list *tags, const struct dkim_tag *tag, bool has_value)
{
    if (!has_value)
        return "a tag has no \"=\"";
    if (!is_tag_name(tag->name))
        return "the name of a tag is not valid";
    if (!is_tag_value(tag->value))
        return "a value has a character that is not printable ASCII";
    if (has_tag(tags, tag->name))
        return "a tag is there twice, which makes the whole record invalid";
    return tags->count >= DKIM_TAGS_MAX ? "it has too many tags" : NULL;
}

int dkim_tags_read(struct bytes list, struct arena *arena, struct list *tags, const char **ret_fault,
                   bool *ret_empty)
{
    *ret_empty = false;
    while (dkim_trimmed(list).size > 0) {
        struct bytes value = take_until(&list, ';'), whole = value;
        struct dkim_tag tag, *kept;
        const char *fault;

        if (dkim_trimmed(whole).size == 0) {
            *ret_empty = true;
            continue;
        }
        tag.name = take_until(&value, '=');
        fault = tag.name.size == whole.size ? tag_fault(tags, &tag, false) : NULL;
        if (fault == NULL) {
            tag = (struct dkim_tag){.name = dkim_trimmed(tag.name), .value = dkim_trimmed(value)};
            fault = tag_fault(tags, &tag, true);
        }
        if (fault != NULL) {
            *ret_fault = fault;
            return 0;
        }
        kept = list_new_item(tags, arena, sizeof *kept);
        if (kept == NULL)
            return -ENOMEM;
        *kept = tag;
    }
    return 0;
}
