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
    const struct sieve *sieve; /* of a question that is sifted */
};

struct sieve {
    const struct question *questions;
    int (*take)(void *data, size_t index, const struct dns_answer *answer, struct arena *scratch);
    void *data;
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

static void run_sifter(void *argument)
{
    struct asker *asker = argument;
    const struct question *question = asker->question;
    struct arena *scratch = arena_new(0);
    struct dns_answer *answer;

    asker->error = scratch == NULL ? -ENOMEM
                                   : resolver_ask(asker->network->resolver, question->name, question->type,
                                                  asker->deadline, scratch, &answer);
    if (asker->error == 0)
        asker->error = asker->sieve->take(asker->sieve->data, (size_t)(question - asker->sieve->questions),
                                          answer, scratch);
    if (asker->error == -EINVAL) /* as above */
        asker->error = 0;
    arena_free(scratch);
}

static int ask_in_group(struct task_group *group, struct asker *askers, size_t count)
{
    void (*run)(void *asker) = askers[0].sieve != NULL ? run_sifter : run_asker;

    for (size_t i = 0; i < count; i++) {
        const struct question *question = askers[i].question;
        const char *type = dns_type_name(question->type);
        int error =
            task_spawn(group, run, &askers[i], "dns %s %s", type == NULL ? "?" : type, question->name);

        if (error == -EAGAIN) /* too many tasks: one after the other then */
            run(&askers[i]);
        else if (error < 0)
            return error;
    }
    return task_group_join(group, DEADLINE_NEVER);
}

static int ask_all(struct network *network, struct question *questions, size_t count, int64_t deadline,
                   struct arena *arena, const struct sieve *sieve)
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
            .sieve = sieve,
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

int questions_ask(struct network *network, struct question *questions, size_t count, int64_t deadline,
                  struct arena *arena)
{
    return ask_all(network, questions, count, deadline, arena, NULL);
}

int questions_sift(
    struct network *network, struct question *questions, size_t count, int64_t deadline, struct arena *arena,
    int (*take)(void *data, size_t index, const struct dns_answer *answer, struct arena *scratch), void *data)
{
    const struct sieve sieve = {.questions = questions, .take = take, .data = data};

    return ask_all(network, questions, count, deadline, arena, &sieve);
}

static int read_texts(const struct dns_answer *answer, struct arena *arena, struct list *texts)
{
    texts->observed = true;
    for (size_t i = 0; i < answer->records.count && texts->count < RECORD_TEXTS_MAX; i++) {
        struct bytes text, *kept;
        int error = dns_record_txt(answer->records.items[i], arena, &text);

        if (error == -EBADMSG)
            continue;
        if (error < 0)
            return error;
        kept = list_new_item(texts, arena, sizeof *kept);
        if (kept == NULL)
            return -ENOMEM;
        *kept = text;
    }
    return 0;
}

int texts_ask(struct network *network, const char *label, const char *domain, int64_t deadline,
              struct arena *arena, struct dns_question_facts **ret_question, struct list *ret_texts)
{
    struct question question = {.name = arena_format(arena, "%s.%s", label, domain), .type = DNS_TXT};
    int error;

    if (question.name == NULL)
        return -ENOMEM;
    error = questions_ask(network, &question, 1, deadline, arena);
    *ret_question = question.facts;
    if (error < 0 || question.answer == NULL || question.answer->outcome == DNS_FAILURE)
        return error;
    return read_texts(question.answer, arena, ret_texts);
}
