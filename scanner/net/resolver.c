/*
 * resolver.c - what the records of an answer say, and the answer as facts
 */
#include "scanner/net/resolver.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns_packet.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

enum { FACT_RECORDS_MAX = 64, FACT_TEXT_MAX = 4096, FACT_PACKET_MAX = 4096 };

int dns_record_address(const struct dns_record *record, struct address *ret)
{
    struct address address = {.family = record->type == DNS_A ? AF_INET : AF_INET6};
    size_t size = record->type == DNS_A ? sizeof(struct in_addr) : sizeof(struct in6_addr);

    if ((record->type != DNS_A && record->type != DNS_AAAA) || record->data.size != size)
        return -EBADMSG;
    memcpy(address.octets, record->data.data, size);
    *ret = address;
    return 0;
}

/* The one name that is left of `data`, lower case. */
static int take_last_name(struct bytes data, struct arena *arena, const char **ret)
{
    struct dns_name name;
    size_t offset = 0;
    const char *why;
    const char *text;

    if (dns_name_take(data, &offset, false, &name, &why) < 0 || offset != data.size)
        return -EBADMSG;
    dns_name_lower(&name);
    text = dns_name_text(arena, &name);
    if (text == NULL)
        return -ENOMEM;
    *ret = text;
    return 0;
}

int dns_record_mx(const struct dns_record *record, struct arena *arena, uint16_t *ret_preference,
                  const char **ret_host)
{
    struct bytes data = record->data;
    uint16_t preference = take_u16(&data);
    int result;

    if (record->type != DNS_MX || data.failed)
        return -EBADMSG;
    result = take_last_name(data, arena, ret_host);
    if (result == 0)
        *ret_preference = preference;
    return result;
}

int dns_record_name(const struct dns_record *record, struct arena *arena, const char **ret)
{
    if (record->type != DNS_PTR && record->type != DNS_CNAME && record->type != DNS_NS)
        return -EBADMSG;
    return take_last_name(record->data, arena, ret);
}

int dns_record_txt(const struct dns_record *record, struct arena *arena, struct bytes *ret)
{
    struct bytes data = record->data;
    uint8_t *joined;
    size_t size = 0;

    if (record->type != DNS_TXT || !dns_data_valid(DNS_TXT, data))
        return -EBADMSG;
    joined = arena_alloc(arena, data.size); /* one length byte less: room for a final NUL */
    if (joined == NULL)
        return -ENOMEM;
    while (data.size > 0) {
        struct bytes string = take_block(&data, take_u8(&data));

        if (string.size > 0)
            memcpy(joined + size, string.data, string.size);
        size += string.size;
    }
    *ret = bytes_of(joined, size);
    return 0;
}

static int copy_texts(const struct dns_answer *answer, struct arena *arena, struct dns_question_facts *facts)
{
    for (size_t i = 0; i < answer->aliases.count; i++) {
        char *alias = arena_text(arena, answer->aliases.items[i]);

        if (alias == NULL || list_add(&facts->aliases, arena, alias) < 0)
            return -ENOMEM;
    }
    for (size_t i = 0; i < answer->records.count && i < FACT_RECORDS_MAX; i++) {
        const struct dns_record *record = answer->records.items[i];
        char *text = text_clean_again(arena, record->text, strlen(record->text), FACT_TEXT_MAX);

        if (text == NULL || list_add(&facts->records, arena, text) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void note_outcome(const struct dns_answer *answer, struct dns_question_facts *facts)
{
    facts->outcome = answer->outcome;
    facts->rcode = answer->rcode;
    facts->milliseconds = number(answer->milliseconds);
    switch (answer->outcome) {
    case DNS_DATA:
        facts->ttl = number(answer->ttl);
        facts->authenticated = known(answer->authenticated);
        facts->aliases.observed = facts->records.observed = true;
        break;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        facts->authenticated = known(answer->authenticated);
        facts->aliases.observed = facts->records.observed = true;
        break;
    case DNS_FAILURE:
    case DNS_NOT_ASKED:
        break;
    }
}

struct dns_question_facts *dns_answer_facts(const struct dns_answer *answer, struct arena *arena)
{
    struct dns_question_facts *facts = arena_alloc(arena, sizeof(*facts));
    const char *type = dns_type_name(answer->type);
    size_t packet_size = answer->packet.size < FACT_PACKET_MAX ? answer->packet.size : FACT_PACKET_MAX;

    if (facts == NULL)
        return NULL;
    note_outcome(answer, facts);
    facts->name = arena_text(arena, answer->name);
    facts->type = type != NULL ? arena_text(arena, type) : arena_format(arena, "TYPE%u", answer->type);
    facts->reason = arena_text(arena, answer->reason);
    facts->server = arena_text(arena, answer->server);
    facts->security = answer->security;
    facts->security_reason = arena_text(arena, answer->security_reason);
    if (answer->packet.data != NULL)
        facts->packet = bytes_of(arena_copy(arena, answer->packet.data, packet_size), packet_size);
    if (facts->name == NULL || facts->type == NULL || (answer->reason != NULL && facts->reason == NULL) ||
        (answer->server != NULL && facts->server == NULL) ||
        (answer->security_reason != NULL && facts->security_reason == NULL) ||
        (answer->packet.data != NULL && facts->packet.data == NULL) || copy_texts(answer, arena, facts) < 0)
        return NULL;
    return facts;
}
