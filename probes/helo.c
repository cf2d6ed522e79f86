/*
 * helo.c - where the names lead that servers give themselves
 *
 *   250 mx.example.org  (the answer to EHLO)  ->  A and AAAA of mx.example.org
 *
 * RFC 5321 2.3.5: only names that resolve are used in SMTP. Mail hosts of the target have been looked up
 * already; the others are asked for here, each once, at most 16. Judged in reports/checks/helo.c.
 */
#include "probes/probe.h"
#include "probes/questions.h"

#include "scanner/base/arena.h"
#include "scanner/base/text.h"

#include <errno.h>
#include <string.h>

enum { NAMES_MAX = 16 };

static bool is_known(const char *name, const struct dns_facts *dns, const struct list *names)
{
    for (size_t i = 0; i < dns->hosts.count; i++) {
        const struct mail_host_facts *host = dns->hosts.items[i];

        if (text_same_name(host->name, name))
            return true;
    }
    for (size_t i = 0; i < names->count; i++) {
        const struct helo_facts *facts = names->items[i];

        if (text_same_name(facts->name, name))
            return true;
    }
    return false;
}

/* What is an address, or has no dot, is no name for everybody: nothing to ask the DNS. */
static bool can_be_asked(const char *name)
{
    struct address address;

    return strchr(name, '.') != NULL && name[0] != '[' && address_parse(name, &address) < 0;
}

static int add_name(const struct smtp_ehlo_facts *ehlo, const struct dns_facts *dns, struct arena *arena,
                    struct list *names)
{
    struct helo_facts *facts;

    if (ehlo == NULL || ehlo->name == NULL || names->count >= NAMES_MAX || !can_be_asked(ehlo->name) ||
        is_known(ehlo->name, dns, names))
        return 0;
    facts = list_new_item(names, arena, sizeof *facts);
    if (facts == NULL)
        return -ENOMEM;
    facts->name = ehlo->name;
    return 0;
}

static int collect_names(const struct list *endpoints, const struct dns_facts *dns, struct arena *arena,
                         struct list *names)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const struct endpoint_facts *endpoint = endpoints->items[i];

        if (endpoint->smtp != NULL && (add_name(endpoint->smtp->ehlo, dns, arena, names) < 0 ||
                                       add_name(endpoint->smtp->ehlo_tls, dns, arena, names) < 0))
            return -ENOMEM;
    }
    return 0;
}

static int ask_ahead(struct network *network, const char *name, int64_t deadline, struct arena *arena)
{
    struct question questions[] = {
        {.name = name, .type = DNS_A}, {.name = name, .type = DNS_AAAA}, {.name = name, .type = DNS_TXT}};

    return questions_ask(network, questions, sizeof(questions) / sizeof(questions[0]), deadline, arena);
}

int helo_ask_ahead(struct network *network, const struct endpoint_facts *endpoint, int64_t deadline)
{
    const struct smtp_facts *smtp = endpoint->smtp;
    const struct smtp_ehlo_facts *ehlo = smtp == NULL             ? NULL
                                         : smtp->ehlo_tls != NULL ? smtp->ehlo_tls
                                                                  : smtp->ehlo;
    struct arena *scratch;
    int error;

    if (ehlo == NULL || ehlo->name == NULL || !can_be_asked(ehlo->name))
        return 0;
    scratch = arena_new(0);
    if (scratch == NULL)
        return -ENOMEM;
    error = ask_ahead(network, ehlo->name, deadline, scratch);
    arena_free(scratch);
    return error;
}

int helo_probe(struct network *network, const struct list *endpoints, const struct dns_facts *dns,
               int64_t deadline, struct arena *arena, struct list *names)
{
    struct question *questions;
    int error = collect_names(endpoints, dns, arena, names);

    if (error < 0 || names->count == 0)
        return error;
    questions = arena_alloc(arena, 2 * names->count * sizeof *questions);
    if (questions == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < names->count; i++) {
        const struct helo_facts *facts = names->items[i];

        questions[2 * i] = (struct question){.name = facts->name, .type = DNS_A};
        questions[2 * i + 1] = (struct question){.name = facts->name, .type = DNS_AAAA};
    }
    error = questions_ask(network, questions, 2 * names->count, deadline, arena);
    for (size_t i = 0; i < names->count; i++) {
        struct helo_facts *facts = names->items[i];

        facts->a = questions[2 * i].facts;
        facts->aaaa = questions[2 * i + 1].facts;
    }
    return error == -ECANCELED ? 0 : error; /* a probe that was stopped hands over what it has */
}
