/*
 * imap_response.c - responses of an IMAP server, one line each (RFC 9051 2.2.2, 7)
 */
#include "probes/protocol/imap_response.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { CAPABILITIES_MAX = 256, TAG_MAX = 32 };

/* The word up to a space, which is eaten, or to the end. */
static struct bytes take_word(struct bytes *in)
{
    const uint8_t *space = in->size > 0 ? memchr(in->data, ' ', in->size) : NULL;
    size_t length = space == NULL ? in->size : (size_t)(space - in->data);
    struct bytes word = take_block(in, length);

    if (in->size > 0)
        take_u8(in);
    return word;
}

static uint8_t upper(uint8_t octet)
{
    return octet >= 'a' && octet <= 'z' ? (uint8_t)(octet - 'a' + 'A') : octet;
}

static bool word_is(struct bytes word, const char *text)
{
    if (word.size != strlen(text))
        return false;
    for (size_t i = 0; i < word.size; i++)
        if (upper(word.data[i]) != (uint8_t)text[i])
            return false;
    return true;
}

static enum imap_status status_of(struct bytes word)
{
    static const struct {
        const char *word;
        enum imap_status status;
    } words[] = {
        {"OK", IMAP_STATUS_OK},           {"NO", IMAP_STATUS_NO},   {"BAD", IMAP_STATUS_BAD},
        {"PREAUTH", IMAP_STATUS_PREAUTH}, {"BYE", IMAP_STATUS_BYE},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (word_is(word, words[i].word))
            return words[i].status;
    return IMAP_STATUS_NONE;
}

/* tag = 1*<any ASTRING-CHAR except "+"> (RFC 9051 9); ours are shorter than TAG_MAX. */
static bool is_tag(struct bytes word)
{
    if (word.size == 0 || word.size > TAG_MAX)
        return false;
    for (size_t i = 0; i < word.size; i++)
        if (word.data[i] <= ' ' || word.data[i] >= 0x7f || strchr("+(){%*\"\\", word.data[i]) != NULL)
            return false;
    return true;
}

/* "{12}" or "{12+}" at the end (RFC 9051 4.3). */
static bool ends_in_literal(struct bytes line)
{
    size_t i = line.size;
    size_t digits = 0;

    if (i == 0 || line.data[--i] != '}')
        return false;
    if (i > 0 && line.data[i - 1] == '+')
        i--;
    for (; i > 0 && line.data[i - 1] >= '0' && line.data[i - 1] <= '9'; i--)
        digits++;
    return digits > 0 && i > 0 && line.data[i - 1] == '{';
}

static int read_capabilities(struct bytes words, struct arena *arena, struct list *capabilities)
{
    capabilities->observed = true;
    while (words.size > 0 && capabilities->count < CAPABILITIES_MAX) {
        struct bytes word = take_word(&words);
        char *text;

        if (word.size == 0)
            continue;
        text = text_clean(arena, word.data, word.size, 0);
        if (text == NULL)
            return -ENOMEM;
        for (char *character = text; *character != '\0'; character++)
            *character = (char)upper((uint8_t)*character);
        if (list_add(capabilities, arena, text) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* "[CAPABILITY IMAP4rev1 STARTTLS] ready": the words up to the bracket. Other codes are none of ours. */
static int read_response_code(struct bytes text, struct arena *arena, struct list *capabilities)
{
    const uint8_t *bracket;

    if (text.size == 0 || text.data[0] != '[')
        return 0;
    take_u8(&text);
    bracket = text.size > 0 ? memchr(text.data, ']', text.size) : NULL;
    if (bracket == NULL)
        return 0;
    text.size = (size_t)(bracket - text.data);
    if (!word_is(take_word(&text), "CAPABILITY"))
        return 0;
    return read_capabilities(text, arena, capabilities);
}

static int read_body(struct bytes body, struct arena *arena, struct imap_response *response)
{
    struct bytes word;

    response->text = text_clean(arena, body.data, body.size, DIALOGUE_LINE_MAX);
    if (response->text == NULL)
        return -ENOMEM;
    if (response->kind == IMAP_RESPONSE_CONTINUATION)
        return 0;
    word = take_word(&body);
    response->status = status_of(word);
    if (response->status != IMAP_STATUS_NONE)
        return read_response_code(body, arena, &response->capabilities);
    if (response->kind == IMAP_RESPONSE_UNTAGGED && word_is(word, "CAPABILITY"))
        return read_capabilities(body, arena, &response->capabilities);
    return 0;
}

int imap_response_read(struct bytes line, struct arena *arena, struct imap_response *ret)
{
    struct imap_response response = {.literal = ends_in_literal(line)};
    struct bytes body = line;
    struct bytes word = take_word(&body);
    int error;

    if (word_is(word, "*"))
        response.kind = IMAP_RESPONSE_UNTAGGED;
    else if (word_is(word, "+"))
        response.kind = IMAP_RESPONSE_CONTINUATION;
    else if (is_tag(word))
        response.kind = IMAP_RESPONSE_TAGGED;
    else
        body = line;
    error = read_body(body, arena, &response);
    if (error < 0)
        return error;
    /* Any word is a tag by its letters; what makes a tagged line is the OK, NO or BAD behind it (7.1). */
    if (response.kind == IMAP_RESPONSE_TAGGED && response.status != IMAP_STATUS_OK &&
        response.status != IMAP_STATUS_NO && response.status != IMAP_STATUS_BAD)
        response = (struct imap_response){.literal = response.literal};
    if (response.kind == IMAP_RESPONSE_TAGGED) {
        response.tag = arena_text_sized(arena, (const char *)word.data, word.size);
        if (response.tag == NULL)
            return -ENOMEM;
    }
    if (response.kind == IMAP_RESPONSE_OTHER) {
        response.status = IMAP_STATUS_NONE;
        response.capabilities = (struct list){0};
        response.text = text_clean(arena, line.data, line.size, DIALOGUE_LINE_MAX);
        if (response.text == NULL)
            return -ENOMEM;
    }
    *ret = response;
    return 0;
}

enum imap_greeting imap_greeting_kind(const struct imap_response *response)
{
    if (response->kind != IMAP_RESPONSE_UNTAGGED)
        return IMAP_GREETING_OTHER;
    switch (response->status) {
    case IMAP_STATUS_OK:
        return IMAP_GREETING_OK;
    case IMAP_STATUS_PREAUTH:
        return IMAP_GREETING_PREAUTH;
    case IMAP_STATUS_BYE:
        return IMAP_GREETING_BYE;
    case IMAP_STATUS_NONE:
    case IMAP_STATUS_NO:
    case IMAP_STATUS_BAD:
        return IMAP_GREETING_OTHER;
    }
    return IMAP_GREETING_OTHER;
}
