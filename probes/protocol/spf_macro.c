/*
 * spf_macro.c - macros in SPF records and explanations
 */
#include "probes/protocol/spf_macro.h"

#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { PARTS_MAX = 128, NAME_MAX_SIZE = 253, LABEL_MAX = 63, DECIMAL = 10, NIBBLE = 4, HEX = 16 };

static const char delimiters[] = ".-+,/_=";

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

static bool is_one_of(uint8_t byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

/* ---- grammar ---- */

struct macro {
    uint8_t letter;      /* lower case; 0: it stands for `literal` */
    const char *literal; /* of %% %_ %- */
    bool escape;         /* it was written in upper case */
    unsigned parts;      /* how many to keep from the right; 0: all */
    bool reverse;
    struct bytes delimiters; /* empty: a dot */
};

/* Behind the letter: digits, "r", delimiters, "}". */
static const char *take_transformers(struct bytes text, size_t *at, struct macro *macro)
{
    bool digits = false;
    size_t from;

    for (; *at < text.size && is_digit(text.data[*at]); (*at)++) {
        digits = true;
        if (macro->parts < PARTS_MAX)
            macro->parts = DECIMAL * macro->parts + (text.data[*at] - '0');
    }
    if (digits && macro->parts == 0)
        return "a macro cannot keep zero parts";
    if (*at < text.size && lower(text.data[*at]) == 'r') {
        macro->reverse = true;
        (*at)++;
    }
    from = *at;
    while (*at < text.size && is_one_of(text.data[*at], delimiters))
        (*at)++;
    macro->delimiters = bytes_of(text.data + from, *at - from);
    if (*at == text.size)
        return "the macro has no closing brace";
    if (text.data[*at] != '}')
        return "this cannot stand in a macro";
    (*at)++;
    return NULL;
}

/* The macro at *at, which is a percent sign; moves behind it. What is wrong with it, or NULL. */
static const char *take_macro(struct bytes text, size_t *at, enum spf_place place, struct macro *ret)
{
    struct macro macro = {0};
    uint8_t next = *at + 1 < text.size ? text.data[*at + 1] : '\0';
    const char *words;

    if (next == '%' || next == '_' || next == '-') {
        macro.literal = next == '%' ? "%" : next == '_' ? " " : "%20";
        *at += 2;
        *ret = macro;
        return NULL;
    }
    if (next != '{')
        return "a percent sign must be followed by { % _ or -";
    *at += 2;
    if (*at == text.size)
        return "the macro has no closing brace";
    macro.letter = lower(text.data[*at]);
    macro.escape = text.data[*at] != macro.letter;
    if (is_one_of(macro.letter, "crt")) {
        if (place != SPF_IN_EXPLANATION)
            return "this macro is for explanations only";
    } else if (!is_one_of(macro.letter, "slodiphv")) {
        return "there is no macro of this letter";
    }
    (*at)++;
    words = take_transformers(text, at, &macro);
    if (words == NULL)
        *ret = macro;
    return words;
}

/* *ret_macro_end: does it end with a macro? */
static const char *string_fault(struct bytes text, enum spf_place place, size_t *ret_at, bool *ret_macro_end)
{
    const char *words;
    struct macro macro;
    size_t at = 0;

    *ret_macro_end = false;
    while (at < text.size) {
        uint8_t byte = text.data[at];

        *ret_at = at;
        *ret_macro_end = byte == '%';
        if (byte == '%') {
            words = take_macro(text, &at, place, &macro);
            if (words != NULL)
                return words;
        } else if (byte < ' ' || byte >= 0x7f || (byte == ' ' && place == SPF_IN_NAMES)) {
            return "only visible ASCII characters may stand here";
        } else {
            at++;
        }
    }
    return NULL;
}

const char *spf_macro_fault(struct bytes text, enum spf_place place, size_t *ret_at)
{
    bool macro_end;

    return string_fault(text, place, ret_at, &macro_end);
}

/* A top label: letters, digits and hyphens, no hyphen at an end, not digits alone. */
static const char *top_label_fault(struct bytes label)
{
    bool other = false;

    if (label.size == 0)
        return "the name ends in an empty label";
    for (size_t i = 0; i < label.size; i++) {
        if (!is_letter(label.data[i]) && !is_digit(label.data[i]) && label.data[i] != '-')
            return "the last label of a name has letters, digits and hyphens only";
        other = other || !is_digit(label.data[i]);
    }
    if (label.data[0] == '-' || label.data[label.size - 1] == '-')
        return "the last label of a name neither begins nor ends with a hyphen";
    return other ? NULL : "the last label of a name is not a number: addresses belong to ip4 or ip6";
}

const char *spf_domain_fault(struct bytes text, size_t *ret_at)
{
    bool macro_end;
    const char *words = string_fault(text, SPF_IN_NAMES, ret_at, &macro_end);
    size_t end = text.size, from;

    if (words != NULL || macro_end)
        return words;
    if (end > 0 && text.data[end - 1] == '.')
        end--;
    for (from = end; from > 0 && text.data[from - 1] != '.';)
        from--;
    *ret_at = from;
    if (from == 0)
        return "a name has at least two labels";
    return top_label_fault(bytes_of(text.data + from, end - from));
}

bool spf_macro_uses(struct bytes text, const char *letters)
{
    struct macro macro;
    size_t at = 0;

    while (at < text.size) {
        if (text.data[at] != '%') {
            at++;
            continue;
        }
        if (take_macro(text, &at, SPF_IN_EXPLANATION, &macro) != NULL)
            return false;
        if (is_one_of(macro.letter, letters))
            return true;
    }
    return false;
}

/* ---- expansion ---- */

/* 192.0.2.1, or for IPv6 the 32 nibbles with dots between them. */
static char *client_text(const struct address *client, struct arena *arena)
{
    static const char digits[] = "0123456789ABCDEF";
    char text[4 * sizeof client->octets];
    size_t size = 0;

    if (client->family != AF_INET6) {
        char short_text[ADDRESS_TEXT_SIZE];

        return arena_text(arena, address_format(client, short_text));
    }
    for (size_t i = 0; i < sizeof client->octets; i++) {
        text[size++] = digits[client->octets[i] >> NIBBLE];
        text[size++] = '.';
        text[size++] = digits[client->octets[i] % HEX];
        text[size++] = '.';
    }
    return arena_text_sized(arena, text, size - 1);
}

/* NULL: out of memory. */
static const char *macro_value(uint8_t letter, const struct spf_values *values, struct arena *arena)
{
    char text[ADDRESS_TEXT_SIZE];

    switch (letter) {
    case 's':
        return arena_format(arena, "%s@%s", values->local, values->sender_domain);
    case 'l':
        return values->local;
    case 'o':
        return values->sender_domain;
    case 'd':
        return values->domain;
    case 'i':
        return client_text(&values->client, arena);
    case 'p':
        return values->validated != NULL ? values->validated : "unknown";
    case 'h':
        return values->helo;
    case 'v':
        return values->client.family == AF_INET6 ? "ip6" : "in-addr";
    case 'c':
        return arena_text(arena, address_format(&values->client, text));
    case 'r':
        return values->receiver != NULL ? values->receiver : "unknown";
    case 't':
        return arena_format(arena, "%lld", (long long)values->now);
    default:
        return "";
    }
}

static bool divides(const struct macro *macro, char character)
{
    if (macro->delimiters.size == 0)
        return character == '.';
    return memchr(macro->delimiters.data, character, macro->delimiters.size) != NULL;
}

static void put_escaped(struct buffer *out, const char *text, size_t size, bool escape)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)text[i];

        if (!escape || is_letter(byte) || is_digit(byte) || is_one_of(byte, "-._~"))
            put_u8(out, byte);
        else
            put_format(out, "%%%02X", byte);
    }
}

/* Parts from `first` on, with dots between them; the last come first when it is reversed. */
static void put_value(struct buffer *out, const struct macro *macro, const char *value)
{
    struct part {
        size_t from, size;
    } parts[PARTS_MAX];
    size_t count = 0, from = 0, length = strlen(value), kept;

    for (size_t i = 0; i <= length; i++)
        if (i == length || (count < PARTS_MAX - 1 && divides(macro, value[i]))) {
            parts[count++] = (struct part){from, i - from};
            from = i + 1;
        }
    kept = macro->parts > 0 && macro->parts < count ? macro->parts : count;
    for (size_t i = 0; i < kept; i++) {
        /* the right-hand parts of what is in its final order (RFC 7208 7.3) */
        size_t at = macro->reverse ? kept - 1 - i : count - kept + i;

        if (i > 0)
            put_u8(out, '.');
        put_escaped(out, value + parts[at].from, parts[at].size, macro->escape);
    }
}

int spf_macro_expand(struct bytes text, const struct spf_values *values, struct arena *arena,
                     struct bytes *ret)
{
    struct buffer out = {0};
    struct macro macro;
    size_t at = 0;
    uint8_t *copy;

    while (at < text.size && out.size < SPF_EXPANSION_MAX) {
        const char *value;

        if (text.data[at] != '%') {
            put_u8(&out, text.data[at++]);
            continue;
        }
        if (take_macro(text, &at, SPF_IN_EXPLANATION, &macro) != NULL)
            break;
        if (macro.letter == 0) {
            put_text(&out, macro.literal);
            continue;
        }
        value = macro_value(macro.letter, values, arena);
        if (value == NULL)
            out.failed = true;
        else
            put_value(&out, &macro, value);
    }
    copy = out.failed ? NULL : arena_alloc(arena, out.size + 1); /* room for a final NUL */
    if (copy != NULL && out.size > 0)
        memcpy(copy, out.data, out.size);
    if (copy != NULL)
        *ret = bytes_of(copy, out.size < SPF_EXPANSION_MAX ? out.size : SPF_EXPANSION_MAX);
    buffer_free(&out);
    return copy != NULL ? 0 : -ENOMEM;
}

/* ---- names ---- */

static bool labels_valid(struct bytes name)
{
    size_t label = 0;

    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] != '.')
            label++;
        else if (label == 0)
            return false;
        else
            label = 0;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

int spf_name(struct bytes expanded, struct arena *arena, const char **ret)
{
    struct bytes name = expanded;
    struct buffer out = {0};
    const char *text = NULL;

    if (name.size > 0 && name.data[name.size - 1] == '.')
        name.size--;
    while (name.size > NAME_MAX_SIZE) {
        const uint8_t *dot = memchr(name.data, '.', name.size);

        if (dot == NULL)
            return -EINVAL;
        name.size -= (size_t)(dot + 1 - name.data);
        name.data = dot + 1;
    }
    if (name.size == 0 || !labels_valid(name))
        return -EINVAL;
    for (size_t i = 0; i < name.size; i++)
        if (is_letter(name.data[i]) || is_digit(name.data[i]) || is_one_of(name.data[i], ".-_"))
            put_u8(&out, name.data[i]);
        else
            put_format(&out, "\\%03u", name.data[i]);
    if (!out.failed)
        text = arena_text_sized(arena, (const char *)out.data, out.size);
    buffer_free(&out);
    if (text == NULL)
        return -ENOMEM;
    *ret = text;
    return 0;
}
