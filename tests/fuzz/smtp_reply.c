/*
 * smtp_reply.c - fuzzes the reader of SMTP replies: the input is what a server says, line by line
 *
 * Properties: a reply has a code of 200 to 599 and at most 64 kept lines; only BROKEN has a reason; what was
 * read of EHLO has keywords without space, "=" or lower case.
 */
#include "probes/protocol/smtp_reply.h"

#include "scanner/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_ehlo(struct smtp_reply_facts *reply, struct arena *arena)
{
    struct smtp_ehlo_facts *ehlo = NULL;

    check(smtp_ehlo_read(reply, arena, &ehlo) == 0);
    check(ehlo->capabilities.observed == (reply->code.value / 100 == 2));
    check(ehlo->capabilities.count < SMTP_REPLY_LINES_KEPT);
    for (size_t i = 0; i < ehlo->capabilities.count; i++) {
        const struct smtp_capability_facts *capability = ehlo->capabilities.items[i];

        check(capability->keyword[0] != '\0');
        check(strpbrk(capability->keyword, " =abcdefghijklmnopqrstuvwxyz") == NULL);
        check(capability->parameter == NULL ||
              (capability->parameter[0] != '\0' && capability->parameter[0] != ' '));
    }
}

/* Feeds one line; the parser begins anew after a reply. */
static void take_line(struct smtp_reply_parser *parser, struct bytes line, struct arena *arena)
{
    enum smtp_reply_state state = 0;

    check(smtp_reply_feed(parser, line, arena, &state) == 0);
    check((parser->broken != NULL) == (state == SMTP_REPLY_BROKEN));
    check(parser->reply != NULL || state == SMTP_REPLY_BROKEN);
    if (parser->reply != NULL) {
        check(parser->reply->code.known);
        check(parser->reply->code.value >= 200 && parser->reply->code.value <= 599);
        check(parser->reply->lines.count > 0);
        check(parser->reply->lines.count <= SMTP_REPLY_LINES_KEPT);
    }
    if (state == SMTP_REPLY_COMPLETE)
        check_ehlo(parser->reply, arena);
    if (state != SMTP_REPLY_MORE)
        *parser = (struct smtp_reply_parser){0};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct smtp_reply_parser parser = {0};

    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - data);

        take_line(&parser, bytes_of(data, length), arena);
        if (end == NULL)
            break;
        data += length + 1;
        size -= length + 1;
    }
    arena_free(arena);
    return 0;
}
