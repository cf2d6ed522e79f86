/*
 * endpoints.c - an address and a port are scanned once per run, whoever asks
 *
 *   ask(address, port, names) --> entry, made by the first who asks --> worker task: session,
 *          |                        |                                  then handshakes per name
 *          +------ waits <----------+----------- wakes after each name ------+
 *
 * The worker belongs to the service: an asker that gives up fails nobody else. Results are kept for those who
 * come later, at most RETAINED_MAX that nobody holds and RETAINED_BYTES of them, so that a run over very many hosts does
 * not grow without end. An endpoint's memory is limited, too: names that are shown the same chain share its facts, and
 * when there is no room for a further name, its askers are told so (-ENOSPC) and the others keep what they have.
 */
#include "scanner/run_internal.h"

#include "probes/probe.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_INTERVAL_MS = 50, ENUMERATION_MARGIN_MS = 1500 };
enum { BUCKETS = 4096, RETAINED_MAX = 4096, RETAINED_BYTES = 32 * 1024 * 1024, WORKERS_MAX = 512 };
/* Longer than the clean-up of a cancelled worker may take. */
enum { WORKER_CLEANUP_MS = CLEANUP_GRACE_MS + 500 };

struct asked_name {
    const char *name; /* NULL: no name */
    bool done;
};

struct endpoint_entry {
    struct endpoint_entry *next;          /* in its bucket */
    struct endpoint_entry *older, *newer; /* among those retained, by last use */
    bool retained;
    struct endpoint_service *service;
    struct address address;
    struct port_setting port;
    struct arena *arena;
    struct endpoint_facts *facts;
    struct list names; /* struct asked_name, in the order they were asked for */
    bool working;
    bool
        enumerated; /* or there is nothing to enumerate: what comes after all names that were asked for then */
    int64_t deadline; /* of the asker who waits longest */
    bool cut;         /* the worker's own time was over: what it noted is not all */
    int64_t working_since;
    int result; /* of the worker: 0, -ECANCELED, -ENOSPC */
    struct wait_queue waiters;
    size_t holders;
    char text[192];
};

struct endpoint_service {
    struct run *run;
    struct semaphore workers;
    struct endpoint_entry *buckets[BUCKETS];
    struct endpoint_entry *oldest, *newest; /* retained */
    size_t retained_count, retained_bytes;
};

struct endpoint_ask {
    struct endpoint_entry *entry;
};

/* ---- entries ---- */

static size_t bucket_of(const struct address *address, uint16_t port)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < sizeof(address->octets); i++)
        hash = (hash ^ address->octets[i]) * 16777619U;
    hash = (hash ^ (uint32_t)port) * 16777619U;
    return hash % BUCKETS;
}

static struct endpoint_entry *entry_find(struct endpoint_service *service, const struct address *address,
                                         struct port_setting port)
{
    struct endpoint_entry *entry = service->buckets[bucket_of(address, port.port)];

    while (entry != NULL && (entry->port.port != port.port || !address_equal(&entry->address, address)))
        entry = entry->next;
    return entry;
}

static void entry_free(struct endpoint_entry *entry)
{
    arena_free(entry->arena);
    free(entry);
}

static struct endpoint_entry *entry_new(struct endpoint_service *service, const struct address *address,
                                        struct port_setting port)
{
    struct endpoint_entry *entry = calloc(1, sizeof(*entry));
    char text[ADDRESS_TEXT_SIZE];

    if (entry == NULL)
        return NULL;
    entry->service = service;
    entry->address = *address;
    entry->port = port;
    entry->arena = arena_new(service->run->endpoint_memory);
    entry->facts = entry->arena != NULL ? arena_alloc(entry->arena, sizeof(*entry->facts)) : NULL;
    if (entry->facts == NULL) {
        entry_free(entry);
        return NULL;
    }
    entry->facts->address = arena_text(entry->arena, address_format(address, text));
    entry->facts->port = number(port.port);
    entry->facts->service = service_name(port.service);
    entry->next = service->buckets[bucket_of(address, port.port)];
    service->buckets[bucket_of(address, port.port)] = entry;
    service->run->progress.steps++;
    return entry;
}

static void entry_unlink_retained(struct endpoint_entry *entry)
{
    struct endpoint_service *service = entry->service;

    if (!entry->retained)
        return;
    if (entry->older != NULL)
        entry->older->newer = entry->newer;
    else
        service->oldest = entry->newer;
    if (entry->newer != NULL)
        entry->newer->older = entry->older;
    else
        service->newest = entry->older;
    entry->older = entry->newer = NULL;
    entry->retained = false;
    service->retained_count--;
    service->retained_bytes -= arena_used(entry->arena);
}

static void entry_forget(struct endpoint_entry *entry)
{
    struct endpoint_entry **link = &entry->service->buckets[bucket_of(&entry->address, entry->port.port)];

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    entry_unlink_retained(entry);
    entry_free(entry);
}

/* Nobody holds it and no worker is on it: kept for later askers, as the newest of those. */
static void entry_retain(struct endpoint_entry *entry)
{
    struct endpoint_service *service = entry->service;

    entry->retained = true;
    entry->older = service->newest;
    if (service->newest != NULL)
        service->newest->newer = entry;
    else
        service->oldest = entry;
    service->newest = entry;
    service->retained_count++;
    service->retained_bytes += arena_used(entry->arena);
    for (struct endpoint_entry *oldest = service->oldest, *newer; oldest != entry; oldest = newer) {
        newer = oldest->newer;
        if (service->retained_count <= RETAINED_MAX && service->retained_bytes <= RETAINED_BYTES)
            break;
        entry_forget(oldest);
    }
}

static void entry_let_go(struct endpoint_entry *entry)
{
    if (entry->holders == 0 && !entry->working && !entry->retained)
        entry_retain(entry);
}

/* ---- the worker ---- */

static struct asked_name *next_name(struct endpoint_entry *entry, size_t *ret_index)
{
    for (size_t i = 0; i < entry->names.count; i++) {
        struct asked_name *asked = entry->names.items[i];

        if (!asked->done) {
            *ret_index = i;
            return asked;
        }
    }
    return NULL;
}

static int work_on_name(struct endpoint_entry *entry, const char *name, bool first)
{
    struct run *run = entry->service->run;
    int64_t deadline = deadline_in(run->engine, run->settings->timeout_ms, DEADLINE_NEVER);
    int result = 0;

    if (name != NULL && !list_has_text(&entry->facts->hosts, name) &&
        list_add(&entry->facts->hosts, entry->arena, arena_text(entry->arena, name)) < 0)
        return -ENOMEM;
    snprintf(entry->text, sizeof(entry->text), "%.120s%s%.46s:%u", name != NULL ? name : "",
             name != NULL ? " " : "", entry->facts->address, (unsigned)entry->port.port);
    if (first)
        result = endpoint_probe(&run->network, entry->facts, name, deadline, entry->arena);
    else if (entry->facts->state == ENDPOINT_OPEN) /* else nobody speaks there, whatever the name */
        result = endpoint_probe_name(&run->network, entry->facts, name, run->settings->depth, deadline,
                                     entry->arena);
    if (engine_now(run->engine) >= deadline)
        entry->cut = true;
    return result;
}

/* A port 25 that let us in shows that our own network lets us out; networks that block it often do so for one
 * family alone. */
static void note_port_25(struct run *run, const struct endpoint_entry *entry)
{
    if (entry->port.port == 25 &&
        (entry->facts->state == ENDPOINT_OPEN || entry->facts->state == ENDPOINT_TURNED_AWAY) &&
        entry->facts->heard == YES)
        vantage_note_port_25(run, entry->address.family, PORT_25_OPEN,
                             arena_format(run->arena, "%s answered", entry->text));
}

/* The memory of one endpoint ends before that of the run: what was learnt until then is a result, and those
 * who ask for more are told that there is none. */
static void note_full(struct endpoint_entry *entry)
{
    entry->result = -ENOSPC;
    if (entry->facts->state == ENDPOINT_NOT_OBSERVED)
        entry->facts->reason = "there was not enough memory for this port";
}

static void work_on_names(struct endpoint_entry *entry)
{
    struct asked_name *asked;
    size_t index;

    while (entry->result == 0 && (asked = next_name(entry, &index)) != NULL) {
        entry->result = work_on_name(entry, asked->name, index == 0);
        if (entry->result == -ENOMEM) {
            note_full(entry);
            return;
        }
        asked->done = true;
        note_port_25(entry->service->run, entry);
        wait_queue_wake(entry->service->run->engine, &entry->waiters, WAKE_ALL);
    }
}

static void ask_ahead(void *argument)
{
    struct endpoint_entry *entry = argument;
    struct run *run = entry->service->run;

    (void)helo_ask_ahead(&run->network, entry->facts, entry->deadline); /* what fails is asked again */
    entry->holders--;
    entry_let_go(entry);
}

/* Beside the enumeration. */
static void spawn_ask_ahead(struct endpoint_entry *entry)
{
    entry->holders++;
    if (task_spawn(entry->service->run->services, ask_ahead, entry, "names of %s:%u", entry->facts->address,
                   (unsigned)entry->port.port) < 0) {
        entry->holders--;
    }
}

/* Ends before those who wait for it give up, so that they have what was found until then. */
static void enumerate(struct endpoint_entry *entry)
{
    struct run *run = entry->service->run;
    const struct asked_name *first = entry->names.items[0];
    int64_t deadline = deadline_in(run->engine, run->settings->timeout_ms, entry->deadline);

    if (deadline != DEADLINE_NEVER)
        deadline -= ENUMERATION_MARGIN_MS;
    entry->result = tls_enumeration_probe(&run->network, entry->facts, first->name, run->settings->depth,
                                          deadline, entry->arena);
    if (entry->result == -ENOMEM)
        note_full(entry);
    if (engine_now(run->engine) >= deadline)
        entry->cut = true;
    entry->enumerated = true;
    wait_queue_wake(run->engine, &entry->waiters, WAKE_ALL);
}

/* What ends politely comes first: a server that has enough of hellos has shown its certificates by then. */
static void work(struct endpoint_entry *entry)
{
    work_on_names(entry);
    if (entry->result == 0 && !entry->enumerated) {
        spawn_ask_ahead(entry);
        enumerate(entry);
        work_on_names(entry); /* that came meanwhile */
    }
}

static void worker_run(void *argument)
{
    struct endpoint_entry *entry = argument;
    struct endpoint_service *service = entry->service;
    struct engine *engine = service->run->engine;
    int result = semaphore_take(engine, &service->workers, DEADLINE_NEVER, "one of 512 endpoints at a time");

    if (result == 0) {
        entry->working_since = engine_now(engine);
        work(entry);
        semaphore_give(engine, &service->workers);
    } else {
        entry->result = result;
    }
    entry->working = false;
    service->run->progress.steps_done++;
    wait_queue_wake(engine, &entry->waiters, WAKE_ALL);
    entry_let_go(entry);
}

/* Sees to it that a worker is on the names that are not done. */
static int entry_set_to_work(struct endpoint_entry *entry)
{
    struct run *run = entry->service->run;
    size_t index;
    int result;

    if (entry->working || next_name(entry, &index) == NULL)
        return 0;
    if (entry->result < 0)
        return entry->result;
    result = task_spawn(run->services, worker_run, entry, "endpoint %s:%u", entry->facts->address,
                        (unsigned)entry->port.port);
    if (result < 0)
        return result;
    entry->working = true;
    entry->working_since = engine_now(run->engine);
    if (index > 0)
        run->progress.steps++;
    return 0;
}

/* ---- asking ---- */

static struct asked_name *entry_name(struct endpoint_entry *entry, const char *name)
{
    struct asked_name *asked;

    for (size_t i = 0; i < entry->names.count; i++) {
        asked = entry->names.items[i];
        if (name == NULL ? asked->name == NULL : asked->name != NULL && text_same_name(asked->name, name))
            return asked;
    }
    asked = list_new_item(&entry->names, entry->arena, sizeof(*asked));
    if (asked != NULL && name != NULL) {
        asked->name = arena_text(entry->arena, name);
        if (asked->name == NULL)
            return NULL;
    }
    return asked;
}

/* Waits for one name. Cancelled, it stays until the worker, which is cancelled with it, has said what it
 * learnt. */
static int wait_for_name(struct endpoint_entry *entry, const struct asked_name *asked, int64_t deadline)
{
    struct engine *engine = entry->service->run->engine;
    int result = 0;

    while (!(asked->done && entry->enumerated) && entry->working && result == 0)
        result = task_wait(engine, &entry->waiters, deadline, "an endpoint");
    if (result == -ECANCELED && task_group_canceled(entry->service->run->services)) {
        int64_t until = deadline_in(engine, WORKER_CLEANUP_MS, DEADLINE_NEVER);
        int waited = 0;

        task_shield(engine, WORKER_CLEANUP_MS);
        while (entry->working && waited == 0)
            waited = task_wait(engine, &entry->waiters, until, "the end of a cancelled session");
        task_unshield(engine);
    }
    if (asked->done && result != -ECANCELED)
        return entry->cut ? -ETIMEDOUT : 0;
    return result < 0 ? result : entry->result;
}

static int ask_name(struct endpoint_entry *entry, const char *name, int64_t deadline)
{
    struct engine *engine = entry->service->run->engine;
    struct asked_name *asked = entry_name(entry, name);
    int result;

    if (asked == NULL)
        return -ENOSPC;
    if (deadline > entry->deadline)
        entry->deadline = deadline;
    while ((result = entry_set_to_work(entry)) == -EAGAIN && engine_now(engine) < deadline)
        if (task_sleep(engine, ROOM_INTERVAL_MS, "room for a task") < 0)
            return -ECANCELED;
    if (result < 0 && !asked->done)
        return result == -EAGAIN ? -ETIMEDOUT : result;
    return wait_for_name(entry, asked, deadline);
}

int endpoint_ask(struct endpoint_service *service, const struct address *address, struct port_setting port,
                 const struct list *names, int64_t deadline, struct endpoint_ask **ret)
{
    struct endpoint_ask *ask = calloc(1, sizeof(*ask));
    struct endpoint_entry *entry = entry_find(service, address, port);
    int result = 0;

    if (ask == NULL)
        return -ENOMEM;
    if (entry == NULL)
        entry = entry_new(service, address, port);
    if (entry == NULL) {
        free(ask);
        return -ENOMEM;
    }
    entry_unlink_retained(entry);
    entry->holders++;
    ask->entry = entry;
    *ret = ask;
    if (names->count == 0)
        return ask_name(entry, NULL, deadline);
    for (size_t i = 0; i < names->count; i++) /* all, before the first sets a worker to work */
        if (entry_name(entry, names->items[i]) == NULL)
            return -ENOMEM;
    for (size_t i = 0; i < names->count && result == 0; i++)
        result = ask_name(entry, names->items[i], deadline);
    return result;
}

void endpoint_ask_release(struct endpoint_ask *ask)
{
    if (ask == NULL)
        return;
    ask->entry->holders--;
    entry_let_go(ask->entry);
    free(ask);
}

static bool concerns(const char *name, const struct list *names)
{
    if (name == NULL)
        return names->count == 0;
    return list_has_text(names, name);
}

static struct tls_facts *tls_view(const struct tls_facts *all, const struct list *names, struct arena *arena)
{
    struct tls_facts *view = arena_copy(arena, all, sizeof(*all));

    if (view == NULL)
        return NULL;
    view->handshakes = (struct list){.observed = all->handshakes.observed};
    view->certificates = (struct list){.observed = all->certificates.observed};
    for (size_t i = 0; i < all->handshakes.count; i++) {
        struct tls_handshake_facts *handshake = all->handshakes.items[i];

        if (concerns(handshake->name, names) && list_add(&view->handshakes, arena, handshake) < 0)
            return NULL;
    }
    for (size_t i = 0; i < all->certificates.count; i++) {
        struct certificate_facts *certificate = all->certificates.items[i];

        if (concerns(certificate->name, names) && list_add(&view->certificates, arena, certificate) < 0)
            return NULL;
    }
    return view;
}

struct endpoint_facts *endpoint_ask_view(const struct endpoint_ask *ask, const struct list *names,
                                         struct arena *arena)
{
    const struct endpoint_facts *facts = ask->entry->facts;
    struct endpoint_facts *view = arena_copy(arena, facts, sizeof(*facts));

    if (view == NULL)
        return NULL;
    view->hosts = (struct list){.observed = names->count > 0};
    for (size_t i = 0; i < names->count; i++)
        if (list_add(&view->hosts, arena, names->items[i]) < 0)
            return NULL;
    if (facts->tls != NULL) {
        view->tls = tls_view(facts->tls, names, arena);
        if (view->tls == NULL)
            return NULL;
    }
    return view;
}

const char *endpoint_service_oldest(const struct endpoint_service *service)
{
    const struct endpoint_entry *oldest = NULL;

    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct endpoint_entry *entry = service->buckets[i]; entry != NULL; entry = entry->next)
            if (entry->working && entry->text[0] != '\0' &&
                (oldest == NULL || entry->working_since < oldest->working_since))
                oldest = entry;
    return oldest != NULL ? oldest->text : NULL;
}

int endpoint_service_new(struct run *run, struct endpoint_service **ret)
{
    struct endpoint_service *service = calloc(1, sizeof(*service));

    if (service == NULL)
        return -ENOMEM;
    service->run = run;
    service->workers.free = WORKERS_MAX;
    *ret = service;
    return 0;
}

void endpoint_service_free(struct endpoint_service *service)
{
    if (service == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (service->buckets[i] != NULL) {
            struct endpoint_entry *entry = service->buckets[i];

            service->buckets[i] = entry->next;
            entry_free(entry);
        }
    }
    free(service);
}
