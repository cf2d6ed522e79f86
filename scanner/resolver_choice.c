/*
 * resolver_choice.c - who answers DNS questions in a run
 *
 *   auto:  the system's resolver --> SOA of the root with its signature? --> yes: it
 *                                       no --> iteration, when the servers of the root can be asked
 */
#include "scanner/resolver_choice.h"

#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/iterate.h"
#include "scanner/net/resolver.h"

#include <errno.h>
#include <string.h>

enum { TYPE_RRSIG = 46 };

/* What a resolver showed when it was asked for the root. */
struct trial {
    bool answers;
    bool signatures;
    const char *why; /* it does not answer */
};

int resolver_choice_new(struct engine *engine, struct network *network, const struct scan_settings *settings,
                        struct arena *arena, struct resolver_choice *ret, const char **ret_error)
{
    const char *wanted = settings->resolver != NULL ? settings->resolver : "auto";
    struct resolver_choice choice = {.automatic = strcmp(wanted, "auto") == 0};
    bool iterate = strcmp(wanted, "iterate") == 0;
    struct dns_options options = {0};
    int error = 0;

    if (!choice.automatic && !iterate && list_add(&options.servers, arena, arena_text(arena, wanted)) < 0)
        return -ENOMEM;
    if (!iterate)
        error = dns_new(engine, &options, arena, &choice.system, &choice.system_error);
    if (error < 0 && (!choice.automatic || error == -ENOMEM)) {
        *ret_error = choice.system_error;
        return error;
    }
    if (choice.automatic || iterate)
        error = iterate_new(engine, network, settings->root_hints, arena, &choice.iterating,
                            &choice.iterating_error);
    /* without a resolver of the system, or with hints that somebody gave, it is a mistake */
    if (error < 0 && (choice.system == NULL || settings->root_hints != NULL || error == -ENOMEM)) {
        *ret_error = choice.iterating_error;
        if (choice.system_error != NULL)
            *ret_error = arena_format(arena, "%s, and %s", choice.system_error, choice.iterating_error);
        resolver_choice_free(&choice);
        return error;
    }
    *ret = choice;
    return 0;
}

void resolver_choice_free(struct resolver_choice *choice)
{
    dns_free(choice->system);
    dns_free(choice->iterating);
    choice->system = choice->iterating = NULL;
}

struct resolver *resolver_choice_first(const struct resolver_choice *choice)
{
    return choice->system != NULL ? choice->system : choice->iterating;
}

/* The SOA record of the root is small, always there, and signed. */
static int try_out(struct resolver *resolver, int64_t deadline, struct arena *arena, struct trial *ret)
{
    struct dns_answer *answer;
    int error = resolver_ask(resolver, ".", DNS_SOA, deadline, arena, &answer);

    if (error < 0)
        return error;
    *ret = (struct trial){.answers = answer->outcome == DNS_DATA};
    if (!ret->answers)
        ret->why = answer->reason != NULL ? answer->reason : "it knows no root";
    for (size_t i = 0; i < answer->answer.count; i++)
        ret->signatures |= ((const struct dns_record *)answer->answer.items[i])->type == TYPE_RRSIG;
    return 0;
}

/* "192.0.2.53:53 (from /etc/resolv.conf)" and more inside of the brackets. */
static const char *describe(const struct resolver *resolver, const char *more, struct arena *arena)
{
    const char *text = resolver->description;
    size_t size = strlen(text);

    if (more == NULL)
        return NULL; /* out of memory before */
    if (size > 0 && text[size - 1] == ')')
        return arena_format(arena, "%.*s; %s)", (int)size - 1, text, more);
    return arena_format(arena, "%s (%s)", text, more);
}

/* What is wrong with the system's resolver, as a half-sentence about it. */
static const char *complaint(const struct resolver_choice *choice, const struct trial *trial,
                             struct arena *arena)
{
    if (choice->system == NULL)
        return choice->system_error;
    return trial->answers
               ? arena_format(arena, "%s passes no DNSSEC records on", choice->system->description)
               : arena_format(arena, "%s does not answer: %s", choice->system->description, trial->why);
}

static const char *describe_system(const struct resolver_choice *choice, const struct trial *system,
                                   const struct trial *iterating, struct arena *arena)
{
    const char *state = system->answers ? "passes no DNSSEC records on" : "does not answer";
    const char *why = choice->iterating == NULL ? choice->iterating_error : iterating->why;

    return describe(choice->system, arena_format(arena, "%s, and iteration is impossible: %s", state, why),
                    arena);
}

static int choose_automatically(const struct resolver_choice *choice, int64_t deadline, struct arena *arena,
                                struct resolver **ret, const char **ret_description)
{
    struct trial system = {0};
    struct trial iterating = {0};
    int error = choice->system != NULL ? try_out(choice->system, deadline, arena, &system) : 0;

    if (error < 0)
        return error;
    if (system.signatures) {
        *ret = choice->system;
        *ret_description = describe(*ret, "passes DNSSEC records on", arena);
        return 0;
    }
    if (choice->iterating != NULL)
        error = try_out(choice->iterating, deadline, arena, &iterating);
    if (error < 0)
        return error;
    if (iterating.answers) {
        *ret = choice->iterating;
        *ret_description = describe(*ret, complaint(choice, &system, arena), arena);
    } else if (choice->system != NULL) {
        *ret = choice->system;
        *ret_description = describe_system(choice, &system, &iterating, arena);
    } else {
        *ret = choice->iterating;
        *ret_description = describe(
            *ret,
            arena_format(arena, "impossible from here: the name servers of the root cannot be asked: %s",
                         iterating.why),
            arena);
    }
    return 0;
}

int resolver_choose(const struct resolver_choice *choice, int64_t deadline, struct arena *arena,
                    struct resolver **ret, const char **ret_description)
{
    struct trial trial = {0};
    int error = 0;

    *ret = resolver_choice_first(choice);
    *ret_description = (*ret)->description;
    if (choice->automatic)
        error = choose_automatically(choice, deadline, arena, ret, ret_description);
    else if (choice->iterating != NULL)
        error = try_out(choice->iterating, deadline, arena, &trial);
    if (error == 0 && trial.why != NULL)
        *ret_description = describe(
            *ret,
            arena_format(arena, "impossible from here: the name servers of the root cannot be asked: %s",
                         trial.why),
            arena);
    if (error < 0)
        return error;
    return *ret_description != NULL ? 0 : -ENOMEM;
}
