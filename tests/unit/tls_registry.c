/*
 * tls_registry.c - tests of the registries of TLS: invariants over all entries, chosen entries by hand, and OpenSSL
 * as an independent witness of names, codes, properties and primes
 */
#include "scanner/facts/tls_registry.h"

#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(tls_registry, versions)
{
    static const struct {
        uint16_t version;
        const char *name;
    } rows[] = {{0x0002, "SSL2"},   {0x0300, "SSL3"},   {0x0301, "TLS1.0"},
                {0x0302, "TLS1.1"}, {0x0303, "TLS1.2"}, {0x0304, "TLS1.3"}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_expect_str_eq(tls_registry_version_name(rows[i].version), rows[i].name);
        cr_expect_eq(tls_registry_version(rows[i].name), rows[i].version);
    }
    cr_expect_null(tls_registry_version_name(0x0305));
    cr_expect_null(tls_registry_version_name(0x7f1c));
    cr_expect_eq(tls_registry_version("TLS1.4"), 0);
}

/* ---- cipher suites ---- */

Test(tls_registry, suites_are_sorted_and_found)
{
    size_t count;
    const struct tls_suite *suites = tls_suites(&count);
    size_t registered = 0, ssl2 = 0;

    for (size_t i = 0; i < count; i++) {
        const struct tls_suite *suite = &suites[i];
        bool same_run = i > 0 && suite->ssl2 == suites[i - 1].ssl2 &&
                        (suite->recommended == '-') == (suites[i - 1].recommended == '-');

        registered += suite->recommended != '-';
        ssl2 += suite->ssl2;
        cr_expect(!same_run || suites[i - 1].code < suite->code, "%s is out of order", suite->name);
        cr_expect(suite->ssl2 || suite->code <= 0xffff, "%s", suite->name);
        cr_expect_eq(suite->ssl2 ? tls_suite_ssl2(suite->code) : tls_suite_by_code(suite->code), suite, "%s",
                     suite->name);
        cr_expect_eq(tls_suite_by_name(suite->name), suite, "%s is not unique", suite->name);
        cr_expect_not_null(strchr(suite->ssl2 ? "-" : "YND-", suite->recommended), "%s", suite->name);
    }
    cr_expect_eq(registered, 356, "IANA has %zu", registered);
    cr_expect_eq(ssl2, 8);
    cr_expect_null(tls_suite_by_code(0xcafe));
    cr_expect_null(tls_suite_by_code(0x010080), "SSLv2's kinds have a look-up of their own");
    cr_expect_null(tls_suite_ssl2(0x0005));
    cr_expect_null(tls_suite_by_name("TLS_NO_SUCH"));
}

Test(tls_registry, properties_fit_together)
{
    size_t count;
    const struct tls_suite *suites = tls_suites(&count);

    for (size_t i = 0; i < count; i++) {
        const struct tls_suite *s = &suites[i];
        bool null = s->cipher == TLS_CIPHER_NULL;

        cr_expect(!s->tls13 || s->aead || null, "%s", s->name);
        cr_expect(!s->tls13 || (s->forward_secrecy && s->authentication == TLS_AUTH_ANY), "%s", s->name);
        cr_expect_eq(s->tls13, s->key_exchange == TLS_KX_ANY, "%s", s->name);
        cr_expect(!s->aead || (!null && s->mac != TLS_HASH_NONE && s->mode >= TLS_MODE_GCM), "%s", s->name);
        cr_expect_eq(null, s->key_bits == 0, "%s", s->name);
        cr_expect_eq(null, s->strength_bits == 0, "%s", s->name);
        cr_expect_eq(null, s->mode == TLS_MODE_NONE, "%s", s->name);
        cr_expect_geq(s->key_bits, s->strength_bits, "%s", s->name);
        cr_expect(!s->export_grade || (s->strength_bits >= 40 && s->strength_bits <= 56), "%s", s->name);
        cr_expect(s->mode != TLS_MODE_CBC || s->block_bits == 64 || s->block_bits == 128, "%s", s->name);
        cr_expect(s->mode != TLS_MODE_STREAM || s->block_bits == 0, "%s", s->name);
        cr_expect(!s->signalling || (null && s->key_exchange == TLS_KX_NONE), "%s", s->name);
        cr_expect_eq(s->export_grade, strstr(s->name, "EXPORT") != NULL, "%s", s->name);
        cr_expect_eq(s->mac == TLS_HASH_NONE, s->key_exchange == TLS_KX_NONE, "%s", s->name);
        cr_expect(s->recommended != 'Y' || (s->aead && s->forward_secrecy), "%s", s->name);
    }
}

struct chosen {
    uint32_t code;
    const char *name;
    char recommended;
    enum tls_key_exchange kx;
    enum tls_authentication auth;
    enum tls_cipher cipher;
    enum tls_mode mode;
    enum tls_hash mac;
    const char *flags; /* 1: TLS 1.3, a: AEAD, x: export, f: forward secrecy */
    uint16_t key, strength, block;
};

#define K(x) TLS_KX_##x
#define A(x) TLS_AUTH_##x
#define C(x) TLS_CIPHER_##x
#define M(x) TLS_MODE_##x
#define H(x) TLS_HASH_##x

static const struct chosen chosen[] = {
    {0x0000, "TLS_NULL_WITH_NULL_NULL", 'N', K(NONE), A(NONE), C(NULL), M(NONE), H(NONE), "", 0, 0, 0},
    {0x0002, "TLS_RSA_WITH_NULL_SHA", 'D', K(RSA), A(RSA), C(NULL), M(NONE), H(SHA1), "", 0, 0, 0},
    {0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5", 'D', K(RSA), A(RSA), C(RC4), M(STREAM), H(MD5), "x", 40, 40,
     0},
    {0x0005, "TLS_RSA_WITH_RC4_128_SHA", 'D', K(RSA), A(RSA), C(RC4), M(STREAM), H(SHA1), "", 128, 128, 0},
    {0x0006, "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5", 'D', K(RSA), A(RSA), C(RC2), M(CBC), H(MD5), "x", 40, 40,
     64},
    {0x0007, "TLS_RSA_WITH_IDEA_CBC_SHA", 'D', K(RSA), A(RSA), C(IDEA), M(CBC), H(SHA1), "", 128, 128, 64},
    {0x0008, "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA", 'D', K(RSA), A(RSA), C(DES), M(CBC), H(SHA1), "x", 40, 40,
     64},
    {0x0009, "TLS_RSA_WITH_DES_CBC_SHA", 'D', K(RSA), A(RSA), C(DES), M(CBC), H(SHA1), "", 56, 56, 64},
    {0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 'D', K(RSA), A(RSA), C(3DES), M(CBC), H(SHA1), "", 168, 112,
     64},
    {0x000d, "TLS_DH_DSS_WITH_3DES_EDE_CBC_SHA", 'D', K(DH), A(DSS), C(3DES), M(CBC), H(SHA1), "", 168, 112,
     64},
    {0x0014, "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA", 'D', K(DHE), A(RSA), C(DES), M(CBC), H(SHA1), "xf", 40,
     40, 64},
    {0x0018, "TLS_DH_anon_WITH_RC4_128_MD5", 'D', K(DHE), A(NONE), C(RC4), M(STREAM), H(MD5), "f", 128, 128,
     0},
    {0x001f, "TLS_KRB5_WITH_3DES_EDE_CBC_SHA", 'N', K(KRB5), A(KRB5), C(3DES), M(CBC), H(SHA1), "", 168, 112,
     64},
    {0x0026, "TLS_KRB5_EXPORT_WITH_DES_CBC_40_SHA", 'D', K(KRB5), A(KRB5), C(DES), M(CBC), H(SHA1), "x", 40,
     40, 64},
    {0x002b, "TLS_KRB5_EXPORT_WITH_RC4_40_MD5", 'D', K(KRB5), A(KRB5), C(RC4), M(STREAM), H(MD5), "x", 40, 40,
     0},
    {0x002d, "TLS_DHE_PSK_WITH_NULL_SHA", 'D', K(DHE_PSK), A(PSK), C(NULL), M(NONE), H(SHA1), "f", 0, 0, 0},
    {0x0031, "TLS_DH_RSA_WITH_AES_128_CBC_SHA", 'D', K(DH), A(RSA), C(AES), M(CBC), H(SHA1), "", 128, 128,
     128},
    {0x0032, "TLS_DHE_DSS_WITH_AES_128_CBC_SHA", 'D', K(DHE), A(DSS), C(AES), M(CBC), H(SHA1), "f", 128, 128,
     128},
    {0x0060, "TLS_RSA_EXPORT1024_WITH_RC4_56_MD5", '-', K(RSA), A(RSA), C(RC4), M(STREAM), H(MD5), "x", 56,
     56, 0},
    {0x0063, "TLS_DHE_DSS_EXPORT1024_WITH_DES_CBC_SHA", '-', K(DHE), A(DSS), C(DES), M(CBC), H(SHA1), "xf",
     56, 56, 64},
    {0x0081, "TLS_GOSTR341001_WITH_28147_CNT_IMIT", '-', K(GOST), A(GOST), C(GOST28147), M(CNT), H(GOST), "",
     256, 256, 64},
    {0x0083, "TLS_GOSTR341001_WITH_NULL_GOSTR3411", '-', K(GOST), A(GOST), C(NULL), M(NONE), H(GOST), "", 0,
     0, 0},
    {0x008c, "TLS_PSK_WITH_AES_128_CBC_SHA", 'N', K(PSK), A(PSK), C(AES), M(CBC), H(SHA1), "", 128, 128, 128},
    {0x0094, "TLS_RSA_PSK_WITH_AES_128_CBC_SHA", 'D', K(RSA_PSK), A(RSA), C(AES), M(CBC), H(SHA1), "", 128,
     128, 128},
    {0x0096, "TLS_RSA_WITH_SEED_CBC_SHA", 'D', K(RSA), A(RSA), C(SEED), M(CBC), H(SHA1), "", 128, 128, 128},
    {0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 'D', K(DHE), A(RSA), C(AES), M(GCM), H(SHA256), "af", 128,
     128, 128},
    {0x00c6, "TLS_SM4_GCM_SM3", 'N', K(ANY), A(ANY), C(SM4), M(GCM), H(SM3), "1af", 128, 128, 128},
    {0x006e, "TLS_ASCONAEAD128_ASCONHASH256", 'N', K(ANY), A(ANY), C(ASCON), M(OTHER_AEAD), H(ASCON), "1af",
     128, 128, 128},
    {0x1301, "TLS_AES_128_GCM_SHA256", 'Y', K(ANY), A(ANY), C(AES), M(GCM), H(SHA256), "1af", 128, 128, 128},
    {0x1302, "TLS_AES_256_GCM_SHA384", 'Y', K(ANY), A(ANY), C(AES), M(GCM), H(SHA384), "1af", 256, 256, 128},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", 'Y', K(ANY), A(ANY), C(CHACHA20), M(POLY1305), H(SHA256), "1af",
     256, 256, 0},
    {0x1305, "TLS_AES_128_CCM_8_SHA256", 'N', K(ANY), A(ANY), C(AES), M(CCM_8), H(SHA256), "1af", 128, 128,
     128},
    {0x1306, "TLS_AEGIS_256_SHA512", 'N', K(ANY), A(ANY), C(AEGIS), M(OTHER_AEAD), H(SHA512), "1af", 256, 256,
     128},
    {0xc005, "TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA", 'N', K(ECDH), A(ECDSA), C(AES), M(CBC), H(SHA1), "", 256,
     256, 128},
    {0xc00c, "TLS_ECDH_RSA_WITH_RC4_128_SHA", 'N', K(ECDH), A(RSA), C(RC4), M(STREAM), H(SHA1), "", 128, 128,
     0},
    {0xc010, "TLS_ECDHE_RSA_WITH_NULL_SHA", 'D', K(ECDHE), A(RSA), C(NULL), M(NONE), H(SHA1), "f", 0, 0, 0},
    {0xc018, "TLS_ECDH_anon_WITH_AES_128_CBC_SHA", 'N', K(ECDHE), A(NONE), C(AES), M(CBC), H(SHA1), "f", 128,
     128, 128},
    {0xc01d, "TLS_SRP_SHA_WITH_AES_128_CBC_SHA", 'N', K(SRP), A(SRP), C(AES), M(CBC), H(SHA1), "f", 128, 128,
     128},
    {0xc01e, "TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA", 'N', K(SRP), A(RSA), C(AES), M(CBC), H(SHA1), "f", 128,
     128, 128},
    {0xc022, "TLS_SRP_SHA_DSS_WITH_AES_256_CBC_SHA", 'N', K(SRP), A(DSS), C(AES), M(CBC), H(SHA1), "f", 256,
     256, 128},
    {0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", 'N', K(ECDHE), A(ECDSA), C(AES), M(CBC), H(SHA384),
     "f", 256, 256, 128},
    {0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 'Y', K(ECDHE), A(RSA), C(AES), M(GCM), H(SHA256), "af",
     128, 128, 128},
    {0xc033, "TLS_ECDHE_PSK_WITH_RC4_128_SHA", 'D', K(ECDHE_PSK), A(PSK), C(RC4), M(STREAM), H(SHA1), "f",
     128, 128, 0},
    {0xc03d, "TLS_RSA_WITH_ARIA_256_CBC_SHA384", 'D', K(RSA), A(RSA), C(ARIA), M(CBC), H(SHA384), "", 256,
     256, 128},
    {0xc05c, "TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256", 'N', K(ECDHE), A(ECDSA), C(ARIA), M(GCM), H(SHA256),
     "af", 128, 128, 128},
    {0xc077, "TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384", 'N', K(ECDHE), A(RSA), C(CAMELLIA), M(CBC),
     H(SHA384), "f", 256, 256, 128},
    {0xc09c, "TLS_RSA_WITH_AES_128_CCM", 'D', K(RSA), A(RSA), C(AES), M(CCM), H(SHA256), "a", 128, 128, 128},
    {0xc0ab, "TLS_PSK_DHE_WITH_AES_256_CCM_8", 'D', K(DHE_PSK), A(PSK), C(AES), M(CCM_8), H(SHA256), "af",
     256, 256, 128},
    {0xc0ae, "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", 'N', K(ECDHE), A(ECDSA), C(AES), M(CCM_8), H(SHA256), "af",
     128, 128, 128},
    {0xc0b1, "TLS_ECCPWD_WITH_AES_256_GCM_SHA384", 'N', K(ECCPWD), A(ECCPWD), C(AES), M(GCM), H(SHA384), "af",
     256, 256, 128},
    {0xc0b4, "TLS_SHA256_SHA256", 'D', K(ANY), A(ANY), C(NULL), M(NONE), H(SHA256), "1f", 0, 0, 0},
    {0xc100, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_CTR_OMAC", 'N', K(GOST), A(GOST), C(KUZNYECHIK), M(CNT),
     H(GOST), "", 256, 256, 128},
    {0xc102, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT", 'N', K(GOST), A(GOST), C(GOST28147), M(CNT), H(GOST),
     "", 256, 256, 64},
    {0xc104, "TLS_GOSTR341112_256_WITH_MAGMA_MGM_L", 'N', K(ANY), A(ANY), C(MAGMA), M(OTHER_AEAD), H(GOST),
     "1af", 256, 256, 64},
    {0xcc13, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256_OLD", '-', K(ECDHE), A(RSA), C(CHACHA20),
     M(POLY1305), H(SHA256), "af", 256, 256, 0},
    {0xccab, "TLS_PSK_WITH_CHACHA20_POLY1305_SHA256", 'N', K(PSK), A(PSK), C(CHACHA20), M(POLY1305),
     H(SHA256), "a", 256, 256, 0},
    {0xd003, "TLS_ECDHE_PSK_WITH_AES_128_CCM_8_SHA256", 'N', K(ECDHE_PSK), A(PSK), C(AES), M(CCM_8),
     H(SHA256), "af", 128, 128, 128},
    {0xfeff, "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA", '-', K(RSA), A(RSA), C(3DES), M(CBC), H(SHA1), "", 168,
     112, 64},
    {0xff85, "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT_OLD", '-', K(GOST), A(GOST), C(GOST28147), M(CNT),
     H(GOST), "", 256, 256, 64},
};

static const struct chosen chosen_ssl2[] = {
    {0x000000, "SSL_CK_NULL_WITH_MD5", '-', K(RSA), A(RSA), C(NULL), M(NONE), H(MD5), "", 0, 0, 0},
    {0x010080, "SSL_CK_RC4_128_WITH_MD5", '-', K(RSA), A(RSA), C(RC4), M(STREAM), H(MD5), "", 128, 128, 0},
    {0x020080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5", '-', K(RSA), A(RSA), C(RC4), M(STREAM), H(MD5), "x", 40,
     40, 0},
    {0x030080, "SSL_CK_RC2_128_CBC_WITH_MD5", '-', K(RSA), A(RSA), C(RC2), M(CBC), H(MD5), "", 128, 128, 64},
    {0x040080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5", '-', K(RSA), A(RSA), C(RC2), M(CBC), H(MD5), "x", 40,
     40, 64},
    {0x050080, "SSL_CK_IDEA_128_CBC_WITH_MD5", '-', K(RSA), A(RSA), C(IDEA), M(CBC), H(MD5), "", 128, 128,
     64},
    {0x060040, "SSL_CK_DES_64_CBC_WITH_MD5", '-', K(RSA), A(RSA), C(DES), M(CBC), H(MD5), "", 56, 56, 64},
    {0x0700c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5", '-', K(RSA), A(RSA), C(3DES), M(CBC), H(MD5), "", 168, 112,
     64},
};

static void expect_as_chosen(const struct tls_suite *s, const struct chosen *row)
{
    cr_assert_not_null(s, "%s", row->name);
    cr_expect_str_eq(s->name, row->name);
    cr_expect_eq(s->recommended, row->recommended, "%s: %c", s->name, s->recommended);
    cr_expect_eq(s->key_exchange, row->kx, "%s: key exchange %d", s->name, (int)s->key_exchange);
    cr_expect_eq(s->authentication, row->auth, "%s: authentication %d", s->name, (int)s->authentication);
    cr_expect_eq(s->cipher, row->cipher, "%s: cipher %d", s->name, (int)s->cipher);
    cr_expect_eq(s->mode, row->mode, "%s: mode %d", s->name, (int)s->mode);
    cr_expect_eq(s->mac, row->mac, "%s: hash %d", s->name, (int)s->mac);
    cr_expect_eq(s->tls13, strchr(row->flags, '1') != NULL, "%s", s->name);
    cr_expect_eq(s->aead, strchr(row->flags, 'a') != NULL, "%s", s->name);
    cr_expect_eq(s->export_grade, strchr(row->flags, 'x') != NULL, "%s", s->name);
    cr_expect_eq(s->forward_secrecy, strchr(row->flags, 'f') != NULL, "%s", s->name);
    cr_expect_eq(s->key_bits, row->key, "%s: %u", s->name, (unsigned)s->key_bits);
    cr_expect_eq(s->strength_bits, row->strength, "%s: %u", s->name, (unsigned)s->strength_bits);
    cr_expect_eq(s->block_bits, row->block, "%s: %u", s->name, (unsigned)s->block_bits);
    cr_expect_not(s->signalling, "%s", s->name);
}

Test(tls_registry, chosen_suites)
{
    char unknown[TLS_UNKNOWN_SIZE];

    for (size_t i = 0; i < COUNT(chosen); i++)
        expect_as_chosen(tls_suite_by_code(chosen[i].code), &chosen[i]);
    for (size_t i = 0; i < COUNT(chosen_ssl2); i++)
        expect_as_chosen(tls_suite_ssl2(chosen_ssl2[i].code), &chosen_ssl2[i]);
    cr_expect(tls_suite_by_code(0x00ff)->signalling);
    cr_expect(tls_suite_by_code(0x5600)->signalling);
    cr_expect_str_eq(tls_suite_name(0x0005, unknown), "TLS_RSA_WITH_RC4_128_SHA");
    cr_expect_str_eq(tls_suite_name(0xcafe, unknown), "0xCAFE");
    cr_expect_str_eq(tls_suite_name(0xffffff, unknown), "0xFFFFFF");
}

static enum tls_key_exchange openssl_key_exchange(int nid)
{
    switch (nid) {
    case NID_kx_rsa:
        return TLS_KX_RSA;
    case NID_kx_dhe:
        return TLS_KX_DHE;
    case NID_kx_ecdhe:
        return TLS_KX_ECDHE;
    case NID_kx_psk:
        return TLS_KX_PSK;
    case NID_kx_dhe_psk:
        return TLS_KX_DHE_PSK;
    case NID_kx_rsa_psk:
        return TLS_KX_RSA_PSK;
    case NID_kx_ecdhe_psk:
        return TLS_KX_ECDHE_PSK;
    case NID_kx_srp:
        return TLS_KX_SRP;
    case NID_kx_any:
        return TLS_KX_ANY;
    default:
        return TLS_KX_NONE;
    }
}

static enum tls_authentication openssl_authentication(int nid)
{
    switch (nid) {
    case NID_auth_rsa:
        return TLS_AUTH_RSA;
    case NID_auth_dss:
        return TLS_AUTH_DSS;
    case NID_auth_ecdsa:
        return TLS_AUTH_ECDSA;
    case NID_auth_psk:
        return TLS_AUTH_PSK;
    case NID_auth_srp:
        return TLS_AUTH_SRP;
    case NID_auth_any:
        return TLS_AUTH_ANY;
    default:
        return TLS_AUTH_NONE;
    }
}

Test(tls_registry, openssl_agrees_on_suites)
{
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    SSL *ssl;
    STACK_OF(SSL_CIPHER) * ciphers;

    cr_assert_eq(SSL_CTX_set_cipher_list(context, "ALL:COMPLEMENTOFALL:@SECLEVEL=0"), 1);
    cr_assert_eq(SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                                   "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:"
                                                   "TLS_AES_128_CCM_8_SHA256"),
                 1);
    ssl = SSL_new(context);
    ciphers = SSL_get_ciphers(ssl);
    cr_assert_gt(sk_SSL_CIPHER_num(ciphers), 80);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);
        const struct tls_suite *suite = tls_suite_by_code(SSL_CIPHER_get_protocol_id(cipher));

        cr_assert_not_null(suite, "%s", SSL_CIPHER_standard_name(cipher));
        cr_expect_str_eq(suite->name, SSL_CIPHER_standard_name(cipher));
        cr_expect_eq(suite->key_exchange, openssl_key_exchange(SSL_CIPHER_get_kx_nid(cipher)), "%s",
                     suite->name);
        cr_expect_eq(suite->authentication, openssl_authentication(SSL_CIPHER_get_auth_nid(cipher)), "%s",
                     suite->name);
        cr_expect_eq(suite->aead, SSL_CIPHER_is_aead(cipher) == 1, "%s", suite->name);
        cr_expect_eq(suite->key_bits, SSL_CIPHER_get_bits(cipher, NULL), "%s", suite->name);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
}

/* ---- groups ---- */

Test(tls_registry, groups)
{
    static const struct {
        uint16_t code;
        const char *name;
        char recommended;
        enum tls_group_kind kind;
        bool tls12, tls13;
        uint16_t bits, strength;
    } rows[] = {
        {0x0001, "sect163k1", 'D', TLS_GROUP_EC, true, false, 163, 80},
        {0x0013, "secp192r1", 'D', TLS_GROUP_EC, true, false, 192, 96},
        {0x0016, "secp256k1", 'N', TLS_GROUP_EC, true, false, 256, 128},
        {0x0017, "secp256r1", 'Y', TLS_GROUP_EC, true, true, 256, 128},
        {0x0018, "secp384r1", 'Y', TLS_GROUP_EC, true, true, 384, 192},
        {0x0019, "secp521r1", 'N', TLS_GROUP_EC, true, true, 521, 256},
        {0x001a, "brainpoolP256r1", 'N', TLS_GROUP_EC, true, false, 256, 128},
        {0x001d, "x25519", 'Y', TLS_GROUP_EC, true, true, 255, 128},
        {0x001e, "x448", 'Y', TLS_GROUP_EC, true, true, 448, 224},
        {0x0021, "brainpoolP512r1tls13", 'N', TLS_GROUP_EC, false, true, 512, 256},
        {0x0022, "GC256A", 'N', TLS_GROUP_EC, true, true, 256, 128},
        {0x0029, "curveSM2", 'N', TLS_GROUP_EC, false, true, 256, 128},
        {0x0100, "ffdhe2048", 'N', TLS_GROUP_FFDHE, true, true, 2048, 112},
        {0x0104, "ffdhe8192", 'N', TLS_GROUP_FFDHE, true, true, 8192, 200},
        {0x0201, "MLKEM768", 'N', TLS_GROUP_PQ, false, true, 0, 192},
        {0x11eb, "SecP256r1MLKEM768", 'N', TLS_GROUP_HYBRID, false, true, 256, 192},
        {0x11ec, "X25519MLKEM768", 'Y', TLS_GROUP_HYBRID, false, true, 255, 192},
        {0x11ed, "SecP384r1MLKEM1024", 'N', TLS_GROUP_HYBRID, false, true, 384, 256},
        {0x11ee, "curveSM2MLKEM768", 'N', TLS_GROUP_HYBRID, false, true, 256, 192},
        {0x6399, "X25519Kyber768Draft00", 'D', TLS_GROUP_HYBRID, false, true, 255, 192},
        {0xff01, "arbitrary_explicit_prime_curves", 'N', TLS_GROUP_OTHER, true, false, 0, 0},
    };
    size_t count;
    const struct tls_group *groups = tls_groups(&count);

    cr_expect_eq(count, 57);
    for (size_t i = 0; i < count; i++) {
        cr_expect(i == 0 || groups[i - 1].code < groups[i].code, "%s is out of order", groups[i].name);
        cr_expect_eq(tls_group_by_code(groups[i].code), &groups[i]);
        cr_expect_eq(tls_group_by_name(groups[i].name), &groups[i], "%s is not unique", groups[i].name);
        cr_expect_eq(groups[i].strength_bits == 0, groups[i].kind == TLS_GROUP_OTHER, "%s", groups[i].name);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct tls_group *group = tls_group_by_code(rows[i].code);

        cr_assert_not_null(group, "%s", rows[i].name);
        cr_expect_str_eq(group->name, rows[i].name);
        cr_expect_eq(group->recommended, rows[i].recommended, "%s", group->name);
        cr_expect_eq(group->kind, rows[i].kind, "%s", group->name);
        cr_expect_eq(group->tls12, rows[i].tls12, "%s", group->name);
        cr_expect_eq(group->tls13, rows[i].tls13, "%s", group->name);
        cr_expect_eq(group->bits, rows[i].bits, "%s", group->name);
        cr_expect_eq(group->strength_bits, rows[i].strength, "%s", group->name);
    }
    cr_expect_null(tls_group_by_code(0x4a4a));
    cr_expect_null(tls_group_by_name("P-256"));
}

/* ---- signature schemes ---- */

Test(tls_registry, schemes)
{
    static const struct {
        uint16_t code;
        const char *name;
        char recommended;
        enum tls_signature_key key;
        enum tls_hash hash;
        bool tls12, tls13;
    } rows[] = {
        {0x0101, "rsa_pkcs1_md5", '-', TLS_SIGN_RSA_PKCS1, H(MD5), true, false},
        {0x0201, "rsa_pkcs1_sha1", 'N', TLS_SIGN_RSA_PKCS1, H(SHA1), true, false},
        {0x0202, "dsa_sha1", '-', TLS_SIGN_DSA, H(SHA1), true, false},
        {0x0203, "ecdsa_sha1", 'N', TLS_SIGN_ECDSA, H(SHA1), true, false},
        {0x0301, "rsa_pkcs1_sha224", '-', TLS_SIGN_RSA_PKCS1, H(SHA224), true, false},
        {0x0401, "rsa_pkcs1_sha256", 'Y', TLS_SIGN_RSA_PKCS1, H(SHA256), true, false},
        {0x0403, "ecdsa_secp256r1_sha256", 'Y', TLS_SIGN_ECDSA, H(SHA256), true, true},
        {0x0420, "rsa_pkcs1_sha256_legacy", 'N', TLS_SIGN_RSA_PKCS1, H(SHA256), false, false},
        {0x0602, "dsa_sha512", '-', TLS_SIGN_DSA, H(SHA512), true, false},
        {0x0708, "sm2sig_sm3", 'N', TLS_SIGN_SM2, H(SM3), false, true},
        {0x0709, "gostr34102012_256a", 'N', TLS_SIGN_GOST, H(GOST), false, true},
        {0x0804, "rsa_pss_rsae_sha256", 'Y', TLS_SIGN_RSA_PSS_RSAE, H(SHA256), true, true},
        {0x0807, "ed25519", 'Y', TLS_SIGN_EDDSA, H(INTRINSIC), true, true},
        {0x080b, "rsa_pss_pss_sha512", 'Y', TLS_SIGN_RSA_PSS_PSS, H(SHA512), true, true},
        {0x081a, "ecdsa_brainpoolP256r1tls13_sha256", 'N', TLS_SIGN_ECDSA, H(SHA256), false, true},
        {0x0840, "gostr34102012_256", '-', TLS_SIGN_GOST, H(GOST), true, false},
        {0x0905, "mldsa65", 'N', TLS_SIGN_ML_DSA, H(INTRINSIC), false, true},
    };
    size_t count;
    const struct tls_scheme *schemes = tls_schemes(&count);

    cr_expect_eq(count, 50);
    for (size_t i = 0; i < count; i++) {
        cr_expect(i == 0 || schemes[i - 1].code < schemes[i].code, "%s is out of order", schemes[i].name);
        cr_expect_eq(tls_scheme_by_code(schemes[i].code), &schemes[i]);
        cr_expect_eq(tls_scheme_by_name(schemes[i].name), &schemes[i], "%s is not unique", schemes[i].name);
        cr_expect_neq(schemes[i].hash, TLS_HASH_NONE, "%s", schemes[i].name);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct tls_scheme *scheme = tls_scheme_by_code(rows[i].code);

        cr_assert_not_null(scheme, "%s", rows[i].name);
        cr_expect_str_eq(scheme->name, rows[i].name);
        cr_expect_eq(scheme->recommended, rows[i].recommended, "%s", scheme->name);
        cr_expect_eq(scheme->key, rows[i].key, "%s", scheme->name);
        cr_expect_eq(scheme->hash, rows[i].hash, "%s", scheme->name);
        cr_expect_eq(scheme->tls12, rows[i].tls12, "%s", scheme->name);
        cr_expect_eq(scheme->tls13, rows[i].tls13, "%s", scheme->name);
    }
    cr_expect_null(tls_scheme_by_code(0x0000));
    cr_expect_null(tls_scheme_by_name("rsa"));
}

/* ---- known Diffie-Hellman primes ---- */

static void expect_prime(BIGNUM *prime, const char *name)
{
    uint8_t bytes[1 + 1024] = {0};
    size_t size = (size_t)BN_num_bytes(prime);
    const char *known;

    cr_assert_leq(size, sizeof(bytes) - 1);
    BN_bn2bin(prime, bytes + 1);
    known = tls_known_prime(bytes + 1, size);
    cr_assert_not_null(known, "%s is not known", name);
    cr_expect_str_eq(known, name);
    cr_expect_str_eq(tls_known_prime(bytes, size + 1), name, "with a leading zero");
    bytes[size] ^= 2;
    cr_expect_null(tls_known_prime(bytes + 1, size), "%s with one bit changed", name);
    BN_free(prime);
}

static BIGNUM *openssl_prime(const char *algorithm, const char *group)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0),
        OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    BIGNUM *prime = NULL;

    cr_assert_eq(EVP_PKEY_paramgen_init(context), 1);
    cr_assert_eq(EVP_PKEY_CTX_set_params(context, parameters), 1, "%s", group);
    cr_assert_eq(EVP_PKEY_paramgen(context, &key), 1);
    cr_assert_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_FFC_P, &prime), 1);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
    return prime;
}

Test(tls_registry, primes_are_openssls)
{
    static const struct {
        const char *algorithm, *group, *name;
    } rows[] = {
        {"DH", "modp_1536", "RFC 3526 group 5 (1536 bits)"},
        {"DH", "modp_2048", "RFC 3526 group 14 (2048 bits)"},
        {"DH", "modp_3072", "RFC 3526 group 15 (3072 bits)"},
        {"DH", "modp_4096", "RFC 3526 group 16 (4096 bits)"},
        {"DH", "modp_6144", "RFC 3526 group 17 (6144 bits)"},
        {"DH", "modp_8192", "RFC 3526 group 18 (8192 bits)"},
        {"DHX", "dh_1024_160", "RFC 5114 group 22 (1024 bits)"},
        {"DHX", "dh_2048_224", "RFC 5114 group 23 (2048 bits)"},
        {"DHX", "dh_2048_256", "RFC 5114 group 24 (2048 bits)"},
        {"DH", "ffdhe2048", "ffdhe2048"},
        {"DH", "ffdhe3072", "ffdhe3072"},
        {"DH", "ffdhe4096", "ffdhe4096"},
        {"DH", "ffdhe6144", "ffdhe6144"},
        {"DH", "ffdhe8192", "ffdhe8192"},
    };

    expect_prime(BN_get_rfc2409_prime_768(NULL), "RFC 2409 group 1 (768 bits)");
    expect_prime(BN_get_rfc2409_prime_1024(NULL), "RFC 2409 group 2 (1024 bits)");
    for (size_t i = 0; i < COUNT(rows); i++)
        expect_prime(openssl_prime(rows[i].algorithm, rows[i].group), rows[i].name);
    cr_expect_null(tls_known_prime((const uint8_t *)"\0\0", 2));
}
