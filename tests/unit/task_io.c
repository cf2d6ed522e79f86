/*
 * task_io.c - the engine's promises to tasks that wait for sockets, on a virtual clock
 */
#include "tests/unit/task_stage.h"

#include "scanner/net/io.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static struct clock test_clock; /* of the test that moves it */

struct reader {
    struct engine *engine;
    struct io *io;
    int result;
    char byte;
};

static void reader_run(void *argument)
{
    struct reader *reader = argument;

    reader->result = io_wait(reader->io, IO_READABLE, 200, "a byte");
    if (reader->result == 0)
        cr_expect_eq(recv(io_fd(reader->io), &reader->byte, 1, 0), 1);
    io_close(reader->io);
}

/* Time passes while others compute: the byte came in time although the deadline is over when anybody looks.
 */
static void data_beats_deadline(void *argument)
{
    struct engine *engine = argument;
    struct reader readers[20];
    int others[20];

    for (size_t i = 0; i < 20; i++) {
        int pair[2];

        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        readers[i] = (struct reader){.engine = engine};
        others[i] = pair[1];
        cr_assert_eq(io_new(engine, pair[0], &readers[i].io), 0);
        cr_assert_eq(task_spawn(engine_root(engine), reader_run, &readers[i], "reader"), 0);
    }
    cr_assert_eq(task_yield(engine), 0);
    for (size_t i = 0; i < 20; i++) {
        cr_assert_eq(send(others[i], "x", 1, 0), 1);
        close(others[i]);
    }
    clock_advance(&test_clock, 400); /* a long computation */
    for (int i = 0; i < 5; i++)
        cr_assert_eq(task_yield(engine), 0);
    for (size_t i = 0; i < 20; i++) {
        cr_expect_eq(readers[i].result, 0);
        cr_expect_eq(readers[i].byte, 'x');
    }
}

Test(task_io, data_beats_deadline)
{
    test_clock = clock_virtual(1000);
    run_on(&test_clock, data_beats_deadline);
}

struct late_answer {
    struct engine *engine;
    int fd;
};

static void answer_late(void *argument)
{
    struct late_answer *late = argument;

    cr_assert_eq(task_sleep(late->engine, 15000, "before the answer"), 0);
    cr_assert_eq(send(late->fd, "x", 1, 0), 1);
}

static void reads_across_tasks(void *argument)
{
    struct engine *engine = argument;
    struct late_answer late = {.engine = engine};
    struct io *io;
    int pair[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    late.fd = pair[1];
    cr_assert_eq(io_new(engine, pair[0], &io), 0);
    cr_assert_eq(task_spawn(engine_root(engine), answer_late, &late, "late"), 0);
    cr_expect_eq(io_wait(io, IO_READABLE, 10000, "too early"), -ETIMEDOUT);
    cr_expect_eq(engine_now(engine), 10000);
    cr_expect_eq(io_wait(io, IO_READABLE, 60000, "in time"), 0);
    cr_expect_eq(engine_now(engine), 15000);
    cr_expect_eq(io_wait(io, IO_WRITABLE, 60000, "room to write"), 0);
    io_close(io);
    close(pair[1]);
}

Test(task_io, a_socket_wakes_its_reader)
{
    run_alone(reads_across_tasks);
}

/* The descriptor's number is taken again at once, while libuv still closes the first handle. */
static void close_and_reuse(void *argument)
{
    struct engine *engine = argument;

    for (int i = 0; i < 500; i++) {
        struct io *io;
        int pair[2];

        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        cr_assert_eq(io_new(engine, pair[0], &io), 0);
        cr_assert_eq(send(pair[1], "x", 1, 0), 1);
        cr_assert_eq(io_wait(io, IO_READABLE, DEADLINE_NEVER, "a byte"), 0);
        io_close(io);
        close(pair[1]);
    }
}

Test(task_io, a_closed_descriptor_may_come_back_at_once)
{
    run_alone(close_and_reuse);
}

static void connect_refused(void *argument)
{
    struct engine *engine = argument;
    struct address loopback;
    struct io *io = NULL;

    cr_assert_eq(address_parse("127.0.0.1", &loopback), 0);
    cr_expect_eq(io_connect(engine, &loopback, 1, NULL, DEADLINE_NEVER, &io), -ECONNREFUSED);
    cr_expect_null(io);
}

Test(task_io, a_refused_connection_says_so)
{
    run_alone(connect_refused);
}
