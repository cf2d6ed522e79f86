/*
 * network.c - the way out: every connection of a scan begins here
 */
#include "scanner/net/network.h"

#include "scanner/net/io.h"

#include <errno.h>

int network_connect(struct network *network, const struct address *address, uint16_t port, int64_t deadline,
                    struct io **ret)
{
    const struct address *source =
        address->family == AF_INET6 ? &network->source_ipv6 : &network->source_ipv4;

    /* the probes have decided before; nothing that a record or URL says gets past here */
    if (!network->allow_private && address_scope(address) != SCOPE_GLOBAL)
        return -EPERM;
    if (address->family == AF_INET6 ? !network->ipv6 : !network->ipv4)
        return -EAFNOSUPPORT;
    network->connections++;
    return io_connect(network->engine, address, port, source->family != 0 ? source : NULL, deadline, ret);
}
