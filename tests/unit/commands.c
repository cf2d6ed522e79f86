/*
 * commands.c - tests of what the commands are made of: files that appear whole, progress, words
 */
#include "scanner/commands/output.h"
#include "scanner/commands/reporting.h"
#include "scanner/commands/screen.h"
#include "scanner/commands/words.h"

#include "reports/display.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- output ---- */

/* A new folder, where we are from now on. */
static void enter_folder(void)
{
    static char folder[] = "/tmp/outpost-commands-XXXXXX";

    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
    char *folder = realpath(".", NULL);
    DIR *listing = opendir(".");

    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            cr_expect_eq(remove(entry->d_name), 0, "%s", entry->d_name);
    closedir(listing);
    cr_expect_eq(rmdir(folder), 0);
    free(folder);
}

static void expect_file(const char *path, const char *text)
{
    char read_back[100] = "";
    int fd = open(path, O_RDONLY);

    cr_assert_geq(fd, 0, "%s is not there", path);
    cr_expect_eq(read(fd, read_back, sizeof(read_back) - 1), (ssize_t)strlen(text), "%s", path);
    cr_expect_str_eq(read_back, text);
    close(fd);
}

static size_t count_files(void)
{
    size_t count = 0;
    DIR *listing = opendir(".");

    while (readdir(listing) != NULL)
        count++;
    closedir(listing);
    return count - 2; /* . and .. */
}

static mode_t mode_of(const char *path)
{
    struct stat status;

    cr_assert_eq(lstat(path, &status), 0);
    return status.st_mode;
}

Test(output, replaces_a_file_as_a_whole, .init = enter_folder, .fini = leave_folder)
{
    struct output *output = NULL;

    umask(027);
    cr_assert_eq(output_write("a.html", "one", 3), 0);
    expect_file("a.html", "one");
    cr_expect_eq(mode_of("a.html") & 07777, 0640);
    cr_assert_eq(chmod("a.html", 0604), 0);

    cr_assert_eq(output_open("a.html", &output), 0);
    cr_assert_eq(output_add(output, "tw", 2), 0);
    expect_file("a.html", "one");
    cr_assert_eq(output_add(output, "o", 1), 0);
    cr_assert_eq(output_close(output, true), 0);
    expect_file("a.html", "two");
    cr_expect_eq(mode_of("a.html") & 07777, 0604, "the mode that somebody gave it stays");

    cr_assert_eq(output_open("a.html", &output), 0);
    cr_assert_eq(output_add(output, "three", 5), 0);
    cr_assert_eq(output_close(output, false), 0);
    expect_file("a.html", "two");
    cr_expect_eq(count_files(), 1, "nothing is left behind");

    cr_assert_eq(output_write("./a.html", "", 0), 0);
    expect_file("a.html", "");
    cr_expect_eq(output_close(NULL, true), 0);
}

Test(output, keeps_a_symbolic_link, .init = enter_folder, .fini = leave_folder)
{
    cr_assert_eq(output_write("real.html", "one", 3), 0);
    cr_assert_eq(symlink("real.html", "link.html"), 0);
    cr_assert_eq(output_write("link.html", "two", 3), 0);
    cr_expect(S_ISLNK(mode_of("link.html")));
    expect_file("real.html", "two");
}

Test(output, keeps_the_old_file_when_the_new_does_not_fit, .init = enter_folder, .fini = leave_folder)
{
    static const char large[20000];
    struct rlimit limit = {.rlim_cur = 8192, .rlim_max = RLIM_INFINITY};

    cr_assert_eq(output_write("a.html", "one", 3), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_expect_eq(output_write("a.html", large, sizeof(large)), -EFBIG);
    cr_expect_eq(output_write("b.html", large, sizeof(large)), -EFBIG);
    limit.rlim_cur = RLIM_INFINITY;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    expect_file("a.html", "one");
    cr_expect_eq(count_files(), 1, "no half of a file, no temporary one");
}

Test(output, stops_at_the_first_error, .init = enter_folder, .fini = leave_folder)
{
    struct output *output = NULL;

    cr_assert_eq(output_open("/dev/full", &output), 0);
    cr_expect_eq(output_add(output, "x", 1), -ENOSPC);
    cr_expect_eq(output_add(output, "x", 1), -ENOSPC);
    cr_expect_eq(output_close(output, true), -ENOSPC);
    cr_expect_eq(output_write("/dev/null", "x", 1), 0);
}

Test(output, cannot_be_opened, .init = enter_folder, .fini = leave_folder)
{
    struct output *output = NULL;

    cr_expect_eq(output_open("missing/a.html", &output), -ENOENT);
    cr_expect_eq(output_open(".", &output), -EISDIR);
    cr_expect_eq(output_open("/dev/null/a.html", &output), -ENOTDIR);
    cr_expect_null(output);
    cr_expect_eq(output_check("missing/a.html"), -ENOENT);
    cr_expect_eq(output_check("."), -EISDIR);
    cr_expect_eq(output_check("a.html"), 0);
    cr_expect_eq(output_check("-"), 0);
    cr_expect_eq(output_check("/dev/full"), 0);
    cr_expect_eq(count_files(), 0);
}

Test(reporting, file_names_are_harmless)
{
    static const struct {
        const char *target, *name;
    } table[] = {
        {"example.org", "example.org"},
        {"2001:db8::1", "2001_db8__1"},
        {"192.0.2.1", "192.0.2.1"},
        {"xn--bcher-kva.example", "xn--bcher-kva.example"},
        {"", "scan"},
        {".", "_"},
        {"..", "_."},
        {"../../etc/passwd", "_._.._etc_passwd"},
        {".hidden", "_hidden"},
        {"/etc/passwd", "_etc_passwd"},
        {"a b\tc\n\x1b[2J", "a_b_c___2J"},
        {"b\xc3\xbc", "b__"},
        {"-rf", "-rf"},
    };
    char name[FILE_NAME_SIZE], long_target[1000];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        cr_expect_str_eq(reporting_file_name(table[i].target, name), table[i].name);
    memset(long_target, 'a', sizeof(long_target) - 1);
    long_target[sizeof(long_target) - 1] = '\0';
    cr_expect_eq(strlen(reporting_file_name(long_target, name)), FILE_NAME_SIZE - 1);
}

/* ---- progress ---- */

Test(screen, progress_fits_into_its_line)
{
    static const struct run_progress one = {.targets = 1,
                                            .active = 1,
                                            .steps = 12,
                                            .steps_done = 7,
                                            .now = "mail.example.org 192.0.2.1:25: waiting for the greeting",
                                            .elapsed_ms = 14999};
    static const struct run_progress many = {.targets = 1000,
                                             .done = 137,
                                             .active = 50,
                                             .connections = 812,
                                             .now = "b\xc3\xbc.example",
                                             .elapsed_ms = 600000};
    static const struct run_progress first = {.targets = 1, .active = 1};
    static const struct {
        const struct run_progress *progress;
        const char *target;
        int width;
        const char *line;
    } table[] = {
        {&one, "example.org", 200,
         "example.org  7 of 12  mail.example.org 192.0.2.1:25: waiting for the greeting  14 s"},
        {&one, "example.org", 50, "example.org  7 of 12  mail.example.org 192.0  14 s"},
        {&one, "example.org", 27, "example.org  7 of 12  14 s"},
        {&one, "example.org", 10, "example.or"},
        {&one, "example.org", 0, ""},
        {&one, "b\xc3\xbc.example", 2, "b\xc3\xbc"},
        {&many, NULL, 200, "137 of 1000 targets  50 at a time  812 connections  b\xc3\xbc.example  600 s"},
        {&many, NULL, 62, "137 of 1000 targets  50 at a time  812 connections  b\xc3\xbc.  600 s"},
        {&first, "example.org", 200, "example.org  0 s"},
    };
    char line[512];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        progress_line(table[i].progress, table[i].target, table[i].width, line, sizeof(line));
        cr_expect_str_eq(line, table[i].line);
        cr_expect_leq(display_width(line), (size_t)table[i].width);
    }
}

/* ---- words ---- */

static const char *name_at(const void *data, size_t index)
{
    const char *const *names = data;

    return names[index];
}

Test(words, nearest_name)
{
    static const char *const names[] = {"timeout", "jobs", NULL, "html", "host", "cert.expiry"};
    static const struct {
        const char *word, *nearest;
    } table[] = {{"timout", "timeout"}, {"time-out", "timeout"},
                 {"jbs", "jobs"},       {"hots", "host"},
                 {"selector", NULL},    {"cert.expire", "cert.expiry"},
                 {"x", NULL},           {"", NULL},
                 {"htm", "html"},       {"supercalifragilisticexpialidocious", NULL}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const char *nearest = nearest_name(table[i].word, name_at, names, sizeof(names) / sizeof(names[0]));

        cr_expect_eq(nearest == NULL, table[i].nearest == NULL, "%s: %s", table[i].word, nearest);
        if (nearest != NULL && table[i].nearest != NULL)
            cr_expect_str_eq(nearest, table[i].nearest);
    }
}

Test(words, paragraphs_are_broken_between_words)
{
    static const struct {
        const char *text;
        int column, indent, width;
        const char *out;
    } table[] = {
        {"one two three", 0, 0, 80, "one two three\n"},
        {"one two three", 0, 0, 7, "one two\nthree\n"},
        {"one two three", 0, 2, 7, "one two\n  three\n"},
        {"one two three", 4, 4, 11, "one two\n    three\n"},
        {"unbreakable", 0, 0, 5, "unbreakable\n"},
        {"one\n\n  two three\n", 0, 0, 80, "one\n\n  two three\n"},
        {"b\xc3\xbc b\xc3\xbc b\xc3\xbc", 0, 0, 5, "b\xc3\xbc b\xc3\xbc\nb\xc3\xbc\n"},
        {"", 0, 0, 80, "\n"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char *out = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&out, &size);

        put_paragraph(to, table[i].text, table[i].column, table[i].indent, table[i].width);
        (void)fclose(to);
        cr_expect_str_eq(out, table[i].out);
        free(out);
    }
}
