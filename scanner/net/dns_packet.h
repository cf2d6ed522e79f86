/*
 * dns_packet.h - names and records on the wire; inside of the DNS modules and for tests that build packets
 *
 * Everything here is pure. RFC 1035 3 and 4, RFC 3597.
 */
#ifndef OUTPOST_NET_DNS_PACKET_H
#define OUTPOST_NET_DNS_PACKET_H

#include "scanner/base/bytes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum {
    DNS_HEADER_SIZE = 12,
    DNS_PACKET_MAX = 65535,
    DNS_NAME_SIZE = 255,       /* with every length byte and the root, RFC 1035 2.3.4 */
    DNS_NAME_TEXT_SIZE = 1024, /* 254 bytes, each of them at most \DDD */
    DNS_RECORDS_MAX = 1024,    /* of one packet; more is nobody's answer but an attack on our memory */
};

/* A name without compression. Always complete: ends with the root's empty label. */
struct dns_name {
    uint8_t size;
    uint8_t wire[DNS_NAME_SIZE];
};

/* From text as a zone file writes it ("\." and "\DDD" are understood, a final dot is optional, "." is the
 * root); 0 or -EINVAL. */
int dns_name_from_text(const char *text, struct dns_name *ret);
/* The name at *offset of the packet, which moves behind it. Pointers may only lead back, before the labels
 * they continue, and are refused when !compression. 0 or -EBADMSG with *ret_why static. */
int dns_name_take(struct bytes packet, size_t *offset, bool compression, struct dns_name *ret,
                  const char **ret_why);
/* As a zone file writes it, without final dot (the root: "."), printable ASCII only; returns `text`. */
char *dns_name_format(const struct dns_name *name, char text[static DNS_NAME_TEXT_SIZE]);
char *dns_name_text(struct arena *arena, const struct dns_name *name); /* NULL when out of memory */
/* ASCII case does not count, RFC 4343. */
bool dns_name_equal(const struct dns_name *a, const struct dns_name *b);
/* Is `name` equal to `parent` or below it? */
bool dns_name_within(const struct dns_name *name, const struct dns_name *parent);
void dns_name_lower(struct dns_name *name);

/* A record of a packet, where it lies. */
struct dns_wire_record {
    struct dns_name owner;
    uint16_t type;
    uint16_t class;
    uint32_t ttl; /* RFC 2181 8: 0 when the top bit was set */
    size_t data_offset;
    size_t data_size;
};

/* The record at *offset, which moves behind it; its data is checked against the shape of its type. */
int dns_wire_take_record(struct bytes packet, size_t *offset, struct dns_wire_record *ret,
                         const char **ret_why);
/* Its RDATA with names decompressed, appended to `out`. */
int dns_wire_expand(struct bytes packet, const struct dns_wire_record *record, struct buffer *out);
/* Is `data`, which must not hold pointers, RDATA of this type? Types we do not know may hold anything. */
bool dns_data_valid(uint16_t type, struct bytes data);
/* `data`, which must not hold pointers, in the form that is signed, appended to `out`: names in lower case for
 * the types of RFC 4034 6.2, as RFC 6840 5.1 corrects them. 0, -EBADMSG, -ENOMEM. */
int dns_data_canonical(uint16_t type, struct bytes data, struct buffer *out);
bool dns_type_known_shape(uint16_t type);
/* A type that a question may have and a record can: not OPT, TSIG, ANY, ... */
bool dns_type_is_data(uint16_t type);

/*
 * RDATA as a zone file writes it, names without final dot; what has no better form as RFC 3597 5 writes it.
 * Odd bytes are \DDD; a clean text (base/text). NULL when out of memory.
 */
char *dns_data_text(struct arena *arena, uint16_t type, struct bytes data);

enum {
    DNS_TYPE_DNAME = 39,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_DS = 43,
    DNS_TYPE_RRSIG = 46,
    DNS_TYPE_NSEC = 47,
    DNS_TYPE_DNSKEY = 48,
    DNS_TYPE_NSEC3 = 50,
    DNS_TYPE_NSEC3PARAM = 51,
    DNS_TYPE_TSIG = 250
};
enum { DNS_RCODE_NOERROR = 0, DNS_RCODE_FORMERR = 1, DNS_RCODE_NXDOMAIN = 3 };

#endif
