/*
 * dns_name.c - domain names: from text, from the wire, and back
 *
 * RFC 1035 3.1, 4.1.4 and 5.1; RFC 4343 for case.
 */
#include "scanner/net/dns_packet.h"

#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"

#include <errno.h>
#include <string.h>

enum { LABEL_MAX = 63 };

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* One byte of a label, at *text; moves behind it. 0 or -EINVAL. */
static int take_character(const char **text, uint8_t *ret)
{
    const char *at = *text;

    if (*at <= ' ' || *at >= 0x7f) /* also bytes over 0x7f where char is signed */
        return -EINVAL;
    if (*at != '\\') {
        *ret = (uint8_t)*at;
        *text = at + 1;
        return 0;
    }
    at++;
    if (is_digit(at[0]) && is_digit(at[1]) && is_digit(at[2])) {
        int value = 100 * (at[0] - '0') + 10 * (at[1] - '0') + (at[2] - '0');

        if (value > UINT8_MAX)
            return -EINVAL;
        *ret = (uint8_t)value;
        *text = at + 3;
        return 0;
    }
    if (*at < ' ' || *at >= 0x7f || is_digit(*at))
        return -EINVAL;
    *ret = (uint8_t)*at;
    *text = at + 1;
    return 0;
}

int dns_name_from_text(const char *text, struct dns_name *ret)
{
    struct dns_name name = {.size = 1}; /* the length byte of the first label */
    size_t label = 0;                   /* where that byte is */

    if (strcmp(text, ".") == 0) {
        *ret = name;
        return 0;
    }
    while (*text != '\0') {
        uint8_t byte;

        if (*text == '.') {
            if (name.wire[label] == 0 || name.size >= DNS_NAME_SIZE)
                return -EINVAL;
            label = name.size;
            name.wire[name.size++] = 0;
            text++;
            continue;
        }
        if (take_character(&text, &byte) < 0 || name.wire[label] == LABEL_MAX || name.size >= DNS_NAME_SIZE)
            return -EINVAL;
        name.wire[name.size++] = byte;
        name.wire[label]++;
    }
    if (name.wire[label] != 0) { /* no final dot */
        if (name.size >= DNS_NAME_SIZE)
            return -EINVAL;
        name.wire[name.size++] = 0;
    } else if (label == 0) {
        return -EINVAL; /* nothing there */
    }
    *ret = name;
    return 0;
}

int dns_name_take(struct bytes packet, size_t *offset, bool compression, struct dns_name *ret,
                  const char **ret_why)
{
    struct dns_name name = {.size = 0};
    size_t at = *offset;
    size_t behind = 0;   /* behind the name in the packet, once a pointer was followed */
    size_t segment = at; /* where the labels begin that we read now: a pointer must lead before them */

    for (;;) {
        if (at >= packet.size) {
            *ret_why = "name goes beyond the packet";
            return -EBADMSG;
        }
        uint8_t length = packet.data[at];

        if ((length & 0xc0) == 0xc0) {
            size_t target;

            if (!compression || at + 1 >= packet.size) {
                *ret_why =
                    compression ? "name goes beyond the packet" : "name compressed where it must not be";
                return -EBADMSG;
            }
            target = (size_t)(length & 0x3f) << 8 | packet.data[at + 1];
            if (target >= segment || target < DNS_HEADER_SIZE) {
                *ret_why = "name with a pointer that does not lead back";
                return -EBADMSG;
            }
            if (behind == 0)
                behind = at + 2;
            at = segment = target;
            continue;
        }
        if (length > LABEL_MAX) {
            *ret_why = "name with a label of unknown kind";
            return -EBADMSG;
        }
        if (name.size + 1U + length > DNS_NAME_SIZE) {
            *ret_why = "name longer than 255 bytes";
            return -EBADMSG;
        }
        if (at + 1 + length > packet.size) {
            *ret_why = "name goes beyond the packet";
            return -EBADMSG;
        }
        memcpy(name.wire + name.size, packet.data + at, 1U + length);
        name.size = (uint8_t)(name.size + 1U + length);
        at += 1U + length;
        if (length == 0)
            break;
    }
    *offset = behind != 0 ? behind : at;
    *ret = name;
    return 0;
}

/* Characters that mean something in a zone file, RFC 1035 5.1. */
static bool is_special(uint8_t byte)
{
    return byte == '.' || byte == '\\' || byte == '"' || byte == ';' || byte == '(' || byte == ')' ||
           byte == '@' || byte == '$';
}

static char *put_character(char *out, uint8_t byte)
{
    if (byte <= ' ' || byte >= 0x7f) {
        *out++ = '\\';
        *out++ = (char)('0' + byte / 100);
        *out++ = (char)('0' + byte / 10 % 10);
        *out++ = (char)('0' + byte % 10);
        return out;
    }
    if (is_special(byte))
        *out++ = '\\';
    *out++ = (char)byte;
    return out;
}

char *dns_name_format(const struct dns_name *name, char text[static DNS_NAME_TEXT_SIZE])
{
    char *out = text;

    for (size_t at = 0; name->wire[at] != 0; at += 1U + name->wire[at]) {
        if (at > 0)
            *out++ = '.';
        for (size_t i = 1; i <= name->wire[at]; i++)
            out = put_character(out, name->wire[at + i]);
    }
    if (out == text)
        *out++ = '.';
    *out = '\0';
    return text;
}

char *dns_name_text(struct arena *arena, const struct dns_name *name)
{
    char text[DNS_NAME_TEXT_SIZE];

    return arena_text(arena, dns_name_format(name, text));
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t size)
{
    for (size_t i = 0; i < size; i++) /* length bytes are below 'A': they compare as they are */
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

bool dns_name_equal(const struct dns_name *a, const struct dns_name *b)
{
    return a->size == b->size && same_bytes(a->wire, b->wire, a->size);
}

bool dns_name_within(const struct dns_name *name, const struct dns_name *parent)
{
    for (size_t at = 0; name->size - at >= parent->size; at += 1U + name->wire[at]) {
        if (name->size - at == parent->size)
            return same_bytes(name->wire + at, parent->wire, parent->size);
        if (name->wire[at] == 0)
            break;
    }
    return false;
}

void dns_name_lower(struct dns_name *name)
{
    for (size_t i = 0; i < name->size; i++)
        name->wire[i] = lower(name->wire[i]);
}
