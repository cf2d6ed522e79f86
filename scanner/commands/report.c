/*
 * report.c - `outpost report`: judges a stored scan again, without touching the network
 *
 * The file is what `outpost scan` wrote: one result, or one a line of many targets.
 */
#include "scanner/commands/commands.h"
#include "scanner/commands/reporting.h"

#include "reports/report.h"
#include "scanner/base/arena.h"
#include "scanner/base/bytes.h"
#include "scanner/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FILE_LIMIT = 1024 * 1024 * 1024 };
enum { SCAN_MEMORY = 256 * 1024 * 1024 };

static const struct option_entry options[] = {
    REPORTING_OPTIONS("Write TARGET.html and TARGET.json there (default: no files, only the summary)."),
};

struct report_program {
    struct program *program;
    struct reporting reporting;
};

static int take_option(void *data, int code, const char *value)
{
    struct report_program *report = data;

    return reporting_take(&report->reporting, code, value);
}

/* ---- reading ---- */

static int read_all(int fd, struct buffer *text)
{
    uint8_t chunk[4096];

    for (;;) {
        ssize_t size = read(fd, chunk, sizeof(chunk));

        if (size == 0)
            return text->failed ? -EFBIG : 0;
        if (size < 0 && errno != EINTR)
            return -errno;
        if (size > 0)
            put_block(text, chunk, (size_t)size);
        if (text->failed)
            return -EFBIG;
    }
}

/* "-" is standard input. */
static int read_file(const char *file, struct buffer *text)
{
    bool standard_input = strcmp(file, "-") == 0;
    int fd = standard_input ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    int result;

    if (fd < 0)
        return -errno;
    result = read_all(fd, text);
    if (!standard_input)
        close(fd);
    return result;
}

/* ---- scans of a file ---- */

struct part {
    const char *text;
    size_t size;
};

/* The next line that is not empty; false at the end. */
static bool next_line(const struct buffer *text, size_t *at, struct part *ret)
{
    const char *data = (const char *)text->data;

    while (*at < text->size) {
        const char *line = data + *at;
        const char *end = memchr(line, '\n', text->size - *at);
        size_t size = end == NULL ? text->size - *at : (size_t)(end - line);

        *at += size + (end != NULL);
        if (size > 0 && !(size == 1 && line[0] == '\r')) {
            *ret = (struct part){.text = line, .size = size};
            return true;
        }
    }
    return false;
}

/* Many results have one a line, so the first line is whole; one result alone is indented. */
static size_t count_lines(const struct buffer *text)
{
    size_t at = 0, count = 0;
    struct part line;

    while (next_line(text, &at, &line)) {
        if (count == 0 && line.size < 3)
            return 1;
        count++;
    }
    return count;
}

static int report_part(struct report_program *report, const char *file, size_t line, const struct part *part)
{
    struct arena *arena = arena_new(SCAN_MEMORY);
    struct scan_facts *scan = NULL;
    const char *error = NULL;
    int result = arena == NULL ? -ENOMEM : scan_from_json(part->text, part->size, arena, &scan, &error);

    if (result == 0)
        reporting_scan(&report->reporting, scan, arena);
    else if (line > 0)
        log_error(report->program->log, "%s:%zu: %s", file, line,
                  error == NULL ? strerrordesc_np(-result) : error);
    else
        log_error(report->program->log, "%s: %s", file, error == NULL ? strerrordesc_np(-result) : error);
    arena_free(arena);
    return result;
}

static int report_all(struct report_program *report, const char *file, const struct buffer *text)
{
    struct part part = {.text = (const char *)text->data, .size = text->size};
    size_t at = 0;
    int result = 0;

    if (report->reporting.expected <= 1)
        return report_part(report, file, 0, &part);
    for (size_t line = 1; result == 0 && next_line(text, &at, &part); line++)
        result = report_part(report, file, line, &part);
    return result;
}

static int report_text(struct report_program *report, const char *file, const struct buffer *text,
                       struct arena *arena)
{
    int status = reporting_begin(&report->reporting, count_lines(text), arena);
    int result = 0, end;

    if (status == EXIT_FINE)
        result = report_all(report, file, text);
    end = reporting_end(&report->reporting);
    if (status != EXIT_FINE)
        return status;
    if (result < 0)
        return result == -EINVAL ? EXIT_USAGE : EXIT_FAULT;
    return end;
}

static int report_file(struct report_program *report, const char *file)
{
    struct arena *arena = arena_new(0);
    struct buffer text = {.limit = FILE_LIMIT};
    int result = arena == NULL ? -ENOMEM : read_file(file, &text);
    int status;

    if (result < 0) {
        log_error(report->program->log, "cannot read %s: %s",
                  strcmp(file, "-") == 0 ? "standard input" : file, strerrordesc_np(-result));
        status = result == -ENOMEM ? EXIT_FAULT : EXIT_USAGE;
    } else {
        status = report_text(report, file, &text, arena);
    }
    buffer_free(&text);
    arena_free(arena);
    return status;
}

static int report_main(struct program *program, int count, char **words)
{
    struct report_program report = {.program = program,
                                    .reporting = {.command = &report_command, .program = program}};
    int first = options_read(&report_command, program, count, words, take_option, &report);

    if (first == -ECANCELED)
        return EXIT_FINE;
    if (first < 0)
        return EXIT_USAGE;
    if (count - first != 1)
        return usage_error(&report_command, program, "%s",
                           first == count ? "which scan? As: outpost report example.org.json"
                                          : "it takes one file");
    return report_file(&report, words[first]);
}

const struct command report_command = {
    .name = "report",
    .usage = "[OPTION]... SCAN.json",
    .summary = "judge and render a stored scan again",
    .text = "Reads what `outpost scan` wrote as JSON, judges it anew and reports it, without touching the "
            "network: "
            "with another policy, in another form, or with a newer version. SCAN.json may also hold many "
            "results, "
            "one a line; - reads standard input.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = report_main,
};
