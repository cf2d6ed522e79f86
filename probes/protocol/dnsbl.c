/*
 * dnsbl.c - names to ask a blacklist for, and its answers
 *
 * RFC 5782; its section 5 has the test entries. A list answers with addresses of 127.0.0.0/8 that it
 * explains. Any other answer comes from somebody who bought the name, or who answers everything: it is never a listing.
 */
#include "probes/protocol/dnsbl.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS_MAX = 16, TEXTS_MAX = 4, TEXT_MAX = 300 };

const char *dnsbl_name(const struct blocklist *list, const char *subject, struct arena *arena)
{
    char reverse[ADDRESS_REVERSE_SIZE];
    struct address address;
    const char *end;

    if (list->kind == BLOCKLIST_DOMAIN || address_parse(subject, &address) < 0)
        return arena_format(arena, "%s.%s", subject, list->asked);
    address_reverse_name(&address, reverse);
    end = strstr(reverse, address.family == AF_INET6 ? ".ip6.arpa" : ".in-addr.arpa");
    return arena_format(arena, "%.*s.%s", (int)(end - reverse), reverse, list->asked);
}

/* ---- codes ---- */

static bool fits(const struct blocklist_code *code, const uint8_t octets[static 4])
{
    if (code->bit != 0)
        return octets[1] == 0 && octets[2] == 0 && (octets[3] & code->bit) != 0;
    for (size_t i = 0; i < 4; i++)
        if (octets[i] < code->first[i] || octets[i] > code->last[i])
            return false;
    return true;
}

/* Adds a fact for each code that fits; how many did. */
static int add_codes(const struct list *codes, const struct address *address, struct arena *arena,
                     struct list *ret, size_t *ret_count)
{
    char text[ADDRESS_TEXT_SIZE];

    *ret_count = 0;
    for (size_t i = 0; i < codes->count; i++) {
        const struct blocklist_code *code = codes->items[i];
        struct dnsbl_code_facts *facts;

        if (!fits(code, address->octets))
            continue;
        facts = list_new_item(ret, arena, sizeof(*facts));
        if (facts == NULL)
            return -ENOMEM;
        facts->code = arena_text(arena, address_format(address, text));
        facts->meaning = code->meaning;
        facts->policy = known(code->policy);
        if (facts->code == NULL)
            return -ENOMEM;
        ++*ret_count;
    }
    return 0;
}

/* Servers give their records in any order, and a scan its facts in one. */
static int compare_codes(const void *a, const void *b)
{
    const struct dnsbl_code_facts *const *first = a, *const *second = b;

    return strverscmp((*first)->code, (*second)->code);
}

static int compare_texts(const void *a, const void *b)
{
    const char *const *first = a, *const *second = b;

    return strcmp(*first, *second);
}

static int fault(struct dnsbl_reading *reading, enum dnsbl_fault kind, const char *reason)
{
    *reading = (struct dnsbl_reading){.fault = kind, .reason = reason};
    return reason == NULL ? -ENOMEM : 0;
}

/* Refusals come first: their addresses may look like codes. */
static int read_refusal(const struct blocklist *list, const struct address *address, struct arena *arena,
                        struct dnsbl_reading *reading)
{
    static const struct blocklist_code usual = {.first = {127, 255, 255, 0},
                                                .last = {127, 255, 255, 255},
                                                .meaning = "it does not answer this resolver"};
    char text[ADDRESS_TEXT_SIZE];
    const char *meaning = NULL;

    for (size_t i = 0; i < list->refusals.count && meaning == NULL; i++)
        if (fits(list->refusals.items[i], address->octets))
            meaning = ((const struct blocklist_code *)list->refusals.items[i])->meaning;
    if (meaning == NULL && fits(&usual, address->octets))
        meaning = usual.meaning;
    if (meaning == NULL)
        return 0;
    return fault(reading, DNSBL_REFUSED,
                 arena_format(arena, "%s (%s)", meaning, address_format(address, text)));
}

static int read_address(const struct blocklist *list, const struct address *address, struct arena *arena,
                        struct dnsbl_reading *reading)
{
    char text[ADDRESS_TEXT_SIZE];
    size_t count;
    int result;

    address_format(address, text);
    if (address->octets[0] != 127)
        return fault(reading, DNSBL_LISTS_ALL,
                     arena_format(arena,
                                  "it answers %s, which is no answer of a list: its name was sold or parked",
                                  text));
    result = read_refusal(list, address, arena, reading);
    if (result < 0 || reading->fault != DNSBL_FAULT_NOT_OBSERVED)
        return result;
    return add_codes(&list->codes, address, arena, &reading->codes, &count);
}

static int read_records(const struct blocklist *list, const struct dns_answer *answer, struct arena *arena,
                        struct dnsbl_reading *reading)
{
    char text[ADDRESS_TEXT_SIZE] = "";
    int result = 0;

    for (size_t i = 0; i < answer->records.count && i < RECORDS_MAX && result == 0; i++) {
        struct address address;

        if (dns_record_address(answer->records.items[i], &address) < 0 || address.family != AF_INET)
            continue;
        address_format(&address, text);
        result = read_address(list, &address, arena, reading);
        if (reading->fault != DNSBL_FAULT_NOT_OBSERVED)
            return result;
    }
    if (result == 0 && reading->codes.count == 0)
        return fault(reading, DNSBL_UNDOCUMENTED,
                     arena_format(arena, "it answers %s, which it does not explain", text));
    qsort(reading->codes.items, reading->codes.count, sizeof(void *), compare_codes);
    reading->result = DNSBL_LISTED;
    return result;
}

/* The list's key is in the names that are asked for, and nobody else's business. */
static bool tells_key(const struct blocklist *list, const char *text)
{
    return list->key != NULL && strcasestr(text, list->key) != NULL;
}

int dnsbl_read(const struct blocklist *list, const struct dns_answer *answer, struct arena *arena,
               struct dnsbl_reading *ret)
{
    enum { REFUSED = 5 };

    *ret = (struct dnsbl_reading){0};
    if (answer == NULL)
        return fault(ret, DNSBL_STOPPED, "it was not asked to the end");
    switch (answer->outcome) {
    case DNS_NOT_ASKED:
        return fault(ret, DNSBL_STOPPED, "it was not asked");
    case DNS_FAILURE:
        return fault(
            ret, answer->rcode.known && answer->rcode.value == REFUSED ? DNSBL_REFUSED : DNSBL_NO_ANSWER,
            arena_format(arena, "it gave no answer (%s)",
                         answer->reason == NULL || tells_key(list, answer->reason) ? "unknown reason"
                                                                                   : answer->reason));
    case DNS_NODATA:
    case DNS_NXDOMAIN:
        ret->result = DNSBL_CLEAN;
        return 0;
    case DNS_DATA:
        break;
    }
    return read_records(list, answer, arena, ret);
}

/* ---- the self-test ---- */

static bool is_fault(enum dnsbl_fault kind)
{
    return kind != DNSBL_FAULT_NOT_OBSERVED && kind != DNSBL_UNDOCUMENTED;
}

int dnsbl_read_test(const struct blocklist *list, const struct dns_answer *listed,
                    const struct dns_answer *unlisted, struct arena *arena, enum dnsbl_fault *ret_fault,
                    const char **ret_reason)
{
    struct dnsbl_reading present = {.result = DNSBL_LISTED}, absent = {.result = DNSBL_CLEAN};
    int result = 0;

    if (list->test_unlisted != NULL)
        result = dnsbl_read(list, unlisted, arena, &absent);
    if (result == 0 && list->test_listed != NULL)
        result = dnsbl_read(list, listed, arena, &present);
    if (result < 0)
        return result;
    *ret_fault = DNSBL_FAULT_NOT_OBSERVED;
    *ret_reason = NULL;
    /* a test entry may have a code of its own: that it is there is enough */
    if (is_fault(present.fault) || is_fault(absent.fault)) {
        const struct dnsbl_reading *worse = is_fault(absent.fault) && absent.fault != DNSBL_NO_ANSWER
                                                ? &absent
                                            : is_fault(present.fault) ? &present
                                                                      : &absent;

        *ret_fault = worse->fault;
        *ret_reason = worse->reason;
    } else if (absent.result != DNSBL_CLEAN) {
        *ret_fault = DNSBL_LISTS_ALL;
        *ret_reason =
            arena_format(arena, "it lists %s, which no list may: it answers everything", list->test_unlisted);
    } else if (present.result == DNSBL_CLEAN) {
        *ret_fault = DNSBL_LISTS_NONE;
        *ret_reason = arena_format(
            arena, "it does not list %s, its test entry: it is empty, or does not answer this resolver",
            list->test_listed);
    }
    return *ret_fault != DNSBL_FAULT_NOT_OBSERVED && *ret_reason == NULL ? -ENOMEM : 0;
}

/* ---- reasons ---- */

int dnsbl_read_texts(const struct blocklist *list, const struct dns_answer *answer, struct arena *arena,
                     struct list *texts)
{
    if (answer == NULL || answer->outcome != DNS_DATA)
        return 0;
    for (size_t i = 0; i < answer->records.count && texts->count < TEXTS_MAX; i++) {
        struct bytes data;
        char *text;
        int result = dns_record_txt(answer->records.items[i], arena, &data);

        if (result == -EBADMSG)
            continue;
        text = result < 0 ? NULL : text_clean(arena, data.data, data.size, TEXT_MAX);
        if (text == NULL)
            return -ENOMEM;
        if (text[0] == '\0' || tells_key(list, text))
            continue;
        if (list_add(texts, arena, text) < 0)
            return -ENOMEM;
    }
    if (texts->count > 1)
        qsort(texts->items, texts->count, sizeof(void *), compare_texts);
    return 0;
}
