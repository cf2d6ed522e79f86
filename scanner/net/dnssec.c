/*
 * dnssec.c - the resolver that validates: asks another one, and judges what comes back
 *
 *   CD set --> an answer --> secure, insecure              done
 *                        --> bogus, or no signatures come  what does the resolver itself say? (CD not set)
 *          --> SERVFAIL  --> CD not set --> SERVFAIL too   broken, whatever the signatures say
 *
 * RFC 4035 3.2.2 (CD), 4.3, 5.
 */
#include "scanner/net/dnssec_internal.h"

#include "scanner/base/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOT_ANCHOR "/usr/share/dns/root.key" /* Debian, dns-root-data */

int64_t dnssec_now(const struct dnssec *dnssec)
{
    return dnssec->time != 0 ? dnssec->time : engine_wall_seconds(dnssec->engine);
}

const char *dnssec_type_text(struct arena *arena, uint16_t type)
{
    const char *name = dns_type_name(type);

    return name != NULL ? name : arena_format(arena, "TYPE%u", type);
}

/* A code from the server, not silence and the like: with CD not set it may say something else. */
static bool has_code(const struct dns_answer *answer)
{
    return answer->outcome == DNS_FAILURE && answer->rcode.known && answer->rcode.value != DNS_RCODE_NOERROR;
}

/* What the resolver says when it may validate; its refusal is evidence, and all there is when it keeps the
 * signatures to itself. */
static int ask_opinion(struct dnssec *dnssec, struct dns_answer *answer, int64_t deadline,
                       struct arena *arena)
{
    struct dns_answer *checked;
    int error = resolver_ask(dnssec->inner, answer->name, answer->type, deadline, arena, &checked);

    if (error < 0)
        return error;
    if (!has_code(checked) || checked->reason == NULL)
        return 0;
    answer->security_reason =
        arena_format(arena, "%s (the resolver refuses %s: %s)", answer->security_reason,
                     answer->security == DNS_BOGUS ? "it too" : "this answer", checked->reason);
    answer->security = DNS_BOGUS;
    return answer->security_reason != NULL ? 0 : -ENOMEM;
}

static int note_broken(struct dns_answer *answer, struct arena *arena)
{
    answer->security = DNS_INDETERMINATE;
    answer->security_reason = arena_format(
        arena, "there is no answer, with validation at the resolver or without: %s", answer->reason);
    return answer->security_reason != NULL ? 0 : -ENOMEM;
}

static int dnssec_ask(struct resolver *resolver, const char *name, uint16_t type, int64_t deadline,
                      struct arena *arena, struct dns_answer **ret)
{
    struct dnssec *dnssec = (struct dnssec *)resolver;
    struct dns_answer *answer;
    bool broken = false;
    int error;

    if (dnssec->ahead)
        dnssec_foresee(dnssec, name);
    error = resolver_ask_unchecked(dnssec->inner, name, type, deadline, arena, &answer);
    if (error == 0 && has_code(answer)) {
        error = resolver_ask(dnssec->inner, name, type, deadline, arena, &answer);
        broken = error == 0 && has_code(answer);
    }
    if (error == 0)
        error = broken ? note_broken(answer, arena) : dnssec_judge(dnssec, answer, deadline, arena);
    if (error == 0 && (answer->security == DNS_BOGUS ||
                       (answer->security == DNS_INDETERMINATE && answer->outcome != DNS_FAILURE)))
        error = ask_opinion(dnssec, answer, deadline, arena);
    if (error == 0)
        *ret = answer;
    return error;
}

static int dnssec_zones(struct resolver *resolver, const char *name, int64_t deadline, struct arena *arena,
                        struct list *ret)
{
    struct dnssec *dnssec = (struct dnssec *)resolver;
    struct dnssec_place place = {0};
    struct dns_name target;
    struct list cuts = {.observed = true};
    int error = dns_name_from_text(name, &target);

    if (error == 0)
        error = dnssec_find_zone(dnssec, &target, deadline, arena, &place, &cuts);
    if (error < 0)
        return error;
    dnssec_zone_release(place.zone);
    *ret = cuts;
    return 0;
}

/* ---- life ---- */

struct reading {
    const char *file;
    struct arena *arena;
    struct list *anchors;
    const char **error;
    int result;
};

static void read_anchor(void *argument)
{
    struct reading *reading = argument;

    reading->result = dnssec_anchor_read(reading->file, reading->arena, reading->anchors, reading->error);
}

int dnssec_new(struct engine *engine, struct resolver *inner, const struct dnssec_options *options,
               struct arena *arena, struct resolver **ret, const char **ret_error)
{
    struct dnssec *dnssec = calloc(1, sizeof(*dnssec));
    struct reading reading = {.file = options->trust_anchor != NULL ? options->trust_anchor : ROOT_ANCHOR,
                              .arena = arena,
                              .error = ret_error};
    int error;

    if (dnssec == NULL)
        return -ENOMEM;
    dnssec->resolver = (struct resolver){.ask = dnssec_ask,
                                         .ask_unchecked = dnssec_ask,
                                         .zones = dnssec_zones,
                                         .description = inner->description};
    dnssec->engine = engine;
    dnssec->inner = inner;
    dnssec->time = options->time;
    dnssec->ahead = options->ahead;
    dnssec->files = options->files;
    reading.anchors = &dnssec->anchors;
    engine_call_on_loop(engine, read_anchor, &reading);
    error = reading.result;
    if (error == -ENOENT && options->trust_anchor == NULL) { /* a scan is worth something without DNSSEC */
        dnssec->no_anchor = *ret_error;
        error = 0;
    }
    if (error == 0)
        error = dnssec_chain_new(dnssec, &dnssec->chain);
    if (error < 0) {
        free(dnssec);
        return error;
    }
    *ret = &dnssec->resolver;
    return 0;
}

void dnssec_free(struct resolver *resolver)
{
    struct dnssec *dnssec = (struct dnssec *)resolver;

    if (dnssec == NULL)
        return;
    dnssec_chain_free(dnssec->chain);
    free(dnssec);
}
