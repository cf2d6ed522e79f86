/*
 * dnsbl.c - what blacklists cost: questions, round trips and time, for many lists and addresses
 *
 * On a virtual clock, where every answer takes one round trip: some lists list the addresses (their reasons come in a
 * second round trip), some refuse the resolver (and are asked by iteration in a third). Passes or fails on nothing.
 */
#include "probes/probe.h"

#include "scanner/base/arena.h"
#include "tests/unit/fake_resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTS = 40, LISTING = 10, REFUSING = 5, TRIP_MS = 50, ADDRESSES_MAX = 14 };

struct bench {
    struct network network;
    struct arena *arena;
    struct fake_resolver *resolver, *iterator;
    const struct blocklists *lists;
    struct dns_facts dns;
    int64_t first_ms, second_ms;
    size_t first_questions, second_questions;
};

static void *must(void *pointer)
{
    if (pointer == NULL)
        abort();
    return pointer;
}

static struct fake_answer *table(struct bench *bench, size_t addresses, bool refuses, size_t *ret_count)
{
    struct fake_answer *answers =
        must(arena_alloc(bench->arena, LISTS * (2 * addresses + 2) * sizeof(*answers)));
    size_t count = 0;

    for (int i = 0; i < LISTS; i++) {
        bool refusing = refuses && i >= LISTS - REFUSING, listing = i < LISTING || i >= LISTS - REFUSING;
        const char *said = refusing ? "127.255.255.254" : "127.0.0.2";

        for (size_t j = 0; j < addresses + 2; j++) {
            struct fake_answer *answer = &answers[count++];
            const char *text = j < 2 ? j == 0 ? "2.0.0.127" : "1.0.0.127"
                                     : must(arena_format(bench->arena, "%zu.114.0.203", j - 1));

            *answer = (struct fake_answer){.name = must(arena_format(bench->arena, "%s.l%d.bl", text, i)),
                                           .type = "A",
                                           .delay_ms = TRIP_MS};
            if (refusing || j == 0 || (j > 1 && listing))
                answer->records[0] = said;
            else
                answer->outcome = DNS_NXDOMAIN;
            if (j > 1 && listing && !refusing)
                answers[count++] = (struct fake_answer){
                    .name = answer->name, .type = "TXT", .records = {"\"why\""}, .delay_ms = TRIP_MS};
        }
    }
    *ret_count = count;
    return answers;
}

static void read_lists(struct bench *bench)
{
    struct buffer text = {0};
    const char *error = NULL;

    put_text(&text, "{\"schema\": 1, \"name\": \"bench\", \"lists\": [");
    for (int i = 0; i < LISTS; i++)
        put_format(&text,
                   "%s{\"zone\": \"l%d.bl\", \"name\": \"L\", \"kinds\": [\"ipv4\"], \"tier\": 1, "
                   "\"codes\": [{\"code\": \"127.0.0.2\", \"meaning\": \"spam\"}]}",
                   i > 0 ? ", " : "", i);
    put_text(&text, "]}");
    if (text.failed ||
        blocklists_read((const char *)text.data, text.size, bench->arena, &bench->lists, &error) < 0)
        abort();
    buffer_free(&text);
}

static size_t questions(const struct bench *bench)
{
    return fake_resolver_questions(bench->resolver)->count + fake_resolver_questions(bench->iterator)->count;
}

static void run(void *argument)
{
    struct bench *bench = argument;
    struct engine *engine = bench->network.engine;
    struct dnsbl_service *service;
    struct dnsbl_facts *facts;
    struct task_group *group;
    int64_t began = engine_now(engine);

    if (task_group_new(engine_root(engine), "services", &group) < 0 ||
        dnsbl_service_new(&bench->network, fake_resolver(bench->resolver), fake_resolver(bench->iterator),
                          bench->lists, group, &service) < 0)
        abort();
    if (dnsbl_probe(service, &bench->dns, false, DEADLINE_NEVER, bench->arena, &facts) < 0)
        abort();
    bench->first_ms = engine_now(engine) - began;
    bench->first_questions = questions(bench);
    if (dnsbl_probe(service, &bench->dns, false, DEADLINE_NEVER, bench->arena, &facts) < 0)
        abort();
    bench->second_ms = engine_now(engine) - began - bench->first_ms;
    bench->second_questions = questions(bench) - bench->first_questions;
    task_group_end(group);
    dnsbl_service_free(service);
}

static void measure(size_t addresses)
{
    struct clock clock = clock_virtual(0);
    struct bench bench = {.arena = must(arena_new(0))};
    struct mail_host_facts *host;
    size_t count;

    if (engine_new(&(struct engine_options){.clock = &clock}, &bench.network.engine) < 0)
        abort();
    read_lists(&bench);
    host = must(list_new_item(&bench.dns.hosts, bench.arena, sizeof(*host)));
    for (size_t i = 0; i < addresses; i++) {
        struct host_address_facts *address =
            must(list_new_item(&host->addresses, bench.arena, sizeof(*address)));

        address->address = must(arena_format(bench.arena, "203.0.114.%zu", i + 1));
    }
    struct fake_answer *refused = table(&bench, addresses, true, &count);

    bench.resolver = fake_resolver_new(bench.network.engine, refused, count);
    struct fake_answer *answered = table(&bench, addresses, false, &count);

    bench.iterator = fake_resolver_new(bench.network.engine, answered, count);
    if (task_spawn(engine_root(bench.network.engine), run, &bench, "bench") < 0 ||
        engine_run(bench.network.engine) < 0)
        abort();
    printf("  %2d lists, %2zu addresses: %4zu questions, %lld round trips, %lld ms at %d ms each; the next "
           "target: "
           "%zu questions, %lld round trips\n",
           LISTS, addresses, bench.first_questions, (long long)(bench.first_ms / TRIP_MS),
           (long long)bench.first_ms, TRIP_MS, bench.second_questions,
           (long long)(bench.second_ms / TRIP_MS));
    fake_resolver_free(bench.resolver);
    fake_resolver_free(bench.iterator);
    engine_free(bench.network.engine);
    arena_free(bench.arena);
}

int main(void)
{
    printf("  %d of %d lists list the addresses, %d refuse the resolver and answer by iteration\n", LISTING,
           LISTS, REFUSING);
    for (size_t addresses = 1; addresses <= ADDRESSES_MAX; addresses = addresses == 1 ? 4 : addresses + 10)
        measure(addresses);
    return 0;
}
