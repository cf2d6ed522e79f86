/*
 * dmarc_record.c - fuzzes the DMARC record
 *
 * Properties: a record that announces DMARC says what it is good for, and what it is good for follows from what is
 * valid in it; an address has a domain and is printable; nothing is kept over its limits.
 */
#include "probes/protocol/dmarc_record.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Returns how many are valid. */
static size_t check_uris(const struct list *uris)
{
    size_t valid = 0;

    check(uris->count <= DMARC_URIS_MAX);
    for (size_t i = 0; i < uris->count; i++) {
        const struct dmarc_uri_facts *uri = uris->items[i];

        check(uri->uri != NULL && (uri->address == NULL) == (uri->host == NULL));
        check(uri->address == NULL || uri->fault == NULL);
        valid += uri->fault == NULL ? 1 : 0;
        if (uri->address == NULL)
            continue;
        check(strchr(uri->address, '@') != NULL && strpbrk(uri->address, " ,;!\\\"<>?") == NULL);
        check(strchr(uri->host, '.') != NULL);
        check(strspn(uri->host, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(uri->host));
    }
    return valid;
}

static void check_announced(const struct dmarc_record_facts *record)
{
    size_t valid = check_uris(&record->rua);

    check_uris(&record->ruf);
    check(record->use != DMARC_USE_NOT_OBSERVED && record->older_use != DMARC_USE_NOT_OBSERVED);
    check(record->use != DMARC_AS_WRITTEN || record->policy != DMARC_POLICY_NOT_OBSERVED);
    check(record->use != DMARC_AS_WRITTEN || record->older_use == DMARC_AS_WRITTEN);
    check((record->use == DMARC_UNUSABLE) == (record->use != DMARC_AS_WRITTEN && valid == 0));
    check(!record->percent.known || (record->percent.value >= 0 && record->percent.value <= 100));
    check(!record->percent.known || record->removed.count > 0);
    check(record->faults.count <= DMARC_NOTES_MAX && record->removed.count <= DMARC_NOTES_MAX &&
          record->remarks.count <= DMARC_NOTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct dmarc_record_facts *record = NULL;

    check(dmarc_record_read(bytes_of(data, size), arena, &record) == 0);
    check(record->text != NULL && record->announces != UNKNOWN);
    check(record->announces == NO || record->intended == YES);
    if (record->announces == YES)
        check_announced(record);
    else
        check(record->use == DMARC_USE_NOT_OBSERVED && record->rua.count == 0 && record->faults.count == 0);
    arena_free(arena);
    return 0;
}
