/*
 * pop3_response.c - tests of reading POP3 responses (RFC 1939 3, RFC 2449 5 and 8) and of lists of
 * capabilities
 */
#include "probes/protocol/pop3_response.h"

#include "probes/protocol/capability.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static const char *or_nothing(const char *text)
{
    return text == NULL ? "(none)" : text;
}

Test(pop3_response, status_lines)
{
    static const struct {
        const char *line;
        enum pop3_status status;
        const char *text;
        const char *code;
        enum pop3_greeting greeting;
    } rows[] = {
        {"+OK ready", POP3_STATUS_OK, "+OK ready", NULL, POP3_GREETING_OK},
        {"+OK", POP3_STATUS_OK, "+OK", NULL, POP3_GREETING_OK},
        {"+ok", POP3_STATUS_OK, "+ok", NULL, POP3_GREETING_OK},
        {"+OK  <1.2@mail>", POP3_STATUS_OK, "+OK  <1.2@mail>", NULL, POP3_GREETING_OK},
        {"-ERR no", POP3_STATUS_ERROR, "-ERR no", NULL, POP3_GREETING_ERROR},
        {"-err", POP3_STATUS_ERROR, "-err", NULL, POP3_GREETING_ERROR},
        {"-ERR [SYS/TEMP] later", POP3_STATUS_ERROR, "-ERR [SYS/TEMP] later", "SYS/TEMP",
         POP3_GREETING_ERROR},
        {"-ERR [in-use]", POP3_STATUS_ERROR, "-ERR [in-use]", "IN-USE", POP3_GREETING_ERROR},
        {"+OK [X] hello", POP3_STATUS_OK, "+OK [X] hello", "X", POP3_GREETING_OK},
        {"-ERR []", POP3_STATUS_ERROR, "-ERR []", NULL, POP3_GREETING_ERROR},
        {"-ERR [SYS", POP3_STATUS_ERROR, "-ERR [SYS", NULL, POP3_GREETING_ERROR},
        {"-ERR [two words]", POP3_STATUS_ERROR, "-ERR [two words]", NULL, POP3_GREETING_ERROR},
        {"-ERR [[X]]", POP3_STATUS_ERROR, "-ERR [[X]]", NULL, POP3_GREETING_ERROR},
        {"-ERR no [X]", POP3_STATUS_ERROR, "-ERR no [X]", NULL, POP3_GREETING_ERROR},
        {"-ERR [\377]", POP3_STATUS_ERROR, "-ERR [\\xff]", NULL, POP3_GREETING_ERROR},
        {"-ERR [123456789012345678901234567890123456789012345678901234567890123456789]", POP3_STATUS_ERROR,
         "-ERR [123456789012345678901234567890123456789012345678901234567890123456789]", NULL,
         POP3_GREETING_ERROR},
        {"", POP3_STATUS_NONE, "", NULL, POP3_GREETING_OTHER},
        {" +OK", POP3_STATUS_NONE, " +OK", NULL, POP3_GREETING_OTHER},
        {"+OKAY", POP3_STATUS_NONE, "+OKAY", NULL, POP3_GREETING_OTHER},
        {"+OK\t", POP3_STATUS_NONE, "+OK\\x09", NULL, POP3_GREETING_OTHER},
        {"OK", POP3_STATUS_NONE, "OK", NULL, POP3_GREETING_OTHER},
        {"+ ", POP3_STATUS_NONE, "+ ", NULL, POP3_GREETING_OTHER},
        {"* OK ready", POP3_STATUS_NONE, "* OK ready", NULL, POP3_GREETING_OTHER},
        {"220 mail ESMTP", POP3_STATUS_NONE, "220 mail ESMTP", NULL, POP3_GREETING_OTHER},
        {"\026\003\001 x", POP3_STATUS_NONE, "\\x16\\x03\\x01 x", NULL, POP3_GREETING_OTHER},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pop3_response response;

        cr_assert_eq(pop3_response_read(bytes_of(rows[i].line, strlen(rows[i].line)), arena, &response), 0);
        cr_expect_eq(response.status, rows[i].status, "'%s': status %d", rows[i].line, (int)response.status);
        cr_expect_str_eq(response.text, rows[i].text, "'%s'", rows[i].line);
        cr_expect_str_eq(or_nothing(response.code), or_nothing(rows[i].code), "'%s'", rows[i].line);
        cr_expect_eq(pop3_greeting_kind(&response), rows[i].greeting, "'%s'", rows[i].line);
    }
    arena_free(arena);
}

/* Reads lines up to the end of a list; the number of lines read. */
static size_t read_list(struct arena *arena, const char *lines, struct list *capabilities)
{
    bool end = false;
    size_t count = 0;

    *capabilities = (struct list){.observed = true};
    while (!end && *lines != '\0') {
        size_t size = strcspn(lines, "\n");

        cr_assert_eq(pop3_capability_read(bytes_of(lines, size), arena, capabilities, &end), 0);
        lines += size + 1;
        count++;
    }
    cr_expect(end, "the list has no end");
    return count;
}

Test(pop3_response, lists)
{
    static const struct {
        const char *lines;
        size_t read;
        const char *capabilities; /* joined by ", " */
        enum known stls, user;
        const char *mechanisms; /* joined by spaces */
    } rows[] = {
        {".\n", 1, "", NO, NO, ""},
        {"TOP\nUSER\nSTLS\nSASL PLAIN LOGIN\n.\n", 5, "TOP, USER, STLS, SASL PLAIN LOGIN", YES, YES,
         "PLAIN LOGIN"},
        {"stls\nUser\nsasl plain\n.\n", 4, "STLS, USER, SASL plain", YES, YES, "PLAIN"},
        {"SASL\n.\nUSER\n", 2, "SASL", NO, NO, ""},
        {"SASL \n.\n", 2, "SASL", NO, NO, ""},
        {"SASL  A  B \n.\n", 2, "SASL  A  B ", NO, NO, "A B"},
        {"SASL A B\nSASL b C\n.\n", 3, "SASL A B, SASL b C", NO, NO, "A B C"},
        {"STLSX\nXUSER\nSASLX PLAIN\n.\n", 4, "STLSX, XUSER, SASLX PLAIN", NO, NO, ""},
        {"IMPLEMENTATION Example 1.0 STLS USER\n.\n", 2, "IMPLEMENTATION Example 1.0 STLS USER", NO, NO, ""},
        {"..STLS\n...\n.\n", 3, ".STLS, ..", NO, NO, ""},
        {"\n TOP\n.\n", 3, "", NO, NO, ""}, /* neither is a capability */
        {"X-\033[2J \233\n.\n", 2, "X-\\X1B[2J \\x9b", NO, NO, ""},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct list capabilities, mechanisms;

        cr_expect_eq(read_list(arena, rows[i].lines, &capabilities), rows[i].read, "row %zu", i);
        cr_expect_str_eq(text_join(arena, &capabilities, ", "), rows[i].capabilities, "row %zu", i);
        cr_expect_eq(capability_listed(&capabilities, "STLS"), rows[i].stls, "row %zu", i);
        cr_expect_eq(capability_listed(&capabilities, "USER"), rows[i].user, "row %zu", i);
        cr_assert_eq(capability_words(&capabilities, "SASL", arena, &mechanisms), 0);
        cr_expect(mechanisms.observed);
        cr_expect_str_eq(text_join(arena, &mechanisms, " "), rows[i].mechanisms, "row %zu", i);
    }
    arena_free(arena);
}

/* What was not listed is not known; what is too much is left out; what does not fit is -ENOMEM. */
Test(pop3_response, limits)
{
    struct arena *arena = arena_new(0);
    struct list capabilities = {0}, mechanisms = {.observed = true};
    struct pop3_response response;
    char line[4096];
    bool end;

    cr_expect_eq(capability_listed(&capabilities, "STLS"), UNKNOWN);
    cr_assert_eq(capability_words(&capabilities, "SASL", arena, &mechanisms), 0);
    cr_expect_not(mechanisms.observed);
    for (size_t i = 0; i < 300; i++)
        cr_assert_eq(pop3_capability_read(bytes_of("X", 1), arena, &capabilities, &end), 0);
    cr_expect_eq(capabilities.count, CAPABILITIES_KEPT);
    memset(line, 'x', sizeof line);
    cr_assert_eq(pop3_response_read(bytes_of(line, sizeof line), arena, &response), 0);
    cr_expect_leq(strlen(response.text), DIALOGUE_LINE_MAX + 3);
    cr_assert_eq(pop3_response_read(bytes_of(NULL, 0), arena, &response), 0);
    cr_expect_eq(response.status, POP3_STATUS_NONE);
    arena_free(arena);

    for (size_t memory = 16; memory <= 256; memory += 16) {
        int result;

        arena = arena_new(memory);
        capabilities = (struct list){0};
        result = pop3_response_read(bytes_of("-ERR [SYS/TEMP] x", 17), arena, &response);
        cr_expect(result == 0 || result == -ENOMEM);
        result = pop3_capability_read(bytes_of("SASL PLAIN LOGIN", 16), arena, &capabilities, &end);
        cr_expect(result == 0 || result == -ENOMEM);
        arena_free(arena);
    }
}
