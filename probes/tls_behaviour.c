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
    RECORD_SIZE = 700,       /* of the hello with everything, that is cut: four or five records */
    SMALL_RECORD_SIZE = 100, /* of a plain one */
    PACKETS_SIZE = 2000,     /* more than one packet */
    ALERT_BAD_RECORD_MAC = 20,
    ALERT_DECRYPTION_FAILED = 21,
    ALERT_INAPPROPRIATE_FALLBACK = 86,
    ALERT_NO_APPLICATION_PROTOCOL = 120,
    RECORD_ALERT = 21,
    RECORD_HEARTBEAT = 24,
    BARE_EXTENSIONS = HELLO_POINT_FORMATS | HELLO_RENEGOTIATION_INFO,
};

/* ---- tolerance ---- */

static const uint16_t versions_today[] = {TLS_VERSION_1_3, TLS_VERSION_1_2, TLS_VERSION_1_1, TLS_VERSION_1_0};
static const uint16_t versions_tomorrow[] = {VERSION_OF_THE_FUTURE, TLS_VERSION_1_3, TLS_VERSION_1_2,
                                             TLS_VERSION_1_1, TLS_VERSION_1_0};
/* Few, and every server has one of them, unless it is very odd. */
static const uint16_t usual_suites[] = {
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xc009, 0xc013,
    0xc00a, 0xc014, 0xc023, 0xc027, 0xc024, 0xc028, 0x0033, 0x0039, 0x0067, 0x006b,
    0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d, 0x000a, 0x0005,
};
enum { USUAL_SUITES = sizeof(usual_suites) / sizeof(usual_suites[0]) };
static const uint16_t shares_today[] = {0x001d};            /* x25519 */
static const uint16_t shares_tomorrow[] = {0x11ec, 0x001d}; /* X25519MLKEM768, x25519 */

/* What a hello to find the best version may carry beyond the ordinary. */
struct trouble {
    bool grease, future, large, cut;
    size_t suites;    /* below TLS 1.3, so many; 0: the usual ones, which are always there */
    unsigned without; /* extensions left out */
    bool bare;        /* no more than a name, groups and schemes */
};

/* TLS 1.3's first, and of those ChaCha20; below it the usual ones, then from the strongest to the weakest. */
static int mixed_suites(struct enumeration *e, size_t below, struct hello_numbers *ret)
{
    struct codes mixed = {.items = arena_alloc(e->arena, CODES_MAX * sizeof(uint16_t))};
    size_t most = e->suites_13.count + (below > USUAL_SUITES ? below : USUAL_SUITES);

    if (mixed.items == NULL)
        return -ENOMEM;
    for (int chacha = 1; chacha >= 0; chacha--)
        for (size_t i = 0; i < e->suites_13.count; i++)
            if ((tls_suite_by_code(e->suites_13.items[i])->cipher == TLS_CIPHER_CHACHA20) == (chacha == 1))
                codes_add(&mixed, e->suites_13.items[i]);
    for (size_t i = 0; i < USUAL_SUITES; i++)
        codes_add(&mixed, usual_suites[i]);
    for (size_t i = e->suites.count; i > 0 && mixed.count < most; i--)
        codes_add(&mixed, e->suites.items[i - 1]);
    *ret = codes_numbers(&mixed);
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
    if (trouble->bare) {
        ret->extensions = BARE_EXTENSIONS;
        ret->certificate_schemes = (struct hello_numbers){0};
    }
    if (trouble->grease)
        ret->extensions |= HELLO_GREASE;
    ret->versions = trouble->future ? (struct hello_numbers){.codes = versions_tomorrow, .count = 5}
                                    : (struct hello_numbers){.codes = versions_today, .count = 4};
    ret->shares = trouble->large ? (struct hello_numbers){.codes = shares_tomorrow, .count = 2}
                                 : (struct hello_numbers){.codes = shares_today, .count = 1};
    ret->pad_to = trouble->large ? PACKETS_SIZE : 0;
    ret->record_size = !trouble->cut ? 0 : trouble->large ? RECORD_SIZE : SMALL_RECORD_SIZE;
    return mixed_suites(e, trouble->suites, &ret->suites);
}

int enumeration_plain_hello(struct enumeration *e, struct client_hello *ret)
{
    return troubled_hello(e, &(struct trouble){.bare = true}, ret);
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
        enumeration_out_of_memory(e);
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
    if (list_add(&e->features->intolerances, e->kept, (void *)(uintptr_t)what) < 0) {
        enumeration_out_of_memory(e);
    }
}

static const struct {
    unsigned without;
    const char *name;
} rungs[] = {
    {HELLO_STATUS_REQUEST, "status_request"},
    {HELLO_STATUS_REQUEST | HELLO_TIMESTAMPS, "status_request, signed_certificate_timestamp"},
    {HELLO_STATUS_REQUEST | HELLO_TIMESTAMPS | HELLO_ENCRYPT_THEN_MAC | HELLO_SESSION_TICKET,
     "status_request, signed_certificate_timestamp, encrypt_then_mac, session_ticket"},
};

/* What must an ordinary hello leave out to be answered? */
static enum known climb_down(struct enumeration *e)
{
    enum known taken = takes(e, &(struct trouble){0});

    for (size_t i = 0; taken == NO && i < sizeof(rungs) / sizeof(rungs[0]); i++) {
        taken = takes(e, &(struct trouble){.without = rungs[i].without});
        if (taken == YES) {
            e->extensions &= ~rungs[i].without;
            note_intolerance(e, rungs[i].name);
        }
    }
    if (taken == NO) {
        taken = takes(e, &(struct trouble){.bare = true});
        if (taken == YES) {
            e->extensions = BARE_EXTENSIONS;
            e->bare = true;
            note_intolerance(e, "all extensions but server_name, supported_groups and signature_algorithms");
        }
    }
    return taken;
}

/* How many are answered, exactly: a limit of some servers, not of the protocol. */
static void find_suites_limit(struct enumeration *e)
{
    size_t taken = USUAL_SUITES, refused = e->suites.count;
    enum known answer = takes(e, &(struct trouble){.suites = refused, .bare = e->bare});

    if (answer != NO)
        return;
    e->suites_limit = taken; /* a control has no more, either */
    while (answer != UNKNOWN && refused - taken > 1) {
        size_t suites = (taken + refused) / 2;

        answer = takes(e, &(struct trouble){.suites = suites, .bare = e->bare});
        if (answer == NO)
            refused = suites;
        else if (answer == YES)
            e->suites_limit = taken = suites;
    }
    if (answer != UNKNOWN)
        e->features->suites_max = number((int64_t)(taken + e->suites_13.count));
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
    features->grease = takes(e, &(struct trouble){.grease = true, .bare = e->bare});
    features->unknown_version = takes(e, &(struct trouble){.future = true, .bare = e->bare});
    features->large_hello = takes(e, &(struct trouble){.large = true, .bare = e->bare});
    features->split_hello = takes(e, &(struct trouble){.cut = true, .bare = e->bare});
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
static void conclude_fallback(struct enumeration *e)
{
    if (e->fallback_refused != 0 && e->versions[version_place(e->fallback_refused)].accepted == YES)
        e->features->fallback_scsv = YES;
}

/* Neither attack is possible under TLS 1.3, whose servers ignore a ChangeCipherSpec (RFC 8446 5). */
static void conclude_old_attacks(struct enumeration *e)
{
    if (e->best != TLS_VERSION_1_3)
        return;
    for (unsigned version = TLS_VERSION_SSL3; version < TLS_VERSION_1_3; version++)
        if (e->versions[version_place((uint16_t)version)].accepted != NO)
            return;
    if (e->features->ccs_injection == UNKNOWN)
        e->features->ccs_injection = NO;
    if (e->features->heartbleed == UNKNOWN)
        e->features->heartbleed = NO;
}

void conclude_behaviour(struct enumeration *e)
{
    conclude_fallback(e);
    conclude_old_attacks(e);
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

/* A group of TLS 1.3 that the server accepts and there is a share for; 0: none is known. */
static uint16_t group_to_share(const struct enumeration *e)
{
    const struct codes *groups = &e->versions[version_place(TLS_VERSION_1_3)].groups;

    for (size_t i = 0; i < groups->count; i++)
        if (hello_share(groups->items[i]).size > 0)
            return groups->items[i];
    return 0;
}

/* Strictness shows below TLS 1.3 or with a key share only: after a HelloRetryRequest nothing more is said. The alert of
 * the refusal; 0: served; -1: nothing is known. */
static int ask_of_nobody(struct enumeration *e, bool name, bool protocol)
{
    struct offer offer = {.version = e->best, .quiet = true};
    uint16_t group = group_to_share(e);
    const struct codes groups = {.items = &group, .count = 1};
    struct client_hello hello;
    struct exchange exchange = {.hello = &hello, .behaviour = true};
    struct reply reply;
    int result = -1;

    offer.suites = chacha_first(e, offer.version);
    offer.name = name ? name_of_nobody : NULL;
    offer.protocols = protocol ? protocols_of_nobody : NULL;
    if (offer.version == TLS_VERSION_1_3)
        offer.groups = &groups;
    if (e->stopped != NULL || offer.suites == NULL || (offer.groups != NULL && group == 0) ||
        enumeration_hello(e, &offer, &hello) < 0)
        return -1;
    if (offer.groups != NULL)
        hello.shares = codes_numbers(&groups);
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

/* What clients call the protocol of a service: as IANA has it (RFC 2595, RFC 5804), which has no name for SMTP; servers
 * that know one take "smtp". NULL: any may be spoken. */
static const char *const *protocols_of(const char *service)
{
    static const struct {
        const char *service, *protocols[2];
    } known[] = {
        {"smtp", {"smtp"}},  {"submission", {"smtp"}}, {"submissions", {"smtp"}}, {"imap", {"imap"}},
        {"imaps", {"imap"}}, {"pop3", {"pop3"}},       {"pop3s", {"pop3"}},       {"sieve", {"managesieve"}},
    };

    for (size_t i = 0; service != NULL && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i].service, service) == 0)
            return known[i].protocols;
    return NULL;
}

/* enumeration_ask(), once with the protocol that is spoken here. How the server takes one that it does not know is known:
 * it does not mind, or says so by its own alert, so every other answer is as good as the usual one. */
static enum answer ask_with_protocol(struct enumeration *e, const struct offer *offer, struct reply *ret)
{
    const char *const *protocols = protocols_of(e->endpoint->service);
    struct offer with = *offer;
    enum answer answer;

    if (e->asked_protocol || protocols == NULL || e->features->alpn_strict == UNKNOWN)
        return enumeration_ask(e, offer, ret);
    e->asked_protocol = true;
    with.protocols = protocols;
    answer = enumeration_ask(e, &with, ret);
    if (answer == ANSWER_SERVED &&
        bytes_equal(ret->flight->protocol, bytes_of(protocols[0], strlen(protocols[0]))))
        e->features->alpn = protocols[0];
    if (answer != ANSWER_REFUSED)
        return answer;
    e->asked_protocol = ret->flight->alert_seen && ret->flight->alert == ALERT_NO_APPLICATION_PROTOCOL;
    if (!e->asked_protocol) /* it refused the rest of the offer: another question may carry it */
        return answer;
    reply_free(ret);
    return enumeration_ask(e, offer, ret);
}

enum answer ask_as_nobody(struct enumeration *e, const struct offer *offer, struct reply *ret)
{
    struct offer odd = *offer;
    bool named = e->prepared->tls.name != NULL;

    if (e->asked_as_nobody)
        return ask_with_protocol(e, offer, ret);
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
        e->features->no_name_sha256 = digest_text(flight->chain[0].data, flight->chain[0].size, e->kept);
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
