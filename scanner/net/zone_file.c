/*
 * zone_file.c - the resolver that answers names of some zones from their files, and asks the DNS for all others
 *
 *   name --> of a file's zone? --> the file --> a chain that leaves it --+
 *        --> else              --> the DNS  --> a chain that leads into a file's zone: what the DNS says of it is
 *                                               dropped             --+
 *                                                                     +--> the same again for the next name
 */
#include "scanner/net/zone_file_internal.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/dnssec_records.h"

#include <errno.h>
#include <string.h>

struct files_resolver {
    struct resolver resolver;
    struct resolver *inner;
    const struct list *files;
};

struct question {
    struct files_resolver *files;
    uint16_t type;
    bool unchecked;
    int64_t deadline;
    struct arena *arena;
};

/* ---- whose question it is ---- */

const struct zone_file *zone_files_at(const struct list *files, const struct dns_name *name)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct zone_file *zone = files->items[i];

        if (dns_name_equal(&zone->origin, name))
            return zone;
    }
    return NULL;
}

bool zone_files_below(const struct list *files, const struct dns_name *name)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct zone_file *zone = files->items[i];

        if (dns_name_within(&zone->origin, name) && !dns_name_equal(&zone->origin, name))
            return true;
    }
    return false;
}

const struct zone_file *zone_files_find(const struct list *files, const struct dns_name *name, uint16_t type)
{
    const struct zone_file *deepest = NULL;

    for (size_t i = 0; i < files->count; i++) {
        const struct zone_file *zone = files->items[i];

        if (!dns_name_within(name, &zone->origin) ||
            (type == DNS_TYPE_DS && zone->origin.size > 1 && dns_name_equal(name, &zone->origin)))
            continue;
        if (deepest == NULL || zone->origin.size > deepest->origin.size)
            deepest = zone;
    }
    return deepest != NULL && !zone_file_delegates(deepest, name, type) ? deepest : NULL;
}

const struct zone_file *zone_files_holding(const struct list *files, const char *name, uint16_t type)
{
    struct dns_name wire;

    if (dns_name_from_text(name, &wire) < 0)
        return NULL;
    dns_name_lower(&wire);
    return zone_files_find(files, &wire, type);
}

/* ---- one name ---- */

/* An answer that no packet can hold says nothing about the name. */
static int make_failure(const struct question *question, const char *name, const char *why,
                        struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(question->arena, sizeof(*answer));

    if (answer == NULL)
        return -ENOMEM;
    answer->name = arena_text(question->arena, name);
    answer->type = question->type;
    answer->outcome = DNS_FAILURE;
    answer->reason = why;
    *ret = answer;
    return answer->name != NULL ? 0 : -ENOMEM;
}

static int ask_file(const struct question *question, const struct zone_file *zone, const char *name,
                    struct dns_answer **ret)
{
    struct buffer packet = {0};
    struct dns_answer *answer = NULL;
    struct dns_name wire;
    const char *why = "more records than an answer can hold";
    bool elsewhere;
    int error = dns_name_from_text(name, &wire);

    if (error == 0)
        error = zone_file_answer(zone, &wire, question->type, &packet, &elsewhere);
    if (error == 0)
        error = dns_answer_parse(bytes_of(packet.data, packet.size), name, question->type, question->arena,
                                 &answer, &why);
    buffer_free(&packet);
    if (error == -EBADMSG || error == -EMSGSIZE)
        error = make_failure(question, name, why, &answer);
    if (answer == NULL)
        return error;
    answer->server = zone->file;
    *ret = answer;
    return error;
}

/* What the DNS says of names that a file holds goes. */
static void drop_held(const struct question *question, struct list *records)
{
    size_t kept = 0;

    for (size_t i = 0; i < records->count; i++) {
        const struct dns_record *record = records->items[i];

        if (zone_files_holding(question->files->files, record->name, record->type) == NULL)
            records->items[kept++] = records->items[i];
    }
    records->count = kept;
}

/* The end of a chain that leads into the zone of a file is the file's to tell: it is cut off behind the alias. */
static void cut_off(const struct question *question, struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->aliases.count; i++) {
        if (zone_files_holding(question->files->files, answer->aliases.items[i], question->type) == NULL)
            continue;
        answer->aliases.count = i + 1;
        answer->records = (struct list){.observed = true};
        drop_held(question, &answer->answer);
        drop_held(question, &answer->authority);
        answer->outcome = DNS_NOT_ASKED;
        answer->reason = NULL;
        return;
    }
}

static int ask_inner(const struct question *question, const char *name, struct dns_answer **ret)
{
    struct resolver *inner = question->files->inner;
    struct dns_answer *answer;
    int error = question->unchecked
                    ? resolver_ask_unchecked(inner, name, question->type, question->deadline, question->arena,
                                             &answer)
                    : resolver_ask(inner, name, question->type, question->deadline, question->arena, &answer);

    if (error < 0)
        return error;
    cut_off(question, answer);
    *ret = answer;
    return 0;
}

static int ask_name(const struct question *question, const char *name, struct dns_answer **ret)
{
    const struct zone_file *zone = zone_files_holding(question->files->files, name, question->type);

    return zone != NULL ? ask_file(question, zone, name, ret) : ask_inner(question, name, ret);
}

/* ---- the chain ---- */

/* "zone.db, 192.0.2.53:53" */
static int add_server(struct dns_answer *answer, const struct dns_answer *more, struct arena *arena)
{
    if (more->server == NULL || (answer->server != NULL && strcmp(answer->server, more->server) == 0))
        return 0;
    answer->server =
        answer->server == NULL ? more->server : arena_format(arena, "%s, %s", answer->server, more->server);
    return answer->server != NULL ? 0 : -ENOMEM;
}

static bool ends_in_itself(const struct dns_answer *answer)
{
    const char *last = answer->aliases.items[answer->aliases.count - 1];
    struct list before = {.items = answer->aliases.items, .count = answer->aliases.count - 1};

    return strcmp(last, answer->name) == 0 || list_has_text(&before, last);
}

/* A chain that stays open goes on with its last name. */
static int follow(const struct question *question, struct dns_answer *answer)
{
    while (answer->outcome == DNS_NOT_ASKED && answer->aliases.count > 0) {
        const char *last = answer->aliases.items[answer->aliases.count - 1];
        struct dns_answer *more = NULL;
        int error;

        if (answer->aliases.count > DNS_ALIASES_MAX || ends_in_itself(answer)) {
            answer->outcome = DNS_FAILURE;
            answer->reason =
                arena_format(question->arena, "CNAME loop or chain longer than 8 links at %s", last);
            return answer->reason != NULL ? 0 : -ENOMEM;
        }
        error = ask_name(question, last, &more);
        if (more == NULL)
            return error;
        if (error == 0)
            error = dns_answer_extend(answer, more, question->arena);
        if (error == 0)
            error = add_server(answer, more, question->arena);
        if (error < 0)
            return error;
        answer->milliseconds += more->milliseconds;
    }
    return 0;
}

static int ask(struct files_resolver *files, const char *name, uint16_t type, bool unchecked,
               int64_t deadline, struct arena *arena, struct dns_answer **ret)
{
    const struct question question = {
        .files = files, .type = type, .unchecked = unchecked, .deadline = deadline, .arena = arena};
    struct dns_answer *answer = NULL;
    struct dns_name wire;
    int error;

    if (!dns_type_is_data(type) || dns_name_from_text(name, &wire) < 0)
        return -EINVAL;
    error = ask_name(&question, name, &answer);
    if (answer == NULL)
        return error;
    if (error == 0)
        error = follow(&question, answer);
    if (error == 0)
        *ret = answer;
    return error;
}

static int files_ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                     struct arena *arena, struct dns_answer **ret)
{
    return ask((struct files_resolver *)resolver, name, type, false, deadline, arena, ret);
}

static int files_ask_unchecked(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                               struct arena *arena, struct dns_answer **ret)
{
    return ask((struct files_resolver *)resolver, name, type, true, deadline, arena, ret);
}

int zone_files_resolver(struct resolver *inner, const struct list *files, struct arena *arena,
                        struct resolver **ret)
{
    struct files_resolver *resolver = arena_alloc(arena, sizeof(*resolver));

    if (resolver == NULL)
        return -ENOMEM;
    *resolver = (struct files_resolver){.resolver = {.ask = files_ask,
                                                     .ask_unchecked = files_ask_unchecked,
                                                     .description = inner->description},
                                        .inner = inner,
                                        .files = files};
    *ret = &resolver->resolver;
    return 0;
}
