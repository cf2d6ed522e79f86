/*
 * spf_check.c - check_host()
 *
 *   check_domain  the record of a domain, its terms in order
 *     match_*     does this mechanism match? Some lead to check_domain again.
 *   explain       what the domain has to say to who fails
 */
#include "probes/protocol/spf_check.h"

#include "probes/protocol/spf_macro.h"
#include "probes/protocol/spf_network.h"
#include "probes/protocol/spf_record.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { TEXT_MAX = 512, EXPLANATION_MAX = 1024 };

struct evaluation {
    const struct spf_question *question;
    struct arena *arena;
    struct spf_values values;
    struct spf_verdict verdict;
    struct bytes explanation;     /* domain-spec of exp, where a fail was decided */
    const char *explained_domain; /* in whose record that is */
    struct list validated; /* texts: reverse names that lead back to the client; observed: they are known */
    unsigned include_depth;
    bool void_noted; /* of the term under evaluation */
    int error;       /* -ECANCELED, -ENOMEM: nothing counts any more */
};

enum match { NO_MATCH, MATCH, TEMPORARY, PERMANENT };

static enum spf_result check_domain(struct evaluation *evaluation, const char *domain);

static const char *clean(struct evaluation *evaluation, struct bytes text)
{
    const char *cleaned = text_clean(evaluation->arena, text.data, text.size, TEXT_MAX);

    if (cleaned == NULL)
        evaluation->error = -ENOMEM;
    return cleaned;
}

static struct bytes bytes_of_text(const char *text)
{
    return bytes_of(text, strlen(text));
}

/* ---- questions ---- */

enum found { FOUND, VOID, LOST };

/* FOUND with records, VOID without, LOST: the DNS gave no answer. */
static enum found ask(struct evaluation *evaluation, const char *name, uint16_t type, struct dns_answer **ret)
{
    const struct spf_question *question = evaluation->question;
    int error = resolver_ask(question->resolver, name, type, question->deadline, evaluation->arena, ret);

    if (error == -EINVAL) /* no name to ask for: nothing is there (RFC 7208 4.8) */
        return VOID;
    if (error < 0) {
        evaluation->error = error;
        return LOST;
    }
    if ((*ret)->outcome == DNS_FAILURE || (*ret)->outcome == DNS_NOT_ASKED || (*ret)->security == DNS_BOGUS) {
        const char *type_name = dns_type_name(type);

        evaluation->verdict.reason =
            arena_format(evaluation->arena, "%s of %s: %s", type_name != NULL ? type_name : "?", (*ret)->name,
                         (*ret)->security == DNS_BOGUS ? "DNSSEC finds the answer bogus"
                         : (*ret)->reason != NULL      ? (*ret)->reason
                                                       : "no answer");
        if (evaluation->verdict.reason == NULL)
            evaluation->error = -ENOMEM;
        return LOST;
    }
    return (*ret)->outcome == DNS_DATA && (*ret)->records.count > 0 ? FOUND : VOID;
}

static enum match permanent(struct evaluation *evaluation, const char *reason)
{
    evaluation->verdict.reason = reason;
    return PERMANENT;
}

/* The term found nothing: it counts once, whatever it asked. */
static enum match note_void(struct evaluation *evaluation)
{
    if (!evaluation->void_noted) {
        evaluation->void_noted = true;
        if (++evaluation->verdict.void_lookups > evaluation->question->limits.void_lookups)
            return permanent(evaluation, "more terms find nothing than the two that are allowed");
    }
    return NO_MATCH;
}

/* A text as a name to ask for; false: none can be made of it, or memory ran out. */
static bool name_of(struct evaluation *evaluation, struct bytes text, const char **ret)
{
    int error = spf_name(text, evaluation->arena, ret);

    if (error == -ENOMEM)
        evaluation->error = error;
    return error == 0;
}

/* ---- reverse names (RFC 7208 5.5) ---- */

static bool has_client(struct evaluation *evaluation, const struct dns_answer *answer, unsigned prefix,
                       const char **ret_network)
{
    for (size_t i = 0; i < answer->records.count; i++) {
        struct spf_network network = {.prefix = prefix};

        if (dns_record_address(answer->records.items[i], &network.address) < 0 ||
            !spf_network_has(&network, &evaluation->values.client))
            continue;
        *ret_network = spf_network_text(&network, evaluation->arena);
        if (*ret_network == NULL)
            evaluation->error = -ENOMEM;
        return true;
    }
    return false;
}

static uint16_t address_type(const struct evaluation *evaluation)
{
    return evaluation->values.client.family == AF_INET6 ? DNS_AAAA : DNS_A;
}

/* Names of the client that lead back to it, once for the evaluation. What cannot be looked up is no name. */
static enum found validate_names(struct evaluation *evaluation)
{
    char reverse[ADDRESS_REVERSE_SIZE];
    struct dns_answer *answer = NULL, *forward = NULL;
    enum found found;

    if (evaluation->validated.observed)
        return evaluation->validated.count > 0 ? FOUND : VOID;
    evaluation->validated.observed = true;
    found = ask(evaluation, address_reverse_name(&evaluation->values.client, reverse), DNS_PTR, &answer);
    if (found != FOUND)
        return found;
    for (size_t i = 0; i < answer->records.count && i < evaluation->question->limits.names; i++) {
        const char *name, *network;

        if (evaluation->error < 0)
            break;
        if (dns_record_name(answer->records.items[i], evaluation->arena, &name) < 0 ||
            ask(evaluation, name, address_type(evaluation), &forward) != FOUND ||
            !has_client(evaluation, forward, UINT8_MAX, &network))
            continue;
        if (list_add(&evaluation->validated, evaluation->arena, (char *)(uintptr_t)name) < 0)
            evaluation->error = -ENOMEM;
    }
    return FOUND;
}

static bool is_within(const char *name, const char *parent)
{
    size_t length = strlen(name), parent_length = strlen(parent);

    return length > parent_length && name[length - parent_length - 1] == '.' &&
           text_same_name(name + length - parent_length, parent);
}

/* %{p}: best the domain itself, then a name below it, then any. */
static const char *validated_name(struct evaluation *evaluation)
{
    const struct list *names = &evaluation->validated;
    const char *best = NULL;

    (void)validate_names(evaluation);
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];

        if (text_same_name(name, evaluation->values.domain))
            return name;
        if (best == NULL ||
            (is_within(name, evaluation->values.domain) && !is_within(best, evaluation->values.domain)))
            best = name;
    }
    return best;
}

/* ---- names of terms ---- */

static struct bytes expand(struct evaluation *evaluation, struct bytes spec)
{
    struct bytes expanded = {0};
    const char *reason =
        evaluation->verdict.reason; /* reverse names that cannot be looked up do not matter */

    if (spf_macro_uses(spec, "p"))
        evaluation->values.validated = validated_name(evaluation);
    evaluation->verdict.reason = reason;
    if (evaluation->error == 0 &&
        spf_macro_expand(spec, &evaluation->values, evaluation->arena, &expanded) < 0)
        evaluation->error = -ENOMEM;
    return expanded;
}

/* The name a term asks for: its domain-spec expanded, else the current domain. */
static bool target_of(struct evaluation *evaluation, const struct spf_term *term, const char **ret)
{
    if (term->domain.data == NULL)
        return name_of(evaluation, bytes_of_text(evaluation->values.domain), ret);
    return name_of(evaluation, expand(evaluation, term->domain), ret);
}

/* ---- mechanisms ---- */

static unsigned prefix_of(const struct evaluation *evaluation, const struct spf_term *term)
{
    return evaluation->values.client.family == AF_INET6 ? term->prefix_ipv6 : term->prefix_ipv4;
}

/* Are there records of the name at all? *ret holds them if so. */
static enum match match_any(struct evaluation *evaluation, const char *name, uint16_t type,
                            struct dns_answer **ret)
{
    switch (ask(evaluation, name, type, ret)) {
    case LOST:
        return TEMPORARY;
    case VOID:
        return note_void(evaluation);
    case FOUND:
        break;
    }
    return MATCH;
}

static enum match match_host(struct evaluation *evaluation, const struct spf_term *term, const char *name)
{
    struct dns_answer *answer = NULL;
    enum match match = match_any(evaluation, name, address_type(evaluation), &answer);

    if (match != MATCH)
        return match;
    return has_client(evaluation, answer, prefix_of(evaluation, term), &evaluation->verdict.network)
               ? MATCH
               : NO_MATCH;
}

static enum match match_a(struct evaluation *evaluation, const struct spf_term *term)
{
    const char *name;

    return target_of(evaluation, term, &name) ? match_host(evaluation, term, name) : NO_MATCH;
}

static enum match match_mx(struct evaluation *evaluation, const struct spf_term *term)
{
    struct dns_answer *answer = NULL;
    enum match match;
    const char *name;

    if (!target_of(evaluation, term, &name))
        return NO_MATCH;
    match = match_any(evaluation, name, DNS_MX, &answer);
    if (match != MATCH)
        return match;
    if (answer->records.count > evaluation->question->limits.names)
        return permanent(evaluation, "mx names more than ten hosts");
    match = NO_MATCH;
    for (size_t i = 0; i < answer->records.count && match == NO_MATCH; i++) {
        const char *host;
        uint16_t preference;

        if (dns_record_mx(answer->records.items[i], evaluation->arena, &preference, &host) < 0 ||
            strcmp(host, ".") == 0)
            continue;
        match = match_host(evaluation, term, host);
    }
    return match;
}

static enum match match_ptr(struct evaluation *evaluation, const struct spf_term *term)
{
    const char *target, *reason = evaluation->verdict.reason;
    bool has_target = target_of(evaluation, term, &target);

    switch (has_target ? validate_names(evaluation) : FOUND) {
    case LOST: /* no match (RFC 7208 5.5) */
        evaluation->verdict.reason = reason;
        return NO_MATCH;
    case VOID:
        return note_void(evaluation);
    case FOUND:
        break;
    }
    evaluation->verdict.reason = reason;
    for (size_t i = 0; has_target && i < evaluation->validated.count; i++) {
        const char *name = evaluation->validated.items[i];

        if (text_same_name(name, target) || is_within(name, target))
            return MATCH;
    }
    return NO_MATCH;
}

static enum match match_network(struct evaluation *evaluation, const struct spf_term *term)
{
    struct spf_network network = {term->address,
                                  term->kind == SPF_IP6 ? term->prefix_ipv6 : term->prefix_ipv4};

    if (!spf_network_has(&network, &evaluation->values.client))
        return NO_MATCH;
    evaluation->verdict.network = spf_network_text(&network, evaluation->arena);
    if (evaluation->verdict.network == NULL)
        evaluation->error = -ENOMEM;
    return MATCH;
}

static enum match match_exists(struct evaluation *evaluation, const struct spf_term *term)
{
    struct dns_answer *answer = NULL;
    const char *name;

    return target_of(evaluation, term, &name) ? match_any(evaluation, name, DNS_A, &answer) : NO_MATCH;
}

/* The record of another domain, under its name. */
static enum spf_result check_other(struct evaluation *evaluation, const struct spf_term *term)
{
    const char *before = evaluation->values.domain;
    struct bytes target = expand(evaluation, term->domain);
    enum spf_result result;
    const char *domain;

    if (target.size > 0 && target.data[target.size - 1] == '.')
        target.size--;
    domain = arena_text_sized(evaluation->arena, (const char *)target.data, target.size);
    if (domain == NULL)
        evaluation->error = -ENOMEM;
    if (evaluation->error < 0)
        return SPF_TEMPERROR;
    result = check_domain(evaluation, domain);
    evaluation->values.domain = before;
    if (result != SPF_NONE)
        return result;
    evaluation->verdict.reason =
        arena_format(evaluation->arena, "%s has no SPF record", clean(evaluation, target));
    if (evaluation->verdict.reason == NULL)
        evaluation->error = -ENOMEM;
    return SPF_PERMERROR;
}

static enum match match_include(struct evaluation *evaluation, const struct spf_term *term)
{
    enum spf_result result;

    evaluation->include_depth++;
    result = check_other(evaluation, term);
    evaluation->include_depth--;
    switch (result) {
    case SPF_PASS:
        return MATCH;
    case SPF_FAIL:
    case SPF_SOFTFAIL:
    case SPF_NEUTRAL:
        return NO_MATCH;
    case SPF_TEMPERROR:
        return TEMPORARY;
    case SPF_PERMERROR:
    case SPF_NONE:
    case SPF_NOT_OBSERVED:
        break;
    }
    return PERMANENT;
}

static enum match match_mechanism(struct evaluation *evaluation, const struct spf_term *term)
{
    evaluation->void_noted = false;
    evaluation->verdict.network = NULL;
    if (spf_asks(term->kind) && ++evaluation->verdict.lookups > evaluation->question->limits.lookups)
        return permanent(evaluation, "it takes more than the ten terms with lookups that are allowed");
    switch (term->kind) {
    case SPF_ALL:
        return MATCH;
    case SPF_INCLUDE:
        return match_include(evaluation, term);
    case SPF_A:
        return match_a(evaluation, term);
    case SPF_MX:
        return match_mx(evaluation, term);
    case SPF_PTR:
        return match_ptr(evaluation, term);
    case SPF_IP4:
    case SPF_IP6:
        return match_network(evaluation, term);
    case SPF_EXISTS:
        return match_exists(evaluation, term);
    case SPF_KIND_NOT_OBSERVED:
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER:
        break;
    }
    return NO_MATCH;
}

/* ---- a record ---- */

static enum spf_result decide(struct evaluation *evaluation, const char *domain, const struct spf_term *term,
                              enum spf_result result)
{
    evaluation->verdict.record = clean(evaluation, bytes_of_text(domain));
    evaluation->verdict.term = term != NULL ? clean(evaluation, term->text) : NULL;
    return result;
}

static enum spf_result matched(struct evaluation *evaluation, const struct spf_record *record,
                               const char *domain, const struct spf_term *term)
{
    enum spf_result result = spf_qualified(term->qualifier);

    if (result == SPF_FAIL && evaluation->include_depth == 0) {
        evaluation->explanation = record->exp != NULL ? record->exp->domain : (struct bytes){0};
        evaluation->explained_domain = domain;
    }
    if (term->kind == SPF_INCLUDE && result == SPF_PASS) /* the term in there says more */
        return result;
    return decide(evaluation, domain, term, result);
}

static enum spf_result redirected(struct evaluation *evaluation, const char *domain,
                                  const struct spf_term *term)
{
    enum spf_result result;

    if (++evaluation->verdict.lookups > evaluation->question->limits.lookups) {
        (void)permanent(evaluation, "it takes more than the ten terms with lookups that are allowed");
        return decide(evaluation, domain, term, SPF_PERMERROR);
    }
    evaluation->verdict.record = NULL;
    result = check_other(evaluation, term);
    return evaluation->verdict.record == NULL ? decide(evaluation, domain, term, result) : result;
}

static enum spf_result check_terms(struct evaluation *evaluation, const struct spf_record *record,
                                   const char *domain)
{
    for (size_t i = 0; i < record->terms.count; i++) {
        const struct spf_term *term = record->terms.items[i];
        bool leads_on = term->kind == SPF_INCLUDE;
        const char *before = evaluation->verdict.record;

        if (spf_is_modifier(term->kind))
            continue;
        evaluation->verdict.record = NULL;
        switch (match_mechanism(evaluation, term)) {
        case NO_MATCH:
            evaluation->verdict.record = before;
            break;
        case MATCH:
            return matched(evaluation, record, domain, term);
        case TEMPORARY:
            return leads_on && evaluation->verdict.record != NULL
                       ? SPF_TEMPERROR
                       : decide(evaluation, domain, term, SPF_TEMPERROR);
        case PERMANENT:
            return leads_on && evaluation->verdict.record != NULL
                       ? SPF_PERMERROR
                       : decide(evaluation, domain, term, SPF_PERMERROR);
        }
        if (evaluation->error < 0)
            return SPF_TEMPERROR;
    }
    evaluation->verdict.network = NULL;
    if (record->redirect != NULL)
        return redirected(evaluation, domain, record->redirect);
    return decide(evaluation, domain, NULL, SPF_NEUTRAL);
}

static enum spf_result check_domain(struct evaluation *evaluation, const char *domain)
{
    struct dns_answer *answer = NULL;
    struct spf_record *record;
    struct bytes text;
    const char *name;
    size_t count;

    evaluation->values.domain = domain;
    if (!name_of(evaluation, bytes_of_text(domain), &name))
        return SPF_NONE;
    switch (ask(evaluation, name, DNS_TXT, &answer)) {
    case LOST:
        return decide(evaluation, domain, NULL, SPF_TEMPERROR);
    case VOID:
        return SPF_NONE;
    case FOUND:
        break;
    }
    if (spf_select(answer, evaluation->arena, &text, &count) < 0 ||
        (count == 1 && spf_record_read(text, evaluation->arena, &record) < 0)) {
        evaluation->error = -ENOMEM;
        return SPF_TEMPERROR;
    }
    if (count == 0)
        return SPF_NONE;
    if (count > 1) {
        (void)permanent(evaluation, "there is more than one SPF record");
        return decide(evaluation, domain, NULL, SPF_PERMERROR);
    }
    if (record->bad != NULL) {
        (void)permanent(evaluation, record->bad->fault);
        return decide(evaluation, domain, record->bad, SPF_PERMERROR);
    }
    return check_terms(evaluation, record, domain);
}

/* ---- the explanation (RFC 7208 6.2) ---- */

/* Whatever is wrong with it: then there is none. */
static void explain(struct evaluation *evaluation)
{
    struct dns_answer *answer = NULL;
    struct bytes text, expanded;
    const char *name;
    size_t at;

    evaluation->values.domain = evaluation->explained_domain;
    if (!name_of(evaluation, expand(evaluation, evaluation->explanation), &name) ||
        ask(evaluation, name, DNS_TXT, &answer) != FOUND || answer->records.count != 1 ||
        dns_record_txt(answer->records.items[0], evaluation->arena, &text) < 0 ||
        spf_macro_fault(text, SPF_IN_EXPLANATION, &at) != NULL)
        return;
    expanded = expand(evaluation, text);
    if (evaluation->error == 0)
        evaluation->verdict.explanation =
            text_clean(evaluation->arena, expanded.data, expanded.size, EXPLANATION_MAX);
}

/* ---- from the outside ---- */

/* The parts of the sender; the identity is HELO when it has none. */
static int take_sender(struct evaluation *evaluation)
{
    const struct spf_question *question = evaluation->question;
    const char *sender = question->sender != NULL ? question->sender : "";
    const char *at = strrchr(sender, '@');
    struct spf_values *values = &evaluation->values;

    values->client = spf_client(&question->client);
    values->helo = question->helo != NULL ? question->helo : "";
    values->receiver = question->receiver;
    values->now = question->now;
    values->sender_domain = at != NULL ? at + 1 : sender[0] != '\0' ? sender : values->helo;
    values->local = at == NULL || at == sender
                        ? "postmaster"
                        : arena_text_sized(evaluation->arena, sender, (size_t)(at - sender));
    return values->local != NULL ? 0 : -ENOMEM;
}

int spf_check(const struct spf_question *question, struct arena *arena, struct spf_verdict *ret)
{
    struct evaluation evaluation = {.question = question, .arena = arena};
    struct spf_verdict *verdict = &evaluation.verdict;
    const char *domain, *name;

    if (take_sender(&evaluation) < 0)
        return -ENOMEM;
    domain = evaluation.values.sender_domain;
    verdict->domain = clean(&evaluation, bytes_of_text(domain));
    if (!name_of(&evaluation, bytes_of_text(domain), &name) || strchr(domain, '.') == NULL) {
        verdict->result = SPF_NONE;
        verdict->reason = "this is no domain name of two labels or more";
    } else {
        verdict->result = check_domain(&evaluation, domain);
        if (verdict->result == SPF_NONE)
            verdict->reason = "the domain has no SPF record";
    }
    if (verdict->result != SPF_TEMPERROR && verdict->result != SPF_PERMERROR && verdict->result != SPF_NONE)
        verdict->reason = NULL;
    if (evaluation.error == 0 && verdict->result == SPF_FAIL && evaluation.explanation.data != NULL) {
        const char *reason = verdict->reason;

        explain(&evaluation);
        verdict->reason = reason;
    }
    if (evaluation.error < 0)
        return evaluation.error;
    *ret = *verdict;
    return 0;
}
