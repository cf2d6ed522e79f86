/*
 * player.c - plays a script on a connection: a strange server as one readable file
 *
 *      # a server that greets in two halves, as postscreen does
 *      name     a client that speaks before the last line of the greeting is dropped
 *      connection
 *        send     220-mail.example.org ESMTP
 *        wait     6
 *        send     220 mail.example.org ESMTP
 *        expect   EHLO *
 *        send     250 mail.example.org
 *        expect   QUIT
 *        send     221 bye
 *      fact     smtp.greeting_pause   6000
 *      verdict  smtp.starttls         fail
 *
 * One word begins each line; white space before it, empty lines and lines that begin with "#" do not count.
 *
 * What is scanned, and how:
 *      name TEXT              what the script shows; needed
 *      service NAME           smtp (default), submission, submissions, imap, imaps, pop3, pop3s, sieve,
 *                             tls: on its usual port
 *      host NAME              what the client asks for (default mail.example.org)
 *      depth quick|standard   quick (default): one session; standard: the other key type, too
 *      timeout SECONDS        of the whole scan (default 180)
 *      stop SECONDS           the scan is stopped by its user then
 *
 * What the server does, from the top for each connection:
 *      connection [N]         begins the steps of the N-th connection. Without a number: of every connection
 *                             that has no steps of its own. If none is left for one, the last are played.
 *      send TEXT              sends the text and CRLF. \r \n \t \0 \e \\ \xNN are understood.
 *      send-raw TEXT          the same without CRLF
 *      send-slowly N TEXT     as send, N bytes a second
 *      noise N                sends N bytes that mean nothing, the same each time
 *      expect PATTERN         waits for a line that matches (* ? [a-z], case does not count)
 *      expect-bytes           waits until the client sends anything, and takes it in
 *      wait SECONDS           does nothing
 *      tls [WHAT]...          makes the connection TLS. Certificates: ecdsa (default) and rsa for
 *                             mail.example.org; expired, wrong-name, untrusted (all ECDSA). old: TLS 1.0 and
 *                             1.1 only.
 *      tls-fails [WHAT]...    a handshake that must not succeed
 *      close, reset           closes the connection, by FIN or by RST
 *      refuse, silent         as the only step: connect() is refused, or never answered
 *      repeat N ... end       plays what stands between N times
 * At the end of its steps the server waits for the client to close.
 *
 * What must come out:
 *      fact PATH VALUE        of the endpoint's facts as JSON: smtp.greeting.code 220, smtp.ehlo null,
 *                             tls.handshakes.count 2, smtp.transcript[0].text 220*. The value is a pattern.
 *      verdict CHECK OUTCOME  of the checks on this endpoint: fail, warn, info, pass, not_applicable,
 *                             not_tested. The worst, if there are several.
 *
 * Anything that the client sends while the server is in no "expect" or "tls" is a violation, and the test
 * fails with the line of the script: a guest waits until it is asked.
 */
#include "tests/hostile/player.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/tls.h"
#include "tests/hostile/certificates.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>

/* One connection of a server. */
struct performance {
    struct player *player;
    const struct section *section;
    struct stream *stream; /* NULL: closed by us */
    void *data;
    bool over; /* the client has left, or nothing more can be said */
};

static void fails(struct performance *performance, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fails(struct performance *performance, unsigned line, const char *format, ...)
{
    struct player *player = performance->player;
    va_list arguments;
    const char *what;

    performance->over = true;
    if (player->failure != NULL)
        return;
    va_start(arguments, format);
    what = arena_vformat(player->arena, format, arguments);
    va_end(arguments);
    player->failure = arena_format(player->arena, "%s:%u: %s", player->script->file, line, what);
}

static const char *clean(struct performance *performance, struct bytes said)
{
    return text_clean(performance->player->arena, said.data, said.size, 200);
}

static void speaks_unasked(struct performance *performance, unsigned line, struct bytes said)
{
    performance->player->spoke_unasked = true;
    fails(performance, line, "the client speaks unasked: %s", clean(performance, said));
}

/* Has the client said something that it was not asked for? */
static bool hears_nothing(struct performance *performance, unsigned line)
{
    struct bytes said;

    (void)stream_poll_input(performance->stream); /* that the client has left is seen by whoever sends */
    said = stream_pending(performance->stream);
    if (said.size == 0)
        return true;
    speaks_unasked(performance, line, said);
    return false;
}

/* Lets time pass; anything but the end of the connection is a violation. */
static void stay_silent(struct performance *performance, unsigned line, int64_t deadline)
{
    char said[200];
    int64_t size;

    if (performance->over || !hears_nothing(performance, line))
        return;
    size = stream_read(performance->stream, said, sizeof said, deadline);
    if (size > 0)
        speaks_unasked(performance, line, bytes_of(said, (size_t)size));
    else if (size != -ETIMEDOUT)
        performance->over = true;
}

static void send_bytes(struct performance *performance, const struct step *step, struct bytes bytes)
{
    if (!hears_nothing(performance, step->line))
        return;
    if (stream_write(performance->stream, bytes.data, bytes.size, DEADLINE_NEVER) < 0)
        performance->over = true;
}

static void send_slowly(struct performance *performance, const struct step *step)
{
    struct engine *engine = performance->player->engine;
    int64_t begin = engine_now(engine);

    for (size_t i = 0; i < step->data.size && !performance->over; i++) {
        if (i > 0)
            stay_silent(performance, step->line, begin + (int64_t)i * 1000 / step->number);
        if (!performance->over)
            send_bytes(performance, step, bytes_of(step->data.data + i, 1));
    }
}

static void expect_line(struct performance *performance, const struct step *step)
{
    struct bytes line = {0};
    int error = stream_read_line(performance->stream, DEADLINE_NEVER, &line);
    const char *said;

    if (error == -ECANCELED) {
        performance->over = true;
        return;
    }
    if (error < 0) {
        fails(performance, step->line, "\"%s\" was expected, but %s", step->pattern,
              error == -EPIPE ? "the client has left" : stream_error_text(error));
        return;
    }
    said = clean(performance, line);
    if (said != NULL && fnmatch(step->pattern, said, FNM_CASEFOLD) != 0)
        fails(performance, step->line, "\"%s\" was expected, but the client says \"%s\"", step->pattern,
              said);
}

static void expect_bytes(struct performance *performance, const struct step *step)
{
    char said[4096];
    int64_t size = stream_read(performance->stream, said, sizeof said, DEADLINE_NEVER);

    if (size <= 0)
        fails(performance, step->line, "bytes were expected, but the client has left");
    (void)stream_poll_input(performance->stream);
    stream_discard_pending(performance->stream);
}

static void make_tls(struct performance *performance, const struct step *step)
{
    struct tls_server *server = certificates_server(performance->player->certificates, step->certificates);
    int error = tls_accept(performance->stream, server, DEADLINE_NEVER);

    if (error == -ECANCELED)
        performance->over = true;
    else if (error < 0 && step->kind == STEP_TLS)
        fails(performance, step->line, "the handshake failed: %s", stream_error_text(error));
    else if (error == 0 && step->kind == STEP_TLS_FAILS)
        fails(performance, step->line, "the handshake should have failed, but did not");
    else if (error < 0)
        performance->over = true;
}

static void leave(struct performance *performance, const struct step *step)
{
    struct player *player = performance->player;

    if (step->kind == STEP_CLOSE)
        stream_close(performance->stream);
    else if (player->reset != NULL)
        player->reset(performance->data, performance->stream);
    else
        stream_reset(performance->stream);
    performance->stream = NULL;
    performance->over = true;
}

static void play_steps(struct performance *performance, size_t begin, size_t end);

static void play_step(struct performance *performance, size_t place)
{
    const struct step *step = &performance->section->steps[place];
    struct engine *engine = performance->player->engine;

    switch (step->kind) {
    case STEP_SEND:
        send_bytes(performance, step, step->data);
        break;
    case STEP_SEND_SLOWLY:
        send_slowly(performance, step);
        break;
    case STEP_EXPECT:
        expect_line(performance, step);
        break;
    case STEP_EXPECT_BYTES:
        expect_bytes(performance, step);
        break;
    case STEP_WAIT:
        stay_silent(performance, step->line, deadline_in(engine, step->number, DEADLINE_NEVER));
        break;
    case STEP_TLS:
    case STEP_TLS_FAILS:
        make_tls(performance, step);
        break;
    case STEP_CLOSE:
    case STEP_RESET:
        leave(performance, step);
        break;
    case STEP_REPEAT:
        for (int64_t i = 0; i < step->number && !performance->over; i++)
            play_steps(performance, place + 1, step->end);
        break;
    case STEP_REFUSE:
    case STEP_SILENT:
        fails(performance, step->line, "this can only be the one step of a connection");
        break;
    }
}

static void play_steps(struct performance *performance, size_t begin, size_t end)
{
    size_t place = begin;

    while (place < end && !performance->over) {
        const struct step *step = &performance->section->steps[place];

        play_step(performance, place);
        place = step->kind == STEP_REPEAT ? step->end : place + 1;
    }
}

void player_play(struct player *player, const struct section *section, struct stream *stream, void *data)
{
    struct performance performance = {.player = player, .section = section, .stream = stream, .data = data};

    play_steps(&performance, 0, section->count);
    if (performance.stream != NULL)
        stay_silent(&performance,
                    section->count == 0 ? section->line : section->steps[section->count - 1].line,
                    DEADLINE_NEVER);
    stream_close(performance.stream);
}

bool section_refuses(const struct section *section)
{
    return section->count == 1 && section->steps[0].kind == STEP_REFUSE;
}

bool section_is_silent(const struct section *section)
{
    return section->count == 1 && section->steps[0].kind == STEP_SILENT;
}
