/*
 * hello.c - what an exchange of a raw hello costs: connect, send, read the flight, close
 *
 * A child process answers every connection with the same flight. Measured is our own processor time: through engine,
 * stream and hello on one side; on the other a bare loop of connect, send, recv, close that looks at nothing.
 * Prints figures and a ratio; passes and fails on none of them.
 */
#include "scanner/net/hello.h"

#include "scanner/net/stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXCHANGES = 20000, SIDE_BY_SIDE = 8, HELLO_MAX = 4096 };

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    perror(what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the peer ---- */

/* A message of `size` bytes: type, length, and zeros for what nobody looks at. */
static void put_filled(struct buffer *out, uint8_t type, const void *head, size_t head_size, size_t size)
{
    put_u8(out, type);
    put_u24(out, (uint32_t)size);
    put_block(out, head, head_size);
    for (size_t i = head_size; i < size; i++)
        put_u8(out, 0);
}

static void put_record(struct buffer *out, const struct buffer *content)
{
    put_u8(out, 22);
    put_u16(out, TLS_VERSION_1_2);
    put_u16(out, (uint16_t)content->size);
    put_block(out, content->data, content->size);
}

/* What a mail server of today with an RSA certificate sends in TLS 1.2: 3.1 KiB. */
static struct buffer make_flight(void)
{
    static const uint8_t suite[] = {32, [33] = 0xc0, 0x2f, 0};     /* behind the random */
    static const uint8_t chain[] = {0, 0x0a, 0xbc, 0, 0x05, 0x78}; /* two certificates: 1400 bytes, */
    static const uint8_t issuer[] = {0, 0x05, 0x3e};               /* and 1342 */
    static const uint8_t exchange[] = {3, 0x00, 0x1d, 32, [36] = 8, 4, 1, 0}; /* x25519, signed by RSA-PSS */
    struct buffer flight = {0}, message = {0};
    uint8_t hello[2 + 32 + sizeof(suite)] = {3, 3};

    memcpy(hello + 34, suite, sizeof(suite));
    put_filled(&message, 2, hello, sizeof(hello), sizeof(hello));
    put_record(&flight, &message);
    message.size = 0;
    put_filled(&message, 11, chain, sizeof(chain), 3 + 0xabc);
    memcpy(message.data + 4 + 6 + 1400, issuer, sizeof(issuer));
    put_record(&flight, &message);
    message.size = 0;
    put_filled(&message, 12, exchange, sizeof(exchange), sizeof(exchange) + 256);
    put_filled(&message, 14, NULL, 0, 0);
    put_record(&flight, &message);
    buffer_free(&message);
    require(!flight.failed, "a flight");
    return flight;
}

/* Answers whoever comes, for ever; closes with RST, so that no port is kept waiting. */
static void serve(int listener, const struct buffer *flight)
{
    const struct linger at_once = {.l_onoff = 1};
    char hello[HELLO_MAX];

    for (;;) {
        int peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (peer < 0)
            continue;
        if (recv(peer, hello, sizeof(hello), 0) > 0)
            (void)send(peer, flight->data, flight->size, MSG_NOSIGNAL);
        (void)recv(peer, hello, sizeof(hello), 0); /* until they close */
        (void)setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close(peer);
    }
}

static pid_t start_peer(const struct buffer *flight, uint16_t *ret_port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    socklen_t size = sizeof(name);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pid_t peer;

    require(listener >= 0 && bind(listener, (struct sockaddr *)&name, size) == 0 &&
                listen(listener, 1024) == 0 && getsockname(listener, (struct sockaddr *)&name, &size) == 0,
            "a listener");
    *ret_port = ntohs(name.sin_port);
    peer = fork();
    require(peer >= 0, "a peer");
    if (peer == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener, flight);
    }
    close(listener);
    return peer;
}

/* ---- ours ---- */

struct measure {
    struct engine *engine;
    struct network network;
    struct address address;
    uint16_t port;
    const struct client_hello *hello;
    size_t started;
    double seconds;
};

static void exchange(struct measure *measure)
{
    struct flight_reader reader = {0};
    struct buffer hello = {0};
    struct stream *stream;
    uint8_t piece[4096];

    hello_write(measure->hello, &hello);
    require(!hello.failed, "a hello");
    require(stream_connect(&measure->network, &measure->address, measure->port, DEADLINE_NEVER, &stream) == 0,
            "to connect");
    require(stream_write(stream, hello.data, hello.size, DEADLINE_NEVER) == 0, "to send");
    while (reader.flight.state == FLIGHT_MORE) {
        int64_t size = stream_read(stream, piece, sizeof(piece), DEADLINE_NEVER);

        require(size > 0, "an answer");
        flight_feed(&reader, bytes_of(piece, (size_t)size));
    }
    require(reader.flight.state == FLIGHT_COMPLETE && reader.flight.chain_count == 2, "a complete flight");
    flight_free(&reader);
    buffer_free(&hello);
    stream_close(stream);
}

static void exchanges(void *argument)
{
    struct measure *measure = argument;

    while (measure->started < EXCHANGES) {
        measure->started++;
        exchange(measure);
    }
}

static double our_seconds(struct measure *measure)
{
    double before;

    require(engine_new(&(struct engine_options){.tasks_max = SIDE_BY_SIDE + 1}, &measure->engine) == 0,
            "an engine");
    measure->network = (struct network){
        .engine = measure->engine, .allow_private = true, .ipv4 = true, .connect = network_connect};
    for (int i = 0; i < SIDE_BY_SIDE; i++)
        require(task_spawn(engine_root(measure->engine), exchanges, measure, "hellos") == 0, "a task");
    before = cpu_seconds();
    engine_run(measure->engine);
    measure->seconds = cpu_seconds() - before;
    engine_free(measure->engine);
    return measure->seconds;
}

/* ---- the bare thing ---- */

static double bare_seconds(const struct measure *measure, size_t flight_size)
{
    struct sockaddr_storage name;
    socklen_t size = address_to_socket(&measure->address, measure->port, &name);
    struct buffer hello = {0};
    char piece[4096];
    double before;

    hello_write(measure->hello, &hello);
    before = cpu_seconds();
    for (int i = 0; i < EXCHANGES; i++) {
        int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        size_t received = 0;

        require(connect(peer, (struct sockaddr *)&name, size) == 0, "to connect");
        require(send(peer, hello.data, hello.size, MSG_NOSIGNAL) == (ssize_t)hello.size, "to send");
        while (received < flight_size) {
            ssize_t count = recv(peer, piece, sizeof(piece), 0);

            require(count > 0, "an answer");
            received += (size_t)count;
        }
        close(peer);
    }
    buffer_free(&hello);
    return cpu_seconds() - before;
}

int main(void)
{
    static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019},
                          schemes[] = {0x0403, 0x0804, 0x0401, 0x0201};
    uint16_t suites[100];
    struct client_hello hello = {
        .version = TLS_VERSION_1_2,
        .suites = {suites, 0},
        .groups = {groups, 4},
        .schemes = {schemes, 4},
        .name = "mail.example.org",
        .extensions = HELLO_EXTENDED_MASTER_SECRET | HELLO_RENEGOTIATION_INFO | HELLO_POINT_FORMATS,
    };
    struct measure measure = {.hello = &hello};
    struct buffer flight = make_flight();
    size_t count;
    const struct tls_suite *all = tls_suites(&count);
    double ours, bare;
    pid_t peer;

    for (size_t i = 0; i < count && hello.suites.count < 100; i++)
        if (!all[i].tls13 && !all[i].signalling)
            suites[hello.suites.count++] = (uint16_t)all[i].code;
    peer = start_peer(&flight, &measure.port);
    require(address_parse("127.0.0.1", &measure.address) == 0, "an address");
    ours = our_seconds(&measure) * 1e6 / EXCHANGES;
    require(address_parse("127.0.0.2", &measure.address) == 0, "an address");
    bare = bare_seconds(&measure, flight.size) * 1e6 / EXCHANGES;
    printf("hello and its flight           %7.1f us   bare connect to close %7.1f us   ratio %.1f   that is "
           "%.0f/s\n",
           ours, bare, ours / bare, 1e6 / ours);
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
    buffer_free(&flight);
    return 0;
}
