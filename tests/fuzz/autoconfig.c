/*
 * autoconfig.c - fuzzes what mail programs find: the input is Mozilla's file, an Autodiscover answer, and RDATA of SRV
 *
 * Properties: what is kept stays within its limits; a server that is kept has a host name and a port; a valid file is
 * of its kind and has a server; a faulty one says why; texts are harmless; a second reading gives the same.
 */
#include "probes/protocol/autoconfig_xml.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/resolver.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(struct arena *arena, const char *text)
{
    if (text != NULL)
        check(strcmp(text_clean_again(arena, text, strlen(text), 0), text) == 0);
}

static void check_server(struct arena *arena, const struct autoconfig_server_facts *server)
{
    check(strcmp(server->protocol, "imap") == 0 || strcmp(server->protocol, "pop3") == 0 ||
          strcmp(server->protocol, "smtp") == 0);
    check(server->host != NULL && *server->host != '\0' && strlen(server->host) <= 253);
    for (const char *at = server->host; *at != '\0'; at++)
        check(*at == '-' || *at == '.' || (*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
              (*at >= 'a' && *at <= 'z'));
    check(server->port.known && server->port.value >= 1 && server->port.value <= UINT16_MAX);
    check_text(arena, server->username);
    for (size_t i = 0; i < server->authentication.count; i++)
        check_text(arena, server->authentication.items[i]);
}

static void check_file(struct arena *arena, const struct autoconfig_file_facts *file, const char *root)
{
    check(file->servers.count <= AUTOCONFIG_SERVERS_MAX && file->faults.count <= AUTOCONFIG_FAULTS_MAX);
    check(file->servers_left_out.value == 0 || file->servers.count == AUTOCONFIG_SERVERS_MAX);
    check(file->valid != UNKNOWN);
    if (file->valid == YES)
        check(strcmp(file->root, root) == 0 && file->servers.count > 0);
    if (file->root == NULL)
        check(file->faults.count > 0);
    for (size_t i = 0; i < file->servers.count; i++)
        check_server(arena, file->servers.items[i]);
    for (size_t i = 0; i < file->faults.count; i++)
        check_text(arena, file->faults.items[i]);
    check_text(arena, file->root);
    check_text(arena, file->message);
    check_text(arena, file->elsewhere);
}

static void check_files(struct bytes input, struct arena *arena)
{
    struct autoconfig_file_facts *mozilla = NULL, *again = NULL, *microsoft = NULL;

    check(autoconfig_mozilla_read(input, "example.org", arena, &mozilla) == 0);
    check_file(arena, mozilla, "clientConfig");
    check(autoconfig_mozilla_read(input, "example.org", arena, &again) == 0);
    check(again->valid == mozilla->valid && again->servers.count == mozilla->servers.count &&
          again->faults.count == mozilla->faults.count);
    check(autoconfig_microsoft_read(input, arena, &microsoft) == 0);
    check_file(arena, microsoft, "Autodiscover");
}

static void check_record(struct bytes input, struct arena *arena)
{
    struct dns_record record = {.type = DNS_SRV, .data = input};
    struct dns_srv srv;
    int error = dns_record_srv(&record, arena, &srv);

    check(error == 0 || error == -EBADMSG);
    if (error < 0)
        return;
    check(input.size >= 7 && *srv.target != '\0');
    check(srv.port == (input.data[4] << 8 | input.data[5]));
    check((strcmp(srv.target, ".") == 0) == (input.size == 7));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct bytes input = bytes_of(data, size < AUTOCONFIG_DOCUMENT_MAX ? size : AUTOCONFIG_DOCUMENT_MAX);

    check_files(input, arena);
    check_record(input, arena);
    arena_free(arena);
    return 0;
}
