/*
 * report.c - fuzzes what becomes of a stored scan: bytes -> facts -> judgement -> JSON -> facts -> the same
 * JSON
 */
#include "reports/report.h"
#include "reports/judge.h"
#include "reports/policy.h"
#include "scanner/base/arena.h"

#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static char *report(const struct scan_facts *scan, struct arena *arena, size_t *ret_size)
{
    struct judgement *judgement;
    const struct policy *policy;
    const char *error;
    char *text;

    require(policy_load(NULL, arena, &policy, &error) == 0);
    require(judge(scan, policy, arena, &judgement) == 0);
    require(report_json(judgement, true, &text, ret_size) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct scan_facts *scan, *again;
    const char *error = NULL;
    size_t before_size, after_size;
    char *before, *after;

    if (scan_from_json((const char *)data, size, arena, &scan, &error) == 0) {
        before = report(scan, arena, &before_size);
        require(scan_from_json(before, before_size, arena, &again, &error) == 0);
        after = report(again, arena, &after_size);
        require(before_size == after_size && memcmp(before, after, before_size) == 0);
        free(before);
        free(after);
    } else {
        require(error != NULL);
    }
    arena_free(arena);
    return 0;
}
