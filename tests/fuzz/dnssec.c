/*
 * dnssec.c - packets in, a verdict out: validation of a whole chain
 *
 * The first byte picks a question; packets follow, each behind two bytes of size. Whatever the validator asks is
 * answered by the packet whose question it is, or by SERVFAIL. The corpus holds the packets of a small signed world
 * (dnssec_corpus.c makes it anew, with the anchor below): nobody has its keys any more, so whatever is done to the
 * packets, nothing may be called secure but what that world said, and nothing insecure but its unsigned zone.
 */
#include "scanner/net/dnssec.h"
#include "scanner/base/arena.h"
#include "scanner/net/dns.h"
#include "scanner/net/dns_packet.h"
#include "tests/fuzz/dnssec_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PACKETS_MAX = 64, ANCHOR_PATH_SIZE = 64 };

struct run {
    struct resolver inner;
    struct engine *engine;
    struct arena *arena;
    struct resolver *validator;
    struct bytes packets[PACKETS_MAX];
    size_t count;
    const struct fuzz_question *question;
};

static int answer_failure(const char *name, uint16_t type, struct arena *arena, struct dns_answer **ret)
{
    struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));

    if (answer == NULL)
        return -ENOMEM;
    answer->name = arena_text(arena, name);
    answer->type = type;
    answer->outcome = DNS_FAILURE;
    answer->rcode = number(2);
    answer->reason = "SERVFAIL";
    *ret = answer;
    return 0;
}

static int ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
               struct arena *arena, struct dns_answer **ret)
{
    struct run *run = (struct run *)resolver;

    (void)deadline;
    for (size_t i = 0; i < run->count; i++) {
        const char *why;
        int error = dns_answer_parse(run->packets[i], name, type, arena, ret, &why);

        if (error == 0 && (*ret)->outcome != DNS_NOT_ASKED)
            return 0;
        if (error == -EINVAL || error == -ENOMEM)
            return error;
    }
    return answer_failure(name, type, arena, ret);
}

static void check(const struct fuzz_question *question, const struct dns_answer *answer)
{
    bool genuine = answer->outcome == question->outcome &&
                   (question->text == NULL ? answer->records.count == 0
                                           : answer->records.count == 1 &&
                                                 strcmp(((struct dns_record *)answer->records.items[0])->text,
                                                        question->text) == 0);

    if (answer->security == DNS_SECURE && (!genuine || question->is_insecure))
        abort();
    if (answer->security == DNS_INSECURE && !question->is_insecure)
        abort();
    if (answer->security == DNS_SECURITY_NOT_OBSERVED ||
        (answer->security != DNS_SECURE && answer->security_reason == NULL))
        abort();
}

static void run_question(void *argument)
{
    struct run *run = argument;
    struct dns_answer *answer;
    struct list zones;

    if (resolver_ask(run->validator, run->question->name, run->question->type, DEADLINE_NEVER, run->arena,
                     &answer) < 0 ||
        run->validator->zones(run->validator, run->question->name, DEADLINE_NEVER, run->arena, &zones) < 0)
        abort();
    check(run->question, answer);
    dnssec_free(run->validator);
}

/* The anchor as a file that needs no disk; the same for all inputs. */
static const char *anchor_path(void)
{
    static char path[ANCHOR_PATH_SIZE];
    int file;

    if (path[0] != '\0')
        return path;
    file = memfd_create("anchor", MFD_CLOEXEC);
    if (file < 0 || write(file, FUZZ_ANCHOR, strlen(FUZZ_ANCHOR)) < 0)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    return path;
}

static void take_packets(struct bytes in, struct run *run)
{
    while (in.size > 0 && run->count < PACKETS_MAX) {
        struct bytes packet = take_block(&in, take_u16(&in));

        if (in.failed)
            return;
        run->packets[run->count++] = packet;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clock clock = clock_virtual(FUZZ_TIME);
    struct engine_options options = {.clock = &clock};
    struct dnssec_options validation = {.trust_anchor = anchor_path()};
    struct run run = {.inner = {.ask = ask, .ask_unchecked = ask, .description = "packets"}};
    struct bytes in = bytes_of(data, size);
    const char *why = NULL;

    run.question = &fuzz_questions[take_u8(&in) % FUZZ_QUESTIONS];
    take_packets(in, &run);
    run.arena = arena_new(0);
    if (run.arena == NULL || engine_new(&options, &run.engine) < 0)
        return 0;
    if (dnssec_new(run.engine, &run.inner, &validation, run.arena, &run.validator, &why) < 0 ||
        task_spawn(engine_root(run.engine), run_question, &run, "question") < 0 || engine_run(run.engine) < 0)
        abort();
    engine_free(run.engine);
    arena_free(run.arena);
    return 0;
}
