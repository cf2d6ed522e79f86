/*
 * dns_hints.c - where iteration starts: the name servers of the root, from a file like root.hints
 *
 *   .                    3600000  NS  A.ROOT-SERVERS.NET.
 *   A.ROOT-SERVERS.NET.  3600000  A   198.41.0.4
 */
#include "scanner/net/dns_reply.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_SIZE_MAX = 64 * 1024 };
enum { WORDS_MAX = 5, HINTS_SERVERS_MAX = 32, HINTS_ADDRESSES_MAX = 8 };

static struct dns_reply_server *find(const struct list *servers, const struct dns_name *name)
{
    for (size_t i = 0; i < servers->count; i++) {
        struct dns_reply_server *server = servers->items[i];

        if (dns_name_equal(&server->name, name))
            return server;
    }
    return NULL;
}

static int note_server(struct list *servers, struct arena *arena, const char *text)
{
    struct dns_reply_server *server;
    struct dns_name name;

    if (dns_name_from_text(text, &name) < 0 || find(servers, &name) != NULL ||
        servers->count == HINTS_SERVERS_MAX)
        return 0;
    dns_name_lower(&name);
    server = list_new_item(servers, arena, sizeof(*server));
    if (server == NULL)
        return -ENOMEM;
    server->name = name;
    return 0;
}

static int note_address(struct list *servers, struct arena *arena, const char *owner, const char *text,
                        int family)
{
    struct dns_reply_server *server;
    struct address *copy;
    struct address address;
    struct dns_name name;

    if (dns_name_from_text(owner, &name) < 0 || address_parse(text, &address) < 0 || address.family != family)
        return 0;
    server = find(servers, &name);
    if (server == NULL || server->addresses.count == HINTS_ADDRESSES_MAX)
        return 0;
    copy = list_new_item(&server->addresses, arena, sizeof(*copy));
    if (copy == NULL)
        return -ENOMEM;
    *copy = address;
    return 0;
}

/* Owner, time to live and class (either may be missing), type, data. */
static int note_words(struct list *servers, struct arena *arena, char *const words[], size_t count,
                      bool addresses)
{
    const char *owner = words[0];
    const char *type = count > 2 ? words[count - 2] : "";
    const char *data = words[count - 1];

    if (!addresses)
        return text_equal(type, "NS") && strcmp(owner, ".") == 0 ? note_server(servers, arena, data) : 0;
    if (text_equal(type, "A"))
        return note_address(servers, arena, owner, data, AF_INET);
    if (text_equal(type, "AAAA"))
        return note_address(servers, arena, owner, data, AF_INET6);
    return 0;
}

static int note_line(struct list *servers, struct arena *arena, const char *line, size_t size, bool addresses)
{
    char *copy = arena_text_sized(arena, line, size);
    char *words[WORDS_MAX];
    size_t count = 0;
    char *state = NULL;

    if (copy == NULL)
        return -ENOMEM;
    *strchrnul(copy, ';') = '\0';
    for (char *word = strtok_r(copy, " \t\r", &state); word != NULL; word = strtok_r(NULL, " \t\r", &state)) {
        if (count == WORDS_MAX)
            return 0;
        words[count++] = word;
    }
    return count > 2 ? note_words(servers, arena, words, count, addresses) : 0;
}

int dns_hints_parse(const char *text, struct arena *arena, struct list *ret)
{
    struct list servers = {0};
    bool found = false;

    for (int addresses = 0; addresses < 2; addresses++) { /* names first: their addresses may stand before */
        const char *line = text;

        while (*line != '\0') {
            const char *end = strchrnul(line, '\n');
            int error = note_line(&servers, arena, line, (size_t)(end - line), addresses == 1);

            if (error < 0)
                return error;
            line = *end == '\n' ? end + 1 : end;
        }
    }
    for (size_t i = 0; i < servers.count; i++)
        found |= ((struct dns_reply_server *)servers.items[i])->addresses.count > 0;
    if (!found)
        return -EBADMSG;
    *ret = servers;
    return 0;
}

/* The whole of a small file. 0 or a negative errno. */
static int read_file(const char *file, char **ret)
{
    FILE *input = fopen(file, "re");
    char *text;
    int error = 0;

    if (input == NULL)
        return -errno;
    text = calloc(1, FILE_SIZE_MAX + 1);
    if (text == NULL)
        error = -ENOMEM;
    else if (fread(text, 1, FILE_SIZE_MAX, input) == 0)
        error = ferror(input) ? -EIO : -EBADMSG;
    (void)fclose(input);
    if (error < 0)
        free(text);
    else
        *ret = text;
    return error;
}

int dns_hints_read(const char *file, struct arena *arena, struct list *ret, const char **ret_error)
{
    char *text = NULL;
    int error = read_file(file, &text);

    if (text != NULL)
        error = dns_hints_parse(text, arena, ret);
    free(text);
    if (error == -EBADMSG)
        *ret_error = arena_format(arena, "%s names no name server of the root with an address", file);
    else if (error < 0 && error != -ENOMEM)
        *ret_error = arena_format(arena, "%s cannot be read: %s", file, strerrordesc_np(-error));
    return error;
}
