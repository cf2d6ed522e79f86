/*
 * spf_check.c - fuzzes check_host() over a DNS whose answers come from the input, again and again from its start
 *
 * An answer is a byte that says what it is (nothing, no name, a failure, or so many records), and for each record a text
 * up to the next line end: a TXT record, or what names and addresses are made of.
 *
 * Properties: it ends, within its limits and a bounded number of questions; texts are there when they should be.
 */
#include "probes/protocol/spf_check.h"

#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

/* The records of eleven domains, ten terms with eleven questions each, reverse names, and an explanation. */
enum { QUESTIONS_MAX = 11 + 10 * 11 + 11 + 1, RECORDS_MAX = 12, TEXT_MAX = 2000, LABEL_MAX = 20 };

struct source {
    struct resolver resolver;
    const uint8_t *data;
    size_t size, at;
    size_t questions;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void *must(void *pointer)
{
    check(pointer != NULL);
    return pointer;
}

static uint8_t next(struct source *source)
{
    uint8_t byte = source->data[source->at];

    source->at = (source->at + 1) % source->size;
    return byte;
}

/* A name of one label of the text, below "example". */
static void put_name(struct buffer *out, const struct buffer *text)
{
    size_t size = text->size < LABEL_MAX ? text->size : LABEL_MAX;

    if (size > 0) {
        put_u8(out, (uint8_t)size);
        put_block(out, text->data, size);
    }
    put_block(out, "\7example", sizeof "\7example");
}

static void put_strings(struct buffer *out, const struct buffer *text)
{
    size_t at = 0;

    do {
        size_t size = text->size - at < UINT8_MAX ? text->size - at : UINT8_MAX;

        put_u8(out, (uint8_t)size);
        put_block(out, text->data + at, size);
        at += size;
    } while (at < text->size);
}

static void put_data(struct buffer *out, uint16_t type, const struct buffer *text)
{
    uint8_t octets[16] = {192, 0, 2};

    memcpy(octets + 3, text->data, text->size < 4 ? text->size : 4);
    switch (type) {
    case DNS_TXT:
        put_strings(out, text);
        break;
    case DNS_MX:
        put_u16(out, 10);
        put_name(out, text);
        break;
    case DNS_PTR:
        put_name(out, text);
        break;
    default:
        put_block(out, octets, type == DNS_A ? 4 : 16);
        break;
    }
}

static void add_record(struct source *source, struct arena *arena, struct dns_answer *answer)
{
    struct dns_record *record = must(list_new_item(&answer->records, arena, sizeof *record));
    struct buffer text = {0}, data = {0};
    uint8_t byte;

    put_text(&text, answer->type == DNS_TXT && next(source) % 4 != 0 ? "v=spf1 " : "x");
    while (text.size < TEXT_MAX && (byte = next(source)) != '\n')
        put_u8(&text, byte);
    put_data(&data, answer->type, &text);
    record->name = answer->name;
    record->type = answer->type;
    record->data = bytes_of(must(arena_copy(arena, data.data, data.size)), data.size);
    record->text = "";
    buffer_free(&text);
    buffer_free(&data);
}

static int ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
               struct arena *arena, struct dns_answer **ret)
{
    struct source *source = (struct source *)resolver;
    struct dns_answer *answer = must(arena_alloc(arena, sizeof *answer));
    uint8_t what = next(source) % 16;

    (void)deadline;
    check(++source->questions <= QUESTIONS_MAX);
    answer->name = must(arena_text(arena, name));
    answer->type = type;
    if (what == 0)
        answer->outcome = DNS_NXDOMAIN;
    else if (what == 1)
        answer->outcome = DNS_NODATA;
    else if (what == 2)
        answer->outcome = DNS_FAILURE;
    else
        answer->outcome = DNS_DATA;
    for (size_t i = 0; answer->outcome == DNS_DATA && i < (what < 12 ? 1U : RECORDS_MAX); i++)
        add_record(source, arena, answer);
    *ret = answer;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {.resolver.ask = ask, .data = data, .size = size};
    struct arena *arena = arena_new(0);
    struct spf_question question = {
        .resolver = &source.resolver, .helo = "mx.example.org", .limits = spf_limits};
    struct spf_verdict verdict = {0};

    if (size > 0) {
        uint8_t options = next(&source);

        question.client =
            (struct address){.family = options % 2 == 0 ? AF_INET : AF_INET6, .octets = {192, 0, 2, 'x'}};
        question.sender = options % 4 < 2 ? "user@example.org" : NULL;
        check(spf_check(&question, arena, &verdict) == 0);
        check(verdict.result != SPF_NOT_OBSERVED && verdict.domain != NULL);
        check(verdict.lookups <= SPF_LOOKUPS_MAX + 1 && verdict.void_lookups <= SPF_VOID_LOOKUPS_MAX + 1);
        check(verdict.lookups <= SPF_LOOKUPS_MAX || verdict.result == SPF_PERMERROR);
        check(verdict.void_lookups <= SPF_VOID_LOOKUPS_MAX || verdict.result == SPF_PERMERROR);
        check(verdict.explanation == NULL || verdict.result == SPF_FAIL);
        if (verdict.result == SPF_PERMERROR || verdict.result == SPF_TEMPERROR)
            check(verdict.reason != NULL && verdict.record != NULL);
    }
    arena_free(arena);
    return 0;
}
