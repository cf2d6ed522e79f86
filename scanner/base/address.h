/*
 * address.h - IP addresses: parse, print, compare, and where they belong
 */
#ifndef OUTPOST_BASE_ADDRESS_H
#define OUTPOST_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
    int family; /* AF_INET or AF_INET6 */
    uint8_t octets[16];
};

/* By IANA's special-purpose address registries (RFC 6890 and its updates); IPv4-mapped, NAT64 and 6to4
 * addresses are judged by the IPv4 address inside. Only SCOPE_GLOBAL is contacted without --allow-private. */
enum address_scope {
    SCOPE_GLOBAL = 1,
    SCOPE_PRIVATE, /* RFC 1918, RFC 4193 */
    SCOPE_LOOPBACK,
    SCOPE_LINK_LOCAL,
    SCOPE_SHARED,        /* RFC 6598 */
    SCOPE_DOCUMENTATION, /* RFC 5737, 3849, 9637 */
    SCOPE_MULTICAST,
    SCOPE_RESERVED, /* everything else that is not global: 0/8, 240/4, benchmarks, unallocated IPv6, ... */
};

enum { ADDRESS_TEXT_SIZE = 48 };

/* Accepts what inet_pton accepts, also in brackets, also with an "IPv6:" tag; 0 or -EINVAL. */
int address_parse(const char *text, struct address *ret);
/* RFC 5952 text into the caller's buffer; returns it. */
char *address_format(const struct address *address, char text[static ADDRESS_TEXT_SIZE]);
bool address_equal(const struct address *a, const struct address *b);
int address_compare(const struct address *a, const struct address *b);
enum address_scope address_scope(const struct address *address);
const char *address_scope_name(enum address_scope scope); /* "global", "private", "link_local", ... */
/* The name under in-addr.arpa or ip6.arpa (no final dot): RFC 1035 3.5, RFC 3596 2.5. */
enum { ADDRESS_REVERSE_SIZE = 80 };
char *address_reverse_name(const struct address *address, char name[static ADDRESS_REVERSE_SIZE]);
/* For connect() and bind(). */
socklen_t address_to_socket(const struct address *address, uint16_t port, struct sockaddr_storage *ret);
/* 0 or -EINVAL (another family); `ret_port` may be NULL. */
int address_from_socket(const struct sockaddr *socket_address, struct address *ret, uint16_t *ret_port);

#endif
