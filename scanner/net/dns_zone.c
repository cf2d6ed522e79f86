/*
 * dns_zone.c - which zone a name is in, and who serves it: as the zone above says, and as it says itself
 *
 *   SOA of the name -> the zone -> SOA of the name above it -> the zone above -> its servers -> one of them
 *   refers to the zone
 */
#include "scanner/net/dns_direct.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns_reply.h"
#include "scanner/net/name_servers.h"

#include <errno.h>
#include <string.h>

enum { PARENT_HOSTS_MAX = 4, PARENT_QUESTIONS_MAX = 4, PARENT_PATIENCE_MS = 2000 };

/* Whose SOA record speaks of the name; NULL when nobody's does. */
static const char *soa_owner(const struct dns_answer *answer)
{
    if (answer->outcome == DNS_DATA)
        return ((const struct dns_record *)answer->records.items[0])->name;
    if (answer->outcome == DNS_FAILURE)
        return NULL;
    for (size_t i = 0; i < answer->authority.count; i++) {
        const struct dns_record *record = answer->authority.items[i];

        if (record->type == DNS_SOA)
            return record->name;
    }
    return NULL;
}

/* The zone that a name is in; with an alias, that of its target. */
static int find_zone(struct network *network, const char *name, int64_t deadline, struct arena *arena,
                     const char **ret, const char **ret_reason)
{
    struct dns_answer *answer;
    int error = resolver_ask(network->resolver, name, DNS_SOA, deadline, arena, &answer);

    if (error < 0)
        return error;
    *ret = soa_owner(answer);
    if (*ret == NULL)
        *ret_reason = arena_format(arena, "the zone of %s was not found: %s", name,
                                   answer->reason != NULL ? answer->reason : "no SOA record");
    return *ret != NULL || *ret_reason != NULL ? 0 : -ENOMEM;
}

/* The name above; NULL for the root. */
static const char *name_above(const char *name)
{
    bool escaped = false;

    if (strcmp(name, ".") == 0)
        return NULL;
    for (; *name != '\0'; name++) {
        if (*name == '.' && !escaped)
            return name + 1;
        escaped = *name == '\\' && !escaped;
    }
    return ".";
}

static int name_servers(const struct dns_answer *answer, struct arena *arena, struct list *ret)
{
    ret->observed = true;
    for (size_t i = 0; i < answer->records.count && i < DNS_REPLY_SERVERS_MAX; i++) {
        struct dns_zone_server *server = list_new_item(ret, arena, sizeof(*server));
        int error =
            server == NULL ? -ENOMEM : dns_record_name(answer->records.items[i], arena, &server->name);

        if (error < 0)
            return error;
    }
    return 0;
}

/* ---- the zone above ---- */

/* What one server of the zone above refers to. */
static int take_referral(struct dns_zone *zone, const struct dns_reply *reply, struct arena *arena)
{
    zone->from_parent.observed = true;
    for (size_t i = 0; i < reply->servers.count; i++) {
        const struct dns_reply_server *from = reply->servers.items[i];
        struct dns_zone_server *server = list_new_item(&zone->from_parent, arena, sizeof(*server));

        if (server == NULL)
            return -ENOMEM;
        server->name = dns_name_text(arena, &from->name);
        server->addresses = from->addresses;
        server->addresses.observed = true;
        if (server->name == NULL)
            return -ENOMEM;
    }
    return 0;
}

static const char *reply_text(const struct dns_reply *reply, bool same_zone)
{
    switch (reply->kind) {
    case DNS_REPLY_REFERRAL:
        return same_zone ? NULL : "it refers to another zone";
    case DNS_REPLY_ANSWER:
        return "it serves the zone itself, so its own referral cannot be seen";
    case DNS_REPLY_TRUNCATED:
        return "truncated answer";
    case DNS_REPLY_NO_EDNS:
    case DNS_REPLY_CODE:
        return "it answers with an error";
    case DNS_REPLY_LAME:
    case DNS_REPLY_MALFORMED:
        return reply->why;
    }
    return NULL;
}

/* One question to one server of the zone above; *ret_why static, NULL when it refers to the zone. */
static int ask_once(struct network *network, const struct dns_server_address *server, struct dns_zone *zone,
                    bool tcp, int64_t deadline, struct arena *arena, const char **ret_why)
{
    struct name_server_question question = {.server = *server,
                                            .key = {.type = DNS_NS},
                                            .manner = {.tcp = tcp, .edns = true},
                                            .patience_ms = PARENT_PATIENCE_MS};
    struct dns_key *key = &question.key;
    struct buffer packet = {0};
    struct dns_reply reply = {0};
    struct dns_name parent;
    int64_t milliseconds;
    int error;

    if (dns_name_from_text(zone->name, &key->name) < 0 || dns_name_from_text(zone->parent, &parent) < 0)
        return -EINVAL;
    error = name_servers_ask(network, &question, deadline, &packet, &milliseconds);
    if (error == 0)
        error = dns_reply_read(bytes_of(packet.data, packet.size), &parent, key, arena, &reply);
    if (error == 0)
        *ret_why = reply_text(&reply, dns_name_equal(&reply.zone, &key->name));
    if (error == 0 && *ret_why == NULL)
        error = take_referral(zone, &reply, arena);
    buffer_free(&reply.packet);
    buffer_free(&packet);
    if (error == 0 && reply.kind == DNS_REPLY_TRUNCATED && !tcp)
        return ask_once(network, server, zone, true, deadline, arena, ret_why);
    return error;
}

static int ask_parent_server(struct network *network, const struct address *address, struct dns_zone *zone,
                             int64_t deadline, struct arena *arena)
{
    const struct dns_server_address server = {.address = *address, .port = DNS_PORT};
    char text[DNS_SERVER_TEXT_SIZE];
    const char *why = NULL;
    int error = ask_once(network, &server, zone, false, deadline, arena, &why);

    if (error == -ECANCELED || error == -ENOMEM)
        return error;
    if (error == -EAGAIN)
        return -ECANCELED; /* the server has not been asked */
    if (error < 0)
        why = dns_exchange_failure(error);
    dns_server_format(&server, text);
    zone->parent_server = arena_text(arena, text);
    zone->parent_reason =
        why == NULL ? NULL : arena_format(arena, "%s, a name server of %s: %s", text, zone->parent, why);
    return zone->parent_server != NULL && (why == NULL || zone->parent_reason != NULL) ? 0 : -ENOMEM;
}

/* Asks the addresses of one host until one of them refers to the zone. */
static int ask_parent_host(struct network *network, const char *host, struct dns_zone *zone, int64_t deadline,
                           struct arena *arena, size_t *asked)
{
    const uint16_t types[] = {DNS_A, DNS_AAAA};

    for (size_t t = 0; t < 2; t++) {
        struct dns_answer *answer = NULL;
        int error = 0;

        if (types[t] == DNS_A ? !network->ipv4 : !network->ipv6)
            continue;
        error = resolver_ask(network->resolver, host, types[t], deadline, arena, &answer);
        for (size_t i = 0; error == 0 && i < answer->records.count && *asked < PARENT_QUESTIONS_MAX &&
                           !zone->from_parent.observed;
             i++) {
            struct address address;

            if (dns_record_address(answer->records.items[i], &address) < 0)
                continue;
            (*asked)++;
            error = ask_parent_server(network, &address, zone, deadline, arena);
        }
        if (error < 0 || zone->from_parent.observed)
            return error == -EINVAL ? 0 : error;
    }
    return 0;
}

static int ask_parent(struct network *network, struct dns_zone *zone, int64_t deadline, struct arena *arena)
{
    const char *above = name_above(zone->name);
    struct dns_answer *answer;
    struct list hosts = {0};
    size_t asked = 0;
    int error = 0;

    if (above == NULL) {
        zone->parent_reason = "there is no zone above the root";
        return 0;
    }
    error = find_zone(network, above, deadline, arena, &zone->parent, &zone->parent_reason);
    if (error < 0 || zone->parent == NULL)
        return error;
    error = resolver_ask(network->resolver, zone->parent, DNS_NS, deadline, arena, &answer);
    if (error == 0)
        error = name_servers(answer, arena, &hosts);
    zone->parent_reason = "no name server of the zone above could be asked";
    for (size_t i = 0; i < hosts.count && i < PARENT_HOSTS_MAX && error == 0 && !zone->from_parent.observed;
         i++)
        error = ask_parent_host(network, ((struct dns_zone_server *)hosts.items[i])->name, zone, deadline,
                                arena, &asked);
    return error;
}

int dns_zone_look_up(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
                     struct dns_zone **ret, const char **ret_reason)
{
    struct dns_zone *zone = arena_alloc(arena, sizeof(*zone));
    struct dns_answer *answer;
    int error;

    if (zone == NULL)
        return -ENOMEM;
    error = find_zone(network, domain, deadline, arena, &zone->name, ret_reason);
    if (error < 0)
        return error;
    if (zone->name == NULL) {
        *ret = NULL;
        return 0;
    }
    error = ask_parent(network, zone, deadline, arena);
    if (error == 0)
        error = resolver_ask(network->resolver, zone->name, DNS_NS, deadline, arena, &answer);
    if (error == 0 && answer->outcome == DNS_FAILURE)
        zone->child_reason = answer->reason;
    else if (error == 0)
        error = name_servers(answer, arena, &zone->from_child);
    if (error < 0)
        return error;
    *ret = zone;
    return 0;
}
