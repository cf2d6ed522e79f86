/*
 * tls_session.h - OpenSSL on a wire, step by step; nothing here waits
 *
 *      stream.c, tls.c      loops:  step -> wire_wait -> step ...
 *      tls_session.c        ssl_step(): the one function that runs OpenSSL on a connection
 *         | BIO             reads from the wire's input buffer, sends to the socket
 *      wire.c
 */
#ifndef OUTPOST_NET_TLS_SESSION_H
#define OUTPOST_NET_TLS_SESSION_H

#include "scanner/net/wire.h"

#include <openssl/ssl.h>

enum { FIRST_BYTES_MAX = 48, ALERT_NONE = -1, STATED_GROUPS_MAX = 64 };

struct tls_session {
    SSL *ssl;
    struct wire *wire;
    BIO_METHOD *method;
    int wants;          /* after -EAGAIN: IO_READABLE or IO_WRITABLE */
    int failure;        /* how it ended: -EPIPE, -ECONNRESET, -ETIMEDOUT, -EPROTO, -ENOMEM; 0: it goes on */
    bool close_notify;  /* the peer said that it ends here */
    int alert_received; /* AlertDescription, or ALERT_NONE */
    bool alert_fatal;   /* it ended the session */
    const char *error;  /* OpenSSL's words for what the peer did wrong; static; NULL: nothing */
    bool keep_resumable;
    SSL_SESSION *resumable;               /* the last that the peer gave; NULL: none, or not to be kept */
    int send_error;                       /* of the wire, when it failed */
    uint8_t first_bytes[FIRST_BYTES_MAX]; /* what came first, to say what it was when it was not TLS */
    size_t first_count;
    uint16_t stated_groups[STATED_GROUPS_MAX]; /* that the peer names itself, in its order */
    size_t stated_group_count;
};

/* A session of this side; the wire outlives it. 0 or -ENOMEM. */
int tls_session_new(SSL_CTX *context, bool server, struct wire *wire, struct tls_session **ret);
void tls_session_free(struct tls_session *session);

/* One step, until it is done or would wait. 0 or the number of bytes; -EAGAIN (see `wants`); or its failure,
 * which stays. */
int tls_session_handshake(struct tls_session *session);
int64_t tls_session_read(struct tls_session *session, void *to, size_t size);
int64_t tls_session_write(struct tls_session *session, const void *data, size_t size);
/* The next tls_session_handshake() makes one more, from the ground up; below TLS 1.3, also with a peer that has no
 * RFC 5746. 0, or a failure that stays. */
int tls_session_begin_again(struct tls_session *session);
/* Sends close_notify if that is possible at once. */
void tls_session_close(struct tls_session *session);

#endif
