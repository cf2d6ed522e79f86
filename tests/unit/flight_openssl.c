/*
 * flight_openssl.c - tests of reading a server's answer: what OpenSSL's server sends to our hellos
 */
#include "tests/unit/flight_text.h"
#include "tests/unit/flight_ways.h"
#include "tests/unit/openssl_server.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define NUMBERS(array) ((struct hello_numbers){array, COUNT(array)})

enum { NOW = 1924992000 /* 2031-01-01 */ };

struct scene {
    struct tls_material *material;
    const struct identity *rsa, *ecdsa, *ed25519;
};

static struct scene scene_new(void)
{
    struct scene scene = {.material = material_new(NOW)};

    scene.rsa =
        material_leaf(scene.material, &(struct recipe){.name = "rsa.example", .key = MATERIAL_RSA2048});
    scene.ecdsa = material_leaf(scene.material, &(struct recipe){.name = "ecdsa.example"});
    scene.ed25519 =
        material_leaf(scene.material, &(struct recipe){.name = "ed.example", .key = MATERIAL_ED25519});
    return scene;
}

static const uint16_t all_groups[] = {0x001d, 0x0017, 0x0018};
static const uint16_t all_schemes[] = {0x0403, 0x0503, 0x0807, 0x0804, 0x0401, 0x0201, 0x0203};

/* What the server answers, read in every way; the text of it. */
static void expect_answer(SSL_CTX *server, const struct client_hello *hello, const char *expected,
                          struct flight_reader *ret)
{
    struct buffer out = {0}, answer = {0};
    struct flight_reader reader;
    char text[FLIGHT_TEXT_SIZE];

    hello_write(hello, &out);
    cr_assert_not(out.failed);
    openssl_server_answer(server, bytes_of(out.data, out.size), &answer);
    flight_read_every_way(bytes_of(answer.data, answer.size), false, &reader);
    flight_expect_same_shredded(bytes_of(answer.data, answer.size), &reader);
    cr_expect_str_eq(flight_text(&reader.flight, text), expected, "\n  is: %s\n not: %s", text, expected);
    buffer_free(&out);
    buffer_free(&answer);
    if (ret != NULL)
        *ret = reader;
    else
        flight_free(&reader);
}

/* A hello for one suite in a version below TLS 1.3. */
static struct client_hello hello_of(uint16_t version, const uint16_t *suite)
{
    return (struct client_hello){
        .version = version,
        .suites = {suite, 1},
        .groups = NUMBERS(all_groups),
        .schemes = version == TLS_VERSION_1_2 ? NUMBERS(all_schemes) : (struct hello_numbers){0},
    };
}

Test(flight, openssl_below_tls13)
{
    static const struct {
        uint16_t version, suite;
        enum { RSA, ECDSA, ED25519, NONE } certificate;
        const char *text;
    } rows[] = {
        {0x0301, 0xc013, RSA, "complete TLS1.0 c013 chain=2 key-exchange group=001d point=32"},
        {0x0302, 0xc013, RSA, "complete TLS1.1 c013 chain=2 key-exchange group=001d point=32"},
        {0x0303, 0xc013, RSA, "complete TLS1.2 c013 chain=2 key-exchange group=001d point=32 scheme=0804"},
        {0x0303, 0xc02f, RSA, "complete TLS1.2 c02f chain=2 key-exchange group=001d point=32 scheme=0804"},
        {0x0301, 0xc009, ECDSA, "complete TLS1.0 c009 chain=2 key-exchange group=001d point=32"},
        {0x0303, 0xc02b, ECDSA, "complete TLS1.2 c02b chain=2 key-exchange group=001d point=32 scheme=0403"},
        {0x0303, 0xc02b, ED25519,
         "complete TLS1.2 c02b chain=2 key-exchange group=001d point=32 scheme=0807"},
        {0x0301, 0x0033, RSA, "complete TLS1.0 0033 chain=2 key-exchange p=256 g=1 y=256"},
        {0x0303, 0x009e, RSA, "complete TLS1.2 009e chain=2 key-exchange p=256 g=1 y=256 scheme=0804"},
        {0x0301, 0x002f, RSA, "complete TLS1.0 002f chain=2"},
        {0x0303, 0x009c, RSA, "complete TLS1.2 009c chain=2"},
        {0x0301, 0x0034, NONE, "complete TLS1.0 0034 key-exchange p=128 g=1 y=128"},
        {0x0303, 0x00a6, NONE, "complete TLS1.2 00a6 key-exchange p=128 g=1 y=128"},
        {0x0302, 0xc018, NONE, "complete TLS1.1 c018 key-exchange group=001d point=32"},
        {0x0303, 0xc018, NONE, "complete TLS1.2 c018 key-exchange group=001d point=32"},
        {0x0303, 0x0005, RSA, "alert alert=2/40"},
        {0x0300, 0x002f, RSA, "alert alert=2/40"} /* SSLv3 has no better one */,
    };
    struct scene scene = scene_new();
    const struct identity *identities[] = {scene.rsa, scene.ecdsa, scene.ed25519, NULL};

    for (size_t i = 0; i < COUNT(rows); i++) {
        SSL_CTX *server = openssl_server_new(scene.material, identities[rows[i].certificate]);
        struct client_hello hello = hello_of(rows[i].version, &rows[i].suite);
        struct flight_reader reader;

        expect_answer(server, &hello, rows[i].text, &reader);
        if (reader.flight.certificate_seen) {
            cr_expect(bytes_equal(reader.flight.chain[0],
                                  material_der(scene.material, identities[rows[i].certificate])));
            cr_expect(bytes_equal(reader.flight.chain[1],
                                  material_der(scene.material, material_intermediate(scene.material))));
        }
        if (reader.flight.dh_prime.size == 256)
            cr_expect_str_eq(tls_known_prime(reader.flight.dh_prime.data, 256),
                             "RFC 3526 group 14 (2048 bits)");
        flight_free(&reader);
        SSL_CTX_free(server);
    }
    material_free(scene.material);
}

static unsigned int no_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned int size)
{
    (void)ssl;
    (void)identity;
    (void)psk;
    (void)size;
    return 0;
}

Test(flight, openssl_psk)
{
    static const struct {
        uint16_t suite;
        const char *text;
    } rows[] = {
        {0x008c, "complete TLS1.2 008c key-exchange"},
        {0x00aa, "complete TLS1.2 00aa key-exchange p=128 g=1 y=128"},
        {0xc037, "complete TLS1.2 c037 key-exchange group=001d point=32"},
        {0x00ac, "complete TLS1.2 00ac chain=2 key-exchange"},
    };
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.rsa);

    SSL_CTX_set_psk_server_callback(server, no_psk);
    cr_assert_eq(SSL_CTX_use_psk_identity_hint(server, "a hint"), 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client_hello hello = hello_of(TLS_VERSION_1_2, &rows[i].suite);

        expect_answer(server, &hello, rows[i].text, NULL);
    }
    SSL_CTX_free(server);
    material_free(scene.material);
}

Test(flight, openssl_tls13)
{
    static const uint16_t suites[] = {0x1302, 0x1301}, versions[] = {0x0304};
    static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019, 0x001e, 0x0100, 0x0101};
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.ecdsa);

    for (size_t i = 0; i < COUNT(groups); i++) {
        struct client_hello hello = {.version = 0x0303,
                                     .session_id = bytes_of("0123456789abcdef0123456789abcdef", 32),
                                     .suites = NUMBERS(suites),
                                     .groups = {&groups[i], 1},
                                     .schemes = NUMBERS(all_schemes),
                                     .versions = NUMBERS(versions),
                                     .key_share = true};
        char expected[100];

        snprintf(expected, sizeof(expected), "retry TLS1.3 1302 session=32 group=%04x", groups[i]);
        expect_answer(server, &hello, expected, NULL);
        hello.shares = (struct hello_numbers){&groups[i], 1};
        snprintf(expected, sizeof(expected), "encrypted TLS1.3 1302 session=32 group=%04x", groups[i]);
        expect_answer(server, &hello, expected, NULL);
        hello.schemes.count = 1; /* ECDSA with P-256, which it has */
        expect_answer(server, &hello, expected, NULL);
        hello.schemes.codes = &all_schemes[3]; /* RSA, which it has not */
        expect_answer(server, &hello, "alert alert=2/40", NULL);
    }
    SSL_CTX_free(server);
    material_free(scene.material);
}

static int choose_smtp(SSL *ssl, const unsigned char **out, unsigned char *out_size, const unsigned char *in,
                       unsigned int in_size, void *argument)
{
    (void)ssl;
    (void)argument;
    cr_assert_gt(in_size, 4);
    *out = in + 1;
    *out_size = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static int accept_name(SSL *ssl, int *alert, void *argument)
{
    (void)alert;
    (void)argument;
    return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != NULL ? SSL_TLSEXT_ERR_OK
                                                                      : SSL_TLSEXT_ERR_NOACK;
}

static int unknown_name(SSL *ssl, int *alert, void *argument)
{
    (void)ssl;
    (void)argument;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_WARNING;
}

static int staple(SSL *ssl, void *argument)
{
    (void)argument;
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup("a response", 10), 10);
    return SSL_TLSEXT_ERR_OK;
}

Test(flight, openssl_extensions)
{
    static const char *const protocols[] = {"smtp", "imap", NULL};
    static const uint16_t suite = 0xc013;
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.rsa);
    struct client_hello hello = hello_of(TLS_VERSION_1_2, &suite);
    struct flight_reader reader;

    SSL_CTX_set_alpn_select_cb(server, choose_smtp, NULL);
    SSL_CTX_set_tlsext_servername_callback(server, accept_name);
    SSL_CTX_set_tlsext_status_cb(server, staple);
    hello.name = "mail.example.org";
    hello.protocols = protocols;
    hello.extensions = HELLO_EXTENDED_MASTER_SECRET | HELLO_ENCRYPT_THEN_MAC | HELLO_RENEGOTIATION_INFO |
                       HELLO_SESSION_TICKET | HELLO_STATUS_REQUEST | HELLO_POINT_FORMATS | HELLO_HEARTBEAT |
                       HELLO_GREASE;
    /* all but heartbeat, which OpenSSL no longer has, and GREASE */
    expect_answer(
        server, &hello,
        "complete TLS1.2 c013 extensions=29f protocol=smtp chain=2 staple=10 key-exchange group=001d "
        "point=32 scheme=0804",
        &reader);
    cr_expect(bytes_equal(reader.flight.staple, bytes_of("a response", 10)));
    flight_free(&reader);

    SSL_CTX_set_tlsext_servername_callback(server, unknown_name);
    hello.extensions = 0;
    hello.protocols = NULL;
    expect_answer(
        server, &hello,
        "complete alert=1/112 unrecognized TLS1.2 c013 chain=2 key-exchange group=001d point=32 scheme=0804",
        NULL);
    SSL_CTX_free(server);
    material_free(scene.material);
}

Test(flight, openssl_asks_for_a_certificate)
{
    static const uint16_t suite = 0xc013;
    struct scene scene = scene_new();
    SSL_CTX *server = openssl_server_new(scene.material, scene.rsa);
    struct client_hello hello = hello_of(TLS_VERSION_1_2, &suite);

    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
    expect_answer(server, &hello,
                  "complete TLS1.2 c013 chain=2 request=0 key-exchange group=001d point=32 scheme=0804",
                  NULL);
    cr_assert_eq(SSL_CTX_add_client_CA(server, material_root(scene.material)->certificate), 1);
    cr_assert_eq(SSL_CTX_add_client_CA(server, material_intermediate(scene.material)->certificate), 1);
    expect_answer(server, &hello,
                  "complete TLS1.2 c013 chain=2 request=2 key-exchange group=001d point=32 scheme=0804",
                  NULL);
    hello = hello_of(TLS_VERSION_1_0, &suite);
    expect_answer(server, &hello, "complete TLS1.0 c013 chain=2 request=2 key-exchange group=001d point=32",
                  NULL);
    SSL_CTX_free(server);
    material_free(scene.material);
}
