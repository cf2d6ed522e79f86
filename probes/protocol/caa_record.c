/*
 * caa_record.c - the data of a CAA record and the grammar of its value
 *
 *      0 issue "ca.example; accounturi=https://ca.example/acct/1; validationmethods=dns-01"
 *
 * RFC 8659 4.1 (flags, tag, value), 4.2 (issue and issuewild), 4.4 (iodef), RFC 8657 (the two parameters),
 * RFC 9495 (issuemail, same grammar). A value of the issue tags that breaks the grammar counts as one that
 * allows nobody, and so does one whose parameters no authority can fulfil.
 */
#include "probes/protocol/caa_record.h"

#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { CRITICAL = 0x80, VALUE_MAX = 2048, PARAMETERS_MAX = 32 };

struct reader {
    struct arena *arena;
    struct caa_property_facts *property;
    struct bytes in; /* what is left of the value */
};

static const char *clean(struct arena *arena, struct bytes text)
{
    return text_clean(arena, text.data, text.size, VALUE_MAX);
}

static const char *clean_lower(struct arena *arena, struct bytes text)
{
    char *clean = text_clean(arena, text.data, text.size, VALUE_MAX);

    for (char *at = clean; at != NULL && *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return clean;
}

/* ---- characters ---- */

static bool is_label_byte(uint8_t byte)
{
    return is_alphanumeric(byte) || byte == '-';
}

/* "value" of RFC 8659 4.2: visible, without the semicolon. */
static bool is_value_byte(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f && byte != ';';
}

static void skip_space(struct bytes *in)
{
    while (in->size > 0 && (in->data[0] == ' ' || in->data[0] == '\t'))
        take_u8(in);
}

static bool take_byte(struct bytes *in, uint8_t byte)
{
    if (in->size == 0 || in->data[0] != byte)
        return false;
    take_u8(in);
    return true;
}

static struct bytes take_while(struct bytes *in, bool (*belongs)(uint8_t byte))
{
    size_t size = 0;

    while (size < in->size && belongs(in->data[size]))
        size++;
    return take_block(in, size);
}

/* Letters and digits, with hyphens between them; empty when there is none, or a hyphen at an end. */
static struct bytes take_label(struct bytes *in)
{
    struct bytes label = take_while(in, is_label_byte);

    if (label.size > 0 && (label.data[0] == '-' || label.data[label.size - 1] == '-'))
        label.size = 0;
    return label;
}

/* Scheme, colon and something behind it (RFC 3986 3); of what schemes, others know. */
static bool is_uri(struct bytes text)
{
    size_t size = 0;

    while (size < text.size &&
           (is_label_byte(text.data[size]) || text.data[size] == '+' || text.data[size] == '.'))
        size++;
    if (size == 0 || size + 1 >= text.size || text.data[size] != ':' || text.data[0] == '-' ||
        (text.data[0] >= '0' && text.data[0] <= '9'))
        return false;
    for (size_t i = size; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f)
            return false;
    return true;
}

static bool bytes_start(struct bytes bytes, const char *text)
{
    return bytes.size >= strlen(text) && memcmp(bytes.data, text, strlen(text)) == 0;
}

/* ---- parameters (RFC 8657) ---- */

static bool has_parameter(const struct caa_property_facts *property, const char *name)
{
    for (size_t i = 0; i < property->parameters.count; i++) {
        const struct caa_parameter_facts *parameter = property->parameters.items[i];

        if (strcmp(parameter->name, name) == 0)
            return true;
    }
    return false;
}

/* Labels of letters, digits and hyphens with commas between them; there may be none. */
static bool are_methods(struct bytes value)
{
    if (value.size == 0)
        return true;
    do
        if (take_while(&value, is_label_byte).size == 0)
            return false;
    while (take_byte(&value, ','));
    return value.size == 0;
}

static const char *parameter_fault(const struct caa_property_facts *property, const char *name,
                                   struct bytes value)
{
    if (strcmp(name, "accounturi") == 0) {
        if (has_parameter(property, name))
            return "more than one accounturi";
        return is_uri(value) ? NULL : "accounturi is no URI";
    }
    if (strcmp(name, "validationmethods") == 0) {
        if (has_parameter(property, name))
            return "more than one validationmethods";
        return are_methods(value) ? NULL : "validationmethods is no list of methods with commas between them";
    }
    return NULL;
}

/* One "name = value"; 0, -EBADMSG with the fault noted, -ENOMEM. */
static int read_parameter(struct reader *reader)
{
    struct caa_property_facts *property = reader->property;
    struct bytes name = take_label(&reader->in), value;
    struct caa_parameter_facts *parameter;
    const char *fault, *text;

    skip_space(&reader->in);
    if (name.size == 0 || !take_byte(&reader->in, '=')) {
        property->fault = "behind the semicolon there must be parameters: name=value";
        return -EBADMSG;
    }
    skip_space(&reader->in);
    value = take_while(&reader->in, is_value_byte);
    skip_space(&reader->in);
    text = clean_lower(reader->arena, name);
    if (text == NULL)
        return -ENOMEM;
    fault = parameter_fault(property, text, value);
    if (property->fault == NULL)
        property->fault = fault;
    if (property->parameters.count == PARAMETERS_MAX)
        return 0;
    parameter = list_new_item(&property->parameters, reader->arena, sizeof *parameter);
    if (parameter == NULL)
        return -ENOMEM;
    parameter->name = text;
    parameter->value = clean(reader->arena, value);
    return parameter->value == NULL ? -ENOMEM : 0;
}

static int read_parameters(struct reader *reader)
{
    int result;

    skip_space(&reader->in);
    if (reader->in.size == 0)
        return 0;
    do {
        skip_space(&reader->in);
        result = read_parameter(reader);
    } while (result == 0 && take_byte(&reader->in, ';'));
    if (result == 0 && reader->in.size > 0) {
        reader->property->fault = "there must be a semicolon between parameters";
        result = -EBADMSG;
    }
    return result;
}

/* ---- values ---- */

/* The domain name at the start of the value; empty when there is none, *ret_valid false when it is odd. */
static struct bytes take_issuer(struct bytes *in, bool *ret_valid)
{
    struct bytes name = *in;
    size_t before = in->size;

    *ret_valid = true;
    if (in->size == 0 || in->data[0] == ';')
        return (struct bytes){0};
    do
        if (take_label(in).size == 0)
            *ret_valid = false;
    while (*ret_valid && take_byte(in, '.'));
    name.size = before - in->size;
    return name;
}

/* issue, issuewild, issuemail, issuevmc. 0 or -ENOMEM. */
static int read_issue(struct reader *reader)
{
    struct caa_property_facts *property = reader->property;
    struct bytes issuer;
    bool valid;
    int result;

    property->parameters.observed = true;
    skip_space(&reader->in);
    issuer = take_issuer(&reader->in, &valid);
    skip_space(&reader->in);
    if (!valid || (reader->in.size > 0 && !take_byte(&reader->in, ';'))) {
        property->fault = "the domain name of an authority must come first, then a semicolon or nothing";
        return 0;
    }
    result = read_parameters(reader);
    if (result == -ENOMEM)
        return result;
    if (result < 0 || issuer.size == 0)
        return 0;
    property->issuer = clean_lower(reader->arena, issuer);
    return property->issuer == NULL ? -ENOMEM : 0;
}

static void read_iodef(struct reader *reader)
{
    struct bytes value = reader->in;

    if (!is_uri(value) ||
        (!bytes_start(value, "mailto:") && !bytes_start(value, "http:") && !bytes_start(value, "https:")))
        reader->property->fault = "it must be a mailto:, http: or https: URL";
}

static int read_value(struct reader *reader)
{
    static const char *const issue_tags[] = {"issue", "issuewild", "issuemail", "issuevmc"};
    const char *tag = reader->property->tag;

    for (size_t i = 0; i < sizeof(issue_tags) / sizeof(issue_tags[0]); i++)
        if (strcmp(tag, issue_tags[i]) == 0)
            return read_issue(reader);
    if (strcmp(tag, "iodef") == 0)
        read_iodef(reader);
    return 0;
}

int caa_record_read(struct bytes data, struct arena *arena, struct caa_property_facts **ret)
{
    uint8_t flags = take_u8(&data);
    struct bytes tag = take_block(&data, take_u8(&data));
    struct caa_property_facts *property;
    struct reader reader = {.arena = arena, .in = data};
    int result;

    if (data.failed || tag.size == 0)
        return -EBADMSG;
    property = reader.property = arena_alloc(arena, sizeof *property);
    if (property == NULL)
        return -ENOMEM;
    property->flags = number(flags);
    property->critical = known((flags & CRITICAL) != 0);
    property->tag = clean_lower(arena, tag);
    property->value = clean(arena, data);
    if (property->tag == NULL || property->value == NULL)
        return -ENOMEM;
    result = read_value(&reader);
    if (result == 0)
        *ret = property;
    return result;
}

bool caa_property_decides(const struct caa_property_facts *property)
{
    return property->critical == YES || strcmp(property->tag, "issue") == 0 ||
           strcmp(property->tag, "issuewild") == 0;
}
