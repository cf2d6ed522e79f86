/*
 * smtp_reply.c - tests of reading SMTP replies line by line (RFC 5321 4.2, 4.1.1.1)
 */
#include "probes/protocol/smtp_reply.h"

#include "scanner/base/arena.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 6 };

struct reply_row {
    const char *lines[LINES];
    enum smtp_reply_state state; /* after the last line; MORE after all before */
    int code;
    const char *texts[LINES];
    const char *broken;
};

static const struct reply_row reply_rows[] = {
    {{"220 mail.example.org ESMTP"}, SMTP_REPLY_COMPLETE, 220, {"mail.example.org ESMTP"}, NULL},
    {{"250"}, SMTP_REPLY_COMPLETE, 250, {""}, NULL},
    {{"250 "}, SMTP_REPLY_COMPLETE, 250, {""}, NULL},
    {{"250-"}, SMTP_REPLY_MORE, 250, {""}, NULL},
    {{"354 go on"}, SMTP_REPLY_COMPLETE, 354, {"go on"}, NULL},
    {{"599 x"}, SMTP_REPLY_COMPLETE, 599, {"x"}, NULL},
    {{"250-one", "250-two", "250 three"}, SMTP_REPLY_COMPLETE, 250, {"one", "two", "three"}, NULL},
    {{"220-wait", "220 now"}, SMTP_REPLY_COMPLETE, 220, {"wait", "now"}, NULL},
    {{"250-one", "250"}, SMTP_REPLY_COMPLETE, 250, {"one", ""}, NULL},
    {{"220 \033[2J</script>"}, SMTP_REPLY_COMPLETE, 220, {"\\x1b[2J</script>"}, NULL},
    {{"220  two spaces"}, SMTP_REPLY_COMPLETE, 220, {" two spaces"}, NULL},
    {{""}, SMTP_REPLY_BROKEN, 0, {NULL}, "a line does not begin with a reply code"},
    {{"22"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a line does not begin with a reply code"},
    {{"120 soon"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a line does not begin with a reply code"},
    {{"600 x"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a line does not begin with a reply code"},
    {{"2a0 x"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a line does not begin with a reply code"},
    {{" 220 x"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a line does not begin with a reply code"},
    {{"* OK IMAP here"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a line does not begin with a reply code"},
    {{"2200 x"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a reply code is not followed by a space or a hyphen"},
    {{"220\tx"}, SMTP_REPLY_BROKEN, 0, {NULL}, "a reply code is not followed by a space or a hyphen"},
    {{"250-one", "220 two"}, SMTP_REPLY_BROKEN, 250, {"one"}, "the lines of one reply have different codes"},
    {{"250-one", "two"}, SMTP_REPLY_BROKEN, 250, {"one"}, "a line does not begin with a reply code"},
};

static void check_reply(const struct reply_row *row, size_t index)
{
    struct arena *arena = arena_new(0);
    struct smtp_reply_parser parser = {0};
    enum smtp_reply_state state = SMTP_REPLY_MORE;
    size_t texts = 0;

    for (size_t i = 0; i < LINES && row->lines[i] != NULL; i++) {
        cr_assert_eq(state, SMTP_REPLY_MORE, "row %zu ends before line %zu", index, i);
        cr_assert_eq(smtp_reply_feed(&parser, bytes_of(row->lines[i], strlen(row->lines[i])), arena, &state),
                     0);
    }
    cr_expect_eq(state, row->state, "row %zu: state %d", index, (int)state);
    cr_expect_str_eq(parser.broken == NULL ? "" : parser.broken, row->broken == NULL ? "" : row->broken);
    cr_expect_eq(parser.reply == NULL ? 0 : parser.reply->code.value, row->code, "row %zu: code", index);
    while (texts < LINES && row->texts[texts] != NULL)
        texts++;
    cr_assert_eq(parser.reply == NULL ? 0 : parser.reply->lines.count, texts, "row %zu: lines", index);
    for (size_t i = 0; i < texts; i++)
        cr_expect_str_eq(parser.reply->lines.items[i], row->texts[i], "row %zu, text %zu", index, i);
    arena_free(arena);
}

Test(smtp_reply, table)
{
    for (size_t i = 0; i < sizeof reply_rows / sizeof reply_rows[0]; i++)
        check_reply(&reply_rows[i], i);
}

/* At most 64 lines are kept and 512 read; a long line is cut. */
Test(smtp_reply, limits)
{
    struct arena *arena = arena_new(0);
    struct smtp_reply_parser parser = {0};
    enum smtp_reply_state state = 0;
    char line[4000];

    memset(line, 'x', sizeof line);
    memcpy(line, "250-", 4);
    for (size_t i = 0; i < SMTP_REPLY_LINES_READ; i++) {
        cr_assert_eq(smtp_reply_feed(&parser, bytes_of(line, sizeof line), arena, &state), 0);
        cr_assert_eq(state, SMTP_REPLY_MORE);
    }
    cr_expect_eq(parser.reply->lines.count, SMTP_REPLY_LINES_KEPT);
    cr_expect_leq(strlen(parser.reply->lines.items[0]), DIALOGUE_LINE_MAX + 3);
    cr_assert_eq(smtp_reply_feed(&parser, bytes_of("250 end", 7), arena, &state), 0);
    cr_expect_eq(state, SMTP_REPLY_BROKEN);
    cr_expect_str_eq(parser.broken, "a reply has more than 512 lines");
    arena_free(arena);
}

/* A line that does not fit into the arena is -ENOMEM, and nothing is claimed about the reply. */
Test(smtp_reply, out_of_memory)
{
    struct arena *arena = arena_new(64);
    struct smtp_reply_parser parser = {0};
    enum smtp_reply_state state = 0;
    char line[2000];

    memset(line, 'x', sizeof line);
    memcpy(line, "250 ", 4);
    cr_expect_eq(smtp_reply_feed(&parser, bytes_of(line, sizeof line), arena, &state), -ENOMEM);
    cr_expect_eq(state, 0);
    arena_free(arena);
}

struct ehlo_row {
    const char *lines[LINES];
    const char *name;
    bool observed;                   /* were capabilities listed at all? */
    const char *capabilities[LINES]; /* "KEYWORD|parameter" */
};

static const struct ehlo_row ehlo_rows[] = {
    {{"250-mail.example.org at your service", "250-SIZE 10485760", "250-pipelining", "250 STARTTLS"},
     "mail.example.org",
     true,
     {"SIZE|10485760", "PIPELINING|", "STARTTLS|"}},
    {{"250 mail.example.org"}, "mail.example.org", true, {NULL}},
    {{"250-", "250 HELP"}, "", true, {"HELP|"}},
    {{"250-mail", "250-AUTH=LOGIN PLAIN", "250-auth plain login", "250 SIZE"},
     "mail",
     true,
     {"AUTH|LOGIN PLAIN", "AUTH|plain login", "SIZE|"}},
    {{"250-mail", "250-", "250-  SIZE", "250 DSN  "}, "mail", true, {"DSN|"}},
    {{"502 no EHLO here"}, "", false, {NULL}},
    {{"421 busy"}, "", false, {NULL}},
};

static void check_ehlo(const struct ehlo_row *row, size_t index)
{
    struct arena *arena = arena_new(0);
    struct smtp_reply_parser parser = {0};
    enum smtp_reply_state state = SMTP_REPLY_MORE;
    struct smtp_ehlo_facts *ehlo = NULL;
    size_t count = 0;

    for (size_t i = 0; i < LINES && row->lines[i] != NULL; i++)
        cr_assert_eq(smtp_reply_feed(&parser, bytes_of(row->lines[i], strlen(row->lines[i])), arena, &state),
                     0);
    cr_assert_eq(state, SMTP_REPLY_COMPLETE);
    cr_assert_eq(smtp_ehlo_read(parser.reply, arena, &ehlo), 0);
    cr_expect_eq(ehlo->reply, parser.reply);
    cr_expect_str_eq(ehlo->name == NULL ? "" : ehlo->name, row->name, "row %zu", index);
    cr_expect_eq(ehlo->capabilities.observed, row->observed, "row %zu", index);
    while (count < LINES && row->capabilities[count] != NULL)
        count++;
    cr_assert_eq(ehlo->capabilities.count, count, "row %zu: %zu capabilities", index,
                 ehlo->capabilities.count);
    for (size_t i = 0; i < count; i++) {
        const struct smtp_capability_facts *capability = ehlo->capabilities.items[i];
        char text[200];

        (void)snprintf(text, sizeof text, "%s|%s", capability->keyword,
                       capability->parameter == NULL ? "" : capability->parameter);
        cr_expect_str_eq(text, row->capabilities[i], "row %zu", index);
    }
    arena_free(arena);
}

Test(smtp_reply, ehlo)
{
    for (size_t i = 0; i < sizeof ehlo_rows / sizeof ehlo_rows[0]; i++)
        check_ehlo(&ehlo_rows[i], i);
}
