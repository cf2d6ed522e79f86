/*
 * pop3_response.c - responses of a POP3 server, one line each (RFC 1939 3, RFC 2449 3, 5 and 8)
 */
#include "probes/protocol/pop3_response.h"

#include "probes/protocol/capability.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { CODE_MAX = 64 };

/* The word up to a space, which is eaten, or to the end. */
static struct bytes take_word(struct bytes *in)
{
    const uint8_t *space = in->size > 0 ? memchr(in->data, ' ', in->size) : NULL;
    struct bytes word = take_block(in, space == NULL ? in->size : (size_t)(space - in->data));

    if (in->size > 0)
        take_u8(in);
    return word;
}

/* RFC 1939 3 wants upper case; that some servers do not write it so is no reason not to understand them. */
static bool word_is(struct bytes word, const char *text)
{
    return word.size == strlen(text) && strncasecmp((const char *)word.data, text, word.size) == 0;
}

static uint8_t upper(uint8_t octet)
{
    return octet >= 'a' && octet <= 'z' ? (uint8_t)(octet - 'a' + 'A') : octet;
}

/* "[SYS/TEMP] text": levels of printable characters between the brackets (RFC 2449 8). */
static int read_code(struct bytes text, struct arena *arena, const char **ret)
{
    char code[CODE_MAX];
    size_t size = 0;

    if (take_u8(&text) != '[')
        return 0;
    for (uint8_t octet = take_u8(&text); octet != ']'; octet = take_u8(&text)) {
        if (text.failed || size == CODE_MAX || octet <= ' ' || octet >= 0x7f || octet == '[')
            return 0;
        code[size++] = (char)upper(octet);
    }
    if (size == 0)
        return 0;
    *ret = arena_text_sized(arena, code, size);
    return *ret == NULL ? -ENOMEM : 0;
}

int pop3_response_read(struct bytes line, struct arena *arena, struct pop3_response *ret)
{
    struct pop3_response response = {
        .text = text_clean(arena, line.data, line.size, DIALOGUE_LINE_MAX),
    };
    struct bytes rest = line;
    struct bytes word = take_word(&rest);

    if (response.text == NULL)
        return -ENOMEM;
    if (word_is(word, "+OK"))
        response.status = POP3_STATUS_OK;
    else if (word_is(word, "-ERR"))
        response.status = POP3_STATUS_ERROR;
    if (response.status != POP3_STATUS_NONE && read_code(rest, arena, &response.code) < 0)
        return -ENOMEM;
    *ret = response;
    return 0;
}

enum pop3_greeting pop3_greeting_kind(const struct pop3_response *response)
{
    switch (response->status) {
    case POP3_STATUS_OK:
        return POP3_GREETING_OK;
    case POP3_STATUS_ERROR:
        return POP3_GREETING_ERROR;
    case POP3_STATUS_NONE:
        return POP3_GREETING_OTHER;
    }
    return POP3_GREETING_OTHER;
}

int pop3_capability_read(struct bytes line, struct arena *arena, struct list *capabilities, bool *ret_end)
{
    struct bytes keyword;

    if (line.size > 0 && line.data[0] == '.') {
        take_u8(&line);
        if (line.size == 0) {
            *ret_end = true;
            return 0;
        }
    }
    keyword = take_word(&line);
    if (keyword.size > 0 && capability_add(capabilities, arena, keyword, line) < 0)
        return -ENOMEM;
    *ret_end = false;
    return 0;
}
