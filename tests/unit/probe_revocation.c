/*
 * probe_revocation.c - tests of asking whether certificates were revoked, with a responder inside the test
 *
 * It listens on 127.0.0.1 and speaks plain HTTP: what it answers is in the path of a certificate's URL. On a virtual
 * clock.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "scanner/net/http.h"
#include "scanner/net/http_cache.h"
#include "scanner/net/io.h"
#include "scanner/net/tls.h"
#include "tests/unit/fake_resolver.h"
#include "tests/unit/revocation_answers.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/ocsp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { NOW = 1924992000 /* 2031-01-01, not the time of the test */, MINUTE_MS = 60000 };

struct fixture {
    struct clock clock;
    struct arena *arena;
    struct tls_material *material;
    struct network network;
    struct task_group *servers, *services;
    int listener;
    uint16_t port;
    size_t accepted;
    const struct identity *leaf; /* whom the answers are about */
    void (*body)(struct fixture *fixture);
};

/* ---- the responder ---- */

struct visit {
    struct fixture *fixture;
    struct io *io;
};

/* /good, /revoked, /unknown, /old: an OCSP response; /list, /list-revoked: a CRL; /slow: nothing; else 404. */
static struct bytes body_of(const struct fixture *fixture, const char *path)
{
    struct saying saying = {.about = fixture->leaf};

    if (strncmp(path, "/list", 5) == 0) {
        saying.revoked = strcmp(path, "/list-revoked") == 0;
        return crl_new(&saying, NOW);
    }
    if (strncmp(path, "/revoked/", 9) == 0)
        saying.status = V_OCSP_CERTSTATUS_REVOKED;
    else if (strncmp(path, "/unknown/", 9) == 0)
        saying.status = V_OCSP_CERTSTATUS_UNKNOWN;
    else if (strncmp(path, "/old/", 5) == 0)
        saying.from = saying.until = -100000;
    else if (strncmp(path, "/good/", 6) != 0)
        return (struct bytes){0};
    return ocsp_response_new(&saying, NOW);
}

static void answer(struct fixture *fixture, struct stream *stream, const char *path)
{
    struct bytes body = body_of(fixture, path);
    char head[128];
    int size = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n",
                        body.data == NULL ? "404 Not Found" : "200 OK", body.size);

    if (strncmp(path, "/slow/", 6) == 0)
        (void)task_sleep(fixture->network.engine, INT32_MAX, "the client's patience to end");
    else if (stream_write(stream, head, (size_t)size, DEADLINE_NEVER) == 0)
        (void)stream_write(stream, body.data, body.size, DEADLINE_NEVER);
    OPENSSL_free((void *)(uintptr_t)body.data);
}

static void visit_run(void *argument)
{
    struct visit *visit = argument;
    struct stream *stream = NULL;
    char path[1024] = "";
    struct bytes line;

    if (stream_new(visit->fixture->network.engine, visit->io, &stream) == 0) {
        while (stream_read_line(stream, DEADLINE_NEVER, &line) == 0 && line.size > 0)
            if (path[0] == '\0') {
                char *text = arena_text_sized(visit->fixture->arena, (const char *)line.data, line.size);

                (void)sscanf(text, "GET %1023s", path);
            }
        answer(visit->fixture, stream, path);
    }
    stream_close(stream);
    free(visit);
}

static void server_run(void *argument)
{
    struct fixture *fixture = argument;
    struct io *listener = NULL;

    cr_assert_eq(io_new(fixture->network.engine, fixture->listener, &listener), 0);
    while (io_wait(listener, IO_READABLE, DEADLINE_NEVER, "a client") == 0) {
        struct visit *visit = calloc(1, sizeof(*visit));
        int fd = accept4(io_fd(listener), NULL, NULL, SOCK_CLOEXEC);

        cr_assert_geq(fd, 0);
        fixture->accepted++;
        visit->fixture = fixture;
        cr_assert_eq(io_new(fixture->network.engine, fd, &visit->io), 0);
        cr_assert_eq(task_spawn(fixture->servers, visit_run, visit, "visit"), 0);
    }
    io_close(listener);
}

static void listen_on_loopback(struct fixture *fixture)
{
    struct address address;
    struct sockaddr_storage at;
    socklen_t size;

    cr_assert_eq(address_parse("127.0.0.1", &address), 0);
    size = address_to_socket(&address, 0, &at);
    fixture->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fixture->listener, (struct sockaddr *)&at, size), 0);
    cr_assert_eq(listen(fixture->listener, 64), 0);
    cr_assert_eq(getsockname(fixture->listener, (struct sockaddr *)&at, &size), 0);
    cr_assert_eq(address_from_socket((struct sockaddr *)&at, &address, &fixture->port), 0);
}

/* ---- the fixture ---- */

static void main_run(void *argument)
{
    struct fixture *fixture = argument;
    struct engine *engine = fixture->network.engine;

    cr_assert_eq(task_group_new(engine_root(engine), "servers", &fixture->servers), 0);
    cr_assert_eq(task_group_new(engine_root(engine), "services", &fixture->services), 0);
    cr_assert_eq(http_cache_new(&fixture->network, fixture->services, &fixture->network.http_cache), 0);
    cr_assert_eq(task_spawn(fixture->servers, server_run, fixture, "server"), 0);
    fixture->body(fixture);
    task_group_end(fixture->services);
    task_group_end(fixture->servers);
}

static void run_with_responder(void (*body)(struct fixture *fixture))
{
    static const struct fake_answer names[] = {{"ca.example", "A", .records = {"127.0.0.1"}}};
    struct fixture fixture = {.clock = clock_virtual(NOW), .body = body};
    struct fake_resolver *resolver;

    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(engine_new(&(struct engine_options){.clock = &fixture.clock}, &fixture.network.engine), 0);
    resolver = fake_resolver_new(fixture.network.engine, names, 1);
    fixture.network.resolver = fake_resolver(resolver);
    fixture.network.allow_private = fixture.network.ipv4 = true;
    fixture.arena = arena_new(0);
    fixture.material = material_new(NOW);
    listen_on_loopback(&fixture);
    cr_assert_eq(
        http_service_new(&fixture.network, material_root_file(fixture.material), &fixture.network.http), 0);
    cr_assert_eq(task_spawn(engine_root(fixture.network.engine), main_run, &fixture, "test"), 0);
    cr_assert_eq(engine_run(fixture.network.engine), 0);
    http_cache_free(fixture.network.http_cache);
    http_service_free(fixture.network.http);
    material_free(fixture.material);
    fake_resolver_free(resolver);
    arena_free(fixture.arena);
    engine_free(fixture.network.engine);
}

/* ---- ports and their certificates ---- */

/* "URI:http://ca.example:1234/good" from "good"; several are written with a comma. */
static const char *urls_of(struct fixture *fixture, const char *prefix, const char *paths)
{
    const char *all = "";

    while (*paths != '\0') {
        size_t size = strcspn(paths, ",");

        all = arena_format(fixture->arena, "%s%s%sURI:http://ca.example:%u/%.*s", all,
                           *all != '\0' ? "," : "", prefix, fixture->port, (int)size, paths);
        paths += size + (paths[size] == ',');
    }
    return *all != '\0' ? all : NULL;
}

static struct certificate_facts *certificate_new(struct fixture *fixture, const char *ocsp, const char *crl)
{
    const struct recipe recipe = {
        .name = "mail.example.org", .aia = urls_of(fixture, "OCSP;", ocsp), .crl = urls_of(fixture, "", crl)};
    struct certificate_facts *facts = NULL;
    struct bytes chain[2];

    fixture->leaf = material_leaf(fixture->material, &recipe);
    chain[0] = material_der(fixture->material, fixture->leaf);
    chain[1] = material_der(fixture->material, fixture->leaf->issuer);
    cr_assert_eq(certificate_read(chain, 2, fixture->arena, &facts), 0);
    facts->trusted = YES;
    return facts;
}

static void add_endpoint(struct fixture *fixture, struct list *endpoints,
                         struct certificate_facts *certificate)
{
    struct endpoint_facts *endpoint = list_new_item(endpoints, fixture->arena, sizeof(*endpoint));

    endpoint->tls = arena_alloc(fixture->arena, sizeof(*endpoint->tls));
    cr_assert_eq(list_add(&endpoint->tls->certificates, fixture->arena, certificate), 0);
}

static struct list probe(struct fixture *fixture, const struct list *endpoints, int64_t patience)
{
    struct list revocations = {0};

    cr_assert_eq(revocation_probe(&fixture->network, endpoints,
                                  engine_now(fixture->network.engine) + patience, fixture->arena,
                                  &revocations),
                 0);
    cr_expect(revocations.observed);
    return revocations;
}

/* "OCSP good; CRL ! why not" */
static void put_answers(struct buffer *out, const struct list *revocations)
{
    static const char *const words[] = {"!", "good", "revoked", "unknown"};

    for (size_t i = 0; i < revocations->count; i++) {
        const struct revocation_facts *facts = revocations->items[i];

        for (size_t j = 0; j < facts->answers.count; j++) {
            const struct revocation_answer_facts *answer = facts->answers.items[j];

            put_format(out, "%s%s %s", out->size > 0 ? "; " : "", answer->source, words[answer->status]);
            if (answer->failure != NULL)
                put_format(out, " %s", answer->failure);
        }
    }
    put_u8(out, '\0');
}

static const struct {
    const char *ocsp, *crl; /* paths */
    const char *expected;
} rows[] = {
    {"good", "", "OCSP good"},
    {"good/", "", "OCSP good"},
    {"revoked", "list", "OCSP revoked"},
    {"", "list", "CRL good"},
    {"", "list-revoked", "CRL revoked"},
    {"", "", ""}, /* nobody to ask */
    /* the next, when one says nothing */
    {"missing", "list", "OCSP ! it was answered with HTTP status 404; CRL good"},
    {"missing,good", "list", "OCSP ! it was answered with HTTP status 404; OCSP good"},
    {"missing,missing2,good", "", /* two of a kind are asked */
     "OCSP ! it was answered with HTTP status 404; OCSP ! it was answered with HTTP status 404"},
    {"old", "list-revoked", "OCSP ! it is out of date; CRL revoked"},
    {"unknown", "list", "OCSP unknown; CRL good"},
    {"unknown", "", "OCSP unknown"},
    {"list", "", "OCSP ! it is no OCSP response"},
    {"", "good/x", "CRL ! it is no CRL in DER form"},
    {"slow", "list", "OCSP ! no answer in time; CRL good"},
};

static void rows_body(struct fixture *fixture)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct list endpoints = {0}, revocations;
        struct buffer text = {0};

        add_endpoint(fixture, &endpoints, certificate_new(fixture, rows[i].ocsp, rows[i].crl));
        /* the same leaf on another port is no new question; lists that an earlier row asked for are old */
        add_endpoint(fixture, &endpoints,
                     ((struct endpoint_facts *)endpoints.items[0])->tls->certificates.items[0]);
        http_cache_free(fixture->network.http_cache);
        cr_assert_eq(http_cache_new(&fixture->network, fixture->services, &fixture->network.http_cache), 0);
        revocations = probe(fixture, &endpoints, 10 * MINUTE_MS);
        put_answers(&text, &revocations);
        cr_expect_str_eq((const char *)text.data, rows[i].expected, "row %zu: %s", i,
                         (const char *)text.data);
        buffer_free(&text);
    }
}

Test(probe_revocation, table)
{
    run_with_responder(rows_body);
}

/* What nobody needs to be asked about. */
static void not_asked_body(struct fixture *fixture)
{
    struct certificate_facts *untrusted = certificate_new(fixture, "good", "");
    struct certificate_facts *stapled = certificate_new(fixture, "good", "");
    struct certificate_facts *alone = certificate_new(fixture, "good", "");
    struct certificate_facts copy;
    struct list endpoints = {0}, revocations;
    struct buffer text = {0};

    untrusted->trusted = NO;
    copy = *stapled; /* the other port staples nothing */
    stapled->staple = arena_alloc(fixture->arena, sizeof(*stapled->staple));
    stapled->staple->status = REVOCATION_GOOD;
    alone->chain.count = 1;
    add_endpoint(fixture, &endpoints, untrusted);
    add_endpoint(fixture, &endpoints, &copy);
    add_endpoint(fixture, &endpoints, stapled);
    add_endpoint(fixture, &endpoints, alone);
    revocations = probe(fixture, &endpoints, MINUTE_MS);
    put_answers(&text, &revocations);
    cr_expect_str_eq((const char *)text.data,
                     "OCSP ! the issuer's certificate, which an answer is verified with, was not sent", "%s",
                     (const char *)text.data);
    cr_expect_eq(fixture->accepted, 0);
    buffer_free(&text);
}

Test(probe_revocation, not_asked)
{
    run_with_responder(not_asked_body);
}

struct asker {
    struct fixture *fixture;
    struct list *endpoints;
    struct list revocations;
};

static void ask_run(void *argument)
{
    struct asker *asker = argument;

    asker->revocations = probe(asker->fixture, asker->endpoints, MINUTE_MS);
}

/* Two targets with certificates of one authority, side by side and later: its list is fetched once. */
static void once_body(struct fixture *fixture)
{
    struct list one = {0}, two = {0};
    struct asker askers[] = {{.fixture = fixture, .endpoints = &one},
                             {.fixture = fixture, .endpoints = &two}};
    struct task_group *group;
    struct list later;

    add_endpoint(fixture, &one, certificate_new(fixture, "", "list"));
    add_endpoint(fixture, &two, certificate_new(fixture, "", "list"));
    cr_assert_eq(task_group_new(engine_root(fixture->network.engine), "askers", &group), 0);
    for (size_t i = 0; i < 2; i++)
        cr_assert_eq(task_spawn(group, ask_run, &askers[i], "asker"), 0);
    cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
    later = probe(fixture, &one, MINUTE_MS);
    cr_expect_eq(fixture->accepted, 1);
    for (size_t i = 0; i < 3; i++) {
        const struct list *revocations = i < 2 ? &askers[i].revocations : &later;
        struct buffer text = {0};

        put_answers(&text, revocations);
        cr_expect_str_eq((const char *)text.data, "CRL good");
        buffer_free(&text);
    }
}

Test(probe_revocation, once)
{
    run_with_responder(once_body);
}

/* Who is stopped or out of time fails nobody else, and says why there is no answer. */
static void impatient_body(struct fixture *fixture)
{
    struct list endpoints = {0}, revocations;
    struct buffer text = {0};
    struct asker asker = {.fixture = fixture, .endpoints = &endpoints};
    struct task_group *group;

    add_endpoint(fixture, &endpoints, certificate_new(fixture, "slow", ""));
    revocations = probe(fixture, &endpoints, 1000);
    put_answers(&text, &revocations);
    cr_assert_eq(task_group_new(engine_root(fixture->network.engine), "askers", &group), 0);
    cr_assert_eq(task_spawn(group, ask_run, &asker, "asker"), 0);
    cr_assert_eq(task_sleep(fixture->network.engine, 100, "the middle"), 0);
    task_group_end(group);
    text.size--;
    put_answers(&text, &asker.revocations);
    cr_expect_str_eq((const char *)text.data, "OCSP ! no answer in time; OCSP ! the scan ended before", "%s",
                     (const char *)text.data);
    cr_expect_eq(fixture->accepted, 1);
    buffer_free(&text);
}

Test(probe_revocation, impatient)
{
    run_with_responder(impatient_body);
}
