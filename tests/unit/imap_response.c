/*
 * imap_response.c - tests of reading IMAP responses (RFC 9051 2.2.2, 7)
 */
#include "probes/protocol/imap_response.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

struct row {
    const char *line;
    enum imap_response_kind kind;
    enum imap_status status;
    const char *tag;
    const char *text;
    const char *capabilities; /* joined by spaces; NULL: not listed */
    bool literal;
    enum imap_greeting greeting;
};

static const struct row rows[] = {
    {"* OK ready", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL, "OK ready", NULL, false, IMAP_GREETING_OK},
    {"* ok", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL, "ok", NULL, false, IMAP_GREETING_OK},
    {"* OK [CAPABILITY IMAP4rev1 starttls AUTH=PLAIN] ready", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL,
     "OK [CAPABILITY IMAP4rev1 starttls AUTH=PLAIN] ready", "IMAP4REV1 STARTTLS AUTH=PLAIN", false,
     IMAP_GREETING_OK},
    {"* OK [capability ] x", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL, "OK [capability ] x", "", false,
     IMAP_GREETING_OK},
    {"* OK [CAPABILITY IMAP4rev1 ready", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL,
     "OK [CAPABILITY IMAP4rev1 ready", NULL, false, IMAP_GREETING_OK},
    {"* OK [ALERT] CAPABILITY X", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL, "OK [ALERT] CAPABILITY X",
     NULL, false, IMAP_GREETING_OK},
    {"* PREAUTH hello", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_PREAUTH, NULL, "PREAUTH hello", NULL, false,
     IMAP_GREETING_PREAUTH},
    {"* BYE too many connections", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_BYE, NULL, "BYE too many connections",
     NULL, false, IMAP_GREETING_BYE},
    {"* NO trouble", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_NO, NULL, "NO trouble", NULL, false,
     IMAP_GREETING_OTHER},
    {"* CAPABILITY IMAP4rev1  LOGINDISABLED ", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_NONE, NULL,
     "CAPABILITY IMAP4rev1  LOGINDISABLED ", "IMAP4REV1 LOGINDISABLED", false, IMAP_GREETING_OTHER},
    {"* capability", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_NONE, NULL, "capability", "", false,
     IMAP_GREETING_OTHER},
    {"* 3 EXISTS", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_NONE, NULL, "3 EXISTS", NULL, false,
     IMAP_GREETING_OTHER},
    {"*", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_NONE, NULL, "", NULL, false, IMAP_GREETING_OTHER},
    {"a1 OK done", IMAP_RESPONSE_TAGGED, IMAP_STATUS_OK, "a1", "OK done", NULL, false, IMAP_GREETING_OTHER},
    {"a2 No [CAPABILITY X] done", IMAP_RESPONSE_TAGGED, IMAP_STATUS_NO, "a2", "No [CAPABILITY X] done", "X",
     false, IMAP_GREETING_OTHER},
    {"a3 BAD what", IMAP_RESPONSE_TAGGED, IMAP_STATUS_BAD, "a3", "BAD what", NULL, false,
     IMAP_GREETING_OTHER},
    {"+ go on", IMAP_RESPONSE_CONTINUATION, IMAP_STATUS_NONE, NULL, "go on", NULL, false,
     IMAP_GREETING_OTHER},
    {"+", IMAP_RESPONSE_CONTINUATION, IMAP_STATUS_NONE, NULL, "", NULL, false, IMAP_GREETING_OTHER},
    {"a1 BYE bye", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "a1 BYE bye", NULL, false,
     IMAP_GREETING_OTHER},
    {"a1 CAPABILITY X", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "a1 CAPABILITY X", NULL, false,
     IMAP_GREETING_OTHER},
    {"a*1 OK x", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "a*1 OK x", NULL, false, IMAP_GREETING_OTHER},
    {"220 mail ESMTP", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "220 mail ESMTP", NULL, false,
     IMAP_GREETING_OTHER},
    {"", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "", NULL, false, IMAP_GREETING_OTHER},
    {"OK", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "OK", NULL, false, IMAP_GREETING_OTHER},
    {"**  OK x", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "**  OK x", NULL, false, IMAP_GREETING_OTHER},
    {"\001\377 OK x", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "\\x01\\xff OK x", NULL, false,
     IMAP_GREETING_OTHER},
    {"* 1 FETCH (BODY {12}", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_NONE, NULL, "1 FETCH (BODY {12}", NULL, true,
     IMAP_GREETING_OTHER},
    {"* ID {3+}", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_NONE, NULL, "ID {3+}", NULL, true, IMAP_GREETING_OTHER},
    {"* OK {}", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL, "OK {}", NULL, false, IMAP_GREETING_OK},
    {"* OK 12}", IMAP_RESPONSE_UNTAGGED, IMAP_STATUS_OK, NULL, "OK 12}", NULL, false, IMAP_GREETING_OK},
    {"}", IMAP_RESPONSE_OTHER, IMAP_STATUS_NONE, NULL, "}", NULL, false, IMAP_GREETING_OTHER},
};

static const char *or_nothing(const char *text)
{
    return text == NULL ? "(none)" : text;
}

Test(imap_response, table)
{
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct imap_response response;

        cr_assert_eq(imap_response_read(bytes_of(row->line, strlen(row->line)), arena, &response), 0);
        cr_expect_eq(response.kind, row->kind, "'%s': kind %d", row->line, (int)response.kind);
        cr_expect_eq(response.status, row->status, "'%s': status %d", row->line, (int)response.status);
        cr_expect_str_eq(or_nothing(response.tag), or_nothing(row->tag), "'%s'", row->line);
        cr_expect_str_eq(response.text, row->text, "'%s'", row->line);
        cr_expect_eq(response.capabilities.observed, row->capabilities != NULL, "'%s'", row->line);
        cr_expect_str_eq(text_join(arena, &response.capabilities, " "),
                         row->capabilities == NULL ? "" : row->capabilities, "'%s'", row->line);
        cr_expect_eq(response.literal, row->literal, "'%s'", row->line);
        cr_expect_eq(imap_greeting_kind(&response), row->greeting, "'%s'", row->line);
    }
    arena_free(arena);
}

/* A line of the longest kind that a stream gives (4096 bytes) lists at most 256 capabilities. */
Test(imap_response, limits)
{
    struct arena *arena = arena_new(0);
    struct imap_response response;
    char line[4096];

    for (size_t i = 0; i < sizeof line; i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    memcpy(line, "* CAPABILITY ", 13);
    cr_assert_eq(imap_response_read(bytes_of(line, sizeof line), arena, &response), 0);
    cr_expect_eq(response.capabilities.count, 256);
    cr_expect_leq(strlen(response.text), DIALOGUE_LINE_MAX + 3);
    arena_free(arena);

    arena = arena_new(64);
    cr_expect_eq(imap_response_read(bytes_of(line, sizeof line), arena, &response), -ENOMEM);
    arena_free(arena);
}
