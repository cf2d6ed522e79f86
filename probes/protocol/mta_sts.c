/*
 * mta_sts.c - takes the record and the policy file of MTA-STS apart (RFC 8461 3.1, 3.2)
 *
 * Of a field that is there again only the first counts, but for "mx"; unknown ones are ignored. Both are
 * remarks. Everything else that the grammar does not allow is a fault: senders then do as if there were no
 * policy.
 */
#include "probes/protocol/mta_sts.h"

#include "probes/protocol/record_fields.h"
#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

static const char version_field[] = "v=STSv1";

enum {
    ID_MAX = 32,
    LINE_SHOWN = 300,
    VALUE_SHOWN = 100,
    LABEL_MAX = 63,
    DOMAIN_MAX = 253,
    DIGITS_MAX = 10,
};

/* ---- the record ---- */

static const char *id_fault(struct bytes id)
{
    for (size_t i = 0; i < id.size; i++)
        if (!is_alphanumeric(id.data[i]))
            return "id has other characters than letters and digits";
    if (id.size == 0)
        return "id is empty";
    return id.size > ID_MAX ? "id is longer than 32 characters" : NULL;
}

static int read_record_field(struct mta_sts_record_facts *facts, const struct record_field *field,
                             bool *has_id, struct arena *arena)
{
    if (!record_is_text(field->name, "id")) {
        if (!record_is_value(field->value))
            facts->fault = "the value of a field is not valid";
        return record_remark(&facts->remarks, arena, field->name, "unknown, senders ignore it");
    }
    if (*has_id)
        return record_remark(&facts->remarks, arena, field->name, "there again, only the first counts");
    *has_id = true;
    facts->fault = id_fault(field->value);
    if (facts->fault != NULL)
        return 0;
    facts->id = arena_text_sized(arena, (const char *)field->value.data, field->value.size);
    return facts->id == NULL ? -ENOMEM : 0;
}

int mta_sts_record_read(struct bytes record, struct arena *arena, struct mta_sts_record_facts **ret)
{
    struct mta_sts_record_facts *facts = arena_alloc(arena, sizeof *facts);
    struct record_opened opened;
    bool has_id = false;
    int error = record_open(record, version_field, arena, &opened);

    if (facts == NULL || error < 0)
        return -ENOMEM;
    facts->text = opened.text;
    facts->announces = known(opened.announces);
    facts->intended = known(opened.intended);
    facts->remarks.observed = true;
    for (size_t i = 0; i < opened.fields.count && error == 0 && facts->fault == NULL; i++)
        error = read_record_field(facts, opened.fields.items[i], &has_id, arena);
    if (error < 0)
        return error;
    if (facts->fault == NULL)
        facts->fault = opened.fault;
    if (facts->announces == YES && facts->fault == NULL && !has_id)
        facts->fault = "id is missing";
    *ret = facts;
    return 0;
}

/* ---- the policy file ---- */

struct reader {
    struct mta_sts_policy_facts *policy;
    struct arena *arena;
    size_t line;
    bool has_version, has_mode, has_max_age;
    bool has_mx; /* also one that is not valid: it is not missing */
    int error;   /* -ENOMEM, sticky */
};

static void keep(struct reader *reader, struct list *notes, char *text)
{
    if (reader->error == 0)
        reader->error = record_keep(notes, reader->arena, text);
}

static void add_fault(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_fault(struct reader *reader, const char *format, ...)
{
    va_list arguments;

    if (reader->policy->faults.count >= MTA_STS_NOTES_MAX)
        return;
    va_start(arguments, format);
    keep(reader, &reader->policy->faults, arena_vformat(reader->arena, format, arguments));
    va_end(arguments);
}

static void add_remark(struct reader *reader, const char *what)
{
    if (reader->policy->remarks.count < MTA_STS_NOTES_MAX)
        keep(reader, &reader->policy->remarks,
             arena_format(reader->arena, "line %zu: %s", reader->line, what));
}

static char *shown(struct reader *reader, struct bytes text)
{
    char *clean = text_clean(reader->arena, text.data, text.size, VALUE_SHOWN);

    if (clean == NULL)
        reader->error = -ENOMEM;
    return clean;
}

static void read_version(struct reader *reader, struct bytes value)
{
    reader->policy->version = shown(reader, value);
    if (!record_is_text(value, "STSv1"))
        add_fault(reader, "line %zu: the version is not STSv1", reader->line);
}

static void read_mode(struct reader *reader, struct bytes value)
{
    for (int mode = MTA_STS_ENFORCE; mode <= MTA_STS_NONE; mode++)
        if (record_is_text(value, mta_sts_mode_values[mode]))
            reader->policy->mode = (enum mta_sts_mode)mode;
    if (reader->policy->mode == MTA_STS_MODE_NOT_OBSERVED)
        add_fault(reader, "line %zu: the mode is none of enforce, testing and none", reader->line);
}

static void read_max_age(struct reader *reader, struct bytes value)
{
    int64_t seconds = 0;

    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] < '0' || value.data[i] > '9' || value.size > DIGITS_MAX) {
            add_fault(reader, "line %zu: max_age is not a number of seconds", reader->line);
            return;
        }
        seconds = seconds * 10 + (value.data[i] - '0');
    }
    reader->policy->max_age = number(seconds);
    if (seconds > MTA_STS_MAX_AGE)
        add_fault(reader, "line %zu: max_age is over 31557600 seconds", reader->line);
}

/* What is wrong with a pattern; NULL: nothing. A wildcard is one whole label, the left-most. */
static const char *pattern_fault(struct bytes pattern)
{
    size_t length = 0;

    if (pattern.size >= 2 && pattern.data[0] == '*' && pattern.data[1] == '.')
        take_block(&pattern, 2);
    if (pattern.size > DOMAIN_MAX)
        return "is too long for a name";
    for (size_t i = 0; i < pattern.size; i++) {
        uint8_t octet = pattern.data[i];
        bool end = i + 1 == pattern.size || pattern.data[i + 1] == '.';

        if (octet == '.') {
            if (length == 0 || end)
                return end && i + 1 == pattern.size ? "ends in a dot" : "has an empty label";
            length = 0;
        } else if (octet >= 0x80) {
            return "is not written in A-labels (xn--)";
        } else if (octet == '*') {
            return "has a wildcard that is not the whole left-most label";
        } else if (!is_alphanumeric(octet) && (octet != '-' || length == 0 || end)) {
            return "is not a host name";
        } else if (++length > LABEL_MAX) {
            return "has a label of more than 63 characters";
        }
    }
    return pattern.size == 0 ? "is not a host name" : NULL;
}

static void read_mx(struct reader *reader, struct bytes value)
{
    struct mta_sts_policy_facts *policy = reader->policy;
    const char *fault = pattern_fault(value);
    char *pattern = shown(reader, value);

    reader->has_mx = true;
    if (pattern == NULL)
        return;
    if (fault != NULL)
        add_fault(reader, "line %zu: the pattern %s %s", reader->line, pattern, fault);
    else if (policy->mx.count >= MTA_STS_PATTERNS_MAX)
        policy->mx_left_out.value++;
    else
        keep(reader, &policy->mx, arena_text_sized(reader->arena, (const char *)value.data, value.size));
}

static void read_field(struct reader *reader, struct bytes name, struct bytes value)
{
    const struct {
        const char *name;
        bool *has;
        void (*read)(struct reader *reader, struct bytes value);
    } once[] = {{"version", &reader->has_version, read_version},
                {"mode", &reader->has_mode, read_mode},
                {"max_age", &reader->has_max_age, read_max_age}};

    if (value.size == 0) {
        add_fault(reader, "line %zu: a field has no value", reader->line);
        return;
    }
    if (record_is_text(name, "mx")) {
        read_mx(reader, value);
        return;
    }
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        if (!record_is_text(name, once[i].name))
            continue;
        if (*once[i].has)
            add_remark(reader, "the field is there again, only the first counts");
        else
            once[i].read(reader, value);
        *once[i].has = true;
        return;
    }
    add_remark(reader, "the field is unknown, senders ignore it");
}

static bool has_control(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++)
        if ((line.data[i] < ' ' && line.data[i] != '\t') || line.data[i] == 0x7f)
            return true;
    return false;
}

static void read_line(struct reader *reader, struct bytes line)
{
    const uint8_t *colon;
    struct bytes name;

    if (has_control(line)) {
        add_fault(reader, "line %zu: a control character", reader->line);
        return;
    }
    while (line.size > 0 && (line.data[line.size - 1] == ' ' || line.data[line.size - 1] == '\t'))
        line.size--;
    if (line.size == 0) {
        add_remark(reader, "the line is empty, which the grammar does not allow");
        return;
    }
    colon = memchr(line.data, ':', line.size);
    if (colon == NULL) {
        add_fault(reader, "line %zu: there is no colon", reader->line);
        return;
    }
    name = take_block(&line, (size_t)(colon - line.data));
    take_u8(&line);
    if (record_is_name(name))
        read_field(reader, name, bytes_trimmed(line));
    else
        add_fault(reader, "line %zu: the name of the field is not valid", reader->line);
}

static void read_lines(struct reader *reader, struct bytes file)
{
    struct mta_sts_policy_facts *policy = reader->policy;

    while (file.size > 0 && reader->error == 0) {
        size_t left = file.size;
        struct bytes line = take_until(&file, '\n');

        if (line.size < left && line.size > 0 && line.data[line.size - 1] == '\r')
            line.size--;
        reader->line++;
        if (policy->lines.count < MTA_STS_LINES_KEPT)
            keep(reader, &policy->lines, text_clean(reader->arena, line.data, line.size, LINE_SHOWN));
        read_line(reader, line);
    }
}

static void find_missing(struct reader *reader)
{
    if (!reader->has_version)
        add_fault(reader, "version is missing");
    if (!reader->has_mode)
        add_fault(reader, "mode is missing");
    if (!reader->has_max_age)
        add_fault(reader, "max_age is missing");
    if (!reader->has_mx && reader->policy->mode != MTA_STS_NONE)
        add_fault(reader, "mx is missing");
}

int mta_sts_policy_read(struct bytes file, struct arena *arena, struct mta_sts_policy_facts **ret)
{
    struct mta_sts_policy_facts *policy = arena_alloc(arena, sizeof *policy);
    struct reader reader = {.policy = policy, .arena = arena};
    void *copy = arena_copy(arena, file.size == 0 ? (const uint8_t *)"" : file.data, file.size);

    if (policy == NULL || copy == NULL)
        return -ENOMEM;
    policy->mx.observed = policy->faults.observed = policy->remarks.observed = policy->lines.observed = true;
    policy->mx_left_out = number(0);
    policy->file = bytes_of(copy, file.size);
    read_lines(&reader, policy->file);
    find_missing(&reader);
    policy->valid = known(policy->faults.count == 0);
    if (reader.error < 0)
        return reader.error;
    *ret = policy;
    return 0;
}
