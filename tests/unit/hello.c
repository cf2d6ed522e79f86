/*
 * hello.c - tests of ClientHellos made by hand: byte for byte, and as OpenSSL's server reads them
 */
#include "scanner/net/hello.h"

#include "tests/unit/openssl_server.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define NUMBERS(array) ((struct hello_numbers){array, COUNT(array)})

enum { RECORD_HEADER = 5, MESSAGE_HEADER = 4 };

static void expect_bytes(const struct buffer *out, const uint8_t *expected, size_t size)
{
    cr_expect_not(out->failed);
    cr_expect(bytes_equal(bytes_of(out->data, out->size), bytes_of(expected, size)));
    for (size_t i = 0; i < out->size && i < size; i++)
        cr_expect_eq(out->data[i], expected[i], "byte %zu: %02x instead of %02x", i, out->data[i],
                     expected[i]);
    cr_expect_eq(out->size, size);
}

/* ---- byte for byte ---- */

Test(hello, without_extensions)
{
    static const uint16_t suites[] = {0x0035, 0x0005};
    static const uint8_t expected[] = {
        0x16, 0x03, 0x01, 0x00, 0x2f,                                              /* record */
        0x01, 0x00, 0x00, 0x2b, 0x03, 0x02,                                        /* ClientHello, TLS 1.1 */
        7,    7,    7,    7,    7,    7,    7,    7,    7,    7, 7, 7, 7, 7, 7, 7, /* random */
        7,    7,    7,    7,    7,    7,    7,    7,    7,    7, 7, 7, 7, 7, 7, 7, /* ... */
        0x00, 0x00, 0x04, 0x00, 0x35, 0x00, 0x05, 0x01, 0x00, /* no session, suites, null */
    };
    static const uint8_t ssl3[] = {
        0x16, 0x03, 0x00, 0x00, 0x32,       /* record */
        0x01, 0x00, 0x00, 0x2e, 0x03, 0x00, /* ClientHello, SSLv3 */
        7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7, 7, 7, 7, /* random */
        7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7, 7, 7, 7, /* ... */
        0x02, 0xaa, 0xbb, 0x00, 0x04, 0x00, 0x35, 0x00, 0x05, 0x02, 0x01, 0x00, /* session, suites, DEFLATE */
    };
    struct client_hello hello = {.version = 0x0302, .suites = NUMBERS(suites), .no_extensions = true};
    struct buffer out = {0};

    memset(hello.random, 7, sizeof(hello.random));
    hello_write(&hello, &out);
    expect_bytes(&out, expected, sizeof(expected));

    out.size = 0;
    hello.no_extensions = false;
    hello_write(&hello, &out);
    expect_bytes(&out, expected, sizeof(expected)); /* none to write: no empty block either */

    out.size = 0;
    hello.version = 0x0300;
    hello.deflate = true;
    hello.session_id = bytes_of("\xaa\xbb", 2);
    hello_write(&hello, &out);
    expect_bytes(&out, ssl3, sizeof(ssl3));
    buffer_free(&out);
}

Test(hello, ssl2)
{
    static const uint32_t kinds[] = {0x010080, 0x0700c0};
    static const uint8_t challenge[16] = "0123456789abcdef";
    static const uint8_t expected[] = {
        0x80, 0x1f, 0x01, 0x00, 0x02, 0x00, 0x06, 0x00, 0x00, 0x00, 0x10, /* CLIENT-HELLO, 2 kinds, challenge */
        0x01, 0x00, 0x80, 0x07, 0x00, 0xc0, '0',  '1',  '2',  '3',  '4',  '5',
        '6',  '7',  '8',  '9',  'a',  'b',  'c',  'd',  'e',  'f',
    };
    struct buffer out = {0};
    uint32_t *many = calloc(11000, sizeof(*many));

    hello_write_ssl2(kinds, COUNT(kinds), challenge, &out);
    expect_bytes(&out, expected, sizeof(expected));
    hello_write_ssl2(many, 10914, challenge, &out);
    cr_expect_not(out.failed, "as long as a record can be");
    hello_write_ssl2(many, 10915, challenge, &out);
    cr_expect(out.failed);
    free(many);
    buffer_free(&out);
}

/* ---- a walk through what was written ---- */

struct extension {
    uint16_t type;
    struct bytes content;
};

struct walk {
    struct bytes message; /* with its header */
    struct bytes suites;
    struct extension extensions[32];
    size_t count;
    size_t records, largest;
};

/* Reads a hello back; `joined` holds the message. */
static struct walk walk(const struct buffer *out, struct buffer *joined)
{
    struct bytes in = bytes_of(out->data, out->size), body, list;
    struct walk walk = {0};

    cr_assert_not(out->failed);
    for (; in.size > 0; walk.records++) {
        struct bytes content;

        cr_expect_eq(take_u8(&in), 22);
        take_u16(&in);
        content = take_block(&in, take_u16(&in));
        cr_assert_not(in.failed);
        walk.largest = content.size > walk.largest ? content.size : walk.largest;
        put_block(joined, content.data, content.size);
    }
    walk.message = body = bytes_of(joined->data, joined->size);
    cr_expect_eq(take_u8(&body), 1);
    cr_expect_eq(take_u24(&body), joined->size - MESSAGE_HEADER);
    take_block(&body, 2 + 32);
    take_block(&body, take_u8(&body));
    walk.suites = take_block(&body, take_u16(&body));
    take_block(&body, take_u8(&body));
    list = take_block(&body, take_u16(&body));
    cr_assert_not(body.failed);
    cr_expect_eq(body.size, 0);
    for (; list.size > 0; walk.count++) {
        cr_assert_lt(walk.count, COUNT(walk.extensions));
        walk.extensions[walk.count].type = take_u16(&list);
        walk.extensions[walk.count].content = take_block(&list, take_u16(&list));
        cr_assert_not(list.failed);
        for (size_t i = 0; i < walk.count; i++)
            cr_expect_neq(walk.extensions[i].type, walk.extensions[walk.count].type, "twice");
    }
    return walk;
}

static struct bytes extension_of(const struct walk *walk, uint16_t type)
{
    for (size_t i = 0; i < walk->count; i++)
        if (walk->extensions[i].type == type)
            return walk->extensions[i].content;
    cr_expect_fail("no extension %u", (unsigned)type);
    return (struct bytes){0};
}

static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static const uint16_t some_suites[] = {0x1301, 0x1302, 0xc02f, 0x009e, 0x0035};
static const uint16_t some_groups[] = {0x001d, 0x0017, 0x0100};
static const uint16_t some_schemes[] = {0x0403, 0x0804, 0x0401, 0x0201};
static const uint16_t some_certificate_schemes[] = {0x0401, 0x0403, 0x0203};
static const uint16_t some_versions[] = {0x0304, 0x0303};
static const uint16_t some_shares[] = {0x001d, 0x0017, 0xeeee};
static const char *const some_protocols[] = {"smtp", "http/1.1", NULL};

/* A hello with everything in it. */
static struct client_hello full_hello(void)
{
    return (struct client_hello){
        .version = 0x0303,
        .random = {0, 1, 2, 3, 4, 4},
        .session_id = bytes_of("0123456789abcdef0123456789abcdef", 32),
        .suites = NUMBERS(some_suites),
        .name = "mail.example.org",
        .extensions = HELLO_EXTENDED_MASTER_SECRET | HELLO_ENCRYPT_THEN_MAC | HELLO_RENEGOTIATION_INFO |
                      HELLO_SESSION_TICKET | HELLO_STATUS_REQUEST | HELLO_TIMESTAMPS | HELLO_HEARTBEAT |
                      HELLO_POINT_FORMATS | HELLO_PSK_MODES,
        .groups = NUMBERS(some_groups),
        .schemes = NUMBERS(some_schemes),
        .certificate_schemes = NUMBERS(some_certificate_schemes),
        .versions = NUMBERS(some_versions),
        .key_share = true,
        .shares = NUMBERS(some_shares),
        .protocols = some_protocols,
    };
}

Test(hello, padding)
{
    static const struct {
        size_t pad_to, expected; /* of the size without padding: 0 */
    } rows[] = {{0, 0}, {100, 0}, {512, 512}, {1500, 1500}, {20000, 20000}};
    struct client_hello hello = {.version = 0x0303, .suites = NUMBERS(some_suites), .name = "example.org"};
    struct buffer out = {0}, joined = {0};
    size_t bare;

    hello_write(&hello, &out);
    bare = walk(&out, &joined).message.size;
    cr_expect_lt(bare, 90);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct walk seen;

        out.size = joined.size = 0;
        hello.pad_to = rows[i].pad_to;
        hello_write(&hello, &out);
        seen = walk(&out, &joined);
        cr_expect_eq(seen.extensions[seen.count - 1].type, rows[i].pad_to > bare ? 21 : 0);
        cr_expect_eq(seen.message.size, rows[i].pad_to > bare ? rows[i].pad_to : bare);
    }
    for (size_t more = 1; more <= 5; more++) { /* the extension alone is four bytes */
        struct walk seen;

        out.size = joined.size = 0;
        hello.pad_to = bare + more;
        hello_write(&hello, &out);
        seen = walk(&out, &joined);
        cr_expect_eq(seen.message.size, more < 4 ? bare + 4 : bare + more);
    }
    out.size = joined.size = 0;
    hello.name = NULL;
    hello.pad_to = 300;
    hello_write(&hello, &out);
    cr_expect_eq(walk(&out, &joined).message.size, 300, "padding as the only extension");
    out.size = joined.size = 0;
    hello.no_extensions = true;
    hello_write(&hello, &out);
    cr_expect_lt(out.size, 100, "no extensions is none at all");
    buffer_free(&out);
    buffer_free(&joined);
}

Test(hello, grease)
{
    struct client_hello hello = full_hello();
    struct buffer out = {0}, joined = {0};
    struct walk seen;
    struct bytes suites, list;

    hello.extensions |= HELLO_GREASE;
    hello.pad_to = 1024;
    hello_write(&hello, &out);
    seen = walk(&out, &joined);
    suites = seen.suites;
    cr_expect(is_grease(take_u16(&suites)));
    cr_expect_eq(take_u16(&suites), 0x1301);
    cr_expect(is_grease(seen.extensions[0].type));
    cr_expect_eq(seen.extensions[0].content.size, 0);
    cr_expect_eq(seen.extensions[seen.count - 1].type, 21, "padding is the last");
    cr_expect(is_grease(seen.extensions[seen.count - 2].type));
    cr_expect_eq(seen.extensions[seen.count - 2].content.size, 1);
    cr_expect_neq(seen.extensions[0].type, seen.extensions[seen.count - 2].type);
    list = extension_of(&seen, 10);
    cr_expect_eq(take_u16(&list), 8);
    cr_expect(is_grease(take_u16(&list)));
    cr_expect_eq(take_u16(&list), 0x001d);
    list = extension_of(&seen, 13);
    cr_expect_eq(take_u16(&list), 10);
    cr_expect(is_grease(take_u16(&list)));
    cr_expect_eq(take_u16(&list), 0x0403);
    list = extension_of(&seen, 50);
    cr_expect_eq(take_u16(&list), 8);
    cr_expect(is_grease(take_u16(&list)));
    cr_expect_eq(take_u16(&list), 0x0401);
    list = extension_of(&seen, 43);
    cr_expect_eq(take_u8(&list), 6);
    cr_expect(is_grease(take_u16(&list)));
    cr_expect_eq(take_u16(&list), 0x0304);

    out.size = joined.size = 0;
    hello.extensions &= ~(unsigned)HELLO_GREASE;
    hello_write(&hello, &out);
    seen = walk(&out, &joined);
    for (size_t i = 0; i < seen.count; i++)
        cr_expect_not(is_grease(seen.extensions[i].type));
    for (suites = seen.suites; suites.size > 0;)
        cr_expect_not(is_grease(take_u16(&suites)));
    buffer_free(&out);
    buffer_free(&joined);
}

Test(hello, split_into_records)
{
    static const struct {
        size_t record_size, largest;
    } rows[] = {{0, 0}, {1, 1}, {7, 7}, {100, 100}, {16384, 0}, {1000000, 0}};
    struct client_hello hello = full_hello();
    struct buffer out = {0}, joined = {0}, whole = {0};

    hello.record_version = 0x0303;
    hello_write(&hello, &out);
    (void)walk(&out, &whole);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct walk seen;
        size_t largest = rows[i].largest == 0 ? whole.size : rows[i].largest;

        out.size = joined.size = 0;
        hello.record_size = rows[i].record_size;
        hello_write(&hello, &out);
        seen = walk(&out, &joined);
        cr_expect_eq(seen.largest, largest);
        cr_expect_eq(seen.records, (whole.size + largest - 1) / largest);
        cr_expect(bytes_equal(seen.message, bytes_of(whole.data, whole.size)));
        cr_expect_eq(out.data[2], 3);
    }
    out.size = 0;
    hello.record_size = 0;
    hello.pad_to = 40000;
    hello_write(&hello, &out);
    joined.size = 0;
    cr_expect_eq(walk(&out, &joined).records, 3);
    buffer_free(&out);
    buffer_free(&joined);
    buffer_free(&whole);
}

Test(hello, what_does_not_fit)
{
    uint16_t *many = calloc(33000, sizeof(*many));
    char *long_name = calloc(1, 70000);
    const char *protocols[] = {long_name, NULL};
    struct client_hello rows[] = {
        {.session_id = bytes_of(long_name, 33)},
        {.suites = {many, 32768}},
        {.versions = {many, 128}},
        {.groups = {many, 32768}},
        {.name = long_name},
        {.protocols = protocols},
        {.pad_to = 100000},
        {.extensions = HELLO_SESSION_TICKET, .ticket = bytes_of(long_name, 65536)},
    };
    struct client_hello fits = {.suites = {many, 32767}};

    memset(long_name, 'x', 69999);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer out = {0};

        hello_write(&rows[i], &out);
        cr_expect(out.failed, "row %zu", i);
        buffer_free(&out);
    }
    struct buffer out = {0};

    hello_write(&fits, &out);
    cr_expect_not(out.failed);
    buffer_free(&out);
    out.limit = 1000;
    hello_write(&fits, &out);
    cr_expect(out.failed);
    buffer_free(&out);
    free(many);
    free(long_name);
}

/* ---- as OpenSSL reads them ---- */

struct reading {
    const struct client_hello *hello;
    size_t message_size;
    int calls;
};

static void expect_list(SSL *ssl, uint16_t type, size_t width, const struct hello_numbers *numbers)
{
    const unsigned char *data;
    size_t size;
    struct bytes list;

    cr_assert_eq(SSL_client_hello_get0_ext(ssl, type, &data, &size), 1, "extension %u", (unsigned)type);
    list = bytes_of(data, size);
    cr_expect_eq(width == 1 ? take_u8(&list) : take_u16(&list), 2 * numbers->count);
    for (size_t i = 0; i < numbers->count; i++)
        cr_expect_eq(take_u16(&list), numbers->codes[i], "extension %u", (unsigned)type);
    cr_expect(!list.failed && list.size == 0);
}

static void expect_content(SSL *ssl, uint16_t type, const void *expected, size_t expected_size)
{
    const unsigned char *data;
    size_t size;

    cr_assert_eq(SSL_client_hello_get0_ext(ssl, type, &data, &size), 1, "extension %u", (unsigned)type);
    cr_expect(bytes_equal(bytes_of(data, size), bytes_of(expected, expected_size)), "extension %u",
              (unsigned)type);
}

static int read_hello(SSL *ssl, int *alert, void *argument)
{
    struct reading *reading = argument;
    const struct client_hello *hello = reading->hello;
    const unsigned char *data;
    struct bytes suites, shares;

    (void)alert;
    reading->calls++;
    cr_expect_eq(SSL_client_hello_get0_legacy_version(ssl), hello->version);
    cr_expect_eq(SSL_client_hello_get0_random(ssl, &data), 32);
    cr_expect_arr_eq(data, hello->random, 32);
    cr_expect_eq(SSL_client_hello_get0_session_id(ssl, &data), hello->session_id.size);
    cr_expect_arr_eq(data, hello->session_id.data, hello->session_id.size);
    suites.size = SSL_client_hello_get0_ciphers(ssl, &data);
    suites = bytes_of(data, suites.size);
    cr_expect_eq(suites.size, 2 * hello->suites.count);
    for (size_t i = 0; i < hello->suites.count; i++)
        cr_expect_eq(take_u16(&suites), hello->suites.codes[i]);
    cr_expect_eq(SSL_client_hello_get0_compression_methods(ssl, &data), 2);
    cr_expect_arr_eq(data, "\1\0", 2);
    expect_list(ssl, 10, 2, &hello->groups);
    expect_list(ssl, 13, 2, &hello->schemes);
    expect_list(ssl, 50, 2, &hello->certificate_schemes);
    expect_list(ssl, 43, 1, &hello->versions);
    expect_content(ssl, 0, "\0\x13\0\0\x10mail.example.org", 21);
    expect_content(ssl, 16, "\0\x0e\4smtp\10http/1.1", 16);
    expect_content(ssl, 5, "\1\0\0\0\0", 5);
    expect_content(ssl, 11, "\1\0", 2);
    expect_content(ssl, 22, "", 0);
    expect_content(ssl, 23, "", 0);
    expect_content(ssl, 18, "", 0);
    expect_content(ssl, 35, "a ticket", 8);
    expect_content(ssl, 45, "\1\1", 2);
    expect_content(ssl, 0xff01, "\0", 1);
    cr_assert_eq(SSL_client_hello_get0_ext(ssl, 51, &data, &shares.size), 1);
    shares = bytes_of(data, shares.size);
    cr_expect_eq(take_u16(&shares), 4 + 32 + 4 + 65, "two shares, none for 0xeeee");
    cr_expect_eq(take_u16(&shares), 0x001d);
    cr_expect(bytes_equal(take_block(&shares, take_u16(&shares)), hello_share(0x001d)));
    cr_expect_eq(take_u16(&shares), 0x0017);
    cr_expect(bytes_equal(take_block(&shares, take_u16(&shares)), hello_share(0x0017)));
    cr_expect(!shares.failed && shares.size == 0);
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* All fields arrive as they were given, however the records are cut, with and without GREASE's strangers. */
Test(hello, read_by_openssl)
{
    static const size_t record_sizes[] = {0, 1, 50, 512};
    struct client_hello hello = full_hello();
    SSL_CTX *server = openssl_server_new(NULL, NULL);
    struct reading reading = {.hello = &hello};

    hello.deflate = true;
    hello.ticket = bytes_of("a ticket", 8);
    SSL_CTX_set_client_hello_cb(server, read_hello, &reading);
    for (size_t i = 0; i < COUNT(record_sizes); i++) {
        struct buffer out = {0}, answer = {0};

        hello.record_size = record_sizes[i];
        hello.pad_to = i * 400;
        hello_write(&hello, &out);
        openssl_server_answer(server, bytes_of(out.data, out.size), &answer);
        cr_expect_eq(reading.calls, (int)i + 1, "OpenSSL did not read the hello");
        buffer_free(&out);
        buffer_free(&answer);
    }
    SSL_CTX_free(server);
}

/* ---- key shares ---- */

/* OpenSSL takes the share as a public key of the group. */
static bool openssl_takes(const char *group, struct bytes share)
{
    bool montgomery = group[0] == 'X';
    EVP_PKEY *key = NULL;
    bool taken = false;

    if (montgomery) {
        key = EVP_PKEY_new_raw_public_key_ex(NULL, group, NULL, share.data, share.size);
        taken = key != NULL;
    } else {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);

        cr_assert_eq(EVP_PKEY_paramgen_init(context), 1);
        cr_assert_eq(EVP_PKEY_CTX_set_group_name(context, group), 1);
        cr_assert_eq(EVP_PKEY_paramgen(context, &key), 1);
        taken = EVP_PKEY_set1_encoded_public_key(key, share.data, share.size) == 1;
        EVP_PKEY_CTX_free(context);
    }
    EVP_PKEY_free(key);
    return taken;
}

Test(hello, shares_are_points)
{
    static const struct {
        uint16_t code;
        const char *group;
    } rows[] = {
        {0x0017, "P-256"},
        {0x0018, "P-384"},
        {0x0019, "P-521"},
        {0x001d, "X25519"},
        {0x001e, "X448"},
        {0x001f, "brainpoolP256r1"},
        {0x0020, "brainpoolP384r1"},
        {0x0021, "brainpoolP512r1"},
        {0x0029, "SM2"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bytes share = hello_share(rows[i].code);
        uint8_t broken[200];

        cr_expect(openssl_takes(rows[i].group, share), "%s", rows[i].group);
        memcpy(broken, share.data, share.size);
        broken[share.size - 1] ^= 1;
        if (rows[i].group[0] != 'X')
            cr_expect_not(openssl_takes(rows[i].group, bytes_of(broken, share.size)), "%s", rows[i].group);
    }
}

/* FIPS 203 7.2: the size, and every coefficient (12 bits each, little endian) below q. */
static void expect_ml_kem(struct bytes key, size_t rank)
{
    cr_expect_eq(key.size, 384 * rank + 32);
    for (size_t i = 0; i + 32 < key.size; i += 3) {
        cr_expect_lt(key.data[i] | (key.data[i + 1] & 0x0f) << 8, 3329);
        cr_expect_lt(key.data[i + 1] >> 4 | key.data[i + 2] << 4, 3329);
    }
}

Test(hello, shares_of_hybrids)
{
    static const struct {
        uint16_t code, curve;
        size_t rank;
        bool ml_kem_first;
    } rows[] = {
        {0x0200, 0, 2, true},       {0x0201, 0, 3, true},       {0x0202, 0, 4, true},
        {0x11eb, 0x0017, 3, false}, {0x11ec, 0x001d, 3, true},  {0x11ed, 0x0018, 4, false},
        {0x11ee, 0x0029, 3, false}, {0x6399, 0x001d, 3, false}, {0x639a, 0x0017, 3, false},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bytes share = hello_share(rows[i].code), curve = hello_share(rows[i].curve);

        if (rows[i].ml_kem_first)
            expect_ml_kem(take_block(&share, 384 * rows[i].rank + 32), rows[i].rank);
        cr_expect(bytes_equal(take_block(&share, curve.size), curve), "%04x", rows[i].code);
        if (!rows[i].ml_kem_first)
            expect_ml_kem(take_block(&share, 384 * rows[i].rank + 32), rows[i].rank);
        cr_expect(!share.failed && share.size == 0, "%04x", rows[i].code);
    }
}

Test(hello, shares_of_every_group)
{
    size_t count;
    const struct tls_group *groups = tls_groups(&count);

    for (size_t i = 0; i < count; i++) {
        struct bytes share = hello_share(groups[i].code);
        bool gost = strncmp(groups[i].name, "GC", 2) == 0;

        cr_expect_eq(share.size > 0, groups[i].tls13 && !gost, "%s", groups[i].name);
        if (groups[i].kind == TLS_GROUP_FFDHE) {
            cr_expect_eq(share.size, groups[i].bits / 8u, "%s", groups[i].name);
            cr_expect_eq(share.data[share.size - 1], 2);
        }
    }
    cr_expect_null(hello_share(0x0a0a).data);
}
