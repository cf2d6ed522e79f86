/*
 * resolver_choice.c - tests of who answers DNS questions in a run
 */
#include "scanner/resolver_choice.h"

#include "scanner/base/arena.h"
#include "scanner/net/resolver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

/* A resolver that knows one answer. */
struct canned {
    struct resolver resolver;
    const char *failure; /* NULL: it answers */
    bool signatures;
    size_t asked;
};

static int canned_ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                      struct arena *arena, struct dns_answer **ret)
{
    struct canned *canned = (struct canned *)resolver;
    struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));

    (void)deadline;
    cr_assert_str_eq(name, ".");
    cr_assert_eq(type, DNS_SOA);
    cr_assert_not_null(answer);
    canned->asked++;
    answer->name = name;
    answer->outcome = canned->failure != NULL ? DNS_FAILURE : DNS_DATA;
    answer->reason = canned->failure;
    if (canned->signatures)
        ((struct dns_record *)list_new_item(&answer->answer, arena, sizeof(struct dns_record)))->type = 46;
    *ret = answer;
    return 0;
}

struct row {
    const char *system_failure;
    bool system_signatures;
    const char *iterating_failure;
    bool no_system, no_iterating, automatic;
    bool takes_iterating;
    const char *description;
};

static const struct row rows[] = {
    {.automatic = true,
     .system_signatures = true,
     .description = "1.2.3.4:53 (from here; passes DNSSEC records on)"},
    {.automatic = true,
     .takes_iterating = true,
     .description = "iteration (hints; 1.2.3.4:53 (from here) passes no DNSSEC records on)"},
    {.automatic = true,
     .system_failure = "timeout",
     .takes_iterating = true,
     .description = "iteration (hints; 1.2.3.4:53 (from here) does not answer: timeout)"},
    {.automatic = true,
     .iterating_failure = "blocked",
     .description =
         "1.2.3.4:53 (from here; passes no DNSSEC records on, and iteration is impossible: blocked)"},
    {.automatic = true,
     .system_failure = "timeout",
     .iterating_failure = "blocked",
     .description = "1.2.3.4:53 (from here; does not answer, and iteration is impossible: blocked)"},
    {.automatic = true,
     .no_iterating = true,
     .description =
         "1.2.3.4:53 (from here; passes no DNSSEC records on, and iteration is impossible: no hints)"},
    {.automatic = true,
     .no_system = true,
     .takes_iterating = true,
     .description = "iteration (hints; no resolv.conf)"},
    {.automatic = true,
     .no_system = true,
     .iterating_failure = "blocked",
     .takes_iterating = true,
     .description =
         "iteration (hints; impossible from here: the name servers of the root cannot be asked: blocked)"},
    {.no_system = true, .takes_iterating = true, .description = "iteration (hints)"},
    {.no_system = true,
     .iterating_failure = "blocked",
     .takes_iterating = true,
     .description =
         "iteration (hints; impossible from here: the name servers of the root cannot be asked: blocked)"},
    {.no_iterating = true, .system_failure = "timeout", .description = "1.2.3.4:53 (from here)"},
};

Test(resolver_choice, the_better_one)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        struct canned system = {.resolver = {.ask = canned_ask, .description = "1.2.3.4:53 (from here)"},
                                .failure = row->system_failure,
                                .signatures = row->system_signatures};
        struct canned iterating = {.resolver = {.ask = canned_ask, .description = "iteration (hints)"},
                                   .failure = row->iterating_failure};
        const struct resolver_choice choice = {.system = row->no_system ? NULL : &system.resolver,
                                               .iterating = row->no_iterating ? NULL : &iterating.resolver,
                                               .automatic = row->automatic,
                                               .system_error = "no resolv.conf",
                                               .iterating_error = "no hints"};
        struct arena *arena = arena_new(0);
        struct resolver *chosen = NULL;
        const char *description = NULL;

        cr_assert_eq(resolver_choose(&choice, DEADLINE_NEVER, arena, &chosen, &description), 0);
        cr_expect_eq(chosen, row->takes_iterating ? &iterating.resolver : &system.resolver, "row %zu", i);
        cr_expect_str_eq(description, row->description, "row %zu", i);
        cr_expect_leq(system.asked, 1);
        cr_expect_leq(iterating.asked, 1);
        cr_expect_eq(system.asked, row->automatic && !row->no_system,
                     "a given server is asked for what is needed");
        arena_free(arena);
    }
}

/* ---- what the options ask for ---- */

struct making {
    struct engine *engine;
    struct network network;
    struct arena *arena;
};

static int make(struct making *making, const char *resolver, const char *hints, const char **ret_error,
                struct resolver_choice *ret)
{
    struct scan_settings settings;

    scan_settings_defaults(&settings);
    settings.resolver = resolver;
    settings.root_hints = hints;
    *ret_error = NULL;
    return resolver_choice_new(making->engine, &making->network, &settings, making->arena, ret, ret_error);
}

static void make_all(void *argument)
{
    struct making *making = argument;
    struct resolver_choice choice = {0};
    const char *error;

    cr_expect_eq(make(making, "192.0.2.53", NULL, &error, &choice), 0);
    cr_expect(choice.system != NULL && choice.iterating == NULL && !choice.automatic);
    resolver_choice_free(&choice);
    cr_expect_eq(make(making, "nonsense", NULL, &error, &choice), -EINVAL);
    cr_expect(error != NULL && strstr(error, "nonsense") != NULL);
    cr_expect_eq(make(making, "iterate", "/nonexistent/hints", &error, &choice), -ENOENT);
    cr_expect(error != NULL && strstr(error, "/nonexistent/hints") != NULL);
    cr_expect_eq(make(making, "auto", "/nonexistent/hints", &error, &choice), -ENOENT);
    cr_expect(error != NULL && strstr(error, "/nonexistent/hints") != NULL);
    cr_expect_null(choice.system);
}

Test(resolver_choice, options)
{
    struct clock clock = clock_virtual(1800000000);
    struct engine_options options = {.clock = &clock};
    struct making making = {.arena = arena_new(0)};

    cr_assert_eq(engine_new(&options, &making.engine), 0);
    cr_assert_eq(task_spawn(engine_root(making.engine), make_all, &making, "test"), 0);
    cr_assert_eq(engine_run(making.engine), 0);
    engine_free(making.engine);
    arena_free(making.arena);
}
