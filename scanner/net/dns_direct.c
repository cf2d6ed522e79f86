/*
 * dns_direct.c - one given server is asked
 */
#include "scanner/net/dns_direct.h"

#include "scanner/base/arena.h"
#include "scanner/net/name_servers.h"

#include <errno.h>

enum { PATIENCE_MS = 6000 };

static int make_failure(const struct dns_key *key, const char *reason, struct arena *arena,
                        struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));

    if (answer == NULL)
        return -ENOMEM;
    answer->name = dns_name_text(arena, &key->name);
    answer->type = key->type;
    answer->outcome = DNS_FAILURE;
    answer->reason = arena_text(arena, reason);
    if (answer->name == NULL || answer->reason == NULL)
        return -ENOMEM;
    *ret = answer;
    return 0;
}

/* A server that knows no EDNS answers without the question, and our parser wants one: its code is what counts. */
static const char *bare_code(struct bytes packet)
{
    return packet.size == DNS_HEADER_SIZE ? dns_rcode_name(packet.data[3] & 0x0f) : NULL;
}

static int make_answer(const struct dns_key *key, struct bytes packet, struct arena *arena,
                       struct dns_answer **ret)
{
    char name[DNS_NAME_TEXT_SIZE];
    const char *bare = bare_code(packet);
    const char *why = "";
    int error;

    if (bare != NULL)
        return make_failure(key, bare, arena, ret);
    error = dns_answer_parse(packet, dns_name_format(&key->name, name), key->type, arena, ret, &why);
    if (error == -EBADMSG)
        return make_failure(key, arena_format(arena, "malformed answer: %s", why), arena, ret);
    return error;
}

int dns_ask_server(struct network *network, const struct dns_server_address *server, const char *name,
                   uint16_t type, const struct dns_manner *manner, int64_t deadline, struct arena *arena,
                   struct dns_answer **ret)
{
    struct name_server_question question = {
        .server = *server, .key = {.type = type}, .manner = *manner, .patience_ms = PATIENCE_MS};
    struct dns_key *key = &question.key;
    struct buffer packet = {0};
    int64_t milliseconds = 0;
    struct dns_answer *answer = NULL;
    char text[DNS_SERVER_TEXT_SIZE];
    int error = task_check(network->engine);

    if (error < 0)
        return error;
    if (dns_name_from_text(name, &key->name) < 0 || !dns_type_is_data(type))
        return -EINVAL;
    dns_name_lower(&key->name);
    error = name_servers_ask(network, &question, deadline, &packet, &milliseconds);
    if (error == 0)
        error = make_answer(key, bytes_of(packet.data, packet.size), arena, &answer);
    else if (error == -EAGAIN)
        error = -ECANCELED; /* the server has not been asked */
    else if (error != -ECANCELED && error != -ENOMEM)
        error = make_failure(key, dns_exchange_failure(error), arena, &answer);
    buffer_free(&packet);
    if (error < 0)
        return error;
    answer->milliseconds = milliseconds;
    answer->server = arena_text(arena, dns_server_format(server, text));
    if (answer->server == NULL)
        return -ENOMEM;
    *ret = answer;
    return 0;
}
