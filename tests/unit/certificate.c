/*
 * certificate.c - facts of certificates from their DER, and verification against roots
 */
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/tls.h"
#include "scanner/net/tls_verify.h"
#include "tests/unit/tls_material.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509_vfy.h>
#include <string.h>

enum { NOW = 1924992000 /* 2031-01-01, not the time of the test */, DAY = 86400 };
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct world {
    struct arena *arena;
    struct tls_material *material;
};

static struct world world_new(void)
{
    return (struct world){.arena = arena_new(0), .material = material_new(NOW)};
}

static void world_free(struct world *world)
{
    material_free(world->material);
    arena_free(world->arena);
}

static struct certificate_facts *read_chain(struct world *world, const struct identity *const *chain,
                                            size_t count)
{
    struct bytes ders[32];
    struct certificate_facts *facts = NULL;

    for (size_t i = 0; i < count; i++)
        ders[i] = material_der(world->material, chain[i]);
    cr_assert_eq(certificate_read(ders, count, world->arena, &facts), 0);
    cr_assert_eq(ERR_peek_error(), 0UL);
    return facts;
}

static struct certificate_facts *read_leaf(struct world *world, const struct recipe *recipe)
{
    const struct identity *leaf = material_leaf(world->material, recipe);

    return read_chain(world, &leaf, 1);
}

/* Equal texts, or both NULL. */
static void expect_text(const char *what, const char *actual, const char *expected)
{
    if (expected == NULL)
        cr_expect_null(actual, "%s: %s instead of nothing", what, actual);
    else
        cr_expect(actual != NULL && strcmp(actual, expected) == 0, "%s: %s instead of %s", what,
                  actual != NULL ? actual : "nothing", expected);
}

static void expect_texts(const char *what, const struct list *actual, const char *const *expected)
{
    size_t count = 0;

    cr_expect(actual->observed, "%s: not observed", what);
    for (; expected[count] != NULL; count++)
        expect_text(what, count < actual->count ? actual->items[count] : NULL, expected[count]);
    cr_expect_eq(actual->count, count, "%s: %zu texts instead of %zu", what, actual->count, count);
}

/* ---- keys and signatures ---- */

Test(certificate, keys_and_signatures)
{
    static const struct {
        struct recipe recipe;
        bool self_signed;
        const char *type;
        int64_t bits;
        const char *curve;
        int64_t exponent; /* 0: none */
        const char *signature;
    } rows[] = {
        {{.name = "a.example", .key = MATERIAL_P256},
         false,
         "ECDSA",
         256,
         "secp256r1",
         0,
         "ecdsa-with-SHA256"},
        {{.name = "b.example", .key = MATERIAL_P521, .digest = "SHA512"},
         true,
         "ECDSA",
         521,
         "secp521r1",
         0,
         "ecdsa-with-SHA512"},
        {{.name = "c.example", .key = MATERIAL_BRAINPOOL256, .digest = "SHA384"},
         false,
         "ECDSA",
         256,
         "brainpoolP256r1",
         0,
         "ecdsa-with-SHA384"},
        {{.name = "d.example", .key = MATERIAL_RSA2048},
         true,
         "RSA",
         2048,
         NULL,
         65537,
         "sha256WithRSAEncryption"},
        {{.name = "e.example", .key = MATERIAL_RSA1024, .digest = "SHA1"},
         true,
         "RSA",
         1024,
         NULL,
         65537,
         "sha1WithRSAEncryption"},
        {{.name = "f.example", .key = MATERIAL_RSA_PSS2048},
         true,
         "RSA-PSS",
         2048,
         NULL,
         65537,
         "rsassaPss-SHA256"},
        {{.name = "g.example", .key = MATERIAL_RSA2048, .pss_signature = true, .digest = "SHA384"},
         true,
         "RSA",
         2048,
         NULL,
         65537,
         "rsassaPss-SHA384"},
        {{.name = "h.example", .key = MATERIAL_ED25519}, true, "Ed25519", 256, NULL, 0, "ED25519"},
        {{.name = "i.example", .key = MATERIAL_ED448}, true, "Ed448", 456, NULL, 0, "ED448"},
        {{.name = "j.example", .digest = "SHA1"}, false, "ECDSA", 256, "secp256r1", 0, "ecdsa-with-SHA1"},
    };
    struct world world = world_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct identity *leaf =
            material_issue(world.material, &rows[i].recipe,
                           rows[i].self_signed ? NULL : material_intermediate(world.material));
        const struct certificate_facts *facts = read_chain(&world, &leaf, 1);
        const struct chain_certificate_facts *item = facts->chain.items[0];

        expect_text(rows[i].recipe.name, facts->key->type, rows[i].type);
        expect_text(rows[i].recipe.name, facts->key->curve, rows[i].curve);
        expect_text(rows[i].recipe.name, facts->signature, rows[i].signature);
        cr_expect_eq(facts->key->bits.value, rows[i].bits, "%s: %d bits", rows[i].recipe.name,
                     (int)facts->key->bits.value);
        cr_expect_eq(facts->key->rsa_exponent.known, rows[i].exponent != 0);
        cr_expect_eq(facts->key->rsa_exponent.value, rows[i].exponent);
        cr_expect_eq(facts->key->roca, rows[i].exponent != 0 ? NO : UNKNOWN);
        cr_expect_eq(item->self_issued, known(rows[i].self_signed));
        cr_expect_eq(strlen(facts->spki_sha256), 64);
        cr_expect_eq(strlen(facts->sha256), 64);
    }
    world_free(&world);
}

/* A public key with this modulus; nothing has to be signed with it. */
static EVP_PKEY *rsa_public_key(const BIGNUM *modulus, const BIGNUM *exponent)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *parameters;
    EVP_PKEY *key = NULL;

    cr_assert(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus));
    cr_assert(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent));
    parameters = OSSL_PARAM_BLD_to_param(builder);
    cr_assert(EVP_PKEY_fromdata_init(context) > 0);
    cr_assert(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) > 0);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* A prime of the faulty form: k * M + (65537^a mod M), M the product of the primes up to 167. */
static BIGNUM *roca_prime(const BIGNUM *product, unsigned long power, BN_CTX *context)
{
    BIGNUM *prime = BN_new(), *base = BN_new(), *exponent = BN_new(), *multiple = BN_new();

    cr_assert(BN_set_word(base, 65537) && BN_set_word(exponent, power));
    cr_assert(BN_mod_exp(base, base, exponent, product, context));
    cr_assert(BN_one(multiple) && BN_lshift(multiple, multiple, 40));
    do {
        cr_assert(BN_add_word(multiple, 1));
        cr_assert(BN_mul(prime, multiple, product, context) && BN_add(prime, prime, base));
    } while (BN_check_prime(prime, context, NULL) != 1);
    BN_free(base);
    BN_free(exponent);
    BN_free(multiple);
    return prime;
}

Test(certificate, roca_fingerprint_and_odd_exponents)
{
    struct world world = world_new();
    BN_CTX *context = BN_CTX_new();
    BIGNUM *product = BN_new(), *modulus = BN_new(), *exponent = BN_new();
    BIGNUM *p, *q;
    EVP_PKEY *key;
    const struct certificate_facts *facts;

    cr_assert(BN_one(product));
    for (unsigned long candidate = 2; candidate <= 167; candidate++) {
        bool prime = true;

        for (unsigned long divisor = 2; divisor < candidate; divisor++)
            prime &= candidate % divisor != 0;
        if (prime)
            cr_assert(BN_mul_word(product, candidate));
    }
    p = roca_prime(product, 1234567, context);
    q = roca_prime(product, 7654321, context);
    cr_assert(BN_mul(modulus, p, q, context) && BN_set_word(exponent, 65537));
    key = rsa_public_key(modulus, exponent);
    facts = read_leaf(&world, &(struct recipe){.name = "roca.example", .public_key = key});
    cr_expect_eq(facts->key->roca, YES);
    EVP_PKEY_free(key);

    /* Its neighbour has not; a small and a huge exponent. */
    cr_assert(BN_add_word(modulus, 2) && BN_set_word(exponent, 3));
    key = rsa_public_key(modulus, exponent);
    facts = read_leaf(&world, &(struct recipe){.name = "three.example", .public_key = key});
    cr_expect_eq(facts->key->roca, NO);
    cr_expect_eq(facts->key->rsa_exponent.value, 3);
    EVP_PKEY_free(key);
    cr_assert(BN_one(exponent) && BN_lshift(exponent, exponent, 63) && BN_add_word(exponent, 1));
    key = rsa_public_key(modulus, exponent);
    facts = read_leaf(&world, &(struct recipe){.name = "huge.example", .public_key = key});
    cr_expect_not(facts->key->rsa_exponent.known);
    EVP_PKEY_free(key);

    BN_free(p);
    BN_free(q);
    BN_free(product);
    BN_free(modulus);
    BN_free(exponent);
    BN_CTX_free(context);
    world_free(&world);
}

/* ---- names ---- */

Test(certificate, names_as_they_are)
{
    /* SubjectAltName with what a text format cannot say: dNSNames with a NUL, an escape and Latin-1 inside,
     * addresses of 4 and of 5 bytes. */
    static const uint8_t raw[] = "\x30\x2d"
                                 "\x82\x10good.example\0.eu"
                                 "\x82\x04\x1b[2J"
                                 "\x82\x06m\xfcller"
                                 "\x87\x05\x01\x02\x03\x04\x05"
                                 "\x87\x04\xc0\x00\x02\x01";
    static const struct {
        struct recipe recipe;
        const char *subject;
        const char *common_name;
        const char *sans[8];
    } rows[] = {
        {{.name = "mail.example.org"}, "CN=mail.example.org", "mail.example.org", {"mail.example.org"}},
        {{.name = "*.example.org",
          .sans = "DNS:*.example.org,DNS:EXAMPLE.org,IP:192.0.2.1,IP:2001:db8::1,email:a@example.org,"
                  "URI:https://example.org/,otherName:1.2.3.4;UTF8:other"},
         "CN=*.example.org",
         "*.example.org",
         {"*.example.org", "EXAMPLE.org", "IP:192.0.2.1", "IP:2001:db8::1"}},
        {{.name = "b\xc3\xbc"
                  "cher.example",
          .no_sans = true},
         "CN=b\xc3\xbc"
         "cher.example",
         "b\xc3\xbc"
         "cher.example",
         {NULL}},
        {{.name = NULL, .sans = "DNS:only.san.example"}, "", NULL, {"only.san.example"}},
        {{.name = "Example, Inc\\ \"x\"", .no_sans = true},
         "CN=\"Example, Inc\\\\\\\\ \\\\\"x\\\\\"\"",
         "Example, Inc\\\\ \"x\"",
         {NULL}},
        {{.raw_name = {.data = (const uint8_t *)"nul\0.example\x1b[31m", .size = 17}, .no_sans = true},
         "CN=nul\\x00.example\\x1b[31m",
         "nul\\x00.example\\x1b[31m",
         {NULL}},
        {{.name = "raw.example", .raw_sans = {.data = raw, .size = sizeof(raw) - 1}},
         "CN=raw.example",
         "raw.example",
         {"good.example\\x00.eu", "\\x1b[2J", "m\\xfcller", "IP:0102030405", "IP:192.0.2.1"}},
    };
    struct world world = world_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct certificate_facts *facts = read_leaf(&world, &rows[i].recipe);

        expect_text("subject", facts->subject, rows[i].subject);
        expect_text("issuer", facts->issuer, "CN=Test Intermediate");
        expect_text("common name", facts->common_name, rows[i].common_name);
        expect_texts("sans", &facts->sans, rows[i].sans);
        cr_expect_not(facts->sans_left_out.known);
    }
    world_free(&world);
}

Test(certificate, names_over_the_cap_are_counted)
{
    struct world world = world_new();
    struct buffer names = {0};
    struct buffer der = {0};
    const struct certificate_facts *facts;

    for (int i = 0; i < 2005; i++)
        put_block(&names, "\x82\x01z", 3);
    put_u8(&der, 0x30);
    put_u8(&der, 0x82);
    put_u16(&der, (uint16_t)names.size);
    put_block(&der, names.data, names.size);
    facts =
        read_leaf(&world, &(struct recipe){.name = "x.example", .raw_sans = bytes_of(der.data, der.size)});
    cr_expect_eq(facts->sans.count, 2000);
    cr_expect_eq(facts->sans_left_out.value, 5);
    buffer_free(&names);
    buffer_free(&der);
    world_free(&world);
}

/* ---- times ---- */

Test(certificate, times)
{
    static const struct {
        const char *validity; /* DER */
        size_t size;
        bool known;
        int64_t from, until;
    } rows[] = {
        {"\x30\x1e\x17\x0d"
         "260101000000Z"
         "\x17\x0d"
         "491231235959Z",
         32, true, 1767225600, 2524607999},
        {"\x30\x1e\x17\x0d"
         "500101000000Z"
         "\x17\x0d"
         "700101000000Z",
         32, true, -631152000, 0},
        {"\x30\x22\x18\x0f"
         "20500101000000Z"
         "\x18\x0f"
         "99991231235959Z",
         36, true, 2524608000, 253402300799},
        {"\x30\x1e\x17\x0d"
         "261332000000Z"
         "\x17\x0d"
         "26 101000000Z",
         32, false, 0, 0},
    };
    struct world world = world_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct recipe recipe = {.name = "time.example",
                                      .raw_times = bytes_of(rows[i].validity, rows[i].size)};
        const struct certificate_facts *facts = read_leaf(&world, &recipe);

        cr_expect_eq(facts->not_before.known, rows[i].known, "row %zu", i);
        cr_expect_eq(facts->not_before.value, rows[i].from, "row %zu", i);
        cr_expect_eq(facts->not_after.known, rows[i].known, "row %zu", i);
        cr_expect_eq(facts->not_after.value, rows[i].until, "row %zu", i);
    }
    world_free(&world);
}

/* ---- extensions ---- */

/* An OCTET STRING with a list of `count` signed certificate timestamps (RFC 6962 3.3). */
static void put_scts(struct buffer *out, unsigned count)
{
    enum { SCT_SIZE = 1 + 32 + 8 + 2 + 2 + 2 + 8 };
    const uint8_t zeros[32] = {0};
    unsigned list = count * (SCT_SIZE + 2);

    put_u8(out, 4);
    put_u8(out, 0x82);
    put_u16(out, (uint16_t)(list + 2));
    put_u16(out, (uint16_t)list);
    for (unsigned i = 0; i < count; i++) {
        put_u16(out, SCT_SIZE);
        put_u8(out, 0); /* version 1 */
        put_block(out, zeros, 32);
        put_block(out, zeros, 8);
        put_u16(out, 0); /* extensions */
        put_u8(out, 4);  /* SHA-256 */
        put_u8(out, 3);  /* ECDSA */
        put_u16(out, 8);
        put_block(out, "\x30\x06\x02\x01\x01\x02\x01\x01", 8);
    }
}

Test(certificate, extensions)
{
    struct world world = world_new();
    struct buffer scts = {0};
    const struct certificate_facts *facts;

    put_scts(&scts, 3);
    facts = read_leaf(
        &world, &(struct recipe){.name = "all.example",
                                 .must_staple = true,
                                 .raw_scts = bytes_of(scts.data, scts.size),
                                 .key_usage = "clientAuth,serverAuth",
                                 .aia = "OCSP;URI:http://ocsp.example/,caIssuers;URI:http://ca.example/i.der,"
                                        "OCSP;URI:http://second.example/"});
    cr_expect_eq(facts->must_staple, YES);
    cr_expect_eq(facts->server_auth, YES);
    cr_expect_eq(facts->scts.value, 3);
    expect_texts("ocsp", &facts->ocsp_urls,
                 (const char *const[]){"http://ocsp.example/", "http://second.example/", NULL});
    expect_texts("ca issuers", &facts->ca_issuer_urls,
                 (const char *const[]){"http://ca.example/i.der", NULL});

    facts = read_leaf(&world, &(struct recipe){.name = "none.example", .key_usage = "", .no_sans = true});
    cr_expect_eq(facts->must_staple, NO);
    cr_expect_eq(facts->server_auth, YES, "no extended key usage allows all");
    cr_expect(facts->scts.known && facts->scts.value == 0);
    expect_texts("ocsp", &facts->ocsp_urls, (const char *const[]){NULL});
    expect_texts("sans", &facts->sans, (const char *const[]){NULL});

    facts = read_leaf(&world, &(struct recipe){.name = "client.example", .key_usage = "clientAuth"});
    cr_expect_eq(facts->server_auth, NO);
    facts = read_leaf(&world, &(struct recipe){.name = "any.example", .key_usage = "anyExtendedKeyUsage"});
    cr_expect_eq(facts->server_auth, YES);

    /* What cannot be read is not observed: neither yes nor no, neither zero nor some. */
    facts = read_leaf(&world, &(struct recipe){.name = "broken.example",
                                               .raw_scts = bytes_of("\x04\x03\x00\x09\x00", 5),
                                               .raw_sans = bytes_of("\x30\x05\x82\x09"
                                                                    "abc",
                                                                    7)});
    cr_expect_not(facts->scts.known);
    cr_expect_not(facts->sans.observed);
    buffer_free(&scts);
    world_free(&world);
}

/* ---- chains ---- */

Test(certificate, a_chain_as_it_was_sent)
{
    struct world world = world_new();
    const struct identity *leaf = material_leaf(world.material, &(struct recipe){.name = "leaf.example"});
    const struct identity *chain[] = {leaf, material_intermediate(world.material),
                                      material_root(world.material)};
    static const struct {
        const char *subject;
        const char *issuer;
        const char *serial;
        enum known ca, self_issued;
    } rows[] = {
        {"CN=leaf.example", "CN=Test Intermediate", "1003", NO, NO},
        {"CN=Test Intermediate", "CN=Test Root", "1002", YES, NO},
        {"CN=Test Root", "CN=Test Root", "1001", YES, YES},
    };
    const struct certificate_facts *facts = read_chain(&world, chain, 3);

    cr_assert_eq(facts->chain.count, 3);
    cr_expect_eq(facts->chain_left_out.value, 0);
    cr_expect_eq(facts->trusted, UNKNOWN);
    for (size_t i = 0; i < 3; i++) {
        const struct chain_certificate_facts *item = facts->chain.items[i];

        expect_text("subject", item->subject, rows[i].subject);
        expect_text("issuer", item->issuer, rows[i].issuer);
        expect_text("serial", item->serial, rows[i].serial);
        cr_expect_eq(item->ca, rows[i].ca);
        cr_expect_eq(item->self_issued, rows[i].self_issued);
        cr_expect(bytes_equal(item->der, material_der(world.material, chain[i])));
        cr_expect_eq(item->not_before.value, NOW - DAY);
    }
    expect_text("leaf", facts->sha256,
                ((const struct chain_certificate_facts *)facts->chain.items[0])->sha256);
    cr_expect_eq(facts->not_after.value, NOW + 90 * (int64_t)DAY);
    world_free(&world);
}

Test(certificate, chains_that_are_too_long_or_broken)
{
    struct world world = world_new();
    const struct identity *leaf = material_leaf(world.material, &(struct recipe){.name = "leaf.example"});
    struct bytes der = material_der(world.material, leaf);
    struct bytes ders[12];
    struct certificate_facts *facts = NULL;
    uint8_t *longer = arena_alloc(world.arena, der.size + 1);

    for (size_t i = 0; i < COUNT(ders); i++)
        ders[i] = der;
    cr_expect_eq(certificate_read(ders, 12, world.arena, &facts), 0);
    cr_expect_eq(facts->chain.count, 10);
    cr_expect_eq(facts->chain_left_out.value, 2);

    ders[1] = bytes_of("\x30\x03nonsense", 10);
    cr_expect_eq(certificate_read(ders, 2, world.arena, &facts), 0);
    cr_assert_eq(facts->chain.count, 2);
    const struct chain_certificate_facts *broken = facts->chain.items[1];

    cr_expect(bytes_equal(broken->der, ders[1]), "what was sent is kept");
    cr_expect_eq(strlen(broken->sha256), 64);
    cr_expect_null(broken->subject);
    cr_expect_null(broken->key);
    cr_expect_eq(broken->ca, UNKNOWN);

    facts = NULL;
    cr_expect_eq(certificate_read(ders + 1, 1, world.arena, &facts), -EBADMSG);
    cr_expect_eq(certificate_read(ders, 0, world.arena, &facts), -EBADMSG);
    memcpy(longer, der.data, der.size);
    ders[0] = bytes_of(longer, der.size + 1);
    cr_expect_eq(certificate_read(ders, 1, world.arena, &facts), -EBADMSG, "one byte too many");
    ders[0] = bytes_of(longer, der.size - 1);
    cr_expect_eq(certificate_read(ders, 1, world.arena, &facts), -EBADMSG, "one byte too few");
    cr_expect_null(facts, "written on success only");
    cr_expect_eq(ERR_peek_error(), 0UL);
    world_free(&world);
}

Test(certificate, no_memory_at_any_place)
{
    struct world world = world_new();
    const struct identity *leaf =
        material_leaf(world.material, &(struct recipe){.name = "leaf.example",
                                                       .sans = "DNS:a.example,IP:192.0.2.1",
                                                       .aia = "OCSP;URI:http://ocsp.example/"});
    struct bytes ders[] = {material_der(world.material, leaf),
                           material_der(world.material, material_intermediate(world.material))};
    int result = -ENOMEM;
    size_t limit = 16;

    for (; result == -ENOMEM && limit < 65536; limit += 16) {
        struct arena *arena = arena_new(limit);
        struct certificate_facts *facts = NULL;

        result = certificate_read(ders, 2, arena, &facts);
        cr_expect_eq(facts != NULL, result == 0);
        arena_free(arena);
    }
    cr_expect_eq(result, 0);
    cr_expect_gt(limit, 2000);
    world_free(&world);
}

/* ---- verification ---- */

enum { CHAIN_SIZE = 12 };

struct case_of_trust {
    const char *what;
    enum known trusted;
    int errors[4][2]; /* depth, code; code 0 ends */
    size_t path;      /* certificates in the chain that was built */
};

static void expect_trust(struct world *world, const struct case_of_trust *expected,
                         const struct identity *trusted_root, const struct identity *const *chain,
                         size_t count)
{
    X509_STORE *store = X509_STORE_new();
    STACK_OF(X509) *stack = sk_X509_new_null();
    struct certificate_facts *facts = read_chain(world, chain, count);
    size_t errors = 0;

    cr_assert(X509_STORE_add_cert(store, trusted_root->certificate));
    for (size_t i = 0; i < count; i++)
        cr_assert(sk_X509_push(stack, chain[i]->certificate) > 0);
    cr_assert_eq(tls_verify_chain(store, stack, NOW, world->arena, facts), 0);
    cr_expect_eq(facts->trusted, expected->trusted, "%s", expected->what);
    cr_expect_eq(facts->path.count, expected->path, "%s: path of %zu", expected->what, facts->path.count);
    cr_expect(facts->verify_errors.observed);
    for (; errors < 4 && expected->errors[errors][1] != 0; errors++) {
        const struct verify_error_facts *error =
            errors < facts->verify_errors.count ? facts->verify_errors.items[errors] : NULL;

        cr_expect_not_null(error, "%s: no error %d", expected->what, expected->errors[errors][1]);
        if (error == NULL)
            continue;
        cr_expect_eq(error->depth.value, expected->errors[errors][0], "%s: depth %d", expected->what,
                     (int)error->depth.value);
        cr_expect_eq(error->code.value, expected->errors[errors][1], "%s: %d %s", expected->what,
                     (int)error->code.value, error->text);
        cr_expect_not_null(error->text);
    }
    for (; errors < facts->verify_errors.count; errors++) {
        const struct verify_error_facts *error = facts->verify_errors.items[errors];

        cr_expect_fail("%s: depth %d: %d %s", expected->what, (int)error->depth.value, (int)error->code.value,
                       error->text);
    }
    sk_X509_free(stack);
    X509_STORE_free(store);
}

Test(certificate, verification)
{
    struct world world = world_new();
    struct tls_material *m = world.material;
    const struct identity *root = material_root(m), *middle = material_intermediate(m);
    const struct identity *old_root = material_issue(
        m, &(struct recipe){.name = "Old Root", .ca = true, .not_before = -9 * DAY, .not_after = -DAY}, NULL);
    const struct identity *old_middle = material_issue(
        m, &(struct recipe){.name = "Old Middle", .ca = true, .not_before = -9 * DAY, .not_after = -DAY},
        root);
    const struct identity *no_ca =
        material_issue(m, &(struct recipe){.name = "No CA", .no_sans = true}, root);
    const struct identity *twin =
        material_issue(m, &(struct recipe){.name = "Test Intermediate", .ca = true}, root);
    const struct identity *other_root =
        material_issue(m, &(struct recipe){.name = "Other Root", .ca = true}, NULL);
    const struct identity *good = material_leaf(m, &(struct recipe){.name = "good.example"});
    const struct identity *alone = material_issue(m, &(struct recipe){.name = "alone.example"}, NULL);
    const struct identity *old =
        material_leaf(m, &(struct recipe){.name = "old.example", .not_before = -9 * DAY, .not_after = -DAY});
    const struct identity *early =
        material_leaf(m, &(struct recipe){.name = "early.example", .not_before = DAY});
    const struct identity *client =
        material_leaf(m, &(struct recipe){.name = "client.example", .key_usage = "clientAuth"});
    const struct identity *weak =
        material_leaf(m, &(struct recipe){.name = "weak.example", .key = MATERIAL_RSA1024, .digest = "SHA1"});
    const struct identity *below_old = material_issue(m, &(struct recipe){.name = "c.example"}, old_middle);
    const struct identity *below_old_root =
        material_issue(m, &(struct recipe){.name = "d.example"}, old_root);
    const struct identity *below_no_ca = material_issue(m, &(struct recipe){.name = "e.example"}, no_ca);
    const struct identity *below_other = material_issue(m, &(struct recipe){.name = "f.example"}, other_root);
    const struct identity *old_alone = material_issue(
        m, &(struct recipe){.name = "g.example", .not_before = -9 * DAY, .not_after = -DAY}, NULL);
    const struct {
        struct case_of_trust expected;
        const struct identity *root;
        const struct identity *chain[4];
    } rows[] = {
        {{"good", YES, {{0}}, 3}, root, {good, middle}},
        {{"the root was sent too", YES, {{0}}, 3}, root, {good, middle, root}},
        {{"wrong order and a stranger", YES, {{0}}, 3}, root, {good, root, below_other, middle}},
        {{"missing intermediate", NO, {{0, 20}, {0, 21}}, 1}, root, {good}},
        {{"unknown root", NO, {{1, 19}}, 2}, root, {below_other, other_root}},
        {{"unknown root, not sent", NO, {{0, 20}, {0, 21}}, 1}, root, {below_other}},
        {{"self-signed", NO, {{0, 18}}, 1}, root, {alone}},
        {{"self-signed and trusted", YES, {{0}}, 1}, alone, {alone}},
        {{"self-signed, trusted, expired", YES, {{0, 10}}, 1}, old_alone, {old_alone}},
        {{"expired", YES, {{0, 10}}, 3}, root, {old, middle}},
        {{"not yet valid", YES, {{0, 9}}, 3}, root, {early, middle}},
        {{"expired and incomplete", NO, {{0, 20}, {0, 21}, {0, 10}}, 1}, root, {old}},
        {{"expired intermediate", YES, {{1, 10}}, 3}, root, {below_old, old_middle}},
        {{"expired root", NO, {{1, 10}}, 2}, old_root, {below_old_root}},
        {{"not for servers", NO, {{0, 26}}, 3}, root, {client, middle}},
        {{"issued by what is no CA", NO, {{1, 79}, {1, 26}}, 3}, root, {below_no_ca, no_ca}},
        {{"signed by another key", NO, {{0, 7}}, 3}, root, {good, twin}},
        {{"weak key and hash: no matter of trust", YES, {{0}}, 3}, root, {weak, middle}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t count = 0;

        while (count < COUNT(rows[i].chain) && rows[i].chain[count] != NULL)
            count++;
        expect_trust(&world, &rows[i].expected, rows[i].root, rows[i].chain, count);
    }
    world_free(&world);
}

Test(certificate, a_long_chain)
{
    struct world world = world_new();
    const struct identity *chain[CHAIN_SIZE];
    const struct identity *issuer = material_root(world.material);
    const struct case_of_trust expected = {"long", YES, {{0}}, CHAIN_SIZE + 1};

    for (size_t i = CHAIN_SIZE; i-- > 0;) {
        char name[32];

        snprintf(name, sizeof(name), "level %zu", i);
        chain[i] = material_issue(world.material,
                                  &(struct recipe){.name = name, .ca = i > 0, .no_sans = true}, issuer);
        issuer = chain[i];
    }
    expect_trust(&world, &expected, material_root(world.material), chain, CHAIN_SIZE);
    world_free(&world);
}
