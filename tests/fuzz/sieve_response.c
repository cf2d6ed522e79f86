/*
 * sieve_response.c - fuzzes the reader of ManageSieve responses: the input is what a server sends
 *
 * Properties: a literal is at most 4096 octets; a complete response has a status and a text that begins with
 * it, a broken one has neither status nor end; only a complete OK has observed capabilities that count.
 */
#include "probes/protocol/sieve_response.h"
#include "probes/protocol/capability.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_over(const struct sieve_response *response, enum sieve_response_state state)
{
    static const char *const names[] = {"", "OK", "NO", "BYE"};
    const char *name = names[response->status];

    check(response->text != NULL);
    check((state == SIEVE_RESPONSE_BROKEN) == (response->broken != NULL));
    check((state == SIEVE_RESPONSE_BROKEN) == (response->status == SIEVE_STATUS_NONE));
    check((sieve_greeting_kind(response) == SIEVE_GREETING_OTHER) == (state == SIEVE_RESPONSE_BROKEN));
    check(response->capabilities.count <= CAPABILITIES_KEPT &&
          response->capabilities.count <= response->lines);
    check(!sieve_response_within_line(response));
    if (state == SIEVE_RESPONSE_COMPLETE) {
        check(strncmp(response->text, name, strlen(name)) == 0);
        check(response->capabilities.observed == (response->status == SIEVE_STATUS_OK));
        check(response->lines <= SIEVE_LINES_MAX);
    }
}

/* The piece that the parser wants next. */
static struct bytes take_piece(const struct sieve_response *response, enum sieve_response_state state,
                               struct bytes *rest)
{
    const uint8_t *end;
    struct bytes line;

    if (state == SIEVE_RESPONSE_LITERAL) {
        check(response->literal <= SIEVE_LITERAL_MAX);
        return take_block(rest, response->literal < rest->size ? response->literal : rest->size);
    }
    end = memchr(rest->data, '\n', rest->size);
    line = take_block(rest, end == NULL ? rest->size : (size_t)(end - rest->data));
    if (rest->size > 0)
        take_u8(rest);
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct bytes rest = bytes_of(data, size);
    struct sieve_response response = {0};
    enum sieve_response_state state = SIEVE_RESPONSE_MORE;

    while (rest.size > 0) {
        struct bytes piece = take_piece(&response, state, &rest);

        check(sieve_response_feed(&response, piece, arena, &state) == 0);
        if (state == SIEVE_RESPONSE_MORE || state == SIEVE_RESPONSE_LITERAL)
            continue;
        check_over(&response, state);
        response = (struct sieve_response){0};
        state = SIEVE_RESPONSE_MORE;
    }
    arena_free(arena);
    return 0;
}
