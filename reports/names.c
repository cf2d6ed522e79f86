/*
 * names.c - what a name says by itself: may it be a mail host's, does a certificate cover it, who gave it
 *
 * RFC 9525 6.3 (names in certificates), RFC 5321 2.3.5 and RFC 1123 2.1 (host names).
 */
#include "reports/names.h"

#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"
#include "scanner/base/host_name.h"
#include "scanner/base/text.h"

#include <stdio.h>
#include <string.h>

static bool is_hex(char character)
{
    return is_digit(character) || (character >= 'a' && character <= 'f');
}

static bool is_address(const char *text)
{
    struct address address;

    return address_parse(text, &address) == 0;
}

/* ---- host names ---- */

bool host_name_valid(const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);
    const char *last;

    if (length > 0 && name[length - 1] == '.')
        length--;
    if (host_name_labels(bytes_of(name, length)) == 0 || is_address(name))
        return false;
    /* A last label of digits alone is an address that somebody mistyped (RFC 1123 2.1). */
    last = memrchr(name, '.', length);
    last = last == NULL ? name : last + 1;
    return strspn(last, "0123456789.") != strlen(last);
}

bool host_name_qualified(const char *name)
{
    const char *dot = host_name_valid(name) ? strchr(name, '.') : NULL;

    return dot != NULL && dot[1] != '\0';
}

/* ---- certificates ---- */

bool name_matches(const char *presented, const char *name)
{
    const char *rest;

    if (presented == NULL || !host_name_valid(name))
        return false;
    if (strncmp(presented, "*.", 2) != 0)
        return host_name_valid(presented) && text_same_name(presented, name);
    /* The star stands for one whole label, the left-most; and not for a whole top-level domain, which no CA
     * may certify and no library accepts. */
    if (!host_name_qualified(presented + 2))
        return false;
    rest = strchr(name, '.');
    return rest != NULL && text_same_name(presented + 2, rest + 1);
}

static bool covers_address(const struct certificate_facts *certificate, const struct address *wanted)
{
    for (size_t i = 0; i < certificate->sans.count; i++) {
        const char *san = certificate->sans.items[i];
        struct address address;

        if (strncmp(san, "IP:", 3) == 0 && address_parse(san + 3, &address) == 0 &&
            address_equal(&address, wanted))
            return true;
    }
    return false;
}

bool certificate_covers(const struct certificate_facts *certificate, const char *name)
{
    struct address address;

    if (name == NULL)
        return false;
    if (address_parse(name, &address) == 0)
        return covers_address(certificate, &address);
    for (size_t i = 0; i < certificate->sans.count; i++)
        if (name_matches(certificate->sans.items[i], name))
            return true;
    return false;
}

const char *certificate_label(const struct certificate_facts *certificate)
{
    if (host_name_qualified(certificate->common_name))
        return certificate->common_name;
    for (size_t i = 0; i < certificate->sans.count; i++)
        if (host_name_qualified(certificate->sans.items[i]))
            return certificate->sans.items[i];
    return NULL;
}

/* ---- names that servers give themselves ---- */

bool name_is_within(const char *name, const char *domain)
{
    size_t length = name == NULL ? 0 : strlen(name), size = domain == NULL ? 0 : strlen(domain);

    if (length > 0 && name[length - 1] == '.')
        length--;
    return size > 0 && length >= size && strncasecmp(name + length - size, domain, size) == 0 &&
           (length == size || name[length - size - 1] == '.');
}

bool name_is_local(const char *name)
{
    static const char *const domains[] = {"localhost", "localdomain", "local",   "internal",
                                          "intranet",  "lan",         "home",    "home.arpa",
                                          "corp",      "private",     "invalid", "onion"};

    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++)
        if (name_is_within(name, domains[i]))
            return true;
    return false;
}

/* Twelve hex digits with at least one digit and one letter among them: what Docker names a container. */
static bool is_container_id(const char *name)
{
    bool digit = false, letter = false;
    size_t size = strcspn(name, ".");

    for (size_t i = 0; i < size; i++) {
        if (!is_hex(name[i]))
            return false;
        digit = digit || is_digit(name[i]);
        letter = letter || !is_digit(name[i]);
    }
    return size == 12 && digit && letter;
}

enum name_fault name_fault_of(const char *name)
{
    if (name == NULL || name[0] == '\0')
        return NAME_MISSING;
    if (name[0] == '[' || is_address(name))
        return NAME_ADDRESS;
    if (name_is_local(name))
        return NAME_LOCAL;
    if (is_container_id(name))
        return NAME_CONTAINER;
    if (!host_name_valid(name))
        return NAME_INVALID;
    return host_name_qualified(name) ? NAME_FINE : NAME_SINGLE;
}

const char *name_fault_words(enum name_fault fault)
{
    switch (fault) {
    case NAME_FINE:
        return "a full host name";
    case NAME_MISSING:
        return "no name at all";
    case NAME_ADDRESS:
        return "an address, not a name";
    case NAME_LOCAL:
        return "a name that means something on a local network only";
    case NAME_CONTAINER:
        return "the id of a container";
    case NAME_SINGLE:
        return "a name without a domain";
    case NAME_INVALID:
        return "not a valid host name";
    }
    return "";
}

/* ---- generic reverse names ---- */

/* Is `word` in `name` with no digit (or hex digit) right before and behind it? */
static bool contains_alone(const char *name, const char *word)
{
    for (const char *at = strcasestr(name, word); at != NULL; at = strcasestr(at + 1, word)) {
        char behind = at[strlen(word)];

        if ((at == name || !is_digit(at[-1])) && !is_digit(behind))
            return true;
    }
    return false;
}

/* The four octets in this order, as providers write them into names. */
static bool contains_octets(const char *name, const uint8_t octets[static 4])
{
    static const char *const separators[] = {"-", ".", "_"};
    char text[32];

    for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
        const char *between = separators[i];

        (void)snprintf(text, sizeof(text), "%u%s%u%s%u%s%u", octets[0], between, octets[1], between,
                       octets[2], between, octets[3]);
        if (contains_alone(name, text))
            return true;
        (void)snprintf(text, sizeof(text), "%03u%s%03u%s%03u%s%03u", octets[0], between, octets[1], between,
                       octets[2], between, octets[3]);
        if (contains_alone(name, text))
            return true;
    }
    (void)snprintf(text, sizeof(text), "%02x%02x%02x%02x", octets[0], octets[1], octets[2], octets[3]);
    return contains_alone(name, text);
}

static bool contains_ipv4(const char *name, const uint8_t octets[static 4])
{
    const uint8_t reversed[4] = {octets[3], octets[2], octets[1], octets[0]};

    return contains_octets(name, octets) || contains_octets(name, reversed);
}

static bool contains_ipv6(const char *name, const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE], nibbles[33], reversed[33], packed[256];
    size_t used = 0;

    address_format(address, text);
    for (char *colon = strchr(text, ':'); colon != NULL; colon = strchr(colon, ':'))
        *colon = '-';
    if (strcasestr(name, text) != NULL)
        return true;
    for (size_t i = 0; i < 16; i++)
        (void)snprintf(nibbles + 2 * i, 3, "%02x", address->octets[i]);
    for (size_t i = 0; i < 32; i++)
        reversed[i] = nibbles[31 - i];
    reversed[32] = '\0';
    for (; *name != '\0' && used + 1 < sizeof(packed); name++)
        if (*name != '-' && *name != '.')
            packed[used++] = *name;
    packed[used] = '\0';
    return strcasestr(packed, nibbles) != NULL || strcasestr(packed, reversed) != NULL;
}

bool name_looks_generic(const char *name, const char *text)
{
    static const char *const words[] = {"dyn",   "dynamic", "dynip",      "dhcp",   "pool",    "ppp",
                                        "pppoe", "dsl",     "adsl",       "vdsl",   "cable",   "broadband",
                                        "dial",  "dialup",  "cust",       "client", "clients", "customer",
                                        "res",   "static",  "residential"};
    struct address address;

    if (name == NULL || text == NULL || address_parse(text, &address) < 0)
        return false;
    if (address.family == AF_INET ? contains_ipv4(name, address.octets) : contains_ipv6(name, &address))
        return true;
    for (const char *at = name; *at != '\0';) {
        size_t size = 0;

        while (is_letter(at[size]))
            size++;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (size == strlen(words[i]) && strncasecmp(at, words[i], size) == 0)
                return true;
        at += size == 0 ? 1 : size;
    }
    return false;
}

/* ---- banners ---- */

/* "4.96", "v2.3.21", "8.15.2/8.15.2"; not an address and not a date. */
static bool is_version(const char *word, size_t size)
{
    char text[24];
    unsigned first = 0, second = 0, third = 0;
    int fields;

    if (size > 0 && (*word == 'v' || *word == 'V')) {
        word++;
        size--;
    }
    if (size < 3 || size >= sizeof(text))
        return false;
    memcpy(text, word, size);
    text[size] = '\0';
    fields = sscanf(text, "%4u.%4u.%4u", &first, &second, &third); // NOLINT(cert-err34-c): only shapes matter
    if (fields < 2 || !is_digit(text[0]) || is_address(text))
        return false;
    return fields < 3 || third < 1990 || third > 2100;
}

const char *banner_version(struct arena *arena, const char *text, bool skip_name)
{
    static const char separators[] = " ,;()<>[]\"/";
    const char *product = NULL;
    size_t product_size = 0;

    if (text == NULL)
        return NULL;
    if (skip_name)
        text += strcspn(text, " ");
    while (*(text += strspn(text, separators)) != '\0') {
        size_t size = strcspn(text, separators);

        if (is_version(text, size))
            return product == NULL
                       ? arena_text_sized(arena, text, size)
                       : arena_format(arena, "%.*s %.*s", (int)product_size, product, (int)size, text);
        if (is_letter(text[0])) {
            product = text;
            product_size = size;
        }
        text += size;
    }
    return NULL;
}
