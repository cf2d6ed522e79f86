/*
 * client_meeting.c - one port and all clients that come to it, counted and in words
 */
#include "reports/client_simulation.h"

#include "reports/observed.h"
#include "scanner/base/arena.h"

#include <errno.h>

int client_meet(struct arena *arena, const struct endpoint_facts *endpoint, const struct list *clients,
                struct client_meeting *ret)
{
    struct client_meeting meeting = {.endpoint = endpoint};

    for (size_t i = 0; endpoint->tls != NULL && endpoint->tls->versions != NULL && i < clients->count; i++) {
        const struct mail_client *client = clients->items[i];
        struct client_result *result;

        if (!mail_client_comes(client, endpoint))
            continue;
        result = list_new_item(&meeting.results, arena, sizeof(*result));
        if (result == NULL)
            return -ENOMEM;
        result->client = client;
        result->outcome = client_simulate(arena, endpoint->tls, client);
        switch (result->outcome.connects) {
        case YES:
            meeting.connect++;
            meeting.warned += result->outcome.warning != NULL;
            break;
        case NO:
            meeting.refuse++;
            break;
        case UNKNOWN:
            meeting.unknown++;
            break;
        }
    }
    *ret = meeting;
    return 0;
}

/* "; not: A, B" */
static const char *named(struct arena *arena, const struct client_meeting *meeting, enum known connects,
                         const char *before)
{
    const char *text = "";

    for (size_t i = 0; text != NULL && i < meeting->results.count; i++) {
        const struct client_result *result = meeting->results.items[i];

        if (result->outcome.connects == connects)
            text = arena_format(arena, "%s%s%s", text, *text == '\0' ? before : ", ", result->client->name);
    }
    return text;
}

const char *client_meeting_words(struct arena *arena, const struct client_meeting *meeting, bool with_names)
{
    bool senders = is_service(meeting->endpoint, "smtp");
    size_t all = meeting->results.count;
    const char *who = senders ? "sending servers" : "mail programs", *refuse, *unknown, *trust = "";

    if (meeting->warned > 0)
        trust = arena_format(arena, ", %zu do not trust the certificate", meeting->warned);
    if (trust == NULL)
        return NULL;
    if (meeting->connect == all)
        return arena_format(arena, "all %zu %s connect%s", all, who, trust);
    if (with_names) {
        refuse = named(arena, meeting, NO, "; not: ");
        unknown = named(arena, meeting, UNKNOWN, "; not known: ");
    } else {
        refuse = meeting->refuse > 0 ? arena_format(arena, ", %zu cannot", meeting->refuse) : "";
        unknown = meeting->unknown > 0 ? arena_format(arena, ", not known of %zu", meeting->unknown) : "";
    }
    if (refuse == NULL || unknown == NULL)
        return NULL;
    return arena_format(arena, "%zu of %zu %s connect%s%s%s", meeting->connect, all, who, trust, refuse,
                        unknown);
}

const char *client_without_tls_words(const struct client_result *result)
{
    if (result->client->role != CLIENT_MTA || result->outcome.connects != NO)
        return NULL;
    switch (result->client->without_tls) {
    case CLIENT_SENDS_CLEAR:
        return "it then sends without TLS, in clear text, unless its policy forbids it";
    case CLIENT_DEFERS:
        return "it then keeps the message back";
    case CLIENT_WITHOUT_TLS_UNKNOWN:
        break;
    }
    return "whether it then sends in clear text or keeps the message back is not known";
}
