/*
 * dkim_repair.c - finds the tags of a damaged DKIM key record
 *
 *      what stands before the record, entities, PEM armour, quotes and backslashes go;  then what looks like the
 *      beginning of a tag is one, whether a semicolon stands before it or not
 */
#include "probes/protocol/dkim_repair.h"

#include "probes/protocol/dkim_tags.h"
#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const char *const damage_names[DKIM_DAMAGES] = {
    [DKIM_WHITE_SPACE] = "white_space",
    [DKIM_QUOTES] = "quotes",
    [DKIM_BACKSLASHES] = "backslashes",
    [DKIM_ENTITIES] = "entities",
    [DKIM_OWNER_NAME] = "owner_name",
    [DKIM_PEM] = "pem",
    [DKIM_VERSION] = "version",
    [DKIM_SEPARATORS] = "separators",
    [DKIM_CHARACTERS] = "characters",
    [DKIM_KEY_TYPE] = "key_type",
    [DKIM_WRAPPED_KEY] = "wrapped_key",
    [DKIM_TRUNCATED] = "truncated",
    [DKIM_SECOND_STRING] = "second_string",
    [DKIM_SEPARATE_RECORDS] = "separate_records",
    [DKIM_PRIVATE_KEY] = "private_key",
};

const char *dkim_damage_name(enum dkim_damage damage)
{
    return damage_names[damage];
}

/* Where `word` begins in `text`, in whatever case; its size when it does not. */
static size_t find(struct bytes text, const char *word)
{
    size_t size = strlen(word), i = 0;

    for (; i + size <= text.size; i++)
        if (strncasecmp((const char *)text.data + i, word, size) == 0)
            return i;
    return text.size;
}

static bool begins(struct bytes text, const char *word)
{
    return find(bytes_of(text.data, text.size < strlen(word) ? text.size : strlen(word)), word) == 0 &&
           text.size >= strlen(word);
}

/* ---- from text to plain text ---- */

/* "mail._domainkey IN TXT (" before the record. */
static struct bytes without_owner(struct bytes text, struct dkim_repair *repair)
{
    size_t start = find(text, "v=DKIM1");
    struct bytes before;

    if (start == text.size)
        start = find(text, "k=rsa");
    if (start == text.size)
        start = find(text, "p=");
    before = bytes_of(text.data, start);
    if (find(before, "_domainkey") == start && find(before, "TXT") == start)
        return text;
    repair->damage[DKIM_OWNER_NAME] = true;
    return bytes_of(text.data + start, text.size - start);
}

/* An entity at the beginning of `text`: its size (0: none) and the character it stands for. */
static size_t take_entity(struct bytes text, uint8_t *ret)
{
    static const struct {
        const char *name;
        uint8_t octet;
    } entities[] = {{"&quot;", '"'}, {"&amp;", '&'},     {"&semi;", ';'}, {"&equals;", '='},
                    {"&plus;", '+'}, {"&nbsp;", ' '},    {"&sol;", '/'},  {"&apos;", '\''},
                    {"&lt;", '<'},   {"&NewLine;", ' '}, {"&gt;", '>'}};
    bool hex = text.size > 2 && (text.data[2] == 'x' || text.data[2] == 'X');
    unsigned number = 0;
    size_t i = hex ? 3 : 2;

    for (size_t e = 0; e < sizeof entities / sizeof entities[0]; e++)
        if (begins(text, entities[e].name)) {
            *ret = entities[e].octet;
            return strlen(entities[e].name);
        }
    if (text.size < 4 || text.data[1] != '#')
        return 0;
    for (; i < text.size && i < 8 && (hex ? is_alphanumeric(text.data[i]) : is_digit(text.data[i])); i++)
        number = number * (hex ? 16 : 10) +
                 (is_digit(text.data[i]) ? text.data[i] - (unsigned)'0' : ((text.data[i] | 32U) - 'a' + 10));
    if (i == text.size || text.data[i] != ';' || number == 0 || number > 127)
        return 0;
    *ret = (uint8_t)number;
    return i + 1;
}

/* The armour of PEM at the beginning of `text`: its size, 0: none. */
static size_t take_armour(struct bytes text, struct dkim_repair *repair)
{
    static const char line[] = "-----";
    size_t size = sizeof line - 1, end;

    if (!begins(text, "-----BEGIN") && !begins(text, "-----END"))
        return 0;
    end = size + find(bytes_of(text.data + size, text.size - size), line);
    repair->damage[DKIM_PEM] = true;
    if (find(bytes_of(text.data, end), "PRIVATE") < end)
        repair->damage[DKIM_PRIVATE_KEY] = true;
    return end == text.size ? end : end + size;
}

/* A backslash and what it stands for: line ends and octets as a zone file or JSON writes them. */
static size_t take_escape(struct bytes text, uint8_t *ret)
{
    if (text.size > 3 && is_digit(text.data[1]) && is_digit(text.data[2]) && is_digit(text.data[3])) {
        *ret = (uint8_t)((text.data[1] - '0') * 100 + (text.data[2] - '0') * 10 + (text.data[3] - '0'));
        return 4;
    }
    if (text.size > 1 && (text.data[1] == 'n' || text.data[1] == 'r' || text.data[1] == 't')) {
        *ret = ' ';
        return 2;
    }
    *ret = 0;
    return 1;
}

/* Typographic quotes, in UTF-8. */
static bool is_quote(struct bytes text)
{
    return text.data[0] == '"' || (text.size > 2 && text.data[0] == 0xe2 && text.data[1] == 0x80 &&
                                   text.data[2] >= 0x98 && text.data[2] <= 0x9f);
}

/* How much of `text` stands for *ret, which is 0 when that is nothing. */
static size_t take_plain(struct bytes text, struct dkim_repair *repair, uint8_t *ret)
{
    size_t size = take_armour(text, repair);

    *ret = ' ';
    if (size > 0)
        return size;
    *ret = text.data[0];
    if (text.data[0] == '&' && (size = take_entity(text, ret)) > 0) {
        repair->damage[DKIM_ENTITIES] = true;
    } else if (text.data[0] == '\\') {
        repair->damage[DKIM_BACKSLASHES] = true;
        size = take_escape(text, ret);
    } else if (is_quote(text)) {
        size = text.data[0] == '"' ? 1 : 3;
        *ret = '"';
    }
    if (*ret == '"') {
        repair->damage[DKIM_QUOTES] = true;
        *ret = 0;
    }
    return size == 0 ? 1 : size;
}

static int make_plain(struct bytes text, struct arena *arena, struct dkim_repair *repair, struct bytes *ret)
{
    uint8_t *plain = arena_alloc(arena, text.size + 1);
    size_t size = 0;

    if (plain == NULL)
        return -ENOMEM;
    text = without_owner(text, repair);
    while (text.size > 0) {
        uint8_t octet;

        take_block(&text, take_plain(text, repair, &octet));
        if (octet != 0)
            plain[size++] = octet;
    }
    *ret = bytes_of(plain, size);
    return 0;
}

/* ---- from plain text to tags ---- */

/* Does a tag begin here? Then so many bytes are its name and the "=". */
static size_t tag_begins(struct bytes plain, size_t at)
{
    size_t i = at + 1;

    if (strchr("vkhpstng", plain.data[at] | 32) == NULL || plain.data[at] == 0)
        return 0;
    if (at > 0 && !dkim_is_space(plain.data[at - 1]) && strchr(";,(", plain.data[at - 1]) == NULL)
        return 0;
    while (i < plain.size && dkim_is_space(plain.data[i]))
        i++;
    if (i == plain.size || plain.data[i] != '=' || (i + 1 < plain.size && plain.data[i + 1] == '='))
        return 0;
    return i + 1 - at;
}

/* A short value: only what such a one can have, in lower case. */
static int keep_word(struct bytes value, struct arena *arena, struct bytes *ret)
{
    uint8_t *word = arena_alloc(arena, value.size + 1);
    size_t size = 0;

    if (word == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < value.size; i++)
        if (is_alphanumeric(value.data[i]) || (value.data[i] != 0 && strchr(":*-", value.data[i]) != NULL))
            word[size++] = is_digit(value.data[i]) || strchr(":*-", value.data[i]) != NULL
                               ? value.data[i]
                               : (uint8_t)(value.data[i] | 32);
    *ret = bytes_of(word, size);
    return 0;
}

/* The digits of a key, and the padding that they need. */
static int keep_key(struct bytes value, struct arena *arena, struct dkim_repair *repair)
{
    uint8_t *digits = arena_alloc(arena, value.size + 4);
    bool differs = repair->has_p;
    size_t size = 0;

    if (digits == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < value.size; i++) {
        uint8_t octet = value.data[i];

        if (octet == '=')
            continue;
        if (dkim_is_space(octet)) {
            repair->damage[DKIM_WHITE_SPACE] |= !repair->damage[DKIM_PEM];
        } else if (is_alphanumeric(octet) || octet == '+' || octet == '/') {
            digits[size++] = octet;
        } else {
            repair->damage[DKIM_CHARACTERS] |= octet != '(' && octet != ')';
            if (octet == '-' || octet == '_') /* base64 as URLs have it */
                digits[size++] = octet == '-' ? '+' : '/';
        }
    }
    repair->damage[DKIM_TRUNCATED] |= size % 4 == 1;
    while (size % 4 == 2 || size % 4 == 3)
        digits[size++] = '=';
    differs = differs && !bytes_equal(repair->p, bytes_of(digits, size));
    repair->p =
        differs ? (struct bytes){0} : bytes_of(digits, size); /* of two keys nobody knows which was meant */
    repair->has_p = true;
    return 0;
}

static int keep_tag(char name, struct bytes value, size_t place, struct arena *arena,
                    struct dkim_repair *repair)
{
    switch (name) {
    case 'v':
        if (place > 0 || !bytes_equal(value, bytes_of("DKIM1", 5)))
            repair->damage[DKIM_VERSION] = true;
        return 0;
    case 'p':
        return keep_key(value, arena, repair);
    case 'k':
        return keep_word(value, arena, &repair->k);
    case 'h':
        return keep_word(value, arena, &repair->h);
    case 's':
        return keep_word(value, arena, &repair->s);
    case 't':
        return keep_word(value, arena, &repair->t);
    default:
        return 0;
    }
}

static int find_tags(struct bytes plain, struct arena *arena, struct dkim_repair *repair)
{
    size_t at = 0, place = 0;
    int error = 0;

    while (at < plain.size && tag_begins(plain, at) == 0)
        at++;
    if (find(bytes_of(plain.data, at), "DKIM1") < at)
        repair->damage[DKIM_VERSION] = true;
    while (at < plain.size && error == 0) {
        char name = (char)(plain.data[at] | 32);
        size_t start = at + tag_begins(plain, at), end = start;

        for (at = start; at < plain.size && tag_begins(plain, at) == 0; at++)
            if (plain.data[at] != ';' && end == at)
                end = at + 1;
        if (at < plain.size && end == at)
            repair->damage[DKIM_SEPARATORS] = true;
        error =
            keep_tag(name, dkim_trimmed(bytes_of(plain.data + start, end - start)), place++, arena, repair);
    }
    return error;
}

int dkim_repair(struct bytes text, struct arena *arena, struct dkim_repair *ret)
{
    struct dkim_repair repair = {0};
    struct bytes plain;
    int error = make_plain(text, arena, &repair, &plain);

    if (error == 0)
        error = find_tags(plain, arena, &repair);
    if (error == 0)
        *ret = repair;
    return error;
}
