/*
 * dnssec_signature.c - one RRset and its signatures
 *
 *   for each signature of the zone:  algorithm known? -> in time? -> the key of its tag -> does it verify?
 *
 * RFC 4035 5.3.1 (what a signature must say), 5.3.2 (what is signed), 5.3.3 (the verification), RFC 4034 6
 * (canonical form). ldns, that is OpenSSL, does the arithmetic. One signature that holds
 * is enough, RFC 6840 5.4; when none does, the reason is that of the one that came furthest.
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_IN = 1, RSA_BYTES_MAX = 512, EXPONENT_BYTES_MAX = 8 };

/* How far a signature came. */
enum stage {
    STAGE_NONE,
    STAGE_ALGORITHM,
    STAGE_NO_KEY,
    STAGE_LABELS,
    STAGE_FALSE, /* it does not verify */
    STAGE_EARLY,
    STAGE_LATE,
    STAGE_GOOD
};

struct verification {
    const struct dnssec_rrset *rrset;
    const struct dnssec_keys *keys;
    int64_t now;
    struct dnssec_budget *budget;
    struct arena *arena;
    enum stage stage; /* of the best so far */
    const char *reason;
    struct buffer *rdata; /* canonical, one for each record, in order; made once */
    size_t rdata_count;
};

/* ---- RRsets ---- */

static int add_record(const struct dns_record *record, struct arena *arena, struct dnssec_rrset *rrset)
{
    for (size_t i = 0; i < rrset->records.count; i++) {
        const struct dns_record *other = rrset->records.items[i];

        if (bytes_equal(other->data, record->data))
            return 0;
    }
    return list_add(&rrset->records, arena, (void *)(uintptr_t)record);
}

static int add_signature(const struct dns_record *record, struct arena *arena, struct dnssec_rrset *rrset)
{
    struct dnssec_signature *copy;
    struct dnssec_signature signature;

    if (dnssec_signature_read(record, &signature) < 0 || signature.type != rrset->type)
        return 0;
    copy = arena_copy(arena, &signature, sizeof(signature));
    return copy != NULL ? list_add(&rrset->signatures, arena, copy) : -ENOMEM;
}

int dnssec_rrset_find(const struct list *section, const char *name, uint16_t type, struct arena *arena,
                      struct dnssec_rrset *ret)
{
    struct dnssec_rrset rrset = {.type = type};
    int error = dns_name_from_text(name, &rrset.owner);

    dns_name_lower(&rrset.owner);
    for (size_t i = 0; i < section->count && error == 0; i++) {
        const struct dns_record *record = section->items[i];

        if (strcmp(record->name, name) != 0)
            continue;
        if (record->type == type)
            error = add_record(record, arena, &rrset);
        else if (record->type == DNS_TYPE_RRSIG)
            error = add_signature(record, arena, &rrset);
    }
    if (error == 0)
        *ret = rrset;
    return error;
}

unsigned dnssec_signed_labels(const struct dns_name *owner)
{
    return dns_name_labels(owner) - (dns_name_is_wildcard(owner) ? 1 : 0);
}

/* ---- what is signed: RFC 4034 3.1.8.1, RFC 4035 5.3.2 ---- */

static int compare_data(const void *a, const void *b)
{
    const struct buffer *left = a;
    const struct buffer *right = b;
    size_t shorter = left->size < right->size ? left->size : right->size;
    int order = shorter > 0 ? memcmp(left->data, right->data, shorter) : 0;

    return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

static int make_rdata(struct verification *verification)
{
    const struct list *records = &verification->rrset->records;

    if (verification->rdata != NULL)
        return 0;
    verification->rdata = calloc(records->count, sizeof(*verification->rdata));
    if (verification->rdata == NULL)
        return -ENOMEM;
    verification->rdata_count = records->count;
    for (size_t i = 0; i < records->count; i++) {
        const struct dns_record *record = records->items[i];
        int error = dns_data_canonical(record->type, record->data, &verification->rdata[i]);

        if (error < 0)
            return error;
    }
    qsort(verification->rdata, records->count, sizeof(*verification->rdata), compare_data);
    return 0;
}

static void put_signed_data(const struct verification *verification, const struct dnssec_signature *signature,
                            struct buffer *out)
{
    const struct dnssec_rrset *rrset = verification->rrset;
    struct dns_name owner = rrset->owner;

    if (signature->labels < dnssec_signed_labels(&owner)) { /* from a wildcard */
        struct dns_name parent;

        dns_name_last(&owner, signature->labels, &parent);
        (void)dns_name_wildcard(&parent, &owner); /* shorter than the owner was */
    }
    put_block(out, signature->fields.data, signature->fields.size);
    put_block(out, signature->signer.wire, signature->signer.size);
    for (size_t i = 0; i < verification->rdata_count; i++) {
        const struct buffer *data = &verification->rdata[i];

        if (i > 0 && compare_data(data, data - 1) == 0)
            continue;
        put_block(out, owner.wire, owner.size);
        put_u16(out, rrset->type);
        put_u16(out, CLASS_IN);
        put_u32(out, signature->original_ttl);
        put_u16(out, (uint16_t)data->size);
        put_block(out, data->data, data->size);
    }
}

/* ---- one signature, one key ---- */

/* Sizes that the algorithm has, and RSA keys that do not cost us more than they are worth. */
static bool sizes_fit(const struct dnssec_signature *signature, const struct dnssec_key *key)
{
    size_t size = signature->signature.size;

    switch (key->algorithm) {
    case DNSSEC_ECDSAP256:
    case DNSSEC_ED25519:
        return size == 64 && key->key.size == (key->algorithm == DNSSEC_ECDSAP256 ? 64U : 32U);
    case DNSSEC_ECDSAP384:
        return size == 96 && key->key.size == 96;
    case DNSSEC_ED448:
        return size == 114 && key->key.size == 57;
    default: /* RSA */
        return size <= RSA_BYTES_MAX && key->key.size > 2 + EXPONENT_BYTES_MAX && key->key.data[0] != 0 &&
               key->key.data[0] <= EXPONENT_BYTES_MAX &&
               key->key.size <= RSA_BYTES_MAX + 1 + EXPONENT_BYTES_MAX;
    }
}

/* A buffer of ldns' with a copy of the bytes; NULL when out of memory. */
static ldns_buffer *library_buffer(struct bytes data)
{
    ldns_buffer *buffer = ldns_buffer_new(data.size);

    if (buffer != NULL)
        ldns_buffer_write(buffer, data.data, data.size);
    return buffer;
}

/* As OpenSSL wants it: two numbers in ASN.1 for ECDSA (RFC 6605 4), else as it came. */
static ldns_buffer *library_signature(const struct dnssec_signature *signature)
{
    bool is_ecdsa = signature->algorithm == DNSSEC_ECDSAP256 || signature->algorithm == DNSSEC_ECDSAP384;
    ldns_buffer *buffer = is_ecdsa ? ldns_buffer_new(LDNS_MIN_BUFLEN) : library_buffer(signature->signature);
    ldns_rdf *field;

    if (!is_ecdsa || buffer == NULL)
        return buffer;
    field = ldns_rdf_new(LDNS_RDF_TYPE_B64, signature->signature.size,
                         (void *)(uintptr_t)signature->signature.data); /* no copy */
    if (field == NULL || ldns_convert_ecdsa_rrsig_rdf2asn1(buffer, field) != LDNS_STATUS_OK) {
        ldns_buffer_free(buffer);
        buffer = NULL;
    }
    ldns_rdf_free(field);
    return buffer;
}

/* Where the verification of this is remembered; NULL: nowhere. */
static uint8_t *known_place(const struct verification *verification, const struct dnssec_signature *signature,
                            const struct dnssec_key *key, struct bytes text,
                            uint8_t digest[static DNSSEC_KNOWN_SIZE])
{
    struct dnssec_known *known = verification->budget->known;
    struct buffer whole = {0};
    bool hashed;

    if (known == NULL)
        return NULL;
    put_u8(&whole, key->algorithm);
    put_u16(&whole, (uint16_t)key->key.size);
    put_block(&whole, key->key.data, key->key.size);
    put_u16(&whole, (uint16_t)signature->signature.size);
    put_block(&whole, signature->signature.data, signature->signature.size);
    put_block(&whole, text.data, text.size);
    hashed = !whole.failed && SHA256(whole.data, whole.size, digest) != NULL;
    buffer_free(&whole);
    return hashed ? known->digests[(digest[0] << 8 | digest[1]) % DNSSEC_KNOWN_MAX] : NULL;
}

/* 1: verifies; 0: does not; -ENOMEM. */
static int verify_text(const struct dnssec_signature *signature, const struct dnssec_key *key,
                       struct bytes text)
{
    ldns_buffer *signed_data = library_buffer(text);
    ldns_buffer *value = library_signature(signature);
    int result = -ENOMEM;

    if (signed_data != NULL && value != NULL)
        result = ldns_verify_rrsig_buffers_raw(ldns_buffer_begin(value), ldns_buffer_position(value),
                                               signed_data, (unsigned char *)(uintptr_t)key->key.data,
                                               key->key.size, key->algorithm) == LDNS_STATUS_OK;
    ERR_clear_error();
    ldns_buffer_free(signed_data);
    ldns_buffer_free(value);
    return result;
}

static int verify_by(struct verification *verification, const struct dnssec_signature *signature,
                     const struct dnssec_key *key)
{
    uint8_t digest[DNSSEC_KNOWN_SIZE];
    struct buffer text = {0};
    uint8_t *place = NULL;
    int result = make_rdata(verification);

    if (result < 0)
        return result == -EBADMSG ? 0 : result;
    result = -ENOMEM;
    put_signed_data(verification, signature, &text);
    if (!text.failed)
        place = known_place(verification, signature, key, bytes_of(text.data, text.size), digest);
    if (place != NULL && memcmp(place, digest, sizeof(digest)) == 0)
        result = 1;
    else if (!text.failed)
        result = verify_text(signature, key, bytes_of(text.data, text.size));
    if (place != NULL && result == 1)
        memcpy(place, digest, sizeof(digest));
    buffer_free(&text);
    return result;
}

static const char *what_signed(const struct verification *verification,
                               const struct dnssec_signature *signature)
{
    char owner[DNS_NAME_TEXT_SIZE];
    char zone[DNS_NAME_TEXT_SIZE];

    return arena_format(verification->arena, "zone %s: the signature of %s %s by key %u (%s)",
                        dns_name_format(&verification->keys->zone, zone),
                        dnssec_type_text(verification->arena, verification->rrset->type),
                        dns_name_format(&verification->rrset->owner, owner), signature->key_tag,
                        dnssec_algorithm_name(verification->arena, signature->algorithm));
}

static void note(struct verification *verification, enum stage stage, const char *reason)
{
    if (stage <= verification->stage)
        return;
    verification->stage = stage;
    verification->reason = reason;
}

static void note_signature(struct verification *verification, const struct dnssec_signature *signature,
                           enum stage stage, const char *what)
{
    const char *prefix = stage > verification->stage ? what_signed(verification, signature) : NULL;

    if (prefix != NULL)
        note(verification, stage, arena_format(verification->arena, "%s %s", prefix, what));
}

/* RFC 4035 5.3.1: the last two of its conditions, that of the time after that of the key. */
static enum stage in_time(struct verification *verification, const struct dnssec_signature *signature,
                          const char **ret_what)
{
    int64_t from = dnssec_time(signature->inception, verification->now);
    int64_t until = dnssec_time(signature->expiration, verification->now);

    if (until < verification->now) {
        *ret_what = arena_format(verification->arena, "expired on %s", text_time(verification->arena, until));
        return STAGE_LATE;
    }
    if (from > verification->now) {
        *ret_what =
            arena_format(verification->arena, "is valid from %s only", text_time(verification->arena, from));
        return STAGE_EARLY;
    }
    return STAGE_GOOD;
}

/* Tries the keys that have the tag of the signature. 1: it holds; 0; -ENOMEM. */
static int try_keys(struct verification *verification, const struct dnssec_signature *signature)
{
    const char *what = NULL;
    enum stage time = in_time(verification, signature, &what);
    unsigned tried = 0;

    for (size_t i = 0; i < verification->keys->keys.count; i++) {
        const struct dnssec_key *key = verification->keys->keys.items[i];
        int result;

        if (key->tag != signature->key_tag || key->algorithm != signature->algorithm)
            continue;
        if (time != STAGE_GOOD) {
            note_signature(verification, signature, time, what);
            return 0;
        }
        if (tried++ == DNSSEC_KEYS_OF_A_TAG_MAX || verification->budget->verifications == 0) {
            note_signature(verification, signature, STAGE_FALSE, "is one of more than a validator tries");
            return 0;
        }
        verification->budget->verifications--;
        result = sizes_fit(signature, key) ? verify_by(verification, signature, key) : 0;
        if (result != 0)
            return result;
    }
    if (tried == 0)
        note_signature(verification, signature, STAGE_NO_KEY, "is by a key that the zone does not have");
    else
        note_signature(verification, signature, STAGE_FALSE, "does not verify");
    return 0;
}

static int try_signature(struct verification *verification, const struct dnssec_signature *signature)
{
    if (!dns_name_equal(&signature->signer, &verification->keys->zone))
        return 0;
    if (!dnssec_algorithm_supported(signature->algorithm)) {
        note_signature(verification, signature, STAGE_ALGORITHM, "is of an algorithm that is not supported");
        return 0;
    }
    if (signature->labels > dnssec_signed_labels(&verification->rrset->owner) ||
        signature->labels < dns_name_labels(&verification->keys->zone)) {
        note_signature(verification, signature, STAGE_LABELS, "is for a name of another number of labels");
        return 0;
    }
    return try_keys(verification, signature);
}

static const char *missing_reason(const struct verification *verification)
{
    char owner[DNS_NAME_TEXT_SIZE];
    char zone[DNS_NAME_TEXT_SIZE];

    return arena_format(verification->arena, "zone %s: %s %s has no signature of the zone",
                        dns_name_format(&verification->keys->zone, zone),
                        dnssec_type_text(verification->arena, verification->rrset->type),
                        dns_name_format(&verification->rrset->owner, owner));
}

int dnssec_verify(const struct dnssec_rrset *rrset, const struct dnssec_keys *keys, int64_t now,
                  struct dnssec_budget *budget, struct arena *arena, struct dnssec_signed *ret)
{
    struct verification verification = {
        .rrset = rrset, .keys = keys, .now = now, .budget = budget, .arena = arena};
    struct dnssec_signed result = {.verdict = {.security = DNS_BOGUS}};
    int held = 0;

    for (size_t i = 0; i < rrset->signatures.count && i < DNSSEC_SIGNATURES_MAX && held >= 0; i++) {
        const struct dnssec_signature *signature = rrset->signatures.items[i];

        if (result.verdict.security == DNS_SECURE &&
            (!result.sha1 || dnssec_algorithm_sha1(signature->algorithm)))
            continue;
        held = try_signature(&verification, signature);
        if (held == 1) {
            result.verdict.security = DNS_SECURE;
            result.sha1 = dnssec_algorithm_sha1(signature->algorithm);
            result.labels = signature->labels;
        }
    }
    for (size_t i = 0; i < verification.rdata_count; i++)
        buffer_free(&verification.rdata[i]);
    free(verification.rdata);
    if (held < 0)
        return held;
    if (result.verdict.security == DNS_BOGUS) {
        result.verdict.reason =
            verification.stage == STAGE_NONE ? missing_reason(&verification) : verification.reason;
        if (result.verdict.reason == NULL)
            return -ENOMEM;
    }
    *ret = result;
    return 0;
}
