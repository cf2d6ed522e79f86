/*
 * trial.c - a script, played to the scanner: what comes out, and whether it is what the script says
 */
#include "tests/hostile/trial.h"

#include "probes/probe.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "tests/hostile/stage.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_SIZE = 128 };

#define TRIAL_ADDRESS "203.0.114.1"

/* ---- facts ---- */

/* The next part of a path: a name, or a number in brackets, or "count". NULL: there is nothing there. */
static const json_t *step_into(const json_t *json, const char **path)
{
    char word[WORD_SIZE];
    size_t size;

    if (**path == '[') {
        char *end;
        unsigned long place = strtoul(*path + 1, &end, 10);

        if (*end != ']')
            return NULL;
        *path = end + 1;
        return json_array_get(json, place);
    }
    *path += **path == '.';
    size = strcspn(*path, ".[");
    if (size == 0 || size >= WORD_SIZE)
        return NULL;
    memcpy(word, *path, size);
    word[size] = '\0';
    *path += size;
    return json_object_get(json, word);
}

static const char *text_of(const json_t *json, struct arena *arena)
{
    char *dump;
    const char *text;

    if (json == NULL)
        return "absent";
    if (json_is_string(json))
        return json_string_value(json);
    dump = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    text = arena_text(arena, dump);
    free(dump);
    return text == NULL ? "" : text;
}

bool trial_fact_holds(const json_t *json, const char *path, const char *pattern, struct arena *arena,
                      const char **ret_found)
{
    while (*path != '\0' && json != NULL) {
        if (strcmp(path, ".count") == 0) {
            *ret_found = arena_format(arena, "%zu", json_array_size(json));
            return *ret_found != NULL && fnmatch(pattern, *ret_found, 0) == 0;
        }
        json = step_into(json, &path);
    }
    *ret_found = text_of(json, arena);
    return fnmatch(pattern, *ret_found, 0) == 0;
}

/* ---- the scan ---- */

struct scan_task {
    const struct script *script;
    struct stage *stage;
    struct endpoint_facts *endpoint;
    struct arena *arena;
    int result;
};

static void run_probe(void *argument)
{
    struct scan_task *task = argument;
    const struct script *script = task->script;

    task->result =
        endpoint_probe(&task->stage->network, task->endpoint, script->host, script->timeout_ms, task->arena);
    if (task->result == 0 && script->depth != DEPTH_QUICK)
        task->result = endpoint_probe_keys(&task->stage->network, task->endpoint, script->host,
                                           script->timeout_ms, task->arena);
}

/* The user of the scan: starts it, and may stop it. */
static void run_user(void *argument)
{
    struct scan_task *task = argument;
    struct engine *engine = task->stage->network.engine;
    struct task_group *group;

    if (task_group_new(engine_root(engine), "scan", &group) < 0 ||
        task_spawn(group, run_probe, task, "probe") < 0)
        abort();
    if (task->script->stop_ms > 0)
        (void)task_sleep(engine, task->script->stop_ms, "the user");
    else
        (void)task_group_join(group, DEADLINE_NEVER);
    task_group_end(group);
}

static struct endpoint_facts *endpoint_of(const struct script *script, struct arena *arena)
{
    struct endpoint_facts *endpoint = arena_alloc(arena, sizeof *endpoint);
    char *host = arena_text(arena, script->host);

    if (endpoint == NULL || host == NULL || list_add(&endpoint->hosts, arena, host) < 0)
        abort();
    endpoint->address = TRIAL_ADDRESS;
    endpoint->port = number(script->port);
    endpoint->service = service_name(script->service);
    return endpoint;
}

/* A scan of a host that has this one endpoint. */
static struct scan_facts *scan_of(const struct script *script, struct endpoint_facts *endpoint,
                                  struct arena *arena)
{
    struct scan_facts *scan = arena_alloc(arena, sizeof *scan);
    struct observed_facts *observed = arena_alloc(arena, sizeof *observed);
    struct dns_facts *dns = arena_alloc(arena, sizeof *dns);
    struct mail_host_facts *host;
    struct host_address_facts *address;

    if (scan == NULL || observed == NULL || dns == NULL)
        abort();
    host = list_new_item(&dns->hosts, arena, sizeof *host);
    address = host == NULL ? NULL : list_new_item(&host->addresses, arena, sizeof *address);
    if (address == NULL || list_add(&observed->endpoints, arena, endpoint) < 0)
        abort();
    *host = (struct mail_host_facts){.name = script->host,
                                     .source = HOST_TARGET,
                                     .valid_name = YES,
                                     .literal = NO,
                                     .addresses = host->addresses};
    *address = (struct host_address_facts){
        .address = TRIAL_ADDRESS, .source = "dns", .scope = "global", .contacted = YES};
    observed->dns = dns;
    *scan = (struct scan_facts){.schema = number(1),
                                .target = script->host,
                                .target_kind = "host",
                                .started = number(STAGE_TIME),
                                .finished = number(STAGE_TIME),
                                .complete = YES,
                                .facts = observed};
    return scan;
}

/* ---- comparing ---- */

static void add_failure(struct list *failures, struct arena *arena, char *text)
{
    if (text == NULL || list_add(failures, arena, text) < 0)
        abort();
}

static void compare(const struct script *script, const json_t *json, const struct scan_facts *scan,
                    struct arena *arena, struct list *failures)
{
    for (size_t i = 0; i < script->expectations.count; i++) {
        const struct expectation *expectation = script->expectations.items[i];
        const char *found = NULL;
        bool holds = false;

        switch (expectation->kind) {
        case EXPECT_FACT:
            holds = trial_fact_holds(json, expectation->what, expectation->value, arena, &found);
            break;
        case EXPECT_VERDICT:
            found = trial_verdict(scan, expectation->what, arena);
            holds = found != NULL && strcmp(found, expectation->value) == 0;
            break;
        }
        if (!holds)
            add_failure(failures, arena,
                        arena_format(arena, "%s:%u: %s should be \"%s\", but is \"%s\"", script->file,
                                     expectation->line, expectation->what, expectation->value,
                                     found == NULL ? "not judged" : found));
    }
}

void trial_run(const struct script *script, struct certificates *certificates, struct arena *arena,
               struct list *failures, json_t **ret)
{
    struct endpoint_facts *endpoint = endpoint_of(script, arena);
    struct stage stage;
    struct scan_task task = {.script = script, .stage = &stage, .endpoint = endpoint, .arena = arena};
    int expected = script->stop_ms > 0 ? -ECANCELED : 0;
    json_t *json;

    stage_open(&stage, script, certificates);
    stage_run(&stage, run_user, &task);
    if (stage.player.failure != NULL)
        add_failure(failures, arena, arena_text(arena, stage.player.failure));
    stage_close(&stage);
    if (task.result != expected)
        add_failure(
            failures, arena,
            arena_format(arena, "%s: the probe returns %d, not %d", script->file, task.result, expected));
    json = facts_to_json(&endpoint_shape, endpoint);
    if (json == NULL)
        abort();
    compare(script, json, scan_of(script, endpoint, arena), arena, failures);
    *ret = json;
}
