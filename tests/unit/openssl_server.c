/*
 * openssl_server.c - a TLS server in memory
 */
#include "tests/unit/openssl_server.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

/* A test without its server is no test. */
#define must(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "openssl_server.c:%d: %s\n", __LINE__, #condition);                              \
            ERR_print_errors_fp(stderr);                                                                     \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

SSL_CTX *openssl_server_new(const struct tls_material *material, const struct identity *identity)
{
    SSL_CTX *server = SSL_CTX_new(TLS_server_method());

    must(server != NULL);
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
    must(SSL_CTX_set_min_proto_version(server, TLS1_VERSION) == 1);
    must(SSL_CTX_set_cipher_list(server, "ALL:COMPLEMENTOFALL:@SECLEVEL=0") == 1);
    must(SSL_CTX_set1_groups_list(server, "X25519:P-256:X448:P-384:P-521:ffdhe2048:ffdhe3072") == 1);
    must(SSL_CTX_set_dh_auto(server, 1) == 1);
    if (identity != NULL) {
        must(SSL_CTX_use_certificate(server, identity->certificate) == 1);
        must(SSL_CTX_use_PrivateKey(server, identity->key) == 1);
        must(SSL_CTX_add1_chain_cert(server, material_intermediate(material)->certificate) == 1);
    }
    return server;
}

void openssl_server_answer(SSL_CTX *server, struct bytes hello, struct buffer *out)
{
    SSL *ssl = SSL_new(server);
    BIO *in = BIO_new(BIO_s_mem()), *answer = BIO_new(BIO_s_mem());
    char *data;
    long size;

    must(ssl != NULL && in != NULL && answer != NULL);
    must(BIO_write(in, hello.data, (int)hello.size) == (int)hello.size);
    SSL_set_bio(ssl, in, answer);
    (void)SSL_accept(ssl);
    size = BIO_get_mem_data(answer, &data);
    put_block(out, data, (size_t)size);
    SSL_free(ssl);
    ERR_clear_error();
}
