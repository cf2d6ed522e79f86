/*
 * dns_reply.c - what a zone's own name server said
 *
 *   whole? -> a code? -> which records are of the zone, which of them speak of the name? -> one of seven kinds
 *
 * RFC 1034 4.3.2 and 5.3.3 (answers and referrals), RFC 2181 5.4.1 (who is to be believed), RFC 2308 2 (what
 * says that there is nothing), RFC 6672 3 (DNAME).
 */
#include "scanner/net/dns_reply.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <string.h>

enum {
    FLAG_AUTHORITATIVE = 0x0400,
    FLAG_TRUNCATED = 0x0200,
    COUNTS_AT = 6,
    TYPE_DNAME = 39,
    TYPE_DS = 43,
    CLASS_IN = 1,
    RCODE_MASK = 15,
    RCODE_NOTIMP = 4
};
enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTIONS };

/* A packet on its way to a reply. */
struct reading {
    struct bytes packet;
    const struct dns_name *zone;
    const struct dns_key *key;
    struct arena *arena;
    struct dns_reply *reply;
    uint16_t flags;
    uint16_t kept[SECTIONS]; /* records that are passed on */
    bool data;               /* a record of the type asked for, or an alias, at the name */
    bool alias;
    bool soa;              /* of the zone, or one between it and the name */
    bool foreign_soa;      /* of another zone */
    bool upward;           /* NS records of the zone itself or from outside it */
    bool referral;         /* NS records of a zone below, above the name */
    struct dns_name dname; /* the owner of a DNAME record above the name; size 0: none */
    struct dns_name dname_target;
};

/* ---- records of the zone are passed on ---- */

static void keep(struct reading *reading, const struct dns_wire_record *record, struct bytes data,
                 enum section section)
{
    struct buffer *out = &reading->reply->packet;

    put_block(out, record->owner.wire, record->owner.size);
    put_u16(out, record->type);
    put_u16(out, record->class);
    put_u32(out, record->ttl);
    put_u16(out, (uint16_t)data.size);
    put_block(out, data.data, data.size);
    reading->kept[section]++;
}

static void note_answer(struct reading *reading, const struct dns_wire_record *record, struct bytes data)
{
    const struct dns_key *key = reading->key;

    if (dns_name_equal(&record->owner, &key->name)) {
        reading->data |= record->type == key->type || record->type == DNS_CNAME;
        reading->alias |= record->type == DNS_CNAME;
    } else if (record->type == TYPE_DNAME && dns_name_within(&key->name, &record->owner)) {
        size_t offset = 0;
        const char *why;

        if (dns_name_take(data, &offset, false, &reading->dname_target, &why) == 0)
            reading->dname = record->owner;
    }
}

/* Where NS records refer to; more than one zone is one too many. */
static int note_servers(struct reading *reading, const struct dns_wire_record *record, struct bytes data)
{
    struct dns_reply *reply = reading->reply;
    struct dns_reply_server *server;
    struct dns_name name;
    size_t offset = 0;
    const char *why;

    if (!dns_name_within(&record->owner, reading->zone) || dns_name_equal(&record->owner, reading->zone) ||
        !dns_name_within(&reading->key->name, &record->owner)) {
        reading->upward = true;
        return 0;
    }
    if (dns_name_take(data, &offset, false, &name, &why) < 0 ||
        (reading->referral && !dns_name_equal(&reply->zone, &record->owner)))
        return 0;
    dns_name_lower(&name);
    if (!reading->referral || record->ttl < reply->ttl)
        reply->ttl = record->ttl;
    if (!reading->referral) {
        reading->referral = true;
        reply->zone = record->owner;
        dns_name_lower(&reply->zone);
    }
    if (reply->servers.count == DNS_REPLY_SERVERS_MAX)
        return 0;
    for (size_t i = 0; i < reply->servers.count; i++)
        if (dns_name_equal(&((struct dns_reply_server *)reply->servers.items[i])->name, &name))
            return 0;
    server = list_new_item(&reply->servers, reading->arena, sizeof(*server));
    if (server == NULL)
        return -ENOMEM;
    server->name = name;
    return 0;
}

static int add_address(struct list *list, struct arena *arena, uint16_t type, struct bytes data)
{
    const struct dns_record record = {.type = type, .data = data};
    struct address address;
    struct address *copy;
    size_t of_family = 0;

    if (dns_record_address(&record, &address) < 0)
        return 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct address *other = list->items[i];

        if (address_equal(other, &address))
            return 0;
        of_family += other->family == address.family;
    }
    if (of_family == DNS_REPLY_ADDRESSES_MAX)
        return 0;
    copy = list_new_item(list, arena, sizeof(*copy));
    if (copy == NULL)
        return -ENOMEM;
    *copy = address;
    return 0;
}

/* An address beside a referral: believed when it is one of a server named there, in the zone of who refers. */
static int note_glue(struct reading *reading, const struct dns_wire_record *record, struct bytes data)
{
    if (!reading->referral || !dns_name_within(&record->owner, reading->zone))
        return 0;
    for (size_t i = 0; i < reading->reply->servers.count; i++) {
        struct dns_reply_server *server = reading->reply->servers.items[i];

        if (dns_name_equal(&server->name, &record->owner))
            return add_address(&server->addresses, reading->arena, record->type, data);
    }
    return 0;
}

static int note_record(struct reading *reading, const struct dns_wire_record *record, struct bytes data,
                       enum section section)
{
    bool ours = dns_name_within(&record->owner, reading->zone);
    int error = 0;

    switch (section) {
    case SECTION_ANSWER:
        if (ours)
            note_answer(reading, record, data);
        break;
    case SECTION_AUTHORITY:
        if (record->type == DNS_SOA) {
            reading->soa |= ours && dns_name_within(&reading->key->name, &record->owner);
            reading->foreign_soa |= !ours;
        } else if (record->type == DNS_NS) {
            error = note_servers(reading, record, data);
        }
        break;
    case SECTION_ADDITIONAL:
        if (record->type == DNS_A || record->type == DNS_AAAA)
            error = note_glue(reading, record, data);
        ours = record->type == DNS_TYPE_OPT;
        break;
    case SECTIONS:
        break;
    }
    if (error == 0 && ours)
        keep(reading, record, data, section);
    return error;
}

/* RFC 6672 3.1 has the server write this alias; not every one does. */
static void keep_synthesized_alias(struct reading *reading)
{
    const struct dns_name *name = &reading->key->name;
    struct dns_wire_record record = {.owner = *name, .type = DNS_CNAME, .class = CLASS_IN};
    size_t prefix = (size_t)name->size - reading->dname.size;
    struct dns_name target;

    if (reading->data || reading->dname.size == 0 || prefix + reading->dname_target.size > DNS_NAME_SIZE)
        return;
    memcpy(target.wire, name->wire, prefix);
    memcpy(target.wire + prefix, reading->dname_target.wire, reading->dname_target.size);
    target.size = (uint8_t)(prefix + reading->dname_target.size);
    keep(reading, &record, bytes_of(target.wire, target.size), SECTION_ANSWER);
    reading->data = reading->alias = true;
}

/* The packet has passed the check. */
static int read_records(struct reading *reading)
{
    struct bytes counts = bytes_of(reading->packet.data + COUNTS_AT, 6);
    size_t offset = DNS_HEADER_SIZE + (size_t)reading->key->name.size + 4;
    int error = 0;

    put_block(&reading->reply->packet, reading->packet.data, offset); /* the question is not compressed */
    for (enum section section = SECTION_ANSWER; section < SECTIONS && error == 0; section++) {
        size_t count = take_u16(&counts);

        for (size_t i = 0; i < count && error == 0; i++) {
            struct buffer data = {.limit = UINT16_MAX};
            struct dns_wire_record record;

            error = dns_wire_take_record(reading->packet, &offset, &record, &reading->reply->why);
            if (error == 0)
                error = dns_wire_expand(reading->packet, &record, &data);
            if (error == 0)
                error = note_record(reading, &record, bytes_of(data.data, data.size), section);
            buffer_free(&data);
        }
        if (section == SECTION_ANSWER && error == 0)
            keep_synthesized_alias(reading);
    }
    return error;
}

/* ---- what it is ---- */

static enum dns_reply_kind lame(struct reading *reading, const char *why)
{
    reading->reply->why = why;
    return DNS_REPLY_LAME;
}

static enum dns_reply_kind classify(struct reading *reading)
{
    bool authority = (reading->flags & FLAG_AUTHORITATIVE) != 0;
    bool nothing = (reading->flags & RCODE_MASK) == DNS_RCODE_NXDOMAIN || reading->soa;

    if (reading->referral && !reading->data && !nothing && !reading->foreign_soa) {
        if (reading->key->type == TYPE_DS && dns_name_equal(&reading->reply->zone, &reading->key->name))
            return lame(reading, "refers downward for what it should know itself"); /* RFC 4035 3.1.4.1 */
        return DNS_REPLY_REFERRAL;
    }
    if (!reading->data && !nothing && (reading->upward || reading->foreign_soa))
        return lame(reading, reading->upward ? "refers back or upward" : "answers for another zone");
    if (!authority)
        return lame(reading, reading->data || nothing ? "answers without authority" : "says nothing");
    return DNS_REPLY_ANSWER;
}

static void put_counts(struct reading *reading)
{
    uint8_t *at = reading->reply->packet.data + COUNTS_AT;

    for (int i = 0; i < SECTIONS; i++) {
        at[2 * i] = (uint8_t)(reading->kept[i] >> 8);
        at[2 * i + 1] = (uint8_t)reading->kept[i];
    }
}

/*
 * Can the answer be used? An alias out of the zone is to be followed elsewhere, whatever this server says of
 * where it leads: then a code that there is nothing (RFC 6604 3) is not to be believed.
 */
static int check_answer(struct reading *reading)
{
    struct dns_reply *reply = reading->reply;
    struct bytes packet = bytes_of(reply->packet.data, reply->packet.size);
    char name[DNS_NAME_TEXT_SIZE];
    struct dns_answer *answer;
    struct dns_name last;
    int error;

    dns_name_format(&reading->key->name, name);
    error = dns_answer_parse(packet, name, reading->key->type, reading->arena, &answer, &reply->why);
    if (error == -EBADMSG) {
        reply->kind = DNS_REPLY_MALFORMED;
        return 0;
    }
    if (error < 0)
        return error;
    if (answer->outcome == DNS_FAILURE) { /* a loop or chain without end inside of the zone */
        reply->kind = DNS_REPLY_MALFORMED;
        reply->why = "aliases that lead nowhere";
    } else if (answer->outcome == DNS_NXDOMAIN && answer->aliases.count > 0 &&
               dns_name_from_text(answer->aliases.items[answer->aliases.count - 1], &last) == 0 &&
               !dns_name_within(&last, reading->zone)) {
        reply->packet.data[3] &= (uint8_t)~RCODE_MASK;
    }
    return 0;
}

static int read_whole(struct reading *reading)
{
    struct dns_reply *reply = reading->reply;
    size_t offset = DNS_HEADER_SIZE;
    struct dns_name asked;
    int error;

    if (dns_wire_check(reading->packet, &reply->why) < 0 ||
        dns_name_take(reading->packet, &offset, false, &asked, &reply->why) < 0) {
        reply->kind = DNS_REPLY_MALFORMED;
        return 0;
    }
    if (!dns_name_equal(&asked, &reading->key->name) ||
        (reading->packet.data[offset] << 8 | reading->packet.data[offset + 1]) != reading->key->type) {
        reply->kind = DNS_REPLY_MALFORMED;
        reply->why = "answer to another question";
        return 0;
    }
    if ((reading->flags & RCODE_MASK) != DNS_RCODE_NOERROR &&
        (reading->flags & RCODE_MASK) != DNS_RCODE_NXDOMAIN) {
        reply->kind = DNS_REPLY_CODE;
        return 0;
    }
    reply->packet.limit = DNS_PACKET_MAX;
    error = read_records(reading);
    if (error == 0 && reply->packet.failed) {
        reply->kind = DNS_REPLY_MALFORMED;
        reply->why = "longer than a packet can be, without compression";
        return 0;
    }
    if (error < 0)
        return error;
    put_counts(reading);
    reply->kind = classify(reading);
    return reply->kind == DNS_REPLY_ANSWER ? check_answer(reading) : 0;
}

int dns_reply_read(struct bytes packet, const struct dns_name *zone, const struct dns_key *key,
                   struct arena *arena, struct dns_reply *ret)
{
    struct dns_reply reply = {0};
    struct reading reading = {.packet = packet, .zone = zone, .key = key, .arena = arena, .reply = &reply};
    struct bytes header = packet;
    int error = 0;

    take_u16(&header);
    reading.flags = take_u16(&header);
    take_u32(&header);
    take_u16(&header);
    uint16_t additional = take_u16(&header);
    int code = reading.flags & RCODE_MASK;

    if (header.failed) {
        reply.kind = DNS_REPLY_MALFORMED;
        reply.why = "shorter than a header";
    } else if ((reading.flags & FLAG_TRUNCATED) != 0) {
        reply.kind = DNS_REPLY_TRUNCATED;
    } else if (additional == 0 && (code == DNS_RCODE_FORMERR || code == RCODE_NOTIMP)) {
        reply.kind = DNS_REPLY_NO_EDNS;
    } else {
        error = read_whole(&reading);
    }
    if (reply.kind != DNS_REPLY_ANSWER)
        buffer_free(&reply.packet);
    if (error < 0) {
        buffer_free(&reply.packet);
        return error;
    }
    *ret = reply;
    return 0;
}
