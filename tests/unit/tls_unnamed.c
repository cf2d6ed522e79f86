/*
 * tls_unnamed.c - tests of servers that want a name in the hello, or do not know the one they get
 *
 * OpenSSL's server, told what to make of names by its callback for them.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "tests/unit/openssl_server.h"
#include "tests/unit/tls_peer.h"

#include <criterion/criterion.h>
#include <string.h>

enum {
    HOUR = 3600 * 1000,
    ARENA = 8 * 1024 * 1024,
    FEW = 6, /* connections: a session, a hello, and what is made ahead */
};

#define NAME    "mail.example.org"
#define ADDRESS "203.0.114.1"

struct scan {
    struct tls_peer peer;
    struct endpoint_facts endpoint;
    struct arena *arena;
    const char *host; /* that we scan it by */
    int answer;       /* of the callback, to a hello without its name */
    int alert;        /* ... with SSL_TLSEXT_ERR_ALERT_FATAL */
    int result;
};

static int look_at_name(SSL *ssl, int *ret_alert, void *argument)
{
    const struct scan *scan = argument;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    if (name != NULL && strcmp(name, NAME) == 0)
        return SSL_TLSEXT_ERR_OK;
    *ret_alert = scan->alert;
    return scan->answer;
}

static void run_probes(void *argument)
{
    struct scan *scan = argument;
    struct network *network = &scan->peer.network;

    scan->result = endpoint_probe(network, &scan->endpoint, scan->host, HOUR, scan->arena);
    if (scan->result == 0)
        scan->result =
            tls_enumeration_probe(network, &scan->endpoint, scan->host, DEPTH_STANDARD, HOUR, scan->arena);
}

static const struct tls_handshake_facts *first_of(const struct scan *scan)
{
    cr_assert_eq(scan->result, 0);
    cr_assert_gt(scan->endpoint.tls->handshakes.count, 0);
    return scan->endpoint.tls->handshakes.items[0];
}

/* Nothing is known but why. */
static void expect_unknown(const struct scan *scan, const char *reason)
{
    const struct tls_facts *tls = scan->endpoint.tls;

    cr_assert_not_null(tls->versions);
    cr_expect_eq(tls->versions->complete, NO);
    cr_expect_str_eq(tls->versions->reason, reason);
    cr_expect_eq(tls->versions->list.count, 0);
    cr_expect_eq(tls->versions->refused.count, 0);
    cr_expect_eq(tls->suites.count, 0);
    cr_expect_eq(tls->groups.count, 0);
    cr_expect_leq(scan->peer.connections, FEW, "%u connections", scan->peer.connections);
}

static void expect_known(const struct scan *scan)
{
    const struct tls_facts *tls = scan->endpoint.tls;

    cr_expect_eq(first_of(scan)->result, TLS_COMPLETE);
    cr_assert_not_null(tls->versions);
    cr_expect_eq(tls->versions->complete, YES);
    cr_expect(list_has_text(&tls->versions->list, "TLS1.2"));
    cr_expect(list_has_text(&tls->versions->list, "TLS1.3"));
}

#define NO_NAME "the server answers nobody who names no server, and we had no name"

static void expect_nameless(const struct scan *scan)
{
    cr_expect_null(first_of(scan)->name);
    cr_expect_str_eq(first_of(scan)->reason,
                     "the server refused with the alert unrecognized_name: it answers nobody who names no "
                     "server, and we had no name");
    expect_unknown(scan, NO_NAME);
    cr_expect_eq(scan->endpoint.tls->features->sni_needed, YES);
}

static void expect_other_name(const struct scan *scan)
{
    cr_expect_str_eq(first_of(scan)->reason, "the server refused with the alert unrecognized_name: it has no "
                                             "certificate for the name we asked for");
    expect_unknown(scan, "the server does not know the name that we asked for");
    cr_expect_eq(scan->endpoint.tls->features->sni_needed, UNKNOWN);
}

/* By its name: then it is asked without one, too. */
static void expect_need(const struct scan *scan)
{
    expect_known(scan);
    cr_expect_eq(scan->endpoint.tls->features->sni_needed, YES);
}

/* Any other alert is one about the offer. */
static void expect_refusal(const struct scan *scan)
{
    cr_expect_eq(first_of(scan)->result, TLS_REFUSED);
    cr_expect_eq(scan->endpoint.tls->features->sni_needed, UNKNOWN);
    cr_expect_eq(scan->endpoint.tls->versions->list.count, 0);
    cr_expect_gt(scan->endpoint.tls->versions->refused.count, 0);
}

Test(tls_unnamed, servers_that_want_a_name, .timeout = 280)
{
    static const struct {
        const char *host;
        int answer, alert;
        void (*expect)(const struct scan *scan);
    } cases[] = {
        {ADDRESS, SSL_TLSEXT_ERR_ALERT_FATAL, SSL_AD_UNRECOGNIZED_NAME, expect_nameless},
        {"mx.example.org", SSL_TLSEXT_ERR_ALERT_FATAL, SSL_AD_UNRECOGNIZED_NAME, expect_other_name},
        {NAME, SSL_TLSEXT_ERR_ALERT_FATAL, SSL_AD_UNRECOGNIZED_NAME, expect_need},
        {ADDRESS, SSL_TLSEXT_ERR_ALERT_FATAL, SSL_AD_HANDSHAKE_FAILURE, expect_refusal},
        {ADDRESS, SSL_TLSEXT_ERR_ALERT_WARNING, SSL_AD_UNRECOGNIZED_NAME, expect_known},
        {ADDRESS, SSL_TLSEXT_ERR_NOACK, 0, expect_known},
    };
    struct tls_material *material = material_new(TLS_PEER_TIME);
    const struct identity *identity =
        material_leaf(material, &(struct recipe){.name = NAME, .key = MATERIAL_RSA2048});

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scan scan = {.host = cases[i].host,
                            .answer = cases[i].answer,
                            .alert = cases[i].alert,
                            .arena = arena_new(ARENA)};

        scan.peer.server = openssl_server_new(material, identity);
        cr_assert(SSL_CTX_set_cipher_list(scan.peer.server, "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA"));
        SSL_CTX_set_tlsext_servername_callback(scan.peer.server, look_at_name);
        SSL_CTX_set_tlsext_servername_arg(scan.peer.server, &scan);
        scan.endpoint.address = ADDRESS;
        scan.endpoint.port = number(25);
        scan.endpoint.service = service_name(SERVICE_SMTP);
        tls_peer_open(&scan.peer, material_root_file(material));
        tls_peer_run(&scan.peer, run_probes, &scan);
        cases[i].expect(&scan);
        tls_peer_close(&scan.peer);
        SSL_CTX_free(scan.peer.server);
        arena_free(scan.arena);
    }
    material_free(material);
}
