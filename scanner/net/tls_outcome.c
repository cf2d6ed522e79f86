/*
 * tls_outcome.c - how a handshake ended, in words, and what was agreed
 */
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/facts/tls_registry.h"
#include "scanner/net/tls_internal.h"
#include "scanner/net/tls_names.h"

#include <errno.h>
#include <openssl/objects.h>

/* ---- what was agreed ---- */

static const char *group_name(SSL *ssl)
{
    EVP_PKEY *key = NULL;
    char name[80];
    const char *group = NULL;

    if (!SSL_get_peer_tmp_key(ssl, &key))
        return NULL; /* RSA key exchange */
    if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL))
        group = tls_group_name(OBJ_txt2nid(name));
    else
        group = tls_group_name(EVP_PKEY_get_base_id(key));
    EVP_PKEY_free(key);
    return group;
}

static const char *signature_name(SSL *ssl)
{
    const X509 *leaf = SSL_get0_peer_certificate(ssl);
    int key_nid = NID_undef, hash_nid = NID_undef;

    if (leaf == NULL || !SSL_get_peer_signature_type_nid(ssl, &key_nid))
        return NULL;
    if (!SSL_get_peer_signature_nid(ssl, &hash_nid))
        hash_nid = NID_undef; /* EdDSA has its own */
    return tls_signature_name(key_nid, hash_nid, EVP_PKEY_is_a(X509_get0_pubkey(leaf), "RSA-PSS"));
}

static int note_stated_groups(const struct tls_session *session, struct arena *arena, struct list *groups)
{
    groups->observed = session->stated_group_count > 0;
    for (size_t i = 0; i < session->stated_group_count; i++) {
        uint16_t code = session->stated_groups[i];
        const struct tls_group *group = tls_group_by_code(code);
        const char *name = group != NULL ? group->name : arena_format(arena, "0x%04X", (unsigned)code);

        if (name == NULL || list_add(groups, arena, (void *)(uintptr_t)name) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void note_agreed(SSL *ssl, struct tls_handshake_facts *handshake)
{
    handshake->version = tls_version_name(SSL_version(ssl));
    handshake->suite = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl));
    handshake->group = group_name(ssl);
    handshake->signature = signature_name(ssl);
}

/* ---- how a handshake ended ---- */

/* RFC 8446 5.1: every record begins with one of four types. */
static bool began_as_tls(const struct tls_session *session)
{
    return session->first_count == 0 || (session->first_bytes[0] >= 20 && session->first_bytes[0] <= 23);
}

static enum tls_result result_of(const struct tls_session *session, int error)
{
    switch (error) {
    case 0:
        return TLS_COMPLETE;
    case -ECANCELED:
        return TLS_CANCELED;
    case -ETIMEDOUT:
        return TLS_SILENT;
    case -ENOMEM:
        return TLS_NOT_OBSERVED;
    default:
        break;
    }
    if (session->alert_fatal)
        return TLS_REFUSED;
    if (!began_as_tls(session) || error == -EPROTO)
        return TLS_GARBLED;
    return TLS_CLOSED;
}

static const char *refused_reason(const struct tls_session *session,
                                  const struct tls_handshake_facts *handshake, struct arena *arena)
{
    const char *key_type = handshake->key_type;
    const char *name = tls_alert_name(session->alert_received);
    const char *meaning = tls_alert_meaning(session->alert_received);

    if (name == NULL)
        return arena_format(arena, "the server refused with an alert that has no name (%d)",
                            session->alert_received);
    if (key_type != NULL && session->alert_received == SSL_AD_HANDSHAKE_FAILURE)
        return arena_format(arena,
                            "the server refused with the alert %s: it found nothing in common with what we "
                            "offered, or has no certificate with an %s key",
                            name, key_type);
    if (handshake->name == NULL && session->alert_received == SSL_AD_UNRECOGNIZED_NAME)
        meaning = "it answers nobody who names no server, and we had no name";
    return arena_format(arena, "the server refused with the alert %s: %s", name, meaning);
}

static const char *garbled_reason(const struct tls_session *session, struct arena *arena)
{
    if (!began_as_tls(session)) {
        const char *bytes = text_clean(arena, session->first_bytes, session->first_count, 0);

        return bytes == NULL
                   ? NULL
                   : arena_format(arena, "the server answered with something that is not TLS: %s", bytes);
    }
    return arena_format(arena, "the server broke the protocol: %s",
                        session->error != NULL ? session->error : "no reason known");
}

static const char *closed_reason(const struct tls_session *session, int error, struct arena *arena)
{
    return arena_format(arena, "the server %s the connection %s",
                        session->close_notify  ? "properly closed"
                        : error == -ECONNRESET ? "reset"
                                               : "closed",
                        session->first_count == 0 ? "instead of answering our hello"
                                                  : "in the middle of the handshake");
}

static const char *reason_of(const struct tls_session *session, const struct tls_handshake_facts *handshake,
                             int error, struct arena *arena)
{
    switch (handshake->result) {
    case TLS_COMPLETE:
    case TLS_NOT_OBSERVED:
        return NULL;
    case TLS_REFUSED:
        return refused_reason(session, handshake, arena);
    case TLS_CLOSED:
        return closed_reason(session, error, arena);
    case TLS_GARBLED:
        return garbled_reason(session, arena);
    case TLS_SILENT:
        return session->first_count == 0 ? "the server did not answer our hello in time"
                                         : "the server stopped answering in the middle of the handshake";
    case TLS_CANCELED:
        return "we stopped: the scan ended";
    }
    return NULL;
}

int tls_note_outcome(const struct tls_session *session, int error, struct arena *arena,
                     struct tls_handshake_facts *handshake)
{
    int alert = session->alert_received;

    handshake->result = result_of(session, error);
    handshake->reason = reason_of(session, handshake, error, arena);
    if (alert != ALERT_NONE) {
        const char *name = tls_alert_name(alert);

        handshake->alert = name != NULL ? name : arena_format(arena, "%d", alert);
        if (handshake->alert == NULL)
            return -ENOMEM;
    }
    if (handshake->result == TLS_COMPLETE) {
        note_agreed(session->ssl, handshake);
        return note_stated_groups(session, arena, &handshake->stated_groups);
    }
    if (handshake->reason == NULL)
        return -ENOMEM;
    return 0;
}
