/*
 * endpoint.c - the one scan of an address and a port
 *
 *   first contact: the clean session    connect -> dialogue up to TLS -> converse inside -> farewell
 *   by depth: the other key type        connect -> dialogue up to TLS -> farewell
 *
 * Every connection has a slot of the pacer and is counted. A server that pushes back on a handshake of the
 * second kind is asked once more when the pacer says so; then we leave it at that.
 */
#include "probes/session.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { HANDSHAKE_ATTEMPTS = 2 };

/* A further handshake; *ret_handshake, which may be NULL, is the last that was begun. */
static int handshake_run(const struct session *prepared, enum tls_key_type key_type,
                         const struct tls_handshake_facts **ret_handshake)
{
    int error = 0;

    for (int attempt = 0; attempt < HANDSHAKE_ATTEMPTS; attempt++) {
        struct session session = *prepared;

        session.tls.key_type = key_type;
        error = session_run_aside(&session);
        if (ret_handshake != NULL && session.handshake != NULL)
            *ret_handshake = session.handshake;
        if (error < 0 || !session.pushback)
            break;
    }
    return error;
}

/* ---- key types ---- */

/* The type of the leaf that a handshake showed; "" when it is not known. */
static const char *leaf_key_type(const struct endpoint_facts *endpoint,
                                 const struct tls_handshake_facts *handshake)
{
    const struct list *certificates = &endpoint->tls->certificates;

    for (size_t i = 0; i < certificates->count; i++) {
        const struct certificate_facts *certificate = certificates->items[i];

        if (certificate->sha256 != NULL && handshake->leaf_sha256 != NULL &&
            strcmp(certificate->sha256, handshake->leaf_sha256) == 0 && certificate->key != NULL &&
            certificate->key->type != NULL)
            return certificate->key->type;
    }
    return "";
}

/* Asks for the key types that the handshake before did not show. */
static int other_key_types(const struct session *prepared, const struct tls_handshake_facts *first)
{
    const char *shown;
    int error = 0;

    if (first == NULL || first->result != TLS_COMPLETE)
        return 0;
    shown = leaf_key_type(prepared->endpoint, first);
    if (strcmp(shown, "ECDSA") != 0)
        error = handshake_run(prepared, TLS_KEY_ECDSA, NULL);
    if (error == 0 && strcmp(shown, "RSA") != 0 && strcmp(shown, "RSA-PSS") != 0)
        error = handshake_run(prepared, TLS_KEY_RSA, NULL);
    return error;
}

int endpoint_probe(struct network *network, struct endpoint_facts *endpoint, const char *host,
                   int64_t deadline, struct arena *arena)
{
    struct session session;
    int error = session_prepare(&session, network, endpoint, host, deadline, arena);

    if (error < 0)
        return error;
    endpoint->connections = number(0);
    endpoint->aborted = number(0);
    endpoint->pushbacks = number(0);
    return session_run(&session, true);
}

int endpoint_probe_keys(struct network *network, struct endpoint_facts *endpoint, const char *host,
                        int64_t deadline, struct arena *arena)
{
    struct session prepared;
    int error = session_prepare(&prepared, network, endpoint, host, deadline, arena);

    if (error < 0 || endpoint->tls == NULL || endpoint->tls->handshakes.count == 0)
        return error;
    prepared.tls.share_p256 = stated_groups(endpoint->tls, prepared.tls.name) == NULL;
    return other_key_types(&prepared, endpoint->tls->handshakes.items[0]);
}

int endpoint_probe_name(struct network *network, struct endpoint_facts *endpoint, const char *host,
                        enum scan_depth depth, int64_t deadline, struct arena *arena)
{
    const struct tls_handshake_facts *first = NULL;
    struct session prepared;
    int error = session_prepare(&prepared, network, endpoint, host, deadline, arena);

    if (error < 0 || endpoint->tls == NULL) /* no TLS there, whatever the name */
        return error;
    error = handshake_run(&prepared, TLS_KEY_ANY, &first);
    if (error < 0 || depth == DEPTH_QUICK)
        return error;
    return other_key_types(&prepared, first);
}
