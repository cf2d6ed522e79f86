/*
 * tls_behaviour.c - how a server takes hellos of today and of tomorrow, names and protocols it does not serve, a needless
 * downgrade, and two records that it must not take (CVE-2014-0224, CVE-2014-0160)
 *
 *   tolerance   one hello with all that may trouble a server: GREASE (RFC 8701), a version from the future, 380
 *               suites, post-quantum key shares (larger than a packet), cut into several records. Only when that
 *               fails is each asked for by itself.
 *   the rest    a hello without a name, one with a name and a protocol of nobody (RFC 9325 3.7, 3.8), one with
 *               TLS_FALLBACK_SCSV (RFC 7507)
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
    FALLBACK_SCSV = 0x5600,
    VERSION_OF_THE_FUTURE = 0x0305,
    RECORD_SIZE = 700,   /* of the hello that is cut: four or five records */
    PACKETS_SIZE = 2000, /* more than one packet */
    SUITES_FEW = 48,
    ALERT_HANDSHAKE_UNEXPECTED = 10,
    ALERT_BAD_RECORD_MAC = 20,
    ALERT_DECRYPTION_FAILED = 21,
    ALERT_INAPPROPRIATE_FALLBACK = 86,
    ALERT_UNRECOGNIZED_NAME = 112,
    ALERT_NO_APPLICATION_PROTOCOL = 120,
    RECORD_ALERT = 21,
    RECORD_HEARTBEAT = 24,
};

/* ---- tolerance ---- */

static const uint16_t versions_today[] = {TLS_VERSION_1_3, TLS_VERSION_1_2, TLS_VERSION_1_1, TLS_VERSION_1_0};
static const uint16_t versions_tomorrow[] = {VERSION_OF_THE_FUTURE, TLS_VERSION_1_3, TLS_VERSION_1_2,
                                             TLS_VERSION_1_1, TLS_VERSION_1_0};
static const uint16_t shares_today[] = {0x001d};            /* x25519 */
static const uint16_t shares_tomorrow[] = {0x11ec, 0x001d}; /* X25519MLKEM768, x25519 */

/* What a hello to find the best version may carry beyond the ordinary. */
struct trouble {
    bool grease, future, large, cut;
    size_t suites;    /* below TLS 1.3, at most; the strongest are always there */
    unsigned without; /* extensions left out */
    bool bare;        /* no more than a name, groups and schemes */
};

/* TLS 1.3's first, and of those ChaCha20; then the strongest below, and the weakest last. */
static int mixed_suites(struct enumeration *e, size_t limit, struct hello_numbers *ret)
{
    size_t below = e->suites.count < limit ? e->suites.count : limit;
    uint16_t *items = arena_alloc(e->arena, (e->suites_13.count + below) * sizeof(*items));
    size_t count = 0;

    if (items == NULL)
        return -ENOMEM;
    for (int chacha = 1; chacha >= 0; chacha--)
        for (size_t i = 0; i < e->suites_13.count; i++)
            if ((tls_suite_by_code(e->suites_13.items[i])->cipher == TLS_CIPHER_CHACHA20) == (chacha == 1))
                items[count++] = e->suites_13.items[i];
    for (size_t i = 0; i < below; i++)
        items[count + i] = e->suites.items[e->suites.count - 1 - i];
    *ret = (struct hello_numbers){.codes = items, .count = e->suites_13.count + below};
    return 0;
}

static int troubled_hello(struct enumeration *e, const struct trouble *trouble, struct client_hello *ret)
{
    const struct offer offer = {.version = TLS_VERSION_1_3};
    int error = enumeration_hello(e, &offer, ret);

    if (error < 0)
        return error;
    ret->extensions = e->extensions | HELLO_PSK_MODES;
    ret->extensions &= ~trouble->without;
    if (trouble->bare)
        ret->extensions = HELLO_POINT_FORMATS | HELLO_RENEGOTIATION_INFO;
    if (trouble->grease)
        ret->extensions |= HELLO_GREASE;
    ret->versions = trouble->future ? (struct hello_numbers){.codes = versions_tomorrow, .count = 5}
                                    : (struct hello_numbers){.codes = versions_today, .count = 4};
    ret->shares = trouble->large ? (struct hello_numbers){.codes = shares_tomorrow, .count = 2}
                                 : (struct hello_numbers){.codes = shares_today, .count = 1};
    ret->pad_to = trouble->large ? PACKETS_SIZE : 0;
    ret->record_size = trouble->cut ? RECORD_SIZE : 0;
    return mixed_suites(e, trouble->suites, &ret->suites);
}

/* What the server picked when it could, also of post-quantum groups, which some only take with a key share. */
static void note_best(struct enumeration *e, const struct server_flight *flight)
{
    struct version_findings *found;

    if (flight->version < TLS_VERSION_SSL3 || flight->version > TLS_VERSION_1_3)
        return;
    e->best = flight->version;
    found = &e->versions[version_place(flight->version)];
    found->accepted = YES;
    if (flight->version != TLS_VERSION_1_3)
        return;
    found->pick_after_chacha = flight->suite;
    if (flight->group_seen)
        e->first_group_13 = flight->group;
}

/* YES, NO, or UNKNOWN when nothing more is asked. */
static enum known takes(struct enumeration *e, const struct trouble *trouble)
{
    struct client_hello hello;
    struct exchange exchange = {.hello = &hello};
    struct reply reply;
    enum answer answer;

    if (e->stopped != NULL)
        return UNKNOWN;
    if (troubled_hello(e, trouble, &hello) < 0) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
        return UNKNOWN;
    }
    answer = enumeration_send(e, &exchange, 0, NULL, &reply);
    if (answer == ANSWER_SERVED)
        note_best(e, reply.flight);
    reply_free(&reply);
    return answer == ANSWER_STOPPED ? UNKNOWN : known(answer == ANSWER_SERVED);
}

static void note_intolerance(struct enumeration *e, const char *what)
{
    if (list_add(&e->features->intolerances, e->arena, (void *)(uintptr_t)what) < 0) {
        e->failure = -ENOMEM;
        enumeration_stop(e, "out of memory");
    }
}

static const struct {
    unsigned without;
    const char *name;
} rungs[] = {
    {HELLO_STATUS_REQUEST | HELLO_TIMESTAMPS, "status_request, signed_certificate_timestamp"},
    {HELLO_STATUS_REQUEST | HELLO_TIMESTAMPS | HELLO_ENCRYPT_THEN_MAC | HELLO_SESSION_TICKET,
     "status_request, signed_certificate_timestamp, encrypt_then_mac, session_ticket"},
};

/* What must an ordinary hello leave out to be answered? */
static enum known climb_down(struct enumeration *e)
{
    enum known taken = takes(e, &(struct trouble){.suites = SUITES_FEW});

    for (size_t i = 0; taken == NO && i < sizeof(rungs) / sizeof(rungs[0]); i++) {
        taken = takes(e, &(struct trouble){.suites = SUITES_FEW, .without = rungs[i].without});
        if (taken == YES) {
            e->extensions &= ~rungs[i].without;
            note_intolerance(e, rungs[i].name);
        }
    }
    if (taken == NO) {
        taken = takes(e, &(struct trouble){.suites = SUITES_FEW, .bare = true});
        if (taken == YES) {
            e->extensions = HELLO_POINT_FORMATS | HELLO_RENEGOTIATION_INFO;
            note_intolerance(e, "all extensions but server_name, supported_groups and signature_algorithms");
        }
    }
    return taken;
}

/* Halved until it is answered: a limit of some servers, not of the protocol. */
static void find_suites_limit(struct enumeration *e)
{
    size_t suites = e->suites.count;
    enum known taken = takes(e, &(struct trouble){.suites = suites});

    while (taken == NO && suites > SUITES_FEW) {
        suites /= 2;
        taken = takes(e, &(struct trouble){.suites = suites});
    }
    if (taken != YES || suites == e->suites.count)
        return;
    e->suites_limit = suites;
    e->features->suites_max = number((int64_t)(suites + e->suites_13.count));
}

void enumerate_tolerance(struct enumeration *e)
{
    struct tls_features_facts *features = e->features;
    const struct trouble all = {
        .grease = true, .future = true, .large = true, .cut = true, .suites = e->suites.count};
    enum known taken = takes(e, &all);

    features->intolerances.observed = true;
    if (taken == YES) {
        features->grease = features->unknown_version = features->large_hello = features->split_hello = YES;
        return;
    }
    if (taken == UNKNOWN || climb_down(e) != YES)
        return;
    features->grease = takes(e, &(struct trouble){.suites = SUITES_FEW, .grease = true});
    features->unknown_version = takes(e, &(struct trouble){.suites = SUITES_FEW, .future = true});
    features->large_hello = takes(e, &(struct trouble){.suites = SUITES_FEW, .large = true});
    features->split_hello = takes(e, &(struct trouble){.suites = SUITES_FEW, .cut = true});
    find_suites_limit(e);
}

/* ---- the fallback value ---- */

static void ask_fallback(struct enumeration *e)
{
    struct offer offer = {.signalling = FALLBACK_SCSV, .behaviour = true, .quiet = true};
    struct reply reply;

    if (e->best != TLS_VERSION_1_3 && e->best != TLS_VERSION_1_2)
        return;
    offer.version = (uint16_t)(e->best - 1);
    switch (enumeration_ask(e, &offer, &reply)) {
    case ANSWER_SERVED:
        e->features->fallback_scsv = NO;
        break;
    case ANSWER_REFUSED:
        if (reply.flight->alert_seen && reply.flight->alert == ALERT_INAPPROPRIATE_FALLBACK)
            e->features->fallback_scsv = YES;
        else
            e->fallback_refused = offer.version; /* by that, or because the version is? */
        break;
    case ANSWER_STOPPED:
        break;
    }
    reply_free(&reply);
}

/* Some servers have another alert for it, or none: a version that they accept was refused. */
void conclude_fallback(struct enumeration *e)
{
    if (e->fallback_refused != 0 && e->versions[version_place(e->fallback_refused)].accepted == YES)
        e->features->fallback_scsv = YES;
}

/* All suites of a version, those with ChaCha20 first; NULL: out of memory. */
static const struct codes *chacha_first(struct enumeration *e, uint16_t version)
{
    const struct codes *all = version == TLS_VERSION_1_3 ? &e->suites_13 : &e->suites;
    size_t limit = all->count < e->suites_limit ? all->count : e->suites_limit;
    struct codes *codes = arena_alloc(e->arena, sizeof(*codes));

    if (codes == NULL)
        return NULL;
    codes->items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t));
    if (codes->items == NULL)
        return NULL;
    for (int chacha = 1; chacha >= 0; chacha--)
        for (size_t i = all->count; i > all->count - limit; i--) {
            const struct tls_suite *suite = tls_suite_by_code(all->items[i - 1]);

            if ((suite->cipher == TLS_CIPHER_CHACHA20) == (chacha == 1))
                codes_add(codes, all->items[i - 1]);
        }
    return codes;
}

/* ---- names and protocols of nobody ---- */

static const char *const protocols_of_nobody[] = {"outpost-no-such-protocol", NULL};
static const char name_of_nobody[] = "no-such-name.invalid";

/* Strictness shows below TLS 1.3 or with a key share only: after a HelloRetryRequest nothing more is said. The alert of
 * the refusal; 0: served; -1: nothing is known. */
static int ask_of_nobody(struct enumeration *e, bool name, bool protocol)
{
    struct offer offer = {.version = e->best, .quiet = true};
    struct client_hello hello;
    struct exchange exchange = {.hello = &hello, .behaviour = true};
    struct reply reply;
    int result = -1;

    offer.suites = chacha_first(e, offer.version);
    offer.name = name ? name_of_nobody : NULL;
    offer.protocols = protocol ? protocols_of_nobody : NULL;
    if (e->stopped != NULL || offer.suites == NULL || enumeration_hello(e, &offer, &hello) < 0)
        return -1;
    if (offer.version == TLS_VERSION_1_3)
        hello.shares = (struct hello_numbers){.codes = shares_today, .count = 1};
    switch (enumeration_send(e, &exchange, offer.version, NULL, &reply)) {
    case ANSWER_SERVED:
        result = reply.flight->state == FLIGHT_HELLO_RETRY ? -1 : 0;
        break;
    case ANSWER_REFUSED:
        result = reply.flight->alert_seen ? reply.flight->alert : -1;
        break;
    case ANSWER_STOPPED:
        break;
    }
    reply_free(&reply);
    return result;
}

static void note_strictness(struct enumeration *e, int alert, bool name, bool protocol)
{
    if (protocol && (alert == ALERT_NO_APPLICATION_PROTOCOL || alert == 0))
        e->features->alpn_strict = known(alert != 0);
    if (name && (alert == ALERT_UNRECOGNIZED_NAME || alert == 0))
        e->features->sni_strict = known(alert != 0);
}

/* Is it a certificate that the server shows for the usual name, too? Then it is the same server. */
static bool is_usual_leaf(const struct enumeration *e, const struct server_flight *flight)
{
    const char *sha256;

    if (flight->chain_count == 0)
        return false;
    sha256 = digest_text(flight->chain[0].data, flight->chain[0].size, e->arena);
    for (size_t i = 0; i < e->tls->certificates.count && sha256 != NULL; i++) {
        const struct certificate_facts *certificate = e->tls->certificates.items[i];

        if (certificate->sha256 != NULL && strcmp(certificate->sha256, sha256) == 0)
            return true;
    }
    return false;
}

enum answer ask_as_nobody(struct enumeration *e, const struct offer *offer, struct reply *ret)
{
    struct offer odd = *offer;
    bool named = e->prepared->tls.name != NULL;

    if (e->asked_as_nobody)
        return enumeration_ask(e, offer, ret);
    e->asked_as_nobody = true;
    odd.name = named ? name_of_nobody : NULL;
    odd.protocols = protocols_of_nobody;
    odd.quiet = true;
    switch (enumeration_ask(e, &odd, ret)) {
    case ANSWER_SERVED:
        note_strictness(e, 0, named, true);
        if (is_usual_leaf(e, ret->flight)) {
            enumeration_note(e, offer->version, ret->flight, 0, false);
            return ANSWER_SERVED;
        }
        break;
    case ANSWER_REFUSED:
        if (ret->flight->alert_seen)
            note_strictness(e, ret->flight->alert, named, true);
        break;
    case ANSWER_STOPPED:
        return ANSWER_STOPPED;
    }
    reply_free(ret);
    return enumeration_ask(e, offer, ret);
}

/* What no question has shown on its way. */
void enumerate_strictness(struct enumeration *e)
{
    bool named = e->prepared->tls.name != NULL;

    if (e->best == 0)
        return;
    if (!e->asked_as_nobody)
        note_strictness(e, ask_of_nobody(e, named, true), named, true);
    if (e->features->alpn_strict == UNKNOWN)
        note_strictness(e, ask_of_nobody(e, false, true), false, true);
    if (named && e->features->sni_strict == UNKNOWN)
        note_strictness(e, ask_of_nobody(e, true, false), true, false);
}

/* ---- without a name; a ChangeCipherSpec before its time; heartbeat ---- */

/* Twice: the first makes a vulnerable server change its keys, so that the second cannot be read. */
static const uint8_t early_change[] = {20, 3, 3, 0, 1, 1, 20, 3, 3, 0, 1, 1};
/* Claims 16 KiB and sends none: RFC 6520 4 wants silence. */
static const uint8_t empty_heartbeat[] = {RECORD_HEARTBEAT, 3, 3, 0, 3, 1, 0x40, 0};

static enum known change_was_taken(const struct exchange *exchange)
{
    const struct buffer *after = &exchange->after;

    if (exchange->after_end == EXCHANGE_CLOSED || exchange->after_end == EXCHANGE_RESET)
        return NO;
    if (exchange->after_end != EXCHANGE_ANSWERED || after->size < 7 || after->data[0] != RECORD_ALERT)
        return UNKNOWN; /* silence may have other reasons */
    return known(after->data[6] == ALERT_BAD_RECORD_MAC || after->data[6] == ALERT_DECRYPTION_FAILED);
}

static void note_no_name(struct enumeration *e, const struct server_flight *flight)
{
    e->features->sni_needed = NO;
    if (flight->chain_count > 0)
        e->features->no_name_sha256 = digest_text(flight->chain[0].data, flight->chain[0].size, e->arena);
}

void enumerate_unnamed(struct enumeration *e)
{
    bool named = e->prepared->tls.name != NULL;
    struct offer offer = {.version = e->best > TLS_VERSION_1_2 ? TLS_VERSION_1_2 : e->best,
                          .no_name = true,
                          .quiet = named,
                          .behaviour = true,
                          .extensions = HELLO_HEARTBEAT,
                          .without = HELLO_SESSION_TICKET,
                          .afterword = bytes_of(early_change, sizeof(early_change))};
    struct reply reply;
    enum answer answer;

    offer.suites = chacha_first(e, offer.version);
    answer = enumeration_ask(e, &offer, &reply);
    if (answer == ANSWER_SERVED) {
        e->versions[version_place(offer.version)].pick_after_chacha = reply.flight->suite;
        e->keeps_ids = known(reply.flight->session_id.size > 0);
        if (named)
            note_no_name(e, reply.flight);
        e->features->heartbeat = known(reply.flight->extensions & HELLO_HEARTBEAT);
        if (reply.flight->state == FLIGHT_COMPLETE)
            e->features->ccs_injection = change_was_taken(&reply.exchange);
    }
    reply_free(&reply);
    if (answer != ANSWER_REFUSED || !named || offer.version == e->best)
        return;
    offer = (struct offer){.version = e->best, .no_name = true, .behaviour = true, .quiet = true};
    answer = enumeration_ask(e, &offer, &reply);
    if (answer != ANSWER_STOPPED)
        e->features->sni_needed = known(answer == ANSWER_REFUSED);
    reply_free(&reply);
}

static void ask_heartbeat(struct enumeration *e)
{
    struct offer offer = {.version = e->best > TLS_VERSION_1_2 ? TLS_VERSION_1_2 : e->best,
                          .behaviour = true,
                          .extensions = HELLO_HEARTBEAT,
                          .afterword = bytes_of(empty_heartbeat, sizeof(empty_heartbeat))};
    struct reply reply;

    if (e->features->heartbeat != YES) {
        e->features->heartbleed = e->features->heartbeat; /* no extension, no such message */
        return;
    }
    if (enumeration_ask(e, &offer, &reply) == ANSWER_SERVED && reply.flight->state == FLIGHT_COMPLETE)
        e->features->heartbleed = known(reply.exchange.after.size > sizeof(empty_heartbeat) &&
                                        reply.exchange.after.data[0] == RECORD_HEARTBEAT);
    reply_free(&reply);
}

void enumerate_behaviour(struct enumeration *e)
{
    ask_heartbeat(e);
    ask_fallback(e);
}
