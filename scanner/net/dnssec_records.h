/*
 * dnssec_records.h - what the records of DNSSEC say: RRSIG, DNSKEY, DS, NSEC, NSEC3
 *
 * Pure. Blocks and bitmaps point into the record's data. RFC 4034, RFC 5155.
 */
#ifndef OUTPOST_NET_DNSSEC_RECORDS_H
#define OUTPOST_NET_DNSSEC_RECORDS_H

#include "scanner/net/dns_packet.h"
#include "scanner/net/resolver.h"

enum {
    DNSSEC_RSASHA1 = 5,
    DNSSEC_RSASHA1_NSEC3 = 7,
    DNSSEC_RSASHA256 = 8,
    DNSSEC_RSASHA512 = 10,
    DNSSEC_ECDSAP256 = 13,
    DNSSEC_ECDSAP384 = 14,
    DNSSEC_ED25519 = 15,
    DNSSEC_ED448 = 16
};
enum { DNSSEC_DIGEST_SHA1 = 1, DNSSEC_DIGEST_SHA256 = 2, DNSSEC_DIGEST_SHA384 = 4 };
enum { DNSSEC_KEY_ZONE = 0x0100, DNSSEC_KEY_REVOKED = 0x0080, DNSSEC_KEY_ENTRY_POINT = 0x0001 };

struct dnssec_signature {
    uint16_t type; /* covered */
    uint8_t algorithm;
    uint8_t labels;
    uint32_t original_ttl;
    uint32_t expiration, inception; /* serial numbers, RFC 4034 3.1.5 */
    uint16_t key_tag;
    struct dns_name signer; /* lower case */
    struct bytes fields;    /* up to the signer's name */
    struct bytes signature;
};

struct dnssec_key {
    uint16_t flags;
    uint8_t protocol;
    uint8_t algorithm;
    uint16_t tag;
    struct bytes key;
    struct bytes data; /* all of it */
};

struct dnssec_ds {
    uint16_t tag;
    uint8_t algorithm;
    uint8_t digest_type;
    struct bytes digest;
};

struct dnssec_nsec3 { /* NSEC3; of NSEC3PARAM the first four */
    uint8_t hash;
    uint8_t flags;
    uint16_t iterations;
    struct bytes salt;
    struct bytes next;
    struct bytes types;
};

/* Each 0 or -EBADMSG. */
int dnssec_signature_read(const struct dns_record *record, struct dnssec_signature *ret);
int dnssec_key_read(const struct dns_record *record, struct dnssec_key *ret);
int dnssec_ds_read(const struct dns_record *record, struct dnssec_ds *ret); /* CDS too */
int dnssec_nsec_read(const struct dns_record *record, struct dns_name *ret_next, struct bytes *ret_types);
int dnssec_nsec3_read(const struct dns_record *record, struct dnssec_nsec3 *ret);

/* RFC 4034 4.1.2. */
bool dnssec_types_have(struct bytes types, uint16_t type);
/* Size of a key in bits; 0: nobody can tell. */
unsigned dnssec_key_bits(const struct dnssec_key *key);
/* "ECDSAP256SHA256"; "algorithm 200". IANA, "DNS Security Algorithm Numbers". */
const char *dnssec_algorithm_name(struct arena *arena, uint8_t algorithm);
const char *dnssec_digest_name(struct arena *arena, uint8_t digest_type);
/* Can we verify signatures of this algorithm, and compare digests of this type? */
bool dnssec_algorithm_supported(uint8_t algorithm);
bool dnssec_algorithm_sha1(uint8_t algorithm);
bool dnssec_digest_supported(uint8_t digest_type);
/* Does the DS record stand for this key of `zone`? RFC 4034 5.1.4. */
bool dnssec_ds_matches(const struct dnssec_ds *ds, const struct dns_name *zone, const struct dnssec_key *key);
/* A time of a signature as seconds since 1970: the one that is nearest to `now`, RFC 1982. */
int64_t dnssec_time(uint32_t serial, int64_t now);

/* ---- names ---- */

/* Labels without the root. */
unsigned dns_name_labels(const struct dns_name *name);
/* The last `labels` labels of a name that has as many. */
void dns_name_last(const struct dns_name *name, unsigned labels, struct dns_name *ret);
/* RFC 4034 6.1: below 0, 0, above 0. */
int dns_name_order(const struct dns_name *a, const struct dns_name *b);
bool dns_name_is_wildcard(const struct dns_name *name); /* begins with the label "*" */
/* "*." before `parent`; false when that is too long. */
bool dns_name_wildcard(const struct dns_name *parent, struct dns_name *ret);

#endif
