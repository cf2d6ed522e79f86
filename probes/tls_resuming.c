/*
 * tls_resuming.c - full handshakes by OpenSSL: does the server keep sessions, and how does it sign under TLS 1.3
 *
 * Each ends with the farewell of its protocol. What they show besides is thrown away: the endpoint's own handshakes are
 * those a client would make. RFC 5246 7.3 and RFC 5077 (ids, tickets), RFC 8446 2.2 (PSK), 4.2.10 (early data).
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { PUSHBACKS_MAX = 4 };

/* What came with the certificate under TLS 1.3, which no hello by hand can see. */
static void note_staple(struct enumeration *e, const struct tls_facts *aside)
{
    const struct certificate_facts *shown =
        aside->certificates.count > 0 ? aside->certificates.items[0] : NULL;
    struct bytes response = {0};

    if (shown == NULL || shown->stapled == UNKNOWN)
        return;
    if (shown->staple != NULL)
        response = shown->staple->der;
    if (shown->stapled == YES && response.size == 0)
        return; /* too large to be kept */
    if (e->features->ocsp_staple != YES)
        e->features->ocsp_staple = shown->stapled;
    for (size_t i = 0; i < e->tls->certificates.count; i++) {
        struct certificate_facts *certificate = e->tls->certificates.items[i];

        if (certificate->sha256 != NULL && text_equal(certificate->sha256, shown->sha256) &&
            tls_note_staple(e->network->tls, response, e->kept, certificate) < 0)
            enumeration_out_of_memory(e);
    }
}

/* What a hello by hand has shown in clear, as it does below TLS 1.3, need not be seen again. */
static bool knows_staples(const struct enumeration *e)
{
    for (size_t i = 0; i < e->tls->certificates.count; i++) {
        const struct certificate_facts *certificate = e->tls->certificates.items[i];

        if (certificate->stapled == UNKNOWN)
            return false;
    }
    return e->features->ocsp_staple != UNKNOWN;
}

/* `began`: engine's time when it was asked for. */
static void note_complete(struct enumeration *e, const struct tls_facts *aside, int64_t began)
{
    note_staple(e, aside);
    if (e->stated_groups == NULL)
        e->stated_groups = stated_groups(aside, e->prepared->tls.name);
    enumeration_served(e, began);
}

/* One handshake, again when the server asks us to come back. The result is its; NULL: there was none. */
static const struct tls_handshake_facts *shake_hands(struct enumeration *e, const struct tls_options *options,
                                                     struct tls_resumable **ret)
{
    for (int attempt = 0; attempt < PUSHBACKS_MAX && e->stopped == NULL; attempt++) {
        struct session session = *e->prepared;
        int64_t began = engine_now(e->network->engine);
        int error;

        session.tls = *options;
        session.tls.name = e->prepared->tls.name;
        session.tls.share_p256 = options->version == TLS_VERSION_1_3 && options->resume == NULL &&
                                 e->stated_groups == NULL && stated_groups(e->tls, session.tls.name) == NULL;
        session.tls.skip_certificate = knows_staples(e);
        session.tls.ask_staple = (e->extensions & HELLO_STATUS_REQUEST) != 0 && !e->bare &&
                                 options->resume == NULL && !session.tls.skip_certificate;
        session.tls_arena = e->arena;
        session.aside = arena_alloc(e->arena, sizeof(*session.aside));
        error = session.aside != NULL ? session_run_aside(&session) : -ENOMEM;
        if (session.connected)
            e->handshake_connections++;
        if (ret != NULL && session.resumable != NULL) {
            tls_resumable_free(*ret); /* of an attempt that was turned away after all */
            *ret = session.resumable;
        } else {
            tls_resumable_free(session.resumable);
        }
        if (error < 0)
            enumeration_failed(e, error);
        if (session.handshake != NULL && session.handshake->result == TLS_COMPLETE && session.aside != NULL)
            note_complete(e, session.aside, began);
        if (session.handshake != NULL && session.handshake->result != TLS_CANCELED) {
            enumeration_let_in(e);
            return session.handshake;
        }
        if (session.connected && !session.pushback && session.end != DIALOGUE_CANCELED)
            return NULL;
        enumeration_kept_out(e, &session);
    }
    return NULL;
}

/* ---- resumption ---- */

static void note_ticket(struct tls_resumption_facts *facts, const struct tls_resumable *resumable)
{
    int64_t lifetime = tls_resumable_lifetime(resumable);

    if (tls_resumable_has_ticket(resumable) && lifetime > facts->ticket_lifetime.value)
        facts->ticket_lifetime = number(lifetime);
}

/* Did the server take up what was offered? UNKNOWN: there was no handshake. */
static enum known taken_up(const struct tls_handshake_facts *handshake)
{
    return handshake != NULL && handshake->result == TLS_COMPLETE ? handshake->resumed : UNKNOWN;
}

/* Offers what the server gave. YES: it took the session up. */
static enum known resumes(struct enumeration *e, uint16_t version, struct tls_resumable *resumable)
{
    const struct tls_options again = {.version = version, .resume = resumable};

    return taken_up(shake_hands(e, &again, NULL));
}

static struct tls_resumption_facts *resumption_facts(struct enumeration *e)
{
    if (e->tls->resumption == NULL)
        e->tls->resumption = arena_alloc(e->kept, sizeof(*e->tls->resumption));
    if (e->tls->resumption == NULL) {
        enumeration_out_of_memory(e);
    }
    return e->tls->resumption;
}

/* With what a handshake for a signature has left, or one made for this. */
static void resumption_13(struct enumeration *e, struct tls_resumption_facts *facts)
{
    const struct tls_options first = {.version = TLS_VERSION_1_3, .keep_session = true};
    const struct tls_handshake_facts *handshake = NULL;

    if (e->given_13 == NULL)
        handshake = shake_hands(e, &first, &e->given_13);
    if (e->given_13 != NULL) {
        note_ticket(facts, e->given_13);
        facts->early_data = number(tls_resumable_early_data(e->given_13));
        facts->psk = resumes(e, TLS_VERSION_1_3, e->given_13);
    } else if (handshake != NULL && handshake->result == TLS_COMPLETE) {
        facts->psk = NO;
        facts->early_data = number(0);
    }
    tls_resumable_free(e->given_13);
    e->given_13 = NULL;
}

/* A handshake without a ticket, for the id; NULL: none was given, or a hello has shown that none is (tls_behaviour.c). */
static struct tls_resumable *take_id(struct enumeration *e, uint16_t version,
                                     struct tls_resumption_facts *facts)
{
    const struct tls_options without_ticket = {.version = version, .keep_session = true, .no_ticket = true};
    struct tls_resumable *given = NULL;
    const struct tls_handshake_facts *handshake = NULL;

    if (e->keeps_ids != NO)
        handshake = shake_hands(e, &without_ticket, &given);
    if (given != NULL && tls_resumable_has_id(given))
        return given;
    if (e->keeps_ids == NO || (handshake != NULL && handshake->result == TLS_COMPLETE))
        facts->session_id = NO;
    tls_resumable_free(given);
    return NULL;
}

/* Does the server take up the id? Some only look at it when no ticket is asked for (JSSE): not those that give no id
 * beside a ticket. */
static enum known resumes_by_id(struct enumeration *e, uint16_t version, struct tls_resumable *id,
                                const struct tls_handshake_facts *with_ticket)
{
    const struct tls_options without_ticket = {.version = version, .resume = id, .no_ticket = true};
    enum known taken = taken_up(with_ticket);

    return taken == NO && e->ids_beside_tickets != NO ? taken_up(shake_hands(e, &without_ticket, NULL))
                                                      : taken;
}

/* A server that takes up an id gives no ticket with it: then there is one more handshake for that. */
static struct tls_resumable *take_ticket(struct enumeration *e, uint16_t version, struct tls_resumable *id,
                                         struct tls_resumption_facts *facts)
{
    struct tls_options with_ticket = {.version = version, .keep_session = true, .resume = id};
    struct tls_resumable *given = NULL;
    const struct tls_handshake_facts *handshake = shake_hands(e, &with_ticket, &given);

    if (id != NULL)
        facts->session_id = resumes_by_id(e, version, id, handshake);
    if (handshake != NULL && handshake->resumed == YES) {
        tls_resumable_free(given);
        given = NULL;
        with_ticket.resume = NULL;
        handshake = shake_hands(e, &with_ticket, &given);
    }
    if (handshake != NULL && handshake->result == TLS_COMPLETE)
        facts->ticket = NO;
    if (given != NULL && tls_resumable_has_ticket(given))
        return given;
    tls_resumable_free(given);
    return NULL;
}

void enumerate_resumption(struct enumeration *e, uint16_t version)
{
    struct tls_resumption_facts *facts = resumption_facts(e);
    struct tls_resumable *id, *ticket;

    if (facts == NULL)
        return;
    id = take_id(e, version, facts);
    ticket = take_ticket(e, version, id, facts);
    if (ticket != NULL) {
        note_ticket(facts, ticket);
        facts->ticket = resumes(e, version, ticket);
    }
    tls_resumable_free(id);
    tls_resumable_free(ticket);
}

/* ---- how the server signs under TLS 1.3 ---- */

/* By which certificates may be signed, but no handshake of TLS 1.3 (RFC 8446 4.2.3). */
static const char schemes_of_certificates[] = "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";

static const char *const schemes_13[] = {"rsa_pss_rsae_sha256",
                                         "rsa_pss_rsae_sha384",
                                         "rsa_pss_rsae_sha512",
                                         "rsa_pss_pss_sha256",
                                         "rsa_pss_pss_sha384",
                                         "rsa_pss_pss_sha512",
                                         "ecdsa_secp256r1_sha256",
                                         "ecdsa_secp384r1_sha384",
                                         "ecdsa_secp521r1_sha512",
                                         "ed25519",
                                         "ed448",
                                         NULL};

/* All but those seen, joined as OpenSSL wants it. NULL: out of memory, or none is left. */
static const char *schemes_left(struct enumeration *e)
{
    const struct codes *seen = &e->versions[version_place(TLS_VERSION_1_3)].schemes;
    char *text = NULL;

    for (size_t i = 0; schemes_13[i] != NULL; i++) {
        const struct tls_scheme *scheme = tls_scheme_by_name(schemes_13[i]);

        if (scheme != NULL && codes_have(seen, scheme->code))
            continue;
        text = text == NULL ? arena_text(e->arena, schemes_13[i])
                            : arena_format(e->arena, "%s:%s", text, schemes_13[i]);
    }
    return text != NULL ? arena_format(e->arena, "%s:%s", text, schemes_of_certificates) : NULL;
}

/* False: a handshake did not come to its end. */
static bool sign_until_refused(struct enumeration *e)
{
    struct codes *seen = &e->versions[version_place(TLS_VERSION_1_3)].schemes;
    const char *left;

    while (e->stopped == NULL && (left = schemes_left(e)) != NULL) {
        const struct tls_options options = {
            .version = TLS_VERSION_1_3, .schemes = left, .keep_session = e->given_13 == NULL};
        struct tls_resumable *given = NULL;
        const struct tls_handshake_facts *handshake = shake_hands(e, &options, &given);
        const struct tls_scheme *scheme;

        if (given != NULL)
            e->given_13 = given;
        if (handshake == NULL || handshake->result == TLS_SILENT)
            return false;
        if (handshake->result == TLS_CLOSED && e->closes) {
            enumeration_closed(e);
        } else if (handshake->result == TLS_CLOSED && !enumeration_control(e)) {
            enumeration_stop(e, "the server stopped answering");
            return false;
        }
        if (handshake->result != TLS_COMPLETE)
            return true;
        scheme = handshake->signature != NULL ? tls_scheme_by_name(handshake->signature) : NULL;
        if (scheme == NULL || codes_have(seen, scheme->code))
            return true;
        codes_add(seen, scheme->code);
    }
    return e->stopped == NULL;
}

/* The handshakes before the enumeration have shown some; those for other names may be of other certificates. */
static void take_up_signatures(struct enumeration *e)
{
    for (size_t i = 0; i < e->tls->handshakes.count; i++) {
        const struct tls_handshake_facts *handshake = e->tls->handshakes.items[i];
        const struct tls_scheme *scheme =
            handshake->signature != NULL ? tls_scheme_by_name(handshake->signature) : NULL;

        if (scheme != NULL && handshake->version != NULL && strcmp(handshake->version, "TLS1.3") == 0 &&
            handshake_is_for(handshake, e->prepared->tls.name))
            codes_add(&e->versions[version_place(TLS_VERSION_1_3)].schemes, scheme->code);
    }
}

void enumerate_schemes_13(struct enumeration *e)
{
    struct version_findings *found = &e->versions[version_place(TLS_VERSION_1_3)];
    struct tls_resumption_facts *facts;

    take_up_signatures(e);
    found->schemes_complete = known(sign_until_refused(e) && found->schemes.count > 0);
    if (found->schemes_complete == NO)
        found->schemes_reason = e->stopped != NULL ? e->stopped : "no handshake came to its end";
    facts = resumption_facts(e);
    if (facts != NULL)
        resumption_13(e, facts);
}
