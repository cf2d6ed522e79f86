/*
 * fake_resolver.c - a resolver that answers from a table, for tests of probes and evaluators
 */
#include "tests/unit/fake_resolver.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns_packet.h"
#include "scanner/net/task.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_TTL = 3600, ALIASES_MAX = 8, WORD_SIZE = 1024, STRING_MAX = 255 };

struct fake_resolver {
    struct resolver resolver;
    struct engine *engine;
    const struct fake_answer *table;
    size_t count;
    struct arena *arena;
    struct list questions;
};

/* ---- records from text ---- */

/* The next word of *text; false at the end. */
static bool take_word(const char **text, char word[static WORD_SIZE])
{
    size_t size;

    *text += strspn(*text, " ");
    size = strcspn(*text, " ");
    if (size == 0 || size >= WORD_SIZE)
        return false;
    memcpy(word, *text, size);
    word[size] = '\0';
    *text += size;
    return true;
}

static int put_number(struct buffer *out, const char **text, size_t size)
{
    char word[WORD_SIZE];
    int64_t most = ((int64_t)1 << 8 * size) - 1;
    int64_t value;

    if (!take_word(text, word) || text_number(word, 0, most, &value) < 0)
        return -EINVAL;
    for (size_t i = size; i > 0; i--)
        put_u8(out, (uint8_t)(value >> 8 * (i - 1)));
    return 0;
}

static int put_name(struct buffer *out, const char **text)
{
    char word[WORD_SIZE];
    struct dns_name name;

    if (!take_word(text, word) || dns_name_from_text(word, &name) < 0)
        return -EINVAL;
    put_block(out, name.wire, name.size);
    return 0;
}

static int put_address(struct buffer *out, const char **text, int family)
{
    char word[WORD_SIZE];
    struct address address;

    if (!take_word(text, word) || address_parse(word, &address) < 0 || address.family != family)
        return -EINVAL;
    put_block(out, address.octets, family == AF_INET ? 4 : 16);
    return 0;
}

static int hex_value(char digit)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;

    return found != NULL ? (int)((found - digits) % 16) : -1;
}

static int put_hex(struct buffer *out, const char **text)
{
    for (; **text != '\0'; (*text)++) {
        int high;

        if (**text == ' ')
            continue;
        high = hex_value((*text)[0]);
        if (high < 0 || hex_value((*text)[1]) < 0)
            return -EINVAL;
        put_u8(out, (uint8_t)(high * 16 + hex_value((*text)[1])));
        (*text)++;
    }
    return 0;
}

/* One character-string: in quotes with \" \\ \DDD, or all that is left when there are no quotes. */
static int put_string(struct buffer *out, const char **text, bool with_length)
{
    struct buffer string = {.limit = DNS_PACKET_MAX};
    bool quoted = **text == '"';
    const char *at = *text + (quoted ? 1 : 0);
    int result = 0;

    while (*at != '\0' && !(quoted && *at == '"')) {
        if (*at == '\\' && isdigit((unsigned char)at[1]) && isdigit((unsigned char)at[2]) &&
            isdigit((unsigned char)at[3])) {
            put_u8(&string, (uint8_t)(100 * (at[1] - '0') + 10 * (at[2] - '0') + (at[3] - '0')));
            at += 4;
            continue;
        }
        if (*at == '\\' && at[1] != '\0')
            at++;
        put_u8(&string, (uint8_t)*at++);
    }
    if (quoted && *at++ != '"')
        result = -EINVAL;
    if (quoted && with_length && string.size > STRING_MAX)
        result = -EINVAL;
    for (size_t done = 0; result == 0 && with_length && (done < string.size || done == 0);) {
        size_t size = string.size - done < STRING_MAX ? string.size - done : STRING_MAX;

        put_u8(out, (uint8_t)size);
        put_block(out, string.data + done, size);
        done += size;
        if (size == 0)
            break;
    }
    if (!with_length)
        put_block(out, string.data, string.size);
    buffer_free(&string);
    *text = at + strspn(at, " ");
    return result;
}

/* Field by field: digits are numbers, n a name, a A addresses, x hex to the end, s strings to the end, t a
 * tag (a word behind a length byte), v a value in quotes to the end. */
static int put_field(struct buffer *out, char field, const char **text)
{
    char word[WORD_SIZE];

    switch (field) {
    case 'n':
        return put_name(out, text);
    case 'a':
        return put_address(out, text, AF_INET);
    case 'A':
        return put_address(out, text, AF_INET6);
    case 'x':
        return put_hex(out, text);
    case 's':
        do
            if (put_string(out, text, true) < 0)
                return -EINVAL;
        while (**text != '\0');
        return 0;
    case 'v':
        *text += strspn(*text, " ");
        return put_string(out, text, false);
    case 't':
        if (!take_word(text, word))
            return -EINVAL;
        put_u8(out, (uint8_t)strlen(word));
        put_text(out, word);
        return 0;
    default:
        return put_number(out, text, (size_t)(field - '0'));
    }
}

int fake_record_data(const char *type, const char *text, struct buffer *out)
{
    static const char *const shapes[][2] = {
        {"A", "a"},   {"AAAA", "A"},      {"NS", "n"},     {"CNAME", "n"},   {"PTR", "n"},   {"MX", "2n"},
        {"TXT", "s"}, {"SOA", "nn44444"}, {"SRV", "222n"}, {"TLSA", "111x"}, {"CAA", "1tv"}, {"DNAME", "n"},
    };
    const char *shape = NULL;

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        if (strcmp(shapes[i][0], type) == 0)
            shape = shapes[i][1];
    if (strncmp(text, "\\# ", 3) == 0) {
        char word[WORD_SIZE];

        text += 3;
        return take_word(&text, word) ? put_hex(out, &text) : -EINVAL;
    }
    if (shape == NULL)
        return -EINVAL;
    for (; *shape != '\0'; shape++)
        if (put_field(out, *shape, &text) < 0)
            return -EINVAL;
    return text[strspn(text, " ")] == '\0' && !out->failed ? 0 : -EINVAL;
}

static uint16_t type_number(const char *type)
{
    uint16_t number = dns_type_number(type);

    if (number == 0 && strncmp(type, "TYPE", 4) == 0)
        number = (uint16_t)strtoul(type + 4, NULL, 10);
    if (number == 0) {
        fprintf(stderr, "fake resolver: no type %s\n", type);
        abort();
    }
    return number;
}

static struct dns_record *make_record(struct arena *arena, const char *name, const struct fake_answer *entry,
                                      const char *text)
{
    struct dns_record *record = arena_alloc(arena, sizeof(*record));
    struct buffer data = {.limit = DNS_PACKET_MAX};

    if (record == NULL)
        return NULL;
    record->type = type_number(entry->type);
    if (fake_record_data(entry->type, text, &data) < 0 ||
        !dns_data_valid(record->type, bytes_of(data.data, data.size))) {
        fprintf(stderr, "fake resolver: %s %s %s is no record\n", name, entry->type, text);
        abort();
    }
    record->name = arena_text(arena, name);
    record->ttl = entry->ttl != 0 ? entry->ttl : DEFAULT_TTL;
    record->data = bytes_of(arena_copy(arena, data.data, data.size), data.size);
    record->text = dns_data_text(arena, record->type, record->data);
    buffer_free(&data);
    return record->name != NULL && record->data.data != NULL && record->text != NULL ? record : NULL;
}

/* ---- answers ---- */

static const struct fake_answer *find(const struct fake_resolver *fake, const char *name, uint16_t type)
{
    for (size_t i = 0; i < fake->count; i++)
        if (text_same_name(fake->table[i].name, name) && type_number(fake->table[i].type) == type)
            return &fake->table[i];
    return NULL;
}

/* Is the name there, or anything below it? */
static bool exists(const struct fake_resolver *fake, const char *name)
{
    struct dns_name wanted;
    struct dns_name entry;

    if (dns_name_from_text(name, &wanted) < 0)
        return false;
    for (size_t i = 0; i < fake->count; i++)
        if (dns_name_from_text(fake->table[i].name, &entry) == 0 && dns_name_within(&entry, &wanted))
            return true;
    return false;
}

static int add_records(struct arena *arena, const char *name, const struct fake_answer *entry,
                       struct dns_answer *answer)
{
    for (size_t i = 0; i < FAKE_RECORDS_MAX && entry->records[i] != NULL; i++) {
        struct dns_record *record = make_record(arena, name, entry, entry->records[i]);

        if (record == NULL || list_add(&answer->answer, arena, record) < 0)
            return -ENOMEM;
        if (record->type != answer->type)
            continue;
        if (answer->records.count == 0 || record->ttl < answer->ttl)
            answer->ttl = record->ttl;
        if (list_add(&answer->records, arena, record) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void note_outcome(const struct fake_answer *entry, struct dns_answer *answer)
{
    answer->outcome = entry->outcome;
    if (answer->outcome == DNS_NOT_ASKED)
        answer->outcome = entry->records[0] != NULL ? DNS_DATA : DNS_NODATA;
    answer->authenticated = entry->authenticated;
    answer->security = entry->security;
    answer->milliseconds += entry->delay_ms;
    switch (answer->outcome) {
    case DNS_FAILURE:
        answer->reason = entry->reason != NULL ? entry->reason : "SERVFAIL";
        if (entry->reason == NULL || strcmp(entry->reason, "SERVFAIL") == 0)
            answer->rcode = number(2);
        break;
    case DNS_NXDOMAIN:
        answer->rcode = number(DNS_RCODE_NXDOMAIN);
        break;
    case DNS_DATA:
    case DNS_NODATA:
    case DNS_NOT_ASKED:
        answer->rcode = number(DNS_RCODE_NOERROR);
        break;
    }
}

/* Waits as long as the answer takes; 0, -ETIMEDOUT (the asker has no time), -ECANCELED. */
static int delay(struct fake_resolver *fake, const struct fake_answer *entry, int64_t deadline)
{
    int64_t now;
    int result;

    if (fake->engine == NULL || entry->delay_ms == 0)
        return 0;
    now = engine_now(fake->engine);
    if (deadline - now >= entry->delay_ms)
        return task_sleep(fake->engine, entry->delay_ms, "the answer of a fake resolver");
    result = task_sleep(fake->engine, deadline > now ? deadline - now : 0, "the answer of a fake resolver");
    return result < 0 ? result : -ETIMEDOUT;
}

/* Follows the table from `name`: to an entry of the type, or nothing. */
static int answer_from_table(struct fake_resolver *fake, int64_t deadline, struct arena *arena,
                             struct dns_answer *answer)
{
    const char *name = answer->name;

    for (;;) {
        const struct fake_answer *entry = find(fake, name, answer->type);
        const struct fake_answer *alias = entry == NULL ? find(fake, name, DNS_CNAME) : NULL;
        int result;

        if (entry == NULL && alias == NULL) {
            answer->outcome = exists(fake, name) ? DNS_NODATA : DNS_NXDOMAIN;
            answer->rcode = number(answer->outcome == DNS_NODATA ? DNS_RCODE_NOERROR : DNS_RCODE_NXDOMAIN);
            return 0;
        }
        result = delay(fake, entry != NULL ? entry : alias, deadline);
        if (result == -ETIMEDOUT) {
            answer->outcome = DNS_FAILURE;
            answer->reason = "timeout";
            return 0;
        }
        if (result < 0)
            return result;
        note_outcome(entry != NULL ? entry : alias, answer);
        if (answer->outcome == DNS_FAILURE)
            return 0;
        result = add_records(arena, name, entry != NULL ? entry : alias, answer);
        if (result < 0 || entry != NULL)
            return result;
        struct dns_record *record = answer->answer.items[answer->answer.count - 1];
        char *target = arena_text(arena, record->text);

        if (target == NULL || list_add(&answer->aliases, arena, target) < 0)
            return -ENOMEM;
        if (answer->aliases.count > ALIASES_MAX) {
            answer->outcome = DNS_FAILURE;
            answer->reason = "CNAME chain longer than 8 links";
            return 0;
        }
        name = target;
    }
}

static int ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
               struct arena *arena, struct dns_answer **ret)
{
    struct fake_resolver *fake = (struct fake_resolver *)resolver;
    struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));
    const char *type_name = dns_type_name(type);
    struct dns_name asked;
    char *question;
    int result;

    if (dns_name_from_text(name, &asked) < 0)
        return -EINVAL;
    dns_name_lower(&asked);
    if (answer == NULL)
        return -ENOMEM;
    answer->name = dns_name_text(arena, &asked);
    answer->type = type;
    answer->server = "fake";
    question = arena_format(fake->arena, "%s %s", type_name != NULL ? type_name : "TYPE", answer->name);
    if (answer->name == NULL || question == NULL || list_add(&fake->questions, fake->arena, question) < 0)
        return -ENOMEM;
    result = answer_from_table(fake, deadline, arena, answer);
    if (result == 0)
        *ret = answer;
    return result;
}

struct fake_resolver *fake_resolver_new(struct engine *engine, const struct fake_answer *table, size_t count)
{
    struct fake_resolver *fake = calloc(1, sizeof(*fake));

    if (fake == NULL)
        abort();
    fake->resolver = (struct resolver){.ask = ask, .ask_unchecked = ask, .description = "a table"};
    fake->engine = engine;
    fake->table = table;
    fake->count = count;
    fake->arena = arena_new(0);
    if (fake->arena == NULL)
        abort();
    return fake;
}

void fake_resolver_free(struct fake_resolver *fake)
{
    if (fake == NULL)
        return;
    arena_free(fake->arena);
    free(fake);
}

struct resolver *fake_resolver(struct fake_resolver *fake)
{
    return &fake->resolver;
}

const struct list *fake_resolver_questions(const struct fake_resolver *fake)
{
    return &fake->questions;
}
