/*
 * spf_record.c - takes SPF records apart
 */
#include "probes/protocol/spf_record.h"

#include "probes/protocol/spf_macro.h"
#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

enum { BITS_IPV4 = 32, BITS_IPV6 = 128, DECIMAL = 10 };

static bool is_name_byte(uint8_t byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '-' || byte == '_' || byte == '.';
}

static bool same_word(struct bytes word, const char *text)
{
    return word.size == strlen(text) && strncasecmp((const char *)word.data, text, word.size) == 0;
}

static struct bytes part(struct bytes bytes, size_t from, size_t to)
{
    return bytes_of(bytes.data + from, to - from);
}

/* ---- which record ---- */

static const char version[] = "v=spf1";
enum { VERSION_SIZE = sizeof version - 1 };

bool spf_announces(struct bytes record)
{
    return record.size >= VERSION_SIZE && same_word(part(record, 0, VERSION_SIZE), version) &&
           (record.size == VERSION_SIZE || record.data[VERSION_SIZE] == ' ');
}

/* "v=spf", "spf1", "v = spf1", a quote or a space in front of it, ... */
bool spf_intended(struct bytes record)
{
    size_t at = 0;
    char start[VERSION_SIZE + 1] = "";
    size_t size = 0;

    if (spf_announces(record))
        return false;
    for (; at < record.size && size < VERSION_SIZE; at++)
        if (is_letter(record.data[at]) || is_digit(record.data[at]) || record.data[at] == '=')
            start[size++] = (char)record.data[at];
        else if (record.data[at] != ' ' && record.data[at] != '"' && record.data[at] != '\'' &&
                 record.data[at] != '\\' && record.data[at] != '\t')
            break;
    return strncasecmp(start, "v=spf", 5) == 0 || strncasecmp(start, "spf1", 4) == 0;
}

int spf_select(const struct dns_answer *answer, struct arena *arena, struct bytes *ret, size_t *ret_count)
{
    struct bytes selected = {0};
    size_t count = 0;

    for (size_t i = 0; i < answer->records.count; i++) {
        struct bytes text;
        int error = dns_record_txt(answer->records.items[i], arena, &text);

        if (error == -ENOMEM)
            return error;
        if (error < 0 || !spf_announces(text))
            continue;
        if (count++ == 0)
            selected = text;
    }
    *ret = selected;
    *ret_count = count;
    return 0;
}

/* ---- one term ---- */

struct reader {
    struct bytes record;
    struct spf_term *term;
    struct bytes rest; /* of the term */
};

static void fault(struct reader *reader, const char *words, const uint8_t *at)
{
    if (reader->term->fault != NULL)
        return;
    reader->term->fault = words;
    reader->term->position = (size_t)(at - reader->record.data);
}

/* "/24" at the end of the rest, cut off. False: there is none. Digits that are no length are a fault. */
static bool cut_prefix(struct reader *reader, unsigned limit, unsigned *ret)
{
    size_t from = reader->rest.size;
    unsigned value = 0;

    while (from > 0 && is_digit(reader->rest.data[from - 1]))
        from--;
    if (from == reader->rest.size || from == 0 || reader->rest.data[from - 1] != '/')
        return false;
    for (size_t i = from; i < reader->rest.size && value <= limit; i++)
        value = DECIMAL * value + (reader->rest.data[i] - '0');
    if (value > limit)
        fault(reader,
              limit == BITS_IPV4 ? "a prefix length for IPv4 is at most 32"
                                 : "a prefix length for IPv6 is at most 128",
              reader->rest.data + from);
    else if (reader->rest.data[from] == '0' && reader->rest.size - from > 1)
        fault(reader, "a prefix length has no leading zero", reader->rest.data + from);
    reader->rest.size = from - 1;
    *ret = value;
    return true;
}

/* [ "/" length ] [ "//" length ] at the end of a and mx. */
static void cut_dual_prefix(struct reader *reader)
{
    struct bytes before = reader->rest;
    struct spf_term *term = reader->term;
    unsigned prefix;

    term->prefix_ipv4 = BITS_IPV4;
    term->prefix_ipv6 = BITS_IPV6;
    if (!cut_prefix(reader, BITS_IPV6, &prefix))
        return;
    if (reader->rest.size > 0 && reader->rest.data[reader->rest.size - 1] == '/') {
        reader->rest.size--;
        term->prefix_ipv6 = prefix;
    } else { /* it was the other one: again with its own limit */
        reader->rest = before;
        term->fault = NULL;
    }
    (void)cut_prefix(reader, BITS_IPV4, &term->prefix_ipv4);
}

static void read_domain(struct reader *reader)
{
    const char *words = NULL;
    size_t at = 0;

    reader->term->domain = reader->rest;
    if (reader->rest.size == 0)
        words = "a domain name is missing";
    else
        words = spf_domain_fault(reader->rest, &at);
    if (words != NULL)
        fault(reader, words, reader->rest.data + at);
}

/* ":" domain-spec, which may be left out of some. */
static void read_argument(struct reader *reader, bool needed)
{
    if (reader->rest.size > 0 && reader->rest.data[0] == ':') {
        reader->rest = part(reader->rest, 1, reader->rest.size);
        read_domain(reader);
    } else if (reader->rest.size > 0) {
        fault(reader, "there must be a colon or nothing behind the mechanism", reader->rest.data);
    } else if (needed) {
        fault(reader, "the mechanism needs a colon and a domain name", reader->rest.data);
    }
}

/* ":" address [ "/" length ] */
static void read_network(struct reader *reader, int family)
{
    bool ipv4 = family == AF_INET;
    char text[INET6_ADDRSTRLEN] = "";
    struct spf_term *term = reader->term;
    const uint8_t *start = reader->rest.data;
    unsigned *prefix = ipv4 ? &term->prefix_ipv4 : &term->prefix_ipv6;

    *prefix = ipv4 ? BITS_IPV4 : BITS_IPV6;
    if (reader->rest.size == 0 || reader->rest.data[0] != ':') {
        fault(reader, "the mechanism needs a colon and an address", start);
        return;
    }
    reader->rest = part(reader->rest, 1, reader->rest.size);
    (void)cut_prefix(reader, ipv4 ? BITS_IPV4 : BITS_IPV6, prefix);
    if (reader->rest.size > 0 && reader->rest.size < sizeof text)
        memcpy(text, reader->rest.data, reader->rest.size);
    if (strlen(text) == reader->rest.size && inet_pton(family, text, term->address.octets) == 1)
        term->address.family = family;
    else
        fault(reader,
              ipv4 ? "this is no IPv4 address with an optional prefix length"
                   : "this is no IPv6 address with an optional prefix length",
              reader->rest.data);
}

static void read_mechanism(struct reader *reader)
{
    switch (reader->term->kind) {
    case SPF_ALL:
        if (reader->rest.size > 0)
            fault(reader, "nothing may stand behind \"all\"", reader->rest.data);
        break;
    case SPF_INCLUDE:
    case SPF_EXISTS:
        read_argument(reader, true);
        break;
    case SPF_A:
    case SPF_MX:
        cut_dual_prefix(reader);
        read_argument(reader, false);
        break;
    case SPF_PTR:
        read_argument(reader, false);
        break;
    case SPF_IP4:
        read_network(reader, AF_INET);
        break;
    case SPF_IP6:
        read_network(reader, AF_INET6);
        break;
    case SPF_KIND_NOT_OBSERVED:
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER:
        break;
    }
}

/* Why a word is no mechanism; the usual slips have words of their own. */
static const char *unknown_words(struct bytes name)
{
    static const char *const modifiers[] = {"redirect", "exp"};

    for (size_t i = 0; i < sizeof modifiers / sizeof modifiers[0]; i++)
        if (same_word(name, modifiers[i]))
            return "a modifier has no qualifier, and an equals sign behind its name";
    if (same_word(name, "ip"))
        return "there is no mechanism \"ip\": it is ip4 or ip6";
    if (same_word(name, "ipv4") || same_word(name, "ipv6"))
        return "the mechanism is called ip4 or ip6";
    if (same_word(name, "includes"))
        return "the mechanism is called include";
    return "there is no mechanism of this name";
}

static enum spf_kind kind_of(struct bytes name, enum spf_kind first, enum spf_kind last)
{
    for (int kind = (int)first; kind <= (int)last; kind++)
        if (same_word(name, spf_kind_values[kind]))
            return (enum spf_kind)kind;
    return SPF_KIND_NOT_OBSERVED;
}

static void read_modifier(struct reader *reader, struct bytes name)
{
    struct spf_term *term = reader->term;
    const char *words;
    size_t at = 0;

    term->kind = kind_of(name, SPF_REDIRECT, SPF_EXP);
    if (term->kind != SPF_KIND_NOT_OBSERVED) {
        read_domain(reader);
        return;
    }
    term->kind = SPF_UNKNOWN_MODIFIER;
    term->domain = reader->rest;
    words = spf_macro_fault(reader->rest, SPF_IN_NAMES, &at);
    if (words != NULL)
        fault(reader, words, reader->rest.data + at);
}

static void read_term(struct reader *reader)
{
    struct spf_term *term = reader->term;
    struct bytes text = term->text;
    size_t end = 0;

    term->qualifier = '+';
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f) {
            fault(reader, "only visible ASCII characters may stand in a record", text.data + i);
            return;
        }
    while (end < text.size && is_name_byte(text.data[end]))
        end++;
    if (end > 0 && end < text.size && text.data[end] == '=' && is_letter(text.data[0])) {
        reader->rest = part(text, end + 1, text.size);
        read_modifier(reader, part(text, 0, end));
        return;
    }
    if (strchr("+-~?", text.data[0]) != NULL) {
        term->qualifier = (char)text.data[0];
        text = part(text, 1, text.size);
    }
    for (end = 0; end < text.size && (is_letter(text.data[end]) || is_digit(text.data[end]));)
        end++;
    term->kind = kind_of(part(text, 0, end), SPF_ALL, SPF_EXISTS);
    reader->rest = part(text, end, text.size);
    if (term->kind == SPF_KIND_NOT_OBSERVED)
        fault(reader, unknown_words(part(text, 0, end)), text.data);
    else
        read_mechanism(reader);
}

/* ---- the record ---- */

/* Remembers what there may be once only; the second redirect or exp is a fault (RFC 7208 6). */
static void note_term(struct spf_record *record, struct spf_term *term, struct bytes bytes)
{
    const struct spf_term **once = NULL;

    if (term->kind == SPF_ALL && term->fault == NULL && record->all == NULL)
        record->all = term;
    else if (term->kind == SPF_REDIRECT)
        once = &record->redirect;
    else if (term->kind == SPF_EXP)
        once = &record->exp;
    if (once != NULL && *once == NULL) {
        *once = term;
    } else if (once != NULL && term->fault == NULL) {
        term->fault = "it may stand in a record only once";
        term->position = (size_t)(term->text.data - bytes.data);
    }
    if (term->fault != NULL && record->bad == NULL)
        record->bad = term;
}

int spf_record_read(struct bytes bytes, struct arena *arena, struct spf_record **ret)
{
    struct spf_record *record = arena_alloc(arena, sizeof *record);
    size_t at = VERSION_SIZE;

    if (record == NULL)
        return -ENOMEM;
    record->terms.observed = true;
    while (at < bytes.size) {
        size_t end = at;
        struct spf_term *term;

        while (end < bytes.size && bytes.data[end] != ' ')
            end++;
        if (end == at) {
            at++;
            continue;
        }
        term = list_new_item(&record->terms, arena, sizeof *term);
        if (term == NULL)
            return -ENOMEM;
        term->text = part(bytes, at, end);
        if (record->terms.count < SPF_TERMS_MAX) {
            read_term(&(struct reader){.record = bytes, .term = term});
        } else { /* all that is left, as one */
            term->text = part(bytes, at, bytes.size);
            term->fault = "there are more than 1000 terms";
            term->position = at;
            end = bytes.size;
        }
        note_term(record, term, bytes);
        at = end;
    }
    *ret = record;
    return 0;
}

bool spf_asks(enum spf_kind kind)
{
    return kind == SPF_INCLUDE || kind == SPF_A || kind == SPF_MX || kind == SPF_PTR || kind == SPF_EXISTS ||
           kind == SPF_REDIRECT;
}

bool spf_is_modifier(enum spf_kind kind)
{
    return kind == SPF_REDIRECT || kind == SPF_EXP || kind == SPF_UNKNOWN_MODIFIER;
}

bool spf_term_used(const struct spf_record *record, const struct spf_term *term)
{
    if (record->all == NULL || term == record->all)
        return true;
    if (term->kind == SPF_REDIRECT)
        return false;
    return spf_is_modifier(term->kind) || term->text.data < record->all->text.data;
}

enum spf_result spf_qualified(char qualifier)
{
    switch (qualifier) {
    case '-':
        return SPF_FAIL;
    case '~':
        return SPF_SOFTFAIL;
    case '?':
        return SPF_NEUTRAL;
    default:
        return SPF_PASS;
    }
}
