/*
 * http.c - HTTPS against a small server inside the test, on a virtual clock
 *
 * The server listens on 127.0.0.1; its tasks and libcurl share one engine. What it answers is in the path.
 */
#include "scanner/net/http.h"
#include "scanner/base/arena.h"
#include "scanner/net/io.h"
#include "scanner/net/pacer.h"
#include "scanner/net/tls.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/tls_material.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct fake_answer names[] = {
    {"mail.example.org", "A", .records = {"127.0.0.1"}},
    {"second.example.org", "A", .records = {"127.0.0.2", "127.0.0.1"}},
    {"wrong.example.org", "A", .records = {"127.0.0.1"}},
    {"private.example.org", "A", .records = {"10.1.2.3"}},
    {"nothing.example.org", "TXT", .records = {"x"}},
    {"six.example.org", "AAAA", .records = {"::1"}},
    {"broken.example.org", "A", .outcome = DNS_FAILURE, .reason = "SERVFAIL"},
};

struct fixture {
    struct clock clock;
    struct engine *engine;
    struct arena *arena;
    struct fake_resolver *resolver;
    struct tls_material *material;
    struct tls_server *tls;
    struct network network;
    struct http_service *service;
    struct task_group *servers;
    int listener;
    uint16_t port;
    size_t accepted;
    char request[1024]; /* the last one, as it came */
    void (*body)(struct fixture *fixture);
};

/* ---- the server ---- */

struct visit {
    struct fixture *fixture;
    struct io *io;
};

/* As long as single sign-on makes them. */
#define TEN(x) x x x x x x x x x x
#define FAR    "https://mail.example.org/" TEN(TEN("0123456789"))

static void answer(struct stream *stream, const char *path, struct engine *engine)
{
    static const struct {
        const char *path, *text;
    } answers[] = {
        {"/ok",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"},
        {"/close", "HTTP/1.0 200 OK\r\n\r\nuntil the end"},
        {"/empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
        {"/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"},
        {"/moved",
         "HTTP/1.1 302 Found\r\nLocation: https://mail.example.org/elsewhere\r\nContent-Length: 0\r\n\r\n"},
        {"/far", "HTTP/1.1 302 Found\r\nLocation: " FAR "\r\nContent-Length: 0\r\n\r\n"},
        {"/password", "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"\x1bmail\"\r\n"
                      "WWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n"},
        {"/busy", "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"},
        {"/strange", "HTTP/1.1 200 OK\r\nContent-Type: \x1b[31mred\x07\r\nContent-Length: 0\r\n\r\n"},
        {"/large", "HTTP/1.1 200 OK\r\n\r\n"},
        {"/announced", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"},
        {"/gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b"
                  "ab"},
        {"/noise", "220 mail.example.org ESMTP\r\n"},
        {"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"},
    };
    static const char filler[] =
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678";
    char line[256];

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (strcmp(path, answers[i].path) == 0)
            (void)stream_write(stream, answers[i].text, strlen(answers[i].text), DEADLINE_NEVER);
    if (strcmp(path, "/slow") == 0)
        (void)task_sleep(engine, INT32_MAX, "the client's patience to end");
    if (strcmp(path, "/announced") == 0 || strcmp(path, "/large") == 0)
        for (int i = 0; i < 1000; i++)
            if (stream_write(stream, filler, strlen(filler), DEADLINE_NEVER) < 0)
                return;
    if (strcmp(path, "/headers") != 0 ||
        stream_write(stream, "HTTP/1.1 200 OK\r\n", strlen("HTTP/1.1 200 OK\r\n"), DEADLINE_NEVER) < 0)
        return;
    for (int i = 0; i < 2000; i++) {
        int size = snprintf(line, sizeof(line), "X-%d: %s\r\n", i, filler);

        if (stream_write(stream, line, (size_t)size, DEADLINE_NEVER) < 0)
            return;
    }
}

static void visit_run(void *argument)
{
    struct visit *visit = argument;
    struct fixture *fixture = visit->fixture;
    struct stream *stream = NULL;
    char path[64] = "";
    char request[sizeof(fixture->request)] = "";
    struct bytes line;

    if (stream_new(fixture->engine, visit->io, &stream) == 0 &&
        (fixture->tls == NULL || tls_accept(stream, fixture->tls, DEADLINE_NEVER) == 0)) {
        while (stream_read_line(stream, DEADLINE_NEVER, &line) == 0 && line.size > 0) {
            size_t used = strlen(request);

            snprintf(request + used, sizeof(request) - used, "%.*s\n", (int)line.size,
                     (const char *)line.data);
        }
        if (strncmp(request, "POST ", 5) == 0 && stream_read_line(stream, DEADLINE_NEVER, &line) == 0) {
            size_t used = strlen(request);

            snprintf(request + used, sizeof(request) - used, "\n%.*s\n", (int)line.size,
                     (const char *)line.data);
        }
        memcpy(fixture->request, request, sizeof(request));
        (void)sscanf(request, "%*s %63s", path);
        answer(stream, path, fixture->engine);
    }
    stream_close(stream);
    free(visit);
}

static void server_run(void *argument)
{
    struct fixture *fixture = argument;
    struct io *listener = NULL;

    cr_assert_eq(io_new(fixture->engine, fixture->listener, &listener), 0);
    while (io_wait(listener, IO_READABLE, DEADLINE_NEVER, "a client") == 0) {
        struct visit *visit = calloc(1, sizeof(*visit));
        int fd = accept4(io_fd(listener), NULL, NULL, SOCK_CLOEXEC);

        cr_assert_geq(fd, 0);
        fixture->accepted++;
        visit->fixture = fixture;
        cr_assert_eq(io_new(fixture->engine, fd, &visit->io), 0);
        cr_assert_eq(task_spawn(fixture->servers, visit_run, visit, "visit"), 0);
    }
    io_close(listener);
}

/* ---- the fixture ---- */

static void listen_on_loopback(struct fixture *fixture)
{
    struct address address;
    struct sockaddr_storage at;
    socklen_t size;

    cr_assert_eq(address_parse("127.0.0.1", &address), 0);
    size = address_to_socket(&address, 0, &at);
    fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(fixture->listener, 0);
    cr_assert_eq(bind(fixture->listener, (struct sockaddr *)&at, size), 0);
    cr_assert_eq(listen(fixture->listener, 64), 0);
    cr_assert_eq(getsockname(fixture->listener, (struct sockaddr *)&at, &size), 0);
    cr_assert_eq(address_from_socket((struct sockaddr *)&at, &address, &fixture->port), 0);
}

static void main_run(void *argument)
{
    struct fixture *fixture = argument;

    cr_assert_eq(task_group_new(engine_root(fixture->engine), "servers", &fixture->servers), 0);
    cr_assert_eq(task_spawn(fixture->servers, server_run, fixture, "server"), 0);
    fixture->body(fixture);
    task_group_end(fixture->servers);
}

/* Runs `body` as a task beside a server that shows a certificate for mail and second.example.org. */
static void run_with_server(void (*body)(struct fixture *fixture), bool tls)
{
    struct fixture fixture = {.clock = clock_virtual(time(NULL)), .body = body};

    signal(SIGPIPE, SIG_IGN);
    setenv("https_proxy", "http://127.0.0.1:9", 1);
    setenv("http_proxy", "http://127.0.0.1:9", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
    cr_assert_eq(engine_new(&(struct engine_options){.clock = &fixture.clock}, &fixture.engine), 0);
    fixture.arena = arena_new(0);
    fixture.resolver = fake_resolver_new(fixture.engine, names, sizeof(names) / sizeof(names[0]));
    fixture.material = material_new(time(NULL));
    const struct identity *leaf = material_leaf(
        fixture.material,
        &(struct recipe){.name = "mail.example.org", .sans = "DNS:mail.example.org,DNS:second.example.org"});

    if (tls)
        cr_assert_eq(tls_server_new(material_chain_file(fixture.material, leaf),
                                    material_key_file(fixture.material, leaf), &fixture.tls),
                     0);
    listen_on_loopback(&fixture);
    fixture.network = (struct network){.engine = fixture.engine,
                                       .resolver = fake_resolver(fixture.resolver),
                                       .allow_private = true,
                                       .ipv4 = true};
    cr_assert_eq(http_service_new(&fixture.network, material_root_file(fixture.material), &fixture.service),
                 0);
    cr_assert_eq(task_spawn(engine_root(fixture.engine), main_run, &fixture, "test"), 0);
    cr_assert_eq(engine_run(fixture.engine), 0);
    http_service_free(fixture.service);
    tls_server_free(fixture.tls);
    material_free(fixture.material);
    fake_resolver_free(fixture.resolver);
    arena_free(fixture.arena);
    engine_free(fixture.engine);
}

static struct http_response *get(struct fixture *fixture, const char *url, struct http_request request,
                                 int64_t patience_ms)
{
    struct http_response *response = NULL;

    request.url = url;
    cr_assert_eq(http_get(fixture->service, &request,
                          deadline_in(fixture->engine, patience_ms, DEADLINE_NEVER), fixture->arena,
                          &response),
                 0, "%s", url);
    return response;
}

static const char *url_of(struct fixture *fixture, const char *scheme, const char *host, const char *path)
{
    return arena_format(fixture->arena, "%s://%s:%u%s", scheme, host, fixture->port, path);
}

/* ---- answers ---- */

enum { BODY_MAX = 20000, PATIENCE_MS = 20000 };

static const struct {
    const char *host, *path;
    int64_t status;
    const char *body, *type, *location, *error;
    enum http_failure failure;
    size_t connections; /* to the server */
} rows[] = {
    {"mail.example.org", "/ok", 200, "hello", .type = "text/plain; charset=utf-8", .connections = 1},
    {"MAIL.example.org.", "/ok", 200, "hello", .type = "text/plain; charset=utf-8", .connections = 1},
    {"mail.example.org", "/close", 200, "until the end", .connections = 1},
    {"mail.example.org", "/empty", 200, "", .connections = 1},
    {"mail.example.org", "/missing", 404, "no", .connections = 1},
    {"mail.example.org", "/moved", 302, "", .location = "https://mail.example.org/elsewhere",
     .connections = 1},
    {"mail.example.org", "/far", 302, "", .location = FAR, .connections = 1},
    {"mail.example.org", "/strange", 200, "", .type = "\\x1b[31mred\\x07", .connections = 1},
    {"mail.example.org", "/gzip", 200,
     "\x1f\x8b"
     "ab",
     .connections = 1},
    {"mail.example.org", "/large", .error = "larger than 20000 bytes", .failure = HTTP_TOO_LARGE,
     .connections = 1},
    {"mail.example.org", "/announced", .error = "larger than 20000 bytes", .failure = HTTP_TOO_LARGE,
     .connections = 1},
    {"mail.example.org", "/headers", .error = "headers of the answer are larger", .failure = HTTP_TOO_LARGE,
     .connections = 1},
    {"mail.example.org", "/slow", .error = "no answer in time", .failure = HTTP_SLOW, .connections = 1},
    {"mail.example.org", "/noise", .error = "", .failure = HTTP_BROKEN, .connections = 1},
    {"mail.example.org", "/nothing", .error = "without an answer", .failure = HTTP_BROKEN, .connections = 1},
    {"mail.example.org", "/cut", .error = "", .failure = HTTP_BROKEN, .connections = 1},
    {"second.example.org", "/ok", 200, "hello", .type = "text/plain; charset=utf-8", .connections = 1},
    {"wrong.example.org", "/ok", .error = "wrong.example.org", .failure = HTTP_CERTIFICATE, .connections = 1},
    {"127.0.0.1", "/ok", .error = "127.0.0.1", .failure = HTTP_CERTIFICATE, .connections = 1},
    {"127.0.0.2", "/ok", .error = "connection refused", .failure = HTTP_REFUSED},
    {"nobody.example.org", "/ok", .error = "does not exist", .failure = HTTP_NOT_ASKED},
    {"nothing.example.org", "/ok", .error = "has no address", .failure = HTTP_NOT_ASKED},
    {"six.example.org", "/ok", .error = "no IPv6 here", .failure = HTTP_NOT_ASKED},
    {"[::1]", "/ok", .error = "no IPv6 here", .failure = HTTP_NOT_ASKED},
    {"broken.example.org", "/ok", .error = "SERVFAIL", .failure = HTTP_NOT_ASKED},
};

static void answers_body(struct fixture *fixture)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t before = fixture->accepted;
        size_t counted = fixture->network.connections;
        int64_t started = engine_now(fixture->engine);
        const char *what = url_of(fixture, "https", rows[i].host, rows[i].path);
        struct http_response *response =
            get(fixture, what, (struct http_request){.body_max = BODY_MAX}, PATIENCE_MS);

        cr_expect_eq(response->status, rows[i].status, "%s: %d %s", what, (int)response->status,
                     response->error);
        if (rows[i].error != NULL) {
            cr_assert_not_null(response->error, "%s", what);
            cr_expect(strstr(response->error, rows[i].error) != NULL, "%s: %s", what, response->error);
            cr_expect_null(response->body.data);
        } else {
            cr_expect_null(response->error, "%s: %s", what, response->error);
            cr_expect(bytes_equal(response->body, bytes_of(rows[i].body, strlen(rows[i].body))), "%s", what);
            cr_expect_str_eq(response->address, "127.0.0.1");
        }
        cr_expect_str_eq(response->content_type != NULL ? response->content_type : "",
                         rows[i].type != NULL ? rows[i].type : "", "%s: %s", what, response->content_type);
        cr_expect_str_eq(response->location != NULL ? response->location : "",
                         rows[i].location != NULL ? rows[i].location : "", "%s", what);
        cr_expect_eq(response->failure, rows[i].failure, "%s: %d", what, (int)response->failure);
        cr_expect_eq(fixture->accepted - before, rows[i].connections, "%s", what);
        cr_expect_geq(fixture->network.connections - counted, rows[i].connections, "%s", what);
        cr_expect_leq(engine_now(fixture->engine) - started, PATIENCE_MS, "%s", what);
        cr_expect_eq(response->milliseconds, engine_now(fixture->engine) - started, "%s", what);
    }
}

Test(http, answers)
{
    run_with_server(answers_body, true);
}

/* ---- what is asked ---- */

static void request_body(struct fixture *fixture)
{
    struct http_response *response =
        get(fixture, url_of(fixture, "https", "mail.example.org", "/ok"),
            (struct http_request){.body_max = BODY_MAX, .accept = "application/xml"}, PATIENCE_MS);
    char expected[256];

    cr_expect_eq(response->status, 200);
    snprintf(expected, sizeof(expected),
             "GET /ok HTTP/1.1\nHost: mail.example.org:%u\nUser-Agent: outpost/" OUTPOST_VERSION
             "\nAccept: application/xml\n",
             fixture->port);
    cr_expect_str_eq(fixture->request, expected);
    (void)get(fixture, url_of(fixture, "https", "mail.example.org", "/ok"),
              (struct http_request){.body_max = BODY_MAX}, PATIENCE_MS);
    cr_expect_null(strstr(fixture->request, "Accept"));

    /* an exchange has its own time, whatever the deadline */
    int64_t started = engine_now(fixture->engine);

    response = get(fixture, url_of(fixture, "https", "mail.example.org", "/slow"),
                   (struct http_request){.body_max = BODY_MAX, .timeout_ms = PATIENCE_MS / 4}, PATIENCE_MS);
    cr_expect_eq(response->failure, HTTP_SLOW);
    cr_expect_leq(engine_now(fixture->engine) - started, PATIENCE_MS / 4);

    /* the given address is taken and nobody is asked for another */
    struct address address;

    cr_assert_eq(address_parse("127.0.0.1", &address), 0);
    size_t asked = fake_resolver_questions(fixture->resolver)->count;

    response = get(fixture, url_of(fixture, "https", "mail.example.org", "/ok"),
                   (struct http_request){.body_max = BODY_MAX, .address = &address}, PATIENCE_MS);
    cr_expect_eq(response->status, 200);
    cr_expect_eq(fake_resolver_questions(fixture->resolver)->count, asked);
}

Test(http, what_is_asked)
{
    run_with_server(request_body, true);
}

/* One line is sent, to a server that wants a password. */
static void post_body(struct fixture *fixture)
{
    struct http_response *response =
        get(fixture, url_of(fixture, "https", "mail.example.org", "/password"),
            (struct http_request){.body_max = BODY_MAX, .post = "<request/>\r\n", .post_type = "text/xml"},
            PATIENCE_MS);
    char expected[256];

    snprintf(expected, sizeof(expected),
             "POST /password HTTP/1.1\nHost: mail.example.org:%u\nUser-Agent: outpost/" OUTPOST_VERSION
             "\nContent-Type: text/xml\nContent-Length: 12\n\n<request/>\n",
             fixture->port);
    cr_expect_str_eq(fixture->request, expected, "%s", fixture->request);
    cr_expect_eq(response->status, 401);
    cr_expect_str_eq(response->challenge, "Basic realm=\"\\x1bmail\"", "%s", response->challenge);
    response = get(fixture, url_of(fixture, "https", "mail.example.org", "/ok"),
                   (struct http_request){.body_max = BODY_MAX}, PATIENCE_MS);
    cr_expect_null(response->challenge);
}

Test(http, post)
{
    run_with_server(post_body, true);
}

/* ---- what is not even asked ---- */

static void refused_body(struct fixture *fixture)
{
    const char *const bad[] = {
        url_of(fixture, "http", "mail.example.org", "/ok"),
        url_of(fixture, "ftp", "mail.example.org", "/ok"),
        url_of(fixture, "https", "user:secret@mail.example.org", "/ok"),
        url_of(fixture, "https", "m\xc3\xa4il.example.org", "/ok"),
        "https://mail.example.org:0/",
        "https://mail.example.org:99999/",
        "https://mail.example.org:25/",
        "https://mail.example.org:1023/",
        "https://",
        "mail.example.org",
        "file:///etc/passwd",
        "",
    };
    struct http_response *response = NULL;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_eq(http_get(fixture->service, &(struct http_request){.url = bad[i], .body_max = BODY_MAX},
                              DEADLINE_NEVER, fixture->arena, &response),
                     -EINVAL, "%s", bad[i]);
    cr_expect_null(response);

    fixture->network.allow_private = false;
    const char *const inside[] = {"mail.example.org", "private.example.org", "127.0.0.1", "10.1.2.3",
                                  "0x7f.1"};

    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        response = get(fixture, url_of(fixture, "https", inside[i], "/ok"),
                       (struct http_request){.body_max = BODY_MAX}, PATIENCE_MS);
        cr_assert_not_null(response->error);
        cr_expect(strstr(response->error, "is not contacted") != NULL, "%s: %s", inside[i], response->error);
    }
    cr_expect_eq(fixture->network.connections, 0);
    cr_expect_eq(fixture->accepted, 0);
}

Test(http, what_is_never_contacted)
{
    run_with_server(refused_body, true);
}

static void plain_body(struct fixture *fixture)
{
    struct http_response *response =
        get(fixture, url_of(fixture, "http", "mail.example.org", "/ok"),
            (struct http_request){.body_max = BODY_MAX, .allow_http = true}, PATIENCE_MS);

    cr_expect_eq(response->status, 200, "%s", response->error);
    cr_expect(bytes_equal(response->body, bytes_of("hello", 5)));
}

Test(http, plain_where_allowed)
{
    run_with_server(plain_body, false);
}

/* ---- other roots ---- */

static void untrusted_body(struct fixture *fixture)
{
    struct tls_material *other = material_new(time(NULL));
    struct http_service *service = NULL;
    struct http_response *response = NULL;

    cr_assert_eq(http_service_new(&fixture->network, material_root_file(other), &service), 0);
    cr_assert_eq(http_get(service,
                          &(struct http_request){.url = url_of(fixture, "https", "mail.example.org", "/ok"),
                                                 .body_max = BODY_MAX},
                          DEADLINE_NEVER, fixture->arena, &response),
                 0);
    cr_expect_eq(response->failure, HTTP_CERTIFICATE, "%s", response->error);
    cr_expect_not_null(response->error);
    cr_expect_eq(response->status, 0);
    http_service_free(service);
    material_free(other);
}

Test(http, a_chain_to_other_roots_is_not_trusted)
{
    run_with_server(untrusted_body, true);
}

/* ---- another time: certificates are judged by the engine's clock ---- */

static void late_body(struct fixture *fixture)
{
    struct http_response *response;

    (void)task_sleep(fixture->engine, (int64_t)91 * 24 * 3600 * 1000, "the certificate to expire");
    response = get(fixture, url_of(fixture, "https", "mail.example.org", "/ok"),
                   (struct http_request){.body_max = BODY_MAX}, PATIENCE_MS);
    cr_expect_eq(response->failure, HTTP_CERTIFICATE);
    cr_assert_not_null(response->error);
    cr_expect(strstr(response->error, "expired") != NULL, "%s", response->error);
}

Test(http, an_expired_certificate_is_not_trusted)
{
    run_with_server(late_body, true);
}

/* ---- many at once, some of them cancelled in the middle ---- */

struct asker {
    struct fixture *fixture;
    const char *path;
    int result;
    struct http_response *response;
};

static void asker_run(void *argument)
{
    struct asker *asker = argument;
    struct fixture *fixture = asker->fixture;

    asker->result =
        http_get(fixture->service,
                 &(struct http_request){.url = url_of(fixture, "https", "mail.example.org", asker->path),
                                        .body_max = BODY_MAX},
                 DEADLINE_NEVER, fixture->arena, &asker->response);
}

enum { ASKERS = 40 };

static void cancel_body(struct fixture *fixture)
{
    struct task_group *patient = NULL, *hasty = NULL;
    struct asker askers[ASKERS];

    cr_assert_eq(task_group_new(engine_root(fixture->engine), "patient", &patient), 0);
    cr_assert_eq(task_group_new(engine_root(fixture->engine), "hasty", &hasty), 0);
    for (size_t i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){.fixture = fixture, .path = i % 2 == 0 ? "/ok" : "/slow", .result = 1};
        cr_assert_eq(task_spawn(i % 2 == 0 ? patient : hasty, asker_run, &askers[i], "asker %zu", i), 0);
    }
    (void)task_sleep(fixture->engine, 100, "all to ask");
    task_group_end(hasty);
    cr_expect_eq(task_group_join(patient, DEADLINE_NEVER), 0);
    task_group_end(patient);
    for (size_t i = 0; i < ASKERS; i++) {
        cr_expect_eq(askers[i].result, i % 2 == 0 ? 0 : -ECANCELED, "%zu: %d", i, askers[i].result);
        if (i % 2 == 0)
            cr_expect_eq(askers[i].response->status, 200, "%s", askers[i].response->error);
        else
            cr_expect_null(askers[i].response);
    }
    cr_expect_eq(engine_now(fixture->engine), 100);
}

Test(http, cancelled_in_the_middle)
{
    run_with_server(cancel_body, true);
}

/* Cancelled after so many steps of the loop, wherever that is: name, connection, handshake, answer. */
static void cancel_everywhere_body(struct fixture *fixture)
{
    size_t canceled = 0;

    for (int steps = 0; steps < 60; steps++) {
        struct asker asker = {.fixture = fixture, .path = "/ok", .result = 1};
        struct task_group *group = NULL;

        cr_assert_eq(task_group_new(engine_root(fixture->engine), "asker", &group), 0);
        cr_assert_eq(task_spawn(group, asker_run, &asker, "asker"), 0);
        for (int i = 0; i < steps; i++)
            (void)task_yield(fixture->engine);
        task_group_end(group);
        cr_expect(asker.result == -ECANCELED || (asker.result == 0 && asker.response->status == 200) ||
                      (steps == 0 && asker.result == 1),
                  "%d steps: %d", steps, asker.result);
        canceled += asker.result == -ECANCELED;
    }
    cr_expect_gt(canceled, 3);
}

Test(http, cancelled_anywhere)
{
    run_with_server(cancel_everywhere_body, true);
}

/* ---- the pacer ---- */

static void paced_body(struct fixture *fixture)
{
    struct address address;
    struct pacer_state state;

    cr_assert_eq(address_parse("127.0.0.1", &address), 0);
    cr_assert_eq(pacer_new(fixture->engine, PACE_NORMAL, &fixture->network.pacer), 0);
    (void)get(fixture, url_of(fixture, "https", "mail.example.org", "/ok"),
              (struct http_request){.body_max = BODY_MAX}, PATIENCE_MS);
    (void)get(fixture, url_of(fixture, "https", "mail.example.org", "/busy"),
              (struct http_request){.body_max = BODY_MAX}, PATIENCE_MS);
    state = pacer_state(fixture->network.pacer, &address, fixture->port);
    cr_expect_eq(state.connections, 2);
    cr_expect_eq(state.successes, 1);
    cr_expect_eq(state.pushbacks, 1);
    cr_expect_eq(state.in_use, 0);
    struct http_response *response = get(fixture, url_of(fixture, "https", "mail.example.org", "/ok"),
                                         (struct http_request){.body_max = BODY_MAX}, 1000);

    cr_assert_not_null(response->error);
    cr_expect(strstr(response->error, "limits us") != NULL, "%s", response->error);
    cr_expect_eq(fixture->network.connections, 2);
    pacer_free(fixture->network.pacer);
    fixture->network.pacer = NULL;
}

Test(http, has_a_slot_of_the_pacer)
{
    run_with_server(paced_body, true);
}
