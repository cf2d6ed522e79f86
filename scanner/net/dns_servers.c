/*
 * dns_servers.c - which servers to ask: their addresses as text, and resolv.conf(5)
 */
#include "scanner/net/dns_transport.h"

#include "scanner/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PORT_DNS = 53, LINE_SIZE = 512 };

int dns_server_parse(const char *text, struct dns_server_address *ret)
{
    struct dns_server_address server = {.port = PORT_DNS};
    char host[ADDRESS_TEXT_SIZE + 2];
    const char *colon = strchr(text, ':');
    size_t size = strlen(text);
    int64_t port;

    if (text[0] == '[') { /* with a port or without one */
        colon = strchr(text, ']');
        if (colon == NULL)
            return -EINVAL;
        colon = colon[1] == ':' ? colon + 1 : NULL;
    } else if (colon != NULL && strchr(colon + 1, ':') != NULL) {
        colon = NULL; /* bare IPv6 */
    }
    if (colon != NULL) {
        if (text_number(colon + 1, 1, UINT16_MAX, &port) < 0)
            return -EINVAL;
        server.port = (uint16_t)port;
        size = (size_t)(colon - text);
    }
    if (size >= sizeof(host))
        return -EINVAL;
    memcpy(host, text, size);
    host[size] = '\0';
    if (address_parse(host, &server.address) < 0)
        return -EINVAL;
    *ret = server;
    return 0;
}

char *dns_server_format(const struct dns_server_address *server, char text[static DNS_SERVER_TEXT_SIZE])
{
    char address[ADDRESS_TEXT_SIZE];
    bool brackets = server->address.family == AF_INET6;

    address_format(&server->address, address);
    (void)snprintf(text, DNS_SERVER_TEXT_SIZE, "%s%s%s:%u", brackets ? "[" : "", address, brackets ? "]" : "",
                   server->port);
    return text;
}

int dns_servers_read(const char *file, struct dns_server_list *ret)
{
    struct dns_server_list list = {.count = 0};
    char line[LINE_SIZE];
    FILE *input = fopen(file, "re");

    if (input == NULL)
        return -errno;
    while (list.count < DNS_SERVERS_MAX && fgets(line, sizeof(line), input) != NULL) {
        char word[LINE_SIZE];

        /* an address with a scope ("%eth0") is not one we can ask: it does not parse */
        if (sscanf(line, " nameserver %511s", word) == 1 &&
            dns_server_parse(word, &list.servers[list.count]) == 0)
            list.count++;
    }
    (void)fclose(input);
    *ret = list;
    return 0;
}
