/*
 * dns_answer.c - what a packet says about the question that was asked
 *
 *   question ours? -> response code -> records -> chain of aliases from the name -> one of four outcomes
 *
 * RFC 1034 3.6.2 (CNAME), RFC 2181 5 (record sets), RFC 2308 2 (what says that there is nothing), RFC 6604
 * (the code belongs to the last name of a chain), RFC 6891 (extended code), RFC 8914 (extended errors).
 */
#include "scanner/net/dns.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns_packet.h"

#include <errno.h>
#include <string.h>

enum {
    FLAG_AUTHORITATIVE = 0x0400,
    FLAG_TRUNCATED = 0x0200,
    FLAG_RECURSION = 0x0080,
    FLAG_AUTHENTICATED = 0x0020,
    OPTION_EXTENDED_ERROR = 15,
    EXTENDED_TEXT_MAX = 300
};

/* A packet on its way to an answer. */
struct parse {
    struct bytes packet;
    size_t offset;
    struct arena *arena;
    struct dns_answer *answer;
    uint16_t flags;
    uint16_t rcode;
    const char *extended_text;
    const char *why;
};

static const char *extended_error_name(int64_t code)
{
    /* IANA, "Extended DNS Error Codes" */
    static const char *const names[] = {
        "Other",
        "Unsupported DNSKEY Algorithm",
        "Unsupported DS Digest Type",
        "Stale Answer",
        "Forged Answer",
        "DNSSEC Indeterminate",
        "DNSSEC Bogus",
        "Signature Expired",
        "Signature Not Yet Valid",
        "DNSKEY Missing",
        "RRSIGs Missing",
        "No Zone Key Bit Set",
        "NSEC Missing",
        "Cached Error",
        "Not Ready",
        "Blocked",
        "Censored",
        "Filtered",
        "Prohibited",
        "Stale NXDOMAIN Answer",
        "Not Authoritative",
        "Not Supported",
        "No Reachable Authority",
        "Network Error",
        "Invalid Data",
        "Signature Expired before Valid",
        "Too Early",
        "Unsupported NSEC3 Iterations Value",
        "Unable to conform to policy",
        "Synthesized",
    };

    return code >= 0 && code < (int64_t)(sizeof(names) / sizeof(names[0])) ? names[code] : NULL;
}

/* Is the question the one that was asked? The packet has passed the check: there is one. */
static int check_question(struct parse *parse, const struct dns_name *asked, uint16_t type)
{
    struct dns_name name;
    struct bytes in;

    parse->offset = DNS_HEADER_SIZE;
    if (dns_name_take(parse->packet, &parse->offset, false, &name, &parse->why) < 0)
        return -EBADMSG;
    in = bytes_of(parse->packet.data + parse->offset, parse->packet.size - parse->offset);
    if (!dns_name_equal(&name, asked) || take_u16(&in) != type) {
        parse->why = "answer to another question";
        return -EBADMSG;
    }
    parse->offset += 4; /* type and class */
    return 0;
}

static int copy_record(struct parse *parse, const struct dns_wire_record *found, struct dns_record *record)
{
    struct dns_name owner = found->owner;
    struct buffer data = {.limit = 2 * DNS_PACKET_MAX}; /* decompressed names may make it longer */
    int result = dns_wire_expand(parse->packet, found, &data);

    if (result == 0) {
        dns_name_lower(&owner);
        record->name = dns_name_text(parse->arena, &owner);
        record->type = found->type;
        record->ttl = found->ttl;
        record->data = bytes_of(arena_copy(parse->arena, data.data, data.size), data.size);
        if (record->name == NULL || record->data.data == NULL)
            result = -ENOMEM;
    }
    buffer_free(&data);
    return result;
}

/* The first extended error of the OPT record, and the upper bits of the response code. */
static int note_opt(struct parse *parse, const struct dns_wire_record *opt)
{
    struct bytes in = bytes_of(parse->packet.data + opt->data_offset, opt->data_size);

    parse->answer->edns_stripped = false;
    parse->rcode = (uint16_t)(parse->rcode | opt->ttl >> 24 << 4);
    while (in.size > 0 && !parse->answer->extended_error.known) {
        uint16_t code = take_u16(&in);
        struct bytes option = take_block(&in, take_u16(&in));
        uint16_t error = take_u16(&option);

        if (code != OPTION_EXTENDED_ERROR || option.failed)
            continue;
        parse->answer->extended_error = number(error);
        if (option.size > 0) {
            parse->extended_text = text_clean(parse->arena, option.data, option.size, EXTENDED_TEXT_MAX);
            if (parse->extended_text == NULL)
                return -ENOMEM;
        }
    }
    return 0;
}

/* `to` is NULL for the additional section, of which nothing but OPT is believed. */
static int take_section(struct parse *parse, size_t count, struct list *to)
{
    struct dns_wire_record found;
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        result = dns_wire_take_record(parse->packet, &parse->offset, &found, &parse->why);
        if (result < 0)
            return result;
        if (to != NULL) {
            struct dns_record *record = list_new_item(to, parse->arena, sizeof(*record));

            result = record != NULL ? copy_record(parse, &found, record) : -ENOMEM;
        } else if (found.type == DNS_TYPE_OPT) {
            result = note_opt(parse, &found);
        }
    }
    return result;
}

static int take_sections(struct parse *parse)
{
    struct bytes counts = bytes_of(parse->packet.data + 6, 6);
    uint16_t answers = take_u16(&counts);
    uint16_t authority = take_u16(&counts);
    int result = take_section(parse, answers, &parse->answer->answer);

    if (result == 0)
        result = take_section(parse, authority, &parse->answer->authority);
    if (result == 0)
        result = take_section(parse, take_u16(&counts), NULL);
    return result;
}

/* Adds a record to those that answer, once (RFC 2181 5.5). Its text is for people, who never see the others. */
static int believe(struct parse *parse, struct dns_record *record)
{
    struct dns_answer *answer = parse->answer;

    for (size_t i = 0; i < answer->records.count; i++) {
        const struct dns_record *other = answer->records.items[i];

        if (bytes_equal(other->data, record->data))
            return 0;
    }
    if (answer->records.count == 0 || record->ttl < answer->ttl)
        answer->ttl = record->ttl;
    record->text = dns_data_text(parse->arena, record->type, record->data);
    return record->text != NULL ? list_add(&answer->records, parse->arena, record) : -ENOMEM;
}

/*
 * Looks for `name` in the answer section: the records of the type asked for are added to those that answer;
 * *ret_target is what an alias leads to, NULL when there is none.
 */
static int look_up(struct parse *parse, const char *name, const char **ret_target)
{
    struct dns_answer *answer = parse->answer;
    const char *target = NULL;

    for (size_t i = 0; i < answer->answer.count; i++) {
        struct dns_record *record = answer->answer.items[i];
        int result = 0;

        if (strcmp(record->name, name) != 0)
            continue;
        if (record->type == answer->type) {
            result = believe(parse, record);
        } else if (record->type == DNS_CNAME) {
            const char *other = target;

            result = dns_record_name(record, parse->arena, &target);
            if (result == 0 && other != NULL && strcmp(other, target) != 0) {
                parse->why = "two aliases for one name";
                return -EBADMSG;
            }
        }
        if (result < 0)
            return result;
    }
    *ret_target = target;
    return 0;
}

static bool alias_seen(const struct dns_answer *answer, const char *name)
{
    return strcmp(answer->name, name) == 0 || list_has_text(&answer->aliases, name);
}

static int fail(struct parse *parse, const char *reason)
{
    parse->answer->outcome = DNS_FAILURE;
    parse->answer->reason = reason;
    return reason != NULL ? 0 : -ENOMEM;
}

/* Follows the aliases from the name asked for; *ret_last is where they lead. */
static int follow_chain(struct parse *parse, const char **ret_last)
{
    struct dns_answer *answer = parse->answer;
    const char *name = answer->name;

    for (;;) {
        const char *target;
        int result = look_up(parse, name, &target);

        if (result < 0)
            return result;
        if (answer->records.count > 0 || target == NULL)
            break;
        if (alias_seen(answer, target))
            return fail(parse, arena_format(parse->arena, "CNAME loop at %s", target));
        if (answer->aliases.count == DNS_ALIASES_MAX)
            return fail(parse, "CNAME chain longer than 8 links");
        char *alias = arena_text(parse->arena, target);

        if (alias == NULL || list_add(&answer->aliases, parse->arena, alias) < 0)
            return -ENOMEM;
        name = alias;
    }
    *ret_last = name;
    return 0;
}

static bool authority_has(const struct parse *parse, uint16_t type, const char *name)
{
    struct dns_name below;
    struct dns_name owner;

    if (dns_name_from_text(name, &below) < 0)
        return false;
    for (size_t i = 0; i < parse->answer->authority.count; i++) {
        const struct dns_record *record = parse->answer->authority.items[i];

        if (record->type == type && dns_name_from_text(record->name, &owner) == 0 &&
            dns_name_within(&below, &owner))
            return true;
    }
    return false;
}

/* No record of the type: which kind of nothing is it? `last` is the end of the chain. */
static int judge_nothing(struct parse *parse, const char *last)
{
    struct dns_answer *answer = parse->answer;
    bool soa = authority_has(parse, DNS_SOA, last);

    if (answer->aliases.count == 0) {
        for (size_t i = 0; i < answer->answer.count; i++) {
            const struct dns_record *record = answer->answer.items[i];

            if (record->type == answer->type || record->type == DNS_CNAME) {
                parse->why = "records of another name than the one asked for";
                return -EBADMSG;
            }
        }
    }
    if (parse->rcode == DNS_RCODE_NXDOMAIN)
        answer->outcome = DNS_NXDOMAIN;
    else if (soa)
        answer->outcome = DNS_NODATA;
    else if (answer->aliases.count > 0)
        answer->outcome = DNS_NOT_ASKED;
    else if (authority_has(parse, DNS_NS, last) && (parse->flags & FLAG_RECURSION) == 0)
        return fail(parse, "referral: the server does not resolve names for us");
    else
        answer->outcome = DNS_NODATA;
    return 0;
}

static char *failure_text(struct parse *parse)
{
    const char *name = dns_rcode_name(parse->rcode);
    const struct number *error = &parse->answer->extended_error;
    const char *error_name = extended_error_name(error->value);
    char *text = name != NULL ? arena_text(parse->arena, name)
                              : arena_format(parse->arena, "response code %u", parse->rcode);

    if (text == NULL || !error->known)
        return text;
    return arena_format(parse->arena, "%s (extended error %d, %s%s%s)", text, (int)error->value,
                        error_name != NULL ? error_name : "unnamed", parse->extended_text != NULL ? ": " : "",
                        parse->extended_text != NULL ? parse->extended_text : "");
}

static int judge_packet(struct parse *parse)
{
    struct dns_answer *answer = parse->answer;
    const char *last = NULL;
    int result;

    answer->rcode = number(parse->rcode);
    answer->authenticated = (parse->flags & FLAG_AUTHENTICATED) != 0;
    answer->authoritative = (parse->flags & FLAG_AUTHORITATIVE) != 0;
    answer->truncated = (parse->flags & FLAG_TRUNCATED) != 0;
    if (answer->truncated)
        return fail(parse, "truncated answer");
    if (parse->rcode != DNS_RCODE_NOERROR && parse->rcode != DNS_RCODE_NXDOMAIN)
        return fail(parse, failure_text(parse));
    result = follow_chain(parse, &last);
    if (result < 0 || answer->outcome == DNS_FAILURE)
        return result;
    if (answer->records.count == 0)
        return judge_nothing(parse, last);
    if (parse->rcode == DNS_RCODE_NXDOMAIN) {
        parse->why = "NXDOMAIN together with records";
        return -EBADMSG;
    }
    answer->outcome = DNS_DATA;
    return 0;
}

int dns_answer_parse(struct bytes packet, const char *name, uint16_t type, struct arena *arena,
                     struct dns_answer **ret, const char **ret_why)
{
    struct parse parse = {.packet = packet, .arena = arena};
    struct bytes header = packet;
    struct dns_name asked;
    int result;

    if (dns_name_from_text(name, &asked) < 0)
        return -EINVAL;
    if (dns_wire_check(packet, ret_why) < 0)
        return -EBADMSG;
    dns_name_lower(&asked);
    parse.answer = arena_alloc(arena, sizeof(*parse.answer));
    if (parse.answer == NULL)
        return -ENOMEM;
    take_u16(&header);
    parse.flags = take_u16(&header);
    parse.rcode = parse.flags & 15;
    parse.answer->edns_stripped = true;
    parse.answer->name = dns_name_text(arena, &asked);
    parse.answer->type = type;
    parse.answer->packet = bytes_of(arena_copy(arena, packet.data, packet.size), packet.size);
    if (parse.answer->name == NULL || parse.answer->packet.data == NULL)
        return -ENOMEM;
    result = check_question(&parse, &asked, type);
    if (result == 0)
        result = take_sections(&parse);
    if (result == 0)
        result = judge_packet(&parse);
    if (result == -EBADMSG)
        *ret_why = parse.why;
    if (result == 0)
        *ret = parse.answer;
    return result;
}
