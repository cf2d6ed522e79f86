/*
 * dns_forward.c - the source that asks servers which resolve for us: those of resolv.conf, or given ones
 */
#include "scanner/net/dns_service.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_lookup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ATTEMPT_MS = 2000, BREATH_MS = 1000 };

struct forward {
    struct dns_source source;
    struct dns_servers servers;
};

static int choose_servers(const struct dns_options *options, struct arena *arena, struct dns_server_list *ret,
                          const char **ret_error)
{
    const char *file = options->resolv_conf != NULL ? options->resolv_conf : "/etc/resolv.conf";
    int error;

    for (size_t i = 0; i < options->servers.count; i++) {
        const char *text = options->servers.items[i];

        if (ret->count < DNS_SERVERS_MAX && dns_server_parse(text, &ret->servers[ret->count++]) < 0) {
            *ret_error = arena_format(arena, "%s is not the address of a DNS server", text);
            return -EINVAL;
        }
    }
    if (ret->count > 0)
        return 0;
    error = dns_servers_read(file, ret);
    if (error < 0)
        *ret_error = arena_format(arena, "%s cannot be read: %s", file, strerrordesc_np(-error));
    else if (ret->count == 0)
        *ret_error = arena_format(arena, "%s names no DNS server", file);
    return ret->count > 0 ? 0 : -ENOENT;
}

/* "192.0.2.53:53, [2001:db8::53]:53 (from /etc/resolv.conf)" */
static const char *describe(const struct dns_options *options, const struct dns_server_list *list,
                            struct arena *arena)
{
    const char *file = options->resolv_conf != NULL ? options->resolv_conf : "/etc/resolv.conf";
    struct buffer text = {0};
    char server[DNS_SERVER_TEXT_SIZE];
    const char *copy = NULL;

    for (size_t i = 0; i < list->count; i++) {
        put_text(&text, i > 0 ? ", " : "");
        put_text(&text, dns_server_format(&list->servers[i], server));
    }
    if (options->servers.count == 0)
        put_format(&text, " (from %s)", file);
    if (!text.failed)
        copy = arena_text_sized(arena, (const char *)text.data, text.size);
    buffer_free(&text);
    return copy;
}

static int forward_look_up(struct dns_source *source, const struct dns_key *key, struct dns_result *result)
{
    struct forward *forward = (struct forward *)source;
    int error = dns_look_up(&forward->servers, key, result);

    source->sent = forward->servers.sent;
    source->tcp = forward->servers.tcp;
    return error;
}

static void free_transport(void *argument)
{
    dns_transport_free(argument);
}

static void forward_free(struct dns_source *source)
{
    struct forward *forward = (struct forward *)source;

    engine_call_on_loop(forward->servers.engine, free_transport, forward->servers.transport);
    free(forward);
}

int dns_new(struct engine *engine, const struct dns_options *options, struct arena *arena,
            struct resolver **ret, const char **ret_error)
{
    int attempt_ms = options->attempt_ms > 0 ? options->attempt_ms : ATTEMPT_MS;
    struct forward *forward = calloc(1, sizeof(*forward));
    const char *description = NULL;
    int error;

    if (forward == NULL)
        return -ENOMEM;
    forward->source.look_up = forward_look_up;
    forward->source.free = forward_free;
    forward->servers.engine = engine;
    forward->servers.attempt_ms = attempt_ms;
    error = choose_servers(options, arena, &forward->servers.list, ret_error);
    if (error == 0) {
        description = describe(options, &forward->servers.list, arena);
        /* c-ares gives up when we have done so long ago */
        error = description == NULL ? -ENOMEM
                                    : dns_transport_new(engine, &forward->servers.list,
                                                        attempt_ms * (1 << DNS_ROUNDS) + BREATH_MS,
                                                        &forward->servers.transport);
    }
    if (error == 0)
        error = dns_service_new(engine, &forward->source, options->cache_entries, description, ret);
    if (error < 0)
        forward_free(&forward->source);
    return error;
}
