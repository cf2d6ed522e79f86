/*
 * dmarc_record.c - takes the record of DMARC apart (RFC 9989 4.7, 4.8)
 *
 * What stands behind the version is a list of tags in any order. Unknown ones are ignored; where the value of a
 * known one is not valid, its default counts. Without valid policies a record still counts as "none" when it asks
 * for reports, and else as nothing.
 */
#include "probes/protocol/dmarc_record.h"

#include "probes/protocol/record_fields.h"
#include "probes/protocol/report_uri.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { RECORD_SHOWN = 1000, VALUE_SHOWN = 100, PERCENT_MAX = 100 };

enum tag {
    TAG_P,
    TAG_SP,
    TAG_NP,
    TAG_ADKIM,
    TAG_ASPF,
    TAG_T,
    TAG_PSD,
    TAG_FO,
    TAG_RUA,
    TAG_RUF,
    TAG_PCT,
    TAG_RF,
    TAG_RI,
    TAGS
};

static const char *const tag_names[TAGS] = {"p",  "sp",  "np",  "adkim", "aspf", "t", "psd",
                                            "fo", "rua", "ruf", "pct",   "rf",   "ri"};

struct reader {
    struct dmarc_record_facts *record;
    struct arena *arena;
    bool seen[TAGS];
    bool invalid[TAGS];
    int error; /* -ENOMEM, sticky */
};

/* ---- notes ---- */

static void note(struct reader *reader, struct list *notes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct reader *reader, struct list *notes, const char *format, ...)
{
    va_list arguments;

    if (reader->error < 0 || notes->count >= DMARC_NOTES_MAX)
        return;
    va_start(arguments, format);
    reader->error = record_keep(notes, reader->arena, arena_vformat(reader->arena, format, arguments));
    va_end(arguments);
}

static const char *cut(struct reader *reader, struct bytes text, size_t limit)
{
    const char *clean = text_clean(reader->arena, text.data, text.size, limit);

    if (clean == NULL)
        reader->error = -ENOMEM;
    return clean == NULL ? "" : clean;
}

static const char *shown(struct reader *reader, struct bytes text)
{
    return cut(reader, text, VALUE_SHOWN);
}

/* ---- values ---- */

/* Literals of the grammar have no case (RFC 5234 2.3). */
static bool is_word(struct bytes value, const char *word)
{
    return value.size == strlen(word) && strncasecmp((const char *)value.data, word, value.size) == 0;
}

static void fault(struct reader *reader, enum tag tag, struct bytes value, const char *words)
{
    reader->invalid[tag] = true;
    note(reader, &reader->record->faults, "%s=%s %s", tag_names[tag], shown(reader, value), words);
}

static void read_policy(struct reader *reader, enum tag tag, struct bytes value, enum dmarc_policy *policy)
{
    for (int i = DMARC_NONE; i <= DMARC_REJECT; i++)
        if (is_word(value, dmarc_policy_values[i]))
            *policy = (enum dmarc_policy)i;
    if (*policy == DMARC_POLICY_NOT_OBSERVED)
        fault(reader, tag, value, "is none of none, quarantine and reject");
}

static void read_choice(struct reader *reader, enum tag tag, struct bytes value, const char *yes,
                        const char *no, enum known *ret)
{
    if (is_word(value, yes))
        *ret = YES;
    else if (!is_word(value, no))
        note(reader, &reader->record->faults, "%s=%s is neither %s nor %s: %s counts", tag_names[tag],
             shown(reader, value), yes, no, no);
}

static void read_psd(struct reader *reader, struct bytes value)
{
    bool known_value = is_word(value, "u");

    for (int i = DMARC_PSD_YES; i <= DMARC_PSD_NO; i++)
        if (is_word(value, dmarc_psd_values[i])) {
            reader->record->psd = (enum dmarc_psd)i;
            known_value = true;
        }
    if (!known_value)
        fault(reader, TAG_PSD, value, "is none of y, n and u: u counts");
}

static void read_failure_options(struct reader *reader, struct bytes value)
{
    static const char *const options[] = {"0", "1", "d", "s", "d:s", "s:d"};

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (is_word(value, options[i]))
            return;
    fault(reader, TAG_FO, value, "is none of 0, 1, d, s and d:s: 0 counts");
}

static void read_removed(struct reader *reader, enum tag tag, struct bytes value)
{
    int64_t percent;

    note(reader, &reader->record->removed, "%s=%s", tag_names[tag], shown(reader, value));
    if (tag == TAG_PCT && value.size > 0 && value.size <= 3 && reader->error == 0 &&
        text_number(shown(reader, value), 0, PERCENT_MAX, &percent) == 0)
        reader->record->percent = number(percent);
}

/* ---- addresses ---- */

/* Takes the obsolete "!10m" off the end of a URI (RFC 7489 6.4). */
static struct bytes take_size_limit(struct bytes *uri)
{
    const uint8_t *mark = uri->size == 0 ? NULL : memrchr(uri->data, '!', uri->size);
    struct bytes limit = {0}, whole = *uri;
    size_t digits = 0;

    if (mark == NULL)
        return limit;
    limit = bytes_of(mark + 1, uri->size - (size_t)(mark - uri->data) - 1);
    while (digits < limit.size && limit.data[digits] >= '0' && limit.data[digits] <= '9')
        digits++;
    if (digits > 0 && (digits == limit.size ||
                       (digits + 1 == limit.size && strchr("kKmMgGtT", limit.data[digits]) != NULL))) {
        *uri = take_block(&whole, (size_t)(mark - uri->data));
        return limit;
    }
    return (struct bytes){0};
}

/* Behind the scheme and without header fields; "host" is what stands behind the last "@". */
static void read_address(struct reader *reader, struct dmarc_uri_facts *facts, struct bytes address)
{
    const uint8_t *header = memchr(address.data, '?', address.size), *at;
    char *host;

    if (header != NULL)
        address.size = (size_t)(header - address.data);
    at = memrchr(address.data, '@', address.size);
    facts->address = arena_text_sized(reader->arena, (const char *)address.data, address.size);
    host =
        arena_text_sized(reader->arena, (const char *)at + 1, address.size - (size_t)(at - address.data) - 1);
    if (facts->address == NULL || host == NULL) {
        reader->error = -ENOMEM;
        return;
    }
    for (char *c = host; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    facts->host = host;
}

static const char *scheme_fault(struct bytes uri)
{
    for (size_t i = 0; i < uri.size; i++) {
        uint8_t octet = (uint8_t)(uri.data[i] | 0x20); /* lower case */

        if (uri.data[i] == ':')
            return i == 0 || i + 1 == uri.size ? "is no URI" : NULL;
        if ((octet < 'a' || octet > 'z') && (i == 0 || strchr("0123456789+-.", uri.data[i]) == NULL))
            break;
    }
    return "has no scheme: it must begin with mailto:";
}

static void read_uri(struct reader *reader, struct bytes uri, struct list *uris)
{
    struct dmarc_uri_facts *facts = list_new_item(uris, reader->arena, sizeof *facts);
    struct bytes limit, rest;

    if (facts == NULL) {
        reader->error = -ENOMEM;
        return;
    }
    facts->uri = cut(reader, uri, RECORD_SHOWN); /* all of it: a record to publish is made of it */
    limit = take_size_limit(&uri);
    if (limit.size > 0)
        facts->size_limit = shown(reader, limit);
    rest = uri;
    facts->fault = uri.size == 0 ? "is empty" : scheme_fault(uri);
    if (facts->fault == NULL && uri_character_fault(uri) != NULL)
        facts->fault = "has a character that must be percent-encoded";
    if (facts->fault != NULL || !uri_take_scheme(&rest, "mailto:"))
        return;
    if (uri_is_mail_address(rest))
        read_address(reader, facts, rest);
    else
        facts->fault = "has no valid mail address";
}

static void read_uris(struct reader *reader, struct bytes value, struct list *uris)
{
    bool more = true;

    while (more && reader->error == 0 && uris->count < DMARC_URIS_MAX) {
        size_t left = value.size;
        struct bytes uri = take_until(&value, ',');

        more = uri.size < left;
        read_uri(reader, bytes_trimmed(uri), uris);
    }
}

/* ---- tags ---- */

static void read_value(struct reader *reader, enum tag tag, struct bytes value)
{
    struct dmarc_record_facts *record = reader->record;

    switch (tag) {
    case TAG_P:
        return read_policy(reader, tag, value, &record->policy);
    case TAG_SP:
        return read_policy(reader, tag, value, &record->subdomain_policy);
    case TAG_NP:
        return read_policy(reader, tag, value, &record->nonexistent_policy);
    case TAG_ADKIM:
        return read_choice(reader, tag, value, "s", "r", &record->strict_dkim);
    case TAG_ASPF:
        return read_choice(reader, tag, value, "s", "r", &record->strict_spf);
    case TAG_T:
        return read_choice(reader, tag, value, "y", "n", &record->testing);
    case TAG_PSD:
        return read_psd(reader, value);
    case TAG_FO:
        return read_failure_options(reader, value);
    case TAG_RUA:
        return read_uris(reader, value, &record->rua);
    case TAG_RUF:
        return read_uris(reader, value, &record->ruf);
    case TAG_PCT:
    case TAG_RF:
    case TAG_RI:
        return read_removed(reader, tag, value);
    case TAGS:
        return;
    }
}

static void read_tag(struct reader *reader, struct bytes part, bool first)
{
    struct bytes value = part, name = take_until(&value, '=');
    enum tag tag = TAG_P;

    if (name.size == part.size) {
        if (part.size > 0)
            note(reader, &reader->record->faults, "%s is no tag: it has no \"=\"", shown(reader, part));
        return;
    }
    name = bytes_trimmed(name);
    value = bytes_trimmed(value);
    while (tag < TAGS && !is_word(name, tag_names[tag]))
        tag++;
    if (tag == TAGS) {
        note(reader, &reader->record->remarks, "tag %s: unknown, receivers ignore it", shown(reader, name));
    } else if (reader->seen[tag]) {
        note(reader, &reader->record->faults, "%s is there twice: receivers differ in which they take",
             tag_names[tag]);
    } else {
        if (tag == TAG_P && !first)
            note(reader, &reader->record->remarks,
                 "p does not stand right behind v: RFC 7489 wanted it there");
        reader->seen[tag] = true;
        read_value(reader, tag, value);
    }
}

static void skip_space(struct bytes *in)
{
    while (in->size > 0 && (in->data[0] == ' ' || in->data[0] == '\t'))
        take_u8(in);
}

/* Takes "v=DMARC1" and the semicolon behind it off; false when the record does not begin like that. */
static bool take_version(struct bytes *record)
{
    static const char version[] = "DMARC1";
    struct bytes rest = *record;

    if ((take_u8(&rest) | 0x20) != 'v')
        return false;
    skip_space(&rest);
    if (take_u8(&rest) != '=')
        return false;
    skip_space(&rest);
    if (!record_is_text(take_block(&rest, sizeof version - 1), version))
        return false;
    skip_space(&rest);
    if (rest.size > 0 && take_u8(&rest) != ';')
        return false;
    *record = rest;
    return true;
}

static void read_tags(struct reader *reader, struct bytes rest)
{
    bool first = true;

    while (rest.size > 0 && reader->error == 0) {
        read_tag(reader, bytes_trimmed(take_until(&rest, ';')), first);
        first = false;
    }
}

/* What receivers do with it (RFC 9989 4.10.1; RFC 7489 6.6.3, which knew no np). */
static void decide_use(struct reader *reader)
{
    struct dmarc_record_facts *record = reader->record;
    enum dmarc_use otherwise = DMARC_UNUSABLE;
    bool older_valid = record->policy != DMARC_POLICY_NOT_OBSERVED && !reader->invalid[TAG_SP];

    for (size_t i = 0; i < record->rua.count; i++)
        if (((const struct dmarc_uri_facts *)record->rua.items[i])->fault == NULL)
            otherwise = DMARC_AS_NONE;
    record->older_use = older_valid ? DMARC_AS_WRITTEN : otherwise;
    record->use = older_valid && !reader->invalid[TAG_NP] ? DMARC_AS_WRITTEN : otherwise;
}

int dmarc_record_read(struct bytes record, struct arena *arena, struct dmarc_record_facts **ret)
{
    struct dmarc_record_facts *facts = arena_alloc(arena, sizeof *facts);
    struct reader reader = {.record = facts, .arena = arena};
    struct bytes rest = record;

    if (facts == NULL)
        return -ENOMEM;
    facts->text = text_clean(arena, record.data, record.size, RECORD_SHOWN);
    if (facts->text == NULL)
        return -ENOMEM;
    facts->intended = known(record_mentions(record, "DMARC1"));
    facts->announces = known(take_version(&rest));
    if (facts->announces == NO) {
        *ret = facts;
        return 0;
    }
    facts->rua.observed = facts->ruf.observed = true;
    facts->faults.observed = facts->removed.observed = facts->remarks.observed = true;
    facts->strict_dkim = facts->strict_spf = facts->testing = NO;
    facts->psd = DMARC_PSD_UNSAID;
    read_tags(&reader, rest);
    decide_use(&reader);
    if (reader.error == 0)
        *ret = facts;
    return reader.error;
}
