/*
 * run.c - a run: many targets, one engine, shared services
 *
 *   run_new      resolver, roots, pacer, endpoint service
 *   run_execute  the program's task: routes -> our name, the control host, and beside them the targets, at
 *                most `jobs` at a time -> services end -> the loop ends
 *   run_stop     cancels the targets and the services; each target still delivers what it knows
 */
#include "scanner/run_internal.h"

#include "probes/probe.h"
#include "scanner/base/arena.h"
#include "scanner/base/log.h"
#include "scanner/base/text.h"
#include "scanner/net/dns.h"
#include "scanner/net/dnssec.h"
#include "scanner/net/http.h"
#include "scanner/net/http_cache.h"
#include "scanner/net/iterate.h"
#include "scanner/net/name_servers.h"
#include "scanner/net/pacer.h"
#include "scanner/net/resolver.h"
#include "scanner/net/tls.h"
#include "scanner/net/zone_file.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

enum { PROGRESS_INTERVAL_MS = 100, RESOLVER_TRIAL_MS = 5000, ENDPOINT_MEMORY = 8 * 1024 * 1024 };

/* ---- the settings as facts ---- */

static const char *depth_name(enum scan_depth depth)
{
    switch (depth) {
    case DEPTH_QUICK:
        return "quick";
    case DEPTH_STANDARD:
        return "standard";
    case DEPTH_DEEP:
        return "deep";
    }
    return NULL;
}

static const char *pace_name(enum scan_pace pace)
{
    switch (pace) {
    case SCAN_PACE_GENTLE:
        return "gentle";
    case SCAN_PACE_NORMAL:
        return "normal";
    case SCAN_PACE_FAST:
        return "fast";
    }
    return NULL;
}

static enum pace pacer_pace(enum scan_pace pace)
{
    switch (pace) {
    case SCAN_PACE_GENTLE:
        return PACE_GENTLE;
    case SCAN_PACE_NORMAL:
        return PACE_NORMAL;
    case SCAN_PACE_FAST:
        return PACE_FAST;
    }
    return PACE_NORMAL;
}

static int zones_note(struct run *run, struct settings_facts *facts)
{
    for (size_t i = 0; i < run->zone_files.count; i++) {
        const struct zone_file *zone = run->zone_files.items[i];
        struct zone_file_facts *noted = list_new_item(&facts->zones, run->arena, sizeof(*noted));

        if (noted == NULL ||
            list_add(&facts->overrides, run->arena, arena_format(run->arena, "--zone %s", zone->file)) < 0)
            return -ENOMEM;
        noted->name = zone->name;
        noted->file = zone->file;
        noted->is_signed = known(zone->keys.count > 0);
        noted->ds = zone->ds;
        noted->ds.observed = true;
    }
    return 0;
}

static int settings_note(struct run *run)
{
    const struct scan_settings *settings = run->settings;
    struct settings_facts *facts = arena_alloc(run->arena, sizeof(*facts));
    char text[ADDRESS_TEXT_SIZE];
    int result = 0;

    if (facts == NULL)
        return -ENOMEM;
    facts->depth = depth_name(settings->depth);
    facts->pace = pace_name(settings->pace);
    facts->resolver = run->network.resolver->description;
    facts->roots = settings->ca_file != NULL ? settings->ca_file : "system";
    facts->timeout = number(settings->timeout_ms / 1000);
    facts->overrides.observed = facts->zones.observed = true;
    for (size_t i = 0; i < settings->overrides.count && result == 0; i++) {
        const struct override *override = settings->overrides.items[i];

        result = list_add(&facts->overrides, run->arena,
                          arena_format(run->arena, "--resolve %s=%s", override->host,
                                       address_format(&override->address, text)));
    }
    if (result == 0)
        result = zones_note(run, facts);
    for (size_t i = 0; i < run->ports.count && result == 0; i++)
        result = list_add(&facts->ports, run->arena,
                          arena_format(run->arena, "%u:%s", (unsigned)run->ports.ports[i].port,
                                       service_name(run->ports.ports[i].service)));
    run->settings_facts = facts;
    return result;
}

/* ---- services ---- */

/* On a task, or before the first one. */
static void resolvers_free(struct run *run)
{
    dnssec_free(run->network.resolver);
    run->network.resolver = NULL;
    dns_free(run->iterator);
    run->iterator = NULL;
    if (resolver_choice_first(&run->resolvers) != NULL)
        resolver_choice_free(&run->resolvers);
    else
        dns_free(run->dns);
    run->dns = NULL;
}

/* What run->dns says is validated, and before it what the zone files say. */
static int validator_new(struct run *run, const char **ret_error)
{
    const struct dnssec_options options = {
        .trust_anchor = run->settings->trust_anchor, .ahead = true, .files = run->network.zone_files};
    struct resolver *inner = run->dns;
    int result = 0;

    if (run->zone_files.count > 0)
        result = zone_files_resolver(run->dns, &run->zone_files, run->arena, &inner);
    if (result == 0)
        result = dnssec_new(run->engine, inner, &options, run->arena, &run->network.resolver, ret_error);
    return result;
}

/* Who is asked is the better of those that there are. */
static int resolver_settle(struct run *run)
{
    struct resolver_choice *choice = &run->resolvers;
    struct resolver *chosen;
    const char *error;
    int result;

    if (resolver_choice_first(choice) == NULL)
        return 0;
    result = resolver_choose(choice, deadline_in(run->engine, RESOLVER_TRIAL_MS, DEADLINE_NEVER), run->arena,
                             &chosen, &run->settings_facts->resolver);
    if (result < 0)
        return result;
    if (choice->system == chosen) {
        choice->system = NULL;
        run->iterator = choice->iterating;
    }
    choice->iterating = NULL;
    if (chosen != run->dns) {
        dnssec_free(run->network.resolver);
        run->network.resolver = NULL;
        run->dns = chosen;
        result = validator_new(run, &error);
    }
    resolver_choice_free(choice);
    return result;
}

/* Who named a resolver is asked nothing beside it, unless it was said where iteration starts. */
static int iterator_new(struct run *run, const char **ret_error)
{
    const struct scan_settings *settings = run->settings;

    if (resolver_choice_first(&run->resolvers) != NULL || settings->root_hints == NULL ||
        settings->blocklists == NULL)
        return 0;
    return iterate_new(run->engine, &run->network, settings->root_hints, run->arena, &run->iterator,
                       ret_error);
}

static int wait_for_ehlo(struct network *network, int64_t deadline)
{
    return vantage_wait_name((struct run *)(void *)((char *)network - offsetof(struct run, network)),
                             deadline);
}

static int services_new(struct run *run, const char **ret_error)
{
    struct network *network = &run->network;
    int result = zone_files_read(&run->settings->zones, run->arena, &run->zone_files, ret_error);

    if (result == 0 && run->zone_files.count > 0)
        network->zone_files = &run->zone_files;
    if (result == 0)
        result =
            resolver_choice_new(run->engine, network, run->settings, run->arena, &run->resolvers, ret_error);
    if (result == 0)
        run->dns = resolver_choice_first(&run->resolvers);
    if (result == 0 && !run->resolvers.automatic && run->resolvers.iterating == NULL)
        run->resolvers = (struct resolver_choice){0}; /* a given one is asked whatever it does */
    if (result == 0)
        result = iterator_new(run, ret_error);
    if (result == 0)
        result = validator_new(run, ret_error);
    network->engine = run->engine;
    network->connect = network_connect;
    network->wait_for_ehlo = wait_for_ehlo;
    network->allow_private = run->settings->allow_private;
    if (result == 0)
        result = tls_service_new(run->engine, run->settings->ca_file, run->arena, &network->tls, ret_error);
    if (result == 0)
        result = http_service_new(network, run->settings->ca_file, &network->http);
    if (result == 0)
        result = pacer_new(run->engine, pacer_pace(run->settings->pace), &network->pacer);
    if (result == 0)
        result = endpoint_service_new(run, &run->endpoints);
    if (result == 0)
        result = settings_note(run);
    return result;
}

int run_new(struct engine *engine, const struct scan_settings *settings, const struct run_observer *observer,
            struct arena *arena, struct run **ret, const char **ret_error)
{
    struct run *run = calloc(1, sizeof(*run));
    int result;

    *ret_error = NULL;
    if (run == NULL)
        return -ENOMEM;
    run->engine = engine;
    run->settings = settings;
    run->observer = observer;
    run->arena = arena;
    run->jobs.free = settings->jobs;
    run->delivery.free = 1;
    run->endpoint_memory = ENDPOINT_MEMORY;
    settings_ports(settings, &run->ports);
    run->vantage = arena_alloc(arena, sizeof(*run->vantage));
    result = run->vantage != NULL ? services_new(run, ret_error) : -ENOMEM;
    if (result == 0)
        result = task_group_new(engine_root(engine), "targets", &run->targets);
    if (result == 0)
        result = task_group_new(engine_root(engine), "services", &run->services);
    if (result == 0)
        result = http_cache_new(&run->network, run->services, &run->network.http_cache);
    if (result == 0)
        result = name_servers_new(&run->network, run->services, &run->network.name_servers);
    if (result < 0) {
        run_free(run);
        return result;
    }
    *ret = run;
    return 0;
}

void run_free(struct run *run)
{
    if (run == NULL)
        return;
    task_group_end(run->targets);
    task_group_end(run->services);
    endpoint_service_free(run->endpoints);
    dnsbl_service_free(run->dnsbl);
    pacer_free(run->network.pacer);
    http_cache_free(run->network.http_cache);
    name_servers_free(run->network.name_servers);
    http_service_free(run->network.http);
    tls_service_free(run->network.tls);
    resolvers_free(run);
    free(run);
}

/* ---- progress ---- */

static void progress_tell(void *argument)
{
    struct run *run = argument;

    run->progress.now = endpoint_service_oldest(run->endpoints);
    run->progress.elapsed_ms = engine_now(run->engine) - run->started_ms;
    run->progress.connections = run->network.connections;
    run->observer->on_progress(run->observer->data, &run->progress);
}

static void progress_run(void *argument)
{
    struct run *run = argument;

    while (task_sleep(run->engine, PROGRESS_INTERVAL_MS, "the next progress line") == 0)
        engine_call_on_loop(run->engine, progress_tell, run);
}

/* ---- targets ---- */

struct target_task {
    struct run *run;
    const struct target *target;
};

static void run_note(struct run *run, int result)
{
    if (result < 0 && result != -ECANCELED && run->result == 0)
        run->result = result;
}

static void target_run(void *argument)
{
    struct target_task task = *(struct target_task *)argument;

    free(argument);
    task.run->progress.active++;
    run_note(task.run, scan_target(task.run, task.target));
    task.run->progress.active--;
    task.run->progress.done++;
    semaphore_give(task.run->engine, &task.run->jobs);
}

static int target_start(struct run *run, const struct target *target)
{
    struct target_task *task = malloc(sizeof(*task));
    int result;

    if (task == NULL)
        return -ENOMEM;
    *task = (struct target_task){.run = run, .target = target};
    while ((result = task_spawn(run->targets, target_run, task, "target %.80s", target->name)) == -EAGAIN)
        if (task_sleep(run->engine, PROGRESS_INTERVAL_MS, "room for a task") < 0)
            break;
    if (result < 0)
        free(task);
    return result;
}

static int targets_start(struct run *run)
{
    const struct list *targets = &run->settings->targets;
    int result = 0;

    for (size_t i = 0; i < targets->count && result == 0 && run->stop_reason == NULL; i++) {
        result = semaphore_take(run->engine, &run->jobs, DEADLINE_NEVER, "a target to end");
        if (result == 0 && run->stop_reason == NULL)
            result = target_start(run, targets->items[i]);
    }
    return result;
}

/* Beside the targets' first questions: only a conversation needs it. */
static void name_run(void *argument)
{
    struct run *run = argument;

    run_note(run, vantage_name(run));
    run->name_pending = false;
    wait_queue_wake(run->engine, &run->name_known, WAKE_ALL);
}

static void control_run(void *argument)
{
    struct run *run = argument;

    run_note(run, vantage_control(run));
    run->control_pending = false;
    wait_queue_wake(run->engine, &run->control_heard, WAKE_ALL);
}

/* Blacklists are asked as they are: what nobody signs needs no validator. */
static int dnsbl_begin(struct run *run)
{
    if (run->settings->blocklists == NULL)
        return 0;
    return dnsbl_service_new(&run->network, run->dns, run->iterator, run->settings->blocklists, run->services,
                             &run->dnsbl);
}

static int run_targets(struct run *run)
{
    int result = vantage_routes(run);

    if (result == 0)
        result = resolver_settle(run);
    if (result == 0)
        result = dnsbl_begin(run);
    if (result == 0 && run->observer->on_progress != NULL)
        result = task_spawn(run->services, progress_run, run, "progress");
    run->name_pending = true;
    if (result == 0)
        result = task_spawn(run->services, name_run, run, "our own name");
    run->control_pending = run->settings->control != NULL;
    if (result == 0 && run->control_pending)
        result = task_spawn(run->services, control_run, run, "control host");
    if (result == 0)
        result = targets_start(run);
    while (task_group_join(run->targets, DEADLINE_NEVER) < 0)
        ;
    return result;
}

/* The program's own task. What was started ends before it. */
static void run_main(void *argument)
{
    struct run *run = argument;

    run->started_ms = engine_now(run->engine);
    run->progress.targets = run->settings->targets.count;
    run_note(run, run_targets(run));
    struct task_group *targets = run->targets;

    run->targets = NULL; /* a signal that comes while they end finds nothing left to stop */
    task_group_end(targets);
    task_group_end(run->services);
    run->services = NULL;
    resolvers_free(run);
}

int run_execute(struct run *run)
{
    int result = task_spawn(engine_root(run->engine), run_main, run, "run");

    if (result < 0)
        return result;
    result = engine_run(run->engine);
    return result < 0 ? result : run->result;
}

void run_stop(struct run *run, const char *reason)
{
    if (run->stop_reason != NULL || run->targets == NULL)
        return;
    run->stop_reason = reason;
    task_group_cancel(run->targets);
    task_group_cancel(run->services);
}
