/*
 * hostile_script.c - tests of the scripted servers themselves: what is no script is refused, and a client
 * that misbehaves is caught
 */
#include "scanner/base/arena.h"
#include "scanner/net/stream.h"
#include "tests/hostile/certificates.h"
#include "tests/hostile/stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* ---- reading ---- */

struct mistake {
    const char *text;
    const char *error;
};

static const struct mistake mistakes[] = {
    {"", "x:1: there is no \"connection\""},
    {"connection\n", "x:2: there is no \"name\""},
    {"name n\nhello\n", "x:2: \"hello\" is no word of a script"},
    {"name n\nsend x\n", "x:2: a step stands before the first \"connection\""},
    {"name n\nservice ftp\n", "x:2: \"ftp\" is not a service"},
    {"name n\ndepth deep\n", "x:2: \"deep\" is neither quick nor standard"},
    {"name n\ntimeout soon\n", "x:2: \"soon\" is not a number of seconds"},
    {"name n\nconnection 0\n", "x:2: \"0\" is not the number of a connection"},
    {"name n\nconnection\n  expect\n", "x:3: expect needs a pattern"},
    {"name n\nconnection\n  send a\\q\n", "x:3: a backslash is followed by none of r n t 0 e \\ xNN"},
    {"name n\nconnection\n  send \\x1\n", "x:3: a backslash is followed by none of r n t 0 e \\ xNN"},
    {"name n\nconnection\n  wait -1\n", "x:3: \"-1\" is not a number of seconds"},
    {"name n\nconnection\n  tls dsa\n", "x:3: \"dsa\" is none of ecdsa rsa expired wrong-name untrusted old"},
    {"name n\nconnection\n  end\n", "x:3: \"end\" without \"repeat\""},
    {"name n\nconnection\n  repeat 2\n", "x:4: a \"repeat\" is open at the end"},
    {"name n\nconnection\n  repeat 2\nconnection\n", "x:4: a \"repeat\" is open at the end of a connection"},
    {"name n\nconnection\n  send-slowly 0 x\n", "x:3: \"0\" is not a number from 1 to 1000"},
    {"name n\nconnection\nfact smtp.end\n", "x:3: a fact or verdict needs a name and a value"},
};

Test(hostile_script, mistakes)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct arena *arena = arena_new(0);
        struct script *script = NULL;
        const char *error = "";

        cr_expect_eq(script_parse(mistakes[i].text, "x", arena, &script, &error), -EINVAL, "%s",
                     mistakes[i].text);
        cr_expect_str_eq(error, mistakes[i].error);
        arena_free(arena);
    }
}

Test(hostile_script, steps)
{
    static const char text[] = "# comment\n\n  name  a b \nconnection\n  send a\\r\\x41\\e\n  send-raw b\n"
                               "  repeat 3\n    wait 0.25\n  end\n  noise 5\nconnection 2\n  refuse\n";
    struct arena *arena = arena_new(0);
    struct script *script = NULL;
    const char *error = NULL;
    const struct section *section;

    cr_assert_eq(script_parse(text, "x", arena, &script, &error), 0, "%s", error);
    cr_expect_str_eq(script->name, "a b ");
    section = script_section(script, 1);
    cr_assert_eq(section->count, 5);
    cr_expect(bytes_equal(section->steps[0].data, bytes_of("a\rA\033\r\n", 6)));
    cr_expect(bytes_equal(section->steps[1].data, bytes_of("b", 1)));
    cr_expect_eq(section->steps[2].end, 4);
    cr_expect_eq(section->steps[3].number, 250);
    cr_expect_eq(section->steps[4].data.size, 5);
    cr_expect(section_refuses(script_section(script, 2)));
    cr_expect_eq(script_section(script, 7), section, "the section without a number is for all others");
    arena_free(arena);
}

/* ---- watching the client ---- */

enum trick {
    TRICK_NONE,
    TRICK_BEFORE_GREETING, /* speaks at once */
    TRICK_AT_TEASER,       /* speaks at the first line of the greeting */
    TRICK_TWO_AT_ONCE,     /* two commands in one */
    TRICK_AFTER_FAREWELL,  /* goes on behind QUIT */
    TRICK_LEAVES,          /* closes where a command is expected */
    TRICK_WRONG_COMMAND,
};

struct client {
    struct stage stage;
    enum trick trick;
};

static void say(struct stream *stream, const char *text)
{
    cr_assert_eq(stream_write(stream, text, strlen(text), DEADLINE_NEVER), 0);
}

static void hear(struct stream *stream)
{
    struct bytes line;

    cr_assert_eq(stream_read_line(stream, DEADLINE_NEVER, &line), 0);
}

static void talk(struct stream *stream, enum trick trick)
{
    if (trick == TRICK_BEFORE_GREETING) {
        say(stream, "EHLO me\r\n");
        return;
    }
    hear(stream);
    if (trick != TRICK_AT_TEASER)
        hear(stream);
    if (trick == TRICK_LEAVES)
        return;
    say(stream, trick == TRICK_TWO_AT_ONCE     ? "EHLO me\r\nQUIT\r\n"
                : trick == TRICK_WRONG_COMMAND ? "HELO me\r\n"
                                               : "EHLO me\r\n");
    if (trick != TRICK_NONE && trick != TRICK_AFTER_FAREWELL)
        return;
    hear(stream);
    say(stream, "QUIT\r\n");
    hear(stream);
    if (trick == TRICK_AFTER_FAREWELL)
        say(stream, "NOOP\r\n");
}

static void run_client(void *argument)
{
    struct client *client = argument;
    struct address address = {.family = AF_INET};
    struct stream *stream;

    cr_assert_eq(stream_connect(&client->stage.network, &address, 25, DEADLINE_NEVER, &stream), 0);
    talk(stream, client->trick);
    (void)task_sleep(client->stage.network.engine, 10000, "the server to hear it");
    stream_close(stream);
}

Test(hostile_script, misbehaviour_is_caught)
{
    static const char text[] =
        "name n\nconnection\n  send 220-mail\n  wait 6\n  send 220 mail\n  expect EHLO *\n"
        "  wait 1\n  send 250 mail\n  expect QUIT\n  send 221 bye\n";
    static const struct {
        enum trick trick;
        bool unasked;
        const char *failure; /* NULL: none */
    } rows[] = {
        {TRICK_NONE, false, NULL},
        {TRICK_BEFORE_GREETING, true, "x:3: the client speaks unasked: EHLO me\\x0d\\x0a"},
        {TRICK_AT_TEASER, true, "x:4: the client speaks unasked: EHLO me\\x0d\\x0a"},
        {TRICK_TWO_AT_ONCE, true, "x:7: the client speaks unasked: QUIT\\x0d\\x0a"},
        {TRICK_AFTER_FAREWELL, true, "x:10: the client speaks unasked: NOOP\\x0d\\x0a"},
        {TRICK_LEAVES, false, "x:6: \"EHLO *\" was expected, but the client has left"},
        {TRICK_WRONG_COMMAND, false, "x:6: \"EHLO *\" was expected, but the client says \"HELO me\""},
    };
    struct certificates *certificates = certificates_new(STAGE_TIME);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client client = {.trick = rows[i].trick};
        struct arena *arena = arena_new(0);
        struct script *script;
        const char *error = NULL;

        cr_assert_eq(script_parse(text, "x", arena, &script, &error), 0, "%s", error);
        stage_open(&client.stage, script, certificates);
        stage_run(&client.stage, run_client, &client);
        cr_expect_eq(client.stage.player.spoke_unasked, rows[i].unasked, "row %zu", i);
        cr_expect_str_eq(client.stage.player.failure == NULL ? "" : client.stage.player.failure,
                         rows[i].failure == NULL ? "" : rows[i].failure);
        stage_close(&client.stage);
        arena_free(arena);
    }
    certificates_free(certificates);
}
