/*
 * dns_peer.c - a scripted DNS server for tests, on the loop of the engine under test
 */
#include "tests/unit/dns_peer.h"

#include "tests/unit/dns_packets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECEIVE_SIZE = 65536, HELD_MAX = 4096, PORTS_MAX = 64, BIND_TRIES = 50 };

/* An answer that waits. */
struct held {
    struct buffer answer;
    struct sockaddr_storage to;
};

struct dns_peer {
    struct engine *engine;
    peer_script *script;
    void *data;
    uv_udp_t udp;
    uv_tcp_t tcp;
    struct connection *connections;
    size_t open; /* handles: udp, tcp */
    size_t questions;
    size_t questions_tcp;
    struct held held[HELD_MAX];
    size_t held_count;
    uint16_t ports[PORTS_MAX];
    size_t port_count;
    char address[32];
    char receive[RECEIVE_SIZE];
};

struct connection {
    uv_tcp_t handle;
    struct dns_peer *peer;
    struct connection *next;
    struct buffer input;
    char receive[4096];
};

struct writing {
    uv_write_t request;
    struct buffer data;
    bool close;
};

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "dns_peer: %s\n", what);
    abort();
}

static void on_peer_closed(uv_handle_t *handle)
{
    struct dns_peer *peer = handle->data;

    if (--peer->open == 0)
        free(peer);
}

/* ---- UDP ---- */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct dns_peer *peer = handle->data;

    (void)suggested;
    *ret = uv_buf_init(peer->receive, sizeof(peer->receive));
}

static void send_udp(struct dns_peer *peer, struct bytes answer, const struct sockaddr *to)
{
    uv_buf_t part = uv_buf_init((char *)(uintptr_t)answer.data, (unsigned)answer.size);

    require(uv_udp_try_send(&peer->udp, &part, 1, to) == (int)answer.size, "cannot send");
}

static void note_port(struct dns_peer *peer, uint16_t port)
{
    for (size_t i = 0; i < peer->port_count; i++)
        if (peer->ports[i] == port)
            return;
    require(peer->port_count < PORTS_MAX, "too many ports");
    peer->ports[peer->port_count++] = port;
}

static enum peer_action ask_script(struct dns_peer *peer, struct bytes packet, bool tcp, uint16_t port,
                                   struct buffer *answer)
{
    struct peer_question question = {.packet = packet, .tcp = tcp, .port = port, .number = peer->questions};

    require(packet_question(packet, question.name, &question.type), "not a question");
    peer->questions++;
    if (tcp)
        peer->questions_tcp++;
    return peer->script(peer->data, &question, answer);
}

static void on_datagram(uv_udp_t *handle, ssize_t size, const uv_buf_t *data, const struct sockaddr *from,
                        unsigned flags)
{
    struct dns_peer *peer = handle->data;
    struct buffer answer = {0};
    uint16_t port;

    (void)flags;
    if (size <= 0 || from == NULL)
        return;
    port = ntohs(((const struct sockaddr_in *)(const void *)from)->sin_port);
    note_port(peer, port);
    switch (ask_script(peer, bytes_of(data->base, (size_t)size), false, port, &answer)) {
    case PEER_ANSWER:
    case PEER_ANSWER_AND_CLOSE:
        send_udp(peer, bytes_of(answer.data, answer.size), from);
        break;
    case PEER_HOLD:
        require(peer->held_count < HELD_MAX, "too many answers held");
        peer->held[peer->held_count].answer = answer;
        memcpy(&peer->held[peer->held_count++].to, from, sizeof(struct sockaddr_in));
        return;
    case PEER_SILENT:
    case PEER_CLOSE:
        break;
    }
    buffer_free(&answer);
}

size_t dns_peer_release(struct dns_peer *peer)
{
    size_t count = peer->held_count;

    for (size_t i = 0; i < count; i++) {
        send_udp(peer, bytes_of(peer->held[i].answer.data, peer->held[i].answer.size),
                 (const struct sockaddr *)&peer->held[i].to);
        buffer_free(&peer->held[i].answer);
    }
    peer->held_count = 0;
    return count;
}

/* ---- TCP ---- */

static void on_connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    buffer_free(&connection->input);
    free(connection);
}

static void connection_close(struct connection *connection)
{
    struct connection **place = &connection->peer->connections;

    if (uv_is_closing((uv_handle_t *)&connection->handle))
        return;
    while (*place != connection)
        place = &(*place)->next;
    *place = connection->next;
    uv_close((uv_handle_t *)&connection->handle, on_connection_closed);
}

static void on_written(uv_write_t *request, int status)
{
    struct writing *writing = request->data;
    struct connection *connection = request->handle->data;

    if (writing->close && status == 0)
        connection_close(connection);
    buffer_free(&writing->data);
    free(writing);
}

static void send_tcp(struct connection *connection, const struct buffer *answer, bool close)
{
    struct writing *writing = calloc(1, sizeof(*writing));
    uv_buf_t part;

    require(writing != NULL, "out of memory");
    put_u16(&writing->data, (uint16_t)answer->size);
    put_block(&writing->data, answer->data, answer->size);
    writing->request.data = writing;
    writing->close = close;
    part = uv_buf_init((char *)writing->data.data, (unsigned)writing->data.size);
    require(uv_write(&writing->request, (uv_stream_t *)&connection->handle, &part, 1, on_written) == 0,
            "cannot write");
}

static void on_allocate_tcp(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct connection *connection = handle->data;

    (void)suggested;
    *ret = uv_buf_init(connection->receive, sizeof(connection->receive));
}

/* Takes whole questions off the input. */
static void answer_tcp(struct connection *connection)
{
    size_t used = 0;

    while (!uv_is_closing((uv_handle_t *)&connection->handle)) {
        struct bytes in = bytes_of(connection->input.data + used, connection->input.size - used);
        struct bytes packet = take_block(&in, take_u16(&in));
        struct buffer answer = {0};

        if (in.failed)
            break;
        used += 2 + packet.size;
        enum peer_action action = ask_script(connection->peer, packet, true, 0, &answer);

        if (action == PEER_ANSWER || action == PEER_ANSWER_AND_CLOSE)
            send_tcp(connection, &answer, action == PEER_ANSWER_AND_CLOSE);
        if (action == PEER_CLOSE)
            connection_close(connection);
        buffer_free(&answer);
    }
    memmove(connection->input.data, connection->input.data + used, connection->input.size - used);
    connection->input.size -= used;
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *data)
{
    struct connection *connection = stream->data;

    if (size == 0)
        return;
    if (size < 0) {
        connection_close(connection);
        return;
    }
    put_block(&connection->input, data->base, (size_t)size);
    answer_tcp(connection);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct dns_peer *peer = listener->data;
    struct connection *connection = calloc(1, sizeof(*connection));

    require(status == 0 && connection != NULL, "cannot accept");
    uv_tcp_init(engine_loop(peer->engine), &connection->handle);
    connection->handle.data = connection;
    connection->peer = peer;
    connection->next = peer->connections;
    peer->connections = connection;
    require(uv_accept(listener, (uv_stream_t *)&connection->handle) == 0, "cannot accept");
    uv_read_start((uv_stream_t *)&connection->handle, on_allocate_tcp, on_read);
}

/* ---- life ---- */

/* Both sockets on one port that the system chooses. */
static bool listen_on(struct dns_peer *peer, int udp, int tcp)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(udp, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        getsockname(udp, (struct sockaddr *)&address, &size) < 0 ||
        bind(tcp, (struct sockaddr *)&address, sizeof(address)) < 0)
        return false;
    (void)snprintf(peer->address, sizeof(peer->address), "127.0.0.1:%u", ntohs(address.sin_port));
    return true;
}

struct dns_peer *dns_peer_new(struct engine *engine, peer_script *script, void *data)
{
    struct dns_peer *peer = calloc(1, sizeof(*peer));
    int large = 4 * 1024 * 1024;
    int udp = -1;
    int tcp = -1;

    require(peer != NULL, "out of memory");
    for (int i = 0; i < BIND_TRIES; i++) {
        udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (listen_on(peer, udp, tcp))
            break;
        close(udp);
        close(tcp);
        require(i + 1 < BIND_TRIES, "no port is free");
    }
    (void)setsockopt(udp, SOL_SOCKET, SO_RCVBUF, &large, sizeof(large));
    peer->engine = engine;
    peer->script = script;
    peer->data = data;
    peer->open = 2;
    uv_udp_init(engine_loop(engine), &peer->udp);
    uv_tcp_init(engine_loop(engine), &peer->tcp);
    peer->udp.data = peer->tcp.data = peer;
    require(uv_udp_open(&peer->udp, udp) == 0 && uv_tcp_open(&peer->tcp, tcp) == 0, "cannot open");
    require(uv_udp_recv_start(&peer->udp, on_allocate, on_datagram) == 0, "cannot receive");
    require(uv_listen((uv_stream_t *)&peer->tcp, 128, on_connection) == 0, "cannot listen");
    return peer;
}

void dns_peer_close(struct dns_peer *peer)
{
    if (peer == NULL)
        return;
    for (size_t i = 0; i < peer->held_count; i++)
        buffer_free(&peer->held[i].answer);
    peer->held_count = 0;
    while (peer->connections != NULL)
        connection_close(peer->connections);
    uv_close((uv_handle_t *)&peer->udp, on_peer_closed);
    uv_close((uv_handle_t *)&peer->tcp, on_peer_closed);
}

const char *dns_peer_address(const struct dns_peer *peer)
{
    return peer->address;
}

size_t dns_peer_questions(const struct dns_peer *peer)
{
    return peer->questions;
}

size_t dns_peer_questions_tcp(const struct dns_peer *peer)
{
    return peer->questions_tcp;
}

size_t dns_peer_ports(const struct dns_peer *peer)
{
    return peer->port_count;
}
