/*
 * dnssec_nsec3.c - proofs that something is not there, by NSEC3
 *
 * As NSEC, in the order of hashed names: whether a name is between two others says nothing about what is above it,
 * so a proof finds the closest encloser first. RFC 5155 8.3 (closest encloser), 8.4 (no name), 8.5 to 8.7 (no
 * data), 8.8 (wildcards), 6 and 9.2 (opt-out). Hashing is counted, it is what the other side makes us pay for.
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"

#include <ldns/ldns.h>
#include <string.h>

enum { HASH_SIZE = LDNS_SHA1_DIGEST_LENGTH, OPT_OUT = 1, BASE32_LABEL = 32, LABELS = DNS_NAME_SIZE / 2 };

/* The closest encloser of a name, and what is known of the name below it that leads to it. */
struct encloser {
    const struct dnssec_nsec *match;
    const struct dnssec_nsec *next_closer; /* covers it */
    struct dns_name name;
};

/* RFC 4648 7 without padding, in a label of 32 characters. */
static bool hash_of_label(const struct dns_name *owner, uint8_t ret[static HASH_SIZE])
{
    uint64_t bits = 0;
    unsigned count = 0;
    size_t size = 0;

    if (owner->wire[0] != BASE32_LABEL)
        return false;
    for (size_t i = 1; i <= BASE32_LABEL; i++) {
        uint8_t digit = owner->wire[i];
        unsigned value;

        if (digit >= '0' && digit <= '9')
            value = digit - '0';
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'v')
            value = (digit | 0x20U) - 'a' + 10;
        else
            return false;
        bits = bits << 5 | value;
        count += 5;
        if (count >= 8) {
            count -= 8;
            ret[size++] = (uint8_t)(bits >> count);
        }
    }
    return size == HASH_SIZE;
}

/* The parameters of the first one count for all, RFC 5155 8.2: a zone has one set at a time. */
static const struct dnssec_nsec3 *parameters(const struct dnssec_denial *denial)
{
    for (size_t i = 0; i < denial->records.count; i++) {
        const struct dnssec_nsec *nsec = denial->records.items[i];

        if (nsec->is_nsec3)
            return &nsec->nsec3;
    }
    return NULL;
}

static bool same_parameters(const struct dnssec_nsec3 *a, const struct dnssec_nsec3 *b)
{
    return a->iterations == b->iterations && bytes_equal(a->salt, b->salt);
}

/* RFC 5155 5. False when the question has used up what may be spent on it. */
static bool hash_name(struct dnssec_denial *denial, const struct dns_name *name,
                      uint8_t ret[static HASH_SIZE])
{
    const struct dnssec_nsec3 *with = parameters(denial);
    uint8_t text[DNS_NAME_SIZE + UINT8_MAX];
    struct dns_name lower = *name;
    size_t size = name->size;

    if (denial->budget->hash_rounds <= with->iterations)
        return false;
    denial->budget->hash_rounds -= with->iterations + 1U;
    dns_name_lower(&lower);
    memcpy(text, lower.wire, lower.size);
    for (unsigned i = 0; i <= with->iterations; i++) {
        if (with->salt.size > 0)
            memcpy(text + size, with->salt.data, with->salt.size);
        ldns_sha1(text, (unsigned)(size + with->salt.size), ret);
        memcpy(text, ret, HASH_SIZE);
        size = HASH_SIZE;
    }
    return true;
}

/* Of the zone's own records: a hash directly below its apex. */
static bool usable(const struct dnssec_denial *denial, const struct dnssec_nsec *nsec,
                   uint8_t ret_hash[static HASH_SIZE])
{
    struct dns_name parent;

    if (!nsec->is_nsec3 || nsec->nsec3.next.size != HASH_SIZE ||
        !same_parameters(&nsec->nsec3, parameters(denial)) || !hash_of_label(&nsec->owner, ret_hash))
        return false;
    dns_name_last(&nsec->owner, dns_name_labels(&nsec->owner) - 1, &parent);
    return dns_name_equal(&parent, &denial->zone);
}

static bool between(const uint8_t *hash, const uint8_t *from, const uint8_t *next)
{
    bool above = memcmp(hash, from, HASH_SIZE) > 0;
    bool below = memcmp(hash, next, HASH_SIZE) < 0;

    if (memcmp(from, next, HASH_SIZE) < 0)
        return above && below;
    return above || below; /* the last one leads back to the first; alone, to itself */
}

/* The record of the name, and the one that covers it; each NULL when there is none. */
static void look_up(struct dnssec_denial *denial, const struct dns_name *name,
                    const struct dnssec_nsec **ret_match, const struct dnssec_nsec **ret_cover)
{
    uint8_t hash[HASH_SIZE];
    uint8_t owner[HASH_SIZE];

    *ret_match = *ret_cover = NULL;
    if (!hash_name(denial, name, hash))
        return;
    for (size_t i = 0; i < denial->records.count; i++) {
        const struct dnssec_nsec *nsec = denial->records.items[i];

        if (!usable(denial, nsec, owner))
            continue;
        if (memcmp(hash, owner, HASH_SIZE) == 0)
            *ret_match = nsec;
        else if (between(hash, owner, nsec->nsec3.next.data))
            *ret_cover = nsec;
    }
}

static bool has(const struct dnssec_nsec *nsec, uint16_t type)
{
    return dnssec_types_have(nsec->types, type);
}

static bool is_delegation(const struct dnssec_nsec *nsec)
{
    return has(nsec, DNS_NS) && !has(nsec, DNS_SOA);
}

static bool opts_out(const struct dnssec_nsec *nsec)
{
    return (nsec->nsec3.flags & OPT_OUT) != 0;
}

static bool too_hard(const struct dnssec_denial *denial)
{
    return parameters(denial)->iterations > DNSSEC_ITERATIONS_MAX;
}

/* RFC 5155 8.3: upwards from the name until one is there; the one below it must be denied. */
static bool find_encloser(struct dnssec_denial *denial, const struct dns_name *name, struct encloser *ret)
{
    struct encloser encloser = {0};
    const struct dnssec_nsec *cover = NULL; /* of the name before */
    unsigned lowest = dns_name_labels(&denial->zone);

    if (!dns_name_within(name, &denial->zone))
        return false;
    for (unsigned labels = dns_name_labels(name); labels >= lowest; labels--) {
        const struct dnssec_nsec *covers_this;

        dns_name_last(name, labels, &encloser.name);
        look_up(denial, &encloser.name, &encloser.match, &covers_this);
        if (encloser.match != NULL)
            break;
        cover = covers_this;
        if (labels == 0)
            break;
    }
    encloser.next_closer = cover;
    if (encloser.match == NULL || cover == NULL || is_delegation(encloser.match) ||
        has(encloser.match, DNS_TYPE_DNAME))
        return false;
    *ret = encloser;
    return true;
}

/* RFC 5155 8.5, 8.6: as dnssec_denial.c. */
static bool lacks(const struct dnssec_nsec *nsec, uint16_t type, bool at_apex)
{
    if (has(nsec, type) || has(nsec, DNS_CNAME))
        return false;
    if (type == DNS_TYPE_DS)
        return at_apex || !has(nsec, DNS_SOA);
    return !is_delegation(nsec);
}

enum dnssec_proof dnssec_nsec3_of_type(struct dnssec_denial *denial, const struct dns_name *name,
                                       uint16_t type, struct bytes *ret_types)
{
    const struct dnssec_nsec *match;
    const struct dnssec_nsec *cover;
    struct encloser encloser;
    struct dns_name wildcard;

    if (too_hard(denial))
        return PROOF_TOO_HARD;
    look_up(denial, name, &match, &cover);
    if (match != NULL) {
        if (!lacks(match, type, name->size == 1))
            return PROOF_MISSING;
        if (ret_types != NULL)
            *ret_types = match->types;
        return PROOF_SHOWN;
    }
    if (!find_encloser(denial, name, &encloser))
        return PROOF_MISSING;
    if (dns_name_wildcard(&encloser.name, &wildcard)) { /* 8.7 */
        look_up(denial, &wildcard, &match, &cover);
        if (match != NULL && lacks(match, type, false))
            return opts_out(encloser.next_closer) ? PROOF_OPT_OUT : PROOF_SHOWN;
    }
    return opts_out(encloser.next_closer) ? PROOF_OPT_OUT : PROOF_MISSING; /* 8.6 */
}

enum dnssec_proof dnssec_nsec3_of_name(struct dnssec_denial *denial, const struct dns_name *name)
{
    const struct dnssec_nsec *match;
    const struct dnssec_nsec *cover;
    struct encloser encloser;
    struct dns_name wildcard;

    if (too_hard(denial))
        return PROOF_TOO_HARD;
    if (!find_encloser(denial, name, &encloser) || !dns_name_wildcard(&encloser.name, &wildcard))
        return PROOF_MISSING;
    look_up(denial, &wildcard, &match, &cover);
    if (match != NULL || cover == NULL)
        return PROOF_MISSING;
    return opts_out(encloser.next_closer) ? PROOF_OPT_OUT : PROOF_SHOWN;
}

enum dnssec_proof dnssec_nsec3_of_closer(struct dnssec_denial *denial, const struct dns_name *name,
                                         unsigned labels)
{
    const struct dnssec_nsec *match;
    const struct dnssec_nsec *cover;
    struct dns_name closer;

    if (too_hard(denial))
        return PROOF_TOO_HARD;
    dns_name_last(name, labels + 1, &closer);
    look_up(denial, &closer, &match, &cover);
    if (match != NULL || cover == NULL)
        return PROOF_MISSING;
    return opts_out(cover) ? PROOF_OPT_OUT : PROOF_SHOWN;
}
