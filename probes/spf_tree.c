/*
 * spf_tree.c - the tree of SPF records
 *
 *   TXT of the domain  ->  TXT of each include and redirect, beside them A and AAAA of each a, MX of each mx, A of exists
 *                      ->  their includes; A and AAAA of the hosts of each mx  ->  ...
 *
 * Each step is one round of questions side by side, so the whole takes as many round trips as the tree is deep.
 */
#include "probes/spf_tree.h"

#include "probes/protocol/spf_check.h"
#include "probes/protocol/spf_cost.h"
#include "probes/protocol/spf_macro.h"
#include "probes/protocol/spf_network.h"
#include "probes/protocol/spf_record.h"
#include "probes/questions.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUESTIONS_MAX = 400,
    TERMS_MAX = 2000,
    NETWORKS_MAX = 64, /* of one term */
    TEXTS_MAX = 8,
    TEXT_MAX = 4096,
    TERM_TEXT_MAX = 512,
};

/* One question of the next round. */
struct inquiry {
    const char *name;
    uint16_t type;
    struct spf_record_facts *record; /* TXT: whose record is asked for */
    struct spf_term_facts *term;     /* the others: what it is asked for */
    const struct spf_term *parsed;
};

struct explorer {
    struct network *network;
    struct arena *arena;   /* of the facts */
    struct arena *scratch; /* of the answers */
    struct spf_facts *facts;
    struct spf_values sample;
    struct list next; /* struct inquiry */
    size_t asked;
    size_t terms;
};

static void incomplete(struct explorer *explorer, const char *reason)
{
    explorer->facts->complete = NO;
    if (explorer->facts->incomplete_reason == NULL)
        explorer->facts->incomplete_reason = reason;
}

static int inquire(struct explorer *explorer, struct inquiry inquiry)
{
    struct inquiry *item;

    if (explorer->asked == QUESTIONS_MAX) {
        incomplete(explorer, "it takes more than 400 questions");
        return 0;
    }
    item = list_new_item(&explorer->next, explorer->scratch, sizeof *item);
    if (item == NULL)
        return -ENOMEM;
    *item = inquiry;
    explorer->asked++;
    return 0;
}

/* ---- texts, in an order of their own: servers rotate records ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* IPv4 first. */
static int by_network(const void *a, const void *b)
{
    bool ipv6 = strchr(*(char *const *)a, ':') != NULL, other_ipv6 = strchr(*(char *const *)b, ':') != NULL;

    return ipv6 != other_ipv6 ? ipv6 - other_ipv6 : by_text(a, b);
}

static void sort_texts(struct list *texts, int (*order)(const void *a, const void *b))
{
    if (texts->count > 1)
        qsort(texts->items, texts->count, sizeof *texts->items, order);
}

int spf_keep_texts(const struct dns_answer *answer, bool announced, struct arena *arena, struct list *texts)
{
    texts->observed = true;
    for (size_t i = 0; i < answer->records.count && texts->count < TEXTS_MAX; i++) {
        struct bytes text;
        char *cleaned;
        int error = dns_record_txt(answer->records.items[i], arena, &text);

        if (error == -ENOMEM)
            return error;
        if (error < 0 || (announced ? !spf_announces(text) : !spf_intended(text)))
            continue;
        cleaned = text_clean(arena, text.data, text.size, TEXT_MAX);
        if (cleaned == NULL || list_add(texts, arena, cleaned) < 0)
            return -ENOMEM;
    }
    sort_texts(texts, by_text);
    return 0;
}

/* ---- terms ---- */

static int add_network(struct explorer *explorer, struct spf_term_facts *term,
                       const struct spf_network *network)
{
    char *text = spf_network_text(network, explorer->arena);

    if (text == NULL)
        return -ENOMEM;
    if (list_has_text(&term->networks, text))
        return 0;
    if (term->networks.count == NETWORKS_MAX) {
        term->networks_left_out = number(term->networks_left_out.value + 1);
        return 0;
    }
    return list_add(&term->networks, explorer->arena, text);
}

/* The record of another domain, once. */
static int add_record(struct explorer *explorer, const char *domain, const char *name)
{
    struct spf_record_facts *record;

    if (spf_record_of(explorer->facts, domain) != NULL)
        return 0;
    if (explorer->facts->records.count == SPF_RECORDS_MAX) {
        incomplete(explorer, "it leads to more than 64 records");
        return 0;
    }
    record = list_new_item(&explorer->facts->records, explorer->arena, sizeof *record);
    if (record == NULL)
        return -ENOMEM;
    record->domain = domain;
    return inquire(explorer, (struct inquiry){.name = name, .type = DNS_TXT, .record = record});
}

/* The name that the term asks for. 0 with *ret NULL: none can be made of it. */
static int expand_target(struct explorer *explorer, const char *domain, const struct spf_term *parsed,
                         struct spf_term_facts *term, const char **ret)
{
    struct bytes expanded = bytes_of(domain, strlen(domain));
    int error = 0;

    explorer->sample.domain = domain;
    if (parsed->domain.data != NULL)
        error = spf_macro_expand(parsed->domain, &explorer->sample, explorer->scratch, &expanded);
    if (error < 0)
        return error;
    if (expanded.size > 1 && expanded.data[expanded.size - 1] == '.')
        expanded.size--;
    term->target = text_clean(explorer->arena, expanded.data, expanded.size, TERM_TEXT_MAX);
    term->depends = known(spf_macro_uses(parsed->domain, "slipvhcrt"));
    if (term->target == NULL)
        return -ENOMEM;
    error = spf_name(expanded, explorer->scratch, ret);
    if (error == -EINVAL)
        *ret = NULL;
    return error == -EINVAL ? 0 : error;
}

/* Both families: an evaluation asks for that of its client only. */
static int inquire_addresses(struct explorer *explorer, const char *name, struct spf_term_facts *term,
                             const struct spf_term *parsed)
{
    int error = inquire(explorer, (struct inquiry){name, DNS_A, NULL, term, parsed});

    return error < 0 ? error : inquire(explorer, (struct inquiry){name, DNS_AAAA, NULL, term, parsed});
}

/* Asks for what the term names. */
static int start_term(struct explorer *explorer, const char *domain, const struct spf_term *parsed,
                      struct spf_term_facts *term)
{
    const char *name = NULL;
    int error;

    term->void_ipv4 = term->void_ipv6 = number(0);
    error = expand_target(explorer, domain, parsed, term, &name);
    if (error < 0)
        return error;
    if (name == NULL) {
        term->answer = "no name can be made of it";
        return 0;
    }
    switch (parsed->kind) {
    case SPF_INCLUDE:
    case SPF_REDIRECT:
        return add_record(explorer, term->target, name);
    case SPF_A:
        return inquire_addresses(explorer, name, term, parsed);
    case SPF_MX:
        return inquire(explorer, (struct inquiry){name, DNS_MX, NULL, term, parsed});
    case SPF_EXISTS:
        if (term->depends != YES)
            return inquire(explorer, (struct inquiry){name, DNS_A, NULL, term, parsed});
        /* where it does not match, it found nothing */
        term->void_ipv4 = term->void_ipv6 = number(1);
        return 0;
    case SPF_PTR: /* what it asks for is the client's */
        term->depends = YES;
        return 0;
    case SPF_ALL:
    case SPF_IP4:
    case SPF_IP6:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER:
    case SPF_KIND_NOT_OBSERVED:
        break;
    }
    return 0;
}

static const char *qualifier_text(char qualifier)
{
    switch (qualifier) {
    case '-':
        return "-";
    case '~':
        return "~";
    case '?':
        return "?";
    default:
        return "+";
    }
}

static int add_term(struct explorer *explorer, struct spf_record_facts *record,
                    const struct spf_record *parsed_record, const struct spf_term *parsed)
{
    struct spf_term_facts *term = list_new_item(&record->terms, explorer->arena, sizeof *term);
    struct spf_network network = {parsed->address,
                                  parsed->kind == SPF_IP6 ? parsed->prefix_ipv6 : parsed->prefix_ipv4};

    if (term == NULL)
        return -ENOMEM;
    term->text = text_clean(explorer->arena, parsed->text.data, parsed->text.size, TERM_TEXT_MAX);
    if (term->text == NULL)
        return -ENOMEM;
    term->kind = parsed->kind;
    if (!spf_is_modifier(parsed->kind))
        term->qualifier = qualifier_text(parsed->qualifier);
    term->used = known(spf_term_used(parsed_record, parsed));
    if (parsed->fault != NULL) {
        term->fault = parsed->fault;
        term->position = number((int64_t)parsed->position);
        return 0;
    }
    term->lookups = number(spf_asks(parsed->kind) ? 1 : 0);
    if (parsed->kind == SPF_IP4 || parsed->kind == SPF_IP6)
        return add_network(explorer, term, &network);
    if (spf_asks(parsed->kind) && term->used == YES)
        return start_term(explorer, record->domain, parsed, term);
    return 0;
}

/* ---- answers ---- */

static bool is_lost(const struct dns_answer *answer)
{
    return answer == NULL || answer->outcome == DNS_FAILURE || answer->outcome == DNS_NOT_ASKED ||
           (answer->security == DNS_BOGUS && answer->outcome != DNS_DATA);
}

static int read_terms(struct explorer *explorer, struct spf_record_facts *record, struct bytes text)
{
    struct spf_record *parsed;
    int error = spf_record_read(text, explorer->scratch, &parsed);

    if (error < 0)
        return error;
    record->size = number((int64_t)text.size);
    record->terms.observed = true;
    if (parsed->bad != NULL)
        record->fault = parsed->bad->fault;
    for (size_t i = 0; i < parsed->terms.count && error == 0; i++) {
        if (explorer->terms++ == TERMS_MAX) {
            incomplete(explorer, "it takes more than 2000 terms");
            break;
        }
        error = add_term(explorer, record, parsed, parsed->terms.items[i]);
    }
    return error;
}

static int take_record(struct explorer *explorer, struct spf_record_facts *record,
                       const struct question *question)
{
    const struct dns_answer *answer = question->answer;
    struct bytes text;
    size_t count;
    int error;

    if (answer != NULL) {
        record->question = dns_answer_facts(answer, explorer->arena);
        if (record->question == NULL)
            return -ENOMEM;
    }
    if (is_lost(answer)) {
        incomplete(explorer, "the DNS did not answer every question");
        return 0;
    }
    error = spf_select(answer, explorer->scratch, &text, &count);
    if (error == 0)
        error = spf_keep_texts(answer, count > 0, explorer->arena, &record->texts);
    if (error < 0)
        return error;
    record->count = number((int64_t)count);
    return count == 1 ? read_terms(explorer, record, text) : 0;
}

static void note_lost(struct explorer *explorer, struct spf_term_facts *term, const struct dns_answer *answer)
{
    term->lost = YES;
    term->answer =
        answer == NULL || answer->reason == NULL ? "no answer" : arena_text(explorer->arena, answer->reason);
    incomplete(explorer, "the DNS did not answer every question");
}

static void note_void(struct explorer *explorer, const struct inquiry *inquiry,
                      const struct dns_answer *answer)
{
    struct spf_term_facts *term = inquiry->term;
    const char *type = dns_type_name(inquiry->type);

    if (inquiry->type != DNS_AAAA || answer->outcome == DNS_NXDOMAIN)
        term->void_ipv4 = number(1);
    if (inquiry->type != DNS_A || inquiry->parsed->kind == SPF_EXISTS || answer->outcome == DNS_NXDOMAIN)
        term->void_ipv6 = number(1);
    if (term->lost == YES)
        return;
    if (answer->outcome == DNS_NXDOMAIN)
        term->answer = arena_format(explorer->arena, "there is no name %s", answer->name);
    else if (term->answer == NULL)
        term->answer = arena_format(explorer->arena, "no %s record at %s", type, answer->name);
    else if (term->void_ipv4.value > 0 && inquiry->type != DNS_MX && inquiry->parsed->kind == SPF_A)
        term->answer = arena_format(explorer->arena, "no address at %s", answer->name);
}

static int take_exchangers(struct explorer *explorer, const struct inquiry *inquiry,
                           const struct dns_answer *answer)
{
    int error = 0;

    inquiry->term->names = number((int64_t)answer->records.count);
    for (size_t i = 0; i < answer->records.count && i < SPF_NAMES_MAX && error == 0; i++) {
        const char *host;
        uint16_t preference;

        error = dns_record_mx(answer->records.items[i], explorer->scratch, &preference, &host);
        if (error == -EBADMSG)
            error = 0;
        else if (error == 0 && strcmp(host, ".") != 0)
            error = inquire_addresses(explorer, host, inquiry->term, inquiry->parsed);
    }
    return error;
}

static int take_addresses(struct explorer *explorer, const struct inquiry *inquiry,
                          const struct dns_answer *answer)
{
    int error = 0;

    for (size_t i = 0; i < answer->records.count && error == 0; i++) {
        struct spf_network network = {.prefix = inquiry->type == DNS_AAAA ? inquiry->parsed->prefix_ipv6
                                                                          : inquiry->parsed->prefix_ipv4};

        if (dns_record_address(answer->records.items[i], &network.address) == 0)
            error = add_network(explorer, inquiry->term, &network);
    }
    return error;
}

static int take_answer(struct explorer *explorer, const struct inquiry *inquiry,
                       const struct question *question)
{
    const struct dns_answer *answer = question->answer;

    if (inquiry->record != NULL)
        return take_record(explorer, inquiry->record, question);
    if (is_lost(answer)) {
        note_lost(explorer, inquiry->term, answer);
        return 0;
    }
    if (answer->outcome != DNS_DATA || answer->records.count == 0) {
        note_void(explorer, inquiry, answer);
        return 0;
    }
    if (inquiry->type == DNS_MX)
        return take_exchangers(explorer, inquiry, answer);
    return inquiry->parsed->kind == SPF_EXISTS ? 0 : take_addresses(explorer, inquiry, answer);
}

/* ---- rounds ---- */

static int explore_round(struct explorer *explorer, int64_t deadline)
{
    struct list round = explorer->next;
    struct question *questions = arena_alloc(explorer->scratch, round.count * sizeof *questions);
    int error, result = 0;

    if (questions == NULL)
        return -ENOMEM;
    explorer->next = (struct list){0};
    for (size_t i = 0; i < round.count; i++) {
        const struct inquiry *inquiry = round.items[i];

        questions[i] = (struct question){.name = inquiry->name, .type = inquiry->type};
    }
    error = questions_ask(explorer->network, questions, round.count, deadline, explorer->scratch);
    for (size_t i = 0; i < round.count && result == 0 && error != -ENOMEM; i++)
        result = take_answer(explorer, round.items[i], &questions[i]);
    return error < 0 ? error : result;
}

/* Addresses of hosts come in any order. */
static void sort_networks(struct spf_facts *facts)
{
    for (size_t i = 0; i < facts->records.count; i++) {
        struct spf_record_facts *record = facts->records.items[i];

        for (size_t j = 0; j < record->terms.count; j++)
            sort_texts(&((struct spf_term_facts *)record->terms.items[j])->networks, by_network);
    }
}

int spf_tree_explore(struct network *network, const char *domain, const struct address *client,
                     int64_t deadline, struct arena *arena, struct spf_facts *facts)
{
    struct explorer explorer = {
        .network = network,
        .arena = arena,
        .scratch = arena_new(0), /* as much as 400 answers hold */
        .facts = facts,
        .sample = {.client = spf_client(client),
                   .local = "postmaster",
                   .sender_domain = domain,
                   .helo = domain,
                   .now = engine_wall_seconds(network->engine)},
    };
    int error;

    if (explorer.scratch == NULL)
        return -ENOMEM;
    facts->complete = YES;
    facts->records.observed = true;
    error = add_record(&explorer, domain, domain);
    while (error == 0 && explorer.next.count > 0)
        error = explore_round(&explorer, deadline);
    if (error == -ECANCELED)
        incomplete(&explorer, "the scan ended before");
    arena_free(explorer.scratch);
    if (error == 0 || error == -ECANCELED) {
        sort_networks(facts);
        spf_sum_costs(facts);
        if (spf_sum_addresses(facts, arena) < 0)
            error = -ENOMEM;
    }
    return error;
}
