/*
 * zone_file_answer.c - what a name server of a zone says to a question, from its file
 *
 *   name --> below a cut? elsewhere --> below a DNAME? an alias --> there? its records
 *                                                               --> not there? the wildcard that stands for it
 *        --> an alias is followed while it stays in the zone --> data, no data, no name
 *
 * RFC 1034 4.3.2, RFC 4592 (wildcards, empty non-terminals), RFC 6672 (DNAME), RFC 2308 3 (what comes with nothing),
 * RFC 4035 3.1 (signatures and proofs).
 */
#include "scanner/net/zone_file_internal.h"

#include "scanner/net/dns.h"
#include "scanner/net/dnssec_records.h"

#include <errno.h>
#include <string.h>

enum {
    CLASS_IN = 1,
    FLAGS_ANSWER = 0x8400,
    UDP_SIZE = 1232,
    FLAG_DO = 0x8000,
    CHAIN_MAX = DNS_ALIASES_MAX + 1
};

/* ---- records of a zone ---- */

size_t zone_first(const struct zone_record *records, size_t count, const struct dns_name *name)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (dns_name_order(records[middle].owner, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t zone_rrset(const struct zone_file *zone, const struct dns_name *name, uint16_t type,
                  const struct zone_record **ret)
{
    size_t first = zone_first(zone->records, zone->count, name);
    size_t count = 0;

    while (first < zone->count && zone->records[first].type < type &&
           dns_name_equal(zone->records[first].owner, name))
        first++;
    while (first + count < zone->count && zone->records[first + count].type == type &&
           dns_name_equal(zone->records[first + count].owner, name))
        count++;
    *ret = &zone->records[first];
    return count;
}

/* Names below another follow it. */
bool zone_has_name(const struct zone_file *zone, const struct dns_name *name)
{
    size_t first = zone_first(zone->records, zone->count, name);

    return first < zone->count && dns_name_within(zone->records[first].owner, name);
}

static bool has_type(const struct zone_file *zone, const struct dns_name *name, uint16_t type)
{
    const struct zone_record *found;

    return zone_rrset(zone, name, type, &found) > 0;
}

/* ---- the name ---- */

bool zone_file_delegates(const struct zone_file *zone, const struct dns_name *name, uint16_t type)
{
    unsigned labels = dns_name_labels(name);

    for (unsigned i = dns_name_labels(&zone->origin) + 1; i <= labels; i++) {
        struct dns_name above;

        dns_name_last(name, i, &above);
        if (!has_type(zone, &above, DNS_NS))
            continue;
        return i < labels || (type != DNS_TYPE_DS && type != DNS_TYPE_NSEC);
    }
    return false;
}

/* The DNAME record above a name. */
static const struct zone_record *dname_above(const struct zone_file *zone, const struct dns_name *name)
{
    for (unsigned i = dns_name_labels(&zone->origin); i < dns_name_labels(name); i++) {
        const struct zone_record *found;
        struct dns_name above;

        dns_name_last(name, i, &above);
        if (zone_rrset(zone, &above, DNS_TYPE_DNAME, &found) > 0)
            return found;
    }
    return NULL;
}

/* The closest name above one that is there; the origin always is. */
static void find_encloser(const struct zone_file *zone, const struct dns_name *name, struct dns_name *ret)
{
    unsigned labels = dns_name_labels(name);

    do
        dns_name_last(name, --labels, ret);
    while (labels > dns_name_labels(&zone->origin) && !zone_has_name(zone, ret));
}

/* ---- records of an answer ---- */

void zone_put_record(struct zone_section *section, const struct dns_name *owner,
                     const struct zone_record *record, uint32_t ttl)
{
    put_block(&section->out, owner->wire, owner->size);
    put_u16(&section->out, record->type);
    put_u16(&section->out, CLASS_IN);
    put_u32(&section->out, ttl);
    put_u16(&section->out, (uint16_t)record->data.size);
    put_block(&section->out, record->data.data, record->data.size);
    section->count++;
}

/* With a time to live of at most `ttl`. */
static void put_rrset(struct zone_section *section, const struct zone_file *zone,
                      const struct dns_name *source, uint16_t type, const struct dns_name *owner,
                      uint32_t ttl)
{
    const struct zone_record *found;
    size_t count = zone_rrset(zone, source, type, &found);

    for (size_t i = 0; i < count; i++)
        zone_put_record(section, owner, &found[i], found[i].ttl < ttl ? found[i].ttl : ttl);
    count = type == DNS_TYPE_RRSIG ? 0 : zone_rrset(zone, source, DNS_TYPE_RRSIG, &found);
    for (size_t i = 0; i < count; i++) {
        struct bytes data = found[i].data;

        if (take_u16(&data) == type)
            zone_put_record(section, owner, &found[i], found[i].ttl < ttl ? found[i].ttl : ttl);
    }
}

void zone_put_rrset(struct zone_section *section, const struct zone_file *zone, const struct dns_name *source,
                    uint16_t type, const struct dns_name *owner)
{
    put_rrset(section, zone, source, type, owner, UINT32_MAX);
}

/* RFC 2308 3: for as long as its last field says. */
static void put_soa(struct zone_reply *reply)
{
    const struct zone_file *zone = reply->zone;
    const struct zone_record *soa;
    struct bytes minimum;

    if (zone_rrset(zone, &zone->origin, DNS_SOA, &soa) == 0)
        return;
    minimum = bytes_of(soa->data.data + soa->data.size - 4, 4);
    put_rrset(&reply->authority, zone, &zone->origin, DNS_SOA, &zone->origin, take_u32(&minimum));
}

static void put_nothing(struct zone_reply *reply, const struct dns_name *name,
                        const struct dns_name *encloser)
{
    put_soa(reply);
    zone_prove_nothing(reply, name, encloser);
}

/* ---- aliases ---- */

static bool target_of(const struct zone_record *record, struct dns_name *ret)
{
    size_t offset = 0;
    const char *why;

    if (dns_name_take(record->data, &offset, false, ret, &why) < 0)
        return false;
    dns_name_lower(ret);
    return true;
}

/* RFC 6672 3.1: the DNAME, and the CNAME that it makes for this name. False: the new name is too long. */
static bool put_dname(struct zone_reply *reply, const struct zone_record *dname, struct dns_name *name)
{
    struct zone_record cname = {.type = DNS_CNAME};
    struct dns_name target;
    struct dns_name made;
    size_t prefix = (size_t)name->size - dname->owner->size;

    if (!target_of(dname, &target) || prefix + target.size > DNS_NAME_SIZE)
        return false;
    made.size = (uint8_t)(prefix + target.size);
    memcpy(made.wire, name->wire, prefix);
    memcpy(made.wire + prefix, target.wire, target.size);
    zone_put_rrset(&reply->answer, reply->zone, dname->owner, DNS_TYPE_DNAME, dname->owner);
    cname.data = bytes_of(made.wire, made.size);
    zone_put_record(&reply->answer, name, &cname, dname->ttl);
    *name = made;
    return true;
}

/* One name of the chain; true when *name is the next of it. */
static bool answer_name(struct zone_reply *reply, struct dns_name *name, uint16_t type)
{
    const struct zone_file *zone = reply->zone;
    const struct zone_record *found = dname_above(zone, name);
    struct dns_name source = *name;
    struct dns_name encloser = *name;
    bool there = zone_has_name(zone, name);

    if (found != NULL) {
        bool made = put_dname(reply, found, name);

        reply->rcode = made ? reply->rcode : 6; /* YXDOMAIN, RFC 6672 2.2 */
        return made && type != DNS_CNAME;
    }
    if (!there)
        find_encloser(zone, name, &encloser);
    if (!there && (!dns_name_wildcard(&encloser, &source) || !zone_has_name(zone, &source))) {
        reply->rcode = DNS_RCODE_NXDOMAIN;
        put_nothing(reply, name, &encloser);
        return false;
    }
    bool data = has_type(zone, &source, type);

    if (!data && zone_rrset(zone, &source, DNS_CNAME, &found) == 0) {
        put_nothing(reply, name, &encloser);
        return false;
    }
    zone_put_rrset(&reply->answer, zone, &source, data ? type : DNS_CNAME, name);
    if (!there)
        zone_prove_nothing(reply, name, &encloser);
    return !data && target_of(found, name);
}

/* ---- the packet ---- */

static int put_packet(const struct zone_reply *reply, const struct dns_name *name, uint16_t type,
                      struct buffer *out)
{
    out->limit = DNS_PACKET_MAX;
    put_u16(out, 0);
    put_u16(out, (uint16_t)(FLAGS_ANSWER | reply->rcode));
    put_u16(out, 1);
    put_u16(out, (uint16_t)reply->answer.count);
    put_u16(out, (uint16_t)reply->authority.count);
    put_u16(out, 1);
    put_block(out, name->wire, name->size);
    put_u16(out, type);
    put_u16(out, CLASS_IN);
    put_block(out, reply->answer.out.data, reply->answer.out.size);
    put_block(out, reply->authority.out.data, reply->authority.out.size);
    put_u8(out, 0); /* OPT, RFC 6891 6.1.2 */
    put_u16(out, DNS_TYPE_OPT);
    put_u16(out, UDP_SIZE);
    put_u32(out, FLAG_DO);
    put_u16(out, 0);
    return out->failed || reply->answer.count + reply->authority.count >= DNS_RECORDS_MAX ? -EMSGSIZE : 0;
}

int zone_file_answer(const struct zone_file *zone, const struct dns_name *name, uint16_t type,
                     struct buffer *out, bool *ret_elsewhere)
{
    struct zone_reply reply = {
        .zone = zone, .answer.out.limit = DNS_PACKET_MAX, .authority.out.limit = DNS_PACKET_MAX};
    struct dns_name now = *name;
    int error = 0;

    dns_name_lower(&now);
    *ret_elsewhere = zone_file_delegates(zone, &now, type);
    for (unsigned i = 0; i < CHAIN_MAX && !*ret_elsewhere; i++)
        if (!answer_name(&reply, &now, type) || !dns_name_within(&now, &zone->origin) ||
            zone_file_delegates(zone, &now, type))
            break;
    if (!*ret_elsewhere)
        error = reply.answer.out.failed || reply.authority.out.failed ? -EMSGSIZE
                                                                      : put_packet(&reply, name, type, out);
    buffer_free(&reply.answer.out);
    buffer_free(&reply.authority.out);
    return error;
}
