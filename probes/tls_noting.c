/*
 * tls_noting.c - what the flights of an enumeration show besides the pick, and all that was found as facts
 *
 * Every answer below TLS 1.3 shows extensions, compression, the certificate, Diffie-Hellman parameters and public
 * values: no connection is made for them.
 */
#include "probes/tls_enumeration.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

/* ---- one flight ---- */

/* The first look decides; a later one can only show that a server with several backs is of two minds. */
static void note_once(enum known *fact, bool value)
{
    if (*fact == UNKNOWN)
        *fact = known(value);
}

static bool has_cbc(uint16_t code)
{
    const struct tls_suite *suite = tls_suite_by_code(code);

    return suite != NULL && suite->mode == TLS_MODE_CBC;
}

static void note_extensions(struct enumeration *e, const struct server_flight *flight, unsigned offered)
{
    struct tls_features_facts *features = e->features;

    if (offered & HELLO_RENEGOTIATION_INFO)
        note_once(&features->secure_renegotiation, flight->extensions & HELLO_RENEGOTIATION_INFO);
    if (offered & HELLO_EXTENDED_MASTER_SECRET)
        note_once(&features->extended_master_secret, flight->extensions & HELLO_EXTENDED_MASTER_SECRET);
    if ((offered & HELLO_ENCRYPT_THEN_MAC) && has_cbc(flight->suite))
        note_once(&features->encrypt_then_mac, flight->extensions & HELLO_ENCRYPT_THEN_MAC);
    if (offered & HELLO_HEARTBEAT)
        note_once(&features->heartbeat, flight->extensions & HELLO_HEARTBEAT);
    if (offered & flight->extensions & HELLO_SESSION_TICKET)
        note_once(&e->ids_beside_tickets, flight->session_id.size > 0);
}

/* RFC 8446 4.1.3: the last eight bytes of the random. */
static bool has_sentinel(const struct server_flight *flight)
{
    return memcmp(flight->random + 24, "DOWNGRD", 7) == 0 && flight->random[31] <= 1;
}

static struct tls_dh_facts *dh_facts(struct enumeration *e, const char *prime_sha256)
{
    struct list *all = &e->tls->dh;
    struct tls_dh_facts *dh;

    for (size_t i = 0; i < all->count; i++) {
        dh = all->items[i];
        if (strcmp(dh->prime_sha256, prime_sha256) == 0)
            return dh;
    }
    dh = list_new_item(all, e->kept, sizeof(*dh));
    if (dh != NULL)
        dh->prime_sha256 = prime_sha256;
    return dh;
}

static struct bytes without_zeros(struct bytes number)
{
    while (number.size > 0 && number.data[0] == 0)
        number = bytes_of(number.data + 1, number.size - 1);
    return number;
}

static int64_t bits_of(struct bytes number)
{
    int64_t bits = (int64_t)number.size * 8;

    if (number.size == 0)
        return 0;
    for (uint8_t top = number.data[0]; top < 0x80; top = (uint8_t)(top << 1))
        bits--;
    return bits;
}

/* YES when the value was seen before, NO when others were, UNKNOWN for the first. */
static enum known seen_before(struct enumeration *e, struct list *seen, struct bytes value)
{
    struct seen_value *item;
    void *copy;

    for (size_t i = 0; i < seen->count; i++) {
        item = seen->items[i];
        if (bytes_equal(item->value, value))
            return YES;
    }
    item = list_new_item(seen, e->arena, sizeof(*item));
    copy = arena_copy(e->arena, value.data, value.size);
    if (item == NULL || copy == NULL) {
        enumeration_out_of_memory(e);
        return UNKNOWN;
    }
    item->value = bytes_of(copy, value.size);
    return seen->count > 1 ? NO : UNKNOWN;
}

/* Once yes, always yes. */
static void note_reuse(enum known *fact, enum known again)
{
    if (again == YES || *fact == UNKNOWN)
        *fact = again;
}

static void note_dh(struct enumeration *e, uint16_t version, const struct server_flight *flight)
{
    struct bytes prime = without_zeros(flight->dh_prime), generator = without_zeros(flight->dh_generator);
    const char *prime_sha256 = digest_text(prime.data, prime.size, e->kept);
    const char *name = tls_registry_version_name(version);
    struct tls_dh_facts *dh = prime_sha256 != NULL ? dh_facts(e, prime_sha256) : NULL;

    if (dh == NULL) {
        enumeration_out_of_memory(e);
        return;
    }
    dh->bits = number(bits_of(prime));
    dh->prime_name = tls_known_prime(prime.data, prime.size);
    if (generator.size > 0 && generator.size < 8) {
        int64_t value = 0;

        for (size_t i = 0; i < generator.size; i++)
            value = value * 256 + generator.data[i];
        dh->generator = number(value);
    }
    if (!list_has_text(&dh->versions, name) && list_add(&dh->versions, e->kept, (void *)(uintptr_t)name) < 0)
        enumeration_out_of_memory(e);
    note_reuse(&dh->reused, seen_before(e, &e->publics, flight->dh_public));
}

/* The certificate's facts; NULL: there is none that can be read. */
static struct certificate_facts *note_chain(struct enumeration *e, uint16_t version,
                                            const struct server_flight *flight)
{
    size_t count = flight->chain_count < FLIGHT_CHAIN_MAX ? flight->chain_count : FLIGHT_CHAIN_MAX;
    const char *name = tls_registry_version_name(version);
    struct certificate_facts *certificate = NULL;

    if (count == 0)
        return NULL;
    if (tls_note_chain(e->network->tls, flight->chain, count, flight->chain_count, e->prepared->tls.name,
                       e->kept, &e->tls->certificates, &certificate) < 0) {
        enumeration_out_of_memory(e);
        return NULL;
    }
    if (certificate != NULL && !list_has_text(&certificate->versions, name) &&
        list_add(&certificate->versions, e->kept, (void *)(uintptr_t)name) < 0)
        enumeration_out_of_memory(e);
    return certificate;
}

/* To a hello that asked for an OCSP response, which comes between certificate and the end of the flight. */
static void note_staple(struct enumeration *e, const struct server_flight *flight,
                        struct certificate_facts *certificate)
{
    if (e->features->ocsp_staple != YES)
        e->features->ocsp_staple = known(flight->staple.size > 0);
    if (certificate != NULL && tls_note_staple(e->network->tls, flight->staple, e->kept, certificate) < 0)
        enumeration_out_of_memory(e);
}

static void note_key_exchange(struct enumeration *e, uint16_t version, const struct server_flight *flight)
{
    struct version_findings *found = &e->versions[version_place(version)];

    if (flight->dh_prime.size > 0)
        note_dh(e, version, flight);
    if (flight->ec_point.size > 0) {
        if (flight->group_seen)
            codes_add(&found->groups, flight->group);
        note_reuse(&e->features->ecdh_reuse, seen_before(e, &e->points, flight->ec_point));
    }
    if (flight->rsa_modulus.size > 0)
        note_reuse(&e->features->export_key_reuse, seen_before(e, &e->moduli, flight->rsa_modulus));
    if (flight->scheme_seen)
        codes_add(&found->schemes, flight->scheme);
}

void enumeration_note(struct enumeration *e, uint16_t version, const struct server_flight *flight,
                      unsigned offered, bool deflate)
{
    struct certificate_facts *certificate = NULL;

    if (version == TLS_VERSION_1_3)
        return; /* what follows is noted by who asked */
    note_extensions(e, flight, offered);
    if (deflate)
        note_once(&e->features->compression, flight->compression != 0);
    if (e->sentinel != YES)
        e->sentinel = known(has_sentinel(flight));
    if (flight->certificate_seen)
        certificate = note_chain(e, version, flight);
    if (flight->key_exchange_seen)
        note_key_exchange(e, version, flight);
    if (flight->state != FLIGHT_COMPLETE)
        return;
    note_once(&e->features->client_certificate, flight->certificate_request);
    if (flight->certificate_seen && (offered & HELLO_STATUS_REQUEST))
        note_staple(e, flight, certificate);
}

/* ---- all that was found ---- */

static const char *unregistered(const struct enumeration *e, uint16_t code)
{
    return arena_format(e->kept, "0x%04X", (unsigned)code);
}

static const char *suite_name(const struct enumeration *e, uint16_t code)
{
    const struct tls_suite *suite = tls_suite_by_code(code);

    return suite != NULL ? suite->name : unregistered(e, code);
}

static const char *group_name(const struct enumeration *e, uint16_t code)
{
    const struct tls_group *group = tls_group_by_code(code);

    return group != NULL ? group->name : unregistered(e, code);
}

static const char *scheme_name(const struct enumeration *e, uint16_t code)
{
    const struct tls_scheme *scheme = tls_scheme_by_code(code);

    return scheme != NULL ? scheme->name : unregistered(e, code);
}

static int add_names(struct enumeration *e, struct list *texts, const struct codes *codes,
                     const char *(*name)(const struct enumeration *e, uint16_t code))
{
    texts->observed = true;
    for (size_t i = 0; i < codes->count; i++) {
        const char *text = name(e, codes->items[i]);

        if (text == NULL || list_add(texts, e->kept, (void *)(uintptr_t)text) < 0)
            return -ENOMEM;
    }
    return 0;
}

static struct tls_set_facts *set_facts(struct enumeration *e, struct list *sets, uint16_t version,
                                       const struct codes *codes,
                                       const char *(*name)(const struct enumeration *e, uint16_t code),
                                       enum known complete, const char *reason)
{
    struct tls_set_facts *set = list_new_item(sets, e->kept, sizeof(*set));

    if (set == NULL)
        return NULL;
    set->version = tls_registry_version_name(version);
    set->complete = complete;
    set->reason = complete == YES ? NULL : reason != NULL ? reason : e->stopped;
    return add_names(e, &set->list, codes, name) == 0 ? set : NULL;
}

/* A set of which nothing is known is no set. */
static bool is_known(const struct codes *codes, enum known complete)
{
    return codes->count > 0 || complete == YES;
}

/* Schemes may have been asked for before all suites were known; one that is not may be of another key. */
static int schemes_facts(struct enumeration *e, uint16_t version, const struct version_findings *found)
{
    bool has_all_keys = version == TLS_VERSION_1_3 || found->suites_complete == YES;
    enum known complete = has_all_keys ? found->schemes_complete : NO;
    const char *reason = found->schemes_complete == YES ? found->suites_reason : found->schemes_reason;

    if (!is_known(&found->schemes, complete))
        return 0;
    return set_facts(e, &e->tls->schemes, version, &found->schemes, scheme_name, complete, reason) != NULL
               ? 0
               : -ENOMEM;
}

static int version_facts(struct enumeration *e, uint16_t version)
{
    const struct version_findings *found = &e->versions[version_place(version)];
    struct tls_set_facts *set;

    if (is_known(&found->suites, UNKNOWN)) {
        set = set_facts(e, &e->tls->suites, version, &found->suites, suite_name, found->suites_complete,
                        found->suites_reason);
        if (set == NULL)
            return -ENOMEM;
        set->order = found->order;
        set->ordered = found->ordered;
        set->chacha_priority = found->chacha_priority;
    }
    if (is_known(&found->groups, found->groups_complete)) {
        set = set_facts(e, &e->tls->groups, version, &found->groups, group_name, found->groups_complete,
                        found->groups_reason);
        if (set == NULL || add_names(e, &set->stated, &found->stated, group_name) < 0)
            return -ENOMEM;
    }
    return schemes_facts(e, version, found);
}

static const uint16_t all_versions[ENUMERATED_VERSIONS] = {
    TLS_VERSION_SSL2, TLS_VERSION_SSL3, TLS_VERSION_1_0, TLS_VERSION_1_1, TLS_VERSION_1_2, TLS_VERSION_1_3};

static int versions_facts(struct enumeration *e)
{
    struct tls_versions_facts *versions = arena_alloc(e->kept, sizeof(*versions));

    if (versions == NULL)
        return -ENOMEM;
    versions->complete = YES;
    versions->list.observed = versions->refused.observed = true;
    for (size_t i = 0; i < ENUMERATED_VERSIONS; i++) {
        const struct version_findings *found = &e->versions[i];
        void *name = (void *)(uintptr_t)tls_registry_version_name(all_versions[i]);
        int error = 0;

        if (found->accepted == YES)
            error = list_add(&versions->list, e->kept, name);
        else if (found->accepted == NO)
            error = list_add(&versions->refused, e->kept, name);
        else {
            versions->complete = NO;
            versions->reason = found->reason != NULL ? found->reason : e->stopped;
        }
        if (error < 0)
            return error;
    }
    e->tls->versions = versions;
    return 0;
}

int enumeration_facts(struct enumeration *e)
{
    struct tls_features_facts *features = e->features;
    int error = versions_facts(e);

    for (size_t i = 1; i < ENUMERATED_VERSIONS && error == 0; i++)
        error = version_facts(e, all_versions[i]);
    if (e->versions[version_place(TLS_VERSION_1_3)].accepted == YES)
        features->downgrade_sentinel = e->sentinel;
    e->tls->features = features;
    e->tls->enumeration_connections = number((int64_t)e->connections);
    return error;
}
