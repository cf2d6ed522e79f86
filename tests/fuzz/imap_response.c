/*
 * imap_response.c - fuzzes the reader of IMAP responses: the input is one line
 *
 * Properties: only a tagged response has a tag, and it is OK, NO or BAD; what is not IMAP has no status; the
 * capabilities are at most 256 words in upper case.
 */
#include "probes/protocol/imap_response.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_kind(const struct imap_response *response)
{
    switch (response->kind) {
    case IMAP_RESPONSE_OTHER:
    case IMAP_RESPONSE_CONTINUATION:
        check(response->status == IMAP_STATUS_NONE && !response->capabilities.observed);
        check(response->tag == NULL);
        break;
    case IMAP_RESPONSE_TAGGED:
        check(response->tag != NULL && response->tag[0] != '\0');
        check(response->status == IMAP_STATUS_OK || response->status == IMAP_STATUS_NO ||
              response->status == IMAP_STATUS_BAD);
        break;
    case IMAP_RESPONSE_UNTAGGED:
        check(response->tag == NULL);
        break;
    }
    if (response->kind != IMAP_RESPONSE_UNTAGGED)
        check(imap_greeting_kind(response) == IMAP_GREETING_OTHER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct imap_response response;

    check(imap_response_read(bytes_of(data, size), arena, &response) == 0);
    check(response.text != NULL);
    check_kind(&response);
    check(response.capabilities.count <= 256);
    for (size_t i = 0; i < response.capabilities.count; i++) {
        const char *word = response.capabilities.items[i];

        check(word[0] != '\0' && strpbrk(word, " abcdefghijklmnopqrstuvwxyz") == NULL);
    }
    arena_free(arena);
    return 0;
}
