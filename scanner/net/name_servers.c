/*
 * name_servers.c - turns at each server, and questions that several targets have in common
 *
 *   SOA, NS, DNSKEY --> under way, or answered just now? join --> a task of the service --\
 *   all others -----------------------------------------------------------------------------> a turn --> exchange
 */
#include "scanner/net/name_servers.h"

#include <errno.h>
#include <stdlib.h>

enum {
    TURNS = 4,
    LIFETIME_MS = 3000, /* short: the same is asked again to see whether servers come to agree */
    BUCKETS = 256,
    TRIES = 3,
    FIRST_PATIENCE_MS = 1000
};

/* While somebody asks it or waits for a turn. */
struct server {
    struct server *next;
    struct dns_server_address address;
    struct semaphore turns;
    size_t holders;
};

struct shared {
    struct shared *next; /* in its bucket */
    struct name_servers *servers;
    struct name_server_question question;
    struct buffer packet;
    int64_t milliseconds;
    int error;
    bool ended;
    int64_t ended_at;
    size_t holders; /* the table, and each who waits */
    struct wait_queue askers;
};

struct name_servers {
    struct network *network;
    struct task_group *group;
    struct server *busy[BUCKETS];
    struct shared *questions[BUCKETS];
};

static size_t bucket_of(const struct dns_server_address *server, const struct dns_key *key)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < sizeof(server->address.octets); i++)
        hash = (hash ^ server->address.octets[i]) * 16777619U;
    if (key != NULL)
        hash ^= (uint32_t)dns_key_hash(key, 0);
    return (hash ^ hash >> 16) % BUCKETS;
}

static bool same_server(const struct dns_server_address *a, const struct dns_server_address *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

/* ---- one question ---- */

static int send_question(struct network *network, const struct name_server_question *question,
                         struct bytes text, int64_t deadline, struct buffer *packet)
{
    int64_t patience = FIRST_PATIENCE_MS;
    int error = -ETIMEDOUT;

    if (question->manner.tcp)
        return dns_exchange(network, &question->server, true, text, deadline, packet);
    for (int i = 0; i < TRIES && error == -ETIMEDOUT && engine_now(network->engine) < deadline; i++) {
        error = dns_exchange(network, &question->server, false, text,
                             deadline_in(network->engine, patience, deadline), packet);
        patience *= 2;
    }
    return error;
}

static int ask_now(struct network *network, const struct name_server_question *question, int64_t deadline,
                   struct buffer *packet, int64_t *ret_milliseconds)
{
    int64_t start = engine_now(network->engine);
    struct buffer text = {0};
    int error = dns_manner_question(&question->key, &question->manner, &text);

    if (error == 0)
        error = send_question(network, question, bytes_of(text.data, text.size),
                              deadline_in(network->engine, question->patience_ms, deadline), packet);
    buffer_free(&text);
    *ret_milliseconds = engine_now(network->engine) - start;
    return error;
}

/* ---- turns ---- */

static struct server *server_hold(struct name_servers *servers, const struct dns_server_address *address)
{
    struct server **place = &servers->busy[bucket_of(address, NULL)];

    while (*place != NULL && !same_server(&(*place)->address, address))
        place = &(*place)->next;
    if (*place == NULL) {
        *place = calloc(1, sizeof(**place));
        if (*place == NULL)
            return NULL;
        (*place)->address = *address;
        (*place)->turns.free = TURNS;
    }
    (*place)->holders++;
    return *place;
}

static void server_let_go(struct name_servers *servers, struct server *server)
{
    struct server **place = &servers->busy[bucket_of(&server->address, NULL)];

    if (--server->holders > 0)
        return;
    while (*place != server)
        place = &(*place)->next;
    *place = server->next;
    free(server);
}

static int ask_in_turn(struct name_servers *servers, const struct name_server_question *question,
                       int64_t deadline, struct buffer *packet, int64_t *ret_milliseconds)
{
    struct engine *engine = servers->network->engine;
    struct server *server = server_hold(servers, &question->server);
    int error;

    if (server == NULL)
        return -ENOMEM;
    error = semaphore_take(engine, &server->turns, deadline, "a turn at a name server");
    if (error == 0) {
        error = ask_now(servers->network, question, deadline, packet, ret_milliseconds);
        semaphore_give(engine, &server->turns);
    } else if (error == -ETIMEDOUT) {
        error = -EAGAIN;
    }
    server_let_go(servers, server);
    return error;
}

/* ---- what several ask ---- */

static void shared_release(struct shared *shared)
{
    if (--shared->holders > 0)
        return;
    buffer_free(&shared->packet);
    free(shared);
}

static void shared_run(void *argument)
{
    struct shared *shared = argument;
    struct engine *engine = shared->servers->network->engine;

    shared->error = ask_in_turn(shared->servers, &shared->question, DEADLINE_NEVER, &shared->packet,
                                &shared->milliseconds);
    shared->ended = true;
    shared->ended_at = engine_now(engine);
    wait_queue_wake(engine, &shared->askers, WAKE_ALL);
}

static bool same_question(const struct name_server_question *a, const struct name_server_question *b)
{
    return same_server(&a->server, &b->server) && dns_key_equal(&a->key, &b->key) &&
           a->manner.tcp == b->manner.tcp && a->manner.recursion == b->manner.recursion &&
           a->manner.edns == b->manner.edns && a->manner.dnssec == b->manner.dnssec &&
           a->manner.checking_disabled == b->manner.checking_disabled;
}

/* The question, if it is under way or was answered just now; what is older goes on the way. */
static struct shared *shared_find(struct name_servers *servers, const struct name_server_question *question)
{
    struct shared **place = &servers->questions[bucket_of(&question->server, &question->key)];
    int64_t now = engine_now(servers->network->engine);

    while (*place != NULL) {
        struct shared *shared = *place;

        if (shared->ended && now - shared->ended_at >= LIFETIME_MS) {
            *place = shared->next;
            shared_release(shared);
        } else if (same_question(&shared->question, question)) {
            return shared;
        } else {
            place = &shared->next;
        }
    }
    return NULL;
}

static int shared_new(struct name_servers *servers, const struct name_server_question *question,
                      struct shared **ret)
{
    struct shared **bucket = &servers->questions[bucket_of(&question->server, &question->key)];
    struct shared *shared = calloc(1, sizeof(*shared));
    char text[DNS_SERVER_TEXT_SIZE];
    int error;

    if (shared == NULL)
        return -ENOMEM;
    *shared = (struct shared){.servers = servers, .question = *question, .holders = 1};
    error = task_spawn(servers->group, shared_run, shared, "name server %s",
                       dns_server_format(&question->server, text));
    if (error < 0) {
        free(shared);
        return error;
    }
    shared->next = *bucket;
    *bucket = shared;
    *ret = shared;
    return 0;
}

static int ask_shared(struct name_servers *servers, const struct name_server_question *question,
                      int64_t deadline, struct buffer *packet, int64_t *ret_milliseconds)
{
    struct engine *engine = servers->network->engine;
    struct shared *shared = shared_find(servers, question);
    int error = shared != NULL ? 0 : shared_new(servers, question, &shared);

    if (error == -EAGAIN) /* too many tasks: alone then */
        return ask_in_turn(servers, question, deadline, packet, ret_milliseconds);
    if (error < 0)
        return error;
    shared->holders++;
    while (!shared->ended && error == 0)
        error = task_wait(engine, &shared->askers, deadline, "an answer that others want too");
    if (shared->ended) {
        error = shared->error;
        put_block(packet, shared->packet.data, shared->packet.size);
        *ret_milliseconds = shared->milliseconds;
        if (packet->failed)
            error = -ENOMEM;
    } else if (error == -ETIMEDOUT) {
        error = -EAGAIN;
    }
    shared_release(shared);
    return error;
}

int name_servers_ask(struct network *network, const struct name_server_question *question, int64_t deadline,
                     struct buffer *packet, int64_t *ret_milliseconds)
{
    struct name_servers *servers = network->name_servers;

    if (servers == NULL)
        return ask_now(network, question, deadline, packet, ret_milliseconds);
    switch (question->key.type) {
    case DNS_SOA:
    case DNS_NS:
    case DNS_TYPE_DNSKEY:
        return ask_shared(servers, question, deadline, packet, ret_milliseconds);
    default:
        return ask_in_turn(servers, question, deadline, packet, ret_milliseconds);
    }
}

/* ---- life ---- */

int name_servers_new(struct network *network, struct task_group *group, struct name_servers **ret)
{
    struct name_servers *servers = calloc(1, sizeof(*servers));

    if (servers == NULL)
        return -ENOMEM;
    servers->network = network;
    servers->group = group;
    *ret = servers;
    return 0;
}

void name_servers_free(struct name_servers *servers)
{
    if (servers == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (servers->questions[i] != NULL) {
            struct shared *shared = servers->questions[i];

            servers->questions[i] = shared->next;
            shared_release(shared);
        }
    }
    free(servers);
}
