/*
 * tlsa.c - fuzzes TLSA records and their match with a chain
 *
 * The input is blocks behind their length in two bytes: first the number of records (one byte), the records' RDATA, then
 * the certificates; the rest is the last one.
 */
#include "probes/protocol/tlsa.h"
#include "scanner/base/arena.h"

#include <assert.h>
#include <openssl/err.h>

enum { RECORDS_FUZZED = 6, CHAIN_FUZZED = 5, NOW = 1795348800 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes take_item(struct bytes *in)
{
    size_t length = take_u16(in);

    return take_block(in, length < in->size ? length : in->size);
}

static void look(const struct tlsa *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *reason = NULL;
        enum tlsa_use by_users = tlsa_use_of(records, count, i, false, &reason);

        assert((reason == NULL) == (by_users == TLSA_USABLE));
        /* what is of no use to users is of none between servers */
        if (by_users == TLSA_UNUSABLE)
            assert(tlsa_use_of(records, count, i, true, &reason) == TLSA_UNUSABLE && reason != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct bytes in = bytes_of(data, size);
    struct bytes chain[CHAIN_FUZZED];
    struct tlsa records[RECORDS_FUZZED];
    struct tls_dane_result result = {0};
    struct list names = {0};
    size_t wanted = take_u8(&in), count = 0, chain_count = 0;

    assert(list_add(&names, arena, arena_text(arena, "example.com")) == 0);
    for (size_t i = 0; i < wanted && i < RECORDS_FUZZED && in.size > 2; i++)
        if (tlsa_parse(take_item(&in), &records[count]) == 0)
            count++;
    while (chain_count < CHAIN_FUZZED && in.size > 2)
        chain[chain_count++] = take_item(&in);
    look(records, count);
    assert(tls_dane_match(NULL, records, count, &names, chain, chain_count, NOW, arena, &result) == 0);
    assert((result.matched == YES) == (result.reason == NULL));
    if (result.matched == YES) { /* without roots, only by what vouches for itself */
        const struct tlsa *by = &records[result.record];
        const char *reason;

        assert(by->usage >= TLSA_DANE_TA);
        assert(tlsa_use_of(records, count, result.record, true, &reason) == TLSA_USABLE);
    }
    assert(ERR_peek_error() == 0);
    arena_free(arena);
    return 0;
}
