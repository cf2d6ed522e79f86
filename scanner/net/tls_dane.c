/*
 * tls_dane.c - does a chain of certificates match TLSA records? (RFC 6698, 7671)
 *
 * OpenSSL judges, from what was sent alone and without a connection: it keeps its DANE state in an SSL object,
 * which is made for the occasion and never speaks. Its rules for digests are those of RFC 7671 9: of one usage and
 * selector only the strongest counts.
 */
#include "scanner/net/tls_dane.h"

#include "scanner/base/arena.h"
#include "scanner/net/tls_internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { DEPTH_LIMIT = 20 };

/* What one match needs of OpenSSL. */
struct matcher {
    SSL_CTX *context;
    SSL *ssl;
    X509_STORE *no_roots;
    X509_STORE_CTX *verification;
    STACK_OF(X509) * chain;
};

static void matcher_free(struct matcher *matcher)
{
    X509_STORE_CTX_free(matcher->verification);
    sk_X509_pop_free(matcher->chain, X509_free);
    X509_STORE_free(matcher->no_roots);
    SSL_free(matcher->ssl);
    SSL_CTX_free(matcher->context);
    ERR_clear_error();
}

bool tls_dane_data_valid(uint8_t selector, struct bytes data)
{
    const unsigned char *in = data.data;
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    bool valid = false;

    if (data.size == 0 || data.size > INT32_MAX)
        return false;
    if (selector == TLSA_CERTIFICATE) {
        certificate = d2i_X509(NULL, &in, (long)data.size);
        valid = certificate != NULL && X509_get0_pubkey(certificate) != NULL;
    } else if (selector == TLSA_KEY) {
        key = d2i_PUBKEY(NULL, &in, (long)data.size);
        valid = key != NULL;
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return valid && in == data.data + data.size;
}

/* What does not parse is left out, but for the leaf: then there is nothing to look at. */
static int read_chain(struct matcher *matcher, const struct bytes *chain, size_t count)
{
    matcher->chain = sk_X509_new_null();
    if (matcher->chain == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *in = chain[i].data;
        X509 *certificate = chain[i].size > INT32_MAX ? NULL : d2i_X509(NULL, &in, (long)chain[i].size);

        if (certificate == NULL && i == 0)
            return 0;
        if (certificate != NULL && !sk_X509_push(matcher->chain, certificate)) {
            X509_free(certificate);
            return -ENOMEM;
        }
    }
    return 0;
}

/* -ENOMEM also when OpenSSL fails for another reason of its own. */
static int add_records(struct matcher *matcher, const struct tlsa *records, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (SSL_dane_tlsa_add(matcher->ssl, records[i].usage, records[i].selector, records[i].matching,
                              records[i].data.data, records[i].data.size) < 0)
            return -ENOMEM;
    return 0;
}

static int add_names(struct matcher *matcher, const struct list *names)
{
    SSL_set_hostflags(matcher->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    for (size_t i = 0; i < names->count; i++)
        if (!SSL_add1_host(matcher->ssl, names->items[i]))
            return -ENOMEM;
    return 0;
}

static int set_up(struct matcher *matcher, const struct tls_service *roots, const struct tlsa *records,
                  size_t count, const struct list *names, int64_t now)
{
    X509_VERIFY_PARAM *parameters;
    X509_STORE *store;

    matcher->context = SSL_CTX_new(TLS_client_method());
    if (matcher->context == NULL || SSL_CTX_dane_enable(matcher->context) <= 0)
        return -ENOMEM;
    matcher->ssl = SSL_new(matcher->context);
    matcher->no_roots = X509_STORE_new();
    matcher->verification = X509_STORE_CTX_new();
    if (matcher->ssl == NULL || matcher->no_roots == NULL || matcher->verification == NULL ||
        SSL_dane_enable(matcher->ssl, NULL) <= 0)
        return -ENOMEM;
    SSL_dane_set_flags(matcher->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    if (add_names(matcher, names) < 0 || add_records(matcher, records, count) < 0)
        return -ENOMEM;
    store = roots != NULL ? tls_service_roots(roots) : matcher->no_roots;
    if (!X509_STORE_CTX_init(matcher->verification, store, sk_X509_value(matcher->chain, 0),
                             matcher->chain) ||
        !X509_STORE_CTX_set_default(matcher->verification, "ssl_server"))
        return -ENOMEM;
    parameters = X509_STORE_CTX_get0_param(matcher->verification);
    if (!X509_VERIFY_PARAM_set1(parameters, SSL_get0_param(matcher->ssl)))
        return -ENOMEM;
    X509_VERIFY_PARAM_set_time(parameters, now);
    X509_VERIFY_PARAM_set_depth(parameters, DEPTH_LIMIT);
    X509_STORE_CTX_set0_dane(matcher->verification, SSL_get0_dane(matcher->ssl));
    return 0;
}

static size_t find_record(struct matcher *matcher, const struct tlsa *records, size_t count, int *ret_depth)
{
    uint8_t usage, selector, matching;
    const unsigned char *data;
    size_t size;

    SSL_set_verify_result(matcher->ssl, X509_V_OK);
    *ret_depth = SSL_get0_dane_tlsa(matcher->ssl, &usage, &selector, &matching, &data, &size);
    for (size_t i = 0; i < count && *ret_depth >= 0; i++)
        if (records[i].usage == usage && records[i].selector == selector && records[i].matching == matching &&
            records[i].data.size == size && memcmp(records[i].data.data, data, size) == 0)
            return i;
    return count;
}

static const char *mismatch_reason(struct matcher *matcher, struct arena *arena)
{
    int code = X509_STORE_CTX_get_error(matcher->verification);
    int depth = X509_STORE_CTX_get_error_depth(matcher->verification);

    if (code == X509_V_ERR_DANE_NO_MATCH)
        return "no record matches a certificate that was sent";
    if (code == X509_V_ERR_HOSTNAME_MISMATCH)
        return "a record vouches for the chain, but the certificate is for another name";
    return arena_format(arena, "verification by the records fails: %s (certificate %d of the chain)",
                        X509_verify_cert_error_string(code), depth);
}

/* Leaves *result alone when nothing can be said. */
static int run(struct matcher *matcher, const struct tlsa *records, size_t count, struct arena *arena,
               struct tls_dane_result *result)
{
    int verified = X509_verify_cert(matcher->verification);
    size_t record = count;
    int depth = -1;

    if (verified < 0) /* a key that does not decode, or no memory: OpenSSL makes no difference */
        return 0;
    if (verified > 0)
        record = find_record(matcher, records, count, &depth);
    if (record < count) {
        *result = (struct tls_dane_result){.matched = YES, .record = record, .depth = depth};
        return 0;
    }
    *result = (struct tls_dane_result){.matched = NO, .reason = mismatch_reason(matcher, arena)};
    return result->reason != NULL ? 0 : -ENOMEM;
}

int tls_dane_match(const struct tls_service *roots, const struct tlsa *records, size_t count,
                   const struct list *names, const struct bytes *chain, size_t chain_count, int64_t now,
                   struct arena *arena, struct tls_dane_result *ret)
{
    struct matcher matcher = {0};
    struct tls_dane_result result = {.reason = "the certificate cannot be read"};
    int error = read_chain(&matcher, chain, chain_count);

    if (error == 0 && sk_X509_num(matcher.chain) > 0) {
        error = set_up(&matcher, roots, records, count, names, now);
        if (error == 0)
            error = run(&matcher, records, count, arena, &result);
    }
    matcher_free(&matcher);
    if (error == 0)
        *ret = result;
    return error;
}
