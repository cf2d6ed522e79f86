/*
 * dns_transport.c - c-ares on our loop
 *
 *   dns_transport_send -> ares_send  --->  server
 *        on_ready      <- ares_process_fd <---
 *        on_answer     -> the exchange is done, its waiter is woken
 *
 * c-ares binds servers to channels, does not say which server answered, fails everything under way to a
 * server when one of its sockets breaks (also when the server merely closes an idle TCP connection), and
 * switches EDNS off for a whole channel after one answer without it. So every server has a channel of its own
 * for UDP and one for TCP. A UDP channel that was switched, or was used so often that its port could be
 * guessed, retires: new questions get a new one, and it goes when its last question has been answered.
 *
 * Truncated answers are handed up, and whoever sent the question sends it again over TCP. Packets, ids and
 * waiting times are ours too; c-ares gives up late, only so that nothing stays for ever.
 *
 * All of this runs on the loop's stack, also what c-ares calls back from inside ares_send.
 */
#include "scanner/net/dns_transport.h"

#include <ares.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    TICK_MS = 100,
    RETIRED_MAX = 8,
    QUESTIONS_PER_CHANNEL = 2000,
    SOCKET_BUFFER = 1024 * 1024,
    UDP_ACCEPTED = 4096, /* what c-ares takes of an answer; our packets ask for DNS_UDP_SIZE */
    UDP_ACCEPTED_WITHOUT_EDNS = 512,
};

struct channel {
    struct channel *next; /* of the retired ones */
    struct dns_transport *transport;
    ares_channel ares;
    struct watch *watches;
    unsigned generation;
    size_t open; /* exchanges under way */
    size_t sent;
    bool tcp;
};

/* A socket of c-ares. It dies in the close callback of its handle. */
struct watch {
    uv_poll_t poll;
    struct channel *channel; /* NULL once c-ares has closed the socket */
    struct watch *next;
    ares_socket_t socket;
    int events;
};

struct server {
    struct dns_server_address address;
    struct channel *udp; /* NULL: made for the next question */
    struct channel *tcp;
};

struct dns_transport {
    struct engine *engine;
    struct server servers[DNS_SERVERS_MAX];
    size_t server_count;
    struct channel *retired;
    size_t retired_count;
    uv_timer_t *tick;
    int patience_ms;
    unsigned generations;
    size_t open;
};

size_t dns_transport_open(const struct dns_transport *transport)
{
    return transport->open;
}

size_t dns_transport_channels(const struct dns_transport *transport)
{
    return transport->generations;
}

/* ---- exchanges ---- */

static void exchange_release(struct dns_exchange *exchange)
{
    if (--exchange->references > 0)
        return;
    free((void *)(uintptr_t)exchange->packet.data);
    free(exchange);
}

void dns_exchange_leave(struct dns_exchange *exchange)
{
    if (exchange == NULL)
        return;
    exchange->waiting = NULL;
    exchange_release(exchange);
}

static const char *failure_text(int status)
{
    switch (status) {
    case ARES_ETIMEOUT:
        return "timeout";
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED:
        return "canceled";
    case ARES_ENOMEM:
        return "out of memory";
    default: /* c-ares has one code for refused, unreachable, no descriptor left and closed */
        return "server not reachable";
    }
}

/* One exchange on its way through c-ares. */
struct passage {
    struct dns_exchange *exchange;
    struct channel *channel;
};

static void on_answer(void *argument, int status, int timeouts, unsigned char *data, int size)
{
    struct passage *passage = argument;
    struct dns_exchange *exchange = passage->exchange;
    struct channel *channel = passage->channel;

    (void)timeouts;
    free(passage);
    channel->open--;
    channel->transport->open--;
    exchange->done = true;
    exchange->cut = !channel->tcp && (size == UDP_ACCEPTED || size == UDP_ACCEPTED_WITHOUT_EDNS);
    if (status == ARES_SUCCESS && data != NULL && size > 0) {
        uint8_t *copy = malloc((size_t)size);

        if (copy != NULL)
            exchange->packet = (struct bytes){.data = memcpy(copy, data, (size_t)size), .size = (size_t)size};
        else
            exchange->failure = failure_text(ARES_ENOMEM);
    } else {
        exchange->failure = failure_text(status);
    }
    if (exchange->waiting != NULL)
        wait_queue_wake(exchange->engine, exchange->waiting, WAKE_ALL);
    exchange_release(exchange);
}

/* ---- sockets ---- */

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    struct channel *channel = watch->channel;
    ares_socket_t readable = status < 0 || (events & UV_READABLE) != 0 ? watch->socket : ARES_SOCKET_BAD;
    ares_socket_t writable = status < 0 || (events & UV_WRITABLE) != 0 ? watch->socket : ARES_SOCKET_BAD;

    if (channel == NULL)
        return;
    ares_process_fd(channel->ares, readable, writable);
    /* libuv stops a handle that reports an error; when c-ares went on with the socket, so must we */
    if (status < 0 && watch->channel != NULL)
        uv_poll_start(&watch->poll, watch->events, on_ready);
}

static struct watch *watch_new(struct channel *channel, ares_socket_t socket)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL)
        return NULL;
    if (uv_poll_init(engine_loop(channel->transport->engine), &watch->poll, socket) < 0) {
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    watch->channel = channel;
    watch->socket = socket;
    watch->next = channel->watches;
    channel->watches = watch;
    return watch;
}

/* Before c-ares closes the descriptor; the handle follows by itself. */
static void watch_end(struct watch **place)
{
    struct watch *watch = *place;

    *place = watch->next;
    watch->channel = NULL;
    uv_close((uv_handle_t *)&watch->poll, on_watch_closed);
}

/* c-ares says what it waits for. A socket that cannot be watched answers nothing: the sender's own waiting
 * time ends that. */
static void on_socket_state(void *data, ares_socket_t socket, int readable, int writable)
{
    struct channel *channel = data;
    struct watch **place = &channel->watches;

    while (*place != NULL && (*place)->socket != socket)
        place = &(*place)->next;
    if (!readable && !writable) {
        if (*place != NULL)
            watch_end(place);
        return;
    }
    struct watch *watch = *place != NULL ? *place : watch_new(channel, socket);

    if (watch == NULL)
        return;
    watch->events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    uv_poll_start(&watch->poll, watch->events, on_ready);
}

/* ---- channels ---- */

static void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    ares_destroy(channel->ares); /* calls back for what is under way, and closes its sockets */
    free(channel);
}

static int channel_new(struct dns_transport *transport, const struct dns_server_address *server, bool tcp,
                       struct channel **ret)
{
    struct channel *channel = calloc(1, sizeof(*channel));
    struct ares_options options = {
        .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
                 (tcp ? ARES_FLAG_USEVC : ARES_FLAG_EDNS | ARES_FLAG_STAYOPEN),
        .timeout = transport->patience_ms,
        .tries = tcp ? 2 : 1, /* twice: when the connection was closed before the answer to this question */
        .ednspsz = UDP_ACCEPTED,
        .lookups = (char[]){"b"},
        .resolvconf_path = (char[]){"/dev/null"}, /* the server is ours to choose */
        .socket_send_buffer_size = SOCKET_BUFFER, /* c-ares takes EAGAIN for a dead server */
        .socket_receive_buffer_size = SOCKET_BUFFER,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = channel,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS |
               ARES_OPT_SOCK_SNDBUF | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB | ARES_OPT_NOROTATE |
               ARES_OPT_RESOLVCONF;
    char text[DNS_SERVER_TEXT_SIZE];

    if (channel == NULL)
        return -ENOMEM;
    if (ares_init_options(&channel->ares, &options, mask) != ARES_SUCCESS) {
        free(channel);
        return -ENOMEM;
    }
    channel->transport = transport;
    channel->tcp = tcp;
    channel->generation = ++transport->generations;
    if (ares_set_servers_ports_csv(channel->ares, dns_server_format(server, text)) != ARES_SUCCESS) {
        channel_free(channel);
        return -ENOMEM;
    }
    *ret = channel;
    return 0;
}

/* Has c-ares switched EDNS off? */
static bool is_poisoned(struct channel *channel)
{
    struct ares_options options = {0};
    int mask = 0;
    bool edns;

    if (ares_save_options(channel->ares, &options, &mask) != ARES_SUCCESS)
        return true;
    edns = (options.flags & ARES_FLAG_EDNS) != 0;
    ares_destroy_options(&options);
    return !edns;
}

static void on_tick(uv_timer_t *timer);

static void start_tick(struct dns_transport *transport)
{
    if (!uv_is_active((const uv_handle_t *)transport->tick))
        uv_timer_start(transport->tick, on_tick, TICK_MS, TICK_MS);
}

/* Takes the UDP channel out of use. Not without limit: with a server that strips every answer the others go
 * on with the channel they have, which costs them a detour over TCP for long answers and no more. */
static void retire(struct dns_transport *transport, struct server *server)
{
    if (transport->retired_count == RETIRED_MAX)
        return;
    server->udp->next = transport->retired;
    transport->retired = server->udp;
    transport->retired_count++;
    server->udp = NULL;
    start_tick(transport);
}

void dns_transport_suspect(struct dns_transport *transport, const struct dns_exchange *exchange)
{
    struct server *server = &transport->servers[exchange->server];

    if (server->udp != NULL && server->udp->generation == exchange->generation && is_poisoned(server->udp))
        retire(transport, server);
}

/* With its socket: c-ares reads before it looks at the time, so that an answer that is there is not too late. */
static void show_time(struct channel *channel)
{
    if (channel != NULL && channel->open > 0)
        ares_process_fd(channel->ares, channel->watches != NULL ? channel->watches->socket : ARES_SOCKET_BAD,
                        ARES_SOCKET_BAD);
}

static void end_retired(struct dns_transport *transport)
{
    for (struct channel **place = &transport->retired; *place != NULL;) {
        struct channel *channel = *place;

        show_time(channel);
        if (channel->open > 0) {
            place = &channel->next;
            continue;
        }
        *place = channel->next;
        transport->retired_count--;
        channel_free(channel);
    }
}

/* Lets c-ares see the time, and frees channels that are no longer needed: not done in its callbacks. */
static void on_tick(uv_timer_t *timer)
{
    struct dns_transport *transport = timer->data;

    for (size_t i = 0; i < transport->server_count; i++) {
        show_time(transport->servers[i].udp);
        show_time(transport->servers[i].tcp);
    }
    end_retired(transport);
    if (transport->open == 0 && transport->retired == NULL)
        uv_timer_stop(timer);
}

/* ---- sending ---- */

static int channel_for(struct dns_transport *transport, size_t number, bool tcp, struct channel **ret)
{
    struct server *server = &transport->servers[number];
    struct channel **channel = tcp ? &server->tcp : &server->udp;
    int result = 0;

    if (!tcp && *channel != NULL && (*channel)->sent >= QUESTIONS_PER_CHANNEL)
        retire(transport, server);
    if (*channel == NULL)
        result = channel_new(transport, &server->address, tcp, channel);
    if (result == 0)
        *ret = *channel;
    return result;
}

int dns_transport_send(struct dns_transport *transport, size_t server, bool tcp, bool edns,
                       struct bytes packet, struct wait_queue *waiting, struct dns_exchange **ret)
{
    struct dns_exchange *exchange = calloc(1, sizeof(*exchange));
    struct passage *passage = calloc(1, sizeof(*passage));
    struct channel *channel = NULL;

    if (exchange == NULL || passage == NULL || channel_for(transport, server, tcp, &channel) < 0) {
        free(exchange);
        free(passage);
        return -ENOMEM;
    }
    *exchange = (struct dns_exchange){.references = 2, /* the sender's, c-ares': before it may call back */
                                      .engine = transport->engine,
                                      .waiting = waiting,
                                      .server = server,
                                      .generation = channel->generation,
                                      .tcp = tcp,
                                      .edns = edns};
    *passage = (struct passage){.exchange = exchange, .channel = channel};
    channel->open++;
    channel->sent++;
    transport->open++;
    start_tick(transport);
    ares_send(channel->ares, packet.data, (int)packet.size, on_answer, passage);
    *ret = exchange;
    return 0;
}

/* ---- life ---- */

int dns_transport_new(struct engine *engine, const struct dns_server_list *servers, int patience_ms,
                      struct dns_transport **ret)
{
    struct dns_transport *transport = calloc(1, sizeof(*transport));
    uv_timer_t *tick = calloc(1, sizeof(*tick));

    if (transport == NULL || tick == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        free(transport);
        free(tick);
        return -ENOMEM;
    }
    uv_timer_init(engine_loop(engine), tick); /* cannot fail */
    tick->data = transport;
    transport->engine = engine;
    transport->tick = tick;
    transport->patience_ms = patience_ms;
    transport->server_count = servers->count;
    for (size_t i = 0; i < servers->count; i++)
        transport->servers[i].address = servers->servers[i];
    *ret = transport;
    return 0;
}

void dns_transport_free(struct dns_transport *transport)
{
    if (transport == NULL)
        return;
    for (size_t i = 0; i < transport->server_count; i++) {
        channel_free(transport->servers[i].udp);
        channel_free(transport->servers[i].tcp);
    }
    while (transport->retired != NULL) {
        struct channel *channel = transport->retired;

        transport->retired = channel->next;
        channel_free(channel);
    }
    uv_close((uv_handle_t *)transport->tick, engine_close_free);
    ares_library_cleanup();
    free(transport);
}
