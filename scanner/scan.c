/*
 * scan.c - the story of one target
 *
 *   domain -> its zone and name servers, MTA-STS, TLS-RPT, DKIM, BIMI, and beside that:
 *          -> mail hosts and their addresses -> side by side: each address and port, each reverse name, DNSSEC, TLSA
 *             and CAA records, SPF, DMARC, blacklists, what mail programs find by themselves
 *          -> the names that the servers gave themselves, and whether their certificates were revoked
 *          -> all facts, in an order that does not depend on who answered first -> the observer
 *
 * Whatever ends it early (the time of the target, a signal), what is known by then is delivered and says what
 * is missing.
 */
#include "scanner/run_internal.h"

#include "probes/probe.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>

enum { TARGET_MEMORY = 64 * 1024 * 1024, ROOM_INTERVAL_MS = 50 };

struct scan {
    struct run *run;
    const struct target *target;
    struct arena *arena;
    struct scan_facts *facts;
    struct task_group *group; /* the parts that go on side by side */
    int64_t deadline;
    struct list parts; /* struct part */
    int result;        /* the first fault of ours */
    bool out_of_time;
    bool out_of_memory; /* of a port: too many names lead to it */
};

/* One address and port, or (port 0) reverse DNS of one address. */
struct part {
    struct scan *scan;
    struct address address;
    struct port_setting port;
    struct list names;     /* texts: hosts that led here */
    const char *forbidden; /* why it is not contacted */
    struct endpoint_ask *ask;
    struct ptr_facts *ptr;
};

static void scan_note(struct scan *scan, int result)
{
    if (result == -ETIMEDOUT)
        scan->out_of_time = true;
    else if (result == -ENOSPC)
        scan->out_of_memory = true;
    else if (result < 0 && result != -ECANCELED && scan->result == 0)
        scan->result = result;
}

/* ---- the parts ---- */

static void part_run(void *argument)
{
    struct part *part = argument;
    struct scan *scan = part->scan;
    int result;

    if (part->port.port == 0) {
        result = ptr_probe(&scan->run->network, &part->address, scan->deadline, scan->arena, &part->ptr);
    } else {
        result = endpoint_ask(scan->run->endpoints, &part->address, part->port, &part->names, scan->deadline,
                              &part->ask);
    }
    scan_note(scan, result);
}

/* What the domain publishes besides its mail hosts, beside everything else. */
static void mta_sts_run(void *argument)
{
    struct scan *scan = argument;
    struct run *run = scan->run;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, mta_sts_probe(&run->network, run->settings, scan->target->name, scan->deadline,
                                  scan->arena, &observed->mta_sts));
}

static void tls_rpt_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, tls_rpt_probe(&scan->run->network, scan->target->name, scan->deadline, scan->arena,
                                  &observed->tls_rpt));
}

/* How mail programs find the servers by themselves; where no mail is taken, nobody reads any. */
static void autoconfig_run(void *argument)
{
    struct scan *scan = argument;
    struct run *run = scan->run;
    struct observed_facts *observed = scan->facts->facts;

    if (observed->dns->null_mx != YES)
        scan_note(scan, autoconfig_probe(&run->network, run->settings, observed->dns->domain, scan->deadline,
                                         scan->arena, &observed->autoconfig));
}

/* A guess is a task, and each target has dozens: more at a time than the DNS has in flight would only hold memory. */
static void dkim_run(void *argument)
{
    struct scan *scan = argument;
    struct run *run = scan->run;
    struct observed_facts *observed = scan->facts->facts;
    int turn = semaphore_take(run->engine, &run->guessing, scan->deadline, "its turn to guess selectors");

    /* too late is for the questions to say */
    scan_note(scan, dkim_probe(&run->network, run->settings, scan->target->name, scan->deadline, scan->arena,
                               &observed->dkim));
    if (turn == 0)
        semaphore_give(run->engine, &run->guessing);
}

static void bimi_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, bimi_probe(&scan->run->network, scan->target->name, scan->deadline, scan->arena,
                               &observed->bimi));
}

/* Who may send mail for the domain. */
static void spf_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan,
              spf_probe(&scan->run->network, observed->dns, scan->deadline, scan->arena, &observed->spf));
}

/* Who may issue certificates. */
static void caa_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan,
              caa_probe(&scan->run->network, observed->dns, scan->deadline, scan->arena, &observed->caa));
}

static void dmarc_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan,
              dmarc_probe(&scan->run->network, observed->dns, scan->deadline, scan->arena, &observed->dmarc));
}

static void dnssec_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, dnssec_probe(&scan->run->network, observed->dns, scan->deadline, scan->arena,
                                 &observed->dnssec));
}

static struct part *part_find(struct scan *scan, const struct address *address, uint16_t port)
{
    for (size_t i = 0; i < scan->parts.count; i++) {
        struct part *part = scan->parts.items[i];

        if (part->port.port == port && address_equal(&part->address, address))
            return part;
    }
    return NULL;
}

static int part_add(struct scan *scan, const struct address *address, struct port_setting port,
                    const char *host, const char *forbidden)
{
    struct part *part = part_find(scan, address, port.port);

    if (part == NULL) {
        part = list_new_item(&scan->parts, scan->arena, sizeof(*part));
        if (part == NULL)
            return -ENOMEM;
        *part = (struct part){.scan = scan, .address = *address, .port = port, .forbidden = forbidden};
    }
    if (host == NULL || list_has_text(&part->names, host))
        return 0;
    return list_add(&part->names, scan->arena, arena_text(scan->arena, host));
}

static int parts_of_address(struct scan *scan, const struct mail_host_facts *host,
                            const struct host_address_facts *facts)
{
    const char *name = host->literal == YES ? NULL : host->name;
    struct address address;
    int result = address_parse(facts->address, &address);

    if (result < 0)
        return result;
    for (size_t i = 0; i < scan->run->ports.count && result == 0; i++)
        result = part_add(scan, &address, scan->run->ports.ports[i], name,
                          facts->contacted == YES ? NULL : facts->reason);
    if (result == 0 && (address_scope(&address) == SCOPE_GLOBAL || scan->run->settings->allow_private))
        result = part_add(scan, &address, (struct port_setting){0}, NULL, NULL);
    return result;
}

static int parts_collect(struct scan *scan, const struct dns_facts *dns)
{
    int result = 0;

    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        for (size_t j = 0; j < host->addresses.count && result == 0; j++)
            result = parts_of_address(scan, host, host->addresses.items[j]);
    }
    /* senders are looked up, not contacted */
    for (size_t i = 0; i < dns->senders.count && result == 0; i++) {
        const struct host_address_facts *sender = dns->senders.items[i];
        struct address address;

        if (address_parse(sender->address, &address) == 0 &&
            (address_scope(&address) == SCOPE_GLOBAL || scan->run->settings->allow_private))
            result = part_add(scan, &address, (struct port_setting){0}, NULL, NULL);
    }
    return result;
}

static void dane_run(void *argument)
{
    struct scan *scan = argument;

    scan_note(scan, dane_probe(&scan->run->network, scan->run->settings, scan->facts->facts->dns,
                               scan->deadline, scan->arena, &scan->facts->facts->dane));
}

/* What blacklists say: plain questions to the DNS, at every depth. */
static void dnsbl_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, dnsbl_probe(scan->run->dnsbl, observed->dns, scan->run->settings->allow_private,
                                scan->deadline, scan->arena, &observed->dnsbl));
}

static bool has_time(const struct scan *scan)
{
    return engine_now(scan->run->engine) < scan->deadline;
}

/* Beside the ports; before them, when there is no room for a task. */
static void run_beside(struct scan *scan, void (*run)(void *scan), const char *what)
{
    int result = task_spawn(scan->group, run, scan, "%.60s: %s", scan->target->name, what);

    if (result == -EAGAIN)
        run(scan);
    else
        scan_note(scan, result);
}

struct side {
    void (*run)(void *scan);
    const char *what;
};

/* What the domain publishes besides its mail hosts, and what of it needs to know of its MX records before. */
static const struct side of_domain[] = {
    {mta_sts_run, "MTA-STS"},
    {tls_rpt_run, "TLS-RPT"},
    {dkim_run, "DKIM keys"},
    {bimi_run, "BIMI"},
};
static const struct side of_mail_domain[] = {
    {autoconfig_run, "autoconfiguration"},
    {spf_run, "SPF"},
    {dmarc_run, "DMARC"},
};

/* Cancelled, the parts note until their end what they know. */
static void wait_for_sides(struct scan *scan)
{
    (void)task_group_join(scan->group, DEADLINE_NEVER);
    task_group_end(scan->group);
    scan->group = NULL;
}

static void parts_run(struct scan *scan)
{
    int result;

    run_beside(scan, dnssec_run, "DNSSEC");
    if (scan->facts->facts->dns->domain != NULL)
        for (size_t i = 0; i < sizeof(of_mail_domain) / sizeof(of_mail_domain[0]); i++)
            run_beside(scan, of_mail_domain[i].run, of_mail_domain[i].what);
    run_beside(scan, dane_run, "TLSA records");
    run_beside(scan, caa_run, "CAA");
    if (scan->run->dnsbl != NULL)
        run_beside(scan, dnsbl_run, "blacklists");
    for (size_t i = 0; i < scan->parts.count; i++) {
        struct part *part = scan->parts.items[i];
        char text[ADDRESS_TEXT_SIZE];

        if (part->forbidden != NULL)
            continue;
        do
            result = task_spawn(scan->group, part_run, part, "%.40s: %s port %u", scan->target->name,
                                address_format(&part->address, text), (unsigned)part->port.port);
        while (result == -EAGAIN && has_time(scan) &&
               task_sleep(scan->run->engine, ROOM_INTERVAL_MS, "room for a task") == 0);
        scan_note(scan, result == -EAGAIN ? -ETIMEDOUT : result);
    }
    wait_for_sides(scan);
}

/* ---- what servers have said and shown leads to more ---- */

static void helo_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, helo_probe(&scan->run->network, &observed->endpoints, observed->dns, scan->deadline,
                               scan->arena, &observed->helo));
}

static void spf_helo_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, spf_helo_probe(&scan->run->network, &observed->endpoints, observed->dns, scan->deadline,
                                   scan->arena, &observed->spf));
}

static void revocation_run(void *argument)
{
    struct scan *scan = argument;
    struct observed_facts *observed = scan->facts->facts;

    scan_note(scan, revocation_probe(&scan->run->network, &observed->endpoints, scan->deadline, scan->arena,
                                     &observed->revocations));
}

static const struct side of_servers[] = {
    {helo_run, "names of servers"},
    {spf_helo_run, "SPF of names of servers"},
    {revocation_run, "revocation"},
};

/* Also when the scan was stopped: each says what it was not given the time for. */
static void servers_run(struct scan *scan)
{
    int result = task_group_new(scan->run->targets, scan->target->name, &scan->group);

    scan_note(scan, result);
    if (result < 0)
        return;
    for (size_t i = 0; i < sizeof(of_servers) / sizeof(of_servers[0]); i++) {
        result = task_spawn(scan->group, of_servers[i].run, scan, "%.60s: %s", scan->target->name,
                            of_servers[i].what);
        if (result == -EAGAIN || result == -ECANCELED)
            of_servers[i].run(scan);
        else
            scan_note(scan, result);
    }
    wait_for_sides(scan);
}

/* ---- the zone and what the domain publishes, beside everything else ---- */

static void zone_run(void *argument)
{
    struct scan *scan = argument;

    scan_note(scan, zone_probe(&scan->run->network, scan->target->name, scan->deadline, scan->arena,
                               &scan->facts->facts->zone));
}

/* What needs the name alone waits for nobody. */
static void domain_start(struct scan *scan)
{
    if (scan->target->kind != TARGET_DOMAIN)
        return;
    run_beside(scan, zone_run, "zone");
    for (size_t i = 0; i < sizeof(of_domain) / sizeof(of_domain[0]); i++)
        run_beside(scan, of_domain[i].run, of_domain[i].what);
}

/* ---- the result ---- */

static struct endpoint_facts *endpoint_not_contacted(struct scan *scan, const struct part *part,
                                                     const char *reason)
{
    struct endpoint_facts *facts = arena_alloc(scan->arena, sizeof(*facts));
    char text[ADDRESS_TEXT_SIZE];

    if (facts == NULL)
        return NULL;
    facts->address = arena_text(scan->arena, address_format(&part->address, text));
    facts->port = number(part->port.port);
    facts->service = service_name(part->port.service);
    facts->hosts = part->names;
    facts->state = ENDPOINT_NOT_CONTACTED;
    facts->reason = reason;
    facts->connections = number(0);
    return facts;
}

static struct endpoint_facts *part_endpoint(struct scan *scan, const struct part *part)
{
    struct endpoint_facts *facts;

    if (part->ask == NULL)
        return endpoint_not_contacted(scan, part,
                                      part->forbidden != NULL ? part->forbidden : "the scan ended before");
    facts = endpoint_ask_view(part->ask, &part->names, scan->arena);
    if (facts != NULL && facts->state == ENDPOINT_NOT_OBSERVED) {
        bool connected = facts->connections.known && facts->connections.value > 0;

        if (!connected)
            facts->state = ENDPOINT_NOT_CONTACTED;
        if (facts->reason == NULL)
            facts->reason = connected ? "the scan ended in the middle of the first session"
                                      : "the scan ended before an answer came";
    }
    return facts;
}

static int scan_assemble(struct scan *scan)
{
    struct observed_facts *observed = scan->facts->facts;

    observed->ptr.observed = observed->endpoints.observed = observed->helo.observed = true;
    for (size_t i = 0; i < scan->parts.count; i++) {
        const struct part *part = scan->parts.items[i];
        struct endpoint_facts *endpoint;

        if (part->port.port == 0) {
            if (part->ptr != NULL && list_add(&observed->ptr, scan->arena, part->ptr) < 0)
                return -ENOMEM;
            continue;
        }
        endpoint = part_endpoint(scan, part);
        if (endpoint == NULL || list_add(&observed->endpoints, scan->arena, endpoint) < 0)
            return -ENOMEM;
    }
    return 0;
}

static const char *kind_name(enum target_kind kind)
{
    switch (kind) {
    case TARGET_DOMAIN:
        return "domain";
    case TARGET_HOST:
        return "host";
    case TARGET_ADDRESS:
        return "address";
    }
    return NULL;
}

static struct scan_facts *scan_facts_new(struct run *run, const struct target *target, struct arena *arena)
{
    struct scan_facts *facts = arena_alloc(arena, sizeof(*facts));

    if (facts == NULL)
        return NULL;
    facts->schema = number(1);
    facts->generator = arena_alloc(arena, sizeof(*facts->generator));
    facts->facts = arena_alloc(arena, sizeof(*facts->facts));
    if (facts->generator == NULL || facts->facts == NULL)
        return NULL;
    *facts->generator = (struct generator_facts){.name = "outpost", .version = OUTPOST_VERSION};
    facts->target = target->name;
    facts->target_display = target->display;
    facts->target_kind = kind_name(target->kind);
    facts->started = number(engine_wall_seconds(run->engine));
    facts->settings = run->settings_facts;
    return facts;
}

/* The first endpoint that let us in no more before all was asked; or NULL. */
static const struct endpoint_facts *kept_out_by(const struct scan *scan)
{
    const struct list *endpoints = &scan->facts->facts->endpoints;

    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (endpoint->kept_out == YES)
            return endpoint;
    }
    return NULL;
}

static int scan_finish(struct scan *scan)
{
    struct run *run = scan->run;
    struct scan_facts *facts = scan->facts;
    const struct endpoint_facts *kept_out;
    int waited = vantage_wait_name(run, scan->deadline); /* part of where we looked from */

    /* whether a silent port 25 is theirs or ours is known when the control host has been heard */
    while (run->control_pending && waited == 0)
        waited = task_wait(run->engine, &run->control_heard, scan->deadline, "the control host");
    scan_note(scan, waited);
    facts->finished = number(engine_wall_seconds(run->engine));
    facts->vantage = arena_copy(scan->arena, run->vantage, sizeof(*run->vantage));
    kept_out = kept_out_by(scan);
    facts->complete =
        known(!scan->out_of_time && !scan->out_of_memory && kept_out == NULL && run->stop_reason == NULL);
    if (run->stop_reason != NULL)
        facts->incomplete_reason = run->stop_reason;
    else if (scan->out_of_time)
        facts->incomplete_reason = arena_format(scan->arena, "the time of %lld s was over",
                                                (long long)(run->settings->timeout_ms / 1000));
    else if (scan->out_of_memory)
        facts->incomplete_reason = "too many names lead to one port: there was no memory for more";
    else if (kept_out != NULL)
        facts->incomplete_reason = arena_format(scan->arena, "port %lld of %s kept us out",
                                                (long long)kept_out->port.value, kept_out->address);
    return facts->vantage != NULL ? 0 : -ENOMEM;
}

static void deliver(void *argument)
{
    struct scan *scan = argument;

    scan->run->observer->on_done(scan->run->observer->data, scan->facts, scan->arena);
}

/*
 * One target after the other, and a turn for everybody else between two: what the observer does takes long.
 * Many targets end at the same moment, when the port that all of them share is done, and what the DNS
 * answered would wait behind all of these until those who asked give up.
 */
static void scan_deliver(struct scan *scan)
{
    struct run *run = scan->run;
    int turn = semaphore_take(run->engine, &run->delivery, DEADLINE_NEVER, "its turn to be delivered");

    engine_call_on_loop(run->engine, deliver, scan); /* also when canceled */
    if (turn < 0)
        return;
    (void)task_yield(run->engine);
    semaphore_give(run->engine, &run->delivery);
}

static void scan_run(struct scan *scan)
{
    struct run *run = scan->run;
    struct observed_facts *observed = scan->facts->facts;

    domain_start(scan);
    scan_note(scan, dns_probe(&run->network, scan->target, run->settings, scan->deadline, scan->arena,
                              &observed->dns));
    if (observed->dns != NULL) {
        scan_note(scan, parts_collect(scan, observed->dns));
        parts_run(scan);
    }
    scan_note(scan, scan_assemble(scan));
    if (observed->dns != NULL)
        scan_note(scan, dane_match(&run->network, observed->dns, &observed->endpoints, scan->arena,
                                   &observed->dane));
    if (observed->dns != NULL)
        servers_run(scan);
    if (!has_time(scan)) /* also when it was the DNS that took so long */
        scan->out_of_time = true;
}

int scan_target(struct run *run, const struct target *target)
{
    struct scan scan = {.run = run, .target = target, .arena = arena_new(TARGET_MEMORY)};
    int result;

    if (scan.arena == NULL)
        return -ENOMEM;
    scan.deadline = deadline_in(run->engine, run->settings->timeout_ms, DEADLINE_NEVER);
    scan.facts = scan_facts_new(run, target, scan.arena);
    result = scan.facts != NULL ? task_group_new(run->targets, target->name, &scan.group) : -ENOMEM;
    if (result == 0) {
        scan_run(&scan);
        task_group_end(scan.group);
        result = scan.result;
    }
    if (result == 0)
        result = scan_finish(&scan);
    if (result == 0)
        scan_deliver(&scan);
    for (size_t i = 0; i < scan.parts.count; i++)
        endpoint_ask_release(((struct part *)scan.parts.items[i])->ask);
    arena_free(scan.arena);
    return result;
}
