/*
 * dns_result.c - the end of a question: the packets that answered it, and the answer they make
 *
 * A chain of aliases may take several packets: each after the first answers for the name at which the one
 * before it ended.
 */
#include "scanner/net/dns_cache.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SECOND_MS = 1000, DATA_SECONDS_MAX = 3600, NOTHING_SECONDS_MAX = 900, FAILURE_SECONDS = 5 };

struct dns_result *dns_result_new(void)
{
    struct dns_result *result = calloc(1, sizeof(*result));

    if (result != NULL)
        result->references = 1;
    return result;
}

void dns_result_release(struct dns_result *result)
{
    if (result == NULL || --result->references > 0)
        return;
    for (size_t i = 0; i < result->packet_count; i++)
        free((void *)(uintptr_t)result->packets[i].data);
    free(result->failure);
    free(result);
}

void dns_result_add(struct dns_result *result, struct bytes packet)
{
    result->packets[result->packet_count++] = packet;
}

static int append(struct list *list, const struct list *more, struct arena *arena)
{
    for (size_t i = 0; i < more->count; i++)
        if (list_add(list, arena, more->items[i]) < 0)
            return -ENOMEM;
    return 0;
}

int dns_answer_extend(struct dns_answer *answer, const struct dns_answer *more, struct arena *arena)
{
    struct list authority = more->authority; /* ahead of what proves the links before */

    if (append(&answer->aliases, &more->aliases, arena) < 0 ||
        append(&answer->answer, &more->answer, arena) < 0 ||
        append(&authority, &answer->authority, arena) < 0)
        return -ENOMEM;
    answer->authority = authority;
    answer->outcome = more->outcome;
    answer->rcode = more->rcode;
    answer->reason = more->reason;
    answer->extended_error = more->extended_error;
    answer->authenticated = answer->authenticated && more->authenticated;
    answer->authoritative = answer->authoritative && more->authoritative;
    answer->edns_stripped = answer->edns_stripped || more->edns_stripped;
    answer->ttl = more->ttl;
    answer->records = more->records;
    answer->packet = more->packet;
    return 0;
}

static int parse_packets(const struct dns_result *result, const char *name, uint16_t type,
                         struct arena *arena, struct dns_answer **ret, const char **ret_why)
{
    struct dns_answer *answer;
    int error = dns_answer_parse(result->packets[0], name, type, arena, &answer, ret_why);

    if (error < 0)
        return error;
    for (size_t i = 1; i < result->packet_count && answer->outcome == DNS_NOT_ASKED; i++) {
        const char *last = answer->aliases.items[answer->aliases.count - 1];
        struct dns_answer *more;

        error = dns_answer_parse(result->packets[i], last, type, arena, &more, ret_why);
        if (error == 0)
            error = dns_answer_extend(answer, more, arena);
        if (error < 0)
            return error;
    }
    *ret = answer;
    return 0;
}

/* Of a question that ended without a usable packet. What came is kept as evidence. */
static int make_failure(const struct dns_result *result, const char *name, uint16_t type, struct arena *arena,
                        struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));
    struct dns_name asked;

    if (dns_name_from_text(name, &asked) < 0)
        return -EINVAL;
    if (answer == NULL)
        return -ENOMEM;
    dns_name_lower(&asked);
    answer->name = dns_name_text(arena, &asked);
    answer->type = type;
    answer->outcome = DNS_FAILURE;
    answer->reason = arena_text(arena, result->failure);
    if (answer->name == NULL || answer->reason == NULL)
        return -ENOMEM;
    if (result->packet_count > 0) {
        struct bytes packet = result->packets[result->packet_count - 1];

        answer->packet = bytes_of(arena_copy(arena, packet.data, packet.size), packet.size);
        if (answer->packet.data == NULL)
            return -ENOMEM;
    }
    *ret = answer;
    return 0;
}

int dns_result_answer(const struct dns_result *result, const char *name, uint16_t type, struct arena *arena,
                      struct dns_answer **ret, const char **ret_why)
{
    struct dns_answer *answer = NULL;
    int error = -EBADMSG;

    if (result->packet_count > 0)
        error = parse_packets(result, name, type, arena, &answer, ret_why);
    if (error == 0 && result->failure != NULL) { /* the chain broke off behind these packets */
        answer->outcome = DNS_FAILURE;
        answer->reason = arena_text(arena, result->failure);
        error = answer->reason != NULL ? 0 : -ENOMEM;
    } else if (error == -EBADMSG && result->failure != NULL) {
        error = make_failure(result, name, type, arena, &answer);
    }
    if (error < 0 || answer == NULL)
        return error;
    answer->truncated_retry = result->tcp;
    answer->milliseconds = result->milliseconds;
    if (result->server[0] != '\0') {
        answer->server = arena_text(arena, result->server);
        if (answer->server == NULL)
            return -ENOMEM;
    }
    *ret = answer;
    return 0;
}

static uint32_t smallest_ttl(const struct list *records, uint32_t most)
{
    for (size_t i = 0; i < records->count; i++) {
        const struct dns_record *record = records->items[i];

        if (record->ttl < most)
            most = record->ttl;
    }
    return most;
}

/* RFC 2308 5: the SOA's own time to live and its last field, whichever is smaller. Without one nothing says
 * how long there will be nothing. */
static uint32_t nothing_seconds(const struct dns_answer *answer)
{
    uint32_t seconds = smallest_ttl(&answer->answer, NOTHING_SECONDS_MAX); /* aliases */

    for (size_t i = 0; i < answer->authority.count; i++) {
        const struct dns_record *record = answer->authority.items[i];
        struct bytes minimum;

        if (record->type != DNS_SOA || record->data.size < 4)
            continue;
        minimum = bytes_of(record->data.data + record->data.size - 4, 4);
        uint32_t last = take_u32(&minimum);

        seconds = record->ttl < seconds ? record->ttl : seconds;
        return last < seconds ? last : seconds;
    }
    return seconds < FAILURE_SECONDS ? seconds : FAILURE_SECONDS;
}

int64_t dns_answer_lifetime_ms(const struct dns_answer *answer)
{
    switch (answer->outcome) {
    case DNS_DATA:
        return (int64_t)smallest_ttl(&answer->answer, DATA_SECONDS_MAX) * SECOND_MS;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        return (int64_t)nothing_seconds(answer) * SECOND_MS;
    case DNS_FAILURE:
        return FAILURE_SECONDS * SECOND_MS;
    case DNS_NOT_ASKED:
        break;
    }
    return 0;
}
