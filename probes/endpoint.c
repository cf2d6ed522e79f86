/*
 * endpoint.c - the one scan of an address and a port
 *
 *   first contact: the clean session     connect -> dialogue up to TLS -> converse inside -> farewell
 *   then, by depth: the other key type   connect -> dialogue up to TLS -> farewell
 *
 * Every connection has a slot of the pacer and is counted. A server that pushes back on a handshake of the
 * second kind is asked once more when the pacer says so; then we leave it at that.
 */
#include "probes/session.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum {
    HANDSHAKE_ATTEMPTS = 2,
    DIALOGUE_MEMORY = 4 * 1024 * 1024,
    TICKET_PATIENCE_MS = 1000,
    TICKET_STEP_MS = 20
};

/* ---- a port that speaks TLS and nothing we know inside: close_notify is the farewell ---- */

static bool tls_open(struct session *session)
{
    return session_handshake(session);
}

static void tls_converse(struct session *session)
{
    (void)session;
}

/* Nothing is read here, so what comes behind the handshake has to be waited for. */
static void wait_for_ticket(struct session *session)
{
    int64_t until = deadline_in(session->network->engine, TICKET_PATIENCE_MS, session->deadline);
    uint8_t byte;

    while (!stream_has_resumable(session->stream) && engine_now(session->network->engine) < until) {
        int64_t step = deadline_in(session->network->engine, TICKET_STEP_MS, until);

        if (stream_read(session->stream, &byte, 1, step) != -ETIMEDOUT)
            return;
    }
}

static void tls_leave(struct session *session)
{
    if (session->tls.keep_session && !session->dead && session->end == DIALOGUE_NOT_OBSERVED)
        wait_for_ticket(session);
    if (!session->dead && session->end == DIALOGUE_NOT_OBSERVED)
        session->farewell = true;
}

static const struct dialogue tls_dialogue = {.open = tls_open, .converse = tls_converse, .leave = tls_leave};

static const struct dialogue *dialogue_of(enum service service)
{
    switch (service) {
    case SERVICE_SMTP:
    case SERVICE_SUBMISSION:
    case SERVICE_SUBMISSIONS:
        return &smtp_dialogue;
    case SERVICE_IMAP:
    case SERVICE_IMAPS:
        return &imap_dialogue;
    case SERVICE_POP3:
    case SERVICE_POP3S:
        return &pop3_dialogue;
    case SERVICE_SIEVE:
        return &sieve_dialogue;
    case SERVICE_NONE:
    case SERVICE_TLS:
        return &tls_dialogue;
    }
    return &tls_dialogue;
}

/* ---- sessions ---- */

int session_prepare(struct session *session, struct network *network, struct endpoint_facts *endpoint,
                    const char *host, int64_t deadline, struct arena *arena)
{
    struct address literal;

    *session = (struct session){
        .network = network,
        .endpoint = endpoint,
        .arena = arena,
        .tls_arena = arena,
        .port = (uint16_t)endpoint->port.value,
        .service = service_by_name(endpoint->service),
        .deadline = deadline,
    };
    if (host != NULL && address_parse(host, &literal) < 0) /* RFC 6066 3: no addresses */
        session->tls.name = host;
    if (endpoint->port.value < 1 || endpoint->port.value > UINT16_MAX)
        return -EINVAL;
    return address_parse(endpoint->address, &session->address);
}

static struct list *transcript_of(struct session *session)
{
    if (session->smtp != NULL)
        return &session->smtp->transcript;
    if (session->imap != NULL)
        return &session->imap->transcript;
    if (session->pop3 != NULL)
        return &session->pop3->transcript;
    return session->sieve != NULL ? &session->sieve->transcript : NULL;
}

/* Facts of the dialogue: the endpoint's own in the clean session, else to be thrown away. */
static int note_dialogue(struct session *session, bool clean)
{
    const struct dialogue *dialogue = dialogue_of(session->service);
    struct endpoint_facts *endpoint = session->endpoint;
    struct arena *arena = session->arena;

    if (dialogue == &smtp_dialogue && (session->smtp = arena_alloc(arena, sizeof *session->smtp)) == NULL)
        return -ENOMEM;
    if (dialogue == &imap_dialogue && (session->imap = arena_alloc(arena, sizeof *session->imap)) == NULL)
        return -ENOMEM;
    if (dialogue == &pop3_dialogue && (session->pop3 = arena_alloc(arena, sizeof *session->pop3)) == NULL)
        return -ENOMEM;
    if (dialogue == &sieve_dialogue && (session->sieve = arena_alloc(arena, sizeof *session->sieve)) == NULL)
        return -ENOMEM;
    if (!clean)
        return 0;
    endpoint->smtp = session->smtp;
    endpoint->imap = session->imap;
    endpoint->pop3 = session->pop3;
    endpoint->sieve = session->sieve;
    session->transcript = transcript_of(session);
    return 0;
}

int session_run(struct session *session, bool clean)
{
    const struct dialogue *dialogue = dialogue_of(session->service);
    int error;

    if (!session_connect(session))
        return session->failure;
    error = note_dialogue(session, clean);
    if (error < 0)
        session->failure = error;
    else {
        bool is_open = dialogue->open(session);

        if (is_open && clean)
            dialogue->converse(session);
        else if (is_open && session->inside != NULL)
            session->inside(session);
        dialogue->leave(session);
    }
    session_close(session);
    return session->failure;
}

int session_run_aside(struct session *session)
{
    struct arena *kept = session->arena;
    int error;

    session->arena = arena_new(DIALOGUE_MEMORY);
    error = session->arena != NULL ? session_run(session, false) : -ENOMEM;
    session->end_reason = arena_text(kept, session->pushback ? session->end_reason : NULL);
    session->smtp = NULL;
    session->imap = NULL;
    session->pop3 = NULL;
    session->sieve = NULL;
    arena_free(session->arena);
    session->arena = kept;
    return error;
}

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
                   enum scan_depth depth, int64_t deadline, struct arena *arena)
{
    struct session session;
    struct session prepared;
    int error = session_prepare(&prepared, network, endpoint, host, deadline, arena);

    if (error < 0)
        return error;
    endpoint->connections = number(0);
    endpoint->aborted = number(0);
    endpoint->pushbacks = number(0);
    session = prepared;
    error = session_run(&session, true);
    if (error < 0 || depth == DEPTH_QUICK)
        return error;
    return other_key_types(&prepared, session.handshake);
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
