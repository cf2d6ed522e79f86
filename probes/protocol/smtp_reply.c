/*
 * smtp_reply.c - replies of an SMTP server, taken line by line (RFC 5321 4.2, 4.2.1)
 */
#include "probes/protocol/smtp_reply.h"

#include "scanner/base/arena.h"
#include "scanner/base/ascii.h"
#include "scanner/base/text.h"
#include "scanner/facts/dialogue.h"

#include <errno.h>
#include <string.h>

/* 200 to 599; 0 for anything else. There is no 1yz in SMTP (RFC 5321 4.2.1). */
static int take_code(struct bytes *in)
{
    struct bytes digits = take_block(in, 3);

    if (in->failed || digits.data[0] < '2' || digits.data[0] > '5' || !is_digit(digits.data[1]) ||
        !is_digit(digits.data[2]))
        return 0;
    return (digits.data[0] - '0') * 100 + (digits.data[1] - '0') * 10 + (digits.data[2] - '0');
}

static void broken(struct smtp_reply_parser *parser, const char *why, enum smtp_reply_state *ret)
{
    parser->broken = why;
    *ret = SMTP_REPLY_BROKEN;
}

static int keep_line(struct smtp_reply_parser *parser, struct bytes text, struct arena *arena)
{
    char *clean;

    if (parser->reply->lines.count >= SMTP_REPLY_LINES_KEPT)
        return 0;
    clean = text_clean(arena, text.data, text.size, DIALOGUE_LINE_MAX);
    if (clean == NULL)
        return -ENOMEM;
    return list_add(&parser->reply->lines, arena, clean);
}

int smtp_reply_feed(struct smtp_reply_parser *parser, struct bytes line, struct arena *arena,
                    enum smtp_reply_state *ret)
{
    int code = take_code(&line);
    uint8_t separator = ' ';
    int error;

    if (code == 0) {
        broken(parser, "a line does not begin with a reply code", ret);
        return 0;
    }
    if (line.size > 0)
        separator = take_u8(&line);
    if (separator != ' ' && separator != '-') {
        broken(parser, "a reply code is not followed by a space or a hyphen", ret);
        return 0;
    }
    if (parser->reply != NULL && parser->reply->code.value != code) {
        broken(parser, "the lines of one reply have different codes", ret);
        return 0;
    }
    if (++parser->lines_read > SMTP_REPLY_LINES_READ) {
        broken(parser, "a reply has more than 512 lines", ret);
        return 0;
    }
    if (parser->reply == NULL) {
        parser->reply = arena_alloc(arena, sizeof *parser->reply);
        if (parser->reply == NULL)
            return -ENOMEM;
        parser->reply->code = number(code);
    }
    error = keep_line(parser, line, arena);
    if (error < 0)
        return error;
    *ret = separator == '-' ? SMTP_REPLY_MORE : SMTP_REPLY_COMPLETE;
    return 0;
}

/* White space is what text_clean() leaves of it: a tab arrives as the four characters \x09. */
static size_t word_length(const char *text)
{
    return strcspn(text, " ");
}

int smtp_reply_name(const struct smtp_reply_facts *reply, struct arena *arena, const char **ret)
{
    const char *first = reply->lines.count > 0 ? reply->lines.items[0] : "";
    size_t length = word_length(first);
    const char *name = NULL;

    if (length > 0) {
        name = arena_text_sized(arena, first, length);
        if (name == NULL)
            return -ENOMEM;
    }
    *ret = name;
    return 0;
}

static int read_capability(const char *line, struct arena *arena, struct list *capabilities)
{
    size_t length = strcspn(line, " =");
    const char *parameter = line + length;
    struct smtp_capability_facts *capability;
    char *keyword;

    if (length == 0)
        return 0;
    capability = list_new_item(capabilities, arena, sizeof *capability);
    keyword = arena_text_sized(arena, line, length);
    if (capability == NULL || keyword == NULL)
        return -ENOMEM;
    for (char *character = keyword; *character != '\0'; character++)
        if (*character >= 'a' && *character <= 'z')
            *character = (char)(*character - 'a' + 'A');
    capability->keyword = keyword;
    if (*parameter == '=')
        parameter++;
    parameter += strspn(parameter, " ");
    if (*parameter != '\0')
        capability->parameter = parameter;
    return 0;
}

int smtp_ehlo_read(struct smtp_reply_facts *reply, struct arena *arena, struct smtp_ehlo_facts **ret)
{
    struct smtp_ehlo_facts *ehlo = arena_alloc(arena, sizeof *ehlo);
    int error;

    if (ehlo == NULL)
        return -ENOMEM;
    ehlo->reply = reply;
    if (reply->code.value / 100 == 2) {
        error = smtp_reply_name(reply, arena, &ehlo->name);
        if (error < 0)
            return error;
        ehlo->capabilities.observed = true;
        for (size_t i = 1; i < reply->lines.count; i++) {
            error = read_capability(reply->lines.items[i], arena, &ehlo->capabilities);
            if (error < 0)
                return error;
        }
    }
    *ret = ehlo;
    return 0;
}
