/*
 * dns_wire.c - the strict check that a packet passes before anything else looks at it
 *
 *   header, one question, three sections of records, nothing behind them
 *
 * RFC 1035 4.1, RFC 3597 4 (where names may be compressed), RFC 6891 6.1 (OPT), RFC 8945 (TSIG, refused:
 * nobody here has a key, and several of them make ldns leak). The shape of RDATA is a word of one letter per
 * field, so that the table can be read beside the RFCs.
 */
#include "scanner/net/dns_packet.h"

#include "scanner/net/dns.h"

#include <errno.h>

enum { CLASS_IN = 1 };
enum { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL, SECTIONS };

/*
 *   1 2 4 6 8   that many bytes         a A  an IPv4, IPv6 address
 *   n  name, may be compressed          N    name, must not be
 *   s  character-string                 t    one that is not empty       S    one or more to the end
 *   h  bytes behind a length byte       H    the same, not empty
 *   b  type bitmap to the end           *    anything to the end         +    at least one byte to the end
 *   ?  what follows may be missing
 */
static const struct {
    uint16_t type;
    const char *shape;
} shapes[] = {
    {1, "a"},          /* A */
    {2, "n"},          /* NS */
    {3, "n"},          /* MD */
    {4, "n"},          /* MF */
    {5, "n"},          /* CNAME */
    {6, "nn44444"},    /* SOA */
    {7, "n"},          /* MB */
    {8, "n"},          /* MG */
    {9, "n"},          /* MR */
    {11, "a1*"},       /* WKS */
    {12, "n"},         /* PTR */
    {13, "ss"},        /* HINFO */
    {14, "nn"},        /* MINFO */
    {15, "2n"},        /* MX */
    {16, "S"},         /* TXT */
    {17, "nn"},        /* RP */
    {18, "2n"},        /* AFSDB */
    {19, "s"},         /* X25 */
    {20, "s?s"},       /* ISDN */
    {21, "2n"},        /* RT */
    {25, "211*"},      /* KEY */
    {26, "2nn"},       /* PX */
    {28, "A"},         /* AAAA */
    {29, "88"},        /* LOC */
    {33, "222n"},      /* SRV */
    {35, "22sssn"},    /* NAPTR */
    {36, "2n"},        /* KX */
    {37, "221*"},      /* CERT */
    {39, "N"},         /* DNAME, RFC 6672 2.1 */
    {43, "211+"},      /* DS */
    {44, "11+"},       /* SSHFP */
    {46, "2114442N+"}, /* RRSIG, RFC 4034 3.1.7 */
    {47, "Nb"},        /* NSEC, RFC 4034 4.1.1 */
    {48, "211+"},      /* DNSKEY */
    {49, "+"},         /* DHCID */
    {50, "112hHb"},    /* NSEC3 */
    {51, "112h"},      /* NSEC3PARAM */
    {52, "111+"},      /* TLSA */
    {53, "111+"},      /* SMIMEA */
    {59, "211+"},      /* CDS */
    {60, "211+"},      /* CDNSKEY */
    {61, "+"},         /* OPENPGPKEY */
    {62, "42b"},       /* CSYNC */
    {63, "411+"},      /* ZONEMD */
    {99, "S"},         /* SPF */
    {104, "28"},       /* NID */
    {105, "24"},       /* L32 */
    {106, "28"},       /* L64 */
    {107, "2N"},       /* LP */
    {108, "6"},        /* EUI48 */
    {109, "8"},        /* EUI64 */
    {256, "22+"},      /* URI */
    {257, "1t*"},      /* CAA, RFC 8659 4.1 */
    {32769, "211+"},   /* DLV */
};

static const char *shape_of(uint16_t type)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (shapes[i].type == type)
            return shapes[i].shape;
    return NULL;
}

bool dns_type_known_shape(uint16_t type)
{
    return shape_of(type) != NULL;
}

bool dns_type_is_data(uint16_t type)
{
    /* RFC 6895 3.1: 0 is reserved, 41 is OPT, 128 to 255 are questions and meta types. */
    return type != 0 && type != DNS_TYPE_OPT && !(type >= 128 && type <= 255);
}

/* RFC 4034 4.1.2: windows in rising order, 1 to 32 bytes each, the last of them not zero. */
static bool skip_bitmap(struct bytes *in)
{
    int before = -1;

    while (in->size > 0) {
        int window = take_u8(in);
        struct bytes map = take_block(in, take_u8(in));

        if (in->failed || window <= before || map.size < 1 || map.size > 32 || map.data[map.size - 1] == 0)
            return false;
        before = window;
    }
    return true;
}

static bool skip_strings(struct bytes *in)
{
    do
        take_block(in, take_u8(in));
    while (in->size > 0 && !in->failed);
    return !in->failed;
}

/* A walk over RDATA that lies inside of a packet (names may point back into it) or alone. */
struct walk {
    struct bytes packet; /* the packet up to the end of the RDATA; the RDATA itself when it is alone */
    size_t offset;
    struct buffer *expanded; /* what was walked over with names decompressed; may be NULL */
    bool compression;        /* pointers may be there */
    bool lower;              /* names that may be compressed become lower case */
    const char *why;
};

static bool walk_name(struct walk *walk, bool compression)
{
    struct dns_name name;

    if (dns_name_take(walk->packet, &walk->offset, compression && walk->compression, &name, &walk->why) < 0)
        return false;
    if (walk->lower && compression)
        dns_name_lower(&name);
    if (walk->expanded != NULL)
        put_block(walk->expanded, name.wire, name.size);
    return true;
}

/* Fields that hold no name. `in` is all that is left of the RDATA. */
static bool skip_field(char field, struct bytes *in)
{
    switch (field) {
    case '1':
    case '2':
    case '4':
    case '6':
    case '8':
        take_block(in, (size_t)(field - '0'));
        return !in->failed;
    case 'a':
        take_block(in, 4);
        return !in->failed;
    case 'A':
        take_block(in, 16);
        return !in->failed;
    case 's':
    case 'h':
        take_block(in, take_u8(in));
        return !in->failed;
    case 't':
    case 'H':
        return take_block(in, take_u8(in)).size > 0;
    case 'S':
        return skip_strings(in);
    case 'b':
        return skip_bitmap(in);
    case '+':
        return take_block(in, in->size).size > 0;
    default: /* '*' */
        take_block(in, in->size);
        return true;
    }
}

static bool walk_shape(struct walk *walk, const char *shape)
{
    size_t end = walk->packet.size;

    for (; *shape != '\0'; shape++) {
        struct bytes in = bytes_of(walk->packet.data + walk->offset, end - walk->offset);
        size_t before = walk->offset;

        if (*shape == '?') {
            if (in.size == 0)
                return true;
            continue;
        }
        if (*shape == 'n' || *shape == 'N') {
            if (!walk_name(walk, *shape == 'n'))
                return false;
            continue;
        }
        if (!skip_field(*shape, &in))
            return false;
        walk->offset = end - in.size;
        if (walk->expanded != NULL)
            put_block(walk->expanded, walk->packet.data + before, walk->offset - before);
    }
    return walk->offset == end;
}

bool dns_data_valid(uint16_t type, struct bytes data)
{
    struct walk walk = {.packet = data};
    const char *shape = shape_of(type);

    return shape == NULL || (data.data != NULL && walk_shape(&walk, shape));
}

int dns_wire_expand(struct bytes packet, const struct dns_wire_record *record, struct buffer *out)
{
    struct bytes data = bytes_of(packet.data, record->data_offset + record->data_size);
    struct walk walk = {.packet = data, .offset = record->data_offset, .expanded = out, .compression = true};
    const char *shape = shape_of(record->type);

    if (shape == NULL)
        put_block(out, packet.data + record->data_offset, record->data_size);
    else if (!walk_shape(&walk, shape))
        return -EBADMSG;
    return out->failed ? -ENOMEM : 0;
}

int dns_data_canonical(uint16_t type, struct bytes data, struct buffer *out)
{
    struct walk walk = {.packet = data, .expanded = out, .lower = true};
    const char *shape = shape_of(type);

    if (type == DNS_TYPE_DNAME) /* the one type of the list whose name is never compressed */
        shape = "n";
    if (shape == NULL)
        put_block(out, data.data, data.size);
    else if (data.data == NULL || !walk_shape(&walk, shape))
        return -EBADMSG;
    return out->failed ? -ENOMEM : 0;
}

/* RFC 6891 6.1.2: options of a code and a length. */
static bool options_valid(struct bytes data)
{
    while (data.size > 0) {
        take_u16(&data);
        take_block(&data, take_u16(&data));
        if (data.failed)
            return false;
    }
    return true;
}

static int check_data(struct bytes packet, const struct dns_wire_record *record, const char **ret_why)
{
    struct walk walk = {.packet = bytes_of(packet.data, record->data_offset + record->data_size),
                        .offset = record->data_offset,
                        .compression = true};
    const char *shape = shape_of(record->type);

    if (record->type == DNS_TYPE_OPT) {
        if (options_valid(bytes_of(packet.data + record->data_offset, record->data_size)))
            return 0;
        *ret_why = "OPT record with broken options";
        return -EBADMSG;
    }
    if (shape == NULL || walk_shape(&walk, shape))
        return 0;
    *ret_why = walk.why != NULL ? walk.why : "record data that does not fit its type";
    return -EBADMSG;
}

int dns_wire_take_record(struct bytes packet, size_t *offset, struct dns_wire_record *ret,
                         const char **ret_why)
{
    struct dns_wire_record record;
    size_t at = *offset;
    struct bytes in;
    int result;

    if (dns_name_take(packet, &at, true, &record.owner, ret_why) < 0)
        return -EBADMSG;
    in = bytes_of(packet.data + at, packet.size - at);
    record.type = take_u16(&in);
    record.class = take_u16(&in);
    record.ttl = take_u32(&in);
    record.data_size = take_u16(&in);
    if (in.failed || record.data_size > in.size) {
        *ret_why = "record goes beyond the packet";
        return -EBADMSG;
    }
    if (record.type != DNS_TYPE_OPT && record.ttl > INT32_MAX)
        record.ttl = 0;
    record.data_offset = packet.size - in.size;
    result = check_data(packet, &record, ret_why);
    if (result < 0)
        return result;
    *offset = record.data_offset + record.data_size;
    *ret = record;
    return 0;
}

static const char *refuse_record(const struct dns_wire_record *record, int section, size_t *opts)
{
    if (record->type == DNS_TYPE_TSIG)
        return "TSIG record, and we have no key";
    if (record->type == DNS_TYPE_OPT) {
        if (section != SECTION_ADDITIONAL)
            return "OPT record outside of the additional section";
        if (record->owner.size != 1)
            return "OPT record with a name";
        return ++*opts > 1 ? "two OPT records" : NULL;
    }
    if (!dns_type_is_data(record->type))
        return "record of a type that only questions have";
    return record->class != CLASS_IN ? "record of another class than IN" : NULL;
}

static const char *check_sections(struct bytes packet, size_t offset, const uint16_t counts[SECTIONS])
{
    struct dns_wire_record record;
    const char *why = NULL;
    size_t opts = 0;

    for (int section = 0; section < SECTIONS; section++) {
        for (size_t i = 0; i < counts[section]; i++) {
            if (dns_wire_take_record(packet, &offset, &record, &why) < 0)
                return why;
            why = refuse_record(&record, section, &opts);
            if (why != NULL)
                return why;
        }
    }
    return offset == packet.size ? NULL : "bytes behind the last record";
}

static const char *check_question(struct bytes packet, size_t *offset)
{
    struct dns_name name;
    const char *why;
    struct bytes in;

    if (dns_name_take(packet, offset, false, &name, &why) < 0)
        return why;
    in = bytes_of(packet.data + *offset, packet.size - *offset);
    take_u16(&in);
    if (take_u16(&in) != CLASS_IN || in.failed)
        return "question of another class than IN";
    *offset = packet.size - in.size;
    return NULL;
}

static const char *check_packet(struct bytes packet)
{
    struct bytes in = packet;
    uint16_t counts[SECTIONS];
    uint16_t flags;
    size_t offset = DNS_HEADER_SIZE;
    const char *why;

    take_u16(&in);
    flags = take_u16(&in);
    uint16_t questions = take_u16(&in);

    for (int i = 0; i < SECTIONS; i++)
        counts[i] = take_u16(&in);
    if (in.failed)
        return "shorter than a header";
    if (packet.size > DNS_PACKET_MAX)
        return "longer than 65535 bytes";
    if ((flags & 0x8000) == 0)
        return "a question, not an answer";
    if ((flags & 0x7800) != 0)
        return "answer to another kind of request";
    if (questions != 1)
        return "not exactly one question";
    if (counts[0] + counts[1] + counts[2] > DNS_RECORDS_MAX)
        return "more than 1024 records";
    why = check_question(packet, &offset);
    return why != NULL ? why : check_sections(packet, offset, counts);
}

int dns_wire_check(struct bytes packet, const char **ret_why)
{
    const char *why = check_packet(packet);

    if (why == NULL)
        return 0;
    *ret_why = why;
    return -EBADMSG;
}
