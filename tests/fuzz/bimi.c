/*
 * bimi.c - fuzzes the readers of BIMI: the input is a record, a logo and a PEM file at once
 *
 * Properties: a record has a fault, is declined, or says where something is; an address is an https: URL; a logo
 * without faults has all that the rules ask for; texts are harmless.
 */
#include "probes/protocol/bimi.h"

#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_url(const char *url)
{
    check(url == NULL || (strncasecmp(url, "https://", 8) == 0 && strpbrk(url, " \"<>\\") == NULL));
}

static void check_record(const struct bimi_record_facts *record)
{
    check(record->text != NULL);
    check_url(record->location);
    check_url(record->authority);
    if (record->announces == YES)
        check((record->fault != NULL) + (record->declined == YES) +
                  (record->fault == NULL && (record->location != NULL || record->authority != NULL)) ==
              1);
    else
        check(record->fault == NULL && record->location == NULL);
}

static void check_logo(const struct bimi_logo_facts *logo)
{
    check(logo->faults.count <= BIMI_FAULTS_MAX);
    if (logo->faults.count > 0)
        return;
    check(logo->well_formed == YES && logo->square == YES && logo->title != NULL);
    check(strcmp(logo->version, "1.2") == 0 && strcmp(logo->base_profile, "tiny-ps") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct bytes input = bytes_of(data, size), chain[BIMI_CHAIN_MAX];
    struct bimi_record_facts *record;
    struct bimi_logo_facts *logo;
    size_t count;

    check(bimi_record_read(input, arena, &record) == 0);
    check_record(record);
    check(bimi_logo_read(input, arena, &logo) == 0);
    check_logo(logo);
    check(bimi_certificates_read(input, arena, chain, &count) == 0 && count <= BIMI_CHAIN_MAX);
    for (size_t i = 0; i < count; i++)
        check(chain[i].size <= size);
    arena_free(arena);
    return 0;
}
