/*
 * sieve_response.c - responses of a ManageSieve server, fed as they come (RFC 5804 1.2, 1.3, 1.7, 4)
 *
 * A line is cut into words first: strings (quoted or literal), brackets and bare words. Then its words are
 * looked at together: a capability, or the OK, NO or BYE that ends the response.
 */
#include "probes/protocol/sieve_response.h"

#include "probes/protocol/capability.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { CODE_MAX = 64 };

enum word_kind { WORD_BARE = 1, WORD_STRING, WORD_OPEN, WORD_CLOSE };

struct word {
    enum word_kind kind;
    struct bytes text;
};

static int break_off(struct sieve_response *response, const char *why)
{
    response->broken = why;
    response->state = SIEVE_RESPONSE_BROKEN;
    return 0;
}

/* ---- words ---- */

static int add_word(struct sieve_response *response, struct arena *arena, enum word_kind kind,
                    struct bytes text)
{
    struct word *word;
    void *copy;

    if (response->words.count == SIEVE_WORDS_MAX)
        return break_off(response, "a line has more than 32 words");
    word = list_new_item(&response->words, arena, sizeof *word);
    copy = arena_copy(arena, text.size == 0 ? (const uint8_t *)"" : text.data, text.size);
    if (word == NULL || copy == NULL)
        return -ENOMEM;
    word->kind = kind;
    word->text = bytes_of(copy, text.size);
    return 0;
}

/* quoted = <"> *QUOTED-CHAR <">: a backslash stands before a quote or another backslash. */
static int take_quoted(struct sieve_response *response, struct arena *arena, struct bytes *in)
{
    uint8_t *text = arena_alloc(arena, in->size);
    size_t size = 0;

    if (text == NULL)
        return -ENOMEM;
    take_u8(in);
    for (uint8_t octet = take_u8(in); octet != '"'; octet = take_u8(in)) {
        if (octet == '\\')
            octet = take_u8(in);
        if (in->failed)
            return break_off(response, "a quoted string has no end");
        text[size++] = octet;
    }
    return add_word(response, arena, WORD_STRING, bytes_of(text, size));
}

/* literal = "{" number ["+"] "}" CRLF *OCTET: servers leave the "+" out, some older ones write it. */
static int take_literal(struct sieve_response *response, struct bytes *in)
{
    size_t size = 0, digits = 0;
    uint8_t octet;

    take_u8(in);
    for (octet = take_u8(in); octet >= '0' && octet <= '9'; octet = take_u8(in)) {
        size = size * 10 + (size_t)(octet - '0');
        digits++;
        if (size > SIEVE_LITERAL_MAX)
            return break_off(response, "the server sends a literal of more than 4096 bytes");
    }
    if (octet == '+')
        octet = take_u8(in);
    if (digits == 0 || octet != '}' || in->size > 0)
        return break_off(response, "the length of a literal is not understood");
    response->literal = size;
    response->state = SIEVE_RESPONSE_LITERAL;
    return 0;
}

static int take_bare(struct sieve_response *response, struct arena *arena, struct bytes *in)
{
    size_t size = 0;

    while (size < in->size && strchr(" ()\"{", in->data[size]) == NULL)
        size++;
    if (size == 0) /* a NUL, which strchr() finds at the end of its list */
        return break_off(response, "a line has a NUL");
    return add_word(response, arena, WORD_BARE, take_block(in, size));
}

static int take_bracket(struct sieve_response *response, struct arena *arena, struct bytes *in,
                        enum word_kind kind)
{
    return add_word(response, arena, kind, take_block(in, 1));
}

static int take_words(struct sieve_response *response, struct arena *arena, struct bytes line)
{
    int error = 0;

    response->state = SIEVE_RESPONSE_MORE;
    while (error == 0 && response->state == SIEVE_RESPONSE_MORE && line.size > 0) {
        switch (line.data[0]) {
        case ' ':
            take_u8(&line);
            break;
        case '"':
            error = take_quoted(response, arena, &line);
            break;
        case '{':
            error = take_literal(response, &line);
            break;
        case '(':
            error = take_bracket(response, arena, &line, WORD_OPEN);
            break;
        case ')':
            error = take_bracket(response, arena, &line, WORD_CLOSE);
            break;
        default:
            error = take_bare(response, arena, &line);
            break;
        }
    }
    return error;
}

/* ---- lines ---- */

static const struct word *word_at(const struct sieve_response *response, size_t place)
{
    return place < response->words.count ? response->words.items[place] : NULL;
}

static bool is_kind(const struct word *word, enum word_kind kind)
{
    return word != NULL && word->kind == kind;
}

static enum sieve_status status_of(const struct word *word)
{
    static const struct {
        const char *text;
        enum sieve_status status;
    } statuses[] = {{"OK", SIEVE_STATUS_OK}, {"NO", SIEVE_STATUS_NO}, {"BYE", SIEVE_STATUS_BYE}};

    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0] && is_kind(word, WORD_BARE); i++)
        if (word->text.size == strlen(statuses[i].text) &&
            strncasecmp((const char *)word->text.data, statuses[i].text, word->text.size) == 0)
            return statuses[i].status;
    return SIEVE_STATUS_NONE;
}

static int read_capability(struct sieve_response *response, struct arena *arena)
{
    const struct word *keyword = word_at(response, 0);
    const struct word *value = word_at(response, 1);

    if (response->words.count > 2 || (value != NULL && value->kind != WORD_STRING))
        return break_off(response, "a capability has more than a keyword and a value");
    if (++response->lines > SIEVE_LINES_MAX)
        return break_off(response, "the server lists more than 512 capabilities");
    return capability_add(&response->capabilities, arena, keyword->text,
                          value == NULL ? (struct bytes){0} : value->text);
}

/* The place behind the brackets of a response code, which may hold others; `place` when there are none, 0
 * when they are not closed. */
static size_t behind_code(const struct sieve_response *response, size_t place)
{
    size_t depth = 0;
    size_t at = place;

    if (!is_kind(word_at(response, place), WORD_OPEN))
        return place;
    do {
        depth += is_kind(word_at(response, at), WORD_OPEN);
        depth -= is_kind(word_at(response, at), WORD_CLOSE);
        at++;
    } while (depth > 0 && at < response->words.count);
    return depth > 0 ? 0 : at;
}

static char *upper_text(struct arena *arena, struct bytes word)
{
    char *text = text_clean(arena, word.data, word.size, CODE_MAX);

    for (char *letter = text; letter != NULL && *letter != '\0'; letter++)
        if (*letter >= 'a' && *letter <= 'z')
            *letter = (char)(*letter - 'a' + 'A');
    return text;
}

static int read_code(struct sieve_response *response, struct arena *arena)
{
    const struct word *word = word_at(response, 2);

    if (!is_kind(word, WORD_BARE))
        return 0;
    response->code = upper_text(arena, word->text);
    return response->code == NULL ? -ENOMEM : 0;
}

static int write_text(struct sieve_response *response, struct arena *arena, const struct word *said)
{
    static const char *const names[] = {"", "OK", "NO", "BYE"};
    const char *code = response->code;
    const char *text =
        said == NULL ? "" : text_clean(arena, said->text.data, said->text.size, DIALOGUE_LINE_MAX);

    if (text == NULL)
        return -ENOMEM;
    response->text =
        arena_format(arena, "%s%s%s%s%s%s", names[response->status], code == NULL ? "" : " (",
                     code == NULL ? "" : code, code == NULL ? "" : ")", said == NULL ? "" : " ", text);
    return response->text == NULL ? -ENOMEM : 0;
}

static int read_end(struct sieve_response *response, struct arena *arena, enum sieve_status status)
{
    size_t place = behind_code(response, 1);
    const struct word *said = word_at(response, place);

    if (place == 0 || response->words.count > place + 1 || (said != NULL && said->kind != WORD_STRING))
        return break_off(response, "what stands behind OK, NO or BYE is not understood");
    if (place > 1 && read_code(response, arena) < 0)
        return -ENOMEM;
    response->status = status;
    response->state = SIEVE_RESPONSE_COMPLETE;
    response->capabilities.observed = status == SIEVE_STATUS_OK;
    return write_text(response, arena, said);
}

static int read_line(struct sieve_response *response, struct arena *arena)
{
    enum sieve_status status = status_of(word_at(response, 0));
    int error;

    if (status != SIEVE_STATUS_NONE)
        error = read_end(response, arena, status);
    else if (is_kind(word_at(response, 0), WORD_STRING))
        error = read_capability(response, arena);
    else
        error = break_off(response, "a line is neither a capability nor OK, NO or BYE");
    response->words = (struct list){0};
    return error;
}

int sieve_response_feed(struct sieve_response *response, struct bytes in, struct arena *arena,
                        enum sieve_response_state *ret)
{
    int error;

    if (response->state == SIEVE_RESPONSE_LITERAL) {
        response->state = SIEVE_RESPONSE_MORE;
        error = add_word(response, arena, WORD_STRING, in);
    } else {
        error = take_words(response, arena, in);
        if (error == 0 && response->state == SIEVE_RESPONSE_MORE)
            error = read_line(response, arena);
    }
    if (error == 0 && response->state == SIEVE_RESPONSE_BROKEN) {
        response->status = SIEVE_STATUS_NONE;
        response->text = text_clean(arena, in.data, in.size, DIALOGUE_LINE_MAX);
        error = response->text == NULL ? -ENOMEM : 0;
    }
    if (error == 0)
        *ret = response->state;
    return error;
}

bool sieve_response_within_line(const struct sieve_response *response)
{
    return response->state == SIEVE_RESPONSE_LITERAL ||
           (response->state == SIEVE_RESPONSE_MORE && response->words.count > 0);
}

enum sieve_greeting sieve_greeting_kind(const struct sieve_response *response)
{
    switch (response->status) {
    case SIEVE_STATUS_OK:
        return SIEVE_GREETING_OK;
    case SIEVE_STATUS_NO:
        return SIEVE_GREETING_NO;
    case SIEVE_STATUS_BYE:
        return SIEVE_GREETING_BYE;
    case SIEVE_STATUS_NONE:
        return SIEVE_GREETING_OTHER;
    }
    return SIEVE_GREETING_OTHER;
}
