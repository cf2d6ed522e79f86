/*
 * tls_renegotiation.c - one more handshake on a connection, asked for by us
 *
 * OpenSSL's client always sends what RFC 5746 wants in it. A renegotiation without shows only with a server that does not
 * have that RFC and does it all the same.
 */
#include "scanner/net/tls_internal.h"

#include <errno.h>

int stream_tls_renegotiate(struct stream *stream, int64_t deadline)
{
    struct tls_session *session = stream_session(stream);
    int result;

    if (session == NULL || SSL_version(session->ssl) >= TLS1_3_VERSION)
        return -EPROTO;
    result = stream_poll_input(stream); /* OpenSSL does not begin while it holds data of ours */
    if (result == 0)
        result = tls_session_begin_again(session);
    if (result == 0)
        result = tls_session_drive(session, deadline);
    if (result == 0 && SSL_renegotiate_pending(session->ssl))
        result = -EPROTO;
    return result == -EPROTO && session->alert_received != ALERT_NONE ? -ECONNREFUSED : result;
}

bool stream_tls_has_rfc5746(const struct stream *stream)
{
    const struct tls_session *session = stream_session(stream);

    return session != NULL && SSL_get_secure_renegotiation_support(session->ssl) == 1;
}
