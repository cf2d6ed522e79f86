/*
 * tls_server.c - the server's side of TLS, for scripted peers
 */
#include "scanner/base/text.h"
#include "scanner/net/tls_internal.h"
#include "scanner/net/tls_names.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

struct tls_server {
    SSL_CTX *context;
};

int tls_server_add(struct tls_server *server, const char *certificate_chain_file, const char *key_file)
{
    bool fine = SSL_CTX_use_certificate_chain_file(server->context, certificate_chain_file) == 1 &&
                SSL_CTX_use_PrivateKey_file(server->context, key_file, SSL_FILETYPE_PEM) == 1 &&
                SSL_CTX_check_private_key(server->context) == 1;

    ERR_clear_error();
    return fine ? 0 : -EINVAL;
}

int tls_server_new(const char *certificate_chain_file, const char *key_file, struct tls_server **ret)
{
    struct tls_server *server = calloc(1, sizeof(*server));
    int result = -ENOMEM;

    if (server == NULL)
        return -ENOMEM;
    server->context = tls_context_new(TLS_server_method(), "ALL:!aNULL:@SECLEVEL=0");
    if (server->context != NULL) {
        SSL_CTX_set_dh_auto(server->context, 1);
        result = tls_server_add(server, certificate_chain_file, key_file);
    }
    ERR_clear_error();
    if (result < 0) {
        tls_server_free(server);
        return result;
    }
    *ret = server;
    return 0;
}

/* 0 (no limit) for NULL, -EINVAL for what is no version. */
static int version_number(const char *name)
{
    if (name == NULL)
        return 0;
    for (int version = TLS1_VERSION; version <= TLS1_3_VERSION; version++)
        if (text_equal(tls_version_name(version), name))
            return version;
    return -EINVAL;
}

int tls_server_limit(struct tls_server *server, const char *oldest, const char *newest)
{
    int from = version_number(oldest);
    int to = version_number(newest);

    if (from < 0 || to < 0 || (to != 0 && from > to))
        return -EINVAL;
    if (!SSL_CTX_set_min_proto_version(server->context, from) ||
        !SSL_CTX_set_max_proto_version(server->context, to))
        return -EINVAL;
    return 0;
}

void tls_server_free(struct tls_server *server)
{
    if (server == NULL)
        return;
    SSL_CTX_free(server->context);
    free(server);
}

int tls_accept(struct stream *stream, struct tls_server *server, int64_t deadline)
{
    struct tls_session *session;
    int result = tls_session_start(stream, server->context, true, NULL, &session);

    return result < 0 ? result : tls_session_drive(session, deadline);
}
