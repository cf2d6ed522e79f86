/*
 * report.c - what each target of a run costs after its last answer: judged, written as JSON and HTML, shown
 *
 *   bench_report SCAN.json...
 *
 * Each scan is one as `outpost scan` stores it. Prints processor time; passes and fails on none of it.
 */
#include "reports/report.h"
#include "reports/judge.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 200, STEPS = 5, FILE_MAX = 64 << 20 };

/* One step for one target. */
struct step {
    const char *name;
    double seconds; /* the least: what else the machine does only adds */
    size_t size;    /* of what it wrote; 0: nothing */
};

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "bench_report: %s\n", what);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct scan_facts *read_scan(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "r");
    char *text = malloc(FILE_MAX);
    struct scan_facts *scan = NULL;
    const char *error = NULL;
    size_t size;

    require(file != NULL && text != NULL, path);
    size = fread(text, 1, FILE_MAX, file);
    fclose(file);
    require(scan_from_json(text, size, arena, &scan, &error) == 0, error != NULL ? error : path);
    free(text);
    return scan;
}

static size_t write_terminal(const struct judgement *judgement)
{
    const struct terminal_options options = {.verbose = true};
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    require(to != NULL, "memory");
    report_terminal(judgement, &options, to);
    fclose(to);
    free(text);
    return size;
}

static size_t write_json(const struct judgement *judgement, bool one_line)
{
    char *text;
    size_t size;

    require(report_json(judgement, one_line, &text, &size) == 0, "JSON");
    free(text);
    return size;
}

static size_t write_html(const struct judgement *judgement)
{
    char *text;
    size_t size;

    require(report_html(judgement, &text, &size) == 0, "HTML");
    free(text);
    return size;
}

static void measure(const struct scan_facts *scan, const struct policy *policy,
                    struct step steps[static STEPS])
{
    for (int i = 0; i < ROUNDS; i++) {
        struct arena *arena = arena_new(0);
        struct judgement *judgement;
        double times[STEPS + 1];

        require(arena != NULL, "memory");
        times[0] = cpu_seconds();
        require(judge(scan, policy, arena, &judgement) == 0, "judging");
        times[1] = cpu_seconds();
        steps[1].size = write_json(judgement, true);
        times[2] = cpu_seconds();
        steps[2].size = write_json(judgement, false);
        times[3] = cpu_seconds();
        steps[3].size = write_html(judgement);
        times[4] = cpu_seconds();
        steps[4].size = write_terminal(judgement);
        times[5] = cpu_seconds();
        for (size_t j = 0; j < STEPS; j++)
            if (i == 0 || times[j + 1] - times[j] < steps[j].seconds)
                steps[j].seconds = times[j + 1] - times[j];
        arena_free(arena);
    }
}

int main(int count, char **words)
{
    struct arena *arena = arena_new(0);
    const struct policy *policy;
    const char *error = NULL;

    require(arena != NULL && policy_load(NULL, arena, &policy, &error) == 0, "the policy");
    for (int i = 1; i < count; i++) {
        struct step steps[STEPS] = {{.name = "judged"},
                                    {.name = "JSON in one line"},
                                    {.name = "JSON for people"},
                                    {.name = "HTML"},
                                    {.name = "terminal, all findings"}};

        measure(read_scan(words[i], arena), policy, steps);
        printf("%s\n", basename(words[i]));
        for (size_t j = 0; j < STEPS; j++) {
            printf("  %-24s %7.2f ms", steps[j].name, steps[j].seconds * 1e3);
            if (steps[j].size > 0)
                printf("   %6zu KiB", steps[j].size / 1024);
            printf("\n");
        }
    }
    arena_free(arena);
    return 0;
}
