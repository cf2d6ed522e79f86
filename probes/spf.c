/*
 * spf.c - who may send mail for the domain (RFC 7208)
 *
 *   the tree of records (spf_tree.h)  ->  check_host() for each MX address and each --sender, side by side
 *   names that servers give themselves  ->  TXT of each  ->  check_host() of the HELO identity for their addresses
 *
 * The answers that an evaluation needs have been asked for by the tree as a rule, and the resolver keeps them. Judged
 * in reports/checks/spf*.c.
 */
#include "probes/probe.h"
#include "probes/protocol/spf_check.h"
#include "probes/questions.h"
#include "probes/spf_tree.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum {
    EVALUATION_MS = 20000,             /* RFC 7208 4.6.4: at least that long */
    ANSWERS_MEMORY = 16 * 1024 * 1024, /* of one evaluation */
    RESULTS_MAX = 64,
    HELO_NAMES_MAX = 16,
    HELO_ADDRESSES_MAX = 8,
    TYPE_99 = 99,
};

/* ---- evaluations side by side ---- */

struct evaluation {
    struct network *network;
    struct arena *arena;
    int64_t deadline;
    const char *sender, *helo;
    struct address client;
    struct spf_result_facts *facts;
    int error;
};

static const char *copy(struct evaluation *evaluation, const char *text)
{
    const char *copied = arena_text(evaluation->arena, text);

    if (text != NULL && copied == NULL)
        evaluation->error = -ENOMEM;
    return copied;
}

static void note_verdict(struct evaluation *evaluation, const struct spf_verdict *verdict)
{
    struct spf_result_facts *facts = evaluation->facts;

    facts->result = verdict->result;
    facts->record = copy(evaluation, verdict->record);
    facts->term = copy(evaluation, verdict->term);
    facts->network = copy(evaluation, verdict->network);
    facts->reason = copy(evaluation, verdict->reason);
    facts->explanation = copy(evaluation, verdict->explanation);
    facts->lookups = number(verdict->lookups);
    facts->void_lookups = number(verdict->void_lookups);
}

static void run_evaluation(void *argument)
{
    struct evaluation *evaluation = argument;
    struct engine *engine = evaluation->network->engine;
    struct arena *answers = arena_new(ANSWERS_MEMORY);
    struct spf_question question = {
        .resolver = evaluation->network->resolver,
        .deadline = deadline_in(engine, EVALUATION_MS, evaluation->deadline),
        .client = evaluation->client,
        .sender = evaluation->sender,
        .helo = evaluation->helo,
        .now = engine_wall_seconds(engine),
        .limits = spf_limits,
    };
    struct spf_verdict verdict;
    int error = answers != NULL ? spf_check(&question, answers, &verdict) : -ENOMEM;

    if (error == 0)
        note_verdict(evaluation, &verdict);
    else if (error == -ENOMEM && answers != NULL) /* its own limit: said, and no fault of the scan */
        evaluation->facts->reason = "the answers of the DNS were too large";
    else
        evaluation->error = error;
    arena_free(answers);
}

/* All of them; 0, -ECANCELED, -ENOMEM. */
static int run_evaluations(struct network *network, struct list *evaluations)
{
    struct task_group *group;
    int error = task_group_new(engine_root(network->engine), "SPF", &group);

    if (error < 0)
        return error;
    for (size_t i = 0; i < evaluations->count && error == 0; i++) {
        struct evaluation *evaluation = evaluations->items[i];

        error = task_spawn(group, run_evaluation, evaluation, "SPF of %.80s for %s",
                           evaluation->facts->domain, evaluation->facts->address);
        if (error == -EAGAIN) { /* too many tasks: one after the other then */
            run_evaluation(evaluation);
            error = 0;
        }
    }
    if (error == 0)
        error = task_group_join(group, DEADLINE_NEVER);
    task_group_end(group);
    for (size_t i = 0; i < evaluations->count && error == 0; i++)
        error = ((struct evaluation *)evaluations->items[i])->error;
    return error;
}

struct plan {
    struct network *network;
    struct arena *arena;
    int64_t deadline;
    struct list evaluations; /* struct evaluation */
};

/* One evaluation more, unless it is planned already. `sender` NULL: of the HELO identity. */
static int plan_add(struct plan *plan, struct list *results, const char *domain, const char *sender,
                    const char *helo, const char *address)
{
    struct evaluation *evaluation;
    struct spf_result_facts *facts;
    struct address client;

    if (address == NULL || address_parse(address, &client) < 0)
        return 0;
    for (size_t i = 0; i < results->count; i++)
        if (strcmp(((struct spf_result_facts *)results->items[i])->address, address) == 0)
            return 0;
    evaluation = list_new_item(&plan->evaluations, plan->arena, sizeof *evaluation);
    facts = list_new_item(results, plan->arena, sizeof *facts);
    if (evaluation == NULL || facts == NULL)
        return -ENOMEM;
    facts->identity = sender != NULL ? "mailfrom" : "helo";
    facts->domain = domain;
    facts->address = address;
    *evaluation = (struct evaluation){
        .network = plan->network,
        .arena = plan->arena,
        .deadline = plan->deadline,
        .sender = sender,
        .helo = helo,
        .client = client,
        .facts = facts,
    };
    return 0;
}

/* ---- MAIL FROM ---- */

static bool receives(const struct mail_host_facts *host)
{
    return host->source == HOST_MX || host->source == HOST_IMPLICIT_MX;
}

static int plan_addresses(struct plan *plan, const struct dns_facts *dns, struct spf_facts *facts)
{
    const char *sender = arena_format(plan->arena, "postmaster@%s", dns->domain);
    int error = sender == NULL ? -ENOMEM : 0;

    facts->results.observed = true;
    for (size_t i = 0; i < dns->hosts.count && error == 0; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        for (size_t j = 0; receives(host) && j < host->addresses.count && error == 0; j++) {
            const struct host_address_facts *address = host->addresses.items[j];

            if (facts->results.count < RESULTS_MAX)
                error = plan_add(plan, &facts->results, dns->domain, sender, host->name, address->address);
        }
    }
    for (size_t i = 0; i < dns->senders.count && error == 0; i++) {
        const struct host_address_facts *address = dns->senders.items[i];

        error = plan_add(plan, &facts->results, dns->domain, sender, dns->domain, address->address);
    }
    return error;
}

/* For whom macros are expanded in the tree: a sender, an MX, or an address that nobody has. */
static struct address sample_client(const struct dns_facts *dns)
{
    struct address address = {.family = AF_INET, .octets = {192, 0, 2, 1}};

    for (size_t i = 0; i < dns->senders.count; i++)
        if (address_parse(((struct host_address_facts *)dns->senders.items[i])->address, &address) == 0)
            return address;
    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        if (receives(host) && host->addresses.count > 0 &&
            address_parse(((struct host_address_facts *)host->addresses.items[0])->address, &address) == 0)
            return address;
    }
    return address;
}

/* What is an address, or has no dot, is no name for everybody. */
static bool is_name(const char *name)
{
    struct address address;

    return name != NULL && strchr(name, '.') != NULL && name[0] != '[' && address_parse(name, &address) < 0;
}

/* Type 99, and beside it the names that the HELO identity will be looked up for: those of the hosts are known before
 * the servers say them, and the resolver keeps the answers. */
static int ask_ahead(struct network *network, const struct dns_facts *dns, int64_t deadline,
                     struct arena *arena, struct spf_facts *facts)
{
    struct question *questions = arena_alloc(arena, (dns->hosts.count + 1) * sizeof *questions);
    size_t count = 0;
    int error;

    if (questions == NULL)
        return -ENOMEM;
    questions[count++] = (struct question){.name = dns->domain, .type = TYPE_99};
    for (size_t i = 0; i < dns->hosts.count && count <= HELO_NAMES_MAX; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        if (host->addresses.count > 0 && host->literal != YES && is_name(host->name))
            questions[count++] = (struct question){.name = host->name, .type = DNS_TXT};
    }
    error = questions_ask(network, questions, count, deadline, arena);
    facts->type_99 = questions[0].facts;
    return error;
}

int spf_probe(struct network *network, const struct dns_facts *dns, int64_t deadline, struct arena *arena,
              struct spf_facts **ret)
{
    struct spf_facts *facts = arena_alloc(arena, sizeof *facts);
    struct plan plan = {.network = network, .arena = arena, .deadline = deadline};
    struct address client = sample_client(dns);
    int error;

    if (facts == NULL)
        return -ENOMEM;
    *ret = facts;
    error = spf_tree_explore(network, dns->domain, &client, deadline, arena, facts);
    if (error == 0)
        error = plan_addresses(&plan, dns, facts);
    if (error == 0)
        error = run_evaluations(network, &plan.evaluations);
    if (error == 0)
        error = ask_ahead(network, dns, deadline, arena, facts);
    return error == -ECANCELED ? 0 : error; /* a probe that was stopped hands over what it has */
}

/* ---- HELO ---- */

struct helo_addresses {
    struct spf_helo_facts *facts;
    const char *addresses[HELO_ADDRESSES_MAX];
    size_t count;
};

struct helo_names {
    struct arena *arena;
    struct spf_facts *facts;
    struct helo_addresses names[HELO_NAMES_MAX];
    size_t count;
};

static int add_helo(struct helo_names *names, const char *name, const char *address)
{
    struct helo_addresses *entry = NULL;

    if (!is_name(name) || address == NULL)
        return 0;
    for (size_t i = 0; i < names->count && entry == NULL; i++)
        if (text_same_name(names->names[i].facts->name, name))
            entry = &names->names[i];
    if (entry == NULL && names->count == HELO_NAMES_MAX)
        return 0;
    if (entry == NULL) {
        entry = &names->names[names->count++];
        *entry = (struct helo_addresses){
            .facts = list_new_item(&names->facts->helo, names->arena, sizeof *entry->facts)};
        if (entry->facts == NULL)
            return -ENOMEM;
        entry->facts->name = name;
    }
    for (size_t i = 0; i < entry->count; i++)
        if (strcmp(entry->addresses[i], address) == 0)
            return 0;
    if (entry->count < HELO_ADDRESSES_MAX)
        entry->addresses[entry->count++] = address;
    return 0;
}

static int collect_helo(struct helo_names *names, const struct list *endpoints, const struct dns_facts *dns)
{
    int error = 0;

    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        for (size_t j = 0; host->literal != YES && j < host->addresses.count && error == 0; j++)
            error =
                add_helo(names, host->name, ((struct host_address_facts *)host->addresses.items[j])->address);
    }
    for (size_t i = 0; i < endpoints->count && error == 0; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];
        const struct smtp_facts *smtp = endpoint->smtp;

        if (smtp != NULL && smtp->ehlo != NULL)
            error = add_helo(names, smtp->ehlo->name, endpoint->address);
        if (error == 0 && smtp != NULL && smtp->ehlo_tls != NULL)
            error = add_helo(names, smtp->ehlo_tls->name, endpoint->address);
    }
    return error;
}

/* Notes the records of a name, and plans the evaluations when it has one. */
static int plan_helo(struct plan *plan, struct helo_addresses *entry, const struct question *question)
{
    struct spf_helo_facts *facts = entry->facts;
    int error;

    facts->question = question->facts;
    if (question->answer == NULL || question->answer->outcome == DNS_FAILURE)
        return 0;
    error = spf_keep_texts(question->answer, true, plan->arena, &facts->texts);
    if (facts->texts.count > 0)
        facts->results.observed = true;
    for (size_t i = 0; i < entry->count && facts->texts.count > 0 && error == 0; i++)
        error = plan_add(plan, &facts->results, facts->name, NULL, facts->name, entry->addresses[i]);
    return error;
}

int spf_helo_probe(struct network *network, const struct list *endpoints, const struct dns_facts *dns,
                   int64_t deadline, struct arena *arena, struct spf_facts **facts)
{
    struct plan plan = {.network = network, .arena = arena, .deadline = deadline};
    struct helo_names *names = arena_alloc(arena, sizeof *names);
    struct question *questions;
    int error;

    if (*facts == NULL) /* the target is no domain */
        *facts = arena_alloc(arena, sizeof **facts);
    if (names == NULL || *facts == NULL)
        return -ENOMEM;
    *names = (struct helo_names){.arena = arena, .facts = *facts};
    (*facts)->helo.observed = true;
    error = collect_helo(names, endpoints, dns);
    questions = arena_alloc(arena, (names->count + 1) * sizeof *questions);
    if (error < 0 || questions == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < names->count; i++)
        questions[i] = (struct question){.name = names->names[i].facts->name, .type = DNS_TXT};
    error = questions_ask(network, questions, names->count, deadline, arena);
    for (size_t i = 0; i < names->count && error == 0; i++)
        error = plan_helo(&plan, &names->names[i], &questions[i]);
    if (error == 0)
        error = run_evaluations(network, &plan.evaluations);
    return error == -ECANCELED ? 0 : error;
}
