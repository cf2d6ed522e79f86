/*
 * resolve_both.c - asks the lab's resolver and, by iteration, the lab's name servers, and compares
 *
 *   resolve_both RESOLVER ROOT_HINTS < QUESTIONS        a question is a line "NAME TYPE"
 *
 * Prints each question whose answers differ. Exit status: 0 they never do; 1 they do; 2 it could not be tried.
 */
#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/iterate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINE_SIZE = 1200,
    TYPE_RRSIG = 46,
    TYPE_NSEC = 47,
    TYPE_NSEC3 = 50,
    PATIENCE_MS = 20000,
    SIDE_BY_SIDE = 20
};

struct both {
    struct engine *engine;
    struct network network;
    const char *server;
    const char *hints;
    struct semaphore turns;
    struct resolver *forwarding;
    struct resolver *iterating;
    size_t questions, different;
    bool failed;
};

struct question {
    struct both *both;
    char name[LINE_SIZE];
    uint16_t type;
};

static size_t count_type(const struct list *records, uint16_t type)
{
    size_t count = 0;

    for (size_t i = 0; i < records->count; i++)
        count += ((const struct dns_record *)records->items[i])->type == type;
    return count;
}

static bool has_record(const struct list *records, const char *text)
{
    for (size_t i = 0; i < records->count; i++)
        if (strcmp(((const struct dns_record *)records->items[i])->text, text) == 0)
            return true;
    return false;
}

static const char *difference(const struct dns_answer *a, const struct dns_answer *b)
{
    if (a->outcome != b->outcome)
        return "outcome";
    if (a->aliases.count != b->aliases.count)
        return "aliases";
    if (a->records.count != b->records.count)
        return "number of records";
    for (size_t i = 0; i < a->records.count; i++)
        if (!has_record(&b->records, ((const struct dns_record *)a->records.items[i])->text))
            return "records";
    if (count_type(&a->answer, TYPE_RRSIG) != count_type(&b->answer, TYPE_RRSIG))
        return "signatures";
    if (a->outcome != DNS_DATA &&
        (count_type(&a->authority, TYPE_NSEC) != count_type(&b->authority, TYPE_NSEC) ||
         count_type(&a->authority, TYPE_NSEC3) != count_type(&b->authority, TYPE_NSEC3) ||
         count_type(&a->authority, TYPE_RRSIG) != count_type(&b->authority, TYPE_RRSIG)))
        return "denial of existence";
    return NULL;
}

static void question_run(void *argument)
{
    struct question *question = argument;
    struct both *both = question->both;
    struct arena *arena = arena_new(0);
    int64_t deadline = deadline_in(both->engine, PATIENCE_MS, DEADLINE_NEVER);
    struct dns_answer *a;
    struct dns_answer *b;

    if (arena == NULL ||
        resolver_ask(both->forwarding, question->name, question->type, deadline, arena, &a) < 0 ||
        resolver_ask(both->iterating, question->name, question->type, deadline, arena, &b) < 0) {
        both->failed = true;
    } else {
        const char *what = difference(a, b);

        both->questions++;
        both->different += what != NULL;
        if (what != NULL)
            printf("%s %u: %s differs (%d %s, %d %s)\n", question->name, question->type, what,
                   (int)a->outcome, a->reason != NULL ? a->reason : "", (int)b->outcome,
                   b->reason != NULL ? b->reason : "");
    }
    arena_free(arena);
    free(question);
    semaphore_give(both->engine, &both->turns);
}

static bool question_start(struct both *both, struct task_group *group, const char *line)
{
    struct question *question = calloc(1, sizeof(*question));
    char type[16];

    if (question == NULL || sscanf(line, "%1023s %15s", question->name, type) != 2) {
        free(question);
        return false;
    }
    question->both = both;
    question->type = dns_type_number(type);
    return question->type != 0 && semaphore_take(both->engine, &both->turns, DEADLINE_NEVER, "a turn") == 0 &&
           task_spawn(group, question_run, question, "%s", question->name) == 0;
}

static void both_run(void *argument)
{
    struct both *both = argument;
    struct arena *arena = arena_new(0);
    struct task_group *group = NULL;
    struct dns_options options = {0};
    const char *error = "out of memory";
    char line[LINE_SIZE];

    if (list_add(&options.servers, arena, arena_text(arena, both->server)) < 0 ||
        dns_new(both->engine, &options, arena, &both->forwarding, &error) < 0 ||
        iterate_new(both->engine, &both->network, both->hints, arena, &both->iterating, &error) < 0 ||
        task_group_new(engine_root(both->engine), "questions", &group) < 0) {
        (void)fprintf(stderr, "resolve_both: %s\n", error);
        both->failed = true;
    }
    while (!both->failed && fgets(line, sizeof(line), stdin) != NULL)
        both->failed = !question_start(both, group, line);
    if (group != NULL && task_group_join(group, DEADLINE_NEVER) == 0)
        task_group_end(group);
    if (both->iterating != NULL) {
        struct dns_statistics statistics = dns_statistics(both->iterating);

        printf("%zu questions, %zu differ; iteration asked %zu times, %zu of them over TCP\n",
               both->questions, both->different, statistics.sent, statistics.tcp);
    }
    dns_free(both->forwarding);
    dns_free(both->iterating);
    arena_free(arena);
}

int main(int argc, char **argv)
{
    struct both both = {.turns = {.free = SIDE_BY_SIDE}};
    struct engine_options options = {0};

    if (argc != 3) {
        (void)fprintf(stderr, "usage: resolve_both RESOLVER ROOT_HINTS < QUESTIONS\n");
        return 2;
    }
    both.server = argv[1];
    both.hints = argv[2];
    if (engine_new(&options, &both.engine) < 0)
        return 2;
    both.network =
        (struct network){.engine = both.engine, .connect = network_connect, .ipv4 = true, .ipv6 = true};
    if (task_spawn(engine_root(both.engine), both_run, &both, "both") < 0 || engine_run(both.engine) < 0)
        both.failed = true;
    engine_free(both.engine);
    if (both.failed || both.questions == 0)
        return 2;
    return both.different > 0 ? 1 : 0;
}
