/*
 * session_run.c - a whole session: which dialogue a service has, and where what it says is noted
 *
 *   connect -> open, up to TLS -> converse (the clean session), or what was asked for inside -> leave -> close
 */
#include "probes/session.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>

enum { DIALOGUE_MEMORY = 4 * 1024 * 1024, TICKET_PATIENCE_MS = 1000, TICKET_STEP_MS = 20 };

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

/* A server that is done with us has put away the session that it gave: who comes back at once could be too early. */
static void wait_for_end(struct session *session)
{
    (void)stream_finish(session->stream,
                        deadline_in(session->network->engine, TICKET_PATIENCE_MS, session->deadline));
}

static void tls_leave(struct session *session)
{
    if (session->dead || session->end != DIALOGUE_NOT_OBSERVED)
        return;
    session->farewell = true;
    if (!session->tls.keep_session)
        return;
    wait_for_ticket(session);
    wait_for_end(session);
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

bool handshake_is_for(const struct tls_handshake_facts *handshake, const char *name)
{
    return name == NULL ? handshake->name == NULL
                        : handshake->name != NULL && text_same_name(handshake->name, name);
}

const struct list *stated_groups(const struct tls_facts *tls, const char *name)
{
    for (size_t i = 0; i < tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = tls->handshakes.items[i];

        if (handshake->stated_groups.count > 0 && handshake_is_for(handshake, name))
            return &handshake->stated_groups;
    }
    return NULL;
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
