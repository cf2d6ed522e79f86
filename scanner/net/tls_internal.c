/*
 * tls_internal.c - what the client side and the server side share: contexts, and the loop of a handshake
 */
#include "scanner/net/tls_internal.h"

#include <errno.h>

static const char all_suites_13[] =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
    "TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256";

/* Also the curves of old times: an ECDSA certificate is only shown to who offers its curve. */
#define OTHER_GROUPS                                                                                         \
    "X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192:"                                    \
    "brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:secp256k1:secp224r1:prime192v1"
static const char all_groups[] = "X25519:P-256:" OTHER_GROUPS;
static const char all_groups_p256_first[] = "P-256:X25519:" OTHER_GROUPS;

/* OpenSSL's macros cast const away; so do we, in a way that compilers accept. */
SSL_CTX *tls_context_new(const SSL_METHOD *method, const char *suites)
{
    SSL_CTX *context = SSL_CTX_new(method);

    if (context == NULL)
        return NULL;
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_min_proto_version(context, TLS1_VERSION) && SSL_CTX_set_max_proto_version(context, 0) &&
        SSL_CTX_set_cipher_list(context, suites) && SSL_CTX_set_ciphersuites(context, all_suites_13) &&
        SSL_CTX_set1_groups_list(context, (char *)(uintptr_t)all_groups))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

bool tls_share_p256(SSL *ssl)
{
    return SSL_set1_groups_list(ssl, (char *)(uintptr_t)all_groups_p256_first) == 1;
}

int tls_session_drive(struct tls_session *session, int64_t deadline)
{
    struct patience patience = {.deadline = deadline};
    int result;

    while ((result = tls_session_handshake(session)) == -EAGAIN) {
        result = wire_wait(session->wire, session->wants, &patience, "the peer in the TLS handshake");
        if (result < 0)
            break;
    }
    return result;
}

int tls_session_start(struct stream *stream, SSL_CTX *context, bool server, const char *name,
                      struct tls_session **ret)
{
    struct tls_session *session;
    int result = tls_session_new(context, server, stream_wire(stream), &session);

    if (result < 0)
        return result;
    if (name != NULL && !SSL_set_tlsext_host_name(session->ssl, (char *)(uintptr_t)name)) {
        tls_session_free(session);
        return -ENOMEM;
    }
    stream_set_session(stream, session);
    *ret = session;
    return 0;
}
