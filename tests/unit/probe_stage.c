/*
 * probe_stage.c - a probe that asks the DNS, on a task of its own
 */
#include "tests/unit/probe_stage.h"

#include <criterion/criterion.h>

struct stage {
    struct engine *engine;
    void (*probe)(void *argument);
    void *argument;
    int64_t stop_after_ms;
};

static void run(void *argument)
{
    const struct stage *stage = argument;
    struct task_group *group;

    cr_assert_eq(task_group_new(engine_root(stage->engine), "target", &group), 0);
    cr_assert_eq(task_spawn(group, stage->probe, stage->argument, "probe"), 0);
    if (stage->stop_after_ms > 0)
        cr_assert_eq(task_sleep(stage->engine, stage->stop_after_ms, "the middle"), 0);
    else
        cr_assert_eq(task_group_join(group, DEADLINE_NEVER), 0);
    task_group_end(group);
}

int64_t probe_stage_run(struct network *network, const struct fake_answer *table, size_t count,
                        void (*probe)(void *argument), void *argument, int64_t stop_after_ms)
{
    struct clock clock = clock_virtual(0);
    struct stage stage = {.probe = probe, .argument = argument, .stop_after_ms = stop_after_ms};
    struct fake_resolver *fake;

    cr_assert_eq(engine_new(&(struct engine_options){.clock = &clock}, &stage.engine), 0);
    fake = fake_resolver_new(stage.engine, table, count);
    network->engine = stage.engine;
    network->resolver = fake_resolver(fake);
    cr_assert_eq(task_spawn(engine_root(stage.engine), run, &stage, "stage"), 0);
    cr_assert_eq(engine_run(stage.engine), 0);
    fake_resolver_free(fake);
    engine_free(stage.engine);
    return clock.now_ms;
}

size_t probe_stage_questions(const struct network *network)
{
    return fake_resolver_questions((const struct fake_resolver *)(const void *)network->resolver)->count;
}

size_t probe_stage_answers(const struct fake_answer *table, size_t room)
{
    size_t count = 0;

    while (count < room && table[count].name != NULL)
        count++;
    return count;
}

const char *probe_stage_outcome(const struct dns_question_facts *question)
{
    static const char *const texts[] = {
        [DNS_NOT_ASKED] = "not asked", [DNS_DATA] = "data",       [DNS_NODATA] = "nodata",
        [DNS_NXDOMAIN] = "nxdomain",   [DNS_FAILURE] = "failure",
    };

    return question == NULL ? "-" : texts[question->outcome];
}
