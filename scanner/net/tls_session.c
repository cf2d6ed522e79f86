/*
 * tls_session.c - OpenSSL on a wire, step by step
 *
 * OpenSSL's error queue belongs to the thread, that is to all tasks: ssl_step() empties it before a call and
 * reads it after, and nothing waits in between. Its input comes from the wire's own buffer, so that nothing
 * is read past the session and what the peer really sent can be shown when it was not TLS.
 */
#include "scanner/net/tls_session.h"

#include "scanner/net/hello.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* RFC 8446 5.1, 6: a record of an alert in clear. */
enum { RECORD_ALERT = 21, RECORD_HEADER_SIZE = 5, ALERT_SIZE = 2, ALERT_LEVEL_FATAL = 2 };

/* ---- the BIO: OpenSSL's view of the wire ---- */

static void remember_first(struct tls_session *session, const uint8_t *data, size_t size)
{
    size_t room = FIRST_BYTES_MAX - session->first_count;

    if (size > room)
        size = room;
    memcpy(session->first_bytes + session->first_count, data, size);
    session->first_count += size;
}

static int bio_read(BIO *bio, char *to, size_t size, size_t *ret_size)
{
    struct tls_session *session = BIO_get_data(bio);
    struct input *input = &session->wire->input;

    BIO_clear_retry_flags(bio);
    *ret_size = 0;
    if (input_size(input) == 0) {
        int64_t result = wire_receive(session->wire);

        if (result == -EAGAIN)
            BIO_set_retry_read(bio);
        if (result < 0)
            return 0;
        remember_first(session, input->data + input->begin, input_size(input));
    }
    if (size > input_size(input))
        size = input_size(input);
    memcpy(to, input->data + input->begin, size);
    input->begin += size;
    *ret_size = size;
    return 1;
}

static int bio_write(BIO *bio, const char *data, size_t size, size_t *ret_size)
{
    struct tls_session *session = BIO_get_data(bio);
    int64_t count = wire_send(session->wire, data, size);

    BIO_clear_retry_flags(bio);
    *ret_size = 0;
    if (count < 0) {
        if (count == -EAGAIN)
            BIO_set_retry_write(bio);
        else
            session->send_error = (int)count;
        return 0;
    }
    *ret_size = (size_t)count;
    return 1;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH; /* nothing is held back */
}

static BIO_METHOD *bio_method_new(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "wire");

    if (method != NULL && BIO_meth_set_read_ex(method, bio_read) &&
        BIO_meth_set_write_ex(method, bio_write) && BIO_meth_set_ctrl(method, bio_control))
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* ---- alerts ---- */

static void on_info(const SSL *ssl, int where, int value)
{
    struct tls_session *session = SSL_get_app_data(ssl);

    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
        session->alert_received = value & 0xff;
}

/* OpenSSL has decrypted this message, and tells nobody of what it says of groups. */
static void on_message(int written, int version, int content_type, const void *data, size_t size, SSL *ssl,
                       void *argument)
{
    struct tls_session *session = argument;
    struct bytes in = bytes_of(data, size);

    (void)version;
    (void)ssl;
    if (written || content_type != SSL3_RT_HANDSHAKE || take_u8(&in) != SSL3_MT_ENCRYPTED_EXTENSIONS)
        return;
    take_block(&in, 3); /* its length */
    if (!in.failed)
        session->stated_group_count =
            encrypted_extensions_groups(in, session->stated_groups, STATED_GROUPS_MAX);
}

/* We could not send, perhaps because the server had said why and left: OpenSSL has not read that. */
static void look_for_alert_left_behind(struct tls_session *session)
{
    struct bytes in;

    while (wire_receive(session->wire) > 0)
        ;
    in = input_bytes(&session->wire->input);
    if (take_u8(&in) != RECORD_ALERT)
        return;
    take_u16(&in); /* version */
    if (take_u16(&in) != ALERT_SIZE || take_u8(&in) != ALERT_LEVEL_FATAL)
        return;
    int description = take_u8(&in);

    if (in.failed)
        return;
    session->alert_received = description;
    session->alert_fatal = true;
}

/* ---- steps ---- */

enum ssl_operation {
    OPERATION_HANDSHAKE,
    OPERATION_READ,
    OPERATION_WRITE,
    OPERATION_RENEGOTIATE,
    OPERATION_CLOSE
};

/* Notes how the session ended. An error of OpenSSL's is what the peer did wrong, or its alert; without one
 * the wire failed. (Its own alert to a peer that has gone may fail too: that is not the cause.) */
static int note_failure(struct tls_session *session, unsigned long error)
{
    int reason = ERR_GET_REASON(error);

    if (error != 0) {
        session->error = ERR_reason_error_string(error);
        session->alert_fatal = ERR_GET_LIB(error) == ERR_LIB_SSL && reason >= SSL_AD_REASON_OFFSET &&
                               reason <= SSL_AD_REASON_OFFSET + 255;
        return reason == ERR_R_MALLOC_FAILURE ? -ENOMEM : -EPROTO;
    }
    if (session->send_error < 0)
        look_for_alert_left_behind(session);
    if (session->alert_fatal)
        return -EPROTO;
    return session->wire->ended < 0 ? session->wire->ended : session->send_error;
}

/* OpenSSL did not do all that was asked; the error queue is as it left it. */
static int step_stopped(struct tls_session *session, int result)
{
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        session->wants = IO_READABLE;
        return -EAGAIN;
    case SSL_ERROR_WANT_WRITE:
        session->wants = IO_WRITABLE;
        return -EAGAIN;
    case SSL_ERROR_ZERO_RETURN:
        session->close_notify = true;
        session->failure = -EPIPE;
        break;
    default:
        session->failure = note_failure(session, ERR_peek_error());
        break;
    }
    ERR_clear_error();
    return session->failure;
}

/* The one place where OpenSSL runs on a connection. */
static int64_t ssl_step(struct tls_session *session, enum ssl_operation operation, void *data, size_t size)
{
    size_t done = 0;
    int result = 0;

    if (session->failure < 0)
        return session->failure;
    ERR_clear_error();
    switch (operation) {
    case OPERATION_HANDSHAKE:
        result = SSL_do_handshake(session->ssl);
        break;
    case OPERATION_READ:
        result = SSL_read_ex(session->ssl, data, size, &done);
        break;
    case OPERATION_WRITE:
        result = SSL_write_ex(session->ssl, data, size, &done);
        break;
    case OPERATION_RENEGOTIATE:
        SSL_clear_options(session->ssl, SSL_OP_NO_RENEGOTIATION);
        SSL_set_options(session->ssl, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
        result = SSL_renegotiate(session->ssl);
        break;
    case OPERATION_CLOSE:
        result = SSL_shutdown(session->ssl) < 0 ? -1 : 1; /* 0: sent, the peer's has not come */
        break;
    }
    return result > 0 ? (int64_t)done : step_stopped(session, result);
}

int tls_session_handshake(struct tls_session *session)
{
    return (int)ssl_step(session, OPERATION_HANDSHAKE, NULL, 0);
}

int64_t tls_session_read(struct tls_session *session, void *to, size_t size)
{
    return ssl_step(session, OPERATION_READ, to, size);
}

int64_t tls_session_write(struct tls_session *session, const void *data, size_t size)
{
    return ssl_step(session, OPERATION_WRITE, (void *)(uintptr_t)data, size);
}

int tls_session_begin_again(struct tls_session *session)
{
    session->alert_received = ALERT_NONE; /* what comes now answers this handshake */
    return (int)ssl_step(session, OPERATION_RENEGOTIATE, NULL, 0);
}

void tls_session_close(struct tls_session *session)
{
    if (SSL_is_init_finished(session->ssl))
        ssl_step(session, OPERATION_CLOSE, NULL, 0);
}

/* ---- life ---- */

int tls_session_new(SSL_CTX *context, bool server, struct wire *wire, struct tls_session **ret)
{
    struct tls_session *session = calloc(1, sizeof(*session));
    BIO *bio = NULL;

    if (session == NULL)
        return -ENOMEM;
    session->wire = wire;
    session->alert_received = ALERT_NONE;
    session->ssl = SSL_new(context);
    session->method = bio_method_new();
    if (session->ssl != NULL && session->method != NULL)
        bio = BIO_new(session->method);
    if (bio == NULL) {
        tls_session_free(session);
        ERR_clear_error();
        return -ENOMEM;
    }
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    SSL_set_app_data(session->ssl, session);
    SSL_set_info_callback(session->ssl, on_info);
    SSL_set_msg_callback(session->ssl, on_message);
    SSL_set_msg_callback_arg(session->ssl, session);
    if (server)
        SSL_set_accept_state(session->ssl);
    else
        SSL_set_connect_state(session->ssl);
    *ret = session;
    return 0;
}

void tls_session_free(struct tls_session *session)
{
    if (session == NULL)
        return;
    SSL_SESSION_free(session->resumable);
    SSL_free(session->ssl);
    BIO_meth_free(session->method);
    free(session);
}
