/*
 * questions.c - several DNS questions side by side: a task for each, in a group that ends with the call
 */
#include "probes/questions.h"

#include "scanner/base/arena.h"

#include <errno.h>

struct asker {
    struct network *network;
    struct question *question;
    struct arena *arena;
    int64_t deadline;
    int error;
};

static void run_asker(void *argument)
{
    struct asker *asker = argument;
    struct question *question = asker->question;

    asker->error = resolver_ask(asker->network->resolver, question->name, question->type, asker->deadline,
                                asker->arena, &question->answer);
    if (asker->error == 0) {
        question->facts = dns_answer_facts(question->answer, asker->arena);
        if (question->facts == NULL)
            asker->error = -ENOMEM;
    }
    if (asker->error == -EINVAL) /* what is no name has no answer: not an error of ours */
        asker->error = 0;
}

static int ask_in_group(struct task_group *group, struct asker *askers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct question *question = askers[i].question;
        const char *type = dns_type_name(question->type);
        int error =
            task_spawn(group, run_asker, &askers[i], "dns %s %s", type == NULL ? "?" : type, question->name);

        if (error == -EAGAIN) /* too many tasks: one after the other then */
            run_asker(&askers[i]);
        else if (error < 0)
            return error;
    }
    return task_group_join(group, DEADLINE_NEVER);
}

int questions_ask(struct network *network, struct question *questions, size_t count, int64_t deadline,
                  struct arena *arena)
{
    struct asker *askers;
    struct task_group *group;
    int error;

    if (count == 0)
        return 0;
    askers = arena_alloc(arena, count * sizeof *askers);
    if (askers == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        askers[i] = (struct asker){
            .network = network,
            .question = &questions[i],
            .arena = arena,
            .deadline = deadline_in(network->engine, DNS_TIMEOUT_MS, deadline),
        };
    error = task_group_new(engine_root(network->engine), "dns questions", &group);
    if (error < 0)
        return error;
    error = ask_in_group(group, askers, count);
    task_group_end(group);
    for (size_t i = 0; i < count && error == 0; i++)
        error = askers[i].error;
    return error;
}
