/*
 * reporting.c - what becomes of a scan: judged, shown, written
 */
#include "scanner/commands/reporting.h"

#include "reports/judge.h"
#include "reports/report.h"
#include "scanner/base/arena.h"
#include "scanner/base/log.h"
#include "scanner/base/text.h"
#include "scanner/commands/output.h"
#include "scanner/commands/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WIDTH_MAX = 120 };

/* A stored scan may lack any fact. */
static const char *or_else(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

/* ---- options ---- */

static int take_fail_on(struct reporting *reporting, const char *value)
{
    static const char *const names[] = {"fail", "warn", "never"}; /* as enum fail_on */

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(value, names[i]) == 0) {
            reporting->fail_on = (enum fail_on)i;
            return 0;
        }
    usage_error(reporting->command, reporting->program, "--fail-on %s: it is one of fail, warn, never",
                value);
    return -EINVAL;
}

int reporting_take(struct reporting *reporting, int code, const char *value)
{
    switch (code) {
    case CODE_OUTPUT:
        reporting->folder = value;
        break;
    case CODE_HTML:
        reporting->html = value;
        break;
    case CODE_JSON:
        reporting->json = value;
        break;
    case CODE_POLICY:
        reporting->policy_name = value;
        break;
    case CODE_FAIL_ON:
        return take_fail_on(reporting, value);
    case CODE_QUIET:
        reporting->quiet = true;
        break;
    case CODE_VERBOSE:
        reporting->verbose = true;
        break;
    case CODE_NO_COLOR:
        reporting->no_color = true;
        break;
    default:
        return -EINVAL;
    }
    return 0;
}

static bool is_standard_output(const char *file)
{
    return file != NULL && strcmp(file, "-") == 0;
}

/* ---- begin ---- */

/* A file that could not be read or written: says so. */
static void tell(struct reporting *reporting, const char *what, const char *file, int error)
{
    log_error(reporting->program->log, "cannot %s %s: %s", what,
              is_standard_output(file) ? "standard output" : file, strerrordesc_np(-error));
}

/* What can be known before the scan, whose work would be lost. */
static int make_folder(struct reporting *reporting)
{
    struct stat status;
    int error = 0;

    if (reporting->folder == NULL || mkdir(reporting->folder, 0777) == 0)
        return EXIT_FINE;
    if (errno != EEXIST || stat(reporting->folder, &status) < 0)
        error = errno;
    else if (!S_ISDIR(status.st_mode))
        error = ENOTDIR;
    else if (access(reporting->folder, W_OK | X_OK) < 0)
        error = errno;
    if (error == 0)
        return EXIT_FINE;
    tell(reporting, "write reports into", reporting->folder, -error);
    return EXIT_USAGE;
}

static int check_file(struct reporting *reporting, const char *file)
{
    int result = file == NULL ? 0 : output_check(file);

    if (result == 0)
        return EXIT_FINE;
    tell(reporting, "write", file, result);
    return result == -ENOSPC || result == -EDQUOT || result == -ENOMEM ? EXIT_FAULT : EXIT_USAGE;
}

static int load_policy(struct reporting *reporting, struct arena *arena)
{
    const char *error = NULL;
    int result = policy_load(reporting->policy_name, arena, &reporting->policy, &error);

    if (result == 0)
        return EXIT_FINE;
    if (result == -ENOMEM) {
        log_error(reporting->program->log, "out of memory");
        return EXIT_FAULT;
    }
    return usage_error(reporting->command, reporting->program, "%s",
                       or_else(error, strerrordesc_np(-result)));
}

int reporting_begin(struct reporting *reporting, size_t scans, struct arena *arena)
{
    int status;

    reporting->expected = scans;
    if (is_standard_output(reporting->html) && is_standard_output(reporting->json))
        return usage_error(reporting->command, reporting->program,
                           "--html - and --json -: only one of them can have standard output");
    if (reporting->html != NULL && scans > 1)
        return usage_error(reporting->command, reporting->program,
                           "--html takes the report of one target: use --output DIR for many");
    status = load_policy(reporting, arena);
    if (status == EXIT_FINE)
        status = make_folder(reporting);
    if (status == EXIT_FINE)
        status = check_file(reporting, reporting->html);
    if (status == EXIT_FINE)
        status = check_file(reporting, reporting->json);
    if (status == EXIT_FINE && reporting->json != NULL && scans > 1) {
        int result = output_open(reporting->json, &reporting->json_lines);

        if (result < 0) {
            tell(reporting, "write", reporting->json, result);
            status = EXIT_FAULT;
        }
    }
    if (status == EXIT_FINE && scans > 1)
        reporting->memory = json_memory_new();
    return status;
}

/* ---- files ---- */

char *reporting_file_name(const char *target, char name[static FILE_NAME_SIZE])
{
    size_t size = 0;

    for (; target[size] != '\0' && size < FILE_NAME_SIZE - 1; size++) {
        char character = target[size];
        bool harmless = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                        (character >= '0' && character <= '9') || character == '-' ||
                        (character == '.' && size > 0);

        name[size] = harmless ? character : '_';
    }
    name[size] = '\0';
    if (size == 0)
        memcpy(name, "scan", sizeof("scan"));
    return name;
}

/* Notes what happened to a file; nobody is told when a reader has gone away (head, a pager that was left). */
static void written(struct reporting *reporting, const char *file, int result)
{
    if (result == 0)
        return;
    reporting->fault = true;
    if (result == -EPIPE && is_standard_output(file))
        reporting->reader_gone = true;
    else
        tell(reporting, "write", file, result);
}

/* False when a report could not be made: told. */
static bool made(struct reporting *reporting, int result)
{
    if (result == 0)
        return true;
    log_error(reporting->program->log, "the report could not be made: %s", strerrordesc_np(-result));
    reporting->fault = true;
    return false;
}

static void write_text(struct reporting *reporting, const char *file, const char *text, size_t size)
{
    if (file != NULL)
        written(reporting, file, output_write(file, text, size));
}

static void write_html(struct reporting *reporting, const struct judgement *judgement, const char *in_folder)
{
    char *text;
    size_t size;

    if (in_folder == NULL && reporting->html == NULL)
        return;
    if (!made(reporting, report_html(judgement, &text, &size)))
        return;
    write_text(reporting, in_folder, text, size);
    write_text(reporting, reporting->html, text, size);
    free(text);
}

static void write_json(struct reporting *reporting, const struct judgement *judgement, const char *in_folder)
{
    const char *file = reporting->json_lines == NULL ? reporting->json : NULL;
    char *text;
    size_t size;

    if (in_folder == NULL && file == NULL)
        return;
    if (!made(reporting, report_json_again(judgement, false, reporting->memory, &text, &size)))
        return;
    write_text(reporting, in_folder, text, size);
    write_text(reporting, file, text, size);
    free(text);
}

static void write_json_line(struct reporting *reporting, const struct judgement *judgement)
{
    char *text;
    size_t size;

    if (reporting->json_lines == NULL || reporting->reader_gone)
        return;
    if (!made(reporting, report_json_again(judgement, true, reporting->memory, &text, &size)))
        return;
    if (output_add(reporting->json_lines, text, size) == -EPIPE)
        reporting->reader_gone = true; /* other errors are told when the file ends */
    free(text);
}

/* ---- the summary ---- */

static bool use_color(const struct reporting *reporting)
{
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return !reporting->no_color && (no_color == NULL || no_color[0] == '\0') && isatty(STDOUT_FILENO) &&
           terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static bool at_level(const struct reporting *reporting, enum outcome outcome)
{
    switch (reporting->fail_on) {
    case FAIL_ON_FAIL:
        return outcome == OUTCOME_FAIL;
    case FAIL_ON_WARN:
        return outcome == OUTCOME_FAIL || outcome == OUTCOME_WARN;
    case FAIL_ON_NEVER:
        return false;
    }
    return false;
}

/* Is standard output for people? */
static bool has_screen(const struct reporting *reporting)
{
    return !reporting->reader_gone && !is_standard_output(reporting->html) &&
           !is_standard_output(reporting->json);
}

static void flush_summary(struct reporting *reporting)
{
    int result = 0;

    if (fflush(stdout) != 0)
        result = -errno;
    else if (ferror(stdout))
        result = -EIO;
    if (result == 0 || reporting->reader_gone)
        return;
    clearerr(stdout);
    written(reporting, "-", result);
}

static void show(struct reporting *reporting, const struct judgement *judgement, const char *report_file)
{
    struct terminal_options options = {.color = use_color(reporting),
                                       .width = terminal_width(STDOUT_FILENO, 0),
                                       .verbose = reporting->verbose,
                                       .report_file = report_file};

    /* --quiet: only what needs somebody's attention, so that cron sends a mail when there is a reason */
    if (!has_screen(reporting) || (reporting->quiet && !at_level(reporting, judgement->outcome)))
        return;
    if (options.width > WIDTH_MAX)
        options.width = WIDTH_MAX;
    if (reporting->program->screen != NULL)
        screen_clear(reporting->program->screen);
    if (reporting->expected == 1 || reporting->verbose)
        report_terminal(judgement, &options, stdout);
    else
        report_terminal_line(judgement, &options, stdout);
    flush_summary(reporting);
}

/* ---- one scan ---- */

static const struct dns_question_facts *failed_question(const struct dns_facts *dns)
{
    if (dns == NULL)
        return NULL;
    if (dns->mx != NULL && dns->mx->outcome == DNS_FAILURE)
        return dns->mx;
    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        if (host->a != NULL && host->a->outcome == DNS_FAILURE)
            return host->a;
        if (host->aaaa != NULL && host->aaaa->outcome == DNS_FAILURE)
            return host->aaaa;
    }
    return NULL;
}

/* Why the first address that was not contacted was left alone. */
static const char *reason_left_alone(const struct dns_facts *dns, struct arena *arena)
{
    for (size_t i = 0; dns != NULL && i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        for (size_t j = 0; j < host->addresses.count; j++) {
            const struct host_address_facts *address = host->addresses.items[j];
            bool global = strcmp(or_else(address->scope, "global"), "global") == 0;

            if (address->contacted == NO)
                return arena_format(arena, "%s: %s%s", or_else(address->address, "?"),
                                    or_else(address->reason, "not contacted"),
                                    global ? "" : " (contacted only with --allow-private)");
        }
    }
    return NULL;
}

static const char *reason_no_answer(const struct list *endpoints, struct arena *arena)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (endpoint->state != ENDPOINT_OPEN && endpoint->reason != NULL)
            return arena_format(arena, "%s port %lld: %s", or_else(endpoint->address, "?"),
                                (long long)endpoint->port.value, endpoint->reason);
    }
    return NULL;
}

/* Why nothing can be said of this target. */
static const char *reason_untested(const struct scan_facts *scan, struct arena *arena)
{
    const struct observed_facts *facts = scan->facts;
    const struct dns_question_facts *question = failed_question(facts == NULL ? NULL : facts->dns);
    const char *reason = NULL;

    if (question != NULL)
        return arena_format(
            arena, "no answer for %s %s (%s) from the DNS by %s", or_else(question->name, "?"),
            or_else(question->type, "?"), or_else(question->reason, "failure"),
            or_else(scan->settings == NULL ? NULL : scan->settings->resolver, "the system's resolver"));
    if (scan->incomplete_reason != NULL)
        return scan->incomplete_reason;
    if (facts != NULL)
        reason = reason_left_alone(facts->dns, arena);
    if (facts != NULL && reason == NULL)
        reason = reason_no_answer(&facts->endpoints, arena);
    return or_else(reason, "nothing answered");
}

static void note_outcome(struct reporting *reporting, const struct judgement *judgement, struct arena *arena)
{
    const struct scan_facts *scan = judgement->scan;
    const char *name = or_else(or_else(scan->target_display, scan->target), "the target");

    if (at_level(reporting, judgement->outcome))
        reporting->found = true;
    if (judgement->outcome == OUTCOME_NOT_TESTED || scan->complete == NO)
        reporting->untested = true;
    if (reporting->reader_gone && reporting->folder == NULL)
        return;
    if (judgement->outcome == OUTCOME_NOT_TESTED)
        log_error(reporting->program->log, "%s could not be tested: %s", name,
                  or_else(reason_untested(scan, arena), "nothing answered"));
    else if (scan->complete == NO)
        log_warning(reporting->program->log, "the scan of %s is not complete: %s", name,
                    or_else(scan->incomplete_reason, "it was ended"));
}

void reporting_scan(struct reporting *reporting, const struct scan_facts *scan, struct arena *arena)
{
    struct judgement *judgement = NULL;
    const char *html = NULL, *json = NULL;
    char name[FILE_NAME_SIZE];
    int result = judge(scan, reporting->policy, arena, &judgement);

    reporting->done++;
    if (result == 0 && reporting->folder != NULL) {
        const char *folder = reporting->folder;
        const char *between = text_ends_with(folder, "/") ? "" : "/";

        if (strcmp(folder, ".") == 0)
            folder = between = "";
        reporting_file_name(or_else(scan->target, ""), name);
        html = arena_format(arena, "%s%s%s.html", folder, between, name);
        json = arena_format(arena, "%s%s%s.json", folder, between, name);
        if (html == NULL || json == NULL)
            result = -ENOMEM;
    }
    if (result < 0) {
        (void)made(reporting, result);
        return;
    }
    write_html(reporting, judgement, html);
    write_json(reporting, judgement, json);
    write_json_line(reporting, judgement);
    note_outcome(reporting, judgement, arena);
    show(reporting, judgement,
         html != NULL              ? html
         : reporting->html != NULL ? reporting->html
                                   : reporting->json);
}

/* ---- end ---- */

int reporting_end(struct reporting *reporting)
{
    if (reporting->json_lines != NULL)
        written(reporting, reporting->json, output_close(reporting->json_lines, true));
    reporting->json_lines = NULL;
    json_memory_free(reporting->memory);
    reporting->memory = NULL;
    if (reporting->expected > 1 && reporting->folder != NULL && reporting->done > 0 && !reporting->quiet &&
        has_screen(reporting)) {
        if (reporting->program->screen != NULL)
            screen_clear(reporting->program->screen);
        printf("Reports: %s%s*.html\n", strcmp(reporting->folder, ".") == 0 ? "" : reporting->folder,
               strcmp(reporting->folder, ".") == 0 || text_ends_with(reporting->folder, "/") ? "" : "/");
        flush_summary(reporting);
    }
    return reporting->fault      ? EXIT_FAULT
           : reporting->untested ? EXIT_NOT_TESTED
           : reporting->found    ? EXIT_FINDINGS
                                 : EXIT_FINE;
}
