/*
 * dnssec_records.c - what the records of DNSSEC say
 *
 * RFC 4034 2 (DNSKEY), 3 (RRSIG), 4 (NSEC), 5 (DS), appendix B (key tags); RFC 5155 3 and 4 (NSEC3, NSEC3PARAM).
 */
#include "scanner/net/dnssec_records.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <string.h>

enum { DIGEST_MAX = 48 };

/* ---- names ---- */

unsigned dns_name_labels(const struct dns_name *name)
{
    unsigned labels = 0;

    for (size_t at = 0; name->wire[at] != 0; at += 1U + name->wire[at])
        labels++;
    return labels;
}

void dns_name_last(const struct dns_name *name, unsigned labels, struct dns_name *ret)
{
    struct dns_name last = {0};
    size_t at = 0;

    for (unsigned skip = dns_name_labels(name) - labels; skip > 0; skip--)
        at += 1U + name->wire[at];
    last.size = (uint8_t)(name->size - at);
    memcpy(last.wire, name->wire + at, last.size);
    *ret = last;
}

/* Label by label from the root, each as bytes in lower case; what ends first comes first. */
int dns_name_order(const struct dns_name *a, const struct dns_name *b)
{
    unsigned a_labels = dns_name_labels(a);
    unsigned b_labels = dns_name_labels(b);
    unsigned common = a_labels < b_labels ? a_labels : b_labels;
    struct dns_name left;
    struct dns_name right;

    for (unsigned i = 1; i <= common; i++) {
        dns_name_last(a, i, &left);
        dns_name_last(b, i, &right);
        dns_name_lower(&left);
        dns_name_lower(&right);
        size_t shorter = left.wire[0] < right.wire[0] ? left.wire[0] : right.wire[0];
        int order = memcmp(left.wire + 1, right.wire + 1, shorter);

        if (order == 0)
            order = (int)left.wire[0] - (int)right.wire[0];
        if (order != 0)
            return order;
    }
    return (int)a_labels - (int)b_labels;
}

bool dns_name_is_wildcard(const struct dns_name *name)
{
    return name->wire[0] == 1 && name->wire[1] == '*';
}

bool dns_name_wildcard(const struct dns_name *parent, struct dns_name *ret)
{
    struct dns_name name = {.wire = {1, '*'}};

    if (parent->size + 2 > DNS_NAME_SIZE)
        return false;
    memcpy(name.wire + 2, parent->wire, parent->size);
    name.size = (uint8_t)(parent->size + 2);
    *ret = name;
    return true;
}

/* ---- records ---- */

int dnssec_signature_read(const struct dns_record *record, struct dnssec_signature *ret)
{
    struct dnssec_signature signature = {0};
    struct bytes data = record->data;
    size_t offset = 18; /* of the signer's name */
    const char *why;

    signature.fields = bytes_of(data.data, data.size < offset ? data.size : offset);
    signature.type = take_u16(&data);
    signature.algorithm = take_u8(&data);
    signature.labels = take_u8(&data);
    signature.original_ttl = take_u32(&data);
    signature.expiration = take_u32(&data);
    signature.inception = take_u32(&data);
    signature.key_tag = take_u16(&data);
    if (record->type != DNS_TYPE_RRSIG || data.failed ||
        dns_name_take(record->data, &offset, false, &signature.signer, &why) < 0)
        return -EBADMSG;
    dns_name_lower(&signature.signer);
    signature.signature = bytes_of(record->data.data + offset, record->data.size - offset);
    *ret = signature;
    return 0;
}

/* RFC 4034 appendix B. */
static uint16_t key_tag(struct bytes data)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < data.size; i++)
        sum += i % 2 == 0 ? (uint32_t)data.data[i] << 8 : data.data[i];
    sum += sum >> 16;
    return (uint16_t)sum;
}

int dnssec_key_read(const struct dns_record *record, struct dnssec_key *ret)
{
    struct bytes data = record->data;
    struct dnssec_key key = {.data = record->data};

    key.flags = take_u16(&data);
    key.protocol = take_u8(&data);
    key.algorithm = take_u8(&data);
    key.tag = key_tag(record->data);
    key.key = data;
    if (record->type != DNS_TYPE_DNSKEY || data.failed)
        return -EBADMSG;
    *ret = key;
    return 0;
}

int dnssec_ds_read(const struct dns_record *record, struct dnssec_ds *ret)
{
    struct bytes data = record->data;
    struct dnssec_ds ds = {.tag = take_u16(&data)};

    ds.algorithm = take_u8(&data);
    ds.digest_type = take_u8(&data);
    ds.digest = data;
    if (record->type != DNS_TYPE_DS || data.failed)
        return -EBADMSG;
    *ret = ds;
    return 0;
}

int dnssec_nsec_read(const struct dns_record *record, struct dns_name *ret_next, struct bytes *ret_types)
{
    struct dns_name next;
    size_t offset = 0;
    const char *why;

    if (record->type != DNS_TYPE_NSEC || dns_name_take(record->data, &offset, false, &next, &why) < 0)
        return -EBADMSG;
    *ret_next = next;
    *ret_types = bytes_of(record->data.data + offset, record->data.size - offset);
    return 0;
}

int dnssec_nsec3_read(const struct dns_record *record, struct dnssec_nsec3 *ret)
{
    struct bytes data = record->data;
    struct dnssec_nsec3 nsec3 = {.hash = take_u8(&data)};

    nsec3.flags = take_u8(&data);
    nsec3.iterations = take_u16(&data);
    nsec3.salt = take_block(&data, take_u8(&data));
    if (record->type == DNS_TYPE_NSEC3) {
        nsec3.next = take_block(&data, take_u8(&data));
        nsec3.types = data;
    } else if (record->type != DNS_TYPE_NSEC3PARAM) {
        return -EBADMSG;
    }
    if (data.failed)
        return -EBADMSG;
    *ret = nsec3;
    return 0;
}

bool dnssec_types_have(struct bytes types, uint16_t type)
{
    while (types.size > 0) {
        uint8_t window = take_u8(&types);
        struct bytes map = take_block(&types, take_u8(&types));
        size_t byte = (type & 0xff) / 8U;

        if (types.failed)
            return false;
        if (window == type >> 8)
            return byte < map.size && (map.data[byte] & 0x80 >> type % 8) != 0;
    }
    return false;
}

/* ---- keys and algorithms ---- */

/* RFC 3110 2: length of the exponent, exponent, modulus. */
static unsigned rsa_bits(struct bytes key)
{
    size_t size = take_u8(&key);
    uint8_t first;
    unsigned bits;

    if (size == 0)
        size = take_u16(&key);
    take_block(&key, size);
    while (key.size > 0 && key.data[0] == 0)
        take_u8(&key);
    if (key.failed || key.size == 0 || key.size > UINT16_MAX / 8)
        return 0;
    bits = 8 * (unsigned)key.size;
    for (first = key.data[0]; (first & 0x80) == 0; first = (uint8_t)(first << 1))
        bits--;
    return bits;
}

unsigned dnssec_key_bits(const struct dnssec_key *key)
{
    switch (key->algorithm) {
    case 1:
    case DNSSEC_RSASHA1:
    case DNSSEC_RSASHA1_NSEC3:
    case DNSSEC_RSASHA256:
    case DNSSEC_RSASHA512:
        return rsa_bits(key->key);
    case DNSSEC_ECDSAP256:
    case DNSSEC_ED25519:
        return 256;
    case DNSSEC_ECDSAP384:
        return 384;
    case DNSSEC_ED448:
        return 456;
    default:
        return 0;
    }
}

static const struct {
    uint8_t number;
    const char *name;
} algorithms[] = {
    {1, "RSAMD5"},
    {3, "DSA"},
    {DNSSEC_RSASHA1, "RSASHA1"},
    {6, "DSA-NSEC3-SHA1"},
    {DNSSEC_RSASHA1_NSEC3, "RSASHA1-NSEC3-SHA1"},
    {DNSSEC_RSASHA256, "RSASHA256"},
    {DNSSEC_RSASHA512, "RSASHA512"},
    {12, "ECC-GOST"},
    {DNSSEC_ECDSAP256, "ECDSAP256SHA256"},
    {DNSSEC_ECDSAP384, "ECDSAP384SHA384"},
    {DNSSEC_ED25519, "ED25519"},
    {DNSSEC_ED448, "ED448"},
    {17, "SM2SM3"},
    {23, "ECC-GOST12"},
    {253, "PRIVATEDNS"},
    {254, "PRIVATEOID"},
};

const char *dnssec_algorithm_name(struct arena *arena, uint8_t algorithm)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
        if (algorithms[i].number == algorithm)
            return algorithms[i].name;
    return arena_format(arena, "algorithm %u", algorithm);
}

const char *dnssec_digest_name(struct arena *arena, uint8_t digest_type)
{
    static const char *const names[] = {NULL, "SHA-1", "SHA-256", "GOST R 34.11-94", "SHA-384"};

    if (digest_type > 0 && digest_type < sizeof(names) / sizeof(names[0]))
        return names[digest_type];
    return arena_format(arena, "digest type %u", digest_type);
}

bool dnssec_algorithm_supported(uint8_t algorithm)
{
    switch (algorithm) {
    case DNSSEC_RSASHA1:
    case DNSSEC_RSASHA1_NSEC3:
    case DNSSEC_RSASHA256:
    case DNSSEC_RSASHA512:
    case DNSSEC_ECDSAP256:
    case DNSSEC_ECDSAP384:
    case DNSSEC_ED25519:
    case DNSSEC_ED448:
        return true;
    default:
        return false;
    }
}

bool dnssec_algorithm_sha1(uint8_t algorithm)
{
    return algorithm == DNSSEC_RSASHA1 || algorithm == DNSSEC_RSASHA1_NSEC3;
}

bool dnssec_digest_supported(uint8_t digest_type)
{
    return digest_type == DNSSEC_DIGEST_SHA1 || digest_type == DNSSEC_DIGEST_SHA256 ||
           digest_type == DNSSEC_DIGEST_SHA384;
}

int64_t dnssec_time(uint32_t serial, int64_t now)
{
    return now + (int32_t)(serial - (uint32_t)now);
}

/* ---- DS ---- */

bool dnssec_ds_matches(const struct dnssec_ds *ds, const struct dns_name *zone, const struct dnssec_key *key)
{
    struct dns_name owner = *zone;
    struct buffer input = {0};
    uint8_t digest[DIGEST_MAX];
    size_t size = 0;

    if (ds->tag != key->tag || ds->algorithm != key->algorithm)
        return false;
    dns_name_lower(&owner);
    put_block(&input, owner.wire, owner.size);
    put_block(&input, key->data.data, key->data.size);
    if (!input.failed && ds->digest_type == DNSSEC_DIGEST_SHA1) {
        ldns_sha1(input.data, (unsigned)input.size, digest);
        size = LDNS_SHA1_DIGEST_LENGTH;
    } else if (!input.failed && ds->digest_type == DNSSEC_DIGEST_SHA256) {
        ldns_sha256(input.data, (unsigned)input.size, digest);
        size = LDNS_SHA256_DIGEST_LENGTH;
    } else if (!input.failed && ds->digest_type == DNSSEC_DIGEST_SHA384) {
        ldns_sha384(input.data, (unsigned)input.size, digest);
        size = LDNS_SHA384_DIGEST_LENGTH;
    }
    buffer_free(&input);
    return size > 0 && bytes_equal(ds->digest, bytes_of(digest, size));
}
