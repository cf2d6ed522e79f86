/*
 * tls_internal.h - what the parts of tls.h share
 */
#ifndef OUTPOST_NET_TLS_INTERNAL_H
#define OUTPOST_NET_TLS_INTERNAL_H

#include "scanner/net/stream_tls.h"
#include "scanner/net/tls.h"
#include "scanner/net/tls_session.h"

/* A context that speaks every version and group OpenSSL has, and these suites below TLS 1.3; NULL when out of
 * memory, or when this OpenSSL was built without one of them. */
SSL_CTX *tls_context_new(const SSL_METHOD *method, const char *suites);
/* secp256r1 first of all groups, so that OpenSSL's key share is one of its. False: out of memory. */
bool tls_share_p256(SSL *ssl);
/* The roots; the service's own. */
X509_STORE *tls_service_roots(const struct tls_service *service);
/* Puts a session on the stream, which owns it from then on. `name` is the SNI, or NULL. 0 or -ENOMEM. */
int tls_session_start(struct stream *stream, SSL_CTX *context, bool server, const char *name,
                      struct tls_session **ret);
/* The whole handshake, with its waits: 0, -ETIMEDOUT, -ECANCELED, or the session's failure. */
int tls_session_drive(struct tls_session *session, int64_t deadline);
/* Notes how the handshake ended (`error` is what tls_session_drive() returned) and what was agreed. 0 or
 * -ENOMEM. */
int tls_note_outcome(const struct tls_session *session, int error, struct arena *arena,
                     struct tls_handshake_facts *handshake);

#endif
