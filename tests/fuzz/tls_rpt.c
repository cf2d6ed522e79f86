/*
 * tls_rpt.c - fuzzes the record of TLS reporting
 *
 * Properties: a record that announces reports has a URI or a fault; a URI is of a known scheme and printable.
 */
#include "probes/protocol/tls_rpt.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct tls_rpt_record_facts *record = NULL;

    check(tls_rpt_record_read(bytes_of(data, size), arena, &record) == 0);
    check(record->announces == NO || record->intended == YES);
    if (record->announces == NO)
        check(record->rua.count == 0 && record->fault == NULL);
    else
        check(record->rua.count > 0 || record->fault != NULL);
    check(record->rua.count <= TLS_RPT_URIS_MAX && record->remarks.count <= 16);
    for (size_t i = 0; i < record->rua.count; i++) {
        const char *uri = record->rua.items[i];

        check(text_starts_with(uri, "mailto:") || text_starts_with(uri, "https:"));
        check(strpbrk(uri, " ,;!\\\"<>") == NULL);
    }
    arena_free(arena);
    return 0;
}
