/*
 * dnsbl.c - what blacklists say of the addresses and the domain
 *
 *   1.  every address and the domain in every list that fits, and beside that the self-test of each list
 *   2.  TXT of what is listed
 *   3.  lists that refused the resolver: test, question and TXT once more, of the lists' own name servers
 *
 * So many lists cost three round trips at most. What a list says counts only when its test says that it can be
 * believed; one that is known to be of no use is not asked again in this run. Judged in reports/checks/dnsbl.c.
 */
#include "probes/dnsbl_service.h"

#include "probes/protocol/dnsbl.h"
#include "probes/questions.h"
#include "scanner/base/address.h"
#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { LOOKUPS_MAX = 600 }; /* lists x addresses of one target */

struct lookup {
    struct dnsbl_channel *channel;
    struct dnsbl_subject_facts *subject;
    struct dnsbl_lookup_facts *facts;
    const char *name;
    struct question address, text;
    struct dnsbl_reading reading;
    bool iterated;
};

struct probing {
    struct dnsbl_service *service;
    struct arena *arena;
    int64_t deadline;
    struct dnsbl_facts *facts;
    struct lookup *lookups;
    size_t count, capacity;
};

/* ---- what is looked up ---- */

static size_t lists_of_kind(const struct probing *probing, enum blocklist_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < dnsbl_channel_count(probing->service); i++) {
        const struct blocklist *list = dnsbl_channel(probing->service, i)->list;

        count += list->kind == kind && list->dead == NULL;
    }
    return count;
}

static bool is_known(const struct probing *probing, const char *name)
{
    for (size_t i = 0; i < probing->facts->subjects.count; i++)
        if (strcmp(((const struct dnsbl_subject_facts *)probing->facts->subjects.items[i])->name, name) == 0)
            return true;
    return list_has_text(&probing->facts->left_out, name);
}

static int add_lookup(struct probing *probing, struct dnsbl_channel *channel,
                      struct dnsbl_subject_facts *subject)
{
    struct lookup *lookup = &probing->lookups[probing->count];

    *lookup = (struct lookup){.channel = channel, .subject = subject};
    lookup->name = dnsbl_name(channel->list, subject->name, probing->arena);
    lookup->facts = list_new_item(&subject->lookups, probing->arena, sizeof(*lookup->facts));
    if (lookup->name == NULL || lookup->facts == NULL)
        return -ENOMEM;
    lookup->facts->zone = channel->list->zone;
    lookup->address = (struct question){.name = lookup->name, .type = DNS_A};
    lookup->text = (struct question){.name = lookup->name, .type = DNS_TXT};
    probing->count++;
    return 0;
}

static int add_subject(struct probing *probing, const char *name, enum blocklist_kind kind)
{
    struct dnsbl_subject_facts *subject;
    char *copy;
    int result = 0;

    if (is_known(probing, name))
        return 0;
    copy = arena_text(probing->arena, name);
    if (probing->count + lists_of_kind(probing, kind) > probing->capacity)
        return copy == NULL ? -ENOMEM : list_add(&probing->facts->left_out, probing->arena, copy);
    subject = list_new_item(&probing->facts->subjects, probing->arena, sizeof(*subject));
    if (subject == NULL || copy == NULL)
        return -ENOMEM;
    subject->name = copy;
    subject->kind = blocklist_kind_name(kind);
    subject->lookups.observed = true;
    for (size_t i = 0; i < dnsbl_channel_count(probing->service) && result == 0; i++) {
        struct dnsbl_channel *channel = dnsbl_channel(probing->service, i);

        if (channel->list->kind == kind && channel->list->dead == NULL)
            result = add_lookup(probing, channel, subject);
    }
    return result;
}

static int add_addresses(struct probing *probing, const struct list *addresses, bool allow_private)
{
    int result = 0;

    for (size_t i = 0; i < addresses->count && result == 0; i++) {
        const struct host_address_facts *facts = addresses->items[i];
        char text[ADDRESS_TEXT_SIZE];
        struct address address;

        if (facts->address == NULL || address_parse(facts->address, &address) < 0 ||
            (address_scope(&address) != SCOPE_GLOBAL && !allow_private))
            continue;
        result = add_subject(probing, address_format(&address, text),
                             address.family == AF_INET6 ? BLOCKLIST_IPV6 : BLOCKLIST_IPV4);
    }
    return result;
}

/* Senders first: it is them that receivers look up. */
static int add_subjects(struct probing *probing, const struct dns_facts *dns, bool allow_private)
{
    int result = 0;

    if (dns->domain != NULL)
        result = add_subject(probing, dns->domain, BLOCKLIST_DOMAIN);
    if (result == 0)
        result = add_addresses(probing, &dns->senders, allow_private);
    for (size_t i = 0; i < dns->hosts.count && result == 0; i++)
        result = add_addresses(probing, &((const struct mail_host_facts *)dns->hosts.items[i])->addresses,
                               allow_private);
    return result;
}

/* ---- asking ---- */

/* The questions of one round: pointers to where the answers go. */
struct round {
    struct question **questions;
    size_t count;
};

static int round_new(const struct probing *probing, struct round *round)
{
    round->questions = arena_alloc(probing->arena, (2 * probing->count + 1) * sizeof(struct question *));
    round->count = 0;
    return round->questions == NULL ? -ENOMEM : 0;
}

static int round_ask(const struct probing *probing, enum dnsbl_way way, const struct round *round)
{
    struct question *questions = arena_alloc(probing->arena, (round->count + 1) * sizeof(*questions));
    struct network network;
    int error;

    if (questions == NULL)
        return -ENOMEM;
    if (round->count == 0 || !dnsbl_network(probing->service, way, &network))
        return 0;
    for (size_t i = 0; i < round->count; i++)
        questions[i] = *round->questions[i];
    error = questions_ask(&network, questions, round->count,
                          deadline_in(network.engine, DNSBL_PATIENCE_MS, probing->deadline), probing->arena);
    for (size_t i = 0; i < round->count; i++)
        *round->questions[i] = questions[i];
    return error;
}

/* Is it known already, from another target, that asking in this way is of no use? */
static bool is_hopeless(const struct dnsbl_channel *channel, enum dnsbl_way way)
{
    return channel->trials[way].ended && channel->trials[way].fault != DNSBL_FAULT_NOT_OBSERVED;
}

static int wait_for_trials(const struct probing *probing, enum dnsbl_way way)
{
    int error = 0;

    for (size_t i = 0; i < probing->count && error == 0; i++)
        if (probing->lookups[i].channel->trials[way].begun)
            error = dnsbl_trial_wait(probing->service, probing->lookups[i].channel, way, probing->deadline);
    return error == -ETIMEDOUT ? 0 : error;
}

static int read_all(struct probing *probing, bool iterated)
{
    for (size_t i = 0; i < probing->count; i++) {
        struct lookup *lookup = &probing->lookups[i];
        enum dnsbl_way way = iterated ? DNSBL_BY_ITERATION : DNSBL_BY_RESOLVER;

        if (lookup->iterated != iterated)
            continue;
        if (dnsbl_read(lookup->channel->list, lookup->address.answer, probing->arena, &lookup->reading) < 0)
            return -ENOMEM;
        if (lookup->reading.fault == DNSBL_REFUSED)
            dnsbl_trial_refused(probing->service, lookup->channel, way, lookup->reading.reason);
    }
    return 0;
}

/* 1. */
static int ask_resolver(struct probing *probing)
{
    struct round round;
    int error = round_new(probing, &round);

    for (size_t i = 0; i < probing->count && error == 0; i++) {
        struct lookup *lookup = &probing->lookups[i];

        if (is_hopeless(lookup->channel, DNSBL_BY_RESOLVER))
            continue;
        error = dnsbl_trial_begin(probing->service, lookup->channel, DNSBL_BY_RESOLVER);
        round.questions[round.count++] = &lookup->address;
    }
    if (error == 0)
        error = round_ask(probing, DNSBL_BY_RESOLVER, &round);
    if (error == 0)
        error = wait_for_trials(probing, DNSBL_BY_RESOLVER);
    return read_all(probing, false) < 0 ? -ENOMEM : error;
}

/* 2. */
static int ask_reasons(struct probing *probing)
{
    struct round round;
    int error = round_new(probing, &round);

    for (size_t i = 0; i < probing->count && error == 0; i++) {
        struct lookup *lookup = &probing->lookups[i];

        if (lookup->reading.result == DNSBL_LISTED && !is_hopeless(lookup->channel, DNSBL_BY_RESOLVER))
            round.questions[round.count++] = &lookup->text;
    }
    return error < 0 ? error : round_ask(probing, DNSBL_BY_RESOLVER, &round);
}

/* 3. */
static int ask_iterating(struct probing *probing)
{
    struct network network;
    struct round round;
    int error = round_new(probing, &round);

    if (error < 0 || !dnsbl_network(probing->service, DNSBL_BY_ITERATION, &network))
        return error;
    for (size_t i = 0; i < probing->count && error == 0; i++) {
        struct lookup *lookup = &probing->lookups[i];

        if (lookup->channel->trials[DNSBL_BY_RESOLVER].fault != DNSBL_REFUSED)
            continue;
        lookup->iterated = true;
        lookup->address.answer = NULL;
        if (is_hopeless(lookup->channel, DNSBL_BY_ITERATION))
            continue;
        error = dnsbl_trial_begin(probing->service, lookup->channel, DNSBL_BY_ITERATION);
        round.questions[round.count++] = &lookup->address;
        round.questions[round.count++] = &lookup->text;
    }
    if (error == 0)
        error = round_ask(probing, DNSBL_BY_ITERATION, &round);
    if (error == 0)
        error = wait_for_trials(probing, DNSBL_BY_ITERATION);
    return read_all(probing, true) < 0 ? -ENOMEM : error;
}

/* ---- facts ---- */

/* Fills in what is wrong with the list, as far as the way shows by which this target asked it. */
static int note_use(const struct probing *probing, const struct dnsbl_channel *channel,
                    struct dnsbl_list_facts *facts)
{
    const struct dnsbl_trial *trial = &channel->trials[DNSBL_BY_RESOLVER];
    const struct lookup *parked = NULL;
    bool iterated = false, asked = false;

    for (size_t i = 0; i < probing->count; i++) {
        const struct lookup *lookup = &probing->lookups[i];

        if (lookup->channel != channel)
            continue;
        asked = true;
        iterated = iterated || lookup->iterated;
        if (lookup->reading.fault == DNSBL_LISTS_ALL || lookup->reading.fault == DNSBL_UNDOCUMENTED)
            parked = lookup;
    }
    if (channel->list->dead != NULL) {
        facts->fault = DNSBL_ENDED;
        facts->reason = channel->list->dead;
        facts->usable = NO;
        return 0;
    }
    if (!asked)
        return 0;
    if (iterated)
        trial = &channel->trials[DNSBL_BY_ITERATION];
    facts->iterated = known(iterated);
    facts->fault = !trial->ended ? DNSBL_STOPPED : trial->fault;
    facts->reason = !trial->ended ? "the scan ended before" : trial->reason;
    if (facts->fault == DNSBL_FAULT_NOT_OBSERVED && parked != NULL) {
        facts->fault = parked->reading.fault;
        facts->reason = parked->reading.reason;
    }
    if (facts->fault != DNSBL_STOPPED)
        facts->usable = known(facts->fault == DNSBL_FAULT_NOT_OBSERVED);
    facts->reason = arena_text(probing->arena, facts->reason); /* that of the service is gone before */
    return facts->fault != DNSBL_FAULT_NOT_OBSERVED && facts->reason == NULL ? -ENOMEM : 0;
}

static bool concerns(const struct probing *probing, const struct blocklist *list)
{
    for (size_t i = 0; i < probing->facts->subjects.count; i++) {
        const struct dnsbl_subject_facts *subject = probing->facts->subjects.items[i];

        if (strcmp(subject->kind, blocklist_kind_name(list->kind)) == 0)
            return true;
    }
    return false;
}

static int note_list(struct probing *probing, const struct dnsbl_channel *channel)
{
    const struct blocklist *list = channel->list;
    struct dnsbl_list_facts *facts = list_new_item(&probing->facts->lists, probing->arena, sizeof(*facts));
    int result;

    if (facts == NULL)
        return -ENOMEM;
    *facts = (struct dnsbl_list_facts){.zone = list->zone,
                                       .name = list->name,
                                       .kind = blocklist_kind_name(list->kind),
                                       .welcome = known(list->welcome),
                                       .removal = list->removal,
                                       .access = list->access,
                                       .about = list->about};
    if (list->tier > 0)
        facts->tier = number(list->tier);
    result = note_use(probing, channel, facts);
    for (size_t i = 0; i < probing->count && result == 0; i++) {
        struct lookup *lookup = &probing->lookups[i];

        if (lookup->channel != channel || facts->usable != YES)
            continue;
        lookup->facts->result = lookup->reading.result;
        lookup->facts->reason = lookup->reading.reason;
        lookup->facts->codes = lookup->reading.codes;
        if (lookup->reading.result == DNSBL_LISTED)
            result = dnsbl_read_texts(list, lookup->text.answer, probing->arena, &lookup->facts->texts);
    }
    return result;
}

static int note_lists(struct probing *probing)
{
    int result = 0;

    for (size_t i = 0; i < dnsbl_channel_count(probing->service) && result == 0; i++) {
        const struct dnsbl_channel *channel = dnsbl_channel(probing->service, i);

        if (concerns(probing, channel->list))
            result = note_list(probing, channel);
    }
    return result;
}

int dnsbl_probe(struct dnsbl_service *service, const struct dns_facts *dns, bool allow_private,
                int64_t deadline, struct arena *arena, struct dnsbl_facts **ret)
{
    struct dnsbl_facts *facts = arena_alloc(arena, sizeof(*facts));
    struct probing probing = {.service = service,
                              .arena = arena,
                              .deadline = deadline,
                              .facts = facts,
                              .lookups = arena_alloc(arena, LOOKUPS_MAX * sizeof(struct lookup)),
                              .capacity = LOOKUPS_MAX};
    int error;

    if (facts == NULL || probing.lookups == NULL)
        return -ENOMEM;
    facts->source = dnsbl_lists(service)->name;
    facts->lists.observed = facts->subjects.observed = facts->left_out.observed = true;
    error = add_subjects(&probing, dns, allow_private);
    if (error == 0)
        error = ask_resolver(&probing);
    if (error == 0)
        error = ask_reasons(&probing);
    if (error == 0)
        error = ask_iterating(&probing);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = facts;
    return note_lists(&probing);
}
