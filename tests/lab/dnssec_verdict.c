/*
 * dnssec_verdict.c - what our validator says of the questions on standard input
 *
 *      lab_dnssec_verdict RESOLVER ANCHOR [TIME] < "NAME TYPE" lines   one line each: "secure", "bogus TAB why", ...
 *
 * A type is a name or TYPE and its number; TIME is in seconds since 1970. For the lab's comparisons with other
 * validators (dnssec_test.py, zonemaster_test.py).
 */
#include "scanner/base/arena.h"
#include "scanner/facts/dns.h"
#include "scanner/net/dns.h"
#include "scanner/net/dnssec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 20000 };

struct program {
    struct engine *engine;
    struct arena *arena;
    struct resolver *inner;
    struct resolver *validator;
};

static const char *words(enum dns_security security)
{
    switch (security) {
    case DNS_SECURE:
        return "secure";
    case DNS_INSECURE:
        return "insecure";
    case DNS_BOGUS:
        return "bogus";
    case DNS_INDETERMINATE:
        return "indeterminate";
    case DNS_SECURITY_NOT_OBSERVED:
        break;
    }
    return "not observed";
}

static uint16_t type_number(const char *name)
{
    uint16_t number = dns_type_number(name);

    if (number == 0 && strncmp(name, "TYPE", 4) == 0)
        number = (uint16_t)strtoul(name + 4, NULL, 10);
    return number;
}

static void answer_questions(struct program *program)
{
    char line[1200];
    char name[1024];
    char type[32];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        struct dns_answer *answer;
        int error = -EINVAL;

        if (sscanf(line, "%1023s %31s", name, type) == 2 && type_number(type) != 0)
            error = resolver_ask(program->validator, name, type_number(type),
                                 deadline_in(program->engine, PATIENCE_MS, DEADLINE_NEVER), program->arena,
                                 &answer);
        if (error < 0)
            printf("error\t%s\n", strerrordesc_np(-error));
        else
            printf("%s\t%s\n", words(answer->security),
                   answer->security_reason != NULL ? answer->security_reason : "");
        fflush(stdout);
    }
}

static void run(void *argument)
{
    struct program *program = argument;

    answer_questions(program);
    dnssec_free(program->validator);
    dns_free(program->inner);
}

int main(int count, char **words_given)
{
    struct engine_options engine_options = {0};
    struct dns_options options = {0};
    struct dnssec_options validation = {.trust_anchor = count >= 3 ? words_given[2] : NULL,
                                        .time = count == 4 ? strtoll(words_given[3], NULL, 10) : 0};
    struct program program = {.arena = arena_new(0)};
    const char *why = "out of memory";

    if (count < 3 || count > 4 || program.arena == NULL || engine_new(&engine_options, &program.engine) < 0 ||
        list_add(&options.servers, program.arena, words_given[1]) < 0)
        return 2;
    if (dns_new(program.engine, &options, program.arena, &program.inner, &why) < 0 ||
        dnssec_new(program.engine, program.inner, &validation, program.arena, &program.validator, &why) < 0) {
        fprintf(stderr, "%s\n", why);
        return 2;
    }
    if (task_spawn(engine_root(program.engine), run, &program, "questions") < 0 ||
        engine_run(program.engine) < 0)
        return 4;
    engine_free(program.engine);
    arena_free(program.arena);
    return 0;
}
