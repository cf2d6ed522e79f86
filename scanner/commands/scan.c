/*
 * scan.c - `outpost scan`: from the command line to a run, and from its results to reports
 *
 *   scan_options.c: words -> struct scan_settings -> run -> reporting_scan for each target as it is done
 *
 * SIGINT and SIGTERM end the run: what is known by then is reported. A second one ends the program.
 */
#include "scanner/commands/scan.h"

#include "scanner/base/arena.h"
#include "scanner/base/log.h"
#include "scanner/commands/commands.h"
#include "scanner/commands/screen.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static void on_done(void *data, const struct scan_facts *facts, struct arena *arena)
{
    struct scan_program *scan = data;

    reporting_scan(&scan->reporting, facts, arena);
    if (scan->reporting.reader_gone && scan->reporting.folder == NULL)
        run_stop(scan->run, "nobody reads the result");
}

static void on_progress(void *data, const struct run_progress *progress)
{
    struct scan_program *scan = data;
    const struct target *only = scan->only;

    screen_progress(scan->program->screen, progress,
                    only == NULL            ? NULL
                    : only->display != NULL ? only->display
                                            : only->name);
}

static void on_stop(void *data)
{
    struct scan_program *scan = data;

    /* The next one ends the program at once. */
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (scan->stopped)
        return;
    scan->stopped = true;
    log_error(scan->program->log, "interrupted: the conversations are being ended, what is known will be "
                                  "reported (once more: stop at once)");
    run_stop(scan->run, "stopped by a signal");
}

static void on_look(void *data)
{
    struct scan_program *scan = data;

    screen_clear(scan->program->screen);
    engine_print_tasks(scan->engine, stderr);
}

static int watch_signals(struct scan_program *scan)
{
    int result = engine_on_signal(scan->engine, SIGINT, on_stop, scan);

    if (result == 0)
        result = engine_on_signal(scan->engine, SIGTERM, on_stop, scan);
    if (result == 0)
        result = engine_on_signal(scan->engine, SIGUSR1, on_look, scan);
    return result;
}

static int fault(struct scan_program *scan, int result)
{
    log_error(scan->program->log, "the scan could not go on: %s", strerrordesc_np(-result));
    return EXIT_FAULT;
}

/* A mistake of the user (a resolver that is no address, a CA file that is not there), or a fault of ours. */
static int not_begun(struct scan_program *scan, int result, const char *error)
{
    if (result == -ENOMEM || error == NULL)
        return fault(scan, result);
    return usage_error(&scan_command, scan->program, "%s", error);
}

static int run_scan(struct scan_program *scan)
{
    struct screen *screen = scan->program->screen;
    const struct run_observer observer = {.data = scan,
                                          .on_done = on_done,
                                          .on_progress =
                                              screen->live && !scan->reporting.quiet ? on_progress : NULL};
    const char *error = NULL;
    int result = run_new(scan->engine, &scan->settings, &observer, scan->arena, &scan->run, &error);
    int status;

    if (result < 0)
        return not_begun(scan, result, error);
    status = reporting_begin(&scan->reporting, scan->settings.targets.count, scan->arena);
    if (status == EXIT_FINE) {
        result = watch_signals(scan);
        if (result == 0)
            result = run_execute(scan->run);
        screen_clear(screen);
        if (result < 0)
            status = fault(scan, result);
    }
    if (scan->stopped && scan->reporting.done < scan->reporting.expected)
        log_error(scan->program->log, "%zu of %zu targets were not begun",
                  scan->reporting.expected - scan->reporting.done, scan->reporting.expected);
    result = reporting_end(&scan->reporting);
    if (status == EXIT_FINE)
        status = scan->stopped && result < EXIT_NOT_TESTED ? EXIT_NOT_TESTED : result;
    run_free(scan->run);
    return status;
}

static int with_engine(struct scan_program *scan)
{
    const struct engine_options engine_options = {.log = scan->program->log};
    int result = engine_new(&engine_options, &scan->engine);
    int status;

    if (result < 0)
        return fault(scan, result);
    (void)engine_guard_report(scan->engine); /* only makes the message of a crash better */
    status = run_scan(scan);
    engine_free(scan->engine);
    return status;
}

static int with_arena(struct scan_program *scan, int count, char **words)
{
    int result = scan_read_words(scan, count, words);

    if (result == -ECANCELED)
        return EXIT_FINE;
    if (result < 0)
        return result == -ENOMEM ? EXIT_FAULT : EXIT_USAGE;
    if (scan->reporting.verbose)
        scan->program->log->level = LOG_INFO;
    return with_engine(scan);
}

int scan_main(struct program *program, int count, char **words)
{
    struct scan_program scan = {.program = program,
                                .arena = arena_new(0),
                                .reporting = {.command = &scan_command, .program = program}};
    int status;

    if (scan.arena == NULL)
        return EXIT_FAULT;
    scan_settings_defaults(&scan.settings);
    status = with_arena(&scan, count, words);
    arena_free(scan.arena);
    return status;
}
