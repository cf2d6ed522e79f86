/*
 * dns.c - from a target to its mail hosts and their addresses
 *
 *   domain  ->  MX  ->  hosts by preference  ->  A and AAAA of all of them, side by side  ->  addresses
 *
 * RFC 5321 5.1 (MX, implicit MX, no MX behind an alias), RFC 7505 (null MX). A question that failed says
 * nothing about the name: neither that it has no MX record, nor that it has. Hosts of the command line come
 * behind those of the DNS; --resolve replaces what the DNS says of a host. Each address is noted with the
 * decision whether the scan may contact it. Judged in reports/checks/dns.c, ipv6.c.
 */
#include "probes/contact.h"
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/host_name.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOSTS_MAX = 16, /* of the DNS; those of the command line come on top */
    ADDRESSES_MAX = 8,
    ADDRESSES_NOTED = 64,
    EXCHANGERS_NOTED = 256
};

struct lookup {
    struct network *network;
    const struct scan_settings *settings;
    struct arena *arena;
    int64_t deadline;
    struct dns_facts *facts;
};

/* ---- names ---- */

static const char *display_of(const char *name, struct arena *arena)
{
    const char *ascii, *display, *error;

    if (strstr(name, "xn--") == NULL || target_name(name, arena, &ascii, &display, &error) < 0)
        return NULL;
    return display;
}

/* ---- hosts ---- */

static struct mail_host_facts *find_host(const struct lookup *lookup, const char *name)
{
    for (size_t i = 0; i < lookup->facts->hosts.count; i++) {
        struct mail_host_facts *host = lookup->facts->hosts.items[i];

        if (text_same_name(host->name, name))
            return host;
    }
    return NULL;
}

static bool is_asking(enum host_source source)
{
    switch (source) {
    case HOST_OPTION:
    case HOST_TARGET:
        return true;
    case HOST_NOT_OBSERVED:
    case HOST_MX:
    case HOST_IMPLICIT_MX:
        break;
    }
    return false;
}

/* A host that is there already keeps its source: one that --host names may well be an MX. */
static int add_host(struct lookup *lookup, const char *name, enum host_source source,
                    struct number preference)
{
    struct mail_host_facts *host = find_host(lookup, name);
    struct address literal;

    if (host != NULL) {
        if (is_asking(source))
            host->asked_for = YES;
        return 0;
    }
    host = list_new_item(&lookup->facts->hosts, lookup->arena, sizeof *host);
    if (host == NULL)
        return -ENOMEM;
    host->name = name;
    host->display = display_of(name, lookup->arena);
    host->source = source;
    host->asked_for = known(is_asking(source));
    host->preference = preference;
    host->literal = known(address_parse(name, &literal) == 0);
    host->valid_name = known(host->literal == NO && host_name_labels(bytes_of(name, strlen(name))) > 0);
    return 0;
}

/* ---- MX ---- */

static int by_preference(const void *a, const void *b)
{
    const struct mail_exchanger_facts *left = *(const struct mail_exchanger_facts *const *)a;
    const struct mail_exchanger_facts *right = *(const struct mail_exchanger_facts *const *)b;

    if (left->preference.value != right->preference.value)
        return left->preference.value < right->preference.value ? -1 : 1;
    return strcmp(left->host, right->host);
}

static int read_exchangers(struct lookup *lookup, const struct dns_answer *answer)
{
    struct list *exchangers = &lookup->facts->exchangers;

    exchangers->observed = true;
    for (size_t i = 0; i < answer->records.count && i < EXCHANGERS_NOTED; i++) {
        struct mail_exchanger_facts *exchanger;
        uint16_t preference;
        const char *host;
        int error = dns_record_mx(answer->records.items[i], lookup->arena, &preference, &host);

        if (error == -EBADMSG)
            continue;
        exchanger = error < 0 ? NULL : list_new_item(exchangers, lookup->arena, sizeof *exchanger);
        if (exchanger == NULL)
            return -ENOMEM;
        exchanger->preference = number(preference);
        exchanger->host = host;
    }
    if (exchangers->count > 0)
        qsort(exchangers->items, exchangers->count, sizeof exchangers->items[0], by_preference);
    return 0;
}

static int add_exchangers(struct lookup *lookup)
{
    struct dns_facts *facts = lookup->facts;
    int64_t left_out = 0;

    facts->null_mx = NO;
    for (size_t i = 0; i < facts->exchangers.count; i++) {
        const struct mail_exchanger_facts *exchanger = facts->exchangers.items[i];

        if (strcmp(exchanger->host, ".") == 0) {
            facts->null_mx = YES;
            continue;
        }
        if (facts->hosts.count >= HOSTS_MAX) {
            left_out += find_host(lookup, exchanger->host) == NULL;
            continue;
        }
        if (add_host(lookup, exchanger->host, HOST_MX, exchanger->preference) < 0)
            return -ENOMEM;
    }
    facts->hosts_left_out = number(left_out);
    facts->hosts.observed = true;
    return 0;
}

static int find_exchangers(struct lookup *lookup)
{
    struct dns_facts *facts = lookup->facts;
    struct question question = {.name = facts->domain, .type = DNS_MX};
    int error = questions_ask(lookup->network, &question, 1, lookup->deadline, lookup->arena);

    facts->mx = question.facts;
    if (error < 0 || question.answer == NULL)
        return error;
    switch (question.answer->outcome) {
    case DNS_NOT_ASKED:
    case DNS_FAILURE:
        return 0;
    case DNS_DATA:
    case DNS_NXDOMAIN:
        break;
    case DNS_NODATA: /* the domain itself, if it has an address: that is asked for with the others */
        error = add_host(lookup, facts->domain, HOST_IMPLICIT_MX, (struct number){0});
        if (error < 0)
            return error;
        break;
    }
    error = read_exchangers(lookup, question.answer);
    return error < 0 ? error : add_exchangers(lookup);
}

/* ---- addresses ---- */

/* Why an address is not contacted; NULL when it is. `before`: addresses of its family before it. */
static const char *refusal(const struct lookup *lookup, const struct address *address, size_t before)
{
    const char *words = contact_refusal(lookup->network, lookup->settings, address);

    return words == NULL && before >= ADDRESSES_MAX ? "more than 8 addresses" : words;
}

/* Addresses of one family that the host has already. */
static size_t count_family(const struct mail_host_facts *host, int family)
{
    size_t count = 0;

    for (size_t i = 0; i < host->addresses.count; i++) {
        const struct host_address_facts *facts = host->addresses.items[i];

        count += (strchr(facts->address, ':') != NULL) == (family == AF_INET6);
    }
    return count;
}

static int add_address(struct lookup *lookup, struct mail_host_facts *host, const struct address *address,
                       const char *source)
{
    size_t before = count_family(host, address->family);
    struct host_address_facts *facts;
    char text[ADDRESS_TEXT_SIZE];

    address_format(address, text);
    for (size_t i = 0; i < host->addresses.count; i++)
        if (strcmp(((const struct host_address_facts *)host->addresses.items[i])->address, text) == 0)
            return 0;
    if (before >= ADDRESSES_NOTED)
        return 0;
    facts = list_new_item(&host->addresses, lookup->arena, sizeof *facts);
    if (facts == NULL)
        return -ENOMEM;
    facts->address = arena_text(lookup->arena, text);
    facts->source = source;
    facts->scope = address_scope_name(address_scope(address));
    facts->reason = refusal(lookup, address, before);
    facts->contacted = known(facts->reason == NULL);
    return facts->address == NULL ? -ENOMEM : 0;
}

static int add_answer(struct lookup *lookup, struct mail_host_facts *host, const struct question *question)
{
    if (question->answer == NULL)
        return 0;
    for (size_t i = 0; i < question->answer->records.count; i++) {
        struct address address;

        if (dns_record_address(question->answer->records.items[i], &address) == 0 &&
            add_address(lookup, host, &address, "dns") < 0)
            return -ENOMEM;
    }
    return 0;
}

/* ---- --resolve: the server that the DNS does not name yet ---- */

static struct dns_question_facts *override_question(struct lookup *lookup, const char *name, uint16_t type)
{
    struct dns_question_facts *facts = arena_alloc(lookup->arena, sizeof *facts);

    if (facts == NULL)
        return NULL;
    facts->name = name;
    facts->type = dns_type_name(type);
    facts->outcome = DNS_NODATA;
    facts->server = "override";
    facts->records.observed = true;
    return facts;
}

static bool is_overridden(const struct lookup *lookup, const char *name)
{
    for (size_t i = 0; i < lookup->settings->overrides.count; i++) {
        const struct override *override = lookup->settings->overrides.items[i];

        if (text_same_name(override->host, name))
            return true;
    }
    return false;
}

static int override_host(struct lookup *lookup, struct mail_host_facts *host)
{
    host->a = override_question(lookup, host->name, DNS_A);
    host->aaaa = override_question(lookup, host->name, DNS_AAAA);
    if (host->a == NULL || host->aaaa == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < lookup->settings->overrides.count; i++) {
        const struct override *override = lookup->settings->overrides.items[i];
        struct dns_question_facts *question = override->address.family == AF_INET6 ? host->aaaa : host->a;
        char text[ADDRESS_TEXT_SIZE];
        char *record;

        if (!text_same_name(override->host, host->name))
            continue;
        record = arena_text(lookup->arena, address_format(&override->address, text));
        if (record == NULL || list_add(&question->records, lookup->arena, record) < 0 ||
            add_address(lookup, host, &override->address, "override") < 0)
            return -ENOMEM;
        question->outcome = DNS_DATA;
    }
    return 0;
}

/* ---- all together ---- */

static bool says_something(const struct dns_question_facts *question)
{
    return question != NULL && question->outcome != DNS_FAILURE;
}

static int read_addresses(struct lookup *lookup, struct mail_host_facts *host,
                          const struct question questions[static 2])
{
    host->a = questions[0].facts;
    host->aaaa = questions[1].facts;
    if (says_something(host->a) && says_something(host->aaaa))
        host->addresses.observed = true;
    if (add_answer(lookup, host, &questions[0]) < 0)
        return -ENOMEM;
    return add_answer(lookup, host, &questions[1]);
}

/* A and AAAA of every host that has neither an address from the command line nor is one. */
static int find_addresses(struct lookup *lookup)
{
    const struct list *hosts = &lookup->facts->hosts;
    struct question *questions = arena_alloc(lookup->arena, (2 * hosts->count + 1) * sizeof *questions);
    struct mail_host_facts **asked = arena_alloc(lookup->arena, (hosts->count + 1) * sizeof(void *));
    size_t count = 0;
    int error;

    if (questions == NULL || asked == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < hosts->count; i++) {
        struct mail_host_facts *host = hosts->items[i];

        if (host->addresses.observed)
            continue;
        if (is_overridden(lookup, host->name)) {
            if (override_host(lookup, host) < 0)
                return -ENOMEM;
            continue;
        }
        questions[2 * count] = (struct question){.name = host->name, .type = DNS_A};
        questions[2 * count + 1] = (struct question){.name = host->name, .type = DNS_AAAA};
        asked[count++] = host;
    }
    error = questions_ask(lookup->network, questions, 2 * count, lookup->deadline, lookup->arena);
    for (size_t i = 0; i < count && error != -ENOMEM; i++)
        if (read_addresses(lookup, asked[i], &questions[2 * i]) < 0)
            error = -ENOMEM;
    return error;
}

static int find_hosts(struct lookup *lookup, const struct target *target)
{
    struct mail_host_facts *host;
    int error = 0;

    switch (target->kind) {
    case TARGET_DOMAIN:
        lookup->facts->domain = target->name;
        lookup->facts->domain_display = target->display;
        return find_exchangers(lookup);
    case TARGET_HOST:
        return add_host(lookup, target->name, HOST_TARGET, (struct number){0});
    case TARGET_ADDRESS:
        error = add_host(lookup, target->name, HOST_TARGET, (struct number){0});
        if (error < 0)
            return error;
        host = lookup->facts->hosts.items[0];
        return add_address(lookup, host, &target->address, "target");
    }
    return error;
}

static const struct mail_exchanger_facts *find_exchanger(const struct lookup *lookup, const char *name)
{
    for (size_t i = 0; i < lookup->facts->exchangers.count; i++) {
        const struct mail_exchanger_facts *exchanger = lookup->facts->exchangers.items[i];

        if (text_same_name(exchanger->host, name))
            return exchanger;
    }
    return NULL;
}

/* An exchanger over the cap that is asked for is looked at after all, as the MX that it is. */
static int add_option_hosts(struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->settings->hosts.count; i++) {
        const char *name = lookup->settings->hosts.items[i];
        const struct mail_exchanger_facts *exchanger = find_exchanger(lookup, name);

        if (exchanger != NULL && find_host(lookup, name) == NULL) {
            if (add_host(lookup, name, HOST_MX, exchanger->preference) < 0)
                return -ENOMEM;
            lookup->facts->hosts_left_out.value--;
        }
        if (add_host(lookup, name, HOST_OPTION, (struct number){0}) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Addresses that send for the domain, as whoever runs it says. They are looked up, never contacted. */
static int add_senders(struct lookup *lookup)
{
    struct dns_facts *facts = lookup->facts;

    facts->senders.observed = true;
    for (size_t i = 0; i < lookup->settings->senders.count; i++) {
        const struct address *address = lookup->settings->senders.items[i];
        struct host_address_facts *sender = list_new_item(&facts->senders, lookup->arena, sizeof *sender);
        char text[ADDRESS_TEXT_SIZE];

        if (sender == NULL)
            return -ENOMEM;
        *sender = (struct host_address_facts){.source = "sender",
                                              .scope = address_scope_name(address_scope(address)),
                                              .contacted = NO,
                                              .reason = "a sender is not contacted"};
        sender->address = arena_text(lookup->arena, address_format(address, text));
        if (sender->address == NULL)
            return -ENOMEM;
    }
    return 0;
}

int dns_probe(struct network *network, const struct target *target, const struct scan_settings *settings,
              int64_t deadline, struct arena *arena, struct dns_facts **ret)
{
    struct lookup lookup = {.network = network, .settings = settings, .arena = arena, .deadline = deadline};
    int error;

    lookup.facts = arena_alloc(arena, sizeof *lookup.facts);
    if (lookup.facts == NULL)
        return -ENOMEM;
    error = find_hosts(&lookup, target);
    if (error == 0)
        error = add_option_hosts(&lookup);
    if (error == 0)
        error = add_senders(&lookup);
    if (error == 0)
        error = find_addresses(&lookup);
    if (error < 0 && error != -ECANCELED) /* a probe that was stopped hands over what it has */
        return error;
    *ret = lookup.facts;
    return 0;
}
