/*
 * openssl_server.h - what a real TLS server answers to a hello, in memory: OpenSSL's, as it is told to be
 */
#ifndef OUTPOST_TESTS_OPENSSL_SERVER_H
#define OUTPOST_TESTS_OPENSSL_SERVER_H

#include "scanner/base/bytes.h"
#include "tests/unit/tls_material.h"

#include <openssl/ssl.h>

/* A server that speaks everything that OpenSSL can, at security level 0, and shows this certificate with the
 * intermediate (NULL: it has none). */
SSL_CTX *openssl_server_new(const struct tls_material *material, const struct identity *identity);

/* Appends its answer to these bytes, up to where it waits for us or gives up. */
void openssl_server_answer(SSL_CTX *server, struct bytes hello, struct buffer *out);

#endif
