/*
 * address.c - IP addresses: parse, print, compare, and where they belong
 *
 * Scopes are those of the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, 8190).
 */
#include "scanner/base/address.h"

#include "scanner/base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static size_t octet_count(const struct address *address)
{
    return address->family == AF_INET ? 4 : 16;
}

int address_parse(const char *text, struct address *ret)
{
    struct address address = {.family = AF_INET};
    char plain[INET6_ADDRSTRLEN + sizeof("IPv6:")];
    size_t size = strlen(text);
    const char *digits = plain;

    if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
        text++;
        size -= 2;
    }
    if (size >= sizeof(plain))
        return -EINVAL;
    memcpy(plain, text, size);
    plain[size] = '\0';
    if (text_starts_with(plain, "IPv6:"))
        digits += strlen("IPv6:");
    else if (inet_pton(AF_INET, plain, address.octets) == 1)
        goto done;
    address.family = AF_INET6;
    if (inet_pton(AF_INET6, digits, address.octets) != 1)
        return -EINVAL;
done:
    *ret = address;
    return 0;
}

char *address_format(const struct address *address, char text[static ADDRESS_TEXT_SIZE])
{
    if (inet_ntop(address->family, address->octets, text, ADDRESS_TEXT_SIZE) == NULL)
        text[0] = '\0'; /* no family: not an address */
    return text;
}

bool address_equal(const struct address *a, const struct address *b)
{
    return address_compare(a, b) == 0;
}

int address_compare(const struct address *a, const struct address *b)
{
    if (a->family != b->family)
        return a->family == AF_INET ? -1 : 1;
    return memcmp(a->octets, b->octets, octet_count(a));
}

struct prefix {
    uint8_t octets[16];
    unsigned length;
    enum address_scope scope;
};

/* The first that fits counts: exceptions stand before the block they are cut from. */
static const struct prefix ipv4_prefixes[] = {
    {{0}, 8, SCOPE_RESERVED},                  /* this network: RFC 791 */
    {{10}, 8, SCOPE_PRIVATE},                  /* RFC 1918 */
    {{100, 64}, 10, SCOPE_SHARED},             /* carriers' NAT: RFC 6598 */
    {{127}, 8, SCOPE_LOOPBACK},                /* RFC 1122 */
    {{169, 254}, 16, SCOPE_LINK_LOCAL},        /* RFC 3927 */
    {{172, 16}, 12, SCOPE_PRIVATE},            /* RFC 1918 */
    {{192, 0, 0, 9}, 32, SCOPE_GLOBAL},        /* PCP anycast: RFC 7723 */
    {{192, 0, 0, 10}, 32, SCOPE_GLOBAL},       /* TURN anycast: RFC 8155 */
    {{192, 0, 0}, 24, SCOPE_RESERVED},         /* IETF protocol assignments: RFC 6890 */
    {{192, 0, 2}, 24, SCOPE_DOCUMENTATION},    /* RFC 5737 */
    {{192, 88, 99}, 24, SCOPE_RESERVED},       /* 6to4 relays, withdrawn: RFC 7526 */
    {{192, 168}, 16, SCOPE_PRIVATE},           /* RFC 1918 */
    {{198, 18}, 15, SCOPE_RESERVED},           /* benchmarks: RFC 2544 */
    {{198, 51, 100}, 24, SCOPE_DOCUMENTATION}, /* RFC 5737 */
    {{203, 0, 113}, 24, SCOPE_DOCUMENTATION},  /* RFC 5737 */
    {{224}, 4, SCOPE_MULTICAST},               /* RFC 5771 */
    {{240}, 4, SCOPE_RESERVED},                /* RFC 1112, and the broadcast address */
};

static const struct prefix ipv6_prefixes[] = {
    {{[15] = 1}, 128, SCOPE_LOOPBACK},                   /* RFC 4291 */
    {{0xfc}, 7, SCOPE_PRIVATE},                          /* RFC 4193 */
    {{0xfe, 0x80}, 10, SCOPE_LINK_LOCAL},                /* RFC 4291 */
    {{0xff}, 8, SCOPE_MULTICAST},                        /* RFC 4291 */
    {{0x20, 0x01, 0, 1, [15] = 1}, 128, SCOPE_GLOBAL},   /* PCP anycast: RFC 7723 */
    {{0x20, 0x01, 0, 1, [15] = 2}, 128, SCOPE_GLOBAL},   /* TURN anycast: RFC 8155 */
    {{0x20, 0x01, 0, 1, [15] = 3}, 128, SCOPE_GLOBAL},   /* DNS-SD SRP anycast: RFC 9665 */
    {{0x20, 0x01, 0, 3}, 32, SCOPE_GLOBAL},              /* AMT: RFC 7450 */
    {{0x20, 0x01, 0, 4, 0x01, 0x12}, 48, SCOPE_GLOBAL},  /* AS112: RFC 7535 */
    {{0x20, 0x01, 0, 0x20}, 28, SCOPE_GLOBAL},           /* ORCHIDv2: RFC 7343 */
    {{0x20, 0x01, 0, 0x30}, 28, SCOPE_GLOBAL},           /* drone ids: RFC 9374 */
    {{0x20, 0x01}, 23, SCOPE_RESERVED},                  /* IETF, with Teredo: RFC 2928, 4380 */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, SCOPE_DOCUMENTATION}, /* RFC 3849 */
    {{0x3f, 0xff}, 20, SCOPE_DOCUMENTATION},             /* RFC 9637 */
    {{0x20}, 3, SCOPE_GLOBAL},                           /* global unicast: RFC 4291 */
};

/* Addresses that are only a dress for an IPv4 address. */
static const struct {
    struct prefix prefix;
    size_t offset; /* of the IPv4 address */
} ipv4_inside[] = {
    {{{[10] = 0xff, [11] = 0xff}, 96, 0}, 12}, /* IPv4-mapped: RFC 4291 */
    {{{0, 0x64, 0xff, 0x9b}, 96, 0}, 12},      /* NAT64's well-known prefix: RFC 6052 */
    {{{0x20, 0x02}, 16, 0}, 2},                /* 6to4: RFC 3056 */
};

static bool in_prefix(const uint8_t *octets, const struct prefix *prefix)
{
    size_t whole = prefix->length / 8;
    uint8_t mask = (uint8_t)(0xff00U >> prefix->length % 8);

    if (memcmp(octets, prefix->octets, whole) != 0)
        return false;
    return mask == 0 || ((octets[whole] ^ prefix->octets[whole]) & mask) == 0;
}

static enum address_scope scope_in(const struct prefix *prefixes, size_t count, const uint8_t *octets,
                                   enum address_scope otherwise)
{
    for (size_t i = 0; i < count; i++)
        if (in_prefix(octets, &prefixes[i]))
            return prefixes[i].scope;
    return otherwise;
}

static enum address_scope ipv4_scope(const uint8_t *octets)
{
    return scope_in(ipv4_prefixes, sizeof(ipv4_prefixes) / sizeof(ipv4_prefixes[0]), octets, SCOPE_GLOBAL);
}

enum address_scope address_scope(const struct address *address)
{
    if (address->family == AF_INET)
        return ipv4_scope(address->octets);
    for (size_t i = 0; i < sizeof(ipv4_inside) / sizeof(ipv4_inside[0]); i++)
        if (in_prefix(address->octets, &ipv4_inside[i].prefix))
            return ipv4_scope(address->octets + ipv4_inside[i].offset);
    return scope_in(ipv6_prefixes, sizeof(ipv6_prefixes) / sizeof(ipv6_prefixes[0]), address->octets,
                    SCOPE_RESERVED);
}

const char *address_scope_name(enum address_scope scope)
{
    switch (scope) {
    case SCOPE_GLOBAL:
        return "global";
    case SCOPE_PRIVATE:
        return "private";
    case SCOPE_LOOPBACK:
        return "loopback";
    case SCOPE_LINK_LOCAL:
        return "link_local";
    case SCOPE_SHARED:
        return "shared";
    case SCOPE_DOCUMENTATION:
        return "documentation";
    case SCOPE_MULTICAST:
        return "multicast";
    case SCOPE_RESERVED:
        return "reserved";
    }
    return "reserved";
}

char *address_reverse_name(const struct address *address, char name[static ADDRESS_REVERSE_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *octets = address->octets;
    char *at = name;

    if (address->family == AF_INET) {
        (void)snprintf(name, ADDRESS_REVERSE_SIZE, "%d.%d.%d.%d.in-addr.arpa", octets[3], octets[2],
                       octets[1], octets[0]);
        return name;
    }
    for (size_t i = 16; i > 0; i--) {
        *at++ = digits[octets[i - 1] & 15];
        *at++ = '.';
        *at++ = digits[octets[i - 1] >> 4];
        *at++ = '.';
    }
    memcpy(at, "ip6.arpa", sizeof("ip6.arpa"));
    return name;
}

socklen_t address_to_socket(const struct address *address, uint16_t port, struct sockaddr_storage *ret)
{
    *ret = (struct sockaddr_storage){0};
    if (address->family == AF_INET) {
        struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(port)};

        memcpy(&ipv4.sin_addr, address->octets, sizeof(ipv4.sin_addr));
        memcpy(ret, &ipv4, sizeof(ipv4));
        return sizeof(ipv4);
    }
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

    memcpy(&ipv6.sin6_addr, address->octets, sizeof(ipv6.sin6_addr));
    memcpy(ret, &ipv6, sizeof(ipv6));
    return sizeof(ipv6);
}

int address_from_socket(const struct sockaddr *socket_address, struct address *ret, uint16_t *ret_port)
{
    struct address address = {.family = socket_address->sa_family};
    in_port_t port;

    if (address.family == AF_INET) {
        struct sockaddr_in ipv4;

        memcpy(&ipv4, socket_address, sizeof(ipv4));
        memcpy(address.octets, &ipv4.sin_addr, sizeof(ipv4.sin_addr));
        port = ipv4.sin_port;
    } else if (address.family == AF_INET6) {
        struct sockaddr_in6 ipv6;

        memcpy(&ipv6, socket_address, sizeof(ipv6));
        memcpy(address.octets, &ipv6.sin6_addr, sizeof(ipv6.sin6_addr));
        port = ipv6.sin6_port;
    } else {
        return -EINVAL;
    }
    *ret = address;
    if (ret_port != NULL)
        *ret_port = ntohs(port);
    return 0;
}
