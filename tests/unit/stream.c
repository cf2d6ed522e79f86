/*
 * stream.c - lines over a connection: framing, limits, deadlines, cancellation, both directions
 *
 * The peer is a task of the same engine on a virtual clock; between the two is a socket pair.
 */
#include "scanner/net/stream_tls.h"
#include "scanner/net/wire.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Two ends, each with a task that plays it. */
struct scene {
    struct engine *engine;
    void (*us)(void *scene);
    void (*them)(void *scene); /* NULL: nobody */
    struct stream *ours, *theirs;
    struct task_group *our_group; /* for a test that cancels us */
    const void *data;
    size_t seen;
};

static void run_scene(void *argument)
{
    struct scene *scene = argument;
    struct task_group *root = engine_root(scene->engine), *their_group;
    struct io *io;
    int fds[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    cr_assert_eq(io_new(scene->engine, fds[0], &io), 0);
    cr_assert_eq(stream_new(scene->engine, io, &scene->ours), 0);
    cr_assert_eq(io_new(scene->engine, fds[1], &io), 0);
    cr_assert_eq(stream_new(scene->engine, io, &scene->theirs), 0);
    cr_assert_eq(task_group_new(root, "us", &scene->our_group), 0);
    cr_assert_eq(task_group_new(root, "them", &their_group), 0);
    cr_assert_eq(task_spawn(scene->our_group, scene->us, scene, "us"), 0);
    if (scene->them != NULL)
        cr_assert_eq(task_spawn(their_group, scene->them, scene, "them"), 0);
    cr_expect_eq(task_group_join(scene->our_group, DEADLINE_NEVER), 0);
    stream_close(scene->ours);
    cr_expect_eq(task_group_join(their_group, DEADLINE_NEVER), 0);
    stream_close(scene->theirs);
    task_group_end(scene->our_group);
    task_group_end(their_group);
}

static void scene_play(struct scene *scene, void (*us)(void *), void (*them)(void *))
{
    struct clock clock = clock_virtual(0);

    scene->us = us;
    scene->them = them;
    cr_assert_eq(engine_new(&(struct engine_options){.clock = &clock}, &scene->engine), 0);
    cr_assert_eq(task_spawn(engine_root(scene->engine), run_scene, scene, "scene"), 0);
    cr_assert_eq(engine_run(scene->engine), 0);
    engine_free(scene->engine);
}

static void close_theirs(struct scene *scene)
{
    stream_close(scene->theirs);
    scene->theirs = NULL;
}

static void expect_line(struct bytes line, const char *expected, size_t size)
{
    cr_expect(bytes_equal(line, bytes_of(expected, size)), "\"%.*s\" instead of \"%s\"", (int)line.size,
              (const char *)line.data, expected);
}

/* ---- framing ---- */

struct framing {
    const char *what;
    struct {
        const char *data;
        size_t size; /* 0: strlen */
    } chunks[4];     /* with a second between them */
    bool byte_by_byte;
    const char *lines[5];
    size_t line_sizes[5]; /* 0: strlen */
    const char *rest;     /* what comes with -EPIPE */
};

static const struct framing framings[] = {
    {"two lines at once", {{"one\r\ntwo\r\n", 0}}, false, {"one", "two"}, {0}, ""},
    {"byte by byte", {{"220-mx\r\n220 ready\r\n", 0}}, true, {"220-mx", "220 ready"}, {0}, ""},
    {"CR and LF apart", {{"one\r", 0}, {"\ntwo\r", 0}, {"\n", 0}}, false, {"one", "two"}, {0}, ""},
    {"LF alone", {{"one\ntwo\n", 0}}, false, {"one", "two"}, {0}, ""},
    {"CR inside", {{"a\rb\r\r\n", 0}}, false, {"a\rb\r"}, {0}, ""},
    {"empty lines", {{"\r\n\nx\r\n", 0}}, false, {"", "", "x"}, {0}, ""},
    {"NUL and high bytes", {{"a\0b\xff\r\n", 6}}, false, {"a\0b\xff"}, {4}, ""},
    {"the end within a line", {{"one\r\nhal", 0}, {"f", 0}}, false, {"one"}, {0}, "half"},
    {"the end behind a CR", {{"one\r", 0}}, false, {NULL}, {0}, "one\r"},
    {"nothing at all", {{NULL, 0}}, false, {NULL}, {0}, ""},
};

static void send_chunks(void *argument)
{
    struct scene *scene = argument;
    const struct framing *framing = scene->data;

    for (size_t i = 0; i < COUNT(framing->chunks) && framing->chunks[i].data != NULL; i++) {
        const char *data = framing->chunks[i].data;
        size_t size = framing->chunks[i].size != 0 ? framing->chunks[i].size : strlen(data);
        size_t step = framing->byte_by_byte ? 1 : size;

        for (size_t at = 0; at < size; at += step) {
            cr_assert_eq(stream_write(scene->theirs, data + at, step, DEADLINE_NEVER), 0);
            cr_assert_eq(task_sleep(scene->engine, 1000, "the next packet"), 0);
        }
    }
    close_theirs(scene);
}

static void read_chunks(void *argument)
{
    struct scene *scene = argument;
    const struct framing *framing = scene->data;
    struct bytes line;

    for (size_t i = 0; i < COUNT(framing->lines) && framing->lines[i] != NULL; i++) {
        size_t size = framing->line_sizes[i] != 0 ? framing->line_sizes[i] : strlen(framing->lines[i]);

        cr_assert_eq(stream_read_line(scene->ours, DEADLINE_NEVER, &line), 0, "%s: line %zu", framing->what,
                     i);
        expect_line(line, framing->lines[i], size);
    }
    cr_expect_eq(stream_read_line(scene->ours, DEADLINE_NEVER, &line), -EPIPE, "%s", framing->what);
    expect_line(line, framing->rest, strlen(framing->rest));
    cr_expect_eq(stream_read_line(scene->ours, DEADLINE_NEVER, &line), -EPIPE, "the end stays the end");
    expect_line(line, "", 0);
}

Test(stream, framing)
{
    for (size_t i = 0; i < COUNT(framings); i++) {
        struct scene scene = {.data = &framings[i]};

        scene_play(&scene, read_chunks, send_chunks);
    }
}

/* ---- limits ---- */

struct limit {
    const char *what;
    size_t length; /* of a line of 'x' */
    const char *end;
    const char *later; /* comes a second after the rest; NULL: the connection is closed then */
    int result;
    int64_t at;
};

static const struct limit limits[] = {
    {"as long as may be", STREAM_LINE_MAX, "\r\n", NULL, 0, 0},
    {"as long as may be, LF alone", STREAM_LINE_MAX, "\n", NULL, 0, 0},
    {"as long as may be, in two packets", STREAM_LINE_MAX, "", "\r\n", 0, 1000},
    {"as long as may be, CR and LF apart", STREAM_LINE_MAX, "\r", "\n", 0, 1000},
    {"one too many", STREAM_LINE_MAX + 1, "\r\n", NULL, -EMSGSIZE, 0},
    {"one too many, LF alone", STREAM_LINE_MAX + 1, "\n", NULL, -EMSGSIZE, 0},
    {"one too many, in two packets", STREAM_LINE_MAX + 1, "", "\r\n", -EMSGSIZE, 1000},
    {"too many to become a line", STREAM_LINE_MAX + 2, "", "\n", -EMSGSIZE, 0},
    {"no end, closed", STREAM_LINE_MAX + 1, "", NULL, -EMSGSIZE, 1000},
    {"far too long", 100000, "\r\n", NULL, -EMSGSIZE, 0},
};

static void send_long_line(void *argument)
{
    struct scene *scene = argument;
    const struct limit *limit = scene->data;
    char *line = malloc(limit->length + 2);
    size_t end = strlen(limit->end);

    cr_assert_not_null(line);
    memset(line, 'x', limit->length);
    memcpy(line + limit->length, limit->end, end);
    stream_write(scene->theirs, line, limit->length + end, DEADLINE_NEVER);
    task_sleep(scene->engine, 1000, "a second");
    if (limit->later != NULL)
        stream_write(scene->theirs, limit->later, strlen(limit->later), DEADLINE_NEVER);
    free(line);
    close_theirs(scene);
}

static void read_long_line(void *argument)
{
    struct scene *scene = argument;
    const struct limit *limit = scene->data;
    struct bytes line = {0};

    cr_expect_eq(stream_read_line(scene->ours, DEADLINE_NEVER, &line), limit->result, "%s", limit->what);
    cr_expect_eq(line.size, limit->result == 0 ? limit->length : 0, "%s", limit->what);
    cr_expect_eq(engine_now(scene->engine), limit->at, "%s", limit->what);
    stream_close(scene->ours);
    scene->ours = NULL;
}

Test(stream, long_lines)
{
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct scene scene = {.data = &limits[i]};

        scene_play(&scene, read_long_line, send_long_line);
    }
}

static void send_without_end(void *argument)
{
    struct scene *scene = argument;
    int result;

    do
        result = stream_write(scene->theirs, "250-and so on\r\n", 15, DEADLINE_NEVER);
    while (result == 0);
    cr_expect(result == -EPIPE || result == -ECONNRESET);
}

static void read_without_end(void *argument)
{
    struct scene *scene = argument;
    struct bytes line;
    size_t total = 0;
    int result;

    while ((result = stream_read_line(scene->ours, DEADLINE_NEVER, &line)) == 0)
        total += line.size + 2;
    cr_expect_eq(result, -EMSGSIZE);
    cr_expect(total >= STREAM_TOTAL_MAX - STREAM_LINE_MAX && total <= STREAM_TOTAL_MAX + INPUT_SIZE, "%zu",
              total);
    stream_reset(scene->ours);
    scene->ours = NULL;
}

Test(stream, too_much_in_all)
{
    struct scene scene = {0};

    scene_play(&scene, read_without_end, send_without_end);
}

/* ---- time ---- */

static void drip(void *argument)
{
    struct scene *scene = argument;

    while (stream_write(scene->theirs, "x", 1, DEADLINE_NEVER) == 0)
        if (task_sleep(scene->engine, 1000, "the next byte") < 0)
            return;
}

static void read_from_dripper(void *argument)
{
    struct scene *scene = argument;
    struct bytes line;

    cr_expect_eq(stream_read_line(scene->ours, 30000, &line), -ETIMEDOUT);
    cr_expect(engine_now(scene->engine) >= 30000 && engine_now(scene->engine) <= 30001);
    cr_expect(stream_pending(scene->ours).size >= 30, "what came stays visible");
    /* The deadline is over; what has arrived meanwhile still counts, but there is no more waiting. */
    cr_expect_eq(stream_read_line(scene->ours, 30000, &line), -ETIMEDOUT);
    cr_expect_leq(engine_now(scene->engine), 30001);
    stream_close(scene->ours);
    scene->ours = NULL;
}

Test(stream, a_slow_sender_is_held_to_the_deadline)
{
    struct scene scene = {0};

    scene_play(&scene, read_from_dripper, drip);
}

/* Always has one more byte. */
static void dribble(void *argument)
{
    struct scene *scene = argument;

    while (scene->ours != NULL && stream_write(scene->theirs, "x", 1, DEADLINE_NEVER) == 0)
        task_yield(scene->engine);
}

static void read_from_dribbler(void *argument)
{
    struct scene *scene = argument;
    struct bytes line;

    cr_expect_eq(stream_read_line(scene->ours, 0, &line), -ETIMEDOUT);
    cr_expect_lt(stream_pending(scene->ours).size, 100, "one look after the deadline, not one per byte");
    stream_close(scene->ours);
    scene->ours = NULL;
}

Test(stream, a_dribbler_is_held_to_the_deadline)
{
    struct scene scene = {0};

    scene_play(&scene, read_from_dribbler, dribble);
}

static void send_after_a_minute(void *argument)
{
    struct scene *scene = argument;

    task_sleep(scene->engine, 60000, "a minute");
    cr_expect_eq(stream_write(scene->theirs, "220 late\r\n", 10, DEADLINE_NEVER), 0);
}

static void read_in_time_and_late(void *argument)
{
    struct scene *scene = argument;
    struct bytes line;

    cr_expect_eq(stream_read_line(scene->ours, 59999, &line), -ETIMEDOUT);
    cr_expect_eq(engine_now(scene->engine), 59999);
    cr_expect_null(stream_wire(scene->ours)->input.data, "a task that waits holds no buffer");
    cr_expect_eq(task_sleep(scene->engine, 5000, "our own affairs"), 0);
    cr_expect_eq(stream_read_line(scene->ours, 1000, &line), 0,
                 "what has arrived beats a deadline that is over");
    expect_line(line, "220 late", 8);
}

Test(stream, data_beats_deadline)
{
    struct scene scene = {0};

    scene_play(&scene, read_in_time_and_late, send_after_a_minute);
}

/* ---- cancellation ---- */

static void answer_quit(void *argument)
{
    struct scene *scene = argument;
    struct bytes line;

    task_sleep(scene->engine, 500, "the middle of a wait");
    task_group_cancel(scene->our_group);
    cr_assert_eq(stream_read_line(scene->theirs, DEADLINE_NEVER, &line), 0);
    expect_line(line, "QUIT", 4);
    task_sleep(scene->engine, 1000, "a second of thought");
    cr_expect_eq(stream_write(scene->theirs, "221 bye\r\n", 9, DEADLINE_NEVER), 0);
}

static void leave_politely(void *argument)
{
    struct scene *scene = argument;
    struct bytes line;
    char byte;

    cr_expect_eq(stream_read_line(scene->ours, 60000, &line), -ECANCELED);
    cr_expect_eq(engine_now(scene->engine), 500);
    cr_expect_eq(stream_write(scene->ours, "x", 1, 60000), -ECANCELED, "nothing goes on after it");
    cr_expect_eq(stream_read(scene->ours, &byte, 1, 60000), -ECANCELED);
    task_shield(scene->engine, CLEANUP_GRACE_MS);
    cr_expect_eq(stream_write(scene->ours, "QUIT\r\n", 6, 60000), 0);
    cr_expect_eq(stream_read_line(scene->ours, 60000, &line), 0);
    expect_line(line, "221 bye", 7);
    cr_expect_eq(stream_read_line(scene->ours, 60000, &line), -ECANCELED, "the grace is over");
    cr_expect_eq(engine_now(scene->engine), 500 + CLEANUP_GRACE_MS);
    task_unshield(scene->engine);
}

Test(stream, cancellation_with_a_shielded_farewell)
{
    struct scene scene = {0};

    scene_play(&scene, leave_politely, answer_quit);
}

/* ---- sending ---- */

enum { MUCH = 4 * 1024 * 1024 };

static void read_slowly(void *argument)
{
    struct scene *scene = argument;
    char block[4096];
    int64_t count;

    task_sleep(scene->engine, 10000, "a long pause first");
    /* Read from the socket itself: a stream takes no more than STREAM_TOTAL_MAX. */
    while (scene->seen < MUCH) {
        count = read(io_fd(stream_wire(scene->theirs)->io), block, sizeof(block));
        if (count > 0)
            scene->seen += (size_t)count;
        else
            task_sleep(scene->engine, 1, "more");
    }
}

static void write_much(void *argument)
{
    struct scene *scene = argument;
    char *block = calloc(1, MUCH);

    cr_assert_not_null(block);
    cr_expect_eq(stream_write(scene->ours, block, MUCH, DEADLINE_NEVER), 0);
    cr_expect_geq(engine_now(scene->engine), 10000);
    cr_expect_eq(stream_bytes_out(scene->ours), MUCH);
    free(block);
}

Test(stream, a_write_waits_for_room)
{
    struct scene scene = {0};

    scene_play(&scene, write_much, read_slowly);
    cr_expect_eq(scene.seen, MUCH);
}

static void write_to_nobody(void *argument)
{
    struct scene *scene = argument;
    char *block = calloc(1, MUCH);

    cr_assert_not_null(block);
    cr_expect_eq(stream_write(scene->ours, block, MUCH, 30000), -ETIMEDOUT);
    cr_expect_eq(engine_now(scene->engine), 30000);
    close_theirs(scene);
    cr_expect_eq(stream_write(scene->ours, block, 1, 60000), -EPIPE, "and no SIGPIPE");
    free(block);
}

Test(stream, a_write_that_nobody_reads)
{
    struct scene scene = {0};

    scene_play(&scene, write_to_nobody, NULL);
}

/* ---- the end ---- */

static void vanish(void *argument)
{
    struct scene *scene = argument;

    /* What we sent is unread: the kernel resets the connection. */
    stream_write(scene->theirs, "hal", 3, DEADLINE_NEVER);
    task_sleep(scene->engine, 1000, "our line");
    stream_reset(scene->theirs);
    scene->theirs = NULL;
}

static void see_reset(void *argument)
{
    struct scene *scene = argument;
    struct bytes line = {0};
    char byte;

    cr_expect_eq(stream_write(scene->ours, "EHLO x\r\n", 8, 60000), 0);
    cr_expect_eq(stream_read_line(scene->ours, 60000, &line), -ECONNRESET);
    cr_expect_eq(engine_now(scene->engine), 1000);
    cr_expect_eq(line.size, 0);
    expect_line(stream_pending(scene->ours), "hal", 3);
    cr_expect_eq(stream_read(scene->ours, &byte, 1, 60000), 1, "what came before can be read");
    stream_discard_pending(scene->ours);
    cr_expect_eq(stream_read(scene->ours, &byte, 1, 60000), -ECONNRESET);
}

Test(stream, a_reset_is_not_a_close)
{
    struct scene scene = {0};

    scene_play(&scene, see_reset, vanish);
}

/* ---- what is pending ---- */

static void send_behind_the_answer(void *argument)
{
    struct scene *scene = argument;

    stream_write(scene->theirs, "220 go ahead\r\n250 injected\r\n", 28, DEADLINE_NEVER);
    task_sleep(scene->engine, 1000, "more");
    stream_write(scene->theirs, "more", 4, DEADLINE_NEVER);
    close_theirs(scene);
}

static void look_behind_the_answer(void *argument)
{
    struct scene *scene = argument;
    struct bytes line;
    char block[16];

    cr_expect_eq(stream_pending(scene->ours).size, 0);
    cr_expect_eq(stream_read_line(scene->ours, 60000, &line), 0);
    expect_line(line, "220 go ahead", 12);
    expect_line(stream_pending(scene->ours), "250 injected\r\n", 14);
    cr_expect_eq(stream_poll_input(scene->ours), 0, "nothing more now is no error");
    cr_expect_eq(stream_read(scene->ours, block, 4, 60000), 4);
    expect_line(bytes_of(block, 4), "250 ", 4);
    stream_discard_pending(scene->ours);
    cr_expect_eq(stream_pending(scene->ours).size, 0);
    task_sleep(scene->engine, 2000, "the rest");
    cr_expect_eq(stream_pending(scene->ours).size, 0, "not taken in yet");
    cr_expect_eq(stream_poll_input(scene->ours), -EPIPE);
    expect_line(stream_pending(scene->ours), "more", 4);
    cr_expect_eq(stream_read(scene->ours, block, sizeof(block), 60000), 4);
    cr_expect_eq(stream_read(scene->ours, block, sizeof(block), 60000), 0, "closed");
    cr_expect_eq(stream_bytes_in(scene->ours), 32);
    cr_expect_not(stream_is_tls(scene->ours));
}

Test(stream, what_is_pending_stays_visible)
{
    struct scene scene = {0};

    scene_play(&scene, look_behind_the_answer, send_behind_the_answer);
}

static void fill_the_socket(void *argument)
{
    struct scene *scene = argument;
    char *block = calloc(1, MUCH);

    /* As much as goes without a wait. */
    cr_assert_not_null(block);
    stream_write(scene->theirs, block, MUCH, 0);
    free(block);
}

static void poll_into_a_full_buffer(void *argument)
{
    struct scene *scene = argument;

    task_sleep(scene->engine, 1000, "a full socket");
    cr_expect_eq(stream_poll_input(scene->ours), 0);
    cr_expect_eq(stream_pending(scene->ours).size, INPUT_SIZE);
    cr_expect_eq(stream_poll_input(scene->ours), 0, "no more room is no error");
}

Test(stream, polling_takes_no_more_than_the_buffer)
{
    struct scene scene = {0};

    scene_play(&scene, poll_into_a_full_buffer, fill_the_socket);
}

/* ---- fairness ---- */

static void note_how_far_they_are(void *argument)
{
    struct scene *scene = argument;

    task_sleep(scene->engine, 1000, "a full socket");
    task_yield(scene->engine);
    scene->seen = (size_t)stream_bytes_in(scene->ours);
}

static void read_all_at_once(void *argument)
{
    struct scene *scene = argument;
    char block[4096];
    size_t total = 0;

    fill_the_socket(scene);
    task_sleep(scene->engine, 1000, "our turn");
    close_theirs(scene);
    for (int64_t count; (count = stream_read(scene->ours, block, sizeof(block), 60000)) > 0;)
        total += (size_t)count;
    cr_expect_gt(total, 100000, "%zu", total);
    cr_expect(scene->seen > 0 && scene->seen < total, "the other ran at %zu of %zu", scene->seen, total);
}

Test(stream, a_long_reader_lets_others_run)
{
    struct scene scene = {0};

    scene_play(&scene, read_all_at_once, note_how_far_they_are);
}

/* ---- connecting ---- */

static int connect_refused(struct network *network, const struct address *address, uint16_t port,
                           int64_t deadline, struct io **ret)
{
    (void)address;
    (void)deadline;
    (void)ret;
    cr_expect_eq(port, 25);
    network->connections++;
    return -ECONNREFUSED;
}

static void connect_somewhere(void *argument)
{
    struct scene *scene = argument;
    struct network network = {.engine = scene->engine, .connect = connect_refused};
    struct address address;
    struct stream *stream = NULL;

    cr_assert_eq(address_parse("192.0.2.1", &address), 0);
    cr_expect_eq(stream_connect(&network, &address, 25, 1000, &stream), -ECONNREFUSED);
    cr_expect_null(stream);
    cr_expect_eq(network.connections, 1);
    cr_expect_eq(stream_engine(scene->ours), scene->engine);
}

Test(stream, connecting_says_why_not)
{
    struct scene scene = {0};

    scene_play(&scene, connect_somewhere, NULL);
    stream_close(NULL);
    stream_reset(NULL);
    cr_expect_str_eq(stream_error_text(-ECONNREFUSED), "connection refused");
    cr_expect_str_eq(stream_error_text(-ETIMEDOUT), "no answer in time");
    cr_expect_str_eq(stream_error_text(-12345), "the connection failed");
}
