/*
 * spf_cases.c - check_host() over a DNS that comes with each case
 *
 * One case a line on standard input, as JSON; one result a line on standard output:
 *
 *     {"zone": [{"name": "example.org", "type": "TXT", "records": ["\"v=spf1 -all\""]}, {"name": "example.net",
 *      "type": "A", "failure": true}], "client": "192.0.2.1", "helo": "mail.example.org", "sender": "a@example.org"}
 *     {"result": "fail", "explanation": null, "lookups": 0, "void_lookups": 0, "reason": null}
 *
 * Names and records are written as in a zone file. spf_suite.py feeds it the published test suite.
 */
#include "probes/protocol/spf_check.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns_packet.h"
#include "scanner/net/task.h"
#include "tests/unit/fake_resolver.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 1024 * 1024 };

struct run {
    struct engine *engine;
    struct spf_question question;
    struct spf_verdict verdict;
    struct arena *arena;
    int error;
};

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

/* As the table wants it: each character in the one form that answers have. */
static const char *name_of(const json_t *name, struct arena *arena)
{
    struct dns_name parsed;

    if (dns_name_from_text(must((char *)(uintptr_t)json_string_value(name)), &parsed) < 0)
        abort();
    dns_name_lower(&parsed);
    return must(dns_name_text(arena, &parsed));
}

static struct fake_answer answer_of(const json_t *entry, struct arena *arena)
{
    const json_t *records = json_object_get(entry, "records");
    struct fake_answer answer = {
        .name = name_of(json_object_get(entry, "name"), arena),
        .type = json_string_value(json_object_get(entry, "type")),
        .outcome = json_is_true(json_object_get(entry, "failure")) ? DNS_FAILURE : DNS_NOT_ASKED,
    };

    if (json_array_size(records) > FAKE_RECORDS_MAX)
        abort();
    for (size_t i = 0; i < json_array_size(records); i++)
        answer.records[i] = json_string_value(json_array_get(records, i));
    return answer;
}

/* On a task, with the stack it has in a scan. */
static void run_check(void *argument)
{
    struct run *run = argument;

    run->error = spf_check(&run->question, run->arena, &run->verdict);
}

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void check(const json_t *json)
{
    const json_t *zone = json_object_get(json, "zone");
    size_t count = json_array_size(zone);
    struct fake_answer *table = must(calloc(count + 1, sizeof *table));
    struct run run = {.arena = must(arena_new(0))};
    struct clock clock = clock_virtual(0);
    struct fake_resolver *fake;
    json_t *result;

    for (size_t i = 0; i < count; i++)
        table[i] = answer_of(json_array_get(zone, i), run.arena);
    fake = fake_resolver_new(NULL, table, count);
    run.question = (struct spf_question){
        .resolver = fake_resolver(fake),
        .deadline = DEADLINE_NEVER,
        .sender = member(json, "sender"),
        .helo = member(json, "helo"),
        .limits = spf_limits,
    };
    if (address_parse(member(json, "client"), &run.question.client) < 0 ||
        engine_new(&(struct engine_options){.clock = &clock}, &run.engine) < 0 ||
        task_spawn(engine_root(run.engine), run_check, &run, "SPF") < 0 || engine_run(run.engine) < 0 ||
        run.error < 0)
        abort();
    result = must(json_pack("{s:s, s:s?, s:i, s:i, s:s?}", "result", spf_result_values[run.verdict.result],
                            "explanation", run.verdict.explanation, "lookups", (int)run.verdict.lookups,
                            "void_lookups", (int)run.verdict.void_lookups, "reason", run.verdict.reason));
    (void)json_dumpf(result, stdout, JSON_COMPACT);
    (void)puts("");
    json_decref(result);
    engine_free(run.engine);
    fake_resolver_free(fake);
    arena_free(run.arena);
    free(table);
}

int main(void)
{
    char *line = must(malloc(LINE_SIZE));

    while (fgets(line, LINE_SIZE, stdin) != NULL) {
        json_t *json = must(json_loads(line, 0, NULL));

        check(json);
        json_decref(json);
    }
    free(line);
    return 0;
}
