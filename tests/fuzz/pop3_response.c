/*
 * pop3_response.c - fuzzes the reader of POP3 responses: the input is what a server says, line by line
 *
 * Properties: a status line is +OK or -ERR, and only such a one has a code; a list ends at "." only; its
 * capabilities are at most 256 texts whose keyword has no lower case; mechanisms are words.
 */
#include "probes/protocol/pop3_response.h"
#include "probes/protocol/capability.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_status(struct bytes line, struct arena *arena)
{
    struct pop3_response response;

    check(pop3_response_read(line, arena, &response) == 0);
    check(response.text != NULL);
    switch (response.status) {
    case POP3_STATUS_NONE:
        check(response.code == NULL);
        break;
    case POP3_STATUS_OK:
        check(strncasecmp(response.text, "+OK", 3) == 0);
        break;
    case POP3_STATUS_ERROR:
        check(strncasecmp(response.text, "-ERR", 4) == 0);
        break;
    }
    check(response.code == NULL ||
          (response.code[0] != '\0' && strpbrk(response.code, " []abcdefghijklmnopqrstuvwxyz") == NULL));
    check((pop3_greeting_kind(&response) == POP3_GREETING_OTHER) == (response.status == POP3_STATUS_NONE));
}

static void check_list(const struct list *capabilities, struct arena *arena)
{
    struct list words;

    check(capabilities->count <= CAPABILITIES_KEPT);
    for (size_t i = 0; i < capabilities->count; i++) {
        const char *text = capabilities->items[i];
        size_t size = strcspn(text, " ");

        check(size > 0);
        for (size_t j = 0; j < size; j++)
            check(text[j] < 'a' || text[j] > 'z');
    }
    check(capability_words(capabilities, "SASL", arena, &words) == 0);
    check(words.observed == capabilities->observed);
    for (size_t i = 0; i < words.count; i++)
        check(*(const char *)words.items[i] != '\0' && strchr(words.items[i], ' ') == NULL);
    if (words.count > 0)
        check(capability_listed(capabilities, "SASL") == YES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct list capabilities = {0};

    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - data);
        bool over = true;

        check_status(bytes_of(data, length), arena);
        check(pop3_capability_read(bytes_of(data, length), arena, &capabilities, &over) == 0);
        check(over == (length == 1 && data[0] == '.'));
        if (end == NULL)
            break;
        data += length + 1;
        size -= length + 1;
    }
    check_list(&capabilities, arena);
    arena_free(arena);
    return 0;
}
