/*
 * sieve_response.c - tests of reading ManageSieve responses (RFC 5804 1.2, 1.3, 1.7, 4)
 */
#include "probes/protocol/sieve_response.h"

#include "probes/protocol/capability.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* Feeds what a server sends until the response is over; *ret_used is how much of it was that. */
static enum sieve_response_state feed(struct arena *arena, const char *sent, struct sieve_response *response,
                                      size_t *ret_used)
{
    enum sieve_response_state state = SIEVE_RESPONSE_MORE;
    struct bytes rest = bytes_of(sent, strlen(sent));

    *response = (struct sieve_response){0};
    while (rest.size > 0 || state == SIEVE_RESPONSE_LITERAL) {
        const uint8_t *end = rest.size == 0 ? NULL : memchr(rest.data, '\n', rest.size);
        size_t size = state == SIEVE_RESPONSE_LITERAL ? response->literal
                      : end == NULL                   ? rest.size
                                                      : (size_t)(end - rest.data);
        struct bytes piece = take_block(&rest, size);

        cr_assert_not(rest.failed, "a literal is longer than what is there");
        if (state != SIEVE_RESPONSE_LITERAL)
            (void)take_u8(&rest);
        cr_assert_eq(sieve_response_feed(response, piece, arena, &state), 0);
        cr_assert_eq(state, response->state);
        if (state == SIEVE_RESPONSE_COMPLETE || state == SIEVE_RESPONSE_BROKEN)
            break;
    }
    *ret_used = strlen(sent) - rest.size;
    return state;
}

static const char *or_nothing(const char *text)
{
    return text == NULL ? "(none)" : text;
}

Test(sieve_response, responses)
{
    static const struct {
        const char *sent;
        enum sieve_status status;
        const char *text;
        const char *code;
        const char *capabilities; /* joined by ", " */
        enum sieve_greeting greeting;
    } rows[] = {
        {"OK\n", SIEVE_STATUS_OK, "OK", NULL, "", SIEVE_GREETING_OK},
        {"ok \"ready\"\n", SIEVE_STATUS_OK, "OK ready", NULL, "", SIEVE_GREETING_OK},
        {"OK \"\"\n", SIEVE_STATUS_OK, "OK ", NULL, "", SIEVE_GREETING_OK},
        {"NO \"no\"\n", SIEVE_STATUS_NO, "NO no", NULL, "", SIEVE_GREETING_NO},
        {"BYE (TryLater) \"x\"\n", SIEVE_STATUS_BYE, "BYE (TRYLATER) x", "TRYLATER", "", SIEVE_GREETING_BYE},
        {"BYE (REFERRAL \"sieve://a.example\")\n", SIEVE_STATUS_BYE, "BYE (REFERRAL)", "REFERRAL", "",
         SIEVE_GREETING_BYE},
        {"OK (TAG {3}\na\nb (x (\"y\") 2)) {2}\nhi\n", SIEVE_STATUS_OK, "OK (TAG) hi", "TAG", "",
         SIEVE_GREETING_OK},
        {"OK (\"no code\")\n", SIEVE_STATUS_OK, "OK", NULL, "", SIEVE_GREETING_OK},
        {"OK ()\n", SIEVE_STATUS_OK, "OK", NULL, "", SIEVE_GREETING_OK},
        {"OK(X)\"y\"\n", SIEVE_STATUS_OK, "OK (X) y", "X", "", SIEVE_GREETING_OK}, /* blanks left out */
        {"\"STARTTLS\"\nOK\nOK\n", SIEVE_STATUS_OK, "OK", NULL, "STARTTLS", SIEVE_GREETING_OK},
        {"\"implementation\" \"Example 1.0\"\n\"SASL\" \"\"\nOK\n", SIEVE_STATUS_OK, "OK", NULL,
         "IMPLEMENTATION Example 1.0, SASL", SIEVE_GREETING_OK},
        {"\"SASL\" \"PLAIN login\"  \n  OK\n", SIEVE_STATUS_OK, "OK", NULL, "SASL PLAIN login",
         SIEVE_GREETING_OK},
        {"{4}\nSASL {5}\nPLAIN\nOK\n", SIEVE_STATUS_OK, "OK", NULL, "SASL PLAIN", SIEVE_GREETING_OK},
        {"\"SASL\" {5+}\nPLAIN\nOK\n", SIEVE_STATUS_OK, "OK", NULL, "SASL PLAIN", SIEVE_GREETING_OK},
        {"\"SASL\" {0}\n\nOK\n", SIEVE_STATUS_OK, "OK", NULL, "SASL", SIEVE_GREETING_OK},
        {"\"A\" \"\\\"q\\\" \\\\ \\x\"\nOK\n", SIEVE_STATUS_OK, "OK", NULL, "A \"q\" \\\\ x",
         SIEVE_GREETING_OK},
        {"\"A\" {3}\n\r\n\033\nOK\n", SIEVE_STATUS_OK, "OK", NULL, "A \\x0d\\x0a\\x1b", SIEVE_GREETING_OK},
        {"OK \"\302\2331m\xff\"\n", SIEVE_STATUS_OK, "OK \\xc2\\x9b1m\\xff", NULL, "", SIEVE_GREETING_OK},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sieve_response response;
        size_t used;

        cr_expect_eq(feed(arena, rows[i].sent, &response, &used), SIEVE_RESPONSE_COMPLETE, "row %zu: %s", i,
                     or_nothing(response.broken));
        cr_expect_eq(response.status, rows[i].status, "row %zu", i);
        cr_expect_str_eq(or_nothing(response.text), rows[i].text, "row %zu", i);
        cr_expect_str_eq(or_nothing(response.code), or_nothing(rows[i].code), "row %zu", i);
        cr_expect_null(response.broken);
        cr_expect_eq(response.capabilities.observed, rows[i].status == SIEVE_STATUS_OK, "row %zu", i);
        cr_expect_str_eq(text_join(arena, &response.capabilities, ", "), rows[i].capabilities, "row %zu", i);
        cr_expect_eq(sieve_greeting_kind(&response), rows[i].greeting, "row %zu", i);
        cr_expect_not(sieve_response_within_line(&response));
    }
    arena_free(arena);
}

/* What follows the last line belongs to the next response. */
Test(sieve_response, ends_with_its_last_line)
{
    struct arena *arena = arena_new(0);
    struct sieve_response response;
    size_t used;

    cr_expect_eq(feed(arena, "\"A\"\nOK\n\"B\"\nNO\n", &response, &used), SIEVE_RESPONSE_COMPLETE);
    cr_expect_eq(used, strlen("\"A\"\nOK\n"));
    arena_free(arena);
}

Test(sieve_response, broken)
{
    static const struct {
        const char *sent;
        const char *broken; /* a part of it */
        const char *text;   /* the line that broke it */
    } rows[] = {
        {"\n", "neither a capability", ""},
        {"* OK ready\n", "neither a capability", "* OK ready"},
        {"+OK ready\n", "neither a capability", "+OK ready"},
        {"220 mail ESMTP\n", "neither a capability", "220 mail ESMTP"},
        {"OKAY\n", "neither a capability", "OKAY"},
        {"(OK)\n", "neither a capability", "(OK)"},
        {"\"OK\"\n) x\n", "neither a capability", ") x"},
        {"\"SASL\" PLAIN\n", "more than a keyword and a value", "\"SASL\" PLAIN"},
        {"\"SASL\" \"PLAIN\" \"LOGIN\"\n", "more than a keyword and a value", NULL},
        {"\"SASL\" (\"PLAIN\")\n", "more than a keyword and a value", NULL},
        {"\"SASL\n", "a quoted string has no end", "\"SASL"},
        {"\"SASL\\\n", "a quoted string has no end", NULL},
        {"\"\\\"\n", "a quoted string has no end", NULL},
        {"OK \"a\" \"b\"\n", "behind OK, NO or BYE", NULL},
        {"OK ready\n", "behind OK, NO or BYE", "OK ready"},
        {"OK (X\n", "behind OK, NO or BYE", NULL},
        {"OK ((X)\n", "behind OK, NO or BYE", NULL},
        {"OK (X)) \"a\"\n", "behind OK, NO or BYE", NULL},
        {"OK \"a\" (X)\n", "behind OK, NO or BYE", NULL},
        {"BYE )\n", "behind OK, NO or BYE", NULL},
        {"\"A\" {}\n", "length of a literal", NULL},
        {"\"A\" {+}\n", "length of a literal", NULL},
        {"\"A\" {5} x\n", "length of a literal", NULL},
        {"\"A\" {5++}\n", "length of a literal", NULL},
        {"\"A\" {-5}\n", "length of a literal", NULL},
        {"\"A\" {5\n", "length of a literal", NULL},
        {"\"A\" {\n", "length of a literal", NULL},
        {"\"A\" {4097}\n", "more than 4096 bytes", NULL},
        {"\"A\" {99999999999999999999999999}\n", "more than 4096 bytes", NULL},
        {"OK (1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31)\n",
         "more than 32 words", NULL},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sieve_response response;
        size_t used;

        cr_expect_eq(feed(arena, rows[i].sent, &response, &used), SIEVE_RESPONSE_BROKEN, "row %zu", i);
        cr_expect(response.broken != NULL && strstr(response.broken, rows[i].broken) != NULL, "row %zu: %s",
                  i, or_nothing(response.broken));
        cr_expect_str_eq(response.text, rows[i].text == NULL ? response.text : rows[i].text, "row %zu", i);
        cr_expect_eq(response.status, SIEVE_STATUS_NONE);
        cr_expect_eq(sieve_greeting_kind(&response), SIEVE_GREETING_OTHER);
    }
    arena_free(arena);
}

Test(sieve_response, nul)
{
    struct arena *arena = arena_new(0);
    struct sieve_response response = {0};
    enum sieve_response_state state;

    cr_assert_eq(sieve_response_feed(&response, bytes_of("OK \0", 4), arena, &state), 0);
    cr_expect_eq(state, SIEVE_RESPONSE_BROKEN);
    cr_expect_str_eq(response.text, "OK \\x00");
    arena_free(arena);
}

/* Where the rest of a line is still to come, whoever stops listening will not understand what follows. */
Test(sieve_response, within_line)
{
    struct arena *arena = arena_new(0);
    struct sieve_response response = {0};
    enum sieve_response_state state;
    static const struct {
        const char *piece;
        enum sieve_response_state state;
        bool within;
    } steps[] = {
        {"\"A\"", SIEVE_RESPONSE_MORE, false},  {"\"B\" {2}", SIEVE_RESPONSE_LITERAL, true},
        {"xy", SIEVE_RESPONSE_MORE, true},      {"", SIEVE_RESPONSE_MORE, false},
        {"{1}", SIEVE_RESPONSE_LITERAL, true},  {"C", SIEVE_RESPONSE_MORE, true},
        {" \"z\"", SIEVE_RESPONSE_MORE, false}, {"OK", SIEVE_RESPONSE_COMPLETE, false},
    };

    cr_expect_not(sieve_response_within_line(&response));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        cr_assert_eq(
            sieve_response_feed(&response, bytes_of(steps[i].piece, strlen(steps[i].piece)), arena, &state),
            0);
        cr_expect_eq(state, steps[i].state, "step %zu", i);
        cr_expect_eq(sieve_response_within_line(&response), steps[i].within, "step %zu", i);
    }
    cr_expect_str_eq(text_join(arena, &response.capabilities, ", "), "A, B xy, C z");
    arena_free(arena);
}

Test(sieve_response, limits)
{
    struct arena *arena = arena_new(0);
    struct sieve_response response = {0};
    enum sieve_response_state state = SIEVE_RESPONSE_MORE;
    size_t fed = 0;

    while (state == SIEVE_RESPONSE_MORE && fed <= SIEVE_LINES_MAX) {
        cr_assert_eq(sieve_response_feed(&response, bytes_of("\"X\"", 3), arena, &state), 0);
        fed++;
    }
    cr_expect_eq(state, SIEVE_RESPONSE_BROKEN);
    cr_expect_eq(fed, SIEVE_LINES_MAX + 1);
    cr_expect_eq(response.capabilities.count, CAPABILITIES_KEPT);
    arena_free(arena);

    for (size_t memory = 16; memory <= 1024; memory += 16) {
        int result;

        arena = arena_new(memory);
        response = (struct sieve_response){0};
        result = sieve_response_feed(&response, bytes_of("OK (X \"y\") \"z\"", 14), arena, &state);
        cr_expect(result == 0 || result == -ENOMEM);
        arena_free(arena);
    }
}
