/*
 * contact.c - what forbids to connect to an address: where it belongs, our ways out, the options
 */
#include "probes/contact.h"

#include <string.h>

static bool is_ipv4_mapped(const struct address *address)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return address->family == AF_INET6 && memcmp(address->octets, prefix, sizeof prefix) == 0;
}

/* Why an address of this scope is not contacted without --allow-private; NULL: it is. */
static const char *scope_refusal(enum address_scope scope)
{
    switch (scope) {
    case SCOPE_GLOBAL:
        return NULL;
    case SCOPE_PRIVATE:
        return "private address";
    case SCOPE_LOOPBACK:
        return "loopback address";
    case SCOPE_LINK_LOCAL:
        return "link-local address";
    case SCOPE_SHARED:
        return "shared address";
    case SCOPE_DOCUMENTATION:
        return "documentation address";
    case SCOPE_MULTICAST:
        return "multicast address";
    case SCOPE_RESERVED:
        break;
    }
    return "reserved address";
}

const char *contact_refusal(const struct network *network, const struct scan_settings *settings,
                            const struct address *address)
{
    enum address_scope scope = address_scope(address);
    bool ipv6 = address->family == AF_INET6;

    if (scope_refusal(scope) != NULL && (!network->allow_private || scope == SCOPE_MULTICAST))
        return scope_refusal(scope);
    if (is_ipv4_mapped(address))
        return "IPv4-mapped address";
    if (ipv6 && settings->only_ipv4)
        return "-4 was given";
    if (!ipv6 && settings->only_ipv6)
        return "-6 was given";
    if (ipv6 ? !network->ipv6 : !network->ipv4)
        return ipv6 ? "no IPv6 here" : "no IPv4 here";
    return NULL;
}
