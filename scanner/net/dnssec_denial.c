/*
 * dnssec_denial.c - proofs that something is not there, by NSEC
 *
 * Each NSEC record says: between my name and the next there is no name, and my name has these types. RFC 4035 5.4
 * (what is to be proven), 5.3.4 (wildcards), RFC 4034 4 and 6.1 (the order of names), RFC 6840 4 (records of the
 * upper side of a cut prove nothing about what is below). All records here have been verified.
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"

#include <errno.h>

enum { HASH_SHA1 = 1, OPT_OUT = 1 };

int dnssec_denial_add(struct dnssec_denial *denial, const struct dns_record *record,
                      const struct dns_name *owner)
{
    struct dnssec_nsec nsec = {.owner = *owner, .is_nsec3 = record->type == DNS_TYPE_NSEC3};
    struct dnssec_nsec *copy;
    int error = nsec.is_nsec3 ? dnssec_nsec3_read(record, &nsec.nsec3)
                              : dnssec_nsec_read(record, &nsec.next, &nsec.types);

    if (error < 0)
        return 0;
    if (nsec.is_nsec3 &&
        (nsec.nsec3.hash != HASH_SHA1 || nsec.nsec3.flags > OPT_OUT)) { /* RFC 5155 8.1, 8.2 */
        denial->unusable = "NSEC3 records with a hash or flags that nobody knows";
        return 0;
    }
    if (nsec.is_nsec3)
        nsec.types = nsec.nsec3.types;
    copy = arena_copy(denial->arena, &nsec, sizeof(nsec));
    return copy != NULL ? list_add(&denial->records, denial->arena, copy) : -ENOMEM;
}

static bool has(const struct dnssec_nsec *nsec, uint16_t type)
{
    return dnssec_types_have(nsec->types, type);
}

/* Is it of the upper side of a cut? */
static bool is_delegation(const struct dnssec_nsec *nsec)
{
    return has(nsec, DNS_NS) && !has(nsec, DNS_SOA);
}

/* Does the record say that nothing is at `name` itself? Between its name and the next, RFC 4034 6.1; the last one
 * of a zone leads back to its apex. */
static bool covers(const struct dnssec_denial *denial, const struct dnssec_nsec *nsec,
                   const struct dns_name *name)
{
    if (!dns_name_within(name, &denial->zone) || dns_name_order(name, &nsec->owner) <= 0)
        return false;
    if (dns_name_within(name, &nsec->owner) && (is_delegation(nsec) || has(nsec, DNS_TYPE_DNAME)))
        return false; /* RFC 6840 4.1, RFC 6672 5.3.4.1 */
    return dns_name_equal(&nsec->next, &denial->zone) || dns_name_order(name, &nsec->next) < 0;
}

static const struct dnssec_nsec *find_match(const struct dnssec_denial *denial, const struct dns_name *name)
{
    for (size_t i = 0; i < denial->records.count; i++) {
        const struct dnssec_nsec *nsec = denial->records.items[i];

        if (!nsec->is_nsec3 && dns_name_equal(&nsec->owner, name))
            return nsec;
    }
    return NULL;
}

static const struct dnssec_nsec *find_cover(const struct dnssec_denial *denial, const struct dns_name *name)
{
    for (size_t i = 0; i < denial->records.count; i++) {
        const struct dnssec_nsec *nsec = denial->records.items[i];

        if (!nsec->is_nsec3 && covers(denial, nsec, name))
            return nsec;
    }
    return NULL;
}

/* Is neither the name there nor anything below it? *ret_encloser is the lowest name above it that is. */
static bool denied(const struct dnssec_denial *denial, const struct dns_name *name,
                   struct dns_name *ret_encloser)
{
    const struct dnssec_nsec *nsec = find_cover(denial, name);

    if (nsec == NULL || dns_name_within(&nsec->next, name))
        return false;
    for (unsigned labels = dns_name_labels(name); labels-- > 0;) {
        dns_name_last(name, labels, ret_encloser);
        if (dns_name_within(&nsec->owner, ret_encloser) || dns_name_within(&nsec->next, ret_encloser))
            break;
    }
    return true;
}

/* Does the record deny the type at its own name? */
static bool lacks(const struct dnssec_nsec *nsec, uint16_t type, bool at_apex)
{
    if (has(nsec, type) || has(nsec, DNS_CNAME))
        return false;
    if (type == DNS_TYPE_DS) /* only the upper side of a cut knows, RFC 6840 4.4; the root has no other */
        return at_apex || !has(nsec, DNS_SOA);
    return !is_delegation(nsec);
}

static bool has_nsec3(const struct dnssec_denial *denial)
{
    for (size_t i = 0; i < denial->records.count; i++)
        if (((const struct dnssec_nsec *)denial->records.items[i])->is_nsec3)
            return true;
    return false;
}

enum dnssec_proof dnssec_denial_of_type(struct dnssec_denial *denial, const struct dns_name *name,
                                        uint16_t type, struct bytes *ret_types)
{
    const struct dnssec_nsec *match = find_match(denial, name);
    const struct dnssec_nsec *cover = find_cover(denial, name);
    struct dns_name encloser;
    struct dns_name wildcard;

    if (ret_types != NULL)
        *ret_types = (struct bytes){0};
    if (match != NULL) {
        if (!lacks(match, type, name->size == 1))
            return PROOF_MISSING;
        if (ret_types != NULL)
            *ret_types = match->types;
        return PROOF_SHOWN;
    }
    if (cover != NULL && dns_name_within(&cover->next, name))
        return PROOF_SHOWN; /* nothing but what is below it: an empty non-terminal */
    if (denied(denial, name, &encloser) && dns_name_wildcard(&encloser, &wildcard)) {
        match = find_match(denial, &wildcard);
        if (match != NULL && lacks(match, type, false))
            return PROOF_SHOWN;
    }
    return has_nsec3(denial) ? dnssec_nsec3_of_type(denial, name, type, ret_types) : PROOF_MISSING;
}

enum dnssec_proof dnssec_denial_of_name(struct dnssec_denial *denial, const struct dns_name *name)
{
    struct dns_name encloser;
    struct dns_name wildcard;
    struct dns_name same;

    if (denied(denial, name, &encloser) && dns_name_wildcard(&encloser, &wildcard) &&
        denied(denial, &wildcard, &same))
        return PROOF_SHOWN;
    return has_nsec3(denial) ? dnssec_nsec3_of_name(denial, name) : PROOF_MISSING;
}

enum dnssec_proof dnssec_denial_of_closer(struct dnssec_denial *denial, const struct dns_name *name,
                                          unsigned labels)
{
    struct dns_name closer;
    struct dns_name encloser;

    if (dns_name_labels(name) <= labels)
        return PROOF_MISSING;
    dns_name_last(name, labels + 1, &closer);
    if (denied(denial, &closer, &encloser))
        return PROOF_SHOWN;
    return has_nsec3(denial) ? dnssec_nsec3_of_closer(denial, name, labels) : PROOF_MISSING;
}
