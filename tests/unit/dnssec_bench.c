/*
 * dnssec_bench.c - a validator over zones that are signed in memory, for one test
 */
#include "tests/unit/dnssec_bench.h"

#include "scanner/net/zone_file.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void ask_rows(struct bench *bench)
{
    for (size_t i = 0; i < bench->count; i++) {
        const struct row *row = &bench->rows[i];
        struct dns_answer *answer;

        signed_world_fault(bench->world, row->fault);
        signed_world_refuse(bench->world, row->refuse);
        int error =
            resolver_ask(bench->validator, row->name, row->type, DEADLINE_NEVER, bench->arena, &answer);

        cr_assert_eq(error, 0, "%s: %d", row->name, error);
        cr_expect_eq(answer->security, row->security, "row %zu, %s type %u: %d and not %d: %s", i, row->name,
                     row->type, answer->security, row->security,
                     answer->security_reason != NULL ? answer->security_reason : "");
        if (row->reason == NULL)
            cr_expect_null(answer->security_reason, "row %zu, %s: %s", i, row->name, answer->security_reason);
        else
            cr_expect(answer->security_reason != NULL && strstr(answer->security_reason, row->reason) != NULL,
                      "row %zu, %s: \"%s\" is not in \"%s\"", i, row->name, row->reason,
                      answer->security_reason != NULL ? answer->security_reason : "");
    }
}

/* What the validator asks: the world, or a zone file before it. */
static struct resolver *make_inner(struct bench *bench, struct list *files, struct dnssec_options *options)
{
    struct resolver *inner = signed_world_resolver(bench->world);
    char *text = bench->file_of != NULL ? signed_world_zone_text(bench->world, bench->file_of) : NULL;
    const char *content = text != NULL ? text : bench->file_text;
    struct zone_file *zone = NULL;
    const char *why = "";

    if (content == NULL)
        return inner;
    cr_assert_eq(zone_file_parse(bytes_of(content, strlen(content)), "test.zone", bench->arena, &zone, &why),
                 0, "%s", why);
    free(text);
    cr_assert_eq(list_add(files, bench->arena, zone), 0);
    cr_assert_eq(zone_files_resolver(inner, files, bench->arena, &inner), 0);
    options->files = files;
    return inner;
}

static void run_body(void *argument)
{
    struct bench *bench = argument;

    bench->body(bench);
    dnssec_free(bench->validator);
}

void bench_run(struct bench *bench, const struct signed_zone *zones, size_t count)
{
    struct engine_options options = {.clock = &bench->clock};
    struct dnssec_options validation = {0};
    char file[] = "/tmp/outpost-anchor-XXXXXX";
    const char *why = NULL;
    struct list files = {0};
    struct resolver *inner;

    cr_assert_geq(mkstemp(file), 0);
    bench->clock = clock_virtual(WORLD_TIME);
    bench->arena = arena_new(0);
    cr_assert_eq(engine_new(&options, &bench->engine), 0);
    bench->world = signed_world_new(zones, count);
    signed_world_anchor(bench->world, file);
    validation.trust_anchor = file;
    validation.ahead = bench->ahead;
    inner = make_inner(bench, &files, &validation);
    cr_assert_eq(dnssec_new(bench->engine, inner, &validation, bench->arena, &bench->validator, &why), 0,
                 "%s", why);
    if (bench->body == NULL)
        bench->body = ask_rows;
    cr_assert_eq(task_spawn(engine_root(bench->engine), run_body, bench, "test"), 0);
    cr_assert_eq(engine_run(bench->engine), 0);
    unlink(file);
    engine_free(bench->engine);
    signed_world_free(bench->world);
    arena_free(bench->arena);
}

void bench_check(const struct signed_zone *zones, size_t zone_count, const struct row *rows, size_t count)
{
    struct bench bench = {.rows = rows, .count = count};

    bench_run(&bench, zones, zone_count);
}
