/*
 * zone.c - the zone of a domain, asked of its own name servers
 *
 *   whom the zone above names, whom it names itself -> their addresses -> each address, side by side:
 *   SOA over UDP -> beside each other: SOA over TCP; MX, TXT of the domain, DNSKEY of the zone (again over TCP when
 *   truncated); where serial numbers differ, SOA again until they agree, for a minute
 *
 * A zone that comes from a file has no name servers that could be asked for it: whom it names, whether they have
 * addresses, and a name that nobody published is what the file can tell.
 *
 * RFC 1034 4.2.2, RFC 2182 5, RFC 7766 5. At most 8 name servers are asked, one address of each family, five to
 * seven questions each. Judged in reports/checks/zone.c.
 */
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"
#include "scanner/net/dns_direct.h"
#include "scanner/net/zone_file.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum {
    SERVERS_MAX = 8,
    AGAIN_MS = 60 * 1000,
    AGAIN_FIRST_MS = 5 * 1000,  /* then twice as long, so that what is on its way costs little time */
    AGAIN_SPARE_MS = 15 * 1000, /* left of the scan's time after that */
    BESIDE_MAX = 4,
    TYPE_DNSKEY = 48,
    RECORDS_MAX = 64,
    TEXT_MAX = 1024
};

struct look {
    struct network *network;
    const char *domain;
    int64_t deadline;
    struct arena *arena;
    struct zone_facts *facts;
};

/* One address that is asked, by a task of its own. */
struct server {
    struct look *look;
    struct zone_server_facts *facts;
    struct dns_server_address address;
    struct zone_answer_facts *later; /* what it said last of the serial number; NULL: asked once */
    int error;
};

/* ---- one question to one address ---- */

static int note_answer(struct look *look, const struct dns_answer *answer, struct zone_answer_facts *facts)
{
    const char *type = dns_type_name(answer->type);
    bool came = answer->rcode.known;

    facts->type = type;
    facts->outcome = answer->outcome;
    facts->rcode = answer->rcode;
    facts->reason = arena_text(look->arena, answer->reason);
    if (answer->reason != NULL && facts->reason == NULL)
        return -ENOMEM;
    facts->milliseconds = number(answer->milliseconds);
    facts->authoritative = came ? known(answer->authoritative) : UNKNOWN;
    facts->truncated = came ? known(answer->truncated) : UNKNOWN;
    facts->records.observed = answer->outcome != DNS_FAILURE;
    for (size_t i = 0; i < answer->records.count && i < RECORDS_MAX; i++) {
        const struct dns_record *record = answer->records.items[i];
        char *text = text_clean_again(look->arena, record->text, strlen(record->text), TEXT_MAX);

        if (text == NULL || list_add(&facts->records, look->arena, text) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* One of the questions to a server, and that over TCP when there is more to say. */
struct inquiry {
    struct server *server;
    const char *name;
    uint16_t type;
    bool tcp;
    bool whole; /* over TCP too, when truncated */
    struct zone_answer_facts *answers[2];
    int error;
};

static int ask(struct server *server, const char *name, uint16_t type, bool tcp,
               struct zone_answer_facts **ret)
{
    struct look *look = server->look;
    const struct dns_manner manner = {.tcp = tcp, .edns = true, .dnssec = true};
    struct zone_answer_facts *facts = arena_alloc(look->arena, sizeof(*facts));
    struct arena *scratch = arena_new(0);
    struct dns_answer *answer;
    int error = -ENOMEM;

    if (facts != NULL && scratch != NULL)
        error = dns_ask_server(look->network, &server->address, name, type, &manner, look->deadline, scratch,
                               &answer);
    if (error == 0)
        error = note_answer(look, answer, facts);
    arena_free(scratch);
    if (error < 0)
        return error;
    facts->tcp = known(tcp);
    facts->later = NO;
    *ret = facts;
    return 0;
}

static void inquiry_run(void *argument)
{
    struct inquiry *inquiry = argument;

    inquiry->error = ask(inquiry->server, inquiry->name, inquiry->type, inquiry->tcp, &inquiry->answers[0]);
    if (inquiry->error == 0 && inquiry->whole && inquiry->answers[0]->truncated == YES)
        inquiry->error = ask(inquiry->server, inquiry->name, inquiry->type, true, &inquiry->answers[1]);
}

static int add_answers(struct server *server, const struct inquiry *inquiry)
{
    int error = inquiry->error;

    for (size_t i = 0; i < 2 && inquiry->answers[i] != NULL; i++)
        if (list_add(&server->facts->answers, server->look->arena, inquiry->answers[i]) < 0)
            error = -ENOMEM;
    return error;
}

/* ---- what is asked side by side ---- */

/* `run` for each item of an array; one after the other when there are too many tasks. */
static int run_beside(struct look *look, void (*run)(void *item), void *items, size_t size, size_t count,
                      const char *what)
{
    struct task_group *group;
    int error = task_group_new(task_group_current(look->network->engine), "name servers", &group);

    if (error < 0)
        return error;
    for (size_t i = 0; i < count && error == 0; i++) {
        void *item = (char *)items + i * size;

        error = task_spawn(group, run, item, "name server %s", what);
        if (error == -EAGAIN) {
            run(item);
            error = 0;
        }
    }
    if (error == 0)
        error = task_group_join(group, DEADLINE_NEVER);
    task_group_end(group);
    return error;
}

static int ask_inquiries(struct server *server, struct inquiry *inquiries, size_t count)
{
    int error;

    for (size_t i = 0; i < count; i++)
        inquiries[i].server = server;
    error =
        run_beside(server->look, inquiry_run, inquiries, sizeof(*inquiries), count, server->facts->address);
    for (size_t i = 0; i < count; i++) { /* in this order, whichever came first */
        int added = add_answers(server, &inquiries[i]);

        error = error < 0 ? error : added;
    }
    return error;
}

static int ask_all(struct server *server)
{
    const struct look *look = server->look;
    const char *zone = look->facts->name;
    struct inquiry inquiries[BESIDE_MAX] = {
        {.name = zone, .type = DNS_SOA, .tcp = true},
        {.name = look->domain, .type = DNS_MX, .whole = true},
        {.name = look->domain, .type = DNS_TXT, .whole = true},
        {.name = zone, .type = TYPE_DNSKEY, .whole = true},
    };
    struct zone_answer_facts *first;
    bool serves;
    int error = ask(server, zone, DNS_SOA, false, &first);

    if (error == 0)
        error = list_add(&server->facts->answers, look->arena, first);
    if (error < 0)
        return error;
    serves = first->authoritative == YES; /* else silent, or not a server of this zone */
    return ask_inquiries(server, inquiries, serves ? BESIDE_MAX : 1);
}

static void server_run(void *argument)
{
    struct server *server = argument;

    server->error = ask_all(server);
}

static void server_run_again(void *argument)
{
    struct server *server = argument;
    const struct zone_answer_facts *first =
        server->facts->answers.count > 0 ? server->facts->answers.items[0] : NULL;

    if (first != NULL && first->outcome == DNS_DATA)
        server->error = ask(server, server->look->facts->name, DNS_SOA, false, &server->later);
}

/* ---- all addresses, side by side ---- */

static int run_all(struct look *look, struct server *servers, size_t count, void (*run)(void *argument))
{
    int error = run_beside(look, run, servers, sizeof(*servers), count, look->domain);

    for (size_t i = 0; i < count && error == 0; i++)
        error = servers[i].error;
    return error;
}

static bool serials_differ(const struct server *servers, size_t count)
{
    int64_t serial = 0;
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        const struct list *answers = &servers[i].facts->answers;
        const struct zone_answer_facts *answer = servers[i].later;
        int64_t other;

        if (answer == NULL && answers->count > 0)
            answer = answers->items[0];
        if (answer == NULL || !zone_answer_serial(answer, &other))
            continue;
        if (found && other != serial)
            return true;
        serial = other;
        found = true;
    }
    return false;
}

static int ask_servers(struct look *look, struct server *servers, size_t count)
{
    struct engine *engine = look->network->engine;
    int64_t pause = AGAIN_FIRST_MS;
    int error = run_all(look, servers, count, server_run);
    int64_t end = deadline_in(engine, AGAIN_MS, DEADLINE_NEVER);

    /* a change may be on its way from one server to the next: RFC 1034 4.3.5 */
    if (error < 0 || deadline_in(engine, AGAIN_MS + AGAIN_SPARE_MS, DEADLINE_NEVER) > look->deadline)
        return error;
    while (error == 0 && serials_differ(servers, count) && engine_now(engine) < end) {
        int64_t left = end - engine_now(engine);

        error = task_sleep(engine, 2 * pause < left ? pause : left, "name servers to agree");
        if (error == 0)
            error = run_all(look, servers, count, server_run_again);
        pause *= 2;
    }
    /* Before the minute is over nothing says that they stay different: then none of it is noted. */
    for (size_t i = 0; i < count && error == 0; i++) {
        if (servers[i].later == NULL)
            continue;
        servers[i].later->later = YES;
        error = list_add(&servers[i].facts->answers, look->arena, servers[i].later);
    }
    return error;
}

/* ---- who is asked ---- */

static int note_names(struct look *look, const struct list *from, struct list *to)
{
    to->observed = from->observed;
    for (size_t i = 0; i < from->count; i++) {
        const struct dns_zone_server *server = from->items[i];
        struct zone_name_facts *name = list_new_item(to, look->arena, sizeof(*name));

        if (name == NULL)
            return -ENOMEM;
        name->name = server->name;
        name->glue.observed = server->addresses.observed;
        for (size_t j = 0; j < server->addresses.count; j++) {
            char text[ADDRESS_TEXT_SIZE];

            if (list_add(&name->glue, look->arena,
                         arena_text(look->arena, address_format(server->addresses.items[j], text))) < 0)
                return -ENOMEM;
        }
    }
    return 0;
}

/* Each name once, those of the zone above first. */
static int collect_names(struct look *look, struct list *names)
{
    const struct list *lists[] = {&look->facts->from_parent, &look->facts->from_child};

    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            const struct zone_name_facts *name = lists[l]->items[i];

            if (list_has_text(names, name->name))
                continue;
            if (list_add(names, look->arena, (void *)(uintptr_t)name->name) < 0)
                return -ENOMEM;
        }
    }
    look->facts->servers_left_out = number(0);
    if (names->count > SERVERS_MAX) {
        look->facts->servers_left_out = number((int64_t)(names->count - SERVERS_MAX));
        names->count = SERVERS_MAX;
    }
    return 0;
}

static const char *why_not(const struct network *network, const struct address *address, struct arena *arena)
{
    enum address_scope scope = address_scope(address);

    if (!network->allow_private && scope != SCOPE_GLOBAL)
        return arena_format(arena, "%s address", address_scope_name(scope));
    if (address->family == AF_INET6 ? !network->ipv6 : !network->ipv4)
        return address->family == AF_INET6 ? "no IPv6 here" : "no IPv4 here";
    return NULL;
}

/* The first address of an answer. */
static int add_server(struct look *look, const char *name, const struct question *question,
                      struct server *servers, size_t *count)
{
    struct zone_server_facts *facts;
    struct address address;
    char text[ADDRESS_TEXT_SIZE];

    if (question->answer == NULL || question->answer->records.count == 0 ||
        dns_record_address(question->answer->records.items[0], &address) < 0)
        return 0;
    facts = list_new_item(&look->facts->servers, look->arena, sizeof(*facts));
    if (facts == NULL)
        return -ENOMEM;
    facts->name = name;
    facts->address = arena_text(look->arena, address_format(&address, text));
    facts->reason = why_not(look->network, &address, look->arena);
    facts->contacted = known(facts->reason == NULL);
    if (facts->address == NULL)
        return -ENOMEM;
    if (facts->contacted == YES)
        servers[(*count)++] =
            (struct server){.look = look, .facts = facts, .address = {.address = address, .port = DNS_PORT}};
    return 0;
}

static bool has_none(const struct question *question)
{
    return question->answer != NULL &&
           (question->answer->outcome == DNS_NODATA || question->answer->outcome == DNS_NXDOMAIN);
}

/* ---- a name that nobody published ---- */

enum { RANDOM_QUESTIONS = 3 };

static int plan_random(struct look *look, struct question questions[static RANDOM_QUESTIONS])
{
    static const uint16_t types[RANDOM_QUESTIONS] = {DNS_A, DNS_MX, DNS_TXT};
    uint64_t bits;

    if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
        return -errno;
    for (size_t i = 0; i < RANDOM_QUESTIONS; i++) {
        questions[i] = (struct question){.type = types[i]};
        questions[i].name =
            arena_format(look->arena, "nobody-%016llx.%s", (unsigned long long)bits, look->domain);
        if (questions[i].name == NULL)
            return -ENOMEM;
    }
    return 0;
}

static void note_random(struct look *look, const struct question questions[static RANDOM_QUESTIONS])
{
    look->facts->random_a = questions[0].facts;
    look->facts->random_mx = questions[1].facts;
    look->facts->random_txt = questions[2].facts;
}

/* Addresses of the name servers, and beside them the random name. */
static int find_servers(struct look *look, struct server *servers, size_t *ret_count)
{
    struct question *questions =
        arena_alloc(look->arena, (RANDOM_QUESTIONS + 2 * SERVERS_MAX) * sizeof(*questions));
    struct question *of_names = questions + RANDOM_QUESTIONS;
    struct list names = {0};
    int error = questions != NULL && servers != NULL ? collect_names(look, &names) : -ENOMEM;

    if (error == 0)
        error = plan_random(look, questions);
    for (size_t i = 0; i < names.count && error == 0; i++) {
        of_names[2 * i] = (struct question){.name = names.items[i], .type = DNS_A};
        of_names[2 * i + 1] = (struct question){.name = names.items[i], .type = DNS_AAAA};
    }
    if (error < 0)
        return error;
    error = questions_ask(look->network, questions, RANDOM_QUESTIONS + 2 * names.count, look->deadline,
                          look->arena);
    note_random(look, questions);
    if (error == 0)
        look->facts->servers.observed = look->facts->addressless.observed = true;
    for (size_t i = 0; i < names.count && error == 0; i++) {
        const struct question *of_name = &of_names[2 * i];

        if (has_none(&of_name[0]) && has_none(&of_name[1]))
            error = list_add(&look->facts->addressless, look->arena, names.items[i]);
        for (size_t j = 0; j < 2 && error == 0; j++)
            error = add_server(look, names.items[i], &of_name[j], servers, ret_count);
    }
    return error;
}

/* Each address, then what it says. */
static int look_at_servers(struct look *look)
{
    struct server *servers = arena_alloc(look->arena, 2 * SERVERS_MAX * sizeof(*servers));
    size_t count = 0;
    int error = find_servers(look, servers, &count);

    return error == 0 ? ask_servers(look, servers, count) : error;
}

/* ---- a zone file ---- */

static int note_file_servers(struct look *look, const struct dns_answer *answer)
{
    struct list *names = &look->facts->from_child;

    names->observed = true;
    for (size_t i = 0; answer != NULL && i < answer->records.count; i++) {
        struct zone_name_facts *name = list_new_item(names, look->arena, sizeof(*name));
        int error =
            name == NULL ? -ENOMEM : dns_record_name(answer->records.items[i], look->arena, &name->name);

        if (error < 0)
            return error;
    }
    return 0;
}

static int look_at_file(struct look *look, const struct zone_file *file)
{
    struct question question = {.name = file->name, .type = DNS_NS};
    struct server *servers = arena_alloc(look->arena, 2 * SERVERS_MAX * sizeof(*servers));
    size_t count = 0;
    int error;

    look->facts->name = file->name;
    look->facts->file = file->file;
    look->facts->parent_reason = "the zone comes from a file";
    error = questions_ask(look->network, &question, 1, look->deadline, look->arena);
    if (error == 0)
        error = note_file_servers(look, question.answer);
    if (error == 0)
        error = find_servers(look, servers, &count);
    for (size_t i = 0; i < look->facts->servers.count; i++) {
        struct zone_server_facts *server = look->facts->servers.items[i];

        server->contacted = NO;
        server->reason = look->facts->parent_reason;
    }
    return error;
}

static int look_at_zone(struct look *look)
{
    struct zone_facts *facts = look->facts;
    struct dns_zone *zone;
    const struct list *files = look->network->zone_files;
    const struct zone_file *file = files != NULL ? zone_files_holding(files, look->domain, DNS_SOA) : NULL;
    int error;

    if (file != NULL)
        return look_at_file(look, file);
    error = dns_zone_look_up(look->network, look->domain, look->deadline, look->arena, &zone, &facts->reason);
    if (error < 0 || zone == NULL)
        return error;
    facts->name = zone->name;
    facts->parent = zone->parent;
    facts->parent_server = zone->parent_server;
    facts->parent_reason = zone->parent_reason;
    facts->child_reason = zone->child_reason;
    error = note_names(look, &zone->from_parent, &facts->from_parent);
    if (error == 0)
        error = note_names(look, &zone->from_child, &facts->from_child);
    if (error == 0)
        error = look_at_servers(look);
    return error;
}

int zone_probe(struct network *network, const char *domain, int64_t deadline, struct arena *arena,
               struct zone_facts **ret)
{
    struct zone_facts *facts = arena_alloc(arena, sizeof(*facts));
    struct look look = {
        .network = network, .domain = domain, .deadline = deadline, .arena = arena, .facts = facts};
    int error;

    if (facts == NULL)
        return -ENOMEM;
    error = look_at_zone(&look);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return 0;
}
