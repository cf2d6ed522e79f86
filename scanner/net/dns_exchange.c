/*
 * dns_exchange.c - one question to one DNS server and its answer, over UDP or TCP
 *
 * RFC 1035 4.2 (both transports), RFC 5452 (what makes it hard to answer in somebody's place), RFC 7766 (TCP).
 */
#include "scanner/net/dns_exchange.h"

#include "scanner/net/dns_lookup.h"
#include "scanner/net/io.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    FLAGS_AT = 2,
    FLAG_RECURSION = 0x01,         /* in the first byte of the flags */
    FLAG_CHECKING_DISABLED = 0x10, /* in the second */
    FLAG_RESPONSE = 0x80,
    RCODE_MASK = 0x0f,
    DO_FROM_END = 4, /* where the flags of an empty OPT record begin */
    UDP_MAX = 4096,
    STRAYS_MAX = 100 /* datagrams that do not fit: then it is a flood */
};

int dns_manner_question(const struct dns_key *key, const struct dns_manner *manner, struct buffer *out)
{
    int error = dns_question_packet(key, manner->edns, out);

    if (error < 0)
        return error;
    out->data[FLAGS_AT] = manner->recursion ? FLAG_RECURSION : 0;
    out->data[FLAGS_AT + 1] = manner->checking_disabled ? FLAG_CHECKING_DISABLED : 0;
    if (manner->edns && !manner->dnssec)
        out->data[out->size - DO_FROM_END] = 0;
    return 0;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* Where the one question of a packet that we wrote ends. */
static size_t question_end(struct bytes question)
{
    size_t at = DNS_HEADER_SIZE;

    while (question.data[at] != 0)
        at += 1U + question.data[at];
    return at + 1 + 4;
}

bool dns_exchange_fits(struct bytes question, struct bytes answer)
{
    size_t end = question_end(question);

    if (answer.size < DNS_HEADER_SIZE || memcmp(answer.data, question.data, 2) != 0 ||
        (answer.data[FLAGS_AT] & FLAG_RESPONSE) == 0)
        return false;
    if (answer.size == DNS_HEADER_SIZE)
        return (answer.data[FLAGS_AT + 1] & RCODE_MASK) != DNS_RCODE_NOERROR && answer.data[4] == 0 &&
               answer.data[5] == 0;
    if (answer.size < end || answer.data[4] != 0 || answer.data[5] != 1)
        return false;
    for (size_t i = DNS_HEADER_SIZE; i < end; i++) /* RFC 4343: case does not count */
        if (lower(answer.data[i]) != lower(question.data[i]))
            return false;
    return true;
}

const char *dns_exchange_failure(int error)
{
    if (error == -ETIMEDOUT)
        return "timeout";
    if (error == -EBADMSG)
        return "an answer to another question";
    return strerrordesc_np(-error);
}

/* ---- UDP ---- */

/* A socket that hears nobody but this server; a descriptor or a negative errno. */
static int udp_open(const struct network *network, const struct dns_server_address *server)
{
    const struct address *source =
        server->address.family == AF_INET6 ? &network->source_ipv6 : &network->source_ipv4;
    struct sockaddr_storage name;
    socklen_t size;
    int result = 0;
    int fd = socket(server->address.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    if (source->family != 0) {
        size = address_to_socket(source, 0, &name);
        if (bind(fd, (struct sockaddr *)&name, size) < 0)
            result = -errno;
    }
    size = address_to_socket(&server->address, server->port, &name);
    if (result == 0 && connect(fd, (struct sockaddr *)&name, size) < 0)
        result = -errno;
    if (result < 0) {
        close(fd);
        return result;
    }
    return fd;
}

static int udp_receive(struct io *io, struct bytes question, int64_t deadline, struct buffer *answer)
{
    uint8_t data[UDP_MAX];

    for (int strays = 0; strays < STRAYS_MAX;) {
        ssize_t size = recv(io_fd(io), data, sizeof(data), 0);

        if (size >= 0 && dns_exchange_fits(question, bytes_of(data, (size_t)size))) {
            put_block(answer, data, (size_t)size);
            return answer->failed ? -ENOMEM : 0;
        }
        if (size >= 0) {
            strays++;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return -errno; /* what an ICMP message said */
        int error = io_wait(io, IO_READABLE, deadline, "an answer of a name server");

        if (error < 0)
            return error;
    }
    return -EBADMSG;
}

static int exchange_udp(struct network *network, const struct dns_server_address *server,
                        struct bytes question, int64_t deadline, struct buffer *answer)
{
    struct io *io;
    int fd = udp_open(network, server);
    int error;

    if (fd < 0)
        return fd;
    error = io_new(network->engine, fd, &io);
    if (error < 0)
        return error;
    if (send(fd, question.data, question.size, MSG_NOSIGNAL) < 0)
        error = -errno;
    if (error == 0)
        error = udp_receive(io, question, deadline, answer);
    io_close(io);
    return error;
}

/* ---- TCP ---- */

static int tcp_send(struct io *io, struct bytes data, int64_t deadline)
{
    while (data.size > 0) {
        ssize_t size = send(io_fd(io), data.data, data.size, MSG_NOSIGNAL);
        int error = 0;

        if (size >= 0)
            take_block(&data, (size_t)size);
        else if (errno == EAGAIN)
            error = io_wait(io, IO_WRITABLE, deadline, "a name server to read");
        else if (errno != EINTR)
            error = -errno;
        if (error < 0)
            return error;
    }
    return 0;
}

static int tcp_receive(struct io *io, size_t size, int64_t deadline, struct buffer *out)
{
    uint8_t data[UDP_MAX];

    while (size > 0) {
        ssize_t got = recv(io_fd(io), data, size < sizeof(data) ? size : sizeof(data), 0);
        int error = 0;

        if (got == 0)
            return -ECONNRESET;
        if (got > 0) {
            put_block(out, data, (size_t)got);
            size -= (size_t)got;
            error = out->failed ? -ENOMEM : 0;
        } else if (errno == EAGAIN) {
            error = io_wait(io, IO_READABLE, deadline, "an answer of a name server over TCP");
        } else if (errno != EINTR) {
            error = -errno;
        }
        if (error < 0)
            return error;
    }
    return 0;
}

static int tcp_converse(struct io *io, struct bytes question, int64_t deadline, struct buffer *answer)
{
    struct buffer message = {0};
    struct bytes length;
    int error = -ENOMEM;

    put_u16(&message, (uint16_t)question.size);
    put_block(&message, question.data, question.size);
    if (!message.failed)
        error = tcp_send(io, bytes_of(message.data, message.size), deadline);
    message.size = 0;
    if (error == 0)
        error = tcp_receive(io, 2, deadline, &message);
    length = bytes_of(message.data, message.size);
    message.size = 0;
    if (error == 0)
        error = tcp_receive(io, take_u16(&length), deadline, &message);
    if (error == 0 && !dns_exchange_fits(question, bytes_of(message.data, message.size)))
        error = -EBADMSG;
    if (error == 0) {
        put_block(answer, message.data, message.size);
        error = answer->failed ? -ENOMEM : 0;
    }
    buffer_free(&message);
    return error;
}

static int exchange_tcp(struct network *network, const struct dns_server_address *server,
                        struct bytes question, int64_t deadline, struct buffer *answer)
{
    struct io *io;
    int error = network->connect(network, &server->address, server->port, deadline, &io);

    if (error < 0)
        return error;
    error = tcp_converse(io, question, deadline, answer);
    io_close(io);
    return error;
}

int dns_exchange(struct network *network, const struct dns_server_address *server, bool tcp,
                 struct bytes question, int64_t deadline, struct buffer *answer)
{
    /* whatever record named it; a server that the user named is asked by dns.h */
    if (!network->allow_private && address_scope(&server->address) != SCOPE_GLOBAL)
        return -EPERM;
    if (server->address.family == AF_INET6 ? !network->ipv6 : !network->ipv4)
        return -EAFNOSUPPORT;
    if (network->dns_exchange != NULL)
        return network->dns_exchange(network, server, tcp, question, deadline, answer);
    return tcp ? exchange_tcp(network, server, question, deadline, answer)
               : exchange_udp(network, server, question, deadline, answer);
}
