/*
 * bimi.c - takes the BIMI record apart, and a PEM file into certificates
 *
 * The record is a tag list as DKIM has it. Of the newer tags (avp, lps) nothing depends here.
 */
#include "probes/protocol/bimi.h"

#include "probes/protocol/dkim_material.h"
#include "probes/protocol/dkim_tags.h"
#include "probes/protocol/record_fields.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { RECORD_SHOWN = 1000, NAME_SHOWN = 64 };

/* "https://" and a host; nothing that has no place in a URL. */
static const char *url_fault(struct bytes url)
{
    static const char scheme[] = "https://";
    size_t size = sizeof scheme - 1;

    if (url.size < size || strncasecmp((const char *)url.data, scheme, size) != 0)
        return "is no https: URL";
    if (url.size == size || strchr("/?#:", url.data[size]) != NULL)
        return "is a URL without a host";
    for (size_t i = size; i < url.size; i++)
        if (url.data[i] <= ' ' || url.data[i] >= 0x7f || strchr("\"<>\\^`{|}", url.data[i]) != NULL)
            return "has a character that must be percent-encoded";
    return NULL;
}

static int read_url(struct bimi_record_facts *facts, const char *tag, struct bytes url, struct arena *arena,
                    const char **ret_url)
{
    const char *fault = url.size == 0 ? NULL : url_fault(url);

    if (fault != NULL) {
        facts->fault = arena_format(arena, "%s %s", tag, fault);
        return facts->fault == NULL ? -ENOMEM : 0;
    }
    if (url.size == 0)
        return 0;
    *ret_url = text_clean(arena, url.data, url.size, 0);
    return *ret_url == NULL ? -ENOMEM : 0;
}

static int remark(struct bimi_record_facts *facts, struct bytes name, struct arena *arena)
{
    char *shown = text_clean(arena, name.data, name.size, NAME_SHOWN);
    char *text = shown == NULL ? NULL : arena_format(arena, "tag %s: unknown, receivers ignore it", shown);

    return text == NULL ? -ENOMEM : list_add(&facts->remarks, arena, text);
}

static int read_tags(struct bimi_record_facts *facts, const struct list *tags, struct arena *arena)
{
    bool has_location = false;
    int error = 0;

    for (size_t i = 1; i < tags->count && error == 0 && facts->fault == NULL; i++) {
        const struct dkim_tag *tag = tags->items[i];

        if (record_is_text(tag->name, "l")) {
            has_location = true;
            error = read_url(facts, "l=", tag->value, arena, &facts->location);
        } else if (record_is_text(tag->name, "a")) {
            error = read_url(facts, "a=", tag->value, arena, &facts->authority);
        } else if (!record_is_text(tag->name, "avp") && !record_is_text(tag->name, "lps")) {
            error = remark(facts, tag->name, arena);
        }
    }
    if (error < 0 || facts->fault != NULL)
        return error;
    if (!has_location)
        facts->fault = "l= is missing";
    else
        facts->declined = known(facts->location == NULL && facts->authority == NULL);
    return 0;
}

int bimi_record_read(struct bytes record, struct arena *arena, struct bimi_record_facts **ret)
{
    struct bimi_record_facts *facts = arena_alloc(arena, sizeof *facts);
    const struct dkim_tag *version;
    const char *fault = NULL;
    struct list tags = {0};
    bool empty;
    int error;

    if (facts == NULL)
        return -ENOMEM;
    facts->text = text_clean(arena, record.data, record.size, RECORD_SHOWN);
    if (facts->text == NULL)
        return -ENOMEM;
    facts->remarks.observed = true;
    error = dkim_tags_read(record, arena, &tags, &fault, &empty);
    version = tags.count == 0 ? NULL : tags.items[0];
    facts->announces = known(version != NULL && record_is_text(version->name, "v") &&
                             record_is_text(version->value, "BIMI1"));
    if (error == 0 && facts->announces == YES) {
        facts->fault = fault;
        error = read_tags(facts, &tags, arena);
    }
    if (error == 0)
        *ret = facts;
    return error;
}

/* ---- certificates ---- */

int bimi_certificates_read(struct bytes file, struct arena *arena, struct bytes chain[static BIMI_CHAIN_MAX],
                           size_t *ret_count)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
    size_t count = 0;

    while (count < BIMI_CHAIN_MAX && file.size > 0) {
        const uint8_t *from = memmem(file.data, file.size, begin, sizeof begin - 1), *to;
        enum dkim_base64 state;
        struct bytes text;
        int error;

        if (from == NULL)
            break;
        take_block(&file, (size_t)(from - file.data) + sizeof begin - 1);
        to = file.size == 0 ? NULL : memmem(file.data, file.size, end, sizeof end - 1);
        if (to == NULL)
            break;
        text = take_block(&file, (size_t)(to - file.data));
        error = dkim_base64_read(text, arena, &state, &chain[count]);
        if (error < 0)
            return error;
        if (state != DKIM_BASE64_GOOD)
            break;
        count++;
    }
    *ret_count = count;
    return 0;
}
