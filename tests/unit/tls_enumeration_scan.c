/*
 * tls_enumeration_scan.c - one scan of one port that speaks TLS
 */
#include "tests/unit/tls_enumeration_scan.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <string.h>

static struct tls_material *material;
static const struct identity *identity;
static const char *root_file;

const struct identity *identity_with(enum material_key key)
{
    return material_leaf(material, &(struct recipe){.name = "mail.example.org", .key = key});
}

void scan_make_material(void)
{
    material = material_new(TLS_PEER_TIME);
    identity = identity_with(MATERIAL_RSA2048);
    root_file = material_root_file(material);
}

void scan_free_material(void)
{
    material_free(material);
}

const struct identity *scan_identity(void)
{
    return identity;
}

static const char other_name[] = "other.example.org";

static void run_probes(void *argument)
{
    struct scan *scan = argument;
    struct network *network = &scan->peer.network;

    scan->result = endpoint_probe(network, &scan->endpoint, "mail.example.org", scan->deadline, scan->arena);
    if (scan->result == 0 && scan->has_other_name)
        scan->result = endpoint_probe_name(network, &scan->endpoint, other_name, DEPTH_QUICK, scan->deadline,
                                           scan->arena);
    if (scan->result == 0)
        scan->result = tls_enumeration_probe(network, &scan->endpoint, "mail.example.org",
                                             scan->depth != DEPTH_QUICK ? scan->depth : DEPTH_STANDARD,
                                             scan->deadline, scan->arena);
    scan->ended = engine_now(network->engine);
}

static void run_user(void *argument)
{
    struct scan *scan = argument;
    struct engine *engine = scan->peer.network.engine;
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(engine), "scan", &group), 0);
    cr_assert_eq(task_spawn(group, run_probes, scan, "probes"), 0);
    if (scan->stop_ms > 0)
        cr_assert_eq(task_sleep(engine, scan->stop_ms, "the user"), 0);
    else
        cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
}

static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_size,
                           const unsigned char *offered, unsigned size, void *argument)
{
    const struct scan *scan = argument;
    size_t length = strlen(scan->protocol);

    (void)ssl;
    *ret = (const unsigned char *)scan->protocol;
    *ret_size = (unsigned char)length;
    for (unsigned i = 0; i < size; i += offered[i] + 1U)
        if (offered[i] == length && memcmp(offered + i + 1, scan->protocol, length) == 0)
            return SSL_TLSEXT_ERR_OK;
    return scan->names_it_anyway ? SSL_TLSEXT_ERR_OK
           : scan->strict        ? SSL_TLSEXT_ERR_ALERT_FATAL
                                 : SSL_TLSEXT_ERR_NOACK;
}

static int give_staple(SSL *ssl, void *argument)
{
    const struct bytes *staple = argument;

    cr_assert(
        SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(staple->data, staple->size), (int)staple->size));
    return SSL_TLSEXT_ERR_OK;
}

static bool is_for_other_name(SSL *ssl)
{
    const unsigned char *name;
    size_t size;

    return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &name, &size) &&
           size == 5 + strlen(other_name) && memcmp(name + 5, other_name, strlen(other_name)) == 0;
}

/* Behind one address are servers that do not agree, or one that has different groups for different names. */
static int choose_groups(SSL *ssl, int *ret_alert, void *argument)
{
    const struct scan *scan = argument;
    const unsigned char *share;
    size_t size;
    bool shakes_hands = SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_key_share, &share, &size) && size > 2;

    *ret_alert = SSL_AD_HANDSHAKE_FAILURE;
    if (scan->needs_share && !shakes_hands)
        return SSL_CLIENT_HELLO_ERROR;
    if (scan->states != NULL && (scan->has_other_name ? is_for_other_name(ssl) : shakes_hands))
        cr_assert(SSL_set1_groups_list(ssl, scan->states));
    return SSL_CLIENT_HELLO_SUCCESS;
}

static DH *no_parameters(SSL *ssl, int is_export, int bits)
{
    (void)ssl;
    (void)is_export;
    (void)bits;
    return NULL;
}

void scan_run(struct scan *scan, const char *suites, size_t memory)
{
    SSL_CTX *server = openssl_server_new(material, identity);

    if (suites != NULL)
        cr_assert_eq(SSL_CTX_set_cipher_list(server, suites), 1);
    if (scan->protocol != NULL)
        SSL_CTX_set_alpn_select_cb(server, choose_protocol, scan);
    if (scan->staple.data != NULL)
        cr_assert(SSL_CTX_set_tlsext_status_cb(server, give_staple) &&
                  SSL_CTX_set_tlsext_status_arg(server, &scan->staple));
    if (scan->lacks_dh)
        cr_assert(SSL_CTX_set_dh_auto(server, 0) &&
                  SSL_CTX_callback_ctrl(server, SSL_CTRL_SET_TMP_DH_CB, (void (*)(void))no_parameters));
    if (scan->only_13)
        cr_assert(SSL_CTX_set_min_proto_version(server, TLS1_3_VERSION));
    for (size_t i = 0; i < 4 && scan->more[i] != NULL; i++)
        cr_assert(SSL_CTX_use_certificate(server, scan->more[i]->certificate) &&
                  SSL_CTX_use_PrivateKey(server, scan->more[i]->key) &&
                  SSL_CTX_add1_chain_cert(server, material_intermediate(material)->certificate));
    if (scan->only_suite_13 != NULL)
        cr_assert(SSL_CTX_set_ciphersuites(server, scan->only_suite_13));
    if (scan->only_groups != NULL)
        cr_assert(SSL_CTX_set1_groups_list(server, scan->only_groups));
    SSL_CTX_set_client_hello_cb(server, choose_groups, scan);
    scan->peer.server = server;
    scan->arena = arena_new(memory);
    scan->endpoint.address = "203.0.114.1";
    scan->endpoint.port = number(25);
    scan->endpoint.service = service_name(SERVICE_SMTP);
    if (scan->deadline == 0)
        scan->deadline = 2 * (int64_t)HOUR;
    tls_peer_open(&scan->peer, root_file);
    tls_peer_run(&scan->peer, run_user, scan);
    cr_expect_not(scan->peer.spoken_to_early);
    tls_peer_close(&scan->peer);
}

void scan_free(struct scan *scan)
{
    SSL_CTX_free(scan->peer.server);
    arena_free(scan->arena);
}

const struct tls_set_facts *set_of(const struct list *sets, const char *version)
{
    for (size_t i = 0; i < sets->count; i++) {
        const struct tls_set_facts *set = sets->items[i];

        if (strcmp(set->version, version) == 0)
            return set;
    }
    return NULL;
}
